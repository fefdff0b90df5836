"""The first screen of a project in which nothing was said yet.

The cloud's agent greets, with three examples. The local studio shows what can be said of the files that are
there – sentences that it has tried – and, while there are none, how they get here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from vbtui.base.keys import table
from vbtui.base.text import clean_line
from vbtui.base.translation import Counted, Translation
from vbtui.journal.records import Asset, AssetState
from vbtui.session.events import Link, Overview
from vbtui.ui.kit import words
from vbtui.ui.kit.host import BUSY_ASSETS
from vbtui.ui.kit.widgets import Choice, Choices, Steady

_T = Translation
EXAMPLES = (
    _T("create my video clips or images", "用我的视频片段或图片制作视频"),
    _T("export 1080p MP4", "导出 1080p MP4"),
    _T(
        "combine these clips into a 60-second promo video with transitions and text overlays",
        "把这些片段合成一个60秒的宣传视频，加转场和文字",
    ),
)
TITLE = _T("Getting Started", "开始使用")
GETTING_STARTED = _T(
    "Share your video clips or images and I'll get started on AI video creation. "
    "Or just tell me what you're thinking.",
    "分享您的视频片段或图片，我就开始用 AI 制作视频。也可以直接告诉我您的想法。",
)
ADVICE = _T(
    "Files of up to 500 MB each; MP4, MOV, JPG and PNG work best.",
    "单个文件最大 500 MB；推荐 MP4、MOV、JPG 和 PNG。",
)
LOCAL_STARTED = _T(
    "Your clips, photos and music become a video on this machine: no account, no network.",
    "您的片段、照片和音乐在这台电脑上变成视频：无需账户，无需网络。",
)
_TRY = _T("Try saying", "试试这样说")
_TRY_BY_KEY = _T(
    "Try saying ({prompt.complete}, {choices.take})",
    "试试这样说（{prompt.complete}，{choices.take}）",
)
_WAYS_IN = (
    (
        "app.upload",
        _T(
            "Add files: pick them, or drop or paste them here", "添加文件：选择，或拖放、粘贴到这里"
        ),
    ),
    (
        "/watch",
        _T("Watch a folder: what lands there is taken", "监视文件夹：自动采用放入的文件"),
    ),
    (
        "app.sample",
        _T(
            "Make a sample project: footage drawn here, a video within a minute",
            "制作示例项目：素材在本机绘制，一分钟内得到视频",
        ),
    ),
)
"""What brings files here, by its key or command."""
_PICKS = _T(
    "{^app.upload} picks files; dropping or pasting them here works too. {advice}",
    "{^app.upload} 选择文件；也可以拖放或粘贴到这里。{advice}",
)
_MORE_WAYS = _T(
    "{^app.upload} adds files   {watch} watches a folder   ",
    "{^app.upload} 添加文件   {watch} 监视文件夹   ",
)
_HERE = Counted("{count} file is here.", "{count} files are here.", "已有 {count} 个文件。")
_HERE_AND_COMING = Counted(
    "{count} file is here, {coming} more on the way.",
    "{count} files are here, {coming} more on the way.",
    "已有 {count} 个文件，另有 {coming} 个正在路上。",
)
_MUSIC_ALONE = _T(
    "There is music, and no clip or photo to go with it yet.", "有音乐，但还没有配它的片段或照片。"
)
_COMING = Counted(
    "{count} file on the way …", "{count} files on the way …", "{count} 个文件正在路上……"
)
_WATCHING = _T("Watching {folder}: copy files there, or", "正在监视 {folder}：把文件复制进去，或者")
_BEGIN = _T("Begin with", "从这里开始")
_SETTING_UP = _T("Setting things up…", "正在准备…")
_READY = _T("Connected and ready: {backend}.", "已连接，可以使用：{backend}。")
_READY_WITH = _T(
    "Connected and ready: {backend}. {credits}.", "已连接，可以使用：{backend}。{credits}。"
)


@dataclass(frozen=True, slots=True)
class Files:
    """What is there to make a video of."""

    ready: int = 0
    coming: int = 0
    pictures: int = 0
    """Clips and photos among those that are ready."""
    watched: Path | None = None
    """The folder that is watched for this project."""

    @classmethod
    def of(cls, assets: Sequence[Asset], watched: Path | None) -> Files:
        ready = [one for one in assets if one.state is AssetState.DONE]
        coming = [one for one in assets if one.state in BUSY_ASSETS]
        pictures = sum(one.kind not in ("audio", "subtitles", "lut") for one in ready)
        return cls(len(ready), len(coming), pictures, watched)


class Greeting(Vertical):
    """The greeting with its examples; the one that is chosen fills the prompt, or does what its key does."""

    def __init__(self) -> None:
        super().__init__(id="greeting")
        self._text = Steady()
        self._choices = Choices(_said(_examples()), column=True)
        self._more = Steady(classes="gap")
        self._status = Steady(id="greeting-status")

    def compose(self) -> ComposeResult:
        yield self._text
        yield self._choices
        yield self._more
        yield self._status

    def show(
        self, overview: Overview, files: Files, suggestions: Sequence[str], *, is_local: bool
    ) -> None:
        """Say what to do first, and how far the setup is.

        Args:
            suggestions: what the local studio has tried on these files.
            is_local: whether the local studio is the backend, or is to be.
        """
        if is_local:
            self._show_local(files, suggestions)
        else:
            self._say(GETTING_STARTED.of(), _TRY.of())
            self._offer(_examples())
            self._more.put(words.assembled(_PICKS, advice=(ADVICE.of(), "$foreground-muted")))
        self._status.put(status_text(overview, is_local=is_local))

    def _show_local(self, files: Files, suggestions: Sequence[str]) -> None:
        if files.pictures:
            there = _HERE_AND_COMING if files.coming else _HERE
            self._say(
                there.of(files.ready, coming=files.coming), _TRY_BY_KEY.of() if suggestions else ""
            )
            self._offer(suggestions)
            self._more.put(words.assembled(_MORE_WAYS, watch=("/watch", words.KEY_STYLE)))
            return
        self._say((_MUSIC_ALONE if files.ready else LOCAL_STARTED).of(), _first(files))
        width = max(cell_len(_shown(way)) for way, _ in _WAYS_IN)
        self._choices.offer(
            [Choice(way, f"{_shown(way).ljust(width)}  {text.of()}") for way, text in _WAYS_IN]
        )
        self._more.put(Content.styled(ADVICE.of(), "$foreground-muted"))

    def _say(self, what: str, then: str) -> None:
        self._text.put(
            Content.assemble(
                (f"{TITLE.of()}\n", "$text-primary bold"),
                what,
                (f"\n\n{then}" if then else "", "$foreground-muted"),
            )
        )

    def _offer(self, sentences: Sequence[str]) -> None:
        self._choices.offer(_said(sentences))


def _examples() -> list[str]:
    return [one.of() for one in EXAMPLES]


def _said(sentences: Sequence[str]) -> list[Choice]:
    return [Choice(text, f"“{text}”") for text in sentences]


def _first(files: Files) -> str:
    """What is waited for, or what to do first."""
    if files.coming:
        return _COMING.of(files.coming)
    if files.watched is not None:
        return _WATCHING.of(folder=clean_line(str(files.watched)))
    return _BEGIN.of()


def _shown(way: str) -> str:
    """`^o`, `/watch`."""
    return table()[way].display if way in table() else way


def status_text(overview: Overview, *, is_local: bool) -> Content:
    """`Setting things up…`, `Connected and ready`, or what is wrong."""
    badge = words.LINKS[overview.link]
    if overview.link is Link.STARTING:
        text = overview.problem.message if overview.problem else _SETTING_UP.of()
    elif overview.link is Link.READY:
        text = _READY.of(backend=words.backend_text(overview))
        if overview.credits is not None and not is_local:
            credits = words.credits_text(overview.credits)
            text = _READY_WITH.of(backend=words.backend_text(overview), credits=credits)
    else:
        text = badge.word
    return Content.assemble((f"{badge.symbol} ", badge.style), (text, "$foreground-muted"))
