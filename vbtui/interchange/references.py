"""Which file a segment is made from, and how a written file names it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from urllib.parse import quote, urlsplit

from vbtui.base.text import clean_line
from vbtui.journal.records import Asset, files_of
from vbtui.timeline.model import Segment
from vbtui.timeline.sources import named_by

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
        self._files = files_of(assets)
        self._are_there: dict[int, bool] = {}

    def find(self, segment: Segment) -> Reference:
        """The local original where it is known, else its address, else its name alone."""
        groups = list(self._files.identified(segment)) or list(self._files.called(segment))
        found = [asset for group in groups for asset in group]
        for asset in found:
            if asset.path is not None and self._is_there(asset):
                relative = os.path.relpath(asset.path.absolute(), self._folder)
                return Reference(asset.name, PurePath(relative).as_posix(), asset=asset)
        url = named_by(segment).web_url or next(
            (asset.url for asset in found if _is_public(asset.url)), ""
        )
        name = found[0].name if found else segment.name
        return Reference(name, url, bool(url), found[0] if found else None)

    def _is_there(self, asset: Asset) -> bool:
        if asset.id not in self._are_there:
            assert asset.path is not None
            self._are_there[asset.id] = asset.path.is_file()
        return self._are_there[asset.id]


def _is_public(url: str) -> bool:
    """An address that means something to other programs: not one of a studio that will end."""
    try:
        return url.startswith(("http://", "https://")) and not urlsplit(url).path.startswith(
            _MEDIA_PATH
        )
    except ValueError:
        return False
