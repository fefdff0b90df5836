"""A vbtui of its own process, to be killed: uploads, says, exports with the local studio.

`python -m tests.driven FOLDER CLIP SENTENCE` prints one line for each step that was reached.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from vbtui.base.settings import load
from vbtui.engine import Engine
from vbtui.journal.records import ExportOptions
from vbtui.session.events import Event, RenderChanged, TurnChanged


def _tell(event: Event) -> None:
    if isinstance(event, TurnChanged):
        print("turn", event.turn.state, flush=True)
    elif isinstance(event, RenderChanged):
        print("render", event.render.state, event.render.id, flush=True)


async def main(folder: Path, clip: Path, sentence: str) -> None:
    engine = Engine(load(), local=True, folder=folder)
    engine.bus.subscribe(_tell)
    await engine.start()
    async with asyncio.TaskGroup() as group:
        for service in engine.services:
            group.create_task(service.run(), name=service.name)
        await engine.library.add([clip])
        await engine.wait_idle()
        print("uploaded", flush=True)
        await engine.conversation.say(sentence)
        await engine.wait_idle()
        await engine.exports.start(ExportOptions(quality="low", destination=folder / "promo.mp4"))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
