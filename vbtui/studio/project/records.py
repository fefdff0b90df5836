"""A session as it stands in `session.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from vbtui.studio.project.media import AudioStream, Media


@dataclass(frozen=True, slots=True)
class Record:
    """Who a session is, its files, and which drafts it can show."""

    id: str
    task_id: str
    title: str
    language: str
    created_at: float
    """Seconds since 1970."""
    user_id: str = "me"
    media: tuple[Media, ...] = ()
    """In upload order."""
    next_asset: int = 1
    history: tuple[int, ...] = (0,)
    """Numbers of the drafts, the current one last; 0 is the empty timeline."""
    undone: tuple[int, ...] = ()
    """Numbers of the drafts that undo took back, newest last."""
    next_version: int = 1


def record_to_json(record: Record) -> dict[str, Any]:
    """The JSON of `session.json`; media files are named without their directory."""
    value = asdict(record)
    for item in value["media"]:
        item["path"] = item["path"].name
    return value


def record_from_json(value: object, media_folder: Path) -> Record | None:
    """The record that `record_to_json` wrote; None when `value` is none. Unknown keys are left."""
    if not isinstance(value, Mapping):
        return None
    try:
        kept = _known(Record, value)
        kept["media"] = tuple(_media(item, media_folder) for item in kept.get("media", ()))
        for name in ("history", "undone"):
            kept[name] = tuple(int(number) for number in kept.get(name, ()))
        kept["history"] = kept["history"] or (0,)
        return Record(**kept)
    except (TypeError, ValueError, KeyError):
        return None


def _media(value: Mapping[str, Any], folder: Path) -> Media:
    kept = _known(Media, value)
    kept["path"] = folder / Path(kept["path"]).name
    audio = kept.get("audio")
    kept["audio"] = AudioStream(**_known(AudioStream, audio)) if audio else None
    return Media(**kept)


def _known(kind: type[Any], value: Mapping[str, Any]) -> dict[str, Any]:
    names = {item.name for item in fields(kind)}
    return {key: item for key, item in value.items() if key in names}
