"""How long exports take: the backend's expectation, the own history, and what the progress says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from vbtui.exports.queue import CLOUD_S, ExportTimes
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
    assert cloud.whole_s(HIGH, 300) == CLOUD_S
    assert [here.whole_s(HIGH, seconds) for seconds in (1, 2.5, 10)] == [2, 2, 8]


async def test_the_middle_of_the_past_counts_scaled_to_the_length(journal: Journal) -> None:
    times = ExportTimes(journal, "cloud", is_local=False)
    for video_s, took_s in ((10, 20), (20, 30), (10, 50), (10, 0), (10, -1)):
        await times.learn(HIGH, video_s, took_s)
    assert times.is_known
    assert times.whole_s(HIGH, 10) == 20, "of 20, 15 and 50"
    assert times.whole_s(HIGH, 20) == 40, "of 40, 30 and 100"
    assert times.whole_s(HIGH, 1000) == 120, "never more than four times"
    assert times.whole_s(HIGH, 0.1) == 7.5, "of 5, 7.5 and 12.5: never less than a quarter"
    assert times.whole_s(LOW, 10) == 20, "of the other qualities where there is no own"
    await times.learn(LOW, 10, 4)
    await times.learn(REELS, 10, 90)
    assert [times.whole_s(one, 10) for one in (HIGH, LOW, REELS)] == [20, 4, 90]
    await times.learn(REELS, 0.5, 30)
    assert times.whole_s(REELS, 2) == (22.5 + 60) / 2, "a length below a second counts as one"


async def test_the_last_twenty_are_kept_and_read_again(journal: Journal) -> None:
    times = ExportTimes(journal, "cloud", is_local=False)
    for took_s in (1, 1, 1, *[7] * 9, *[8] * 11):
        await times.learn(HIGH, 10, took_s)
    again = ExportTimes(journal, "cloud", is_local=False)
    assert not again.is_known
    await again.load()
    assert again.is_known
    assert again.whole_s(HIGH, 10) == times.whole_s(HIGH, 10) == 8
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
    assert times.whole_s(HIGH, 10) == CLOUD_S


async def test_what_is_left_goes_by_the_history_and_then_by_the_progress(
    journal: Journal,
) -> None:
    times = ExportTimes(journal, "cloud", is_local=False)
    await times.learn(HIGH, 10, 100)

    def left_s(progress: float, elapsed: float) -> float:
        return times.left_s(render(progress, 1000), 10, 1000 + elapsed)

    assert times.left_s(render(), 10, 5000) == 100, "it waits"
    assert left_s(0, 30) == left_s(4.9, 30) == 70
    assert left_s(0, -5) == 100, "a clock that was set back"
    assert left_s(0, 99.5) == left_s(0, 500) == 1, "never nothing"
    assert left_s(50, 30) == 0.5 * 70 + 0.5 * 30
    assert left_s(80, 40) == pytest.approx(0.2 * 60 + 0.8 * 10)
    assert left_s(5, 10) == pytest.approx(0.95 * 90 + 0.05 * 190)
    assert left_s(100, 99) == left_s(99, 99) == pytest.approx(0.01 * 1 + 0.99 * 1)
