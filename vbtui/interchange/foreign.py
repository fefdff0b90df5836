"""EDL and FCP XML: what the adapters of opentimelineio write, and what they need help with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any

from vbtui.base.text import clean_line
from vbtui.interchange.building import Builder, Built, extras, sentences, some
from vbtui.interchange.model import Grid, Piece, Row, adapter, opentimelineio
from vbtui.interchange.references import References
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Timeline

TIME_CODES = tuple(
    Fraction(rate)
    for rate in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60")
)
"""Frame rates that have a time code."""
_EVENT = re.compile(r"^(\d{3,})  (.{8}) (\S+ +(?:C|D \d+)) +(\S+) (\S+) (\S+) (\S+)$")
_REEL = 8


class CannotHold(Exception):
    """The adapter cannot write this timeline; the text says why."""


def edl(timeline: Timeline, references: References) -> tuple[str, list[str]]:
    """The text of a CMX 3600 list and what is not in it; empty without a picture."""
    grid, notes = _time_code(timeline)
    video = [track for track in timeline.tracks if track.type == VIDEO and track.segments]
    if not video:
        return "", ["the timeline has no video track, so no file was written."]
    for track in video[1:]:
        notes.append(f"it holds one video track; “{track.name or track.kind}” is not in it.")
    sounds = sum(len(t.segments) for t in timeline.tracks if t.type == AUDIO)
    if sounds:
        pieces = "1 piece" if sounds == 1 else f"{sounds} pieces"
        notes.append(f"sound tracks and volumes are not in it ({pieces}).")
    builder = Builder(timeline, references, grid, details=False, plain_paths=True)
    built = builder.build(with_texts=False, only=video[0])
    track, row = built.timeline.tracks[0], built.rows[0]
    _name_reels(track)
    _only_dissolves(track, row, notes)
    notes += _locators(timeline, builder, track, row)
    for clip in track.find_clips():
        clip.effects.clear()
    if not row.pieces:
        return "", ["no clip is as long as a frame, so no file was written."]
    if more := extras(timeline):
        notes.append(f"not in it: {more}.")
    text = _write("edl", built, rate=grid.rate)
    notes += sentences(built, exact=False)
    return _with_speeds(text, row.pieces, grid), notes


def fcp(timeline: Timeline, references: References) -> tuple[str, list[str]]:
    """The text of an FCP 7 XML file, and what is not in it."""
    grid, notes = _time_code(timeline)
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
    return _write("xml", built), notes + sentences(built, exact=False)


def _write(name: str, built: Built, **options: Any) -> str:
    """The adapter's text; whatever it stumbles over is a `CannotHold`."""
    module = adapter(name)
    try:
        return str(module.write_to_string(built.timeline, **options))
    except Exception as error:
        raise CannotHold(clean_line(str(error))[:200] or type(error).__name__) from error


def _time_code(timeline: Timeline) -> tuple[Grid, list[str]]:
    """The grid to count in: the timeline's own, or one of 30 where that has no time code."""
    grid = Grid.of(timeline.fps)
    if grid.fps in TIME_CODES:
        return grid, []
    note = f"there is no time code of {float(grid.fps):g} frames a second: it counts 30."
    return Grid(Fraction(30)), [note]


def _name_reels(track: Any) -> None:
    """A reel of eight letters and digits for each source: `IMG0001`, `AX` where no letter is left."""
    reels: dict[str, str] = {}
    for clip in track.find_clips():
        source = getattr(clip.media_reference, "target_url", "") or clip.name
        if source not in reels:
            stem = PurePosixPath(source).stem
            wanted = re.sub(r"[^A-Za-z0-9]", "", stem)[:_REEL] or "AX"
            reel, count = wanted, 1
            while reel in reels.values():
                count += 1
                reel = wanted[: _REEL - len(str(count))] + str(count)
            reels[source] = reel
        clip.metadata["cmx_3600"] = {"reel": reels[source]}


def _only_dissolves(track: Any, row: Row, notes: list[str]) -> None:
    """Take out transitions from nothing; name those that become dissolves."""
    schema = opentimelineio().schema
    faded: list[str] = []
    for number in reversed(range(len(track))):
        from_nothing = number == 0 or isinstance(track[number - 1], schema.Gap)
        if isinstance(track[number], schema.Transition) and from_nothing:
            faded.append(track[number + 1].name)
            del track[number]
    if faded:
        notes.append(f"the fade in from black is not in it: {some(reversed(faded))}.")
    others = {
        piece.segment.transition
        for piece in row.pieces
        if piece.has_transition and piece.segment.transition not in ("crossfade", "dissolve")
    }
    if others:
        notes.append(f"these transitions are dissolves in it: {some(sorted(others))}.")


def _locators(timeline: Timeline, builder: Builder, track: Any, row: Row) -> list[str]:
    """Puts each text as a locator on the clip that is seen when it begins."""
    texts = [s for t, s in timeline.segments if t.type == TEXT and s.text]
    clips = list(track.find_clips())
    for segment in texts:
        marker = builder.marker(segment)
        at = marker.marked_range.start_time.value
        under = [n for n, piece in enumerate(row.pieces) if piece.start <= at]
        clips[under[-1] if under else 0].markers.append(marker)
    if not texts:
        return []
    return [f"texts are locators with their words in capitals ({len(texts)}), without their ends."]


def _with_speeds(text: str, pieces: Sequence[Piece], grid: Grid) -> str:
    """The list with motion effects: how much of the source is played, and an M2 line that says so."""
    lines = text.split("\n")
    events: dict[int, list[int]] = {}
    for at, line in enumerate(lines):
        if match := _EVENT.match(line):
            events.setdefault(int(match[1]), []).append(at)
    for number, piece in reversed(list(enumerate(pieces, 1))):
        speed = piece.segment.speed
        if speed == 1 or number not in events:
            continue
        at = events[number][-1]
        match = _EVENT.match(lines[at])
        assert match is not None
        begin, _, first, last = (_frame(match[group], grid) for group in (4, 5, 6, 7))
        end = _code(begin + max(1, round((last - first) * speed)), grid)
        lines[at] = f"{lines[at][: match.start(5)]}{end} {match[6]} {match[7]}"
        following = events.get(number + 1, [])
        if len(following) == 2:  # a dissolve begins with the place at which this clip is left
            left = _EVENT.match(lines[following[0]])
            assert left is not None
            head = lines[following[0]][: left.start(4)]
            lines[following[0]] = f"{head}{end} {end} {left[6]} {left[7]}"
        fps = f"{speed * grid.rate:05.1f}"
        place = match[4].replace(";", ":")  # what readers look for here, also in drop-frame code
        lines.insert(at + 1, f"M2   {match[2]} {fps}                {place}")
    return "\n".join(lines)


def _frame(code: str, grid: Grid) -> int:
    return int(opentimelineio().opentime.from_timecode(code, grid.rate).value)


def _code(frame: int, grid: Grid) -> str:
    opentime = opentimelineio().opentime
    return str(opentime.to_timecode(opentime.RationalTime(frame, grid.rate), grid.rate))


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
