"""A real upload backend on loopback: streams to disk, hashes, and keeps a record of every request.

In a test:      async with UploadServer(folder) as server: … server.files, server.requests
As a process:   python -m tests.upload_server FOLDER   (prints its URL; the record is in
                FOLDER/log.jsonl, one object a request, and its state survives a restart)

`faults` says how the next uploads go wrong, one each: `refuse` (HTTP 500), `cut` (the connection
ends after the first bytes), `mute` (everything is taken, and the answer never comes), `4001`,
`4002`, `1002`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote_to_bytes

_UPLOAD = "/api/upload-video/nemo_agent/me/"
_STATE = "/api/state/nemo_agent/me/"


@dataclass(frozen=True)
class Received:
    """One upload request that reached the server."""

    session: str
    name: str
    size: int
    sha256: str
    """Empty for an upload that was cut."""
    outcome: str
    """`done`, `cut`, or the fault."""
    began_at: float = 0
    """When its first bytes came, seconds since 1970."""


class UploadServer:
    """See the module."""

    def __init__(self, folder: Path, *, tells_hash: bool = True, keeps_bytes: bool = False) -> None:
        self.folder = folder
        self.requests: list[Received] = []
        self.faults: deque[str] = deque()
        self.hold = asyncio.Event()
        """Cleared: uploads are received up to their last byte, and answered when it is set."""
        self.hold.set()
        self.states_asked = 0
        self.generated: list[dict[str, Any]] = []
        self.at_once = 0
        self.most_at_once = 0
        self.held = 0
        """Uploads that are here to their last byte and wait for `hold`."""
        self._tells_hash = tells_hash
        self._keeps_bytes = keeps_bytes
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def files(self) -> list[Received]:
        """What is in the project."""
        return [one for one in self.requests if one.outcome == "done"]

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Begin, or go on at the same port after `stop`."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        if hasattr(self._server, "close_clients"):
            self._server.close_clients()

    # -- HTTP ---------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._exchange(reader, writer):
                pass
        writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        method, target, _ = first.split(" ")
        headers = {
            key.strip().lower(): value.strip()
            for key, _, value in (line.partition(":") for line in lines if line)
        }
        length = int(headers.get("content-length", "0"))
        if method == "POST" and target.startswith(_UPLOAD):
            return await self._upload(target, headers, length, reader, writer)
        await reader.readexactly(length)
        if method == "GET" and target.startswith(_STATE):
            self.states_asked += 1
            session = target.removeprefix(_STATE).partition("/")[0]
            return self._answer(writer, {"code": 0, "data": {"state": self._state(session)}})
        if target.startswith("/api/credits"):
            return self._answer(writer, {"code": 0, "data": {"available": 1}})
        return self._answer(writer, {"code": 0, "data": {"session_id": "s2", "task_id": "t2"}})

    def _state(self, session: str) -> dict[str, Any]:
        media = [self._entry(one) for one in self.files if one.session == session]
        return {"draft": None, "video_infos": media, "generated_media": self.generated}

    def _entry(self, one: Received) -> dict[str, Any]:
        entry: dict[str, Any] = {"filename": one.name, "file_type": "video"}
        entry |= {"cdn_url": f"https://cdn.example/{one.sha256[:12]}/{one.name}"}
        return entry | ({"hash": one.sha256} if self._tells_hash else {})

    def _answer(
        self, writer: asyncio.StreamWriter, body: dict[str, Any], status: int = 200
    ) -> bool:
        data = json.dumps(body).encode()
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(data)}\r\n\r\n".encode()
            + data
        )
        return True

    # -- uploads ------------------------------------------------------------------------------

    async def _upload(
        self,
        target: str,
        headers: dict[str, str],
        length: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        session = target.removeprefix(_UPLOAD)
        fault = self.faults.popleft() if self.faults else ""
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if headers["content-type"].startswith("application/json"):
                url = json.loads(await reader.readexactly(length))["urls"][0]
                one = Received(session, url.rpartition("/")[2], 0, "", "done")
            else:
                one = await self._receive(session, headers, length, reader, fault)
        finally:
            self.at_once -= 1
        self._record(one)
        if one.outcome == "cut":
            return False
        if fault == "mute":
            return False
        if fault == "refuse":
            return self._answer(writer, {"message": "try later"}, 500)
        if fault:
            return self._answer(writer, {"code": int(fault), "message": "no such luck"})
        return self._answer(writer, {"code": 0, "data": {"files": [self._entry(one)]}})

    async def _receive(
        self,
        session: str,
        headers: dict[str, str],
        length: int,
        reader: asyncio.StreamReader,
        fault: str,
    ) -> Received:
        boundary = headers["content-type"].partition("boundary=")[2].encode()
        head = await reader.readuntil(b"\r\n\r\n")
        tail = b"\r\n--" + boundary + b"--\r\n"
        name = unquote_to_bytes(head.split(b'filename="')[1].split(b'"\r\n')[0]).decode()
        began_at = time.time()
        left = size = length - len(head) - len(tail)
        digest = hashlib.sha256()
        kept = bytearray()
        try:
            while left:
                piece = await reader.read(min(left, 256 * 1024))
                if not piece or fault == "cut":
                    return Received(session, name, size, "", "cut", began_at)
                digest.update(piece)
                left -= len(piece)
                if self._keeps_bytes:
                    kept += piece
            assert await reader.readexactly(len(tail)) == tail
        except (ConnectionError, asyncio.IncompleteReadError):
            return Received(session, name, size, "", "cut", began_at)
        self.held += 1
        await self.hold.wait()
        self.held -= 1
        if self._keeps_bytes:
            (self.folder / digest.hexdigest()).write_bytes(kept)
        outcome = fault if fault and fault != "mute" else "done"
        return Received(session, name, size, digest.hexdigest(), outcome, began_at)

    def _record(self, one: Received) -> None:
        self.requests.append(one)
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(asdict(one)) + "\n")


async def _main(folder: Path) -> None:
    async with UploadServer(folder) as server:
        print(server.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
