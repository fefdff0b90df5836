"""A file → `multipart/form-data`, streamed from the disk.

A thread reads 1 MiB ahead of what is being sent, and the length is known beforehand, so memory
stays small and the server can refuse a file before it comes. The file must stay as it is: a
change noticed at any time before the last byte aborts the request, and the server keeps nothing.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import stat
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from vbtui.base.errors import BadFile, FileTooLarge
from vbtui.base.settings import MAX_UPLOAD_BYTES
from vbtui.base.text import clean_line, format_bytes

PIECE = 1024 * 1024
_SMALLEST = 16 * 1024
_FAST_S, _SLOW_S = 0.05, 1.0
"""A piece that goes out faster than this is followed by a larger one, a slower one by a smaller:
progress stays visible on a slow line, and a stall is told from slowness."""

_TYPES = {
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".avi": "video/x-msvideo",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
    ".m4a": "audio/mp4",
    ".aac": "audio/aac",
}


def escaped_filename(name: str) -> str:
    """`name` for a multipart header as HTML5 has it: quotes, line ends and other controls
    percent-encoded, and so are bytes that are no UTF-8 (`os.fsdecode`d names)."""
    return "".join(_escaped(char) for char in name)


def _escaped(char: str) -> str:
    code = ord(char)
    if char == '"' or code < 0x20 or code == 0x7F:
        return f"%{code:02X}"
    if 0xDC80 <= code <= 0xDCFF:
        return f"%{code - 0xDC00:02X}"
    if 0xD800 <= code <= 0xDFFF:
        return "%EF%BF%BD"
    return char


class FileBody:
    """The body of an upload request; use as a context manager, `stream` it once.

    Raises `BadFile` when the file cannot be read or changes, `FileTooLarge` before anything is
    sent.
    """

    def __init__(
        self, path: Path, name: str | None, on_progress: Callable[[int], None] | None
    ) -> None:
        self._path = path
        self._shown = clean_line(os.fsencode(path.name).decode("utf-8", "replace"))[:120]
        self._on_progress = on_progress
        self._boundary = secrets.token_hex(16)
        kind = _TYPES.get(path.suffix.lower(), "application/octet-stream")
        filename = escaped_filename(name or path.name)
        self._head = (
            f"--{self._boundary}\r\n"
            f'Content-Disposition: form-data; name="files"; filename="{filename}"\r\n'
            f"Content-Type: {kind}\r\n\r\n"
        ).encode()
        self._tail = f"\r\n--{self._boundary}--\r\n".encode()
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="upload")
        self._fd = -1

    async def __aenter__(self) -> FileBody:
        await self._in_thread(self._open)
        return self

    async def __aexit__(self, *_: object) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            self._threads.submit(os.close, fd)  # after a read that may be under way
        self._threads.shutdown(wait=False)

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Content-Type": f"multipart/form-data; boundary={self._boundary}",
            "Content-Length": str(len(self._head) + self._size + len(self._tail)),
            "Accept": "application/json",
        }

    async def stream(self) -> AsyncIterator[bytes]:
        yield self._head
        sent, size = 0, 256 * 1024
        ahead = self._read_from(0)
        try:
            while sent < self._size:
                piece = await ahead
                ahead = self._read_from(sent + len(piece))
                view = memoryview(piece)
                while view:
                    part = view[:size]
                    view = view[size:]
                    started = time.monotonic()
                    yield piece if len(part) == len(piece) else bytes(part)
                    took = time.monotonic() - started
                    sent += len(part)
                    if self._on_progress is not None:
                        self._on_progress(sent)
                    if took < _FAST_S:
                        size = min(PIECE, size * 2)
                    elif took > _SLOW_S:
                        size = max(_SMALLEST, size // 2)
            await self._in_thread(self._check)
        finally:
            ahead.cancel()
        yield self._tail

    def _open(self) -> None:
        try:
            if not stat.S_ISREG(os.stat(self._path).st_mode):  # opening a pipe would wait for ever
                raise BadFile(f"{self._shown} is not a file.")
            self._fd = os.open(self._path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
            info = os.fstat(self._fd)
        except FileNotFoundError:
            raise BadFile(f"{self._shown} is not there any more.") from None
        except OSError as error:
            raise BadFile(f"{self._shown} cannot be read: {error.strerror}.") from None
        if info.st_size == 0:
            raise BadFile(f"{self._shown} is empty.")
        if info.st_size > MAX_UPLOAD_BYTES:
            raise FileTooLarge(
                f"{self._shown} has {format_bytes(info.st_size)}, and at most 500 MB are accepted."
            )
        self._size = info.st_size
        self._seen = (info.st_size, info.st_mtime_ns)

    def _read_from(self, offset: int) -> asyncio.Future[bytes]:
        return self._in_thread(self._read, offset)

    def _in_thread(
        self, function: Callable[..., bytes | None], *args: int
    ) -> asyncio.Future[bytes]:
        future: asyncio.Future[bytes] = asyncio.get_running_loop().run_in_executor(
            self._threads,
            function,  # type: ignore[arg-type]  # _open and _check give nothing
            *args,
        )
        return future

    def _read(self, offset: int) -> bytes:
        """1 MiB from `offset`, less at the end of the file; nothing after it."""
        length = min(PIECE, self._size - offset)
        if length <= 0:
            return b""
        try:
            piece = os.pread(self._fd, length, offset)
            while piece and len(piece) < length:
                more = os.pread(self._fd, length - len(piece), offset + len(piece))
                if not more:
                    break
                piece += more
        except OSError as error:
            raise BadFile(f"{self._shown} cannot be read: {error.strerror}.") from None
        if len(piece) < length:
            raise self._changed()
        return piece

    def _check(self) -> None:
        info = os.fstat(self._fd)
        if (info.st_size, info.st_mtime_ns) != self._seen:
            raise self._changed()

    def _changed(self) -> BadFile:
        return BadFile(
            f"{self._shown} changed while it was sent.", hint="It is sent again when it is quiet."
        )
