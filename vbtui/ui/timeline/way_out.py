"""The way out: the timeline as files for other programs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from vbtui.base.text import clean_line
from vbtui.base.translation import Translation
from vbtui.interchange.model import WayOut
from vbtui.interchange.service import Offer
from vbtui.ui.dialogs.dialog import ScrollingDialog
from vbtui.ui.kit import keys
from vbtui.ui.kit.grid import Column, Grid, plain
from vbtui.ui.kit.keys import KeyFooter
from vbtui.ui.kit.screen import Box
from vbtui.ui.kit.widgets import Field

_T = Translation
_CARRIES = {
    "otio": _T("everything that has a name; editors read it", "所有有名称的内容；剪辑软件可读"),
    "edl": _T("one video track, cuts and dissolves", "一条视频轨道，硬切和叠化"),
    "xml": _T(
        "tracks and cuts for Premiere, Resolve, Final Cut",
        "轨道和剪切，用于 Premiere、Resolve、Final Cut",
    ),
    "srt": _T("the words of the text tracks", "文字轨道的文字"),
    "rebuild": _T(
        "originals and a rebuild.py that makes the video", "原始文件和用来生成视频的 rebuild.py"
    ),
}
_TITLE = _T("The timeline for other programs", "把时间线交给其他程序")
_FORMAT, _WHAT = _T("Format", "格式"), _T("What it carries", "包含的内容")
_FOLDER, _WRITING = _T("Folder to write to", "写入的文件夹"), _T("Writing…", "正在写入……")
_NOT_WRITTEN, _NOT_CARRIED = _T("Not written.", "没有写入。"), _T("Not carried:", "未带上：")
_NOTHING = _T("Nothing was written.", "没有写入任何内容。")


class WayOutScreen(ScrollingDialog[None]):
    """Formats to mark, the folder to write to, and what was written and not carried."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("wayout"))
    AUTO_FOCUS = "#formats"
    PANE = "#way-out-said"
    SHARES: ClassVar[Mapping[str, float]] = {"#formats": 0.5, PANE: 0.3}
    ABOUT = _T(
        "Mark the formats with {wayout.mark}, write them with {wayout.write}. Nothing that is there is overwritten.",
        "用 {wayout.mark} 标记格式，用 {wayout.write} 写出。已有的文件不会被覆盖。",
    )

    def __init__(self) -> None:
        super().__init__()
        self._marked: set[str] = set()
        self._is_writing = False

    def compose(self) -> ComposeResult:
        with Box("-large"):
            yield Static(Content.styled(_TITLE.of(), "$text-primary bold"))
            yield Grid[Offer](
                [
                    Column(_FORMAT.of(), 15, _label),
                    Column(_WHAT.of(), 10, _about, elastic=1),
                ],
                lambda offer: offer.format,
                is_marked=lambda offer: offer.format in self._marked,
                id="formats",
            )
            yield Field(id="way-out-folder", placeholder=_FOLDER.of(), compact=True)
            with VerticalScroll(id="way-out-said", can_focus=False):
                yield Static(id="way-out-result")
            yield KeyFooter()

    @property
    def grid(self) -> Grid[Offer]:
        return self.query_one("#formats", Grid)

    def on_mount(self) -> None:
        engine = self.host.engine
        if engine is not None:
            self.grid.show(engine.way_out.offers)
            self.query_one("#way-out-folder", Input).value = str(engine.way_out.folder)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        is_typing = isinstance(self.focused, Input)
        if action == "more":
            return self.has_more()
        return not (is_typing and action == "mark")

    def action_mark(self) -> None:
        offer = self.grid.current
        if offer is None:
            return
        if offer.reason:
            self._tell(Content.styled(offer.reason, "$text-warning"))
            return
        self._marked ^= {offer.format}
        self.grid.refresh()

    def on_grid_opened(self) -> None:
        self.action_mark()

    def on_input_submitted(self) -> None:
        self.action_write()

    def action_folder(self) -> None:
        field = self.query_one("#way-out-folder", Input)
        target = self.grid if self.focused is field else field
        target.focus()

    def action_write(self) -> None:
        """Write what is marked, else the format under the cursor."""
        offers = self.grid.rows
        wanted = [offer.format for offer in offers if offer.format in self._marked]
        current = self.grid.current
        if not wanted and current is not None:
            if current.reason:
                self._tell(Content.styled(current.reason, "$text-warning"))
                return
            wanted = [current.format]
        if not wanted or self._is_writing:
            return
        self._is_writing = True
        self._tell(Content.styled(_WRITING.of(), "$foreground-muted"))
        typed = self.query_one("#way-out-folder", Input).value.strip()
        directory = Path(typed).expanduser() if typed else None

        async def write() -> None:
            try:
                engine = await self.host.started_engine()
                done = await engine.way_out.write(wanted, directory)
                if self.is_attached:
                    self._tell(told(done))
            except BaseException:
                if self.is_attached:
                    self._tell(Content.styled(_NOT_WRITTEN.of(), "$text-error"))
                raise
            finally:
                self._is_writing = False

        self.host.work(write, name="way out", group="way out")

    def _tell(self, content: Content) -> None:
        self.tell(self.query_one("#way-out-result", Static), content)
        self.call_after_refresh(self.query_one(self.PANE).scroll_visible, animate=False)


def told(done: WayOut) -> Content:
    """The files, then what they do not carry."""
    lines = [
        Content.assemble(("✓ ", "$text-success bold"), (clean_line(str(path)), "$text-success"))
        for path in done.files
    ]
    if done.not_carried:
        lines += [Content(""), Content.styled(_NOT_CARRIED.of(), "$text-warning bold")]
        lines += [Content(f"- {sentence}") for sentence in done.not_carried]
    return Content("\n").join(lines or [Content(_NOTHING.of())])


def _label(offer: Offer) -> Content:
    return plain(offer.label, "$foreground-muted" if offer.reason else "")


def _about(offer: Offer) -> Content:
    if offer.reason:
        return plain(offer.reason, "$text-warning")
    carries = _CARRIES.get(offer.format)
    return plain(carries.of() if carries else "", "$foreground-muted")
