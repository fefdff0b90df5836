"""Files of this machine that are looked at where they lie, for pictures of drafts of other backends.

Nothing of them is copied or kept: what is known of a file counts for as long as the file does not
change, and is forgotten when the studio ends.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

from vbtui.studio.project.media import Media
from vbtui.studio.project.probe import refusal
from vbtui.studio.project.prober import Prober

_REMEMBERED = 2_000


class Originals:
    """The files that were looked at, by their ids; the oldest are forgotten."""

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
