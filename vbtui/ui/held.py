"""Messages that were sent while there was no conversation to take them: before the first project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class HeldMessage:
    """One of them; the same however its words change."""

    text: str


class HeldMessages:
    """They go out in order, as soon as there is a project; none goes past one that is being edited."""

    def __init__(self) -> None:
        self._messages: list[HeldMessage] = []
        self.edited: HeldMessage | None = None
        """What the prompt holds in order to change it."""

    def __bool__(self) -> bool:
        return bool(self._messages)

    def __iter__(self) -> Iterator[HeldMessage]:
        return iter(tuple(self._messages))

    @property
    def next(self) -> HeldMessage | None:
        """What is to go out now."""
        first = self._messages[0] if self._messages else None
        return None if first is self.edited else first

    def add(self, text: str) -> None:
        self._messages.append(HeldMessage(text))

    def change(self, message: HeldMessage, text: str) -> bool:
        """Other words for it, or none: then it goes. False when it has gone out as it was."""
        if message not in self._messages:
            return False
        message.text = text
        if not text:
            self.remove(message)
        return True

    def remove(self, message: HeldMessage) -> None:
        """It has gone out, or is not wanted any more."""
        if message in self._messages:
            self._messages.remove(message)

    def move(self, message: HeldMessage, by: int) -> None:
        """-1 is one earlier."""
        if message in self._messages:
            at = self._messages.index(message)
            self._messages.pop(at)
            self._messages.insert(max(at + by, 0), message)
