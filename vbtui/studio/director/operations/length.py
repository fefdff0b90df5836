"""length: how long clips and the whole last – to a length, by an amount, by a part."""

from __future__ import annotations

from vbtui.studio.director import ranges
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations import order
from vbtui.studio.director.resolving import files_meant, identity, positions
from vbtui.studio.director.values import Clips, Phrase, Pick
from vbtui.studio.director.work import Refusal, Work, seconds
from vbtui.studio.project import draft as d

_HARDLY = 3000
"""So short a whole is rather the length of something else: it is asked."""


def fit(work: Work, wanted: int, *, may_repeat: bool = False, is_all: bool = False) -> Json:
    """The whole at `wanted` ms, and how that was done; shorter where there is no more material, which is said. What
    was asked for and what it lasts then, where that is less.

    Args:
        may_repeat: the clips play again where they are short.
        is_all: nothing else is done: it is refused where that changes nothing.
    """
    before = work.total()
    if wanted == before:
        work.note(f"It lasts {seconds(wanted)} already.", f"本来就是 {seconds(wanted)}。")
        return {"length_ms": wanted}
    result = work.fit_to(wanted, may_repeat=may_repeat)
    now = work.total()
    if result.missing_ms:
        short = (
            f"The material lasts {seconds(now)}, and no clip is shown twice unless you say so: add more, "
            f"or say: loop the clips to {seconds(wanted)}.",
            f"素材只有 {seconds(now)}，除非您要求，片段不会重复播放：请添加素材，或说：循环到 {seconds(wanted)}。",
        )
        if is_all and now == before and not work.built:
            raise work.refusal(*short)
        work.note(*short)
    how, how_zh = [], []
    if result.trimmed:
        how.append(f"{result.trimmed} clip{'' if result.trimmed == 1 else 's'} trimmed")
        how_zh.append(f"修剪了 {result.trimmed} 个片段")
    if result.extended:
        how.append(f"{result.extended} photo{'' if result.extended == 1 else 's'} shown longer")
        how_zh.append(f"延长了 {result.extended} 张照片")
    if result.repeats:
        how.append(f"{result.repeats} clip{' plays' if result.repeats == 1 else 's play'} again")
        how_zh.append(f"重复播放了 {result.repeats} 个片段")
    if how:
        work.note(f"{seconds(now)}: {', '.join(how)}.", f"{seconds(now)}：{'，'.join(how_zh)}。")
    return {"length_ms": wanted} | ({"lasts_ms": now} if result.missing_ms else {})


_LONG = 120_000
"""ms of which a bare number can be the minutes as well as the seconds."""


def _wanted(work: Work, slots: Slots, now: int) -> int:
    """The length that the words ask for, of something that lasts `now`."""
    amount, way = first(slots, "length"), str(value(slots, "way") or "")
    part = first(slots, "part") or next(
        (one for one in slots.get("head", []) if one.kind == "stretch"), None
    )
    if amount is not None:
        ms = int(amount.value) if amount.get("moment") is None else amount.get("moment").ms
        if amount.kind == "number":
            ms = round(float(amount.value) * 1000)
            if now >= _LONG and ms * 60 < now and amount.role != "by":
                s, m = (Phrase("duration", ms * n, 0, 0, "to") for n in (1, 60))
                raise work.question(
                    f"{amount.value:g} seconds or {amount.value:g} minutes?",
                    f"{amount.value:g} 秒还是 {amount.value:g} 分钟？",
                    "length",
                    [("seconds", s), ("minutes", m)],
                )
        if amount.role == "by" or (
            first(slots, "more") is not None and amount.role not in ("to", "into")
        ):
            return now - ms if way == "shorter" else now + ms
        plain = amount.role in ("", "ba") and not amount.is_("time") and "kept" not in slots
        if any(one.kind == "too" and one.start < amount.start for one in slots.get("head", [])):
            plain = False  # the photos are too short, 6 seconds each
        if way in ("shorter", "longer") and plain:
            return now - ms if way == "shorter" else now + ms
        return ms
    assert part is not None
    share = float(part.value)
    if part.kind == "percent":
        share /= 100
    if part.kind == "times" and way == "shorter":
        share = 1 / share if share > 1 else share
        return round(now * share)
    if part.kind in ("times", "factor", "stretch"):
        return round(now * share)
    if part.role == "by" or (part.kind == "percent" and part.role not in ("to",)):
        return round(now * (1 - share)) if way == "shorter" else round(now * (1 + share))
    if way == "shorter" and part.role != "to" and share != 0.5:
        return round(now * (1 - share))
    if way == "longer" and part.role != "to":
        return round(now * (1 + share))
    return round(now * share)


def _length(work: Work, slots: Slots) -> Json:
    stretched = any(one.kind == "stretch" for one in slots.get("head", []))
    if "length" not in slots and "part" not in slots and not stretched:
        raise work.question(
            "How long? For example: 5 seconds, or half as long.",
            "要多长？例如：5秒，或一半。",
            "length",
        )
    found = first(slots, "clips")
    clips = found.get("clips") if found is not None else None
    amount = first(slots, "length")
    way = str(value(slots, "way") or "")
    if way == "again" and isinstance(clips, Clips) and not _is_whole(work, clips, slots):
        if len(positions(work, clips)) < len(work.clips):
            raise work.refusal(
                "Only all clips can be looped to a length. Of one, say for example: play clip 1 three times.",
                "只能让全部片段循环到某个时长。单个片段可以说：片段1播放三遍。",
            )
        clips = None
    if clips is None and any(one.kind == "onemore" for one in slots.get("head", [])):
        spoken = work.topic or (work.mind.spoken if work.mind.of_kind == "clips" else ())
        if not spoken:
            raise work.question("Which clip?", "哪个片段？", "clips")
        clips = Clips((Pick(segments=tuple(spoken)),))  # give it another 2 s
    each = (amount is not None and amount.each) or "each" in slots or "up" in slots
    bare = "up" in slots and "each" not in slots and amount is not None and not amount.each
    if bare and isinstance(clips, Clips) and _is_whole(work, clips, slots):
        raise work.question("Which clip, or which text?", "哪个片段，还是哪个文字？", "clips")
    if each and (not isinstance(clips, Clips) or _is_whole(work, clips, slots)):
        said = amount.get("clips") if amount is not None else None
        kinds = {work.kind(clip) for clip in work.clips}
        if isinstance(said, Clips) and "image" in kinds:
            return _each(work, positions(work, said), slots)
        topic = [place for place, clip in enumerate(work.clips) if identity(clip) in work.topic]
        return _each(work, topic or list(range(len(work.clips))), slots)
    if (
        isinstance(clips, Clips)
        and not _is_whole(work, clips, slots)
        and any(one.kind == "total" for one in slots.get("whole", []))
    ):
        where = positions(work, clips)
        share = round(_wanted(work, slots, work.total()) / len(where))
        return _each(work, where, slots | {"length": [ask_phrase(share)]})
    if isinstance(clips, Clips) and not _is_whole(work, clips, slots):
        where = _there(work, clips)
        if not _is_made_of(found, amount) or len(where) == 1:
            return _each(work, where, slots)
        if len(where) < len(work.clips):
            raise work.question(
                "So long each, or together? Say for example: photos 3 seconds each.",
                "每个这么长，还是加起来？例如：照片每张3秒。",
            )
    if "it" in slots and not _is_whole(work, slots["it"][0].get("clips"), slots):
        raise work.question(
            "A clip, or the whole? Say for example: cut the video off at 0:30.",
            "是片段还是整个视频？例如：把整个视频剪到30秒。",
        )
    total = work.total()
    wanted = _wanted(work, slots, total)
    if wanted < d.MIN_CLIP_MS:
        raise work.refusal(
            f"The video lasts {seconds(total)}: that would leave nothing.",
            f"视频长 {seconds(total)}：这样就不剩了。",
        )
    if amount is not None and amount.role == "under" and wanted >= total:
        work.note(
            f"It lasts {seconds(total)}: no longer than that.", f"现在 {seconds(total)}，没有超过。"
        )
        return {"length_ms": total}
    hardly = wanted * 10 < total and wanted <= _HARDLY and "whole" not in slots
    unsaid = work.mind.of_kind in ("text", "music") and "whole" not in slots
    unsaid &= not any(one.thing for one in slots.get("head", []))
    unsaid &= amount is None or amount.get("moment") is None  # cut to 0:14
    unsaid |= not slots.get("head")
    if (hardly or (wanted * 2 < total and unsaid)) and not work.confirmed:
        raise work.question(
            f"That leaves {seconds(wanted)} of the whole video. Shall it be done?",
            f"整个视频只剩 {seconds(wanted)}。确定吗？",
            "",
            [("yes", True), ("no", False)],
        )
    if way == "head" and not work.locked:
        if wanted >= total:
            raise work.refusal(
                f"The video lasts {seconds(total)} already: there is nothing to cut off.",
                f"视频只有 {seconds(total)}：没有可剪的。",
            )
        ranges.keep(work, 0, wanted)
        work.note(f"The first {seconds(wanted)} are kept.", f"保留了前 {seconds(wanted)}。")
        result: Json = {"length_ms": wanted}
    else:
        result = fit(work, wanted, may_repeat=way == "again", is_all=True)
    work.mind.speak("whole", [])
    return result


def _is_made_of(clips: Phrase | None, amount: Phrase | None) -> bool:
    """`30 seconds out of these`: so long they are together."""
    made = clips is not None and amount is not None and clips.start > amount.start
    return made and clips is not None and clips.role == "of"


def _there(work: Work, clips: Clips) -> list[int]:
    """Where these clips are; in a video that is made right now, files that are not there yet join it."""
    try:
        return positions(work, clips)
    except Refusal:
        if not work.built:
            raise
    here = {str(d.meta(clip).get("asset")) for clip in work.clips}
    missing = [one for one in files_meant(work, clips) if one.id not in here]
    order.insert(work, missing, None)
    return positions(work, clips)


def _is_whole(work: Work, clips: Clips, slots: Slots) -> bool:
    """Whether `it` is the whole video here."""
    pick = clips.picks[0]
    those = pick.left and pick.bare
    if len(clips.picks) != 1 or not (pick.pronoun or those) or clips.but or clips.each:
        return False
    if those:
        return len(work.mind.seen) > len(work.clips)  # remove clip 2, make what's left 24 s long
    if work.mind.of_kind in ("", "whole") or work.is_empty:
        return True
    if work.mind.of_kind != "clips" or (pick.pronoun == "it" and len(work.mind.spoken) > 1):
        return True
    return bool(work.mind.spoken and len(work.mind.spoken) == len(work.clips))


def _each(work: Work, where: list[int], slots: Slots) -> Json:
    clips = list(work.clips)
    where = [place for place in where if identity(clips[place]) not in work.locked] or where
    way = str(value(slots, "way") or "")
    short: list[tuple[int, int]] = []
    lengths = []
    for place in where:
        clip = clips[place]
        now = d.length(clip)
        wanted = _wanted(work, slots, now)
        if wanted < d.MIN_CLIP_MS:
            raise work.refusal(
                f"{work.label([place])} lasts {seconds(now)}: that would leave nothing.",
                f"{work.label([place])}长 {seconds(now)}：这样就不剩了。",
            )
        new = (
            d.cut_to(clip, 0, wanted) if wanted <= now else d.with_length(clip, wanted, work.media)
        )
        if way == "tail" and wanted < now:
            new = d.cut_to(clip, now - wanted, now)
        if d.length(new) < wanted:
            short.append((place, d.length(new)))
        lengths.append(d.length(new))
        if d.length(new) != now:
            clips[place] = d.with_meta(new, trim="by words")
    notes = [(work.label([place]), length) for place, length in short[:5]]
    if short and len(short) == len(where) and all(d.length(work.clips[p]) == n for p, n in short):
        name, length = notes[0]
        raise work.refusal(
            f"{name} has no more than {seconds(length)}.", f"{name}最长只有 {seconds(length)}。"
        )
    work.arrange(clips)
    for name, length in notes:
        work.note(
            f"{name} has no more than {seconds(length)}.", f"{name}最长只有 {seconds(length)}。"
        )
    return {
        "clips": [place + 1 for place in where],
        "length_ms": lengths[0] if len(set(lengths)) == 1 else lengths,
    }


def ask_phrase(ms: int) -> Phrase:
    """A length as an answer fills a slot with it."""
    return Phrase("duration", ms, 0, 0, "to")


_OF = "clips=clips|files"
_WHOLE = "whole*=whole|thing:length|total"
_AMOUNT = "length=duration|time|moment|number_to"
_NEEDED = "length!=duration|time|moment|number_to"
_PART = "part=frac|times|percent|factor|stretch"

OPERATION = Operation(
    "length",
    (
        form("verb:make|set|put|be?, thing:length", _OF, "whole*=whole", _AMOUNT, _PART),
        form(
            "verb:shorter|decrease|trim|cut, thing:length",
            _OF,
            "whole*=whole",
            _AMOUNT,
            _PART,
            way="shorter",
        ),
        form(
            "verb:longer|increase, thing:length", _OF, "whole*=whole", _AMOUNT, _PART, way="longer"
        ),
        form("verb:make|set|fit", _OF, _WHOLE, _NEEDED, "part=none"),
        form("verb:repeat|loop", _OF, _WHOLE, _NEEDED, way="again", weight=2),
        form("verb:keep", "clips!!=clips|files", "length!!=duration@-", weight=-1),
        form("verb:keep", _OF, _WHOLE, "length!=duration|time|moment|number_to@at|to|in|under"),
        form("verb:make|set", _OF, _WHOLE, "part!=frac@-|to|by", "long=prep:for|word:prep:for"),
        form("verb:fit", _OF, _WHOLE, _NEEDED, "each=each"),
        form("verb:add", "whole!!*=whole|total", "length!!=duration@-|at|to|in", weight=1),
        form("verb:add", "clips!!=clips|files@to", "length!!=duration@-", way="longer", weight=1),
        form("verb:add", "clips!!=counted", "length!!=duration@-", way="longer", weight=1),
        form("verb:give", "clips!!=clips|files", "length!!=duration@-", weight=2),
        form(
            "verb:leave|keep|show|put",
            "clips!!=clips|files",
            "up!!=word:dir:up",
            "length!!=duration@for|-",
            "each=each",
            weight=2,
        ),
        form("", "whole!!*=whole|total", "length!!=duration|moment@at|-|to|in", weight=-1),
        form(
            "verb:shorter|too:shorter",
            "kept=word:verb:keep",
            _OF,
            _WHOLE,
            _AMOUNT,
            _PART,
            "little=little|much",
            "more=none",
            way="shorter",
        ),
        form(
            "verb:longer|too:longer",
            _OF,
            _WHOLE,
            _AMOUNT,
            _PART,
            "stay=word:verb:keep|word:verb:show",
            "little=little|much",
            "more=none",
            way="longer",
        ),
        form(
            "verb:trim|cut|take",
            "clips!=clips|files",
            "length!=duration|number_to@to|into|for",
            way="clip",
            weight=2,
        ),
        form(
            "verb:trim|cut, dir:off",
            "clips!=clips|files",
            "length!=duration|moment@at|after",
            way="head",
            weight=1,
        ),
        form(
            "verb:trim|cut|decrease",
            "clips!=clips|files@+from",
            "length!=duration@by|-",
            "dir=word:dir:off",
            way="shorter",
        ),
        form(
            "verb:trim|cut|remove",
            "clips!=clips|files",
            "part!=frac|percent@by|to|in|-",
            way="shorter",
        ),
        form(
            "verb:trim|cut|keep|decrease|take",
            _WHOLE,
            "it=pron",
            "length!=duration|time|moment|number_to@to|into|for|in|at",
            "dir=dir",
            way="head",
        ),
        form(
            "verb:move|bring|make|set|take",
            _OF,
            _WHOLE,
            "dir!=dir",
            "length!=duration|time|number_to@to",
        ),
        form(
            "",
            "clips!=clips|files",
            "length!=duration|number_to",
            "whole=total",
            "each=each",
            "stay=word:verb:stop",
        ),
        form(
            "verb:make|show|play|put|set|cut|trim|shorter|keep?, stretch:2|3|0.5|1.5",
            _OF,
            _WHOLE,
            weight=2,
        ),
        form(
            "",
            "length!=duration|time@-|to|for|into|at|per|ba|under",
            "whole*=whole|total",
            "each=each",
            weight=-2,
        ),
        form(
            "verb:give|add, onemore:|more:|verb:longer",
            "clips=clips|files",
            "length!!=duration@-",
            way="longer",
            weight=1,
        ),
        form(
            "verb:play|show|keep|disappear", "clips!=clips|files", "length!=duration@for", weight=1
        ),
    ),
    ("sets how long clips or the whole last", "设置片段或整体的时长"),
    ("make it 30 seconds", "photos 3 seconds each", "shorten clip 2 by a third", "总时长改成30秒"),
    _length,
    frozenset({"clips", "texts", "sounds"}),
    asks={
        "length": ("How long? For example: 5 seconds.", "要多长？例如：5秒。"),
        "part": ("How long? For example: 5 seconds.", "要多长？例如：5秒。"),
        "clips": ("Which clip?", "哪个片段？"),
    },
)
