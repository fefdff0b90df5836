"""What is heard: music, volume, mute."""

from __future__ import annotations

from collections.abc import Callable, Collection

from vbtui.base.text import clean_line
from vbtui.studio.director import ranges
from vbtui.studio.director.clauses import Clause
from vbtui.studio.director.desk import Desk, between, seconds
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media
from vbtui.timeline.model import AUDIO

FADE_IN_MS, FADE_OUT_MS = 500, 1500
UNDER_SOUND, ALONE = 0.35, 0.8
"""Volume of music without a wish: under clips that have sound, and with nothing else."""
_LOUDER, _QUIETER = 1.5, 0.7
_LEVELS = ("percent", "factor", "decibel")


def handle(clause: Clause, desk: Desk) -> bool:
    """Music first, then volumes."""
    if clause.has("unsupported") or clause.has("quote") or clause.has("fade"):
        return False
    if clause.has("the_sound"):
        return _named(clause, desk)
    if clause.verb in ("mute", "unmute", "louder", "quieter") and not clause.has(
        "noun", "duration"
    ):
        return _volume(clause, desk)
    if clause.has("noun", "music") or _names_audio(clause, desk):
        return _music(clause, desk)
    if clause.has("noun", "duration"):
        return False
    if clause.has("noun", "volume") or clause.has("noun", "sound"):
        return _volume(clause, desk)
    return False


def _named(clause: Clause, desk: Desk) -> bool:
    """`make the music "song.mp3" at 0:00.000 louder`: sounds named one by one."""
    named = set(clause.take_all("the_sound"))
    clause.take_all("noun", "music", "sound", "volume")
    if way := _way(clause):
        clause.verb = way
        clause.place("up", "down")
    change = None if clause.verb == "remove" else _change(clause)
    if change is None and clause.verb != "remove":
        return False
    ref = clause.ref()
    if ref is not None and change is not None:
        set_clips(desk, desk.targets(ref), change)
    elif ref is not None:
        return False
    names = [
        clean_line(str(d.meta(i).get("title")))
        for i in d.sounds(desk.draft or {})
        if i.get("id") in named
    ]

    def adjust(kind: int, item: d.Json) -> d.Json | None:
        if kind != AUDIO or item.get("id") not in named:
            return item
        return d.with_meta(item, volume=_bounded(change(_now(item)))) if change else None

    desk.draft = d.lay_out(d.replace(desk.timeline(), adjust))
    left = [item for item in d.sounds(desk.timeline()) if item.get("id") in named]
    shown = ", ".join(names)
    if not left:
        desk.did(f"Removed {shown}.", f"删除了 {shown}。", "remove_segments")
        return True
    level = _spread([_now(item) for item in left])
    desk.did(f"Set {shown} to {level}.", f"{shown} 的音量设为 {level}。", "set_volume")
    return True


def _now(item: d.Json) -> float:
    volume = d.meta(item).get("volume", 1.0)
    return float(volume) if isinstance(volume, int | float) else 1.0


def _names_audio(clause: Clause, desk: Desk) -> bool:
    return any(
        desk.media[asset].kind == "audio"
        for item in clause.items
        if item.kind == "ref"
        for asset in item.value.assets
    )


# Music


def _music(clause: Clause, desk: Desk) -> bool:
    clause.take_all("noun", "music", "sound", "everything", "video", "volume", "clip")
    style = _style_words(clause)
    has_music = bool(d.sounds(desk.draft or {}))
    if clause.verb == "remove" and not clause.has("range"):
        return _remove_music(clause, desk)
    if has_music and _way(clause):
        return _volume(clause, desk, music=True)
    says_level = any(clause.has(level) for level in (*_LEVELS, "number", "half")) or any(
        item.kind == "where" and item.value.where == "half" for item in clause.items
    )
    if clause.verb in ("set", "") and has_music and says_level and not clause.has("ref"):
        return _change_music(clause, desk)
    if clause.verb == "set" and says_level and not clause.has("prep", "as"):
        there = {d.meta(item).get("asset") for item in d.sounds(desk.draft or {})}
        ref = clause.find("ref")
        if ref is not None and ref.value.assets and set(ref.value.assets) <= there:
            clause.ref()
            return _change_music(clause, desk, ref.value.assets)
    if clause.verb in ("add", "set", "make", "replace", "", "combine", "fit", "move"):
        asset = _pick(clause, desk, style)
        return add_music(clause, desk, asset)
    return False


def _style_words(clause: Clause) -> str:
    """`calm`, `lo-fi`, `jazz`: music cannot be chosen by its style here."""
    words = [str(item.value) for item in clause.left() if item.kind == "word"]
    clause.take_all("word")
    return " ".join(words) if all(word.isascii() for word in words) else "".join(words)


def _pick(clause: Clause, desk: Desk, style: str) -> Media:
    ref = clause.ref()
    named = [desk.media[a] for a in (ref.assets if ref else ()) if desk.media[a].kind == "audio"]
    if ref and ref.assets and not named:
        raise desk.refusal(
            "That file is not a sound file: music can be an mp3, wav, m4a or aac.",
            "这个文件不是音频：音乐可以是 mp3、wav、m4a 或 aac。",
        )
    files = named or desk.audio_files
    if not files:
        raise desk.refusal(
            "There is no music file yet: upload an mp3, wav, m4a or aac, then say “add music at 35%”.",
            "还没有音乐文件：请先上传 mp3、wav、m4a 或 aac，然后说“加音乐，音量35%”。",
        )
    if style and not named:
        desk.note(
            f"Music is not searched by style (“{style}”) here: the uploaded file is used.",
            f"这里不能按风格（“{style}”）找音乐：用的是上传的文件。",
        )
    if not named and len(files) > 1:
        others = ", ".join(clean_line(asset.filename) for asset in files[1:4])
        desk.note(
            f"Other sound files: {others}. To take one say: use {clean_line(files[1].filename)} as music.",
            f"还有其他音频：{others}。要换用请说：用 {clean_line(files[1].filename)} 作为背景音乐。",
        )
    return files[0]


def add_music(
    clause: Clause | None, desk: Desk, asset: Media, *, volume: float | None = None
) -> bool:
    """The file under the whole video, or where the clause says, in place of other music there."""
    draft = desk.timeline()
    total = desk.total()
    volume = _level(clause) if clause else volume
    chosen = volume is not None
    if volume is None:
        volume = UNDER_SOUND if _clips_sound(desk) else ALONE
    place: d.Json = {"at": "whole"}
    begin, end = 0, total
    span = clause.span() if clause else None
    where = clause.place("time", "start", "end", "whole", "on", "mid") if clause else None
    if span:
        begin, end = ranges.bounds(desk, span, total)
    elif where and where.where == "time" and where.ms < total:
        begin = where.ms
    if (begin, end) != (0, total):
        place = {"at": "time", "ms": begin, "d": end - begin}
    replaced = _names_in(draft, begin, end)
    draft = d.replace(
        draft, lambda kind, item: None if kind == AUDIO and _meets(item, begin, end) else item
    )
    length = end - begin
    segment: d.Json = {
        "s": begin,
        "d": length,
        "m": {
            "title": asset.filename,
            "asset": asset.id,
            "in": 0,
            "volume": volume,
            "fade_in": min(FADE_IN_MS, length // 2),
            "fade_out": min(FADE_OUT_MS, length // 2),
            "loop": True,
            "place": place,
        },
    }
    desk.draft = d.lay_out(d.add_segment(draft, AUDIO, segment, name="Music"))
    _tell_music(
        desk, asset, segment, [n for n in replaced if n != clean_line(asset.filename)], chosen
    )
    return True


def _meets(item: d.Json, begin: int, end: int) -> bool:
    return d.start(item) < end and begin < d.start(item) + d.length(item)


def _names_in(draft: d.Draft, begin: int, end: int) -> list[str]:
    found = [item for item in d.sounds(draft) if _meets(item, begin, end)]
    return [clean_line(str(d.meta(item).get("title") or "music")) for item in found]


def _tell_music(
    desk: Desk, asset: Media, segment: d.Json, replaced: list[str], chosen: bool
) -> None:
    name, volume = clean_line(asset.filename), d.meta(segment)["volume"]
    begin, end = d.start(segment), d.start(segment) + d.length(segment)
    loops = 0 < asset.duration_ms < end - begin
    extra = f", looped (it lasts {seconds(asset.duration_ms)})" if loops else ""
    extra_zh = f"，循环播放（原长 {seconds(asset.duration_ms)}）" if loops else ""
    extra += f", in place of {', '.join(replaced)}" if replaced else ""
    extra_zh += f"，替换了 {', '.join(replaced)}" if replaced else ""
    if not chosen:
        desk.note(
            "Louder or quieter: set the music to 50%.", "要调整音量可以说：把音乐音量调到50%。"
        )
    desk.did(
        f"Added the music {name} at {volume:.0%}, {between(begin, end)}{extra}.",
        f"加了音乐 {name}，音量 {volume:.0%}，{between(begin, end)}{extra_zh}。",
        "add_music",
        file=asset.filename,
        volume=volume,
        start_ms=begin,
        duration_ms=end - begin,
    )


def _clips_sound(desk: Desk) -> bool:
    for clip in desk.clips:
        asset = desk.media.get(str(d.meta(clip).get("asset")))
        if asset is not None and asset.audio is not None and d.meta(clip).get("volume", 1) != 0:
            return True
    return False


def _remove_music(clause: Clause, desk: Desk) -> bool:
    ref = clause.ref()
    found = d.sounds(desk.draft or {})
    if not found and desk.composed:
        desk.note("Without music.", "没有加音乐。")
        return True
    if not found:
        raise desk.refusal("There is no music on the timeline.", "时间线上没有音乐。")
    assets = set(ref.assets) if ref else set()
    names = [clean_line(str(d.meta(item).get("title") or "music")) for item in found]
    desk.draft = d.lay_out(
        d.replace(
            desk.timeline(),
            lambda kind, item: (
                None
                if kind == AUDIO and (not assets or d.meta(item).get("asset") in assets)
                else item
            ),
        )
    )
    shown = ", ".join(dict.fromkeys(names))
    desk.did(f"Removed the music ({shown}).", f"删除了音乐（{shown}）。", "remove_music")
    return True


def _change_music(clause: Clause, desk: Desk, assets: Collection[str] = ()) -> bool:
    volume = _level(clause)
    if volume is None:
        return False
    _set_music(desk, lambda _: volume, assets)
    return True


# Volume


def _level(clause: Clause) -> float | None:
    """A volume from 35 %, half, 1.5x, 0.3, 50; None when the clause names none."""
    percent = clause.take("percent")
    if percent is not None:
        return _bounded(percent / 100)
    factor = clause.take("factor")
    if factor is not None:
        return _bounded(factor)
    if clause.take("half") is not None or clause.place("half"):
        return 0.5
    number = clause.take("number")
    if number is not None:
        return _bounded(number if number <= d.MAX_VOLUME else number / 100)
    return None


def _bounded(volume: float) -> float:
    return round(min(d.MAX_VOLUME, max(0.0, volume)), 4)


def _change(clause: Clause) -> Callable[[float], float] | None:
    """What becomes of a volume; None when the clause does not say."""
    decibel = clause.take("decibel")
    verb = clause.verb
    if decibel is not None:
        quiet = verb == "quieter" and decibel > 0
        return lambda volume: volume * 10 ** ((-decibel if quiet else decibel) / 20)
    if verb == "mute":
        return lambda _: 0.0
    if verb == "unmute":
        return lambda _: 1.0
    if verb in ("louder", "quieter"):
        to = clause.has("prep", "to")
        level = _level(clause)
        if level is None:
            factor = _LOUDER if verb == "louder" else _QUIETER
            return lambda volume: volume * factor
        if to:
            return _always(level)
        step = level if verb == "louder" else -level
        return lambda volume: volume * max(0.0, 1 + step)
    level = 0.0 if verb == "remove" else _level(clause)
    return None if level is None else _always(level)


def _always(level: float) -> Callable[[float], float]:
    return lambda _: level


def _way(clause: Clause) -> str:
    """`turn it up`, `turn the music down`."""
    for item in clause.items:
        if item.kind == "where" and item.value.where in ("up", "down"):
            return "louder" if item.value.where == "up" else "quieter"
    return ""


def _volume(clause: Clause, desk: Desk, *, music: bool = False) -> bool:
    music = bool(clause.take_all("noun", "music")) or music
    if way := _way(clause):
        clause.verb = way
        clause.place("up", "down")
    named_sound = bool(clause.take_all("noun", "sound"))
    clause.take_all("noun", "volume", "video")
    everything = bool(clause.take_all("noun", "everything"))
    clause.take_all("extra", "louder", "quieter", "mute")
    spared = clause.take("except_music") is not None
    span = clause.span()
    change = _change(clause)
    if change is None:
        if clause.left():
            return False
        raise desk.refusal(
            'How loud? For example: "set the music to 35%" or "mute clip 1".',
            "要多大声？例如：“把音乐音量调到35%”或“片段1静音”。",
        )
    ref = clause.ref()
    if ref and ref.assets and all(desk.media[a].kind == "audio" for a in ref.assets):
        music, ref = True, None
    if music and ref is None and span is None:
        _set_music(desk, change)
        return True
    if span is not None and ref is None:
        positions = ranges.isolate(desk, span)
        if d.sounds(desk.timeline()):
            desk.note("The music plays on.", "音乐继续播放。")
        set_clips(desk, positions, change, span_said=True)
        return True
    whole_volume = (
        ref is None and not named_sound and clause.verb not in ("mute", "remove", "unmute")
    )
    set_clips(desk, desk.targets(ref) if ref else list(range(len(desk.clips))), change)
    if d.sounds(desk.timeline()):
        if spared:
            desk.note("The music stays as it is.", "音乐保持不变。")
        elif whole_volume or (everything and clause.verb == "mute") or music:
            _set_music(desk, change)
        elif ref is None:
            desk.note("The music stays as it is.", "音乐保持不变。")
    return True


def set_clips(
    desk: Desk, positions: list[int], change: Callable[[float], float], *, span_said: bool = False
) -> None:
    """The volumes of these clips through `change`."""
    clips = list(desk.clips)
    volumes = []
    for position in positions:
        volumes.append(_bounded(change(_now(clips[position]))))
        clips[position] = d.with_meta(clips[position], volume=volumes[-1])
    label = desk.label(positions)
    if span_said and positions:
        first, last = clips[positions[0]], clips[positions[-1]]
        label += f" ({between(d.start(first), d.start(last) + d.length(last))})"
    desk.draft = d.with_clips(desk.timeline(), clips)
    level = _spread(volumes)
    silent = all(volume == 0 for volume in volumes)
    desk.did(
        f"Muted {label}." if silent else f"Set the sound of {label} to {level}.",
        f"{label}已静音。" if silent else f"{label}的音量设为 {level}。",
        "mute_clips" if silent else "set_volume",
        clips=[position + 1 for position in positions],
        volume=volumes[0] if volumes else 1.0,
    )


def _spread(volumes: list[float]) -> str:
    low, high = min(volumes), max(volumes)
    return f"{low:.0%}" if low == high else f"{low:.0%}–{high:.0%}"


def _set_music(desk: Desk, change: Callable[[float], float], assets: Collection[str] = ()) -> None:
    """The volume of all music, or of these files, through `change`."""
    if not d.sounds(desk.timeline()):
        raise desk.refusal(
            "There is no music on the timeline. Say: add music at 35%.",
            "时间线上没有音乐。可以说：加音乐，音量35%。",
        )
    volumes: list[float] = []

    def adjust(kind: int, item: d.Json) -> d.Json:
        if kind != AUDIO or (assets and d.meta(item).get("asset") not in assets):
            return item
        volumes.append(_bounded(change(_now(item))))
        return d.with_meta(item, volume=volumes[-1])

    desk.draft = d.replace(desk.timeline(), adjust)
    desk.did(
        f"Set the music to {_spread(volumes)}.",
        f"音乐音量设为 {_spread(volumes)}。",
        "set_music_volume",
        volume=volumes[0],
    )
