"""Opening a file with the desktop, or saying how to fetch it when the desktop is elsewhere."""

from __future__ import annotations

import getpass
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def has_desktop(environ: Mapping[str, str]) -> bool:
    """Whether a program opened here shows up in front of the user."""
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return False
    if sys.platform == "darwin":
        return True
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def fetch_command(path: Path, environ: Mapping[str, str]) -> str:
    """The scp line to run on the user's own machine."""
    connection = environ.get("SSH_CONNECTION", "").split()
    host = connection[2] if len(connection) >= 4 else socket.gethostname()
    host = f"[{host}]" if ":" in host else host
    port = connection[3] if len(connection) >= 4 and connection[3] != "22" else ""
    option = f"-P {port} " if port else ""
    return f"scp {option}{shlex.quote(f'{_user()}@{host}:{path}')} ."


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "user"


def open_path(path: Path) -> bool:
    """Open `path` with the desktop's program for it; False when there is no such program."""
    name = "open" if sys.platform == "darwin" else "xdg-open"
    program = shutil.which(name)
    if program is None:
        return False
    try:
        subprocess.Popen(
            [program, str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    return True
