"""Where a render is made: at the backend of this start, or in its place on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from vbtui.base.errors import RenderFailed, VbtuiError
from vbtui.exports import presets
from vbtui.journal.records import DraftVersion, Render
from vbtui.session.context import Context

if TYPE_CHECKING:
    from vbtui.wire.client import Client


@dataclass(frozen=True, slots=True)
class Order:
    """What a render request says beside its id, format and quality."""

    session_id: str
    draft: Any
    more: Mapping[str, Any]


class Site(Protocol):
    """What a run needs of the place where its render is made."""

    @property
    def client(self) -> Client:
        """Raises `NetworkError` or `SignInRefused` while there is none."""
        ...

    @property
    def poll_s(self) -> float:
        """Seconds between two looks."""
        ...

    def at_work(self) -> AbstractAsyncContextManager[None]:
        """Held for as long as a run needs the place. Raises `VbtuiError` when it cannot be had."""
        ...

    async def order(self, render: Render, draft: DraftVersion | None) -> Order:
        """What to ask for. Raises `VbtuiError` when it cannot be."""
        ...

    def lost(self, error: VbtuiError) -> None:
        """A request was not answered."""
        ...

    def restored(self) -> None:
        """A request was answered."""
        ...

    async def wait_ready(self) -> None:
        """Returns when the place can be asked again. Raises `VbtuiError` when it never will."""
        ...

    async def session_gone(self, render: Render) -> None:
        """The place does not know the session of `render` any more."""
        ...


class BackendSite:
    """The backend that this vbtui works with; the draft goes out as its state returned it."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @property
    def client(self) -> Client:
        return self._context.client

    @property
    def poll_s(self) -> float:
        return self._context.poll_s

    def at_work(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def order(self, render: Render, draft: DraftVersion | None) -> Order:
        if draft is None:
            raise RenderFailed("The version of the timeline that was to be exported is gone.")
        return Order(render.session_id, draft.draft, presets.size_fields(render.options))

    def lost(self, error: VbtuiError) -> None:
        self._context.link_lost(error)

    def restored(self) -> None:
        self._context.link_restored()

    async def wait_ready(self) -> None:
        await self._context.wait_ready()

    async def session_gone(self, render: Render) -> None:
        await self._context.replace_session(render.session_id)
