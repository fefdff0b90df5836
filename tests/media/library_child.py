"""A library in a process of its own, to be killed.

    python -m tests.media.library_child URL (add FILE… | watch DIR)

Prints `ready` when its services run and `idle` when all is done; then it stays, so that its rows
have a living owner, until its standard input ends.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

from tests.library_bench import Bench
from vbtui.base.errors import VbtuiError


async def main(url: str, verb: str, *names: str) -> None:
    desk = Bench(url)
    await desk.start()
    with suppress(VbtuiError):
        await desk.library.reconcile()
    print("ready", flush=True)
    if verb == "watch":
        await desk.library.watch(Path(names[0]))
    else:
        await desk.library.add([Path(name) for name in names], "picked")
    await desk.library.wait_idle()
    print("idle", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await desk.stop()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
