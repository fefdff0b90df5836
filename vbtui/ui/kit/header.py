"""The two lines on top: what this is and how it is connected; where you are and what is going on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.style import Style

from vbtui.base.keys import table
from vbtui.base.times import time_code
from vbtui.session.records import Link, Overview
from vbtui.ui.kit import words
from vbtui.ui.kit.host import host_of, timeline_of, what_runs
from vbtui.ui.kit.widgets import Drawn

if TYPE_CHECKING:
    from vbtui.engine import Engine

Piece = tuple[str, str]
"""Text and style."""

_GAP = " · "
_LEAST_NAME = 8
"""Cells of the backend's name that still tell something."""


def shorten(text: str, cells: int) -> str:
    """`text` in at most `cells` cells, with … where something was cut."""
    return Content(text).truncate(max(cells, 0), ellipsis=True).plain if cells > 0 else ""


class Header(Drawn):
    """One line: project, backend, link, credits, life of the account."""

    def draw(self) -> Content:
        host = host_of(self)
        return header_line(host.overview, host.now(), self.size.width)


def header_line(overview: Overview, now: float, width: int) -> Content:
    """The header in `width` cells: the less important pieces go first when space is short."""
    project = overview.session.name if overview.session else "vbtui"
    right = _right(overview, now, width - 14)
    room = width - _width(right) - 3
    name = shorten(project, room)
    gap = max(width - cell_len(name) - _width(right) - 2, 1)
    pieces: list[Piece] = [(" ", ""), (name, "bold"), (" " * gap, "")]
    for index, piece in enumerate(right):
        pieces += [(_GAP, "$foreground-muted"), piece] if index else [piece]
    return Content.assemble(*pieces)


def _right(overview: Overview, now: float, room: int) -> list[Piece]:
    """How it is connected, in `room` cells: the backend's name is cut first, then left out, for the
    link, the credits and the life of the account cannot be guessed."""
    pieces = _pieces(overview, now)
    name = shorten(overview.backend, min(30, room - _width([*pieces, ("", "")])))
    if overview.backend and (name == overview.backend or len(name) >= _LEAST_NAME):
        return [pieces[0], (name, ""), *pieces[1:]]
    while len(pieces) > 1 and _width(pieces) > room:
        pieces.pop()
    return pieces


def _pieces(overview: Overview, now: float) -> list[Piece]:
    badge = words.LINKS[overview.link]
    pieces: list[Piece] = [(f"{badge.symbol} {badge.word}", badge.style)]
    if overview.credits is not None and overview.link is Link.READY and not overview.is_local:
        pieces.append((words.credits_text(overview.credits), ""))
    if overview.account is not None:
        text = words.account_text(overview.account, now)
        if text:
            pieces.append((text, "$foreground-muted"))
    return pieces


def _width(pieces: list[Piece]) -> int:
    return sum(cell_len(text) for text, _ in pieces) + len(_GAP) * max(len(pieces) - 1, 0)


class Tabs(Drawn):
    """One line: the four screens with their keys and counts; on the right what is going on."""

    ORDER = ("chat", "media", "timeline", "renders")

    def __init__(self, current: str) -> None:
        super().__init__()
        self._current = current
        self.notice = ""
        """Takes the place of what is going on: "Press Esc again to stop the agent"."""

    def say(self, notice: str) -> None:
        """Show `notice` on the right until it is replaced; empty takes it away."""
        if notice != self.notice:
            self.notice = notice
            self.redraw()

    def draw(self) -> Content:
        host = host_of(self)
        tabs = [self._tab(name, host.engine) for name in self.ORDER]
        left = Content("  ").join(tabs)
        room = self.size.width - left.cell_length - 4
        right = shorten(self.notice, room) or activity(host.engine, host.now(), room)
        style = "$text-warning bold" if self.notice else "$text-primary"
        gap = " " * max(self.size.width - left.cell_length - cell_len(right) - 2, 1)
        return Content.assemble(" ", left, gap, (right, style))

    def _tab(self, name: str, engine: Engine | None) -> Content:
        key = table()[f"app.{name}"]
        count = _count(name, engine)
        label = f"{key.label} {count}" if count else key.label
        is_current = name == self._current
        text = Content.assemble(
            (key.display + " ", "$foreground-muted"),
            (label, "$text-primary bold underline" if is_current else ""),
        )
        return text.stylize(Style.from_meta({"go": name}))


def _count(name: str, engine: Engine | None) -> str:
    if engine is None:
        return ""
    if name == "media":
        return str(len(engine.library.assets) or "")
    if name == "renders":
        return str(len(engine.exports.renders) or "")
    if name == "timeline":
        shown = timeline_of(engine)
        return time_code(shown.duration_ms) if shown and shown.tracks else ""
    return ""


def activity(engine: Engine | None, now: float, room: int) -> str:
    """What is going on, in at most `room` cells; empty when nothing is."""
    running = what_runs(engine)
    parts: list[tuple[str, str]] = []
    if running.turn:
        since = running.turn.sent_at or running.turn.created_at
        elapsed = time_code(round((now - since) * 1000))
        parts.append((f"Agent {elapsed}", elapsed))
    if running.uploads:
        total = sum(asset.size for asset in running.uploads)
        share = sum(asset.sent for asset in running.uploads) / total if total else 0
        files = words.plural(len(running.uploads), "file")
        parts.append((f"↑ {files} {share:.0%}", f"↑ {share:.0%}"))
    if running.renders:
        active = next((render for render in running.renders if render.progress), running.renders[0])
        more = f" +{len(running.renders) - 1}" if len(running.renders) > 1 else ""
        eta_s = engine.exports.estimate_s(active) if engine else None
        parts.append(
            (
                f"▸ {words.render_line(active, now, eta_s)}{more}",
                f"▸ {active.progress:.0f}%{more}",
            )
        )
    full, short = (" · ".join(part[place] for part in parts) for place in (0, 1))
    return full if cell_len(full) <= room else shorten(short, room)
