"""Where a render is made: at the backend of this start, or in its place by the studio of this machine."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from vbtui.base.errors import BadFile, NetworkError, RenderFailed, SessionNotFound, VbtuiError
from vbtui.base.translation import Translation
from vbtui.exports import presets
from vbtui.fallback import plan as render_here
from vbtui.fallback.plan import KeptPlan, with_assets
from vbtui.fallback.process import HereStudio
from vbtui.journal.records import DraftVersion, Render
from vbtui.session.context import Context
from vbtui.session.projects import Sessions

_VERSION_GONE = Translation(
    "The version of the timeline that was to be exported is gone.", "要导出的时间线版本已不存在。"
)
_PLAN_GONE = Translation(
    "What was to be rendered here is not known any more.", "已不清楚要在此渲染什么。"
)
_NOT_TAKEN = Translation("The local studio did not take {name}.", "本地工作室没有接收 {name}。")
_CHANGED = Translation(
    "{name} has changed since it was uploaded to the backend.", "{name} 上传到后台之后有改动。"
)


if TYPE_CHECKING:
    from vbtui.wire.client import Client

_TRIES = 3
"""So many deaths of the studio in a row while it is given its files end a render."""


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """What a render request says beside its id, format and quality."""

    session_id: str
    draft: Any
    more: Mapping[str, Any]


class RenderTarget(Protocol):
    """What a run needs of the place where its render is made."""

    @property
    def client(self) -> Client:
        """Raises `NetworkError` or `SignInRefused` while there is none."""
        ...

    @property
    def poll_s(self) -> float:
        """Seconds between two looks."""
        ...

    def at_work(self) -> AbstractAsyncContextManager[None]:
        """Held for as long as a run needs the place. Raises `VbtuiError` when it cannot be had."""
        ...

    async def request(self, render: Render, draft: DraftVersion | None) -> RenderRequest:
        """What to ask for. Raises `VbtuiError` when it cannot be."""
        ...

    def lost(self, error: VbtuiError) -> None:
        """A request was not answered."""
        ...

    def restored(self) -> None:
        """A request was answered."""
        ...

    async def wait_ready(self) -> None:
        """Returns when the place can be asked again. Raises `VbtuiError` when it never will."""
        ...

    async def session_gone(self, render: Render) -> None:
        """The place does not know the session of `render` any more."""
        ...


class BackendTarget:
    """The backend that this vbtui works with; the draft goes out as its state returned it."""

    def __init__(self, context: Context, sessions: Sessions) -> None:
        self._context = context
        self._sessions = sessions

    @property
    def client(self) -> Client:
        return self._context.client

    @property
    def poll_s(self) -> float:
        timing = self._context.settings.timing
        return timing.local_render_poll if self._context.is_local else timing.render_poll

    def at_work(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def request(self, render: Render, draft: DraftVersion | None) -> RenderRequest:
        if draft is None:
            raise RenderFailed(_VERSION_GONE)
        more = presets.size_fields(render.options) | presets.moment_field(render.options)
        return RenderRequest(render.session_id, draft.draft, more)

    def lost(self, error: VbtuiError) -> None:
        self._context.link_lost(error)

    def restored(self) -> None:
        self._context.link_restored()

    async def wait_ready(self) -> None:
        await self._context.wait_ready()

    async def session_gone(self, render: Render) -> None:
        await self._sessions.replace(render.session_id)


class StudioTarget:
    """The studio beside the backend, at work on renders."""

    def __init__(self, context: Context, studio: HereStudio) -> None:
        self._context = context
        self._studio = studio

    @property
    def client(self) -> Client:
        return self._studio.client

    @property
    def poll_s(self) -> float:
        return self._context.settings.timing.local_render_poll

    def at_work(self) -> AbstractAsyncContextManager[None]:
        return self._studio.in_use()

    def lost(self, error: VbtuiError) -> None:
        """The next look connects again; the backend's own link is another matter."""

    def restored(self) -> None:
        """Nothing to say: the header speaks of the backend."""

    async def wait_ready(self) -> None:
        """Join the studio, or start it again. Raises `StudioProblem`, `DiskProblem`."""
        await self._studio.ready()

    async def session_gone(self, render: Render) -> None:
        await self._keep_made(render.options.here, "", {})

    async def request(self, render: Render, draft: DraftVersion | None) -> RenderRequest:
        key = render.options.here
        plan = await self._context.journal.run(lambda c: render_here.read(c, key))
        if plan is None:
            raise RenderFailed(_PLAN_GONE)
        session_id, assets = await self._given(render, plan)
        rewritten = with_assets(plan.draft, assets)
        size = presets.size_fields(render.options)
        if size:
            rewritten = {**rewritten, "m": {**rewritten["m"], **size}}
        return RenderRequest(session_id, rewritten, presets.moment_field(render.options))

    # -- files --------------------------------------------------------------------------------

    async def _given(self, render: Render, plan: KeptPlan) -> tuple[str, Mapping[str, str]]:
        """The studio's session with the plan's files, and their ids there."""
        for rest in range(_TRIES - 1, -1, -1):
            try:
                if plan.session_id and await self._knows(plan.session_id):
                    return plan.session_id, plan.assets
                return await self._give(render, plan)
            except NetworkError:
                if not rest:
                    raise
                await self.wait_ready()
        raise AssertionError

    async def _knows(self, session_id: str) -> bool:
        try:
            await self.client.state(session_id)
        except SessionNotFound:
            return False
        return True

    async def _give(self, render: Render, plan: KeptPlan) -> tuple[str, Mapping[str, str]]:
        session = await self.client.create_session(render.title or "project", "en")
        assets: dict[str, str] = {}
        for name, original in plan.originals.items():
            media = await self.client.upload(
                session.session_id,
                original.path,
                name=original.sent_name,
            )
            if not media or not media[0].url:
                raise BadFile(_NOT_TAKEN.of(name=original.name))
            if original.sha256 and media[0].digest not in ("", original.sha256):
                raise BadFile(_CHANGED.of(name=original.name))
            assets[name] = media[0].url.rstrip("/").rsplit("/", 1)[-1]
        await self._keep_made(render.options.here, session.session_id, assets)
        return session.session_id, assets

    async def _keep_made(self, key: str, session_id: str, assets: Mapping[str, str]) -> None:
        await self._context.journal.run(lambda c: render_here.keep_made(c, key, session_id, assets))
