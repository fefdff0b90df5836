"""What the conversation offers and holds back, in terms of keys and words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vbtui.base.text import clean_line
from vbtui.journal.records import Turn, TurnState
from vbtui.session.records import Link, Overview
from vbtui.ui.kit.header import shorten
from vbtui.ui.kit.running import BUSY_TURNS

if TYPE_CHECKING:
    from vbtui.conversation.conversation import Conversation

_ENDED = {
    TurnState.FAILED: "failed",
    TurnState.STOPPED: "was stopped",
    TurnState.UNKNOWN: "may still run",
}
_NAME_CELLS = 24


def offering(turns: Sequence[Turn]) -> Turn | None:
    """The turn whose offers a key takes: the last with any that no later message has overtaken."""
    for turn in reversed(turns):
        if turn.state is TurnState.QUEUED:
            continue
        if turn.offers:
            return turn
        if turn.route == "edit":
            return None
    return None


def why_held(conversation: Conversation) -> str:
    """What keeps the waiting messages back, as a clause; empty when nothing does."""
    if not conversation.is_blocked:
        return ""
    blocker = conversation.blocked_by
    if blocker is None:
        return "the journal could not be written"
    name = shorten(clean_line(blocker.text), _NAME_CELLS)
    return f"“{name}” {_ENDED.get(blocker.state, 'did not end well')}"


def prompt_title(overview: Overview, turns: Sequence[Turn], *, is_blocked: bool) -> str:
    """What becomes of a message that is sent now."""
    if overview.link is Link.STARTING:
        return "Setting things up…"
    if overview.session is None:
        return "Message · waits until the backend answers"
    busy = [turn.state for turn in turns if turn.state in BUSY_TURNS and turn.route == "edit"]
    if TurnState.RECOVERING in busy:
        return "Message · waits until it is known how the last one ended"
    if busy:
        return "Message · waits until the agent is done"
    if any(turn.state is TurnState.QUEUED for turn in turns):
        after = (
            "sends those that wait, then this one"
            if is_blocked
            else "goes out after those that wait"
        )
        return f"Message · {after}"
    return "Message"
