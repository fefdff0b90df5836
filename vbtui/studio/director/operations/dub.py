"""dub: another file's sound in place of a clip's own. It goes along with the picture: cut, moved and sped up with it."""

from __future__ import annotations

import math

from vbtui.base.text import clean_line
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations import level
from vbtui.studio.director.resolving import identity, positions
from vbtui.studio.director.values import Clips
from vbtui.studio.director.work import Work, seconds
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media


def _dub(work: Work, slots: Slots) -> Json:
    back = value(slots, "way") == "back"
    asset = None if back else _file(work, slots)
    wanted = level.of(slots)
    where = _places(work, slots, back=back)
    clips = list(work.clips)
    meant = [place for place in where if identity(clips[place]) not in work.locked]
    if back:
        meant = [
            place
            for place in meant
            if d.meta(clips[place]).get("sound") or d.meta(clips[place]).get("volume", 1) == 0
        ]
        if not meant:
            raise work.refusal("It has its own sound already.", "现在就是原声。")
    for place in meant:
        clip = clips[place]
        sound = None if asset is None else {"asset": asset.id, "title": asset.filename, "in": 0}
        changes: Json = {"sound": sound, "denoise": None}
        if wanted is not None:
            changes["volume"] = wanted
        elif d.meta(clip).get("volume", 1) == 0:
            changes["volume"] = 1.0
        clips[place] = d.with_meta(clip, **changes)
    if asset is not None:
        _tell_length(work, asset, [clips[place] for place in meant])
    work.set_clips(clips)
    told: Json = {"clips": [place + 1 for place in meant]}
    told |= {} if wanted is None else {"volume": wanted}
    return told | ({"own_sound": True} if asset is None else {"file": asset.filename})


def _file(work: Work, slots: Slots) -> Media:
    found = first(slots, "with")
    clips = found.get("clips") if found is not None else None
    files = [
        work.media[one]
        for pick in (clips.picks if isinstance(clips, Clips) else ())
        for one in pick.files
        if one in work.media and work.media[one].kind == "audio"
    ]
    if len(files) != 1:
        raise work.question(
            "By which sound file? For example: replace the sound of clip 1 with voice.m4a.",
            "换成哪个音频？例如：把片段1的声音换成 voice.m4a。",
            "with",
        )
    return files[0]


def _places(work: Work, slots: Slots, *, back: bool) -> list[int]:
    """The clips whose sound it is. Asks where several can be meant."""
    clips = work.clips
    found = first(slots, "clips")
    named = found.get("clips") if found is not None else None
    if isinstance(named, Clips):
        where = positions(work, named)
    elif work.mind.of_kind == "clips" and len(work.mind.spoken) == 1:
        where = [place for place, one in enumerate(clips) if identity(one) in work.mind.spoken]
    elif back:
        where = [
            place
            for place, one in enumerate(clips)
            if d.meta(one).get("sound") or d.meta(one).get("volume", 1) == 0
        ]
    else:
        where = list(range(len(clips)))
    if back or len(where) == 1:
        return where or list(range(len(clips)))
    frozen = [place for place in where if d.is_freeze(clips[place])]
    if len(where) - len(frozen) != 1:
        raise work.question(
            "The sound of which clip? Under all of the video it lies as music: mute the clips, then use song.mp3 as music.",
            "哪个片段的声音？要铺满整个视频可以当作配乐：片段静音，再用 song.mp3 做背景音乐。",
            "clips",
        )
    return [place for place in where if place not in frozen]


def _tell_length(work: Work, asset: Media, clips: list[d.Json]) -> None:
    name = clean_line(asset.filename)
    for clip in clips:
        over = math.floor(d.source_pace(clip).reached(asset.duration_ms)) - d.length(clip)
        if over < -100:
            work.note(
                f"{name} is shorter: the last {seconds(-over)} of the clip are silent.",
                f"{name} 比片段短：最后 {seconds(-over)} 没有声音。",
            )
        elif over > 100:
            work.note(
                f"The clip is shorter: {seconds(over)} of {name} are not heard.",
                f"片段比较短：{name} 有 {seconds(over)} 听不到。",
            )


_OF = "clips=clips|files@of|in|from|for|-|ba|under"
_MORE = ("level=percent|decibel|frac@at|with|to|-|by", "volume=thing:volume", "whole*=whole")
_NEW = "with!!=sound@-|ba"
_OWN = "own*=thing:sound@+instead|instead_of|as|for|of|by"

OPERATION = Operation(
    "dub",
    (
        form("verb:replace|swap|set|turn, thing:sound", _OF, "with!!=sound@with|by|for|to|into|as", *_MORE, weight=1),
        form("verb:replace|swap|set|turn, thing:sound", _OF, "with!!=sound@-", *_MORE, weight=1),
        form("verb:use|put|set|add|play, instead_of:", _NEW, "clips=clips|files@of|in|from|for|on|under|-", _OWN, *_MORE, weight=1),
        form("verb:use|put|set|add|play", _NEW, "clips=clips|files@of|in|from|for|on|under", "own!!=thing:sound@instead|instead_of|for|as", "instead=instead_of|instead", *_MORE, weight=1),
        form("verb:use, verb:replace, thing:sound", _NEW, _OF, *_MORE, weight=2),
        form("dubback:", _OF, "whole*=whole", "again=again", way="back"),
        form("verb:restore|undo|use|bring|give|put|take|unmute, ownsound:", _OF, "dir=dir", "whole*=whole", "again=again", way="back"),
    ),
    ("puts another file's sound in place of a clip's own", "用别的声音替换片段的原声"),
    ("replace the sound of clip 1 with song.mp3", "restore the original sound of clip 1", "把片段1的声音换成 song.mp3"),
    _dub,
    frozenset({"clip:sound", "clip:denoise", "clip:volume"}),
    asks={
        "clips": ("The sound of which clip?", "哪个片段的声音？"),
        "with": ("By which sound file?", "换成哪个音频？"),
    },
)  # fmt: skip
