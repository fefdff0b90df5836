"""LUTs: read with bounds, refused with a reason, and what they make of known patches."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests import clips as make
from tests.rendered import draft, library, rendered, segment
from tests.studio.test_render_effects import pixels
from vbtui.base.errors import BadFile, RenderFailed, UnsupportedFile
from vbtui.media.files import is_side_file, kind_of
from vbtui.studio.project import luts
from vbtui.studio.project.media import Media
from vbtui.studio.project.probe import probe
from vbtui.studio.render import Output
from vbtui.studio.render.chunks import cut_into_chunks
from vbtui.studio.render.plan import make_plan
from vbtui.studio.render.rebuild import write_recipe

SWAPPED = (
    'TITLE "red and blue"\nLUT_3D_SIZE 2\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 1.0 1 1\n\n# red first\n'
    + "".join(f"{b} {g} {r}\n" for b in (0, 1) for g in (0, 1) for r in (0, 1))
)
HALF = "LUT_1D_SIZE 3\n" + "".join(f"{v} {v} {v}\n" for v in (0, 0.25, 0.5))


def file(folder: Path, text: str, name: str = "film.cube") -> Media:
    path = folder / name
    path.write_text(text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Media("lut1", name, "lut", path, len(text), digest, 0)


def effect(**more: Any) -> dict[str, Any]:
    return {"type": "lut", "asset": "lut1", "name": "film.cube", **more}


async def patch(
    folder: Path, text: str, color: str, *, photo: bool = False, **more: Any
) -> tuple[int, int, int]:
    name = "fil'm;[x],:=%{é}.cube"
    source = (
        make.picture(color, width=320, height=180)
        if photo
        else make.clip(color.replace("#", "0x"), seconds=0.5, width=320, height=180)
    )
    (folder / "side").mkdir(exist_ok=True)
    (folder / "made").mkdir(exist_ok=True)
    files = library(a=source) | {"lut1": file(folder / "side", text, name)}
    clip = segment("a", 0, 300, effects=[effect(**more)])
    wanted = draft([clip])
    video = await rendered(folder / "made", wanted, files, options=Output("high"))
    (folder / "made/out.mp4").unlink()
    (folder / "made/work").rmdir()
    return video.pixel(4)


@pytest.mark.parametrize("photo", [False, True])
async def test_known_patches_become_what_the_table_says(photo: bool, tmp_path: Path) -> None:
    assert await patch(tmp_path, SWAPPED, "#c08020", photo=photo) == pytest.approx(
        (32, 128, 192), abs=5
    )
    assert await patch(tmp_path, HALF, "#c08040", photo=photo) == pytest.approx((96, 64, 32), abs=5)


async def test_a_share_of_it_lies_between(tmp_path: Path) -> None:
    red, green, blue = await patch(tmp_path, SWAPPED, "#c08020", strength=0.5)
    assert (red, green, blue) == pytest.approx((112, 128, 112), abs=5)


def test_other_contents_are_other_chunks(tmp_path: Path) -> None:
    def key(text: str, **more: Any) -> str:
        files = library(a=make.clip(seconds=1)) | {"lut1": file(tmp_path, text)}
        plan = make_plan(draft([segment("a", 0, 900, effects=[effect(**more)])]), files, Output())
        return cut_into_chunks(plan, {}, [])[0].key

    assert key(SWAPPED) == key(SWAPPED, name="other.cube")
    assert len({key(SWAPPED), key(HALF), key(SWAPPED, strength=0.5)}) == 3


async def test_a_file_that_is_gone_or_was_changed_is_named(tmp_path: Path) -> None:
    media = file(tmp_path, SWAPPED)
    clip = segment("a", 0, 300, effects=[effect()])
    plan = make_plan(draft([clip]), library(a=make.clip(seconds=1)) | {"lut1": media}, Output())
    media.path.write_text("LUT_3D_SIZE 2\n")
    with pytest.raises(BadFile, match=r"film.cube.*0 colours"):
        await pixels(plan, tmp_path, 0, 3)
    media.path.unlink()
    with pytest.raises(BadFile, match=r"film.cube.*cannot be read"):
        await pixels(plan, tmp_path, 0, 3)
    with pytest.raises(RenderFailed, match=r"film.cube.* has no file here"):
        make_plan(draft([clip]), library(a=make.clip(seconds=1)), Output())


async def test_a_folder_that_rebuilds_the_video_has_the_table(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    files = library(a=make.clip(seconds=1)) | {"lut1": file(tmp_path, SWAPPED)}
    await write_recipe(
        draft([segment("a", 0, 900, effects=[effect()])]), files, Output(), tmp_path / "out"
    )
    graph = (tmp_path / "out/graphs/part0.txt").read_text()
    assert ":file=../pictures/lut0.cube" in graph
    assert "LUT_3D_SIZE 2" in (tmp_path / "out/pictures/lut0.cube").read_text()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "does not say its size"),
        (b"hello", "is no LUT"),
        (b"\x89PNG\r\n\x1a\n\0\0", "other things than text"),
        (b"LUT_3D_SIZE 2\n0 0 0\n", "1 colours where 8 are due"),
        (b"LUT_3D_SIZE 2\n" + b"0 0 0\n" * 9, "more than 8 colours"),
        (b"LUT_3D_SIZE 999999\n", "from 2 to 65"),
        (b"LUT_3D_SIZE 1\n0 0 0\n", "from 2 to 65"),
        (b"LUT_3D_SIZE -3\n", "does not say its size"),
        (b"LUT_1D_SIZE 70000\n", "from 2 to 65536"),
        (b"LUT_1D_SIZE 2\nLUT_3D_SIZE 2\n", "both one and three"),
        (b"LUT_1D_SIZE 2\n0 0 0\nnan 0 0\n", "impossible"),
        (b"LUT_1D_SIZE 2\n0 0 0\n1e300 0 0\n", "impossible"),
        (b"LUT_1D_SIZE 2\n0 0\n1 1 1\n", "has a line"),
        (b"LUT_1D_SIZE 2\nDOMAIN_MAX 2 2 2\n0 0 0\n1 1 1\n", "beyond 0 to 1"),
        (b"LUT_1D_SIZE 2\n[0:v]null;movie=/etc/passwd\n", "has a line"),
        (b"#" * (luts.MOST_BYTES + 1), "too large"),
    ],
    ids=range(16),
)
def test_what_is_no_lut_is_refused_with_a_reason(content: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        luts.read(content)


def test_forms_that_programs_write_are_read() -> None:
    resolve = (
        b"\xef\xbb\xbf# made\r\nLUT_3D_SIZE 2\r\nLUT_3D_INPUT_RANGE 0.0 1.0\r\n"
        + b"0.1 .2 1e-1\r\n" * 8
    )
    table = luts.read(resolve)
    assert (table.dimensions, table.size, table.colours[0]) == (3, 2, (0.1, 0.2, 0.1))
    assert luts.read(table.text(1).encode()) == table
    assert luts.read(table.text(0.5).encode()).colours[-1] == pytest.approx((0.55, 0.6, 0.55))


def test_the_studio_takes_a_table_and_refuses_what_is_none(tmp_path: Path) -> None:
    media = probe(file(tmp_path, SWAPPED).path, "film.cube")
    assert (media.kind, media.filename, media.is_seen) == ("lut", "film.cube", False)
    broken = file(tmp_path, "LUT_3D_SIZE 2\n0 0 0\n", "broken.cube")
    with pytest.raises(UnsupportedFile, match=r"broken.cube.*1 colours where 8 are due"):
        probe(broken.path, "broken.cube")
    assert kind_of("film.CUBE") == "lut"
    assert is_side_file("film.cube")
