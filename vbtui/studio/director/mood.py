"""Whether a sentence asks, asks for something, reports or supposes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vbtui.studio.director.values import Phrase


@dataclass(frozen=True, slots=True)
class Sentence:
    """The phrases between two stops, without politeness."""

    phrases: tuple[Phrase, ...]
    start: int
    end: int
    asks: bool
    """It ends with a question mark."""
    polite: bool
    """It begins with a polite request: `can you …`."""
    lead: tuple[Phrase, ...]
    """The politeness at its head."""


_REQUEST = re.compile(
    r"^(?:(?:hey|hi|hello|ok|okay|so|and|well|please|pls|also|then|now|um|hm+|yes|no|sorry|thanks|great|good)[,!.]?\s+)*"
    r"(?:(?:can|could|would|will|cud|wud)\s+(?:you|u|we|ya)(?!\s+(?:tell|explain|say|show me how|please tell))|"
    r"would it be possible to|do you mind|would you mind|can i (?:have|get)|could i (?:have|get)|may i (?:have|get)|"
    r"could we|can we|why don'?t (?:you|we)|is there any chance you could|any chance you could|mind if)",
    re.IGNORECASE,
)
_SUBJECT = r"(?:it|they|that|this|these|those|both|the|my|our|all|clips?|photos?|shots?|\w+\.\w+)\b"
_BECOMES = (
    r"(?<!\w)(?:be|go|come|have|start|begin|end|last|stay|play|appear|disappear|fade|get|stop)\b"
    r"(?! (?:\w{2,}ed|made|put|shown|cut|split|sped|done|undone|kept|gone|there|sent|thrown|taken|left)\b)"
)
_WISHED = re.compile(
    rf"^(?:(?:hey|hi|hello|ok|okay|so|and|well|but|also|then|now|um|hm+|wait|sorry|yes|no|please)[,!.]?\s+)*"
    rf"(?:could {_SUBJECT}(?!.*\bor\b).*?{_BECOMES}|"
    rf"can {_SUBJECT}(?!.*\b(?:than|or)\b).*?{_BECOMES}(?=.*\b(?:instead|bit|little|also|please|pls|first|last|before|"
    r"after|until|only|at|in|red|blue|green|yellow|white|black|orange|pink|purple|\d+\S*)\b))",
    re.IGNORECASE,
)
"""`could the interview be louder`, `can it be blue instead`: what something shall be like. `can it be removed` asks."""
_ASKED = re.compile(
    r"^(?:(?:hey|hi|hello|ok|okay|so|and|well|but|also|then|now|um|hm+|wait|hold on|sorry)[,!.]?\s+)*"
    r"(?:should(?! be \w+[.!]?$)|shall|do(?! (?!i\b|we\b|you\b|they\b|it\b))|does|did|is|are|was|were|am|isn'?t|aren'?t|wasn'?t|doesn'?t|"
    r"didn'?t|shouldn'?t|wouldn'?t|will (?!you)|would (?!you|like|love)|could (?!you|we|u)|can (?!you|we|u)|may|might|has|"
    r"have (?:you|i|we|they)|have the \w+ (?:been|all|already|got)|had|what|what's|whats|which|who|whose|why|when (?:is|are|does|do|did|should|will|was)|"
    r"where(?:'s)?\b|how|how's|can you (?:tell|explain|say)|could you (?:tell|explain|say)|do you (?:know|think)|is it|"
    r"would it|tell me (?:if|whether|what|how|why)|i wonder|i'm wondering|wondering|any idea)\b",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"(?<!what )\b(?:he|she|they|someone|somebody|everyone|people|nobody|mum|mom|dad|"
    r"(?:my|our|the|a|his|her)\s+(?:boss|client|wife|husband|friend|friends|mother|father|mum|mom|dad|brother|sister|"
    r"colleague|teacher|boyfriend|girlfriend|director|editor|customer|producer|manager|partner|son|daughter|team|"
    r"kids|reviewer|other guy))\s+(?:\w+\s+)?"
    r"(?:said|says|say|told|asked|wants|wanted|thinks|thought|suggested|suggests|recommended|recommends|mentioned|"
    r"wrote|believes|would like|insisted|removed|deleted|muted|added|cut)\b"
    r"|\bi (?:already |just |have already |had )?(?:removed|deleted|muted|trimmed|added|swapped|moved|exported|sped|"
    r"shortened|combined|merged|replaced|reversed|dropped|changed)\b"
    r"|\bi(?:'ve| have) (?:already |just )?(?:removed|deleted|muted|trimmed|added|swapped|moved|combined|cut)\b"
    r"|\b(?:i was thinking|i'm thinking|i am thinking|i thought|i was going to|i might|i may|maybe i|perhaps i|maybe we|"
    r"perhaps we|i wonder|i'm wondering|i don'?t know (?:if|whether)|not sure (?:if|whether)|i'm considering|"
    r"i am considering|i considered|thinking about|thinking of|rumou?r|apparently|it says|the (?:manual|tutorial|guide|"
    r"article|book|docs?) (?:says|said|recommends|suggests))\b"
    r"|\b(?:keeps? (?:saying|asking|telling|insisting)|told (?:me|us)|in (?:the|a|this|that|my) (?:tutorial|video tutorial|"
    r"course|article|manual)|(?:yesterday|tomorrow|later|tonight) i(?:'ll| will)?|i(?:'ll| will) (?!need|have|take)|"
    r"i could|i can also|i may|we could(?! you)|i forgot to|remember (?:that|when|how)|let me know|whether (?:or not )?to|"
    r"last time|you (?:just |already |have |had )?(?:removed|deleted|muted|trimmed|added|moved|shortened)|i wish|if only|i used to|i always|i usually|i never)\b",
    re.IGNORECASE,
)
_HYPOTHETICAL = re.compile(
    r"\b(?:what if|what would happen|what happens|suppose|supposing|imagine|hypothetically|let's say (?:i|you|we|it|that|the)|in theory|"
    r"theoretically|if i (?:removed|deleted|muted|cut|added|were|did|wanted)|if you (?:removed|deleted|muted|added|were|did)|"
    r"if we (?:removed|deleted|muted|cut|added|were|did))\b",
    re.IGNORECASE,
)
_HAN_ASKED = re.compile(
    r"要不要|该不该|是不是|是否|会不会|有没有|为什么|为何|怎么|怎样|如何|多少|(?<![这那前后头上下好最把将的掉他它外余另])(?!(?<=[加写打])几个字)几[个张段条秒分]|哪[个段张些里]|(?<!没)(?<!没有)什么(?!.{0,4}[都也]不)|多长|多久|吗|应不应该|需不需要|"
    r"好还是|用不用|是什么|谁|第几|为啥|咋|啥(?!都)|哪[首位种条]|告诉我|跟我说|说说|是.{1,8}还是|呢[？?。！\s]*$|多大|多快|多高"
)
_HAN_REQUEST = re.compile(
    r"^(?:那|那么|嗯|你好|您好|嗨|hi|hello|[，,\s])*(?:请问(?=可以|能|可不可以|能不能)|请(?!问)|麻烦|帮|能不能|可不可以|可以|能否|能|可否|劳驾|你能|你可以|您能)"
)
_HAN_TAG = re.compile(r"(?:好吗|可以吗|行吗|好不好|行不行|可以不|好么|行么)[。？?！!~\s]*$")
_HAN_REPORTED = re.compile(
    r"(?:[他她]们?|老板|客户|朋友|同事|老婆|老公|妈妈|爸爸|老师|领导|别人|有人|大家|对方|导演|甲方|朋友们)(?!说话)(?:都|刚才|刚刚|昨天|今天|也|还)?"
    r"(?:说|让|叫|要|建议|觉得|认为|希望|想|问)|听说|据说|昨天|上次|前天|我在想|我在考虑|我想过|也许|或许|不知道(?:要不要|该不该|是不是)|"
    r"不确定|我刚才?(?:删|加|剪|静音|移)|我已经|原本想|本来想|本想|"
    r"以后可能|可能会|差点|差一点|(?<![想问])问(?:我|你)?(?:能不能|可不可以|要不要)|明天|后天|改天|回头|待会儿?|等会儿?再|过会儿?|一会儿再|下次|晚点再|以后再说|我自己|没想好|没决定|没定好|还在(?:挑|选|想|找|等)|我.{1,6}再(?:弄|剪|说|做|来|改)|[上前]个版本|之前的?版本"
)
_HAN_HYPOTHETICAL = re.compile(
    r"(?:如果|要是|假如|假设|万一|若).*(?:会怎样|会怎么样|怎么样|会变成|会是|多长|会不会|好不好|吗|呢|？|\?)|会怎样|会怎么样"
)


def asks_for(words: str) -> bool:
    """Whether a clause begins as a request: `can you …`, `could the music …`."""
    return bool(_REQUEST.match(words) or _WISHED.match(words))


def mood_of(words: str, sentence: Sentence) -> str:
    """request or question, of a whole sentence: its words, and whether it ends in a question mark."""
    plain = words.strip().strip('"“”')
    if re.search(r"[\u3400-\u9fff]", plain):
        return _han_mood(plain, sentence)
    if _HYPOTHETICAL.search(plain):
        return "question"
    if _REPORTED.search(plain):
        return "question"
    if sentence.asks and re.search(r"\bor not$", plain, re.IGNORECASE):
        return "question"
    if asks_for(plain):
        return "request"
    if _ASKED.match(plain):
        return "question"
    if (
        re.search(
            r"\b(?:or (?:is|should|not)|right|isn'?t it|shouldn'?t (?:i|we)|should (?:i|we))$",
            plain,
            re.I,
        )
        and sentence.asks
    ):
        return "question"
    tagged = re.search(
        r"\b(?:please|pls|ok|okay|can you|could you|would you|will you|alright|thanks)$",
        plain,
        re.I,
    )
    return "question" if sentence.asks and not tagged and not sentence.polite else "request"


_HAN_IF_NOT = re.compile(r"(?:能不能|可不可以|可以|能否|可否)先?(?:不(?!可以|能)|别)|^能不(?!能)")
"""能不能不删: whether it can be left."""


def _han_mood(plain: str, sentence: Sentence) -> str:
    if _HAN_IF_NOT.search(plain):
        return "question"
    if _HAN_HYPOTHETICAL.search(plain) and not _HAN_REQUEST.match(plain):
        return "question"
    if _HAN_REPORTED.search(plain):
        return "question"
    bare = _HAN_TAG.sub("", plain)
    if _HAN_REQUEST.match(plain) and not re.search(
        r"要不要|该不该|是不是|是否|为什么|怎么|如何|多少|多长|什么(?!.{0,4}[都也]不)|哪|告诉我|为啥",
        bare,
    ):
        return "request"
    tagged = bare != plain
    inner = re.sub(r"[\"“「『].*?[\"”」』]", "", bare)
    if _HAN_ASKED.search(inner):
        return "question"
    return "question" if sentence.asks and not tagged else "request"


# Parts of a sentence
