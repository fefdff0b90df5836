"""Requests: who they go to, what they carry, how long they may take, when they are tried again.

httpx is imported with the first request, and the TLS trust store is loaded only for an https
address: the start of vbtui pays for neither. The token and the attribution headers (wire/README.md,
Headers) go to the API's own origin and nowhere else, whatever an answer redirects to.
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urljoin, urlsplit

from vbtui import __version__
from vbtui.base.clock import Clock
from vbtui.base.errors import (
    BadReply,
    NetworkError,
    RateLimited,
    SignInRefused,
    TimedOut,
    Unreachable,
    VbtuiError,
)
from vbtui.base.foreign_json import LONG
from vbtui.base.patterns import regex
from vbtui.base.settings import Timing, is_loopback
from vbtui.wire.errors import Secret, network_error
from vbtui.wire.replies import MAX_ERROR_BYTES, MAX_REPLY_BYTES, TOKEN, Reply, problem

if TYPE_CHECKING:
    import httpx


_T = TypeVar("_T")
_TRIES = 3
_MAX_REDIRECTS = 5
_PACKINGS = ("", "identity", "gzip", "deflate")
_REDIRECTS = (301, 302, 303, 307, 308)
_SLOW_REPLY = 5
"""A plain reply may take this many times `timing.reply` in all, however steadily it trickles."""
_MAX_RATE_WAIT_S = 120.0
"""A longer `Retry-After` is not waited for: the caller says when to try again."""


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of `url`; raises ValueError where it has none."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not a web address")
    return scheme, parts.hostname.lower(), parts.port or (443 if scheme == "https" else 80)


class Transport:
    """Sends requests to one API, and to other hosts where it points at them."""

    def __init__(
        self, base_url: str, *, token: Secret, platform: str, timing: Timing, clock: Clock
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.origin = origin(self.base_url)
        self.timing = timing
        self.clock = clock
        self.on_token_refused: Callable[[], Awaitable[str | None]] | None = None
        self.token = token
        self._attribution = attribution(platform)
        self._renewal = asyncio.Lock()
        self._making = asyncio.Lock()
        self._clients: dict[str, httpx.AsyncClient] = {}

    def __repr__(self) -> str:
        return f"<Transport {self.host}>"

    @property
    def host(self) -> str:
        """`name:port`, the port only where it is not the scheme's own."""
        return host_of(self.base_url)

    async def close(self) -> None:
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.aclose()

    # One request

    @asynccontextmanager
    async def open(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | AsyncIterable[bytes] | None = None,
        read_s: float | None,
        write_s: float | None = None,
        with_token: bool = True,
        once: bool = False,
        abroad: bool = False,
        trace: Callable[[str, Mapping[str, Any]], Awaitable[None]] | None = None,
    ) -> AsyncIterator[httpx.Response]:
        """The answer to one request, its body unread, redirects followed where that is safe.

        Args:
            url: absolute, or a path of the API.
            read_s: the longest wait for the next byte of the answer; None: no limit.
            write_s: the longest wait until a piece of `content` is taken.
            once: use a connection of its own, that no one can have closed in the meantime.
            trace: told of every step of the connection, as httpx's extension of that name has it.
            abroad: an answer may redirect to another host (which gets no header of ours).

        Raises `NetworkError` and `BadReply`, also for what happens while the body is read inside
        the `async with`.
        """
        if not self._clients:
            await asyncio.to_thread(import_module, "httpx")
        import httpx

        url = self.base_url + url if url.startswith("/") else url
        timeout = httpx.Timeout(
            connect=self.timing.connect, read=read_s, write=write_s, pool=None
        ).as_dict()
        try:
            for _ in range(_MAX_REDIRECTS + 1):
                ours = self._is_ours(url)
                client = await self._client("other" if not ours else "once" if once else "api")
                request = httpx.Request(
                    method,
                    url,
                    headers=self._headers(ours, with_token, headers),
                    content=content,
                    extensions={"timeout": timeout} | ({"trace": trace} if trace else {}),
                )
                response = await client.send(request, stream=True, auth=_no_auth())
                try:
                    _check_packing(response)
                    target = _redirect(response)
                    if target is None:
                        yield response
                        return
                    self._check_redirect(response.status_code, method, content, target, abroad)
                    url = target
                finally:
                    await response.aclose()
            raise BadReply(f"{host_of(url)} redirects in a circle.")
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise network_error(error, host_of(url)) from None
        except (OSError, UnicodeError) as error:
            if isinstance(error, ssl.SSLError | ConnectionError | UnicodeError | TimeoutError):
                raise network_error(error, host_of(url)) from None
            raise

    def _is_ours(self, url: str) -> bool:
        try:
            return origin(url) == self.origin
        except ValueError:
            raise Unreachable("The backend gave an address that is none.") from None

    def _headers(
        self, ours: bool, with_token: bool, extra: Mapping[str, str] | None
    ) -> httpx.Headers:
        import httpx

        headers = httpx.Headers(extra)
        headers.setdefault("User-Agent", f"vbtui/{__version__}")
        headers.setdefault("Accept", "*/*")
        headers.setdefault("Accept-Encoding", ", ".join(_PACKINGS[2:]))
        if ours:
            headers.update(self._attribution)
            if with_token:
                if not TOKEN.match(self.token.reveal()):
                    raise SignInRefused(
                        "The token holds characters that no token has."
                        if self.token
                        else "There is no token yet.",
                        wire_code=1001,
                    )
                headers["Authorization"] = f"Bearer {self.token.reveal()}"
        return headers

    def _check_redirect(
        self, status: int, method: str, content: object, target: str, abroad: bool
    ) -> None:
        again = method == "GET" or (status in (307, 308) and isinstance(content, bytes | None))
        if not again or not (abroad or self._is_ours(target)):
            raise BadReply(code="bad_reply.moved", host=self.host)

    async def _client(self, kind: str) -> httpx.AsyncClient:
        """Made in a thread: the trust store alone would hold up the screen for two frames."""
        async with self._making:
            if kind not in self._clients:
                self._clients[kind] = await asyncio.to_thread(self._make_client, kind)
            return self._clients[kind]

    def _make_client(self, kind: str) -> httpx.AsyncClient:
        """`api` keeps connections, `once` does not, `other` is for foreign hosts."""
        import httpx

        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)  # their INFO lines hold whole URLs
        scheme, host, _ = self.origin
        plain = scheme == "http" and kind != "other"
        try:
            return httpx.AsyncClient(
                verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else _trust(),
                trust_env=not (plain and is_loopback(host)),
                mounts={f"all://{name}": None for name in ("localhost", "127.0.0.1", "[::1]")},
                limits=httpx.Limits(
                    max_connections=None,
                    max_keepalive_connections=0 if kind == "once" else 8,
                    keepalive_expiry=2.0,  # shorter than any server's: none closes under our hands
                ),
            )
        except (ValueError, ImportError, httpx.InvalidURL):
            raise Unreachable(
                "The proxy that the environment names cannot be used.",
                hint="Check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY.",
            ) from None

    # Whole answers

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        with_token: bool = True,
        read_s: float | None = None,
        limit: int = MAX_REPLY_BYTES,
        waiting: Callable[[float], None] = lambda _: None,
    ) -> Reply:
        """The successful answer, whole. GETs are tried three times; a refused token is renewed
        once; a rate limit is waited for once, and `waiting` told the seconds. Raises the error that the
        answer is."""

        async def once() -> Reply:
            reply = await self._reply(method, url, headers, content, with_token, read_s, limit)
            if error := self.problem(reply):
                raise error
            return reply

        def retried() -> Awaitable[Reply]:
            return self._tried(once) if method == "GET" else once()

        return await self.patiently(
            lambda: self.with_token(retried) if with_token else retried(), waiting
        )

    def problem(self, reply: Reply) -> VbtuiError | None:
        return problem(reply, token=self.token, now=self.clock.now())

    async def _reply(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        content: bytes | None,
        with_token: bool,
        read_s: float | None,
        limit: int,
    ) -> Reply:
        read_s = self.timing.reply if read_s is None else read_s
        try:
            async with (
                asyncio.timeout(self.timing.connect + _SLOW_REPLY * read_s),
                self.open(
                    method,
                    url,
                    headers=headers,
                    content=content,
                    with_token=with_token,
                    read_s=read_s,
                    write_s=read_s,
                ) as response,
            ):
                return await read_whole(response, limit)
        except TimeoutError:
            raise TimedOut(code="timed_out.not_done", host=self.host) from None

    async def _tried(self, attempt: Callable[[], Awaitable[Reply]]) -> Reply:
        pause = min(0.5, self.timing.connect / 20)
        for number in range(1, _TRIES):
            try:
                return await attempt()
            except NetworkError:
                await self.clock.sleep(pause * 2 ** (number - 1) * random.uniform(0.6, 1.4))
        return await attempt()

    async def with_token(self, request: Callable[[], Awaitable[_T]]) -> _T:
        """`request`, repeated once with a new token when the backend refuses the present one."""
        used = self.token
        try:
            return await request()
        except SignInRefused:
            if not await self._renewed(used):
                raise
        return await request()

    async def patiently(
        self,
        request: Callable[[], Awaitable[_T]],
        waiting: Callable[[float], None] = lambda _: None,
    ) -> _T:
        """`request`, once more after the wait that a rate limit asks for (wire/README.md, Errors: HTTP 429).

        Args:
            waiting: told the seconds of that wait when it begins.
        """
        try:
            return await request()
        except RateLimited as limit:
            wait = limit.retry_after_s
            if wait is None:
                wait = self.timing.rate_limit_wait
            elif wait > max(_MAX_RATE_WAIT_S, self.timing.rate_limit_wait):
                raise
        waiting(wait)
        await self.clock.sleep(wait)
        return await request()

    async def _renewed(self, used: Secret) -> bool:
        """Whether there is another token than `used` now; of many callers one asks for it."""
        async with self._renewal:
            if self.token == used and self.on_token_refused is not None:
                self.token = Secret(await self.on_token_refused() or used.reveal())
            return self.token != used


def _says_more_than(response: httpx.Response, limit: int) -> bool:
    length = response.headers.get("content-length", "")
    return length.isdecimal() and int(length[:20]) > limit


def _check_packing(response: httpx.Response) -> None:
    """Raises `BadReply` for a body that is packed twice, or otherwise than was asked for: of a kilobyte it
    can make a gigabyte."""
    if response.headers.get("content-encoding", "").strip().lower() not in _PACKINGS:
        raise packed_unasked(response)


def packed_unasked(response: httpx.Response) -> BadReply:
    """What is said of a body that is packed otherwise than was asked for."""
    host = host_of(str(response.url))
    return BadReply(f"{host} sent an answer that is packed in a way that nobody asked for.")


def _redirect(response: httpx.Response) -> str | None:
    """Where `response` points to; None when it is the answer itself."""
    location: str = response.headers.get("location", "")
    if response.status_code not in _REDIRECTS or not location:
        return None
    return urljoin(str(response.url), location)


def host_of(url: str) -> str:
    """`name:port` of `url`, for error texts; the port only where it is not the usual one."""
    try:
        scheme, host, port = origin(url)
    except ValueError:
        return "the backend"
    return host if port == (443 if scheme == "https" else 80) else f"{host}:{port}"


def segment(text: str) -> str:
    """`text` as one part of a path: nothing in it ends the part."""
    return quote(text, safe="").replace(".", "%2E") if text in (".", "..") else quote(text, safe="")


async def read_whole(response: httpx.Response, limit: int) -> Reply:
    """The body of `response` up to `limit` bytes (error pages: `MAX_ERROR_BYTES`)."""
    if response.status_code >= 400:
        limit = min(limit, MAX_ERROR_BYTES)
    elif _says_more_than(response, limit):
        return Reply(response.status_code, response.headers, b"", cut=True)
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        parts.append(part)
        size += len(part)
        if size > limit:
            break
    body = b"".join(parts)[: limit + 1]
    reply = Reply(response.status_code, response.headers, body, cut=size > limit)
    if len(body) > LONG and not reply.cut:  # read off the loop; whoever wants it has it then
        with suppress(ValueError):
            await asyncio.to_thread(lambda: reply.json)
    return reply


def _trust() -> ssl.SSLContext:
    import httpx

    try:
        return httpx.create_ssl_context()
    except (OSError, ValueError):
        raise Unreachable(
            "The certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read.",
            hint="Correct the variable or unset it.",
        ) from None


def _no_auth() -> httpx.Auth:
    """No credentials from the URL's user part: the headers are all there is."""
    import httpx

    return httpx.Auth()


SOURCE = "video-builder"
_PLATFORMS = ("clawhub", "cursor")
_WORD = regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


def attribution(platform: str) -> dict[str, str]:
    """The headers. `platform` as it was configured; empty or unusable: from the install path."""
    return {
        "X-Skill-Source": SOURCE,
        "X-Skill-Version": __version__,
        "X-Skill-Platform": platform if _WORD.match(platform) else detect_platform(),
    }


def detect_platform(path: Path = Path(__file__)) -> str:
    """`clawhub`, `cursor` or `unknown`: who installed the package that lies at `path`."""
    for part in reversed(path.parts):
        for name in _PLATFORMS:
            if part.lower().lstrip(".").startswith(name):
                return name
    return "unknown"
