"""The run: progress, cancel, damaged and missing files, a full disk."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from tests import clips as make
from tests.rendered import (
    Json,
    Rendered,
    color_name,
    draft,
    left_behind,
    library,
    look,
    rendered,
    segment,
    words,
)
from tests.waiting import PATIENCE_S
from vbtui.base.errors import BadFile, DiskProblem, RenderFailed, StudioProblem
from vbtui.studio.project.media import Media
from vbtui.studio.render import Output, frames, render
from vbtui.studio.render.ffmpeg import DecodeErrors, _Shown, explain, find_ffmpeg, unfit
from vbtui.studio.render.workers import Encoders, Turn, in_workers


def children() -> list[int]:
    """The processes that this one started and that still run."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == os.getpid() and fields[0] != "Z":
                found.append(int(folder.name))
    return found


async def test_progress_rises_to_a_hundred(tmp_path: Path) -> None:
    told: list[float] = []
    wanted = draft([segment("a", 0, 2000)], width=640, height=360)
    await rendered(tmp_path, wanted, library(a=make.clip()), on_progress=told.append)
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0, 100)
    assert any(0 < percent < 100 for percent in told)


@pytest.mark.parametrize("moment", ["at once", "in the middle", "near the end"])
async def test_cancel_leaves_no_process_and_no_file(moment: str, tmp_path: Path) -> None:
    before, told = set(children()), list[float]()
    reached = asyncio.Event()
    least = {"at once": 0.0, "in the middle": 5.0, "near the end": 40.0}[moment]

    def on_progress(percent: float) -> None:
        told.append(percent)
        if percent >= least:
            reached.set()

    files = library(a=make.clip(seconds=4, width=640, height=360))
    wanted = draft([segment("a", 0, 6000)], width=1280, height=720)
    path = tmp_path / "out.mp4"
    task = asyncio.create_task(
        render(wanted, files, Output("high"), path, workdir=tmp_path / "w", on_progress=on_progress)
    )
    async with asyncio.timeout(PATIENCE_S):
        await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told[-1] < 100, "it went on to its end"
    assert set(children()) <= before
    assert left_behind(tmp_path) in ([], ["w"])


async def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = make.folder() / "gone.mp4"
    path.write_bytes(make.clip().read_bytes())
    files = library(a=path)
    path.unlink()
    with pytest.raises(BadFile, match=r"“gone\.mp4” is no longer there"):
        await rendered(tmp_path, draft([segment("a", 0, 500)]), files)


async def test_a_file_that_goes_while_it_is_rendered_is_named(tmp_path: Path) -> None:
    path = make.folder() / "going.mp4"
    path.write_bytes(make.clip(seconds=4).read_bytes())
    files = library(a=path, b=make.clip("red"))
    wanted = draft([segment("b", 0, 4000), segment("a", 4000, 2000)])  # the longer part is first

    def on_progress(percent: float) -> None:
        if percent > 0:
            path.unlink(missing_ok=True)

    with pytest.raises(BadFile, match=r"“going\.mp4” is no longer there"):
        await render(
            wanted, files, Output("low", workers=1), tmp_path / "out.mp4",
            workdir=tmp_path / "w", on_progress=on_progress,
        )  # fmt: skip
    assert left_behind(tmp_path) in ([], ["w"])


async def test_a_changed_file_is_named(tmp_path: Path) -> None:
    path = make.folder() / "changed.mp4"
    path.write_bytes(make.clip().read_bytes())
    files = library(a=path)
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(BadFile, match=r"“changed\.mp4” has changed"):
        await rendered(tmp_path, draft([segment("a", 0, 500)]), files)


async def remarked(tmp_path: Path, files: dict[str, Media], wanted: Json) -> tuple[Rendered, str]:
    remarks: list[str] = []
    await render(
        wanted, files, Output("low"), tmp_path / "out.mp4", workdir=tmp_path / "w",
        on_progress=lambda percent: None, on_remark=remarks.append,
    )  # fmt: skip
    return look(tmp_path / "out.mp4"), " ".join(remarks)


async def test_one_bad_file_does_not_cost_the_others(tmp_path: Path) -> None:
    """A file whose second half is gone holds its last picture; one that shows nothing is black."""
    half = make.cut_off(seconds=4)
    nothing = make.folder() / "nothing.mkv"
    data = make.clip(seconds=4, suffix=".mkv").read_bytes()
    nothing.write_bytes(data[:1000] + bytes(len(data) - 1000))
    files = library(a=half, r=make.clip("red"))
    files["n"] = replace(files["a"], id="n", path=nothing, filename="nothing.mkv", sha256="n")
    files["n"] = replace(files["n"], size=nothing.stat().st_size)
    wanted = draft([segment("a", 0, 4000), segment("n", 4000, 1000), segment("r", 5000, 500)])
    video, remarks = await remarked(tmp_path, files, wanted)
    assert (video.frames, video.color(140), video.color(160)) == (165, "black", "red")
    assert video.pixel(119, 0.1, 0.5) == pytest.approx(video.pixel(100, 0.1, 0.5), abs=8)
    assert "“cut-off-4.mkv” ends too early" in remarks
    assert "“nothing.mkv” is damaged" in remarks


async def test_a_file_full_of_damage_is_shown_as_far_as_it_goes(tmp_path: Path) -> None:
    path = make.folder() / "scratched.mp4"
    data = bytearray(make.clip(seconds=4, fps="60").read_bytes())
    start = data.index(b"mdat") + 3000
    for place in range(start, data.index(b"moov") - 50, 150):
        data[place : place + 40] = bytes(40)
    path.write_bytes(data)
    video, remarks = await remarked(tmp_path, library(a=path), draft([segment("a", 0, 4000)]))
    assert video.frames == 120
    assert "“scratched.mp4” is damaged in places" in remarks


@pytest.mark.parametrize("damage", [bytes(400), bytes(range(1, 201)) * 2], ids=["zeros", "noise"])
async def test_a_copied_part_that_is_damaged_is_said(damage: bytes, tmp_path: Path) -> None:
    """Clips of the video's own form are taken over; one that cannot be decoded is encoded."""
    path = make.folder() / f"torn-{damage[0]}.mp4"
    data = bytearray(make.clip(seconds=4).read_bytes())
    place = data.index(b"mdat") + len(data) // 2
    data[place : place + 400] = damage
    path.write_bytes(data)
    files = library(a=path, b=make.clip(seconds=3))
    wanted = draft([segment("a", 0, 4000), segment("b", 4000, 3000)])
    video, remarks = await remarked(tmp_path, files, wanted)
    assert video.frames == 210
    assert f"“{path.name}” is damaged in places" in remarks


async def test_a_scratch_is_remarked_each_time(tmp_path: Path) -> None:
    path = make.folder() / "one-scratch.mp4"
    data = bytearray(make.clip(seconds=4, fps="60").read_bytes())
    place = data.index(b"mdat") + len(data) // 2
    data[place : place + 400] = bytes(400)
    path.write_bytes(data)
    for _ in range(2):  # encoded, and then from the cache
        remarks: list[str] = []
        await render(
            draft([segment("a", 0, 4000)]), library(a=path), Output("low"), tmp_path / "out.mp4",
            workdir=tmp_path / "w", on_progress=lambda percent: None, on_remark=remarks.append,
        )  # fmt: skip
        assert remarks
        assert all(
            remark.startswith("“one-scratch.mp4” is damaged in places") for remark in remarks
        )


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 60 MB."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", str(path)]
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk, with the mount command")
    if (done := subprocess.run(mount, capture_output=True, text=True)).returncode != 0:
        pytest.skip(f"a small disk cannot be mounted: {done.stderr.strip()}")
    try:
        yield path
    finally:
        subprocess.run(["umount", str(path)], check=True)


@pytest.mark.parametrize("place", ["destination", "workdir", "cache"])
async def test_a_disk_that_fills_up_meanwhile(
    place: str, disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = dict.fromkeys(("destination", "workdir", "cache"), tmp_path) | {place: disk}
    monkeypatch.setenv("XDG_CACHE_HOME", str(where["cache"] / "cache"))
    begin = 0 if place == "workdir" else 3

    def fill(percent: float) -> None:
        if percent >= begin:
            with contextlib.suppress(OSError), (disk / "fill").open("ab", buffering=0) as file:
                while file.write(bytes(65536)):
                    pass

    with pytest.raises(DiskProblem, match=r"disk is full|No space left"):
        await render(
            draft([segment("a", 0, 4000), segment("a", 4000, 4000)], width=640, height=360),
            library(a=make.clip(seconds=4)), Output("low"), where["destination"] / "out.mp4",
            workdir=where["workdir"] / "w", on_progress=fill,
        )  # fmt: skip
    assert not (where["destination"] / "out.mp4").exists()
    assert [name for name in left_behind(disk) if "unfinished-" in name] == []


async def test_a_broken_picture_is_named(tmp_path: Path) -> None:
    path = make.folder() / "torn.jpg"
    path.write_bytes(make.picture(suffix=".jpg").read_bytes())
    files = library(a=path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 3] + bytes(len(data) - len(data) // 3))
    with pytest.raises(BadFile, match=r"“torn\.jpg” is damaged"):
        await rendered(tmp_path, draft([segment("a", 0, 500)]), files)


async def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DiskProblem):
        await render(
            draft([segment("a", 0, 300)]), library(a=make.clip()), Output("low"),
            tmp_path / "file" / "out.mp4", workdir=tmp_path / "w",
            on_progress=lambda percent: None,
        )  # fmt: skip


async def test_a_full_disk_is_said_so(tmp_path: Path) -> None:
    lines = ["[error] [out#0/mp4 @ 0x1] Error writing trailer: No space left on device"]
    assert isinstance(explain(lines, 228, [], DecodeErrors()), DiskProblem)


def test_sound_alone_comes_further_by_its_time() -> None:
    """A mix of hours writes no frame and does not hang."""
    frames, times = list[int](), list[float]()
    shown = _Shown(frames.append, times.append)
    lines = [
        b"out_time_us=N/A",
        b"out_time_us=0",
        b"frame=0",
        b"out_time_us=500000",
        b"frame=0",
        b"fps=9.0",
    ]
    assert [shown.take(line) for line in lines] == [False, True, True, True, False, False]
    assert (frames, times) == ([0, 0], [0, 0.5])


def test_words_of_ffmpeg_become_a_sentence() -> None:
    lines = ["[in#1 @ 0x55] [error] Error opening input: Invalid data found when processing input"]
    error = explain(lines, 183, ["a.mp4", "b.mp4"], DecodeErrors())
    assert isinstance(error, BadFile)
    assert error.message == "“b.mp4” is damaged and cannot be read."
    other = explain(["[Parsed_scale_0 @ 0x1] [error] Bad size"], 234, [], DecodeErrors())
    assert other.message == "The encoder stopped: Bad size."
    assert isinstance(explain([], -9, [], DecodeErrors()), RenderFailed)


async def test_a_frame_is_the_frame_of_the_video(tmp_path: Path) -> None:
    files = library(a=make.clip("red"), b=make.clip(seconds=3), p=make.picture("blue"))
    wanted = draft(
        [
            segment("a", 0, 1000),
            segment("b", 500, 2000, transition={"type": "wipe", "d": 500}),
            segment("p", 2500, 500),
        ],
        texts=[words("Hello", 800, 1000, anim="fade")],
    )
    video = await rendered(tmp_path, wanted, files, options=Output("high"))
    for at_ms in (0, 700, 1234, 2600, 99_000):
        picture = Image.open(io.BytesIO(await frames(wanted, files, at_ms, 320, 180)))
        assert picture.size == (320, 180)
        number = min(video.frames - 1, at_ms * 30 // 1000)
        for x, y in [(10, 10), (60, 90), (160, 90), (250, 40), (310, 170)]:
            expected = video.pictures[number].getpixel((x, y))
            found = picture.convert("RGB").getpixel((x, y))
            assert found == pytest.approx(expected, abs=60)


async def test_a_frame_fits_the_size_asked_for() -> None:
    files = library(a=make.picture("red"))
    wanted = draft([segment("a", 0, 500)], width=1080, height=1920)
    picture = Image.open(io.BytesIO(await frames(wanted, files, 100, 200, 200)))
    assert picture.size == (112, 200)
    red, green, blue = picture.convert("RGB").getpixel((50, 100))  # type: ignore[misc]
    assert color_name((red, green, blue)) == "red"


def test_an_ffmpeg_that_cannot_do_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "ffmpeg"
    fake.write_text("#!/bin/sh\necho ' .. scale V->V'\n")
    fake.chmod(0o755)
    assert "lacks the filters xfade" in unfit(str(fake))
    assert unfit(str(tmp_path / "none")) == "does not run"
    monkeypatch.setenv("VBTUI_FFMPEG", str(fake))
    find_ffmpeg.cache_clear()
    try:
        with pytest.raises(StudioProblem, match="lacks the filters"):
            find_ffmpeg()
    finally:
        monkeypatch.undo()
        find_ffmpeg.cache_clear()
    assert unfit(find_ffmpeg()) == ""


def test_a_proof_holds_until_the_binary_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "ffmpeg"
    copy.symlink_to(find_ffmpeg())
    monkeypatch.setenv("VBTUI_FFMPEG", str(copy))
    find_ffmpeg.cache_clear()
    try:
        assert find_ffmpeg() == str(copy)
        find_ffmpeg.cache_clear()
        monkeypatch.setattr("vbtui.studio.render.ffmpeg.unfit", lambda binary: "was proved again")
        assert find_ffmpeg() == str(copy)
        copy.unlink()
        copy.write_text("another one")
        find_ffmpeg.cache_clear()
        with pytest.raises(StudioProblem, match="was proved again"):
            find_ffmpeg()
    finally:
        find_ffmpeg.cache_clear()


async def test_encoders_are_shared_first_come_first_served() -> None:
    """A render that waits gets the encoders that the ones before it leave, and one that is given up takes none."""
    encoders, order = Encoders(), list[str]()
    goes_on = {name: asyncio.Event() for name in ("a", "b", "c", "d")}

    async def job(name: str) -> None:
        order.append(name)
        await goes_on[name].wait()

    came = list[str]()

    def render(name: str, workers: int, jobs: int) -> asyncio.Task[None]:
        turn = Turn(encoders, lambda: came.append(name))
        return asyncio.create_task(in_workers([partial(job, name)] * jobs, workers, turn))

    first, second, third = render("a", 2, 2), render("b", 2, 2), render("c", 2, 1)
    await asyncio.sleep(0.01)
    assert (order, came) == (["a", "a"], ["a"])
    second.cancel()
    await asyncio.wait([second])
    goes_on["a"].set()
    await first
    last = render("d", 1, 1)
    await asyncio.sleep(0.01)
    assert order == ["a", "a", "c"], "d may have one of one alone, and c has one"
    for event in goes_on.values():
        event.set()
    await asyncio.gather(third, last)
    assert order == ["a", "a", "c", "d"]
    assert came == ["a", "c", "d"]
