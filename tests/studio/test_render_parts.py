"""Parts of fitting clips are taken over beside encoded ones: exact, in order, and only where that is so."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest

from tests import clips as make
from tests.rendered import Json, draft, library, rendered, segment, words
from vbtui.base.errors import BadFile
from vbtui.base.settings import find_directories
from vbtui.studio.director.sequence import natural_fps
from vbtui.studio.project.media import Media
from vbtui.studio.project.picture import Picture
from vbtui.studio.project.probe import probe
from vbtui.studio.render import Output
from vbtui.studio.render.codec import SOFTWARE
from vbtui.studio.render.copying import Copy, find_copies, is_whole
from vbtui.studio.render.plan import make_plan
from vbtui.studio.render.remux import take_over

BITS = ",".join(
    f"drawbox=x={bit * 32}:y=0:w=32:h=40:color={color}:t=fill:enable='{test}(bitand(n,{1 << bit}),0)'"
    for bit in range(8)
    for color, test in (("black", "eq"), ("white", "gt"))
)
"""Writes a frame's number into its picture: a box for each bit."""
TAGS = ("-colorspace", "bt709", "-color_trc", "bt709", "-color_primaries", "bt709")
HIGH = Output("high")


def numbered(
    name: str, *options: str, suffix: str = ".mp4", tags: Sequence[str] = TAGS, rate: str = "30"
) -> Path:
    """A clip of 4 s with a number in each frame."""
    path = make.folder() / f"numbered-{name}{suffix}"
    if not path.exists():
        unfinished = make.unfinished(path)
        make.ffmpeg(
            "-f", "lavfi", "-i", f"testsrc2=s=320x180:r={rate}:d=4,{BITS}",
            "-f", "lavfi", "-i", "sine=d=4", "-c:v", "libx264", "-pix_fmt", "yuv420p",
            *tags, *options, "-c:a", "aac", unfinished,
        )  # fmt: skip
        unfinished.replace(path)
    return path


def phone() -> Path:
    """B-frames, a key frame each half second."""
    return numbered("phone", "-g", "15", "-bf", "2")


def plain() -> Path:
    """Other parameter sets: no B-frames."""
    return numbered("plain", "-g", "15", "-bf", "0", "-profile:v", "main")


Seen = tuple[int, bytes, int]


def pictures(path: Path, form: str | None = None) -> list[Seen]:
    """Time in frames, content and number of each picture, decoded."""
    found: list[Seen] = []
    with av.open(str(path), format=form) as container:
        for frame in container.decode(video=0):
            planes = [bytes(plane) for plane in frame.planes]
            line = planes[0][20 * frame.planes[0].line_size :]
            number = sum((line[bit * 32 + 16] > 128) << bit for bit in range(8))
            found.append((round((frame.time or 0) * 30), b"".join(planes), number))
    return found


def promo(title: str = "Hello") -> Json:
    """Two clips with a crossfade, and a title in the first second."""
    return draft(
        [
            segment("a", 0, 3000, **{"in": 300}),
            segment("b", 2500, 3000, transition={"type": "crossfade", "d": 500}),
        ],
        texts=[words(title, 0, 1000)],
    )


def copies(wanted: Json, files: dict[str, Media], options: Output = HIGH) -> list[Copy]:
    return find_copies(make_plan(wanted, files, options))


def places(found: Sequence[Copy]) -> list[tuple[int, int]]:
    return [(copy.start, copy.end) for copy in found]


def kept() -> dict[str, tuple[int, Path]]:
    folder = find_directories().cache / "chunks"
    return {path.name: (path.stat().st_ino, path) for path in folder.glob("*/*")}


async def test_what_nothing_lies_over_is_taken_over_and_the_rest_encoded(tmp_path: Path) -> None:
    files = library(a=phone(), b=phone())
    found = copies(promo(), files)
    assert places(found) == [(36, 66), (90, 165)]
    told: list[float] = []
    await rendered(tmp_path, promo(), files, options=HIGH, on_progress=told.append)
    assert next(share for share in told if share > 30) == pytest.approx(30 + 68 * 105 / 165)
    assert told == sorted(told)
    source, video = pictures(phone()), pictures(tmp_path / "out.mp4")
    assert [time for time, _, _ in video] == list(range(165))
    numbers = [number for _, _, number in video]
    assert numbers[:75] == list(range(9, 84))
    assert numbers[90:] == list(range(15, 90))
    for copy in found:
        first = int(copy.start_s * 30)
        own = [data for _, data, _ in source[first : first + copy.count]]
        assert [data for _, data, _ in video[copy.start : copy.end]] == own
    chunks = [pictures(path, "nut") for _, path in kept().values() if b"ftyp" not in head(path)]
    encoded = video[:36], video[66:90]
    for part, chunk in zip(encoded, sorted(chunks, key=len, reverse=True), strict=True):
        assert [data for _, data, _ in part] == [data for _, data, _ in chunk]
    with av.open(str(tmp_path / "out.mp4")) as container:
        decoding = [packet.dts for packet in container.demux(video=0) if packet.dts is not None]
    assert [two - one for one, two in pairwise(decoding)] == [512] * 164


def head(path: Path) -> bytes:
    return path.read_bytes()[:12]


async def test_other_words_leave_the_rest_bit_for_bit(tmp_path: Path) -> None:
    files = library(a=phone(), b=phone())
    await rendered(tmp_path, promo("Hello"), files, options=HIGH)
    before, old = kept(), pictures(tmp_path / "out.mp4")
    await rendered(tmp_path, promo("Other words"), files, options=HIGH)
    after, new = kept(), pictures(tmp_path / "out.mp4")
    assert before.items() <= after.items()
    assert len(after) == len(before) + 1
    assert old[36:] == new[36:]
    assert old[10:30] != new[10:30]


@pytest.mark.parametrize(("in_ms", "first", "copied"), [(486, 14, 1), (519, 15, 0), (521, 16, 14)])
async def test_a_picture_is_shown_where_the_encoder_would_show_it(
    in_ms: int, first: int, copied: int, tmp_path: Path
) -> None:
    """A cut between two frames: what is copied begins where the encoded part ends."""
    files = library(a=phone())
    wanted = draft([segment("a", 0, 1200, **{"in": in_ms})])
    assert [copy.start for copy in copies(wanted, files)] == [copied]
    await rendered(tmp_path, wanted, files, options=HIGH)
    numbers = [number for _, _, number in pictures(tmp_path / "out.mp4")]
    assert numbers == list(range(first, first + 36))


async def test_one_kind_of_decoder_settings_is_copied_beside_the_encoders_own(
    tmp_path: Path,
) -> None:
    files = library(a=phone(), b=plain())
    wanted = draft([segment("a", 0, 2000), segment("b", 2000, 4000), segment("a", 6000, 1500)])
    found = copies(wanted, files)
    assert places(found) == [(60, 180)]
    assert not is_whole(make_plan(wanted, files, HIGH), found)
    await rendered(tmp_path, wanted, files, options=HIGH)
    video = pictures(tmp_path / "out.mp4")
    assert [number for _, _, number in video] == [*range(60), *range(120), *range(45)]
    assert [data for _, data, _ in video[60:180]] == [data for _, data, _ in pictures(plain())]


async def test_what_another_encoder_reorders_more_stays_in_order(tmp_path: Path) -> None:
    deep = numbered("deep", "-g", "30", "-bf", "8", "-b_strategy", "0", "-refs", "8")
    files = library(a=deep, b=plain())
    wanted = draft([segment("a", 0, 3000), segment("b", 3000, 700)])
    assert places(copies(wanted, files)) == [(0, 90)]
    await rendered(tmp_path, wanted, files, options=HIGH)
    video = pictures(tmp_path / "out.mp4")
    assert [number for _, _, number in video] == [*range(90), *range(21)]
    assert [time for time, _, _ in video] == list(range(111))


OPEN = ("-g", "15", "-bf", "2", "-x264-params", "open-gop=1:scenecut=0")


@pytest.mark.parametrize(
    ("name", "options", "suffix", "taken"),
    [
        ("phone", ("-g", "15", "-bf", "2"), ".mp4", [(36, 66)]),
        ("phone", ("-g", "15", "-bf", "2"), ".mkv", [(36, 66)]),
        ("intra", ("-g", "1"), ".mov", [(30, 75)]),
        ("open", OPEN, ".mp4", []),
        ("recovering", ("-bf", "0", "-x264-params", "intra-refresh=1:keyint=15"), ".mp4", []),
        ("clashing", ("-g", "15", "-x264-params", "sps-id=7"), ".mp4", []),
        ("repeating", ("-g", "15", "-bsf:v", "dump_extra=freq=keyframe"), ".mkv", [(36, 66)]),
        ("short", ("-g", "10", "-bf", "2"), ".mp4", [(31, 71)]),
        ("long", ("-g", "250"), ".mp4", []),
    ],
)  # fmt: skip
def test_only_closed_groups_with_known_settings_are_taken(
    name: str, options: Sequence[str], suffix: str, taken: list[tuple[int, int]]
) -> None:
    clip = numbered(name, *options, suffix=suffix)
    assert places(copies(promo(), library(a=clip, b=make.portrait(seconds=4)))) == taken


def test_pictures_that_a_player_would_show_in_other_colors_are_encoded() -> None:
    unnamed = numbered("unnamed", "-g", "15", tags=())
    assert copies(promo(), library(a=unnamed, b=unnamed)) == []


def test_a_clip_far_larger_than_the_quality_asks_for_is_encoded() -> None:
    fat = numbered("fat", "-g", "15", "-crf", "1", "-preset", "ultrafast")
    files = library(a=fat, b=fat)
    assert copies(promo(), files, Output("low")) == []
    whole = draft([segment("a", 0, 4000)])
    assert copies(whole, files, Output("low")) == []
    assert is_whole(make_plan(whole, library(a=phone()), HIGH), copies(whole, library(a=phone())))


def test_what_is_shorter_than_it_is_worth_is_encoded() -> None:
    files = library(a=numbered("short", "-g", "10", "-bf", "2"))
    wanted = draft([segment("a", 0, 1000)], texts=[words("x", 450, 1000)])
    assert copies(wanted, files) == []
    wanted = draft([segment("a", 0, 1000)], texts=[words("x", 680, 1000)])
    assert places(copies(wanted, files)) == [(0, 20)]


async def test_a_file_that_changed_meanwhile_is_named(tmp_path: Path) -> None:
    path = tmp_path / "going.mp4"
    shutil.copy(phone(), path)
    files = library(a=path)
    found = copies(draft([segment("a", 0, 4000)]), files)
    plan = make_plan(draft([segment("a", 0, 4000)]), files, HIGH)
    sound = await silence(tmp_path, plan.samples)
    await take_over(plan, found, sound, tmp_path / "out.mp4", print)
    shutil.copy(numbered("other", "-g", "15", "-bf", "2", "-crf", "30"), path)
    with pytest.raises(BadFile, match=r"“going\.mp4” is gone or has changed meanwhile"):
        await take_over(plan, found, sound, tmp_path / "out.mp4", print)


async def silence(folder: Path, samples: int) -> Path:
    path = folder / "sound"
    length = Fraction(samples, 48000)
    source = f"anullsrc=r=48000:d={float(length)}"
    await asyncio.to_thread(
        make.ffmpeg, "-f", "lavfi", "-i", source, "-c:a", "aac", "-f", "mp4", path
    )
    return path


async def test_the_last_picture_stays_however_long(tmp_path: Path) -> None:
    wanted = draft([segment("a", 0, 16_000)])
    files = library(a=phone())
    assert places(copies(wanted, files)) == [(0, 120)]
    await rendered(tmp_path, wanted, files, options=HIGH)
    numbers = [number for _, _, number in pictures(tmp_path / "out.mp4")]
    assert numbers == [*range(120), *[119] * 360]


def test_every_run_lies_inside_its_own_clip() -> None:
    """Two parts of one file beside each other are two runs, each at its place."""
    files = library(a=phone())
    wanted = draft([segment("a", 0, 1000, **{"in": 2000}), segment("a", 1000, 1000)])
    found = copies(wanted, files)
    assert [(copy.start, float(copy.start_s)) for copy in found] == [(0, 2), (30, 0)]
    assert is_whole(make_plan(wanted, files, HIGH), found)
    for shown in (
        Picture(turn=180),
        Picture(mirrored=True),
        Picture(cropped=True),
        Picture(fields="tff"),
    ):
        assert copies(wanted, {"a": replace(files["a"], picture=shown)}) == []
    assert len(copies(wanted, {"a": replace(files["a"], picture=Picture(matrix=1))})) == 2


def shown_by(decoder: str, path: Path) -> list[int]:
    """The numbers in the pictures that one of ffmpeg's decoders gives, in its order."""
    raw = make.output(
        "-c:v", decoder, "-i", path, "-an", "-fps_mode", "passthrough",
        "-vf", "scale=16:9:flags=area", "-f", "rawvideo", "-pix_fmt", "gray", "-",
    )  # fmt: skip
    pictures = (raw[place : place + 16 * 9] for place in range(0, len(raw), 16 * 9))
    # A box is 1.6 small pixels wide and 2 high: the first row is inside it, the middle one of it, too.
    return [sum((one[int(bit * 1.6 + 0.8)] > 128) << bit for bit in range(8)) for one in pictures]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("phone", ("-g", "15", "-bf", "2")),
        ("slow", ("-g", "15", "-preset", "slow")),
        ("strict", ("-g", "15", "-x264-params", "b-pyramid=strict")),
        ("flat", ("-g", "15", "-x264-params", "b-pyramid=none:ref=2")),
        ("intra", ("-g", "1")),
        ("straight", ("-g", "15", "-bf", "0", "-refs", "4")),
        ("baseline", ("-g", "15", "-profile:v", "baseline")),
        ("cavlc", ("-g", "15", "-coder", "0", "-profile:v", "main")),
    ],
)  # fmt: skip
async def test_another_decoder_loses_no_picture_at_a_seam(
    name: str, options: Sequence[str], tmp_path: Path
) -> None:
    files = library(a=numbered(name, *options))
    marks = [words("x", start, 300) for start in (0, 1800, 3700)]
    wanted = draft([segment("a", 0, 4000)], texts=marks)
    found = copies(wanted, files)
    assert len(found) == 2
    video = await rendered(tmp_path, wanted, files, options=HIGH)
    for decoder in ("h264", "libopenh264"):
        assert await asyncio.to_thread(shown_by, decoder, video.path) == list(range(120))


@pytest.mark.parametrize("rate", ["24000/1001", "25", "50", "60000/1001"])
async def test_parts_of_every_usual_rate_are_taken_over(rate: str, tmp_path: Path) -> None:
    """The draft's rate is the rounded one that is probed; no picture comes twice, none is missing."""
    name = rate.replace("/", "-")
    path = numbered(f"rate-{name}", "-g", "12", "-bf", "2", "-preset", "fast", rate=rate)
    files = {"a": replace(probe(path, path.name), id="a")}
    fps = natural_fps(list(files.values()))
    assert round(fps * 1001) in (round(Fraction(rate) * 1001), round(Fraction(rate) * 1001) - 1)
    length = 4000 if fps < 50 else 2000
    wanted = draft([segment("a", 0, length)], texts=[words("x", 0, 300)], fps=fps)
    (found,) = copies(wanted, files)
    assert found.count > 0.6 * length / 1000 * fps
    video = await rendered(tmp_path, wanted, files, options=HIGH)
    assert Fraction(video.fps).limit_denominator(1001) == Fraction(rate)
    count = round(length / 1000 * Fraction(rate))
    for decoder in ("h264", "libopenh264"):
        assert await asyncio.to_thread(shown_by, decoder, video.path) == list(range(count))


def test_forms_that_our_encoder_does_not_make_are_encoded() -> None:
    cavlc = numbered("cavlc8", "-g", "15", "-coder", "0")  # OpenH264 does not decode it
    sliced = numbered("interlaced", "-g", "15", "-flags", "+ilme+ildct", "-x264-params", "tff=1")
    for clip in (cavlc, sliced):
        assert copies(promo(), library(a=clip, b=make.portrait(seconds=4))) == []


async def test_what_does_not_fit_after_all_is_encoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An encoder that does other than it was set to: no copy stands beside its pictures."""
    monkeypatch.setattr("vbtui.studio.render.job.beside_copies", lambda form: SOFTWARE)
    files = library(a=numbered("slow", "-g", "15", "-preset", "slow"))
    wanted = draft([segment("a", 0, 2000)], texts=[words("x", 0, 300)])
    assert len(copies(wanted, files)) == 1
    video = await rendered(tmp_path, wanted, files, options=HIGH)
    source = {data for _, data, _ in pictures(files["a"].path)}
    assert not source & {data for _, data, _ in pictures(video.path)}
    assert await asyncio.to_thread(shown_by, "libopenh264", video.path) == list(range(60))
