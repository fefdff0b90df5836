"""The whole engine: with the real studio as its child, with a cloud, through kills and restarts."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import clips as media
from tests.cloud import CREDITS, DRAFT, RENDER, SIGN_IN, TURN, UPLOAD, Cloud, Fault, plain, refuses
from tests.server import hang
from tests.serving import serving
from tests.sessions_bench import settings
from tests.waiting import PATIENCE_S, until
from vbtui.base import mp4
from vbtui.base.errors import DiskProblem, UsageError
from vbtui.base.settings import Exports
from vbtui.engine import Engine
from vbtui.journal.owners import process_start
from vbtui.journal.records import AssetState, ExportOptions, RenderState, TurnState
from vbtui.session.events import Event, Link, OverviewChanged, SessionOpened
from vbtui.session.studio import running

ROOT = Path(__file__).parents[1]
SENTENCE = "combine these clips into a 2-second 640x360 video with a title “Hello”"


@asynccontextmanager
async def engine(
    folder: Path, url: str = "http://127.0.0.1:9", **more: Any
) -> AsyncIterator[Engine]:
    """A started engine whose services run."""
    it = Engine(settings(url, **more.pop("settings", {})), folder=folder, **more)
    async with serving(it):
        yield it


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def files_with(text: str, folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if text.encode() in path.read_bytes()]


async def idle(it: Engine) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await it.wait_idle()


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    async with Cloud() as cloud:
        cloud.video = media.clip(seconds=1).read_bytes()
        yield cloud


async def test_from_a_clip_to_a_video_on_this_machine(tmp_path: Path) -> None:
    quick = {"exports": Exports(quality="low")}
    async with engine(tmp_path, local=True, settings=quick) as it:
        assert it.overview.link is Link.READY
        assert it.overview.backend == "Local studio"
        (asset,) = await it.library.add([media.clip(seconds=2)])
        await idle(it)
        assert it.library.assets[0].state is AssetState.DONE
        turn = await it.conversation.say(SENTENCE)
        await idle(it)
        assert it.conversation.turns[-1].state is TurnState.DONE, it.conversation.turns
        draft = it.drafts.current
        assert draft is not None
        assert draft.timeline is not None
        assert draft.turn_id == turn.id
        made = await it.previews.frames(draft, 500, width=160, height=90)
        assert not made.is_here
        assert made.pictures[0].startswith(b"\x89PNG")
        await it.conversation.say("export")
        await idle(it)
        (render,) = it.exports.renders
        assert render.state is RenderState.DONE, render.problem
        assert render.problem is None
        assert render.path is not None
        assert render.path.parent == tmp_path
        length = draft.timeline.duration_ms / 1000
        assert mp4.duration_s(render.path) == pytest.approx(length, abs=0.1)
        before = (it.conversation.turns, it.library.assets, draft, it.exports.renders)
        session = it.sessions.current
    async with engine(tmp_path, local=True) as again:
        assert again.sessions.current is not None
        assert session is not None
        assert again.sessions.current.id == session.id
        assert [turn.id for turn in again.conversation.turns] == [turn.id for turn in before[0]]
        assert [one.id for one in again.library.assets] == [asset.id]
        assert again.drafts.current == before[2]
        assert list(again.exports.renders) == [replace_live(one) for one in before[3]]


def replace_live(render: Any) -> Any:
    """As the journal keeps it: without what only a running download shows."""
    return replace(render, received=0, size=None, copied=None)


@pytest.mark.parametrize("moment", ["turn running", "render submitting", "render processing"])
async def test_kill_9_loses_nothing_and_repeats_nothing(tmp_path: Path, moment: str) -> None:
    """vbtui and its studio die in the middle; the next start brings everything home once."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.driven",
        str(tmp_path),
        str(media.clip(seconds=2)),
        SENTENCE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={
            **os.environ,
            "VBTUI_TIMING": "local_render_poll=0.02,recover_first=0.1,recover_next=0.2",
        },
    )
    assert process.stdout is not None
    seen = []
    async with asyncio.timeout(PATIENCE_S):
        while line := (await process.stdout.readline()).decode().strip():
            seen.append(line)
            if line.startswith(moment):
                break
    studio = running(settings("http://127.0.0.1:9").directories.studio)
    process.kill()
    await process.wait()
    assert any(line.startswith(moment) for line in seen), seen
    assert studio is not None
    await until(lambda: process_start(studio.pid) is None)
    async with engine(tmp_path, local=True) as it:
        await idle(it)
        assert [asset.state for asset in it.library.assets] == [AssetState.DONE]
        turns = [turn for turn in it.conversation.turns if turn.route == "edit"]
        assert len(turns) == 1
        if moment.startswith("render"):
            (render,) = it.exports.renders
            assert render.state is RenderState.DONE, render.problem
            assert render.path == tmp_path / "promo.mp4"
            assert names_in(tmp_path) == ["promo.mp4"]
            assert render.attempt == 1
        else:
            assert turns[0].state in (TurnState.DONE, TurnState.UNKNOWN)


async def test_the_same_through_a_cloud(cloud: Cloud, tmp_path: Path) -> None:
    async with engine(tmp_path, cloud.url) as it:
        await it.library.add([media.clip(seconds=1)])
        await idle(it)
        await it.conversation.say("make it nice")
        await idle(it)
        assert it.conversation.turns[-1].state is TurnState.DONE
        render = await it.exports.start(ExportOptions())
        await idle(it)
        done = it.exports.latest(render.id)
        assert done is not None
        assert done.state is RenderState.DONE
    sent = [
        (one.method, one.path.partition("/me/")[0])
        for one in cloud.requests
        if one.method == "POST"
    ]
    assert sent == [
        ("POST", "/api/auth/anonymous-token"),
        ("POST", "/api/tasks"),
        ("POST", "/api/upload-video/nemo_agent"),
        ("POST", "/run_sse"),
        ("POST", RENDER),
    ]


async def test_what_the_journal_knows_is_shown_before_the_backend_answers(
    cloud: Cloud, tmp_path: Path
) -> None:
    async with engine(tmp_path, cloud.url) as it:
        known = it.sessions.current
        await it.conversation.say("make it nice")
        await idle(it)
    cloud.goes_wrong(*(Fault(method, "*", plain(hang()), 100) for method in ("GET", "POST")))
    later = Engine(settings(cloud.url), folder=tmp_path)
    opened = asyncio.Event()

    def heard(event: Event) -> None:
        if isinstance(event, SessionOpened):
            opened.set()

    later.bus.subscribe(heard)
    start = asyncio.create_task(later.start())
    async with asyncio.timeout(PATIENCE_S):
        await opened.wait()
    assert not start.done()
    assert later.sessions.current is not None
    assert known is not None
    assert later.sessions.current.id == known.id
    assert later.conversation.turns
    assert later.drafts.current is not None
    assert later.overview.link is Link.STARTING
    start.cancel()
    await asyncio.wait([start])
    await later.close()


async def test_a_project_that_the_cloud_lost_is_made_anew_and_said(
    cloud: Cloud, tmp_path: Path
) -> None:
    async with engine(tmp_path, cloud.url) as it:
        await it.library.add([media.clip(seconds=1)])
        await idle(it)
    cloud.sessions = ["something else"]
    cloud.media.clear()
    async with engine(tmp_path, cloud.url) as it:
        assert it.overview.link is Link.READY
        assert it.sessions.current is not None
        assert it.sessions.current.id in cloud.sessions
        note = it.conversation.turns[-1]
        assert note.route == "note"
        assert note.offers == ("upload_again",)
        assert it.library.assets[0].state is AssetState.FAILED
        await it.commands.take(note.id, "upload_again")
        await idle(it)
        assert [asset.state for asset in it.library.assets] == [AssetState.DONE]
    assert cloud.count("POST", UPLOAD) == 2


async def test_the_token_is_nowhere(
    cloud: Cloud, tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a run full of errors no file holds the user's token, and no report shows it."""
    token = "nmv_usr_TheSecretToken"
    monkeypatch.setenv("NEMO_TOKEN", token)
    cloud.good_tokens.add(token)
    cloud.goes_wrong(
        Fault("POST", TURN, refuses(500, detail=f"bad header Authorization: Bearer {token}")),
        Fault("POST", RENDER, refuses(402, message=f"no plan for {token}")),
    )
    shown: list[str] = []
    async with engine(tmp_path, cloud.url, settings={"token": token}) as it:
        it.bus.subscribe(lambda event: shown.append(repr(event)))
        await it.conversation.say("make it nice")
        await idle(it)
        cloud.draft = DRAFT
        await it.conversation.say("export")
        await idle(it)
        assert it.exports.renders[0].state is RenderState.FAILED
        cloud.goes_wrong(Fault("GET", CREDITS, refuses(401, message=f"{token} expired")))
        await it.conversation.say("credits")
        await idle(it)
        assert it.overview.link is Link.REFUSED
        shown += [repr(it.settings), repr(it.overview), repr(it.conversation.turns)]
    assert token not in "".join(shown)
    assert files_with(token, own_home) + files_with(token, tmp_path) == []
    assert files_with("no plan for", own_home) != []


async def test_problems_that_waiting_does_not_mend_are_raised(tmp_path: Path) -> None:
    its = settings("http://127.0.0.1:9")
    its.directories.state.parent.mkdir(parents=True)
    its.directories.state.write_text("a file where the folder should be")
    broken = Engine(its, folder=tmp_path)
    with pytest.raises(DiskProblem):
        await broken.start()
    await broken.close()
    its.directories.state.unlink()
    nowhere = Engine(settings("http://"), folder=tmp_path)
    with pytest.raises(UsageError):
        await nowhere.start()
    await nowhere.close()


def test_importing_the_engine_loads_nothing_heavy() -> None:
    code = (
        "import sys, vbtui.engine; "
        "heavy = {'httpx', 'httpx_sse', 'textual', 'watchfiles', 'vbtui.studio', 'av', 'PIL'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (None, 0, ""),
        (Fault("POST", RENDER, refuses(402, message="plan")), 5, "/register?bind=usr_7"),
        (Fault("POST", TURN, refuses(200, code=2001, message="none left")), 5, "none left"),
        (Fault("GET", CREDITS, refuses(401, message="no")), 3, "NEMO_TOKEN"),
    ],
)
async def test_make_tells_its_end_by_its_exit_code(
    cloud: Cloud, tmp_path: Path, fault: Fault | None, code: int, words: str
) -> None:
    cloud.good_tokens.add("nmv_usr_TheSecretToken")
    cloud.goes_wrong(*[fault] if fault else [])
    made = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "vbtui", "make", str(media.clip(seconds=1))),
        *("--say", "make it nice", "-o", str(tmp_path / "out.mp4"), "--server", cloud.url),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={
            **os.environ,
            "NEMO_TOKEN": "nmv_usr_TheSecretToken",
            "VBTUI_TIMING": "render_poll=0.05",
        },
    )
    out, told = await made.communicate()
    assert made.returncode == code, told
    assert words in told.decode()
    assert b"TheSecretToken" not in out + told
    assert b"Traceback" not in told
    assert out.decode().strip() == ("" if code else str(tmp_path / "out.mp4"))


async def test_what_is_said_before_the_first_project_goes_out_with_it(
    cloud: Cloud, tmp_path: Path
) -> None:
    opened = Engine(settings(cloud.url), folder=tmp_path)
    await opened.open()
    assert opened.is_open
    assert opened.sessions.current is None
    await opened.conversation.say("make it nice")
    await opened.close()
    assert cloud.count("POST", TURN) == 0
    async with engine(tmp_path, cloud.url) as it:
        await idle(it)
        (turn,) = it.conversation.turns
        assert turn.text == "make it nice"
        assert turn.sent_at is not None
    assert cloud.count("POST", TURN) == 1


async def test_a_rate_limit_at_the_first_sign_in_says_how_long_it_is_waited_for(
    tmp_path: Path,
) -> None:
    async with Cloud() as cloud:
        cloud.goes_wrong(Fault("POST", SIGN_IN, refuses(429)))
        it = Engine(settings(cloud.url), folder=tmp_path)
        told: list[str] = []

        def hear(event: Event) -> None:
            if isinstance(event, OverviewChanged) and event.overview.link is Link.STARTING:
                problem = event.overview.problem
                told.append(problem.message if problem else "")

        it.bus.subscribe(hear)
        async with serving(it):
            assert it.overview.link is Link.READY
            assert it.overview.problem is None
        assert "asks for a free token again in 1 s" in " ".join(told)
