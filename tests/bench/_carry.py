"""A vbtui without a screen, in a process of its own, to be killed.

`python -m tests.bench._carry FOLDER [OUT.mp4]` opens the last local project, starts an export of
it where OUT is given, and ends when no export is under way.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.serving import serving
from vbtui.base.settings import load
from vbtui.engine import Engine
from vbtui.exports.presets import options_for
from vbtui.journal.records import ExportOptions


@asynccontextmanager
async def engine(folder: Path) -> AsyncIterator[Engine]:
    """A started local engine whose services run."""
    it = Engine(load(), local=True, folder=folder)
    async with serving(it):
        yield it


async def main(folder: Path, wanted: Path | None) -> None:
    async with engine(folder) as it:
        if wanted is not None:
            options = options_for("preview", ExportOptions(destination=wanted))
            await it.exports.start(options)
        await it.exports.wait_idle()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None))
