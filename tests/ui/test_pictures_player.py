"""Playing: each frame at its time, late ones dropped, nothing left running."""

from __future__ import annotations

import asyncio

import pytest

from tests.clock import FakeClock
from vbtui.ui.kit.terminal import CURSOR_QUESTION, Line
from vbtui.ui.pictures.host import Mode, PictureModes
from vbtui.ui.pictures.raster import Drawn, NoPicture, Raster
from vbtui.ui.timeline.preview import LEAST_FPS, Player

FRAME = Raster(1, 1, b"abc")


class Scene:
    """A source and a screen that write down what happens."""

    def __init__(self, *, slow_s: float = 0) -> None:
        self.clock = FakeClock(100.0)
        self.asked: list[tuple[int, int, float]] = []
        self.shown: list[tuple[int, float]] = []
        self.slow_s = slow_s
        self.costs_s = 0.0
        self.player = Player(self.source, self.show, self.clock)

    async def source(self, at_ms: int, count: int, fps: float) -> list[Drawn]:
        self.asked.append((at_ms, count, fps))
        if at_ms and self.slow_s:
            self.clock.time += self.slow_s
        return [FRAME] * count

    def show(self, at_ms: int, drawn: Drawn) -> None:
        assert drawn is FRAME
        self.shown.append((at_ms, round(self.clock.time - 100, 3)))
        self.clock.time += self.costs_s


async def test_every_frame_comes_at_its_time() -> None:
    scene = Scene()
    await scene.player.play(500, 3000)
    assert [at for at, _ in scene.shown] == list(range(500, 3000, 100))
    assert all(round(at / 1000 - 0.5, 3) == when for at, when in scene.shown)
    assert [ask[:2] for ask in scene.asked] == [(500, 10), (1500, 10), (2500, 5)]
    assert scene.clock.time == pytest.approx(102.5)


async def test_a_screen_that_is_too_slow_drops_frames_and_keeps_the_time() -> None:
    scene = Scene()
    scene.costs_s = 0.35
    await scene.player.play(0, 4000)
    assert 10 < len(scene.shown) < 25
    assert all(when - at / 1000 <= 0.36 for at, when in scene.shown)


async def test_a_source_that_is_late_stops_the_time_and_gets_less_to_do() -> None:
    scene = Scene(slow_s=3)
    await scene.player.play(0, 8000)
    assert scene.player.fps == LEAST_FPS
    assert {fps for _, _, fps in scene.asked} >= {10.0, LEAST_FPS}
    assert scene.shown[-1][1] > 8


async def test_never_more_than_two_batches_are_asked_for() -> None:
    gate = asyncio.Event()
    asked = 0

    async def source(at_ms: int, count: int, fps: float) -> list[Drawn]:
        nonlocal asked
        asked += 1
        await gate.wait()
        return [FRAME] * count

    task = asyncio.ensure_future(
        Player(source, lambda at_ms, drawn: None, FakeClock()).play(0, 60_000)
    )
    for _ in range(20):
        await asyncio.sleep(0)
    assert asked == 2
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.sleep(0)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    assert not others


@pytest.mark.parametrize("answer", [[], [NoPicture("gone")]])
async def test_where_there_is_no_picture_it_ends_with_the_reason(answer: list[Drawn]) -> None:
    seen: list[Drawn] = []

    async def source(at_ms: int, count: int, fps: float) -> list[Drawn]:
        return answer

    await Player(source, lambda at_ms, drawn: seen.append(drawn), FakeClock()).play(0, 5000)
    assert len(seen) == 1
    assert isinstance(seen[0], NoPicture)


async def test_playing_from_the_end_shows_nothing() -> None:
    scene = Scene()
    await scene.player.play(3000, 3000)
    assert not scene.shown
    assert not scene.asked


def test_the_key_steps_through_what_works_here() -> None:
    modes = PictureModes()
    assert [modes.step() for _ in range(3)] == [Mode.OFF, Mode.BLOCKS, Mode.OFF]
    modes = PictureModes(proved=Mode.KITTY)
    assert modes.mode is Mode.KITTY
    assert [modes.step() for _ in range(3)] == [Mode.OFF, Mode.BLOCKS, Mode.KITTY]


def test_the_setting_decides_until_the_key_does() -> None:
    assert PictureModes("off", Mode.SIXEL).mode is Mode.OFF
    assert PictureModes("blocks", Mode.SIXEL).mode is Mode.BLOCKS
    modes = PictureModes("off")
    assert modes.step() is Mode.BLOCKS


def test_a_slow_line_turns_pictures_off_and_says_so() -> None:
    modes = PictureModes()
    assert modes.measured(0.8)
    assert "off, the line is slow (0.8 s)" in modes.words
    assert not modes.measured(0.9)
    assert modes.round_trip_s == 0.8
    assert modes.measured(0.2), "one quick answer is proof enough"
    assert modes.mode is Mode.BLOCKS
    assert PictureModes("blocks", round_trip_s=9).mode is Mode.BLOCKS
    slow = PictureModes(round_trip_s=9)
    assert slow.step() is Mode.BLOCKS


def test_one_question_at_a_time_and_none_to_a_mute_terminal() -> None:
    line = Line({})
    assert line.ask(10) == CURSOR_QUESTION
    assert line.is_busy(10.5)
    assert line.ask(10.5) == ""
    assert line.answered(10.75) == 0.75
    assert not line.is_busy(10.8)
    assert line.answered(10.9) is None
    assert line.ask(11) == CURSOR_QUESTION
    assert not line.is_busy(20)
    assert line.ask(20) == ""
    assert line.answered(21) == 10
    assert line.ask(21) == CURSOR_QUESTION


def test_a_line_is_far_by_its_name_or_by_what_was_measured() -> None:
    near, remote = Line({}), Line({"SSH_CONNECTION": "10.0.0.1 50000 10.0.0.2 22"})
    assert not near.is_far
    assert remote.is_far
    assert remote.frame_s == remote.report_s == 0.1
    assert near.frame_s < near.report_s < remote.report_s
    assert remote.lines_ahead(24) == 12
    assert near.lines_ahead(24) < 12
    for asked, answered, is_far in ((1.0, 1.3, True), (2.0, 2.001, False), (3.0, 3.5, False)):
        near.ask(asked)
        near.answered(answered)
        assert near.is_far is is_far, "the shortest counts"
    remote.ask(1)
    remote.answered(1.0001)
    assert remote.is_far, "tmux answers in the terminal's place"
