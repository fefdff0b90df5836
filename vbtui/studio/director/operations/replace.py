"""replace: another file in the place of a clip."""

from __future__ import annotations

from vbtui.studio.director import ranges, sequence
from vbtui.studio.director.operation import Json, Operation, Slots, first, form
from vbtui.studio.director.resolving import files_meant, positions, spans
from vbtui.studio.director.values import Clips, Pick, When
from vbtui.studio.director.work import Work
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media


def by(work: Work, where: list[int], asset: Media, part: When | None = None) -> None:
    """This file, or a part of it, in the place of these clips; as long as they are where it has as much."""
    width, height = sequence.canvas(work.timeline())
    clips, target = list(work.clips), work.target
    for place in where:
        old = clips[place]
        new = d.new_clip(asset, fit=sequence.natural_fit(asset, width, height))
        merged = d.with_meta(old, **d.meta(new), freeze=None, sound=None, ramp=None)
        limit = d.longest(merged, work.media)
        merged["d"] = d.length(old) if limit is None else min(d.length(old), limit)
        if part is not None and limit is not None:
            begin, end = spans(work, part, limit)[0]
            merged = d.with_meta(d.cut_to({**merged, "d": limit}, begin, end), trim="by words")
        clips[place] = merged
    work.arrange(clips)
    work.keep_target(target)


def _replace(work: Work, slots: Slots) -> Json:
    what, new = first(slots, "clips"), first(slots, "with")
    assert what is not None
    assert new is not None
    use, verb = (
        next((one for one in slots.get("head", []) if one.is_("verb", name)), None)
        for name in ("use", "replace")
    )
    if use and verb and what.start > use.start and what.start < verb.start:
        what, new = new, what
    clips: Clips = what.get("clips")
    by_clips: Clips = new.get("clips")
    if (
        new.role in ("with", "by", "for")
        and by_clips.picks[0].ranks
        and not by_clips.picks[0].files
    ):
        other = positions(work, by_clips, speak=False)
        assets = [work.media[str(d.meta(work.clips[place]).get("asset"))] for place in other]
        by_clips = Clips((Pick(files=(assets[0].id,)),))
    if not any(pick.files for pick in by_clips.picks):
        raise work.question(
            "By which file? For example: replace clip 2 with beach.mp4.",
            "换成哪个文件？例如：把片段2换成 beach.mp4。",
            "with",
        )
    files = files_meant(work, by_clips)
    where = positions(work, clips)
    part = first(slots, "part")
    by(work, where, files[0], part.get("when") if part is not None else None)
    lasts = first(slots, "length")
    if lasts is not None:
        ranges.set_each(work, where, int(lasts.value))
    return {
        "clips": [place + 1 for place in where],
        "file": files[0].filename,
        **({"length_ms": int(lasts.value)} if lasts is not None else {}),
    }


_LENGTH = "length=duration@-|for|at|to"

OPERATION = Operation(
    "replace",
    (
        form(
            "verb:replace",
            "clips!!=clips|files@-|ba|of",
            "with!!=files@-",
            "part=when@-|of",
            _LENGTH,
            weight=1,
        ),
        form(
            "verb:replace|swap|set|turn",
            "clips!=clips|files@-|ba|of",
            "with!=clips|files@with|by|for|to|into|as",
            "part=when@-|of",
            _LENGTH,
            weight=1,
        ),
        form(
            "verb:use|put|show|add",
            "with!=clips|files@-|ba",
            "clips!=clips|files@instead|instead_of|for",
            "instead=instead_of",
            weight=1,
        ),
        form("verb:use, verb:replace", "with!=clips|files@-|ba", "clips!=clips|files", weight=3),
        form(
            "verb:use|put|show|add, instead_of:",
            "with!=clips|files@-|ba",
            "clips!=clips|files@instead_of|instead|for",
            "end=edge@at",
            _LENGTH,
            weight=2,
        ),
    ),
    ("puts another file in a clip's place", "用另一个文件替换片段"),
    ("replace clip 2 with town.jpg", "把片段2换成 town.jpg"),
    _replace,
    frozenset({"clips", "texts", "sounds", "clip:sound", "clip:freeze"}),
    asks={
        "clips": ("Which clip?", "哪个片段？"),
        "with": ("By which file? For example: beach.mp4.", "换成哪个文件？例如：beach.mp4。"),
    },
)
