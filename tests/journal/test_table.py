"""The ledger over a real journal: two engines on one file, each with its table."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from vbtui.base.errors import DiskProblem
from vbtui.journal.journal import Journal
from vbtui.journal.owners import new_owner, release_owner
from vbtui.journal.table import Layout, Table, Value


@dataclass(frozen=True)
class Job:
    id: int
    state: str
    owner: str = ""
    shown: int = 0
    """Not kept in the journal."""


def _columns(job: Job) -> dict[str, Value]:
    return {"state": job.state, "owner": job.owner}


LAYOUT: Layout[Job] = Layout(
    "jobs", lambda line: Job(line["id"], line["state"], line["owner"]), _columns
)


class Jobs(Table[Job]):
    """One engine's view; `heard` is what it reported."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal, LAYOUT, new_owner())
        self.heard: list[tuple[str, Job]] = []
        self.at_work: set[int] = set()

    def keeps(self, mine: Job, found: Job) -> bool:
        return mine.id in self.at_work

    def changed(self, row: Job, before: Job | None) -> None:
        if row != before:
            self.heard.append(("new" if before is None else "changed", row))

    def removed(self, row: Job) -> None:
        self.heard.append(("removed", row))

    def now(self) -> list[Job]:
        return sorted(self.rows, key=lambda job: job.id)

    async def put(self, state: str, owner: str = "") -> int:
        return await self.journal.run(lambda c: LAYOUT.insert(c, Job(0, state, owner)))

    async def kept(self) -> list[Job]:
        return await self.journal.run(lambda c: LAYOUT.select(c, "ORDER BY id"))


@pytest.fixture
async def jobs(tmp_path: Path) -> AsyncIterator[tuple[Jobs, Jobs]]:
    """The tables of two engines on one journal."""
    journals = [Journal(tmp_path / "journal.db") for _ in range(2)]
    for journal in journals:
        await journal.open()
    await journals[0].run(
        lambda c: c.execute(
            "CREATE TABLE jobs (id INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT, owner TEXT)"
        )
    )
    one, other = map(Jobs, journals)
    yield one, other
    for table in (one, other):
        await table.journal.close()
        release_owner(table.owner)


def every(connection: sqlite3.Connection) -> list[Job]:
    return LAYOUT.select(connection)


async def test_a_sync_reports_what_others_added_changed_and_removed(
    jobs: tuple[Jobs, Jobs],
) -> None:
    one, other = jobs
    first, second, third = [await other.put(state) for state in ("a", "b", "c")]
    await one.load(every)
    assert one.heard == [
        ("new", Job(first, "a")),
        ("new", Job(second, "b")),
        ("new", Job(third, "c")),
    ]
    one.heard.clear()
    await one.sync()
    assert one.heard == [], "nothing is reported twice"
    await other.write(second, lambda _, now: replace(now, state="B"))
    await other.journal.run(lambda c: c.execute("DELETE FROM jobs WHERE id = ?", [first]))
    fourth = await other.put("d")
    await one.sync()
    assert one.heard == [
        ("removed", Job(first, "a")),
        ("changed", Job(second, "B")),
        ("new", Job(fourth, "d")),
    ]
    assert one.now() == [Job(second, "B"), Job(third, "c"), Job(fourth, "d")]


async def test_another_load_forgets_the_rows_of_the_one_before(jobs: tuple[Jobs, Jobs]) -> None:
    one, _ = jobs
    first, second = await one.put("a"), await one.put("b")
    await one.load(lambda c: LAYOUT.select(c, "WHERE state = 'a'"))
    await one.load(lambda c: LAYOUT.select(c, "WHERE state = 'b'"))
    assert one.now() == [Job(second, "b")]
    assert ("removed", Job(first, "a")) in one.heard
    one.heard.clear()
    await one.load(every, quietly=True)
    assert [job.id for job in one.now()] == [first, second]
    assert one.heard == []


async def test_what_this_process_works_on_is_not_overwritten(jobs: tuple[Jobs, Jobs]) -> None:
    one, other = jobs
    mine, free = await one.put("a"), await one.put("a")
    await one.load(every)
    one.at_work.add(mine)
    one.show(Job(mine, "a", shown=40))
    for key in (mine, free):
        await other.write(key, lambda _, now: replace(now, state="b"))
    await one.sync()
    assert one.now() == [Job(mine, "a", shown=40), Job(free, "b")]


async def test_a_row_changed_here_while_the_journal_is_read_stays_as_it_is_here(
    jobs: tuple[Jobs, Jobs],
) -> None:
    """What was read is older than what memory learned meanwhile; it is read once more."""
    one, _ = jobs
    kept, gone, theirs = await one.put("old"), await one.put("old"), await one.put("old")
    await one.load(every)
    reads: list[list[Job]] = []
    loop = asyncio.get_running_loop()

    def change_here() -> None:
        one.show(Job(kept, "new"))
        one.drop(gone)
        one.show(Job(theirs, "old", shown=40))
        one.show(Job(4, "fresh"))
        one.heard.clear()

    def read(connection: sqlite3.Connection) -> list[Job]:
        reads.append(LAYOUT.select(connection))
        if len(reads) == 1:
            LAYOUT.update(connection, kept, {"state": "new"})
            connection.execute("DELETE FROM jobs WHERE id = ?", [gone])
            LAYOUT.update(connection, theirs, {"state": "theirs"})
            LAYOUT.insert(connection, Job(0, "fresh"))
            loop.call_soon_threadsafe(change_here)
        return reads[-1]

    await one.load(read)
    assert reads[0] == [Job(kept, "old"), Job(gone, "old"), Job(theirs, "old")]
    assert one.heard == [("changed", Job(theirs, "theirs"))], "nothing else comes back or goes"
    assert one.now() == [Job(kept, "new"), Job(theirs, "theirs"), Job(4, "fresh")]


async def test_what_others_did_to_a_row_that_was_shown_meanwhile_is_seen(
    jobs: tuple[Jobs, Jobs],
) -> None:
    one, _ = jobs
    key = await one.put("old")
    await one.load(every)
    loop = asyncio.get_running_loop()
    reads: list[list[Job]] = []

    def read(connection: sqlite3.Connection) -> list[Job]:
        reads.append(LAYOUT.select(connection))
        if len(reads) == 1:
            LAYOUT.update(connection, key, {"state": "theirs"})
            loop.call_soon_threadsafe(one.show, Job(key, "old", shown=40))
        return reads[-1]

    await one.load(read)
    assert one.now() == [Job(key, "theirs")]
    assert len(reads) == 2, "and no further look than that"


async def test_one_process_alone_gets_a_claim(jobs: tuple[Jobs, Jobs]) -> None:
    one, _ = jobs
    keys = [await one.put("waiting") for _ in range(20)]
    for table in jobs:
        await table.load(every)

    async def claim(table: Jobs, key: int) -> Job | None:
        return await table.claim(
            key,
            lambda _, now: (
                replace(now, state="sending", owner=table.owner) if now.state == "waiting" else None
            ),
        )

    got = await asyncio.gather(*(claim(table, key) for key in keys for table in jobs))
    winners = [[job for job in pair if job] for pair in zip(got[::2], got[1::2], strict=True)]
    assert [len(pair) for pair in winners] == [1] * len(keys)
    assert await one.kept() == [pair[0] for pair in winners]
    for table in jobs:
        ours = [pair[0] for pair in winners if table.is_ours(pair[0])]
        assert [job for job in table.now() if job.state == "sending"] == ours


async def test_a_claim_looks_at_the_journal_and_not_at_memory(jobs: tuple[Jobs, Jobs]) -> None:
    one, other = jobs
    ours, theirs, gone = (
        await one.put("waiting", one.owner),
        await one.put("waiting", other.owner),
        await one.put("waiting"),
    )
    await one.load(every)
    await one.journal.run(lambda c: c.execute("DELETE FROM jobs WHERE id = ?", [gone]))
    seen: list[Job] = []

    def send(_: sqlite3.Connection, now: Job) -> Job:
        seen.append(now)
        return replace(now, state="sending")

    claimed = [await one.claim(key, send) for key in (ours, theirs, gone)]
    sending = Job(ours, "sending", one.owner)
    assert claimed == [sending, None, None]
    assert seen == [Job(ours, "waiting", one.owner)], "another's is not even asked about"
    assert await one.kept() == [sending, Job(theirs, "waiting", other.owner)]
    assert await one.claim(ours, lambda *_: None) is None
    assert one.get(ours) == sending


async def test_only_what_the_dead_left_is_adopted(jobs: tuple[Jobs, Jobs]) -> None:
    one, other = jobs
    dead = new_owner()
    release_owner(dead)
    owners = [one.owner, other.owner, dead, ""]
    keys = [await one.put("open", owner) for owner in owners]
    await one.put("over", dead)
    adopted = await one.adopt("WHERE state = ? ORDER BY id", ["open"])
    assert adopted == [Job(keys[2], "open", one.owner), Job(keys[3], "open", one.owner)]
    assert [job.owner for job in await one.kept()] == [
        one.owner,
        other.owner,
        one.owner,
        one.owner,
        dead,
    ]
    assert one.now() == adopted, "and known from here on"
    assert await one.adopt("WHERE state = ?", ["open"]) == []
    release_owner(other.owner)
    assert await one.adopt("WHERE state = ?", ["open"]) == [Job(keys[1], "open", one.owner)]


async def test_a_row_is_taken_over_unless_a_living_one_works_on_it(
    jobs: tuple[Jobs, Jobs],
) -> None:
    one, other = jobs
    ours, theirs, nobodys = [await one.put("open", o) for o in (one.owner, other.owner, "")]
    for key in (ours, nobodys):
        assert await one.take_over(key, lambda now: now.state == "open") == Job(
            key, "open", one.owner
        )
        assert await one.take_over(key, lambda now: now.state != "open") is None
    assert await one.take_over(theirs, lambda _: True) is None
    assert await one.take_over(99, lambda _: True) is None
    release_owner(other.owner)
    assert await one.take_over(theirs, lambda _: True) == Job(theirs, "open", one.owner)
    assert [job.owner for job in await other.kept()] == [one.owner] * 3


def test_whose_a_row_is() -> None:
    one, other, dead = new_owner(), new_owner(), new_owner()
    release_owner(dead)
    table = Table(Journal(Path()), LAYOUT, one)
    rows = [Job(1, "", owner) for owner in (one, other, dead, "")]
    assert [table.is_ours(row) for row in rows] == [True, False, False, False]
    assert [table.is_foreign(row) for row in rows] == [False, True, False, False]


async def test_what_is_asked_for_at_once_is_written_together_and_fails_alone(
    jobs: tuple[Jobs, Jobs],
) -> None:
    one, _ = jobs

    def fail(connection: sqlite3.Connection) -> None:
        LAYOUT.insert(connection, Job(0, "not written"))
        raise ValueError("no")

    def refuse(connection: sqlite3.Connection) -> None:
        LAYOUT.insert(connection, Job(0, "not written either"))
        connection.execute("SELECT * FROM nothing")

    works = [
        one.put("a"),
        one.journal.run(fail),
        one.put("b"),
        one.journal.run(refuse),
        one.put("c"),
    ]
    outcomes = await asyncio.gather(*works, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [int, ValueError, int, DiskProblem, int]
    assert [job.state for job in await one.kept()] == ["a", "b", "c"]


async def test_what_was_given_up_before_it_began_is_not_written(jobs: tuple[Jobs, Jobs]) -> None:
    one, other = jobs
    entered, go_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait(_: sqlite3.Connection) -> None:
        loop.call_soon_threadsafe(entered.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()

    first = asyncio.create_task(one.journal.run(wait))
    await entered.wait()
    given_up, kept = asyncio.create_task(one.put("given up")), asyncio.create_task(one.put("kept"))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(first, kept)
    assert [job.state for job in await other.kept()] == ["kept"]
