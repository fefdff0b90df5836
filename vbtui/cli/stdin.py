"""What a command reads from standard input: sentences, a line each; paths."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

_CHUNK_BYTES = 65536


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
    """`files`, and in the place of `-` the paths that standard input names: a line each, or up to a NUL each."""
    found: list[Path] = []
    is_read = False
    for path in files:
        if str(path) != "-":
            found.append(path)
        elif not is_read:
            is_read = True
            found += _paths(by_nul=by_nul)
    return found


def _paths(*, by_nul: bool) -> list[Path]:
    data = b""
    while piece := os.read(0, _CHUNK_BYTES):
        data += piece
    names = data.split(b"\0") if by_nul else [one.removesuffix(b"\r") for one in data.split(b"\n")]
    return [Path(os.fsdecode(name)) for name in names if name]


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "replace").removesuffix("\r")
