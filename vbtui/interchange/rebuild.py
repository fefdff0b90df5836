"""The rebuild folder: the studio's script with what it needs, and the originals beside them."""

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
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vbtui.base.errors import BadReply
from vbtui.base.files import check_folder, check_space, disk_problem
from vbtui.base.text import clean_line
from vbtui.base.translation import Translation
from vbtui.journal.records import Asset

_NO_SCRIPT = Translation(
    "The studio's archive holds no rebuild.py.", "工作室的压缩包中没有 rebuild.py。"
)
_UNREAD = Translation("The studio's archive cannot be read.", "无法读取工作室的压缩包。")
_DAMAGED = Translation(
    "“{name}” did not arrive as the studio has it.", "“{name}”与工作室中的不一致。"
)


if TYPE_CHECKING:
    from vbtui.wire.client import Client

_ORIGINALS = "originals.json"
_NAME = re.compile(r"rebuild\.py\Z|(?:(?:graphs|pictures)/)?[A-Za-z0-9_-]+\.(?:txt|png|mp3)\Z")
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
        (folder / "rebuild.py").chmod(0o755)
    except FileNotFoundError:
        raise BadReply(_NO_SCRIPT) from None
    except OSError as error:
        raise disk_problem(error, folder) from error
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, RecursionError) as error:
        raise BadReply(_UNREAD) from error
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
        raise BadReply(_DAMAGED.of(name=original.name))


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
