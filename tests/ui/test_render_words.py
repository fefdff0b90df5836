"""Exports in words, the formats they may have, and telling once that one has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from textual.content import Content

from tests.ui.sample import DRAFT
from tests.ui.world import NOW
from vbtui.base.problem import Problem
from vbtui.base.times import TimeLeft
from vbtui.exports.check import REMARK
from vbtui.exports.notify import BELL, Notice
from vbtui.exports.presets import options_for
from vbtui.journal.records import ExportOptions, Render, RenderState
from vbtui.session.events import RenderChanged
from vbtui.timeline import model as timeline
from vbtui.ui.kit.grid import plain
from vbtui.ui.kit.widgets import Fact
from vbtui.ui.kit.words import cut_middle
from vbtui.ui.renders.requests import offered
from vbtui.ui.renders.words import Around, facts_of, in_order, in_short, state_text
from vbtui.ui.reports import Announcer

WAITING, PROCESSING, DONE = RenderState.WAITING, RenderState.PROCESSING, RenderState.DONE
FAILED, UNKNOWN = RenderState.FAILED, RenderState.UNKNOWN


def render(number: int, state: RenderState, **more: object) -> Render:
    plain = Render(
        f"r{number}",
        "s1",
        state,
        ExportOptions(destination=Path(f"/v/film {number}.mp4")),
        draft_version=1,
        title=f"film {number}",
        position=number,
        created_at=NOW - 60,
    )
    if state is DONE:
        plain = replace(plain, path=Path(f"/v/film {number}.mp4"))
    return replace(plain, **more)  # type: ignore[arg-type]  # by name


# -- the words ------------------------------------------------------------------------------------


def test_queue_comes_first_in_its_order_then_what_is_over() -> None:
    rows = [
        render(1, DONE, ended_at=NOW - 50),
        render(2, FAILED, ended_at=NOW - 10),
        render(3, WAITING, position=9.0),
        render(4, WAITING, position=4.0),
        render(5, PROCESSING),
    ]
    assert [one.id for one in in_order(rows)] == ["r5", "r4", "r3", "r2", "r1"]


def test_a_pane_has_no_more_text_than_fits_a_screen() -> None:
    """Lines are broken over all of it, each time that it is drawn."""
    long = "begin " + "\u957f name " * 8_000 + "end"
    one = render(
        1,
        FAILED,
        title=long,
        options=ExportOptions(),
        problem=Problem(long, long, long),
        path=Path("/v", *["folder"] * 8_000, "end.mp4"),
    )
    for shown in (_texts(facts_of(one, Around(NOW))), in_short(one, Around(NOW)).plain):
        assert len(shown) < 10_000
        assert "begin" in shown
        assert "end.mp4" in shown


@pytest.mark.parametrize(
    ("one", "around", "words"),
    [
        (render(1, WAITING), Around(NOW, TimeLeft(70, 90)), "waiting · ready in 1:20"),
        (
            render(1, WAITING),
            Around(NOW, TimeLeft(70, 90), is_paused=True),
            "waiting: the queue is paused",
        ),
        (
            render(1, WAITING),
            Around(NOW, TimeLeft(70, 90), is_away=True),
            "waiting: the backend is away",
        ),
        (render(1, RenderState.PENDING), Around(NOW, TimeLeft(40, 40)), "queued · 40 s left"),
        (
            render(1, PROCESSING, progress=42),
            Around(NOW, TimeLeft(12, 12)),
            "━━━━────── 42% · 12 s left",
        ),
        (
            render(1, PROCESSING, progress=5, attempt=2),
            Around(NOW),
            "╸───────── 5% · attempt 2",
        ),
        (
            render(1, RenderState.DOWNLOADING, received=500, size=2_000),
            Around(NOW, TimeLeft(1, 1)),
            "fetching 500 B of 2.0 kB",
        ),
        (
            render(1, RenderState.DOWNLOADING, received=2_000, size=2_000),
            Around(NOW, TimeLeft(1, 1)),
            "checking the video",
        ),
        (render(1, UNKNOWN, seen_at=NOW - 40), Around(NOW), "unknown, last seen 40 s ago"),
        (render(1, RenderState.CANCELLED), Around(NOW), "cancelled, no video"),
        (render(1, FAILED, problem=Problem("x", "Disk full.")), Around(NOW), "failed: Disk full."),
        (
            render(1, DONE, problem=Problem.coded(REMARK, message="It is silent.")),
            Around(NOW),
            "done, note: It is silent.",
        ),
        (
            render(1, DONE, problem=Problem("Look", "It is black.")),
            Around(NOW),
            "done, look at it: It is black.",
        ),
    ],
)
def test_states_in_words(one: Render, around: Around, words: str) -> None:
    assert state_text(one, around) == words


def test_formats_say_why_they_cannot_be_had() -> None:
    rows = {row.preset.name: row for row in offered(timeline.read(DRAFT), takes_sizes=False)}
    assert not rows["youtube"].refusal, "it is the timeline's own size"
    assert "1920x1080" in rows["reels"].refusal
    assert not rows["preview"].refusal
    assert rows["preview"].size == "1920x1080"
    at_studio = offered(timeline.read(DRAFT), takes_sizes=True)
    assert not any(row.refusal for row in at_studio)
    assert next(row.size for row in at_studio if row.preset.name == "preview") == "854x480"
    unknown = {row.preset.name: row for row in offered(None, takes_sizes=False)}
    assert unknown["reels"].refusal
    assert not unknown["high"].refusal


def test_other_formats_are_offered_where_they_are_made() -> None:
    formats = (
        "hevc",
        "av1",
        "prores",
        "webm",
        "gif",
        "mp3",
        "wav",
        "m4a",
        "srt",
        "vtt",
        "ass",
        "sheet",
    )
    line = timeline.read(DRAFT)
    here = {row.preset.name: row for row in offered(line, takes_sizes=True)}
    assert not any(here[name].refusal for name in formats)
    away = {row.preset.name: row for row in offered(line, takes_sizes=False, takes_formats=False)}
    assert all("MP4 alone" in away[name].refusal for name in formats)
    assert not away["high"].refusal
    options = options_for("gif", ExportOptions())
    assert (options.format, options.preset, options.quality) == ("gif", "gif", "high")
    told = facts_of(
        render(1, DONE, options=replace(options, destination=Path("/v/f.gif"))), Around(NOW)
    )
    assert next(fact.text for fact in told if isinstance(fact, Fact)) == "GIF, moving"


# -- the end of an export -------------------------------------------------------------------------


def test_end_is_told_once() -> None:
    written: list[str] = []
    shown_notices: list[Notice] = []
    announcer = Announcer(NOW, written.append, shown_notices.append, {"TERM": "xterm"})
    announcer.take(RenderChanged(render(1, DONE, ended_at=NOW - 5)))
    assert written == [], "it ended before vbtui started"
    announcer.take(RenderChanged(render(2, PROCESSING)))
    for _ in range(3):
        announcer.take(RenderChanged(render(2, DONE, ended_at=NOW + 5)))
    assert written == [f"{BELL}\x1b]9;“film 2” is ready: /v/film 2.mp4\x1b\\"]
    announcer.take(RenderChanged(render(3, FAILED, ended_at=NOW + 5)))
    assert len(written) == 2
    announcer.take(RenderChanged(render(4, PROCESSING)))
    announcer.take(RenderChanged(render(4, RenderState.CANCELLED, ended_at=NOW + 5)))
    assert len(written) == 2
    assert [one.render_id for one in shown_notices] == ["r2", "r3"]


def test_sequence_is_wrapped_for_tmux() -> None:
    written: list[str] = []
    environ = {"TERM": "tmux-256color", "TMUX": "/tmp/tmux"}
    announcer = Announcer(NOW, written.append, lambda _: None, environ)
    announcer.take(RenderChanged(render(1, DONE, ended_at=NOW)))
    assert written[0].startswith(f"{BELL}\x1bPtmux;\x1b\x1b]9;")


@pytest.mark.parametrize(
    ("name", "size", "shown"),
    [
        ("promo.mp4", 20, "promo.mp4"),
        ("Promo spring 2026-11-25 (10).mp4", 20, "Promo sp…25 (10).mp4"),
        ("春天的城市延时摄影视频 2026-11-25 reels.mp4", 20, "春天的城…5 reels.mp4"),
        ("春天的城市延时摄影视频春天的城市", 9, "春天…城市"),
        ("promo.mp4", 3, "pr…"),
        ("", 5, ""),
    ],
)
def test_a_long_name_keeps_its_end(name: str, size: int, shown: str) -> None:
    cut = cut_middle(plain(name), size)
    assert cut.plain == shown
    assert cut.cell_length <= size


def _texts(lines: Sequence[Content | Fact]) -> str:
    return "\n".join(line.text if isinstance(line, Fact) else line.plain for line in lines)
