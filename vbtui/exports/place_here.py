"""The embedded studio as the place where a render of a cloud project is made."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from vbtui.base.errors import BadFile, NetworkError, RenderFailed, SessionNotFound, VbtuiError
from vbtui.exports import presets
from vbtui.exports.place import Order
from vbtui.fallback import plan as render_here
from vbtui.fallback.draft import with_assets
from vbtui.fallback.plan import KeptPlan
from vbtui.fallback.process import HereStudio
from vbtui.journal.records import DraftVersion, Render
from vbtui.session.context import Context

if TYPE_CHECKING:
    from vbtui.wire.client import Client

_TRIES = 3
"""So many deaths of the studio in a row while it is given its files end a render."""


class HereSite:
    """The studio beside the backend, at work on renders."""

    def __init__(self, context: Context, studio: HereStudio) -> None:
        self._context = context
        self._studio = studio

    @property
    def client(self) -> Client:
        return self._studio.client

    @property
    def poll_s(self) -> float:
        return self._context.settings.timing.local_render_poll

    def at_work(self) -> AbstractAsyncContextManager[None]:
        return self._studio.held()

    def lost(self, error: VbtuiError) -> None:
        """The next look connects again; the backend's own link is another matter."""

    def restored(self) -> None:
        """Nothing to say: the header speaks of the backend."""

    async def wait_ready(self) -> None:
        """Join the studio, or start it again. Raises `StudioProblem`, `DiskProblem`."""
        await self._studio.ready()

    async def session_gone(self, render: Render) -> None:
        await self._keep_made(render.options.here, "", {})

    async def order(self, render: Render, draft: DraftVersion | None) -> Order:
        key = render.options.here
        plan = await self._context.journal.run(lambda c: render_here.read(c, key))
        if plan is None:
            raise RenderFailed("What was to be rendered here is not known any more.")
        session_id, assets = await self._given(render, plan)
        rewritten = with_assets(plan.draft, assets)
        size = presets.size_fields(render.options)
        if size:
            rewritten = {**rewritten, "m": {**rewritten["m"], **size}}
        return Order(session_id, rewritten, {})

    # -- files --------------------------------------------------------------------------------

    async def _given(self, render: Render, plan: KeptPlan) -> tuple[str, Mapping[str, str]]:
        """The studio's session with the plan's files, and their ids there."""
        for rest in range(_TRIES - 1, -1, -1):
            try:
                if plan.session_id and await self._knows(plan.session_id):
                    return plan.session_id, plan.assets
                return await self._give(render, plan)
            except NetworkError:
                if not rest:
                    raise
                await self.wait_ready()
        raise AssertionError

    async def _knows(self, session_id: str) -> bool:
        try:
            await self.client.state(session_id)
        except SessionNotFound:
            return False
        return True

    async def _give(self, render: Render, plan: KeptPlan) -> tuple[str, Mapping[str, str]]:
        session = await self.client.create_session(render.title or "project", "en")
        assets: dict[str, str] = {}
        for name, original in plan.originals.items():
            media = await self.client.upload(
                session.session_id,
                original.path,
                name=original.sent_name,
            )
            if not media or not media[0].url:
                raise BadFile(f"The local studio did not take {original.name}.")
            if original.sha256 and media[0].digest not in ("", original.sha256):
                raise BadFile(f"{original.name} has changed since it was uploaded to the backend.")
            assets[name] = media[0].url.rstrip("/").rsplit("/", 1)[-1]
        await self._keep_made(render.options.here, session.session_id, assets)
        return session.session_id, assets

    async def _keep_made(self, key: str, session_id: str, assets: Mapping[str, str]) -> None:
        await self._context.journal.run(lambda c: render_here.keep_made(c, key, session_id, assets))
