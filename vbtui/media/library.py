"""The media of a project: files on their way to the backend, and what it has.

A file is taken once, whole, and never forgotten: the journal knows it before its first byte goes
out, `done` is written only after the backend's answer, and after a crash the backend is asked what
arrived before anything is sent again.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from vbtui.base.errors import SessionNotFound, UsageError, VbtuiError
from vbtui.base.files import disk_errors
from vbtui.base.programs import send_command
from vbtui.base.text import clean_line
from vbtui.journal import sessions
from vbtui.journal.assets import FORGOTTEN, AssetRow
from vbtui.journal.records import COPY, LOST, Asset, AssetState, by_user
from vbtui.language.locations import read_paths
from vbtui.media import files
from vbtui.media.folder.watch import WatchedFolder
from vbtui.media.intake import Intake
from vbtui.media.ledger import Ledger, foreign_rows, match
from vbtui.media.upload import Uploads, described
from vbtui.session.context import Context
from vbtui.session.events import Link, OverviewChanged
from vbtui.session.projects import Sessions
from vbtui.wire.replies import Media, SessionState

_LONGEST_LABEL = 120
_SECOND_LOOK_S = 1.5
"""After a crash a file may still be on its last step at the backend: it is asked twice."""
_LONGEST_LOOK_S = 300.0


class Library:
    """The uploads of one engine."""

    def __init__(self, context: Context, sessions: Sessions) -> None:
        self._context = self.context = context
        self._sessions = sessions
        self._ledger = Ledger(context)
        self._intake = Intake(context, self._ledger)
        self._uploads = Uploads(context, sessions, self._ledger, self._intake)
        self._watch = WatchedFolder(context, self._ledger, self._intake, self._uploads.abort)
        self._doubtful: set[int] = set()
        self._doubt = asyncio.Event()
        self._changed = asyncio.Event()
        self._ledger.listeners.append(lambda _: self._changed.set())
        self._ledger.is_at_work = self._is_under_way
        context.bus.on(OverviewChanged, self._overview_changed)

    # -- reading ------------------------------------------------------------------------------

    @property
    def assets(self) -> Sequence[Asset]:
        """The media of the open session, oldest first."""
        return self._ledger.assets

    @property
    def paused(self) -> bool:
        """Whether no further upload is begun."""
        return self._uploads.paused

    @property
    def watched(self) -> Path | None:
        """The folder that is watched; None: none is."""
        return self._watch.directory

    @property
    def watched_here(self) -> Path | None:
        """The folder that is watched for the open session; None where that is another one's, or none is."""
        is_here = self._watch.session_id == self._ledger.open_session
        return self._watch.directory if is_here else None

    @property
    def is_busy(self) -> bool:
        """Whether a file is being looked at, hashed or sent, or would be if the link were up."""
        return self._intake.is_busy or self._uploads.is_busy or bool(self._doubtful)

    @property
    def is_settled(self) -> bool:
        """Whether no file of the watched folder is about to be taken."""
        return self._watch.is_settled

    async def wait_idle(self) -> None:
        """Returns when nothing is on its way; what waits for its file or for a retry may stay."""
        while self.is_busy or not self._watch.is_settled:
            await self._until_changed()

    async def _until_changed(self) -> None:
        """Returns when something has changed; not everything that does is told."""
        self._changed.clear()
        waiting = asyncio.create_task(self._changed.wait())
        await asyncio.wait([waiting], timeout=0.1)
        waiting.cancel()

    async def arrived(self, wanted: Sequence[Asset]) -> None:
        """Returns when none of these files of the open session is on its way any more."""
        ids = {asset.id for asset in wanted}
        while any(one.id in ids and not one.state.is_over for one in self.assets):
            await self._until_changed()

    def accepts_text(self, text: str) -> list[Path]:
        """The files and folders that a pasted or dropped text consists of; empty for other text."""
        return list(read_paths(text).here)

    def scp_hint(self, text: str) -> str:
        """For a path of the user's own machine, dropped over SSH: the command to run there."""
        elsewhere = read_paths(text).elsewhere
        return send_command(elsewhere, self.watched or Path.cwd(), os.environ)

    # -- adding -------------------------------------------------------------------------------

    async def add(self, paths: Sequence[Path], source: str = "picked") -> list[Asset]:
        """Upload files, in this order; one that cannot be used comes back failed, with the reason.

        A file that is named twice is there twice. One that was added before is nothing new.

        Raises `Unreachable` while there is no project yet, `DiskProblem`.
        """
        session = self._context.session
        rows = await self._intake.add(session.id, list(paths), source)
        return [self._asset(row) for row in rows]

    async def add_url(self, url: str) -> Asset:
        """Have the backend fetch `url`. Raises `UsageError` when it is no http or https address."""
        url = url.strip()
        try:
            parts = urlsplit(url)
            is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            is_address = False
        if not is_address or clean_line(url) != url:
            raise UsageError(code="usage.address")
        name = clean_line(unquote(parts.path.rpartition("/")[2])) or clean_line(parts.netloc)
        now = self._context.clock.now()
        asset = Asset(
            0,
            self._context.session.id,
            None,
            name,
            files.kind_of(name),
            "url",
            AssetState.QUEUED,
            url=url,
            created_at=now,
        )
        (row,) = await self._ledger.intern([AssetRow(asset, remote_name=name)])
        return self._asset(row)

    async def add_text(self, text: str) -> list[Asset]:
        """Upload the paths and addresses that `text` consists of; none: an empty list."""
        words = text.split()
        if words and all(word.startswith(("http://", "https://")) for word in words):
            return [await self.add_url(word) for word in words]
        paths = read_paths(text).here
        return await self.add(paths, "picked") if paths else []

    async def upload_again(self) -> list[Asset]:
        """Upload what the backend lost together with its session."""
        here = self._ledger.rows_of(self._ledger.open_session)
        lost = [row for row in here if row.state is AssetState.FAILED]
        lost = [row for row in lost if row.asset.why.code == LOST]
        return [await self.retry(row.id) for row in lost if row.asset.path or row.asset.url]

    # -- verbs on one file --------------------------------------------------------------------

    async def retry(self, asset_id: int) -> Asset:
        """Try a failed, skipped or vanished file again, now; a copy becomes a clip of its own."""
        row = self._row(asset_id)
        if row.asset.why.code == COPY:
            row = await self._intake.again(row, forced=True)
        elif row.state in (AssetState.FAILED, AssetState.SKIPPED, AssetState.GONE):
            row = await self._intake.retry(row)
        return self._asset(row)

    async def force(self, asset_id: int) -> Asset:
        """Upload a file as it is now: still growing, cut off, or a copy of another."""
        row = self._row(asset_id)
        if row.state in (AssetState.UPLOADING, AssetState.DONE, AssetState.REPLACED):
            return row.asset
        if row.asset.path is None:
            return self._asset(await self._intake.retry(row))
        return self._asset(await self._intake.again(row, forced=True))

    async def skip(self, asset_id: int) -> Asset:
        """Do not upload a file; one that is on its way is stopped."""
        row = self._row(asset_id)
        if self._uploads.is_sending(row.id):
            self._uploads.abort(row.id, AssetState.SKIPPED)
        elif row.state not in (AssetState.DONE, AssetState.REPLACED):
            asset = replace(row.asset, state=AssetState.SKIPPED, why=by_user(), retry_at=None)
            await self._ledger.change([replace(row, asset=asset)])
        return self._asset(row)

    async def forget(self, asset_id: int) -> None:
        """Take a file off the list; a watched folder does not bring it back until it changes."""
        row = self._row(asset_id)
        while self._uploads.is_sending(row.id):
            self._uploads.abort(row.id, AssetState.SKIPPED)
            await asyncio.sleep(0.01)
        await self._ledger.forget(self._ledger.get(asset_id) or row)

    async def rename(self, asset_id: int, label: str) -> Asset:
        """Call a file by another name here; empty: by its own again. The file itself keeps its name."""
        row = self._row(asset_id)
        label = clean_line(label)[:_LONGEST_LABEL]
        await self._ledger.relabel(row.id, "" if label == row.asset.name else label)
        return self._asset(row)

    def pause(self) -> None:
        """Begin no further upload; what is being sent is finished."""
        self._uploads.pause()

    def resume(self) -> None:
        """Go on uploading."""
        self._uploads.resume()

    # -- watching -----------------------------------------------------------------------------

    async def watch(self, directory: Path) -> None:
        """Upload what lies in `directory` and what lands there, into the session that is open now; it is made where
        there is nothing of that name.

        Replaces the folder that was watched before. Raises `UsageError` when it is no folder, `DiskProblem` when it
        cannot be made.
        """
        with disk_errors(directory):
            await asyncio.to_thread(_make_missing, directory)
        self._watch.begin(await asyncio.to_thread(directory.absolute), self._context.session.id)

    # -- life ---------------------------------------------------------------------------------

    async def load(self) -> None:
        """Read the open session's media from the journal; asks nobody else."""
        watched = self._watch.session_id
        if watched:
            new = await self._context.journal.run(lambda c: sessions.replacement(c, watched))
            if new is not None:
                self._watch.session_id = new.id
        wanted = {self._ledger.open_session, self._watch.session_id} - {""}
        await self._ledger.open(wanted)
        rows = list(self._ledger.rows)
        self._intake.resume(rows)
        for row in rows:
            if self._is_abandoned(row):
                await self._intake.again(row)

    async def reconcile(self) -> None:
        """Ask the backend what it has: settles what a crash left open, shows what others put there.

        Raises `VbtuiError` when it cannot be asked.
        """
        open_rows = [row for row in self._ledger.rows if row.state is AssetState.UPLOADING]
        wanted = {row.asset.session_id for row in open_rows} | {self._ledger.open_session}
        for session_id in wanted - {""}:
            await self.take_state(session_id, await self._context.client.state(session_id))

    async def take_state(self, session_id: str, state: SessionState) -> None:
        """Bring the ledger up to date with what the backend said about a session."""
        rows = self._ledger.rows_of(session_id) + self._ledger.rows_of(FORGOTTEN + session_id)
        media = [*state.media, *state.generated]
        matches = match([row for row in rows if _may_be_there(row)], media)
        for row in rows:
            found = matches.of_row.get(row.id)
            if found is not None and (
                row.state in _SENT or not self._uploads.has_twin_under_way(row)
            ):
                await self._found(row, found)
            elif self._is_in_doubt(row):
                self._doubtful.add(row.id)
                self._doubt.set()
        fresh = foreign_rows(session_id, state, matches.unknown, self._context.clock.now())
        if fresh:
            await self._ledger.intern(fresh)

    async def run(self) -> None:
        """Look at, hash and send files for as long as vbtui runs."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._intake.run(), name="intake")
            tasks.create_task(self._uploads.run(), name="uploads")
            tasks.create_task(self._settle_doubt(), name="doubt")

    async def run_watch(self) -> None:
        """Follow the watched folder, whichever it is, for as long as vbtui runs."""
        await self._watch.run()

    # -- inside -------------------------------------------------------------------------------

    def _row(self, asset_id: int) -> AssetRow:
        row = self._ledger.get(asset_id)
        if row is None or row.is_forgotten:
            raise UsageError(code="usage.file_forgotten")
        return row

    def _asset(self, row: AssetRow) -> Asset:
        return (self._ledger.get(row.id) or row).asset

    def _overview_changed(self, event: OverviewChanged) -> None:
        """The backend is back: what found nobody need not wait any longer."""
        if event.overview.link is Link.READY:
            ids, self._uploads.unreached = self._uploads.unreached, set()
            for row in filter(None, map(self._ledger.get, ids)):
                if row.state is AssetState.FAILED:
                    self._ledger.report(row.with_asset(retry_at=self._context.clock.now()))

    def _is_under_way(self, row: AssetRow) -> bool:
        """Whether this process works on `row`, so that memory is newer than the journal."""
        return self._uploads.is_sending(row.id) or row.state in (
            AssetState.SEEN,
            AssetState.SETTLING,
            AssetState.HASHING,
        )

    def _is_abandoned(self, row: AssetRow) -> bool:
        """A file that an earlier process waited for, and that no watched folder looks after."""
        waits = row.state in (AssetState.SEEN, AssetState.SETTLING)
        is_ours = waits and row.asset.source != "watch" and row.asset.path is not None
        return is_ours and not self._intake.is_looking_again(row.id)

    def _is_in_doubt(self, row: AssetRow) -> bool:
        """Whether nobody sends `row` any more though the ledger says so."""
        return (
            row.state is AssetState.UPLOADING
            and not self._uploads.is_sending(row.id)
            and not self._ledger.is_foreign(row)
        )

    async def _found(self, row: AssetRow, media: Media) -> None:
        """The backend has the file of `row`."""
        if row.state in _SENT:
            if row.asset.session_id == self._ledger.open_session:
                asset = described(row.asset, media)
                if asset != row.asset:
                    await self._ledger.change([replace(row, asset=asset)])
        elif self._is_in_doubt(row) or (row.tries and row.state in _TRIED):
            self._doubtful.discard(row.id)
            await self._uploads.arrived(row, media)

    async def _settle_doubt(self) -> None:
        """What a dead process was sending: asked once more, then sent again or written as done."""
        pause = _SECOND_LOOK_S
        while True:
            await self._doubt.wait()
            await self._context.wait_ready()
            await self._context.clock.sleep(pause)
            self._doubt.clear()
            rows = [row for row in map(self._ledger.get, self._doubtful) if row is not None]
            rows = [row for row in rows if self._is_in_doubt(row)]
            for session_id in {row.asset.session_id for row in rows}:
                await self._settle([row for row in rows if row.asset.session_id == session_id])
            pause = min(pause * 2, _LONGEST_LOOK_S) if self._doubt.is_set() else _SECOND_LOOK_S
            self._doubtful.intersection_update(row.id for row in rows if self._is_in_doubt(row))
            self._changed.set()

    async def _settle(self, rows: list[AssetRow]) -> None:
        try:
            found = await self._uploads.find_arrived(rows)
        except SessionNotFound:
            found = {}
            with suppress(VbtuiError):  # sending them says what is wrong
                await self._sessions.replace(rows[0].asset.session_id)
        except VbtuiError as error:
            self._context.link_lost(error)
            self._doubt.set()
            return
        again = []
        for row in rows:
            if row.id in found:
                await self._uploads.arrived(row, found[row.id])
            else:
                again.append(row)
        await self._ledger.release(again)
        self._doubtful.difference_update(row.id for row in rows)


def _make_missing(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise UsageError(code="usage.no_folder", folder=clean_line(str(directory))) from None


_SENT = (AssetState.DONE, AssetState.REPLACED)
_TRIED = (AssetState.FAILED, AssetState.QUEUED)


def _may_be_there(row: AssetRow) -> bool:
    """Whether the backend may have the file of `row`."""
    if row.asset.done_at is not None or row.state is AssetState.UPLOADING:
        return True
    return bool(row.tries) and row.state in _TRIED
