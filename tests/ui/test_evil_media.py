"""Foreign names that mean harm, in every dialog and sentence of the media screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.conftest import OpenApp, screen_lines, screen_text, settled, shown, until
from tests.ui.test_evil import EVIL
from tests.ui.test_timeline_edits import field_of
from tests.ui.world import World
from vbtui.base.text import clean_line
from vbtui.journal.records import Asset, AssetState, Reason
from vbtui.ui.app import VbtuiApp
from vbtui.ui.media.screen import MediaScreen

WORST = ("marks", "controls", "long", "wide", "emoji")


def check(app: VbtuiApp, width: int) -> None:
    """Every line is as wide as the screen and holds no control character."""
    for strip in screen_lines(app):
        assert sum(segment.cell_length for segment in strip) == width
        text = "".join(segment.text for segment in strip)
        assert not [sign for sign in text if ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0], text
        assert not set(text) & set("\u202e\u2066\u2069")


@pytest.mark.parametrize("name", WORST)
async def test_names_and_labels_in_every_dialog(open_app: OpenApp, world: World, name: str) -> None:
    line = clean_line(EVIL[name])
    for number in (1, 2):
        world.add(
            Asset(
                number,
                "s1",
                Path("/x") / f"{line[:200]}{number}",
                f"{line}{number}",
                "video",
                line,
                AssetState.DONE,
                why=Reason(line, line),
                url=f"https://x/{line}",
                label=line[:120],
            )
        )
    segment = {"s": 0, "d": 900, "m": {"title": f"{line}1"}}
    world.build({"t": [{"tt": 0, "m": {"name": EVIL[name]}, "sg": [segment]}]})
    async with open_app(80, 24) as (app, pilot):
        await pilot.press("f3")
        screen = app.screen
        assert isinstance(screen, MediaScreen)
        await until(pilot, lambda: screen.uses)  # they come from a thread
        check(app, 80)
        for dialog in ("n", "b", "x"):
            await pilot.press(dialog)
            await settled(app, pilot)
            assert len(app.screen_stack) == 2, dialog
            check(app, 80)
            await pilot.press("escape")
        await pilot.press("b", "enter")
        await settled(app, pilot)
        check(app, 80)
        assert field_of(app).startswith("replace the file ")
        await pilot.press("enter", "slash", "[", "slash")
        await settled(app, pilot)
        check(app, 80)
        assert len(await world.sent()) == 1


async def test_file_names_in_the_picker(
    open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in WORST:
        with_no_slash = EVIL[name].replace("\0", "").replace("/", "|")
        (tmp_path / f"{with_no_slash.encode()[:200].decode(errors='ignore')}.mp4").write_bytes(b"x")
    async with open_app(80, 24) as (app, pilot):
        await pilot.press("ctrl+o")
        await shown(app, pilot, "bad [|foo] tag")
        check(app, 80)
        await pilot.press("a")
        await settled(app, pilot)
        check(app, 80)
        assert f"{len(WORST)} files marked" in screen_text(app)
