"""What a user does every day, counted in keys: from the screen that it belongs to, nothing selected."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.ui.conftest import OpenApp, settled, until
from tests.ui.world import NOW, World
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
from vbtui.ui.app import VbtuiApp
from vbtui.ui.chat.prompt import Prompt
from vbtui.ui.timeline.canvas import Canvas


def timeline(count: int, volume: float = 1) -> dict[str, Any]:
    """Clips of two seconds each."""
    segments = [
        {
            "id": f"s{number}",
            "s": 2000 * number,
            "d": 2000,
            "m": {"title": f"clip{number + 1}.mp4", "volume": volume},
        }
        for number in range(count)
    ]
    return {"t": [{"tt": 0, "id": "v", "sg": segments}], "d": 2000 * count}


async def press(app: VbtuiApp, pilot: Pilot[int], keys: Sequence[str], most: int) -> None:
    """Press these keys, which are `most` at most."""
    assert len(keys) <= most
    await pilot.press(*keys)
    await settled(app, pilot)


async def test_ten_of_thirty_clips_are_found_and_added(open_app: OpenApp, world: World) -> None:
    for number in range(1, 31):
        name = f"{'city' if number % 3 == 0 else 'beach'} {number}.mp4"
        world.add(
            Asset(number, "s1", Path(f"/clips/{name}"), name, "video", "picked", AssetState.DONE)
        )
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f3")
        await press(app, pilot, ("slash", *"ci", "enter", "ctrl+a", "a", "enter"), 9)
        (said,) = await world.sent()
        assert said.count(".mp4") == 10
        assert "beach" not in said


async def test_the_clip_under_the_playhead_is_deleted(open_app: OpenApp, world: World) -> None:
    world.build(timeline(30))
    async with open_app() as (app, pilot):
        await pilot.press("f4")
        await press(app, pilot, ("x", "enter"), 2)
        assert await world.sent() == ["remove clip 1 (clip1.mp4)"]


async def test_a_clip_is_gone_to_by_its_number(open_app: OpenApp, world: World) -> None:
    world.build(timeline(30))
    async with open_app() as (app, pilot):
        await pilot.press("f4")
        await press(app, pilot, ("g", "1", "7", "enter"), 4)
        canvas = app.screen.query_one(Canvas)
        assert canvas.playhead_ms == 32_000
        assert canvas.has_focus


async def test_an_older_version_is_gone_back_to(open_app: OpenApp, world: World) -> None:
    for number in range(1, 20):
        world.build(timeline(3, volume=number / 100))
    async with open_app() as (app, pilot):
        await pilot.press("f4")
        await press(app, pilot, ("h", "5", "enter"), 4)
        await until(pilot, lambda: world.engine.drafts.version == 20)
        current = world.engine.drafts.current
        assert current is not None
        assert current.draft == timeline(3, volume=0.05)
        assert world.engine.conversation.turns[-1].text == "go back to version 5"
        assert not world.cloud.said, "the agent is not asked"


async def test_an_edit_is_made_again(open_app: OpenApp, world: World) -> None:
    world.build(timeline(3))
    async with open_app() as (app, pilot):
        await pilot.press("f4")
        await press(app, pilot, ("U",), 1)
        assert await world.sent() == ["redo"]


async def test_another_project_is_opened(open_app: OpenApp, world: World) -> None:
    for number in range(2, 20):
        world.add(
            Session(f"s{number}", "", f"Project {number}", created_at=NOW, used_at=NOW - number)
        )
    async with open_app() as (app, pilot):
        await press(app, pilot, ("f6", "down", "enter"), 4)
        session = world.engine.sessions.current
        assert session is not None
        assert session.name == "Project 2"


async def test_what_was_said_last_in_another_project_is_said_here(
    open_app: OpenApp, world: World
) -> None:
    world.add(Session("s2", "", "Other", created_at=NOW, used_at=NOW - 9))
    world.add(
        Turn(1, "s1", "make it 9:16", "edit", TurnState.DONE, created_at=NOW - 90, position=1)
    )
    world.add(Turn(2, "s2", "add a title", "edit", TurnState.DONE, created_at=NOW - 60, position=1))
    async with open_app() as (app, pilot):
        await press(app, pilot, ("ctrl+r", "enter"), 2)
        assert app.screen.query_one(Prompt).text == "add a title"
        await press(app, pilot, ("enter",), 1)
        assert await world.sent() == ["add a title"]


async def test_the_finished_video_is_opened(
    open_app: OpenApp, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, program = tmp_path / "opened", tmp_path / "bin" / "xdg-open"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}.part\nmv {opened}.part {opened}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", ":0")
    for name in ("SSH_TTY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    world.add(
        Render(
            id="r1",
            session_id="s1",
            state=RenderState.DONE,
            options=ExportOptions(),
            draft_version=1,
            path=Path("/videos/dreams.mp4"),
            created_at=NOW,
            ended_at=NOW,
        )
    )
    async with open_app() as (app, pilot):
        await pilot.press("f5")
        await press(app, pilot, ("enter",), 2)
        await until(pilot, opened.is_file)
        assert opened.read_text() == "/videos/dreams.mp4"
