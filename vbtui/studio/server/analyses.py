"""What the director has to know of files before it can do what it was told: found out once for each file's content.

<cache>/analyses/<2 digits>/<key>    how loud a file is from moment to moment, by its content; those not used for
                                     longest go first
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from vbtui.base.errors import VbtuiError
from vbtui.studio.project.levels import Levels
from vbtui.studio.project.media import Media
from vbtui.studio.render.chunks import FileCache

VERSION = 1
"""Raised whenever the same file would be heard as something else."""
_LIMIT_BYTES = 200_000_000
"""Of the folder: about 500 hours."""
_HELD = 64
"""Files whose levels stay in memory: about 20 MB of hour-long ones."""

Progress = Callable[[Media, float], None]


class Analyses:
    """What was found out of files.

    Args:
        otherwise: where it is kept when the user's cache cannot be written.
        report: takes a line for the studio's log.
    """

    def __init__(self, otherwise: Path, report: Callable[[str], None]) -> None:
        self._cache = FileCache.of_user("analyses", otherwise, _LIMIT_BYTES)
        self._report = report
        self._levels: OrderedDict[str, Levels] = OrderedDict()
        """By key."""
        self._one = asyncio.Lock()
        """One file at a time: the machine has other things to do."""

    async def listen(self, files: Sequence[Media], on_progress: Progress) -> dict[str, Levels]:
        """The levels of these files by their ids, found out where they are not known yet; a file that cannot be heard
        has none. A cancelled one leaves nothing that goes on."""
        found = {}
        for media in files:
            async with self._one:
                found[media.id] = await self._listen(media, on_progress)
        return found

    async def _listen(self, media: Media, on_progress: Progress) -> Levels:
        from vbtui.studio.render.listening import listen

        key = _key(media)
        found = self._levels.get(key) or await asyncio.to_thread(self._kept, key)
        if found is None:
            on_progress(media, 0.0)
            try:
                found = await listen(media, lambda share: on_progress(media, share))
            except VbtuiError as error:
                self._report(f"{media.id} could not be listened to: {error}")
                found = Levels(b"")
            else:
                await asyncio.to_thread(self._keep, key, found)
        self._levels[key] = found
        self._levels.move_to_end(key)
        while len(self._levels) > _HELD:
            self._levels.popitem(last=False)
        return found

    def _kept(self, key: str) -> Levels | None:
        path = self._cache.path(key)
        try:
            os.utime(path)
            return Levels(path.read_bytes())
        except OSError:
            return None

    def _keep(self, key: str, levels: Levels) -> None:
        with contextlib.suppress(OSError), self._cache.unfinished() as unfinished:
            unfinished.write_bytes(levels.values)
            self._cache.keep(unfinished, key)
            self._cache.evict()


_STEP_PERCENT = 5


class Listening:
    """Files that are listened to for a turn: `levels` are there when `told` is over, unless nobody waited for them."""

    def __init__(self, analyses: Analyses, files: Sequence[Media]) -> None:
        self.levels: dict[str, Levels] = {}
        self._analyses, self._files = analyses, files

    async def told(self, gone: asyncio.Event) -> AsyncIterator[tuple[str, int]]:
        """The name of the file under way and how many percent of it were heard, now and then, until all were or `gone`
        is set. Raises what the listening raises."""
        steps: asyncio.Queue[tuple[str, int] | None] = asyncio.Queue()
        last = ("", -_STEP_PERCENT)

        def moved(media: Media, share: float) -> None:
            nonlocal last
            now = (media.filename, int(share * 100))
            if now[0] != last[0] or now[1] >= last[1] + _STEP_PERCENT:
                last = now
                steps.put_nowait(now)

        listening = asyncio.create_task(self._analyses.listen(self._files, moved), name="listening")
        leaving = asyncio.create_task(gone.wait())
        for task in (listening, leaving):
            task.add_done_callback(lambda _: steps.put_nowait(None))
        try:
            while (step := await steps.get()) is not None:
                yield step
            if listening.done():
                self.levels = listening.result()
        finally:
            for task in (listening, leaving):
                task.cancel()
            await asyncio.wait((listening, leaving))


def _key(media: Media) -> str:
    track = media.audio.track if media.audio is not None else -1
    content = media.sha256 or f"{media.path} {media.size}"
    return hashlib.sha256(f"levels {VERSION} {content} {track}".encode()).hexdigest()
