"""What vbtui 0.1.0 left behind opens: its journal, settings, sign-in and studio projects.

`data/earlier` was written by that version at work: two projects at a cloud and one in the local studio,
killed while a message and an export were under way and one of each waited. `journal.json` is what that
version itself read in the journal. The finished video there is a smaller one.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests import clips as media
from tests.cloud import DRAFT, SIGN_IN, Cloud, Job
from tests.serving import serving
from tests.sessions_bench import settings
from tests.waiting import PATIENCE_S
from vbtui.base.settings import (
    Display,
    Exports,
    Studio,
    Timing,
    Uploads,
    Watch,
    find_directories,
    load,
)
from vbtui.conversation import queue as turns
from vbtui.engine import Engine
from vbtui.journal import assets, renders, sessions
from vbtui.journal.journal import Journal
from vbtui.journal.records import RenderState, Turn, TurnState
from vbtui.session import drafts
from vbtui.studio.project.media import AudioStream, Media
from vbtui.studio.project.store import Store

EARLIER = Path(__file__).parent / "data" / "earlier"
CLOUD, HOME = "http://cloud.test", "/home/ann"
"""What stands in the files where the test's own address and folder belong."""
LOCAL = "f2d59392-781e-4577-8a85-d7a6a036d195"
DONE, FAILED, UNDER_WAY, WAITING, HOLIDAY = (
    f"render_{number}"
    for number in (1795707149204, 1795707150137, 1795707152447, 1795707152603, 1795707158808)
)


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    """The cloud as that version left it, both messages carried out by now."""
    async with Cloud() as cloud:
        cloud.sessions += ["sess-1", "sess-2"]
        cloud.good_tokens.add("nmv_usr_free1")
        cloud.draft = {**DRAFT, "m": {**DRAFT["m"], "ratio": "9:16"}}
        cloud.video = media.clip(seconds=1).read_bytes()
        cloud.jobs[UNDER_WAY] = Job(UNDER_WAY, {}, [{"status": "completed", "progress": 100}])
        yield cloud


def put_back(url: str, home: Path) -> None:
    """The files, where this version looks for them, of a user with that home and cloud."""
    directories = find_directories()
    shutil.copytree(EARLIER / "studio", directories.studio)
    directories.state.mkdir(parents=True)
    kept = (EARLIER / "credentials.json").read_text().replace(CLOUD, url)
    directories.credentials.write_text(kept)
    directories.credentials.chmod(0o600)
    shutil.copy(EARLIER / "journal.db", directories.journal)
    with sqlite3.connect(directories.journal) as connection:
        for table, column in (("sessions", "backend"), ("assets", "url"), ("facts", "key")):
            connection.execute(
                f"UPDATE {table} SET {column} = replace({column}, ?, ?)", [CLOUD, url]
            )
        for table, column in (("assets", "path"), ("renders", "path"), ("renders", "destination")):
            connection.execute(
                f"UPDATE {table} SET {column} = CAST(replace({column}, ?, ?) AS BLOB)"
                f" WHERE {column} IS NOT NULL",
                [HOME, str(home)],
            )
    connection.close()
    for name in ("clips", "videos"):
        (home / name).mkdir()


async def test_the_whole_journal_is_read_as_it_was_meant(tmp_path: Path) -> None:
    shutil.copy(EARLIER / "journal.db", tmp_path)
    journal = Journal(tmp_path / "journal.db")
    await journal.open()
    by_cloud, here = [
        await journal.run(partial(sessions.every, backend=backend)) for backend in (CLOUD, "local")
    ]
    projects = [*by_cloud, *here]
    said: list[Turn] = []
    files: list[assets.AssetRow] = []
    seen: list[drafts.KeptDraft] = []
    for project in projects:
        said += await journal.run(partial(turns.of_session, session_id=project.id))
        files += await journal.run(partial(assets.of_session, session_id=project.id))
        seen += await journal.run(partial(drafts.all_kept, session_id=project.id))
    exported = await journal.run(lambda c: renders.every(c, limit=99))
    times = await journal.run(lambda c: sessions.get(c, f"render_times:{CLOUD}"))
    await journal.close()
    now = {
        "sessions": [asdict(one) for one in projects],
        "turns": [asdict(one) for one in said],
        "assets": [
            {**asdict(one), "asset": {**asdict(one.asset), "reason": one.asset.reason}}
            for one in files
        ],
        "renders": [
            {**asdict(one.render), "project": one.project, "backend": one.backend}
            for one in exported
        ],
        "drafts": [asdict(one) for one in seen],
    }
    before = json.loads((EARLIER / "journal.json").read_text(encoding="utf-8"))
    assert {name: len(rows) for name, rows in before.items()} == {
        "sessions": 3,
        "turns": 12,
        "assets": 7,
        "renders": 5,
        "drafts": 6,
    }
    assert list(differences(before, json.loads(json.dumps(now, default=str)))) == []
    assert times == {"high": [[1.0, pytest.approx(0.238, abs=0.001)]]}
    problems = [*(one.problem for one in said), *(one.render.problem for one in exported)]
    assert [one.code for one in problems if one] == ["plan_blocked", "render_failed"]


def differences(before: Any, now: Any, where: str = "") -> list[str]:
    """What was there and is not, or is another thing. What came to it since does not count."""
    if isinstance(before, dict) and isinstance(now, dict):
        pairs = [(before[key], now.get(key, "nothing"), f"{where}.{key}") for key in before]
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        pairs = [
            (one, other, f"{where}[{number}]")
            for number, (one, other) in enumerate(zip(before, now, strict=True))
        ]
    else:
        return [] if before == now else [f"{where}: {before!r} became {now!r}"]
    return [found for pair in pairs for found in differences(*pair)]


async def test_what_was_under_way_comes_home_and_nothing_is_done_twice(
    cloud: Cloud, tmp_path: Path
) -> None:
    put_back(cloud.url, tmp_path)
    async with serving(Engine(settings(cloud.url), folder=tmp_path)) as it:
        assert it.overview.session is not None
        assert (it.overview.session.id, it.overview.session.name) == ("sess-1", "Promo")
        async with asyncio.timeout(PATIENCE_S):
            await it.wait_idle()
        assert [(turn.id, turn.state) for turn in it.conversation.turns] == [
            (1, TurnState.DONE),
            (2, TurnState.DONE),
            (3, TurnState.DONE),
            (4, TurnState.DONE),
            (5, TurnState.FAILED),
            (7, TurnState.DONE),
            (8, TurnState.DONE),
            (13, TurnState.DONE),  # that a video is there
        ]
        assert {render.id: render.state for render in it.exports.renders} == {
            DONE: RenderState.DONE,
            FAILED: RenderState.FAILED,
            UNDER_WAY: RenderState.DONE,
            WAITING: RenderState.DONE,
        }
        assert [one.shown for one in it.library.assets if one.label] == ["the beach"]
        await it.sessions.open("sess-2")
        assert [turn.text for turn in it.conversation.turns] == ["把视频改成竖屏"]
        async with asyncio.timeout(PATIENCE_S):
            await it.wait_idle()
    assert cloud.said == ['add a title "Hello"']
    assert cloud.render_ids == {WAITING: 1}
    assert cloud.carried == {"message": 1, "render": 1}
    assert cloud.of("POST", SIGN_IN) == []
    assert sorted(path.name for path in (tmp_path / "videos").iterdir()) == [
        "under way.mp4",
        "waiting.mp4",
    ]


async def test_a_project_of_the_studio_goes_on(tmp_path: Path) -> None:
    put_back("http://127.0.0.1:9", tmp_path)
    shown = [
        json.loads((EARLIER / f"studio/sessions/{LOCAL}/drafts/{number}.json").read_text())
        for number in (1, 2, 3)
    ]
    async with serving(Engine(settings("http://127.0.0.1:9"), local=True, folder=tmp_path)) as it:
        assert it.sessions.current is not None
        assert (it.sessions.current.id, it.sessions.current.name) == (LOCAL, "holiday")
        draft = it.drafts.current
        assert draft is not None
        assert (draft.version, draft.draft) == (4, shown[1])
        assert [one.name for one in it.library.assets] == ["beach.mp4", "song.mp3"]
        before = it.conversation.turns
        assert len(before) == 4
        (render,) = it.exports.renders
        assert (render.id, render.state) == (HOLIDAY, RenderState.DONE)
        for sentence, expected in (("undo", shown[0]), ("redo", shown[1])):
            await it.conversation.say(sentence)
            async with asyncio.timeout(PATIENCE_S):
                await it.wait_idle()
            assert it.drafts.current is not None
            assert it.drafts.current.draft == expected
        assert it.conversation.turns[:4] == before
        assert [one.id for one in it.exports.renders] == [HOLIDAY]


async def test_the_studio_reads_its_whole_project() -> None:
    data = find_directories().studio
    shutil.copytree(EARLIER / "studio", data)
    session = await Store(data).find(LOCAL)
    assert session is not None
    clip, song = (path.stem for path in sorted((EARLIER / "studio/media").iterdir())[::-1])
    assert list(session.media) == [
        Media(
            id="a2",
            filename="beach.mp4",
            kind="video",
            path=data / "media" / f"{clip}.mp4",
            size=7192,
            sha256=clip,
            duration_ms=1000,
            width=160,
            height=90,
            fps=10.0,
            video_codec="h264",
            pixel_format="yuv420p",
            position=6,
        ),
        Media(
            id="a1",
            filename="song.mp3",
            kind="audio",
            path=data / "media" / f"{song}.mp3",
            size=4406,
            sha256=song,
            duration_ms=1045,
            audio=AudioStream("mp3float", 44100, 1, 1045),
            position=7,
        ),
    ]
    first, second, third = (
        json.loads((data / f"sessions/{LOCAL}/drafts/{number}.json").read_text())
        for number in (1, 2, 3)
    )
    assert await session.draft() == second
    assert list(session.previous) == [None, first]
    assert list(session.undone) == [third]


def test_every_setting_keeps_its_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VBTUI_CONFIG", str(EARLIER / "config.toml"))
    found = load()
    assert found == replace(
        found,
        api_url=CLOUD,
        web_url="http://web.test",
        timing=Timing(
            render_poll=7,
            local_render_poll=0.25,
            sse_total=800,
            heartbeat_only=500.5,
            still_working=100,
            recover_first=20,
            recover_next=40,
            recover_tries=3,
            rate_limit_wait=25,
            stall=50,
            connect=9,
            reply=55,
        ),
        uploads=Uploads(at_once=3, settle_s=4.5),
        watch=Watch(directory="/home/ann/clips", then="make it 9:16, export"),
        exports=Exports(directory="/home/ann/videos", quality="medium"),
        studio=Studio(workers=2, encoder="software", cache_gb=1.5),
        display=Display(theme="nord", pictures="blocks"),
        keys={},
    )
