"""Who may talk to the studio: the host check, the studio's token, anonymous tokens.

Whoever has the studio's own token is its owner and sees everything. Who has an anonymous token is a user of
the studio's, and sees the sessions that were made with tokens of the same client id.
"""

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
from vbtui.studio.project.store import OWNER
from vbtui.studio.server.replies import BAD_TOKEN, Refusal, refuse

TOKEN_PREFIX = "nmv_usr_"
_LIFE_S = 7 * 24 * 3600
"""wire/README.md, Endpoints: a token is good for seven days."""
_CLIENTS = 200
"""Anonymous clients at the same time. One more gets no token: it would take another's."""
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
    """The tokens that are good: the studio's own and, where it is open, anonymous ones.

    Args:
        token: the studio's own token.
        path: where the hashes of the anonymous tokens are kept.
        given: another one that is as good as `token`.
        gives_tokens: whether anyone who reaches the studio may ask for a token.
    """

    def __init__(self, token: str, path: Path, *, given: str = "", gives_tokens: bool) -> None:
        self._own = [_hash(one) for one in (token, given) if one]
        self._path = path
        self.gives_tokens = gives_tokens
        kept = read_json(path)
        self._clients: dict[str, dict[str, Any]] = (
            {key: value for key, value in kept.items() if _is_client(value)}
            if isinstance(kept, dict)
            else {}
        )

    def user_of(self, token: str) -> str:
        """Whose token this is; "" where it is not good now. Every comparison takes the same time."""
        given = _hash(token)
        user = OWNER if sum(hmac.compare_digest(given, own) for own in self._own) else ""
        if self.gives_tokens:
            now = time.time()
            for key, client in self._clients.items():
                same = hmac.compare_digest(given, client["hash"])
                if same and now < client["expires_at"]:
                    user = user or _user_id(key)
        return user

    def issue(self, client_id: str) -> Issued:
        """A new token for `client_id`; the one that it had before ends.

        Raises `Refusal` (429) where there are too many clients, and `DiskProblem`.
        """
        key, now = _hash(client_id), time.time()
        clients = {
            name: value
            for name, value in self._clients.items()
            if name != key and now < value["expires_at"]
        }
        if len(clients) >= _CLIENTS:
            raise Refusal("This studio has as many clients as it can have.", code=429)
        issued = Issued(TOKEN_PREFIX + secrets.token_urlsafe(32), _user_id(key), now + _LIFE_S)
        clients[key] = {"hash": _hash(issued.token), "expires_at": issued.expires_at}
        self._clients = clients
        write_json(self._path, self._clients)
        return issued


class Guard:
    """Middleware: refuses foreign `Host` names, web pages, and requests without a good token. Whose token it
    was is in the request's `state.user`.

    A web page cannot reach a studio on loopback by a name of its own that resolves to 127.0.0.1:
    only loopback names are answered there. The studio has no pages, so an `Origin` is another's.
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
        if headers.get("origin", "") not in ("", f"{scope['scheme']}://{headers.get('host')}"):
            return Refusal("This studio answers no web pages.", code=403)
        if scope["path"] == ANONYMOUS_TOKEN_PATH:
            return None
        kind, _, token = headers.get("authorization", "").partition(" ")
        user = self._auth.user_of(token.strip()) if kind.lower() == "bearer" else ""
        if user:
            scope.setdefault("state", {})["user"] = user
            return None
        return Refusal("The token is missing, wrong or expired.", code=BAD_TOKEN, status=401)


def host_name(host: str) -> str:
    """The name in a `Host` header, without its port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if ":" in host else host


def _user_id(client: str) -> str:
    return f"usr_{client[:16]}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _is_client(value: object) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("hash"), str)
        and isinstance(value.get("expires_at"), int | float)
    )
