"""Changes in few lines: what was added, what was removed, what changed; what merely moved along is one line.

Things of one kind to which the same happened are one line, in the language that is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from vbtui.base.patterns import regex
from vbtui.base.times import time_code
from vbtui.base.translation import Translation
from vbtui.timeline.changes import OVERLAY, Change, effects, overlay, span, speed
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Segment

_ONE = {
    VIDEO: Translation("clip {number} ({name})", "片段 {number}（{name}）"),
    TEXT: Translation("text {name}", "文字 {name}"),
}
_BARE = Translation("clip {number}", "片段 {number}")
_NUMBERED = Translation("clips {numbers}", "片段 {numbers}")
_MANY = {
    VIDEO: Translation("{count} clips", "{count} 个片段"),
    AUDIO: Translation("{count} sounds", "{count} 段声音"),
    TEXT: Translation("{count} texts", "{count} 条文字"),
    OVERLAY: Translation("{count} overlays", "{count} 个叠加画面"),
}
_THINGS = Translation("{count} things", "{count} 项")
_AND = Translation(" and ", "和")
_LASTS = Translation("{length} s", "{length} 秒")
_COMMA = Translation(", ", "、")
_MORE_NAMES = Translation("{names} and {rest} more", "{names} 等 {total} 项")
_ADDED = Translation("{what} added", "添加了{what}")
_ADDED_ALL = Translation("{what} added: {names}", "添加了{what}：{names}")
_REMOVED = Translation("{what} removed", "删除了{what}")
_REMOVED_ALL = Translation("{what} removed: {names}", "删除了{what}：{names}")
_CHANGED = Translation("{what}: {how}", "{what}：{how}")
_REWORDED = Translation("text {how}", "文字 {how}")
_MOVED = Translation(
    "{what} moved: clip {before} → clip {after}", "{what}：第 {before} 段 → 第 {after} 段"
)
_ALONG = Translation("{what} moved along by {by}", "{what}顺移了 {by}")
_ALONG_MIXED = Translation(
    "{what} moved along by {least} to {most}", "{what}顺移了 {least} 至 {most}"
)
_EACH = Translation("{after} each ({before} before)", "各 {after}（原 {before}）")
_EACH_NOW = Translation("{after} each", "各 {after}")
_IN_ALL = Translation("{before} → {after} in all", "共 {before} → {after}")
_KINDS = {
    "moved": Translation("place", "位置"),
    "retimed": Translation("length", "时长"),
    "text": Translation("words", "文字"),
    "volume": Translation("volume", "音量"),
    "transition": Translation("transition", "转场"),
    "source": Translation("file", "素材"),
    "speed": Translation("speed", "速度"),
    "trim": Translation("start in the file", "入点"),
    "fade in": Translation("fade in", "淡入"),
    "fade out": Translation("fade out", "淡出"),
    "framing": Translation("framing", "填充方式"),
    "effects": Translation("effects", "效果"),
    "direction": Translation("direction", "方向"),
    "split screen": Translation("split screen", "分屏"),
    "picture": Translation("picture", "画面"),
    "over the picture": Translation("over the picture", "叠加"),
    "sound": Translation("sound", "声音"),
    "sound fades in": Translation("sound fades in", "声音淡入"),
    "sound fades out": Translation("sound fades out", "声音淡出"),
    "noise": Translation("noise", "噪音"),
    "under speech": Translation("under speech", "说话时"),
    "position": Translation("position", "位置"),
    "colour": Translation("colour", "颜色"),
    "size": Translation("size", "大小"),
    "outline": Translation("outline", "描边"),
    "outline colour": Translation("outline colour", "描边颜色"),
    "shadow": Translation("shadow", "阴影"),
    "comes": Translation("comes", "出现方式"),
    "opacity": Translation("opacity", "不透明度"),
    "height": Translation("height", "高度"),
}
_NO_TRANSITION = tuple(_KINDS)
"""How what came with a clip begins where it is no transition."""
_SUBJECTS = {
    "Video": "视频",
    "Overlay": "叠加",
    "BGM": "背景音乐",
    "Title": "文字",
    "Frame size": "画面尺寸",
    "Frame rate": "帧率",
    "Project title": "项目名称",
    "Loudness": "响度",
    "Clips' loudness": "各片段响度",
    "Track": "轨道",
}
_TRANSITIONS = {
    "crossfade": "叠化",
    "fade": "黑场过渡",
    "fadewhite": "白场过渡",
    "wipe": "擦除",
    "slide": "滑动",
    "circle": "圆形",
    "cut": "硬切",
}
_VALUES = {
    "none": Translation("none", "无"),
    "unknown": Translation("unknown", "未知"),
    "as it is": Translation("as it is", "原样"),
    "equal": Translation("equal", "一致"),
    "thin": Translation("thin", "细"),
    "thick": Translation("thick", "粗"),
    "soft": Translation("soft", "柔和"),
    "fading in": Translation("fading in", "淡入"),
    "at once": Translation("at once", "直接出现"),
    "sliding in": Translation("sliding in", "滑入"),
    "reduced": Translation("reduced", "减弱"),
    "lowered": Translation("lowered", "压低"),
    "plain": Translation("plain", "默认"),
    "volume 0%": Translation("muted", "静音"),
    "cover": Translation("fills the frame", "铺满画面"),
    "contain": Translation("black bars", "黑边"),
    "blur": Translation("blurred background", "模糊背景"),
    "top": Translation("top", "顶部"),
    "center": Translation("centre", "居中"),
    "bottom": Translation("bottom", "底部"),
    "left": Translation("left", "左侧"),
    "right": Translation("right", "右侧"),
    "top left": Translation("top left", "左上角"),
    "top right": Translation("top right", "右上角"),
    "bottom left": Translation("bottom left", "左下角"),
    "bottom right": Translation("bottom right", "右下角"),
    "backwards": Translation("backwards", "倒放"),
    "forwards": Translation("forwards", "正放"),
    "its own": Translation("its own", "原声"),
    "frozen": Translation("frozen", "定格"),
    "moving": Translation("moving", "播放"),
    "black and white": Translation("black and white", "黑白"),
    "sepia": Translation("sepia", "棕褐色"),
    "warm": Translation("warm", "暖色"),
    "cool": Translation("cool", "冷色"),
    "vivid": Translation("vivid", "鲜艳"),
    "film": Translation("film", "电影感"),
    "vintage": Translation("vintage", "复古"),
    "faded": Translation("faded", "褪色"),
    "vignette": Translation("vignette", "暗角"),
    "mirrored": Translation("mirrored", "左右镜像"),
    "mirrored upside down": Translation("mirrored upside down", "上下镜像"),
    "sharper": Translation("sharper", "锐化"),
    "pixelated": Translation("pixelated", "打码"),
    "area": Translation("area", "范围"),
    "strength": Translation("strength", "强度"),
    "straightened": Translation("straightened", "校正"),
    "cropped left": Translation("cropped left", "左侧裁掉"),
    "cropped top": Translation("cropped top", "顶部裁掉"),
    "cropped right": Translation("cropped right", "右侧裁掉"),
    "cropped bottom": Translation("cropped bottom", "底部裁掉"),
    "steady": Translation("steady", "防抖"),
    "less grain": Translation("less grain", "画面降噪"),
    "blurred": Translation("blurred", "模糊"),
    "turned": Translation("turned", "旋转"),
    "keyed out": Translation("keyed out", "抠掉"),
    "zoom": Translation("zoom", "缩放"),
    "brightness": Translation("brightness", "亮度"),
    "contrast": Translation("contrast", "对比度"),
    "saturation": Translation("saturation", "饱和度"),
    "gamma": Translation("gamma", "伽马"),
    "temperature": Translation("temperature", "色温"),
    "#00D61E": Translation("green", "绿色"),
    "#0024DD": Translation("blue", "蓝色"),
    "#FFFFFF": Translation("white", "白色"),
    "#000000": Translation("black", "黑色"),
    "#FF3B30": Translation("red", "红色"),
    "#FFD400": Translation("yellow", "黄色"),
    "#34C759": Translation("green", "绿色"),
    "#0A84FF": Translation("blue", "蓝色"),
    "#FF9500": Translation("orange", "橙色"),
    "#FF2D92": Translation("pink", "粉色"),
    "#AF52DE": Translation("purple", "紫色"),
    "#FFD700": Translation("gold", "金色"),
    "#8E8E93": Translation("gray", "灰色"),
    "#32D7FF": Translation("cyan", "青色"),
}
"""What drafts hold, as it is said."""
_DETAILS = Translation("details of the draft changed: {keys}", "草稿细节已改动：{keys}")
_MOST_NAMES = 3
_MOST_NUMBERS = 4
_MOST_GROUPS = 4
"""More of one kind of thing are told by what changed alone."""
_PLAIN = ("text", "source", "moved")
"""Kinds whose `before → after` says what they are."""


def digest(changes: Sequence[Change], chinese: bool) -> list[str]:
    """`9 clips added: a.mp4, b.mp4, c.mp4 and 6 more`, `clip 2 (city.mp4): volume 100% → 0%`: a line each."""
    own = [one for one in changes if not one.along]
    lines = [line for group in _by_type(own, "added") for line in _added(group, chinese)]
    lines += [_removed(group, chinese) for group in _by_type(own, "removed")]
    lines += _reordered(own, chinese)
    lines += _changed(own, chinese)
    along = [one for one in changes if one.along and one.kind == "moved"]
    if along:
        lines.append(_moved_along(along, chinese))
    return lines


# What was added and removed


def _by_type(changes: Iterable[Change], kind: str) -> list[list[Change]]:
    groups: dict[object, list[Change]] = {}
    for one in changes:
        if one.kind == kind:
            groups.setdefault(one.type if one.name else one.subject, []).append(one)
    order = [VIDEO, OVERLAY, AUDIO, TEXT]
    return sorted(
        groups.values(),
        key=lambda group: order.index(group[0].type) if group[0].type in order else 9,
    )


def _added(group: Sequence[Change], chinese: bool) -> list[str]:
    """What all have in common stands in the first line – a transition that is the only one, too –, a line each what
    only some have."""
    if len(group) == 1:
        (one,) = group
        details = [_value(extra, chinese) for extra in _extras(one)]
        details += [f"{span(*one.now)}"] if one.now else []
        what = _who(group, chinese) if one.name else one.after
        return [_ADDED.of(chinese, what=what) + _aside(details)]
    every = [extra for one in group for extra in _extras(one)]
    transitions = {extra for extra in every if not extra.startswith(_NO_TRANSITION)}
    common = {extra for extra in every if every.count(extra) == len(group)}
    common |= transitions if len(transitions) == 1 else set()
    shared = [extra for extra in dict.fromkeys(every) if extra in common]
    said = _ADDED_ALL.of(chinese, what=_count(group, chinese), names=_names(group, chinese))
    lines = [said + _aside([_value(extra, chinese) for extra in shared])]
    rest: dict[tuple[str, ...], list[Change]] = {}
    for one in group:
        rest.setdefault(tuple(x for x in _extras(one) if x not in common), []).append(one)
    for own, things in rest.items():
        if own:
            how = _COMMA.of(chinese).join(_value(extra, chinese) for extra in own)
            lines.append(_CHANGED.of(chinese, what=_who(things, chinese), how=how))
    return lines


def _extras(one: Change) -> list[str]:
    return one.extra.split(", ") if one.extra else []


def _removed(group: Sequence[Change], chinese: bool) -> str:
    if len(group) == 1:
        (one,) = group
        what = _who(group, chinese) if one.name else one.before
        return _REMOVED.of(chinese, what=what) + _aside([span(*one.was)] if one.was else [])
    return _REMOVED_ALL.of(chinese, what=_count(group, chinese), names=_names(group, chinese))


def _aside(details: Sequence[str]) -> str:
    return "".join(f" · {one}" for one in details)


# What changed


def _reordered(changes: Iterable[Change], chinese: bool) -> list[str]:
    """Clips that changed places with others."""
    return [
        _MOVED.of(chinese, what=one.name, before=one.number_before, after=one.number)
        for one in changes
        if _is_reordered(one)
    ]


def _is_reordered(one: Change) -> bool:
    return one.kind == "moved" and 0 < one.number != one.number_before > 0


def _changed(changes: Iterable[Change], chinese: bool) -> list[str]:
    """What one thing went through is told together, and once for all things that did the same."""
    things: dict[object, list[Change]] = {}
    lines: list[str] = []
    for one in changes:
        if one.kind in ("added", "removed") or _is_reordered(one):
            continue
        if one.name:
            things.setdefault((one.type, one.number, one.now, one.name), []).append(one)
        else:
            lines.append(_without_name(one, chinese))
    groups: dict[tuple[object, ...], list[list[Change]]] = {}
    for thing in things.values():
        said = [(one.kind, one.before, one.after) for one in thing if one.kind != "retimed"]
        key = (thing[0].type, *said, len(said) == len(thing))
        groups.setdefault(key, []).append(thing)
    if len(groups) > _MOST_GROUPS:
        groups = {}
        for thing in things.values():
            kinds = (thing[0].type, *(one.kind for one in thing))
            groups.setdefault(kinds, []).append(thing)
    return [_group(group, chinese) for group in groups.values()] + lines


def _group(things: Sequence[Sequence[Change]], chinese: bool) -> str:
    """Args: things: the changes of each, of the same kinds."""
    who = _who([thing[0] for thing in things], chinese)
    parts = []
    for same in zip(*things, strict=True):
        first, word = same[0], _KINDS[same[0].kind].of(chinese)
        if first.kind == "retimed" and first.type == OVERLAY and len(same) == 1:
            parts.append(f"{first.before} → {first.after}")
        elif first.kind == "retimed":
            parts.append(_lengths(same, chinese))
        elif any((one.before, one.after) != (first.before, first.after) for one in same):
            parts.append(word)
        else:
            is_plain = first.kind in _PLAIN
            before, after = first.before, first.after
            if not is_plain:
                before, after = _value(before, chinese), _value(after, chinese)
            said = f"{before} → {after}"
            parts.append(said if is_plain else f"{word} {said}")
    how = _COMMA.of(chinese).join(parts)
    if len(things) == 1 and things[0][0].kind == "text":
        return _REWORDED.of(chinese, how=how)
    if len(things) == 1 and any(one.kind == "source" for one in things[0]):
        number = things[0][0].number  # its name is what changed
        return (
            _CHANGED.of(chinese, what=_BARE.of(chinese, number=number), how=how) if number else how
        )
    return _CHANGED.of(chinese, what=who, how=how)


def _lengths(same: Sequence[Change], chinese: bool) -> str:
    before = [_length(one.was) for one in same]
    after = [_length(one.now) for one in same]
    if len(same) == 1:
        return f"{_seconds(before[0], chinese)} → {_seconds(after[0], chinese)}"
    if len(set(after)) > 1:
        return _IN_ALL.of(
            chinese, before=_seconds(sum(before), chinese), after=_seconds(sum(after), chinese)
        )
    if len(set(before)) == 1:
        return _EACH.of(
            chinese, before=_seconds(before[0], chinese), after=_seconds(after[0], chinese)
        )
    return _EACH_NOW.of(chinese, after=_seconds(after[0], chinese))


def _length(lasts: tuple[int, int] | None) -> int:
    return lasts[1] - lasts[0] if lasts else 0


def _without_name(one: Change, chinese: bool) -> str:
    """Of the whole draft, or kept by a vbtui that knew no more of it."""
    if one.kind == "details":
        return _DETAILS.of(chinese, keys=one.after)
    label = next((name for name in _SUBJECTS if one.subject.startswith(name)), "")
    subject = _SUBJECTS.get(label, "") + one.subject[len(label) :] if chinese else one.subject
    if one.kind == "settings":
        before, after = _value(one.before, chinese), _value(one.after, chinese)
        how = f"{before} → {after}" if before else after
        return _CHANGED.of(chinese, what=subject, how=how)
    if not chinese:
        return one.sentence
    kind = _KINDS[one.kind].of(chinese) if one.kind in _KINDS else one.kind
    return f"{subject} {kind}：{one.before} → {one.after}"


def _moved_along(along: Sequence[Change], chinese: bool) -> str:
    shifts = sorted(abs(one.now[0] - one.was[0]) for one in along if one.now and one.was)
    what = _AND.of(chinese).join(
        _who(group, chinese) if len(group) == 1 else _count(group, chinese)
        for kind in dict.fromkeys(one.type for one in along)
        for group in ([one for one in along if one.type == kind],)
    )
    if shifts[0] == shifts[-1]:
        return _ALONG.of(chinese, what=what, by=_seconds(shifts[0], chinese))
    least, most = _seconds(shifts[0], chinese), _seconds(shifts[-1], chinese)
    return _ALONG_MIXED.of(chinese, what=what, least=least, most=most)


# Words


def transition_name(kind: str, chinese: bool) -> str:
    """What a transition is called: `crossfade`, `叠化`."""
    return _TRANSITIONS.get(kind, kind) if chinese else kind


def effect_names(segment: Segment, chinese: bool) -> str:
    """What its picture and sound go through: `backwards + black and white + noise reduced`; empty for nothing."""
    meta = segment.raw.get("m")
    own = meta if isinstance(meta, dict) else {}
    words = {"reverse": "backwards", "freeze": "frozen"}
    said = [word for key, word in words.items() if own.get(key) is True]
    named = " + ".join(filter(None, (*said, effects(segment))))
    return _value(named, chinese) if named else ""


def speed_words(segment: Segment, chinese: bool) -> str:
    """`2x`, `1x to 3x`; empty for the file's own speed."""
    named = speed(segment)
    return "" if named == "1x" else _value(named, chinese)


def overlay_words(segment: Segment, chinese: bool) -> str:
    """Where and how it lies over the picture: `bottom right + size 12%`; empty for what does not."""
    named = overlay(segment)
    return _value(named, chinese) if named else ""


_RAMP = regex(r"[\d.]+x to [\d.]+x")


def _value(text: str, chinese: bool) -> str:
    """What came with a thing, or what it was: `crossfade 0.5 s` is `叠化 0.5 秒`, `colour #FF3B30` is `colour red`."""
    if text in _VALUES:
        return _VALUES[text].of(chinese)
    if " + " in text:
        return " + ".join(_value(one, chinese) for one in text.split(" + "))
    if text.startswith("keyed out "):
        return f"{_VALUES['keyed out'].of(chinese)} {_value(text[10:], chinese)}"
    for kind, named in _KINDS.items():
        if text.startswith(f"{kind} "):
            return f"{named.of(chinese)} {_value(text[len(kind) + 1 :], chinese)}"
    if not chinese:
        return text
    if _RAMP.fullmatch(text):
        return text.replace(" to ", " 到 ")
    of, _, share = text.rpartition(" ")
    if of in _VALUES and share.endswith("%"):
        return f"{_VALUES[of].of(chinese)} {share}"
    word, _, rest = text.partition(" ")
    if word in _VALUES and rest in _VALUES:
        return f"{_VALUES[rest].of(chinese)}{_VALUES[word].of(chinese)}"
    if rest == "s":
        return f"{word} 秒"
    if rest:
        said = _TRANSITIONS.get(word) or (_VALUES[word].of(chinese) if word in _VALUES else "")
        return f"{said} {rest.replace(' s', ' 秒').replace(' to ', ' 到 ')}" if said else text
    return _TRANSITIONS.get(text, text)


def _who(group: Sequence[Change], chinese: bool) -> str:
    """`clip 2 (city.mp4)`, `clips 1, 2 and 4`, `clips 1-9`, `9 texts`."""
    numbers = sorted(one.number or one.number_before for one in group)
    if len(group) == 1:
        (one,) = group
        if one.type == VIDEO and not numbers[0]:
            return one.name
        named = _ONE.get(one.type) if one.type is not None else None
        return named.of(chinese, number=numbers[0], name=one.name) if named else one.name
    if group[0].type != VIDEO or not numbers[0]:
        return _count(group, chinese)
    if all(later == number + 1 for number, later in pairwise(numbers)) and len(numbers) > 2:
        return _NUMBERED.of(chinese, numbers=f"{numbers[0]}-{numbers[-1]}")
    if len(numbers) > _MOST_NUMBERS:
        return _count(group, chinese)
    shown = [str(number) for number in numbers]
    listed = _COMMA.of(chinese).join(shown[:-1]) + _AND.of(chinese) + shown[-1]
    return _NUMBERED.of(chinese, numbers=listed)


def _count(group: Sequence[Change], chinese: bool) -> str:
    kind = group[0].type
    said = _MANY.get(kind, _THINGS) if kind is not None else _THINGS
    text = said.of(chinese, count=len(group))
    return text if chinese or len(group) > 1 else text.removesuffix("s")


def _names(group: Sequence[Change], chinese: bool) -> str:
    """`a.mp4, b.mp4, c.mp4 and 6 more`."""
    names = [*dict.fromkeys(one.name or one.after or one.before for one in group)]
    shown = _COMMA.of(chinese).join(names[:_MOST_NAMES])
    rest = len(names) - _MOST_NAMES
    if rest <= 0:
        return shown
    return _MORE_NAMES.of(chinese, names=shown, rest=rest, total=len(names))


def _seconds(ms: int, chinese: bool) -> str:
    """`2 s`, `0.58 s`, `1:05`."""
    if ms >= 60_000:
        return time_code(ms)
    return _LASTS.of(chinese, length=f"{ms / 1000:.2f}".rstrip("0").rstrip("."))
