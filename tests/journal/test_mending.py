"""A journal that is damaged, locked, newer, full or no file: what can be read goes on, and the words fit."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from argparse import Namespace
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from tests.waiting import PATIENCE_S
from vbtui.base.errors import DiskProblem
from vbtui.base.problem import Problem
from vbtui.cli import doctor
from vbtui.conversation import queue
from vbtui.journal import assets, mending, renders, schema, sessions
from vbtui.journal.assets import AssetRow
from vbtui.journal.journal import Journal
from vbtui.journal.records import (
    Asset,
    AssetState,
    ExportOptions,
    Render,
    RenderState,
    Session,
    Turn,
    TurnState,
)

ROOT = Path(__file__).parents[2]
TABLES = ("sessions", "turns", "drafts", "assets", "renders", "facts")
PAGE = 4096


def fill(connection: sqlite3.Connection, count: int = 60) -> None:
    """A conversation, files and exports that reach over many pages."""
    sessions.save(connection, Session("s", "local", "promo"))
    for number in range(count):
        turn = Turn(0, "s", f"say {number}", "edit", TurnState.DONE, reply="so be it " * 20)
        queue.LAYOUT.insert(connection, turn)
        asset = Asset(
            0, "s", Path(f"/a/{number}.mp4"), f"{number}.mp4", "video", "picked", AssetState.DONE
        )
        assets.LAYOUT.insert(connection, AssetRow(asset, None, 0, "", ""))
        renders.LAYOUT.insert(
            connection, Render(f"render_{number}", "s", RenderState.DONE, ExportOptions())
        )
        connection.execute(
            "INSERT INTO drafts VALUES ('s', ?, ?, ?, NULL, 0)", [number, f"{number}", '{"t": []}']
        )
        sessions.put(connection, f"fact {number}", number)
    queue.LAYOUT.insert(connection, Turn(0, "s", "not sent yet", "edit", TurnState.QUEUED))
    waits = Render("render_waits", "s", RenderState.WAITING, ExportOptions())
    renders.LAYOUT.insert(connection, waits)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("journal") / "journal.db"

    async def make() -> None:
        it = Journal(path)
        await it.open()
        await it.run(fill)
        await it.close()

    asyncio.run(make())
    return path


@pytest.fixture
def path(whole: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir(0o700)
    return Path(shutil.copy(whole, folder))


@asynccontextmanager
async def opened(
    path: Path, patience_s: float = 60.0
) -> AsyncIterator[tuple[Journal, list[Problem]]]:
    told: list[Problem] = []
    it = Journal(path, patience_s=patience_s, tell=told.append)
    try:
        await it.open()
        yield it, told
    finally:
        await it.close()


def count(connection: sqlite3.Connection) -> dict[str, int]:
    return {
        table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES
    }


def read_all(connection: sqlite3.Connection) -> int:
    """All rows, as the program reads them."""
    layouts = (sessions.LAYOUT, queue.LAYOUT, assets.LAYOUT, renders.LAYOUT)
    return sum(len(layout.select(connection)) for layout in layouts)


def size_of(path: Path) -> int:
    return path.stat().st_size


def content_of(path: Path) -> bytes:
    return path.read_bytes()


def overwrite(path: Path, at: int, data: bytes) -> None:
    with path.open("rb+") as file:
        file.seek(at)
        file.write(data)


def pages_of(path: Path) -> dict[str, list[int]]:
    """The root pages of every table and index, and the leaves of the widest tables, from 1."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT name, rootpage FROM sqlite_master WHERE rootpage > 0")
        return {name: [page] for name, page in found}


WORTHLESS: dict[str, Callable[[Path], object]] = {
    "zeros": lambda path: path.write_bytes(bytes(8192)),
    "text": lambda path: path.write_text("this is no journal\n" * 1000),
    "head": lambda path: overwrite(path, 0, b"x" * 100),
    "first page": lambda path: overwrite(path, 100, os.urandom(PAGE - 100)),
}


@pytest.mark.parametrize("damage", WORTHLESS.values(), ids=WORTHLESS.keys())
async def test_what_is_no_journal_any_more_is_set_aside_and_a_new_one_is_begun(
    path: Path, damage: Callable[[Path], object]
) -> None:
    damage(path)
    broken = content_of(path)
    async with opened(path) as (it, told):
        assert [one.code for one in told] == [mending.MENDED_IN_PART]
        await it.run(lambda c: sessions.save(c, Session("new", "local", "n")))
        [kept] = mending.set_aside(path)
        assert content_of(kept) == broken
        assert str(kept) in told[0].hint
    async with opened(path) as (it, told):
        assert not told
        assert await it.run(lambda c: sessions.find(c, "new"))


async def test_half_of_a_journal_gives_what_is_in_it(path: Path) -> None:
    os.truncate(path, size_of(path) // 2)
    async with opened(path) as (it, told):
        assert [one.code for one in told] == [mending.MENDED_IN_PART]
        found = await it.run(count)
        assert 0 < sum(found.values()) < 300
        assert await it.run(read_all)


async def test_one_destroyed_page_costs_at_most_what_is_on_it(path: Path, tmp_path: Path) -> None:
    """Each page in turn; an index is made again, so it costs nothing."""
    with closing(sqlite3.connect(path)) as connection:
        before = count(connection)
        indexes = {
            page
            for (page,) in connection.execute(
                "SELECT rootpage FROM sqlite_master WHERE type = 'index'"
            )
        }
    roots = {page for found in pages_of(path).values() for page in found}
    others = range(2, size_of(path) // PAGE + 1, 7)
    for page in sorted({*roots, *others} - {1}):
        broken = Path(shutil.copy(path, tmp_path / f"{page}.db"))
        overwrite(broken, (page - 1) * PAGE, random.Random(page).randbytes(PAGE))
        async with opened(broken) as (it, told):
            after = await it.run(count)
            assert await it.run(read_all)
            if page in indexes:
                assert after == before, page
                assert [one.code for one in told] == [mending.MENDED]
            elif page not in roots:
                assert sum(after.values()) > sum(before.values()) * 0.7, page
            assert after == before or told, page


def goes_on(connection: sqlite3.Connection) -> int:
    return queue.LAYOUT.insert(connection, Turn(0, "s", "more", "edit", TurnState.QUEUED))


async def test_random_bytes_never_make_it_a_dead_end(path: Path, tmp_path: Path) -> None:
    for seed in range(10):
        chance = random.Random(seed)
        broken = Path(shutil.copy(path, tmp_path / f"{seed}.db"))
        for _ in range(4):
            overwrite(broken, chance.randrange(size_of(broken) - 400), chance.randbytes(400))
        async with opened(broken) as (it, _):
            await it.run(read_all)
            assert await it.run(goes_on)


async def test_a_row_that_makes_no_sense_is_left_out_while_it_is_in_use(path: Path) -> None:
    """SQLite finds nothing wrong with such a file."""

    def spoil(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE turns SET state = 'quXed' WHERE id = 3")
        connection.execute("UPDATE assets SET name = CAST(x'ff41' AS TEXT) WHERE id = 4")

    async with opened(path) as (it, told):
        await it.run(spoil)
        assert not told
        turns = await it.run(lambda c: queue.LAYOUT.select(c))
        assert [one.code for one in told] == [mending.MENDED_IN_PART]
        assert len(turns) == 60
        assert 3 not in {turn.id for turn in turns}
        assert len(await it.run(lambda c: assets.LAYOUT.select(c))) == 60
        assert await it.run(lambda c: sessions.is_in_doubt(c, "s"))


DYING = """
import asyncio, os, pathlib, sys
from vbtui.journal.journal import Journal
async def main():
    it = Journal(pathlib.Path(sys.argv[1]))
    await it.open()
    await it.run(lambda c: c.execute("UPDATE turns SET text = 'kept' WHERE id = 1"))
    await it.run(lambda c: c.execute("UPDATE turns SET state = 'sending' WHERE state = 'queued'"))
    await it.run(lambda c: c.execute("UPDATE renders SET state = 'pending' WHERE state = 'waiting'"))
    os._exit(0)
asyncio.run(main())
"""


def die(path: Path, code: str = DYING) -> Path:
    """A process works with the journal and is killed; the log that it leaves."""
    subprocess.run([sys.executable, "-c", code, path], check=True, cwd=ROOT, timeout=PATIENCE_S)
    return path.with_name(path.name + "-wal")


async def test_a_log_that_a_killed_process_left_is_no_damage(path: Path) -> None:
    assert die(path).stat().st_size
    async with opened(path) as (it, told):
        sending = await it.run(lambda c: queue.LAYOUT.select(c, "WHERE state = 'sending'"))
        assert not told
        assert [turn.text for turn in sending] == ["not sent yet"]


@pytest.mark.parametrize("at", [10, 40, 32 + 24 + 700, -PAGE - 24 + 17])
async def test_what_a_damaged_log_says_is_not_sent_may_have_been(path: Path, at: int) -> None:
    """SQLite leaves out what stands behind the damage: what was sent is not sent again."""
    log = die(path)
    place = at % log.stat().st_size
    overwrite(log, place, bytes([log.read_bytes()[place] ^ 0x55]))
    async with opened(path) as (it, told):
        assert [one.code for one in told] == [mending.MENDED_IN_PART]
        [turn] = await it.run(lambda c: queue.LAYOUT.select(c, "WHERE text = 'not sent yet'"))
        assert turn.state is TurnState.SENDING
        [render] = await it.run(lambda c: renders.LAYOUT.select(c, "WHERE id = 'render_waits'"))
        assert render.state in (RenderState.SUBMITTING, RenderState.PENDING)
        assert await it.run(lambda c: sessions.is_in_doubt(c, "s"))


YOUNG = """
import asyncio, os, pathlib, sys
from tests.journal.test_mending import fill
from vbtui.journal.journal import Journal
async def main():
    it = Journal(pathlib.Path(sys.argv[1]))
    await it.open()
    await it.run(fill)
    await it.run(lambda c: c.execute("UPDATE turns SET reply = 'newest' WHERE text = 'say 1'"))
    os._exit(0)
asyncio.run(main())
"""


@pytest.mark.parametrize("seed", range(3))
async def test_damage_in_a_log_costs_no_more_than_what_is_there(tmp_path: Path, seed: int) -> None:
    """All rows of a young journal are in its log: SQLite reads none of those that stand behind the damage."""
    path = tmp_path / "state" / "journal.db"
    path.parent.mkdir(0o700)
    log = die(path, YOUNG)
    frames = (size_of(log) - 32) // (PAGE + 24)
    chance = random.Random(seed)
    for at in (3, chance.randrange(4, frames - 1)):  # one of the first, and any
        overwrite(log, 32 + at * (PAGE + 24) + chance.randrange(24, PAGE), chance.randbytes(64))
    async with opened(path) as (it, told):
        assert [one.code for one in told] == [mending.MENDED_IN_PART]
        rows = await it.run(count)
        assert sum(number > 30 for number in rows.values()) >= 4, rows
        assert await it.run(read_all)
        [session] = await it.run(lambda c: sessions.every(c, "local"))
        assert await it.run(lambda c: sessions.is_in_doubt(c, session.id))


async def test_killed_while_it_is_mended(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new journal was complete: it is put in place at the next start, without the old log."""
    log = die(path)
    overwrite(path, PAGE * 3, os.urandom(PAGE))

    class Killed(BaseException):
        pass

    def kill(_: Path) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(mending, "sync_directory", kill)
        with pytest.raises(Killed):
            async with opened(path):
                pass
    assert not log.exists()
    async with opened(path) as (it, told):
        assert not told
        assert await it.run(read_all) > 100
        sending = await it.run(lambda c: queue.LAYOUT.select(c, "WHERE state = 'sending'"))
        assert [turn.text for turn in sending] == ["not sent yet"]


async def test_a_list_of_all_exports_meets_one_that_makes_no_sense(path: Path) -> None:
    async with opened(path) as (it, told):
        first, *others = await it.run(lambda c: renders.every(c, limit=1000))
        damage = "UPDATE renders SET state = 'quXed' WHERE id = ?"
        await it.run(lambda c: c.execute(damage, [first.render.id]))
        listed = await it.run(lambda c: renders.every(c, limit=1000))
        assert [problem.code for problem in told] == [mending.MENDED_IN_PART]
        assert [one.render.id for one in listed] == [one.render.id for one in others] != []


async def test_nothing_is_mended_under_the_feet_of_another(path: Path) -> None:
    async with opened(path) as (one, _):
        async with opened(path) as (other, told):
            await one.run(lambda c: c.execute("UPDATE turns SET state = 'quXed' WHERE id = 3"))
            with pytest.raises(DiskProblem) as caught:
                await other.run(lambda c: queue.LAYOUT.select(c))
            assert caught.value.code == "disk.journal_damaged"
        with pytest.raises(DiskProblem) as caught:
            async with opened(path):
                pass
        assert caught.value.code == "disk.journal_damaged"
        assert not told
        assert await one.run(lambda c: sessions.find(c, "s"))
    assert not mending.set_aside(path)


async def test_a_lock_is_waited_for(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DiskProblem) as caught:
            async with opened(path, patience_s=0.1):
                pass
        assert caught.value.code == "disk.journal_locked"
        asyncio.get_running_loop().call_later(1.5, other.execute, "ROLLBACK")
        async with opened(path) as (it, _):
            assert await it.run(lambda c: sessions.find(c, "s"))


async def test_a_newer_one_is_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 999")
    with pytest.raises(DiskProblem, match="newer vbtui") as caught:
        async with opened(path):
            pass
    assert "Update vbtui" in caught.value.hint
    assert not mending.set_aside(path)


async def test_a_folder_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "journal.db").mkdir()
    with pytest.raises(DiskProblem, match="a folder is in its place"):
        async with opened(tmp_path / "journal.db"):
            pass


async def test_a_full_disk_is_called_that(path: Path) -> None:
    async with opened(path) as (it, _):
        await it.run(lambda c: c.execute("PRAGMA max_page_count = 10"))
        with pytest.raises(DiskProblem, match="disk is full"):
            await it.run(lambda c: c.execute("INSERT INTO facts VALUES ('k', ?)", ["x" * 900_000]))
        assert await it.run(lambda c: sessions.find(c, "s"))


def test_doctor_looks_at_the_journal(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = path.parent / "state"
    (home / "vbtui").mkdir(parents=True)
    place = Path(shutil.move(path, home / "vbtui"))
    monkeypatch.setenv("XDG_STATE_HOME", str(home))

    def found(name: str = "journal") -> dict[str, str]:
        doctor.run(Namespace(json=True, offline=True, bundle=None, scheduler=""))
        checks = json.loads(capsys.readouterr().out)["checks"]
        [check] = [one for one in checks if one["name"] == name]
        return dict(check)

    check = found()
    assert check["level"] == "ok"
    assert f"version {schema.VERSION}" in check["detail"]
    overwrite(place, PAGE * 3, os.urandom(PAGE))
    damaged = place.read_bytes()
    assert doctor.run(Namespace(json=False, offline=True, bundle=None, scheduler="")) == 1
    assert "damaged" in capsys.readouterr().out
    assert found()["level"] == "problem"
    assert place.read_bytes() == damaged

    async def start() -> None:
        async with opened(place):
            pass

    asyncio.run(start())
    assert found()["level"] == "ok"
    assert found("kept journal")["level"] == "note"
