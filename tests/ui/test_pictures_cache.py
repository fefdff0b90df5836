"""Pictures on disk, threads that end, and libraries that may be missing."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from tests.waiting import PATIENCE_S
from vbtui.ui.pictures.gallery import Gallery, PictureCache, Workers, content_key
from vbtui.ui.pictures.raster import Box, NoPicture, Raster, Waveform

BOX = Box(8, 8)


def still(path: Path, color: tuple[int, int, int] = (9, 8, 7)) -> Path:
    Image.new("RGB", (8, 8), color).save(path)
    return path


async def test_a_second_look_reads_no_pixel_of_the_file(tmp_path: Path) -> None:
    path = still(tmp_path / "a.png")
    first = Gallery(tmp_path / "kept")
    drawn = await first.picture(path, "image", BOX)
    first.close()
    stat = path.stat()
    path.write_bytes(bytes(stat.st_size))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    second = Gallery(tmp_path / "kept")
    assert await second.picture(path, "image", BOX) == drawn
    second.close()


async def test_another_content_is_another_picture(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path / "kept")
    path = still(tmp_path / "a.png")
    first = await gallery.picture(path, "image", BOX)
    path.unlink()
    second = await gallery.picture(still(path, (1, 1, 1)), "image", BOX)
    assert isinstance(first, Raster)
    assert isinstance(second, Raster)
    assert (first.row(0)[0], second.row(0)[0]) == ((9, 8, 7), (1, 1, 1))
    gallery.close()


async def test_what_was_drawn_is_known_at_once(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path / "kept")
    path = still(tmp_path / "a.png")
    assert gallery.known(path, "image", BOX) is None
    drawn = await gallery.picture(path, "image", BOX)
    assert gallery.known(path, "image", BOX) is drawn
    assert gallery.known(path, "image", Box(BOX.width + 1, BOX.height)) is None
    assert gallery.known(path, "image", BOX, at_ms=1) is None
    path.unlink()
    assert gallery.known(path, "image", BOX) is drawn
    gone = await gallery.picture(path, "image", BOX)
    assert isinstance(gone, NoPicture)
    assert gallery.known(path, "image", BOX) == gone
    gallery.close()


async def test_the_memory_has_an_end_and_keeps_what_was_asked_for_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vbtui.ui.pictures.gallery._REMEMBERED_BYTES", 3000)
    gallery = Gallery(tmp_path / "kept")
    paths = [tmp_path / f"{number}.mp4" for number in range(7)]
    for path in paths[:6]:
        await gallery.picture(path, "video", BOX)  # there is none: the reason is remembered
    assert gallery.known(paths[0], "video", BOX) is not None
    await gallery.picture(paths[6], "video", BOX)
    known = [gallery.known(path, "video", BOX) is not None for path in paths]
    assert known == [True, False, True, True, True, True, True]
    gallery.close()


async def test_a_file_that_is_mended_is_looked_at_again(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path / "kept")
    path = tmp_path / "a.png"
    path.write_bytes(b"half")
    assert isinstance(await gallery.picture(path, "image", BOX), NoPicture)
    assert isinstance(await gallery.picture(still(path), "image", BOX), Raster)
    gallery.close()


def test_what_was_put_comes_back(tmp_path: Path) -> None:
    cache = PictureCache(tmp_path / "kept")
    raster, wave = Raster(2, 1, b"abcdef"), Waveform(bytes(range(200)))
    cache.put("r", raster)
    cache.put("w", wave)
    cache.put("n", NoPicture("no"))
    assert cache.get("r") == raster
    assert cache.get("w") == wave
    assert cache.get("n") is None
    assert cache.get("other") is None
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", [b"", b"vbp1", b"vbp1\2\0\1\0junk", b"x" * 90])
def test_a_damaged_entry_is_none_and_goes(tmp_path: Path, damage: bytes) -> None:
    cache = PictureCache(tmp_path)
    cache.put("r", Raster(2, 1, b"abcdef"))
    (entry,) = tmp_path.iterdir()
    entry.write_bytes(damage)
    assert cache.get("r") is None
    assert list(tmp_path.iterdir()) == []


def test_the_oldest_go_when_there_is_no_room(tmp_path: Path) -> None:
    cache = PictureCache(tmp_path, limit=10_000)
    for number in range(20):
        cache.put(f"k{number}", Raster(1000, 1, os.urandom(3000)))
        os.utime(tmp_path / f"k{number}.vbt", (number, number))
    cache.clear_room()
    kept = {path.stem for path in tmp_path.iterdir()}
    assert kept == {"k18", "k19"}
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 7_500


def test_a_disk_that_refuses_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    PictureCache(tmp_path / "file" / "kept").put("r", Raster(1, 1, b"abc"))


def test_the_key_follows_the_content_and_the_size(tmp_path: Path) -> None:
    path = still(tmp_path / "a.png")
    assert content_key(path, 1) == content_key(path, 1)
    assert content_key(path, 1) != content_key(path, 2)
    twin = tmp_path / "twin.png"
    os.link(path, twin)
    assert content_key(twin, 1) == content_key(path, 1)


async def test_the_newest_wish_comes_first_and_old_ones_are_given_up() -> None:
    workers = Workers(1, waiting=2)
    gate, begun = threading.Event(), threading.Event()
    done: list[int] = []

    def hold() -> bool:
        begun.set()
        return gate.wait(PATIENCE_S)

    first = asyncio.ensure_future(workers.run(hold))
    assert await asyncio.to_thread(begun.wait, PATIENCE_S)
    wishes = [
        asyncio.ensure_future(workers.run(partial(done.append, number))) for number in range(4)
    ]
    await asyncio.sleep(0)
    gate.set()
    assert await first
    results = await asyncio.gather(*wishes, return_exceptions=True)
    assert done == [3, 2]
    assert [isinstance(one, asyncio.CancelledError) for one in results] == [
        True,
        True,
        False,
        False,
    ]
    workers.close()


async def test_an_error_reaches_who_asked() -> None:
    workers = Workers(1)
    with pytest.raises(ZeroDivisionError):
        await workers.run(lambda: 1 // 0)
    workers.close()
    with pytest.raises(asyncio.CancelledError):
        await workers.run(lambda: 1)


def test_a_decoder_that_hangs_does_not_keep_the_process(tmp_path: Path) -> None:
    code = (
        "import asyncio, time\n"
        "from vbtui.ui.pictures.gallery import Workers\n"
        "async def main():\n"
        "    workers = Workers(1)\n"
        "    loop, begun = asyncio.get_running_loop(), asyncio.Event()\n"
        "    def hang():\n"
        "        loop.call_soon_threadsafe(begun.set)\n"
        "        time.sleep(600)\n"
        "    task = asyncio.ensure_future(workers.run(hang))\n"
        "    await begun.wait()\n"
        "    workers.close()\n"
        "    task.cancel()\n"
        "asyncio.run(main())\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE_S)


def test_nothing_is_imported_before_the_first_picture_and_its_absence_is_said(
    tmp_path: Path,
) -> None:
    code = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from vbtui.ui.pictures import gallery, host, view\n"
        "from vbtui.ui.pictures.raster import Box\n"
        "heavy = {'PIL', 'av', 'textual_image'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "for name in heavy: sys.modules[name] = None\n"
        "async def main():\n"
        "    path = Path(sys.argv[1])\n"
        "    path.write_bytes(b'x')\n"
        "    made = gallery.Gallery(path.parent / 'kept')\n"
        "    for kind in ('video', 'image', 'audio', ''):\n"
        "        drawn = await made.picture(path, kind, Box(4, 4))\n"
        "        assert \"pip install 'vbtui[studio]'\" in drawn.reason.of(), drawn\n"
        "    assert await made.facts(path) == ()\n"
        "    made.close()\n"
        "asyncio.run(main())\n"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.mp4")], check=True, timeout=PATIENCE_S
    )
