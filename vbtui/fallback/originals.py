"""Where on this machine the parts of a draft of the cloud are: uploaded from here, or fetched.

The journal knows under which address, content and name each file of this machine went out. A file
counts as long as it is unchanged since then. What the backend made is fetched by its address.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vbtui.base.errors import NetworkError, SignInRefused, VbtuiError
from vbtui.base.files import Identity, replacing
from vbtui.base.settings import ACCEPTED_SUFFIXES, private_directory
from vbtui.base.text import clean_line
from vbtui.base.translation import Translation
from vbtui.journal import assets as asset_rows
from vbtui.journal.assets import AssetRow
from vbtui.session.context import Context
from vbtui.timeline.model import Segment
from vbtui.timeline.sources import KnownFile, KnownFiles, Named, last_part, named_by

_FETCH_LIMIT_S = 300.0
_GUESSED_SUFFIX = ".mp4"
_T = Translation
_NOT_GIVEN = _T(
    "it is not on this machine, and its address does not give it any more",
    "文件不在这台电脑上，原来的网址也无法再取得",
)
_NOT_HERE = _T("it is not on this machine", "文件不在这台电脑上")
_NEVER_HERE = _T("its file never was on this machine", "文件从未在这台电脑上")
_GONE, _UNREAD = (
    _T("{path} is gone", "{path} 已不存在"),
    _T("{path} cannot be read", "{path} 无法读取"),
)
_CHANGED = _T("{path} has changed since it was uploaded", "{path} 上传之后有改动")


def fetched_folder(context: Context) -> Path:
    """Where footage lies that was fetched for plans."""
    return context.settings.directories.cache / "footage"


def rows_of(connection: sqlite3.Connection, session_id: str) -> list[AssetRow]:
    """The session's files, also those that the user took off the list: the draft may use them."""
    rows = asset_rows.of_session(connection, session_id)
    return sorted(rows, key=lambda row: not row.is_forgotten)


class Search:
    """The files of one draft, found one segment after the other.

    Args:
        known: of `rows`, which are the session's files.
        fetches: get footage that is not on this machine by its URL; else only what is here counts.
    """

    def __init__(
        self, context: Context, known: Originals, rows: Sequence[AssetRow], *, fetches: bool
    ) -> None:
        self._context = context
        self._rows = rows
        self._known = known
        self._fetches = fetches
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
        found, reason = await asyncio.to_thread(self._known.find, segment)
        if found is None and named.web_url:
            found = await self._fetch(named)
            reason = reason or (_NOT_GIVEN if self._fetches else _NOT_HERE).of()
        if found is None:
            self.reasons[id(segment.raw)] = reason or _NEVER_HERE.of()
            return
        name = self._names.setdefault(found.path, f"o{len(self._names) + 1}")
        self.originals[name] = found
        self._by_segment[id(segment.raw)] = name

    async def _fetch(self, named: Named) -> Original | None:
        """Footage that the backend made, by its URL while that lives."""
        url = named.web_url
        folder = fetched_folder(self._context)
        if self._fetches:
            await asyncio.to_thread(private_directory, folder)
        suffix = _suffix(named)
        path = folder / (hashlib.sha256(url.encode()).hexdigest()[:32] + suffix)
        name = next(
            (one for one in named.names if one.lower().endswith(suffix)), f"footage{suffix}"
        )
        if not await asyncio.to_thread(path.is_file):
            if not self._fetches:
                return None
            try:
                with replacing(path) as part:
                    async with asyncio.timeout(_FETCH_LIMIT_S):
                        await self._download(url, part)
            except (VbtuiError, TimeoutError, OSError):
                return None
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


def _suffix(named: Named) -> str:
    for name in named.names:
        suffix = os.path.splitext(name)[1].lower()
        if suffix in ACCEPTED_SUFFIXES:
            return suffix
    return _GUESSED_SUFFIX


@dataclass(frozen=True, slots=True)
class Original:
    """A file that a segment is made from."""

    name: str
    """The user's name for it, one clean line."""
    path: Path
    sha256: str = ""

    @property
    def sent_name(self) -> str:
        """The name that the studio is told: its suffix says what kind of file it is."""
        suffix = self.path.suffix
        return self.name if self.name.lower().endswith(suffix.lower()) else self.name + suffix


class Originals:
    """The session's files on this machine, as long as they are what was uploaded. Blocks: for a
    thread.

    Args:
        rows: oldest first; the newest is wanted most.
    """

    def __init__(self, rows: Sequence[AssetRow]) -> None:
        self._known = KnownFiles(
            KnownFile(
                row,
                name=row.asset.name,
                sent_name=row.remote_name,
                url=row.asset.url,
                sha256=row.asset.sha256,
                id=last_part(row.asset.url),
            )
            for row in reversed(rows)
            if row.asset.path is not None
        )
        self._looked: dict[tuple[int, Identity], str] = {}

    def find(self, segment: Segment) -> tuple[Original | None, str]:
        """The file that is meant; else None and why it cannot be used (empty: none is known)."""
        reason = ""
        for row in self._known.candidates(segment):
            assert row.asset.path is not None
            problem = self._problem(row, row.asset.path)
            if not problem:
                return Original(row.asset.name, row.asset.path, row.asset.sha256), ""
            reason = reason or problem
        return None, reason

    def _problem(self, row: AssetRow, path: Path) -> str:
        """Why the file is not the one any more that was uploaded; empty when it is."""
        try:
            now = Identity.of(path.stat())
        except OSError:
            return _GONE.of(path=clean_line(str(path)))
        if now == row.identity:
            return ""
        if (row.id, now) not in self._looked:
            self._looked[row.id, now] = _problem(row, path, now)
        return self._looked[row.id, now]


def _problem(row: AssetRow, path: Path, now: Identity) -> str:
    """What is wrong with a file that was touched; empty when its content is the same."""
    changed = _CHANGED.of(path=clean_line(str(path)))
    if not row.asset.sha256 or (row.identity is not None and now.size != row.identity.size):
        return changed
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            is_still = Identity.of(os.fstat(file.fileno())) == now
    except OSError:
        return _UNREAD.of(path=clean_line(str(path)))
    return "" if is_still and digest == row.asset.sha256 else changed
