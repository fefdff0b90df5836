"""A media file as the wire shows it: in upload replies and in the state's `video_infos`."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from vbtui.studio.project.media import Media


def media_entry(request: Request, session_id: str, media: Media) -> dict[str, Any]:
    """wire.md's `data.files[]`; `hash` is the SHA-256 of the content, `duration` is in seconds."""
    url = address(request, f"/studio/media/{session_id}/{media.id}")
    entry: dict[str, Any] = {
        "id": media.id,
        "filename": media.filename,
        "file_type": media.kind,
        "type": media.kind,
        "cdn_url": url,
        "url": url,
        "size": media.size,
        "hash": media.sha256,
        "duration": media.duration_ms / 1000,
    }
    if media.width:
        entry |= {"width": media.width, "height": media.height}
    if media.kind == "video":
        entry |= {"fps": media.fps, "variable_fps": media.variable_fps}
        entry |= {"has_audio": media.audio is not None, "rotation": media.rotation}
    return entry


def address(request: Request, path: str) -> str:
    """`path` on this studio, by the name that the client called it."""
    return f"{request.url.scheme}://{request.url.netloc}{path}"
