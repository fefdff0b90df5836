"""What the platforms that videos are made for take, and whether a video is fit for one.

Lengths are what each takes from everyone; the edges are what its own guide for advertisers wants kept free of words,
because its buttons and captions lie there; sizes are what its upload takes; -14 LUFS is what they all play at (EBU R 128, measured over the whole). Of 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import gcd

from vbtui.base.times import format_seconds
from vbtui.base.translation import Translation
from vbtui.journal.records import ExportOptions
from vbtui.timeline.model import TEXT, Segment, Timeline

_T = Translation
_LUFS = -14.0
_TOLERANCE_LU = 2.0
_TEXT_MARGIN = 0.07
"""So far from the upper and the lower edge texts stand, as a share of the height; from the sides `_SIDE_MARGIN` of the width."""
_SIDE_MARGIN = 0.06
_SAME_SHAPE = 0.01
_SHOWN = 40
"""Characters of a text that are shown."""
_VIDEOS = ("mp4", "hevc", "av1", "prores", "webm")

_TOO_LONG = _T(
    "It is {length} long, {name} takes {most} at most.", "时长 {length}，{name} 最多 {most}。"
)
_OTHER_SHAPE = _T(
    "The timeline is {own}, not {wanted}, so the picture is cropped or has bars. Say “{say}” to see and set how.",
    "时间线是 {own}，不是 {wanted}，画面会被裁切或有黑边。请先说“{say}”，再看效果。",
)
_COVERED = _T(
    "{texts} where {name} has its own buttons and words. Say “put the texts in the middle”.",
    "{texts}会被 {name} 自己的按钮和文字遮住。请说“把文字放到中间”。",
)
_ONE_TEXT = _T("“{text}” stands", "“{text}”")
_TEXTS = _T("“{text}” and {count} more texts stand", "“{text}”和另外 {count} 段文字")
_TOO_BIG = _T(
    "The file has {size} GB, {name} takes {most}. Export it with a lower quality.",
    "文件有 {size} GB，{name} 最多 {most} GB。请用较低的质量导出。",
)
_LOUDNESS = _T(
    "It is heard at {found} LUFS, {name} plays everything at about -14. Say “set the loudness to -14 LUFS”.",
    "响度为 {found} LUFS，{name} 都按约 -14 播放。请说“响度调到-14 LUFS”。",
)
_FITS = _T("Fit for {name}: {facts}.", "适合 {name}：{facts}。")
_UNFIT = _T("Not fit for {name}. {failures}", "不适合 {name}。{failures}")
_LENGTH_FACT = _T("{length} of {most}", "时长 {length}（最多 {most}）")
_TEXTS_FACT = _T("no text under its buttons", "文字不会被遮住")
_LOUD_FACT = _T("{found} LUFS", "{found} LUFS")
_JOINT = _T(", ", "，")
_SAY_SHAPE = {
    (9, 16): _T("make it vertical", "改成竖屏"),
    (16, 9): _T("make it horizontal", "改成横屏"),
    (1, 1): _T("make it square", "改成方形"),
    (4, 5): _T("make it 4:5", "改成4:5"),
}


@dataclass(frozen=True, slots=True)
class Platform:
    """One of them."""

    name: str
    longest_s: float
    shape: tuple[int, int]
    """Width to height."""
    top: float
    """What is covered at this edge, as a share of the height; the sides of the width."""
    bottom: float
    left: float
    right: float
    largest_gb: float = 4
    """Of a file, in GB of 10^9 bytes."""


PLATFORMS: Mapping[str, Platform] = {
    "reels": Platform("Instagram Reels", 180, (9, 16), 0.14, 0.35, 0.06, 0.06),
    "tiktok": Platform("TikTok", 600, (9, 16), 0.07, 0.25, 0.06, 0.13),
    "shorts": Platform("YouTube Shorts", 180, (9, 16), 0.15, 0.35, 0.05, 0.18, 256),
    "youtube": Platform("YouTube", 12 * 3600, (16, 9), 0, 0, 0, 0, 256),
    "square": Platform("Instagram", 3600, (1, 1), 0, 0, 0, 0),
    "portrait": Platform("Instagram", 3600, (4, 5), 0, 0, 0, 0),
}
"""By the name of their preset (`vbtui.exports.presets`)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a video is fit for a platform."""

    failures: tuple[str, ...]
    """A sentence for each thing that is not, with what to say; empty when it is fit."""
    told: str
    """All in one: what makes it fit, or what does not."""


def judge(
    options: ExportOptions,
    timeline: Timeline,
    lufs: float | None = None,
    chinese: bool | None = None,
    size: int = 0,
) -> Verdict | None:
    """What an export of `timeline` is for the platform that its preset is for; None where it is for none.

    Args:
        lufs: the loudness of the finished video; None before it is there, or where nothing is heard: then
            that which the timeline asks for is looked at.
        size: of the finished file, in bytes; 0 before it is there.
    """
    platform = PLATFORMS.get(options.preset)
    if platform is None or options.format not in _VIDEOS:
        return None
    name, failures = platform.name, []
    length, most = (
        format_seconds(timeline.duration_ms / 1000, chinese),
        format_seconds(platform.longest_s, chinese),
    )
    facts = [_LENGTH_FACT.of(chinese, length=length, most=most), ":".join(map(str, platform.shape))]
    if timeline.duration_ms > platform.longest_s * 1000:
        failures.append(_TOO_LONG.of(chinese, length=length, name=name, most=most))
    own = timeline.width or 16, timeline.height or 9
    if abs(own[0] / own[1] / (platform.shape[0] / platform.shape[1]) - 1) > _SAME_SHAPE:
        wanted, say = ":".join(map(str, platform.shape)), _SAY_SHAPE[platform.shape].of(chinese)
        failures.append(_OTHER_SHAPE.of(chinese, own=_shape(*own), wanted=wanted, say=say))
    covered = [one for one in _texts(timeline) if _is_covered(one, platform)]
    if covered:
        few = _ONE_TEXT if len(covered) == 1 else _TEXTS
        texts = few.of(chinese, text=covered[0].name[:_SHOWN], count=len(covered) - 1)
        failures.append(_COVERED.of(chinese, texts=texts, name=name))
    elif platform.bottom and _texts(timeline):
        facts.append(_TEXTS_FACT.of(chinese))
    lufs = _asked_loudness(timeline) if lufs is None else lufs
    if lufs is not None:
        found = f"{lufs:.1f}"
        facts.append(_LOUD_FACT.of(chinese, found=found))
        if abs(lufs - _LUFS) > _TOLERANCE_LU:
            failures.append(_LOUDNESS.of(chinese, found=found, name=name))
    if size > platform.largest_gb * 1e9:
        most = f"{platform.largest_gb:g}"
        failures.append(_TOO_BIG.of(chinese, size=f"{size / 1e9:.1f}", name=name, most=most))
    told = (
        _UNFIT.of(chinese, name=name, failures=" ".join(failures))
        if failures
        else _FITS.of(chinese, name=name, facts=_JOINT.of(chinese).join(facts))
    )
    return Verdict(tuple(failures), told)


def _asked_loudness(timeline: Timeline) -> float | None:
    meta = timeline.raw.get("m")
    asked = meta.get("loudness") if isinstance(meta, Mapping) else None
    return float(asked) if isinstance(asked, int | float) else None


def _shape(width: int, height: int) -> str:
    common = gcd(width, height)
    return f"{width // common}:{height // common}"


def _texts(timeline: Timeline) -> list[Segment]:
    return [one for track, one in timeline.segments if track.type == TEXT and one.text]


def _is_covered(text: Segment, platform: Platform) -> bool:
    """Whether the platform lays something over the edge that it stands at."""
    meta = text.raw.get("m")
    said = meta.get("position") if isinstance(meta, Mapping) else None
    place = said.split() if isinstance(said, str) else []
    covered = {
        "top": platform.top > _TEXT_MARGIN,
        "bottom": platform.bottom > _TEXT_MARGIN,
        "left": platform.left > _SIDE_MARGIN,
        "right": platform.right > _SIDE_MARGIN,
    }
    return any(covered.get(edge, False) for edge in place)
