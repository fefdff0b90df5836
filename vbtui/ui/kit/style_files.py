"""Where the style sheets are: `styles/` beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[2]


@cache
def directory() -> Path:
    """The folder with the `.tcss` files. Raises `FileNotFoundError` when the installation is broken."""
    for candidate in (_PACKAGE / "styles", _PACKAGE.parent / "styles"):
        if (candidate / "base.tcss").is_file():
            return candidate
    raise FileNotFoundError("vbtui's style sheets are missing: install vbtui again.")


def sheet(name: str) -> str:
    """The path of one style sheet; those of the screens are read when they are first shown."""
    return str(directory() / f"{name}.tcss")
