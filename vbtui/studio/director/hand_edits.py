"""What exact sentences do to the draft: clips by position, texts and sounds by their ids."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from vbtui.base.text import clean_line
from vbtui.studio.director import cutting, joins, order, sequence, sound, texts
from vbtui.studio.director.desk import Desk, between, seconds
from vbtui.studio.director.phrases import Place
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Placed, Segment


def trim(
    desk: Desk, kind: int | None, placed: Placed, position: int, edge: str, moment: int
) -> bool:
    """One end of a thing to a moment inside it."""
    segment = placed[1]
    if not segment.start_ms < moment < segment.end_ms:
        raise _outside(desk, segment, moment)
    if kind == VIDEO:
        return cutting.trim_to_moment(desk, position, edge, moment)
    begin, end = (moment, segment.end_ms) if edge == "start" else (segment.start_ms, moment)
    _set(desk, segment, lambda item: _cut(desk, item, begin, end))
    return _tell(desk, segment, begin, end, "trim_segment")


def split(desk: Desk, placed: Placed, position: int, moment: int) -> bool:
    """In two at a moment inside it."""
    track, segment = placed
    if not segment.start_ms < moment < segment.end_ms:
        raise _outside(desk, segment, moment)
    if track.type == VIDEO:
        return cutting.split_at(desk, moment)
    item = _item(desk, segment)
    second = _cut(desk, item, moment, segment.end_ms)
    second.pop("id", None)
    _set(desk, segment, lambda item: _cut(desk, item, segment.start_ms, moment))
    kind = TEXT if track.type == TEXT else AUDIO
    desk.draft = d.lay_out(d.add_segment(desk.timeline(), kind, second, name=track.name))
    desk.did(
        f"Split {_name(segment)} at {seconds(moment)}.",
        f"在 {seconds(moment)} 处分割了 {_name(segment)}。",
        "split_segment",
        at_ms=moment,
    )
    return True


def _outside(desk: Desk, segment: Segment, moment: int) -> Exception:
    span = between(segment.start_ms, segment.end_ms)
    return desk.refusal(
        f"{seconds(moment)} is not inside {_name(segment)}, which runs {span}.",
        f"{seconds(moment)} 不在 {_name(segment)} 之内（{span}）。",
    )


def _cut(desk: Desk, item: d.Json, begin: int, end: int) -> d.Json:
    """A text or sound from `begin` to `end` of the timeline; a sound goes on where it was."""
    place = {"at": "time", "ms": begin, "d": end - begin}
    changes: d.Json = {"place": place, "from": None}
    offset = begin - d.start(item)
    asset = desk.media.get(str(d.meta(item).get("asset")))
    if asset is not None and offset > 0:
        start = d.source_in(item) + math.floor(offset * d.speed_of(item))
        loops = d.meta(item).get("loop") and asset.duration_ms > 0
        changes["in"] = start % asset.duration_ms if loops else start
    if "fade_in" in d.meta(item) and offset > 0:
        changes["fade_in"] = 0
    if "fade_out" in d.meta(item) and end < d.start(item) + d.length(item):
        changes["fade_out"] = 0
    return {**d.with_meta(item, **changes), "s": begin, "d": end - begin}


def _item(desk: Desk, segment: Segment) -> d.Json:
    items = [*d.texts(desk.draft or {}), *d.sounds(desk.draft or {})]
    found = next((item for item in items if str(item.get("id")) == segment.key), None)
    if found is None:
        raise desk.refusal(f"{_name(segment)} is gone.", f"{_name(segment)} 已不在。")
    return found


def _set(desk: Desk, segment: Segment, change: Callable[[d.Json], d.Json | None]) -> None:
    """One text or sound through `change`; None takes it away."""
    identity = _item(desk, segment).get("id")
    desk.draft = d.lay_out(
        d.replace(
            desk.timeline(),
            lambda kind, item: (
                change(item) if kind in (TEXT, AUDIO) and item.get("id") == identity else item
            ),
        )
    )


def _name(segment: Segment) -> str:
    return f"“{clean_line(segment.name)}”"


def _tell(desk: Desk, segment: Segment, begin: int, end: int, call: str) -> bool:
    desk.did(
        f"{_name(segment)} now runs {between(begin, end)}.",
        f"{_name(segment)} 现在位于 {between(begin, end)}。",
        call,
        start_ms=begin,
        duration_ms=end - begin,
    )
    return True


def remove(desk: Desk, clips: list[int], others: Sequence[Segment]) -> bool:
    """Clips, texts and sounds away."""
    for segment in others:
        _set(desk, segment, lambda _: None)
    if others:
        names = ", ".join(map(_name, others[:6])) + ("…" if len(others) > 6 else "")
        desk.did(f"Removed {names}.", f"删除了 {names}。", "remove_segments", count=len(others))
    return cutting.remove_clips(desk, clips) if clips else bool(others)


def swap(desk: Desk, clips: list[int]) -> bool:
    return len(clips) == 2 and order.swap(desk, *clips)


def move(desk: Desk, placed: Placed, start: int) -> bool:
    """A text or sound to another start; its length stays while the video has room for it."""
    segment = placed[1]
    total = desk.total()
    if start + d.MIN_TEXT_MS > total:
        raise desk.refusal(
            f"The video ends at {seconds(total)}: nothing can start at {seconds(start)}.",
            f"视频在 {seconds(total)} 结束：不能从 {seconds(start)} 开始。",
        )
    end = min(total, start + segment.duration_ms)
    if placed[0].type == AUDIO:
        _stay_clear(desk, placed, start, end)
    place = {"at": "time", "ms": start, "d": end - start}
    _set(
        desk,
        segment,
        lambda item: {
            **d.with_meta(item, place=place, **{"from": None}),
            "s": start,
            "d": end - start,
        },
    )
    return _tell(desk, segment, start, end, "move_segment")


def _stay_clear(desk: Desk, placed: Placed, start: int, end: int) -> None:
    """Two sounds of one track do not play over each other."""
    track, segment = placed
    for other in track.segments:
        if other.key != segment.key and other.start_ms < end and start < other.end_ms:
            raise desk.refusal(
                f"{_name(other)} plays there, from {seconds(other.start_ms)} to {seconds(other.end_ms)}.",
                f"那里有 {_name(other)}：{between(other.start_ms, other.end_ms)}。",
            )


def volume(desk: Desk, clips: list[int], sounds: Sequence[Segment], level: float) -> bool:
    for segment in sounds:
        _set(desk, segment, lambda item: d.with_meta(item, volume=min(d.MAX_VOLUME, level)))
        desk.did(
            f"Set {_name(segment)} to {level:.0%}.",
            f"{_name(segment)} 的音量设为 {level:.0%}。",
            "set_volume",
            volume=level,
        )
    if clips:
        sound.set_clips(desk, clips, lambda _: min(d.MAX_VOLUME, level))
    return bool(clips or sounds)


def speed(desk: Desk, clips: list[int], factor: float) -> bool:
    return order.set_speed(desk, clips, factor)


def change_text(desk: Desk, segment: Segment, words: str) -> bool:
    if not clean_line(words):
        raise desk.refusal("A text needs words.", "文字不能为空。")
    item = _item(desk, segment)
    texts.apply(desk, [item], {"text": words, "from": None})
    desk.text_shown.append(words)
    desk.did(
        f"Changed the text {_name(segment)} to “{clean_line(words)}”.",
        f"把文字 {_name(segment)} 改成了“{clean_line(words)}”。",
        "change_text",
        text=words,
    )
    return True


def join(desk: Desk, clips: list[int], kind: str, length: int | None) -> bool:
    """A transition between two neighbours, or (without a kind) none."""
    if len(clips) != 2 or abs(clips[0] - clips[1]) != 1:
        raise desk.refusal(
            "These clips do not follow each other: a transition joins neighbours.",
            "这些片段不相邻：转场只能在相邻片段之间。",
        )
    return joins.set_joins(desk, [min(clips)], kind, length, remove=not kind)


# Files


def _file(desk: Desk, name: str) -> Media:
    """The newest file of this name."""
    found = [asset for asset in desk.project.media if clean_line(asset.filename) == name]
    if not found:
        raise desk.refusal(
            f"There is no file called {name} here: upload it first.",
            f"没有名为 {name} 的文件：请先上传。",
        )
    return found[-1]


def add(desk: Desk, noun: str, name: str, moment: int | None) -> bool:
    """A file as a clip at a moment (None: at the end), or a sound that starts there."""
    asset = _file(desk, name)
    if asset.kind == "audio":
        return _add_sound(desk, asset, moment or 0)
    if not (desk.draft and d.clips(desk.draft)):
        desk.draft = sequence.build(desk.draft, desk.project.title, [asset], desk.media)
        desk.did(f"Added {name}.", f"添加了 {name}。", "insert_clips", files=[asset.filename])
        return True
    place = Place("end") if moment is None else Place("time", moment)
    return noun == "file" and order.insert(desk, [asset], place)


def _add_sound(desk: Desk, asset: Media, moment: int) -> bool:
    """Once, as loud as it is, beside the music that is there."""
    total = desk.total()
    if moment + d.MIN_TEXT_MS > total:
        raise desk.refusal(
            f"The video ends at {seconds(total)}: no sound can start at {seconds(moment)}.",
            f"视频在 {seconds(total)} 结束：声音不能从 {seconds(moment)} 开始。",
        )
    length = min(asset.duration_ms or total, total - moment)
    segment: d.Json = {
        "s": moment,
        "d": length,
        "m": {
            "title": asset.filename,
            "asset": asset.id,
            "in": 0,
            "volume": 1.0,
            "place": {"at": "time", "ms": moment, "d": length},
        },
    }
    desk.draft = d.lay_out(d.add_segment(desk.timeline(), AUDIO, segment, name="Sounds"))
    desk.did(
        f"Added the sound {clean_line(asset.filename)}, {between(moment, moment + length)}.",
        f"加了声音 {clean_line(asset.filename)}，{between(moment, moment + length)}。",
        "add_sound",
        file=asset.filename,
        start_ms=moment,
        duration_ms=length,
    )
    return True


def replace(desk: Desk, position: int, name: str) -> bool:
    asset = _file(desk, name)
    if asset.kind == "audio":
        raise desk.refusal(f"{name} is a sound, not a clip.", f"{name} 是音频，不是片段。")
    return order.replace_by(desk, [position], asset)


def replace_file(desk: Desk, old: str, new: str) -> bool:
    """Another file wherever this one is: clips keep their place and length, sounds theirs."""
    asset = _file(desk, new)
    ids = {one.id for one in desk.project.media if clean_line(one.filename) == old} - {asset.id}
    clips = [place for place, clip in enumerate(desk.clips) if d.meta(clip).get("asset") in ids]
    heard = [item for item in d.sounds(desk.draft or {}) if d.meta(item).get("asset") in ids]
    if not clips and not heard:
        raise desk.refusal(f"{old} is not on the timeline.", f"时间线上没有 {old}。")
    if clips and asset.kind == "audio":
        raise desk.refusal(
            f"{new} is a sound: it cannot be seen in place of {old}.",
            f"{new} 是音频：不能代替 {old} 的画面。",
        )
    if heard and asset.audio is None:
        raise desk.refusal(
            f"{new} has no sound: it cannot be heard in place of {old}.",
            f"{new} 没有声音：不能代替 {old} 的声音。",
        )
    if heard:
        _replace_sounds(desk, {str(item.get("id")) for item in heard}, asset, old)
    return order.replace_by(desk, clips, asset) if clips else True


def _replace_sounds(desk: Desk, ids: set[str], asset: Media, old: str) -> None:
    desk.draft = d.lay_out(
        d.replace(
            desk.timeline(),
            lambda kind, item: (
                _played_from(item, asset) if kind == AUDIO and str(item.get("id")) in ids else item
            ),
        )
    )
    name = clean_line(asset.filename)
    desk.did(
        f"Replaced the sound {old} by {name}.",
        f"把声音 {old} 换成了 {name}。",
        "replace_sound",
        file=asset.filename,
        count=len(ids),
    )


def _played_from(item: d.Json, asset: Media) -> d.Json:
    """A sound from the start of another file; one that does not loop ends with the file."""
    changed = d.with_meta(item, asset=asset.id, title=asset.filename, **{"in": 0})
    length = math.floor(asset.duration_ms / d.speed_of(item)) if asset.duration_ms else 0
    if d.meta(item).get("loop") or not length or length >= d.length(item):
        return changed
    place = {"at": "time", "ms": d.start(item), "d": length}
    return {**d.with_meta(changed, place=place), "d": length}
