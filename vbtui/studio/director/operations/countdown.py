"""countdown: large numbers, one a second, over the video or on black before it."""

from __future__ import annotations

from typing import NamedTuple

from vbtui.base.text import clean_line
from vbtui.studio.director import texts
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations import title
from vbtui.studio.director.resolving import edge_of, identity, moment, positions
from vbtui.studio.director.values import Clips, Pick, Place, When
from vbtui.studio.director.work import Work, seconds
from vbtui.studio.project import draft as d
from vbtui.timeline.model import TEXT

_USUAL_S, _MOST_S = 3, 60
_STYLE: Json = {"position": "center", "size": 0.25, "color": "#FFFFFF", "style": "countdown"}


class _Where(NamedTuple):
    """Where it runs: at a place over the video, or on a card before the clip with this index."""

    place: Json
    card: int | None = None


def _there(work: Work) -> list[d.Json]:
    return [one for one in texts.every(work) if d.meta(one).get("style") == "countdown"]


def _countdown(work: Work, slots: Slots) -> Json:
    there, way = _there(work), value(slots, "way")
    if not there and way in ("remove", "change"):
        raise work.refusal(
            "There is no countdown. To have one say: add a 5 second countdown at the start.",
            "没有倒计时。要添加请说：开头加5秒倒计时。",
        )
    if way == "remove":
        _remove(work, there)
        return {"remove": True}
    adds = any(one.is_("verb", "add", "create") for one in slots.get("head", []))
    old = there[-1] if there and not adds else None
    lasts, where = _lasts(work, slots), _where(work, slots)
    style = dict(_STYLE)
    if old is not None:
        style = {key: d.meta(old).get(key, style[key]) for key in style}
        lasts = lasts or d.whole(texts.place_of(old).get("d"))
        where = where or _as_it_is(work, old)
    style |= title.style_of(work, slots, style)
    if lasts is None:
        lasts = _USUAL_S * 1000
        work.note(
            f"It counts {_USUAL_S} seconds; for more say: make it 5 seconds.",
            f"倒数 {_USUAL_S} 秒；要更长请说：改成5秒。",
        )
    before = work.timeline()
    if old is not None:
        _remove(work, [old])
    where = where or _Where({"at": "start", "ms": 0})
    made = _on_card(work, where.card, lasts) if where.card is not None else where.place
    if where.card is None:
        _check(work, {**made, "d": lasts}, style)
    item = texts.insert(work, "1", "countdown", {**made, "d": lasts}, style)
    if old is not None and _same(before, work.timeline()):
        raise work.refusal("It is so already.", "已经是这样了。")
    work.mind.speak("countdown", [identity(item)])
    return {"duration_ms": lasts, "start_ms": d.start(item)}


def _same(one: d.Json, other: d.Json) -> bool:
    def told(draft: d.Json) -> list[Json]:
        return [{**item, "id": ""} for item in (*d.clips(draft), *d.texts(draft))]

    return told(one) == told(other)


def _remove(work: Work, gone: list[d.Json]) -> None:
    """These, and the black cards on which nothing else stands."""
    ids = {identity(one) for one in gone}
    work.draft = d.lay_out(
        d.replace(
            work.timeline(),
            lambda kind, item: None if kind == TEXT and identity(item) in ids else item,
        )
    )
    texts.drop_cards(work, gone)


def _lasts(work: Work, slots: Slots) -> int | None:
    """ms that the words say; None where they say nothing."""
    length, count = first(slots, "length"), first(slots, "count")
    said = [float(one.value) for one in (count,) if one is not None]
    said += [float(length.value) / 1000] if length is not None else []
    if not said:
        return None
    if len(set(said)) > 1 or said[0] != int(said[0]) or not 1 <= said[0] <= _MOST_S:
        raise work.refusal(
            f"A countdown counts whole seconds, {_MOST_S} at most, one number a second.",
            f"倒计时按整秒数，一秒一个数，最多 {_MOST_S} 秒。",
        )
    return int(said[0]) * 1000


def _where(work: Work, slots: Slots) -> _Where | None:
    at, clips, when = first(slots, "at"), first(slots, "clips"), first(slots, "when")
    whole = first(slots, "whole")
    place = at.get("place") if at is not None else None
    ahead = whole is not None and whole.role == "before"
    if isinstance(place, Place):
        if place.where != "before" or place.clips is None:
            raise _unclear(work)
        return _Where({}, positions(work, place.clips, speak=False)[0])
    if ahead or "card" in slots:
        edges = {one.get("edge") for one in slots.get("at", [])}
        if clips is not None or when is not None or edges - {"start", None}:
            raise _unclear(work)
        return _Where({}, 0)
    if when is not None:
        stretch = when.get("when")
        if isinstance(stretch, When) and stretch.vague == "opening" and stretch.of is None:
            return _Where({"at": "start", "ms": 0})
        if isinstance(stretch, When) and stretch.vague == "closing" and stretch.of is None:
            return _Where({"at": "end", "ms": 0})
        raise _unclear(work)
    if clips is not None and isinstance(clips.get("clips"), Clips):
        if at is not None and at.get("edge") != "start":
            raise _unclear(work)
        if clips.get("clips") == Clips((Pick(),)):
            return _Where({"at": "start", "ms": 0})
        where = positions(work, clips.get("clips"))
        if len(where) != 1:
            raise work.question("Over which clip?", "放在哪个片段上？", "clips")
        return _Where({"at": "clip", "clip": identity(work.clips[where[0]]), "ms": 0})
    if at is None:
        return None
    edge = at.get("edge")
    if edge in ("start", "end"):
        return _Where({"at": edge, "ms": 0})
    if edge is not None:
        raise _unclear(work)
    return _Where({"at": "time", "ms": moment(work, edge_of(work, at), work.total())})


def _unclear(work: Work) -> Exception:
    return work.question(
        "Where shall it run? For example: at the start, on clip 2, at 0:10, or on black before the video.",
        "倒计时放在哪里？例如：开头、片段2上、0:10处，或视频前的黑屏上。",
        "at",
    )


def _as_it_is(work: Work, old: d.Json) -> _Where:
    place = texts.place_of(old)
    ids = [identity(one) for one in work.clips]
    at = ids.index(str(place.get("clip"))) if place.get("clip") in ids else None
    if at is not None and work.kind(work.clips[at]) == "card":
        return _Where({}, at)
    return _Where({key: held for key, held in place.items() if key != "d"})


def _on_card(work: Work, index: int, lasts: int) -> Json:
    """A new black card before the clip with this index; the place on it."""
    card = texts.add_card(work, index, lasts)
    return {"at": "clip", "clip": card, "ms": 0}


def _check(work: Work, place: Json, style: Json) -> None:
    """Refuses where it has no room, and asks where words stand in its way."""
    clips = {identity(clip): clip for clip in work.clips}
    item = d.place_text({"s": 0, "d": 0, "m": {"place": place}}, work.total(), clips)
    if item is None or d.length(item) < place["d"]:
        room = seconds(d.length(item) if item is not None else 0)
        raise work.refusal(
            f"There is room for {room} only. Before the video it can be as long as you like: add it on black before the video.",
            f"那里只有 {room}。放在视频前的黑屏上就没有限制：在视频前的黑屏上加倒计时。",
        )
    begin, end = d.start(item), d.start(item) + d.length(item)
    other = next(
        (
            one
            for one in texts.every(work)
            if d.start(one) < end
            and d.start(one) + d.length(one) > begin
            and d.meta(one).get("position") == style["position"]
        ),
        None,
    )
    if other is not None and not work.confirmed:
        words = clean_line(str(d.meta(other).get("text")))[:40]
        raise work.question(
            f"“{words}” stands in the same place then. Shall it be over that? Else say for example: on black before the "
            "video, or: a countdown at the top right.",
            f"那时同一位置有文字“{words}”。要叠在上面吗？也可以说：放在视频前的黑屏上，或：右上角加倒计时。",
            "",
            [("yes", True), ("no", False)],
        )


_WHERE = (
    "at=moment|edge|time|place|rank|ord@at|from|after|before|in|on|-|to",
    "when=when",
    "clips=clips|files@on|over|in|for|at|ba|-",
    "whole*=whole@+before",
    "card=oncard",
    "corner=corner",
)
_LOOK = (
    "screen=screen|thing:middle|middle",
    "colour=colour",
    "size=textsize|more",
    "little=little",
    "letters=letters|thing:colour|thing:size",
)
_LASTS = ("length=duration", "count=countfrom|number|angle")
_ALL = (*_LASTS, *_WHERE, *_LOOK)
OPERATION = Operation(
    "countdown",
    (
        form("verb:add|put|use|show|make|create|set|get|open_with|start?, topic:countdown", *_ALL, "begin=word:verb:start"),
        form("verb:set|turn|move|keep, topic:countdown", *_ALL, way="change", weight=1),
        form("verb:longer|shorter|make|set|turn|put|move|show|start", "it!!=count_it", *_ALL, way="change", weight=3),
        *(
            form(heads, f"{name}!!=count_{name}", "little=little", "it=pron", "letters=letters|thing:colour|thing:size", way="change", weight=1)
            for heads in ("", "verb:make|set|move|put|turn|show")
            for name in ("size", "colour", "screen")
        ),
        form("verb:remove|off|undo|mute_away, topic:countdown", "all=q|all", "whole*=whole@+from", "dir=dir", *_WHERE[:2], way="remove", weight=2),
        form("verb:take|turn, topic:countdown", "dir!=word:dir:off|word:dir:out|word:dir:away", "whole*=whole@+from", way="remove", weight=3),
        form("nothing:, topic:countdown", "whole*=whole@+from", way="remove", weight=2),
        form("verb:remove|off", "it!!=count_it", way="remove", weight=3),
        form("verb:take", "it!!=count_it", "dir!=dir", way="remove", weight=3),
    ),
    ("counts down in large numbers, over the video or on black before it", "倒计时：叠在画面上，或放在视频前的黑屏上"),
    ("add a 5 second countdown at the start", "put a 3-2-1 countdown on black before the video", "开头加5秒倒计时"),
    _countdown,
    frozenset({"clips", "texts", "sounds", "overlays"}),
)  # fmt: skip
