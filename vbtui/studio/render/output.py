"""What a render is asked for."""

from __future__ import annotations

from dataclasses import dataclass

QUALITIES = ("high", "medium", "low")
LARGEST_SIDE = 4096
SMALLEST_SIDE = 16
MOST_FPS = 120


@dataclass(frozen=True, slots=True)
class Output:
    """The options of one render. None: as the draft says (`m.width`, `m.height`, `m.fps`)."""

    quality: str = "high"
    """high, medium or low; anything else counts as high."""
    width: int | None = None
    """Pixels; odd sizes are rounded down to even ones."""
    height: int | None = None
    fps: float | None = None
    """Frames a second of the finished video."""
    workers: int = 0
    """Encoders at the same time; 0: as many as the machine has cores and memory for."""
    encoder: str = "software"
    """auto: one in hardware where it was proved as good; anything else: libx264."""
    cache_bytes: int = 4 * 1000**3
    """What the chunk cache holds at most afterwards; the chunks not used for longest go first."""
