"""The whole sound of a plan: mixed and encoded in one pass, and kept in the cache."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import astuple, replace
from pathlib import Path

from vbtui.base.errors import VbtuiError
from vbtui.studio.project.media import Media
from vbtui.studio.project.mp3 import WithoutTags, find_tags
from vbtui.studio.render.checking import FULL_SCALE, decode_sound
from vbtui.studio.render.chunks import VERSION, FileCache
from vbtui.studio.render.codec import AUDIO_OPTIONS, sound_arguments
from vbtui.studio.render.ffmpeg import ffmpeg_version, run
from vbtui.studio.render.graph import Graph
from vbtui.studio.render.mixing import LIMIT, changing_sounds, mix, plain_arguments
from vbtui.studio.render.model import SAMPLE_RATE, Plan, Sound

_ATTEMPTS = 2
_BELOW = 0.97
"""Where peaks that were too high shall come to lie: not quite as high, for they come out a little
differently each time."""


def sound_key(plan: Plan) -> str:
    """Names everything that the encoded sound depends on."""
    pieces = [_sound_key(sound) for sound in plan.sounds]
    content = [VERSION, plan.samples, list(AUDIO_OPTIONS), ffmpeg_version(), pieces]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _sound_key(sound: Sound) -> list[object]:
    media = sound.media
    track = media.audio.track if media.audio is not None else 0
    content = media.sha256 or [str(media.path), media.size]
    return [content, track, *map(str, astuple(sound)[2:])]


async def make_sound(
    plan: Plan, cache: FileCache, folder: Path, link: Path, on_remark: Callable[[str], None]
) -> None:
    """Mixes and encodes the whole sound, unless the cache has it, and links it at `link`.

    Raises as `run` does.
    """
    key = sound_key(plan)
    if not await asyncio.to_thread(_take, plan, cache, key, link):
        with cache.unfinished() as unfinished:
            remarks = await _Mixing(plan, folder, unfinished).make()
            cache.keep(unfinished, key, " ".join(remarks))
        await asyncio.to_thread(cache.take, key, link)
    if remark := await asyncio.to_thread(cache.remark, key):
        on_remark(remark)


class _Mixing:
    """One sound that is made."""

    def __init__(self, plan: Plan, folder: Path, path: Path) -> None:
        self._plan = plan
        self._folder = folder
        self._path = path
        self._plain: dict[str, Path] = {}
        self._remarks: list[str] = []

    async def make(self) -> list[str]:
        """Writes the sound; what is to be said of it.

        Decoded noise, and music that was cut at full scale, rises far above what was encoded: then
        it is encoded again with a lower limit. A file whose sound changes although nothing told it ends the first attempt: then all of
        them are made plain.
        """
        self._plan = await asyncio.to_thread(without_tags, self._plan, self._folder)
        try:
            await self._make_plain(changing_sounds(self._plan))
            await self._mix(LIMIT)
        except VbtuiError:
            heard = {sound.media.id: sound.media for sound in self._plan.sounds}
            rest = [one for one in heard.values() if one.id not in self._plain]
            if not rest:
                raise
            self._remarks.clear()
            await self._make_plain(rest)
            await self._mix(LIMIT)
        remarks = list(dict.fromkeys(self._remarks))
        if not await self._is_lowered():
            remarks.append("The sound is too loud in places: players cut off its peaks.")
        return remarks

    async def _is_lowered(self) -> bool:
        """Whether no decoded sample exceeds full scale, after so many attempts as it takes."""
        limit = LIMIT
        for _ in range(_ATTEMPTS):
            decoded = await decode_sound(self._path)
            if decoded.peak <= FULL_SCALE:
                return True
            limit *= _BELOW / decoded.peak
            await self._mix(limit)
        return (await decode_sound(self._path)).peak <= FULL_SCALE

    async def _make_plain(self, files: list[Media]) -> None:
        for media in files:
            path = self._folder / f"plain{len(self._plain)}"
            await self._run(plain_arguments(media, str(path)), [media.filename])
            self._plain[media.id] = path

    async def _mix(self, limit: float) -> None:
        graph = Graph(threads=1)
        heard = mix(graph, self._plan, self._plain, limit)
        script = self._folder / "sound-graph"
        script.write_text(graph.script)
        arguments = sound_arguments(graph.inputs, str(script), heard, str(self._path))
        await self._run(arguments, graph.names)

    async def _run(self, arguments: list[str], names: list[str]) -> None:
        def ignore(frame: int) -> None:
            pass

        await run(arguments, names=names, on_frame=ignore, on_damage=self._remarks.append)


def without_tags(plan: Plan, folder: Path) -> Plan:
    """The plan with copies of its joined mp3s in which there is nothing but sound."""
    bare: dict[str, Media] = {}
    for media in (sound.media for sound in plan.sounds):
        if media.audio is not None and media.audio.has_tags and media.id not in bare:
            path = folder / f"bare{len(bare)}.mp3"
            with WithoutTags(media.path, find_tags(media.path)) as sound, path.open("wb") as file:
                shutil.copyfileobj(sound, file)
            bare[media.id] = replace(media, path=path)
    sounds = (replace(sound, media=bare.get(sound.media.id, sound.media)) for sound in plan.sounds)
    return replace(plan, sounds=tuple(sounds)) if bare else plan


def _take(plan: Plan, cache: FileCache, key: str, link: Path) -> bool:
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
