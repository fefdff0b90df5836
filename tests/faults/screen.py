"""A vbtui with its screen, in a pseudo-terminal whose reader may stop reading, and may go away."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import struct
import termios
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_SIZE = (50, 160)
"""Lines and columns: a screen of so many is more than a line takes that nobody reads."""
_F2, _F3, _F4, _F5 = b"\x1bOQ", b"\x1bOR", b"\x1bOS", b"\x1b[15~"
_LOOK_S = 0.02


class Screen:
    """One process and its terminal; what is painted is read and kept as it comes."""

    def __init__(self) -> None:
        self.seen = b""
        self.process: asyncio.subprocess.Process
        self._master = -1
        self._is_read = False

    @classmethod
    async def start(
        cls,
        command: Sequence[str | Path],
        folder: Path,
        environment: Mapping[str, str],
        *,
        owns: bool,
    ) -> Screen:
        """Start `command` in `folder`.

        Args:
            owns: whether the terminal is the process's controlling one, whose end the system tells it of.
        """
        screen = cls()
        screen._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *_SIZE, 0, 0))
        os.set_blocking(screen._master, False)

        def own() -> None:
            if owns:
                fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        screen.process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env={**environment, "TERM": "xterm-256color"}, stdin=slave, stdout=slave,
            stderr=slave, start_new_session=True, preexec_fn=own,
        )  # fmt: skip
        os.close(slave)
        screen.reads()
        return screen

    @property
    def words(self) -> str:
        """What was painted, without where and how."""
        text = re.sub(rb"\x1b\[[0-9;?<>=]*[a-zA-Z]", b" ", self.seen).decode(errors="replace")
        return " ".join(text.split())

    async def shows(self, *words: bytes, within_s: float) -> bool:
        """Whether one of `words` is painted in time."""
        return await becomes(lambda: any(word in self.seen for word in words), within_s)

    def type(self, keys: bytes) -> None:
        """Press keys; they are lost where the line is full or gone."""
        with suppress(OSError):
            os.write(self._master, keys)

    async def comes_back(self) -> None:
        """The reader reads on, and looks at the conversation: some of the keys may not have gone through."""
        self.reads()
        await asyncio.sleep(0.5)
        self.type(_F2)
        await asyncio.sleep(0.5)

    def reads(self) -> None:
        """The reader reads."""
        if not self._is_read:
            asyncio.get_running_loop().add_reader(self._master, self._read)
            self._is_read = True

    async def hang(self) -> None:
        """The reader stands still while the app draws more than the line takes."""
        self.stands_still()
        for key in (_F3, _F2, _F4, _F5, _F2) * 8:
            self.type(key)
            await asyncio.sleep(0.02)

    def stands_still(self) -> None:
        """The reader reads no more."""
        if self._is_read:
            asyncio.get_running_loop().remove_reader(self._master)
            self._is_read = False

    def goes_away(self) -> None:
        """The terminal is no more."""
        self.stands_still()
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def _read(self) -> None:
        try:
            self.seen += os.read(self._master, 65_536)
        except OSError:
            self.stands_still()


async def becomes(holds: Callable[[], object], within_s: float) -> bool:
    """Whether it holds in time; looked at often, for it is another process's doing."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while not holds():  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_S)
            return True
    return bool(holds())
