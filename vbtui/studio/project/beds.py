"""Beds: four pieces of music that the studio makes itself, each a round whose end goes on with its begin.

A draft names one as `m.asset` = `bed:calm`; it is no file of the project, and is written where it is heard.
"""

from __future__ import annotations

import math
import random
import wave
from array import array
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from vbtui.studio.project.media import AudioStream, Media

BED = "bed:"
"""How the ids of beds begin."""
HZ = 32000
"""Samples a second."""
_MADE = 1
"""Goes up when a bed sounds otherwise: it is in the keys of what is made of it."""
_TOP = 0.5
"""Of full scale: the highest peak of each."""

Voice = Callable[[int, int], "array[float]"]
"""Samples of a note, by its MIDI number and how many there are."""


class Strike(NamedTuple):
    """One note of a voice."""

    at_s: float
    note: int
    lasts_s: float
    loud: float
    voice: Voice


class Bed(NamedTuple):
    """One of them."""

    english: str
    chinese: str
    bars: int
    bar_s: float
    strikes: Callable[[], Iterator[Strike]]
    styles: frozenset[str]
    """Words that ask for it."""

    @property
    def ms(self) -> int:
        return round(self.bars * self.bar_s * 1000)


# Voices


def plucked(note: int, rnd: random.Random) -> array[float]:
    """A string of that pitch, 2.4 s (Karplus and Strong, 1983)."""
    period = round(HZ / (440 * 2 ** ((note - 69) / 12)))
    string = [rnd.uniform(-1, 1) for _ in range(period)]
    for _ in range(3):  # a soft finger, no plectrum
        string = [(string[i] + string[i - 1]) / 2 for i in range(period)]
    damping = 0.4985 if note > 60 else 0.4995
    out = array("d")
    wanted = round(2.4 * HZ)
    while len(out) < wanted:
        out.extend(string)
        before = string[-1]
        for place in range(period):
            now = string[place]
            string[place] = damping * (now + before)
            before = now
    del out[wanted:]
    fade = HZ // 4
    for step in range(fade):
        out[wanted - fade + step] *= 1 - step / fade
    return out


def _pluck(note: int, count: int) -> array[float]:
    string = _string(note)[:count]
    fade = min(len(string), HZ // 20)
    for step in range(fade):
        string[len(string) - fade + step] *= 1 - step / fade
    return string


@cache
def _string(note: int) -> array[float]:
    return plucked(note, random.Random(note))


def _tone(note: int, count: int, harmonics: tuple[float, ...], detuned: float) -> array[float]:
    hz = 440 * 2 ** ((note - 69) / 12)
    size = 4096
    table = array(
        "d",
        (
            sum(
                part * math.sin(2 * math.pi * (n + 1) * i / size)
                for n, part in enumerate(harmonics)
            )
            for i in range(size)
        ),
    )
    one, two = 2 * size * hz / HZ, 2 * size * hz * detuned / HZ
    half = [table[int(i * one) % size] + table[int(i * two) % size] for i in range(count // 2 + 2)]
    made = array(
        "d", bytes(8 * count)
    )  # every second sample, and between them what lies between: they are low
    made[::2] = array("d", half[: len(made[::2])])
    between = (left + right for left, right in pairwise(half[: len(made[1::2]) + 1]))
    made[1::2] = array("d", (value / 2 for value in between))
    return made


def _pad(note: int, count: int) -> array[float]:
    """It comes and goes slowly."""
    return _swelling(_tone(note, count, (1, 0.3, 0.12), 1.004))


def _strings(note: int, count: int) -> array[float]:
    return _swelling(_tone(note, count, (1, 0.5, 0.33, 0.25, 0.15), 1.006))


def _swelling(made: array[float]) -> array[float]:
    """As loud as it is in the middle, and nothing at both ends."""
    step = math.pi / len(made)
    return array("d", (value * math.sin(i * step) for i, value in enumerate(made)))


def _keys(note: int, count: int) -> array[float]:
    """A soft electric piano."""
    made = _tone(note, count, (1, 0.15, 0.05), 1.001)
    last = count - 1 or 1
    return array(
        "d",
        (
            value * min(1, i / 200) * math.exp(-0.8 * i / HZ) * min(1, (last - i) / 6000)
            for i, value in enumerate(made)
        ),
    )


def _kick(note: int, count: int) -> array[float]:
    return array(
        "d",
        (
            math.sin(2 * math.pi * (note * i / HZ + 3 * (1 - math.exp(-i / 600))))
            * math.exp(-i / 2200)
            for i in range(count)
        ),
    )


def _brush(note: int, count: int) -> array[float]:
    """Noise that is over soon; a higher note is over sooner."""
    rnd, before = random.Random(note), 0.0
    made = array("d")
    for i in range(count):
        value = rnd.uniform(-1, 1)
        made.append((value - before) * math.exp(-i * note / 60000))
        before = value
    return made


# What is played

_CALM = ((48, 55, 64, 71), (45, 52, 60, 67), (41, 48, 57, 64), (43, 50, 59, 62))
_BRIGHT = ((48, 60, 64, 67), (43, 59, 62, 67), (45, 60, 64, 69), (41, 57, 60, 65))
_JAZZ = ((50, 57, 60, 65), (43, 53, 59, 64), (48, 55, 59, 64), (45, 55, 60, 64))
_DARK = ((33, 45, 52, 57, 60), (29, 41, 48, 57, 60), (36, 43, 52, 55, 60), (31, 43, 50, 55, 59))


def _calm() -> Iterator[Strike]:
    for bar, chord in enumerate(_CALM):
        at = bar * 4.0
        for note in chord:
            yield Strike(at - 0.5, note, 5.0, 0.12, _pad)
        for step, which in enumerate((0, 2, 1, 3, 2, 1)):
            yield Strike(at + step * 4 / 6, chord[which] + 12, 1.8, 0.35, _pluck)


def _upbeat() -> Iterator[Strike]:
    for bar, chord in enumerate(_BRIGHT * 2):
        at = bar * 2.0
        for step, which in enumerate((1, 2, 3, 2, 1, 3, 2, 3)):
            loud = 0.55 if step % 2 == 0 else 0.4
            yield Strike(at + step * 0.25, chord[which] + 12, 0.4, loud, _pluck)
        for beat in range(4):
            yield Strike(at + beat * 0.5, 52, 0.25, 0.5, _kick)
            yield Strike(at + beat * 0.5 + 0.25, 90, 0.06, 0.12, _brush)
        for later in (0, 0.75, 1.5):
            yield Strike(at + later, chord[0] - 12, 0.7, 0.9, _pluck)


def _lofi() -> Iterator[Strike]:
    for bar, chord in enumerate(_JAZZ):
        at = bar * 3.2
        for note in chord[1:]:
            yield Strike(at, note + 12, 2.4, 0.22, _keys)
            yield Strike(at + 2.0, note + 12, 1.8, 0.18, _keys)
        yield Strike(at, chord[0] - 12, 1.4, 0.5, _keys)
        yield Strike(at + 1.8, chord[0] - 12, 1.2, 0.4, _keys)
        for beat in (0, 1.8):
            yield Strike(at + beat, 46, 0.3, 0.3, _kick)
        for beat in (0.8, 2.4):
            yield Strike(at + beat, 20, 0.2, 0.16, _brush)
        for step in range(8):
            yield Strike(at + step * 0.4 + (0.05 if step % 2 else 0), 80, 0.05, 0.05, _brush)


def _cinematic() -> Iterator[Strike]:
    for bar, chord in enumerate(_DARK):
        at = bar * 4.8
        for note in chord:
            yield Strike(at - 0.6, note + (12 if note < 40 else 0), 6.0, 0.14, _strings)
        yield Strike(at, 34, 0.9, 0.8, _kick)
        yield Strike(at + 3.6, 34, 0.6, 0.4, _kick)
        for step in range(8):
            yield Strike(at + step * 0.6, chord[2 + step % 3] + 12, 0.8, 0.25, _pluck)


BEDS = {
    "calm": Bed(
        "calm music", "舒缓音乐", 4, 4.0, _calm,
        frozenset(["calm", "relaxing", "peaceful", "gentle", "ambient", "mellow", "舒缓", "安静", "平静", "轻柔", "柔和", "放松", "抒情", "悠扬"]),
    ),
    "upbeat": Bed(
        "upbeat music", "轻快音乐", 8, 2.0, _upbeat,
        frozenset(["upbeat", "happy", "cheerful", "energetic", "lively", "uplifting", "轻快", "欢快", "欢乐", "快乐", "动感", "活泼"]),
    ),
    "lofi": Bed(
        "lo-fi music", "lo-fi 音乐", 4, 3.2, _lofi,
        frozenset(["lo-fi", "lofi", "chill", "chillhop", "慵懒", "低保真"]),
    ),
    "cinematic": Bed(
        "cinematic music", "电影感音乐", 4, 4.8, _cinematic,
        frozenset(["cinematic", "epic", "dramatic", "史诗", "电影感", "大气", "恢弘", "震撼"]),
    ),
}  # fmt: skip


def styled(words: str) -> str:
    """The name of the bed that these words ask for; empty for none."""
    found = {
        next((name for name, bed in BEDS.items() if word in bed.styles), "")
        for word in words.lower().split()
    }
    return found.pop() if len(found) == 1 else ""


def media() -> dict[str, Media]:
    """The beds as files by their ids. Their paths lead nowhere: `write` makes one."""
    return {
        f"{BED}{name}": Media(
            f"{BED}{name}", bed.english, "audio", Path(f"{name}.wav"), 0, f"{BED}{name}:{_MADE}", bed.ms,
            audio=AudioStream("pcm_s16le", HZ, 1, bed.ms),
        )
        for name, bed in BEDS.items()
    }  # fmt: skip


def write(name: str, path: Path) -> None:
    """The whole round as a WAV file; what sounds on at its end sounds at its begin."""
    bed = BEDS[name]
    total = bed.ms * HZ // 1000
    mixed = array("d", bytes(8 * total))
    made: dict[tuple[int, float, Voice], array[float]] = {}
    for at_s, note, lasts_s, loud, voice in bed.strikes():
        key = (note, lasts_s, voice)
        if key not in made:
            made[key] = voice(note, round(lasts_s * HZ))
        begin = round(at_s * HZ)
        for place, value in enumerate(made[key], begin):
            mixed[place % total] += value * loud
    factor = _TOP * 32767 / max(1e-9, max(mixed), -min(mixed))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(HZ)
        file.writeframes(array("h", (round(value * factor) for value in mixed)).tobytes())
