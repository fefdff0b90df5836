"""Listening: how loud a file is from moment to moment, as a render would hear it."""

from __future__ import annotations

import asyncio
import math
from array import array
from collections.abc import Callable
from pathlib import Path

from vbtui.base.files import passing_folder
from vbtui.studio.project import beds
from vbtui.studio.project.beats import HZ, Beats, find_beats
from vbtui.studio.project.levels import STEP_MS, Levels
from vbtui.studio.project.media import Media
from vbtui.studio.render.ffmpeg import run
from vbtui.studio.render.graph import READ_SAFELY
from vbtui.studio.render.mixing import ON_TIME, plain_arguments, track_of
from vbtui.studio.render.soundtrack import bared

_NUMBER = 4
"""Bytes of a sample of the envelope."""
_NICENESS = 5
_LARGE_FRAMES = "asetnsamples=n=24000:p=0"
"""A frame of a codec is short, and each costs as much as its samples do in every filter."""
_SILENCE_DB = 127.5


async def listen(media: Media, on_progress: Callable[[float], None]) -> Levels:
    """The levels of the file's sound; of one that has none, none. Memory: a few bytes for each `STEP_MS`.

    The sound's power is what ffmpeg resamples to 100 Hz, so that it costs little more than decoding.

    Args:
        on_progress: told the share that was heard.

    Raises as `run` does; a cancelled one leaves nothing.
    """
    if media.audio is None:
        return Levels(b"")
    whole = max(1, media.duration_ms // STEP_MS) * _NUMBER
    with passing_folder("vbtui-listen-") as folder:
        path, track = await heard_in(media, folder)
        power = "asplit[a][b];[a][b]amultiply,aformat=channel_layouts=mono"
        output = await run(
            [
                "-threads", "1", "-vn", "-sn", "-dn", *READ_SAFELY, "-i", f"file:{path.absolute()}",
                "-filter_complex",
                f"[0:a:{track}]aresample={ON_TIME}:first_pts=0,{_LARGE_FRAMES},{power},"
                f"aresample={1000 // STEP_MS}:filter_size=8:phase_shift=0[out]",
                "-map", "[out]", "-c:a", "pcm_f32le", "-f", "f32le", "pipe:1",
            ],
            names=[media.filename],
            on_output=lambda count: on_progress(min(1.0, count / whole)),
            niceness=_NICENESS,
        )  # fmt: skip
    return Levels(_levels(output))


_BANDS = ("lowpass=f=160", "highpass=f=160,lowpass=f=2000", "highpass=f=2000")
"""A drum, a tune, a cymbal."""


async def listen_for_beats(media: Media, on_progress: Callable[[float], None]) -> Beats:
    """The beats of the file's sound. As `listen` otherwise; the envelopes of its first 20 minutes are in memory."""
    if media.audio is None:
        return Beats()
    whole = max(1, media.duration_ms * HZ // 1000) * _NUMBER * len(_BANDS)
    with passing_folder("vbtui-listen-") as folder:
        path, track = await heard_in(media, folder)
        parts = "".join(f"[p{number}]" for number in range(len(_BANDS)))
        bands = "".join(
            f";[p{number}]{band},asplit[a{number}][b{number}];[a{number}][b{number}]amultiply,"
            f"aformat=channel_layouts=mono,aresample={HZ}:filter_size=8:phase_shift=0[q{number}]"
            for number, band in enumerate(_BANDS)
        )
        joined = "".join(f"[q{number}]" for number in range(len(_BANDS)))
        output = await run(
            [
                "-threads", "1", "-vn", "-sn", "-dn", *READ_SAFELY, "-i", f"file:{path.absolute()}",
                "-filter_complex",
                f"[0:a:{track}]aresample={ON_TIME}:first_pts=0,{_LARGE_FRAMES},aformat=channel_layouts=mono,"
                f"asplit={len(_BANDS)}{parts}"
                f"{bands};{joined}join=inputs={len(_BANDS)}:channel_layout=3.0[out]",
                "-map", "[out]", "-c:a", "pcm_f32le", "-f", "f32le", "pipe:1",
            ],
            names=[media.filename],
            on_output=lambda count: on_progress(min(1.0, count / whole)),
            niceness=_NICENESS,
        )  # fmt: skip
    return await asyncio.to_thread(_beats, output)


def _beats(output: bytes) -> Beats:
    step = _NUMBER * len(_BANDS)
    power = array("f", output[: len(output) // step * step])
    return find_beats([power[number :: len(_BANDS)] for number in range(len(_BANDS))])


async def heard_in(media: Media, folder: Path) -> tuple[Path, int]:
    """The file that is listened to, and which of its sounds: as the mixing of a render has it."""
    if media.id.startswith(beds.BED):
        made = folder / "bed.wav"
        await asyncio.to_thread(beds.write, media.id.removeprefix(beds.BED), made)
        return made, 0
    if media.audio is not None and media.audio.has_tags:
        media = await asyncio.to_thread(bared, media, folder / "bare.mp3")
    if media.audio is None or not media.audio.changes:
        return media.path, track_of(media)
    plain = folder / "plain"
    await run(plain_arguments(media, str(plain)), names=[media.filename], niceness=_NICENESS)
    return plain, 0


def _levels(output: bytes) -> bytes:
    power = array("f", output[: len(output) // _NUMBER * _NUMBER])
    least = 10 ** (-_SILENCE_DB / 10)
    return bytes(min(255, max(0, round(-20 * math.log10(max(one, least))))) for one in power)
