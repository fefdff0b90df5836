"""Looking at a file before a byte of it is sent: may it be, is it readable, what is its content; and
why it waits or failed, in phrases that go behind its name.

What opens a file blocks and belongs in a thread.
"""

from __future__ import annotations

import hashlib
import math
import os
import stat
from collections.abc import Callable
from pathlib import Path

from vbtui.base.errors import BadFile, UnsupportedFile, VbtuiError
from vbtui.base.files import Identity
from vbtui.base.settings import (
    ACCEPTED_SUFFIXES,
    AUDIO_SUFFIXES,
    IMAGE_SUFFIXES,
    MAX_UPLOAD_BYTES,
    VIDEO_SUFFIXES,
)
from vbtui.base.text import clean_line
from vbtui.base.times import format_wait
from vbtui.journal.records import GROWING, UNWRITTEN, Asset, AssetState, Reason
from vbtui.media.content import UNWRITTEN_TEXT, is_unwritten, other_kind, read_head

ACCEPTED = "mp4 mov avi webm mkv, jpg png gif webp, mp3 wav m4a aac"
_PIECE = 1024 * 1024
_MEGABYTE = 1024 * 1024


class Refused(Exception):
    """A file cannot be used as it is now.

    Args:
        reason: the phrase that says why.
        is_final: nothing but another file of that name changes it; otherwise it may be tried again.
        is_gone: there is no such file.
        is_other_kind: it is no video, picture or sound by its name.
        is_content: it is none by what stands in it, as a backend would say too.
        code: what it is for the program (`vbtui.base.errors`).
    """

    def __init__(
        self,
        reason: str,
        *,
        is_final: bool = True,
        is_gone: bool = False,
        is_other_kind: bool = False,
        is_content: bool = False,
        code: str = BadFile.code,
    ) -> None:
        super().__init__(reason)
        self.is_content = is_content
        self.is_other_kind = is_other_kind
        self.reason = reason
        self.code = code
        self.is_final = is_final
        self.is_gone = is_gone


class Changed(Exception):
    """The file is not the one any more that was looked at before."""


def shown_name(path: Path) -> str:
    """The file's name as one clean line; bytes that are no UTF-8 become U+FFFD."""
    name = os.fsencode(path.name).decode("utf-8", "replace")
    return clean_line(name) or "unnamed"


def kind_of(name: str) -> str:
    """`video`, `image` or `audio` by the suffix; empty for any other."""
    suffix = os.path.splitext(name)[1].lower()
    if suffix in VIDEO_SUFFIXES:
        return "video"
    if suffix in IMAGE_SUFFIXES:
        return "image"
    return "audio" if suffix in AUDIO_SUFFIXES else ""


def examine(path: Path) -> Identity:
    """The identity of a file that may be sent. Raises `Refused`."""
    try:
        found = path.stat()
    except OSError as error:
        raise refused_by(error) from None
    if stat.S_ISDIR(found.st_mode):
        raise Refused("a folder: pick the files in it, or watch it")
    if not stat.S_ISREG(found.st_mode):
        raise Refused("not a regular file")
    if reason := suffix_problem(path.name):
        raise Refused(reason, is_other_kind=True, code=UnsupportedFile.code)
    if reason := size_problem(found.st_size):
        raise Refused(reason)
    try:
        head = read_head(path)
    except OSError as error:
        raise refused_by(error) from None
    if is_unwritten(head):
        raise Refused(UNWRITTEN_TEXT, is_final=False, code=UNWRITTEN)
    if what := other_kind(head, found.st_size):
        reason = f"{what}, whatever its name says"
        raise Refused(reason, is_content=True, code=UnsupportedFile.code)
    return Identity.of(found)


def suffix_problem(name: str) -> str:
    """Why a file of that name is not accepted; empty when it is (wire/README.md, Accepted files)."""
    suffix = os.path.splitext(name)[1].lower()
    if suffix in ACCEPTED_SUFFIXES:
        return ""
    shown = clean_line(os.fsencode(suffix).decode("utf-8", "replace"))
    what = f"{shown} is not accepted" if suffix else "no suffix"
    return f"{what}; accepted: {ACCEPTED}"


def size_problem(size: int) -> str:
    """Why a file of `size` bytes is not sent; empty when it is (500 MB count 1024 x 1024 each)."""
    if size == 0:
        return "empty: there is nothing in it"
    if size <= MAX_UPLOAD_BYTES:
        return ""
    limit = MAX_UPLOAD_BYTES // _MEGABYTE
    megabytes = math.ceil(10 * size / _MEGABYTE) / 10
    return f"{megabytes:g} MB, larger than {limit} MB: compress or trim"


def refused_by(error: OSError) -> Refused:
    """What an error of the system means for the file."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Refused("there is no such file", is_gone=True)
    problem = (error.strerror or str(error)).lower()
    return Refused(f"cannot be read: {problem}", is_final=False)


def read_digest(path: Path, expected: Identity, is_over: Callable[[], bool]) -> str:
    """The SHA-256 of the whole file in hex, read in pieces.

    Raises `Changed` when it is not `expected` before and after, or when `is_over` says that nobody
    waits for it any more, and `Refused`.
    """
    digest = hashlib.sha256()
    buffer = bytearray(min(_PIECE, expected.size + 1))
    view = memoryview(buffer)
    try:
        with path.open("rb", buffering=0) as file:
            if Identity.of(os.fstat(file.fileno())) != expected:
                raise Changed
            while count := file.readinto(buffer):
                digest.update(view[:count])
                if is_over():
                    raise Changed
            if Identity.of(os.fstat(file.fileno())) != expected:
                raise Changed
    except OSError as error:
        raise refused_by(error) from None
    return digest.hexdigest()


def is_unchanged(path: Path, expected: Identity) -> bool:
    """Whether `path` still names the file that was looked at before."""
    try:
        return Identity.of(path.stat()) == expected
    except OSError:
        return False


# -- reasons ------------------------------------------------------------------------------------

_NO_ROOM = 160


def phrase(error: VbtuiError) -> str:
    """An error's message as a phrase: no full stop, no capital where a word begins it."""
    text = error.message.strip().rstrip(".")
    head, _, rest = text.partition(" ")
    if head[1:].islower() and head[:1].isupper():
        text = f"{head[0].lower()}{head[1:]} {rest}".strip()
    return text if len(text) <= _NO_ROOM else text[: _NO_ROOM - 1] + "…"


def reason_now(asset: Asset, now: float) -> str:
    """Why it waits or failed, with when it is tried again: `retry in 40 s: connection refused`."""
    if asset.state is not AssetState.FAILED or asset.retry_at is None:
        return asset.reason
    return f"retry in {format_wait(asset.retry_at - now)}: {asset.reason}"


def growing(quiet_s: float, settle_s: float) -> Reason:
    """`growing, quiet 3.1 s of 5`."""
    return Reason(GROWING, f"growing, quiet {quiet_s:.1f} s of {settle_s:g}")
