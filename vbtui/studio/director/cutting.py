"""Shorter and fewer: remove, trim, keep, split."""

from __future__ import annotations

from itertools import pairwise

from vbtui.studio.director import ranges
from vbtui.studio.director.clauses import Clause
from vbtui.studio.director.desk import Desk, between, seconds
from vbtui.studio.director.phrases import Nth, Ref, Span
from vbtui.studio.project import draft as d


def handle(clause: Clause, desk: Desk) -> bool:
    """Every instruction that takes something away or cuts in two."""
    if clause.has("unsupported") or clause.has("quote"):
        return False
    if clause.has("noun", "music", "sound", "volume", "transition", "speed", "order"):
        return False
    if clause.has("transition") or clause.has("fade"):
        return False
    if clause.verb == "split" or (clause.verb == "cut" and _is_split(clause)):
        return _split(clause, desk)
    if clause.verb in ("remove", "trim", "cut", "keep") and not clause.has("aspect"):
        return _cut(clause, desk)
    return False


def _is_split(clause: Clause) -> bool:
    """`cut at 0:30`, `cut clip 2 in half`."""
    return any(
        item.kind == "where" and item.value.where in ("time", "half") for item in clause.items
    ) and not clause.has("range")


def _to(clause: Clause) -> bool:
    """Whether a length or range follows `to`: what shall be left, not what shall go."""
    items = clause.items
    return any(
        item.is_("prep", "to", "into") and after.kind in ("range", "duration", "half")
        for item, after in pairwise(items)
    )


def _names_what_stays(span: Span) -> bool:
    """`trim from 1:00 to 2:30` keeps what it names; `trim the first 3 s` takes it away."""
    return span.begin.part == 0 and span.begin.ms > 0 and span.end.part == 0


# Cutting


def _cut(clause: Clause, desk: Desk) -> bool:
    to = _to(clause)
    span = clause.span()
    clause.take_all("noun", "video", "everything")
    clause.take_all("half")
    if span is not None:
        keep = clause.verb == "keep" or to or (clause.verb == "trim" and _names_what_stays(span))
        _correction(clause)
        targets = desk.take_targets(clause)
        if targets is None:
            return _cut_range(desk, span, keep)
        return _cut_clips(desk, targets, span, keep)
    if clause.has("noun", "opening", "closing", "middle"):
        return _which_part(clause, desk)
    return _cut_by_length(clause, desk, to)


def _correction(clause: Clause) -> None:
    """`… for 20 seconds, not 30`: what is denied needs no doing."""
    if clause.has("word", "not"):
        clause.take("word", "not")
        clause.take("number")
        clause.take("duration")


def _cut_range(desk: Desk, span: Span, keep: bool) -> bool:
    total = desk.total()
    begin, end = ranges.bounds(desk, span, total)
    if keep and (begin, end) == (0, total):
        raise desk.refusal(
            f"The video lasts {seconds(total)}: that is all of it already.",
            f"视频只有 {seconds(total)}：已经是全部了。",
        )
    if keep:
        ranges.keep(desk, begin, end)
        desk.changed_length(
            f"Kept {between(begin, end)}",
            f"保留了 {between(begin, end)}",
            "keep_range",
            start_ms=begin,
            end_ms=end,
        )
    else:
        ranges.remove(desk, begin, end)
        desk.changed_length(
            f"Cut out {between(begin, end)}",
            f"剪掉了 {between(begin, end)}",
            "remove_range",
            start_ms=begin,
            end_ms=end,
        )
    return True


def _cut_clips(desk: Desk, targets: list[int], span: Span, keep: bool) -> bool:
    """The span counts from the start of each clip."""
    clips = desk.clips
    result: list[d.Json] = []
    for position, clip in enumerate(clips):
        if position not in targets:
            result.append(clip)
            continue
        begin, end = ranges.bounds(desk, span, d.length(clip))
        if keep:
            result.append(by_words(d.cut_to(clip, begin, end)))
            continue
        pieces = [d.cut_to(clip, 0, begin), d.cut_to(clip, end, d.length(clip))]
        pieces = [piece for piece in pieces if d.length(piece) >= d.MIN_CLIP_MS]
        if not pieces:
            raise desk.refusal(
                f"That would leave nothing of {desk.label([position])}. To remove it say: "
                f"remove clip {position + 1}.",
                f"这样{desk.label([position])}就不剩了。要删除请说：删除片段{position + 1}。",
            )
        if len(pieces) == 2:
            pieces[1] = d.with_meta(pieces[1], transition=None)
            pieces[1].pop("id", None)
        result += [by_words(piece) for piece in pieces]
    label = desk.label(targets)
    desk.arrange(result)
    _tell_trimmed(desk, label)
    return True


def by_words(clip: d.Json) -> d.Json:
    """Marks a length that the user chose, so that fitting does not undo it."""
    return d.with_meta(clip, trim="by words")


def _tell_trimmed(desk: Desk, label: str) -> None:
    desk.changed_length(
        f"Trimmed {label}",
        f"修剪了{label}",
        "trim_clip",
        clips=label,
        duration_ms=desk.total(),
    )


def _which_part(clause: Clause, desk: Desk) -> bool:
    total = desk.total()
    third = round(total / 3000) * 1000 or total // 3
    if clause.has("noun", "middle"):
        raise desk.refusal(
            f'Which part is the middle? For example: "{clause.verb or "remove"} from '
            f'{seconds(third)} to {seconds(2 * third)}".',
            f"中间是从哪里到哪里？例如：“删除 {seconds(third)} 到 {seconds(2 * third)}”。",
        )
    first = clause.has("noun", "opening")
    raise desk.refusal(
        f'How long is that part? For example: "remove the {"first" if first else "last"} 5 seconds", '
        f'or "remove clip {1 if first else len(desk.clips)}".',
        f"这部分有多长？例如：“删除{'前' if first else '最后'}5秒”，或“删除片段"
        f"{1 if first else len(desk.clips)}”。",
    )


def _cut_by_length(clause: Clause, desk: Desk, to: bool) -> bool:
    """`trim clip 2 to 5 s`, `trim 2 s from the end`, `remove clip 2`, `cut to 1:30`."""
    edge = clause.place("start", "end")
    until = clause.place("to_time")
    moment = clause.place("time")
    length = clause.take("duration")
    ref = clause.ref()
    if length is not None or until is not None:
        if ref is None:
            return _cut_whole(desk, edge.where if edge else "", length, until, to)
        wanted = length if length is not None else (until.ms if until else 0)
        if edge and until:
            return trim_to_moment(desk, desk.targets(ref)[0], edge.where, until.ms)
        return _trim_clip(
            desk, desk.targets(ref), edge.where if edge else "end", wanted, to or until
        )
    if edge and ref is None and not clause.has("prep", "from"):
        return _which_part_by_place(desk, edge.where)
    if ref is None or (ref.every and not ref.only and clause.verb != "remove"):
        return _how_much(clause, desk)
    if moment is not None and moment.ms >= desk.total():
        raise desk.refusal(
            f"There is no clip at {seconds(moment.ms)}: the video ends at {seconds(desk.total())}.",
            f"{seconds(moment.ms)} 处没有片段：视频在 {seconds(desk.total())} 结束。",
        )
    at_moment = [ranges.clip_at(desk.clips, moment.ms)] if moment else None
    targets = at_moment or desk.targets(ref)
    if edge:
        return _which_part_by_place(desk, edge.where)
    if clause.verb in ("trim", "cut"):
        return _how_much(clause, desk, targets)
    return remove_clips(desk, targets, keep=clause.verb == "keep")


def _which_part_by_place(desk: Desk, where: str) -> bool:
    which, which_zh = ("first", "前") if where == "start" else ("last", "最后")
    raise desk.refusal(
        f'How much? For example: "remove the {which} 5 seconds".',
        f"要剪多少？例如：“删除{which_zh}5秒”。",
    )


def _how_much(clause: Clause, desk: Desk, targets: list[int] | None = None) -> bool:
    if clause.left():
        return False
    if clause.verb in ("remove", "keep"):
        raise desk.refusal(
            'What exactly? For example: "remove clip 2" or "remove from 0:10 to 0:15".',
            "具体是哪部分？例如：“删除片段2”或“删除 0:10 到 0:15”。",
        )
    number = targets[0] + 1 if targets else 1
    raise desk.refusal(
        f'How much? For example: "trim the first 3 seconds", "trim clip {number} to 5 seconds" or '
        '"make it exactly 30 seconds".',
        f"要剪多少？例如：“剪掉前3秒”、“把片段{number}裁剪到5秒”或“总时长改成30秒”。",
    )


def _cut_whole(desk: Desk, edge: str, length: int | None, until: object, to: bool) -> bool:
    total = desk.total()
    if until is not None or to:
        wanted = length if length is not None else getattr(until, "ms", 0)
        if wanted >= total:
            raise desk.refusal(
                f"The video lasts {seconds(total)} already: there is nothing to trim.",
                f"视频只有 {seconds(total)}：没有可剪的。",
            )
        ranges.keep(desk, 0, wanted) if edge != "end" else ranges.keep(desk, total - wanted, total)
        desk.did(
            f"Kept {seconds(wanted)}; the rest is cut off.",
            f"保留了 {seconds(wanted)}，其余剪掉了。",
            "keep_range",
            duration_ms=wanted,
        )
        return True
    assert length is not None
    begin, end = (0, length) if edge == "start" else (total - length, total)
    if edge == "" or length >= total:
        raise desk.refusal(
            f'From which end? For example: "trim the first {seconds(min(length, total))}" or '
            f'"trim the last {seconds(min(length, total))}".',
            f"从哪一端剪？例如：“剪掉前{min(length, total) / 1000:g}秒”或“剪掉最后"
            f"{min(length, total) / 1000:g}秒”。",
        )
    ranges.remove(desk, begin, end)
    desk.changed_length(
        f"Cut {seconds(length)} off the {edge}",
        f"从{'开头' if edge == 'start' else '结尾'}剪掉了 {seconds(length)}",
        "remove_range",
        start_ms=begin,
        end_ms=end,
    )
    return True


def _trim_clip(desk: Desk, targets: list[int], edge: str, amount: int, to: object) -> bool:
    """To a length, or by an amount at one end."""
    clips = list(desk.clips)
    for position in targets:
        clip = clips[position]
        left = amount if to else d.length(clip) - amount
        if left < d.MIN_CLIP_MS:
            raise desk.refusal(
                f"{desk.label([position])} lasts {seconds(d.length(clip))}: that would leave nothing.",
                f"{desk.label([position])}长 {seconds(d.length(clip))}：这样就不剩了。",
            )
        if left >= d.length(clip):
            clips[position] = by_words(d.with_length(clip, left, desk.media))
        elif edge == "start":
            clips[position] = by_words(d.cut_to(clip, d.length(clip) - left, d.length(clip)))
        else:
            clips[position] = by_words(d.cut_to(clip, 0, left))
    label = desk.label(targets)
    desk.arrange(clips)
    _tell_trimmed(desk, label)
    return True


def trim_to_moment(desk: Desk, position: int, edge: str, moment: int) -> bool:
    """The start or end of a clip to a moment of the timeline (or, outside of it, of the clip)."""
    clips = list(desk.clips)
    clip = clips[position]
    offset = moment - d.start(clip)
    if not 0 <= offset <= d.length(clip):
        offset = moment
    begin, end = (offset, d.length(clip)) if edge == "start" else (0, offset)
    if end - begin < d.MIN_CLIP_MS or end > d.length(clip):
        raise desk.refusal(
            f"{desk.label([position])} has nothing left when its {edge} is at {seconds(moment)}.",
            f"把{desk.label([position])}剪到 {seconds(moment)} 就不剩了。",
        )
    clips[position] = by_words(d.cut_to(clip, begin, end))
    label = desk.label([position])
    desk.arrange(clips)
    _tell_trimmed(desk, label)
    return True


def remove_clips(desk: Desk, targets: list[int], *, keep: bool = False) -> bool:
    """These clips away, or with `keep` all others."""
    clips = desk.clips
    gone = [p for p in range(len(clips)) if (p in targets) != keep]
    if len(gone) == len(clips):
        raise desk.refusal(
            "That would remove every clip. To empty the timeline say: delete everything.",
            "这样会删除所有片段。要清空时间线请说：全部删除。",
        )
    if not gone:
        raise desk.refusal("That is the whole timeline already.", "时间线本来就是这些。")
    label = desk.label(gone)
    left = [clip for position, clip in enumerate(clips) if position not in gone]
    spans = [(d.start(clips[p]), d.start(clips[p]) + d.length(clips[p])) for p in gone]

    def moved(ms: int) -> int:
        return ms - sum(min(ms, end) - begin for begin, end in spans if begin < ms)

    desk.arrange(left, moved=moved)
    desk.changed_length(
        f"Removed {label}",
        f"删除了{label}",
        "remove_clips",
        clips=[position + 1 for position in gone],
    )
    return True


# Splitting


def _split(clause: Clause, desk: Desk) -> bool:
    clause.take_all("noun", "video", "everything")
    clause.take_all("half")
    place = clause.place("time", "half", "mid", "to_time")
    ref = clause.ref()
    if ref is not None and ref.every and len(desk.clips) == 1:
        ref = Ref(numbers=(Nth(1),))
    if place is None or (ref is not None and ref.every):
        raise desk.refusal(
            'Where? For example: "split at 0:10" or "split clip 1 in half".',
            "在哪里分割？例如：“在 0:10 处分割”或“把片段1从中间分割”。",
        )
    clips = desk.clips
    position = desk.targets(ref)[0] if ref else None
    if place.where in ("half", "mid"):
        clip = clips[position or 0]
        whole_video = position is None and len(clips) > 1
        moment = desk.total() // 2 if whole_video else d.start(clip) + d.length(clip) // 2
    else:
        moment = place.ms
        if position is not None:
            clip = clips[position]
            inside = d.start(clip) <= moment <= d.start(clip) + d.length(clip)
            moment = moment if inside else d.start(clip) + moment
    return split_at(desk, moment)


def split_at(desk: Desk, moment: int) -> bool:
    """A cut at this moment of the timeline; refuses where there can be none."""
    target = desk.target
    clips, found = ranges.split_at(desk.clips, moment)
    if found is None or moment >= desk.total():
        raise desk.refusal(
            f"There can be no cut at {seconds(moment)}: it is outside of a clip, at a cut already, or "
            "inside a transition.",
            f"{seconds(moment)} 处不能分割：不在片段之内、已经是剪切点，或正在转场中。",
        )
    desk.arrange(clips)
    desk.draft = d.with_meta(desk.timeline(), target=target or None)
    desk.did(
        f"Split at {seconds(moment)}: clip {found} and clip {found + 1}.",
        f"在 {seconds(moment)} 处分割：片段 {found} 和片段 {found + 1}。",
        "split_clip",
        at_ms=moment,
    )
    return True
