"""Makes the pictures of the README from the running app: real studio, the sample's footage, real keys.

    .venv/bin/python screenshots/make.py

Needs the `studio` extra. Nothing outside this folder and a temporary one is written.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from vbtui.ui.app import VbtuiApp

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

SENTENCES = (
    'make a 40-second video of all clips with crossfades and the title "One day in May"',
    "music a bit quieter",
)
_FONT = re.compile(r"@font-face \{.*?\}", re.DOTALL)
"""Fetched from elsewhere: the reader's own will do."""


class Film:
    """Screens one after another, as one moving picture."""

    def __init__(self) -> None:
        self._frames: list[tuple[str, float]] = []

    def add(self, svg: str, seconds: float) -> None:
        self._frames.append((_FONT.sub("", svg), seconds))

    def svg(self) -> str:
        """All of them in one file that shows each for its time, again and again."""
        whole = sum(seconds for _, seconds in self._frames)
        box = re.search(r'viewBox="([^"]+)"', self._frames[0][0])
        assert box is not None
        rules, shown, at = [], [], 0.0
        for number, (frame, seconds) in enumerate(self._frames):
            start, end = 100 * at / whole, 100 * (at + seconds) / whole
            at += seconds
            rules.append(
                f"@keyframes f{number} {{0%{{opacity:{int(start == 0)}}}{start:.2f}%{{opacity:1}}{end:.2f}%{{opacity:0}}}}"
                f"#f{number}{{opacity:0;animation:f{number} {whole:g}s steps(1,end) infinite}}"
            )
            shown.append(f'<g id="f{number}">{frame}</g>')
        style = f"<style>{''.join(rules)}</style>"
        return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box[1]}">{style}{"".join(shown)}</svg>\n'


async def take_pictures(folder: Path, out: Path) -> None:
    """Use the app as a person would and keep an SVG of each screen, and all of them as a film."""
    from vbtui.base.settings import load
    from vbtui.engine import Engine
    from vbtui.studio.sample.footage import footage
    from vbtui.ui.app import VbtuiApp

    async def make(is_local: bool) -> Engine:
        return Engine(load(), local=is_local, project="One day in May", folder=out)

    clips = await footage(folder)
    app, film = VbtuiApp(make, load(), is_local=True, watch=clips[0].parent), Film()
    async with app.run_test(size=(120, 35)) as pilot:

        def keep(name: str, seconds: float = 0) -> None:
            svg = app.export_screenshot(title="vbtui")
            if name:
                (HERE / f"{name}.svg").write_text(_FONT.sub("", svg))
                print(name)
            if seconds:
                film.add(svg, seconds)

        while not app.is_settled:
            await pilot.pause(0.1)
        await pilot.pause(1)
        while len(app.engine.library.assets if app.engine else ()) < len(clips):
            await pilot.pause(0.2)
        await idle(app, pilot)
        keep("start", 2.5)
        for sentence in SENTENCES:
            words = sentence.split(" ")
            for number in range(0, len(words), 4):
                await pilot.press(*" ".join(words[number : number + 4]), "space")
                await pilot.pause(0.1)
                keep("", 0.6)
            await pilot.press("enter")
            await pilot.pause(0.5)
            await idle(app, pilot)
            keep("", 3)
        keep("chat")
        await pilot.press("f3", "down")
        await idle(app, pilot)
        keep("media", 2.5)
        await pilot.press("f4", "n")
        await idle(app, pilot)
        keep("timeline", 4)
        await pilot.press("ctrl+s", "f5")
        async with asyncio.timeout(300):
            while not (app.engine and any(one.progress > 30 for one in app.engine.exports.renders)):
                await pilot.pause(0.2)
        keep("renders", 2)
        await pilot.press("f1")
        await pilot.pause(0.5)
        keep("help")
        await pilot.press("escape", "f2")
        await idle(app, pilot)
        keep("", 4)
        (HERE / "demo.svg").write_text(film.svg())
        await pilot.resize_terminal(80, 24)
        await pilot.pause(1)
        keep("chat-80x24")
    await app.close_engine()


async def idle(app: VbtuiApp, pilot: Pilot[int]) -> None:
    """Wait until all work is done and shown."""
    assert app.engine is not None
    await asyncio.wait_for(app.engine.wait_idle(), 300)
    await pilot.pause(1.5)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="vbtui-pictures-") as name:
        folder = Path(name)
        out = folder / "videos"
        out.mkdir()
        os.environ.update(
            HOME=name,
            XDG_CONFIG_HOME=f"{name}/config",
            XDG_STATE_HOME=f"{name}/state",
            XDG_CACHE_HOME=f"{name}/cache",
            XDG_DATA_HOME=f"{name}/data",
            VBTUI_TIMING="local_render_poll=0.3",
        )
        asyncio.run(take_pictures(folder, out))


if __name__ == "__main__":
    main()
