"""All tracks of a timeline to scale on one widget, drawn line by line."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from vbtui.timeline import AUDIO, TEXT, VIDEO, Segment, Timeline
from vbtui.ui import keys, words
from vbtui.ui.timeline_layout import Block, Lane, View, blocks, lane_height, lanes_of, ticks
from vbtui.ui.widgets.header import shorten

_GUTTER = 16
_NARROW_GUTTER = 10
_RULER = 2
_SYMBOLS = {VIDEO: "▶", AUDIO: "♪", TEXT: "T"}
_KINDS = {VIDEO: "video", AUDIO: "audio", TEXT: "text"}


class Canvas(ScrollView, can_focus=True):
    """Ruler, tracks, playhead and selection.

    The playhead is a time; the selection is the segment that it is on, in the chosen lane.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "canvas--ruler",
        "canvas--gutter",
        "canvas--gutter-here",
        "canvas--video",
        "canvas--audio",
        "canvas--text",
        "canvas--other",
        "canvas--odd",
        "canvas--gap",
        "canvas--selected",
        "canvas--playhead",
        "canvas--empty",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.bindings("timeline"),
        Binding("left", "step(-1)", "Back", show=False),
        Binding("right", "step(1)", "Forward", show=False),
        Binding("shift+left", "step(-10)", "Back", show=False),
        Binding("shift+right", "step(10)", "Forward", show=False),
        Binding("up,k", "lane(-1)", "Up", show=False),
        Binding("down,j", "lane(1)", "Down", show=False),
        Binding("pageup", "pan(-1)", "Pan back", show=False),
        Binding("pagedown", "pan(1)", "Pan forward", show=False),
    ]
    HELP = "Arrows move the playhead and choose the track; + - 0 zoom; PgUp and PgDn pan."

    class Moved(Message):
        """Playhead or selection changed."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.timeline: Timeline | None = None
        self.lanes: list[Lane] = []
        self.view = View(1000)
        self.playhead_ms = 0
        self.lane = 0
        """Index of the chosen lane."""
        self._is_fit = True
        self._height = 2
        self._blocks: dict[tuple[int, View], list[Block]] = {}

    # -- what is shown ------------------------------------------------------------------------

    def show(self, timeline: Timeline | None) -> None:
        """Show another timeline; playhead and zoom stay where they make sense."""
        self.timeline = timeline
        self.lanes = lanes_of(timeline) if timeline else []
        self.lane = min(self.lane, max(len(self.lanes) - 1, 0))
        self.playhead_ms = min(self.playhead_ms, self.duration_ms)
        self._arrange()
        self.post_message(self.Moved())

    @property
    def duration_ms(self) -> int:
        return self.timeline.duration_ms if self.timeline else 0

    @property
    def names_width(self) -> int:
        """Cells for the names of the tracks."""
        return _GUTTER if self.size.width >= 100 else _NARROW_GUTTER

    @property
    def selected(self) -> tuple[Lane, Segment] | None:
        """The segment under the playhead in the chosen lane."""
        if self.lane >= len(self.lanes):
            return None
        lane = self.lanes[self.lane]
        place = lane.at(self.playhead_ms)
        return (lane, lane.segments[place]) if place is not None else None

    def _arrange(self) -> None:
        width = max(self.scrollable_content_region.width - self.names_width, 1)
        if self._is_fit:
            self.view = View.whole(self.duration_ms, width)
        else:
            view = View(self.view.ms_per_cell, self.view.offset_ms, width)
            self.view = view.held(self.duration_ms)
        self._height = lane_height(self.lanes, self.size.height - _RULER)
        step = self._step
        self.virtual_size = Size(self.size.width, _RULER + len(self.lanes) * step)
        self._blocks.clear()
        self.refresh()

    @property
    def _step(self) -> int:
        """Lines from one lane to the next."""
        return self._height + (1 if self._height > 1 else 0)

    def on_resize(self) -> None:
        self._arrange()

    def _look(self, view: View) -> None:
        if view != self.view:
            self.view = view
            self._blocks.clear()
            self.refresh()

    # -- drawing ------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if y < _RULER:
            content = self._ruler_times() if y == 0 else self._ruler_marks()
        else:
            content = self._lane_line(y - _RULER + round(self.scroll_y))
        base = self.get_visual_style("canvas--empty")
        strip = Strip(content.render_segments(base)).adjust_cell_length(width, base.rich_style)
        return self._with_playhead(strip, y)

    def _with_playhead(self, strip: Strip, y: int) -> Strip:
        cell = self.view.cell(self.playhead_ms)
        bottom = _RULER + len(self.lanes) * self._step - round(self.scroll_y)
        if not self.lanes or not 0 <= cell < self.view.width or y > bottom:
            return strip
        x = self.names_width + cell
        style = self.get_visual_style("canvas--playhead")
        mark = Strip(Content("▼" if y == 1 else "│").render_segments(style))
        if y == 0:
            return strip
        return Strip.join([strip.crop(0, x), mark, strip.crop(x + 1)])

    def _ruler_times(self) -> Content:
        text = " " * self.names_width
        for tick in ticks(self.view):
            label = words.clock_text(tick.ms, fraction=self.view.ms_per_cell < 50)
            text = text.ljust(self.names_width + tick.cell) + label
        return Content(text).stylize(self.get_visual_style("canvas--ruler"))

    def _ruler_marks(self) -> Content:
        cells = ["─"] * self.view.width
        for tick in ticks(self.view):
            cells[tick.cell] = "┴"
        text = " " * self.names_width + "".join(cells)
        return Content(text).stylize(self.get_visual_style("canvas--ruler"))

    def _lane_line(self, line: int) -> Content:
        number, within = divmod(line, self._step)
        if number >= len(self.lanes) or within >= self._height:
            return Content("")
        lane = self.lanes[number]
        parts = [self._gutter_cell(number, lane, within)]
        at = 0
        for block in self._blocks_of(number):
            if block.start > at:
                parts.append(Content(" " * (block.start - at)))
            parts.append(self._block(lane, block, within, number))
            at = block.end
        return Content.assemble(*parts)

    def _blocks_of(self, number: int) -> list[Block]:
        key = (number, self.view)
        found = self._blocks.get(key)
        if found is None:
            found = self._blocks[key] = blocks(self.lanes[number], self.view)
        return found

    def _gutter_cell(self, number: int, lane: Lane, within: int) -> Content:
        room = self.names_width - 1
        name = "canvas--gutter-here" if number == self.lane and self.has_focus else "canvas--gutter"
        text = ""
        if within == 0:
            mark = "›" if number == self.lane else " "
            symbol = _SYMBOLS.get(lane.track.type if lane.track.type is not None else -1, "?")
            label = f"  +{lane.number}" if lane.number else f"{symbol} {track_name(lane)}"
            text = f"{mark}{shorten(label, room - 1)}"
        blank = " " * max(self.names_width - Content(text).cell_length, 0)
        return Content(text + blank).stylize(self.get_visual_style(name))

    def _block(self, lane: Lane, block: Block, within: int, number: int) -> Content:
        size = block.end - block.start
        if block.is_gap:
            text = "┄" * size if within == self._height // 2 else " " * size
            return Content(text).stylize(self.get_visual_style("canvas--gap"))
        segment = lane.segments[block.index]
        kind = _KINDS.get(lane.track.type if lane.track.type is not None else -1, "other")
        is_here = number == self.lane and lane.at(self.playhead_ms) == block.index
        edge = "▌" if is_here else "▎"
        fade = "╱" * block.transition
        text = fade or edge
        text += shorten(self._block_text(segment, block, within), size - len(text))
        content = Content(text)
        content = Content(text + " " * max(size - content.cell_length, 0))
        style = self.get_visual_style(f"canvas--{kind}")
        if block.index % 2:
            style += self.get_visual_style("canvas--odd", partial=True)
        if is_here:
            style += self.get_visual_style("canvas--selected", partial=True)
        return content.stylize(style)

    def _block_text(self, segment: Segment, block: Block, within: int) -> str:
        if block.count > 1:
            return f"{block.count} clips" if within == 0 else ""
        if within == 0:
            return segment.name
        if within == 1:
            parts = [f"{segment.duration_ms / 1000:g} s"]
            if segment.transition:
                parts.insert(0, segment.transition)
            if segment.volume is not None:
                parts.append(f"{segment.volume:.0%}")
            if segment.speed != 1:
                parts.append(f"{segment.speed:g}x")
            return " · ".join(parts)
        return ""

    # -- keys and mouse -----------------------------------------------------------------------

    def seek(self, ms: float) -> None:
        """Put the playhead at `ms` and show it."""
        self.playhead_ms = round(min(max(ms, 0), self.duration_ms))
        self._look(self.view.showing(self.playhead_ms, self.duration_ms))
        self.refresh()
        self.post_message(self.Moved())

    def action_step(self, cells: int) -> None:
        cell = self.view.cell(self.playhead_ms) + cells
        self.seek(self.view.ms(cell) if cells > 0 or cell >= 0 else self.view.ms(0))

    def action_seek_start(self) -> None:
        self.seek(0)

    def action_seek_end(self) -> None:
        self.seek(self.duration_ms)

    def action_zoom(self, steps: int) -> None:
        self._is_fit = False
        self._look(self.view.zoomed(steps, self.playhead_ms, self.duration_ms))

    def action_fit(self) -> None:
        self._is_fit = True
        self._arrange()

    def action_pan(self, pages: int) -> None:
        self._look(self.view.panned(pages * self.view.width * 0.75, self.duration_ms))

    def action_lane(self, by: int) -> None:
        if self.lanes:
            self.lane = max(min(self.lane + by, len(self.lanes) - 1), 0)
            self._show_lane()
            self.refresh()
            self.post_message(self.Moved())

    def _show_lane(self) -> None:
        top = self.lane * self._step
        room = self.size.height - _RULER
        if top < self.scroll_y:
            self.scroll_to(y=top, animate=False, immediate=True)
        elif top + self._height > self.scroll_y + room:
            self.scroll_to(y=top + self._height - room, animate=False, immediate=True)

    def action_select(self, by: int) -> None:
        """The next segment of the lane, or the one before; the playhead goes to its start."""
        if self.lane >= len(self.lanes) or not self.lanes[self.lane].segments:
            return
        lane = self.lanes[self.lane]
        here = lane.at(self.playhead_ms)
        if here is None:
            here = lane.near(self.playhead_ms) or 0
        else:
            here = max(min(here + by, len(lane.segments) - 1), 0)
        self.seek(lane.segments[here].start_ms)

    def on_click(self, event: events.Click) -> None:
        cell = event.x - self.names_width
        line = event.y - _RULER + round(self.scroll_y)
        if line >= 0 and line // self._step < len(self.lanes):
            self.lane = line // self._step
        if cell >= 0:
            self.seek(self.view.ms(cell))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        if event.ctrl or not self.max_scroll_y:
            event.stop()
            event.prevent_default()
            self.action_zoom(-1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        if event.ctrl or not self.max_scroll_y:
            event.stop()
            event.prevent_default()
            self.action_zoom(1)

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()


def track_name(lane: Lane) -> str:
    """The track's own name, else its kind."""
    return lane.track.name or lane.track.kind
