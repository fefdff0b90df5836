"""What stands between the tabs and the prompt beside the conversation: why nothing can be sent, and the messages
that wait: for what, and what can be done about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Static

from vbtui.base.errors import SignInRefused, Unreachable
from vbtui.base.problem import Problem
from vbtui.base.text import clean_line
from vbtui.base.translation import Translation
from vbtui.journal.records import Turn, TurnState, asking
from vbtui.session.events import Link, Overview
from vbtui.ui.kit import keys
from vbtui.ui.kit.host import BUSY_TURNS, BackendWanted, host_of
from vbtui.ui.kit.widgets import Choice, Choices, problem_card
from vbtui.ui.kit.words import shorten

if TYPE_CHECKING:
    from vbtui.conversation.conversation import Conversation


_T = Translation
_LOCAL = _T("Use the local studio: no account, no network", "使用本地工作室：无需账户，无需网络")
_AGAIN = _T("Try again", "重试")


class OfflineCard(Vertical):
    """Shown while the backend is out of reach or refuses the sign-in."""

    def __init__(self) -> None:
        super().__init__(id="offline")
        self._text = Static()
        self._choices = Choices(_ways_on(is_local=False))
        self._shown: tuple[Problem | None, bool] | None = None

    def show(self, overview: Overview, *, is_local: bool) -> None:
        """Appear, change or disappear as `overview` says; the local studio offers no other one."""
        problem = problem_of(overview)
        if (problem, is_local) == self._shown:
            return
        self._shown = (problem, is_local)
        self.display = problem is not None
        if problem is not None:
            if not self.children:
                self.mount(self._text, self._choices)
            self._text.update(problem_card(problem))
            self._choices.offer(_ways_on(is_local=is_local))

    @property
    def choices(self) -> Choices:
        """What is offered on the card."""
        return self._choices

    def on_choices_chosen(self, event: Choices.Chosen) -> None:
        event.stop()
        self.post_message(BackendWanted(is_local=event.choice.id == "local"))


def _ways_on(*, is_local: bool) -> list[Choice]:
    again = Choice("again", _AGAIN.of(), "r")
    return [again] if is_local else [Choice("local", _LOCAL.of(), "l"), again]


def problem_of(overview: Overview) -> Problem | None:
    """Why nothing can be sent; None while it is possible."""
    if overview.link is Link.OFFLINE:
        return overview.problem or Problem.of(Unreachable(hint=""))
    if overview.link is Link.REFUSED:
        return overview.problem or Problem.of(SignInRefused(hint=""))
    return None


_MOST_LINES = 4
_MORE = _T("and {count} more", "另有 {count} 条")
_SENDS_THEM = _T("{^prompt.go_on} sends them", "{^prompt.go_on} 发送")
_HELD_BACK = _T("held back: {why}", "暂缓发送：{why}")
_WAITING = _T("waiting {number}", "等待 {number}")


class Queue(Widget, can_focus=True):
    """One line for each waiting message."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "cursor(-1)", "Up", show=False),
        Binding("down", "cursor(1)", "Down", show=False),
        *keys.bindings("queue"),
    ]
    ABOUT = _T(
        "These messages are sent, in this order, when the agent is done. After one that did not end well they are "
        "held back: {prompt.go_on} in the prompt sends them.",
        "智能体完成后会按此顺序发送这些消息。前一条没有正常结束时会暂缓发送：在输入框中按 {prompt.go_on} 发送。",
    )

    cursor = reactive(0)

    @dataclass
    class Asked(Message):
        """Something is to be done with a waiting message."""

        message: Turn
        action: str
        """`edit`, `now`, `delete` or `move`."""
        by: int = 0

    def __init__(self) -> None:
        super().__init__(id="queue")
        self.messages: tuple[Turn, ...] = ()
        self._shown: tuple[object, ...] = ()
        self._why = ""

    def show(self, turns: Sequence[Turn], why: str = "") -> None:
        """Show other messages; `why` says what keeps them back, in a clause."""
        messages = tuple(turns)
        shown = (messages, tuple(message.text for message in messages), why)
        if shown == self._shown:
            return
        self.messages, self._shown, self._why = messages, shown, why
        self.cursor = max(min(self.cursor, len(messages) - 1), 0)
        self.display = bool(messages)
        self.refresh(layout=True)
        self.refresh_bindings()

    @property
    def _here(self) -> Turn | None:
        return self.messages[self.cursor] if self.cursor < len(self.messages) else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return (
            action != "now" or host_of(self).overview.session is not None
        )  # else there is no agent yet

    def render(self) -> Content:
        texts = [message.text for message in self.messages]
        first = max(min(self.cursor - 1, len(texts) - _MOST_LINES), 0)
        lines = [
            self._line(index, texts[index])
            for index in range(first, min(first + _MOST_LINES, len(texts)))
        ]
        if self._why:
            lines.insert(0, self._held_back())
        hidden = len(texts) - min(len(texts), _MOST_LINES)
        if hidden > 0:
            more = _MORE.of(count=hidden)
            lines.append(Content.styled(f"  {more}", "$foreground-muted"))
        return Content("\n").join(lines)

    def _held_back(self) -> Content:
        keys_text = f" · {_SENDS_THEM.of()}"
        why = shorten(_HELD_BACK.of(why=self._why), self.size.width - cell_len(keys_text))
        return Content.assemble((why, "$text-warning"), (keys_text, "$text-accent bold"))

    def _line(self, index: int, text: str) -> Content:
        is_here = self.has_focus and index == self.cursor
        mark = "› " if is_here else "  "
        label = f"{_WAITING.of(number=index + 1)}  "
        room = self.size.width - cell_len(label) - 2
        content = Content.assemble(
            (mark, "$text-accent bold"),
            (label, "$foreground-muted"),
            (shorten(clean_line(text), room), "bold" if is_here else ""),
        )
        return content.stylize(Style.from_meta({"queued": index}))

    def action_cursor(self, by: int) -> None:
        if self.messages:
            self.cursor = (self.cursor + by) % len(self.messages)

    def action_edit(self) -> None:
        self._ask("edit")

    def action_now(self) -> None:
        self._ask("now")

    def action_delete(self) -> None:
        self._ask("delete")

    def action_move(self, by: int) -> None:
        self._ask("move", by)
        self.cursor = max(min(self.cursor + by, len(self.messages) - 1), 0)

    def _ask(self, action: str, by: int = 0) -> None:
        if (message := self._here) is not None:
            self.post_message(self.Asked(message, action, by))

    def watch_cursor(self) -> None:
        self.refresh_bindings()

    def on_click(self, event: events.Click) -> None:
        index = event.style.meta.get("queued")
        if isinstance(index, int) and 0 <= index < len(self.messages):
            self.cursor = index

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()


_ENDED = {
    TurnState.FAILED: _T("“{name}” failed", "“{name}”失败了"),
    TurnState.STOPPED: _T("“{name}” was stopped", "“{name}”已停止"),
    TurnState.UNKNOWN: _T("“{name}” may still run", "“{name}”可能仍在运行"),
}
_ENDED_BADLY = _T("“{name}” did not end well", "“{name}”没有正常结束")
_UNWRITTEN = _T("the journal could not be written", "日志无法写入")
_NAME_CELLS = 24


def offering(turns: Sequence[Turn]) -> Turn | None:
    """The turn whose offers a key takes: the last with any that no later message has overtaken."""
    asks = asking(turns)
    for turn in reversed(turns):
        if turn.state is TurnState.QUEUED:
            continue
        slip = turn.receipt
        has_made = slip is not None and (slip.version > 0 or slip.video is not None)
        if turn.offers or turn is asks or (has_made and turn is newest_result(turns)):
            return turn
        if turn.route == "edit":
            return None
    return None


def newest_result(turns: Sequence[Turn]) -> Turn | None:
    """The turn whose result is what there is now: the last that is no waiting message, once it is over."""
    last = next((turn for turn in reversed(turns) if turn.state is not TurnState.QUEUED), None)
    return last if last is not None and last.state is TurnState.DONE else None


def why_held(conversation: Conversation) -> str:
    """What keeps the waiting messages back, as a clause; empty when nothing does."""
    if not conversation.is_blocked:
        return ""
    blocker = conversation.blocked_by
    if blocker is None:
        return _UNWRITTEN.of()
    name = shorten(clean_line(blocker.text), _NAME_CELLS)
    return _ENDED.get(blocker.state, _ENDED_BADLY).of(name=name)


_SETTING_UP = _T("Setting things up…", "正在准备…")
_MESSAGE, _ANSWER = _T("Message", "消息"), _T("Answer", "回答")
_UNTIL_BACKEND = _T("Message · waits until the backend answers", "消息 · 后台回应后发送")
_UNTIL_KNOWN = _T(
    "Message · waits until it is known how the last one ended", "消息 · 等上一条的结果明确后发送"
)
_UNTIL_DONE = _T("Message · waits until the agent is done", "消息 · 智能体完成后发送")
_SENDS_ALL = _T(
    "Message · sends those that wait, then this one", "消息 · 先发送等待中的，再发送这条"
)
_AFTER_THEM = _T("Message · goes out after those that wait", "消息 · 排在等待中的消息之后")
_NUMBER = _T("Answer · a number or your own words", "回答 · 输入编号或自己的话")


def prompt_title(overview: Overview, turns: Sequence[Turn], *, is_blocked: bool) -> str:
    """What becomes of a message that is sent now."""
    if overview.link is Link.STARTING:
        return _SETTING_UP.of()
    if overview.session is None:
        return _UNTIL_BACKEND.of()
    busy = [turn.state for turn in turns if turn.state in BUSY_TURNS and turn.route == "edit"]
    if TurnState.RECOVERING in busy:
        return _UNTIL_KNOWN.of()
    if busy:
        return _UNTIL_DONE.of()
    if any(turn.state is TurnState.QUEUED for turn in turns):
        return (_SENDS_ALL if is_blocked else _AFTER_THEM).of()
    asks = asking(turns)
    if asks is not None:
        has_options = asks.question is not None and asks.question.options
        return (_NUMBER if has_options else _ANSWER).of()
    return _MESSAGE.of()
