"""Paths and URLs within a message, and how a file of this machine reaches the user's own."""

from __future__ import annotations

import getpass
import re
import shlex
import socket
from collections.abc import Mapping
from pathlib import Path

from vbtui.base.settings import ACCEPTED_SUFFIXES

LOCATION = "\x02"
"""Stands for a path or a file name."""
WEB = "\x03"
"""Stands for a URL."""

_SUFFIXES = "|".join(sorted(suffix[1:] for suffix in ACCEPTED_SUFFIXES))
_STOP = r"\s'\"“”‘’「」『』《》，。！？；、()（）<>"
_URL = r"(?:https?|ftp)://[^" + _STOP + r"]{1,2000}"
_FILE_URI = r"file://[^" + _STOP + r"]{1,2000}"
_PATH = (
    r"(?<![\w/.~])(?:~|\.{1,2})?/[^" + _STOP + r"]{1,1000}(?:\\ [^" + _STOP + r"]{1,1000}){0,20}"
)
_WINDOWS = r"(?<!\w)[A-Za-z]:\\[^" + _STOP + r"]{1,1000}"
_NAME = rf"(?<![\w/.-])[\w-][\w.-]{{0,200}}\.(?:{_SUFFIXES})(?![\w])"
_ANY = re.compile(
    rf"(?P<web>{_URL})|(?P<uri>{_FILE_URI})|(?P<windows>{_WINDOWS})|(?P<path>{_PATH})|(?P<name>{_NAME})",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"(?<!\w)(['\"])([^'\"\n]{1,500})\1(?!\w)")
_TRAILING = ".,:;!?"
_WHOLE = re.compile(
    rf"(?:['\"])?(?:file://|~/|\.{{1,2}}/|/|[A-Za-z]:\\)[^\n]{{0,2000}}\.(?:{_SUFFIXES})(?:['\"])?",
    re.IGNORECASE,
)
_ONE_WORD = re.compile(r"(?:file://|~/|\.{1,2}/|/)\S{1,2000}|(?:https?|ftp)://\S{1,2000}", re.I)


def is_location(text: str) -> bool:
    """Whether the whole message is a path (spaces allowed, quoted or not) or a URL, or several."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return bool(lines) and len(lines) <= 1000 and all(_is_one(line) for line in lines)


def _is_one(line: str) -> bool:
    if _ONE_WORD.fullmatch(line):
        return True
    return bool(_WHOLE.fullmatch(line)) and not re.search(r"[,;，；] |\. [A-Z]", line)


def take_locations(text: str) -> tuple[str, list[str]]:
    """`text` with `LOCATION` or `WEB` in place of each path and URL, and these in order.

    A quoted text counts when it is a path: `'/home/me/a b.mov'`.
    """
    found: list[str] = []

    def take_quoted(match: re.Match[str]) -> str:
        inner = match[2]
        if not _is_one(inner):
            return match.group()
        return take(inner)

    def take(place: str) -> str:
        sign = WEB if "://" in place and not place.startswith("file:") else LOCATION
        bare = place.rstrip(_TRAILING)
        if bare.endswith("/"):
            bare = place
        found.append(bare)
        return f" {sign} {place[len(bare) :]}"

    text = _QUOTED.sub(take_quoted, text) if "'" in text or '"' in text else text
    text = _ANY.sub(lambda match: take(match.group()), text)
    return text, found


# -- files of this machine, for a terminal on another one -------------------------------------


def is_remote(environ: Mapping[str, str]) -> bool:
    """Whether the user sits at another machine, connected by SSH."""
    return bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))


def fetch_command(path: Path, environ: Mapping[str, str]) -> str:
    """The line that brings `path` to the user's own machine: `scp me@host:'/a b.mp4' .`, quoted.

    Host and port are those that `$SSH_CONNECTION` (client, its port, server, its port) names.
    """
    connection = environ.get("SSH_CONNECTION", "").split()
    is_known = len(connection) == 4
    host = connection[2].partition("%")[0] if is_known else socket.gethostname()
    host = f"[{host}]" if ":" in host else host
    option = f"-P {connection[3]} " if is_known and connection[3] != "22" else ""
    return f"scp {option}{shlex.quote(f'{_user(environ)}@{host}:{path}')} ."


def _user(environ: Mapping[str, str]) -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return environ.get("USER", "") or "user"
