"""Steadying: how the camera shook in a file, seen once for its content, and each picture moved back.

ffmpeg's vidstabdetect finds where small fields of each picture were in the one before it. Its own second pass counts
pictures from a file's begin, and a render draws runs of them in any order: here each picture is moved by what was found
for the time at which it is seen.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import math
import os
import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from vbtui.base.errors import DiskProblem
from vbtui.base.files import passing_folder
from vbtui.studio.project.media import Media
from vbtui.studio.project.shakes import STILL, Move, Shakes, within, zoom_for
from vbtui.studio.render.chunks import FileCache
from vbtui.studio.render.effects import Stabilise
from vbtui.studio.render.ffmpeg import run
from vbtui.studio.render.graph import READ_SAFELY
from vbtui.studio.render.model import NUDGE, Canvas, Plan, Shot
from vbtui.studio.render.views import View, seen_of

VERSION = 1
"""Raised whenever the same file would be seen to shake in another way."""
MOST_KEPT = 200_000_000
"""Bytes of what is kept about files."""
_WIDTH = 1280
"""Larger pictures are watched as small as that."""
_LINE = 62
"""Bytes that ffmpeg writes about a picture."""
_NICENESS = 10
_TIME = re.compile(rb"pts_time:(-?[\d.]+)")
_FIELD = re.compile(r"\(LM (-?\d+) (-?\d+) (\d+) (\d+) ")
_FEW = 4
"""With fewer fields nothing is known of a picture."""
_ALIKE_PX = 3


async def shakes_of(
    media: Media, cache: FileCache, on_progress: Callable[[float], None] = lambda share: None
) -> Shakes:
    """How the camera shook in a video, found out where it is not kept in `cache`. Raises as `run` does."""
    key = _key(media)
    kept = await asyncio.to_thread(_kept, cache, key)
    if kept is None:
        on_progress(0.0)
        kept = await _watch(media, on_progress)
        on_progress(1.0)
        await asyncio.to_thread(_keep, cache, key, kept)
    return kept


async def steadied(plan: Plan, otherwise: Path) -> Plan:
    """`plan` with what was seen of the files that are held steady.

    Args:
        otherwise: where that is kept when the user's cache cannot be written.

    Raises as `run` does.
    """
    wanted = {shot.media.id: shot.media for shot in plan.shots if _stabilise(shot) is not None}
    if not wanted:
        return plan
    cache = await asyncio.to_thread(FileCache.of_user, "analyses", otherwise, MOST_KEPT)
    found = {one: await shakes_of(media, cache) for one, media in wanted.items()}

    def seen(shot: Shot) -> Shot:
        if shot.media.id not in found or _stabilise(shot) is None:
            return shot
        effects = (
            replace(one, shakes=found[shot.media.id]) if isinstance(one, Stabilise) else one
            for one in shot.effects
        )
        return replace(shot, effects=tuple(effects))

    return plan.with_shots(seen)


def _stabilise(shot: Shot) -> Stabilise | None:
    is_video = shot.media.kind == "video" and not shot.media.is_animation
    found = (one for one in shot.effects if isinstance(one, Stabilise))
    return next(found, None) if is_video else None


def _key(media: Media) -> str:
    content = media.sha256 or f"{media.path} {media.size}"
    return hashlib.sha256(f"shakes {VERSION} {content}".encode()).hexdigest()


def _kept(cache: FileCache, key: str) -> Shakes | None:
    path = cache.path(key)
    try:
        os.utime(path)
        return Shakes.from_json(json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _keep(cache: FileCache, key: str, found: Shakes) -> None:
    with contextlib.suppress(OSError), cache.unfinished() as unfinished:
        unfinished.write_text(json.dumps(found.to_json()))
        cache.keep(unfinished, key)


def holding(one: Stabilise, shot: Shot, canvas: Canvas, first: int, count: int) -> str:
    """The filter that holds `count` pictures of a shot steady, from its frame `first` on; empty where none is needed.

    Args:
        canvas: what the picture is fitted into before it is turned.
    """
    media = shot.media
    if one.shakes is None or len(one.shakes.times) < 2 or shot.loop or not media.width:
        return ""
    moves, shape = _moves(one.shakes, one.amount), media.height / media.width
    zoom = _zoom(one.shakes, one.amount, shape)
    if zoom < _LEAST_ZOOM:
        return ""
    size = (media.width, media.height)
    view = seen_of(shot.effects, size, (canvas.width, canvas.height), fills=shot.fit == "cover")
    shown = (
        one.shakes.at(shot.in_ms + 1000 * float(shot.played(first + number + _SHOWN, canvas.fps)))
        for number in range(count)
    )
    rows = [_corners(within(moves[at], zoom, shape), zoom, view) for at in shown]
    sides = "WH" * 4
    places = (
        f"{'xy'[at % 2]}{at // 2}='{sides[at]}*({_over_time([row[at] for row in rows])})'"
        for at in range(8)
    )
    return f"perspective={':'.join(places)}:eval=frame"


_LEAST_ZOOM = 1.001
_SHOWN = float(Fraction(1, 2) - NUDGE)
"""By so many frames may a source picture begin after the frame that shows it."""


@lru_cache(maxsize=8)
def _moves(shakes: Shakes, amount: float) -> list[Move]:
    return shakes.steadied(amount)


@lru_cache(maxsize=8)
def _zoom(shakes: Shakes, amount: float, shape: float) -> float:
    """That of the whole file, so that its pieces, and pictures of it that stand still, go together."""
    return zoom_for(_moves(shakes, amount), shape)


def _corners(move: Move, zoom: float, view: View) -> list[float]:
    """Where in what is seen of a picture the corners of the moved one lie, as shares: x and y of each."""
    found: list[float] = []
    cos, sin = math.cos(move.turn), math.sin(move.turn)
    middle = (view.of[0] / 2, view.of[1] / 2)
    for x, y in ((0, 0), (1, 0), (0, 1), (1, 1)):
        across, down = view.at(0.5 + (x - 0.5) / zoom, 0.5 + (y - 0.5) / zoom)
        across -= middle[0] + move.x * view.of[0]
        down -= middle[1] + move.y * view.of[0]
        before = (middle[0] + cos * across + sin * down, middle[1] - sin * across + cos * down)
        found += view.shares_of(before)
    return found


def _over_time(values: Sequence[float], begin: int = 1) -> str:
    """One value a picture, as an expression of ffmpeg's; its pictures count from `begin`."""
    if len(values) == 1 or max(values) - min(values) < 1e-6:
        return f"{values[0]:.6f}"
    half = len(values) // 2
    first, second = _over_time(values[:half], begin), _over_time(values[half:], begin + half)
    return f"if(lt(on,{begin + half}),{first},{second})"


async def _watch(media: Media, on_progress: Callable[[float], None]) -> Shakes:
    if media.kind != "video" or media.is_animation:
        return Shakes()
    width = min(_WIDTH, media.width or _WIDTH) // 2 * 2
    whole = max(1.0, media.duration_ms / 1000 * max(media.fps, 1) * _LINE)
    with passing_folder("vbtui-shakes-") as folder:
        output = await run(
            [
                "-threads", "2", "-an", "-sn", "-dn", *READ_SAFELY, "-i", f"file:{media.path.absolute()}",
                "-map", "0:v:0", "-vf",
                f"scale={width}:-2,select='gte(scene,0)',metadata=print:key=lavfi.scene_score:file=-,"
                "vidstabdetect=result=shakes:shakiness=6:accuracy=12:stepsize=6:mincontrast=0.2:fileformat=ascii",
                "-fps_mode", "passthrough", "-f", "null", "-",
            ],
            names=[media.filename],
            on_output=lambda count: on_progress(min(1.0, count / whole)),
            niceness=_NICENESS,
            folder=folder,
        )  # fmt: skip
        return await asyncio.to_thread(_read, output, folder / "shakes", width, media)


def _read(output: bytes, result: Path, width: int, media: Media) -> Shakes:
    height = width * media.height / max(1, media.width)
    times = [max(0.0, float(one) * 1000 - media.late_ms) for one in _TIME.findall(output)]
    try:
        with result.open(encoding="ascii", errors="replace") as lines:
            whole = (line for line in lines if line.startswith("Frame ") and line.endswith("\n"))
            moves = [_move(line, width, height) for line in whole]
    except OSError:
        return Shakes(failed=True)
    if len(moves) != len(times):  # the filter says nothing of what it could not write
        raise DiskProblem(
            f"What was seen of “{media.filename}” could not be written; the disk may be full.",
            hint="Free some space.",
        )
    return Shakes.of(times, [STILL, *moves[1:]] if moves else [])


def _move(line: str, width: int, height: float) -> Move:
    """Of a whole picture, by the fields that agree."""
    found = (tuple(map(int, one)) for one in _FIELD.findall(line))
    fields = [(-dx, -dy, x, y) for dx, dy, x, y in found]  # it tells where each one was before
    if len(fields) < _FEW:
        return STILL
    across = statistics.median(one[0] for one in fields)
    down = statistics.median(one[1] for one in fields)
    alike = [
        one
        for one in fields
        if math.hypot(one[0] - across, one[1] - down) <= _ALIKE_PX + width / 100
    ]
    if len(alike) < max(_FEW, len(fields) // 3):
        return STILL  # another scene, or things that move
    count = len(alike)
    x, y = (sum(one[at] for one in alike) / count for at in (2, 3))
    dx, dy = (sum(one[at] for one in alike) / count for at in (0, 1))
    square = sum((one[2] - x) ** 2 + (one[3] - y) ** 2 for one in alike)
    cross = sum((one[2] - x) * (one[1] - dy) - (one[3] - y) * (one[0] - dx) for one in alike)
    turn = cross / square if square and count >= 2 * _FEW else 0.0
    if abs(turn) > 0.1:
        turn = 0.0
    dx, dy = dx - turn * (height / 2 - y), dy + turn * (width / 2 - x)
    return Move(dx / width, dy / width, turn)
