"""overlay: an uploaded picture small over the video – a logo, a watermark – put there, moved, made larger, seen through, taken away."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from vbtui.base.text import clean_line
from vbtui.studio.director import texts
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.resolving import edge_of, identity, moment, positions, spans
from vbtui.studio.director.values import Clips, Phrase, Pick, When
from vbtui.studio.director.work import Work, seconds
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media
from vbtui.timeline.model import VIDEO

PLACE, SIZE = "bottom right", 0.12
_LARGER, _LITTLE_LARGER, _SMALLEST = 1.4, 1.18, 0.02
_SIZES = {"big": 0.25, "small": 0.08}
_HALF, _CLEARER = 0.5, 0.25
_NAMED = re.compile(r"logo|water ?mark|brand|水印|标志|台标|徽标|商标", re.IGNORECASE)
_SHARES = ("percent", "frac")


def is_named(file: Media) -> bool:
    """Whether a file's name says that it is a logo."""
    return file.kind == "image" and bool(_NAMED.search(file.filename))


def files_laid(work: Work, slots: Slots) -> list[Media]:
    """The files that a request lays over the picture: they are no clips, where nothing is built yet."""
    named = _named(work, slots)
    return named or [one for one in work.project.media if is_named(one)]


def _named(work: Work, slots: Slots) -> list[Media]:
    clips = [held.get("clips") for held in (*slots.get("file", []), *slots.get("it", []))]
    said = [held for held in clips if isinstance(held, Clips) and not held.picks[0].pronoun]
    ids = [one for held in said for pick in held.picks for one in pick.files]
    if said and not ids:  # clip 2 as a watermark
        where = [place for held in said for place in positions(work, held, speak=False)]
        ids = [str(d.meta(work.clips[place]).get("asset")) for place in where]
    return [work.media[one] for one in ids if one in work.media]


def _without_clips(work: Work, slots: Slots) -> Slots:
    """`watermark the beach`, 给海滩加水印: a clip that is named is what it lies over, and not what lies there."""
    shown = {str(d.meta(clip).get("asset")) for clip in work.clips} if work.draft else set()
    puts = any(one.is_("verb", "add", "put", "use", "show") for one in slots.get("head", []))
    over = []
    for one in slots.get("file", []):
        files = [file for pick in one.get("clips").picks for file in pick.files]
        if files and shown.issuperset(files):
            moves = any(work.media[file].kind == "video" for file in files if file in work.media)
            over += [one] if moves or one.role == "ba" or not puts else []
    if not over or not _says_logo(slots):
        return slots
    left = [one for one in slots["file"] if one not in over]
    return {**slots, "file": left, "clips": [*slots.get("clips", []), *over]}


def _says_logo(slots: Slots) -> bool:
    return any(one.is_("lay") for held in slots.values() for one in held)


def _there(work: Work) -> list[d.Json]:
    return [one for one in d.overlays(work.draft or {}) if "type" not in d.meta(one)["overlay"]]


def _heed_cells(work: Work, named: Sequence[str]) -> None:
    """Refuses for a file that is a part of a split screen."""
    laid = [
        one for one in d.overlays(work.draft or {}) if d.meta(one)["overlay"].get("type") == "cell"
    ]
    if any(d.meta(one).get("asset") in named for one in laid):
        raise work.refusal(
            "That is a part of a split screen. To have its clips one after the other again say: remove the split screen.",
            "它是分屏的一部分。要恢复成前后相接请说：去掉分屏。",
        )


def _overlay(work: Work, slots: Slots) -> Json:
    way = str(value(slots, "way") or "")
    if way == "remove":
        return remove(work, slots)
    slots = _without_clips(work, slots)
    named = _named(work, slots)
    if len(named) > 1:
        raise work.question("Which of these files?", "用哪个文件？", "file", _choices(named))
    laid = _there(work)
    adds = any(one.is_("verb", "add", "create") for one in slots.get("head", []))
    _heed_cells(work, [one.id for one in named])
    if named:
        mine = [one for one in laid if d.meta(one).get("asset") == named[0].id]
        if way == "replace":
            return _replace(work, named[0])
        return _change(work, slots, mine) if mine else _add(work, slots, named[0])
    if laid and not adds:
        return _change(work, slots, _meant(work))
    return _add(work, slots, _file(work))


def _meant(work: Work) -> list[d.Json]:
    """What is there; of several what was spoken of."""
    laid = _there(work)
    if not laid:
        raise work.refusal(
            "No picture lies over the video. With one that you upload: add logo.png as a watermark.",
            "视频上没有叠加的图片。可以先上传图片，然后说：把 logo.png 加为水印。",
        )
    spoken = [one for one in laid if identity(one) in work.mind.spoken]
    if len(laid) > 1 and not spoken:
        names = [clean_line(str(d.meta(one).get("title") or "")) for one in laid]
        raise work.question(
            f"Which one: {', '.join(names)}?",
            f"哪一个：{'、'.join(names)}？",
            "file",
            _choices(_assets(work)),
        )
    return spoken or laid


def _assets(work: Work) -> list[Media]:
    ids = dict.fromkeys(str(d.meta(one).get("asset")) for one in _there(work))
    return [work.media[one] for one in ids if one in work.media]


def _choices(files: list[Media]) -> list[tuple[str, Any]]:
    return [
        (clean_line(one.filename), Phrase("clips", Clips((Pick(files=(one.id,)),)), 0, 0))
        for one in files[:9]
    ]


def _file(work: Work) -> Media:
    """The picture that is meant where none is named: the one that is called a logo."""
    shown = {d.meta(clip).get("asset") for clip in d.clips(work.draft or {})}
    free = [one for one in work.project.media if one.kind == "image" and one.id not in shown]
    called = [one for one in work.project.media if is_named(one)]
    if len(called) == 1:
        return called[0]
    free = called or free
    if not free:
        raise work.refusal(
            "There is no picture for it yet: upload one (a PNG can be clear around the logo), then say: add logo.png "
            'as a watermark. Words as one are: add text "© Me" at the bottom for the whole video.',
            "还没有可用的图片：请先上传（PNG 可以透明），然后说：把 logo.png 加为水印。也可以用文字：全程在底部加文字“© 我”。",
        )
    names = [clean_line(one.filename) for one in free[:6]]
    raise work.question(
        f"Which picture: {', '.join(names)}?",
        f"用哪张图片：{'、'.join(names)}？",
        "file",
        _choices(free),
    )


# Where and how


def looks(work: Work, slots: Slots, now: d.Json) -> d.Json:
    """`m.overlay` with what the words say of place, size and opacity."""
    look = dict(now)
    screen = first(slots, "screen")
    if screen is not None:
        said = screen.get("dir") or screen.get("edge")
        height = {"up": "top", "down": "bottom", "start": "top", "end": "bottom"}.get(str(said))
        wanted = str(screen.get("screen") or height or "center").replace("_", " ")
        look["place"] = texts.on_screen(wanted, str(look.get("place", PLACE)))
    said = _Shares(work, slots, is_new=not now)
    size, opacity = float(look.get("size", SIZE)), float(look.get("opacity", 1))
    size = said.size if said.size is not None else size * said.factor
    opacity = said.opacity if said.opacity is not None else _seen_through(said.clear, opacity)
    if size < _SMALLEST:
        raise work.refusal(
            f"That is too small to be seen: at least {_SMALLEST:.0%} of the width.",
            f"太小了看不见：至少为画面宽度的 {_SMALLEST:.0%}。",
        )
    look["size"] = round(min(1.0, size), 4)
    look["opacity"] = round(min(1.0, opacity), 4)
    return {**look, "place": look.get("place", PLACE)}


def _seen_through(way: str, now: float) -> float:
    if not way:
        return now
    if way == "half":
        return _HALF
    if way in ("down", "clear"):
        return max(0.1, now - _CLEARER)
    return now + _CLEARER


class _Shares:
    """How large and how clear the words say that it is; shares are of what the word beside them says.

    Raises a question for a share of which nothing says what it is of, and for 透明度, which some mean the other way.
    """

    def __init__(self, work: Work, slots: Slots, *, is_new: bool) -> None:
        self._work, self._is_new = work, is_new
        self.size: float | None = None
        """Of the frame's width."""
        self.factor = 1.0
        """Against what it is."""
        self.opacity: float | None = None
        self.clear = ""
        """More or less of it, where no share says how much."""
        words = [one for name in ("opacity", "wide", "size") for one in slots.get(name, [])]
        for share in sorted(slots.get("share", []), key=lambda one: one.start):
            near = min(words, key=lambda one: _apart(one, share), default=None)
            self._take(share, near)
            words = [one for one in words if one is not near]
        for factor in slots.get("factor", []):
            if not any(one.get("textsize") or one.thing == "size" for one in words):
                raise work.question("What shall be twice as much?", "什么加倍？", "size")
            self.factor *= float(factor.value)
            words = [one for one in words if not one.get("textsize")]  # twice as big
        for word in words:
            self._step(word, "little" in slots)

    def _take(self, share: Phrase, word: Phrase | None) -> None:
        work = self._work
        amount = float(share.value) / (100 if share.kind == "percent" else 1)
        of_size = word is not None and (word.thing == "size" or word.kind in ("more", "too"))
        if not 0 < amount <= 1 and not of_size:
            raise work.refusal("That is between 1 % and 100 %.", "应在 1% 到 100% 之间。")
        if word is None:
            raise work.question(
                "Is that its size or its opacity? For example: 20 % of the width, 50 % opacity.",
                "是大小还是不透明度？例如：画面宽度的20%，不透明度50%。",
            )
        if word.kind in ("more", "too"):
            self.factor *= 1 + amount if _is_larger(word) else 1 - amount
        elif word.is_("opacity"):
            self.opacity = self._of_opacity(str(word.get("opacity")), amount)
        elif share.kind == "frac" and not word.is_("wide"):
            self.factor *= amount  # half the size
        elif word.is_("wide") or self._is_new:
            self.size = amount
        else:
            raise work.question(
                f"{amount:.0%} of the frame's width, or of the size that it has? For example: 20 % of the width, or: "
                "50 % smaller.",
                f"是画面宽度的 {amount:.0%}，还是现在大小的 {amount:.0%}？例如：画面宽度的20%，或：缩小50%。",
            )

    def _of_opacity(self, word: str, amount: float) -> float:
        if word == "share" and amount != _HALF:
            raise self._work.question(
                f"Shall {amount:.0%} of it be seen, or {1 - amount:.0%}? Say for example: opacity {amount:.0%}.",
                f"是不透明度 {amount:.0%}，还是 {1 - amount:.0%}？可以说：不透明度{amount:.0%}。",
            )
        amount = 1 - amount if word in ("clear", "down") else amount
        if not amount:
            raise self._work.refusal("Nothing of it would be seen.", "那样就完全看不见了。")
        return amount

    def _step(self, word: Phrase, little: bool) -> None:
        if word.is_("opacity", "share", "opacity"):
            raise self._work.question(
                "How much of it shall be seen? For example: opacity 50 %.",
                "不透明度是多少？例如：不透明度50%。",
            )
        if word.is_("opacity"):
            self.clear = str(word.get("opacity"))
        elif word.get("textsize"):
            self.size = _SIZES[str(word.get("textsize"))]
        elif word.kind in ("more", "too"):
            step = _LITTLE_LARGER if little else _LARGER
            self.factor *= step if _is_larger(word) else 1 / step


def _apart(one: Phrase, other: Phrase) -> int:
    return min(abs(one.start - other.end), abs(other.start - one.end))


def _is_larger(word: Phrase) -> bool:
    """`bigger`, `too small`."""
    return str(word.get("more") or word.get("too")) == "bigger"


def stretch(work: Work, slots: Slots) -> d.Json | None:
    """`m.place` as the words say it; None where they say nothing."""
    total = work.total()
    when, found = first(slots, "when"), first(slots, "clips") or first(slots, "owner")
    begin, until, length = first(slots, "from"), first(slots, "until"), first(slots, "length")
    if when is not None and isinstance(when.get("when"), When):
        said: When = when.get("when")
        if said.of is None:
            start, end = spans(work, said, total)[0]
        else:
            clip = work.clips[positions(work, said.of, speak=False)[0]]
            start, end = (d.start(clip) + one for one in spans(work, said, d.length(clip))[0])
        return {"at": "time", "ms": start, "d": end - start}
    if begin is not None or until is not None or length is not None:
        if found is not None:
            raise work.question(
                "From when to when? For example: from 0:05 to 0:10.",
                "从何时到何时？例如：从0:05到0:10。",
            )
        start = moment(work, edge_of(work, begin), total) if begin is not None else 0
        if begin is not None and begin.is_("edge", "end"):
            if length is None:
                raise work.question("For how long?", "显示多久？", "length")
            start = max(0, total - int(length.value))
        end = moment(work, edge_of(work, until), total) if until is not None else total
        end = min(end, start + int(length.value)) if length is not None else end
        if end - start < d.MIN_TEXT_MS:
            raise work.refusal(
                f"Nothing lies between {seconds(start)} and {seconds(end)}.",
                f"{seconds(start)} 到 {seconds(end)} 之间没有内容。",
            )
        return {"at": "time", "ms": start, "d": end - start}
    clips = found.get("clips") if found is not None else None
    if isinstance(clips, Clips) and clips != Clips((Pick(),)):
        where = sorted(positions(work, clips, speak=False))
        if len(where) == len(work.clips):
            return {"at": "whole"}
        if where != list(range(where[0], where[0] + len(where))):
            raise work.question(
                "Over which of them? Clips that follow each other can have one picture over them.",
                "叠加在哪几段上？相连的片段才能共用。",
                "clips",
            )
        return {"at": "clips", "clips": [identity(work.clips[one]) for one in where]}
    return {"at": "whole"} if found is not None or "whole" in slots else None


# What is done


def _add(work: Work, slots: Slots, file: Media) -> Json:
    if file.kind == "audio":
        raise work.refusal("A sound cannot lie over the picture.", "音频不能叠加在画面上。")
    work.timeline()
    place = stretch(work, slots) or {"at": "whole"}
    look = looks(work, slots, {})
    meta: d.Json = {"title": file.filename, "asset": file.id, "in": 0, "speed": 1.0}
    if file.kind == "video":
        meta["loop"] = True
    item: d.Json = {"s": 0, "d": work.total(), "m": {**meta, "overlay": look, "place": place}}
    made = lay(work, item)
    work.mind.speak("overlay", [identity(made)])
    if any(d.meta(clip).get("asset") == file.id for clip in work.clips):
        name = clean_line(file.filename)
        work.note(
            f"{name} is a clip of the video as well; to take that out say: remove {name}.",
            f"{name} 同时也是视频中的一个片段；不需要请说：删除 {name}。",
        )
    return {
        "file": file.filename,
        **look,
        "start_ms": d.start(made),
        "duration_ms": d.length(made),
    }


def lay(work: Work, item: d.Json) -> d.Json:
    """A new segment over the picture, where its `m.place` says; as it lies on the timeline."""
    before = {identity(one) for one in d.overlays(work.timeline())}
    begin, end = _span(work, d.meta(item)["place"])
    item = {**item, "s": begin, "d": end - begin}
    work.draft = d.lay_out(d.add_segment(work.timeline(), VIDEO, item, name="Overlay"))
    return next(one for one in d.overlays(work.draft) if identity(one) not in before)


def _span(work: Work, place: d.Json) -> tuple[int, int]:
    """Begin and end in ms, for finding a track that is free there."""
    if place["at"] == "time":
        return place["ms"], place["ms"] + place["d"]
    if place["at"] == "whole":
        return 0, work.total()
    clips = [one for one in work.clips if identity(one) in place["clips"]]
    return d.start(clips[0]), d.start(clips[-1]) + d.length(clips[-1])


def _change(work: Work, slots: Slots, chosen: list[d.Json]) -> Json:
    place = stretch(work, slots)
    said = {"screen", "size", "share", "opacity", "factor"} & slots.keys()
    ids = {identity(one) for one in chosen}
    if not said and place is None:
        raise work.refusal(
            "It is there already. Its place, size, opacity and time can change: move it to the top left, make it smaller.",
            "已经在画面上了。可以改位置、大小、不透明度和时间：移到左上角，小一点。",
        )
    told: Json = {}

    def changed(kind: int, item: d.Json) -> d.Json:
        if kind != VIDEO or identity(item) not in ids:
            return item
        look = looks(work, slots, d.meta(item)["overlay"]) if said else d.meta(item)["overlay"]
        told.update(look)
        return d.with_meta(item, overlay=look, place=place or d.meta(item).get("place"))

    before = work.timeline()
    work.draft = d.lay_out(d.replace(before, changed))
    if d.overlays(before) == _there(work):
        raise work.refusal("It is so already.", "已经是这样了。")
    work.mind.speak("overlay", sorted(ids))
    return {"count": len(ids), **told}


def _replace(work: Work, file: Media) -> Json:
    """Another picture in the place of the one that is there."""
    if file.kind == "audio":
        raise work.refusal("A sound cannot lie over the picture.", "音频不能叠加在画面上。")
    ids = {identity(one) for one in _meant(work)}
    new = {"title": file.filename, "asset": file.id, "loop": True if file.kind == "video" else None}
    work.draft = d.replace(
        work.timeline(),
        lambda kind, item: (
            d.with_meta(item, **new) if kind == VIDEO and identity(item) in ids else item
        ),
    )
    work.mind.speak("overlay", sorted(ids))
    return {"file": file.filename}


def remove(work: Work, slots: Slots) -> Json:
    named = [one.id for one in _named(work, slots)]
    _heed_cells(work, named)
    laid = _there(work)
    if not laid:
        raise work.refusal(
            "No picture lies over the video. What is in the footage itself cannot be taken out.",
            "视频上没有叠加的图片；素材画面里自带的水印无法去除。",
        )
    every = "all" in slots or any(one.get("q") == "all" for one in slots.get("head", []))
    mine = [one for one in laid if d.meta(one).get("asset") in named]
    if named and not mine:
        raise work.refusal("That file does not lie over the video.", "这个文件没有叠加在画面上。")
    chosen = mine or (laid if every else _meant(work))
    place = first(slots, "clips") or first(slots, "when")
    if place is not None:
        raise work.refusal(
            "It goes as a whole; where it shall be seen can be said: show the logo only on clip 2.",
            "只能整个去掉；可以指定显示的范围：logo只在片段2显示。",
        )
    ids = {identity(one) for one in chosen}
    work.draft = d.lay_out(
        d.replace(
            work.timeline(),
            lambda kind, item: None if kind == VIDEO and identity(item) in ids else item,
        )
    )
    work.mind.speak("overlay", [])
    return {"count": len(ids), "remove": True}


_MORE = ("little=little", "share*=percent|frac", "it=pron|over_it")
_FILE = "file=laid@-|ba|with|use|from"
_LOOK = (
    "screen=screen|word:dir:up|word:dir:down|word:edge:mid|middle",
    "frame=thing:frame",
    "size=textsize|more|too",
    "factor=times|factor",
    "share*=percent|frac@-|at|to|with|by|in|of|as|like|from",
    "opacity*=opacity",
    "wide*=wide|thing:size",
    "little=little|much",
    "corner=corner|word:topic:pip",
)
TIME = (
    "when=when",
    "clips=clips@on|over|in|for|during|under|to|at|of",
    "from=moment|time|word:edge:start|word:edge:end@from|at|after|in|on|-",
    "until=moment|time|duration@to|until|before",
    "length=duration@for",
    "owner=counted@ba",
    "whole*=whole|clips_all",
    "all=q|all|each",
)
_ALL = (*_LOOK, *TIME, "as*=lay|topic@-|as|like", "only=word:q:only")
_LAYS = "verb:add|put|use|show|make|create|set|place"

OPERATION = Operation(
    "overlay",
    (
        form(f"{_LAYS}?, lay:logo", "file!!*=files@-|ba|with|from|as", *_ALL, weight=2),
        form(f"{_LAYS}?, topic:overlay", "file!!=spare@-|ba|with|from", *_ALL, weight=1),
        form(f"{_LAYS}, lay:logo", *_ALL, weight=1),
        form("verb:make|set|turn|put|move|show|keep|leave?, lay:logo", *_ALL, weight=1),
        form("verb:replace|set, lay:logo", "file!!=files@with|by|to|for|into", way="replace", weight=3),
        *(
            form("verb:add|put|show|move|use", "file!!=spare@-|ba|with", corner, *_LOOK[1:], *TIME, weight=1)
            for corner in ("screen!!=corner_place", "corner!!=word:corner:corner|word:topic:pip")
        ),
        form("verb:make|set|put|move|show|keep?", "it!!=over_it|laid", "only=word:q:only", *_LOOK, *TIME, weight=2),
        *(
            form(heads, f"{name}!!=over_{name}", *more, weight=1)
            for heads in ("", "verb:make|set")
            for name, more in (("size", _MORE), ("opacity", _MORE))
        ),
        form("verb:move|put|make|set|show", "screen!!=over_screen", "it=pron|over_it", weight=1),
        form("verb:remove|off|undo|mute_away, lay:logo", _FILE, "all=q|all|each", "whole*=whole@+from", "when=when",
             "clips=clips@from|on|of|in", "dir=dir", way="remove", weight=3),
        form("verb:take|turn, lay:logo", _FILE, "dir!=word:dir:off|word:dir:out|word:dir:away", "whole*=whole@+from",
             way="remove", weight=3),
        form("nothing:, lay:logo", "all=q|all", "whole*=whole@+from", way="remove", weight=2),
        form("verb:remove|off", "it!!=over_it|laid", way="remove", weight=2),
        form("verb:take|turn", "it!!=over_it|laid", "dir!=dir", way="remove", weight=2),
    ),
    ("lays an uploaded picture small over the video: a logo, a watermark", "在画面上叠加上传的图片：logo、水印"),
    (
        "add my logo logo.png bottom right",
        "put watermark.png in the top left corner at 50% opacity",
        "make the logo smaller",
        "右下角加logo.png",
        "把水印移到左上角",
    ),
    _overlay,
    frozenset({"overlays"}),
    asks={"file": ("Which picture?", "用哪张图片？")},
)  # fmt: skip
