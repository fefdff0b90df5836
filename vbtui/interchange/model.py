"""What the rooms of the way out share: formats, the frame grid, where opentimelineio comes from."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from vbtui.base.errors import VbtuiError

FORMATS = ("otio", "edl", "xml", "srt", "rebuild")
"""OpenTimelineIO, CMX 3600, Final Cut Pro 7, SubRip, and the folder that rebuilds the video."""
LABELS = {
    "otio": "OpenTimelineIO",
    "edl": "EDL",
    "xml": "FCP XML",
    "srt": "SRT",
    "rebuild": "Rebuild folder",
}
_ADAPTERS = {
    "edl": ("cmx_3600", "otio-cmx3600-adapter"),
    "xml": ("fcp_xml", "otio-fcp-adapter"),
}
"""The adapter of a format by opentimelineio's name, and the package that brings it."""
_NTSC = (Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001))


@dataclass(frozen=True, slots=True)
class WayOut:
    """What was written."""

    files: tuple[Path, ...]
    """In the order of the formats; a rebuild folder stands for all that is in it."""
    not_carried: tuple[str, ...]
    """Sentences on what a format cannot carry or why a file was not written; each names it."""


class OtioMissing(VbtuiError):
    """The `otio` extra is not installed."""

    title = "OpenTimelineIO is not installed"
    default_hint = "Install it with: pip install 'vbtui[otio]'"


@dataclass(frozen=True, slots=True)
class Grid:
    """The frames that times in ms are put on."""

    fps: Fraction

    @classmethod
    def of(cls, fps: float | None) -> Grid:
        """The exact rate that `fps` means: 29.97 is 30000/1001. Without one: 30."""
        fps = min(240.0, max(1.0, fps or 30.0))
        for rate in _NTSC:
            if abs(fps - rate) < 0.01:
                return cls(rate)
        return cls(Fraction(fps).limit_denominator(1001))

    @property
    def rate(self) -> float:
        """As opentimelineio counts."""
        return float(self.fps)

    def frame(self, ms: int) -> int:
        """The frame nearest to `ms`; halves go up."""
        return int(ms * self.fps / 1000 + Fraction(1, 2))

    def ms(self, frame: float) -> int:
        """Where a frame begins, in ms."""
        return round(Fraction(frame) * 1000 / self.fps)


def opentimelineio() -> ModuleType:
    """The library. Raises `OtioMissing`."""
    try:
        return import_module("opentimelineio")
    except ImportError as error:
        raise _missing("opentimelineio") from error


def adapter(name: str) -> Any:
    """What reads and writes `edl` or `xml`. Raises `OtioMissing`."""
    known_as, package = _ADAPTERS[name]
    otio = opentimelineio()
    try:
        found = otio.adapters.from_name(known_as)
        found.module()
    except (ImportError, otio.exceptions.OTIOError) as error:
        raise _missing(package) from error
    return found


def _missing(package: str) -> OtioMissing:
    return OtioMissing(f"The Python package {package} is needed for this format.")
