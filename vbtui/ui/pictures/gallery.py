"""Pictures on demand: from memory, from the disk, else decoded in one of a few threads, which never keep the
process alive.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import struct
import threading
import zlib
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from vbtui.base.errors import DiskProblem
from vbtui.base.files import Identity, write_bytes
from vbtui.base.settings import private_directory
from vbtui.base.translation import Translation
from vbtui.ui.pictures.raster import (
    FILE_EMPTY,
    FILE_GONE,
    INSTALL,
    Box,
    Drawn,
    NoPicture,
    Raster,
    Waveform,
)

if TYPE_CHECKING:
    from vbtui.ui.pictures.footage import Facts


T = TypeVar("T")
_UNDRAWN = Translation("it cannot be drawn here ({kind})", "无法在此绘制（{kind}）")
_COLOURS = Translation("it has colours for clips and no picture", "只有色彩表，没有画面")
_WORDS = Translation("it has words and no picture", "只有文字，没有画面")
_NO_FILE = Translation("this is no file", "这不是文件")

_REMEMBERED_BYTES = 48 * 1024 * 1024
"""Of pictures in memory, those that were asked for last; each is about as large as its room on the
screen."""
_OVERHEAD_BYTES = 500
"""Of each, beside its pixels: reasons count as well."""
_MOST_FACTS = 64


class _Asked(NamedTuple):
    """A picture that was asked for."""

    path: Path
    kind: str
    box: Box
    at_ms: int | None
    is_near: bool = False
    """The key frame before that time will do."""


class Gallery:
    """Makes pictures of files. A file that cannot be drawn gives its reason, never an exception.

    What was decoded is remembered here for every screen: thumbnails, preview frames and the frames on
    the lanes are all pictures of a file at a time in some size.

    Args:
        directory: where decoded pictures are kept; made when the first one is written.
        cores: threads that decode at the same time.
    """

    def __init__(self, directory: Path, *, cores: int = 2) -> None:
        self._cache = PictureCache(directory)
        self._workers = Workers(cores)
        self._memory: OrderedDict[_Asked, tuple[str, Drawn]] = OrderedDict()
        """With the content that each was made from."""
        self._bytes = 0
        self._lock = threading.Lock()
        self._facts: OrderedDict[str, Facts] = OrderedDict()

    async def picture(self, path: Path, kind: str, box: Box, *, at_ms: int | None = None) -> Drawn:
        """The poster of a video, a picture, or the waveform of a sound.

        Args:
            kind: `video`, `image`, `audio`; anything else is tried by its name and content.
            at_ms: of a video, the frame shown at that time instead of its poster.
        """
        return await self._workers.run(lambda: self._made(_Asked(path, kind, box, at_ms)))

    def known(self, path: Path, kind: str, box: Box, *, at_ms: int | None = None) -> Drawn | None:
        """What is in memory of that picture, at once: nobody looks whether the file has changed."""
        asked = _Asked(path, kind, box, at_ms)
        with self._lock:
            if asked not in self._memory:
                return None
            self._memory.move_to_end(asked)
            return self._memory[asked][1]

    async def near(self, path: Path, kind: str, box: Box, at_ms: int | None) -> Drawn:
        """What is shown at about that time, at once: of a video the key frame before it, which one decoded picture
        gives; the exact frame of a long group takes seconds."""
        is_near = kind == "video" and at_ms is not None
        return await self._workers.run(lambda: self._made(_Asked(path, kind, box, at_ms, is_near)))

    async def frames(self, path: Path, kind: str, box: Box, times_ms: Sequence[int]) -> list[Drawn]:
        """The frames of a video at these rising times, none of them kept; one reason for all."""
        if kind != "video":
            return [await self.picture(path, kind, box)] * len(times_ms)
        return await self._workers.run(lambda: _frames(path, box, times_ms))

    async def decoded(self, data: bytes, box: Box) -> Drawn:
        """The picture in an image file's bytes."""
        return await self._workers.run(lambda: _guarded(lambda: _still(data, box)))

    async def facts(self, path: Path) -> Facts:
        """What the streams of a video or sound are, in words; empty when nothing is known."""
        return await self._workers.run(lambda: self._facts_of(path))

    def close(self) -> None:
        """End the threads; nothing is drawn any more."""
        self._workers.close()

    # -- in threads ---------------------------------------------------------------------------

    def _made(self, asked: _Asked) -> Drawn:
        path, kind, box, at_ms, is_near = asked
        try:
            key = content_key(path, kind, box.width, box.height, at_ms, *(["near"] * is_near))
        except (OSError, ValueError):
            return self._remember(asked, "", NoPicture(FILE_GONE))
        with self._lock:
            content, known = self._memory.get(asked, ("", None))
        drawn = known if known is not None and content == key else self._cache.get(key)
        if drawn is None:
            drawn = _guarded(lambda: _draw(path, kind, box, at_ms, is_near=is_near))
            self._cache.put(key, drawn)
        return self._remember(asked, key, drawn)

    def _remember(self, asked: _Asked, key: str, drawn: Drawn) -> Drawn:
        with self._lock:
            if asked in self._memory:
                self._bytes -= _size(self._memory.pop(asked)[1])
            self._memory[asked] = key, drawn
            self._bytes += _size(drawn)
            while len(self._memory) > 1 and self._bytes > _REMEMBERED_BYTES:
                _, (_, oldest) = self._memory.popitem(last=False)
                self._bytes -= _size(oldest)
        return drawn

    def _facts_of(self, path: Path) -> Facts:
        try:
            key = content_key(path)
            if key not in self._facts:
                from vbtui.ui.pictures.footage import read_facts

                self._facts[key] = read_facts(path)
                while len(self._facts) > _MOST_FACTS:
                    self._facts.popitem(last=False)
            return self._facts[key]
        except (OSError, ValueError, ImportError, KeyError):
            return ()


def _size(drawn: Drawn) -> int:
    match drawn:
        case Raster(data=data):
            return _OVERHEAD_BYTES + len(data)
        case Waveform(peaks):
            return _OVERHEAD_BYTES + len(peaks)
        case NoPicture():
            return _OVERHEAD_BYTES


def _guarded(draw: Callable[[], Drawn]) -> Drawn:
    """What `draw` gives; a library that is missing or fails gives a reason."""
    try:
        return draw()
    except ImportError:
        return NoPicture(INSTALL)
    except Exception as error:  # decoders fail in ways of their own: one file must not end the app
        return NoPicture(_UNDRAWN.of(kind=type(error).__name__))


def _draw(path: Path, kind: str, box: Box, at_ms: int | None, *, is_near: bool) -> Drawn:
    if not path.is_file():
        return NoPicture(_NO_FILE)
    if not path.stat().st_size:
        return NoPicture(FILE_EMPTY)
    if kind == "image":
        return _still(path, box)
    if kind == "subtitles":
        return NoPicture(_WORDS)
    if kind == "lut":
        return NoPicture(_COLOURS)
    if kind == "audio":
        from vbtui.ui.pictures.footage import draw_wave

        return draw_wave(path)
    from vbtui.ui.pictures.footage import draw_frames, draw_near, draw_poster

    if at_ms is None:
        drawn = draw_poster(path, box)
    else:
        drawn = draw_near(path, box, at_ms) if is_near else draw_frames(path, box, [at_ms])[0]
    if isinstance(drawn, NoPicture):  # an animation, or a picture by another name
        still = _still(path, box)
        return drawn if isinstance(still, NoPicture) else still
    return drawn


def _frames(path: Path, box: Box, times_ms: Sequence[int]) -> list[Drawn]:
    drawn: list[Drawn] = []

    def draw() -> Drawn:
        from vbtui.ui.pictures.footage import draw_frames

        drawn.extend(draw_frames(path, box, times_ms))
        return drawn[-1]

    last = _guarded(draw)
    return (drawn or [last]) + [drawn[-1] if drawn else last] * (len(times_ms) - max(len(drawn), 1))


def _still(source: Path | bytes, box: Box) -> Drawn:
    from vbtui.ui.pictures.stills import draw_still

    return draw_still(source, box)


LIMIT_BYTES = 64 * 1024 * 1024
_HEAD = struct.Struct("<4sHH")
_RASTER, _WAVE = b"vbp1", b"vbw1"
_CLEAR_EVERY = 64
"""Entries written between two looks at the size of the directory."""
_LARGEST_ENTRY = 64 * 1024 * 1024


def content_key(path: Path, *what: object) -> str:
    """A name for `what` is made of the content of `path`. Raises `OSError`."""
    identity = Identity.of(path.stat()), *what
    return hashlib.sha256(repr(identity).encode()).hexdigest()[:40]


class PictureCache:
    """Decoded pictures on disk, found by the content that they were made from: at most `limit` bytes in
    `directory`; the least recently used go first. Blocks: for threads.

    An entry is a small header and compressed bytes: reading one needs no library. It is written under
    another name first, so that no reader ever sees half of it.
    """

    def __init__(self, directory: Path, limit: int = LIMIT_BYTES) -> None:
        self.directory = directory
        self.limit = limit
        self._written = 0

    def get(self, key: str) -> Drawn | None:
        """What was kept under `key`; a damaged entry is none, and goes."""
        path = self._path(key)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        drawn = _unpacked(data)
        with suppress(OSError):
            if drawn is None:
                path.unlink()
            else:
                os.utime(path)
        return drawn

    def put(self, key: str, drawn: Drawn) -> None:
        """Keep `drawn`; where the disk will not have it, nothing is kept. Reasons are not."""
        if isinstance(drawn, NoPicture):
            return
        with suppress(OSError, DiskProblem):
            private_directory(self.directory)
            write_bytes(self._path(key), _packed(drawn), durable=False)
            if self._written % _CLEAR_EVERY == 0:
                self.clear_room()
            self._written += 1

    def _path(self, key: str) -> Path:
        return self.directory / f"{key}.vbt"

    def clear_room(self) -> None:
        """Remove the oldest entries when there is more than the limit: down to three quarters."""
        entries = []
        with os.scandir(self.directory) as found:
            for entry in found:
                with suppress(OSError):
                    stat = entry.stat(follow_symlinks=False)
                    entries.append((stat.st_mtime_ns, stat.st_size, entry.path))
        total = sum(size for _, size, _ in entries)
        if total <= self.limit:
            return
        for _, size, path in sorted(entries):
            with suppress(OSError):
                os.unlink(path)
                total -= size
            if total <= self.limit * 3 // 4:
                return


def _packed(drawn: Raster | Waveform) -> bytes:
    if isinstance(drawn, Raster):
        return _HEAD.pack(_RASTER, drawn.width, drawn.height) + zlib.compress(drawn.data, 1)
    return _HEAD.pack(_WAVE, len(drawn.peaks), 1) + zlib.compress(drawn.peaks, 1)


def _unpacked(data: bytes) -> Drawn | None:
    try:
        kind, width, height = _HEAD.unpack_from(data)
        unpacker = zlib.decompressobj()
        body = unpacker.decompress(data[_HEAD.size :], _LARGEST_ENTRY)
        if kind == _WAVE and len(body) == width:
            return Waveform(body)
        return Raster(width, height, body) if kind == _RASTER else None
    except (struct.error, zlib.error, ValueError):
        return None


class _Job(Generic[T]):
    """Something to do, and where its result goes."""

    def __init__(self, work: Callable[[], T]) -> None:
        self.work = work
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self.loop.create_future()

    def run(self) -> None:
        if self.future.cancelled():
            return
        try:
            result = self.work()
        except BaseException as error:
            self._answer(_fail, error)
        else:
            self._answer(_succeed, result)

    def _answer(self, how: Callable[..., None], value: object) -> None:
        with suppress(RuntimeError):  # the loop has ended: nobody waits any more
            self.loop.call_soon_threadsafe(how, self.future, value)


def _succeed(future: asyncio.Future[T], result: T) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[T], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)


class Workers:
    """At most `count` threads, begun when they are needed, ended by `close`.

    The newest job is done first, since it is what the user looks at now; of those that wait only
    the newest `waiting` are kept, the others are cancelled. So is a job whose task is cancelled.
    """

    def __init__(self, count: int = 2, waiting: int = 16) -> None:
        self._count = count
        self._most = waiting
        self._jobs: deque[_Job[object]] = deque()
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self.is_closed = False

    async def run(self, work: Callable[[], T]) -> T:
        """The result of `work`, called in a thread. `CancelledError` when newer work took its place."""
        if self.is_closed:
            raise asyncio.CancelledError
        job = _Job(work)
        with self._changed:
            self._jobs.append(job)  # type: ignore[arg-type]  # a queue of jobs of any kind
            dropped = self._jobs.popleft() if len(self._jobs) > self._most else None
            if not self._idle and len(self._threads) < self._count:
                self._begin()
            self._changed.notify()
        if dropped is not None:
            dropped.future.cancel()
        return await job.future

    def _begin(self) -> None:
        thread = threading.Thread(
            target=self._serve, name=f"pictures-{len(self._threads)}", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        while (job := self._next()) is not None:
            job.run()

    def _next(self) -> _Job[object] | None:
        with self._changed:
            self._idle += 1
            try:
                while not self._jobs and not self.is_closed:
                    self._changed.wait()
                return None if self.is_closed else self._jobs.pop()
            finally:
                self._idle -= 1

    def close(self) -> None:
        """Begin nothing more; what is under way ends by itself, or with the process."""
        with self._changed:
            self.is_closed = True
            waiting, self._jobs = list(self._jobs), deque()
            self._changed.notify_all()
        for job in waiting:
            job.future.cancel()
