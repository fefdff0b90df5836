"""When failed uploads are tried again."""

from __future__ import annotations

import asyncio
import heapq

from vbtui.base.clock import first
from vbtui.journal.assets import AssetRow
from vbtui.journal.records import AssetState
from vbtui.media.intake import Intake
from vbtui.media.ledger import Ledger
from vbtui.session.context import Context
from vbtui.session.events import AssetChanged

_SHOWN = 20
"""Rows whose countdown is kept true; the others show what they showed when they failed."""


class Retries:
    """Tries every row with a `retry_at` again when its time has come."""

    def __init__(self, context: Context, ledger: Ledger, intake: Intake) -> None:
        self._context = context
        self._ledger = ledger
        self._intake = intake
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
                await self._intake.retry(row)
            self._count_down(now)
            self._wake.clear()
            if not self._times:
                await self._wake.wait()
                continue
            left = self._times[0][0] - self._context.clock.now()
            step = 1.0 if left < 12 else 10.0
            await first(self._wake.wait(), self._context.clock.sleep(max(0.05, min(left, step))))

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
