"""What phrases mean on the timeline: positions of clips, stretches in ms, the texts and sounds that are meant.

Numbers and names count on the timeline as the user saw it when the sentence was said: a clip that the
sentence moved is still the one with its old number, and one that it removed is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vbtui.base.text import clean_line
from vbtui.studio.director.values import Clips, Edge, Phrase, Pick, Place, Thing, When
from vbtui.studio.director.work import Question, Work, seconds
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media


def identity(clip: d.Json) -> str:
    return str(clip.get("id") or "")


def see(work: Work) -> None:
    """The clips that are there are what the user sees, where nothing was there before."""
    if not work.mind.seen and not work.is_empty:
        work.mind.seen = list(work.clips)


def positions(work: Work, clips: Clips, *, speak: bool = True) -> list[int]:
    """Places in the sequence that are meant, from 0 on, in the order in which they were named.

    Raises a refusal where there is no such clip and a question where several can be meant.
    """
    work.timeline()
    see(work)
    picks = [replace(one, one=False, some=False) if clips.each else one for one in clips.picks]
    found = [one for pick in picks for one in _of_pick(work, pick)]
    shown = {str(d.meta(clip).get("asset")) for clip in work.mind.seen}
    left = [one for one in clips.but if not one.files or shown & set(one.files) or not work.built]
    minus = {one for pick in left for one in _of_pick(work, pick)}
    found = [one for one in dict.fromkeys(found) if one not in minus]
    sequence = work.clips
    here = {identity(clip): place for place, clip in enumerate(sequence)}
    gone = [one for one in found if one not in here]
    if gone and not any(one in here for one in found):
        raise work.question(
            f"{_shown(work, gone[0])} is gone after the first part of that sentence. Which clip is meant?",
            f"按前半句，{_shown(work, gone[0])}已经不在了。指的是哪个片段？",
            "clips",
        )
    result = [here[one] for one in found if one in here]
    if not result:
        raise work.refusal("There is no such clip on the timeline.", "时间线上没有这样的片段。")
    if speak:
        work.mind.speak("clips", [identity(sequence[place]) for place in result])
    return result


def _shown(work: Work, one: str) -> str:
    for number, clip in enumerate(work.mind.seen, 1):
        if identity(clip) == one:
            return f"clip {number} ({clean_line(str(d.meta(clip).get('title') or ''))})"
    return "that clip"


def _of_pick(work: Work, pick: Pick) -> list[str]:
    """Ids of the clips that one pick means."""
    if pick.unknown:
        raise _no_such_name(work, pick.unknown)
    if pick.segments:
        return _by_id(work, pick.segments)
    if pick.pronoun:
        return _by_pronoun(work, pick)
    if pick.beside:
        return _beside(work, pick)
    if pick.piece:
        return _piece(work, pick)
    if pick.kind == "piece":
        return _pieces(work, pick)
    if pick.alternate and pick.ranks:
        same = [clip for clip in work.mind.seen if pick.kind in ("", work.kind(clip))]
        return [identity(clip) for clip in same[pick.ranks[0] - 1 :: 2]]
    if pick.alternate:
        raise work.question(
            "Every other one: the odd or the even ones?", "隔一个：单数的还是双数的？", "clips"
        )
    if pick.through is not None and pick.of is not None:
        return _row(work, pick)
    if pick.beyond and pick.of is not None:
        return _beyond(work, pick)
    counted = [
        clip
        for clip in work.mind.seen
        if pick.kind in ("", work.kind(clip)) and has_shape(work, clip, pick.shape)
    ]
    if pick.kind and not counted and not pick.ranks:
        counted = [clip for clip in work.clips if work.kind(clip) == pick.kind]
    if pick.shorter:
        limit = abs(pick.shorter)
        counted = [
            clip
            for clip in counted
            if (d.length(clip) < limit if pick.shorter > 0 else d.length(clip) > limit)
        ]
    if pick.longest:
        return [_extreme(work, pick, counted)]
    if pick.rest and pick.one:
        return _the_other(work, pick.kind)
    if pick.left and len(work.mind.seen) > len(work.clips):
        left_over = {identity(clip) for clip in work.clips}
        return [identity(clip) for clip in counted if identity(clip) in left_over]
    if pick.rest:
        halves = work.mind.pieces
        if len(halves) == 2 and not pick.kind and set(halves) == set(work.mind.clips):
            return list(halves[1:])
        done = set(work.mind.mentioned or work.mind.clips)
        if not done and not pick.kind:
            raise work.question(
                "The rest of which clips? For example: all but clip 2.",
                "除了哪些以外的其余片段？例如：除片段2以外的所有片段。",
            )
        return [identity(clip) for clip in counted if identity(clip) not in done]
    if pick.files:
        return _with_pieces(work, _by_file(work, pick))
    if pick.middle:
        here = {identity(clip): clip for clip in work.clips}
        pieces = [here[one] for one in work.mind.pieces if one in here]
        counted = pieces if len(pieces) > 2 else counted
        left = (len(counted) - pick.middle) / 2
        if left < 1 or not left.is_integer():
            raise work.question(
                f"Which {pick.middle} of {len(counted)} are the middle ones?",
                f"{len(counted)} 个里中间的 {pick.middle} 个是哪些？",
                "clips",
            )
        return [identity(clip) for clip in counted[int(left) : int(left) + pick.middle]]
    seen = {identity(clip) for clip in work.mind.seen}
    fresh = bool(work.mind.pieces) and not set(work.mind.pieces) <= seen
    if fresh and len(pick.ranks) == 1 and (pick.ones or pick.ranks[0] > len(counted)):
        return _piece(work, replace(pick, piece=pick.ranks[0]))  # split it and delete the second
    copies = work.mind.copies
    if pick.ones and len(pick.ranks) == 1 and not set(copies) <= seen:
        place = pick.ranks[0] - (pick.ranks[0] > 0)  # show it twice and mute the second one
        if -len(copies) <= place < len(copies):
            return [copies[place]]
    if pick.ranks:
        return [_ranked(work, pick, counted, rank) for rank in pick.ranks]
    if pick.count and pick.count != len(counted):
        return _another_count(work, pick, len(counted))
    if pick.vague and len(counted) > 1:
        noun, noun_zh = _noun(pick)
        raise work.question(
            f"Which {noun}s? There are {len(counted)}: name them or give their numbers.",
            f"哪些{noun_zh}？共有 {len(counted)} 个：请说名称或编号。",
            "clips",
        )
    if pick.one:
        return _only_one(work, pick, counted)
    if not counted:
        raise _none_of_kind(work, pick.kind)
    return _with_pieces(work, [identity(clip) for clip in counted])


def _with_pieces(work: Work, found: list[str]) -> list[str]:
    """And what the sentence cut off of them: split the interview, then mute all clips."""
    seen = {identity(clip) for clip in work.mind.seen}
    result = list(found)
    whole: d.Json | None = None
    for clip in work.clips:
        one = identity(clip)
        if one in seen or one in work.mind.copies:
            whole = clip
        elif whole is not None and d.meta(whole).get("asset") == d.meta(clip).get("asset"):
            result += [one] * (identity(whole) in found)
    return result


def has_shape(work: Work, clip: d.Json, shape: str) -> bool:
    asset = work.media.get(str(d.meta(clip).get("asset")))
    if not shape or asset is None:
        return not shape
    if shape == "1:1":
        return asset.width == asset.height
    return asset.height > asset.width if shape in ("9:16", "4:5") else asset.width > asset.height


def _noun(pick: Pick) -> tuple[str, str]:
    return {"image": ("photo", "照片"), "video": ("video", "视频")}.get(pick.kind, ("clip", "片段"))


def _none_of_kind(work: Work, kind: str) -> Exception:
    noun = {"image": "photo", "video": "video"}.get(kind, "clip")
    noun_zh = {"image": "照片", "video": "视频"}.get(kind, "片段")
    return work.refusal(f"There is no {noun} on the timeline.", f"时间线上没有{noun_zh}。")


def _no_such_name(work: Work, name: str) -> Exception:
    names = ", ".join(clean_line(asset.filename) for asset in work.pictures[:6])
    return work.refusal(
        f"There is no clip called “{clean_line(name)}”. There are: {names or 'none'}.",
        f"没有名为“{clean_line(name)}”的片段。现有：{names or '无'}。",
    )


def _ranked(work: Work, pick: Pick, counted: Sequence[d.Json], rank: int) -> str:
    place = rank - 1 if rank > 0 else len(counted) + rank
    if not 0 <= place < len(counted):
        noun, noun_zh = _noun(pick)
        raise work.refusal(
            f"There is no {noun} {abs(rank)}: the timeline has {len(counted)}.",
            f"没有第 {abs(rank)} 个{noun_zh}：时间线上有 {len(counted)} 个。",
        )
    return identity(counted[place])


def _extreme(work: Work, pick: Pick, counted: Sequence[d.Json]) -> str:
    """The longest or the shortest; asks where several are equally long."""
    if not counted:
        raise _none_of_kind(work, pick.kind)
    here = {identity(clip): clip for clip in work.clips}
    now = [here.get(identity(clip), clip) for clip in counted]
    lengths = [d.length(clip) for clip in now]
    wanted = max(lengths) if pick.longest > 0 else min(lengths)
    found = [clip for clip in now if d.length(clip) == wanted]
    return _only_one(work, replace(pick, one=True), found)[0]


def _by_id(work: Work, ids: Sequence[str]) -> list[str]:
    here = {identity(clip) for clip in work.clips}
    for one in ids:
        if one not in here:
            raise work.refusal(
                f"There is no clip #{one} on the timeline.", f"时间线上没有片段 #{one}。"
            )
    return list(ids)


def _by_pronoun(work: Work, pick: Pick) -> list[str]:
    alone = pick.pronoun == "all" and len(work.mind.spoken) == 1
    if work.mind.of_kind == "clips" and work.mind.spoken and not alone:
        return list(work.mind.spoken)
    everything = [identity(clip) for clip in work.clips]
    if len(everything) > 1 and pick.pronoun == "it":
        raise work.question(
            "Which clip? Name it or give its number.", "哪个片段？请说名称或编号。", "clips"
        )
    return everything


def _beside(work: Work, pick: Pick) -> list[str]:
    if pick.of is not None:
        anchors = [one for inner in pick.of.picks for one in _of_pick(work, inner)]
    else:
        anchors = list(work.mind.clips)
        here = {identity(clip) for clip in work.clips}
        pieces = [one for one in work.mind.pieces if one in here]
        if len(pieces) > 1 and set(pieces) == set(anchors):
            return [pieces[0] if pick.beside < 0 else pieces[-1]]
    order = [identity(clip) for clip in work.mind.seen]
    places = [order.index(one) for one in anchors if one in order]
    if not places:
        raise work.question(
            "Which clip is meant? Name it, for example: clip 2.",
            "指的是哪个片段？例如：片段2。",
            "clips",
        )
    place = (min(places) if pick.beside < 0 else max(places)) + pick.beside
    if not 0 <= place < len(order):
        raise work.refusal("There is no clip on that side of it.", "那一边没有片段。")
    clip = work.mind.seen[place]
    if pick.kind and work.kind(clip) != pick.kind:
        raise work.question(
            f"{work.name(clip)} is next to it. Which clip is meant?",
            f"旁边的是{work.name(clip)}。指的是哪个片段？",
            "clips",
        )
    return [order[place]]


def _piece(work: Work, pick: Pick) -> list[str]:
    """A part of what was split; nobody knows which part is meant where nothing was."""
    here = {identity(clip) for clip in work.clips}
    pieces = [one for one in work.mind.pieces if one in here]
    place = pick.piece - 1 if pick.piece > 0 else len(pieces) + pick.piece
    if not 0 <= place < len(pieces):
        raise how_long(work, "opening" if pick.piece > 0 else "closing", work.total())
    return [pieces[place]]


def _pieces(work: Work, pick: Pick) -> list[str]:
    """`the two parts`: all of what was split last."""
    here = {identity(clip) for clip in work.clips}
    pieces = [one for one in work.mind.pieces if one in here]
    if len(pieces) != pick.count:
        raise work.question(
            "Which clips are meant? For example: clips 1 and 2.",
            "指的是哪些片段？例如：片段1和2。",
            "clips",
        )
    return pieces


def _row(work: Work, pick: Pick) -> list[str]:
    """shot01到shot03: all from one clip through another."""
    assert pick.of is not None
    assert pick.through is not None
    order = [identity(clip) for clip in work.mind.seen]
    first, last = (
        [order.index(found) for one in clips.picks for found in _of_pick(work, one)]
        for clips in (pick.of, pick.through)
    )
    if len(first) != 1 or len(last) != 1 or first[0] > last[0]:
        raise work.question(
            "From which clip to which? For example: clips 2 to 4.",
            "从哪段到哪段？例如：第2到第4段。",
            "clips",
        )
    return order[first[0] : last[0] + 1]


def _beyond(work: Work, pick: Pick) -> list[str]:
    """All clips behind or before others."""
    assert pick.of is not None
    order = [identity(clip) for clip in work.mind.seen]
    anchors = [one for inner in pick.of.picks for one in _of_pick(work, inner)]
    places = [order.index(one) for one in anchors if one in order]
    found = order[max(places) + 1 :] if pick.beyond > 0 else order[: min(places)]
    if not found:
        raise work.refusal("There is no clip on that side of it.", "那一边没有片段。")
    return found


def _by_file(work: Work, pick: Pick) -> list[str]:
    files = [work.media[one] for one in pick.files if one in work.media]
    wanted = [
        one for one in files if pick.kind in ("", one.kind if one.kind == "image" else "video")
    ]
    if not wanted:
        noun, noun_zh = _noun(pick)
        name = clean_line(files[0].filename) if files else "it"
        raise work.refusal(f"{name} is no {noun}.", f"{name} 不是{noun_zh}。")
    here = [one for one in wanted if any(d.meta(c).get("asset") == one.id for c in work.mind.seen)]
    if len(here) > 1:
        raise work.question(
            f"Which one is meant: {' or '.join(clean_line(one.filename) for one in here)}?",
            f"指的是哪一个：{'、'.join(clean_line(one.filename) for one in here)}？",
            "clips",
            [(clean_line(one.filename), Clips((Pick(files=(one.id,)),))) for one in here],
        )
    if not here:
        name = clean_line(wanted[0].filename)
        raise work.refusal(
            f'{name} is not on the timeline. To put it there say: "add {name} at the end".',
            f"{name} 不在时间线上。要加上可以说：“把 {name} 添加到结尾”。",
        )
    return [identity(clip) for clip in work.mind.seen if d.meta(clip).get("asset") == here[0].id]


def _the_other(work: Work, wanted: str = "") -> list[str]:
    """The one of two that was not spoken of: of its kind, where there are two of it."""
    spoken = [clip for clip in work.mind.seen if identity(clip) in work.mind.clips]
    if len(spoken) == 1:
        for kind in (wanted,) if wanted else (work.kind(spoken[0]), ""):
            same = [identity(c) for c in work.mind.seen if kind in ("", work.kind(c))]
            if len(same) == 2:
                return [one for one in same if one != identity(spoken[0])]
    raise work.question("Which one is the other?", "另一个是哪个？", "clips")


def _another_count(work: Work, pick: Pick, count: int) -> list[str]:
    """A number of clips that does not fit what is there."""
    if work.mind.of_kind == "clips" and len(work.mind.spoken) == pick.count:
        return list(work.mind.spoken)
    noun, noun_zh = _noun(pick)
    raise work.question(
        f"There {'is' if count == 1 else 'are'} {count} {noun}{'' if count == 1 else 's'} on the timeline, not "
        f"{pick.count}. Which are meant? For example: clips 1 and 2.",
        f"时间线上有 {count} 个{noun_zh}，不是 {pick.count} 个。指的是哪些？例如：片段1和2。",
        "clips",
    )


def _only_one(work: Work, pick: Pick, counted: Sequence[d.Json]) -> list[str]:
    if len(counted) == 1:
        return [identity(counted[0])]
    spoken = [one for one in work.mind.spoken if any(identity(c) == one for c in counted)]
    if work.mind.of_kind == "clips" and len(spoken) == 1:
        return spoken
    if not counted:
        raise _none_of_kind(work, pick.kind)
    noun, noun_zh = _noun(pick)
    choices = [
        (
            f"clip {work.mind.seen.index(clip) + 1} ({work.name(clip)})",
            Clips((Pick(segments=(identity(clip),)),)),
        )
        for clip in counted[:9]
    ]
    raise work.question(
        f"Which {noun}? There are {len(counted)}: name it or give its number.",
        f"哪个{noun_zh}？共有 {len(counted)} 个：请说名称或编号。",
        "clips",
        choices,
    )


def files_meant(work: Work, clips: Clips) -> list[Media]:
    """The uploaded pictures that are meant where nothing is on the timeline yet, in the order of the words."""
    files = work.pictures
    found: list[Media] = []
    for pick in clips.picks:
        found += [one for one in _files_of(work, pick, files, found) if one not in found]
    minus = [one for pick in clips.but for one in _files_of(work, pick, files, [])]
    result = [one for one in found if one not in minus]
    if not result:
        raise work.refusal(
            "None of the uploaded files is meant by that.", "上传的文件中没有符合的。"
        )
    return result


def _as_if_built(work: Work, pick: Pick, files: Sequence[Media]) -> list[Media]:
    """`the longest clip`, `the portrait ones`, `all before town`: as if all files were one after the other."""
    tried = work.copy()
    tried.draft = None
    tried.build(files)
    tried.mind.seen = list(tried.clips)
    by_id = {identity(clip): str(d.meta(clip).get("asset")) for clip in tried.clips}
    return [work.media[by_id[one]] for one in _of_pick(tried, pick)]


def _files_of(
    work: Work, pick: Pick, files: Sequence[Media], before: Sequence[Media]
) -> list[Media]:
    if pick.unknown:
        raise _no_such_name(work, pick.unknown)
    plain = Pick(
        pick.kind,
        pick.ranks,
        pick.files,
        one=pick.one,
        some=pick.some,
        bare=pick.bare,
        ones=pick.ones,
    )
    if pick != replace(plain, count=pick.count, rest=pick.rest, new=pick.new):
        return _as_if_built(work, pick, files)
    counted = [
        one for one in files if pick.kind in ("", "image" if one.kind == "image" else "video")
    ]
    if pick.files:
        named = [one for one in counted if one.id in pick.files]
        if len({one.filename for one in named}) == 1:
            named = named[-1:]  # nobody can tell files of one name apart: the newest is meant
        if len(named) > 1:
            raise work.question(
                f"Which one is meant: {' or '.join(clean_line(one.filename) for one in named)}?",
                f"指的是哪一个：{'、'.join(clean_line(one.filename) for one in named)}？",
                "clips",
                [(clean_line(one.filename), Clips((Pick(files=(one.id,)),))) for one in named],
            )
        return named
    if pick.rest:
        used = {str(d.meta(clip).get("asset")) for clip in d.clips(work.draft or {})}
        left = [one for one in counted if one not in before]
        new = [one for one in left if one.id not in used]
        return new if work.built and new else left  # cake first, sunset last, the others in between
    if pick.ranks:
        found = []
        for rank in pick.ranks:
            place = rank - 1 if rank > 0 else len(counted) + rank
            if not 0 <= place < len(counted):
                noun, noun_zh = _noun(pick)
                raise work.refusal(
                    f"There is no {noun} {abs(rank)}: {len(counted)} were uploaded.",
                    f"没有第 {abs(rank)} 个{noun_zh}：上传了 {len(counted)} 个。",
                )
            found.append(counted[place])
        return found
    if pick.count and pick.count != len(counted):
        noun, noun_zh = _noun(pick)
        raise work.question(
            f"{len(counted)} {noun}s were uploaded, not {pick.count}. Which are meant?",
            f"上传了 {len(counted)} 个{noun_zh}，不是 {pick.count} 个。指的是哪些？",
            "clips",
        )
    if pick.one and len(counted) > 1 and pick.kind:
        noun, noun_zh = _noun(pick)
        raise work.question(
            f"Which {noun}? {len(counted)} were uploaded.",
            f"哪个{noun_zh}？上传了 {len(counted)} 个。",
            "clips",
        )
    return counted


# Time


def spans(work: Work, when: When, total: int) -> list[tuple[int, int]]:
    """Begin and end of each stretch in ms inside 0…total, in order, those that meet as one.

    Refuses a stretch that is not there, and asks where the words do not say how long it is.
    """
    if when.vague:
        raise how_long(work, when.vague, total)
    if _shares_several(work, when):
        raise work.question(
            "Of each clip, or of all of them together? For example: the second half of each clip.",
            "是每个片段的，还是合在一起的？例如：每个片段的后半段。",
            "when",
        )
    found: list[tuple[int, int]] = []
    for begin, end in when.spans:
        if begin.part == 0 and begin.ms >= total > 0:
            raise work.refusal(
                f"There is nothing at {seconds(begin.ms)}: it lasts {seconds(total)}.",
                f"{seconds(begin.ms)} 处没有内容：总长 {seconds(total)}。",
            )
        if begin.part == end.part == 0 and end.ms > total + 40:
            raise work.refusal(
                f"There is nothing at {seconds(end.ms)}: it lasts {seconds(total)}.",
                f"{seconds(end.ms)} 处没有内容：总长 {seconds(total)}。",
            )
        first, last = begin.at(total), end.at(total)
        if last <= first:
            raise work.refusal(
                f"There is nothing between {seconds(begin.at(total))} and {seconds(end.at(total))}.",
                f"{seconds(begin.at(total))} 到 {seconds(end.at(total))} 之间没有内容。",
            )
        found.append((first, last))
    merged: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if merged and first <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(last, merged[-1][1])
        else:
            merged.append((first, last))
    return merged


def _shares_several(work: Work, when: When) -> bool:
    """`the second half of the clips`: of each, or half of them – the words do not tell."""
    of = when.of
    if of is None or of.each or len(of.picks) != 1 or any(a.ms or b.ms for a, b in when.spans):
        return False
    pick = of.picks[0]
    if pick.pronoun:
        return work.mind.of_kind == "clips" and len(work.mind.spoken) > 1
    return pick in (Pick(), Pick(some=True), Pick(kind=pick.kind), Pick(kind=pick.kind, some=True))


def how_long(work: Work, part: str, total: int) -> Exception:
    """The question for a part whose length nobody said."""
    third = round(total / 3000) * 1000 or total // 3
    if part == "middle":
        return work.question(
            f"From when to when is the middle? For example: from {seconds(third)} to {seconds(2 * third)}.",
            f"中间是从哪里到哪里？例如：从 {seconds(third)} 到 {seconds(2 * third)}。",
            "when",
        )
    which, which_zh = ("first", "前") if part == "opening" else ("last", "最后")
    return work.question(
        f"How long is that part? For example: the {which} 5 seconds.",
        f"这部分有多长？例如：{which_zh}5秒。",
        "when",
    )


def edge_of(work: Work, phrase: Phrase) -> Edge:
    """The moment that a phrase is: said, the start, middle or end, or a time. Asks where it is none of these."""
    said, name = phrase.get("moment"), phrase.get("edge")
    if isinstance(said, Edge):
        return said
    if name in ("start", "mid", "end"):
        return Edge({"start": 0, "mid": 0.5, "end": 1}[name])
    when = phrase.get("when")
    if phrase.is_("rank", "middle") or (isinstance(when, When) and when.vague == "middle"):
        return Edge(0.5)
    if phrase.kind in ("time", "duration", "number"):
        return Edge(0, round(float(phrase.value) * (1000 if phrase.kind == "number" else 1)))
    raise work.question("When? For example: at 0:10.", "什么时候？例如：0:10 处。", "at")


def moment(work: Work, edge: Edge, total: int) -> int:
    """A moment in ms; refuses one that is beyond the end."""
    if edge.part == 0 and edge.ms > total:
        raise work.refusal(
            f"There is nothing at {seconds(edge.ms)}: it lasts {seconds(total)}.",
            f"{seconds(edge.ms)} 处没有内容：总长 {seconds(total)}。",
        )
    return edge.at(total)


def point(work: Work, phrase: Phrase, total: int, *, ending: bool = False) -> int:
    """The time on the timeline, in ms, that words name."""
    place = phrase.get("place")
    if isinstance(place, Place) and place.clips is not None:
        where = positions(work, place.clips, speak=False)
        clip = work.clips[where[-1] if place.where == "after" else where[0]]
        return d.start(clip) + d.length(clip) if place.where == "after" else d.start(clip)
    clips = phrase.get("clips")
    if isinstance(clips, Clips):
        where = positions(work, clips, speak=False)
        clip = work.clips[where[-1] if ending else where[0]]
        return d.start(clip) + (d.length(clip) if ending else 0)
    return moment(work, edge_of(work, phrase), total)


# Texts and sounds


def texts(work: Work, phrase: Phrase | None, quote: str = "") -> list[d.Json]:
    """The texts that are meant by `the title`, `the captions`, `it`, or by their words."""
    every = d.texts(work.draft or {})
    if quote:
        wanted = clean_line(quote).casefold()
        found = [
            one for one in every if clean_line(str(d.meta(one).get("text"))).casefold() == wanted
        ]
        if found:
            return _spoken(work, "text", found)
    thing = phrase.value if phrase is not None and isinstance(phrase.value, Thing) else None
    if thing is None and work.mind.of_kind == "text" and work.mind.spoken:
        return [one for one in every if identity(one) in work.mind.spoken]
    role = {"title": "title", "caption": "caption", "lower_third": "title"}.get(
        thing.name if thing else "", ""
    )
    found = [one for one in every if not role or d.meta(one).get("role") == role]
    how, _, what = thing.style.partition(" ") if thing else ("", "", "")
    if how == "at":
        there = _at_height(every, what)
        found = [one for one in there if one in found] or there
    if how == "count" and len(found) != int(what):
        found = every if len(every) == int(what) else found
        if len(found) != int(what):
            raise work.refusal(
                f"There are {len(found)} of these on the timeline.", f"时间线上有 {len(found)} 个。"
            )
    if thing and thing.name == "end_title":
        total = work.total()
        found = [one for one in found if d.start(one) + d.length(one) >= total - 40][-1:]
    if not found:
        noun = {"title": "title", "caption": "caption"}.get(thing.name if thing else "", "text")
        noun_zh = {"title": "标题", "caption": "字幕"}.get(noun, "文字")
        raise work.refusal(f"There is no {noun} on the timeline.", f"时间线上没有{noun_zh}。")
    if thing and thing.style == "other":
        found = [one for one in found if identity(one) not in work.mind.spoken]
        if not found or (len(found) > 1 and not thing.plural):
            raise _which_text(work, found)
    if thing and thing.rank:
        place = thing.rank - 1 if thing.rank > 0 else len(found) + thing.rank
        if not 0 <= place < len(found):
            raise work.refusal(
                f"There are {len(found)} of these on the timeline.", f"时间线上有 {len(found)} 个。"
            )
        found = [found[place]]
    same = work.mind.of_kind == "text" and work.draft != work.project.draft
    if thing and thing.name == "text" and not thing.plural and not thing.rank and same:
        spoken = [one for one in found if identity(one) in work.mind.spoken]
        found = spoken or found  # 标题换黄色，字再大一号
    if thing and thing.name == "text" and thing.definite and not thing.plural and len(found) > 1:
        raise _which_text(work, found)
    return _spoken(work, "text", found)


def _at_height(every: list[d.Json], what: str) -> list[d.Json]:
    """The texts at the top, in the centre or at the bottom; else the upper or lower ones."""
    heights = [_height(str(d.meta(one).get("position"))) for one in every]
    wanted = _height(what)
    if wanted not in heights and wanted != 1 and len(set(heights)) > 1:
        wanted = min(heights) if wanted == 0 else max(heights)
    return [one for one, height in zip(every, heights, strict=True) if height == wanted]


def _height(position: str) -> int:
    return next((at for at, up in ((0, "top"), (2, "bottom")) if position.startswith(up)), 1)


def one_text(work: Work, phrase: Phrase | None, quote: str = "") -> d.Json:
    """As `texts`, where only one can be meant."""
    found = texts(work, phrase, quote)
    if len(found) > 1:
        raise _which_text(work, found)
    return found[0]


def _which_text(work: Work, found: Sequence[d.Json]) -> Question:
    every = d.texts(work.draft or {})
    choices = [
        (clean_line(str(d.meta(one).get("text"))), Phrase("thing", Thing("text", rank=rank), 0, 0))
        for rank, one in enumerate(every, 1)
        if one in found or not found
    ]
    names = [f"“{label}”" for label, _ in choices[:6]]
    return work.question(
        f"Which text: {', '.join(names)}?", f"哪条文字：{'、'.join(names)}？", "what", choices[:6]
    )


def sounds(work: Work, phrase: Phrase | None) -> list[d.Json]:
    """The pieces of music that are meant; refuses when there is none."""
    clips = phrase.get("clips") if phrase is not None else None
    every = d.sounds(work.draft or {})
    if isinstance(clips, Clips):
        every = [*every, *d.voices(work.draft or {})]
    if not every:
        raise work.refusal(
            "There is no music on the timeline. Say: add music at 35%.",
            "时间线上没有音乐。可以说：加音乐，音量35%。",
        )
    if isinstance(clips, Clips):
        wanted = {file for pick in clips.picks for file in pick.files}
        found = (
            [one for one in every if str(d.meta(one).get("asset")) in wanted] if wanted else every
        )
        if not found:
            raise work.refusal("That sound is not on the timeline.", "时间线上没有这个声音。")
        every = found
    return _spoken(work, "music", every)


def _spoken(work: Work, kind: str, found: list[d.Json]) -> list[d.Json]:
    work.mind.speak(kind, [identity(one) for one in found])
    return found
