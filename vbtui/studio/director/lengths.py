"""How long clips and the whole last."""

from __future__ import annotations

from vbtui.studio.director.clauses import Clause
from vbtui.studio.director.cutting import by_words
from vbtui.studio.director.desk import Desk, seconds
from vbtui.studio.project import draft as d

_VIDEO = ("video", "everything", "duration")


def _is_length(clause: Clause) -> bool:
    """`make it 1:30`, `set the duration to 1:30`."""
    of_whole = clause.has("noun", *_VIDEO) or clause.verb == "fit"
    return of_whole and any(
        item.kind == "where" and item.value.where in ("time", "to_time") for item in clause.items
    )


def handle(clause: Clause, desk: Desk) -> bool:
    """`make it 60 seconds`, `make clip 2 5 s long`, `extend clip 3 to 8 s`."""
    if any(clause.has(kind) for kind in ("unsupported", "quote", "transition", "fade")):
        return False
    if clause.has("noun", "music", "sound", "volume", "transition", "speed", "order"):
        return False
    if (
        clause.verb in ("extend", "shorten")
        and not clause.has("duration")
        and not _is_length(clause)
    ):
        return _how_long(clause, desk)
    allowed = ("make", "set", "fit", "extend", "shorten", "add", "")
    if clause.verb not in allowed and not clause.has("noun", "duration"):
        return False
    if clause.verb in ("remove", "keep", "trim", "cut", "split", "combine"):
        return False
    if not clause.has("duration") and not _is_length(clause):
        return False
    length = clause.take("duration")
    if length is None:
        moment = clause.place("time", "to_time")
        length = moment.ms if moment else 0
    clause.take_all("noun", *_VIDEO)
    clause.take_all("extra")
    clause.take_all("where", "whole")
    by = clause.has("prep", "by")
    targets = desk.take_targets(clause)
    if clause.left():
        return False
    if targets is None or (len(targets) == len(desk.clips) and clause.verb == "fit"):
        wanted = length
        if by:
            wanted = desk.total() + (-length if clause.verb == "shorten" else length)
        if wanted <= 0:
            raise desk.refusal(
                f"The video lasts {seconds(desk.total())}: that would leave nothing.",
                f"视频长 {seconds(desk.total())}：这样就不剩了。",
            )
        return fit(desk, wanted)
    clips = list(desk.clips)
    label = desk.label(targets)
    for position in targets:
        clip = clips[position]
        wanted = length
        if by:
            wanted = d.length(clip) + (-length if clause.verb == "shorten" else length)
        wanted = max(d.MIN_CLIP_MS, wanted)
        new = (
            d.cut_to(clip, 0, wanted)
            if wanted < d.length(clip)
            else d.with_length(clip, wanted, desk.media)
        )
        if d.length(new) < wanted:
            desk.note(
                f"{desk.label([position])} has no more than {seconds(d.length(new))}.",
                f"{desk.label([position])}最长只有 {seconds(d.length(new))}。",
            )
        clips[position] = by_words(new)
    desk.arrange(clips)
    desk.changed_length(
        f"Set {label} to {seconds(wanted)}",
        f"把{label}设为 {seconds(wanted)}",
        "set_clip_length",
        clips=[position + 1 for position in targets],
        duration_ms=length,
    )
    return True


def _how_long(clause: Clause, desk: Desk) -> bool:
    clause.take_all("noun", *_VIDEO)
    targets = desk.take_targets(clause)
    if clause.left():
        return False
    what = f"clip {targets[0] + 1}" if targets and len(targets) == 1 else "it"
    what_zh = f"片段{targets[0] + 1}" if targets and len(targets) == 1 else "总时长"
    raise desk.refusal(
        f'How long? For example: "make {what} 5 seconds long".',
        f"要多长？例如：“{what_zh}改成5秒”。",
    )


def fit(desk: Desk, wanted: int) -> bool:
    """The whole at exactly `wanted` ms, and how that was done."""
    before = desk.total()
    result = desk.fit_to(wanted)
    how, how_zh = [], []
    if result.trimmed:
        how.append(f"{result.trimmed} clip{'' if result.trimmed == 1 else 's'} trimmed")
        how_zh.append(f"修剪了 {result.trimmed} 个片段")
    if result.extended:
        how.append(f"{result.extended} photo{'' if result.extended == 1 else 's'} shown longer")
        how_zh.append(f"延长了 {result.extended} 张照片")
    if result.repeats:
        how.append(
            f"the material lasts only {seconds(before)}, so {result.repeats} "
            f"clip{' plays' if result.repeats == 1 else 's play'} again"
        )
        how_zh.append(f"素材只有 {seconds(before)}，因此重复播放了 {result.repeats} 个片段")
    details = f" ({', '.join(how)})" if how else ""
    details_zh = f"（{'，'.join(how_zh)}）" if how_zh else ""
    desk.did(
        f"The video lasts exactly {seconds(wanted)}{details}.",
        f"视频正好长 {seconds(wanted)}{details_zh}。",
        "fit_duration",
        duration_ms=wanted,
        trimmed=result.trimmed,
        extended=result.extended,
        repeated=result.repeats,
    )
    return True
