"""Which clip comes when: move, swap, repeat, replace, put in, sort, shuffle – and how fast it plays."""

from __future__ import annotations

import random

from vbtui.base.text import clean_line
from vbtui.studio.director import ranges, sequence
from vbtui.studio.director.clauses import Clause
from vbtui.studio.director.desk import Desk
from vbtui.studio.director.phrases import Place, Ref
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media

_FASTER, _SLOWER = 1.5, 0.5


def handle(clause: Clause, desk: Desk) -> bool:
    """Everything about the order of clips, and their speed."""
    if clause.has("unsupported") or clause.has("quote"):
        return False
    if clause.verb in ("faster", "slower") or clause.has("noun", "speed") or clause.has("speed"):
        return _speed(clause, desk)
    if clause.verb in ("shuffle", "sort", "reverse_order"):
        return _rearrange(clause, desk)
    if clause.has("noun", "music", "sound", "volume", "title", "caption", "text"):
        return False
    if clause.verb == "swap":
        return _swap(clause, desk)
    if clause.verb == "move":
        return _move(clause, desk)
    if clause.verb == "duplicate":
        return _duplicate(clause, desk)
    if clause.verb == "replace":
        return _replace(clause, desk)
    if clause.verb == "add" and clause.has("ref") and not clause.has("transition"):
        return _put(clause, desk)
    return False


def _settle(desk: Desk, clips: list[d.Json]) -> None:
    """The clips in this order; transitions stay where they were."""
    joins, target = d.joins(desk.clips), desk.target
    desk.arrange(d.with_joins(clips, joins))
    desk.keep_target(target)


# Order


def _first_or_last(clause: Clause) -> Place | None:
    """`put the photo first`."""
    if clause.take("select", "last") is not None:
        return Place("end")
    first = clause.take("select", "first") or clause.take("ordinal", "1")
    return Place("start") if first else None


def _move(clause: Clause, desk: Desk) -> bool:
    clause.take_all("noun", "video", "everything")
    place = clause.place() or _first_or_last(clause)
    ref = clause.ref()
    number = clause.take("number")
    clause.take_all("word", "position", "place")
    if ref is None and place is not None and place.ref is not None:
        return False
    if ref is None or (place is None and number is None):
        raise desk.refusal(
            'Which clip where? For example: "move clip 2 to the start".',
            "把哪个片段移到哪里？例如：“把片段2移到开头”。",
        )
    clips = desk.clips
    targets = desk.targets(ref)
    moving = [clips[p] for p in targets]
    rest = [clip for p, clip in enumerate(clips) if p not in targets]
    index = _index(desk, place, number, targets, rest)
    label = desk.label(targets)
    _settle(desk, [*rest[:index], *moving, *rest[index:]])
    desk.did(
        f"Moved {label} to position {index + 1}.",
        f"把{label}移到了第 {index + 1} 位。",
        "move_clips",
        clips=[p + 1 for p in targets],
        position=index + 1,
    )
    return True


def _index(
    desk: Desk, place: Place | None, number: float | None, targets: list[int], rest: list[d.Json]
) -> int:
    """Where among the others the moved clips go."""
    if number is not None:
        return max(0, min(len(rest), int(number) - 1))
    assert place is not None
    first = targets[0]
    simple = {"start": 0, "end": len(rest), "left": max(0, first - 1), "up": max(0, first - 1)}
    simple |= {"right": min(len(rest), first + 1), "down": min(len(rest), first + 1)}
    simple |= {"mid": len(rest) // 2, "centre": len(rest) // 2, "top": 0, "bottom": len(rest)}
    if place.where in simple:
        return simple[place.where]
    if place.where in ("time", "to_time") and rest:
        at = ranges.clip_at(desk.clips, place.ms)
        return min(len(rest), sum(1 for p in range(at) if p not in targets))
    if place.ref is not None:
        anchors = [p for p in desk.targets(place.ref) if p not in targets]
        if anchors:
            behind = max(anchors) + 1 if place.where == "after" else min(anchors) + 1
            anchor = behind if place.where in ("after", "between") else min(anchors)
            return sum(1 for p in range(anchor) if p not in targets)
    raise desk.refusal(
        'Where to? For example: "move clip 2 to the start" or "move clip 2 after clip 3".',
        "移到哪里？例如：“把片段2移到开头”或“把片段2移到片段3后面”。",
    )


def _swap(clause: Clause, desk: Desk) -> bool:
    ref = clause.ref()
    targets = desk.targets(ref) if ref else []
    if ref and ref.every and len(desk.clips) == 2:
        targets = [0, 1]
    if len(targets) != 2:
        raise desk.refusal(
            'Which two? For example: "swap clip 1 and clip 2".',
            "交换哪两个？例如：“交换片段1和片段2”。",
        )
    return swap(desk, *targets)


def swap(desk: Desk, first: int, second: int) -> bool:
    """Two clips change places."""
    clips = list(desk.clips)
    clips[first], clips[second] = clips[second], clips[first]
    _settle(desk, clips)
    desk.did(
        f"Swapped clips {first + 1} and {second + 1}.",
        f"交换了片段 {first + 1} 和片段 {second + 1}。",
        "swap_clips",
        clips=[first + 1, second + 1],
    )
    return True


def _rearrange(clause: Clause, desk: Desk) -> bool:
    clause.take_all("noun", "video", "everything", "order", "clip")
    clause.take_all("word", "name", "filename", "order")
    clause.ref()
    clips = list(desk.clips)
    if clause.verb == "sort":
        clips.sort(key=lambda clip: desk.name(clip).casefold())
        told = ("Sorted the clips by name.", "按名称排序了片段。")
    elif clause.verb == "shuffle":
        random.Random(len(clips)).shuffle(clips)
        told = ("Shuffled the clips.", "打乱了片段顺序。")
    else:
        clips.reverse()
        told = ("Reversed the order of the clips.", "反转了片段顺序。")
    _settle(desk, clips)
    desk.did(*told, f"{clause.verb}_clips")
    return True


def _duplicate(clause: Clause, desk: Desk) -> bool:
    whole = bool(clause.take_all("noun", "video", "everything"))
    times = clause.take("factor") or clause.take("twice") or clause.take("number") or 2
    ref = clause.ref()
    if whole:
        ref = Ref(every=True)
    if ref is None:
        raise desk.refusal(
            'Which clip? For example: "duplicate clip 2".', "哪个片段？例如：“复制片段2”。"
        )
    clips, targets = desk.clips, desk.targets(ref)
    copies = max(1, min(20, int(float(times)) - 1))
    if len(clips) + copies * len(targets) > sequence.MAX_CLIPS:
        raise desk.refusal("That would be too many clips.", "片段太多了。")
    result: list[d.Json] = []
    for position, clip in enumerate(clips):
        result.append(clip)
        if position in targets and not whole:
            result += [_copy(clip) for _ in range(copies)]
    if whole:
        result += [_copy(clip) for _ in range(copies) for clip in clips]
    label = desk.label(targets)
    desk.arrange(result)
    desk.changed_length(
        f"Repeated {label}",
        f"重复了{label}",
        "duplicate_clips",
        clips=[p + 1 for p in targets],
    )
    return True


def _copy(clip: d.Json) -> d.Json:
    """The same clip without id and transition."""
    return d.with_meta({k: v for k, v in clip.items() if k != "id"}, transition=None)


# Files


def _files(desk: Desk, ref: Ref) -> list[Media]:
    """The pictures that the reference names as files."""
    if ref.new:
        used = {d.meta(clip).get("asset") for clip in desk.clips}
        found = [asset for asset in desk.pictures if asset.id not in used]
        if not found:
            raise desk.refusal(
                "Every uploaded file is on the timeline already.", "所有上传的文件都已在时间线上。"
            )
        return found
    return [desk.media[asset] for asset in ref.assets if desk.media[asset].kind != "audio"]


def _put(clause: Clause, desk: Desk) -> bool:
    """`add beach.mp4 after clip 2`; `put clip 3 at the end` moves it."""
    clause.take_all("noun", "video", "everything")
    ref: Ref = clause.items[[i.kind for i in clause.items].index("ref")].value
    was_empty = not (desk.draft and d.clips(desk.draft))
    if not ref.assets and not ref.new:
        if (ref.every and not ref.only) or not (ref.numbers or ref.only):
            return False
        return _move(clause, desk) if clause.put else False
    here = {d.meta(clip).get("asset") for clip in desk.clips}
    if was_empty or (clause.put and ref.assets and set(ref.assets) <= here):
        if clause.has("where") or clause.has("select") or clause.has("ordinal"):
            return _move(clause, desk)
        clause.ref()
        return bool(desk.done)
    found_ref = clause.ref()
    assert found_ref is not None
    files = _files(desk, found_ref)
    if not files:
        return False
    place = clause.place() or _first_or_last(clause) or Place("end")
    length = clause.take("duration")
    return insert(desk, files, place, length)


def insert(desk: Desk, files: list[Media], place: Place, length: int | None = None) -> bool:
    """The files as clips at this place; a clip that plays there is cut in two."""
    width, height = sequence.canvas(desk.timeline())
    chosen = str(d.meta(desk.timeline()).get("fit") or "")
    new = []
    for asset in files:
        if asset.kind != "image" and asset.duration_ms < d.MIN_CLIP_MS:
            raise desk.refusal(
                f"{clean_line(asset.filename)} has no length that could be shown.",
                f"{clean_line(asset.filename)} 没有可显示的时长。",
            )
        clip = d.new_clip(asset, fit=chosen or sequence.natural_fit(asset, width, height))
        if length is not None:
            clip = d.with_length(clip, max(d.MIN_CLIP_MS, length), desk.media)
        new.append(clip)
    clips = desk.clips
    if place.where in ("time", "to_time") and place.ms < desk.total():
        clips, found = ranges.split_at(clips, place.ms)
        index = found if found is not None else ranges.clip_at(clips, place.ms)
    else:
        index = _index(desk, place, None, [len(clips)], clips)
    desk.arrange([*clips[:index], *new, *clips[index:]])
    names = ", ".join(clean_line(asset.filename) for asset in files[:6])
    desk.changed_length(
        f"Added {names} as clip {index + 1}",
        f"把 {names} 加为第 {index + 1} 个片段",
        "insert_clips",
        files=[asset.filename for asset in files],
        position=index + 1,
    )
    return True


def _replace(clause: Clause, desk: Desk) -> bool:
    refs: list[Ref] = clause.take_all("ref")
    if len(refs) == 1 and len(refs[0].assets) == 2:
        refs = [Ref(assets=refs[0].assets[:1]), Ref(assets=refs[0].assets[1:])]
    if len(refs) != 2:
        raise desk.refusal(
            'What by what? For example: "replace clip 2 with beach.mp4".',
            "用什么替换什么？例如：“把片段2替换成 beach.mp4”。",
        )
    files = _files(desk, refs[1])
    if not files:
        return False
    return replace_by(desk, desk.targets(refs[0]), files[0])


def replace_by(desk: Desk, targets: list[int], asset: Media) -> bool:
    """Another file in the place of these clips."""
    width, height = sequence.canvas(desk.timeline())
    clips, target = list(desk.clips), desk.target
    for position in targets:
        old = clips[position]
        new = d.new_clip(asset, fit=sequence.natural_fit(asset, width, height))
        merged = d.with_meta(old, **d.meta(new))
        limit = d.longest(merged, desk.media)
        merged["d"] = d.length(old) if limit is None else min(d.length(old), limit)
        clips[position] = merged
    label = desk.label(targets)
    desk.arrange(clips)
    desk.keep_target(target)
    desk.did(
        f"Replaced {label} by {clean_line(asset.filename)}.",
        f"把{label}替换成了 {clean_line(asset.filename)}。",
        "replace_clip",
        clips=[p + 1 for p in targets],
        file=asset.filename,
    )
    return True


# Speed


def _speed(clause: Clause, desk: Desk) -> bool:
    clause.take_all("noun", "video", "everything", "speed")
    clause.take_all("extra", "slower", "faster")
    clause.take_all("word", "motion")
    span = clause.span()
    speed, relative = _wanted_speed(clause)
    if speed is None:
        raise desk.refusal(
            'How fast? For example: "speed up clip 1 to 2x".', "多快？例如：“片段1加速到2倍”。"
        )
    targets = desk.take_targets(clause)
    if clause.left():
        return False
    if span is not None and targets is None:
        targets = ranges.isolate(desk, span)
    return set_speed(
        desk, list(range(len(desk.clips))) if targets is None else targets, speed, relative=relative
    )


def set_speed(desk: Desk, targets: list[int], speed: float, *, relative: bool = False) -> bool:
    """These clips at this speed; `relative`: times the one that they have."""
    clips = list(desk.clips)
    videos = [p for p in targets if not d.is_still(clips[p], desk.media)]
    if not videos:
        raise desk.refusal(
            "A photo has no speed; its length can be set: make clip 1 5 seconds long.",
            "照片没有速度；可以设置时长：把片段1设为5秒。",
        )
    wanted = speed
    for position in videos:
        wanted = float(d.speed_of(clips[position])) * speed if relative else speed
        clips[position] = d.with_speed(clips[position], wanted, desk.media)
    if not d.MIN_SPEED <= wanted <= d.MAX_SPEED:
        desk.note(
            f"Speeds go from {d.MIN_SPEED:g}x to {d.MAX_SPEED:g}x.",
            f"速度范围是 {d.MIN_SPEED:g} 到 {d.MAX_SPEED:g} 倍。",
        )
    label = desk.label(videos)
    desk.arrange(clips)
    now = float(d.speed_of(desk.clips[videos[0]]))
    desk.changed_length(
        f"Set {label} to {now:g}x speed",
        f"把{label}的速度设为 {now:g} 倍",
        "set_speed",
        clips=[p + 1 for p in videos],
        speed=now,
    )
    return True


def _wanted_speed(clause: Clause) -> tuple[float | None, bool]:
    """The speed, and whether it multiplies the present one."""
    slower = clause.verb == "slower"
    named = clause.take("speed")
    if named:
        return float(named), False
    twice = clause.take("twice")
    factor = clause.take("factor") or (float(twice) if twice else None)
    if factor:
        return (1 / factor if slower and factor > 1 else factor), False
    percent = clause.take("percent")
    if percent:
        if clause.has("prep", "to") or clause.verb not in ("faster", "slower"):
            return percent / 100, False
        return max(0.1, 1 + (-percent if slower else percent) / 100), True
    if clause.take("half") is not None or clause.place("half"):
        return (0.5 if clause.verb != "faster" else 1.5), False
    number = clause.take("number")
    if number and 0 < number <= d.MAX_SPEED:
        return number, False
    if clause.verb in ("faster", "slower"):
        return (_SLOWER if slower else _FASTER), True
    return None, False
