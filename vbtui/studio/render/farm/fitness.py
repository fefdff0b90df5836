"""Whether a worker makes what this machine makes, and a scheduler can read its tasks.

`probe` and `version` run there; what is wrong is told as a phrase that follows the name of either.
"""

from __future__ import annotations

import asyncio
import hashlib
from http.client import HTTPException
from pathlib import Path
from typing import Any, NamedTuple

from vbtui import __version__
from vbtui.base.errors import VbtuiError
from vbtui.base.text import clean_line
from vbtui.base.translation import Translation
from vbtui.studio.render.chunks import VERSION
from vbtui.studio.render.codec import SOFTWARE
from vbtui.studio.render.farm.worker import Entry, Way
from vbtui.studio.render.ffmpeg import ffmpeg_version, find_ffmpeg, run

_T = Translation
_NOT_LIKE = {
    "version": _T(
        "has another vbtui ({there}, here {here})", "的 vbtui 不同（{there}，本机 {here}）"
    ),
    "chunks": _T(
        "has another vbtui ({there}, here {here})", "的 vbtui 不同（{there}，本机 {here}）"
    ),
    "ffmpeg": _T(
        "has another ffmpeg ({there}, here {here})", "的 ffmpeg 不同（{there}，本机 {here}）"
    ),
    "picture": _T(
        "encodes a test picture otherwise than this machine, although its ffmpeg is called the same",
        "的测试画面编码结果与本机不同，尽管 ffmpeg 名称相同",
    ),
}
_NO_VBTUI = _T("has no vbtui, or an old one", "没有 vbtui，或版本太旧")
_NO_FFMPEG = _T("cannot render ({why})", "无法渲染（{why}）")
_NO_WAY = _T("cannot reach this machine at {url} ({why})", "无法连接本机 {url}（{why}）")
SILENT = _T("does not answer", "没有回应")


class Facts(NamedTuple):
    """What makes a worker's chunks the same as another's."""

    version: str
    chunks: int
    """`chunks.VERSION`."""
    ffmpeg: str
    """What it says of itself."""
    picture: str
    """The hash of a test video that it made."""


_TEST = (
    "testsrc2=s=320x180:r=24,noise=alls=8:allf=t:all_seed=3,trim=end_frame=12,scale=480:270,"
    "format=yuv420p[a];mandelbrot=s=240x136:r=24,trim=end_frame=12,scale=480:270,gblur=sigma=2,"
    "format=yuv420p[b];[a][b]xfade=duration=0.3:offset=0.1,unsharp,format=yuv420p[v]"
)


async def facts() -> Facts:
    """Of this machine; found out once, as long as its ffmpeg stays the same.

    Raises `StudioProblem` where no ffmpeg can render, and as `ffmpeg.run` does.
    """
    key = await asyncio.to_thread(_ffmpeg)
    if key not in _found:
        _found[key] = await _find()
    return _found[key]


_found: dict[tuple[str, int, int], Facts] = {}
"""What was found out of an ffmpeg, by its path, size and time: a worker is asked by each render, and an ffmpeg stays."""


def _ffmpeg() -> tuple[str, int, int]:
    stat = Path(find_ffmpeg()).stat()
    return find_ffmpeg(), stat.st_size, stat.st_mtime_ns


async def _find() -> Facts:
    made = await run(
        [
            "-filter_threads", "1", "-filter_complex_threads", "1", "-filter_complex", _TEST, "-map", "[v]",
            "-threads", "1", "-c:v", SOFTWARE.name, *SOFTWARE.options("high"), "-f", "nut", "-",
        ]
    )  # fmt: skip
    version = ffmpeg_version().removeprefix("ffmpeg version ").partition(" Copyright")[0]
    return Facts(__version__, VERSION, version, hashlib.sha256(made).hexdigest())


def version() -> str:
    """vbtui's; asked of the scheduler, which reads tasks before it hands them on."""
    return __version__


async def probe(entry: Entry, dask_worker: Any) -> tuple[Facts | None, str]:
    """What a worker is, and why it cannot reach the door ("" where it can).

    Args:
        dask_worker: the worker itself, which Dask puts in.
    """
    try:
        found = await facts()
    except (VbtuiError, OSError) as error:
        return None, clean_line(str(error))
    try:
        await asyncio.to_thread(_greet, Way.of(entry, dask_worker))
    except (OSError, HTTPException) as error:
        return found, clean_line(str(error))
    return found, ""


def _greet(way: Way) -> None:
    with way.opened("/"):
        pass


def why_not(answer: object, here: Facts, url: str) -> str:
    """ "" for the answer of a probe whose worker makes what this machine makes, else a phrase that follows its name."""
    match answer:
        case (None, str(why)):
            return _NO_FFMPEG.of(why=why)
        case (Facts() as found, str(why)):
            for name, here_is, there_is in zip(Facts._fields, here, found, strict=True):
                if here_is != there_is:
                    there = clean_line(str(there_is))[:80]
                    return _NOT_LIKE[name].of(there=there, here=here_is)
            return _NO_WAY.of(url=url, why=why) if why else ""
        case ImportError() | AttributeError():
            return _NO_VBTUI.of()
        case Exception() as error:
            return clean_line(str(error))[:200] or type(error).__name__
    return SILENT.of()


async def why_unfit(client: Any) -> str:
    """ "" for a scheduler that can read tasks: one with this vbtui. Raises `OSError` where it does not answer."""
    try:
        there = await client.run_on_scheduler(version)
    except (ImportError, AttributeError):
        return _NO_VBTUI.of()
    there = clean_line(str(there))[:80]
    if there == __version__:
        return ""
    return _NOT_LIKE["version"].of(there=there, here=__version__)
