"""EDL (CMX 3600): what the adapter of opentimelineio writes, and what it needs help with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from vbtui.interchange.model import Grid, Piece, Row, opentimelineio, time_code_grid
from vbtui.interchange.otio import Builder, adapted, extras, sentences, some
from vbtui.interchange.references import References
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Timeline

_EVENT = re.compile(r"^(\d{3,})  (.{8}) (\S+ +(?:C|D \d+)) +(\S+) (\S+) (\S+) (\S+)$")
_REEL = 8


def edl(timeline: Timeline, references: References) -> tuple[str, list[str]]:
    """The text of a CMX 3600 list and what is not in it; empty without a picture."""
    grid, notes = time_code_grid(timeline)
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
    if not row.pieces:
        return "", ["no clip is as long as a frame, so no file was written."]
    _name_reels(track)
    _only_dissolves(track, row, notes)
    notes += _locators(timeline, builder, track, row)
    for clip in track.find_clips():
        clip.effects.clear()
    if more := extras(timeline):
        notes.append(f"not in it: {more}.")
    text = adapted("edl", built, rate=grid.rate)
    notes += sentences(built, exact=False)
    return _with_speeds(text, row.pieces, grid), notes


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
