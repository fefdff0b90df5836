"""The answer: what was done, what was not, where the timeline stands."""

from __future__ import annotations

from collections.abc import Sequence

from vbtui.base.text import clean_line
from vbtui.studio.director.desk import Desk, seconds
from vbtui.studio.project import draft as d
from vbtui.timeline.changes import summary
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Timeline, Track, read

_SHOWN = 120
"""Characters of a part that was not understood."""


def write(desk: Desk, refused: Sequence[str], unknown: Sequence[str], changed: bool) -> str:
    """Short Markdown in the language of the text."""
    parts: list[str] = []
    if desk.done:
        parts.append("\n".join(f"- {line}" for line in desk.done))
    parts += [*dict.fromkeys(refused)]
    if unknown:
        parts.append(_not_understood(desk, unknown, changed))
    if desk.done or changed:
        parts += desk.notes
        parts += _fonts(desk)
        parts.append(_summary(desk))
    elif desk.notes:
        parts += desk.notes
    return "\n\n".join(part for part in parts if part)


def _not_understood(desk: Desk, unknown: Sequence[str], changed: bool) -> str:
    parts = [_short(part) for part in unknown[:5] if part.strip()]
    works = examples(desk)
    nothing = "" if changed or desk.done else desk.say(" Nothing was changed.", "没有做任何修改。")
    if not parts:
        return desk.say(
            f"What shall be done? For example: {_quoted(works)}.",
            f"要做什么？可以这样说：{'、'.join(f'「{example}」' for example in works)}。",
        )
    english = f"I did not understand {_quoted(parts)}.{nothing} What works, for example: {_quoted(works)}."
    han = [f"「{part}」" for part in parts], [f"「{example}」" for example in works]
    chinese = f"没有听懂{'、'.join(han[0])}。{nothing}可以这样说：{'、'.join(han[1])}。"
    return desk.say(english, chinese)


def _quoted(parts: Sequence[str]) -> str:
    return ", ".join(f"“{part}”" for part in parts)


def _short(part: str) -> str:
    line = clean_line(part)
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def examples(desk: Desk) -> list[str]:
    """Three sentences that work now, made for the media that are there."""
    found: list[tuple[str, str]] = []
    clips = d.clips(desk.draft or {})
    audio, pictures = desk.audio_files, desk.pictures
    if not pictures:
        found += [
            (
                "combine these clips into a 60-second video with transitions",
                "把这些片段合并成60秒的视频，加转场",
            ),
            ('add title "Morning Brew" at the beginning', "在开头加标题“清晨咖啡”"),
            ("make it 9:16", "改成竖屏"),
        ]
        return [desk.say(*pair) for pair in found]
    if not clips:
        many = len(pictures) > 1
        first = clean_line(pictures[0].filename)
        found.append(
            (
                "combine these clips into a 60-second video with transitions",
                "把这些片段合并成60秒的视频，加转场",
            )
            if many
            else (f"make a 15-second video from {first}", f"用 {first} 做一个15秒的视频")
        )
    elif len(clips) > 1:
        found.append(("make it exactly 30 seconds", "总时长改成30秒"))
    else:
        found.append(("trim the first 2 seconds", "剪掉前2秒"))
    found.append(('add title "Morning Brew" at the beginning', "在开头加标题“清晨咖啡”"))
    if audio:
        name = clean_line(audio[0].filename)
        found.append((f"add {name} as music at 35%", f"用 {name} 作为背景音乐，音量35%"))
    else:
        found.append(("make it 9:16", "改成竖屏"))
    return [desk.say(*pair) for pair in found]


def _fonts(desk: Desk) -> list[str]:
    """Which font package is missing for words that were put on the screen."""
    words = "\n".join(desk.text_shown)
    if not words or words.isascii():
        return []
    try:
        from vbtui.studio.render import check_text
    except ImportError:
        return []
    missing = check_text(words)
    return [missing] if missing else []


def _summary(desk: Desk) -> str:
    timeline = read(desk.draft)
    if timeline is None:
        return desk.say("The timeline is empty.", "时间线是空的。")
    if not desk.chinese:
        line = summary(timeline)
        return f"{line} · {_frame(timeline)}" if timeline.tracks else line
    return _chinese_summary(timeline)


def _frame(timeline: Timeline) -> str:
    size = f", {timeline.width}x{timeline.height}" if timeline.width and timeline.height else ""
    return f"{seconds(timeline.duration_ms)}{size}"


def _chinese_summary(timeline: Timeline) -> str:
    if not timeline.tracks:
        return "时间线是空的。"
    parts = [
        f"{number}. {_label(track)}：{_segments(track)}"
        for number, track in enumerate(timeline.tracks, 1)
    ]
    return f"时间线（{len(parts)} 条轨道）：{' '.join(parts)} · {_frame(timeline)}"


def _label(track: Track) -> str:
    return {VIDEO: "视频", AUDIO: "音乐", TEXT: "文字"}.get(track.type or 0, track.kind)


def _segments(track: Track) -> str:
    from vbtui.timeline.changes import describe

    if not track.segments:
        return "（空）"
    shown = "、".join(describe(track, segment) for segment in track.segments[:4])
    rest = len(track.segments) - 4
    return shown + (f" 等共 {len(track.segments)} 个" if rest > 0 else "")
