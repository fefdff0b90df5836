"""How loud a sound is over its length, by PyAV. Imported with the first one; blocks."""

from __future__ import annotations

import time
from array import array
from pathlib import Path

from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from vbtui.ui.pictures.footage import Unreadable, opened
from vbtui.ui.pictures.raster import Drawn, NoPicture, Waveform

PARTS = 512
"""Peaks of one waveform."""
_RATE = 11_025
_WHOLE_S = 900.0
"""A longer sound is listened to at as many places as it has peaks."""
_PATIENCE_S = 8.0


def draw_wave(path: Path) -> Drawn:
    """The peaks of the first sound in `path`."""
    try:
        with opened(path) as container:
            stream = next(iter(container.streams.audio), None)
            if stream is None:
                return NoPicture("it holds no sound")
            length = _length_s(container, stream)
            peaks = _sampled(container, stream, length) if length > _WHOLE_S else None
            peaks = peaks or _whole(container, stream, length)
    except Unreadable as problem:
        return NoPicture(str(problem).replace("no video", "no sound"))
    return Waveform(bytes(min(peak >> 7, 255) for peak in peaks))


def _length_s(container: InputContainer, stream: AudioStream) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return (container.duration or 0) / 1_000_000


def _whole(container: InputContainer, stream: AudioStream, length: float) -> list[int]:
    """Every sample counts; the peaks of equal parts of what there is."""
    resampler = AudioResampler(format="s16", layout="mono", rate=_RATE)
    until = time.monotonic() + _PATIENCE_S
    size = max(int(length * _RATE / PARTS), 1) if length else _RATE // 10
    peaks: list[int] = []
    held = array("h")
    for frame in container.decode(stream):
        for plain in resampler.resample(frame):
            held.frombytes(bytes(plain.planes[0])[: 2 * plain.samples])
        whole = len(held) // size
        peaks += [_peak(held[place * size : place * size + size]) for place in range(whole)]
        del held[: whole * size]
        if time.monotonic() > until:
            break
    if held:
        peaks.append(_peak(held))
    if not peaks:
        raise Unreadable("it holds no sound that can be decoded")
    while len(peaks) > 0xFFFF:
        peaks = [max(peaks[place : place + 2]) for place in range(0, len(peaks), 2)]
    return peaks


def _sampled(container: InputContainer, stream: AudioStream, length: float) -> list[int]:
    """One short look at each of `PARTS` places; empty where the file cannot be sought in."""
    until = time.monotonic() + _PATIENCE_S
    base = stream.time_base
    if not base:
        return []
    peaks: list[int] = []
    for place in range(PARTS):
        resampler = AudioResampler(format="s16", layout="mono", rate=_RATE)
        offset = int(place * length / PARTS / base) + (stream.start_time or 0)
        container.seek(offset, stream=stream)
        loudest = 0
        for _, frame in zip(range(6), container.decode(stream), strict=False):
            for plain in resampler.resample(frame):
                samples = array("h", bytes(plain.planes[0])[: 2 * plain.samples])
                loudest = max(loudest, _peak(samples))
        peaks.append(loudest)
        if time.monotonic() > until:
            return []
    return peaks


def _peak(samples: array[int]) -> int:
    """0-32768."""
    return max(max(samples), -min(samples)) if samples else 0
