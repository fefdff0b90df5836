"""Clauses that say what something is like, not what shall be done: `it's blurry`, 采访那段录得不行.

A request with a reason beside it is still that request. Such a clause is put aside only where the sentence is not
understood with it and understood without it; what it is about (`开头八秒在对焦，剪掉吧`) may be what the request is about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from vbtui.language.quotes import is_chinese
from vbtui.studio.director.clauses import as_target, is_pronoun
from vbtui.studio.director.values import END, START, Edge, Phrase, When

_SAYS = re.compile(
    r"^(?:(?:and|but|because|cause|cos|cuz|since|as|well|so|though|,)\s+)*"
    r"(?:(?:the )?(?:first|last|opening|final|intro|outro|ending|beginning)|it|it's|its|looks?|sounds?|feels?|seems?|\w+ (?:hates?|loves?|likes?|complains?|swears?)|"
    r"he|she|they|we|i|you can|that|that's|this|those|these|both|all|there|there's|theres|someone|somebody|everyone|"
    r"people|nobody|can'?t|cannot|couldn'?t|too|not a fan|don'?t like|my|his|her|our|their|some|the|in it|here|nothing|everything|what)\b",
    re.IGNORECASE,
)
_PREDICATE = re.compile(
    r"(?:'s|'re|'m|'ve|'ll|'d|\b(?:is|isn'?t|are|aren'?t|was|wasn'?t|were|has|hasn'?t|have|had|can'?t|cannot|couldn'?t|"
    r"doesn'?t|don'?t|didn'?t|looks?|sounds?|feels?|seems?|drags?|go|goes|going|runs?|moves?|fly|flies|pass(?:es)?|lasts|will|went|gets?(?! rid)|got|says?|repeats?|coughs?|sneezes?|"
    r"shakes?|wobbles?|barks?|rings?|laughs?|talks?|speaks?|stands?|ends?|starts?|takes?|made|said|messed|forgot|"
    r"walks?|covers?|blocks?|hates?|loves?|likes?|misses|stumbles?|mumbles?|pauses?|appears?|shows?|comes?))\b",
    re.IGNORECASE,
)
_TOLD_OF_OTHERS = re.compile(
    r"^(?:(?:and|but|because|cause|cos|cuz|since|as|,)\s+)*(?:he|she|they|someone|somebody|people|everyone|everybody|"
    r"nobody|no one|its|"
    r"the (?:guest|speaker|guy|man|woman|audience|camera|mic|dog|baby|kid|wind|microphone|light))\b\s*\w+",
    re.IGNORECASE,
)
"""What somebody does in the footage: `he scratches his nose`."""
_NAMED = re.compile(r"(?!It|This|That|There)[A-Z][a-z]+ (?:is|was|has|had|looks|keeps) (?!to\b)\w+")
"""`Harold has his eyes closed`."""
_FOR = re.compile(
    r"^(?:and\s+)?(?:for (?:the|my|our|a|an|this|that|insta|tik|you)\b|because\b|so that\b)",
    re.IGNORECASE,
)
_WANTS = re.compile(
    r"\b(?:want|wants|need|needs|should|must|shall|please|pls|only|except|unless|until|till|instead|(?:'d|would) rather|rather than|prefer|"
    r"wish|hope|let|make|but not|without|if|would|could|better|keep|leave|stays?|not to|don'?t (?:touch|cut|move|"
    r"change|remove|delete|mute|add|use|crop)|never|any(?:thing)? else|too$|also|then|same|no (?!one|longer|idea))\b",
    re.IGNORECASE,
)
_OTHERS_WISH = re.compile(
    r"^(?:he|she|they|it|because (?:he|she|they|it)|my \w+) (?:doesn't|don't|didn't|won't|can't|does not) \w+[\w ]*$",
    re.IGNORECASE,
)
_ADJECTIVE = re.compile(
    r"一晃|过去了|太|很|挺|不行|不好|不错|难看|难听|好看|没意思|无聊|有点|全是|都是|录得|拍得|说得|不搭|(.)\1的$|单调|枯燥|平淡|冷清|糊|抖|晃|晕|看着|听不|看不|暗|吵|拖沓|啰嗦|废话|多余"
)
_STATES = re.compile(
    r"是|要求|太多|太少|在|(?<!所)有|没|说错|错了|看不清|听不清|重复|广告|废话|空白|咳嗽|"
    + _ADJECTIVE.pattern
)
_SHOWN = re.compile(
    r"骂|盖过|盖住|压过|抢了|念了|念错|挡住|挡了|报了|打电话|脏话|走神|卡壳|口误|说漏|入镜|路过"
)
"""What is seen or heard there: 第10秒到第14秒手挡住镜头了."""
_OTHERS_ZH = re.compile(
    r"^(?:我妈|我爸|我家|我闺女|我儿子|我女儿|我老公|我老婆|老人|老板|老师|客户|甲方|领导|平台|观众|大家|人家|孩子|朋友|同事|他|她)"
)
_AIM_ZH = re.compile(
    r"^我?(?:想要?|要|打算|准备)(?:用来)?(?:做|剪|弄|拼|合)成?(?:一?[个条段])?.{0,6}(?:视频|短片|片子|影片|vlog)$",
    re.IGNORECASE,
)
_LOOKED_ZH = re.compile(
    r"^我?(?:刚才?|又)?(?:数|看|听|试|量|检查|翻)了(?:一下|下|看|遍|一遍|半天)?"
)
_ASKS_ZH = re.compile(r"把|删|剪|去掉|改|换|加|调|静音|不要|别|要求")
_PART_OF = re.compile(
    r"的(?:地方|部分|时候|画面|镜头|那[句段个里]|片段|声音|话)$|[里中内]|那[句几]|[一几两]句"
)
_WANTS_ZH = re.compile(
    r"^(?:那就)?是|要(?!求)|不是|不对|只|除|别|不用|改|换|保留|留|如果|的话|除非|但|也|再|就|才|把|给|让|想|希望|请"
)
_FOR_ZH = re.compile(r"(?:用的?|看的?)$|^(?:因为|由于|为了|毕竟|反正|发|给)")


def is_statement(words: str) -> bool:
    """Whether a clause tells something, as far as its words show it: no wish and no limit among them."""
    words = words.strip(" \t,，;；:：.。!！~～-–—…()（）")
    if not words:
        return False
    if is_chinese(words):
        if _AIM_ZH.match(words) or _LOOKED_ZH.match(words):
            return True
        if _OTHERS_ZH.match(words) and not _ASKS_ZH.search(words):
            return True
        if _SHOWN.search(words) and not _ASKS_ZH.search(words):
            return True
        return not _WANTS_ZH.search(words) and bool(_STATES.search(words) or _FOR_ZH.search(words))
    if _DOING.match(words) or _LIKE_THIS.match(words):
        return True
    if _WANTS.search(words) and not _OTHERS_WISH.search(words):
        return False
    if _TOLD_OF_OTHERS.match(words) or _NAMED.match(words):
        return True
    return bool(_FOR.match(words)) or bool(_SAYS.match(words) and _PREDICATE.search(words))


def tells(words: str) -> bool:
    """Whether an English clause tells what is seen or heard: `he scratches his nose`, `it is so shaky`."""
    words = words.strip(" \t,;:.")
    told = _TOLD_OF_OTHERS.match(words) or _THERE.match(words) or _IS.match(words)
    return bool(told) and is_statement(re.sub(r"\b(?:only|just|too) ", "", words))


_DOING = re.compile(
    r"(?:because |since |as )?(?:i|we|he|she|they)(?:'m| am|'re| are|'s| is| was| were) (?:only |just |still )?"
    r"(?!going|thinking|wondering|considering|hoping|asking|looking forward)\w+ing\b",
    re.IGNORECASE,
)
"""`I am only looking for my notes there`."""
_LIKE_THIS = re.compile(
    r"(?:the|my|our|his|her) (?:\w+ ){1,3}(?:wants?|needs?|likes?|asked for|insists on) (?:it|them|that) "
    r"(?:like (?:this|that)|that way|this way|so)$",
    re.IGNORECASE,
)
"""`the tv station wants it like this`: why, and not what."""
_IS = re.compile(
    r"(?:it|that|this|the [\w ]+?|\w+)(?:'s| is| are| was| were| has| have| looks?| sounds?) ", re.I
)


def without_statements(
    phrases: Sequence[Phrase],
    text: str,
    *,
    topics: bool,
    asks: Callable[[Sequence[Phrase]], bool] = lambda _: False,
) -> tuple[list[Phrase], list[tuple[Phrase, ...]]] | None:
    """The phrases without clauses that tell something, and those before the first request; None where there are none.

    `asks`: whether a clause is a request by itself: it is not dropped. `topics`: a stretch of time or clips at the head of such a clause stay, as what the next clause is about.
    """
    kept: list[Phrase] = []
    clause: list[Phrase] = []
    before: list[tuple[Phrase, ...]] = []
    found = False
    told_of: tuple[list[Phrase], list[Phrase], bool] | None = None
    closed = [*phrases, Phrase("sep", "", len(text), len(text))]
    begin = 0
    for index, phrase in enumerate(closed):
        if phrase.kind != "sep" or phrase.value == "and" or (phrase.value == "so" and clause):
            clause.append(phrase)
            continue
        words = text[begin : phrase.start]
        begin = phrase.end
        last = index == len(closed) - 1
        never: tuple[str, ...] = _NEVER
        if (
            any(one.kind == "when" for one in clause[:1])
            or _FOR_ZH.search(words)
            or (_AHEAD.match(words) and any(one.kind == "duration" for one in clause))
        ):
            never = tuple(kind for kind in _NEVER if kind not in ("topic", "aspect", "wrong"))
        if any(one.kind == "too" for one in clause):
            never = tuple(kind for kind in never if kind not in ("transition", "fade"))
        if _TOLD_OF_OTHERS.match(words) or _THERE.match(words):
            never = tuple(kind for kind in never if kind != "topic")
        if words.strip(" ，,").startswith("其实"):
            never = tuple(kind for kind in never if kind != "meant")
        told = is_statement(words) and not any(one.kind in never for one in clause)
        told &= not all(one.kind in _WHERE for one in clause) and not asks(clause)
        topic = _topic(clause, words) if told and topics and not last else []
        measured = any(one.kind in ("duration", "time", "number", "when") for one in clause)
        told &= bool(topic) or not all(p.kind in _WHERE or p.is_("verb", "say") for p in clause)
        told &= bool(topic) or not measured or "要求" in words
        if told:
            found = True
            told_of = (topic, clause, measured) if topic else None
            if not topic and clause and not any(one.kind != "sep" for one in kept):
                before.append(tuple(clause))
        else:
            if told_of is not None and clause:
                about, statement, counts = told_of
                told_of = None
                clause = as_target(clause)  # sunset那张拍得最好，放第一张
                if not any(
                    one.thing in _OWN
                    or (one.is_("clips") and one.role != "to" and not is_pronoun(one))
                    for one in clause
                ):
                    kept += about
                    if about[0].kind == "when":  # … are shaky, remove them
                        clause = [one for one in clause if not is_pronoun(one)]
                elif counts:
                    kept += statement  # what it says of a time is of nothing else
            kept += clause
        if not last and (not told or phrase.value in ("stop", "question")):
            kept.append(phrase)
        clause = []
    while kept and kept[-1].kind == "sep":
        kept.pop()
    return (kept, before) if found and any(one.kind != "sep" for one in kept) else None


_OWN = ("music", "title", "caption", "text", "end_title", "transition", "video", "everything")
"""What a request names for itself: the statement before it is about something else."""
_THERE = re.compile(
    r"\s*(?:(?:because|cause|cos|since|as)\s+)?"
    r"(?:there's|theres|there is|there are|looks?|sounds?|feels?|seems?)\b",
    re.IGNORECASE,
)
_NEVER = (
    "quote",
    "topic",
    "cond",
    "percent",
    "factor",
    "decibel",
    "lufs",
    "aspect",
    "transition",
    "fade",
    "q",
    "file",
    "meant",
    "wrong",
)


_WHERE = ("edge", "moment", "when", "place", "clips", "screen", "prep", "duration", "polite")
"""在第2段下面, “on the left”: nothing but where, which is part of what shall be done."""
_HEADS = ("前面", "最前面", "开头", "开始")
_AHEAD = re.compile(r"(最前面|前面|开头|开始|最后面|最后|后面|结尾)(?:的|有|这|那)?")


def _topic(clause: Sequence[Phrase], words: str) -> list[Phrase]:
    """What a clause is about, where all of it is meant: not `第二段里有一句…`."""
    told = [one for one in clause if one.kind not in ("polite", "little")]
    head = next(iter(told), None)
    if head is None:
        return []
    if head.kind == "when":
        return [head]
    lengths = [one for one in clause if one.kind == "duration"]
    ahead = _AHEAD.match(words)
    if (
        ahead
        and len(lengths) == 1
        and words[ahead.end() :][:1] in "0123456789一二两三四五六七八九十半"
    ):
        ms = int(lengths[0].value)
        span = (START, Edge(0, ms)) if ahead[1] in _HEADS else (Edge(1, -ms), END)
        return [Phrase("when", When((span,)), head.start, lengths[0].end)]
    if head.kind == "edge" and head.value in ("start", "end") and len(lengths) == 1:
        ms = int(lengths[0].value)
        span = (START, Edge(0, ms)) if head.value == "start" else (Edge(1, -ms), END)
        return [Phrase("when", When((span,)), head.start, lengths[0].end)]
    things = ("music", "transition", "title", "caption", "text")
    if (head.thing in things or head.kind in ("transition", "fade")) and is_chinese(words):
        return [head]
    if not head.is_("clips") or not is_chinese(words):
        return []
    when = [one for one in told if one.kind == "when"]
    if when:  # beach开头两秒晃得厉害
        return told[:2] if when == told[1:2] else []
    if _PART_OF.search(words) or not _ADJECTIVE.search(words):
        return []
    return [replace(head, role="")]
