"""An engine without a backend, for tests of screens and widgets; it has what the screens use of `Engine`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from vbtui.base.settings import Settings, find_directories
from vbtui.engine import Engine
from vbtui.fallback.pictures import Composed
from vbtui.fallback.plan import HerePlan
from vbtui.interchange.model import FORMATS, LABELS, WayOut
from vbtui.interchange.service import Offer
from vbtui.journal.records import (
    Asset,
    AssetState,
    DraftVersion,
    ExportOptions,
    Render,
    RenderState,
    Session,
    Turn,
    TurnState,
)
from vbtui.session.events import (
    AssetChanged,
    AssetRemoved,
    Bus,
    DraftChanged,
    OverviewChanged,
    RenderChanged,
    RenderRemoved,
    SessionOpened,
    TurnChanged,
    TurnRemoved,
)
from vbtui.session.records import Account, Credits, Link, Overview
from vbtui.timeline import model as timeline

NOW = 1_790_000_000.0


class FrozenClock:
    """Time stands still unless a test moves it."""

    def __init__(self, now: float = NOW) -> None:
        self.time = now

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


@dataclass
class FakeSessions:
    engine: FakeEngine
    current: Session | None
    known: list[Session] = field(default_factory=list)

    async def list(self) -> list[Session]:
        return list(self.known)

    async def open(self, session_id: str, /) -> None:
        self.current = next(one for one in self.known if one.id == session_id)
        self.engine.change(session=self.current)
        self.engine.bus.publish(SessionOpened(session_id))

    async def new(self, name: str, /) -> None:
        session = Session(f"s{len(self.known) + 1}", "local", name, created_at=NOW, used_at=NOW)
        self.known.append(session)
        self.engine.conversation.turns.clear()
        await self.open(session.id)

    async def rename(self, session_id: str, name: str, /) -> None:
        self.known = [
            replace(one, name=name) if one.id == session_id else one for one in self.known
        ]

    async def claim_link(self) -> str:
        return "https://nemovideo.com/workspace/claim?ct=clm_1"

    def registration_link(self) -> str:
        return "https://nemovideo.com/register?bind=task-1"

    async def forget(self, session_id: str, /) -> None:
        self.known = [one for one in self.known if one.id != session_id]


@dataclass
class FakeConversation:
    engine: FakeEngine
    turns: list[Turn] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    routes: list[str] = field(default_factory=list)
    calls: list[tuple[object, ...]] = field(default_factory=list)
    at_work: frozenset[str] = frozenset()
    is_blocked: bool = False
    blocked_by: Turn | None = None

    def release(self) -> None:
        self.calls.append(("release",))

    def put(self, turn: Turn) -> Turn:
        """Add the turn, or replace the one with its id, and report it."""
        for index, known in enumerate(self.turns):
            if known.id == turn.id:
                self.turns[index] = turn
                break
        else:
            self.turns.append(turn)
        self.engine.bus.publish(TurnChanged(turn))
        return turn

    async def say(self, text: str, /, *, route: str = "") -> Turn:
        self.said.append(text)
        self.routes.append(route)
        is_opened = self.engine.overview.session is not None
        is_busy = not is_opened or any(not turn.state.is_over for turn in self.turns)
        state = TurnState.QUEUED if is_busy else TurnState.RUNNING
        number = max((turn.id for turn in self.turns), default=0) + 1
        return self.put(
            Turn(number, "s1", text, "edit", state, created_at=NOW, sent_at=NOW, position=number)
        )

    async def stop(self) -> None:
        self.calls.append(("stop",))
        for turn in list(self.turns):
            if turn.state is TurnState.RUNNING:
                self.put(replace(turn, state=TurnState.STOPPED))

    async def edit_queued(self, turn_id: int, text: str, /) -> None:
        turn = next(one for one in self.turns if one.id == turn_id)
        self.put(replace(turn, text=text))

    async def delete_queued(self, turn_id: int, /) -> None:
        self.turns[:] = [turn for turn in self.turns if turn.id != turn_id]
        self.engine.bus.publish(TurnRemoved(turn_id))

    async def move_queued(self, turn_id: int, by: int, /) -> None:
        self.calls.append(("move", turn_id, by))

    async def interrupt_and_send(self, turn_id: int, /) -> None:
        self.calls.append(("now", turn_id))


class FakeCommands:
    def __init__(self, engine: FakeEngine) -> None:
        self.engine = engine

    async def take(self, turn_id: int, offer: str, /) -> None:
        self.engine.conversation.calls.append((offer, turn_id))


@dataclass
class FakeDrafts:
    engine: FakeEngine
    current: DraftVersion | None = None
    kept: list[DraftVersion] = field(default_factory=list)

    async def versions(self) -> list[DraftVersion]:
        return list(self.kept)

    def put(self, draft: object, turn_id: int | None = None) -> None:
        version = self.current.version + 1 if self.current else 1
        self.current = DraftVersion(version, "s1", NOW, turn_id, timeline.read(draft), draft)
        self.kept.append(self.current)
        self.engine.bus.publish(DraftChanged(self.current))


@dataclass
class FakeLibrary:
    engine: FakeEngine
    assets: list[Asset] = field(default_factory=list)
    paused: bool = False
    calls: list[tuple[object, ...]] = field(default_factory=list)

    def put(self, asset: Asset) -> None:
        for index, known in enumerate(self.assets):
            if known.id == asset.id:
                self.assets[index] = asset
                break
        else:
            self.assets.append(asset)
        self.engine.bus.publish(AssetChanged(asset))

    async def add(self, paths: Sequence[Path], source: str, /) -> None:
        self.calls.append(("add", tuple(paths), source))
        for path in paths:
            number = len(self.assets) + 1
            self.put(Asset(number, "s1", path, path.name, "video", source, AssetState.QUEUED))

    async def add_url(self, url: str, /) -> None:
        self.calls.append(("add_url", url))

    async def retry(self, asset_id: int, /) -> None:
        self.calls.append(("retry", asset_id))

    async def skip(self, asset_id: int, /) -> None:
        self.calls.append(("skip", asset_id))

    async def forget(self, asset_id: int, /) -> None:
        self.calls.append(("forget", asset_id))
        self.assets[:] = [asset for asset in self.assets if asset.id != asset_id]
        self.engine.bus.publish(AssetRemoved(asset_id))

    async def force(self, asset_id: int, /) -> None:
        self.calls.append(("force", asset_id))

    async def rename(self, asset_id: int, label: str, /) -> None:
        self.calls.append(("rename", asset_id, label))
        asset = next(one for one in self.assets if one.id == asset_id)
        self.put(replace(asset, label=label))

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False

    async def watch(self, directory: Path, /) -> None:
        self.calls.append(("watch", directory))

    async def upload_again(self) -> None:
        self.calls.append(("upload_again",))

    def scp_hint(self, text: str, /) -> str:
        return f"scp {text} here:" if text.startswith("/Users/") else ""

    def accepts_text(self, text: str, /) -> list[Path]:
        paths = [Path(word) for word in text.split()]
        return paths if paths and all(path.is_file() for path in paths) else []


@dataclass
class FakeExports:
    engine: FakeEngine
    renders: list[Render] = field(default_factory=list)
    calls: list[tuple[object, ...]] = field(default_factory=list)
    paused: bool = False
    sizes: bool = True
    offered: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What `offers` says, by the ids of renders."""
    now: float = NOW
    plan: HerePlan | None = None

    def put(self, render: Render) -> None:
        for index, known in enumerate(self.renders):
            if known.id == render.id:
                self.renders[index] = render
                break
        else:
            self.renders.append(render)
        self.engine.bus.publish(RenderChanged(render))

    def latest(self, render_id: str, /) -> Render | None:
        return next((one for one in self.renders if one.id == render_id), None)

    def offers(self, render: Render, /) -> tuple[str, ...]:
        return self.offered.get(render.id, ())

    def estimate_s(self, render: Render, /) -> float | None:
        """By the render's own progress; a minute for each that has none."""
        if render.state.is_over:
            return None
        if render.submitted_at is None or not render.progress:
            return 60.0
        return (self.now - render.submitted_at) * (100 - render.progress) / render.progress

    def queue_estimate_s(self) -> float | None:
        left = [self.estimate_s(one) or 0.0 for one in self.renders if not one.state.is_over]
        return sum(left) if left else None

    async def takes_sizes(self) -> bool:
        return self.sizes

    async def start(
        self, options: ExportOptions, /, *, version: int = 0, session_id: str = ""
    ) -> None:
        self.calls.append(("start", options, version) if version else ("start", options))
        number = len(self.renders) + 1
        self.put(Render(f"render_{number}", "s1", RenderState.WAITING, options, created_at=NOW))

    async def start_all(
        self,
        names: Sequence[str],
        base: ExportOptions,
        /,
        *,
        version: int = 0,
        session_id: str = "",
    ) -> None:
        self.calls.append(("start_all", tuple(names), base, version, session_id))

    async def duplicate(self, render_id: str, options: ExportOptions | None = None, /) -> None:
        self.calls.append(("duplicate", render_id, options))

    async def plan_here(self, session_id: str, version: int, /) -> HerePlan:
        self.calls.append(("plan_here", session_id, version))
        assert self.plan is not None
        return self.plan

    async def start_here(
        self, plan: HerePlan, options: ExportOptions, /, *, instead_of: str = ""
    ) -> None:
        self.calls.append(("start_here", plan, options, instead_of))

    async def cancel(self, render_id: str, /) -> None:
        self.calls.append(("cancel", render_id))

    async def retry(self, render_id: str, /) -> None:
        self.calls.append(("retry", render_id))

    async def remove(self, render_id: str, /) -> None:
        self.calls.append(("remove", render_id))
        self.renders[:] = [render for render in self.renders if render.id != render_id]
        self.engine.bus.publish(RenderRemoved(render_id))

    async def move(self, render_id: str, by: int, /) -> None:
        self.calls.append(("move", render_id, by))

    async def pause(self) -> None:
        self.paused = True

    async def resume(self) -> None:
        self.paused = False


@dataclass
class FakeWaysOut:
    folder: Path = Path("/home/mia/Videos")
    offers: tuple[Offer, ...] = tuple(Offer(name, LABELS[name]) for name in FORMATS)
    calls: list[tuple[object, ...]] = field(default_factory=list)

    async def write(
        self, formats: Sequence[str], directory: Path | None = None, version: int | None = None, /
    ) -> WayOut:
        self.calls.append((tuple(formats), directory, version))
        folder = directory or self.folder
        files = tuple(folder / f"Urban Dreams.{name}" for name in formats)
        return WayOut(files, ("EDL: 1 text is not carried.",))


class FakePreviews:
    """Gives the engine's `picture` for every time, where there is one."""

    def __init__(self, engine: FakeEngine) -> None:
        self._engine = engine
        self.are_here = engine.overview.backend != "Local studio"
        self.missing: tuple[str, ...] = ()
        self.reason = ""
        self.gate: asyncio.Event | None = None
        """What a picture waits for."""
        self.frames_asked: list[tuple[int, int, int]] = []
        self.asked: list[int | None] = []
        """The versions that were asked for; None: the newest."""
        self.pictures_of: dict[int, bytes] = {}
        """Of older versions."""

    async def frames(
        self,
        version: DraftVersion,
        at_ms: int,
        *,
        width: int,
        height: int,
        count: int = 1,
        fps: int = 10,
        is_newest: bool = True,
    ) -> Composed:
        if count > 1:
            self.frames_asked.append((at_ms, count, fps))
            picture = self._engine.picture
        else:
            if self.gate is not None:
                await self.gate.wait()
            self.asked.append(None if is_newest else version.version)
            picture = self._engine.picture if is_newest else self.pictures_of.get(version.version)
        return self._made((picture,) * count if picture else ())

    def _made(self, pictures: tuple[bytes, ...]) -> Composed:
        return Composed(pictures, self.are_here, self.missing, self.reason)


class FakeEngine:
    """Holds what it is given and writes down what it is asked."""

    def __init__(self, *, project: str = "Beach promo", backend: str = "Local studio") -> None:
        session = Session("s1", "local", project, created_at=NOW, used_at=NOW)
        kind = "local" if backend == "Local studio" else "anonymous"
        self.bus = Bus()
        self.settings = Settings(directories=find_directories())
        self.overview = Overview(backend, Link.READY, session, Account(kind))
        self.sessions = FakeSessions(self, session, [session])
        self.conversation = FakeConversation(self)
        self.commands = FakeCommands(self)
        self.drafts = FakeDrafts(self)
        self.library = FakeLibrary(self)
        self.exports = FakeExports(self)
        self.way_out = FakeWaysOut()
        self.previews = FakePreviews(self)
        self.services: tuple[()] = ()
        self.is_closed = False
        self.is_open = True
        self.picture: bytes | None = None

    def change(self, **changes: object) -> None:
        """Change the overview and report it."""
        self.overview = replace(self.overview, **changes)  # type: ignore[arg-type]  # by field name
        self.bus.publish(OverviewChanged(self.overview))

    async def open(self) -> None:
        return None

    async def start(self) -> None:
        return None

    async def close(self) -> None:
        self.is_closed = True

    async def refresh_credits(self) -> Credits | None:
        return self.overview.credits

    async def made(self, _is_local: bool = False) -> Engine:
        """As the app asks for its engine."""
        return cast(Engine, self)
