"""Is the finished video what the timeline promised: a picture that moves, and sound?

The look needs PyAV (the `studio` extra) and happens in a process of its own; without it nothing is
said. Where the originals are black, still or silent themselves, that is a remark and no warning.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vbtui.base import programs
from vbtui.base.problem import Problem
from vbtui.base.settings import IMAGE_SUFFIXES
from vbtui.fallback.plan import sources
from vbtui.fallback.search import Original, Originals, rows_of
from vbtui.journal.records import DraftVersion
from vbtui.session.context import Context
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Segment, Timeline
from vbtui.timeline.sources import named_by

DOUBTFUL = "video_doubtful"
"""The code of a problem with a finished video."""
REMARK = "video_remark"
"""The code of what is only to be known about one: the originals are that way themselves."""
_DAMAGED = "Parts of it cannot be decoded."
_LIMIT_S = 60.0
_MOST_ORIGINALS = 20


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen and heard in one file."""

    has_video: bool = True
    has_audio: bool = True
    black: bool = False
    frozen: bool = False
    silent: bool = False
    damaged: bool = False
    """Whether part of it cannot be decoded."""


async def examine(
    context: Context,
    path: Path,
    draft: DraftVersion | None,
    length_remark: str,
    backend_remark: str = "",
) -> Problem | None:
    """What is odd about the video at `path`, in words; None when nothing is.

    Args:
        length_remark: what is odd about its length already; may be empty.
        backend_remark: what its maker remarked about it; may be empty.
    """
    warnings = [length_remark] if length_remark else []
    remarks = [backend_remark] if backend_remark else []
    looks = await _look([path])
    timeline = draft.timeline if draft else None
    if looks and looks[0] is None:
        warnings.append("It cannot be opened as a video.")
    elif looks and looks[0] is not None and draft is not None and timeline is not None:
        await _judge(context, draft, timeline, looks[0], warnings, remarks)
    if warnings:
        code = f"{DOUBTFUL}.length" if warnings == [length_remark] else DOUBTFUL
        hint = "If that shows, upload whole copies of its clips." if _DAMAGED in warnings else ""
        return Problem.coded(code, message=" ".join([*warnings, *remarks]), hint=hint)
    return Problem.coded(REMARK, message=" ".join(remarks)) if remarks else None


async def _judge(
    context: Context,
    draft: DraftVersion,
    timeline: Timeline,
    seen: Look,
    warnings: list[str],
    remarks: list[str],
) -> None:
    """Compare with what the timeline promises; the originals are opened only in doubt."""
    pictures = [segment for track, segment in sources(timeline) if track.type == VIDEO]
    if seen.damaged:
        warnings.append(_DAMAGED)
    if not seen.has_video and any(track.type in (VIDEO, TEXT) for track, _ in timeline.segments):
        warnings.append("There is no picture in it.")
    frozen = seen.frozen and not seen.black and not all(map(_is_still, pictures))
    lost_sound = seen.silent and _wants_sound(timeline)
    maybe_sound = seen.silent and not lost_sound and any(map(_is_loud, pictures))
    black = seen.black and bool(pictures)
    if not (black or frozen or lost_sound or maybe_sound):
        return
    originals = await _originals(context, draft, timeline)
    if black:
        own = _all(originals, VIDEO, "black")
        _say(own, "The picture is black throughout.", "so are the clips", warnings, remarks)
    if frozen:
        own = _all(originals, VIDEO, "frozen")
        _say(own, "The picture never moves.", "nor do the clips", warnings, remarks)
    if lost_sound:
        own = _all(originals, AUDIO, "silent")
        _say(own, "Nothing is heard in the video.", "the sounds are silent", warnings, remarks)
    elif maybe_sound and _all(originals, VIDEO, "silent") is False:
        warnings.append("Nothing is heard in the video, though the clips have sound.")


def _say(
    is_own: bool | None, sentence: str, as_are: str, warnings: list[str], remarks: list[str]
) -> None:
    if is_own:
        remarks.append(f"{sentence[:-1]}: {as_are} that it is made from.")
    else:
        warnings.append(sentence)


def _all(originals: Sequence[tuple[int, Look]], kind: int, what: str) -> bool | None:
    """Whether all originals on tracks of that kind are so; None when none could be looked at."""
    found = [getattr(look, what) for track_type, look in originals if track_type == kind]
    return all(found) if found else None


def _wants_sound(timeline: Timeline) -> bool:
    tracks = [track for track in timeline.tracks if track.type == AUDIO]
    return any(_is_loud(segment) for track in tracks for segment in track.segments)


def _is_loud(segment: Segment) -> bool:
    return segment.volume is None or segment.volume > 0.001


def _is_still(segment: Segment) -> bool:
    """Whether it is a picture, by any name that it has."""
    names = named_by(segment).names
    return any(os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES for name in names)


async def _originals(
    context: Context, draft: DraftVersion, timeline: Timeline
) -> list[tuple[int, Look]]:
    """The timeline's files on this machine with their track's type, each looked at."""
    rows = await context.journal.run(lambda c: rows_of(c, draft.session_id))
    known = Originals(rows)

    def find() -> dict[tuple[int, Path], Original]:
        found: dict[tuple[int, Path], Original] = {}
        for track, segment in sources(timeline):
            original, _ = known.find(segment)
            if original is not None and len(found) < _MOST_ORIGINALS:
                found[track.type or 0, original.path] = original
        return found

    files = list(await asyncio.to_thread(find))
    looks = await _look([path for _, path in files])
    return [
        (kind, replace(look, frozen=look.frozen or path.suffix.lower() in IMAGE_SUFFIXES))
        for (kind, path), look in zip(files, looks, strict=False)
        if look is not None
    ]


async def _look(paths: Sequence[Path]) -> list[Look | None]:
    """Each file as the looking process sees it; empty where it cannot look at all."""
    if not paths or importlib.util.find_spec("av") is None:
        return []
    names = [os.fspath(path.absolute()) for path in paths]
    try:
        process = await programs.start(
            programs.python("vbtui.exports.video_look", *names), "vbtui", new_session=True
        )
    except OSError:
        return []
    try:
        async with asyncio.timeout(_LIMIT_S):
            output, _ = await process.communicate()
    except TimeoutError:
        return []
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return [_read(line) for line in output.splitlines()]


def _read(line: bytes) -> Look | None:
    try:
        value: Any = json.loads(line)
        return Look(**value) if value else None
    except (ValueError, TypeError):
        return None
