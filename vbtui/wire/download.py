"""A finished video → a file, resumed where it broke off.

The URL that the render gave is tried first; where it does not answer, the API's own download
(wire.md, Endpoints). Another host sees neither the token nor the attribution headers.
"""

from __future__ import annotations

import asyncio
import errno
import re
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import quote, urljoin

from vbtui.base.errors import (
    BackendError,
    BadReply,
    ConnectionBroken,
    DiskProblem,
    NetworkError,
    VbtuiError,
)
from vbtui.base.text import format_bytes
from vbtui.wire.envelope import MAX_ERROR_BYTES, whole
from vbtui.wire.transport import Transport, host_of, origin, read_whole

if TYPE_CHECKING:
    import httpx

Progress = Callable[[int, int | None], None]
_TRIES_WITHOUT_PROGRESS = 3
_WRITE_BYTES = 1024 * 1024
_WRITE_EVERY_S = 0.5
"""What came is on the disk so soon, on a slow line too: a kill loses no more of it."""
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)\Z")
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
        """All of `url`; a connection that breaks is taken up again as long as it gets further."""
        tries = 0
        while True:
            before = await asyncio.to_thread(self._size)
            try:
                await self._fetch_once(url, before)
                return
            except NetworkError:
                tries = 0 if await asyncio.to_thread(self._size) > before else tries + 1
                if tries >= _TRIES_WITHOUT_PROGRESS:
                    raise
                timing = self._transport.timing
                await self._transport.clock.sleep(min(0.5, timing.connect / 20) * 2**tries)

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
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.status_code in (200, 206) and kind not in _PAGES:
            return
        reply = await read_whole(response, MAX_ERROR_BYTES)
        if error := self._transport.problem(reply):
            raise error
        if kind == "application/json":
            whole(reply)
        raise BadReply(f"{host_of(str(response.url))} sent a page where the video was expected.")

    async def _start(self, response: httpx.Response, have: int) -> int:
        """Where in the file the body goes. A body that does not continue it replaces it."""
        length = response.headers.get("content-length", "")
        if response.status_code == 206:
            match = _RANGE.match(response.headers.get("content-range", ""))
            total = _total_of_range(response)
            if (
                not match
                or int(match[1]) != have
                or (self._total and total not in (None, self._total))
            ):
                await self._start_over()
                raise ConnectionBroken("The file at the backend is another one now.")
            self._total = total
            return have
        encoded = "content-encoding" in response.headers
        self._total = int(length) if length.isdecimal() and not encoded else None
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
        folder = str(self._path.parent)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return DiskProblem(
                f"The disk is full: {folder}.", hint="Make room, then start the download again."
            )
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return DiskProblem(f"{folder} cannot be written to.", hint="Choose another folder.")
        return DiskProblem(f"The video cannot be written to {folder}: {error.strerror}.")


async def save_reply(
    transport: Transport, url: str, body: bytes, content_type: str, path: Path
) -> None:
    """Post the JSON `body` and write the answer to `path`.

    Raises `BadReply` for an answer that is no `content_type`, `DiskProblem`.
    """
    timing = transport.timing
    async with transport.open(
        "POST",
        url,
        headers={"Content-Type": "application/json", "Accept": content_type},
        content=body,
        read_s=max(timing.reply, timing.heartbeat_only),
    ) as response:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.status_code != 200 or kind != content_type:
            reply = await read_whole(response, MAX_ERROR_BYTES)
            raise transport.problem(reply) or BadReply("The studio sent something else.")
        await Download(transport, "", path, None).write(response)


def _total_of_range(response: httpx.Response) -> int | None:
    value = response.headers.get("content-range", "").rpartition("/")[2].strip()
    return int(value) if value.isdecimal() else None
