"""Files between this machine and the user's own, when vbtui runs at the far end of SSH."""

from __future__ import annotations

import getpass
import shlex
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path


def is_remote(environ: Mapping[str, str]) -> bool:
    """Whether the user sits at another machine, connected by SSH."""
    return bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))


def fetch_command(path: Path, environ: Mapping[str, str]) -> str:
    """The line that brings `path` to the user's own machine: `scp me@host:'/a b.mp4' .`, quoted."""
    here, port = _here(environ)
    return shlex.join(["scp", *port, f"{here}:{path}", "."])


def send_command(paths: Sequence[str], folder: Path, environ: Mapping[str, str]) -> str:
    """The line that brings files of the user's own machine to `folder` here; empty without SSH.

    To be run on that machine, in a POSIX shell; `~/` in a path is left to it.
    """
    if len(environ.get("SSH_CONNECTION", "").split()) != 4 or not paths:
        return ""
    here, port = _here(environ)
    sources = [path if path.startswith("~/") else shlex.quote(path) for path in paths]
    target = shlex.quote(f"{here}:{shlex.quote(str(folder))}/")
    return " ".join(["scp", *port, *sources, target])


def _here(environ: Mapping[str, str]) -> tuple[str, list[str]]:
    """`user@host` of this machine and scp's port option, as `$SSH_CONNECTION` (client, its port,
    server, its port) names them."""
    connection = environ.get("SSH_CONNECTION", "").split()
    host, port = connection[2:] if len(connection) == 4 else (socket.gethostname(), "22")
    host = host.partition("%")[0]
    host = f"[{host}]" if ":" in host else host
    return f"{_user(environ)}@{host}", ["-P", port] if port != "22" else []


def _user(environ: Mapping[str, str]) -> str:
    try:
        return environ.get("USER") or environ.get("LOGNAME") or getpass.getuser()
    except (KeyError, OSError):
        return "user"
