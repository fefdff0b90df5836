"""SubRip: the words of the text tracks, to the millisecond."""

from __future__ import annotations

from vbtui.timeline.model import TEXT, Timeline

_LAST_MS = 100 * 3600 * 1000 - 1


def srt(timeline: Timeline) -> tuple[str, list[str]]:
    """The text of an `.srt` file (empty: there are no words), and what is not in it."""
    words = [segment for track, segment in timeline.segments if track.type == TEXT]
    shown = [item for item in words if item.duration_ms > 0 and _lines(item.text)]
    shown = [item for item in shown if item.end_ms <= _LAST_MS]
    shown.sort(key=lambda item: (item.start_ms, item.end_ms))
    notes = []
    if len(shown) < len(words):
        notes.append(f"{_count(len(words) - len(shown), 'text')} without words or length left out.")
    if not shown:
        notes.append("the timeline has no texts, so no file was written.")
    else:
        notes.append("size, place, colour, font and fades of the texts are not in it.")
    blocks = [
        f"{number}\n{_time(item.start_ms)} --> {_time(item.end_ms)}\n{_lines(item.text)}\n"
        for number, item in enumerate(shown, 1)
    ]
    return "\n".join(blocks), notes


def _lines(text: str) -> str:
    """Without empty lines, which would end the block, and without an arrow, which would begin one."""
    lines = (line.strip().replace("-->", "→") for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _time(ms: int) -> str:
    minutes, ms = divmod(ms, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{ms // 1000:02},{ms % 1000:03}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
