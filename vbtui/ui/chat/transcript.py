"""The conversation: a window of turns is mounted, about as many as two screens show, which moves on when it is
scrolled to its end. So a key and a switch of screens cost the same in a long conversation.

A turn shows what was said, what came of it, what can be done about it. What an answer needs is imported with the first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from vbtui.base.times import time_code
from vbtui.base.translation import Translation
from vbtui.journal.records import Offer, Question, Receipt, Turn, TurnState
from vbtui.ui.kit.host import BUSY_TURNS, OfferTaken, OptionTaken, host_of
from vbtui.ui.kit.widgets import Choice, Choices, Growing, Plain, Steady, problem_card
from vbtui.ui.kit.words import shorten

_T = Translation
_OLDER, _NEWER = (
    _T("↑ {count} older", "↑ 更早 {count} 条"),
    _T("↓ {count} newer", "↓ 更新 {count} 条"),
)


class Turns(Vertical, Plain):
    """The mounted turns, one below the other."""


class Transcript(VerticalScroll, Growing, can_focus=True):
    """Stays at the end unless the user scrolls away."""

    ABOUT = _T(
        "The conversation. Arrows and {list.page} scroll, {transcript.end} goes to the newest message.",
        "对话记录。方向键和 {list.page} 滚动，{transcript.end} 到最新的消息。",
    )

    def __init__(self) -> None:
        super().__init__(id="transcript")
        self._turns: list[Turn] = []
        self._views: dict[int, TurnView] = {}
        self._window = Window()
        self._older = Static(classes="more", id="older")
        self._newer = Static(classes="more", id="newer")
        self._asking = 0
        """The turn whose question is open; 0 for none."""
        self._newest = 0
        """The turn whose result is what there is now; 0 for none."""
        self._shifting = False
        self._changing = asyncio.Lock()
        """A turn that is being mounted cannot be changed yet: the start and a report may both show it."""
        # As high as the view at least: an anchored container scrolls above a shorter content.
        self._list = Turns(self._older, self._newer, id="turns")
        """Mounted with the first turn: a start without any need not style it."""

    def on_resize(self) -> None:
        """A higher terminal shows more turns."""
        step = max(STEP, self.app.size.height // _LEAST_HEIGHT)
        if step != self._window.step:
            self._window = replace(self._window, step=step)
            if self._views and self._window.has_older and self.max_scroll_y == 0:
                self._shift(older=True)

    def on_mount(self) -> None:
        self._mark_ends()
        self.anchor()

    async def show(self, turns: Sequence[Turn], *, anew: bool = False) -> None:
        """Bring the view up to date with `turns`, the sent ones in order.

        Args:
            anew: it is another conversation: show its end.
        """
        async with self._changing:
            self._turns = [turn for turn in turns if turn.state is not TurnState.QUEUED]
            if anew or not self._window.count:
                await self._remove(list(self._views))
                self._window = self._window.newest(len(self._turns))
            else:
                self._window = self._window.grown(len(self._turns))
            await self._arrange()
        if anew:
            self.anchor()

    async def mark(self, asking: Turn | None, newest: Turn | None) -> None:
        """Offer the options of what the agent asks in `asking`, and what can be done with the result of `newest`;
        a new result is shown from its start, unless the user has scrolled away."""
        async with self._changing:
            before = self._newest
            self._asking = asking.id if asking is not None else 0
            self._newest = newest.id if newest is not None else 0
            for view in self._views.values():
                await view.mark(self._marks_of(view.turn))
        result = self._views.get(self._newest)
        if result is not None and self._newest != before:
            self.call_after_refresh(self._show_start, result)

    def _marks_of(self, turn: Turn) -> Marks:
        return Marks(turn.id == self._asking, turn.id == self._newest)

    def _show_start(self, view: TurnView) -> None:
        """Where the end of a long answer is in view, go to its beginning."""
        height = self.scrollable_content_region.height
        has_room = view.outer_size.height <= height
        if view.is_attached and self.is_vertical_scroll_end and not has_room:
            start = view.start(height)
            self.release_anchor()
            self.scroll_to_widget(start, animate=False, top=True, immediate=True, force=True)

    async def update_turn(self, turn: Turn, *, has_grown: bool = False) -> None:
        """One turn has changed and was there before; `has_grown`: more words have come in, and nothing else."""
        async with self._changing:
            view = self._views.get(turn.id)
            if view is not None:
                await (view.grow(turn) if has_grown else view.show(turn))

    def holds(self, turn: Turn) -> bool:
        """Whether the turn is among those that `show` was given."""
        return any(known.id == turn.id for known in self._turns)

    def tick(self) -> None:
        """A second has passed while a turn runs."""
        for view in self._views.values():
            view.tick()

    def view_of(self, turn: Turn) -> TurnView | None:
        """The turn on the screen; None while it is not mounted."""
        return self._views.get(turn.id)

    async def show_oldest(self) -> None:
        """Scroll to the first turn."""
        await self._move(self._window.oldest(), self._window.has_older)
        self.release_anchor()
        self.scroll_home(animate=False, immediate=True)
        self.call_after_refresh(self._shifted)

    async def show_turn(self, turn: Turn) -> None:
        """Scroll to that turn, its beginning at the top."""
        place = next((at for at, one in enumerate(self._turns) if one.id == turn.id), None)
        if place is None:
            return
        await self._move(self._window.around(place), turn.id not in self._views)
        self.release_anchor()
        self.call_after_refresh(self._stay_at, self._views[turn.id], True)

    async def show_newest(self) -> None:
        """Scroll to the last turn, and stay there."""
        await self._move(self._window.newest(len(self._turns)), self._window.has_newer)
        self.anchor()
        self.call_after_refresh(self._shifted)

    async def _move(self, window: Window, is_other: bool) -> None:
        """Mount these turns; scrolled to an end meanwhile they do not move on."""
        self._shifting = True
        if is_other:
            async with self._changing:
                self._window = window
                await self._arrange()

    def _shifted(self) -> None:
        self._shifting = False

    async def _arrange(self) -> None:
        wanted = self._turns[self._window.start : self._window.end]
        ids = {turn.id for turn in wanted}
        await self._remove([turn_id for turn_id in self._views if turn_id not in ids])
        if wanted and self._list.parent is None:
            await self.mount(self._list)
        previous: Static | TurnView = self._older
        for turn in wanted:
            view = self._views.get(turn.id)
            if view is None:
                view = self._views[turn.id] = TurnView(turn, self._marks_of(turn))
                await self._list.mount(view, after=previous)
            elif view.turn != turn:
                await view.show(turn)
            previous = view
        self._mark_ends()

    async def _remove(self, turn_ids: Sequence[int]) -> None:
        gone = [self._views.pop(turn_id) for turn_id in turn_ids]
        if gone:
            await self._list.remove_children(gone)

    def _mark_ends(self) -> None:
        if self._window.has_older:
            self._older.update(Content(_OLDER.of(count=self._window.start)))
        if self._window.has_newer:
            count = self._window.count - self._window.end
            self._newer.update(Content(_NEWER.of(count=count)))
        self._older.display = self._window.has_older
        self._newer.display = self._window.has_newer

    def watch_scroll_y(self, old: float, new: float) -> None:
        super().watch_scroll_y(old, new)
        if self._shifting or not self._views:
            return
        if new < old and new <= 1 and self._window.has_older:
            self._shift(older=True)
        elif new > old and new >= self.max_scroll_y - 1 and self._window.has_newer:
            self._shift(older=False)

    def _shift(self, *, older: bool) -> None:
        self._shifting = True

        async def shift() -> None:
            async with self._changing:
                before = self._turns[self._window.start : self._window.end]
                self._window = self._window.older() if older else self._window.newer()
                await self._arrange()
            view = self._views.get((before[0] if older else before[-1]).id)
            if view is not None:
                self.call_after_refresh(self._stay_at, view, older)
            else:
                self._shifting = False

        self.call_later(shift)

    def _stay_at(self, view: TurnView, top: bool) -> None:
        if view.is_attached:
            self.scroll_to_widget(view, animate=False, top=top, immediate=True, force=True)
        self._shifting = False


_KEYED = 9
"""Options that a digit takes; the others by their number in words."""
_OPTION_CELLS = 24
_OFFERS: dict[str, tuple[Translation, str]] = {
    Offer.UNDO: (_T("Undo", "撤销"), "u"),
    Offer.EXPORT: (_T("Export the video", "导出视频"), "e"),
    Offer.WATCH: (_T("Keep watching", "继续等待"), "w"),
    Offer.SEND_AGAIN: (_T("Send again", "重新发送"), "r"),
    Offer.DROP: (_T("Drop it", "放弃"), "d"),
    Offer.UPLOAD_AGAIN: (_T("Upload the files again", "重新上传文件"), "a"),
    Offer.LOCAL: (_T("Use the local studio", "使用本地工作室"), "l"),
    Offer.CLAIM: (_T("Link for the browser", "浏览器链接"), "t"),
    Offer.RETRY: (_T("Export it again", "重新导出"), "r"),
    Offer.RENDER_HERE: (_T("Render it on this machine, free", "在这台电脑上渲染，免费"), "f"),
    Offer.RENDER_HERE_ANYWAY: (_T("Render it without these", "不含这些，照样渲染"), "f"),
}
"""What each says, and its letter."""


class Marks(NamedTuple):
    """What a turn is among the others."""

    is_asking: bool = False
    """Its question is open."""
    is_newest: bool = False
    """Its result is what there is now."""


class TurnView(Vertical, Plain):
    """Shows a turn; `show` brings it up to date. Parts are mounted when there is something in them."""

    def __init__(self, turn: Turn, marks: Marks = Marks()) -> None:  # noqa: B008
        super().__init__(classes="turn")
        self.turn = turn
        self._marks = marks
        self._parts: dict[str, Widget] = {}

    async def on_mount(self) -> None:
        await self.show(self.turn)

    async def show(self, turn: Turn) -> None:
        """Bring every part up to date."""
        self.turn = turn
        await self._static("user", _user_text(turn), before=0)
        await self.grow(turn)
        await self._static("activity", self._activity(turn))
        await self._static("problem", problem_card(turn.problem) if turn.problem else None)
        await self._show_result(turn)
        self.set_class(turn.route == "note", "-note")

    async def mark(self, marks: Marks) -> None:
        """Show what it is among the others now."""
        if marks != self._marks:
            self._marks = marks
            await self._show_result(self.turn)

    async def _show_result(self, turn: Turn) -> None:
        """What was done, what was not, the timeline, what can be done next."""
        if turn.receipt is not None:
            from vbtui.ui.chat import receipt

            await self._show_lines(turn)
            await self._show_lanes(turn.receipt)
            await self._static("state", receipt.state_of(turn))
            if "state" in self._parts:
                has_above = "lines" in self._parts or "lanes" in self._parts
                self._parts["state"].set_class(not has_above, "-alone")
        await self._show_offers(turn)

    async def _show_lines(self, turn: Turn) -> None:
        from vbtui.ui.chat.receipt import Lines, result_lines

        found, lines = result_lines(turn), self._parts.get("lines")
        if lines is None and found:
            lines = self._parts["lines"] = Lines()
            state = self._parts.get("state") or self._parts.get("offers")
            await self.mount(lines, before=state)
        if isinstance(lines, Lines):
            lines.put(found)
            self._put_first(lines, turn)

    def _put_first(self, lines: Widget, turn: Turn) -> None:
        """The local studio's words are notes to what it did: they stand below that."""
        reply, children = self._parts.get("reply"), self.children
        is_note = host_of(self).is_local and turn.receipt is not None and turn.receipt.changes
        if is_note and reply is not None and children.index(reply) < children.index(lines):
            self.move_child(reply, after=lines)

    async def _show_lanes(self, slip: Receipt) -> None:
        """The timeline in small, where that is what the turn made, and there is room for it."""
        from vbtui.ui.chat.receipt import LEAST_HEIGHT, Lanes

        version = host_of(self).engine
        current = version.drafts.current if version is not None else None
        is_shown = (
            self._marks.is_newest
            and current is not None
            and current.version == slip.version > 0
            and slip.tracks > 0
            and self.app.size.height >= LEAST_HEIGHT
        )
        lanes = self._parts.get("lanes")
        if lanes is None and is_shown:
            lanes = self._parts["lanes"] = Lanes()
            await self.mount(lanes, before=self._parts.get("state") or self._parts.get("offers"))
        elif isinstance(lanes, Lanes):
            if is_shown:
                lanes.redraw()
            else:
                del self._parts["lanes"]
                await lanes.remove()

    async def grow(self, turn: Turn) -> None:
        """Nothing but the reply is different."""
        self.turn = turn
        if not turn.reply:
            return
        from vbtui.ui.chat.answer import Reply

        reply = self._parts.get("reply")
        if reply is None:
            reply = self._parts["reply"] = Reply()
            user = self._parts.get("user")
            await self.mount(reply, after=user) if user else await self.mount(reply, before=0)
        assert isinstance(reply, Reply)
        height = next((one.size.height for one in self.ancestors if isinstance(one, Transcript)), 0)
        ahead = host_of(self).line.lines_ahead(height)
        await reply.show(turn.reply, is_over=turn.state not in BUSY_TURNS, ahead=ahead)
        self.set_class(reply.has_blocks, "-blocks")

    def start(self, height: int) -> Widget:
        """Where it begins, in a view of so many lines; a message that would fill most of that is left out."""
        user = self._parts.get("user")
        is_long = user is not None and user.outer_size.height * 2 > height
        answer = [part for part in self.children if part is not user and part.display]
        return answer[0] if is_long and answer else self

    def tick(self) -> None:
        """A second has passed while the turn runs."""
        activity, text = self._parts.get("activity"), self._activity(self.turn)
        if isinstance(activity, Steady) and text is not None:
            activity.put(text)

    @property
    def offers(self) -> Choices | None:
        """What is offered below the turn; None when nothing is."""
        offers = self._parts.get("offers")
        return offers if isinstance(offers, Choices) and offers.display else None

    async def _static(self, name: str, text: Content | None, *, before: int | None = None) -> None:
        part = self._parts.get(name)
        if part is not None:
            part.display = text is not None
        if text is None:
            return
        if part is None:
            part = self._parts[name] = Steady(text, classes=f"turn-{name}")
            offers = self._parts.get("offers")
            await self.mount(part, before=before if offers is None or before == 0 else offers)
        elif isinstance(part, Steady):
            part.put(text)

    async def _show_offers(self, turn: Turn) -> None:
        choices = choices_of(turn.offers)
        if self._marks.is_asking and turn.question is not None:
            choices += options_of(turn.question)
        elif self._marks.is_newest and turn.receipt is not None:
            from vbtui.ui.chat.receipt import next_choices

            choices += [one for one in next_choices(turn) if one.id not in turn.offers]
        offers = self._parts.get("offers")
        if offers is None and choices:
            offers = self._parts["offers"] = Choices(choices, classes="turn-offers")
            await self.mount(offers)
        if isinstance(offers, Choices):
            offers.offer(choices)
            offers.display = bool(choices)
            made = turn.receipt
            offers.set_class(bool(made and (made.version or made.video)), "-close")

    def _activity(self, turn: Turn) -> Content | None:
        if turn.state not in BUSY_TURNS:
            return None
        from vbtui.ui.chat.answer import activity_of

        text = activity_of(turn)
        since = turn.sent_at or turn.created_at
        elapsed = time_code(round(max(host_of(self).now() - since, 0) * 1000))
        return Content.assemble(
            ("▸ ", "$text-primary"), (text, "$text-primary"), (f" · {elapsed}", "$foreground-muted")
        )

    def on_choices_chosen(self, event: Choices.Chosen) -> None:
        event.stop()
        if event.choice.key.isdecimal():
            self.post_message(OptionTaken(self.turn, int(event.choice.key)))
        else:
            self.post_message(OfferTaken(self.turn, event.choice.id))


def choices_of(offers: Sequence[str]) -> list[Choice]:
    """The offers as choices; an unknown one is shown by its name."""
    return [_choice_of(offer) for offer in offers]


def _choice_of(offer: str) -> Choice:
    if offer not in _OFFERS:
        return Choice(offer, offer.replace("_", " "))
    text, letter = _OFFERS[offer]
    return Choice(offer, text.of(), letter)


def options_of(question: Question) -> list[Choice]:
    """The options that have a key; the question itself, above them, has all in full."""
    return [
        Choice(f"option {number}", shorten(label, _OPTION_CELLS), str(number))
        for number, label in enumerate(question.options[:_KEYED], 1)
    ]


def _user_text(turn: Turn) -> Content | None:
    if not turn.text:
        return None
    ended = _ENDED.get(turn.state)
    mark = f"  {ended.of()}" if ended else ""
    by = f"  · {turn.author}" if turn.author else ""
    return Content.assemble((turn.text, "bold"), (by, "$foreground-muted"), (mark, "$text-warning"))


_ENDED = {
    TurnState.STOPPED: _T("(stopped)", "（已停止）"),
    TurnState.DROPPED: _T("(dropped)", "（已放弃）"),
    TurnState.UNKNOWN: _T("(how it ended is not known)", "（结果未知）"),
}


STEP = 8
"""Turns that are mounted first, and that the window moves on by, in a terminal of 24 lines."""
_LEAST_HEIGHT = 3
"""Lines of a turn."""


@dataclass(frozen=True, slots=True)
class Window:
    """The turns [start, end) of `count`: at most two and a half times `step`."""

    start: int = 0
    end: int = 0
    count: int = 0
    step: int = STEP

    @property
    def most(self) -> int:
        return self.step * 5 // 2

    @property
    def has_older(self) -> bool:
        return self.start > 0

    @property
    def has_newer(self) -> bool:
        return self.end < self.count

    def newest(self, count: int) -> Window:
        """The last `step` of `count` turns."""
        return replace(self, start=max(count - self.step, 0), end=count, count=count)

    def oldest(self) -> Window:
        """The first `step` of them."""
        return replace(self, start=0, end=min(self.step, self.count))

    def around(self, place: int) -> Window:
        """That turn with some before and some behind it."""
        start = max(min(place - self.step // 2, self.count - self.step), 0)
        return replace(self, start=start, end=min(start + self.step, self.count))

    def grown(self, count: int) -> Window:
        """There are `count` turns now: new ones are shown if the last ones were."""
        if self.has_newer:
            return replace(self, end=min(self.end, count), count=count)
        start = max(min(self.start, count), count - self.most, 0)
        return replace(self, start=start, end=count, count=count)

    def older(self) -> Window:
        """`step` turns further up; the newest ones leave when there would be too many."""
        start = max(self.start - self.step, 0)
        return replace(self, start=start, end=min(self.end, start + self.most))

    def newer(self) -> Window:
        """`step` turns further down; the oldest ones leave when there would be too many."""
        end = min(self.end + self.step, self.count)
        return replace(self, start=max(self.start, end - self.most), end=end)
