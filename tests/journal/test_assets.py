"""The rows of files: one for each version of a file, and one process alone that sends it."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from vbtui.base.files import Identity
from vbtui.journal import assets, sessions
from vbtui.journal.assets import FORGOTTEN, LAYOUT, AssetRow
from vbtui.journal.journal import Journal
from vbtui.journal.owners import new_owner, release_owner
from vbtui.journal.records import Asset, AssetState, Session

ME, OTHER, DEAD = (new_owner() for _ in range(3))
release_owner(DEAD)
THERE = Identity(1, 2, 300, 4)
CHANGED = replace(THERE, mtime_ns=5)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    journal = Journal(tmp_path / "journal.db")
    await journal.open()
    for session_id, backend in (("s1", "cloud"), ("s2", "cloud"), ("s3", "local")):
        session = Session(session_id, backend, "")
        await journal.run(partial(sessions.save, session=session))
    yield journal
    await journal.close()


def row(
    name: str,
    state: AssetState = AssetState.QUEUED,
    *,
    owner: str = "",
    identity: Identity | None = THERE,
    session: str = "s1",
    **more: Any,
) -> AssetRow:
    size = identity.size if identity else 0
    asset = Asset(0, session, Path(f"/in/{name}"), name, "video", "picked", state, size=size)
    return AssetRow(replace(asset, **more), identity, owner=owner)


async def put(journal: Journal, *wanted: AssetRow) -> list[AssetRow]:
    def work(connection: sqlite3.Connection) -> list[AssetRow]:
        return [one.with_asset(id=LAYOUT.insert(connection, one)) for one in wanted]

    return await journal.run(work)


async def kept(journal: Journal) -> list[AssetRow]:
    return await journal.run(lambda c: LAYOUT.select(c, "ORDER BY id"))


async def test_everything_of_a_file_is_kept(journal: Journal) -> None:
    asset = Asset(
        id=0,
        session_id="s1",
        path=Path("/in/a\udcff.mp4"),
        name="a.mp4",
        kind="video",
        source="watch",
        state=AssetState.FAILED,
        size=77,
        retry_at=5.5,
        sha256="abc",
        url="https://x/y",
        duration_s=1.5,
        width=640,
        height=360,
        fps=25.0,
        created_at=6.5,
        done_at=7.5,
    )
    whole = AssetRow(asset, Identity(2**64 - 3, 2**63, 77, 9), 4, "remote.mp4", "1:2:3")
    (made,) = await put(journal, whole)
    assert await kept(journal) == [made]
    labelled = await journal.run(lambda c: assets.relabel(c, made.id, "Sea"))
    assert labelled == made.with_asset(label="Sea")
    assert await kept(journal) == [labelled]


@pytest.mark.parametrize("state", list(AssetState))
async def test_a_file_that_is_known_gets_no_second_row(journal: Journal, state: AssetState) -> None:
    (old,) = await put(journal, row("a.mp4", state))
    await journal.run(lambda c: assets.relabel(c, old.id, "Sea"))
    same, changed = row("a.mp4"), row("a.mp4", identity=CHANGED)
    (found,) = await journal.run(lambda c: assets.intern(c, [same]))
    assert (found.id == old.id) is (state is not AssetState.REPLACED)
    (found,) = await journal.run(lambda c: assets.intern(c, [changed]))
    if state is AssetState.DONE:
        assert found == changed.with_asset(id=old.id + 1, label="Sea"), (
            "a new version, called alike"
        )
    elif state is not AssetState.REPLACED:
        assert found == old.with_asset(label="Sea")
    (elsewhere,) = await journal.run(lambda c: assets.intern(c, [row("a.mp4", session="s2")]))
    assert elsewhere.id not in (old.id, found.id)
    assert elsewhere.asset.label == ""


async def test_what_has_no_path_is_always_new(journal: Journal) -> None:
    url = AssetRow(Asset(0, "s1", None, "x", "video", "url", AssetState.QUEUED))
    made = await journal.run(lambda c: assets.intern(c, [url, url]))
    assert [one.id for one in made] == [1, 2]


async def test_what_is_on_its_way_is_unfinished(journal: Journal) -> None:
    await put(journal, *(row(state, state) for state in AssetState))
    await put(
        journal,
        row("again", AssetState.FAILED, retry_at=9.0),
        row("local", session="s3"),
        row("gone", session="s2"),
    )
    await journal.run(lambda c: sessions.forget(c, "s2", 1.0))
    found = await journal.run(lambda c: assets.unfinished(c, "cloud"))
    assert [one.asset.name for one in found] == ["hashing", "queued", "uploading", "again"]


async def test_another_process_has_the_last_word_on_what_it_sends(journal: Journal) -> None:
    made = await put(journal, *(row(state, state, owner=OTHER) for state in AssetState))
    wanted = [one.with_asset(state=AssetState.SKIPPED, size=7) for one in made]
    held = await journal.run(lambda c: assets.change(c, wanted, ME))
    others = (AssetState.UPLOADING, AssetState.DONE, AssetState.REPLACED)
    for old, new, now in zip(made, wanted, held, strict=True):
        assert now == (old if old.state in others else new)
    stored = await kept(journal)
    assert [one.state for one in stored] == [one.state for one in held]


async def test_what_is_done_may_be_written_whoever_sent_it(journal: Journal) -> None:
    (sending,) = await put(journal, row("a.mp4", AssetState.UPLOADING, owner=OTHER))
    done = sending.with_asset(state=AssetState.DONE)
    assert await journal.run(lambda c: assets.change(c, [done], ME)) == [done]
    assert await kept(journal) == [done]


async def test_a_row_that_is_gone_comes_back_without_an_id(journal: Journal) -> None:
    (made,) = await put(journal, row("a.mp4"))
    await journal.run(lambda c: assets.remove(c, made))
    assert (await journal.run(lambda c: assets.change(c, [made], ME)))[0].id == 0
    assert (await journal.run(lambda c: assets.claim(c, made, ME))).id == 0
    assert await kept(journal) == []


async def test_a_change_leaves_the_row_in_its_session(journal: Journal) -> None:
    (made,) = await put(journal, row("a.mp4"))
    await journal.run(lambda c: sessions.replace(c, "s1", Session("s9", "cloud", ""), 1.0))
    await journal.run(lambda c: assets.change(c, [made.with_asset(size=9)], ME))
    assert await kept(journal) == [
        replace(made.with_asset(size=9, session_id="s9"), identity=replace(THERE, size=9))
    ]


@pytest.mark.parametrize(
    ("state", "owner", "is_taken"),
    [
        (AssetState.QUEUED, "", True),
        (AssetState.FAILED, "", True),
        (AssetState.UPLOADING, ME, True),
        (AssetState.UPLOADING, OTHER, False),
        (AssetState.DONE, "", False),
        (AssetState.REPLACED, "", False),
    ],
    ids=["queued", "failed", "mine", "another's", "done", "replaced"],
)
async def test_one_process_alone_sends_a_file(
    journal: Journal, state: AssetState, owner: str, is_taken: bool
) -> None:
    (made,) = await put(journal, row("a.mp4", state, owner=owner, retry_at=3.0))
    sending = replace(made.with_asset(state=AssetState.UPLOADING, retry_at=None), owner=ME)
    expected = sending if is_taken else made
    assert await journal.run(lambda c: assets.claim(c, made, ME)) == expected
    assert await kept(journal) == [expected]


@pytest.mark.parametrize(
    ("now", "held"),
    [
        (row("a", AssetState.UPLOADING, owner=DEAD), row("a")),
        (row("a", AssetState.FAILED, retry_at=3.0), row("a", AssetState.FAILED, retry_at=3.0)),
    ],
    ids=["and died", "and failed"],
)
async def test_who_missed_that_another_tried_it_does_not_send_it_before_he_asked(
    journal: Journal, now: AssetRow, held: AssetRow
) -> None:
    tries = 0 if now.state is AssetState.UPLOADING else 1
    (there,) = await put(journal, replace(now, tries=tries))
    seen = replace(row("a"), tries=0).with_asset(id=there.id)
    taken = await journal.run(lambda c: assets.claim(c, seen, ME))
    assert taken == replace(held, tries=1).with_asset(id=there.id)
    (again,) = await journal.run(lambda c: assets.change(c, [seen], ME))
    assert again.tries == 1
    sent = await journal.run(lambda c: assets.claim(c, again, ME))
    assert (sent.state, sent.owner) == (AssetState.UPLOADING, ME)


@pytest.mark.parametrize(
    ("twin", "expected"),
    [
        (row("b", AssetState.DONE, sha256="x"), AssetState.SKIPPED),
        (row("b", AssetState.UPLOADING, owner=OTHER, sha256="x"), AssetState.QUEUED),
        (row("b", AssetState.UPLOADING, owner=DEAD, sha256="x"), AssetState.UPLOADING),
        (row("b", AssetState.QUEUED, sha256="x"), AssetState.UPLOADING),
        (row("b", AssetState.REPLACED, sha256="x"), AssetState.UPLOADING),
        (row("b", AssetState.DONE, sha256="y"), AssetState.UPLOADING),
        (row("b", AssetState.DONE, sha256="x", session="s2"), AssetState.UPLOADING),
    ],
)
async def test_a_copy_in_a_watched_folder_is_not_sent_again(
    journal: Journal, twin: AssetRow, expected: AssetState
) -> None:
    made, _ = await put(journal, row("a", sha256="x", source="watch"), twin)
    taken = await journal.run(lambda c: assets.claim(c, made, ME))
    assert taken.state is expected
    assert assets.waits_for_twin(taken) is (expected is AssetState.QUEUED)
    assert (await kept(journal))[0].state is expected
    forced = replace(made, forced=True)
    assert (await journal.run(lambda c: assets.claim(c, forced, ME))).state is AssetState.UPLOADING


async def test_what_the_user_named_is_sent_though_its_content_is_there(journal: Journal) -> None:
    """One after the other: what arrived without an answer must not be taken for the other one."""
    done = row("b", AssetState.DONE, sha256="x")
    made, _, sending = await put(
        journal,
        row("a", sha256="x"),
        done,
        row("c", AssetState.UPLOADING, owner=OTHER, sha256="x"),
    )
    taken = await journal.run(lambda c: assets.claim(c, made, ME))
    assert assets.waits_for_twin(taken)
    finished = replace(sending.with_asset(state=AssetState.DONE), owner="")
    await journal.run(lambda c: assets.finish(c, finished))
    taken = await journal.run(lambda c: assets.claim(c, taken, ME))
    assert (taken.state, taken.owner) == (AssetState.UPLOADING, ME)


@pytest.mark.parametrize(("name", "is_that_file"), [("a", True), ("theirs", False)])
@pytest.mark.parametrize("source", ["picked", "watch"])
async def test_what_another_program_sent_is_the_file_of_that_name(
    journal: Journal, name: str, is_that_file: bool, source: str
) -> None:
    theirs = replace(
        row(name, AssetState.DONE, identity=None, sha256="x", source="other", url="https://x/1"),
        remote_name=name,
    ).with_asset(path=None, done_at=7.0)
    made, _ = await put(journal, row("a", sha256="x", source=source), theirs)
    taken = await journal.run(lambda c: assets.claim(c, made, ME))
    if is_that_file:
        assert taken.state is AssetState.DONE
        assert (taken.asset.url, taken.asset.done_at) == ("https://x/1", 7.0)
        assert await kept(journal) == [taken]
    else:
        assert taken.state is AssetState.UPLOADING


async def test_a_file_that_is_named_twice_has_two_rows_and_never_three(journal: Journal) -> None:
    async def intern(*names: str) -> list[int]:
        wanted = [row(name) for name in names]
        return [one.id for one in await journal.run(lambda c: assets.intern(c, wanted))]

    a, b, again = await intern("a", "b", "a")
    assert len({a, b, again}) == 3
    assert await intern("a") == [again]
    assert sorted(await intern("a", "a")) == [a, again]
    assert len(set(await intern("a", "b", "a", "a"))) == 4


async def test_what_has_no_hash_has_no_twin(journal: Journal) -> None:
    made, _ = await put(journal, row("a"), row("b", AssetState.DONE))
    assert (await journal.run(lambda c: assets.claim(c, made, ME))).state is AssetState.UPLOADING


def test_what_a_dead_process_sent_is_queued_again() -> None:
    sending = replace(row("a", AssetState.UPLOADING, owner=DEAD), tries=2)
    assert assets.release(sending, sending) == replace(row("a"), tries=3)
    assert assets.release(replace(sending, owner=OTHER), sending) is None
    assert assets.release(sending.with_asset(state=AssetState.DONE), sending) is None


async def test_a_finished_file_replaces_its_older_versions(journal: Journal) -> None:
    done = AssetState.DONE
    older, failed, sending, newer, other, elsewhere = await put(
        journal,
        row("a", done, sha256="x"),
        row("a", AssetState.FAILED),
        row("a", AssetState.UPLOADING, owner=ME, sha256="y"),
        row("a", done),
        row("b", done),
        row("a", done, session="s2"),
    )
    finished = replace(sending.with_asset(state=done), owner="")
    changed = await journal.run(lambda c: assets.finish(c, finished))
    replaced = older.with_asset(state=AssetState.REPLACED, why=changed[1].asset.why)
    assert changed == [finished, replaced]
    assert await kept(journal) == [replaced, failed, finished, newer, other, elsewhere]
    again = newer.with_asset(sha256="y")
    assert await journal.run(lambda c: assets.finish(c, again)) == [again]


async def test_what_is_forgotten_stays_known_until_it_is_wanted(journal: Journal) -> None:
    first, second, third = await put(journal, row("a"), row("b"), row("c", session="s2"))
    for one in (first, second, third):
        await journal.run(partial(assets.forget, row=one))
    hidden = first.with_asset(session_id=FORGOTTEN + "s1")
    found = await journal.run(lambda c: assets.of_session(c, "s1"))
    assert found == [hidden, second.with_asset(session_id=FORGOTTEN + "s1")]
    assert [one.is_forgotten for one in (first, hidden)] == [False, True]
    await journal.run(lambda c: assets.remember(c, "s1", [Path("/in/b"), Path("/in/c")]))
    assert await journal.run(lambda c: assets.of_session(c, "s1")) == [hidden]
    assert len(await journal.run(lambda c: assets.of_session(c, "s2"))) == 1
