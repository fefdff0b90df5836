"""A token that no repr, log line or traceback with local variables can show."""

from __future__ import annotations


class Secret:
    """Holds a token; `reveal` it only where it is used, never into a variable of a frame that can
    raise."""

    __slots__ = ("_value",)

    def __init__(self, value: str = "") -> None:
        self._value = value

    def __repr__(self) -> str:
        return "<secret>" if self._value else "<no secret>"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def reveal(self) -> str:
        return self._value


NONE = Secret()
