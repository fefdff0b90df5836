"""Settings: file, environment and their errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from vbtui.base import settings
from vbtui.base.errors import UsageError


def write_config(home: Path, text: str) -> None:
    path = home / ".config" / "vbtui" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")


def test_defaults_are_the_cloud_and_the_xdg_directories(own_home: Path) -> None:
    loaded = settings.load({})
    assert loaded.api_url == "https://mega-api-prod.nemovideo.ai"
    assert loaded.directories.journal == own_home / ".local/state/vbtui/journal.db"
    assert loaded.timing.render_poll == 30
    assert not (own_home / ".local/state/vbtui").exists()


def test_the_environment_wins_over_the_file(own_home: Path) -> None:
    write_config(own_home, 'api_url = "http://a.test/"\n[timing]\nrender_poll = 5\nstall = 7\n')
    loaded = settings.load({"NEMO_API_URL": "http://b.test", "VBTUI_TIMING": "render_poll=0.5, "})
    assert loaded.api_url == "http://b.test"
    assert (loaded.timing.render_poll, loaded.timing.stall) == (0.5, 7)


def test_a_token_is_not_in_the_repr() -> None:
    assert "secret" not in repr(settings.load({"NEMO_TOKEN": "secret-token"}))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[timing]\nrendr_poll = 5", "rendr_poll"),
        ('[uploads]\nat_once = "two"', "uploads.at_once"),
        ("[uploads]\nat_once = true", "uploads.at_once"),
        ("[timing]\nstall = -1", "timing.stall"),
        ("[nothing]\na = 1", "nothing"),
        ("not toml", "TOML"),
        ('api_url = "ftp://x"', "NEMO_API_URL"),
    ],
)
def test_a_wrong_setting_is_named(own_home: Path, text: str, named: str) -> None:
    write_config(own_home, text)
    with pytest.raises(UsageError, match=named):
        settings.load({})


@pytest.mark.parametrize("text", ["nothing=1", "stall=soon"])
def test_a_wrong_time_is_named(text: str) -> None:
    with pytest.raises(UsageError, match=text.split("=")[0]):
        settings.load({"VBTUI_TIMING": text})
