"""Proxies: small copies of videos in which any picture is found at once, for looking at a timeline.

A proxy has every picture of its file at the file's own times, upright, in BT.709, with short groups. Whoever draws a
preview may read it in place of the file; a render has no way to.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from vbtui.studio.project.media import Media
from vbtui.studio.project.picture import Picture
from vbtui.studio.render.drawing import contained, draw_small, filled
from vbtui.studio.render.ffmpeg import run
from vbtui.studio.render.graph import Graph
from vbtui.studio.render.model import Canvas, Plan, Shot

Find = Callable[[Media], Path | None]
"""Gives the proxy of a file; None where there is none."""
_SHORT_SIDE = 360
"""Pixels; the preview of a terminal of 300x100 has no more."""
_GROUP = 12
"""Pictures from one that can be decoded alone to the next."""
_NICENESS = 19
_CROOKED = 2
"""Pixels by which even sides of the same shape may differ."""


async def make_proxy(media: Media, path: Path, *, threads: int) -> None:
    """Writes the proxy of `media` to `path`, an MP4. Every other program of the machine goes first.

    Args:
        threads: for decoding, and for encoding; 0: as many as ffmpeg likes.

    Raises as a render does; a cancelled one leaves a part of the file.
    """
    graph = Graph(threads=threads)
    drawn = draw_small(graph, media, proxy_size(media))
    with tempfile.TemporaryDirectory(prefix="vbtui-proxy-") as folder:
        script = Path(folder) / "graph"
        script.write_text(graph.script)
        await run(
            [
                *graph.inputs, "-/filter_complex", str(script), "-map", drawn,
                "-fps_mode", "passthrough", "-enc_time_base", "filter",
                "-c:v", "libx264", "-preset", "superfast", "-tune", "fastdecode", "-crf", "22",
                "-g", str(_GROUP), "-bf", "0", "-threads", str(threads),
                "-movflags", "+faststart", "-f", "mp4", str(path),
            ],
            names=graph.names,
            on_frame=lambda _: None,  # that one comes now and then is looked at
            niceness=_NICENESS,
        )  # fmt: skip


def proxy_size(media: Media) -> tuple[int, int]:
    """Width and height, even, of the proxy's pictures."""
    width, height = max(media.width, 2), max(media.height, 2)
    scale = min(Fraction(1), Fraction(_SHORT_SIDE, min(width, height)))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def through_proxies(plan: Plan, find: Find) -> Plan:
    """`plan` with proxies in place of the files that have one and are drawn no larger than that."""

    def seen(shot: Shot) -> Shot:
        if shot.loop or not _is_enough(shot, plan.canvas):
            return shot
        path = find(shot.media)
        return shot if path is None else replace(shot, media=_as_proxy(shot.media, path))

    return plan.with_shots(seen)


def _is_enough(shot: Shot, canvas: Canvas) -> bool:
    drawn = (filled if shot.fit == "cover" else contained)(shot.form, shot.drawn_on(canvas))
    if (view := shot.view) is not None:  # as large as all of the picture is then
        wide, high = view.of
        drawn = (round(drawn[0] * wide / view.width), round(drawn[1] * high / view.height))
    return all(
        one <= own + _CROOKED for one, own in zip(drawn, proxy_size(shot.media), strict=True)
    )


def _as_proxy(media: Media, path: Path) -> Media:
    """`media` as it is read from its proxy."""
    width, height = proxy_size(media)
    return replace(
        media,
        path=path,
        size=0,
        picture=Picture(width=width, height=height, matrix=1, curve=1, primaries=1),
        rotation=0,
        video_codec="h264",
        pixel_format="yuv420p",
        key_gap_ms=0,
    )
