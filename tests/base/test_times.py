"""Times as text."""

from __future__ import annotations

import pytest

from vbtui.base.times import TimeLeft, format_left, format_seconds, format_wait, time_code


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.44, "0.4 s"),
        (9.94, "9.9 s"),
        (12.4, "12 s"),
        (59.6, "1:00"),
        (65, "1:05"),
        (3723, "1:02:03"),
    ],
)
def test_how_long_something_takes(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


@pytest.mark.parametrize(
    ("ms", "plain", "exact"),
    [
        (0, "0:00", "0:00.000"),
        (5_250, "0:05", "0:05.250"),
        (65_007, "1:05", "1:05.007"),
        (3_723_999, "1:02:03", "1:02:03.999"),
        (-4, "0:00", "0:00.000"),
    ],
)
def test_when_something_is(ms: int, plain: str, exact: str) -> None:
    assert time_code(ms) == plain
    assert time_code(ms, fraction=True) == exact


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "1 s"),
        (6.1, "7 s"),
        (10.1, "20 s"),
        (89, "90 s"),
        (91, "2 min"),
        (3599, "60 min"),
        (3600, "1 h"),
        (172_800, "2 d"),
    ],
)
def test_how_long_to_wait(seconds: float, text: str) -> None:
    assert format_wait(seconds) == text


def test_units_are_in_the_language_that_is_asked_for() -> None:
    assert format_seconds(0.4, True) == "0.4 秒"
    assert format_seconds(65, True) == "1:05"
    assert [format_wait(one, True) for one in (7, 600, 18_000, 200_000)] == [
        "7 秒",
        "10 分钟",
        "5 小时",
        "2 天",
    ]
    assert format_left(TimeLeft(40, 90), True) == "40-90 秒"
    assert format_left(TimeLeft(180, 480), True) == "3-8 分钟"
