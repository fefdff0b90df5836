"""Stated timelines: files, the drafts that are built of them, and every field in which a draft is another.

Nothing here knows how sentences are read. Times are ms.
"""

from __future__ import annotations

import colorsys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vbtui.studio.project import beds, cards
from vbtui.studio.project.beats import Beats
from vbtui.studio.project.findings import NO_SPEECH, Changes, Findings
from vbtui.studio.project.levels import STEP_MS, Levels
from vbtui.studio.project.media import AudioStream, Media
from vbtui.studio.project.shakes import Shakes
from vbtui.studio.project.sight import Sight, packed
from vbtui.studio.project.subtitles import Line, Subtitles
from vbtui.studio.project.words import Transcript, Word
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Segment, read

TOLERANCE_MS = 40
_KINDS = {
    "dissolve": "crossfade",
    "mix": "crossfade",
    "fadeblack": "fade",
    "fadetoblack": "fade",
    "diptoblack": "fade",
    "wipeleft": "wipe",
    "slideleft": "slide",
}
"""Names of one kind of transition."""
_SIZES = {"title": 0.09, "caption": 0.05}
_WHITE = "#FFFFFF"


# Timelines


Level = float | tuple[float, float] | None
"""A number, what lies between two, or any."""


def is_level(wanted: Level, now: float, tolerance: float) -> bool:
    least, most = wanted if isinstance(wanted, tuple) else (wanted, wanted)
    return least is None or most is None or least - tolerance <= now <= most + tolerance


@dataclass(frozen=True, slots=True)
class Join:
    kind: str | None
    """crossfade, fade (through black), wipe …; None: any."""
    ms: float | None
    """None: what nobody said, 0.3 to 1 s."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip of the sequence; None in a field: anything is right there."""

    name: str
    is_photo: bool
    source_ms: float
    """Length of the file; 0 for a photo."""
    in_ms: float | None
    durations: tuple[float, ...] | None
    """What it may last, the likeliest first."""
    speed: Level = 1.0
    volume: Level = 1.0
    join: Join | None = None
    """The transition into it."""
    fade_in: float = 0
    fade_out: float = 0
    fits: frozenset[str] | None = None
    is_loose: bool = False
    """May be gone."""
    lasts: Level = None
    """ms, where no `durations` say it."""
    sound_in: float = 0
    """The same as `fade_in`, of the sound alone."""
    sound_out: float = 0
    is_clean: bool = False
    """Noise is taken out of its sound."""
    sound: str = ""
    """The file that is heard in place of its own sound."""
    effects: frozenset[str] = frozenset({""})
    """Those of which one is right: `bw`, `rotate90`, `horizontal`, `brightness+`, several with commas between, by the alphabet."""
    exact_effects: str = ""
    """The same with all their numbers: `blur:amount0.5`."""
    ramp: tuple[float, float] | None = None
    """The speeds at its begin and its end where it changes."""

    @property
    def ms(self) -> float:
        if self.durations is None:
            raise ValueError(f"the length of {self.name} is free here")
        return self.durations[0]


@dataclass(frozen=True, slots=True)
class Moment:
    ms: float
    from_end: bool = False

    def at(self, total: float) -> float:
        return total - self.ms if self.from_end else self.ms


END = Moment(0, from_end=True)


@dataclass(frozen=True, slots=True)
class Sound:
    name: str
    start: Moment
    end: Moment
    volume: Level
    fade_in: float | None = 0
    fade_out: float | None = 0
    is_ducked: bool = False
    is_voice: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    words: str
    start: Moment | None
    """None: at any time."""
    end: Moment | None
    position: str | None = None
    color: str | None = None
    size: str | float | None = None
    """A share of the frame's height; `big`, `small`: against the usual one."""
    usual: float = 0.09
    inside: tuple[Moment, Moment] | None = None
    """It lies there, for a second at least."""
    looks: frozenset[str] = frozenset()
    """What is not as usual of its letters: `outline`, `nooutline`, `edge-#FF3B30`, `shadow`, `noshadow`, `slide-left`."""


@dataclass(frozen=True, slots=True)
class Over:
    """What lies small over the picture."""

    name: str
    start: Moment
    end: Moment
    place: str = "bottom right"
    size: Level = None
    """A share of the frame's width; None: any."""
    opacity: Level = 1.0
    color: str | None = None
    """Of a bar, None: any; what is keyed out of a picture, None: nothing."""


@dataclass(frozen=True, slots=True)
class Timeline:
    clips: tuple[Clip, ...] = ()
    sounds: tuple[Sound, ...] = ()
    texts: tuple[Words, ...] = ()
    over: tuple[Over, ...] = ()
    canvas: frozenset[tuple[int, int]] | None = frozenset({(1920, 1080)})
    fps: float = 30
    total: float | None = None
    """ms; None: what the clips come to."""
    has_free_music: bool = False
    keeps_no_silent_sound: bool = False
    loudness: float | None = None
    """LUFS of all of it."""
    is_even: bool = False

    @property
    def spans(self) -> list[tuple[float, float]]:
        """Begin and end of each clip."""
        found: list[tuple[float, float]] = []
        at = 0.0
        for clip in self.clips:
            at -= (clip.join.ms or 0) if clip.join else 0
            found.append((at, at + clip.ms))
            at += clip.ms
        return found


# States


_SOUND = AudioStream("aac", 48000, 2, 1000)


def video(name: str, seconds: float, *, portrait: bool = False) -> Media:
    size = (1080, 1920) if portrait else (1920, 1080)
    path, ms = Path("/nowhere") / name, round(seconds * 1000)
    return Media(name, name, "video", path, 1, name, ms, *size, fps=30, audio=_SOUND)


def photo(name: str, *, portrait: bool = False) -> Media:
    size = (1080, 1920) if portrait else (1920, 1080)
    return Media(name, name, "image", Path("/nowhere") / name, 1, name, 0, *size)


def song(name: str, seconds: float) -> Media:
    path, ms = Path("/nowhere") / name, round(seconds * 1000)
    return Media(name, name, "audio", path, 1, name, ms, audio=_SOUND)


def lut(name: str) -> Media:
    return Media(name, name, "lut", Path("/nowhere") / name, 1, name, 0)


def script(name: str, *lines: tuple[float, float, str]) -> Media:
    """A file of subtitles."""
    SCRIPTS[name] = [(round(a * 1000), round(b * 1000), text) for a, b, text in lines]
    return Media(name, name, "subtitles", Path("/nowhere") / name, 1, name, SCRIPTS[name][-1][1])


SPEECHES: Mapping[str, str] = {
    "pitch.mp4": "Hello and welcome. Today we talk about pricing and the budget. Our pricing is simple. 价格 不 高 , 预算 很 小 . Goodbye all"
}
"""What is said in files, two words a second from their start."""
SCRIPTS: dict[str, list[tuple[int, int, str]]] = {}
"""What files of subtitles say."""
PAUSES: Mapping[str, tuple[tuple[float, float], ...]] = {
    "talk.mp4": ((10, 13), (30.5, 31.5), (60, 64), (93, 95)),
    "podcast.mp4": ((100, 103), (300, 305), (450, 450.8)),
    "interview.mp4": ((8, 10), (15, 16.2)),
    "VID_2026.mp4": ((2, 3.5),),
}
"""Where nobody speaks in it, s. The sound of every other file is even."""


SCENES: Mapping[str, tuple[float, ...]] = {
    "talk.mp4": (20, 50),
    "podcast.mp4": (200, 400),
    "beach.mp4": (5,),
}
"""Where another scene begins in it, s."""


FLAWS: Mapping[str, Mapping[str, tuple[tuple[float, float], ...]]] = {
    "talk.mp4": {"black": ((0, 2), (40, 43)), "blur": ((70, 75),)},
    "podcast.mp4": {"black": ((595, 600),)},
    "shot03.mp4": {"blur": ((1, 4),)},
    "shot07.mp4": {"black": ((0, 6),)},
}
"""Where nothing is seen in it, and where it is out of focus, s."""


def findings(media: Sequence[Media]) -> Findings:
    """What is heard in the files: speech at -20 dB above a room at -60. Words are understood in one of them alone."""
    said = {one.id: _words_of(one) for one in media if one.filename in SPEECHES}
    return Findings(
        words=said,
        no_speech=None if said else NO_SPEECH,
        levels={one.id: _levels_of(one) for one in media if one.audio is not None},
        shakes={one.id: Shakes() for one in media if one.kind == "video"},
        changes={
            one.id: Changes(tuple((round(s * 1000), 0.6) for s in SCENES.get(one.filename, ())))
            for one in media
        },
        subtitles={
            one.id: Subtitles(tuple(Line(*line) for line in SCRIPTS[one.filename]))
            for one in media
            if one.kind == "subtitles"
        },
        sight={one.id: _sight_of(one) for one in media},
        beats={
            one.id: _beats_of(one)
            for one in (*media, *beds.media().values())
            if one.audio is not None
        },
    )


BEATS: Mapping[str, tuple[float, float]] = {
    "song.mp3": (0.31, 0.64),
    "piano.mp3": (0.0, 0.5),
    "calm music": (0.2, 0.7),
}
"""The first beat of a music, and from beat to beat, s."""


def _beats_of(media: Media) -> Beats:
    if media.filename not in BEATS:
        return Beats()
    first, step = BEATS[media.filename]
    count = int((media.duration_ms / 1000 - first) / step) + 1
    return Beats(tuple(round((first + step * number) * 1000) for number in range(count)))


def _sight_of(media: Media) -> Sight:
    pictures = [packed(200, 120, 6, 0.5)] * (media.duration_ms // 100)
    seen = {"black": packed(16, 16, 0, 0), "blur": packed(200, 120, 14, 0.5)}
    for begin, end in LIVELY.get(media.filename, ()):
        moving = [packed(200, 120, 6, 20)] * round((end - begin) * 10)
        pictures[round(begin * 10) : round(end * 10)] = moving
    for kind, parts in FLAWS.get(media.filename, {}).items():
        for begin, end in parts:
            pictures[round(begin * 10) : round(end * 10)] = [seen[kind]] * round((end - begin) * 10)
    return Sight(b"".join(pictures))


LIVELY: Mapping[str, tuple[tuple[float, float], ...]] = {
    "talk.mp4": ((14, 20), (78, 84)),
    "podcast.mp4": ((120, 130), (340, 350), (500, 510)),
    "beach.mp4": ((6, 10),),
    "shot05.mp4": ((0, 6),),
    "shot09.mp4": ((0, 6),),
}
"""Where more moves in it than elsewhere, s."""


def _words_of(media: Media) -> Transcript:
    words = SPEECHES[media.filename].split()
    return Transcript(
        tuple(Word(n * 500, n * 500 + 480, f" {word}", 0.9) for n, word in enumerate(words)), "en"
    )


def _levels_of(media: Media) -> Levels:
    values = bytearray(b"\x28" * (media.duration_ms // STEP_MS))
    for begin, end in PAUSES.get(media.filename, ()):
        first, last = round(begin * 1000) // STEP_MS, round(end * 1000) // STEP_MS
        values[first:last] = b"\x78" * (last - first)
    return Levels(bytes(values))


@dataclass(frozen=True, slots=True)
class State:
    """Files, the timeline that is built of them, and the drafts before it."""

    media: tuple[Media, ...]
    draft: Mapping[str, Any] | None = None
    previous: tuple[Mapping[str, Any] | None, ...] = ()


def _draft(
    media: Sequence[Media],
    *,
    crossfade_ms: int = 0,
    music: Media | None = None,
    texts: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The files one after the other; music under all of it at 35 %; the texts as they are given."""
    clips: list[dict[str, Any]] = []
    end = 0
    for one in media:
        ms = 4000 if one.kind == "image" else one.duration_ms
        tall = one.height > one.width
        m: dict[str, Any] = {"title": one.filename, "asset": one.id, "in": 0, "speed": 1.0}
        m |= {"volume": 1.0, "fit": "blur" if tall else "cover"}
        if crossfade_ms and clips:
            m["transition"] = {"type": "crossfade", "d": crossfade_ms}
            end -= crossfade_ms
        clips.append({"id": f"s{len(clips) + 1}", "s": end, "d": ms, "m": m})
        end += ms
    tracks = [{"tt": VIDEO, "id": "v1", "m": {"name": "Video"}, "sg": clips}]
    used = len(clips)
    if music is not None:
        used += 1
        m = {"title": music.filename, "asset": music.id, "in": 0, "volume": 0.35, "loop": True}
        m["place"] = {"at": "whole"}
        piece = {"id": f"s{used}", "s": 0, "d": end, "m": m}
        tracks.append({"tt": AUDIO, "id": "a1", "m": {"name": "Music"}, "sg": [piece]})
    if texts:
        numbered = [{"id": f"s{used + n}", **text} for n, text in enumerate(texts, 1)]
        used += len(texts)
        tracks.append({"tt": TEXT, "id": "x1", "m": {"name": "Text"}, "sg": numbered})
    m = {"title": "project", "width": 1920, "height": 1080, "fps": 30, "version": 1, "ids": used}
    return {"t": tracks, "d": end, "m": m}


def _with_logo(draft: Mapping[str, Any]) -> dict[str, Any]:
    """The same with logo.png over all of it."""
    m = {"title": "logo.png", "asset": "logo.png", "in": 0, "speed": 1.0}
    piece = {
        "id": "s9",
        "s": 0,
        "d": draft["d"],
        "m": {**m, "overlay": dict(_OVER), "place": {"at": "whole"}},
    }
    track = {"tt": VIDEO, "id": "v2", "m": {"name": "Overlay"}, "sg": [piece]}
    return {**draft, "t": [*draft["t"], track], "m": {**draft["m"], "ids": 9}}


def _text(words: str, role: str, place: Mapping[str, Any]) -> dict[str, Any]:
    position = "center" if role == "title" else "bottom"
    m = {"text": words, "role": role, "position": position, "size": _SIZES[role]}
    m |= {"color": _WHITE, "anim": "fade", "place": dict(place)}
    return {"s": place["ms"], "d": place["d"], "m": m}


_FILES = (
    video("beach.mp4", 12),
    video("interview.mp4", 20),
    photo("IMG_2.jpg", portrait=True),
    photo("town.jpg"),
    video("VID_2026.mp4", 7, portrait=True),
    song("song.mp3", 30),
)
_SUMMER = (
    _text("Summer", "title", {"at": "start", "ms": 0, "d": 3000}),
    _text("Hello", "caption", {"at": "time", "ms": 5000, "d": 4000}),
)
_T = _draft(_FILES[:5], music=_FILES[5])
_CROSSFADED = _draft(_FILES[:5], crossfade_ms=500, music=_FILES[5])
_TX = _draft(_FILES[:5], crossfade_ms=500, music=_FILES[5], texts=_SUMMER)
_PHOTOS = tuple(photo(f"{name}.jpg") for name in ("cake", "garden", "group", "kids", "sunset"))
_TALK, _PODCAST = video("talk.mp4", 95), video("podcast.mp4", 600)
_BRAND = (
    video("beach.mp4", 12),
    video("interview.mp4", 20),
    photo("logo.png"),
    song("song.mp3", 30),
)
_OVER = {"place": "bottom right", "size": 0.12, "opacity": 1.0}
_SHOTS = tuple(video(f"shot{number:02}.mp4", 6) for number in range(1, 11))

_SAID = (
    *_BRAND[:2],
    script("interview.srt", (1, 3, "Hello"), (5, 8, "Welcome"), (12, 14, "Goodbye")),
    script("subs.vtt", (0.5, 2, "One"), (14, 16, "Two")),
)


def _with_subtitles(draft: Mapping[str, Any]) -> dict[str, Any]:
    """The draft of G with what interview.srt says, at its moments of the interview."""
    texts = [
        {
            "id": f"s{number}",
            "s": 12_000 + begin,
            "d": end - begin,
            "m": {
                "text": text, "role": "caption", "from": "subtitles", "file": "interview.srt",
                "place": {"at": "source", "asset": "interview.mp4", "ms": begin, "d": end - begin},
            },
        }
        for number, (begin, end, text) in enumerate(SCRIPTS["interview.srt"], 20)
    ]  # fmt: skip
    track = {"tt": TEXT, "id": "x1", "m": {"name": "Captions"}, "sg": texts}
    return {**draft, "t": [*draft["t"], track]}


STATES: Mapping[str, State] = {
    "E": State(_FILES),
    "T": State(_FILES, _T, (None, _draft(_FILES[:5]))),
    "TX": State(_FILES, _TX, (None, _T, _CROSSFADED)),
    "N": State(_FILES, _draft(_FILES[:5]), (None,)),
    "P": State(_PHOTOS, _draft(_PHOTOS), (None,)),
    "PE": State((*_PHOTOS, song("piano.mp3", 60))),
    "V": State((_TALK,), _draft([_TALK]), (None,)),
    "VE": State((_TALK,)),
    "L": State((_PODCAST,), _draft([_PODCAST]), (None,)),
    "B": State(_SHOTS, _draft(_SHOTS), (None,)),
    "G": State(_BRAND, _draft(_BRAND[:2]), (None,)),
    "GE": State(_BRAND),
    "W": State((video("pitch.mp4", 13),), _draft([video("pitch.mp4", 13)]), (None,)),
    "S": State(_SAID, _draft(_SAID[:2]), (None,)),
    "SE": State(_SAID),
    "K": State((*_FILES, lut("film.cube")), _T, (None, _draft(_FILES[:5]))),
    "K2": State((*_FILES, lut("film.cube"), lut("night.cube")), _T, (None, _draft(_FILES[:5]))),
    "SC": State(_SAID, _with_subtitles(_draft(_SAID[:2])), (None, _draft(_SAID[:2]))),
    "GL": State(_BRAND, _with_logo(_draft(_BRAND[:2])), (None, _draft(_BRAND[:2]))),
}
"""E, T, TX: beach.mp4 12 s, interview.mp4 20 s, IMG_2.jpg (portrait), town.jpg, VID_2026.mp4 7 s (portrait),
song.mp3 30 s. E: uploaded, nothing built. T: all after each other, photos 4 s, 47 s, the song under all of it at 35 %.
N: T without music. TX: 0.5 s crossfades everywhere (45 s), title "Summer" 0-3 s in the centre, caption "Hello" 5-9 s at the bottom.
P: five photos of 4 s, no sound; PE: the same and piano.mp3 (60 s), nothing built. V: talk.mp4, 95 s, alone; VE: not built yet.
K: T with film.cube uploaded; K2: and night.cube, too. L: podcast.mp4, ten minutes. B: shot01.mp4 to shot10.mp4, 6 s each, a minute.
G: beach.mp4 12 s and interview.mp4 20 s; logo.png and song.mp3 are uploaded, too. GE: nothing built. GL: G with the logo over
all of it, bottom right, 12 % wide. S: beach.mp4 and interview.mp4 as in G; uploaded, too: interview.srt – Hello 1-3, Welcome 5-8,
Goodbye 12-14 –, which is 13-15, 17-20, 24-26 there, and subs.vtt – One 0.5-2, Two 14-16. SE: nothing built. W: pitch.mp4, 13 s, alone, whose
words are known (`SPEECHES`). SC: S with the captions
of interview.srt."""


# A draft, seen


def seen(draft: Mapping[str, Any] | None, media: Sequence[Media]) -> Timeline:
    """The timeline of a draft, in the words of this module."""
    timeline = read(draft)
    if timeline is None:
        return Timeline()
    by_id = {one.id: one for one in media} | cards.media()
    canvas = (timeline.width or 1920, timeline.height or 1080)
    tracks = {kind: [t for t in timeline.tracks if t.type == kind] for kind in (VIDEO, AUDIO, TEXT)}
    laid = [track for track in tracks[VIDEO] if track.lies_over]
    tracks[VIDEO] = [track for track in tracks[VIDEO] if not track.lies_over]
    others = [t for t in timeline.tracks if t.type not in tracks or t in tracks[VIDEO][1:]]
    if any(track.segments for track in others):
        raise ValueError("there is a track that no case knows")
    clips = tuple(_clip(s, by_id, canvas) for t in tracks[VIDEO] for s in t.segments)
    sounds = tuple(_sound(s, by_id) for t in tracks[AUDIO] for s in t.segments)
    texts = tuple(_words(s) for t in tracks[TEXT] for s in t.segments)
    return Timeline(
        clips,
        tuple(sorted(sounds, key=lambda sound: sound.start.ms)),
        tuple(sorted(texts, key=lambda text: text.start.ms if text.start else 0)),
        tuple(
            sorted(
                (_over(s, by_id) for t in laid for s in t.segments), key=lambda one: one.start.ms
            )
        ),
        frozenset({canvas}),
        timeline.fps or 30,
        timeline.duration_ms,
        loudness=_loudness(timeline.raw),
        is_even=_draft_meta(timeline.raw).get("even") is True,
    )


def _draft_meta(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    found = raw.get("m")
    return found if isinstance(found, Mapping) else {}


def _loudness(raw: Mapping[str, Any]) -> float | None:
    wanted = _draft_meta(raw).get("loudness")
    return None if wanted is None else float(wanted)


def crooked(draft: Mapping[str, Any] | None) -> str:
    """What is not in its place in a draft: a gap, an overlap without a transition, a wrong length."""
    timeline = read(draft)
    if timeline is None or not any(t.segments for t in timeline.tracks if t.type == VIDEO):
        return ""
    end = 0
    clips = [s for t in timeline.tracks if t.type == VIDEO for s in t.segments if not s.lies_over]
    for segment in clips:
        if abs(segment.start_ms - (end - segment.transition_ms)) > 1:
            return f"{segment.name} begins at {segment.start_ms}, not {end - segment.transition_ms}"
        end = segment.end_ms
    return "" if abs(timeline.duration_ms - end) <= 1 else f"the draft says {timeline.duration_ms}"


def _m(segment: Segment) -> Mapping[str, Any]:
    found = segment.raw.get("m")
    return found if isinstance(found, Mapping) else {}


def as_number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _clip(segment: Segment, media: Mapping[str, Media], canvas: tuple[int, int]) -> Clip:
    one, m = media[str(_m(segment).get("asset"))], _m(segment)
    kind = segment.transition.lower().replace(" ", "")
    fit = m.get("fit")
    if fit not in ("cover", "contain", "blur"):
        ratio = one.width * canvas[1] / (one.height * canvas[0])
        fit = "cover" if 1 / 1.3 <= ratio <= 1.3 else "blur"
    return Clip(
        one.filename,
        one.kind == "image",
        one.duration_ms,
        segment.source_start_ms,
        (segment.duration_ms,),
        segment.speed,
        1.0 if segment.volume is None else segment.volume,
        Join(_KINDS.get(kind, kind), segment.transition_ms) if segment.transition_ms else None,
        as_number(m.get("fade_in")),
        as_number(m.get("fade_out")),
        frozenset({str(fit)}),
        sound_in=as_number(m.get("sound_fade_in")),
        sound_out=as_number(m.get("sound_fade_out")),
        is_clean=m.get("denoise") is True,
        sound=str((m.get("sound") or {}).get("asset", "")),
        effects=frozenset({_effects(m)}),
        exact_effects=_exact_effects(m.get("effects"), reverse=m.get("reverse") is True),
        ramp=(m["ramp"]["from"], m["ramp"]["to"]) if "ramp" in m else None,
    )


def _effects(m: Mapping[str, Any]) -> str:
    value, cell = m.get("effects"), m.get("cell")
    said = [one for one in ("reverse", "freeze") if m.get(one) is True]
    said += [f"{cell['columns']}x{cell['rows']}-{cell['at'] + 1}"] if cell else []
    for one in value if isinstance(value, list) else ():
        kind, own = one["type"], one.get("name") or one.get("axis") or one.get("degrees")
        levels = {key: share for key, share in one.items() if kind == "colour" and key != "type"}
        said += [f"{key}{'+' if share > 0 else '-'}" for key, share in levels.items()]
        if kind == "zoom":
            start, end = one.get("start", 1), one.get("end", 1.25)
            own = "nearer" if end > start else "further" if end < start else "zoom"
        if not levels:
            said.append(f"{kind}{own}" if kind == "rotate" else str(own or kind))
    return ",".join(sorted(said))


def _exact_effects(value: object, *, reverse: bool) -> str:
    said: list[str] = ["reverse"] * reverse
    for one in value if isinstance(value, list) else ():
        numbers = (
            f"{key}{number:g}"
            for key, number in one.items()
            if isinstance(number, int | float) and not isinstance(number, bool)
        )
        words = (str(word) for key, word in one.items() if key != "type" and isinstance(word, str))
        said.append(f"{one['type']}:{'+'.join((*words, *sorted(numbers)))}")
    return ",".join(sorted(said))


def _sound(segment: Segment, media: Mapping[str, Media]) -> Sound:
    m = _m(segment)
    one = media.get(str(m.get("asset")))
    return Sound(
        one.filename if one else str(m.get("asset")),
        Moment(segment.start_ms),
        Moment(segment.end_ms),
        1.0 if segment.volume is None else segment.volume,
        as_number(m.get("fade_in")),
        as_number(m.get("fade_out")),
        m.get("duck") is True,
        m.get("role") == "voice",
    )


def _over(segment: Segment, media: Mapping[str, Media]) -> Over:
    look = _m(segment)["overlay"]
    if look.get("type") == "bar":
        times = Moment(segment.start_ms), Moment(segment.end_ms)
        return Over("bar", *times, look["place"], look["size"], color=look["color"])
    if look.get("type") == "cell":
        times = Moment(segment.start_ms), Moment(segment.end_ms)
        place = f"{look['columns']}x{look['rows']}-{look['at'] + 1}"
        return Over(media[str(_m(segment).get("asset"))].filename, *times, place)
    return Over(
        media[str(_m(segment).get("asset"))].filename,
        Moment(segment.start_ms),
        Moment(segment.end_ms),
        look["place"],
        look["size"],
        look["opacity"],
        next((one["color"] for one in _m(segment).get("effects", [])), None),
    )


def _words(segment: Segment) -> Words:
    m = _m(segment)
    role = "caption" if m.get("role") == "caption" else "title"
    position = str(m.get("position") or ("bottom" if role == "caption" else "center")).lower()
    size = as_number(m.get("size"))
    return Words(
        segment.text,
        Moment(segment.start_ms),
        Moment(segment.end_ms),
        position,
        str(m.get("color") or _WHITE).upper(),
        (size / 1080 if size > 1 else size) or _SIZES[role],
        _SIZES[role],
        looks=frozenset(_looks(m)),
    )


def _looks(m: Mapping[str, Any]) -> Iterator[str]:
    for key in ("outline", "shadow"):
        if m.get(key):
            yield {"none": f"no{key}", "thick": key}[m[key]]
    if m.get("outline_color"):
        yield f"edge-{m['outline_color']}"
    if str(m.get("anim")).startswith("slide "):
        yield str(m["anim"]).replace(" ", "-")


# Comparing


def differences(right: Timeline, now: Timeline, media: Sequence[Media]) -> list[str]:
    """Every field in which `now` is not as `right` says."""
    total = now.total or 0
    found = list(_clip_differences(right.clips, now.clips, media, now))
    wanted = right.total
    if wanted is not None and abs(total - wanted) > TOLERANCE_MS:
        found.append(f"lasts {total / 1000:g} s, not {wanted / 1000:g}")
    if not right.has_free_music:
        found += _sound_differences(right, now, total)
    found += _text_differences(right.texts, now.texts, total)
    found += _over_differences(right.over, now.over, total)
    if right.canvas is not None and now.clips and not (now.canvas or frozenset()) <= right.canvas:
        found.append(f"canvas {_sides(now.canvas)}, not {_sides(right.canvas)}")
    if now.clips and abs(right.fps - now.fps) > 0.01:
        found.append(f"{now.fps:g} fps, not {right.fps:g}")
    if (right.loudness, right.is_even) != (now.loudness, now.is_even):
        levels = [f"{one.loudness} LUFS{' even' * one.is_even}" for one in (now, right)]
        found.append(", not ".join(levels))
    return found


def _sides(canvas: Iterable[tuple[int, int]] | None) -> str:
    return "/".join(f"{width}x{height}" for width, height in sorted(canvas or ()))


def _clip_differences(
    right: Sequence[Clip], now: Sequence[Clip], media: Sequence[Media], timeline: Timeline
) -> Iterator[str]:
    if any(clip.is_loose for clip in right):
        right = _present(right, [clip.name for clip in now])
    names, names_now = [clip.name for clip in right], [clip.name for clip in now]
    if names != names_now:
        yield f"clips {' '.join(names_now) or 'none'}, not {' '.join(names) or 'none'}"
        return
    by_name = {one.filename: one for one in (*media, *cards.media().values())}
    width, height = next(iter(timeline.canvas or {(1920, 1080)}))
    for number, (wanted, clip) in enumerate(zip(right, now, strict=True), 1):
        one = by_name[clip.name]
        told = f"clip {number} {clip.name}"
        yield from (f"{told}: {text}" for text in _one_clip(wanted, clip))
        same_shape = abs(one.width * height / (one.height * width) - 1) < 0.01
        if wanted.fits and not same_shape and not (clip.fits or frozenset()) <= wanted.fits:
            yield f"{told}: fit {'/'.join(clip.fits or ())}, not {'/'.join(wanted.fits)}"
        used = clip.ms * as_number(clip.speed) + (clip.in_ms or 0)
        moves = not clip.is_photo and not any("freeze" in one for one in clip.effects)
        if moves and used > clip.source_ms + TOLERANCE_MS:
            yield f"{told}: shows more than there is"


def _present(right: Sequence[Clip], names: Sequence[str]) -> list[Clip]:
    """`right` without the loose clips that are not there; pieces and repeats count for themselves."""
    left, result = list(names), []
    for clip in right:
        if not clip.is_loose or clip.name in left:
            result.append(clip)
            if clip.name in left:
                left.remove(clip.name)
    return result


def _same_ramp(right: tuple[float, float] | None, now: tuple[float, float] | None) -> bool:
    if right is None or now is None:
        return right == now
    return all(abs(a - b) <= 0.01 for a, b in zip(right, now, strict=True))


def _off(wanted: float, now: float) -> bool:
    return abs(wanted - now) > TOLERANCE_MS


def _one_clip(right: Clip, now: Clip) -> Iterator[str]:
    if right.durations is not None and all(_off(one, now.ms) for one in right.durations):
        yield f"lasts {now.ms:g}, not {' or '.join(f'{one:g}' for one in right.durations)}"
    if not is_level(right.lasts, now.ms, TOLERANCE_MS):
        yield f"lasts {now.ms:g}, not {right.lasts}"
    if not now.is_photo:
        if right.in_ms is not None and now.in_ms is not None and _off(right.in_ms, now.in_ms):
            yield f"from {now.in_ms:g} of its source, not {right.in_ms:g}"
        if not is_level(right.speed, as_number(now.speed), 0.01):
            yield f"speed {now.speed}, not {right.speed}"
        if right.speed is not None and not _same_ramp(right.ramp, now.ramp):
            yield f"ramp {now.ramp}, not {right.ramp}"
        if not is_level(right.volume, as_number(now.volume), 0.011):
            yield f"volume {now.volume}, not {right.volume}"
    if (right.join is None) != (now.join is None):
        yield f"transition {now.join}, not {right.join}"
    elif right.join is not None and now.join is not None:
        if right.join.kind not in (None, now.join.kind):
            yield f"transition {now.join.kind}, not {right.join.kind}"
        ms = now.join.ms or 0
        wanted = right.join.ms
        if not 300 <= ms <= 1000 if wanted is None else _off(wanted, ms):
            yield f"transition of {ms:g}, not {wanted or '300 to 1000'}"
    if not now.effects <= right.effects and now.exact_effects not in right.effects:
        yield f"effects {' '.join(now.effects)}, not {' or '.join(right.effects)}"
    if not _is_faded(right.fade_in, now.fade_in):
        yield f"fade in {now.fade_in:g}, not {right.fade_in:g}"
    if not _is_faded(right.fade_out, now.fade_out):
        yield f"fade out {now.fade_out:g}, not {right.fade_out:g}"
    if not _is_faded(right.sound_in, now.sound_in):
        yield f"sound fades in {now.sound_in:g}, not {right.sound_in:g}"
    if not _is_faded(right.sound_out, now.sound_out):
        yield f"sound fades out {now.sound_out:g}, not {right.sound_out:g}"
    if right.sound != now.sound:
        yield f"heard is {now.sound or 'its own sound'}, not {right.sound or 'its own'}"
    if right.is_clean != now.is_clean:
        yield f"its sound is {'' if now.is_clean else 'not '}cleaned of noise"


def _is_faded(wanted: float | None, now: float | None) -> bool:
    """None: free; -1: nobody said how long."""
    if wanted is None or now is None:
        return True
    return 300 <= now <= 3000 if wanted < 0 else not _off(wanted, now)


def _sound_differences(right: Timeline, now: Timeline, total: float) -> Iterator[str]:
    def heard(timeline: Timeline) -> list[Sound]:
        return [one for one in timeline.sounds if one.volume is None or one.volume != 0]

    if right.keeps_no_silent_sound and len(heard(now)) < len(now.sounds):
        yield "music that is silent, not gone"
    wanted, sounds = heard(right), heard(now)
    if len(wanted) != len(sounds):
        yield f"{len(sounds)} pieces of music, not {len(wanted)}"
        return
    for one, sound in zip(wanted, sounds, strict=True):
        span = (one.start.at(total), min(total, one.end.at(total)))
        if one.name != sound.name:
            yield f"music {sound.name}, not {one.name}"
        if _off(span[0], sound.start.ms) or _off(span[1], sound.end.ms):
            yield f"music {sound.start.ms:g}-{sound.end.ms:g}, not {span[0]:g}-{span[1]:g}"
        if not is_level(one.volume, as_number(sound.volume), 0.011):
            yield f"music at {sound.volume}, not {one.volume}"
        if not _is_faded(one.fade_in, sound.fade_in):
            yield f"music fades in {sound.fade_in}, not {one.fade_in}"
        if not _is_faded(one.fade_out, sound.fade_out):
            yield f"music fades out {sound.fade_out}, not {one.fade_out}"
        if one.is_voice != sound.is_voice:
            yield f"{sound.name} is {'' if sound.is_voice else 'no '}voice-over"
        if one.is_ducked != sound.is_ducked:
            yield f"music is {'' if sound.is_ducked else 'not '}ducked"


def _text_differences(right: Sequence[Words], now: Sequence[Words], total: float) -> Iterator[str]:
    left = list(now)
    for wanted in right:
        same = [one for one in left if one.words == wanted.words]
        best = min(same, key=lambda one: len(_one_text(wanted, one, total)), default=None)
        if best is None:
            yield f"no text “{wanted.words}”"
            continue
        left.remove(best)
        yield from (f"text “{wanted.words}”: {text}" for text in _one_text(wanted, best, total))
    yield from (f"a text “{one.words}”" for one in left)


def _over_differences(right: Sequence[Over], now: Sequence[Over], total: float) -> Iterator[str]:
    if [one.name for one in right] != [one.name for one in now]:
        yield f"over it {[one.name for one in now]}, not {[one.name for one in right]}"
        return
    for wanted, one in zip(right, now, strict=True):
        begin, end = wanted.start.at(total), wanted.end.at(total)
        if _off(begin, one.start.ms) or _off(end, one.end.ms):
            yield f"{one.name} {one.start.ms:g}-{one.end.ms:g}, not {begin:g}-{end:g}"
        if wanted.place != one.place:
            yield f"{one.name} {one.place}, not {wanted.place}"
        if one.name != "bar" and wanted.color != one.color:
            yield f"{one.name}: {one.color} is keyed out, not {wanted.color}"
        elif wanted.color is not None and not _is_color(wanted.color, one.color or _WHITE):
            yield f"{one.name} {one.color}, not {wanted.color}"
        for key in ("size", "opacity"):
            if not is_level(getattr(wanted, key), as_number(getattr(one, key)), 0.005):
                yield f"{one.name}: {key} {getattr(one, key)}, not {getattr(wanted, key)}"


HUES = {"red": 0, "orange": 30, "yellow": 52, "green": 120, "blue": 220, "purple": 280, "pink": 330}


def _is_color(wanted: str, now: str) -> bool:
    """Whether `#RRGGBB` is the wanted one, or of the wanted name."""
    if wanted.startswith("#"):
        return wanted == now
    rgb = (int(now[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, saturation, value = colorsys.rgb_to_hsv(*rgb)
    if wanted not in HUES:
        return {"white": value > 0.95 and saturation < 0.1, "black": value < 0.1}[wanted]
    distance = abs(hue * 360 - HUES[wanted])
    return min(distance, 360 - distance) <= 25 and saturation > 0.3


def _one_text(right: Words, now: Words, total: float) -> list[str]:
    found = []
    for name, wanted, is_now in (("begins", right.start, now.start), ("ends", right.end, now.end)):
        if wanted is not None and is_now is not None and _off(wanted.at(total), is_now.ms):
            found.append(f"{name} at {is_now.ms:g}, not {wanted.at(total):g}")
    if right.position is not None and right.position != now.position:
        found.append(f"at the {now.position}, not {right.position}")
    if right.inside is not None and now.start is not None and now.end is not None:
        begin, end = (moment.at(total) for moment in right.inside)
        lies_in = begin - TOLERANCE_MS <= now.start.ms <= now.end.ms - 1000
        if not lies_in or now.end.ms > end + TOLERANCE_MS:
            found.append(f"{now.start.ms:g}-{now.end.ms:g} is not inside {begin:g}-{end:g}")
    if right.color is not None and not _is_color(right.color, now.color or _WHITE):
        found.append(f"{now.color}, not {right.color}")
    if right.looks != now.looks:
        found.append(f"looks {' '.join(now.looks)}, not {' '.join(right.looks)}")
    size = now.size if isinstance(now.size, float) else 0.0
    if right.size == "big" and size <= now.usual:
        found.append(f"size {size:g}, not big")
    if right.size == "small" and size >= now.usual:
        found.append(f"size {size:g}, not small")
    if isinstance(right.size, float) and abs(right.size - size) > 0.002:
        found.append(f"size {size:g}, not {right.size:g}")
    return found
