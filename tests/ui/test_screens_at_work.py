"""Every screen's main path, with the real engine at work and a cloud on loopback."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests import clips as media
from tests.cloud import RENDER, TURN, Cloud
from tests.sessions_bench import settings
from tests.ui.conftest import prompt_of
from tests.ui.test_real import see
from vbtui.engine import Engine
from vbtui.ui.app import VbtuiApp

Opened = tuple[VbtuiApp, Pilot[int]]


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    async with Cloud() as cloud:
        cloud.video = media.clip(seconds=1).read_bytes()
        yield cloud


@asynccontextmanager
async def opened(cloud: Cloud, folder: Path) -> AsyncIterator[Opened]:
    """The app at the cloud, ready."""
    start = settings(cloud.url)

    async def make(_is_local: bool) -> Engine:
        return Engine(start, folder=folder)

    app = VbtuiApp(make, start)
    async with app.run_test(size=(120, 35), notifications=True) as pilot:
        await see(app, pilot, "● ready")
        yield app, pilot
    await app.close_engine()


def said(cloud: Cloud) -> list[str]:
    """The messages that the agent got, in order."""
    return [str(one.json()["new_message"]["parts"][0]["text"]) for one in cloud.of("POST", TURN)]


async def test_chat_sends_a_message_and_shows_what_came_of_it(cloud: Cloud, tmp_path: Path) -> None:
    async with opened(cloud, tmp_path) as (app, pilot):
        await pilot.press(*"add my clip", "enter")
        await see(app, pilot, "Done: I added your clip.", "✓ clip 1 (beach) added")
        assert said(cloud) == ["add my clip"]
        assert prompt_of(app).text == ""
        await pilot.press("up")
        assert prompt_of(app).text == "add my clip"
        await pilot.press("down", *"/credits", "enter")
        await see(app, pilot, "88")
        assert cloud.carried["message"] == 1


async def test_timeline_makes_the_sentence_of_a_key_and_sends_it(
    cloud: Cloud, tmp_path: Path
) -> None:
    async with opened(cloud, tmp_path) as (app, pilot):
        await pilot.press(*"add my clip", "enter")
        await see(app, pilot, "✓ clip 1 (beach) added")
        await pilot.press("f4")
        await see(app, pilot, "beach", "Urban Dreams")
        await pilot.press("x")
        await see(app, pilot, "remove clip 1 (")
        await pilot.press("escape", "v")
        await see(app, pilot, "Volume")
        await pilot.press(*"30", "enter")
        await see(app, pilot, "set the volume of clip 1 (")
        await pilot.press("enter")
        await see(app, pilot, "Done: I added your clip.")
        assert said(cloud)[1].startswith("set the volume of clip 1 (")
        assert said(cloud)[1].endswith("to 30%")
        await pilot.press("h")
        await see(app, pilot, "Versions", "Export")


async def test_media_uploads_a_picked_file_and_labels_it(cloud: Cloud, tmp_path: Path) -> None:
    file = media.clip(seconds=1)
    async with opened(cloud, tmp_path) as (app, pilot):
        await pilot.press("ctrl+o", "slash", *str(file), "enter")
        await pilot.press("f3")
        await see(app, pilot, file.name[:12], "✓ ready")
        assert [one["filename"] for sent in cloud.media.values() for one in sent] == [file.name]
        await pilot.press("n", *"First", "enter")
        await see(app, pilot, "First  ")
        await pilot.press("slash", *"nothing", "enter")
        await see(app, pilot, "Find ▸ nothing", "0 of 1")
        await pilot.press("escape", "x")
        await see(app, pilot, "No files yet")


async def test_renders_exports_cancels_and_takes_off_the_list(cloud: Cloud, tmp_path: Path) -> None:
    async with opened(cloud, tmp_path) as (app, pilot):
        await pilot.press(*"add my clip", "enter")
        await see(app, pilot, "✓ clip 1 (beach) added")
        await pilot.press("ctrl+s", "f5")
        await see(app, pilot, "✓ done")
        assert [name for name in os.listdir(tmp_path) if name.endswith(".mp4")]
        cloud.script = [{"status": "processing", "progress": 40}]
        await pilot.press("e")
        await see(app, pilot, "40% ·")
        await pilot.press("up", "x")
        await see(app, pilot, "- cancelled")
        assert [job.cancelled for job in cloud.jobs.values()] == [False, True]
        assert len(cloud.of("POST", RENDER)) == 2
        await pilot.press("d")
        await see(app, pilot, "Renders 1")


async def test_projects_are_made_and_opened(cloud: Cloud, tmp_path: Path) -> None:
    async with opened(cloud, tmp_path) as (app, pilot):
        await pilot.press(*"add my clip", "enter")
        await see(app, pilot, "Done: I added your clip.")
        await pilot.press("f6", "n", *"Wedding", "enter")
        text = await see(app, pilot, "Wedding", "Getting Started")
        assert "Done: I added your clip." not in text
        assert len(cloud.sessions) == 2
        await pilot.press("f6", "down", "enter")
        await see(app, pilot, "Done: I added your clip.")
