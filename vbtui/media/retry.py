"""When failed uploads are tried again, and how long that is still.

Why a file waits or failed, in the words that stand behind its name.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import math
from collections.abc import Awaitable, Callable

from vbtui.base.errors import VbtuiError
from vbtui.journal.assets import AssetRow
from vbtui.journal.records import Asset, AssetState
from vbtui.media.ledger import Ledger
from vbtui.session.context import Context
from vbtui.session.events import AssetChanged

_SHOWN = 20
"""Rows whose countdown is kept true; the others show what they showed when they failed."""


class Retries:
    """Gives every row with a `retry_at` to `again` when its time has come."""

    def __init__(
        self, context: Context, ledger: Ledger, again: Callable[[AssetRow], Awaitable[object]]
    ) -> None:
        self._context = context
        self._ledger = ledger
        self._again = again
        self._times: list[tuple[float, int]] = []
        self._wake = asyncio.Event()
        ledger.listeners.append(self._heard)

    def _heard(self, row: AssetRow) -> None:
        if row.state is AssetState.FAILED and row.asset.retry_at is not None:
            entry = (row.asset.retry_at, row.id)
            if entry not in self._times[:_SHOWN]:
                heapq.heappush(self._times, entry)
                self._wake.set()

    async def run(self) -> None:
        """Retry what is due, for as long as vbtui runs; sleeps while nothing waits."""
        while True:
            now = self._context.clock.now()
            for row in self._due(now):
                await self._again(row)
            self._count_down(now)
            self._wake.clear()
            if not self._times:
                await self._wake.wait()
                continue
            left = self._times[0][0] - self._context.clock.now()
            step = 1.0 if left < 12 else 10.0
            await self._pause(max(0.05, min(left, step)))

    def _due(self, now: float) -> list[AssetRow]:
        rows: dict[int, AssetRow] = {}
        while self._times and self._times[0][0] <= now:
            _, row_id = heapq.heappop(self._times)
            row = self._waiting(row_id)
            if row is not None and row.asset.retry_at is not None and row.asset.retry_at <= now:
                rows[row_id] = row
        return list(rows.values())

    def _waiting(self, row_id: int) -> AssetRow | None:
        row = self._ledger.get(row_id)
        return row if row is not None and row.state is AssetState.FAILED else None

    def _count_down(self, now: float) -> None:
        for retry_at, row_id in heapq.nsmallest(_SHOWN, self._times):
            row = self._waiting(row_id)
            if row is not None and row.asset.retry_at == retry_at:
                self._context.bus.publish(AssetChanged(row.asset))

    async def _pause(self, seconds: float) -> None:
        waiting = asyncio.create_task(self._wake.wait())
        pause = asyncio.create_task(self._context.clock.sleep(seconds))
        try:
            await asyncio.wait([waiting, pause], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (waiting, pause):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task


_NO_ROOM = 160


def phrase(error: VbtuiError) -> str:
    """An error's message as a phrase: no full stop, no capital where a word begins it."""
    text = error.message.strip().rstrip(".")
    head, _, rest = text.partition(" ")
    if head[1:].islower() and head[:1].isupper():
        text = f"{head[0].lower()}{head[1:]} {rest}".strip()
    return text if len(text) <= _NO_ROOM else text[: _NO_ROOM - 1] + "…"


def reason_now(asset: Asset, now: float) -> str:
    """Why it waits or failed, with when it is tried again: `retry in 40 s: connection refused`."""
    if asset.state is not AssetState.FAILED or asset.retry_at is None:
        return asset.reason
    return f"retry in {span(asset.retry_at - now)}: {asset.reason}"


def span(seconds: float) -> str:
    """A wait in steps that are worth telling: seconds to ten, tens to a minute, then minutes."""
    if seconds > 90:
        return f"{math.ceil(seconds / 60)} min"
    if seconds > 10:
        return f"{math.ceil(seconds / 10) * 10} s"
    return f"{max(1, math.ceil(seconds))} s"


def growing(quiet_s: float, settle_s: float) -> str:
    """`growing, quiet 3.1 s of 5`."""
    return f"growing, quiet {quiet_s:.1f} s of {settle_s:g}"
