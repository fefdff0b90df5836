"""The probe, in processes of its own: a file that brings the decoder down takes only that along, and one
that takes long holds up no other.

A worker starts where none is free, says that it is ready, answers one file at a time and stays for the next; its
memory is not the studio's.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import stat
from collections import OrderedDict
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from vbtui.base import programs
from vbtui.base.errors import StudioProblem, UnsupportedFile
from vbtui.studio.project.media import FAILS, AudioStream, Media, refusal
from vbtui.studio.project.picture import Picture

_TIME_LIMIT_S = 60.0
_LINE_LIMIT = 1024 * 1024
_AT_ONCE = 4
"""Files that are looked at at the same time."""


class Prober:
    """Asks workers what files are."""

    def __init__(self) -> None:
        self._workers: set[asyncio.subprocess.Process] = set()
        self._idle: list[asyncio.subprocess.Process] = []
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def probe(self, path: Path, name: str, sha256: str) -> Media:
        """As `probe.probe`. Raises `UnsupportedFile`, or `StudioProblem` where no worker can work."""
        request = {"path": str(path), "name": name, "sha256": sha256}
        async with self._room:
            answer = await self._ask(request) or await self._ask(request)
        if answer is None:
            raise refusal(name, FAILS)
        if "refused" in answer:
            raise UnsupportedFile(answer["refused"])
        facts = answer["media"]
        audio = AudioStream(**facts["audio"]) if facts["audio"] else None
        picture = Picture(**facts["picture"]) if facts["picture"] else None
        known = {"path": path, "audio": audio, "notes": tuple(facts["notes"]), "picture": picture}
        return Media(**{**facts, **known})

    async def _ask(self, request: dict[str, str]) -> dict[str, Any] | None:
        """A worker's answer; None when it died over the file."""
        worker = await self._free()
        try:
            assert worker.stdin is not None
            worker.stdin.write(json.dumps(request).encode() + b"\n")
            await worker.stdin.drain()
            answer = await _line(worker)
        except TimeoutError:
            answer = {"refused": refusal(request["name"], "takes too long to be looked at").message}
            await self._end(worker)
        except (OSError, ValueError):
            answer = None
            await self._end(worker)
        except BaseException:  # an answer that is still to come would be taken for the next
            await self._end(worker)
            raise
        else:
            await self._keep(worker)
        return answer

    async def _free(self) -> asyncio.subprocess.Process:
        while self._idle:
            worker = self._idle.pop()
            if worker.returncode is None:
                return worker
        try:
            worker = await programs.start(
                programs.python("vbtui.studio.project.probe"),
                "worker",
                reads=True,
                line_limit=_LINE_LIMIT,
                new_session=True,
            )
        except OSError as error:
            raise StudioProblem(f"Files cannot be looked at: {error.strerror or error}.") from error
        self._workers.add(worker)
        try:
            first = await _line(worker)
        except (TimeoutError, OSError, ValueError):
            first = {"broken": "the reader of media files does not start"}
        except BaseException:
            await self._end(worker)
            raise
        if "broken" in first:
            await self._end(worker)
            hint = "vbtui doctor says which packages are there."
            raise StudioProblem(f"Files cannot be looked at: {first['broken']}.", hint=hint)
        return worker

    async def _keep(self, worker: asyncio.subprocess.Process) -> None:
        if self._idle:
            await self._end(worker)
        else:
            self._idle.append(worker)

    async def _end(self, worker: asyncio.subprocess.Process) -> None:
        self._workers.discard(worker)
        if worker.returncode is None:
            with suppress(ProcessLookupError):
                worker.kill()
            await worker.wait()

    async def close(self) -> None:
        """End the workers; the next probe starts another."""
        self._idle.clear()
        for worker in list(self._workers):
            await self._end(worker)


async def _line(worker: asyncio.subprocess.Process) -> dict[str, Any]:
    """What it says next. Raises `TimeoutError`, and `ValueError` where it has ended."""
    assert worker.stdout is not None
    line = await asyncio.wait_for(worker.stdout.readline(), _TIME_LIMIT_S)
    value = json.loads(line)
    if not isinstance(value, dict):
        raise ValueError("no object")
    return value


_REMEMBERED = 2_000


class LinkedMedia:
    """Files of this machine that are used where they lie, for pictures of drafts of other backends.

    Nothing of them is copied or kept: what is known of a file counts for as long as the file does not
    change. The oldest are forgotten.
    """

    def __init__(self) -> None:
        self.media: OrderedDict[str, Media] = OrderedDict()

    async def look(self, path: Path, name: str, prober: Prober) -> str:
        """The id of the file as it is now. Raises `UnsupportedFile`, `StudioProblem`."""
        identity = await asyncio.to_thread(_identity, path, name)
        if identity not in self.media:
            looked = await prober.probe(path, name, identity)
            self.media[identity] = replace(looked, id=identity)
        self.media.move_to_end(identity)
        while len(self.media) > _REMEMBERED:
            self.media.popitem(last=False)
        return identity


def _identity(path: Path, name: str) -> str:
    """Of path and content: another one when the file is another one. Raises `UnsupportedFile`."""
    try:
        found = path.stat()
    except FileNotFoundError:
        raise refusal(name, "is no longer there") from None
    except (OSError, ValueError):
        raise refusal(name, "cannot be read") from None
    if not stat.S_ISREG(found.st_mode) or not os.access(path, os.R_OK):
        raise refusal(name, "cannot be read")
    what = (str(path), found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
    return "o" + hashlib.sha256(repr(what).encode()).hexdigest()[:24]
