"""The captions of a timeline as a file: SRT and VTT say when what is shown, ASS how and where, too.

Where there are captions, titles are no part of it; otherwise all texts are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vbtui.base.errors import RenderFailed
from vbtui.studio.render.model import Canvas, Output, Words, metadata
from vbtui.studio.render.plan import words_of
from vbtui.studio.render.text import LIT, LIT_OTHER, MARGIN, WIDEST
from vbtui.timeline.captions import written
from vbtui.timeline.model import TEXT, Timeline, read

WRITTEN = ("srt", "vtt", "ass")
"""The formats that are made here."""
_PLACES = {
    "bottom left": 1, "bottom": 2, "bottom right": 3, "left": 4, "center": 5, "right": 6,
    "top left": 7, "top": 8, "top right": 9,
}  # fmt: skip
"""As the keys of a number pad lie."""
_FACE = 1.164
"""By so much a line of DejaVu is higher than its letters' size: ASS counts the line."""


def write_captions(draft: Mapping[str, Any], options: Output, path: Path) -> None:
    """Raises `RenderFailed` where nothing is written on the timeline, `OSError`."""
    timeline = _captions_alone(read(draft))
    texts = [segment for track in timeline.tracks for segment in track.segments]
    if options.format == "ass":
        content = _ass(*words_of(timeline, options))
    else:
        content, _ = written(texts, options.format)
    if not content:
        raise RenderFailed(code="render_failed.no_captions")
    path.write_bytes(content.encode("utf-8", "replace"))


def _captions_alone(timeline: Timeline | None) -> Timeline:
    if timeline is None:
        raise RenderFailed(code="render_failed.no_captions")
    tracks = [track for track in timeline.tracks if track.type == TEXT]

    def are_captions(segments: Iterable[Any]) -> tuple[Any, ...]:
        return tuple(one for one in segments if metadata(one).get("role") == "caption")

    captions = [replace(track, segments=are_captions(track.segments)) for track in tracks]
    has_some = any(track.segments for track in captions)
    return replace(timeline, tracks=tuple(captions if has_some else tracks))


def _ass(canvas: Canvas, words: Sequence[Words]) -> str:
    """Empty where there are no words. Each look is a style; what is lit is coloured where it stands."""
    looks: dict[tuple[Any, ...], str] = {}
    lines = []
    for one in sorted(words, key=lambda one: (one.start, one.end)):
        look = (one.size, one.color, one.position, one.box)
        name = looks.setdefault(look, f"Look{len(looks) + 1}")
        begin, end = (_time(round(frame * 1000 / canvas.fps)) for frame in (one.start, one.end))
        fade = f"{{\\fad({_ms(one.fade, canvas)},{_ms(one.fade, canvas)})}}" if one.fade else ""
        lines.append(f"Dialogue: 0,{begin},{end},{name},,0,0,0,,{fade}{_said(one)}")
    if not lines:
        return ""
    margins = round(canvas.width * (1 - WIDEST) / 2), round(canvas.height * MARGIN)
    styles = [_style(name, look, canvas, *margins) for look, name in looks.items()]
    return "\n".join([
        "[Script Info]", "ScriptType: v4.00+", f"PlayResX: {canvas.width}", f"PlayResY: {canvas.height}",
        "WrapStyle: 0", "ScaledBorderAndShadow: yes", "",
        "[V4+ Styles]",
        "Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, Bold, BorderStyle, Outline, Shadow, "
        "Alignment, MarginL, MarginR, MarginV, Encoding",
        *styles, "",
        "[Events]",
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
        *lines, "",
    ])  # fmt: skip


def _style(name: str, look: tuple[Any, ...], canvas: Canvas, aside: int, above: int) -> str:
    size, color, position, box = look
    letters = size * canvas.height
    border = f"3,{letters * 0.25:.1f}" if box else f"1,{max(1.0, letters * 0.055):.1f}"
    return (
        f"Style: {name},DejaVu Sans,{letters * _FACE:.1f},{_color(color)},{_OUTLINE},{_OUTLINE},-1,"
        f"{border},0,{_PLACES[position]},{aside},{aside},{above},1"
    )


_OUTLINE = "&H40000000"


def _color(name: str) -> str:
    """`#RRGGBB` as ASS has it."""
    return f"&H00{name[5:7]}{name[3:5]}{name[1:3]}".upper()


def _said(words: Words) -> str:
    """The text on one line, what is lit of it in another colour; nothing of it is a command."""
    first, last = words.lit
    is_yellow = words.color.upper() == "#{:02X}{:02X}{:02X}".format(*LIT)
    lit = "\\c&H{2:02X}{1:02X}{0:02X}&".format(*(LIT_OTHER if is_yellow else LIT))
    made, count = [], 0
    for char in words.text.strip("\n"):
        if not char.isspace():
            made.append(f"{{{lit}}}" if last > first and count == first else "")
            made.append("{\\c}" if last > first and count == last else "")
            count += 1
        made.append({"\n": "\\N", "{": "\\{", "}": "\\}", "\\": "\\\u2060"}.get(char, char))
    return "".join(made)


def _ms(frames: int, canvas: Canvas) -> int:
    return round(frames * 1000 / canvas.fps)


def _time(ms: int) -> str:
    hundredths = round(ms / 10)
    seconds, hundredths = divmod(hundredths, 100)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{hundredths:02}"
