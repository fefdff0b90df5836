"""How quickly the terminal takes what is sent to it: it is asked where its cursor is.

The answer comes when all that was sent before has arrived, over SSH too. tmux and screen answer in
the terminal's place, and so as quickly as they take it.
"""

from __future__ import annotations

QUESTION = "\x1b[6n"
"""Answered by every terminal with the place of the cursor, which Textual reads as an event."""
_PATIENCE_S = 1.5
"""Without an answer for so long, the terminal is one that gives none."""


class Line:
    """One question at a time. Times are those of a monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._asked_at: float | None = None
        self._is_mute = False

    def ask(self, now: float) -> str:
        """What to send now; empty while an answer is awaited, and to a terminal that gives none."""
        if self._is_mute or self.is_busy(now):
            return ""
        self._asked_at = now
        return QUESTION

    def answered(self, now: float) -> float | None:
        """An answer has come: how long it took; None when nothing was asked."""
        if self._asked_at is None:
            return None
        seconds, self._asked_at = max(now - self._asked_at, 0.0), None
        self._is_mute = False
        return seconds

    def is_busy(self, now: float) -> bool:
        """Whether what was sent has not arrived yet: a picture that is sent now would queue."""
        if self._asked_at is None:
            return False
        if now - self._asked_at <= _PATIENCE_S:
            return True
        self._is_mute = True
        return False
