"""The whole app with the real engine and the real studio: from clips to an MP4 by keys alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import av
import pytest
from textual import events
from textual.pilot import Pilot

from tests import clips as media
from tests.ui.conftest import screen_text
from tests.waiting import PATIENCE_S
from vbtui.base.settings import Settings, load
from vbtui.engine import Engine
from vbtui.ui.app import VbtuiApp
from vbtui.ui.chat.prompt import Prompt


def new_app(settings: Settings, folder: Path, watch: Path | None = None) -> VbtuiApp:
    async def make(is_local: bool) -> Engine:
        return Engine(settings, local=is_local, folder=folder)

    return VbtuiApp(make, settings, is_local=True, watch=watch)


async def see(app: VbtuiApp, pilot: Pilot[int], *texts: str, most_s: float = PATIENCE_S) -> str:
    """The screen, as soon as all of `texts` are on it."""
    for _ in range(round(most_s / 0.05)):
        text = screen_text(app)
        if all(wanted in text for wanted in texts):
            return text
        await pilot.pause(0.05)
    raise AssertionError(f"{texts} did not come:\n{screen_text(app)}")


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("VBTUI_TIMING", "local_render_poll=0.1")
    return load()


async def test_the_first_screen_says_what_can_be_done_right_now(
    settings: Settings, tmp_path: Path
) -> None:
    """Nothing there: how files get here, and a folder is made. Then three sentences for what is there; one is done."""
    app = new_app(settings, tmp_path)
    watched = tmp_path / "new" / "clips"
    async with app.run_test(size=(120, 35), notifications=True) as pilot:
        await see(app, pilot, "● ready", "Add files", "/watch", "sample project", "Add files first")
        await pilot.press("tab", "down", "enter")
        await see(app, pilot, "/watch clips")
        await pilot.press("ctrl+u", *f"/watch {watched}", "enter")
        await see(app, pilot, "Watching", "copy files there")
        assert watched.is_dir()
        for path in (media.clip("red", seconds=6), media.picture("blue")):
            shutil.copy(path, watched / path.name)
        text = await see(app, pilot, "2 files are here", "Try saying", "9-second")
        assert text.count("“") == 3
        await pilot.press("tab", "down", "enter")
        typed = app.query_one(Prompt).text
        assert "photos 3 seconds each" in typed
        await pilot.press("enter")
        await see(app, pilot, "Timeline 0:08")
        assert str(app.query_one(Prompt).placeholder) == "Say what you want"
        await pilot.press(*"/new", "enter")  # the folder is the new project's, with what lies there
        await see(app, pilot, "project 2", "2 files are here")


async def test_from_clips_to_an_mp4_by_keys_alone(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    files = [media.clip("red", seconds=2), media.clip("blue", seconds=2)]
    app = new_app(settings, folder)
    async with app.run_test(size=(120, 35), notifications=True) as pilot:
        await see(app, pilot, "● ready")
        app.post_message(events.Paste(" ".join(map(str, files))))
        await see(app, pilot, "Upload 2 files")
        await pilot.press("enter", "f3")
        await see(app, pilot, files[0].name[:9], files[1].name[:9], "✓ ready")
        await pilot.press("f2", *'combine these clips and add the title "Hello"', "enter")
        await see(app, pilot, "Timeline", "text ", " added · ")
        await pilot.press("f4")
        await see(app, pilot, "Hello", files[0].name[:6], "fps")
        await pilot.press("f3")
        await see(app, pilot, "0:00-0:02 Video")
        await pilot.press("n", *"First", "enter")
        await see(app, pilot, f"First  {files[0].name[:2]}")
        await pilot.press("b")
        await see(app, pilot, "Replace First by", files[1].name[:6])
        await pilot.press("enter")
        await see(app, pilot, 'replace the file "First" (')
        await pilot.press("enter")
        await see(app, pilot, "Used     not on the timeline", "✓ clip 1: ")
        assert app.engine is not None
        assert [asset.label for asset in app.engine.library.assets] == ["First", ""]
        await pilot.press("ctrl+s", "f5")
        await see(app, pilot, "✓ done")
    await app.close_engine()

    (video,) = folder.glob("*.mp4")
    with av.open(str(video)) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        assert container.duration is not None
        assert container.duration / 1_000_000 == pytest.approx(4, abs=1.1)

    again = new_app(settings, folder)
    async with again.run_test(size=(120, 35), notifications=True) as pilot:
        await see(again, pilot, "● ready", "combine these clips", "text ", " added · ")
        await pilot.press("f5")
        await see(again, pilot, video.name[:6], "✓ done")
    await again.close_engine()


async def test_hot_folder_fills_the_media_screen(settings: Settings, tmp_path: Path) -> None:
    watched = tmp_path / "clips"
    watched.mkdir()
    app = new_app(settings, tmp_path, watched)
    async with app.run_test(size=(120, 35), notifications=True) as pilot:
        await see(app, pilot, "● ready")
        await pilot.press("f3")
        (watched / "notes.mp4").write_bytes(media.not_media().read_bytes())
        (watched / "beach.png").write_bytes(media.picture().read_bytes())
        await see(app, pilot, "beach.png", "✓ ready")
        await see(app, pilot, "notes.mp4", "✕ failed")
        await pilot.press("f2")
        await see(app, pilot, "clips/  1 in · 1 refused: notes.mp4: ")
    await app.close_engine()
