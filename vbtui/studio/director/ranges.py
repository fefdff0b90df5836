"""Parts of the timeline: cut out, kept alone, set apart so that one thing holds for them only, or set to a length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from vbtui.studio.director import sequence
from vbtui.studio.director.work import Work, seconds
from vbtui.studio.project import draft as d
from vbtui.timeline.pace import Pace

Stretch = tuple[int, int]
"""From and until, ms."""
_MOST = 0.5


def edges(clips: list[d.Json]) -> list[int]:
    """Where each clip begins to be the one that is looked at: the middle of a transition."""
    result = []
    for clip, join in zip(clips, [None, *d.joins(clips)], strict=True):
        result.append(d.start(clip) + d.whole((join or {}).get("d")) // 2)
    return result


def clip_at(clips: list[d.Json], moment: int) -> int:
    """The position of the clip that is seen at `moment`; the last one beyond the end."""
    found = 0
    for position, edge in enumerate(edges(clips)):
        if edge <= moment:
            found = position
    return found


def split_at(clips: list[d.Json], moment: int) -> tuple[list[d.Json], int | None]:
    """The sequence with a cut at `moment`, and the position of the clip that begins there.

    None when it is too close to a cut (or inside a transition) to make another one.
    """
    position = clip_at(clips, moment)
    clip = clips[position]
    joins = [None, *d.joins(clips), None]
    lead = d.whole((joins[position] or {}).get("d"))
    tail = d.whole((joins[position + 1] or {}).get("d"))
    offset = moment - d.start(clip)
    low, high = max(d.MIN_CLIP_MS, 2 * lead), d.length(clip) - max(d.MIN_CLIP_MS, 2 * tail)
    if not low <= offset <= high:
        return clips, None
    first, second = d.split_clip(clip, offset)
    return [*clips[:position], first, second, *clips[position + 1 :]], position + 1


def isolate(work: Work, begin: int, end: int) -> list[int]:
    """Cuts at both ends of begin…end; the positions of the clips inside."""
    clips = work.clips
    target = work.target
    for moment in (begin, end):
        clips, _ = split_at(clips, moment)
        work.arrange(clips)
        clips = work.clips
    work.draft = d.with_meta(work.timeline(), target=target or None)
    inside = [
        position
        for position, clip in enumerate(clips)
        if d.start(clip) + d.length(clip) > begin + 20
        and d.start(clip) < end - 20
        and begin - 20 <= d.start(clip) + d.length(clip) // 2 <= end + 20
    ]
    return inside or [clip_at(clips, (begin + end) // 2)]


def remove(work: Work, begin: int, end: int) -> None:
    """Takes begin…end out of the timeline; what comes later moves up, texts go along."""
    clips = _without(work.clips, begin, end)
    if not clips:
        raise work.refusal(
            "That would leave nothing. To empty the timeline say: delete everything.",
            "这样就什么都不剩了。要清空时间线请说：全部删除。",
        )
    gone = end - begin

    def moved(ms: int) -> int:
        return ms if ms < begin else max(begin, ms - gone)

    work.arrange(clips, moved=moved)


def keep(work: Work, begin: int, end: int) -> None:
    """Keeps begin…end of the timeline alone."""
    total = work.total()
    clips = _without(_without(work.clips, end, total), 0, begin)
    work.arrange(clips, moved=lambda ms: max(0, ms - begin))


def _without(clips: list[d.Json], begin: int, end: int) -> list[d.Json]:
    """The clips without begin…end of the timeline, which gets shorter by exactly that."""
    result: list[d.Json] = []
    for clip, edge, following in _with_borders(_hardened(clips, begin, end)):
        first, last = max(edge, begin), min(following, end)
        if first >= last:
            result.append(clip)
            continue
        start = d.start(clip)
        before = d.cut_to(clip, 0, first - start) if first > edge else None
        behind = d.cut_to(clip, last - start, d.length(clip)) if last < following else None
        if before is not None:
            result.append(before)
        if behind is not None:
            behind = d.with_meta(behind, transition=None)
            if before is not None:
                behind.pop("id", None)
            result.append(behind)
    return result


def _hardened(clips: list[d.Json], begin: int, end: int) -> list[d.Json]:
    """Transitions that begin…end cuts into, or leaves too little beside, as cuts in their middle."""
    result = list(clips)
    for position, join in enumerate(d.joins(clips), 1):
        overlap = d.whole((join or {}).get("d"))
        opening = d.start(clips[position])
        if not overlap or begin >= opening + 2 * overlap or end <= opening - overlap:
            continue
        before, after = result[position - 1], result[position]
        middle = opening + overlap // 2
        result[position - 1] = d.cut_to(before, 0, middle - d.start(before))
        later = d.with_meta(d.cut_to(after, middle - opening, d.length(after)), transition=None)
        result[position] = {**later, "s": middle}
    return result


def _with_borders(clips: list[d.Json]) -> list[tuple[d.Json, int, int]]:
    """Each clip with the moments between which it is the one that is looked at."""
    begins = edges(clips)
    total = max((d.start(clip) + d.length(clip) for clip in clips), default=0)
    return list(zip(clips, begins, [*begins[1:], total], strict=True))


def take_out(
    work: Work, cuts: Mapping[int, Sequence[Stretch]], *, asks: bool = True
) -> tuple[int, int]:
    """Takes stretches out of clips, each counted from the clip's start; by the clips' places. What is left knows what
    was cut out beside it, so that it can be put back.

    Returns where the first cut is now, and how many ms went. Asks where that is more than half of the video,
    unless that is what was asked for.
    """
    clips = work.clips
    gone = sorted(
        (d.start(clips[place]) + a, d.start(clips[place]) + b)
        for place, found in cuts.items()
        for a, b in found
    )
    total = sum(b - a for a, b in gone)
    if asks and total > work.total() * _MOST and not work.confirmed:
        raise work.question(
            f"That takes {seconds(total)} of {seconds(work.total())} away. Shall it be done?",
            f"这会从 {seconds(work.total())} 中去掉 {seconds(total)}。确定吗？",
            "",
            [("yes", True), ("no", False)],
        )
    result = [
        piece for place, clip in enumerate(clips) for piece in _pieces(clip, cuts.get(place, ()))
    ]
    if not result:
        raise work.refusal(
            "That would leave nothing. To empty the timeline say: delete everything.",
            "这样就什么都不剩了。要清空时间线请说：全部删除。",
        )
    if len(result) > sequence.MAX_CLIPS:
        raise work.refusal(
            f"That would make more than {sequence.MAX_CLIPS} clips: name a part of the video.",
            f"这样会超过 {sequence.MAX_CLIPS} 个片段：请指定一部分。",
        )

    def moved(ms: int) -> int:
        return ms - sum(min(b, ms) - a for a, b in gone if a < ms)

    work.arrange(result, moved=moved)
    return gone[0][0], total


def _pieces(clip: d.Json, gone: Sequence[Stretch]) -> list[d.Json]:
    if not gone:
        return [clip]
    result: list[d.Json] = []
    at = cut = 0
    for begin, end in [*gone, (d.length(clip), d.length(clip))]:
        if begin > at:
            piece = d.cut_to(clip, at, begin)
            if result:
                piece = d.with_meta(piece, transition=None)
                piece.pop("id", None)
            piece = d.with_meta(piece, cut_before=cut) if cut else piece
            result.append(d.with_meta(piece, trim="by words"))
        at, cut = end, end - begin
    if result and gone[-1][1] == d.length(clip):
        result[-1] = d.with_meta(result[-1], cut_after=gone[-1][1] - gone[-1][0])
    return result


_OWN = frozenset(
    ("in", "trim", "transition", "fade_in", "fade_out", "sound_fade_in", "sound_fade_out", "cut_before", "cut_after")
)  # fmt: skip
"""Keys that the pieces of a clip have for themselves."""


def goes_on(before: d.Json, clip: d.Json) -> bool:
    """Whether a clip shows what comes next in the file of the one before it, in the same way."""
    paces = first, second = d.pace_of(before), d.pace_of(clip)
    own = _OWN | {"speed", "ramp"} if all(one.is_ramp for one in paces) else _OWN
    one, other = (
        {key: value for key, value in d.meta(item).items() if key not in own}
        for item in (before, clip)
    )
    further = first.part(first.lasts, first.lasts + d.length(clip))
    ends = ((further.first, second.first), (further.last, second.last))
    end = d.source_in(before) + first.played(d.length(before))
    return (
        one == other
        and all(abs(a - b) <= _AS_FAST * max(a, b) for a, b in ends)
        and abs(end - d.source_in(clip)) <= 3 * max(1.0, float(second.first))
    )


_AS_FAST = Fraction(1, 100)
"""By so little may a ramp miss the one that goes on with it: its ends are rounded where it was cut."""


def rejoined(before: d.Json, clip: d.Json) -> d.Json:
    """One clip of two of which the second goes on where the first one ends."""
    ends = ("fade_out", "sound_fade_out", "cut_after")
    lasts = d.length(before) + d.length(clip)
    plays = Pace(d.pace_of(before).first, d.pace_of(clip).last, lasts)
    joined = d.with_meta(before, **{key: d.meta(clip).get(key) for key in ends})
    return {**d.with_pace(joined, plays), "d": lasts}


def set_each(work: Work, where: list[int], wanted: int) -> None:
    """Each of these clips at this length, from its head; a clip that has no more is said."""
    clips = list(work.clips)
    short = []
    for place in where:
        clip = clips[place]
        goal = max(d.MIN_CLIP_MS, wanted)
        new = (
            d.cut_to(clip, 0, goal)
            if goal < d.length(clip)
            else d.with_length(clip, goal, work.media)
        )
        if d.length(new) < goal:
            short.append((place, d.length(new)))
        clips[place] = d.with_meta(new, trim="by words")
    label = [(work.label([place]), length) for place, length in short]
    work.arrange(clips)
    for name, length in label[:5]:
        work.note(
            f"{name} has no more than {seconds(length)}.", f"{name}最长只有 {seconds(length)}。"
        )
