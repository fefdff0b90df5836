"""Renders: kept on disk before they are begun, and begun in the order they came, one a project. One that has an encoder
lets the next begin, which gets the encoders that the ones before it leave: none is idle while short videos are put together.
With a farm several are under way, so that its workers are shared out.

    <data>/renders/<render id>/job.json    what was asked and how far it is, without the draft
    <data>/renders/<render id>/draft.json  the draft that was sent; never changed
    <data>/renders/<render id>/video.mp4   there when the render is completed; `.gif`, … by its format
    <data>/renders/<render id>/work-…      the renderer's own, while it works

A render that a stop of the studio cut short starts again, under its id, at the next start.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vbtui.base.errors import DiskProblem, RenderFailed, VbtuiError
from vbtui.base.files import disk_errors, read_json, write_json
from vbtui.base.formats import FORMATS, USUAL
from vbtui.base.settings import Studio as Limits
from vbtui.studio.project.draft import Draft
from vbtui.studio.project.store import Store
from vbtui.studio.render.model import Output

if TYPE_CHECKING:
    from vbtui.studio.render.farm.scheduler import Farm
    from vbtui.studio.render.workers import Encoders, Turn


_AT_ONCE_ON_A_FARM = 4
"""Renders under way: what each does on this machine – sound, checks, joining – is done by as many at a time."""
_MORE_THAN_CORES = 2
"""So many renders more than cores are under way at most here: those that are put together and looked at."""


class Renders:
    """The queue and everything that was ever rendered."""

    def __init__(
        self, store: Store, limits: Limits, report: Callable[[str], None], farm: Farm | None = None
    ) -> None:
        self._store = store
        self._limits = limits
        self._folder = store.renders
        self._report = report
        self._farm = farm
        self._at_once = _AT_ONCE_ON_A_FARM if farm else (os.cpu_count() or 1) + _MORE_THAN_CORES
        self._encoders: Encoders | None = None
        self._turns: dict[str, Turn] = {}
        """Of what is being made here, by the render's id."""
        self._jobs: dict[str, Job] = {}
        self._loaded = asyncio.Event()
        self._came = asyncio.Event()
        """A render was asked for, or got an encoder, since it was last looked."""
        self._waiting = asyncio.Event()
        self._is_done = asyncio.Event()
        """No render waits, and none is being made."""
        self._begin = asyncio.Lock()
        self._worker: asyncio.Task[None] | None = None
        self._current: dict[str, asyncio.Task[None]] = {}
        """What is being made, by the render's id."""

    def start(self) -> None:
        """Pick up what the last run left and begin to work."""
        self._worker = asyncio.create_task(self._work(), name="renders")

    async def wait_done(self) -> None:
        """Returns when all that was asked for is made."""
        await self._is_done.wait()

    async def wait_busy(self) -> None:
        """Returns when there is a render to be made."""
        await self._waiting.wait()

    async def close(self) -> None:
        """Stop working; an unfinished render stays as it is on disk and starts again later."""
        tasks = [task for task in (self._worker, *self._current.values()) if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def find(self, render_id: str) -> Job | None:
        """The render of that id; None when there is none."""
        await self._loaded.wait()
        return self._jobs.get(render_id)

    async def begin(self, job: Job, draft: Draft) -> Job:
        """Queue `job`; the same id again gives the job that is there. Raises `DiskProblem`."""
        await self._loaded.wait()
        async with self._begin:
            if job.id not in self._jobs:
                await asyncio.to_thread(self._keep, job, draft)
                self._jobs[job.id] = job
                self._is_done.clear()
                self._waiting.set()
                self._came.set()
            return self._jobs[job.id]

    async def draft_of(self, job: Job) -> Draft:
        """The draft that was sent with the render. Raises `RenderFailed`."""
        draft = await asyncio.to_thread(read_json, self._folder / job.id / "draft.json")
        if not isinstance(draft, dict):
            raise RenderFailed("The draft of this render cannot be read.")
        return draft

    async def cancel(self, job: Job) -> None:
        """End the render and remove what it has made; one that has ended stays as it is."""
        if job.status not in OPEN:
            return
        job.status = "cancelled"
        if task := self._current.get(job.id):
            task.cancel()
            await asyncio.wait([task])
        with suppress(OSError):
            self.video(job).unlink(missing_ok=True)
        await self._save(job)

    def video(self, job: Job) -> Path:
        """Where the finished file is."""
        return self._folder / job.id / f"video{FORMATS[job.format].suffix}"

    async def _work(self) -> None:
        await self._load()
        while True:
            self._came.clear()
            while len(self._current) < self._at_once and (job := self._next()) is not None:
                if self._farm is None:
                    self._turns[job.id] = self._turn()
                task = asyncio.create_task(self._render(job), name=f"render {job.id}")
                self._current[job.id] = task
            if not self._current:
                self._waiting.clear()
                self._is_done.set()
                await self._came.wait()
                continue
            came = asyncio.create_task(self._came.wait())
            try:
                await asyncio.wait(
                    [came, *self._current.values()], return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                came.cancel()
            for render_id in [key for key, task in self._current.items() if task.done()]:
                del self._current[render_id]
                self._turns.pop(render_id, None)
                job = self._jobs[render_id]
                if job.status in OPEN:
                    job.status, job.error = "failed", "The render was stopped."
                await self._save(job)

    def _turn(self) -> Turn:
        from vbtui.studio.render.workers import Encoders, Turn

        self._encoders = self._encoders or Encoders()
        return Turn(self._encoders, self._came.set)

    def _next(self) -> Job | None:
        """The oldest render that waits, of a project that has none under way, once those before it have encoders."""
        if not all(turn.has_come for turn in self._turns.values()):
            return None
        busy = {self._jobs[render_id].session_id for render_id in self._current}
        waiting = (
            job
            for job in self._jobs.values()
            if job.status == "pending"
            and job.id not in self._current
            and job.session_id not in busy
        )
        return min(waiting, key=lambda job: (job.created_at, job.id), default=None)

    async def _render(self, job: Job) -> None:
        """One render, to its end. What goes wrong is kept in the job as a sentence."""
        from vbtui.studio.render import render

        is_first = len(self._current) == 1
        job.status, job.progress, job.remarks = OPEN[is_first], 0.0, []
        work = self._folder / job.id / f"work-{secrets.token_hex(4)}"
        try:
            await self._save(job)
            draft = await self.draft_of(job)
            session = await self._store.find(job.session_id)
            if session is None:
                raise RenderFailed("The session of this render is gone.")
            media = {item.id: item for item in session.media}
            await render(
                draft,
                media,
                self._output(job),
                self.video(job),
                workdir=work,
                on_progress=job.advance,
                on_remark=job.remark,
                on_copied=job.take_copied,
                farm=self._farm,
                project=job.session_id,
                turn=self._turns.get(job.id),
            )
            job.status, job.progress = COMPLETED, 100.0
            for remark in job.remarks:
                self._report(f"render {job.id}: {remark}")
        except VbtuiError as error:
            job.status, job.error = "failed", error.sentence
        except Exception as error:  # the render ends with a sentence, the cause goes to the log
            self._report(f"render {job.id} failed: {error!r}")
            job.status, job.error = "failed", "The renderer failed on this timeline."
        finally:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, work, ignore_errors=True))

    def _output(self, job: Job) -> Output:
        return Output(
            quality=job.quality,
            width=job.width,
            height=job.height,
            fps=job.fps,
            workers=self._limits.workers,
            encoder=self._limits.encoder,
            format=job.format,
            at_ms=job.at_ms,
            cache_bytes=int(self._limits.cache_gb * 1000**3),
        )

    async def _save(self, job: Job) -> None:
        folder = self._folder / job.id
        try:
            await asyncio.to_thread(write_json, folder / "job.json", asdict(job))
        except DiskProblem as error:
            self._report(error.sentence)

    def _keep(self, job: Job, draft: Draft) -> None:
        folder = self._folder / job.id
        with disk_errors(self._folder):
            folder.mkdir(mode=0o700, exist_ok=True)
        write_json(folder / "draft.json", draft)
        write_json(folder / "job.json", asdict(job))

    async def _load(self) -> None:
        try:
            jobs = await asyncio.to_thread(_read_jobs, self._folder)
            self._jobs = {job.id: job for job in jobs}
        except OSError as error:
            self._report(f"the renders of earlier runs cannot be read: {error}")
        finally:
            self._loaded.set()


def new_job(render_id: str, session_id: str, title: str, wanted: Output) -> Job:
    """A render that has just been asked for."""
    return Job(
        render_id,
        session_id,
        wanted.quality,
        title,
        created_at=time.time(),
        width=wanted.width,
        height=wanted.height,
        fps=wanted.fps,
        format=wanted.format,
        at_ms=wanted.at_ms,
    )


def _read_jobs(folder: Path) -> list[Job]:
    """Every kept render; what a killed studio left half done is cleared away and pending again."""
    jobs: list[Job] = []
    for place in folder.iterdir():
        value: Any = read_json(place / "job.json")
        job = job_from_json(value) if place.is_dir() else None
        if job is None or job.id != place.name:
            continue
        if job.status in OPEN:
            job.status, job.progress = "pending", 0.0
            for left in place.glob("work-*"):
                shutil.rmtree(left, ignore_errors=True)
        jobs.append(job)
    return jobs


OPEN = ("pending", "processing")
COMPLETED = "completed"


@dataclass(slots=True)
class Job:
    """A render as `job.json` keeps it."""

    id: str
    session_id: str
    quality: str
    """high, medium or low."""
    title: str
    """What the file is called when it is downloaded."""
    created_at: float
    """Seconds since 1970."""
    width: int | None = None
    """Pixels; None: as the draft says, or by its shape where only the other side is given."""
    height: int | None = None
    fps: float | None = None
    """Frames a second; None: as the draft says."""
    format: str = USUAL
    """A name of `vbtui.base.formats`."""
    at_ms: int = 0
    """Which moment a single picture is of."""
    status: str = "pending"
    """pending, processing, completed, failed or cancelled."""
    progress: float = 0.0
    """0-100."""
    error: str = ""
    """Why it failed, as a sentence."""
    remarks: list[str] = field(default_factory=list)
    """What the user should know of a video that came out all the same, in sentences."""
    copied: float | None = None
    """Per cent of the pictures that were taken over as they are; None before it is known."""

    def advance(self, progress: float) -> None:
        """Take the renderer's report; 100 is for the finished file alone."""
        if progress > 0 and self.status == "pending":
            self.status = "processing"
        self.progress = max(self.progress, min(round(progress, 1), 99.9))

    def take_copied(self, share: float) -> None:
        """Take the share (0-1) of the pictures that were copied."""
        self.copied = round(share * 100, 1)

    def remark(self, sentence: str) -> None:
        """Take a remark of the renderer's; the same one counts once."""
        if sentence not in self.remarks:
            self.remarks.append(sentence)


def job_from_json(value: object) -> Job | None:
    """The job that `job.json` keeps; None when `value` is none. Unknown keys are left."""
    if not isinstance(value, Mapping):
        return None
    names = {item.name for item in fields(Job)}
    try:
        job = Job(**{key: item for key, item in value.items() if key in names})
    except TypeError:
        return None
    return job if job.format in FORMATS else None
