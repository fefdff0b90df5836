"""Sound that is taken over packet by packet: the source's own samples, no gap, no click."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import clips as make
from tests.rendered import Json, draft, library, rendered, segment
from vbtui.studio.project.media import Media
from vbtui.studio.render import Output
from vbtui.studio.render.copying import find_copies, is_whole
from vbtui.studio.render.plan import make_plan
from vbtui.studio.render.sound_copying import (
    PACKET,
    NotPlain,
    Packets,
    Piece,
    Take,
    copy_sound,
    lay_out,
    places_of,
)

RATE = 48000
HIGH = Output("high")
"""The clips are as large for their size as ultrafast makes them."""
MARGIN = 3 * PACKET + PACKET // 2
"""Samples beside a join that may be made anew: two packets, half of the next, and the shift."""


def clip(frames: int, hz: int, *, rate: int = RATE, channels: int = 2, sound: bool = True) -> Path:
    """A clip of so many frames, 30 a second, with a key frame every 15 and a loud tone."""
    path = make.folder() / f"tone-{frames}-{hz}-{rate}-{channels}-{sound}.mp4"
    if not path.exists():
        tone = f"aevalsrc=0.5*sin(2*PI*{hz}*t):s={rate}:d={frames / 30}"
        make.ffmpeg(
            "-f", "lavfi", "-i", f"testsrc2=s=320x180:r=30:d={frames / 30}",
            *(["-f", "lavfi", "-i", tone, "-c:a", "aac", "-ac", str(channels)] if sound else []),
            "-c:v", "libx264", "-preset", "ultrafast", "-g", "15", "-keyint_min", "15",
            "-sc_threshold", "0", "-pix_fmt", "yuv420p", path,
        )  # fmt: skip
    return path


def heard(path: Path) -> list[float]:
    """Every sample of the left channel, as a player gives them."""
    samples: list[float] = []
    end = 0
    with av.open(str(path)) as container:
        for packet in container.demux(audio=0):
            end = max(end, (packet.pts or 0) + (packet.duration or 0))
            for frame in packet.decode():
                assert isinstance(frame, av.AudioFrame)
                plane = memoryview(bytes(frame.planes[0])[: frame.samples * 4])
                samples += plane.cast("f").tolist()
    return samples[:end]


def same(one: list[float], other: list[float]) -> bool:
    """Equal but for the noise, 80 dB below, that a decoder makes up for some bands."""
    return all(abs(a - b) < 1e-4 for a, b in zip(one, other, strict=True))


def shift_of(found: list[float], own: list[float], place: int, begin: int) -> int:
    """By how many samples a clip's sound lies beside `place`; all of a packet must be the same."""
    for shift in sorted(range(-PACKET // 2, PACKET // 2 + 1), key=abs):
        there = place + MARGIN
        here = begin + MARGIN - shift
        if same(found[there : there + PACKET], own[here : here + PACKET]):
            return shift
    raise AssertionError("the clip's sound is not there")


def loudness(samples: list[float]) -> float:
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples))


def steepest(samples: list[float]) -> float:
    return max(abs(two - one) for one, two in pairwise(samples))


async def test_joined_sound_is_the_sources_own_without_gap_or_click(tmp_path: Path) -> None:
    files = library(a=clip(55, 330), b=clip(64, 523), c=clip(40, 440))
    lengths = {"a": 55, "b": 64, "c": 40}
    order = "abcab"
    frames = [sum(lengths[asset] for asset in order[:place]) for place in range(6)]
    wanted = draft(
        [
            segment(asset, round(start * 1000 / 30), round(lengths[asset] * 1000 / 30))
            for asset, start in zip(order, frames, strict=False)
        ]
    )
    video = await rendered(tmp_path, wanted, files, options=HIGH)
    found = heard(video.path)
    assert len(found) == frames[-1] * RATE // 30
    assert (video.sample_rate, video.channels) == (RATE, 2)
    own = {asset: heard(files[asset].path) for asset in "abc"}
    for asset, start, end in zip(order, frames, frames[1:], strict=False):
        first, last = start * RATE // 30, end * RATE // 30
        shift = shift_of(found, own[asset], first, 0)
        begin, stop = first + (MARGIN if start else 0), last - MARGIN
        source = own[asset][begin - first - shift : stop - first - shift]
        assert same(found[begin:stop], source)
    for join in (frame * RATE // 30 for frame in frames[1:-1]):
        around = found[join - 2 * PACKET : join + 2 * PACKET]
        calm = found[join - 4 * PACKET : join - 2 * PACKET]
        parts = [around[place : place + 256] for place in range(0, len(around), 256)]
        assert min(map(loudness, parts)) > 0.6 * loudness(calm)
        assert max(map(loudness, parts)) < 1.5 * loudness(calm)
        assert steepest(around) < 1.8 * 0.354 * 2 * math.pi * 523 / RATE


async def test_parts_of_one_clip_go_on_without_a_seam(tmp_path: Path) -> None:
    files = library(a=clip(64, 523))
    halves = [segment("a", 500, 1000, **{"in": 1000}), segment("a", 0, 500, **{"in": 500})]
    video = await rendered(tmp_path, draft(halves), files, options=HIGH)
    found, own = heard(video.path), heard(files["a"].path)
    shift = shift_of(found, own, 0, RATE // 2)
    begin, length = RATE // 2 - shift, len(found)
    assert length == RATE * 3 // 2
    assert same(found[PACKET:], own[begin + PACKET : begin + length])


async def test_a_silent_clip_among_others_is_silent(tmp_path: Path) -> None:
    files = library(a=clip(45, 330), b=clip(45, 330, sound=False))
    wanted = draft([segment("a", 0, 1500), segment("b", 1500, 1500), segment("a", 3000, 1500)])
    assert copied(wanted, files, tmp_path / "sound")
    found = heard((await rendered(tmp_path / "video", wanted, files, options=HIGH)).path)
    assert loudness(found[: RATE * 3 // 2 - MARGIN]) == pytest.approx(0.25, abs=0.02)
    assert loudness(found[RATE * 3 // 2 + MARGIN : RATE * 3 - MARGIN]) < 1e-4
    assert loudness(found[RATE * 3 + MARGIN :]) == pytest.approx(0.25, abs=0.02)


async def test_silent_clips_make_a_silent_video(tmp_path: Path) -> None:
    files = library(b=clip(45, 330, sound=False))
    video = await rendered(tmp_path, draft([segment("b", 0, 1500)]), files)
    assert (video.sample_rate, video.channels) == (RATE, 2)
    assert max(map(abs, heard(video.path))) < 1e-6
    assert video.audio_s == pytest.approx(1.5, abs=1e-4)


def copied(wanted: Json, files: dict[str, Media], path: Path) -> bool:
    plan = make_plan(wanted, files, HIGH)
    copies = find_copies(plan)
    assert is_whole(plan, copies)
    path.parent.mkdir(exist_ok=True)
    return copy_sound(plan, copies, path)


def test_sound_that_is_more_than_the_clips_own_is_encoded(tmp_path: Path) -> None:
    files = library(
        a=clip(45, 330), b=clip(45, 330, channels=1), c=clip(45, 330, rate=44100),
        m=make.sound(seconds=2), k=make.clip(seconds=1.5),
    )  # fmt: skip
    whole = segment("a", 0, 1500)
    assert copied(draft([whole]), files, tmp_path / "sound")
    for wanted in (
        draft([segment("a", 0, 1500, volume=0.5)]),
        draft([segment("a", 0, 1500, muted=True)]),
        draft([whole], audio=[segment("m", 0, 1500, volume=0.3)]),
        draft([whole], audio=[segment("m", 0, 800)]),
        draft([whole], audio=[segment("m", 700, 800)]),
        draft([whole], audio=[segment("a", 0, 1500)]),
        draft([whole, segment("b", 1500, 1500)]),
        draft([whole, segment("c", 1500, 1500)]),
    ):
        assert not copied(wanted, files, tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_damaged_sound_is_not_copied_into_a_join() -> None:
    good = Packets(b"\x11\x90", RATE, 2, Fraction(-1024), Fraction(9000), (b"\xff" * 40,) * 9)
    with pytest.raises(NotPlain):
        Take(good, 0).samples(2, 5, 2)


PACKETS = st.builds(
    lambda first, count: Packets(b"", RATE, 2, Fraction(first), Fraction(first), (b"",) * count),
    st.integers(-3000, 1000),
    st.integers(1, 99),
)


@given(st.lists(st.tuples(st.integers(30, 300), st.none() | PACKETS, st.integers(0, 90)), min_size=1, max_size=6))  # fmt: skip
def test_no_sound_lies_more_than_half_a_packet_from_its_picture(
    clips: list[tuple[int, Packets | None, int]],
) -> None:
    """Each clip's packets carry its number; they lie where its picture is, to half a packet."""
    pieces: list[Piece] = []
    position = 0
    for number, (frames, packets, begin) in enumerate(clips):
        if packets is not None:
            data = tuple(b"%d %d" % (number, index) for index in range(len(packets.data)))
            packets = replace(packets, data=data)
        pieces.append(Piece(Fraction(position * 1600), packets, Fraction(begin * 1600)))
        position += frames
    laid = lay_out(pieces, places_of(pieces, Fraction(position * 1600)), b"-")
    assert len(laid) == 1 + math.ceil(position * 1600 / PACKET)
    ends = [*(piece.start for piece in pieces[1:]), Fraction(position * 1600)]
    for place, packet in enumerate(laid, -1):
        if packet != b"-":
            number, index = map(int, packet.split())
            piece = pieces[number]
            assert piece.packets is not None
            at = piece.start - piece.begin + piece.packets.first + index * PACKET
            assert abs(place * PACKET - at) <= PACKET // 2
            assert piece.start - 1.5 * PACKET <= place * PACKET < ends[number] + PACKET // 2
    for piece, end in zip(pieces, ends, strict=True):
        if piece.packets is None:
            within = range(math.ceil(piece.start / PACKET) + 1, math.floor(end / PACKET) - 1)
            assert {laid[place + 1] for place in within} <= {b"-"}
