"""The user's own commands: run for the files of the screen in front, in the background or in the terminal.

No shell reads a command, and it gets no more of the environment than any other program (`base/programs`).
"""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from textual.app import SuspendNotSupported

from vbtui.base import programs
from vbtui.base.errors import UsageError
from vbtui.base.own_keys import OwnCommand
from vbtui.base.text import clean
from vbtui.base.translation import Translation
from vbtui.ui.kit.host import Host

_T = Translation
_DONE = _T("Done.", "已完成。")
_RUNS = _T("Running: {program}", "正在运行：{program}")
_MOST_READ = 64 * 1024
"""Bytes of output that are kept; what comes after them is read and dropped."""
_LINES, _CELLS = 8, 400
"""What of the output is shown: its end."""
_SHOWN_S = 15.0


async def run_own(host: Host, command: OwnCommand, paths: Sequence[Path], project: str) -> None:
    """Run it for each of the files, one after the other. Raises `UsageError`."""
    if not paths:
        raise UsageError(code="usage.no_file_here", name=command.title)
    if shutil.which(command.run[0]) is None:
        raise UsageError(code="usage.program_missing", program=command.run[0])
    for path in paths:
        argv = command.argv(str(path), project)
        if command.terminal:
            code, words = await _in_terminal(host, argv), ""
        else:
            host.say(_RUNS.of(program=Path(argv[0]).name), title=command.title)
            code, words = await _in_background(argv)
        if code:
            told = "usage.program_failed" if words else "usage.program_ended"
            raise UsageError(code=told, program=Path(argv[0]).name, number=code, words=words)
        if not command.terminal:
            host.notify(
                words or _DONE.of(),
                title=command.title,
                markup=False,
                timeout=_SHOWN_S if words else 4,
            )


async def _in_background(argv: Sequence[str]) -> tuple[int, str]:
    """Its exit code and the end of what it said. Left early, it goes on by itself: a player stays."""
    with _start_errors(argv):
        process = await programs.start(
            argv, "desktop", stderr=asyncio.subprocess.STDOUT, new_session=True
        )
    assert process.stdout is not None
    said = b""
    while piece := await process.stdout.read(8192):
        said = (said + piece)[-_MOST_READ:]
    lines = [line for line in clean(said.decode(errors="replace")).splitlines() if line.strip()]
    return await process.wait(), "\n".join(lines[-_LINES:])[-_CELLS:]


async def _in_terminal(host: Host, argv: Sequence[str]) -> int:
    """Give it the terminal until it ends; the engine works on meanwhile, and nothing is drawn."""
    try:
        with host.batch_update(), _deaf_to_ctrl_c(), host.suspend():
            with _start_errors(argv):
                process = await programs.in_terminal(argv)
            return await process.wait()
    except SuspendNotSupported:
        raise UsageError(code="usage.no_terminal_here") from None


@contextmanager
def _start_errors(argv: Sequence[str]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            code="usage.program_failed", program=argv[0], number=error.errno, words=error.strerror
        ) from None


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """What is typed there is for the program in front. (A handler does not pass to a child, as "ignore" would.)"""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
