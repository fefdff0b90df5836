"""How long exports take: the backend's expectation, the own history, and what the progress says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from vbtui.base.times import TimeLeft, format_left
from vbtui.exports.queue import CLOUD, ExportTimes, Pace
from vbtui.journal import sessions
from vbtui.journal.journal import Journal
from vbtui.journal.records import ExportOptions, Render, RenderState

HIGH, LOW = ExportOptions(), ExportOptions(quality="low")
REELS = ExportOptions(width=1080, height=1920)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    journal = Journal(tmp_path / "journal.db")
    await journal.open()
    yield journal
    await journal.close()


def render(progress: float = 0, submitted_at: float | None = None) -> Render:
    state = RenderState.PROCESSING
    return Render("r", "s", state, HIGH, progress=progress, submitted_at=submitted_at)


def test_before_anything_is_known() -> None:
    cloud = ExportTimes(Journal(Path()), "cloud", is_local=False)
    here = ExportTimes(Journal(Path()), "local", is_local=True)
    assert (cloud.is_known, here.is_known) == (False, True)
    assert cloud.whole(HIGH, 300) == CLOUD == (30, 90)
    assert [here.whole(HIGH, seconds) for seconds in (0.1, 10)] == [(2, 2), (3, 30)]


async def test_the_past_counts_scaled_to_the_length(journal: Journal) -> None:
    times = ExportTimes(journal, "cloud", is_local=False)
    await times.learn(HIGH, 10, 20)
    assert times.is_known
    assert times.whole(HIGH, 10) == (14, 30), "around the one"
    for video_s, took_s in ((20, 30), (10, 50), (10, 0), (10, -1)):
        await times.learn(HIGH, video_s, took_s)
    assert times.whole(HIGH, 10) == (17.5, 35), "the middle half of 15, 20 and 50"
    assert times.whole(HIGH, 20) == (35, 70)
    assert times.whole(HIGH, 1000) == (100, 160), "never more than four times"
    assert times.whole(LOW, 10) == (17.5, 35), "of the other qualities where there is no own"
    await times.learn(REELS, 0.5, 30)
    assert times.whole(REELS, 2) == (42, 90), "a length below a second counts as one"
    assert times.whole(HIGH, 10) == (17.5, 35)


async def test_the_last_twenty_are_kept_and_read_again(journal: Journal) -> None:
    times = ExportTimes(journal, "cloud", is_local=False)
    for took_s in (1, 1, 1, *[7] * 9, *[8] * 11):
        await times.learn(HIGH, 10, took_s)
    again = ExportTimes(journal, "cloud", is_local=False)
    assert not again.is_known
    await again.load()
    assert again.is_known
    assert again.whole(HIGH, 10) == times.whole(HIGH, 10) == (7, 8)
    stored = await journal.run(lambda c: sessions.get(c, "render_times:cloud"))
    assert stored == {"high": [[10, 7]] * 9 + [[10, 8]] * 11}
    other = ExportTimes(journal, "another", is_local=False)
    await other.load()
    assert not other.is_known


@pytest.mark.parametrize("stored", [[], {"high": [1, [2], "ab", [1, "2"]]}, {"high": []}])
async def test_what_is_no_history_is_not_read(journal: Journal, stored: object) -> None:
    await journal.run(lambda c: sessions.put(c, "render_times:cloud", stored))
    times = ExportTimes(journal, "cloud", is_local=False)
    await times.load()
    assert times.whole(HIGH, 10) == CLOUD


async def test_what_is_left_by_the_history(journal: Journal) -> None:
    times = ExportTimes(journal, "cloud", is_local=False)
    await times.learn(HIGH, 10, 100)

    def left(elapsed: float) -> TimeLeft | None:
        return times.left(render(0, 1000), 10, 1000 + elapsed)

    assert times.left(render(), 10, 5000) == (70, 150), "it waits"
    assert left(30) == (40, 120)
    assert left(-5) == (70, 150), "a clock that was set back"
    assert left(149) == (1, 1), "never nothing"
    assert left(150) is None, "longer than any: nobody can tell"


def test_what_is_left_by_the_pace_just_seen() -> None:
    pace = Pace()
    assert pace.left(0, 100) is None
    pace.note(0, 100)
    assert pace.left(0, 103) is None
    pace.note(30, 103)
    assert pace.left(30, 103) is None, "not for long enough"
    for second in range(1, 101):  # the first third was fast: what is left is not
        pace.note(30 + second * 0.1, 103 + second)
    left = pace.left(40, 203)
    assert left is not None
    assert left.most_s == pytest.approx(60 / 0.1)
    assert left.least_s == pytest.approx(60 * 103 / 40)
    pace.note(40, 300)
    left = pace.left(40, 303)
    assert left is not None
    assert left.least_s > 60 * 200 / 40, "it stands still: what is left grows"


def test_an_even_pace_is_one_time_and_falls() -> None:
    pace = Pace()
    told = []
    for second in range(60):
        pace.note(second, 1000 + second)
        left = pace.left(second, 1000 + second)
        if left is not None:
            assert left.least_s == pytest.approx(left.most_s) == pytest.approx(100 - second)
            told.append(format_left(left))
    assert len(told) > 50
    assert told[-1] == "41 s"


@pytest.mark.parametrize(
    ("left", "words"),
    [
        ((0, 0.2), "1 s"),
        ((2, 4), "3 s"),
        ((40, 50), "45 s"),
        ((30, 90), "30-90 s"),
        ((50, 110), "50-110 s"),
        ((40, 170), "1-3 min"),
        ((200, 470), "3-8 min"),
        ((310, 330), "5:20"),
        ((3600, 9000), "1.0-2.5 h"),
    ],
)
def test_time_left_in_words(left: tuple[float, float], words: str) -> None:
    assert format_left(TimeLeft(*left)) == words
