"""What the commands without a screen share: an engine at work, progress on stderr, and how they end.

Results go to stdout as lines or, with `--json`, as JSON; progress goes to stderr, as one line that
updates on a terminal, else as plain lines.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vbtui.base.clock import first
from vbtui.base.errors import (
    DiskProblem,
    NoCredits,
    PlanBlocked,
    RateLimited,
    UsageError,
    VbtuiError,
    first_of,
    kind_of,
    said,
)
from vbtui.base.files import disk_errors
from vbtui.base.formats import USUAL, format_of_file
from vbtui.base.text import clean_line, to_json
from vbtui.base.times import format_seconds
from vbtui.base.translation import Translation
from vbtui.cli.progress import Progress
from vbtui.exports.check import REMARK
from vbtui.exports.presets import check_format
from vbtui.journal.records import (
    Asset,
    AssetState,
    ExportOptions,
    Render,
    RenderState,
    Turn,
    TurnState,
)
from vbtui.session.events import AssetChanged, Link, Overview, OverviewChanged, RenderChanged

if TYPE_CHECKING:
    from vbtui.base.problem import Problem
    from vbtui.base.settings import Settings
    from vbtui.engine import Engine
    from vbtui.journal.journal import Journal
    from vbtui.session.events import Event, Noticed

DONE_IN_PART = 6
"""The exit code of a command that did a part of what it was asked for."""
_T = Translation
_GOES_ON = _T(
    "The export is kept: the next vbtui asks about it again.",
    "导出已保留：下次启动 vbtui 会再次询问。",
)
_WAITING = _T("{why}; waiting for the backend.", "{why}；正在等待后台。")
_NO_FOLDER = _T("The folder {folder} does not exist.", "文件夹 {folder} 不存在。")
_MAKE_IT = _T("Make it: mkdir -p {folder}", "新建：mkdir -p {folder}")
_IS_FOLDER, _NAME_FILE = (
    _T("{path} is a folder.", "{path} 是文件夹。"),
    _T("Name a file: -o OUT.mp4", "请写文件名：-o OUT.mp4"),
)
_EXPORT_WAITS = _T(
    "! The export{what} waits: {why}; it is tried again.", "! 导出{what}在等待：{why}；会重试。"
)
_RENDERING, _DOWNLOADING = (
    _T("Rendering{what}", "正在渲染{what}"),
    _T("Downloading{what}", "正在下载{what}"),
)
_IS_MADE = _T("{folder} was not there: it is made.", "{folder} 不存在：已新建。")
_NOT_THERE, _NO_DIRECTORY = (
    _T("{path} does not exist.", "{path} 不存在。"),
    _T("{path} is not a folder.", "{path} 不是文件夹。"),
)
_NAME_DIRECTORY = _T("Name the folder that the files land in.", "请写出文件所在的文件夹。")
_UNREAD, _MEND = (
    _T("{path} cannot be read.", "无法读取 {path}。"),
    _T("Mend its permissions.", "请修正其权限。"),
)
_CANCEL_LIMIT_S = 3.0
"""So long a stopped command tries to cancel its renders."""
_LIMITS_S = {Link.OFFLINE: 600.0, Link.REFUSED: 1.0}
"""So long a command waits for a backend that went away while it was at work, and for what it waits
for to say itself that the sign-in is refused."""
_UNSEEN_LIMIT_S = 600.0
"""So long it waits for an export that the backend cannot be asked about."""
_LONGEST_RATE_WAIT_S = 120.0
"""A backend that asks for a longer wait is not waited for: a script is told when to try again."""
_FIRST_WORD_S, _LONGEST_SILENCE_S = 30.0, 240.0
"""A command that has nothing new to say says after so long what it waits for, then ever more rarely."""
_MOST_FAILURES = 3
"""An upload that failed so often is given up; the app would go on trying."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command has to say, and its exit code."""

    text: str
    data: Any
    """The same as JSON values, for `--json`."""
    exit_code: int = 0


def finish(work: Coroutine[Any, Any, Outcome], *, as_json: bool, indent: int | None = None) -> int:
    """Run `work` to its end, print its outcome, unless that has no text, and return its exit code.

    Raises `KeyboardInterrupt`, for SIGTERM too, and what `work` raises.
    """
    try:
        outcome = asyncio.run(_interruptible(work))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    text = to_json(outcome.data, indent) if as_json else outcome.text
    if text:
        print(text)
    return outcome.exit_code


async def _interruptible(work: Coroutine[Any, Any, Outcome]) -> Outcome:
    """SIGTERM cancels it, as Ctrl+C does."""
    suspend_soundly()
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def suspend_soundly() -> None:
    """Ctrl+Z stops the process, where it would, at a moment when it keeps nobody from the journal."""
    from vbtui.journal.journal import unlocked

    def stop(*_: object) -> None:
        with unlocked():
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            signal.pthread_kill(threading.get_ident(), signal.SIGTSTP)
            signal.signal(signal.SIGTSTP, stop)

    if signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL:
        signal.signal(signal.SIGTSTP, stop)


class Shell:
    """An engine that works for one command.

    Args:
        engine: not started.
        heard: told of every report of the engine, on the event loop.
        services: names of those that run; none: all.
        waits_for_ever: for a backend that is away; otherwise ten minutes.
        progress: where it is said how the work goes on; by itself on stderr.
    """

    def __init__(
        self,
        engine: Engine,
        heard: Callable[[Event], None],
        services: Sequence[str] = (),
        *,
        waits_for_ever: bool = False,
        progress: Progress | None = None,
    ) -> None:
        self.engine = engine
        self.progress = progress or Progress(now=engine.clock.monotonic)
        self.needs_backend = True
        """Whether nothing goes on without the backend; False where this machine renders."""
        self.failures: Counter[int] = Counter()
        """How often an upload failed, by asset."""
        self._failed_now: set[int] = set()
        """Assets whose last report was a failure: the countdown to the next try is none."""
        self._sent: set[int] = set()
        """Assets that were on their way since the command began."""
        self._waits_for_ever = waits_for_ever
        self._clock = engine.clock
        self._link, self._link_since = Link.STARTING, self._clock.monotonic()
        self._unseen_since: dict[float, float] = {}
        """Since when an export is out of sight, by its place in the queue."""
        self._last_away = ""
        self._told = heard
        self._services = services
        self._reported = asyncio.Event()
        self._ids: list[str] = []

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """The engine is started and its services run; with the block all of it ends.

        Raises the first `VbtuiError` of the start, the block or a service, never a group.
        """
        unsubscribe = self.engine.bus.subscribe(self._heard)
        words = asyncio.create_task(self._says_that_it_waits(), name="words")
        try:
            await self.engine.start()
            async with asyncio.TaskGroup() as group:
                loops = [
                    group.create_task(service.run(), name=service.name)
                    for service in self.engine.services
                    if not self._services or service.name in self._services
                ]
                try:
                    yield
                finally:
                    for loop in loops:
                        loop.cancel()
        except* VbtuiError as errors:
            raise await self.engine.explained(first_of(errors)) from None
        finally:
            await self.engine.hooks.ended()
            unsubscribe()
            words.cancel()
            await asyncio.wait([words])
            self.progress.end()
            await self.engine.close()

    async def until(self, condition: Callable[[], bool], *, exports: bool = True) -> None:
        """Returns when `condition` holds; it is asked again after every report.

        Args:
            exports: whether an export that stays out of sight ends it.

        Raises `SignInRefused` as soon as the backend refuses the sign-in, and what is wrong when the
        backend stays away for too long, or an export of this command out of sight: what is waited
        for would never come.
        """
        while not condition():
            self._reported.clear()
            left = self._patience_s(exports)
            limit = [] if left is None else [self._clock.sleep(left)]
            await first(self._reported.wait(), *limit)

    def _patience_s(self, exports: bool) -> float | None:
        """Seconds until something has been away for too long; None while it is waited for."""
        overview, now = self.engine.overview, self._clock.monotonic()
        left: list[float] = []
        limit = _LIMITS_S.get(overview.link)
        if overview.link is Link.OFFLINE and self._waits_for_ever:
            limit = None
        if limit is not None and self.needs_backend:
            left.append(self._link_since + limit - now)
            if left[-1] <= 0:
                raise away(overview)
        for render in self.renders if exports and not self._waits_for_ever else ():
            since = self._unseen_since.get(render.position)
            if since is not None and render.problem is not None:
                error = render.problem.error()
                is_long = isinstance(error, RateLimited) and (
                    (error.retry_after_s or 0) > _LONGEST_RATE_WAIT_S
                )
                left.append(since + _UNSEEN_LIMIT_S - now)
                if is_long or left[-1] <= 0:
                    raise render.problem.error(more=_GOES_ON.of())
        return min(left, default=None)

    async def _says_that_it_waits(self) -> None:
        """Says what is waited for whenever nothing was said for a while."""
        progress, silence = self.progress, _FIRST_WORD_S
        said_at = progress.said_at
        while not self._waits_for_ever:
            if said_at != progress.said_at:
                said_at, silence = progress.said_at, _FIRST_WORD_S
            due = said_at + silence - self._clock.monotonic()
            if due > 0:
                await self._clock.sleep(due)
            else:
                progress.still_waits(format_seconds(silence))
                silence = min(silence * 2, silence + _LONGEST_SILENCE_S)

    def has_sent(self, asset: Asset) -> bool:
        """Whether it was on its way since the command began."""
        return asset.id in self._sent

    def is_given_up(self, asset: Asset) -> bool:
        """Whether it is failed for good, or as good as that; what the account lacked at an earlier run is asked
        for anew."""
        if asset.state is not AssetState.FAILED:
            return False
        if asset.retry_at is None or (asset.id in self._sent and stops_all(asset) is not None):
            return True
        is_far = asset.retry_at - self._clock.now() > _LONGEST_RATE_WAIT_S
        return is_far or self.failures[asset.id] >= _MOST_FAILURES

    async def turn_over(self, turn: Turn) -> Turn:
        """`turn` when it is over, or when nobody knows what becomes of it."""

        def now() -> Turn:
            turns = self.engine.conversation.turns
            return next((one for one in turns if one.id == turn.id), turn)

        await self.until(lambda: now().state.is_over or now().state is TurnState.UNKNOWN)
        return now()

    async def export(self, starting: Coroutine[Any, Any, Sequence[Render]]) -> list[Render]:
        """The newest attempt of each render that `starting` starts, when all are over; a failed one
        is retried under another id.

        Where this is cancelled they are cancelled too, those that are just being started as well.
        """
        started = asyncio.ensure_future(starting)
        try:
            self.follow(await asyncio.shield(started))
            await self.until(lambda: all(one.state.is_over for one in self.renders))
        except asyncio.CancelledError:
            with suppress(VbtuiError, TimeoutError):
                async with asyncio.timeout(_CANCEL_LIMIT_S):
                    self.follow(await started)
            for render in self.renders:
                if not render.state.is_over:
                    with suppress(VbtuiError, TimeoutError):
                        async with asyncio.timeout(_CANCEL_LIMIT_S):
                            await self.engine.exports.cancel(render.id)
            raise
        return self.renders

    def follow(self, renders: Sequence[Render]) -> None:
        """These are what the command exports: none of them stays out of sight for long."""
        self._ids = [render.id for render in renders]

    @property
    def renders(self) -> list[Render]:
        """What this command exports, each render's newest attempt as it stands."""
        found = (self.engine.exports.latest(render_id) for render_id in self._ids)
        return [render for render in found if render is not None]

    def _heard(self, event: Event) -> None:
        match event:
            case OverviewChanged(overview):
                self._link_is(overview)
            case RenderChanged(render):
                if render.problem is None or render.state.is_over:
                    self._unseen_since.pop(render.position, None)
                else:
                    self._unseen_since.setdefault(render.position, self._clock.monotonic())
            case AssetChanged(asset) if asset.state is AssetState.UPLOADING:
                self._failed_now.discard(asset.id)
                self._sent.add(asset.id)
            case AssetChanged(asset) if asset.state is AssetState.FAILED and asset.retry_at:
                if asset.id not in self._failed_now:
                    self._failed_now.add(asset.id)
                    self.failures[asset.id] += 1
            case _:
                pass
        self._reported.set()
        self._told(event)

    def _link_is(self, overview: Overview) -> None:
        """Count how long the backend is away, and say once that it is waited for."""
        if overview.link is self._link:
            return
        self._link, self._link_since = overview.link, self._clock.monotonic()
        message = overview.problem.message.rstrip(".。") if overview.problem else ""
        is_told = not self.needs_backend or self._waits_for_ever or message == self._last_away
        if overview.link is Link.OFFLINE and not is_told:
            self._last_away = message
            self.progress.stage(_WAITING.of(why=message))


@asynccontextmanager
async def opened_journal(settings: Settings) -> AsyncIterator[Journal | None]:
    """The journal, for a command that needs no engine; None where nothing was kept yet."""
    from vbtui.journal.journal import Journal
    from vbtui.journal.refusals import is_kept

    if not is_kept(settings.directories.journal):
        yield None
        return
    journal = Journal(
        settings.directories.journal,
        tell=lambda problem: Progress().stage(f"vbtui: {said(problem.message, problem.hint)}"),
    )
    try:
        await journal.open()
        yield journal
    finally:
        await journal.close()


def demand_backend(overview: Overview, more: str = "") -> None:
    """Raises `SignInRefused` or `Unreachable` unless there is a backend.

    Args:
        more: what else can be done then; empty: nothing.
    """
    if overview.link is not Link.READY:
        raise away(overview, more)


def away(overview: Overview, more: str = "") -> VbtuiError:
    """Why there is no backend, as the error that it is: a silent one has timed out, and an account
    without credits lacks them."""
    problem = overview.problem
    if problem is None or kind_of(problem.code) is VbtuiError:
        return overview.away(more)
    return problem.error(more=more)


def export_options(output: Path | None, quality: str, format: str = "") -> ExportOptions:
    """What an export to `output` is asked for: in the format that is named, else that of its ending.

    Raises `UsageError` where both cannot be, or nothing is exported as such a file.
    """
    told = format_of_file(output.suffix) if output else None
    options = ExportOptions(
        quality=quality,
        destination=output.absolute() if output else None,
        format=format or (told.name if told else USUAL),
        overwrite=output is not None,
    )
    check_format(options)
    return options


def check_output(path: Path) -> None:
    """Raises `UsageError`, `DiskProblem` where no file of that name can be written."""
    folder = path.absolute().parent
    if not folder.is_dir():
        raise UsageError(_NO_FOLDER.of(folder=folder), hint=_MAKE_IT.of(folder=folder))
    if path.is_dir():
        raise DiskProblem(_IS_FOLDER.of(path=path), hint=_NAME_FILE)


def remark_line(problem: Problem) -> str:
    """What is odd about a video, or only to be known about it."""
    return f"{'·' if problem.code == REMARK else '!'} {clean_line(problem.message)}"


def show_render(progress: Progress, render: Render, what: str = "") -> None:
    """Where `render` stands; `what` tells it from others."""
    if render.problem is not None and not render.state.is_over:
        why = clean_line(render.problem.message).rstrip(".。")
        progress.stage(_EXPORT_WAITS.of(what=what, why=why), once=True)
    elif render.state is RenderState.PROCESSING:
        progress.update(_RENDERING.of(what=what), render.progress / 100)
    elif render.state is RenderState.DOWNLOADING:
        share = render.received / render.size if render.size else None
        progress.update(_DOWNLOADING.of(what=what), share)


def show_notice(progress: Progress, notice: Noticed) -> None:
    """What belongs to no file, turn or render."""
    if notice.severity != "information":
        problem = notice.problem
        progress.stage(f"! {said(problem.message, problem.headless_hint)}")


def readable_folder(path: Path, *, make: bool) -> Path:
    """`path` if it is a folder that can be listed. Raises `UsageError`, `DiskProblem`.

    Args:
        make: it is made where there is nothing of that name.
    """
    if make and not path.exists():
        with disk_errors(path):
            path.mkdir(parents=True, exist_ok=True)
        Progress().stage(f"vbtui: {_IS_MADE.of(folder=clean_line(str(path)))}")
    if not path.exists():
        raise UsageError(_NOT_THERE.of(path=path), hint=_MAKE_IT.of(folder=path))
    if not path.is_dir():
        raise UsageError(_NO_DIRECTORY.of(path=path), hint=_NAME_DIRECTORY)
    if not os.access(path, os.R_OK | os.X_OK):
        raise UsageError(_UNREAD.of(path=path), hint=_MEND)
    return path.absolute()


def stops_all(refused: Asset | Problem | None) -> type[VbtuiError] | None:
    """What the account lacks, where that is why something was refused: another try changes nothing."""
    if refused is None:
        return None
    kind = kind_of(refused.why.code if isinstance(refused, Asset) else refused.code)
    return kind if issubclass(kind, NoCredits | PlanBlocked) else None
