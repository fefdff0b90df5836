"""`vbtui make --each DIR` and `--from ROWS`: a video of each row.

    row ──► its own project, off the list ──► files ──► sentences ──► OUT
                     └── what became of it is in the journal, under what is made of the row

A row is known by what is made of it (`rows.Row.key`), not by its number: the same command, run again, makes what is not
there yet, and goes on in the middle of a row where a process was killed. Several engines work on one journal, a row each.
The project of a row that failed is opened by its id.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
from collections import Counter, deque
from contextlib import AsyncExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from vbtui.base.errors import (
    NetworkError,
    NoCredits,
    PlanBlocked,
    SignInRefused,
    TimedOut,
    UsageError,
    VbtuiError,
    first_of,
)
from vbtui.base.errors import said as told
from vbtui.base.files import disk_errors, write_bytes
from vbtui.base.problem import Problem
from vbtui.base.settings import Settings, load
from vbtui.base.text import FORM, clean_line, to_json
from vbtui.base.times import format_seconds
from vbtui.base.translation import Translation
from vbtui.cli import forms, is_local
from vbtui.cli.progress import Progress
from vbtui.cli.rows import Row, rows_of
from vbtui.cli.shell import DONE_IN_PART, Outcome, finish
from vbtui.cli.stdin import said
from vbtui.cli.wishes import MORE_TIME, NOT_DONE, READ_ONCE
from vbtui.cli.worker import Told, Worker
from vbtui.engine import Engine
from vbtui.journal import sessions as facts
from vbtui.journal.journal import Journal
from vbtui.journal.owners import new_owner, owner_is_alive, release_owner
from vbtui.journal.records import Render
from vbtui.session.events import Link
from vbtui.session.studio import LOCAL

_T = Translation
_ALONE = _T(
    "--{option} says nothing to --each and --from.", "--{option} 对 --each 和 --from 没有意义。"
)
_AT_IT = _T("Another vbtui is making this row.", "另一个 vbtui 正在处理这一行。")
_ROWS = _T("{done} of {rows} done", "已完成 {done}/{rows}")
_ROWS_FAILED = _T("{done} of {rows} done, {failed} failed", "已完成 {done}/{rows}，失败 {failed}")
_FAILED = _T("! {number} {name}: {why}", "! {number} {name}：{why}")
_OPEN_IT = _T("Its project: {command}", "它的项目：{command}")
_SUM = _T(
    "{rows} rows: {made} made now, {before} before, {in_part} of these in part, {failed} failed, {waiting} not made yet.",
    "共 {rows} 行：本次完成 {made}，此前完成 {before}，其中部分完成 {in_part}，失败 {failed}，尚未制作 {waiting}。",
)
_REPORT = _T("Report: {path}", "报告：{path}")
_UNREPORTED = _T("! The report cannot be written: {why}", "! 无法写入报告：{why}")
_AGAIN = _T(
    "Run the same command again to go on: nothing is made twice.",
    "再次运行同一条命令即可继续：不会重复制作。",
)
REPORT = "vbtui-report.jsonl"
"""Beside the videos: what the last run has to say of each row, as `--json` prints it."""
_TRIES, _PAUSE_S = 4, 0.5
_LOOK_S = 1.0
"""Between two looks at a render of the local studio: other rows keep it busy meanwhile."""
_JOBS_ELSEWHERE = 2
"""What another backend bears is not known."""
_ENDS_ALL = (NoCredits, PlanBlocked, SignInRefused)


def run(arguments: argparse.Namespace) -> int:
    """The path of each video, or a JSON object a row and one of all, goes to stdout. Raises `VbtuiError` where nothing
    can be begun, or goes on."""
    for option in ("plan", "null"):
        if getattr(arguments, option):
            raise UsageError(_ALONE.of(option=option))
    if str(arguments.rows) == "-" and "-" in arguments.say:
        raise UsageError(READ_ONCE)
    arguments.say = said(arguments.say)
    settings = load()
    seldom = max(settings.timing.local_render_poll, _LOOK_S)
    settings = replace(settings, timing=replace(settings.timing, local_render_poll=seldom))
    backend = arguments.server or settings.api_url
    backend = LOCAL if is_local(settings, arguments) else backend
    rows = rows_of(settings, arguments, backend)
    return finish(_Batch(settings, arguments, backend, rows).run(), as_json=False)


class _Batch:
    """One run of the command."""

    def __init__(
        self, settings: Settings, arguments: argparse.Namespace, backend: str, rows: list[Row]
    ) -> None:
        self._settings, self._arguments, self._backend = settings, arguments, backend
        self._rows = rows
        self._left = deque(rows)
        self._starting = asyncio.Lock()
        self._told = {row.key: Told(row.number, row.name) for row in rows}
        self._journal = Journal(settings.directories.journal)
        self._owner = new_owner()
        self._progress = Progress()
        self._remarked: set[str] = set()
        self._report = _folder_of(arguments.output) / REPORT

    async def run(self) -> Outcome:
        """All rows, to their ends. Raises `VbtuiError` for what ends all of them, `TimedOut` after `--timeout`."""
        try:
            await self._journal.open()
            async with asyncio.timeout(self._arguments.timeout):
                await self._skip_what_is_made()
                await self._work_on_all()
        except TimeoutError:
            time = format_seconds(self._arguments.timeout or 0)
            raise TimedOut(NOT_DONE.of(time=time), hint=MORE_TIME) from None
        finally:
            self._sum_up()
            release_owner(self._owner)
            await asyncio.shield(self._journal.close())
        states = {one.state for one in self._told.values()}
        if states <= {"done"}:
            return Outcome("", None)
        return Outcome("", None, DONE_IN_PART if states & {"done", "in_part"} else 1)

    async def _work_on_all(self) -> None:
        usual = _jobs_here() if self._backend == LOCAL else _JOBS_ELSEWHERE
        jobs = min(self._arguments.jobs or usual, len(self._left))
        try:
            async with asyncio.TaskGroup() as group:
                for number in range(jobs):
                    group.create_task(self._work(), name=f"rows {number}")
        except BaseExceptionGroup as failures:
            raise first_of(failures) from None

    async def _work(self) -> None:
        """One row after the other, on an engine of its own."""
        if not self._left:
            return
        row = self._left.popleft()
        engine = Engine(
            self._settings,
            local=self._backend == LOCAL,
            server=self._arguments.server,
            new_project=row.output.stem,
            purpose=row.key,
            folder=row.output.parent,
            author="make",
        )
        worker = Worker(engine, self._progress)
        async with AsyncExitStack() as stack:
            async with self._starting:  # one signs in, or starts the studio: the others find it
                await stack.enter_async_context(worker.shell.at_work())
            await self._see_to(worker, row)
            while self._left:
                await self._see_to(worker, self._left.popleft())

    # -- one row ------------------------------------------------------------------------------

    async def _see_to(self, worker: Worker, row: Row) -> None:
        """Make it, if nobody else does. Raises what keeps all others from being made too."""
        one, key, owner = self._told[row.key], row.key, self._owner
        if not await self._journal.run(lambda c: _claim(c, key, owner)):
            self._end(one, "failed", Problem.of(VbtuiError(_AT_IT, hint="")))
            return
        render, problem = None, None
        try:
            render = await self._made(worker, row, one)
        except _ENDS_ALL:
            raise
        except VbtuiError as error:
            await worker.ready()
            problem = Problem.of(error)
        state = "failed" if render is None else "in_part" if one.missing else "done"
        one.video = str(render.path) if render is not None else None
        kept = asdict(one) | {"state": state, **_stat(one.video)}
        await self._journal.run(lambda c: _keep(c, key, kept))
        if render is not None:
            await worker.is_done(render)
        self._end(one, state, problem)

    async def _made(self, worker: Worker, row: Row, one: Told) -> Render:
        """The video of a row; where the backend goes away it is gone on with when that is back. Raises `VbtuiError`."""
        for left in range(_TRIES - 1, -1, -1):
            await worker.ready()
            one.missing.clear()
            one.remarks.clear()
            try:
                return await worker.make(row, one)
            except VbtuiError as error:
                is_away = worker.engine.overview.link is not Link.READY
                if not left or not (is_away or isinstance(error, NetworkError)):
                    raise
                await worker.engine.clock.sleep(_PAUSE_S)
        raise AssertionError

    async def _skip_what_is_made(self) -> None:
        """What an earlier run made and is as that left it is not made again."""
        keys = list(self._told)

        def read(connection: Any) -> dict[str, Any]:
            return {key: facts.get(connection, _fact(key)) for key in keys}

        known = await self._journal.run(read)
        left = []
        for row in self._rows:
            one, kept = self._told[row.key], known[row.key]
            if not _is_there(kept):
                left.append(row)
            else:
                one.before, one.video, one.session = True, kept["video"], kept["session"]
                one.missing, one.remarks = kept["missing"], kept["remarks"]
                self._end(one, kept["state"], None)
        self._left = deque(left)

    # -- what is said of it -------------------------------------------------------------------

    def _end(self, one: Told, state: str, problem: Problem | None) -> None:
        one.state = state
        one.error = forms.error(problem) if problem else None
        self._progress.end()
        if self._arguments.json:
            print(to_json(self._form(one)), flush=True)
        elif one.video:
            print(one.video, flush=True)
        if problem is not None:
            why = told(problem.message, problem.headless_hint)
            self._progress.stage(_FAILED.of(number=one.row, name=one.name, why=why))
            if one.session:
                self._progress.stage(_OPEN_IT.of(command=self._opening(one)))
        if one.before:  # they are told together
            return
        for missing in one.missing:
            self._progress.stage(_FAILED.of(number=one.row, name=one.name, why=missing))
        for remark in one.remarks:
            if remark not in self._remarked:  # each once, not a thousand times
                self._remarked.add(remark)
                self._progress.stage(remark)
        counts = Counter(each.state for each in self._told.values())
        done, failed = counts["done"] + counts["in_part"], counts["failed"]
        label = (_ROWS_FAILED if failed else _ROWS).of(
            done=done, rows=len(self._told), failed=failed
        )
        self._progress.update(label, (done + failed) / len(self._told))

    def _form(self, one: Told) -> dict[str, Any]:
        opening = self._opening(one) if one.session else None
        return {"version": FORM, **asdict(one), "open": opening}

    def _opening(self, one: Told) -> str:
        """The command that opens the project of a row, as a shell reads it."""
        at = ["--local"] if self._backend == LOCAL else []
        at += ["--server", self._arguments.server] if self._arguments.server else []
        at += ["--cloud"] if self._arguments.cloud else []
        return shlex.join(["vbtui", *at, "--project", one.session or ""])

    def _sum_up(self) -> None:
        """What became of all, on stderr and in the report; in both forms, however the run ends."""
        every = list(self._told.values())
        counts = Counter(one.state for one in every)
        before = sum(one.before for one in every)
        made = counts["done"] + counts["in_part"]
        totals = {
            "rows": len(every),
            "made": made - before,
            "before": before,
            "in_part": counts["in_part"],
            "failed": counts["failed"],
            "waiting": counts["waiting"],
        }
        self._progress.end()
        self._progress.stage(_SUM.of(None, **totals))
        written: str | None = str(self._report)
        lines = "".join(to_json(self._form(one)) + "\n" for one in every)
        try:
            with disk_errors(self._report.parent):
                self._report.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(self._report, lines.encode(), durable=False, mode=0o644)
            self._progress.stage(_REPORT.of(path=clean_line(str(self._report))))
        except VbtuiError as error:
            written = None
            self._progress.stage(_UNREPORTED.of(why=error.sentence))
        if counts["failed"] + counts["waiting"]:
            self._progress.stage(_AGAIN.of())
        if self._arguments.json:
            print(to_json({"version": FORM, **totals, "report": written}), flush=True)


def _jobs_here() -> int:
    """So many rows keep the encoders busy: half of them wait, are looked at or brought home meanwhile."""
    return 2 * (os.cpu_count() or 1) + 1


def _folder_of(output: Path) -> Path:
    """The folder that all videos have in common."""
    plain = str(output).partition("{")[0]
    return Path(os.path.dirname(plain)).absolute()


def _fact(key: str) -> str:
    return f"batch:{key}"


def _claim(connection: Any, key: str, owner: str) -> bool:
    """Whether the row is that run's from here on: no other one that lives has it."""
    known = facts.get(connection, _fact(key))
    known = known if isinstance(known, dict) else {}
    has = str(known.get("owner", ""))
    if has != owner and owner_is_alive(has):
        return False
    facts.put(connection, _fact(key), {**known, "owner": owner})
    return True


def _keep(connection: Any, key: str, values: dict[str, Any]) -> None:
    facts.put(connection, _fact(key), {**values, "owner": ""})


def _is_there(kept: Any) -> bool:
    """Whether the video that a run made is as that left it."""
    if not isinstance(kept, dict) or kept.get("state") not in ("done", "in_part"):
        return False
    now = _stat(kept.get("video"))
    return now["size"] is not None and all(kept.get(name) == now[name] for name in now)


def _stat(video: str | None) -> dict[str, int | None]:
    try:
        found = os.stat(video) if video else None
    except OSError:
        found = None
    return {
        "size": found.st_size if found else None,
        "mtime_ns": found.st_mtime_ns if found else None,
    }
