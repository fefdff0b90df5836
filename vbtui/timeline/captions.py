"""Texts of a timeline as SubRip and WebVTT, to the millisecond."""

from __future__ import annotations

from collections.abc import Sequence

from vbtui.timeline.model import Segment

_LAST_MS = 100 * 3600 * 1000 - 1


def written(texts: Sequence[Segment], form: str) -> tuple[str, int]:
    """The file – `srt` or `vtt`; empty where nothing is said – and how many of the texts are not in it."""
    shown = [one for one in texts if one.duration_ms > 0 and _lines(one.text)]
    shown = sorted(
        (one for one in shown if one.end_ms <= _LAST_MS), key=lambda one: (one.start_ms, one.end_ms)
    )
    left_out = len(texts) - len(shown)
    if not shown:
        return "", left_out
    if form == "vtt":
        blocks = [
            f"{_time(one.start_ms, '.')} --> {_time(one.end_ms, '.')}\n{_escaped(_lines(one.text))}\n"
            for one in shown
        ]
        return "\n".join(["WEBVTT\n", *blocks]), left_out
    blocks = [
        f"{number}\n{_time(one.start_ms, ',')} --> {_time(one.end_ms, ',')}\n{_lines(one.text)}\n"
        for number, one in enumerate(shown, 1)
    ]
    return "\n".join(blocks), left_out


def _lines(text: str) -> str:
    """Without empty lines, which would end the block, and without an arrow, which would begin one."""
    lines = (line.strip().replace("-->", "→") for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(ms: int, point: str) -> str:
    minutes, ms = divmod(ms, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{ms // 1000:02}{point}{ms % 1000:03}"
