"""split: one clip becomes several, at a moment, in half, or in equal parts."""

from __future__ import annotations

from collections.abc import Sequence

from vbtui.studio.director import ranges
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.resolving import edge_of, identity, moment, positions
from vbtui.studio.director.values import Clips, Phrase
from vbtui.studio.director.work import Work, seconds
from vbtui.studio.project import draft as d

_MOST_PARTS = 50


def at_moment(work: Work, at: int) -> None:
    """A cut at this moment of the timeline; refuses where there can be none."""
    before = {identity(clip) for clip in work.clips}
    clips, found = ranges.split_at(work.clips, at)
    if found is None or at >= work.total():
        raise work.refusal(
            f"There can be no cut at {seconds(at)}: it is outside of a clip, at a cut already, or "
            "inside a transition.",
            f"{seconds(at)} 处不能分割：不在片段之内、已经是剪切点，或正在转场中。",
        )
    work.set_clips(clips)
    made = [clip for clip in work.clips if identity(clip) not in before]
    work.mind.pieces = (*(identity(work.clips[found - 1]),), *(identity(clip) for clip in made))


def _split(work: Work, slots: Slots) -> Json:
    found = first(slots, "clips")
    clips = found.get("clips") if found is not None else None
    pronoun = isinstance(clips, Clips) and clips.picks[0].pronoun and work.mind.of_kind != "clips"
    where = positions(work, clips) if isinstance(clips, Clips) and not pronoun else None
    if where is None and len(work.clips) == 1:
        where = [0]
    if where is not None and len(where) > 1:
        raise work.question("Which clip shall be split?", "分割哪个片段？", "clips")
    said = first(slots, "parts")
    parts = (
        said.get("clips").picks[0].count
        if said is not None and said.is_("clips")
        else value(slots, "parts")
    )
    if parts is None and "half" in slots:
        half = first(slots, "half")
        if half is not None and half.is_("frac") and half.get("frac") != 0.5:
            raise work.question(
                "Where? For example: at 0:10, or in half.",
                "在哪里分割？例如：0:10 处，或从中间。",
                "at",
            )
        cuts = half is not None and half.kind == "frac" and not half.role
        if cuts and work.chinese and any(one.is_("verb", "cut") for one in slots.get("head", [])):
            raise work.question(
                "In two parts, or half of it away?",
                "是从中间切成两段，还是去掉一半？去掉请说：去掉后半段。",
                "at",
            )
        parts = 2
    if parts is not None and not (int(float(parts)) == 2 and "at" in slots):
        return _in_parts(work, where, int(float(parts)))
    if (step := first(slots, "every")) is not None:
        return _every(work, where, int(step.value))
    two = first(slots, "two")
    if two is not None and float(two.value) != 2:
        raise work.question(
            "One cut makes two parts: where shall the other cuts be?",
            "一刀分成两段：其余的切在哪里？",
            "at",
        )
    if len(slots.get("at", [])) > 1:
        return _at_each(work, slots["at"], where)
    at = first(slots, "at")
    if at is None:
        raise work.question(
            "Where? For example: at 0:10, or in half.",
            "在哪里分割？例如：0:10 处，或从中间。",
            "at",
        )
    if at.each and at.is_("duration"):
        return _every(work, where, int(at.value))
    cut_at = point(work, at, None if where is None else where[0])
    at_moment(work, cut_at)
    work.mind.speak("clips", work.mind.pieces)
    return {"at_ms": cut_at}


def point(work: Work, at: Phrase, place: int | None) -> int:
    """The ms of the timeline that are said, counted from the start of the clip at that place; None: of the timeline.
    Raises a refusal for what is beyond the end."""
    edge = edge_of(work, at)
    if place is None:
        return moment(work, edge, work.total())
    clip = work.clips[place]
    begin, length = d.start(clip), d.length(clip)
    if edge.part == 0 and at.is_("time") and length < edge.ms and begin < edge.ms < begin + length:
        return edge.ms
    return begin + moment(work, edge, length)


def _at_each(work: Work, said: list[Phrase], where: list[int] | None) -> Json:
    """A cut at each of these moments of the clip at `where`; None: of the timeline."""
    clip = work.clips[where[0]] if where is not None else None
    begin, length = (d.start(clip), d.length(clip)) if clip is not None else (0, work.total())
    points = sorted({begin + moment(work, edge_of(work, one), length) for one in said})
    _cut_at(work, points)
    return {"at_ms": points}


def _cut_at(work: Work, points: Sequence[int]) -> None:
    made: set[str] = set()
    for point in points:
        at_moment(work, point)
        made.update(work.mind.pieces)
    work.mind.pieces = tuple(one for one in map(identity, work.clips) if one in made)
    work.mind.speak("clips", work.mind.pieces)


def _every(work: Work, where: list[int] | None, step: int) -> Json:
    """A cut every so many ms."""
    clip = work.clips[where[0]] if where is not None else None
    begin = d.start(clip) if clip is not None else 0
    length = d.length(clip) if clip is not None else work.total()
    count = -(-length // step) - 1
    if not 1 <= count < _MOST_PARTS:
        raise work.refusal(
            f"It lasts {seconds(length)}: there would be {count} cuts.",
            f"长 {seconds(length)}：会有 {count} 个剪切点。",
        )
    _cut_at(work, [begin + step * number for number in range(1, count + 1)])
    return {"every_ms": step}


def _in_parts(work: Work, where: list[int] | None, parts: int) -> Json:
    if not 2 <= parts <= _MOST_PARTS:
        raise work.refusal(
            f"A clip can be split into 2 to {_MOST_PARTS} parts.",
            f"可以分成 2 到 {_MOST_PARTS} 段。",
        )
    if where is None:
        begin, length = 0, work.total()
    else:
        clip = work.clips[where[0]]
        begin, length = d.start(clip), d.length(clip)
    first_id = identity(work.clips[where[0]]) if where else ""
    pieces: tuple[str, ...] = ()
    for number in range(1, parts):
        at_moment(work, begin + round(length * number / parts))
        pieces = (*pieces, work.mind.pieces[-1])
    pieces = work.mind.pieces if where is None else (first_id, *pieces)
    work.mind.pieces = pieces
    work.mind.speak("clips", pieces)
    return {"parts": parts, **({"clips": [where[0] + 1]} if where else {})}


_CLIPS = ("clips=clips|files@-|of|in|on|at|ba|from|with|for", "whole*=whole|q")

OPERATION = Operation(
    "split",
    (
        form(
            "verb:split",
            *_CLIPS,
            "at*=moment|edge|rank|duration|time|number|middle@at|in|on|-|after|from",
            "half=frac|word:noun:half|thing:half",
            "dir=dir",
        ),
        form(
            "verb:split|cut",
            "clips=uncounted|files",
            "whole*=whole|q",
            "parts!!=number|count@into|in|to|-|as",
            "at=moment@from|at|in",
            "piece=thing:part|uncounted|word:noun:clip",
            "equal=equal",
            "dir=dir",
            weight=1,
        ),
        form("verb:split|cut", *_CLIPS, "parts!!=pieces", "dir=dir", weight=2),
        form("verb:halve", *_CLIPS, "middle=word:prep:between", parts=2),
        form(
            "verb:cut|split",
            *_CLIPS,
            "at!!=moment|number@at|in|from",
            "two=number@in|into",
            weight=1,
        ),
        form(
            "verb:cut|split",
            *_CLIPS,
            "every!!=duration@into|of|in",
            "piece!!=thing:part|uncounted@+into",
            "dir=dir",
            weight=3,
        ),
        form("verb:cut|split", *_CLIPS, "half!!=frac@-|in|into", weight=1),
    ),
    ("splits a clip", "分割片段"),
    ("split clip 2 at 5 seconds", "split clip 1 in half", "在0:10处分割"),
    _split,
    frozenset({"clips"}),
    asks={
        "at": ("Where? For example: at 0:10, or in half.", "在哪里分割？例如：0:10 处，或从中间。")
    },
)
