"""What a file's streams are, in words, by PyAV. Imported with the first one; blocks."""

from __future__ import annotations

from pathlib import Path

from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from vbtui.base.text import clean_line
from vbtui.ui.pictures.footage import Unreadable, opened

Facts = tuple[tuple[str, str], ...]
"""Label and value, to be shown in this order."""

_LAYOUTS = {1: "mono", 2: "stereo"}


def read_facts(path: Path) -> Facts:
    """Codec, frame rate, rotation, sound and bit rate; empty for what cannot be read."""
    try:
        with opened(path) as container:
            return tuple((label, text) for label, text in _facts(container) if text)
    except Unreadable:
        return ()


def _facts(container: InputContainer) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            found += _video_facts(container, stream)
            break
    found.append(("Sound", _sound(container)))
    found.append(("Bit rate", bit_rate_text(container.bit_rate)))
    found.append(("Format", clean_line(container.format.long_name)))
    return found


def _video_facts(container: InputContainer, stream: VideoStream) -> list[tuple[str, str]]:
    context = stream.codec_context
    if context is None:
        return [("Codec", "one that cannot be decoded here")]
    name = clean_line(context.codec.canonical_name)
    pixels = clean_line(context.pix_fmt or "")
    fps = stream.average_rate
    frame = next(iter(container.decode(stream)), None)
    turn = round(-frame.rotation / 90) * 90 % 360 if frame is not None else 0
    return [
        ("Codec", f"{name} · {pixels}" if pixels else name),
        ("Frames", f"{float(fps):.3f}".rstrip("0").rstrip(".") + " a second" if fps else ""),
        ("Rotation", f"{turn}° clockwise" if turn else ""),
    ]


def _sound(container: InputContainer) -> str:
    stream = next(iter(container.streams.audio), None)
    if stream is None:
        return "none"
    context = stream.codec_context
    if context is None:
        return "a codec that cannot be decoded here"
    channels = _LAYOUTS.get(stream.channels, f"{stream.channels} channels")
    return f"{clean_line(context.codec.canonical_name)} · {stream.sample_rate / 1000:g} kHz · {channels}"


def bit_rate_text(bits: int | None) -> str:
    """`5.4 Mbit/s`; empty when it is not known."""
    if not bits or bits < 0:
        return ""
    if bits >= 1_000_000:
        return f"{bits / 1_000_000:.1f} Mbit/s"
    return f"{bits / 1000:.0f} kbit/s"
