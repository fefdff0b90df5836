"""The whole sound of a plan: mixed and encoded in one pass, and kept in the cache."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import astuple, replace
from pathlib import Path

from vbtui.base.errors import VbtuiError
from vbtui.studio.project import beds
from vbtui.studio.project.media import Media
from vbtui.studio.project.mp3 import WithoutTags, find_tags
from vbtui.studio.render.checking import (
    FULL_SCALE,
    MEASURE_LOUDNESS,
    MEASURE_NOISE,
    SILENT,
    decode_sound,
    measure,
    measure_encoded,
    measure_noise,
)
from vbtui.studio.render.chunks import VERSION, FileCache
from vbtui.studio.render.codec import MP3, OPUS, SoundForm, sound_arguments, sound_form
from vbtui.studio.render.ffmpeg import ffmpeg_version, run
from vbtui.studio.render.graph import Graph
from vbtui.studio.render.mixing import Level, changing_sounds, mix, plain_arguments
from vbtui.studio.render.model import SAMPLE_RATE, Plan, Sound

_ATTEMPTS = 2
_BELOW = 0.97
"""Where peaks that were too high shall come to lie: not quite as high, for they come out a little
differently each time."""
_LEVELLINGS = 8
_CLOSE = 0.2
_CLOSE_ENOUGH = 0.5
"""LU by which the loudness may miss: where no attempt is left, and before."""
_TRUE_PEAK_DB = -1.0
"""What no peak of a levelled sound exceeds, between samples as well."""
_MOST_GAIN_DB = 50.0
_MOST_EVENED_DB = 20.0
"""So much louder or quieter may a clip become by being as loud as the others: beyond, it is noise that gets loud."""


def sound_key(plan: Plan) -> str:
    """Names everything that the encoded sound depends on."""
    pieces = [_sound_key(sound) for sound in plan.sounds]
    wanted = [plan.loudness, plan.even]
    options = list(sound_form(plan).options)
    content = [VERSION, plan.samples, options, ffmpeg_version(), wanted, pieces]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _sound_key(sound: Sound) -> list[object]:
    media = sound.media
    track = media.audio.track if media.audio is not None else 0
    content = media.sha256 or [str(media.path), media.size]
    return [content, track, *map(str, astuple(sound)[2:])]


async def make_sound(
    plan: Plan,
    cache: FileCache,
    folder: Path,
    link: Path,
    on_remark: Callable[[str], None],
    tell: Callable[[float], None] = lambda share: None,
) -> None:
    """Mixes and encodes the whole sound, unless the cache has it, and links it at `link`.

    Args:
        tell: hears the share that is made; it is made again where it has to be quieter or louder.

    Raises as `run` does.
    """
    key = sound_key(plan)
    if not await asyncio.to_thread(_take, plan, cache, key, link):
        with cache.unfinished() as unfinished:
            remarks = await _Mixing(plan, folder, unfinished, tell).make()
            cache.keep(unfinished, key, " ".join(remarks))
        await asyncio.to_thread(cache.take, key, link)
    if remark := await asyncio.to_thread(cache.remark, key):
        on_remark(remark)


class _Mixing:
    """One sound that is made."""

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        path: Path,
        tell: Callable[[float], None] = lambda share: None,
    ) -> None:
        self._tell = tell
        self.plan = plan
        """With the volumes of evened clips, once it is made."""
        self.level = Level()
        """How it was mixed at last."""
        self._form = sound_form(plan)
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
        self.plan = await asyncio.to_thread(with_files, self.plan, self._folder)
        try:
            await self._make_plain(changing_sounds(self.plan))
            await self._find_noise()
            await self._mix()
        except VbtuiError:
            heard = {sound.media.id: sound.media for sound in self.plan.sounds}
            rest = [one for one in heard.values() if one.id not in self._plain]
            if not rest:
                raise
            self._remarks.clear()
            await self._make_plain(rest)
            await self._find_noise()
            await self._mix()
        if self.plan.even and await self._is_evened():
            await self._mix()
        missed = await self._level() if self.plan.loudness is not None else ""
        remarks = list(dict.fromkeys(self._remarks))
        if not await self._is_lowered():
            remarks.append("The sound is too loud in places: players cut off its peaks.")
        return [*remarks, missed] if missed else remarks

    async def _is_lowered(self) -> bool:
        """Whether no decoded sample exceeds full scale, after so many attempts as it takes."""
        for _ in range(_ATTEMPTS):
            decoded = await decode_sound(self._path, self._form.container)
            if decoded.peak <= FULL_SCALE:
                return True
            await self._mix(replace(self.level, limit=self.level.limit * _BELOW / decoded.peak))
        return (await decode_sound(self._path, self._form.container)).peak <= FULL_SCALE

    async def _is_evened(self) -> bool:
        """Gives each clip's sound the volume at which it is as loud as the others are on average: all clips
        of one file the same, silent ones none; whether that is another than it has."""
        clips = [sound for sound in self.plan.sounds if sound.is_clip]
        loud: dict[str, float] = {}
        for media_id in dict.fromkeys(sound.media.id for sound in clips):
            own = [replace(one, volume=1.0) for one in clips if one.media.id == media_id]
            heard = await measure(*self._through(own, MEASURE_LOUDNESS))
            if heard.lufs > SILENT:
                loud[media_id] = heard.lufs
        if len(loud) < 2:
            return False
        mean = sum(loud.values()) / len(loud)

        def evened(sound: Sound) -> Sound:
            if not sound.is_clip or sound.media.id not in loud:
                return sound
            gain_db = mean - loud[sound.media.id]
            gain_db = max(-_MOST_EVENED_DB, min(_MOST_EVENED_DB, gain_db))
            return replace(sound, volume=sound.volume * 10 ** (gain_db / 20))

        self.plan = replace(self.plan, sounds=tuple(map(evened, self.plan.sounds)))
        return True

    async def _find_noise(self) -> None:
        """Measures the noise of what is to be cleaned: all clips of one file together."""
        noisy = [sound for sound in self.plan.sounds if sound.denoise]
        for media_id in dict.fromkeys(sound.media.id for sound in noisy):
            own = [
                replace(one, volume=1.0, noise_db=None) for one in noisy if one.media.id == media_id
            ]
            noise_db = await measure_noise(*self._through(own, MEASURE_NOISE))
            sounds = (
                replace(one, noise_db=noise_db) if one.denoise and one.media.id == media_id else one
                for one in self.plan.sounds
            )
            self.plan = replace(self.plan, sounds=tuple(sounds))

    def _through(self, sounds: Sequence[Sound], filters: str) -> tuple[list[str], list[str]]:
        """The arguments of a run in which these sounds of the plan go through `filters`, and the names of its inputs."""
        graph = Graph(threads=1)
        mixed = mix(graph, replace(self.plan, sounds=tuple(sounds)), self._plain)
        heard = graph.chain([mixed], filters)
        script = self._folder / "heard-graph"
        script.write_text(graph.script)
        return [*graph.inputs, "-/filter_complex", str(script), "-map", heard], graph.names

    async def _level(self) -> str:
        """Makes it louder or quieter until it is as loud as it should be, its peaks limited; what is to be said
        where it is not.

        How much louder it gets by a gain depends on what the limiter takes of its peaks, and how high those are
        when decoded, on the encoder: so it is measured after each attempt.
        """
        wanted = self.plan.loudness
        assert wanted is not None
        heard = await measure_encoded(self._path, self._form.container)
        if heard.lufs <= SILENT:
            return "The sound is silent: its loudness was left as it is."
        gain_db, slope, ceiling_db = 0.0, 1.0, _TRUE_PEAK_DB - 0.1
        for number in range(_LEVELLINGS):
            step = (wanted - heard.lufs) / slope
            gain_db, before = min(_MOST_GAIN_DB, gain_db + step), gain_db
            await self._mix(Level(10 ** (ceiling_db / 20), gain_db, is_between=True))
            was, heard = heard, await measure_encoded(self._path, self._form.container)
            missing = abs(wanted - heard.lufs)
            is_last = number == _LEVELLINGS - 1
            is_fitting = heard.true_peak_db <= _TRUE_PEAK_DB
            if is_fitting and missing <= (_CLOSE_ENOUGH if is_last else _CLOSE):
                return ""
            if not is_fitting:
                ceiling_db -= heard.true_peak_db - _TRUE_PEAK_DB + 0.1
            if abs(gain_db - before) > 0.1:
                slope = max(0.1, min(1.0, (heard.lufs - was.lufs) / (gain_db - before)))
        return (
            f"The loudness is {heard.lufs:.1f} LUFS, its peaks {heard.true_peak_db:.1f} dBTP: "
            f"{wanted:g} LUFS were not reached."
        )

    async def _make_plain(self, files: list[Media]) -> None:
        for media in files:
            path = self._folder / f"plain{len(self._plain)}"
            await self._run(plain_arguments(media, str(path)), [media.filename])
            self._plain[media.id] = path

    async def _mix(self, level: Level | None = None) -> None:
        """Args: level: other than before."""
        self.level = level or self.level
        graph = Graph(threads=1)
        heard = mix(graph, self.plan, self._plain, self.level)
        script = self._folder / "sound-graph"
        script.write_text(graph.script)
        script_path, path = str(script), str(self._path)
        arguments = sound_arguments(graph.inputs, script_path, heard, path, self._form)
        await self._run(arguments, graph.names)

    async def _run(self, arguments: list[str], names: list[str]) -> None:
        length_s = self.plan.samples / SAMPLE_RATE

        def made(seconds: float) -> None:
            self._tell(min(1.0, seconds / length_s))

        await run(arguments, names=names, on_time=made, on_damage=self._remarks.append)


async def levelled(plan: Plan, folder: Path) -> tuple[Plan, Level]:
    """The plan with what is measured of its sounds (volumes of evened clips, noise), and the level at which all is
    mixed: found by making it in `folder` where something of that is asked for. Raises as `run` does."""
    is_noisy = any(sound.denoise for sound in plan.sounds)
    if plan.loudness is None and not plan.even and not is_noisy:
        return plan, Level()
    mixing = _Mixing(plan, folder, folder / "levelled")
    await mixing.make()
    pairs = zip(plan.sounds, mixing.plan.sounds, strict=True)
    sounds = tuple(
        replace(sound, volume=made.volume, noise_db=made.noise_db) for sound, made in pairs
    )
    return replace(plan, sounds=sounds), mixing.level


def with_files(plan: Plan, folder: Path) -> Plan:
    """The plan with a file in `folder` for each bed, and with copies of its joined mp3s in which there is nothing but
    sound."""
    made: dict[str, Media] = {}
    for media in (sound.media for sound in plan.sounds):
        if media.id in made:
            continue
        if media.id.startswith(beds.BED):
            path = folder / f"bed{len(made)}.wav"
            beds.write(media.id.removeprefix(beds.BED), path)
            made[media.id] = replace(media, path=path)
        elif media.audio is not None and media.audio.has_tags:
            made[media.id] = bared(media, folder / f"bare{len(made)}.mp3")
    sounds = (replace(sound, media=made.get(sound.media.id, sound.media)) for sound in plan.sounds)
    return replace(plan, sounds=tuple(sounds)) if made else plan


def bared(media: Media, path: Path) -> Media:
    """A copy of a joined mp3 in which there is nothing but sound."""
    with WithoutTags(media.path, find_tags(media.path)) as sound, path.open("wb") as file:
        shutil.copyfileobj(sound, file)
    return replace(media, path=path)


def _take(plan: Plan, cache: FileCache, key: str, link: Path) -> bool:
    """Whether the whole sound is linked at `link`; a damaged file is forgotten."""
    if not cache.take(key, link):
        return False
    if count_samples(link, sound_form(plan)) == plan.samples:
        return True
    cache.drop(key)
    return False


def count_samples(path: Path, form: SoundForm) -> int:
    """The length of an encoded sound by its index, or decoded where it has none, once its last piece is
    there; else -1."""
    import av

    try:
        with av.open(str(path)) as container:
            stream = container.streams.audio[0]
            if form in (MP3, OPUS):
                return sum(frame.samples for frame in container.decode(stream))
            if any(packet.is_corrupt for packet in container.demux(stream)):
                return -1
            return round((stream.duration or 0) * (stream.time_base or 0) * SAMPLE_RATE)
    except (av.FFmpegError, IndexError):
        return -1
