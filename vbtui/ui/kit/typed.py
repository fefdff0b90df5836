"""What is typed, one thing after the other: a key is done before the next is given to whatever has the focus then.

Textual gives a key to what has the focus when the app takes it, and what the key is bound to is run later, when the
key has come back from there, in the app's own task. A slow line delivers several keys at once, and so does whoever
types fast: all that followed F4 in one piece went to the prompt, and Enter sent it to the agent.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterable
from functools import cached_property
from itertools import chain

from textual import events
from textual.app import App
from textual.dom import NoScreen
from textual.errors import NoWidget
from textual.message_pump import MessagePump
from textual.widget import Widget

_ROUNDS = 2
"""A key travels up in the first, what was made of it (`Input.Submitted`) in the second."""
_MOST_ROUNDS = 8
"""While words pour in, something always waits."""
_LOOK_S = 0.05
_MOST_S = 5.0
"""Something that hangs holds up no key for longer, that which ends vbtui among them."""

Input = events.InputEvent | events.Paste


class TypedInOrder(App[int]):
    """An app whose keys, pastes and mouse wait until the key before them is done: with it a screen has come, a
    dialog has gone, another widget has got the focus.

    What is written into a text field changes none of that, and nothing waits for it.
    """

    _held: deque[Input]
    _settling: asyncio.Task[None] | None = None

    @property
    def is_typing(self) -> bool:
        """Whether a key is not done yet."""
        return self._settling is not None

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, Input) or event.is_forwarded:
            await super().on_event(event)
        elif self._settling is None:
            await self._give(event)
        else:
            self._waiting.append(event)

    @cached_property
    def _waiting(self) -> deque[Input]:
        return deque()

    async def _give(self, event: Input) -> None:
        target = self._target_of(event)
        is_text = (
            isinstance(event, events.Key)
            and isinstance(target, Widget)
            and target.check_consume_key(event.key, event.character)
        )
        await super().on_event(event)
        if is_text or isinstance(event, events.MouseMove):
            return
        self._settling = asyncio.create_task(self._settle(target), name="typed")

    async def _give_waiting(self) -> None:
        """The app is its own again: give what has waited, up to the next that is to be waited for."""
        self._settling = None
        while self._waiting and self._settling is None:
            await self._give(self._waiting.popleft())

    async def _settle(self, target: MessagePump) -> None:
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_MOST_S):
                    await self._done(target)
        finally:
            self.call_later(self._give_waiting)

    async def _done(self, target: MessagePump) -> None:
        """Wait until what was given to `target` is, with all that came of it."""
        for number in range(_MOST_ROUNDS):
            for pump in dict.fromkeys(chain(_up_from(target), self._busy(), (self,))):
                await _passed(pump)
            for pump in _up_from(self._keyed()):
                await _passed(pump)
            if number + 1 >= _ROUNDS and not self._busy():
                return

    def _keyed(self) -> MessagePump:
        """What a key is given to."""
        try:
            return self.focused or self.screen
        except NoScreen:
            return self

    def _target_of(self, event: Input) -> MessagePump:
        """What `event` is given to."""
        if isinstance(event, events.MouseEvent):
            with contextlib.suppress(NoScreen, NoWidget):
                return self.screen.get_widget_at(event.x, event.y)[0]
        return self._keyed()

    def _busy(self) -> list[Widget]:
        """What has something to do, on all that is shown."""
        return [
            widget
            for screen in self.screen_stack
            for widget in (screen, *screen.walk_children(Widget))
            if widget.message_queue_size
        ]


def _up_from(target: MessagePump) -> Iterable[MessagePump]:
    """All that a message of `target` passes."""
    return target.ancestors_with_self if isinstance(target, Widget) else (target,)


async def _passed(pump: MessagePump) -> None:
    """Wait until `pump` has dealt with all that was sent to it before, or is no more."""
    passed = asyncio.Event()
    if not pump.call_later(passed.set):
        return
    while not passed.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(passed.wait(), _LOOK_S)
        if not pump.is_running:
            return
