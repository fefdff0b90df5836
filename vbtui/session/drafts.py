"""The timeline's versions: what the state endpoint said, kept whenever it says something new.

The JSON is kept as it came (key order, unknown keys, NaN); its digest is made of the canonical form,
so that the same draft with its keys in another order is the same version.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vbtui.base.errors import BadReply, TimedOut, VbtuiError
from vbtui.base.problem import Problem
from vbtui.base.translation import Translation
from vbtui.journal.records import DraftVersion
from vbtui.journal.table import Layout
from vbtui.session.context import Context
from vbtui.session.events import DraftChanged, DraftRead, Link
from vbtui.timeline import changes as timeline_changes
from vbtui.timeline import model as timeline
from vbtui.timeline.changes import Change
from vbtui.timeline.model import Timeline

_UNKEPT = Translation(
    "The timeline that the backend sent cannot be kept.", "后台发来的时间线无法保存。"
)


if TYPE_CHECKING:
    from vbtui.wire.replies import Media

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
    after: Timeline | None = None
    """The later one, read; None where it is the same as the earlier one, or nothing is built."""


class Drafts:
    """The drafts of the open session, and looks at those of any session.

    A look that fails raises what `Client.state` raises, and tells the context that the link is
    lost where that is the reason.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self.current: DraftVersion | None = None
        """The newest version of the open session that was seen; None when none was."""
        self.is_read = False
        """Whether the last look at the open session's state went well: `current` is what it says."""
        self._failure: VbtuiError | None = None
        """Why the last look did not."""
        self._is_doubtful = False
        """A turn has ended since `current` was read."""
        self._generated: dict[str, frozenset[Media]] = {}
        self._session_id = ""
        self._lock = asyncio.Lock()

    @property
    def version(self) -> int:
        """The number of `current`; 0 when nothing is built yet."""
        return self.current.version if self.current else 0

    @property
    def unread(self) -> Problem | None:
        """Why it is not known what the state says now; None where it is, and before it was asked."""
        if self._failure is not None:
            return Problem.of(self._failure)
        overview = self._context.overview
        is_away = overview.link in (Link.OFFLINE, Link.REFUSED)
        return Problem.of(overview.away()) if is_away and not self.is_read else None

    def generated(self, session_id: str) -> frozenset[Media]:
        """What the state named as made by the backend at the last look at that session."""
        return self._generated.get(session_id, frozenset())

    def doubt(self) -> None:
        """A turn has ended, and nobody saw what it made: `current` may be older than that."""
        self._is_doubtful = self._is_doubtful or not self.is_read

    async def load(self) -> None:
        """Take the open session's newest version from the journal; one that another process has seen is reported."""
        session = self._context.overview.session
        session_id = session.id if session else ""
        is_other = self._session_id != session_id
        if is_other:
            self.is_read, self._failure, self._is_doubtful = False, None, False
            self.current = None
        self._session_id = session_id
        kept = await self._context.journal.run(lambda c: newest_kept(c, session_id))
        if kept is None or kept.version <= self.version:
            return
        found = await _read(kept)
        if session_id == self._session_id and found.version > self.version:
            await self._take(found, quietly=is_other)

    async def reconcile(self) -> None:
        """Ask the state of the open session. Raises as `look` does."""
        await self.look(self._context.session.id)

    async def newest(self) -> DraftVersion | None:
        """The open session's draft as the backend has it now, where it can be asked soon; else the
        last one seen. None: nothing is built.

        Raises what the look raises where none was seen, or the last one is not known to be the newest.
        """
        is_certain = self.current is not None and not self._is_doubtful
        if self._context.overview.link is not Link.READY and is_certain:
            return self.current
        try:
            async with asyncio.timeout(_LOOK_LIMIT_S):
                await self.reconcile()
        except TimeoutError:
            if not is_certain:
                late = TimedOut(code="timed_out.not_begun", host=self._context.overview.backend)
                failure = self._failure or late  # what is known says more than that time ran out
                self._looked(failure)
                raise failure from None
        except VbtuiError:
            if not is_certain:
                raise
        return self.current

    async def versions(self) -> list[DraftVersion]:
        """Every version of the open session, oldest first, each with its JSON."""
        session_id = self._session_id
        kept = await self._context.journal.run(lambda c: all_kept(c, session_id))
        return [await _read(one) for one in kept]

    async def taking_back(self, count: int = 1) -> str:
        """The sentence that asks for the version so many before the newest one; empty when there is none."""
        versions = await self.versions()
        if len(versions) <= count:
            return ""
        before, after = versions[-1 - count].timeline, versions[-1].timeline

        def sentence() -> str:
            return timeline_changes.inverse(timeline_changes.compare(before, after), before, after)

        return await asyncio.to_thread(sentence)

    async def find(self, version: int, *, session_id: str = "") -> DraftVersion | None:
        """One version of a session (the open one by default)."""
        session_id = session_id or self._session_id
        kept = await self._context.journal.run(lambda c: find_kept(c, session_id, version))
        return await _read(kept) if kept else None

    async def look(self, session_id: str, turn_id: int | None = None) -> int:
        """Ask the state of any session, keep its draft if it is new; its version (0: nothing).

        Raises `BadReply` where the draft cannot be kept, and what `Client.state` raises.
        """
        async with self._lock:
            try:
                state = await self._context.client.state(session_id)
                version = await self._keep(session_id, state.draft, turn_id)
            except VbtuiError as error:
                if session_id == self._session_id:
                    self._looked(error, is_doubtful=turn_id is not None)
                self._context.link_lost(error)
                raise
            self._generated[session_id] = frozenset(state.generated)
            self._context.link_restored()
            if session_id == self._session_id:
                self._looked(None)
            return version

    def _looked(self, failure: VbtuiError | None, *, is_doubtful: bool = False) -> None:
        """A look at the open session's state has ended; told where it is otherwise than before."""
        before = self.is_read, self._failure
        self.is_read, self._failure = failure is None, failure
        self._is_doubtful = failure is not None and (self._is_doubtful or is_doubtful)
        if before != (self.is_read, self._failure):
            self._context.bus.publish(DraftRead(self._session_id, self.is_read))

    async def newest_version(self, session_id: str) -> int:
        """The newest version of a session that the journal knows; 0 when there is none."""
        kept = await self._context.journal.run(lambda c: newest_kept(c, session_id))
        return kept.version if kept else 0

    async def since(self, session_id: str, version: int, until: int | None = None) -> Difference:
        """What changed between that version (0: nothing built) and the newest one, or `until`."""

        def read(connection: Any) -> tuple[KeptDraft | None, KeptDraft | None]:
            before = find_kept(connection, session_id, version)
            if until is None:
                return before, newest_kept(connection, session_id)
            return before, find_kept(connection, session_id, until)

        before, after = await self._context.journal.run(read)
        if after is None:
            return Difference(0, False)
        if before is not None and before.digest == after.digest:
            return Difference(after.version, False)
        return await asyncio.to_thread(_difference, before, after)

    async def _keep(self, session_id: str, draft: Any, turn_id: int | None) -> int:
        now = self._context.clock.now()
        seen = await asyncio.to_thread(seen_draft, session_id, draft, turn_id, now)
        kept, is_new = await self._context.journal.run(lambda c: keep(c, seen))
        if kept is None:
            return 0
        if session_id == self._session_id and (is_new or kept.version != self.version):
            await self._take(await _read(kept))
        return kept.version

    async def _take(self, found: DraftVersion, *, quietly: bool = False) -> None:
        """It is what the open session has now, which is told unless `quietly`."""
        before, self.current = self.current, found
        if quietly:
            return
        old = before.timeline if before else None
        changes = await asyncio.to_thread(timeline_changes.compare, old, found.timeline)
        self._context.bus.publish(DraftChanged(found, changes))


def _difference(before: KeptDraft | None, after: KeptDraft) -> Difference:
    old_draft = json.loads(before.json_text) if before else None
    old = timeline.read(old_draft)
    new_draft = json.loads(after.json_text)
    new = timeline.read(new_draft)
    changes = timeline_changes.compare(old, new)
    changes = changes or timeline_changes.details(old_draft, new_draft)
    return Difference(after.version, True, changes, new)


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


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft in the journal. `json_text` is what `json.loads` turns back into the draft."""

    session_id: str
    version: int
    digest: str
    json_text: str
    turn_id: int | None
    seen_at: float


LAYOUT = Layout(
    "drafts",
    lambda line: KeptDraft(
        *(line[name] for name in ("session_id", "version", "digest", "json", "turn_id", "seen_at"))
    ),
    lambda draft: {
        "session_id": draft.session_id,
        "version": draft.version,
        "digest": draft.digest,
        "json": draft.json_text,
        "turn_id": draft.turn_id,
        "seen_at": draft.seen_at,
    },
)


def seen_draft(session_id: str, draft: Any, turn_id: int | None, seen_at: float) -> KeptDraft:
    """A draft as it came, of a version that `keep` finds. Raises `BadReply` where it cannot be kept."""
    try:
        canonical = json.dumps(draft, sort_keys=True, separators=(",", ":"))
        digest = hashlib.blake2b(canonical.encode(), digest_size=16).hexdigest()
        return KeptDraft(session_id, 0, digest, json.dumps(draft), turn_id, seen_at)
    except (RecursionError, TypeError, ValueError) as error:
        raise BadReply(_UNKEPT) from error


def find_kept(connection: sqlite3.Connection, session_id: str, version: int) -> KeptDraft | None:
    """That version of the session, if it was kept."""
    rows = LAYOUT.select(connection, "WHERE session_id = ? AND version = ?", [session_id, version])
    return next(iter(rows), None)


def newest_kept(connection: sqlite3.Connection, session_id: str) -> KeptDraft | None:
    """The latest version of the session; None when nothing was ever built."""
    rows = LAYOUT.select(
        connection, "WHERE session_id = ? ORDER BY version DESC LIMIT 1", [session_id]
    )
    return next(iter(rows), None)


def all_kept(connection: sqlite3.Connection, session_id: str) -> list[KeptDraft]:
    """Every version of the session, oldest first."""
    return LAYOUT.select(connection, "WHERE session_id = ? ORDER BY version", [session_id])


def keep(connection: sqlite3.Connection, seen: KeptDraft) -> tuple[KeptDraft | None, bool]:
    """Keep a draft if it differs from the newest version: (the newest version now, whether new).

    `null` before anything was built is not a version.
    """
    last = newest_kept(connection, seen.session_id)
    if (last is None and seen.json_text == "null") or (last and last.digest == seen.digest):
        return last, False
    kept = replace(seen, version=last.version + 1 if last else 1)
    LAYOUT.insert(connection, kept)
    return kept, True
