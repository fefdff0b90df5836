"""Screens with ten thousand things on them: how soon they open, draw a frame, answer a key.

    python -m tests.bench.screens [keys]

The app runs here on a real engine in 200x50, without a terminal. A frame runs from the key's action
to the last byte that would go to the terminal; opening from the switch of the screen to its first
frame with content; a key from its event to the bytes of the frame that it caused. Frames, and the
means behind the others, are CPU time, which stays true on a busy machine. What Textual itself takes
for an empty screen and for a widget of plain lines is measured beside them.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from rich.segment import Segment
from textual import events
from textual.pilot import Pilot
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tests.ui.conftest import settled
from tests.ui.world import NOW, World, WorldApp
from vbtui.journal.records import Asset, AssetState
from vbtui.ui.app import VbtuiApp
from vbtui.ui.kit.screen import make_screen
from vbtui.ui.timeline.canvas import Canvas

SEGMENTS, TRACKS, ASSETS = 10_000, 20, 10_000
FRAME_MS, KEY_MS, OPEN_MS = 16.0, 30.0, 150.0
SIZE = (200, 50)


def draft() -> dict[str, Any]:
    """Twenty tracks of all kinds with five hundred segments each, back to back."""
    each = SEGMENTS // TRACKS
    tracks = []
    for track in range(TRACKS):
        kind = (0, 1, 7, 4)[track % 4]
        segments = []
        for number in range(each):
            meta: dict[str, Any] = {"title": f"clip {number} 城市 of track {track}.mp4"}
            if kind == 7:
                meta["text"] = f"words {number}"
            if kind == 0 and number % 3 == 1:
                meta["transition"] = {"type": "crossfade", "d": 300}
            start = number * 2_000 - (300 if "transition" in meta else 0)
            segments.append({"id": f"s{track}.{number}", "s": start, "d": 2_000, "m": meta})
        tracks.append(
            {"tt": kind, "id": f"t{track}", "m": {"name": f"Track {track}"}, "sg": segments}
        )
    return {"t": tracks, "m": {"title": "Large", "fps": 30}}


class Lines(ScrollView, can_focus=True):
    """The least that draws a whole screen anew after a key."""

    BINDINGS = [("right", "next", "")]  # noqa: RUF012  # as Textual wants it
    drawn = 0

    def action_next(self) -> None:
        self.drawn += 1
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        return Strip(
            [Segment(str(self.drawn + y).ljust(width), self.visual_style.rich_style)], width
        )


class LinesScreen(Screen[None]):
    AUTO_FOCUS = "Lines"

    def compose(self) -> Iterable[Lines]:
        yield Lines()


def filled() -> World:
    """A world with all of it."""
    world = World()
    world.build(draft())
    world.add(
        *(
            Asset(
                number,
                "s1",
                Path(f"/home/mia/clips/clip{number:05}.mp4"),
                f"clip{number:05}.mp4",
                "video",
                "watch",
                AssetState.DONE,
                size=number * 1000,
            )
            for number in range(1, ASSETS + 1)
        )
    )
    return world


class Meter:
    """Notes when the bytes of a frame are ready for the terminal that is not there."""

    def __init__(self, app: VbtuiApp) -> None:
        self.app = app
        self.written_at = 0.0
        self.counts: Callable[[], bool] = lambda: True
        """Whether a frame that is ready is one that is waited for."""
        display = app._display

        def noted(screen: Any, renderable: Any) -> None:
            display(screen, renderable)
            if hasattr(renderable, "render_segments"):
                renderable.render_segments(app.console)
                if self.counts():
                    self.written_at = time.perf_counter()

        app._display = noted  # type: ignore[method-assign]  # looks on

    async def until_written(self, begin: Callable[[], object]) -> float:
        """ms from `begin` to the first frame after it."""
        began = time.perf_counter()
        self.written_at = 0.0
        begin()
        while not self.written_at:
            await asyncio.sleep(0)
            if time.perf_counter() - began > 5:
                raise TimeoutError("no frame came")
        return (self.written_at - began) * 1000


def frame_ms(canvas: Canvas, act: Callable[[], object]) -> float:
    """ms of CPU that an action and its frame cost: all lines of the canvas, as terminal codes."""
    from rich.console import Console

    console: Console = canvas.app.console
    began = time.process_time()
    act()
    size = canvas.size
    strips = [canvas.render_line(line) for line in range(size.height)]
    for strip in strips:
        strip.render(console)
    return (time.process_time() - began) * 1000


def p95(times: list[float]) -> float:
    return sorted(times)[min(len(times) * 95 // 100, len(times) - 1)]


async def _frames(canvas: Canvas, pilot: Pilot[int]) -> list[float]:
    times = []
    canvas.action_fit()
    acts: list[Callable[[], object]] = []
    for _ in range(14):
        acts += [lambda: canvas.action_zoom(1), lambda: canvas.action_pan(1)]
    for _ in range(40):
        acts.append(lambda: canvas.action_pan(1))
    acts += [lambda: canvas.action_zoom(-1)] * 16 + [lambda: canvas.action_step(1)] * 20
    for act in acts:
        times.append(frame_ms(canvas, act))
        await pilot.pause()
    return times


async def _keys(meter: Meter, names: list[str], pilot: Pilot[int]) -> list[float]:
    """ms of each."""
    times = []
    began = time.process_time()
    for name in names:
        event = events.Key(name, None)
        times.append(await meter.until_written(lambda event=event: meter.app.post_message(event)))  # type: ignore[misc]  # bound at once
        await pilot.pause()
    print(f"    {(time.process_time() - began) / len(names) * 1000:.1f} ms of CPU a key")
    return times


async def _opened(meter: Meter, key: str, is_there: Callable[[], bool], pilot: Pilot[int]) -> float:
    meter.counts, cpu = is_there, time.process_time()
    took = await meter.until_written(lambda: meter.app.post_message(events.Key(key, None)))
    meter.counts = lambda: True
    print(f"    {(time.process_time() - cpu) * 1000:.0f} ms of CPU to open")
    await pilot.pause(0.3)
    return took


async def _references(meter: Meter, pilot: Pilot[int]) -> None:
    """What Textual takes for next to nothing."""
    meter.app._modes = {**meter.app._modes, "lines": LinesScreen}
    for what in ("that is new", "that is there"):
        began = time.process_time()
        await meter.until_written(lambda: meter.app.switch_mode("lines"))
        print(
            f"reference: {(time.process_time() - began) * 1000:.0f} ms of CPU for an empty screen {what}"
        )
        await pilot.pause(0.3)
        if what == "that is there":
            break
        await meter.app.switch_mode("chat")
        await pilot.pause(0.3)
    _tell("reference: key on plain lines", await _keys(meter, ["right"] * 40, pilot), KEY_MS)
    await meter.app.switch_mode("chat")
    await pilot.pause(0.3)


async def _measure(count: int) -> bool:
    app = WorldApp(filled())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(app, pilot)
        for name in ("media", "timeline"):  # as the app does when nothing goes on
            await make_screen(app, name)
        await pilot.pause(0.5)
        meter = Meter(app)

        def has(kind: str) -> bool:
            found = app.screen.query(kind)
            return bool(found) and bool(
                getattr(found.first(), "lanes", None) or getattr(found.first(), "rows", None)
            )

        opened = {"timeline": await _opened(meter, "f4", lambda: has("Canvas"), pilot)}
        canvas = app.screen.query_one(Canvas)
        frames = await _frames(canvas, pilot)
        canvas.action_fit()
        moves = ["plus"] * 6 + ["pagedown", "right", "n", "down"] * max((count - 6) // 4, 1)
        timeline_keys = await _keys(meter, moves, pilot)
        opened["media"] = await _opened(meter, "f3", lambda: has("Grid"), pilot)
        media_keys = await _keys(
            meter, (["down", "pagedown", "down", "up", "end", "home"] * count)[:count], pilot
        )
        await _references(meter, pilot)
    await app.end()
    print(
        f"load {os.getloadavg()[0]:.1f}; {SEGMENTS} segments, {TRACKS} tracks, {ASSETS} assets, {SIZE[0]}x{SIZE[1]}, {NOW:.0f}"
    )
    good = _tell("frame of the timeline, CPU", frames, FRAME_MS)
    good &= _tell("key on the timeline", timeline_keys, KEY_MS)
    good &= _tell("key on the media screen", media_keys, KEY_MS)
    for name, took in opened.items():
        print(f"{name} opens in {took:.0f} ms (limit {OPEN_MS:.0f})")
        good &= took <= OPEN_MS
    return good


def _tell(what: str, times: list[float], limit: float) -> bool:
    middle = sorted(times)[len(times) // 2]
    print(
        f"{what}: p50 {middle:.1f} ms, p95 {p95(times):.1f} ms, most {max(times):.1f} ms (limit {limit:.0f})"
    )
    return p95(times) <= limit


def main(argv: list[str]) -> int:
    """Prints the figures; 1 when a limit is missed. The app has a home of its own: it shows no project but this."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["HOME"] = home
        return 0 if asyncio.run(_measure(int(argv[0]) if argv else 100)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
