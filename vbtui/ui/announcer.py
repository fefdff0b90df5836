"""Tells once that an export has ended: bell, notification of the terminal or the desktop, a toast."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from vbtui.journal.records import Render, RenderState
from vbtui.session.events import Event, RenderChanged

if TYPE_CHECKING:
    from vbtui.exports.notify import Notice

_ENDED = (RenderState.DONE, RenderState.FAILED)


class Announcer:
    """Watches the exports.

    Args:
        since: exports that ended earlier (seconds since 1970) are old news.
        write: sends a sequence to the terminal.
        show: shows the notice on the screen.
        environ: tells what the terminal is.
    """

    def __init__(
        self,
        since: float,
        write: Callable[[str], None],
        show: Callable[[Notice], None],
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._since = since
        self._write = write
        self._show = show
        self._environ = environ
        self._under_way: set[str] = set()
        self._told: set[str] = set()

    def take(self, event: Event) -> None:
        """A report of the engine."""
        if not isinstance(event, RenderChanged):
            return
        render = event.render
        if not render.state.is_over:
            self._under_way.add(render.id)
            self._told.discard(render.id)
        elif render.state in _ENDED and self._is_news(render):
            self._told.add(render.id)
            self._tell(render)

    def _is_news(self, render: Render) -> bool:
        if render.id in self._told:
            return False
        return render.id in self._under_way or (render.ended_at or 0) >= self._since

    def _tell(self, render: Render) -> None:
        from vbtui.exports import notify
        from vbtui.ui.kit import opener

        notice = notify.notice_of(render)
        if notice is None:
            return
        sequence = notify.terminal_sequence(notice, self._environ)
        self._write(sequence)
        if sequence == notify.BELL:  # the terminal shows no notifications, the desktop may
            opener.run(notify.desktop_command(notice, self._environ))
        self._show(notice)
