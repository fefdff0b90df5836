"""The app: wires the engine to the screens.

`run` shows the first frame before the engine is imported; the engine starts in a worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from textual.screen import Screen
from textual.timer import Timer

from vbtui.base.clock import Clock
from vbtui.base.errors import Unreachable, VbtuiError
from vbtui.base.problem import Problem
from vbtui.base.settings import Settings
from vbtui.ui.actions import Actions
from vbtui.ui.kit.host import BackendWanted, Host, Reported, can_stop, what_runs
from vbtui.ui.kit.screen import sheet
from vbtui.ui.pictures.host import Mode, graphics_of_terminal

if TYPE_CHECKING:
    from vbtui.engine import Engine
    from vbtui.ui.reports import Reports


MakeEngine = Callable[[bool], Awaitable["Engine"]]
"""Given whether the local studio is wanted, imports and makes the engine."""

_CLOSE_S = 5.0
_LATER = ("vbtui.ui.reports", "vbtui.ui.chat.answer", "vbtui.ui.pictures.gallery")
"""Imported in a thread after the first frame, so that the loop need not when they are wanted."""


def run(
    settings: Settings,
    *,
    local: bool,
    server: str,
    project: str,
    watch: Path | None,
    folder: Path,
    no_pictures: bool = False,
) -> int:
    """Show the app until the user leaves; the exit code."""
    if no_pictures:
        settings = replace(settings, display=replace(settings.display, pictures="off"))

    async def make(is_local: bool) -> Engine:
        engine = await asyncio.to_thread(_engine_class)
        return engine(
            settings,
            local=is_local,
            server="" if is_local else server,
            project=project,
            folder=folder,
        )

    proved = graphics_of_terminal(os.environ, settings.display.pictures)
    app = VbtuiApp(make, settings, is_local=local, watch=watch, proved=proved)
    return asyncio.run(_run(app))


def _engine_class() -> Callable[..., Engine]:
    """Imports the engine, and what else the first frame does without: that takes 0.3 s."""
    from vbtui.engine import Engine

    for name in _LATER:
        import_module(name)
    return Engine


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


class VbtuiApp(Actions):
    """Owns the workers, passes reports to the screen in front and requests to the engine."""

    TITLE = "vbtui"
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
        proved: Mode | None = None,
    ) -> None:
        super().__init__(settings, css_path=[sheet("base")], clock=clock, proved=proved)
        self.crash: str | None = None
        """What to tell the user after the screen is gone, when vbtui itself failed."""
        self._make = make
        self.is_local = is_local
        self._watch = watch
        self._opened = asyncio.Event()
        """The engine takes what is said, or did not start."""
        self._started = asyncio.Event()
        self._began = self.now()
        self._reports: Reports | None = None
        """Made with the first engine."""
        self._unsubscribe: Callable[[], None] | None = None
        self._ticker: Timer | None = None

    # -- start and end ------------------------------------------------------------------------

    def on_mount(self) -> None:
        self._resume_only_when_suspended()
        if self.settings.display.theme in self.available_themes:
            self.theme = self.settings.display.theme
        self._ticker = self.set_interval(1.0, self._tick, name="elapsed", pause=True)
        self.call_after_refresh(self._first_frame_shown)
        self.measure_line()

    def _first_frame_shown(self) -> None:
        self.start_engine()

    def _resume_only_when_suspended(self) -> None:
        """A terminal that goes away sends SIGCONT too. Textual would begin to read the dead terminal
        a second time, in a thread that nothing ends: the process would stay, at full speed."""
        suspend, resume = signal.getsignal(signal.SIGTSTP), signal.getsignal(signal.SIGCONT)
        if self.is_headless or not callable(suspend) or not callable(resume):
            return
        is_suspended = False

        def suspended(number: int, frame: FrameType | None) -> None:
            nonlocal is_suspended
            is_suspended = True
            suspend(number, frame)

        def continued(number: int, frame: FrameType | None) -> None:
            nonlocal is_suspended
            if is_suspended:
                is_suspended = False
                resume(number, frame)

        signal.signal(signal.SIGTSTP, suspended)
        signal.signal(signal.SIGCONT, continued)

    def start_engine(self) -> None:
        """Make and start the engine in a worker; its services follow."""
        self.work(self._start, name="start", group="start")

    async def _start(self) -> None:
        try:
            engine = await self._make(self.is_local)
            self._unsubscribe = engine.bus.subscribe(self._taking_reports().take)
            self.engine = engine
            await engine.open()
            self._opened.set()
            await engine.start()
        except VbtuiError as error:
            self.start_problem = Problem.of(error)
        except Exception as error:
            self.start_problem = self.internal_problem(error, "start")
        else:
            await self._serve(engine)
        self._opened.set()
        await self.resync()

    def _taking_reports(self) -> Reports:
        from vbtui.ui.reports import Reports

        if self._reports is None:
            self._reports = Reports(self, self._began)
        return self._reports

    async def _serve(self, engine: Engine) -> None:
        """Run the engine's loops; then do what the user asked for meanwhile."""
        for service in engine.services:
            self.work(service.run, name=service.name, group=f"service:{service.name}")
        self._started.set()
        await self.resync()
        if not self.is_headless:
            self.work(self._make_screens, name="screens", group="ahead")
        if self._watch is not None:
            await engine.library.watch(self._watch)

    async def _make_screens(self) -> None:
        await make_screens(self, lambda: can_stop(self.engine))
        gc.freeze()  # modules and screens stay: a collection that looks them through holds a key up for 40 ms

    async def opened_engine(self) -> Engine:
        await self._opened.wait()
        engine, problem = self.engine, self.start_problem
        if engine is None or not engine.is_open:
            raise problem.error() if problem else Unreachable("vbtui has not started.")
        return engine

    async def started_engine(self) -> Engine:
        await self._started.wait()
        assert self.engine is not None
        return self.engine

    async def close_engine(self) -> None:
        """End the engine and what belongs to it; in bounded time."""
        if self._reports is not None:
            self._reports.close()
        if self._unsubscribe is not None:
            self._unsubscribe()
        engine, self.engine = self.engine, None
        if engine is not None:
            with contextlib.suppress(TimeoutError, VbtuiError):
                await asyncio.wait_for(engine.close(), _CLOSE_S)

    # -- reports ------------------------------------------------------------------------------

    async def on_reported(self, message: Reported) -> None:
        if self._reports is not None:
            await self._reports.show(message.events)

    @property
    def is_settled(self) -> bool:
        """The engine has started (or failed to) and every report is on the screen."""
        has_begun = self._started.is_set() or self.start_problem is not None
        return has_begun and (self._reports is None or self._reports.is_idle)

    async def resync(self) -> None:
        screen = self.main_screen
        if screen is not None and screen.is_mounted:
            await screen.sync()
            screen.refresh_frame()
        self.tick_if_needed()

    def tick_if_needed(self) -> None:
        """The only timer that repeats runs while a turn runs."""
        if self._ticker is None:
            return
        if what_runs(self.engine).turn:
            self._ticker.resume()
        else:
            self._ticker.pause()

    def _tick(self) -> None:
        screen = self.main_screen
        if screen is not None and self.is_running:
            screen.tick()
            screen.refresh_frame()

    async def on_backend_wanted(self, message: BackendWanted) -> None:
        """Start again: another backend, or another try."""
        self.workers.cancel_all()
        self._opened.clear()
        self._started.clear()
        self.start_problem = None
        if self._unsubscribe is not None:
            self._unsubscribe()
        engine, self.engine = self.engine, None
        self.is_local = self.is_local or message.is_local
        await self.resync()
        if engine is not None:
            with contextlib.suppress(TimeoutError, VbtuiError):
                await asyncio.wait_for(engine.close(), _CLOSE_S)
        self.start_engine()

    # -- what must not happen -----------------------------------------------------------------

    def failed(self) -> None:
        """An error in vbtui itself: a plain sentence after the screen is gone, details in the log."""
        error = sys.exc_info()[1]
        is_leaving = (
            self.return_value is not None
        )  # Textual fills no screen in then: it finds nothing
        if error is not None and not is_leaving:
            self.record(error)
            kind = type(error).__name__
            self.crash = f"an internal error ({kind}); the details are in {self.log_file}."


def _screen(name: str) -> Screen[None]:
    """Screens are imported when they are first shown: `MediaScreen` of `ui/media/screen.py`."""
    module = import_module(f"vbtui.ui.{name}.screen")
    made: Screen[None] = getattr(module, f"{name.title()}Screen")()
    return made


VbtuiApp.MODES = {name: partial(_screen, name) for name in ("chat", "media", "timeline", "renders")}
"""The screens in the order of their tabs. Each has a folder of this name here, a style sheet in `styles/`, and the
key `app.<name>`."""


_LOOK_S = 0.1
_LATE_S = 0.01
"""A loop that wakes up later than that has something else to do."""
_QUIET_LOOKS = 5
_PATIENCE = 300
"""Looks, after which a screen is made when it is asked for."""


async def make_screens(app: Host, is_busy: Callable[[], bool]) -> None:
    """Make the screen of every mode before it is asked for, each after a while in which nothing
    happened: its key then opens it at once. Parsing its style sheet and styling its widgets takes ten
    times as long as showing it.

    Args:
        is_busy: whether something is under way that the user watches.
    """
    for name in app.MODES:
        if not await _is_quiet(is_busy):
            return
        made = asyncio.Event()
        app.call_later(make_screen, app, name)  # by the app: keys wait until it is done
        app.call_later(made.set)
        await made.wait()


async def make_screen(app: Host, name: str) -> None:
    """Make the screen of one mode, unless it is there; it is not shown."""
    with contextlib.suppress(KeyError):
        if app.get_screen_stack(name):
            return
    shown, app.is_preloading = app.current_mode, True
    try:
        with app.batch_update():
            await app.switch_mode(name)
            await app.switch_mode(shown)
    finally:
        app.is_preloading = False


async def _is_quiet(is_busy: Callable[[], bool]) -> bool:
    """Wait until nothing happens for a while; False when that does not come."""
    loop = asyncio.get_running_loop()
    still = 0
    for _ in range(_PATIENCE):
        due = loop.time() + _LOOK_S
        await asyncio.sleep(_LOOK_S)
        is_late = loop.time() - due > _LATE_S
        still = 0 if is_late or is_busy() else still + 1
        if still == _QUIET_LOOKS:
            return True
    return False
