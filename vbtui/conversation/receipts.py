"""What a turn did, said by the timeline; and whether the agent's words fit to it."""

from __future__ import annotations

import re

from vbtui.conversation.words import (
    DETAILS_CHANGED,
    SILENT_CHANGED,
    SILENT_DETAILS,
    SILENT_UNCHANGED,
    SILENT_UNSEEN,
    change_list,
)
from vbtui.journal.records import Receipt
from vbtui.language.quotes import without_quotes
from vbtui.session.drafts import Difference

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
    seconds: float,
    credits_before: float | None,
    credits_after: float | None,
) -> Receipt:
    """The receipt of a turn. `difference` is None where the state could not be read."""
    unproven = difference is not None and not difference.changed and claims_edit(reply)
    return Receipt(
        changes=difference.changes if difference else (),
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
