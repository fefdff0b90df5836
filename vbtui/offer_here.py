"""The way out when the backend refuses an export: offered in the conversation, taken there.

refused ── note, offer render_here ──► plan ── whole ──► started
                                         └─ parts missing: named, offer render_here_anyway ──► started
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from vbtui.base.errors import StudioMissing, UsageError
from vbtui.exports.exports import Exports
from vbtui.fallback.plan import HerePlan
from vbtui.journal.records import Render, Turn
from vbtui.session.context import Context
from vbtui.session.studio import require_libraries

RENDER_HERE, ANYWAY = "render_here", "render_here_anyway"
_SHOWN = 8
_ENDS = ".!?…。！？"

_REFUSED = (
    "The export was refused: {reason} This machine can make the video instead, from the files that "
    "you uploaded; it costs nothing.",
    "导出被拒绝：{reason} 可以改用这台电脑上的原始文件在本地免费生成视频。",
)
_AWAY = (
    "The backend cannot be reached, so the export waits. This machine can make the video instead, "
    "from the files that you uploaded; it costs nothing.",
    "现在连不上后端，导出在等待。可以改用这台电脑上的原始文件在本地免费生成视频。",
)
_MISSING = (
    "This machine cannot rebuild all of it. Not in the video:",
    "这台电脑无法重建全部内容。视频里不会有：",
)
_REST = ("and {count} more", "另外还有 {count} 个")
_STARTED = (
    "Rendering “{title}” on this machine; the exports screen (F5) shows how far it is.",
    "正在这台电脑上生成“{title}”，进度见导出页（F5）。",
)


class Note(Protocol):
    """`Conversation.note`."""

    def __call__(self, text: str, *, offers: tuple[str, ...] = ()) -> Awaitable[Turn]: ...


class OfferHere:
    """Makes the offer and does what is chosen.

    Args:
        note: says something in the open conversation.
        is_chinese: whether the conversation is.
    """

    def __init__(
        self, context: Context, exports: Exports, note: Note, is_chinese: Callable[[], bool]
    ) -> None:
        self._context = context
        self._exports = exports
        self._note = note
        self._is_chinese = is_chinese

    async def refused(self, render: Render) -> None:
        """An export of the open project was refused: say what can be done, where it can."""
        reason = render.problem.message.rstrip() if render.problem else ""
        if reason and reason[-1] not in _ENDS:  # the backend's own words
            reason += "。" if self._is_chinese() else "."
        await self._offer(render, self._in_words(_REFUSED, reason=reason))

    async def begun(self, render: Render) -> None:
        """An export was put in the queue: say what can be done where the backend is away."""
        if RENDER_HERE in self._exports.offers(render):
            await self._offer(render, self._in_words(_AWAY))

    async def _offer(self, render: Render, words: str) -> None:
        session = self._context.overview.session
        if session is None or session.id != render.session_id:
            return
        with suppress(StudioMissing):
            require_libraries()
            await self._note(words, offers=(RENDER_HERE,))

    async def take(self, offer: str) -> None:
        """Make the newest export of the open project here that the backend does not make; what is missing is named first,
        unless that was done already. Raises as `Exports.plan_here` and `start_here` do."""
        render = self._newest()
        plan = await self._exports.plan_here(render.session_id, render.draft_version)
        if plan.missing and offer != ANYWAY:
            offers = (ANYWAY,) if plan.can_start else ()
            await self._note(self._list(plan), offers=offers)
            return
        options = replace(render.options, here="")
        started = await self._exports.start_here(plan, options, instead_of=render.id)
        await self._note(self._in_words(_STARTED, title=started.title))

    def _newest(self) -> Render:
        session = self._context.session
        for render in reversed(self._exports.renders):
            if render.session_id == session.id and RENDER_HERE in self._exports.offers(render):
                return render
        raise UsageError("There is no export any more that waits or was refused.")

    def _list(self, plan: HerePlan) -> str:
        shown = [f"- {part}" for part in plan.missing[:_SHOWN]]
        if (rest := len(plan.missing) - _SHOWN) > 0:
            shown.append(f"- {self._in_words(_REST, count=str(rest))}")
        return "\n".join([self._in_words(_MISSING), "", *shown])

    def _in_words(self, pair: tuple[str, str], **values: str) -> str:
        return pair[self._is_chinese()].format(**values)
