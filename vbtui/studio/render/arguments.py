"""ffmpeg's arguments for the three steps of a render: a chunk, the sound, both put together.

Paths are texts, so that a script can have its own in them.
"""

from __future__ import annotations

from collections.abc import Sequence

from vbtui.studio.render.codec import AUDIO_OPTIONS, timescale
from vbtui.studio.render.model import Canvas


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
