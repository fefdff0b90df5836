"""The exports that people ask for by name.

wire/README.md, Endpoints: the backend is given a format and a quality and nothing else. A size other than the timeline's
own goes only to a studio that says it takes one (`render_size` among its capabilities).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from vbtui.base.errors import UsageError
from vbtui.journal.records import ExportOptions
from vbtui.timeline.model import Timeline

QUALITIES = ("high", "medium", "low")
_DEFAULT_QUALITY = "high"
LARGEST_SIDE = 4096
_SMALLEST_SIDE = 16
_SOURCE, _PREVIEW = "source", "preview"
_PREVIEW_LINES = 480
_DEFAULT_SIZE = (1920, 1080)


@dataclass(frozen=True, slots=True)
class Preset:
    """One of them."""

    name: str
    """What the command line and the journal call it."""
    label: str
    """What a list shows."""
    quality: str = "high"
    size: tuple[int, int] | None = None
    """Width and height in pixels; None: the timeline's own."""


PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("high", "High quality"),
        Preset("medium", "Medium quality", "medium"),
        Preset("low", "Low quality", "low"),
        Preset("reels", "Reels 1080x1920", size=(1080, 1920)),
        Preset("tiktok", "TikTok 1080x1920", size=(1080, 1920)),
        Preset("shorts", "Shorts 1080x1920", size=(1080, 1920)),
        Preset("youtube", "YouTube 1920x1080", size=(1920, 1080)),
        Preset("square", "Square 1080x1080", size=(1080, 1080)),
        Preset("portrait", "Portrait 4:5 1080x1350", size=(1080, 1350)),
        Preset(_SOURCE, "Timeline's size, up to 4K"),
        Preset(_PREVIEW, "Preview 480p", "low"),
    )
}


def options_for(name: str, base: ExportOptions = ExportOptions()) -> ExportOptions:  # noqa: B008
    """`base` with what the preset says. Raises `UsageError` for a name that is none."""
    preset = PRESETS.get(name)
    if preset is None:
        raise UsageError(f"There is no preset “{name[:40]}”.", hint=f"Known: {', '.join(PRESETS)}.")
    width, height = preset.size or (None, None)
    return replace(base, preset=name, quality=preset.quality, width=width, height=height)


def check_quality(options: ExportOptions) -> None:
    """Raises `UsageError` for a quality that is none."""
    if options.quality not in QUALITIES:
        raise UsageError(f"The quality is one of {', '.join(QUALITIES)}.")


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
    if not all(_SMALLEST_SIDE <= side <= LARGEST_SIDE for side in size):
        if size == own:
            return replace(options, width=None, height=None)
        raise UsageError(
            f"A video has sides of {_SMALLEST_SIDE} to {LARGEST_SIDE} pixels, not {size[0]}x{size[1]}."
        )
    if size == own:
        return replace(options, width=None, height=None)
    return replace(options, width=size[0], height=size[1])


def size_fields(options: ExportOptions) -> dict[str, Any]:
    """What goes into a render's `output` beside format and quality."""
    if options.width and options.height:
        return {"width": options.width, "height": options.height}
    return {}


def takes_sizes(capabilities: Mapping[str, Any] | None) -> bool:
    """Whether a backend with these capabilities renders in other sizes than the timeline's."""
    return bool(capabilities and capabilities.get("render_size") is True)


def refuse_size(timeline: Timeline) -> UsageError:
    """Why a size cannot be had at this backend."""
    width, height = _own_size(timeline)
    return UsageError(
        f"This backend exports in the timeline's own size, {width}x{height}.",
        hint="Ask for another frame size in the chat first, or render it on this machine.",
    )


def file_label(options: ExportOptions) -> str:
    """What the file's name says about the preset, so that several formats are told apart."""
    if options.preset and options.preset not in (_DEFAULT_QUALITY, _SOURCE):
        return options.preset
    return f"{options.width}x{options.height}" if options.width and options.height else ""


def _own_size(timeline: Timeline) -> tuple[int, int]:
    return timeline.width or _DEFAULT_SIZE[0], timeline.height or _DEFAULT_SIZE[1]


def _even(side: float) -> int:
    return max(_SMALLEST_SIDE, round(side / 2) * 2)
