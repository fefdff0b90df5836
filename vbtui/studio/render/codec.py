"""How pictures and sound are encoded.

ffmpeg's arguments for the three steps of a render: a chunk, the sound, both put together.

Paths are texts, so that a script can have its own in them.
"""

from __future__ import annotations

from collections.abc import Sequence

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


def chunk_arguments(
    inputs: Sequence[str], script: str, picture: str, encoder: Sequence[str], path: str
) -> list[str]:
    """Draws what `script` says and encodes the label `picture` of it to `path`.

    Args:
        inputs: a graph's, with options of a device before them.
        encoder: its name and options.
    """
    return [
        *inputs, "-filter_threads", "1", "-filter_complex_threads", "1",
        "-/filter_complex", script, "-map", picture, "-threads", "1",
        *encoder, "-f", "nut", f"file:{path}",
    ]  # fmt: skip


def sound_arguments(inputs: Sequence[str], script: str, heard: str, path: str) -> list[str]:
    """Mixes what `script` says and encodes the label `heard` of it to `path`."""
    return [
        *inputs, "-/filter_complex", script, "-map", heard,
        *AUDIO_OPTIONS, "-f", "mp4", f"file:{path}",
    ]  # fmt: skip


def join_arguments(
    canvas: Canvas, listed: str, sound: str, path: str, *, mixed: bool = False
) -> list[str]:
    """Puts the chunks of the list `listed` and the sound into the MP4 `path`, as they are.

    Args:
        mixed: the chunks come from several encoders, and each has its parameter sets in it.
    """
    return [
        "-f", "concat", "-safe", "0", "-protocol_whitelist", "file", "-i", f"file:{listed}",
        "-i", f"file:{sound}", "-map", "0:v:0", "-map", "1:a:0", "-c", "copy",
        "-map_metadata", "-1", "-video_track_timescale", str(timescale(canvas)),
        *(["-tag:v", "avc3"] if mixed else []),
        "-movflags", "+faststart", "-f", "mp4", f"file:{path}",
    ]  # fmt: skip
