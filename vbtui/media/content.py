"""What a file is by what stands in it, whatever its name says: its first bytes, and what is not
written yet.

A copy program may give a file its whole length first and fill it afterwards (`rsync --preallocate`,
a copy over SMB, torrents): until then there are zeros, or holes. What opens a file blocks.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import BinaryIO

from vbtui.base.patterns import regex
from vbtui.base.translation import Translation

_T = Translation
_PAGE, _TEXT_FILE = _T("a web page", "网页"), _T("text", "文本")
_ONE_BYTE = _T("the same byte over and over", "同一个字节的重复")
_UNKNOWN = _T(
    "no video, picture or sound by its first bytes", "从开头的字节看不是视频、图片或声音的文件"
)
HEAD = 64 * 1024
"""So many bytes of a file are looked at."""
UNWRITTEN_TEXT = _T(
    "nothing but zeros so far: it is still being written, or never was",
    "目前全是零：仍在写入，或从未写入",
)
_LEAST_TEXT = 256
_LEAST_NOTHING = 1024
_TEXT = 4096
_LEAST_UNKNOWN = 1024 * 1024
"""A smaller file costs nothing to send: its backend says what it thinks of it."""
_TAIL = 64 * 1024

_CONTROLS = frozenset(range(32)) - set(b"\t\n\r\f\x1b")
_OTHER_KINDS = (
    (b"%PDF-", _T("a PDF", "PDF")),
    (b"PK\x03\x04", _T("a ZIP archive or a document", "ZIP 压缩包或文档")),
    (b"Rar!\x1a\x07", _T("a RAR archive", "RAR 压缩包")),
    (b"7z\xbc\xaf\x27\x1c", _T("a 7z archive", "7z 压缩包")),
    (b"\x1f\x8b\x08", _T("compressed by gzip", "gzip 压缩文件")),
    (b"BZh", _T("compressed by bzip2", "bzip2 压缩文件")),
    (b"\xfd7zXZ\x00", _T("compressed by xz", "xz 压缩文件")),
    (b"\x7fELF", _T("a program", "程序")),
    (b"MZ\x90\x00", _T("a program", "程序")),
    (b"SQLite format 3\x00", _T("a database", "数据库")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _T("an Office document", "Office 文档")),
)
_MEDIA = regex(
    rb"""
      .{4} (?: ftyp | styp | moov | mdat | free | skip | wide | pnot | uuid | PICT | sidx | moof | junk )
    | \x1a\x45\xdf\xa3                                  # Matroska, WebM
    | (?: RIFF | RIFX | RF64 | BW64 | FORM | riff ) | caff | \.snd
    | \xff\xd8 | \x89PNG | \x8aMNG | GIF8 | BM | II[*+]\0 | MM\0[*+] | 8BPS | \0\0\0\x0cJXL | \xff[\x0a\x4f]
    | ID3 | OggS | fLaC | ADIF | \#!AMR | wvpk | MAC\x20 | TTA | MPCK | MP\+
    | FLV | \x30\x26\xb2\x75\x8e\x66\xcf\x11 | \.RMF | YUV4MPEG2 | DKIF
    | \x06\x0e\x2b\x34 | \0\0\x01[\xb3\xba\x09\x67\x65\x40\x46\xb0\xb5] | \0\0\0\x01 | \x1f\x07\0
    | \x0b\x77 | \x7f\xfe\x80\x01
    """,
    re.DOTALL | re.VERBOSE,
)
"""How what ffmpeg reads begins. One medium under the name of another is no matter."""


def other_kind(head: bytes, size: int) -> Translation | None:
    """What a file that begins so is instead of a video, picture or sound; None when it may be one.

    Every kind that is accepted has bytes in its head that no text has.

    Args:
        head: the first `HEAD` bytes.
        size: of the whole file.
    """
    for beginning, what in _OTHER_KINDS:
        if head.startswith(beginning):
            return what
    start = head[:_TEXT]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = start[2:].translate(None, b"\0")
    if len(start) >= _LEAST_TEXT and _CONTROLS.isdisjoint(start):
        is_page = start.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml"))
        return _PAGE if is_page else _TEXT_FILE
    if _is_one_byte(head) and head[:1] != b"\0":
        return _ONE_BYTE
    is_known = size < _LEAST_UNKNOWN or _MEDIA.match(head) or _has_frames(head)
    return None if is_known or is_unwritten(head) else _UNKNOWN


def is_unwritten(head: bytes) -> bool:
    """Whether a file that begins so has a length and no content yet."""
    return _is_one_byte(head) and head[:1] == b"\0"


def _is_one_byte(head: bytes) -> bool:
    return len(head) >= _LEAST_NOTHING and head.count(head[:1]) == len(head)


# -- sound and streams without a header: recognised by frames that follow each other ---------------

_PACKETS = ((188, 0), (192, 4), (204, 0))
"""Length of a packet of an MPEG transport stream, and where its sync byte stands."""
_SAMPLE_RATES = ((44100, 48000, 32000), (22050, 24000, 16000), (11025, 12000, 8000))
_BIT_RATES = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""kbit/s by version (2 stands for 2.5 too) and layer (ISO/IEC 11172-3, 13818-3)."""


def _has_frames(head: bytes) -> bool:
    """Whether packets of a transport stream, or two frames of MPEG sound, follow each other."""
    for length, sync in _PACKETS:
        marks = head[sync : sync + 8 * length : length]
        if len(marks) == 8 and marks == b"G" * 8:
            return True
    at = head.find(b"\xff")
    while 0 <= at < len(head) - 4:
        length = _frame_length(head[at : at + 8])
        following = head[at + length : at + length + 8]
        if length and _frame_length(following) and head[at + 1] == following[1]:
            return True
        at = head.find(b"\xff", at + 1)
    return False


def _frame_length(frame: bytes) -> int:
    """Bytes of an MPEG or ADTS sound frame; 0 when it is none."""
    if len(frame) < 7 or frame[0] != 0xFF or frame[1] & 0xE0 != 0xE0:
        return 0
    layer, version = 4 - (frame[1] >> 1 & 3), frame[1] >> 3 & 3
    if layer == 4:  # ADTS
        length = (frame[3] & 3) << 11 | frame[4] << 3 | frame[5] >> 5
        return length if frame[1] & 0xF0 == 0xF0 and frame[2] >> 2 & 15 < 13 and length > 7 else 0
    rate, sampling, padding = frame[2] >> 4, frame[2] >> 2 & 3, frame[2] >> 1 & 1
    if version == 1 or rate in (0, 15) or sampling == 3:
        return 0
    hz = _SAMPLE_RATES[{3: 0, 2: 1, 0: 2}[version]][sampling]
    bits = 1000 * _BIT_RATES[1 if version == 3 else 2, layer][rate - 1]
    if layer == 1:
        return (12 * bits // hz + padding) * 4
    return (72 if layer == 3 and version != 3 else 144) * bits // hz + padding


# -- what is not written yet ----------------------------------------------------------------------


def read_head(path: Path) -> bytes:
    """The first `HEAD` bytes. Raises `OSError`."""
    with path.open("rb", buffering=0) as file:
        return _read_from(file, 0)


def has_gaps(path: Path) -> bool:
    """Whether parts of the file hold nothing: a hole, as far as the system tells, or zeros at its end.

    A finished file may look so too: where silence was stored sparsely, or at the end of a sound.
    """
    try:
        with path.open("rb", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            if hasattr(os, "SEEK_HOLE") and 0 < os.lseek(file.fileno(), 0, os.SEEK_HOLE) < size:
                return True
            return size > 2 * _TAIL and not any(_read_from(file, size - _TAIL))
    except OSError:
        return False


def _read_from(file: BinaryIO, place: int) -> bytes:
    """Up to 64 KiB; an unbuffered read may give less at a time."""
    file.seek(place)
    pieces, left = [], HEAD
    while left and (piece := file.read(left)):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)
