"""What came of a turn: what was done, what was not, the timeline in small, what can be done next."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from textual.content import Content
from textual.geometry import Size

from vbtui.base import programs
from vbtui.base.keys import key_name, table
from vbtui.base.text import clean_line
from vbtui.base.translation import Translation
from vbtui.conversation import receipts
from vbtui.journal.records import Offer, Turn
from vbtui.ui.chat.answer import rows
from vbtui.ui.chat.glance import lane_lines
from vbtui.ui.kit.host import host_of, timeline_of
from vbtui.ui.kit.widgets import Choice, Drawn

_T = Translation
_OPEN, _FETCH, _COPY_PATH = _T("open", "打开"), _T("fetch it", "取回"), _T("copy path", "复制路径")
_LOOK, _EXPORT, _UNDO = _T("timeline", "时间线"), _T("export", "导出"), _T("undo", "撤销")
_MUTED = "$foreground-muted"
_STYLES = {receipts.DONE: "$text-success", receipts.NOT: "$text-warning"}
_MOST_LANES = 3
LEAST_HEIGHT = 22
"""Lines of a terminal in which the small picture of the lanes has room."""


class Lines(Drawn):
    """What was done, then what was not; a long line goes on under its own words."""

    def __init__(self) -> None:
        super().__init__(classes="turn-receipt")
        self._lines: list[receipts.Line] = []

    def put(self, lines: list[receipts.Line]) -> None:
        """Show these in place of what is shown."""
        if lines != self._lines:
            self._lines = lines
            self.refresh(layout=True)

    def draw(self) -> Content:
        return Content("\n").join(self._rows(self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._rows(width))

    def _rows(self, width: int) -> list[Content]:
        return [row for line in self._lines for row in _rows(line, width)]


def _rows(line: receipts.Line, width: int) -> Iterator[Content]:
    style = _STYLES.get(line.mark, _MUTED)
    mark = f"{line.mark or ' '} "
    for number, (start, end) in enumerate(rows(line.text, width - len(mark))):
        yield Content.assemble(
            (mark if not number else " " * len(mark), f"{style} bold"),
            (line.text[start:end], "" if line.mark == receipts.DONE else style),
        )


def result_lines(turn: Turn) -> list[receipts.Line]:
    """What came of a turn; for a video that lies on another machine than the screen the line that fetches it."""
    found = receipts.lines(turn)
    video = turn.receipt.video if turn.receipt is not None else None
    if video is not None and os.environ.get("SSH_CONNECTION"):
        found.append(
            receipts.Line(clean_line(programs.fetch_command(Path(video.path), os.environ)))
        )
    return found


def state_of(turn: Turn) -> Content | None:
    """`1:00 · 9 clips · 3 tracks · took 4.2 s`; None when there is nothing to say."""
    shape, cost = receipts.state_line(turn), receipts.cost_line(turn)
    if not shape and not cost:
        return None
    gap = " · " if shape and cost else ""
    return Content.assemble((shape, "bold"), (gap + cost, _MUTED))


class Lanes(Drawn):
    """The timeline as the newest turn left it, a line for each track."""

    def __init__(self) -> None:
        super().__init__(classes="turn-lanes")

    def draw(self) -> Content:
        timeline = timeline_of(host_of(self).engine)
        if timeline is None or not self.size.width:
            return Content("")
        return Content("\n").join(lane_lines(timeline, self.size.width, _MOST_LANES))


def next_choices(turn: Turn) -> list[Choice]:
    """What can be done with what the newest turn made, beside what it offers itself."""
    slip = turn.receipt
    if slip is not None and slip.video is not None:
        opens = (_OPEN if programs.has_desktop(os.environ) else _FETCH).of()
        return [
            Choice(Offer.OPEN, opens, shown=key_name("prompt.send")),
            Choice(Offer.COPY_PATH, _COPY_PATH.of(), shown=table()["chat.copy"].display),
        ]
    if slip is None or not slip.version or not slip.tracks:
        return []
    look, export = table()["app.timeline"], table()["app.export"]
    return [
        Choice(Offer.LOOK, _LOOK.of(), shown=look.display),
        Choice(Offer.EXPORT, _EXPORT.of(), shown=export.display),
        Choice(Offer.UNDO, _UNDO.of(), "u"),
    ]
