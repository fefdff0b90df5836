"""One file in words: the cells of its row, its state in full, all that is known about it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from vbtui.base.text import clean_line, format_bytes
from vbtui.journal.records import Asset, AssetState
from vbtui.timeline.model import Placed
from vbtui.ui.kit import words
from vbtui.ui.kit.grid import plain

_MOST_USES = 5
_LABEL = 9


def name_cell(asset: Asset) -> Content:
    """What the user calls it, and its own name behind that."""
    if not asset.label:
        return plain(asset.name)
    return Content.assemble((asset.label, ""), (f"  {asset.name}", "$foreground-muted"))


def length_cell(asset: Asset) -> Content:
    if not asset.duration_s:
        return Content("")
    return plain(words.clock_text(round(asset.duration_s * 1000)))


def size_cell(asset: Asset) -> Content:
    return plain(format_bytes(asset.size)) if asset.size else Content("")


def picture_cell(asset: Asset) -> Content:
    if not (asset.width and asset.height):
        return Content("")
    return plain(f"{asset.width}x{asset.height}", "$foreground-muted")


def source_cell(asset: Asset) -> Content:
    return plain(words.SOURCES.get(asset.source, asset.source), "$foreground-muted")


def state_cell(asset: Asset, now: float) -> Content:
    """Symbol, word, and while it is uploading a bar."""
    look = words.ASSETS[asset.state]
    text = words.asset_state(asset, now)
    if asset.state is AssetState.UPLOADING:
        text = f"{words.bar(words.asset_progress(asset), 8)} {text.removeprefix(look.word + ' ')}"
    return Content.styled(f"{look.symbol} {text}", look.style)


def state_in_full(asset: Asset, now: float, uses: Sequence[Placed] | None) -> Content:
    """One file's state, use and place in words, for narrow screens.

    Args:
        uses: where it is on the timeline; None: not known yet, or there is no timeline.
    """
    look = words.ASSETS[asset.state]
    place = clean_line(str(asset.path)) if asset.path else asset.url
    used = f" · {_times(uses)}" if uses is not None else ""
    return Content.assemble(
        (f"{look.symbol} {words.asset_state(asset, now)}", look.style),
        (f"{used}\n{place}", "$foreground-muted"),
    )


def _times(uses: Sequence[Placed]) -> str:
    if not uses:
        return "not on the timeline"
    return f"on the timeline {'once' if len(uses) == 1 else f'{len(uses)} times'}"


def facts_of(asset: Asset, now: float, uses: Sequence[Placed] | None) -> Content:
    """All that is known about one file, for the detail pane; `uses` as above."""
    look = words.ASSETS[asset.state]
    facts = [
        ("File", asset.name if asset.label else ""),
        ("Kind", asset.kind or "not known"),
        ("Length", _exact(asset.duration_s)),
        ("Picture", f"{asset.width} x {asset.height}" if asset.width else ""),
        ("Frames", f"{asset.fps:g} a second" if asset.fps else ""),
        ("Size", format_bytes(asset.size) if asset.size else ""),
        ("Source", words.SOURCES.get(asset.source, asset.source)),
        ("Path", clean_line(str(asset.path)) if asset.path else ""),
        ("URL", asset.url if asset.url and not asset.path else ""),
    ]
    lines = [
        Content.styled(asset.shown, "bold"),
        Content.styled(f"{look.symbol} {words.asset_state(asset, now)}", look.style),
        Content(""),
    ]
    lines += [_fact(label, text) for label, text in facts if text]
    lines += _used(uses) if uses is not None else []
    return Content("\n").join(lines)


def _exact(seconds: float | None) -> str:
    return words.clock_text(round(seconds * 1000), fraction=True) if seconds is not None else ""


def _fact(label: str, text: str) -> Content:
    return Content.assemble((label.ljust(_LABEL), "$foreground-muted"), (text, ""))


def _used(uses: Sequence[Placed]) -> list[Content]:
    """Where it is on the timeline, a line each."""
    if not uses:
        return [_fact("Used", "not on the timeline")]
    lines = []
    for number, (track, segment) in enumerate(uses[:_MOST_USES]):
        span = f"{words.clock_text(segment.start_ms)}-{words.clock_text(segment.end_ms)}"
        lines.append(
            _fact("" if number else "Used", f"{span} {clean_line(track.name) or track.kind}")
        )
    if len(uses) > _MOST_USES:
        lines.append(_fact("", f"and {len(uses) - _MOST_USES} times more"))
    return lines
