"""duck: music that is lowered while the clips are heard."""

from __future__ import annotations

from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations import level
from vbtui.studio.director.resolving import identity, positions, sounds
from vbtui.studio.director.work import Work
from vbtui.studio.project import draft as d
from vbtui.timeline.model import AUDIO


def _duck(work: Work, slots: Slots) -> Json:
    work.timeline()
    remove = value(slots, "way") == "remove"
    named = next((one for one in slots.get("what", []) if one.get("clips") is not None), None)
    meant = [item for item in sounds(work, named) if (d.meta(item).get("duck") is True) == remove]
    if not meant:
        raise work.refusal("It is so already.", "已经是这样了。")
    ids = {identity(item) for item in meant}
    under = first(slots, "clips")
    if under is not None:
        where = positions(work, under.get("clips"), speak=False)
        if where != list(range(where[0], where[-1] + 1)):
            raise work.question("Under which one clip?", "在哪个片段下面？", "clips")
        begin = d.start(work.clips[where[0]])
        end = d.start(work.clips[where[-1]]) + d.length(work.clips[where[-1]])
        level.change_in(work, ids, begin, end, lambda one: d.with_meta(one, duck=True))
        work.mind.speak("music", sorted(ids))
        return {"music": True, "duck": True, "ranges_ms": [[begin, end]]}
    work.draft = d.replace(
        work.timeline(),
        lambda kind, item: (
            d.with_meta(item, duck=None if remove else True)
            if kind == AUDIO and identity(item) in ids
            else item
        ),
    )
    work.mind.speak("music", sorted(ids))
    return {"music": True, "duck": not remove}


_ABOUT = (
    "what*=thing:music|sound|thing:volume|thing:sound",
    "more*=word:topic:duck|word:duck:on",
    "dir=word:dir:down",
    "way_down=word:more:smaller|word:verb:quieter|word:verb:decrease",
    "let=word:verb:make|word:verb:turn|word:verb:set|word:verb:move",
    "little=little",
)
_LOWER = "verb:quieter|decrease|more:smaller|dir:down|too:smaller"

OPERATION = Operation(
    "duck",
    (
        form("duck:on", *_ABOUT, "clips=clips|files@under|during|in|over|for|beneath", weight=1),
        form(
            "verb:add|use|put, duck:on", "more*=word:topic:duck|word:duck:on", weight=1, strict=True
        ),
        form(f"{_LOWER}, thing:music, topic:duck", *_ABOUT, strict=True),
        form(f"{_LOWER}, topic:duck", "song!!=sound", *_ABOUT, strict=True),
        form("verb:remove|stop|off|undo, duck:on", *_ABOUT, way="remove", weight=1),
        form("verb:turn, dir:off, duck:on", *_ABOUT, way="remove", weight=1),
    ),
    ("lowers the music while the clips are heard", "说话时压低音乐"),
    ("lower the music when I speak", "duck the music", "说话时压低音乐", "音乐自动压低"),
    _duck,
    frozenset({"sounds"}),
)
