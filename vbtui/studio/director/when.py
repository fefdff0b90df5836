"""When a text stands: what a clause says of it as the wish that the draft keeps."""

from __future__ import annotations

from vbtui.studio.director import texts
from vbtui.studio.director.clauses import Clause
from vbtui.studio.director.desk import Desk, seconds
from vbtui.studio.director.phrases import Place
from vbtui.studio.project import draft as d

NOUNS = ("title", "title_end", "caption", "text")
_TIMES = ("start", "end", "mid", "time", "to_time", "on", "after", "before", "whole", "between")
SPOTS = {"top": "top", "bottom": "bottom", "centre": "center", "up": "top", "down": "bottom"}


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
    duration = length if length is not None else texts.reading_ms(words)
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
