"""Why a file waits or failed, in the words that stand behind its name."""

from __future__ import annotations

from vbtui.base.errors import VbtuiError
from vbtui.base.times import format_wait
from vbtui.journal.records import Asset, AssetState

_NO_ROOM = 160


def phrase(error: VbtuiError) -> str:
    """An error's message as a phrase: no full stop, no capital where a word begins it."""
    text = error.message.strip().rstrip(".")
    head, _, rest = text.partition(" ")
    if head[1:].islower() and head[:1].isupper():
        text = f"{head[0].lower()}{head[1:]} {rest}".strip()
    return text if len(text) <= _NO_ROOM else text[: _NO_ROOM - 1] + "…"


def reason_now(asset: Asset, now: float) -> str:
    """Why it waits or failed, with when it is tried again: `retry in 40 s: connection refused`."""
    if asset.state is not AssetState.FAILED or asset.retry_at is None:
        return asset.reason
    return f"retry in {format_wait(asset.retry_at - now)}: {asset.reason}"


def growing(quiet_s: float, settle_s: float) -> str:
    """`growing, quiet 3.1 s of 5`."""
    return f"growing, quiet {quiet_s:.1f} s of {settle_s:g}"
