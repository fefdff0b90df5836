"""The terminal, which may be slow, stand still or go away: nothing of that stops the event loop.

Textual's own writer takes thirty writes and then makes whoever draws wait: with a line that hangs the uploads,
the polls and the watch would stand still too, and with a terminal that is gone it would wait for ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import sys
import threading
from collections import deque
from collections.abc import Callable

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

_MOST_WAITING = 256 * 1024
"""Bytes: with more on their way nothing is drawn; what is drawn later is newer."""
_LAST_WORDS_S = 1.0
"""What a line gets to take what puts the terminal back, when vbtui ends or is suspended."""
_END_S = 20.0
"""By then a vbtui without a terminal has ended, or is made to: what it does is written down first, so that the
next one goes on with it."""


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
        self._loop = asyncio.get_running_loop()
        self._drawing = contextlib.ExitStack()
        """Holds what keeps the app from drawing."""
        self._shown = app
        assert sys.__stderr__ is not None
        self._outlet = Outlet(sys.__stderr__.fileno(), on_drained=self._drained, on_gone=self._gone)

    def write(self, data: str) -> None:
        if self._outlet.write(data.encode(errors="replace")):
            self._drawing.enter_context(self._shown.batch_update())

    def close(self) -> None:
        super().close()
        self._outlet.close()

    def _drained(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._draw_again)

    def _draw_again(self) -> None:
        self._drawing.close()
        if self._shown.is_running:
            self._shown.screen.refresh()

    def _gone(self) -> None:
        watchdog = threading.Timer(_END_S, os._exit, (EXIT_GONE,))
        watchdog.daemon = True
        watchdog.start()
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._shown.exit, EXIT_GONE)


EXIT_GONE = 129
"""The exit code of a vbtui whose terminal went away: what SIGHUP gives."""


class Outlet:
    """Writes to a terminal from a thread, and sees it go away also while there is nothing to write.

    Args:
        fd: of the terminal; its modes stay as they are, others use it too.
        on_drained: after a `write` that returned True: everything is out. Called in the thread.
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
        self._size = 0
        self._is_full = False
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
            self._size += len(data)
            is_news = self._size > _MOST_WAITING and not self._is_full
            self._is_full |= is_news
            self._is_closing = False
            if self._writer is None or not self._writer.is_alive():
                self._writer = self._start(self._write_all)
            if self._watcher is None:
                self._watcher = self._start(self._watch)
            self._changed.notify()
        return is_news

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
            while not self._waiting:
                if self._is_full:
                    self._is_full = False
                    self._on_drained()
                if self._is_closing:
                    self._writer = None
                    return None
                self._changed.wait()
            data = self._waiting.popleft()
            self._size -= len(data)
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
            self._size = 0
        if is_first:
            self._on_gone()
