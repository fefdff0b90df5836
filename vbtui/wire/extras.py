"""What the local studio has beyond the API: `/studio/…`."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from vbtui.base.errors import BackendError, BadReply, ConnectionBroken, StudioProblem, VbtuiError
from vbtui.base.text import clean, clean_line
from vbtui.timeline.changes import Change
from vbtui.wire.replies import MAX_REPLY_BYTES, Fields, Reply, whole
from vbtui.wire.transport import Transport, segment

_ACCEPT = {"Accept": "application/json"}
_JSON = {"Content-Type": "application/json", **_ACCEPT}
_MAX_FRAME_BYTES = 32 * 1024 * 1024
_MAX_OPERATIONS, _MAX_LINE = 200, 200
_MOST_SUGGESTIONS = 3
_DRAWING_S = 300.0
"""So long a slow machine may take to draw the sample footage."""


class Operation(NamedTuple):
    """Something that the studio can be asked for."""

    op: str
    english: str
    """One line of help."""
    chinese: str
    examples: tuple[str, ...]
    """Sentences in both languages."""
    is_built: bool
    """Else it is understood, and refused."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sentence would do: the last of its turns, where it has several."""

    say: str
    reply: str
    """Markdown: a question, a refusal, how something open would be understood; may be empty."""
    question: str
    """Empty where nothing is asked."""
    refused: str
    """Why a part of it cannot be done; empty where all can."""
    is_changed: bool
    changes: tuple[Change, ...]
    operations: tuple[Mapping[str, Any], ...]
    """What would be done: `op`, and its slots by their names."""
    raw: Mapping[str, Any]
    """As the studio told it, `timeline` included."""

    @property
    def is_done(self) -> bool:
        """Whether all that it asks for would be so afterwards."""
        return bool(self.operations or self.is_changed) and not (self.question or self.refused)


@dataclass(frozen=True, slots=True)
class Plans:
    """What `Extras.plan` gives."""

    after: tuple[Plan, ...]
    """One for each turn that comes first, without its timeline."""
    plans: tuple[Plan, ...]
    """One for each of what was said."""


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

    async def operations(self) -> tuple[Operation, ...]:
        """What the studio can be asked for; none where it does not say."""
        given = (await self.capabilities() or {}).get("operations")
        read = map(_operation, given[:_MAX_OPERATIONS] if isinstance(given, list) else ())
        return tuple(one for one in read if one is not None)

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

    async def restore(self, session_id: str, draft: Any) -> None:
        """Makes `draft`, one that the session had, its current one; an undo takes that back.

        Raises `StudioProblem` where the backend brings none back.
        """
        try:
            await self._posted(f"/studio/restore/{segment(session_id)}", {"draft": draft})
        except BackendError as error:
            raise _no_studio(error, "This backend brings no older timeline back.") from None

    async def plan(
        self, session_id: str, say: Sequence[Sequence[str]], after: Sequence[str] = ()
    ) -> Plans:
        """What each of `say` – one turn or several – would do to the session, and nothing is done.

        Args:
            after: turns that come before each of them.

        Raises `StudioProblem` where the backend plans nothing.
        """
        body = {"session_id": session_id, "say": [list(one) for one in say], "after": list(after)}
        try:
            reply = whole(await self._posted("/studio/plan", body))
        except BackendError as error:
            raise _no_studio(error, "This backend cannot be asked without doing.") from None
        data = reply.needed("data")
        found = Plans(*(_plans(data, key) for key in ("after", "plans")))
        if len(found.after) != len(after) or len(found.plans) != len(say):
            raise BadReply("The studio did not answer for every sentence.")
        return found

    async def suggestions(self, session_id: str, language: str) -> tuple[str, ...]:
        """Sentences that are done to the session as it is now; none where the backend suggests nothing."""
        path = f"/studio/suggestions/{segment(session_id)}?{urlencode({'language': language})}"
        try:
            reply = whole(await self._transport.call("GET", path, headers=_ACCEPT))
        except BackendError as error:
            if error.wire_code in (403, 404, 405):
                return ()
            raise
        given = reply.needed("data").value.get("suggestions")
        found = map(_line, given[:_MOST_SUGGESTIONS] if isinstance(given, list) else ())
        return tuple(filter(None, found))

    async def sample(self) -> tuple[Path, ...]:
        """Files to try things on, which lie on this machine; the first time they are drawn, which takes a while.

        Raises `StudioProblem` where the backend has none.
        """
        try:
            reply = whole(await self._posted("/studio/sample", {}, read_s=_DRAWING_S))
        except BackendError as error:
            raise _no_studio(error, "This backend has no sample footage.") from None
        files = reply.needed("data").items("files")
        paths = [one.get("path") for _, one in files if isinstance(one, Mapping)]
        return tuple(Path(one) for one in paths if isinstance(one, str) and one.startswith("/"))

    async def _posted(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        limit: int = MAX_REPLY_BYTES,
        read_s: float | None = None,
    ) -> Reply:
        content = json.dumps(body).encode()
        return await self._transport.call(
            "POST", path, headers=_JSON, content=content, limit=limit, read_s=read_s
        )

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


def _operation(given: object) -> Operation | None:
    """One entry of `operations`; None for what is none."""
    if not isinstance(given, Mapping):
        return None
    told, said = given.get("help"), given.get("examples")
    lines = told if isinstance(told, Mapping) else {}
    english, chinese = (_line(lines.get(one)) for one in ("en", "zh"))
    examples = tuple(filter(None, map(_line, said if isinstance(said, list) else ())))
    name = _line(given.get("op"))
    if not name or not (english or chinese):
        return None
    built = given.get("built") is not False
    return Operation(name, english or chinese, chinese or english, examples, built)


def _line(value: object) -> str:
    return clean_line(value)[:_MAX_LINE].strip() if isinstance(value, str) else ""


def _no_studio(error: BackendError, message: str) -> VbtuiError:
    """What a refusal means where a backend that is no studio knows no such address."""
    if error.wire_code == 403:
        return StudioProblem(error.message, hint="")
    return StudioProblem(message, hint="") if error.wire_code in (404, 405) else error


def _plans(data: Fields, key: str) -> tuple[Plan, ...]:
    return tuple(
        _plan(Fields(one, name)) for name, one in data.items(key) if isinstance(one, Mapping)
    )


def _plan(one: Fields) -> Plan:
    refused, changes, operations = (
        one.value.get(key) for key in ("refused", "changes", "operations")
    )
    return Plan(
        say=_words(one.value.get("say")),
        reply=_words(one.value.get("reply")),
        question=_words(one.value.get("question")),
        refused=_words(refused.get("message")) if isinstance(refused, Mapping) else "",
        is_changed=one.value.get("changed") is True,
        changes=tuple(_change(Fields(value, "changes")) for value in _objects(changes)),
        operations=_objects(operations),
        raw=one.value,
    )


def _change(one: Fields) -> Change:
    return Change(
        kind=one.line("kind"),
        subject=one.line("subject"),
        before=one.line("before"),
        after=one.line("after"),
        type=_whole(one.value.get("type")),
        name=one.line("name"),
        number=_whole(one.value.get("number")) or 0,
        number_before=_whole(one.value.get("number_before")) or 0,
        was=_span(one.value.get("was")),
        now=_span(one.value.get("now")),
        extra=one.line("extra"),
        along=one.value.get("along") is True,
    )


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _span(value: object) -> tuple[int, int] | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    start, end = map(_whole, value)
    return (start, end) if start is not None and end is not None else None


def _objects(value: object) -> tuple[Mapping[str, Any], ...]:
    return (
        tuple(one for one in value if isinstance(one, Mapping)) if isinstance(value, list) else ()
    )


def _words(value: object) -> str:
    return clean(value) if isinstance(value, str) else ""


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
