"""add: files onto the timeline – all that were uploaded, or those that were named, at a place."""

from __future__ import annotations

from dataclasses import replace

from vbtui.base.text import clean_line
from vbtui.studio.director import ranges, scripts
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations import (
    duplicate,
    frame,
    length,
    music,
    order,
    zoom,
)
from vbtui.studio.director.resolving import files_meant, identity, positions, see, spans
from vbtui.studio.director.values import Clips, Phrase, Pick, When
from vbtui.studio.director.work import Work, seconds
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media

_FRAME = ("aspect=aspect", "size=size|resolution", "fps=fps", "fit=fit")


def _add(work: Work, slots: Slots) -> Json:
    """Named files at a place; those that are there already are asked about."""
    found = first(slots, "clips")
    clips: Clips = found.get("clips") if found else Clips((Pick(),))
    heard = [
        work.media[one]
        for pick in clips.picks
        for one in pick.files
        if one in work.media and work.media[one].kind == "audio"
    ]
    if heard:
        left = tuple(p for p in clips.picks if not any(one.id in p.files for one in heard))
        rest = replace(clips, picks=left)
        result = _add(work, slots | {"clips": [Phrase("clips", rest, 0, 0)]}) if left else {}
        music.put(work, heard[0])
        return {**result, "music": heard[0].filename}
    if read := scripts.named_files(work, clips):
        left = tuple(p for p in clips.picks if not any(one.id in p.files for one in read))
        rest = replace(clips, picks=left)
        result = _add(work, slots | {"clips": [Phrase("clips", rest, 0, 0)]}) if left else {}
        for one in read:
            scripts.put(work, one, None, None, scripts.plain())
        return {**result, "subtitles": [one.filename for one in read]}
    if any(pick.new for pick in clips.picks):
        used = {d.meta(clip).get("asset") for clip in d.clips(work.draft or {})}
        files = [asset for asset in work.pictures if asset.id not in used]
        if not files:
            raise work.refusal(
                "Every uploaded file is on the timeline already.", "所有上传的文件都已在时间线上。"
            )
    else:
        files = files_meant(work, clips)
    place = order.place_of(slots)
    part = first(slots, "part")
    if part is not None and isinstance(part.get("when"), When):
        return _add_part(work, slots, part.get("when"))
    length_ms = value(slots, "length")
    set_length = length.OPERATION.effect
    assert set_length is not None
    if work.is_empty and "again2" in slots:
        raise work.question(
            "Which files, in which order? Name each as often as it shall be shown.",
            "按什么顺序放哪些文件？要放几次就说几次。",
            "clips",
        )
    if work.is_empty:
        work.build(files)
        see(work)
        if length_ms is not None:
            ranges.set_each(work, list(range(len(work.clips))), length_ms)
        return {"files": [one.filename for one in files]}
    here = {str(d.meta(clip).get("asset")) for clip in work.clips}
    if "again2" in slots and all(one.id in here for one in files):
        target = place or order.Target(slot=-1)
        return {
            "files": [one.filename for one in files],
            **duplicate.copies(work, positions(work, clips), target),
        }
    again = [one for one in files if one.id in here]
    head = slots.get("head", [])
    named = all(pick.files or pick.ranks for pick in clips.picks)
    if (named and any(one.is_("verb", "add") for one in head)) or "again2" in slots:
        again = []
    elif again and length_ms is not None and place is None:
        clip_slots = slots | {"length": slots["length"]}
        return set_length(work, clip_slots)
    elif again == files and length_ms is not None and _is_rank(first(slots, "to")):
        moved = order.move(work, slots)  # put the sunset first, 6 seconds
        set_length(work, {name: slots[name] for name in ("clips", "length")})
        return {"files": [one.filename for one in files], **moved}
    elif length_ms is not None:
        again = []
    if (
        again
        and not work.confirmed
        and not (first(slots, "again") and value(slots, "again") is not None)
    ):
        name = clean_line(again[0].filename)
        raise work.question(
            f"{name} is on the timeline already. Move it there, or show it a second time?",
            f"{name} 已经在时间线上。是移动它，还是再放一次？",
            "again",
            [("move it", "move"), ("show it twice", "twice")],
        )
    if again and value(slots, "again") == "move":
        return order.move(work, slots | {"to": slots.get("to", [])})
    return {"files": [one.filename for one in files], **order.insert(work, files, place, length_ms)}


def _is_rank(to: Phrase | None) -> bool:
    """Whether something is put first or last: it is moved there."""
    return to is not None and isinstance(to.get("clips"), Clips)


def _add_part(work: Work, slots: Slots, when: When) -> Json:
    """`insert the first 4 seconds of beach.mp4 after clip 2`: a stretch of one file."""
    rest = {name: held for name, held in slots.items() if name != "part"}
    if when.of is not None:
        rest["clips"] = [Phrase("clips", when.of, 0, 0)]
    if "clips" not in rest:
        raise work.question("Of which file?", "哪个文件的？", "clips")
    head = [Phrase("verb", "add", 0, 0)]
    before = {identity(clip) for clip in d.clips(work.draft or {})}
    result = _add(work, {**rest, "head": head})
    clips = []
    begin = end = 0
    for clip in work.clips:
        if identity(clip) in before:
            clips.append(clip)
            continue
        begin, end = spans(work, when, d.length(clip))[0]
        clips.append(d.with_meta(d.cut_to(clip, begin, end), trim="by words"))
    work.arrange(clips)
    return {**result, "ranges_ms": [[begin, end]]}


def _combine(work: Work, slots: Slots) -> Json:
    """A video of files: built where there is none; else what is missing joins it."""
    phrases = slots.get("clips", [])
    picks = [pick for one in phrases for pick in _clips_of(one).picks]
    but = tuple(pick for one in phrases for pick in _clips_of(one).but)
    clips = Clips(tuple(picks) or (Pick(),), but)
    genre = first(slots, "genre")
    if any(one.thing == "genre" for one in slots.get("head", [])) or genre is not None:
        picks = [replace(p, one=False) if p.kind and p.some else p for p in picks]
        clips = replace(clips, picks=tuple(picks) or (Pick(),))
    if not picks and work.is_empty and _are_videos(work, slots):
        picks = [Pick("video")]
        clips = replace(clips, picks=(Pick("video"),))
    if genre is not None:
        work.genre = work.genre or str(genre.get("said") or "")
    work.still |= "still" in slots
    if work.is_empty:
        result = _build(work, clips, bool(picks))
    elif work.sources and picks and all(pick.pronoun for pick in picks):
        result = {}  # take the first 4 seconds of each video and join them
    else:
        result = _complete(work, clips, bool(picks), slots)
    target = first(slots, "length")
    if target is not None and (target.each or any(_clips_of(p).each for p in phrases)):
        ranges.set_each(work, list(range(len(work.clips))), int(target.value))
        result["each_ms"] = int(target.value)
    elif target is not None:
        result |= length.fit(work, int(target.value))
    if any(name in slots for name in ("aspect", "size", "fps", "fit")):
        result |= frame.apply(work, slots)
    if work.built and any(one.is_("slides") for held in slots.values() for one in held):
        zoom.drift_over(work)
    return result


def _are_videos(work: Work, slots: Slots) -> bool:
    """把视频拼起来: what is joined, where there are photos too; 拼成视频 is what comes of it."""
    joins = [one.start for one in slots.get("head", []) if one.is_("verb", "combine")]
    said = [one for one in slots.get("whole", []) if one.thing == "video" and not one.value.style]
    kinds = {one.kind for one in work.pictures}
    return work.chinese and len(kinds) > 1 and any(a.start < b for a in said for b in joins)


def _clips_of(phrase: object) -> Clips:
    found = getattr(phrase, "get", lambda _: None)("clips")
    return found if isinstance(found, Clips) else Clips((Pick(),))


def _build(work: Work, clips: Clips, named: bool) -> Json:
    beside = [
        work.media[one]
        for pick in clips.picks
        for one in pick.files
        if one in work.media and not work.media[one].is_seen
    ]
    clips = Clips(
        tuple(p for p in clips.picks if not any(s.id in p.files for s in beside)) or (Pick(),),
        clips.but,
    )
    work.need_pictures()
    files = files_meant(work, clips) if named and not _means_all(clips) else work.pictures
    files = [one for one in files if one not in _excluded(work, clips)]
    work.build(files)
    see(work)
    work.mind.speak("clips", [identity(clip) for clip in work.clips])
    work.mind.mentioned = ()
    if sounds := [one for one in beside if one.kind == "audio"]:
        music.put(work, sounds[0])
    for one in beside:
        if one.kind == "subtitles":
            scripts.put(work, one, None, None, scripts.plain())
    return {"files": [one.filename for one in files]}


def _excluded(work: Work, clips: Clips) -> list[Media]:
    out = (*clips.but, *work.excluded)
    return files_meant(work, Clips(out)) if out else []


def _means_all(clips: Clips) -> bool:
    plain = (replace(p, one=False, some=False, kind=p.kind * (not p.one)) for p in clips.picks)
    return not clips.but and all(p.pronoun or p == Pick() for p in plain)


def _complete(work: Work, clips: Clips, named: bool, slots: Slots) -> Json:
    """Where something is built: files that are not there join it; all there already is said."""
    used = {str(d.meta(clip).get("asset")) for clip in work.clips}
    if named and not _means_all(clips):
        wanted = files_meant(work, clips)
        others = [
            clip
            for clip in work.clips
            if str(d.meta(clip).get("asset")) not in {w.id for w in wanted}
        ]
        if others and not work.confirmed:
            shown = ", ".join(dict.fromkeys(work.name(clip) for clip in others[:5]))
            raise work.question(
                f"There is more on the timeline already ({shown}). Shall only what you named stay?",
                f"时间线上还有别的片段（{shown}）。只保留你说的这些吗？",
                "",
                [("yes", True), ("no", False)],
            )
        if others:
            where = positions(work, clips)
            work.arrange([work.clips[place] for place in where])
        missing = [one for one in wanted if one.id not in used]
    else:
        missing = [one for one in work.pictures if one.id not in used]
    if missing:
        order.insert(work, missing, None)
        return {"files": [one.filename for one in missing]}
    if not any(name in slots for name in ("length", "aspect", "size", "fps", "fit")):
        total = seconds(work.total())
        work.note(
            f"All of these are on the timeline already, one after the other ({total}).",
            f"这些都已经在时间线上了（{total}）。",
        )
    return {"files": []}


def _put(work: Work, slots: Slots) -> Json:
    return _add(work, slots) if value(slots, "way") == "insert" else _combine(work, slots)


_CLIPS = "clips*=clips|files|sound@+from"
_NEW = (_CLIPS, "still=still", "length=duration|time", "whole*=whole|total@+into", *_FRAME)

OPERATION = Operation(
    "add",
    (
        form(
            "verb:add|put|use|show",
            "clips!=clips|files@-|ba|with|from|and",
            "to=place|edge|moment|ord|rank|ends|nth",
            "length=duration",
            "part=when",
            "again2=again",
            "dir=dir",
            "each=each",
            weight=-1,
            way="insert",
        ),
        form(
            "verb:add|put|use|show",
            "part!!=when",
            "to=place|edge|moment|ord|rank|ends@at|to|after|before|between|in|on",
            way="insert",
            weight=-2,
        ),
        form("verb:combine, verb:use|take|put|create|make?", "genre=thing:genre", *_NEW, weight=1),
        form("together:, verb:put|use|take|create|make", "genre=thing:genre", *_NEW, weight=2),
        form("verb:create|make|turn|put|use|combine|add?, thing:genre", *_NEW, weight=1),
        form("verb:create|turn", *_NEW),
        form(
            "verb:make, thing:video",
            "clips!*=clips|files|sound@from|of|with|in|into|-",
            "length=duration|time",
            *_FRAME,
        ),
        form("verb:make, thing:video", "files=word:q:all", *_FRAME, strict=True, weight=-1),
        form("verb:make, thing:video", "length!=duration@-|for", _CLIPS, *_FRAME, strict=True),
        form("verb:make, thing:video", "whole!!=thing:everything@of|from|with", *_FRAME),
        form("thing:video", "clips!*=clips|files@from|of|with", "length=duration|time", *_FRAME),
        form("verb:use", "clips!*=clips|files", "length=duration|time", "whole*=whole|total@+into"),
    ),
    ("puts files on the timeline: all, or those that are named", "把文件放上时间线：全部或指定的"),
    (
        "combine all clips",
        "add town.jpg at the end",
        "make a 30-second promo from the videos",
        "把所有片段合并",
    ),
    _put,
    frozenset({"clips", "clip:effects", "texts", "sounds", "canvas"}),
)
