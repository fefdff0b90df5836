"""The three headers that every API request carries (wire.md, Headers)."""

from __future__ import annotations

import re
from pathlib import Path

from vbtui import __version__

SOURCE = "video-builder"
_PLATFORMS = ("clawhub", "cursor")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


def attribution(platform: str) -> dict[str, str]:
    """The headers. `platform` as it was configured; empty or unusable: from the install path."""
    return {
        "X-Skill-Source": SOURCE,
        "X-Skill-Version": __version__,
        "X-Skill-Platform": platform if _WORD.match(platform) else detect_platform(),
    }


def detect_platform(path: Path = Path(__file__)) -> str:
    """`clawhub`, `cursor` or `unknown`: who installed the package that lies at `path`."""
    for part in reversed(path.parts):
        for name in _PLATFORMS:
            if part.lower().lstrip(".").startswith(name):
                return name
    return "unknown"
