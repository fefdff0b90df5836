"""Sessions, and the versions of their drafts, as the journal keeps them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from vbtui.journal import sessions
from vbtui.journal.assets import LAYOUT as ASSETS
from vbtui.journal.assets import AssetRow
from vbtui.journal.journal import Journal
from vbtui.journal.records import Asset, AssetState, ExportOptions, Render, RenderState, Session
from vbtui.journal.renders import LAYOUT as RENDERS
from vbtui.session import drafts
from vbtui.session.drafts import KeptDraft


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    journal = Journal(tmp_path / "journal.db")
    await journal.open()
    yield journal
    await journal.close()


def session(session_id: str, *, used_at: float = 0, created_at: float = 0) -> Session:
    return Session(session_id, "cloud", f"Named {session_id}", "task", "user", created_at, used_at)


async def save(journal: Journal, *wanted: Session) -> None:
    for one in wanted:
        await journal.run(lambda c: sessions.save(c, one))  # noqa: B023 - awaited at once


async def test_the_last_used_is_first(journal: Journal) -> None:
    a, b = session("a", used_at=2, created_at=1), session("b", used_at=2, created_at=5)
    c, d = session("c", used_at=9), session("d", used_at=1)
    await save(journal, a, b, c, d, Session("e", "local", "Elsewhere"))
    assert await journal.run(lambda x: sessions.every(x, "cloud")) == [c, b, a, d]
    await journal.run(lambda x: sessions.forget(x, "c", 3.0))
    assert await journal.run(lambda x: sessions.every(x, "cloud")) == [b, a, d]
    assert await journal.run(lambda x: sessions.find(x, "c")) == c


async def test_a_saved_one_changes_but_for_its_beginning_and_is_known_again(
    journal: Journal,
) -> None:
    await save(journal, session("a", used_at=1, created_at=1), session("b"))
    await journal.run(lambda c: sessions.forget(c, "a", 3.0))
    await save(journal, Session("a", "other", "New", "t2", "u2", 8, 9))
    expected = Session("a", "cloud", "New", "t2", "u2", 1, 9)
    assert await journal.run(lambda c: sessions.every(c, "cloud")) == [expected, session("b")]


async def test_what_took_the_place_of_a_lost_one_has_all_that_it_had(journal: Journal) -> None:
    old, new, other = session("old"), session("new", used_at=5), session("other")
    await save(journal, old, other)
    states = (AssetState.DONE, AssetState.QUEUED)
    for one in (old, other):
        for state in states:
            row = AssetRow(Asset(0, one.id, Path("/a"), "a", "video", "picked", state))
            await journal.run(lambda c: ASSETS.insert(c, row))  # noqa: B023 - awaited at once
        render = Render(one.id, one.id, RenderState.WAITING, ExportOptions())
        await journal.run(lambda c: RENDERS.insert(c, render))  # noqa: B023 - awaited at once
    await journal.run(lambda c: sessions.replace(c, "old", new, 7.0))
    assert await journal.run(lambda c: sessions.every(c, "cloud")) == [new, other]
    assert await journal.run(lambda c: sessions.replacement(c, "old")) == new
    assert await journal.run(lambda c: sessions.replacement(c, "other")) is None
    rows = await journal.run(lambda c: ASSETS.select(c, "ORDER BY id"))
    assert [(row.asset.session_id, row.state) for row in rows] == [
        ("new", AssetState.FAILED),
        ("new", AssetState.QUEUED),
        ("other", AssetState.DONE),
        ("other", AssetState.QUEUED),
    ]
    renders = await journal.run(lambda c: RENDERS.select(c, "ORDER BY id"))
    assert [(one.id, one.session_id) for one in renders] == [("old", "new"), ("other", "other")]


async def test_facts(journal: Journal) -> None:
    assert await journal.run(lambda c: sessions.get(c, "k")) is None
    for value in ({"a": ["日本", 1.5, None]}, False):
        await journal.run(lambda c: sessions.put(c, "k", value))  # noqa: B023 - awaited at once
        assert await journal.run(lambda c: sessions.get(c, "k")) == value
    await journal.run(lambda c: c.execute("UPDATE facts SET value = '{'"))
    assert await journal.run(lambda c: sessions.get(c, "k")) is None


async def test_a_draft_is_a_version_where_it_differs_from_the_one_before(
    journal: Journal,
) -> None:
    async def keep(session_id: str, digest: str, text: str) -> tuple[KeptDraft | None, bool]:
        seen = KeptDraft(session_id, 0, digest, text, 4, 5.5)
        return await journal.run(lambda c: drafts.keep(c, seen))

    assert await keep("a", "x", "null") == (None, False)
    first = KeptDraft("a", 1, "x", "{}", 4, 5.5)
    second = KeptDraft("a", 2, "y", "null", 4, 5.5)
    third = KeptDraft("a", 3, "x", "{}", 4, 5.5)
    assert await keep("a", "x", "{}") == (first, True)
    assert await keep("a", "x", "{ }") == (first, False)
    assert await keep("a", "y", "null") == (second, True)
    assert await keep("a", "x", "{}") == (third, True)
    assert await keep("b", "x", "{}") == (KeptDraft("b", 1, "x", "{}", 4, 5.5), True)
    assert await journal.run(lambda c: drafts.all_kept(c, "a")) == [first, second, third]
    assert await journal.run(lambda c: drafts.newest_kept(c, "a")) == third
    assert await journal.run(lambda c: drafts.find_kept(c, "a", 2)) == second
    assert await journal.run(lambda c: drafts.find_kept(c, "a", 4)) is None
    assert await journal.run(lambda c: drafts.newest_kept(c, "nobody")) is None


def test_the_digest_is_of_the_draft_and_not_of_its_text() -> None:
    def digest(draft: object) -> str:
        return drafts.seen_draft("a", draft, None, 0).digest

    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1})
    assert digest({"a": 1}) != digest({"a": 1.5})
    assert len(digest(None)) == 32
