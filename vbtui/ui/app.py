"""The app: wires the engine to the screens, and does what can be asked for by a key, a command, from the palette.

`run` shows the first frame before the engine is imported; the engine starts in a worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import shlex
import signal
import sys
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import SystemCommand
from textual.binding import BindingType
from textual.screen import Screen
from textual.theme import Theme
from textual.timer import Timer

from vbtui.base.clock import Clock
from vbtui.base.errors import Unreachable, UsageError, VbtuiError
from vbtui.base.keys import fill, key_name
from vbtui.base.problem import Problem
from vbtui.base.programs import share_memory
from vbtui.base.settings import Settings, keep_choice
from vbtui.base.spoken import speaks_chinese
from vbtui.base.text import clean_line
from vbtui.base.translation import Translation
from vbtui.journal.records import ExportOptions, Offer, Session
from vbtui.language.locations import read_paths
from vbtui.ui.kit import keys
from vbtui.ui.kit.host import (
    BackendWanted,
    CommandGiven,
    Host,
    OfferTaken,
    Reported,
    Running,
    can_stop,
    is_url,
    what_runs,
)
from vbtui.ui.kit.keys import keys_at
from vbtui.ui.kit.look import own_themes
from vbtui.ui.kit.screen import Dialog, MainScreen, TooSmall, main_screen_of, make_screens, sheet
from vbtui.ui.kit.textual_gaps import Palette, suspend_soundly
from vbtui.ui.pictures.host import Mode, graphics_of_terminal

if TYPE_CHECKING:
    from vbtui.engine import Engine
    from vbtui.exports.notify import Notice
    from vbtui.ui.reports import Reports


MakeEngine = Callable[[bool], Awaitable["Engine"]]
"""Given whether the local studio is wanted, imports and makes the engine."""

_CLOSE_S = 5.0
_ARMED_S = 4.0
_NOT_IN_DIALOGS = (
    "open_link", "export", "upload", "sample", "sessions", "messages", "settings", "stop", "command_palette", "own",
)  # fmt: skip
_WATCHED = "clips"
"""The folder that is watched unless another one is named."""
_WATCHING = Translation("Watching", "正在监视")
_TAKEN = Translation(
    "What lies in {folder} and what lands there is taken.", "会采用 {folder} 中现有和新放入的文件。"
)
_DRAWING = Translation("Drawing the sample footage…", "正在绘制示例素材……")
_MOST_REFUSED = 3
"""Of what is wrong with the settings: so much is told at the start."""
_REFUSED = Translation("In the settings, not taken", "设置中未采用的内容")
_NOT_STARTED = Translation("vbtui has not started.", "vbtui 尚未启动。")
_SAME_AGAIN = Translation("The same once more", "再次导出相同内容")
_THEME = Translation("Theme", "主题")
_COLORS = Translation("Change the colours.", "更换配色。")
_NO_WEB_APP = Translation("The local studio has no web app.", "本地工作室没有网页版。")
_CLOUD_ONLY = Translation(
    "Projects in the cloud can be opened there.", "云端的项目可以在网页版中打开。"
)
_STOP_AGENT = Translation(
    "Press {app.stop} again to stop the agent", "再按一次 {app.stop} 停止智能体"
)
_STOP_EXPORT = Translation(
    "Press {app.stop} again to stop the export", "再按一次 {app.stop} 停止导出"
)
_GOES_ON = Translation("It goes on the next time you start vbtui.", "下次启动 vbtui 时会继续。")
_RENDERS_GO_ON = Translation(
    "It goes on without vbtui, and is here the next time you start it.",
    "vbtui 关闭后会继续，下次启动时可在这里看到。",
)
_SOME_GO_ON = Translation(
    "Renders go on without vbtui, the rest the next time you start it.",
    "导出会在 vbtui 关闭后继续，其余的在下次启动时继续。",
)
_TO_GO_ON = Translation("To go on: {command}", "继续请运行：{command}")
_LEAVE_ASKED, _LEAVE = Translation("Leave vbtui?", "离开 vbtui？"), Translation("Leave", "离开")
_CRASHED = Translation(
    "an internal error ({kind}); the details are in {file}.", "内部错误（{kind}）；详情见 {file}。"
)
_KEPT_TITLE = Translation("Local studio", "本地工作室")
_KEPT = Translation(
    "vbtui starts with it from now on; vbtui --cloud takes the cloud for once.",
    "以后 vbtui 会直接用它启动；vbtui --cloud 可临时使用云端。",
)
_MORE_REFUSED = Translation("… and {count} more.", "……还有 {count} 项。")
_SEE_SETTINGS = Translation("{key} shows all settings.", "{key} 显示所有设置。")
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
    demo: bool = False,
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
    app = VbtuiApp(make, settings, is_local=local, watch=watch, demo=demo, proved=proved)
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
        code = await app.run_async(mouse=app.settings.display.mouse)
    finally:
        await app.close_engine()
    if app.crash is not None:
        print(f"vbtui: {app.crash}", file=sys.stderr)
        return 1
    if not code and app.left is not None:
        print(_TO_GO_ON.of(command=going_on(app.left, app.settings)))
    return code or 0


def going_on(session: Session, settings: Settings) -> str:
    """The command that opens that project again, as a shell reads it."""
    from vbtui.session.studio import LOCAL

    words = ["vbtui"]
    if session.backend == LOCAL:
        words.append("--local")
    elif session.backend != settings.api_url:
        words += ["--server", session.backend]
    elif settings.backend.default == LOCAL:
        words.append("--cloud")
    return shlex.join([*words, "--project", session.name])


class VbtuiApp(Host):
    """Owns the workers, passes reports to the screen in front and requests to the engine."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("app"))
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
        demo: bool = False,
        clock: Clock | None = None,
        proved: Mode | None = None,
    ) -> None:
        super().__init__(settings, css_path=[sheet("base")], clock=clock, proved=proved)
        self.crash: str | None = None
        """What to tell the user after the screen is gone, when vbtui itself failed."""
        self.left: Session | None = None
        """The project that was open when the engine ended."""
        self._make = make
        self.is_local = is_local
        self._watch, self._demo = watch, demo
        self._opened = asyncio.Event()
        """The engine takes what is said, or did not start."""
        self._started = asyncio.Event()
        self._began = self.now()
        self._reports: Reports | None = None
        """Made with the first engine."""
        self._unsubscribe: Callable[[], None] | None = None
        self._ticker: Timer | None = None
        self._is_drawing = False
        """Whether the sample project is being made."""
        self._armed: Timer | None = None
        """Runs while a second Escape would stop something."""

    # -- start and end ------------------------------------------------------------------------

    def on_mount(self) -> None:
        if not self.is_headless:
            suspend_soundly()
        self._read_look()
        self._ticker = self.set_interval(1.0, self._tick, name="elapsed", pause=True)
        self.call_after_refresh(self.start_engine)
        self.measure_line()

    def _read_look(self) -> None:
        """The user's own themes, and the one that was chosen; what is wrong with the settings is told."""
        own = own_themes(self.settings.file.parent / "themes")
        for theme in own.themes:
            self.register_theme(theme)
        self.look_refused.update(own.refused)
        self.show_look()
        self.theme_changed_signal.subscribe(self, self._keep_theme)
        refused = [*self.settings.refused.values(), *self.look_refused.values()]
        if refused:
            where = _SEE_SETTINGS.of(key=key_name("app.settings"))
            more = len(refused) - _MOST_REFUSED
            rest = [_MORE_REFUSED.of(count=more)] if more > 0 else []
            told = "\n".join([*(error.message for error in refused[:_MOST_REFUSED]), *rest, where])
            self.notify(told, title=_REFUSED.of(), severity="warning", markup=False, timeout=10)

    def _keep_theme(self, theme: Theme) -> None:
        """A theme that was chosen from the palette is there at the next start, too."""
        if theme.name == self.settings.display.theme or "display.theme" in self.look_refused:
            return
        display = replace(self.settings.display, theme=theme.name)
        self.settings = replace(self.settings, display=display)

        async def keep() -> None:
            await asyncio.to_thread(keep_choice, "display.theme", theme.name, self.settings.file)

        self.work(keep, name="theme", group="settings", exclusive=False)

    def start_engine(self) -> None:
        """Make and start the engine in a worker; its services follow."""
        self.work(self._start, name="start", group="start")

    async def _start(self) -> None:
        share_memory()
        try:
            engine = await self._make(self.is_local)
            from vbtui.ui.reports import Reports  # after the first frame

            if self._reports is None:
                self._reports = Reports(self, self._began)
            self._unsubscribe = engine.bus.subscribe(self._reports.take)
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
            await self.resync()
        if self._demo:
            self._demo = False
            self.action_sample()

    async def _make_screens(self) -> None:
        await make_screens(self, lambda: can_stop(self.engine))
        gc.freeze()  # modules and screens stay: a collection that looks them through holds a key up for 40 ms

    async def opened_engine(self) -> Engine:
        await self._opened.wait()
        engine, problem = self.engine, self.start_problem
        if engine is None or not engine.is_open:
            raise problem.error() if problem else Unreachable(_NOT_STARTED)
        return engine

    async def started_engine(self) -> Engine:
        await self._started.wait()
        assert self.engine is not None
        return self.engine

    async def close_engine(self) -> None:
        """End the engine and what belongs to it; in bounded time."""
        self.left = self.overview.session or self.left
        if self._reports is not None:
            self._reports.close()
        if self._unsubscribe is not None:
            self._unsubscribe()
        engine, self.engine = self.engine, None
        await _close(engine)

    # -- reports ------------------------------------------------------------------------------

    async def on_reported(self, message: Reported) -> None:
        if self._reports is not None:
            await self._reports.show(message.events)

    @property
    def is_settled(self) -> bool:
        """The engine has started (or failed to), every key is done and every report is on the screen."""
        has_begun = self._started.is_set() or self.start_problem is not None
        return has_begun and not self.is_typing and (self._reports is None or self._reports.is_idle)

    async def resync(self) -> None:
        screen = main_screen_of(self)
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
        screen = main_screen_of(self)
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
        was_local, self.is_local = self.is_local, self.is_local or message.is_local
        await self.resync()
        await _close(engine)
        self.start_engine()
        if self.is_local and not was_local:
            self.work(self._keep_local, name="settings", group="settings", exclusive=False)

    async def _keep_local(self) -> None:
        """The engine that was chosen works at the next start, too."""
        await asyncio.to_thread(keep_choice, "backend.default", "local", self.settings.file)
        self.say(_KEPT.of(), title=_KEPT_TITLE.of())

    # -- requests -----------------------------------------------------------------------------

    def on_command_given(self, message: CommandGiven) -> None:
        argument = message.argument
        match message.name:
            case "/export" if argument:
                self.do("message", lambda engine: engine.conversation.say(f"/export {argument}"))
            case "/export":
                self.action_export()
            case "/upload" if is_url(argument):
                self.upload(urls=[argument])
            case "/upload" if argument:
                paths = read_paths(argument).here or [Path(argument).expanduser()]
                self.upload(paths)
            case "/upload":
                self.action_upload()
            case "/watch":
                self.watch_folder(Path(argument or _WATCHED).expanduser())
            case "/new":
                self.do("new project", lambda engine: engine.commands.new_project(argument))
            case "/demo":
                self.action_sample()
            case "/sessions":
                self.action_sessions()
            case "/claim":
                self.action_open_link()
            case "/help" if self.is_local:
                self.do("message", lambda engine: engine.conversation.say("/help"))
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
        if isinstance(self.focused, TooSmall) and action in ("help", *_NOT_IN_DIALOGS):
            return False
        if action == "help":
            return not isinstance(self.screen, Dialog) or self.screen.has_help
        if action == "open_link":
            return not self.is_local
        if action == "sample":
            return self.is_local
        if action == "stop":
            return can_stop(self.engine)
        return True

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers: the keys that work now, and the theme."""
        for key, active in keys_at(screen):
            if active.enabled and key.palette:
                run = partial(self.run_action, active.binding.action, active.node)
                yield SystemCommand(f"{key.label}  {key.display}", fill(key.help), run)
        yield SystemCommand(_THEME.of(), _COLORS.of(), self.action_change_theme)

    def action_command_palette(self) -> None:
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette.of_commands())

    def search_themes(self) -> None:
        self.push_screen(Palette.of_themes())

    async def action_go(self, name: str) -> None:
        self._disarm()
        if name not in self.MODES or main_screen_of(self) is not self.screen:
            return
        with contextlib.suppress(KeyError):  # the screen may not be there yet
            for screen in self.get_screen_stack(name)[:1]:
                if isinstance(screen, MainScreen) and screen is not self.screen:
                    await screen.sync()  # before its first frame, which is all of it
        await self.switch_mode(name)

    async def on_paste(self, event: events.Paste) -> None:
        """What was pasted or dropped where nothing takes it – on another screen, beside the prompt – goes to
        the prompt, which offers to upload the files that it names."""
        await self.action_go("chat")
        prompts = self.screen.query("#prompt")
        if prompts:
            prompts.first().focus().post_message(events.Paste(event.text))

    def action_export(self) -> None:
        options = ExportOptions(quality=self.settings.exports.quality)

        async def export(engine: Engine) -> None:
            from vbtui.commands import exported_before

            made = await engine.exports.start(options)
            again = await asyncio.to_thread(engine.exports.same_before, made)
            if again is not None:
                self.say(exported_before(again, speaks_chinese()), title=_SAME_AGAIN.of())

        self.do("export", export)

    def action_upload(self) -> None:
        from vbtui.ui.dialogs.picker import PickerScreen

        self.push_screen(PickerScreen(Path.cwd()))

    async def _suggest(self, text: str) -> None:
        """Put `text` into the prompt, unless something is typed there."""
        from vbtui.ui.chat.prompt import Prompt

        await self.action_go("chat")
        for prompt in self.screen.query(Prompt):
            if not prompt.text:
                prompt.fill(text)
            prompt.focus()

    def watch_folder(self, directory: Path) -> None:
        """Take what lies in a folder and what lands there."""

        async def watch(engine: Engine) -> None:
            await engine.library.watch(directory)
            self.say(_TAKEN.of(folder=clean_line(str(directory))), title=_WATCHING.of())

        self.do("watch", watch, then=self.resync)

    def action_sample(self) -> None:
        """Draw the sample's footage, begin a project with it, and have the sentence in the prompt."""
        if not self._is_drawing:
            self._is_drawing = True
            self.work(self._sample, name="sample project", group="sample")

    async def _sample(self) -> None:
        try:
            engine = await self.started_engine()
            self._say_notice(_DRAWING.of())
            await self._suggest(await engine.commands.sample())
        finally:
            self._is_drawing = False
            self._say_notice("")

    def action_sessions(self) -> None:
        from vbtui.ui.dialogs.dialog import SessionsScreen

        self.push_screen(SessionsScreen())

    def action_settings(self) -> None:
        from vbtui.ui.dialogs.settings import SettingsScreen

        self.push_screen(SettingsScreen())

    def action_own(self, number: int) -> None:
        """One of the user's own commands, for what the screen in front points at."""
        screen = main_screen_of(self)
        if screen is None or not 0 <= number < len(self.settings.commands):
            return
        command = self.settings.commands[number]

        async def run(engine: Engine) -> None:
            from vbtui.ui.own import run_own

            session = engine.overview.session
            project = session.name if session else ""
            await run_own(self, command, await screen.files_here(), project)

        self.do(f"own command {number + 1}", run, is_early=True)

    def action_open_link(self) -> None:
        self.do("link", exclusive=True, work=self._show_link)

    async def _show_link(self, engine: Engine) -> None:
        """Ask for the link to this project in the web app and show it, to copy or open."""
        if engine.overview.is_local:
            raise UsageError(_NO_WEB_APP, hint=_CLOUD_ONLY)
        from vbtui.ui.dialogs.dialog import LinkScreen

        claim = await engine.sessions.claim_link()
        register = engine.sessions.registration_link() if engine.overview.is_anonymous else ""
        self.push_screen(LinkScreen(claim, register))

    def action_help(self) -> None:
        from vbtui.ui.dialogs.dialog import HelpScreen

        self.push_screen(HelpScreen(self.screen))

    def action_messages(self) -> None:
        from vbtui.ui.dialogs.dialog import MessagesScreen

        self.clear_notifications()  # what is shown right now is the first of the list
        self.push_screen(MessagesScreen([*self.messages]))

    def show_notice(self, notice: Notice) -> None:
        """Where the conversation that has its turn is in front, that tells it."""
        engine = self.engine
        render = engine.exports.latest(notice.render_id) if engine else None
        session = engine.sessions.current if engine else None
        is_here = render is not None and session is not None and render.session_id == session.id
        is_told = engine is not None and is_here and engine.exports.saw_to(notice.render_id)
        if not is_told or self.current_mode != "chat":
            super().show_notice(notice)

    def action_stop(self) -> None:
        """The first press asks, the second stops."""
        running = what_runs(self.engine)
        if self._armed is None:
            self._armed = self.set_timer(_ARMED_S, self._disarm, name="armed")
            self._say_notice((_STOP_AGENT if running.turn else _STOP_EXPORT).of())
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
        if (screen := main_screen_of(self)) is not None:
            screen.say_notice(notice)

    def confirm(self, title: str, question: str, yes: str, then: Callable[[], object]) -> None:
        from vbtui.ui.dialogs.dialog import ConfirmScreen

        def answered(agreed: bool | None) -> None:
            if agreed:
                then()

        self.push_screen(ConfirmScreen(title, question, yes), answered)

    async def action_quit(self) -> None:
        from vbtui.ui.dialogs.dialog import ConfirmScreen

        running = what_runs(self.engine)
        if not running or isinstance(self.screen, ConfirmScreen):
            self.exit(0)
            return
        question = f"{running.sentence} {_afterwards(running).of()}"
        self.confirm(_LEAVE_ASKED.of(), question, _LEAVE.of(), partial(self.exit, 0))

    def action_suspend(self) -> None:
        """Only under a shell with jobs: elsewhere nobody would bring a stopped process back."""
        if os.getpgrp() != os.getsid(0):
            self.action_suspend_process()

    # -- what must not happen -----------------------------------------------------------------

    def failed(self) -> None:
        """An error in vbtui itself: a plain sentence after the screen is gone, details in the log."""
        error = sys.exc_info()[1]
        is_leaving = self.return_value is not None
        if (
            error is not None and not is_leaving
        ):  # Textual finds no screen to fill in while it is left
            self.record(error)
            kind = type(error).__name__
            self.crash = _CRASHED.of(kind=kind, file=self.log_file)


def _afterwards(running: Running) -> Translation:
    """What becomes of what is under way, without vbtui."""
    if not running.renders:
        return _GOES_ON
    return _SOME_GO_ON if running.turn or running.uploads else _RENDERS_GO_ON


async def _close(engine: Engine | None) -> None:
    if engine is not None:
        with contextlib.suppress(TimeoutError, VbtuiError):
            await asyncio.wait_for(engine.close(), _CLOSE_S)


def _screen(name: str) -> Screen[None]:
    """Screens are imported when they are first shown: `MediaScreen` of `ui/media/screen.py`."""
    module = import_module(f"vbtui.ui.{name}.screen")
    made: Screen[None] = getattr(module, f"{name.title()}Screen")()
    return made


VbtuiApp.MODES = {name: partial(_screen, name) for name in ("chat", "media", "timeline", "renders")}
"""The screens in the order of their tabs. Each has a folder of this name here, a style sheet in `styles/`, and the
key `app.<name>`."""
