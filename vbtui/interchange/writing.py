"""Writes a timeline in several formats, each file under a temporary name until it is whole.

otio  the whole timeline (`vbtui.interchange.otio`)
edl   CMX 3600: what the adapter of opentimelineio writes, and what it needs help with
xml   FCP 7: what the adapter writes, and Final Cut's own filters for speed and loudness
srt   SubRip: the words of the text tracks, to the millisecond
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from vbtui.base.errors import UsageError
from vbtui.base.files import check_folder, disk_problem, part_path, put_in_place
from vbtui.base.text import clean_line, safe_filename
from vbtui.base.translation import Counted, Translation
from vbtui.interchange.model import (
    FORMATS,
    LABELS,
    CannotHold,
    Grid,
    Piece,
    Row,
    WayOut,
    opentimelineio,
    time_code_grid,
)
from vbtui.interchange.otio import Builder, adapted, extras, otio, sentences, some
from vbtui.interchange.references import References
from vbtui.journal.records import Asset, DraftVersion
from vbtui.timeline.captions import written
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Timeline

_T = Translation
_OF_FORMAT = _T("{format}: {note}", "{format}：{note}")
_NO_SUCH, _NONE_CHOSEN = (
    _T("There is no format “{name}”.", "没有格式“{name}”。"),
    _T("No format was chosen.", "没有选择格式。"),
)
_CHOOSE = _T("Choose among {known}.", "可选：{known}。")
_CANNOT_HOLD = _T(
    "it cannot hold this timeline, so no file was written ({why}).",
    "无法容纳这条时间线，因此没有写文件（{why}）。",
)
_NO_VIDEO = _T(
    "the timeline has no video track, so no file was written.",
    "时间线没有视频轨道，因此没有写文件。",
)
_ONE_TRACK = _T(
    "it holds one video track; “{name}” is not in it.", "只能有一条视频轨道；“{name}”不在其中。"
)
_NO_SOUNDS = Counted(
    "sound tracks and volumes are not in it ({count} piece).",
    "sound tracks and volumes are not in it ({count} pieces).",
    "声音轨道和音量不在其中（{count} 段）。",
)
_ALL_TOO_SHORT = _T(
    "no clip is as long as a frame, so no file was written.",
    "没有片段达到一帧的长度，因此没有写文件。",
)
_NOT_IN_IT = _T("not in it: {what}.", "不在其中：{what}。")
_NO_FADE_IN = _T("the fade in from black is not in it: {names}.", "从黑场淡入不在其中：{names}。")
_DISSOLVES = _T(
    "these transitions are dissolves in it: {names}.", "这些转场在其中是叠化：{names}。"
)
_LOCATORS = _T(
    "texts are locators with their words in capitals ({count}), without their ends.",
    "文字成为大写的定位标记（{count} 个），没有结束时间。",
)
_MARKERS = _T(
    "texts are markers with their words ({count}); their looks are not in it.",
    "文字成为标记（{count} 个）；样式不在其中。",
)
_CROSS_DISSOLVES = _T(
    "every transition is a Cross Dissolve with its own name kept as a label.",
    "所有转场都是交叉叠化，原名保留为标签。",
)
_LEFT_OUT = Counted(
    "{count} text without words or length left out.",
    "{count} texts without words or length left out.",
    "略去 {count} 条没有内容或时长的文字。",
)
_NO_TEXTS = _T(
    "the timeline has no texts, so no file was written.", "时间线没有文字，因此没有写文件。"
)
_NO_LOOKS = _T(
    "size, place, colour, font and fades of the texts are not in it.",
    "文字的大小、位置、颜色、字体和淡入淡出不在其中。",
)


_Made = tuple[str, list[str]]


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
        notes += [_OF_FORMAT.of(format=LABELS[name].of(), note=one) for one in missing]
    return WayOut(tuple(files), tuple(dict.fromkeys(notes)))


def timeline_of(version: DraftVersion | Timeline) -> Timeline:
    """The timeline to write. Raises `UsageError` when there is nothing on it, or it is not read here."""
    timeline = version.timeline if isinstance(version, DraftVersion) else version
    if timeline is not None and timeline.unreadable:
        raise UsageError(code="usage.unreadable_timeline")
    if timeline is None or not timeline.can_export:
        raise UsageError(code="usage.empty_timeline")
    return timeline


def check_formats(formats: Sequence[str]) -> None:
    """Raises `UsageError` for a format that is not known."""
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise UsageError(
            _NO_SUCH.of(name=clean_line(unknown[0])) if unknown else _NONE_CHOSEN,
            hint=_CHOOSE.of(known=", ".join(FORMATS)),
        )


def base_name(timeline: Timeline) -> str:
    """What the files are called, without a suffix."""
    return safe_filename(timeline.title, fallback="timeline")


def _make(name: str, timeline: Timeline, references: References) -> _Made:
    try:
        if name == "srt":
            return srt(timeline)
        return {"otio": otio, "edl": edl, "xml": fcp}[name](timeline, references)
    except CannotHold as error:
        return "", [_CANNOT_HOLD.of(why=error)]


def _put(wanted: Path, text: str) -> Path:
    part = part_path(wanted, f"{os.getpid()}")
    try:
        part.write_bytes(text.encode("utf-8", "replace"))
        return put_in_place(part, wanted, overwrite=False)
    except OSError as error:
        raise disk_problem(error, wanted) from error
    finally:
        part.unlink(missing_ok=True)


# -- EDL ----------------------------------------------------------------------------------------

_EVENT = re.compile(r"^(\d{3,})  (.{8}) (\S+ +(?:C|D \d+)) +(\S+) (\S+) (\S+) (\S+)$")
_REEL = 8


def edl(timeline: Timeline, references: References) -> tuple[str, list[str]]:
    """The text of a CMX 3600 list and what is not in it; empty without a picture."""
    grid, notes = time_code_grid(timeline)
    video = [track for track in timeline.tracks if track.type == VIDEO and track.segments]
    video = [track for track in video if not track.lies_over]
    if not video:
        return "", [_NO_VIDEO.of()]
    for track in video[1:]:
        notes.append(_ONE_TRACK.of(name=track.name or track.kind))
    sounds = sum(len(t.segments) for t in timeline.tracks if t.type == AUDIO)
    if sounds:
        notes.append(_NO_SOUNDS.of(sounds))
    builder = Builder(timeline, references, grid, details=False, plain_paths=True)
    built = builder.build(with_texts=False, only=video[0])
    track, row = built.timeline.tracks[0], built.rows[0]
    if not row.pieces:
        return "", [_ALL_TOO_SHORT.of()]
    _name_reels(track)
    _only_dissolves(track, row, notes)
    notes += _locators(timeline, builder, track, row)
    for clip in track.find_clips():
        clip.effects.clear()
    if more := extras(timeline):
        notes.append(_NOT_IN_IT.of(what=more))
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
        notes.append(_NO_FADE_IN.of(names=some(reversed(faded))))
    others = {
        piece.segment.transition
        for piece in row.pieces
        if piece.has_transition and piece.segment.transition not in ("crossfade", "dissolve")
    }
    if others:
        notes.append(_DISSOLVES.of(names=some(sorted(others))))


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
    return [_LOCATORS.of(count=len(texts))]


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


# -- FCP XML ------------------------------------------------------------------------------------


def fcp(timeline: Timeline, references: References) -> tuple[str, list[str]]:
    """The text of an FCP 7 XML file, and what is not in it."""
    grid, notes = time_code_grid(timeline)
    builder = Builder(timeline, references, grid, details=False)
    built = builder.build(with_texts=False)
    texts = [segment for track, segment in timeline.segments if track.type == TEXT]
    if texts:
        builder.add_text_markers(built.timeline.tracks)
        notes.append(_MARKERS.of(count=len(texts)))
    for track, row in zip(built.timeline.tracks, built.rows, strict=True):
        for clip, piece in zip(track.find_clips(), row.pieces, strict=True):
            _retime(clip, piece)
            _set_level(clip, piece)
    if any(piece.has_transition for row in built.rows for piece in row.pieces):
        notes.append(_CROSS_DISSOLVES.of())
    if more := extras(timeline):
        notes.append(_NOT_IN_IT.of(what=more))
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


# -- SRT ----------------------------------------------------------------------------------------


def srt(timeline: Timeline) -> tuple[str, list[str]]:
    """The text of an `.srt` file (empty: there are no words), and what is not in it."""
    words = [segment for track, segment in timeline.segments if track.type == TEXT]
    text, left_out = written(words, "srt")
    notes = [_LEFT_OUT.of(left_out)] if left_out else []
    return text, [*notes, _NO_LOOKS.of() if text else _NO_TEXTS.of()]
