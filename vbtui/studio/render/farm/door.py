"""The door through which workers fetch what they lack: files by the hash of their content, while a render needs them.

    GET /             whether the door can be reached
    GET /files/HASH   a file of the render whose token is sent (`Authorization: Bearer …`)

It is a server of its own, in threads, on the address by which this machine reaches the scheduler, and stands open only
while there are renders. Nothing is written through it.
"""

from __future__ import annotations

import hmac
import secrets
import socket
import ssl
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_STALL_S = 30.0
"""A connection on which nothing moves for so long is over."""
_MOST = 256
"""Connections at a time; whoever comes then is turned away, and tries again."""
_NOT_THERE, _NOT_YOURS = 404, 401


class Door(ThreadingHTTPServer):
    """Stands open from its making until `close`.

    Args:
        host: the address of this machine at which it listens.
        certified: with whose certificate it encrypts, and which ones it asks for; None: everything is in the clear.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, host: str, certified: ssl.SSLContext | None = None) -> None:
        if ":" in host:
            self.address_family = socket.AF_INET6
        self._files: dict[str, Mapping[str, Path]] = {}
        self._certified = certified
        self._free = threading.BoundedSemaphore(_MOST)
        super().__init__((host, 0), _Request)
        name = f"[{host}]" if ":" in host else host
        self.url = f"{'https' if certified else 'http'}://{name}:{self.server_address[1]}"
        threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.1}, name="farm door", daemon=True
        ).start()

    def admit(self, files: Mapping[str, Path]) -> str:
        """A new token for whoever may fetch `files`, by hash; what is added to them later, too."""
        token = secrets.token_urlsafe(32)
        self._files[token] = files
        return token

    def withdraw(self, token: str) -> None:
        """The token opens nothing any more."""
        self._files.pop(token, None)

    def files_of(self, given: str) -> Mapping[str, Path] | None:
        """What that token may fetch; None for one that is not known."""
        for token, files in list(self._files.items()):
            if hmac.compare_digest(token.encode(), given.encode()):
                return files
        return None

    def close(self) -> None:
        """Blocks for a tenth of a second."""
        self.shutdown()
        self.server_close()

    def get_request(self) -> tuple[socket.socket, Any]:
        """The handshake comes with the first that is read, in the connection's own thread."""
        connection, address = super().get_request()
        if self._certified is not None:
            connection = self._certified.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        return connection, address

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hung up or stalled tries again: nothing is printed."""


class _Request(BaseHTTPRequestHandler):
    timeout = _STALL_S
    server: Door

    def do_GET(self) -> None:
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        files = self.server.files_of(given)
        if files is None:
            self._answer(_NOT_YOURS)
        elif self.path == "/":
            self._answer(204)
        else:
            self._send(files.get(self.path.removeprefix("/files/")))

    def _send(self, path: Path | None) -> None:
        try:
            file = path.open("rb") if path is not None else None
        except OSError:
            file = None
        if file is None:
            self._answer(_NOT_THERE)
            return
        with file:
            self.send_response(200)
            self.send_header("Content-Length", str(path.stat().st_size if path else 0))
            self.end_headers()
            self.connection.sendfile(file)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def version_string(self) -> str:
        return "vbtui"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""
