"""What stands between an operation and the draft: what changed is compared with what it may change.

An operation whose change lies outside of its footprint, or touches a clip that nobody named, is not kept.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from vbtui.studio.director.operation import Operation
from vbtui.studio.director.resolving import identity
from vbtui.studio.project import draft as d

_CANVAS = ("width", "height", "fps", "own_fps", "fit")
_FOLLOWS = frozenset({"transition", "in", "trim", "fade_in", "fade_out"})
"""Keys of clips that may change with the sequence, also of clips that nobody named: lengths are shared out, transitions
give way."""
_WHOLE = frozenset({"length", "add", "transition", "undo", "redo", "reset", "cut", "keep"})


def outside(
    operation: Operation,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    named: Collection[str],
) -> str:
    """What changed that the operation may not change, in a word for the log; empty when nothing did."""
    touches = operation.touches
    if "everything" in touches or before is None or not d.clips(before):
        return ""
    if after is None:
        return "timeline"
    old, new = {identity(c): c for c in d.clips(before)}, {identity(c): c for c in d.clips(after)}
    keys = {touch.removeprefix("clip:") for touch in touches if touch.startswith("clip:")}
    sequence = "clips" in touches
    if not sequence and "split" not in touches and (list(old) != list(new)):
        return "which clips there are"
    for one, clip in new.items():
        was = old.get(one)
        if was is None:
            continue
        changed = _changed_keys(was, clip)
        allowed = keys | (_FOLLOWS if sequence else set())
        if sequence and (not named or one in named or operation.name in _WHOLE):
            allowed |= {"speed", "volume", "fit", "asset", "title"}
        if "split" in touches:
            allowed |= {"in", "transition", "fade_in", "fade_out", "trim"}
        if changed - allowed:
            return f"{sorted(changed - allowed)[0]} of a clip"
        if (
            not sequence
            and "split" not in touches
            and d.length(was) != d.length(clip)
            and operation.name != "fade"
        ):
            return "how long a clip is"
        if (
            keys
            and named
            and one not in named
            and changed & keys - _FOLLOWS
            and "canvas" not in touches
        ):
            return f"{sorted(changed & keys)[0]} of a clip that was not named"
    if "texts" not in touches and not sequence and _texts(before) != _texts(after):
        return "texts"
    if "sounds" not in touches and not sequence and d.sounds(before) != d.sounds(after):
        return "music"
    if "canvas" not in touches and any(
        d.meta(before).get(key) != d.meta(after).get(key) for key in _CANVAS
    ):
        return "the frame"
    return ""


def _changed_keys(was: d.Json, now: d.Json) -> set[str]:
    before, after = d.meta(was), d.meta(now)
    if before == after:
        return set()
    return {key for key in {*before, *after} if before.get(key) != after.get(key)}


def _texts(draft: Mapping[str, Any]) -> list[Any]:
    return [
        (one.get("id"), d.meta(one).get("text"), d.start(one), d.length(one))
        for one in d.texts(draft)
    ]


def differs(draft: Mapping[str, Any] | None, before: Mapping[str, Any] | None) -> bool:
    """Whether what is seen or heard is another; numbers that the director keeps for itself do not count."""
    if draft is None or before is None:
        return draft is not before and bool(d.tracks(draft or before or {}))
    return _plain(draft) != _plain(before)


def _plain(draft: Mapping[str, Any]) -> dict[str, Any]:
    kept = {
        key: value
        for key, value in d.meta(draft).items()
        if key not in ("version", "ids", "target")
    }
    return {**draft, "m": kept, "t": [track for track in d.tracks(draft) if d.segments(track)]}
