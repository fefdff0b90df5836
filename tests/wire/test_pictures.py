"""Pictures one after the other in one body."""

from __future__ import annotations

import struct
import zlib

from vbtui.wire.extras import split_pictures


def png(note: bytes = b"") -> bytes:
    """The bones of a PNG file."""

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", bytes(13))
        + chunk(b"tEXt", note)
        + chunk(b"IEND", b"")
    )


def test_each_whole_picture_comes_out_as_it_went_in() -> None:
    pictures = (png(), png(b"IEND within"), png(b"\x89PNG\r\n\x1a\n"))
    assert split_pictures(b"".join(pictures)) == pictures


def test_what_is_cut_short_or_foreign_is_left_out() -> None:
    whole = png(b"one")
    assert split_pictures(whole + png(b"two")[:-1]) == (whole,)
    assert split_pictures(whole + b"<html>") == (whole,)
    assert split_pictures(b"{}") == ()
    assert split_pictures(b"") == ()
    assert split_pictures(b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIEND") == ()
