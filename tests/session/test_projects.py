"""Projects: which one is opened, made, left; what happens when the backend lost it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.cloud import CLAIM, CREDITS, DRAFT, SESSION, Cloud, Fault, unanswered
from tests.server import Exchange
from tests.sessions_bench import Bench, settings
from vbtui.base.errors import BadReply, UsageError
from vbtui.session import backend as connection
from vbtui.session import projects
from vbtui.session.events import Link, SessionOpened
from vbtui.session.projects import language


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    async with Cloud() as cloud:
        cloud.draft = DRAFT
        yield cloud


def bench(cloud: Cloud, folder: Path, **more: Any) -> Bench:
    return Bench(settings(cloud.url), folder, **more)


async def test_the_first_start_makes_a_project_and_the_next_goes_on_with_it(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    async with bench(cloud, tmp_path) as it:
        first = it.context.session
        assert it.context.overview.link is Link.READY
        assert it.context.overview.credits is not None
        assert it.context.overview.credits.available == 88
    async with bench(cloud, tmp_path) as it:
        assert it.context.session.id == first.id
        assert it.drafts.current is not None
    (request,) = cloud.of("POST", SESSION)
    assert request.json() == {"task_name": "项目", "language": "zh"}
    assert first.task_id == "task-1"


async def test_two_first_starts_at_one_time_go_on_with_one_project(
    cloud: Cloud, tmp_path: Path
) -> None:
    """Neither knows of the other when it asks for it: a file in a watched folder is sent to one project."""
    asked = asyncio.Event()

    async def when_both_have_asked(cloud: Cloud, exchange: Exchange) -> None:
        if cloud.count("POST", SESSION) == 2:
            asked.set()
        await asked.wait()
        await exchange.send(cloud.right(exchange.request))

    cloud.goes_wrong(Fault("POST", SESSION, when_both_have_asked, times=2))
    opened = []

    async def start() -> None:
        async with bench(cloud, tmp_path, project="trip") as it:
            opened.append(it.context.session)
            assert [one.id for one in await it.sessions.list()] == [it.context.session.id]

    await asyncio.gather(start(), start())
    assert opened[0].id == opened[1].id
    assert cloud.count("POST", SESSION) == 2


async def test_projects_have_names(cloud: Cloud, tmp_path: Path) -> None:
    async with bench(cloud, tmp_path, project="trip") as it:
        trip = it.context.session
        second = await it.sessions.new()
        third = await it.sessions.new()
        assert [one.name for one in await it.sessions.list()] == ["project 2", "project", "trip"]
        await it.sessions.open(trip.id)
        assert it.sessions.current is not None
        assert it.sessions.current.id == trip.id
        await it.sessions.rename(trip.id, "  Summer\x1b[31m trip\n")
        assert it.context.session.name == "Summer trip"
        with pytest.raises(UsageError):
            await it.sessions.rename(trip.id, " \n")
        with pytest.raises(UsageError):
            await it.sessions.open("nothing")
        await it.sessions.forget(trip.id)
        assert it.context.session.id == third.id
        await it.sessions.forget(second.id)
        assert [one.id for one in await it.sessions.list()] == [third.id]
        opened = [event.session_id for event in it.events if isinstance(event, SessionOpened)]
        assert opened == [trip.id, second.id, third.id, trip.id, third.id]
    async with bench(cloud, tmp_path, project="project 2") as it:
        assert it.context.session.id == third.id
    assert cloud.count("POST", SESSION) == 3


async def test_each_backend_has_its_own_projects(cloud: Cloud, tmp_path: Path) -> None:
    async with bench(cloud, tmp_path), Cloud("other") as other, bench(other, tmp_path) as it:
        assert len(await it.sessions.list()) == 1
        assert it.context.session.backend == other.url


async def test_a_lost_project_is_replaced_once_and_everything_moves_along(
    cloud: Cloud, tmp_path: Path
) -> None:
    async with bench(cloud, tmp_path, project="trip") as it:
        lost = it.context.session

        def fill(connection: sqlite3.Connection) -> None:
            for state in ("done", "queued"):
                connection.execute(
                    "INSERT INTO assets (session_id, name, source, state, created_at)"
                    " VALUES (?, 'a.mp4', 'picked', ?, 1)",
                    (lost.id, state),
                )

        await it.journal.run(fill)
        cloud.sessions.remove(lost.id)
        cloud.sessions.append("in between")
        new = await it.sessions.replace(lost.id)
        assert (await it.sessions.replace(lost.id)).id == new.id
        await it.until(lambda: SessionOpened(new.id) in it.events)
        assert new.name == "trip"
        assert it.context.session.id == new.id
        rows = await it.journal.run(
            lambda c: c.execute("SELECT session_id, state, reason FROM assets").fetchall()
        )
        assert [tuple(row)[:2] for row in rows] == [(new.id, "failed"), (new.id, "queued")]
        assert "Upload it again" in rows[0]["reason"]
        assert it.drafts.current is not None
        assert [one.id for one in await it.sessions.list()] == [new.id]
    assert cloud.count("POST", SESSION) == 2


async def test_another_process_follows_to_the_replacement(cloud: Cloud, tmp_path: Path) -> None:
    async with bench(cloud, tmp_path) as one, bench(cloud, tmp_path) as two:
        lost = one.context.session
        new = await one.sessions.replace(lost.id)
        await two.until(lambda: two.context.session.id == new.id)
        assert (await two.sessions.replace(lost.id)).id == new.id
        await one.sessions.rename(new.id, "other name")
        await two.until(lambda: two.context.session.name == "other name")
    assert cloud.count("POST", SESSION) == 2


async def test_an_unreachable_backend_shows_what_is_known_and_comes_back(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_DELAYS_S", (0.02,))
    async with bench(cloud, tmp_path) as it:
        known = it.context.session.id
    await cloud.down()
    async with bench(cloud, tmp_path) as it:
        assert it.context.overview.link is Link.OFFLINE
        assert it.context.session.id == known
        assert it.drafts.current is not None
        problem = it.context.overview.problem
        assert problem is not None
        assert "--local" in problem.hint
        await cloud.up()
        await it.until(lambda: it.context.overview.link is Link.READY)
        assert it.context.overview.problem is None


async def test_a_broken_request_for_a_project_is_not_repeated_blindly(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_DELAYS_S", (0.5,))
    cloud.goes_wrong(Fault("POST", SESSION, unanswered))
    async with bench(cloud, tmp_path) as it:
        assert it.context.overview.link is Link.OFFLINE
        assert cloud.count("POST", SESSION) == 1
        await it.until(lambda: it.context.overview.link is Link.READY)


async def test_links_hold_no_api_token(cloud: Cloud, tmp_path: Path) -> None:
    async with bench(cloud, tmp_path) as it:
        claim = await it.sessions.claim_link()
        assert claim == "https://nemovideo.com/workspace/claim?ct=clm_abc%2F%2B%3D"
        register = it.sessions.registration_link()
        assert register == "https://nemovideo.com/register?bind=usr_7"
        for token in cloud.good_tokens:
            assert token not in claim + register
    (request,) = cloud.of("POST", CLAIM)
    assert request.json() == {"task_id": "task-1", "session_id": "sess-1"}
    with pytest.raises(BadReply):
        projects.claim_link("https://x", "nmv_usr_secret")


@pytest.mark.parametrize(
    ("locale", "code"),
    [("de_AT.UTF-8", "de"), ("C", "en"), ("POSIX", "en"), ("C.UTF-8", "en"), ("pt_BR@euro", "pt")],
)
def test_language(monkeypatch: pytest.MonkeyPatch, locale: str, code: str) -> None:
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.setenv("LC_ALL", locale)
    assert language() == code


async def test_the_balance_is_looked_at_now_and_then(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_LOOK_S", 0.02)
    async with bench(cloud, tmp_path) as it:
        await it.poll(lambda: cloud.count("GET", CREDITS) > 3)
        assert it.context.overview.link is Link.READY
