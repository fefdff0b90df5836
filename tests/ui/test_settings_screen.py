"""The settings screen, own keys, themes, mouse and motion, own commands in a running app."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.ui.conftest import OpenApp, dialog_text, screen_text, settled, shown, until
from tests.ui.sample import fill as fill_world
from tests.ui.world import World
from vbtui.base import keys
from vbtui.base.own_keys import OwnCommand, own_keys
from vbtui.base.settings import find_directories, load
from vbtui.journal.records import Asset, AssetState
from vbtui.ui.app import VbtuiApp
from vbtui.ui.dialogs.settings import SettingsScreen, rows_of
from vbtui.ui.kit.look import own_themes


def config() -> Path:
    """The configuration file of the test's own home."""
    path = find_directories().config / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def written(text: str) -> World:
    """A world whose vbtui found this configuration file."""
    config().write_text(text, encoding="utf-8")
    world = World()
    keys.use({})
    return world


async def found(app: VbtuiApp, pilot: Pilot[int], letters: str) -> SettingsScreen:
    """The settings screen, at what has these letters."""
    await pilot.press("f12")
    await settled(app, pilot)
    await pilot.press("slash")
    await settled(app, pilot)
    await typed(pilot, letters)
    await pilot.press("enter")
    await settled(app, pilot)
    assert isinstance(app.screen, SettingsScreen)
    return app.screen


async def typed(pilot: Pilot[int], text: str) -> None:
    for letter in text:
        await pilot.press({".": "full_stop", "_": "underscore", " ": "space"}.get(letter, letter))


async def test_every_setting_is_there_with_what_it_means(open_app: OpenApp, world: World) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f12")
        await settled(app, pilot)
        text = dialog_text(app)
        assert str(config()) in text
        assert "The backend that is spoken to without --local." in text
        assert "https://mega-api-prod.nem" in text
        rows = rows_of(load({}), world.settings)
        assert isinstance(app.screen, SettingsScreen)
        assert [row.name for row in app.screen.grid.rows] == [row.name for row in rows]


async def test_a_setting_is_changed_and_the_file_keeps_the_rest(open_app: OpenApp) -> None:
    world = written("# mine\n[uploads]\nat_once = 2 # two\n")
    async with open_app(120, 35, world=world) as (app, pilot):
        await found(app, pilot, "uploads.at_once")
        await pilot.press("enter", "ctrl+u", "9", "9")
        await settled(app, pilot)
        assert "uploads.at_once must be a whole number from 1 to 64." in dialog_text(app)
        await pilot.press("enter")
        await settled(app, pilot)
        assert config().read_text(encoding="utf-8") == "# mine\n[uploads]\nat_once = 2 # two\n"
        await pilot.press("backspace", "enter")
        await settled(app, pilot)
        await shown(app, pilot, "Written to the file.")
        assert config().read_text(encoding="utf-8") == "# mine\n[uploads]\nat_once = 9 # two\n"
        assert "↻  uploads.at_once" in dialog_text(app)
        await pilot.press("d")
        await settled(app, pilot)
        await until(pilot, lambda: "at_once" not in config().read_text(encoding="utf-8"))
        await shown(app, pilot, "default")
        assert config().read_text(encoding="utf-8") == "# mine\n[uploads]\n# two\n"


async def test_what_needs_no_start_holds_at_once(open_app: OpenApp, world: World) -> None:
    async with open_app(120, 35) as (app, pilot):
        await found(app, pilot, "exports.quality")
        await pilot.press("space")
        await settled(app, pilot)
        await until(pilot, lambda: app.settings.exports.quality == "medium")
        assert world.engine.settings.exports.quality == "medium"
        assert "↻" not in dialog_text(app)
        await pilot.press("escape")
        await pilot.press("escape")
        await found(app, pilot, "display.motion")
        await pilot.press("enter", "ctrl+u", "r", "tab", "enter")
        await settled(app, pilot)
        await until(pilot, lambda: app.animation_level == "none")
        await pilot.press("d")
        await until(pilot, lambda: app.animation_level == "full")


async def test_escape_leaves_the_field_then_the_search_then_the_dialog(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        screen = await found(app, pilot, "api_url")
        await pilot.press("enter", "x")
        await settled(app, pilot)
        assert screen.field.has_focus
        for still_there in (True, True, False):
            await pilot.press("escape")
            await settled(app, pilot)
            assert (app.screen is screen) is still_there
        assert not config().exists()


async def test_a_file_that_cannot_be_edited_is_left_alone(open_app: OpenApp) -> None:
    world = written("")
    async with open_app(120, 35, world=world) as (app, pilot):
        await found(app, pilot, "uploads.at_once")
        config().write_text("uploads = [\n", encoding="utf-8")
        await pilot.press("enter", "ctrl+u", "3", "enter")
        await shown(app, pilot, "nothing was written")
        assert config().read_text(encoding="utf-8") == "uploads = [\n"


async def test_what_was_not_taken_is_said_at_the_start_and_stays_said(open_app: OpenApp) -> None:
    world = written('[keys]\napp.export = "ctrl+t"\nno.such = "f9"\n[[commands]]\nkey = "x"\n')
    async with open_app(120, 35, world=world) as (app, pilot):
        text = screen_text(app)
        assert "app.export and prompt.take_t are both on ctrl+t." in text
        assert "there is no key “no.such”" in text
        screen = await found(app, pilot, "keys.app.export")
        assert "✕ Not taken: app.export and prompt.take_t are both on ctrl+t." in dialog_text(app)
        await pilot.press("d")
        await until(pilot, lambda: "app.export" not in config().read_text(encoding="utf-8"))
        await shown(app, pilot, "Written")
        assert [row.name for row in screen._rows if row.refused] == ["keys.no.such", "commands.1"]


async def test_a_key_is_changed_and_one_that_clashes_is_not(open_app: OpenApp) -> None:
    async with open_app(120, 35) as (app, pilot):
        await found(app, pilot, "keys.media.use")
        await pilot.press("enter", "ctrl+u", "b")
        await settled(app, pilot)
        assert "media.use and media.replace are both on b." in dialog_text(app)
        await pilot.press("backspace", "z", "enter")
        await shown(app, pilot, "Written")
        assert 'media.use = "z"' in config().read_text(encoding="utf-8")


# -- themes, mouse, motion -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("bad", 'primary = "orangey"', "primary is no colour"),
        ("bad", "primary = 3", "primary is no colour"),
        ("bad", 'primary = "red"\nprimry = "red"', "there is no “primry”"),
        ("bad", 'accent = "red"', "primary is missing"),
        ("bad", 'primary = "red"\ndark = "no"', "dark must be"),
        ("bad", 'primary = "red"\ntext_alpha = 7', "text_alpha must be a number"),
        ("bad", 'primary = "red"\n[variables]\n"a}b" = "red"', "there is no “a}b”"),
        ("bad", 'primary = "red"\n[variables]\nborder = "red; x: y"', "border is no colour"),
        ("bad", 'primary = "red"\n[variables]\nlink-style = "loud"', "link-style is no style"),
        ("bad", "primary = ", "not valid TOML"),
        ("nord", 'primary = "red"', "Textual has a theme of this name"),
        ("a b", 'primary = "red"', "named with letters"),
        ("bad", "\x1b[2J = 3", "not valid TOML"),
    ],
)
def test_a_theme_that_cannot_be_says_why(tmp_path: Path, name: str, text: str, told: str) -> None:
    (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    own = own_themes(tmp_path)
    assert own.themes == ()
    (error,) = own.refused.values()
    assert told in error.message
    assert error.message.isprintable()


async def test_an_own_theme_is_shown_and_a_bad_one_is_told(open_app: OpenApp) -> None:
    world = written('[display]\ntheme = "sea"\n')
    folder = config().parent / "themes"
    folder.mkdir()
    (folder / "sea.toml").write_text(
        'primary = "#ff8800"\ndark = false\n[variables]\nblock-cursor-background = "blue"\n'
        'block-cursor-text-style = "bold italic"\n'
    )
    (folder / "bad.toml").write_text('primary = "orangey"\n')
    async with open_app(120, 35, world=world) as (app, _):
        assert app.theme == "sea"
        assert "themes/bad.toml: primary is no colour" in screen_text(app)


async def test_a_theme_that_is_not_there_keeps_nobody_from_starting(open_app: OpenApp) -> None:
    world = written('[display]\ntheme = "\\u001b[31m"\n')
    async with open_app(120, 35, world=world) as (app, pilot):
        assert app.theme == "textual-dark"
        assert "There is no theme “”." in screen_text(app)
        await found(app, pilot, "display.theme")
        await pilot.press("enter", "ctrl+u")
        await typed(pilot, "nord")
        await pilot.press("enter")
        await until(pilot, lambda: app.theme == "nord")
        assert config().read_text(encoding="utf-8") == '[display]\ntheme = "nord"\n'
        assert app.look_refused == {}


async def test_a_theme_from_the_palette_is_kept(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        app.theme = "gruvbox"
        await settled(app, pilot)
        await until(pilot, lambda: config().is_file())
        await until(pilot, lambda: 'theme = "gruvbox"' in config().read_text(encoding="utf-8"))


@pytest.mark.parametrize(("motion", "level"), [("reduced", "none"), ("full", "full")])
async def test_motion_is_reduced_where_it_is_wanted(
    open_app: OpenApp, motion: str, level: str
) -> None:
    world = written(f'[display]\nmotion = "{motion}"\n')
    async with open_app(world=world) as (app, _):
        assert app.animation_level == level


# -- own commands ----------------------------------------------------------------------------------

PRINT = "import sys; print('said', *sys.argv[1:], sep='\\n'); sys.exit(int(sys.argv[-1]))"


def with_commands(*commands: OwnCommand) -> World:
    """A world with these commands and two files."""
    text = "".join(
        f"[[commands]]\nkey = {one.key!r}\ntitle = {one.title!r}\nrun = {list(one.run)!r}\n"
        f"on = {one.on!r}\nterminal = {'true' if one.terminal else 'false'}\n"
        for one in commands
    )
    world = written(text)
    assert world.settings.commands == commands
    keys.use({}, own_keys(commands))
    return world


@pytest.fixture(autouse=True)
def _keys_as_they_were() -> Iterator[None]:
    yield
    keys.use({})


async def test_an_own_command_runs_for_the_file_and_its_output_is_shown(
    open_app: OpenApp, tmp_path: Path
) -> None:
    run = (sys.executable, "-c", PRINT, "{path}", "of {project}", "0")
    world = with_commands(OwnCommand("M", "Look", run, "files"))
    evil = tmp_path / "a [b] $(touch x); 'q'.mp4"
    evil.write_bytes(b"x")
    world.add(Asset(1, "s1", evil, evil.name, "video", "picked", AssetState.DONE))
    async with open_app(160, 45, world=world) as (app, pilot):
        await app.action_go("media")
        await settled(app, pilot)
        app.action_own(0)
        await shown(app, pilot, "of Beach promo")
        assert "a [b] $(touch x); 'q'.mp4" in screen_text(app).replace("\n", "")
        assert not (Path.cwd() / "x").exists()


async def test_what_fails_is_told(open_app: OpenApp) -> None:
    failing = OwnCommand("M", "Fails", (sys.executable, "-c", PRINT, "{path}", "3"), "files")
    missing = OwnCommand("N", "Gone", ("/nowhere/mpv", "{path}"), "files")
    world = with_commands(failing, missing)
    fill_world(world)
    async with open_app(160, 45, world=world) as (app, pilot):
        app.action_own(0)  # no file on the chat screen
        await shown(app, pilot, "Fails: there is no file of this machine here.")
        await app.action_go("renders")
        await settled(app, pilot)
        await pilot.press("end")
        app.action_own(1)
        await shown(app, pilot, "There is no program “/nowhere/mpv”.")
        app.action_own(0)
        await shown(app, pilot, "ended with 3: said")


async def test_no_secret_reaches_an_own_command(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEMO_TOKEN", "geheim")
    show = "import os; print('env', sorted(name for name in os.environ if 'NEMO' in name))"
    world = with_commands(OwnCommand("M", "Env", (sys.executable, "-c", show), "videos"))
    fill_world(world)
    async with open_app(160, 45, world=world) as (app, pilot):
        assert os.environ["NEMO_TOKEN"]
        await app.action_go("renders")
        await settled(app, pilot)
        await pilot.press("end")
        app.action_own(0)
        await shown(app, pilot, "env []")
