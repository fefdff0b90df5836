"""Timelines in words, what changed from one to the next, and the sentence that takes it back."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from vbtui.base.spoken import speaks_chinese
from vbtui.base.text import clean_line, format_bytes
from vbtui.base.translation import Translation
from vbtui.language.quotes import quoted
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Placed, Segment, Timeline, Track, identity_of
from vbtui.timeline.references import Reference, moment


def summary(timeline: Timeline | None) -> str:
    """The summary line of the brief: `Timeline (3 tracks): 1. Video: beach (0-10s) …`."""
    unread = timeline.unread if timeline else 0
    more = (
        f" ({unread} {'entry' if unread == 1 else 'entries'} could not be read.)" if unread else ""
    )
    if timeline is not None and timeline.unreadable:
        size = format_bytes(timeline.unreadable)
        return f"A timeline in a form that this vbtui cannot read ({size})."
    if timeline is None or not timeline.tracks:
        return f"The timeline is empty.{more}"
    count = len(timeline.tracks)
    parts = [
        f"{number}. {_own_label(track)}: {_segments_summary(track)}"
        for number, track in enumerate(timeline.tracks, 1)
    ]
    return f"Timeline ({count} track{'' if count == 1 else 's'}): {' '.join(parts)}{more}"


OVERLAY = 100
"""In the place of a track's type: it has video, and lies small over the picture."""


def _type(track: Track) -> int | None:
    return OVERLAY if track.lies_over else track.type


def _track_label(track: Track) -> str:
    if track.lies_over:
        return track.kind
    return {VIDEO: "Video", AUDIO: "BGM", TEXT: "Title"}.get(
        track.type if track.type is not None else -1, track.kind
    )


def _own_label(track: Track) -> str:
    """The track's own name where it says more than its type does: `Captions`."""
    name = track.name.capitalize()
    plain = track.type != TEXT or len(name) > 20 or not name.replace(" ", "").isalpha()
    return _track_label(track) if plain or name.removesuffix("s") in ("Title", "Text") else name


def _segments_summary(track: Track) -> str:
    if not track.segments:
        return "(empty)"
    shown = [describe(track, segment) for segment in track.segments[:4]]
    rest = len(track.segments) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def describe(track: Track, segment: Segment) -> str:
    """`"Urban Dreams" (0-3s)`, `Lo-fi (0-10s, 35%)`: one segment in words."""
    extra = f", {segment.volume:.0%}" if segment.volume is not None and track.type == AUDIO else ""
    return f"{_shown(track, segment)} ({span(segment.start_ms, segment.end_ms)}{extra})"


def _shown(track: Track, segment: Segment) -> str:
    return f'"{segment.name}"' if track.type == TEXT else segment.name


def span(start_ms: int, end_ms: int) -> str:
    """`0-3s`, `1.5-4s`: a range in seconds with no more digits than it needs."""
    return f"{_seconds(start_ms)}-{_seconds(end_ms)}s"


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.2f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two drafts."""

    kind: str
    """added, removed, moved, retimed, text, volume, transition, source, speed, settings, a name of
    `_TRAITS`; `details`: what has no words here, by its keys."""
    subject: str
    """What changed: `Title "Urban Dreams"`, `Video beach.mp4`, `Frame size`."""
    before: str
    """Empty for what was added."""
    after: str
    """Empty for what was removed."""
    type: int | None = None
    """Of its track, or `OVERLAY`; None where it is of none, or not known."""
    name: str = ""
    """What it is called: a file's name, a text in quotes."""
    number: int = 0
    """Its place among the clips, counted from 1, as it is now; 0 for what is no clip."""
    number_before: int = 0
    was: tuple[int, int] | None = None
    """Its start and end before, in ms; None for what was added."""
    now: tuple[int, int] | None = None
    """The same as it is now; None for what was removed."""
    extra: str = ""
    """What came with it, joined by `, `: `crossfade 0.5 s`, `35%`, `speed 2x, fade out 1 s`."""
    along: bool = False
    """It only follows from another change: what is behind that moved along."""

    @property
    def sentence(self) -> str:
        """`Title added: "Urban Dreams" 0-3s`."""
        if self.kind == "details":
            return f"{self.subject} changed: {self.after}"
        if self.kind == "added":
            return f"{self.subject} added: {self.after}" + (
                f" ({self.extra})" if self.extra else ""
            )
        if self.kind == "removed":
            return f"{self.subject} removed: {self.before}"
        was = f"{self.before} → " if self.before else ""
        return f"{self.subject} {self.kind}: {was}{self.after}"


def compare(before: Timeline | None, after: Timeline | None) -> tuple[Change, ...]:
    """What changed from `before` to `after`, in timeline order; empty when they say the same."""
    pairs, removed, added = match(before, after)
    places = _Places(before, after, pairs)
    changes: list[Change] = []
    for old, new in pairs:
        changes += [places.mark(one, old, new) for one in _segment_changes(old[0], old[1], new[1])]
    changes += [places.gone(*item) for item in removed]
    changes += [places.new(*item) for item in added]
    changes = _along(changes, places)
    return (*changes, *_settings_changes(before, after))


class _Places:
    """Which clip stands where, before and after, and which of them changed places with others.

    Clips are those of the first video track: the ones that have numbers.
    """

    def __init__(
        self,
        before: Timeline | None,
        after: Timeline | None,
        pairs: Sequence[tuple[Placed, Placed]],
    ) -> None:
        self.before, self.after = _clips_of(before), _clips_of(after)
        numbers = {id(one): number for number, one in enumerate(self.before, 1)}
        self._before = numbers
        self._after = {id(one): number for number, one in enumerate(self.after, 1)}
        moves = sorted(
            (self._before[id(old)], self._after[id(new)])
            for (_, old), (_, new) in pairs
            if id(old) in self._before and id(new) in self._after
        )
        stayed = _longest_rise([now for _, now in moves])
        self.reordered = {was for was, now in moves if now not in stayed}
        """Numbers, as they were, of the fewest clips whose move makes the other order."""

    def mark(self, change: Change, old: Placed, new: Placed) -> Change:
        """`change` with what it is about."""
        return replace(
            change,
            type=_type(new[0]),
            name=_shown(*new),
            number=self._after.get(id(new[1]), 0),
            number_before=self._before.get(id(old[1]), 0),
            was=(old[1].start_ms, old[1].end_ms),
            now=(new[1].start_ms, new[1].end_ms),
        )

    def new(self, track: Track, segment: Segment) -> Change:
        return Change(
            "added",
            _track_label(track),
            "",
            _plain(track, segment),
            type=_type(track),
            name=_shown(track, segment),
            number=self._after.get(id(segment), 0),
            now=(segment.start_ms, segment.end_ms),
            extra=_extra(track, segment),
        )

    def gone(self, track: Track, segment: Segment) -> Change:
        return Change(
            "removed",
            _track_label(track),
            _plain(track, segment),
            "",
            type=_type(track),
            name=_shown(track, segment),
            number_before=self._before.get(id(segment), 0),
            was=(segment.start_ms, segment.end_ms),
        )

    def keeps_transition(self, change: Change) -> bool:
        """Whether the transition stayed where it was, and another clip stands there."""
        place = change.number - 1
        if change.number == change.number_before or not 0 <= place < len(self.before):
            return False
        was, now = self.before[place], self.after[place]
        return (was.transition, was.transition_ms) == (now.transition, now.transition_ms)


def _clips_of(timeline: Timeline | None) -> tuple[Segment, ...]:
    tracks = timeline.tracks if timeline else ()
    return next((track.segments for track in tracks if track.type == VIDEO), ())


def _longest_rise(numbers: Sequence[int]) -> set[int]:
    """The members of a longest rising row of different numbers; of several the one that begins first."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for place in range(len(numbers) - 1, -1, -1):  # from behind, where it falls
        at = bisect_left(tails, -numbers[place])
        before.append(ends[at - 1] if at else -1)
        if at == len(tails):
            tails.append(0)
            ends.append(0)
        tails[at], ends[at] = -numbers[place], len(before) - 1
    found: set[int] = set()
    at = ends[-1] if ends else -1
    while at >= 0:
        found.add(numbers[len(numbers) - 1 - at])
        at = before[at]
    return found


def _along(changes: Sequence[Change], places: _Places) -> list[Change]:
    """Marks those that only follow from others: clips behind what was cut, texts over them."""
    is_moved = [
        one.kind == "moved" and one.number_before not in places.reordered for one in changes
    ]
    is_cause = [
        one.type == VIDEO and not moved for one, moved in zip(changes, is_moved, strict=True)
    ]
    if not any(is_cause):
        return list(changes)
    return [
        replace(one, along=True)
        if moved or (one.kind == "transition" and places.keeps_transition(one))
        else one
        for one, moved in zip(changes, is_moved, strict=True)
    ]


def speed(segment: Segment) -> str:
    """`2x`, `1x to 3x`."""
    plays = segment.pace
    ends = (plays.first, plays.last) if plays.is_ramp else (plays.first,)
    return " to ".join(f"{round(float(one), 2):g}x" for one in ends)


def _extra(track: Track, segment: Segment) -> str:
    """What one has to know of something new beside its name and time: what nobody takes for granted."""
    said = [_transition(segment)] if track.type == VIDEO and segment.transition else []
    volume = segment.volume
    if track.type == AUDIO and volume is not None:
        said.append(_percent(volume))
    elif track.type == VIDEO and volume not in (None, 1):
        said.append(f"volume {_percent(volume)}")
    if (shown := speed(segment)) != "1x":
        said.append(f"speed {shown}")
    meta = _meta(segment)
    for key, (kind, value, plain) in _TRAITS.items():
        if (shown := value(meta.get(key))) not in plain and not (
            key in ("fade_in", "fade_out") and track.type == AUDIO
        ):
            said.append(f"{kind} {shown}")
    return ", ".join(said)


def _transition(segment: Segment) -> str:
    length = f" {segment.transition_ms / 1000:g} s" if segment.transition_ms else ""
    return segment.transition + length if segment.transition else "cut"


def _meta(segment: Segment) -> Mapping[str, object]:
    meta = segment.raw.get("m")
    return meta if isinstance(meta, Mapping) else {}


def _fade(value: object) -> str:
    ms = _number(value)
    return f"{_seconds(round(ms))} s" if ms > 0 else "none"


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if abs(value) < _MOST else 0.0


def _word(value: object) -> str:
    return clean_line(value)[:_LONGEST_KEY] if isinstance(value, str) else ""


def _text_size(value: object) -> str:
    """A share of the picture's height, or pixels of one that is 1080 high."""
    size = _number(value)
    return f"{size / 1080 if size > 1 else size:.0%}" if size > 0 else ""


_LOOKS = {
    "bw": "black and white",
    "horizontal": "mirrored",
    "vertical": "mirrored upside down",
    "blur": "blurred",
    "sharpen": "sharper",
    "degrain": "less grain",
    "stabilise": "steady",
}
"""What the values of effects are called where that is not their own name."""


def _effects(value: object) -> str:
    """`black and white + turned 90° + brightness +20%`: a clip's effects in their order."""
    listed = value if isinstance(value, list) else []
    return " + ".join(_effect(one) for one in listed if isinstance(one, Mapping)) or "none"


def _other_sound(value: object) -> str:
    """The file that is heard in place of the clip's own sound."""
    if not isinstance(value, Mapping):
        return "its own"
    return clean_line(str(value.get("title") or value.get("asset") or ""))[:_LONGEST_KEY]


def _overlay(value: object) -> str:
    """`bottom right + size 12% + opacity 50%`: where and how it lies over the picture."""
    if not isinstance(value, Mapping):
        return "none"
    if value.get("type") == "bar":
        color = _word(value.get("color", "#FFFFFF")).upper()
        height = f"height {_number(value.get('size', 0.015)):.1%}"
        return " + ".join([_word(value.get("place", "bottom")), f"colour {color}", height])
    if value.get("type") == "cell":
        return f"split screen {_cell(value)}"
    opacity = _number(value.get("opacity", 1))
    size = f"size {_number(value.get('size', 0.12)):.0%}"
    parts = [_word(value.get("place", "bottom right")), size]
    return " + ".join([*parts, *[f"opacity {opacity:.0%}"] * (opacity != 1)])


def overlay(segment: Segment) -> str:
    """Where and how it lies over the picture, in words; empty for what does not."""
    return _overlay(_meta(segment).get("overlay")) if segment.lies_over else ""


def effects(segment: Segment) -> str:
    """What its picture and its sound go through, in words; empty where nothing is done to it."""
    meta = _meta(segment)
    picture = _effects(meta.get("effects"))
    named = [] if picture == "none" else [picture]
    own = ("sound", "sound_fade_in", "sound_fade_out", "denoise", "duck", "cell", *_OF_LETTERS)
    for key in own:
        kind, value, plain = _TRAITS[key]
        if (shown := value(meta.get(key))) not in plain:
            named.append(f"{kind} {shown}")
    return " + ".join(named)


def _cell(value: object) -> str:
    """`2x1 (1)`: columns and rows of a split screen, and which part of it."""
    if not isinstance(value, Mapping):
        return "none"
    columns, rows, at = (round(_number(value.get(key))) for key in ("columns", "rows", "at"))
    return f"{columns}x{rows} ({at + 1})"


_OF_LETTERS = ("outline", "outline_color", "shadow")


def _effect(one: Mapping[str, object]) -> str:
    kind = _word(one.get("type"))
    if kind == "rotate":
        return f"turned {_number(one.get('degrees', 90)):g}°"
    if kind == "zoom":
        start, end = (_number(one.get(key, 1)) for key in ("start", "end"))
        return f"zoom {start:g}x" if start == end else f"zoom {start:g}x to {end:g}x"
    if kind == "key":
        return f"keyed out {_word(one.get('color', '#00D61E')).upper()}"
    if kind == "lut":
        share = _number(one.get("strength", 1))
        return f"LUT {_word(one.get('name'))}" + (f" + strength {share:.0%}" if share != 1 else "")
    if kind == "straighten":
        return f"straightened {_number(one.get('degrees', 0)):+g}°"
    if kind == "crop":
        shares = {side: _number(one.get(side, 0)) for side in ("left", "top", "right", "bottom")}
        return " + ".join(
            f"cropped {side} {100 * share:.3g}%" for side, share in shares.items() if share
        )
    if kind == "hide":
        return _hidden(one)
    named = _word(one.get("name") or one.get("axis") or ("horizontal" if kind == "flip" else ""))
    if named or kind in _LOOKS:
        amount = f" {_number(one['amount']):.0%}" if "amount" in one else ""
        return _LOOKS.get(named or kind, named or kind) + amount
    shares = {key: _number(share) for key, share in one.items() if key != "type"}
    shown = (
        f"gamma {2**share:.3g}"
        if key == "gamma" and abs(share) <= 1
        else f"{clean_line(key)} {share:+.0%}"
        for key, share in shares.items()
        if share
    )
    return " + ".join(shown) or kind


def _entrance(value: object) -> str:
    """How a text comes: `fading in`, `at once`, `sliding in + left`."""
    kind, _, side = _word(value).partition(" ")
    return (
        f"sliding in + {side}" if kind == "slide" else "fading in" if kind == "fade" else "at once"
    )


def _hidden(one: Mapping[str, object]) -> str:
    """`blurred bottom right + area 30%x30% + strength 60%`."""
    left, top, right, bottom = (
        _number(one.get(side, 0)) for side in ("left", "top", "right", "bottom")
    )
    across = (
        "" if left == right == 0 else "right" if not right else "left" if not left else "center"
    )
    down = "" if top == bottom == 0 else "bottom" if not bottom else "top" if not top else "center"
    place = " ".join(dict.fromkeys(filter(None, (down, across)))) or "center"
    how = "pixelated" if one.get("how") == "pixelate" else "blurred"
    area = f"area {1 - left - right:.0%}x{1 - top - bottom:.0%}"
    return " + ".join((f"{how} {place}", area, f"strength {_number(one.get('amount', 0.6)):.0%}"))


_TRAITS: Mapping[str, tuple[str, Callable[[object], str], tuple[str, ...]]] = {
    "fade_in": ("fade in", _fade, ("none",)),
    "fade_out": ("fade out", _fade, ("none",)),
    "reverse": (
        "direction",
        lambda value: "backwards" if value is True else "forwards",
        ("forwards",),
    ),
    "freeze": (
        "picture",
        lambda value: "frozen" if value is True else "moving",
        ("moving",),
    ),
    "effects": ("effects", _effects, ("none",)),
    "cell": ("split screen", _cell, ("none",)),
    "overlay": ("over the picture", _overlay, ("none",)),
    "sound": ("sound", _other_sound, ("its own",)),
    "sound_fade_in": ("sound fades in", _fade, ("none",)),
    "sound_fade_out": ("sound fades out", _fade, ("none",)),
    "denoise": ("noise", lambda value: "reduced" if value is True else "as it is", ("as it is",)),
    "duck": (
        "under speech",
        lambda value: "lowered" if value is True else "as it is",
        ("as it is",),
    ),
    "fit": ("framing", _word, ("", "cover", "blur")),
    "outline": ("outline", lambda value: _word(value) or "thin", ("thin",)),
    "outline_color": ("outline colour", lambda value: _word(value).upper() or "plain", ("plain",)),
    "shadow": ("shadow", lambda value: _word(value) or "soft", ("soft",)),
    "anim": ("comes", _entrance, ("fading in", "at once")),
    "position": ("position", _word, ("", "center")),
    "color": ("colour", lambda value: _word(value).upper(), ("", "#FFFFFF")),
    "size": ("size", _text_size, ("", "9%", "7%", "5%")),
}
"""Keys of a segment's `m` that are neither times nor words: what they are called, how a value is shown, and the values
that go without saying where something is new. An unknown value is shown as nothing."""
_OWN_KEYS = frozenset({"m.version", "m.ids"})
"""How a draft counts itself."""
_MOST_KEYS = 3
_LONGEST_KEY = 60
_MOST = 10**12
"""Numbers from here on are no times."""


def details(before: object, after: object) -> tuple[Change, ...]:
    """What differs between two drafts, by its keys, where `compare` finds no words: `m.filter`."""
    found = (key for key in _differing(before, after, "") if key not in _OWN_KEYS)
    keys = list(islice(found, _MOST_KEYS + 1))
    if not keys:
        return ()
    shown = [clean_line(key)[:_LONGEST_KEY] or "the whole of it" for key in keys[:_MOST_KEYS]]
    more = ["…"] if len(keys) > _MOST_KEYS else []
    return (Change("details", "Details of the draft", "", ", ".join([*shown, *more])),)


def _differing(before: object, after: object, path: str) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in [*before, *(key for key in after if key not in before)]:
            inner = f"{path}.{key}".lstrip(".")
            if (key in before) != (key in after):
                yield inner
            else:
                yield from _differing(before[key], after[key], inner)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _differing(old, new, f"{path}[{number}]")
    elif before != after:
        yield path


def match(
    before: Timeline | None, after: Timeline | None
) -> tuple[list[tuple[Placed, Placed]], list[Placed], list[Placed]]:
    """Pairs by the backend's id, then by kind, name and source; what was removed; what was added."""
    pairs: list[tuple[Placed, Placed]] = []
    left_old = list(before.segments) if before else []
    left_new = list(after.segments) if after else []
    for identity in (_by_id, _by_content, _by_place):
        waiting: dict[object, list[Placed]] = {}
        for item in left_old:
            key = identity(item)
            if key is not None:
                waiting.setdefault(key, []).append(item)
        taken: set[int] = set()
        rest: list[Placed] = []
        for item in left_new:
            candidates = waiting.get(identity(item))
            if candidates:
                found = candidates.pop(0)
                taken.add(id(found))
                pairs.append((found, item))
            else:
                rest.append(item)
        left_old = [item for item in left_old if id(item) not in taken]
        left_new = rest
    return pairs, left_old, left_new


def _by_id(item: Placed) -> object:
    track, segment = item
    return (_type(track), segment.key) if identity_of(segment.raw.get("id")) else None


def _by_content(item: Placed) -> object:
    track, segment = item
    return (_type(track), segment.name, segment.source)


def _by_place(item: Placed) -> object:
    """Texts and sounds that start where one started before are the same thing, changed."""
    track, segment = item
    return (track.type, track.index, segment.start_ms) if track.type != VIDEO else None


def _segment_changes(track: Track, old: Segment, new: Segment) -> list[Change]:
    label = _track_label(track)
    subject = f"{label} {_shown(track, new)}"
    changes: list[Change] = []

    def note(kind: str, before: str, after: str) -> None:
        if before != after:
            changes.append(Change(kind, subject, before, after))

    if old.duration_ms != new.duration_ms:
        note("retimed", span(old.start_ms, old.end_ms), span(new.start_ms, new.end_ms))
    elif old.start_ms != new.start_ms:
        note("moved", span(old.start_ms, old.end_ms), span(new.start_ms, new.end_ms))
    if old.text != new.text:
        note("text", f'"{clean_line(old.text)}"', f'"{clean_line(new.text)}"')
    elif old.name != new.name:
        note("source", old.name, new.name)
    note("volume", _percent(old.volume), _percent(new.volume))
    note("speed", speed(old), speed(new))
    note("trim", _seconds(old.source_start_ms) + "s", _seconds(new.source_start_ms) + "s")
    note("transition", _transition(old), _transition(new))
    was, now = _meta(old), _meta(new)
    for key, (kind, value, _) in _TRAITS.items():
        if was.get(key) != now.get(key):
            note(kind, value(was.get(key)) or "plain", value(now.get(key)) or "plain")
    return changes


def _settings_changes(before: Timeline | None, after: Timeline | None) -> list[Change]:
    if after is None:
        return []
    if before is None:
        return _first_settings(after)
    changes = []
    if (before.width, before.height) != (after.width, after.height):
        changes.append(Change("settings", "Frame size", _size(before), _size(after)))
    if _rate(before) != _rate(after):
        changes.append(Change("settings", "Frame rate", _rate(before), _rate(after)))
    for subject, shown in _LEVELS.items():
        was, now = (shown(_draft_meta(one)) for one in (before, after))
        if was != now:
            changes.append(Change("settings", subject, was, now))
    if before.title != after.title:
        changes.append(
            Change("settings", "Project title", before.title or "none", after.title or "none")
        )
    return changes


def _first_settings(timeline: Timeline) -> list[Change]:
    """What a new timeline has that is not usual: a frame that does not lie, a loudness."""
    changes = []
    if timeline.width and timeline.height and timeline.width <= timeline.height:
        changes.append(Change("settings", "Frame size", "", _size(timeline)))
    usual = {subject: shown({}) for subject, shown in _LEVELS.items()}
    for subject, shown in _LEVELS.items():
        if (now := shown(_draft_meta(timeline))) != usual[subject]:
            changes.append(Change("settings", subject, usual[subject], now))
    return changes


def _size(timeline: Timeline) -> str:
    return (
        f"{timeline.width}x{timeline.height}" if timeline.width and timeline.height else "unknown"
    )


def _draft_meta(timeline: Timeline) -> Mapping[str, object]:
    meta = timeline.raw.get("m")
    return meta if isinstance(meta, Mapping) else {}


def _loudness(meta: Mapping[str, object]) -> str:
    wanted = _number(meta.get("loudness"))
    return f"{wanted:g} LUFS" if wanted else "as it is"


def loudness(timeline: Timeline) -> str:
    """What the whole sound is brought to: `-14 LUFS`; empty where it is left as it is."""
    named = _loudness(_draft_meta(timeline))
    return "" if named == "as it is" else named


_LEVELS: Mapping[str, Callable[[Mapping[str, object]], str]] = {
    "Loudness": _loudness,
    "Clips' loudness": lambda meta: "equal" if meta.get("even") is True else "as it is",
}
"""How loud all of it comes out, from the draft's `m`."""


def _rate(timeline: Timeline) -> str:
    """The local studio lets it follow the clips until the user names one (`m.own_fps`)."""
    follows = _draft_meta(timeline).get("own_fps") is False
    rate = f"{timeline.fps:g}" if timeline.fps else "unknown"
    return rate if not follows else f"{rate} as in the clips"


def _percent(volume: float | None) -> str:
    return "100%" if volume is None else f"{volume:.0%}"


def _plain(track: Track, segment: Segment) -> str:
    return f"{_shown(track, segment)} {span(segment.start_ms, segment.end_ms)}"


# Taking back


_T = Translation
_BACK = _T(
    "Take the last change back, so that the timeline is exactly as before: {steps}.",
    "撤回上一次改动，让时间线和之前完全一样：{steps}。",
)
_THEN = _T("; ", "；")
_SPAN = _T("from {start} to {end}", "从 {start} 到 {end}")
_SET = _T("set the {what} to {value}", "把{what}设为 {value}")
_SETTINGS = {
    "Frame size": _T("frame size", "画面尺寸"),
    "Frame rate": _T("frame rate", "帧率"),
    "Project title": _T("project title", "项目名称"),
    "Loudness": _T("loudness", "响度"),
    "Clips' loudness": _T("loudness of the clips", "各片段的响度"),
}
_ADD_TEXT = _T("add the text {words} {span}", "添加文字 {words}，{span}")
_OF_THE_FILE = _T(", starting at {at} of the file", "，从文件的 {at} 处开始")
_AT_SPEED, _AT_RAMP, _AT_VOLUME = (
    _T(", at {speed}x speed", "，速度 {speed}x"),
    _T(", with its speed ramped from {first}x to {last}x", "，速度从 {first}x 渐变到 {last}x"),
    _T(", at {volume} volume", "，音量 {volume}"),
)
_CLIP_BACK = _T(
    "put {name} back as clip {number}, {span}{more}", "把 {name} 放回为片段 {number}，{span}{more}"
)
_SOUND_BACK = _T(
    "put {name} back on the timeline {span}{more}", "把 {name} 放回时间线，{span}{more}"
)
_TO_POSITION = _T("move {name} to position {number}", "把{name} 移到第 {number} 位")
_LASTS = _T(
    "let {name} last {length} s again, starting at {at} of its file",
    "让{name} 重新持续 {length} 秒，从文件的 {at} 处开始",
)
_PUT = _T("put {name} {span}", "把{name} 放到{span}")
_NO_JOIN = _T("remove the transition into {name}", "去掉进入{name} 的转场")
_JOIN = _T("put a {kind} of {length} ms into {name}", "在进入{name} 处加 {length} ms 的转场 {kind}")
_REMOVE, _CHANGE = (
    _T("remove {name}", "删除{name}"),
    _T("change {name} to {words}", "把{name} 改为 {words}"),
)
_REPLACE = _T("replace {name} with the file {file}", "把{name} 替换为文件 {file}")
_VOLUME = _T("set the volume of {name} to {volume}", "把{name} 的音量设为 {volume}")
_SPEED = _T("set the speed of {name} to {speed}x", "把{name} 的速度设为 {speed}x")
_RAMP = _T(
    "ramp the speed of {name} from {first}x to {last}x",
    "让{name} 的速度从 {first}x 渐变到 {last}x",
)


def inverse(
    changes: Sequence[Change],
    before: Timeline | None,
    after: Timeline | None,
    chinese: bool | None = None,
) -> str:
    """One sentence that asks a backend without undo for the timeline of `before` again, in that language (None: the
    one that this process speaks).

    Empty when nothing changed, or when there was no timeline before.
    """
    if not changes or before is None or not before.tracks:
        return ""
    if after is None or not after.tracks:
        after = Timeline((), 0, None, None, None, "", {})
    chinese = speaks_chinese() if chinese is None else chinese
    pairs, removed, added = match(before, after)
    names = [Reference.to(after, *item).said(chinese) for item in added]
    steps = [_REMOVE.of(chinese, name=name) for name in names]
    steps += [_put_back(*item, chinese) for item in removed]
    order = [_rank(old, pairs, 0) for old, _ in pairs], [_rank(new, pairs, 1) for _, new in pairs]
    for index, (old, new) in enumerate(pairs):
        moved = order[0][index] != order[1][index] or old[0].index != new[0].index
        steps += _restored(after, old, new, chinese, moved=moved)
    steps += [
        _SET.of(chinese, what=_SETTINGS[change.subject].of(chinese), value=change.before)
        for change in changes
        if change.kind == "settings"
    ]
    return _BACK.of(chinese, steps=_THEN.of(chinese).join(steps)) if steps else ""


def _rank(item: Placed, pairs: Sequence[tuple[Placed, Placed]], side: int) -> int:
    """How many of the things that stayed come before this one on its track."""
    track, segment = item
    others = (pair[side] for pair in pairs)
    return sum(
        other.index == track.index and each.start_ms < segment.start_ms for other, each in others
    )


def _put_back(track: Track, segment: Segment, chinese: bool) -> str:
    span = _span(segment, chinese)
    if track.type == TEXT:
        return _ADD_TEXT.of(chinese, words=quoted(segment.text), span=span)
    name = quoted(segment.name)
    more = _OF_THE_FILE.of(chinese, at=moment(segment.source_start_ms))
    if track.type == VIDEO:
        number = next(i for i, item in enumerate(track.segments, 1) if item is segment)
        if segment.pace.is_ramp:
            more += _AT_RAMP.of(chinese, **_ends(segment))
        elif segment.speed != 1:
            more += _AT_SPEED.of(chinese, speed=f"{segment.speed:g}")
        return _CLIP_BACK.of(chinese, name=name, number=number, span=span, more=more)
    if segment.volume is not None:
        more += _AT_VOLUME.of(chinese, volume=f"{segment.volume:.0%}")
    return _SOUND_BACK.of(chinese, name=name, span=span, more=more)


def _ends(segment: Segment) -> dict[str, str]:
    first, last = segment.pace.first, segment.pace.last
    return {"first": f"{round(float(first), 3):g}", "last": f"{round(float(last), 3):g}"}


def _span(segment: Segment, chinese: bool) -> str:
    return _SPAN.of(chinese, start=moment(segment.start_ms), end=moment(segment.end_ms))


def _restored(
    after: Timeline, old: Placed, new: Placed, chinese: bool, *, moved: bool
) -> list[str]:
    name = Reference.to(after, *new).said(chinese)
    track, was, now = old[0], old[1], new[1]
    steps: list[str] = []

    def step(differs: bool, says: Translation, /, **values: object) -> None:
        if differs:
            steps.append(says.of(chinese, name=name, **values))

    step(was.text != now.text, _CHANGE, words=quoted(was.text))
    step(not was.text and was.name != now.name, _REPLACE, file=quoted(was.name))
    step(was.volume != now.volume, _VOLUME, volume=_percent(was.volume))
    if was.pace.is_ramp:
        step(speed(was) != speed(now), _RAMP, **_ends(was))
    else:
        step(speed(was) != speed(now), _SPEED, speed=f"{was.speed:g}")
    retimed = was.duration_ms != now.duration_ms or was.source_start_ms != now.source_start_ms
    if track.type == VIDEO:
        number = next(i for i, item in enumerate(track.segments, 1) if item is was)
        length, at = f"{was.duration_ms / 1000:.3f}", moment(was.source_start_ms)
        step(moved, _TO_POSITION, number=number)
        step(retimed, _LASTS, length=length, at=at)
        step(
            (was.transition, was.transition_ms) != (now.transition, now.transition_ms),
            _JOIN if was.transition else _NO_JOIN,
            kind=was.transition,
            length=was.transition_ms,
        )
    else:
        step(retimed or was.start_ms != now.start_ms, _PUT, span=_span(was, chinese))
    return steps
