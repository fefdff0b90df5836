"""One project and what can be done to it without a screen: say something, answer, go back, add media, look.

The doing behind the commands and behind other doors. Each method does one thing, waits for its end, and gives it
as a value; nothing here reads arguments or prints. All of it goes through the engine's services onto the journal,
so that an open vbtui shows it.

What was said is done once, also where the process is killed in the middle and its command is run again: until its
end was told (`is_told`) a sentence is marked as awaited, and the same sentence of the same author's next engine is
not said again but waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from vbtui.base.errors import Stopped, TimedOut, UsageError, VbtuiError
from vbtui.base.problem import Problem
from vbtui.base.settings import Settings
from vbtui.base.spoken import speaks_chinese
from vbtui.base.text import clean, clean_line
from vbtui.base.times import time_code
from vbtui.base.translation import Translation
from vbtui.cli.shell import Shell, demand_backend, opened_journal
from vbtui.cli.uploads import Uploads
from vbtui.conversation.question import meant_by
from vbtui.engine import Engine
from vbtui.journal import sessions
from vbtui.journal.records import Asset, Render, Session, Turn, TurnState, asking
from vbtui.session.studio import LOCAL

if TYPE_CHECKING:
    from vbtui.fallback.pictures import Composed
    from vbtui.wire.extras import Plan

_T = Translation
_NO_SUCH = _T("There is no project “{name}”.", "没有项目“{name}”。")
_NONE_YET = _T("There is no project yet.", "还没有项目。")
_START_ONE = _T(
    "Make one of your files: vbtui media add FILE… --project NAME --local",
    "用文件新建一个：vbtui media add FILE… --project NAME --local",
)
_NO_QUESTION = _T("Nothing is asked in this project.", "这个项目里没有待回答的问题。")
_NO_OPTION = _T("There is no choice {choice}: {known}.", "没有选项 {choice}：{known}。")
_NO_EARLIER = _T("There is no earlier version to go back to.", "没有可以恢复的更早版本。")
_DELETED = _T("The message was deleted before it was sent.", "这条消息在发送前被删除了。")
_EMPTY = _T("The timeline is empty.", "时间线是空的。")
_SHORTER = _T("The video ends at {length}.", "视频在 {length} 结束。")
_NO_PICTURE = _T("Nothing is seen there.", "那里没有画面。")
_UNDO, _UNDO_SEVERAL = _T("undo", "撤销"), _T("undo the last {count}", "撤销最后{count}次")
_REDO = _T("redo", "重做")
_STUDIO_LIMIT_S = 60.0
"""So long the local studio may still work on what a dead vbtui asked for."""
_WITHDRAW_S = 3.0
_WIDTH, _HEIGHT = 1280, 720
"""Of a picture whose timeline names no size."""
SERVICES = ("session", "turns", "uploads", "renders")
"""What a door needs to run; no folder is watched."""


def backends_of(
    settings: Settings, *, local: bool = False, cloud: bool = False, server: str = ""
) -> tuple[str, ...]:
    """The backends that are meant: those that were named, else all of this configuration (`Session.backend`)."""
    named = [*([LOCAL] if local else ()), *([settings.api_url] if cloud else ())]
    named += [server.rstrip("/")] if server else []
    return tuple(named) or (LOCAL, settings.api_url)


async def find_project(
    settings: Settings,
    name: str = "",
    *,
    local: bool = False,
    cloud: bool = False,
    server: str = "",
) -> Session | None:
    """The project of that name or id, or without one any, that was open last, at the backend that was named, else at
    any of this configuration; by its id also one that is off the list. Asks nobody."""
    backends = backends_of(settings, local=local, cloud=cloud, server=server)
    found: list[Session | None] = []
    async with opened_journal(settings) as journal:
        for backend in backends:
            find = partial(sessions.findable, name=clean_line(name), backend=backend)
            found.append(await journal.run(find) if journal else None)
    return max((one for one in found if one), key=lambda one: one.used_at, default=None)


def no_project(name: str = "") -> UsageError:
    """Nothing can be done to a project that is not there."""
    message = _NO_SUCH.of(name=clean_line(name)) if name else _NONE_YET
    return UsageError(message, hint=_START_ONE)


def engine_of(settings: Settings, session: Session, author: str, folder: Path) -> Engine:
    """An engine for a project that is there. Not started."""
    is_local = session.backend == LOCAL
    server = "" if is_local else session.backend
    return Engine(
        settings, local=is_local, server=server, project=session.id, folder=folder, author=author
    )


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a sentence."""

    turn: Turn
    renders: tuple[Render, ...] = ()
    """What it had exported, as that ended."""
    media: tuple[Asset, ...] = ()
    """The files that it brought."""
    is_local: bool = False
    """The local studio did it, which says what it does not do; an agent elsewhere may only talk."""
    is_resumed: bool = False
    """It was said by an engine that died before it could tell what came of it."""

    @property
    def outcome(self) -> str:
        """`done`: all of it; `in_part`: some of it was not done; `refused`: nothing was done; `answered`: nothing
        was to be done; `unchanged`: there was an answer, and no edit; `question`: nothing is done before that is answered; `unseen`: nobody knows; `stopped`: by
        somebody else; `failed`."""
        turn, slip = self.turn, self.turn.receipt
        if turn.state in (TurnState.STOPPED, TurnState.DROPPED):
            return "stopped"
        if turn.state is TurnState.UNKNOWN or (slip is not None and slip.unseen):
            return "unseen"
        if turn.state is not TurnState.DONE:
            return "failed"
        if turn.question is not None:
            return "question"
        has_changed = slip is not None and bool(slip.changes or slip.with_next)
        if slip is not None and (slip.undone or slip.unshown):
            return "in_part" if has_changed else "refused"
        if any(render.path is None for render in self.renders):
            return "failed"
        if has_changed or turn.route != "edit":
            return "done"
        return "answered" if self.is_local else "unchanged"

    @property
    def problem(self) -> Problem | None:
        """Why it failed; None where it did not."""
        problems = (self.turn.problem, *(one.problem for one in self.renders if one.path is None))
        return next((one for one in problems if one is not None), None)


class Door:
    """A project at work.

    Args:
        shell: at work, with the services that `SERVICES` names; its engine has an author. Each report that it hears
            is to be given to `heard`.
        is_alone: nobody else speaks for its author in the project: what any engine before left is gone on with.
    """

    def __init__(self, shell: Shell, *, is_alone: bool = False) -> None:
        self.shell, self.engine = shell, shell.engine
        self.uploads = Uploads(shell)
        self._is_alone = is_alone
        self._left: list[Turn] | None = None
        """What an engine that died has left untold, and was not asked for again yet; None: not looked for."""
        self._told: list[Turn] = []
        """What was said here, and is to be marked as told."""
        self.waits_for = 0
        """The id of the turn that is under way here; 0 for none."""

    # -- saying -------------------------------------------------------------------------------

    async def say(self, text: str, *, route: str = "") -> Said:
        """Say a sentence, and see it to its end. Raises `VbtuiError` where it cannot be said, or is deleted or stopped
        by somebody else; what became of it otherwise is in the value.

        Args:
            route: whom it is for (`Turn.route`); empty: what the words say.
        """
        demand_backend(self.engine.overview)
        text = clean(text).strip()
        before = await self._before()
        left = await self._left_of(text)
        if left is not None and (ended := await self._settled(left)) is not None:
            return await self._said(ended, before, is_resumed=True)
        turn = await self.engine.conversation.say(text, route=route)
        return await self._said(await self._over(turn), before)

    async def answer(self, choice: str) -> Said:
        """Answer what is asked, by the number of a choice, its words, or other words. Raises `UsageError` where nothing
        is asked, or no choice has that number, and as `say` does."""
        demand_backend(self.engine.overview)
        conversation = self.engine.conversation
        before = await self._before()
        left = await self._untold()
        asks = asking(
            [one for one in conversation.turns if not left or one.position < left[0].position]
        )
        if asks is None:
            raise UsageError(_NO_QUESTION)
        words = _chosen(asks, choice)
        found = await self._left_of(words)
        if found is not None and (ended := await self._settled(found)) is not None:
            return await self._said(ended, before, is_resumed=True)
        turn = await conversation.answer(asks.id, words)
        return await self._said(await self._over(turn), before)

    async def undo(self, count: int = 1) -> Said:
        """Take the last edits back. Raises `UsageError` where there are not so many, and as `say` does."""
        chinese = speaks_chinese()
        if self.engine.overview.is_local:
            said = _UNDO.of(chinese) if count == 1 else _UNDO_SEVERAL.of(chinese, count=count)
            return await self.say(said, route="edit")
        if (
            left := await self._untold()
        ):  # the sentence is made of the timeline, which may be another by now
            return await self.say(left[0].text, route="edit")
        await self.engine.drafts.newest()
        if not (sentence := await self.engine.drafts.taking_back(count)):
            raise UsageError(_NO_EARLIER)
        return await self.say(sentence, route="edit")

    async def redo(self) -> Said:
        """Make the last edit that was taken back again. Raises as `say` does."""
        return await self.say(_REDO.of(speaks_chinese()), route="edit")

    async def plan(self, say: Sequence[Sequence[str]]) -> Sequence[Plan]:
        """What each of these turns, or rows of turns, would do, and nothing is done.

        Raises `StudioProblem` where the backend cannot be asked.
        """
        demand_backend(self.engine.overview)
        return (await self.engine.commands.plan(say)).plans

    async def is_told(self) -> None:
        """What came of all that was said here has been told: the same is said anew from now on."""
        told, self._told = self._told, []
        await self.engine.conversation.is_told(told)

    # -- looking ------------------------------------------------------------------------------

    async def frame(self, at_ms: int, *, longest: int = 0) -> Composed:
        """The picture of the newest timeline at that time, as large as the video; what misses in it is named.

        Args:
            longest: pixels of its longer side at most; 0: any.

        Raises `UsageError` where nothing is built, or the video is shorter, and `VbtuiError` where nothing can draw it.
        """
        draft = await self.engine.drafts.newest()
        line = draft.timeline if draft is not None else None
        if draft is None or line is None or not line.duration_ms:
            raise UsageError(_EMPTY)
        if at_ms >= line.duration_ms:
            raise UsageError(_SHORTER.of(length=time_code(line.duration_ms)))
        width, height = line.width or _WIDTH, line.height or _HEIGHT
        if longest and max(width, height) > longest:
            share = longest / max(width, height)
            width, height = (max(round(one * share), 1) for one in (width, height))
        found = await self.engine.previews.frames(draft, at_ms, width=width, height=height)
        if not found.pictures:
            raise VbtuiError(found.reason or _NO_PICTURE, code="no_picture")
        return found

    # -- media --------------------------------------------------------------------------------

    async def add_media(self, files: Sequence[Path]) -> list[Asset]:
        """Upload files and wait; as they are then, failed ones too. One that was added before is nothing new.

        Raises `VbtuiError` where none could be used.
        """
        demand_backend(self.engine.overview)
        return await self.uploads.upload(files)

    async def remove_media(self, names: Sequence[str]) -> list[Asset]:
        """Take files off the project's list; what the timeline has of them stays. Raises `UsageError` for a name that
        no file has, before anything is removed."""
        assets = self.engine.library.assets
        wanted = [one for name in names for one in _named(assets, name)]
        for asset in wanted:
            await self.engine.library.forget(asset.id)
        return wanted

    def heard(self, asset: Asset) -> None:
        """A file is further on its way."""
        self.uploads.heard(asset)

    # -- inside -------------------------------------------------------------------------------

    async def _before(self) -> tuple[set[str], set[int]]:
        """What is there before something is said: renders, files."""
        renders = {one.id for one in self.engine.exports.renders}
        return renders, {one.id for one in self.engine.library.assets}

    async def _said(
        self, turn: Turn, before: tuple[set[str], set[int]], *, is_resumed: bool = False
    ) -> Said:
        """With what it set going, when that is over."""
        self._told.append(turn)
        is_local = self.engine.overview.is_local
        if turn.route == "edit" or turn.state is not TurnState.DONE:
            return Said(turn, is_local=is_local, is_resumed=is_resumed)
        await self.engine.sessions.load()  # another process may have carried it out
        renders = [one for one in self.engine.exports.renders if one.id not in before[0]]
        renders = [one for one in renders if one.session_id == turn.session_id]
        self.shell.follow(renders)
        await self.shell.until(lambda: all(one.state.is_over for one in self.shell.renders))
        fresh = {one.id for one in self.engine.library.assets if one.id not in before[1]}
        media = await self.uploads.settled(fresh)
        return Said(turn, tuple(self.shell.renders), tuple(media), is_local, is_resumed)

    async def _over(self, turn: Turn) -> Turn:
        """`turn`, when it is over. Where this is cancelled while it waits, it is never sent."""
        conversation = self.engine.conversation

        def now() -> Turn | None:
            return next((one for one in conversation.turns if one.id == turn.id), None)

        def is_over() -> bool:
            known = now()
            return known is None or known.state.is_over or known.state is TurnState.UNKNOWN

        self.waits_for = turn.id
        try:
            await self.shell.until(is_over)
        except BaseException:
            self._leave(turn)
            with suppress(VbtuiError, TimeoutError):
                async with asyncio.timeout(_WITHDRAW_S):
                    await conversation.delete_queued(turn.id)
            raise
        finally:
            self.waits_for = 0
        ended = now()
        if ended is None:
            raise Stopped(_DELETED, hint="")
        return ended

    async def _untold(self) -> list[Turn]:
        if self._left is None:
            left = await self.engine.conversation.left_untold(every=self._is_alone)
            self._left = list(left)
        return self._left

    def _leave(self, turn: Turn) -> None:
        """Nobody waits for it any more: said again, it is waited for, unless it never went out."""
        left = self._left or []
        self._left = [*(one for one in left if one.id != turn.id), turn]

    async def _left_of(self, text: str) -> Turn | None:
        """The turn of a dead engine that said this, in this place; None where it said something else, which nobody
        asks for any more."""
        left = await self._untold()
        if left and left[0].text == text:
            return left.pop(0)
        await self._forget_left()
        return None

    async def _forget_left(self) -> None:
        left, self._left = await self._untold(), []
        if left:
            await self.engine.conversation.is_told(left)

    async def _settled(self, left: Turn) -> Turn | None:
        """What became of a turn that a dead engine left; None where it is certain that nothing did, and it may be said
        again."""
        conversation = self.engine.conversation
        await conversation.expect([left])
        if self.engine.overview.is_local:
            try:
                async with asyncio.timeout(_STUDIO_LIMIT_S):
                    await self.engine.commands.plan(
                        []
                    )  # the studio works on one turn of a project at a time
            except TimeoutError:
                self._leave(left)
                raise TimedOut(code="timed_out.unseen") from None
            await conversation.load()
            await conversation.reconcile()
        turn = next((one for one in conversation.turns if one.id == left.id), None)
        if turn is None:
            return None
        if turn.state is TurnState.UNKNOWN:
            if self.engine.overview.is_local:
                await conversation.is_told([turn])
                await conversation.drop(turn)
                return None
            await conversation.watch(turn)
        turn = await self._over(turn)
        if turn.state is TurnState.FAILED and turn.sent_at is None:  # it never went out
            await conversation.is_told([turn])
            return None
        return turn


def _chosen(asks: Turn, choice: str) -> str:
    """The words of an answer. Raises `UsageError` for a number that no choice has."""
    question, choice = asks.question, clean(choice).strip()
    assert question is not None
    if meant := meant_by(question, choice):
        return meant
    known = [one for one in question.options if one.casefold() == choice.casefold()]
    if known:
        return known[0]
    if question.options and choice.isdecimal():
        listed = ", ".join(f"{number} {one}" for number, one in enumerate(question.options, 1))
        raise UsageError(_NO_OPTION.of(choice=choice[:20], known=listed), hint="")
    return choice


def _named(assets: Sequence[Asset], name: str) -> list[Asset]:
    found = [one for one in assets if clean_line(name) in (one.name, one.label, str(one.id))]
    if not found:
        raise UsageError(code="usage.no_file", name=clean_line(name))
    return found
