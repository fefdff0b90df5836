"""All tracks of a timeline to scale on one widget, drawn line by line."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
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

from vbtui.base.times import time_code
from vbtui.base.translation import Translation
from vbtui.timeline.edits import Edit
from vbtui.timeline.model import VIDEO, Segment, Timeline
from vbtui.timeline.selection import Identity, Selection, identity
from vbtui.ui.kit import keys
from vbtui.ui.kit.edit_line import Place
from vbtui.ui.kit.host import host_of
from vbtui.ui.timeline.foresight import Foreseen, foreseen
from vbtui.ui.timeline.lane_painter import LaneStyle, lane_strip, overlaid
from vbtui.ui.timeline.lane_pictures import LanePictures
from vbtui.ui.timeline.layout import (
    LEAST_MS_PER_CELL,
    Drag,
    Lane,
    Row,
    View,
    blocks,
    held,
    lanes_of,
    most_rows,
    number_of,
    rows_of,
    ticks,
    type_of,
)

_GUTTER = 16
_NARROW_GUTTER = 10
_RULER = 2
FLAG = "◆"
_ZOOM = "timeline.zoom"
"""Under which the zoom is remembered."""
_MOST_MS_PER_CELL = 86_400_000
"""A day: no timeline needs more."""


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
        "canvas--foreseen",
        "canvas--goes",
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
    ABOUT = Translation(
        "Arrows move the playhead and choose the track; {timeline.in} {timeline.out} {timeline.fit} zoom; "
        "{timeline.pan} pan.",
        "方向键移动播放头、选择轨道；{timeline.in} {timeline.out} {timeline.fit} 缩放；{timeline.pan} 平移。",
    )

    class Moved(Message):
        """Playhead or selection changed."""

    @dataclass
    class Dragged(Message):
        """Something is drawn to another place with the mouse; it `is_over` where it was let go."""

        drag: Drag
        is_over: bool = False

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._drag: Drag | None = None
        """What the mouse holds."""
        self._is_dragging = self._is_scrubbing = False
        """Whether it was drawn away from where it was pressed; whether it was pressed on the ruler."""
        self.timeline: Timeline | None = None
        self.lanes: list[Lane] = []
        self.view = View(1000)
        self.playhead_ms = 0
        self.lane = 0
        """Index of the chosen lane."""
        self._zoom: float | None = None
        """The ms in a cell that the user wants; None: as many as show the whole timeline."""
        self._rows: list[Row | None] = []
        """What each line below the ruler shows."""
        self._heights: list[int] = []
        """Lines of each lane."""
        self._tops: list[int] = []
        """The first of them."""
        self._painted: dict[int, tuple[LaneStyle, list[Strip]]] = {}
        """The lines of each lane as they were drawn last, and what they were drawn with."""
        self._styles: dict[tuple[str, ...], RichStyle] = {}
        self._places: dict[Identity, tuple[int, int]] = {}
        """Lane and index of every segment; made when the first one is marked."""
        self._marked: dict[int, list[int]] = {}
        """Rising indices of what is marked in each lane."""
        self.pictures: LanePictures | None = None
        """Draws frames and waveforms; None where they are not shown."""
        self.selection = Selection()
        self._foreseen: tuple[Foreseen, ...] = ()
        """Where it would be seen what Enter would do."""
        self._view_before = self.view
        """What part was shown before that."""
        self.flags: list[int] = []
        """Times that the user has marked, in ms and in order."""

    # -- what is shown ------------------------------------------------------------------------

    def show(self, timeline: Timeline | None, lanes: list[Lane] | None = None) -> None:
        """Show another timeline; playhead and zoom stay where they make sense.

        Args:
            lanes: of the timeline, where they are known already.
        """
        self.timeline = timeline
        self.lanes = lanes if lanes is not None else lanes_of(timeline) if timeline else []
        self.lane = min(self.lane, max(len(self.lanes) - 1, 0))
        self.playhead_ms = min(self.playhead_ms, self.duration_ms)
        self._places.clear()
        self._foreseen = ()
        if self.pictures is not None:
            self.pictures.forget_segments()
        self._find_marks()
        self._arrange()
        self.post_message(self.Moved())

    def show_pictures(self, pictures: LanePictures | None) -> None:
        """Draw frames and waveforms from now on, or no more."""
        if pictures is not self.pictures:
            self.pictures = pictures
            self._arrange()

    def foresee(self, meant: Edit | Place | None) -> None:
        """Show what Enter would do; nothing any more."""
        found = foreseen(self.timeline, self.lanes, meant) if self.timeline else ()
        if found == self._foreseen:
            return
        if not self._foreseen:
            self._view_before = self.view
        self._foreseen = found
        view = self._view_before
        self._look(view.showing(found[0].start_ms, self.duration_ms) if found else view)
        self.refresh()

    def show_selection(self) -> None:
        """Show what is marked now."""
        self._find_marks()
        self.refresh()

    def repaint(self) -> None:
        """Draw every lane anew: something that they show has arrived."""
        self._painted.clear()
        self.refresh()

    @property
    def most_height(self) -> int:
        """The lines that it can use, the ruler's among them."""
        return _RULER + most_rows(self.lanes)

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
        offset_ms = self.view.offset_ms
        self.view = View.whole(self.duration_ms, width)
        if self._zoom is not None:
            ms_per_cell = min(self._zoom, self.view.ms_per_cell)
            self.view = View(ms_per_cell, offset_ms, width).clamped(self.duration_ms)
        room = self.size.height - _RULER
        self._rows = rows_of(self.lanes, room, pictures=self.pictures is not None)
        self._heights = [0] * len(self.lanes)
        self._tops = [0] * len(self.lanes)
        for line, row in enumerate(self._rows):
            if row is not None:
                self._heights[row.lane] += 1
                self._tops[row.lane] = line - row.within
        self.virtual_size = Size(self.size.width, _RULER + len(self._rows))
        self._new_place()

    def _new_place(self) -> None:
        """Another part of the timeline is seen."""
        if self.pictures is not None:
            self.pictures.forget_place()
        self.repaint()

    def on_mount(self) -> None:
        zoom = host_of(self).remembered.get(_ZOOM)
        if isinstance(zoom, int | float) and LEAST_MS_PER_CELL <= zoom <= _MOST_MS_PER_CELL:
            self._zoom = zoom

    def on_resize(self) -> None:
        self._arrange()

    def _look(self, view: View) -> None:
        if view != self.view:
            self.view = view
            self._new_place()

    # -- drawing ------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if y < _RULER:
            text = self._ruler_times() if y == 0 else self._ruler_marks()
            strip = Strip([Drawn(text, self._style("canvas--ruler"))])
            cell = self._playhead_cell
            if y == 1 and cell is not None and (number := self._hidden_number()):
                mark = Drawn(number, self._style("canvas--playhead"))
                strip = overlaid(strip, self.names_width + cell + 1, mark)
        else:
            line = y - _RULER + round(self.scroll_y)
            strip = self._with_foreseen(self._row_strip(line), line)
        if strip.cell_length != width:
            strip = strip.adjust_cell_length(width, self._style())
        return self._with_playhead(strip, y)

    @property
    def _playhead_cell(self) -> int | None:
        """The cell of the view that the playhead is on; None where another part is shown."""
        cell = self.view.cell(self.playhead_ms)
        return cell if 0 <= cell < self.view.width else None

    def _with_playhead(self, strip: Strip, y: int) -> Strip:
        cell = self._playhead_cell
        bottom = _RULER + len(self._rows) - round(self.scroll_y)
        if y == 0 or not self.lanes or cell is None or y > bottom:
            return strip
        mark = Drawn("▼" if y == 1 else "│", self._style("canvas--playhead"))
        return overlaid(strip, self.names_width + cell, mark)

    def _with_foreseen(self, strip: Strip, line: int) -> Strip:
        """`strip` with what Enter would do: dim what would go, marked what would be another one."""
        row = self._rows[line] if self._foreseen and line < len(self._rows) else None
        for span in self._foreseen if row is not None else ():
            if row is None or span.lane != row.lane:
                continue
            start = max(self.view.edge(span.start_ms), 0)
            end = min(max(self.view.edge(span.end_ms), start + 1), self.view.width)
            if start >= end:
                continue
            left, right = self.names_width + start, self.names_width + end
            if span.goes:
                drawn = [Drawn("░" * (end - start), self._style("canvas--goes"))]
            else:
                look = self._style("canvas--foreseen")
                drawn = [
                    Drawn(one.text, (one.style or look) + look) for one in strip.crop(left, right)
                ]
            parts = strip.crop(0, left), drawn, strip.crop(right, strip.cell_length)
            strip = Strip([one for part in parts for one in part], strip.cell_length)
        return strip

    def _hidden_number(self) -> str:
        """The number of the clip under the playhead, where the clip is too small to show it."""
        lane = self.lanes[self.lane] if self.lane < len(self.lanes) else None
        here = lane.at(self.playhead_ms) if lane is not None else None
        number = number_of(lane, here) if lane is not None and here is not None else None
        if number is None or lane is None or here is None:
            return ""
        cells = self.view.edge(lane.stops[here]) - self.view.edge(lane.starts[here])
        return str(number) if cells <= len(str(number)) else ""

    def _ruler_times(self) -> str:
        text = " " * self.names_width
        for tick in ticks(self.view):
            label = time_code(tick.ms, fraction=self.view.ms_per_cell < 50)
            if tick.cell + len(label) <= self.view.width:
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

    def _row_strip(self, line: int) -> Strip:
        row = self._rows[line] if line < len(self._rows) else None
        if row is None:
            return Strip.blank(self.names_width + self.view.width, self._style())
        return self._strips_of(row.lane)[row.within]

    def _strips_of(self, number: int) -> list[Strip]:
        """The lines of a lane, drawn when something that they show has changed."""
        lane = self.lanes[number]
        is_chosen = number == self.lane
        here = lane.at(self.playhead_ms) if is_chosen else None
        marked = tuple(self._marked.get(number, ()))
        height = self._heights[number]
        look = LaneStyle(
            view=self.view,
            height=height,
            names_width=self.names_width,
            style=self._style,
            is_chosen=is_chosen,
            has_focus=is_chosen and self.has_focus,
            here=here,
            marked=marked,
            pictures=self.pictures if height > 1 else None,
        )
        known = self._painted.get(number)
        if known is not None and known[0] == look:
            return known[1]
        shown = blocks(lane, self.view, sorted({*marked, *([] if here is None else [here])}))
        strips = [lane_strip(lane, shown, line, look) for line in range(height)]
        self._painted[number] = (look, strips)
        return strips

    def _find_marks(self) -> None:
        """Where the marked segments are in the lanes that are shown."""
        self._marked = {}
        marked = self.selection.marked
        if marked and not self._places:
            for number, lane in enumerate(self.lanes):
                for index, segment in enumerate(lane.segments):
                    self._places[identity(lane.track, segment)] = (number, index)
        for number, index in sorted(self._places[one] for one in marked if one in self._places):
            self._marked.setdefault(number, []).append(index)

    def _style(self, *names: str) -> RichStyle:
        """The look of these component classes, one over the other; of none: of nothing there."""
        found = self._styles.get(names)
        if found is None:
            style = self.get_visual_style("canvas--empty")
            for place, name in enumerate(names):
                style += self.get_visual_style(name, partial=place > 0)
            rich = style.rich_style
            for name in names:  # a visual style knows bold and underline alone
                rich += self.get_component_styles(name).text_style
            found = self._styles[names] = rich
        return found

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()
        self._painted.clear()
        if self.pictures is not None:
            self.pictures.forget_looks()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing can be looked at on an empty timeline."""
        return bool(self.lanes)

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
            self._find_marks()
            self._touched()

    def unmark(self) -> None:
        """Nothing is selected any more."""
        self.selection.clear()
        self._find_marks()
        self.refresh()
        self.post_message(self.Moved())

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
        self._zoom_about(self.playhead_ms, steps)

    def _zoom_about(self, ms: int, steps: int) -> None:
        self._look(self.view.zoomed(steps, ms, self.duration_ms))
        self._want_zoom(self.view.ms_per_cell)

    def _want_zoom(self, ms_per_cell: float | None) -> None:
        self._zoom = ms_per_cell
        host_of(self).remembered.put(_ZOOM, ms_per_cell)

    def action_fit(self) -> None:
        self._want_zoom(None)
        self._arrange()

    def action_pan(self, pages: int) -> None:
        self._look(self.view.panned(pages * self.view.width * 0.75, self.duration_ms))

    def action_lane(self, by: int) -> None:
        if self.lanes:
            self.lane = max(min(self.lane + by, len(self.lanes) - 1), 0)
            self._show_lane()
            self._touched()

    def _show_lane(self) -> None:
        top = self._tops[self.lane]
        bottom = top + self._heights[self.lane]
        room = self.size.height - _RULER
        if top < self.scroll_y:
            self.scroll_to(y=top, animate=False, immediate=True)
        elif bottom > self.scroll_y + room:
            self.scroll_to(y=bottom - room, animate=False, immediate=True)

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

    @property
    def numbered(self) -> Lane | None:
        """The lane whose numbers are meant: the chosen one where it holds clips, else the first that does."""
        chosen = self.lanes[self.lane : self.lane + 1]
        clips = (one for one in [*chosen, *self.lanes] if type_of(one) == VIDEO)
        return next(clips, None)

    def go_to(self, place: Place) -> None:
        """Put the playhead there, on the lane that shows it."""
        for number, lane in enumerate(self.lanes):
            if lane.track is place.track and (
                place.segment is None or place.segment in lane.segments
            ):
                self.lane = number
                self._show_lane()
                break
        self.seek(place.at_ms)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of a clip, text or sound, by an end of it or as a whole; on the ruler of the playhead."""
        cell = self._cell_at(event.x)
        self._drag, self._is_dragging = None, False
        if event.button != 1 or cell < 0 or not self.lanes:
            return
        if event.y < _RULER:
            self._is_scrubbing = True
            self.capture_mouse()
            return
        row = self._row_at(event.y)
        taken = held(self.lanes[row.lane], self.view, cell) if row is not None else None
        if row is not None and taken is not None:
            at_ms = self.view.ms(cell)
            self._drag = Drag(self.lanes[row.lane].track, *taken, at_ms, at_ms)
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        cell = self._cell_at(event.x)
        if self._is_scrubbing:
            self._is_dragging = True
            self.seek(self.view.ms(max(min(cell, self.view.width), 0)))
        elif self._drag is not None:
            at_ms = self.view.ms(max(min(cell, self.view.width), 0))
            if self._is_dragging or self.view.cell(self._drag.from_ms) != cell:
                self._is_dragging = True
                self._drag = replace(self._drag, to_ms=at_ms)
                self.post_message(self.Dragged(self._drag))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        self.release_mouse()
        drag, self._drag, self._is_scrubbing = self._drag, None, False
        if drag is not None and self._is_dragging:
            self.post_message(self.Dragged(drag, is_over=True))

    def _cell_at(self, x: int) -> int:
        """The cell of the view at `x` of the widget."""
        return x - self.gutter.left - self.names_width

    def _row_at(self, y: int) -> Row | None:
        line = y - _RULER + round(self.scroll_y)
        return self._rows[line] if 0 <= line < len(self._rows) else None

    def on_click(self, event: events.Click) -> None:
        if self._is_dragging:
            return
        cell = self._cell_at(event.x)
        row = self._row_at(event.y)
        if row is not None:
            self.lane = row.lane
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
        self._zoom_about(self.view.ms(max(self._cell_at(event.x), 0)), -by)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, -1)

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()
