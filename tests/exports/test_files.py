"""Names of exported files, and what their boxes say."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import clips as media
from vbtui.base import files as naming
from vbtui.base import mp4
from vbtui.base.errors import RenderFailed
from vbtui.exports import check as export_check
from vbtui.exports.presets import destination_for


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# -- names and boxes --------------------------------------------------------------------------


def test_names_are_safe(tmp_path: Path) -> None:
    made = destination_for(tmp_path, "../../etc/passwd \x1b[31m", 0.0)
    assert made.parent == tmp_path
    assert made.name.startswith("etc passwd 19")
    long = naming.part_path(tmp_path / f"{'ü' * 120}.mp4", "render_1")
    assert len(os.fsencode(long.name)) < 200


def test_the_length_is_read_from_the_movie_header(tmp_path: Path) -> None:
    clip = media.clip(seconds=2)
    assert mp4.duration_s(clip) == pytest.approx(2, abs=0.1)
    assert export_check.length_problem(clip, 2100) == ""
    assert "timeline is 9 s" in export_check.length_problem(clip, 9000)
    assert export_check.length_problem(clip, 0) == ""
    junk = tmp_path / "junk.mp4"
    junk.write_bytes(b"\0\0\0\x08ftyp\0\0\0\x10moov\0\0\0\x08mvhd")
    assert mp4.duration_s(junk) is None
    junk.write_bytes(b"")
    with pytest.raises(RenderFailed):
        export_check.check_whole(junk)
