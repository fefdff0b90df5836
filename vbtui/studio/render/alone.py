"""What is no video with sound: GIFs, single pictures, contact sheets and the sound alone.

Pictures are drawn as chunks like a video's, without loss and in the size that they end in, and kept in the
same cache: a render that was killed goes on with them, and nothing is encoded twice.

    draft ── in_form ──► plan ──chunks of ffv1──► GIF (one palette of all pictures)
                              ──one frame each──► PNG, contact sheet
                              ──────sound──────► MP3, WAV, M4A
"""

from __future__ import annotations

import asyncio
import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from vbtui.base.errors import RenderFailed
from vbtui.base.times import time_code
from vbtui.studio.project.media import Media
from vbtui.studio.render.checking import check_sound
from vbtui.studio.render.codec import LISTED, SOUNDS, sound_form
from vbtui.studio.render.colors import BT709
from vbtui.studio.render.ffmpeg import run
from vbtui.studio.render.model import Output, Plan
from vbtui.studio.render.plan import make_plan

GIF_LIMITS = {"high": (640, 15), "medium": (480, 12), "low": (320, 10)}
"""Pixels of the longer side, and pictures a second, that a GIF has at most, by quality."""
SHEET_PICTURES = 16
_SHEET_COLUMNS = 4
_SHEET_SIDE = 480
"""Pixels of a picture's longer side."""
_SHEET_GAP, _SHEET_LINE = 12, 28
_SHEET_PAPER, _SHEET_INK = "#1c1c1c", "#e8e8e8"
_LEAST_BETWEEN_S = Fraction(1, 4)
"""Of two pictures of a sheet."""


def plan_in_form(draft: Mapping[str, Any], media: Mapping[str, Media], options: Output) -> Plan:
    """The plan for a draft in the size and rate of its format. Raises `RenderFailed`."""
    plan = make_plan(draft, media, options)
    canvas = plan.canvas
    if options.format == "gif":
        longest, rate = GIF_LIMITS[plan.quality]
        every = math.ceil(canvas.fps / rate)
        wanted = replace(options, fps=float(canvas.fps / every))
        is_sized = options.width or options.height
        return make_plan(draft, media, wanted if is_sized else _within(wanted, plan, longest))
    if options.format == "sheet":
        return make_plan(draft, media, _within(options, plan, _SHEET_SIDE))
    if options.format in SOUNDS and not plan.sounds:
        raise RenderFailed(code="render_failed.no_sound")
    return plan


def _within(options: Output, plan: Plan, longest: int) -> Output:
    sides = plan.canvas.width, plan.canvas.height
    scale = min(1.0, longest / max(sides))
    width, height = (max(2, round(side * scale / 2) * 2) for side in sides)
    return replace(options, width=width, height=height)


def moments(plan: Plan, at_ms: int) -> list[int]:
    """The frames that a picture or a contact sheet shows."""
    if plan.format == "png":
        return [min(plan.frames - 1, int(at_ms * plan.canvas.fps / 1000))]
    seconds = plan.frames / plan.canvas.fps
    count = max(1, min(SHEET_PICTURES, plan.frames, int(seconds / _LEAST_BETWEEN_S)))
    return [(2 * number + 1) * plan.frames // (2 * count) for number in range(count)]


async def write_gif(listed: Path, path: Path) -> None:
    """The GIF of the chunks that the list names, with one palette for all its pictures; it begins again."""
    palette = listed.with_name("palette")
    await run([
        *LISTED, f"file:{listed}", "-vf", f"{BT709},palettegen", "-frames:v", "1",
        "-c:v", "rawvideo", "-f", "nut", f"file:{palette}",
    ], names=_NAMES)  # fmt: skip
    drawn = f"[0:v]{BT709}[a];[a][1:v]paletteuse=dither=sierra2_4a:diff_mode=rectangle"
    await _run([
        *LISTED, f"file:{listed}", "-f", "nut", "-i", f"file:{palette}",
        "-lavfi", drawn, "-map_metadata", "-1", "-loop", "0", "-f", "gif", f"file:{path}",
    ])  # fmt: skip


async def write_picture(part: Path, path: Path) -> None:
    """The PNG of a chunk of one frame."""
    await _run([
        "-f", "nut", "-i", f"file:{part}", "-frames:v", "1", "-vf", f"{BT709},format=rgb24", "-map_metadata", "-1",
        "-c:v", "png", "-f", "image2", "-update", "1", f"file:{path}",
    ])  # fmt: skip


async def write_sheet(plan: Plan, frames: Sequence[int], parts: Sequence[Path], path: Path) -> None:
    """The PNG that shows chunks of one frame side by side, each over its time."""
    pictures = [part.with_suffix(".png") for part in parts]
    for part, picture in zip(parts, pictures, strict=True):
        await write_picture(part, picture)
    times = _times([round(frame * 1000 / plan.canvas.fps) for frame in frames])
    await asyncio.to_thread(_paste, pictures, times, path)


def _times(at: Sequence[int]) -> list[str]:
    """As `0:05`; with their fractions where several lie in one second."""
    whole = [time_code(ms) for ms in at]
    return whole if len(set(whole)) == len(whole) else [time_code(ms, fraction=True) for ms in at]


def _paste(pictures: Sequence[Path], times: Sequence[str], path: Path) -> None:
    from PIL import Image, ImageDraw, ImageFont

    columns = min(_SHEET_COLUMNS, len(pictures))
    with Image.open(pictures[0]) as first:
        wide, high = first.width + _SHEET_GAP, first.height + _SHEET_LINE + _SHEET_GAP
    rows = math.ceil(len(pictures) / columns)
    sheet = Image.new("RGB", (columns * wide + _SHEET_GAP, rows * high + _SHEET_GAP), _SHEET_PAPER)
    ink = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(_SHEET_LINE * 2 // 3)
    for number, (picture, time) in enumerate(zip(pictures, times, strict=True)):
        left = _SHEET_GAP + number % columns * wide
        top = _SHEET_GAP + number // columns * high
        with Image.open(picture) as one:
            sheet.paste(one, (left, top))
        below = top + high - _SHEET_LINE - _SHEET_GAP
        ink.text(
            (left + (wide - _SHEET_GAP) / 2, below + _SHEET_LINE / 2), time, _SHEET_INK, font, "mm"
        )
    sheet.save(path, "PNG")


async def write_sound(plan: Plan, sound: Path, path: Path) -> None:
    """The encoded sound as a file of its own. Raises `RenderFailed` where it is not as long as the picture."""
    form = sound_form(plan)
    if plan.format == "m4a":
        await _run([
            "-f", "mp4", "-i", f"file:{sound}", "-c", "copy", "-map_metadata", "-1",
            "-movflags", "+faststart", "-f", "ipod", f"file:{path}",
        ])  # fmt: skip
    else:
        await asyncio.to_thread(shutil.copyfile, sound, path)
    await check_sound(plan, path, form.container)


async def _run(arguments: list[str]) -> None:
    await run(arguments, names=_NAMES, on_frame=lambda frame: None)


_NAMES = ("the finished parts", "the palette")
