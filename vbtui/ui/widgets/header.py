"""The two lines on top: what this is and how it is connected; where you are and what is going on."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from vbtui.engine.model import Link, Overview
from vbtui.ui import words
from vbtui.ui.host import host_of
from vbtui.ui.keys import BY_ID
from vbtui.ui.ports import EngineLike
from vbtui.ui.running import what_runs

Piece = tuple[str, str]
"""Text and style."""

_GAP = " · "


def shorten(text: str, cells: int) -> str:
    """`text` in at most `cells` cells, with … where something was cut."""
    return Content(text).truncate(max(cells, 0), ellipsis=True).plain if cells > 0 else ""


class Header(Widget):
    """One line: project, backend, link, credits, life of the account."""

    def render(self) -> Content:
        host = host_of(self)
        return header_line(host.overview, host.now(), self.size.width)


def header_line(overview: Overview, now: float, width: int) -> Content:
    """The header in `width` cells: the less important pieces go first when space is short."""
    project = overview.session.name if overview.session else "vbtui"
    right = _right(overview, now)
    while len(right) > 1 and _width(right) + 14 > width:
        right.pop()
    room = width - _width(right) - 3
    name = shorten(project, room)
    gap = max(width - cell_len(name) - _width(right) - 2, 1)
    pieces: list[Piece] = [(" ", ""), (name, "$text bold"), (" " * gap, "")]
    for index, piece in enumerate(right):
        pieces += [(_GAP, "$text-muted"), piece] if index else [piece]
    return Content.assemble(*pieces)


def _right(overview: Overview, now: float) -> list[Piece]:
    look = words.LINKS[overview.link]
    pieces: list[Piece] = [(f"{look.symbol} {look.word}", look.style)]
    if overview.backend:
        pieces.append((shorten(overview.backend, 30), "$text"))
    if overview.credits is not None and overview.link is Link.READY:
        pieces.append((words.credits_text(overview.credits), "$text"))
    if overview.account is not None:
        text = words.account_text(overview.account, now)
        if text:
            pieces.append((text, "$text-muted"))
    return pieces


def _width(pieces: list[Piece]) -> int:
    return sum(cell_len(text) for text, _ in pieces) + len(_GAP) * max(len(pieces) - 1, 0)


class Tabs(Widget):
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
            self.refresh()

    def render(self) -> Content:
        host = host_of(self)
        tabs = [self._tab(name, host.engine) for name in self.ORDER]
        left = Content("  ").join(tabs)
        going_on = self.notice or (activity(host.engine, host.now()) if host.engine else "")
        room = self.size.width - left.cell_length - 4
        right = shorten(going_on, room)
        style = "$text-warning bold" if self.notice else "$text-primary"
        gap = " " * max(self.size.width - left.cell_length - cell_len(right) - 2, 1)
        return Content.assemble(" ", left, gap, (right, style))

    def _tab(self, name: str, engine: EngineLike | None) -> Content:
        key = BY_ID[f"app.{name}"]
        count = _count(name, engine)
        label = f"{key.label} {count}" if count else key.label
        is_current = name == self._current
        text = Content.assemble(
            (key.display + " ", "$text-muted"),
            (label, "$text-primary bold underline" if is_current else "$text"),
        )
        return text.stylize(Style.from_meta({"@click": f"app.{key.action}"}))


def _count(name: str, engine: EngineLike | None) -> str:
    if engine is None:
        return ""
    if name == "media":
        return str(len(engine.library.assets) or "")
    if name == "renders":
        return str(len(engine.exports.renders) or "")
    if name == "timeline":
        version = engine.drafts.current
        shown = version.timeline if version else None
        return words.clock_text(shown.duration_ms) if shown and shown.tracks else ""
    return ""


def activity(engine: EngineLike, now: float) -> str:
    """What is going on, in a few words; empty when nothing is."""
    parts = []
    running = what_runs(engine)
    if running.turn:
        since = running.turn.sent_at or running.turn.created_at
        parts.append(f"▸ Agent {words.clock_text(round((now - since) * 1000))}")
    if running.uploads:
        total = sum(asset.size for asset in running.uploads)
        sent = sum(asset.sent for asset in running.uploads)
        share = f" {100 * sent / total:.0f}%" if total and sent else ""
        parts.append(f"↑ {words.plural(len(running.uploads), 'file')}{share}")
    if running.renders:
        active = next((render for render in running.renders if render.progress), running.renders[0])
        more = f" +{len(running.renders) - 1}" if len(running.renders) > 1 else ""
        parts.append(f"▸ {words.render_line(active, now)}{more}")
    return "  ".join(parts)
