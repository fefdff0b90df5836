"""What the engine reports. Reports are past tense and carry the whole new record.

A report may replace an earlier one about the same thing (same class and same id): a slow listener
only needs the latest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vbtui.base.problem import Problem, Severity
from vbtui.journal.records import Asset, DraftVersion, Render, Turn
from vbtui.session.records import Overview

if TYPE_CHECKING:
    from vbtui.timeline.changes import Change


@dataclass(frozen=True, slots=True)
class OverviewChanged:
    """Backend, link, session, account or credits changed."""

    overview: Overview


@dataclass(frozen=True, slots=True)
class SessionOpened:
    """Another project is shown from now on: read everything anew."""

    session_id: str


@dataclass(frozen=True, slots=True)
class TurnChanged:
    """A turn is new or changed; its reply may have grown."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class TurnRemoved:
    """A queued message was deleted."""

    turn_id: int


@dataclass(frozen=True, slots=True)
class AssetChanged:
    """An asset is new or changed."""

    asset: Asset


@dataclass(frozen=True, slots=True)
class AssetRemoved:
    """An asset was forgotten."""

    asset_id: int


@dataclass(frozen=True, slots=True)
class DraftChanged:
    """The timeline is another one now."""

    version: DraftVersion
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class RenderChanged:
    """An export is new or changed."""

    render: Render


@dataclass(frozen=True, slots=True)
class RenderRefused:
    """The backend refused an export that this machine could make in its place; told once, by the
    process that asked for it."""

    render: Render


@dataclass(frozen=True, slots=True)
class RenderRemoved:
    """An export was taken off the list."""

    render_id: str


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something to tell the user that belongs to no record."""

    problem: Problem
    severity: Severity = "warning"


Event = (
    OverviewChanged
    | SessionOpened
    | TurnChanged
    | TurnRemoved
    | AssetChanged
    | AssetRemoved
    | DraftChanged
    | RenderChanged
    | RenderRefused
    | RenderRemoved
    | Noticed
)
Listener = Callable[[Event], None]


class Bus:
    """Passes each report to every listener, in order, on the event loop; listeners must be quick."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` for every report from now on; the result ends that."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def publish(self, event: Event) -> None:
        """Tell every listener about `event`."""
        for listener in tuple(self._listeners):
            listener(event)
