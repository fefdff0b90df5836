"""Edits by hand: exact sentences (`timeline.edits`), which name what they mean and when to the
millisecond, done to the draft. Names of that kind are understood in other sentences too.

Clips are found by position, texts and sounds by their ids.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

from vbtui.base.text import clean_line
from vbtui.language.lexer import Item
from vbtui.studio.director import scripts, sequence, texts
from vbtui.studio.director.operations import (
    level,
    order,
    remove,
    replace,
    speed,
    split,
    transition,
)
from vbtui.studio.director.resolving import identity
from vbtui.studio.director.work import Work, between, seconds
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media
from vbtui.timeline import edits
from vbtui.timeline.edits import Edit
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Segment, read
from vbtui.timeline.references import Reference, Thing, Things

_KINDS = {TEXT: "text", AUDIO: "music"}


def things_named(text: str, work: Work) -> list[Item]:
    """Names of things on the timeline as items for other sentences. A clip is itself; a text or a sound is `it`, and
    what was spoken of last. A name that means nothing there is left to be read as words."""
    named = list(Reference.within(text)) if work.draft else []
    if not named:
        return []
    things = Things(read(work.draft))
    items = []
    for name, start, end in named:
        thing = things.find(name)
        if thing is None or _is_new(text[:start]):
            continue
        if thing.kind == VIDEO:
            items.append(Item("segment_id", thing.segment.key, start, end))
        elif thing.kind in _KINDS:
            work.mind.speak(_KINDS[thing.kind], [thing.segment.key])
            items.append(Item("pron", "it", start, end))
    return items


_CHANGES = re.compile(
    r"\b(?:change|replace|rename|reword|edit|correct|fix|swap|turn|make)\b|改|换|替换|变",
    re.IGNORECASE,
)
_OF_A_TEXT = re.compile(
    r"\s*(?:text|title|caption|subtitle|words?)\b|(?:这个|那个|的)?(?:标题|字幕|文字)",
    re.IGNORECASE,
)
_FEWEST = 2


def texts_named(text: str, work: Work) -> list[Item]:
    """Words that are on the screen, where the sentence changes something: `change Summer to "Winter"`."""
    if not work.draft:
        return []
    changes = _CHANGES.search(text)
    folded, found = text.casefold(), []
    for item in d.texts(work.draft):
        words = clean_line(str(d.meta(item).get("text") or ""))
        at = folded.find(words.casefold()) if len(words) >= _FEWEST else -1
        if at < 0 or len(folded) != len(text):
            continue
        end = at + len(words)
        beside = text[at - 1 : at] + text[end : end + 1]
        if any(one.isascii() and (one.isalnum() or one in "\"'.") for one in beside):
            continue
        if not changes and not _OF_A_TEXT.match(text, end):
            continue
        if words.casefold() in {
            one.filename.rsplit(".", 1)[0].casefold() for one in work.project.media
        }:
            continue
        found.append(Item("quote", words, at, end))
    return found


_AHEAD = re.compile(
    r"(?:\b(?:the|that)\s+|[那这][个行句条])?(?:\b(?:title|caption|text|words?|line|subtitle|headline)\s+)?[\"“”'‘’「」]?$",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"[\"“”'‘’「」]?(?:\s+(?:text|title|caption|subtitle|line)\b|(?:的?[这那](?:个|条|行|句|段))?的?(?:标题|字幕|文字|字)(?!幕)?)?",
    re.IGNORECASE,
)


def text_meant(text: str, work: Work) -> tuple[Item, str] | None:
    """The one text whose words the sentence says, as `it`, and its id: `make Hello bigger`, Summer移到顶部."""
    found = []
    files = {one.filename.rsplit(".", 1)[0].casefold() for one in work.project.media}
    for item in d.texts(work.draft or {}):
        words = clean_line(str(d.meta(item).get("text") or ""))
        at = text.casefold().find(words.casefold()) if len(words) >= _FEWEST else -1
        if at < 0 or len(text.casefold()) != len(text) or words.casefold() in files:
            continue
        end = at + len(words)
        beside = text[at - 1 : at] + text[end : end + 1]
        if any(one.isascii() and (one.isalnum() or one == ".") for one in beside):
            continue
        if not at and text[end:].lstrip()[:1] in ("", ",", "，", "!", "！", "."):
            continue  # a greeting
        ahead, behind = _AHEAD.search(text[:at]), _BEHIND.match(text, end)
        begin = ahead.start() if ahead else at
        found.append((Item("pron", "it", begin, behind.end() if behind else end), identity(item)))
    return found[0] if len(found) == 1 else None


def _is_new(before: str) -> bool:
    """`add the text "Hello" at 0:05.000`: the words come to the timeline now."""
    return before.rstrip().casefold().endswith(("add", "insert", "show", "display"))


def follow(text: str, work: Work) -> bool:
    """Whether the whole text is an exact sentence that can be followed; then it is done, or refused."""
    edit = Edit.read(text)
    return edit is not None and _apply(edit, work)


def _apply(edit: Edit, work: Work) -> bool:
    match edit:
        case edits.Trim(name, edge, at_ms):
            return _trim(work, _thing(work, name), edge, at_ms)
        case edits.Split(name, at_ms):
            return _split(work, _thing(work, name), at_ms)
        case edits.Remove(names):
            return _remove(work, _things(work, names, over=True))
        case edits.Swap(names):
            clips = _clips(_things(work, names))
            return len(clips) == 2 and _swap(work, *clips)
        case edits.Move(name, to_ms):
            thing = _thing(work, name)
            return thing.kind != VIDEO and _move(work, thing, to_ms)
        case edits.SetVolume(names, percent):
            return _set_volume(work, _things(work, names), percent / 100)
        case edits.SetSpeed(names, factor):
            clips = _clips(_things(work, names))
            return bool(clips and speed.set_speed(work, clips, factor))
        case edits.ChangeText(name, words):
            thing = _thing(work, name)
            return thing.kind == TEXT and _change_text(work, thing.segment, words)
        case edits.AddText(words, at_ms):
            return _add_text(work, words, at_ms)
        case edits.Join(names, kind, duration_ms):
            return _join(work, _clips(_things(work, names)), kind, duration_ms)
        case edits.Add(noun, files, at_ms):
            # Each goes before what was put there before it.
            ordered = files if at_ms is None else files[::-1]
            return all(_add(work, noun, file.name, at_ms) for file in ordered)
        case edits.Replace(name, file):
            return _replace(work, _thing(work, name).position, file.name)
        case edits.ReplaceFile(file, by):
            return _replace_file(work, file.name, by.name)
    return False


def _things(work: Work, names: Sequence[Reference], *, over: bool = False) -> list[Thing]:
    known = Things(read(work.draft))
    found = [_thing(work, name, known, over=over) for name in names]
    return list({thing.segment.key: thing for thing in found}.values())


def _thing(
    work: Work, name: Reference, known: Things | None = None, *, over: bool = False
) -> Thing:
    """Args: over: also what lies small over the picture."""
    known = known or Things(read(work.draft))
    thing = known.find(name)
    if thing is None:
        raise work.refusal(
            f"There is no {str(name).removeprefix('the ')} on the timeline (any more).",
            f"时间线上（已）没有 {name}。",
        )
    if thing.segment.lies_over:
        if over:
            return thing
        raise work.refusal(
            "What lies over the picture is changed in words: make the logo smaller, move the logo to the top left, "
            "show the logo only on clip 2.",
            "叠加的图片请用文字来改：logo小一点，把logo移到左上角，logo只在片段2显示。",
        )
    if thing.kind == VIDEO and thing.track.index != known.sequence:
        raise work.refusal(
            "Only the first video track can be edited here.", "这里只能编辑第一条视频轨道。"
        )
    return thing


def _clips(things: Sequence[Thing]) -> list[int]:
    """The positions of those that are clips."""
    return [thing.position for thing in things if thing.kind == VIDEO]


def _trim(work: Work, thing: Thing, edge: str, moment: int) -> bool:
    segment = thing.segment
    if not segment.start_ms < moment < segment.end_ms:
        raise _outside(work, segment, moment)
    if thing.kind == VIDEO:
        return _trim_clip(work, thing.position, edge, moment)
    begin, end = (moment, segment.end_ms) if edge == "start" else (segment.start_ms, moment)
    _set(work, segment, lambda item: level.piece(work, item, begin, end))
    return True


def _split(work: Work, thing: Thing, moment: int) -> bool:
    track, segment = thing.track, thing.segment
    if not segment.start_ms < moment < segment.end_ms:
        raise _outside(work, segment, moment)
    if track.type == VIDEO:
        split.at_moment(work, moment)
        return True
    item = _item(work, segment)
    second = level.piece(work, item, moment, segment.end_ms)
    second.pop("id", None)
    _set(work, segment, lambda item: level.piece(work, item, segment.start_ms, moment))
    kind = TEXT if track.type == TEXT else AUDIO
    work.draft = d.lay_out(d.add_segment(work.timeline(), kind, second, name=track.name))
    return True


def _trim_clip(work: Work, position: int, edge: str, moment: int) -> bool:
    """The start or end of a clip to a moment of the timeline."""
    clips = list(work.clips)
    clip = clips[position]
    offset = moment - d.start(clip)
    begin, end = (offset, d.length(clip)) if edge == "start" else (0, offset)
    if end - begin < d.MIN_CLIP_MS or end > d.length(clip):
        raise work.refusal(
            f"{work.label([position])} has nothing left when its {edge} is at {seconds(moment)}.",
            f"把{work.label([position])}剪到 {seconds(moment)} 就不剩了。",
        )
    clips[position] = d.with_meta(d.cut_to(clip, begin, end), trim="by words")
    work.arrange(clips)
    return True


def _swap(work: Work, one: int, other: int) -> bool:
    clips = list(work.clips)
    clips[one], clips[other] = clips[other], clips[one]
    order.settle(work, clips)
    return True


def _set_clips(work: Work, positions: Sequence[int], volume: float) -> None:
    clips = [
        d.with_meta(clip, volume=volume) if place in positions else clip
        for place, clip in enumerate(work.clips)
    ]
    work.draft = d.with_clips(work.timeline(), clips)


def operation_name(text: str) -> str:
    """The operation of the director that an exact sentence is."""
    edit = Edit.read(text)
    return _NAMES.get(type(edit).__name__, "edit").lower() if edit is not None else "edit"


_NAMES = {
    "Trim": "cut",
    "Move": "reorder",
    "Swap": "reorder",
    "SetVolume": "volume",
    "SetSpeed": "speed",
    "ChangeText": "title",
    "AddText": "title",
    "Join": "transition",
    "ReplaceFile": "replace",
    "Split": "split",
    "Remove": "remove",
    "Add": "add",
    "Replace": "replace",
}


def _outside(work: Work, segment: Segment, moment: int) -> Exception:
    span = between(segment.start_ms, segment.end_ms)
    return work.refusal(
        f"{seconds(moment)} is not inside {_name(segment)}, which runs {span}.",
        f"{seconds(moment)} 不在 {_name(segment)} 之内（{span}）。",
    )


def _item(work: Work, segment: Segment) -> d.Json:
    items = [*d.texts(work.draft or {}), *d.of_type(work.draft or {}, AUDIO)]
    found = next((item for item in items if str(item.get("id")) == segment.key), None)
    if found is None:
        raise work.refusal(f"{_name(segment)} is gone.", f"{_name(segment)} 已不在。")
    return found


def _set(work: Work, segment: Segment, change: Callable[[d.Json], d.Json | None]) -> None:
    """One text or sound through `change`; None takes it away."""
    identity = _item(work, segment).get("id")
    work.draft = d.lay_out(
        d.replace(
            work.timeline(),
            lambda kind, item: (
                change(item) if kind in (TEXT, AUDIO) and item.get("id") == identity else item
            ),
        )
    )


def _name(segment: Segment) -> str:
    return f"“{clean_line(segment.name)}”"


def _remove(work: Work, things: Sequence[Thing]) -> bool:
    laid = {thing.segment.key for thing in things if thing.segment.lies_over}
    clips = _clips([thing for thing in things if thing.segment.key not in laid])
    others = [thing.segment for thing in things if thing.kind != VIDEO]
    for segment in others:
        _set(work, segment, lambda _: None)
    if laid:
        work.draft = d.replace(
            work.timeline(),
            lambda kind, item: None if d.lies_over(item) and item.get("id") in laid else item,
        )
    if clips:
        remove.away(work, clips)
    return bool(clips or others or laid)


def _move(work: Work, thing: Thing, start: int) -> bool:
    """A text or sound; its length stays while the video has room for it."""
    segment = thing.segment
    total = work.total()
    if start + d.MIN_TEXT_MS > total:
        raise work.refusal(
            f"The video ends at {seconds(total)}: nothing can start at {seconds(start)}.",
            f"视频在 {seconds(total)} 结束：不能从 {seconds(start)} 开始。",
        )
    end = min(total, start + segment.duration_ms)
    if thing.kind == AUDIO:
        _stay_clear(work, thing, start, end)
    place = {"at": "time", "ms": start, "d": end - start}
    _set(
        work,
        segment,
        lambda item: {
            **d.with_meta(item, place=place, pattern=None, **{"from": None}),
            "s": start,
            "d": end - start,
        },
    )
    return True


def _stay_clear(work: Work, thing: Thing, start: int, end: int) -> None:
    """Two sounds of one track do not play over each other."""
    for other in thing.track.segments:
        if other.key != thing.segment.key and other.start_ms < end and start < other.end_ms:
            raise work.refusal(
                f"{_name(other)} plays there, from {seconds(other.start_ms)} to {seconds(other.end_ms)}.",
                f"那里有 {_name(other)}：{between(other.start_ms, other.end_ms)}。",
            )


def _set_volume(work: Work, things: Sequence[Thing], volume: float) -> bool:
    clips = _clips(things)
    sounds = [thing.segment for thing in things if thing.kind == AUDIO]
    for segment in sounds:
        _set(work, segment, lambda item: d.with_meta(item, volume=min(d.MAX_VOLUME, volume)))
    if clips:
        _set_clips(work, clips, min(d.MAX_VOLUME, volume))
    return bool(clips or sounds)


def _change_text(work: Work, segment: Segment, words: str) -> bool:
    if not clean_line(words):
        raise work.refusal("A text needs words.", "文字不能为空。")
    item = _item(work, segment)
    texts.apply(work, [item], texts.worded(work, item, words))
    return True


def _add_text(work: Work, words: str, at_ms: int) -> bool:
    total = work.total()
    if at_ms >= total:
        raise work.refusal(
            f"There is nothing at {seconds(at_ms)}: it lasts {seconds(total)}.",
            f"{seconds(at_ms)} 处没有内容：视频长 {seconds(total)}。",
        )
    if not clean_line(words):
        raise work.refusal("A text needs words.", "文字不能为空。")
    words = texts.worded(work, {}, words)["text"]
    place: d.Json = {"at": "time", "ms": at_ms, "d": texts.reading_ms(words)}
    texts.insert(work, words, "title", place, texts.plain_style("text"))
    return True


def _join(work: Work, clips: list[int], kind: str, length: int) -> bool:
    if len(clips) != 2 or abs(clips[0] - clips[1]) != 1:
        raise work.refusal(
            "These clips do not follow each other: a transition joins neighbours.",
            "这些片段不相邻：转场只能在相邻片段之间。",
        )
    if kind == "cut":
        transition.set_joins(work, [min(clips)], "", None, remove=True)
    else:
        transition.set_joins(work, [min(clips)], kind, length)
    return True


# Files


def _file(work: Work, name: str) -> Media:
    """The newest file of this name."""
    found = [asset for asset in work.project.media if clean_line(asset.filename) == name]
    if not found:
        raise work.refusal(
            f"There is no file called {name} here: upload it first.",
            f"没有名为 {name} 的文件：请先上传。",
        )
    return found[-1]


def _add(work: Work, noun: str, name: str, moment: int | None) -> bool:
    """A file as a clip at a moment (None: at the end), or a sound that starts there."""
    asset = _file(work, name)
    if asset.kind == "audio":
        return _add_sound(work, asset, moment or 0)
    if asset.kind == "subtitles":
        scripts.put(work, asset, None, moment or None, scripts.plain())
        return True
    if not (work.draft and d.clips(work.draft)):
        work.draft = sequence.build(work.draft, work.project.title, [asset], work.media)
        return True
    if noun != "file":
        return False
    order.insert(work, [asset], None if moment is None else order.Target(at_ms=moment))
    return True


def _add_sound(work: Work, asset: Media, moment: int) -> bool:
    """Once, as loud as it is, beside the music that is there."""
    total = work.total()
    if moment + d.MIN_TEXT_MS > total:
        raise work.refusal(
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
    work.draft = d.lay_out(d.add_segment(work.timeline(), AUDIO, segment, name="Sounds"))
    return True


def _replace(work: Work, position: int, name: str) -> bool:
    asset = _file(work, name)
    if not asset.is_seen:
        raise work.refusal(f"{name} cannot be a clip.", f"{name} 不能作为片段。")
    replace.by(work, [position], asset)
    return True


def _replace_file(work: Work, old: str, new: str) -> bool:
    """Another file wherever this one is: clips keep their place and length, sounds theirs."""
    asset = _file(work, new)
    ids = {one.id for one in work.project.media if clean_line(one.filename) == old} - {asset.id}
    clips = [place for place, clip in enumerate(work.clips) if d.meta(clip).get("asset") in ids]
    heard = [
        item for item in d.of_type(work.draft or {}, AUDIO) if d.meta(item).get("asset") in ids
    ]
    if not clips and not heard:
        raise work.refusal(f"{old} is not on the timeline.", f"时间线上没有 {old}。")
    if clips and not asset.is_seen:
        raise work.refusal(
            f"{new} has no picture: it cannot be seen in place of {old}.",
            f"{new} 没有画面：不能代替 {old}。",
        )
    if heard and asset.audio is None:
        raise work.refusal(
            f"{new} has no sound: it cannot be heard in place of {old}.",
            f"{new} 没有声音：不能代替 {old} 的声音。",
        )
    if heard:
        _replace_sounds(work, {str(item.get("id")) for item in heard}, asset, old)
    if clips:
        replace.by(work, clips, asset)
    return True


def _replace_sounds(work: Work, ids: set[str], asset: Media, old: str) -> None:
    work.draft = d.lay_out(
        d.replace(
            work.timeline(),
            lambda kind, item: (
                _played_from(item, asset) if kind == AUDIO and str(item.get("id")) in ids else item
            ),
        )
    )


def _played_from(item: d.Json, asset: Media) -> d.Json:
    """A sound from the start of another file; one that does not loop ends with the file."""
    changed = d.with_meta(item, asset=asset.id, title=asset.filename, **{"in": 0})
    length = math.floor(asset.duration_ms / d.speed_of(item)) if asset.duration_ms else 0
    if d.meta(item).get("loop") or not length or length >= d.length(item):
        return changed
    place = {"at": "time", "ms": d.start(item), "d": length}
    return {**d.with_meta(changed, place=place), "d": length}
