"""Titles, captions and other words on the screen: put there, changed, taken away."""

from __future__ import annotations

from vbtui.base.text import clean_line
from vbtui.studio.director import texts
from vbtui.studio.director.clauses import Clause
from vbtui.studio.director.desk import Desk, between
from vbtui.studio.project import draft as d
from vbtui.timeline.model import TEXT

_MOST_TEXTS = 50


def handle(clause: Clause, desk: Desk) -> bool:
    """Everything about words: adding, changing, moving, styling, removing."""
    noun = next((n for n in texts.NOUNS if clause.has("noun", n)), "")
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
        return remove(clause, desk)
    if clause.has("the_text"):
        return change(clause, desk)
    if clause.verb in ("set", "move", "bigger", "smaller", "replace", "put") or (
        clause.put and not quoted
    ):
        return change(clause, desk) or _add(clause, desk, noun or "title")
    if clause.verb in ("add", "make", "", "keep") or clause.verb == "trim":
        if not quoted and clause.verb in ("", "make") and _has_style(clause) and texts.every(desk):
            return change(clause, desk) or _add(clause, desk, noun or "title")
        return _add(clause, desk, noun or ("title" if not desk.chinese else "text"))
    return False


def _all(desk: Desk) -> list[d.Json]:
    return d.texts(desk.draft) if desk.draft else []


def _has_style(clause: Clause) -> bool:
    return clause.has("colour") or clause.has("noun", "size") or clause.has("duration")


# Adding


def _add(clause: Clause, desk: Desk, noun: str) -> bool:
    quotes: list[str] = [quote for quote in clause.take_all("quote") if quote.strip()]
    clause.take_all("noun", *texts.NOUNS, "video", "everything", "size", "colour", "clip")
    if not quotes:
        return _add_without_words(clause, desk, noun)
    if len(quotes) > 1:
        return _add_several(clause, desk, noun, quotes)
    clause.tolerant = not any(
        item.kind != "word" for item in clause.left() if item.kind in ("noun", "verb", "extra")
    )
    desk.timeline()
    role = "caption" if noun == "caption" else "title"
    place = texts.wish(clause, desk, noun, quotes[0])
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
    name = texts.project_title(desk.project.title)
    if noun == "caption":
        raise desk.refusal(
            "Captions from speech are not available in the local studio; captions with your own words "
            'are: add caption "…" from 0:05 to 0:08.',
            "本地工作室不能识别语音生成字幕；可以用你自己的文字：加字幕“……”，从 0:05 到 0:08。",
        )
    if noun == "text" and (clause.verb == "add" or clause.part_of):
        desk.need_pictures()
        return texts.add(desk)
    if not name:
        where = ("at the end", "结尾") if noun == "title_end" else ("at the beginning", "开头")
        raise desk.refusal(
            f'Which words? For example: add title "Morning Brew" {where[0]}.',
            f"要写什么文字？例如：在{where[1]}加标题“清晨咖啡”。",
        )
    if asked_for_name:
        clause.take_all("word")
    desk.timeline()
    texts.put(desk, name, "title", texts.wish(clause, desk, noun, name), _style(clause, noun))
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
    place = clause.place(*texts.POSITIONS)
    if place:
        style["position"] = texts.POSITIONS[place.where]
    return style


def _chosen(clause: Clause, desk: Desk, *, take_quotes: bool) -> list[d.Json]:
    """The texts that the clause means: by their words, else by their kind."""
    found = texts.every(desk)
    if not found:
        raise desk.refusal("There is no text on the timeline.", "时间线上没有文字。")
    nouns = clause.take_all("noun", *texts.NOUNS)
    named = clause.take_all("the_text")
    if named:
        return [item for item in found if item.get("id") in named]
    if take_quotes and clause.has("quote"):
        words = [clean_line(quote).casefold() for quote in clause.take_all("quote")]
        chosen = [i for i in found if clean_line(str(d.meta(i).get("text"))).casefold() in words]
        if not chosen:
            shown = ", ".join(f"“{clean_line(str(d.meta(i).get('text')))}”" for i in found[:5])
            raise desk.refusal(
                f"There is no such text. The timeline has: {shown}.",
                f"没有这样的文字。时间线上有：{shown}。",
            )
        return chosen
    noun = nouns[0] if nouns else "text"
    roles = {"title": ("title",), "title_end": ("title",), "caption": ("caption",)}.get(noun)
    chosen = [i for i in found if roles is None or d.meta(i).get("role") in roles]
    if noun == "title_end":
        chosen = [item for item in chosen if texts.place_of(item).get("at") == "end"]
    if not chosen:
        raise desk.refusal(
            "There is no title on the timeline." if noun != "caption" else "There are no captions.",
            "时间线上没有标题。" if noun != "caption" else "时间线上没有字幕。",
        )
    return chosen


def remove(clause: Clause, desk: Desk) -> bool:
    clause.take("select", "all")
    clause.take_all("noun", "everything")
    clause.take_all("ref")
    chosen = _chosen(clause, desk, take_quotes=True)
    place = clause.place("start", "end")
    if place:
        chosen = [i for i in chosen if texts.place_of(i).get("at") == place.where]
    identities = {item.get("id") for item in chosen}
    desk.draft = d.lay_out(
        d.replace(
            desk.timeline(),
            lambda kind, item: None if kind == TEXT and item.get("id") in identities else item,
        )
    )
    desk.did(
        f"Removed the text {texts.names(chosen)}.",
        f"删除了文字 {texts.names(chosen)}。",
        "remove_text",
        texts=[str(d.meta(item).get("text")) for item in chosen],
    )
    return True


def change(clause: Clause, desk: Desk) -> bool:
    quotes = [str(item.value) for item in clause.items if item.kind == "quote"]
    found = texts.every(desk)
    if not found and clause.verb in ("set", "add") and quotes:
        return False
    named = clause.has("the_text")
    by_words = len(quotes) == 2 or (clause.verb not in ("set", "replace") and bool(quotes))
    new_words = quotes[-1] if (named or clause.verb in ("set", "replace")) and quotes else ""
    if len(quotes) == 2 and not named and clause.verb in ("set", "replace"):
        clause.take("quote")
        first = clean_line(quotes[0]).casefold()
        chosen = [i for i in found if clean_line(str(d.meta(i).get("text"))).casefold() == first]
        clause.take_all("quote")
        clause.take_all("noun", *texts.NOUNS)
        if not chosen:
            raise desk.refusal(
                f"There is no text “{clean_line(quotes[0])}” on the timeline.",
                f"时间线上没有文字“{clean_line(quotes[0])}”。",
            )
    else:
        if new_words:
            clause.take_all("quote")
        chosen = _chosen(clause, desk, take_quotes=by_words and not named)
    return _change_chosen(clause, desk, chosen, new_words)


def _change_chosen(clause: Clause, desk: Desk, chosen: list[d.Json], new_words: str) -> bool:
    changed = False
    if new_words:
        before = texts.names(chosen[:1])
        texts.apply(desk, chosen[:1], {"text": new_words, "from": None})
        desk.text_shown.append(new_words)
        desk.did(
            f"Changed the text {before} to “{clean_line(new_words)}”.",
            f"把文字 {before} 改成了“{clean_line(new_words)}”。",
            "change_text",
            text=new_words,
        )
        chosen, changed = chosen[:1], True
    changed = _restyle(clause, desk, chosen) or changed
    changed = _retime(clause, desk, chosen) or changed
    if not changed:
        raise desk.refusal(
            f'To which words? For example: change {texts.names(chosen[:1])} to "Morning Brew".',
            f"改成什么文字？例如：把{texts.names(chosen[:1])}改成“清晨咖啡”。",
        )
    return True


def _restyle(clause: Clause, desk: Desk, chosen: list[d.Json]) -> bool:
    changed = False
    colour = clause.take("colour")
    clause.take_all("noun", "size", "colour")
    clause.take_all("noun", "everything")
    if colour:
        texts.apply(desk, chosen, {"color": colour})
        desk.did(
            f"Coloured {texts.names(chosen)} {colour}.",
            f"把 {texts.names(chosen)} 的颜色设为 {colour}。",
            "style_text",
            color=colour,
        )
        changed = True
    factor = {"bigger": 1.25, "smaller": 0.8}.get(clause.verb) or {
        "bigger": 1.25,
        "smaller": 0.8,
    }.get(str(clause.take("extra", "bigger", "smaller")))
    factor = float(clause.take("factor") or factor or 0)
    if factor:
        for item in chosen:
            size = d.meta(item).get("size")
            before = float(size) if isinstance(size, int | float) else 0.07
            texts.apply(desk, [item], {"size": round(min(0.3, max(0.02, before * factor)), 4)})
        desk.did(
            f"Made {texts.names(chosen)} {'bigger' if factor > 1 else 'smaller'} ({factor:g}x).",
            f"把 {texts.names(chosen)} {'放大' if factor > 1 else '缩小'}了（{factor:g} 倍）。",
            "style_text",
            scale=factor,
        )
        changed = True
    place = clause.place(*texts.POSITIONS)
    if place:
        where = texts.POSITIONS[place.where]
        texts.apply(desk, chosen, {"position": where})
        zh = {"top": "上方", "bottom": "下方", "center": "中间"}[where]
        desk.did(
            f"Moved {texts.names(chosen)} to the {where}.",
            f"把 {texts.names(chosen)} 移到了{zh}。",
            "style_text",
            position=where,
        )
        changed = True
    return changed


def _retime(clause: Clause, desk: Desk, chosen: list[d.Json]) -> bool:
    if not (clause.has("range") or clause.has("duration") or clause.has("where")):
        return False
    if clause.has("duration") and not clause.has("range") and not clause.has("where"):
        length = clause.take("duration")
        for item in chosen:
            place = texts.place_of(item) or {"at": "time", "ms": d.start(item)}
            place = {"at": "start", "ms": 0} if place.get("at") == "whole" else place
            texts.apply(desk, [item], {"place": {**place, "d": max(d.MIN_TEXT_MS, length)}})
    else:
        words = str(d.meta(chosen[0]).get("text"))
        place = texts.wish(clause, desk, "title", words)
        if not any(item.kind in ("range", "duration") for item in clause.items):
            place = {**place, "d": d.whole(texts.place_of(chosen[0]).get("d"), d.length(chosen[0]))}
        texts.apply(desk, chosen[:1], {"place": place})
    now = texts.by_id(desk, chosen[0].get("id")) or chosen[0]
    begin, end = d.start(now), d.start(now) + d.length(now)
    desk.did(
        f"{texts.names(chosen)} now stands {between(begin, end)}.",
        f"{texts.names(chosen)} 现在显示于 {between(begin, end)}。",
        "move_text",
        start_ms=begin,
        duration_ms=end - begin,
    )
    return True
