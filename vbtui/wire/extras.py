"""What the local studio has beyond the API: `/studio/…`."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from vbtui.base.errors import BackendError, BadReply, ConnectionBroken, StudioProblem, VbtuiError
from vbtui.wire.replies import MAX_REPLY_BYTES, Fields, Reply, whole
from vbtui.wire.transport import Transport, segment

_ACCEPT = {"Accept": "application/json"}
_JSON = {"Content-Type": "application/json", **_ACCEPT}
_MAX_FRAME_BYTES = 32 * 1024 * 1024


class Extras:
    """The part of a client that speaks to a studio."""

    _transport: Transport

    async def capabilities(self) -> Mapping[str, Any] | None:
        """What the studio can do beyond the API; None for a backend that is none."""
        try:
            reply = whole(
                await self._transport.call("GET", "/studio/capabilities", headers=_ACCEPT)
            )
        except BackendError as error:
            if error.wire_code in (403, 404, 405, 1002) or isinstance(error, BadReply):
                return None
            raise
        data = reply.fields("data")
        return None if data is None else data.value

    async def frames(
        self,
        draft: str | Mapping[str, Any],
        at_ms: int,
        *,
        width: int,
        height: int,
        count: int = 1,
        fps: int = 10,
        version: int | None = None,
    ) -> tuple[bytes, ...]:
        """At most `count` PNGs from `at_ms` on, `fps` a second; at least one.

        Args:
            draft: the session whose draft it is; or a draft whose files have the names that
                `originals` gave.
            version: of the session's draft; None: as it is now.

        Raises `StudioProblem` where the backend makes none.
        """
        query = {"at": at_ms, "count": count, "fps": fps, "width": width, "height": height}
        if version is not None:
            query["version"] = version
        path = f"/studio/frames{'/' + segment(draft) if isinstance(draft, str) else ''}"
        url = f"{path}?{urlencode(query)}"
        try:
            if isinstance(draft, str):
                reply = await self._transport.call("GET", url, limit=_MAX_FRAME_BYTES)
            else:
                reply = await self._posted(url, {"draft": draft}, limit=_MAX_FRAME_BYTES)
        except BackendError as error:
            raise _no_studio(error, "This backend makes no preview pictures.") from None
        if reply.cut:
            raise BadReply("The studio's picture did not arrive whole.")
        if pictures := split_pictures(reply.body):
            return pictures
        raise BadReply("The studio sent something that is not a picture.")

    async def originals(self, files: Sequence[tuple[Path, str]]) -> tuple[tuple[str, str], ...]:
        """What the studio calls these files of this machine (path and name) in a posted draft, or
        why it does not take one: for each an id and a reason, one of them empty.

        Raises `StudioProblem` where the studio opens no files where they lie.
        """
        body = {"files": [{"path": str(path), "name": name} for path, name in files]}
        try:
            reply = whole(await self._posted("/studio/originals", body))
        except BackendError as error:
            raise _no_studio(error, "The local studio opens no files where they lie.") from None
        given = reply.needed("data").items("files")
        if len(given) != len(files) or not all(isinstance(one, Mapping) for _, one in given):
            raise BadReply("The studio did not answer for every file.")
        read = [Fields(one, name) for name, one in given]
        return tuple((one.line("id"), one.line("refused")) for one in read)

    async def script(
        self, session_id: str, draft: Any, path: Path, *, quality: str = "high"
    ) -> None:
        """Writes the zip archive of a folder that rebuilds `draft` with ffmpeg to `path`.

        Raises `StudioProblem` where the backend makes none, `DiskProblem`.
        """
        from vbtui.wire.transfer import save_archive

        url = f"/studio/script/{segment(session_id)}"
        body = json.dumps({"draft": draft, "quality": quality}).encode()
        try:
            await self._transport.with_token(lambda: save_archive(self._transport, url, body, path))
        except BackendError as error:
            if error.wire_code in (404, 405):
                raise StudioProblem("This backend writes no rebuild script.", hint="") from None
            raise

    async def _posted(
        self, path: str, body: Mapping[str, Any], *, limit: int = MAX_REPLY_BYTES
    ) -> Reply:
        content = json.dumps(body).encode()
        return await self._transport.call("POST", path, headers=_JSON, content=content, limit=limit)

    async def lease(self, on_held: Callable[[], None] | None = None) -> None:
        """Keep the studio alive for as long as this is not cancelled.

        `on_held` is called once the studio counts on it.
        Raises `ConnectionBroken` when the studio ends, `StudioProblem` where there is none.
        """
        async with self._transport.open("GET", "/studio/lease", read_s=None, once=True) as response:
            if response.status_code >= 400:
                raise StudioProblem("This backend is no local studio.")
            if on_held is not None:
                on_held()
            async for _ in response.aiter_raw():
                pass
        raise ConnectionBroken("The local studio has ended.")


def _no_studio(error: BackendError, message: str) -> VbtuiError:
    """What a refusal means where a backend that is no studio knows no such address."""
    if error.wire_code == 403:
        return StudioProblem(error.message, hint="")
    return StudioProblem(message, hint="") if error.wire_code in (404, 405) else error


_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNK_AROUND = 12
"""Length, name and check sum of a PNG chunk, in bytes."""


def split_pictures(body: bytes) -> tuple[bytes, ...]:
    """The whole PNG files that `body` begins with; what follows them is left out."""
    pictures: list[bytes] = []
    start = 0
    while (end := _end(body, start)) is not None:
        pictures.append(body[start:end])
        start = end
    return tuple(pictures)


def _end(body: bytes, start: int) -> int | None:
    """Where the PNG file that begins at `start` ends; None where no whole one does."""
    if not body.startswith(_SIGNATURE, start):
        return None
    place = start + len(_SIGNATURE)
    while place + _CHUNK_AROUND <= len(body):
        (size,) = struct.unpack_from(">I", body, place)
        name = body[place + 4 : place + 8]
        place += _CHUNK_AROUND + size
        if name == b"IEND":
            return place if place <= len(body) else None
    return None
