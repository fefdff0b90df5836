"""All tracks of a timeline to scale on one widget, drawn line by line."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from math import ceil
from typing import ClassVar

from rich.segment import Segment as Drawn
from rich.style import Style as RichStyle
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from vbtui.timeline import Segment, Timeline
from vbtui.ui import keys, words
from vbtui.ui.selection import Selection, identity
from vbtui.ui.timeline_layout import Block, Lane, View, blocks, lane_height, lanes_of, ticks
from vbtui.ui.widgets.lane_painter import Look, gutter, lane_line

_GUTTER = 16
_NARROW_GUTTER = 10
_RULER = 2
FLAG = "◆"


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
        "canvas--marked",
        "canvas--playhead",
        "canvas--empty",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.bindings("timeline"),
        Binding("left", "step(-1)", "Back", show=False),
        Binding("right", "step(1)", "Forward", show=False),
        Binding("shift+left", "step(-10)", "Back", show=False),
        Binding("shift+right", "step(10)", "Forward", show=False),
        Binding("comma", "frame(-1)", "Frame back", show=False),
        Binding("full_stop", "frame(1)", "Frame forward", show=False),
        Binding("left_curly_bracket", "to_flag(-1)", "Flag before", show=False),
        Binding("right_curly_bracket", "to_flag(1)", "Flag behind", show=False),
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
        self._step = 3
        """Lines from one lane to the next."""
        self._blocks: dict[int, list[Block]] = {}
        """Of each lane, as far as it was drawn in this view."""
        self._styles: dict[tuple[str, ...], RichStyle] = {}
        self.selection = Selection()
        self.flags: list[int] = []
        """Times that the user has marked, in ms and in order."""

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
        room = self.size.height - _RULER
        self._height = lane_height(self.lanes, room)
        self._step = self._height + (1 if self._height > 1 else 0)
        if self._height == 1 and 2 * len(self.lanes) <= room:
            self._height = self._step = 2
        self.virtual_size = Size(self.size.width, _RULER + len(self.lanes) * self._step)
        self._blocks.clear()
        self.refresh()

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
            drawn = [
                Drawn(
                    self._ruler_times() if y == 0 else self._ruler_marks(),
                    self._style("canvas--ruler"),
                )
            ]
        else:
            drawn = self._lane_line(y - _RULER + round(self.scroll_y))
        strip = Strip(drawn).adjust_cell_length(width, self._style())
        return self._with_playhead(strip, y)

    def _with_playhead(self, strip: Strip, y: int) -> Strip:
        cell = self.view.cell(self.playhead_ms)
        bottom = _RULER + len(self.lanes) * self._step - round(self.scroll_y)
        if y == 0 or not self.lanes or not 0 <= cell < self.view.width or y > bottom:
            return strip
        x = self.names_width + cell
        mark = Strip([Drawn("▼" if y == 1 else "│", self._style("canvas--playhead"))], 1)
        return Strip.join([strip.crop(0, x), mark, strip.crop(x + 1)])

    def _ruler_times(self) -> str:
        text = " " * self.names_width
        for tick in ticks(self.view):
            label = words.clock_text(tick.ms, fraction=self.view.ms_per_cell < 50)
            text = text.ljust(self.names_width + tick.cell) + label
        return text

    def _ruler_marks(self) -> str:
        cells = ["─"] * self.view.width
        for tick in ticks(self.view):
            cells[tick.cell] = "┴"
        for flag in self.flags:
            cell = self.view.cell(flag)
            if 0 <= cell < self.view.width:
                cells[cell] = FLAG
        return " " * self.names_width + "".join(cells)

    def _lane_line(self, line: int) -> list[Drawn]:
        number, within = divmod(line, self._step)
        if number >= len(self.lanes) or within >= self._height:
            return []
        lane = self.lanes[number]
        look = Look(self._height, self.names_width, self._style, self._is_marked)
        is_chosen = number == self.lane
        here = lane.at(self.playhead_ms) if is_chosen else None
        return [
            gutter(lane, within, look, is_chosen=is_chosen, has_focus=self.has_focus),
            *lane_line(lane, self._blocks_of(number), within, look, here=here),
        ]

    def _is_marked(self, lane: Lane, segment: Segment) -> bool:
        return self.selection.holds(lane.track, segment)

    def _blocks_of(self, number: int) -> list[Block]:
        found = self._blocks.get(number)
        if found is None:
            found = self._blocks[number] = blocks(self.lanes[number], self.view)
        return found

    def _style(self, *names: str) -> RichStyle:
        """The look of these component classes, one over the other; of none: of nothing there."""
        found = self._styles.get(names)
        if found is None:
            style = self.get_visual_style("canvas--empty")
            for place, name in enumerate(names):
                style += self.get_visual_style(name, partial=place > 0)
            found = self._styles[names] = style.rich_style
        return found

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()

    # -- keys and mouse -----------------------------------------------------------------------

    def seek(self, ms: float) -> None:
        """Put the playhead at `ms` and show it."""
        self.playhead_ms = round(min(max(ms, 0), self.duration_ms))
        self._look(self.view.showing(self.playhead_ms, self.duration_ms))
        self._touched()

    def _touched(self) -> None:
        """The user has gone to another place: that is what `this` means from now on."""
        selected = self.selected
        self.selection.here = identity(selected[0].track, selected[1]) if selected else None
        self.refresh()
        self.post_message(self.Moved())

    def mark_here(self) -> None:
        """Mark the segment under the playhead, or take its mark off."""
        if selected := self.selected:
            self.selection.toggle(selected[0].track, selected[1])
            self._touched()

    def follow(self, ms: int) -> None:
        """Put the playhead at `ms` while it plays: draws the two columns that change, tells nobody."""
        before = self.view.cell(self.playhead_ms)
        self.playhead_ms = min(ms, self.duration_ms)
        view = self.view.showing(self.playhead_ms, self.duration_ms)
        if view != self.view:
            self._look(view)
            return
        cell = view.cell(self.playhead_ms)
        if cell != before:
            left = self.names_width + self.gutter.left - 1
            columns = (Region(left + x, 0, 3, self.size.height) for x in {before, cell})
            self.refresh(*columns)

    def action_step(self, steps: int) -> None:
        """By whole seconds; by cells where a cell is more."""
        if self.view.ms_per_cell > 1000:
            cell = max(self.view.cell(self.playhead_ms) + steps, self.view.cell(0))
            self.seek(self.view.ms(cell))
            return
        seconds = self.playhead_ms / 1000
        self.seek(1000 * ((int(seconds) if steps > 0 else ceil(seconds)) + steps))

    def action_frame(self, frames: int) -> None:
        fps = (self.timeline.fps if self.timeline else None) or 30
        self.seek((round(self.playhead_ms * fps / 1000) + frames) * 1000 / fps)

    def action_flag(self) -> None:
        """Set a flag at the playhead, or take it away."""
        if self.playhead_ms in self.flags:
            self.flags.remove(self.playhead_ms)
        else:
            self.flags.insert(bisect_left(self.flags, self.playhead_ms), self.playhead_ms)
        self.refresh()

    def action_to_flag(self, by: int) -> None:
        before = bisect_left(self.flags, self.playhead_ms) - 1
        behind = bisect_right(self.flags, self.playhead_ms)
        place = behind if by > 0 else before
        if 0 <= place < len(self.flags):
            self.seek(self.flags[place])

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
            self._touched()

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
        if event.shift or event.ctrl:
            self.mark_here()

    def _wheel(self, event: events.MouseEvent, by: int) -> None:
        """Zoom about the pointer, with shift pan; tracks scroll where they do not all fit."""
        if not (event.ctrl or event.shift) and self.max_scroll_y:
            return
        event.stop()
        event.prevent_default()
        if event.shift:
            self.action_pan(by)
            return
        self._is_fit = False
        around = self.view.ms(max(event.x - self.names_width, 0))
        self._look(self.view.zoomed(-by, around, self.duration_ms))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, -1)

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()


def track_name(lane: Lane) -> str:
    """The track's own name, else its kind."""
    return lane.track.name or lane.track.kind
