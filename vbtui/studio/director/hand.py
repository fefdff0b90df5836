"""Edits by hand: exact sentences (`timeline.edits`), which name what they mean and when to the
millisecond, done to the draft. Names of that kind are understood in other sentences too.

Clips are found by position, texts and sounds by their ids.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vbtui.base.text import clean_line
from vbtui.language.lexer import Item
from vbtui.studio.director import cutting, joins, order, sequence, sound, texts
from vbtui.studio.director.desk import Desk, between, seconds
from vbtui.studio.director.phrases import Place
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media
from vbtui.timeline import edits
from vbtui.timeline.edits import Edit
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Segment, read
from vbtui.timeline.references import Reference, Thing, Things

_ITEMS = {VIDEO: "segment_id", TEXT: "the_text", AUDIO: "the_sound"}


def things_named(text: str, draft: Mapping[str, Any] | None) -> list[Item]:
    """Names of things on the timeline as items for other sentences: `segment_id`, `the_text`,
    `the_sound`. A name that means nothing there is left to be read as words."""
    named = list(Reference.within(text)) if draft else []
    if not named:
        return []
    things = Things(read(draft))
    found = [(things.find(name), start, end) for name, start, end in named]
    return [
        Item(_ITEMS[thing.kind], thing.segment.key, start, end)
        for thing, start, end in found
        if thing is not None and thing.kind in _ITEMS and not _is_new(text[:start])
    ]


def _is_new(before: str) -> bool:
    """`add the text "Hello" at 0:05.000`: the words come to the timeline now."""
    return before.rstrip().casefold().endswith(("add", "insert", "show", "display"))


def follow(text: str, desk: Desk) -> bool:
    """Whether the whole text is an exact sentence that can be followed; then it is done, or refused."""
    edit = Edit.read(text)
    return edit is not None and _apply(edit, desk)


def _apply(edit: Edit, desk: Desk) -> bool:
    match edit:
        case edits.Trim(name, edge, at_ms):
            return _trim(desk, _thing(desk, name), edge, at_ms)
        case edits.Split(name, at_ms):
            return _split(desk, _thing(desk, name), at_ms)
        case edits.Remove(names):
            return _remove(desk, _things(desk, names))
        case edits.Swap(names):
            clips = _clips(_things(desk, names))
            return len(clips) == 2 and order.swap(desk, *clips)
        case edits.Move(name, to_ms):
            thing = _thing(desk, name)
            return thing.kind != VIDEO and _move(desk, thing, to_ms)
        case edits.SetVolume(names, percent):
            return _set_volume(desk, _things(desk, names), percent / 100)
        case edits.SetSpeed(names, factor):
            clips = _clips(_things(desk, names))
            return bool(clips) and order.set_speed(desk, clips, factor)
        case edits.ChangeText(name, words):
            thing = _thing(desk, name)
            return thing.kind == TEXT and _change_text(desk, thing.segment, words)
        case edits.Join(names, kind, duration_ms):
            return _join(desk, _clips(_things(desk, names)), kind, duration_ms)
        case edits.Add(noun, files, at_ms):
            # Each goes before what was put there before it.
            ordered = files if at_ms is None else files[::-1]
            return all(_add(desk, noun, file.name, at_ms) for file in ordered)
        case edits.Replace(name, file):
            return _replace(desk, _thing(desk, name).position, file.name)
        case edits.ReplaceFile(file, by):
            return _replace_file(desk, file.name, by.name)
    return False


def _things(desk: Desk, names: Sequence[Reference]) -> list[Thing]:
    known = Things(read(desk.draft))
    found = [_thing(desk, name, known) for name in names]
    return list({thing.segment.key: thing for thing in found}.values())


def _thing(desk: Desk, name: Reference, known: Things | None = None) -> Thing:
    known = known or Things(read(desk.draft))
    thing = known.find(name)
    if thing is None:
        raise desk.refusal(
            f"There is no {str(name).removeprefix('the ')} on the timeline (any more).",
            f"时间线上（已）没有 {name}。",
        )
    if thing.kind == VIDEO and thing.track.index != known.sequence:
        raise desk.refusal(
            "Only the first video track can be edited here.", "这里只能编辑第一条视频轨道。"
        )
    return thing


def _clips(things: Sequence[Thing]) -> list[int]:
    """The positions of those that are clips."""
    return [thing.position for thing in things if thing.kind == VIDEO]


def _trim(desk: Desk, thing: Thing, edge: str, moment: int) -> bool:
    segment = thing.segment
    if not segment.start_ms < moment < segment.end_ms:
        raise _outside(desk, segment, moment)
    if thing.kind == VIDEO:
        return cutting.trim_to_moment(desk, thing.position, edge, moment)
    begin, end = (moment, segment.end_ms) if edge == "start" else (segment.start_ms, moment)
    _set(desk, segment, lambda item: _cut(desk, item, begin, end))
    return _tell(desk, segment, begin, end, "trim_segment")


def _split(desk: Desk, thing: Thing, moment: int) -> bool:
    track, segment = thing.track, thing.segment
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


def _remove(desk: Desk, things: Sequence[Thing]) -> bool:
    clips = _clips(things)
    others = [thing.segment for thing in things if thing.kind != VIDEO]
    for segment in others:
        _set(desk, segment, lambda _: None)
    if others:
        names = ", ".join(map(_name, others[:6])) + ("…" if len(others) > 6 else "")
        desk.did(f"Removed {names}.", f"删除了 {names}。", "remove_segments", count=len(others))
    return cutting.remove_clips(desk, clips) if clips else bool(others)


def _move(desk: Desk, thing: Thing, start: int) -> bool:
    """A text or sound; its length stays while the video has room for it."""
    segment = thing.segment
    total = desk.total()
    if start + d.MIN_TEXT_MS > total:
        raise desk.refusal(
            f"The video ends at {seconds(total)}: nothing can start at {seconds(start)}.",
            f"视频在 {seconds(total)} 结束：不能从 {seconds(start)} 开始。",
        )
    end = min(total, start + segment.duration_ms)
    if thing.kind == AUDIO:
        _stay_clear(desk, thing, start, end)
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


def _stay_clear(desk: Desk, thing: Thing, start: int, end: int) -> None:
    """Two sounds of one track do not play over each other."""
    for other in thing.track.segments:
        if other.key != thing.segment.key and other.start_ms < end and start < other.end_ms:
            raise desk.refusal(
                f"{_name(other)} plays there, from {seconds(other.start_ms)} to {seconds(other.end_ms)}.",
                f"那里有 {_name(other)}：{between(other.start_ms, other.end_ms)}。",
            )


def _set_volume(desk: Desk, things: Sequence[Thing], level: float) -> bool:
    clips = _clips(things)
    sounds = [thing.segment for thing in things if thing.kind == AUDIO]
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


def _change_text(desk: Desk, segment: Segment, words: str) -> bool:
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


def _join(desk: Desk, clips: list[int], kind: str, length: int) -> bool:
    if len(clips) != 2 or abs(clips[0] - clips[1]) != 1:
        raise desk.refusal(
            "These clips do not follow each other: a transition joins neighbours.",
            "这些片段不相邻：转场只能在相邻片段之间。",
        )
    if kind == "cut":
        return joins.set_joins(desk, [min(clips)], "", None, remove=True)
    return joins.set_joins(desk, [min(clips)], kind, length, remove=False)


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


def _add(desk: Desk, noun: str, name: str, moment: int | None) -> bool:
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


def _replace(desk: Desk, position: int, name: str) -> bool:
    asset = _file(desk, name)
    if asset.kind == "audio":
        raise desk.refusal(f"{name} is a sound, not a clip.", f"{name} 是音频，不是片段。")
    return order.replace_by(desk, [position], asset)


def _replace_file(desk: Desk, old: str, new: str) -> bool:
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
