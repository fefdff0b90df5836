"""`vbtui export` and `vbtui renders` from outside, on the real studio and on a cloud."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any

import av
import pytest

from tests import clips as media
from tests.cloud import DRAFT, POLL, RENDER, Cloud, Fault, refuses
from tests.sessions_bench import Bench, settings
from tests.test_engine import engine, idle
from tests.waiting import PATIENCE_S, until
from vbtui.base import mp4
from vbtui.base.mp4 import is_whole
from vbtui.exports import check as export_check
from vbtui.journal.records import RenderState

SENTENCE = "combine these clips into a 2-second video in 640x360"
TIMING = {"VBTUI_TIMING": "render_poll=0.05,local_render_poll=0.05,connect=60,reply=60"}


_started: list[asyncio.subprocess.Process] = []


@pytest.fixture(autouse=True)
async def ends_what_it_started() -> AsyncIterator[None]:
    yield
    while _started:
        process = _started.pop()
        if process.returncode is None:
            process.kill()
            await process.wait()


async def vbtui(
    *arguments: str | Path,
    folder: Path,
    stdin: IO[Any] | int = subprocess.DEVNULL,
    **environ: str,
) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "vbtui", *map(str, arguments)),
        cwd=folder,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **TIMING, "PYTHONPATH": str(Path(__file__).parents[2]), **environ},
        start_new_session=True,
    )
    _started.append(process)
    return process


async def said(
    *arguments: str | Path, folder: Path, code: int = 0, **environ: str
) -> tuple[str, str]:
    """What the command wrote to stdout and stderr."""
    given: Any = environ
    process = await vbtui(*arguments, folder=folder, **given)
    async with asyncio.timeout(PATIENCE_S):
        out, err = (part.decode() for part in await process.communicate())
    assert process.returncode == code, (out, err)
    assert "Traceback" not in err
    return out, err


def begin_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(6)


@pytest.fixture
async def project(tmp_path: Path) -> Path:
    """The folder of a local project with two versions of its timeline."""
    folder = tmp_path / "work"
    folder.mkdir()
    async with engine(folder, local=True) as it:
        await it.library.add([media.clip(seconds=2)])
        await idle(it)
        await it.conversation.say(SENTENCE)
        await idle(it)
        await it.conversation.say("add a title “Second”")
        await idle(it)
        assert it.drafts.version == 2
    return folder


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    async with Cloud() as cloud:
        cloud.draft, cloud.video = DRAFT, media.clip(seconds=1).read_bytes()
        yield cloud


async def known_to(cloud: Cloud, folder: Path) -> None:
    """A project at the cloud, in the journal."""
    async with Bench(settings(cloud.url), folder, run=False) as it:
        assert it.drafts.current is not None


async def test_export_and_renders(project: Path) -> None:
    out, _ = await said("export", "--quality", "low", folder=project)
    first = Path(out.strip())
    assert first.parent == project
    assert mp4.duration_s(first) == pytest.approx(2, abs=0.1)
    named = project / "mine.mp4"
    named.write_text("replaced")
    out, _ = await said(
        *("export", "--version", "1", "-o", named, "--json", "--quality", "low"), folder=project
    )
    result = json.loads(out)
    assert result["video"] == str(named)
    assert result["version"] == 1
    assert result["backend"] == "local"
    assert is_whole(named)
    out, _ = await said("renders", "--json", folder=project)
    listed = json.loads(out)["renders"]
    assert [one["path"] for one in listed] == [str(first), str(named)]
    assert [one["version"] for one in listed] == [2, 1]
    assert {one["state"] for one in listed} == {"done"}
    out, _ = await said("renders", "--follow", "--json", folder=project)
    assert [json.loads(line)["id"] for line in out.splitlines()] == [one["id"] for one in listed]
    out, _ = await said("renders", folder=project)
    assert out.splitlines()[1].endswith(str(named))
    _, err = await said("export", "--version", "9", folder=project, code=2)
    assert "no version 9" in err
    assert sorted(os.listdir(project)) == sorted([first.name, "mine.mp4"])


async def test_a_format_is_named_or_told_by_the_ending(project: Path) -> None:
    out, _ = await said("export", "--format", "gif", "--quality", "low", folder=project)
    gif = Path(out.strip())
    assert (gif.suffix, begin_of(gif)) == (".gif", b"GIF89a")
    picture, sound = project / "still.png", project / "sound.wav"
    options = ("--at", "0:01", "--json")
    out, _ = await said("export", "-o", picture, *options, folder=project)
    assert json.loads(out)["remarks"] == []
    with av.open(str(picture)) as container:
        assert container.streams.video[0].codec_context.name == "png"
        assert container.streams.video[0].width == 640
    await said("export", "--format", "wav", "-o", sound, folder=project)
    with av.open(str(sound)) as container:
        length = sum(frame.samples for frame in container.decode(audio=0)) / 48000
    assert length == pytest.approx(2, abs=0.03)
    out, _ = await said("renders", "--json", folder=project)
    listed = [(one["format"], one["at_ms"], one["state"]) for one in json.loads(out)["renders"]]
    assert listed == [("gif", 0, "done"), ("png", 1000, "done"), ("wav", 0, "done")]


async def test_a_file_of_another_ending_is_refused_before_anything_is_made(project: Path) -> None:
    for arguments, why in (
        (("--format", "gif", "-o", "x.mp4"), "gif is written as .gif"),
        (("-o", "x.avi"), "Nothing is exported as “avi”"),
        (("--format", "avi"), "avi"),
        (("--at", "0:01"), "--format png"),
        (("--format", "png", "--at", "1:00"), "no picture at 1:00"),
        (("--format", "png", "--at", "soon"), "0:05"),
    ):
        _, err = await said("export", *arguments, folder=project, code=2)
        assert why in err, err
    assert os.listdir(project) == []


async def test_another_format_of_a_cloud_project_is_made_here(cloud: Cloud, tmp_path: Path) -> None:
    await known_to(cloud, tmp_path)
    out, err = await said(
        "export", "--format", "gif", folder=tmp_path, code=6, NEMO_API_URL=cloud.url
    )
    assert "on this machine" in err
    assert "Not in the video: beach (0-1s)" in err
    assert begin_of(Path(out.strip())) == b"GIF89a"
    assert not cloud.of("POST", RENDER)


async def test_the_project_that_is_named_is_exported(project: Path) -> None:
    """Before the command or behind it; what says nothing to a command is refused, not passed over."""
    async with engine(project, local=True) as it:
        await it.sessions.new("another")
    for words in (("--project", "project", "export"), ("export", "--project", "project")):
        out, _ = await said(*words, "--quality", "low", "--json", folder=project)
        assert json.loads(out)["version"] == 2
    out, _ = await said("--project", "another", "status", "--json", folder=project)
    assert json.loads(out)["project"] == "another"
    _, err = await said("--project", "none", "export", folder=project, code=2)
    assert "There is no project “none”." in err
    out, _ = await said("--project", "another", "renders", "--json", folder=project)
    assert json.loads(out)["renders"] == []
    out, _ = await said("renders", "--local", "--json", folder=project)
    assert len(json.loads(out)["renders"]) == 2
    assert (
        json.loads((await said("renders", "--cloud", "--json", folder=project))[0])["renders"] == []
    )
    _, err = await said(
        "--project", "another", "plan", "a.mp4", "--say", "x", folder=project, code=2
    )
    assert "--project says nothing to vbtui plan" in err


async def test_without_a_project(tmp_path: Path) -> None:
    _, err = await said("export", "--local", folder=tmp_path, code=2)
    assert "no project yet" in err
    assert (await said("renders", folder=tmp_path))[0] == "No exports yet.\n"
    assert json.loads((await said("renders", "--json", folder=tmp_path))[0])["renders"] == []
    assert (await said("renders", "--follow", folder=tmp_path))[0] == ""
    _, err = await said("export", "--version", "0", folder=tmp_path, code=2)
    assert "1 or more" in err


async def test_the_cloud_refuses_and_the_way_out_is_said(cloud: Cloud, tmp_path: Path) -> None:
    await known_to(cloud, tmp_path)
    cloud.goes_wrong(Fault("POST", RENDER, refuses(402, message="plan")))
    _, err = await said("export", folder=tmp_path, code=5, NEMO_API_URL=cloud.url)
    assert "vbtui: plan. " in err
    assert "unlock export" in err
    assert "vbtui export --here" in err
    _, err = await said(
        "export", "--preset", "reels", folder=tmp_path, code=2, NEMO_API_URL=cloud.url
    )
    assert "the timeline's own size" in err
    assert "Exporting" not in err
    _, err = await said("export", "--preset", "vhs", folder=tmp_path, code=2)
    assert "no preset “vhs”" in err
    assert "Exporting" not in err
    _, err = await said("export", "--here", folder=tmp_path, code=6, NEMO_API_URL=cloud.url)
    assert "Not in the video: beach (0-1s)" in err
    await cloud.down()
    _, err = await said("export", folder=tmp_path, code=1, NEMO_API_URL=cloud.url)
    assert "vbtui export --here" in err


async def test_follow_sees_another_process_at_work(cloud: Cloud, tmp_path: Path) -> None:
    cloud.script = [{"status": "processing", "progress": 40}]
    await known_to(cloud, tmp_path)
    export = await vbtui("export", folder=tmp_path, NEMO_API_URL=cloud.url)
    await until(lambda: cloud.jobs)
    follow = await vbtui("renders", "--follow", "--json", folder=tmp_path)
    assert follow.stdout is not None
    lines: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE_S):
        while not lines or lines[-1]["state"] != "processing":
            lines.append(json.loads(await follow.stdout.readline()))
        for job in cloud.jobs.values():
            job.script = [{"status": "completed"}]
        out, _ = await export.communicate()
        rest, _ = await follow.communicate()
    assert export.returncode == follow.returncode == 0
    assert json.loads(rest.splitlines()[-1])["path"] == out.decode().strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_cleanly(cloud: Cloud, tmp_path: Path, number: int) -> None:
    cloud.script = [{"status": "processing", "progress": 40}]
    await known_to(cloud, tmp_path)
    export = await vbtui("export", folder=tmp_path, NEMO_API_URL=cloud.url)
    await until(lambda: cloud.count("GET", POLL) >= 2)
    export.send_signal(number)
    _, err = await asyncio.wait_for(export.communicate(), PATIENCE_S)
    assert export.returncode == 130
    assert b"Traceback" not in err
    assert [job.cancelled for job in cloud.jobs.values()] == [True]
    assert os.listdir(tmp_path) == []
    assert "cancelled" in (await said("renders", folder=tmp_path))[0]


async def test_follow_says_that_nobody_is_at_work(cloud: Cloud, tmp_path: Path) -> None:
    cloud.script = [{"status": "processing", "progress": 40}]
    await known_to(cloud, tmp_path)
    export = await vbtui("export", folder=tmp_path, NEMO_API_URL=cloud.url)
    await until(lambda: cloud.count("GET", POLL) >= 2)
    export.kill()
    await export.wait()
    _, err = await said("renders", "--follow", folder=tmp_path, code=1)
    assert "no vbtui works on it" in err


async def test_kill_9_at_ten_random_moments(project: Path) -> None:
    """vbtui and its studio die together; each export that was taken on comes home once, whole."""
    dice = random.Random(6)
    for number in range(10):
        options = ("--quality", ("low", "medium", "high")[number % 3], "-o", f"{number}.mp4")
        process = await vbtui("export", *options, folder=project)
        await until(lambda: _count() > number)  # noqa: B023 - awaited within the round
        await asyncio.sleep(dice.uniform(0, 1.0))
        for pid in (process.pid, *_children(process.pid)):
            with contextlib.suppress(ProcessLookupError):  # it was done already
                os.kill(pid, signal.SIGKILL)
        await process.wait()
    async with engine(project, local=True) as it:
        await idle(it)
        renders = it.exports.renders
    assert len(renders) == 10
    assert {render.state for render in renders} == {RenderState.DONE}
    paths = [render.path for render in renders if render.path]
    assert sorted(path.name for path in paths) == sorted(os.listdir(project))
    assert all(is_whole(path) for path in paths)
    assert all(export_check.length_problem(path, 2000) == "" for path in paths)


def _count() -> int:
    """The renders in the journal."""
    with closing(sqlite3.connect(settings("http://127.0.0.1:9").directories.journal)) as journal:
        return int(journal.execute("SELECT count(*) FROM renders").fetchone()[0])


def _children(pid: int) -> list[int]:
    """The process ids of all that `pid` started, and of all that these did."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    found = [int(one) for one in listed.read_text().split()] if listed.exists() else []
    return found + [below for one in found for below in _children(one)]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault("POST", "/run_sse", refuses(200, code=2001, message="insufficient credits")), 5),
        (Fault("POST", "/run_sse", refuses(401), 9), 3),
    ],
)
async def test_a_chinese_sentence_that_is_refused_has_the_promised_exit_code(
    cloud: Cloud, tmp_path: Path, fault: Fault, code: int
) -> None:
    cloud.goes_wrong(fault)
    _, err = await said(
        *("make", media.clip(seconds=1), "--say", "改成竖屏", "-o", "out.mp4"),
        folder=tmp_path, code=code, NEMO_API_URL=cloud.url,
    )  # fmt: skip
    assert "积分" in err or "令牌" in err
