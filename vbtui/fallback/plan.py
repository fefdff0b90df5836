""" "Render this here": a draft of the cloud made on this machine, when the cloud says no.

    plan    the saved draft, the originals that this machine uploaded, footage fetched by its URL;
            what cannot be rebuilt is named before anything begins
    start   the plan goes to the journal together with the render that it is for
    make    an embedded studio is started for it, gets the files and the rewritten draft, and
            renders; the video comes home like any other

The journal has the plan under `here:<key>`; a start after a kill goes on with it.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vbtui.base.errors import UsageError, VbtuiError
from vbtui.fallback.draft import Rewritten, rewrite, sources
from vbtui.fallback.originals import Original, Originals
from vbtui.fallback.search import Search, fetched_folder, rows_of
from vbtui.journal import facts
from vbtui.journal.records import DraftVersion
from vbtui.session.context import Context
from vbtui.session.studio import require_libraries
from vbtui.timeline.changes import describe

_KEPT_S = 7 * 86400


@dataclass(frozen=True, slots=True)
class HerePlan:
    """What a render on this machine would be made of."""

    session_id: str
    version: int
    title: str
    parts: tuple[str, ...]
    """Each part that will be in the video, in words."""
    missing: tuple[str, ...]
    """Each part that will not, with the reason."""
    originals: Mapping[str, Original] = field(repr=False)
    """The files, by the names that `draft` gives them."""
    draft: Mapping[str, Any] = field(repr=False)
    """The studio's draft."""
    duration_ms: int = 0

    @property
    def can_start(self) -> bool:
        """Whether anything is left to render."""
        return bool(self.parts)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


async def make_plan(context: Context, version: DraftVersion) -> HerePlan:
    """What can be rendered of `version` here. Footage that is not on this machine is fetched.

    Raises `StudioMissing` where the studio is not installed, `UsageError` when the project is the
    local studio's own, `VbtuiError` when there is nothing to render, `DiskProblem`.
    """
    if context.is_local:
        raise UsageError("This project is rendered on this machine already.", hint="")
    require_libraries()
    if version.timeline is None or not version.timeline.can_export:
        raise VbtuiError(
            "Nothing to export yet: describe an edit first.", title="Nothing to export"
        )
    await asyncio.to_thread(_evict, fetched_folder(context))
    rows = await context.journal.run(lambda c: rows_of(c, version.session_id))
    search = Search(context, Originals(rows), rows, fetches=True)
    for _, segment in sources(version.timeline):
        await search.look(segment)
    result = rewrite(version.timeline, search.asset_of, size=search.frame_size)
    return HerePlan(
        session_id=version.session_id,
        version=version.version,
        title=version.timeline.title,
        parts=tuple(result.kept),
        missing=_missing(version, result, search),
        originals=search.originals,
        draft=result.draft,
        duration_ms=version.timeline.duration_ms,
    )


def keep(connection: sqlite3.Connection, key: str, plan: HerePlan) -> None:
    """Write the plan into the journal, in the transaction of its render."""
    files = {
        name: {
            "name": one.name,
            "path": os.fsencode(one.path).decode("latin-1"),
            "sha256": one.sha256,
        }
        for name, one in plan.originals.items()
    }
    facts.put(connection, _fact(key), {"draft": dict(plan.draft), "originals": files})


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan as the journal has it."""

    draft: Mapping[str, Any]
    originals: Mapping[str, Original]
    session_id: str = ""
    """The studio's session that has the files; empty: none was made yet."""
    assets: Mapping[str, str] = field(default_factory=dict)
    """The studio's ids of the files, by their names in `draft`."""


def read(connection: sqlite3.Connection, key: str) -> KeptPlan | None:
    """The plan of that key; None when there is none."""
    value = facts.get(connection, _fact(key))
    if not isinstance(value, dict):
        return None
    originals = {
        name: Original(one["name"], Path(os.fsdecode(one["path"].encode("latin-1"))), one["sha256"])
        for name, one in value["originals"].items()
    }
    made = value.get("made") or {}
    return KeptPlan(value["draft"], originals, made.get("session", ""), made.get("assets", {}))


def keep_made(
    connection: sqlite3.Connection, key: str, session_id: str, assets: Mapping[str, str]
) -> None:
    """The studio has the files now, in that session; an empty id forgets it."""
    value = facts.get(connection, _fact(key))
    if isinstance(value, dict):
        made = {"session": session_id, "assets": dict(assets)}
        facts.put(connection, _fact(key), {**value, "made": made if session_id else None})


def _evict(folder: Path) -> None:
    """Remove footage that no plan of the last days fetched."""
    with suppress(OSError):
        for path in folder.iterdir():
            if path.stat().st_mtime < time.time() - _KEPT_S:
                path.unlink(missing_ok=True)


def _fact(key: str) -> str:
    return f"here:{key}"


def _missing(version: DraftVersion, result: Rewritten, search: Search) -> tuple[str, ...]:
    assert version.timeline is not None
    unfound = [
        f"{describe(track, segment)}: {search.reasons[id(segment.raw)]}"
        for track, segment in sources(version.timeline)
        if id(segment.raw) in search.reasons
    ]
    return tuple(dict.fromkeys([*unfound, *result.missing]))
