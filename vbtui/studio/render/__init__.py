"""From the draft to a video file, with ffmpeg.

    draft + media + Output ──plan──► Plan ──graph──► ffmpeg's arguments ──encode──► MP4

`plan` is pure and exact (frames and samples), `graph` writes ffmpeg's language, `ffmpeg` runs it.
Nothing here is imported before it is used: Pillow, fontTools and the ffmpeg binary are lazy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vbtui.studio.project.media import Media
from vbtui.studio.render.model import Output

if TYPE_CHECKING:
    from vbtui.studio.render.farm.scheduler import Farm
    from vbtui.studio.render.workers import Turn

__all__ = ["Output", "cannot_draw", "check_text", "frames", "render"]


async def render(
    draft: Mapping[str, Any],
    media: Mapping[str, Media],
    options: Output,
    destination: Path,
    *,
    workdir: Path,
    on_progress: Callable[[float], None],
    on_remark: Callable[[str], None] = lambda remark: None,
    on_copied: Callable[[float], None] = lambda share: None,
    farm: Farm | None = None,
    project: str = "",
    turn: Turn | None = None,
) -> None:
    """Renders `draft` to the file `destination`, an MP4 or what `options.format` names; it appears only when it is
    whole.

    Args:
        media: the uploaded files by the id that the draft's `m.asset` names.
        workdir: a directory for temporary files; it is made, and what was put there is removed.
        on_progress: told 0-100, never falling, on the event loop.
        on_remark: told sentences about sources that are damaged in places; some come twice.
        on_copied: told the share of the pictures (0-1) that were taken over as they are.
        farm: whose workers encode, where they can.
        project: whose render it is, for whose turn it is at the farm.
        turn: at encoders that other renders use too; None: all are its own.

    Cancelling the task ends every ffmpeg within a second and leaves no partial file.

    Raises:
        RenderFailed: what cannot be rendered, with the segment or file by name.
        BadFile: a source that is missing, changed or broken, by name.
        DiskProblem: full, read-only or not permitted.
    """
    from vbtui.studio.render.job import run_render

    await run_render(
        draft,
        media,
        options,
        destination,
        workdir=workdir,
        on_progress=on_progress,
        on_remark=on_remark,
        on_copied=on_copied,
        farm=farm,
        project=project,
        turn=turn,
    )


async def frames(
    draft: Mapping[str, Any],
    media: Mapping[str, Media],
    at_ms: int,
    width: int,
    height: int,
    *,
    count: int = 1,
    fps: float = 10,
    find_proxy: Callable[[Media], Path | None] = lambda media: None,
) -> bytes:
    """At most `count` composed pictures from `at_ms` on, `fps` a second: PNG after PNG.

    They fit into `width` x `height` pixels; fewer come at the end of the timeline, but one always.
    Opens only the files that are seen, in their place what `find_proxy` gives where that is large enough.
    Raises as `render` does.
    """
    from vbtui.studio.render.preview import draw_frames

    return await draw_frames(
        draft, media, at_ms, width, height, count=count, fps=fps, find_proxy=find_proxy
    )


def cannot_draw(text: str, chinese: bool = False) -> str:
    """ "" when `text` is drawn right here, else why not, in that language."""
    from vbtui.studio.render.typefaces import cannot_draw

    return cannot_draw(text, chinese)


def check_text(text: str, chinese: bool = False) -> str:
    """ "" when every character of `text` can be drawn here, else which font package is missing, in that language."""
    from vbtui.studio.render.typefaces import missing_fonts

    return missing_fonts(text, chinese)
