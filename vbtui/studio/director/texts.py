"""Texts on the timeline: put there, found, what they look like, and when they stand – what a clause
says of that is kept as a wish in the draft. Words for "text overlays" that nobody typed come from the
project's name and the files' names."""

from __future__ import annotations

import re
from typing import Any

from vbtui.base.text import clean_line
from vbtui.studio.director.clauses import Clause
from vbtui.studio.director.desk import Desk, between, seconds
from vbtui.studio.director.phrases import Place
from vbtui.studio.project import draft as d
from vbtui.timeline.model import TEXT

TITLE_MS = 3000
LONGEST_TITLE_MS = 8000
READING_MS = 60
"""ms to read a character: long words stand longer than 3 s."""
_SIZES = {"title": 0.09, "caption": 0.05, "text": 0.07}
_POSITIONS = {"title": "center", "caption": "bottom", "text": "center"}


def every(desk: Desk) -> list[d.Json]:
    """All texts of the timeline; empty when there is none."""
    return d.texts(desk.draft) if desk.draft else []


def by_id(desk: Desk, identity: object) -> d.Json | None:
    return next((item for item in every(desk) if item.get("id") == identity), None)


def place_of(item: d.Json) -> d.Json:
    """The wish where the text stands (`m.place`); empty when it has none."""
    place = d.meta(item).get("place")
    return dict(place) if isinstance(place, dict) else {}


def reading_ms(words: str) -> int:
    """How long words stand unless a length was given."""
    return min(LONGEST_TITLE_MS, max(TITLE_MS, len(words) * READING_MS))


def plain_style(noun: str) -> d.Json:
    """What a title, caption or text looks like unless asked otherwise."""
    key = "title" if noun == "title_end" else noun
    return {
        "position": _POSITIONS[key],
        "size": _SIZES[key],
        "color": "#FFFFFF",
        "anim": "fade",
    }


def names(chosen: list[d.Json]) -> str:
    """The words of texts, quoted, for a reply."""
    shown = [f"“{clean_line(str(d.meta(item).get('text')))}”" for item in chosen]
    return ", ".join(shown[:4]) + ("…" if len(shown) > 4 else "")


def apply(desk: Desk, chosen: list[d.Json], changes: dict[str, Any]) -> None:
    """Sets keys of `m` of these texts."""
    identities = {item.get("id") for item in chosen}

    def change(kind: int, item: d.Json) -> d.Json:
        mine = kind == TEXT and item.get("id") in identities
        return d.with_meta(item, **changes) if mine else item

    desk.draft = d.lay_out(d.replace(desk.timeline(), change))


def put(
    desk: Desk, words: str, role: str, place: d.Json, style: d.Json, *, source: str = ""
) -> None:
    """A new text, told; behind another one that stands at the same end of the video.

    `source` says where the words come from when nobody typed them.
    """
    same = [
        item
        for item in every(desk)
        if d.meta(item).get("position") == style["position"]
        and place_of(item).get("at") == place["at"]
    ]
    if any(d.meta(item).get("text") == words and place_of(item) == place for item in same):
        shown = clean_line(words)
        desk.did(f"“{shown}” is there already.", f"“{shown}”已经在了。", "add_text", text=words)
        return
    if place["at"] in ("start", "end") and same and not source:
        offset = max(d.whole(place_of(i).get("ms")) + d.whole(place_of(i).get("d")) for i in same)
        if offset + d.MIN_TEXT_MS < desk.total():
            place = {**place, "ms": offset}
    item = insert(desk, words, role, place, {**style, **({"from": "project"} if source else {})})
    _tell(desk, item, role, source)


def insert(desk: Desk, words: str, role: str, place: d.Json, style: d.Json) -> d.Json:
    """A new text, untold; the segment as it lies on the timeline."""
    segment: d.Json = {"s": 0, "d": 0, "m": {"text": words, "role": role, **style, "place": place}}
    clips = {str(clip.get("id")): clip for clip in desk.clips}
    segment = d.place_text(segment, desk.total(), clips) or segment
    name = "Captions" if role == "caption" else "Titles"
    draft = d.add_segment(desk.timeline(), TEXT, segment, name=name)
    desk.draft = d.lay_out(draft)
    desk.text_shown.append(words)
    return by_id(desk, f"s{d.whole(d.meta(draft).get('ids'))}") or segment


def _tell(desk: Desk, item: d.Json, role: str, source: str) -> None:
    words = clean_line(str(d.meta(item)["text"]))
    begin, end = d.start(item), d.start(item) + d.length(item)
    noun, noun_zh = ("caption", "字幕") if role == "caption" else ("title", "标题")
    origin = desk.say(f" (the words are from {source})", f"（文字取自{source}）") if source else ""
    desk.did(
        f"Added the {noun} “{words}”, {between(begin, end)}{origin}.",
        f"加了{noun_zh}“{words}”，{between(begin, end)}{origin}。",
        f"add_{noun}",
        text=d.meta(item)["text"],
        start_ms=begin,
        duration_ms=end - begin,
    )


NOUNS = ("title", "title_end", "caption", "text")
_TIMES = ("start", "end", "mid", "time", "to_time", "on", "after", "before", "whole", "between")
POSITIONS = {"top": "top", "bottom": "bottom", "centre": "center", "up": "top", "down": "bottom"}


def wish(clause: Clause, desk: Desk, noun: str, words: str) -> d.Json:
    """`m.place` for a text, from the times and places that the clause names."""
    total = desk.total()
    clause.take("purpose")
    span = clause.span()
    if span:
        begin, end = span.begin.at(total), span.end.at(total)
        if end - begin < d.MIN_TEXT_MS:
            raise desk.refusal(
                f"The video ends at {seconds(total)}: there is no room for the text there.",
                f"视频在 {seconds(total)} 结束：那里放不下文字。",
            )
        return {"at": "time", "ms": begin, "d": end - begin}
    length = clause.take("duration")
    duration = length if length is not None else reading_ms(words)
    place = clause.place(*_TIMES)
    if place is None and clause.take("noun", "opening") is not None:
        place = Place("start")
    if place is None and clause.take("noun", "closing") is not None:
        place = Place("end")
    if place is None:
        ref = clause.ref()
        place = Place("on", ref=ref) if ref else None
    return _wish(desk, place, noun, duration, length)


def _wish(desk: Desk, place: Place | None, noun: str, duration: int, length: int | None) -> d.Json:
    total = desk.total()
    if place is None:
        if noun == "title_end":
            return {"at": "end", "ms": 0, "d": duration}
        if noun == "caption" and length is None:
            return {"at": "whole"}
        return {"at": "start", "ms": 0, "d": duration}
    if place.where in ("start", "end"):
        return {"at": place.where, "ms": 0, "d": duration}
    if place.where == "whole":
        return {"at": "whole"}
    if place.where in ("time", "to_time"):
        if place.ms >= total:
            raise desk.refusal(
                f"The video ends at {seconds(total)}: a text cannot begin at {seconds(place.ms)}.",
                f"视频在 {seconds(total)} 结束：文字不能从 {seconds(place.ms)} 开始。",
            )
        return {"at": "time", "ms": place.ms, "d": duration}
    if place.ref is not None:
        return _on_clip(desk, place, duration, length)
    return {"at": "time", "ms": max(0, (total - duration) // 2), "d": duration}


def _on_clip(desk: Desk, place: Place, duration: int, length: int | None) -> d.Json:
    assert place.ref is not None
    clip = desk.clips[desk.targets(place.ref)[0]]
    if place.where == "on":
        return {
            "at": "clip",
            "clip": clip["id"],
            "ms": 0,
            "d": duration if length is not None else 600_000,
        }
    moment = d.start(clip) if place.where == "before" else d.start(clip) + d.length(clip)
    moment = max(0, moment - duration) if place.where == "before" else moment
    return {"at": "time", "ms": min(moment, max(0, desk.total() - duration)), "d": duration}


DEFAULT_TITLES = ("", "project", "untitled", "new project")
_CAMERA = re.compile(
    r"(?:img|vid|dsc[fn]?|dscn|dji|gopr|gx|gh|pxl|mvi|mov|pano|burst|photo|video|image|clip|movie|"
    r"screenshot|screen|recording|screenrecording|whatsapp|signal|telegram|snapchat|fb|wx|mmexport|"
    r"rec|scan|untitled|output|out|final|export|render|edit|copy|new|test|tmp|temp|file|download|"
    r"media|picture|pic|img|capture|frame|still|track|p|a|b|c|v|s)",
    re.IGNORECASE,
)
_HASH = re.compile(r"[0-9a-f]{8,}", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LONGEST = 40
_READABLE_MS = 700
"""A caption that would stand for less is left out."""
_PLAIN_NAME = re.compile(r"[a-z0-9]+(?:[ _-][a-z0-9]+)*")
_JUNK = re.compile(
    r"\b(?:\d{3,4}x\d{3,4}|\d{3,4}p|4k|hd|uhd|final|copy|edit|v\d+)\b", re.IGNORECASE
)


def caption(filename: str) -> str:
    """`beach_sunset.mp4` → `Beach sunset`; "" for names that cameras, phones and programs make."""
    stem = clean_line(filename).rpartition(".")[0] or clean_line(filename)
    words = " ".join(_JUNK.sub(" ", re.sub(r"[_\-.+]+", " ", stem)).split())
    words = re.sub(r"^\d{1,3}\s+|\s+\d{1,3}$|\s*\(\d+\)$", "", words).strip()
    words = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", words)
    if not words or len(words) > _LONGEST:
        return ""
    found = _WORDS.findall(words)
    if _CJK.search(words):
        return words
    meaning = [word for word in found if not _CAMERA.fullmatch(word)]
    if not meaning or not any(len(word) >= 3 and _is_speakable(word) for word in meaning):
        return ""
    digits = sum(character.isdigit() for character in words)
    if digits > sum(map(len, found)) or any(map(_HASH.fullmatch, words.split())):
        return ""
    return words[0].upper() + (words[1:].lower() if words.isupper() else words[1:])


def _is_speakable(word: str) -> bool:
    """Has a vowel and no run of consonants that no word has."""
    if not word.isascii():
        return True
    lower = word.lower()
    return bool(re.search("[aeiouy]", lower)) and not re.search("[^aeiouy]{6,}", lower)


def project_title(title: str) -> str:
    """The project's title as an opening title (`my_trip` → `My trip`); "" for the default one."""
    title = clean_line(title)
    if _PLAIN_NAME.fullmatch(title):
        title = re.sub(r"[_-]", " ", title).capitalize()
    return "" if title.casefold() in DEFAULT_TITLES or len(title) > 60 else title


def purpose_title(purpose: str) -> str:
    """`birthday party` → `Birthday party`; "" for nothing."""
    purpose = clean_line(purpose)
    return purpose[0].upper() + purpose[1:] if 2 <= len(purpose) <= _LONGEST else ""


def add(desk: Desk) -> bool:
    """Words that are there already: the project's name and what the files are called."""
    desk.timeline()
    _forget_generated(desk)
    clips = desk.clips
    opening = project_title(desk.project.title)
    source = desk.say("the project's name", "项目名称")
    if not opening:
        opening = purpose_title(desk.purpose)
        source = desk.say("your sentence", "你的句子")
    captions: list[tuple[d.Json, str]] = []
    named: set[str] = set()
    for clip in clips:
        name = caption(str(d.meta(clip).get("title") or ""))
        if name and name.casefold() not in named:
            named.add(name.casefold())
            captions.append((clip, name))
    if not opening and not captions:
        opening = purpose_title(desk.genre)
        source = desk.say("your sentence", "你的句子")
    if any(d.meta(text).get("role") == "title" for text in every(desk)):
        opening = ""
    if not opening and not captions:
        raise desk.refusal(
            "No text overlays: you gave no words, and the file names hold none. "
            'Say for example: add title "Morning Brew" at the beginning.',
            "没有加文字：你没有给出文字，文件名里也没有可用的文字。可以说：在开头加标题“清晨咖啡”。",
        )
    if opening:
        place = {"at": "start", "ms": 0, "d": reading_ms(opening)}
        put(desk, opening, "title", place, plain_style("title"), source=source)
    _add_captions(desk, captions)
    desk.note(
        'Other words: change "OLD" to "NEW", or remove the captions.',
        "要改文字可以说：把“旧文字”改成“新文字”，或者：删除字幕。",
    )
    return True


def _add_captions(desk: Desk, captions: list[tuple[d.Json, str]]) -> None:
    """One on each clip, behind the opening title; none where no time is left to read it."""
    words = []
    title_ends = d.opening_ends(desk.timeline())
    for clip, name in captions:
        seen = d.start(clip) + d.whole((d.joins([clip, clip])[0] or {}).get("d"))
        lead = max(0, title_ends - seen)
        if d.start(clip) + d.length(clip) - seen - lead < _READABLE_MS:
            continue
        place = {"at": "clip", "clip": clip["id"], "ms": lead, "d": TITLE_MS}
        style = plain_style("caption")
        insert(desk, name, "caption", place, {**style, "from": "file name"})
        words.append(f"“{name}”")
    if not words:
        return
    shown = ", ".join(words[:5]) + ("…" if len(words) > 5 else "")
    count = len(words)
    desk.did(
        f"Added {count} caption{'' if count == 1 else 's'} from the file names: {shown}.",
        f"按文件名加了 {count} 条字幕：{shown}。",
        "add_captions",
        captions=[word.strip("“”") for word in words],
        source="file names",
    )


def _forget_generated(desk: Desk) -> None:
    draft = desk.timeline()
    desk.draft = d.replace(
        draft,
        lambda kind, item: None if kind == TEXT and d.meta(item).get("from") else item,
    )
