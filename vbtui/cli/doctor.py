"""What this machine has and what is missing, for `vbtui doctor`. Sends nothing anywhere."""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from vbtui import __version__
from vbtui.base.errors import DiskProblem, VbtuiError
from vbtui.base.files import TRY_AGAIN
from vbtui.base.problem import Problem
from vbtui.base.settings import find_directories, load, unencrypted_host
from vbtui.base.text import clean_line, format_bytes, to_json

CORE_PACKAGES = ("textual", "httpx", "httpx-sse", "watchfiles", "platformdirs")
_LITTLE_SPACE = 2_000_000_000
_NO_SPACE = 1_000_000


@dataclass(frozen=True, slots=True)
class Check:
    """One finding."""

    name: str
    level: str
    """`ok`; `note`: works, with a limit; `problem`: something cannot work."""
    detail: str
    hint: str = ""


def run(arguments: argparse.Namespace) -> int:
    """Print every finding. Exit code 1 when something cannot work, else 0."""
    checks = [
        Check("vbtui", "ok", f"{__version__}, Python {platform.python_version()}, {sys.platform}"),
        _packages(),
        _settings(),
        *_folders(),
        *_journal(),
        _terminal(),
        *_studio(),
    ]
    ok = not any(check.level == "problem" for check in checks)
    if arguments.json:
        found = {"version": __version__, "ok": ok, "checks": [asdict(check) for check in checks]}
        print(to_json(found, 1))
    else:
        print(as_text(checks))
    return 0 if ok else 1


def _studio() -> list[Check]:
    try:
        from vbtui.studio.render.codec import examine

        return [Check(*check) for check in examine()]
    except ImportError as error:
        missing = f"not installed ({error.name or 'a package'} is missing)"
        detail = f"{missing}; the cloud works without it"
        return [Check("local studio", "note", detail, "pip install 'vbtui[studio]'")]


def as_text(checks: Sequence[Check]) -> str:
    """One line a finding, hints below; marks are words' first letters as well as signs."""
    width = max(len(check.name) for check in checks)
    marks = {"ok": "✓ ok     ", "note": "! note   ", "problem": "✗ problem"}
    lines = []
    for check in checks:
        lines.append(f"{marks[check.level]} {check.name:<{width}}  {check.detail}")
        if check.hint:
            lines.append(f"{'':9} {'':<{width}}  → {check.hint}")
    return "\n".join(lines)


def _packages() -> Check:
    versions = []
    for name in CORE_PACKAGES:
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            return Check("packages", "problem", f"{name} is missing", "pip install vbtui")
    if wrong := list(_out_of_bounds()):
        return Check("packages", "problem", "; ".join(wrong), "pip install -U 'vbtui[studio]'")
    return Check("packages", "ok", ", ".join(versions))


def _out_of_bounds() -> Iterator[str]:
    """Packages that are older or newer than what vbtui was tried with."""
    try:
        required = metadata.requires("vbtui") or []
    except metadata.PackageNotFoundError:
        return  # a checkout: nobody promised anything
    for line in required:
        needed = re.match(r"([\w.-]+)(?:\[.*?\])?\s*([^;]*)(.*)", line)
        if needed is None or re.search(r"extra == .*test", needed[3]):
            continue
        try:
            there = metadata.version(needed[1])
        except metadata.PackageNotFoundError:
            continue
        for sign, bound in re.findall(r"(>=|<)\s*([\d.]+)", needed[2]):
            is_older = _numbers(there) < _numbers(bound)
            if is_older == (sign == ">="):
                kind = "old" if is_older else "new"
                yield f"{needed[1]} {there} is too {kind}: {sign}{bound} is needed"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _settings() -> Check:
    try:
        settings = load()
    except VbtuiError as error:
        return Check("settings", "problem", error.message, error.hint)
    token = "NEMO_TOKEN is set" if settings.token else "no NEMO_TOKEN: an anonymous one is used"
    found = f"backend {clean_line(settings.api_url)}, {token}"
    if host := unencrypted_host(settings.api_url):
        plain = Problem.coded("unencrypted", host=host)
        return Check("settings", "note", f"{found}. {plain.title}. {plain.message}", plain.hint)
    return Check("settings", "ok", found)


def _folders() -> list[Check]:
    directories = find_directories()
    checks = []
    for name in ("config", "state", "cache", "data"):
        path: Path = getattr(directories, name)
        checks.append(_folder(f"{name} folder", path))
    return checks


def _folder(name: str, path: Path) -> Check:
    existing = next(parent for parent in (path, *path.parents) if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return Check(name, "problem", f"{path} cannot be written", f"Mend {existing}.")
    free = shutil.disk_usage(existing).free
    if free < _NO_SPACE:
        full = DiskProblem(code="disk.low", place=path, free=format_bytes(free), then=TRY_AGAIN)
        return Check(name, "problem", full.message, full.hint)
    if free < _LITTLE_SPACE:
        return Check(name, "note", f"{path}, only {format_bytes(free)} free", "Free some space.")
    return Check(name, "ok", f"{path}, {format_bytes(free)} free")


def _journal() -> list[Check]:
    """What the journal is like, and which damaged ones are kept. Changes nothing."""
    from vbtui.journal.mending import set_aside
    from vbtui.journal.refusals import examine

    path = find_directories().journal
    try:
        found = examine(path)
    except DiskProblem as error:
        checks = [Check("journal", "problem", error.message, error.hint)]
    else:
        what = f"version {found.version}, {format_bytes(found.size)}, whole"
        checks = [Check("journal", "ok", f"{path}, {what if found.size else 'nothing in it yet'}")]
        if found.homeless:
            lost = f"{found.homeless} entries of it belong to projects that are not in it any more"
            checks.append(Check("lost project", "note", lost, "vbtui renders lists its exports."))
    for kept in set_aside(path):
        detail = f"{kept}, {format_bytes(kept.stat().st_size)}, was damaged"
        checks.append(Check("kept journal", "note", detail, "Remove it when nothing is missed."))
    return checks


def _terminal() -> Check:
    if not sys.stdout.isatty():
        return Check("terminal", "note", "stdout is not a terminal", "The app needs one.")
    columns, lines = shutil.get_terminal_size()
    facts = [f"{columns}x{lines}", f"TERM={clean_line(os.environ.get('TERM', '')) or 'not set'}"]
    if os.environ.get("TMUX"):
        facts.append("tmux")
    if os.environ.get("SSH_CONNECTION"):
        facts.append("SSH")
    if "utf" not in (sys.stdout.encoding or "").lower():
        return Check(
            "terminal", "problem", "the locale is not UTF-8", "Set LANG=C.UTF-8 or another one."
        )
    small = columns < 80 or lines < 24
    return Check(
        "terminal",
        "note" if small else "ok",
        ", ".join(facts),
        "80x24 or more looks best." if small else "",
    )
