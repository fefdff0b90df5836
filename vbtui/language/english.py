"""English messages, clause by clause: the head of the imperative, the subject of the question.

Words count by closed classes, the senses of the lexicon: a clause is a request to vbtui only when
all of it is made of the classes that belong to that request.
"""

from __future__ import annotations

import re

from vbtui.base.patterns import regex
from vbtui.language import deliveries
from vbtui.language.clauses import Clause, Meaning
from vbtui.language.deliveries import Delivery
from vbtui.language.lexicon import ENGLISH
from vbtui.language.locations import LOCATION, WEB
from vbtui.language.quotes import QUOTE

_SENTENCE = regex(r"([^.!?;\n…]*(?:\.(?=\S)[^.!?;\n…]*)*)([.!?;\n…]*)")
_JOINT = regex(
    r",\s*(?:and\s+then|and|then|but|so)?\s*|\s+(?:and\s+then|then|but)\s+|\s+[-–—]+\s+|\s+and\s+"
    r"(?=(?:(?:also|please|finally|lastly|afterwards?|after\s+that|"
    r"(?:once|when)\s+\S+(?:\s+is|\s+are)?\s+(?:done|finished|ready))\s+)?(?P<verb>[\w-]+))",
    re.IGNORECASE,
)
_TOKEN = regex(rf"[{QUOTE}{LOCATION}{WEB}]|[\w#][\w'’:.%+/#-]*", re.IGNORECASE)
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
_SENSES = {**ENGLISH, "place": frozenset({LOCATION, WEB}), "quoted": frozenset({QUOTE})}
_VERBS = frozenset().union(
    *(_SENSES[sense] for sense in ("verb", "editing", "exporting", "uploading"))
)
_ASKING = _SENSES["question"] | _SENSES["auxiliary"]
_LONGEST_LEAD = max(lead.count(" ") for lead in _SENSES["lead"]) + 1
_LONGEST_TAIL = max(tail.count(" ") for tail in _SENSES["tail"]) + 1
_OBJECT = ("determiner", "pronoun", "deictic", "video", "finished", "format")
_TAIL = (*_OBJECT, "target", "preposition", "joint", "place", "quoted", "deliverable")
_SUMMARIES = frozenset({"summary", "overview", "recap", "report", "list"})
_TOLD = frozenset({"did", "done", "changed", "changes", "project", "timeline"})
_WAITS = frozenset({"until", "till", "before", "left", "take", "takes", "taking", "remaining"})
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


def delivery(clause: str) -> Delivery | None:
    """What a clause asks to come out in place of the video as it is."""
    return deliveries.read_english(" ".join(_without_leads(_tokens(clause))[0]))


def _is_question(tokens: list[str]) -> bool:
    """`is 1080p the limit`: after "or" it makes a question of what came before it."""
    return bool(tokens) and tokens[0] in _ASKING


def _parts(sentence: str) -> list[str]:
    """Split at commas, "then", "but", and at an "and" that a verb follows; not in a list of formats."""
    parts, start, joints = [], 0, [0]
    for joint in _JOINT.finditer(sentence):
        verb = joint["verb"]
        if verb is not None and verb.lower() not in _VERBS:
            continue
        parts.append(sentence[start : joint.start()])
        joints.append(joint.start())
        start = joint.end()
    parts.append(sentence[start:])
    joints.append(len(sentence))
    found: list[str] = []
    for at, part in enumerate(parts):
        if found and deliveries.is_more(part):
            found[-1] += sentence[joints[at] : joints[at + 1]]
        else:
            found.append(part)
    return found


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
    begins_question = rest[0] in _ASKING - {"do"} and len(rest) > 1
    asks = asks or (begins_question and not led)
    return (
        _credits(rest, asks)
        or _status(rest, asks, led)
        or (Meaning.EXPORT if deliveries.read_english(" ".join(rest)) else None)
        or _fitness(rest, asks)
        or _upload(rest)
        or _export(rest)
        or Meaning.EDIT
    )


def _without_leads(tokens: list[str]) -> tuple[list[str], bool]:
    """The clause without politeness; whether it asked for something by it ("can you…")."""
    rest, led, changed = tokens, False, True
    while changed and rest:
        changed = False
        if rest[0] in _SENSES["greeting"] and not _stands_for_more(rest):
            rest, changed = rest[1:], True
            continue
        for count in range(_LONGEST_LEAD, 0, -1):
            if " ".join(rest[:count]) in _SENSES["lead"]:
                rest, led, changed = rest[count:], True, True
                break
    if rest[:2] in (["i", "would"], ["we", "would"]) and rest[2:3] in (["like"], ["love"]):
        rest = ["want", *rest[3:]]
    if rest[:1] in (["i"], ["we"]) and rest[1:2] in (["want"], ["need"]):
        rest = rest[1:]
    rest = _without_tails(rest, "tail", leaving=1)
    rest = _without_tails(rest, "trailing", leaving=0)
    if led and rest and rest[0].endswith("ing") and rest[0] not in _VERBS:
        stem = rest[0][:-3]
        verb = next((one for one in (stem, stem + "e") if one in _VERBS), "")
        rest = [verb or rest[0], *rest[1:]]
    return rest, led


def _without_tails(tokens: list[str], sense: str, *, leaving: int) -> list[str]:
    """The words without the phrases at their end that have this sense."""
    for count in range(min(_LONGEST_TAIL, len(tokens) - leaving), 0, -1):
        if " ".join(tokens[-count:]) in _SENSES[sense]:
            return _without_tails(tokens[:-count], sense, leaving=leaving)
    return tokens


def _stands_for_more(rest: list[str]) -> bool:
    """`next 20 seconds`, `first clip`, `again`: not politeness."""
    return rest[0] in ("next", "first", "right", "good", "fine", "after") and len(rest) > 1


def _is_neutral(tokens: list[str], rest: list[str]) -> bool:
    if {" ".join(rest), " ".join(tokens)} & _SENSES["identity"]:
        return True
    if rest[0] in _SENSES["condition"] and not (rest[1:2] and rest[1] in _SENSES["auxiliary"]):
        return True
    if _all(rest, "quality") and "mp4" not in rest:
        return True
    if len(rest) == 1:
        return rest[0] in _SENSES["approval"] - {"work", "result", "video", "set", "go"}
    is_question = rest[0] in _ASKING and rest[0] not in ("what", "am")
    return not is_question and _all(rest, "approval") and rest[-1] != "the"


# -- credits and the state of the project ----------------------------------------------------------


def _credits(tokens: list[str], asks: bool) -> Meaning | None:
    """`my balance`, `how many credits are left?`; not credits that roll on the screen."""
    if asks and "cost" in tokens and tokens[:2] == ["how", "much"]:
        return Meaning.CREDITS
    if asks and tokens[:2] == ["how", "much"] and "account" in tokens and "left" in tokens:
        return Meaning.CREDITS
    if not _any(tokens, "credit"):
        return None
    if _all(tokens, "credit", "credit-filler"):
        return Meaning.CREDITS
    if tokens[0] in ("buy", "top", "purchase", "refill", "recharge", "get") and _all(
        tokens, "credit", "credit-filler", "credit-verb"
    ):
        return Meaning.CREDITS
    about_account = _any(tokens, "account")
    on_screen = _any(tokens, "on-screen")
    is_question = asks or tokens[0] in _ASKING
    return Meaning.CREDITS if is_question and about_account and not on_screen else None


def _status(tokens: list[str], asks: bool, led: bool) -> Meaning | None:
    """`status`, `list my tracks`, `is it ready?`, `how long is the video?`."""
    cores = _any(tokens, "state")
    if cores and _all(tokens, "state", "state-filler"):
        return Meaning.STATUS
    if tokens[0] in _SENSES["listing"] and _lists(tokens[1:]):
        return Meaning.STATUS
    if _is_told(tokens):
        return Meaning.STATUS
    asks_at_all = asks or (not led and tokens[0] != "do")
    if tokens[0] in _ASKING and asks_at_all and _asks_state(tokens):
        return Meaning.STATUS
    return None


def _lists(rest: list[str]) -> bool:
    """`my tracks`, `all clips`, `me what is on the timeline`, `my Holiday projects`."""
    if not _any(rest, "listed"):
        is_one = _any(rest, "rank") and rest[-1] in _SENSES["described"]
        return is_one and _all(rest, "rank", "described", "list-filler")
    unknown = [token for token in rest if not _all([token], "listed", "list-filler")]
    return not unknown or (len(unknown) == 1 and rest[-1] in _SENSES["listed"] and "my" in rest)


def _is_told(tokens: list[str]) -> bool:
    """`send me a summary of what you did`."""
    return tokens[:4] == ["tell", "me", "what", "you"] or (
        tokens[0] in ("send", "give", "show", "tell", "write")
        and tokens[1:2] == ["me"]
        and not _SUMMARIES.isdisjoint(tokens[2:4])
        and not _TOLD.isdisjoint(tokens)
    )


def _asks_state(tokens: list[str]) -> bool:
    if "should" in tokens or "would" in tokens:
        return False
    if tokens[:2] == ["how", "long"] and not _WAITS.isdisjoint(tokens):
        return True
    if tokens[0] == "what" and tokens[1:2] == ["do"] and tokens[3:4] == ["have"]:
        return _all(tokens[2:], "state-subject", "state-glue")
    if tokens[0] == "what" and _all(tokens[1:], "state-subject", "state-glue"):
        things = _SENSES["state-subject"] - {"it", "this", "that", "i", "you", "we"}
        is_there = not {"in", "on", "have", "files"}.isdisjoint(tokens) or _any(tokens, "listed")
        return is_there and not things.isdisjoint(tokens)
    of_shape = tokens[0] in ("is", "are", "was")
    known = ("state-subject", "state-glue", "state-word", "rank")
    described = ("shape",) if of_shape else ("size",) if tokens[0] == "how" else ()
    if not _all(tokens, *known, *described):
        return False
    if of_shape and _any(tokens, "shape"):
        return True
    if tokens[0] == "where":
        return _any(tokens[1:], "state-subject")
    if tokens[0] == "how" and tokens[1] in _SENSES["size"]:
        return True
    return _any(tokens[1:], "state-word")


# -- files that come in ------------------------------------------------------------------------------


def _fitness(tokens: list[str], asks: bool) -> Meaning | None:
    """`check it meets the Reels spec`, `is this OK to upload?`: the export's business."""
    if tokens[0] in _SENSES["checking"] and _any(tokens[1:], "spec"):
        return Meaning.EXPORT
    if tokens[0] in ("is", "are") and asks:
        fit = next((index for index, token in enumerate(tokens) if token in _SENSES["fit"]), None)
        if fit is not None and _any(tokens[fit + 1 :], "publishing"):
            return Meaning.EXPORT
    return None


def _upload(tokens: list[str]) -> Meaning | None:
    """`upload my clips`, `add ~/a.mp4`: files that are to come into the project."""
    head, rest = tokens[0], tokens[1:]
    if _all(tokens, "place"):
        return Meaning.UPLOAD
    if head in _SENSES["uploading"]:
        return _uploads(rest)
    if head in _SENSES["offering"] and rest[:1] == ["you"] and rest[-1] in _SENSES["media"]:
        return Meaning.UPLOAD if _all(rest, "media", "upload-filler") else None
    if head in _SENSES["taking"] and "from" in rest and rest[-1] in _SENSES["machine"]:
        return Meaning.UPLOAD if _all(rest, "media", "upload-filler") else None
    if tokens[:2] == ["i", "have"] and tokens[-1] in _SENSES["uploading"]:
        fits = _all(tokens[:-1], "media", "upload-filler")
        return Meaning.UPLOAD if fits else None
    has_place = LOCATION in tokens or WEB in tokens
    known = ("media", "upload-filler", "place")
    if has_place and head in _SENSES["taking"] and _all(rest, *known):
        return Meaning.UPLOAD
    if has_place and _all(tokens, *known):
        return Meaning.UPLOAD
    if head in ("add", "process", "load", "take", "accept") and "analysis" in rest:
        return Meaning.UPLOAD if _all(rest, *known) else None
    is_file = bool(rest) and rest[0] in ("this", "these") and _all(rest, *known)
    if is_file and (
        (head in ("add", "load", "take") and rest[-1] in _SENSES["media"])
        or (head in ("process", "accept") and rest[-1] in ("file", "files"))
    ):
        return Meaning.UPLOAD
    return None


def _uploads(rest: list[str]) -> Meaning:
    """What follows "upload": media, or the finished video to somewhere, which nothing here can do."""
    body, tail = _until_preposition(rest, frozenset({"to", "for", "into", "named", "so"}))
    has_place = LOCATION in rest or WEB in rest
    if _any(tail, "platform") and not has_place:
        return Meaning.EDIT
    if not _all(body, "media", "upload-filler", "place", "quoted"):
        return Meaning.EDIT
    return Meaning.UPLOAD


# -- the finished video that goes out ----------------------------------------------------------------


def _export(tokens: list[str]) -> Meaning | None:
    """`export it`, `send me the video`, `the final mp4`: the finished video is to come out."""
    head, rest = tokens[0], tokens[1:]
    if head in ("publish", "share", "post", "send") and _any(rest, "platform"):
        return None
    if rest and rest[0] in ("out", "off") and head in _SENSES["exporting"]:
        rest = rest[1:]
    if head in _SENSES["exporting"]:
        return _exports(head, rest)
    if head in _SENSES["starting"] and rest and _any(rest, "started"):
        is_start = _all(
            rest,
            "started",
            "determiner",
            "finished",
            "deictic",
            "video",
            "preposition",
            "format",
        )
        return Meaning.EXPORT if is_start else None
    if head in _SENSES["watching"] and (not rest or _all(rest, *_OBJECT, "deliverable")):
        return Meaning.EXPORT
    if head in ("make", "create", "generate", "build", "produce") and _makes_preview(rest):
        return Meaning.EXPORT
    if head in _SENSES["handing"]:
        return Meaning.EXPORT if _hands_over(head, rest) else None
    is_bare = _all(tokens, *_OBJECT, "deliverable")
    is_strong = any(token in ("mp4", "link", "download", "preview") for token in tokens)
    is_final = "final" in tokens and _any(tokens, "deliverable")
    return Meaning.EXPORT if is_bare and (is_strong or is_final) else None


def _exports(head: str, rest: list[str]) -> Meaning:
    """What follows "export": the whole video and how, or something else that is no export."""
    if head == "download" and WEB in rest:
        is_file = _all(rest, "media", "upload-filler", "place")
        return Meaning.UPLOAD if is_file else Meaning.EDIT
    body, tail = _until_preposition(rest, _SENSES["preposition"] | _SENSES["condition"])
    if not _all(body, *_TAIL):
        is_changed = "with" in body or "without" in body
        known = body[: body.index("with" if "with" in body else "without")] if is_changed else []
        return Meaning.BOTH if is_changed and _all(known, *_OBJECT) else Meaning.EDIT
    if _all(tail, *_TAIL, "approval", "condition"):
        return Meaning.EXPORT
    if tail and (tail[0] in _SENSES["condition"] or _any(tail, "editing")):
        return Meaning.BOTH
    return Meaning.EXPORT if head in _SENSES["exporting-for"] else Meaning.EDIT


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
        and _all(rest, "determiner", "format", "finished", "deliverable")
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
    if not _all(rest, *_TAIL, "format"):
        return False
    body, _ = _until_preposition(rest, _SENSES["preposition"] | frozenset({"with"}))
    if body and body[-1] in _SENSES["pronoun"] and len(body) == 1:
        return head not in ("want", "need", "have", "get")
    if not body or not _any(body, "deliverable"):
        return False
    if body[0] in ("a", "an", "some", "one"):
        return _any(body, "handed-over")
    return body[0] in _SENSES["definite"] or body[0] in _SENSES["format"] or "final" in body


# -- classes of words --------------------------------------------------------------------------------


def _all(tokens: list[str], *senses: str) -> bool:
    """Whether every word has one of the senses."""
    return all(any(token in _SENSES[sense] for sense in senses) for token in tokens)


def _any(tokens: list[str], *senses: str) -> bool:
    """Whether one of the words has one of the senses."""
    return any(token in _SENSES[sense] for sense in senses for token in tokens)
