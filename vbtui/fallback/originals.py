"""The files on this machine that a draft of the cloud is made from: found by what the draft names.

A segment names its source by URL, name or hash; the journal knows under which of these each file
of this machine went out. A file counts as long as it is unchanged since then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from vbtui.base.text import clean_line
from vbtui.journal.assets import Identity, Row
from vbtui.media.files import Changed, Refused, read_content
from vbtui.timeline.model import Segment

_NAMES = ("filename", "file_name", "name", "title")
_PLACES = ("url", "src", "cdn_url", "asset", "file")
_HASHES = ("hash", "sha256", "digest", "md5")


@dataclass(frozen=True, slots=True)
class Original:
    """A file that a segment is made from."""

    name: str
    """The user's name for it, one clean line."""
    path: Path
    sha256: str = ""

    @property
    def sent_name(self) -> str:
        """The name that the studio is told: its suffix says what kind of file it is."""
        suffix = self.path.suffix
        return self.name if self.name.lower().endswith(suffix.lower()) else self.name + suffix


@dataclass(frozen=True, slots=True)
class Named:
    """How a segment names its source."""

    urls: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()

    @property
    def web_url(self) -> str:
        """Where the source could be fetched; empty when it is named otherwise."""
        return next((url for url in self.urls if url.startswith(("http://", "https://"))), "")


def named_by(segment: Segment) -> Named:
    """Every name that the segment's JSON gives to its source, in order of trust."""
    meta = segment.raw.get("m")
    places: list[Mapping[str, Any]] = [meta] if isinstance(meta, Mapping) else []
    places.append(segment.raw)
    urls = _texts(places, _PLACES)
    names = _texts(places, _NAMES) + [_last_part(url) for url in urls]
    return Named(
        tuple(dict.fromkeys(urls)),
        tuple(dict.fromkeys(filter(None, [*names, segment.name]))),
        tuple(dict.fromkeys(_texts(places, _HASHES))),
    )


class Originals:
    """The rows of a session's files, and which of them a segment means. Blocks: for a thread."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = [row for row in reversed(rows) if row.asset.path is not None]
        self._looked: dict[tuple[int, Identity], str] = {}

    def find(self, named: Named) -> tuple[Original | None, str]:
        """The file that is meant; else None and why it cannot be used (empty: none is known)."""
        reason = ""
        for row in self._candidates(named):
            assert row.asset.path is not None
            problem = self._problem(row, row.asset.path)
            if not problem:
                return Original(row.asset.name, row.asset.path, row.asset.sha256), ""
            reason = reason or problem
        return None, reason

    def _candidates(self, named: Named) -> Iterable[Row]:
        """By URL first, then by hash, then by name; of the same kind the newest first."""
        yield from (row for row in self._rows if row.asset.url and row.asset.url in named.urls)
        yield from (row for row in self._rows if row.asset.sha256 and _has(named.hashes, row))
        yield from (row for row in self._rows if row.remote_name and row.remote_name in named.names)
        yield from (row for row in self._rows if row.asset.name in named.names)

    def _problem(self, row: Row, path: Path) -> str:
        """Why the file is not the one any more that was uploaded; empty when it is."""
        try:
            now = Identity.of(path.stat())
        except OSError:
            return f"{clean_line(str(path))} is gone"
        if now == row.identity:
            return ""
        if (row.id, now) not in self._looked:
            self._looked[row.id, now] = _problem(row, path, now)
        return self._looked[row.id, now]


def _problem(row: Row, path: Path, now: Identity) -> str:
    """What is wrong with a file that was touched; empty when its content is the same."""
    if not row.asset.sha256 or (row.identity is not None and now.size != row.identity.size):
        return f"{clean_line(str(path))} has changed since it was uploaded"
    try:
        content = read_content(path, now, lambda: False)
    except (Refused, Changed):
        return f"{clean_line(str(path))} cannot be read"
    if content.sha256 != row.asset.sha256:
        return f"{clean_line(str(path))} has changed since it was uploaded"
    return ""


def _has(hashes: Sequence[str], row: Row) -> bool:
    return row.asset.sha256 in hashes


def _texts(places: Iterable[Mapping[str, Any]], keys: Sequence[str]) -> list[str]:
    found = (place.get(key) for place in places for key in keys)
    return [text.strip() for text in found if isinstance(text, str) and text.strip()]


def _last_part(url: str) -> str:
    try:
        return clean_line(unquote(urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1]))
    except ValueError:
        return ""
