"""From the engine's reports to what the user sees: the newest of each thing, as often as the line to
the terminal bears, to the screens; problems; exports that have ended; files that were named and not uploaded.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from vbtui.base.problem import Problem
from vbtui.base.translation import Translation
from vbtui.journal.records import COPY, Asset, AssetState, Render, RenderState, Turn
from vbtui.session.events import (
    AssetChanged,
    AssetRemoved,
    DraftChanged,
    DraftRead,
    Event,
    Noticed,
    RenderChanged,
    RenderRemoved,
    SessionOpened,
    TurnChanged,
    TurnRemoved,
)
from vbtui.ui.kit.host import GONE, KNOWN_ALREADY, Host, Reported
from vbtui.ui.kit.screen import Dialog, main_screen_of
from vbtui.ui.kit.terminal import Line

if TYPE_CHECKING:
    from vbtui.exports.notify import Notice


_LATE_S = 0.005
_LONGEST_S = 0.3
_REST = 4
"""A loop that was busy leaves the next batch waiting so many times as long: keys come first."""

Deliver = Callable[[tuple[Event, ...]], object]


def subject_of(event: Event) -> Hashable:
    """What the report is about: a later report about the same subject replaces an earlier one."""
    match event:
        case TurnChanged():
            return ("turn", event.turn.id)
        case TurnRemoved():
            return ("turn", event.turn_id)
        case AssetChanged():
            return ("asset", event.asset.id)
        case AssetRemoved():
            return ("asset", event.asset_id)
        case RenderChanged():
            return ("render", event.render.id)
        case RenderRemoved():
            return ("render", event.render_id)
        case DraftChanged() | DraftRead():
            return (type(event),)
        case _:
            return (type(event), id(event))


class Pump:
    """Collects reports and hands them on in batches.

    Nothing runs while no report arrives. After a batch the next one waits until the screens have
    taken it (`handled`), so a slow screen gets fewer, newer reports.

    Args:
        deliver: takes a batch; on the event loop.
        line: tells how often.
    """

    def __init__(self, deliver: Deliver, line: Line) -> None:
        self._deliver = deliver
        self._line = line
        self._waiting: dict[Hashable, Event] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._busy = False
        self._next_at = 0.0
        self._has_rested = False
        self._closed = False

    def take(self, event: Event) -> None:
        """A report; to be subscribed to the engine's bus."""
        subject = subject_of(event)
        self._waiting.pop(subject, None)
        self._waiting[subject] = event
        self._schedule()

    def handled(self) -> None:
        """The screens have taken the last batch."""
        self._busy = False
        self._schedule()

    def close(self) -> None:
        """Deliver nothing any more."""
        self._closed = True
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()

    @property
    def is_idle(self) -> bool:
        """Nothing waits and nothing is being shown."""
        return not self._waiting and not self._busy

    def _schedule(self) -> None:
        if self._closed or self._busy or self._timer is not None or not self._waiting:
            return
        loop = asyncio.get_running_loop()
        due = max(self._next_at, loop.time())
        self._timer = loop.call_at(due, self._flush, due)

    def _flush(self, due: float) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        if now - due > _LATE_S and not self._has_rested:
            self._has_rested = True
            self._next_at = now + min(_REST * (now - due), _LONGEST_S)
            self._schedule()
            return
        self._has_rested = False
        batch = tuple(self._waiting.values())
        self._waiting.clear()
        self._busy = True
        self._next_at = now + self._line.report_s
        self._deliver(batch)


_COPY = Translation("{name}: {why}.", "{name}：{why}。")
_FILES = Translation("{count} files were not uploaded", "{count} 个文件没有上传")
_FILE = Translation("{name} was not uploaded", "{name} 没有上传")
_TRY_AGAIN = Translation(
    "{app.media} shows it; {media.retry} there tries again.",
    "{app.media} 可查看；在那里按 {media.retry} 重试。",
)


class Reports(Pump):
    """Takes the reports of the app's engines, and shows them in batches.

    Args:
        app: gets the batches as `Reported`, and gives them to `show`.
        since: exports that ended earlier (seconds since 1970) are old news.
    """

    def __init__(self, app: Host, since: float) -> None:
        super().__init__(lambda events: app.post_message(Reported(events)), app.line)
        self._app = app
        self._growth = Growth()
        self._announcer = Announcer(since, app.write_terminal, app.show_notice)
        self._upload_news = UploadNews(since)

    async def show(self, events: tuple[Event, ...]) -> None:
        """Bring everything up to date after a batch; the next one comes when that is done."""
        try:
            if not self._app.is_closing:
                await self._show(events)
        except GONE:
            if not self._app.is_closing:
                raise
        finally:
            self.handled()

    async def _show(self, events: tuple[Event, ...]) -> None:
        app = self._app
        if (grown := self._growth.only(events)) is not None:
            if (screen := main_screen_of(app)) is not None:
                await screen.grow(grown)
            return
        for event in events:
            self._announcer.take(event)
            if isinstance(event, Noticed):
                app.show_problem(event.problem, event.severity)
        if (problem := self._upload_news.of(events)) is not None:
            app.show_problem(problem, "error")
        for copy in self._upload_news.copies(events):
            app.say(_COPY.of(name=copy.name, why=copy.reason), title=KNOWN_ALREADY.of())
        if isinstance(app.screen, Dialog):
            await app.screen.take(events)
        screen = main_screen_of(app)
        if screen is not None:
            with app.batch_update():  # one frame for all, also for what is mounted
                if any(isinstance(event, SessionOpened) for event in events):
                    await screen.sync()
                await screen.take(events)
                screen.refresh_frame()
            screen.check_idle()
        if any(isinstance(event, TurnChanged) for event in events):
            app.tick_if_needed()


class Growth:
    """Compares each turn with what was last reported of it while it runs."""

    def __init__(self) -> None:
        self._known: dict[int, Turn] = {}

    def only(self, events: Sequence[Event]) -> list[Turn] | None:
        """The turns, when nothing in `events` says more than that their replies are different."""
        turns = [event.turn for event in events if isinstance(event, TurnChanged)]
        grew = [self._grew(turn) for turn in turns]
        return turns if turns and all(grew) and len(turns) == len(events) else None

    def _grew(self, turn: Turn) -> bool:
        known = self._known.pop(turn.id, None)
        if not turn.state.is_over:
            self._known[turn.id] = turn
        return known is not None and replace(known, reply=turn.reply) == turn


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
        from vbtui.base import programs
        from vbtui.exports import notify

        notice = notify.notice_of(render)
        if notice is None:
            return
        sequence = notify.terminal_sequence(notice, self._environ)
        self._write(sequence)
        if sequence == notify.BELL:  # the terminal shows no notifications, the desktop may
            programs.launch_on_desktop(notify.desktop_command(notice, self._environ))
        self._show(notice)


_NAMED = ("picked", "url")


class UploadNews:
    """Watches the files.

    Args:
        since: files that were named earlier (seconds since 1970), and have not moved, are old news.
    """

    def __init__(self, since: float) -> None:
        self._since = since
        self._told: dict[int, bool] = {}
        self._copies: set[int] = set()

    def of(self, events: Sequence[Event]) -> Problem | None:
        """The files that failed for good in these reports, as one problem; None when there is none."""
        assets = [event.asset for event in events if isinstance(event, AssetChanged)]
        failed = [asset for asset in assets if self._is_news(asset)]
        if not failed:
            return None
        first, rest = failed[0], len(failed) - 1
        title = _FILES.of(count=rest + 1) if rest else _FILE.of(name=first.name)
        name = f"{first.name}: " if rest else ""
        return Problem(
            title,
            f"{name}{first.reason}.",
            _TRY_AGAIN.of(),
        )

    def copies(self, events: Sequence[Event]) -> list[Asset]:
        """The files in these reports that were named and not sent: the project has their content."""
        assets = [event.asset for event in events if isinstance(event, AssetChanged)]
        found = [
            asset
            for asset in assets
            if asset.state is AssetState.SKIPPED and asset.why.code == COPY
            if asset.source in _NAMED and asset.created_at >= self._since
            if asset.id not in self._copies
        ]
        self._copies.update(asset.id for asset in found)
        return found

    def _is_news(self, asset: Asset) -> bool:
        has_failed = asset.state is AssetState.FAILED and asset.retry_at is None
        if asset.source not in _NAMED or (not has_failed and asset.state.is_over):
            return False
        was_told = self._told.get(asset.id, asset.created_at < self._since)
        self._told[asset.id] = has_failed
        return has_failed and not was_told
