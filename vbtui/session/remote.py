"""An API at a URL as this start's backend, and who vbtui is there: with the token of the user, a kept
anonymous one, or a new one.

Kept in `credentials.json` (0600, in a 0700 directory, replaced atomically):

    {"client_id": "…", "backends": {"<base URL>": {"token", "client_id", "user_id",
                                                   "issued_at", "expires_at"}}}

The user's own NEMO_TOKEN is never kept. A client gets one anonymous token in seven days
(wire/README.md, Errors, HTTP 429), so the client id is kept as well.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard
from urllib.parse import urlsplit

from vbtui.base.clock import Clock
from vbtui.base.errors import BackendError, DiskProblem, RateLimited, SignInRefused
from vbtui.base.files import disk_errors, file_lock, write_bytes
from vbtui.base.settings import Settings, private_directory
from vbtui.base.times import format_seconds
from vbtui.base.translation import Translation
from vbtui.session.events import Account

_T = Translation
_UNREAD = _T("{path} cannot be read: {why}.", "无法读取 {path}：{why}。")
_HOURS, _MINUTES = _T("{n} h", "{n} 小时"), _T("{n} min", "{n} 分钟")
_ENDS_IN = _T(
    "The free token ends in {time}; a new one can be had from {moment}.",
    "免费令牌将在 {time}后到期；{moment} 起可获取新的。",
)
_RENEWED = _T(
    "It is renewed by itself then. Register to keep working without a break.",
    "届时会自动更新。注册后可不间断使用。",
)
_NONE_UNTIL = _T(
    "There is no free token right now: a new one can be had from {moment}.",
    "目前没有免费令牌：{moment} 起可获取新的。",
)
_NONE_NOW = _T(
    "There is no free token right now: this machine had its one in the last seven days, and a new one takes till they "
    "end.",
    "目前没有免费令牌：这台电脑在过去七天内已获取过，七天期满后才有新的。",
)
_MEANWHILE = _T(
    "Until then set NEMO_TOKEN to a token of your own, or work without: vbtui --local.",
    "在此之前请把 NEMO_TOKEN 设为您自己的令牌，或离线使用：vbtui --local。",
)


if TYPE_CHECKING:
    from vbtui.wire.client import Client

TOKEN_LIFE_S = 7 * 24 * 3600.0
"""A free token lasts seven days, and a client gets one in that time."""
_SPARE_S = 60.0
"""A token that ends sooner is not begun with."""
_WARN_S = 24 * 3600.0
_MISSING_CLIENT_ID = 400
_MOST_RENEWALS = 3
_RENEWALS_IN_S = 600.0
"""More refused tokens in that time are no matter of the token."""
_LOCK_POLL_S = 0.2
"""Between two looks whether another process has signed in."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An anonymous token as the file has it."""

    token: str = field(repr=False)
    client_id: str
    issued_at: float
    expires_at: float
    user_id: str = ""


class CredentialsFile:
    """The file; every method reads or writes it whole. Raises `DiskProblem`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def kept(self, base_url: str) -> Kept | None:
        """The token that was kept for `base_url`, expired or not."""
        entry = _mapping(_mapping(self._read().get("backends")).get(base_url))
        try:
            return Kept(
                token=_text(entry["token"]),
                client_id=_text(entry["client_id"]),
                issued_at=float(entry["issued_at"]),
                expires_at=float(entry["expires_at"]),
                user_id=str(entry.get("user_id", "")),
            )
        except (KeyError, TypeError, ValueError):
            return None

    def keep(self, base_url: str, kept: Kept) -> None:
        """Keep this token for `base_url`."""
        data = self._read()
        data["backends"] = {**_mapping(data.get("backends")), base_url: asdict(kept)}
        self._write(data)

    def client_id(self) -> str:
        """The client id of this user's vbtui; empty when none was made yet."""
        value = self._read().get("client_id")
        return value if _is_client_id(value) else ""

    def keep_client_id(self, client_id: str) -> None:
        """Use this client id from now on."""
        self._write({**self._read(), "client_id": client_id})

    @contextmanager
    def lock(self) -> Iterator[bool]:
        """One sign-in at a time among all vbtui processes of this user: whether it is this one's."""
        with disk_errors(self._path):
            private_directory(self._path.parent)
        with file_lock(self._path.with_suffix(".lock")) as is_ours:
            yield is_ours

    def _read(self) -> dict[str, Any]:
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        except OSError as error:
            raise DiskProblem(_UNREAD.of(path=self._path, why=error.strerror)) from None
        return data if isinstance(data, dict) else {}

    def _write(self, data: dict[str, Any]) -> None:
        with disk_errors(self._path):
            private_directory(self._path.parent)
        write_bytes(self._path, json.dumps(data, indent=1).encode())


class RemoteBackend:
    """An API at a URL: the cloud, or a studio that someone else runs."""

    is_local = False

    def __init__(self, settings: Settings, clock: Clock, base_url: str) -> None:
        self.key = base_url.rstrip("/")
        self.label = urlsplit(self.key).netloc or self.key
        self._settings = settings
        self._clock = clock
        self._client: Client | None = None
        self._file = CredentialsFile(settings.directories.credentials)
        self._current: Kept | None = None
        self._renewed_at: list[float] = []
        self.on_wait: Callable[[float], None] = lambda _: None
        """Told the seconds that a rate limit holds the sign-in up."""

    async def connect(self) -> tuple[Client, Account]:
        """A signed-in client. Raises `SignInRefused`, `RateLimited`, `NetworkError`…"""
        client = self._client = self._client or self._made()
        if self._settings.token:
            client.use_token(self._settings.token)
            return client, Account("token")
        kept = await asyncio.to_thread(self._file.kept, self.key)
        if kept is None or not self._lives(kept):
            kept = await self._renew(client, kept)
        self._current = kept
        client.use_token(kept.token)
        return client, Account("anonymous", kept.expires_at, kept.user_id)

    async def ended(self) -> None:
        await asyncio.Event().wait()

    def warning(self) -> tuple[str, str] | None:
        """Message and hint when the free token ends within a day; None otherwise."""
        kept = self._current
        if kept is None:
            return None
        left = kept.expires_at - self._clock.now()
        if left > _WARN_S:
            return None
        renewable_at = kept.issued_at + TOKEN_LIFE_S
        return (
            _ENDS_IN.of(time=_hours(max(left, 0)), moment=_moment(renewable_at)),
            _RENEWED.of(),
        )

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def _made(self) -> Client:
        from vbtui.wire.client import Client

        its = self._settings
        client = Client(self.key, platform=its.platform, timing=its.timing, clock=self._clock)
        client.on_token_refused = partial(self._refused, client)
        return client

    def _lives(self, kept: Kept) -> bool:
        return kept.expires_at - self._clock.now() > _SPARE_S

    async def _refused(self, client: Client) -> str | None:
        """wire/README.md, Errors: 1001: a new anonymous token with the same client id, or None."""
        if self._settings.token:
            return None
        used = self._current
        stored = await asyncio.to_thread(self._file.kept, self.key)
        if not (stored and used and stored.token != used.token and self._lives(stored)):
            now = self._clock.now()
            self._renewed_at = [at for at in self._renewed_at if now - at < _RENEWALS_IN_S]
            if len(self._renewed_at) >= _MOST_RENEWALS:
                return None
            self._renewed_at.append(now)
            stored = await self._renew(client, used or stored)
        self._current = stored
        return stored.token

    async def _renew(self, client: Client, old: Kept | None) -> Kept:
        """Ask for a new token, one process at a time; another one's fresh token is used."""
        while True:
            with self._file.lock() as is_ours:
                stored = await asyncio.to_thread(self._file.kept, self.key)
                if stored and self._lives(stored) and (old is None or stored.token != old.token):
                    return stored
                if is_ours:
                    client_id = await asyncio.to_thread(self._client_id, old)
                    kept = await self._ask(client, client_id, old)
                    await asyncio.to_thread(self._file.keep, self.key, kept)
                    return kept
            await self._clock.sleep(_LOCK_POLL_S)

    async def _ask(self, client: Client, client_id: str, old: Kept | None) -> Kept:
        now = self._clock.now()
        try:
            try:
                reply = await client.anonymous_token(client_id, waiting=self.on_wait)
            except BackendError as error:
                if error.wire_code != _MISSING_CLIENT_ID:
                    raise
                client_id = await asyncio.to_thread(self._new_client_id)
                reply = await client.anonymous_token(client_id, waiting=self.on_wait)
        except RateLimited as error:
            raise _no_token_yet(error, old, now) from error
        return Kept(
            token=reply.token,
            client_id=client_id,
            issued_at=now,
            expires_at=reply.expires_at,
            user_id=reply.user_id,
        )

    def _client_id(self, old: Kept | None) -> str:
        """$NEMO_CLIENT_ID, the one that had a token here, the vendor's tools', vbtui's own."""
        for candidate in (
            self._settings.client_id,
            old.client_id if old else "",
            _vendor_client_id(),
            self._file.client_id(),
        ):
            if _is_client_id(candidate):
                return candidate
        return self._new_client_id()

    def _new_client_id(self) -> str:
        client_id = str(uuid.uuid4())
        self._file.keep_client_id(client_id)
        return client_id


def _vendor_client_id() -> str:
    """The id that the vendor's own tools keep for this user; empty when there is none."""
    try:
        path = Path.home() / ".config" / "nemovideo" / "client_id"
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError, RuntimeError):
        return ""


def _is_client_id(value: object) -> TypeGuard[str]:
    return (
        isinstance(value, str)
        and 0 < len(value) <= 200
        and value.isascii()
        and value.isprintable()
        and " " not in value
    )


def _no_token_yet(error: RateLimited, old: Kept | None, now: float) -> SignInRefused:
    """The limit of one token a client in seven days, explained with the time of the next one."""
    if old is not None and old.issued_at + TOKEN_LIFE_S > now:
        told = _NONE_UNTIL.of(moment=_moment(old.issued_at + TOKEN_LIFE_S))
    elif error.retry_after_s:
        told = _NONE_UNTIL.of(moment=_moment(now + error.retry_after_s))
    else:
        told = _NONE_NOW.of()
    return SignInRefused(told, wire_code=429, hint=_MEANWHILE)


def _hours(seconds: float) -> str:
    """`5 h`, `40 min`, `20 s`."""
    if seconds >= 5400:
        return _HOURS.of(n=f"{seconds / 3600:.0f}")
    if seconds >= 90:
        return _MINUTES.of(n=f"{seconds / 60:.0f}")
    return format_seconds(round(seconds))


def _moment(at: float) -> str:
    """`2026-05-01 14:02`, in the user's time zone."""
    return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M")


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("not a text")
    return value
