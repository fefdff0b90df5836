"""Phrases that mean something else beside others: `2 seconds` and `per shot` are one, `everything but the music` is clips.

A rule looks at a phrase and at those before it. It gives the phrase back, changed or not, or None where those before
it have taken it up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import takewhile

from vbtui.language import deliveries
from vbtui.language.quotes import is_chinese
from vbtui.studio.director.clip_phrases import ALL_OF_THEM, TEXT_NOUNS
from vbtui.studio.director.values import END, START, Clips, Edge, Phrase, Pick, Place, Thing, When

Rule = Callable[[list[Phrase], Phrase, str], Phrase | None]

MOVES_IN_TIME = ("appear", "disappear", "start", "stop")
_STARTS = ("start", "open_with")
_DONE_IN_PLACE = ("mute", "unmute", "remove", "faster", "slower", "louder", "quieter", "keep")
_PLAYED = ("mute", "unmute", "faster", "slower", "louder", "quieter")
_CHANGED_IN_PLACE = (
    "mute",
    "unmute",
    "faster",
    "slower",
    "louder",
    "quieter",
    "make",
    "set",
    "play",
)
_LESS = {
    "length": ("shorter", "trim", "cut", "make"),
    "speed": ("slower",),
    "volume": ("quieter", "decrease"),
}
_MORE = {"length": ("longer", "make"), "speed": ("faster",), "volume": ("louder", "increase")}
"""Verbs by which a property gets less, or more."""
_MEASURED = ("aspect", "duration", "percent", "factor", "number", "colour", "fps")
_ITS = re.compile(r"(?:\w+ ){0,2}its\b", re.IGNORECASE)
_THAT_ONE = re.compile(r"[那这](?:一)?[行条个句]?$|[那这](?:一)?[行条个句].$")
_NOTHING = Phrase("none", "", 0, 0)


def rewritten(phrases: Sequence[Phrase], text: str) -> list[Phrase]:
    """The phrases of a text as they are meant beside each other."""
    done: list[Phrase] = []
    for phrase in phrases:
        one = phrase
        for rule in _RULES:
            meant = rule(done, one, text)
            if meant is None:
                break
            one = meant
        else:
            done.append(one)
    return done


def _last(done: Sequence[Phrase], number: int = 1) -> Phrase:
    return done[-number] if len(done) >= number else _NOTHING


def _pick_of(phrase: Phrase) -> Pick | None:
    """The one pick of clips that are nothing but this pick."""
    clips = phrase.value if phrase.kind == "clips" else None
    return clips.picks[0] if isinstance(clips, Clips) and len(clips.picks) == 1 else None


def _is_it(phrase: Phrase) -> bool:
    clips = phrase.get("clips")
    return isinstance(clips, Clips) and clips.picks[0].pronoun == "it"


def _everything_but(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`everything | except the interview`, `everything but | the music` (all clips), and `make all of them 3 s except
    the last`: what is left out is left out of what was named before."""
    before = _last(done)
    if phrase.thing == "music" and before.is_("q", "except"):
        if any(one.thing == "everything" for one in done):  # everything louder, except | the music
            done[-1:] = [Phrase("sep", "but", before.start, before.end), phrase]
            return Phrase("as_is", "", phrase.end, phrase.end)
        done[-1] = Phrase("clips", Clips((Pick(),)), before.start, phrase.end, before.role)
        return None
    if _pick_of(phrase) != Pick() or phrase.role or not phrase.value.but:
        return phrase
    if before.thing in ("everything", "video"):
        done[-1] = replace(phrase, start=before.start, role=before.role)
        return None
    named = next((i for i, one in enumerate(done) if one.kind == "clips"), None)
    if named is None or any(one.kind == "sep" for one in done[named:]):
        return phrase
    old = done[named]
    wide = all(not pick.files and not pick.ranks for pick in old.value.picks)
    if not wide or old.value.but:
        return phrase
    done[named] = replace(old, value=replace(old.value, but=phrase.value.but))
    return None


def _left_alone(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`mute all clips but the last one | stays`: all but that one; `except the last, leave | that` says no more."""
    clips, joint, earlier = (_last(done, n) for n in (1, 2, 3))
    again = _is_it(phrase) and clips.is_("verb", "leave", "keep") and earlier.kind == "clips"
    if again and joint.kind == "sep" and earlier.value.but:
        del done[-2:]
        return None
    does = any(one.kind == "verb" and not one.is_("verb", "keep", "leave") for one in done[:-1])
    if phrase.kind == "as_is" and clips.kind == "clips" and clips.value.but and does:
        return None  # mute everything but leave the interview | alone
    denied = phrase.is_("neg", "dont") and bool(_DENIED.match(text, phrase.start))
    if denied and joint.is_("sep", "but") and clips.kind == "clips" and not clips.role:
        if any(one.kind == "each" or one.each for one in done[:-2]):  # 每段3秒，但是采访|不要
            return Phrase("as_is", "", phrase.start, phrase.end)
        if not any(map(_is_every, done[:-2])):  # 采访静音，但是照片|不要
            del done[-2:]
            return None
    else:
        denied = False
    stays = phrase.is_("verb", "keep", "leave") or phrase.kind == "as_is" or denied
    spared = clips if stays else phrase  # but the last | stays, but keep | the last
    after = stays or clips.is_("verb", "keep", "leave")
    if not after or spared.kind != "clips" or spared.role or joint.kind != "sep":
        return phrase
    wide = next((i for i, one in enumerate(done[:-2]) if _is_every(one)), None)
    removes = any(one.is_("verb", "remove") for one in done)
    joined = joint.is_("sep", "but") or (removes and not stays and joint.is_("sep", "and", "comma"))
    if wide is None or not joined:
        return phrase
    if done[wide].kind != "clips":  # mute everything, but keep the interview
        done[wide] = replace(done[wide], kind="clips", value=Clips((Pick(),)), others=())
    of = done[wide].value.picks[0].kind
    if any(pick.pronoun or (of and pick.kind not in ("", of)) for pick in spared.value.picks):
        return phrase  # just kidding, leave them; not the photos, I want the videos
    kind, picks = done[wide].value.picks[0].kind, spared.value.picks
    picks = tuple(p if p.files or p.kind else replace(p, kind=kind, bare=False) for p in picks)
    done[wide] = replace(done[wide], value=replace(done[wide].value, but=picks))
    del done[-2:]
    return None


_DENIED = re.compile(r"不(?:要|用|需要)(?:了|吧|啊)?\s*(?:[，,。.！!；;]|$)")
"""Of what stands before it: neither this nor anything else is said to be done with it."""


def _heard_alone(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`mute everything, keep only | the interview`, 声音都关掉，只留|采访的: all but that one is silent, none goes."""
    spared = [one for one in done if one.kind == "clips" and one.value.but]
    if spared and _last(done).kind != "sep" and _STAYS.match(text, phrase.start):
        return None  # …, only the interview | stays; 只留采访的|声音
    keeps = _last(done).is_("verb", "keep", "leave")
    at = len(done) - keeps
    at -= at > 0 and done[at - 1].is_("q", "only")
    only = phrase.kind == "clips" and (keeps or phrase.value.only) and not phrase.role
    if not only or not at or done[at - 1].kind != "sep":
        return phrase
    quiet = [one for one in done[:at] if one.is_("verb", "mute", "off")]
    sound = next((one for one in done[:at] if one.thing in ("sound", "all_sound")), None)
    wide = sound or next(filter(_is_every, done[:at]), None)
    if not quiet or wide is None or (quiet[0].is_("verb", "off") and sound is None):
        return phrase
    rest = replace(wide, kind="clips", value=Clips((Pick(),), phrase.value.picks), others=())
    place = done.index(wide)
    done[:] = [*done[:place], *([wide] if sound else []), rest, *done[place + 1 : at - 1]]
    return None


_STAYS = re.compile(r"(?:的?(?:声音|原声)|(?:its )?sound|stays?|remains?)(?!\w)", re.IGNORECASE)


def _kept_whole(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`keep | the interview whole`: it stays as it is; nothing else goes for it."""
    keeps = phrase.kind == "clips" and _last(done).is_("verb", "keep", "leave")
    if keeps and _WHOLLY.match(text, phrase.end):
        done[-1] = replace(done[-1], kind="as_is", value="", others=())
    return phrase


_WHOLLY = re.compile(
    r"\s+(?:whole|complete|completely|entire|entirely|full|fully|uncut)\b(?!\s+\w+\s+of)",
    re.IGNORECASE,
)


def _is_every(phrase: Phrase) -> bool:
    """Whether it is all clips, or all of a kind."""
    pick = _pick_of(phrase)
    if phrase.thing == "everything" and not phrase.role:
        return True
    return (
        pick is not None and not phrase.value.but and replace(pick, kind="", some=False) == Pick()
    )


def _at_most(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`no clip longer than | 5 s`: those that are get so long; `don't show it so long, 2 s is | enough`: 2 s;
    `the music, but not | under clip 1`: no music there."""
    pick, before = _pick_of(phrase), _last(done)
    limit = -pick.shorter if pick is not None and pick.shorter < 0 else 0
    named, at = (phrase, len(done)) if limit else (_NOTHING, 0)
    if not limit and phrase.kind == "duration" and before.is_("cmp", "more"):
        at = len(done) - (2 if _last(done, 2).is_("verb", "make") else 1)
        limit = int(phrase.value)
        of = _pick_of(done[at - 1]) if at else None
        if of is not None and of == Pick(of.kind, one=of.one, some=True):
            at -= 1
            named = replace(done[at], value=Clips((Pick(of.kind, shorter=-limit),)))
    none = done[at - 1] if limit and at else _NOTHING
    if none.is_("neg", "no") or text[none.start : none.end].lower() == "nothing":
        whose = Clips((Pick(shorter=-limit),))
        done[at - 1 :] = [
            named if named.kind == "clips" else replace(phrase, kind="clips", value=whose)
        ]
        return Phrase("duration", limit, phrase.end, phrase.end, "to")
    if phrase.kind == "enough" and before.kind == "duration":
        denied = next((i for i, p in enumerate(done) if p.is_("neg", "dont")), len(done))
        if any(one.is_("sep", "so") for one in done[denied:]):
            done[denied:] = [one for one in done[denied:] if one.is_("clips") or one is before]
    there = phrase.kind == "clips" and phrase.role in ("on", "under", "in")
    if there and before.is_("q", "except") and any(one.thing == "music" for one in done):
        said = (("sep", "but"), ("neg", "dont"), ("verb", "play"))
        done[-1:] = [Phrase(kind, word, before.start, before.end) for kind, word in said]
    return None if phrase.is_("word", "there") and before.kind in _MEASURED else phrase


def _counted_of(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`one | of the photos`: so many of those."""
    before, pick = _last(done), _pick_of(phrase)
    one = before.kind == "number" and text[before.start : before.end].lower() == "one"
    if one and phrase.role == "of" and pick is not None and pick.files:
        done.pop()
        return replace(phrase, start=before.start, role=before.role)  # the one of the town
    several = _pick_of(before) or Pick("none")
    if pick is not None and pick.shape and several == Pick(count=several.count):
        done.pop()  # 两段|横屏的视频
        whose = Clips((replace(pick, count=several.count),))
        return replace(phrase, value=whose, start=before.start, role=before.role)
    counts = before.kind == "number" and float(before.value).is_integer()
    if not counts or pick is None or pick != Pick(pick.kind, shape=pick.shape):
        return phrase
    shaped = bool(pick.shape) and not phrase.role  # two | landscape videos
    if not shaped and (phrase.role != "of" or before.role):
        return phrase
    done.pop()
    counted = Clips((replace(pick, count=int(before.value)),))
    return replace(phrase, value=counted, start=before.start, role=before.role)


def _row(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`everything | from the beach | to the town`: all that lie there."""
    before, earlier = _last(done), _last(done, 2)
    ends = _pick_of(phrase), _pick_of(before)
    wide = earlier.thing in ("everything", "video") or earlier.value == Clips((Pick(),))
    if None in ends or not wide or (before.role, phrase.role) != ("from", "to"):
        return phrase
    row = Clips((Pick(of=before.value, through=phrase.value),))
    done[-2:] = []
    return replace(phrase, value=row, start=earlier.start, role=earlier.role, others=())


def _inside(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`everything | between the beach and the last clip`: all that lie there, without the two."""
    before, place = _last(done), phrase.get("place")
    wide = before.thing == "everything" or before.value == Clips((Pick(),))
    ends = place.clips if isinstance(place, Place) and place.where == "between" else None
    if not wide or phrase.kind != "place" or ends is None or len(ends.picks) != 2:
        return phrase
    one, other = (Clips((pick,)) for pick in ends.picks)
    row = Clips((Pick(of=one, through=other),), but=ends.picks)
    done.pop()
    return replace(phrase, kind="clips", value=row, start=before.start, role="", others=())


def _one_video(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`make | one video of all clips`, `everything in | one video`: what comes of it."""
    made = _last(done).is_("verb", "make", "create", "turn") or phrase.role in ("in", "into")
    if not made or _pick_of(phrase) != Pick("video", count=1):
        return phrase
    return replace(phrase, kind="thing", value=Thing("video"), others=())


def _outside(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """0:15到0:45 | 以外的: what is not in these stretches."""
    before = _last(done)
    if not phrase.is_("q", "except_end") or before.kind != "when":
        return phrase
    spans, begin = [], START
    for first, last in before.value.spans:
        spans.append((begin, first))
        begin = last
    others = tuple(span for span in (*spans, (begin, END)) if span[0] != span[1])
    done[-1] = replace(before, value=replace(before.value, spans=others), end=phrase.end)
    return None


def _instead(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`instead of the town picture show IMG_2`: whose place it takes, whichever comes first; `4:5 rather than 9:16`;
    `Sommer, not Summer`."""
    before, earlier = _last(done), _last(done, 2)
    if before.kind == "instead_of":
        if phrase.kind == earlier.kind and phrase.kind in _MEASURED:
            done[-1] = replace(before, kind="instead")
            return None
        if phrase.kind in ("clips", "quote", "topic", "fit") and not phrase.role:
            return replace(phrase, role="instead_of")
    if before.is_("neg", "not") and phrase.kind == "quote" and earlier.is_("sep", "comma"):
        done[-2:] = []
        return replace(phrase, role="instead_of")
    return phrase


def _said_of_it(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`the title has a mistake, | it should say …`, `take the beach clip and move | it to the end`, `with the piano |
    under it`: what `it` is was named just before."""
    before = _last(done)
    behind = phrase.kind == "place" and phrase.value == Place("after", Clips((Pick(pronoun="it"),)))
    if behind and any(one.role == "with" for one in done):
        return None  # a slideshow with the piano behind it
    if not _is_it(phrase):
        return phrase
    if before.role == "with" and phrase.role == "under":
        return None
    clause = list(takewhile(lambda one: one.kind != "sep", reversed(done)))
    if before.thing == "music" and phrase.role == "under" and len(clause) == 1:
        done[-1:] = [Phrase("verb", "add", before.start, before.start), before]
        return None  # all videos muted, and the song under it
    wrong = next((i for i, one in enumerate(done) if one.kind == "wrong"), 0)
    if wrong and wrong == len(done) - 2 and before.kind == "sep":
        topics = [one for one in done[:wrong] if one.kind != "exists"]
        if len(topics) == 1 and topics[0].thing in TEXT_NOUNS:
            done[:] = topics
            return None
    take, taken, joint = (_last(done, n) for n in (4, 3, 2))
    takes = take.is_("verb", "take") and taken.kind == "clips" and joint.is_("sep", "and")
    if takes and before.kind == "verb" and not phrase.role:
        done[-4:] = [before]
        return replace(taken, start=phrase.start, end=phrase.end)
    return phrase


def _own_property(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`to 80 % of its | speed`, `to its | first 7 seconds`."""
    before, earlier = _last(done), _last(done, 2)
    own = _is_it(before) and before.role == "of" and earlier.kind in ("percent", "frac")
    if own and phrase.thing in ("length", "speed", "volume"):
        share = _own_share(done, earlier, phrase.thing)
        if share is None:
            return phrase
        done[-2:] = [share]
        return None
    its = phrase.kind == "when" and _is_it(before) and text[: phrase.start].endswith("它的")
    named = [one.value for one in done[:-1] if one.kind == "clips"]
    if its and named:
        done.pop()  # 出现在|它的|头5秒
        return replace(phrase, value=replace(phrase.value, of=named[-1]), role=before.role)
    of_it = before.kind == "clips" and before.role == "to" and _ITS.match(text, before.start)
    if of_it and phrase.kind == "when":
        done.pop()
        return replace(phrase, start=before.start, role=before.role)
    return phrase


def _own_share(done: Sequence[Phrase], value: Phrase, thing: str) -> Phrase | None:
    """`slow it down to 80 % of its speed`: by 20 % of what it is now. None where the verb is about something else."""
    share = float(value.value) / (100 if value.kind == "percent" else 1)
    verbs, turned = (_LESS[thing], "down") if share < 1 else (_MORE[thing], "up")
    turns = thing == "volume" and any(one.is_("dir", turned) for one in done)
    if turns or any(one.is_("verb", *verbs) for one in done):
        if thing == "length":
            return value  # a share of a length is one of what it is now
        return replace(value, kind="percent", value=abs(1 - share) * 100, role="by", others=())
    if thing == "volume" and any(one.is_("verb", "set", "make", "put", "play") for one in done):
        return replace(value, kind="frac", value=share, role="by", others=())
    return None


def _left_off(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`the interview without | its | last 4 seconds`: a stretch that is not wanted is one to take out."""
    before = _last(done)
    led = before.is_("prep", "without") or (_is_it(before) and before.role == "without")
    if not (led or phrase.role == "without"):
        return phrase
    if phrase.thing == "sound" and not is_chinese(text):
        return _silent(done[:-1] if led else done, done, phrase)
    if phrase.kind != "when":
        return phrase
    rest = done[:-1] if led else done
    named = next((one for one in reversed(rest) if one.kind != "sep"), _NOTHING)
    if not rest or any(one.kind in ("duration", "time", "neg") for one in rest):
        return phrase
    of = phrase.value.of or (Clips(named.value.picks[-1:]) if named.kind == "clips" else None)
    start = phrase.start if not led else before.start
    joint = [] if _last(rest).kind == "sep" else [Phrase("sep", "but", start, start)]
    done[:] = [*rest, *joint, Phrase("verb", "remove", start, phrase.start)]
    return replace(phrase, value=replace(phrase.value, of=of), role="")


def _silent(rest: list[Phrase], done: list[Phrase], phrase: Phrase) -> Phrase | None:
    """`all videos | without sound`: they are muted, too."""
    named = next((one for one in reversed(rest) if one.kind != "sep"), _NOTHING)
    if named.kind != "clips" and named.thing not in ("video", "everything"):
        return phrase
    whose = named.value if named.kind == "clips" else Clips((Pick(),))
    done[:] = [*rest, Phrase("sep", "but", phrase.start, phrase.start)]
    done.append(Phrase("verb", "mute", phrase.start, phrase.end))
    return Phrase("clips", whose, phrase.end, phrase.end)


def _per_clip(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`3 seconds | per shot`."""
    before, pick = _last(done), _pick_of(phrase)
    if before.kind != "duration" or before.role or phrase.role != "per":
        return phrase
    if pick is None or not pick.some:
        return phrase
    whose = Clips((Pick(pick.kind),), each=True)
    others = (*before.others, ("clips", whose)) if pick.kind else before.others
    marks = before.marks | {"per clip"}
    done[-1] = replace(before, each=True, marks=marks, end=phrase.end, others=others)
    return None


def _each_lasts(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`both photos at 2 seconds | each`: how long, not when."""
    before = _last(done)
    at = before.value if before.kind == "moment" and before.role == "at" else None
    if phrase.kind != "each" or not isinstance(at, Edge) or at.part:
        return phrase
    done[-1] = replace(before, kind="duration", value=at.ms, role="", each=True, others=())
    return None


def _so_much_more(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`5 more seconds`: a length, and that it is one more."""
    if phrase.kind != "duration" or not phrase.is_("onemore"):
        return phrase
    done.append(Phrase("onemore", "", phrase.start, phrase.start))
    return replace(phrase, others=tuple(one for one in phrase.others if one[0] != "onemore"))


def _taken_from(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`from the interview throw away | the first 5 seconds`: a part of it."""
    verb, whose = _last(done), _last(done, 2)
    led = whose.kind == "clips" and whose.role == "from" and verb.is_("verb", *_TAKES_PART)
    if phrase.kind != "when" or phrase.role or phrase.value.of is not None or not led:
        return phrase
    done[-2:] = [verb]
    return replace(phrase, value=replace(phrase.value, of=whose.value))


_TAKES_PART = ("remove", "cut", "trim", "keep", "use", "mute", "take")


def _but_there(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`crossfades everywhere except | between the first two`: where not."""
    if phrase.kind != "place" or phrase.value.clips is None or not _last(done).is_("q", "except"):
        return phrase
    done.pop()
    return replace(phrase, role="except")


def _spelled_out(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`three shots: | 8, 2 and 5`: which three."""
    counted, pick = _pick_of(_last(done, 2)), _pick_of(phrase)
    if counted is None or pick is None or _last(done).kind != "sep" or phrase.role:
        return phrase
    if not counted.count or len(pick.ranks) != counted.count or pick.kind not in ("", counted.kind):
        return phrase
    named = replace(_last(done, 2), value=Clips((replace(pick, kind=counted.kind),)))
    done[-2:] = [replace(named, end=phrase.end)]
    return None


def _first_of(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`the last 3 seconds of the interview and | the first 2 | of the beach`: seconds of it, too."""
    run, joint, when = (_last(done, n) for n in (1, 2, 3))
    pick = _pick_of(run)
    ranks = pick.ranks if pick is not None and not pick.kind else ()
    if phrase.kind != "clips" or phrase.role != "of" or not joint.is_("sep", "and"):
        return phrase
    if (
        when.kind != "when"
        or when.value.of is None
        or not (ranks[:1] == (1,) or ranks[-1:] == (-1,))
    ):
        return phrase
    ms = len(ranks) * 1000
    span = (START, Edge(0, ms)) if ranks[0] == 1 else (Edge(1, -ms), END)
    verb = next((one for one in reversed(done[:-3]) if one.kind != "sep"), _NOTHING)
    if verb.kind == "verb":
        done[-1:] = [replace(verb, start=run.start, end=run.start)]
    else:
        done.pop()
    return replace(run, kind="when", value=When((span,), phrase.value), end=phrase.end, others=())


def _somewhere(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`cut out the bad | part`: where that is, is asked."""
    before = _last(done)
    if phrase.thing != "part" or before.kind != "word" or text[before.end : phrase.start].strip():
        return phrase
    if before.value in ("other", "same") or not any(one.kind == "verb" for one in done):
        return phrase
    done.pop()
    return replace(phrase, kind="somewhere", value=str(before.value), start=before.start)


def _between_too(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`crossfades between 3 and 4 and | between 7 and 8`: the same there, and no stretch of time."""
    joint, there = _last(done), _last(done, 2)
    same = there.is_("place") and phrase.is_("place") and there.role == phrase.role == "between"
    if not same or not joint.is_("sep", "and", "comma"):
        return phrase
    what = next((p for p in reversed(done) if p.thing == "transition" or p.is_("transition")), None)
    if what is None:
        return phrase
    done.append(replace(what, start=phrase.start, end=phrase.start))
    return replace(phrase, kind="place", value=phrase.get("place"), others=())


def _at_an_end(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`mute the two videos | at the beginning`: which ones, where nothing is put there."""
    before, pick = _last(done), _pick_of(_last(done))
    if not phrase.is_("edge", "start", "end") or phrase.role != "at" or before.role or pick is None:
        return phrase
    counts = pick.count and pick == Pick(pick.kind, count=pick.count)
    if not counts or not any(one.is_("verb", *_DONE_IN_PLACE) for one in done[-3:-1]):
        return phrase
    n = pick.count
    ranks = range(1, n + 1) if phrase.is_("edge", "start") else range(-n, 0)
    done[-1] = replace(before, value=Clips((Pick(pick.kind, tuple(ranks)),)), end=phrase.end)
    return None


_TO_START = re.compile(r"to (?:start|begin)", re.IGNORECASE)


def _moment(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`at the start` is no verb; `disappears | at 6` is seconds; 从0:20 | 删 | 到0:40 is a stretch."""
    before, earlier = _last(done), _last(done, 2)
    if phrase.kind == "verb" and phrase.role == "by" and before.is_("verb", "start"):
        done.pop()  # start | by muting it
        return replace(phrase, start=before.start, role="")
    begins = before.kind == "clips" and earlier.is_("verb", "make") and phrase.is_("edge", "start")
    if begins and _TO_START.fullmatch(text, phrase.start, phrase.end):
        return replace(phrase, kind="verb", value="start", role="", others=())
    if phrase.kind == "verb" and phrase.role in ("at", "to", "from") and phrase.is_("edge"):
        return replace(phrase, kind="edge", value=phrase.get("edge"), others=())
    ends = before.kind == "edge" and before.is_("verb", "stop") and not before.role
    if ends and phrase.role == "at" and any(one.is_("verb", *_STARTS) for one in done):
        before = done[-1] = replace(before, kind="verb", value="stop")  # start at 5 and end | at 10
    timed = phrase.kind == "number" and phrase.role in ("at", "to", "until", "after")
    if timed and before.is_("verb", *MOVES_IN_TIME):
        return replace(phrase, kind="moment", value=Edge(ms=round(float(phrase.value) * 1000)))
    if phrase.kind == "when" and before.is_("edge", "mid") and before.kind == "edge":
        done.pop()  # 中间|40秒到50秒
        return phrase
    onward = phrase.is_("verb", "start") and before.kind in ("moment", "time") and not before.role
    if onward and is_chinese(text) and not any(one.thing in _HEARD_OR_READ for one in done):
        done[-1] = replace(before, role="after", end=phrase.end)  # 第30秒|开始都不要
        return None
    ends = earlier.kind == phrase.kind == "moment" and before.kind == "verb"
    if ends and (earlier.role, phrase.role) == ("from", "to") and is_chinese(text):
        span = When(((earlier.value, phrase.value),))
        done[-2:] = [replace(earlier, kind="when", value=span, others=()), before]
        return None
    return phrase


def _gone_again(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """加个标题“夏天”，3秒后|消失, `…, gone at 8 s`: how long a new text is there, or until when."""
    at = _last(done)
    shown = any(one.kind == "quote" for one in done)
    leaves = phrase.is_("verb", "disappear") and at.kind in ("moment", "time", "duration") and shown
    if not leaves or at.role not in ("", "at", "after", "for", "in"):
        return phrase
    lasts = at.role in ("after", "for", "in") or at.kind == "duration"
    ms = at.value.ms if isinstance(at.value, Edge) else int(at.value)
    if isinstance(at.value, Edge) and at.value != Edge(ms=ms):
        return phrase
    done[-1] = (
        replace(at, kind="duration", value=ms, role="for", others=())
        if lasts
        else replace(at, role="until")
    )
    if _last(done, 2).is_("sep", "comma"):
        del done[-2]
    return None


def _only_so_much(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """海滩只放|前5秒: that part of it stays, and it is not put there once more."""
    verb, only = _last(done), _last(done, 2)
    at = len(done) - (3 if only.is_("q", "only") else 2)
    whose = done[at] if at >= 0 else _NOTHING
    said = only.is_("q", "only") or (whose.kind == "clips" and whose.value.only)
    plays = verb.is_("verb", "put", "play", "show") and said
    if phrase.kind == "when" and plays and whose.kind == "clips" and not whose.role:
        alone = replace(whose, value=replace(whose.value, only=False))
        comma = text.rfind("，", whose.start, whose.end)
        does = at > 0 and done[at - 1].kind == "verb" and len(whose.value.picks) > 1
        if comma >= 0 and does:  # 删掉采访，海滩|只放前5秒
            *first, last = whose.value.picks
            others = replace(whose, value=replace(alone.value, picks=tuple(first)), end=comma)
            joint = Phrase("sep", "comma", comma, comma + 1)
            alone = replace(alone, value=replace(alone.value, picks=(last,)), start=comma + 1)
            done[at:] = [others, joint]
            at += 2
        done[at:] = [alone, replace(verb, value="keep", others=())]
    return phrase


def _not_by_so_much(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """不要太大声，音乐调到|20%: what it shall be, and not by how much it is too loud."""
    if phrase.kind not in ("percent", "factor") or phrase.role or _BY.match(text, phrase.end):
        return phrase
    clause = list(takewhile(_is_no_sep, reversed(done)))
    before = list(takewhile(_is_no_sep, reversed(done[: -len(clause) - 1])))
    plain = all(one.is_("verb", "set", "make", "be") for one in clause if one.kind == "verb")
    told = any(one.kind == "too" for one in before) and clause
    by = any(one.kind in ("more", "dir", "little", "too") for one in clause)
    return replace(phrase, role="to") if told and plain and not by else phrase


_BY = re.compile(r"\s*(?:\w+er\b|more\b|less\b|up\b|down\b|off\b)|[大小高低快慢]", re.IGNORECASE)


def _text_lasts(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """标题延长到|5秒: how long it is there; 封面加个|字: what stands at its start."""
    clause = list(takewhile(_is_no_sep, reversed(done)))
    cover = next((one for one in clause if text[one.start : one.end] == "封面"), _NOTHING)
    if (phrase.thing in TEXT_NOUNS or phrase.kind == "quote") and cover.is_("topic", "extract"):
        done[done.index(cover)] = replace(cover, kind="edge", value="start")  # 封面加几个|字
        return phrase
    text_named = any(one.thing in TEXT_NOUNS for one in clause)
    if phrase.kind == "duration" and _last(done).is_("verb", "fit") and text_named:
        done[-1] = replace(done[-1], value="longer")
        return replace(phrase, role="to", others=())
    return phrase


def _is_no_sep(phrase: Phrase) -> bool:
    return phrase.kind != "sep"


def _between_pieces(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """把采访断开，插|一张town进去, `split clip 2 and insert | town.jpg`: it goes between the pieces."""
    added = _last(done)
    inserts = added.is_("verb", "add") and _INSERTS.match(text, added.start)
    joint = _last(done, 2)
    if not inserts or phrase.kind != "clips" or phrase.role or joint.kind != "sep":
        return phrase
    clause = list(takewhile(lambda one: one.kind != "sep", reversed(done[:-2])))
    if any(one.is_("verb", "split", "halve") for one in clause) and not _PLACED.match(
        text, phrase.end
    ):
        done.insert(len(done) - 1, Phrase("prep", "between", added.start, added.start))
    return phrase


_INSERTS = re.compile(r"插|\s*insert\b", re.IGNORECASE)
_PLACED = re.compile(
    r"[^，,。；;]*(?:[前后尾头]|(?<!进)[到在])|[^,.;]*\b(?:at|after|before|behind|to|on)\b",
    re.IGNORECASE,
)


def _from_there_on(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """采访从第5秒|起|静音, 20秒以后|加速: the stretch in which it is done, and not what stays."""
    does = phrase.is_("verb", *_DONE_IN_PLACE[:-1]) or phrase.kind in ("more", "look")
    if not does or not is_chinese(text):
        return phrase
    first = next((i for i in range(len(done), 0, -1) if done[i - 1].kind == "sep"), 0)
    for at in range(first, len(done)):
        one, behind = done[at], done[at + 1] if at + 1 < len(done) else phrase
        begins = one.role == "from" and behind.is_("verb", "start")
        after = one.role == "after" and behind is phrase and phrase.is_("verb", *_PLAYED)
        if one.kind in ("moment", "time") and (begins or after):
            edge = one.value if isinstance(one.value, Edge) else Edge(ms=int(one.value))
            stretch = When(((edge, END),))
            done[at : at + 1 + begins] = [
                replace(one, kind="when", value=stretch, role="", end=behind.start, others=())
            ]
            return phrase
    return phrase


def _of_part(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`the part | between 10 and 20 s`, `everything | after 0:30`: that stretch."""
    before = _last(done)
    part = before.thing == "part" and before.value.definite
    if phrase.kind == "moment" and phrase.role in ("after", "before"):
        told = any(one.is_("verb", *_CHANGED_IN_PLACE) for one in done)
        if not told or (not part and before.thing != "everything"):
            return phrase
        span = (START, phrase.value) if phrase.role == "before" else (phrase.value, END)
        phrase = replace(phrase, kind="when", value=When((span,)), others=())
    elif phrase.kind != "when" or not part:
        return phrase
    done.pop()
    return replace(phrase, start=before.start, role=before.role)


_GOES = re.compile(r"\w+(?: to)? go\b", re.IGNORECASE)


def _goes_there(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`clip 9 should go | between …` is moved; `a copy of | clip 1` in place of another is that clip."""
    before, earlier = _last(done), _last(done, 2)
    place = phrase.kind == "place" or phrase.role == "to" or (_pick_of(phrase) or Pick()).bare
    if place and before.is_("verb", "remove") and _GOES.match(text, before.start):
        done[-1] = replace(before, value="move")
    nth = phrase.value if phrase.kind == "place" and phrase.value.where == "nth" else None
    if nth is not None and before.is_("verb", *_DONE_IN_PLACE):
        return replace(phrase, kind="clips", value=Clips((Pick(ranks=(nth.number,)),)), role="")
    copied = before.is_("verb", "duplicate") and phrase.kind == "clips" and phrase.role == "of"
    if copied and (before.role == "with" or earlier.is_("verb", "use")):
        done.pop()
        return replace(phrase, start=before.start, role=before.role)
    return phrase


def _told_exactly(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`the intro, | the first 20 s` says how long that is; `each 2 s, except clip 1, | 5` how long that one is; `the
    start by 5, the end by | 10 s`: both are seconds."""
    comma, before = _last(done), _last(done, 2)
    if phrase.kind == before.kind == "when" and comma.is_("sep", "comma") and not phrase.role:
        (begin, end), *more = phrase.value.spans
        side = {"opening": begin == START, "closing": end == END}.get(before.value.vague, False)
        if side and not more and phrase.value.of == before.value.of:
            done[-2:] = []
            return replace(phrase, start=before.start, role=before.role)
    edge = _last(done, 3)  # the beginning of the interview, the first 5 s
    if phrase.kind == "when" and comma.is_("sep", "comma") and before.role == "of":
        begin, end = phrase.value.spans[0]
        side = {"start": begin == START, "end": end == END}.get(str(edge.value), False)
        if side and edge.kind == "edge" and phrase.value.of is None:
            del done[-3], done[-1]
    spared = before if comma.kind == "sep" else comma
    aside = spared.kind == "clips" and spared.value.picks == (Pick(),) and bool(spared.value.but)
    at = done.index(spared) if aside else 0
    aside = not text[spared.start : spared.start + 3].lower().startswith(("all", "eve", "中间"))
    measures = phrase.kind in _MEASURED and any(one.kind in _MEASURED for one in done[:at])
    if at and aside and measures:
        done[at] = replace(spared, value=Clips(spared.value.but))
    joint, bare = _last(done, 2), _last(done, 3)
    same = bare.kind == "number" and bare.role == phrase.role == "by"
    if phrase.kind == "duration" and same and joint.is_("sep", "and", "comma"):
        done[-3] = replace(bare, kind="duration", value=round(float(bare.value) * 1000), others=())
    return phrase


def _the_others(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`split it at 6 s and | throw away the rest` keeps nothing but what is cut off; `everything from clip 4 | on`."""
    begin, whole = _last(done), _last(done, 2)
    rest = text[phrase.start : phrase.end].lower().endswith("the rest") and phrase.is_("q", "only")
    if rest and begin.kind == "sep" and any(one.is_("verb", "cut", "split") for one in done):
        done.append(Phrase("verb", "remove", phrase.start, phrase.start))
        return Phrase("clips", Clips((Pick(rest=True),)), phrase.start, phrase.end)
    onward = phrase.is_("prep", "on") or (phrase.thing == "everything" and phrase.role == "on")
    if begin.kind != "clips" or begin.role != "from" or not onward:
        return phrase
    if phrase.kind == "prep" and whole.thing != "everything":
        return phrase
    del done[-2 if phrase.kind == "prep" else -1 :]
    row = Clips((Pick(of=begin.value, through=Clips((Pick(ranks=(-1,)),))),))
    return Phrase("clips", row, begin.start, phrase.end)


def _begins_with(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`let the music begin | with the interview`: it starts when that does."""
    whole, made = _last(done), _last(done, 2)
    led = whole.thing == "video" and (made.is_("verb", "make") or len(done) == 1)
    if led and phrase.is_("verb", "end_with", "open_with"):
        del done[-2:]  # have the video | end with the beach
    if phrase.kind != "clips" or phrase.role not in ("", "with"):
        return phrase
    cut = max((i + 1 for i, one in enumerate(done) if one.kind == "sep"), default=0)
    topic = next((i for i, p in enumerate(done) if i >= cut and p.thing in _HEARD_OR_READ), -1)
    verb = next((i for i, p in enumerate(done) if i >= cut and p.is_("verb", *_STARTS)), -1)
    if topic < 0 or verb < 0 or max(topic, verb) != len(done) - 1:
        return phrase
    done[verb] = replace(done[verb], kind="verb", value="start", others=())
    return replace(phrase, kind="place", value=Place("before", phrase.value), role="at", others=())


_HEARD_OR_READ = ("music", *TEXT_NOUNS)


def _which_text(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """那行字 is one text, 所有文字 are all."""
    if phrase.thing != "text":
        return phrase
    definite = phrase.value.definite or bool(_THAT_ONE.search(text[: phrase.start + 1]))
    plural = phrase.value.plural or _last(done).is_("q", "all", "both")
    return replace(phrase, value=replace(phrase.value, definite=definite, plural=plural))


def _those_only(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`only | 1, 3, 5` and `shots 1 to 4 | only`: these, and no other."""
    before = _last(done)
    ahead = before.is_("q", "only") and phrase.kind == "clips" and not phrase.role
    behind = phrase.is_("q", "only") and before.kind == "clips" and not before.role
    if not ahead and not behind:
        return phrase
    begin = max((i + 1 for i, one in enumerate(done) if one.kind == "sep"), default=0)
    if any(one.kind not in ("polite", "clips") for one in done[begin:-1]):
        return phrase
    if behind:
        done[-1] = replace(before, value=replace(before.value, only=True), end=phrase.end)
        return None
    done.pop()
    return replace(phrase, value=replace(phrase.value, only=True), start=before.start)


def _numbered(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`the shots | from 4 to 6`: numbers of clips, not seconds."""
    before, clips = _last(done), phrase.get("clips")
    plain = before.kind == "clips" and not before.role and before.value == Clips((Pick(),))
    if not plain or phrase.kind != "when" or phrase.role != "from" or not isinstance(clips, Clips):
        return phrase
    done[-1] = replace(before, value=clips, end=phrase.end)
    return None


def _resumed(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`the first two clips I don't need | them`: the pronoun says again what the sentence begins with."""
    before, subject, verb = (_last(done, n) for n in (3, 2, 1))
    begins = before.kind in ("none", "sep", "polite")
    again = _pick_of(phrase) is not None and phrase.value.picks[0].pronoun in ("it", "them", "all")
    if not again or phrase.role:
        return phrase
    named = [one for one in done if one.kind != "polite" and not one.is_("sep", "comma")]
    if len(named) == 1 and _last(done).kind != "clips":
        subject, verb = named[0], Phrase("sep", "comma", 0, 0)
        begins = True  # the town picture, I don't know, it can go
    if not begins or subject.kind != "clips" or subject.role or _is_it(subject):
        return phrase
    if verb.kind == "verb":
        return None
    if verb.kind == "sep" and named:
        done[:] = [subject]
        return None
    return phrase


def _shaped_export(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`export in | portrait`, 竖屏|输出: the frame becomes so, then it is exported."""
    clause = list(takewhile(lambda one: one.kind != "sep", reversed(done)))[::-1]
    here = [*clause, phrase]
    exports = [one for one in here if one.is_("verb", "export")]
    shape = next((one for one in here if one.is_("aspect")), _NOTHING)
    asked = any(one.kind in ("neg", "word") or one.is_("verb", "fit") for one in here)
    verbs = [one for one in here if one.kind == "verb" and one not in exports]
    if phrase not in (shape, *exports) or not exports or verbs or asked:
        return phrase
    if not deliveries.reshapes(text[shape.start : shape.end]):
        return phrase
    rest = [one for one in here if one is not shape]
    made = Phrase("verb", "make", shape.start, shape.start)
    then = Phrase("sep", "then", shape.end, shape.end)
    done[len(done) - len(clause) :] = [made, replace(shape, role=""), then, *rest[:-1]]
    return rest[-1]


def _of_its_sound(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """声音太小了，|大一点, 采访声音太吵，|小点: of what was said to be too loud, `smaller` is quieter."""
    joint, wrong = _last(done), _last(done, 2)
    if phrase.kind != "more" or not joint.is_("sep", "comma") or wrong.kind != "too":
        return phrase
    clause = list(takewhile(lambda one: one.kind != "sep", reversed(done[:-1])))
    heard = wrong.is_("too", "louder", "quieter") or any(one.thing == "sound" for one in clause)
    return as_loudness(phrase) if heard else phrase


def as_loudness(phrase: Phrase) -> Phrase:
    """小一点 of music is quieter."""
    louder = {"bigger": "louder", "smaller": "quieter"}
    if phrase.kind == "more":
        return replace(phrase, kind="verb", value=louder[str(phrase.value)])
    if phrase.kind == "too" and phrase.value in louder:
        return replace(phrase, value=louder[str(phrase.value)])
    return phrase


def _text_at(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`the text at the bottom | is too small`, `remove the title | at the top`: which one, not where to."""
    placed = phrase if phrase.kind == "screen" else _last(done)
    n = 1 if placed is phrase else 2
    thing, verb = _last(done, n), _last(done, n + 1)
    if placed.kind != "screen" or thing.thing not in TEXT_NOUNS or thing.value.style:
        return phrase
    if placed is phrase:
        which = verb.is_("verb", "remove", "off")
    else:
        which = phrase.kind in ("more", "too", "colour", "textsize") and phrase.role != "in"
        which &= verb.kind in ("none", "sep", "polite") or verb.is_("verb", "make", "turn")
        which |= phrase.is_("verb", "remove", "disappear", "make") and verb.kind in ("none", "sep")
    if not which:
        return phrase
    style = f"at {placed.value}"
    done[len(done) - n] = replace(thing, value=replace(thing.value, style=style), end=placed.end)
    if placed is phrase:
        return None
    done.pop()
    return phrase


def _centred(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`write "Hi" in the middle | for the first 5 seconds`: of the picture, for the time is said beside it."""
    before = _last(done)
    puts = before.is_("verb", "put", "move") and is_chinese(text) and phrase.is_("edge", "mid")
    if puts and phrase.kind == "edge" and any(one.kind == "quote" for one in done):
        return replace(phrase, kind="screen", value="center", others=())  # 标题“夏天”放|中间
    middle = before.kind == "when" and before.value == When(((START, END),), vague="middle")
    timed = phrase.kind in ("when", "moment", "time") or (phrase.is_("edge") and phrase.role)
    if middle and timed and any(one.kind == "quote" for one in done):
        done[-1] = replace(before, kind="screen", value="center", others=())
    return phrase


def _value_enough(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`10 percent | is good`: that value, and nothing that stays as it is; 蓝色|好看 is that one instead."""
    valued = _last(done).kind in ("percent", "duration", "factor", "number", "decibel", "speed")
    looks = valued or _last(done).kind in ("colour", "screen", "transition", "aspect")
    if phrase.kind == "vague" and looks and is_chinese(text):
        return replace(phrase, kind="instead")
    return replace(phrase, kind="enough") if phrase.kind == "as_is" and valued else phrase


_MORE_OF_IT = re.compile(
    r"(?:half )?[\w.]+ (?:seconds?|secs?|minutes?|mins?) more\b(?! than)", re.IGNORECASE
)


def _better(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`better | 6`, `a bit less, | 1.5x`, 白色改成|黄色: that value instead; `10 seconds | less`: shorter by these."""
    if phrase.kind == "duration" and not phrase.role and _MORE_OF_IT.match(text, phrase.start):
        done.append(phrase)  # 2 seconds more
        return Phrase("verb", "longer", phrase.end, phrase.end)
    before, earlier = _last(done), _last(done, 2)
    less = phrase.kind == "word" and phrase.value == "less"
    if less and before.kind == "duration" and not before.role:
        return replace(phrase, kind="verb", value="shorter")
    if before.is_("verb", "say") and earlier.is_("sep", "comma") and phrase.kind in _MEASURED:
        del done[-2:]
        return replace(phrase, role=phrase.role or "to")  # longer, say 6 seconds
    if before.is_("sep", "comma") and earlier.is_("word", "less") and phrase.kind in _MEASURED:
        done[-2:] = [replace(earlier, kind="instead", value="")]
        return phrase
    turns = before.is_("verb", "replace", "set") and before.kind == "verb" and is_chinese(text)
    if turns and phrase.kind == earlier.kind in _MEASURED and not earlier.role and not phrase.each:
        done.pop(-2)
        return replace(phrase, instead_of=earlier.value)
    better = before.kind == "vague" and text[before.start : before.end].lower() == "better"
    if better and phrase.kind in _MEASURED and not phrase.role:
        done[-1] = replace(before, kind="instead")
    return phrase


def _said_twice(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """退回 | 上一步 is one step; bgm用 | 那首歌, 那首歌 | 当背景音乐 is one piece."""
    before = _last(done)
    clause = takewhile(lambda one: one.kind != "sep", reversed(done))
    if is_chinese(text) and phrase.thing == "music" and any(p.thing == "music" for p in clause):
        return None
    if before.is_("sep", "comma") and phrase.is_("verb", "undo") and is_chinese(text):
        before = _last(done, 2)  # 刚才那步不要了，|撤销
        done[-1:] = [] if before.is_("verb", "undo") else done[-1:]
    same = before.kind == phrase.kind in ("verb", "aspect") and before.value == phrase.value
    beside = before.end == phrase.start or before.is_("verb", "undo") or before.kind == "aspect"
    if not same or not beside:
        return phrase
    done[-1] = replace(before, end=phrase.end)
    return None


def _lasts(phrase: Phrase, ms: int) -> bool:
    """Whether it is one stretch of this length."""
    spans = phrase.value.spans if isinstance(phrase.value, When) else ()
    return (
        len(spans) == 1
        and spans[0][0].part == spans[0][1].part
        and spans[0][1].ms - spans[0][0].ms == ms
    )


_THAT = re.compile(r"[那这](?:一)?(?:段|部分|截|些)")


def _that_one(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """30到50秒|那段 is that stretch, 那首|song.mp3 is that song, 在采访|那段 is as long as it is shown, 标题|的字 is the
    title."""
    before, pick = _last(done), _pick_of(phrase)
    if before.kind == "when" and _is_it(phrase) and _THAT.match(text, phrase.start):
        done[-1] = replace(before, end=phrase.end)
        return None
    if before.thing in ("title", "caption") and phrase.thing == "text" and phrase.role == "of":
        done[-1] = replace(before, end=phrase.end)
        return None
    told = phrase.kind == "duration" and text[phrase.start - 1 : phrase.start] in ("那", "这")
    if told and any(_lasts(one, int(phrase.value)) for one in done):
        return None  # 开头两秒晃得厉害，剪掉|那两秒
    stays = phrase.kind == "duration" and before.is_("verb", "stop") and before.end == phrase.start
    if stays and not any(one.thing == "music" for one in done):
        done[-1] = replace(before, value="show", others=())  # town停|6秒
    points = _is_it(before) and text[before.start] in "那这" and before.end == phrase.start
    if (
        _is_it(before)
        and phrase.thing in (*_HEARD_OR_READ, "transition")
        and before.end == phrase.start
    ):
        done.pop()  # 那首|歌
        thing = replace(phrase.value, definite=True)
        return replace(phrase, value=thing, start=before.start, role=before.role or phrase.role)
    if points and pick is not None and pick.files and not phrase.role:
        done.pop()
        return replace(phrase, start=before.start, role=before.role)
    if (
        pick is not None
        and phrase.role == "at"
        and text[: phrase.end].endswith(("那段", "那一段", "这段"))
    ):
        return replace(phrase, role="in")
    return phrase


def _numbers_of_clips(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """删|3, 4|到6号, 剪成|三段."""
    before, pick = _last(done), _pick_of(phrase)
    if not is_chinese(text):
        return phrase
    number = float(phrase.value) if phrase.kind == "number" and not phrase.role else 0.0
    if number >= 1 and number.is_integer() and before.is_("verb", "remove", "mute", "unmute"):
        return replace(phrase, kind="clips", value=Clips((Pick(ranks=(int(number),)),)))
    if pick is not None and pick.count and text[before.start : before.end] == "剪成":
        done[-1] = replace(before, value="split", others=())  # 剪成|三段
        return phrase
    first = float(before.value) if before.kind == "number" and not before.role else 0.0
    if pick is None or phrase.role != "to" or len(pick.ranks) != 1:
        return phrase
    if not 1 <= first < pick.ranks[0] or not first.is_integer():
        return phrase
    done.pop()
    ranks = tuple(range(int(first), pick.ranks[0] + 1))
    several = Clips((replace(pick, ranks=ranks, bare=False),))
    return replace(phrase, value=several, start=before.start, role="")


def _behind_the_videos(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """所有照片放到视频|后面: clips, not the whole."""
    before = _last(done)
    if not phrase.is_("prep", "after", "before") or text[before.start : before.end] != "视频":
        return phrase
    clips = [one.value for one in done if one.kind == "clips"]
    photos = any(all(pick.kind == "image" for pick in one.picks) for one in clips)
    if not photos or not any(one.is_("verb", "move", "put") for one in done):
        return phrase
    done.pop()
    place = Place(str(phrase.get("prep")), Clips((Pick("video"),)))
    return Phrase("place", place, before.start, phrase.end, place.where)


def _all_of_them(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """照片太短了，|都|改成6秒: the photos, and not all there is."""
    words = text[phrase.start : phrase.end]
    if words not in ALL_OF_THEM or phrase.kind != "clips" or _last(done).kind != "sep":
        return phrase
    told = list(takewhile(lambda one: not one.is_("sep", "comma"), reversed(done[:-1])))
    named = [one for one in done if one.kind == "clips"]
    if named:
        picks = named[0].value.picks
        single = len(picks) == 1 and (
            len(picks[0].ranks or picks[0].files) == 1 or picks[0].pronoun
        )
        return phrase if single or named[0] not in told else replace(phrase, value=named[0].value)
    things = [one for one in told if one.thing or one.kind == "transition"]
    if not things or any(one.kind == "verb" for one in told):
        return phrase
    return None if len(things) == 1 else replace(phrase, kind="word", value=words)


def _quiet_beyond(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """音乐只放前30秒，后面|不要: no music behind that stretch."""
    if phrase.kind != "neg" or phrase.role not in ("after", "before"):
        return phrase
    heard = next((one for one in done if one.thing == "music"), None)
    told = next((one for one in reversed(done) if one.kind in ("when", "moment")), None)
    if heard is None or told is None or not any(one.kind == "sep" for one in done):
        return phrase
    begin, end = told.value.spans[-1] if told.kind == "when" else (told.value, told.value)
    span = (end, END) if phrase.role == "after" else (START, begin)
    done.append(Phrase("when", When((span,)), phrase.start, phrase.start))
    done.append(replace(heard, start=phrase.start, end=phrase.start, role=""))
    return replace(phrase, role="")


def _beside_photos(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """照片每张4秒，视频用|前5秒, 照片静音，视频|2倍速: the videos, not all there is."""
    does = phrase.kind in ("when", "topic", "speed", "factor") or phrase.is_("verb", *_PLAYED)
    does |= phrase.kind == "duration" and _last(done).is_("verb", "set", "make")
    if not does or not is_chinese(text):
        return phrase
    at = next((i for i in range(len(done) - 1, 0, -1) if done[i - 1].is_("sep", "comma")), 0)
    clips = [one.value for one in done[:at] if one.kind == "clips"]
    photos = any(all(pick.kind == "image" for pick in one.picks) for one in clips)
    if photos and done[at].thing == "video" and not done[at].value.style:
        videos = Clips((Pick("video"),), each=phrase.kind == "when")
        done[at] = replace(done[at], kind="clips", value=videos, others=())
    return phrase


def _adds_nothing(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """采访那段|其实|可以, 稍微快|一点, 淡入淡出|都|要."""
    if _last(done).is_("fade", "both") and text[phrase.start : phrase.end + 1] == "都要":
        return None
    if phrase.kind == "meant" and text[phrase.start : phrase.end] == "其实":
        return phrase if not done or done[-1].kind == "sep" else None
    apart = phrase.is_("verb", "split") and _last(done).kind == "each"
    if apart and text[done[-1].start : done[-1].end] in ("各", "分别"):
        done.pop()  # 在20秒和50秒处|各|切一刀
    if phrase.kind == "thing" and _last(done).is_("little") and _last(done).role == "with":
        return replace(phrase, start=done.pop().start, role="with")  # 带|点|音乐
    if phrase.kind != "little" or _last(done).kind == "instead":
        return phrase if phrase.kind != "little" else None
    beside = takewhile(lambda one: one.kind != "sep", reversed(done))
    return None if any(one.kind == "little" for one in beside) else phrase


def _how_slowly(done: list[Phrase], phrase: Phrase, text: str) -> Phrase | None:
    """`slow fade` is a fade; `slowly lower the music` asks for something that goes on, which nothing here does."""
    before = _last(done)
    words = text[before.start : before.end].lower() if before.kind == "verb" else ""
    if words not in ("slow", "slowly") or text[before.end : phrase.start].strip():
        return phrase
    if phrase.is_("fade") or phrase.is_("verb", "fade") or phrase.is_("transition"):
        done[-1] = replace(before, kind="manner", value="", others=())
    elif phrase.kind == "verb":
        done[-1] = replace(before, kind="word", value=words, others=())
    return phrase


_RULES: tuple[Rule, ...] = (
    _how_slowly,
    _that_one,
    _numbers_of_clips,
    _behind_the_videos,
    _all_of_them,
    _quiet_beyond,
    _beside_photos,
    _adds_nothing,
    _everything_but,
    _heard_alone,
    _kept_whole,
    _left_alone,
    _at_most,
    _counted_of,
    _one_video,
    _inside,
    _row,
    _outside,
    _instead,
    _said_of_it,
    _own_property,
    _left_off,
    _per_clip,
    _each_lasts,
    _between_too,
    _somewhere,
    _but_there,
    _spelled_out,
    _first_of,
    _so_much_more,
    _taken_from,
    _at_an_end,
    _moment,
    _from_there_on,
    _between_pieces,
    _text_lasts,
    _gone_again,
    _only_so_much,
    _not_by_so_much,
    _of_part,
    _goes_there,
    _told_exactly,
    _the_others,
    _begins_with,
    _which_text,
    _those_only,
    _text_at,
    _centred,
    _numbered,
    _resumed,
    _of_its_sound,
    _shaped_export,
    _value_enough,
    _better,
    _said_twice,
)
