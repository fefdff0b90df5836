"""From the engine's reports to what the user sees: screens, problems, announcements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbtui.session.events import Event, Noticed, OverviewChanged, SessionOpened, TurnChanged
from vbtui.ui.announcer import Announcer
from vbtui.ui.dialogs.dialog import Dialog
from vbtui.ui.growth import Growth
from vbtui.ui.kit.messages import Reported
from vbtui.ui.pump import Pump
from vbtui.ui.upload_news import UploadNews

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

    from vbtui.ui.app import VbtuiApp


class Reports:
    """Takes the reports of the app's engines, and shows them in batches.

    Args:
        app: gets the batches as `Reported`, and gives them to `show`.
        since: exports that ended earlier (seconds since 1970) are old news.
    """

    def __init__(self, app: VbtuiApp, since: float) -> None:
        self._app = app
        self._growth = Growth()
        self._announcer = Announcer(since, app.write_terminal, app.show_notice)
        self._upload_news = UploadNews(since)
        self._pump = Pump(self._deliver)
        self.take = self._pump.take
        """To be subscribed to an engine's bus."""
        self.close = self._pump.close

    @property
    def is_idle(self) -> bool:
        """Every report is on the screen."""
        return self._pump.is_idle

    def _deliver(self, events: tuple[Event, ...]) -> None:
        self._app.post_message(Reported(events))

    async def show(self, events: tuple[Event, ...]) -> None:
        """Bring everything up to date after a batch; the next one comes when that is done."""
        try:
            await self._show(events)
        finally:
            self._pump.handled()

    async def _show(self, events: tuple[Event, ...]) -> None:
        app = self._app
        if (grown := self._growth.only(events)) is not None:
            if app.main_screen is not None:
                await app.main_screen.grow(grown)
            return
        for event in events:
            self._announcer.take(event)
            if isinstance(event, Noticed):
                app.show_problem(event.problem, _severity(event.severity))
        if (problem := self._upload_news.of(events)) is not None:
            app.show_problem(problem, "error")
        if isinstance(app.screen, Dialog):
            await app.screen.take(events)
        screen = app.main_screen
        if screen is not None:
            with app.batch_update():  # one frame for all, also for what is mounted
                if any(isinstance(event, SessionOpened) for event in events):
                    await screen.sync()
                await screen.take(events)
                screen.refresh_frame()
            screen.check_idle()
        if app.held and any(isinstance(event, OverviewChanged) for event in events):
            app.do("message", lambda _: app.say_held())
        if any(isinstance(event, TurnChanged) for event in events):
            app.tick_if_needed()


def _severity(name: str) -> SeverityLevel:
    return "error" if name == "error" else "information" if name == "information" else "warning"
