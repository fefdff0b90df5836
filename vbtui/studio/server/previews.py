"""Pictures of drafts: a session's own, and those of another backend, made from files of this machine.

Only a child of a vbtui draws foreign drafts, for whoever has its token is the user whose files these
are.

What was drawn is remembered here and nowhere else: only here it is known exactly what a picture is
made of, whichever client asks and whosever draft it is.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Coroutine, Mapping
from dataclasses import astuple, dataclass
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from vbtui.base.errors import RenderFailed, UnsupportedFile
from vbtui.base.text import clean_line
from vbtui.studio.project.draft import Draft
from vbtui.studio.project.media import Media
from vbtui.studio.project.store import Session
from vbtui.studio.server.replies import Refusal, ok, read_object
from vbtui.studio.server.studio import disconnected, session_of, studio_of
from vbtui.timeline.model import read

FORGOTTEN = 410
"""A draft names a file that was not looked at since this studio began: look at it again."""
_MOST_FILES = 1_000
_LARGEST, _LARGEST_OF_SEVERAL = 3840, 640
_MOST_FRAMES = 60
_drawing = asyncio.Semaphore(2)
"""So many requests are drawn at the same time."""
_REMEMBERED_BYTES = 16 * 1024 * 1024
"""Of pictures that were drawn, the newest."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The pictures that are asked for."""

    at_ms: int
    count: int
    fps: int
    width: int
    """They fit into so many pixels."""
    height: int


async def frames(request: Request) -> Response:
    """`GET /studio/frames/<sid>?at=&count=&fps=&width=&height=&version=`: the composed pictures.

    PNG after PNG, from `at` ms on; without a `count` one. Of several there are `fps` a second, and
    fewer at the end of the timeline. `version` is a draft's `m.version` among those that undo can
    reach, the current draft without it.
    """
    wanted = _wanted(request)
    session = await session_of(request)
    draft = await _draft(request, session)
    return await _drawn(request, draft, {item.id: item for item in session.media}, wanted)


async def frames_of_posted(request: Request) -> Response:
    """`POST /studio/frames?at=&count=&fps=&width=&height=`: as above, of `{"draft"}`."""
    wanted = _wanted(request)
    return await _drawn(request, *await _posted(request), wanted)


async def look_at_originals(request: Request) -> Response:
    """`POST /studio/originals`: `{"files": [{"path", "name"}, …]}`.

    For each `{"id"}`, what `m.asset` of a posted draft calls it, or `{"refused"}`: why not, as a
    sentence.
    """
    _refuse_strangers(request)
    files = (await read_object(request)).get("files")
    if not isinstance(files, list) or len(files) > _MOST_FILES:
        raise Refusal(f"“files” must be a list of at most {_MOST_FILES} objects.", code=400)
    studio = studio_of(request)
    found: list[Mapping[str, Any]] = []
    for path, name in map(_path_and_name, files):
        try:
            found.append({"id": await studio.linked.look(path, name, studio.prober)})
        except UnsupportedFile as error:
            found.append({"refused": error.message})
    return ok({"files": found})


async def _drawn(
    request: Request, draft: Draft, media: Mapping[str, Media], wanted: Wanted
) -> Response:
    """What cannot be drawn is no failure of the studio: the client shows the reason."""
    from vbtui.studio.render import frames as draw

    studio = studio_of(request)
    known = studio.drawn
    key, named = await asyncio.to_thread(_key, draft, media, wanted)
    studio.proxies.want(named, first=True)
    at_ms, count, fps, width, height = astuple(wanted)
    pictures = known.get(key)

    async def drawn() -> bytes:
        async with _drawing:
            return await draw(
                draft,
                media,
                at_ms,
                width,
                height,
                count=count,
                fps=fps,
                find_proxy=studio.proxies.find,
            )

    if pictures is None:
        try:
            pictures = await _while_wanted(request, drawn())
        except RenderFailed as error:
            raise Refusal(error.message, code=422) from None
        known[key] = pictures
    known.move_to_end(key)
    while len(known) > 1 and sum(map(len, known.values())) > _REMEMBERED_BYTES:
        known.popitem(last=False)
    kind = "image/png" if count == 1 else "application/octet-stream"
    return Response(pictures, media_type=kind, headers={"Cache-Control": "no-store"})


async def _while_wanted(request: Request, work: Coroutine[Any, Any, bytes]) -> bytes:
    """What `work` gives. Whoever has gone to another place does not keep those out who want a picture of that: it is
    cancelled when the client goes. Raises `Refusal` then, which nobody hears."""
    task = asyncio.create_task(work, name="pictures")
    gone = asyncio.create_task(disconnected(request.receive))
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise Refusal("Nobody waits for these pictures any more.", code=400)
        return await task
    finally:
        task.cancel()
        gone.cancel()
        await asyncio.wait((task, gone))


def _key(
    draft: Draft, media: Mapping[str, Media], wanted: Wanted
) -> tuple[bytes, tuple[Media, ...]]:
    """Of the draft, the pictures that are wanted, and the content of the files as it is now; the files, those that are
    seen there first."""
    timeline = read(draft)
    segments = [segment for _, segment in timeline.segments] if timeline else []
    segments.sort(key=lambda one: max(one.start_ms - wanted.at_ms, wanted.at_ms - one.end_ms, 0))
    named = dict.fromkeys(one.source for one in segments if one.source in media)
    files = [(name, media[name].sha256, _changed_at(media[name].path)) for name in sorted(named)]
    key = sha256(json.dumps([draft, astuple(wanted), files]).encode()).digest()
    return key, tuple(media[name] for name in named)


def _changed_at(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


def _wanted(request: Request) -> Wanted:
    """What the query asks for. Raises `Refusal` (400)."""
    count = _number(request, "count", 1, _MOST_FRAMES, 1)
    largest = _LARGEST if count == 1 else _LARGEST_OF_SEVERAL
    return Wanted(
        at_ms=_number(request, "at", 0, 10**9, 0),
        count=count,
        fps=_number(request, "fps", 1, 30, 10),
        width=_number(request, "width", 16, largest, 640),
        height=_number(request, "height", 16, largest, 360),
    )


def _number(request: Request, name: str, least: int, most: int, default: int) -> int:
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdecimal() or not least <= int(text[:12]) <= most:
        raise Refusal(f"“{name}” must be a whole number from {least} to {most}.", code=400)
    return int(text)


async def _draft(request: Request, session: Session) -> Draft:
    wanted = request.query_params.get("version", "")
    draft = await session.draft()
    if wanted and str(_version(draft)) != wanted:
        draft = await asyncio.to_thread(_find, session, wanted)
    if draft is None:
        raise Refusal("There is no such timeline yet.", code=404)
    return draft


def _find(session: Session, version: str) -> Draft | None:
    earlier = chain(reversed(session.previous), session.undone)
    return next((draft for draft in earlier if str(_version(draft)) == version), None)


def _version(draft: Draft | None) -> object:
    meta = draft.get("m") if draft else None
    return meta.get("version") if isinstance(meta, Mapping) else None


async def _posted(request: Request) -> tuple[Draft, Mapping[str, Media]]:
    """The draft of the body and the files that it is made from."""
    _refuse_strangers(request)
    draft = (await read_object(request)).get("draft")
    timeline = read(draft)
    if timeline is None or not isinstance(draft, dict):
        raise Refusal("“draft” must be a timeline.", code=400)
    known = studio_of(request).linked.media
    named = {segment.source for _, segment in timeline.segments if segment.source}
    if not named <= known.keys():
        raise Refusal("A file of this timeline was not looked at.", code=FORGOTTEN)
    return draft, {name: known[name] for name in named}


def _path_and_name(file: object) -> tuple[Path, str]:
    path = file.get("path") if isinstance(file, dict) else None
    name = file.get("name") if isinstance(file, dict) else None
    if not isinstance(path, str) or not isinstance(name, str) or not os.path.isabs(path):
        raise Refusal("Each file must have a whole “path” and a “name”.", code=400)
    return Path(path), clean_line(name)[:200]


def _refuse_strangers(request: Request) -> None:
    if not studio_of(request).life.has_parent:
        raise Refusal("A studio that was started by hand opens no files where they lie.", code=403)
