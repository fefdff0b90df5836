"""httpx's exceptions → `NetworkError`, in words that name the host and never a URL."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx

from vbtui.base.errors import BadReply, ConnectionBroken, TimedOut, Unreachable, VbtuiError

_TLS_HINT = "If your network inspects TLS, point SSL_CERT_FILE at its certificate; otherwise do not trust it."


def network_error(error: Exception, host: str) -> VbtuiError:
    """The error to raise for what httpx raised while talking to `host` (`name:port`).

    `Unreachable` promises that not a byte of the request was sent.
    """
    match error:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return Unreachable(f"{host} did not answer in time.")
        case httpx.ProxyError():
            return Unreachable(
                f"The proxy does not connect to {host}.", hint="Check HTTPS_PROXY and HTTP_PROXY."
            )
        case httpx.ConnectError():
            return _no_connection(error, host)
        case httpx.UnsupportedProtocol() | httpx.InvalidURL() | httpx.LocalProtocolError():
            return Unreachable(f"The address of {host} cannot be used.")
        case httpx.TimeoutException():
            return TimedOut(f"{host} stopped answering.", hint="Try again in a moment.")
        case httpx.DecodingError():
            return BadReply(f"The answer of {host} is damaged.")
    return ConnectionBroken(f"The connection to {host} broke.")


def _no_connection(error: Exception, host: str) -> Unreachable:
    name = host.rpartition(":")[0] or host
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Unreachable(f"The certificate of {name} is not trusted.", hint=_TLS_HINT)
        if isinstance(cause, ssl.SSLError):
            return Unreachable(f"No secure connection to {name} can be made.", hint=_TLS_HINT)
        if isinstance(cause, socket.gaierror):
            return Unreachable(f"The name {name} cannot be resolved.")
        if isinstance(cause, ConnectionRefusedError):
            return Unreachable(f"{host} refuses connections.")
    return Unreachable(f"No connection to {host} can be made.")


def _causes(error: BaseException) -> Iterator[BaseException]:
    todo: list[BaseException | None] = [error]
    seen: set[int] = set()
    while todo:
        item = todo.pop()
        if item is None or id(item) in seen:
            continue
        seen.add(id(item))
        yield item
        todo += [item.__cause__, item.__context__]
        if isinstance(item, BaseExceptionGroup):
            todo += item.exceptions
