"""The watched folder of a project: what the hot folder finds goes into the ledger."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from vbtui.base.files import Identity
from vbtui.base.problem import Problem, Severity
from vbtui.base.text import clean_line, natural
from vbtui.base.translation import Translation
from vbtui.journal.records import AssetState
from vbtui.media.files import Refused
from vbtui.media.folder.hotfolder import Condition, Found, HotFolder
from vbtui.media.intake import Intake, Observation
from vbtui.media.ledger import Ledger
from vbtui.session.context import Context
from vbtui.session.events import RenderChanged

T = TypeVar("T")
SOURCE = "watch"
_CHUNK = 100
"""Files that are taken into the ledger in one go; the event loop gets its turn in between."""
_UNDECIDED = (AssetState.SEEN, AssetState.SETTLING, AssetState.GONE)

_T = Translation
_PAUSED = _T("Watching {name} is paused", "暂停监视 {name}")
_LOOKING = _T("Watching {name} by looking at it", "以定期查看的方式监视 {name}")
_GOES_ON = _T("Watching {name} goes on", "继续监视 {name}")
_BACK, _AGAIN = (
    _T("the folder is back", "文件夹已恢复"),
    _T("file events come again", "文件事件已恢复"),
)
_SENTENCE = _T("{text}.", "{text}。")


class WatchedFolder:
    """At most one folder, for one session: the one that was open when the watch began.

    Args:
        stop_sending: called with the row of a file that changed while it is being sent.
    """

    def __init__(
        self, context: Context, ledger: Ledger, intake: Intake, stop_sending: Callable[[int], None]
    ) -> None:
        self._context = context
        self._ledger = ledger
        self._intake = intake
        self._stop = stop_sending
        self._hot: HotFolder | None = None
        self._begun = asyncio.Event()
        self._own: set[Path] = set()
        self.directory: Path | None = None
        self.session_id = ""
        """Whose it is; another one when that session was lost."""
        self.condition: Condition | None = None
        intake.is_watched = self._is_inside
        context.bus.on(RenderChanged, self._render_changed)

    @property
    def is_settled(self) -> bool:
        """Whether no file of the folder is waited for by the clock."""
        return self.directory is None or (self._hot is not None and self._hot.is_settled)

    def begin(self, directory: Path, session_id: str) -> None:
        """Watch `directory` from now on, in place of another one."""
        self.end()
        self.directory, self.session_id = directory, session_id
        self._begun.set()

    def end(self) -> None:
        """Watch nothing."""
        self.directory, self.session_id, self._hot = None, "", None
        self._begun.set()

    async def run(self) -> None:
        """For as long as vbtui runs."""
        while True:
            self._begun.clear()
            begun = asyncio.create_task(self._begun.wait())
            following = asyncio.create_task(self._follow())
            try:
                await asyncio.wait([begun, following], return_when=asyncio.FIRST_COMPLETED)
                if following.done():
                    following.result()
                    await begun
            finally:
                for task in (begun, following):
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await task

    async def _follow(self) -> None:
        if self.directory is None:
            return
        self._own = await self._context.journal.run(_video_paths)
        self._hot = HotFolder(
            self.directory,
            clock=self._context.clock,
            settle_s=self._context.settings.uploads.settle_s,
            is_known=self._is_known,
            is_own=self._is_own,
            apply=self._apply,
            report=self._report,
            excluded=self._exports_below(self.directory),
        )
        await self._hot.run()

    def _exports_below(self, directory: Path) -> list[str]:
        """The folder for finished videos, where it lies within the watched one."""
        configured = self._context.settings.exports.directory
        if not configured:
            return []
        exports = Path(os.path.abspath(Path(configured).expanduser()))
        return [str(exports)] if directory in exports.parents else []

    # -- questions of the hot folder, asked in its thread -------------------------------------

    def _is_inside(self, path: Path) -> bool:
        return self._hot is not None and self.directory in path.parents

    def _is_known(self, path: str, identity: Identity) -> bool:
        row = self._ledger.at_path(self.session_id, path)
        return row is not None and row.identity == identity and row.state not in _UNDECIDED

    def _is_own(self, path: str) -> bool:
        return any(is_named_for(Path(path), own) for own in self._own)

    # -- what it finds ------------------------------------------------------------------------

    async def _apply(self, found: Found) -> None:
        for waiting in _chunks(found.waiting):
            self._stop_sending([(path, identity) for path, identity, _ in waiting])
            await self._intake.waiting(self.session_id, waiting, SOURCE)
            await asyncio.sleep(0)
        found.ready.sort(key=lambda one: natural(one[0].name))
        if found.ready:
            self._own = await self._context.journal.run(_video_paths)
        for ready in _chunks(found.ready):
            foreign = [one for one in ready if not self._is_own(os.fspath(one[0]))]
            self._stop_sending(foreign)
            await self._intake.ready(self.session_id, foreign, SOURCE)
            await asyncio.sleep(0)
        for vanished in _chunks(found.vanished):
            await self._intake.vanished(self.session_id, vanished)

    def _stop_sending(self, seen: Sequence[Observation]) -> None:
        """A file that is another one now must not go on being sent."""
        for path, look in seen:
            row = self._ledger.at_path(self.session_id, path)
            if row is None or row.state is not AssetState.UPLOADING:
                continue
            if not isinstance(look, Refused) and look != row.identity:
                self._stop(row.id)

    def _report(self, condition: Condition) -> None:
        before, self.condition = self.condition, condition
        name = clean_line(self.directory.name) if self.directory else ""
        if condition.state == "away":
            self._notice(_PAUSED.of(name=name), condition, "warning")
        elif condition.state == "polling":
            self._notice(_LOOKING.of(name=name), condition, "information")
        elif before is not None:
            why = (_BACK if before.state == "away" else _AGAIN).of()
            self._notice(_GOES_ON.of(name=name), Condition("", why), "information")

    def _notice(self, title: str, condition: Condition, severity: Severity) -> None:
        message = _SENTENCE.of(text=condition.reason[:1].upper() + condition.reason[1:])
        self._context.notice(Problem(title, message, condition.hint), severity)

    def _render_changed(self, event: RenderChanged) -> None:
        paths = (event.render.path, event.render.options.destination)
        self._own |= {path for path in paths if path is not None}


def is_named_for(path: Path, video: Path) -> bool:
    """Whether `path` is `video`, or the name it gets where that is taken: `promo (2).mp4`."""
    if path == video:
        return True
    if path.parent != video.parent or path.suffix != video.suffix:
        return False
    return re.fullmatch(re.escape(video.stem) + r" \(\d+\)", path.stem) is not None


def _video_paths(connection: sqlite3.Connection) -> set[Path]:
    """Where vbtui's own videos lie or will lie."""
    found = connection.execute("SELECT path, destination FROM renders")
    return {Path(os.fsdecode(one)) for line in found for one in line if one is not None}


def _chunks(items: Sequence[T]) -> list[Sequence[T]]:
    return [items[at : at + _CHUNK] for at in range(0, len(items), _CHUNK)]
