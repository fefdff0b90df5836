"""Reports that only bring more words of a turn: most of them by far, and cheap to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vbtui.journal.records import Turn
from vbtui.session.events import Event, TurnChanged


class Growth:
    """Compares each turn with what was last reported of it while it runs."""

    def __init__(self) -> None:
        self._known: dict[int, Turn] = {}

    def only(self, events: Sequence[Event]) -> list[Turn] | None:
        """The turns, when nothing in `events` says more than that their replies are different."""
        turns = [event.turn for event in events if isinstance(event, TurnChanged)]
        grew = [self._grew(turn) for turn in turns]
        return turns if turns and all(grew) and len(turns) == len(events) else None

    def _grew(self, turn: Turn) -> bool:
        known = self._known.pop(turn.id, None)
        if not turn.state.is_over:
            self._known[turn.id] = turn
        return known is not None and replace(known, reply=turn.reply) == turn
