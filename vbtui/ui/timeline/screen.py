"""The third screen: what the video is made of, and edits by hand: their sentences go to the agent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from vbtui.base.errors import UsageError
from vbtui.base.keys import key_name, table
from vbtui.base.problem import Problem
from vbtui.base.text import format_bytes
from vbtui.base.times import time_code
from vbtui.journal.records import Asset, AssetState, DraftVersion
from vbtui.session.events import (
    AssetChanged,
    AssetRemoved,
    DraftChanged,
    DraftRead,
    Event,
    OverviewChanged,
    SessionOpened,
)
from vbtui.timeline import changes as timeline_changes
from vbtui.timeline.changes import summary
from vbtui.timeline.edits import File, add_file
from vbtui.timeline.model import TEXT, Segment, Timeline
from vbtui.ui.kit import words
from vbtui.ui.kit.edit_line import EditLine, Question, SayingScreen
from vbtui.ui.kit.host import unread_of
from vbtui.ui.kit.widgets import Steady
from vbtui.ui.kit.words import shorten_middle
from vbtui.ui.timeline.canvas import Canvas
from vbtui.ui.timeline.editing import Situation, begin, dragged, find, go_to
from vbtui.ui.timeline.lane_pictures import LanePictures
from vbtui.ui.timeline.layout import Lane, lanes_of, number_of, track_name
from vbtui.ui.timeline.preview import Preview

_OF_THE_DRAFT = (DraftChanged, DraftRead, SessionOpened)
UNDO, REDO, GO_BACK = "undo", "redo", "go back to version {number}"
"""What the local studio understands exactly."""

_AROUND = 3
"""Lines of the title and between lanes and picture."""
_LEAST_PICTURE, _LEAST_LANES = 14, 6
"""Lines that each of them has at least, where there is room for pictures."""
_SMALL_PICTURE, _LEAST_WIDE = 10, 16
"""Lines of the picture that is there while it plays alone, and the cells of the narrowest one."""
_LEAST_TO_PLAY = 8
_MOST_WIDE = 0.62
"""Of the width: the rest is for words."""
_SHAPE = 16 / 9

EMPTY = Content.assemble(
    ("Nothing on the timeline yet.\n\n", "bold"),
    "Upload clips (",
    (table()["app.upload"].display, "$text-accent bold"),
    "), then say what the video should be (",
    (key_name("app.chat"), "$text-accent bold"),
    "):\n",
    (
        "“combine these clips into a 60-second promo video with transitions and text overlays”",
        "$foreground-muted",
    ),
)

UNREAD_TITLE = "The timeline could not be read."
NOT_READ_HERE = Content.assemble(
    ("\n\nAn export (", ""),
    (table()["app.export"].display, "$text-accent bold"),
    (") sends it as it came.", ""),
)

EMPTIED = Content.assemble(
    ("The timeline is empty now.\n\n", "bold"),
    "Say “redo” (",
    (key_name("app.chat"), "$text-accent bold"),
    ") to bring the last edit back, or look at the versions before it (",
    (key_name("edits.versions"), "$text-accent bold"),
    ").",
)


class TimelineScreen(SayingScreen, tab="timeline", scope="edits"):
    """The canvas between a line about the whole and lines about what is selected; an edit line below."""

    AUTO_FOCUS = "#canvas"
    HELP = (
        f"All tracks to scale. A key makes the sentence of an edit; {key_name('edit.enter')} sends it to the "
        f"agent. “this” in a message ({key_name('app.chat')}) means what is marked."
    )

    def body(self) -> Iterable[Widget]:
        with Vertical():
            yield Steady(EMPTY, id="no-timeline", classes="empty")
            with Vertical(id="timeline-full"):
                yield Steady(id="timeline-title")
                yield Canvas(id="canvas")
                with Horizontal(id="timeline-foot"):
                    yield Preview(id="preview")
                    with Vertical():
                        yield Static(id="timeline-detail")
                        yield Static(id="timeline-summary")
                yield EditLine()

    _shown: DraftVersion | None = None
    """What canvas, title and summary are about."""
    _lane_pictures: LanePictures | None = None
    _picture_width: int = 0

    @property
    def canvas(self) -> Canvas:
        return self.query_one(Canvas)

    def on_mount(self) -> None:
        self.canvas.selection = self.host.selection
        self._lane_pictures = LanePictures(self.host, self._pictures_arrived)
        self._choose_pictures()

    async def sync(self) -> None:
        version = self.engine.drafts.current if self.engine else None
        timeline = version.timeline if version else None
        is_empty = timeline is None or not timeline.tracks
        self.query_one("#timeline-full").display = not is_empty
        self._say_how_known(version)
        if timeline is not self.canvas.timeline:
            self.preview.stop()
            lanes = await asyncio.to_thread(lanes_of, timeline) if timeline else []
            self.canvas.show(timeline, lanes)
            self._share_room()
        else:
            self.canvas.show_selection()
        before, self._shown = self._shown, version
        if version is not None and version is not before:
            text = Content.styled(summary(timeline), "$foreground-muted")
            self.query_one("#timeline-summary", Static).update(text)
        self._know_files()
        self._look()
        if not is_empty and self.focused is None:
            self.canvas.focus()

    def _say_how_known(self, version: DraftVersion | None) -> None:
        """The title, or why there is no track; and whether it is what there is now."""
        timeline, unread = version.timeline if version else None, unread_of(self.engine)
        empty = self.query_one("#no-timeline", Steady)
        empty.put(_why_empty(timeline, unread))
        empty.display = timeline is None or not timeline.tracks
        if version is not None:
            title = Content.assemble(stale(unread), title_of(version))
            self.query_one("#timeline-title", Steady).put(title)

    async def take(self, events: Sequence[Event]) -> None:
        await super().take(events)
        if any(isinstance(event, SessionOpened) for event in events):
            self.canvas.unmark()
        if any(isinstance(event, _OF_THE_DRAFT) for event in events):
            self.refresh_bindings()
            await self.sync()
        elif any(isinstance(event, OverviewChanged) for event in events):
            self._say_how_known(self._shown)
        if any(_brings_file(event) for event in events):
            self._know_files()

    def on_canvas_moved(self) -> None:
        self._show_detail()
        self.preview.stop()
        self._look()

    def _show_detail(self) -> None:
        canvas, preview = self.canvas, self.preview
        selected = canvas.selected
        at = Content.assemble(
            ("▼ ", "$text-accent"),
            (time_code(canvas.playhead_ms, fraction=True), "bold"),
        )
        detail = Content.styled("nothing here", "$foreground-muted")
        if selected:
            known = self._lane_pictures
            asset = known.file_of(selected[1]) if known and selected[0].track.type != TEXT else None
            room = self.app.size.width - (self._picture_width if preview.display else 0)
            detail = detail_of(*selected, width=room, asset=asset)
        line = self.query_one("#timeline-detail", Static)
        line.update(Content.assemble(at, "   ", detail), layout=False)

    # -- pictures -----------------------------------------------------------------------------

    @property
    def preview(self) -> Preview:
        return self.query_one(Preview)

    def _look(self) -> None:
        """Show the picture at the playhead where there is room for it."""
        self.preview.look(self._shown, self.canvas.playhead_ms)

    def _pictures_arrived(self) -> None:
        """A clip's file is known now, or something of it is drawn."""
        self.canvas.repaint()
        self._show_detail()

    def _choose_pictures(self) -> None:
        """Pictures are shown where they are on; the preview where the screen is large enough that
        it takes no room from tracks; frames on the lanes where there are colours."""
        is_on = self.host.pictures.are_on
        self.canvas.show_pictures(self._lane_pictures if is_on and not self.app.no_color else None)
        self._share_room()

    def _share_room(self) -> None:
        """Lanes get the lines that they can use, the picture all others, as wide as they make it. In a smaller
        window lanes have all, but while it plays."""
        room = self.query_one("#timeline-full").size
        preview, canvas, foot = self.preview, self.canvas, self.query_one("#timeline-foot")
        is_large = self.host.has_room_for_pictures
        preview.display = is_large or preview.is_playing
        if is_large:
            left = room.height - _AROUND
            lanes = min(canvas.most_height, max(left - _LEAST_PICTURE, _LEAST_LANES))
            canvas.styles.height, foot.styles.height = max(lanes, 1), "1fr"
            high = left - lanes
        else:
            canvas.styles.height, foot.styles.height = "1fr", "auto"
            high = min(room.height // 2, _SMALL_PICTURE)
        timeline = canvas.timeline
        shape = (
            timeline.width / timeline.height
            if timeline and timeline.width and timeline.height
            else _SHAPE
        )
        wide = min(round(2 * (high - 1) * shape), round(room.width * _MOST_WIDE))
        preview.styles.height = "1fr" if is_large else high
        self._picture_width = max(wide, _LEAST_WIDE)
        preview.styles.width = self._picture_width
        self._show_detail()

    def _know_files(self) -> None:
        """The media list is what pictures of clips are made from."""
        if self._lane_pictures is not None and self.engine is not None:
            self._lane_pictures.know(self.engine.library.assets)

    def on_picture_mode_changed(self) -> None:
        self.preview.stop()
        self._choose_pictures()
        self._look()

    def on_resize(self) -> None:
        super().on_resize()
        self._choose_pictures()
        self._look()

    def action_play(self) -> None:
        """Play, or stop; where no picture can be shown, say why."""
        if self.preview.is_playing:
            self.preview.stop()
        elif not self.host.pictures.are_on:
            hint = f"{key_name('app.pictures')} turns them on."
            self.edit_line.refuse(UsageError("Pictures are off.", hint=hint))
        elif self.query_one("#timeline-full").size.height < _LEAST_TO_PLAY:
            self.edit_line.refuse(UsageError("The window is too low for a picture."))
        elif self._shown is not None:
            self.edit_line.say(None)
            self.preview.display = True
            self.preview.play(self._shown, self.canvas.playhead_ms)
            self._share_room()
        self.refresh_bindings()

    def action_stop_playing(self) -> None:
        self.preview.stop()

    def on_preview_played(self, message: Preview.Played) -> None:
        if self.preview.is_playing:
            self.canvas.follow(message.at_ms)

    def on_preview_ended(self, message: Preview.Ended) -> None:
        at_ms = self.canvas.playhead_ms if message.at_ms is None else message.at_ms
        self._share_room()
        self.canvas.seek(at_ms)
        self.refresh_bindings()

    def on_screen_suspend(self) -> None:
        self.preview.stop()

    # -- edits --------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        timeline = self.canvas.timeline if self.is_mounted else None
        match action:
            case "reread":
                return unread_of(self.engine) is not None
            case "versions" | "redo":
                return timeline is not None
            case "edit" | "add" | "undo" | "way_out" | "mark" | "go_to" | "find":
                return timeline is not None and bool(timeline.tracks)
            case "clear_selection":
                return self.is_mounted and bool(self.canvas.selection)
            case "play":
                return bool(timeline and timeline.duration_ms)
            case "stop_playing":
                return self.is_mounted and self.preview.is_playing
        return True

    async def files_here(self) -> list[Path]:
        canvas, engine = self.canvas, self.engine
        if canvas.timeline is None or engine is None:
            return []
        marked = [segment for _, segment in canvas.selection.chosen(canvas.timeline)]
        here = [canvas.selected[1]] if canvas.selected else []
        known = await asyncio.to_thread(self.host.pictures.originals, engine.library.assets)
        found = [known.find(segment) for segment in marked or here]
        return list(dict.fromkeys(one.path for one in found if one and one.path is not None))

    def situation(self) -> Situation:
        """What an edit would be about. Raises `UsageError` when nothing is built yet."""
        canvas = self.canvas
        if canvas.timeline is None:
            raise UsageError("There is nothing on the timeline yet.")
        selected = canvas.selected
        here = (selected[0].track, selected[1]) if selected else None
        marked = canvas.selection.chosen(canvas.timeline)
        return Situation(canvas.timeline, here, marked, canvas.playhead_ms)

    def action_reread(self) -> None:
        """Ask for the timeline once more; what goes wrong again is shown."""
        self.host.do("read again", lambda engine: engine.drafts.reconcile(), exclusive=True)

    def action_mark(self) -> None:
        self.canvas.mark_here()
        self.refresh_bindings()

    def action_clear_selection(self) -> None:
        self.canvas.unmark()
        self.refresh_bindings()

    def action_edit(self, name: str) -> None:
        """Ask what the edit needs, or show its sentence; else say why not."""
        try:
            made = begin(name, self.situation())
        except UsageError as error:
            self.edit_line.refuse(error)
            return
        if isinstance(made, Question):
            self.edit_line.ask(made)
        else:
            self.edit_line.propose(made.sentence())

    def action_add(self) -> None:
        """Choose a file; its sentence follows."""
        from vbtui.ui.dialogs.find import choose_asset, usable_assets

        files = usable_assets(self.engine)
        if not files:
            self.edit_line.refuse(
                UsageError(
                    "There is no file to add.",
                    hint=f"Upload one first with {table()['app.upload'].display}.",
                )
            )
            return
        self.app.push_screen(choose_asset("Add at the playhead", files), self._add)

    def _add(self, asset: Asset | None) -> None:
        if asset is None:
            return
        canvas = self.canvas
        file = File.called(asset.name, asset.label)
        try:
            edit = add_file(canvas.timeline, file, asset.kind, canvas.playhead_ms)
        except UsageError as error:
            self.edit_line.refuse(error)
            return
        self.edit_line.propose(edit.sentence())

    def action_go_to(self) -> None:
        """Ask for the number of a clip, or a time, and go there."""
        canvas = self.canvas
        lane = canvas.numbered
        if canvas.timeline is None or lane is None:
            self.edit_line.refuse(UsageError("There is no clip on the timeline."))
        else:
            self.edit_line.ask(go_to(canvas.timeline, lane.track))

    def action_find(self) -> None:
        """Ask for letters of a name, and go to what has them."""
        if self.canvas.timeline is not None:
            self.edit_line.ask(find(self.canvas.timeline))

    def on_edit_line_looked(self, event: EditLine.Looked) -> None:
        self.canvas.foresee(event.meant)

    def on_canvas_dragged(self, event: Canvas.Dragged) -> None:
        """Show what letting go would do; let go, its sentence is there to be sent."""
        timeline = self.canvas.timeline
        if timeline is None:
            return
        try:
            meant, sentence = dragged(timeline, event.drag)
        except UsageError as error:
            self.canvas.foresee(None)
            if event.is_over:
                self.edit_line.refuse(error)
            return
        self.canvas.foresee(meant)
        if event.is_over:
            self.edit_line.propose(sentence)
            self.canvas.foresee(meant)

    def on_edit_line_found(self, event: EditLine.Found) -> None:
        self.canvas.go_to(event.place)

    def action_redo(self) -> None:
        """The local studio makes the last edit that was taken back again; another backend is asked to."""
        if self.host.overview.is_local:
            self.send(REDO)
        else:
            self.edit_line.propose(REDO, "Redo, as a sentence")

    async def action_undo(self) -> None:
        """The local studio takes the last edit back; another backend is asked in a sentence."""
        if self.host.overview.is_local:
            self.send(UNDO)
            return
        engine = self.engine
        if engine is None:
            return
        sentence = await engine.drafts.taking_back()
        if sentence:
            self.edit_line.propose(sentence, "Undo, as a sentence")
        else:
            self.edit_line.refuse(UsageError("There is no earlier version to go back to."))

    def on_edit_line_closed(self) -> None:
        self.canvas.focus()

    def action_versions(self) -> None:
        from vbtui.ui.timeline.versions import VersionsScreen

        self.app.push_screen(VersionsScreen(), self._go_back)

    def _go_back(self, version: DraftVersion | None) -> None:
        """The local studio brings a version back exactly; another backend is asked in a sentence."""
        if version is None:
            return
        if self.host.overview.is_local:
            self.send(GO_BACK.format(number=version.version), route="version")
            return
        sentence = timeline_changes.inverse(
            timeline_changes.compare(version.timeline, self.canvas.timeline),
            version.timeline,
            self.canvas.timeline,
        )
        if sentence:
            self.edit_line.propose(sentence, f"Version {version.version}, as a sentence")
        else:
            self.edit_line.refuse(UsageError("There is nothing that differs in words."))

    def action_way_out(self) -> None:
        from vbtui.ui.timeline.way_out import WayOutScreen

        self.app.push_screen(WayOutScreen())


def _why_empty(timeline: Timeline | None, unread: Problem | None) -> Content:
    """Why no track is shown."""
    if unread is not None:
        return Content.assemble(
            (f"{UNREAD_TITLE}\n\n", "$text-warning bold"),
            f"{unread.message or unread.title}\n",
            (table()["edits.reread"].display, "$text-accent bold"),
            " tries again. Nothing is lost: what is there shows up as soon as it can be read.",
        )
    if timeline is None:
        return EMPTY
    return Content.assemble(summary(timeline), NOT_READ_HERE) if timeline.unreadable else EMPTIED


def stale(unread: Problem | None) -> Content:
    """Before the title of a timeline that may be older than what there is now."""
    if unread is None:
        return Content("")
    return Content.assemble(
        ("! as last seen, ", "$text-warning"),
        (table()["edits.reread"].display, "$text-accent bold"),
        (" reads again  ", "$text-warning"),
    )


def title_of(version: DraftVersion) -> Content:
    """`Urban Dreams · 1920x1080 · 30 fps · 1:00 · version 3`."""
    timeline = version.timeline
    if timeline is None:
        return Content("")
    parts = [time_code(timeline.duration_ms)]
    if timeline.width and timeline.height:
        parts.append(f"{timeline.width}x{timeline.height}")
    if timeline.fps:
        parts.append(f"{timeline.fps:g} fps")
    parts.append(words.plural(len(timeline.tracks), "track"))
    parts.append(f"version {version.version}")
    return Content.assemble(
        (timeline.title or "Timeline", "$text-primary bold"),
        ("  " + " · ".join(parts), "$foreground-muted"),
    )


def _brings_file(event: Event) -> bool:
    """Whether another file of this machine may be known now."""
    if isinstance(event, AssetChanged):
        return event.asset.state is AssetState.DONE
    return isinstance(event, AssetRemoved)


def detail_of(
    lane: Lane, segment: Segment, *, width: int = 120, asset: Asset | None = None
) -> Content:
    """One segment in words, in up to four lines: what, where and how long, how, from what.

    Args:
        width: cells of the screen.
        asset: the file that it is made from.
    """
    start, end = segment.start_ms, segment.end_ms
    length = f"{segment.duration_ms / 1000:g} s"
    if asset is not None and asset.duration_s:
        length += f" of {asset.duration_s:g}"
    where = [f"{time_code(start, fraction=True)} – {time_code(end, fraction=True)}", length]
    if segment.transition:
        where.append(f"{segment.transition} {segment.transition_ms / 1000:g} s")
    how = [track_name(lane)]
    if segment.volume is not None:
        how.append(f"volume {segment.volume:.0%}")
    if segment.speed != 1:
        how.append(f"speed {segment.speed:g}x")
    if segment.source_start_ms:
        how.append(f"from {time_code(segment.source_start_ms, fraction=True)} of its source")
    name = f"“{segment.text}”" if segment.text else segment.name
    title: list[tuple[str, str]] = [(shorten_middle(name, max(width - 34, 10)), "bold")]
    number = number_of(lane, lane.segments.index(segment))
    if number is not None:
        title.insert(0, (f"clip {number} of {len(lane.track.segments)}   ", "$text-accent"))
    lines = [" · ".join(where), " · ".join(how)]
    if asset is not None:
        lines.append(" · ".join(_source(asset)))
    return Content.assemble(*title, *((f"\n{line}", "$foreground-muted") for line in lines))


def _source(asset: Asset) -> Sequence[str]:
    """What the file of a clip is: `video 1280x720 · 30 fps · hot folder · 873 kB`."""
    size = f" {asset.width}x{asset.height}" if asset.width and asset.height else ""
    parts = [
        f"{asset.kind}{size}",
        f"{asset.fps:g} fps" if asset.fps else "",
        words.SOURCES.get(asset.source, asset.source),
        format_bytes(asset.size) if asset.size else "",
    ]
    return [part for part in parts if part]
