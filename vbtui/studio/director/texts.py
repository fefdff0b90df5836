"""Texts on the desk: putting one on the timeline, finding them, what they look like."""

from __future__ import annotations

from typing import Any

from vbtui.base.text import clean_line
from vbtui.studio.director.desk import Desk, between
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
