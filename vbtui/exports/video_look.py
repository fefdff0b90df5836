"""A look at and a listen to finished videos, as a process of its own.

`python -m vbtui.exports.video_look FILE…` prints one JSON object a line for each file, with the
fields of `vbtui.exports.look.Look`, or `{}` for a file that cannot be opened. It ends with 3
where PyAV is not installed. A process, because a decoder may crash on a damaged file and keeps its
memory.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
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
_PHOTO_S = 0.1
"""What is shorter has one picture: a photo lasts one frame, and cannot be searched in."""
_FROZEN_FROM_S = 1.0
"""A shorter video may well stand still."""
_SILENT = 33
"""No sample of silence is louder; of 32768, so -60 dB."""


def main(paths: list[str]) -> int:
    try:
        import av
    except ImportError:
        return NO_LIBRARY
    av.logging.set_level(None)  # not PANIC: a decoder's threads that log wait for the GIL for ever
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
    found = {
        "has_video": bool(container.streams.video),
        "has_audio": bool(container.streams.audio),
        "black": False,
        "frozen": False,
        "silent": True,
        "damaged": False,
    }
    if found["has_video"]:
        found |= _seen(container)
    if found["has_audio"]:
        found |= _heard(container)
    return found


def _seen(container: InputContainer) -> dict[str, bool]:
    """`black`, `frozen` and `damaged`; looks no further once it is sure of the first two."""
    import av

    container.streams.video[0].thread_type = "AUTO"
    length_s = (container.duration or 0) / 1_000_000
    moments = [length_s * (number + 0.5) / _SAMPLES for number in range(_SAMPLES)]
    if length_s < _PHOTO_S:
        moments = [0.0]
    first, count, black, frozen, damaged = b"", 0, True, True, False
    for at_s in moments:
        try:
            picture = _picture_at(container, at_s)
        except av.FFmpegError:
            damaged = True
            continue
        if not picture:
            continue
        first, count = first or picture, count + 1
        black = black and max(picture) <= _BLACK
        frozen = frozen and _is_same(first, picture)
        if not black and not frozen:
            break
    return {
        "black": bool(count) and black,
        "frozen": count > 2 and length_s >= _FROZEN_FROM_S and frozen,
        "damaged": damaged or not count,
    }


def _picture_at(container: InputContainer, at_s: float) -> bytes:
    """A small grey picture of that moment; empty when there is none."""
    if at_s > 0:
        container.seek(int(at_s * 1_000_000))
    for frame in container.decode(container.streams.video[0]):
        if frame.time is None or frame.time >= at_s - 0.02 or frame.time < 0:
            return _small(frame)
    return b""


def _small(frame: Any) -> bytes:
    plane = frame.reformat(width=_WIDTH, height=_HEIGHT, format="gray").planes[0]
    content = bytes(plane)
    rows = (content[row * plane.line_size :][:_WIDTH] for row in range(_HEIGHT))
    return b"".join(rows)


def _is_same(one: bytes, other: bytes) -> bool:
    return all(abs(a - b) <= _SAME for a, b in zip(one, other, strict=True))


def _heard(container: InputContainer) -> dict[str, bool]:
    import av

    try:
        return {"silent": _is_silent(container)}
    except av.FFmpegError:
        return {"damaged": True}


def _is_silent(container: InputContainer) -> bool:
    """Whether nothing is heard from the first to the last sample; ends at the first sound."""
    import av

    with suppress(av.FFmpegError):
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
