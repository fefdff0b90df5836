"""What the backend says that it has, against what the ledger says (wire.md, state).

Media have no id of vbtui's. A file is found again by its content where the backend tells a
SHA-256, by its address, or by its name and, where it is told, its size; each of the backend's
media accounts for one row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from vbtui.base.text import clean_line
from vbtui.journal.assets import Row
from vbtui.journal.records import Asset, AssetState
from vbtui.wire.model import Media, SessionState

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(slots=True)
class Matches:
    """Which of the backend's media is which row."""

    of_row: dict[int, Media] = field(default_factory=dict)
    """By row id."""
    unknown: list[Media] = field(default_factory=list)
    """Uploaded by somebody else."""


def match(rows: Iterable[Row], media: Sequence[Media]) -> Matches:
    """Pair rows with media: the surest sign first, and rows that are done before those that may be.

    `rows`: those that are done, or may have arrived.
    """
    waiting = sorted(rows, key=lambda row: (row.state is AssetState.UPLOADING, row.id))
    pairs: dict[int, Media] = {}
    left = dict(enumerate(media))
    for key_of_media, keys_of_row in _SIGNS:
        index = _index(left, key_of_media)
        for row in waiting:
            hit = next(_hits(row, keys_of_row(row), index, left), None)
            if hit is not None:
                pairs[row.id] = left.pop(hit)
        waiting = [row for row in waiting if row.id not in pairs]
    return Matches(pairs, list(left.values()))


def _index(media: Mapping[int, Media], key_of: Callable[[Media], str]) -> dict[str, list[int]]:
    index: dict[str, list[int]] = {}
    for number, one in media.items():
        if key := key_of(one):
            index.setdefault(key, []).append(number)
    return index


def _hits(
    row: Row, keys: Iterable[str], index: Mapping[str, list[int]], left: Mapping[int, Media]
) -> Iterator[int]:
    for key in keys:
        for number in index.get(key, ()) if key else ():
            if number in left and _is_possible(row, left[number]):
                yield number


def _is_possible(row: Row, media: Media) -> bool:
    """Whether neither content nor size speaks against it."""
    digest = digest_of(media)
    if digest and row.asset.sha256:
        return digest == row.asset.sha256
    return media.size is None or not row.asset.size or media.size == row.asset.size


def digest_of(media: Media) -> str:
    """The SHA-256 in hex where the backend's hash is one; otherwise empty."""
    digest = media.digest.lower()
    return digest if _SHA256.fullmatch(digest) else ""


_SIGNS: tuple[tuple[Callable[[Media], str], Callable[[Row], Iterable[str]]], ...] = (
    (digest_of, lambda row: (row.asset.sha256,)),
    (lambda media: media.url, lambda row: (row.asset.url,)),
    (lambda media: media.name, lambda row: dict.fromkeys((row.remote_name, row.asset.name))),
)
"""What is compared, of a media and of a row."""


def foreign_rows(
    session_id: str, state: SessionState, unknown: Sequence[Media], now: float
) -> list[Row]:
    """Rows for media that nobody here uploaded: `generated` by the agent, or by `other`s."""
    generated = {id(media) for media in state.generated}
    rows = []
    for media in unknown:
        asset = Asset(
            id=0,
            session_id=session_id,
            path=None,
            name=clean_line(media.name) or "unnamed",
            kind=media.kind if media.kind in ("video", "image", "audio") else "",
            source="generated" if id(media) in generated else "other",
            state=AssetState.DONE,
            size=media.size or 0,
            sha256=digest_of(media),
            url=media.url,
            duration_s=media.duration_s,
            width=media.width,
            height=media.height,
            fps=media.fps,
            created_at=now,
            done_at=now,
        )
        rows.append(Row(asset, remote_name=media.name))
    return rows
