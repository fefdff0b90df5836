"""cut: stretches of time out of the timeline, or out of clips."""

from __future__ import annotations

from collections.abc import Sequence

from vbtui.studio.director import ranges
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations import remove
from vbtui.studio.director.resolving import identity, moment, positions, spans
from vbtui.studio.director.values import Clips, Edge, Phrase, When
from vbtui.studio.director.work import Work, seconds
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media

_MOST = 0.5


def when_of(slots: Slots) -> When | None:
    """The stretch that the words name; `after 0:30` and `until 0:10` are stretches, too."""
    found = first(slots, "when")
    if found is None:
        return None
    stretch = found.get("when")
    if isinstance(stretch, When):
        return stretch
    at = found.get("moment")
    edge = (
        at if isinstance(at, Edge) else Edge(0, found.value if isinstance(found.value, int) else 0)
    )
    if found.role in ("after", "from"):
        return When(((edge, Edge(1)),))
    return When(((Edge(0), edge),))


def clips_of(slots: Slots, when: When | None = None) -> Clips | None:
    """The clips of which a stretch is a part; None: the timeline."""
    for found in (*slots.get("clips", []), *slots.get("each", [])):
        clips = found.get("clips")
        if isinstance(clips, Clips):
            return clips
    return when.of if when is not None else None


def pieces_meant(work: Work, when: When) -> list[int] | None:
    """`the second half` after a split: the piece itself. None where nothing was split."""
    here = [identity(clip) for clip in work.clips]
    pieces = [here.index(one) for one in work.mind.pieces if one in here]
    if when.vague == "middle" and when.of is None and len(pieces) > 1 and len(pieces) % 2:
        return [pieces[len(pieces) // 2]]
    it = when.of is not None and bool(when.of.picks[0].pronoun) and not when.of.but
    if len(pieces) < 2 or len(when.spans) != 1 or (when.of is not None and not it) or when.vague:
        return None
    begin, end = when.spans[0]
    share = end.part - begin.part
    if begin.ms or end.ms or abs(share * len(pieces) - 1) > 0.01:
        return None
    return [pieces[round(begin.part * len(pieces))]]


def clips_meant(work: Work, slots: Slots, when: When | None = None) -> list[int]:
    """The clips that are named, or all of them: also where `it` is the video."""
    clips = clips_of(slots, when)
    it = clips is not None and bool(clips.picks[0].pronoun) and work.mind.of_kind != "clips"
    return list(range(len(work.clips))) if clips is None or it else positions(work, clips)


def films_at(work: Work, where: Sequence[int]) -> dict[int, Media]:
    """The videos among the clips at these places that play forwards and may be cut, by their places."""
    clips = work.clips
    return {
        place: media
        for place in where
        if (media := work.media.get(str(d.meta(clips[place]).get("asset")))) is not None
        and media.kind == "video"
        and not media.is_animation
        and not (d.is_freeze(clips[place]) or d.is_reverse(clips[place]))
        and identity(clips[place]) not in work.locked
    }


def places(work: Work, slots: Slots) -> tuple[list[int], bool]:
    """The clips that something is done to, and whether that is the whole video; a stretch is cut out for it."""
    when = when_of(slots) if "when" in slots else None
    clips = clips_of(slots, when)
    whole = clips is None or (
        clips.picks[0].pronoun == "it" and not clips.but and work.mind.of_kind != "clips"
    )
    if when is None:
        every = list(range(len(work.clips)))
        return (every if whole or clips is None else positions(work, clips)), whole
    if whole and (pieces := pieces_meant(work, when)) is not None:
        return pieces, False
    if whole or clips is None:
        return _set_apart(work, spans(work, when, work.total())), whole
    found: list[str] = []
    for one in [identity(work.clips[place]) for place in positions(work, clips)]:
        clip = next(clip for clip in work.clips if identity(clip) == one)
        parts = spans(work, when, d.length(clip))
        stretches = [(d.start(clip) + begin, d.start(clip) + end) for begin, end in parts]
        apart = _set_apart(work, stretches)
        found += [identity(work.clips[place]) for place in apart]
    return [place for place, clip in enumerate(work.clips) if identity(clip) in found], whole


_APART_MS = 500
"""By so much may what is set apart reach beyond a stretch: where cuts and transitions lie close by."""


def _set_apart(work: Work, parts: list[tuple[int, int]]) -> list[int]:
    """The clips of these stretches alone; refuses where one cannot be cut out."""
    found: list[str] = []
    for begin, end in parts:
        inside = [work.clips[place] for place in ranges.isolate(work, begin, end)]
        reach = d.start(inside[-1]) + d.length(inside[-1]) - d.start(inside[0])
        if reach > max(end - begin + _APART_MS, 1.5 * (end - begin)):
            raise work.refusal(
                f"A part of {seconds(end - begin)} cannot be set apart there.",
                f"那里无法单独分出 {seconds(end - begin)} 的一段。",
            )
        found += [identity(clip) for clip in inside]
    return [place for place, clip in enumerate(work.clips) if identity(clip) in found]


def _cut(work: Work, slots: Slots) -> Json:
    when = when_of(slots)
    if when is None:
        raise work.question(
            "Which part? For example: from 0:10 to 0:15.", "哪一段？例如：0:10 到 0:15。", "when"
        )
    clips = clips_of(slots, when)
    whole = clips is None or (clips is when.of and len(work.mind.spoken) != 1)
    if whole and (found := pieces_meant(work, when)) is not None:
        return remove.away(work, found)
    if clips is not None and not _is_everything(work, clips):
        return _of_clips(work, positions(work, clips), when)
    total = work.total()
    parts = spans(work, when, total)
    gone = sum(end - begin for begin, end in parts)
    if gone >= total:
        raise work.refusal(
            "That would leave nothing. To empty the timeline say: delete everything.",
            "这样就什么都不剩了。要清空时间线请说：全部删除。",
        )
    if gone > total * _MOST and not work.confirmed:
        raise work.question(
            f"That takes {seconds(gone)} of {seconds(total)} away. Shall it be done?",
            f"这会从 {seconds(total)} 中去掉 {seconds(gone)}。确定吗？",
            "",
            [("yes", True), ("no", False)],
        )
    for begin, end in reversed(parts):
        ranges.remove(work, begin, end)
    work.mind.speak("whole", [])
    return {"ranges_ms": [[begin, end] for begin, end in parts]}


def _is_everything(work: Work, clips: Clips) -> bool:
    """Whether `it` is the whole timeline."""
    only = len(clips.picks) == 1 and not clips.but
    return only and bool(clips.picks[0].pronoun) and work.mind.of_kind != "clips"


def _of_clips(work: Work, where: list[int], when: When) -> Json:
    """The stretch counts from the start of each clip."""
    result: list[d.Json] = []
    told = []
    for place, clip in enumerate(work.clips):
        if place not in where:
            result.append(clip)
            continue
        parts = spans(work, when, d.length(clip))
        told = parts
        pieces, at = [], 0
        for begin, end in parts:
            pieces.append(d.cut_to(clip, at, begin))
            at = end
        pieces.append(d.cut_to(clip, at, d.length(clip)))
        pieces = [piece for piece in pieces if d.length(piece) >= d.MIN_CLIP_MS]
        if not pieces:
            raise work.refusal(
                f"That would leave nothing of {work.label([place])}. To remove it say: "
                f"remove clip {place + 1}.",
                f"这样{work.label([place])}就不剩了。要删除请说：删除片段{place + 1}。",
            )
        for number, piece in enumerate(pieces):
            if number:
                piece = d.with_meta(piece, transition=None)
                piece.pop("id", None)
            result.append(d.with_meta(piece, trim="by words"))
    work.arrange(result)
    return {
        "clips": [place + 1 for place in where],
        "ranges_ms": [[begin, end] for begin, end in told],
    }


def _at_end(work: Work, slots: Slots) -> Json:
    """`cut 5 seconds` without an end is a question, with one a stretch."""
    amount = value(slots, "length", 0)
    edge = first(slots, "edge")
    if edge is None:
        raise work.question(
            f"From which end? For example: the first {seconds(amount)}.",
            f"从哪一端？例如：前 {seconds(amount)}。",
            "edge",
            [
                (f"the first {seconds(amount)}", Phrase("edge", "start", 0, 0)),
                (f"the last {seconds(amount)}", Phrase("edge", "end", 0, 0)),
            ],
        )
    head, tail = (Edge(0), Edge(0, amount)), (Edge(1, -amount), Edge(1))
    way = {"start": (head,), "end": (tail,), "both": (head, tail)}.get(
        str(edge.get("edge")), (head,)
    )
    return _cut(work, slots | {"when": [Phrase("when", When(way), 0, 0)]})


def _do(work: Work, slots: Slots) -> Json:
    if "length" in slots:
        return _at_end(work, slots)
    if first(slots, "at") is not None:
        at = moment(work, slots["at"][0].get("moment"), work.total())

        return remove.away(work, [ranges.clip_at(work.clips, at)])
    return _cut(work, slots)


_VERBS = "verb:remove|cut|trim|off"
_CLIPS = "clips=clips|files"
_WHOLE = "whole*=whole|thing:part|q"

OPERATION = Operation(
    "cut",
    (
        form(_VERBS, "when!=when", _CLIPS, _WHOLE, "dir=dir"),
        form(_VERBS, "where!!=somewhere", "when!=when", _CLIPS, "dir=dir"),
        form("verb:remove", "where!!=thing:genre", "when!=when", _CLIPS),
        form(
            "verb:take",
            "when!=when",
            _CLIPS,
            _WHOLE,
            "dir!=dir|word:dir:out|word:dir:away|word:dir:off",
        ),
        form("verb:take|get", "when!!=when_off", _CLIPS, _WHOLE, weight=3),
        form("", "when!!=when_off", _CLIPS, _WHOLE),
        form("verb:take", "when!=when", _WHOLE, "off=word:dir:off"),
        form(_VERBS, "when!=moment|time|duration@after|before|from|until", _WHOLE, _CLIPS),
        form(_VERBS, "length!=duration@-|ba", "edge=edge", _WHOLE, weight=-1),
        form(
            _VERBS, "length!=duration@-|ba", "edge!!=edge", _CLIPS, _WHOLE, "each*=each", weight=-1
        ),
        form(_VERBS + "|shorter", "length!=duration@by", "edge!!=edge", _WHOLE, _CLIPS, weight=1),
        form("verb:remove", "clips!=clips", "at!=moment@at", weight=1),
        form("verb:cut|trim", "clips!=clips|files", "when!=when"),
    ),
    ("cuts stretches of time out", "剪掉一段时间"),
    (
        "cut the first 3 seconds",
        "remove from 0:10 to 0:15",
        "cut 2 seconds off both ends",
        "剪掉前3秒",
    ),
    _do,
    frozenset({"clips", "texts", "sounds"}),
    asks={"when": ("Which part? For example: from 0:10 to 0:15.", "哪一段？例如：0:10 到 0:15。")},
)
