"""What a turn did, said by the timeline; and whether the agent's words fit to it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vbtui.base.text import format_bytes
from vbtui.base.translation import Translation
from vbtui.journal.records import Receipt
from vbtui.language.quotes import without_quotes
from vbtui.session.drafts import Difference
from vbtui.timeline import changes as timeline_changes
from vbtui.timeline import model as timeline
from vbtui.timeline.changes import Change
from vbtui.timeline.model import Timeline, Track

SILENT_CHANGED = Translation("Done. This changed:", "已完成，改动如下：")
SILENT_DETAILS = Translation(
    "Done. Details of the draft changed that the timeline does not show.",
    "已完成。草稿有改动，但时间线上看不出来。",
)
SILENT_UNCHANGED = Translation(
    "The agent ended without a word, and the timeline is unchanged.",
    "智能体没有回复就结束了，时间线没有变化。",
)
SILENT_UNSEEN = Translation(
    "The agent ended without a word, and what came of it could not be read yet: {reason}",
    "智能体没有回复就结束了，目前还无法读取结果：{reason}",
)
UNSEEN = Translation(
    "What it changed cannot be told yet: {reason}.", "目前还无法得知改动了什么：{reason}。"
)
WITH_NEXT = Translation(
    "What it changed is in the receipt of the next message.", "它的改动列在下一条消息的回执里。"
)
DETAILS_CHANGED = Translation(
    "Details of the draft changed that the timeline does not show.",
    "草稿的细节有改动，时间线上看不出来。",
)
_MORE = Translation("- and {rest} more", "- 另有 {rest} 处")
_MARKUP = re.compile(r"[\\`*\[<]|~(?=~)|(?<![^\W_])_|_(?![^\W_])")
_CHINESE_LABELS = {
    "Video": "视频",
    "BGM": "背景音乐",
    "Title": "文字",
    "Frame size": "画面尺寸",
    "Frame rate": "帧率",
    "Project title": "项目名称",
    "Track": "轨道",
}
_CHINESE_KINDS = {
    "added": "已添加",
    "removed": "已删除",
    "moved": "移动",
    "retimed": "时间调整",
    "text": "文字",
    "volume": "音量",
    "transition": "转场",
    "source": "素材",
    "speed": "速度",
    "trim": "入点",
    "settings": "设置",
}

_DID = (
    "added|adjusted|appended|applied|changed|combined|cropped|cut|decreased|deleted|dropped|"
    "extended|faded|increased|inserted|joined|lowered|merged|moved|muted|overlaid|placed|put|"
    "raised|reduced|removed|renamed|reordered|replaced|resized|reversed|rotated|set|shifted|"
    "shortened|slowed|sped|split|stitched|stretched|swapped|switched|trimmed|updated"
)
_ADVERBS = "(?:also |now |just |successfully |already |all |both )?"
_CLAIM = re.compile(
    rf"\b(?:i|we)(?:'ve|’ve| have)? {_ADVERBS}(?:{_DID})\b"
    rf"|\b(?:has|have|was|were|is|are) (?:been )?{_ADVERBS}(?:{_DID})\b"
    rf"|^(?:and |then )?{_ADVERBS}(?:{_DID})\b (?!by\b|to be\b)"
    rf"|\b(?:title|music|track|clip|text|caption|captions|subtitles|transition|transitions|video|"
    rf"audio|volume|logo|watermark|fade) (?:{_DID})\b"
    r"|^(?:all )?(?:done|finished|complete)\b"
)
_NOT = re.compile(
    r"\b(?:not|never|no|nothing|none|neither|cannot|can|could|would|should|will|if|once|when|after|before|unless|want|"
    r"like|need|unable|failed|shall|let me|going to|try|trying|to be)\b|n't\b|n’t\b|\?"
)
_CLAIM_CHINESE = re.compile(
    r"已(?:经)?[^，。！？\n]{0,24}?(?:添加|加上|加入|插入|删除|移除|去掉|剪|裁|分割|移动|修改|改成|改为|替换|"
    r"更新|设置|设为|调整|调|应用|静音|合并|拼接|旋转|缩短|延长|完成)"
    r"|(?:添加|加上|加入|插入|删除|移除|去掉|剪辑|剪|裁剪|分割|移动|修改|替换|更新|设置|调整|应用|合并|拼接)"
    r"(?:好了|好啦|成功|完成|完毕|了)"
    r"|^(?:好的[，,]?)?(?:已完成|完成了|搞定)"
)
_NOT_CHINESE = re.compile(
    r"没有|没能|未能|无法|不能|不会|尚未|如果|是否|吗|？|\?|可以|需要|请|想要|之后再"
)
_SENTENCE_END = re.compile(r"[.!?:](?=\s)|[。！？\n]|，然后")
_LONGEST = 20_000
_MOST = 12


def claims_edit(reply: str) -> bool:
    """Whether the agent says that it changed the timeline: "I added the title", "已添加标题".

    Generating a clip is no edit: it may lie in the media only.
    """
    text = without_quotes(reply[:_LONGEST]).lower().replace("*", "").replace("_", "")
    for sentence in _sentences(text):
        if _CLAIM.search(sentence) and not _NOT.search(sentence):
            return True
        if _CLAIM_CHINESE.search(sentence) and not _NOT_CHINESE.search(sentence):
            return True
    return False


def _sentences(text: str) -> list[str]:
    found, start = [], 0
    for end in _SENTENCE_END.finditer(text):
        found.append(text[start : end.end()].strip(" \n-#>\t"))
        start = end.end()
    return [*found, text[start:].strip(" \n-#>\t")]


def receipt(
    *,
    reply: str,
    difference: Difference | None,
    unseen: str,
    seconds: float,
    credits_before: float | None,
    credits_after: float | None,
) -> Receipt:
    """The receipt of a turn. `difference` is None where the state could not be read; `unseen` says why."""
    unproven = difference is not None and not difference.changed and claims_edit(reply)
    return Receipt(
        changes=difference.changes if difference else (),
        unseen="" if difference else unseen.rstrip("."),
        seconds=max(seconds, 0.0),
        credits_before=credits_before,
        credits_after=credits_after,
        claim_unproven=unproven,
    )


def silent_summary(difference: Difference | None, reason: str, chinese: bool) -> str:
    """What to say when the agent said nothing (wire/README.md, The end of a turn)."""
    if difference is None:
        return SILENT_UNSEEN.of(chinese, reason=reason)
    if difference.changes:
        return f"{SILENT_CHANGED.of(chinese)}\n\n{change_list(difference.changes, chinese)}"
    return (SILENT_DETAILS if difference.changed else SILENT_UNCHANGED).of(chinese)


def what_changed(difference: Difference, chinese: bool) -> str:
    """The changes as a list, or that there are some without words."""
    return change_list(difference.changes, chinese) or DETAILS_CHANGED.of(chinese)


def change_sentence(change: Change, chinese: bool) -> str:
    """One change in words: `Title added: "Urban Dreams" 0-3s`."""
    if not chinese:
        return change.sentence
    label = next((name for name in _CHINESE_LABELS if change.subject.startswith(name)), "")
    subject = _CHINESE_LABELS.get(label, "") + change.subject[len(label) :]
    kind = _CHINESE_KINDS.get(change.kind, change.kind)
    if change.kind == "details":
        return f"草稿细节已改动：{change.after}"
    if change.kind in ("added", "removed"):
        return f"{kind}{subject}：{change.after or change.before}"
    return f"{subject} {kind}：{change.before} → {change.after}"


def change_list(changes: Sequence[Change], chinese: bool) -> str:
    """The changes as a Markdown list; empty for none."""
    lines = [f"- {inert(change_sentence(change, chinese))}" for change in changes[:_MOST]]
    rest = len(changes) - _MOST
    if rest > 0:
        lines.append(_MORE.of(chinese, rest=rest))
    return "\n".join(lines)


def summary(line: Timeline | None, chinese: bool) -> str:
    """The summary line of the timeline, in that language."""
    if not chinese:
        return timeline_changes.summary(line)
    if line is not None and line.unreadable:
        return f"时间线的格式无法在此读取（{format_bytes(line.unreadable)}）。"
    if line is None or not line.tracks:
        return "时间线是空的。"
    parts = [
        f"{number}. {_chinese_label(track)}：{_chinese_segments(track)}"
        for number, track in enumerate(line.tracks, 1)
    ]
    return f"时间线（{len(line.tracks)} 条轨道）：{' '.join(parts)}"


def _chinese_label(track: Track) -> str:
    labels = {timeline.VIDEO: "视频", timeline.AUDIO: "背景音乐", timeline.TEXT: "文字"}
    return labels.get(track.type if track.type is not None else -1, track.kind)


def _chinese_segments(track: Track) -> str:
    if not track.segments:
        return "（空）"
    shown = [timeline_changes.describe(track, segment) for segment in track.segments[:4]]
    rest = len(track.segments) - len(shown)
    return "，".join(shown) + (f"，另有 {rest} 段" if rest else "")


def inert(text: str) -> str:
    """Foreign names inside our Markdown: what would format them is escaped."""
    return _MARKUP.sub(r"\\\g<0>", text)
