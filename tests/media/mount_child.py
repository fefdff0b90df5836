"""A watched folder on a mount that goes and comes back; runs in a mount namespace of its own.

unshare -Urm python -m tests.media.mount_child FOLDER
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from tests.library_bench import bench, cloud
from vbtui.journal.records import AssetState
from vbtui.session.events import Noticed


def mount(folder: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "none", str(folder)], check=True)


def fill(folder: Path) -> None:
    for name in ("a", "b"):
        (folder / f"{name}.mp4").write_bytes(name.encode())


async def main(base: Path) -> None:
    folder = base / "card"
    async with cloud() as server, bench(server) as desk:
        await desk.library.watch(folder)
        await desk.until(lambda: desk.states().get("a.mp4") is AssetState.DONE)
        desk.library.pause()
        (folder / "b.mp4").write_bytes(b"b")
        await desk.until(lambda: desk.states().get("b.mp4") is AssetState.QUEUED)
        await asyncio.to_thread(subprocess.run, ["umount", str(folder)], check=True)
        await desk.until(
            lambda: any(
                isinstance(e, Noticed) and "paused" in e.problem.title for e in desk.events
            ),
            15,
        )
        assert desk.states() == {"a.mp4": AssetState.DONE, "b.mp4": AssetState.QUEUED}
        await asyncio.to_thread(mount, folder)
        fill(folder)
        desk.library.resume()
        await desk.until(lambda: desk.states().get("b.mp4") is AssetState.DONE, 15)
        await desk.idle()
        assert sorted(one.name for one in server.files) == ["a.mp4", "b.mp4"]
        assert len(desk.library.assets) == 2
    print("well")


if __name__ == "__main__":
    place = Path(sys.argv[1])
    (place / "card").mkdir()
    mount(place / "card")
    (place / "card" / "a.mp4").write_bytes(b"a")
    asyncio.run(main(place))
