"""A video's colours become those of BT.709: what a file names is taken, what it does not name is assumed.

Numbers are those of ITU-T H.273, names are ffmpeg's. High dynamic range is brought down by the tone map
`mobius`, with white at 203 cd/m².
"""

from __future__ import annotations

from dataclasses import dataclass

from vbtui.studio.project.media import Media, shown

BT709 = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
TO_BT709 = "out_color_matrix=bt709:out_range=tv"
HD_LINES = 720
"""From so many lines on, a file that names no matrix is taken for BT.709."""

_TONE_MAP = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,"
    "tonemap=tonemap=mobius:desat=0,zscale=t=bt709:m=bt709:r=tv"
)
_UNNAMED = 2
_PQ, _HLG, _SRGB = 16, 18, 13
_SMPTE170M, _BT2020, _BT2020_CONSTANT = 6, 9, 10
_MATRICES = {
    1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "ycgco", 9: "bt2020nc",
    10: "bt2020c", 14: "ictcp",
}  # fmt: skip
_PRIMARIES = {
    1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film", 9: "bt2020",
    10: "smpte428", 11: "smpte431", 12: "smpte432", 22: "jedec-p22",
}  # fmt: skip
_CURVES = {4: "bt470m", 5: "bt470bg", 8: "linear", _SRGB: "iec61966-2-1"}
"""Those that differ from BT.709's and are no high dynamic range."""
_WITHOUT_MATRIX = (
    "gbr", "rgb", "bgr", "argb", "abgr", "0rgb", "0bgr", "pal", "gray", "ya", "mono", "x2",
)  # fmt: skip
"""How names of pixel formats begin that are no sums and differences of colours."""


@dataclass(frozen=True, slots=True)
class Colors:
    """Filters that bring a video's colours to BT.709."""

    before: str
    """At the head of the chain, each with its comma."""
    in_scale: str
    """A part of the filter scale, with its colon."""
    after: str
    """At the end of the chain, without a pixel format."""


def colors_of(media: Media) -> Colors:
    """Those for `media`."""
    picture = shown(media)
    without_matrix = media.is_animation or media.pixel_format.startswith(_WITHOUT_MATRIX)
    matrix = picture.matrix if picture.matrix in _MATRICES else _UNNAMED
    primaries = picture.primaries if picture.primaries in _PRIMARIES else _UNNAMED
    is_hdr = picture.curve in (_PQ, _HLG)
    if primaries == _UNNAMED:
        primaries = _BT2020 if is_hdr or matrix in (_BT2020, _BT2020_CONSTANT) else 1
    if matrix == _UNNAMED:
        matrix = _assumed_matrix(media, primaries)
    is_narrow = media.pixel_format.startswith(("yuv41", "yuvj41", "uyyvyy"))
    common = "format=yuv444p," if is_narrow else ""  # `pad` counts in steps of its chroma
    is_plain = not is_hdr and primaries == 1
    if is_plain and (matrix == 1 or without_matrix):
        is_known = without_matrix or picture.matrix == matrix
        before = "" if is_known else "setparams=colorspace=bt709,"
        return Colors(common + before, f":{TO_BT709}", "")
    curve = "bt709"
    if is_hdr:
        curve = "smpte2084" if picture.curve == _PQ else "arib-std-b67"
    elif not is_plain and picture.curve in _CURVES:
        curve = _CURVES[picture.curve]
    names = f"color_primaries={'bt709' if is_plain else _PRIMARIES[primaries]}:color_trc={curve}"
    if without_matrix:
        before, matrix = f"scale={TO_BT709},format=yuv444p10,", 1
    else:
        extent = "pc" if picture.full_range or media.pixel_format.startswith("yuvj") else "tv"
        before = (
            f"setparams=range={extent}:colorspace=bt709,"  # which `scale` knows, and leaves alone
        )
    after = _TONE_MAP if is_hdr else "zscale=p=bt709:t=bt709:m=bt709:r=tv"
    return Colors(common + before, "", f"setparams={names}:colorspace={_MATRICES[matrix]},{after},")


def _assumed_matrix(media: Media, primaries: int) -> int:
    if primaries == _BT2020:
        return _BT2020
    return 1 if min(media.width, media.height) >= HD_LINES else _SMPTE170M
