"""How much of vbtui one action passes through: `python -m tests.tracer` prints four walks.

The whole app runs on the real engine and a real child studio, with a profile function in each
thread and child. Counted are the files and functions of vbtui that are called between a key and
what it shows, without those that a second of doing nothing calls.
"""

from __future__ import annotations

import asyncio
import json
import os
import runpy
import signal
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import CodeType, FrameType

ROOT = Path(__file__).parents[1]
FOLDER = "VBTUI_TRACE"
"""The variable that names to children the folder for what they called."""


Called = set[tuple[str, str]]
"""Functions: file and name of each."""


class Trace:
    """The functions of vbtui that this process called since `clear`."""

    def __init__(self) -> None:
        self._seen: set[CodeType] = set()

    def start(self) -> None:
        threading.setprofile(self._note)
        sys.setprofile(self._note)

    def _note(self, frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            self._seen.add(frame.f_code)

    def clear(self) -> None:
        self._seen.clear()

    def functions(self) -> Called:
        """File and name of each; a comprehension and a lambda belong to what they stand in."""
        own = str(ROOT / "vbtui") + os.sep
        return {
            (code.co_filename.removeprefix(own), code.co_qualname.split(".<locals>.<")[0])
            for code in list(self._seen)
            if code.co_filename.startswith(own) and not code.co_qualname.startswith("<")
        }


class Children:
    """The same of every Python that this process starts: it starts this module in its place."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        os.environ[FOLDER] = str(folder)
        wrapper = folder / "python"
        wrapper.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m tests.tracer --child "$@"\n')
        wrapper.chmod(0o755)
        sys.executable = str(wrapper)

    async def clear(self) -> None:
        for path in self._folder.glob("*.json"):
            path.unlink()
        await self._ask(signal.SIGUSR1)

    async def functions(self) -> Called:
        await self._ask(signal.SIGUSR2)
        texts = [path.read_text() for path in self._folder.glob("*.json")]
        return {(file, name) for text in texts for file, name in json.loads(text)}

    async def _ask(self, number: signal.Signals) -> None:
        """Tell every child that still runs, and wait for its answer."""
        for path in self._folder.glob("*.pid"):
            answer = path.with_suffix(".done")
            answer.unlink(missing_ok=True)
            pid = int(path.stem)
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                path.unlink()
                continue
            while not answer.exists() and _lives(pid):  # noqa: ASYNC110  # a process tells nothing
                await asyncio.sleep(0.01)


def _lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def child(arguments: list[str]) -> None:
    """Run the module that `arguments` of Python name, traced."""
    trace, path = Trace(), Path(os.environ[FOLDER]) / f"{os.getpid()}.json"

    def tell() -> None:
        path.write_text(json.dumps(sorted(trace.functions())))

    def answered(work: Callable[[], None]) -> Callable[[int, object], None]:
        def handle(_number: int, _frame: object) -> None:
            work()
            path.with_suffix(".done").touch()

        return handle

    signal.signal(signal.SIGUSR1, answered(trace.clear))
    signal.signal(signal.SIGUSR2, answered(tell))
    path.with_suffix(".pid").touch()
    at = arguments.index("-m")
    sys.argv = arguments[at + 1 :]
    trace.start()
    try:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    finally:
        tell()


async def walks(folder: Path) -> dict[str, tuple[Called, Called]]:
    """The functions that each walk calls in the client and in its children, by its name."""
    from textual import events

    from tests import clips
    from tests.ui.test_real import see
    from vbtui.base.settings import load
    from vbtui.engine import Engine
    from vbtui.ui.app import VbtuiApp

    trace, children = Trace(), Children(folder)
    found: dict[str, tuple[Called, Called]] = {}
    settings = load()

    async def make(is_local: bool) -> Engine:
        return Engine(settings, local=is_local, folder=folder / "out")

    (folder / "out").mkdir()
    files = [clips.clip(color, seconds=1) for color in ("red", "blue")]
    trace.start()
    app = VbtuiApp(make, settings, is_local=True)
    async with app.run_test(size=(120, 35), notifications=True) as pilot:

        async def walk(name: str, act: Callable[[], Awaitable[object]], *shown: str) -> None:
            await pilot.pause()
            await children.clear()
            trace.clear()
            await act()
            await see(app, pilot, *shown)
            here, there = trace.functions(), await children.functions()
            await children.clear()
            trace.clear()
            await asyncio.sleep(1)
            found[name] = (here - trace.functions(), there - await children.functions())

        async def drop() -> None:
            app.post_message(events.Paste(" ".join(map(str, files))))

        await see(app, pilot, "● ready")
        await walk("dropped file", drop, "Upload 2 files")
        await pilot.press("enter", "f3")
        await see(app, pilot, files[0].name[:12], files[1].name[:12], "✓ ready")
        await pilot.press("f2")
        await pilot.press(*'combine these clips and add the title "Hello"')
        await walk("typed message", lambda: pilot.press("enter"), "Timeline", "✓ Title added")
        await pilot.press("f4")
        await see(app, pilot, "Hello", "fps")
        turns = len(app.engine.conversation.turns) if app.engine else 0

        async def cut() -> None:
            await pilot.press("x")
            await see(app, pilot, "remove clip 1")
            await pilot.press("enter")
            while app.engine is not None and (
                len(app.engine.conversation.turns) == turns
                or app.engine.conversation.turns[-1].receipt is None
            ):
                await pilot.pause(0.02)

        await walk("key x on the timeline", cut)
        await pilot.press("f5")
        await walk("export", lambda: pilot.press("ctrl+s"), "✓ done")
    sys.setprofile(None)
    threading.setprofile(None)
    await app.close_engine()
    return found


def _files(functions: Called) -> set[str]:
    return {file for file, _ in functions}


def main() -> int:
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "trace"
        folder.mkdir()
        os.environ |= {"HOME": home, "VBTUI_TIMING": "local_render_poll=0.1"}
        for name in [name for name in os.environ if name.startswith("XDG_")]:
            del os.environ[name]
        for name, (here, there) in asyncio.run(walks(folder)).items():
            parts = [f"{len(_files(part))} files, {len(part)} functions" for part in (here, there)]
            total = f"{len(_files(here | there))} files, {len(here | there)} functions"
            print(f"{name}: {total} (client {parts[0]}; studio {parts[1]})", flush=True)
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2:])
    else:
        sys.exit(main())
