"""What the local studio has and the cloud has not: `/studio/…`.

`POST /studio/script/<sid>`: everything but the originals of a folder that rebuilds a video.
"""

from __future__ import annotations

import asyncio
import json
import mimetypes
import secrets
import shutil
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from vbtui import __version__
from vbtui.base.errors import RenderFailed
from vbtui.base.files import disk_errors
from vbtui.studio.project.media import Media
from vbtui.studio.project.store import Draft, Session
from vbtui.studio.render import QUALITIES, Output
from vbtui.studio.server.context import session_of, studio_of
from vbtui.studio.server.replies import Refusal, address, ok, read_object

if TYPE_CHECKING:
    from vbtui.studio.render.rebuild import Recipe


_LARGEST = 3840
_LARGEST_MOVING = 640
_MOST_FRAMES = 60
_AT_ONCE = 2
_drawing = asyncio.Semaphore(_AT_ONCE)


class Picture(NamedTuple):
    """A picture that is asked for: its time, and the pixels that it fits into."""

    at_ms: int
    width: int
    height: int


class Pictures(NamedTuple):
    """A run of them."""

    at_ms: int
    width: int
    height: int
    number: int
    fps: int


async def capabilities(request: Request) -> Response:
    """`GET /studio/capabilities`: what a client may use here.

    `render_size` and `render_fps`: the `output` of a render may name `width`, `height`, `fps`.
    `originals`: drafts of other backends are drawn from files where they lie.
    """
    known = ("frame", "frames", "media", "lease", "script", "render_size", "render_fps")
    own = {"originals": studio_of(request).life.has_parent}
    return ok({"name": "vbtui studio", "version": __version__, **dict.fromkeys(known, True), **own})


async def frame(request: Request) -> Response:
    """`GET /studio/frame/<sid>?at=&width=&height=&version=`: the composed picture, as PNG.

    `at` is in ms; `version` is a draft's `m.version` among those that undo can reach, the current
    draft without it.
    """
    wanted = wanted_picture(request)
    session = await session_of(request)
    draft = await _draft(request, session)
    return await one_picture(draft, {item.id: item for item in session.media}, wanted)


async def frames(request: Request) -> Response:
    """`GET /studio/frames/<sid>?at=&count=&fps=&width=&height=`: pictures of a moving preview.

    PNG after PNG, `fps` of them a second, from `at` ms on; fewer at the end of the timeline.
    """
    wanted = wanted_pictures(request)
    session = await session_of(request)
    draft = await _draft(request, session)
    return await moving_pictures(draft, {item.id: item for item in session.media}, wanted)


def wanted_picture(request: Request) -> Picture:
    """What the query asks for. Raises `Refusal` (400)."""
    return Picture(
        at_ms=_number(request, "at", 0, 10**9, 0),
        width=_number(request, "width", 16, _LARGEST, 640),
        height=_number(request, "height", 16, _LARGEST, 360),
    )


def wanted_pictures(request: Request) -> Pictures:
    """What the query asks for. Raises `Refusal` (400)."""
    return Pictures(
        at_ms=_number(request, "at", 0, 10**9, 0),
        number=_number(request, "count", 1, _MOST_FRAMES, 10),
        fps=_number(request, "fps", 1, 30, 10),
        width=_number(request, "width", 16, _LARGEST_MOVING, 160),
        height=_number(request, "height", 16, _LARGEST_MOVING, 90),
    )


async def one_picture(draft: Draft, media: Mapping[str, Media], wanted: Picture) -> Response:
    """That picture of `draft`."""
    from vbtui.studio.render import frame as draw

    async with _drawing, _said():
        picture = await draw(draft, media, wanted.at_ms, wanted.width, wanted.height)
    return Response(picture, media_type="image/png", headers={"Cache-Control": "no-store"})


async def moving_pictures(draft: Draft, media: Mapping[str, Media], wanted: Pictures) -> Response:
    """Those pictures of `draft`."""
    from vbtui.studio.render import frames as draw

    at_ms, width, height, number, fps = wanted
    async with _drawing, _said():
        pictures = await draw(draft, media, at_ms, width, height, count=number, fps=fps)
    kind = "application/octet-stream"
    return Response(pictures, media_type=kind, headers={"Cache-Control": "no-store"})


@asynccontextmanager
async def _said() -> AsyncIterator[None]:
    """What cannot be drawn is no failure of the studio: the client shows the reason."""
    try:
        yield
    except RenderFailed as error:
        raise Refusal(error.message, code=422, status=422) from None


async def media_file(request: Request) -> Response:
    """`GET /studio/media/<sid>/<asset id>`: the uploaded file; a `cdn_url` points here."""
    session = await session_of(request)
    media = session.find_media(request.path_params["asset_id"])
    if media is None or not media.path.is_file():
        raise Refusal("The studio does not have this file.", code=404, status=404)
    kind = mimetypes.guess_type(media.path.name)[0] or "application/octet-stream"
    return FileResponse(media.path, media_type=kind, filename=media.filename)


async def _draft(request: Request, session: Session) -> Draft:
    wanted = request.query_params.get("version", "")
    draft = await session.draft()
    if wanted and str(_version(draft)) != wanted:
        draft = await asyncio.to_thread(_find, session, wanted)
    if draft is None:
        raise Refusal("There is no such timeline yet.", code=404, status=404)
    return draft


def _find(session: Session, version: str) -> Draft | None:
    earlier = chain(reversed(session.previous), session.undone)
    return next((draft for draft in earlier if str(_version(draft)) == version), None)


def _version(draft: Draft | None) -> object:
    meta = draft.get("m") if draft else None
    return meta.get("version") if isinstance(meta, Mapping) else None


def _number(request: Request, name: str, least: int, most: int, default: int) -> int:
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdecimal() or not least <= int(text[:12]) <= most:
        message = f"“{name}” must be a whole number from {least} to {most}."
        raise Refusal(message, code=400, status=400)
    return int(text)


ORIGINALS = "originals.json"
"""In the archive: where each original goes, as a list of objects with `name` (the path in the
folder), `id`, `hash` (SHA-256), `size` in bytes and `url`."""
_making = asyncio.Semaphore(1)


async def script(request: Request) -> Response:
    """The folder as a zip archive. The body: `{"draft": …, "quality": "high"}`.

    `vbtui.studio.render.rebuild` says what is in it. Any draft of the session's files can be asked for,
    also an older one.
    """
    from vbtui.studio.render.rebuild import write_recipe

    session = await session_of(request)
    body = await read_object(request)
    draft, quality = body.get("draft"), body.get("quality", QUALITIES[0])
    if not isinstance(draft, dict):
        raise Refusal("“draft” must be a timeline.", code=400, status=400)
    if quality not in QUALITIES:
        message = f"“quality” must be one of {', '.join(QUALITIES)}."
        raise Refusal(message, code=400, status=400)
    folder = studio_of(request).store.incoming / f"script-{secrets.token_hex(8)}"
    media = {item.id: item for item in session.media}
    try:
        async with _making:
            with disk_errors(folder.parent):
                contents = folder / "contents"
                await asyncio.to_thread(contents.mkdir, parents=True)
                recipe = await write_recipe(draft, media, Output(quality), contents)
                listed = _listed(request, session.id, recipe)
                archive = await asyncio.to_thread(_pack, contents, listed)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(
        archive,
        media_type="application/zip",
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )


def _listed(request: Request, session_id: str, recipe: Recipe) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "id": media.id,
            "hash": media.sha256,
            "size": media.size,
            "url": address(request, f"/studio/media/{session_id}/{media.id}"),
        }
        for name, media in recipe.originals.items()
    ]


def _pack(contents: Path, originals: list[dict[str, Any]]) -> Path:
    """Pictures are compressed already, so everything is stored as it is."""
    archive = contents.with_name("rebuild.zip")
    with zipfile.ZipFile(archive, "x") as made:
        for path in sorted(contents.rglob("*")):
            if path.is_file():
                made.write(path, path.relative_to(contents).as_posix())
        made.writestr(ORIGINALS, json.dumps(originals))
    return archive
