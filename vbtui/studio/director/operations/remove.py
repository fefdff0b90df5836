"""remove: clips, texts, music away from the timeline."""

from __future__ import annotations

from vbtui.studio.director import texts as texts_on_clips
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.resolving import positions, sounds, texts
from vbtui.studio.director.values import Clips, Pick
from vbtui.studio.director.work import Refusal, Work, seconds
from vbtui.studio.project import draft as d
from vbtui.timeline.model import AUDIO, TEXT


def away(work: Work, where: list[int]) -> Json:
    """These clips away; texts at a time of what is left go along."""
    clips = work.clips
    if len(where) == len(clips):
        raise work.refusal(
            "That would remove every clip. To empty the timeline say: delete everything.",
            "这样会删除所有片段。要清空时间线请说：全部删除。",
        )
    left = [clip for place, clip in enumerate(clips) if place not in where]
    parts = [(d.start(clips[p]), d.start(clips[p]) + d.length(clips[p])) for p in where]

    def moved(ms: int) -> int:
        return ms - sum(min(ms, end) - begin for begin, end in parts if begin < ms)

    work.arrange(left, moved=moved)
    return {"clips": [place + 1 for place in sorted(where)]}


def _clips(work: Work, clips: Clips) -> Json:
    if work.kept and (all(pick.rest for pick in clips.picks) or not _is_there(work, clips)):
        return {}  # 只留视频，照片不要
    where = positions(work, clips)
    total = work.total()
    gone = sum(d.length(work.clips[place]) for place in where)
    exactly = all(
        pick.ranks or pick.files or pick.segments or pick.pronoun or pick.beside
        for pick in clips.picks
    )
    if len(where) == len(work.clips) > 1 and not exactly and not clips.but:
        if not work.confirmed:
            raise work.question(
                "That removes every clip. Shall the timeline be emptied?",
                "这会删除所有片段。要清空时间线吗？",
                "",
                [("yes", True), ("no", False)],
            )
        work.draft = {**work.timeline(), "t": [], "d": 0}
        return {"clips": [place + 1 for place in where]}
    if len(where) == len(work.clips):
        return away(work, where)
    if gone > total / 2 and not exactly and not clips.but and not work.confirmed:
        raise work.question(
            f"That takes {work.label(where)} away, {seconds(gone)} of {seconds(total)}. Shall it be done?",
            f"这会删除{work.label(where)}，共 {seconds(gone)}（总长 {seconds(total)}）。确定吗？",
            "",
            [("yes", True), ("no", False)],
        )
    return away(work, where)


def _as_state(work: Work, clips: Clips) -> Json:
    """`no photos`: none of a kind shall be there. Of single clips it is asked."""
    if work.kept:
        return {}
    kinds = all(pick == Pick(pick.kind, some=pick.some) and pick.kind for pick in clips.picks)
    if not kinds and not work.confirmed:
        where = positions(work, clips)
        raise work.question(
            f"Shall {work.label(where)} be removed?",
            f"要删除{work.label(where)}吗？",
            "",
            [("yes", True), ("no", False)],
        )
    return _clips(work, clips)


def _is_there(work: Work, clips: Clips) -> bool:
    """Whether any of these clips is there."""
    try:
        return bool(positions(work, clips, speak=False))
    except Refusal:
        return False


def _remove(work: Work, slots: Slots) -> Json:
    what = str(value(slots, "way"))
    if what == "state":
        found = first(slots, "clips")
        assert found is not None
        return _as_state(work, found.get("clips"))
    if what == "clips":
        found = first(slots, "clips")
        assert found is not None
        if (
            found.is_("clips")
            and found.get("clips").picks[0].pronoun
            and work.mind.of_kind in ("text", "music")
        ):
            what = work.mind.of_kind
        else:
            if work.built and not _is_there(work, found.get("clips")):
                return {}
            return _clips(work, found.get("clips"))
    states = work.built or any(one.kind == "nothing" for one in slots.get("head", []))
    if what == "text" and states and not d.texts(work.timeline()):
        return {}
    if what == "text":
        named = (one for one in slots.get("head", []) if one.thing)
        thing = first(slots, "what") or next(named, None)
        chosen = texts(work, thing, str(value(slots, "quote") or ""))
        for other in slots.get("more", []):
            chosen = [*chosen, *texts(work, other)]
        kind = TEXT
    else:
        work.no_music = True
        if states and not d.sounds(work.timeline()):
            return {}
        chosen = sounds(work, first(slots, "what"))
        kind = AUDIO
    ids = {one.get("id") for one in chosen}
    work.draft = d.lay_out(
        d.replace(
            work.timeline(), lambda k, item: None if k == kind and item.get("id") in ids else item
        )
    )
    if kind == TEXT:
        texts_on_clips.drop_cards(work, chosen)
    return {"what": what, "count": len(ids)}


_VERBS = "verb:remove|off|mute_away"
OPERATION = Operation(
    "remove",
    (
        form(
            "verb:remove",
            "clips!=clips|files",
            "whole*=whole@of|from|in|on",
            "dir=dir",
            way="clips",
        ),
        form(
            "verb:make",
            "clips!=clips|files",
            "dir!=word:dir:out|word:dir:away|word:dir:off",
            "whole*=whole@of|from|in|on",
            way="clips",
            strict=True,
            weight=2,
        ),
        form(
            "verb:take|leave|throw|kick",
            "clips!=clips|files",
            "dir!=dir",
            "whole*=whole@of|from|in|on",
            way="clips",
        ),
        form(
            "verb:remove|off|cut, thing:title|caption|text|end_title|lower_third",
            "more*=thing:title|thing:caption|thing:text|thing:end_title",
            "quote=quote",
            "all=q|all|each|whole",
            "when=none",
            way="text",
        ),
        form(
            "verb:take, thing:title|caption|text|end_title|lower_third",
            "dir!=dir",
            "quote=quote",
            way="text",
        ),
        form("verb:remove", "quote!=quote", way="text", weight=-1),
        form("verb:remove|off", "what!!=text_it", way="text", weight=1),
        form("verb:take", "what!!=text_it", "dir!=dir", way="text", weight=1),
        form("verb:take|turn", "what!!=sound", "dir!=dir", way="music"),
        form(
            "nothing:, thing:title|caption|text|end_title", "whole=whole", "all=q|all", way="text"
        ),
        form("nothing:, thing:music", "whole*=whole", way="music"),
        form("nothing:", "clips!!=clips", "all=q|all", way="state"),
        form("dir:out|away", "clips!!=counted|files", way="clips", weight=-1),
        form("verb:remove|off|stop, thing:music", "whole=whole", "dir=dir", way="music"),
        form(
            "verb:take|turn, thing:music",
            "dir!=word:dir:off|word:dir:out|word:dir:away",
            way="music",
        ),
        form("verb:remove|off", "what!!=sound", "as=thing:music", way="music"),
        form("dir:off|out|away, thing:music", way="music"),
        form("dir:off|out|away", "what!!=text_it", way="text"),
        form("dir:off|out|away, thing:title|caption|text|end_title|lower_third", way="text"),
    ),
    ("takes clips, texts or music away", "删除片段、文字或音乐"),
    ("remove clip 2", "remove the title", "delete the last photo", "删除片段2", "去掉音乐"),
    _remove,
    frozenset({"clips", "texts", "sounds"}),
    asks={"clips": ("What exactly? For example: remove clip 2.", "具体是哪个？例如：删除片段2。")},
)
