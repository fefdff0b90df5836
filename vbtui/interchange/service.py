"""The engine's verb for the way out.

The rebuild folder: the studio's script and pictures, and the originals beside them.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vbtui.base.errors import BadReply, UsageError
from vbtui.base.files import check_folder, check_space, disk_problem
from vbtui.base.text import clean_line
from vbtui.interchange import write
from vbtui.interchange.model import FORMATS, LABELS, WayOut
from vbtui.journal import assets as stored
from vbtui.journal.records import Asset, DraftVersion
from vbtui.session.context import Context
from vbtui.session.drafts import Drafts

if TYPE_CHECKING:
    from vbtui.wire.client import Client


CLOUD_HAS_NO_SCRIPT = (
    "The rebuild folder is not made for the cloud: only the local studio knows the exact commands "
    "of a render."
)
_NO_OTIO = "It needs opentimelineio: pip install 'vbtui[otio]'"


@dataclass(frozen=True, slots=True)
class Offer:
    """One format, as a list shows it."""

    format: str
    """One of `FORMATS`."""
    label: str
    reason: str = ""
    """Why it cannot be had now; empty when it can."""


class WaysOut:
    """Writes the open session's timeline for other programs."""

    def __init__(self, context: Context, drafts: Drafts) -> None:
        self._context = context
        self._drafts = drafts

    @property
    def folder(self) -> Path:
        """Where files go unless another folder is said."""
        return self._context.folder

    @property
    def offers(self) -> tuple[Offer, ...]:
        """Every format, in order, with the reason where it cannot be had."""
        no_otio = "" if find_spec("opentimelineio") else _NO_OTIO
        reasons = {
            "srt": "",
            "rebuild": "" if self._context.is_local else CLOUD_HAS_NO_SCRIPT,
        }
        return tuple(Offer(name, LABELS[name], reasons.get(name, no_otio)) for name in FORMATS)

    async def write(
        self,
        formats: Sequence[str],
        directory: Path | None = None,
        version: int | None = None,
        *,
        quality: str = "high",
    ) -> WayOut:
        """Writes the timeline in `formats` (of `FORMATS`); nothing that is there is overwritten.

        Args:
            directory: where to; None: where finished videos go.
            version: of the timeline; None: the newest one.
            quality: of the video that the rebuild folder makes: high, medium or low.

        Raises:
            UsageError: nothing is built yet, no such version, or no such format.
            OtioMissing: the `otio` extra is needed and not installed.
            DiskProblem: nothing can be written there.
            NetworkError, BackendError: the studio does not answer or refuses the rebuild folder.
        """
        from vbtui.interchange.writing import check_formats

        check_formats(formats)
        directory = (directory or self._context.folder).absolute()
        found = await self._find(version)
        rows = await self._context.journal.run(lambda c: stored.of_session(c, found.session_id))
        assets = tuple(row.asset for row in rows)
        files: tuple[Path, ...] = ()
        notes: tuple[str, ...] = ()
        written = [name for name in formats if name != "rebuild"]
        if written:
            done = await asyncio.to_thread(write, found, assets, directory, written)
            files, notes = done.files, done.not_carried
        if "rebuild" in formats and self._context.is_local:
            files += (await self._rebuild_folder(found, assets, directory, quality),)
        elif "rebuild" in formats:
            notes += (CLOUD_HAS_NO_SCRIPT,)
        return WayOut(files, notes)

    async def _find(self, version: int | None) -> DraftVersion:
        found = self._drafts.current if version is None else await self._drafts.find(version)
        if found is None and version is not None:
            raise UsageError(f"There is no version {version} of this timeline.")
        if found is None:
            raise UsageError(code="usage.empty_timeline")
        return found

    async def _rebuild_folder(
        self, version: DraftVersion, assets: Sequence[Asset], directory: Path, quality: str
    ) -> Path:

        from vbtui.interchange.writing import base_name, timeline_of

        wanted = directory / f"{base_name(timeline_of(version))}-rebuild"
        return await write_folder(
            self._context.client,
            version.session_id,
            version.draft,
            assets,
            wanted,
            quality=quality,
        )


_ORIGINALS = "originals.json"
_NAME = re.compile(r"(?:(?:graphs|pictures)/)?[A-Za-z0-9_-]+\.(?:sh|txt|png)\Z")
_CLONE = 0x40049409
"""FICLONE of ioctl_ficlone(2): a copy that shares its blocks until one of the two is changed."""


@dataclass(frozen=True, slots=True)
class _Original:
    """A file that the script opens."""

    name: str
    """Below the folder's `originals/`."""
    sha256: str
    size: int
    url: str


async def write_folder(
    client: Client,
    session_id: str,
    draft: Any,
    assets: Sequence[Asset],
    wanted: Path,
    *,
    quality: str,
) -> Path:
    """Makes the folder `wanted` (numbered when the name is taken); the name it got.

    Originals that are on this machine, unchanged, are cloned, linked or copied; others come from
    the studio. The folder has its name only when it is whole.

    Raises `DiskProblem`, `BadReply`, and what `Client.script` and `Client.fetch` raise.
    """
    part = wanted.with_name(f".{wanted.name}.{os.getpid()}.part")
    try:
        await asyncio.to_thread(_begin, part)
        archive = part / "rebuild.zip"
        await client.script(session_id, draft, archive, quality=quality)
        originals = await asyncio.to_thread(_unpack, archive, part)
        for original in originals:
            path = part / "originals" / original.name
            if not await asyncio.to_thread(_take_local, original, assets, path):
                await client.fetch(original.url, path)
                await asyncio.to_thread(_check, original, path)
        return await asyncio.to_thread(_name, part, wanted)
    finally:
        await asyncio.to_thread(shutil.rmtree, part, ignore_errors=True)


def _begin(part: Path) -> None:
    check_folder(part.parent)
    shutil.rmtree(part, ignore_errors=True)
    try:
        (part / "originals").mkdir(parents=True)
    except OSError as error:
        raise disk_problem(error, part) from error


def _unpack(archive: Path, folder: Path) -> list[_Original]:
    """Unpacks what belongs into such a folder, and nothing else. Raises `BadReply`."""
    try:
        with zipfile.ZipFile(archive) as packed:
            listed = json.loads(packed.read(_ORIGINALS))
            names = [name for name in packed.namelist() if _NAME.match(name)]
            check_space(folder, sum(packed.getinfo(name).file_size for name in names))
            for name in names:
                packed.extract(name, folder)
        originals = [_original(entry) for entry in listed]
        (folder / "rebuild.sh").chmod(0o755)
    except FileNotFoundError:
        raise BadReply("The studio's archive holds no rebuild.sh.") from None
    except OSError as error:
        raise disk_problem(error, folder) from error
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, RecursionError) as error:
        raise BadReply("The studio's archive cannot be read.") from error
    archive.unlink()
    return originals


def _original(entry: Any) -> _Original:
    folder, _, name = str(entry["name"]).partition("/")
    if (
        folder != "originals"
        or not name
        or name != clean_line(name)
        or "/" in name
        or name[0] == "."
    ):
        raise ValueError(name)
    return _Original(name, str(entry["hash"]), int(entry["size"]), str(entry["url"]))


def _take_local(original: _Original, assets: Sequence[Asset], path: Path) -> bool:
    """Whether a file of this machine with that content is at `path` now."""
    for asset in assets:
        if asset.path is None or asset.sha256 != original.sha256:
            continue
        with suppress(OSError):
            if _digest(asset.path) == original.sha256:
                _put(asset.path, path)
                return True
    return False


def _put(source: Path, target: Path) -> None:
    """A clone where the file system can, else a hard link, else a copy."""
    if _cloned(source, target):
        return
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        try:
            shutil.copyfile(source, target)
        except OSError as error:
            raise disk_problem(error, target) from error


def _cloned(source: Path, target: Path) -> bool:
    try:
        import fcntl
    except ImportError:
        return False
    with suppress(OSError), source.open("rb") as old, target.open("wb") as new:
        fcntl.ioctl(new.fileno(), _CLONE, old.fileno())
        return True
    return False


def _check(original: _Original, path: Path) -> None:
    if _digest(path) != original.sha256:
        raise BadReply(f"“{original.name}” did not arrive as the studio has it.")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _name(part: Path, wanted: Path) -> Path:
    """Gives the finished folder its name. An empty folder of that name is taken for it."""
    number = 1
    while True:
        name = wanted if number == 1 else wanted.with_name(f"{wanted.name} ({number})")
        try:
            if not os.path.lexists(name):
                part.rename(name)
                return name
        except FileExistsError:
            pass
        except OSError as error:
            raise disk_problem(error, name) from error
        number += 1
