"""The key sheet of the README, made from the table of keys.

python -m tests.keysheet      # write it anew
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from vbtui.base.keys import Key, fill, table

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- keys: python -m tests.keysheet writes them -->\n", "<!-- end of keys -->\n"
FIRST = ("Go to", "Make a video", "Prompt", "vbtui")
"""Headings that stand open; the others unfold."""


def sheet() -> str:
    """Every key under its heading: how it is written, what it does, its id."""
    lines: list[str] = []
    keys = sorted(table().values(), key=lambda key: key.group not in FIRST)
    keys.sort(key=lambda key: FIRST.index(key.group) if key.group in FIRST else len(FIRST))
    for group, members in groupby(keys, key=lambda key: key.group):
        if group == FIRST[0] or (group not in FIRST and "<details>" not in "".join(lines)):
            if group not in FIRST:
                lines += ["", "<details><summary>All other keys</summary>"]
            lines += ["", "| key | does | id |", "|---|---|---|"]
        lines.append(f"| **{group}** | | |")
        lines += [_line(key) for key in members]
    return "\n".join([*lines[1:], "", "</details>", ""])


def _line(key: Key) -> str:
    names = " ".join(f"`{name}`" for name in key.displays.split(" "))
    return f"| {names} | {fill(key.help)} | {key.id if key.action else ''} |"


def written(text: str) -> str:
    """`text` of the README with the sheet of now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{sheet()}{END}{after}"


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
