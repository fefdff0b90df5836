"""The ways out of a session: the render endpoints (wire/README.md, Endpoints), and a folder that makes
the video without the studio."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from vbtui.base.files import disk_errors
from vbtui.base.formats import FORMATS, USUAL
from vbtui.base.settings import QUALITIES
from vbtui.base.text import safe_filename
from vbtui.studio.project import beds, cards
from vbtui.studio.project.store import OWNER, Session
from vbtui.studio.render.model import LARGEST_SIDE, MOST_FPS, SMALLEST_SIDE, Output
from vbtui.studio.server.renders import COMPLETED, Job, new_job
from vbtui.studio.server.replies import Json, Refusal, address, read_object
from vbtui.studio.server.studio import find_session, session_of, studio_of
from vbtui.timeline.model import AUDIO, VIDEO, read

if TYPE_CHECKING:
    from vbtui.studio.render.rebuild import Recipe

_RENDER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}\Z")
_ATTRIBUTION = ("x-skill-source", "x-skill-version", "x-skill-platform")

_LONGEST_MS = 1000 * 3600 * 1000
ORIGINALS = "originals.json"
"""In the archive: where each original goes, as a list of objects with `name` (the path in the
folder), `id`, `hash` (SHA-256), `size` in bytes and `url`."""
_making = asyncio.Semaphore(1)
"""One archive at a time."""


async def start_render(request: Request) -> Response:
    """`POST /api/render/proxy/lambda`: the same id again is the same render, never a second."""
    missing = [name for name in _ATTRIBUTION if not request.headers.get(name)]
    if missing:
        message = f"Exports need the attribution headers; missing: {', '.join(missing)}."
        raise Refusal(message, code=402)
    body = await read_object(request)
    render_id, session_id, draft = body.get("id"), body.get("sessionId"), body.get("draft")
    if not isinstance(render_id, str) or not _RENDER_ID.match(render_id):
        raise _bad("“id” must be 1 to 128 letters, digits, “_”, “-”, “.” or “:”.")
    if not isinstance(session_id, str):
        raise _bad("“sessionId” must be a text.")
    if not isinstance(draft, dict):
        raise _bad("“draft” must be the draft of the state, an object.")
    wanted = _wanted(body.get("output"))
    session = await session_of(request, session_id)
    renders = studio_of(request).renders
    job = await renders.find(render_id)
    if job is None:
        title = check_draft(draft, session)
        job = await renders.begin(new_job(render_id, session_id, title, wanted), draft)
    if not _asks_for(wanted, job, session_id) or await renders.draft_of(job) != draft:
        raise Refusal("This render id belongs to another render.", code=409)
    return _reply(request, job)


async def render_status(request: Request) -> Response:
    """`GET /api/render/proxy/lambda/<id>`."""
    return _reply(request, await _job_of(request))


async def cancel_render(request: Request) -> Response:
    """`POST /api/render/proxy/lambda/<id>/cancel`."""
    job = await _job_of(request)
    await studio_of(request).renders.cancel(job)
    return _reply(request, job)


async def download(request: Request) -> Response:
    """`GET /api/render/proxy/<id>/download`, whole or by Range."""
    job = await _job_of(request)
    path = studio_of(request).renders.video(job)
    if job.status != COMPLETED:
        raise Refusal("This render has no file yet.", code=409)
    if not path.is_file():
        raise Refusal("The file of this render is gone.", code=410)
    form = FORMATS[job.format]
    return FileResponse(path, media_type=form.mime, filename=f"{job.title}{form.suffix}")


async def script(request: Request) -> Response:
    """`POST /studio/script/<sid>`: the folder as a zip archive. The body: `{"draft", "quality"}`.

    `vbtui.studio.render.rebuild` says what is in it. Any draft of the session's files can be asked for,
    also an older one.
    """
    from vbtui.studio.render.rebuild import write_recipe

    session = await session_of(request)
    body = await read_object(request)
    draft, quality = body.get("draft"), body.get("quality", QUALITIES[0])
    if not isinstance(draft, dict):
        raise _bad("“draft” must be a timeline.")
    if quality not in QUALITIES:
        raise _bad(f"“quality” must be one of {', '.join(QUALITIES)}.")
    check_draft(draft, session)
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


async def _job_of(request: Request) -> Job:
    job = await studio_of(request).renders.find(request.path_params["render_id"])
    is_owner = request.state.user == OWNER
    if job is None or not (is_owner or await find_session(request, job.session_id)):
        raise Refusal("The studio does not know this render.", code=404)
    return job


def _reply(request: Request, job: Job) -> Response:
    data: dict[str, Any] = {
        "id": job.id,
        "sessionId": job.session_id,
        "status": job.status,
        "progress": job.progress,
    }
    if job.status == COMPLETED:
        url = address(request, f"/api/render/proxy/{job.id}/download")
        data["output"] = {"url": url, "format": job.format, "quality": job.quality}
        data["outputUrl"] = url
    if job.copied is not None:
        data["copied"] = job.copied
    if job.remarks:
        data["remark"] = " ".join(job.remarks)
    if job.error:
        data["error"] = job.error
    return Json({"success": True, "code": 0, "data": data})


def _asks_for(wanted: Output, job: Job, session_id: str) -> bool:
    made = (job.session_id, job.quality, job.width, job.height, job.fps, job.format, job.at_ms)
    size = (wanted.width, wanted.height, wanted.fps)
    return made == (session_id, wanted.quality, *size, wanted.format, wanted.at_ms)


def _wanted(output: object) -> Output:
    """What a request's `output` means: beside format and quality, a size, frames a second and the moment of a
    picture."""
    options: Mapping[str, Any] = output if isinstance(output, dict) else {}
    format = options.get("format", USUAL)
    if format not in FORMATS:
        raise _bad(f"“output.format” must be one of {', '.join(FORMATS)}.")
    quality = options.get("quality", "high")
    if quality not in QUALITIES:
        raise _bad(f"“output.quality” must be one of {', '.join(QUALITIES)}.")
    return Output(
        str(quality),
        _side(options, "width"),
        _side(options, "height"),
        _frame_rate(options),
        format=format,
        at_ms=_moment(options),
    )


def _side(options: Mapping[str, Any], name: str) -> int | None:
    side = options.get(name)
    if side is None:
        return None
    if type(side) is not int or not SMALLEST_SIDE <= side <= LARGEST_SIDE:
        raise _bad(f"“output.{name}” must be a number from {SMALLEST_SIDE} to {LARGEST_SIDE}.")
    return side


def _moment(options: Mapping[str, Any]) -> int:
    at_ms = options.get("at_ms", 0)
    if type(at_ms) is not int or not 0 <= at_ms < _LONGEST_MS:
        raise _bad("“output.at_ms” must be a number of milliseconds.")
    return at_ms


def _frame_rate(options: Mapping[str, Any]) -> float | None:
    fps = options.get("fps")
    if fps is None:
        return None
    if type(fps) not in (int, float) or not 1 <= fps <= MOST_FPS:
        raise _bad(f"“output.fps” must be a number from 1 to {MOST_FPS}.")
    return float(fps)


def check_draft(draft: Mapping[str, Any], session: Session) -> str:
    """The title of the draft. Raises `Refusal` when it is empty or needs a file that is not there."""
    timeline = read(draft)
    if timeline is None or not timeline.can_export:
        raise _bad("There is nothing to export yet: describe an edit first.")
    for track, segment in timeline.segments:
        meta = segment.raw.get("m")
        asset = meta.get("asset") if isinstance(meta, Mapping) else None
        if (
            track.type not in (VIDEO, AUDIO)
            or asset is None
            or asset in beds.media() | cards.media()
        ):
            continue
        media = session.find_media(asset) if isinstance(asset, str) else None
        if media is None:
            raise _bad(f"The draft uses “{segment.name}”, which this session does not have.")
        if not media.path.is_file():
            raise _bad(
                f"The file of “{media.filename}” is gone: remove it from the media list, then upload it again."
            )
    return safe_filename(timeline.title or session.record.title)


def _bad(message: str) -> Refusal:
    return Refusal(message, code=400)


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
