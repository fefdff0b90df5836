"""Settings: file, environment and their errors."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from vbtui.base import keys, settings, spoken
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
        '"\\u001b[2J" = 1', '[uploads]\n"a\\u001b]0;x\\u0007" = 1',
        '[exports]\nquality = "\\u001b[31m"', 'api_url = "\\u001b[31m"', "\x1b[31m = 1", "a = \"\x07",
    ],
)  # fmt: skip
def test_nothing_of_a_file_steers_the_terminal(own_home: Path, text: str) -> None:
    write_config(own_home, text)
    with pytest.raises(UsageError) as caught:
        settings.load({})
    assert caught.value.sentence.isprintable()


def test_a_key_or_a_command_that_cannot_be_keeps_nobody_from_starting(own_home: Path) -> None:
    text = '[keys]\n"\\u009b1m" = "x"\nmedia.use = "z"\n[[commands]]\nkey = "\\u001b[31m"\n'
    write_config(own_home, text)
    loaded = settings.load({})
    assert loaded.keys == {"media.use": "z"}
    assert loaded.refused.keys() == {"keys.", "commands.1"}
    assert all(error.sentence.isprintable() for error in loaded.refused.values())
    keys.use({})


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


# -- the file, written -----------------------------------------------------------------------------


def setting(name: str) -> settings.Setting:
    known = (*settings.all_settings(), *settings.key_settings())
    return next(one for one in known if one.name == name)


def written(path: Path, name: str, typed: str) -> str:
    """What the file is after that was typed as the value of a setting."""
    now = settings.read({"VBTUI_CONFIG": str(path)})
    settings.write(setting(name), setting(name).read(typed, now), path)
    return path.read_text(encoding="utf-8")


def test_every_setting_says_what_it_means_in_both_languages() -> None:
    known = (*settings.all_settings(), *settings.key_settings())
    assert len({one.name for one in known}) == len(known) > 100
    for one in known:
        meaning = one.facts.meaning
        assert meaning.english.endswith("."), one.name
        assert meaning.chinese not in ("", meaning.english), one.name
        assert one.of(settings.Settings(settings.find_directories())) == one.default, one.name


def test_a_value_is_written_and_everything_else_stays(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("# mine\nfuture = 1 # kept\n", encoding="utf-8")
    with pytest.raises(UsageError, match="future"):
        written(path, "uploads.at_once", "3")
    path.write_text("# mine\n[uploads]\nat_once = 2 # two\n", encoding="utf-8")
    path.chmod(0o644)
    assert written(path, "uploads.at_once", "3") == "# mine\n[uploads]\nat_once = 3 # two\n"
    assert path.stat().st_mode & 0o777 == 0o644
    written(path, "keys.media.use", "z")
    written(path, "display.mouse", "false")
    now = settings.read({"VBTUI_CONFIG": str(path)})
    assert (now.uploads.at_once, now.display.mouse, now.keys) == (3, False, {"media.use": "z"})
    assert now.origins == dict.fromkeys(
        ("uploads.at_once", "display.mouse", "keys.media.use"), "file"
    )
    settings.write(setting("uploads.at_once"), None, path)
    assert settings.read({"VBTUI_CONFIG": str(path)}).uploads.at_once == 2
    assert "# two" in path.read_text(encoding="utf-8")


def test_the_first_value_makes_the_file_and_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a" / "config.toml"
    assert written(path, "exports.quality", " low ") == '[exports]\nquality = "low"\n'


def test_a_link_to_the_file_stays_one(tmp_path: Path) -> None:
    target, path = tmp_path / "dotfiles.toml", tmp_path / "config.toml"
    target.write_text("", encoding="utf-8")
    path.symlink_to(target)
    written(path, "uploads.at_once", "4")
    assert path.is_symlink()
    assert target.read_text(encoding="utf-8") == "[uploads]\nat_once = 4\n"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_of_another_editor_stays_what_it_is(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes("[uploads]\r\nat_once = 3 # é\r\n".encode(encoding))
    settings.write(setting("uploads.at_once"), 5, path)
    assert path.read_bytes() == "[uploads]\r\nat_once = 5 # é\r\n".encode(encoding)


@pytest.mark.parametrize(
    ("name", "typed", "told"),
    [
        ("uploads.at_once", "two", "uploads.at_once must be a whole number from 1 to 64"),
        ("uploads.at_once", "65", "from 1 to 64"),
        ("timing.stall", "nan", "must be a number"),
        ("exports.quality", "best", "Known: high, medium, low"),
        ("display.mouse", "maybe", "true or false"),
        ("api_url", "ftp://x", "must start with http"),
        ("watch.then", "a\0b", "no text has"),
        ("watch.then", "\ud800", "no text has"),
        ("director.url", "https://a.test/v1", "director.model must say"),
        ("keys.media.use", "b", "media.use and media.replace are both on b"),
    ],
)
def test_what_does_not_fit_is_told_and_not_written(
    tmp_path: Path, name: str, typed: str, told: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_text("# mine\n", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        written(path, name, typed)
    assert told in caught.value.sentence
    assert path.read_text(encoding="utf-8") == "# mine\n"


def test_what_the_environment_says_is_told_as_its(tmp_path: Path) -> None:
    environ = {"NEMO_API_URL": "http://a.test", "VBTUI_TIMING": "stall=5"}
    origins = settings.read({**environ, "VBTUI_CONFIG": str(tmp_path / "none")}).origins
    assert origins == {"api_url": "NEMO_API_URL", "timing.stall": "VBTUI_TIMING"}


@pytest.mark.parametrize(
    ("file", "environ", "chinese"),
    [
        ("", {}, False),
        ("", {"LANG": "zh_CN.UTF-8"}, True),
        ("", {"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, False),
        ('[display]\nlanguage = "zh"\n', {}, True),
        ('[display]\nlanguage = "en"\n', {"LANG": "zh_CN.UTF-8"}, False),
    ],
)
def test_the_language_is_the_settings_else_the_locales(
    own_home: Path, file: str, environ: dict[str, str], chinese: bool
) -> None:
    write_config(own_home, file)
    try:
        settings.load(environ)
        assert spoken.speaks_chinese() is chinese
        assert ("退出" in keys.table()["app.quit"].label) is chinese
    finally:
        spoken.use_language("en", {})
        keys.use({})


def test_what_is_wrong_in_the_file_is_told_in_its_language(own_home: Path) -> None:
    write_config(own_home, '[display]\nlanguage = "zh"\n[uploads]\nat_once = 0\n')
    try:
        with pytest.raises(UsageError, match="必须是 1 到 64 的整数"):
            settings.load({})
    finally:
        spoken.use_language("en", {})
