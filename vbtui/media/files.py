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
    AUDIO_SUFFIXES,
    IMAGE_SUFFIXES,
    KNOWN_SUFFIXES,
    LUT_SUFFIXES,
    MAX_UPLOAD_BYTES,
    SIDE_SUFFIXES,
    SUBTITLE_SUFFIXES,
    VIDEO_SUFFIXES,
)
from vbtui.base.text import clean_line
from vbtui.base.times import format_wait
from vbtui.base.translation import Translation
from vbtui.journal.records import GROWING, UNWRITTEN, Asset, AssetState, Reason
from vbtui.media.content import UNWRITTEN_TEXT, is_unwritten, other_kind, read_head

ACCEPTED = "mp4 mov avi webm mkv, jpg png gif webp, mp3 wav m4a aac"
KINDS = ("video", "image", "audio", "subtitles", "lut")
"""Of files."""
_T = Translation
_FOLDER = _T("a folder: pick the files in it, or watch it", "是文件夹：请选择其中的文件，或监视它")
_IRREGULAR = _T("not a regular file", "不是普通文件")
_WHATEVER = _T("{what}, whatever its name says", "无论名称如何，它是{what}")
_OTHER_SUFFIX = _T("{suffix} is not accepted; accepted: {known}", "不支持 {suffix}；支持：{known}")
_SIDE = _T(
    "used by the local studio alone and not sent to the cloud: vbtui --local",
    "只在本地工作室中使用，不会发送到云端：vbtui --local",
)
_NO_SUFFIX = _T("no suffix; accepted: {known}", "没有扩展名；支持：{known}")
_EMPTY = _T("empty: there is nothing in it", "空文件：没有内容")
_TOO_LARGE = _T(
    "{size} MB, larger than {limit} MB: compress or trim",
    "{size} MB，超过 {limit} MB：请压缩或剪短",
)
_GONE, _UNREAD = (
    _T("there is no such file", "没有这个文件"),
    _T("cannot be read: {why}", "无法读取：{why}"),
)
_RETRY = _T("retry in {time}: {why}", "{time}后重试：{why}")
_GROWING = _T("growing, quiet {quiet} s of {settle}", "写入中，已静止 {quiet}/{settle} 秒")
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
    """`video`, `image`, `audio`, `subtitles` or `lut` by the suffix; empty for any other."""
    suffix = os.path.splitext(name)[1].lower()
    if suffix in VIDEO_SUFFIXES:
        return "video"
    if suffix in IMAGE_SUFFIXES:
        return "image"
    if suffix in SUBTITLE_SUFFIXES:
        return "subtitles"
    if suffix in LUT_SUFFIXES:
        return "lut"
    return "audio" if suffix in AUDIO_SUFFIXES else ""


def examine(path: Path) -> Identity:
    """The identity of a file that may be sent. Raises `Refused`."""
    try:
        found = path.stat()
    except OSError as error:
        raise refused_by(error) from None
    if stat.S_ISDIR(found.st_mode):
        raise Refused(_FOLDER.of())
    if not stat.S_ISREG(found.st_mode):
        raise Refused(_IRREGULAR.of())
    if reason := suffix_problem(path.name):
        raise Refused(reason, is_other_kind=True, code=UnsupportedFile.code)
    if reason := size_problem(found.st_size):
        raise Refused(reason)
    try:
        head = read_head(path)
    except OSError as error:
        raise refused_by(error) from None
    if is_unwritten(head):
        raise Refused(UNWRITTEN_TEXT.of(), is_final=False, code=UNWRITTEN)
    if is_side_file(path.name):
        return Identity.of(found)
    if what := other_kind(head, found.st_size):
        reason = _WHATEVER.of(what=what.of())
        raise Refused(reason, is_content=True, code=UnsupportedFile.code)
    return Identity.of(found)


def suffix_problem(name: str) -> str:
    """Why a file of that name is not accepted; empty when it is (wire/README.md, Accepted files)."""
    suffix = os.path.splitext(name)[1].lower()
    if suffix in KNOWN_SUFFIXES:
        return ""
    shown = clean_line(os.fsencode(suffix).decode("utf-8", "replace"))
    told = _OTHER_SUFFIX if suffix else _NO_SUFFIX
    return told.of(suffix=shown, known=ACCEPTED)


def is_side_file(name: str) -> bool:
    """Whether a file of that name is for the local studio alone."""
    return os.path.splitext(name)[1].lower() in SIDE_SUFFIXES


def not_for_the_cloud() -> Refused:
    """Why such a file is not sent."""
    return Refused(_SIDE.of(), is_other_kind=True, code=UnsupportedFile.code)


def size_problem(size: int) -> str:
    """Why a file of `size` bytes is not sent; empty when it is (500 MB count 1024 x 1024 each)."""
    if size == 0:
        return _EMPTY.of()
    if size <= MAX_UPLOAD_BYTES:
        return ""
    limit = MAX_UPLOAD_BYTES // _MEGABYTE
    megabytes = math.ceil(10 * size / _MEGABYTE) / 10
    return _TOO_LARGE.of(size=f"{megabytes:g}", limit=limit)


def refused_by(error: OSError) -> Refused:
    """What an error of the system means for the file."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Refused(_GONE.of(), is_gone=True)
    problem = (error.strerror or str(error)).lower()
    return Refused(_UNREAD.of(why=problem), is_final=False)


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
    text = error.message.strip().rstrip(".。")
    head, _, rest = text.partition(" ")
    if head[1:].islower() and head[:1].isupper():
        text = f"{head[0].lower()}{head[1:]} {rest}".strip()
    return text if len(text) <= _NO_ROOM else text[: _NO_ROOM - 1] + "…"


def reason_now(asset: Asset, now: float) -> str:
    """Why it waits or failed, with when it is tried again: `retry in 40 s: connection refused`."""
    if asset.state is not AssetState.FAILED or asset.retry_at is None:
        return asset.reason
    return _RETRY.of(time=format_wait(asset.retry_at - now), why=asset.reason)


def growing(quiet_s: float, settle_s: float) -> Reason:
    """`growing, quiet 3.1 s of 5`."""
    return Reason(GROWING, _GROWING.of(quiet=f"{quiet_s:.1f}", settle=f"{settle_s:g}"))
