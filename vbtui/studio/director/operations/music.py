"""music: a sound file under the video – put there, begun and ended elsewhere, silent where it should be."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from vbtui.base.text import clean_line
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, kinds_of, value
from vbtui.studio.director.operations import level
from vbtui.studio.director.resolving import (
    identity,
    point,
    positions,
    sounds,
    spans,
)
from vbtui.studio.director.values import Clips, Phrase, Pick, Thing, When
from vbtui.studio.director.work import Work, seconds
from vbtui.studio.project import beds
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media
from vbtui.timeline.model import AUDIO

FADE_IN_MS, FADE_OUT_MS = 500, 1500
UNDER_SOUND, ALONE = 0.35, 0.8
"""Volume of music without a wish: under clips that have sound, and with nothing else."""


def _pick(work: Work, slots: Slots) -> Media:
    """The file that is meant; asks where several can be."""
    found = first(slots, "file")
    if found is not None:
        clips = found.get("clips")
        assert isinstance(clips, Clips)
        named = [work.media[one] for pick in clips.picks for one in pick.files if one in work.media]
        if not named and clips.picks[0].pronoun:
            ids = [str(d.meta(item).get("asset")) for item in d.sounds(work.draft or {})]
            named = [work.media[one] for one in ids if one in work.media]
        heard = [one for one in named if one.kind == "audio"]
        if not heard:
            raise work.refusal(
                "That file is not a sound file: music can be an mp3, wav, m4a or aac.",
                "这个文件不是音频：音乐可以是 mp3、wav、m4a 或 aac。",
            )
        return heard[0]
    style = _style(slots)
    if name := beds.styled(style):
        bed = work.media[f"{beds.BED}{name}"]
        return replace(bed, filename=work.say(beds.BEDS[name].english, beds.BEDS[name].chinese))
    files = work.audio_files
    if not files:
        raise work.refusal(
            "There is no music file yet: upload an mp3, wav, m4a or aac, then say “add music at 35%”; or say: add calm "
            "(upbeat, lo-fi, cinematic) music.",
            "还没有音乐文件：请先上传 mp3、wav、m4a 或 aac，然后说“加音乐，音量35%”；或者说：加舒缓（轻快、lo-fi、电影感）的音乐。",
        )
    if style:
        work.note(
            f"Music is not searched by style (“{clean_line(style)}”) here: {clean_line(files[0].filename)} is used.",
            f"这里不能按风格（“{clean_line(style)}”）找音乐：用的是 {clean_line(files[0].filename)}。",
        )
    if len(files) > 1:
        raise work.question(
            f"Which sound file: {', '.join(clean_line(one.filename) for one in files[:6])}?",
            f"用哪个音频：{'、'.join(clean_line(one.filename) for one in files[:6])}？",
            "file",
            [
                (clean_line(one.filename), Phrase("clips", Clips((Pick(files=(one.id,)),)), 0, 0))
                for one in files[:9]
            ],
        )
    return files[0]


def _style(slots: Slots) -> str:
    """The words that tell which music is wanted, without those that tell nothing."""
    things = (*slots.get("head", []), *slots.get("new", []))
    styles = [one.value.style for one in things if isinstance(one.value, Thing)]
    said = [
        "cinematic" if one.is_("look", "film") else str(one.get("said") or one.value)
        for one in (*slots.get("mood", []), *slots.get("style", []))
        if not one.is_("topic", "duck")
    ]
    words = " ".join(said) or " ".join(styles)
    return " ".join(word for word in words.split() if word.lower() not in _EMPTY)


_EMPTY = ("background", "some", "nice", "a", "the", "good", "music", "style", "风格")


def put(
    work: Work, asset: Media, volume: float | None = None, begin: int = 0, end: int | None = None
) -> d.Json:
    """The file from `begin` to `end` (None: to the end of the video), in place of other music there."""
    draft, total = work.timeline(), work.total()
    end = total if end is None else end
    gives_way = any(
        d.meta(one).get("duck") is True for one in d.sounds(draft) if _meets(one, begin, end)
    )
    volume = (UNDER_SOUND if _clips_sound(work) else ALONE) if volume is None else volume
    whole = (begin, end) == (0, total)
    place: d.Json = {"at": "whole"} if whole else {"at": "time", "ms": begin, "d": end - begin}
    draft = d.replace(
        draft,
        lambda kind, item: (
            None
            if kind == AUDIO and _meets(item, begin, end) and d.meta(item).get("role") != "voice"
            else item
        ),
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
            **({"duck": True} if gives_way else {}),
        },
    }
    before = {identity(item) for item in d.sounds(draft)}
    work.draft = d.lay_out(d.add_segment(draft, AUDIO, segment, name="Music"))
    if 0 < asset.duration_ms < length and not asset.id.startswith(beds.BED):
        work.note(
            f"{clean_line(asset.filename)} lasts {seconds(asset.duration_ms)} and plays again.",
            f"{clean_line(asset.filename)} 长 {seconds(asset.duration_ms)}，循环播放。",
        )
    work.mind.speak(
        "music", [identity(i) for i in d.sounds(work.draft) if identity(i) not in before]
    )
    return segment


def _meets(item: d.Json, begin: int, end: int) -> bool:
    return d.start(item) < end and begin < d.start(item) + d.length(item)


def _clips_sound(work: Work) -> bool:
    for clip in work.clips:
        asset = work.media.get(str(d.meta(clip).get("asset")))
        if asset is not None and asset.audio is not None and d.meta(clip).get("volume", 1) != 0:
            return True
    return False


def _stretch(work: Work, slots: Slots) -> tuple[int, int] | None:
    """From when to when, as far as the words say it; None where they do not."""
    total = work.total()
    when = first(slots, "when")
    if when is not None and isinstance(when.get("when"), When):
        stretch: When = when.get("when")
        if stretch.of is not None:
            clip = work.clips[positions(work, stretch.of, speak=False)[0]]
            begin, end = spans(work, stretch, d.length(clip))[0]
            return d.start(clip) + begin, d.start(clip) + end
        return spans(work, stretch, total)[0]
    begin, end = 0, total
    clips = first(slots, "clips")
    start, stop = first(slots, "from") or first(slots, "begin"), first(slots, "until")
    length = first(slots, "length")
    it = clips is not None and "pron" in kinds_of(clips, work) and work.mind.of_kind != "clips"
    if it and start is None and stop is None and length is None:
        return None
    if clips is not None and not it and isinstance(clips.get("clips"), Clips):
        where = positions(work, clips.get("clips"), speak=False)
        begin = min(d.start(work.clips[p]) for p in where)
        end = max(d.start(work.clips[p]) + d.length(work.clips[p]) for p in where)
    elif start is None and stop is None and length is None:
        return None
    if start is not None and clips is not None and not it:
        raise work.question(
            "From when to when shall the music play? For example: from 5 s to 20 s.",
            "音乐从何时到何时？例如：从5秒到20秒。",
        )
    if start is not None:
        begin = point(work, start, total)
    if stop is not None:
        end = point(work, stop, total, ending=True)
    if length is not None:
        end = min(total, begin + int(length.value))
    if end <= begin:
        raise work.refusal(
            f"Nothing lies between {seconds(begin)} and {seconds(end)}.",
            f"{seconds(begin)} 到 {seconds(end)} 之间没有内容。",
        )
    return begin, end


def _music(work: Work, slots: Slots) -> Json:
    way = str(value(slots, "way") or "add")
    work.timeline()
    if way == "another" and "file" not in slots and not beds.styled(_style(slots)):
        raise _which_other(work)
    file = first(slots, "file")
    heard = {str(d.meta(item).get("asset")) for item in d.sounds(work.timeline())}
    named = (
        [one for pick in file.get("clips").picks for one in pick.files]
        if file is not None and file.get("clips")
        else []
    )
    if (
        way in ("add", "another")
        or (way in ("range", "start") and not heard)
        or (named and not heard.intersection(named))
    ):
        done = _add(work, slots)
        if not any(one.is_("topic", "duck") for one in slots.get("style", [])):
            return done
        _give_way(work)  # add lo-fi music under the speech
        return done | {"duck": True}
    chosen = sounds(work, first(slots, "file"))
    runs = _runs(work, slots)
    if way == "silent" or len(runs) > 1:
        return _silent(
            work, slots, chosen, runs if way == "silent" else _around(runs, work.total())
        )
    stretch = _stretch(work, slots)
    if stretch is None:
        raise work.question(
            "When? For example: at 0:10.",
            "什么时候？例如：0:10。",
            "from" if way == "start" else "until",
        )
    begin, end = stretch
    ids = {identity(item) for item in chosen}

    def change(kind: int, item: d.Json) -> d.Json:
        if kind != AUDIO or identity(item) not in ids:
            return item
        first_ms = begin if way in ("start", "range") else d.start(item)
        last_ms = (
            end if way in ("stop", "range") or "until" in slots else d.start(item) + d.length(item)
        )
        if way == "start" and "until" not in slots:
            last_ms = max(last_ms, work.total() if d.meta(item).get("loop") else last_ms)
        if last_ms <= first_ms:
            raise work.refusal(
                f"The music is not there at {seconds(first_ms)}.",
                f"{seconds(first_ms)} 处没有音乐。",
            )
        place = {"at": "time", "ms": first_ms, "d": last_ms - first_ms}
        if (first_ms, last_ms) == (0, work.total()):
            place = {"at": "whole"}
        return {**d.with_meta(item, place=place), "s": first_ms, "d": last_ms - first_ms}

    work.draft = d.lay_out(d.replace(work.timeline(), change))
    return {"way": way, "start_ms": begin, "end_ms": end}


def _give_way(work: Work) -> None:
    """The music that was spoken of is lowered under speech."""
    ids = set(work.mind.spoken)
    work.draft = d.replace(
        work.timeline(),
        lambda kind, item: (
            d.with_meta(item, duck=True) if kind == AUDIO and identity(item) in ids else item
        ),
    )


def _which_other(work: Work) -> Exception:
    """The question for the file that shall play instead."""
    heard = {str(d.meta(item).get("asset")) for item in d.sounds(work.timeline())}
    others = [one for one in work.audio_files if one.id not in heard]
    if not others:
        return work.refusal(
            "There is no other music file: upload one first.", "没有别的音乐文件：请先上传。"
        )
    return work.question(
        "Which music instead?",
        "换成哪首音乐？",
        "file",
        [
            (clean_line(one.filename), Phrase("clips", Clips((Pick(files=(one.id,)),)), 0, 0))
            for one in others[:9]
        ],
    )


def _add(work: Work, slots: Slots) -> Json:
    asset = _pick(work, slots)
    wanted, quiet = level.of(slots), first(slots, "quiet")
    if wanted is None and quiet is not None and quiet.kind == "quietly":
        wanted = UNDER_SOUND
    stretch = _stretch(work, slots) or (0, work.total())
    there = [item for item in d.sounds(work.draft or {}) if d.meta(item).get("asset") == asset.id]
    if there and _stretch(work, slots) is not None and wanted is None:
        runs_on = "until" in slots and not {"when", "clips", "from", "begin"} & slots.keys()
        way = Phrase("preset", "stop" if runs_on else "range", 0, 0)
        return _music(work, slots | {"way": [way], "file": []})
    if there and wanted is not None and _stretch(work, slots) is None:
        ids = {identity(item) for item in there}
        work.draft = d.replace(
            work.timeline(),
            lambda kind, item: (
                d.with_meta(item, volume=wanted)
                if identity(item) in ids and kind == AUDIO
                else item
            ),
        )
        work.mind.speak("music", sorted(ids))
        return {"file": asset.filename, "volume": wanted}
    if there and wanted is None and _stretch(work, slots) is None:
        work.note(
            f"{clean_line(asset.filename)} is the music already.",
            f"{clean_line(asset.filename)} 已经是背景音乐了。",
        )
        work.mind.speak("music", sorted(identity(item) for item in there))
        return {"file": asset.filename}
    replaced = [
        clean_line(str(d.meta(item).get("title") or "music"))
        for item in d.sounds(work.draft or {})
        if _meets(item, *stretch) and d.meta(item).get("asset") != asset.id
    ]
    segment = put(work, asset, wanted, *stretch)
    runs = _runs(work, slots)
    for (_, begin), (end, _) in pairwise(runs):
        _quiet(work, begin, end, {asset.id})  # under the beach and the last clip
    if replaced:
        work.note(f"In place of {', '.join(replaced)}.", f"替换了 {'、'.join(replaced)}。")
    return {
        "file": asset.filename,
        "volume": d.meta(segment)["volume"],
        "start_ms": stretch[0],
        "duration_ms": stretch[1] - stretch[0],
    }


def _runs(work: Work, slots: Slots) -> list[tuple[int, int]]:
    """Where clips play that are named and nothing else: neighbours are one stretch."""
    found = first(slots, "clips")
    timed = {"when", "from", "begin", "until", "length"} & slots.keys()
    if found is None or timed or "pron" in kinds_of(found, work):
        return []
    runs: list[tuple[int, int]] = []
    for place in sorted(positions(work, found.get("clips"), speak=False)):
        begin = d.start(work.clips[place])
        end = begin + d.length(work.clips[place])
        if runs and begin <= runs[-1][1]:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((begin, end))
    return runs


def _around(runs: list[tuple[int, int]], total: int) -> list[tuple[int, int]]:
    """What lies between these stretches."""
    edges = [0, *(edge for run in runs for edge in run), total]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]


def _silent(work: Work, slots: Slots, chosen: list[d.Json], runs: list[tuple[int, int]]) -> Json:
    """No music there: its part of that time goes, what is left of it plays on where it was."""
    if not runs:
        stretch = _stretch(work, slots)
        if stretch is None:
            raise work.question("Where shall there be no music?", "哪里不要音乐？", "when")
        runs = [stretch]
    for begin, end in runs:
        _quiet(work, begin, end, {str(d.meta(item).get("asset")) for item in chosen})
    return {"way": "silent", "start_ms": runs[0][0], "end_ms": runs[-1][1]}


def _quiet(work: Work, begin: int, end: int, assets: set[str]) -> None:
    draft = work.timeline()
    later: list[d.Json] = []

    def change(kind: int, item: d.Json) -> d.Json | None:
        mine = kind == AUDIO and str(d.meta(item).get("asset")) in assets
        if not mine or not _meets(item, begin, end):
            return item
        start, stop = d.start(item), d.start(item) + d.length(item)
        if stop > end:
            later.append(level.piece(work, item, end, stop))
        return level.piece(work, item, start, begin) if start < begin else None

    draft = d.replace(draft, change)
    for item in later:
        item.pop("id", None)
        draft = d.add_segment(draft, AUDIO, item, name="Music")
    work.draft = d.lay_out(draft)


_TIME = (
    "when=when",
    "clips=clips@under|on|over|in|for|during",
    "from=moment|time|place|edge@from|at|after|in|on|-",
    "from=duration@from|at|after|in|on",
    "begin=clips@from",
    "until=moment|time|edge|place|duration@to|until|before",
    "length=duration@for",
    "whole*=whole@+under",
)
_LEVEL = (
    "level=percent|factor|decibel|frac|number|level|loud"
    "@-|to|at|as|into|in|on|with|under|over|for|of|from|ba|like"
)
"""A level that it is set to, and none by which it changes."""

OPERATION = Operation(
    "music",
    (
        form("thing:music", "file=sound", *_TIME, weight=-1),
        form("thing:music", "mood!!=style", _LEVEL, "style*=topic", *_TIME),
        form("withs:, thing:music", "file=sound", _LEVEL, *_TIME, weight=1),
        form(
            "verb:add|put|use|play|create, thing:music",
            "file=sound",
            _LEVEL,
            "volume=thing:volume",
            "style*=style|topic|vague",
            "as=thing:music@as",
            *_TIME,
        ),
        form(
            "verb:add|put|use|play|move",
            "file!!=sound",
            "as=thing:music|thing:sound",
            "quiet=quietly",
            _LEVEL,
            "volume=thing:volume",
            *_TIME,
            weight=1,
        ),
        form("verb:replace|set, thing:music", "file!!=sound", "whole=whole", weight=1),
        form(
            "verb:replace|set, thing:music",
            "whole=whole",
            "style*=style@+with",
            "new=thing:music@with",
            way="another",
        ),
        form("thing:music", "level!!=word:level:low", *_TIME, weight=1),
        form("thing:music", "file!!=sound", _LEVEL, *_TIME),
        form("", "file!!=sound", "quiet=quietly", *_TIME, weight=-2),
        form("verb:start|appear|play, thing:music|sound_track", *_TIME, way="start", weight=1),
        form("verb:start|play, thing:music|sound_track", "from!!=number@at|from", way="start"),
        form("verb:start|play", "file!!=sound", *_TIME, way="start", weight=1),
        form("verb:end_with, thing:music", "until!=clips|files@-|with", way="stop", weight=2),
        form("verb:stop, thing:music", "until!=clips|files@with", way="stop", weight=2),
        form(
            "verb:end_with|stop", "what!!=sound", "until!!=clips|files@-|with", way="stop", weight=3
        ),
        form(
            "verb:stop|end_with",
            "what!!=sound",
            "until!!=moment|time|edge|duration|place|number@at|to|after|until|before|-",
            way="stop",
            weight=3,
        ),
        form(
            "verb:stop|dir:off, thing:music",
            "until!=moment|time|edge|duration|place|number",
            "whole*=whole",
            "play=word:verb:move|word:verb:put|word:verb:play",
            way="stop",
            weight=2,
        ),
        form(
            "verb:remove|mute|off|stop|dir:off, thing:music", "when!=when", way="silent", weight=1
        ),
        form(
            "verb:remove|mute|off|stop|dir:off, thing:music",
            "clips!=clips@-|ba|under|on|over|in|during|of|from",
            way="silent",
            weight=2,
        ),
        form(
            "nothing:, thing:music",
            "clips!=clips@-|ba|under|on|over|in|during",
            way="silent",
            weight=2,
        ),
        form("nothing:, thing:music", "when!=when", way="silent", weight=2),
        form(
            "nothing:|verb:remove|off|dir:off, thing:music",
            "from!!=moment|time|duration@after|from",
            way="silent",
            weight=2,
        ),
        form("verb:keep|set|play, thing:music", "when!=when", way="range"),
        form("verb:start|play, thing:music, q:only", "when!!=when", way="range", weight=3),
        form(
            "verb:keep|play|use|put, thing:music, q:only",
            "clips!=clips@under|on|over|in|for|at|-",
            way="range",
            weight=2,
        ),
        form(
            "verb:cut|trim|shorter, thing:music",
            "until!=moment|time|duration@at|to|after|until",
            "dir=dir",
            way="stop",
            weight=2,
        ),
    ),
    (
        "puts music under the video: an uploaded sound, or calm, upbeat, lo-fi, cinematic music made here",
        "加背景音乐：上传的音频，或自带的舒缓、轻快、lo-fi、电影感音乐",
    ),
    ("add music at 35%", "use song.mp3 as music", "add calm music", "加轻快的背景音乐"),
    _music,
    frozenset({"sounds"}),
    asks={
        "until": ("When shall it stop?", "什么时候停？"),
        "file": ("Which file?", "哪个文件？"),
    },
)
