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
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, overload

from vbtui.base.errors import DiskProblem
from vbtui.base.files import disk_errors, read_json, sync_directory, write_json
from vbtui.base.settings import private_directory
from vbtui.base.text import clean_line, natural
from vbtui.studio.project.draft import Draft
from vbtui.studio.project.media import AudioStream, Media
from vbtui.studio.project.picture import Picture

_SESSION_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
OWNER = "me"
"""The user whose studio it is."""
_HISTORY = 50
"""Drafts that an undo can go back to."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """An uploaded file that was received and probed, still in the incoming directory."""

    path: Path
    suffix: str
    """Lower case, with its dot."""
    facts: Media
    """All but `id`, `path`, `position` and `is_watched` is right."""
    position: int = 0
    """The client's number for it; 0: none."""
    is_watched: bool = False
    """As `Media.is_watched`."""


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
        self._remembered: tuple[int, object] = (0, None)
        self._commit = asyncio.Lock()

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def media(self) -> Sequence[Media]:
        """In the order in which they are shown first: as `in_order` has it."""
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

    @property
    def memory(self) -> object:
        """What the director wanted to know again, as long as the draft is the one that it left; else None."""
        version, memory = self._remembered
        return memory if version == self.record.history[-1] else None

    def remember(self, memory: object) -> None:
        """Keep that with the draft as it is now. It is not written down: a restart forgets it."""
        self._remembered = (self.record.history[-1], memory)

    async def keep_draft(self, draft: Draft | None, step: str = "edit", steps: int = 1) -> None:
        """Make `draft` the current one. Raises `DiskProblem`, and then nothing has changed.

        Args:
            step: `edit` puts it after the current one, `amend` in its place; `undo` and `redo` move along
                the history first, so many `steps`, and replace what stands there where `draft` differs from it.
        """
        async with self._commit:
            record = _moved(self.record, step, steps)
            if record is None:
                record, step = self.record, "edit"
            elif step != "amend" and await self._is_kept(record.history[-1], draft):
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
                    undone=record.undone if step in ("undo", "redo") else (),
                    next_version=version + 1,
                )
            )
            self._current = (version, draft)
            kept = {*self.record.history, *self.record.undone}
            await asyncio.to_thread(self._drafts.keep_only, kept)

    async def _is_kept(self, version: int, draft: Draft | None) -> bool:
        return await asyncio.to_thread(self._drafts.read, version) == draft

    async def add_media(self, files: Sequence[Arrived]) -> list[Media]:
        """The files' entries: all are kept at once, or none. Raises `DiskProblem`.

        A content that the session has already gets the entry that is there, unless the client lists
        it at another place: a file that is wanted twice is two clips, and one that is sent again
        because nobody heard the answer is one.
        """
        async with self._commit:
            known = list(self.media)
            entries: list[Media] = []
            added: list[Media] = []
            number = self.record.next_asset
            for file in files:
                if (kept := _entry_of(file, known)) is not None:
                    if not kept.path.is_file():  # deleted by someone; this is how it comes back
                        await asyncio.to_thread(_move_in, file.path, kept.path)
                    entries.append(kept)
                    continue
                path = self._media_folder / f"{file.facts.sha256}{file.suffix}"
                media = replace(
                    file.facts,
                    id=f"a{number}",
                    path=path,
                    position=file.position,
                    is_watched=file.is_watched,
                )
                await asyncio.to_thread(_move_in, file.path, path)
                known.append(media)
                entries.append(media)
                added.append(media)
                number += 1
            if added:
                media_after = in_order((*self.media, *added))
                await self._put(replace(self.record, media=media_after, next_asset=number))
            return entries

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

    async def create(self, title: str, language: str, user_id: str = OWNER) -> Session:
        """A new, empty session of that user's. Raises `DiskProblem`."""
        record = Record(
            id=str(uuid.uuid4()),
            task_id=f"task_{uuid.uuid4().hex[:20]}",
            title=clean_line(title)[:200] or "project",
            language=clean_line(language)[:40],
            created_at=time.time(),
            user_id=user_id,
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


def _entry_of(file: Arrived, known: Sequence[Media]) -> Media | None:
    """The entry of that content at the client's place, of one without a place the first."""
    same = (media for media in known if media.sha256 == file.facts.sha256)
    return next((one for one in same if file.position in (0, one.position)), None)


def in_order(files: Sequence[Media]) -> tuple[Media, ...]:
    """By the client's number; what came by a watched folder has the places of such files, by the time of recording,
    then, where a file says none, by name."""
    placed = sorted(files, key=_place)
    watched = iter(sorted((one for one in placed if one.is_watched), key=_recording))
    return tuple(next(watched) if one.is_watched else one for one in placed)


def _recording(media: Media) -> tuple[bool, float, list[tuple[bool, int, str]]]:
    return (not media.recorded_at, media.recorded_at, natural(media.filename))


def _place(media: Media) -> tuple[bool, int]:
    """By the client's number; sorting leaves those without one in their order, at the end."""
    return (not media.position, media.position)


def _moved(record: Record, step: str, steps: int) -> Record | None:
    """The record so many steps along its history; None where `step` is an edit or there is no such way."""
    history, undone = record.history, record.undone
    match step:
        case "amend" if len(history) > 1:
            return record
        case "undo" if 0 < steps < len(history):
            undone = (*undone, *reversed(history[-steps:]))
            return replace(record, history=history[:-steps], undone=undone)
        case "redo" if 0 < steps <= len(undone):
            history = (*history, *reversed(undone[-steps:]))
            return replace(record, history=history, undone=undone[:-steps])
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


class Drafts:
    """The folder of a session's drafts. 0 is the empty timeline and has no file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, version: int) -> Draft | None:
        """The draft of that number; None for 0. Raises `DiskProblem` when it cannot be read."""
        if version == 0:
            return None
        draft = read_json(self._path(version))
        if not isinstance(draft, dict):
            raise DiskProblem("The timeline of this session cannot be read from the disk.")
        return draft

    def write(self, version: int, draft: Draft) -> None:
        """Keep `draft` under that number. Raises `DiskProblem`."""
        with disk_errors(self._folder.parent):
            self._folder.mkdir(mode=0o700, exist_ok=True)
        write_json(self._path(version), draft)

    def keep_only(self, versions: Collection[int]) -> None:
        """Remove all others."""
        for path in self._folder.glob("*.json"):
            if path.stem.isdecimal() and int(path.stem) not in versions:
                with suppress(OSError):
                    path.unlink()

    def _path(self, version: int) -> Path:
        return self._folder / f"{version}.json"


class Versions(Sequence[Draft | None]):
    """Some drafts, each read when it is looked at."""

    def __init__(self, drafts: Drafts, versions: Sequence[int]) -> None:
        self._drafts = drafts
        self._versions = versions

    def __len__(self) -> int:
        return len(self._versions)

    @overload
    def __getitem__(self, index: int) -> Draft | None: ...

    @overload
    def __getitem__(self, index: slice) -> Versions: ...

    def __getitem__(self, index: int | slice) -> Draft | Versions | None:
        if isinstance(index, slice):
            return Versions(self._drafts, self._versions[index])
        return self._drafts.read(self._versions[index])


@dataclass(frozen=True, slots=True)
class Record:
    """Who a session is, its files, and which drafts it can show."""

    id: str
    task_id: str
    title: str
    language: str
    created_at: float
    """Seconds since 1970."""
    user_id: str = OWNER
    """Whose it is."""
    media: tuple[Media, ...] = ()
    """As `in_order` has them."""
    next_asset: int = 1
    history: tuple[int, ...] = (0,)
    """Numbers of the drafts, the current one last; 0 is the empty timeline."""
    undone: tuple[int, ...] = ()
    """Numbers of the drafts that undo took back, newest last."""
    next_version: int = 1


def record_to_json(record: Record) -> dict[str, Any]:
    """The JSON of `session.json`; media files are named without their directory."""
    value = asdict(record)
    for item in value["media"]:
        item["path"] = item["path"].name
    return value


def record_from_json(value: object, media_folder: Path) -> Record | None:
    """The record that `record_to_json` wrote; None when `value` is none. Unknown keys are left."""
    if not isinstance(value, Mapping):
        return None
    try:
        kept = _known(Record, value)
        kept["media"] = tuple(_media(item, media_folder) for item in kept.get("media", ()))
        for name in ("history", "undone"):
            kept[name] = tuple(int(number) for number in kept.get(name, ()))
        kept["history"] = kept["history"] or (0,)
        return Record(**kept)
    except (TypeError, ValueError, KeyError):
        return None


def _media(value: Mapping[str, Any], folder: Path) -> Media:
    kept = _known(Media, value)
    kept["path"] = folder / Path(kept["path"]).name
    audio = kept.get("audio")
    kept["audio"] = AudioStream(**_known(AudioStream, audio)) if audio else None
    kept["notes"] = tuple(map(str, kept.get("notes", ())))
    picture = kept.get("picture")
    kept["picture"] = Picture(**_known(Picture, picture)) if picture else None
    return Media(**kept)


def _known(kind: type[Any], value: Mapping[str, Any]) -> dict[str, Any]:
    names = {item.name for item in fields(kind)}
    return {key: item for key, item in value.items() if key in names}
