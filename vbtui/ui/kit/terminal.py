"""The terminal, which may be far, slow, stand still or go away: nothing of that stops the event loop.

What is drawn reaches it as what is different (`Cells`), as often as the line to it bears (`Line`). Textual's own
writer takes thirty writes and then makes whoever draws wait: with a line that hangs the uploads, the polls and the
watch would stand still too, and with a terminal that is gone it would wait for ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from textual import events
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size
from textual.message import Message

from vbtui.ui.kit.cells import FRAME, Cells, Unreadable

NEAR_S = 0.02
"""A terminal that answers later is not on this machine, nor in this house."""
_FRAMES_NEAR_S, _FRAMES_FAR_S = 1 / 30, 1 / 10
_REPORTS_NEAR_S, _REPORTS_FAR_S = 1 / 15, 1 / 10
_BURST = 1024
"""Bytes: of so many it is waited for that they have arrived, on a line that is far."""
CURSOR_QUESTION = "\x1b[6n"
"""Answered by every terminal with the place of the cursor, which Textual reads as an event."""
MUTE_AFTER_S = 1.5
"""Without an answer for so long, the terminal is one that gives none."""


class Line:
    """The way to the terminal: what is known of it, and what it bears.

    One question is asked at a time; its answer comes when all that was sent before has arrived, over SSH too. (tmux
    and screen answer in the terminal's place, and so as quickly as they take it.) Times are those of a monotonic
    clock, in seconds.

    Args:
        environ: tells whether it is one of SSH, the first guess.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._is_remote = any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY"))
        self._asked_at: float | None = None
        self._is_mute = False
        self.round_trip_s: float | None = None
        """The shortest that was seen; None as long as nothing was answered."""

    @property
    def is_far(self) -> bool:
        """Whether bytes are dear on it."""
        return self._is_remote or (self.round_trip_s or 0) > NEAR_S

    @property
    def frame_s(self) -> float:
        """From a frame to the next, at least, but for what answers a key."""
        return _FRAMES_FAR_S if self.is_far else _FRAMES_NEAR_S

    @property
    def report_s(self) -> float:
        """From what the screens are told of the work to the next that they are told."""
        return _REPORTS_FAR_S if self.is_far else _REPORTS_NEAR_S

    def lines_ahead(self, height: int) -> int:
        """By how many lines at once a text that grows moves on in a view of this height: half of it where a move is
        dear. (A move has the screen laid out anew, so there is more than one line anywhere.)"""
        return height // 2 if self.is_far else height // 4

    def ask(self, now: float) -> str:
        """What to send now; empty while an answer is awaited, and to a terminal that gives none."""
        if self._is_mute or self.is_busy(now):
            return ""
        self._asked_at = now
        return CURSOR_QUESTION

    def answered(self, now: float) -> float | None:
        """An answer has come: how long it took; None when nothing was asked."""
        if self._asked_at is None:
            return None
        seconds, self._asked_at = max(now - self._asked_at, 0.0), None
        self._is_mute = False
        known = self.round_trip_s
        self.round_trip_s = seconds if known is None else min(seconds, known)
        return seconds

    def is_busy(self, now: float) -> bool:
        """Whether what was sent has not arrived yet: a picture that is sent now would queue."""
        if self._asked_at is None:
            return False
        if now - self._asked_at <= MUTE_AFTER_S:
            return True
        self._is_mute = True
        return False


class Shown(App[int]):
    """An app on such a terminal."""

    line: Line
    terminal: Terminal | None = None
    """None while there is none, as in tests."""

    def on_resize(self, event: events.Resize) -> None:
        if self.terminal is not None:
            self.terminal.show_anew(event.size)


_MOST_WAITING = 256 * 1024
"""Bytes: with more on their way nothing is drawn; what is drawn later is newer."""
_LAST_WORDS_S = 1.0
"""What a line gets to take what puts the terminal back, when vbtui ends or is suspended."""
_END_S = 20.0
"""By then a vbtui without a terminal has ended, or is made to: what it does is written down first, so that the
next one goes on with it."""
_URGENT_S = 0.15
"""What is drawn so shortly after a key is what the key does."""
_SYNC_START, _SYNC_END = "\x1b[?2026h", "\x1b[?2026l"


def is_whole(frame: str, height: int) -> bool:
    """Whether it begins every line at its first cell."""
    return frame.count(";1H") >= height


class Terminal(LinuxDriver):
    """Textual's driver, with a writer of its own."""

    def __init__(
        self,
        app: App[object],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        assert isinstance(app, Shown)
        self._shown: Shown = app
        app.terminal = self
        self._main = asyncio.get_running_loop()
        self._drawing = contextlib.ExitStack()
        """Holds what keeps the app from drawing, while ..."""
        self._is_holding = False
        self._is_lent = False
        """Whether another program has the terminal: what the app writes then would land in its picture."""
        assert sys.__stderr__ is not None
        self._outlet = Outlet(sys.__stderr__.fileno(), on_drained=self._drained, on_gone=self._gone)
        self._lock = threading.RLock()
        """Keys are read in another thread, which writes at times."""
        self._cells = Cells(0, 0)
        self._has_cells = True
        """Not any more after a picture that is no text: what is behind it is not known."""
        self._can_sync = False
        self._timer: asyncio.TimerHandle | None = None
        self._next_at = self._key_at = 0.0
        self._is_waiting = False
        """Something was drawn that is not written yet."""
        self._is_on = False
        """Whether the terminal is the app's, not that of an editor or a shell in between."""

    def show_anew(self, size: Size) -> None:
        """The terminal may show anything by now: all is written anew, at once where it has the size that it had."""
        with self._lock:
            self._cells.forget()
            if size == (self._cells.width, self._cells.height):
                self._is_waiting = True
                self._write_if_due()

    def start_application_mode(self) -> None:
        self._cells.forget()
        self._is_on = True
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual's

    def stop_application_mode(self) -> None:
        with self._lock:
            self._is_on = False
        super().stop_application_mode()

    def process_message(self, message: Message) -> None:
        if isinstance(message, events.InputEvent | events.Paste) and not isinstance(
            message, events.MouseMove
        ):
            self._key_at = time.monotonic()
        super().process_message(message)
        if isinstance(message, events.CursorPosition):
            self._call(self._write_if_due)

    def write(self, data: str) -> None:
        if self._is_lent:
            return
        with self._lock:
            if data in (_SYNC_START, _SYNC_END):
                self._can_sync = True
            elif self._has_cells and FRAME.match(data):
                self._draw(data)
            else:  # in its order: a question is asked behind what it is about
                self._write_drawn()
                self._send(self._cells.plain() + data)

    def close(self) -> None:
        super().close()
        self._outlet.close()

    def suspend_application_mode(self) -> None:
        super().suspend_application_mode()
        self._is_lent = True

    def resume_application_mode(self) -> None:
        self._is_lent = False
        super().resume_application_mode()

    def _draw(self, frame: str) -> None:
        size = self._shown.size
        if (self._cells.width, self._cells.height) != size:
            self._cells = Cells(*size)
        elif not self._shown.line.is_far and is_whole(frame, size.height):
            self._cells.forget()  # what other programs wrote on the screen goes away
        try:
            self._cells.draw(frame)
        except Unreadable:
            self._has_cells = False
            self._send(frame)
            return
        self._is_waiting = True
        self._write_if_due()

    def _write_if_due(self) -> None:
        """Write what was drawn, or see to it that it is written when the line has room for it."""
        with self._lock:
            if not self._is_waiting or not self._is_on or self._outlet.is_busy:
                return  # called again when all is out
            now, line = time.monotonic(), self._shown.line
            due = self._next_at
            if line.is_far and line.is_busy(now):
                due = max(due, now + line.frame_s)  # or with the answer
            if now - self._key_at <= _URGENT_S:
                due = now
            if due <= now:
                self._write_drawn()
            elif self._timer is None:
                self._timer = self._main.call_later(due - now, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._write_if_due()

    def _write_drawn(self) -> None:
        if not self._is_waiting or not self._is_on:
            return
        self._is_waiting = False
        line, now = self._shown.line, time.monotonic()
        self._next_at = now + line.frame_s
        if not (data := self._cells.update()):
            return
        if self._can_sync:
            data = f"{_SYNC_START}{data}{_SYNC_END}"
        if line.is_far and len(data) > _BURST:
            data += line.ask(now)
        self._send(data)

    def _send(self, data: str) -> None:
        if self._outlet.write(data.encode(errors="replace")) and not self._is_holding:
            self._is_holding = True
            self._drawing.enter_context(self._shown.batch_update())

    def _drained(self) -> None:
        self._call(self._draw_again)

    def _call(self, what: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._main.call_soon_threadsafe(what)

    def _draw_again(self) -> None:
        if self._is_holding:
            self._is_holding = False
            self._drawing.close()
            if self._shown.is_running:
                self._shown.screen.refresh()
        self._write_if_due()

    def _gone(self) -> None:
        watchdog = threading.Timer(_END_S, os._exit, (EXIT_GONE,))
        watchdog.daemon = True
        watchdog.start()
        self._call(lambda: self._shown.exit(EXIT_GONE))


EXIT_GONE = 129
"""The exit code of a vbtui whose terminal went away: what SIGHUP gives."""


class Outlet:
    """Writes to a terminal from a thread, and sees it go away also while there is nothing to write.

    Args:
        fd: of the terminal; its modes stay as they are, others use it too.
        on_drained: everything is out, after a `write` that returned True or an `is_busy` that was. Called in the
            thread.
        on_gone: the terminal is no more; what is written from then on is dropped. Called once, in a thread.
    """

    def __init__(
        self, fd: int, *, on_drained: Callable[[], None], on_gone: Callable[[], None]
    ) -> None:
        self._fd = fd
        self._on_drained = on_drained
        self._on_gone = on_gone
        self._changed = threading.Condition()
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._is_full = False
        self._is_writing = False
        self._is_awaited = False
        self._is_gone = False
        self._is_closing = False
        self._writer: threading.Thread | None = None
        self._watcher: threading.Thread | None = None

    def write(self, data: bytes) -> bool:
        """Send it after what waits; never blocks. True when from now on too much waits: nothing more should
        be written until all is out."""
        with self._changed:
            if self._is_gone:
                return False
            self._waiting.append(data)
            self._bytes += len(data)
            is_news = self._bytes > _MOST_WAITING and not self._is_full
            self._is_full |= is_news
            self._is_closing = False
            if self._writer is None or not self._writer.is_alive():
                self._writer = self._start(self._write_all)
            if self._watcher is None:
                self._watcher = self._start(self._watch)
            self._changed.notify()
        return is_news

    @property
    def is_busy(self) -> bool:
        """Whether something is on its way out."""
        with self._changed:
            is_busy = self._is_writing or bool(self._waiting)
            self._is_awaited |= is_busy
            return is_busy

    def close(self) -> None:
        """Let out what waits, for a second at most. A later `write` opens it again."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        if self._writer is not None:
            self._writer.join(_LAST_WORDS_S)

    def _start(self, run: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=run, name="terminal", daemon=True)
        thread.start()
        return thread

    def _write_all(self) -> None:
        while (data := self._next()) is not None:
            try:
                while data:
                    data = data[self._write(data) :]
            except OSError:
                self._end()

    def _write(self, data: bytes) -> int:
        try:
            return os.write(self._fd, data)
        except BlockingIOError:  # another program has set the terminal so
            select.select([], [self._fd], [])
            return 0

    def _next(self) -> bytes | None:
        """What to write; waits for it. None when there is nothing more and `close` was called."""
        with self._changed:
            self._is_writing = False
            while not self._waiting:
                if self._is_full or self._is_awaited:
                    self._is_full = self._is_awaited = False
                    self._on_drained()
                if self._is_closing:
                    self._writer = None
                    return None
                self._changed.wait()
            data = self._waiting.popleft()
            self._bytes -= len(data)
            self._is_writing = True
            return data

    def _watch(self) -> None:
        """Wait for the end of the terminal: poll tells of it when asked for nothing."""
        watched = select.poll()
        watched.register(self._fd, 0)
        for _, event in watched.poll():
            if event & (select.POLLHUP | select.POLLERR):
                self._end()

    def _end(self) -> None:
        with self._changed:
            is_first, self._is_gone = not self._is_gone, True
            self._waiting.clear()
            self._bytes = 0
        if is_first:
            self._on_gone()
