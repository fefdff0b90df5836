"""Highlights: of a film whose lively stretches are known, these are what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import clips as make
from vbtui.studio.director import Project, direct
from vbtui.studio.director.work import Outcome
from vbtui.studio.project import draft as d
from vbtui.studio.project.findings import Findings
from vbtui.studio.render.listening import listen
from vbtui.studio.render.watching import look, watch

LIVELY = ((4.0, 7.0), (15.0, 18.0))
"""Where much moves and it is loud, of 20 s."""


def film() -> Path:
    """A still picture with a quiet tone, lively in between."""
    path = make.folder() / "lively.mp4"
    if not path.exists():
        unfinished = make.unfinished(path)
        when = "+".join(f"between(t,{a},{b})" for a, b in LIVELY)
        picture = f"color=gray:s=160x90:r=20:d=20,geq=lum='128+60*sin(X/9+({when.replace('t,', 'T,')})*N)':cb=128:cr=128"
        tone = f"sine=f=300:r=48000:d=20,volume='0.05+2*({when})':eval=frame"
        make.ffmpeg(
            "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", tone, "-preset", "ultrafast", "-c:a", "aac", unfinished
        )  # fmt: skip
        unfinished.replace(path)
    return path


@pytest.fixture(scope="module")
async def found() -> Findings:
    media = make.describe(film(), "a")
    return Findings(
        {"a": await listen(media, lambda _: None)},
        changes={"a": await watch(media, lambda _: None)},
        sight={"a": await look(media, lambda _: None)},
    )


def said(text: str, findings: Findings) -> Outcome:
    return direct(text, Project("p", None, [make.describe(film(), "a")], findings=findings))


def shown(outcome: Outcome) -> list[tuple[float, float]]:
    """Stretches of the file, s."""
    clips = d.clips(outcome.draft or {})
    return [(d.source_in(one) / 1000, (d.source_in(one) + d.length(one)) / 1000) for one in clips]


async def test_the_lively_stretches_are_kept_in_their_order(found: Findings) -> None:
    outcome = said("make a 6 second highlight reel", found)
    assert outcome.draft is not None
    assert outcome.draft["d"] == 6000
    inside = sum(
        max(0.0, min(end, b) - max(begin, a)) for begin, end in shown(outcome) for a, b in LIVELY
    )
    assert inside >= 0.8 * 6
    assert shown(outcome) == sorted(shown(outcome))
    assert "motion" in outcome.reply
    assert "loud" in outcome.reply


async def test_without_a_length_no_more_is_kept_than_what_stands_out(found: Findings) -> None:
    outcome = said("keep the best parts", found)
    kept = sum(end - begin for begin, end in shown(outcome))
    assert 5 <= kept <= 10
    assert all(any(begin < b and end > a for a, b in LIVELY) for begin, end in shown(outcome))


async def test_finding_them_asks_before_anything_is_cut(found: Findings) -> None:
    outcome = said("find the highlights", found)
    assert outcome.draft is None
    assert outcome.question is not None
    assert "Shall these alone be kept?" in outcome.question


async def test_where_nothing_stands_out_it_is_refused() -> None:
    media = make.describe(make.clip(seconds=4), "a")
    even = Findings(
        {"a": await listen(media, lambda _: None)},
        changes={"a": await watch(media, lambda _: None)},
        sight={"a": await look(media, lambda _: None)},
    )
    project = Project("p", None, [media], findings=even)
    outcome = direct("make a 2 second highlight reel", project)
    assert outcome.refused is not None
    assert outcome.draft is None
