"""Screens whose keys make sentences: the sentence is shown, sent on Enter, and what came of it told."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from vbtui.base.keys import key_name
from vbtui.engine import Engine
from vbtui.journal.records import Receipt, Turn, TurnState
from vbtui.session.events import Event, SessionOpened, TurnChanged
from vbtui.ui.kit import words
from vbtui.ui.kit.edit_line import EditLine
from vbtui.ui.kit.screen import MainScreen


class SayingScreen(MainScreen):
    """A screen with an edit line."""

    _sent: int = 0
    """The turn whose receipt is awaited; 0 for none."""

    @property
    def edit_line(self) -> EditLine:
        return self.query_one(EditLine)

    def on_edit_line_sent(self, event: EditLine.Sent) -> None:
        self.send(event.text)

    def send(self, text: str) -> None:
        """Say it to the agent; the line below the timeline tells what comes of it."""
        self.edit_line.say(Content.styled("… sending", "$foreground-muted"))

        async def say(engine: Engine) -> None:
            turn = await engine.conversation.say(text, route="edit")
            self._sent = turn.id
            newest = next((one for one in engine.conversation.turns if one.id == turn.id), turn)
            if self.is_mounted:
                self._tell(newest)

        self.host.do("edit", say)

    async def take(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, TurnChanged) and event.turn.id == self._sent:
                self._tell(event.turn)
            elif isinstance(event, SessionOpened):
                self._sent = 0
                self.edit_line.say(None)
                self.edit_line.close()

    def _tell(self, turn: Turn) -> None:
        self.edit_line.say(outcome_of(turn))
        if turn.state.is_over:
            self._sent = 0


def outcome_of(turn: Turn) -> Content:
    """One line about where the turn stands: waiting, what the agent does, the receipt, a problem."""
    if turn.problem is not None:
        text = f"{turn.problem.message} {turn.problem.hint}".strip()
        return Content.assemble(("✕ ", "$text-error bold"), (text, "$text-error"))
    if turn.state is TurnState.QUEUED:
        return Content.styled(
            f"○ waits until the agent is done ({key_name('app.chat')})", "$foreground-muted"
        )
    if not turn.state.is_over:
        text = turn.activity or "working"
        return Content.assemble(("▸ ", "$text-primary"), (text, "$foreground-muted"))
    if turn.receipt is not None and turn.receipt.changes:
        return _receipt(turn.receipt)
    if turn.state is TurnState.STOPPED:
        return Content.styled("- stopped", "$foreground-muted")
    reply = " ".join(turn.reply.split())[:300]
    said = f"; it says: {reply}" if reply else ""
    return Content.assemble(
        ("! ", "$text-warning bold"), (f"the timeline is unchanged{said}", "$text-warning")
    )


def _receipt(receipt: Receipt) -> Content:
    first, rest = receipt.changes[0], len(receipt.changes) - 1
    more = f" and {words.plural(rest, 'more change')} ({key_name('app.chat')})" if rest else ""
    return Content.assemble(
        ("✓ ", "$text-success bold"),
        (first.sentence, "$text-success"),
        (more, "$foreground-muted"),
    )
