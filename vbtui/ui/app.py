"""The app: wires the engine to the screens.

`run` shows the first frame before the engine is imported; the engine starts in a worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import SystemCommand
from textual.binding import BindingType
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.timer import Timer

from vbtui.clock import Clock
from vbtui.engine.events import Event, Noticed, SessionOpened, TurnChanged
from vbtui.engine.model import ExportOptions, Problem
from vbtui.errors import VbtuiError
from vbtui.settings import Settings
from vbtui.ui import keys, requests, style_files
from vbtui.ui.announcer import Announcer
from vbtui.ui.host import Host
from vbtui.ui.messages import (
    BackendWanted,
    CommandGiven,
    OfferTaken,
    Reported,
    TextSent,
    UploadWanted,
)
from vbtui.ui.ports import EngineLike
from vbtui.ui.pump import Pump
from vbtui.ui.running import Running, what_runs
from vbtui.ui.screens.base import MainScreen
from vbtui.ui.screens.dialog import Dialog
from vbtui.ui.widgets.footer import keys_at

MakeEngine = Callable[[bool], Awaitable[EngineLike]]
"""Given whether the local studio is wanted, imports and makes the engine."""

_ARMED_S = 4.0
_CLOSE_S = 5.0
_NOT_IN_DIALOGS = ("open_link", "export", "upload", "sessions", "help", "stop", "command_palette")


def run(
    settings: Settings,
    *,
    local: bool,
    server: str,
    project: str,
    watch: Path | None,
    folder: Path,
) -> int:
    """Show the app until the user leaves; the exit code."""

    async def make(is_local: bool) -> EngineLike:
        engine_module = await asyncio.to_thread(_import_engine)
        engine: EngineLike = engine_module.Engine(
            settings,
            local=is_local,
            server="" if is_local else server,
            project=project,
            folder=folder,
        )
        return engine

    app = VbtuiApp(make, settings, is_local=local, watch=watch)
    return asyncio.run(_run(app))


def _import_engine():  # type: ignore[no-untyped-def]  # a module has no better type
    from vbtui.engine import engine

    return engine


async def _run(app: VbtuiApp) -> int:
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGHUP):
        with contextlib.suppress(NotImplementedError, ValueError):
            loop.add_signal_handler(name, app.exit, 128 + name)
    try:
        code = await app.run_async()
    finally:
        await app.close_engine()
    if app.crash is not None:
        print(f"vbtui: {app.crash}", file=sys.stderr)
        return 1
    return code or 0


class VbtuiApp(Host):
    """Owns the workers, passes reports to the screen in front and requests to the engine."""

    TITLE = "vbtui"
    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("app"))
    ENABLE_COMMAND_PALETTE = True
    DEFAULT_MODE = "chat"

    def __init__(
        self,
        make: MakeEngine,
        settings: Settings,
        *,
        is_local: bool = False,
        watch: Path | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(
            log_file=settings.directories.state / "crash.log",
            css_path=[style_files.sheet("base")],
            clock=clock,
        )
        self.settings = settings
        self.crash: str | None = None
        """What to tell the user after the screen is gone, when vbtui itself failed."""
        self._make = make
        self.is_local = is_local
        self._watch = watch
        self._started = asyncio.Event()
        self._pump = Pump(self._deliver)
        self._announcer = Announcer(self.now(), self.write_terminal, self.show_notice)
        self._unsubscribe: Callable[[], None] | None = None
        self._ticker: Timer | None = None
        self._armed: Timer | None = None

    # -- start and end ------------------------------------------------------------------------

    def on_mount(self) -> None:
        if self.settings.display.theme in self.available_themes:
            self.theme = self.settings.display.theme
        self._ticker = self.set_interval(1.0, self._tick, name="elapsed", pause=True)
        self.call_after_refresh(self.start_engine)

    def start_engine(self) -> None:
        """Make and start the engine in a worker; its services follow."""
        self.work(self._start, name="start", group="start")

    async def _start(self) -> None:
        try:
            engine = await self._make(self.is_local)
            self._unsubscribe = engine.bus.subscribe(self._pump.take)
            self.engine = engine
            await engine.start()
        except VbtuiError as error:
            self.start_problem = Problem.of(error)
        except Exception as error:
            self.start_problem = self.internal_problem(error, "start")
        else:
            await self._serve(engine)
        await self._resync()

    async def _serve(self, engine: EngineLike) -> None:
        """Run the engine's loops; then do what the user asked for meanwhile."""
        for service in engine.services:
            self.work(service.run, name=service.name, group=f"service:{service.name}")
        self._started.set()
        await self._resync()
        if self._watch is not None:
            await engine.library.watch(self._watch)
        for text in tuple(self.held_messages):
            self.held_messages.remove(text)
            await engine.conversation.say(text)

    async def started_engine(self) -> EngineLike:
        await self._started.wait()
        assert self.engine is not None
        return self.engine

    async def close_engine(self) -> None:
        """End the engine and what belongs to it; in bounded time."""
        self._pump.close()
        if self._unsubscribe is not None:
            self._unsubscribe()
        engine, self.engine = self.engine, None
        if engine is not None:
            with contextlib.suppress(TimeoutError, VbtuiError):
                await asyncio.wait_for(engine.close(), _CLOSE_S)

    # -- reports ------------------------------------------------------------------------------

    def _deliver(self, events: tuple[Event, ...]) -> None:
        self.post_message(Reported(events))

    async def on_reported(self, message: Reported) -> None:
        try:
            for event in message.events:
                self._announcer.take(event)
                if isinstance(event, Noticed):
                    self.show_problem(event.problem, _severity(event.severity))
            screen = self.main_screen
            if screen is not None:
                if any(isinstance(event, SessionOpened) for event in message.events):
                    await screen.sync()
                await screen.take(message.events)
                screen.refresh_frame()
            if any(isinstance(event, TurnChanged) for event in message.events):
                self._tick_if_needed()
        finally:
            self._pump.handled()

    @property
    def is_settled(self) -> bool:
        """The engine has started (or failed to) and every report is on the screen."""
        has_begun = self._started.is_set() or self.start_problem is not None
        return has_begun and self._pump.is_idle

    @property
    def main_screen(self) -> MainScreen | None:
        """The screen in front, below any dialog."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, MainScreen):
                return screen
        return None

    async def _resync(self) -> None:
        screen = self.main_screen
        if screen is not None and screen.is_mounted:
            await screen.sync()
            screen.refresh_frame()
        self._tick_if_needed()

    def _tick_if_needed(self) -> None:
        """The only timer that repeats runs while a turn runs."""
        if self._ticker is None:
            return
        if what_runs(self.engine).turn:
            self._ticker.resume()
        else:
            self._ticker.pause()

    def _tick(self) -> None:
        screen = self.main_screen
        if screen is not None:
            screen.tick()
            screen.refresh_frame()

    # -- requests -----------------------------------------------------------------------------

    async def on_text_sent(self, message: TextSent) -> None:
        if not self._started.is_set():
            self.held_messages.append(message.text)
            await self._resync()
            return
        self.do("message", lambda engine: engine.conversation.say(message.text))

    def on_upload_wanted(self, message: UploadWanted) -> None:
        async def upload(engine: EngineLike) -> None:
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
                self.do("upload", lambda engine: requests.upload_argument(engine, argument))
            case "/upload":
                self.action_upload()
            case "/new":
                self.do("new project", lambda engine: engine.sessions.new(argument or "project"))
            case "/sessions":
                self.action_sessions()
            case "/help":
                self.action_help()
            case _:
                self.do("message", lambda engine: engine.conversation.say(message.name[1:]))

    def on_offer_taken(self, message: OfferTaken) -> None:
        match message.offer:
            case "export":
                self.action_export()
            case "local":
                self.post_message(BackendWanted(is_local=True))
            case "upload_again":
                self.do("upload again", lambda engine: engine.library.upload_again())
            case "claim":
                self.action_open_link()
            case offer:
                self.do(offer, lambda engine: engine.conversation.resolve(message.turn.id, offer))

    async def on_backend_wanted(self, message: BackendWanted) -> None:
        """Start again: another backend, or another try."""
        self.workers.cancel_all()
        self._started.clear()
        self.start_problem = None
        if self._unsubscribe is not None:
            self._unsubscribe()
        engine, self.engine = self.engine, None
        self.is_local = self.is_local or message.is_local
        await self._resync()
        if engine is not None:
            with contextlib.suppress(TimeoutError, VbtuiError):
                await asyncio.wait_for(engine.close(), _CLOSE_S)
        self.start_engine()

    # -- actions ------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in _NOT_IN_DIALOGS and isinstance(self.screen, Dialog):
            return False
        if action == "open_link":
            return not self.is_local
        if action == "stop":
            return bool(self.running.turn or self.running.renders)
        return True

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers: the keys that work now, and the theme."""
        for key, active in keys_at(screen):
            if key.palette:
                run = partial(self.run_action, active.binding.action, active.node)
                yield SystemCommand(f"{key.label}  {key.display}", key.tooltip, run)
        yield SystemCommand("Theme", "Change the colours.", self.action_change_theme)

    @property
    def running(self) -> Running:
        return what_runs(self.engine)

    async def action_go(self, name: str) -> None:
        self._disarm()
        if name in self.MODES and self.main_screen is self.screen:
            await self.switch_mode(name)

    def action_export(self) -> None:
        options = ExportOptions(quality=self.settings.exports.quality)
        self.do("export", lambda engine: engine.exports.start(options))

    def action_upload(self) -> None:
        from vbtui.ui.screens.picker import PickerScreen

        self.push_screen(PickerScreen(Path.cwd()))

    def action_sessions(self) -> None:
        from vbtui.ui.screens.sessions import SessionsScreen

        self.push_screen(SessionsScreen())

    def action_open_link(self) -> None:
        self.do("link", lambda engine: requests.open_link(self, engine))

    def action_help(self) -> None:
        from vbtui.ui.screens.help import HelpScreen

        self.push_screen(HelpScreen(self.screen))

    def action_stop(self) -> None:
        """The first press asks, the second stops."""
        running = self.running
        if self._armed is None:
            self._armed = self.set_timer(_ARMED_S, self._disarm, name="armed")
            what = "the agent" if running.turn else "the export"
            self._say_notice(f"Press Esc again to stop {what}")
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

    async def action_quit(self) -> None:
        from vbtui.ui.screens.confirm import ConfirmScreen

        running = self.running
        if not running or isinstance(self.screen, ConfirmScreen):
            self.exit(0)
            return
        question = f"{running.sentence} It goes on the next time you start vbtui."
        self.push_screen(ConfirmScreen("Leave vbtui?", question, "Leave"), self._leave_if)

    def _leave_if(self, confirmed: bool | None) -> None:
        if confirmed:
            self.exit(0)

    # -- what must not happen -----------------------------------------------------------------

    def _fatal_error(self) -> None:
        """An error in vbtui itself: a plain sentence after the screen is gone, details in the log.

        Textual would print the values of local variables, tokens among them.
        """
        error = sys.exc_info()[1]
        if error is not None:
            self.record(error)
            kind = type(error).__name__
            self.crash = f"an internal error ({kind}); the details are in {self.log_file}."
        self._close_messages_no_wait()


def _severity(name: str) -> SeverityLevel:
    return "error" if name == "error" else "information" if name == "information" else "warning"


def _chat() -> Screen[None]:
    from vbtui.ui.screens.chat import ChatScreen

    return ChatScreen()


def _media() -> Screen[None]:
    from vbtui.ui.screens.media import MediaScreen

    return MediaScreen()


def _timeline() -> Screen[None]:
    from vbtui.ui.screens.timeline import TimelineScreen

    return TimelineScreen()


def _renders() -> Screen[None]:
    from vbtui.ui.screens.renders import RendersScreen

    return RendersScreen()


_SCREENS: dict[str, Callable[[], Screen[None]]] = {
    "chat": _chat,
    "media": _media,
    "timeline": _timeline,
    "renders": _renders,
}
VbtuiApp.MODES = dict(_SCREENS)
