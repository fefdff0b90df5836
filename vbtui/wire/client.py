"""The client of the agent API: one method per endpoint (wire/README.md, Endpoints).

Cheap to import and to make: httpx and the modules that need it come with the first request.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vbtui.base.clock import Clock, SystemClock
from vbtui.base.errors import BackendError, RateLimited, UsageError
from vbtui.base.settings import Timing
from vbtui.base.times import format_wait
from vbtui.base.translation import Translation
from vbtui.wire import replies
from vbtui.wire.errors import Secret
from vbtui.wire.events import TurnEvent
from vbtui.wire.extras import Extras
from vbtui.wire.replies import (
    AnonymousToken,
    CreditBalance,
    Fields,
    Media,
    NewSession,
    RenderStatus,
    Reply,
    SessionState,
    whole,
)
from vbtui.wire.transport import Transport, segment

_T = Translation
_ONE_A_WEEK = _T(
    "The backend gives one free token a week to each computer.", "后台每周给每台电脑一个免费令牌。"
)
_AGAIN_IN = _T(
    "Try again in {time}, set NEMO_TOKEN, or work without the cloud: vbtui --local.",
    "请在 {time}后再试，或设置 NEMO_TOKEN，或离线使用：vbtui --local。",
)
_AGAIN_LATER = _T(
    "Try again later, set NEMO_TOKEN, or work without the cloud: vbtui --local.",
    "请稍后再试，或设置 NEMO_TOKEN，或离线使用：vbtui --local。",
)


_NOTHING: Mapping[str, Any] = MappingProxyType({})
_JSON = {"Content-Type": "application/json", "Accept": "application/json"}
_AGENT = "nemo_agent"
_TIMING = Timing()
_ANSWER_STALLS = 3
"""After the last byte of a file is handed over, the answer may take this many `timing.stall`: the
system still sends what it holds, and the backend looks at the file."""


class Client(Extras):
    """Speaks to one backend. Raises `vbtui.base.errors.BackendError` and `NetworkError`, nothing else;
    a request that changes something is sent once (twice only when its token was refused)."""

    def __init__(
        self,
        base_url: str,
        *,
        token: str = "",
        platform: str = "",
        timing: Timing = _TIMING,
        clock: Clock | None = None,
    ) -> None:
        """
        Args:
            base_url: of the API, http or https; raises `UsageError` for anything else.
            platform: `$SKILL_SOURCE`; empty: detected from the install path.
        """
        self._clock = clock or SystemClock()
        self._timing = timing
        try:
            self._transport = Transport(
                base_url, token=Secret(token), platform=platform, timing=timing, clock=self._clock
            )
        except ValueError:
            del token  # a traceback may show the variables of this frame
            raise UsageError("The backend's address must start with http:// or https://.") from None

    def __repr__(self) -> str:
        return f"<Client {self._transport.host}>"

    @property
    def base_url(self) -> str:
        return self._transport.base_url

    @property
    def on_token_refused(self) -> Callable[[], Awaitable[str | None]] | None:
        """Asked for another token when the backend refuses the present one; None: there is none."""
        return self._transport.on_token_refused

    @on_token_refused.setter
    def on_token_refused(self, ask: Callable[[], Awaitable[str | None]] | None) -> None:
        self._transport.on_token_refused = ask

    def use_token(self, token: str) -> None:
        self._transport.token = Secret(token)

    async def close(self) -> None:
        await self._transport.close()

    # Sign-in and sessions

    async def anonymous_token(
        self, client_id: str, *, waiting: Callable[[float], None] = lambda _: None
    ) -> AnonymousToken:
        """A free token. A rate limit is waited for once (`Retry-After`, else
        `timing.rate_limit_wait`), and `waiting` told the seconds; raises `RateLimited` when it stays."""
        try:
            reply = await self._anonymous_token(client_id, waiting)
        except RateLimited as limit:
            raise self._come_back_later(limit) from None
        return replies.anonymous_token(whole(reply), now=self._clock.now())

    async def _anonymous_token(self, client_id: str, waiting: Callable[[float], None]) -> Reply:
        if not replies.TOKEN.match(client_id):
            raise BackendError(code="backend.client_id", wire_code=400)
        return await self._transport.call(
            "POST",
            "/api/auth/anonymous-token",
            headers={"X-Client-Id": client_id, "Accept": "application/json"},
            content=b"",
            with_token=False,
            waiting=waiting,
        )

    def _come_back_later(self, limit: RateLimited) -> RateLimited:
        wait = limit.retry_after_s
        hint = _AGAIN_IN.of(time=format_wait(wait)) if wait else _AGAIN_LATER
        return RateLimited(_ONE_A_WEEK, hint=hint, retry_after_s=wait)

    async def create_session(self, name: str, language: str) -> NewSession:
        """A new editing session. `language`: an ISO code."""
        body = {"task_name": name, "language": language}
        return replies.new_session(await self._post(f"/api/tasks/me/with-session/{_AGENT}", body))

    async def claim_token(self, task_id: str, session_id: str) -> str:
        """`clm_…`, for the link that moves the session to a real account."""
        body = {"task_id": task_id, "session_id": session_id}
        return replies.claim_token(await self._post("/api/auth/claim-token", body))

    async def credits(self) -> CreditBalance:
        return replies.credit_balance(await self._get("/api/credits/balance/simple"))

    async def state(self, session_id: str) -> SessionState:
        """The session as the backend has it; `draft` is None when nothing is built yet."""
        path = f"/api/state/{_AGENT}/me/{segment(session_id)}/latest"
        return replies.session_state(await self._get(path))

    # A turn

    def run(
        self, session_id: str, text: str, *, waiting: Callable[[float], None] = lambda _: None
    ) -> AsyncIterator[TurnEvent]:
        """Send `text` to the agent, once; an async generator that ends when the stream does.

        Args:
            waiting: told the seconds when a rate limit has to be waited for.

        Raises:
            Unreachable: nothing was sent; it is safe to send it again.
            ConnectionBroken: it was sent, or some of it; also for HTTP 5xx.
            TimedOut: it was sent, and there was no end within `timing.sse_total`, or nothing but
                heartbeats for `timing.heartbeat_only`.
            BackendError: the backend refused it before it did anything.
        """
        from vbtui.wire.turn import run_turn

        return run_turn(self._transport, session_id, text, waiting)

    # Media

    async def upload(
        self,
        session_id: str,
        path: Path,
        *,
        name: str | None = None,
        position: int = 0,
        is_watched: bool = False,
        on_progress: Callable[[int], None] | None = None,
    ) -> tuple[Media, ...]:
        """Send one file. `on_progress` gets the bytes of the file that are out.

        `position` is the file's place among the session's, for the local studio alone: files that
        are sent at the same time arrive in any order. 0 is not sent. `is_watched` says with it that the file
        came by a watched folder: nobody put it at that place.

        Raises `BadFile` when it cannot be read or changes while it is sent (nothing of it stays at
        the backend then), `FileTooLarge` before a byte is sent, `TimedOut` when no byte moves for
        `timing.stall`.
        """
        return replies.uploaded(
            whole(
                await self._transport.with_token(
                    lambda: self._upload(
                        path, name, _upload_path(session_id, position, is_watched), on_progress
                    )
                )
            )
        )

    async def _upload(
        self,
        path: Path,
        name: str | None,
        url: str,
        on_progress: Callable[[int], None] | None,
    ) -> Reply:
        from vbtui.wire.transfer import EarlyAnswer, FileBody
        from vbtui.wire.transport import read_whole

        stall = self._timing.stall
        async with (
            FileBody(path, name, on_progress) as body,
            EarlyAnswer() as early,
            self._transport.open(
                "POST",
                url,
                headers=body.headers,
                content=body.stream(),
                read_s=_ANSWER_STALLS * stall,
                write_s=stall,
                once=True,
                trace=early.trace,
            ) as response,
        ):
            reply = await read_whole(response, 16 * 1024 * 1024)
        if error := self._transport.problem(reply):
            raise error
        return reply

    async def upload_urls(
        self, session_id: str, urls: Sequence[str], *, position: int = 0
    ) -> tuple[Media, ...]:
        """Have the backend fetch `urls` itself; it may take its time. `position` is `upload`'s."""
        body = {"urls": list(urls), "source_type": "url"}
        reply = await self._post(
            _upload_path(session_id, position),
            body,
            read_s=max(self._timing.reply, self._timing.heartbeat_only),
        )
        return replies.uploaded(reply)

    # Renders

    async def start_render(
        self,
        render_id: str,
        session_id: str,
        draft: Any,
        *,
        format: str = "mp4",
        quality: str = "high",
        more: Mapping[str, Any] = _NOTHING,
    ) -> RenderStatus:
        """Start an export of `draft`, which goes out equal as JSON to what `state` gave.

        `more` goes into `output` as well: what the local studio's capabilities allow, and nothing
        for any other backend.
        """
        body = {
            "id": render_id,
            "sessionId": session_id,
            "draft": draft,
            "output": {"format": format, "quality": quality, **more},
        }
        reply = await self._post("/api/render/proxy/lambda", body)
        return replies.render_status(reply, token=self._transport.token, started=True)

    async def render_status(self, render_id: str) -> RenderStatus:
        reply = await self._get(f"/api/render/proxy/lambda/{segment(render_id)}")
        return replies.render_status(reply, token=self._transport.token)

    async def cancel_render(self, render_id: str) -> None:
        path = f"/api/render/proxy/lambda/{segment(render_id)}/cancel"
        await self._transport.call("POST", path, headers=_JSON, content=b"{}")

    async def download(
        self,
        render_id: str,
        url: str,
        path: Path,
        *,
        on_progress: Callable[[int, int | None], None] | None = None,
    ) -> None:
        """Fetch a finished video into `path`, going on where an earlier try left it.

        `on_progress` gets the bytes that are there and, where known, how many there will be.
        Raises `DiskProblem` when it cannot be written.
        """
        from vbtui.wire.transfer import Download

        await Download(self._transport, render_id, path, on_progress).run(url)

    async def fetch(self, url: str, path: Path) -> None:
        """Fetch a file of the project by its URL into `path`; another host sees no token.

        Raises as `download` does.
        """
        from vbtui.wire.transfer import Download

        await Download(self._transport, "", path, None).fetch(url)

    # Helpers

    async def _get(self, path: str) -> Fields:
        return whole(
            await self._transport.call("GET", path, headers={"Accept": "application/json"})
        )

    async def _post(
        self, path: str, body: Mapping[str, Any], *, read_s: float | None = None
    ) -> Fields:
        return whole(
            await self._transport.call(
                "POST", path, headers=_JSON, content=json.dumps(body).encode(), read_s=read_s
            )
        )


def _upload_path(session_id: str, position: int, is_watched: bool = False) -> str:
    place = f"?position={position}{'&watched=1' if is_watched else ''}" if position else ""
    return f"/api/upload-video/{_AGENT}/me/{segment(session_id)}{place}"
