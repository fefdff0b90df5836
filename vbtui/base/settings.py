"""Directories, the configuration file and the environment.

The configuration is one TOML file, `config.toml`, in the configuration directory (or the file
that `$VBTUI_CONFIG` names). Every key is a field below, under its section's name, with what it means in both
languages: the settings screen and the README's reference are made from them. An unknown key or a wrong type is a
`UsageError` that names it; a key or a command of the user's own that cannot be is left out and told
(`Settings.refused`). The environment wins over the file.

Directories come from platformdirs and so from the XDG variables:
configuration, state (journal, credentials, log), cache (thumbnails, chunks, proxies), data (studio).
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import platformdirs

from vbtui.base import keys, spoken
from vbtui.base.errors import UsageError
from vbtui.base.spoken import LANGUAGES
from vbtui.base.text import clean_line
from vbtui.base.translation import Translation

if TYPE_CHECKING:
    from vbtui.base.own_keys import OwnCommand

CLOUD_URL = "https://mega-api-prod.nemovideo.ai"
WEB_URL = "https://nemovideo.com"
MAX_UPLOAD_BYTES = 500 * 1024 * 1024
"""wire/README.md, Accepted files: 500 MB a file."""

VIDEO_SUFFIXES = frozenset({".mp4", ".mov", ".avi", ".webm", ".mkv"})
IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp"})
AUDIO_SUFFIXES = frozenset({".mp3", ".wav", ".m4a", ".aac"})
ACCEPTED_SUFFIXES = VIDEO_SUFFIXES | IMAGE_SUFFIXES | AUDIO_SUFFIXES
"""Of what a backend takes (wire/README.md, Accepted files)."""
SUBTITLE_SUFFIXES = frozenset({".srt", ".vtt"})
LUT_SUFFIXES = frozenset({".cube"})
SIDE_SUFFIXES = SUBTITLE_SUFFIXES | LUT_SUFFIXES
"""Of files that are nothing to be seen or heard: the local studio works with them, a cloud never gets them."""
KNOWN_SUFFIXES = ACCEPTED_SUFFIXES | SIDE_SUFFIXES


QUALITIES = ("high", "medium", "low")
_LARGEST = 10_000_000
"""Of all numbers: four months in seconds."""
_Value = TypeVar("_Value", str, bool, int, float)


class Facts(NamedTuple):
    """What is known of a setting beside its type and default."""

    meaning: Translation
    choices: tuple[str, ...] = ()
    """What a text can be, where not everything."""
    least: int = 0
    most: int = _LARGEST
    is_live: bool = False
    """It holds at once; others hold from the next start on."""


def _setting(
    default: _Value,
    english: str,
    chinese: str,
    *,
    choices: tuple[str, ...] = (),
    least: int = 0,
    most: int = _LARGEST,
    is_live: bool = False,
) -> _Value:
    """A field with what the settings screen and the README say of it."""
    facts = Facts(Translation(english, chinese), choices, least, most, is_live)
    made: _Value = field(default=default, metadata={"facts": facts})
    return made


@dataclass(frozen=True, slots=True)
class Timing:
    """Every wait of vbtui, in seconds: `[timing]` in the file, `VBTUI_TIMING="name=seconds,…"`."""

    render_poll: float = _setting(
        30.0,
        "Between two looks at a render of the cloud.",  # wire/README.md, Endpoints
        "两次查询云端渲染之间。",
    )
    local_render_poll: float = _setting(
        0.5, "Between two looks at a render of the local studio.", "两次查询本地工作室渲染之间。"
    )
    sse_total: float = _setting(900.0, "The longest an answer may take.", "一次回答最长的时间。")
    heartbeat_only: float = _setting(
        600.0,
        "An answer with nothing but heartbeats for so long has timed out.",
        "这么久只有心跳而没有内容的回答视为超时。",
    )
    still_working: float = _setting(
        120.0, "Between two “Still working…” lines.", "两次提示“仍在处理”之间。"
    )
    recover_first: float = _setting(
        30.0,
        "After an answer that broke off: before the first look at the state.",
        "回答中断之后：第一次查看状态之前。",
    )
    recover_next: float = _setting(
        60.0,
        "After an answer that broke off: between two looks at the state.",
        "回答中断之后：两次查看状态之间。",
    )
    recover_tries: float = _setting(
        5.0,
        "After an answer that broke off: how many looks at most.",
        "回答中断之后：最多查看的次数。",
    )
    look_again: float = _setting(
        30.0,
        # wire/README.md, The end of a turn
        "After an answer that generated something: before the first look for what came later; the second and "
        "the third come after twice and four times as long.",
        "生成了内容的回答之后：第一次查看后续内容之前；第二次和第三次分别在两倍和四倍时间之后。",
    )
    rate_limit_wait: float = _setting(
        30.0,
        "After “too many requests” without a time: before the one more try.",
        "收到“请求过于频繁”而没有给出时间之后：再试一次之前。",
    )
    stall: float = _setting(
        60.0,
        "An upload or download that moves no byte for so long has stalled.",
        "这么久没有传输任何字节的上传或下载视为停滞。",
    )
    connect: float = _setting(10.0, "To make a connection.", "建立连接。")
    reply: float = _setting(60.0, "For the answer to a plain request.", "等待普通请求的回复。")
    model: float = _setting(
        20.0,
        "For the whole answer of the model under [director].",
        "等待 [director] 中的模型的完整回答。",
    )
    hung: float = _setting(
        60.0,
        "A vbtui that has work and stands still for so long is ended by another one, which goes on with it; "
        "a suspended one is not.",
        "有任务却停滞这么久的 vbtui 会被另一个结束，并由后者继续；已挂起的不会。",
        least=1,  # in no time everyone stands still, and would be ended
    )


@dataclass(frozen=True, slots=True)
class Backend:
    """`[backend]`."""

    default: str = _setting(
        "cloud",
        "Who works where neither --local nor --cloud is said: the cloud, or the local studio.",
        "没有说 --local 或 --cloud 时由谁处理：cloud 云端，或 local 本地工作室。",
        choices=("cloud", "local"),
    )


@dataclass(frozen=True, slots=True)
class Uploads:
    """`[uploads]`."""

    at_once: int = _setting(
        2, "Files that are sent at the same time.", "同时上传的文件数。", least=1, most=64
    )
    settle_s: float = _setting(
        2.0,
        "A file in a hot folder must be quiet for so many seconds, at least, before it is taken.",
        "监视文件夹中的文件至少静止这么多秒才会被采用。",
        is_live=True,
    )


@dataclass(frozen=True, slots=True)
class Watch:
    """`[watch]`, for `vbtui watch`."""

    directory: str = _setting(
        "", "The folder that the sentence belongs to; empty: any.", "该句子所属的文件夹；空：任意。"
    )
    then: str = _setting(
        "",
        "Said for each new file there, whose video is then exported to its done/.",
        "对其中每个新文件说的话，视频随后导出到它的 done/。",
    )


@dataclass(frozen=True, slots=True)
class Exports:
    """`[exports]`."""

    directory: str = _setting(
        "",
        "Where finished videos go; empty: the folder in which vbtui was started.",
        "成品视频存放的位置；空：启动 vbtui 的文件夹。",
        is_live=True,
    )
    quality: str = _setting(
        "high",
        "How good, and how large, exported videos are.",
        "导出视频的质量（也决定大小）。",
        choices=QUALITIES,
        is_live=True,
    )


@dataclass(frozen=True, slots=True)
class Events:
    """`[events]`: programs that are told what happened. A command is a list, or a line that is parted as a shell does it;
    no shell reads it."""

    finished: str = _setting(
        "",
        "A command that is run when an export is done; what happened stands on its standard input as JSON.",
        "导出完成时运行的命令；发生了什么以 JSON 写在它的标准输入。",
        is_live=True,
    )
    failed: str = _setting(
        "",
        "The same when an export or a message has failed.",
        "导出或消息失败时运行的命令。",
        is_live=True,
    )
    question: str = _setting(
        "",
        "The same when the agent asks something.",
        "智能体提问时运行的命令。",
        is_live=True,
    )

    def argv(self, event: str) -> list[str]:
        """What is run; nothing where no command is set. Raises `UsageError` for a line that cannot be parted."""
        line = str(getattr(self, event))
        try:
            return shlex.split(line)
        except ValueError:
            raise _wrong("usage.no_command", name=f"events.{event}") from None


@dataclass(frozen=True, slots=True)
class Studio:
    """`[studio]`: the local studio's renders."""

    workers: int = _setting(
        0,
        "Encoders at the same time; 0: as many as the machine has cores and memory for.",
        "同时运行的编码器数；0：由处理器核心和内存决定。",
        most=64,
    )
    encoder: str = _setting(
        "auto",
        "auto: one in hardware where a test picture proved it as good as libx264; software: always libx264.",
        "auto：测试画面证明与 libx264 一样好时使用硬件编码；software：始终用 libx264。",
        choices=("auto", "software"),
    )
    cache_gb: float = _setting(
        4.0,
        "What the cache of encoded parts holds at most, in 10^9 bytes; the oldest go first.",
        "已编码片段缓存的上限，单位 10^9 字节；最旧的先删除。",
    )
    proxies_gb: float = _setting(
        2.0,
        "What the small copies of footage that is slow to look into hold at most, in 10^9 bytes; 0: none are made.",
        "难以快速定位画面的素材的小副本的上限，单位 10^9 字节；0：不制作。",
    )
    scheduler: str = _setting(
        "",
        "The address of a Dask scheduler, tcp://HOST:8786: its workers encode. Empty: this machine does.",
        "Dask 调度器的地址，如 tcp://主机:8786：由它的工作节点编码。空：由本机编码。",
    )


@dataclass(frozen=True, slots=True)
class Director:
    """`[director]`: a language model that the local studio asks about sentences that it does not understand.
    Without `url` there is none, and nothing leaves the machine."""

    url: str = _setting(
        "",
        "A language model for what the local studio does not understand: an address of OpenAI's kind, up to what "
        "stands before /chat/completions. Empty: none is asked, and nothing leaves the machine.",
        "供本地工作室询问的语言模型：OpenAI 式的地址，写到 /chat/completions 之前。空：不使用，任何内容都不会离开本机。",
    )
    model: str = _setting("", "Its name there.", "模型在那里的名称。")
    key_env: str = _setting(
        "",
        "The name of the environment variable that holds the key; empty: none is sent.",
        "存放密钥的环境变量的名称；空：不发送密钥。",
    )

    def key(self, environ: Mapping[str, str]) -> dict[str, str]:
        """That variable, for the studio's environment; empty where there is none. The key is read there alone."""
        given = environ.get(self.key_env, "") if self.url and self.key_env else ""
        return {self.key_env: given} if given else {}


@dataclass(frozen=True, slots=True)
class Captions:
    """`[captions]`: what the local studio understands speech with. Nothing is ever fetched."""

    model: str = _setting(
        "",
        "The folder of a Whisper model for faster-whisper. Empty: speech is not understood.",
        "faster-whisper 的 Whisper 模型文件夹。空：不识别语音。",
    )


@dataclass(frozen=True, slots=True)
class Display:
    """`[display]`."""

    language: str = _setting(
        "auto",
        "What vbtui speaks: en, zh, or auto for the locale's. Answers are in the language of what was said.",
        "vbtui 的界面语言：en、zh，auto 按系统语言。回答使用提问时的语言。",
        choices=LANGUAGES,
    )
    theme: str = _setting(
        "textual-dark",
        "The colours: one of Textual's themes, or the name of a file in themes/ beside this one.",
        "配色：Textual 的主题之一，或本文件旁 themes/ 中的文件名。",
        is_live=True,
    )
    pictures: str = _setting(
        "auto",
        "How pictures are shown. auto: as well as the terminal can, and not over a slow line.",
        "图片的显示方式。auto：按终端能力，线路慢时不显示。",
        choices=("auto", "blocks", "off"),
    )
    motion: str = _setting(
        "auto",
        "reduced: nothing slides, which also sends fewer bytes; full: it does; auto: as TEXTUAL_ANIMATIONS says.",
        "reduced：没有滑动动画，传输的字节也更少；full：有动画；auto：按 TEXTUAL_ANIMATIONS。",
        choices=("auto", "full", "reduced"),
        is_live=True,
    )
    mouse: bool = _setting(
        True,
        "Whether vbtui takes the mouse; false leaves it to the terminal, to select text with.",
        "是否由 vbtui 接管鼠标；false 时留给终端，用于选择文字。",
    )


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
    api_url: str = _setting(
        CLOUD_URL, "The backend that is spoken to without --local.", "不带 --local 时连接的后台。"
    )
    web_url: str = _setting(
        WEB_URL,
        "The web app, for links to projects and accounts.",
        "网页版，用于项目和账户的链接。",
    )
    token: str = field(default="", repr=False)
    """`$NEMO_TOKEN`; empty: an anonymous token is used. Never stored, never shown."""
    client_id: str = ""
    """`$NEMO_CLIENT_ID`; empty: the kept one is used or one is made."""
    platform: str = ""
    """`$SKILL_SOURCE`; empty: detected from the install path."""
    timing: Timing = Timing()
    backend: Backend = Backend()
    uploads: Uploads = Uploads()
    watch: Watch = Watch()
    exports: Exports = Exports()
    events: Events = Events()
    studio: Studio = Studio()
    director: Director = Director()
    captions: Captions = Captions()
    display: Display = Display()
    keys: Mapping[str, str] = field(default_factory=dict)
    """`[keys]`: other keys for what stands in `keys.toml`, by id."""
    commands: tuple[OwnCommand, ...] = ()
    """`[[commands]]`."""
    refused: Mapping[str, UsageError] = field(default_factory=dict)
    """What of the file does not hold, by its name there, and why."""
    file: Path = Path()
    """The configuration file, whether it is there or not."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """Where a setting that is not the default comes from, by its name: `FILE`, or a variable's name."""


FILE = "file"
_SECTION_TYPES: Mapping[str, type] = {
    "backend": Backend,
    "uploads": Uploads,
    "watch": Watch,
    "exports": Exports,
    "events": Events,
    "studio": Studio,
    "director": Director,
    "captions": Captions,
    "display": Display,
    "timing": Timing,
}
_SECTIONS = tuple(_SECTION_TYPES)
_TOP = ("api_url", "web_url")
_VARIABLES: Mapping[str, str] = {"api_url": "NEMO_API_URL", "web_url": "NEMO_WEB_URL"}


class Setting(NamedTuple):
    """One line of the configuration file, as it could be there."""

    name: str
    """`uploads.at_once`, `api_url`, `keys.app.export`."""
    default: str | bool | int | float
    facts: Facts

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(self.name.split("."))

    def of(self, settings: Settings) -> str | bool | int | float:
        """What it is there."""
        section, _, key = self.name.partition(".")
        if section == "keys":
            return settings.keys.get(key, str(self.default))
        value: str | bool | int | float = getattr(
            getattr(settings, section) if key else settings, key or section
        )
        return value

    def read(self, text: str, settings: Settings) -> str | bool | int | float:
        """What was typed, as the value that it means, beside these settings. Raises `UsageError`."""
        section, _, key = self.name.partition(".")
        if section == "keys":
            from vbtui.base.own_keys import changed_keys

            return changed_keys(key, text, settings.keys)
        value: Any = text
        if isinstance(self.default, bool):
            value = {"true": True, "false": False}.get(text.strip().lower())
        elif isinstance(self.default, int | float):
            try:
                value = float(text) if isinstance(self.default, float) else int(text)
            except ValueError:
                value = None
        elif self.facts.choices:
            value = text.strip()
        if self.name in _TOP:
            return web_address(text, self.name)
        return _checked("", self.name, value, self.default, self.facts)

    @property
    def variable(self) -> str:
        """The environment variable that wins over the file; "" where there is none."""
        is_time = self.name.startswith("timing.")
        return "VBTUI_TIMING" if is_time else _VARIABLES.get(self.name, "")


def all_settings() -> tuple[Setting, ...]:
    """Every setting but keys and commands, in the order of the reference."""
    top = [(item.name, item) for item in fields(Settings) if item.name in _TOP]
    inside = [
        (f"{section}.{item.name}", item)
        for section, kind in _SECTION_TYPES.items()
        for item in fields(kind)
    ]
    return tuple(
        Setting(name, cast("str", item.default), _facts(item)) for name, item in (*top, *inside)
    )


def key_settings() -> tuple[Setting, ...]:
    """The keys that can be changed, as settings."""
    words = keys.translated()
    return tuple(
        Setting(
            f"keys.{key.id}",
            key.keys,
            Facts(Translation(key.help, words.get(key.id, {}).get("help", key.help))),
        )
        for key in keys.defaults()
        if key.action
    )


def keep_choice(name: str, value: str, path: Path) -> None:
    """Write down what was chosen elsewhere than in the settings. Raises as `write`."""
    write(next(one for one in all_settings() if one.name == name), value, path)


def with_live(held: Settings, now: Settings) -> Settings:
    """`held` with what of `now` needs no new start."""
    for one in all_settings():
        if one.facts.is_live:
            section, _, key = one.name.partition(".")
            changed: Any = replace(getattr(held, section), **{key: one.of(now)})
            held = replace(held, **{section: changed})
    return held


def _facts(item: Field[Any]) -> Facts:
    facts: Facts = item.metadata["facts"]
    return facts


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
    """The settings of this start; its keys and its language hold from now on in this process. Raises
    `UsageError` naming the file, section and key."""
    environ = os.environ if environ is None else environ
    spoken.use_language("auto", environ)  # for what is wrong before the language is known
    settings = read(environ, speaks=True)
    spoken.use_language(settings.display.language, environ)
    if settings.commands:  # the first frame does without what few have
        from vbtui.base.own_keys import own_keys

        keys.use(settings.keys, own_keys(settings.commands))
    else:
        keys.use(settings.keys)
    return settings


def read(environ: Mapping[str, str], *, speaks: bool = False) -> Settings:
    """What file and environment say now. Nothing of it holds yet, but its language where `speaks`: what is wrong
    in the file is told in the one that it asks for. Raises `UsageError`."""
    directories = find_directories()
    path = Path(environ.get("VBTUI_CONFIG") or directories.config / "config.toml")
    settings = _from_file(path, Settings(directories=directories, file=path), speaks=speaks)
    origins = dict(settings.origins)
    for name, variable in _VARIABLES.items():
        if environ.get(variable, "").strip():
            origins[name] = variable
    timing, named = _timing_from(environ.get("VBTUI_TIMING", ""), settings.timing)
    return replace(
        settings,
        api_url=web_address(*_given(environ, "NEMO_API_URL", settings.api_url, "api_url")),
        web_url=web_address(*_given(environ, "NEMO_WEB_URL", settings.web_url, "web_url")),
        token=environ.get("NEMO_TOKEN", "").strip(),
        client_id=environ.get("NEMO_CLIENT_ID", "").strip(),
        platform=environ.get("SKILL_SOURCE", "").strip(),
        timing=timing,
        director=_checked_director(settings.director),
        origins=origins | {f"timing.{name}": "VBTUI_TIMING" for name in named},
    )


def write(setting: Setting, value: str | bool | int | float | None, path: Path) -> None:
    """Put `value` into the configuration file, or take what is there away (None). Nothing else in it changes.

    Raises `UsageError` where the file would not be whole any more, cannot be edited, or the value does not fit
    what else it says; `DiskProblem`.
    """
    from vbtui.base import files, toml_edit

    place = path.resolve()  # a link into someone's own collection of settings stays one
    with files.disk_errors(place):
        content = place.read_bytes() if place.exists() else b""
        mode = place.stat().st_mode & 0o777 if content else 0o600
    encoding = (
        "utf-16" if content[:2] in _UTF_16 else "utf-8-sig" if content[:3] == _BOM else "utf-8"
    )
    try:
        text = toml_edit.with_value(content.decode(encoding), setting.path, value)
        changed = text.encode(encoding)
    except toml_edit.Unwritable:
        raise UsageError(code="usage.file_unwritable", file=path, name=setting.name) from None
    except ValueError:
        raise UsageError(code="usage.no_text", name=setting.name) from None
    empty = Settings(directories=find_directories(), file=path)
    before, after = (_of_content(path, one, empty) for one in (content, changed))
    _checked_director(after.director)
    worse = after.refused.keys() - before.refused.keys()
    if worse:
        raise after.refused[min(worse)]
    with files.disk_errors(place.parent):
        place.parent.mkdir(parents=True, exist_ok=True)
    files.write_bytes(place, changed, mode=mode)


def _given(environ: Mapping[str, str], variable: str, kept: str, key: str) -> tuple[str, str]:
    """An address and what it was given as."""
    return (environ[variable], variable) if environ.get(variable, "").strip() else (kept, key)


_KEY_HINT = Translation(
    "A key is put into an environment variable, and the variable's name into director.key_env.",
    "密钥应放入环境变量，并把变量的名称写入 director.key_env。",
)
_TOKEN_HINT = Translation(
    "A token is given in NEMO_TOKEN, where nothing keeps or shows it.",
    "令牌请通过 NEMO_TOKEN 提供，那里不会被保存或显示。",
)


def _checked_director(given: Director) -> Director:
    """Raises `UsageError` that names the key, without its value: someone may have put the secret there."""
    if not given.url.strip():
        return replace(given, url="")
    url = web_address(given.url, "director.url", hint=_KEY_HINT)
    if host := unencrypted_host(url):
        raise _wrong("usage.model_in_the_clear", host=host)
    if not given.model.strip():
        raise UsageError(code="usage.model_unnamed")
    if given.key_env and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", given.key_env):
        raise UsageError(code="usage.no_variable", hint=_KEY_HINT)
    if given.key_env and _is_handed_on(given.key_env):
        raise UsageError(code="usage.variable_in_use")
    return replace(given, url=url)


def _is_handed_on(variable: str) -> bool:
    """Whether other programs, or the cloud, are told it."""
    from vbtui.base import programs

    if variable.startswith(("NEMO_", "VBTUI_", "SKILL_")):
        return True
    kinds: tuple[programs.Kind, ...] = ("terminal", "vbtui")
    return any(variable in programs.environment(kind, {variable: ""}) for kind in kinds)


def web_address(text: str, name: str, hint: Translation = _TOKEN_HINT) -> str:
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
        raise UsageError(code="usage.address_scheme", name=name, value=shown)
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or url != clean_line(url) or re.search(r"\s", url):
        raise UsageError(code="usage.no_address", name=name, value=shown)
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise UsageError(code="usage.address_with_secret", name=name, hint=hint)
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


def _wrong(code: str, **values: object) -> UsageError:
    """Keys and values are foreign text: a file may be someone else's."""
    return UsageError(code=code, **{name: clean_line(str(value)) for name, value in values.items()})


_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_BOM = b"\xef\xbb\xbf"


def _from_file(path: Path, settings: Settings, *, speaks: bool) -> Settings:
    """What the file says, with or without a byte order mark, as editors on Windows write it."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return settings
    except OSError as error:
        raise _wrong("usage.file_unread", file=path, why=error.strerror) from None
    return _of_content(path, content, settings, speaks=speaks)


def _of_content(
    path: Path, content: bytes, settings: Settings, *, speaks: bool = False
) -> Settings:
    from vbtui.base.toml_edit import parse

    try:
        text = content.decode("utf-16" if content[:2] in _UTF_16 else "utf-8-sig")
        data = parse(text)
    except RecursionError:
        raise _wrong("usage.toml_deep", file=path) from None
    except ValueError as error:  # of UTF-8, of TOML, of a number of 5,000 digits
        raise _wrong("usage.toml", file=path, why=error) from None
    if speaks:
        display = data.get("display")
        wanted = display.get("language") if isinstance(display, dict) else None
        if wanted in LANGUAGES:
            spoken.use_language(str(wanted), os.environ)
    origins: dict[str, str] = {}
    for key, value in data.items():
        if key in _TOP:
            facts = next(one.facts for one in all_settings() if one.name == key)
            checked: Any = _checked(path, key, value, "", facts)
            settings = replace(settings, **{key: checked})
            origins[key] = FILE
        elif key in _SECTIONS and isinstance(value, dict):
            section: Any = _section(path, key, value, getattr(settings, key))
            settings = replace(settings, **{key: section})
            origins |= {f"{key}.{name}": FILE for name in value}
        elif key not in ("keys", "commands"):
            known = ", ".join((*_TOP, *(f"[{name}]" for name in (*_SECTIONS, "keys"))))
            raise _wrong(
                "usage.no_such_setting", file=path, name=key, known=f"{known}, [[commands]]"
            )
    settings = replace(settings, origins=origins)
    if "keys" not in data and "commands" not in data:
        return settings
    from vbtui.base.own_keys import read_own_keys

    own = read_own_keys(data.get("keys", {}), data.get("commands", []))
    return replace(
        settings,
        keys=own.changes,
        commands=own.commands,
        refused=own.refused,
        origins=origins | {f"keys.{key_id}": FILE for key_id in own.changes},
    )


def _section(path: Path, name: str, values: Mapping[str, object], section: Any) -> Any:
    known = {item.name: item for item in fields(section)}
    changes: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            raise _wrong(
                "usage.no_such_setting_in",
                file=path,
                name=key,
                section=name,
                known=", ".join(sorted(known)),
            )
        default = known[key].default
        if name == "events" and isinstance(value, list) and all(map(_is_argument, value)):
            value = shlex.join(value)
        changes[key] = _checked(path, f"{name}.{key}", value, default, _facts(known[key]))
    made = replace(section, **changes)
    if isinstance(made, Events):
        for key in known:
            made.argv(key)
    return made


def _is_argument(value: object) -> bool:
    return isinstance(value, str)


def _checked(
    where: Path | str, key: str, value: object, default: object, facts: Facts
) -> str | bool | int | float:
    """`value` where its type fits that of `default`. Raises `UsageError` naming the key."""
    named = {"name": f"{where}: {key}" if str(where) else key}
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise _wrong("usage.must_be_true_or_false", **named)
        return value
    if isinstance(default, int | float):
        whole = isinstance(default, int)
        fits = (
            isinstance(value, int if whole else int | float)
            and not isinstance(value, bool)
            and facts.least <= value <= facts.most  # neither NaN nor what no float can hold
        )
        if not fits:
            code = "usage.must_be_whole" if whole else "usage.must_be_number"
            raise _wrong(code, least=facts.least, most=facts.most, **named)
        return cast("int", value) if whole else float(cast("float", value))
    if not isinstance(value, str):
        raise _wrong("usage.must_be_text", **named)
    if "\0" in value:
        raise _wrong("usage.no_text_at", **named)
    if facts.choices and value not in facts.choices:
        known = ", ".join(facts.choices)
        raise _wrong("usage.must_be_one_of", value=value[:60], known=known, **named)
    return value


def _timing_from(text: str, timing: Timing) -> tuple[Timing, list[str]]:
    """The times, and the names of those that were given."""
    known = {item.name: item for item in fields(Timing)}
    changes: dict[str, Any] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, given = part.partition("=")
        name = name.strip()
        if name not in known:
            raise _wrong("usage.no_such_time", name=name, known=", ".join(sorted(known)))
        try:
            value: object = float(given)
        except ValueError:
            value = None
        key, facts = f"timing.{name}", _facts(known[name])
        changes[name] = _checked("VBTUI_TIMING", key, value, known[name].default, facts)
    return replace(timing, **changes), list(changes)
