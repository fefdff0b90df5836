"""The probe, in a process of its own: a file that brings the decoder down takes only that along.

The worker starts with the first probe, answers one file at a time and stays for the next; its
memory is not the studio's.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import stat
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any

from vbtui.base import programs
from vbtui.base.errors import StudioProblem, UnsupportedFile
from vbtui.studio.project.media import AudioStream, Media, refusal
from vbtui.studio.project.picture import Picture

_TIME_LIMIT_S = 60.0
_LINE_LIMIT = 1024 * 1024


class Prober:
    """Asks the worker what files are."""

    def __init__(self) -> None:
        self._worker: asyncio.subprocess.Process | None = None
        self._busy = asyncio.Lock()

    async def probe(self, path: Path, name: str, sha256: str) -> Media:
        """As `probe.probe`. Raises `UnsupportedFile`, or `StudioProblem` without a worker."""
        async with self._busy:
            try:
                answer = await self._ask({"path": str(path), "name": name, "sha256": sha256})
            except BaseException:
                await self.close()  # an answer that is still to come would be taken for the next
                raise
        if answer is None:
            raise refusal(name, "is damaged and cannot be read")
        if "refused" in answer:
            raise UnsupportedFile(answer["refused"])
        facts = answer["media"]
        audio = AudioStream(**facts["audio"]) if facts["audio"] else None
        picture = Picture(**facts["picture"]) if facts["picture"] else None
        known = {"path": path, "audio": audio, "notes": tuple(facts["notes"]), "picture": picture}
        return Media(**{**facts, **known})

    async def _ask(self, request: dict[str, str]) -> dict[str, Any] | None:
        """The worker's answer; None when it died over the file or took too long."""
        worker = await self._running()
        assert worker.stdin is not None
        assert worker.stdout is not None
        try:
            worker.stdin.write(json.dumps(request).encode() + b"\n")
            await worker.stdin.drain()
            line = await asyncio.wait_for(worker.stdout.readline(), _TIME_LIMIT_S)
            answer = json.loads(line)
            return answer if isinstance(answer, dict) else None
        except (TimeoutError, OSError, ValueError):
            await self.close()
            return None

    async def _running(self) -> asyncio.subprocess.Process:
        if self._worker is None or self._worker.returncode is not None:
            try:
                self._worker = await programs.start(
                    programs.python("vbtui.studio.project.probe"),
                    "vbtui",
                    reads=True,
                    line_limit=_LINE_LIMIT,
                    new_session=True,
                )
            except OSError as error:
                reason = error.strerror or error
                raise StudioProblem(f"Files cannot be looked at: {reason}.") from error
        return self._worker

    async def close(self) -> None:
        """End the worker; the next probe starts another."""
        worker, self._worker = self._worker, None
        if worker is not None and worker.returncode is None:
            try:
                worker.kill()
            except ProcessLookupError:
                return
            await worker.wait()


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
