"""What every endpoint works with."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request

from vbtui.studio.project.prober import LinkedMedia, Prober
from vbtui.studio.project.store import Session, Store
from vbtui.studio.server.auth import Auth
from vbtui.studio.server.life import Life
from vbtui.studio.server.renders import Renders
from vbtui.studio.server.replies import NO_SESSION, Refusal


@dataclass(frozen=True, slots=True)
class Studio:
    """The running studio, one a process."""

    store: Store
    auth: Auth
    prober: Prober
    renders: Renders
    life: Life
    linked: LinkedMedia = field(default_factory=LinkedMedia)
    drawn: OrderedDict[bytes, bytes] = field(default_factory=OrderedDict)
    """Pictures by all that they are made of, those that were not asked for longest first."""
    report: Callable[[str], None] = field(default=lambda text: None)
    """Takes a line for the studio's log: no token and no message of the user is in it."""


def studio_of(request: Request) -> Studio:
    """The studio that a request came to."""
    studio = request.app.state.studio
    assert isinstance(studio, Studio)
    return studio


async def session_of(request: Request, session_id: str | None = None) -> Session:
    """The session that the path (or `session_id`) names. Raises `Refusal` (1002)."""
    name = request.path_params["session_id"] if session_id is None else session_id
    session = await studio_of(request).store.find(name)
    if session is None:
        raise Refusal("The studio does not know this session.", code=NO_SESSION)
    return session
