"""What a timeline can be exported as: one list for the client, the wire and the studio."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vbtui.base.translation import Translation

_T = Translation
_PICTURE = _T("PNG, one picture", "PNG，一个画面")
_SHEET = _T("PNG, contact sheet", "PNG，缩略图总览")


@dataclass(frozen=True, slots=True)
class Format:
    """One of them."""

    name: str
    """What the command line, the wire and the journal call it."""
    suffix: str
    """Of its files, with the dot."""
    mime: str
    label: Translation
    """What a list shows."""
    has_picture: bool = True
    has_sound: bool = True
    is_still: bool = False
    """One picture, without a length."""

    @property
    def is_words(self) -> bool:
        """Whether it is nothing but text."""
        return not self.has_picture and not self.has_sound


FORMATS: Mapping[str, Format] = {
    one.name: one
    for one in (
        Format("mp4", ".mp4", "video/mp4", _T("MP4, H.264", "MP4，H.264")),
        Format("hevc", ".mp4", "video/mp4", _T("MP4, H.265 (HEVC)", "MP4，H.265（HEVC）")),
        Format("av1", ".mp4", "video/mp4", _T("MP4, AV1", "MP4，AV1")),
        Format("prores", ".mov", "video/quicktime", _T("MOV, ProRes", "MOV，ProRes")),
        Format("webm", ".webm", "video/webm", _T("WebM, VP9", "WebM，VP9")),
        Format("gif", ".gif", "image/gif", _T("GIF, moving", "GIF 动图"), has_sound=False),
        Format("mp3", ".mp3", "audio/mpeg", _T("MP3, the sound", "MP3，仅声音"), False),
        Format("wav", ".wav", "audio/wav", _T("WAV, the sound", "WAV，仅声音"), False),
        Format("m4a", ".m4a", "audio/mp4", _T("M4A, the sound", "M4A，仅声音"), False),
        Format("png", ".png", "image/png", _PICTURE, has_sound=False, is_still=True),
        Format(
            "srt",
            ".srt",
            "application/x-subrip",
            _T("SRT, the captions", "SRT，仅字幕"),
            False,
            False,
        ),
        Format("vtt", ".vtt", "text/vtt", _T("VTT, the captions", "VTT，仅字幕"), False, False),
        Format("ass", ".ass", "text/x-ssa", _T("ASS, the captions", "ASS，仅字幕"), False, False),
        Format("sheet", ".png", "image/png", _SHEET, has_sound=False, is_still=True),
    )
}
USUAL = "mp4"
"""What every backend makes; the others are the local studio's."""


def format_of_file(suffix: str) -> Format | None:
    """The first format whose files end so; `.mp4` where there is no ending; None for a foreign one."""
    wanted = suffix.lower() or FORMATS[USUAL].suffix
    return next((one for one in FORMATS.values() if one.suffix == wanted), None)


OTHERS = frozenset(
    [
        ".avi",
        ".mkv",
        ".flv",
        ".wmv",
        ".mpg",
        ".mpeg",
        ".ts",
        ".mts",
        ".3gp",
        ".ogv",
        ".ogg",
        ".flac",
        ".aac",
        ".aiff",
        ".wma",
        ".jpg",
        ".jpeg",
        ".webp",
        ".apng",
        ".bmp",
        ".tif",
        ".tiff",
        ".psd",
    ]
)
"""Endings of files that nothing here is exported as."""
