"""Writes the files of a way out, each under a temporary name until it is whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from vbtui.base.errors import UsageError
from vbtui.base.naming import check_folder, disk_problem, part_path, put_in_place
from vbtui.base.text import clean_line, safe_filename
from vbtui.interchange.building import Builder, extras, sentences
from vbtui.interchange.foreign import CannotHold, edl, fcp
from vbtui.interchange.model import FORMATS, LABELS, Grid, WayOut, opentimelineio
from vbtui.interchange.references import References
from vbtui.interchange.subtitles import subtitles
from vbtui.journal.records import Asset, DraftVersion
from vbtui.timeline.model import TEXT, Timeline

_Made = tuple[str, list[str]]


def write_files(
    version: DraftVersion | Timeline,
    assets: Sequence[Asset],
    directory: Path,
    formats: Sequence[str],
) -> WayOut:
    """See `vbtui.interchange.write`."""
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
        raise UsageError(
            "There is nothing to export yet.",
            hint="Describe an edit first.",
            title="Empty timeline",
        )
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
    makers: dict[str, Callable[[], _Made]] = {
        "otio": lambda: _otio(timeline, references),
        "edl": lambda: edl(timeline, references),
        "xml": lambda: fcp(timeline, references),
        "srt": lambda: subtitles(timeline),
    }
    try:
        return makers[name]()
    except CannotHold as error:
        return "", [f"it cannot hold this timeline, so no file was written ({error})."]


def _otio(timeline: Timeline, references: References) -> _Made:
    grid = Grid.of(timeline.fps)
    built = Builder(timeline, references, grid).build(with_texts=True)
    text = built.timeline.to_json_string(indent=2)
    notes = sentences(built, exact=True)
    only_metadata = ", ".join(
        name
        for name, used in (
            ("volumes", any(s.volume not in (None, 1) for _, s in timeline.segments)),
            (extras(timeline), bool(extras(timeline))),
            ("the looks of texts", any(t.type == TEXT for t, _ in timeline.segments)),
        )
        if used
    )
    if only_metadata:
        notes.append(f"metadata that other programs pass on unread: {only_metadata}.")
    return text, notes


def _put(wanted: Path, text: str) -> Path:
    part = part_path(wanted, f"{os.getpid()}")
    try:
        part.write_bytes(text.encode("utf-8", "replace"))
        return put_in_place(part, wanted, overwrite=False)
    except OSError as error:
        raise disk_problem(wanted, error) from error
    finally:
        part.unlink(missing_ok=True)
