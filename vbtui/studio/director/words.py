"""Titles, captions and other words on the screen."""

from __future__ import annotations

from vbtui.studio.director import texts, words_change
from vbtui.studio.director import texts as overlays
from vbtui.studio.director import texts as when
from vbtui.studio.director.clauses import Clause
from vbtui.studio.director.desk import Desk
from vbtui.studio.project import draft as d

_MOST_TEXTS = 50


def handle(clause: Clause, desk: Desk) -> bool:
    """Everything about words: adding, changing, moving, styling, removing."""
    noun = next((n for n in when.NOUNS if clause.has("noun", n)), "")
    quoted = clause.has("quote")
    styled = clause.verb in ("bigger", "smaller") or clause.has("noun", "size")
    styled = styled or clause.has("the_text")
    if not noun and not quoted and not styled:
        return False
    if clause.has("size") or clause.has("resolution"):
        return False
    if clause.has("noun", "music", "transition") or clause.has("unsupported"):
        return False
    if clause.verb == "remove":
        return words_change.remove(clause, desk)
    if clause.has("the_text"):
        return words_change.change(clause, desk)
    if clause.verb in ("set", "move", "bigger", "smaller", "replace", "put") or (
        clause.put and not quoted
    ):
        return words_change.change(clause, desk) or _add(clause, desk, noun or "title")
    if clause.verb in ("add", "make", "", "keep") or clause.verb == "trim":
        if not quoted and clause.verb in ("", "make") and _has_style(clause) and texts.every(desk):
            return words_change.change(clause, desk) or _add(clause, desk, noun or "title")
        return _add(clause, desk, noun or ("title" if not desk.chinese else "text"))
    return False


def _all(desk: Desk) -> list[d.Json]:
    return d.texts(desk.draft) if desk.draft else []


def _has_style(clause: Clause) -> bool:
    return clause.has("colour") or clause.has("noun", "size") or clause.has("duration")


# Adding


def _add(clause: Clause, desk: Desk, noun: str) -> bool:
    quotes: list[str] = [quote for quote in clause.take_all("quote") if quote.strip()]
    clause.take_all("noun", *when.NOUNS, "video", "everything", "size", "colour", "clip")
    if not quotes:
        return _add_without_words(clause, desk, noun)
    if len(quotes) > 1:
        return _add_several(clause, desk, noun, quotes)
    clause.loose = not any(
        item.kind != "word" for item in clause.left() if item.kind in ("noun", "verb", "extra")
    )
    desk.timeline()
    role = "caption" if noun == "caption" else "title"
    place = when.wish(clause, desk, noun, quotes[0])
    style = _style(clause, noun)
    texts.put(desk, quotes[0], role, place, style)
    return True


def _add_several(clause: Clause, desk: Desk, noun: str, quotes: list[str]) -> bool:
    """One text for each clip when the numbers agree, else spread evenly."""
    if len(quotes) > _MOST_TEXTS:
        raise desk.refusal(
            f"That is {len(quotes)} texts; {_MOST_TEXTS} at a time can be added.",
            f"一共 {len(quotes)} 条文字；一次最多加 {_MOST_TEXTS} 条。",
        )
    role, style = ("caption" if noun == "caption" else "title"), _style(clause, noun)
    clause.take_all("where")
    clause.take_all("ref")
    clips = desk.clips
    total = desk.total()
    for number, words in enumerate(quotes):
        if len(clips) == len(quotes):
            place: d.Json = {"at": "clip", "clip": clips[number]["id"], "ms": 0, "d": 600_000}
        else:
            begin, end = total * number // len(quotes), total * (number + 1) // len(quotes)
            place = {"at": "time", "ms": begin, "d": max(d.MIN_TEXT_MS, end - begin)}
        texts.put(desk, words, role, place, style)
    return True


def _add_without_words(clause: Clause, desk: Desk, noun: str) -> bool:
    asked_for_name = any(
        str(item.value).lower() in ("project", "name") for item in clause.left() if item.is_("word")
    )
    name = overlays.project_title(desk.project.title)
    if noun == "caption":
        raise desk.refusal(
            "Captions from speech are not available in the local studio; captions with your own words "
            'are: add caption "…" from 0:05 to 0:08.',
            "本地工作室不能识别语音生成字幕；可以用你自己的文字：加字幕“……”，从 0:05 到 0:08。",
        )
    if noun == "text" and (clause.verb == "add" or clause.part_of):
        desk.need_pictures()
        return overlays.add(desk)
    if not name:
        where = ("at the end", "结尾") if noun == "title_end" else ("at the beginning", "开头")
        raise desk.refusal(
            f'Which words? For example: add title "Morning Brew" {where[0]}.',
            f"要写什么文字？例如：在{where[1]}加标题“清晨咖啡”。",
        )
    if asked_for_name:
        clause.take_all("word")
    desk.timeline()
    texts.put(desk, name, "title", when.wish(clause, desk, noun, name), _style(clause, noun))
    desk.note(
        'The words are the project\'s name; other words: change the title to "…".',
        "文字取自项目名称；要换文字可以说：把标题改成“……”。",
    )
    return True


def _style(clause: Clause, noun: str) -> d.Json:
    style = texts.plain_style(noun)
    colour = clause.take("colour")
    if colour:
        style["color"] = colour
    spot = clause.place(*when.SPOTS)
    if spot:
        style["position"] = when.SPOTS[spot.where]
    return style
