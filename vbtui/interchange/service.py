"""The way out of the open session: its timeline as files of other programs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from vbtui.base.errors import UsageError
from vbtui.base.translation import Translation
from vbtui.interchange.model import FORMATS, LABELS, WayOut
from vbtui.journal import assets as stored
from vbtui.journal.records import Asset, DraftVersion
from vbtui.session.context import Context
from vbtui.session.drafts import Drafts

_AS_LAST_SEEN = Translation(
    "This is version {version}, as it was seen last: the timeline could not be read again. {reason}",
    "这是上次见到的版本 {version}：无法再次读取时间线。{reason}",
)
CLOUD_HAS_NO_SCRIPT = Translation(
    "The rebuild folder is not made for the cloud: only the local studio knows the exact commands of a render.",
    "云端不能制作重建文件夹：只有本地工作室知道渲染的确切命令。",
)
_NO_OTIO = Translation(
    "It needs opentimelineio: pip install 'vbtui[otio]'",
    "需要 opentimelineio：pip install 'vbtui[otio]'",
)


@dataclass(frozen=True, slots=True)
class Offer:
    """One format, as a list shows it."""

    format: str
    """One of `FORMATS`."""
    label: str
    reason: str = ""
    """Why it cannot be had now; empty when it can."""


class WaysOut:
    """Writes the open session's timeline for other programs."""

    def __init__(self, context: Context, drafts: Drafts) -> None:
        self._context = context
        self._drafts = drafts

    @property
    def folder(self) -> Path:
        """Where files go unless another folder is said."""
        return self._context.folder

    @property
    def offers(self) -> tuple[Offer, ...]:
        """Every format, in order, with the reason where it cannot be had."""
        no_otio = "" if find_spec("opentimelineio") else _NO_OTIO.of()
        reasons = {
            "srt": "",
            "rebuild": "" if self._context.is_local else CLOUD_HAS_NO_SCRIPT.of(),
        }
        return tuple(Offer(name, LABELS[name].of(), reasons.get(name, no_otio)) for name in FORMATS)

    async def write(
        self,
        formats: Sequence[str],
        directory: Path | None = None,
        version: int | None = None,
        *,
        quality: str = "high",
    ) -> WayOut:
        """Writes the timeline in `formats` (of `FORMATS`); nothing that is there is overwritten.

        Args:
            directory: where to; None: where finished videos go.
            version: of the timeline; None: the newest one.
            quality: of the video that the rebuild folder makes: high, medium or low.

        Raises:
            UsageError: nothing is built yet, no such version, or no such format.
            OtioMissing: the `otio` extra is needed and not installed.
            DiskProblem: nothing can be written there.
            NetworkError, BackendError: the studio does not answer or refuses the rebuild folder.
        """
        from vbtui.interchange.writing import check_formats, write

        check_formats(formats)
        directory = (directory or self._context.folder).absolute()
        found = await self._find(version)
        notes: tuple[str, ...] = ()
        if version is None and (unread := self._drafts.unread) is not None:
            notes += (_AS_LAST_SEEN.of(version=found.version, reason=unread.message),)
        rows = await self._context.journal.run(lambda c: stored.of_session(c, found.session_id))
        assets = tuple(row.asset for row in rows)
        files: tuple[Path, ...] = ()
        written = [name for name in formats if name != "rebuild"]
        if written:
            done = await asyncio.to_thread(write, found, assets, directory, written)
            files, notes = done.files, (*notes, *done.not_carried)
        if "rebuild" in formats and self._context.is_local:
            files += (await self._rebuild_folder(found, assets, directory, quality),)
        elif "rebuild" in formats:
            notes += (CLOUD_HAS_NO_SCRIPT.of(),)
        return WayOut(files, notes)

    async def _find(self, version: int | None) -> DraftVersion:
        found = self._drafts.current if version is None else await self._drafts.find(version)
        if found is None and version is not None:
            raise UsageError(code="usage.no_version", version=version)
        if found is None and (unread := self._drafts.unread) is not None:
            raise unread.error()
        if found is None:
            raise UsageError(code="usage.empty_timeline")
        return found

    async def _rebuild_folder(
        self, version: DraftVersion, assets: Sequence[Asset], directory: Path, quality: str
    ) -> Path:
        from vbtui.interchange.rebuild import write_folder
        from vbtui.interchange.writing import base_name, timeline_of

        wanted = directory / f"{base_name(timeline_of(version))}-rebuild"
        return await write_folder(
            self._context.client,
            version.session_id,
            version.draft,
            assets,
            wanted,
            quality=quality,
        )
