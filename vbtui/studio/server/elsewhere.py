"""Pictures of drafts that are no session's here: those of another backend, made from files of this
machine. Only a child of a vbtui makes them, for whoever has its token is the user whose files these
are.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from vbtui.base.errors import UnsupportedFile
from vbtui.base.text import clean_line
from vbtui.studio.project.media import Media
from vbtui.studio.server import extras
from vbtui.studio.server.context import studio_of
from vbtui.studio.server.replies import Refusal, ok, read_object
from vbtui.timeline.model import read

FORGOTTEN = 410
"""A draft names a file that was not looked at since this studio began: look at it again."""
_MOST_AT_ONCE = 1_000


async def look_at(request: Request) -> Response:
    """`POST /studio/originals`: `{"files": [{"path", "name"}, …]}`.

    For each `{"id"}`, what `m.asset` of a draft calls it below, or `{"refused"}`: why not, as a
    sentence.
    """
    _refuse_strangers(request)
    files = (await read_object(request)).get("files")
    if not isinstance(files, list) or len(files) > _MOST_AT_ONCE:
        message = f"“files” must be a list of at most {_MOST_AT_ONCE} objects."
        raise Refusal(message, code=400, status=400)
    studio = studio_of(request)
    found: list[Mapping[str, Any]] = []
    for path, name in map(_named, files):
        try:
            found.append({"id": await studio.originals.look(path, name, studio.prober)})
        except UnsupportedFile as error:
            found.append({"refused": error.message})
    return ok({"files": found})


async def frame(request: Request) -> Response:
    """`POST /studio/frame?at=&width=&height=`: the picture of `{"draft"}`, as PNG."""
    wanted = extras.wanted_picture(request)
    return await extras.one_picture(*await _posted(request), wanted)


async def frames(request: Request) -> Response:
    """`POST /studio/frames?at=&count=&fps=&width=&height=`: pictures of `{"draft"}` that move."""
    wanted = extras.wanted_pictures(request)
    return await extras.moving_pictures(*await _posted(request), wanted)


async def _posted(request: Request) -> tuple[Mapping[str, Any], Mapping[str, Media]]:
    """The draft of the body and the files that it is made from."""
    _refuse_strangers(request)
    draft = (await read_object(request)).get("draft")
    timeline = read(draft)
    if timeline is None or not isinstance(draft, dict):
        raise Refusal("“draft” must be a timeline.", code=400, status=400)
    known = studio_of(request).originals.media
    named = {segment.source for _, segment in timeline.segments if segment.source}
    if not named <= known.keys():
        message = "A file of this timeline was not looked at."
        raise Refusal(message, code=FORGOTTEN, status=FORGOTTEN)
    return draft, {name: known[name] for name in named}


def _named(file: object) -> tuple[Path, str]:
    path = file.get("path") if isinstance(file, dict) else None
    name = file.get("name") if isinstance(file, dict) else None
    if not isinstance(path, str) or not isinstance(name, str) or not os.path.isabs(path):
        raise Refusal("Each file must have a whole “path” and a “name”.", code=400, status=400)
    return Path(path), clean_line(name)[:200]


def _refuse_strangers(request: Request) -> None:
    if not studio_of(request).life.has_parent:
        message = "A studio that was started by hand opens no files where they lie."
        raise Refusal(message, code=403, status=403)
