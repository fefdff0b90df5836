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

from vbtui.base.translation import Translation

_STEP_MS = 40
_DEBOUNCE_MS = 100
_EVENT_LIMIT = 1000

_T = Translation
_RAISE = _T("Raise it: {command}", "请调高：{command}")
WATCHES_COMMAND = "sudo sysctl fs.inotify.max_user_watches=524288"
INSTANCES_COMMAND = "sudo sysctl fs.inotify.max_user_instances=512"
_FILES_COMMAND = "ulimit -n 4096"
NAMES_HINT = _T(
    "Give it another name; until then new files are found by looking, not by events.",
    "请给它换一个名称；在此之前，新文件靠定期查看发现，而不是靠事件。",
)
_LIMIT = _T("the limit {name} is reached", "已达到 {name} 的上限")
_NOT_UTF_8 = _T("a name in it is not UTF-8", "其中有名称不是 UTF-8")
_NO_EVENTS = _T("file events are not available", "没有文件事件可用")
_ENDED = _T("file events came to an end", "文件事件已结束")
_MOST_FILES = _T(
    "this process may not open more than {limit} files", "此进程最多只能打开 {limit} 个文件"
)


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
            return cls(
                _LIMIT.of(name="fs.inotify.max_user_watches"), _RAISE.of(command=WATCHES_COMMAND)
            )
        if "too many open files" in text:
            return _too_many()
        if isinstance(error, UnicodeError) or "unable to decode" in text:
            return cls(_NOT_UTF_8.of(), NAMES_HINT.of())
        return cls(_NO_EVENTS.of())


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
        why: BaseException = NoEvents(_ENDED.of())
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
            return NoEvents(_MOST_FILES.of(limit=limit), _RAISE.of(command=_FILES_COMMAND))
    reached = _LIMIT.of(name="fs.inotify.max_user_instances")
    return NoEvents(reached, _RAISE.of(command=INSTANCES_COMMAND))
