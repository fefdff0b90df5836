"""Uploads: streamed to disk, looked at, then taken all together or not at all; and handed out again."""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
import secrets
import shutil
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response

from vbtui.base.errors import FileTooLarge
from vbtui.base.files import disk_errors
from vbtui.base.settings import MAX_UPLOAD_BYTES
from vbtui.studio.project.media import refusal
from vbtui.studio.project.probe import claimed_kind
from vbtui.studio.project.store import Arrived, Session
from vbtui.studio.server.fetch import Fetched, PartData, Parts, PartStarted, fetch
from vbtui.studio.server.replies import Refusal, media_entry, ok, read_object
from vbtui.studio.server.studio import Studio, session_of, studio_of

_PIECE = 1024 * 1024
"""Bytes that are gathered before a write."""
_SPARE_BYTES = 32 * 1024 * 1024
"""What an upload must leave free on the disk."""
_MOST_URLS = 50


async def upload(request: Request) -> Response:
    """`POST /api/upload-video/nemo_agent/me/<sid>`: multipart `files`, or JSON `urls`."""
    studio = studio_of(request)
    folder = studio.store.incoming / secrets.token_hex(8)
    try:
        session = await session_of(request)
        _check_length(request)
        with disk_errors(folder.parent):
            folder.mkdir(mode=0o700)
        if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
            _check_space(request, folder)
            files = await _receive_files(request, folder)
        else:
            files = await _fetch_files(request, folder)
        position, is_watched = _position(request), request.query_params.get("watched") == "1"
        looked = [await _look(studio, session, file) for file in files]
        arrived = [replace(one, position=position, is_watched=is_watched) for one in looked]
        media = await session.add_media(arrived)
        studio.proxies.want(media)
    except ClientDisconnect:
        raise Refusal("The upload did not arrive whole.", code=400) from None
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    entries = [media_entry(request, session.id, item) for item in media]
    return ok({"files": entries, "session_state_applied": True})


async def media_file(request: Request) -> Response:
    """`GET /studio/media/<sid>/<asset id>`: the uploaded file; a `cdn_url` points here."""
    session = await session_of(request)
    media = session.find_media(request.path_params["asset_id"])
    if media is None or not media.path.is_file():
        raise Refusal("The studio does not have this file.", code=404)
    kind = mimetypes.guess_type(media.path.name)[0] or "application/octet-stream"
    return FileResponse(media.path, media_type=kind, filename=media.filename)


async def sample(request: Request) -> Response:
    """`POST /studio/sample`: footage to try things on, drawn where it is not there yet: `{"files": [{"path"}, …]}`, in
    the order of a video. They lie on this machine, so only the child of a vbtui tells."""
    from vbtui.studio.sample.footage import footage

    studio = studio_of(request)
    if not studio.life.has_parent:
        raise Refusal("A studio that was started by hand draws no sample footage.", code=403)
    paths = await footage(studio.store.data / "sample")
    return ok({"files": [{"path": str(path)} for path in paths]})


def _position(request: Request) -> int:
    """`?position=N`, an extra of the studio: where the client lists the file, however long it takes
    to arrive; 0 when it does not say."""
    number = request.query_params.get("position", "")
    return int(number) if number.isdecimal() and len(number) < 16 else 0


async def _receive_files(request: Request, folder: Path) -> list[Fetched]:
    parts = Parts(request.headers["content-type"])
    received: list[_Receiver] = []
    current: _Receiver | None = None
    try:
        async for piece in request.stream():
            for event in parts.feed(piece):
                if isinstance(event, PartStarted):
                    if event.filename is not None:
                        claimed_kind(event.filename)
                        current = _Receiver(folder / str(len(received)), event.filename)
                        received.append(current)
                elif current is not None:
                    if isinstance(event, PartData):
                        await current.take(event.data)
                    else:
                        await current.finish()
                        current = None
        parts.close()
    finally:
        for receiver in received:
            receiver.close()
    if not received:
        raise Refusal("The upload holds no file.", code=400)
    return [receiver.fetched() for receiver in received]


class _Receiver:
    """One file on its way to the disk; at most `_PIECE` bytes and a network piece are in memory."""

    def __init__(self, path: Path, name: str) -> None:
        with disk_errors(path.parent):
            self._file: BinaryIO = path.open("xb", buffering=0)
        self._path = path
        self._name = name
        self._digest = hashlib.sha256()
        self._gathered = bytearray()
        self._size = 0

    async def take(self, data: bytes) -> None:
        """More of the file. Raises `FileTooLarge`, `DiskProblem`."""
        self._size += len(data)
        if self._size > MAX_UPLOAD_BYTES:
            raise FileTooLarge(f"“{self._name}” is larger than 500 MB.")
        self._gathered += data
        if len(self._gathered) >= _PIECE:
            await self._flush()

    async def finish(self) -> None:
        """The file is whole. Raises `UnsupportedFile` when nothing came, `DiskProblem`."""
        await self._flush()
        if not self._size:
            raise refusal(self._name, "is empty")

    def close(self) -> None:
        self._file.close()

    def fetched(self) -> Fetched:
        return Fetched(self._path, self._name, self._digest.hexdigest())

    async def _flush(self) -> None:
        piece, self._gathered = self._gathered, bytearray()
        await asyncio.to_thread(self._write, piece)

    def _write(self, data: bytearray) -> None:
        self._digest.update(data)
        with disk_errors(self._path.parent.parent):
            view = memoryview(data)
            while view:
                view = view[self._file.write(view) :]


async def _fetch_files(request: Request, folder: Path) -> list[Fetched]:
    body = await read_object(request)
    urls = body.get("urls")
    if not isinstance(urls, list) or not urls or not all(isinstance(url, str) for url in urls):
        raise Refusal("Send multipart “files”, or JSON with a list of “urls”.", code=400)
    if len(urls) > _MOST_URLS:
        raise Refusal(f"At most {_MOST_URLS} addresses at a time.", code=400)
    inside = studio_of(request).fetches_inside
    return [
        await fetch(url, folder / str(number), inside=inside) for number, url in enumerate(urls)
    ]


async def _look(studio: Studio, session: Session, file: Fetched) -> Arrived:
    """What the file is. A content that the session knows is not looked at again."""
    suffix = Path(file.name).suffix.lower()
    for media in session.media:
        if media.sha256 == file.sha256 and media.path.suffix == suffix:
            return Arrived(file.path, suffix, replace(media, filename=file.name))
    return Arrived(file.path, suffix, await studio.prober.probe(file.path, file.name, file.sha256))


def _check_length(request: Request) -> None:
    """Refuse at once what says that it is too large. Around a file stand a few headers."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:16]) > MAX_UPLOAD_BYTES + _PIECE:
        raise FileTooLarge("The upload is larger than 500 MB.")


def _check_space(request: Request, folder: Path) -> None:
    """Refuse at once what cannot fit, instead of filling the disk first."""
    length = request.headers.get("content-length", "")
    with disk_errors(folder):
        free = shutil.disk_usage(folder).free
    if length.isdecimal() and int(length) + _SPARE_BYTES > free:
        message = "The disk is full: this upload does not fit into the studio's folder."
        raise Refusal(message, code=507)
