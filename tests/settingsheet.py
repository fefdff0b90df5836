"""The settings of the README, made from their model.

python -m tests.settingsheet      # write them anew
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from vbtui.base.settings import Setting, all_settings

README = Path(__file__).parents[1] / "README.md"
BEGIN = "<!-- settings: python -m tests.settingsheet writes them -->\n"
END = "<!-- end of settings -->\n"
FOLDED = "timing"
"""The section that unfolds."""


def sheet() -> str:
    """Every setting under its section: its name, default and meaning, and whether it holds at once."""
    lines = ["| setting | default | means |", "|---|---|---|"]
    for section, members in groupby(all_settings(), key=_section):
        if section == FOLDED:
            lines += ["", "<details><summary>All waits, in seconds</summary>", ""]
            lines += ["| setting | default | means |", "|---|---|---|"]
        elif section:
            lines.append(f"| **[{section}]** | | |")
        lines += [_line(one) for one in members]
        if section == FOLDED:
            lines += ["", "</details>"]
    return "\n".join([*lines, ""])


def _section(setting: Setting) -> str:
    return setting.name.rpartition(".")[0]


def _line(setting: Setting) -> str:
    default = setting.default
    value = f'"{default}"' if isinstance(default, str) else f"{default:g}"
    if isinstance(default, bool):
        value = str(default).lower()
    facts = setting.facts
    choices = f" One of {', '.join(f'`{one}`' for one in facts.choices)}." if facts.choices else ""
    live = " ●" if facts.is_live else ""
    name = setting.name.rpartition(".")[2]
    return f"| `{name}` | `{value}` | {facts.meaning.english}{choices}{live} |"


def written(text: str) -> str:
    """`text` of the README with the settings of now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{sheet()}{END}{after}"


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
