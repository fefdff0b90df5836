"""Which file a segment means: by its address, its content, its id, or its name.

A draft names the source of a segment by a URL, a hash, an id or a file name, under whatever key the
backend chose; a file is known by its address, its SHA-256, the last part of its address (where the
studio keeps its id), the name under which it was sent and the name that its user gave it. Both
sides are read here, for client and studio alike, and the ways are gone in that order of trust.

What is done with several candidates differs on purpose:

- a preview, a list of uses: the first is shown, a wrong guess costs a glance;
- a render on this machine: the first whose file is still the one that was sent, a name included;
- a written timeline file: other programs open it unseen, so names count only where nothing better
  is known;
- the studio's render: names that fit files of different content are refused, never guessed at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import unquote, urlsplit

from vbtui.base.text import clean_line
from vbtui.timeline.model import Segment

T = TypeVar("T")

_NAMES = ("filename", "file_name", "name", "title")
_PLACES = ("url", "src", "cdn_url", "asset", "file")
_HASHES = ("hash", "sha256", "digest", "md5")


@dataclass(frozen=True, slots=True)
class Named:
    """How a segment names its source; each kind in order of trust."""

    urls: tuple[str, ...] = ()
    """Addresses and ids: which of them it is cannot be seen."""
    names: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()

    @property
    def web_url(self) -> str:
        """Where the source could be fetched; empty when it is named otherwise."""
        return next((url for url in self.urls if url.startswith(("http://", "https://"))), "")


def named_by(segment: Segment) -> Named:
    """Every name that the segment's JSON gives to its source."""
    meta = segment.raw.get("m")
    places: list[Mapping[str, Any]] = [meta] if isinstance(meta, Mapping) else []
    places.append(segment.raw)
    urls = _texts(places, _PLACES)
    names = _texts(places, _NAMES) + [clean_line(unquote(last_part(url))) for url in urls]
    return Named(
        tuple(dict.fromkeys(urls)),
        tuple(dict.fromkeys(filter(None, [*names, segment.name]))),
        tuple(dict.fromkeys(_texts(places, _HASHES) + urls)),
    )


@dataclass(frozen=True, slots=True)
class KnownFile(Generic[T]):
    """A file under all that a draft may call it; empty what is not known."""

    file: T
    name: str = ""
    """What its user calls it."""
    sent_name: str = ""
    """The name that the backend was told."""
    url: str = ""
    sha256: str = ""
    id: str = ""


class KnownFiles(Generic[T]):
    """The files that a draft may be made from.

    Args:
        files: of those with one name, the one that is wanted most comes first.
    """

    def __init__(self, files: Iterable[KnownFile[T]]) -> None:
        self._by_url: dict[str, list[T]] = {}
        self._by_hash: dict[str, list[T]] = {}
        self._by_id: dict[str, list[T]] = {}
        self._by_sent_name: dict[str, list[T]] = {}
        self._by_name: dict[str, list[T]] = {}
        for one in files:
            for known, name in (
                (self._by_url, one.url),
                (self._by_hash, one.sha256),
                (self._by_id, one.id),
                (self._by_sent_name, one.sent_name),
                (self._by_name, one.name),
            ):
                if name:
                    known.setdefault(name, []).append(one.file)

    def find(self, segment: Segment) -> T | None:
        """The file that is meant most likely."""
        return next(self.candidates(segment), None)

    def candidates(self, segment: Segment) -> Iterator[T]:
        """Every file that may be meant, likely ones first; one may come again."""
        for group in (*self.identified(segment), *self.called(segment)):
            yield from group

    def identified(self, segment: Segment) -> Iterator[Sequence[T]]:
        """The files whose address, content or id is named, those of one name together."""
        named = named_by(segment)
        yield from _groups(self._by_url, named.urls)
        yield from _groups(self._by_hash, named.hashes)
        yield from _groups(self._by_id, named.urls)

    def called(self, segment: Segment) -> Iterator[Sequence[T]]:
        """The files of which only the name is named, those of one name together."""
        named = named_by(segment)
        yield from _groups(self._by_sent_name, named.names)
        yield from _groups(self._by_name, named.names)


def last_part(url: str) -> str:
    """The last part of the path of a URL, percent-encoded as it is; empty where there is none."""
    try:
        return urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1]
    except ValueError:
        return ""


def _groups(known: Mapping[str, Sequence[T]], names: Iterable[str]) -> Iterator[Sequence[T]]:
    return (known[name] for name in names if name in known)


def _texts(places: Iterable[Mapping[str, Any]], keys: Sequence[str]) -> list[str]:
    found = (place.get(key) for place in places for key in keys)
    return [text.strip() for text in found if isinstance(text, str) and text.strip()]
