"""Which file a segment is made from, and how a written file names it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from urllib.parse import quote, urlsplit

from vbtui.base.text import clean_line
from vbtui.fallback.search import named_by
from vbtui.journal.records import Asset, AssetState
from vbtui.timeline.model import Segment

_MEDIA_PATH = "/studio/media/"


@dataclass(frozen=True, slots=True)
class Reference:
    """The source of one segment."""

    name: str
    """One clean line."""
    location: str = ""
    """A path relative to the written file, or a URL; empty: only the name is known."""
    is_url: bool = False
    asset: Asset | None = None

    @property
    def url(self) -> str:
        """`location` as a URL: relative, percent-encoded."""
        return self.location if self.is_url else quote(self.location, errors="surrogateescape")

    @property
    def plain(self) -> str:
        """`location` as it is, where it is one clean line; else as `url`."""
        return self.location if clean_line(self.location) == self.location else self.url


class References:
    """Finds sources among the assets of a project.

    Args:
        folder: where the files will lie that name them.
    """

    def __init__(self, assets: Sequence[Asset], folder: Path) -> None:
        self._folder = folder.absolute()
        self._by_url: dict[str, list[Asset]] = {}
        self._by_id: dict[str, list[Asset]] = {}
        """By hash, and by the name that the local studio gives to a file in its URL."""
        self._by_name: dict[str, list[Asset]] = {}
        for asset in sorted(assets, key=lambda asset: asset.state is not AssetState.DONE):
            self._by_url.setdefault(asset.url, []).append(asset)
            self._by_name.setdefault(asset.name, []).append(asset)
            for identity in (asset.sha256, _studio_id(asset.url)):
                if identity:
                    self._by_id.setdefault(identity, []).append(asset)
        self._known: dict[int, bool] = {}

    def find(self, segment: Segment) -> Reference:
        """The local original where it is known, else its address, else its name alone."""
        named = named_by(segment)
        found = [asset for url in named.urls for asset in self._by_url.get(url, ())]
        found += self._by_id.get(segment.source, ())
        if not found:
            found = [asset for name in named.names for asset in self._by_name.get(name, ())]
        for asset in found:
            if asset.path is not None and self._is_there(asset):
                relative = os.path.relpath(asset.path.absolute(), self._folder)
                return Reference(asset.name, PurePath(relative).as_posix(), asset=asset)
        url = named.web_url or next((asset.url for asset in found if _is_public(asset.url)), "")
        name = found[0].name if found else segment.name
        return Reference(name, url, bool(url), found[0] if found else None)

    def _is_there(self, asset: Asset) -> bool:
        if asset.id not in self._known:
            assert asset.path is not None
            self._known[asset.id] = asset.path.is_file()
        return self._known[asset.id]


def _studio_id(url: str) -> str | None:
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    return path.rsplit("/", 1)[-1] or None if path.startswith(_MEDIA_PATH) else None


def _is_public(url: str) -> bool:
    """An address that means something to other programs: not one of a studio that will end."""
    return url.startswith(("http://", "https://")) and _studio_id(url) is None
