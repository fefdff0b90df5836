"""Chunks and sound put together without encoding again."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import astuple
from fractions import Fraction
from pathlib import Path

from vbtui.studio.render.cache import ChunkCache
from vbtui.studio.render.chunks import VERSION
from vbtui.studio.render.codec import AUDIO_OPTIONS, join_arguments, sound_arguments
from vbtui.studio.render.encode import run
from vbtui.studio.render.ffmpeg import ffmpeg_version
from vbtui.studio.render.graph import Graph
from vbtui.studio.render.mixing import mix
from vbtui.studio.render.model import SAMPLE_RATE, Plan, Sound


def sound_key(plan: Plan) -> str:
    """Names everything that the encoded sound depends on."""
    pieces = [_sound_key(sound) for sound in plan.sounds]
    content = [VERSION, plan.samples, list(AUDIO_OPTIONS), ffmpeg_version(), pieces]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _sound_key(sound: Sound) -> list[object]:
    media = sound.media
    return [media.sha256 or [str(media.path), media.size], *map(str, astuple(sound)[2:])]


async def make_sound(
    plan: Plan, cache: ChunkCache, folder: Path, link: Path, on_remark: Callable[[str], None]
) -> None:
    """Mixes and encodes the whole sound in one pass, unless the cache has it."""
    key = sound_key(plan)
    if not await asyncio.to_thread(_take, plan, cache, key, link):
        await _make_sound(plan, cache, folder, key)
        await asyncio.to_thread(cache.take, key, link)
    if remark := await asyncio.to_thread(cache.remark, key):
        on_remark(remark)


async def _make_sound(plan: Plan, cache: ChunkCache, folder: Path, key: str) -> None:
    remarks: list[str] = []
    graph = Graph(threads=1)
    heard = mix(graph, plan)
    script = folder / "sound-graph"
    script.write_text(graph.script)
    with cache.unfinished() as unfinished:
        await run(
            sound_arguments(graph.inputs, str(script), heard, str(unfinished)),
            names=graph.names,
            on_frame=lambda frame: None,
            on_damage=remarks.append,
        )
        cache.keep(unfinished, key, " ".join(remarks))


def _take(plan: Plan, cache: ChunkCache, key: str, link: Path) -> bool:
    """Whether the whole sound is linked at `link`; a damaged file is forgotten."""
    if not cache.take(key, link):
        return False
    if count_samples(link) == plan.samples:
        return True
    cache.drop(key)
    return False


def count_samples(path: Path) -> int:
    """The length of an encoded sound by its index, once its last piece is there; else -1."""
    import av

    try:
        with av.open(str(path), format="mp4") as container:
            stream = container.streams.audio[0]
            if any(packet.is_corrupt for packet in container.demux(stream)):
                return -1
            return round((stream.duration or 0) * (stream.time_base or 0) * SAMPLE_RATE)
    except (av.FFmpegError, IndexError):
        return -1


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


async def join(
    plan: Plan, parts: Sequence[Path], counts: Sequence[int], sound: Path, path: Path
) -> None:
    """Writes the finished MP4 to `path`. All `parts` lie in one directory, under plain names."""
    listed = parts[0].with_name("parts")
    names = [part.name for part in parts]
    listed.write_text(list_of_parts(names, counts, plan.canvas.fps))
    await run(
        join_arguments(plan.canvas, str(listed), str(sound), str(path)),
        names=("the finished parts", "the sound"),
        on_frame=lambda frame: None,
    )
