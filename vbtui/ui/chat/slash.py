"""What the prompt knows beside plain words: slash commands, and `@path`, which Tab completes and Enter uploads.

A name with spaces stands in quotes: `@"my clip.mp4"`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from textual.content import Content

from vbtui.base.text import clean_line


class Command(NamedTuple):
    """One command."""

    name: str
    """With its slash."""
    argument: str
    """What may follow, in capitals; empty when nothing does."""
    tooltip: str


TABLE = (
    Command("/export", "", "Save the video as an MP4"),
    Command("/upload", "PATH", "Upload a file or a URL; without one, pick files"),
    Command("/credits", "", "The balance"),
    Command("/status", "", "What the timeline holds"),
    Command("/new", "NAME", "Begin a new project"),
    Command("/sessions", "", "Open another project"),
    Command("/claim", "", "The link that takes this project into the web app"),
    Command("/help", "", "The keys that work here"),
)


def split(text: str) -> tuple[Command, str] | None:
    """The command that `text` is, with its argument; None when it is none."""
    word, _, argument = text.strip().partition(" ")
    for command in TABLE:
        if command.name == word.lower():
            return command, argument.strip()
    return None


def looks_like_one(text: str) -> bool:
    """`/word`: meant as a command, though perhaps misspelt; a path has a second slash or a dot."""
    word = text.strip().split(" ", 1)[0]
    return len(word) > 1 and word[0] == "/" and word[1:].isalpha()


def completions(text: str) -> list[Command]:
    """The commands that `text` may become."""
    word = text.lower()
    if not word.startswith("/") or "\n" in word or " " in word:
        return []
    return [command for command in TABLE if command.name.startswith(word) and command.name != word]


def common_start(names: Iterable[str]) -> str:
    """The longest text with which all of `names` begin."""
    first, *rest = list(names) or [""]
    while not all(name.startswith(first) for name in rest):
        first = first[:-1]
    return first


_MENTION = r'(?<!\S)@(?:"([^"\n]+)"|([^\s"]+))'
_OPEN = r'(?<!\S)@(?:"([^"\n]*)|([^\s"]*))\Z'
_MOST_SHOWN = 6


def beginning(before_cursor: str) -> str | None:
    """The path that is being typed behind an `@`; None when the cursor is not in one."""
    found = re.search(_OPEN, before_cursor)
    return (found[1] or found[2] or "") if found else None


def completed(before_cursor: str, folder: Path) -> str | None:
    """What replaces the mention at the cursor, its `@` included; None when nothing fits."""
    typed = beginning(before_cursor)
    names = _fitting(typed, folder) if typed is not None else []
    if not names:
        return None
    text = common_start(names)
    is_whole = len(names) == 1 and not text.endswith("/")
    quote = '"' if " " in text else ""
    return f"@{quote}{text}{quote if is_whole else ''}{' ' if is_whole else ''}"


def _fitting(typed: str, folder: Path) -> list[str]:
    from vbtui.language.locations import complete

    return complete(typed, folder)


def start_of(before_cursor: str) -> int:
    """Where the mention at the cursor begins."""
    found = re.search(_OPEN, before_cursor)
    return found.start() if found else len(before_cursor)


def hint(before_cursor: str, folder: Path) -> Content | None:
    """The files that fit, a line each; None when the cursor is in no mention."""
    typed = beginning(before_cursor)
    if typed is None:
        return None
    names = _fitting(typed, folder)
    if not names:
        return Content.styled("No file of an accepted kind begins so.", "$foreground-muted")
    lines = [Content.styled(clean_line(name), "$text-accent") for name in names[:_MOST_SHOWN]]
    if len(names) > _MOST_SHOWN:
        lines.append(Content.styled(f"and {len(names) - _MOST_SHOWN} more", "$foreground-muted"))
    return Content("\n").join(lines)


def files_in(text: str, folder: Path) -> tuple[list[Path], str]:
    """The files that `text` mentions, and `text` with their bare names in place of the paths."""
    found: list[Path] = []

    def named(match: re.Match[str]) -> str:
        written = match[1] or match[2]
        try:
            path = (folder / Path(written).expanduser()).absolute()
            is_file = path.is_file()
        except (OSError, RuntimeError, ValueError):
            is_file = False
        if not is_file:
            return match[0]
        found.append(path)
        return path.name

    return found, re.sub(_MENTION, named, text)
