"""What one clause of a message can mean."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Meaning(Enum):
    """The request that a clause makes."""

    EXPORT = auto()
    CREDITS = auto()
    STATUS = auto()
    UPLOAD = auto()
    EDIT = auto()
    """Anything that is for the agent."""
    BOTH = auto()
    """An export that needs an edit first: "export it without the music"."""
    NOT = auto()
    """Something that vbtui does, forbidden: "don't export yet"."""
    NEUTRAL = auto()
    """Greetings, thanks, approval, conditions: they change nothing."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause as it was said and what it means."""

    text: str
    meaning: Meaning
