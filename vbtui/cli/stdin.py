"""What a command reads from standard input: sentences, a line each; paths."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

from vbtui.base.errors import UsageError
from vbtui.base.translation import Translation

_CHUNK_BYTES = 65536
_T = Translation
_WITHOUT = _T(
    "-0 says how - reads paths: name - as a file.", "-0 说明 - 如何读取路径：请用 - 作为文件。"
)
_NO_PATHS = _T("Standard input names no file.", "标准输入没有给出文件。")
_NO_SENTENCES = _T("Standard input holds no sentence.", "标准输入没有句子。")


def read_lines(lines: asyncio.Queue[str | None]) -> None:
    """Have the lines come, then None. Nobody waits for the thread: whoever writes may not end."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        rest = b""
        with suppress(RuntimeError):  # the loop is closed: nobody wants them any more
            while data := os.read(0, _CHUNK_BYTES):
                *whole, rest = (rest + data).split(b"\n")
                for one in whole:
                    loop.call_soon_threadsafe(lines.put_nowait, _decoded(one))
            if rest:
                loop.call_soon_threadsafe(lines.put_nowait, _decoded(rest))
            loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, name="input", daemon=True).start()


async def sentences() -> AsyncIterator[str]:
    """The lines that are not empty, as they come."""
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    read_lines(lines)
    while (line := await lines.get()) is not None:
        if line.strip():
            yield line


def named(files: Sequence[Path], *, by_nul: bool) -> list[Path]:
    """`files`, and in the place of `-` the paths that standard input names: a line each, or up to a NUL each.

    Raises `UsageError` where that makes none.
    """
    found: list[Path] = []
    is_read = False
    for path in files:
        if str(path) != "-":
            found.append(path)
        elif not is_read:
            is_read = True
            found += _paths(by_nul=by_nul)
    if by_nul and not is_read:
        raise UsageError(_WITHOUT)
    if not found:
        raise UsageError(_NO_PATHS)
    return found


def said(texts: Sequence[str]) -> list[str]:
    """`texts`, and in the place of `-` the lines of standard input. Raises `UsageError` where that makes none."""
    found: list[str] = []
    for text in texts:
        if text != "-":
            found.append(text)
        elif lines := [_decoded(one) for one in everything().split(b"\n")]:
            found += [line for line in lines if line.strip()]
    if not found:
        raise UsageError(_NO_SENTENCES)
    return found


def everything() -> bytes:
    data = b""
    while piece := os.read(0, _CHUNK_BYTES):
        data += piece
    return data


def _paths(*, by_nul: bool) -> list[Path]:
    data = everything()
    names = data.split(b"\0") if by_nul else [one.removesuffix(b"\r") for one in data.split(b"\n")]
    return [Path(os.fsdecode(name)) for name in names if name]


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "replace").removesuffix("\r")
