"""Reports on their way to the screens."""

from __future__ import annotations

import asyncio

from vbtui.journal.records import Turn, TurnState
from vbtui.session.events import Event, TurnChanged, TurnRemoved
from vbtui.ui.kit.terminal import Line
from vbtui.ui.reports import Pump


def turn(number: int, reply: str) -> TurnChanged:
    return TurnChanged(Turn(number, "s", "hi", "edit", TurnState.RUNNING, reply=reply))


LINE = Line({})
Batches = asyncio.Queue[tuple[Event, ...]]


async def test_later_report_replaces_the_earlier_one() -> None:
    batches: Batches = asyncio.Queue()
    pump = Pump(batches.put_nowait, LINE)
    for piece in ("a", "ab", "abc"):
        pump.take(turn(1, piece))
    pump.take(turn(2, "x"))
    assert await batches.get() == (turn(1, "abc"), turn(2, "x"))


async def test_removal_replaces_what_was_said_before() -> None:
    batches: Batches = asyncio.Queue()
    pump = Pump(batches.put_nowait, LINE)
    pump.take(turn(1, "a"))
    pump.take(TurnRemoved(1))
    assert await batches.get() == (TurnRemoved(1),)


async def test_next_batch_waits_for_the_screen() -> None:
    batches: Batches = asyncio.Queue()
    pump = Pump(batches.put_nowait, LINE)
    pump.take(turn(1, "a"))
    await batches.get()
    pump.take(turn(1, "ab"))
    await asyncio.sleep(LINE.report_s * 1.5)
    assert batches.empty()
    pump.handled()
    await batches.get()
    assert not pump.is_idle
    pump.handled()
    assert pump.is_idle


async def test_batches_do_not_come_faster_than_the_rate() -> None:
    loop = asyncio.get_running_loop()
    batches: Batches = asyncio.Queue()
    pump = Pump(batches.put_nowait, LINE)
    began = loop.time()
    for number in range(4):
        pump.take(turn(1, "a" * number))
        await batches.get()
        pump.handled()
    assert loop.time() - began >= LINE.report_s * 2.9


async def test_closed_pump_is_silent() -> None:
    batches: Batches = asyncio.Queue()
    pump = Pump(batches.put_nowait, LINE)
    pump.take(turn(1, "a"))
    pump.close()
    await asyncio.sleep(LINE.report_s)
    assert batches.empty()
