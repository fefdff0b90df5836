"""The slash commands of the prompt."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


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
