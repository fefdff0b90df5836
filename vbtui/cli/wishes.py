"""What a video is made with, whether one is made or one a row: its export, as options and sentences wish it, and what
is said where something was not done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from vbtui.base.formats import USUAL
from vbtui.base.settings import Settings
from vbtui.base.text import clean_line
from vbtui.base.translation import Translation
from vbtui.cli.shell import Shell, export_options
from vbtui.exports.presets import options_for
from vbtui.journal.records import ExportOptions, Render
from vbtui.language.intents import EXPORT, route

_T = Translation
READ_ONCE = _T(
    "Standard input holds either paths or sentences: name - once.",
    "标准输入只能是路径或句子：- 只能出现一次。",
)
NOT_DONE = _T("Not done within {time}.", "{time}内没有完成。")
MORE_TIME = _T("Give it more time with --timeout.", "请用 --timeout 给更多时间。")
_NOT_IN_IT = _T("not in it: {part}", "其中不会有：{part}")
_EXPORTING_HERE = _T(
    "The cloud makes MP4 alone: this machine makes it from the files…",
    "云端只能制作 MP4：用这些文件在这台电脑上制作……",
)
UNSEEN = _T(
    "“{sentence}”: what it changed cannot be told: {why}", "“{sentence}”：无法得知改动了什么：{why}"
)
UNCHANGED = _T("“{sentence}” changed nothing: {reply}", "“{sentence}”没有改动任何内容：{reply}")


def is_the_end(sentence: str) -> bool:
    """Whether it asks for the export alone that comes at the end of the command anyway."""
    found = route(sentence)
    return found.kind == EXPORT and not {"format", "destination"} & found.options.keys()


def wished(
    settings: Settings, output: Path, quality: str | None, say: Sequence[str]
) -> ExportOptions:
    """The export to `output` as the options and the sentences wish it. Raises `UsageError` for what nothing is exported
    as."""
    options = export_options(output, quality or settings.exports.quality)
    said = [route(one).options for one in say]
    named = {name for one in said for name in one.get("preset", "").split(",") if name}
    if len(named) == 1:
        options = options_for(named.pop(), options)
    for one in said:
        options = replace(options, quality=one.get("quality", options.quality))
    return replace(options, quality=quality or options.quality)


async def started(
    shell: Shell, options: ExportOptions, lacks: Callable[[str], None]
) -> list[Render]:
    """The export of the newest timeline; what the cloud does not make is made here of the files, and `lacks` is told what
    is not in it. Raises as `Exports.start` does."""
    exports = shell.engine.exports
    if options.format == USUAL or shell.engine.overview.is_local:
        return [await exports.start(options, despite_pause=True)]
    plan = await exports.plan_here()
    for part in plan.missing:
        lacks(_NOT_IN_IT.of(part=clean_line(part)))
    shell.progress.stage(_EXPORTING_HERE.of())
    return [await exports.start_here(plan, options, despite_pause=True)]
