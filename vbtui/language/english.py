"""English messages, clause by clause: the head of the imperative, the subject of the question."""

from __future__ import annotations

import re

from vbtui.language import english_files, english_questions
from vbtui.language import english_words as words
from vbtui.language.clauses import Clause, Meaning
from vbtui.language.locations import LOCATION, WEB
from vbtui.language.quotes import QUOTE

_SENTENCE = re.compile(r"([^.!?;\n…]*(?:\.(?=\S)[^.!?;\n…]*)*)([.!?;\n…]*)")
_JOINT = re.compile(
    r",\s*(?:and\s+then|and|then|but|so)?\s*|\s+(?:and\s+then|then|but)\s+|\s+[-–—]+\s+|\s+and\s+"
    r"(?=(?:(?:also|please|finally|lastly|afterwards?|after\s+that|"
    r"(?:once|when)\s+\S+(?:\s+is|\s+are)?\s+(?:done|finished|ready))\s+)?(?P<verb>[\w-]+))",
    re.IGNORECASE,
)
_TOKEN = re.compile(rf"[{QUOTE}{LOCATION}{WEB}]|[\w#][\w'’:.%+/#-]*", re.IGNORECASE)
_SHORT = {
    "i'd": "i would",
    "i'm": "i am",
    "i've": "i have",
    "i'll": "i will",
    "we're": "we are",
    "we've": "we have",
    "let's": "let us",
    "that's": "that is",
    "it's": "it is",
    "what's": "what is",
    "where's": "where is",
    "how's": "how is",
    "here's": "here is",
    "there's": "there is",
    "you're": "you are",
    "whats": "what is",
    "dont": "do not",
    "wanna": "want to",
    "gimme": "give me",
    "lemme": "let me",
    "who're": "who are",
}
_LEADS = tuple(
    tuple(lead.split())
    for lead in [
        "can you",
        "could you",
        "will you",
        "would you mind",
        "would you",
        "can i",
        "could i",
        "may i",
        "can we",
        "could we",
        "i would like to",
        "i would love to",
        "i want to",
        "i need to",
        "i would like you to",
        "i want you to",
        "i need you to",
        "i wish to",
        "i have to",
        "we need to",
        "we want to",
        "let us",
        "let me",
        "go ahead and",
        "go ahead",
        "it is time to",
        "time to",
        "i am ready to",
        "we are ready to",
        "ready to",
        "help me to",
        "help me",
        "try to",
        "you can",
        "you may",
        "you should",
        "how do i",
        "how can i",
        "how could i",
        "how do we",
        "how can we",
        "how to",
        "where can i",
        "where do i",
        "where can we",
        "how would i",
        "how should i",
        "is it possible to",
        "is there a way to",
        "what do i do to",
        "what should i do to",
        "what do i need to do to",
        "try",
        "feel free to",
        "be sure to",
        "make sure to",
        "remember to",
        "i think we can",
        "i will",
        "we can",
        "i just want to",
        "i only want to",
        "do you mind",
        "you to",
        "i am going to",
        "need to",
        "want to",
        "i am trying to",
        "would you be so kind as to",
        "be so kind as to",
        "mind",
        "after that is done",
        "after it is done",
        "after that",
        "afterwards",
        "once that is done",
        "once it is done",
        "once you are done",
        "once it is ready",
        "when that is done",
        "when it is done",
        "when you are done",
        "when it is ready",
        "do i",
        "can it",
        "",
    ]
    if lead
)
_ASKING = (("do", "i"), ("can", "it"))
"""Leads that stay: they begin a question about the state."""
_TAILS = tuple(
    tuple(tail.split()) for tail in ("at the moment", "at this point", "right now", "as of now")
)
"""Ends that only say "now"."""
_READINGS = (
    english_questions.credits,
    english_questions.status,
    english_files.fitness,
    english_files.upload,
    english_files.export,
)
"""Asked in this order: (words, whether it is a question, whether politeness led it)."""
_LONG_CLAUSE = 60
"""A clause of more words is content: an edit."""


def clauses_of(text: str) -> list[Clause]:
    """The clauses of a message without quotes and locations, each with what it means."""
    found: list[Clause] = []
    for match in _SENTENCE.finditer(text):
        sentence, end = match[1].strip(), match[2]
        if not sentence:
            continue
        for part in _parts(sentence):
            tokens = _tokens(part)
            if not tokens:
                continue
            if tokens[0] == "or" and "?" in end and found and _is_question(tokens[1:]):
                found[-1] = Clause(found[-1].text, Meaning.EDIT)
            found.append(Clause(part.strip(), _judge(tokens, asks="?" in end)))
    return found


def _is_question(tokens: list[str]) -> bool:
    """`is 1080p the limit`: after "or" it makes a question of what came before it."""
    return bool(tokens) and tokens[0] in words.WH | words.AUXILIARIES


def _parts(sentence: str) -> list[str]:
    """Split at commas, "then", "but", and at an "and" that a verb follows."""
    parts, start = [], 0
    for joint in _JOINT.finditer(sentence):
        verb = joint["verb"]
        if verb is not None and verb.lower() not in words.VERBS:
            continue
        parts.append(sentence[start : joint.start()])
        start = joint.end()
    return [*parts, sentence[start:]]


def _tokens(clause: str) -> list[str]:
    found: list[str] = []
    for token in _TOKEN.findall(clause.lower().replace("’", "'")):
        token = token.strip("'.:/") if len(token) > 1 else token
        if token in _SHORT:
            found += _SHORT[token].split()
        elif token.endswith("n't"):
            found += [token[:-3], "not"]
        elif token:
            found.append(token)
    return found


def _judge(tokens: list[str], *, asks: bool) -> Meaning:
    if len(tokens) > _LONG_CLAUSE:
        return Meaning.EDIT
    rest, led = _without_leads(tokens)
    if not rest or _is_neutral(tokens, rest):
        return Meaning.NEUTRAL
    if rest[0] in ("not", "never", "no", "stop", "cancel", "abort", "without") or "not" in rest[:3]:
        return Meaning.NOT
    if rest[0] == "do" and "not" in rest[:2]:
        return Meaning.NOT
    begins_question = rest[0] in (words.WH | words.AUXILIARIES) - {"do"} and len(rest) > 1
    asks = asks or (begins_question and not led)
    for reading in _READINGS:
        meaning = reading(rest, asks, led)
        if meaning is not None:
            return meaning
    return Meaning.EDIT


def _without_leads(tokens: list[str]) -> tuple[list[str], bool]:
    """The clause without politeness; whether it asked for something by it ("can you…")."""
    rest, led, changed = tokens, False, True
    while changed and rest:
        changed = False
        if rest[0] in words.GREETINGS and not _stands_for_more(rest):
            rest, changed = rest[1:], True
            continue
        for lead in _LEADS:
            if tuple(rest[: len(lead)]) == lead and lead not in _ASKING:
                rest, led, changed = rest[len(lead) :], True, True
                break
    if rest[:2] in (["i", "would"], ["we", "would"]) and rest[2:3] in (["like"], ["love"]):
        rest = ["want", *rest[3:]]
    if rest[:1] in (["i"], ["we"]) and rest[1:2] in (["want"], ["need"]):
        rest = rest[1:]
    for tail in _TAILS:
        if len(rest) > len(tail) and tuple(rest[-len(tail) :]) == tail:
            rest = rest[: -len(tail)]
    while rest and rest[-1] in ("please", "pls", "thanks", "thank", "too", "ok", "okay", "nemo"):
        rest = rest[:-1]
    if led and rest and rest[0].endswith("ing") and rest[0] not in words.VERBS:
        stem = rest[0][:-3]
        verb = next((one for one in (stem, stem + "e") if one in words.VERBS), "")
        rest = [verb or rest[0], *rest[1:]]
    return rest, led


def _stands_for_more(rest: list[str]) -> bool:
    """`next 20 seconds`, `first clip`, `again`: not politeness."""
    return rest[0] in ("next", "first", "right", "good", "fine", "after") and len(rest) > 1


def _is_neutral(tokens: list[str], rest: list[str]) -> bool:
    if tuple(rest) in words.IDENTITY or tuple(tokens) in words.IDENTITY:
        return True
    if rest[0] in words.CONDITIONS and not (rest[1:2] and rest[1] in words.AUXILIARIES):
        return True
    if all(token in words.QUALITY_WORDS for token in rest) and "mp4" not in rest:
        return True
    if len(rest) == 1:
        return rest[0] in words.APPROVAL - {"work", "result", "video", "set", "go"}
    is_question = rest[0] in words.WH | words.AUXILIARIES and rest[0] not in ("what", "am")
    return not is_question and all(token in words.APPROVAL for token in rest) and rest[-1] != "the"
