"""How pictures are shown, and who decides it: the user, the terminal, the speed of the line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SLOW_LINE_S = 0.3
"""From this round trip to the terminal on, pictures are off unless the user wants them."""


class Mode(StrEnum):
    """A way to show a picture in a terminal."""

    BLOCKS = "blocks"
    """Half blocks: works everywhere; characters from dark to bright where there is no colour."""
    KITTY = "kitty"
    """Kitty's graphics with placeholders, which move with the text."""
    SIXEL = "sixel"
    OFF = "off"


_WORDS = {
    Mode.BLOCKS: "Pictures: half blocks",
    Mode.KITTY: "Pictures: Kitty graphics",
    Mode.SIXEL: "Pictures: sixel graphics",
    Mode.OFF: "Pictures: off",
}


@dataclass(slots=True)
class PictureModes:
    """The mode now, and those that `V` steps through.

    Args:
        setting: `auto`, `blocks` or `off` (`[display] pictures`, or `--no-pictures`).
        proved: what the terminal has shown that it can do beside half blocks.
    """

    setting: str = "auto"
    proved: Mode | None = None
    chosen: Mode | None = None
    """By the user, with the key."""
    round_trip_s: float | None = None
    """The shortest time that the terminal took to answer; None as long as it has not."""

    @property
    def mode(self) -> Mode:
        """What the user chose, else what the setting says, else the best that is known to work."""
        if self.chosen is not None:
            return self.chosen
        if self.setting == "off":
            return Mode.OFF
        if self.setting == "blocks":
            return Mode.BLOCKS
        if self.is_slow:
            return Mode.OFF
        return self.proved or Mode.BLOCKS

    @property
    def is_slow(self) -> bool:
        return self.round_trip_s is not None and self.round_trip_s >= SLOW_LINE_S

    def measured(self, seconds: float) -> bool:
        """The terminal has answered after `seconds`. Whether that changes the mode."""
        before = self.mode
        known = self.round_trip_s
        self.round_trip_s = seconds if known is None else min(seconds, known)
        return self.mode is not before

    @property
    def steps(self) -> tuple[Mode, ...]:
        return (Mode.BLOCKS, *([self.proved] if self.proved else []), Mode.OFF)

    def step(self) -> Mode:
        """The next mode, chosen by the user from now on."""
        steps = self.steps
        self.chosen = steps[(steps.index(self.mode) + 1) % len(steps)]
        return self.chosen

    @property
    def words(self) -> str:
        """The mode in words, with the reason where the line decided."""
        if self.chosen is None and self.setting == "auto" and self.is_slow:
            return f"Pictures: off, the line is slow ({self.round_trip_s:.1f} s): V turns them on"
        return _WORDS[self.mode]
