"""The timeline's versions: what the state endpoint said, kept whenever it says something new."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from vbtui.base.errors import BadReply, VbtuiError
from vbtui.journal import drafts as rows
from vbtui.journal.drafts import KeptDraft
from vbtui.journal.records import DraftVersion
from vbtui.session.context import Context
from vbtui.session.events import DraftChanged
from vbtui.session.records import Link
from vbtui.timeline import changes as timeline_changes
from vbtui.timeline import model as timeline
from vbtui.timeline.changes import Change

_LOOK_LIMIT_S = 10.0
"""Nobody waits longer than this for the newest draft."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What lies between two versions of one session's draft."""

    version: int
    """The later one; 0 when nothing is built."""
    changed: bool
    """Whether the JSON differs, also where `changes` finds no words for it."""
    changes: tuple[Change, ...] = ()


class Drafts:
    """The drafts of the open session, and looks at those of any session.

    A look that fails raises what `Client.state` raises, and tells the context that the link is
    lost where that is the reason.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._current: DraftVersion | None = None
        self._session_id = ""
        self._lock = asyncio.Lock()

    @property
    def current(self) -> DraftVersion | None:
        """The newest version of the open session; None when nothing is built yet."""
        return self._current

    @property
    def version(self) -> int:
        """The number of `current`; 0 when nothing is built yet."""
        return self._current.version if self._current else 0

    async def load(self) -> None:
        """Take the open session's newest version from the journal."""
        session = self._context.overview.session
        self._session_id = session.id if session else ""
        self._current = None
        session_id = self._session_id
        kept = await self._context.journal.run(lambda c: rows.newest(c, session_id))
        if kept is not None and session_id == self._session_id:
            self._current = await _read(kept)

    async def reconcile(self) -> None:
        """Look at the state, now that the backend can be reached. Raises as `look` does."""
        await self.refresh()

    async def newest(self) -> DraftVersion | None:
        """The open session's draft as the backend has it now, where it can be asked soon; else the
        last one seen."""
        if self._context.overview.link is Link.READY:
            with suppress(VbtuiError, TimeoutError):
                async with asyncio.timeout(_LOOK_LIMIT_S):
                    await self.refresh()
        return self._current

    async def versions(self) -> list[DraftVersion]:
        """Every version of the open session, oldest first, each with its JSON."""
        session_id = self._session_id
        kept = await self._context.journal.run(lambda c: rows.all_of(c, session_id))
        return [await _read(one) for one in kept]

    async def find(self, version: int, *, session_id: str = "") -> DraftVersion | None:
        """One version of a session (the open one by default)."""
        session_id = session_id or self._session_id
        kept = await self._context.journal.run(lambda c: rows.find(c, session_id, version))
        return await _read(kept) if kept else None

    async def refresh(self, turn_id: int | None = None) -> tuple[Change, ...]:
        """Ask the state of the open session; what changed since the version known before."""
        session_id = self._context.session.id
        before = await self.newest_version(session_id)
        await self.look(session_id, turn_id)
        return (await self.since(session_id, before)).changes

    async def look(self, session_id: str, turn_id: int | None = None) -> int:
        """Ask the state of any session, keep its draft if it is new; its version (0: nothing).

        Raises `BadReply` where the draft cannot be kept, and what `Client.state` raises.
        """
        async with self._lock:
            try:
                state = await self._context.client.state(session_id)
            except VbtuiError as error:
                self._context.link_lost(error)
                raise
            self._context.link_restored()
            return await self._keep(session_id, state.draft, turn_id)

    async def newest_version(self, session_id: str) -> int:
        """The newest version of a session that the journal knows; 0 when there is none."""
        kept = await self._context.journal.run(lambda c: rows.newest(c, session_id))
        return kept.version if kept else 0

    async def since(self, session_id: str, version: int) -> Difference:
        """What changed between that version (0: nothing built) and the newest one."""

        def read(connection: Any) -> tuple[KeptDraft | None, KeptDraft | None]:
            return rows.find(connection, session_id, version), rows.newest(connection, session_id)

        before, after = await self._context.journal.run(read)
        if after is None:
            return Difference(0, False)
        if before is not None and before.digest == after.digest:
            return Difference(after.version, False)
        return await asyncio.to_thread(_difference, before, after)

    async def _keep(self, session_id: str, draft: Any, turn_id: int | None) -> int:
        digest, text = await asyncio.to_thread(_as_text, draft)
        now = self._context.clock.now()
        kept, is_new = await self._context.journal.run(
            lambda c: rows.keep(
                c, session_id, digest=digest, json_text=text, turn_id=turn_id, seen_at=now
            )
        )
        if kept is None:
            return 0
        if session_id == self._session_id and (is_new or kept.version != self.version):
            before = self._current
            self._current = await _read(kept)
            changes = await asyncio.to_thread(
                timeline_changes.compare,
                before.timeline if before else None,
                self._current.timeline,
            )
            self._context.bus.publish(DraftChanged(self._current, changes))
        return kept.version


def _as_text(draft: Any) -> tuple[str, str]:
    try:
        return rows.digest_of(draft), json.dumps(draft)
    except (RecursionError, TypeError, ValueError) as error:
        raise BadReply("The timeline that the backend sent cannot be kept.") from error


def _difference(before: KeptDraft | None, after: KeptDraft) -> Difference:
    old = timeline.read(json.loads(before.json_text)) if before else None
    new = timeline.read(json.loads(after.json_text))
    return Difference(after.version, True, timeline_changes.compare(old, new))


async def _read(kept: KeptDraft) -> DraftVersion:
    def parse() -> DraftVersion:
        draft = json.loads(kept.json_text)
        return DraftVersion(
            version=kept.version,
            session_id=kept.session_id,
            seen_at=kept.seen_at,
            turn_id=kept.turn_id,
            timeline=timeline.read(draft),
            draft=draft,
        )

    return await asyncio.to_thread(parse)
