"""The studio's disk.

    <data>/sessions/<session id>/session.json     who, media, which drafts are current and earlier
    <data>/sessions/<session id>/drafts/<n>.json  one file a draft, never changed
    <data>/media/<sha256><suffix>                 uploaded files, shared by all sessions
    <data>/incoming/                              uploads under way; emptied at every start
    <data>/renders/<render id>/                   see `renders`

`session.json` is replaced whole and last, so what it names is always there: a kill at any moment
leaves the state before or after a change, nothing between.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vbtui.base.disk import disk_errors, read_json, sync_directory, write_json
from vbtui.base.settings import private_directory
from vbtui.base.text import clean_line
from vbtui.studio.project.drafts import Draft, Drafts, Versions
from vbtui.studio.project.media import Media
from vbtui.studio.project.records import Record, record_from_json, record_to_json

_SESSION_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_HISTORY = 50
"""Drafts that an undo can go back to."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """An uploaded file that was received and probed, still in the incoming directory."""

    path: Path
    suffix: str
    """Lower case, with its dot."""
    facts: Media
    """All but `id`, `path` and `position` is right."""
    position: int = 0
    """The client's number for it; 0: none."""


class Session:
    """One session: its record, its drafts, and the locks that keep its changes in order."""

    def __init__(self, folder: Path, media_folder: Path, record: Record) -> None:
        self.record = record
        self.turn = asyncio.Lock()
        """Held while a message is worked on."""
        self._folder = folder
        self._media_folder = media_folder
        self._drafts = Drafts(folder / "drafts")
        self._current: tuple[int, Draft | None] = (0, None)
        self._commit = asyncio.Lock()

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def media(self) -> Sequence[Media]:
        """In upload order."""
        return self.record.media

    async def draft(self) -> Draft | None:
        """The current draft; None when nothing is built. Raises `DiskProblem`."""
        version = self.record.history[-1]
        if self._current[0] != version:
            self._current = (version, await asyncio.to_thread(self._drafts.read, version))
        return self._current[1]

    @property
    def previous(self) -> Sequence[Draft | None]:
        """The drafts before the current one, newest last; None is the empty timeline.

        They are read from the disk when they are looked at, which raises `DiskProblem`.
        """
        return Versions(self._drafts, self.record.history[:-1])

    @property
    def undone(self) -> Sequence[Draft | None]:
        """The drafts that undo took back, newest last; read as `previous` is."""
        return Versions(self._drafts, self.record.undone)

    async def keep_draft(self, draft: Draft | None, step: str = "edit") -> None:
        """Make `draft` the current one. Raises `DiskProblem`, and then nothing has changed.

        Args:
            step: `edit` puts it after the current one; `undo` and `redo` move along the history
                first and replace what stands there where `draft` differs from it.
        """
        async with self._commit:
            record = _moved(self.record, step)
            if record is None:
                record, step = self.record, "edit"
            elif await asyncio.to_thread(self._drafts.read, record.history[-1]) == draft:
                await self._put(record)
                return
            if draft is None:
                return
            version = record.next_version
            await asyncio.to_thread(self._drafts.write, version, draft)
            history = record.history if step == "edit" else record.history[:-1]
            await self._put(
                replace(
                    record,
                    history=(*history, version)[-_HISTORY:],
                    undone=() if step == "edit" else record.undone,
                    next_version=version + 1,
                )
            )
            self._current = (version, draft)
            kept = {*self.record.history, *self.record.undone}
            await asyncio.to_thread(self._drafts.keep_only, kept)

    async def add_media(self, files: Sequence[Arrived]) -> list[Media]:
        """The files' entries: all are kept at once, or none. Raises `DiskProblem`.

        A content that the session has already gets the entry that is there.
        """
        async with self._commit:
            known = {media.sha256: media for media in self.media}
            added: list[Media] = []
            number = self.record.next_asset
            for file in files:
                if (kept := known.get(file.facts.sha256)) is not None:
                    if not kept.path.is_file():  # deleted by someone; this is how it comes back
                        await asyncio.to_thread(_move_in, file.path, kept.path)
                    continue
                path = self._media_folder / f"{file.facts.sha256}{file.suffix}"
                media = replace(file.facts, id=f"a{number}", path=path, position=file.position)
                await asyncio.to_thread(_move_in, file.path, path)
                known[media.sha256] = media
                added.append(media)
                number += 1
            if added:
                media_after = tuple(sorted((*self.media, *added), key=_place))
                await self._put(replace(self.record, media=media_after, next_asset=number))
            return [known[file.facts.sha256] for file in files]

    def find_media(self, asset_id: str) -> Media | None:
        """The file that a draft's `m.asset` names."""
        return next((media for media in self.media if media.id == asset_id), None)

    async def _put(self, record: Record) -> None:
        await asyncio.to_thread(write_json, self._folder / "session.json", record_to_json(record))
        self.record = record


class Store:
    """All sessions of a data directory. Raises `DiskProblem` when it cannot be used."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.incoming = data / "incoming"
        self.media = data / "media"
        self.renders = data / "renders"
        self._sessions_folder = data / "sessions"
        self._sessions: dict[str, Session] = {}
        self._loading = asyncio.Lock()
        with disk_errors(data):
            shutil.rmtree(self.incoming, ignore_errors=True)
            for folder in (self.incoming, self.media, self.renders, self._sessions_folder):
                private_directory(folder)

    async def create(self, title: str, language: str) -> Session:
        """A new, empty session. Raises `DiskProblem`."""
        record = Record(
            id=str(uuid.uuid4()),
            task_id=f"task_{uuid.uuid4().hex[:20]}",
            title=clean_line(title)[:200] or "project",
            language=clean_line(language)[:40],
            created_at=time.time(),
        )
        folder = self._sessions_folder / record.id
        with disk_errors(self._sessions_folder):
            await asyncio.to_thread(folder.mkdir, mode=0o700)
        await asyncio.to_thread(write_json, folder / "session.json", record_to_json(record))
        session = self._sessions[record.id] = Session(folder, self.media, record)
        return session

    async def find(self, session_id: str) -> Session | None:
        """The session of that id; None when there is none."""
        if not _SESSION_ID.match(session_id):
            return None
        async with self._loading:
            if session_id not in self._sessions:
                folder = self._sessions_folder / session_id
                value = await asyncio.to_thread(read_json, folder / "session.json")
                record = record_from_json(value, self.media)
                if record is None:
                    return None
                self._sessions[session_id] = Session(folder, self.media, record)
            return self._sessions[session_id]


def _place(media: Media) -> tuple[bool, int]:
    """By the client's number; sorting leaves those without one in their order, at the end."""
    return (not media.position, media.position)


def _moved(record: Record, step: str) -> Record | None:
    """The record one step along its history; None where `step` is an edit or there is no way."""
    if step == "undo" and len(record.history) > 1:
        undone = (*record.undone, record.history[-1])
        return replace(record, history=record.history[:-1], undone=undone)
    if step == "redo" and record.undone:
        history = (*record.history, record.undone[-1])
        return replace(record, history=history, undone=record.undone[:-1])
    return None


def _move_in(source: Path, target: Path) -> None:
    with disk_errors(target.parent):
        descriptor = os.open(source, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(source, target)
        sync_directory(target.parent)
