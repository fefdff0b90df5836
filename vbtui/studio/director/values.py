"""What phrases say, as typed values: which clips, when, where to, what of the timeline. Nothing is looked up here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SIDES = frozenset({"after", "before", "between", "under"})
"""Prepositions that say something also where nothing follows them: `mute before` is not `mute`."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A moment: a part of the whole (0-1) and ms from there."""

    part: float = 0
    ms: int = 0

    def at(self, total_ms: int) -> int:
        """The moment in ms, inside 0…total."""
        return max(0, min(total_ms, round(self.part * total_ms) + self.ms))


START, END = Edge(0), Edge(1)


@dataclass(frozen=True, slots=True)
class Pick:
    """One way in which clips are named. Empty: every clip."""

    kind: str = ""
    """`image` or `video`: only these are counted and taken; `piece`: parts of what was split."""
    ranks: tuple[int, ...] = ()
    """Places, from 1 on; negative from the end."""
    files: tuple[str, ...] = ()
    """Ids of the files that a name can mean."""
    segments: tuple[str, ...] = ()
    count: int = 0
    """How many there are, as the words say; 0: they do not say."""
    one: bool = False
    """A single one is meant, which the words do not tell from others: `the clip`."""
    rest: bool = False
    """Those that were not spoken of."""
    new: bool = False
    """Files that are not on the timeline yet."""
    pronoun: str = ""
    """`it`, `them` or `all` (of them)."""
    beside: int = 0
    """-1 or 1: the one before or after (`of`, or what was spoken of)."""
    of: Clips | None = None
    through: Clips | None = None
    """The last of a row whose first is `of`."""
    unknown: str = ""
    """A name that no file has."""
    shape: str = ""
    """`9:16`, `16:9` or `1:1`: only those of this shape."""
    bare: bool = False
    """A rank without article and noun: `third`."""
    ones: bool = False
    """Without a noun, `the last one`, `the others`: of what was spoken of, clips or not."""
    piece: int = 0
    """Which part of the clip that was split, from 1 on; negative from the end."""
    middle: int = 0
    """So many in the middle."""
    beyond: int = 0
    """-1 or 1: all before or after `of`."""
    alternate: bool = False
    """Every other one."""
    longest: int = 0
    """1 or -1: the longest or the shortest of its kind."""
    shorter: int = 0
    """Only those that last less than so many ms; negative: only those that last longer."""
    left: bool = False
    """Those that are still there: `the remaining clips`."""
    some: bool = False
    """Said without article or number, so that files are meant as well as clips."""
    vague: bool = False
    """Not all of them, and nobody knows which: `some of the clips`."""


@dataclass(frozen=True, slots=True)
class Clips:
    """Which clips are meant: all picks together, without those of `but`."""

    picks: tuple[Pick, ...]
    but: tuple[Pick, ...] = ()
    each: bool = False
    only: bool = False


@dataclass(frozen=True, slots=True)
class When:
    """Stretches of time, of the timeline or of what `of` means."""

    spans: tuple[tuple[Edge, Edge], ...]
    of: Clips | None = None
    vague: str = ""
    """`middle`, `opening`, `closing`: how long that is, the words do not say."""
    off: bool = False
    """Said as what goes: `2 seconds off the start`."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where among the clips: `before`, `after` or `between` others, `nth`, one `earlier` or `later`."""

    where: str
    clips: Clips | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class Thing:
    """Something on the timeline that is no clip, or a property: music, title, volume…"""

    name: str
    definite: bool = False
    """It is there already: `the title`."""
    plural: bool = False
    rank: int = 0
    """Which of several, from 1 on; negative from the end; 0: not said."""
    style: str = ""
    """The words before it: `calm`; of the video, `whole`."""
    unknown: bool = False
    """There is a word among them that nobody knows."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Items that mean one thing together."""

    kind: str
    value: Any
    start: int
    end: int
    role: str = ""
    others: tuple[tuple[str, Any], ...] = ()
    each: bool = False
    """`… each`: it holds for every one."""
    neg: bool = False
    """`not …`: what is denied needs no doing."""
    marks: frozenset[str] = field(default_factory=frozenset)
    instead_of: Any = None
    """The value in whose place this one is said: `not the third, the fourth`."""

    def get(self, kind: str) -> Any:
        """The value of its sense of this kind; None without one."""
        if self.kind == kind:
            return self.value
        return next((value for name, value in self.others if name == kind), None)

    def is_(self, kind: str, *values: object) -> bool:
        """Whether it has a sense of this kind (and one of these values)."""
        if self.kind == kind and (not values or self.value in values):
            return True
        return bool(self.others) and any(
            name == kind and (not values or value in values) for name, value in self.others
        )

    @property
    def thing(self) -> str:
        """The name of the thing that it is; empty for other phrases."""
        return self.value.name if isinstance(self.value, Thing) else ""


IT = Phrase("clips", Clips((Pick(pronoun="it"),)), 0, 0)
"""What was spoken of, unsaid."""
