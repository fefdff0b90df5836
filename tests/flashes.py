"""Clips that flash and beep at the same moments, and when a finished video does.

The picture is black and white for a frame, the sound silent with 40 ms of 1 kHz. A flash lies on
the beginning of a frame, and its beep with it, so that their distance is the distance of picture
and sound.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, cos, hypot, pi, sin
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

RATE = 48000
LOUD = 0.5
_BEEP_S = 0.04
_QUIET_S = 0.05


def flash_times(wanted: Sequence[float], fps: Fraction) -> list[Fraction]:
    """The first frame at or after each of the `wanted` seconds, as its time."""
    return [ceil(Fraction(time).limit_denominator(1000) * fps) / fps for time in wanted]


def picture(times: Sequence[Fraction], fps: Fraction, seconds: float, size: str = "96x54") -> str:
    """A source for ffmpeg's lavfi."""
    last = ceil(fps / 30) - 1  # a video of 30 frames a second shows every flash
    begins = [round(time * fps) for time in times]
    numbers = "+".join(f"between(n,{begin},{begin + last})" for begin in begins)
    flash = f"drawbox=color=white:t=fill:enable='{numbers}'"
    return f"color=c=black:s={size}:r={fps}:d={seconds},{flash}"


def sound(times: Sequence[Fraction], seconds: float, rate: int = RATE, hz: int = 1000) -> str:
    """A source for ffmpeg's lavfi, mono."""
    when = "+".join(f"between(t,{float(time):.6f},{float(time) + _BEEP_S:.6f})" for time in times)
    return f"aevalsrc='{LOUD}*sin(2*PI*{hz}*t)*({when})':s={rate}:d={seconds}"


@dataclass(frozen=True)
class Seen:
    """What a video shows and sounds like."""

    frames: int
    flashes: list[float]
    """Seconds."""
    beeps: list[float]
    samples: list[array[float]]
    """Of 48 kHz, left and right."""

    @property
    def peak(self) -> float:
        return max(max(max(one), -min(one)) for one in self.samples)

    def tone(self, hz: int, start_s: float, end_s: float) -> float:
        """How loud a tone of `hz` is on the left: its amplitude."""
        part = self.samples[0][round(start_s * RATE) : round(end_s * RATE)]
        turns = [2 * pi * hz * place / RATE for place in range(len(part))]
        real = sum(value * cos(turn) for value, turn in zip(part, turns, strict=True))
        imaginary = sum(value * sin(turn) for value, turn in zip(part, turns, strict=True))
        return 2 * hypot(real, imaginary) / len(part)


def see(path: Path) -> Seen:
    """Decodes all of a video. Times are by its timestamps, from its begin on; an AVI's are counted."""
    flashes: list[float] = []
    bright, frames = False, 0
    with av.open(str(path)) as container:
        origin = (container.start_time or 0) / 1_000_000
        is_avi = container.format.name == "avi"
        first: int | None = None
        for frame in _decoded(container, container.streams.video[0]):
            assert isinstance(frame, av.VideoFrame)
            frames += 1
            first = frame.dts or 0 if first is None else first
            time = ((frame.dts or 0) - first) * (frame.time_base or 0) if is_avi else frame.time
            row = frame.reformat(format="gray").planes[0]
            is_bright = sum(memoryview(row)[: frame.width]) / frame.width > 128
            if is_bright and not bright:
                flashes.append(float(time or 0) - origin)
            bright = is_bright
    found, samples = hear(path)
    return Seen(frames, flashes, found, samples)


def hear(path: Path) -> tuple[list[float], list[array[float]]]:
    """When a file beeps, from its begin on, and its sound, put where its timestamps say."""
    samples = [array("f"), array("f")]
    begin: float | None = None
    with av.open(str(path)) as container:
        origin = (container.start_time or 0) / 1_000_000
        form: object = None
        tracks = container.streams.audio
        for frame in _decoded(container, tracks[0]) if tracks else ():
            assert isinstance(frame, av.AudioFrame)
            begin = float(frame.time or 0) if begin is None else begin
            aside = round((float(frame.time or 0) - begin) * RATE) - len(samples[0])
            for channel in samples:
                if aside > RATE // 200:
                    channel.extend(array("f", bytes(4 * aside)))
                elif aside < -RATE // 200:
                    del channel[aside:]
            if form != (form := (frame.sample_rate, frame.layout.name, frame.format.name)):
                resampler = av.AudioResampler("fltp", "stereo", RATE)
            for part in resampler.resample(frame):
                for channel, plane in zip(samples, part.planes, strict=True):
                    channel.frombytes(bytes(plane)[: part.samples * 4])
    return [time + (begin or 0) - origin for time in beeps(samples)], samples


def _decoded(container: InputContainer, stream: VideoStream | AudioStream) -> Iterator[object]:
    """What can be decoded of a stream: also what a decoder still holds where the file breaks off."""
    stream.codec_context.thread_count = 1
    with suppress(av.FFmpegError):
        for packet in container.demux(stream):
            with suppress(av.FFmpegError):
                yield from packet.decode()
    with suppress(av.FFmpegError):
        yield from stream.decode(None)


def beeps(samples: Sequence[array[float]]) -> list[float]:
    """When a sound begins after silence, to a millisecond."""
    found: list[float] = []
    last = -1.0
    for place in range(0, len(samples[0]), RATE // 1000):
        part = samples[0][place : place + RATE // 1000]
        if max(part) > LOUD / 8:
            time = place / RATE
            if last < 0 or time - last > _QUIET_S:
                found.append(time)
            last = time
    return found
