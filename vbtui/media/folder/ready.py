"""Why a file is not taken though it has been quiet for the settle time. Blocks: for a thread."""

from __future__ import annotations

from pathlib import Path

from vbtui.base import mp4
from vbtui.base.mp4 import Wholeness
from vbtui.media import files
from vbtui.media.folder.settle import Tracked
from vbtui.media.folder.whole import is_open_for_writing, wholeness

WRITER_QUIET_S = 60.0
"""A file that somebody still has open for writing must be quiet for so long."""
UNFINISHED_QUIET_S = 30.0
"""The same for one that does not end like its kind."""
CAME_BACK_QUIET_S = 25.0
"""The same for one whose writer closes it, and opens it again to add to it."""

Hold = tuple[str, float | None]
"""The reason, and when to look again; None: not before the file changes."""


def why_hold(path: Path, tracked: Tracked, now: float, *, is_local: bool) -> Hold | None:
    """What speaks against taking a quiet file; None: nothing.

    `is_local`: the system knows who has the file open.
    """
    size = tracked.identity.size
    if size == 0:
        return "empty so far", None
    if files.suffix_problem(path.name) or files.size_problem(size):
        return None
    quiet_s = now - tracked.changed_at
    verdict = wholeness(path)
    if verdict is Wholeness.CUT_OFF and path.suffix.lower() in mp4.SUFFIXES:
        return f"incomplete {path.suffix.lower().lstrip('.')}", None
    if is_local and quiet_s < WRITER_QUIET_S and is_open_for_writing(path):
        return _quiet("open in another program", quiet_s, WRITER_QUIET_S), now + 1
    if tracked.at_once or verdict is Wholeness.WHOLE:
        return None
    if verdict is Wholeness.CUT_OFF and quiet_s < UNFINISHED_QUIET_S:
        until = tracked.changed_at + UNFINISHED_QUIET_S
        return _quiet("seems cut off", quiet_s, UNFINISHED_QUIET_S), until
    if tracked.came_back and quiet_s < CAME_BACK_QUIET_S:
        until = tracked.changed_at + CAME_BACK_QUIET_S
        return _quiet("written in bursts", quiet_s, CAME_BACK_QUIET_S), until
    return None


def _quiet(why: str, quiet_s: float, of_s: float) -> str:
    return f"{why}, quiet {quiet_s:.0f} s of {of_s:g}"
