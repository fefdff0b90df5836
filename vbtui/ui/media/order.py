"""Which files a list shows, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from vbtui.journal.records import Asset
from vbtui.ui.kit import words

Key = Callable[[Asset], str | float]

ORDERS: tuple[str, ...] = (
    "",
    "Name",
    "Kind",
    "Length",
    "Size",
    "Picture",
    "Source",
    "Used",
    "State",
)
"""Titles of columns, as a key steps through them; empty: as they came."""


def holding(assets: Iterable[Asset], letters: str) -> list[Asset]:
    """Those whose name or label holds every word of `letters`, in whatever case."""
    wanted = letters.casefold().split()
    if not wanted:
        return list(assets)
    return [asset for asset in assets if _holds(asset, wanted)]


def _holds(asset: Asset, wanted: Sequence[str]) -> bool:
    name = f"{asset.label} {asset.name}".casefold()
    return all(word in name for word in wanted)


def ordered(
    assets: Sequence[Asset], title: str, *, is_falling: bool, used: Mapping[int, int]
) -> Sequence[Asset]:
    """In the order of a column; what is equal stays as it came.

    Args:
        used: how often each file, by its id, is on the timeline.
    """
    key = _KEYS.get(title)
    if title == "Used":
        return sorted(assets, key=lambda asset: used.get(asset.id, 0), reverse=is_falling)
    if key is None:
        return assets[::-1] if is_falling else assets
    return sorted(assets, key=key, reverse=is_falling)


_STATES = {state: place for place, state in enumerate(words.ASSETS)}
_KEYS: dict[str, Key] = {
    "Name": lambda asset: asset.shown.casefold(),
    "Kind": lambda asset: asset.kind,
    "Length": lambda asset: asset.duration_s or 0.0,
    "Size": lambda asset: asset.size,
    "Picture": lambda asset: (asset.width or 0) * (asset.height or 0),
    "Source": lambda asset: asset.source,
    "State": lambda asset: _STATES[asset.state],
}
