"""`vbtui watch`: a hot folder without a screen.

One line, or with `--json` one object, an event on stdout. Without a sentence what lands in the
folder is uploaded into one project; with one (`--then`), each file becomes a video of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from time import time
from typing import Any

from vbtui.base.errors import UsageError
from vbtui.base.problem import Problem
from vbtui.base.settings import Settings, load
from vbtui.base.text import FORM, cells, format_bytes, padded, to_json
from vbtui.base.translation import Counted, Translation
from vbtui.cli import is_local
from vbtui.cli.recipes import Recipes, Step
from vbtui.cli.shell import (
    DONE_IN_PART,
    Shell,
    demand_backend,
    readable_folder,
    stops_all,
    suspend_soundly,
)
from vbtui.engine import Engine
from vbtui.journal.records import GROWING, Asset, AssetState
from vbtui.media.files import reason_now
from vbtui.session.events import AssetChanged, Event, Link, Noticed, OverviewChanged

_T = Translation
_UNUSED = Counted(
    "One file could not be used.", "{count} files could not be used.", "{count} 个文件无法使用。"
)
_UNUSED_REPORT = Counted(
    "One file could not be used. Why is in {report}",
    "{count} files could not be used. Why is in {report}",
    "{count} 个文件无法使用。原因见 {report}",
)
_BECAUSE = _T("{name}: {why}.", "{name}：{why}。")
_EACH_ITS_OWN = _T(
    "With --then each file becomes a project of its own: leave out --project.",
    "使用 --then 时每个文件自成一个项目：请去掉 --project。",
)
_TITLED, _ASIDE = (
    _T("{title}: {message}", "{title}：{message}"),
    _T("{what} ({aside})", "{what}（{aside}）"),
)
_WORDS = {
    "seen": _T("seen", "已发现"),
    "settling": _T("settling", "写入中"),
    "hashing": _T("hashing", "读取中"),
    "queued": _T("queued", "排队中"),
    "uploading": _T("uploading", "上传中"),
    "done": _T("done", "已完成"),
    "failed": _T("failed", "失败"),
    "skipped": _T("skipped", "已跳过"),
    "replaced": _T("replaced", "已替换"),
    "gone": _T("gone", "已消失"),
    "begun": _T("begun", "已开始"),
    "said": _T("said", "已说"),
    "unchanged": _T("unchanged", "无改动"),
    "checked": _T("checked", "已检查"),
    "exporting": _T("exporting", "导出中"),
    "waiting": _T("waiting", "等待中"),
    "information": _T("information", "信息"),
    "warning": _T("warning", "警告"),
    "error": _T("error", "错误"),
}
"""The states of a file, the steps of a recipe, how loudly something is told."""
_CONNECTED = "connected"
_QUIET_S = 0.2
"""With `--once`: so long nothing more may be found before it ends."""


WatchEvent = Asset | Step | Noticed
"""A file is in another state, a file of a recipe took a step, or something about watch or link."""
Emit = Callable[[WatchEvent], None]


class _Watch:
    """One run of the command.

    Args:
        engine: not started.
        directory: absolute.
        then: what is said for each new file; empty: files are only uploaded.
        once: end when everything that is there was handled.
        emit: gets every event, on the event loop.
    """

    def __init__(self, engine: Engine, directory: Path, then: str, once: bool, emit: Emit) -> None:
        self._engine = engine
        self._directory = directory
        self._then = then.strip()
        self._once = once
        self._told: dict[int, tuple[AssetState, str]] = {}
        self._refused: Asset | None = None
        """Sent by this run, and refused for what the account lacks."""
        self._recipes: Recipes | None = None
        self._link = Link.STARTING
        self._started = False
        self._shell = Shell(engine, self._heard, waits_for_ever=not once)
        self._tell_all = emit

    async def run(self) -> int:
        """The exit code, when it ends: 0, or 6 when a file could not be used.

        Raises what `Engine.start` raises, `SignInRefused`, and with `once` `Unreachable` and what the
        account lacks.
        """
        async with self._shell.at_work():
            self._check_link()
            self._started = True
            await self._work()
            failed = self._failures()
        if failed and self._once:
            told = _UNUSED_REPORT if self._then else _UNUSED
            report = self._directory / "done" / "report.txt"
            self._shell.progress.stage(f"vbtui: {told.of(failed, report=report)}")
        return DONE_IN_PART if failed else 0

    async def _work(self) -> None:
        if self._then:
            self._recipes = Recipes(
                self._shell, self._directory, self._then, self._emit, once=self._once
            )
            work = asyncio.create_task(self._recipes.run(), name="recipes")
        else:
            work = asyncio.create_task(self._watch(), name="watching")
        refused = asyncio.create_task(self._until_refused())
        tasks = [work, refused]
        if self._once:
            tasks.append(asyncio.create_task(self._until_done()))
            tasks.append(asyncio.create_task(self._until_account_refused()))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await task

    async def _watch(self) -> None:
        """As soon as there is a project to put files into."""
        await self._shell.until(lambda: self._engine.sessions.current is not None)
        await self._engine.library.watch(self._directory)
        await asyncio.Event().wait()

    # -- the end ------------------------------------------------------------------------------

    def _check_link(self) -> None:
        """A backend that is away may come back, but not for a run that is to end by itself."""
        overview = self._engine.overview
        if self._once or overview.link is Link.REFUSED:
            demand_backend(overview)

    async def _until_refused(self) -> None:
        await self._shell.until(lambda: self._engine.overview.link is Link.REFUSED, exports=False)
        self._check_link()

    async def _until_account_refused(self) -> None:
        """Raises what the account lacks, once a file that was sent is refused for that."""
        await self._shell.until(lambda: self._refused is not None, exports=False)
        asset = self._refused
        if asset is not None and (lacks := stops_all(asset)):
            raise lacks(_BECAUSE.of(name=asset.name, why=asset.reason.rstrip(".")))

    async def _until_done(self) -> None:
        """Nothing on its way twice in a row, so that nothing is just passing from hand to hand."""
        quiet = 0
        while quiet < 2:
            await asyncio.sleep(_QUIET_S)
            quiet = quiet + 1 if self._is_idle() else 0

    def _is_idle(self) -> bool:
        if self._recipes is not None:
            return self._recipes.is_idle
        library = self._engine.library
        failed = [asset for asset in library.assets if asset.retry_at is not None]
        waits = not all(map(self._shell.is_given_up, failed))
        return library.is_settled and not library.is_busy and not waits

    def _failures(self) -> int:
        """How many files could not be used."""
        if self._recipes is not None:
            return self._recipes.failures
        watched = [asset for asset in self._engine.library.assets if asset.source == "watch"]
        return sum(asset.state is AssetState.FAILED for asset in watched)

    # -- events -------------------------------------------------------------------------------

    def _emit(self, event: WatchEvent) -> None:
        self._shell.progress.says(in_words(event))
        self._tell_all(event)

    def _heard(self, event: Event) -> None:
        match event:
            case AssetChanged(asset) if not self._then and asset.source == "watch":
                self._tell(asset)
            case Noticed():
                self._emit(event)
            case OverviewChanged(overview) if overview.link is not self._link:
                before, self._link = self._link, overview.link
                if overview.link is Link.OFFLINE and overview.problem is not None:
                    self._emit(Noticed(overview.problem, "warning"))
                elif overview.link is Link.READY and before is Link.OFFLINE:
                    self._emit(Noticed(Problem.coded(_CONNECTED), "information"))
            case _:
                pass

    def _tell(self, asset: Asset) -> None:
        """Once for each state; of a file that waits, also when the reason is another one."""
        news = news_of(asset)
        before = self._told.get(asset.id)
        if news is not None and before != news:
            self._told[asset.id] = news
            if before is not None and before[0] is AssetState.UPLOADING and stops_all(asset):
                self._refused = asset
            if self._started:
                self._emit(asset)


def news_of(asset: Asset) -> tuple[AssetState, str] | None:
    """What is told of a file, once; None: nothing. How long it has been quiet is no news."""
    if asset.state in (AssetState.SEEN, AssetState.HASHING, AssetState.QUEUED):
        return None
    if asset.state is AssetState.SETTLING and asset.why.code in ("", GROWING):
        return None
    return asset.state, asset.why.code


def run(arguments: argparse.Namespace) -> int:
    """Watch until it is ended; SIGTERM and SIGHUP end it with 0."""
    settings, directory = load(), readable_folder(arguments.directory, make=not arguments.once)
    show = as_object if arguments.json else as_line
    then = arguments.then or configured(settings, directory)
    if then and arguments.project:
        raise UsageError(_EACH_ITS_OWN)

    def emit(event: WatchEvent) -> None:
        print(show(event), flush=True)

    async def main() -> int:
        suspend_soundly()
        watching = asyncio.create_task(watched(settings, arguments, then, emit))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, watching.cancel)
        try:
            return await watching
        except asyncio.CancelledError:
            return 0

    return asyncio.run(main())


async def watched(settings: Settings, arguments: argparse.Namespace, then: str, emit: Emit) -> int:
    """Watch until it is cancelled, or done with what is there; the exit code. Raises `VbtuiError`."""
    directory = readable_folder(arguments.directory, make=not arguments.once)
    engine = Engine(
        settings,
        local=is_local(settings, arguments),
        server=arguments.server,
        project=arguments.project,
        folder=directory,
        author="watch",
    )
    return await _Watch(engine, directory, then, arguments.once, emit).run()


def configured(settings: Settings, directory: Path) -> str:
    """The sentence that the configuration has for `directory`; empty when it has none."""
    watch = settings.watch
    wanted = Path(watch.directory).expanduser() if watch.directory else directory
    return watch.then if os.path.realpath(wanted) == os.path.realpath(directory) else ""


def as_line(event: WatchEvent) -> str:
    """`14:03:20  done       clip.mp4 (12.3 MB)`."""
    return f"{datetime.now().strftime('%H:%M:%S')}  {in_words(event)}"


def in_words(event: WatchEvent) -> str:
    """`done       clip.mp4 (12.3 MB)`."""
    match event:
        case Asset():
            what, name = str(event.state), event.name
            detail = reason_now(event, time()) or (format_bytes(event.size) if event.size else "")
        case Step(name, _, what, detail, video):
            detail = str(video) if video is not None else detail
        case Noticed(problem, severity):
            what, name = severity, problem.message
            detail = problem.headless_hint
            if problem.title and problem.code != _CONNECTED:
                name = _TITLED.of(title=problem.title, message=name)
    line = f"{padded(_WORDS[what].of(), _wide())} {name}"
    return _ASIDE.of(what=line, aside=detail) if detail else line


def _wide() -> int:
    """Cells of the first column; one word, which is rare, may be longer."""
    return max(cells(word.of()) for name, word in _WORDS.items() if name != "information")


def as_object(event: WatchEvent) -> str:
    """One JSON object: `{"event": "file" | "step" | "notice", "at": …, …}`."""
    found: dict[str, Any] = {
        "version": FORM,
        "at": datetime.now().astimezone().isoformat(timespec="milliseconds"),
    }
    match event:
        case Asset():
            found |= {"event": "file", "name": event.name, "path": _text(event.path)}
            found |= {"state": str(event.state), "reason": reason_now(event, time())}
            found |= {"size": event.size}
        case Step(name, path, what, detail, video):
            found |= {"event": "step", "name": name, "path": _text(path)}
            found |= {"step": what, "detail": detail, "video": _text(video)}
        case Noticed(problem, severity):
            found |= {"event": "notice", "severity": severity, "title": problem.title}
            found |= {"message": problem.message, "hint": problem.headless_hint}
    return to_json(found)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
