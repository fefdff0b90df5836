"""The third screen: what the video is made of, and edits by hand: their sentences go to the agent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from vbtui.base.errors import UsageError
from vbtui.base.keys import key_name, table
from vbtui.base.problem import Problem
from vbtui.base.times import time_code
from vbtui.engine import Engine
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
from vbtui.timeline.model import Segment, Timeline
from vbtui.ui.kit import words
from vbtui.ui.kit.edit_line import EditLine, Question, SayingScreen
from vbtui.ui.kit.host import unread_of
from vbtui.ui.kit.widgets import Steady
from vbtui.ui.kit.words import shorten
from vbtui.ui.timeline.canvas import Canvas
from vbtui.ui.timeline.editing import Situation, begin
from vbtui.ui.timeline.lane_pictures import LanePictures
from vbtui.ui.timeline.layout import Lane, lanes_of, track_name
from vbtui.ui.timeline.preview import Preview

_OF_THE_DRAFT = (DraftChanged, DraftRead, SessionOpened)
UNDO = "undo"
"""What the local studio understands exactly."""

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

    @property
    def canvas(self) -> Canvas:
        return self.query_one(Canvas)

    def on_mount(self) -> None:
        self.canvas.selection = self.host.selection
        self._lane_pictures = LanePictures(self.host, self.canvas.repaint)
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
        canvas = self.canvas
        selected = canvas.selected
        at = Content.assemble(
            ("▼ ", "$text-accent"),
            (time_code(canvas.playhead_ms, fraction=True), "bold"),
        )
        detail = (
            detail_of(*selected, width=self.app.size.width)
            if selected
            else Content.styled("nothing here", "$foreground-muted")
        )
        line = self.query_one("#timeline-detail", Static)
        line.update(Content.assemble(at, "   ", detail), layout=False)
        self.preview.stop()
        self._look()

    # -- pictures -----------------------------------------------------------------------------

    @property
    def preview(self) -> Preview:
        return self.query_one(Preview)

    def _look(self) -> None:
        """Show the picture at the playhead where there is room for it."""
        self.preview.look(self._shown, self.canvas.playhead_ms)

    def _choose_pictures(self) -> None:
        """Pictures are shown where they are on; the preview where the screen is large enough that
        it takes no room from tracks; frames on the lanes where there are colours."""
        is_on = self.host.pictures.are_on
        self.preview.display = self.host.has_room_for_pictures
        self.canvas.show_pictures(self._lane_pictures if is_on and not self.app.no_color else None)

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
        if self.preview.is_playing:
            self.preview.stop()
        elif self._shown is not None:
            self.preview.play(self._shown, self.canvas.playhead_ms)
        self.refresh_bindings()

    def action_stop_playing(self) -> None:
        self.preview.stop()

    def on_preview_played(self, message: Preview.Played) -> None:
        if self.preview.is_playing:
            self.canvas.follow(message.at_ms)

    def on_preview_ended(self, message: Preview.Ended) -> None:
        at_ms = self.canvas.playhead_ms if message.at_ms is None else message.at_ms
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
            case "versions":
                return timeline is not None
            case "edit" | "add" | "undo" | "way_out" | "mark":
                return timeline is not None and bool(timeline.tracks)
            case "clear_selection":
                return self.is_mounted and bool(self.canvas.selection)
            case "play":
                return self.host.has_room_for_pictures and bool(timeline and timeline.duration_ms)
            case "stop_playing":
                return self.is_mounted and self.preview.is_playing
        return True

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
        from vbtui.ui.dialogs.picker import ChooseAssetScreen

        if not ChooseAssetScreen.assets_of(self.engine):
            self.edit_line.refuse(
                UsageError(
                    "There is no file to add.",
                    hint=f"Upload one first with {table()['app.upload'].display}.",
                )
            )
            return
        self.app.push_screen(ChooseAssetScreen(), self._add)

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

    async def action_undo(self) -> None:
        """The local studio takes the last edit back; another backend is asked in a sentence."""
        if self.host.overview.is_local:
            self.send(UNDO)
            return
        engine = self.engine
        if engine is None:
            return
        sentence = await _inverse(engine)
        if sentence:
            self.edit_line.propose(sentence, "Undo, as a sentence")
        else:
            self.edit_line.refuse(UsageError("There is no earlier version to go back to."))

    def on_edit_line_closed(self) -> None:
        self.canvas.focus()

    def action_versions(self) -> None:
        from vbtui.ui.timeline.versions import VersionsScreen

        self.app.push_screen(VersionsScreen())

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


async def _inverse(engine: Engine) -> str:
    """The sentence that takes the newest version back; empty when there is none before it."""
    versions = await engine.drafts.versions()
    if len(versions) < 2:
        return ""
    before, after = versions[-2].timeline, versions[-1].timeline

    def sentence() -> str:
        return timeline_changes.inverse(timeline_changes.compare(before, after), before, after)

    return await asyncio.to_thread(sentence)


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


def detail_of(lane: Lane, segment: Segment, *, width: int = 120) -> Content:
    """One segment in words: where, how long, from what, how.

    Args:
        width: cells of the screen.
    """
    start, end = segment.start_ms, segment.end_ms
    parts = [
        f"{time_code(start, fraction=True)} – {time_code(end, fraction=True)}",
        f"{segment.duration_ms / 1000:g} s",
        track_name(lane),
    ]
    if segment.transition:
        parts.append(f"{segment.transition} {segment.transition_ms / 1000:g} s")
    if segment.volume is not None:
        parts.append(f"volume {segment.volume:.0%}")
    if segment.speed != 1:
        parts.append(f"speed {segment.speed:g}x")
    if segment.source_start_ms:
        parts.append(f"from {time_code(segment.source_start_ms, fraction=True)} of its source")
    name = f"“{segment.text}”" if segment.text else segment.name
    name = shorten(name, max(width - 30, 10))
    return Content.assemble((name, "bold"), ("\n" + " · ".join(parts), "$foreground-muted"))
