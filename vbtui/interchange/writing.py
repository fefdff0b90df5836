"""Writes a timeline in several formats, each file under a temporary name until it is whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from vbtui.base.errors import UsageError
from vbtui.base.files import check_folder, disk_problem, part_path, put_in_place
from vbtui.base.text import clean_line, safe_filename
from vbtui.interchange.edl import edl
from vbtui.interchange.fcp import fcp
from vbtui.interchange.model import FORMATS, LABELS, CannotHold, WayOut, opentimelineio
from vbtui.interchange.otio import otio
from vbtui.interchange.references import References
from vbtui.interchange.srt import srt
from vbtui.journal.records import Asset, DraftVersion
from vbtui.timeline.model import Timeline

_Made = tuple[str, list[str]]
_MAKERS: dict[str, Callable[[Timeline, References], _Made]] = {
    "otio": otio,
    "edl": edl,
    "xml": fcp,
    "srt": lambda timeline, _: srt(timeline),
}


def write(
    version: DraftVersion | Timeline,
    assets: Sequence[Asset],
    directory: Path,
    formats: Sequence[str],
) -> WayOut:
    """Writes the timeline in `formats` (`FORMATS` without `rebuild`) into `directory`. Blocks.

    The files are called as the timeline is; one that is there stays, and the new one is numbered.
    A format that cannot hold the timeline is told in `not_carried` while the others are written.

    Raises:
        UsageError: nothing is built yet, or a format that is not known.
        OtioMissing: the `otio` extra is needed for one of the formats.
        DiskProblem: nothing can be written into `directory`.
    """
    timeline = timeline_of(version)
    check_formats(formats)
    wanted = [name for name in FORMATS if name in formats and name != "rebuild"]
    if any(name != "srt" for name in wanted):
        opentimelineio()
    check_folder(directory)
    files: list[Path] = []
    notes: list[str] = []
    for name in wanted:
        text, missing = _make(name, timeline, References(assets, directory))
        if text:
            files.append(_put(directory / f"{base_name(timeline)}.{name}", text))
        notes += [f"{LABELS[name]}: {sentence}" for sentence in missing]
    return WayOut(tuple(files), tuple(dict.fromkeys(notes)))


def timeline_of(version: DraftVersion | Timeline) -> Timeline:
    """The timeline to write. Raises `UsageError` when there is nothing on it."""
    timeline = version.timeline if isinstance(version, DraftVersion) else version
    if timeline is None or not timeline.can_export:
        raise UsageError(code="usage.empty_timeline")
    return timeline


def check_formats(formats: Sequence[str]) -> None:
    """Raises `UsageError` for a format that is not known."""
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise UsageError(
            f"There is no format “{clean_line(unknown[0])}”."
            if unknown
            else "No format was chosen.",
            hint=f"Choose among {', '.join(FORMATS)}.",
        )


def base_name(timeline: Timeline) -> str:
    """What the files are called, without a suffix."""
    return safe_filename(timeline.title, fallback="timeline")


def _make(name: str, timeline: Timeline, references: References) -> _Made:
    try:
        return _MAKERS[name](timeline, references)
    except CannotHold as error:
        return "", [f"it cannot hold this timeline, so no file was written ({error})."]


def _put(wanted: Path, text: str) -> Path:
    part = part_path(wanted, f"{os.getpid()}")
    try:
        part.write_bytes(text.encode("utf-8", "replace"))
        return put_in_place(part, wanted, overwrite=False)
    except OSError as error:
        raise disk_problem(error, wanted) from error
    finally:
        part.unlink(missing_ok=True)
