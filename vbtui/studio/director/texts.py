"""Texts on the timeline: put there, found, changed."""

from __future__ import annotations

import re
from typing import Any

from vbtui.base.text import clean_line, is_made_up
from vbtui.studio.director.work import Work
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


def is_pattern(words: str) -> bool:
    """Whether words hold a clip's own name or number."""
    return d.NAME in words or d.NUMBER in words


def named(work: Work) -> list[d.Json]:
    """The texts that show names or numbers of clips; refuses where there are none."""
    found = [item for item in every(work) if isinstance(d.meta(item).get("pattern"), str)]
    if not found:
        raise work.refusal(
            "No clip shows its name. To show them say: put the file name on each clip.",
            "没有片段显示文件名。要显示请说：给每个片段加上文件名。",
        )
    return found


def worded(work: Work, item: d.Json, words: str) -> dict[str, Any]:
    """Other words, as keys of `m`. Refuses a clip's name in a text that stands on no clip."""
    on_clips = place_of(item).get("at") == "clips"
    if is_pattern(words) and not on_clips:
        raise work.refusal(
            "A clip's name can be shown on that clip alone: put “{name}” on each clip.",
            "片段名只能显示在该片段上：给每个片段加文字“{name}”。",
        )
    return {"text": words, "from": None, "pattern": words if is_pattern(words) else None}


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
    segment: d.Json = {"s": 0, "d": 0, "m": {"text": words, "role": role, **style, "place": place}}
    clips = {str(clip.get("id")): clip for clip in work.clips}
    segment = d.place_text(segment, work.total(), clips) or segment
    name = "Captions" if role == "caption" else "Titles"
    draft = d.add_segment(work.timeline(), TEXT, segment, name=name)
    work.draft = d.lay_out(draft)
    return by_id(work, f"s{d.whole(d.meta(draft).get('ids'))}") or segment


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
