"""What a command without a screen shows on stderr while it works: lines for people, or JSON for programs."""

from __future__ import annotations

import math
import shutil
import sys
import time
from collections.abc import Callable
from typing import ClassVar, TextIO

from vbtui.base.text import FORM, to_json
from vbtui.base.translation import Translation

_STILL_WAITING = Translation("Still waiting ({time}): {what}", "仍在等待（{time}）：{what}")
_STEP = 0.1
"""Without a terminal, a share is said every tenth."""


class Progress:
    """What a headless command shows while it works; foreign text must come cleaned."""

    form: ClassVar[str] = "text"
    """How this process shows it: `text`, `json`, or `none` at all. JSON is a line each: `{"version", "event", "text"}`
    with `share` (0-1, null: not known) for `progress`; other events are `stage`, `waiting` and `reply`."""

    def __init__(
        self, stream: TextIO | None = None, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._live = self._stream.isatty()
        self._streamed = ""
        """What of an answer that is being given was shown."""
        self._open = False
        self._last: tuple[str, float] = ("", -1.0)
        self.last = ""
        """What was said last, also where that stands elsewhere."""
        self._now = now
        self.said_at = now()

    def stage(self, sentence: str, *, once: bool = False) -> None:
        """A step began or ended: a line of its own that stays.

        Args:
            once: nothing is said where this was said last.
        """
        line = " ".join(sentence.split())
        if once and line == self.last:
            return
        self.says(line)
        self._line(line, "stage")

    def reply(self, text: str, *, is_whole: bool = False) -> None:
        """An answer as far as it is given: what is new of it is shown."""
        shown, self._streamed = self._streamed, "" if is_whole else text
        if text.startswith(shown):
            new = text[len(shown) :]
        elif is_whole:
            new = f"\n{text}"
        else:
            self._streamed = shown
            return
        if new:
            self.said_at = self._now()
        if self.form == "json":
            if new:
                self._object("reply", new)
            return
        if new or (is_whole and text):
            end = "\n" if is_whole and not text.endswith("\n") else ""
            self._write(f"\r\x1b[K{new}{end}" if self._open else f"{new}{end}")
            self._open = False

    def says(self, line: str) -> None:
        """`line` was said, here or elsewhere."""
        self.last, self.said_at = line, self._now()

    def still_waits(self, waited: str) -> None:
        """Nothing new came since the last line."""
        self._line(_STILL_WAITING.of(time=waited, what=self.last.removeprefix("! ")), "waiting")

    def _line(self, line: str, event: str) -> None:
        if self.form == "json":
            self._object(event, line)
            return
        self._write(f"\r\x1b[K{line}\n" if self._open else f"{line}\n")
        self._open = False

    def update(self, label: str, share: float | None) -> None:
        """`label` is at `share` (0-1, None: not known)."""
        shown = label if share is None else f"{label} {min(share, 1):.0%}"
        if shown != self.last:
            self.says(shown)
        if self.form == "json":
            step = None if share is None else round(min(share, 1), 2)
            if (label, -1.0 if step is None else step) != self._last:
                self._last = (label, -1.0 if step is None else step)
                self._object("progress", label, share=step)
            return
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
        step = -1.0 if share is None else math.floor(min(share, 1) / _STEP + 1e-9) * _STEP
        if label != last_label or step > last_share:
            self._last = (label, step)
            self._write(f"{label}\n" if share is None else f"{label} {step:.0%}\n")

    def end(self) -> None:
        """Leave no half line behind."""
        if self._open:
            self._write("\r\x1b[K")
            self._open = False

    def _object(self, event: str, text: str, **more: object) -> None:
        self._write(to_json({"version": FORM, "event": event, "text": text, **more}) + "\n")

    def _write(self, text: str) -> None:
        if self.form == "none":
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except (BrokenPipeError, ValueError):
            pass


def _cells(text: str) -> int:
    """Terminal cells, counted high: anything beyond Latin takes two."""
    return sum(1 if ord(char) < 0x1100 else 2 for char in text)
