"""The sound's part of a filter graph: pieces on lanes, lanes mixed.

A graph hears sounds of one form: where rate or channels change inside a file, ffmpeg builds the graph
anew, and every cut in it begins again. Such a sound is made plain first, and a graph that meets one
all the same ends with an error.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from vbtui.studio.project.media import Media
from vbtui.studio.render.graph import READ_SAFELY, Graph, decimal
from vbtui.studio.render.model import SAMPLE_RATE, Plan, Sound
from vbtui.timeline.pace import Pace

PREROLL_S = 1
"""A decoder hears so much before the part that is used, so that it starts clean."""
LIMIT = 0.89
"""1 dB below full scale, which leaves room for what AAC adds to a peak. The limiter runs always: sounds
that are mixed, made louder or folded down from six channels exceed full scale, and so do some files."""
_EQUALLY_LOUD = "volume='if(eq(nb_channels,1),sqrt(2),1)':precision=float"
"""One channel is heard on both sides as loud as it is: what makes two of it takes 3 dB away."""
_FORM = f"aformat=sample_fmts=fltp:sample_rates={SAMPLE_RATE}:channel_layouts=stereo"


ON_TIME = "async=1:min_hard_comp=0.012"
"""Sound that lies more than 12 ms beside its timestamps is put where they say: a gap is silent, and
what overlaps is cut. Less is the rounding of timestamps."""


@dataclass(frozen=True, slots=True)
class Level:
    """How loud a mix comes out."""

    limit: float = LIMIT
    """What no sample exceeds; 1 is full scale."""
    gain_db: float = 0.0
    """By which it is made louder before it is limited."""
    is_between: bool = False
    """The limit holds between the samples as well, where a player may draw higher peaks."""


def mix(graph: Graph, plan: Plan, plain: Mapping[str, Path], level: Level = Level()) -> str:
    """Adds the whole sound to `graph`: stereo, exactly `plan.samples` long; its label.

    Args:
        plain: what `plain_arguments` has made, by the id of its file.
    """
    mixed = _ducked(graph, plan, plain)
    if not mixed:
        return _silence(graph, plan.samples)
    steps = [f"alimiter=limit={level.limit:.4f}:attack=5:release=50:level=0:latency=1"]
    if level.is_between:
        steps = [f"aresample={4 * SAMPLE_RATE}", *steps, f"aresample={SAMPLE_RATE}"]
    if level.gain_db:
        steps.insert(0, f"volume={level.gain_db:.3f}dB:precision=float")
    steps += ["apad", f"atrim=end_sample={plan.samples}", "asetpts=N/SR/TB"]
    return graph.chain([mixed], ",".join(steps))


_LESS_NOISE_DB, _ABOVE_NOISE_DB = 15, 5
_FLOORS = (-80.0, -30.0)
"""dBFS that afftdn takes for noise: what is louder than that is heard as it is, also where there is no pause."""
_DENOISED_LATE = 1200
"""Samples of 48 kHz by which afftdn gives everything too late."""
_DUCK = "sidechaincompress=threshold=0.006:ratio=20:attack=30:release=600:detection=rms:mix=0.75"
"""Under sound from -44 dBFS on, by 6 to 12 dB: a quarter of it always stays. It comes back within a second, so that it
does not pump between words."""


def _ducked(graph: Graph, plan: Plan, plain: Mapping[str, Path]) -> str:
    """All sounds together, those that give way lowered under the clips' own; its label, empty without a sound."""

    def together(sounds: Sequence[Sound]) -> str:
        lanes = [_lane(graph, lane, plan.samples, plain) for lane in lanes_of(sounds)]
        return _added(graph, lanes) if lanes else ""

    leading = [sound for sound in plan.sounds if sound.is_clip or sound.is_voice]
    giving_way = [sound for sound in plan.sounds if sound.duck and sound not in leading]
    if not leading or not giving_way:
        return together(plan.sounds)
    rest = [sound for sound in plan.sounds if sound not in leading and sound not in giving_way]
    heard, key = graph.fan([together(leading)], "asplit=2", 2)
    # The compressor ends with whichever ends first, though the other still lies there: neither may end.
    endless = [graph.chain([one], "apad") for one in (together(giving_way), key)]
    lowered = graph.chain(endless, f"{_DUCK},atrim=end_sample={plan.samples}")
    return _added(graph, [heard, lowered, *filter(None, [together(rest)])])


def _added(graph: Graph, parts: Sequence[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return graph.chain(
        parts, f"amix=inputs={len(parts)}:duration=longest:normalize=0:dropout_transition=0"
    )


def changing_sounds(plan: Plan) -> list[Media]:
    """The files of `plan` that are known to change their form; each must be made plain."""
    heard = {sound.media.id: sound.media for sound in plan.sounds}
    return [one for one in heard.values() if one.audio is not None and one.audio.changes]


def plain_arguments(media: Media, path: str) -> list[str]:
    """Writes the file's whole sound in one form to `path`, with its times if it has any: those that
    ffmpeg makes up are wrong behind the first change of the rate."""
    has_times = media.audio is None or media.audio.has_times
    form = ["-f", "nut"] if has_times else ["-f", "wav", "-rf64", "auto"]
    return [
        "-threads", "1", "-vn", "-sn", "-dn", *READ_SAFELY, "-i", f"file:{media.path.absolute()}",
        "-map", f"0:a:{track_of(media)}", "-af", f"{_EQUALLY_LOUD},aresample={SAMPLE_RATE},{_FORM}",
        "-c:a", "pcm_f32le", *form, f"file:{path}",
    ]  # fmt: skip


def lanes_of(sounds: Sequence[Sound]) -> list[list[Sound]]:
    """The sounds on as few lanes as possible, none overlapping another on its lane."""
    lanes: list[list[Sound]] = []
    for sound in sorted(sounds, key=lambda item: item.start):
        free = next((lane for lane in lanes if lane[-1].end <= sound.start), None)
        if free is None:
            lanes.append([sound])
        else:
            free.append(sound)
    return lanes


def _lane(graph: Graph, lane: Sequence[Sound], samples: int, plain: Mapping[str, Path]) -> str:
    parts: list[str] = []
    position = 0
    for sound in lane:
        if sound.start > position:
            parts.append(_silence(graph, sound.start - position))
        parts.append(_piece(graph, sound, plain.get(sound.media.id)))
        position = sound.end
    if position < samples:
        parts.append(_silence(graph, samples - position))
    return graph.join(parts, sound=True)


def _silence(graph: Graph, count: int) -> str:
    source = f"anullsrc=channel_layout=stereo:sample_rate={SAMPLE_RATE}"
    return graph.chain([], f"{source},atrim=end_sample={count},{_FORM}")


def _piece(graph: Graph, sound: Sound, plain: Path | None) -> str:
    if sound.pace.is_ramp:
        files = {} if plain is None else {sound.media.id: plain}
        lanes = [_lane(graph, one, sound.count, files) for one in lanes_of(pieces_of(sound))]
        return graph.chain([_added(graph, lanes)], ",".join(_finished(sound)))
    begin = Fraction(sound.in_ms, 1000)
    seek = 0
    options = ["-reinit_filter", "0", "-vn", "-sn", "-dn"]
    if plain is not None:
        options += ["-seek_timestamp", "1", "-ss", "0"]  # a sound that begins late stays late
    elif sound.media.kind == "video" and not sound.loop:
        latest = Fraction(sound.media.duration_ms, 1000) - 2
        seek = max(0, math.floor(min(begin - PREROLL_S, latest)))
    if seek:
        options += ["-noaccurate_seek", "-ss", str(seek)]
    if sound.loop:
        options += ["-stream_loop", "-1"]
    number = graph.open(plain or sound.media.path, sound.media.filename, options)
    track = 0 if plain is not None else track_of(sound.media)
    return graph.chain([f"[{number}:a:{track}]"], ",".join(_steps(sound, begin - seek)))


def track_of(media: Media) -> int:
    return media.audio.track if media.audio is not None else 0


def _steps(sound: Sound, begin: Fraction) -> list[str]:
    """Filters from the file's sound, whose time 0 is `begin` s too early, to the finished piece."""
    steps = heard_steps(loop=sound.loop)
    if sound.noise_db is not None:
        floor = max(_FLOORS[0], min(_FLOORS[1], sound.noise_db + _ABOVE_NOISE_DB))
        steps += [f"apad=pad_len={_DENOISED_LATE}", f"afftdn=nr={_LESS_NOISE_DB}:nf={floor:.1f}"]
        steps += [f"atrim=start_sample={_DENOISED_LATE}", "asetpts=N/SR/TB"]
    tempos = _tempos(sound.pace.first)
    begin -= _ahead(tempos)
    if begin > 0:
        steps.append(f"atrim=start={decimal(begin)}")
    elif begin < 0:
        steps.append(f"adelay={decimal(-begin * 1000)}:all=1")
    steps.append("asetpts=N/SR/TB")
    steps += [f"atempo={decimal(tempo)}" for tempo in tempos]
    return [*steps, "apad", f"atrim=end_sample={sound.count}", *_finished(sound)]


def _finished(sound: Sound) -> list[str]:
    """Filters for what is as long as it shall be."""
    steps = [*["areverse"] * sound.reverse, "asetpts=N/SR/TB"]
    if sound.volume != 1:
        steps.append(f"volume={sound.volume:.4f}:precision=float")
    if sound.fade_in:
        steps.append(f"afade=t=in:ss=0:ns={sound.fade_in}:curve=qsin")
    if sound.fade_out:
        first = sound.count - sound.fade_out
        steps.append(f"afade=t=out:ss={first}:ns={sound.fade_out}:curve=qsin")
    return steps


_BLEND = SAMPLE_RATE // 40
_STEP_MS = 8
_MOST_STEPS = 200


def pieces_of(sound: Sound) -> list[Sound]:
    """A ramp as pieces of one speed each that blend into each other, the first at sample 0: so short that none is further
    than `_STEP_MS` of its source from where it should be. atempo keeps the pitch, and begins anew with each, so that it goes
    astray in none."""
    plays = sound.pace
    slowest = min(Fraction(1), plays.first, plays.last)
    wanted = math.sqrt(abs(plays.last - plays.first) * plays.lasts / (8 * _STEP_MS * slowest))
    shortest = max(1, sound.count // (2 * _BLEND))
    number = min(max(2, math.ceil(wanted)), _MOST_STEPS, shortest)
    edges = [sound.count * at // number for at in range(number + 1)]
    found: list[Sound] = []
    for at, (begin, end) in enumerate(pairwise(edges)):
        first, last = (Fraction(one * 1000, SAMPLE_RATE) for one in (begin, end))
        speed = max(_SLOWEST, (plays.played(last) - plays.played(first)) / (last - first))
        before, after = (_BLEND // 2 if one else 0 for one in (at > 0, at + 1 < number))
        source = plays.played(first) - speed * before * 1000 / SAMPLE_RATE
        piece = replace(
            sound,
            start=begin - before,
            count=end - begin + before + after,
            in_ms=max(0, round(sound.in_ms + source)),
            pace=Pace(speed, speed, 0),
            volume=1.0,
            fade_in=2 * before,
            fade_out=2 * after,
            reverse=False,
        )
        found.append(piece)
    return found


_SLOWEST = Fraction(1, 20)


def heard_steps(*, loop: bool = False) -> list[str]:
    """Filters from a file's sound to stereo in which time 0 is the file's begin."""
    on_time = "async=1" if loop else ON_TIME  # what begins again has no gap
    return [_EQUALLY_LOUD, f"aresample={SAMPLE_RATE}:{on_time}:first_pts=0", _FORM]


_HALF_S = Fraction(2048, 2 * SAMPLE_RATE)
"""Half of a piece that atempo lays down: what is made slower comes early by it, for the begin of each piece lies where it
should, and not its middle."""


def _ahead(tempos: Sequence[Fraction]) -> Fraction:
    """By how much of the source what comes out of atempo is too early, s."""
    ahead, played = Fraction(0), Fraction(1)
    for tempo in tempos:
        ahead += played * _HALF_S * max(Fraction(0), 1 - tempo)
        played *= tempo
    return ahead


def _tempos(speed: Fraction) -> list[Fraction]:
    """Factors of at least a half, atempo's least, whose product is `speed`; none for 1."""
    tempos: list[Fraction] = []
    while speed < Fraction(1, 2):
        tempos.append(Fraction(1, 2))
        speed *= 2
    return [*tempos, speed] if speed != 1 else tempos
