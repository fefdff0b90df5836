"""Exports that need a question first: in which formats, or made on this machine without what is missing."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from vbtui.base import programs
from vbtui.base.errors import UsageError
from vbtui.base.formats import USUAL
from vbtui.base.text import clean_line
from vbtui.base.translation import Counted, Translation
from vbtui.engine import Engine
from vbtui.exports import presets
from vbtui.exports.platforms import Verdict, judge
from vbtui.exports.presets import PRESETS, Preset
from vbtui.journal.records import ExportOptions, Render
from vbtui.timeline.model import Timeline
from vbtui.ui.dialogs.dialog import LineScreen
from vbtui.ui.kit import keys, words
from vbtui.ui.kit.grid import Column, Grid, plain
from vbtui.ui.kit.host import SENT, Host
from vbtui.ui.kit.keys import KeyFooter
from vbtui.ui.kit.screen import Box, Dialog
from vbtui.ui.kit.widgets import Choice, Choices

if TYPE_CHECKING:
    from vbtui.fallback.plan import HerePlan


_T = Translation
_CANNOT_OPEN = _T("Nothing here can open it", "这里没有能打开它的程序")
_RUN_THERE = _T("Run there ({sent}):", "请在您的电脑上运行（{sent}）：")
_IS_HERE = _T("The video is on this machine", "视频在这台电脑上")
_HERE = _T("Render on this machine", "在这台电脑上渲染")
_MADE_HERE = _T("It is made on this machine now.", "现在在这台电脑上制作。")
_LEAVE_IT, _WITHOUT = _T("Leave it", "不渲染"), _T("Render it without these", "不含这些，照样渲染")
_NOTHING_HERE = _T(
    "Nothing of “{name}” can be rebuilt from the files of this machine:",
    "无法用这台电脑上的文件重建“{name}”的任何内容：",
)
_PARTS = Counted("{count} part", "{count} parts", "{count} 个部分")
_IN_PART = _T(
    "Of “{name}”, {kept} can be made here, free. Not in the video ({missing}):",
    "“{name}”中有{kept}可以在这里免费制作。视频中不会有（{missing}）：",
)
_EXPORT_AS, _FORMAT = _T("Export as", "导出为"), _T("Format", "格式")
_PICTURE, _QUALITY, _NOT_HERE = (
    _T("Picture", "画面"),
    _T("Quality", "质量"),
    _T("not here", "不可用"),
)
_KEYS = _T(
    "{formats.mark} marks several; {formats.accept} exports.",
    "{formats.mark} 可标记多个；{formats.accept} 导出。",
)
_MARKED = Counted(
    "{count} format marked. {formats.accept} exports.",
    "{count} formats marked: a file each. {formats.accept} exports.",
    "已标记 {count} 种格式，各成一个文件。{formats.accept} 导出。",
)


async def ask_formats(
    host: Host, engine: Engine, base: ExportOptions, render: Render | None
) -> None:
    """Ask for presets and export in each of them.

    Args:
        base: the options that the presets change.
        render: whose version is exported once more; None: the open timeline as it is now.
    """
    timeline = _timeline(engine, render)
    takes_sizes = bool(base.here) or await engine.exports.takes_sizes()
    title = render.title if render else timeline.title if timeline else ""

    def chosen(names: tuple[str, ...] | None) -> None:
        if names:
            host.do("export", lambda engine: _export(engine, names, base, render))

    takes_formats = bool(base.here) or await engine.exports.takes_formats()
    rows = offered(timeline, takes_sizes=takes_sizes, takes_formats=takes_formats)
    host.push_screen(FormatsScreen(title, rows, base.preset or base.quality), chosen)


async def _export(
    engine: Engine, names: Sequence[str], base: ExportOptions, render: Render | None
) -> None:
    version, session_id = (render.draft_version, render.session_id) if render else (0, "")
    await engine.exports.start_all(names, base, version=version, session_id=session_id)


def _timeline(engine: Engine, render: Render | None) -> Timeline | None:
    """What would be exported, as far as it is at hand."""
    current = engine.drafts.current
    if current is None or render is None:
        return current.timeline if current else None
    is_current = (current.session_id, current.version) == (render.session_id, render.draft_version)
    return current.timeline if is_current else None


def open_video(host: Host, what: Path, video: Path) -> None:
    """Open it, or its folder, with the desktop; where there is none, show how to fetch the video."""
    if not programs.has_desktop(os.environ):
        show_fetch(host, video)
    elif not programs.open_on_desktop(what):
        host.say(clean_line(str(video)), title=_CANNOT_OPEN.of())


def show_fetch(host: Host, video: Path) -> None:
    """The scp line that brings the video to the user's own machine."""
    command = programs.fetch_command(video, os.environ)
    host.copy_to_clipboard(command)
    what = _RUN_THERE.of(sent=SENT.of())
    host.push_screen(LineScreen(_IS_HERE.of(), what, clean_line(command)))


async def render_here(host: Host, engine: Engine, render: Render) -> None:
    """Make it on this machine in the backend's place; what would be missing is named first."""
    plan = await engine.exports.plan_here(render.session_id, render.draft_version)

    def start(confirmed: bool | None) -> None:
        if confirmed:
            host.do("render here", lambda engine: _start_here(host, engine, plan, render))

    if plan.missing or not plan.can_start:
        host.push_screen(HereScreen(plan), start)
    else:
        await _start_here(host, engine, plan, render)


async def _start_here(host: Host, engine: Engine, plan: HerePlan, render: Render) -> None:
    options = replace(render.options, here="")
    await engine.exports.start_here(plan, options, instead_of=render.id)
    host.say(_MADE_HERE.of(), title=_HERE.of())


class HereScreen(Dialog[bool]):
    """Answers True when the rest is to be rendered."""

    AUTO_FOCUS = "Choices"
    SHARES: ClassVar[Mapping[str, float]] = {"#missing": 0.3}

    def __init__(self, plan: HerePlan) -> None:
        super().__init__()
        self._plan = plan

    def compose(self) -> ComposeResult:
        plan = self._plan
        choices = [Choice("no", _LEAVE_IT.of(), "n")]
        if plan.can_start:
            choices.insert(0, Choice("yes", _WITHOUT.of(), "y"))
        with Box():
            yield Static(Content.styled(_HERE.of(), "$text-primary bold"))
            yield Static(Content(_summary(plan)), classes="gap")
            with VerticalScroll(id="missing", can_focus=True, classes="gap"):
                yield Static(Content("\n").join(f"✕ {clean_line(part)}" for part in plan.missing))
            yield Choices(choices, classes="gap")
            yield KeyFooter()

    def on_choices_chosen(self, event: Choices.Chosen) -> None:
        self.dismiss(event.choice.id == "yes")


def _summary(plan: HerePlan) -> str:
    name = clean_line(plan.title) or _THE_VIDEO.of()
    if not plan.can_start:
        return _NOTHING_HERE.of(name=name)
    kept, missing = _PARTS.of(len(plan.parts)), _PARTS.of(len(plan.missing))
    return _IN_PART.of(name=name, kept=kept, missing=missing)


_THE_VIDEO = _T("the video", "视频")
_MP4_ALONE = _T(
    "This backend makes MP4 alone; on this machine: vbtui export --here --format …",
    "这个后台只能制作 MP4；可在这台电脑上制作：vbtui export --here --format …",
)
_OWN_SIZE = _T("This backend exports in the timeline's own size.", "这个后台只按时间线的尺寸导出。")


@dataclass(frozen=True, slots=True)
class Offered:
    """A preset as it can be had here."""

    preset: Preset
    size: str
    """`1080x1920`; empty while the timeline's size is not known."""
    refusal: str = ""
    """Why it cannot be had; empty when it can."""
    verdict: Verdict | None = None
    """Whether the timeline is fit for its platform; None where it is for none."""


def offered(
    timeline: Timeline | None, *, takes_sizes: bool, takes_formats: bool = True
) -> list[Offered]:
    """Every preset for a timeline (None: it is not known)."""
    rows = [_offered(preset, timeline, takes_sizes=takes_sizes) for preset in PRESETS.values()]
    if timeline is not None:
        every = (judge(presets.options_for(row.preset.name), timeline) for row in rows)
        rows = [replace(row, verdict=one) for row, one in zip(rows, every, strict=True)]
    if takes_formats:
        return rows
    return [
        replace(row, refusal=_MP4_ALONE.of()) if row.preset.format != USUAL else row for row in rows
    ]


def _offered(preset: Preset, timeline: Timeline | None, *, takes_sizes: bool) -> Offered:
    own = f"{timeline.width}x{timeline.height}" if timeline and timeline.width else ""
    asked = f"{preset.size[0]}x{preset.size[1]}" if preset.size else own
    if timeline is None:
        is_refused = preset.size is not None and not takes_sizes
        return Offered(preset, asked, _OWN_SIZE.of() if is_refused else "")
    try:
        fitted = presets.fitted(presets.options_for(preset.name), timeline)
    except UsageError as error:
        return Offered(preset, asked, str(error))
    if not fitted.width:
        return Offered(preset, asked)
    size = f"{fitted.width}x{fitted.height}"
    if takes_sizes:
        return Offered(preset, size)
    if preset.size is None:
        return Offered(preset, own)
    return Offered(preset, size, str(presets.refuse_size(timeline)))


class FormatsScreen(Dialog[tuple[str, ...]]):
    """Answers with the names of the presets that were chosen.

    Args:
        title: what is exported; shown as it is.
        rows: the presets.
        chosen: the name of the one that the cursor is on at first.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("formats"))
    AUTO_FOCUS = "#formats"

    def __init__(self, title: str, rows: Sequence[Offered], chosen: str = "") -> None:
        super().__init__()
        self._title = clean_line(title)
        self._offered = tuple(rows)
        self._first = chosen
        self._marked: dict[str, None] = {}

    def compose(self) -> ComposeResult:
        with Box():
            yield Static(Content.styled(_EXPORT_AS.of(), "$text-primary bold"))
            yield Static(Content(self._title), id="formats-title")
            yield Grid[Offered](
                self._columns(),
                lambda row: row.preset.name,
                is_marked=lambda row: row.preset.name in self._marked,
                id="formats",
            )
            yield Static(id="formats-line")
            yield KeyFooter()

    def _columns(self) -> list[Column[Offered]]:
        return [
            Column(
                _FORMAT.of(), 25, lambda row: plain(row.preset.label.of(), _style(row)), elastic=1
            ),
            Column(_PICTURE.of(), 10, lambda row: plain(row.size, "$foreground-muted"), rank=2),
            Column(_QUALITY.of(), 8, _quality),
            Column("", 9, lambda row: plain(_NOT_HERE.of() if row.refusal else "", _style(row))),
        ]

    @property
    def grid(self) -> Grid[Offered]:
        return self.query_one("#formats", Grid)

    def on_mount(self) -> None:
        self.grid.show(self._offered)
        self.grid.move_to(self._first)

    @on(Grid.Moved, "#formats")
    def _say(self) -> None:
        row = self.grid.current
        text = _KEYS.of()
        if row is not None and row.refusal:
            text = f"! {row.refusal}"
        elif self._marked or (row is not None and row.verdict is not None):
            parts = [_MARKED.of(len(self._marked))] if self._marked else []
            if row is not None and row.verdict is not None:
                parts.append(f"{'!' if row.verdict.failures else '✓'} {row.verdict.told}")
            text = "\n".join(parts)
        self.query_one("#formats-line", Static).update(Content(text))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        row = self.grid.current if self.is_mounted else None
        if action == "mark":
            return bool(row and not row.refusal) or None
        if action == "accept":
            return bool(self._marked or (row and not row.refusal)) or None
        return True

    def action_mark(self) -> None:
        """Mark the preset, or take the mark off, and go to the next one."""
        if row := self.grid.current:
            name = row.preset.name
            if name in self._marked:
                del self._marked[name]
            else:
                self._marked[name] = None
            self.grid.update_row(row)
            self.grid.action_cursor(1)
            self._say()

    def action_accept(self) -> None:
        row = self.grid.current
        self.dismiss(tuple(self._marked) or ((row.preset.name,) if row else ()))

    async def on_grid_opened(self) -> None:
        await self.run_action("accept")


def _quality(row: Offered) -> Content:
    return plain(words.quality_text(row.preset.quality), "$foreground-muted")


def _style(row: Offered) -> str:
    return "$foreground-muted" if row.refusal else ""
