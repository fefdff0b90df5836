"""What is said in the clips: captions of it, filler words out, and where something is said.

Captions hang at moments of their files (`m.place` is `{"at": "source", "asset", "ms", "d"}`): they go where the clip that
shows that moment goes, through cuts, moves and speeds, and with it when it goes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from vbtui.base.times import time_code
from vbtui.studio.director import ranges
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations import cut
from vbtui.studio.director.resolving import identity
from vbtui.studio.director.work import Work
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media
from vbtui.studio.project.words import Transcript, Word, captions, line_cells
from vbtui.timeline.model import TEXT

_MOST_CAPTIONS = 3000
_UNSURE = 0.5
"""Words that the recogniser is less sure of are told."""
_MOST_TOLD = 8
_APART_MS = 150
"""What is cut out of speech ends so near to the next word at most."""

_FILLERS = re.compile(
    r"(?:u+[hm]+|e+r+m?|a+h+|h+m+|m+h*m+|uh-huh|erm+|嗯+|呃+|额+|唔+)", re.IGNORECASE
)
_SMALL_FILLERS = ("那个", "这个", "就是", "you know", "i mean", "like")
"""Words that are fillers only where they stand alone between two rests."""
_REST_MS = 120
_MARKS = re.compile(r"[\s,.!?;:…，。！？；：、\"'“”‘’()（）\-]+")


def spoken(work: Work, where: Sequence[int]) -> dict[int, tuple[Media, Transcript]]:
    """What is said in the clips at these places, those that have a sound of their own and are heard. Raises `Unknown`;
    refuses where there is none, and where speech is not understood here."""
    clips = work.clips
    found = {
        place: media
        for place in where
        if work.kind(clips[place]) == "video"
        and not d.is_freeze(clips[place])
        and not d.meta(clips[place]).get("sound")
        and not d.is_reverse(clips[place])  # nobody understands that
        and (media := work.media.get(str(d.meta(clips[place]).get("asset")))) is not None
        and media.audio is not None
        and d.meta(clips[place]).get("volume", 1) != 0
    }
    files = list({one.id: one for one in found.values()}.values())
    said = dict(zip((one.id for one in files), work.transcripts(files), strict=True))
    if not any(one.words for one in said.values()):
        raise work.refusal(
            "No words were heard in the sound of these clips.", "这些片段的声音里没有听到人说话。"
        )
    failed = [one for one in files if said[one.id].failed]
    if failed:
        names = ", ".join(one.filename for one in failed[:3])
        work.note(f"Could not be listened to: {names}.", f"无法识别：{names}。")
    return {place: (media, said[media.id]) for place, media in found.items()}


# Captions


def put_captions(work: Work, slots: Slots, style: d.Json) -> Json:
    """Captions of what is said in the clips that are meant, in place of those that were made before."""
    where = cut.clips_meant(work, slots)
    said = spoken(work, where)
    files = {media.id: transcript for media, transcript in said.values()}
    frame = d.meta(work.timeline())
    cells = line_cells(d.whole(frame.get("width"), 1920), d.whole(frame.get("height"), 1080))
    made = [
        item
        for asset, transcript in files.items()
        for item in _captions_of(asset, transcript, style, cells)
    ]
    clips = {str(work.clips[place].get("id")): work.clips[place] for place in said}
    total = work.total()
    placed = [one for item in made if (one := d.place_text(item, total, clips)) is not None]
    if len(placed) > _MOST_CAPTIONS:
        raise work.refusal(
            f"That would be {len(placed)} captions; there may be {_MOST_CAPTIONS}: name a part of the video.",
            f"这会有 {len(placed)} 条字幕，最多 {_MOST_CAPTIONS} 条：请指定一部分。",
        )

    def kept(kind: int, item: d.Json) -> d.Json | None:
        place = d.meta(item).get("place")
        old = kind == TEXT and isinstance(place, Mapping) and place.get("asset") in files
        return None if old and d.meta(item).get("from") == "speech" else item

    draft = d.add_track(d.replace(work.timeline(), kept), TEXT, placed, name="Captions")
    work.draft = d.lay_out(draft)
    texts = [one for one in d.texts(work.draft) if d.meta(one).get("from") == "speech"]
    work.mind.speak("text", [identity(one) for one in texts])
    _tell_doubts(work, [word for one in files.values() for word in one.words])
    return {"role": "caption", "from": "speech", "count": len(placed)}


def _captions_of(asset: str, transcript: Transcript, style: d.Json, cells: int) -> list[d.Json]:
    return [
        {
            "s": 0,
            "d": one.end - one.begin,
            "m": {
                "text": one.text,
                "role": "caption",
                **style,
                "from": "speech",
                "place": {
                    "at": "source",
                    "asset": asset,
                    "ms": one.begin,
                    "d": one.end - one.begin,
                },
                "words": [list(word) for word in one.words],
            },
        }
        for one in captions(transcript.words, cells)
    ]


def _tell_doubts(work: Work, words: Sequence[Word]) -> None:
    unsure = [word for word in words if word.sure < _UNSURE]
    if not unsure:
        return
    shown = ", ".join(
        f"“{_bare(word.text)}” {time_code(word.begin)}" for word in unsure[:_MOST_TOLD]
    )
    more = "…" if len(unsure) > _MOST_TOLD else ""
    work.note(
        f"Not sure of {len(unsure)} of {len(words)} words: {shown}{more} (times of the file).",
        f"{len(words)} 个词里有 {len(unsure)} 个不确定：{shown}{more}（素材内的时间）。",
    )


def _bare(text: str) -> str:
    return _MARKS.sub(" ", text).strip()


# Words out


def _cut_words(
    work: Work,
    said: Mapping[int, tuple[Media, Transcript]],
    chosen: Mapping[str, Sequence[tuple[int, int]]],
) -> tuple[int, int, int]:
    """Takes stretches of files, ms, out of the clips that show them; how many, where the first was, how many ms."""
    clips = work.clips
    cuts: dict[int, list[ranges.Stretch]] = {}
    for place, (media, _) in said.items():
        clip = clips[place]
        begin, reached, length = d.source_in(clip), d.pace_of(clip).reached, d.length(clip)
        found: list[ranges.Stretch] = []
        for a, b in chosen.get(media.id, ()):
            first_ms, last = (
                max(0, round(reached(a - begin))),
                min(length, round(reached(b - begin))),
            )
            if found and first_ms - found[-1][1] < d.MIN_CLIP_MS:
                first_ms = found.pop()[0]  # what is between them is too short to be seen
            if first_ms < d.MIN_CLIP_MS:
                first_ms = 0
            if length - last < d.MIN_CLIP_MS:
                last = length
            if last > first_ms and identity(clip) not in work.locked:
                found.append((first_ms, last))
        if found and sum(b - a for a, b in found) <= length - d.MIN_CLIP_MS:
            cuts[place] = found
    if not cuts:
        return 0, 0, 0
    at, gone = ranges.take_out(work, cuts)
    return sum(map(len, cuts.values())), at, gone


def _fillers(work: Work, slots: Slots) -> Json:
    if value(slots, "way") == "unsure":
        raise _unsure(work)
    said = spoken(work, cut.clips_meant(work, slots))
    chosen = {
        media.id: [_around(transcript.words, at) for at in _filler_places(transcript.words)]
        for media, transcript in said.values()
    }
    count, at, gone = _cut_words(work, said, chosen)
    if not count:
        raise work.refusal("No filler words were heard.", "没有听到口头禅。")
    work.note(
        f"{count} filler words, {gone / 1000:g} s in all, the first at {time_code(at)}.",
        f"{count} 处口头禅，共 {gone / 1000:g} s，第一处在 {time_code(at)}。",
    )
    work.mind.speak("whole", [])
    return {"count": count, "removed_ms": gone}


def _filler_places(words: Sequence[Word]) -> list[int]:
    return [at for at, word in enumerate(words) if _is_filler(words, at, _bare(word.text).lower())]


def _is_filler(words: Sequence[Word], at: int, text: str) -> bool:
    if _FILLERS.fullmatch(text):
        return True
    if text not in _SMALL_FILLERS:
        return False
    before = at == 0 or words[at].begin - words[at - 1].end >= _REST_MS
    behind = at + 1 == len(words) or words[at + 1].begin - words[at].end >= _REST_MS
    return before and behind


def _around(words: Sequence[Word], first_at: int, last_at: int | None = None) -> tuple[int, int]:
    """These words and some of the rest beside them, but nothing of their neighbours."""
    last_at = first_at if last_at is None else last_at
    begin, end = words[first_at].begin, words[last_at].end
    low = words[first_at - 1].end if first_at else 0
    high = words[last_at + 1].begin if last_at + 1 < len(words) else end + _APART_MS
    return max(low, begin - 30), min(high, end + _APART_MS)


# Where something is said


def _places(words: Sequence[Word], wanted: str) -> list[tuple[int, int]]:
    """The first and the last word of each time that these words are said, whatever the case and the marks."""
    needle = _folded(wanted)
    if not needle:
        return []
    text, owners = "", []
    for at, word in enumerate(words):
        folded = _folded(word.text)
        text += folded
        owners += [at] * len(folded)
    found = []
    at = text.find(needle)
    while at >= 0:
        first_at, last_at = owners[at], owners[at + len(needle) - 1]
        starts = at == 0 or owners[at - 1] != first_at
        ends = at + len(needle) == len(owners) or owners[at + len(needle)] != last_at
        if (starts and ends) or not needle.isascii():
            found.append((first_at, last_at))
        at = text.find(needle, at + len(needle))
    return found


def _folded(text: str) -> str:
    return _MARKS.sub("", text).casefold()


def _find(work: Work, slots: Slots) -> Json:
    quote = first(slots, "quote")
    if value(slots, "way") == "unsure" or quote is None:
        raise _unsure(work)
    said = spoken(work, cut.clips_meant(work, slots))
    wanted = str(quote.value)
    if value(slots, "way") == "cut":
        chosen = {
            media.id: [_around(transcript.words, *at) for at in _places(transcript.words, wanted)]
            for media, transcript in said.values()
        }
        count, at, gone = _cut_words(work, said, chosen)
        if not count:
            raise _not_said(work, wanted)
        work.note(
            f"Said {count} time{'s' * (count != 1)}, the first at {time_code(at)}.",
            f"说了 {count} 次，第一次在 {time_code(at)}。",
        )
        work.mind.speak("whole", [])
        return {"text": wanted, "count": count, "removed_ms": gone}
    times = []
    for place, (_, transcript) in said.items():
        clip = work.clips[place]
        begin, reached = d.source_in(clip), d.pace_of(clip).reached
        for first_at, _ in _places(transcript.words, wanted):
            offset = round(reached(transcript.words[first_at].begin - begin))
            if 0 <= offset < d.length(clip):
                times.append(d.start(clip) + offset)
    if not times:
        raise _not_said(work, wanted)
    listed = ", ".join(time_code(one) for one in sorted(times)[:20])
    work.note(f"“{wanted}” is said at {listed}.", f"“{wanted}”出现在 {listed}。")
    return {"text": wanted, "at_ms": sorted(times)}


def _not_said(work: Work, wanted: str) -> Exception:
    return work.refusal(f"“{wanted}” was not heard.", f"没有听到“{wanted}”。")


def _unsure(work: Work) -> Exception:
    """For words around a known topic that nothing is known to do about."""
    if work.project.findings.no_speech is not None:
        reason = work.project.findings.no_speech
        return work.refusal(reason.of(False), reason.of(True))
    return work.refusal(
        "What is said can be searched by its words – find “budget” – cut – cut where I say “budget” – and captioned: "
        "add captions of what is said.",
        "可以按说的词查找（找到说“预算”的地方）、剪掉（剪掉说“预算”的地方），也可以加字幕：自动加字幕。",
    )


_CLIPS = "clips=clips|files@of|in|from|-|on|for|ba"
_WHOLE = "whole*=whole|thing:part|q"
_VERBS = "verb:remove|cut|trim|off|skip|get|clean|take"

FILLERS = Operation(
    "fillers",
    (
        form(f"topic:fillers, {_VERBS}", _CLIPS, _WHOLE, "more*=topic", "dir=dir"),
        form("topic:fillers", rest=True, weight=-1, way="unsure"),
    ),
    ("cuts filler words out of what is said", "去掉口头禅"),
    ("remove the filler words", "cut the ums and uhs out of clip 2", "去掉口头禅"),
    _fillers,
    frozenset({"clips", "texts", "sounds", "clip:cut_before", "clip:cut_after"}),
)
FIND = Operation(
    "find",
    (
        form(
            f"says:, {_VERBS}", "quote!!=quote", _CLIPS, _WHOLE, "find*=topic", way="cut", weight=1
        ),
        form(f"verb:say, {_VERBS}", "quote!!=quote", _CLIPS, _WHOLE, way="cut", weight=-3),
        form("verb:say, verb:look_for", "quote!!=quote", _CLIPS, _WHOLE, way="find", weight=-3),
        form(
            "says:, verb:look_for|show?", "quote!!=quote", _CLIPS, _WHOLE, "find*=topic", way="find"
        ),
        form("says:", rest=True, weight=-1, way="unsure"),
    ),
    ("finds where words are said, or cuts them out", "查找说了某句话的地方，或者剪掉"),
    (
        'find where I say "budget"',
        "find where I talk about pricing",
        'cut where I say "let me start again"',
        "找到说“预算”的地方",
    ),
    _find,
    frozenset({"clips", "texts", "sounds", "clip:cut_before", "clip:cut_after"}),
)
