"""What the engine tells: what is known of the backend and of this start, and what changed.

A report is past tense and carries the whole new record. It may replace an earlier one about the
same thing (same class and same id): a slow listener only needs the latest. Nothing of it is kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from vbtui.base.errors import SignInRefused, Unreachable, VbtuiError
from vbtui.base.problem import Problem, Severity
from vbtui.journal.records import Asset, DraftVersion, Render, Session, Turn

if TYPE_CHECKING:
    from vbtui.timeline.changes import Change
    from vbtui.wire.replies import CreditBalance


class Link(StrEnum):
    """How the backend is reached, as the header shows it."""

    STARTING = "starting"
    """Before the first answer: "Setting things up…"."""
    READY = "ready"
    OFFLINE = "offline"
    """The last request could not reach the backend."""
    REFUSED = "refused"
    """The sign-in was refused; nothing works until it is mended."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who vbtui is at the backend. Holds no token."""

    kind: str
    """`local`, `anonymous` or `token` (from NEMO_TOKEN)."""
    expires_at: float | None = None
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class Overview:
    """What the header shows."""

    backend: str
    """`Local studio`, or the host of the API."""
    link: Link = Link.STARTING
    session: Session | None = None
    account: Account | None = None
    credits: CreditBalance | None = None
    problem: Problem | None = None
    """Why it is offline or refused."""

    @property
    def is_anonymous(self) -> bool:
        """Whether the user has no account yet: registering and taking the project over help."""
        return self.account is not None and self.account.kind == "anonymous"

    @property
    def is_local(self) -> bool:
        """Whether the local studio is the backend: no credits, no web app, nothing to pay."""
        return self.account is not None and self.account.kind == "local"

    def away(self, more: str = "") -> VbtuiError:
        """The error of whoever needs the backend now: `SignInRefused` or `Unreachable`.

        Args:
            more: what else can be done then; empty: nothing.
        """
        kind = SignInRefused if self.link is Link.REFUSED else Unreachable
        return (self.problem or Problem.of(kind())).as_a(kind, more)


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
class DraftRead:
    """The state of the open session can be read again, or cannot any more."""

    session_id: str
    is_read: bool


@dataclass(frozen=True, slots=True)
class RenderChanged:
    """An export is new or changed."""

    render: Render


@dataclass(frozen=True, slots=True)
class RenderEnded:
    """An export is done, or has failed; told once, by the process that saw to it."""

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
    | DraftRead
    | RenderChanged
    | RenderEnded
    | RenderRemoved
    | Noticed
)
E = TypeVar("E", bound=Event)
Listener = Callable[[Event], None]


class Bus:
    """Passes each report to those who want it, in order, on the event loop; they must be quick."""

    def __init__(self) -> None:
        self._services: dict[type[Any], list[Callable[[Any], None]]] = defaultdict(list)
        self._listeners: list[Listener] = []

    def on(self, kind: type[E], service: Callable[[E], None]) -> None:
        """Call `service` for the reports of that kind, before any listener."""
        self._services[kind].append(service)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` for every report from now on; the result ends that."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def publish(self, event: Event) -> None:
        """Tell everyone about `event`."""
        for listener in (*self._services[type(event)], *self._listeners):
            listener(event)
