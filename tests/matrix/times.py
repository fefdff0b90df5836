"""Files that flash and beep: containers × codecs × rates × forms of sound, and the ways in which clocks begin and
break: gaps, drift, joined and cut copies, missing ends.

Two of them, one after the other, become a video, in which every flash must be where the plan has it,
every beep beside its flash by half a frame and 10 ms at most, nothing else be heard, and no sample be
too loud.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import permutations
from pathlib import Path

from tests.clips import ffmpeg
from tests.flashes import LOUD, RATE, Seen, flash_times, hear, picture, see, sound
from tests.matrix.codecs import CONTAINERS, SOUND, VIDEO
from tests.rendered import Json, draft, segment
from vbtui.base.errors import VbtuiError
from vbtui.studio.project.media import Media
from vbtui.studio.project.probe import probe
from vbtui.studio.render import Output, render

SECONDS = 2.4
CANVAS_FPS = 30
SLACK_S = 0.010
FIRST = (0.4, 0.6)
"""When the first flash comes, in turn, so that neighbours differ."""
RATES = ("30", "25", "24", "50", "60", "24000/1001", "30000/1001", "60000/1001", "12", "15")
FORMS = ((48000, 2), (44100, 2), (48000, 1), (44100, 1), (48000, 6), (22050, 1), (32000, 2))
MUXED = {
    "mp4": {
        "fragmented": "-movflags frag_keyframe+empty_moov+default_base_moof",
        "no-edits": "-use_editlist 0",
        "fragmented-no-edits": "-movflags frag_keyframe+empty_moov -use_editlist 0",
        "negative": "-movflags +negative_cts_offsets",
        "faststart": "-movflags +faststart",
        "timescale": "-video_track_timescale 90000",
    },
    "mov": {"no-edits": "-use_editlist 0", "fragmented": "-movflags frag_keyframe+empty_moov"},
    "mkv": {"live": "-live 1", "clusters": "-cluster_time_limit 300"},
    "webm": {"live": "-live 1"},
}
"""Ways of writing a container."""
CLOCKS = {
    "late-1000": "-output_ts_offset 1000",
    "late-0.5": "-output_ts_offset 0.5",
    "early": "-output_ts_offset -0.25 -avoid_negative_ts disabled",
}
SOUNDS = {
    "gap": "aselect='not(between(t,0.8,0.86))'",
    "long-gap": "aselect='not(between(t,0.65,1.0))'",
    "drift": "asetpts=PTS*1.01",
}
"""What happens to the sound before it is encoded."""
MUSIC = {
    "mp3": "mp3",
    "wav": "pcm pcm24 float",
    "m4a": "aac alac",
    "aac": "aac",
    "webm": "opus vorbis",
    "mp4": "aac mp3 flac",
    "mkv": "flac ac3 opus",
}
"""Containers of sound alone."""
AFTER = ("joined", "cut", "truncated")
"""What happens to the finished file: three of it are joined, or it is cut between two key frames,
both without encoding; or its end is missing."""
CHANGING = {"mp4": "mp3 ac3 eac3", "mov": "ac3", "mkv": "mp3 mp2 ac3 eac3 dts"}
"""Sound that says its form in each packet, so that one of another form may follow."""


@dataclass(frozen=True)
class File:
    """One file of the matrix."""

    name: str
    """With its suffix."""
    fps: Fraction
    video: tuple[str, ...] = ()
    audio: tuple[str, ...] = ()
    form: tuple[int, int] = (48000, 2)
    """Samples a second, channels."""
    muxed: tuple[str, ...] = ()
    picture_late_s: float = 0
    sound_late_s: float = 0
    filters: str = ""
    """For the sound."""
    is_uneven: bool = False
    """Three of five pictures that are no flash are missing."""
    is_music: bool = False
    """It holds the sound alone; the picture is beside it, in a file of its own."""
    after: str = ""
    """Of `AFTER`."""
    then: tuple[int, int] | None = None
    """The form of the sound in a second half that is joined to the first, which is the same otherwise."""

    def times(self, first: float) -> list[Fraction]:
        """When it flashes and beeps, counted from its later stream's begin."""
        return flash_times([first, first + 0.7, first + 1.2], self.fps)

    def make(self, folder: Path, first: float) -> Path:
        path = folder / self.name
        times = self.times(first)
        rate, channels = self.form
        shown = picture(times, self.fps, SECONDS)
        heard = sound(times, SECONDS, rate)
        filters = ",".join(filter(None, (self.filters, "volume=0.5" if channels > 2 else "")))
        uneven: list[str] = []
        if self.is_uneven:
            flash = "+".join(f"eq(n,{round(time * self.fps)})" for time in times)
            after = "+".join(f"eq(n,{round(time * self.fps) + 1})" for time in times)
            shown += f",select='lt(mod(n,5),2)+{flash}+{after}'"
            uneven = ["-fps_mode", "vfr"]
        if self.is_music:
            ffmpeg(
                "-f", "lavfi", "-i", heard, "-c:a", *self.audio, "-ac", str(channels),
                *(["-af", filters] if filters else []), path,
            )  # fmt: skip
            return path
        ffmpeg(
            *_late(self.picture_late_s), "-f", "lavfi", "-i", shown,
            *_late(self.sound_late_s), "-f", "lavfi", "-i", heard,
            "-map", "0:v", "-map", "1:a", *uneven, "-c:v", *self.video, "-c:a", *self.audio,
            "-ac", str(channels), *(["-af", filters] if filters else []), *self.muxed, path,
        )  # fmt: skip
        if self.then is not None:
            other = replace(self, name=f"then-{self.name}", form=self.then, then=None)
            return _joined(path, [path, other.make(folder, first)])
        return _changed(path, self.after) if self.after else path


def _joined(path: Path, parts: Sequence[Path]) -> Path:
    result, listed = path.with_name(f"joined-{path.name}"), path.with_name(f"{path.stem}.txt")
    listed.write_text("".join(f"file '{part}'\n" for part in parts))
    ffmpeg("-f", "concat", "-safe", "0", "-i", listed, "-c", "copy", result)
    return result


def _changed(path: Path, how: str) -> Path:
    if how == "joined":
        return _joined(path, [path] * 3)
    result = path.with_name(f"{how}-{path.name}")
    index = ["-movflags", "+faststart"] if path.suffix in (".mp4", ".mov") else []
    if how == "cut":
        ffmpeg("-ss", "0.9", "-i", path, "-c", "copy", result)
    else:
        ffmpeg("-i", path, "-c", "copy", *index, result)
        data = result.read_bytes()
        result.write_bytes(data[: len(data) * 23 // 24])
    return result


def _late(seconds: float) -> list[str]:
    return ["-itsoffset", str(seconds)] if seconds else []


def files() -> Iterator[File]:
    """All of them: every pair of codecs of a container, with rates and forms in turn, and then every
    way to write each container, and every rate and form in it."""
    number = 0
    for container, (videos, audios) in CONTAINERS.items():
        for video in videos.split():
            for audio in audios.split():
                number += 1
                yield _file(container, video, audio, number, number)
        video, audio = videos.split()[0], audios.split()[0]
        video = "h264b" if "h264b" in videos else video
        for way, options in {**MUXED.get(container, {}), **_clocks(container)}.items():
            for turn in range(3):
                made = _file(container, video, audio, turn, turn)
                name = f"{container}-{way}-{turn}.{container}"
                yield replace(made, name=name, muxed=tuple(options.split()))
        for turn in range(len(RATES)):
            yield _file(container, video, audio, turn, 0, "rate")
        for turn in range(len(FORMS)):
            yield _file(container, video, audio, 0, turn, "form")
        if container != "avi":
            for turn, coded in enumerate(videos.split()):
                made = _file(container, coded, audio, turn, turn)
                yield replace(made, name=f"{container}-uneven-{coded}.{container}", is_uneven=True)
        for turn, (way, filters) in enumerate(SOUNDS.items()):
            made = _file(container, video, audio, turn, turn)
            yield replace(made, name=f"{container}-{way}.{container}", filters=filters)
        for way in AFTER:
            for turn, coded in enumerate(videos.split()):
                made = _file(container, coded, audio, turn, turn)
                yield replace(made, name=f"{container}-{way}-{coded}.{container}", after=way)
        for step, coded in enumerate(CHANGING.get(container, "").split()):
            forms = [one for one in FORMS if _has_form(coded, one)]
            pairs = [*permutations(forms, 2)][step::5]
            if (
                container != "mkv"
            ):  # `concat` gives each packet there the length of the first one's form
                pairs = [pair for pair in permutations(forms, 2) if pair[0][0] == pair[1][0]]
            for turn, (one, other) in enumerate(pairs):
                made = _file(container, videos.split()[turn % len(videos.split())], coded, turn, 0)
                name = f"{container}-form-changes-{coded}-{turn}.{container}"
                yield replace(made, name=name, form=one, then=other)
        if container != "avi":
            for turn in range(3):
                made = _file(container, video, audio, turn, turn)
                late = f"{container}-{{}}-late-{turn}.{container}"
                yield replace(made, name=late.format("picture"), picture_late_s=0.7)
                yield replace(made, name=late.format("sound"), sound_late_s=0.4)

    for container, audios in MUSIC.items():
        for audio in audios.split():
            for form in range(len([one for one in FORMS if _has_form(audio, one)])):
                made = _file(container, "h264", audio, 0, form, "music")
                yield replace(made, is_music=True)


def _clocks(container: str) -> dict[str, str]:
    return CLOCKS if container in ("mkv", "webm") else {}


def _file(container: str, video: str, audio: str, rate: int, form: int, more: str = "") -> File:
    fps = Fraction(RATES[rate % len(RATES)])
    if video.startswith("mpeg2") and fps < 20:
        fps = Fraction(25)
    forms = [one for one in FORMS if _has_form(audio, one)]
    chosen = forms[form % len(forms)]
    name = f"{container}-{video}-{audio}-{fps.numerator}_{fps.denominator}"
    name += f"-{chosen[0]}-{chosen[1]}{more and '-' + more}.{container}"
    return File(name, fps, VIDEO[video], SOUND[audio], chosen)


def _has_form(audio: str, form: tuple[int, int]) -> bool:
    rate, channels = form
    if channels > 2 and audio in ("mp3", "mp2"):
        return False
    if audio in ("ac3", "eac3", "dts") and rate < 32000:
        return False
    return rate == 48000 or audio != "opus"


def check(pair: Sequence[File], folder: Path) -> list[str]:
    """What is wrong with the video that is made of `pair`; the files are made in `folder`."""
    folder.mkdir()
    media: dict[str, Media] = {}
    sources: list[Seen] = []
    remarks: list[str] = []
    clips: list[Json] = []
    music: list[Json] = []
    path, position = folder / "out.mp4", 0
    try:
        for number, (one, first) in enumerate(zip(pair, FIRST, strict=False)):
            made = [one.make(folder, first)]
            if one.is_music:
                silent = replace(one, name=f"{number}.mp4", is_music=False, muxed=("-an",))
                made = [silent.make(folder, first), *made]
            seen = see(made[0])
            sources.append(replace(seen, beeps=hear(made[1])[0]) if one.is_music else seen)
            for kind, file in zip("vm", made, strict=False):
                found = probe(file, f"{number}-{file.name}", f"{folder}{file.name}")
                media[f"{kind}{number}"] = replace(found, id=f"{kind}{number}")
            length = media[f"v{number}"].duration_ms
            clips.append(segment(f"v{number}", position, length))
            if one.is_music:
                music.append(segment(f"m{number}", position, length))
            position += length
        asyncio.run(
            render(
                draft(clips, audio=music, fps=CANVAS_FPS, width=96, height=54), media, Output("low"), path,
                workdir=folder / "work", on_progress=lambda percent: None, on_remark=remarks.append,
            )
        )  # fmt: skip
    except (VbtuiError, AssertionError):
        return [traceback.format_exc(limit=-2)]
    unexpected = [] if any(one.after == "truncated" for one in pair) else remarks
    return [*unexpected, *_problems(see(path), sources, [clip["d"] for clip in clips])]


def _problems(video: Seen, sources: Sequence[Seen], lengths: Sequence[int]) -> Iterator[str]:
    """What differs from `sources`, one after the other."""
    frames = round(sum(lengths) / 1000 * CANVAS_FPS)
    if abs(video.frames - frames) > 1:
        yield f"{video.frames} frames where {frames} are due"
    if not 0 <= len(video.samples[0]) - video.frames / CANVAS_FPS * RATE < 1024:
        yield f"{len(video.samples[0])} samples beside {video.frames} frames"
    if not LOUD / 3 < video.peak <= 1:
        yield f"the loudest sample is {video.peak:.2f}"
    starts = [sum(lengths[:number]) / 1000 for number in range(len(lengths))]
    flashes = _after_cuts(
        [at + one for src, at in zip(sources, starts, strict=True) for one in src.flashes], starts
    )
    beeps = _after_cuts(
        [at + one for src, at in zip(sources, starts, strict=True) for one in src.beeps], starts
    )
    shown, heard = _after_cuts(video.flashes, starts), _after_cuts(video.beeps, starts)
    frame = 1 / CANVAS_FPS  # half of it at a cut, half of it and a little more where rates differ
    if not _alike(shown, flashes, frame + 0.006):
        yield f"flashes {_listed(shown)} where {_listed(flashes)} are due"
    elif not _alike(heard, beeps, frame + SLACK_S):
        yield f"beeps {_listed(heard)} where {_listed(beeps)} are due"
    else:
        for number, beep in enumerate(beeps):
            nearest = min(range(len(flashes)), key=lambda place: abs(flashes[place] - beep))
            due = beep - flashes[nearest]
            shift = heard[number] - shown[nearest]
            if abs(due) < 0.3 and abs(shift - due) > frame / 2 + SLACK_S:
                yield f"the beep at {beep:.3f} lies {shift:.3f} beside its flash, where {due:.3f} is due"


def _after_cuts(times: Sequence[float], cuts: Sequence[float]) -> list[float]:
    """Without what was under way when a clip begins: a cut softens its beginning."""
    return [time for time in times if not any(-0.02 < time - cut < 0.05 for cut in cuts)]


def _alike(found: Sequence[float], due: Sequence[float], slack: float) -> bool:
    if len(found) != len(due):
        return False
    return all(abs(one - other) <= slack for one, other in zip(found, due, strict=True))


def _listed(times: Sequence[float]) -> str:
    return " ".join(f"{time:.3f}" for time in times)
