"""Reading JSON by field: a missing optional field has a default, a wrong type is a `BadReply`
that names the field (wire.md). Numbers may come as strings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from vbtui.base.errors import BadReply
from vbtui.base.text import clean_line


class Fields:
    """A JSON object and where it was found, for error texts: `data.files[2]`."""

    def __init__(self, value: Mapping[str, Any], path: str) -> None:
        self.value = value
        self.path = path

    def name(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _first(self, keys: tuple[str, ...]) -> tuple[str, Any]:
        for key in keys:
            value = self.value.get(key)
            if value is not None and value != "":
                return key, value
        return keys[0], None

    def _wrong(self, key: str, kind: str) -> BadReply:
        return BadReply(f"The backend's answer is not understood: {self.name(key)} is not {kind}.")

    def missing(self, key: str) -> BadReply:
        return BadReply(f"The backend's answer is incomplete: {self.name(key)} is missing.")

    def line(self, *keys: str) -> str:
        """The first of `keys` that holds something, cleaned and on one line; "" without."""
        key, value = self._first(keys)
        if value is None:
            return ""
        if isinstance(value, str):
            return clean_line(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise self._wrong(key, "a text")

    def needed_line(self, *keys: str) -> str:
        """As `line`; raises `BadReply` where it is missing."""
        if text := self.line(*keys):
            return text
        raise self.missing(keys[0])

    def number(self, *keys: str) -> float | None:
        key, value = self._first(keys)
        if value is None:
            return None
        if isinstance(value, str):
            try:
                value = float(value.strip().removesuffix("%"))
            except ValueError:
                raise self._wrong(key, "a number") from None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(key, "a number")
        try:
            number = float(value)
        except OverflowError:
            raise self._wrong(key, "a number") from None
        if not math.isfinite(number):
            raise self._wrong(key, "a number")
        return number

    def needed_number(self, *keys: str) -> float:
        number = self.number(*keys)
        if number is None:
            raise self.missing(keys[0])
        return number

    def whole(self, *keys: str) -> int | None:
        number = self.number(*keys)
        return None if number is None else round(number)

    def fields(self, key: str) -> Fields | None:
        """The object under `key`; None where it is missing or null."""
        value = self.value.get(key)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self._wrong(key, "an object")
        return Fields(value, self.name(key))

    def needed(self, key: str) -> Fields:
        found = self.fields(key)
        if found is None:
            raise self.missing(key)
        return found

    def items(self, key: str) -> list[tuple[str, Any]]:
        """The list (or the values of the object) under `key`, each with its path."""
        value = self.value.get(key)
        if value is None:
            return []
        if isinstance(value, Mapping):
            return [(f"{self.name(key)}.{clean_line(str(name))}", v) for name, v in value.items()]
        if isinstance(value, Sequence) and not isinstance(value, str):
            return [(f"{self.name(key)}[{index}]", item) for index, item in enumerate(value)]
        raise self._wrong(key, "a list")
