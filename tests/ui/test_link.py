"""The links into the web app: by command, key and offer; copied, opened, never with the token."""

from __future__ import annotations

import pytest

from tests.ui.conftest import OpenApp, screen_text, settled, shown
from tests.ui.world import World
from vbtui.base import programs
from vbtui.ui.dialogs.dialog import LinkScreen

CLAIM = "https://nemovideo.com/workspace/claim?ct=clm_abc%2F%2B%3D"
REGISTER = "https://nemovideo.com/register?bind=usr_7"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the desktop's browser was given."""
    urls: list[str] = []
    monkeypatch.setattr(programs, "has_desktop", lambda _: True)

    def open_url(url: str) -> bool:
        urls.append(url)
        return True

    monkeypatch.setattr(programs, "open_on_desktop", open_url)
    return urls


@pytest.mark.parametrize("ask", [("f7",), (*"/claim", "enter")])
async def test_links_are_shown_copied_and_opened(
    open_app: OpenApp, opened: list[str], ask: tuple[str, ...]
) -> None:
    async with open_app(world=World(is_local=False)) as (app, pilot):
        await pilot.press(*ask)
        await shown(app, pilot, CLAIM)
        assert REGISTER in screen_text(app)
        assert opened == []
        for key, copied in (("c", CLAIM), ("y", REGISTER)):
            await pilot.press(key)
            assert app.clipboard == copied
        await pilot.press("o", "r")
        assert opened == [CLAIM, REGISTER]
        await pilot.press("escape")
        assert not isinstance(app.screen, LinkScreen)


async def test_without_a_desktop_there_is_only_copying(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "has_desktop", lambda _: False)
    monkeypatch.setenv("NEMO_TOKEN", "nmv_usr_own")
    async with open_app(world=World(is_local=False)) as (app, pilot):
        await pilot.press("f7")
        await shown(app, pilot, CLAIM)
        text = screen_text(app)
        assert "Open it" not in text
        assert "no browser" in text
        assert "Register" not in text


async def test_local_projects_have_no_link(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        await pilot.press(*"/claim", "enter")
        await settled(app, pilot)
        assert "The local studio has no web app." in screen_text(app)
