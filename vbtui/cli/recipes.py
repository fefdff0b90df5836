"""A folder with a sentence: each new file gets its own project, the sentence, and its own video.

    file ──► session ──► upload ──► sentence(s) ──► export ──► DIR/done/<name>.mp4, or .gif, … as it is said
                                             └── what fails ──► DIR/done/report.txt

The ledger of a recipe is a scope of its own in the journal: a file is worked on once, by one
process – each file, also one that is a copy of another – and its row keeps the session's id, so that a restart goes on where it was instead of
sending a sentence twice.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from vbtui.base.errors import (
    DiskProblem,
    NetworkError,
    NoCredits,
    PlanBlocked,
    SessionNotFound,
    SignInRefused,
    VbtuiError,
)
from vbtui.base.formats import FORMATS, USUAL
from vbtui.base.problem import Problem
from vbtui.base.text import clean_line, safe_filename
from vbtui.base.translation import Translation
from vbtui.cli.shell import Shell, stops_all
from vbtui.conversation.receipts import told
from vbtui.exports.presets import check_format, options_for
from vbtui.journal import sessions
from vbtui.journal.assets import AssetRow
from vbtui.journal.owners import owner_is_alive
from vbtui.journal.records import (
    Asset,
    AssetState,
    ExportOptions,
    Reason,
    Render,
    RenderState,
    Turn,
    TurnState,
)
from vbtui.language.intents import EXPORT, route
from vbtui.media.files import phrase
from vbtui.media.folder.watch import WatchedFolder
from vbtui.media.intake import Intake
from vbtui.media.ledger import Ledger
from vbtui.session.events import AssetChanged, Event, Link, RenderChanged, TurnChanged

_T = Translation
_NO_FOLDER = _T("{folder} cannot be made: {why}.", "无法新建 {folder}：{why}。")
_MAKE_ROOM = _T(
    "The videos go there: make the folder writable, or copy the files into one that is.",
    "视频会放在那里：请让文件夹可写，或把文件复制到可写的文件夹。",
)
_UNREPORTED = _T("The report cannot be written", "无法写入报告")
_BECAUSE = _T("{folder}: {why}.", "{folder}：{why}。")
_NO_UPLOAD = _T("the upload ended as {state}", "上传以 {state} 结束")
_NO_END = _T("“{sentence}” came to no end", "“{sentence}”没有结束")
_UNSEEN = _T(
    "“{sentence}”: what it changed cannot be told: {why}", "“{sentence}”：无法得知改动了什么：{why}"
)
_UNCHANGED = _T("“{sentence}” changed nothing: {reply}", "“{sentence}”没有改动任何内容：{reply}")
_NO_VIDEO = _T("no video came", "没有得到视频")
_MOST_TRIES, _MOST_TRIES_ONCE = 20, 3
"""So often a file is begun after the network failed in its middle; the second where the command is to
end by itself."""
_PAUSE_S, _LONGEST_PAUSE_S = 2.0, 300.0
_NAMES = "|".join(FORMATS)
_EXPORT_AT_END = re.compile(
    r"(?:[\s,;，、。.]|\band\b|\bthen\b|然后|并|再)*"
    rf"(?:\bexport(?:\s+it)?(?:\s+(?:as|to|in)(?:\s+an?)?\s+(?:{_NAMES}))?|导出(?:视频)?(?:(?:为|成)?\s?(?:{_NAMES}|动图))?)"
    r"[\s.!。！]*\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to one file of a recipe."""

    name: str
    path: Path
    what: str
    """`begun`, `said`, `unchanged` (a sentence did nothing), `exporting`, `checked` (what is odd about the video, or what it is fit for), `waiting` (something is
    tried again), `done` or `failed`."""
    detail: str = ""
    """The sentence that was said, or the reason."""
    video: Path | None = None


class Failed(Exception):
    """A file came to no video; the text says why."""


def sentences_of(then: str) -> tuple[str, ...]:
    """What is said for each file: one sentence a line; the export at the end comes by itself."""
    lines = [line.strip() for line in then.splitlines()]
    edits = [_EXPORT_AT_END.sub("", line).strip() for line in lines]
    return tuple(edit for edit in edits if edit and route(edit).kind != EXPORT)


def export_of(then: str) -> ExportOptions:
    """The export at the end, in the format and for the platform that the sentence names. Raises `UsageError` for what
    nothing is exported as."""
    said = [route(line).options for line in then.splitlines()]
    wanted = next((one for one in reversed(said) if "format" in one or "preset" in one), {})
    options = ExportOptions(
        format=wanted.get("format", USUAL).split(",")[0], at_ms=int(wanted.get("at_ms", 0))
    )
    if preset := wanted.get("preset", "").split(",")[0]:
        options = options_for(preset, options)
    check_format(options)
    return options


class Recipes:
    """Runs one recipe for one folder.

    Args:
        shell: at work. The open session of its engine changes with every file.
        report: told of every step.
        once: what the account lacks ends it, and nothing is tried for long.
    """

    def __init__(
        self,
        shell: Shell,
        directory: Path,
        then: str,
        report: Callable[[Step], None],
        *,
        once: bool,
    ) -> None:
        self._shell = shell
        self._engine = shell.engine
        self._context = shell.engine.library.context
        self._directory = directory
        self._done = directory / "done"
        self._sentences = sentences_of(then)
        self._export_options = export_of(then)
        self._report = report
        self._once = once
        self._at_work: AssetRow | None = None
        self._waits = ""
        """What the file at work was last said to wait for."""
        self._scope = f"recipe:{self._context.backend}:{os.path.realpath(directory)}"
        self._ledger = Ledger(self._context)
        self._intake = Intake(self._context, self._ledger)
        self._watch = WatchedFolder(self._context, self._ledger, self._intake, lambda row_id: None)
        self._changed = asyncio.Event()
        self._working = False
        self._ledger.listeners.append(lambda row: self._changed.set())

    @property
    def failures(self) -> int:
        """Files that came to no video, now or in an earlier run."""
        rows = self._ledger.rows_of(self._scope)
        return sum(row.state is AssetState.FAILED for row in rows)

    @property
    def is_idle(self) -> bool:
        """Whether every file that is whole has had its turn."""
        busy = self._working or self._intake.is_busy or not self._watch.is_settled
        return not busy and self._next() is None

    async def run(self) -> None:
        """Until cancelled. Raises `DiskProblem` when `DIR/done` cannot be made, `SignInRefused`, and
        with `once` what the account lacks."""
        await asyncio.to_thread(self._make_done)
        await self._ledger.open([self._scope])
        self._intake.resume(self._ledger.rows_of(self._scope))
        self._watch.begin(self._directory, self._scope)
        unsubscribe = self._context.bus.subscribe(self._heard)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._intake.run(), name="recipe-intake")
                tasks.create_task(self._watch.run(), name="recipe-watch")
                tasks.create_task(self._work(), name="recipe-work")
        finally:
            unsubscribe()

    def _heard(self, event: Event) -> None:
        """Something happened; what keeps the file at work waiting is told."""
        self._changed.set()
        match event:
            case AssetChanged(asset) if asset.state is AssetState.UPLOADING and asset.reason:
                self._tell_waiting(asset.reason)
            case AssetChanged(asset) if asset.state is AssetState.FAILED and asset.retry_at:
                self._tell_waiting(asset.reason)
            case RenderChanged(render) if render.problem and not render.state.is_over:
                self._tell_waiting(render.problem.message.rstrip("."))
            case TurnChanged(turn) if turn.state is TurnState.RECOVERING and turn.activity:
                self._tell_waiting(turn.activity)
            case _:
                pass

    def _tell_waiting(self, why: str) -> None:
        if self._at_work is not None and why != self._waits:
            self._waits = why
            self._tell(self._at_work, "waiting", why)

    def _make_done(self) -> None:
        try:
            self._done.mkdir(exist_ok=True)
        except OSError as error:
            raise DiskProblem(
                _NO_FOLDER.of(folder=self._done, why=error.strerror), hint=_MAKE_ROOM
            ) from None

    # -- one file after the other -------------------------------------------------------------

    def _next(self) -> AssetRow | None:
        """The oldest file that waits, or that a dead process left in the middle."""
        rows = self._ledger.rows_of(self._scope)
        waiting = [
            row
            for row in rows
            if row.state is AssetState.QUEUED
            or (row.state is AssetState.UPLOADING and not owner_is_alive(row.owner))
        ]
        return min(waiting, key=lambda row: row.id, default=None)

    async def _work(self) -> None:
        while True:
            self._changed.clear()
            row = self._next()
            if row is None:
                await self._changed.wait()
                continue
            self._working = True
            try:
                await self._shell.until(lambda: self._engine.overview.link is Link.READY)
                claimed = await self._ledger.begin(replace(row, forced=True))
                if claimed.owner == self._context.owner and claimed.state is AssetState.UPLOADING:
                    await self._serve(claimed)
            finally:
                self._working, self._at_work = False, None

    async def _serve(self, row: AssetRow) -> None:
        """Make the video of one file; what comes of it is in the ledger and in the report."""
        self._at_work, self._waits = row, ""
        try:
            video = await self._make(row)
        except SignInRefused:
            raise
        except (NoCredits, PlanBlocked) as error:
            if not self._once:
                await self._give_up(self._now(row), Reason(error.code, phrase(error)))
                return
            await self._put_back(self._now(row), error)
            raise
        except (NetworkError, SessionNotFound) as error:
            self._context.link_lost(error)
            now = self._now(row)
            if now.tries + 1 >= (_MOST_TRIES_ONCE if self._once else _MOST_TRIES):
                await self._give_up(now, Reason(error.code, phrase(error)))
                return
            await self._put_back(now, error)
            self._tell_waiting(phrase(error))
            await self._context.clock.sleep(min(_PAUSE_S * 2**now.tries, _LONGEST_PAUSE_S))
        except VbtuiError as error:
            await self._give_up(self._now(row), Reason(error.code, phrase(error)))
        except Failed as error:
            await self._give_up(self._now(row), Reason("recipe", str(error)))
        else:
            await self._ledger.finish(self._now(row))
            self._tell(row, "done", video=video)

    async def _put_back(self, row: AssetRow, error: VbtuiError) -> None:
        """In the queue again, with why."""
        waiting = row.with_asset(state=AssetState.QUEUED, why=Reason(error.code, phrase(error)))
        await self._ledger.change([replace(waiting, owner="", tries=row.tries + 1)])

    def _now(self, row: AssetRow) -> AssetRow:
        return self._ledger.get(row.id) or row

    async def _give_up(self, row: AssetRow, why: Reason) -> None:
        failed = row.with_asset(state=AssetState.FAILED, why=why)
        await self._ledger.change([replace(failed, owner="")])
        untold = await asyncio.to_thread(self._write_report, row.asset.name, why.text)
        if untold is not None:
            self._context.notice(untold, "error")
        self._tell(row, "failed", why.text)

    def _write_report(self, name: str, reason: str) -> Problem | None:
        """One line a failure: when, which file, why. The problem where it cannot be written."""
        when = datetime.fromtimestamp(self._context.clock.now()).strftime("%Y-%m-%d %H:%M:%S")
        try:
            with (self._done / "report.txt").open("a", encoding="utf-8") as report:
                report.write(f"{when}  {name}: {clean_line(reason)}\n")
        except OSError as error:
            return Problem(_UNREPORTED.of(), _BECAUSE.of(folder=self._done, why=error.strerror))
        return None

    def _tell(self, row: AssetRow, what: str, detail: str = "", video: Path | None = None) -> None:
        assert row.asset.path is not None
        self._report(Step(row.asset.name, row.asset.path, what, detail, video))

    # -- the steps of one file ----------------------------------------------------------------

    async def _make(self, row: AssetRow) -> Path:
        """Every step looks first whether an earlier process has taken it. Raises `Failed`."""
        await self._open_session(row)
        self._tell(row, "begun")
        await self._upload(row)
        for number, sentence in enumerate(self._sentences):
            await self._say(row, number, sentence)
        self._tell(row, "exporting")
        return await self._export(row)

    async def _open_session(self, row: AssetRow) -> None:
        if row.asset.url and await self._is_open_again(row.asset.url):
            return
        session = await self._engine.sessions.new(safe_filename(Path(row.asset.name).stem))
        await self._ledger.change([self._now(row).with_asset(url=session.id)])

    async def _is_open_again(self, session_id: str) -> bool:
        """Open the session of an earlier try; False where the backend lost it. Another is begun
        with then: in the one that took its place lies only what became of the earlier try."""
        journal = self._context.journal
        if await journal.run(lambda c: sessions.was_replaced(c, session_id)):
            return False
        try:
            await self._engine.sessions.open(session_id)
        except SessionNotFound:
            return False
        current = self._engine.sessions.current
        return current is not None and current.id == session_id

    async def _upload(self, row: AssetRow) -> None:
        assert row.asset.path is not None
        (asset,) = await self._engine.library.add([row.asset.path], "picked")

        def now() -> Asset:
            here = self._engine.library.assets
            return next((one for one in here if one.id == asset.id), asset)

        def is_over() -> bool:
            if now().retry_at is None:
                return now().state.is_over
            is_hopeless = self._shell.failures[asset.id] >= _MOST_TRIES or stops_all(now())
            return self._shell.is_given_up(now()) if self._once else bool(is_hopeless)

        await self._shell.until(is_over)
        if now().state is AssetState.DONE:
            return
        reason = now().reason or _NO_UPLOAD.of(state=now().state)
        if kind := stops_all(now()):
            raise kind(f"{reason}.")
        raise Failed(reason)

    async def _say(self, row: AssetRow, number: int, sentence: str) -> None:
        """Say a sentence, unless it is said already: a turn is never sent twice by itself."""
        turns = self._engine.conversation.turns
        said = [turn for turn in turns if turn.text and not _was_refused(turn)]
        if number < len(said):
            turn = said[number]
            await self._engine.conversation.expect([turn])
        else:
            turn = await self._engine.conversation.say(sentence)
            self._tell(row, "said", sentence)
        ended = await self._shell.turn_over(turn)
        if ended.state is not TurnState.DONE:
            if ended.problem is not None and stops_all(ended.problem):
                raise ended.problem.error()
            problem = ended.problem.message if ended.problem else _NO_END.of(sentence=sentence)
            raise Failed(problem.rstrip(".。"))
        if ended.receipt is not None and ended.receipt.unseen:
            reason = _UNSEEN.of(sentence=sentence, why=ended.receipt.unseen)
            await asyncio.to_thread(self._write_report, row.asset.name, reason)
        elif ended.receipt is None or not (ended.receipt.changes or ended.receipt.with_next):
            reason = _UNCHANGED.of(sentence=sentence, reply=clean_line(told(ended))[:200])
            await asyncio.to_thread(self._write_report, row.asset.name, reason)
            self._tell(row, "unchanged", reason)

    async def _export(self, row: AssetRow) -> Path:
        session_id = self._engine.sessions.current.id if self._engine.sessions.current else ""
        if not [one for one in self._renders(session_id) if not stops_all(one.problem)]:
            suffix = FORMATS[self._export_options.format].suffix
            wanted = self._done / f"{safe_filename(Path(row.asset.name).stem)}{suffix}"
            options = replace(self._export_options, destination=wanted)
            if not options.preset:
                options = replace(options, quality=self._engine.settings.exports.quality)
            await self._engine.exports.start(options)
        self._shell.follow(self._renders(session_id))
        try:
            await self._shell.until(
                lambda: all(one.state.is_over for one in self._renders(session_id))
            )
        except NetworkError as error:
            if self._once:
                raise Failed(phrase(error)) from None
            raise
        last = self._renders(session_id)[-1]
        if last.state is not RenderState.DONE or last.path is None:
            if last.problem is not None and stops_all(last.problem):
                raise last.problem.error()
            raise Failed(last.problem.message.rstrip(".。") if last.problem else _NO_VIDEO.of())
        if last.problem is not None:
            await asyncio.to_thread(self._write_report, row.asset.name, last.problem.message)
            self._tell(row, "checked", last.problem.message)
        return last.path

    def _renders(self, session_id: str) -> list[Render]:
        return [one for one in self._engine.exports.renders if one.session_id == session_id]


def _was_refused(turn: Turn) -> bool:
    """Whether it came to nothing for what the account lacked: it is said anew, at the next try."""
    changed = turn.receipt is not None and (turn.receipt.changes or turn.receipt.unseen)
    return turn.state is TurnState.FAILED and stops_all(turn.problem) is not None and not changed
