"""From the engine's reports to the screens: the newest of each thing, at most thirty times a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable

from vbtui.session.events import (
    AssetChanged,
    AssetRemoved,
    DraftChanged,
    Event,
    RenderChanged,
    RenderRemoved,
    TurnChanged,
    TurnRemoved,
)

INTERVAL_S = 1 / 30
_LATE_S = 0.005
_LONGEST_S = 0.3
_REST = 4
"""A loop that was busy leaves the next batch waiting so many times as long: keys come first."""

Deliver = Callable[[tuple[Event, ...]], None]


def subject_of(event: Event) -> Hashable:
    """What the report is about: a later report about the same subject replaces an earlier one."""
    match event:
        case TurnChanged():
            return ("turn", event.turn.id)
        case TurnRemoved():
            return ("turn", event.turn_id)
        case AssetChanged():
            return ("asset", event.asset.id)
        case AssetRemoved():
            return ("asset", event.asset_id)
        case RenderChanged():
            return ("render", event.render.id)
        case RenderRemoved():
            return ("render", event.render_id)
        case DraftChanged():
            return "draft"
        case _:
            return (type(event), id(event))


class Pump:
    """Collects reports and hands them on in batches.

    Nothing runs while no report arrives. After a batch the next one waits until the screens have
    taken it (`handled`), so a slow screen gets fewer, newer reports.

    Args:
        deliver: takes a batch; on the event loop.
    """

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self._waiting: dict[Hashable, Event] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._busy = False
        self._next_at = 0.0
        self._has_rested = False
        self._closed = False

    def take(self, event: Event) -> None:
        """A report; to be subscribed to the engine's bus."""
        subject = subject_of(event)
        self._waiting.pop(subject, None)
        self._waiting[subject] = event
        self._schedule()

    def handled(self) -> None:
        """The screens have taken the last batch."""
        self._busy = False
        self._schedule()

    def close(self) -> None:
        """Deliver nothing any more."""
        self._closed = True
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()

    @property
    def is_idle(self) -> bool:
        """Nothing waits and nothing is being shown."""
        return not self._waiting and not self._busy

    def _schedule(self) -> None:
        if self._closed or self._busy or self._timer is not None or not self._waiting:
            return
        loop = asyncio.get_running_loop()
        due = max(self._next_at, loop.time())
        self._timer = loop.call_at(due, self._flush, due)

    def _flush(self, due: float) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        if now - due > _LATE_S and not self._has_rested:
            self._has_rested = True
            self._next_at = now + min(_REST * (now - due), _LONGEST_S)
            self._schedule()
            return
        self._has_rested = False
        batch = tuple(self._waiting.values())
        self._waiting.clear()
        self._busy = True
        self._next_at = now + INTERVAL_S
        self._deliver(batch)
