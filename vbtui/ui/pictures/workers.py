"""A few threads that do one thing after another and never keep the process alive."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class _Job(Generic[T]):
    """Something to do, and where its result goes."""

    def __init__(self, work: Callable[[], T]) -> None:
        self.work = work
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self.loop.create_future()

    def run(self) -> None:
        if self.future.cancelled():
            return
        try:
            result = self.work()
        except BaseException as error:
            self._answer(_fail, error)
        else:
            self._answer(_succeed, result)

    def _answer(self, how: Callable[..., None], value: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
            self.loop.call_soon_threadsafe(how, self.future, value)


def _succeed(future: asyncio.Future[T], result: T) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[T], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)


class Workers:
    """At most `count` threads, begun when they are needed, ended by `close`.

    The newest job is done first, since it is what the user looks at now; of those that wait only
    the newest `waiting` are kept, the others are cancelled. So is a job whose task is cancelled.
    """

    def __init__(self, count: int = 2, waiting: int = 16) -> None:
        self._count = count
        self._most = waiting
        self._jobs: deque[_Job[object]] = deque()
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self.is_closed = False

    async def run(self, work: Callable[[], T]) -> T:
        """The result of `work`, called in a thread. `CancelledError` when newer work took its place."""
        if self.is_closed:
            raise asyncio.CancelledError
        job = _Job(work)
        with self._changed:
            self._jobs.append(job)  # type: ignore[arg-type]  # a queue of jobs of any kind
            dropped = self._jobs.popleft() if len(self._jobs) > self._most else None
            if not self._idle and len(self._threads) < self._count:
                self._begin()
            self._changed.notify()
        if dropped is not None:
            dropped.future.cancel()
        return await job.future

    def _begin(self) -> None:
        thread = threading.Thread(
            target=self._serve, name=f"pictures-{len(self._threads)}", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        while (job := self._next()) is not None:
            job.run()

    def _next(self) -> _Job[object] | None:
        with self._changed:
            self._idle += 1
            try:
                while not self._jobs and not self.is_closed:
                    self._changed.wait()
                return None if self.is_closed else self._jobs.pop()
            finally:
                self._idle -= 1

    def close(self) -> None:
        """Begin nothing more; what is under way ends by itself, or with the process."""
        with self._changed:
            self.is_closed = True
            waiting, self._jobs = list(self._jobs), deque()
            self._changed.notify_all()
        for job in waiting:
            job.future.cancel()
