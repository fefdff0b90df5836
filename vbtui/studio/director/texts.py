"""Texts on the timeline: put there, found, changed."""

from __future__ import annotations

import re
from typing import Any

from vbtui.base.text import clean_line, is_made_up
from vbtui.language.quotes import has_signs, without_signs
from vbtui.studio.director.work import Work
from vbtui.studio.project import cards
from vbtui.studio.project import draft as d
from vbtui.timeline.model import TEXT

TITLE_MS = 3000
LONGEST_TITLE_MS = 8000
READING_MS = 60
"""ms to read a character: long words stand longer than 3 s."""
_SIZES = {"title": 0.09, "caption": 0.05, "text": 0.07}
_POSITIONS = {"title": "center", "caption": "bottom", "text": "center"}


def every(work: Work) -> list[d.Json]:
    """All texts of the timeline; empty when there is none."""
    return d.texts(work.draft) if work.draft else []


def by_id(work: Work, identity: object) -> d.Json | None:
    return next((item for item in every(work) if item.get("id") == identity), None)


def place_of(item: d.Json) -> d.Json:
    """The wish where the text stands (`m.place`); empty when it has none."""
    place = d.meta(item).get("place")
    return dict(place) if isinstance(place, dict) else {}


def named(work: Work) -> list[d.Json]:
    """The texts that show names or numbers of clips; refuses where there are none."""
    found = [item for item in every(work) if isinstance(d.meta(item).get("pattern"), str)]
    if not found:
        raise work.refusal(
            "No clip shows its name. To show them say: put the file name on each clip.",
            "没有片段显示文件名。要显示请说：给每个片段加上文件名。",
        )
    return found


def check(work: Work, words: str) -> None:
    """Refuses words that would be drawn wrong: letters that nothing here joins, signs that no font has."""
    if words.isascii():
        return
    try:
        from vbtui.studio.render import cannot_draw
    except ImportError:
        return
    if why := cannot_draw(words, work.chinese):
        raise work.refusal(
            f"These words cannot be drawn right here: {why}", f"这些文字在这里无法正确显示：{why}"
        )


def worded(work: Work, item: d.Json, words: str) -> dict[str, Any]:
    """Other words, as keys of `m`. Refuses a clip's name in a text that stands on no clip."""
    check(work, words)
    pattern = words if has_signs(words) else None
    if pattern is None:
        words = without_signs(words)
    elif place_of(item).get("at") != "clips":
        raise work.refusal(
            "A clip's name can be shown on that clip alone: put “{name}” on each clip. The word itself is written {{name}}.",
            "片段名只能显示在该片段上：给每个片段加文字“{name}”。要写这个词本身请写 {{name}}。",
        )
    style = {"style": None} if d.meta(item).get("style") == "countdown" else {}
    return {"text": words, "from": None, "pattern": pattern, **style}


def reading_ms(words: str) -> int:
    """How long words stand unless a length was given."""
    return min(LONGEST_TITLE_MS, max(TITLE_MS, len(words) * READING_MS))


def plain_style(noun: str) -> d.Json:
    """What a title, caption or text looks like unless asked otherwise."""
    if noun == "lower_third":
        return {**plain_style("caption"), "position": "bottom left", "style": "lower third"}
    key = {"end_title": "title"}.get(noun, noun)
    return {
        "position": _POSITIONS[key],
        "size": _SIZES[key],
        "color": "#FFFFFF",
        "anim": "fade",
    }


def on_screen(said: str, now: str) -> str:
    """One of nine places: `left` leaves the height as it is, `top` the side; `center` is the middle of the picture."""
    if " " in said or said == "center":
        return said
    up = next((one for one in ("top", "bottom") if now.startswith(one)), "")
    side = next((one for one in ("left", "right") if now.endswith(one)), "")
    up, side = (said, side) if said in ("top", "bottom") else (up, said)
    return f"{up} {side}".strip()


def apply(work: Work, chosen: list[d.Json], changes: dict[str, Any]) -> None:
    """Sets keys of `m` of these texts."""
    identities = {item.get("id") for item in chosen}

    def change(kind: int, item: d.Json) -> d.Json:
        mine = kind == TEXT and item.get("id") in identities
        return d.with_meta(item, **changes) if mine else item

    work.draft = d.lay_out(d.replace(work.timeline(), change))


def insert(work: Work, words: str, role: str, place: d.Json, style: d.Json) -> d.Json:
    """A new text, untold; the segment as it lies on the timeline."""
    check(work, words)
    segment: d.Json = {"s": 0, "d": 0, "m": {"text": words, "role": role, **style, "place": place}}
    clips = {str(clip.get("id")): clip for clip in work.clips}
    segment = d.place_text(segment, work.total(), clips) or segment
    name = "Captions" if role == "caption" else "Titles"
    draft = d.add_segment(work.timeline(), TEXT, segment, name=name)
    work.draft = d.lay_out(draft)
    return by_id(work, f"s{d.whole(d.meta(draft).get('ids'))}") or segment


def add_card(work: Work, index: int, lasts: int) -> str:
    """A black card of so many ms before the clip with this index; its id. What stands behind goes along."""
    clips, before = work.clips, {str(one.get("id")) for one in work.clips}
    begin = d.start(clips[index]) if index < len(clips) else work.total()
    meta = {
        "title": work.say(*cards.NAMES),
        "asset": cards.BLACK,
        "in": 0,
        "speed": 1.0,
        "volume": 1.0,
    }
    card: d.Json = {"s": 0, "d": lasts, "m": {**meta, "fit": "cover"}}
    work.arrange(
        [*clips[:index], card, *clips[index:]], moved=lambda ms: ms + lasts if ms >= begin else ms
    )
    if index == 0:
        behind = [one for one in every(work) if place_of(one).get("at") == "start"]
        for one in behind:
            place = place_of(one)
            apply(work, [one], {"place": {**place, "ms": d.whole(place.get("ms")) + lasts}})
    return next(str(one.get("id")) for one in work.clips if str(one.get("id")) not in before)


def drop_cards(work: Work, gone: list[d.Json]) -> None:
    """Takes the black cards away on which these texts stood, and none does now."""
    stood = {str(place_of(one).get("clip")) for one in gone}
    stand = {str(place_of(one).get("clip")) for one in every(work)}
    empty = [
        at
        for at, clip in enumerate(work.clips)
        if str(clip.get("id")) in stood - stand and work.kind(clip) == "card"
    ]
    for at in reversed(empty):
        clip = work.clips[at]
        begin, lasts = d.start(clip), d.length(clip)
        if at == 0:
            for one in every(work):
                place = place_of(one)
                if place.get("at") == "start":
                    ms = max(0, d.whole(place.get("ms")) - lasts)
                    apply(work, [one], {"place": {**place, "ms": ms}})
        rest = [one for number, one in enumerate(work.clips) if number != at]

        def moved(ms: int, begin: int = begin, lasts: int = lasts) -> int:
            return ms - lasts if ms >= begin + lasts else min(ms, begin)

        if rest:
            work.arrange(rest, moved=moved)


DEFAULT_TITLES = ("", "project", "untitled", "new project")
_PLAIN_NAME = re.compile(r"[a-z0-9]+(?:[ _-][a-z0-9]+)*")


def project_title(title: str) -> str:
    """The project's title as an opening title (`my_trip` → `My trip`); "" for the default one, and for
    one that a camera made up."""
    title = clean_line(title)
    if is_made_up(title):
        return ""
    if _PLAIN_NAME.fullmatch(title):
        title = re.sub(r"[_-]", " ", title).capitalize()
    return "" if title.casefold() in DEFAULT_TITLES or len(title) > 60 else title
