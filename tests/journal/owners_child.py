"""A process that has a row and shows that it lives: `python -m tests.journal.owners_child FOLDER HOW`.

HOW is `beats`, `stutters`, `hangs` (its event loop stands still once it has shown that it lives), `idles` (it has no row),
`locks` (it stands still within a transaction), `signs in` (it stands still with the lock of the sign-in) or `writes`
(without a pause).
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time
from pathlib import Path

from vbtui.base.files import file_lock
from vbtui.cli.shell import suspend_soundly
from vbtui.journal import renders, sessions
from vbtui.journal.journal import Journal
from vbtui.journal.owners import Neighbours, News, new_owner
from vbtui.journal.records import ExportOptions, Render, RenderState


async def _heard(_: News) -> None:
    return


async def main(folder: Path, how: str) -> None:
    journal = Journal(folder / "journal.db")
    await journal.open()
    if how in ("beats", "hangs", "stutters"):
        render = Render("render_1", "s", RenderState.PENDING, ExportOptions(), owner=new_owner())
        await journal.run(lambda c: renders.LAYOUT.insert(c, render))
    watching = asyncio.create_task(Neighbours(journal, folder / "alive", 1).watch(_heard))
    while not (folder / "alive").exists():  # noqa: ASYNC110  # nothing else tells
        await asyncio.sleep(0.01)
    print("ready", flush=True)
    if how == "locks":
        other = sqlite3.connect(folder / "journal.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        time.sleep(1000)  # noqa: ASYNC251  # what it is for
    if how == "signs in":
        with file_lock(folder / "credentials.lock"):
            time.sleep(1000)  # noqa: ASYNC251
    if how == "hangs":
        time.sleep(1000)  # noqa: ASYNC251
    while how == "stutters":
        time.sleep(0.25)  # noqa: ASYNC251
        await asyncio.sleep(0.25)
    if how == "writes":
        suspend_soundly()
        while True:
            await journal.run(lambda c: sessions.put(c, "key", list(range(10_000))))
    await watching


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
