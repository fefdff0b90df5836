"""English messages, clause by clause: the head of the imperative, the subject of the question."""

from __future__ import annotations

import re

from vbtui.engine import english_words as words
from vbtui.engine.locations import LOCATION, WEB
from vbtui.engine.meanings import Clause, Meaning
from vbtui.engine.sentences import QUOTE

_SENTENCE = re.compile(r"([^.!?;\n…]*(?:\.(?=\S)[^.!?;\n…]*)*)([.!?;\n…]*)")
_JOINT = re.compile(
    r",\s*(?:and\s+then|and|then|but|so)?\s*|\s+(?:and\s+then|then|but)\s+|\s+[-–—]+\s+|\s+and\s+(?=(?:also\s+|please\s+)?(?P<verb>[\w-]+))",
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
        "do i",
        "can it",
        "",
    ]
    if lead
)
_ASKING = (("do", "i"), ("can", "it"))
"""Leads that stay: they begin a question about the state."""
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
            if tokens:
                found.append(Clause(part.strip(), _judge(tokens, asks="?" in end)))
    return found


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
    asks = asks or (not led and rest[0] in words.WH | words.AUXILIARIES and len(rest) > 1)
    for reading in (_credits, _status, _fitness, _upload, _export):
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
    if rest[:1] in (["i"], ["we"]) and rest[1:2] in (["want"], ["need"]):
        rest = rest[1:]
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
    if len(rest) == 1:
        return rest[0] in words.APPROVAL - {"work", "result", "video", "set", "go"}
    is_question = rest[0] in words.WH | words.AUXILIARIES and rest[0] not in ("what", "am")
    return not is_question and all(token in words.APPROVAL for token in rest) and rest[-1] != "the"


def _closed(tokens: list[str], *classes: frozenset[str]) -> bool:
    """Whether every word belongs to one of the classes, or is a number with a unit of a format."""
    return all(any(token in one for one in classes) for token in tokens)


# -- credits ----------------------------------------------------------------------------------


def _credits(tokens: list[str], asks: bool, led: bool) -> Meaning | None:
    if asks and "cost" in tokens and tokens[:2] == ["how", "much"]:
        return Meaning.CREDITS
    if not any(token in words.CREDIT_CORES for token in tokens):
        return None
    if _closed(tokens, words.CREDIT_CORES, words.CREDIT_FILLERS):
        return Meaning.CREDITS
    if tokens[0] in ("buy", "top", "purchase", "refill", "recharge", "get") and _closed(
        tokens, words.CREDIT_CORES, words.CREDIT_FILLERS, words.CREDIT_VERBS
    ):
        return Meaning.CREDITS
    about_account = any(token in words.ACCOUNT for token in tokens)
    on_screen = any(token in words.ON_SCREEN for token in tokens)
    is_question = asks or tokens[0] in words.WH | words.AUXILIARIES
    return Meaning.CREDITS if is_question and about_account and not on_screen else None


# -- state ------------------------------------------------------------------------------------


def _status(tokens: list[str], asks: bool, led: bool) -> Meaning | None:
    cores = any(token in words.STATE_CORES for token in tokens)
    if cores and _closed(tokens, words.STATE_CORES, words.STATE_FILLERS):
        return Meaning.STATUS
    if tokens[0] in words.LISTING and _lists(tokens[1:]):
        return Meaning.STATUS
    if _is_told(tokens):
        return Meaning.STATUS
    if tokens[0] in words.WH | words.AUXILIARIES and (asks or not led) and _asks_state(tokens):
        return Meaning.STATUS
    return None


def _lists(rest: list[str]) -> bool:
    """`my tracks`, `all clips`, `me what is on the timeline`, `my Holiday projects`."""
    cores = [token for token in rest if token in words.LISTED]
    if not cores:
        return (
            bool(rest)
            and _closed(rest, words.ORDINALS, words.DESCRIBED, words.LIST_FILLERS)
            and (any(token in words.ORDINALS for token in rest) and rest[-1] in words.DESCRIBED)
        )
    unknown = [
        token for token in rest if token not in words.LISTED and token not in words.LIST_FILLERS
    ]
    return not unknown or (len(unknown) == 1 and rest[-1] in words.LISTED and "my" in rest)


def _is_told(tokens: list[str]) -> bool:
    """`send me a summary of what you did`."""
    return (
        tokens[0] in ("send", "give", "show", "tell", "write")
        and tokens[1:2] == ["me"]
        and any(
            token in ("summary", "overview", "recap", "report", "list") for token in tokens[2:4]
        )
        and any(
            token in ("did", "done", "changed", "changes", "project", "timeline")
            for token in tokens
        )
    ) or tokens[:4] == ["tell", "me", "what", "you"]


def _asks_state(tokens: list[str]) -> bool:
    if "should" in tokens or "would" in tokens:
        return False
    if tokens[:2] == ["how", "long"] and any(
        token in ("until", "till", "before", "left", "take", "takes", "taking", "remaining")
        for token in tokens
    ):
        return True
    if tokens[0] == "what" and _closed(tokens[1:], words.STATE_SUBJECTS, words.STATE_GLUE):
        return any(
            token in words.STATE_SUBJECTS - {"it", "this", "that", "i", "you", "we"}
            for token in tokens
        ) and (
            "in" in tokens
            or "on" in tokens
            or "have" in tokens
            or "files" in tokens
            or "clips" in tokens
        )
    known = (
        words.STATE_SUBJECTS,
        words.STATE_GLUE,
        words.STATE_WORDS,
        words.ORDINALS,
        words.SHAPES if tokens[0] in ("is", "are", "was") else words.STATE_WORDS,
    )
    if not _closed(tokens, *known):
        return False
    if tokens[0] in ("is", "are", "was") and any(token in words.SHAPES for token in tokens):
        return True
    if tokens[0] == "where":
        return any(token in words.STATE_SUBJECTS for token in tokens[1:])
    return any(token in words.STATE_WORDS for token in tokens[1:])


# -- is it fit to be published? ---------------------------------------------------------------


def _fitness(tokens: list[str], asks: bool, led: bool) -> Meaning | None:
    """`check it meets the Reels spec`, `is this OK to upload?`: the export's business."""
    if tokens[0] in words.CHECKING and any(token in words.SPECS for token in tokens[1:]):
        return Meaning.EXPORT
    if tokens[0] in ("is", "are") and asks:
        fit = next((index for index, token in enumerate(tokens) if token in words.FIT), None)
        if fit is not None and any(token in words.PUBLISHING for token in tokens[fit + 1 :]):
            return Meaning.EXPORT
    return None


# -- upload -----------------------------------------------------------------------------------


def _upload(tokens: list[str], asks: bool, led: bool) -> Meaning | None:
    head, rest = tokens[0], tokens[1:]
    if _closed(tokens, words.PLACES):
        return Meaning.UPLOAD
    if head in words.UPLOADING:
        return _uploads(rest)
    has_place = LOCATION in tokens or WEB in tokens
    known = (words.MEDIA, words.UPLOAD_FILLERS, words.PLACES)
    if has_place and head in words.TAKING and _closed(rest, *known):
        return Meaning.UPLOAD
    if has_place and _closed(tokens, *known):
        return Meaning.UPLOAD
    if head in ("add", "process", "load", "take", "accept") and "analysis" in rest:
        return Meaning.UPLOAD if _closed(rest, *known) else None
    is_file = bool(rest) and rest[0] in ("this", "these") and _closed(rest, *known)
    if is_file and (
        (head in ("add", "load", "take") and rest[-1] in words.MEDIA)
        or (head in ("process", "accept") and rest[-1] in ("file", "files"))
    ):
        return Meaning.UPLOAD
    return None


def _uploads(rest: list[str]) -> Meaning:
    """What follows "upload": media, or the finished video to somewhere."""
    body, tail = _until_preposition(rest, frozenset({"to", "for", "into", "named", "so"}))
    has_place = LOCATION in rest or WEB in rest
    if any(token in words.PLATFORMS for token in tail) and not has_place:
        return Meaning.EXPORT
    if not _closed(body, words.MEDIA, words.UPLOAD_FILLERS, words.PLACES, words.QUOTED):
        return Meaning.EDIT
    return Meaning.UPLOAD


# -- export -----------------------------------------------------------------------------------

_OBJECT = (
    words.DETERMINERS,
    words.PRONOUNS,
    words.DEICTIC,
    words.VIDEO_NOUNS,
    words.FINISHED,
    words.FORMATS,
)
_TAIL = (
    *_OBJECT,
    words.TARGETS,
    words.PREPOSITIONS,
    words.JOINTS,
    words.PLACES,
    words.QUOTED,
    words.DELIVERABLES,
)


def _export(tokens: list[str], asks: bool, led: bool) -> Meaning | None:
    head, rest = tokens[0], tokens[1:]
    if rest and rest[0] in ("out", "off") and head in words.EXPORTING:
        rest = rest[1:]
    if head in words.EXPORTING:
        return _exports(head, rest)
    if head in words.STARTING and rest and any(token in words.STARTED for token in rest):
        is_start = _closed(
            rest,
            words.STARTED,
            words.DETERMINERS,
            words.FINISHED,
            words.DEICTIC,
            words.VIDEO_NOUNS,
            words.PREPOSITIONS,
            words.FORMATS,
        )
        return Meaning.EXPORT if is_start else None
    if head in words.WATCHING and (not rest or _closed(rest, *_OBJECT, words.DELIVERABLES)):
        return Meaning.EXPORT
    if head in ("make", "create", "generate", "build", "produce") and _makes_preview(rest):
        return Meaning.EXPORT
    if head in words.HANDING:
        return Meaning.EXPORT if _hands_over(head, rest) else None
    is_bare = _closed(tokens, *_OBJECT, words.DELIVERABLES)
    is_strong = any(token in ("mp4", "link", "download", "preview") for token in tokens)
    is_final = "final" in tokens and any(token in words.DELIVERABLES for token in tokens)
    return Meaning.EXPORT if is_bare and (is_strong or is_final) else None


def _exports(head: str, rest: list[str]) -> Meaning:
    """What follows "export": the whole video and how, or something else that is no export."""
    if head == "download" and WEB in rest:
        is_file = _closed(rest, words.MEDIA, words.UPLOAD_FILLERS, words.PLACES)
        return Meaning.UPLOAD if is_file else Meaning.EDIT
    body, tail = _until_preposition(rest, words.PREPOSITIONS | words.CONDITIONS)
    if not _closed(body, *_TAIL):
        is_changed = "with" in body or "without" in body
        known = body[: body.index("with" if "with" in body else "without")] if is_changed else []
        return Meaning.BOTH if is_changed and _closed(known, *_OBJECT) else Meaning.EDIT
    if _closed(tail, *_TAIL, words.APPROVAL, words.CONDITIONS):
        return Meaning.EXPORT
    if tail and (tail[0] in words.CONDITIONS or any(token in words.EDITING for token in tail)):
        return Meaning.BOTH
    return Meaning.EXPORT if head in words.STRONG else Meaning.EDIT


def _until_preposition(tokens: list[str], stops: frozenset[str]) -> tuple[list[str], list[str]]:
    """The object and the rest: "the video | to my phone"."""
    at = next((index for index, token in enumerate(tokens) if token in stops), len(tokens))
    return tokens[:at], tokens[at:]


def _makes_preview(rest: list[str]) -> bool:
    """`a GIF preview`, `me an mp4`: the finished thing, not something to create."""
    if rest[:1] == ["me"]:
        rest = rest[1:]
    return (
        bool(rest)
        and rest[-1] in ("preview", "mp4", "export", "gif", "master")
        and _closed(rest, words.DETERMINERS, words.FORMATS, words.FINISHED, words.DELIVERABLES)
    )


def _hands_over(head: str, rest: list[str]) -> bool:
    """`send me the video`, `give me a ProRes master`, `show me what it looks like`."""
    to_me = rest[:1] in (["me"], ["us"]) or rest[:1] == ["over"]
    if to_me:
        rest = rest[1:]
    if not rest:
        return head in ("send", "share", "deliver")
    if rest[:3] in (["what", "it", "looks"], ["how", "it", "looks"], ["how", "it", "looked"]):
        return True
    if head == "show" and not to_me:
        return False
    if not _closed(rest, *_TAIL, words.FORMATS):
        return False
    body, _ = _until_preposition(rest, words.PREPOSITIONS | frozenset({"with"}))
    if body and body[-1] in words.PRONOUNS and len(body) == 1:
        return head not in ("want", "need", "have", "get")
    if not body or not any(token in words.DELIVERABLES for token in body):
        return False
    if body[0] in ("a", "an", "some", "one"):
        return any(token in words.HANDED_OVER for token in body)
    return body[0] in words.DEFINITE or body[0] in words.FORMATS or "final" in body
