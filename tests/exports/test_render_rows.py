"""The queue's records, in two engines on one journal: who may change what, and who sees it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from vbtui.base.clock import SystemClock
from vbtui.base.settings import load
from vbtui.exports.queue import Gone, RenderQueue
from vbtui.journal import sessions
from vbtui.journal.journal import Journal
from vbtui.journal.records import DraftVersion, ExportOptions, Render, RenderState, Session
from vbtui.session.context import Context
from vbtui.session.drafts import Drafts
from vbtui.session.events import Bus, Event, Overview, RenderChanged, RenderRemoved

NO_DRAFT = DraftVersion(1, "s1", 0, None, None)


class Engine:
    """One queue; `heard` is what it reported, as ids with their states."""

    def __init__(self, path: Path) -> None:
        self.heard: list[tuple[str, str]] = []
        bus = Bus()
        bus.subscribe(self._hear)
        self.context = Context(
            settings=load(),
            clock=SystemClock(),
            bus=bus,
            journal=Journal(path / "journal.db"),
            is_local=False,
            backend="cloud",
            folder=path,
            overview=Overview("cloud"),
        )
        self.progressed = 0
        self.queue = RenderQueue(self.context, Drafts(self.context), self._progress)

    def _hear(self, event: Event) -> None:
        if isinstance(event, RenderChanged):
            self.heard.append((event.render.id, event.render.state))
        elif isinstance(event, RenderRemoved):
            self.heard.append((event.render_id, "removed"))

    def _progress(self) -> None:
        self.progressed += 1

    async def add(self, render_id: str, *, session: str = "s1", here: str = "") -> Render:
        waiting = Render(render_id, session, RenderState.WAITING, ExportOptions(here=here))
        return await self.queue.add(waiting, NO_DRAFT)

    def ids(self) -> list[str]:
        return [render.id for render in self.queue.renders]


@pytest.fixture
async def engines(tmp_path: Path) -> AsyncIterator[tuple[Engine, Engine]]:
    made = Engine(tmp_path), Engine(tmp_path)
    for engine in made:
        await engine.context.journal.open()
    for session in (Session("s1", "cloud", ""), Session("s2", "cloud", "")):
        await made[0].context.journal.run(lambda c: sessions.save(c, session))  # noqa: B023
    yield made
    for engine in made:
        await engine.context.journal.close()
        engine.context.close()


async def stored(engine: Engine, render_id: str) -> Render | None:
    return await engine.context.journal.run(lambda c: engine.queue.layout.find(c, render_id))


async def test_a_render_begins_once_by_its_own_engine_alone_in_its_session(
    engines: tuple[Engine, Engine],
) -> None:
    one, other = engines
    first, second = await one.add("render_1"), await one.add("render_2")
    there, here = await one.add("render_3", session="s2"), await one.add("render_4", here="k")
    await other.queue.refresh()
    assert await other.queue.begin(first) is None, "another engine's"
    begun = await one.queue.begin(first)
    assert begun is not None
    assert begun.state is RenderState.SUBMITTING
    assert begun.submitted_at is not None
    assert await stored(one, first.id) == begun == one.queue.get(first.id)
    assert await one.queue.begin(first) is None, "it does not wait any more"
    assert await one.queue.begin(second) is None, "its session has another"
    assert await one.queue.begin(there) is not None
    assert await one.queue.begin(here) is not None
    await one.queue.change(first.id, state=RenderState.DONE)
    assert await one.queue.begin(second) is not None


async def test_waiting_ones_change_places_among_themselves(
    engines: tuple[Engine, Engine],
) -> None:
    one, other = engines
    a, b, c, d = [await one.add(f"render_{number}") for number in range(4)]
    await other.queue.refresh()
    await one.queue.begin(b)
    one.heard.clear()
    await one.queue.arrange([d, a, c])
    assert one.ids() == [d.id, b.id, a.id, c.id]
    assert [one.position for one in one.queue.renders] == [1, 2, 3, 4]
    assert one.heard == [(render.id, "waiting") for render in (d, a, c)]
    await other.queue.refresh()
    assert other.ids() == one.ids()
    await other.queue.arrange([b, d])
    assert other.ids() == [d.id, b.id, a.id, c.id], "b does not wait, and d is where it was"


async def test_a_change_is_the_owners_until_it_is_over(engines: tuple[Engine, Engine]) -> None:
    one, other = engines
    render = await one.add("render_1")
    await other.queue.refresh()
    with pytest.raises(Gone):
        await other.queue.change(render.id, progress=9.0)
    with pytest.raises(Gone):
        await one.queue.change("render_9", progress=9.0)
    await one.queue.change(render.id, progress=5.0)
    assert one.progressed == 0, "the same state"
    done = await one.queue.change(render.id, state=RenderState.DONE, ended_at=7.0)
    assert one.progressed == 1
    assert done == replace(render, state=RenderState.DONE, progress=5.0, ended_at=7.0)
    assert await stored(other, render.id) == done
    with pytest.raises(Gone):
        await one.queue.change(render.id, progress=9.0)


async def test_what_is_written_is_reported_after_what_must_come_first(
    engines: tuple[Engine, Engine],
) -> None:
    one, _ = engines
    render = await one.add("render_1")
    one.heard.clear()
    seen: list[tuple[Render | None, list[tuple[str, str]]]] = []

    async def tidy() -> None:
        seen.append((await stored(one, render.id), list(one.heard)))

    done = await one.queue.change(render.id, once_written=tidy, state=RenderState.DONE)
    assert seen == [(done, [])]
    assert one.heard == [(render.id, "done")]


async def test_progress_that_is_only_shown(engines: tuple[Engine, Engine]) -> None:
    one, _ = engines
    render = await one.add("render_1")
    one.queue.progress(replace(render, progress=33.0, position=9.0))
    assert one.queue.get(render.id) == replace(render, progress=33.0)
    assert await stored(one, render.id) == render
    one.queue.progress(replace(render, id="render_9"))
    assert one.ids() == [render.id]
    cancelled = replace(render, state=RenderState.CANCELLED)
    await one.queue.cancel(render)
    one.queue.progress(replace(render, progress=50.0))
    kept = one.queue.get(render.id)
    assert kept is not None
    assert kept.state is cancelled.state


async def test_anyone_may_cancel_and_that_ends_the_run(engines: tuple[Engine, Engine]) -> None:
    one, other = engines
    render = await one.add("render_1")
    begun = await one.queue.begin(render)
    assert begun is not None
    run = asyncio.create_task(asyncio.Event().wait())
    one.queue.runs[render.id] = run  # type: ignore[assignment]  # what it returns does not matter
    await other.queue.refresh()
    one.queue.progress(replace(begun, progress=60.0))
    await one.queue.refresh()
    shown = one.queue.get(render.id)
    assert shown is not None
    assert shown.progress == 60, "memory knows better"
    assert not run.cancelled()
    assert await other.queue.cancel(begun) is True
    assert await other.queue.cancel(begun) is False
    await one.queue.refresh()
    await asyncio.wait([run])
    assert run.cancelled()
    for engine in engines:
        now = engine.queue.get(render.id)
        assert now is not None
        assert (now.state, now.problem) == (RenderState.CANCELLED, None)
        assert now.ended_at is not None
    assert await stored(one, render.id) == other.queue.get(render.id)


async def test_a_deleted_one_leaves_every_list(engines: tuple[Engine, Engine]) -> None:
    one, other = engines
    render = await one.add("render_1")
    await other.queue.refresh()
    await other.queue.cancel(render)
    await other.queue.delete(render.id)
    one.heard.clear()
    await one.queue.refresh()
    assert one.ids() == other.ids() == []
    assert one.heard == [(render.id, "removed")]


async def test_a_new_attempt_goes_on_in_the_old_ones_place(
    engines: tuple[Engine, Engine],
) -> None:
    one, other = engines
    first, later = await one.add("render_1"), await one.add("render_2")
    begun = await one.queue.begin(first)
    assert begun is not None
    await one.queue.change(first.id, progress=70.0, seen_at=8.0)
    again = await one.queue.next_attempt(first.id)
    assert again == replace(
        begun, id=again.id, attempt=2, progress=0.0, submitted_at=again.submitted_at
    )
    assert again.id not in (first.id, later.id)
    assert one.ids() == [again.id, later.id]
    assert one.queue.latest(first.id) == again
    assert await stored(one, first.id) is None
    assert await stored(one, again.id) == again
    await other.queue.refresh()
    await other.queue.cancel(again)
    with pytest.raises(Gone):
        await one.queue.renew(again, RenderState.WAITING, attempt=1)
    await one.queue.refresh()
    cancelled = one.queue.latest(first.id)
    assert cancelled is not None
    waiting = await one.queue.renew(cancelled, RenderState.WAITING, attempt=1)
    assert (waiting.state, waiting.attempt, waiting.submitted_at) == (RenderState.WAITING, 1, None)
    assert one.queue.latest(first.id) == waiting


async def test_a_failed_one_is_gone_on_with_under_its_id(
    engines: tuple[Engine, Engine],
) -> None:
    one, other = engines
    render = await one.add("render_1")
    failed = await one.queue.change(render.id, state=RenderState.FAILED, progress=100.0, ended_at=3)
    await other.queue.refresh()
    again = await other.queue.reopen(failed)
    assert again == replace(failed, state=RenderState.UNKNOWN, ended_at=None)
    assert other.queue.is_ours(again)
    assert await stored(one, render.id) == again
    with pytest.raises(Gone):
        await one.queue.change(render.id, progress=1.0)


async def test_what_a_dead_engine_left_is_gone_on_with(engines: tuple[Engine, Engine]) -> None:
    one, other = engines
    left, over = await one.add("render_1"), await one.add("render_2")
    await one.queue.cancel(over)
    await other.queue.adopt_unfinished()
    assert other.ids() == [], "it is alive"
    one.context.close()
    await other.queue.adopt_unfinished()
    assert other.ids() == [left.id]
    assert other.queue.is_ours(other.queue.renders[0])
    assert await other.queue.begin(left) is not None
    assert [render.owner for render in (await stored(other, left.id),) if render] == [
        other.context.owner
    ]


async def test_a_render_moves_with_its_session_while_it_is_made(
    engines: tuple[Engine, Engine],
) -> None:
    one, _ = engines
    first, second = await one.add("render_1"), await one.add("render_2")
    await one.queue.begin(first)
    new = Session("s9", "cloud", "")
    await one.context.journal.run(lambda c: sessions.replace(c, "s1", new, 1.0))
    changed = await one.queue.change(first.id, state=RenderState.DONE)
    begun = await one.queue.begin(second)
    assert begun is not None
    again = await one.queue.next_attempt(second.id)
    kept = [await stored(one, render.id) for render in (changed, again)]
    assert [render.session_id for render in kept if render] == ["s9", "s9"]
    assert changed.session_id == again.session_id == "s9"
