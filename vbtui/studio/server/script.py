"""`POST /studio/script/<sid>`: everything but the originals of a folder that rebuilds a video."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from vbtui.base.disk import disk_errors
from vbtui.studio.project.entries import address
from vbtui.studio.render import QUALITIES, Output
from vbtui.studio.server.context import session_of, studio_of
from vbtui.studio.server.replies import Refusal, read_object

if TYPE_CHECKING:
    from vbtui.studio.render.rebuild import Recipe

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
