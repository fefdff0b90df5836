"""Is the finished video what the timeline promised: whole, as long, a picture that moves, and sound?

What is seen and heard is told by one run of ffmpeg over the file, where there is an ffmpeg; without
one nothing is said. Where the originals are black, still or silent themselves, that is a remark and
no warning.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from vbtui.base import mp4, programs
from vbtui.base.errors import RenderFailed
from vbtui.base.formats import FORMATS, USUAL, Format
from vbtui.base.patterns import regex
from vbtui.base.problem import Problem
from vbtui.base.settings import IMAGE_SUFFIXES
from vbtui.base.times import format_seconds
from vbtui.base.translation import Translation
from vbtui.base.whole import wholeness
from vbtui.exports import platforms
from vbtui.fallback.originals import Original, Originals, rows_of
from vbtui.journal.records import DraftVersion, ExportOptions
from vbtui.session.context import Context
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Segment, Timeline
from vbtui.timeline.sources import named_by
from vbtui.timeline.visible import made_from_files

DOUBTFUL = "video_doubtful"
"""The code of a problem with a finished video."""
REMARK = "video_remark"
"""The code of what is only to be known about one: the originals are that way themselves."""
_T = Translation
_DAMAGED = _T("Parts of it cannot be decoded.", "其中一部分无法解码。")
_EMPTY = _T("The video that was downloaded is empty.", "下载的视频是空的。")
_FOREIGN = _T("What was downloaded is no {format}.", "下载的内容不是 {format}。")
_CUT_OFF = _T("The video that was downloaded is not complete.", "下载的视频不完整。")
_LENGTH = _T(
    "The video is {found} long, the timeline is {wanted}.", "视频长 {found}，时间线长 {wanted}。"
)
_UNREADABLE = _T("It cannot be opened as a video.", "无法作为视频打开。")
_WHOLE_COPIES = _T(
    "If that shows, upload whole copies of its clips.", "如果能看出来，请上传其片段的完整副本。"
)
_NO_PICTURE = _T("There is no picture in it.", "其中没有画面。")
_BLACK = _T("The picture is black throughout.", "画面全程是黑的。")
_OWN_BLACK = _T(
    "The picture is black throughout: so are the clips that it is made from.",
    "画面全程是黑的：原始片段也是如此。",
)
_STILL = _T("The picture never moves.", "画面始终不动。")
_OWN_STILL = _T(
    "The picture never moves: nor do the clips that it is made from.",
    "画面始终不动：原始片段也是如此。",
)
_SILENT = _T("Nothing is heard in the video.", "视频没有声音。")
_OWN_SILENT = _T(
    "Nothing is heard in the video: the sounds are silent that it is made from.",
    "视频没有声音：原始声音本身就是静音。",
)
_LOST_SOUND = _T(
    "Nothing is heard in the video, though the clips have sound.",
    "视频没有声音，而片段是有声音的。",
)
_MOST_ORIGINALS = 20
TOLERANCE_S = 0.25
_AGAIN = _T("Retry the export.", "请重新导出。")


def check_whole(path: Path, form: Format = FORMATS[USUAL]) -> None:
    """Raises `RenderFailed` when the file is empty, of another format, or not whole; `OSError`."""
    if path.stat().st_size == 0:
        raise RenderFailed(_EMPTY, hint=_AGAIN)
    match wholeness(path, form.suffix):
        case mp4.Wholeness.FOREIGN:
            raise RenderFailed(_FOREIGN.of(format=form.suffix[1:].upper()), hint=_AGAIN)
        case mp4.Wholeness.CUT_OFF:
            raise RenderFailed(_CUT_OFF, hint=_AGAIN)
        case mp4.Wholeness.WHOLE:
            pass


def length_problem(path: Path, expected_ms: int, form: Format = FORMATS[USUAL]) -> str:
    """A sentence where the video's length is not the draft's (± 0.25 s); empty when it is.

    Nothing is said where the file (of the family of MP4) or the draft (`expected_ms` 0) does not tell its length.
    """
    found = mp4.duration_s(path) if form.suffix in mp4.SUFFIXES else None
    if found is None or expected_ms <= 0 or abs(found - expected_ms / 1000) <= TOLERANCE_S:
        return ""
    return _LENGTH.of(found=format_seconds(found), wanted=format_seconds(expected_ms / 1000))


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was seen and heard in one file."""

    has_video: bool = True
    black: bool = False
    frozen: bool = False
    silent: bool = False
    damaged: bool = False
    """Whether part of it cannot be decoded."""
    is_foreign: bool = False
    """Whether it cannot be opened at all."""
    lufs: float | None = None
    """How loud it is over its whole length (EBU R 128); None for silence."""


async def examine(
    context: Context,
    path: Path,
    draft: DraftVersion | None,
    length_remark: str,
    backend_remark: str = "",
    options: ExportOptions = ExportOptions(),  # noqa: B008
) -> Problem | None:
    """What is odd about the video at `path`, in words; None when nothing is.

    Args:
        length_remark: what is odd about its length already; may be empty.
        backend_remark: what its maker remarked about it; may be empty.
        options: what it was asked for; what its platform takes is said too, fit or not.
    """
    form, unfit = FORMATS[options.format], ""
    warnings = [length_remark] if length_remark else []
    remarks = [backend_remark] if backend_remark else []
    seen = None if form.is_words else next(iter(await inspect([path])), None)
    if seen is not None and seen.is_foreign:
        warnings.append(_UNREADABLE.of())
    elif seen is not None and draft is not None and draft.timeline is not None:
        await _judge(context, draft, draft.timeline, _expected(seen, form), warnings, remarks)
        size = (await asyncio.to_thread(path.stat)).st_size
        verdict = platforms.judge(options, draft.timeline, seen.lufs, size=size)
        if verdict is not None and verdict.failures:
            unfit = verdict.told
            warnings.append(unfit)
        elif verdict is not None:
            remarks.append(verdict.told)
    if warnings:
        alone = {f"{DOUBTFUL}.length": length_remark, f"{DOUBTFUL}.unfit": unfit}
        code = next((code for code, one in alone.items() if warnings == [one]), DOUBTFUL)
        hint = _WHOLE_COPIES.of() if _DAMAGED.of() in warnings else ""
        return Problem.coded(code, message=" ".join([*warnings, *remarks]), hint=hint)
    return Problem.coded(REMARK, message=" ".join(remarks)) if remarks else None


def _expected(seen: Inspection, form: Format) -> Inspection:
    """Without what such a file never has, and what one moment says nothing of."""
    if form.is_still:
        return replace(seen, has_video=True, black=False, frozen=False, silent=False)
    if not form.has_picture:
        return replace(seen, has_video=True, black=False, frozen=False)
    return seen if form.has_sound else replace(seen, silent=False)


async def _judge(
    context: Context,
    draft: DraftVersion,
    timeline: Timeline,
    seen: Inspection,
    warnings: list[str],
    remarks: list[str],
) -> None:
    """Compare with what the timeline promises; the originals are opened only in doubt."""
    pictures = [segment for track, segment in made_from_files(timeline) if track.type == VIDEO]
    if seen.damaged:
        warnings.append(_DAMAGED.of())
    if not seen.has_video and any(track.type in (VIDEO, TEXT) for track, _ in timeline.segments):
        warnings.append(_NO_PICTURE.of())
    frozen = seen.frozen and not seen.black and not all(map(_is_still, pictures))
    lost_sound = seen.silent and _wants_sound(timeline)
    maybe_sound = seen.silent and not lost_sound and any(map(_is_loud, pictures))
    black = seen.black and bool(pictures)
    if not (black or frozen or lost_sound or maybe_sound):
        return
    originals = await _originals(context, draft, timeline)
    if black:
        own = _all(originals, VIDEO, "black")
        _say(own, _BLACK, _OWN_BLACK, warnings, remarks)
    if frozen:
        own = _all(originals, VIDEO, "frozen")
        _say(own, _STILL, _OWN_STILL, warnings, remarks)
    if lost_sound:
        own = _all(originals, AUDIO, "silent")
        _say(own, _SILENT, _OWN_SILENT, warnings, remarks)
    elif maybe_sound and _all(originals, VIDEO, "silent") is False:
        warnings.append(_LOST_SOUND.of())


def _say(
    is_own: bool | None,
    doubt: Translation,
    remark: Translation,
    warnings: list[str],
    remarks: list[str],
) -> None:
    if is_own:
        remarks.append(remark.of())
    else:
        warnings.append(doubt.of())


def _all(originals: Sequence[tuple[int, Inspection]], kind: int, what: str) -> bool | None:
    """Whether all originals on tracks of that kind are so; None when none could be looked at."""
    found = [getattr(one, what) for track_type, one in originals if track_type == kind]
    return all(found) if found else None


def _wants_sound(timeline: Timeline) -> bool:
    tracks = [track for track in timeline.tracks if track.type == AUDIO]
    return any(_is_loud(segment) for track in tracks for segment in track.segments)


def _is_loud(segment: Segment) -> bool:
    return segment.volume is None or segment.volume > 0.001


def _is_still(segment: Segment) -> bool:
    """Whether it is a picture, by any name that it has, or one of a video."""
    if segment.is_frozen:
        return True
    names = named_by(segment).names
    return any(os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES for name in names)


async def _originals(
    context: Context, draft: DraftVersion, timeline: Timeline
) -> list[tuple[int, Inspection]]:
    """The timeline's files on this machine with their track's type, each looked at."""
    rows = await context.journal.run(lambda c: rows_of(c, draft.session_id))
    known = Originals(rows)

    def find() -> dict[tuple[int, Path], Original]:
        found: dict[tuple[int, Path], Original] = {}
        for track, segment in made_from_files(timeline):
            original, _ = known.find(segment)
            if original is not None and len(found) < _MOST_ORIGINALS:
                found[track.type or 0, original.path] = original
        return found

    files = list(await asyncio.to_thread(find))
    seen = await inspect([path for _, path in files])
    return [
        (kind, replace(one, frozen=one.frozen or path.suffix.lower() in IMAGE_SUFFIXES))
        for (kind, path), one in zip(files, seen, strict=False)
        if not one.is_foreign
    ]


# -- seeing and hearing -------------------------------------------------------------------------

_LIMIT_S = 60.0
_LARGE = 64 * 1024 * 1024
"""Bytes; of a larger file the key frames alone are looked at."""
_TAIL_S = 1
"""Seconds of black behind the picture, so that its end shows in what is said about black."""
_FROZEN_FROM_S = 1.0
"""A shorter video may well stand still."""
_SILENT_DB = -60.0
"""No sample of silence is louder."""
_DAMAGE = 69
"""ffmpeg's exit code where packets could not be decoded (`-max_error_rate`)."""

_PICTURE = ",".join(
    (
        "setpts=PTS-STARTPTS",
        "scale=96:56",
        "format=yuv420p",
        f"tpad=stop_duration={_TAIL_S}",
        "blackdetect=d=0.01:pic_th=1:pix_th=0.09",
        "mpdecimate=hi=192:lo=192:frac=1",
    )
)
"""`mpdecimate` drops a frame of which no block of 8 x 8 differs by 3 of 255 on average: what is
left over tells a standstill, also beside a cursor that moves or the grain of compression, which
`freezedetect` tells apart by the mean of the whole picture and so mistakes both ways."""
_BLACK_START = regex(rb"black_start:([0-9.]+)")
_LOUDNESS = regex(rb"Integrated loudness:\s+I:\s+(-?[0-9.]+) LUFS")
_UNHEARD_LUFS = -69.0
"""What is no louder has no loudness."""
_MAX_VOLUME = regex(rb"max_volume: (-?[0-9.]+|-inf) dB")
_FRAMES = regex(rb"^frame=(\d+)$", re.MULTILINE)


async def inspect(paths: Sequence[Path]) -> list[Inspection]:
    """Each file as ffmpeg sees it, as far as it comes within a minute; empty where there is none."""
    seen: list[Inspection] = []
    ffmpegs = await asyncio.to_thread(programs.ffmpegs) if paths else []
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_LIMIT_S):
            for path in paths if ffmpegs else ():
                seen.append(await _inspect(ffmpegs[0], path))
    return seen


async def _inspect(ffmpeg: str, path: Path) -> Inspection:
    frames = ("-skip_frame", "nokey") if size_of(path) > _LARGE else ()
    process = await programs.start(
        [
            *(ffmpeg, "-hide_banner", "-nostdin", "-nostats", "-progress", "pipe:1"),
            *("-max_error_rate", "0", *frames, "-protocol_whitelist", "file"),
            *("-i", f"file:{path}", "-map", "0:v:0?", "-map", "0:a:0?"),
            *("-vf", _PICTURE, "-af", "volumedetect,ebur128=framelog=verbose", "-f", "null", "-"),
        ],
        "tool",
        stderr=asyncio.subprocess.PIPE,
        new_session=True,
    )
    try:
        progress, said = await process.communicate()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode not in (0, _DAMAGE):
        return Inspection(is_foreign=True)
    return _read(progress, said, is_damaged=process.returncode == _DAMAGE)


def _read(progress: bytes, said: bytes, *, is_damaged: bool) -> Inspection:
    """What the filters said (`_PICTURE`): black begins at least where the picture ends."""
    frames = int((_FRAMES.findall(progress) or [b"0"])[-1])
    black_from = [float(found) for found in _BLACK_START.findall(said)]
    volume, loudness = _MAX_VOLUME.search(said), _LOUDNESS.search(said)
    lufs = float(loudness[1]) if loudness else _UNHEARD_LUFS
    black = len(black_from) == 1 and black_from[0] == 0
    return Inspection(
        has_video=bool(frames) or is_damaged,
        black=black,
        frozen=not black and frames == 2 and black_from[-1:] >= [_FROZEN_FROM_S],
        silent=volume is None or float(volume[1]) <= _SILENT_DB,
        damaged=is_damaged,
        lufs=lufs if lufs > _UNHEARD_LUFS else None,
    )


def size_of(path: Path) -> int:
    """Bytes; 0 where there is no file."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
