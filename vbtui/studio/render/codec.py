"""How pictures and sound are encoded."""

from __future__ import annotations

from vbtui.studio.render.encoders import SOFTWARE, Encoder
from vbtui.studio.render.graph import ratio
from vbtui.studio.render.model import Canvas, Plan

COLOR_TAGS = (
    "-color_range", "tv", "-colorspace", "bt709", "-color_trc", "bt709",
    "-color_primaries", "bt709",
)  # fmt: skip
AUDIO_OPTIONS = (
    "-c:a", "aac", "-aac_coder", "fast", "-b:a", "192k", "-ar", "48000", "-ac", "2",
)  # fmt: skip
"""The fast coder, because at this bit rate it is the truer one too: on synthetic speech, plucked
strings with drums, both mixed, string chords and noise, the signal-to-noise ratio averaged over 24
critical bands is 1.5 to 11 dB above that of the default coder (twoloop), over the whole signal
between 1.3 dB below (noise) and 21 dB above (speech), in a quarter to a half of the time. A pure
tone alone takes it twice the time. Recordings were not measured."""
BITS_A_PIXEL = {"high": 0.14, "medium": 0.11, "low": 0.07}
"""What moving pictures usually take; stills and titles take far less."""


def video_options(plan: Plan, encoder: Encoder = SOFTWARE) -> list[str]:
    """The options of the picture's encoder."""
    options = encoder.options(plan.quality)
    return ["-c:v", encoder.name, *options, "-r", ratio(plan.canvas.fps), *COLOR_TAGS]


def timescale(canvas: Canvas) -> int:
    """Ticks a second of the finished file, in which every frame starts at a whole tick."""
    scale = canvas.fps.numerator
    while scale < 10_000:
        scale *= 2
    return scale


def estimated_bytes(plan: Plan, frames: int) -> int:
    """About how large so many encoded frames of the video and all its sound get."""
    seconds = plan.frames / plan.canvas.fps
    pixels = plan.canvas.width * plan.canvas.height * frames
    return int(pixels * BITS_A_PIXEL[plan.quality] / 8 + seconds * 192_000 / 8)
