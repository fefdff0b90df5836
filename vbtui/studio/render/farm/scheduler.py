"""The studio's side of the farm: which workers are used, whose chunk is next, and what goes to whom.

A Dask scheduler has one queue for all, in which whoever came first is served first. So it never gets more than
twice as many chunks as its workers can make at a time: they are dealt here, one project after the other. Where there is no
scheduler or no worker that can be used, the same chunks are made on this machine, as many at a time as without a farm.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
import re
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from vbtui import __version__
from vbtui.base.errors import UsageError, VbtuiError
from vbtui.base.text import clean_line
from vbtui.base.translation import Translation
from vbtui.studio.render.codec import Finding
from vbtui.studio.render.farm.door import Door
from vbtui.studio.render.farm.fitness import SILENT, Facts, facts, probe, why_not, why_unfit
from vbtui.studio.render.farm.share import Share, Turns
from vbtui.studio.render.farm.worker import Entry, Made, NotMade, Task, make

CHUNKS_A_SLOT = 2
"""So many chunks are handed over for each thread of the workers: one that is made, one that waits beside it."""
LOOK_S = 1.0
"""Between two looks at which workers there are."""
CONNECT_S = 5.0
ANSWER_S = 15.0
"""A scheduler that does not answer for so long is away."""
PROBE_S = 90.0
_RETRIES = 2
"""How often the scheduler gives a chunk to a worker again after an error that nobody foresaw."""
_MOST_FAILURES = 3
"""A worker that could not make so many chunks, which were made elsewhere then, is not used any more."""

_T = Translation
_AWAY = _T(
    "The scheduler {address} could not be reached: what was left was rendered on this machine.",
    "无法连接调度器 {address}：剩余部分在本机渲染。",
)
_NO_WORKERS = _T(
    "The scheduler {address} had no worker that can be used: what was left was rendered on this machine.",
    "调度器 {address} 没有可用的工作节点：剩余部分在本机渲染。",
)
_UNFIT = _T(
    "The scheduler {address} {why}: what was left was rendered on this machine.",
    "调度器 {address} {why}：剩余部分在本机渲染。",
)
_UNUSED = _T("The worker {worker} {why}: it is not used.", "工作节点 {worker} {why}：未使用。")
_GAVE_UP = _T(
    "The worker {worker} could not make a part ({why}): it was made on this machine.",
    "工作节点 {worker} 未能制作一个片段（{why}）：已在本机制作。",
)
_LOST = _T(
    "The workers could not make a part ({why}): it was made on this machine.",
    "工作节点未能制作一个片段（{why}）：已在本机制作。",
)
_FAILS = _T("failed on {count} parts", "有 {count} 个片段制作失败")
_OWN_FAULT = _T("cannot go on ({why})", "无法继续（{why}）")
_NO_ADDRESS = _T(
    "“{given}” is no address of a scheduler: it is written tcp://HOST:8786, or tls://HOST:8786.",
    "“{given}”不是调度器地址：应写作 tcp://主机:8786 或 tls://主机:8786。",
)


def farm_of(scheduler: str) -> Farm:
    """The farm of the scheduler with that address.

    Raises `UsageError` for what is no address, and `VbtuiError` (`farm_missing`) where the extra is not installed.
    """
    parts = urlsplit(scheduler)
    try:
        fits = parts.scheme in ("tcp", "tls") and parts.hostname and parts.port
    except ValueError:
        fits = False
    if not fits or not re.fullmatch(r"t(cp|ls)://[^/?#@\s]+", scheduler):
        raise UsageError(_NO_ADDRESS.of(given=clean_line(scheduler)[:60]))
    if importlib.util.find_spec("distributed") is None:
        raise VbtuiError(code="farm_missing")
    return Farm(scheduler)


class Farm:
    """The scheduler at an address, connected while there are renders.

    What it remarks is told each render under way, and each that begins later and that it concerns.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.turns = Turns()
        self.door: Door | None = None
        self._client: Any = None
        """A `distributed.Client` that was connected; it may have lost its scheduler since."""
        self._unfit = ""
        """Why a scheduler that answers cannot be used: a phrase that follows its name."""
        self._here: Facts | None = None
        self._threads: dict[str, int] = {}
        """Of each worker that can be used."""
        self._refused: dict[str, str] = {}
        """Why a worker is not used, by its address."""
        self._probes: dict[str, asyncio.Task[None]] = {}
        self._failures: Counter[str] = Counter()
        self._handed: set[_Handed] = set()
        self._shares: set[Share] = set()
        self._keeper: asyncio.Task[None] | None = None
        self._busy = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def share(
        self, project: str, here: int, on_remark: Callable[[str], None]
    ) -> AsyncIterator[Share]:
        """A render's share of the farm, inside the block.

        Args:
            project: whose turn it is goes by it.
            here: how many chunks this machine makes at a time, where it must.
        """
        share = Share(self, project, here, on_remark)
        self._shares.add(share)
        self._set_capacity()
        try:
            yield share
        finally:
            share.close()
            self._shares.discard(share)
            self._set_capacity()
            if not self._shares:
                await self.close()

    async def ready(self) -> None:
        """Returns when it is known whether a worker can be used: with the first, or when all were tried."""
        async with self._busy:
            if self._keeper is None:
                await self._look()
                self._keeper = asyncio.create_task(self._keep(), name="farm")
        while not self._threads and self._probes:
            await asyncio.wait([*self._probes.values()], return_when=asyncio.FIRST_COMPLETED)

    async def close(self) -> None:
        """Leave the scheduler; the next render connects again."""
        async with self._busy:
            if self._shares or self._keeper is None:
                return
            keeper, self._keeper = self._keeper, None
            keeper.cancel()
            await asyncio.wait([keeper])
            await self._leave()
            door, self.door = self.door, None
            if door is not None:
                await asyncio.to_thread(door.close)

    @property
    def why_here(self) -> str:
        """Why chunks are made on this machine, as a sentence."""
        told = _UNFIT if self._unfit else _AWAY if self._client is None else _NO_WORKERS
        return told.of(address=self.address, why=self._unfit)

    # -- which workers there are -------------------------------------------------------------------

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            await self._look()

    async def _look(self) -> None:
        """Sees which workers there are, tries new ones, and takes back what was handed to those that are gone."""
        try:
            if self._client is None:
                await self._connect()
            elif self._client.status != "running":
                raise OSError
            async with asyncio.timeout(ANSWER_S):
                threads: dict[str, int] = await self._client.nthreads()
        except Exception:  # whatever it is by which a scheduler cannot be spoken to
            await self._leave()
            return
        for known in (self._threads, self._refused):
            for worker in known.keys() - threads.keys():
                del known[worker]
        known_ones = {*self._threads, *self._refused, *self._probes}
        for worker in threads.keys() - known_ones:
            trying = self._try(worker, threads[worker])
            self._probes[worker] = asyncio.create_task(trying, name=f"probe {worker}")
        for handed in [*self._handed]:
            if not handed.workers & threads.keys():
                handed.take_back()
        self._set_capacity()

    async def _connect(self) -> None:
        """Raises whatever a scheduler cannot be reached by."""
        distributed = await asyncio.to_thread(_distributed)
        self._here = await facts()
        host = await asyncio.to_thread(_own_address, self.address)
        client = distributed.Client(
            self.address, asynchronous=True, set_as_default=False, timeout=CONNECT_S, name="vbtui"
        )
        try:
            async with asyncio.timeout(2 * CONNECT_S):
                await client
                self._unfit = await why_unfit(client)
            if self._unfit:
                raise OSError(self._unfit)
        except BaseException:
            await _closed(client)
            raise
        if self.door is None:
            certified = None
            if self.address.startswith("tls:"):
                certified = client.security.get_listen_args("client")["ssl_context"]
            self.door = Door(host, certified)
        self._client = client

    async def _leave(self) -> None:
        client, self._client = self._client, None
        for probing in self._probes.values():
            probing.cancel()
        self._probes.clear()
        self._threads.clear()
        self._refused.clear()
        for handed in [*self._handed]:
            handed.take_back()
        self._set_capacity()
        if client is not None:
            await _closed(client)

    async def _try(self, worker: str, threads: int) -> None:
        """Uses the worker from now on, or tells why not."""
        try:
            if why := await self._why_not(worker):
                self._refuse(worker, why)
            else:
                self._threads[worker] = threads
        finally:
            self._probes.pop(worker, None)
            self._set_capacity()

    async def _why_not(self, worker: str) -> str:
        """ "" for a worker that can be used, else what is wrong with it: a phrase that follows its name."""
        assert self.door is not None
        assert self._here is not None
        token = self.door.admit({})
        entry = Entry(self.door.url, token)
        try:
            async with asyncio.timeout(PROBE_S):
                answers = await self._client.run(probe, entry, workers=[worker], on_error="return")
        except TimeoutError:
            return SILENT.of()
        except Exception as error:
            return clean_line(str(error))[:200] or type(error).__name__
        finally:
            if self.door is not None:
                self.door.withdraw(token)
        return why_not(answers.get(worker), self._here, entry.url)

    def _refuse(self, worker: str, why: str) -> None:
        self._threads.pop(worker, None)
        if worker in self._refused:
            return
        self._refused[worker] = why
        for share in self._shares:
            share.on_remark(_unused(worker, why))

    def remarks(self) -> list[str]:
        """Which workers are not used, in sentences."""
        return [_unused(worker, why) for worker, why in self._refused.items()]

    def _set_capacity(self) -> None:
        there = CHUNKS_A_SLOT * sum(self._threads.values())
        here = min((share.here for share in self._shares), default=0)
        self.turns.set_capacity(there, here)

    async def findings(self) -> list[Finding]:
        """What of the farm works, inside a share, when all workers were tried."""
        if self._client is None:
            if self._unfit:
                detail = f"{self.address} {self._unfit}"
                return [("scheduler", "problem", detail, _SAME.of(version=__version__))]
            return [("scheduler", "problem", _UNREACHED.of(address=self.address), _START.of())]
        if self._probes:
            await asyncio.wait([*self._probes.values()])
        threads: dict[str, int] = await self._client.nthreads()
        if not threads:
            hint = _ADD.of(address=self.address)
            return [("scheduler", "problem", _NOBODY.of(address=self.address), hint)]
        found = [("scheduler", "ok", _CHECKED.of(address=self.address, count=len(threads)), "")]
        for worker, count in threads.items():
            if why := self._refused.get(worker):
                detail, hint = _WHY_UNUSED.of(threads=count, why=why), _SAME.of(version=__version__)
                found.append((_named(worker), "problem", detail, hint))
            else:
                ffmpeg = self._here.ffmpeg if self._here else ""
                found.append(
                    (_named(worker), "ok", _LIKE_HERE.of(threads=count, ffmpeg=ffmpeg), "")
                )
        return found

    # -- what goes to whom -------------------------------------------------------------------------

    async def hand_over(self, task: Task) -> Made | NotMade | None:
        """The chunk that a worker made; None where the scheduler or all workers that could have made it went away."""
        client, workers = self._client, frozenset(self._threads)
        if client is None or not workers:
            return None
        try:
            if client.status != "running":
                raise OSError
            future = client.submit(
                make,
                task,
                key=f"vbtui-{task.key}",
                workers=[*workers],
                retries=_RETRIES,
                pure=False,
            )
        except Exception:  # as in `_look`
            await self._leave()
            return None
        handed = _Handed(workers, asyncio.create_task(_result(future), name="chunk"))
        self._handed.add(handed)
        try:
            await asyncio.wait([handed.waiting])
        finally:
            handed.waiting.cancel()
            self._handed.discard(handed)
            future.release()
        if handed.waiting.cancelled():
            return None
        made = handed.waiting.result()
        if isinstance(made, NotMade):
            self._note_failure(made)
        return made

    def _note_failure(self, failure: NotMade) -> None:
        why = clean_line(failure.why)[:200]
        told = _GAVE_UP if failure.worker else _LOST
        for share in self._shares:
            share.on_remark(told.of(worker=_named(failure.worker), why=why))
        if not failure.worker:
            return
        self._failures[failure.worker] += 1
        count = self._failures[failure.worker]
        if failure.is_own:
            self._refuse(failure.worker, _OWN_FAULT.of(why=why))
        elif count >= _MOST_FAILURES:
            self._refuse(failure.worker, _FAILS.of(count=count))
        self._set_capacity()


@dataclass(frozen=True, eq=False)
class _Handed:
    """A chunk that the scheduler has."""

    workers: frozenset[str]
    """Who may make it."""
    waiting: asyncio.Task[Made | NotMade | None]

    def take_back(self) -> None:
        self.waiting.cancel()


async def _result(future: Any) -> Made | NotMade | None:
    """Raises nothing: None for a future that came to nothing with its scheduler."""
    try:
        made = await future
    except asyncio.CancelledError:
        raise
    except Exception as error:
        if type(error).__name__ == "FutureCancelledError":
            return None
        return NotMade(clean_line(str(error)) or type(error).__name__, "", is_own=False)
    return made if isinstance(made, Made | NotMade) else NotMade("?", "", is_own=False)


def _named(worker: str) -> str:
    """Its address, which it says itself, for a sentence."""
    return clean_line(worker)[:80]


def _unused(worker: str, why: str) -> str:
    return _UNUSED.of(worker=_named(worker), why=why)


async def _closed(client: Any) -> None:
    """Ends the client, whatever has become of its scheduler."""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(CONNECT_S):
            await client.close()


def _distributed() -> ModuleType:
    """The package, silent: what it has to say is told by us. Blocks for a second when it is imported."""
    module = import_module("distributed")
    for name in list(logging.root.manager.loggerDict):
        if name.startswith(("distributed", "tornado")):
            logger = logging.getLogger(name)
            logger.handlers.clear()
            logger.setLevel(logging.CRITICAL + 1)
    return module


def _own_address(scheduler: str) -> str:
    """The address of this machine by which it reaches the scheduler. Raises `OSError`."""
    parts = urlsplit(scheduler)
    assert parts.hostname
    assert parts.port
    with socket.create_connection((parts.hostname, parts.port), timeout=CONNECT_S) as way:
        return str(way.getsockname()[0])


# -- for vbtui doctor ------------------------------------------------------------------------------

_CHECKED = _T("{address}: {count} workers", "{address}：{count} 个工作节点")
_UNREACHED = _T("{address} does not answer", "{address} 没有回应")
_NOBODY = _T("{address} has no workers", "{address} 没有工作节点")
_LIKE_HERE = _T(
    "{threads} threads, ffmpeg {ffmpeg} makes what this machine's makes; texts are drawn here",
    "{threads} 个线程，ffmpeg {ffmpeg} 与本机结果相同；文字在本机绘制",
)
_WHY_UNUSED = _T("{threads} threads; {why}: it is not used", "{threads} 个线程；{why}：未使用")
_START = _T("Start it: dask scheduler", "请启动：dask scheduler")
_ADD = _T("Start some there: dask worker {address}", "请在那里启动：dask worker {address}")
_SAME = _T(
    "Install the same there as here: pip install 'vbtui[studio,farm]=={version}'",
    "请在那里安装与本机相同的版本：pip install 'vbtui[studio,farm]=={version}'",
)


async def examine(farm: Farm) -> list[Finding]:
    """What `vbtui doctor` says of the farm, and of each worker."""
    async with farm.share("", 0, lambda remark: None):
        await farm.ready()
        return await farm.findings()
