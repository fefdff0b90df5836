"""Proxies of footage that is slow to look into: made one at a time when nothing is rendered, kept in the user's cache.

    <cache>/proxies/<2 digits>/<key>    a whole proxy, by the content of its file; the ones not used for longest go
                                        first

One that a render, or the end of the studio, cut short is begun again. Nobody waits for one: the studio does not stay for
it, and what has none is drawn from its file.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from vbtui.base.errors import VbtuiError
from vbtui.base.settings import Studio as Limits
from vbtui.studio.project.media import Media, is_slow
from vbtui.studio.project.prober import Prober
from vbtui.studio.render.chunks import FileCache
from vbtui.studio.server.renders import Renders

VERSION = 1
"""Raised whenever the proxy of the same file would be another one."""


_BYTES_A_SECOND = 300_000
"""Of a large proxy."""


class Proxies:
    """Those that there are, and the making of those that are wanted.

    Args:
        otherwise: where they are kept when the user's cache cannot be written.
        report: takes a line for the studio's log.
    """

    def __init__(
        self,
        otherwise: Path,
        limits: Limits,
        renders: Renders,
        prober: Prober,
        report: Callable[[str], None],
    ) -> None:
        limit_bytes = int(limits.proxies_gb * 1000**3)
        self._longest_ms = limit_bytes / _BYTES_A_SECOND * 1000
        """A longer one might be larger than all may be together."""
        self._cache = FileCache.of_user("proxies", otherwise, limit_bytes) if limit_bytes else None
        self._renders = renders
        self._prober = prober
        self._report = report
        self._wanted: dict[str, Media] = {}
        """By key, the next one first."""
        self._settled: set[str] = set()
        """Keys that are not tried again: made, not needed or impossible. One that had to go is not made again."""
        self._worker: asyncio.Task[None] | None = None
        """There while there is something to do."""

    def find(self, media: Media) -> Path | None:
        """The proxy of that file. Blocks."""
        if self._cache is None or not media.sha256:
            return None
        path = self._cache.path(_key(media))
        try:
            os.utime(path)
        except OSError:
            return None
        return path

    def want(self, files: Iterable[Media], *, first: bool = False) -> None:
        """Make proxies of those that need one; `first` before all others."""
        wanted = {_key(media): media for media in files if self._may_need(media)}
        wanted = {key: media for key, media in wanted.items() if key not in self._settled}
        self._wanted = {**wanted, **self._wanted} if first else {**self._wanted, **wanted}
        if self._wanted and (self._worker is None or self._worker.done()):
            self._worker = asyncio.create_task(self._work(), name="proxies")

    def _may_need(self, media: Media) -> bool:
        if self._cache is None or not media.sha256 or media.kind != "video":
            return False
        if media.duration_ms > self._longest_ms:
            return False
        return media.group_ms is None or is_slow(media)

    async def close(self) -> None:
        """Make no more; what is under way is left out."""
        self._wanted.clear()
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.wait([self._worker])

    async def _work(self) -> None:
        while self._wanted:
            await self._renders.wait_done()
            for key, media in list(self._wanted.items())[:1]:
                if await self._is_settled(key, media):
                    self._settled.add(key)
                    self._wanted.pop(key, None)

    async def _is_settled(self, key: str, media: Media) -> bool:
        """Whether it was tried to its end; not where a render came first."""
        making = asyncio.create_task(self._make(key, media), name="proxy")
        rendering = asyncio.create_task(self._renders.wait_busy())
        try:
            await asyncio.wait((making, rendering), return_when=asyncio.FIRST_COMPLETED)
            return making.done()
        finally:
            making.cancel()
            rendering.cancel()
            await asyncio.wait((making, rendering))

    async def _make(self, key: str, media: Media) -> None:
        from vbtui.studio.render.proxy import make_proxy

        cache = self._cache
        assert cache is not None
        try:
            if media.group_ms is None:  # it was looked at before that was asked
                media = await self._prober.probe(media.path, media.filename, media.sha256)
            if not is_slow(media) or await asyncio.to_thread(self.find, media) is not None:
                return
            with cache.unfinished() as unfinished:
                await make_proxy(media, unfinished, threads=max(1, (os.cpu_count() or 1) // 2))
                await asyncio.to_thread(cache.keep, unfinished, key)
            await asyncio.to_thread(cache.evict)
        except (VbtuiError, OSError) as error:
            self._report(f"no proxy of {media.id}: {error}")
        except Exception as error:  # what has none is drawn from its file
            self._report(f"the proxy of {media.id} failed: {error!r}")


def _key(media: Media) -> str:
    return hashlib.sha256(f"{VERSION} {media.sha256}".encode()).hexdigest()
