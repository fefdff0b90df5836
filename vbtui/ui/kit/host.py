"""What every screen may count on: the engine, the clock, work in the background, problems shown.

The app is a `Host`; screens and widgets reach it with `host_of`, ask it for things with the messages
below, and so never import the app.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from textual.app import SuspendNotSupported
from textual.constants import TEXTUAL_ANIMATIONS
from textual.css.query import NoMatches
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.message import Message
from textual.types import AnimationLevel
from textual.widget import MountError
from textual.worker import Worker, WorkerState

from vbtui.base import programs
from vbtui.base.clock import Clock, SystemClock
from vbtui.base.errors import DiskProblem, Stopped, UsageError, VbtuiError, places
from vbtui.base.files import read_json, write_json
from vbtui.base.problem import Problem, Severity
from vbtui.base.programs import clipboard_outside
from vbtui.base.settings import Display, Settings, private_directory
from vbtui.base.text import clean, clean_line
from vbtui.base.translation import Counted, Translation
from vbtui.journal.records import Asset, AssetState, Render, Turn, TurnState
from vbtui.session.events import Link, Overview
from vbtui.timeline.selection import Selection
from vbtui.ui.kit.textual_gaps import write_terminal
from vbtui.ui.kit.typed import TypedInOrder
from vbtui.ui.pictures.host import Mode, PictureHost

if TYPE_CHECKING:
    from vbtui.engine import Engine
    from vbtui.exports.notify import Notice
    from vbtui.session.events import Event
    from vbtui.timeline.model import Timeline


log = logging.getLogger("vbtui.ui")
_THEME = "display.theme"
_LEVELS: dict[str, AnimationLevel] = {"full": "full", "reduced": "none"}
"""What `[display] motion` is to Textual; without a word of it, what its own variable says."""

Work = Callable[["Engine"], Awaitable[object]]
GONE = (MountError, NoMatches)
"""What is shown goes away piece by piece when the app ends."""
_T = Translation
SENT = _T("sent to the terminal's clipboard", "已发送到终端的剪贴板")
_COPIED = _T("{what}: {sent}.", "{what}{sent}。")
_ONCE_MORE = _T(
    "{names}. {media.use} on the media screen ({app.media}) adds it to the timeline once more.",
    "{names}。在素材页（{app.media}）按 {media.use} 可再次加入时间线。",
)
KNOWN_ALREADY = _T("In the project already", "项目中已有")
_NAMES = _T("{name} and {count} more", "{name} 等 {total} 个文件")
_NO_TERMINAL = _T("The editor needs a terminal of its own.", "编辑器需要自己的终端。")
_AT_WORK = _T("the agent is at work", "智能体正在工作")
_UPLOADS = Counted(
    "{count} upload is under way", "{count} uploads are under way", "{count} 个文件正在上传"
)
_RENDERS = Counted(
    "{count} render is under way", "{count} renders are under way", "{count} 个导出正在进行"
)
_COMMA, _AND, _STOP = _T(", ", "，"), _T(" and ", "，"), _T("{clauses}.", "{clauses}。")
_MOST_TOLD = 500


class Told(NamedTuple):
    """A message that was shown for a while."""

    at: float
    """Seconds since 1970."""
    title: str
    text: str
    severity: Severity


class Host(TypedInOrder, PictureHost):
    """An app with an engine.

    Args:
        settings: of this start.
        css_path: the style sheets.
        clock: where the time comes from.
        proved: the graphics that the terminal has shown to have.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        css_path: list[str],
        clock: Clock | None = None,
        proved: Mode | None = None,
    ) -> None:
        super().__init__(settings, css_path=css_path, proved=proved)
        self.stylesheet = ParsedStyles(self.get_css_variables())
        self.settings = settings
        self.engine: Engine | None = None
        self.clock: Clock = clock or SystemClock()
        self.log_file = settings.directories.state / "crash.log"
        """Where the details of an internal error go."""
        self.is_preloading = False
        """Whether the screen in front is one that is made and not shown."""
        self.is_local = False
        """Whether the local studio is the backend, or is to be."""
        self.start_problem: Problem | None = None
        """Why the engine did not start."""
        self.messages: deque[Told] = deque(maxlen=_MOST_TOLD)
        """What was shown for a while, the newest last."""
        self.selection = Selection()
        """What is selected on the timeline: what `this` means in a message."""
        self.remembered = Remembered(settings.directories.state / "screens.json")
        self.look_refused: dict[str, UsageError] = {}
        """Why a theme that was asked for, or one of the user's own, is not there; by its name in the settings."""

    def now(self) -> float:
        """Wall-clock time, seconds since 1970."""
        return self.clock.now()

    @property
    def overview(self) -> Overview:
        """What the header shows: the engine's own, with what kept it from starting."""
        overview = self.engine.overview if self.engine else Overview("")
        if self.start_problem is not None:
            return replace(overview, link=Link.OFFLINE, problem=self.start_problem)
        return overview

    # -- settings -----------------------------------------------------------------------------

    def use_settings(self, settings: Settings) -> None:
        """Go by these from now on, as far as nothing needs a new start."""
        self.settings = settings
        if self.engine is not None:
            self.engine.use(settings)
        self.show_look()

    def show_look(self) -> None:
        """Look as the settings say: theme and motion."""
        display = self.settings.display
        self.look_refused.pop(_THEME, None)
        try:
            theme = self.theme_named(display.theme)
        except UsageError as error:
            self.look_refused[_THEME] = error
            theme = Display().theme
        if theme != self.theme:
            self.theme = theme
        self.animation_level = _LEVELS.get(display.motion, TEXTUAL_ANIMATIONS)

    def theme_named(self, name: str) -> str:
        """The name of a theme. Raises `UsageError` where there is none of it."""
        if name not in self.available_themes:
            known = ", ".join(sorted(self.available_themes))
            raise UsageError(code="usage.theme_unknown", name=clean_line(name)[:60], known=known)
        return name

    # -- work in the background ---------------------------------------------------------------

    def do(
        self,
        name: str,
        work: Work,
        *,
        exclusive: bool = False,
        is_early: bool = False,
        then: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        """Ask the engine for something in a worker; what goes wrong is shown.

        Args:
            name: what it is, in words: used in messages and in the worker's description.
            work: gets the engine, once it has started.
            exclusive: cancel what runs under the same name.
            is_early: it needs no backend, so it does not wait for one.
            then: awaited after it has gone well.
        """

        async def run() -> None:
            await work(await (self.opened_engine() if is_early else self.started_engine()))
            if then is not None:
                await then()

        self.work(run, name=name, group=f"do:{name}", exclusive=exclusive)

    def upload(self, paths: Sequence[Path] = (), urls: Sequence[str] = ()) -> None:
        """Upload these files, and what is at these addresses."""

        async def upload(engine: Engine) -> None:
            if paths:
                self._tell_known(await engine.library.add(paths))
            for url in urls:
                await engine.library.add_url(url)

        self.do("upload", upload)

    def _tell_known(self, added: Sequence[Asset]) -> None:
        """Of files that were there before: how to have them on the timeline once more."""
        known = {asset.id: asset.shown for asset in added if asset.state is AssetState.DONE}
        if known:
            name, *more = known.values()
            names = _NAMES.of(name=name, count=len(more), total=len(known)) if more else name
            self.say(_ONCE_MORE.of(names=names), title=KNOWN_ALREADY.of())

    def work(
        self,
        run: Callable[[], Awaitable[None]],
        *,
        name: str,
        group: str,
        exclusive: bool = True,
    ) -> None:
        """Run a worker of the app: every worker of vbtui is begun here.

        Args:
            run: makes the coroutine when the worker begins.
            name: in words; it is told when something goes wrong, and holds nothing secret.
            group: workers of one group may replace each other.
            exclusive: cancel the others of the group.
        """

        async def begin() -> None:
            try:
                await run()
            except GONE:
                if not self.is_closing:
                    raise

        work: Callable[[], Awaitable[None]] = begin  # Textual asks for a coroutine function
        self.run_worker(
            work,
            name=name,
            group=group,
            description=name,
            exclusive=exclusive,
            exit_on_error=False,
        )

    async def resync(self) -> None:
        """Show everything anew from the engine."""
        raise NotImplementedError

    def tick_if_needed(self) -> None:
        """Begin or end to tell every second how long a turn has run."""
        raise NotImplementedError

    async def opened_engine(self) -> Engine:
        """The engine, as soon as it keeps what is said. Raises why it did not start."""
        raise NotImplementedError

    async def started_engine(self) -> Engine:
        """The engine, as soon as it has started."""
        raise NotImplementedError

    @property
    def is_closing(self) -> bool:
        """Whether the app has no screens any more, or is about to lose them: nothing can be shown or mounted."""
        return not self.is_running or not self.screen_stack or not self.screen.is_attached

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """The one place where an error of a worker becomes something that the user sees."""
        if event.state is not WorkerState.ERROR:
            return
        error = event.worker.error
        if isinstance(error, VbtuiError):
            self.show_problem(Problem.of(error), "error")
        elif error is not None:
            self.show_problem(self.internal_problem(error, event.worker.name), "error")

    # -- problems -----------------------------------------------------------------------------

    def show_problem(self, problem: Problem, severity: Severity = "warning") -> None:
        """Show `problem` beside whatever is on the screen."""
        if problem.is_a(Stopped):
            return
        text = f"{problem.message}\n{problem.hint}".strip()
        self.notify(text, title=problem.title, severity=severity, markup=False)

    def confirm(self, title: str, question: str, yes: str, then: Callable[[], object]) -> None:
        """Ask before something that cannot be taken back; `then` is called when the user agrees."""
        raise NotImplementedError

    def say(self, text: str, *, title: str = "") -> None:
        """Tell the user that something is done."""
        self.notify(text, title=title, markup=False, timeout=4)

    def show_notice(self, notice: Notice) -> None:
        """Tell that an export has ended."""
        self.notify(notice.message, title=notice.title, severity=notice.severity, markup=False)

    def write_terminal(self, sequence: str) -> None:
        """Send what is no part of the screen, such as the bell, to the terminal."""
        write_terminal(self, sequence)

    def internal_problem(self, error: BaseException, where: str) -> Problem:
        """A problem for an error that vbtui did not foresee; its traceback goes to the log file."""
        self.record(error)
        return Problem.coded(
            "internal", where=where, kind=type(error).__name__, place=self.log_file
        )

    def record(self, error: BaseException) -> None:
        """Write where `error` came from, without any value, to the log file."""
        try:
            private_directory(self.log_file.parent)
            log_file = os.open(self.log_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(log_file, "a", encoding="utf-8", errors="replace") as file:
                file.write("\n".join(places(error)) + "\n")
        except OSError:
            log.exception("the log file cannot be written")

    def edit_outside(self, text: str, suffix: str) -> str | None:
        """`text` as the user left it in his own editor, which has the terminal meanwhile; None where there is
        nothing to take: that is told. Everything else stands still.

        Args:
            suffix: of the file that the editor gets.
        """
        try:
            with self.suspend():
                edited = programs.edited(text, suffix, os.environ)
        except SuspendNotSupported:
            self.show_problem(Problem.of(UsageError(_NO_TERMINAL, hint="")))
            return None
        except UsageError as error:
            self.show_problem(Problem.of(error))
            return None
        finally:
            self.refresh()
        return clean(edited) if edited is not None else None

    def copy(self, text: str, what: Translation) -> None:
        """Send `text` to the terminal's clipboard and say so: whether it arrives there, no program is told."""
        self.copy_to_clipboard(text)
        self.say(_COPIED.of(what=what.of(), sent=SENT.of()))

    def copy_to_clipboard(self, text: str) -> None:
        super().copy_to_clipboard(
            text.encode(errors="replace").decode()
        )  # a path need not be UTF-8
        outer = clipboard_outside(text, os.environ)
        if outer:
            self.write_terminal(outer)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: Severity = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        self.messages.append(Told(self.now(), title, message, severity))
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)


class Remembered:
    """What a screen was like when vbtui ended, such as the order of a list: small values by name, in a file of
    their own. Without that file everything is as at first.

    Args:
        file: JSON; made when the first value is put.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._values: dict[str, Any] | None = None

    def get(self, name: str) -> Any:
        """What was put there last; None for nothing. Any other program may have written it."""
        if self._values is None:
            values = read_json(self._file)
            self._values = values if isinstance(values, dict) else {}
        return self._values.get(name)

    def put(self, name: str, value: object) -> None:
        """Remember a value that JSON can hold; where the disk will not have it, until vbtui ends."""
        if self.get(name) == value or self._values is None:
            return
        self._values[name] = value
        with suppress(OSError, DiskProblem):
            private_directory(self._file.parent)
            write_json(self._file, self._values, durable=False)


class ParsedStyles(Stylesheet):
    """Style sheets that are parsed once for the same colours: Textual parses all of them anew when a
    screen brings one, when the app starts and after a change of the theme, four times before the first frame.
    """

    def __init__(self, variables: dict[str, str]) -> None:
        super().__init__(variables=variables)
        self.variables = variables
        """The colours that the rules were made with."""

    def set_variables(self, variables: dict[str, str]) -> None:
        if variables != self.variables:
            self.variables = variables
            super().set_variables(variables)

    def reparse(self) -> None:
        self.parse()  # a source that was parsed with these colours is not parsed again


def host_of(node: DOMNode) -> Host:
    """The app that `node` belongs to."""
    app = node.app
    assert isinstance(app, Host)
    return app


def timeline_of(engine: Engine | None) -> Timeline | None:
    """The newest version of the timeline; None while nothing is built."""
    version = engine.drafts.current if engine else None
    return version.timeline if version else None


def unread_of(engine: Engine | None) -> Problem | None:
    """Why it is not known what the timeline is now: what is shown may be older, or nothing at all."""
    return engine.drafts.unread if engine else None


BUSY_TURNS = (TurnState.SENDING, TurnState.RUNNING, TurnState.RECOVERING)
BUSY_ASSETS = (AssetState.HASHING, AssetState.QUEUED, AssetState.UPLOADING)


class Running(NamedTuple):
    """All that would go on, or be interrupted."""

    turn: Turn | None
    """The turn that the agent works on."""
    uploads: tuple[Asset, ...]
    renders: tuple[Render, ...]

    def __bool__(self) -> bool:
        return bool(self.turn or self.uploads or self.renders)

    @property
    def sentence(self) -> str:
        """`The agent is at work and 2 renders are under way.`"""
        parts = [_AT_WORK.of()] if self.turn else []
        parts += [_UPLOADS.of(len(self.uploads))] if self.uploads else []
        parts += [_RENDERS.of(len(self.renders))] if self.renders else []
        if not parts:
            return ""
        *others, last = parts
        text = _AND.of().join(filter(None, (_COMMA.of().join(others), last)))
        return _STOP.of(clauses=text[:1].upper() + text[1:])


def what_runs(engine: Engine | None) -> Running:
    """What is under way right now."""
    if engine is None:
        return Running(None, (), ())
    turns = [turn for turn in engine.conversation.turns if turn.state in BUSY_TURNS]
    return Running(
        turns[-1] if turns else None,
        tuple(asset for asset in engine.library.assets if asset.state in BUSY_ASSETS),
        tuple(render for render in engine.exports.renders if not render.state.is_over),
    )


def can_stop(engine: Engine | None) -> bool:
    """Whether Escape would stop something; asked at every key, so it looks at no file."""
    return engine is not None and (
        any(turn.state in BUSY_TURNS for turn in engine.conversation.turns)
        or any(not render.state.is_over for render in engine.exports.renders)
    )


def is_url(text: str) -> bool:
    """Whether `text` is one web address."""
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and " " not in text.strip()


@dataclass
class Reported(Message):
    """The engine has reported these, the newest of each thing."""

    events: tuple[Event, ...]


@dataclass
class CommandGiven(Message):
    """A slash command: its name with the slash, and what follows it."""

    name: str
    argument: str


@dataclass
class OfferTaken(Message):
    """An offer below a turn was chosen."""

    turn: Turn
    offer: str


@dataclass
class OptionTaken(Message):
    """An option of what the agent asks in a turn was chosen: its number."""

    turn: Turn
    number: int


@dataclass(kw_only=True)
class BackendWanted(Message):
    """Start again, with the local studio or with the same backend."""

    is_local: bool
