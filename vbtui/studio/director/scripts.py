"""Captions of an uploaded SRT or VTT file: ordinary texts, on a track of their own.

movie.srt ── beside movie.mp4, or `on clip 2` ──► at moments of that file, wherever its clips show them
          ── otherwise ─────────────────────────► at times of the timeline, and cut along with it
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from vbtui.base.text import clean_line
from vbtui.studio.director import texts
from vbtui.studio.director.operation import Json, Slots, first
from vbtui.studio.director.resolving import identity, positions
from vbtui.studio.director.values import Clips, Phrase, Pick
from vbtui.studio.director.work import Work, seconds
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media
from vbtui.studio.project.subtitles import Line
from vbtui.timeline.model import TEXT
from vbtui.timeline.pace import EVEN

MOST_CAPTIONS = 3000
FROM = "subtitles"
"""`m.from` of these texts; `m.file` says which file's they are."""


def named_files(work: Work, clips: Clips) -> list[Media]:
    """The files of subtitles among what is named."""
    files = [work.media[one] for pick in clips.picks for one in pick.files if one in work.media]
    return [one for one in files if one.kind == "subtitles"]


def plain() -> d.Json:
    """What they look like unless asked otherwise."""
    return {**texts.plain_style("caption"), "anim": "none"}


def put(work: Work, file: Media, of: Media | None, start_ms: int | None, style: d.Json) -> Json:
    """The captions of a file, in place of its own that are there; asks before others go.

    Args:
        of: whose moments its times are; None: the file that it is called after, else the timeline's.
        start_ms: where its begin lies on the timeline; None: nobody said so.
    """
    said = work.subtitles(file)
    name = clean_line(file.filename)
    if said.failed:
        raise work.refusal(f"{name} could not be read.", f"无法读取 {name}。")
    of = of or (_companion(work, file) if start_ms is None else None)
    begin = start_ms or 0
    made = [_caption(file, line, of, begin, style) for line in said.lines]
    clips, total = {str(one.get("id")): one for one in work.clips}, work.total()
    placed = [one for item in made if (one := _laid(item, total, clips)) is not None]
    if not placed:
        raise work.refusal(
            f"Nothing of {name} is said while the video lasts: its first line comes at {seconds(said.lines[0].begin)}.",
            f"{name} 的内容都不在视频的时间内：第一条在 {seconds(said.lines[0].begin)}。",
        )
    if len(placed) > MOST_CAPTIONS:
        raise work.refusal(
            f"{name} has {len(placed)} lines for this video; there may be {MOST_CAPTIONS} captions.",
            f"{name} 在这个视频里有 {len(placed)} 条字幕，最多 {MOST_CAPTIONS} 条。",
        )
    mine, there = (file.id, ""), _made(work)
    rivals = {_origin(one) for one in there if _origin(one) != mine and _overlaps(one, placed)}
    if rivals and not work.confirmed:
        raise work.question(
            f"There are captions at these times already. Shall those of {name} take their place?",
            f"这些时间已经有字幕了。要换成 {name} 的吗？",
            "",
            [("yes", True), ("no", False)],
        )
    gone = {identity(one) for one in there if _origin(one) in {mine, *rivals}}
    kept = d.replace(
        work.timeline(),
        lambda kind, item: None if kind == TEXT and identity(item) in gone else item,
    )
    work.draft = d.lay_out(d.add_track(kept, TEXT, placed, name="Captions"))
    new = [identity(one) for one in _made(work) if _origin(one) == mine]
    work.mind.speak("text", new)
    _tell(work, name, len(made) - len(placed), said.unread, said.turned)
    return {"file": file.filename, "count": len(placed)} | (
        {"of": of.filename} if of is not None else {"start_ms": begin}
    )


def _laid(item: d.Json, total: int, clips: dict[str, d.Json]) -> d.Json | None:
    if item["s"] + d.MIN_TEXT_MS > total and d.meta(item)["place"]["at"] == "time":
        return None
    return d.place_text(item, total, clips)


def _caption(file: Media, line: Line, of: Media | None, begin: int, style: d.Json) -> d.Json:
    lasts = line.end - line.begin
    place: d.Json = {"at": "time", "ms": begin + line.begin, "d": lasts}
    if of is not None:
        place = {"at": "source", "asset": of.id, "ms": line.begin, "d": lasts}
    m = {"text": line.text, "role": "caption", **style, "from": FROM, "file": file.id}
    return {"s": begin + line.begin, "d": lasts, "m": {**m, "place": place}}


def _made(work: Work) -> list[d.Json]:
    """Captions that are there and were made of a file or of speech."""
    return [one for one in texts.every(work) if d.meta(one).get("from") in (FROM, "speech")]


def _origin(item: d.Json) -> tuple[str, str]:
    """The file that captions were made of, or in which they are said."""
    m = d.meta(item)
    return str(m.get("file") or ""), "" if "file" in m else str(texts.place_of(item).get("asset"))


def _overlaps(item: d.Json, placed: Sequence[d.Json]) -> bool:
    """Whether one of those, which follow each other, is shown at the same time."""
    at = bisect_left(placed, d.start(item) + 1, key=lambda one: d.start(one) + d.length(one))
    return at < len(placed) and d.start(placed[at]) < d.start(item) + d.length(item)


_APART = re.compile(r"[\s._()\[\]-]+")


def _companion(work: Work, file: Media) -> Media | None:
    """The file that subtitles are called after – movie.mp4 of movie.srt, movie.en.srt –, else the one that the timeline
    shows alone, as it is."""
    used = {str(d.meta(clip).get("asset")) for clip in work.clips}
    stem = _APART.split(file.filename.rpartition(".")[0].casefold())
    seen = [one for one in work.project.media if one.kind == "video"]
    named = [one for one in seen if _is_called(_APART.split(_stem(one)), stem)]
    longest = max((len(_stem(one)) for one in named), default=0)
    named = [one for one in named if len(_stem(one)) == longest]
    there = [one for one in named if one.id in used]
    if there:
        return there[0]
    if named:
        name, whose = clean_line(file.filename), clean_line(named[0].filename)
        raise work.refusal(
            f"{name} is called after {whose}, which is not on the timeline. To have it all the same say: add {name} at 0:00.",
            f"{name} 与 {whose} 同名，而它不在时间线上。仍要使用可以说：在 0:00 加上字幕 {name}。",
        )
    clip = work.clips[0]
    even = d.pace_of(clip) == EVEN
    whole = len(work.clips) == 1 and not d.source_in(clip) and even
    alone = work.media.get(str(d.meta(clip).get("asset")))
    shown = whole and alone is not None and alone.kind == "video" and not d.is_reverse(clip)
    return alone if shown else None


def _stem(file: Media) -> str:
    return file.filename.rpartition(".")[0].casefold()


def _is_called(stem: Sequence[str], by: Sequence[str]) -> bool:
    return list(by[: len(stem)]) == list(stem)


def _tell(work: Work, name: str, left_out: int, unread: int, turned: int) -> None:
    if left_out:
        work.note(
            f"{left_out} of its lines belong to moments that the video does not show.",
            f"有 {left_out} 条不在视频显示的时间内。",
        )
    if unread:
        work.note(
            f"{unread} times in {name} could not be read; their lines are left out.",
            f"{name} 有 {unread} 处时间无法识别，对应的字幕没有加。",
        )
    if turned:
        work.note(
            f"{turned} lines of {name} end before they begin; they stand for as long as it takes to read them.",
            f"{name} 有 {turned} 条的结束时间早于开始时间，按阅读时间显示。",
        )


def whose(work: Work, slots: Slots) -> Media | None:
    """The file of the clips that are named."""
    phrase = first(slots, "clips")
    clips = phrase.get("clips") if phrase is not None else None
    if phrase is None or not isinstance(clips, Clips) or clips.picks[0].pronoun:
        return None
    if clips.picks[0].some and not phrase.role:  # srt文件
        return None
    assets = dict.fromkeys(
        str(d.meta(work.clips[place]).get("asset")) for place in positions(work, clips)
    )
    files = [work.media[one] for one in assets if one in work.media]
    if len(files) != 1:
        raise work.question("Of which clip?", "哪个片段的？", "clips")
    if files[0].kind != "video":
        raise work.refusal(
            "Subtitles belong to moments of a video, and that is a photo.",
            "字幕对应视频里的时刻，而这是照片。",
        )
    return files[0]


def uploaded(work: Work, *, on_timeline: bool = False) -> list[Media]:
    """The files of subtitles of which nothing is on the timeline – or something is."""
    there = {d.meta(one).get("file") for one in texts.every(work)}
    files = [one for one in work.project.media if one.kind == "subtitles"]
    return [one for one in files if (one.id in there) == on_timeline]


def only_one(work: Work, files: Sequence[Media]) -> Media:
    """Asks which, where there are several."""
    if len(files) == 1:
        return files[0]
    names = [clean_line(one.filename) for one in files[:9]]
    raise work.question(
        f"Which file of subtitles: {', '.join(names[:6])}?",
        f"哪个字幕文件：{'、'.join(names[:6])}？",
        "file",
        [
            (name, Phrase("clips", Clips((Pick(files=(one.id,)),)), 0, 0))
            for name, one in zip(names, files, strict=False)
        ],
    )
