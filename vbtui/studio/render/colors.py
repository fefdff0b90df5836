"""How a video file codes its colours."""

from __future__ import annotations

import av

from vbtui.base.errors import BadFile
from vbtui.studio.project.media import Media
from vbtui.studio.render.graph import FORMATS
from vbtui.studio.render.materials import Colors

_UNSPECIFIED = 2
_HDR_CURVES = (16, 18)
"""PQ and HLG, in the numbers of ITU-T H.273."""
HD_LINES = 720
"""From so many lines on, a file that names no matrix is taken for BT.709."""


def read_colors(media: Media) -> Colors:
    """The colours of the first video stream. Raises `BadFile` when it cannot be opened."""
    if media.path.suffix.lower() in (".gif", ".webp"):
        return Colors()
    try:
        with av.open(str(media.path), options={"format_whitelist": FORMATS}) as container:
            stream = container.streams.video[0].codec_context
            unnamed = int(stream.colorspace) == _UNSPECIFIED
            planar = (stream.pix_fmt or "").startswith("yuv")
            curve = int(stream.color_trc)
    except FileNotFoundError:
        raise BadFile(f"“{media.filename}” is no longer there.", hint="Upload it again.") from None
    except (av.FFmpegError, IndexError):
        raise BadFile(
            f"“{media.filename}” is damaged and cannot be read.", hint="Upload a whole copy of it."
        ) from None
    matrix = "bt709" if min(media.width, media.height) >= HD_LINES else "smpte170m"
    return Colors(assume=matrix if unnamed and planar else "", hdr=curve in _HDR_CURVES)
