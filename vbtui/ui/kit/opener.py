"""Opening a file or a web page with the desktop of this machine, where there is one."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from vbtui.base import programs
from vbtui.base.ssh import is_remote


def has_desktop(environ: Mapping[str, str]) -> bool:
    """Whether a program opened here shows up in front of the user."""
    if is_remote(environ):
        return False
    if sys.platform == "darwin":
        return True
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def open_path(path: Path) -> bool:
    """Open `path` with the desktop's program for it; False when there is no such program."""
    return _open(str(path))


def open_url(url: str) -> bool:
    """Open a web page in the desktop's browser; False when there is none."""
    return _open(url)


def _open(what: str) -> bool:
    program = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
    return program is not None and run((program, what))


def run(command: Sequence[str]) -> bool:
    """Start a program and let it be; False when there is none."""
    if not command:
        return False
    try:
        programs.launch(command, "desktop")
    except OSError:
        return False
    return True
