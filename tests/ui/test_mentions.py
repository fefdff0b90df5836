"""`@path` in the prompt."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.conftest import OpenApp, screen_text, settled
from tests.ui.world import World
from vbtui.ui.chat.prompt import Prompt, completed_mention, mentioned_files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "clips").mkdir()
    for name in ("beach.mp4", "bear.mp4", "my clip.mp4", "notes.txt", "clips/town.mov"):
        (tmp_path / name).write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "becomes"),
    [
        ("put @bea", "@bea"),
        ("put @beac", "@beach.mp4 "),
        ("@cli", "@clips/"),
        ("@clips/", "@clips/town.mov "),
        ("@my", '@"my clip.mp4" '),
        ('@"my cl', '@"my clip.mp4" '),
        ("@nothing", None),
        ("mail me@beac", None),
        ("@notes", None),
    ],
)
def test_completion(folder: Path, typed: str, becomes: str | None) -> None:
    assert completed_mention(typed, folder) == becomes


def test_files_that_a_sentence_names(folder: Path) -> None:
    text = 'put @beach.mp4 first, then @"my clip.mp4" and @clips/town.mov mail me@x.org @gone.mp4 @beach.mp4'
    files, named = mentioned_files(text, folder)
    assert [path.name for path in files] == ["beach.mp4", "my clip.mp4", "town.mov"]
    assert (
        named
        == "put beach.mp4 first, then my clip.mp4 and town.mov mail me@x.org @gone.mp4 beach.mp4"
    )


async def test_tab_completes_and_enter_uploads(
    folder: Path, open_app: OpenApp, world: World
) -> None:
    async with open_app(80, 24) as (app, pilot):
        await pilot.press(*"@be")
        await settled(app, pilot)
        assert "bear.mp4" in screen_text(app)
        await pilot.press("tab", "c", "tab")
        prompt = app.screen.query_one(Prompt)
        assert prompt.text == "@beach.mp4 "
        await pilot.press("enter")
        await settled(app, pilot)
        assert prompt.text == "beach.mp4"
        assert [asset.name for asset in world.engine.library.assets] == ["beach.mp4"]


async def test_a_vague_request_is_sent_and_a_concrete_one_shown(
    open_app: OpenApp, world: World
) -> None:
    async with open_app(80, 24) as (app, pilot):
        await pilot.press(*"make it look better", "enter")
        await settled(app, pilot)
        assert await world.sent() == ["make it look better"]
        assert "60-second promo" in " ".join(screen_text(app).split())
