"""What a render has of the farm, and whose turn it is."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING

from vbtui.studio.project.media import Media
from vbtui.studio.render.farm.worker import Entry, Made, NotMade, Source, Task
from vbtui.studio.render.recipe import Recipe

if TYPE_CHECKING:
    from vbtui.studio.render.farm.scheduler import Farm


class Share:
    """What one render has of the farm."""

    def __init__(
        self, farm: Farm, project: str, here: int, on_remark: Callable[[str], None]
    ) -> None:
        self.here = here
        self.on_remark = on_remark
        self._farm = farm
        self._project = project
        self._files: dict[str, Path] = {}
        """What the door gives to the workers of this render, by hash."""
        self._hashes: dict[Path, str] = {}
        self._entry: Entry | None = None

    @contextlib.asynccontextmanager
    async def turn(self, *, only_here: bool = False) -> AsyncIterator[bool]:
        """Waits until a chunk of this render may be made; whether that is on this machine.

        Args:
            only_here: no worker can make it.
        """
        await self._farm.ready()
        async with self._farm.turns.take(self._project, only_here=only_here) as is_here:
            for remark in self._farm.remarks():
                self.on_remark(remark)
            if is_here and not only_here:
                self.on_remark(self._farm.why_here)
            yield is_here

    async def make(self, key: str, recipe: Recipe, media: Sequence[Media]) -> Made | NotMade | None:
        """The chunk `key`, as `Farm.hand_over` gives it.

        Args:
            media: the files of the project that the recipe may read.
        """
        door = self._farm.door
        if door is None:
            return None
        if self._entry is None:
            self._entry = Entry(door.url, door.admit(self._files))
        known = {media.path.absolute(): media.sha256 for media in media if media.sha256}
        inputs: list[str] = []
        sources: list[Source] = []
        for argument in recipe.inputs:
            path = Path(argument.removeprefix("file:"))
            if argument.startswith("file:"):
                source = Source(f"{len(sources)}{path.suffix}", await self._offer(path, known))
                sources.append(source)
                argument = f"file:{source.name}"
            inputs.append(argument)
        for table in recipe.tables:
            sources.append(Source(table.name, await self._offer(table, known)))
        own = replace(recipe, inputs=tuple(inputs), tables=())
        return await self._farm.hand_over(Task(key, own, tuple(sources), self._entry))

    async def _offer(self, path: Path, known: Mapping[Path, str]) -> str:
        """The hash of a file that workers may fetch from now on. Raises `OSError`."""
        digest = self._hashes.get(path) or known.get(path, "")
        if not digest:
            digest = await asyncio.to_thread(_hash, path)
        self._hashes[path] = digest
        self._files[digest] = path
        return digest

    def close(self) -> None:
        """The door is shut for the workers of this render."""
        if self._entry is not None and self._farm.door is not None:
            self._farm.door.withdraw(self._entry.token)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


class Turns:
    """Who may make a chunk next, and where: one after the other, of each project one at a time."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[tuple[str, bool], deque[asyncio.Future[bool]]] = OrderedDict()
        """By project and whether it must be here; the one served last stands last."""
        self._most = {True: 0, False: 0}
        """Chunks at a time, here and there."""
        self._busy = {True: 0, False: 0}

    def set_capacity(self, there: int, here: int) -> None:
        """So many chunks may be made at a time; where there is room at workers this machine makes only what must be."""
        self._most = {True: here, False: there}
        self._deal()

    @contextlib.asynccontextmanager
    async def take(self, project: str, *, only_here: bool) -> AsyncIterator[bool]:
        """Inside the block it is the project's turn; whether on this machine."""
        mine: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault((project, only_here), deque()).append(mine)
        self._deal()
        try:
            is_here = await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._give_back(mine.result())
            raise
        try:
            yield is_here
        finally:
            self._give_back(is_here)

    def _give_back(self, is_here: bool) -> None:
        self._busy[is_here] -= 1
        self._deal()

    def _deal(self) -> None:
        while (served := next(self._fitting(), None)) is not None:
            key, is_here = served
            mine = self._waiting[key].popleft()
            if self._waiting[key]:
                self._waiting.move_to_end(key)
            else:
                del self._waiting[key]
            if not mine.cancelled():
                self._busy[is_here] += 1
                mine.set_result(is_here)

    def _fitting(self) -> Iterator[tuple[tuple[str, bool], bool]]:
        """Who can be served now, and where."""
        for key in self._waiting:
            is_here = key[1] or not self._most[False]
            if self._busy[is_here] < self._most[is_here]:
                yield key, is_here
