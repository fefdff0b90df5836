"""One turn of the conversation: what was said, what came of it, what can be done about it.

The agent's answer is plain text while it arrives, and Markdown as soon as a block of it is complete.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from vbtui.base.catalogue import Translation
from vbtui.base.times import format_seconds, time_code
from vbtui.journal.records import Offer, Receipt, Turn, TurnState
from vbtui.language.quotes import is_chinese
from vbtui.ui.chat.growing import GrowingText, Plain
from vbtui.ui.kit import words
from vbtui.ui.kit.host import BUSY_TURNS, host_of
from vbtui.ui.kit.widgets import Choice, Choices, problem_card

if TYPE_CHECKING:
    from textual.widgets import Markdown

MORE_CHANGES = Translation("and {count}", "另有 {number} 处改动")
UNPROVEN = Translation(
    "The agent says that it edited; the timeline is unchanged.",
    "智能体说已经修改，但时间线没有变化。",
)
TOOK = Translation("took {time}", "用时 {time}")
SPENT = Translation("{spent} credits ({before} → {after})", "{spent} 积分（{before} → {after}）")


_CHOICES = (
    Choice(Offer.EXPORT, "Export the video", "e"),
    Choice(Offer.WATCH, "Keep watching", "w"),
    Choice(Offer.SEND_AGAIN, "Send again", "r"),
    Choice(Offer.DROP, "Drop it", "d"),
    Choice(Offer.UPLOAD_AGAIN, "Upload the files again", "u"),
    Choice(Offer.LOCAL, "Use the local studio", "l"),
    Choice(Offer.CLAIM, "Link for the browser", "t"),
    Choice(Offer.RENDER_HERE, "Render it on this machine, free", "f"),
    Choice(Offer.RENDER_HERE_ANYWAY, "Render it without these", "f"),
)
OFFERS = {choice.id: choice for choice in _CHOICES}
_MOST_CHANGES = 6


class TurnView(Vertical, Plain):
    """Shows a turn; `show` brings it up to date. Parts are mounted when there is something in them."""

    @dataclass
    class OfferTaken(Message):
        """An offer below a turn was chosen."""

        turn: Turn
        offer: str

    def __init__(self, turn: Turn) -> None:
        super().__init__(classes="turn")
        self.turn = turn
        self._parts: dict[str, Widget] = {}
        self._texts: dict[str, Content] = {}

    async def on_mount(self) -> None:
        await self.show(self.turn)

    async def show(self, turn: Turn) -> None:
        """Bring every part up to date."""
        self.turn = turn
        await self._static("user", _user_text(turn), before=0)
        await self.grow(turn)
        await self._static("activity", self._activity(turn))
        await self._static("problem", problem_card(turn.problem) if turn.problem else None)
        await self._static("receipt", receipt_lines(turn))
        await self._show_offers(turn)
        self.set_class(turn.route == "note", "-note")

    async def grow(self, turn: Turn) -> None:
        """Nothing but the reply is different."""
        self.turn = turn
        if not turn.reply:
            return
        reply = self._parts.get("reply")
        if reply is None:
            reply = self._parts["reply"] = Reply()
            user = self._parts.get("user")
            await self.mount(reply, after=user) if user else await self.mount(reply, before=0)
        assert isinstance(reply, Reply)
        await reply.show(turn.reply, is_over=turn.state not in BUSY_TURNS)
        self.set_class(reply.has_blocks, "-blocks")

    def tick(self) -> None:
        """A second has passed while the turn runs."""
        activity = self._parts.get("activity")
        text = self._activity(self.turn)
        if isinstance(activity, Static) and text is not None:
            shown = self._texts["activity"]
            activity.update(text, layout=text.cell_length != shown.cell_length)
            self._texts["activity"] = text

    @property
    def offers(self) -> Choices | None:
        """What is offered below the turn; None when nothing is."""
        offers = self._parts.get("offers")
        return offers if isinstance(offers, Choices) and offers.display else None

    async def _static(self, name: str, text: Content | None, *, before: int | None = None) -> None:
        part = self._parts.get(name)
        if text is None:
            if part is not None:
                part.display = False
            return
        shown = self._texts.get(name)
        self._texts[name] = text
        if part is None:
            part = self._parts[name] = Static(text, classes=f"turn-{name}")
            offers = self._parts.get("offers")
            await self.mount(part, before=before if offers is None or before == 0 else offers)
        elif isinstance(part, Static):
            part.display = True
            if shown is None or not text.is_same(shown):
                part.update(text)

    async def _show_offers(self, turn: Turn) -> None:
        choices = choices_of(turn.offers)
        offers = self._parts.get("offers")
        if offers is None and choices:
            offers = self._parts["offers"] = Choices(choices, classes="turn-offers")
            await self.mount(offers)
        if isinstance(offers, Choices):
            offers.offer(choices)
            offers.display = bool(choices)

    def _activity(self, turn: Turn) -> Content | None:
        if turn.state not in BUSY_TURNS:
            return None
        text = turn.activity or {
            TurnState.SENDING: "Sending…",
            TurnState.RECOVERING: "The connection broke; looking at what was done…",
        }.get(turn.state, "Thinking…")
        since = turn.sent_at or turn.created_at
        elapsed = time_code(round(max(host_of(self).now() - since, 0) * 1000))
        return Content.assemble(
            ("▸ ", "$text-primary"), (text, "$text-primary"), (f" · {elapsed}", "$foreground-muted")
        )

    def on_choices_chosen(self, event: Choices.Chosen) -> None:
        event.stop()
        self.post_message(self.OfferTaken(self.turn, event.choice.id))


def choices_of(offers: Sequence[str]) -> list[Choice]:
    """The offers as choices; an unknown one is shown by its name."""
    return [OFFERS.get(offer, Choice(offer, offer.replace("_", " "))) for offer in offers]


def _user_text(turn: Turn) -> Content | None:
    if not turn.text:
        return None
    mark = {
        TurnState.STOPPED: "  (stopped)",
        TurnState.DROPPED: "  (dropped)",
        TurnState.UNKNOWN: "  (how it ended is not known)",
    }.get(turn.state, "")
    return Content.assemble((turn.text, "bold"), (mark, "$text-warning"))


def receipt_lines(turn: Turn) -> Content | None:
    """What changed, then what it took: one line each; None when there is nothing to say.

    In the language of the message; changes that the answer lists already are not said twice.
    """
    from vbtui.conversation import receipts as said

    receipt, chinese = turn.receipt, is_chinese(turn.text)
    if receipt is None:
        return None
    changes = () if receipt.is_told else receipt.changes
    lines = [
        Content.assemble(
            ("✓ ", "$text-success"), (said.change_sentence(change, chinese), "$text-success")
        )
        for change in changes[:_MOST_CHANGES]
    ]
    rest = len(changes) - _MOST_CHANGES
    if rest > 0:
        more = MORE_CHANGES.of(chinese, count=words.plural(rest, "more change"), number=rest)
        lines.append(Content.styled(f"  {more}", "$foreground-muted"))
    if receipt.claim_unproven:
        lines.append(Content.styled(f"! {UNPROVEN.of(chinese)}", "$text-warning"))
    cost = _cost(receipt, chinese)
    if cost:
        lines.append(Content.styled(cost, "$foreground-muted"))
    return Content("\n").join(lines) if lines else None


def _cost(receipt: Receipt, chinese: bool) -> str:
    parts = []
    if receipt.seconds >= 0.05:
        parts.append(TOOK.of(chinese, time=format_seconds(receipt.seconds)))
    before, after = receipt.credits_before, receipt.credits_after
    if before is not None and after is not None and before != after:
        spent = {"spent": f"{before - after:g}", "before": f"{before:g}", "after": f"{after:g}"}
        parts.append(SPENT.of(chinese, **spent))
    return " · ".join(parts)


MOST_CHARACTERS = 60_000
"""A longer answer is shown from its end."""


class Reply(Vertical, Plain):
    """Shows one answer as it grows.

    The whole text so far is handed over each time; only what is new is drawn, so that a long answer
    costs no more a word than a short one. Text without Markdown in it never needs a Markdown widget.
    """

    def __init__(self) -> None:
        super().__init__()
        self._plain = GrowingText()
        self._markdown: Markdown | None = None
        self._set = ""
        """The text that is shown as Markdown."""
        self._text = ""
        self._start = 0
        self._plain_to = 0
        """Up to there whole blocks were found to be without Markdown."""

    def compose(self) -> ComposeResult:
        yield self._plain

    @property
    def has_blocks(self) -> bool:
        """Whether it ends in Markdown, which keeps a line free below itself."""
        return self._markdown is not None and not self._plain.display

    @property
    def text(self) -> str:
        """All that is shown."""
        return self._text

    async def show(self, text: str, *, is_over: bool) -> None:
        """Show `text`; `is_over` when nothing will be added to it."""
        text = self._bounded(text)
        done = len(text.rstrip()) if is_over else complete_length(text)
        if text == self._text and done == len(self._set) + self._plain_to:
            return
        self._text = text
        if self._markdown is None and not has_markdown(text[self._plain_to : done]):
            self._plain_to = done
            self._show_plain(0)
            return
        self._plain_to = 0
        if text[:done] != self._set:
            await self._set_blocks(text[:done])
        self._show_plain(done)

    def _bounded(self, text: str) -> str:
        """The end of a very long `text`; where it begins moves seldom."""
        if len(text) < self._start:
            self._start = 0
        if len(text) - self._start > MOST_CHARACTERS:
            self._start = next_break(text, len(text) - MOST_CHARACTERS // 2)
            self._plain_to = 0
        return "…" + text[self._start :] if self._start else text

    def _show_plain(self, begin: int) -> None:
        """The text from `begin` on as it is."""
        rest = self._text[begin:].strip("\n")
        self._plain.show(rest)
        self._plain.display = bool(rest)

    async def _set_blocks(self, text: str) -> None:
        markdown = self._markdown
        if markdown is None:
            from textual.widgets import Markdown

            markdown = self._markdown = Markdown(open_links=False)
            await self.mount(markdown, before=0)
        if self._set and text.startswith(self._set):
            await markdown.append(text[len(self._set) :])
        else:
            await markdown.update(text)
        self._set = text


_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)
_MARKDOWN = re.compile(
    r"[*_`~\[\]|<>]|^ {0,3}(?:#{1,6} |[-+] |\d{1,9}[.)] |={3,}|-{3,})|^(?: {4}|\t)\S|  $",
    re.MULTILINE,
)

_LONGEST = 6_000
"""A paragraph longer than so many characters is broken between two words."""


def next_break(text: str, begin: int) -> int:
    """Where a paragraph, else a word, begins after `begin`."""
    for mark in ("\n\n", " "):
        end = text.find(mark, begin, begin + _LONGEST)
        if end >= 0:
            return end + len(mark)
    return begin


def complete_length(text: str) -> int:
    """How many characters of `text` are whole blocks: up to the last blank line outside a fence."""
    end = text.rfind("\n\n")
    while end >= 0:
        head = text[: end + 2]
        start = _last_fence(head)
        if start < 0:
            return end + 2
        end = text.rfind("\n\n", 0, start)
    return 0


def _last_fence(head: str) -> int:
    """Where the fence that is open at the end of `head` begins; -1 when none is open."""
    opened, mark = -1, ""
    for match in _FENCE.finditer(head):
        if opened < 0:
            opened, mark = match.start(), match.group(1)
        elif match.group(1).startswith(mark):
            opened = -1
    return opened


def has_markdown(text: str) -> bool:
    """Whether showing `text` as it is would lose something."""
    return bool(_MARKDOWN.search(text))
