"""A draft of the cloud made on this machine, when the cloud says no: what the video is made of.

    plan    the saved draft, the originals that this machine uploaded, footage fetched by its URL;
            what cannot be rebuilt is named before anything begins
    start   the plan goes to the journal together with the render that it is for
    make    an embedded studio is started for it, gets the files and the rewritten draft, and
            renders; the video comes home like any other

The journal has the plan under `here:<key>`; a start after a kill goes on with it. The cloud documents
five keys of a draft (wire/README.md, The draft); the rest is read as `vbtui.timeline` reads it. What
cannot be said in the studio's draft is named, never dropped in silence.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vbtui.base.errors import UsageError, VbtuiError
from vbtui.base.programs import require_studio
from vbtui.base.translation import Translation
from vbtui.fallback.originals import Original, Originals, Search, fetched_folder, rows_of
from vbtui.journal import sessions as facts
from vbtui.journal.records import DraftVersion
from vbtui.session.context import Context
from vbtui.timeline.changes import describe
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Segment, Timeline, Track
from vbtui.timeline.visible import made_from_files

_IS_HERE = Translation(
    "This project is rendered on this machine already.", "这个项目本来就在这台电脑上渲染。"
)
_UNKNOWN = Translation("{what}: {kind} is of a kind that is not known", "{what}：{kind} 的类型未知")
_NOTHING = Translation("{what}: there is nothing in it", "{what}：其中没有内容")


_KEPT_S = 7 * 86400


@dataclass(frozen=True, slots=True)
class HerePlan:
    """What a render on this machine would be made of."""

    session_id: str
    version: int
    title: str
    parts: tuple[str, ...]
    """Each part that will be in the video, in words."""
    missing: tuple[str, ...]
    """Each part that will not, with the reason."""
    originals: Mapping[str, Original] = field(repr=False)
    """The files, by the names that `draft` gives them."""
    draft: Mapping[str, Any] = field(repr=False)
    """The studio's draft."""
    duration_ms: int = 0

    @property
    def can_start(self) -> bool:
        """Whether anything is left to render."""
        return bool(self.parts)


async def make_plan(context: Context, version: DraftVersion) -> HerePlan:
    """What can be rendered of `version` here. Footage that is not on this machine is fetched.

    Raises `StudioMissing` where the studio is not installed, `UsageError` when the project is the
    local studio's own, `VbtuiError` when there is nothing to render, `DiskProblem`.
    """
    if context.is_local:
        raise UsageError(_IS_HERE, hint="")
    require_studio()
    if version.timeline is not None and version.timeline.unreadable:
        raise UsageError(code="usage.unreadable_timeline")
    if version.timeline is None or not version.timeline.can_export:
        raise VbtuiError(code="nothing_to_export")
    await asyncio.to_thread(_evict, fetched_folder(context))
    rows = await context.journal.run(lambda c: rows_of(c, version.session_id))
    search = Search(context, Originals(rows), rows, fetches=True)
    for _, segment in made_from_files(version.timeline):
        await search.look(segment)
    result = rewrite(version.timeline, search.asset_of, size=search.frame_size)
    return HerePlan(
        session_id=version.session_id,
        version=version.version,
        title=version.timeline.title,
        parts=tuple(result.kept),
        missing=_missing(version, result, search),
        originals=search.originals,
        draft=result.draft,
        duration_ms=version.timeline.duration_ms,
    )


def keep(connection: sqlite3.Connection, key: str, plan: HerePlan) -> None:
    """Write the plan into the journal, in the transaction of its render."""
    files = {
        name: {
            "name": one.name,
            "path": os.fsencode(one.path).decode("latin-1"),
            "sha256": one.sha256,
        }
        for name, one in plan.originals.items()
    }
    facts.put(connection, _fact(key), {"draft": dict(plan.draft), "originals": files})


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan as the journal has it."""

    draft: Mapping[str, Any]
    originals: Mapping[str, Original]
    session_id: str = ""
    """The studio's session that has the files; empty: none was made yet."""
    assets: Mapping[str, str] = field(default_factory=dict)
    """The studio's ids of the files, by their names in `draft`."""


def read(connection: sqlite3.Connection, key: str) -> KeptPlan | None:
    """The plan of that key; None when there is none."""
    value = facts.get(connection, _fact(key))
    if not isinstance(value, dict):
        return None
    originals = {
        name: Original(one["name"], Path(os.fsdecode(one["path"].encode("latin-1"))), one["sha256"])
        for name, one in value["originals"].items()
    }
    made = value.get("made") or {}
    return KeptPlan(value["draft"], originals, made.get("session", ""), made.get("assets", {}))


def keep_made(
    connection: sqlite3.Connection, key: str, session_id: str, assets: Mapping[str, str]
) -> None:
    """The studio has the files now, in that session; an empty id forgets it."""
    value = facts.get(connection, _fact(key))
    if isinstance(value, dict):
        made = {"session": session_id, "assets": dict(assets)}
        facts.put(connection, _fact(key), {**value, "made": made if session_id else None})


def _evict(folder: Path) -> None:
    """Remove footage that no plan of the last days fetched."""
    with suppress(OSError):
        for path in folder.iterdir():
            if path.stat().st_mtime < time.time() - _KEPT_S:
                path.unlink(missing_ok=True)


def _fact(key: str) -> str:
    return f"here:{key}"


def _missing(version: DraftVersion, result: Rewritten, search: Search) -> tuple[str, ...]:
    assert version.timeline is not None
    unfound = [
        f"{describe(track, segment)}: {search.reasons[id(segment.raw)]}"
        for track, segment in made_from_files(version.timeline)
        if id(segment.raw) in search.reasons
    ]
    return tuple(dict.fromkeys([*unfound, *result.missing]))


KNOWN = (VIDEO, AUDIO, TEXT)
_TRACK_NAMES = {VIDEO: "Video", AUDIO: "Music", TEXT: "Text"}
_SOURCE_KEYS: Mapping[str, type | tuple[type, ...]] = {
    "fit": str,
    "fade_in": (int, float),
    "fade_out": (int, float),
    "loop": bool,
}
_TEXT_KEYS: Mapping[str, type | tuple[type, ...]] = {
    "role": str,
    "position": str,
    "size": (int, float),
    "color": str,
    "anim": str,
    "font": str,
    "box": bool,
}
_DEFAULT_SIZE = (1920, 1080)

AssetOf = Callable[[Segment], str]
"""What the studio's draft names as the source of a segment; empty: it is left out."""


@dataclass(slots=True)
class Rewritten:
    """The studio's draft, and what of the cloud's is not in it."""

    draft: dict[str, Any] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    """Each part that will be seen or heard, in words."""
    missing: list[str] = field(default_factory=list)
    """Each part that has no place in it, with the reason."""


def rewrite(
    timeline: Timeline, asset_of: AssetOf, *, size: tuple[int, int] | None = None
) -> Rewritten:
    """The studio's draft of `timeline`.

    Args:
        size: of the frame where the draft says none.
    """
    result = Rewritten()
    tracks = [
        _track(track, asset_of, result)
        for track in timeline.tracks
        if track.type in KNOWN or _unknown(track, result)
    ]
    width, height = timeline.width, timeline.height
    if not width or not height:
        width, height = size or _DEFAULT_SIZE
    result.draft = {
        "t": [track for track in tracks if track["sg"]],
        "d": timeline.duration_ms,
        "m": {
            "title": timeline.title,
            "width": width,
            "height": height,
            "fps": timeline.fps or 30,
        },
    }
    return result


def with_assets(draft: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    """`draft` with other source names: `ids` maps those that it has to those that it gets."""
    return {
        **draft,
        "t": [
            {**track, "sg": [_with_asset(segment, ids) for segment in track["sg"]]}
            for track in draft["t"]
        ],
    }


def _with_asset(segment: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    meta = dict(segment["m"])
    if "asset" in meta:
        meta["asset"] = ids[meta["asset"]]
    return {**segment, "m": meta}


def _unknown(track: Track, result: Rewritten) -> bool:
    """False, with the segments of the track named."""
    for segment in track.segments:
        result.missing.append(_UNKNOWN.of(what=describe(track, segment), kind=track.kind))
    return False


def _track(track: Track, asset_of: AssetOf, result: Rewritten) -> dict[str, Any]:
    assert track.type is not None
    segments: list[dict[str, Any]] = []
    for number, segment in enumerate(track.segments, 1):
        meta = _text(segment) if track.type == TEXT else _source(segment, asset_of)
        if not meta or segment.duration_ms <= 0:
            if track.type == TEXT or segment.duration_ms <= 0:
                result.missing.append(_NOTHING.of(what=describe(track, segment)))
            continue
        result.kept.append(describe(track, segment))
        identity = f"t{track.index + 1}s{number}"
        segments.append(
            {"id": identity, "s": segment.start_ms, "d": segment.duration_ms, "m": meta}
        )
    name = track.name or _TRACK_NAMES[track.type]
    return {"tt": track.type, "id": f"t{track.index + 1}", "m": {"name": name}, "sg": segments}


def _text(segment: Segment) -> dict[str, Any]:
    if not segment.text.strip():
        return {}
    return {"role": "title", **_passed_on(segment, _TEXT_KEYS), "text": segment.text}


def _source(segment: Segment, asset_of: AssetOf) -> dict[str, Any]:
    asset = asset_of(segment)
    if not asset:
        return {}
    meta: dict[str, Any] = {
        **_passed_on(segment, _SOURCE_KEYS),
        "title": segment.name,
        "asset": asset,
        "in": segment.source_start_ms,
        "speed": segment.speed,
    }
    if segment.volume is not None:
        meta["volume"] = segment.volume
    if segment.transition:
        meta["transition"] = {"type": segment.transition, "d": segment.transition_ms}
    return meta


def _passed_on(segment: Segment, keys: Mapping[str, type | tuple[type, ...]]) -> dict[str, Any]:
    """What the cloud's metadata says under names that the studio knows, where its type fits."""
    meta = segment.raw.get("m")
    found: dict[str, Any] = {}
    for key, kind in keys.items():
        value = meta.get(key) if isinstance(meta, Mapping) else None
        if isinstance(value, kind) and (isinstance(value, bool) == (kind is bool)):
            found[key] = value
    return found
