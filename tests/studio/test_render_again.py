"""Rendering again, going on after kills, and joins that cannot be seen."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest

from tests import clips as make
from tests.rendered import Json, draft, library, look, rendered, segment, words
from tests.waiting import until
from vbtui.base.errors import DiskProblem
from vbtui.base.settings import find_directories
from vbtui.studio.project.media import Media
from vbtui.studio.render import Output
from vbtui.studio.render.codec import video_options
from vbtui.studio.render.drawing import draw
from vbtui.studio.render.ffmpeg import find_ffmpeg
from vbtui.studio.render.graph import Graph
from vbtui.studio.render.overlays import OverlayFolder
from vbtui.studio.render.plan import make_plan


def promo(title: str = "Hello") -> Json:
    """A clip, a crossfade, a clip, a picture; 8 s with a title in the first 2."""
    return draft(
        [
            segment("a", 0, 3000),
            segment("b", 2500, 3000, transition={"type": "crossfade", "d": 500}),
            segment("c", 5500, 2500),
        ],
        texts=[words(title, 0, 2000, anim="fade")],
    )


def files() -> dict[str, Media]:
    return library(
        a=make.clip(seconds=4), b=make.portrait(seconds=4), c=make.picture(suffix=".jpg")
    )


def kept() -> dict[str, int]:
    """The finished files of the cache, with what tells that one was made anew."""
    folder = find_directories().cache / "chunks"
    return {path.name: path.stat().st_ino for path in folder.glob("*/*")}


def packets(path: Path) -> list[tuple[int, bytes]]:
    """Time in frames and content of every video packet."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        tick = 1 / Fraction(stream.average_rate or 1) / Fraction(stream.time_base or 1)
        return [
            (int((packet.pts or 0) / tick), bytes(packet))
            for packet in container.demux(stream)
            if packet.size
        ]


async def test_a_second_export_encodes_nothing(tmp_path: Path) -> None:
    first = await rendered(tmp_path, promo(), files())
    before, data = kept(), first.path.read_bytes()
    assert len(before) >= 4
    second = await rendered(tmp_path, promo(), files())
    assert kept() == before
    assert second.path.read_bytes() == data


async def test_other_words_leave_the_rest_bit_for_bit(tmp_path: Path) -> None:
    await rendered(tmp_path, promo("Hello"), files())
    before, old = kept(), packets(tmp_path / "out.mp4")
    await rendered(tmp_path, promo("Other words"), files())
    after, new = kept(), packets(tmp_path / "out.mp4")
    assert before.items() <= after.items()
    assert len(after) == len(before) + 1
    assert [item for item in old if item[0] >= 75] == [item for item in new if item[0] >= 75]
    assert [item for item in old if item[0] < 75] != [item for item in new if item[0] < 75]


@pytest.mark.parametrize("fps", [29.97, 24, 60])
async def test_times_are_even_over_all_joins(fps: float, tmp_path: Path) -> None:
    wanted = draft(promo()["t"][0]["sg"], fps=fps, width=160, height=90)
    await rendered(tmp_path, wanted, files())
    with av.open(str(tmp_path / "out.mp4")) as container:
        stream = container.streams.video[0]
        found = [(packet.pts, packet.dts) for packet in container.demux(stream) if packet.size]
        tick = 1 / Fraction(stream.average_rate or 1) / Fraction(stream.time_base or 1)
    assert tick.denominator == 1
    assert sorted(pts or 0 for pts, _ in found) == [number * tick for number in range(len(found))]
    decoding = [dts or 0 for _, dts in found]
    assert all(one < two for one, two in pairwise(decoding))
    assert len(found) == make_plan(wanted, files(), Output()).frames


def similarity(one: Path, other: Path) -> float:
    """SSIM of two videos, frame by frame by their numbers."""
    count = "settb=1/30,setpts=N"
    done = subprocess.run(
        [find_ffmpeg(), "-i", one, "-i", other, "-lavfi", f"[0:v]{count}[a];[1:v]{count}[b];[a][b]ssim", "-f", "null", "-"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = re.search(r"All:([0-9.]+)", done.stderr)
    assert found is not None
    return float(found.group(1))


async def test_chunks_look_like_a_single_run(tmp_path: Path) -> None:
    wanted, media = promo(), files()
    plan = make_plan(wanted, media, Output("high"))
    overlays = await OverlayFolder(plan, tmp_path).prepare(0, plan.frames)
    graph = Graph()
    picture = draw(graph, plan, overlays, 0, plan.frames)
    (tmp_path / "graph").write_text(graph.script)
    for name, options in [
        ("exact.mkv", ["-c:v", "ffv1"]),
        ("single.mkv", video_options(plan)),
    ]:
        shown: list[str | Path] = [
            *graph.inputs,
            "-/filter_complex",
            tmp_path / "graph",
            "-map",
            picture,
        ]
        make.ffmpeg(*shown, *options, tmp_path / name)
    folder = tmp_path / "chunked"
    folder.mkdir()
    video = await rendered(folder, wanted, media, options=Output("high"))
    single = similarity(tmp_path / "single.mkv", tmp_path / "exact.mkv")
    chunked = similarity(video.path, tmp_path / "exact.mkv")
    assert chunked > single - 0.005
    assert chunked > 0.97


async def test_a_damaged_chunk_is_made_again(tmp_path: Path) -> None:
    await rendered(tmp_path, promo(), files())
    data = (tmp_path / "out.mp4").read_bytes()
    folder = find_directories().cache / "chunks"
    sizes = sorted((path.stat().st_size, path) for path in folder.glob("*/*"))
    damaged, empty = sizes[-1][1], sizes[-2][1]
    sound = next(path for _, path in sizes if path.read_bytes()[4:8] == b"ftyp")
    sound.write_bytes(sound.read_bytes()[:-500])
    damaged.write_bytes(damaged.read_bytes()[:2000])
    empty.write_bytes(b"")
    await rendered(tmp_path, promo(), files())
    assert (tmp_path / "out.mp4").read_bytes() == data


async def test_one_worker_or_three_give_the_same_video(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = []
    for workers in (1, 3):
        folder = tmp_path / str(workers)
        folder.mkdir()
        monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        options = Output("low", workers=workers)
        path = folder / "video"
        path.mkdir()
        await rendered(path, promo(), files(), options=options)
        results.append((path / "out.mp4").read_bytes())
    assert results[0] == results[1]


async def test_a_full_disk_is_noticed_before_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = with_free(1_000_000)
    monkeypatch.setattr("vbtui.studio.render.job.shutil.disk_usage", usage)
    with pytest.raises(DiskProblem, match=r"needs about .* 1\.0 MB are free"):
        await rendered(tmp_path, promo(), files())
    assert kept() == {}


def with_free(free: int) -> object:
    real = shutil.disk_usage("/")
    return lambda path: real._replace(free=free)


SCRIPT = textwrap.dedent(
    """
    import asyncio, json, sys
    from pathlib import Path
    from tests.clips import describe
    from vbtui.studio.render import Output, render

    wanted, paths, folder, least = json.loads(sys.argv[1])

    def tell(percent):
        if percent >= least:  # and not a step further
            print(percent, flush=True)
            sys.stdin.read()

    media = {asset: describe(Path(path), asset) for asset, path in paths.items()}
    folder = Path(folder)
    asyncio.run(render(wanted, media, Output("high"), folder / "out.mp4",
        workdir=folder / "work", on_progress=tell))
    """
)


def ffmpegs_in(folder: Path) -> list[int]:
    """The ffmpeg processes whose arguments name something below `folder`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes()
        except OSError:
            continue
        if b"ffmpeg" in command.split(b"\0")[0] and str(folder).encode() in command:
            found.append(int(path.parent.name))
    return found


@pytest.mark.parametrize("percent", [1, 50])
async def test_a_killed_render_goes_on_where_it_was(percent: float, tmp_path: Path) -> None:
    media, wanted = files(), promo()
    wanted["m"] |= {"width": 640, "height": 360}
    paths = {asset: str(item.path) for asset, item in media.items()}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SCRIPT, json.dumps([wanted, paths, str(tmp_path), percent]),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert child.stdout is not None
    assert float(await child.stdout.readline()) >= percent
    child.send_signal(signal.SIGKILL)
    await child.wait()
    await until(lambda: not ffmpegs_in(tmp_path))
    assert not (tmp_path / "out.mp4").exists()
    before = kept()
    video = await rendered(tmp_path, wanted, media, options=Output("high"))
    assert video.frames == 240
    assert before.items() <= kept().items()
    assert not list((find_directories().cache / "chunks").glob("unfinished-*"))


async def test_a_killed_worker_is_replaced(tmp_path: Path) -> None:
    wanted = promo()
    wanted["m"] |= {"width": 640, "height": 360}
    killed = set[int]()

    async def kill() -> None:
        while len(killed) < 2:
            for pid in ffmpegs_in(tmp_path)[:2]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed.add(pid)
            await asyncio.sleep(0.1)

    killing = asyncio.create_task(kill())
    video = await rendered(tmp_path, wanted, files(), options=Output("high"))
    killing.cancel()
    assert len(killed) >= 2
    assert video.frames == 240
    assert (await asyncio.to_thread(look, video.path)).times == video.times
