"""Directories, the configuration file and the environment.

The configuration is one TOML file, `config.toml`, in the configuration directory (or the file
that `$VBTUI_CONFIG` names). Every key is a field below, under its section's name; an unknown key
or a wrong type is a `UsageError` that names it. The environment wins over the file.

Directories come from platformdirs and so from the XDG variables:
configuration, state (journal, credentials, log), cache (thumbnails, chunks), data (studio).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, cast

import platformdirs

from vbtui.base import keys
from vbtui.base.errors import UsageError
from vbtui.base.text import clean_line

CLOUD_URL = "https://mega-api-prod.nemovideo.ai"
WEB_URL = "https://nemovideo.com"
MAX_UPLOAD_BYTES = 500 * 1024 * 1024
"""wire/README.md, Accepted files: 500 MB a file."""

VIDEO_SUFFIXES = frozenset({".mp4", ".mov", ".avi", ".webm", ".mkv"})
IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp"})
AUDIO_SUFFIXES = frozenset({".mp3", ".wav", ".m4a", ".aac"})
ACCEPTED_SUFFIXES = VIDEO_SUFFIXES | IMAGE_SUFFIXES | AUDIO_SUFFIXES


QUALITIES = ("high", "medium", "low")


@dataclass(frozen=True, slots=True)
class Timing:
    """Every wait of vbtui, in seconds: `[timing]` in the file, `VBTUI_TIMING="name=seconds,…"`."""

    render_poll: float = 30.0
    """Between two looks at a cloud render (wire/README.md, Endpoints)."""
    local_render_poll: float = 0.5
    """Between two looks at a render of the local studio."""
    sse_total: float = 900.0
    """The longest a turn may take."""
    heartbeat_only: float = 600.0
    """A turn with nothing but heartbeats for so long has timed out."""
    still_working: float = 120.0
    """Between two "Still working…" lines."""
    recover_first: float = 30.0
    """After a broken turn: before the first look at the state."""
    recover_next: float = 60.0
    """After a broken turn: between two looks at the state."""
    recover_tries: float = 5.0
    """After a broken turn: how many looks at most."""
    look_again: float = 30.0
    """After a turn that generated something: before the first look for what came later; the second and
    the third come after twice and four times as long (wire/README.md, The end of a turn)."""
    rate_limit_wait: float = 30.0
    """After HTTP 429 without Retry-After: before the one more try."""
    stall: float = 60.0
    """An upload or download that moves no byte for so long has stalled."""
    connect: float = 10.0
    """To make a connection."""
    reply: float = 60.0
    """For the answer to a plain request."""
    model: float = 20.0
    """For the whole answer of the model that `[director]` names."""
    hung: float = 60.0
    """A vbtui that has work and stands still for so long is ended by another one, which goes on with it."""


@dataclass(frozen=True, slots=True)
class Uploads:
    """`[uploads]`."""

    at_once: int = 2
    """Files that are sent at the same time."""
    settle_s: float = 2.0
    """A file in a hot folder must be quiet for so long, at least, before it is taken."""


@dataclass(frozen=True, slots=True)
class Watch:
    """`[watch]`, for `vbtui watch`."""

    directory: str = ""
    """The folder that `then` belongs to; empty: any."""
    then: str = ""
    """Said for each new file that lands there, whose video is then exported to its `done/`."""


@dataclass(frozen=True, slots=True)
class Exports:
    """`[exports]`."""

    directory: str = ""
    """Where finished videos go; empty: the folder in which vbtui was started."""
    quality: str = "high"
    """One of `QUALITIES`."""


@dataclass(frozen=True, slots=True)
class Studio:
    """`[studio]`."""

    workers: int = 0
    """Encoders at the same time; 0: as many as the machine has cores and memory for."""
    encoder: str = "auto"
    """auto: one in hardware where it was proved as good as libx264; software: always libx264."""
    cache_gb: float = 4.0
    """What the cache of encoded chunks holds at most, in 10^9 bytes; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Director:
    """`[director]`: a language model that the local studio asks about sentences that it does not understand.
    Without `url` there is none, and nothing leaves the machine."""

    url: str = ""
    """An endpoint of OpenAI's kind, up to what stands before `/chat/completions`."""
    model: str = ""
    """Its name there."""
    key_env: str = ""
    """The name of the environment variable that holds the key; empty: none is sent."""

    def key(self, environ: Mapping[str, str]) -> dict[str, str]:
        """That variable, for the studio's environment; empty where there is none. The key is read there alone."""
        given = environ.get(self.key_env, "") if self.url and self.key_env else ""
        return {self.key_env: given} if given else {}


@dataclass(frozen=True, slots=True)
class Display:
    """`[display]`."""

    theme: str = "textual-dark"
    """One of Textual's theme names."""
    pictures: str = "auto"
    """auto, blocks or off."""


@dataclass(frozen=True, slots=True)
class Directories:
    """Where vbtui keeps things; nothing is made before it is needed."""

    config: Path
    state: Path
    cache: Path
    data: Path

    @property
    def journal(self) -> Path:
        return self.state / "journal.db"

    @property
    def alive(self) -> Path:
        """A file for each vbtui that lives."""
        return self.state / "alive"

    @property
    def credentials(self) -> Path:
        return self.state / "credentials.json"

    @property
    def log(self) -> Path:
        return self.state / "log"

    @property
    def studio(self) -> Path:
        return self.data / "studio"


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a start of vbtui is told: file and environment together."""

    directories: Directories
    api_url: str = CLOUD_URL
    """`$NEMO_API_URL`."""
    web_url: str = WEB_URL
    """`$NEMO_WEB_URL`."""
    token: str = field(default="", repr=False)
    """`$NEMO_TOKEN`; empty: an anonymous token is used. Never stored, never shown."""
    client_id: str = ""
    """`$NEMO_CLIENT_ID`; empty: the kept one is used or one is made."""
    platform: str = ""
    """`$SKILL_SOURCE`; empty: detected from the install path."""
    timing: Timing = Timing()
    uploads: Uploads = Uploads()
    watch: Watch = Watch()
    exports: Exports = Exports()
    studio: Studio = Studio()
    director: Director = Director()
    display: Display = Display()
    keys: Mapping[str, str] = field(default_factory=dict)
    """`[keys]`: other keys for what stands in `keys.toml`, by id."""


_SECTIONS = ("timing", "uploads", "watch", "exports", "studio", "director", "display")
_TOP = ("api_url", "web_url")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "exports.quality": QUALITIES,
    "studio.encoder": ("auto", "software"),
    "display.pictures": ("auto", "blocks", "off"),
}
"""What a text can be, where not everything."""
_BOUNDS: Mapping[str, tuple[int, int]] = {
    "timing.hung": (1, 10_000_000),  # in no time everyone stands still, and would be ended
    "uploads.at_once": (1, 64),
    "studio.workers": (0, 64),
}
_LARGEST = 10_000_000
"""Of all other numbers: four months in seconds."""
_TOGETHER = (("prompt", "chat"), ("timeline", "edits"))
"""Scopes besides `app` whose keys work at the same time."""


def private_directory(path: Path) -> Path:
    """`path`, made if needed, readable by its owner alone (0700)."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.stat().st_mode & 0o077:
        path.chmod(0o700)
    return path


def find_directories() -> Directories:
    """The directories of this user, by platformdirs."""
    dirs = platformdirs.PlatformDirs("vbtui", appauthor=False)
    return Directories(
        config=Path(dirs.user_config_dir),
        state=Path(dirs.user_state_dir),
        cache=Path(dirs.user_cache_dir),
        data=Path(dirs.user_data_dir),
    )


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this start; its keys hold from now on in this process. Raises `UsageError`
    naming the file, section and key."""
    environ = os.environ if environ is None else environ
    directories = find_directories()
    path = Path(environ.get("VBTUI_CONFIG") or directories.config / "config.toml")
    settings = _from_file(path, Settings(directories=directories))
    keys.use(settings.keys)
    return replace(
        settings,
        api_url=web_address(*_given(environ, "NEMO_API_URL", settings.api_url, "api_url")),
        web_url=web_address(*_given(environ, "NEMO_WEB_URL", settings.web_url, "web_url")),
        token=environ.get("NEMO_TOKEN", "").strip(),
        client_id=environ.get("NEMO_CLIENT_ID", "").strip(),
        platform=environ.get("SKILL_SOURCE", "").strip(),
        timing=_timing_from(environ.get("VBTUI_TIMING", ""), settings.timing),
        director=_checked_director(settings.director),
    )


def _given(environ: Mapping[str, str], variable: str, kept: str, key: str) -> tuple[str, str]:
    """An address and what it was given as."""
    return (environ[variable], variable) if environ.get(variable, "").strip() else (kept, key)


_KEY_HINT = (
    "A key is put into an environment variable, and the variable's name into director.key_env."
)


def _checked_director(given: Director) -> Director:
    """Raises `UsageError` that names the key, without its value: someone may have put the secret there."""
    if not given.url.strip():
        return replace(given, url="")
    url = web_address(given.url, "director.url", hint=_KEY_HINT)
    if host := unencrypted_host(url):
        raise _wrong(
            f"director.url must start with https://: what is said would reach {host} in the clear.",
            "http:// is for a model on this machine.",
        )
    if not given.model.strip():
        raise UsageError("director.model must say which model at director.url is asked.")
    if given.key_env and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", given.key_env):
        raise UsageError("director.key_env must be the name of a variable.", hint=_KEY_HINT)
    if given.key_env and _is_handed_on(given.key_env):
        raise UsageError(
            "director.key_env names a variable that has another use.",
            hint="Take one of your own, as VIDEO_MODEL_KEY.",
        )
    return replace(given, url=url)


def _is_handed_on(variable: str) -> bool:
    """Whether other programs, or the cloud, are told it."""
    from vbtui.base import programs

    if variable.startswith(("NEMO_", "VBTUI_", "SKILL_")):
        return True
    kinds: tuple[programs.Kind, ...] = ("desktop", "vbtui")
    return any(variable in programs.environment(kind, {variable: ""}) for kind in kinds)


def web_address(text: str, name: str, hint: str = "") -> str:
    """The address of an API as it is used and kept, without the slash at its end.

    White space around it, as in a file with Windows' line ends, and capitals in `HTTP` are no matter. A
    password in it would be kept and shown with it.

    Args:
        name: what it was given as, for the error.
        hint: where a secret belongs that does not belong into it.

    Raises `UsageError`, in which no password stands.
    """
    from urllib.parse import urlsplit

    scheme, found, rest = text.strip("\ufeff \t\r\n").partition("://")
    url = f"{scheme.lower()}{found}{rest}".rstrip("/")
    shown = clean_line(text.rpartition("@")[2].partition("?")[0])[:60]
    if scheme.lower() not in ("http", "https"):
        raise UsageError(f"{name} must start with http:// or https://, not “{shown}”.")
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or url != clean_line(url) or re.search(r"\s", url):
        raise UsageError(f"{name} is no web address: “{shown}”.")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        hint = hint or "A token is given in NEMO_TOKEN, where nothing keeps or shows it."
        raise UsageError(f"{name} must be without user name, password, “?” and “#”.", hint=hint)
    return url


def unencrypted_host(url: str) -> str:
    """Who is reached by an address in the clear, over other machines; empty where nobody is."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    name = parts.hostname or ""
    return clean_line(name) if parts.scheme == "http" and not is_loopback(name) else ""


def is_loopback(name: str) -> bool:
    """Whether `name` is `localhost` or an address of this machine's loopback."""
    import ipaddress

    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.lower() == "localhost"


def _wrong(message: str, hint: str = "") -> UsageError:
    """Keys and values are foreign text: a file may be someone else's."""
    return UsageError(clean_line(message), hint=hint)


_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def _from_file(path: Path, settings: Settings) -> Settings:
    """What the file says, with or without a byte order mark, as editors on Windows write it."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return settings
    except OSError as error:
        raise _wrong(f"{path} cannot be read: {error.strerror}.") from None
    import tomllib

    try:
        text = content.decode("utf-16" if content[:2] in _UTF_16 else "utf-8-sig")
        data = tomllib.loads(text.replace("\r\n", "\n").replace("\r", "\n"))
    except RecursionError:
        raise _wrong(f"{path} is not valid TOML: too much stands in each other.") from None
    except ValueError as error:  # of UTF-8, of TOML, of a number of 5,000 digits
        raise _wrong(f"{path} is not valid TOML: {error}.") from None
    for key, value in data.items():
        if key in _TOP:
            checked: Any = _checked(path, key, value, "")
            settings = replace(settings, **{key: checked})
        elif key == "keys" and isinstance(value, dict):
            settings = replace(settings, keys=checked_keys(value))
        elif key in _SECTIONS and isinstance(value, dict):
            section: Any = _section(path, key, value, getattr(settings, key))
            settings = replace(settings, **{key: section})
        else:
            known = ", ".join((*_TOP, *(f"[{name}]" for name in (*_SECTIONS, "keys"))))
            raise _wrong(f"{path}: there is no setting “{key}”.", f"Known: {known}.")
    return settings


def _section(path: Path, name: str, values: Mapping[str, object], section: Any) -> Any:
    known = {item.name for item in fields(section)}
    changes: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            raise _wrong(
                f"{path}: there is no setting “{key}” in [{name}].",
                f"Known: {', '.join(sorted(known))}.",
            )
        changes[key] = _checked(path, f"{name}.{key}", value, getattr(section, key))
    return replace(section, **changes)


def _checked(where: Path | str, key: str, value: object, default: object) -> object:
    """`value` where its type fits that of `default`. Raises `UsageError` naming the key."""
    if isinstance(default, int | float):
        whole = isinstance(default, int)
        least, most = _BOUNDS.get(key, (0, _LARGEST))
        fits = (
            isinstance(value, int if whole else int | float)
            and not isinstance(value, bool)
            and least <= value <= most  # neither NaN nor what no float can hold
        )
        if not fits:
            kind = "whole number" if whole else "number"
            raise _wrong(f"{where}: {key} must be a {kind} from {least} to {most}.")
        return value if whole else float(cast("float", value))
    if not isinstance(value, str):
        raise _wrong(f"{where}: {key} must be a text in quotes.")
    if "\0" in value:
        raise _wrong(f"{where}: {key} holds a character that no text has.")
    if value not in _CHOICES.get(key, (value,)):
        known = ", ".join(_CHOICES[key])
        raise _wrong(f"{where}: {key} cannot be “{value[:60]}”.", f"Known: {known}.")
    return value


def checked_keys(changes: Mapping[str, object]) -> dict[str, str]:
    """The changes of keys under `[keys]`, by id. `app.export = "…"` stands there nested, as TOML
    reads it. Raises `UsageError` for an id that is not there, a key that cannot be changed and two
    keys on one place."""
    wanted: dict[str, str] = {}
    known = {key.id: key for key in keys.defaults()}
    for key_id, value in _flat(changes):
        key = known.get(key_id)
        if key is None:
            raise _wrong(
                f"[keys]: there is no key “{key_id}”.", "The README names them all, under Keys."
            )
        if not key.action:
            raise UsageError(f"[keys]: “{key_id}” cannot be changed.")
        names = [part.strip() for part in value.split(",")] if isinstance(value, str) else []
        if not names or not all(re.fullmatch(r"[A-Za-z0-9_+]+", name) for name in names):
            example = 'names of keys in quotes, as "ctrl+e,f8"'
            raise UsageError(f"[keys]: {key_id} must be {example}.")
        wanted[key_id] = ",".join(names)
    for key_id in wanted:
        _refuse_clash(known, wanted, key_id)
    return wanted


def _flat(changes: Mapping[str, object]) -> list[tuple[str, object]]:
    flat: list[tuple[str, object]] = []
    for first, value in changes.items():
        if isinstance(value, dict):
            flat += [(f"{first}.{second}", one) for second, one in value.items()]
        else:
            flat.append((first, value))
    return flat


def _refuse_clash(known: Mapping[str, keys.Key], wanted: Mapping[str, str], key_id: str) -> None:
    key = known[key_id]
    for other in known.values():
        if other.id == key_id or not other.action or not _meet(key.scope, other.scope):
            continue
        both = _names(wanted, key) & _names(wanted, other) - (_names({}, key) & _names({}, other))
        if both:
            raise UsageError(f"[keys]: {key_id} and {other.id} are both on {min(both)}.")


def _meet(one: str, other: str) -> bool:
    """Whether keys of the two scopes work at the same time."""
    return one == other or "app" in (one, other) or any({one, other} <= set(g) for g in _TOGETHER)


def _names(wanted: Mapping[str, str], key: keys.Key) -> set[str]:
    return set(wanted.get(key.id, key.keys).split(","))


def _timing_from(text: str, timing: Timing) -> Timing:
    known = {item.name for item in fields(Timing)}
    changes: dict[str, Any] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, given = part.partition("=")
        name = name.strip()
        if name not in known:
            raise _wrong(
                f"VBTUI_TIMING: there is no time “{name}”.",
                f"Known: {', '.join(sorted(known))}.",
            )
        try:
            value: object = float(given)
        except ValueError:
            value = None
        changes[name] = _checked("VBTUI_TIMING", f"timing.{name}", value, getattr(timing, name))
    return replace(timing, **changes)
