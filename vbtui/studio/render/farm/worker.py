"""What runs on a worker: one task after the other.

A worker has a cache of its own, bounded by `[studio] cache_gb` of its own machine: the files that it fetched, by hash, and
the chunks that it made, by key. A task whose result was lost on the way back is not encoded again.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import shutil
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any, NamedTuple

from vbtui.base.errors import BadFile, RenderFailed, VbtuiError
from vbtui.base.files import file_lock, fresh_name, remove_leftovers
from vbtui.base.settings import load
from vbtui.studio.render.chunks import FileCache
from vbtui.studio.render.recipe import Recipe, count_frames, follow

_LOOK_S = 0.3
"""Between two looks whether a task is still wanted."""
_STALL_S = 30.0
_BLOCK = 1 << 20
_TRIES = 4
_PAUSE_S = 0.5
"""Before another try to fetch, twice as long each time."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A way to the studio's door."""

    url: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that a task reads."""

    name: str
    """What it is called in the folder where ffmpeg runs."""
    sha256: str


@dataclass(frozen=True, slots=True)
class Task:
    """One chunk to be made."""

    key: str
    """The chunk's."""
    recipe: Recipe
    """Its inputs are `file:NAME`, names of `sources`."""
    sources: tuple[Source, ...]
    entry: Entry


class Made(NamedTuple):
    """The chunk."""

    content: bytes
    remark: str
    """What is to be said whenever it is used; usually nothing."""


class NotMade(NamedTuple):
    """Why there is none."""

    why: str
    worker: str
    """Its address."""
    is_own: bool
    """Whether the reason is the worker's own – its disk, its way to the door – and not the chunk's."""


class Unwanted(Exception):
    """Nobody waits for the task any more."""


def make(task: Task) -> Made | NotMade:
    """The chunk, or why not; runs in a thread of a worker. Raises `Unwanted` within a second of when it is."""
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def is_wanted() -> bool:
        if worker.status.name in ("closing", "closed", "failed"):
            return False
        state = worker.state.tasks.get(key)
        return state is not None and state.state in ("executing", "long-running")

    try:
        return _make(task, Way.of(task.entry, worker), Path(worker.local_directory), is_wanted)
    except VbtuiError as error:
        is_own = not isinstance(error, RenderFailed | BadFile)
        return NotMade(error.sentence, worker.address, is_own=is_own)
    except OSError as error:
        return NotMade(str(error), worker.address, is_own=True)


def _make(task: Task, way: Way, otherwise: Path, is_wanted: Callable[[], bool]) -> Made:
    limit = int(load().studio.cache_gb * 1000**3)
    cache = FileCache.of_user("farm", otherwise, limit)
    with _own_folder(cache.folder.with_name("farm-work")) as folder:
        chunk = folder / "chunk"
        if not (cache.take(task.key, chunk) and count_frames(chunk) == task.recipe.count):
            for source in task.sources:
                if not cache.take(source.sha256, folder / source.name):
                    _fetch(way, source, cache, folder / source.name, is_wanted)
            remarks: list[str] = []
            with cache.unfinished() as unfinished:
                asyncio.run(_encode(task.recipe, unfinished, folder, remarks, is_wanted))
                cache.keep(unfinished, task.key, " ".join(dict.fromkeys(remarks)))
            cache.take(task.key, chunk)
            cache.evict()
        return Made(chunk.read_bytes(), cache.remark(task.key))


@contextlib.contextmanager
def _own_folder(parent: Path) -> Iterator[Path]:
    """On the same disk as the cache, so that files are linked and not copied."""
    parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(parent, "work-")
    folder = parent / fresh_name("work-")
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _encode(
    recipe: Recipe, path: Path, folder: Path, remarks: list[str], is_wanted: Callable[[], bool]
) -> None:
    own = replace(recipe, inputs=tuple(_placed(one, folder) for one in recipe.inputs))
    encoding = asyncio.create_task(
        follow(own, path, folder, on_frame=lambda frame: None, on_damage=remarks.append)
    )
    while not encoding.done():
        await asyncio.wait([encoding], timeout=_LOOK_S)
        if not is_wanted():
            encoding.cancel()
            await asyncio.wait([encoding])
            raise Unwanted
    encoding.result()


def _placed(argument: str, folder: Path) -> str:
    name = argument.removeprefix("file:")
    return argument if name == argument else f"file:{folder / name}"


def _fetch(
    way: Way, source: Source, cache: FileCache, link: Path, is_wanted: Callable[[], bool]
) -> None:
    """Puts the file into the cache and at `link`; one process of a machine fetches it, the others wait for it."""
    cache.folder.mkdir(parents=True, exist_ok=True)
    while True:
        with file_lock(cache.folder / f"fetching-{source.sha256[:2]}") as is_ours:
            if cache.take(source.sha256, link):
                return
            if is_ours:
                with cache.unfinished() as unfinished:
                    _download(way, source, unfinished, is_wanted)
                    cache.keep(unfinished, source.sha256)
                if not cache.take(source.sha256, link):
                    raise OSError("the cache is full")
                cache.evict()
                return
        if not is_wanted():
            raise Unwanted
        time.sleep(_LOOK_S)


def _download(way: Way, source: Source, path: Path, is_wanted: Callable[[], bool]) -> None:
    """Raises `OSError` after some tries, also for content that is not what was asked for."""
    for attempt in range(_TRIES):
        digest = hashlib.sha256()
        try:
            with way.opened(f"/files/{source.sha256}") as answer, path.open("wb") as file:
                while block := answer.read(_BLOCK):
                    if not is_wanted():
                        raise Unwanted
                    digest.update(block)
                    file.write(block)
            if digest.hexdigest() == source.sha256:
                return
            problem = OSError("a file came other than it was announced")
        except urllib.error.HTTPError as error:
            raise OSError(f"the studio's door answers {error.code}") from None
        except (OSError, HTTPException) as error:
            problem = OSError(str(error))
        if attempt + 1 < _TRIES:
            time.sleep(_PAUSE_S * 2**attempt)
    raise problem


class Way(NamedTuple):
    """How a worker goes to the door."""

    entry: Entry
    certified: ssl.SSLContext | None
    """Its own certificate, where the door asks for one."""

    @classmethod
    def of(cls, entry: Entry, worker: Any) -> Way:
        is_open = entry.url.startswith("http:")
        known = None if is_open else worker.security.get_connection_args("worker")["ssl_context"]
        return cls(entry, known)

    def opened(self, path: str) -> IO[bytes]:
        """The door's answer. No proxy is asked, and no redirect is followed. Raises `OSError`."""
        request = urllib.request.Request(
            self.entry.url + path, headers={"Authorization": f"Bearer {self.entry.token}"}
        )
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=self.certified),
            _Straight(),
        )
        opened: IO[bytes] = opener.open(request, timeout=_STALL_S)
        return opened


class _Straight(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: object) -> None:
        """A token goes to nobody else."""
