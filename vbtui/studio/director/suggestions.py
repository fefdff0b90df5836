"""What can be said now: sentences made for the files and the timeline that are there."""

from __future__ import annotations

import re

from vbtui.base.text import clean_line
from vbtui.studio.director import sequence
from vbtui.studio.director.work import Work
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media

Pair = tuple[str, str]
"""One sentence in English and in Chinese."""
_LENGTHS_S = (5, 6, 7, 9, 10, 12, 15, 20, 30, 45, 60)
_PLAIN = re.compile(r"[^\W_]+(?:[ _-][^\W_]+){0,3}\.[A-Za-z0-9]{2,4}")
"""Names of files that a sentence can hold as they are."""
_TITLE: Pair = (
    'add the title "My first video" at the start',
    "在开头加标题“我的第一个视频”",
)
_COMBINE: Pair = (
    "combine these clips into a 60-second video with transitions",
    "把这些片段合并成60秒的视频，加转场",
)
_UPRIGHT: Pair = ("make it 9:16", "改成竖屏")
_LYING: Pair = ("make it 16:9", "改成横屏")


def sentences_for(work: Work) -> list[str]:
    """Three or more, those first that most people want next."""
    pairs = _with_clips(work) if not work.is_empty else _with_files(work.pictures, work.audio_files)
    return [work.say(*pair) for pair in pairs]


def _with_files(pictures: list[Media], sounds: list[Media]) -> list[Pair]:
    """For an empty timeline."""
    if not pictures:
        return [_COMBINE, _TITLE, _UPRIGHT]
    width, height = sequence.natural_canvas(pictures)
    turned = _UPRIGHT if width >= height else _LYING
    song = next((one.filename for one in sounds if _is_plain(one)), "")
    if len(pictures) == 1:
        return _with_one(pictures[0], turned, song)
    videos = [one for one in pictures if one.kind == "video"]
    photos = len(pictures) - len(videos)
    with_song = (
        f"combine all clips with crossfades and add {song} as music at 35%",
        f"把所有片段合并，加叠化转场，用 {song} 作为背景音乐，音量35%",
    )
    with_title = (
        'combine all clips with crossfades and add the title "My first video" at the start',
        "把所有片段合并，加叠化转场，在开头加标题“我的第一个视频”",
    )
    shape = ("9:16", "竖屏") if turned is _UPRIGHT else ("16:9", "横屏")
    in_shape = (
        f"make a {shape[0]} video of all clips with crossfades",
        f"用所有片段做一个{shape[1]}视频，加叠化转场",
    )
    found: list[Pair] = []
    if not videos:
        found.append(
            (
                "make a slideshow of the photos, 3 seconds each, with crossfades",
                "把照片做成幻灯片，每张3秒，加叠化转场",
            )
        )
    elif seconds := _length_s(pictures):
        found.append(
            (
                f"combine these clips into a {seconds}-second video with crossfades",
                f"把这些片段合并成{seconds}秒的视频，加叠化转场",
            )
        )
    if song:
        found.append(with_song)
    if videos and photos:
        found.append(
            (
                "combine all clips, photos 3 seconds each, with crossfades",
                "把所有片段合并，每张照片3秒，加叠化转场",
            )
        )
    return [*found, with_title, in_shape, _TITLE, turned]


def _with_one(file: Media, turned: Pair, song: str) -> list[Pair]:
    found: list[Pair] = []
    if file.kind == "video" and (seconds := _length_s([file])):
        name = file.filename if _is_plain(file) else ""
        found.append(
            (f"make a {seconds}-second video from {name}", f"用 {name} 做一个{seconds}秒的视频")
            if name
            else ("trim the first 2 seconds", "剪掉前2秒")
        )
    if song:
        found.append(
            (f"add {song} as music at 35%", f"用 {song} 作为背景音乐，音量35%"),
        )
    return [*found, _TITLE, turned, ("fade in and out", "开头淡入，结尾淡出")]


def _with_clips(work: Work) -> list[Pair]:
    clips, sounds = work.clips, [one for one in work.audio_files if _is_plain(one)]
    found: list[Pair] = [
        ("make it exactly 30 seconds", "总时长改成30秒")
        if len(clips) > 1
        else ("trim the first 2 seconds", "剪掉前2秒"),
        _TITLE,
    ]
    if sounds and not d.sounds(work.draft or {}):
        name = sounds[0].filename
        found.append((f"add {name} as music at 35%", f"用 {name} 作为背景音乐，音量35%"))
    width, height = sequence.canvas(work.draft or d.empty())
    found.append(_UPRIGHT if width >= height else _LYING)
    if len(clips) > 1:
        found.append(("add crossfades", "加叠化转场"))
    return [*found, ("fade in and out", "开头淡入，结尾淡出")]


def _is_plain(file: Media) -> bool:
    name = file.filename
    return len(name) <= 32 and clean_line(name) == name and bool(_PLAIN.fullmatch(name))


def _length_s(pictures: list[Media]) -> int:
    """The longest usual length that these fill without anything shown twice or longer; 0 where none is."""
    lengths = [d.STILL_MS if one.kind == "image" else one.duration_ms for one in pictures]
    there_ms = sum(lengths) - 500 * (len(lengths) - 1)
    return max((one for one in _LENGTHS_S if one * 1000 <= there_ms), default=0)
