"""A problem: an error as it is kept, passed on and shown."""

from __future__ import annotations

from dataclasses import dataclass

from vbtui.base.errors import VbtuiError


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as it is kept and shown: `VbtuiError` without its class."""

    title: str
    message: str
    hint: str = ""

    @classmethod
    def of(cls, error: VbtuiError) -> Problem:
        return cls(error.title, error.message, error.hint)
