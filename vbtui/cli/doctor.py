"""`vbtui doctor`: what this machine has, what is missing and how that is mended; a report to hand on.

The backend is sent one request, without a token; with `--offline` nothing is sent anywhere.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import socket
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import asdict
from pathlib import Path

from vbtui import __version__
from vbtui.base.errors import UsageError, VbtuiError
from vbtui.base.files import write_bytes
from vbtui.base.settings import Settings, all_settings, find_directories, load
from vbtui.base.text import FORM, cells, clean, padded, to_json
from vbtui.base.translation import Translation
from vbtui.cli.machine_checks import machine_checks
from vbtui.cli.terminal_checks import Check, terminal_checks

_T = Translation
_OK, _NOTE, _PROBLEM = _T("ok", "正常"), _T("note", "注意"), _T("problem", "问题")
_STUDIO_MISSING = _T(
    "not installed ({package} is missing); the cloud works without it",
    "没有安装（缺少 {package}）；云端不需要它",
)
_WRITTEN = _T(
    "Written: {file}. In it: what stands above, the settings that are not the default (texts only as “set”), how "
    "many entries the journal has by their state, and the places in the code where vbtui failed. Not in it: tokens, "
    "names of your files and projects, what was said. Your home folder, user and machine are written as ~, USER and "
    "HOST. Look it through before you hand it on.",
    "已写入：{file}。其中有：上面的内容、非默认的设置（文本只写“已设置”）、日志中各状态的记录数、vbtui 出错处的代码位置。"
    "其中没有：令牌、文件和项目的名称、说过的话。您的主文件夹、用户名和主机名写作 ~、USER 和 HOST。转交之前请先过目。",
)
_NAMES = {
    "vbtui": _T("vbtui", "vbtui"),
    "packages": _T("packages", "软件包"),
    "settings": _T("settings", "设置"),
    "own settings": _T("own settings", "自定义设置"),
    "config folder": _T("config folder", "配置文件夹"),
    "state folder": _T("state folder", "状态文件夹"),
    "cache folder": _T("cache folder", "缓存文件夹"),
    "speech": _T("speech", "语音识别"),
    "pauses": _T("pauses", "停顿"),
    "data folder": _T("data folder", "数据文件夹"),
    "journal": _T("journal", "日志"),
    "lost project": _T("lost project", "丢失的项目"),
    "kept journal": _T("kept journal", "保留的日志"),
    "file events": _T("file events", "文件事件"),
    "this folder": _T("this folder", "当前文件夹"),
    "backend": _T("backend", "后台"),
    "clock": _T("clock", "时钟"),
    "token": _T("token", "令牌"),
    "token file": _T("token file", "令牌文件"),
    "terminal": _T("terminal", "终端"),
    "colours": _T("colours", "颜色"),
    "graphics": _T("graphics", "图形"),
    "clipboard": _T("clipboard", "剪贴板"),
    "tmux passthrough": _T("tmux passthrough", "tmux 穿透"),
    "character widths": _T("character widths", "字符宽度"),
    "local studio": _T("local studio", "本地工作室"),
    "ffmpeg": _T("ffmpeg", "ffmpeg"),
    "filters": _T("filters", "滤镜"),
    "encoder": _T("encoder", "编码器"),
    "fonts": _T("fonts", "字体"),
    "scheduler": _T("scheduler", "调度器"),
}
"""What is shown for the name of a check; programs read the English one."""


def run(arguments: argparse.Namespace) -> int:
    """Print every finding. Exit code 1 when something cannot work, else 0."""
    checks = [
        *machine_checks(offline=arguments.offline),
        *terminal_checks(os.environ),
        *_studio(),
        *_farm(arguments.scheduler, offline=arguments.offline),
    ]
    ok = not any(check.level == "problem" for check in checks)
    if arguments.json:
        found = {
            "format_version": FORM,
            "version": __version__,
            "ok": ok,
            "checks": [asdict(check) for check in checks],
        }
        print(to_json(found, 1))
    else:
        print(as_text(checks))
    if arguments.bundle is not None:
        write_bytes(arguments.bundle, bundle(checks).encode("utf-8", "replace"))
        if not arguments.json:
            print(f"\n{_WRITTEN.of(file=arguments.bundle)}")
    return 0 if ok else 1


def _studio() -> list[Check]:
    try:
        from vbtui.studio.render import codec, transcribing, voices

        checks = [Check(*check) for check in (*codec.examine(), voices.examine())]
        with suppress(VbtuiError):  # settings that cannot be read are told as such
            checks.append(Check(*transcribing.examine(load().captions.model)))
        return checks
    except ImportError as error:
        detail = _STUDIO_MISSING.of(package=error.name or "?")
        return [Check("local studio", "note", detail, "pip install 'vbtui[studio]'")]


def _farm(given: str, *, offline: bool) -> list[Check]:
    """A line for the scheduler that is named or set, and for each of its workers; nothing without one.

    Raises `UsageError` for a name that is no address.
    """
    scheduler = given
    if not given:
        with suppress(VbtuiError):
            scheduler = "" if offline else load().studio.scheduler
    if not scheduler:
        return []
    try:
        from vbtui.studio.render.farm.scheduler import examine, farm_of

        return [Check(*one) for one in asyncio.run(examine(farm_of(scheduler)))]
    except ImportError as error:
        detail = _STUDIO_MISSING.of(package=error.name or "?")
        return [Check("scheduler", "problem", detail, "pip install 'vbtui[studio,farm]'")]
    except UsageError:
        raise
    except VbtuiError as error:
        return [Check("scheduler", "problem", error.message, error.hint)]


def as_text(checks: Sequence[Check]) -> str:
    """One line a finding, hints below; marks are words as well as signs."""
    names = [_NAMES[check.name].of() if check.name in _NAMES else check.name for check in checks]
    marks = {"ok": f"✓ {_OK.of()}", "note": f"! {_NOTE.of()}", "problem": f"✗ {_PROBLEM.of()}"}
    left, width = max(map(cells, marks.values())), max(map(cells, names))
    lines = []
    for check, name in zip(checks, names, strict=True):
        lines.append(f"{padded(marks[check.level], left)} {padded(name, width)}  {check.detail}")
        if check.hint:
            lines.append(f"{'':{left + width + 1}}  → {check.hint}")
    return "\n".join(lines)


# -- the report ------------------------------------------------------------------------------------

_CRASH_LINES = 60


def bundle(checks: Sequence[Check]) -> str:
    """A report without tokens and names, in English and plain text."""
    found = [check for check in checks if check.name != "own settings"]  # it quotes what they wrote
    sections = {
        "what doctor found": as_text(found),
        "settings that are not the default": "\n".join(_changed()),
        "journal: entries by their state": "\n".join(_counts()),
        "places in the code where vbtui failed last": _crashes(),
    }
    parts = [f"vbtui {__version__}, {time.strftime('%Y-%m-%d')}"]
    parts += [f"== {title}\n{text or '(nothing)'}" for title, text in sections.items()]
    return redacted("\n\n".join(parts), _secrets()) + "\n"


def redacted(text: str, secrets: Iterable[str]) -> str:
    """`text` without these, the folder it was made in, the user's home, their name and that of the machine."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "[token]")
    home, here = str(Path.home()), str(Path.cwd())
    if here not in (home, "/"):
        text = text.replace(here, "[this folder]")
    if home != "/":
        text = text.replace(home, "~")
    names = {socket.gethostname(): "HOST"}
    names |= {os.environ.get(name, ""): "USER" for name in ("USER", "LOGNAME")}
    names[Path.home().name] = "USER"
    for name, stands in names.items():
        if len(name) > 1:
            text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", stands, text)
    return text


def _secrets() -> set[str]:
    """Every token that lies on this machine for vbtui."""
    directories = find_directories()
    found = {os.environ.get("NEMO_TOKEN", "").strip()}
    for file in (directories.credentials, *directories.studio.glob("running*.json")):
        try:
            found |= _tokens(json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue
    with suppress(OSError, ValueError):
        found.add((directories.studio / "token").read_text(encoding="utf-8").strip())
    return found


def _tokens(data: object) -> set[str]:
    """The values under `token`, however deep, and the ids under `client_id` and `user_id`."""
    if not isinstance(data, dict):
        return set()
    found = {
        value
        for key, value in data.items()
        if isinstance(value, str) and key in ("token", "client_id", "user_id")
    }
    return found.union(*(_tokens(value) for value in data.values()))


def _changed() -> list[str]:
    try:
        settings = load()
    except VbtuiError:
        return []
    lines = [
        f"{one.name} = {_shown(one.of(settings), one.facts.choices)}"
        for one in all_settings()
        if one.of(settings) != one.default
    ]
    return [*lines, *_own(settings)]


def _shown(value: object, choices: Sequence[str]) -> str:
    """A text may be a name, a folder, a sentence: only that it is there is told."""
    return "set" if isinstance(value, str) and value not in choices else str(value)


def _own(settings: Settings) -> list[str]:
    lines = [f"keys.{name} = {value}" for name, value in settings.keys.items()]
    lines += [f"a command of their own on {one.on}" for one in settings.commands]
    return [*lines, *(f"{name} is not taken" for name in settings.refused)]


def _counts() -> list[str]:
    """How much the journal holds; nothing of what it says."""
    path = find_directories().journal
    if not path.is_file():
        return []
    lines = []
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=1)) as journal:
            for table in ("sessions", "drafts"):
                (count,) = journal.execute(f"SELECT count(*) FROM {table}").fetchone()
                lines.append(f"{table}: {count}")
            for table in ("turns", "assets", "renders"):
                rows = journal.execute(f"SELECT state, count(*) FROM {table} GROUP BY state")
                counts = ", ".join(f"{count} {state}" for state, count in rows)
                lines.append(f"{table}: {counts or 'none'}")
    except sqlite3.Error as error:
        lines.append(type(error).__name__)
    return lines


def _crashes() -> str:
    """The end of the log of internal errors, in which no value stands."""
    path = find_directories().state / "crash.log"
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return clean("\n".join(lines[-_CRASH_LINES:]))
