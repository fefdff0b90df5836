"""The rows of renders: what is kept of one, and which of them may change."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from vbtui.base.errors import RenderFailed
from vbtui.base.problem import Problem
from vbtui.journal import renders, sessions
from vbtui.journal.journal import Journal
from vbtui.journal.records import ExportOptions, Render, RenderState, Session
from vbtui.journal.renders import LAYOUT

OVER = (RenderState.DONE, RenderState.FAILED, RenderState.CANCELLED)
AT_BACKEND = (
    RenderState.SUBMITTING,
    RenderState.PENDING,
    RenderState.PROCESSING,
    RenderState.UNKNOWN,
)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    """With two sessions of one backend and one of another."""
    journal = Journal(tmp_path / "journal.db")
    await journal.open()
    for session_id, backend in (("s1", "cloud"), ("s2", "cloud"), ("s3", "local")):
        session = Session(session_id, backend, f"Project {session_id}")
        await journal.run(partial(sessions.save, session=session))
    yield journal
    await journal.close()


def render(
    render_id: str,
    state: RenderState = RenderState.WAITING,
    *,
    session: str = "s1",
    here: str = "",
    position: float = 0,
    created_at: float = 0,
) -> Render:
    options = ExportOptions(here=here)
    return Render(
        render_id, session, state, options, position=position, created_at=created_at, owner="me"
    )


FULL = Render(
    id="render_7",
    session_id="s1",
    state=RenderState.FAILED,
    options=ExportOptions(
        quality="low",
        destination=Path("/videos/p\udcffromo.mp4"),
        format="mp4",
        overwrite=True,
        preset="reels",
        width=1080,
        height=1920,
        here="key",
    ),
    draft_version=3,
    title="Promo",
    progress=42.5,
    path=Path("/videos/promo (2).mp4"),
    problem=Problem.of(RenderFailed("The cause.", hint="Try.")),
    attempt=2,
    position=9.0,
    created_at=100.5,
    submitted_at=101.5,
    seen_at=102.5,
    ended_at=103.5,
    owner="1:2:3",
)


async def put(journal: Journal, *wanted: Render) -> None:
    for one in wanted:
        await journal.run(partial(LAYOUT.insert, record=one))


async def test_everything_of_a_render_is_kept(journal: Journal) -> None:
    await put(journal, FULL)
    found = await journal.run(lambda c: LAYOUT.find(c, FULL.id))
    assert found == FULL
    assert found is not None
    assert found.owner == FULL.owner
    assert found.problem == FULL.problem


async def test_a_new_one_goes_to_the_end_with_an_id_of_its_own(journal: Journal) -> None:
    await put(journal, render("render_5", session="s2", position=4.0), render("render_6"))
    made = await journal.run(lambda c: renders.insert(c, render("render_5")))
    assert (made.id, made.position) == ("render_7", 5.0)
    assert await journal.run(lambda c: LAYOUT.find(c, "render_7")) == made
    again = await journal.run(lambda c: renders.insert(c, render("render_9")))
    assert (again.id, again.position) == ("render_9", 6.0)


async def test_another_id_replaces_the_old_one(journal: Journal) -> None:
    await put(journal, FULL, render("render_8"))
    wanted = replace(FULL, id="render_8", state=RenderState.WAITING, problem=None)
    made = await journal.run(lambda c: renders.renew(c, "render_7", wanted))
    assert made == replace(wanted, id="render_9")
    assert await journal.run(lambda c: LAYOUT.find(c, "render_7")) is None
    assert await journal.run(lambda c: LAYOUT.find(c, "render_9")) == made


async def test_only_what_is_over_leaves_the_list(journal: Journal) -> None:
    await put(journal, *(render(state, state) for state in RenderState))
    for state in RenderState:
        await journal.run(partial(renders.delete, render_id=state))
    left = await journal.run(LAYOUT.select)
    assert {one.state for one in left} == set(RenderState) - set(OVER)


@pytest.mark.parametrize("state", list(RenderState))
async def test_a_session_has_one_render_at_the_backend(
    journal: Journal, state: RenderState
) -> None:
    await put(journal, render("other", state), render("here", state, session="s2", here="k"))

    async def is_busy(one: Render) -> bool:
        return await journal.run(lambda c: renders.is_session_busy(c, one))

    expected = state in AT_BACKEND
    assert await is_busy(render("mine")) is expected
    assert await is_busy(render("mine", here="k")) is False, "made here, beside the backend's"
    assert await is_busy(render("mine", session="s2")) is False
    assert await is_busy(render("mine", session="s2", here="x")) is expected
    assert await is_busy(render("mine", session="s3")) is False
    assert await is_busy(render("other", state)) is False, "not for itself"


async def test_of_the_old_ones_the_last_are_listed(journal: Journal) -> None:
    waiting = render("w", position=1.0, created_at=5.0)
    old = [
        render(f"o{number}", OVER[number % 3], position=2.0 + number, created_at=9.0 - number)
        for number in range(4)
    ]
    foreign = render("f", session="s3", position=9.0, created_at=1.0)
    await put(journal, *old, waiting, foreign)

    async def listed(limit: int) -> list[str]:
        found = await journal.run(lambda c: renders.all_of(c, "cloud", limit=limit))
        return [one.id for one in found]

    assert await listed(3) == ["w", "o3", "o2"]
    assert await listed(9) == ["w", "o3", "o2", "o1", "o0"]
    every = await journal.run(lambda c: renders.every(c, limit=4))
    assert [(one.render.id, one.project, one.backend) for one in every] == [
        ("f", "Project s3", "local"),
        ("w", "Project s1", "cloud"),
        ("o3", "Project s1", "cloud"),
        ("o2", "Project s1", "cloud"),
    ]


async def test_the_unfinished_are_those_of_one_backend(journal: Journal) -> None:
    await put(journal, *(render(state, state) for state in RenderState))
    await put(journal, render("elsewhere", session="s3"))

    def unfinished(connection: sqlite3.Connection) -> set[str]:
        return {one.id for one in LAYOUT.select(connection, renders.UNFINISHED, ["cloud"])}

    assert await journal.run(unfinished) == {str(one) for one in RenderState if one not in OVER}


def test_nobody_guesses_an_id() -> None:
    ids = {renders.new_id(1_700_000_000.5) for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"render_1700000000500\d{12}", one) for one in ids)
