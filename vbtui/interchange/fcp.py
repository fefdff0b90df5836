"""FCP 7 XML: what the adapter of opentimelineio writes, and Final Cut's own filters beside it."""

from __future__ import annotations

from typing import Any

from vbtui.interchange.model import Piece, opentimelineio, time_code_grid
from vbtui.interchange.otio import Builder, adapted, extras, sentences
from vbtui.interchange.references import References
from vbtui.timeline.model import TEXT, Timeline


def fcp(timeline: Timeline, references: References) -> tuple[str, list[str]]:
    """The text of an FCP 7 XML file, and what is not in it."""
    grid, notes = time_code_grid(timeline)
    builder = Builder(timeline, references, grid, details=False)
    built = builder.build(with_texts=False)
    texts = [segment for track, segment in timeline.segments if track.type == TEXT]
    if texts:
        builder.add_text_markers(built.timeline.tracks)
        notes.append(
            f"texts are markers with their words ({len(texts)}); their looks are not in it."
        )
    for track, row in zip(built.timeline.tracks, built.rows, strict=True):
        for clip, piece in zip(track.find_clips(), row.pieces, strict=True):
            _retime(clip, piece)
            _set_level(clip, piece)
    if any(piece.has_transition for row in built.rows for piece in row.pieces):
        notes.append("every transition is a Cross Dissolve with its own name kept as a label.")
    if more := extras(timeline):
        notes.append(f"not in it: {more}.")
    return adapted("xml", built), notes + sentences(built, exact=False)


def _retime(clip: Any, piece: Piece) -> None:
    """Speed as Final Cut's own filter; in and out of a clip then count its retimed frames."""
    speed = piece.segment.speed
    if speed == 1:
        return
    opentime = opentimelineio().opentime
    old = clip.source_range
    start = opentime.RationalTime(round(old.start_time.value / speed), old.start_time.rate)
    clip.source_range = opentime.TimeRange(start, old.duration)
    clip.effects.clear()
    parameters = {"parameterid": "speed", "name": "speed", "value": f"{speed * 100:g}"}
    _filter(clip, "Time Remap", "timeremap", "motion", "video", parameters)


def _set_level(clip: Any, piece: Piece) -> None:
    """Volume as Final Cut's own filter: 1 is the source's loudness."""
    if piece.segment.volume is None or piece.segment.volume == 1:
        return
    parameters = {"parameterid": "level", "name": "Level", "value": f"{piece.segment.volume:g}"}
    _filter(clip, "Audio Levels", "audiolevels", "audiolevels", "audio", parameters)


def _filter(
    clip: Any, name: str, identity: str, kind: str, media: str, parameter: dict[str, str]
) -> None:
    known = clip.metadata.get("fcp_xml", {})
    filters = [dict(item) for item in known.get("filter", ())]
    effect = {
        "name": name, "effectid": identity, "effecttype": kind, "mediatype": media,
        "parameter": parameter,
    }  # fmt: skip
    clip.metadata["fcp_xml"] = {"filter": [*filters, {"effect": effect}]}
