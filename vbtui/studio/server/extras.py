"""What the local studio has and the cloud has not: `/studio/…`. Its pictures are in `previews`."""

from __future__ import annotations

import asyncio
import json
import mimetypes
import secrets
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from vbtui import __version__
from vbtui.base.files import disk_errors
from vbtui.studio.render import QUALITIES, Output
from vbtui.studio.server.context import session_of, studio_of
from vbtui.studio.server.replies import Refusal, address, ok, read_object

if TYPE_CHECKING:
    from vbtui.studio.render.rebuild import Recipe


async def capabilities(request: Request) -> Response:
    """`GET /studio/capabilities`: what a client may use here.

    `render_size` and `render_fps`: the `output` of a render may name `width`, `height`, `fps`.
    `originals`: drafts of other backends are drawn from files where they lie.
    """
    known = ("frames", "media", "lease", "script", "render_size", "render_fps")
    own = {"originals": studio_of(request).life.has_parent}
    return ok({"name": "vbtui studio", "version": __version__, **dict.fromkeys(known, True), **own})


async def media_file(request: Request) -> Response:
    """`GET /studio/media/<sid>/<asset id>`: the uploaded file; a `cdn_url` points here."""
    session = await session_of(request)
    media = session.find_media(request.path_params["asset_id"])
    if media is None or not media.path.is_file():
        raise Refusal("The studio does not have this file.", code=404, status=404)
    kind = mimetypes.guess_type(media.path.name)[0] or "application/octet-stream"
    return FileResponse(media.path, media_type=kind, filename=media.filename)


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
