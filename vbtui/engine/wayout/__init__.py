"""The way out: the timeline as files that other programs read.

    DraftVersion ──arrange──► rows of pieces ──┬── build ──► OpenTimelineIO ──► .otio, .edl, .xml
                                               ├── subtitles ──────────────► .srt
    the local studio ──────────────────────────┴── folder ──► <name>-rebuild/

Files are named by paths relative to what is written. What a format cannot carry is said in
sentences. `opentimelineio` (the `otio` extra) is imported when the first such file is written.
"""

from __future__ import annotations

from vbtui.engine.wayout.model import FORMATS, WayOut
from vbtui.engine.wayout.reading import read_back
from vbtui.engine.wayout.writing import write

__all__ = ["FORMATS", "WayOut", "read_back", "write"]
