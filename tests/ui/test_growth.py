"""Which reports only bring more words."""

from __future__ import annotations

from dataclasses import replace

from vbtui.journal.records import Turn, TurnState
from vbtui.session.events import TurnChanged, TurnRemoved
from vbtui.ui.reports import Growth

RUNNING = Turn(1, "s", "hi", "edit", TurnState.RUNNING, reply="a")
LONGER = replace(RUNNING, reply="a b")


def test_more_words_of_a_known_turn_are_growth() -> None:
    growth = Growth()
    assert growth.only([TurnChanged(RUNNING)]) is None
    assert growth.only([TurnChanged(LONGER)]) == [LONGER]
    assert growth.only([TurnChanged(RUNNING)]) == [RUNNING]


def test_anything_else_is_not() -> None:
    growth = Growth()
    growth.only([TurnChanged(RUNNING)])
    assert growth.only([]) is None
    assert growth.only([TurnChanged(LONGER), TurnRemoved(2)]) is None
    assert growth.only([TurnChanged(replace(LONGER, activity="Cutting…"))]) is None
    assert growth.only([TurnChanged(replace(LONGER, state=TurnState.DONE))]) is None


def test_a_turn_that_is_over_is_forgotten() -> None:
    growth = Growth()
    done = replace(RUNNING, state=TurnState.DONE)
    growth.only([TurnChanged(done)])
    assert growth.only([TurnChanged(replace(done, reply="b"))]) is None
