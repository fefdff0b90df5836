"""The way out: the timeline as files that other programs read.

    DraftVersion ──pieces──► cuts in frames ──building──► OpenTimelineIO ──► .otio, .edl, .xml
                └─subtitles──► .srt
    the local studio ──folder──► <name>-rebuild/

Files are named by paths relative to what is written. What a format cannot carry is said in
sentences. Nothing here is imported before it is used, `opentimelineio` (the `otio` extra) least.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vbtui.interchange.model import FORMATS, WayOut
from vbtui.journal.records import Asset, DraftVersion
from vbtui.timeline.model import Timeline

__all__ = ["FORMATS", "WayOut", "read_back", "write"]


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
    from vbtui.interchange.writing import write_files

    return write_files(version, assets, directory, formats)


def read_back(path: Path) -> dict[str, Any]:
    """The draft of the .otio file at `path`, as `vbtui.timeline.read` reads it.

    A clip that is where vbtui put it gets its own JSON back, times to the millisecond. A clip
    that another program moved, trimmed, retimed or added gets the times that the file says.

    Raises `BadFile` for what is no such file, and `OtioMissing`.
    """
    from vbtui.interchange.reading import read_draft

    return read_draft(path)
