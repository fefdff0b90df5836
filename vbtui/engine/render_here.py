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
import hashlib
import os
import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vbtui.engine.context import Context
from vbtui.engine.here_draft import Rewritten, rewrite, sources
from vbtui.engine.here_originals import Named, Original, Originals, named_by
from vbtui.engine.journal import assets as asset_rows
from vbtui.engine.journal import facts
from vbtui.engine.journal.assets import FORGOTTEN, Row
from vbtui.engine.model import DraftVersion
from vbtui.engine.studio_child import require_libraries
from vbtui.errors import NetworkError, SignInRefused, UsageError, VbtuiError
from vbtui.settings import ACCEPTED_SUFFIXES, private_directory
from vbtui.timeline import Segment, describe

_FETCH_LIMIT_S = 300.0
_KEPT_S = 7 * 86400
_GUESSED_SUFFIX = ".mp4"


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
    search = _Search(context, rows)
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


def fetched_folder(context: Context) -> Path:
    """Where footage lies that was fetched for plans."""
    return context.settings.directories.cache / "footage"


def _evict(folder: Path) -> None:
    """Remove footage that no plan of the last days fetched."""
    with suppress(OSError):
        for path in folder.iterdir():
            if path.stat().st_mtime < time.time() - _KEPT_S:
                path.unlink(missing_ok=True)


def _fact(key: str) -> str:
    return f"here:{key}"


def rows_of(connection: sqlite3.Connection, session_id: str) -> list[Row]:
    """The session's files, also those that the user took off the list: the draft may use them."""
    kept = asset_rows.load(connection, session_id)
    return asset_rows.load(connection, FORGOTTEN + session_id) + kept


class _Search:
    """The files of one draft, found one segment after the other."""

    def __init__(self, context: Context, rows: Sequence[Row]) -> None:
        self._context = context
        self._rows = rows
        self._known = Originals(rows)
        self._names: dict[Path, str] = {}
        self._by_segment: dict[int, str] = {}
        self.originals: dict[str, Original] = {}
        self.reasons: dict[int, str] = {}
        """Why a segment has no file, by the id of its JSON object."""

    def asset_of(self, segment: Segment) -> str:
        return self._by_segment.get(id(segment.raw), "")

    @property
    def frame_size(self) -> tuple[int, int] | None:
        """That of the first picture or video among the files that are used."""
        paths = set(self._names)
        for row in self._rows:
            if row.asset.path in paths and row.asset.width and row.asset.height:
                return row.asset.width, row.asset.height
        return None

    async def look(self, segment: Segment) -> None:
        named = named_by(segment)
        found, reason = await asyncio.to_thread(self._known.find, named)
        if found is None and named.web_url:
            found = await self._fetch(named)
            reason = (
                reason or "it is not on this machine, and its address does not give it any more"
            )
        if found is None:
            self.reasons[id(segment.raw)] = reason or "its file never was on this machine"
            return
        name = self._names.setdefault(found.path, f"o{len(self._names) + 1}")
        self.originals[name] = found
        self._by_segment[id(segment.raw)] = name

    async def _fetch(self, named: Named) -> Original | None:
        """Footage that the backend made, by its URL while that lives."""
        url = named.web_url
        folder = await asyncio.to_thread(private_directory, fetched_folder(self._context))
        suffix = _suffix(named)
        path = folder / (hashlib.sha256(url.encode()).hexdigest()[:32] + suffix)
        name = next(
            (one for one in named.names if one.lower().endswith(suffix)), f"footage{suffix}"
        )
        if not await asyncio.to_thread(path.is_file):
            part = path.with_name(path.name + f".{os.getpid()}.part")
            try:
                async with asyncio.timeout(_FETCH_LIMIT_S):
                    await self._download(url, part)
                await asyncio.to_thread(os.replace, part, path)
            except (VbtuiError, TimeoutError, OSError):
                return None
            finally:
                with suppress(OSError):
                    await asyncio.to_thread(part.unlink, missing_ok=True)
        return Original(name, path)

    async def _download(self, url: str, part: Path) -> None:
        """With the backend's client where there is one: an address of its own wants the token."""
        from vbtui.wire.client import Client

        settings = self._context.settings
        try:
            await self._context.client.fetch(url, part)
            return
        except (NetworkError, SignInRefused):  # the backend is away, the file may not be
            client = Client(url, platform=settings.platform, timing=settings.timing)
        try:
            await client.fetch(url, part)
        finally:
            await client.close()


def _missing(version: DraftVersion, result: Rewritten, search: _Search) -> tuple[str, ...]:
    assert version.timeline is not None
    unfound = [
        f"{describe(track, segment)}: {search.reasons[id(segment.raw)]}"
        for track, segment in sources(version.timeline)
        if id(segment.raw) in search.reasons
    ]
    return tuple(dict.fromkeys([*unfound, *result.missing]))


def _suffix(named: Named) -> str:
    for name in named.names:
        suffix = os.path.splitext(name)[1].lower()
        if suffix in ACCEPTED_SUFFIXES:
            return suffix
    return _GUESSED_SUFFIX
