"""What is heard: sounds that change inside, that lie beside their time, that are too loud, and which
track of several."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests import clips as make
from tests.flashes import LOUD, Seen, flash_times, picture, see, sound
from tests.rendered import draft, segment
from vbtui.base.errors import UnsupportedFile
from vbtui.studio.project.media import Media
from vbtui.studio.project.probe import probe
from vbtui.studio.render import Output, render

FPS = Fraction(30)
AAC = ("-c:a", "aac")


def joined(name: str, parts: Sequence[Path]) -> Path:
    """The parts' bytes, one after the other, as `cat` joins them."""
    path = make.folder() / name
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def flashing(
    name: str, *options: str | Path, seconds: float = 3, inputs: Sequence[str | Path] = ()
) -> Path:
    """A clip that flashes and beeps at 0.5, 1.5, … s. `options` come behind `inputs`, which follow
    the picture and the sound."""
    path = make.folder() / name
    times = flash_times([number + 0.5 for number in range(int(seconds))], FPS)
    make.ffmpeg(
        "-f", "lavfi", "-i", picture(times, FPS, seconds),
        "-f", "lavfi", "-i", sound(times, seconds), *inputs,
        "-c:v", "libx264", "-preset", "ultrafast", *(options or AAC), path,
    )  # fmt: skip
    return path


async def seen(
    folder: Path, clips: Sequence[Media], music: Media | None = None
) -> tuple[Seen, list[str]]:
    """The clips one after the other, with the music from the start on, and what was remarked."""
    segments, position = [], 0
    files = {}
    for number, clip in enumerate(clips):
        files[f"a{number}"] = replace(clip, id=f"a{number}")
        segments.append(segment(f"a{number}", position, clip.duration_ms))
        position += clip.duration_ms
    heard = []
    if music is not None:
        files["m"] = replace(music, id="m")
        heard = [segment("m", 0, min(position, music.duration_ms))]
    remarks: list[str] = []
    path = folder / "out.mp4"
    wanted = draft(segments, audio=heard, length=position, width=96, height=54)
    await render(
        wanted, files, Output("low"), path,
        workdir=folder / "w", on_progress=lambda percent: None, on_remark=remarks.append,
    )  # fmt: skip
    return see(path), remarks


def looked(path: Path, name: str = "") -> Media:
    return probe(path, name or path.name)


async def test_a_music_whose_form_changes_is_heard_whole(tmp_path: Path) -> None:
    music = looked(make.changing_sound())
    assert music.audio is not None
    assert music.audio.changes
    clip = looked(flashing("silent.mp4", "-an", seconds=3))
    unknown = replace(music, audio=replace(music.audio, changes=False), sha256="unknown")
    for one in (music, unknown):
        video, _ = await seen(tmp_path, [clip], one)
        assert len(video.samples[0]) == pytest.approx(3 * 48000, abs=1023)
        for hz, other, start in ((440, 880, 0.2), (880, 440, 1.2), (440, 880, 2.2)):
            assert video.tone(hz, start, start + 0.5) > 0.05
            assert video.tone(other, start, start + 0.5) < 0.005


async def test_a_joined_mp3_is_no_damaged_one_and_its_cover_pictures_are_no_sound(
    tmp_path: Path,
) -> None:
    """`cat a.mp3 b.mp3`: tags of every kind lie between the frames, and the header frames of each part."""
    cover = make.folder() / "cover.png"
    noise = "nullsrc=s=300x300,geq=random(1)*255:random(2)*255:random(3)*255"
    make.ffmpeg("-f", "lavfi", "-i", noise, "-frames:v", "1", cover)
    parts = []
    with_cover: list[str | Path] = ["-i", cover, "-map", "0", "-map", "1"]
    for number, (hz, options) in enumerate(((440, []), (880, with_cover), (440, []))):
        parts.append(make.folder() / f"tagged{number}.mp3")
        tone = f"aevalsrc='0.3*sin(2*PI*{hz}*t)|0.3*sin(2*PI*{hz}*t)':s=44100:d=1"
        make.ffmpeg(
            "-f", "lavfi", "-i", tone, *options, "-q:a", "3", "-metadata", "title=A",
            "-write_id3v1", "1", parts[-1],
        )  # fmt: skip
    path = joined("tagged.mp3", parts)
    music = looked(path)
    each = [looked(part).duration_ms for part in parts]
    assert music.duration_ms == pytest.approx(sum(each), abs=3 * 27)
    clip = looked(flashing("silent.mp4", "-an", seconds=3))
    video, remarks = await seen(tmp_path, [clip], music)
    assert not remarks
    for hz, other, start in ((440, 880, 0.1), (880, 440, each[0] / 1000 + 0.15), (440, 880, 2.3)):
        for begin in (start, start + 0.2, start + 0.4):
            assert video.tone(hz, begin, begin + 0.2) == pytest.approx(0.3, rel=0.1)
            assert video.tone(other, begin, begin + 0.2) < 0.02
    data = bytearray(path.read_bytes())
    middle = len(parts[0].read_bytes()) // 2
    data[middle : middle + 900] = random.Random(1).randbytes(900)
    path.write_bytes(data)
    _, remarks = await seen(tmp_path, [clip], looked(path))
    assert remarks == [
        "“tagged.mp3” is damaged in places: the video shows what could be read of it."
    ]


async def test_raw_sound_whose_rate_changes_has_no_holes_and_loses_nothing(tmp_path: Path) -> None:
    """ffmpeg gives such a file times as if all of it had its first rate."""
    parts = [
        make.sound(seconds=1, suffix=".aac", rate=rate, channels=channels, hz=hz)
        for rate, channels, hz in ((22050, 1, 440), (48000, 2, 880), (24000, 1, 440))
    ]
    music = looked(joined("rates.aac", parts))
    assert music.audio is not None
    assert music.audio.changes
    assert music.duration_ms == pytest.approx(3000, abs=3 * 100)
    clip = looked(flashing("silent.mp4", "-an", seconds=3))
    video, _ = await seen(tmp_path, [clip], music)
    for hz, other, start in ((440, 880, 0.2), (880, 440, 1.3), (440, 880, 2.4)):
        for begin in (start, start + 0.1, start + 0.2, start + 0.3):
            assert video.tone(hz, begin, begin + 0.1) > 0.05
            assert video.tone(other, begin, begin + 0.1) < 0.02


async def test_a_clip_whose_form_changes_keeps_its_times(tmp_path: Path) -> None:
    """Broadcasts go from two channels to six, and back."""
    ac3 = ("-c:a", "ac3", "-f", "ac3")
    times = flash_times([0.5, 1.5], FPS)
    parts = []
    for number, channels in enumerate((2, 6, 2)):
        part = make.folder() / f"form{number}.ac3"
        graph = f"{sound(times, 1.92)},volume={0.5 if channels > 2 else 1}"
        make.ffmpeg("-f", "lavfi", "-i", graph, "-ac", str(channels), *ac3, part)
        parts.append(part)
    stream = joined("forms.ac3", parts)
    shown = flash_times([0.5, 1.5, 2.42, 3.42, 4.34, 5.34], FPS)
    path = make.folder() / "forms.mkv"
    make.ffmpeg(
        "-f", "lavfi", "-i", picture(shown, FPS, 5.76), "-i", stream, "-map", "0:v", "-map", "1:a",
        "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "copy", path,
    )  # fmt: skip
    clip = looked(path)
    assert clip.audio is not None
    assert clip.audio.changes
    video, remarks = await seen(tmp_path, [clip, clip])
    assert not remarks
    due = [float(time) for time in shown] + [float(time) + 5.76 for time in shown]
    assert video.flashes == pytest.approx(due, abs=0.04)
    assert video.beeps == pytest.approx(video.flashes, abs=0.5 / 30 + 0.01)


async def test_six_channels_are_not_too_loud(tmp_path: Path) -> None:
    loud = flashing(
        "loud.mp4", *AAC, "-af", "volume=1.6,pan=5.1|FL=c0|FR=c0|FC=c0|LFE=c0|BL=c0|BR=c0"
    )
    video, _ = await seen(tmp_path, [looked(loud)])
    assert LOUD < video.peak <= 1
    assert len(video.beeps) == 3


NOISE = "aevalsrc='random(0)*2-1':s=48000:d=2"
"""As loud as can be at every pitch: what AAC makes of it rises highest above what it was."""


async def test_noise_is_not_too_loud_either_and_costs_the_rest_nothing(tmp_path: Path) -> None:
    surround = ["-af", "pan=5.1|FL=c0|FR=c0|FC=c0|LFE=c0|BL=c0|BR=c0"]
    pcm = ["-map", "0:v", "-map", "2:a", "-c:a", "pcm_s16le"]
    noise = ["-f", "lavfi", "-i", NOISE]
    one = looked(flashing("noise.mov", *pcm, seconds=2, inputs=noise))
    six = looked(flashing("noise-6.mov", *pcm, *surround, seconds=2, inputs=noise))
    beeping = looked(flashing("beeping.mp4", seconds=1))
    video, remarks = await seen(tmp_path, [one, six, beeping])
    assert not remarks
    assert 0.8 < video.peak <= 1
    for begin in (0.5, 2.5):
        part = video.samples[0][round(begin * 48000) : round((begin + 1) * 48000)]
        assert max(part) > 0.6
    assert video.tone(1000, 4.505, 4.535) == pytest.approx(LOUD, rel=0.1)


async def test_a_sound_that_a_player_would_cut_off_is_not_copied(tmp_path: Path) -> None:
    path = make.folder() / "hot.mp4"
    make.ffmpeg(
        "-f", "lavfi", "-i", picture(flash_times([0.5], FPS), FPS, 2), "-f", "lavfi", "-i", NOISE,
        "-c:v", "libx264", "-preset", "ultrafast", *AAC, "-shortest", path,
    )  # fmt: skip
    assert see(path).peak > 1.2
    video, _ = await seen(tmp_path, [looked(path)])
    assert video.peak <= 1


@pytest.mark.parametrize(("suffix", "joins"), [(".mp3", (1, 2, 1)), (".ac3", (1, 2, 6))])
async def test_parts_of_one_and_of_six_channels_are_as_loud_as_those_of_two(
    tmp_path: Path, suffix: str, joins: tuple[int, ...]
) -> None:
    tone = "0.3*sin(2*PI*440*t)"
    for channels in set(joins):
        path = make.folder() / f"level{channels}{suffix}"
        each = "|".join([tone] * min(channels, 2) + ["0"] * (channels - 2))
        layout = {1: "mono", 2: "stereo", 6: "5.1"}[channels]
        make.ffmpeg("-f", "lavfi", "-i", f"aevalsrc='{each}':c={layout}:s=48000:d=1.008", path)
    parts = [make.folder() / f"level{channels}{suffix}" for channels in joins]
    path = make.folder() / f"levels{suffix}.mkv"
    make.ffmpeg(
        "-f", "lavfi", "-i", picture(flash_times([0.5], FPS), FPS, 3),
        "-i", joined(f"levels{suffix}", parts),
        "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "copy", path,
    )  # fmt: skip
    clip = looked(path)
    assert clip.audio is not None
    assert clip.audio.changes
    video, _ = await seen(tmp_path, [clip])
    for begin in (0.2, 1.3, 2.4):
        assert video.tone(440, begin, begin + 0.4) == pytest.approx(0.3, rel=0.1)


async def test_the_track_that_is_flagged_is_heard(tmp_path: Path) -> None:
    other = ["-f", "lavfi", "-i", "sine=f=880:r=48000:d=3"]
    maps = ["-map", "0:v", "-map", "1:a", "-map", "2:a", *AAC]
    flags = ["-disposition:a:0", "0", "-disposition:a:1", "default"]
    clip = looked(flashing("flagged.mkv", *maps, *flags, inputs=other))
    assert clip.audio is not None
    assert clip.audio.track == 1
    assert clip.notes == ("“flagged.mkv” has 2 sound tracks: number 2 is heard.",)
    video, remarks = await seen(tmp_path, [clip])
    assert remarks == list(clip.notes)
    assert video.tone(880, 1, 2) > 0.05


async def test_a_track_that_nobody_decodes_costs_nothing(tmp_path: Path) -> None:
    maps = ["-map", "0:v", "-map", "1:a", "-map", "1:a", *AAC]
    whole = flashing("two-tracks.mp4", *maps)
    data = whole.read_bytes()
    for fourcc, unknown in ((b"mp4a", b"apac"), (b"esds", b"free")):
        data = data.replace(fourcc, unknown, 1)
    path = make.folder() / "unknown-first.mp4"
    path.write_bytes(data)
    clip = looked(path)
    assert clip.audio is not None
    assert clip.audio.track == 1
    video, remarks = await seen(tmp_path, [clip])
    assert remarks == ["“unknown-first.mp4” has 2 sound tracks: number 2 is heard."]
    assert video.beeps == pytest.approx([0.5, 1.5, 2.5], abs=0.02)


async def test_a_picture_whose_sound_cannot_be_decoded_is_silent(tmp_path: Path) -> None:
    clip, music = flashing("known.mp4"), make.sound(suffix=".m4a")
    for path, name in ((clip, "unknown.mp4"), (music, "unknown.m4a")):
        unknown = path.read_bytes().replace(b"mp4a", b"apac").replace(b"esds", b"free")
        (make.folder() / name).write_bytes(unknown)
    with pytest.raises(UnsupportedFile, match=r"uses a sound codec that cannot be decoded here\."):
        looked(make.folder() / "unknown.m4a")
    noisy = make.folder() / "noisy.mp4"
    noisy.write_bytes(noised(clip, 0))
    silent = [looked(make.folder() / "unknown.mp4"), looked(noisy)]
    assert [one.audio for one in silent] == [None, None]
    video, remarks = await seen(tmp_path, [*silent, looked(clip)])
    assert remarks == [
        "“unknown.mp4” is silent: its sound uses a codec that cannot be decoded here.",
        "“noisy.mp4” is silent: its sound is damaged.",
    ]
    assert len(video.flashes) == 9
    assert video.beeps == pytest.approx([6.5, 7.5, 8.5], abs=0.02)


@pytest.mark.parametrize(("codec", "kept"), [("aac", 0), ("ac3", 7)])
async def test_a_sound_that_is_damaged_from_some_place_on_is_heard_until_then(
    tmp_path: Path, codec: str, kept: int
) -> None:
    path = make.folder() / f"half-{codec}.mp4"
    path.write_bytes(noised(flashing(f"whole-{codec}.mp4", "-c:a", codec), 2, kept))
    video, remarks = await seen(tmp_path, [looked(path)])
    assert f"“{path.name}” is damaged in places" in remarks[-1]
    assert len(video.flashes) == 3
    assert video.beeps[:2] == pytest.approx([0.5, 1.5], abs=0.02)


def noised(path: Path, start_s: float, kept: int = 0) -> bytes:
    """The file's bytes, those of its sound from `start_s` on replaced by others: all but the first `kept`
    of each packet."""
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        for packet in container.demux(audio=0):
            if packet.size and (packet.pts or 0) * packet.time_base >= start_s:
                begin, end = (packet.pos or 0) + kept, (packet.pos or 0) + packet.size
                data[begin:end] = random.Random(begin).randbytes(end - begin)
    return bytes(data)


async def test_a_video_container_with_sound_alone_is_music(tmp_path: Path) -> None:
    path = make.folder() / "talk.webm"
    make.ffmpeg("-f", "lavfi", "-i", "sine=f=880:r=48000:d=2", "-c:a", "libopus", path)
    music = looked(path)
    assert music.kind == "audio"
    video, _ = await seen(tmp_path, [looked(flashing("silent.mp4", "-an"))], music)
    assert video.tone(880, 0.5, 1.5) > 0.05


async def test_joined_parts_and_gaps_stay_beside_their_pictures(tmp_path: Path) -> None:
    """Each part that is joined without encoding brings 20 to 40 ms of sound too much; a recording
    lacks 60 ms."""
    part = flashing("part.mp4")
    listed = make.folder() / "parts.txt"
    listed.write_text(f"file '{part}'\n" * 6)
    path = make.folder() / "joined.mp4"
    make.ffmpeg("-f", "concat", "-safe", "0", "-i", listed, "-c", "copy", path)
    gap = flashing("gap.mkv", *AAC, "-af", "aselect='not(between(t,0.7,0.76))'")
    video, _ = await seen(tmp_path, [looked(gap), looked(path)])
    assert len(video.flashes) == len(video.beeps) == 21
    assert video.beeps == pytest.approx(video.flashes, abs=0.5 / 30 + 0.01)
