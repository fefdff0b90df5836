"""What is black or out of focus: seen in real pictures, cut out, and gone in what is rendered."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import ImageStat

from tests import clips as make
from tests.rendered import rendered
from vbtui.studio.director import Project, direct
from vbtui.studio.project.findings import Findings
from vbtui.studio.project.sight import Sight, packed
from vbtui.studio.render.watching import look

PARTS = (
    ("testsrc2=s=640x360:r=30", 1.0),
    ("color=black:s=640x360:r=30", 0.8),
    ("mandelbrot=s=640x360:r=30", 1.2),
    ("testsrc2=s=640x360:r=30,gblur=sigma=6", 1.0),
    ("color=0x181820:s=640x360:r=30,drawbox=x=300:y=160:w=60:h=40:color=0xA0A0A0:t=fill", 0.6),
)
"""Sharp, black, sharp, out of focus, dark with something in it."""


def film() -> Path:
    path = make.folder() / "flaws.mp4"
    if not path.exists():
        unfinished = make.unfinished(path)
        inputs = [one for name, s in PARTS for one in ("-f", "lavfi", "-t", str(s), "-i", name)]
        chain = "".join(f"[{n}:v]format=yuv420p,setsar=1[v{n}];" for n in range(len(PARTS)))
        joined = "".join(f"[v{n}]" for n in range(len(PARTS)))
        graph = f"{chain}{joined}concat=n={len(PARTS)}[v]"
        make.ffmpeg(
            *inputs, "-filter_complex", graph, "-map", "[v]", "-preset", "ultrafast", unfinished
        )
        unfinished.replace(path)
    return path


@pytest.fixture(scope="module")
async def sight() -> Sight:
    shares: list[float] = []
    found = await look(make.describe(film(), "a"), shares.append)
    assert shares[-1] == pytest.approx(1, abs=0.2)
    return found


async def test_black_and_blurred_parts_are_seen_and_dark_ones_are_not(sight: Sight) -> None:
    assert len(sight) == pytest.approx(46, abs=1)
    ((begin, end),) = sight.black(300)
    assert begin == pytest.approx(1000, abs=100)
    assert begin <= 1000
    assert end == pytest.approx(1800, abs=100)
    assert end >= 1800
    ((begin, end),) = sight.blurred(600, sight.sharpness)
    assert begin == pytest.approx(3000, abs=100)
    assert end == pytest.approx(4000, abs=100)


async def test_what_was_cut_out_is_not_in_the_video(sight: Sight, tmp_path: Path) -> None:
    media = make.describe(film(), "a")
    project = Project("p", None, [media], findings=Findings(sight={"a": sight}))
    outcome = direct("remove the black parts", project)
    assert outcome.draft is not None
    assert "1 black part, 0.9 s in all" in outcome.reply
    assert outcome.operations[0]["black_parts"] == 1
    small = {**outcome.draft, "m": {**outcome.draft["m"], "width": 160, "height": 90}}
    video = await rendered(tmp_path, small, {"a": media})
    assert video.frames == pytest.approx((4.6 - 0.9) * 30, abs=2)
    means = [ImageStat.Stat(one.convert("L")).mean[0] for one in video.pictures]
    assert min(means) > 10


def test_a_moment_of_another_kind_breaks_nothing_and_a_short_one_is_left() -> None:
    seen, black = packed(200, 100, 5, 1), packed(16, 16, 0, 0)
    assert Sight(b"".join([seen] * 5 + [black] * 2 + [seen] * 5)).black(300) == []
    flash = [black] * 5 + [seen] + [black] * 5 + [seen] * 3
    assert Sight(b"".join(flash)).black(300) == [(0, 1150)]
    assert Sight(b"").black(300) == []
    assert Sight(b"").sharpness == 0
    assert packed(float("nan"), -5, 300, 1) == bytes([0, 0, 255, 8])


def test_a_file_that_cannot_be_watched_is_named_and_one_that_was_not_is_wanted() -> None:
    media = make.describe(film(), "a")
    failed = Findings(sight={"a": Sight(b"", failed=True)})
    outcome = direct("remove the black parts", Project("p", None, [media], findings=failed))
    assert outcome.refused is not None
    assert media.filename in outcome.refused.message
    unknown = direct("remove the black parts", Project("p", None, [media]))
    assert [(one.kind, one.media.id) for one in unknown.wanted] == [("sight", "a")]
    assert unknown.draft is None
