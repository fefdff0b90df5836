"""States, times and sizes in words and symbols: what every screen writes the same way.

Each state has a symbol and a word, so that no meaning hangs on colour alone. Symbols are one cell
wide in every terminal.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from vbtui.base.text import format_bytes
from vbtui.base.times import TimeLeft, format_left, format_seconds
from vbtui.journal.records import Asset, AssetState, Render, RenderState
from vbtui.session.events import Account, Link

if TYPE_CHECKING:
    from vbtui.wire.replies import CreditBalance


class Badge(NamedTuple):
    """How a state is shown."""

    symbol: str
    word: str
    style: str
    """A theme token."""


LINKS = {
    Link.STARTING: Badge("○", "setting up", "$foreground-muted"),
    Link.READY: Badge("●", "ready", "$text-success"),
    Link.OFFLINE: Badge("✕", "offline", "$text-error"),
    Link.REFUSED: Badge("!", "sign-in refused", "$text-error"),
}

ASSETS = {
    AssetState.SEEN: Badge("·", "seen", "$foreground-muted"),
    AssetState.SETTLING: Badge("~", "growing", "$foreground-muted"),
    AssetState.HASHING: Badge("~", "reading", "$foreground-muted"),
    AssetState.QUEUED: Badge("○", "queued", "$foreground-muted"),
    AssetState.UPLOADING: Badge("↑", "uploading", "$text-primary"),
    AssetState.DONE: Badge("✓", "ready", "$text-success"),
    AssetState.FAILED: Badge("✕", "failed", "$text-error"),
    AssetState.SKIPPED: Badge("-", "skipped", "$foreground-muted"),
    AssetState.REPLACED: Badge("-", "replaced", "$foreground-muted"),
    AssetState.GONE: Badge("?", "gone", "$text-warning"),
}

RENDERS = {
    RenderState.WAITING: Badge("○", "waiting", "$foreground-muted"),
    RenderState.SUBMITTING: Badge("○", "starting", "$foreground-muted"),
    RenderState.PENDING: Badge("○", "queued", "$foreground-muted"),
    RenderState.PROCESSING: Badge("▸", "rendering", "$text-primary"),
    RenderState.DOWNLOADING: Badge("↓", "fetching", "$text-primary"),
    RenderState.DONE: Badge("✓", "done", "$text-success"),
    RenderState.FAILED: Badge("✕", "failed", "$text-error"),
    RenderState.CANCELLED: Badge("-", "cancelled", "$foreground-muted"),
    RenderState.UNKNOWN: Badge("?", "not known", "$text-warning"),
}

SOURCES = {
    "picked": "picked",
    "watch": "hot folder",
    "url": "URL",
    "generated": "generated",
    "other": "elsewhere",
}


ACCEPTED = (
    "mp4 mov avi webm mkv · jpg png gif webp · mp3 wav m4a aac\n"
    "Up to 500 MB each; MP4, MOV, JPG and PNG work best."
)
"""What can be uploaded."""


def credits_text(credits: CreditBalance) -> str:
    """`87 credits`, with what is held back: `87 credits (5 held)`."""
    frozen = f" ({credits.frozen:,.10g} held)" if credits.frozen else ""
    return f"{credits.available:,.10g} credits{frozen}"


def account_text(account: Account, now: float) -> str:
    """`anonymous · 6 d 3 h left`; empty for the local studio, which has no account."""
    if account.kind == "local":
        return ""
    life = f" · {life_text(account.expires_at - now)}" if account.expires_at else ""
    return f"{'own token' if account.kind == 'token' else account.kind}{life}"


def life_text(seconds: float) -> str:
    """`6 d 3 h left`, `3 h 12 min left`, `12 min left`, `expired`."""
    if seconds <= 0:
        return "expired"
    minutes = int(seconds // 60)
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return f"{days} d {hours} h left"
    return f"{hours} h {rest} min left" if hours else f"{rest} min left"


def bar(percent: float, cells: int) -> str:
    """A progress bar of text, `━━━━╸───`: readable without colour."""
    halves = round(max(0.0, min(percent, 100.0)) / 100 * cells * 2)
    full, half = divmod(halves, 2)
    return ("━" * full + ("╸" if half else "")).ljust(cells, "─")


def asset_progress(asset: Asset) -> float:
    """0-100."""
    return 100 * asset.sent / asset.size if asset.size else 0.0


def asset_state(asset: Asset, now: float) -> str:
    """`uploading 42% · 3.1 MB/s`, `failed: larger than 500 MB`: the state with what explains it."""
    word = ASSETS[asset.state].word
    if asset.state is AssetState.UPLOADING:
        rate = f" · {format_bytes(asset.rate)}/s" if asset.rate else ""
        left = (asset.size - asset.sent) / asset.rate if asset.rate else 0
        eta = f" · {format_seconds(left)} left" if left >= 1 else ""
        return f"{word} {asset_progress(asset):.0f}%{rate}{eta}"
    retry = ""
    if asset.state is AssetState.FAILED and asset.retry_at and asset.retry_at > now:
        retry = f" · again in {format_seconds(asset.retry_at - now)}"
    return f"{word}: {asset.reason}{retry}" if asset.reason else word + retry


def render_elapsed(render: Render, now: float) -> str:
    """How long it has taken so far, or took in all."""
    began = render.submitted_at or render.created_at
    ended = render.ended_at or now
    return format_seconds(max(ended - began, 0)) if began else ""


def render_line(render: Render, left: TimeLeft | None = None) -> str:
    """`Export 42% · 12 s left`, for the strip that all screens have.

    Args:
        left: until the file is there; None: nobody can tell.
    """
    badge = RENDERS[render.state]
    if render.state is RenderState.PROCESSING:
        return f"Export {render.progress:.0f}%" + (f" · {left_text(left)}" if left else "")
    return f"Export {badge.word}"


def left_text(left: TimeLeft) -> str:
    """`12 s left`, `40-90 s left`."""
    return f"{format_left(left)} left"


def date_text(at: float, form: str) -> str:
    """That time (seconds since 1970) here, as `strftime` writes it; empty for one that no calendar has."""
    try:
        return datetime.fromtimestamp(at).strftime(form)
    except (OverflowError, ValueError, OSError):
        return ""


def plural(count: int, noun: str) -> str:
    """`1 file`, `3 files`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def common_start(names: Iterable[str]) -> str:
    """The longest text with which all of `names` begin."""
    first, *rest = list(names) or [""]
    while not all(name.startswith(first) for name in rest):
        first = first[:-1]
    return first


def shorten(text: str, cells: int) -> str:
    """`text` in at most `cells` cells, with … where something was cut."""
    return Content(text).truncate(max(cells, 0), ellipsis=True).plain if cells > 0 else ""


def cut_middle(cell: Content, size: int) -> Content:
    """`cell` in at most `size` cells: its beginning, … and a good half from its end."""
    if cell.cell_length <= size or size < 5:
        return cell.truncate(size, ellipsis=True)
    room, count = size // 2 + 1, 0
    while cell[len(cell) - count - 1 :].cell_length <= room:
        count += 1
    tail = cell[len(cell) - count :]
    return Content.assemble(cell.truncate(size - 1 - tail.cell_length), "…", tail)


def shorten_middle(text: str, cells: int) -> str:
    """`text` in at most `cells` cells, with … in its middle where something was cut."""
    if cells <= 0:
        return ""
    most = 8 * cells + 64
    if len(text) > most:  # what is far from both ends is not even measured
        text = text[: most // 2] + text[-(most // 2) :]
    return cut_middle(Content(text), cells).plain
