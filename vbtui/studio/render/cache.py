"""The chunk cache: encoded chunks by their keys, on disk, bounded, safe against crashes.

Names for things under way, and the removal of those whose maker is gone.

A name is `<prefix><process id>-<random>`: a process that was killed cannot clean up after itself,
the next one does it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from vbtui.base.settings import find_directories, private_directory

_UNFINISHED = "unfinished-"
_REMARK = ".remark"


class ChunkCache:
    """Files by key. A file appears under its key only when it is whole."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        """
        Args:
            limit_bytes: what `evict` leaves at most.
        """
        self.folder = folder
        self._limit = limit_bytes

    @classmethod
    def of_user(cls, otherwise: Path, limit_bytes: int) -> ChunkCache:
        """The user's cache; one in `otherwise` when that cannot be written."""
        folder = find_directories().cache / "chunks"
        try:
            private_directory(folder)
            if os.access(folder, os.W_OK):
                return cls(folder, limit_bytes)
        except OSError:
            pass
        return cls(otherwise / "chunks", limit_bytes)

    def path(self, key: str) -> Path:
        """Where the file with `key` is or would be."""
        return self.folder / key[:2] / key

    def take(self, key: str, link: Path) -> bool:
        """Makes the file with `key` appear at `link` as well; False when there is none."""
        path = self.path(key)
        try:
            os.utime(path)
            _link(path, link)
        except FileNotFoundError:
            return False
        with contextlib.suppress(FileNotFoundError):
            os.utime(path.with_suffix(_REMARK))
        return True

    @contextlib.contextmanager
    def unfinished(self) -> Iterator[Path]:
        """A name for a file that is being made; what lies there afterwards is removed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / fresh_name(_UNFINISHED)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def keep(self, unfinished: Path, key: str, remark: str = "") -> None:
        """Puts a whole file under its key, with what is to be said whenever it is used."""
        path = self.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        if remark:
            path.with_suffix(_REMARK).write_text(remark, encoding="utf-8")
        unfinished.replace(path)

    def remark(self, key: str) -> str:
        """What was remarked when the file with `key` was made; usually nothing."""
        try:
            return self.path(key).with_suffix(_REMARK).read_text(encoding="utf-8")
        except OSError:
            return ""

    def drop(self, key: str) -> None:
        """Forgets the file with `key`."""
        self.path(key).unlink(missing_ok=True)
        self.path(key).with_suffix(_REMARK).unlink(missing_ok=True)

    def evict(self) -> None:
        """Removes what crashes left and, from the oldest on, what is over the limit."""
        files: list[tuple[float, int, Path]] = []
        for path in self.folder.glob("*/*"):
            with contextlib.suppress(OSError):
                stat = path.stat()
                files.append((stat.st_mtime, stat.st_size, path))
        remove_leftovers(self.folder, _UNFINISHED)
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self._limit:
                break
            with contextlib.suppress(OSError):
                path.unlink()
            total -= size


def _link(path: Path, link: Path) -> None:
    link.unlink(missing_ok=True)
    try:
        link.hardlink_to(path)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(path, link)


def fresh_name(prefix: str) -> str:
    """A name that nobody else uses, with this process's number in it."""
    return f"{prefix}{os.getpid()}-{os.urandom(6).hex()}"


def remove_leftovers(folder: Path, prefix: str) -> None:
    """Removes what processes that no longer run left in `folder` under such names."""
    for path in folder.glob(f"{prefix}*"):
        number = path.name.removeprefix(prefix).split("-")[0]
        if number.isdigit() and not _runs(int(number)):
            with contextlib.suppress(OSError):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _runs(number: int) -> bool:
    try:
        os.kill(number, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
