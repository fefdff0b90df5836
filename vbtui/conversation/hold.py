"""Whether the queue waits for the user: what follows may depend on what did not happen."""

from __future__ import annotations

from vbtui.conversation.log import TurnLog
from vbtui.journal.records import Turn, TurnState

_NOT_WELL = (TurnState.FAILED, TurnState.STOPPED, TurnState.UNKNOWN)


class Hold:
    """On while the turn that was sent last did not end well, until the user wants to go on."""

    def __init__(self, log: TurnLog) -> None:
        self._log = log
        self._waived: set[int] = set()
        self._disk_fails = False

    @property
    def is_on(self) -> bool:
        blocker = self._blocker()
        return self._disk_fails or (blocker is not None and blocker.id not in self._waived)

    @property
    def blocker(self) -> Turn | None:
        """The turn that did not end well; None when the journal alone is the reason."""
        return self._blocker() if self.is_on and not self._disk_fails else None

    def disk_failed(self) -> None:
        """The journal cannot be written: nothing may be sent."""
        self._disk_fails = True

    def waive(self) -> None:
        """The user wants to go on all the same."""
        self._disk_fails = False
        blocker = self._blocker()
        if blocker is not None:
            self._waived.add(blocker.id)

    def _blocker(self) -> Turn | None:
        sent = (turn for turn in self._log.turns if turn.sent_at is not None)
        last = max(sent, key=lambda turn: turn.sent_at or 0.0, default=None)
        return last if last is not None and last.state in _NOT_WELL else None
