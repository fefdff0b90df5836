"""Words that somebody says, where no marks are around them: `find where I talk about pricing`, 找到我说价格的地方.

They get their marks before the sentence is read. What is found by its words alone is not cut by what it is about: there
the sentence stays as it is.
"""

from __future__ import annotations

import re

from vbtui.language.quotes import OPENING
from vbtui.studio.director.work import Work

_SPEAKER = r"(?:i|you|we|they|he|she|someone|somebody|anyone|people|(?:the|my|our) \w+)"
_SAYS = r"says?|said"
_ABOUT = (
    r"mentions?|mentioned|talks? about|talked about|speaks? about|spoke about|discuss(?:es|ed)?"
)
_WORD = r"(?!(?:in|of|from|at|on|to|and|or|then|please|again|too)\b)[a-z0-9][a-z0-9'’-]*"
_ENGLISH = re.compile(
    rf"\b(?:where|when|every time|each time|whenever) {_SPEAKER} (?P<verb>{_SAYS}|{_ABOUT}) "
    rf"(?:(?:the|a|an|my|our|their|his|her) )?(?P<words>{_WORD}(?: {_WORD}){{0,3}})"
    r"(?=(?: please| again)?[.!?]*\s*$|[,;]| (?:in|of|from) )",
    re.IGNORECASE,
)
_ASKED = re.compile(
    rf"^where (?:do|does|did) {_SPEAKER} (?P<verb>say|mention|talk about|speak about|discuss) "
    rf"(?:(?:the|a|an|my|our|their|his|her) )?(?P<words>{_WORD}(?: {_WORD}){{0,3}})\s*\?*\s*$",
    re.IGNORECASE,
)
_NO_WORDS = re.compile(
    r"(?:something|anything|nothing|everything|it|that|this|so|these|those|stuff|things?|wrong|what|too)\b",
    re.IGNORECASE,
)
_CUTS = re.compile(
    r"\b(?:cut|remove|delete|trim|skip|drop|get rid|take|erase)\b|[剪删]|去掉|去除", re.IGNORECASE
)

_HAN_SPEAKER = r"(?:我们?|你们?|[他她]们?|有人|主持人|嘉宾|大家)"
_HAN_ABOUT = r"说到|提到|讲到|谈到|聊到|说起|提起|谈起"
_HAN_WORDS = r"(?P<words>(?![错话完好不得的了什啥那这])[\u3400-\u9fffa-z0-9]{2,10}?)"
_HAN = re.compile(
    rf"{_HAN_SPEAKER}?(?P<verb>{_HAN_ABOUT}|说)(?:过|了)?{_HAN_WORDS}的(?:地方|部分|片段|段落|时候|位置|那段|那里)",
    re.IGNORECASE,
)
_HAN_ASKED = re.compile(
    rf"^{_HAN_SPEAKER}?(?:是?在)?(?:哪里|哪儿|哪个地方|什么地方|什么时候|哪一?段)(?P<verb>{_HAN_ABOUT}|说)(?:过|了)?"
    rf"{_HAN_WORDS}(?:吗|呢|了|的)?[？?]*$",
    re.IGNORECASE,
)
_LOOKS = re.compile(r"[找查搜剪删]|去掉|去除")


def marked(text: str, work: Work) -> str:
    """The text with marks around words that somebody says."""
    if any(mark in text for mark in OPENING) or '"' in text:
        return text
    for pattern, lead, end in (
        (_ASKED, "find where I say “", "”"),
        (_ENGLISH, "where I say “", "”"),
        (_HAN_ASKED, "找到说“", "”的地方"),
        (_HAN, "说“", "”的地方"),
    ):
        found = pattern.search(text)
        if found is None or _NO_WORDS.match(found["words"]):
            continue
        if pattern is _HAN and not _LOOKS.search(text):
            continue
        is_about = found["verb"].lower() not in ("say", "says", "said", "说")
        if is_about and _CUTS.search(text[: found.start()]):
            return text
        start, stop = found.span("words")
        before, behind = (found.start(), found.end())
        written = work.written
        if written:
            work.written = f"{written[:before]}{lead}{written[start:stop]}{end}{written[behind:]}"
        return f"{text[:before]}{lead}{text[start:stop]}{end}{text[behind:]}"
    return text
