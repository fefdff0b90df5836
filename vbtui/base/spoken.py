"""Which language this process speaks: English or Chinese.

What vbtui says by itself – screens, keys, settings, errors, commands – is in that language. An answer to a
sentence is in the sentence's own, whatever this says: who makes it asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("auto", "en", "zh")
"""What `[display] language` can be."""

_chinese = False
"""What this process was told by `use_language`: a user reads one language."""


def use_language(chosen: str, environ: Mapping[str, str]) -> None:
    """Speak this one of `LANGUAGES` from now on: before the screens are imported, whose keys have names.

    `auto` is the locale's: Chinese where that is, else English.
    """
    global _chinese
    given = (environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next(filter(None, given), "")
    _chinese = chosen == "zh" or (chosen == "auto" and locale.lower().startswith("zh"))


def speaks_chinese() -> bool:
    """Whether this process speaks Chinese, else English."""
    return _chinese
