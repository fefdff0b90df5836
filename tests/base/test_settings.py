"""Settings: file, environment and their errors."""

from __future__ import annotations

from dataclasses import fields
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
        ("[timing]\nhung = 0", "timing.hung must be a number from 1"),
        ('[watch]\ndirectory = "a\\u0000b"', "watch.directory"),
        ('[exports]\ndirectory = "a\\u0000b"', "exports.directory"),
        ("[nothing]\na = 1", "nothing"),
        ("not toml", "TOML"),
        ('api_url = "ftp://x"', "api_url"),
        ("[uploads]\nat_once = 0", "uploads.at_once must be a whole number from 1 to 64"),
        ("[timing]\nstall = nan", "timing.stall must be a number from 0"),
        ("[timing]\nstall = inf", "timing.stall"),
        (f"[timing]\nstall = {'9' * 400}", "timing.stall"),
        (f"[timing]\nstall = {'9' * 5000}", "TOML"),
        (f"[studio]\nworkers = {'9' * 400}", "studio.workers"),
        (f"a = {'[' * 10_000}", "TOML"),
        ('[exports]\nquality = "best"', "exports.quality cannot be “best”"),
        ('[studio]\nencoder = "gpu"', "studio.encoder"),
        ('[display]\npictures = "sixel"', "display.pictures"),
    ],
)
def test_a_wrong_setting_is_named(own_home: Path, text: str, named: str) -> None:
    write_config(own_home, text)
    with pytest.raises(UsageError, match=named):
        settings.load({})


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf[uploads]\nat_once = 3\n",
        b"[uploads]\r\nat_once = 3\r\n",
        b"\xef\xbb\xbf[uploads]\rat_once = 3\r",
        "[uploads]\r\nat_once = 3\r\n".encode("utf-16"),
        "\ufeff[uploads]\nat_once = 3\n".encode("utf-16-be"),
    ],
    ids=["BOM", "CRLF", "BOM and CR", "UTF-16", "UTF-16 of the other kind"],
)
def test_files_of_other_editors_are_read(own_home: Path, content: bytes) -> None:
    write_config(own_home, "")
    (own_home / ".config" / "vbtui" / "config.toml").write_bytes(content)
    assert settings.load({}).uploads.at_once == 3


@pytest.mark.parametrize(
    "text",
    ["HTTP://a.test:9", " http://a.test:9/ ", "http://a.test:9\r\n", "\ufeffhttp://a.test:9\r"],
)
def test_an_address_is_taken_as_it_is_meant(text: str) -> None:
    assert settings.load({"NEMO_API_URL": text}).api_url == "http://a.test:9"
    assert settings.load({"NEMO_API_URL": " \r"}).api_url == settings.CLOUD_URL


@pytest.mark.parametrize(
    "text",
    [
        "ftp://u:geheim@h.test", "http://u:geheim@h.test", "https://geheim@h.test", "http://h.test?key=geheim",
        "http://h.test/#geheim", "http://", "http://h.test:port", "http://h.test:0", "http://h.test:99999", "http://[::1",
        "http://h\x1b]0;x\x07.test", "http://h.test\x00", "http://a b.test", "http://h.test\n/x", "//h.test", "h.test",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_without_its_secrets(text: str) -> None:
    with pytest.raises(UsageError, match="NEMO_WEB_URL") as caught:
        settings.load({"NEMO_WEB_URL": text})
    assert "geheim" not in caught.value.sentence
    assert caught.value.sentence.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        '"\\u001b[2J" = 1', '[uploads]\n"a\\u001b]0;x\\u0007" = 1', '[keys]\n"\\u009b1m" = "x"',
        '[exports]\nquality = "\\u001b[31m"', 'api_url = "\\u001b[31m"', "\x1b[31m = 1", "a = \"\x07",
    ],
)  # fmt: skip
def test_nothing_of_a_file_steers_the_terminal(own_home: Path, text: str) -> None:
    write_config(own_home, text)
    with pytest.raises(UsageError) as caught:
        settings.load({})
    assert caught.value.sentence.isprintable()


def test_addresses_of_this_machine() -> None:
    assert all(map(settings.is_loopback, ("localhost", "127.9.9.9", "::1")))
    assert not any(map(settings.is_loopback, ("127.evil.test", "10.0.0.1", "", "::2")))


@pytest.mark.parametrize(
    "text",
    [
        "nothing=1",
        "stall=soon",
        "stall=nan",
        "connect=-1",
        "render_poll=inf",
        "reply=1e9",
        "\x1b[2J=1",
    ],
)
def test_a_wrong_time_is_named(text: str) -> None:
    with pytest.raises(UsageError, match=r"VBTUI_TIMING: \S") as caught:
        settings.load({"VBTUI_TIMING": text})
    assert caught.value.sentence.isprintable()


def test_every_time_can_be_given_as_a_whole_number() -> None:
    names = [item.name for item in fields(settings.Timing)]
    text = ",".join(f"{name}=7" for name in names)
    timing = settings.load({"VBTUI_TIMING": text}).timing
    assert {getattr(timing, name) for name in names} == {7}
