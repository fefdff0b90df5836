"""stabilise: shaky videos are held steady, once it was seen how they shake."""

from __future__ import annotations

from vbtui.studio.director.operation import Json, Operation, Slots, form, value
from vbtui.studio.director.operations import cut
from vbtui.studio.director.operations.picture import (
    ABOUT,
    FROM,
    MAKE,
    TOUCHES,
    Effects,
    apply_by_file,
    effects_of,
    stepped,
    strength,
)
from vbtui.studio.director.resolving import identity, positions
from vbtui.studio.director.values import IT
from vbtui.studio.director.work import Refusal, Work
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media


def _rest(was: Effects) -> Effects:
    return [one for one in was if one.get("type") != "stabilise"]


def _stabilise(work: Work, slots: Slots) -> Json:
    work.timeline()
    if value(slots, "way") == "remove":
        return apply_by_file(work, slots, lambda was, _: _rest(was)) | {"remove": True}
    heads = slots.get("head", [])
    if work.several and all(one.is_("shake", "shaky") for one in heads):
        raise work.question(
            "Shall it be held steady? Say: stabilize clip 1.",
            "要防抖吗？请说：片段1防抖。",
            "clips",
        )  # the last 3 seconds are shaky, remove them
    bare = slots.keys().isdisjoint(("clips", "whole", "when"))
    if bare and work.mind.of_kind == "clips" and work.mind.spoken:
        slots = {**slots, "clips": [IT]}
    files = _files(work, slots)
    if not files:
        raise work.refusal(
            "Videos are held steady; there is none here, and a photo does not shake.",
            "防抖用于视频，这里没有视频；照片不会抖动。",
        )
    seen = dict(zip((one.id for one in files), work.shakes(files), strict=True))
    if failed := [one.filename for one in files if seen[one.id].failed]:
        names = ", ".join(failed[:3])
        raise work.refusal(f"Could not be watched: {names}.", f"无法读取画面：{names}。")
    steps = value(slots, "steps")
    amount = strength(slots)

    def changed(was: Effects, asset: Media | None) -> Effects:
        if asset is None or asset.id not in seen:
            return was
        if steps is not None:
            return [stepped(one, "stabilise", steps) for one in was]
        return [{"type": "stabilise", "amount": amount}, *_rest(was)]

    try:
        done = apply_by_file(work, slots, changed)
    except Refusal:
        if not _is_new(work):
            raise
        return {}  # the beach is shaky, can you smooth it out
    work.note(
        "The picture is a little larger, so that its moving edges are not seen.",
        "画面会略微放大，以免露出晃动的边缘。",
    )
    return done | ({} if steps is not None else {"amount": amount})


def _is_new(work: Work) -> bool:
    """Whether this very text had something held steady."""
    before = {identity(one): effects_of(one) for one in d.clips(work.project.draft or {})}
    return any(
        any(one.get("type") == "stabilise" for one in effects_of(clip))
        and before.get(identity(clip)) != effects_of(clip)
        for clip in work.clips
    )


def _files(work: Work, slots: Slots) -> list[Media]:
    """The videos of the clips that are meant."""
    clips = cut.clips_of(slots)
    whole = clips is None or (clips.picks[0].pronoun == "it" and work.mind.of_kind != "clips")
    where = (
        range(len(work.clips)) if whole or clips is None else positions(work, clips, speak=False)
    )
    found = (work.media.get(str(d.meta(work.clips[place]).get("asset"))) for place in where)
    videos = {
        one.id: one
        for one in found
        if one is not None and one.kind == "video" and not one.is_animation
    }
    return list(videos.values())


OPERATION = Operation(
    "stabilise",
    (
        form(f"{MAKE}, topic:stabilise", "by=percent@by|-", "what*=word:topic:stabilise", *ABOUT),
        form("verb:remove|decrease|cut|take|off, shake:yes", "what*=word:topic:stabilise", *FROM, weight=2),
        form("verb:remove|undo|off, steady:noun", *FROM, way="remove"),
        form("verb:turn, dir:off, steady:noun", *FROM, way="remove"),
    ),
    ("holds shaky videos steady", "视频防抖"),
    ("stabilize clip 1", "片段2防抖"),
    _stabilise,
    TOUCHES,
)  # fmt: skip
