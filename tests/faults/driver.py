"""A vbtui without a screen that does what a folder asks of it: `python -m tests.faults.driver FOLDER [--local]`.

It watches `FOLDER/in`, says each line of `FOLDER/todo` once and exports at a line `export NAME`. What it is
about to say stands in `FOLDER/begun`, what was taken in `FOLDER/taken`. It ends when nothing is under way, and
says which descriptors it did not close.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

from vbtui.base.errors import DiskProblem, VbtuiError
from vbtui.base.settings import load
from vbtui.engine import Engine
from vbtui.journal.records import AssetState, ExportOptions
from vbtui.session.events import Event, Noticed

QUIET_S = 1.0
MOST_S = 20.0
"""So long the studio is waited for, which combines and exports what it has."""


def _tell(event: Event) -> None:
    if isinstance(event, Noticed):
        print("notice", event.problem.code or event.problem.title, flush=True)


def lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _note(path: Path, line: str) -> None:
    with path.open("a") as file:
        file.write(line + "\n")


async def _ask(engine: Engine, folder: Path, line: str) -> None:
    if engine.overview.is_local and not line.startswith("add"):
        with suppress(TimeoutError):
            await asyncio.wait_for(engine.wait_idle(), MOST_S)
    _note(folder / "begun", line)
    if line.startswith("export "):
        await engine.exports.start(
            ExportOptions("low", folder / "videos" / f"{line[7:]}.mp4"), despite_pause=True
        )
    else:
        await engine.conversation.say(line, route="edit")
    _note(folder / "taken", line)


async def _ask_all(engine: Engine, folder: Path) -> None:
    for line in lines_of(folder / "todo"):
        while engine.sessions.current is None:  # noqa: ASYNC110  # a driver may look
            await asyncio.sleep(0.05)
        while line not in lines_of(folder / "begun"):
            try:
                await _ask(engine, folder, line)
            except DiskProblem as error:
                print("refused", error.code, flush=True)
                begun = [one for one in lines_of(folder / "begun") if one != line]
                (folder / "begun").write_text("".join(f"{one}\n" for one in begun))
                await asyncio.sleep(0.3)
            except VbtuiError as error:  # there is nothing to export yet
                print("refused", error.code, flush=True)


def _is_done(engine: Engine) -> bool:
    if engine.conversation.is_blocked:
        engine.conversation.release()
        return False
    waits = any(
        not asset.state.is_over or (asset.state is AssetState.FAILED and asset.retry_at)
        for asset in engine.library.assets
    )
    return engine.is_idle and not engine.library.is_busy and not waits


def _open(folder: Path) -> list[str]:
    """What this process has open of the folder's files, its log aside, and sockets."""
    found = []
    for one in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            place = os.readlink(one)
            if place.startswith("socket:") or (str(folder) in place and not place.endswith("/log")):
                found.append(place)
    return found


async def main(folder: Path, *, local: bool) -> None:
    before = _open(folder)
    engine = Engine(load(), local=local, project="faults", folder=folder / "videos")
    engine.bus.subscribe(_tell)
    await engine.start()
    async with asyncio.TaskGroup() as group:
        loops = [group.create_task(one.run(), name=one.name) for one in engine.services]
        await engine.library.watch(folder / "in")
        print("ready", flush=True)
        await _ask_all(engine, folder)
        quiet_s = 0.0
        while quiet_s < QUIET_S:
            await asyncio.sleep(0.1)
            has_all = len({asset.name for asset in engine.library.assets}) >= sum(
                1 for _ in (folder / "in").iterdir()
            )
            quiet_s = quiet_s + 0.1 if has_all and _is_done(engine) else 0.0
        for one in loops:
            one.cancel()
    await engine.close()
    await asyncio.sleep(0.2)  # what the loop's next turns close
    for place in _open(folder):
        if place not in before:
            _note(folder / "open", place)
    print("idle", flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), local="--local" in sys.argv))
