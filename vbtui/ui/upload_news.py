"""Tells that files which the user named were not uploaded: on the chat nothing else shows it."""

from __future__ import annotations

from collections.abc import Sequence

from vbtui.base.problem import Problem
from vbtui.journal.records import Asset, AssetState
from vbtui.session.events import AssetChanged, Event

_NAMED = ("picked", "url")
_HINT = "F3 shows it; r there tries again."


class UploadNews:
    """Watches the files.

    Args:
        since: files that were named earlier (seconds since 1970), and have not moved, are old news.
    """

    def __init__(self, since: float) -> None:
        self._since = since
        self._told: dict[int, bool] = {}

    def of(self, events: Sequence[Event]) -> Problem | None:
        """The files that failed for good in these reports, as one problem; None when there is none."""
        assets = [event.asset for event in events if isinstance(event, AssetChanged)]
        failed = [asset for asset in assets if self._is_news(asset)]
        if not failed:
            return None
        first, rest = failed[0], len(failed) - 1
        title = f"{rest + 1} files were not uploaded" if rest else f"{first.name} was not uploaded"
        name = f"{first.name}: " if rest else ""
        return Problem(title, f"{name}{first.reason}.", _HINT)

    def _is_news(self, asset: Asset) -> bool:
        has_failed = asset.state is AssetState.FAILED and asset.retry_at is None
        if asset.source not in _NAMED or (not has_failed and asset.state.is_over):
            return False
        was_told = self._told.get(asset.id, asset.created_at < self._since)
        self._told[asset.id] = has_failed
        return has_failed and not was_told
