"""A whole render: plan, chunks, sound, all put together without encoding again, the finished file."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vbtui.base.errors import DiskProblem, RenderFailed
from vbtui.base.files import fresh_name, remove_leftovers
from vbtui.base.formats import USUAL
from vbtui.base.text import format_bytes
from vbtui.studio.project.media import Media
from vbtui.studio.render.alone import (
    moments,
    plan_in_form,
    write_gif,
    write_picture,
    write_sheet,
    write_sound,
)
from vbtui.studio.render.captions import WRITTEN, write_captions
from vbtui.studio.render.checking import can_stay, check_lengths, find_damaged
from vbtui.studio.render.chunks import (
    Chunk,
    FileCache,
    cut_into_chunks,
    single_frames,
)
from vbtui.studio.render.codec import (
    LOSSLESS,
    SOFTWARE,
    SOUNDS,
    VIDEOS,
    Encoder,
    beside_copies,
    estimated_bytes,
    find_encoder,
    join_arguments,
    needed_encoders,
    video_options,
)
from vbtui.studio.render.copying import Copy, find_copies, is_whole
from vbtui.studio.render.ffmpeg import ffmpeg_version, require_encoders, run
from vbtui.studio.render.model import Output, Plan, Words
from vbtui.studio.render.overlays import OverlayFolder, check_sources
from vbtui.studio.render.remux import Encoded, Misfit, Piece, take_over
from vbtui.studio.render.sound_copying import copy_sound
from vbtui.studio.render.soundtrack import make_sound, sound_key
from vbtui.studio.render.steadying import steadied
from vbtui.studio.render.workers import (
    Progress,
    Turn,
    Work,
    encode_chunk,
    in_workers,
    worker_count,
)

if TYPE_CHECKING:
    from vbtui.studio.render.farm.scheduler import Farm
    from vbtui.studio.render.farm.share import Share

CHECKING_SHARE = 30
"""Per cent of the progress that stand for decoding what is copied, where something is."""
ENCODING_SHARE = 98
"""The same up to the end of encoding; the rest is joining."""
_LEAST_FREE = 20 * 1000**2


async def run_render(
    draft: Mapping[str, Any],
    media: Mapping[str, Media],
    options: Output,
    destination: Path,
    *,
    workdir: Path,
    on_progress: Callable[[float], None],
    on_remark: Callable[[str], None],
    on_copied: Callable[[float], None],
    farm: Farm | None,
    project: str,
    turn: Turn | None,
) -> None:
    """See `vbtui.studio.render.render`."""
    if options.format in WRITTEN:
        with disk_problems():
            unfinished = unfinished_name(destination)
            try:
                await asyncio.to_thread(write_captions, draft, options, unfinished)
                unfinished.replace(destination)
            finally:
                unfinished.unlink(missing_ok=True)
        on_progress(100.0)
        return
    plan = plan_in_form(draft, media, options)
    on_progress(0.0)
    with disk_problems(), own_folder(workdir) as folder:
        await asyncio.to_thread(check_sources, plan)
        plan = await steadied(plan, folder)
        for note in (note for media in plan.media for note in media.notes):
            on_remark(note)
        cache = await asyncio.to_thread(FileCache.of_user, "chunks", folder, options.cache_bytes)
        may_copy = plan.format == USUAL
        copies = await asyncio.to_thread(find_copies, plan) if may_copy else []
        begin = CHECKING_SHARE if copies else 0
        workers = worker_count(plan, options.workers)
        checked = partial(_tell, on_progress, 0, begin)
        if damaged := await find_damaged(copies, cache, workers, turn, checked):
            copies = await asyncio.to_thread(find_copies, plan, damaged)
        unfinished = unfinished_name(destination)
        _check_space(plan, copies, unfinished.parent, cache)
        try:
            job = _Job(plan, copies, cache, folder, options, on_remark, farm, project, turn)
            copied = await job.make(unfinished, partial(_tell, on_progress, begin, ENCODING_SHARE))
            if may_copy:
                on_copied(copied)
            if plan.format in VIDEOS:
                await job.check(unfinished)
            unfinished.replace(destination)
        finally:
            unfinished.unlink(missing_ok=True)
        await asyncio.to_thread(cache.evict)
    on_progress(100.0)


def _tell(on_progress: Callable[[float], None], begin: int, end: int, share: float) -> None:
    on_progress(begin + share * (end - begin))


def _growing(tell: Callable[[float], None]) -> Callable[[float], None]:
    """`tell` without what it was told before."""
    most = 0.0

    def told(share: float) -> None:
        nonlocal most
        if share > most:
            most = share
            tell(share)

    return told


@dataclass(frozen=True, slots=True)
class _Job:
    """One render under way."""

    plan: Plan
    copies: Sequence[Copy]
    """What needs no encoding."""
    cache: FileCache
    folder: Path
    """A directory of its own."""
    options: Output
    on_remark: Callable[[str], None]
    farm: Farm | None
    project: str
    turn: Turn | None

    async def make(self, path: Path, tell: Callable[[float], None]) -> float:
        """Writes the file to `path`; `tell` hears the share that is encoded. The share that is copied."""
        if self.plan.format != USUAL:
            await self._make_other(path, tell)
            return 0.0
        if is_whole(self.plan, self.copies):
            await self._copy(path, tell)
            return 1.0
        sound = self.folder / "sound"
        wanted = (
            "software" if self.farm else self.options.encoder
        )  # each machine has other hardware
        encoder = await asyncio.to_thread(find_encoder, wanted, self.plan.quality)
        if not encoder.is_software:
            try:
                await self._encode(encoder, (), sound, path, tell)
                return 0.0
            except RenderFailed:
                self.on_remark(f"The encoder {encoder.name} failed: the video was made without it.")
        if self.copies:
            fitting = beside_copies(self.copies[0].form)
            with contextlib.suppress(Misfit):
                await self._encode(fitting, self.copies, sound, path, tell)
                return sum(copy.count for copy in self.copies) / self.plan.frames
        await self._encode(SOFTWARE, (), sound, path, tell)
        return 0.0

    async def _make_other(self, path: Path, tell: Callable[[float], None]) -> None:
        plan, sound = self.plan, self.folder / "sound"
        await asyncio.to_thread(require_encoders, *needed_encoders(plan.format))
        if form := VIDEOS.get(plan.format):
            await self._encode(form.encoder, (), sound, path, tell)
        elif plan.format in SOUNDS:
            told = _growing(tell)
            await make_sound(plan, self.cache, self.folder, sound, self.on_remark, told)
            await write_sound(plan, sound, path)
        elif plan.format == "gif":
            chunks = await asyncio.to_thread(_chunks, plan, LOSSLESS, ())
            parts = await self._draw(chunks, LOSSLESS, tell)
            await write_gif(_listed(plan, parts, [chunk.count for chunk in chunks]), path)
        else:
            frames = moments(plan, self.options.at_ms)
            fonts, options = await asyncio.to_thread(_makers, plan, LOSSLESS)
            parts = await self._draw(single_frames(plan, frames, fonts, options), LOSSLESS, tell)
            if plan.format == "png":
                await write_picture(parts[0], path)
            else:
                await write_sheet(plan, frames, parts, path)

    async def check(self, path: Path) -> None:
        """Raises `RenderFailed` when the video at `path` is not as long as planned."""
        try:
            await check_lengths(self.plan, path)
        except RenderFailed:
            await asyncio.to_thread(self.cache.drop, sound_key(self.plan))
            raise

    def _make_sound(self, path: Path) -> Work:
        return partial(make_sound, self.plan, self.cache, self.folder, path, self.on_remark)

    async def _copy(self, path: Path, tell: Callable[[float], None]) -> None:
        sound = self.folder / "sound"
        is_copied = await asyncio.to_thread(copy_sound, self.plan, self.copies, sound)
        if not is_copied or not await can_stay(sound):
            await self._make_sound(sound)()
        await take_over(self.plan, self.copies, sound, path, tell)

    async def _encode(
        self,
        encoder: Encoder,
        copies: Sequence[Copy],
        sound: Path,
        path: Path,
        tell: Callable[[float], None],
    ) -> None:
        """Encodes all but `copies`, the longest chunks first, so that all workers end together, and
        puts all into `path`."""
        chunks = await asyncio.to_thread(_chunks, self.plan, encoder, copies)
        ready = sum(copy.count for copy in copies)
        parts = await self._draw(chunks, encoder, tell, ready, [self._make_sound(sound)])
        if not copies:
            await join(self.plan, parts, [chunk.count for chunk in chunks], sound, path)
            return
        pieces: list[Piece] = list(copies)
        pieces += [
            Encoded(part, chunk.start, chunk.count)
            for part, chunk in zip(parts, chunks, strict=True)
        ]
        pieces.sort(key=lambda piece: piece.start)
        await take_over(self.plan, pieces, sound, path, lambda share: None)

    async def _draw(
        self,
        chunks: Sequence[Chunk],
        encoder: Encoder,
        tell: Callable[[float], None],
        ready: int = 0,
        before: Sequence[Work] = (),
    ) -> list[Path]:
        """Where each chunk lies when all are encoded, and the work `before` them is done.

        Args:
            ready: frames that need no encoding.
        """
        overlay_folder = OverlayFolder(self.plan, self.folder)
        frames = ready + sum(chunk.count for chunk in chunks)
        progress = Progress(frames, tell, self.on_remark, ready)
        progress.begin()
        links = {chunk.start: self.folder / f"part{chunk.start}" for chunk in chunks}
        workers = worker_count(self.plan, self.options.workers)
        async with self._share(workers) as share:
            jobs: list[Work] = list(before)
            for chunk in sorted(chunks, key=lambda chunk: -chunk.count):
                link = links[chunk.start]
                make = partial(encode_chunk, self.plan, chunk, encoder, overlay_folder)
                jobs.append(partial(make, self.cache, progress, link, share))
            if share is None:
                await in_workers(jobs, workers, self.turn)
            else:
                await in_workers(jobs, len(jobs))
        return list(links.values())

    def _share(self, workers: int) -> contextlib.AbstractAsyncContextManager[Share | None]:
        """Of the farm; None where there is none, and for pictures, which are too few to hand files on for."""
        if self.farm is None or self.plan.format in ("png", "sheet"):
            return contextlib.nullcontext()
        return self.farm.share(self.project, workers, self.on_remark)


def _chunks(plan: Plan, encoder: Encoder, copies: Sequence[Copy]) -> list[Chunk]:
    fonts, options = _makers(plan, encoder)
    return cut_into_chunks(plan, fonts, options, [(copy.start, copy.end) for copy in copies])


def _makers(plan: Plan, encoder: Encoder) -> tuple[dict[Words, str], list[str]]:
    """What identifies the fonts of each text, and what makes the pictures: for the chunks' keys."""
    import PIL

    from vbtui.studio.render.text import identity

    fonts = {words: identity(words) for words in plan.words}
    return fonts, [ffmpeg_version(), PIL.__version__, *video_options(plan, encoder)]


def _check_space(plan: Plan, copies: Sequence[Copy], destination: Path, cache: FileCache) -> None:
    """Raises `DiskProblem` when the video and its chunks will hardly find room."""
    encoded = plan.frames - sum(copy.count for copy in copies)
    chunks = estimated_bytes(plan, encoded) + _LEAST_FREE
    video = chunks + sum(copy.size for copy in copies)
    needs: Counter[int] = Counter()
    places: dict[int, Path] = {}
    for path, need in ((cache.folder.parent, chunks), (destination, video)):
        device = os.stat(path).st_dev
        needs[device] += need
        places[device] = path
    for device, path in places.items():
        free = shutil.disk_usage(path).free
        if free < needs[device]:
            raise DiskProblem(
                f"The video needs about {format_bytes(needs[device])}, and {format_bytes(free)} "
                f"are free in “{path}”.",
                hint="Free some space, or export at a lower quality or a smaller size.",
            )


def unfinished_name(destination: Path) -> Path:
    """Where a file lies, beside its destination, until it is whole.

    The directory is made, and what processes that are gone left there is removed.
    """
    destination = destination.absolute()
    destination.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(destination.parent, ".vbtui-part-")
    return destination.with_name(fresh_name(".vbtui-part-"))


@contextlib.contextmanager
def own_folder(workdir: Path) -> Iterator[Path]:
    """A directory of this render's own below `workdir`; it is gone afterwards.

    What renders that were killed left there is removed.
    """
    workdir = workdir.absolute()
    workdir.mkdir(parents=True, exist_ok=True)
    remove_leftovers(workdir, "render-")
    path = workdir / fresh_name("render-")
    path.mkdir(mode=0o700)
    try:
        yield path
    finally:
        for _ in range(20):  # a thread that was left behind may still be writing its picture
            shutil.rmtree(path, ignore_errors=True)
            if not path.exists():
                break
            time.sleep(0.02)


@contextlib.contextmanager
def disk_problems() -> Iterator[None]:
    """Turns the system's refusals to write into `DiskProblem`."""
    try:
        yield
    except OSError as error:
        where = f" “{error.filename}”" if error.filename else ""
        raise DiskProblem(f"Cannot write{where}: {error.strerror or error}.") from error


def list_of_parts(names: Sequence[str], counts: Sequence[int], fps: Fraction) -> str:
    """The list that ffmpeg's concat demuxer reads: each part with its length.

    Lengths are differences of rounded positions, so that rounding to microseconds never adds up.
    """
    lines = ["ffconcat version 1.0"]
    position = 0
    for name, count in zip(names, counts, strict=True):
        start, end = (round(frames / fps * 1_000_000) for frames in (position, position + count))
        micros = end - start
        lines += [
            f"file '{name}'",
            f"duration {micros // 1_000_000}.{micros % 1_000_000:06}",
        ]
        position += count
    return "\n".join(lines) + "\n"


def _listed(plan: Plan, parts: Sequence[Path], counts: Sequence[int]) -> Path:
    """The list of `parts`, which lie in one directory, under plain names."""
    listed = parts[0].with_name("parts")
    names = [part.name for part in parts]
    listed.write_text(list_of_parts(names, counts, plan.canvas.fps))
    return listed


async def join(
    plan: Plan, parts: Sequence[Path], counts: Sequence[int], sound: Path, path: Path
) -> None:
    """Writes the finished video to `path`. All `parts` lie in one directory, under plain names."""
    listed = _listed(plan, parts, counts)
    await run(
        join_arguments(plan.canvas, str(listed), str(sound), str(path), format=plan.format),
        names=("the finished parts", "the sound"),
        on_frame=lambda frame: None,
    )
