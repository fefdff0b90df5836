"""Operations on the studio's draft: plain JSON in, new JSON out, nothing is changed in place.

    {"t": [{"tt": 0|1|7, "id", "m": {"name"}, "sg": [{"id", "s", "d", "m": {…}}]}], "d", "m": {…}}

Times are whole milliseconds. The first video track is the sequence: its clips follow each other
without gaps, and a clip with a `transition` starts `transition.d` before the one before it ends.
Everything else hangs on that sequence: `lay_out` puts it in place again after every operation.

Text and music made here carry their wish in `m.place`, so that they find their place again:
`{"at": "start"|"end", "ms": distance, "d"}`, `{"at": "time", "ms", "d"}`,
`{"at": "clip", "clip": id, "ms", "d"}`, `{"at": "whole"}`. What lies small over the picture has `m.overlay` (`{"place",
"size", "opacity"}`, or `{"type": "bar" | "cell", …}`, see `render/insets`) on a video track behind the sequence, and `{"at": "clips", "clips": ids, "d"}` where it
lies over clips, for `d` ms where that is said; so do texts with `m.pattern`, whose words are filled in from the clip: `{name}` is
its name and `{n}` its number. Other keys of the director's own:
`m.from` of a text (where its words come from when nobody typed them; of `subtitles`, `m.file` says which file's), `m.trim` of a clip ("by
words": the user chose its length), `m.target` of the draft (the total length that was asked for),
`m.fit` (the fit chosen for all clips), `m.own_fps` (the user named the frame rate: it does not follow
the clips), `m.ids` (the highest segment number used so far). Keys that
are not known here survive.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from vbtui.base.text import clean_line
from vbtui.language.quotes import without_signs
from vbtui.studio.project.media import Media
from vbtui.studio.project.words import Word, lines_of, word_of
from vbtui.timeline.model import AUDIO, TEXT, VIDEO
from vbtui.timeline.pace import Pace, as_json, read_pace

Json = dict[str, Any]
Draft = Mapping[str, Any]
MediaById = Mapping[str, Media]

STILL_MS = 4000
"""How long a picture is shown unless asked otherwise."""
MIN_CLIP_MS = 100
"""No operation leaves a clip shorter than this."""
MIN_TRANSITION_MS = 40
"""One frame at 25 a second; a shorter transition is a cut."""
MIN_TEXT_MS = 200
MAX_VOLUME = 2.0
MOST_EFFECTS = 16
"""So many effects may one clip have."""
_MOST = 10**12
"""Numbers from here on are no times."""
MIN_SPEED, MAX_SPEED = 0.1, 10.0
TRACK_NAMES = {VIDEO: "Video", AUDIO: "Music", TEXT: "Text"}


def empty(title: str = "project", width: int = 1920, height: int = 1080) -> Json:
    """A draft without a track."""
    return {
        "t": [],
        "d": 0,
        "m": {"title": title, "width": width, "height": height, "fps": 30, "version": 0},
    }


def whole(value: object, default: int = 0) -> int:
    """A whole number of milliseconds from whatever the JSON holds; never negative."""
    if type(value) is int and 0 <= value < _MOST:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return default
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return default
    return max(0, round(number)) if math.isfinite(number) and abs(number) < _MOST else default


def meta(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """`m` of a draft, a track or a segment; empty when there is none."""
    value = item.get("m")
    return value if isinstance(value, dict) else {}


def with_meta(item: Mapping[str, Any], **changes: Any) -> Json:
    """`item` with keys of its `m` set; a value of None takes the key away."""
    kept = {key: value for key, value in meta(item).items() if key not in changes}
    new = {key: value for key, value in changes.items() if value is not None}
    return {**item, "m": {**kept, **new}}


# Tracks and segments


def tracks(draft: Draft) -> list[Json]:
    value = draft.get("t")
    return [track for track in value if isinstance(track, dict)] if isinstance(value, list) else []


def segments(track: Mapping[str, Any]) -> list[Json]:
    value = track.get("sg")
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def clips(draft: Draft) -> list[Json]:
    """The sequence: the segments of the first video track, in order."""
    return next((segments(track) for track in tracks(draft) if track.get("tt") == VIDEO), [])


def of_type(draft: Draft, track_type: int) -> list[Json]:
    """Every segment of every track of this type, in track order."""
    return [
        item for track in tracks(draft) if track.get("tt") == track_type for item in segments(track)
    ]


def texts(draft: Draft) -> list[Json]:
    return of_type(draft, TEXT)


def sounds(draft: Draft) -> list[Json]:
    """Music and other sound on tracks of its own, but for voice-overs."""
    return [item for item in of_type(draft, AUDIO) if meta(item).get("role") != "voice"]


def voices(draft: Draft) -> list[Json]:
    """Voice-overs: sounds that are no music."""
    return [item for item in of_type(draft, AUDIO) if meta(item).get("role") == "voice"]


def overlays(draft: Draft) -> list[Json]:
    """What lies small over the picture."""
    return [item for item in of_type(draft, VIDEO) if lies_over(item)]


def lies_over(item: Mapping[str, Any]) -> bool:
    """Whether a segment of a video track is no clip: it lies over them (`m.overlay`)."""
    return isinstance(meta(item).get("overlay"), Mapping)


def _highest_id(draft: Draft) -> int:
    """The highest number in an id that this draft has or had; kept in `m.ids`."""
    used = whole(meta(draft).get("ids"))
    for track in tracks(draft):
        for item in segments(track):
            name = str(item.get("id", ""))
            if name[:1] == "s" and name[1:].isdecimal() and len(name) < 12:
                used = max(used, int(name[1:]))
    return used


def with_clips(draft: Draft, sequence: Sequence[Json]) -> Json:
    """`draft` with this sequence on its first video track; clips without an id get one."""
    used = _highest_id(draft)
    named: list[Json] = []
    for clip in sequence:
        if not clip.get("id"):
            used += 1
            clip = {"id": f"s{used}", **{key: clip[key] for key in clip if key != "id"}}
        named.append(clip)
    draft = with_meta(draft, ids=used)
    found = tracks(draft)
    for index, track in enumerate(found):
        if track.get("tt") == VIDEO:
            found[index] = {**track, "sg": named}
            break
    else:
        found.insert(0, {"tt": VIDEO, "id": "v1", "m": {"name": "Video"}, "sg": named})
    return _over_pieces({**draft, "t": found}, pairwise(zip(sequence, named, strict=True)))


def _over_pieces(draft: Json, neighbours: Iterable[tuple[Any, Any]]) -> Json:
    """What lies over a clip lies over the pieces that it was cut into, too: those that are new and go on behind it, or
    later in its file where something was cut out."""
    laid = [one for kind in (VIDEO, TEXT) for one in of_type(draft, kind) if _lies_over_clips(one)]
    parts: dict[str, str] = {}
    for (_, before), (given, piece) in neighbours if laid else ():
        first, later = (piece, before) if is_reverse(piece) else (before, piece)
        played = source_in(first) + math.floor(pace_of(first).played(length(first)))
        same = meta(before).get("asset") == meta(piece).get("asset")
        still = is_freeze(before) or is_freeze(piece)
        if not given.get("id") and same and (still or source_in(later) >= played - 1):
            parts[str(before["id"])] = str(piece["id"])

    def wider(kind: int, item: Json) -> Json:
        if kind not in (VIDEO, TEXT) or not _lies_over_clips(item):
            return item
        place = meta(item)["place"]
        ids: list[str] = []
        for one in place.get("clips", []):
            ids.append(one)
            while ids[-1] in parts:
                ids.append(parts[ids[-1]])
        return with_meta(item, place={**place, "clips": ids}) if len(ids) > 1 else item

    return replace(draft, wider) if parts else draft


def _lies_over_clips(item: Json) -> bool:
    place = meta(item).get("place")
    return isinstance(place, Mapping) and place.get("at") == "clips"


def replace(draft: Draft, change: Callable[[int, Json], Json | None]) -> Json:
    """Every segment through `change(track type, segment)`; None takes it away.

    Tracks that became empty go with their last segment, but for that of the sequence.
    """
    result = []
    for track in tracks(draft):
        kind = track.get("tt")
        before = segments(track)
        after = [
            new
            for item in before
            if (new := change(kind if isinstance(kind, int) else -1, item)) is not None
        ]
        if before and not after and (kind in (AUDIO, TEXT) or lies_over(before[0])):
            continue
        result.append({**track, "sg": after} if before else track)
    return {**draft, "t": result}


def add_segment(draft: Draft, track_type: int, segment: Json, *, name: str = "") -> Json:
    """`segment` on a track of this type with this name where it overlaps nothing.

    Without such a track it gets one of its own.
    """
    used = _highest_id(draft) + 1
    draft, segment = with_meta(draft, ids=used), {"id": f"s{used}", **segment}
    start, end = whole(segment.get("s")), whole(segment.get("s")) + whole(segment.get("d"))
    found = tracks(draft)
    wanted = name or TRACK_NAMES.get(track_type, "")
    for index, track in enumerate(found):
        if track.get("tt") != track_type or meta(track).get("name") != wanted:
            continue
        if all(
            whole(i.get("s")) >= end or whole(i.get("s")) + whole(i.get("d")) <= start
            for i in segments(track)
        ):
            placed = sorted([*segments(track), segment], key=lambda i: whole(i.get("s")))
            found[index] = {**track, "sg": placed}
            return {**draft, "t": found}
    identities = {str(track.get("id")) for track in found}
    letter = {VIDEO: "v", AUDIO: "a", TEXT: "x"}.get(track_type, "t")
    number = next(n for n in range(1, len(found) + 2) if f"{letter}{n}" not in identities)
    found.append(
        {"tt": track_type, "id": f"{letter}{number}", "m": {"name": wanted}, "sg": [segment]}
    )
    return {**draft, "t": found}


def add_track(draft: Draft, track_type: int, added: Sequence[Json], *, name: str) -> Json:
    """`draft` with these segments, in order, on a track of their own; each gets an id."""
    if not added:
        return {**draft}
    used = _highest_id(draft)
    named = [{"id": f"s{used + number}", **item} for number, item in enumerate(added, 1)]
    draft = with_meta(draft, ids=used + len(named))
    identities = {str(track.get("id")) for track in tracks(draft)}
    letter = {VIDEO: "v", AUDIO: "a", TEXT: "x"}.get(track_type, "t")
    number = next(n for n in range(1, len(identities) + 2) if f"{letter}{n}" not in identities)
    track = {"tt": track_type, "id": f"{letter}{number}", "m": {"name": name}, "sg": named}
    return {**draft, "t": [*tracks(draft), track]}


# Clips


def speed_of(clip: Mapping[str, Any]) -> Fraction:
    """The clip's speed as an exact fraction; 1 where the draft says nothing sensible."""
    value = meta(clip).get("speed", 1)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Fraction(1)
    return Fraction(str(round(value, 4))) if 0.0001 <= value <= 1000 else Fraction(1)


def pace_of(clip: Mapping[str, Any]) -> Pace:
    """How it plays on the timeline, from its begin to its end."""
    return read_pace(speed_of(clip), meta(clip).get("ramp"), length(clip))


def source_pace(clip: Mapping[str, Any]) -> Pace:
    """The same from where its source begins: of what plays backwards, from its end."""
    return pace_of(clip).turned if is_reverse(clip) else pace_of(clip)


def is_ramp(clip: Mapping[str, Any]) -> bool:
    """Whether its speed changes little by little."""
    return not is_freeze(clip) and pace_of(clip).is_ramp


def length(clip: Mapping[str, Any]) -> int:
    return whole(clip.get("d"))


def start(clip: Mapping[str, Any]) -> int:
    return whole(clip.get("s"))


def source_in(clip: Mapping[str, Any]) -> int:
    return whole(meta(clip).get("in"))


def is_reverse(clip: Mapping[str, Any]) -> bool:
    """Whether it is played from its end to its begin: `in` is where it ends then."""
    return meta(clip).get("reverse") is True


def is_freeze(clip: Mapping[str, Any]) -> bool:
    """Whether one picture of its file, the one at `in`, stands still for all of it, in silence."""
    return meta(clip).get("freeze") is True


def is_still(clip: Mapping[str, Any], media: MediaById) -> bool:
    asset = media.get(str(meta(clip).get("asset")))
    return asset is not None and asset.kind == "image"


def is_endless(clip: Mapping[str, Any], media: MediaById) -> bool:
    """Whether it can last as long as one likes: a picture, or an animation, which begins again."""
    asset = media.get(str(meta(clip).get("asset")))
    return asset is not None and (asset.kind == "image" or asset.is_animation or is_freeze(clip))


def longest(clip: Mapping[str, Any], media: MediaById) -> int | None:
    """ms that the clip can last from its `in` point; None for one that has no end."""
    asset = media.get(str(meta(clip).get("asset")))
    if asset is None:
        return length(clip)
    if is_endless(clip, media):
        return None
    return max(0, math.floor((asset.duration_ms - source_in(clip)) / speed_of(clip)))


def new_clip(asset: Media, *, fit: str) -> Json:
    """A clip without an id: the whole video, or a picture for `STILL_MS`."""
    return {
        "s": 0,
        "d": STILL_MS if asset.kind == "image" else asset.duration_ms,
        "m": {
            "title": asset.filename,
            "asset": asset.id,
            "in": 0,
            "speed": 1.0,
            "volume": 1.0,
            "fit": fit,
        },
    }


def cut_to(clip: Json, begin: int, end: int) -> Json:
    """The part of the clip from `begin` to `end`, ms from its start on the timeline.

    A transition stays with the clip's own start, fades with the ends that they belong to.
    """
    begin, end = max(0, begin), min(length(clip), end)
    changes: Json = _moved_on(clip, begin, end)
    skipped = length(clip) - end if is_reverse(clip) else begin
    if skipped > 0 and not is_freeze(clip):
        changes |= _begun(clip, math.floor(source_pace(clip).played(skipped)))
    if begin > 0:
        changes |= {"fade_in": None, "sound_fade_in": None, "cut_before": None}
    if end < length(clip):
        changes |= {"fade_out": None, "sound_fade_out": None, "cut_after": None}
    part = with_pace(with_meta(clip, **changes), pace_of(clip).part(begin, end))
    return {**part, "d": end - begin}


def goes_the_same(clip: Json, other: Json) -> bool:
    """Whether both change their speed, and as quickly: as parts of one clip do."""
    one, two = (pace_of(item) for item in (clip, other))
    if not (is_ramp(clip) and is_ramp(other)):
        return False
    gain, same = ((each.last - each.first) / each.lasts for each in (one, two))
    return abs(gain - same) <= max(abs(gain), abs(same)) / 20


def with_pace(clip: Json, pace: Pace) -> Json:
    """A clip of which the speed changes, changing it so; another one stays as it is."""
    return with_meta(clip, **as_json(pace)) if is_ramp(clip) else clip


def _begun(clip: Json, later: int) -> Json:
    """What changes in `m` where its source begins so many ms later: the sound that it has in place of its own goes along."""
    sound = meta(clip).get("sound")
    changes: Json = {"in": max(0, source_in(clip) + later)}
    if isinstance(sound, Mapping):
        changes["sound"] = {**sound, "in": max(0, whole(sound.get("in")) + later)}
    return changes


def begun_earlier(clip: Json, ms: int) -> Json:
    """The clip with its source from so many ms earlier on, where there is so much."""
    return with_meta(clip, **_begun(clip, -ms))


def _moved_on(clip: Json, begin: int, end: int) -> Json:
    """What becomes of a zoom in that part of the clip: it goes on where it was."""
    effects, whole_ms = meta(clip).get("effects"), length(clip)
    if not isinstance(effects, list) or (begin, end) == (0, whole_ms):
        return {}
    first, last = begin / whole_ms, end / whole_ms

    def part(one: Json) -> Json:
        start, stop = float(one.get("start", 1)), float(one.get("end", 1.25))
        new = {"start": start * (stop / start) ** first, "end": start * (stop / start) ** last}
        for key in ("x", "y"):
            now, then = float(one.get(key, 0.5)), float(one.get(f"to_{key}", 0.5))
            if now != then:
                new |= {key: now + (then - now) * first, f"to_{key}": now + (then - now) * last}
        return {**one, **{key: round(value, 4) for key, value in new.items()}}

    if not any(map(is_zoom, effects)):
        return {}
    return {"effects": [part(one) if is_zoom(one) else one for one in effects]}


def is_zoom(effect: object) -> bool:
    """Whether an effect of `m.effects` moves with the clip's time."""
    return isinstance(effect, dict) and effect.get("type") == "zoom"


def split_clip(clip: Json, at: int) -> tuple[Json, Json]:
    """Two clips that play like the one; the second has no id and no transition."""
    second = with_meta(cut_to(clip, at, length(clip)), transition=None)
    second.pop("id", None)
    return cut_to(clip, 0, at), second


_NOT_FROZEN = (
    "transition", "fade_in", "fade_out", "sound_fade_in", "sound_fade_out", "cut_before", "cut_after", "reverse",
    "denoise", "role", "sound", "ramp",
)  # fmt: skip
"""Keys of a clip that are of its ends, its direction or its sound."""
_LATEST = Fraction(39, 100)
"""Of a frame: so much later than it a picture of the file may begin and be the one that is seen in it (see
`render/drawing.NUDGE`)."""


def frozen(clip: Json, at: int, lasts: int, fps: float) -> Json:
    """The picture that is seen `at` ms from the clip's start, standing still for `lasts` ms; without an id.

    Args:
        at: up to the clip's length, which is its last frame.
        fps: frames a second of the video.
    """
    rate = Fraction(fps).limit_denominator(1001)

    def frame(ms: int) -> int:
        return math.floor(ms * rate / 1000 + Fraction(1, 2))

    first, end = frame(start(clip)), frame(start(clip) + length(clip))
    number = max(0, min(frame(start(clip) + at), end - 1) - first)
    if is_reverse(clip):
        number = end - first - 1 - number
    latest = _LATEST * 1000 / rate
    ms = source_in(clip) + source_pace(clip).played(number * 1000 / rate + latest) - latest
    moved = {**_moved_on(clip, at, at), "in": max(0, math.floor(ms)), "speed": 1.0, "volume": 1.0}
    if is_freeze(clip):
        moved["in"] = source_in(clip)  # it shows nothing else
    still = with_meta(clip, **dict.fromkeys(_NOT_FROZEN), **moved, freeze=True, trim="by words")
    return {**{key: still[key] for key in still if key != "id"}, "d": lasts}


def with_length(clip: Json, wanted: int, media: MediaById) -> Json:
    """The clip lasting `wanted` ms, from its middle when it gets shorter, an animation from its begin.

    When it gets longer it takes in what its source still has: behind its end, then before its start.
    """
    now = length(clip)
    if wanted <= now:
        if is_endless(clip, media):
            return {**clip, "d": wanted}
        left = (now - wanted) // 2
        return cut_to(clip, left, left + wanted)
    limit = longest(clip, media)
    if is_reverse(clip) and limit is not None:
        limit = now  # what comes next lies before it in the source
    if limit is None or wanted <= limit:
        return {**clip, "d": wanted}
    earlier = math.ceil((wanted - limit) * speed_of(clip))
    clip = begun_earlier(clip, min(earlier, source_in(clip)))
    reach = longest(clip, media)
    return {**clip, "d": min(wanted, reach) if reach is not None else wanted}


def with_speed(clip: Json, speed: float, media: MediaById, *, to: float | None = None) -> Json:
    """The same part of the source, faster or slower; a picture, and one that is frozen, keeps its length.

    Args:
        to: the speed at its end, to which it changes little by little; None: it stays the same.
    """
    first, last = (
        Fraction(str(round(min(MAX_SPEED, max(MIN_SPEED, one)), 3)))
        for one in (speed, speed if to is None else to)
    )
    if is_still(clip, media) or is_freeze(clip):
        return clip
    used = pace_of(clip).played(length(clip))
    lasts = max(1, math.floor(2 * used / (first + last)))
    return {**with_meta(clip, **as_json(Pace(first, last, lasts))), "d": lasts}


# Transitions: `joins[i]` leads from clip i into clip i + 1


def joins(sequence: Sequence[Json]) -> list[Json | None]:
    found = []
    for clip in sequence[1:]:
        value = meta(clip).get("transition")
        found.append(dict(value) if isinstance(value, Mapping) else None)
    return found


def with_joins(sequence: Sequence[Json], transitions: Sequence[Json | None]) -> list[Json]:
    """The sequence with these transitions; the first clip has none."""
    padded = [None, *transitions, *([None] * len(sequence))][: len(sequence)]
    return [
        with_meta(clip, transition=transition) if transition or "transition" in meta(clip) else clip
        for clip, transition in zip(sequence, padded, strict=True)
    ]


def clamped_joins(sequence: Sequence[Json]) -> list[Json]:
    """No transition is longer than half of its shorter neighbour; too short ones become cuts."""
    result: list[Json | None] = []
    for (before, after), transition in zip(pairwise(sequence), joins(sequence), strict=True):
        if transition is None:
            result.append(None)
            continue
        duration = min(whole(transition.get("d")), min(length(before), length(after)) // 2)
        keep = duration >= MIN_TRANSITION_MS
        result.append({**transition, "d": duration} if keep else None)
    return with_joins(sequence, result)


def sequence_length(sequence: Sequence[Json]) -> int:
    overlap = sum(whole((transition or {}).get("d")) for transition in joins(sequence))
    return sum(map(length, sequence)) - overlap


# Laying out


def lay_out(draft: Draft, *, moved: Callable[[int], int] = lambda ms: ms) -> Json:
    """Everything in its place again: clips, transitions, texts, music, the total length.

    `moved` says where a moment of the old timeline is now; texts at a fixed time go along.
    """
    sequence: list[Json] = []
    cursor = 0
    for clip in clamped_joins([clip for clip in clips(draft) if length(clip) > 0]):
        transition = meta(clip).get("transition")
        cursor -= whole(transition.get("d")) if isinstance(transition, Mapping) else 0
        sequence.append({**clip, "s": cursor})
        cursor += length(clip)
    if any(track.get("tt") == VIDEO for track in tracks(draft)):
        draft = with_clips(draft, sequence)
        sequence = clips(draft)
    by_id = {str(clip.get("id")): clip for clip in sequence}

    def put(kind: int, item: Json) -> Json | None:
        if kind == TEXT or (kind == VIDEO and lies_over(item)):
            return _counted(place_text(item, cursor, by_id, moved))
        return _place_sound(item, cursor) if kind == AUDIO else item

    draft = _whole_again(_in_order(_behind_opening(replace(draft, put), by_id)))
    end = max((start(i) + length(i) for t in tracks(draft) for i in segments(t)), default=0)
    return {**draft, "d": cursor or end}


def _whole_again(draft: Json) -> Json:
    """A clip of a split screen (`m.cell`) beside which nothing is any more fills the frame."""
    beside = {
        one
        for item in overlays(draft)
        if meta(item)["overlay"].get("type") == "cell" and _lies_over_clips(item)
        for one in meta(item)["place"].get("clips", [])
    }

    def wider(kind: int, item: Json) -> Json:
        alone = kind == VIDEO and "cell" in meta(item) and item.get("id") not in beside
        return with_meta(item, cell=None) if alone else item

    return replace(draft, wider)


def _counted(item: Json | None) -> Json | None:
    """A countdown (`m.style`) has a number for each second that it lasts."""
    if item is None or meta(item).get("style") != "countdown":
        return item
    numbers = range(math.ceil(length(item) / 1000), 0, -1)
    return with_meta(item, text=" ".join(map(str, numbers)))


def opening_ends(draft: Draft) -> int:
    """Where the opening title that nobody typed ends; 0 without one."""
    titles = [item for item in texts(draft) if meta(item).get("from") == "project"]
    return max((start(item) + length(item) for item in titles), default=0)


def _behind_opening(draft: Json, by_id: Mapping[str, Json]) -> Json:
    """Captions made of file names wait for the opening title and end with their clip."""
    opening = opening_ends(draft)

    def wait(kind: int, item: Json) -> Json | None:
        place = meta(item).get("place")
        made = kind == TEXT and meta(item).get("from") == "file name"
        clip = by_id.get(str(place.get("clip"))) if made and isinstance(place, Mapping) else None
        if clip is None:
            return item
        begin, clip_ends = max(start(item), start(clip), opening), start(clip) + length(clip)
        wanted = max(length(item), start(item) + length(item) - begin)
        end = min(clip_ends, begin + wanted)
        return {**item, "s": begin, "d": end - begin} if end - begin >= MIN_TEXT_MS else None

    return replace(draft, wait)


def _place_sound(item: Json, total: int) -> Json:
    place = meta(item).get("place")
    if not isinstance(place, Mapping) or total <= 0:
        return item
    if place.get("at") == "whole":
        return {**item, "s": 0, "d": total}
    wanted = max(1, whole(place.get("d"), total))
    begin = max(0, min(whole(place.get("ms")), total - min(wanted, total)))
    return {**item, "s": begin, "d": min(wanted, total - begin)}


def _over_clips(item: Json, place: Mapping[str, Any], sequence: Sequence[Json]) -> Json | None:
    """Over neighbouring clips as far as they are there; None when they are gone. A text waits until its clip has come in."""
    wanted = place.get("clips")
    ids = wanted if isinstance(wanted, list) else []
    here = [number for number, clip in enumerate(sequence) if clip.get("id") in ids]
    run = [number for at, number in enumerate(here) if number == here[0] + at]
    if not run:
        return None
    first, last = sequence[run[0]], sequence[run[-1]]
    begin, end = start(first), start(last) + length(last)
    pattern = meta(item).get("pattern")
    if isinstance(pattern, str):
        transition = meta(first).get("transition")
        begin += whole(transition.get("d")) if isinstance(transition, Mapping) else 0
        name = clean_line(str(meta(first).get("title") or first.get("id") or ""))
        item = with_meta(item, text=without_signs(pattern, name, run[0] + 1))
    item = _in_step(item, place, first)
    lasts = whole(meta(item)["place"].get("d"), end - begin)
    return {**item, "s": begin, "d": min(end - begin, lasts)}


def _in_step(item: Json, place: Mapping[str, Any], clip: Json) -> Json:
    """What plays beside a clip (`place.beside`: where in its file that began) begins later, too, where its begin was cut off."""
    if "beside" not in place or is_reverse(clip) or is_reverse(item):
        return item
    later = pace_of(clip).earlier(source_in(clip) - whole(place["beside"]))
    begin = source_in(item) + math.floor(later * speed_of(item))
    if not later or begin < 0:
        return item
    moved = {**place, "beside": source_in(clip)}
    if "d" in place:
        moved["d"] = max(1, whole(place["d"]) - math.floor(later))
    return with_meta(item, place=moved, **{"in": begin})


def _in_order(draft: Json) -> Json:
    """Texts and overlays sorted by time: one that moved may have passed another."""
    return {
        **draft,
        "t": [
            {**track, "sg": sorted(segments(track), key=start)}
            if segments(track) and (track.get("tt") == TEXT or lies_over(segments(track)[0]))
            else track
            for track in tracks(draft)
        ],
    }


def place_text(
    item: Json,
    total: int,
    by_id: Mapping[str, Json],
    moved: Callable[[int], int] = lambda ms: ms,
) -> Json | None:
    """The text, or what lies over the picture, where its `m.place` wants it in a video of `total` ms with these clips, in
    their order. None when its clip is gone.
    """
    place = meta(item).get("place")
    if not isinstance(place, Mapping) or total <= 0:
        return item
    offset, wanted = whole(place.get("ms")), max(MIN_TEXT_MS, whole(place.get("d"), 3000))
    at, begin, end = place.get("at"), 0, total
    if at == "source":
        return _at_source(item, place, by_id)
    if at == "whole":
        return {**item, "s": 0, "d": total}
    if at == "clips":
        return _over_clips(item, place, list(by_id.values()))
    if at == "clip":
        clip = by_id.get(str(place.get("clip")))
        if clip is None:
            return None
        transition = meta(clip).get("transition")
        lead = whole(transition.get("d")) if isinstance(transition, Mapping) else 0
        begin, end = start(clip) + lead + offset, start(clip) + length(clip)
        begin = min(begin, max(start(clip), end - MIN_TEXT_MS))
    elif at == "end":
        begin, end = total - offset - wanted, total - offset
    elif at == "time":
        begin = moved(offset)
        if meta(item).get("from") == "subtitles":  # cut along, as the picture that they are said to
            wanted = min(moved(offset + wanted), total) - begin
            if wanted < _SEEN_MS:
                return None
            item = with_meta(item, place={**place, "ms": begin, "d": wanted})
        elif begin != offset:
            item = with_meta(item, place={**place, "ms": begin})
    else:
        begin = offset
    end = max(min(end, total), min(total, MIN_TEXT_MS))
    begin = max(0, min(begin, end - MIN_TEXT_MS))
    return {**item, "s": begin, "d": min(wanted, end - begin)}


_SEEN_MS = 200
"""What is left of a text whose moment was cut stays when it can be seen for so long."""


def _at_source(item: Json, place: Mapping[str, Any], by_id: Mapping[str, Json]) -> Json | None:
    """Where the clips show a stretch of a file: from the first of them on, as long as they follow each other."""
    low, high = whole(place.get("ms")), whole(place.get("ms")) + whole(place.get("d"))
    shown = sorted(
        (start(clip), start(clip) + length(clip), source_in(clip), str(clip.get("id")))
        for clip in by_id.values()
        if meta(clip).get("asset") == place.get("asset")
        and _shows(clip, low, high)
        and not meta(clip).get("reverse")
    )
    begin = end = -1
    parts: list[tuple[int, int, int, Pace]] = []
    for first, last, source, name in shown:
        moves = None if is_freeze(by_id[name]) else pace_of(by_id[name])
        one = first + (max(0, math.ceil(moves.reached(low - source))) if moves else 0)
        other = min(last, first + math.ceil(moves.reached(high - source))) if moves else last
        if end >= 0 and one > end + 1:
            break
        begin, end = (one if begin < 0 else begin), max(end, other)
        parts += [(first, last, source, moves)] if moves else []
    if end - begin < _SEEN_MS:
        return None
    placed = {**item, "s": begin, "d": end - begin}
    return _with_words(placed, parts) if meta(item).get("from") == "speech" else placed


def _shows(clip: Json, low: int, high: int) -> bool:
    """Whether something of its source from `low` to `high` is seen, a moment of it or more."""
    begin = source_in(clip)
    ends = begin if is_freeze(clip) else begin + pace_of(clip).played(length(clip))
    return low <= begin < high if begin == ends else begin < high and ends > low


def _with_words(item: Json, parts: Sequence[tuple[int, int, int, Pace]]) -> Json | None:
    """The words of a caption that are heard in these parts of clips (from, until, the file's ms at the start, how they play),
    and, where it is lit word by word, which is when."""
    heard: list[tuple[Word, int]] = []
    for word in map(word_of, meta(item).get("words") or ()):
        middle = (word.begin + word.end) // 2
        for first, last, source, plays in parts:
            if 0 <= middle - source < plays.played(last - first):
                at = first + math.floor(plays.reached(max(0, word.begin - source)))
                heard.append((word, at))
                break
    if not heard:
        return None
    text, lit, count = lines_of([word for word, _ in heard]), [], 0
    for word, at in heard:
        letters = len("".join(word.text.split()))
        lit.append([max(0, at - start(item)), count, count + letters])
        count += letters
    return with_meta(item, text=text, lit=lit if meta(item).get("style") == "karaoke" else None)
