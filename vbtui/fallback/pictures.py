"""Pictures of drafts: from the backend where it draws, else composed on this machine."""

from __future__ import annotations

from vbtui.base.errors import StudioProblem, VbtuiError
from vbtui.fallback.frames import HereFrames
from vbtui.fallback.process import HereStudio
from vbtui.journal.records import DraftVersion
from vbtui.session.context import Context
from vbtui.session.records import Composed, Link
from vbtui.timeline.model import Timeline


class Previews:
    """Draws drafts of the open backend. What fails is a reason, never an exception."""

    def __init__(self, context: Context, studio: HereStudio) -> None:
        self._context = context
        self._here = HereFrames(context, studio)
        self._backend_draws: bool | None = True if context.is_local else None

    @property
    def are_here(self) -> bool:
        """Whether pictures are composed on this machine, in the backend's place."""
        return self._backend_draws is not True

    async def frame(
        self, version: DraftVersion, at_ms: int, *, width: int, height: int, is_newest: bool
    ) -> Composed:
        """The picture of `version` at that time.

        Args:
            is_newest: whether it is what the backend has now; else it is asked for that version.
        """
        number = None if is_newest else _number(version.timeline)
        reason = ""
        if await self._asks_backend() and (is_newest or number is not None):
            try:
                client, session_id = self._context.client, version.session_id
                picture = await client.frame(
                    session_id, at_ms, width=width, height=height, version=number
                )
                return Composed((picture,))
            except StudioProblem:
                pass  # it has no such timeline (any more)
            except VbtuiError as error:
                reason = error.message
        if self._context.is_local:
            return Composed(reason=reason)
        return await self._here.frame(version, at_ms, width=width, height=height)

    async def frames(
        self, version: DraftVersion, at_ms: int, *, count: int, fps: int, width: int, height: int
    ) -> Composed:
        """At most `count` pictures of the newest draft from that time on, `fps` a second."""
        reason = ""
        if await self._asks_backend():
            try:
                pictures = await self._context.client.frames(
                    version.session_id, at_ms, count=count, fps=fps, width=width, height=height
                )
                return Composed(pictures)
            except VbtuiError as error:
                reason = error.message
        if self._context.is_local:
            return Composed(reason=reason)
        return await self._here.frames(
            version, at_ms, count=count, fps=fps, width=width, height=height
        )

    async def _asks_backend(self) -> bool:
        """Whether the backend draws; asked once it can be reached."""
        if self._backend_draws is None and self._context.overview.link is Link.READY:
            try:
                can = await self._context.client.capabilities()
            except VbtuiError:
                return False
            self._backend_draws = bool(can and can.get("frame"))
        return self._backend_draws is True


def _number(timeline: Timeline | None) -> int | None:
    """The backend's own number of that draft."""
    meta = timeline.raw.get("m") if timeline else None
    number = meta.get("version") if isinstance(meta, dict) else None
    return number if isinstance(number, int) else None
