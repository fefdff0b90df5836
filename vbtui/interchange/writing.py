"""Writes the files of a way out, each under a temporary name until it is whole.

SubRip: the words of the text tracks, to the millisecond.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from vbtui.base.errors import UsageError
from vbtui.base.files import check_folder, disk_problem, part_path, put_in_place
from vbtui.base.text import clean_line, safe_filename
from vbtui.interchange.building import Builder, extras, sentences
from vbtui.interchange.foreign import CannotHold, edl, fcp
from vbtui.interchange.model import FORMATS, LABELS, Grid, WayOut, opentimelineio
from vbtui.interchange.references import References
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
        raise disk_problem(error, wanted) from error
    finally:
        part.unlink(missing_ok=True)


_LAST_MS = 100 * 3600 * 1000 - 1


def subtitles(timeline: Timeline) -> tuple[str, list[str]]:
    """The text of an `.srt` file (empty: there are no words), and what is not in it."""
    words = [segment for track, segment in timeline.segments if track.type == TEXT]
    shown = [item for item in words if item.duration_ms > 0 and _lines(item.text)]
    shown = [item for item in shown if item.end_ms <= _LAST_MS]
    shown.sort(key=lambda item: (item.start_ms, item.end_ms))
    notes = []
    if len(shown) < len(words):
        notes.append(f"{_count(len(words) - len(shown), 'text')} without words or length left out.")
    if not shown:
        notes.append("the timeline has no texts, so no file was written.")
    else:
        notes.append("size, place, colour, font and fades of the texts are not in it.")
    blocks = [
        f"{number}\n{_time(item.start_ms)} --> {_time(item.end_ms)}\n{_lines(item.text)}\n"
        for number, item in enumerate(shown, 1)
    ]
    return "\n".join(blocks), notes


def _lines(text: str) -> str:
    """Without empty lines, which would end the block, and without an arrow, which would begin one."""
    lines = (line.strip().replace("-->", "→") for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _time(ms: int) -> str:
    minutes, ms = divmod(ms, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{ms // 1000:02},{ms % 1000:03}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
