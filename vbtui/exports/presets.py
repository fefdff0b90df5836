"""The exports that people ask for, by name or in numbers, and the records that are made of them.

wire/README.md, Endpoints: the cloud is given a format and a quality and nothing else, and the format is MP4. A size other
than the timeline's own, and another format, go only to a studio that says it takes them (`render_size` and
`render_formats` among its capabilities).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from vbtui.base.errors import UsageError, VbtuiError
from vbtui.base.files import check_folder
from vbtui.base.formats import FORMATS, OTHERS, USUAL, format_of_file
from vbtui.base.settings import QUALITIES
from vbtui.base.text import safe_filename
from vbtui.base.times import time_code
from vbtui.base.translation import Translation
from vbtui.journal import sessions
from vbtui.journal.records import DraftVersion, ExportOptions, Render, RenderState, Session
from vbtui.journal.renders import new_id
from vbtui.session.context import Context
from vbtui.session.drafts import Drafts
from vbtui.timeline.model import Timeline

_T = Translation
_DEFAULT_QUALITY = "high"
_LARGEST_SIDE = 4096
_SMALLEST_SIDE = 16
_SOURCE, _PREVIEW = "source", "preview"
_PREVIEW_LINES = 480
_DEFAULT_SIZE = (1920, 1080)


@dataclass(frozen=True, slots=True)
class Preset:
    """One of them."""

    name: str
    """What the command line and the journal call it."""
    label: Translation
    """What a list shows."""
    quality: str = "high"
    size: tuple[int, int] | None = None
    """Width and height in pixels; None: the timeline's own."""
    format: str = USUAL
    """A name of `vbtui.base.formats`."""


PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("high", _T("High quality", "高质量")),
        Preset("medium", _T("Medium quality", "中等质量"), "medium"),
        Preset("low", _T("Low quality", "低质量"), "low"),
        Preset("reels", _T("Reels 1080x1920", "Reels 1080x1920"), size=(1080, 1920)),
        Preset("tiktok", _T("TikTok 1080x1920", "TikTok 1080x1920"), size=(1080, 1920)),
        Preset("shorts", _T("Shorts 1080x1920", "Shorts 1080x1920"), size=(1080, 1920)),
        Preset("youtube", _T("YouTube 1920x1080", "YouTube 1920x1080"), size=(1920, 1080)),
        Preset("square", _T("Square 1080x1080", "方形 1080x1080"), size=(1080, 1080)),
        Preset("portrait", _T("Portrait 4:5 1080x1350", "竖版 4:5 1080x1350"), size=(1080, 1350)),
        Preset(_SOURCE, _T("Timeline's size, up to 4K", "时间线的尺寸，最高 4K")),
        Preset(_PREVIEW, _T("Preview 480p", "预览 480p"), "low"),
        *(
            Preset(one.name, one.label, format=one.name)
            for one in FORMATS.values()
            if one.name
            not in (USUAL, "png")  # a picture is of a moment, which a list does not ask for
        ),
    )
}


def options_for(name: str, base: ExportOptions = ExportOptions()) -> ExportOptions:  # noqa: B008
    """`base` with what the preset says. Raises `UsageError` for a name that is none."""
    preset = PRESETS.get(name)
    if preset is None:
        raise UsageError(code="usage.no_preset", name=name[:40], known=", ".join(PRESETS))
    width, height = preset.size or (None, None)
    format = base.format if preset.format == USUAL else preset.format
    return replace(
        base, preset=name, quality=preset.quality, width=width, height=height, format=format
    )


def check_quality(options: ExportOptions) -> None:
    """Raises `UsageError` for a quality that is none."""
    if options.quality not in QUALITIES:
        raise UsageError(code="usage.no_quality", known=", ".join(QUALITIES))


def fitted(options: ExportOptions, timeline: Timeline) -> ExportOptions:
    """The options with the size that they mean for `timeline`; none where that is its own size.

    Raises `UsageError` for a quality that is none, or a size that no video has.
    """
    check_quality(options)
    own = _own_size(timeline)
    size = own
    if options.preset == _PREVIEW and not options.width:
        scale = min(1.0, _PREVIEW_LINES / min(own))
        size = _even(own[0] * scale), _even(own[1] * scale)
    elif options.width or options.height:
        size = options.width or 0, options.height or 0
    if size == own:
        return replace(options, width=None, height=None)
    if not all(_SMALLEST_SIDE <= side <= _LARGEST_SIDE for side in size):
        asked = f"{size[0]}x{size[1]}"
        raise UsageError(code="usage.no_size", least=_SMALLEST_SIDE, most=_LARGEST_SIDE, size=asked)
    return replace(options, width=size[0], height=size[1])


def size_fields(options: ExportOptions) -> dict[str, Any]:
    """The size that goes into a render's `output`."""
    if options.width and options.height:
        return {"width": options.width, "height": options.height}
    return {}


def moment_field(options: ExportOptions) -> dict[str, Any]:
    """The moment of a picture that goes into a render's `output`."""
    return {"at_ms": options.at_ms} if options.at_ms else {}


def check_format(options: ExportOptions) -> None:
    """Raises `UsageError` for a format that is none, and a file whose ending is another format's."""
    form = FORMATS.get(options.format)
    if form is None:
        raise UsageError(code="usage.no_format", name=options.format[:40], known=", ".join(FORMATS))
    ending = options.destination.suffix.lower() if options.destination else ""
    if ending in OTHERS:
        raise UsageError(code="usage.no_format", name=ending[1:], known=", ".join(FORMATS))
    told = format_of_file(ending)
    if ending and form.suffix != ending and (told is not None or options.format != USUAL):
        raise UsageError(
            code="usage.format_of_file", suffix=ending, format=options.format, right=form.suffix
        )


def refuse_size(timeline: Timeline) -> UsageError:
    """Why a size cannot be had at this backend."""
    width, height = _own_size(timeline)
    return UsageError(code="usage.own_size_alone", size=f"{width}x{height}")


def file_label(options: ExportOptions) -> str:
    """What the file's name says about the preset, so that several formats are told apart."""
    if options.preset and options.preset not in (_DEFAULT_QUALITY, _SOURCE, *FORMATS):
        return options.preset
    if options.format in ("hevc", "av1", "sheet"):  # its ending is another format's as well
        return options.format
    if options.format == "png":
        return time_code(options.at_ms).replace(":", ".")
    return f"{options.width}x{options.height}" if options.width and options.height else ""


def destination_for(
    folder: Path, title: str, now: float, *, label: str = "", suffix: str = ".mp4"
) -> Path:
    """`<folder>/<title> 2026-05-01.mp4`: title and date, made safe; it may exist already.

    With a label: `<title> 2026-05-01 reels.mp4`.
    """
    date = datetime.fromtimestamp(now).strftime("%Y-%m-%d")
    end = f" {safe_filename(label)}" if label else ""
    return folder / f"{safe_filename(title)} {date}{end}{suffix}"


def _own_size(timeline: Timeline) -> tuple[int, int]:
    return timeline.width or _DEFAULT_SIZE[0], timeline.height or _DEFAULT_SIZE[1]


def _even(side: float) -> int:
    return max(_SMALLEST_SIDE, round(side / 2) * 2)


class Requests:
    """Makes renders that are not in the queue yet."""

    def __init__(self, context: Context, drafts: Drafts) -> None:
        self._context = context
        self._drafts = drafts
        self._able: Mapping[str, Any] | None = None

    async def takes_sizes(self) -> bool:
        """Whether the backend makes other sizes than the timeline's; False while unknown."""
        return await self._can("render_size")

    async def takes_formats(self) -> bool:
        """Whether the backend makes other formats than MP4; False while unknown."""
        return await self._can("render_formats")

    async def _can(self, name: str) -> bool:
        if not self._context.is_local:
            return False
        if self._able is None:
            try:
                self._able = await self._context.client.capabilities() or {}
            except VbtuiError:
                return False
        return self._able.get(name) is True

    async def session(self, session_id: str) -> Session:
        """That session; an empty id means the open one. Raises `UsageError`, `Unreachable`."""
        if not session_id or self._is_open(session_id):
            return self._context.session
        found = await self._context.journal.run(lambda c: sessions.find(c, session_id))
        if found is None or found.backend != self._context.backend:
            raise UsageError(code="usage.no_project")
        return found

    async def draft(self, session: Session, version: int, *, ask: bool = True) -> DraftVersion:
        """That version, or the newest (0); `ask`: as the backend has it now, where it can be asked.

        Raises `VbtuiError` when there is nothing to export, `UsageError` for an unknown version.
        """
        if not version and ask and self._is_open(session.id):
            draft = await self._drafts.newest()
        else:
            if not version:
                version = await self._drafts.newest_version(session.id)
            draft = await self._drafts.find(version, session_id=session.id)
            if draft is None and version:
                raise UsageError(code="usage.no_version", version=version)
        unread = self._drafts.unread if self._is_open(session.id) else None
        if draft is None and unread is not None:
            raise unread.error()
        if draft is None or draft.timeline is None or not draft.timeline.can_export:
            raise VbtuiError(code="nothing_to_export")
        return draft

    async def checked(self, options: ExportOptions, draft: DraftVersion) -> ExportOptions:
        """The options as this backend can have them. Raises `UsageError`.

        A preview is made in the timeline's own size where no other can be had; a size that was
        asked for in numbers is refused there.
        """
        assert draft.timeline is not None
        check_format(options)
        wanted = fitted(options, draft.timeline)
        if wanted.format != USUAL and not wanted.here and not await self.takes_formats():
            raise UsageError(code="usage.mp4_alone", format=FORMATS[wanted.format].label.of())
        if wanted.format == "png" and wanted.at_ms >= max(1, draft.timeline.duration_ms):
            raise UsageError(
                code="usage.no_moment",
                at=time_code(wanted.at_ms),
                length=time_code(draft.timeline.duration_ms),
            )
        if wanted.width and not wanted.here and not await self.takes_sizes():
            if options.width or options.height:
                raise refuse_size(draft.timeline)
            return replace(wanted, width=None, height=None)
        return wanted

    async def render(self, options: ExportOptions, session: Session, draft: DraftVersion) -> Render:
        """A new record with its place on the disk. Raises `DiskProblem`, `UsageError`."""
        assert draft.timeline is not None
        options = await self.checked(options, draft)
        now = self._context.clock.now()
        title = draft.timeline.title or session.name
        label = file_label(options)
        suffix = FORMATS[options.format].suffix
        named = destination_for(self._folder(), title, now, label=label, suffix=suffix)
        wanted = options.destination or named
        await asyncio.to_thread(check_folder, wanted.parent)
        return Render(
            id=new_id(now),
            session_id=session.id,
            state=RenderState.WAITING,
            options=replace(options, destination=wanted),
            draft_version=draft.version,
            title=title,
            created_at=now,
        )

    def _is_open(self, session_id: str) -> bool:
        session = self._context.overview.session
        return session is not None and session.id == session_id

    def _folder(self) -> Path:
        directory = self._context.settings.exports.directory
        return Path(directory).expanduser().absolute() if directory else self._context.folder


def labelled(options: ExportOptions) -> ExportOptions:
    """With a destination of its own among several formats: `promo.mp4` becomes `promo reels.mp4`."""
    wanted = options.destination
    if wanted is None:
        return options
    name = f"{wanted.stem} {options.preset}{FORMATS[options.format].suffix}"
    return replace(options, destination=wanted.with_name(name))
