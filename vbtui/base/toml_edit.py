"""One value of a TOML file changed, and nothing else of it: comments, order and white space stay.

Python reads TOML and does not write it. What a change makes is read again and compared with what it was meant to
make, so that a file that is laid out in a way which this does not understand is left as it is.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Path = tuple[str, ...]
"""The keys that lead to a value, from the outermost table."""


class Unwritable(Exception):
    """The text is laid out in a way that cannot be edited safely."""


def parse(text: str) -> dict[str, Any]:
    """What TOML says. Raises `ValueError` and `RecursionError`."""
    return tomllib.loads(text.replace("\r\n", "\n").replace("\r", "\n"))


def with_value(text: str, path: Path, value: str | int | float | bool | None) -> str:
    """`text` with `value` at `path`; None: without what stands there. Raises `Unwritable`."""
    try:
        before = parse(text)
        changed = _changed(text, path, value)
        after = parse(changed)
    except (ValueError, RecursionError, IndexError):
        raise Unwritable from None
    if _flat(after) != _wanted(before, path, value):
        raise Unwritable
    return changed


def _wanted(before: dict[str, Any], path: Path, value: object) -> dict[Path, object]:
    wanted = {found: one for found, one in _flat(before).items() if _joined(found) != _joined(path)}
    if value is not None:
        same = [found for found in _flat(before) if _joined(found) == _joined(path)]
        wanted[same[0] if same else path] = value
    return wanted


def _joined(path: Path) -> str:
    return ".".join(path)


def _flat(data: dict[str, Any], before: Path = ()) -> dict[Path, object]:
    """Every value by its path; a table without values counts as nothing."""
    flat: dict[Path, object] = {}
    for key, value in data.items():
        if isinstance(value, dict):
            flat |= _flat(value, (*before, key))
        else:
            flat[*before, key] = value
    return flat


@dataclass(frozen=True, slots=True)
class _Pair:
    """`key = value` in the text."""

    path: Path
    """Whole."""
    table: Path
    """Of the table that it stands in by itself: what its own key goes on from."""
    start: int
    value: int
    end: int
    """Where the value ends."""
    is_inline: bool


@dataclass(frozen=True, slots=True)
class _Table:
    """`[header]`, the top of the file, or `{ … }`."""

    path: Path
    end: int
    """Where a new pair goes: behind the line of the header, behind the brace."""
    is_inline: bool = False


def _changed(text: str, path: Path, value: str | int | float | bool | None) -> str:
    scan = _Scan(text)
    found = next((pair for pair in scan.pairs if _joined(pair.path) == _joined(path)), None)
    if value is None:
        return text if found is None else _without(text, found)
    written = _written(value)
    if found is not None:
        return text[: found.value] + written + text[found.end :]
    return _with_new(text, scan, path, written)


def _with_new(text: str, scan: _Scan, path: Path, written: str) -> str:
    """Where its neighbours stand: in the table whose header, or whose pairs, share most of the path."""
    line_end = "\r\n" if "\r\n" in text else "\r" if "\r" in text and "\n" not in text else "\n"
    best = max(
        (table for table in scan.tables if table.path == path[: len(table.path)] != path),
        key=lambda table: (len(table.path), table.is_inline),
        default=_Table((), 0),
    )
    dotted = [
        pair
        for pair in scan.pairs
        if pair.table == pair.path[: len(pair.table)] and _shared(pair, path) > len(best.path)
    ]
    if dotted:  # `uploads.at_once = 2`: such a table can have no header
        last = max(dotted, key=lambda pair: (_shared(pair, path), pair.end))
        best = _Table(last.table, _line_end(text, last.end), last.is_inline)
        if best.is_inline:
            return (
                f"{text[: last.end]}, {_key(path[len(best.path) :])} = {written}{text[last.end :]}"
            )
    if best.is_inline:
        empty = text[best.end :].lstrip(" \t").startswith("}")
        pair = f" {_key(path[len(best.path) :])} = {written}" + ("" if empty else ",")
        return text[: best.end] + pair + text[best.end :]
    if not best.path and len(path) > 1 and not dotted:
        gap = "" if not text.strip() else line_end if text.endswith(("\n", "\r")) else 2 * line_end
        head = f"[{_key(path[:1])}]{line_end}"
        return f"{text}{gap}{head}{_key(path[1:])} = {written}{line_end}"
    inside = [
        pair.end for pair in scan.pairs if pair.table == best.path and not pair.is_inline
    ] if not dotted else []  # fmt: skip
    behind = [end for end in inside if end > best.end or not best.path]
    place = _line_end(text, _last_of(scan, best, behind)) if behind else best.end
    before = "" if not place or text[:place].endswith(("\n", "\r")) else line_end
    return (
        f"{text[:place]}{before}{_key(path[len(best.path) :])} = {written}{line_end}{text[place:]}"
    )


def _last_of(scan: _Scan, table: _Table, ends: Sequence[int]) -> int:
    """The last of these places before the next header."""
    headers = sorted(other.end for other in scan.tables if not other.is_inline)
    following = next((end for end in headers if end > table.end), None)
    return max((end for end in ends if following is None or end < following), default=table.end)


def _shared(pair: _Pair, path: Path) -> int:
    count = 0
    for one, other in zip(pair.path[:-1], path[:-1], strict=False):
        if one != other:
            break
        count += 1
    return count


def _without(text: str, pair: _Pair) -> str:
    """Without the pair and its line; what is said behind it stays."""
    if pair.is_inline:
        rest = text[pair.end :].lstrip(" \t")
        head = text[: pair.start].rstrip(" \t")
        if rest.startswith(","):
            return text[: pair.start] + rest[1:].lstrip(" \t")
        if head.endswith(","):
            return head[:-1] + " " + rest
        return text[: pair.start] + rest
    begin = max(text.rfind("\n", 0, pair.start), text.rfind("\r", 0, pair.start)) + 1
    end = _line_end(text, pair.end)
    comment = text[pair.end : end].lstrip(" \t")
    return text[:begin] + (comment if comment.startswith("#") else "") + text[end:]


def _line_end(text: str, place: int) -> int:
    """Behind the line end that follows `place`."""
    while place < len(text) and text[place] not in "\r\n":
        place += 1
    return place + (2 if text[place : place + 2] == "\r\n" else 1) if place < len(text) else place


_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def _key(path: Path) -> str:
    return ".".join(part if part and set(part) <= _BARE else _written(part) for part in path)


def _written(value: str | int | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, float) and value.is_integer():
        return str(int(value)) + ".0"
    return repr(value)


class _Scan:
    """Where tables and pairs stand in a text that is valid TOML. Raises `IndexError` where it is not."""

    def __init__(self, text: str) -> None:
        self.pairs: list[_Pair] = []
        self.tables = [_Table((), 0)]
        self._text = text
        self._at = 0
        table: Path = ()
        while self._skip_blank():
            if self._here() == "[":
                table = self._header()
            else:
                self._pair(table, is_inline=False)

    def _here(self, length: int = 1) -> str:
        return self._text[self._at : self._at + length]

    def _skip_blank(self) -> bool:
        """To the next statement or value; whether there is one."""
        while self._at < len(self._text):
            if self._here() == "#":
                while self._at < len(self._text) and self._here() not in "\r\n":
                    self._at += 1
            elif self._here() in " \t\r\n":
                self._at += 1
            else:
                return True
        return False

    def _skip_spaces(self) -> None:
        while self._here() in (" ", "\t"):
            self._at += 1

    def _header(self) -> Path:
        is_array = self._here(2) == "[["
        self._at += 2 if is_array else 1
        path = self._dotted()
        self._at += 2 if is_array else 1
        end = _line_end(self._text, self._at)
        if is_array:  # one of many: nothing here is meant by a path
            path = (*path, "[]")
        self.tables.append(_Table(path, end))
        return path

    def _pair(self, table: Path, *, is_inline: bool) -> None:
        start = self._at
        path = (*table, *self._dotted())
        self._at += 1  # the equals sign
        self._skip_spaces()
        value = self._at
        self._value(path)
        self.pairs.append(_Pair(path, table, start, value, self._at, is_inline))

    def _dotted(self) -> Path:
        parts = []
        while True:
            self._skip_spaces()
            start = self._at
            if self._here() in ('"', "'"):
                self._string()
                quoted = self._text[start : self._at]
                parts.append(str(tomllib.loads(f"key = {quoted}")["key"]))
            else:
                while self._text[self._at] in _BARE:
                    self._at += 1
                parts.append(self._text[start : self._at])
            self._skip_spaces()
            if self._here() != ".":
                return tuple(parts)
            self._at += 1

    def _value(self, path: Path) -> None:
        if self._here() in ('"', "'"):
            self._string()
        elif self._here() == "[":
            self._at += 1
            while self._skip_blank() and self._here() != "]":
                if self._here() == ",":
                    self._at += 1
                else:
                    self._value((*path, "[]"))
            self._at += 1
        elif self._here() == "{":
            self._at += 1
            self.tables.append(_Table(path, self._at, is_inline=True))
            while self._skip_blank() and self._here() != "}":
                if self._here() == ",":
                    self._at += 1
                else:
                    self._pair(path, is_inline=True)
            self._at += 1
        else:
            while self._at < len(self._text) and self._here() not in ",]}#\r\n":
                self._at += 1
            while self._text[self._at - 1] in " \t":
                self._at -= 1

    def _string(self) -> None:
        quote = self._here()
        mark = quote * 3 if self._here(3) == quote * 3 else quote
        self._at += len(mark)
        while self._here(len(mark)) != mark:
            self._at += 2 if quote == '"' and self._text[self._at] == "\\" else 1
            self._text[self._at]  # an end that is missing is an IndexError
        self._at += len(mark)
        while len(mark) == 3 and self._here() == quote:  # up to two more belong to the text
            self._at += 1
