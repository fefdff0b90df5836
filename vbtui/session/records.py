"""What is known of the backend and of this start, as the header shows it. Nothing of it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vbtui.base.errors import SignInRefused, Unreachable, VbtuiError
from vbtui.base.problem import Problem
from vbtui.journal.records import Session


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
class Credits:
    """The balance, in credits."""

    available: float
    frozen: float = 0
    total: float = 0


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
    credits: Credits | None = None
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
