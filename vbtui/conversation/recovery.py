"""The end of a turn that nobody saw: looks at the timeline until it tells.

wire/README.md, The end of a turn: after a broken connection wait, read the state, then a few more times; a change is
reported, no change is said, and sending again is only ever offered.
"""

from __future__ import annotations

import time
from dataclasses import replace

from vbtui.base.catalogue import Translation
from vbtui.base.errors import VbtuiError
from vbtui.base.problem import Problem
from vbtui.base.times import format_seconds
from vbtui.conversation.queue import Turns
from vbtui.conversation.receipts import what_changed
from vbtui.journal.records import Offer, Receipt, Turn, TurnState
from vbtui.language.mousetalk import translate
from vbtui.language.quotes import is_chinese
from vbtui.session.context import Context
from vbtui.session.drafts import Difference, Drafts

UNSEEN = Translation("Nobody saw how this ended", "不清楚这条消息的结果")
LOOKING = Translation(
    "{cause}; looking at the timeline in {wait} ({number} of {total})",
    "{cause}；{wait}后查看时间线（第 {number} 次，共 {total} 次）",
)
BROKE_HERE = Translation("*(the answer breaks off here)*", "*（回答在此中断）*")
RECOVERED = Translation("{cause}, but the edit was made:", "{cause}，但修改已经完成：")
AWAY = Translation("This finished while vbtui was away:", "vbtui 关闭期间已完成：")
AWAY_UNKNOWN = Translation(
    "vbtui ended while this was under way (sent at {time}), and the timeline has not changed since."
    " It may still run.",
    "vbtui 在处理这条消息时退出了（发送于 {time}），时间线此后没有变化。它可能仍在运行。",
)
AWAY_UNSEEN = Translation(
    "vbtui ended while this was under way (sent at {time}), and the backend cannot be asked now.",
    "vbtui 在处理这条消息时退出了（发送于 {time}），现在无法询问后台。",
)
NOT_RECOVERED = Translation(
    "{cause}, and the timeline has not changed in {elapsed}. The message was not sent again.",
    "{cause}，{elapsed}内时间线没有变化。消息没有重新发送。",
)
NOT_SEEN = Translation(
    "{cause}, and the backend could not be asked what became of it."
    " The message was not sent again.",
    "{cause}，也无法向后台查询结果。消息没有重新发送。",
)
STILL_NOT = Translation(
    "The timeline has still not changed. The message was not sent again.",
    "时间线仍然没有变化。消息没有重新发送。",
)
STILL_NOT_SEEN = Translation(
    "The backend could not be asked what became of it. The message was not sent again.",
    "无法向后台查询结果。消息没有重新发送。",
)

OFFERS = (Offer.WATCH, Offer.SEND_AGAIN, Offer.DROP)


class Recovery:
    """Settles turns by the timeline alone; sends nothing."""

    def __init__(self, context: Context, turns: Turns, drafts: Drafts) -> None:
        self._context, self._turns, self._drafts = context, turns, drafts

    async def watch(self, turn: Turn, *, at_once: bool, cause: Translation = UNSEEN) -> None:
        """Look up to `recover_tries` times; the turn ends `done` or `unknown`.

        Args:
            cause: why nobody saw the end.
            at_once: whether the first look comes without the wait of `recover_first`.
        """
        timing, chinese = self._context.settings.timing, is_chinese(turn.text)
        why = cause.of(chinese)
        draft_before = turn.draft_before
        if draft_before is None:
            draft_before = await self._drafts.newest_version(turn.session_id)
        began = self._context.clock.monotonic()
        turn = await self._turns.keep(
            replace(turn, state=TurnState.RECOVERING, problem=None, offers=())
        )
        total, seen = max(int(timing.recover_tries), 1), False
        for number in range(total):
            wait = timing.recover_next if number else timing.recover_first
            wait = 0.0 if at_once and not number else wait
            at = {"cause": why, "number": number + 1, "total": total}
            self._show(turn, LOOKING.of(chinese, wait=format_seconds(wait), **at))
            await self._context.clock.sleep(wait)
            difference = await self._look(turn, draft_before)
            seen = seen or difference is not None
            if difference is not None and difference.changed:
                await self._found(turn, difference, RECOVERED.of(chinese, cause=why))
                return
        elapsed = format_seconds(self._context.clock.monotonic() - began)
        if cause is UNSEEN:
            sentence = (STILL_NOT if seen else STILL_NOT_SEEN).of(chinese)
        else:
            sentence = (NOT_RECOVERED if seen else NOT_SEEN).of(chinese, cause=why, elapsed=elapsed)
        await self._unknown(turn, sentence)

    async def mark_away(self, turn: Turn) -> None:
        """A turn that a vbtui left behind when it ended: nobody knows yet, so it says that."""
        time_of_day = _time_of_day(turn)
        await self._unknown(turn, AWAY_UNSEEN.of(is_chinese(turn.text), time=time_of_day))

    async def settle(self, turn: Turn) -> None:
        """One look at a turn that was left behind; it ends `done` or stays `unknown`."""
        chinese = is_chinese(turn.text)
        if turn.draft_before is None:
            return
        difference = await self._look(turn, turn.draft_before)
        if difference is not None and difference.changed:
            await self._found(turn, difference, AWAY.of(chinese))
        elif difference is not None:
            await self._unknown(turn, AWAY_UNKNOWN.of(chinese, time=_time_of_day(turn)))

    async def _look(self, turn: Turn, draft_before: int) -> Difference | None:
        try:
            await self._drafts.look(turn.session_id, turn.id)
            return await self._drafts.since(turn.session_id, draft_before)
        except VbtuiError:
            return None

    async def _found(self, turn: Turn, difference: Difference, headline: str) -> None:
        chinese, now = is_chinese(turn.text), self._context.clock.now()
        said = translate(turn.reply).text.strip()
        parts = [said, BROKE_HERE.of(chinese)] if said else []
        parts += [headline, what_changed(difference, chinese)]
        seconds = max(now - (turn.sent_at or now), 0.0)
        slip = Receipt(changes=difference.changes, seconds=seconds, is_told=True)
        await self._turns.keep(
            replace(
                turn,
                state=TurnState.DONE,
                reply="\n\n".join(parts),
                receipt=slip,
                problem=None,
                offers=(),
                activity="",
                ended_at=now,
            )
        )

    async def _unknown(self, turn: Turn, sentence: str) -> None:
        chinese = is_chinese(turn.text)
        problem = Problem.coded("turn_unseen", chinese=chinese, message=sentence)
        await self._turns.keep(
            replace(turn, state=TurnState.UNKNOWN, problem=problem, offers=OFFERS, activity="")
        )

    def _show(self, turn: Turn, activity: str) -> None:
        now = self._context.clock.now()
        self._turns.show(replace(turn, activity=activity, activity_since=now))


def _time_of_day(turn: Turn) -> str:
    return time.strftime("%H:%M", time.localtime(turn.sent_at or turn.created_at))
