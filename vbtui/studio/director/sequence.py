"""Whole sequences: built from files, fitted to a length, put on another canvas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media

STILL_LIMIT_MS, STILL_MOST_MS = 8000, 40_000
"""A picture is shown so long to fill time, and up to the second where that fills it wholly."""
COMFORTABLE_MS = 1000
"""Fitting keeps clips at least this long while the wanted length allows it."""
MAX_CLIPS = 1000
CROP_LIMIT = 0.26
"""A clip may lose this part of its picture to fill the canvas; beyond it gets a blurred background."""
WIDEST_CROPPED = 1.3
"""A film so many times as wide as the canvas is wide by intention: its sides are not cropped."""
RATES = (23.976, 24, 25, 29.97, 30, 47.952, 48, 50, 59.94, 60)
"""Frames a second in which films are made."""
CANVASES = {"16:9": (1920, 1080), "9:16": (1080, 1920), "1:1": (1080, 1080), "4:5": (1080, 1350)}


def natural_canvas(assets: Sequence[Media]) -> tuple[int, int]:
    """Portrait when most of what is seen is portrait, else 16:9."""
    videos = [asset for asset in assets if asset.kind == "video"] or list(assets)
    portrait = sum(1 for asset in videos if asset.height > asset.width)
    return CANVASES["9:16"] if portrait * 2 > len(videos) else CANVASES["16:9"]


def natural_fps(assets: Sequence[Media]) -> float:
    """The frame rate that most of the seconds have; 30 where nothing moves."""
    seconds = Counter[float]()
    for asset in assets:
        if asset.kind == "video" and asset.fps and not asset.is_animation:
            seconds[_usual_rate(asset)] += asset.duration_ms
    return seconds.most_common(1)[0][0] if seconds else 30


def _usual_rate(asset: Media) -> float:
    """The rate at which each picture of a clip is seen equally long: its own between 23 and 60, a multiple or a part
    of one of another; where it varies, the usual rate that holds all its pictures."""
    fps = asset.fps
    near = min(RATES, key=lambda rate: abs(rate - fps))
    if abs(near - fps) < fps / 200:
        return near
    if asset.variable_fps:
        return next((rate for rate in (30, 60) if rate >= fps * 0.98), 60)
    for times in range(2, 7):
        for rate in RATES:
            if abs(fps * times - rate) < rate / 2500 or abs(fps - rate * times) < fps / 2500:
                return rate
    return fps if RATES[0] < fps < RATES[-1] else 60 if fps > RATES[-1] else 30


def canvas(draft: d.Draft) -> tuple[int, int]:
    """Width and height in pixels; 1920x1080 where the draft says nothing."""
    found = d.meta(draft)
    width, height = d.whole(found.get("width")), d.whole(found.get("height"))
    return (width, height) if width and height else CANVASES["16:9"]


def natural_fit(asset: Media | None, width: int, height: int) -> str:
    """`cover` where filling the canvas costs little of the picture, else `blur`."""
    if asset is None or asset.width <= 0 or asset.height <= 0:
        return "blur"
    ratio = (asset.width * height) / (asset.height * width)
    if asset.kind == "video" and ratio > WIDEST_CROPPED:
        return "blur"
    return "cover" if min(ratio, 1 / ratio) >= 1 - CROP_LIMIT else "blur"


def as_seen(clip: d.Draft, asset: Media | None) -> Media | None:
    """A clip's file with the shape that is left of its picture where it is cut at its sides."""
    if asset is None:
        return None
    width, height = float(asset.width), float(asset.height)
    lies = False
    effects = d.meta(clip).get("effects")
    for one in effects if isinstance(effects, list) else []:
        if one.get("type") == "rotate":
            lies ^= int(one.get("degrees", 90)) % 180 != 0
        elif one.get("type") == "crop":
            wide = 1 - float(one.get("left", 0)) - float(one.get("right", 0))
            high = 1 - float(one.get("top", 0)) - float(one.get("bottom", 0))
            width, height = (width * high, height * wide) if lies else (width * wide, height * high)
    return replace(asset, width=max(1, round(width)), height=max(1, round(height)))


def with_canvas(
    draft: d.Draft, media: d.MediaById, width: int, height: int, fit: str = ""
) -> d.Json:
    """The draft on another canvas. `fit` (cover, contain, blur) holds for all clips from now on;
    without one each clip gets what fits it, unless one was chosen before."""
    chosen = fit or str(d.meta(draft).get("fit") or "")
    changes: dict[str, Any] = {"width": width, "height": height}
    if fit:
        changes["fit"] = fit

    def refit(clip: d.Json) -> d.Json:
        asset = media.get(str(d.meta(clip).get("asset")))
        return d.with_meta(clip, fit=chosen or natural_fit(as_seen(clip, asset), width, height))

    draft = d.with_meta(draft, **changes)
    return d.with_clips(draft, [refit(clip) for clip in d.clips(draft)])


def build(draft: d.Draft | None, title: str, assets: Sequence[Media], media: d.MediaById) -> d.Json:
    """The files one after the other: videos whole, pictures for 4 s, cuts between them.

    What stands in `draft` beside the sequence – texts, music, canvas – stays; a file that was in
    the sequence before keeps its segment's id.
    """
    shown = [a for a in assets if a.kind == "image" or a.duration_ms >= d.MIN_CLIP_MS]
    if draft is None or not d.clips(draft):
        width, height = natural_canvas(shown) if draft is None else canvas(draft)
        base = d.empty(title, width, height) if draft is None else dict(draft)
    else:
        base, (width, height) = dict(draft), canvas(draft)
    if not d.meta(base).get("own_fps"):
        base = d.with_meta(base, fps=natural_fps(shown), own_fps=False)
    known: dict[str, str] = {}
    for clip in d.clips(base):
        known.setdefault(str(d.meta(clip).get("asset")), str(clip.get("id") or ""))
    chosen = str(d.meta(base).get("fit") or "")
    sequence = []
    for asset in shown:
        clip = d.new_clip(asset, fit=chosen or natural_fit(asset, width, height))
        identity = known.pop(asset.id, "")
        sequence.append({"id": identity, **clip} if identity else clip)
    return d.lay_out(d.with_meta(d.with_clips(base, sequence), target=None))


@dataclass(frozen=True, slots=True)
class Fit:
    """How a sequence was brought to a length."""

    draft: d.Json
    trimmed: int = 0
    """How many clips became shorter."""
    extended: int = 0
    """How many pictures are shown longer than before."""
    repeats: int = 0
    """How many clips were added by playing the sequence again."""
    exact: bool = True
    """False: there is nothing to fit, or it would take more than `MAX_CLIPS` clips."""
    missing_ms: int = 0
    """By how much it is shorter than wanted: there is no more material."""


def fit(
    draft: d.Draft,
    media: d.MediaById,
    target_ms: int,
    locked: Collection[str] = (),
    *,
    may_repeat: bool = False,
) -> Fit:
    """The sequence lasting `target_ms`; no clip is lost, and those with `locked` ids stay as they are.

    Too long: every clip gives proportionally, none below a second while that is possible. Too
    short: clips take back what was trimmed off by itself, pictures stand up to 8 s, or up
    to 40 s where that is enough, or as long as it takes where there is nothing else. What is still missing then stays missing. With
    `may_repeat` the sequence plays again instead.
    """
    sequence = d.clamped_joins([clip for clip in d.clips(draft) if d.length(clip) > 0])
    if not sequence or target_ms < d.MIN_CLIP_MS * len(sequence):
        return Fit(dict(draft), exact=False)
    before = sequence
    extended = repeats = 0
    if d.sequence_length(sequence) < target_ms and may_repeat:
        longer = _repeat(sequence, target_ms)
        if longer is None:
            return Fit(dict(draft), exact=False)
        repeats, sequence = len(longer) - len(sequence), longer
    elif d.sequence_length(sequence) < target_ms:
        sequence, extended = _stretch(sequence, media, target_ms, locked)
    if d.sequence_length(sequence) > target_ms:
        sequence = _shrink(sequence, media, target_ms, locked)
    trimmed = sum(d.length(new) < d.length(old) for old, new in zip(before, sequence, strict=False))
    result = d.lay_out(d.with_clips(draft, sequence))
    missing = target_ms - d.whole(result.get("d"))
    asked = d.with_meta(result, target=target_ms)  # also where it is not reached
    return Fit(asked, trimmed, extended, repeats, missing >= 0, max(missing, 0))


def _stretch(
    sequence: list[d.Json], media: d.MediaById, target_ms: int, locked: Collection[str]
) -> tuple[list[d.Json], int]:
    """Longer, up to what the sources have and pictures may; how many pictures grew."""
    only_still = all(d.is_endless(clip, media) for clip in sequence)
    grown = 0
    longest = target_ms if only_still else STILL_MOST_MS
    for stills, most in ((False, 0), (True, STILL_LIMIT_MS), (True, longest)):
        missing = target_ms - d.sequence_length(sequence)
        rooms = []
        for clip in sequence:
            still = d.is_endless(clip, media)
            if (
                clip.get("id") in locked
                or still is not stills
                or (not still and d.meta(clip).get("trim") == "by words")
            ):
                rooms.append(0)
            elif still:
                rooms.append(max(0, most - d.length(clip)))
            else:
                everything = d.with_length(clip, 10**11, media)
                rooms.append(max(0, d.length(everything) - d.length(clip)))
        if most == longest and sum(rooms) < missing:
            break  # so long for nothing
        shares = _share(min(missing, sum(rooms)), rooms)
        grown = max(grown, sum(1 for share in shares if share and stills))
        sequence = [
            d.with_length(clip, d.length(clip) + share, media) if share else clip
            for clip, share in zip(sequence, shares, strict=True)
        ]
        if d.sequence_length(sequence) >= target_ms:
            break
    return sequence, grown


def _repeat(sequence: list[d.Json], target_ms: int) -> list[d.Json] | None:
    """The sequence again and again until it lasts `target_ms`, its last clip cut where that leaves enough of it;
    longer where not. None: too many clips."""
    round_again = next((join for join in d.joins(sequence) if join), None)
    result, total = list(sequence), d.sequence_length(sequence)
    while total < target_ms:
        if len(result) >= MAX_CLIPS:
            return None
        position = len(result) % len(sequence)
        copy = {key: value for key, value in sequence[position].items() if key != "id"}
        if position == 0:
            copy = d.with_meta(copy, transition=round_again)
        total += d.sequence_length(d.clamped_joins([result[-1], copy])) - d.length(result[-1])
        result.append(copy)
    over = total - target_ms
    if d.length(result[-1]) - over >= COMFORTABLE_MS:
        result[-1] = d.cut_to(result[-1], 0, d.length(result[-1]) - over)
    return d.clamped_joins(result)


def _shrink(
    sequence: list[d.Json], media: d.MediaById, target_ms: int, locked: Collection[str]
) -> list[d.Json]:
    """Shorter, proportionally; transitions give way before a clip falls below its least length."""
    for floor in (COMFORTABLE_MS, 400, d.MIN_CLIP_MS):
        for scale in (4, 3, 2, 1, 0):
            shorter = [
                {**join, "d": d.whole(join.get("d")) * scale // 4} if join else None
                for join in d.joins(sequence)
            ]
            tried = d.clamped_joins(d.with_joins(sequence, shorter))
            overlaps = [d.whole((join or {}).get("d")) for join in d.joins(tried)]
            least = [
                d.length(clip)
                if clip.get("id") in locked
                else min(d.length(clip), max(floor, 2 * left, 2 * right))
                for clip, left, right in zip(tried, [0, *overlaps], [*overlaps, 0], strict=True)
            ]
            excess = d.sequence_length(tried) - target_ms
            if excess <= 0:
                continue
            rooms = [d.length(clip) - low for clip, low in zip(tried, least, strict=True)]
            if sum(rooms) >= excess:
                weights = [d.length(clip) for clip in tried]
                shares = _share(excess, rooms, weights)
                return [
                    d.with_length(clip, d.length(clip) - share, media) if share else clip
                    for clip, share in zip(tried, shares, strict=True)
                ]
    return sequence


def _share(amount: int, rooms: Sequence[int], weights: Sequence[int] | None = None) -> list[int]:
    """`amount` ms divided by weight, exactly, with no share above its room.

    `amount` is at most the sum of the rooms. Weights default to the rooms.
    """
    weights = rooms if weights is None else weights
    shares = [0] * len(rooms)
    left = amount
    while left > 0:
        open_ = [i for i, room in enumerate(rooms) if shares[i] < room]
        total = sum(weights[i] for i in open_)
        if not open_:
            break
        given = 0
        for i in open_:
            portion = left * weights[i] // total if total else left // len(open_)
            portion = min(portion, rooms[i] - shares[i])
            shares[i] += portion
            given += portion
        left -= given
        if not given:
            for i in open_[:left]:
                shares[i] += 1
            left -= min(left, len(open_))
    return shares
