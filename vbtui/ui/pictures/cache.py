"""Decoded pictures on disk, found by the content that they were made from.

An entry is a small header and compressed bytes: reading one needs no library. It is written under
another name first, so that no reader ever sees half of it.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from contextlib import suppress
from pathlib import Path

from vbtui.base.errors import DiskProblem
from vbtui.base.files import write_bytes
from vbtui.base.settings import private_directory
from vbtui.ui.pictures.raster import Drawn, NoPicture, Raster, Waveform

LIMIT_BYTES = 64 * 1024 * 1024
_HEAD = struct.Struct("<4sHH")
_RASTER, _WAVE = b"vbp1", b"vbw1"
_CLEAR_EVERY = 64
"""Entries written between two looks at the size of the directory."""
_LARGEST_ENTRY = 64 * 1024 * 1024


def content_key(path: Path, *what: object) -> str:
    """A name for `what` is made of the content of `path`. Raises `OSError`.

    The content counts as the same as long as device, inode, size and time of change are.
    """
    stat = path.stat()
    identity = (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, *what)
    return hashlib.sha256(repr(identity).encode()).hexdigest()[:40]


class PictureCache:
    """At most `limit` bytes in `directory`; the least recently used go first. Blocks: for threads."""

    def __init__(self, directory: Path, limit: int = LIMIT_BYTES) -> None:
        self.directory = directory
        self.limit = limit
        self._written = 0

    def get(self, key: str) -> Drawn | None:
        """What was kept under `key`; a damaged entry is none, and goes."""
        path = self._path(key)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        drawn = _unpacked(data)
        with suppress(OSError):
            if drawn is None:
                path.unlink()
            else:
                os.utime(path)
        return drawn

    def put(self, key: str, drawn: Drawn) -> None:
        """Keep `drawn`; where the disk will not have it, nothing is kept. Reasons are not."""
        if isinstance(drawn, NoPicture):
            return
        with suppress(OSError, DiskProblem):
            private_directory(self.directory)
            write_bytes(self._path(key), _packed(drawn), durable=False)
            if self._written % _CLEAR_EVERY == 0:
                self.clear_room()
            self._written += 1

    def _path(self, key: str) -> Path:
        return self.directory / f"{key}.vbt"

    def clear_room(self) -> None:
        """Remove the oldest entries when there is more than the limit: down to three quarters."""
        entries = []
        with os.scandir(self.directory) as found:
            for entry in found:
                with suppress(OSError):
                    stat = entry.stat(follow_symlinks=False)
                    entries.append((stat.st_mtime_ns, stat.st_size, entry.path))
        total = sum(size for _, size, _ in entries)
        if total <= self.limit:
            return
        for _, size, path in sorted(entries):
            with suppress(OSError):
                os.unlink(path)
                total -= size
            if total <= self.limit * 3 // 4:
                return


def _packed(drawn: Raster | Waveform) -> bytes:
    if isinstance(drawn, Raster):
        return _HEAD.pack(_RASTER, drawn.width, drawn.height) + zlib.compress(drawn.data, 1)
    return _HEAD.pack(_WAVE, len(drawn.peaks), 1) + zlib.compress(drawn.peaks, 1)


def _unpacked(data: bytes) -> Drawn | None:
    try:
        kind, width, height = _HEAD.unpack_from(data)
        unpacker = zlib.decompressobj()
        body = unpacker.decompress(data[_HEAD.size :], _LARGEST_ENTRY)
        if kind == _WAVE and len(body) == width:
            return Waveform(body)
        return Raster(width, height, body) if kind == _RASTER else None
    except (struct.error, zlib.error, ValueError):
        return None
