"""The journal's file: opened by several at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

from vbtui.journal.journal import Journal


async def test_several_that_make_the_journal_at_once_all_open_it(tmp_path: Path) -> None:
    """SQLite does not wait where two change its mode at the same time: one is refused at once."""
    for number in range(60):
        journals = [Journal(tmp_path / str(number) / "journal.db") for _ in range(6)]
        await asyncio.gather(*(journal.open() for journal in journals))
        for journal in journals:
            await journal.close()
