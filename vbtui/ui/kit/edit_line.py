"""Screens whose keys make sentences: a line asks what the edit needs to know, shows the sentence, sends it
on Enter and tells what came of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from vbtui.base.errors import UsageError, said
from vbtui.base.translation import Counted, Translation
from vbtui.engine import Engine
from vbtui.journal.records import Turn, TurnState
from vbtui.session.events import Event, SessionOpened, TurnChanged
from vbtui.timeline.edits import Edit
from vbtui.timeline.model import Segment, Track
from vbtui.ui.kit import keys
from vbtui.ui.kit.screen import MainScreen, TooSmall
from vbtui.ui.kit.widgets import Field
from vbtui.ui.kit.words import common_start, shorten

_T = Translation
_NO_CHOICE = _T("none", "无")
_SEND = _T("Send", "发送")
_SENDING = _T("… sending", "… 正在发送")
_WAITS = _T(
    "○ waits until the agent is done ({app.chat})", "○ 等待智能体完成当前工作（{app.chat}）"
)
_WORKING, _STOPPED = _T("working", "正在处理"), _T("- stopped", "- 已停止")
_UNSEEN = _T("what it changed cannot be told yet: {why}", "目前还无法得知改动了什么：{why}")
_UNCHANGED = _T("the timeline is unchanged", "时间线没有变化")
_UNCHANGED_SAYS = _T(
    "the timeline is unchanged; it says: {reply}", "时间线没有变化；智能体说：{reply}"
)
_MORE_CHANGES = Counted(
    " and {count} more change ({app.chat})",
    " and {count} more changes ({app.chat})",
    "，另有 {count} 处改动（{app.chat}）",
)
LINE_BREAK = "⏎"
"""Stands for a line break in a field of one line."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where on the timeline something is that was asked for."""

    track: Track
    segment: Segment | None
    """None: a time alone."""
    at_ms: int


@dataclass(frozen=True, slots=True)
class Question:
    """Something that an edit, or going to a place, needs to know."""

    label: str
    value: str
    """What holds now."""
    make: Callable[[str], Edit | Place]
    """What an answer means. Raises `UsageError`."""
    known: Sequence[str] = ()
    """What the answer may be, or begin with: shown below the line."""
    is_search: bool = False
    """Whether what is typed may stand anywhere in what is known."""


class EditField(Field):
    """What an edit needs to know, or its sentence."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("edit"))

    class Entered(Message):
        """Enter."""

    class Left(Message):
        """Escape."""

    @dataclass
    class ChoiceWanted(Message):
        """Tab, or an arrow: the rest of a word, else another choice."""

        by: int
        completes: bool

    def action_complete(self) -> None:
        """The rest of the word that is known, as far as it is clear; else the next choice."""
        self.post_message(self.ChoiceWanted(1, True))

    def action_choice(self, by: int) -> None:
        self.post_message(self.ChoiceWanted(by, False))

    def action_enter(self) -> None:
        self.post_message(self.Entered())

    def action_drop(self) -> None:
        self.post_message(self.Left())


class Choosing:
    """The choices of a question: which of them what is typed may become, and which of those is meant."""

    def __init__(self, known: Sequence[str] = (), *, is_search: bool = False) -> None:
        self._known = known
        self.is_search = is_search
        """Whether what is typed may stand anywhere in them."""
        self._chosen = ""

    def __bool__(self) -> bool:
        return bool(self._known)

    def fitting(self, typed: str) -> Sequence[str]:
        """Those that `typed` may become; all, where it is one of them already."""
        words = typed.casefold().split()
        if self.is_search:
            return [one for one in self._known if all(word in one.casefold() for word in words)]
        if not words or words[0] in self._known:
            return self._known
        return [one for one in self._known if len(words) == 1 and one.startswith(words[0])]

    def meant(self, typed: str) -> str:
        """The one that Enter takes; empty for none."""
        found = self.fitting(typed)
        first = typed.casefold().split()[:1]
        if self._chosen in found and (self.is_search or [self._chosen] == first):
            return self._chosen
        if self.is_search:
            return found[0] if found else ""
        return first[0] if first and first[0] in found else ""

    def stepped(self, typed: str, by: int, *, completes: bool) -> str:
        """What stands in the field after a step: the rest of a word as far as it is clear, else another choice in
        its place. What is searched stays as it is typed: the choice moves."""
        found = list(self.fitting(typed))
        if not found:
            return typed
        meant = self.meant(typed)
        if completes and not self.is_search and not meant and typed.strip():
            start = common_start(found)
            if len(start) > len(typed.strip()):
                return start
        place = (found.index(meant) + by) % len(found) if meant in found else min(by, 0)
        self._chosen = found[place]
        if self.is_search:
            return typed
        _, _, rest = typed.strip().partition(" ")
        return f"{self._chosen} {rest}".strip() if meant else self._chosen

    def line(self, typed: str, width: int) -> Content:
        """As many of them as fit around the one that is meant, which is marked."""
        found, meant = self.fitting(typed), self.meant(typed)
        if not found:
            return Content.styled(_NO_CHOICE.of(), "$foreground-muted")
        place = found.index(meant) if meant in found else 0
        first, used = place, cell_len(found[place])
        while first > 0 and used + len(_BETWEEN) + cell_len(found[first - 1]) <= width // 2:
            first -= 1
            used += len(_BETWEEN) + cell_len(found[first])
        shown: list[tuple[str, str]] = []
        room = width - (2 if first else 0)
        for one in found[first:]:
            room -= cell_len(one) + len(_BETWEEN)
            if room < 0 and shown:
                break
            shown.append((one, "$text-accent bold reverse" if one == meant else "$text-accent"))
        pieces: list[tuple[str, str]] = [("… ", "$foreground-muted")] if first else []
        for number, piece in enumerate(shown):
            pieces += [(_BETWEEN, "")] if number else []
            pieces.append(piece)
        if first + len(shown) < len(found):
            pieces.append((" …", "$foreground-muted"))
        return Content.assemble(*pieces)


_BETWEEN = "  "
"""Between two choices."""


class EditLine(Vertical):
    """A field that is there while something is edited, and a line that stays until the next."""

    ABOUT = _T(
        "{edit.enter} goes on, {edit.drop} drops the edit. The sentence goes to the agent as it stands here.",
        "{edit.enter} 继续，{edit.drop} 放弃这次剪辑。句子会按这里的样子发给智能体。",
    )

    @dataclass
    class Sent(Message):
        """The user agreed to the sentence, perhaps with other words."""

        text: str

    @dataclass
    class Looked(Message):
        """What Enter would do now; None where that is nothing, or is not known."""

        meant: Edit | Place | None

    @dataclass
    class Found(Message):
        """The place to go to is known."""

        place: Place

    class Closed(Message):
        """The field is gone."""

    def __init__(self) -> None:
        super().__init__(id="edit-line")
        self._choosing = Choosing()
        self._make: Callable[[str], Edit | Place] | None = None
        """Makes the edit of an answer; None while the field holds the sentence itself."""
        self._status: Content | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(id="edit-row"):
            yield Static(id="edit-label")
            yield EditField(id="edit-field", compact=True, select_on_focus=False)
        yield Static(id="edit-choices")
        yield Static(id="edit-status")

    def on_mount(self) -> None:
        self.query_one("#edit-row").display = False
        self.query_one("#edit-choices").display = False
        self.query_one("#edit-status").display = False

    @property
    def field(self) -> EditField:
        return self.query_one(EditField)

    @property
    def is_open(self) -> bool:
        """Whether something is being edited."""
        return bool(self.query_one("#edit-row").display)

    def ask(self, question: Question) -> None:
        """Ask what the edit needs to know."""
        self._make = question.make
        self._choosing = Choosing(question.known, is_search=question.is_search)
        self._open(question.label, question.value)
        self.field.select_all()

    def propose(self, sentence: str, label: str = "") -> None:
        """Show the sentence; Enter sends it.

        Args:
            label: what the sentence is, before it.
        """
        self._make, self._choosing = None, Choosing()
        self._open(label or _SEND.of(), one_line(sentence))
        self.field.cursor_position = len(self.field.value)

    def say(self, content: Content | None) -> None:
        """Put one line below the field; None takes it away."""
        self._status = content
        status = self.query_one("#edit-status", Static)
        status.display = content is not None
        if content is not None:
            status.update(content)

    def refuse(self, error: UsageError) -> None:
        """Say why not."""
        text = said(error.message, error.hint)
        self.say(Content.assemble(("! ", "$text-warning bold"), (text, "$text-warning")))

    def close(self) -> None:
        """Take the field away."""
        self._make = None
        if self.is_open:
            self.query_one("#edit-row").display = False
            self.query_one("#edit-choices").display = False
            self.post_message(self.Looked(None))
            self.post_message(self.Closed())

    def _open(self, label: str, value: str) -> None:
        self.say(None)
        room = max(self.app.size.width // 2, 12)
        text = Content.assemble((shorten(label, room), "$text-accent bold"), (" ▸", "$text-accent"))
        self.query_one("#edit-label", Static).update(text)
        self.query_one("#edit-row").display = True
        self.field.value = value
        self.field.focus()
        self._look()

    @property
    def _answer(self) -> str:
        """What Enter takes: what is typed, or what was found of it."""
        typed = self.field.value.strip()
        found = self._choosing.meant(typed) if self._choosing.is_search else ""
        return found or typed

    def _look(self) -> None:
        """Show the choices, and tell what Enter would do."""
        choices = self.query_one("#edit-choices", Static)
        choices.display = bool(self._choosing)
        if self._choosing:
            choices.update(self._choosing.line(self.field.value, max(self.size.width - 2, 10)))
        meant: Edit | Place | None = None
        with suppress(UsageError):
            meant = self._make(self._answer) if self._make else Edit.read(self.field.value)
        self.post_message(self.Looked(meant))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.is_open:
            self._look()

    def on_edit_field_choice_wanted(self, event: EditField.ChoiceWanted) -> None:
        event.stop()
        if self._choosing:
            field = self.field
            field.value = self._choosing.stepped(field.value, event.by, completes=event.completes)
            field.cursor_position = len(field.value)
            self._look()

    def on_descendant_blur(self) -> None:
        """Another part of the screen was clicked. What takes the focus for a while gives it back: another window
        of the desktop (nothing has it then), the notice that this one is too small."""
        focused = self.screen.focused
        if focused is not None and not isinstance(focused, EditField | TooSmall):
            self.close()

    def on_edit_field_entered(self, event: EditField.Entered) -> None:
        event.stop()
        text = self._answer
        if self._make is not None:
            try:
                meant = self._make(text)
            except UsageError as error:
                self.refuse(error)
                return
            if isinstance(meant, Edit):
                self.propose(meant.sentence())
            else:
                self.say(None)
                self.close()
                self.post_message(self.Found(meant))
            return
        self.close()
        if text:
            self.post_message(self.Sent(many_lines(text)))

    def on_edit_field_left(self, event: EditField.Left) -> None:
        event.stop()
        self.say(None)
        self.close()


def one_line(text: str) -> str:
    """For a field of one line."""
    return text.replace("\r\n", "\n").replace("\n", LINE_BREAK)


def many_lines(text: str) -> str:
    """What was typed into a field of one line."""
    return text.replace(LINE_BREAK, "\n")


class SayingScreen(MainScreen):
    """A screen with an edit line."""

    _sent: int = 0
    """The turn whose receipt is awaited; 0 for none."""
    _later: Sequence[Edit] = ()
    """Edits that are shown when the one before them is sent."""

    @property
    def edit_line(self) -> EditLine:
        return self.query_one(EditLine)

    def propose(self, edits: Sequence[Edit]) -> None:
        """Show the first sentence; each that is sent is followed by the next."""
        self._later = edits[1:]
        if edits:
            self.edit_line.propose(edits[0].sentence())

    def on_edit_line_sent(self, event: EditLine.Sent) -> None:
        self.propose(self._later)
        self.send(event.text)

    def send(self, text: str, *, route: str = "edit") -> None:
        """Say it to the agent, or to whom `route` says; the line below the timeline tells what comes of it."""
        self.edit_line.say(Content.styled(_SENDING.of(), "$foreground-muted"))

        async def say(engine: Engine) -> None:
            turn = await engine.conversation.say(text, route=route)
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
        text = said(turn.problem.message, turn.problem.hint)
        return Content.assemble(("✕ ", "$text-error bold"), (text, "$text-error"))
    if turn.state is TurnState.QUEUED:
        return Content.styled(_WAITS.of(), "$foreground-muted")
    if not turn.state.is_over:
        text = turn.activity or _WORKING.of()
        return Content.assemble(("▸ ", "$text-primary"), (text, "$foreground-muted"))
    if turn.receipt is not None and turn.receipt.changes:
        return _receipt(turn)
    if turn.state is TurnState.STOPPED:
        return Content.styled(_STOPPED.of(), "$foreground-muted")
    reply = " ".join(turn.reply.split())[:300]
    if turn.receipt is not None and turn.receipt.unseen:
        unseen = _UNSEEN.of(why=turn.receipt.unseen)
        return Content.assemble(("! ", "$text-warning bold"), (unseen, "$text-warning"))
    unchanged = _UNCHANGED_SAYS.of(reply=reply) if reply else _UNCHANGED.of()
    return Content.assemble(("! ", "$text-warning bold"), (unchanged, "$text-warning"))


def _receipt(turn: Turn) -> Content:
    from vbtui.conversation import receipts

    first, *others = receipts.lines(turn)
    rest = len(others)
    more = _MORE_CHANGES.of(rest) if rest else ""
    return Content.assemble(
        ("✓ ", "$text-success bold"),
        (first.text, "$text-success"),
        (more, "$foreground-muted"),
    )
