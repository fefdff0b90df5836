"""How files reach the studio: from URLs, as large as an upload may be, or in a multipart body that is
read piece by piece, with the file names in it."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urljoin, urlsplit

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from vbtui.base.errors import FileTooLarge, VbtuiError
from vbtui.base.files import disk_errors
from vbtui.base.settings import MAX_UPLOAD_BYTES
from vbtui.base.text import clean_line
from vbtui.studio.project.probe import KINDS
from vbtui.studio.server.replies import Refusal

_STALL_S = 30.0
_WHOLE_S = 900.0
_PIECE = 1024 * 1024
_SUFFIXES = {
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/x-msvideo": ".avi",
    "video/webm": ".webm",
    "video/x-matroska": ".mkv",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "audio/x-wav": ".wav",
    "audio/mp4": ".m4a",
    "audio/x-m4a": ".m4a",
    "audio/aac": ".aac",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that has come, not yet probed."""

    path: Path
    name: str
    sha256: str


async def fetch(url: str, path: Path, *, inside: bool) -> Fetched:
    """Bring `url` to `path`. http and https alone, also after a redirect.

    Args:
        inside: whether addresses of this machine and of private networks are fetched too, and proxies
            used. Without it an answer does not tell what is there, and what is not.

    Raises `FileTooLarge`, `DiskProblem`, or `Refusal` with a sentence on why it does not come.
    """
    stop = threading.Event()
    try:
        return await _in_thread(lambda: _download(url, path, stop, inside))
    finally:
        stop.set()


async def _in_thread(work: Callable[[], Fetched]) -> Fetched:
    """Run `work` in a thread that does not keep the studio alive when it ends."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Fetched] = loop.create_future()

    def finish(result: Fetched | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if result is not None:
            done.set_result(result)
        else:
            done.set_exception(error or RuntimeError("no result"))

    def run() -> None:
        result: Fetched | None = None
        failure: BaseException | None = None
        try:
            result = work()
        except Exception as error:  # every failure is handed to the one who waits
            failure = error
        if not loop.is_closed():
            loop.call_soon_threadsafe(finish, result, failure)

    threading.Thread(target=run, name="fetch", daemon=True).start()
    return await done


def _download(url: str, path: Path, stop: threading.Event, inside: bool) -> Fetched:
    shown = _shown(url)
    _check(url, shown)
    request = urllib.request.Request(url, headers={"User-Agent": "vbtui-studio"})
    try:
        with _opener(shown, inside).open(request, timeout=_STALL_S) as reply:
            name = _name(reply.url or url, reply.headers)
            length = reply.headers.get("content-length", "")
            if length.isdecimal() and int(length[:16]) > MAX_UPLOAD_BYTES:
                raise FileTooLarge(f"“{name}” is larger than 500 MB.")
            if reply.headers.get("content-encoding", "identity").strip().lower() != "identity":
                raise _refused(shown, "its server sends it packed")
            return Fetched(path, name, _receive(reply, path, name, stop))
    except (VbtuiError, Refusal):
        raise
    except urllib.error.HTTPError as error:
        reason = f"its server answered {error.code} {clean_line(str(error.reason))[:80]}".strip()
    except urllib.error.URLError as error:
        reason = _reason(error.reason, inside)
    except (OSError, HTTPException, ValueError) as error:
        reason = _reason(error, inside)
    raise _refused(shown, reason)


def _receive(reply: IO[bytes], path: Path, name: str, stop: threading.Event) -> str:
    digest = hashlib.sha256()
    size = 0
    end = time.monotonic() + _WHOLE_S
    with disk_errors(path.parent):
        file = path.open("xb")
    with file:
        while piece := reply.read(_PIECE):
            size += len(piece)
            if size > MAX_UPLOAD_BYTES:
                raise FileTooLarge(f"“{name}” is larger than 500 MB.")
            if stop.is_set() or time.monotonic() > end:
                raise TimeoutError
            digest.update(piece)
            _write(file, piece, path)
    return digest.hexdigest()


def _write(file: IO[bytes], piece: bytes, path: Path) -> None:
    with disk_errors(path.parent):
        file.write(piece)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to http and https alone."""

    def __init__(self, shown: str) -> None:
        self._shown = shown

    def http_error_302(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any
    ) -> Any:
        target = urljoin(req.full_url, headers.get("location") or headers.get("uri") or "")
        _check(target, self._shown)
        fp.close()  # urllib would read all of the body, however long it is
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def _opener(shown: str, inside: bool) -> urllib.request.OpenerDirector:
    """An opener without file, ftp and data URLs."""
    opener = urllib.request.OpenerDirector()
    handlers: tuple[urllib.request.BaseHandler, ...] = (_HttpOutside(), _HttpsOutside())
    if inside:
        handlers = (
            urllib.request.ProxyHandler(),
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(),
        )
    for handler in (
        *handlers,
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _Redirects(shown),
    ):
        opener.add_handler(handler)
    return opener


class _HttpOutside(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(_Outside, req)


class _HttpsOutside(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(_OutsideEncrypted, req)


class _Outside(HTTPConnection):
    """Connects to other networks alone. What a name means is asked once, here: it cannot be one address
    when it is looked at and another when it is connected to."""

    def connect(self) -> None:
        self.sock = _connected(self.host, self.port, self.timeout or _STALL_S)


class _OutsideEncrypted(HTTPSConnection):
    def connect(self) -> None:
        plain = _connected(self.host, self.port, self.timeout or _STALL_S)
        try:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


class _Inside(OSError):
    """An address of this machine or of a private network."""


def _connected(host: str, port: int, timeout_s: float) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    targets = [(family, address) for family, _, _, _, address in found if is_outside(address)]
    if not targets:
        raise _Inside
    failure = OSError()
    for family, address in targets:
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.settimeout(timeout_s)
        try:
            connection.connect(address)
            return connection
        except OSError as error:
            connection.close()
            failure = error
    raise failure


def is_outside(address: tuple[Any, ...]) -> bool:
    """Whether a socket's `address` lies in the public internet, and is none of this machine's own."""
    ip = _meant(ipaddress.ip_address(str(address[0]).partition("%")[0]))
    if (ip.version == 6 and ip not in _UNICAST) or any(ip in network for network in _SPECIAL):
        return False
    family = socket.AF_INET if ip.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:  # sends nothing
        try:
            probe.connect((str(ip), 9))
        except OSError:
            return True  # no way there at all
        return ipaddress.ip_address(probe.getsockname()[0].partition("%")[0]) != ip


_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that is given out to the internet (IANA, IPv6 Address Space): no other is anybody's there."""
_SPECIAL = tuple(
    ipaddress.ip_network(network)
    for network in (
        *(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
        ),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
)
"""IANA's special-purpose registries of both, without the few that are open to all; Python's own lists
differ from one release to the next. Tunnels (6to4, Teredo) end at any IPv4 address and are nobody's way today."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: the last four bytes are the IPv4 address that is reached."""


def _meant(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip


def _check(url: str, shown: str) -> None:
    try:
        parts = urlsplit(url)
        plain = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        named = parts.username is not None or parts.password is not None
    except ValueError:
        plain = named = False
    if not plain:
        raise _refused(shown, "only http and https addresses are taken")
    if named:
        raise _refused(shown, "an address with a user name or a password is not taken")


def _name(url: str, headers: Message) -> str:
    """The file's name: of its address, with the suffix of its content type where it has none."""
    name = clean_filename(unquote(urlsplit(url).path)) or "file"
    if Path(name).suffix.lower() in KINDS:
        return name
    suffix = _SUFFIXES.get(headers.get_content_type(), "")
    return name + suffix


def _shown(url: str) -> str:
    """The address as a message may show it: without what stands before an `@`, wherever that is, and what
    follows a `?`, where secrets are."""
    head, found, rest = clean_line(url).partition("://")
    place = (rest if found else head).rpartition("@")[2].partition("?")[0].partition("#")[0]
    return f"{head}{found}{place}"[:120] if found else place[:120]


def _reason(error: object, inside: bool) -> str:
    """Why nothing came. Of a foreign network it is not told which doors are open there."""
    if isinstance(error, _Inside):
        return "addresses of this machine and of private networks are not fetched"
    if isinstance(error, TimeoutError) and inside:
        return "it did not answer in time"
    if not inside:
        return "it cannot be reached"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return clean_line(str(text))[:160].rstrip(".")


def _refused(shown: str, reason: str) -> Refusal:
    return Refusal(f"“{shown}” cannot be fetched: {reason}.", code=4000)


_NAME_BYTES = 255


@dataclass(frozen=True, slots=True)
class PartStarted:
    """A part begins. `filename` is None where the part is a plain field."""

    name: str
    filename: str | None


@dataclass(frozen=True, slots=True)
class PartData:
    """A piece of the part that was started last."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PartEnded:
    """The part that was started last is whole."""


Event = PartStarted | PartData | PartEnded


class Parts:
    """Turns the pieces of a body into events. `feed` and `close` raise `Refusal` (400)."""

    def __init__(self, content_type: str) -> None:
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if not boundary:
            raise Refusal("The upload names no boundary.", code=400)
        self._events: list[Event] = []
        self._header = (bytearray(), bytearray())
        self._disposition = b""
        self._ended = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_begin": self._begin_header,
                    "on_header_field": lambda data, a, b: self._header[0].extend(data[a:b]),
                    "on_header_value": lambda data, a, b: self._header[1].extend(data[a:b]),
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._start,
                    "on_part_data": lambda data, a, b: self._events.append(PartData(data[a:b])),
                    "on_part_end": lambda: self._events.append(PartEnded()),
                    "on_end": self._end,
                },
            )
        except FormParserError:
            raise _malformed() from None

    def feed(self, data: bytes) -> list[Event]:
        """What `data` completes or carries."""
        try:
            self._parser.write(data)
        except FormParserError:
            raise _malformed() from None
        events, self._events = self._events, []
        return events

    def close(self) -> None:
        """The body has ended: it must have ended with its last boundary."""
        if not self._ended:
            raise _malformed()

    def _begin(self) -> None:
        self._disposition = b""

    def _begin_header(self) -> None:
        self._header = (bytearray(), bytearray())

    def _end_header(self) -> None:
        name, value = self._header
        if bytes(name).lower() == b"content-disposition":
            self._disposition = bytes(value)

    def _start(self) -> None:
        _, options = parse_options_header(self._disposition.decode("latin-1"))
        raw = options.get(b"filename")
        filename = None if raw is None else clean_filename(raw.decode("utf-8", "replace"))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        self._events.append(PartStarted(name, filename))

    def _end(self) -> None:
        self._ended = True


def clean_filename(name: str) -> str:
    """A user's name for a file: one clean line without directories, 255 bytes with its suffix.

    `%22`, `%0D` and `%0A` are how forms write a quote and line ends in a name.
    """
    for code, character in (("%22", '"'), ("%0D", " "), ("%0A", " ")):
        name = name.replace(code, character)
    name = clean_line(name.replace("\\", "/").rpartition("/")[2])
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        stem, suffix = name, ""
    ending = f"{dot}{suffix}"[:20]
    while stem and len((stem + ending).encode()) > _NAME_BYTES:
        stem = stem[:-1]
    return stem + ending or "file"


def _malformed() -> Refusal:
    return Refusal("The upload is not valid multipart data.", code=400)
