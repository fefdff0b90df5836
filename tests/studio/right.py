"""What is right: stated timelines, and a notation for what a sentence should make of them.

A case is a state, a sentence (turns parted by ` || `) and what is right after the last turn – or after
each, parted by ` || ` as well. What is right is one of several alternatives, parted by ` | `: an outcome
without a change, or the primitives, parted by `; `, that lead from the *state* to the timeline. Nothing
here knows how sentences are read. Times are seconds (`1:05` is 65; `end` and `end3`: the end of the
video, 3 s before it), clips are counted from 1 as they are at that point: `2`, `1,3-5`, `all`, `videos`, `photos`.

    same | ask | answer        nothing changes: acknowledged | one question | a question was answered
    nothing                    nothing changes, whatever is said
    refuse [OP[/OP…]]          nothing changes, refused by the name of the operation; without OP by any
    … & refuse OP              the primitives, and something else was refused by that name
    start                      the state as it was;  empty: no clip, sound or text left

    seq beach IMG_2=2 VID:0-3 town=?   the clips anew: whole | N seconds of it | from-to of the source | any length
    add town=4@2               a new clip, as second one (without @: at the end)
    del 1,3  only 2,4  order 3,1,2  dup 2[@N]  swap 2 town=?
    keep 2:0-8                 clip 2 shows its source from 0 to 8 s
    len 3=2                    2 s of what it showed (any part);  longer: up to its source
    cut 10-15,30-32            these ranges of the timeline go, counted as it was;  within 5-20: all else goes
    split 2@10,15              at seconds from the clip's begin
    still 2@5=3                what clip 2 shows there stands still for 3 s (`@0`, `@end`: before it, behind it)
    speed 5=0.5  vol 2=0       also with len: `0.1~0.3` for what lies between;  a photo may go along with its video or not
    speed 2=1>3   it changes evenly from 1 to 3;  1,2=1>2 once over both;  each 1,2=1>2
    fadein 1=2  fadeout 5=?    `?`: 0.3 to 3 s;  vol, fadein and fadeout also of `music`;  fit 1-5=blur/contain
    drift   the camera moves slowly over each photo, nearer or further away
    fx 2=bw   fx 1=brightness+/contrast+,saturation+   fx 3=rotate90   fx 1=reverse (it plays backwards)   fx all=   the effects that a clip has then
    fx 2=blur:amount0.3   with its numbers
    volin 2:3-5=0              a part of clip 2, from its begin, as a clip of its own that loud
    join 1,2=crossfade 0.5     the transition from clip 1 into 2 and 2 into 3;  =none;  =any: of any kind; 0.3 to 1 s without a length
    loose 1,3                  their part of the source, length and speed are free, and they may be gone;  total 40
    text "Hi" 0-3 [top|center|bottom] [#RRGGBB|red] [big|small]   a new text; what is not said is free
        (`?`, `0-?`: any time;  in0-12: inside these)
    names all[=2] "{n}. {name}" [top …]   a text on each of these clips, in which its name and its number are filled in
    letters 1=outline edge-#FF3B30   also `nooutline`, `shadow`, `noshadow`, `slide-left`, for `text`, too
    when 1=0-2  words 1="Hi"  pos 2=top  color 1=yellow  size 1=big  deltext 1  notexts     texts by start
    music [song] 0-12,32-end [0.35]    the music lies there and nowhere else;  nomusic: silent or gone;  delmusic: gone;  anymusic;  bed calm 0-end 0.35: music made here;  voice song 10-40
    over logo 0-12 [top-left] [12%|small|big] [@50%]   this lies over the picture, too;  noover: nothing does
    over beach 0-12 center 100% #00D61E   this colour is keyed out of it
    over bar 0-end [top] [red] [small|big]   a bar that grows
    beside 1,3=12 2x1   clips 1 and 3 at the same time for 12 s, in two columns
    add black=3@1   a black card;  count 5 0-5 [top …]   a countdown, the same as text "5 4 3 2 1"
    canvas 1080x1920[/…]  fps 25
    dub 1=song    song.mp3 is heard in place of the clip's own sound;  dub 1=  its own
    soundin 2=1  soundout 2=?  of the clip's sound alone;  clean 1  clean no 1: of noise;  duck  duck none  duck 12-32: the music
    loud -14    all of it is brought to so many LUFS;  loud none   loud even: the clips are equally loud
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.studio.stated import (
    END,
    HUES,
    PAUSES,
    STATES,
    Clip,
    Join,
    Level,
    Moment,
    Over,
    Sound,
    State,
    Timeline,
    Words,
    as_number,
    seen,
)
from vbtui.studio.project import cards
from vbtui.studio.render.model import PLACES


@dataclass(frozen=True, slots=True)
class Right:
    """One alternative of what is right after a turn."""

    outcome: str
    """`edit`, or one of `same`, `ask`, `answer`, `nothing`, `refuse`: nothing changes."""
    timeline: Timeline | None = None
    refused: frozenset[str] | None = None
    """Names of operations of which one is refused; empty: any; None: nothing is refused."""


OUTCOMES = ("same", "ask", "answer", "nothing")


def alternatives(text: str, state: State) -> list[Right]:
    """What is right after one turn, read; ValueError for what is no notation."""
    return [_right(part.strip(), state) for part in _parted(text, "|")]


def _right(text: str, state: State) -> Right:
    if text in OUTCOMES:
        return Right(text)
    if text.split()[0] == "refuse":
        return Right("refuse", refused=_names(text))
    primitives, _, also = text.partition(" & ")
    timeline = _stated(state)
    for primitive in _parted(primitives, ";"):
        timeline = _applied(primitive.strip(), timeline, state)
    return Right("edit", timeline, _names(also) if also else None)


def _stated(state: State) -> Timeline:
    """The state's own timeline; music that lies there to the end lies there to any end."""
    now = seen(state.draft, state.media)
    sounds = [replace(s, end=END) if s.end.ms == now.total else s for s in now.sounds]
    over = [replace(s, end=END) if s.end.ms == now.total else s for s in now.over]
    canvas = now.canvas if state.draft is not None else None
    return replace(now, sounds=tuple(sounds), over=tuple(over), canvas=canvas, total=None)


def _names(text: str) -> frozenset[str]:
    _, _, names = text.strip().partition(" ")
    return frozenset(names.split("/")) if names else frozenset()


def _parted(text: str, by: str) -> list[str]:
    """`text` parted at ` by ` (or `by `), not inside quotation marks."""
    parts, quoted = [""], False
    for char in text:
        quoted ^= char == '"'
        if char == by and not quoted:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def _applied(primitive: str, timeline: Timeline, state: State) -> Timeline:
    name, _, rest = primitive.partition(" ")
    try:
        return _PRIMITIVES[name](rest, timeline, state)
    except (KeyError, IndexError, ValueError, StopIteration) as error:
        raise ValueError(f"{primitive!r}: {error!r}") from error


def _ms(text: str) -> float:
    minutes, _, seconds = text.rpartition(":")
    return round((float(minutes or 0) * 60 + float(seconds)) * 1000, 3)


def _moment(text: str) -> Moment:
    if text.startswith("end"):
        return Moment(_ms(text[3:]) if text[3:] else 0, from_end=True)
    return Moment(_ms(text))


def _span(text: str) -> tuple[Moment, Moment]:
    begin, _, end = text.partition("-")
    return _moment(begin), _moment(end)


def _times(text: str) -> tuple[Moment | None, Moment | None]:
    """As `_span`, with `?` for what is free."""
    begin, _, end = ("?-?" if text == "?" else text).partition("-")
    return _moment(begin) if begin != "?" else None, _moment(end) if end != "?" else None


def _level(text: str) -> Level:
    least, _, most = text.partition("~")
    return (float(least), float(most)) if most else float(least)


def _numbers(text: str, timeline: Timeline) -> list[int]:
    """Indices of the clips of `1,3-5`, `all`, `videos`, `photos`."""
    kinds: dict[str, Callable[[Clip], bool]] = {
        "all": lambda clip: True,
        "videos": lambda clip: not clip.is_photo,
        "photos": lambda clip: clip.is_photo,
    }
    if text in kinds:
        return [i for i, clip in enumerate(timeline.clips) if kinds[text](clip)]
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first) - 1, int(last or first))
    if found and max(found) >= len(timeline.clips):
        raise ValueError("there is no such clip")
    return found


def _with(timeline: Timeline, numbers: Iterable[int], **changes: Any) -> Timeline:
    chosen = set(numbers)
    clips = (replace(c, **changes) if i in chosen else c for i, c in enumerate(timeline.clips))
    return replace(timeline, clips=tuple(clips))


def _resequenced(timeline: Timeline, clips: Sequence[Clip], since: float) -> Timeline:
    """Other clips from `since` ms on: where texts behind that lie now is free."""
    if clips:
        clips = [replace(clips[0], join=None), *clips[1:]]
    texts = tuple(
        replace(text, start=None, end=None) if text.end and text.end.ms > since else text
        for text in timeline.texts
    )
    return replace(timeline, clips=tuple(clips), texts=texts)


def _begin(timeline: Timeline, index: int) -> float:
    return timeline.spans[index][0] if index < len(timeline.clips) else 1e9


def _new(text: str, state: State) -> Clip:
    """`beach`, `IMG_2=2`, `VID:0-3`, `town=?`."""
    name = re.split("[=:]", text)[0]
    files = (*state.media, *cards.media().values())
    one = next(m for m in files if m.kind != "audio" and m.filename.startswith(name))
    is_photo = one.kind == "image"
    clip = Clip(one.filename, is_photo, one.duration_ms, 0, (one.duration_ms or 4000,))
    if "=" in text:
        length = text.partition("=")[2]
        lasts = None if length == "?" else (_ms(length),)
        return replace(clip, in_ms=None, durations=lasts, speed=None if length == "?" else 1.0)
    if ":" in text:
        begin, end = _span(text.partition(":")[2])
        return replace(clip, in_ms=begin.ms, durations=(end.ms - begin.ms,))
    return clip


def _seq(rest: str, timeline: Timeline, state: State) -> Timeline:
    clips = [_new(text, state) for text in rest.split()]
    if state.draft is None:
        by_name = {one.filename: one for one in state.media}
        shapes = {(1080, 1920) if by_name[c.name].height > 1080 else (1920, 1080) for c in clips}
        timeline = replace(timeline, canvas=frozenset(shapes))
    return _resequenced(timeline, clips, 0)


def _add(rest: str, timeline: Timeline, state: State) -> Timeline:
    what, _, at = rest.partition("@")
    index = int(at) - 1 if at else len(timeline.clips)
    clips = [*timeline.clips[:index], _new(what, state), *timeline.clips[index:]]
    return _resequenced(timeline, clips, _begin(timeline, index))


def _del(rest: str, timeline: Timeline, state: State) -> Timeline:
    gone = set(_numbers(rest, timeline))
    clips = [clip for i, clip in enumerate(timeline.clips) if i not in gone]
    return _resequenced(timeline, clips, _begin(timeline, min(gone)))


def _only(rest: str, timeline: Timeline, state: State) -> Timeline:
    return _resequenced(timeline, [timeline.clips[i] for i in _numbers(rest, timeline)], 0)


def _order(rest: str, timeline: Timeline, state: State) -> Timeline:
    numbers = _numbers(rest, timeline)
    if sorted(numbers) != list(range(len(timeline.clips))):
        raise ValueError("an order names each clip once")
    joins = [clip.join for clip in timeline.clips]
    clips = [replace(timeline.clips[i], join=j) for i, j in zip(numbers, joins, strict=True)]
    return _resequenced(timeline, clips, 0)


def _dup(rest: str, timeline: Timeline, state: State) -> Timeline:
    which, _, at = rest.partition("@")
    index = int(which) - 1
    target = int(at) - 1 if at else index + 1
    copy = replace(timeline.clips[index], join=None)
    clips = [*timeline.clips[:target], copy, *timeline.clips[target:]]
    return _resequenced(timeline, clips, _begin(timeline, target))


def _swap(rest: str, timeline: Timeline, state: State) -> Timeline:
    number, what = rest.split()
    index = int(number) - 1
    old, new = timeline.clips[index], _new(what, state)
    clips = [*timeline.clips[:index], replace(new, join=old.join), *timeline.clips[index + 1 :]]
    return _resequenced(timeline, clips, _begin(timeline, index))


def _keep(rest: str, timeline: Timeline, state: State) -> Timeline:
    number, _, span = rest.partition(":")
    begin, end = _span(span)
    index = int(number) - 1
    lasts = ((end.ms - begin.ms) / as_number(timeline.clips[index].speed),)
    changed = _with(timeline, [index], in_ms=begin.ms, durations=lasts)
    return _resequenced(changed, changed.clips, timeline.spans[index][0])


def _len(rest: str, timeline: Timeline, state: State) -> Timeline:
    which, _, length = rest.partition("=")
    numbers = _numbers(which, timeline)
    level = _level(length) if "~" in length else None
    if isinstance(level, tuple):
        span = (level[0] * 1000, level[1] * 1000)
        changed = _with(timeline, numbers, in_ms=None, durations=None, lasts=span)
    else:
        changed = _with(timeline, numbers, in_ms=None, durations=(_ms(length),))
    return _resequenced(changed, changed.clips, _begin(timeline, min(numbers)))


def _piece(clip: Clip, begin: float, end: float) -> Clip:
    """From `begin` to `end` ms of the clip; its edges keep what belongs to them."""
    in_ms = None if clip.in_ms is None else clip.in_ms + begin * as_number(clip.speed)
    return replace(
        clip,
        in_ms=in_ms,
        durations=(end - begin,),
        join=clip.join if begin == 0 else None,
        fade_in=clip.fade_in if begin == 0 else 0,
        fade_out=clip.fade_out if end == clip.ms else 0,
        sound_in=clip.sound_in if begin == 0 else 0,
        sound_out=clip.sound_out if end == clip.ms else 0,
    )


def _split(rest: str, timeline: Timeline, state: State) -> Timeline:
    number, _, places = rest.partition("@")
    index = int(number) - 1
    clip = timeline.clips[index]
    edges = [0, *map(_ms, places.split(",")), clip.ms]
    pieces = [_piece(clip, edges[i], edges[i + 1]) for i in range(len(edges) - 1)]
    clips = (*timeline.clips[:index], *pieces, *timeline.clips[index + 1 :])
    return replace(timeline, clips=clips)


def _dub(rest: str, timeline: Timeline, state: State) -> Timeline:
    which, _, name = rest.partition("=")
    file = next((one.filename for one in state.media if name and one.filename.startswith(name)), "")
    return _with(timeline, _numbers(which, timeline), sound=file)


def _still(rest: str, timeline: Timeline, state: State) -> Timeline:
    number, _, what = rest.partition("@")
    at, _, lasts = what.partition("=")
    index = int(number) - 1
    clip = timeline.clips[index]
    place = clip.ms if at == "end" else _ms(at)
    if 0 < place < clip.ms:
        timeline = _split(f"{number}@{at}", timeline, state)
    shown = _piece(clip, place, place)
    if any("reverse" in one for one in clip.effects):
        shown = _piece(clip, clip.ms - place, clip.ms - place)
    kept = (one.split(",") for one in clip.effects)
    effects = frozenset(",".join(sorted({*one, "freeze"} - {"", "reverse"})) for one in kept)
    still = replace(
        shown, durations=(_ms(lasts),), effects=effects, speed=1.0, volume=1.0, fade_in=0, fade_out=0,
        sound_in=0, sound_out=0, is_clean=False, join=clip.join if place == 0 else None,
    )  # fmt: skip
    clips, behind = list(timeline.clips), index + (place > 0)
    if place == 0:
        still = replace(still, fade_in=clip.fade_in)
        clips[index] = replace(clip, join=None, fade_in=0)
    elif place == clip.ms:
        still = replace(still, fade_out=clip.fade_out)
        clips[index] = replace(clip, fade_out=0)
    clips.insert(behind, still)
    return _resequenced(timeline, clips, _begin(timeline, index) + place)


def _volin(rest: str, timeline: Timeline, state: State) -> Timeline:
    number, _, what = rest.partition(":")
    span, _, volume = what.partition("=")
    begin, end = _span(span)
    index = int(number) - 1
    ms = timeline.clips[index].ms
    edges = [f"{edge / 1000}" for edge in (begin.ms, end.at(ms)) if 0 < edge < ms]
    timeline = _split(f"{number}@{','.join(edges)}", timeline, state) if edges else timeline
    return _with(timeline, [index + (begin.ms > 0)], volume=float(volume))


def _cut(rest: str, timeline: Timeline, state: State) -> Timeline:
    """Ranges out of the timeline; the ends of what stays meet hard, what is behind them comes earlier."""
    total = timeline.spans[-1][1]
    ranges = sorted((a.at(total), b.at(total)) for a, b in map(_span, rest.split(",")))
    clips: list[Clip] = []
    for clip, (begin, end) in zip(timeline.clips, timeline.spans, strict=True):
        solid = begin + ((clip.join.ms or 0) if clip.join else 0)
        if any(a < solid and b > begin for a, b in ranges if clip.join):
            raise ValueError("a cut through a transition is not stated here")
        left = [(begin, end)]
        for a, b in ranges:
            left = [p for x, y in left for p in ((x, min(y, a)), (max(x, b), y)) if p[0] < p[1]]
        clips += [_piece(clip, x - begin, y - begin) for x, y in left]

    def moved(moment: Moment | None) -> Moment | None:
        if moment is None or moment.from_end:
            return moment
        return Moment(moment.ms - sum(max(0.0, min(b, moment.ms) - a) for a, b in ranges))

    texts = [replace(one, start=moved(one.start), end=moved(one.end)) for one in timeline.texts]
    changed = replace(timeline, clips=tuple(clips), texts=tuple(texts))
    return replace(changed, clips=(replace(clips[0], join=None), *clips[1:]))


def _quiet(rest: str, timeline: Timeline, state: State) -> Timeline:
    """`2`, `all>2` (the pauses from 2 s on), `all=0.5` (what stays of each); `1@9-40` those of it in that stretch."""
    which, keeps, inside = re.fullmatch(r"([\w,]+)((?:[>=][\d.]+)?)(?:@(.+))?", rest).groups()  # type: ignore[union-attr]
    number = float(keeps[1:]) if keeps else 0.7
    stays = number if keeps.startswith("=") else min(0.35, number)
    edges = [moment.at(1e9) / 1000 for moment in _span(inside)] if inside else [0, 1e9]
    cuts = []
    for index in _numbers(which, timeline):
        clip, (start, end) = timeline.clips[index], timeline.spans[index]
        for begin, stop in PAUSES.get(clip.name, ()):
            a = begin + stays * 4 / 7
            b = stop - (stays * 3 / 7 if stop * 1000 < clip.source_ms else 0)
            a, b = max(a, edges[0]), min(b, edges[1])
            if stop - begin >= number and b - a >= 0.1:
                at = (start - as_number(clip.in_ms)) / 1000
                cuts.append(f"{at + a}-{min(at + b, end / 1000)}")
    return _cut(",".join(cuts), timeline, state)


def _within(rest: str, timeline: Timeline, state: State) -> Timeline:
    total = timeline.spans[-1][1]
    begin, end = (moment.at(total) / 1000 for moment in _span(rest))
    ranges = [f"0-{begin}"] * (begin > 0) + [f"{end}-{total / 1000}"] * (end < total / 1000)
    return _cut(",".join(ranges), timeline, state)


def _speed(rest: str, timeline: Timeline, state: State) -> Timeline:
    """A photo in a faster or slower video may last as long as it did, or go along."""
    which, _, value = rest.partition("=")
    if ">" in value:
        return _ramp(
            _numbers(which.removeprefix("each "), timeline), value, timeline, each="each " in which
        )
    numbers, speed = _numbers(which, timeline), _level(value)
    clips = list(timeline.clips)
    for i in numbers:
        used = clips[i].ms * as_number(clips[i].speed)
        if isinstance(speed, tuple):
            span = (used / speed[1], used / speed[0])
            clips[i] = replace(clips[i], durations=None, lasts=span, speed=speed)
            continue
        clip, new = clips[i], used / as_number(speed)
        lasts = (clip.ms, new) if clip.is_photo else (new,)
        clips[i] = replace(clip, durations=lasts, speed=speed, ramp=None)
    return _resequenced(timeline, clips, _begin(timeline, min(numbers)))


def _ramp(numbers: Sequence[int], value: str, timeline: Timeline, *, each: bool) -> Timeline:
    """v² grows evenly with what has been played: v dv = a ds."""
    begin, end = map(float, value.split(">"))
    clips = list(timeline.clips)
    used = {i: clips[i].ms * as_number(clips[i].speed) for i in numbers if not clips[i].is_photo}
    played = 0.0
    for i, part in used.items():
        share = [0.0, 1.0] if each else [at / sum(used.values()) for at in (played, played + part)]
        first, last = (math.sqrt(begin**2 + (end**2 - begin**2) * one) for one in share)
        mean = (first + last) / 2
        clips[i] = replace(clips[i], durations=(part / mean,), speed=mean, ramp=(first, last))
        played += part
    return _resequenced(timeline, clips, _begin(timeline, min(numbers)))


def _vol(rest: str, timeline: Timeline, state: State) -> Timeline:
    which, _, value = rest.partition("=")
    if which == "music":
        return _music_with(timeline, volume=_level(value))
    return _with(timeline, _numbers(which, timeline), volume=_level(value))


def _music_with(timeline: Timeline, **changes: Any) -> Timeline:
    if not timeline.sounds:
        raise ValueError("there is no music")
    return replace(timeline, sounds=tuple(replace(one, **changes) for one in timeline.sounds))


def _fade(key: str) -> Callable[[str, Timeline, State], Timeline]:
    def fade(rest: str, timeline: Timeline, state: State) -> Timeline:
        which, _, value = rest.partition("=")
        ms = -1 if value == "?" else _ms(value)
        if which == "music":
            return _music_with(timeline, **{key: ms})
        return _with(timeline, _numbers(which, timeline), **{key: ms})

    return fade


def _fit(rest: str, timeline: Timeline, state: State) -> Timeline:
    which, _, fits = rest.partition("=")
    allowed = None if fits == "any" else frozenset(fits.split("/"))
    return _with(timeline, _numbers(which, timeline), fits=allowed)


def _fx(rest: str, timeline: Timeline, state: State) -> Timeline:
    which, _, effects = rest.partition("=")
    allowed = frozenset(",".join(sorted(one.split(","))) for one in effects.split("/"))
    return _with(timeline, _numbers(which, timeline), effects=allowed)


def _join(rest: str, timeline: Timeline, state: State) -> Timeline:
    which, _, what = rest.partition("=")
    kind, _, length = what.partition(" ")
    numbers = range(len(timeline.clips) - 1) if which == "all" else _numbers(which, timeline)
    lasts = _ms(length) if length else None
    join = None if kind == "none" else Join(None if kind == "any" else kind, lasts)
    return _with(timeline, (i + 1 for i in numbers), join=join)


def _loose(rest: str, timeline: Timeline, state: State) -> Timeline:
    free = {"in_ms": None, "durations": None, "speed": None, "is_loose": True}
    changed = _with(timeline, _numbers(rest, timeline), **free)
    return _resequenced(changed, changed.clips, 0)


def _total(rest: str, timeline: Timeline, state: State) -> Timeline:
    return replace(timeline, total=_ms(rest))


def _new_text(rest: str, timeline: Timeline, state: State) -> Timeline:
    words, span, *looks = shlex.split(rest)
    if span.startswith("in"):
        text = Words(words, None, None, inside=_span(span[2:]))
    else:
        text = Words(words, *_times(span))
    for look in looks:
        if look.startswith("#") or look in (*HUES, "white", "black"):
            text = replace(text, color=look)
        elif look in ("big", "small"):
            text = replace(text, size=look)
        elif re.fullmatch("(no)?(outline|shadow)|edge-.*|slide-.*", look):
            text = replace(text, looks=text.looks | {look})
        elif look in PLACES:
            text = replace(text, position=look)
        else:
            raise ValueError(f"no look of a text: {look}")
    return replace(timeline, texts=(*timeline.texts, text))


def _named(rest: str, timeline: Timeline, state: State) -> Timeline:
    which, pattern, *looks = shlex.split(rest)
    which, _, lasts = which.partition("=")
    for index in _numbers(which, timeline):
        begin, end = timeline.spans[index]
        end = min(end, begin + _ms(lasts)) if lasts else end
        words = pattern.replace("{name}", timeline.clips[index].name)
        words = words.replace("{n}", str(index + 1))
        said = shlex.join([words, f"{begin / 1000}-{end / 1000}", *looks])
        timeline = _new_text(said, timeline, state)
    return timeline


def _count(rest: str, timeline: Timeline, state: State) -> Timeline:
    number, span, *looks = shlex.split(rest)
    words = " ".join(map(str, range(int(number), 0, -1)))
    return _new_text(shlex.join([words, span, *looks]), timeline, state)


def _text_with(key: str) -> Callable[[str, Timeline, State], Timeline]:
    def change(rest: str, timeline: Timeline, state: State) -> Timeline:
        number, _, value = rest.partition("=")
        texts = list(timeline.texts)
        old = texts[int(number) - 1]
        if key == "looks":
            texts[int(number) - 1] = replace(old, looks=frozenset(value.strip('"').split()))
        elif key == "when":
            start, end = _times(value)
            texts[int(number) - 1] = replace(old, start=start, end=end)
        else:
            new: Any = None if value == "any" else shlex.split(value)[0]
            texts[int(number) - 1] = replace(old, **{key: new})
        return replace(timeline, texts=tuple(texts))

    return change


def _deltext(rest: str, timeline: Timeline, state: State) -> Timeline:
    texts = [one for i, one in enumerate(timeline.texts, 1) if i != int(rest)]
    return replace(timeline, texts=tuple(texts))


def _music(rest: str, timeline: Timeline, state: State) -> Timeline:
    words = rest.split()
    name = words.pop(0) if words[0][0].isalpha() else ""
    files = [one.filename for one in state.media if one.kind == "audio"]
    files = [one for one in files if one.startswith(name)] if name else files
    new = Sound(files[0], Moment(0), END, None, None, None)
    old = timeline.sounds[0] if timeline.sounds else new
    volume = _level(words[1]) if len(words) > 1 else old.volume
    spans = [_span(span) for span in words[0].split(",")]
    sounds = [replace(old, name=files[0], start=a, end=b, volume=volume) for a, b in spans]
    return replace(timeline, sounds=tuple(sounds))


def _bed(rest: str, timeline: Timeline, state: State) -> Timeline:
    """`calm 0-end 0.35`: music that is made here, under the name that it has in either language."""
    name, span, *volume = rest.split()
    begin, end = _span(span)
    new = Sound(f"bed:{name}", begin, end, _level(volume[0]) if volume else None, None, None)
    return replace(timeline, sounds=(new,))


def _voice(rest: str, timeline: Timeline, state: State) -> Timeline:
    """`song 10-40 [0.8]`: a voice-over beside the music."""
    name, span, *volume = rest.split()
    begin, end = _span(span)
    file = next(one.filename for one in state.media if one.filename.startswith(name))
    level = _level(volume[0]) if volume else 1.0
    new = Sound(file, begin, end, level, is_voice=True)
    sounds = sorted((*timeline.sounds, new), key=lambda one: one.start.ms)
    return replace(timeline, sounds=tuple(sounds))


def _beside(rest: str, timeline: Timeline, state: State) -> Timeline:
    """`1,3=12 2x1`: the first of these clips for 12 s in the first part of a split screen, the others over it."""
    which, grid = rest.split()
    which, _, length = which.partition("=")
    numbers = [int(one) - 1 for one in which.split(",")]
    lasts, base, rest_ = float(length), numbers[0], numbers[1:]
    clip = timeline.clips[base]
    shown = replace(clip, durations=(lasts * 1000,), effects=frozenset({f"{grid}-1"}))
    clips = [shown if at == base else one for at, one in enumerate(timeline.clips)]
    clips = [one for at, one in enumerate(clips) if at not in rest_]
    made = _resequenced(timeline, clips, _begin(timeline, min(numbers)))
    begin = _begin(made, base - sum(at < base for at in rest_))
    over = [
        Over(
            timeline.clips[at].name, Moment(begin), Moment(begin + lasts * 1000), f"{grid}-{number}"
        )
        for number, at in enumerate(rest_, 2)
    ]
    return replace(made, over=(*made.over, *over))


def _duck(rest: str, timeline: Timeline, state: State) -> Timeline:
    if rest in ("", "none"):
        return _music_with(timeline, is_ducked=not rest)
    begin, end = _span(rest)
    (old,) = timeline.sounds
    parts = ((old.start, begin, False), (begin, end, True), (end, old.end, False))
    sounds = tuple(replace(old, start=a, end=b, is_ducked=ducked) for a, b, ducked in parts)
    return replace(timeline, sounds=sounds)


def _over(rest: str, timeline: Timeline, state: State) -> Timeline:
    name, span, *looks = rest.split()
    files = {"bar": "bar"} | {one.filename: one.filename for one in state.media}
    file = next(one for one in files if one.startswith(name))
    new = Over(file, *_span(span), "bottom" if file == "bar" else "bottom right")
    usual = 0.015 if file == "bar" else 0.12
    for look in looks:
        if look in (*HUES, "white", "black") or look.startswith("#"):
            new = replace(new, color=look)
        elif look.startswith("@"):
            new = replace(new, opacity=_level(look[1:].removesuffix("%")))
            new = replace(new, opacity=_shares(new.opacity))
        elif look.endswith("%"):
            new = replace(new, size=_shares(_level(look.removesuffix("%"))))
        elif look in ("small", "big"):
            size = (0, usual - 0.0055) if look == "small" else (usual + 0.0055, 1)
            new = replace(new, size=size)
        else:
            new = replace(new, place=look.replace("-", " "))
    return replace(timeline, over=(*timeline.over, new))


def _shares(level: Level) -> Level:
    if isinstance(level, tuple):
        return level[0] / 100, level[1] / 100
    return None if level is None else level / 100


def _canvas(rest: str, timeline: Timeline, state: State) -> Timeline:
    sizes = [tuple(map(int, size.split("x"))) for size in rest.split("/")]
    changed = replace(timeline, canvas=frozenset((w, h) for w, h in sizes))
    return _with(changed, range(len(timeline.clips)), fits=None)


_PRIMITIVES: Mapping[str, Callable[[str, Timeline, State], Timeline]] = {
    "start": lambda rest, timeline, state: timeline,
    "empty": lambda rest, timeline, state: replace(
        timeline, clips=(), sounds=(), texts=(), over=()
    ),
    "seq": _seq,
    "add": _add,
    "del": _del,
    "only": _only,
    "order": _order,
    "dup": _dup,
    "swap": _swap,
    "keep": _keep,
    "len": _len,
    "cut": _cut,
    "quiet": _quiet,
    "within": _within,
    "split": _split,
    "still": _still,
    "dub": _dub,
    "speed": _speed,
    "vol": _vol,
    "volin": _volin,
    "fadein": _fade("fade_in"),
    "fadeout": _fade("fade_out"),
    "soundin": _fade("sound_in"),
    "soundout": _fade("sound_out"),
    "clean": lambda rest, timeline, state: _with(
        timeline, _numbers(rest.removeprefix("no "), timeline), is_clean=not rest.startswith("no ")
    ),
    "duck": _duck,
    "fit": _fit,
    "fx": _fx,
    "drift": lambda rest, timeline, state: _with(
        timeline, _numbers("photos", timeline), effects=frozenset({"nearer", "further"})
    ),
    "join": _join,
    "loose": _loose,
    "total": _total,
    "text": _new_text,
    "names": _named,
    "count": _count,
    "words": _text_with("words"),
    "when": _text_with("when"),
    "pos": _text_with("position"),
    "letters": _text_with("looks"),
    "color": _text_with("color"),
    "size": _text_with("size"),
    "deltext": _deltext,
    "notexts": lambda rest, timeline, state: replace(timeline, texts=()),
    "music": _music,
    "bed": _bed,
    "voice": _voice,
    "nomusic": lambda rest, timeline, state: replace(timeline, sounds=()),
    "delmusic": lambda rest, timeline, state: replace(
        timeline, sounds=(), keeps_no_silent_sound=True
    ),
    "anymusic": lambda rest, timeline, state: replace(timeline, has_free_music=True),
    "over": _over,
    "beside": _beside,
    "noover": lambda rest, timeline, state: replace(timeline, over=()),
    "canvas": _canvas,
    "loud": lambda rest, timeline, state: (
        replace(timeline, is_even=True)
        if rest == "even"
        else replace(timeline, loudness=None if rest == "none" else float(rest))
    ),
    "fps": lambda rest, timeline, state: replace(timeline, fps=float(rest)),
}


# Cases


@dataclass(frozen=True, slots=True)
class Case:
    state: str
    turns: tuple[str, ...]
    right: tuple[str, ...]
    """One for each turn, or one for the last."""
    place: str = field(default="", compare=False)
    """File and line."""

    def rights(self) -> list[list[Right] | None]:
        """What is right after each turn; None: nobody said."""
        read = [alternatives(text, STATES[self.state]) for text in self.right]
        return [*[None] * (len(self.turns) - len(read)), *read]


def cases(path: Path) -> list[Case]:
    """The cases of a file of tab-separated lines: state, phrase, what is right."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            state, phrase, right = line.split("\t")[:3]
            turns, rights = phrase.split(" || "), right.split(" || ")
            if len(rights) not in (1, len(turns)):
                raise ValueError(f"{path.name}:{number}: as many as turns, or one")
            found.append(Case(state, tuple(turns), tuple(rights), f"{path.name}:{number}"))
    return found
