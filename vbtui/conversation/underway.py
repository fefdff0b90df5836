"""The turns that are under way here, at most one a session, and how one of them is stopped."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Running:
    turn_id: int
    task: asyncio.Task[None]
    stopping: bool = False
    stopped: asyncio.Event = field(default_factory=asyncio.Event)


class Underway:
    """Begins with a task, ends when that has seen to everything."""

    def __init__(self) -> None:
        self._running: dict[str, _Running] = {}

    def __bool__(self) -> bool:
        return bool(self._running)

    @property
    def sessions(self) -> frozenset[str]:
        """The sessions in which a turn is under way."""
        return frozenset(self._running)

    def turn_of(self, session_id: str) -> int | None:
        """The turn that is under way in a session."""
        running = self._running.get(session_id)
        return running.turn_id if running else None

    def holds(self, turn_id: int) -> bool:
        """Whether the turn is under way."""
        return any(running.turn_id == turn_id for running in self._running.values())

    def begin(self, session_id: str, turn_id: int, task: asyncio.Task[None]) -> None:
        """`task` works on the turn from now on."""
        self._running[session_id] = _Running(turn_id, task)

    def end(self, session_id: str) -> None:
        """Nothing is under way in the session any more."""
        running = self._running.pop(session_id, None)
        if running is not None:
            running.stopped.set()

    async def stop(self, session_id: str) -> None:
        """End what is under way in the session; returns when it is marked as stopped."""
        running = self._running.get(session_id)
        if running is not None:
            running.stopping = True
            running.task.cancel()
            await running.stopped.wait()

    def is_stopping(self, turn_id: int) -> bool:
        """Whether the turn is ended because the user wants it."""
        return any(one.turn_id == turn_id and one.stopping for one in self._running.values())

    def has_stopped(self, turn_id: int) -> None:
        """The turn is marked as stopped, though its task may have more to see to."""
        for running in self._running.values():
            if running.turn_id == turn_id:
                running.stopped.set()
