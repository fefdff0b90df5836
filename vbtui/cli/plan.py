"""`vbtui plan`: what sentences would do to files, and nothing is done, rendered or kept.

One embedded studio on a data folder of its own that is thrown away; one state for all sentences.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from vbtui.base.errors import BadFile, UsageError
from vbtui.base.settings import Directories, load
from vbtui.base.text import FORM, clean_line, to_json
from vbtui.base.translation import Translation
from vbtui.cli import is_local
from vbtui.cli.shell import Outcome, Shell, demand_backend, finish, show_notice
from vbtui.cli.stdin import read_lines
from vbtui.cli.uploads import Uploads, check_files
from vbtui.conversation.plan import operation
from vbtui.engine import Engine
from vbtui.journal.records import AssetState
from vbtui.language.quotes import is_chinese
from vbtui.session.events import AssetChanged, Event, Noticed
from vbtui.timeline.digest import digest

if TYPE_CHECKING:
    from vbtui.wire.extras import Plan

_T = Translation
_NOTHING = _T("There is nothing to plan.", "没有可预演的内容。")
_NAME_FILES = _T(
    "Name files and --say TEXT, or - for lines of input.",
    "请写出文件和 --say TEXT，或用 - 逐行读取。",
)
_OTHERS_NOT = _T(
    "This is what the local studio would do: others cannot be asked.",
    "这是本地工作室会做的事：无法询问其他后台。",
)
_NOT_PLANNED = _T("Nothing was planned.", "没有预演任何内容。")
_NO_CHANGE = _T("it changes nothing.", "它不改动任何内容。")
_NOT_DONE = _T("! “{sentence}” is not done: {why}", "! “{sentence}”没有执行：{why}")
_CHANGES_NOTHING = _T("changes nothing", "不改动任何内容")
TURNS = " || "
"""Between turns that are one line of input."""
_AT_ONCE = 50
"""So many turns are asked about in one request."""


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence, or several turns, that is planned for itself."""

    say: str
    """As it is told."""
    turns: tuple[str, ...]


def run(arguments: argparse.Namespace) -> int:
    """A line of JSON, or of words, for each sentence goes to stdout."""
    files = [path for path in arguments.files if str(path) != "-"]
    reads = len(files) < len(arguments.files) or "-" in arguments.say
    if not files or not (arguments.say or reads):
        raise UsageError(_NOTHING, hint=_NAME_FILES)
    said = [_line(_clean(text)) for text in arguments.say if text != "-"]
    after = [_clean(text) for text in arguments.after]
    work = _planned(files, after, said, reads=reads, show=shown_as(arguments.json))
    return finish(work, as_json=False)


def run_instead(arguments: argparse.Namespace) -> int:
    """What `vbtui make` would say, each sentence on what the ones before it would have made."""
    if not is_local(load(), arguments):
        print(_OTHERS_NOT.of(), file=sys.stderr)
    said = [_clean(text) for text in arguments.say]
    lines = [Line(text, tuple(said[: number + 1])) for number, text in enumerate(said)]
    work = _planned(arguments.files, [], lines, reads=False, show=shown_as(arguments.json))
    return finish(work, as_json=False)


def shown_as(as_object: bool) -> Callable[[Line, Plan], str]:
    """How a plan is printed."""
    return as_json if as_object else as_text


def _line(text: str) -> Line:
    return Line(text, tuple(text.split(TURNS)))


def _clean(text: str) -> str:
    """An argument need not be UTF-8."""
    return text.encode("utf-8", "replace").decode()


async def _planned(
    files: Sequence[Path],
    after: Sequence[str],
    said: Sequence[Line],
    *,
    reads: bool,
    show: Callable[[Line, Plan], str],
) -> Outcome:
    """Args: reads: whether lines of standard input follow what is `said`."""
    check_files(files)
    settings = load()
    with TemporaryDirectory(prefix="vbtui-plan-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        own = Directories(
            settings.directories.config, folder / "state", folder / "cache", folder / "data"
        )
        engine = Engine(
            replace(settings, directories=own), local=True, new_project="project", folder=folder
        )
        shell = Shell(engine, lambda event: heard(event), ("session", "uploads"))
        uploads = Uploads(shell)

        def heard(event: Event) -> None:
            if isinstance(event, AssetChanged):
                uploads.heard(event.asset)
            elif isinstance(event, Noticed):
                show_notice(shell.progress, event)

        async with shell.at_work():
            demand_backend(engine.overview)
            for sent in await uploads.upload(files):
                if sent.state is AssetState.FAILED:
                    raise BadFile(f"{sent.name}: {sent.reason}", hint=_NOT_PLANNED)
            if not await _is_made(engine, after, shell.progress.stage):
                return Outcome("", None, 1)
            async for lines in _batches(said, reads=reads):
                found = await engine.commands.plan([line.turns for line in lines], after)
                for line, plan in zip(lines, found.plans, strict=True):
                    print(show(line, plan), flush=True)
    return Outcome("", None)


async def _is_made(engine: Engine, after: Sequence[str], tell: Callable[[str], None]) -> bool:
    """Whether the state on which is planned can be had; says what of it cannot."""
    found = (await engine.commands.plan([], after)).after if after else ()
    undone = [plan for plan in found if not plan.is_done]
    for plan in undone:
        why = clean_line(plan.reply) or _NO_CHANGE.of()
        tell(_NOT_DONE.of(sentence=clean_line(plan.say), why=why))
    return not undone


async def _batches(said: Sequence[Line], *, reads: bool) -> AsyncIterator[list[Line]]:
    """The lines that are there already, as many as are asked about in one request."""
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    if reads:
        read_lines(lines)
    else:
        lines.put_nowait(None)
    if said:
        yield list(said)
    last: str | None = ""
    while last is not None:
        batch: list[Line] = []
        last = await lines.get()
        while last is not None:
            batch.append(_line(last))
            if lines.empty() or sum(len(line.turns) for line in batch) >= _AT_ONCE:
                break
            last = lines.get_nowait()
        if batch:
            yield batch


def as_json(line: Line, plan: Plan) -> str:
    """As the studio told it, with the changes as sentences."""
    told = {
        "version": FORM,
        **plan.raw,
        "say": line.say,
        "changes": [one.sentence for one in plan.changes],
    }
    return to_json(told)


def as_text(line: Line, plan: Plan) -> str:
    chinese = is_chinese(line.say)
    lines = [clean_line(line.say)]
    lines += [f"  {operation(one, chinese)}" for one in plan.operations]
    lines += [f"  {change}" for change in digest(plan.changes, chinese)]
    lines += [f"  > {text}" for text in plan.reply.splitlines() if text]
    if not plan.is_changed:
        lines.append(f"  {_CHANGES_NOTHING.of(chinese)}")
    return "\n".join(lines)
