"""Progress on stderr: one line that updates on a terminal, plain lines otherwise."""

from __future__ import annotations

import shutil
import sys
from typing import TextIO

_STEP = 0.1
"""Without a terminal, a share is said every tenth."""


class Progress:
    """What a headless command shows while it works; foreign text must come cleaned."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._live = self._stream.isatty()
        self._open = False
        self._last: tuple[str, float] = ("", -1.0)

    def stage(self, sentence: str) -> None:
        """A step began or ended: a line of its own that stays."""
        line = " ".join(sentence.split())
        self._write(f"\r\x1b[K{line}\n" if self._open else f"{line}\n")
        self._open = False

    def update(self, label: str, share: float | None) -> None:
        """`label` is at `share` (0-1, None: not known)."""
        if self._live:
            percent = "" if share is None else f" {min(share, 1):.0%}"
            width = max(shutil.get_terminal_size().columns - 1, 10)
            line = f"{label}{percent}"
            while _cells(line) > width:
                label = label[:-2]
                line = f"{label}…{percent}"
            self._write(f"\r\x1b[K{line}")
            self._open = True
            return
        last_label, last_share = self._last
        step = -1.0 if share is None else min(share, 1) // _STEP * _STEP
        if label != last_label or step > last_share:
            self._last = (label, step)
            self._write(f"{label}\n" if share is None else f"{label} {step:.0%}\n")

    def end(self) -> None:
        """Leave no half line behind."""
        if self._open:
            self._write("\r\x1b[K")
            self._open = False

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (BrokenPipeError, ValueError):
            pass


def _cells(text: str) -> int:
    """Terminal cells, counted high: anything beyond Latin takes two."""
    return sum(1 if ord(char) < 0x1100 else 2 for char in text)
