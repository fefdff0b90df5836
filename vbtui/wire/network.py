"""httpx's exceptions → `NetworkError`, in words that name the host and never a URL."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx

from vbtui.base.errors import BadReply, ConnectionBroken, TimedOut, Unreachable, VbtuiError


def network_error(error: Exception, host: str) -> VbtuiError:
    """The error to raise for what httpx raised while talking to `host` (`name:port`).

    `Unreachable` promises that not a byte of the request was sent.
    """
    match error:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return Unreachable(code="unreachable.slow", host=host)
        case httpx.ProxyError():
            return Unreachable(code="unreachable.proxy", host=host)
        case httpx.ConnectError():
            return _no_connection(error, host)
        case httpx.UnsupportedProtocol() | httpx.InvalidURL() | httpx.LocalProtocolError():
            return Unreachable(code="unreachable.address", host=host)
        case httpx.TimeoutException():
            return TimedOut(code="timed_out.silent", host=host)
        case httpx.DecodingError():
            return BadReply(code="bad_reply.damaged", host=host)
    return ConnectionBroken(code="connection_broken.host", host=host)


def _no_connection(error: Exception, host: str) -> Unreachable:
    name = host.rpartition(":")[0] or host
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Unreachable(code="unreachable.certificate", host=name)
        if isinstance(cause, ssl.SSLError):
            return Unreachable(code="unreachable.tls", host=name)
        if isinstance(cause, socket.gaierror):
            return Unreachable(code="unreachable.name", host=name)
        if isinstance(cause, ConnectionRefusedError):
            return Unreachable(code="unreachable.refused", host=host)
    return Unreachable(code="unreachable.host", host=host)


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
