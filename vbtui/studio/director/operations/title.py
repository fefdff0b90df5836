"""title, caption: words on the screen – put there, worded anew, styled, moved, shown longer or shorter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from vbtui.base.text import clean_line
from vbtui.language.quotes import has_signs, without_signs
from vbtui.studio.director import heard, scripts, texts
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations import speech
from vbtui.studio.director.resolving import (
    edge_of,
    identity,
    moment,
    one_text,
    point,
    positions,
    spans,
)
from vbtui.studio.director.resolving import texts as meant
from vbtui.studio.director.values import Clips, Phrase, Pick, Place, Thing, When
from vbtui.studio.director.work import Work, seconds
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media
from vbtui.timeline.model import TEXT

_BIGGER = 1.35
_LARGEST, _SMALLEST = 0.3, 0.02
_SIZES = {"big": 1.6, "small": 0.65}


def _noun(slots: Slots) -> str:
    things = [
        one.thing for one in (*slots.get("head", []), *slots.get("what", [])) if one.thing in _NOUNS
    ]
    return things[0] if things else "text"


def _add(work: Work, slots: Slots) -> Json:
    """New words, where and when the slots say."""
    noun = _noun(slots)
    quotes = slots.get("quote", [])
    if any(has_signs(str(one.value)) for one in quotes):
        return _add_names(work, slots, noun)
    if not quotes:
        return _without_words(work, slots, noun)
    result: Json = {
        "text": [],
        "role": "caption" if noun in ("caption", "lower_third") else "title",
    }
    made = []
    said = [without_signs(str(quote.value)) for quote in quotes]
    listed = re.split(r"\s*[,，、;；]\s*", said[0].strip()) if len(said) == 1 else said
    where = _every(work, slots) if len(listed) > 2 else []
    each = bool(where) and len(listed) == len(where)  # title on every photo: cake, garden, …
    spoken: list[d.Json] = []
    for number, words in enumerate(listed if each else said):
        if not clean_line(words):
            raise work.refusal("A text needs words.", "文字不能为空。")
        place = (
            {"at": "clip", "clip": work.clips[where[number]]["id"], "ms": 0, "d": 600_000}
            if each
            else _place(work, slots, noun, words, number)
        )
        if len(quotes) > 1 and noun == "caption" and place == {"at": "whole"}:
            spoken = spoken or _share(work, said)
            place = spoken[number]
        style = {**texts.plain_style(noun), **style_of(work, slots, texts.plain_style(noun))}
        if noun == "lower_third":  # Anna Müller, Director
            words = re.sub(r"\s*(?:[,，/|｜／\n])\s*", "\n", words.strip(), count=1)
        item = texts.insert(work, words, str(result["role"]), _behind(work, place, style), style)
        made.append(item)
        result["text"].append(words)
        result |= {"start_ms": d.start(item), "duration_ms": d.length(item)}
    work.mind.speak("text", [identity(item) for item in made])
    result["text"] = result["text"][0] if len(result["text"]) == 1 else result["text"]
    return result


def _project_name(work: Work) -> str:
    if name := texts.project_title(work.project.title):
        return name
    raise work.refusal(
        'The project has no name of its own yet. Say the words: add the title "My trip".',
        "项目还没有名字。请直接写出文字：加标题“我的旅行”。",
    )


def _names(work: Work, slots: Slots) -> Json:
    """Names of clips: put on them, changed where they are there, taken away."""
    if value(slots, "way") == "remove":
        gone = {identity(one) for one in texts.named(work)}
        if (clips := first(slots, "clips")) is not None:
            where = positions(work, clips.get("clips"))
            ids = {identity(work.clips[place]) for place in where}
            gone = {
                identity(one)
                for one in texts.named(work)
                if ids.intersection(texts.place_of(one).get("clips", []))
            }
        work.draft = d.lay_out(
            d.replace(
                work.timeline(),
                lambda kind, item: None if kind == TEXT and identity(item) in gone else item,
            )
        )
        return {"what": "text", "count": len(gone)}
    adds = any(one.is_("verb", "add", "create") for one in slots.get("head", []))
    there = any("pattern" in d.meta(one) for one in texts.every(work))
    looks = {"colour", "size", "screen", "drawn", "length"} & slots.keys()
    if there and looks and not adds and "clips" not in slots:
        return _change(work, slots)
    return _add_names(work, slots, _noun(slots))


def _add_names(work: Work, slots: Slots, noun: str) -> Json:
    """Words with each clip's own name or number, over each clip that is meant."""
    quotes = slots.get("quote", [])
    if len(quotes) > 1:
        raise work.question("Which words?", "写什么文字？", "quote")
    kinds = {str(one.get("clipname")) for one in slots.get("names", [])}
    pattern = (
        str(quotes[0].value).strip()
        if quotes
        else ". ".join(
            sign for kind, sign in (("number", "{n}"), ("name", "{name}")) if kind in kinds
        )
    )
    noun = noun if quotes or noun == "title" else "caption"
    edge = first(slots, "at")
    is_begin = edge is not None and edge.get("edge") == "start" and "clips" in slots
    when = {"when", "until"} & slots.keys()
    if when or "end" in slots or noun == "end_title" or (edge is not None and not is_begin):
        raise _only_on_clips(work)
    clips = first(slots, "clips")
    chosen = clips.get("clips") if clips is not None else None
    where = positions(work, chosen if isinstance(chosen, Clips) else Clips((Pick(),)))
    plain = texts.plain_style(noun)
    bare = not quotes and not any(one.thing in _NOUNS for one in slots.get("head", []))
    standing = {d.meta(one).get("position") for one in texts.every(work)}
    taken = not quotes and plain.get("position") in standing
    if (bare or taken) and "screen" not in slots and _in_the_middle(slots) is None:
        plain["position"] = "top left"  # where no title and no caption stands
    style = {**plain, **style_of(work, slots, plain)}
    length = first(slots, "length")
    lasts = {} if length is None else {"d": max(d.MIN_TEXT_MS, int(length.value))}
    role = "caption" if noun in ("caption", "lower_third") else "title"
    there = {
        one
        for item in texts.every(work)
        if d.meta(item).get("pattern") == pattern
        for one in texts.place_of(item).get("clips", [])
    }
    made = [
        texts.insert(
            work,
            pattern,
            role,
            {"at": "clips", "clips": [one], **lasts},
            {**style, "pattern": pattern},
        )
        for one in (identity(work.clips[place]) for place in where)
        if one not in there
    ]
    if not made:
        raise work.refusal("They are there already.", "已经有了。")
    work.mind.speak("text", [identity(item) for item in made])
    return {"text": pattern, "role": role, "clips": [place + 1 for place in where]}


def _only_on_clips(work: Work) -> Exception:
    return work.refusal(
        "A clip's name stands on that clip, and its number too: on all of the clip, or for a time from its begin: put "
        "“{name}” on each clip for 3 seconds. What stands elsewhere has words of its own.",
        "片段名和编号只能放在该片段上：整段显示，或从片段开头显示一段时间：给每个片段加文字“{name}”，显示3秒。放在别处请写出文字。",
    )


def _every(work: Work, slots: Slots) -> list[int]:
    """The clips on which texts shall be: as many as there are words, each has its own."""
    found = first(slots, "clips")
    clips = found.get("clips") if found is not None else None
    return positions(work, clips) if isinstance(clips, Clips) else []


def _share(work: Work, said: Sequence[str]) -> list[d.Json]:
    """Of several captions for the whole, one to a clip where there are as many; else one after the other, under the speech
    where that can be told from the rest."""
    if len(said) == len(work.clips):
        return [{"at": "clip", "clip": one["id"], "ms": 0, "d": 600_000} for one in work.clips]
    stretches = heard.speech(work, range(len(work.clips)))
    spans = heard.shared(stretches, said) if stretches else None
    if spans is not None:
        return [heard.hung(work, span) for span in spans]
    edges = [work.total() * place // len(said) for place in range(len(said) + 1)]
    return [{"at": "time", "ms": a, "d": b - a} for a, b in pairwise(edges)]


def _behind(work: Work, place: d.Json, style: d.Json) -> d.Json:
    """Behind another text that stands at the same end of the video, in the same place."""
    same = [
        item
        for item in texts.every(work)
        if d.meta(item).get("position") == style["position"]
        and texts.place_of(item).get("at") == place["at"]
    ]
    if place["at"] in ("start", "end") and same:
        offset = max(
            d.whole(texts.place_of(i).get("ms")) + d.whole(texts.place_of(i).get("d")) for i in same
        )
        if offset + d.MIN_TEXT_MS < work.total():
            return {**place, "ms": offset}
    return place


def _without_words(work: Work, slots: Slots, noun: str) -> Json:
    if (file := _file_of_subtitles(work, slots, noun)) is not None:
        style = {**scripts.plain(), **style_of(work, slots, scripts.plain())}
        return scripts.put(work, file, scripts.whose(work, slots), None, style)
    if _means_speech(work, slots, noun):
        return _speech(work, slots)
    thing = next((one.value for one in slots.get("head", []) if isinstance(one.value, Thing)), None)
    if thing is None:
        raise work.question("Which words?", "写什么文字？", "quote")
    name = texts.project_title(work.project.title)
    if noun == "title" and name and work.mind.of_kind == "":
        texts.insert(
            work, name, "title", _place(work, slots, noun, name, 0), texts.plain_style("title")
        )
        work.note(f"The words are the project's name: “{name}”.", f"文字取自项目名称：“{name}”。")
        return {"text": name, "role": "title"}
    if work.built or (work.several and noun == "caption"):
        raise work.refusal(
            f'The words for the {_SAID[noun][0]} were not said. Say for example: add title "Morning Brew".',
            f"没有说{_SAID[noun][1]}写什么。可以说：加标题“清晨咖啡”。",
        )
    raise work.question(
        f"Which words shall the {_SAID[noun][0]} show?", f"{_SAID[noun][1]}写什么？", "quote"
    )


def _means_speech(work: Work, slots: Slots, noun: str) -> bool:
    """`add captions`, 加字幕: of what is said, where that is understood and nothing says when."""
    understood = work.project.findings.no_speech is None
    return noun == "caption" and understood and _means_captions(work, slots)


def _file_of_subtitles(work: Work, slots: Slots, noun: str) -> Media | None:
    """`add the subtitles`: those of the file that was uploaded for it; asks which, where there are several."""
    chosen = first(slots, "file")
    if chosen is not None and (files := scripts.named_files(work, chosen.value)):
        return files[0]
    files = scripts.uploaded(work) if noun == "caption" and _means_captions(work, slots) else []
    return scripts.only_one(work, files) if files else None


def _means_captions(work: Work, slots: Slots) -> bool:
    """Whether captions are meant that are made of something, and not one whose words somebody has in mind."""
    head = next((one.value for one in slots.get("head", []) if one.thing == "caption"), None)
    timed = not slots.keys().isdisjoint(("at", "when", "until", "length"))
    bare = not any(one.is_("verb") for one in slots.get("head", []))  # caption clip 2
    meant = bare and not slots.keys().isdisjoint(("clips", "whole"))
    several = isinstance(head, Thing) and (head.plural or work.chinese or meant)
    return several and not timed


def style_of(work: Work, slots: Slots, now: d.Json) -> dict[str, Any]:
    """What the words say of colour, size and place on the screen."""
    changes: dict[str, Any] = {}
    changes |= _letters(work, slots)
    screen = first(slots, "screen") or _in_the_middle(slots)
    if screen is not None:
        where = _screen_of(screen)
        if where is None:
            raise work.refusal("A text has its place in the picture.", "文字只能在画面之内。")
        changes["position"] = texts.on_screen(where, str(now.get("position", "center")))
    drawn = first(slots, "drawn") or next(
        (one for one in slots.get("head", []) if one.is_("capstyle")), None
    )
    if drawn is not None:
        style = str(drawn.get("capstyle"))
        changes |= {
            "box": True if style == "box" else None,
            "style": None if style in ("box", "plain") else style,
        }
    size = first(slots, "size") or next(
        (one for one in slots.get("head", []) if one.kind in ("more", "too")), None
    )
    if size is not None:
        step = _BIGGER ** (0.5 if "little" in slots else 1)
        factor = _SIZES.get(str(size.get("textsize")), 0) or {
            "bigger": step,
            "smaller": 1 / step,
        }.get(str(size.get("more") or size.get("too") or _way(size)), 0)
        if size.kind in ("percent", "times", "factor"):
            factor = float(size.value) / (100 if size.kind == "percent" else 1)
        current = float(now.get("size") or 0.07)
        changes["size"] = round(min(_LARGEST, max(_SMALLEST, current * (factor or _BIGGER))), 4)
    return changes


def _letters(work: Work, slots: Slots) -> dict[str, Any]:
    """What the words say of the letters' colour, of the line around them, of their shadow, and how they come in."""
    heads, off = slots.get("head", []), bool(value(slots, "off"))

    def said(kind: str) -> Phrase | None:
        return first(slots, kind) or next((one for one in heads if one.is_(kind)), None)

    outline, shadow, enter = said("outline"), said("shadow"), said("anim")
    colours = list(slots.get("colour", []))
    changes: dict[str, Any] = {}
    if outline is not None:
        changes["outline"] = "none" if off else outline.get("outline")
        led, is_line = outline.role, changes["outline"] != "none"
        near = [one for one in colours if is_line and not led and abs(outline.start - one.end) <= 1]
        behind = [
            one
            for one in colours
            if is_line and one.role == "in" and 0 <= one.start - outline.end <= 1
        ]
        for one in (near or behind)[:1]:  # a red outline; an outline in red
            changes["outline_color"] = str(one.get("colour"))
            colours.remove(one)
    if len(colours) > 1:
        raise work.question("Which colour?", "什么颜色？", "colour")
    if colours:
        changes["color"] = str(colours[0].get("colour"))
    if shadow is not None:
        changes["shadow"] = "none" if off else shadow.get("shadow")
    fades = [one for one in (*heads, *slots.get("fade", [])) if one.is_("fade")]
    if enter is not None:
        changes["anim"] = "fade" if off else f"slide {enter.get('anim')}"
    elif fades or value(slots, "fades"):
        changes["anim"] = "none" if off else "fade"
    return changes


def _in_the_middle(slots: Slots) -> Phrase | None:
    """`in the middle`, where nothing says that it is the middle of the video."""
    at, when = first(slots, "at"), first(slots, "when")
    looks = any(name in slots for name in ("colour", "size", "letters", "screen", "change"))
    timed = len(slots.get("at", [])) + len(slots.get("when", [])) > 1 or "until" in slots
    if not looks and not timed:
        return None
    if when is not None and isinstance(when.get("when"), When):
        stretch = when.get("when")
        return (
            when
            if stretch.vague == "middle" and stretch.of is None and "whole" not in slots
            else None
        )
    middle = at is not None and at.get("edge") == "mid"
    return at if middle and "whole" not in slots else None


def _way(size: Phrase) -> str:
    return "bigger" if size.is_("verb", "increase") else "smaller"


def _screen_of(phrase: Phrase) -> str | None:
    name = phrase.get("screen")
    if name is None and (
        phrase.is_("edge", "mid") or phrase.is_("rank", "middle") or phrase.thing == "middle"
    ):
        name = "center"
    if name is None and phrase.get("when") is not None:
        name = "center"
    if name is None and phrase.is_("dir"):
        name = {"up": "top", "down": "bottom"}.get(str(phrase.get("dir")))
    return None if name is None else str(name).replace("_", " ")


def _place(work: Work, slots: Slots, noun: str, words: str, number: int) -> d.Json:
    """`m.place` for a text, from the times and places that were named."""
    total = work.total()
    length = first(slots, "length")
    duration = int(length.value) if length is not None else texts.reading_ms(words)
    when = next(
        (one for one in slots.get("when", []) if one.get("when") and not one.get("when").vague),
        None,
    ) or first(slots, "when")
    if when is not None and isinstance(when.get("when"), When) and not when.get("when").vague:
        stretch: When = when.get("when")
        if stretch.of is not None:
            clip = work.clips[positions(work, stretch.of, speak=False)[0]]
            begin, end = spans(work, stretch, d.length(clip))[0]
            return {"at": "clip", "clip": clip["id"], "ms": begin, "d": end - begin}
        begin, end = spans(work, stretch, total)[0]
        if begin == 0 and length is None:
            return {"at": "start", "ms": 0, "d": end}
        return {"at": "time", "ms": begin, "d": end - begin}
    middle = _in_the_middle(slots)
    at = next((one for one in slots.get("at", []) if one is not middle), None)
    until = first(slots, "until")
    clips = slots.get("clips", [])
    if any(one.value == Clips((Pick(),)) for one in clips[1:]):
        raise work.question("Which of them is meant?", "指的是哪一个？")
    if clips and length is not None and "whole" in slots:
        raise work.question(
            "How long shall the words be there, and where? For example: on clip 2 for 3 seconds.",
            "文字放在哪里、显示多久？例如：放在片段2上，显示3秒。",
        )
    if clips:
        return _on_clip(
            work, clips[min(number, len(clips) - 1)], duration, length is not None, slots
        )
    if at is None and when is not None and _in_the_middle(slots) is None:
        edges = {"opening": "start", "middle": "mid"}
        at = Phrase("edge", edges.get(when.get("when").vague, "end"), 0, 0)
    if at is None and (noun == "end_title" or "end" in slots):
        return {"at": "end", "ms": 0, "d": duration}
    if at is None:
        if any(one.kind == "all" and one.value != "through" for one in slots.get("all", [])):
            raise work.question(
                "The whole time, or on each clip? For example: for the whole video.",
                "全程显示，还是每段各加一条？例如：全程显示。",
                "at",
            )
        throughout = any(one.is_("all", "through") for one in slots.get("all", []))  # 从头到尾
        if throughout and length is None and until is None:
            return {"at": "whole"}
        if "whole" in slots and first(slots, "whole") is not None and _throughout(slots):
            return {"at": "whole"}
        if noun == "caption" and length is None and until is None:
            return {"at": "whole"}
        end = point(work, until, total) if until is not None else duration
        return {"at": "start", "ms": 0, "d": end}
    return _at(work, at, duration, until, total)


def _throughout(slots: Slots) -> bool:
    said = [one for one in slots.get("whole", []) if one.thing in ("video", "everything")]
    if any(isinstance(one.value, Thing) and one.value.style == "whole" for one in said):
        return True
    roles = {one.role for one in slots.get("whole", [])}
    return bool(said) and bool(roles & {"for", "on", "in", ""}) and roles != {""}


def _at(work: Work, at: Phrase, duration: int, until: Phrase | None, total: int) -> d.Json:
    place = at.get("place")
    if isinstance(place, Place) and place.clips is not None:
        clip = work.clips[positions(work, place.clips, speak=False)[0]]
        begin = d.start(clip) if place.where == "before" else d.start(clip) + d.length(clip)
        if until is not None:
            duration = max(d.MIN_TEXT_MS, point(work, until, total) - begin)
        elif place.where == "before" and at.role != "at":  # not: when the interview starts
            begin = max(0, begin - duration)
        return {"at": "time", "ms": min(begin, max(0, total - duration)), "d": duration}
    edge = at.get("edge")
    if edge in ("start", "both") or at.is_("ord", "1", 1):
        return {"at": "start", "ms": 0, "d": duration}
    if edge == "end" or at.is_("rank", "last"):
        return {"at": "end", "ms": 0, "d": duration}
    if edge == "mid":
        return {"at": "time", "ms": max(0, (total - duration) // 2), "d": duration}
    ms = moment(work, edge_of(work, at), total)
    if ms + d.MIN_TEXT_MS > total:
        raise work.refusal(
            f"The video ends at {seconds(total)}: a text cannot begin at {seconds(ms)}.",
            f"视频在 {seconds(total)} 结束：文字不能从 {seconds(ms)} 开始。",
        )
    if until is not None:
        end = point(work, until, total)
        duration = max(d.MIN_TEXT_MS, end - ms)
    return {"at": "time", "ms": ms, "d": duration}


def _on_clip(work: Work, phrase: Phrase, duration: int, timed: bool, slots: Slots) -> d.Json:
    clips: Clips = phrase.get("clips")
    if clips.picks[0].pronoun and not clips.but and work.mind.of_kind != "clips":
        return {"at": "start", "ms": 0, "d": duration}
    where = positions(work, clips)
    clip = work.clips[where[0]]
    if len(where) == len(work.clips) > 1 and (timed or "at" in slots):
        raise work.question(
            "On one clip or all the time? For example: on clip 2, or for the whole video.",
            "放在一段上，还是全程显示？例如：放在片段2上，或全程显示。",
        )
    if len(where) == len(work.clips) > 1:
        return {"at": "whole"}
    if len(where) > 1 and not timed:
        first_ms = d.start(clip)
        last = work.clips[where[-1]]
        if where != list(range(where[0], where[0] + len(where))):
            raise work.question(
                "On which of them? Clips that follow each other can have one text.",
                "放在哪一段上？相连的片段才能共用一条文字。",
            )
        return {"at": "time", "ms": first_ms, "d": d.start(last) + d.length(last) - first_ms}
    if phrase.role == "to" and not timed and clips.picks[0].pronoun:
        return {"at": "start", "ms": 0, "d": duration}
    return {"at": "clip", "clip": clip["id"], "ms": 0, "d": duration if timed else 600_000}


# What is there already


def _change(work: Work, slots: Slots) -> Json:
    """Another wording, look, time or place for texts that are there."""
    up = first(slots, "shift")
    if up is not None and up.is_("dir", "up", "down") and "length" not in slots:
        slots = {**{name: held for name, held in slots.items() if name != "shift"}, "screen": [up]}
    when = first(slots, "when")
    if when is not None and when.get("when") is not None and when.get("when").vague == "middle":
        slots = {**{k: held for k, held in slots.items() if k != "when"}, "screen": [when]}
    every = [one for one in slots.get("clips", []) if one.value == Clips((Pick(),))]
    if every and len(d.texts(work.draft or {})) > 1:
        raise work.question("Which text?", "哪条文字？", "what")
    what = next((one for one in slots.get("head", []) if one.thing in _NOUNS), first(slots, "what"))
    old = first(slots, "old")
    quote = first(slots, "quote")
    changes: dict[str, Any] = {}
    if quote is not None:
        chosen = [one_text(work, what, str(old.value) if old is not None else "")]
        if not clean_line(str(quote.value)):
            raise work.refusal("A text needs words.", "文字不能为空。")
        changes |= texts.worded(work, chosen[0], str(quote.value))
    else:
        if (
            what is None
            and old is None
            and "names" not in slots
            and work.mind.of_kind != "text"
            and len(texts.every(work)) > 1
        ):
            raise work.question("Which text?", "哪条文字？", "what")
        chosen = (
            texts.named(work)
            if "names" in slots
            else meant(work, what, str(old.value) if old is not None else "")
        )
    for item in chosen:
        style = style_of(work, slots, dict(d.meta(item)))
        texts.apply(work, [item], {**changes, **style})
    timed = any(
        name in slots for name in ("when", "at", "until", "length", "shift", "gone", "clips")
    )
    if timed:
        _retime(work, slots, [identity(item) for item in chosen])
    if not changes and not timed and not style_of(work, slots, {}):
        raise work.question(
            "What shall be different about it: words, colour, size, place or time?",
            "要改什么：文字、颜色、大小、位置还是时间？",
            "quote",
        )
    work.mind.speak("text", [identity(item) for item in chosen])
    told = {"color": "colour", "position": "position", "size": "size", "text": "text"}
    now = [item for item in texts.every(work) if identity(item) in work.mind.spoken]
    return {
        "count": len(chosen),
        **{
            told[key]: d.meta(now[0]).get(key)
            for key in told
            if now and key in {**changes, **style_of(work, slots, dict(d.meta(now[0])))}
        },
        **({"start_ms": d.start(now[0]), "duration_ms": d.length(now[0])} if timed and now else {}),
    }


def _retime(work: Work, slots: Slots, ids: list[str]) -> None:
    total = work.total()

    def place(item: d.Json) -> d.Json:
        begin, end = d.start(item), d.start(item) + d.length(item)
        shift = first(slots, "shift")
        amount = first(slots, "length")
        if shift is not None:
            back = shift.is_("dir", "earlier", "up") or shift.is_("word", "sooner")
            ms = int(amount.value) if amount is not None else 1000
            begin = begin - ms if back else begin + ms
            if begin < 0 or begin + d.MIN_TEXT_MS > total:
                raise work.refusal(
                    f"The text starts at {seconds(d.start(item))} and the video lasts {seconds(total)}: it cannot go there.",
                    f"文字从 {seconds(d.start(item))} 开始，视频长 {seconds(total)}：不能移到那里。",
                )
            if (now := texts.place_of(item)).get("at") == "source":
                return {**now, "ms": _moment_of(work, item, now, begin - d.start(item))}
            return {"at": "time", "ms": begin, "d": end - d.start(item)}
        gone = first(slots, "gone")
        if gone is not None:
            return _gone_at(work, gone, item, total)
        way = str(value(slots, "way") or "")
        if amount is not None and way in ("longer", "shorter") and amount.role in ("by", ""):
            ms = d.length(item) + (int(amount.value) if way == "longer" else -int(amount.value))
            return {
                **(texts.place_of(item) or {"at": "time", "ms": begin}),
                "d": max(d.MIN_TEXT_MS, ms),
            }
        if amount is not None and not any(
            name in slots for name in ("at", "when", "until", "clips")
        ):
            kept = texts.place_of(item) or {"at": "time", "ms": begin}
            if kept.get("at") == "whole":
                kept = {"at": "start", "ms": 0}
            return {**kept, "d": int(amount.value)}
        until = first(slots, "until")
        if until is not None and not any(name in slots for name in ("at", "when", "clips")):
            end = point(work, until, total)
            if end <= begin:
                raise work.refusal(
                    f"The text starts at {seconds(begin)}.", f"文字从 {seconds(begin)} 开始。"
                )
            return {"at": "time", "ms": begin, "d": end - begin}
        wanted = (
            slots
            if amount is not None
            else slots | {"length": [Phrase("duration", d.length(item), 0, 0)]}
        )
        return _place(work, wanted, "text", "", 0)

    def change(kind: int, item: d.Json) -> d.Json:
        if kind != TEXT or identity(item) not in ids:
            return item
        placed = place(item)
        if "pattern" in d.meta(item) and placed.get("at") != "clips":
            raise _only_on_clips(work)
        is_theirs = placed.get("at") == "source" or "file" in d.meta(item)
        return d.with_meta(item, place=placed, **({} if is_theirs else {"from": None}))

    work.draft = d.lay_out(d.replace(work.timeline(), change))
    cards = {identity(one): d.length(one) for one in work.clips if work.kind(one) == "card"}
    for item in (one for one in texts.every(work) if identity(one) in ids):
        at = texts.place_of(item)
        lasts = cards.get(str(at.get("clip")))
        if lasts is not None and lasts < d.whole(at.get("d")) < 600_000:
            raise work.refusal(
                f"The black card below it lasts {seconds(lasts)}: make that clip longer, then its words are, too.",
                f"下面的黑屏只有 {seconds(lasts)}：把那个片段加长，文字会跟着变长。",
            )


def _moment_of(work: Work, item: d.Json, place: d.Json, by: int) -> int:
    """The moment of its file at which a caption comes that is moved by so many ms of the timeline."""
    shows = [
        clip
        for clip in work.clips
        if d.meta(clip).get("asset") == place.get("asset")
        and d.start(clip) <= d.start(item) < d.start(clip) + d.length(clip)
    ]
    moved: Fraction | int = by
    if shows:
        passed, played = d.start(item) - d.start(shows[0]), d.pace_of(shows[0]).played
        moved = played(passed + by) - played(passed)
    ms = round(d.whole(place.get("ms")) + moved)
    if ms < 0:
        raise work.refusal(
            "Its words are said at the start of the file: they cannot come earlier.",
            "这条字幕在素材的开头，不能再提前。",
        )
    return ms


def _gone_at(work: Work, phrase: Phrase, item: d.Json, total: int) -> d.Json:
    """`disappear after 2 seconds`: 2 s after it came; `at 0:10`: at that moment."""
    edge = edge_of(work, phrase)
    begin = d.start(item)
    if phrase.role == "after" or phrase.role == "for":
        return {**(texts.place_of(item) or {"at": "time", "ms": begin}), "d": edge.at(total)}
    return {"at": "time", "ms": begin, "d": max(d.MIN_TEXT_MS, edge.at(total) - begin)}


_NOUNS = ("title", "end_title", "caption", "text", "lower_third")
_SAID = {
    "title": ("title", "标题"),
    "end_title": ("closing title", "片尾标题"),
    "caption": ("caption", "字幕"),
    "text": ("text", "文字"),
    "lower_third": ("lower third", "人名条"),
}
LOOK = (
    "all=q|all|each",
    "colour*=colour",
    "outline=outline",
    "thick=word:thick:thick",
    "shadow=shadow",
    "anim=anim",
    "size=textsize|more",
    "little=little",
    "letters=letters|thing:colour|thing:size|topic_none",
    "screen=screen|thing:middle|word:rank:middle|middle",
    "drawn=capstyle",
    "corner=corner",
)
_TIME = (
    "when=when",
    "at=moment|edge|time|place|rank|ord@at|from|after|before|in|on|-|to|between",
    "until=moment|time|place@to|until",
    "length=duration@-|for|in|by",
    "clips*=clips|files@on|over|in|for|at|under|to|of|between|after|ba|-",
    "whole*=whole",
    "appear=verb:appear|word:verb:appear|word:verb:disappear|word:verb:start",
)
_NEW = (
    "quote*=quote",
    "project=projectname@-|with|as|of|for|to|ba|saying",
    "say*=word:verb:say",
    "rather=instead",
    *LOOK,
    *_TIME,
)
_OLD = ("say=word:verb:say", *LOOK)
_TEXTS = "thing:title|caption|text|end_title|lower_third"
_THERE = "what!=thing:title|thing:caption|thing:text|thing:end_title|pron"


def _do(work: Work, slots: Slots) -> Json:
    head = next((one for one in slots.get("head", []) if one.thing in _NOUNS), None)
    verbs = [one for one in slots.get("head", []) if one.is_("verb")]
    project = first(slots, "project") or next(
        (one for one in slots.get("head", []) if one.is_("projectname")), None
    )
    if project is not None and "quote" not in slots:
        slots = {**slots, "quote": [replace(project, kind="quote", value=_project_name(work))]}
    if _comes(work, slots, verbs):
        return _add(work, slots)
    if value(slots, "way2") == "change" or value(slots, "change"):
        new = (
            head is not None
            and not head.value.definite
            and any(v.is_("verb", "put") for v in verbs)
        )
        if new and not texts.every(work) and {"at", "when"} & slots.keys():
            return _add(work, slots)  # put a title at the start
        return _change(work, slots)
    adds = any(
        one.is_("verb", "add", "show", "create") and not one.is_("verb", "set") for one in verbs
    )
    sets = any(one.is_("verb", "set", "make", "turn", "put", "move", "use") for one in verbs)
    definite = head is not None and isinstance(head.value, Thing) and head.value.definite
    there = [one for one in texts.every(work) if _fits(one, head)]
    rewords = "quote" not in slots or definite or sets or bool({"say", "rather"} & slots.keys())
    timed = any(name in slots for name in ("length", "when", "at", "until"))
    if (
        there
        and head is not None
        and rewords
        and (
            not adds
            or (
                "quote" not in slots
                and timed
                and definite is not None
                and not any(one.is_("verb", "add", "create") for one in verbs)
            )
        )
    ):
        return _change(work, slots)
    if not there and definite and "quote" not in slots and not adds:
        return _change(work, slots)
    return _add(work, slots)


def _comes(work: Work, slots: Slots, verbs: Sequence[Phrase]) -> bool:
    """`add the subtitles`, `turn the subtitles on`: those that are not there yet."""
    adds = any(one.is_("verb", "add", "show", "create") for one in verbs)
    puts = any(one.is_("verb", "put", "use", "turn", "load") for one in verbs)
    looks = {"quote", "colour", "size", "screen", "drawn", "outline", "shadow", "anim"}
    bare = slots.keys().isdisjoint(looks) and _means_captions(work, slots)
    there = any(d.meta(one).get("role") == "caption" for one in texts.every(work))
    return not there and (adds or puts) and bare and _noun(slots) == "caption"


def _fits(item: d.Json, head: Phrase | None) -> bool:
    """Whether a text is of the kind that the word names."""
    role = {"title": "title", "caption": "caption"}.get(head.thing if head is not None else "", "")
    return not role or d.meta(item).get("role") == role


_NAME_HEADS = "thing:title|end_title|text|caption|lower_third?"
_NAMES = "names!!*=clipname@-|ba|with|as|by|for|to"
NAMES = Operation(
    "title",
    (
        form(f"verb:add|put|show|make|create|set|use|move|turn|keep?, {_NAME_HEADS}", _NAMES, *_NEW[2:], "be=lay", weight=2),
        form("verb:remove|off|mute_away", _NAMES, "all=q|all|each", "clips=clips|files@from|on|of|in|over|ba|-", "whole*=whole@+from", way="remove", weight=3),
        form("verb:take|turn", _NAMES, "dir!=dir", "all=q|all", "clips=clips|files@from|on|of|in|over|ba|-", "whole*=whole@+from", way="remove", weight=3),
        form("nothing:", _NAMES, "all=q|all", "whole=whole", way="remove", weight=2),
    ),
    ("shows each clip's name or number on it", "在每个片段上显示文件名或编号"),
    (
        "put the file name on each clip",
        'put "{n}. {name}" on every clip',
        "给每个片段加上文件名",
    ),
    _names,
    frozenset({"texts"}),
)  # fmt: skip

_ASKS = {
    "quote": ("Which words?", "写什么文字？"),
    "what": ("Which text?", "哪条文字？"),
}
_FOOTPRINT = frozenset({"texts"})
_CHANGED = (
    *(
        form(
            f"verb:add|put|give|set|make|use|let|turn?, {what}, {_TEXTS}",
            *_OLD,
            "fade=fade",
            "dir=dir",
            change=True,
            weight=1,
        )
        for what in (
            "outline:none|thick",
            "shadow:none|thick",
            "anim:left|right|top|bottom",
            "fade:in|out|both",
        )
    ),
    *(
        form(
            f"verb:add|put|give|set|make|use|let|turn?, {what}",
            "it!!=text_it",
            *_OLD,
            "fade=fade",
            "dir=dir",
            change=True,
            weight=1,
        )
        for what in (
            "outline:none|thick",
            "shadow:none|thick",
            "anim:left|right|top|bottom",
            "fade:in|out|both",
        )
    ),
    form(
        f"verb:fade, {_TEXTS}",
        "dir=word:dir:in|word:prep:in|word:dir:out",
        "fade=fade",
        change=True,
        fades=True,
    ),
    *(
        form(f"verb:add|put|give|set|make|use?, {what}", *_OLD, change=True, weight=-1)
        for what in ("outline:none|thick", "shadow:none|thick")
    ),
    *(
        form(f"{off}, {what}, {_TEXTS}", "old=quote", change=True, off=True, weight=2)
        for off in ("verb:remove|off|undo", "nothing:")
        for what in (
            "outline:none|thick",
            "shadow:none|thick",
            "anim:left|right|top|bottom",
            "fade:in|out|both",
        )
    ),
    *(
        form(f"{off}, {what}", "it!!=text_it", change=True, off=True, weight=2)
        for off in ("verb:remove|off|undo", "nothing:")
        for what in (
            "outline:none|thick",
            "shadow:none|thick",
            "anim:left|right|top|bottom",
            "fade:in|out|both",
        )
    ),
    form(
        "verb:set|make|turn|put|say?, " + _TEXTS,
        "what=none",
        *_OLD,
        "quote=quote@to|into|as|-",
        "project=projectname@to|into|as|-",
        "when=when",
        "at=moment|edge|time@at|from|to|-|in|on",
        "length=duration",
        "whole=none",
        change=True,
        weight=-1,
    ),
    form("verb:disappear, " + _TEXTS, "gone!=moment|duration|time", change=True, weight=1),
    form(
        "verb:keep|leave|show|play|make, " + _TEXTS,
        "until!=moment|time|edge|duration@to|until",
        "quote=quote",
        "say=word:verb:say",
        "dir=dir",
        "run=word:verb:play",
        change=True,
        weight=1,
    ),
    form(
        "verb:keep|leave|show, " + _TEXTS,
        "length!=duration@for",
        "dir=dir",
        change=True,
        weight=1,
    ),
    form("verb:stop, " + _TEXTS, "gone!=moment|duration|time", change=True, weight=1),
    form("verb:longer, " + _TEXTS, "length=duration", way="longer", change=True),
    form("verb:shorter, " + _TEXTS, "length=duration", way="shorter", change=True),
    form(
        "verb:move|make|put|set|start|appear|show?, " + _TEXTS,
        "shift!=word:dir:up|word:dir:down|word:dir:earlier|word:dir:later|word:dir:back",
        "length=duration@-|by|for",
        *_OLD,
        change=True,
    ),
    form(
        "verb:move|put|start|appear|make?, " + _TEXTS,
        "at!!=duration@to",
        "show=word:verb:show",
        change=True,
        weight=1,
    ),
    form(
        _TEXTS,
        "shift!!=word:dir:earlier|word:dir:later",
        "length!!=duration@-|by|for",
        "whole=whole|q|all",
        change=True,
        weight=1,
    ),
    form(
        "dir:later|earlier, verb:start|appear?, " + _TEXTS,
        "at!!=duration|moment@to",
        "show=word:verb:show",
        "little=little",
        change=True,
        weight=2,
    ),
    form(
        "verb:move|put|start|appear|make, " + _TEXTS,
        "screen=screen|dir",
        "at=moment|edge|time|place",
        "when=when",
        "clips=clips|files",
        "length=duration@for",
        *LOOK,
        change=True,
    ),
    form(
        "verb:move|longer|shorter, " + _TEXTS,
        "old!!=quote@-|ba",
        "length=duration",
        *LOOK,
        change=True,
    ),
    form(
        "more:bigger|smaller|too:bigger|too:smaller, verb:make?, " + _TEXTS,
        *_OLD,
        "size=more",
        "word=thing:size",
        change=True,
        weight=1,
    ),
    form(
        "verb:increase|decrease, " + _TEXTS,
        "size=verb",
        "little=little",
        "word=thing:size",
        change=True,
    ),
    form(
        "verb:replace|set|turn",
        "old!!=quote@-|ba",
        "quote!!=quote@to|with|by|into|as|-",
        change=True,
        weight=1,
    ),
    form(
        "verb:say",
        "what!!=pron|text_it",
        "instead=instead_of",
        "quote!!=quote@-|to",
        "old=quote@instead_of",
        change=True,
        weight=1,
    ),
    form(
        "verb:replace|set|turn, " + _TEXTS,
        "old=quote@-",
        "quote!=quote@to|with|by|into|as",
        "say=word:verb:say",
        change=True,
        weight=1,
    ),
    form(
        "",
        "colour!=colour",
        "what=pron",
        "letters=letters|thing:colour",
        "size=textsize",
        change=True,
        weight=-1,
    ),
    form(
        "verb:make|set|turn|replace",
        "colour!=colour",
        "what=pron",
        "letters=letters|thing:colour",
        "size=textsize",
        change=True,
        weight=-1,
    ),
    form(
        "more:bigger|smaller|too:bigger|too:smaller",
        "verb=verb",
        "what=pron",
        "screen=screen",
        "letters=letters|thing:size",
        change=True,
        weight=-1,
    ),
    form("verb:make|put|move|show|set", "what=pron", "screen!=screen", change=True, weight=-2),
    form("", "what!!=text_it", "screen!!=screen", *_OLD, change=True, weight=-2),
    form("verb:make|set|keep, " + _TEXTS, "length!=duration@-|for|to", "be=verb", change=True),
    form(
        "verb:make|set|put|move|start|appear|show|turn",
        "what!!=text_it",
        *_OLD,
        "quote=quote@to|into|as|-",
        "when=when",
        "at=moment|edge|time|place|rank|number@at|from|to|-|in|on",
        "clips=clips|files",
        "length=duration@-|for|by",
        "shift=word:dir:up|word:dir:down|word:dir:earlier|word:dir:later|word:dir:back",
        change=True,
        weight=1,
    ),
    form(
        "verb:put|move|start|appear|make",
        "what!!=text_it",
        "at!!=duration@to",
        "show=word:verb:show",
        change=True,
        weight=2,
    ),
    form(
        "verb:keep|leave|show|play",
        "what!!=text_it",
        "until!!=moment|time|edge|duration@to|until",
        "dir=dir",
        change=True,
        weight=2,
    ),
    form(
        "verb:keep|leave|show",
        "what!!=text_it",
        "length!!=duration@for",
        "dir=dir",
        change=True,
        weight=2,
    ),
    form(
        "verb:disappear|stop", "what!!=text_it", "gone!=moment|duration|time", change=True, weight=1
    ),
    form(
        "verb:longer",
        "what!!=text_it",
        "length=duration",
        "stay=word:verb:keep",
        "dir=dir",
        way="longer",
        change=True,
        weight=1,
    ),
    form("", "what!!=text_it", "length!!=duration@for", change=True),
    form("verb:shorter", "what!!=text_it", "length=duration", way="shorter", change=True, weight=1),
)


def _card(work: Work, slots: Slots) -> Json:
    """Words on black, on a card of their own: at the end unless something else is said."""
    quotes, at = slots.get("quote", []), first(slots, "at")
    if len(quotes) != 1 or not clean_line(str(quotes[0].value)):
        raise work.question("Which words shall the card show?", "卡片上写什么文字？", "quote")
    if "when" in slots or "until" in slots or "clips" in slots:
        raise _card_where(work)
    index = len(work.clips)
    place = at.get("place") if at is not None else None
    opens = any(one.is_("verb", "open_with") for one in slots.get("head", []))
    whole = next((one for one in slots.get("whole", []) if one.role in ("before", "after")), None)
    if isinstance(place, Place) and place.clips is not None and place.where in ("before", "after"):
        at_clip = positions(work, place.clips, speak=False)
        index = at_clip[0] if place.where == "before" else at_clip[-1] + 1
    elif at is not None and at.get("edge") in ("start", "end"):
        index = 0 if at.get("edge") == "start" else index
    elif at is not None:
        raise _card_where(work)
    elif opens or (whole is not None and whole.role == "before"):
        index = 0
    elif not _ends(slots) and whole is None:
        raise _card_where(work)
    words = without_signs(str(quotes[0].value))
    length = first(slots, "length")
    lasts = int(length.value) if length is not None else texts.reading_ms(words)
    if not d.MIN_CLIP_MS <= lasts <= 600_000:
        raise work.refusal("A card lasts 0.1 s to 10 minutes.", "卡片时长为 0.1 秒到 10 分钟。")
    texts.check(work, words)
    card = texts.add_card(work, index, lasts)
    style = {**texts.plain_style("title"), **style_of(work, slots, texts.plain_style("title"))}
    item = texts.insert(
        work, words, "title", {"at": "clip", "clip": card, "ms": 0, "d": 600_000}, style
    )
    work.mind.speak("text", [identity(item)])
    return {"text": words, "start_ms": d.start(item), "duration_ms": d.length(item)}


def _ends(slots: Slots) -> bool:
    """`end card`, `end with …`."""
    heads = slots.get("head", [])
    return any(
        one.thing == "end_title" or one.is_("verb", "end_with")
        for one in (*heads, *slots.get("what", []))
    )


def _card_where(work: Work) -> Exception:
    return work.question(
        "Where shall the card stand? For example: at the start, at the end, before clip 2.",
        "卡片放在哪里？例如：开头、结尾、片段2之前。",
        "at",
    )


CARD = Operation(
    "title",
    (
        form(
            "verb:add|put|show|make|create|set|use|open_with|end_with|start|stop?, oncard:black",
            "what=thing:title|thing:text|thing:end_title|thing:caption",
            "quote*=quote",
            *(slot for slot in _NEW[1:] if not slot.startswith("whole")),
            "whole*=whole@+before|+after",
            weight=1,
        ),
    ),
    ("puts words on black: an end card, a card between clips", "黑底文字卡片：片尾卡、片段之间的卡片"),
    ('add an end card "Thanks for watching"', 'put "Part 2" on black before clip 2', "加片尾卡“谢谢观看”"),
    _card,
    frozenset({"clips", "texts", "sounds", "overlays"}),
    asks={"quote": ("Which words shall the card show?", "卡片上写什么文字？")},
)  # fmt: skip
TITLE = Operation(
    "title",
    (
        form(
            "verb:add|put|show|make|create|set|use?, thing:title|end_title|text|lower_third", *_NEW
        ),
        form(
            "verb:show|add|put|say",
            "quote!!*=quote",
            "say=word:verb:say",
            *LOOK,
            *_TIME,
            weight=-1,
        ),
        *(
            form("", "quote!!=quote@-", place, *LOOK, *_TIME, weight=-2)
            for place in (
                "when!!=when",
                "at!!=moment|edge@at|in|on|from",
                "clips!!=clips|files@on|over|in",
            )
        ),
        form("verb:add|put|show|make|use|write, projectname:name", *_NEW[2:]),
        form("verb:open_with|start|stop?, thing:title|text|end_title", *_NEW, weight=-1),
        form("verb:end_with, thing:title|text|end_title|caption", *_NEW, weight=-1, end=True),
        form("verb:open_with", "quote!!*=quote", *_NEW, weight=-1),
        form("verb:end_with", "quote!!*=quote", *_NEW, weight=-1, end=True),
        *_CHANGED,
    ),
    (
        "puts words on the screen: titles, end cards, lower thirds",
        "在画面上加文字：标题、片尾、人名条",
    ),
    (
        'add title "Summer" at the beginning',
        'show "Sale" at 0:12 for 2 seconds',
        "make the title yellow",
        "在开头加标题“夏天”",
    ),
    _do,
    _FOOTPRINT,
    asks=_ASKS,
)


def _speech(work: Work, slots: Slots) -> Json:
    """Captions of what is said."""
    if value(slots, "way") == "unsure" and work.project.findings.no_speech is None:
        raise work.refusal(
            "Captions of what is said can be made for all of the video or for clips: caption clip 2 automatically.",
            "可以为整个视频或某个片段自动加字幕：给片段2自动加字幕。",
        )
    style = texts.plain_style("caption")
    return speech.put_captions(
        work, slots, {**style, "anim": "none", **style_of(work, slots, style)}
    )


SPEECH = Operation(
    "caption",
    (
        form(
            "topic:speech, verb:add|put|show|make|create|set|use|get?",
            "clips=clips|files@of|in|from|-|on|for|to|ba",
            "whole*=whole|q",
            "what=thing:caption|thing:text",
            "more*=topic",
            *LOOK,
        ),
        form("topic:speech", rest=True, weight=-1, way="unsure"),
    ),
    ("captions what is said, with a speech model of yours", "自动识别语音加字幕（需要语音模型）"),
    ("add automatic captions", "caption clip 2 automatically", "自动生成字幕"),
    _speech,
    _FOOTPRINT,
)
CAPTION = Operation(
    "caption",
    (form("verb:add|put|show|make|create|set|use?, thing:caption", *_NEW),),
    ("puts captions on the screen, with the words that you give", "加字幕（文字由你给出）"),
    ('add caption "Hello" from 0:05 to 0:08', "加字幕“你好”，从0:05到0:08"),
    _do,
    _FOOTPRINT,
    asks=_ASKS,
)
