"""What an export is of, and what it may be: session, draft, options, and the record made of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from vbtui.base import files as naming
from vbtui.base.errors import UsageError, VbtuiError
from vbtui.exports import presets
from vbtui.journal import sessions
from vbtui.journal.records import DraftVersion, ExportOptions, Render, RenderState, Session
from vbtui.session.context import Context
from vbtui.session.drafts import Drafts


class Requests:
    """Makes renders that are not in the queue yet."""

    def __init__(self, context: Context, drafts: Drafts) -> None:
        self._context = context
        self._drafts = drafts
        self._takes_sizes: bool | None = None

    async def takes_sizes(self) -> bool:
        """Whether the backend makes other sizes than the timeline's; False while unknown."""
        if not self._context.is_local:
            return False
        if self._takes_sizes is None:
            try:
                found = await self._context.client.capabilities()
            except VbtuiError:
                return False
            self._takes_sizes = presets.takes_sizes(found)
        return self._takes_sizes

    async def session(self, session_id: str) -> Session:
        """That session; an empty id means the open one. Raises `UsageError`, `Unreachable`."""
        if not session_id or self._is_open(session_id):
            return self._context.session
        found = await self._context.journal.run(lambda c: sessions.find(c, session_id))
        if found is None or found.backend != self._context.backend:
            raise UsageError("There is no such project.")
        return found

    async def draft(self, session: Session, version: int, *, ask: bool = True) -> DraftVersion:
        """That version, or the newest (0); `ask`: as the backend has it now, where it can be asked.

        Raises `VbtuiError` when there is nothing to export, `UsageError` for an unknown version.
        """
        if not version and ask and self._is_open(session.id):
            draft = await self._drafts.newest()
        else:
            if not version:
                version = await self._drafts.newest_version(session.id)
            draft = await self._drafts.find(version, session_id=session.id)
            if draft is None and version:
                raise UsageError(f"There is no version {version} of this timeline.")
        if draft is None or draft.timeline is None or not draft.timeline.can_export:
            raise VbtuiError(code="nothing_to_export")
        return draft

    async def checked(self, options: ExportOptions, draft: DraftVersion) -> ExportOptions:
        """The options as this backend can have them. Raises `UsageError`.

        A preview is made in the timeline's own size where no other can be had; a size that was
        asked for in numbers is refused there.
        """
        assert draft.timeline is not None
        fitted = presets.fitted(options, draft.timeline)
        if fitted.width and not fitted.here and not await self.takes_sizes():
            if options.width or options.height:
                raise presets.refuse_size(draft.timeline)
            return replace(fitted, width=None, height=None)
        return fitted

    async def render(self, options: ExportOptions, session: Session, draft: DraftVersion) -> Render:
        """A new record with its place on the disk. Raises `DiskProblem`, `UsageError`."""
        assert draft.timeline is not None
        options = await self.checked(options, draft)
        now = self._context.clock.now()
        title = draft.timeline.title or session.name
        label = presets.file_label(options)
        named = naming.destination_for(self._folder(), title, now, label=label)
        wanted = options.destination or named
        await asyncio.to_thread(naming.check_folder, wanted.parent)
        return Render(
            id=f"render_{int(now * 1000)}",
            session_id=session.id,
            state=RenderState.WAITING,
            options=replace(options, destination=wanted),
            draft_version=draft.version,
            title=title,
            created_at=now,
        )

    def _is_open(self, session_id: str) -> bool:
        session = self._context.overview.session
        return session is not None and session.id == session_id

    def _folder(self) -> Path:
        directory = self._context.settings.exports.directory
        return Path(directory).expanduser().absolute() if directory else self._context.folder


def labelled(options: ExportOptions) -> ExportOptions:
    """With a destination of its own among several formats: `promo.mp4` becomes `promo reels.mp4`."""
    wanted = options.destination
    if wanted is None:
        return options
    name = f"{wanted.stem} {options.preset}{wanted.suffix}"
    return replace(options, destination=wanted.with_name(name))
