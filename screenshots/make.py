"""Makes the pictures of the README from the running app: real studio, real clips, real keys.

    .venv/bin/python screenshots/make.py

Needs the `studio` extra. Nothing outside this folder and a temporary one is written.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

CLIPS = {
    "beach.mp4": "gradients=s=1280x720:r=30:d=9:speed=0.02:c0=0x0b486b:c1=0xf5d7a1:n=3",
    "city timelapse.mp4": "testsrc2=s=1280x720:r=30:d=7,hue=s=0.6,gblur=8",
    "harbour at sunset.mp4": "gradients=s=1280x720:r=30:d=8:speed=0.03:c0=0x2b1055:c1=0xff7e5f:n=4",
    "portrait.mp4": "mandelbrot=s=720x1280:r=30,trim=duration=5",
}
PHOTOS = {
    "team.jpg": "gradients=s=1600x1200:r=1:d=1:c0=0x134e5e:c1=0x71b280:n=2",
    "logo.png": "color=c=0x1d1f27:s=800x800,drawbox=x=200:y=200:w=400:h=400:c=0xffa62b:t=60",
}
SENTENCES = (
    "combine these clips into a 60-second promo video with transitions and text overlays",
    "add the music at 35%",
)


def make_clips(folder: Path) -> None:
    """Write the clips, photos and the music into `folder`."""
    import imageio_ffmpeg

    program = imageio_ffmpeg.get_ffmpeg_exe()
    quiet = [program, "-loglevel", "error", "-y"]
    video = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    for number, (name, source) in enumerate(CLIPS.items()):
        tone = f"sine=frequency={200 + 60 * number}:duration=9"
        inputs = ["-f", "lavfi", "-i", source, "-f", "lavfi", "-i", tone]
        subprocess.run([*quiet, *inputs, *video, "-shortest", str(folder / name)], check=True)
    for name, source in PHOTOS.items():
        picture = ["-f", "lavfi", "-i", source, "-frames:v", "1", str(folder / name)]
        subprocess.run([*quiet, *picture], check=True)
    music = ["-f", "lavfi", "-i", "sine=frequency=330:duration=72", str(folder / "lo-fi.mp3")]
    subprocess.run([*quiet, *music], check=True)


async def take_pictures(clips: Path, out: Path) -> None:
    """Use the app as a person would and keep an SVG of each screen."""
    from textual.pilot import Pilot

    from vbtui.base.settings import load
    from vbtui.engine import Engine
    from vbtui.ui.app import VbtuiApp

    async def make(is_local: bool) -> Engine:
        return Engine(load(), local=is_local, project="Urban Dreams", folder=out)

    count = len(CLIPS) + len(PHOTOS) + 1

    async def idle(app: VbtuiApp, pilot: Pilot[int]) -> None:
        engine = app.engine
        assert isinstance(engine, Engine)
        await asyncio.wait_for(engine.wait_idle(), 300)
        await pilot.pause(1.5)

    app = VbtuiApp(make, load(), is_local=True, watch=clips)
    async with app.run_test(size=(120, 35)) as pilot:

        def keep(name: str) -> None:
            (HERE / f"{name}.svg").write_text(app.export_screenshot(title="vbtui"))
            print(name)

        while not app.is_settled:
            await pilot.pause(0.1)
        await pilot.pause(1)
        keep("start")
        await idle(app, pilot)
        while len(app.engine.library.assets if app.engine else ()) < count:
            await pilot.pause(0.2)
        await idle(app, pilot)
        for sentence in SENTENCES:
            await pilot.press(*sentence, "enter")
            await pilot.pause(0.5)
            await idle(app, pilot)
        keep("chat")
        await pilot.press("f3", "down")
        await idle(app, pilot)
        keep("media")
        await pilot.press("f4", "n")
        await idle(app, pilot)
        keep("timeline")
        await pilot.press("ctrl+s", "f5")
        while not (app.engine and any(one.progress > 30 for one in app.engine.exports.renders)):
            await pilot.pause(0.2)
        await pilot.pause(0.5)
        keep("renders")
        await pilot.press("f1")
        await pilot.pause(0.5)
        keep("help")
        await pilot.press("escape", "f2")
        await idle(app, pilot)
        await pilot.resize_terminal(80, 24)
        await pilot.pause(1)
        keep("chat-80x24")
    await app.close_engine()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="vbtui-pictures-") as name:
        folder = Path(name)
        clips, out = folder / "clips", folder / "videos"
        for place in (clips, out):
            place.mkdir()
        os.environ.update(
            HOME=name,
            XDG_CONFIG_HOME=f"{name}/config",
            XDG_STATE_HOME=f"{name}/state",
            XDG_CACHE_HOME=f"{name}/cache",
            XDG_DATA_HOME=f"{name}/data",
            VBTUI_TIMING="local_render_poll=0.3",
        )
        make_clips(clips)
        asyncio.run(take_pictures(clips, out))


if __name__ == "__main__":
    main()
