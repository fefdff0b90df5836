"""`vbtui mcp` over a real process, as the SDK's own client speaks to it: on the local studio, on a cloud, and beside an
open vbtui."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp", reason="pip install 'vbtui[mcp]'")

import mcp_types as types
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from PIL import Image

from tests import clips as media
from tests.agent import titled
from tests.cli.test_export import TIMING, ends_what_it_started
from tests.cli.test_say import answered, arrived, cloud, there, turns_of
from tests.cloud import Cloud
from tests.server import hang, text_event
from tests.test_engine import engine
from tests.ui.test_process import Terminal
from tests.waiting import PATIENCE_S, until
from vbtui.conversation.queue import UNDER_WAY
from vbtui.journal.records import TurnState

FIXTURES = (ends_what_it_started, cloud, there)


class Agent:
    """An agent with a server of its own."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.heard: list[str] = []

    async def use(self, tool: str, *, is_error: bool = False, **given: Any) -> Any:
        found = await self.whole(tool, **given)
        assert found.is_error == is_error, found.structured_content
        assert json.loads(found.content[0].text) == found.structured_content
        return found.structured_content

    async def whole(self, tool: str, **given: Any) -> Any:
        async def heard(progress: float, total: float | None, message: str | None) -> None:
            self.heard.append(message or "")

        return await self.client.call_tool(tool, given, PATIENCE_S, heard)

    async def picture(self, tool: str, **given: Any) -> Image.Image:
        found = await self.whole(tool, **given)
        assert not found.is_error, found.structured_content
        assert found.content[1].mime_type == "image/png"
        return Image.open(io.BytesIO(base64.b64decode(found.content[1].data)))


@asynccontextmanager
async def agent(
    folder: Path,
    *arguments: str,
    mode: str = "legacy",
    asks: Any = None,
    name: str = "robo\x1b[31m",
    **environ: str,
) -> AsyncIterator[Agent]:
    """Args: mode: of the protocol: with a handshake, or without."""
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "vbtui", "mcp", *arguments],
        cwd=folder,
        env={**os.environ, **TIMING, "PYTHONPATH": str(Path(__file__).parents[2]), **environ},
    )
    with (folder / "stderr.txt").open("a") as errors:
        client = Client(
            stdio_client(server, errlog=errors),
            read_timeout_seconds=PATIENCE_S,
            elicitation_callback=asks,
            client_info=types.Implementation(name=name, version="1"),
            mode=mode,
        )
        async with client:
            yield Agent(client)
    said = (folder / "stderr.txt").read_text()
    assert "Traceback" not in said, said


def files(folder: Path) -> None:
    shutil.copy(media.clip(seconds=2), folder / "beach.mp4")
    shutil.copy(media.picture(), folder / "town.jpg")


async def test_a_video_from_nothing(tmp_path: Path) -> None:
    files(tmp_path)
    async with agent(tmp_path, "--local") as it:
        assert (await it.use("projects"))["projects"] == []
        error = (await it.use("say", text="add beach.mp4", is_error=True))["error"]
        assert "add_media" in error["hint"]
        added = await it.use("add_media", files=["beach.mp4", "town.jpg"], project="Trip")
        assert [one["state"] for one in added["media"]] == ["done", "done"]
        done = await it.use("say", text="add beach.mp4")
        assert (done["outcome"], done["author"], done["project"]) == ("done", "robo", "Trip")
        asked = await it.use("say", text="make it shorter")
        assert asked["outcome"] == "question"
        assert "answer" in asked["next"]
        given = await it.use("answer", choice="1 second")
        assert (given["outcome"], given["duration_ms"]) == ("done", 1000)
        told = await it.use("plan", text="mute clip 1")
        assert told["changes"]
        refused = await it.use("say", text="remove clip 9", is_error=True)
        assert (refused["outcome"], refused["changes"]) == ("refused", [])
        assert (await it.use("undo"))["outcome"] == "done"
        line = await it.use("timeline")
        assert line["duration_ms"] == 2000
        picture = await it.picture("frame", at=0.5)
        assert (line["width"], line["height"], picture.size) == (1920, 1080, (1568, 882))
        assert (await it.use("frame", at=9, is_error=True))["error"]["code"] == "usage"
        versions = (await it.use("versions"))["versions"]
        assert {one["author"] for one in versions} == {"robo"}
        begun = await it.use("export", output="out.mp4", quality="low")
        assert [one["state"] for one in begun["renders"]] != []
        over = await it.use("wait", seconds=int(PATIENCE_S))
        assert over["is_over"], over
        assert [Path(one["path"]).name for one in over["renders"]] == ["out.mp4"]
        assert (tmp_path / "out.mp4").is_file()
        assert it.heard
        again = await it.use("export", output="out.mp4", quality="low")
        assert again["renders"]
        over = await it.use("wait", seconds=int(PATIENCE_S))
        assert [Path(one["path"]).name for one in over["renders"]] == ["out (2).mp4"]
        sheet = await it.picture("contact_sheet")
        assert sheet.width > 100
        assert len((await it.use("renders"))["renders"]) == 2
        listed = (await it.client.list_resources()).resources
        assert [one.name for one in listed] == ["Trip: timeline", "Trip: transcript"]
        said: Any = (await it.client.read_resource(listed[1].uri)).contents[0]
        assert "**robo** (done): add beach.mp4" in said.text
        seen: Any = (await it.client.read_resource(listed[0].uri)).contents[0]
        assert json.loads(seen.text)["duration_ms"] == 2000


async def test_what_is_given_is_checked(tmp_path: Path) -> None:
    files(tmp_path)
    (tmp_path / "notes.txt").write_text("no video")
    strange = tmp_path / "a\x1b[31m\u202eb.mp4"
    shutil.copy(media.clip(seconds=2), strange)
    async with agent(tmp_path, "--local") as it:
        for given, word in (
            ({"files": ["../gone.mp4"]}, "no such file"),
            ({"files": ["notes.txt"]}, "not accepted"),
            ({"files": ["."]}, "folder"),
            ({"files": ["beach.mp4\0.txt"]}, "must be"),
            ({"files": []}, "must be"),
            ({"files": ["beach.mp4"], "force": True}, "takes no"),
            ({}, "needs"),
        ):
            error = (await it.use("add_media", project="Trip", is_error=True, **given))["error"]
            assert word in error["message"], error
        assert (await it.use("projects"))["projects"] == []
        added = await it.use("add_media", files=[str(strange)], project="Trip\x1b[0m")
        assert "\x1b" not in json.dumps(added["media"][0]["name"]) + added["project"]
        await it.use("say", text="combine these clips")
        for name, word in (("no/where.mp4", "does not exist"), (".", "folder")):
            error = (await it.use("export", output=name, is_error=True))["error"]
            assert word in error["message"], error
        assert (await it.use("steal", is_error=True))["error"]["code"] == "usage"
        tools = (await it.client.list_tools()).tools
        readers = {one.name for one in tools if one.annotations and one.annotations.read_only_hint}
        assert readers.isdisjoint({"say", "answer", "undo", "redo", "add_media", "export"})
        assert all("credits" in (one.description or "") or "Costs nothing." in (one.description or "") for one in tools)  # fmt: skip


# -- credits ----------------------------------------------------------------------------------------


def agrees(action: str, asked: list[str], **content: Any) -> Any:
    async def answer(_: Any, params: Any) -> types.ElicitResult:
        asked.append(params.message)
        return types.ElicitResult(action=action, content=content or None)  # type: ignore[arg-type]

    return answer


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_the_user_is_asked_before_credits_are_spent(
    cloud: Cloud, there: Any, tmp_path: Path, mode: str
) -> None:
    asked: list[str] = []
    async with agent(tmp_path, mode=mode, asks=agrees("decline", asked), **there) as it:
        error = (await it.use("say", text="trim it", spend=True, is_error=True))["error"]
        assert error["code"] == "spending.declined"
    assert ("robo wants" in asked[0], len(asked), cloud.said) == (True, 1, [])
    for number in range(2):
        cloud.then(answered("Trimmed."), first=titled("Sea", length=500 + number))
    async with agent(tmp_path, mode=mode, asks=agrees("accept", asked, always=True), **there) as it:
        done = await it.use("say", text="trim it")
        assert (done["outcome"], done["author"]) == ("done", "robo")
        await it.use("say", text="trim it more")
    assert (len(asked), cloud.said) == (2, ["trim it", "trim it more"])


async def test_a_client_that_cannot_ask_says_that_the_user_agreed(
    cloud: Cloud, there: Any, tmp_path: Path
) -> None:
    cloud.then(answered("Trimmed."), first=titled("Sea", length=500))
    async with agent(tmp_path, **there) as it:
        refused = (await it.use("say", text="trim it", is_error=True))["error"]
        assert (refused["code"], "spend: true" in refused["hint"]) == ("spending", True)
        assert cloud.said == []
        assert (await it.use("say", text="trim it", spend=True))["outcome"] == "done"
    assert cloud.said == ["trim it"]
    assert "tok_of_mine" not in (tmp_path / "stderr.txt").read_text()


# -- killed, stopped --------------------------------------------------------------------------------


def server_of(folder: Path) -> int:
    """The process id of the server that was started there."""
    for place in Path("/proc").glob("[0-9]*"):
        try:
            line = (place / "cmdline").read_bytes().split(b"\0")
            if b"mcp" in line and (place / "cwd").resolve() == folder.resolve():
                return int(place.name)
        except OSError:
            pass
    raise AssertionError("no server")


async def test_killed_in_mid_turn_and_asked_again_it_is_done_once(
    cloud: Cloud, there: Any, tmp_path: Path
) -> None:

    cloud.then(hang())
    with pytest.raises(Exception):  # noqa: B017, PT011, PT012  # the client's, when its server is gone
        async with agent(tmp_path, **there) as it:
            saying = asyncio.create_task(it.whole("say", text="trim it", spend=True))
            await arrived(cloud)
            os.kill(server_of(tmp_path), signal.SIGKILL)
            await saying
    cloud.draft = titled("Sea", length=1000)
    async with agent(tmp_path, **there) as it:
        done = await it.use("say", text="trim it", spend=True)
        assert (done["outcome"], done["resumed"], len(done["changes"])) == ("done", True, 1)
    assert cloud.said == ["trim it"]


async def test_taken_back_by_the_client_it_goes_on_and_is_not_said_twice(
    cloud: Cloud, there: Any, tmp_path: Path
) -> None:

    cloud.then(cloud.holding(after=[text_event("Done.")]), last=titled("Lake"))
    async with agent(tmp_path, **there) as it:
        saying = asyncio.create_task(it.whole("say", text="trim it", spend=True))
        await arrived(cloud)
        saying.cancel()
        await asyncio.wait([saying])
        again = asyncio.create_task(it.use("say", text="trim it", spend=True))
        cloud.release.set()
        done = await again
        assert (done["outcome"], done["resumed"]) == ("done", True)
    assert cloud.said == ["trim it"]


async def test_an_open_vbtui_shows_it_and_stops_it(
    cloud: Cloud, there: Any, tmp_path: Path
) -> None:

    cloud.then(cloud.holding())
    app_of_user = engine(tmp_path, cloud.url, settings={"token": "tok_of_mine"})
    async with app_of_user as app, agent(tmp_path, **there) as it:
        saying = asyncio.create_task(it.use("say", text="trim it", spend=True, is_error=True))

        def shown() -> Any:
            return [(one.author, one.text, one.state) for one in app.conversation.turns]

        await until(lambda: [one[2] in UNDER_WAY for one in shown()] == [True])
        await app.conversation.stop()
        stopped = await saying
        assert (stopped["outcome"], "user" in stopped["next"]) == ("stopped", True)
        await until(lambda: shown() == [("robo", "trim it", TurnState.STOPPED)])
    assert [one.state for one in await turns_of("sess-1")] == [TurnState.STOPPED]


# -- on the screen ----------------------------------------------------------------------------------


@asynccontextmanager
async def screen(*arguments: str, **environ: str) -> AsyncIterator[Terminal]:
    """An open vbtui in a terminal."""
    terminal = Terminal(
        [sys.executable, "-m", "vbtui", "--no-pictures", *arguments], (100, 30), **environ
    )
    try:
        await asyncio.to_thread(terminal.read_until, b"Trip")
        yield terminal
    finally:
        terminal.process.kill()
        await asyncio.to_thread(terminal.end)


async def test_escape_twice_at_the_screen_stops_an_agent(
    cloud: Cloud, there: Any, tmp_path: Path
) -> None:
    cloud.then(cloud.holding())
    async with agent(tmp_path, **there) as it, screen("--project", "Trip", **there) as terminal:
        saying = asyncio.create_task(it.use("say", text="trim it", spend=True, is_error=True))
        for word in (b"trim it", b"robo"):
            await asyncio.to_thread(terminal.read_until, word)
        for _ in range(2):
            terminal.write(b"\x1b")
            await asyncio.to_thread(terminal.read, 0.5, 2.0)
        assert (await saying)["outcome"] == "stopped"


async def test_what_an_agent_edits_is_on_the_screen_and_is_taken_back_there(
    tmp_path: Path,
) -> None:
    files(tmp_path)
    async with agent(tmp_path, "--local") as it:
        await it.use("add_media", files=["beach.mp4"], project="Trip")
        await it.use("say", text="add beach.mp4")
        async with screen("--local", "--project", "Trip") as terminal:
            done = await it.use("say", text="mute clip 1")
            for word in (b"mute clip 1", b"robo", b"100% \xe2\x86\x92 0%", b"undo"):
                await asyncio.to_thread(terminal.read_until, word)
            terminal.write(b"\x15")  # ctrl+U
            async with asyncio.timeout(PATIENCE_S):
                while (await it.use("timeline"))["timeline_version"] == done["timeline_version"]:
                    await asyncio.to_thread(terminal.read, 0.1, 0.5)
        line = await it.use("timeline")
        assert [one["volume"] for one in line["tracks"][0]["segments"]] == [1]


# -- the skill --------------------------------------------------------------------------------------


def test_the_skill_names_what_there_is() -> None:

    from vbtui.cli import parser, skill

    text = skill.text()
    head = text.split("---\n")[1]
    assert [line.partition(":")[0] for line in head.splitlines()] == ["name", "description"]
    assert head.count(":") == 2
    known = {one.name: one for one in parser.COMMANDS}
    named = set(re.findall(r"vbtui ([a-z]+)", text.split("---\n", 2)[2]))
    assert {"say", "answer", "undo", "projects", "media", "timeline", "export", "renders"} <= named <= set(known)  # fmt: skip
    for line in re.findall(r"`vbtui ([^`]+)`", text):
        name, *words = line.split()
        whole = parser.Parser(prog="vbtui", command=known[name])
        whole.fill()
        for option in filter(re.compile(r"--?[a-z]").match, words):
            assert option in {one for given in whole.given for one in given.option_strings}, line
