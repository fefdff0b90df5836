"""Chunks encoded by several ffmpeg processes at a time, on this machine or by the workers of a farm."""

from __future__ import annotations

import asyncio
import os
import re
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vbtui.base.errors import BadFile, RenderFailed, first_of
from vbtui.studio.render.chunks import Chunk, FileCache
from vbtui.studio.render.codec import VIDEOS, Encoder, video_options
from vbtui.studio.render.drawing import draw
from vbtui.studio.render.farm.worker import Made
from vbtui.studio.render.ffmpeg import Undrawable, run
from vbtui.studio.render.graph import Graph
from vbtui.studio.render.model import Plan, Shot, Span
from vbtui.studio.render.overlays import LUT, OverlayFolder, check_sources
from vbtui.studio.render.recipe import Recipe, count_frames, follow

if TYPE_CHECKING:
    from vbtui.studio.render.farm.share import Share

CHUNK_MEMORY = 420 * 1024**2
"""Bytes that one worker takes for a 1080p picture at the highest quality, crossfade included."""
_PIXELS = 1920 * 1080
_DECODER_BYTES = 24
"""A pixel of a clip: HEVC of ten bits takes most of those tried, 800 MB at 8K."""

Work = Callable[[], Awaitable[None]]


def worker_count(plan: Plan, wanted: int) -> int:
    """Processes at the same time: the cores, as far as half of the free memory goes."""
    if wanted > 0:
        return wanted
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    pixels = plan.canvas.width * plan.canvas.height
    form = VIDEOS.get(plan.format)
    encoding = max(CHUNK_MEMORY, CHUNK_MEMORY * pixels // _PIXELS) * (form.memory if form else 1)
    need = int(encoding) + _decoding(plan)
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return cores or 1
    return max(1, min(cores or 1, free // 2 // need))


def _decoding(plan: Plan) -> int:
    """Bytes that decoders of clips above 1080p take beside that."""
    videos = [shot.media for shot in plan.shots if shot.media.kind == "video"]
    largest = max((media.width * media.height for media in videos), default=0)
    at_once = 2 if any(span.transition for span in plan.spans) else 1
    return at_once * _DECODER_BYTES * max(0, largest - _PIXELS)


def memory_limit(plan: Plan) -> int:
    """Bytes of address space that one worker may take."""
    sides = [(shot.media.width, shot.media.height) for shot in plan.shots]
    pixels = max([plan.canvas.width * plan.canvas.height, *(a * b for a, b in sides)])
    return 3 * 1024**3 + 400 * pixels


@dataclass(slots=True)
class Progress:
    """Frames done, by chunk; tells shares of the whole that never fall."""

    frames: int
    tell: Callable[[float], None]
    remark: Callable[[str], None]
    """Told what the user should know of a video that came out all the same."""
    ready: int = 0
    """Frames that need no encoding."""
    _done: dict[int, int] = field(default_factory=dict)
    _told: float = 0

    def begin(self) -> None:
        """Tells what is ready before any chunk is."""
        self._tell()

    def note(self, chunk: Chunk, frames: int) -> None:
        """`frames` of `chunk` are encoded."""
        self._done[chunk.start] = min(chunk.count, frames)
        self._tell()

    def _tell(self) -> None:
        share = (self.ready + sum(self._done.values())) / self.frames
        if share > self._told:
            self._told = share
            self.tell(share)


class Encoders:
    """Those that run at the same time, of all renders of a studio. A worker has one for as long as its render has jobs, so
    that a render that came later gets what the ones before it leave."""

    def __init__(self) -> None:
        self._running = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def one(self, most: int) -> AsyncIterator[None]:
        """Have one, where fewer than `most` run; first come, first served."""
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((most, granted))
        self._grant()
        try:
            await granted
            yield
        finally:
            if granted.done() and not granted.cancelled():
                self._running -= 1
            granted.cancel()
            self._grant()

    def _grant(self) -> None:
        while self._waiting:
            most, granted = self._waiting[0]
            if not granted.done():
                if self._running >= most:
                    return
                self._running += 1
                granted.set_result(None)
            self._waiting.popleft()


class Turn:
    """One render at the encoders.

    Args:
        encoders: shared with other renders.
        came: told when it has one for the first time.
    """

    def __init__(self, encoders: Encoders, came: Callable[[], None]) -> None:
        self._encoders, self._tell = encoders, came
        self.has_come = False

    @asynccontextmanager
    async def one(self, most: int) -> AsyncIterator[None]:
        """As `Encoders.one`."""
        async with self._encoders.one(most):
            if not self.has_come:
                self.has_come = True
                self._tell()
            yield


async def in_workers(jobs: Sequence[Work], workers: int, turn: Turn | None = None) -> None:
    """Runs `jobs` in order, `workers` at a time; the first failure cancels the rest.

    Args:
        turn: at encoders that other renders use too; None: all are its own.
    """
    waiting = iter(jobs)

    async def work() -> None:
        async with turn.one(workers) if turn else nullcontext():
            for job in waiting:
                await job()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(workers, len(jobs))):
                group.create_task(work(), name="render worker")
    except BaseExceptionGroup as failures:
        raise first_of(failures) from None


async def encode_chunk(
    plan: Plan,
    chunk: Chunk,
    encoder: Encoder,
    overlay_folder: OverlayFolder,
    cache: FileCache,
    progress: Progress,
    link: Path,
    share: Share | None = None,
) -> None:
    """Encodes `chunk` into the cache, unless it is there, and links it at `link`.

    Args:
        share: of a farm whose workers make it, where they can.
    """
    if not await asyncio.to_thread(_take, cache, chunk, link):
        drawing = _Drawing(plan, chunk, encoder, overlay_folder, progress)
        if share is None:
            await _encode(drawing, cache)
        else:
            await _encode_shared(drawing, cache, share)
        if not await asyncio.to_thread(cache.take, chunk.key, link):
            raise RenderFailed("A finished part of the video vanished from the cache.")
    if remark := await asyncio.to_thread(cache.remark, chunk.key):
        progress.remark(remark)
    progress.note(chunk, chunk.count)


def _take(cache: FileCache, chunk: Chunk, link: Path) -> bool:
    """Whether a sound file of the chunk is linked at `link`; a damaged one is forgotten."""
    if not cache.take(chunk.key, link):
        return False
    if count_frames(link) == chunk.count:
        return True
    cache.drop(chunk.key)
    return False


EARLIER_S = 60
"""A file that gives no picture from where it should is read from so much earlier on: the last one
that can be decoded stays."""


async def _encode(drawing: _Drawing, cache: FileCache) -> None:
    with cache.unfinished() as unfinished:
        try:
            await drawing.make(unfinished)
        except Undrawable:
            raise
        except (RenderFailed, BadFile):
            if not drawing.reads_video:
                raise
            await asyncio.to_thread(check_sources, drawing.plan)
            await drawing.make_of_what_is_there(unfinished)
        cache.keep(unfinished, drawing.chunk.key, " ".join(dict.fromkeys(drawing.remarks)))


async def _encode_shared(drawing: _Drawing, cache: FileCache, share: Share) -> None:
    """By a worker of the farm; on this machine where there is none, and what a worker cannot make."""
    only_here = False
    while True:
        async with share.turn(only_here=only_here) as is_here:
            if is_here:
                await _encode(drawing, cache)
                return
            chunk = drawing.chunk
            made = await share.make(chunk.key, await drawing.recipe(), drawing.plan.media)
            if isinstance(made, Made):
                if await asyncio.to_thread(_keep_made, cache, chunk, made):
                    return
                only_here = True
            elif made is not None:
                only_here = True


def _keep_made(cache: FileCache, chunk: Chunk, made: Made) -> bool:
    """Whether what a worker made is the whole chunk; it is in the cache then."""
    with cache.unfinished() as unfinished:
        unfinished.write_bytes(made.content)
        if count_frames(unfinished) != chunk.count:
            return False
        cache.keep(unfinished, chunk.key, made.remark)
        return True


_TABLE = re.compile(rf"\bfile=({LUT}\d+\.cube)")
"""How a script names a LUT."""


@dataclass(slots=True)
class _Drawing:
    """One chunk that is made."""

    plan: Plan
    chunk: Chunk
    encoder: Encoder
    overlay_folder: OverlayFolder
    progress: Progress
    remarks: list[str] = field(default_factory=list)

    @property
    def reads_video(self) -> bool:
        return bool(self._videos)

    @property
    def _videos(self) -> list[Shot]:
        seen = self.chunk.start, self.chunk.end
        shots = [shot for span in self.plan.part(*seen) for shot in (span.shot, span.into) if shot]
        shots += [inset.shot for inset in self.plan.insets_in(*seen)]
        shots = list(dict.fromkeys(shots))
        return [shot for shot in shots if shot.media.kind == "video"]

    async def make(self, path: Path, *, earlier_s: int = 0) -> None:
        """Raises `RenderFailed` when other than the chunk's frames came out."""
        await follow(
            await self.recipe(earlier_s=earlier_s),
            path,
            self.overlay_folder.folder,
            on_frame=lambda frame: self.progress.note(self.chunk, frame),
            on_damage=self.remarks.append,
        )

    async def recipe(self, *, earlier_s: int = 0) -> Recipe:
        """How the chunk is made. Raises `BadFile` for a photo or a LUT that is damaged."""
        chunk, encoder = self.chunk, self.encoder
        overlays = await self.overlay_folder.prepare(chunk.start, chunk.end)
        graph = Graph(threads=1, earlier_s=earlier_s)
        picture = draw(graph, self.plan, overlays, chunk.start, chunk.end)
        if encoder.upload:
            picture = graph.chain([picture], encoder.upload)
        return Recipe(
            start=chunk.start,
            count=chunk.count,
            inputs=(*encoder.device, *graph.inputs),
            names=tuple(graph.names),
            script=graph.script,
            picture=picture,
            encoder=tuple(video_options(self.plan, encoder)),
            memory=memory_limit(self.plan)
            if encoder.is_software
            else 0,  # drivers map what they like
            tables=tuple(
                self.overlay_folder.folder / name
                for name in sorted(set(_TABLE.findall(graph.script)))
            ),
        )

    async def make_of_what_is_there(self, path: Path) -> None:
        """As `make`, with files that are damaged: an earlier picture stays, or it is black."""
        try:
            await self.make(path, earlier_s=EARLIER_S)
            names = {shot.media.filename for shot in self._videos}
        except (RenderFailed, BadFile):
            dark = [shot for shot in self._videos if not await self._is_seen(shot)]
            if not dark:
                raise
            self.plan = self.plan.without(dark)
            await self.make(path)
            names = {shot.media.filename for shot in dark}
        if not self.remarks:
            who = " or ".join(f"“{name}”" for name in sorted(names))
            self.remarks.append(f"{who} is damaged: the video shows what could be read of it.")

    async def _is_seen(self, shot: Shot) -> bool:
        """Whether the shot gives any picture for the chunk by itself."""
        seen = self.chunk.start, self.chunk.end
        starts = [s.start for s in self.plan.part(*seen) if shot in (s.shot, s.into)]
        starts += [max(seen[0], s.start) for s in self.plan.insets_in(*seen) if s.shot == shot]
        first = min(starts)
        alone = replace(self.plan, words=(), insets=(), bars=(), spans=(Span(first, 1, shot),))
        overlays = await self.overlay_folder.prepare(self.chunk.start, self.chunk.end)
        graph = Graph(threads=1, earlier_s=EARLIER_S)
        label = draw(graph, alone, overlays, first, first + 1)
        script = self.overlay_folder.folder / f"seen{self.chunk.start}"
        script.write_text(graph.script)
        with suppress(RenderFailed, BadFile):
            arguments = [*graph.inputs, "-/filter_complex", str(script), "-map", label]
            folder = self.overlay_folder.folder
            pictures = await run(
                [*arguments, "-f", "rawvideo", "-"], names=graph.names, folder=folder
            )
            return bool(pictures)
        return False
