"""What a turn did, said by the timeline; and whether the agent's words fit to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vbtui.base.patterns import regex
from vbtui.base.spoken import speaks_chinese
from vbtui.base.text import clean_line, format_bytes
from vbtui.base.times import format_seconds, time_code
from vbtui.base.translation import Translation
from vbtui.journal.records import FinishedVideo, Receipt, Turn
from vbtui.language.quotes import is_chinese, without_quotes
from vbtui.session.drafts import Difference
from vbtui.timeline import changes as timeline_changes
from vbtui.timeline.digest import digest
from vbtui.timeline.edits import Edit
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Timeline, Track

SILENT_UNCHANGED = Translation(
    "The agent ended without a word, and the timeline is unchanged.",
    "智能体没有回复就结束了，时间线没有变化。",
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
UNPROVEN = Translation(
    "The agent says that it edited; the timeline is unchanged.",
    "智能体说已经修改，但时间线没有变化。",
)
UNSHOWN = Translation("“{claim}”: the timeline does not show it.", "“{claim}”：时间线上看不到。")
MORE_CHANGES = Translation("and {rest} more", "另有 {rest} 处改动")
COPIED = Translation("{share} % copied bit for bit", "{share}% 逐位复制")
EMPTIED = Translation("the timeline is empty", "时间线是空的")
TOOK = Translation("took {time}", "用时 {time}")
SPENT = Translation("{spent} credits ({before} → {after})", "{spent} 积分（{before} → {after}）")
_CLIPS = Translation("{count} clips", "{count} 个片段")
_CLIP = Translation("1 clip", "1 个片段")
_TRACKS = Translation("{count} tracks", "{count} 条轨道")
_TRACK = Translation("1 track", "1 条轨道")
_MARKUP = regex(r"[\\`*\[<]|~(?=~)|(?<![^\W_])_|_(?![^\W_])")
_DID = (
    "added|adjusted|appended|applied|changed|combined|cropped|cut|decreased|deleted|dropped|"
    "extended|faded|increased|inserted|joined|lowered|merged|moved|muted|overlaid|placed|put|"
    "raised|reduced|removed|renamed|reordered|replaced|resized|reversed|rotated|set|shifted|"
    "shortened|slowed|sped|split|stitched|stretched|swapped|switched|trimmed|updated"
)
_ADVERBS = "(?:also |now |just |successfully |already |all |both )?"
_CLAIM = regex(
    rf"\b(?:i|we)(?:'ve|’ve| have)? {_ADVERBS}(?:{_DID})\b"
    rf"|\b(?:has|have|was|were|is|are) (?:been )?{_ADVERBS}(?:{_DID})\b"
    rf"|^(?:and |then )?{_ADVERBS}(?:{_DID})\b (?!by\b|to be\b)"
    rf"|\b(?:title|music|track|clip|text|caption|captions|subtitles|transition|transitions|video|"
    rf"audio|volume|logo|watermark|fade) (?:{_DID})\b"
    r"|^(?:all )?(?:done|finished|complete)\b"
)
_NOT = regex(
    r"\b(?:not|never|no|nothing|none|neither|cannot|can|could|would|should|will|if|once|when|after|before|unless|want|"
    r"like|need|unable|failed|shall|let me|going to|try|trying|to be)\b|n't\b|n’t\b|\?"
)
_CLAIM_CHINESE = regex(
    r"已(?:经)?[^，。！？\n]{0,24}?(?:添加|加上|加入|插入|删除|移除|去掉|剪|裁|分割|移动|修改|改成|改为|替换|"
    r"更新|设置|设为|调整|调|应用|静音|合并|拼接|旋转|缩短|延长|完成)"
    r"|(?:添加|加上|加入|插入|删除|移除|去掉|剪辑|剪|裁剪|分割|移动|修改|替换|更新|设置|调整|应用|合并|拼接)"
    r"(?:好了|好啦|成功|完成|完毕|了)"
    r"|^(?:好的[，,]?)?(?:已完成|完成了|搞定)"
)
_NOT_CHINESE = regex(
    r"没有|没能|未能|无法|不能|不会|尚未|如果|是否|吗|？|\?|可以|需要|请|想要|之后再"
)
_SENTENCE_END = regex(r"[.!?:](?=\s)|[。！？\n]|，然后")
_LONGEST = 20_000


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


_THINGS = (
    (AUDIO, regex(r"\b(?:music|bgm|soundtrack|voice-?over)\b|音乐|配音", re.I)),
    (TEXT, regex(r"\b(?:titles?|captions?|subtitles?|text overlays?)\b|标题|字幕", re.I)),
)
_PUT = regex(r"\b(?:added|inserted|placed|put|overlaid)\b|添加|加上|加入|插入", re.I)
_MOST_CLAIMS = 3
_LONGEST_CLAIM = 120


def unshown_claims(reply: str, after: Timeline | None) -> tuple[str, ...]:
    """Sentences in which the agent says that it added sound or texts, where the timeline has none at all."""
    kinds = {track.type for track in after.tracks if track.segments} if after else set()
    found = []
    for sentence in _sentences(reply[:_LONGEST]):
        said = without_quotes(sentence)
        things = [kind for kind, words in _THINGS if words.search(said)]
        if things and _PUT.search(said) and claims_edit(sentence) and not kinds & {*things}:
            found.append(clean_line(sentence.strip("*_- \t"))[:_LONGEST_CLAIM].rstrip(".。"))
    return tuple(found[:_MOST_CLAIMS])


def _sentences(text: str) -> list[str]:
    found, start = [], 0
    for end in _SENTENCE_END.finditer(text):
        found.append(text[start : end.end()].strip(" \n-#>\t"))
        start = end.end()
    return [*found, text[start:].strip(" \n-#>\t")]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a receipt."""

    text: str
    mark: str = ""
    """`DONE`, `NOT` or none."""


DONE, NOT = "✓", "!"
_MOST = 8
"""Lines of what was done; the others are counted."""


def receipt(
    *,
    reply: str,
    difference: Difference | None,
    unseen: str,
    undone: Sequence[str] = (),
    seconds: float = 0,
    credits_before: float | None = None,
    credits_after: float | None = None,
) -> Receipt:
    """The receipt of a turn.

    Args:
        difference: what it changed; None where the state could not be read, and `unseen` says why.
        undone: what the agent reports that it could not do, a sentence each.
    """
    made = Receipt(
        unseen="" if difference else unseen.rstrip("."),
        undone=tuple(undone),
        seconds=max(seconds, 0.0),
        credits_before=credits_before,
        credits_after=credits_after,
    )
    return with_state(made, difference, reply) if difference is not None else made


def with_state(slip: Receipt, difference: Difference, reply: str) -> Receipt:
    """`slip` with what the state says; and which claims of the agent's it does not show."""
    after = difference.after
    return replace(
        slip,
        changes=difference.changes,
        unseen="",
        claim_unproven=not difference.changed and claims_edit(reply),
        unshown=unshown_claims(reply, after) if difference.changed else (),
        version=difference.version if difference.changed else 0,
        length_ms=after.duration_ms if after is not None else 0,
        clips=sum(len(one.segments) for one in _clip_tracks(after)),
        tracks=sum(bool(one.segments) for one in after.tracks) if after else 0,
    )


def _clip_tracks(timeline: Timeline | None) -> list[Track]:
    tracks = timeline.tracks if timeline is not None else ()
    return [one for one in tracks if one.type == VIDEO and not one.lies_over]


def lines(turn: Turn) -> list[Line]:
    """The receipt of a turn, wherever it is shown: what was done, what was not. Empty where there is
    nothing to say, or the answer, which an earlier vbtui kept, says it itself."""
    slip, chinese = turn.receipt, _speaks_chinese(turn)
    if slip is None:
        return []
    done = [] if slip.is_told else digest(slip.changes, chinese)
    if slip.video is not None:
        done.append(_video_line(slip.video, chinese))
    found = [Line(text, DONE) for text in done[:_MOST]]
    if (rest := len(done) - _MOST) > 0:
        found.append(Line(MORE_CHANGES.of(chinese, rest=rest)))
    if slip.video is not None:
        found.append(Line(clean_line(slip.video.path)))
    found += [Line(text, NOT) for text in slip.undone]
    found += [Line(UNSHOWN.of(chinese, claim=claim), NOT) for claim in slip.unshown]
    if slip.unseen and not slip.is_told:
        found.append(Line(UNSEEN.of(chinese, reason=slip.unseen), NOT))
    if slip.with_next:
        found.append(Line(WITH_NEXT.of(chinese)))
    if slip.claim_unproven:
        found.append(Line(UNPROVEN.of(chinese), NOT))
    return found


def _speaks_chinese(turn: Turn) -> bool:
    is_said = turn.receipt is not None and turn.receipt.chinese
    return is_said or is_told_in_chinese(turn.text or turn.reply)


def is_told_in_chinese(said: str) -> bool:
    """Whether what is about this message is told in Chinese. An edit by hand has words of its own, whoever makes it:
    what comes of it is told in the language of the screen, as where nothing was said."""
    if is_chinese(said):
        return True
    return speaks_chinese() and (not said or Edit.read(said) is not None)


def _video_line(video: FinishedVideo, chinese: bool) -> str:
    """`Urban Dreams.mp4   1:00 · 1920x1080 · 38 MB   62 % copied bit for bit`."""
    facts = [time_code(video.length_ms)] if video.length_ms else []
    facts += [f"{video.width}x{video.height}"] if video.width and video.height else []
    facts += [format_bytes(video.size)] if video.size else []
    parts = [clean_line(Path(video.path).name), " · ".join(facts)]
    if video.copied:
        parts.append(COPIED.of(chinese, share=f"{video.copied:.0f}"))
    return "   ".join(filter(None, parts))


def told(turn: Turn) -> str:
    """All that the agent said in a turn, what it reports that it could not do first; the receipt where it
    said nothing."""
    undone = turn.receipt.undone if turn.receipt is not None else ()
    said = [one for one in (*undone, turn.reply) if one]
    return "\n\n".join(said or [line.text for line in lines(turn)])


def state_line(turn: Turn) -> str:
    """`1:00 · 9 clips · 3 tracks`: the timeline as the turn left it; empty where it did not change."""
    slip, chinese = turn.receipt, _speaks_chinese(turn)
    if slip is None or not slip.version:
        return ""
    if not slip.tracks:
        return EMPTIED.of(chinese)
    return shape(slip.length_ms, slip.clips, slip.tracks, chinese)


def shape(length_ms: int, clips: int, tracks: int, chinese: bool) -> str:
    """`1:00 · 9 clips · 3 tracks`."""
    parts = [time_code(length_ms)]
    if clips:
        parts.append(_CLIP.of(chinese) if clips == 1 else _CLIPS.of(chinese, count=clips))
    parts.append(_TRACK.of(chinese) if tracks == 1 else _TRACKS.of(chinese, count=tracks))
    return " · ".join(parts)


def cost_line(turn: Turn) -> str:
    """`took 4.2 s · 3 credits (50 → 47)`; empty where it took nothing to speak of."""
    slip, chinese = turn.receipt, _speaks_chinese(turn)
    if slip is None:
        return ""
    parts = []
    if slip.seconds >= _LEAST_S:
        parts.append(TOOK.of(chinese, time=format_seconds(slip.seconds, chinese)))
    before, after = slip.credits_before, slip.credits_after
    if before is not None and after is not None and before != after:
        spent = {"spent": f"{before - after:g}", "before": f"{before:g}", "after": f"{after:g}"}
        parts.append(SPENT.of(chinese, **spent))
    return " · ".join(parts)


_LEAST_S = 0.05


def summary(line: Timeline | None, chinese: bool) -> str:
    """The summary line of the timeline, in that language."""
    if not chinese:
        return timeline_changes.summary(line)
    if line is not None and line.unreadable:
        return f"时间线的格式无法在此读取（{format_bytes(line.unreadable)}）。"
    unread = f"（{line.unread} 项无法读取。）" if line is not None and line.unread else ""
    if line is None or not line.tracks:
        return f"时间线是空的。{unread}"
    parts = [
        f"{number}. {_chinese_label(track)}：{_chinese_segments(track)}"
        for number, track in enumerate(line.tracks, 1)
    ]
    return f"时间线（{len(line.tracks)} 条轨道）：{' '.join(parts)}{unread}"


def _chinese_label(track: Track) -> str:
    if track.lies_over:
        return "叠加"
    labels = {VIDEO: "视频", AUDIO: "背景音乐", TEXT: "文字"}
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
