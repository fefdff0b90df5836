"""The line above the prompt: commands that fit, or the offer to upload what was pasted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual.content import Content
from textual.widgets import Static

from vbtui.base.text import clean_line, format_bytes
from vbtui.ui.chat.slash import Command
from vbtui.ui.kit import words

_MOST_NAMES = 3


class Hints(Static):
    """Takes no room while there is nothing to say."""

    def __init__(self) -> None:
        super().__init__(id="hints")
        self.display = False

    def show(self, content: Content | None) -> None:
        """Show `content`, or nothing."""
        self.display = content is not None
        if content is not None:
            self.update(content)


def commands_hint(found: Sequence[Command]) -> Content | None:
    """One line for each command; None when there is none."""
    if not found:
        return None
    wide = max(len(f"{command.name} {command.argument}") for command in found)
    lines = [
        Content.assemble(
            (command.name, "$text-accent bold"),
            (f" {command.argument}".ljust(wide - len(command.name) + 2), "$text-accent"),
            (command.tooltip, "$foreground-muted"),
        )
        for command in found
    ]
    return Content("\n").join(lines)


def upload_hint(paths: Sequence[Path]) -> Content:
    """`Upload 3 files (12 MB)?  Enter uploads · Esc inserts the text` and the names."""
    size = sum(size_of(path) for path in paths)
    names = ", ".join(clean_line(path.name) for path in paths[:_MOST_NAMES])
    more = f" and {len(paths) - _MOST_NAMES} more" if len(paths) > _MOST_NAMES else ""
    return Content.assemble(
        (f"Upload {words.plural(len(paths), 'file')} ({format_bytes(size)})?  ", "bold"),
        ("Enter", "$text-accent bold"),
        " uploads  ",
        ("Esc", "$text-accent bold"),
        " inserts the text\n",
        (names + more, "$foreground-muted"),
    )


def elsewhere_hint(command: str) -> Content:
    """A dropped path is not on this machine: what to run on the other one."""
    return Content.assemble(
        ("That file is not on this machine. Run there:\n", "bold"), (command, "$text-accent")
    )


def size_of(path: Path) -> int:
    """Bytes; 0 when it cannot be asked."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
