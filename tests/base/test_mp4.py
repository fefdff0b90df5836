"""The box reader: whole, cut off, foreign."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import clips as media
from vbtui.base.mp4 import Wholeness, is_whole, picture_size, wholeness


def box(kind: bytes, content: bytes = b"") -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content


FTYP = box(b"ftyp", b"isom\0\0\2\0isomiso2")


def judge(folder: Path, content: bytes) -> Wholeness:
    path = folder / "clip.mp4"
    path.write_bytes(content)
    return wholeness(path)


def test_a_real_clip_is_whole_and_every_shorter_one_is_not(tmp_path: Path) -> None:
    content = media.clip(seconds=1).read_bytes()
    assert judge(tmp_path, content) is Wholeness.WHOLE
    for share in (0.01, 0.3, 0.9, 0.999):
        assert judge(tmp_path, content[: int(len(content) * share)]) is Wholeness.CUT_OFF


def test_the_size_of_the_picture_is_read(tmp_path: Path) -> None:
    assert picture_size(media.clip(seconds=1)) == (320, 180)
    plain = tmp_path / "plain.mp4"
    plain.write_bytes(FTYP + box(b"moov", box(b"trak", box(b"tkhd", b"1234"))) + box(b"mdat"))
    assert picture_size(plain) is None


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (FTYP + box(b"moov", b"x" * 40) + box(b"mdat", b"y" * 100), Wholeness.WHOLE),
        (FTYP + box(b"mdat", b"y" * 100), Wholeness.CUT_OFF),
        (FTYP + box(b"moov", b"x" * 40) + box(b"mdat", b"y" * 100)[:-1], Wholeness.CUT_OFF),
        (FTYP + box(b"moov") + b"\0\0\0\0mdat" + b"to the end", Wholeness.WHOLE),
        (
            FTYP + b"\0\0\0\1mdat" + (26).to_bytes(8, "big") + b"y" * 10 + box(b"moov"),
            Wholeness.WHOLE,
        ),
        (
            FTYP + b"\0\0\0\1mdat" + (9999).to_bytes(8, "big") + b"y" * 10 + box(b"moov"),
            Wholeness.CUT_OFF,
        ),
        (FTYP + box(b"mdat", b"y") + box(b"moov") + b"\0" * 64, Wholeness.WHOLE),
        (FTYP + box(b"moov") + b"\0" * 64, Wholeness.CUT_OFF),
        (FTYP[:5], Wholeness.CUT_OFF),
        (FTYP[:1], Wholeness.CUT_OFF),
        (b"short", Wholeness.FOREIGN),
        (b"\0" * 4096, Wholeness.CUT_OFF),
        (b"this is not a video at all", Wholeness.FOREIGN),
        (b"\xff\xd8\xff\xe0 a picture", Wholeness.FOREIGN),
    ],
)
def test_boxes(tmp_path: Path, content: bytes, verdict: Wholeness) -> None:
    assert judge(tmp_path, content) is verdict


def test_a_missing_file_is_not_whole(tmp_path: Path) -> None:
    assert not is_whole(tmp_path / "none.mp4")
