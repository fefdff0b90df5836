"""A trial of `python -m tests.faults`: real processes, random faults, an audit."""

from __future__ import annotations

from tests.faults.__main__ import play


async def test_nothing_is_lost_sent_twice_stuck_or_left_behind() -> None:
    audit = await play(range(100, 101))
    assert audit.is_clean, str(audit)
    assert audit.faults, "nothing happened to them"
