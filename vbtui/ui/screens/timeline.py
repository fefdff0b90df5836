"""The third screen: what the video is made of."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from vbtui.engine.events import DraftChanged, Event, SessionOpened
from vbtui.engine.model import DraftVersion
from vbtui.timeline import Segment, summary
from vbtui.ui import style_files, words
from vbtui.ui.screens.base import MainScreen
from vbtui.ui.timeline_layout import Lane
from vbtui.ui.widgets.canvas import Canvas, track_name
from vbtui.ui.widgets.picture import Picture, decode

EMPTY = Content.assemble(
    ("Nothing on the timeline yet.\n\n", "bold"),
    "Upload clips (",
    ("^o", "$text-accent bold"),
    "), then say what the video should be (",
    ("F2", "$text-accent bold"),
    "):\n",
    (
        "“combine these clips into a 60-second promo video with transitions and text overlays”",
        "$foreground-muted",
    ),
)

_FRAME_WAIT_S = 0.15
"""The playhead rests for so long before its picture is asked for."""


class TimelineScreen(MainScreen):
    """The canvas between a line about the whole and lines about what is selected."""

    TAB = "timeline"
    CSS_PATH = style_files.sheet("timeline")
    AUTO_FOCUS = "#canvas"
    HELP = "All tracks to scale. Edits are sentences: say them on the chat screen."
    BINDINGS: ClassVar = []

    def body(self) -> Iterable[Widget]:
        with Vertical():
            yield Static(EMPTY, id="no-timeline", classes="empty")
            with Vertical(id="timeline-full"):
                yield Static(id="timeline-title")
                yield Canvas(id="canvas")
                with Horizontal(id="timeline-foot"):
                    yield Picture(id="preview")
                    with Vertical():
                        yield Static(id="timeline-detail")
                        yield Static(id="timeline-summary")

    @property
    def canvas(self) -> Canvas:
        return self.query_one(Canvas)

    async def sync(self) -> None:
        version = self.engine.drafts.current if self.engine else None
        timeline = version.timeline if version else None
        is_empty = timeline is None or not timeline.tracks
        self.query_one("#no-timeline").display = is_empty
        self.query_one("#timeline-full").display = not is_empty
        self.canvas.show(timeline)
        if version is not None:
            self.query_one("#timeline-title", Static).update(title_of(version))
            text = Content.styled(summary(timeline), "$foreground-muted")
            self.query_one("#timeline-summary", Static).update(text)
        if not is_empty and self.focused is None:
            self.canvas.focus()

    async def take(self, events: Sequence[Event]) -> None:
        if any(isinstance(event, DraftChanged | SessionOpened) for event in events):
            await self.sync()

    def on_canvas_moved(self) -> None:
        canvas = self.canvas
        selected = canvas.selected
        at = Content.assemble(
            ("▼ ", "$text-accent"),
            (words.clock_text(canvas.playhead_ms, fraction=True), "bold"),
        )
        detail = (
            detail_of(*selected)
            if selected
            else Content.styled("nothing here", "$foreground-muted")
        )
        self.query_one("#timeline-detail", Static).update(Content.assemble(at, "   ", detail))
        self._ask_for_frame(canvas.playhead_ms)

    def _ask_for_frame(self, at_ms: int) -> None:
        """Show the composed picture at the playhead where there is room and a backend for it."""
        picture = self.query_one(Picture)
        engine = self.engine
        if engine is None or not self._shows_pictures:
            picture.display = False
            return

        async def fetch() -> None:
            await asyncio.sleep(_FRAME_WAIT_S)
            width, height = picture.size.width, 2 * picture.size.height
            wanted = (width or 44, height or 26)
            data = await engine.frame(at_ms, width=2 * wanted[0], height=2 * wanted[1])
            pixels = await asyncio.to_thread(decode, data, *wanted) if data else None
            if picture.is_attached:
                picture.display = pixels is not None
                picture.show(pixels)

        self.host.work(fetch, name="frame", group="frame")

    @property
    def _shows_pictures(self) -> bool:
        """Pictures are on, and the screen is large enough that they take no room from tracks."""
        engine = self.engine
        is_on = engine is not None and engine.settings.display.pictures != "off"
        is_large = self.app.size.width >= 100 and self.app.size.height >= 30
        return is_on and is_large and not self.app.no_color


def title_of(version: DraftVersion) -> Content:
    """`Urban Dreams · 1920x1080 · 30 fps · 1:00 · version 3`."""
    timeline = version.timeline
    if timeline is None:
        return Content("")
    parts = [words.clock_text(timeline.duration_ms)]
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


def detail_of(lane: Lane, segment: Segment) -> Content:
    """One segment in words: where, how long, from what, how."""
    start, end = segment.start_ms, segment.end_ms
    parts = [
        f"{words.clock_text(start, fraction=True)} – {words.clock_text(end, fraction=True)}",
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
        parts.append(
            f"from {words.clock_text(segment.source_start_ms, fraction=True)} of its source"
        )
    name = f"“{segment.text}”" if segment.text else segment.name
    return Content.assemble((name, "bold"), ("\n" + " · ".join(parts), "$foreground-muted"))
