"""Waking up when something happens in a folder (watchfiles), as far as the system can tell.

Events only wake the scanner: of a tree that is renamed into the folder they name the top alone, in
new nested folders they miss files, and the first one of a file comes when it is opened. A name that
is not UTF-8 ends them.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_STEP_MS = 40
_DEBOUNCE_MS = 100
_EVENT_LIMIT = 1000

WATCHES_HINT = "Raise it: sudo sysctl fs.inotify.max_user_watches=524288"
INSTANCES_HINT = "Raise it: sudo sysctl fs.inotify.max_user_instances=512"
FILES_HINT = "Raise it: ulimit -n 4096"
NAMES_HINT = "Give it another name; until then new files are found by looking, not by events."


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

    @classmethod
    def of(cls, error: BaseException) -> NoEvents:
        """What `error` of watchfiles means. Limits are told by the system's words for them."""
        if isinstance(error, NoEvents):
            return error
        text = str(error).lower()
        if "limit reached" in text or "maxfileswatch" in text:
            return cls("the limit fs.inotify.max_user_watches is reached", WATCHES_HINT)
        if "too many open files" in text:
            return _too_many()
        if isinstance(error, UnicodeError) or "unable to decode" in text:
            return cls("a name in it is not UTF-8", NAMES_HINT)
        return cls("file events are not available")


class EventSource:
    """A thread that waits for events below `directory`.

    Args:
        wake: gets the paths that changed, or None when there were too many to tell.
        ended: told why there are no more events.

    Both are called on the event loop.
    """

    def __init__(
        self,
        directory: Path,
        wake: Callable[[set[str] | None], None],
        ended: Callable[[NoEvents], None],
    ) -> None:
        self._directory = directory
        self._wake, self._ended = wake, ended
        self._loop = asyncio.get_running_loop()
        self._began: asyncio.Future[None] = self._loop.create_future()
        self._is_stopped = False

    async def start(self) -> None:
        """Returns when every event from now on is seen. Raises `NoEvents`, `FileNotFoundError`."""
        threading.Thread(target=self._watch, name="hotfolder", daemon=True).start()
        try:
            await self._began
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Nothing is called any more; the thread ends by itself within a moment."""
        self._is_stopped = True

    def is_set(self) -> bool:
        """Asked by watchfiles between two waits, and not before the system's events come."""
        if not self._began.done():
            self._call(self._begin)
        return self._is_stopped or self._loop.is_closed()

    def _watch(self) -> None:
        """Whatever ends it, it is told: errors, panics of the Rust half, an end without a word."""
        why: BaseException = NoEvents("file events came to an end")
        try:
            try:
                self._pass_on(ignores_denied=False)
            except PermissionError:  # a folder that nobody may list does not hide the others
                self._pass_on(ignores_denied=True)
        except BaseException as error:
            why = error
        self._call(self._end, why)

    def _pass_on(self, *, ignores_denied: bool) -> None:
        from watchfiles import watch

        for changes in watch(
            self._directory,
            watch_filter=None,
            debounce=_DEBOUNCE_MS,
            step=_STEP_MS,
            stop_event=self,
            rust_timeout=0,
            debug=False,
            force_polling=False,
            ignore_permission_denied=ignores_denied,  # which would hide limits too
        ):
            paths = {path for _, path in changes} if len(changes) <= _EVENT_LIMIT else None
            self._call(self._changed, paths)

    def _call(self, function: Callable[..., None], *args: object) -> None:
        with suppress(RuntimeError):  # the loop was closed
            self._loop.call_soon_threadsafe(function, *args)

    # On the event loop

    def _begin(self) -> None:
        if not self._began.done():
            self._began.set_result(None)

    def _changed(self, paths: set[str] | None) -> None:
        if not self._is_stopped:
            self._wake(paths)

    def _end(self, error: BaseException) -> None:
        if not self._began.done():
            self._began.set_exception(
                error if isinstance(error, FileNotFoundError) else NoEvents.of(error)
            )
        elif not self._is_stopped:
            self._ended(NoEvents.of(error))


def _too_many() -> NoEvents:
    """EMFILE has two causes: the process's own files, or the user's inotify instances."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        if len(os.listdir("/proc/self/fd")) + 8 >= limit:
            return NoEvents(f"this process may not open more than {limit} files", FILES_HINT)
    return NoEvents("the limit fs.inotify.max_user_instances is reached", INSTANCES_HINT)
