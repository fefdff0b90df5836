"""keep: only these clips, or only these stretches; the rest goes."""

from __future__ import annotations

from vbtui.studio.director import ranges
from vbtui.studio.director.operation import Json, Operation, Slots, first, form
from vbtui.studio.director.operations import cut, remove
from vbtui.studio.director.resolving import edge_of, files_meant, identity, positions, see, spans
from vbtui.studio.director.values import END, START, Clips, Phrase, Pick, When
from vbtui.studio.director.work import Work, seconds
from vbtui.studio.project import draft as d


def _keep(work: Work, slots: Slots) -> Json:
    work.kept = True
    when = cut.when_of(slots)
    clips = cut.clips_of(slots, when)
    if clips is not None and clips.picks[0].ones and work.mind.ones == "transition":
        raise work.question(
            "That transition, or that clip? Say for example: remove all transitions but the last.",
            "留那个转场还是那个片段？例如：除了最后一个，转场都去掉。",
        )
    if when is None:
        return _clips(work, slots, clips)
    if work.is_empty:
        named = clips is not None and all(pick.files for pick in clips.picks)
        work.build(files_meant(work, clips) if named and clips is not None else work.pictures)
        see(work)
    if clips is None and (found := cut.pieces_meant(work, when)) is not None:
        pieces = {
            place for place, one in enumerate(work.clips) if identity(one) in work.mind.pieces
        }
        return remove.away(work, sorted(pieces - {*found}))  # what was not cut up stays
    if clips is not None and not (
        len(clips.picks) == 1 and clips.picks[0].pronoun and work.mind.of_kind != "clips"
    ):
        return _of_clips(work, positions(work, clips), when)
    total = work.total()
    parts = spans(work, when, total)
    if parts == [(0, total)]:
        raise work.refusal(
            f"The video lasts {seconds(total)}: that is all of it already.",
            f"视频只有 {seconds(total)}：已经是全部了。",
        )
    at = total
    for begin, end in reversed(parts):
        if end < at:
            ranges.remove(work, end, at)
        at = begin
    if at > 0:
        ranges.remove(work, 0, at)
    work.mind.speak("whole", [])
    return {"ranges_ms": [[begin, end] for begin, end in parts]}


def _clips(work: Work, slots: Slots, clips: Clips | None) -> Json:
    if clips is None:
        raise work.question("Which clips shall stay?", "保留哪些片段？", "clips")
    if work.is_empty:
        files = files_meant(work, clips)
        work.build(files)
        see(work)
        return {"files": [one.filename for one in files]}
    stays = positions(work, clips)
    among = _pieces(work) if all(pick.piece for pick in clips.picks) else range(len(work.clips))
    gone = [place for place in among if place not in stays]
    if not gone:
        work.note("That is the whole timeline already.", "时间线本来就是这些。")
        return {"clips": [place + 1 for place in stays]}
    remove.away(work, gone)
    return {"clips": [place + 1 for place in stays]}


def _pieces(work: Work) -> list[int]:
    """Places of what was cut up last: of its pieces some are kept, and what was not cut up stays."""
    return [place for place, one in enumerate(work.clips) if identity(one) in work.mind.pieces]


def _of_clips(work: Work, where: list[int], when: When) -> Json:
    result: list[d.Json] = []
    told: list[tuple[int, int]] = []
    for place, clip in enumerate(work.clips):
        if place not in where:
            result.append(clip)
            continue
        if d.is_endless(clip, work.media) and when.spans[0][1].part == 0:
            ms = when.spans[0][1].ms - when.spans[0][0].ms
            result.append(d.with_meta(d.with_length(clip, ms, work.media), trim="by words"))
            continue
        told = spans(work, when, d.length(clip))
        for number, (begin, end) in enumerate(told):
            piece = d.cut_to(clip, begin, end)
            if number:
                piece = d.with_meta(piece, transition=None)
                piece.pop("id", None)
            result.append(d.with_meta(piece, trim="by words"))
    work.arrange(result)
    return {
        "clips": [place + 1 for place in where],
        "ranges_ms": [[begin, end] for begin, end in told],
    }


def _do(work: Work, slots: Slots) -> Json:
    begin, end = first(slots, "after"), first(slots, "before")
    if begin is not None or end is not None:
        span = (
            edge_of(work, begin) if begin is not None else START,
            edge_of(work, end) if end is not None else END,
        )
        when = Phrase("when", When((span,)), 0, 0)
        return _keep(work, slots | {"when": [when]})
    if "what" in slots or _only_stays(slots):
        return {}
    kinds = {work.kind(clip) for clip in work.clips}
    videos = work.chinese and any(one.thing == "video" for one in slots.get("whole", []))
    if videos and "when" not in slots and "clips" not in slots and len(kinds) > 1:
        slots = slots | {"clips": [Phrase("clips", Clips((Pick("video"),)), 0, 0)]}  # 只保留视频
    if first(slots, "clips") is None and "when" not in slots:
        raise work.question("What shall stay?", "保留什么？", "clips")
    return _keep(work, slots)


def _only_stays(slots: Slots) -> bool:
    """`the interview stays in`: it is not to go, and nothing else is said to."""
    head = slots.get("head", [])
    only = any(one.is_("q", "only") for name in slots for one in slots[name])
    clips = [one.get("clips") for one in slots.get("clips", [])]
    only |= any(isinstance(one, Clips) and (one.only or one.but) for one in clips)
    return not only and any(one.is_("verb", "disappear") for one in head)


_WHOLE = "whole*=whole|thing:part|q"

OPERATION = Operation(
    "keep",
    (
        form("verb:keep", "clips=clips|files", "when=when", _WHOLE),
        form("enough:", "clips=clips|files", "when!!=when", strict=True),
        form(
            "verb:keep|leave",
            "what!*=thing:title|thing:caption|thing:text|thing:music|thing:sound|thing:transition|transition",
            "dir=dir",
        ),
        form("", "clips!!=only_clips", weight=-3),
        form("verb:leave", "what!!*=pron|text_it", strict=True),
        form(
            "verb:trim|cut",
            "when!!=when@to|into",
            "clips=clips|files",
            _WHOLE,
            "dir=dir",
            way="range",
        ),
        form(
            "verb:trim",
            "when!!=when@from|between",
            "clips=clips|files",
            _WHOLE,
            way="range",
            weight=1,
        ),
        form("verb:take|use", "when!=when", "clips=clips|files", _WHOLE),
        form(
            "verb:keep, verb:start?",
            "clips=clips|files",
            "after!!=moment@from",
            "before!!=moment|time|duration@to|until",
            _WHOLE,
        ),
        form(
            "q:only, verb:add|show|play?",
            "when!!=when@-|of|in|from|to|between|at|on|ba",
            "clips=clips|files",
            _WHOLE,
        ),
        form("verb:add, q:only?", "when!!=when", "clips=clips|files", _WHOLE, weight=-1),
        form("verb:trim", "when!!=when@-", "clips=clips|files", _WHOLE, "range!=range", weight=1),
        form("verb:start", "clips!!=clips|pron", "after!!=moment|time@at|from|-", weight=-1),
        form("verb:start", "whole!!*=whole", "after!!=moment|time@at|from", weight=-1),
        form("verb:stop", "clips!!=clips|pron", "before!!=moment|time@at|after", weight=-1),
        form("verb:stop", "whole!!*=whole", "before!!=moment|time@at|after", weight=-1),
        form("verb:trim|cut|shorter", "clips=clips|files|pron", "when!!=when@to", weight=2),
        form(
            "verb:keep",
            "when!=moment|time|duration@until|before|after|from|to",
            "clips=clips",
            _WHOLE,
        ),
    ),
    ("keeps clips or stretches and takes the rest away", "只保留片段或时间段"),
    ("keep only clips 1 and 2", "keep from 0:10 to 0:30", "只保留前10秒"),
    _do,
    frozenset({"clips", "texts", "sounds"}),
    asks={"when": ("Which part? For example: from 0:10 to 0:15.", "哪一段？例如：0:10 到 0:15。")},
)
