"""Waking up when something happens in a folder (watchfiles), as far as the system can tell.

Events only wake the scanner: of a tree that is renamed into the folder they name the top alone, in
new nested folders they miss files, and the first one of a file comes when it is opened.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

_STEP_MS = 40
_DEBOUNCE_MS = 100
_EVENT_LIMIT = 1000

WATCHES_HINT = "Raise it: sudo sysctl fs.inotify.max_user_watches=524288"
INSTANCES_HINT = "Raise it: sudo sysctl fs.inotify.max_user_instances=512"
FILES_HINT = "Raise it: ulimit -n 4096"


class NoEvents(Exception):
    """The system does not report changes of this folder.

    Args:
        reason: which limit was reached, or what failed.
        hint: how to mend it; empty when nothing is known.
    """

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


class EventSource:
    """A thread that waits for events below `directory` and calls `wake` on the event loop.

    `wake` gets the paths that changed, or None when there were too many to tell.
    """

    def __init__(self, directory: Path, wake: Callable[[set[str] | None], None]) -> None:
        self._directory = directory
        self._wake = wake
        self._loop = asyncio.get_running_loop()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    async def start(self) -> None:
        """Returns when every event from now on is seen. Raises `NoEvents`, `OSError`."""
        notify = await asyncio.to_thread(_open, self._directory)
        self._thread = threading.Thread(
            target=self._wait, args=(notify,), name="hotfolder", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """No more calls of `wake` that matter; the thread ends by itself within a moment."""
        self._stop.set()

    def _wait(self, notify: RustNotify) -> None:
        with suppress(RuntimeError):  # the loop was closed, or the watcher has ended
            while not self._stop.is_set():
                changes = notify.watch(_DEBOUNCE_MS, _STEP_MS, 0, self._stop)
                if isinstance(changes, str):
                    break
                paths = {path for _, path in changes} if len(changes) <= _EVENT_LIMIT else None
                self._loop.call_soon_threadsafe(self._wake, paths)
        notify.close()


def _open(directory: Path) -> RustNotify:
    from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

    def make(ignore_denied: bool) -> RustNotify:
        return RustNotify([os.fspath(directory)], False, False, 0, True, ignore_denied)

    try:
        try:
            return make(False)
        except PermissionError:  # a folder that nobody may list does not hide the others
            return make(True)
    except (OSError, WatchfilesRustInternalError) as error:
        text = str(error).lower()
        if "limit reached" in text or "maxfileswatch" in text:
            raise NoEvents(
                "the limit fs.inotify.max_user_watches is reached", WATCHES_HINT
            ) from None
        if "too many open files" in text:
            raise _too_many() from None
        if isinstance(error, FileNotFoundError):
            raise
        raise NoEvents("file events are not available") from None


def _too_many() -> NoEvents:
    """EMFILE has two causes: the process's own files, or the user's inotify instances."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        if len(os.listdir("/proc/self/fd")) + 8 >= limit:
            return NoEvents(f"this process may not open more than {limit} files", FILES_HINT)
    return NoEvents("the limit fs.inotify.max_user_instances is reached", INSTANCES_HINT)
