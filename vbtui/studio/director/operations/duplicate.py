"""duplicate: a clip, or the whole, once more."""

from __future__ import annotations

from vbtui.studio.director import sequence
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations import order
from vbtui.studio.director.resolving import identity, positions
from vbtui.studio.director.values import Clips
from vbtui.studio.director.work import Work
from vbtui.studio.project import draft as d

_MOST = 20


def _duplicate(work: Work, slots: Slots) -> Json:
    found = first(slots, "clips")
    clips = found.get("clips") if found is not None else None
    whole = "whole" in slots or (
        isinstance(clips, Clips) and bool(clips.picks[0].pronoun) and work.mind.of_kind != "clips"
    )
    if clips is None and not whole:
        raise work.question("Which clip? For example: clip 2.", "哪个片段？例如：片段2。", "clips")
    times = first(slots, "times")
    count = int(float(times.value)) if times is not None else 2
    if value(slots, "way") == "more" and times is not None:
        count += 1
    if not 2 <= count <= _MOST:
        raise work.refusal(
            f"A clip can be there 2 to {_MOST} times.", f"片段可以出现 2 到 {_MOST} 次。"
        )
    where = list(range(len(work.clips))) if whole or clips is None else positions(work, clips)
    if not whole and (target := order.place_of(slots)) is not None:
        return copies(work, where, target)
    if len(work.clips) + (count - 1) * len(where) > sequence.MAX_CLIPS:
        raise work.refusal("That would be too many clips.", "片段太多了。")
    result: list[d.Json] = []
    for place, clip in enumerate(work.clips):
        result.append(clip)
        if place in where and not whole:
            result += [_copy(clip) for _ in range(count - 1)]
    if whole:
        result += [_copy(clip) for _ in range(count - 1) for clip in work.clips]
    _arrange(work, result, where)
    return {"clips": [place + 1 for place in where], "times": count}


def copies(work: Work, where: list[int], target: order.Target) -> Json:
    """These clips once more, at another place."""
    index = order.index_of(work, target, [])
    now = work.clips
    _arrange(work, [*now[:index], *(_copy(now[place]) for place in where), *now[index:]], where)
    return {"clips": [place + 1 for place in where], "to": index + 1}


def _arrange(work: Work, clips: list[d.Json], where: list[int]) -> None:
    """This sequence, in which copies of those clips are spoken of from now on."""
    before, shown = {identity(clip) for clip in work.clips}, identity(work.clips[where[0]])
    work.arrange(clips)
    after = [identity(clip) for clip in work.clips]
    work.mind.speak("clips", [one for one in after if one not in before])
    one_clip = len(where) == 1
    work.mind.copies = tuple(c for c in after if one_clip and (c == shown or c not in before))


def _copy(clip: d.Json) -> d.Json:
    """The same clip without id and transition."""
    return d.with_meta({k: v for k, v in clip.items() if k != "id"}, transition=None)


OPERATION = Operation(
    "duplicate",
    (
        form(
            "verb:duplicate|loop", "clips=clips|files", "times=times|factor|number", "whole=whole"
        ),
        form(
            "verb:play|show|repeat|loop|put|make",
            "clips=clips|files",
            "times!!=times",
            "whole=whole@-|ba",
            strict=True,
        ),
        form("times:2|3|4", "clips!=clips|files", weight=-2),
        form(
            "verb:duplicate, verb:put|move|add?",
            "clips!=clips|files",
            "to!=place|edge|moment|rank|nth|ends@to|at|on|in|after|before|between",
            strict=True,
            weight=1,
        ),
        form(
            "verb:duplicate, verb:put|move|add",
            "clips!=clips|files",
            "to!=place|edge|rank|nth|ends",
        ),
        form("verb:show|play, again:", "clips!=clips|files", weight=-2),
        form(
            "verb:show|play, again:",
            "clips!=clips|files",
            "to!!=place|edge|rank|nth|ends@to|at|on|in|after|before|between",
            "film=thing:video",
            weight=-1,
        ),
        form(
            "again:, verb:put|add?",
            "clips!=clips|files",
            "to!!=place|edge@to|at|on|after|before|between",
            "dir=dir",
            strict=True,
        ),
    ),
    ("shows a clip once more", "重复片段"),
    ("duplicate clip 2", "play the beach clip twice", "复制片段2"),
    _duplicate,
    frozenset({"clips", "texts", "sounds"}),
)
