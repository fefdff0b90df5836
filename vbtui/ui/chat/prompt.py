"""The message field – one to six lines, with history, completion and paste of paths – and the lines above it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import BindingsMap, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TextArea

from vbtui.base.keys import key_name
from vbtui.base.text import clean, clean_line, format_bytes
from vbtui.ui.chat import slash
from vbtui.ui.chat.slash import Command, common_start, completions
from vbtui.ui.kit import keys, words
from vbtui.ui.kit.header import shorten
from vbtui.ui.kit.host import host_of, timeline_of
from vbtui.ui.kit.widgets import runs_binding

if TYPE_CHECKING:
    from vbtui.timeline.model import Timeline


PLACEHOLDER = "Say what you want: combine these clips into a 60-second promo video"
_MOST_PASTED = 100_000


def _bindings() -> list[BindingType]:
    """The prompt's own keys; where one works at times only, what the key does otherwise follows."""
    own = keys.bindings("prompt")
    editing = BindingsMap(TextArea.BINDINGS).key_to_bindings
    offers = (one.key for one in own if one.action.startswith("take("))
    return [*own, *(binding for key in offers for binding in editing.get(key, ()))]


class Prompt(TextArea):
    """A text field that sends with Enter; while it is empty, ctrl and a letter take an offer."""

    BINDINGS: ClassVar[list[BindingType]] = _bindings()
    HELP = (
        "Say what the video should be. Plain words like “export” or “credits” and commands like "
        "/upload work too. Paste or drop files to upload them, or name them: "
        f"@clip and {key_name('prompt.complete')}."
    )

    @dataclass
    class Sent(Message):
        """Enter was pressed on a text."""

        text: str

    class LeftByTab(Message):
        """Tab, and nothing to complete."""

    @dataclass
    class OfferWanted(Message):
        """Ctrl and the letter of an offer."""

        letter: str

    class GoOnWanted(Message):
        """The messages that are held back are to be sent."""

    def __init__(self) -> None:
        super().__init__(
            id="prompt",
            soft_wrap=True,
            compact=True,
            highlight_cursor_line=False,
            placeholder=PLACEHOLDER,
        )
        self.cursor_blink = False
        self.earlier: Sequence[str] = ()
        """Earlier messages, the newest last."""
        self.takes_paste: Callable[[str], bool] = lambda _: False
        """Asked about a pasted text: True when it is not to be inserted."""
        self.offers: frozenset[str] = frozenset()
        """The letters of what is offered right now."""
        self.is_blocked = False
        """Whether messages are held back until the user wants to go on."""
        self._place = 0
        """How far back in the history; 0 is what is being typed."""
        self._draft = ""

    def fill(self, text: str) -> None:
        """Put `text` in place of what is there, the cursor behind it."""
        self.text = text
        self.move_cursor(self.document.end)

    async def on_key(self, event: events.Key) -> None:
        await runs_binding(self, event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "take":
            return not self.text and parameters[0] in self.offers
        if action == "go_on":
            return self.is_blocked
        return super().check_action(action, parameters)

    def action_take(self, letter: str) -> None:
        self.post_message(self.OfferWanted(letter))

    def action_go_on(self) -> None:
        self.post_message(self.GoOnWanted())

    def action_send(self) -> None:
        """Hand the text over; the field is empty at once, for what is typed behind the Enter."""
        text = self.text.strip()
        self._place = 0
        if text:
            self.fill("")
        self.post_message(self.Sent(text))

    def action_newline(self) -> None:
        self.insert("\n")

    @property
    def before_cursor(self) -> str:
        """The text of the cursor's line up to it."""
        line, column = self.cursor_location
        return self.document.get_line(line)[:column]

    def action_complete(self) -> None:
        before = self.before_cursor
        if slash.beginning(before) is not None:
            self._complete_mention(before)
            return
        found = completions(self.text)
        if not found:
            self.post_message(self.LeftByTab())
            return
        text = common_start(command.name for command in found)
        if len(found) == 1:
            text += " " if found[0].argument else ""
        self.fill(text)

    def _complete_mention(self, before: str) -> None:
        text = slash.completed(before, Path.cwd())
        if text is not None:
            line, column = self.cursor_location
            self.replace(text, (line, slash.start_of(before)), (line, column))

    def action_cursor_up(self, select: bool = False) -> None:
        if select or not self.cursor_at_first_line or not self._recall(1):
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        if select or not self.cursor_at_last_line or not self._recall(-1):
            super().action_cursor_down(select)

    def _recall(self, by: int) -> bool:
        """Go `by` messages back; False when there is nothing there."""
        place = self._place + by
        if not 0 <= place <= len(self.earlier):
            return False
        if self._place == 0:
            self._draft = self.text
        self._place = place
        self.fill(self.earlier[-place] if place else self._draft)
        return True

    async def on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        text = clean(event.text[:_MOST_PASTED])
        if not self.takes_paste(text):
            self.insert_pasted(text)

    def insert_pasted(self, text: str) -> None:
        """Put pasted text where the cursor is."""
        end = self.replace(text, *self.selection, maintain_selection_offset=False).end_location
        self.move_cursor(end)


_MOST_NAMES = 3


class Hints(Static):
    """Takes no room while there is nothing to say."""

    def __init__(self) -> None:
        super().__init__(id="hints")
        self.display = False

    def show(self, content: Content | None) -> None:
        """Show `content`, or nothing."""
        self.display = content is not None
        if content is not None:
            self.update(content)


def commands_hint(found: Sequence[Command]) -> Content | None:
    """One line for each command; None when there is none."""
    if not found:
        return None
    wide = max(len(f"{command.name} {command.argument}") for command in found)
    lines = [
        Content.assemble(
            (command.name, "$text-accent bold"),
            (f" {command.argument}".ljust(wide - len(command.name) + 2), "$text-accent"),
            (command.tooltip, "$foreground-muted"),
        )
        for command in found
    ]
    return Content("\n").join(lines)


def upload_hint(paths: Sequence[Path]) -> Content:
    """`Upload 3 files (12 MB)?  Enter uploads · Esc inserts the text` and the names."""
    size = sum(size_of(path) for path in paths)
    names = ", ".join(clean_line(path.name) for path in paths[:_MOST_NAMES])
    more = f" and {len(paths) - _MOST_NAMES} more" if len(paths) > _MOST_NAMES else ""
    return Content.assemble(
        (f"Upload {words.plural(len(paths), 'file')} ({format_bytes(size)})?  ", "bold"),
        (key_name("prompt.send"), "$text-accent bold"),
        " uploads  ",
        (key_name("chat.leave"), "$text-accent bold"),
        " inserts the text\n",
        (names + more, "$foreground-muted"),
    )


def elsewhere_hint(command: str) -> Content:
    """A dropped path is not on this machine: what to run on the other one."""
    return Content.assemble(
        ("That file is not on this machine. Run there:\n", "bold"), (command, "$text-accent")
    )


def size_of(path: Path) -> int:
    """Bytes; 0 when it cannot be asked."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


class ThisChip(Static):
    """Takes no room while nothing is selected on the timeline."""

    def __init__(self) -> None:
        super().__init__(id="this")
        self.display = False

    @property
    def _timeline(self) -> Timeline | None:
        return timeline_of(host_of(self).engine)

    def sync(self) -> None:
        """Show the selection as it is now."""
        selection = host_of(self).selection
        this = selection.this(self._timeline) if selection else None
        self.display = this is not None
        if this is None:
            return
        name = this.chip if this.phrase.count("(") != 1 else this.phrase
        self.update(
            Content.assemble(
                ("this: ", "$text-accent bold"),
                (shorten(name, max(self.app.size.width - 20, 10)), "$text-accent"),
            )
        )

    def spelled_out(self, text: str) -> str:
        """`text` with `this` as what is selected."""
        return host_of(self).selection.expand(text, self._timeline)
