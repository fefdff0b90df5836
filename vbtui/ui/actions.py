"""What the user can ask for: from a screen, by a key, by a command, from the palette."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from vbtui.base.errors import UsageError, VbtuiError
from vbtui.base.keys import fill, key_name
from vbtui.journal.records import ExportOptions, Offer
from vbtui.ui.kit import keys
from vbtui.ui.kit.host import (
    BackendWanted,
    CommandGiven,
    Host,
    OfferTaken,
    Running,
    TextSent,
    UploadWanted,
    can_stop,
    upload_argument,
    what_runs,
)
from vbtui.ui.kit.keys import keys_at
from vbtui.ui.kit.screen import Dialog, MainScreen

if TYPE_CHECKING:
    from textual.timer import Timer

    from vbtui.engine import Engine

_ARMED_S = 4.0
_NOT_IN_DIALOGS = ("open_link", "export", "upload", "sessions", "help", "stop", "command_palette")


class Actions(Host):
    """The requests of the screens and the actions of the app's keys."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("app"))

    _armed: Timer | None = None
    """Runs while a second Escape would stop something."""

    @property
    def main_screen(self) -> MainScreen | None:
        """The screen in front, below any dialog."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, MainScreen):
                return screen
        return None

    # -- requests -----------------------------------------------------------------------------

    def on_text_sent(self, message: TextSent) -> None:
        self.work(partial(self._say, message.text), name="message", group="say", exclusive=False)

    async def _say(self, text: str) -> None:
        """Say it as soon as it can be kept; what cannot be kept is given back."""
        try:
            engine = await self.opened_engine()
            await engine.conversation.say(text)
        except (VbtuiError, asyncio.CancelledError):
            for screen in self.get_screen_stack("chat")[:1]:
                if isinstance(screen, MainScreen) and screen.is_mounted:
                    screen.give_back(text)
            raise

    def on_upload_wanted(self, message: UploadWanted) -> None:
        async def upload(engine: Engine) -> None:
            if message.paths:
                await engine.library.add(message.paths, "picked")
            for url in message.urls:
                await engine.library.add_url(url)

        self.do("upload", upload)

    def on_command_given(self, message: CommandGiven) -> None:
        argument = message.argument
        match message.name:
            case "/export":
                self.action_export()
            case "/upload" if argument:
                self.do("upload", lambda engine: upload_argument(engine, argument))
            case "/upload":
                self.action_upload()
            case "/new":
                self.do("new project", lambda engine: engine.sessions.new(argument or "project"))
            case "/sessions":
                self.action_sessions()
            case "/claim":
                self.action_open_link()
            case "/help":
                self.action_help()
            case _:
                self.do("message", lambda engine: engine.conversation.say(message.name[1:]))

    def on_offer_taken(self, message: OfferTaken) -> None:
        match message.offer:
            case Offer.LOCAL:
                self.post_message(BackendWanted(is_local=True))
            case Offer.CLAIM:
                self.action_open_link()
            case offer:
                self.do(offer, lambda engine: engine.commands.take(message.turn.id, offer))

    # -- actions ------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in _NOT_IN_DIALOGS and isinstance(self.screen, Dialog):
            return False
        if action == "open_link":
            return not self.is_local
        if action == "stop":
            return can_stop(self.engine)
        return True

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers: the keys that work now, and the theme."""
        for key, active in keys_at(screen):
            if active.enabled and key.palette:
                run = partial(self.run_action, active.binding.action, active.node)
                yield SystemCommand(f"{key.label}  {key.display}", fill(key.help), run)
        yield SystemCommand("Theme", "Change the colours.", self.action_change_theme)

    @property
    def running(self) -> Running:
        return what_runs(self.engine)

    async def action_go(self, name: str) -> None:
        self._disarm()
        if name not in self.MODES or self.main_screen is not self.screen:
            return
        with suppress(KeyError):  # the screen may not be there yet
            for screen in self.get_screen_stack(name)[:1]:
                if isinstance(screen, MainScreen) and screen is not self.screen:
                    await screen.sync()  # before its first frame, which is all of it
        await self.switch_mode(name)

    def action_export(self) -> None:
        options = ExportOptions(quality=self.settings.exports.quality)
        self.do("export", lambda engine: engine.exports.start(options))

    def action_upload(self) -> None:
        from vbtui.ui.dialogs.picker import PickerScreen

        self.push_screen(PickerScreen(Path.cwd()))

    def action_sessions(self) -> None:
        from vbtui.ui.dialogs.dialog import SessionsScreen

        self.push_screen(SessionsScreen())

    def action_open_link(self) -> None:
        self.do("link", exclusive=True, work=self._show_link)

    async def _show_link(self, engine: Engine) -> None:
        """Ask for the link to this project in the web app and show it, to copy or open."""
        if engine.overview.is_local:
            raise UsageError(
                "The local studio has no web app.",
                hint="Projects in the cloud can be opened there.",
            )
        from vbtui.ui.dialogs.dialog import LinkScreen

        claim = await engine.sessions.claim_link()
        register = engine.sessions.registration_link() if engine.overview.is_anonymous else ""
        self.push_screen(LinkScreen(claim, register))

    def action_help(self) -> None:
        from vbtui.ui.dialogs.dialog import HelpScreen

        self.push_screen(HelpScreen(self.screen))

    def action_stop(self) -> None:
        """The first press asks, the second stops."""
        running = self.running
        if self._armed is None:
            self._armed = self.set_timer(_ARMED_S, self._disarm, name="armed")
            what = "the agent" if running.turn else "the export"
            self._say_notice(f"Press {key_name('app.stop')} again to stop {what}")
            return
        self._disarm()
        if running.turn:
            self.do("stop", lambda engine: engine.conversation.stop())
        elif running.renders:
            first = running.renders[0].id
            self.do("stop", lambda engine: engine.exports.cancel(first))

    def _disarm(self) -> None:
        if self._armed is not None:
            self._armed.stop()
            self._armed = None
            self._say_notice("")

    def _say_notice(self, notice: str) -> None:
        if self.main_screen is not None:
            self.main_screen.say_notice(notice)

    def confirm(self, title: str, question: str, yes: str, then: Callable[[], object]) -> None:
        from vbtui.ui.dialogs.dialog import ConfirmScreen

        def answered(agreed: bool | None) -> None:
            if agreed:
                then()

        self.push_screen(ConfirmScreen(title, question, yes), answered)

    async def action_quit(self) -> None:
        from vbtui.ui.dialogs.dialog import ConfirmScreen

        running = self.running
        if not running or isinstance(self.screen, ConfirmScreen):
            self.exit(0)
            return
        question = f"{running.sentence} It goes on the next time you start vbtui."
        self.confirm("Leave vbtui?", question, "Leave", partial(self.exit, 0))
