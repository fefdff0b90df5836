"""The sample's music: plucked strings over four chords, a minute of them."""

from __future__ import annotations

import random
import wave
from array import array
from collections.abc import Iterator
from pathlib import Path

from vbtui.studio.project.beds import HZ, plucked

_BAR_S = 3.2
_CHORDS = ((45, 52, 57, 60, 64), (41, 48, 57, 60, 65), (48, 52, 55, 60, 67), (43, 50, 55, 59, 62))
"""A minor, F, C, G as MIDI notes, the bass first."""
_MELODY = ((76, 72, 69), (72, 69, 65), (79, 76, 72), (74, 71, 67))
CHORDS, MELODY = "chords", "melody"
"""The two voices."""
ROUNDS = 5
"""So often the four bars are played; the melody begins with the second."""
ROUND_MS = round(len(_CHORDS) * _BAR_S * 1000)
Note = tuple[float, int, float]
"""Begin in s, MIDI note, loudness."""


def write(voice: str, path: Path) -> None:
    """Four bars of one voice as a WAV file, whose end goes on with its begin."""
    notes = _chords() if voice == CHORDS else _melody()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(HZ)
        file.writeframes(_round(notes).tobytes())


def _chords() -> Iterator[Note]:
    for bar, chord in enumerate(_CHORDS):
        at = bar * _BAR_S
        yield at, chord[0] - 12, 1.1
        yield at, chord[0], 0.6
        for step, which in enumerate((1, 2, 3, 4, 3, 2, 3, 2)):
            yield at + step * _BAR_S / 8, chord[which], 0.5 if step == 0 else 0.42


def _melody() -> Iterator[Note]:
    for bar, notes in enumerate(_MELODY):
        for step, note in zip((0, 3, 6), notes, strict=True):
            yield bar * _BAR_S + step * _BAR_S / 8, note, 0.5


def _round(notes: Iterator[Note]) -> array[int]:
    """Four bars of plucked strings, 16 bits; what sounds on at the end sounds at the begin."""
    total = ROUND_MS * HZ // 1000
    mixed = array("d", bytes(8 * total))
    strings: dict[int, array[float]] = {}
    for at_s, note, loud in notes:
        if note not in strings:
            strings[note] = plucked(note, random.Random(note))
        begin = round(at_s * HZ)
        for place, value in enumerate(strings[note], begin):
            mixed[place % total] += value * loud
    return array("h", (round(max(-3.0, min(3.0, value)) * 9000) for value in mixed))
