"""A look at and a listen to finished videos, as a process of its own.

`python -m vbtui.engine.video_look FILE…` prints one JSON object a line for each file:
`{"black": bool, "frozen": bool, "silent": bool, "has_video": bool, "has_audio": bool}`, or `{}` for
a file that cannot be looked at. It ends with 3 where PyAV is not installed. A process, because a
decoder may crash on a damaged file and keeps its memory.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from av.container import InputContainer

NO_LIBRARY = 3
_SAMPLES = 12
"""Pictures that are looked at, spread over the length."""
_WIDTH, _HEIGHT = 48, 28
_BLACK = 36
"""No pixel of a black picture is brighter; 0-255, and video black may be 16."""
_SAME = 3
"""Two pictures whose pixels differ by no more are the same picture."""
_FROZEN_FROM_S = 1.0
"""A shorter video may well stand still."""
_SILENT = 33
"""No sample of silence is louder; of 32768, so -60 dB."""


def main(paths: list[str]) -> int:
    try:
        import av
    except ImportError:
        return NO_LIBRARY
    av.logging.set_level(av.logging.PANIC)
    for path in paths:
        try:
            with av.open(path) as container:
                found = look(container)
        except (av.FFmpegError, OSError, ValueError):
            found = {}
        print(json.dumps(found), flush=True)
    return 0


def look(container: InputContainer) -> dict[str, bool]:
    """What is seen and heard in it."""
    has_video = bool(container.streams.video)
    has_audio = bool(container.streams.audio)
    length_s = (container.duration or 0) / 1_000_000
    pictures = list(_pictures(container, length_s)) if has_video else []
    silent = not has_audio or _is_silent(container)
    return {
        "has_video": has_video,
        "has_audio": has_audio,
        "black": bool(pictures) and all(max(picture) <= _BLACK for picture in pictures),
        "frozen": len(pictures) > 2 and length_s >= _FROZEN_FROM_S and _all_same(pictures),
        "silent": silent,
    }


def _pictures(container: InputContainer, length_s: float) -> Iterator[bytes]:
    """Small grey pictures from all over the video."""
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    for number in range(_SAMPLES):
        at_s = length_s * (number + 0.5) / _SAMPLES
        container.seek(int(at_s * 1_000_000))
        for frame in container.decode(stream):
            if frame.time is None or frame.time >= at_s - 0.02 or frame.time < 0:
                yield _small(frame)
                break


def _small(frame: Any) -> bytes:
    plane = frame.reformat(width=_WIDTH, height=_HEIGHT, format="gray").planes[0]
    content = bytes(plane)
    rows = (content[row * plane.line_size :][:_WIDTH] for row in range(_HEIGHT))
    return b"".join(rows)


def _all_same(pictures: list[bytes]) -> bool:
    first = pictures[0]
    return all(
        abs(one - other) <= _SAME
        for picture in pictures[1:]
        for one, other in zip(first, picture, strict=True)
    )


def _is_silent(container: InputContainer) -> bool:
    """Whether nothing is heard from the first to the last sample; ends at the first sound."""
    import av

    container.seek(0)
    resampler = av.AudioResampler(format="s16", layout="mono", rate=8000)
    for frame in container.decode(container.streams.audio[0]):
        for piece in resampler.resample(frame):
            samples = memoryview(bytes(piece.planes[0])[: piece.samples * 2]).cast("h")
            if max(samples, default=0) > _SILENT or min(samples, default=0) < -_SILENT:
                return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
