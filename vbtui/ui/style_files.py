"""Where the style sheets are: `styles/` beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
NAMES = ("base", "chat", "media", "timeline", "renders", "dialogs")


def directory() -> Path:
    """The folder with the `.tcss` files. Raises `FileNotFoundError` when the installation is broken."""
    for candidate in (_PACKAGE / "styles", _PACKAGE.parent / "styles"):
        if (candidate / "base.tcss").is_file():
            return candidate
    raise FileNotFoundError("vbtui's style sheets are missing: install vbtui again.")


def paths() -> list[Path]:
    """All style sheets, the tokens first."""
    found = directory()
    return [found / f"{name}.tcss" for name in NAMES]
