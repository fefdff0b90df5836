"""A turn while its stream runs: events in, at most thirty reports a second out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from vbtui.base.text import format_seconds
from vbtui.conversation.activity import activity
from vbtui.conversation.log import TurnLog
from vbtui.conversation.words import SENDING, SENT_LATER, STILL_WORKING, THINKING
from vbtui.journal.records import Turn, TurnState
from vbtui.language.mousetalk import LiveTranslator
from vbtui.session.context import Context
from vbtui.wire.model import (
    ErrorReported,
    Heartbeat,
    OtherPart,
    StateHinted,
    TextPiece,
    ToolCalled,
    ToolReturned,
    TurnEvent,
)
from vbtui.wire.turn_text import TurnText

_FRAME_S = 1 / 30
_FLOOD = 40
"""So many pieces within a frame are more than anyone reads: the next frame comes after `_FLOOD_S`,
and the time goes to the stream and to keys."""
_FLOOD_S = 1.0
_TRANSLATED = 500
"""Pieces after which a flood's text is translated, so that no frame has to wait for all of it."""
_SLICE_S = 0.002
"""Events that are there already are taken in for so long before keys get their chance."""
_TURNS = 32
"""So many turns of the event loop they get then: a key takes some thirty to reach the screen."""
_KEEP_EVERY_S = 2.0
"""The reply so far goes to the journal no more often than this."""


@dataclass(frozen=True, slots=True)
class _Tool:
    name: str
    since: float


class LiveTurn:
    """What has come of one turn so far. `close` before looking at the result."""

    def __init__(self, context: Context, log: TurnLog, turn: Turn, *, chinese: bool) -> None:
        self._context, self._log, self._chinese = context, log, chinese
        self.turn = replace(turn, activity=SENDING.of(chinese), activity_since=context.clock.now())
        self.error: ErrorReported | None = None
        self.tools_called = 0
        self.state_hinted = False
        self._text = TurnText()
        self._translator = LiveTranslator(chinese)
        self._tools: dict[str, _Tool] = {}
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._shown_at = -1.0
        self._frame_s = _FRAME_S
        self._unseen = 0
        """Pieces of text since `_shown_at`."""
        self._slice_began = self._loop.time()
        self._last_sign = context.clock.monotonic()
        self._ticker = asyncio.create_task(self._tick(), name="still-working")
        self._said = asyncio.Event()
        """There are words that the journal does not have."""
        self._keeper = asyncio.create_task(self._keep_words(), name="keep-words")
        log.show(self.turn)

    @property
    def text(self) -> str:
        """The agent's words so far: cleaned, not yet translated."""
        return self._text.text

    def waits(self, seconds: float) -> None:
        """The backend refused the message for now; it goes out after `seconds`."""
        self._set(activity=SENT_LATER.of(self._chinese, wait=format_seconds(seconds)))
        self._log.show(self.turn)

    async def take(self, event: TurnEvent) -> None:
        """One event of the stream. Raises what the journal raised over the words so far."""
        if self._keeper.done():
            self._keeper.result()
        if self._loop.time() - self._slice_began >= _SLICE_S:
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            self._slice_began = self._loop.time()
        if self.turn.state is TurnState.SENDING:
            self._set(state=TurnState.RUNNING, activity=THINKING.of(self._chinese))
            await self._log.keep(self.turn)
        match event:
            case TextPiece():
                self._text.feed(event)
                self._unseen += 1
                if self._unseen % _TRANSLATED == 0:
                    self._translator.so_far(self.text)
                self._said.set()
                self._sign()
                self._show_soon()
            case ToolCalled(tool_id, name):
                self.tools_called += 1
                self._tools[tool_id] = _Tool(name, self._context.clock.now())
                self._sign()
                self._show_tool()
            case ToolReturned(tool_id):
                self._tools.pop(tool_id, None)
                self._sign()
                self._show_tool()
            case StateHinted():
                self.state_hinted = True
            case ErrorReported():
                self.error = self.error or event
            case Heartbeat() | OtherPart():
                pass

    def close(self) -> None:
        """The stream is over; no report comes any more by itself."""
        self._ticker.cancel()
        self._keeper.cancel()
        self._keeper.add_done_callback(_seen)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._text.close()
        self.turn = replace(self.turn, reply=self.text, activity="", activity_since=0)

    def _set(self, *, state: TurnState | None = None, activity: str) -> None:
        self.turn = replace(
            self.turn,
            state=state or self.turn.state,
            activity=activity,
            activity_since=self._context.clock.now(),
        )

    def _sign(self) -> None:
        """The backend did something: the wait for "Still working…" starts anew."""
        self._last_sign = self._context.clock.monotonic()

    def _show_tool(self) -> None:
        if self._tools:
            tool = next(reversed(self._tools.values()))
            self._set(activity=activity(tool.name, self._chinese))
            self.turn = replace(self.turn, activity_since=tool.since)
        else:
            self._set(activity=THINKING.of(self._chinese))
        self._show_soon()

    def _show_soon(self) -> None:
        if self._timer is not None:
            return
        wait = self._shown_at + self._frame_s - self._loop.time()
        if wait <= 0:
            self._show()
        else:
            self._timer = self._loop.call_later(wait, self._show)

    def _show(self) -> None:
        self._timer = None
        now = self._loop.time()
        is_flood = self._unseen > _FLOOD * max((now - self._shown_at) / _FRAME_S, 1)
        self._frame_s = _FLOOD_S if is_flood else _FRAME_S
        self._shown_at, self._unseen = now, 0
        self.turn = replace(self.turn, reply=self._translator.so_far(self.text))
        self._log.show(self.turn)

    async def _keep_words(self) -> None:
        while True:
            await self._said.wait()
            self._said.clear()
            await self._log.keep(replace(self.turn, reply=self.text), quietly=True)
            await asyncio.sleep(_KEEP_EVERY_S)

    async def _tick(self) -> None:
        """ "⏳ Still working…" after every `still_working` without a sign of the backend's."""
        clock, period = self._context.clock, self._context.settings.timing.still_working
        began, wait = clock.monotonic(), period
        while True:
            await clock.sleep(max(wait, 0.01))
            now = clock.monotonic()
            wait = self._last_sign + period - now
            if wait <= 0:
                wait = period
                elapsed = format_seconds(now - began)
                self._set(activity=STILL_WORKING.of(self._chinese, elapsed=elapsed))
                self._log.show(self.turn)


def _seen(task: asyncio.Task[None]) -> None:
    """An error of the journal's shows again with the next thing that it is to keep."""
    if not task.cancelled():
        task.exception()
