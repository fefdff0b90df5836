"""Who may talk to the studio: the host check, the studio's token, anonymous tokens."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from vbtui.base.files import read_json, write_json
from vbtui.base.settings import is_loopback
from vbtui.studio.server.replies import BAD_TOKEN, Refusal, refuse

TOKEN_PREFIX = "nmv_usr_"
_LIFE_S = 7 * 24 * 3600
"""wire/README.md, Endpoints: a token is good for seven days."""
_CLIENTS = 200
"""Anonymous clients that are remembered at most; the oldest goes first."""
ANONYMOUS_TOKEN_PATH = "/api/auth/anonymous-token"


@dataclass(frozen=True, slots=True)
class Issued:
    """An anonymous token, as it is told once: only its hash is kept."""

    token: str = field(repr=False)
    user_id: str
    expires_at: float
    """Seconds since 1970."""

    @property
    def expires_iso(self) -> str:
        return datetime.fromtimestamp(self.expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Auth:
    """The tokens that are good: the studio's own and, on loopback, anonymous ones.

    Args:
        token: the studio's own token.
        path: where the hashes of the anonymous tokens are kept.
        gives_tokens: whether anyone who reaches the studio may ask for a token.
    """

    def __init__(self, token: str, path: Path, *, gives_tokens: bool) -> None:
        self._own = _hash(token)
        self._path = path
        self.gives_tokens = gives_tokens
        kept = read_json(path)
        self._clients: dict[str, dict[str, Any]] = (
            {key: value for key, value in kept.items() if _is_client(value)}
            if isinstance(kept, dict)
            else {}
        )

    def allows(self, token: str) -> bool:
        """Whether `token` is good now; every comparison takes the same time."""
        given = _hash(token)
        good = hmac.compare_digest(given, self._own)
        if self.gives_tokens:
            now = time.time()
            for client in self._clients.values():
                same = hmac.compare_digest(given, client["hash"])
                good = good or (same and now < client["expires_at"])
        return good

    def issue(self, client_id: str) -> Issued:
        """A new token for `client_id`; the one that it had before ends. Raises `DiskProblem`."""
        key = _hash(client_id)
        issued = Issued(
            TOKEN_PREFIX + secrets.token_urlsafe(32), f"usr_{key[:16]}", time.time() + _LIFE_S
        )
        clients = {name: value for name, value in self._clients.items() if name != key}
        clients[key] = {"hash": _hash(issued.token), "expires_at": issued.expires_at}
        self._clients = dict(list(clients.items())[-_CLIENTS:])
        write_json(self._path, self._clients)
        return issued


class Guard:
    """Middleware: refuses foreign `Host` names and requests without a good token.

    A web page cannot reach a studio on loopback by a name of its own that resolves to 127.0.0.1:
    only loopback names are answered there.
    """

    def __init__(self, app: ASGIApp, *, auth: Auth, loopback: bool) -> None:
        self._app = app
        self._auth = auth
        self._loopback = loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal:
            await refuse(refusal)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> Refusal | None:
        headers = Headers(scope=scope)
        if self._loopback and not is_loopback(host_name(headers.get("host", ""))):
            return Refusal("This studio answers on loopback names only.", code=421)
        if scope["path"] == ANONYMOUS_TOKEN_PATH:
            return None
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self._auth.allows(token.strip()):
            return None
        return Refusal("The token is missing, wrong or expired.", code=BAD_TOKEN, status=401)


def host_name(host: str) -> str:
    """The name in a `Host` header, without its port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if ":" in host else host


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _is_client(value: object) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("hash"), str)
        and isinstance(value.get("expires_at"), int | float)
    )
