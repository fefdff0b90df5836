"""Files, up and down.

Up: a file → `multipart/form-data`, streamed from the disk. A thread reads 1 MiB ahead of what is
being sent, and the length is known beforehand, so memory stays small and the server can refuse a
file before it comes. The file must stay as it is: a change noticed at any time before the last byte
aborts the request, and the server keeps nothing.

Down: a finished video → a file, resumed where it broke off. The URL that the render gave is tried
first; where it does not answer, the API's own download (wire/README.md, Endpoints). Another host sees
neither the token nor the attribution headers.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import stat
import time
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote, urljoin

from vbtui.base.errors import (
    BackendError,
    BadFile,
    BadReply,
    ConnectionBroken,
    FileTooLarge,
    NetworkError,
    VbtuiError,
)
from vbtui.base.files import disk_problem
from vbtui.base.patterns import regex
from vbtui.base.settings import MAX_UPLOAD_BYTES
from vbtui.base.text import clean_line, format_bytes
from vbtui.base.translation import Translation
from vbtui.wire.replies import MAX_ERROR_BYTES, content_type, whole
from vbtui.wire.transport import Transport, host_of, origin, packed_unasked, read_whole

if TYPE_CHECKING:
    import httpcore
    import httpx


PIECE = 1024 * 1024
_DOWNLOAD_AGAIN = Translation("start the download again", "重新开始下载")
_ANSWER_BYTES = 64 * 1024
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


class EarlyAnswer:
    """Hears an answer that begins while the body is still being sent; httpx looks for one only
    afterwards, and a refusal would cost the whole upload, or be lost with the connection.

    `trace` belongs to a request with a connection of its own. As soon as something comes the sending
    ends, and what came is the answer's begin.
    """

    def __init__(self) -> None:
        self._stream: httpcore.AsyncNetworkStream | None = None
        self._reading: asyncio.Task[bytes] | None = None

    async def __aenter__(self) -> EarlyAnswer:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """A step of the connection: remember its stream, and listen once the body begins."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._stream = info["return_value"]
        elif event.endswith(".send_request_body.started") and self._stream is not None:
            self._listen(self._stream)

    def _listen(self, stream: httpcore.AsyncNetworkStream) -> None:
        import httpcore

        read, write = stream.read, stream.write
        reading = self._reading = asyncio.create_task(read(_ANSWER_BYTES), name="early answer")

        async def first(max_bytes: int, timeout: float | None = None) -> bytes:
            stream.read = read  # type: ignore[method-assign]  # the later ones are as ever
            try:
                async with asyncio.timeout(timeout):
                    return await reading
            except TimeoutError:
                raise httpcore.ReadTimeout from None

        async def unless_answered(buffer: bytes, timeout: float | None = None) -> None:
            await asyncio.sleep(0)  # what has come is read before a write finds the line closed
            writing = asyncio.ensure_future(write(buffer, timeout))
            try:
                await asyncio.wait((reading, writing), return_when=asyncio.FIRST_COMPLETED)
            finally:
                if not writing.done():
                    writing.cancel()
            if reading.done():
                await asyncio.gather(writing, return_exceptions=True)
                raise httpcore.WriteError("It was answered before it was sent.")
            await writing

        stream.read = first  # type: ignore[method-assign]  # no public place to look at both directions
        stream.write = unless_answered  # type: ignore[method-assign]


Progress = Callable[[int, int | None], None]
_TRIES_WITHOUT_PROGRESS = 3
_MUCH = 1024 * 1024
_DOUBLED = 5
"""So often the pause after a break is doubled at most."""
_WRITE_BYTES = 1024 * 1024
_WRITE_EVERY_S = 0.5
"""What came is on the disk so soon, on a slow line too: a kill loses no more of it."""
_RANGE = regex(r"bytes (\d+)-\d+/(\d+|\*)\Z")
_MOST_BYTES = 64 * 1024**3
"""Of a file whose length nobody said."""
_ARCHIVE = "application/zip"
_PAGES = ("text/html", "application/json", "text/plain", "application/xml", "text/xml")


class Download:
    """One download to one path."""

    def __init__(
        self, transport: Transport, render_id: str, path: Path, on_progress: Progress | None
    ) -> None:
        self._transport = transport
        self._render_id = render_id
        self._path = path
        self._on_progress = on_progress
        self._total: int | None = None
        self._etag = ""

    async def run(self, url: str) -> None:
        """Fetch `url`, else the API's own copy. Raises the error of the last place asked."""
        own = f"/api/render/proxy/{quote(self._render_id, safe='')}/download"
        if (target := self._usable(url)) and target != self._transport.base_url + own:
            try:
                await self._fetch(target)
                return
            except (NetworkError, BackendError):
                pass
        self._total, self._etag = None, ""
        await self._transport.with_token(lambda: self._fetch(own))

    async def fetch(self, url: str) -> None:
        """Fetch `url` and nothing in its place. Raises `BadReply` when it is no http address."""
        target = self._usable(url)
        if not target:
            raise BadReply("That is no address that a file can be fetched from.")
        await self._fetch(target)

    async def write(self, response: httpx.Response) -> None:
        """All of `response` and nothing else. Raises `DiskProblem`, `ConnectionBroken`."""
        await self._write(response, await self._start(response, 0))
        await self._check(response)

    def _usable(self, url: str) -> str:
        if not url:
            return ""
        try:
            target = url if "://" in url else urljoin(self._transport.base_url + "/", url)
            origin(target)
        except ValueError:
            return ""
        return target

    async def _fetch(self, url: str) -> None:
        """All of `url`; a connection that breaks is taken up again as long as it gets further than
        ever before. The pause grows with every break that does not bring much."""
        tries, breaks, most = 0, 0, await asyncio.to_thread(self._size)
        while True:
            try:
                await self._fetch_once(url, await asyncio.to_thread(self._size))
                return
            except NetworkError:
                size = await asyncio.to_thread(self._size)
                breaks = 0 if size - most >= _MUCH else breaks + 1
                tries, most = (0, size) if size > most else (tries + 1, most)
                if tries >= _TRIES_WITHOUT_PROGRESS:
                    raise
                timing = self._transport.timing
                pause = min(0.5, timing.connect / 20) * 2 ** min(breaks, _DOUBLED)
                await self._transport.clock.sleep(pause)

    async def _fetch_once(self, url: str, have: int) -> None:
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
            if self._etag:
                headers["If-Range"] = self._etag
        async with self._transport.open(
            "GET", url, headers=headers, read_s=self._transport.timing.stall, abroad=True
        ) as response:
            if response.status_code == 416 and have:
                if _total_of_range(response) == have:
                    return  # nothing is missing
                await self._start_over()
                raise ConnectionBroken("The file at the backend is another one now.")
            await self._refuse(response)
            start = await self._start(response, have)
            await self._write(response, start)
        await self._check(response)

    async def _refuse(self, response: httpx.Response) -> None:
        kind = content_type(response.headers)
        if response.status_code in (200, 206) and kind not in _PAGES:
            return
        reply = await read_whole(response, MAX_ERROR_BYTES)
        if error := self._transport.problem(reply):
            raise error
        if kind == "application/json":
            whole(reply)
        raise BadReply(f"{host_of(str(response.url))} sent a page where the video was expected.")

    async def _start(self, response: httpx.Response, have: int) -> int:
        """Where in the file the body goes. A body that does not continue it replaces it. One that is packed is
        refused: nothing would bound what it unpacks to."""
        if response.headers.get("content-encoding", "").strip().lower() not in ("", "identity"):
            raise packed_unasked(response)
        length = response.headers.get("content-length", "")
        if response.status_code == 206:
            match = _RANGE.match(response.headers.get("content-range", ""))
            total = _total_of_range(response)
            start = int(match[1]) if match else -1
            if start not in (0, have) or (self._total and total not in (None, self._total)):
                await self._start_over()
                raise ConnectionBroken("The file at the backend is another one now.")
            self._total = total
            return start
        self._total = int(length) if length.isdecimal() else None
        etag = response.headers.get("etag", "")
        self._etag = etag if etag.startswith('"') else ""
        return 0

    async def _write(self, response: httpx.Response, start: int) -> None:
        file = await asyncio.to_thread(self._open, start)
        done, parts, held = start, list[bytes](), 0
        clock = self._transport.clock
        written_at = clock.monotonic()
        try:
            self._progressed(done)
            async for chunk in response.aiter_bytes():
                parts.append(chunk)
                held += len(chunk)
                done += len(chunk)
                if done > (_MOST_BYTES if self._total is None else self._total):
                    break
                if held >= _WRITE_BYTES or clock.monotonic() - written_at >= _WRITE_EVERY_S:
                    await asyncio.to_thread(self._append, file, parts)
                    parts, held, written_at = [], 0, clock.monotonic()
                self._progressed(done)
        finally:
            await asyncio.shield(asyncio.to_thread(self._finish, file, parts))

    def _progressed(self, done: int) -> None:
        if self._on_progress is not None:
            self._on_progress(done, self._total)

    async def _check(self, response: httpx.Response) -> None:
        size = await asyncio.to_thread(self._size)
        if size == 0:
            raise BadReply(f"{host_of(str(response.url))} sent an empty file.")
        if self._total is None and size > _MOST_BYTES:
            await self._start_over()
            raise BadReply(f"{host_of(str(response.url))} sent a file that does not end.")
        if self._total is not None and size != self._total:
            if size > self._total:
                await self._start_over()
            raise ConnectionBroken(
                f"{format_bytes(size)} of {format_bytes(self._total)} arrived.",
                hint="It goes on from there when it is tried again.",
            )

    async def _start_over(self) -> None:
        self._total, self._etag = None, ""
        await asyncio.to_thread(self._open_and_close)

    # In a thread

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise self._disk_problem(error) from None

    def _open(self, start: int) -> IO[bytes]:
        try:
            return self._path.open("ab" if start else "wb", buffering=0)
        except OSError as error:
            raise self._disk_problem(error) from None

    def _open_and_close(self) -> None:
        self._open(0).close()

    def _append(self, file: IO[bytes], parts: list[bytes]) -> None:
        try:
            data = memoryview(b"".join(parts))
            while data:
                data = data[file.write(data) :]
        except OSError as error:
            raise self._disk_problem(error) from None

    def _finish(self, file: IO[bytes], parts: list[bytes]) -> None:
        try:
            self._append(file, parts)
        finally:
            file.close()

    def _disk_problem(self, error: OSError) -> VbtuiError:
        return disk_problem(error, self._path.parent, _DOWNLOAD_AGAIN)


async def save_archive(transport: Transport, url: str, body: bytes, path: Path) -> None:
    """Post the JSON `body` and write the zip archive that answers it to `path`.

    Raises `BadReply` for an answer that is none, `DiskProblem`.
    """
    timing = transport.timing
    async with transport.open(
        "POST",
        url,
        headers={
            "Content-Type": "application/json",
            "Accept": _ARCHIVE,
            "Accept-Encoding": "identity",
        },
        content=body,
        read_s=max(timing.reply, timing.heartbeat_only),
    ) as response:
        if response.status_code != 200 or content_type(response.headers) != _ARCHIVE:
            reply = await read_whole(response, MAX_ERROR_BYTES)
            raise transport.problem(reply) or BadReply("The studio sent something else.")
        await Download(transport, "", path, None).write(response)


def _total_of_range(response: httpx.Response) -> int | None:
    value = response.headers.get("content-range", "").rpartition("/")[2].strip()
    return int(value) if value.isdecimal() else None
