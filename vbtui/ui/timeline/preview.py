"""The picture of one time of a timeline, and playing from there on: composed by the studio, composed
here, else the clip's own frame."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from vbtui.base.clock import Clock
from vbtui.base.times import time_code
from vbtui.base.translation import Translation
from vbtui.engine import Engine
from vbtui.fallback.pictures import Composed
from vbtui.journal.records import Asset, DraftVersion
from vbtui.timeline.model import Segment, Timeline
from vbtui.timeline.visible import seen_at
from vbtui.ui.kit.host import Host, host_of
from vbtui.ui.kit.words import shorten
from vbtui.ui.pictures.raster import Box, Drawn, NoPicture, Raster
from vbtui.ui.pictures.view import PictureView

_T = Translation
_LOADING = _T("▶ loading…", "▶ 正在加载……")
_PLAYING = _T("▶ {at} · {fps} a second{kind}", "▶ {at} · 每秒 {fps} 帧{kind}")
_OWN_FRAMES = _T(" · own frames", " · 片段自身画面")
_IN_PART, _HERE = (
    _T(" · composed here, in part", " · 在此合成（部分）"),
    _T(" · composed here", " · 在此合成"),
)
_REST_S = 0.1
"""The playhead rests for so long before its picture is asked for."""
_GROUP = "preview"
_MOST_LINES = 3


class Preview(Vertical):
    """Shows one time of a timeline, or plays from there on. Keys never wait for it."""

    @dataclass
    class Played(Message):
        """The picture of another time is shown while it plays."""

        at_ms: int

    @dataclass
    class Ended(Message):
        """Playing has ended: by itself at `at_ms`, or because it was stopped."""

        at_ms: int | None = None

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._version: DraftVersion | None = None
        self._at_ms = 0
        self._rest: Timer | None = None
        """Runs while the playhead has not rested long enough."""
        self._player: Player | None = None
        self._shown_ms: int | None = None
        self._lines = 1
        """The height of the words below the picture."""
        self._kinds: dict[int, str] = {}
        """Which kind of pictures plays from which time on."""

    def compose(self) -> ComposeResult:
        yield PictureView(id="preview-picture")
        yield Static(id="preview-line")

    @property
    def view(self) -> PictureView:
        return self.query_one(PictureView)

    @property
    def host(self) -> Host:
        return host_of(self)

    @property
    def is_playing(self) -> bool:
        return self._player is not None

    @property
    def is_resting(self) -> bool:
        """The playhead has just moved: its picture is not asked for yet."""
        return self._rest is not None

    def say(self, text: str) -> None:
        """The line below the picture, or two."""
        line = self.query_one("#preview-line", Static)
        line.update(Content.styled(text, "$foreground-muted"), layout=False)

    def _make_room(self, lines: int) -> bool:
        """So many lines for words; whether the picture has another size for it.

        A version keeps the most that it needed: a picture does not jump with its words.
        """
        if lines == self._lines:
            return False
        self._lines = lines
        self.query_one("#preview-line").styles.height = lines
        return True

    def _lines_for(self, text: str) -> int:
        needed = len(Content(text).wrap(max(self.size.width, 1)))
        return min(max(needed, self._lines), _MOST_LINES)

    # -- one time -----------------------------------------------------------------------------

    def look(self, version: DraftVersion | None, at_ms: int) -> None:
        """Show that time, after a short rest; what was asked for before is given up."""
        engine, is_other = self.host.engine, version is not self._version
        self._version, self._at_ms = version, at_ms
        if engine is None or version is None or not self.display:
            return
        if is_other:
            self._make_room(2 if engine.previews.are_here else 1)
        if self._rest is None:
            self._rest = self.set_timer(_REST_S, self._rested, name="playhead rests")
        else:
            self._rest.reset()

    def _rested(self) -> None:
        self._rest = None
        version = self._version
        if version is not None and self.display and not self.is_playing:
            fetch = partial(self._fetch, version, self._at_ms)
            self.host.work(fetch, name="preview", group=_GROUP)

    async def _fetch(self, version: DraftVersion, at_ms: int) -> None:
        async for drawn, line in pictures_at(self.host, version, at_ms, self.view.box):
            if not self.is_attached:
                return
            self.view.show(drawn)
            self.say(line)
            if self._make_room(self._lines_for(line)):
                self.look(self._version, self._at_ms)

    # -- playing ------------------------------------------------------------------------------

    def play(self, version: DraftVersion, at_ms: int) -> None:
        """Play from that time on, from the start where it is the end. Sound is off."""
        engine, timeline = self.host.engine, version.timeline
        if engine is None or timeline is None:
            return
        self._version = version
        self._shown_ms = None
        self._kinds = {}
        start = at_ms if at_ms < timeline.duration_ms - 100 else 0
        player = self._player = Player(
            self._source(engine, version, timeline), self._show, self.host.clock
        )
        self.say(_LOADING.of())
        self.host.work(
            partial(self._play, player, start, timeline.duration_ms), name="play", group=_GROUP
        )

    async def _play(self, player: Player, start: int, end: int) -> None:
        try:
            await player.play(start, end)
        finally:
            if self._player is player:
                self._player = None
                if self.is_attached:
                    self.post_message(self.Ended(self._shown_ms))

    def stop(self) -> None:
        """Stop playing; `Ended` follows."""
        if self._player is not None:
            self._player = None
            self.host.workers.cancel_group(self.app, _GROUP)
            self.post_message(self.Ended())

    def _source(self, engine: Engine, version: DraftVersion, timeline: Timeline) -> Source:
        box = self.view.block_box
        gallery = self.host.pictures.gallery

        async def composed(at_ms: int, count: int, fps: float) -> list[Drawn]:
            made = await engine.previews.frames(
                version,
                at_ms,
                count=count,
                fps=round(fps),
                width=max(box.width, LEAST_SIDE),
                height=max(box.height, LEAST_SIDE),
            )
            self._kinds[at_ms] = _kind_of(made)
            if made.is_here and not made.pictures:
                return await own_frames(at_ms, count, fps)
            return [coarse(await gallery.decoded(data, box)) for data in made.pictures]

        async def own_frames(at_ms: int, count: int, fps: float) -> list[Drawn]:
            times = [round(at_ms + number * 1000 / fps) for number in range(count)]
            drawn: list[Drawn] = []
            for segment, here in groupby(times, lambda at: seen_at(timeline, at)):
                drawn += await self._own_run(engine, segment, list(here), box)
            return [coarse(one) for one in drawn]

        return composed

    async def _own_run(
        self, engine: Engine, segment: Segment | None, times: list[int], box: Box
    ) -> list[Drawn]:
        """The frames of one clip at these times of the timeline."""
        if segment is None:
            return [BLACK] * len(times)
        asset = await _original_of(segment, self.host, engine)
        if asset is None or asset.path is None:
            return [ELSEWHERE] * len(times)
        at = [segment.source_ms(one) for one in times]
        return await self.host.pictures.gallery.frames(asset.path, asset.kind, box, at)

    def _show(self, at_ms: int, drawn: Drawn) -> None:
        """One frame, where the line has taken the one before."""
        if not self.is_attached or self._player is None:
            return
        if self.host.line_is_free():
            self.view.show(drawn, moves=True)
            at = time_code(at_ms, fraction=True)
            kind = kind_at(self._kinds, at_ms)
            self.say(_PLAYING.of(at=at, fps=f"{self._player.fps:g}", kind=kind))
            self._shown_ms = at_ms
            self.post_message(self.Played(at_ms))


def kind_at(kinds: dict[int, str], at_ms: int) -> str:
    """The kind of a frame that is shown, by when each kind begins; what is over is forgotten.

    Batches arrive before they are due: the newest one says nothing about this frame.
    """
    begun = max((start for start in kinds if start <= at_ms), default=at_ms)
    for start in [start for start in kinds if start < begun]:
        del kinds[start]
    return kinds.get(begun, "")


def _kind_of(made: Composed) -> str:
    if not made.is_here:
        return ""
    if not made.pictures:
        return _OWN_FRAMES.of()
    return (_IN_PART if made.missing else _HERE).of()


def coarse(drawn: Drawn) -> Drawn:
    """With fewer colours, for fewer bytes."""
    return drawn.coarse() if isinstance(drawn, Raster) else drawn


AHEAD = 2
"""Batches that are asked for before they are due."""
LEAST_FPS, FIRST_FPS = 5.0, 10.0
_SLOWER = 2.0
_BATCH_S = 1.0
_NOTHING = NoPicture(_T("there is no picture of this place", "此处没有图片"))

Source = Callable[[int, int, float], Awaitable[list[Drawn]]]
"""Given the first time in ms, a count and the frames a second: so many pictures, or fewer."""
Show = Callable[[int, Drawn], None]
"""Given the time of a frame in ms and the frame."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Frames that were asked for together."""

    start_ms: int
    step_ms: float
    frames: asyncio.Task[list[Drawn]]


class Player:
    """Asks for batches ahead of time, shows each frame when it is due, drops those that are late.

    When a batch itself is late the picture stands still until it is there, and the next ones are
    asked for with fewer frames a second.

    Args:
        source: where pictures come from.
        show: called on the event loop for each frame that is shown.
        clock: real or a test's.
    """

    def __init__(self, source: Source, show: Show, clock: Clock) -> None:
        self._source = source
        self._show = show
        self._clock = clock
        self._batches: deque[_Batch] = deque()
        self._asked_ms = 0
        self._origin = 0.0
        """The clock's time at which the timeline's own time 0 would have been shown."""
        self.fps = FIRST_FPS

    async def play(self, from_ms: int, until_ms: int) -> None:
        """Play; returns at the end, or when nothing can be shown. Cancel it to stop."""
        self._asked_ms = from_ms
        is_first = True
        try:
            while True:
                self._ask(until_ms)
                if not self._batches:
                    return
                batch = self._batches.popleft()
                frames = await self._arrived(batch, is_first)
                is_vain = is_first and all(isinstance(frame, NoPicture) for frame in frames)
                if is_vain or not frames:
                    self._show(batch.start_ms, frames[0] if frames else _NOTHING)
                    return
                is_first = False
                self._ask(until_ms)
                await self._run(batch, frames)
        finally:
            for batch in self._batches:
                batch.frames.cancel()
            self._batches.clear()

    def _ask(self, until_ms: int) -> None:
        """Ask for what comes next, as far ahead as is allowed."""
        while self._asked_ms < until_ms and len(self._batches) < AHEAD:
            step = 1000 / self.fps
            left = int((until_ms - self._asked_ms - 1) / step) + 1
            count = min(round(self.fps * _BATCH_S), left)
            frames = asyncio.ensure_future(self._source(self._asked_ms, count, self.fps))
            self._batches.append(_Batch(self._asked_ms, step, frames))
            self._asked_ms += round(count * step)

    async def _arrived(self, batch: _Batch, is_first: bool) -> list[Drawn]:
        """The frames of `batch`; where they are late, time stands still until they are there."""
        try:
            frames = await batch.frames
        except BaseException:
            batch.frames.cancel()
            raise
        starts = self._clock.monotonic() - batch.start_ms / 1000
        late_s = starts - self._origin
        if is_first:
            self._origin = starts
        elif late_s > batch.step_ms / 1000:
            self._origin = starts
            self.fps = max(self.fps - _SLOWER, LEAST_FPS)
        return frames

    async def _run(self, batch: _Batch, frames: list[Drawn]) -> None:
        """Show the frames at their times; those whose time is over are dropped."""
        for number, frame in enumerate(frames):
            at_ms = round(batch.start_ms + number * batch.step_ms)
            wait = self._origin + at_ms / 1000 - self._clock.monotonic()
            if wait < -batch.step_ms / 1000:
                continue
            if wait > 0:
                await self._clock.sleep(wait)
            self._show(at_ms, frame)
            await asyncio.sleep(0)
        rest = self._origin + (batch.start_ms + len(frames) * batch.step_ms) / 1000
        if not self._batches and (wait := rest - self._clock.monotonic()) > 0:
            await self._clock.sleep(wait)  # the last frame has its time too


_COMPOSED = _T("composed: as it will be exported", "合成画面：与导出一致")
_COMPOSED_HERE = _T("composed here from your originals", "用您的原始文件在此合成")
_COMPOSED_IN_PART = _T("composed here; not in it: {names}", "在此合成；不含：{names}")
_NAMES_AND_MORE = _T("{names} and {count} more", "{names} 等 {total} 项")
_OWN_FRAME = _T("this clip's own frame: no titles, no joins", "片段自身画面：没有文字和转场")
_COMPOSING = _T("composing it here…", "正在此合成……")
_OWN_MEANWHILE = _T(
    "this clip's own frame: no titles, no joins; composing it here…",
    "片段自身画面：没有文字和转场；正在此合成……",
)
_NOT_COMPOSED = _T("own frame, not composed: {why}", "片段自身画面，未合成：{why}")
_NEAR = _T("about this place; the exact picture comes", "大致在此处；准确画面稍后显示")
BLACK = NoPicture(_T("no clip here: the export is black", "此处没有片段：导出为黑屏"))
ELSEWHERE = NoPicture(
    _T("the file of this clip is not on this machine", "这个片段的文件不在这台电脑上")
)
LEAST_SIDE = 16
"""Pixels that the studio draws at least."""
_QUICK = Box(640, 360)
"""As large as the studio draws from a small copy of footage that is slow to look into."""
_PATIENCE_S = 0.15
"""After so long without the composed picture the clip's own one is shown first."""
_NAME_CELLS = 24
_NAMES = 3


async def pictures_at(
    host: Host, version: DraftVersion, at_ms: int, box: Box, *, is_newest: bool = True
) -> AsyncIterator[tuple[Drawn, str]]:
    """The picture, and which one it is; empty where there is none.

    While that takes long, what the clip shows at about this time comes first. Where a large one is wanted, one that is
    drawn more quickly comes before it.

    Args:
        is_newest: whether `version` is what the backend has now; else it is asked for that version.
    """
    engine, timeline = host.engine, version.timeline
    if engine is None or timeline is None:
        yield ELSEWHERE, ""
        return
    at_ms = min(at_ms, max(timeline.duration_ms - 1, 0))  # at the very end, the last frame
    is_first = True
    for width, height in _sizes(box):
        drawing = asyncio.ensure_future(
            engine.previews.frames(version, at_ms, width=width, height=height, is_newest=is_newest)
        )
        try:
            if is_first:
                own_frame = partial(_own_frame, host, engine, timeline, at_ms, box, is_near=True)
                near = await _before(drawing, own_frame)
                if near is not None and engine.previews.are_here:
                    is_none = isinstance(near, NoPicture)
                    yield near, (_COMPOSING if is_none else _OWN_MEANWHILE).of()
                elif near is not None and not isinstance(near, NoPicture) and host.line_is_free():
                    yield near, _NEAR.of()
            composed = await drawing
        finally:
            drawing.cancel()
        if composed.pictures:
            drawn = await host.pictures.gallery.decoded(composed.pictures[0], box)
            yield drawn, "" if isinstance(drawn, NoPicture) else said_of(composed)
        elif is_first:
            own = await _own_frame(host, engine, timeline, at_ms, box)
            yield own, _not_composed(own, composed)
            return
        is_first = False


def _sizes(box: Box) -> list[tuple[int, int]]:
    """What is asked for in turn, in pixels: twice the room, as far as that is drawn quickly; the room where it is
    larger."""
    double = 2 * box.width, 2 * box.height
    quick = double if _is_inside(double, _QUICK) else _QUICK.fit(*double)
    sizes = (
        [quick]
        if _is_inside((box.width, box.height), Box(*quick))
        else [quick, (box.width, box.height)]
    )
    return [(max(width, LEAST_SIDE), max(height, LEAST_SIDE)) for width, height in sizes]


def _is_inside(size: tuple[int, int], box: Box) -> bool:
    return size[0] <= box.width and size[1] <= box.height


async def _before(
    drawing: asyncio.Future[Composed], own: Callable[[], Coroutine[Any, Any, Drawn]]
) -> Drawn | None:
    """What `own` gives, which is begun where `drawing` takes long; None where that is there before it."""
    done, _ = await asyncio.wait((drawing,), timeout=_PATIENCE_S)
    if done:
        return None
    meanwhile = asyncio.ensure_future(own())
    try:
        await asyncio.wait((drawing, meanwhile), return_when=asyncio.FIRST_COMPLETED)
        return None if drawing.done() or meanwhile.cancelled() else meanwhile.result()
    finally:
        meanwhile.cancel()


def said_of(composed: Composed) -> str:
    """What kind of picture this is, and what is missing in it."""
    if not composed.is_here:
        return _COMPOSED.of()
    if not composed.missing:
        return _COMPOSED_HERE.of()
    names = [shorten(name, _NAME_CELLS) for name in composed.missing[:_NAMES]]
    more, total = len(composed.missing) - len(names), len(composed.missing)
    listed = _COMMA.of().join(names)
    if more:
        listed = _NAMES_AND_MORE.of(names=listed, count=more, total=total)
    return _COMPOSED_IN_PART.of(names=listed)


_COMMA = _T(", ", "、")


def _not_composed(own: Drawn, composed: Composed) -> str:
    """What the clip's own picture is, and why it stands there."""
    if isinstance(own, NoPicture):
        return "" if own in (BLACK, ELSEWHERE) or not composed.reason else composed.reason
    return _NOT_COMPOSED.of(why=composed.reason) if composed.reason else _OWN_FRAME.of()


async def _own_frame(
    host: Host, engine: Engine, timeline: Timeline, at_ms: int, box: Box, *, is_near: bool = False
) -> Drawn:
    """The frame of the clip on top, or with `is_near` one close before it, from its file on this machine."""
    segment = await asyncio.to_thread(seen_at, timeline, at_ms)
    if segment is None:
        return BLACK
    asset = await _original_of(segment, host, engine)
    if asset is None or asset.path is None:
        return ELSEWHERE
    at = segment.source_ms(at_ms) if asset.kind != "image" else None
    gallery = host.pictures.gallery
    if is_near:
        return await gallery.near(asset.path, asset.kind, box, at)
    return await gallery.picture(asset.path, asset.kind, box, at_ms=at)


async def _original_of(segment: Segment, host: Host, engine: Engine) -> Asset | None:
    """The file on this machine that the clip is made from."""
    known = await asyncio.to_thread(host.pictures.originals, engine.library.assets)
    return known.find(segment)
