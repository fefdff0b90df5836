"""From a file to a queued row: looked at, recognised, hashed.

What is the same file: first by its quick identity (device, inode, size, mtime), which finds a
rename; then by the SHA-256 of its content, which finds a copy and a file that was only touched.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from vbtui.base.files import Identity
from vbtui.journal.assets import AssetRow
from vbtui.journal.records import NO_REASON, PICKED, UNWRITTEN, Asset, AssetState, Reason, vanished
from vbtui.media import files
from vbtui.media.files import Changed, Refused, growing
from vbtui.media.ledger import Ledger
from vbtui.session.context import Context

_BATCH_FILES = 64
_BATCH_BYTES = 32 * 1024 * 1024
_RETRY_UNREADABLE_S = 15.0

Observed = Identity | Refused
Observation = tuple[Path, Observed]
"""A path and what was found there."""


class Intake:
    """Takes files into the ledger up to the state `queued`."""

    def __init__(self, context: Context, ledger: Ledger) -> None:
        self._context = context
        self._ledger = ledger
        self._waiting: deque[int] = deque()
        self._batch: list[AssetRow] = []
        self._older: dict[int, int] = {}
        self._wake = asyncio.Event()
        self._is_over = False
        self._looking_again: dict[int, asyncio.Task[None]] = {}
        self.is_watched: Callable[[Path], bool] = lambda path: False
        """Whether a watched folder says when the file at a path is ready."""

    def is_looking_again(self, row_id: int) -> bool:
        """Whether it is waited until the row's file is quiet."""
        return row_id in self._looking_again

    @property
    def is_busy(self) -> bool:
        """Whether a file is being looked at or hashed."""
        return bool(self._waiting or self._batch or self._looking_again)

    # -- taking -------------------------------------------------------------------------------

    async def add(self, session_id: str, paths: Sequence[Path], source: str) -> list[AssetRow]:
        """Files that the user named, in their order: whatever the ledger knew, they are wanted."""
        seen = await asyncio.to_thread(_observe, paths)
        await self._ledger.remember(session_id, paths)
        return await self._enter(session_id, seen, source, AssetState.HASHING)

    async def ready(
        self, session_id: str, seen: Sequence[Observation], source: str
    ) -> list[AssetRow]:
        """Files of a watched folder that are whole, or refused for good."""
        seen = await self._without_renamed(session_id, seen)
        return await self._enter(session_id, seen, source, AssetState.HASHING)

    async def waiting(
        self, session_id: str, seen: Sequence[tuple[Path, Identity, Reason]], source: str
    ) -> None:
        """Files of a watched folder that are not ready, each with the reason.

        The journal has a row of each from the first look on; the reason alone is not worth a
        write, it changes several times a second.
        """
        reasons = {path: reason for path, _, reason in seen}
        fresh: list[Observation] = []
        for path, identity, _ in seen:
            row = self._ledger.at_path(session_id, path)
            if row is None or not _is_waiting(row):
                fresh.append((path, identity))
        if fresh:
            others = await self._without_renamed(session_id, fresh)
            await self._enter(session_id, others, source, AssetState.SETTLING)
        for path, identity, _ in seen:
            row = self._ledger.at_path(session_id, path)
            if row is not None and _is_waiting(row):
                asset = replace(
                    row.asset,
                    state=AssetState.SETTLING,
                    why=reasons[path],
                    size=identity.size,
                )
                self._ledger.report(replace(row, asset=asset, identity=identity))

    async def vanished(self, session_id: str, paths: Iterable[Path]) -> None:
        """Files of a watched folder that are not there any more."""
        rows = [self._ledger.at_path(session_id, path) for path in paths]
        gone = [
            row.with_asset(state=AssetState.GONE, why=vanished(), retry_at=None)
            for row in rows
            if row is not None and row.state in _BEFORE_UPLOAD
        ]
        if gone:
            await self._ledger.change(gone)

    async def again(self, row: AssetRow, *, forced: bool = False) -> AssetRow:
        """Look at the row's file anew and take it, whatever was decided about it before.

        `forced`: the user named it himself, so it stays his wish after a crash too.
        """
        assert row.asset.path is not None
        (_, look), *_ = await asyncio.to_thread(_observe, [row.asset.path])
        is_gone = isinstance(look, Refused) and look.is_gone
        source = PICKED if forced and not is_gone else row.asset.source
        fresh = self._fresh(row.asset.session_id, row.asset.path, source, look)
        return await self._restart(row, replace(fresh, forced=forced))

    async def retry(self, row: AssetRow) -> AssetRow:
        """Put a row whose time has come back on its way."""
        asset = replace(row.asset, state=AssetState.QUEUED, why=NO_REASON, retry_at=None)
        path = asset.path
        if path is not None and not (
            asset.sha256
            and row.identity is not None
            and await asyncio.to_thread(files.is_unchanged, path, row.identity)
        ):
            return await self.again(row)
        (held,) = await self._ledger.change([replace(row, asset=asset)])
        return held

    async def _enter(
        self, session_id: str, seen: Sequence[Observation], source: str, state: AssetState
    ) -> list[AssetRow]:
        fresh = [self._fresh(session_id, path, source, look, state) for path, look in seen]
        before = [self._ledger.at_path(session_id, path) for path, _ in seen]
        held = await self._ledger.intern(fresh)
        for row, older in zip(held, before, strict=True):
            if (
                older is not None
                and older.state is AssetState.DONE
                and older.identity != row.identity
                and older.id not in self._older.values()
            ):
                self._older[row.id] = older.id
        pairs = list(zip(held, fresh, strict=True))
        changed = [self._renewed(old, new) for old, new in pairs if _is_overtaken(old, new)]
        renewed = {row.id: row for row in await self._ledger.change(changed)} if changed else {}
        rows = [renewed.get(row.id, row) for row in held]
        self._hash(rows)
        return rows

    async def _restart(self, row: AssetRow, fresh: AssetRow) -> AssetRow:
        (held,) = await self._ledger.change([self._renewed(row, fresh)])
        self._hash([held])
        return held

    @staticmethod
    def _renewed(old: AssetRow, new: AssetRow) -> AssetRow:
        """`new` under the id of `old`: the same file, decided anew."""
        asset = replace(new.asset, id=old.id, created_at=old.asset.created_at)
        return replace(new, asset=asset, tries=old.tries)

    def _fresh(
        self,
        session_id: str,
        path: Path,
        source: str,
        look: Observed,
        state: AssetState = AssetState.HASHING,
    ) -> AssetRow:
        """A row for what was found at `path`; refused and failed where it cannot be used."""
        name = files.shown_name(path)
        now = self._context.clock.now()
        asset = Asset(0, session_id, path, name, files.kind_of(path.name), source, state)
        asset = replace(asset, created_at=now)
        if files.is_side_file(path.name) and not self._context.is_local:
            look = files.not_for_the_cloud()
        if isinstance(look, Refused):
            return AssetRow(_refused(asset, look, now), remote_name=name)
        asset = replace(asset, size=look.size)
        return AssetRow(asset, look, remote_name=name)

    async def _without_renamed(
        self, session_id: str, seen: Sequence[Observation]
    ) -> Sequence[Observation]:
        """Relabel rows whose file now lies elsewhere; returns what is none of these."""
        moved: dict[Path, AssetRow] = {}
        for path, look in seen:
            if isinstance(look, Refused):
                continue
            row = self._ledger.with_identity(session_id, look)
            if row is None or row.asset.path in (None, path):
                continue
            if row.asset.sha256 or row.state in _ON_ITS_WAY:
                moved[path] = row
        if not moved:
            return seen
        old_paths = [row.asset.path for row in moved.values() if row.asset.path is not None]
        there = await asyncio.to_thread(lambda: [os.path.lexists(path) for path in old_paths])
        renamed = {
            path: row for (path, row), still in zip(moved.items(), there, strict=True) if not still
        }
        await self._ledger.change([_relabelled(row, path) for path, row in renamed.items()])
        return [one for one in seen if one[0] not in renamed]

    # -- hashing ------------------------------------------------------------------------------

    def resume(self, rows: Iterable[AssetRow]) -> None:
        """Go on with rows that an earlier process left before they were hashed."""
        self._hash(rows)

    def _hash(self, rows: Iterable[AssetRow]) -> None:
        ids = [row.id for row in rows if row.state is AssetState.HASHING]
        waiting = set(self._waiting)
        self._waiting.extend(row_id for row_id in ids if row_id not in waiting)
        if self._waiting:
            self._wake.set()

    async def run(self) -> None:
        """Hash what is waiting, for as long as vbtui runs."""
        try:
            while True:
                await self._wake.wait()
                self._batch = self._next_batch()
                if self._batch:
                    results = await asyncio.to_thread(self._read_all, self._batch)
                    await self._settle(self._batch, results)
                    self._batch = []
                if not self._waiting:
                    self._wake.clear()
        finally:
            self._is_over = True
            for task in self._looking_again.values():
                task.cancel()

    def _next_batch(self) -> list[AssetRow]:
        """The first waiting rows that are still to be hashed, of a bounded size together."""
        batch: list[AssetRow] = []
        size = 0
        while self._waiting and len(batch) < _BATCH_FILES:
            row = self._ledger.get(self._waiting[0])
            if row is not None and row.state is AssetState.HASHING and row.identity is not None:
                size += row.identity.size
                if batch and size > _BATCH_BYTES:
                    break
                batch.append(row)
            self._waiting.popleft()
        return batch

    def _read_all(self, rows: Sequence[AssetRow]) -> list[str | Refused | Changed]:
        return [self._read(row) for row in rows]

    def _read(self, row: AssetRow) -> str | Refused | Changed:
        assert row.asset.path is not None
        assert row.identity is not None
        try:
            return files.read_digest(row.asset.path, row.identity, lambda: self._is_over)
        except (Refused, Changed) as outcome:
            return outcome

    async def _settle(
        self, rows: Sequence[AssetRow], results: Sequence[str | Refused | Changed]
    ) -> None:
        """Write what the hashing gave."""
        changed: list[AssetRow] = []
        for old, result in zip(rows, results, strict=True):
            row = self._ledger.get(old.id)
            if row is None or row.state is not AssetState.HASHING or row.identity != old.identity:
                continue
            if row.asset.path != old.asset.path:
                self._hash([row])
                continue
            if isinstance(result, str):
                row = row.with_asset(state=AssetState.QUEUED, sha256=result, why=NO_REASON)
                if not await self._was_only_touched(row):
                    changed.append(row)
            elif isinstance(result, Refused):
                asset = _refused(row.asset, result, self._context.clock.now())
                changed.append(replace(row, asset=asset))
            else:
                changed.append(self.settling(row))
        if changed:
            await self._ledger.change(changed)

    async def _was_only_touched(self, row: AssetRow) -> bool:
        """Whether the version before has this very content: then only the file's time changed."""
        older = self._ledger.get(self._older.pop(row.id, 0))
        if older is None or row.forced or older.asset.sha256 != row.asset.sha256:
            return False
        await self._ledger.remove(row)
        await self._ledger.change([replace(older, identity=row.identity)])
        return True

    # -- files that change --------------------------------------------------------------------

    def settling(self, row: AssetRow) -> AssetRow:
        """`row`, whose file changed while it was read, back where it waits until it is quiet."""
        if row.asset.path is not None and row.id not in self._looking_again:
            task = asyncio.create_task(self._look_again(row.id, row.asset.path))
            self._looking_again[row.id] = task
            task.add_done_callback(lambda _: self._looking_again.pop(row.id, None))
        why = growing(0, self._context.settings.uploads.settle_s)
        return row.with_asset(
            state=AssetState.SETTLING, why=why, sha256="", sent=0, rate=0.0, retry_at=None
        )

    async def _look_again(self, row_id: int, path: Path) -> None:
        """Wait until the file at `path` is quiet, then take it again."""
        before: Observed | None = None
        while True:
            ((_, look),) = await asyncio.to_thread(_observe, [path])
            if look == before or isinstance(look, Refused):
                break
            if self.is_watched(path):
                return
            before = look
            await self._context.clock.sleep(self._context.settings.uploads.settle_s)
        row = self._ledger.get(row_id)
        if row is not None and row.state is AssetState.SETTLING:
            fresh = self._fresh(row.asset.session_id, path, row.asset.source, look)
            await self._restart(row, fresh)


_ON_ITS_WAY = (AssetState.SETTLING, AssetState.HASHING, AssetState.QUEUED, AssetState.UPLOADING)
_BEFORE_UPLOAD = (
    AssetState.SEEN,
    AssetState.SETTLING,
    AssetState.HASHING,
    AssetState.QUEUED,
    AssetState.FAILED,
)


def _is_waiting(row: AssetRow) -> bool:
    return row.state in (AssetState.SEEN, AssetState.SETTLING)


def _is_overtaken(old: AssetRow, new: AssetRow) -> bool:
    """Whether what the ledger has of a file must give way to what was found now."""
    if old.state in (AssetState.UPLOADING, AssetState.DONE):
        return False
    if old.identity == new.identity and old.state is new.state:
        return False
    on_its_way = old.state in (AssetState.HASHING, AssetState.QUEUED)
    return not (on_its_way and old.identity == new.identity)


def _refused(asset: Asset, refused: Refused, now: float) -> Asset:
    """`asset` as failed, tried again by itself only where that may help.

    In a watched folder a vanished file is gone, and one of another kind is skipped: a camera's
    card is full of them. One that is still being written is looked at again wherever it lies.
    """
    state, why, retry_at = AssetState.FAILED, Reason(refused.code, refused.reason), None
    if asset.source == "watch":
        if refused.is_gone:
            state, why = AssetState.GONE, vanished()
        elif refused.is_other_kind:
            state = AssetState.SKIPPED
        elif not refused.is_final:
            retry_at = now + _RETRY_UNREADABLE_S
    elif refused.code == UNWRITTEN:
        retry_at = now + _RETRY_UNREADABLE_S
    return replace(asset, state=state, why=why, retry_at=retry_at, sent=0, rate=0.0)


def _relabelled(row: AssetRow, path: Path) -> AssetRow:
    return row.with_asset(path=path, name=files.shown_name(path))


def _observe(paths: Sequence[Path]) -> list[Observation]:
    seen: list[Observation] = []
    for path in paths:
        path = Path(os.path.abspath(path))
        try:
            seen.append((path, files.examine(path)))
        except Refused as refused:
            seen.append((path, refused))
    return seen
