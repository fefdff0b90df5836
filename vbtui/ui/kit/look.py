"""The user's own themes: a TOML file each, in the folder `themes/` beside the configuration file.

    dark = true              # or false
    primary = "#1f7a8c"      # and secondary, accent, warning, error, success, foreground, background, surface, panel
    [variables]              # single ones of Textual's, as "block-cursor-background"

A theme goes by its file's name. One that cannot be is left out and told; colours are proved before Textual sees them,
which ends with an error over a wrong one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from textual.color import Color, ColorParseError
from textual.theme import BUILTIN_THEMES, Theme

from vbtui.base.errors import UsageError
from vbtui.base.text import clean_line
from vbtui.base.translation import Translation

_COLORS = (
    "primary", "secondary", "accent", "warning", "error", "success", "foreground", "background", "surface", "panel",
    "boost",
)  # fmt: skip
_NUMBERS = ("luminosity_spread", "text_alpha")
_STYLES = frozenset(("bold", "dim", "italic", "none", "not", "reverse", "strike", "underline"))
_LARGEST = 100_000
_MOST = 100
"""Files; a folder with more is something else."""

_T = Translation
_NAME = _T(
    "a theme's file is named with letters, digits, - and _.",
    "主题文件名只能用字母、数字、- 和 _。",
)
_TAKEN = _T("Textual has a theme of this name.", "Textual 已有同名主题。")
_UNREAD = _T("it cannot be read.", "无法读取。")
_NO_TOML = _T("it is not valid TOML.", "不是有效的 TOML。")
_UNKNOWN = _T("there is no “{name}” in a theme.", "主题中没有“{name}”。")
_NO_COLOR = _T('{name} is no colour, as "#1f7a8c".', '{name} 不是颜色，例如 "#1f7a8c"。')
_NO_STYLE = _T('{name} is no style, as "bold".', '{name} 不是样式，例如 "bold"。')
_NO_NUMBER = _T("{name} must be a number from 0 to 1.", "{name} 必须是 0 到 1 的数。")
_NO_BOOL = _T("dark must be true or false.", "dark 必须是 true 或 false。")
_NO_PRIMARY = _T("primary is missing.", "缺少 primary。")


@dataclass(frozen=True, slots=True)
class OwnThemes:
    """What is in the folder."""

    themes: tuple[Theme, ...] = ()
    refused: Mapping[str, UsageError] = field(default_factory=dict)
    """Why one cannot be, by its name below the configuration's folder."""


class _Wrong(Exception):
    pass


def own_themes(folder: Path) -> OwnThemes:
    """The themes in this folder, which need not be there."""
    try:
        files = sorted(folder.glob("*.toml"))[:_MOST]
    except OSError:
        return OwnThemes()
    themes: list[Theme] = []
    refused: dict[str, UsageError] = {}
    for file in files:
        name = f"themes/{clean_line(file.name)[:60]}"
        try:
            themes.append(_theme(file))
        except _Wrong as wrong:
            refused[name] = UsageError(code="usage.theme_file", file=name, why=str(wrong))
    return OwnThemes(tuple(themes), refused)


def _theme(file: Path) -> Theme:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", file.stem):
        raise _Wrong(_NAME.of())
    if file.stem in BUILTIN_THEMES:
        raise _Wrong(_TAKEN.of())
    try:
        content = file.read_bytes()[:_LARGEST]
    except OSError:
        raise _Wrong(_UNREAD.of()) from None
    try:
        data = tomllib.loads(content.decode("utf-8-sig").replace("\r\n", "\n"))
    except (ValueError, RecursionError):
        raise _Wrong(_NO_TOML.of()) from None
    given: dict[str, Any] = {key: _value(key, value) for key, value in data.items()}
    if "primary" not in given:
        raise _Wrong(_NO_PRIMARY.of())
    return Theme(file.stem, **given)


def _value(key: str, value: object) -> object:
    if key in _COLORS:
        return _color(key, value)
    if key in _NUMBERS:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise _Wrong(_NO_NUMBER.of(name=key))
        return float(value)
    if key == "dark":
        if not isinstance(value, bool):
            raise _Wrong(_NO_BOOL.of())
        return value
    if key == "variables" and isinstance(value, dict):
        return {name: _variable(name, one) for name, one in value.items()}
    raise _Wrong(_UNKNOWN.of(name=clean_line(key)[:60]))


def _variable(name: str, value: object) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,60}", name):
        raise _Wrong(_UNKNOWN.of(name=clean_line(name)[:60]))
    if "style" in name:
        if not isinstance(value, str) or not value.split() or not _STYLES.issuperset(value.split()):
            raise _Wrong(_NO_STYLE.of(name=name))
        return value
    return _color(name, value)


def _color(name: str, value: object) -> str:
    try:
        if isinstance(value, str):
            Color.parse(value)
            return value
    except ColorParseError:
        pass
    raise _Wrong(_NO_COLOR.of(name=name))
