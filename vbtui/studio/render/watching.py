"""Watching: how much each picture of a file differs from the one before it, and what pictures are like."""

from __future__ import annotations

import re
from collections.abc import Callable

from vbtui.studio.project.findings import Changes
from vbtui.studio.project.media import Media
from vbtui.studio.project.sight import STEP_MS, Sight, packed
from vbtui.studio.render.ffmpeg import run
from vbtui.studio.render.graph import READ_SAFELY

_LINE = 62
"""Bytes that ffmpeg writes about a picture."""
_WIDTH = 160
_NICENESS = 10
_SCORE = re.compile(rb"pts_time:(-?[\d.]+)\s*\nlavfi\.scene_score=([\d.]+)")
_LEAST = 0.05
"""What differs less is not kept."""


async def watch(media: Media, on_progress: Callable[[float], None]) -> Changes:
    """The pictures of a video that differ from the one before them, small ones, in order.

    Args:
        on_progress: told the share that was seen.

    Raises as `run` does; a cancelled one leaves nothing.
    """
    if media.kind != "video" or media.is_animation:
        return Changes()
    whole = max(1.0, media.duration_ms / 1000 * max(media.fps, 1) * _LINE)
    output = await run(
        [
            "-threads", "2", "-an", "-sn", "-dn", *READ_SAFELY, "-i", f"file:{media.path.absolute()}",
            "-map", "0:v:0", "-vf",
            f"scale={_WIDTH}:-2:flags=fast_bilinear,select='gte(scene,0)',metadata=print:key=lavfi.scene_score:file=-",
            "-f", "null", "-",
        ],
        names=[media.filename],
        on_output=lambda count: on_progress(min(1.0, count / whole)),
        niceness=_NICENESS,
    )  # fmt: skip
    found = (
        (max(0, round(float(time) * 1000 - media.late_ms)), round(float(score), 3))
        for time, score in _SCORE.findall(output)
    )
    return Changes(tuple(one for one in found if one[1] >= _LEAST))


_SIGHT_WIDTH, _FEW = 640, 160
"""Smaller pictures are all sharp; how bright they are and what moves is told from some of their points."""
_SIGHT_BYTES = 850
"""That ffmpeg writes about one of these."""
_NUMBER = rb"(-?[\d.]+|-?nan|-?inf)"
_SIGHT = re.compile(
    rb"pts_time:(-?[\d.]+)\s*\nlavfi\.blur=" + _NUMBER + rb".*?YAVG=" + _NUMBER + rb".*?YMAX=" + _NUMBER
    + rb".*?YDIF=" + _NUMBER,
    re.DOTALL,
)  # fmt: skip


async def look(media: Media, on_progress: Callable[[float], None]) -> Sight:
    """What the pictures of a video are like, some in a second. As `watch` otherwise."""
    if media.kind != "video" or media.is_animation:
        return Sight(b"")
    count = max(1, media.duration_ms // STEP_MS)
    output = await run(
        [
            "-threads", "2", "-an", "-sn", "-dn", *READ_SAFELY, "-i", f"file:{media.path.absolute()}",
            "-map", "0:v:0", "-vf",
            f"fps={1000 // STEP_MS},scale={_SIGHT_WIDTH}:-2:out_range=tv,format=yuv420p,blurdetect,"
            f"scale={_FEW}:-2:flags=neighbor,signalstats,metadata=print:file=-",
            "-f", "null", "-",
        ],
        names=[media.filename],
        on_output=lambda written: on_progress(min(1.0, written / _SIGHT_BYTES / count)),
        niceness=_NICENESS,
    )  # fmt: skip
    pictures: list[bytes] = []
    for found in _SIGHT.finditer(output):
        time, edge, mean, brightest, moved = map(float, found.groups())
        at = round((time * 1000 - media.late_ms) / STEP_MS)
        seen = packed(brightest, mean, edge, moved)
        pictures += [seen] * min(at + 1 - len(pictures), count + 1 - len(pictures))
    return Sight(b"".join(pictures))
