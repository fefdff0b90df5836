"""What the director gets and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vbtui.studio.project.media import Media


@dataclass(frozen=True, slots=True)
class Project:
    """All that a sentence can be about."""

    title: str
    """The project's name; the client's default is `project`."""
    draft: Mapping[str, Any] | None
    """The draft as it is now; None when nothing is built yet."""
    media: Sequence[Media]
    """Every uploaded file, in upload order."""
    previous: Sequence[Mapping[str, Any] | None] = ()
    """Earlier drafts, newest last, for undo; None is the empty timeline before the first draft."""
    undone: Sequence[Mapping[str, Any] | None] = ()
    """Drafts that an undo took back, newest last, for redo; empty where the server keeps none."""


@dataclass(frozen=True, slots=True)
class Call:
    """One operation as the event stream shows it: `functionCall` and `functionResponse`."""

    name: str
    """snake_case: `combine_clips`, `add_title`."""
    args: Mapping[str, Any] = field(default_factory=dict)
    """JSON."""
    result: Mapping[str, Any] = field(default_factory=lambda: {"status": "ok"})
    """JSON: `{"status": "ok"}`, or `{"status": "error", "message": …}`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a sentence."""

    reply: str
    """Short Markdown in the language of the text."""
    draft: Mapping[str, Any] | None
    """The new draft; None: unchanged."""
    calls: Sequence[Call] = ()
    """What was done, in order."""
    understood: bool = True
    """False when no part of the text was understood."""
    step: str = "edit"
    """`edit`: `draft` follows the current one. `undo` / `redo`: `draft` is the newest of
    `Project.previous` / `Project.undone`, which the server moves across."""
