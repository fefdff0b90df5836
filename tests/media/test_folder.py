"""The hot folder: half files are never taken, whole ones once, none is forgotten."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import clips as media
from tests.cloud import UPLOAD, Cloud, Fault, says
from tests.library_bench import Bench, bench
from tests.waiting import PATIENCE_S
from vbtui.journal.records import AssetState
from vbtui.media.folder import hotfolder
from vbtui.media.folder import settle as folder_whole
from vbtui.media.folder.events import EventSource, NoEvents
from vbtui.session.events import AssetChanged, Noticed

DONE, FAILED, SKIPPED = AssetState.DONE, AssetState.FAILED, AssetState.SKIPPED
SETTLING, REPLACED, GONE = AssetState.SETTLING, AssetState.REPLACED, AssetState.GONE


Wake = Callable[[set[str] | None], None]


@pytest.fixture(autouse=True)
def no_long_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a writer that may come back: in proportion to the settle time of these tests."""
    monkeypatch.setattr(folder_whole, "CAME_BACK_QUIET_S", 1.5)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "in"
    path.mkdir()
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sent(server: Cloud) -> Counter[str]:
    return Counter(one.sha256 for one in server.files)


async def arrives(desk: Bench, *names: str) -> None:
    await desk.until(lambda: all(desk.states().get(name) is DONE for name in names))


async def test_what_is_there_and_what_lands_is_taken_once(
    desk: Bench, server: Cloud, folder: Path
) -> None:
    (folder / "before.mp4").write_bytes(b"before")
    await desk.library.watch(folder)
    await arrives(desk, "before.mp4")
    (folder / "after.mp4").write_bytes(b"after")
    sub = folder / "a" / "b"
    sub.mkdir(parents=True)
    (sub / "deep.mp4").write_bytes(b"deep")
    await arrives(desk, "after.mp4", "deep.mp4")
    await desk.idle()
    assert len(server.uploads) == 3
    assert desk.named("after.mp4").source == "watch"


async def test_a_growing_file_says_why_it_waits_and_arrives_whole(
    desk: Bench, server: Cloud, folder: Path
) -> None:
    def says_that_it_grows() -> bool:
        told = [event.asset.reason for event in desk.events if isinstance(event, AssetChanged)]
        return any(reason.startswith("growing, quiet 0.") for reason in told)

    await desk.library.watch(folder)
    path = folder / "growing.mp3"
    with path.open("wb") as file:
        async with asyncio.timeout(PATIENCE_S):
            while not says_that_it_grows():
                file.write(os.urandom(50_000))
                file.flush()
                await asyncio.sleep(0.1)
    await arrives(desk, "growing.mp3")
    assert sent(server) == Counter([digest(path)])


async def test_a_pause_while_the_file_is_open_does_not_fool_it(
    desk: Bench, server: Cloud, folder: Path
) -> None:
    await desk.library.watch(folder)
    path = folder / "slow.mp3"
    with path.open("wb") as file:
        file.write(b"first half")
        file.flush()
        await desk.until(
            lambda: (
                "slow.mp3" in desk.states()
                and "open in another program" in desk.named("slow.mp3").reason
            )
        )
        assert not server.uploads
        file.write(b", second half")
    await arrives(desk, "slow.mp3")
    assert sent(server) == Counter([digest(path)])


async def test_a_writer_that_comes_back_is_waited_for_longer(
    desk: Bench, server: Cloud, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes back as soon as it was seen; its next pauses are longer than the settle time."""
    monkeypatch.setattr(folder_whole, "CAME_BACK_QUIET_S", 2.5)
    monkeypatch.setattr(hotfolder, "_TICK_S", 0.05)
    await desk.library.watch(folder)
    path = folder / "bursts.mp3"
    path.write_bytes(os.urandom(1000))
    await desk.until(lambda: "bursts.mp3" in desk.states())
    for piece in (os.urandom(1000), os.urandom(1000), b"end"):
        with path.open("ab") as file:
            file.write(piece)
        await asyncio.sleep(0.4)
    await arrives(desk, "bursts.mp3")
    assert sent(server) == Counter([digest(path)])


async def test_a_file_that_grows_after_it_was_taken_is_waited_for_longer(
    desk: Bench, server: Cloud, folder: Path
) -> None:
    await desk.library.watch(folder)
    path = folder / "bursts.mp3"
    path.write_bytes(b"one")
    await arrives(desk, "bursts.mp3")
    for piece in (b", two", b", three"):
        await asyncio.sleep(0.4)  # longer than the settle time
        with path.open("ab") as file:
            file.write(piece)
    await desk.until(lambda: len(server.uploads) == 2)
    await desk.until(lambda: desk.states().get("bursts.mp3") is AssetState.DONE)
    assert sent(server)[digest(path)] == 1


async def test_a_cut_off_clip_waits_as_incomplete_until_it_is_whole(
    desk: Bench, server: Cloud, folder: Path
) -> None:
    content = media.clip(seconds=1).read_bytes()
    path = folder / "clip.mp4"
    path.write_bytes(content[:-100])
    await desk.library.watch(folder)
    await desk.until(
        lambda: "clip.mp4" in desk.states() and desk.named("clip.mp4").reason == "incomplete mp4"
    )
    assert desk.states()["clip.mp4"] is SETTLING
    with path.open("ab") as file:
        file.write(content[-100:])
    await arrives(desk, "clip.mp4")
    assert sent(server) == Counter([hashlib.sha256(content).hexdigest()])


@pytest.mark.parametrize("suffix", [".mp4", ".mp3"])
async def test_a_file_whose_room_is_reserved_first_arrives_whole(
    desk: Bench, server: Cloud, folder: Path, suffix: str
) -> None:
    """As `rsync --preallocate`, SMB and torrents write: the length, the beginning, then the rest."""
    source = media.clip(seconds=1) if suffix == ".mp4" else media.sound(suffix=suffix)
    content = source.read_bytes()
    await desk.library.watch(folder)
    path = folder / f"clip{suffix}"

    def waits(why: str) -> bool:
        return path.name in desk.states() and desk.named(path.name).reason.startswith(why)

    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, len(content))
    await desk.until(lambda: waits("nothing but zeros so far"))
    with path.open("r+b") as begun:
        begun.write(content[:4096])
    if has_holes(path):
        await desk.until(lambda: waits("written in parts") or waits("incomplete"))
    assert not server.uploads
    path.write_bytes(content)
    await arrives(desk, path.name)
    assert sent(server) == Counter([digest(path)])


def has_holes(path: Path) -> bool:
    """Whether the system tells which parts of a file were never written."""
    with path.open("rb") as file:
        return os.lseek(file.fileno(), 0, os.SEEK_HOLE) < path.stat().st_size


async def test_a_sparse_file_is_taken_after_a_while(
    desk: Bench, server: Cloud, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_whole, "UNFINISHED_QUIET_S", 0.5)
    path = folder / "sound.mp3"
    path.write_bytes(media.sound(suffix=".mp3").read_bytes())
    with path.open("ab") as file:
        file.truncate(file.tell() + 300_000)
    await desk.library.watch(folder)
    await arrives(desk, path.name)
    assert sent(server) == Counter([digest(path)])


async def test_a_picture_that_lacks_its_end_is_given_more_time(
    desk: Bench, server: Cloud, folder: Path
) -> None:
    await desk.library.watch(folder)
    path = folder / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(3000))
    await desk.until(
        lambda: "photo.jpg" in desk.states() and "seems cut off" in desk.named("photo.jpg").reason
    )
    with path.open("ab") as file:
        file.write(b"\xff\xd9")
    await arrives(desk, "photo.jpg")
    assert sent(server) == Counter([digest(path)])


async def test_temporary_names_are_left_alone_and_a_rename_out_of_one_is_ready_at_once(
    server: Cloud, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = asyncio.Event()

    class Telling(EventSource):
        def __init__(self, directory: Path, wake: Wake, ended: Callable[[NoEvents], None]) -> None:
            def told(paths: set[str] | None) -> None:
                wake(paths)
                if paths and any(path.endswith("i.mp4.part") for path in paths):
                    heard.set()

            super().__init__(directory, told, ended)

    monkeypatch.setattr(hotfolder, "EventSource", Telling)
    async with bench(server, settle_s=600) as desk:
        names = ["a.mp4.part", "b.crdownload", ".hidden.mp4", "._a.mp4", "c.mp4~", ".d.mp4.Xy12Zq"]
        names += ["e.tmp", "f.filepart", "g.mp4.!qB", "h.swp", "desktop.ini"]
        for name in names:
            (folder / name).write_bytes(name.encode())
        await desk.library.watch(folder)
        await desk.idle()
        (folder / "i.mp4.part").write_bytes(b"finished")
        await heard.wait()
        await desk.idle()  # it was looked at under that name
        (folder / "i.mp4.part").rename(folder / "i.mp4")
        await arrives(desk, "i.mp4")
        assert list(desk.states()) == ["i.mp4"]


async def test_a_tree_that_is_renamed_in_is_taken_whole(
    desk: Bench, server: Cloud, folder: Path, tmp_path: Path
) -> None:
    await desk.library.watch(folder)
    await desk.idle()
    outside = tmp_path / "tree"
    for number in range(60):
        place = outside / f"{number % 6}" / f"{number % 5}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.mp4").write_bytes(b"%d" % number)
    outside.rename(folder / "tree")
    await desk.until(lambda: len(server.files) == 60)
    (folder / "tree" / "3" / "late.mp4").write_bytes(b"late")
    await arrives(desk, "late.mp4")
    assert len(server.uploads) == 61


async def test_three_hundred_at_once_with_copies_junk_and_renames(
    desk: Bench, server: Cloud, folder: Path
) -> None:
    await desk.library.watch(folder)
    wanted: Counter[str] = Counter()
    for number in range(300):
        content = os.urandom(1000 + number)
        if number % 50 == 7:
            (folder / f"{number}.txt").write_bytes(content)
        elif number % 20 == 3:
            (folder / f"{number}.mp4").write_bytes(b"the same")
        elif number % 10 == 0:
            (folder / f"{number}.mp4.part").write_bytes(content)
            (folder / f"{number}.mp4.part").rename(folder / f"{number}.mp4")
            wanted[hashlib.sha256(content).hexdigest()] += 1
        else:
            (folder / f"{number}.mp4").write_bytes(content)
            wanted[hashlib.sha256(content).hexdigest()] += 1
    wanted[hashlib.sha256(b"the same").hexdigest()] += 1
    await desk.until(lambda: len(desk.library.assets) == 300)
    await desk.idle(60)
    assert sent(server) == wanted
    assert len(server.uploads) == wanted.total()
    states = Counter(desk.states().values())
    assert states == {DONE: wanted.total(), SKIPPED: 20}
    copies = [asset for asset in desk.library.assets if asset.state is SKIPPED and asset.kind]
    assert all(copy.reason.startswith("already uploaded as ") for copy in copies)


async def test_rename_copy_new_version_and_vanishing(
    desk: Bench, server: Cloud, folder: Path
) -> None:
    await desk.library.watch(folder)
    (folder / "a.mp4").write_bytes(b"first")
    await arrives(desk, "a.mp4")
    first = desk.named("a.mp4")

    (folder / "a.mp4").rename(folder / "b.mp4")
    await desk.until(lambda: desk.now(first).name == "b.mp4")
    assert desk.now(first).state is DONE

    shutil.copy(folder / "b.mp4", folder / "copy.mp4")
    await desk.until(lambda: desk.states().get("copy.mp4") is SKIPPED)
    assert desk.named("copy.mp4").reason == "already uploaded as b.mp4"

    (folder / "b.mp4").write_bytes(b"second, longer")
    await desk.until(lambda: desk.now(first).state is REPLACED)
    assert desk.named("b.mp4").state is DONE

    desk.library.pause()
    (folder / "gone.mp4").write_bytes(b"gone")
    await desk.until(lambda: desk.states().get("gone.mp4") is AssetState.QUEUED)
    (folder / "gone.mp4").unlink()
    await desk.until(lambda: desk.states()["gone.mp4"] is GONE)
    assert desk.named("gone.mp4").reason == "vanished before it was uploaded"
    (folder / "gone.mp4").write_bytes(b"back")
    desk.library.resume()
    await arrives(desk, "gone.mp4")
    assert len(server.uploads) == 3


async def test_a_touched_file_is_not_a_new_one(desk: Bench, server: Cloud, folder: Path) -> None:
    await desk.library.watch(folder)
    (folder / "a.mp4").write_bytes(b"same")
    await arrives(desk, "a.mp4")
    os.utime(folder / "a.mp4", ns=(10**18, 10**18))
    await desk.until(lambda: len(desk.library.assets) == 2)
    await desk.until(lambda: len(desk.library.assets) == 1)
    await desk.idle()
    assert len(server.uploads) == 1


async def test_refused_for_good_until_it_changes(desk: Bench, server: Cloud, folder: Path) -> None:
    server.goes_wrong(Fault("POST", UPLOAD, says(4001, "no such luck")))
    (folder / "a.mp4").write_bytes(b"not a video")
    (folder / "notes.txt").write_bytes(b"text")
    (folder / "empty.mp4").touch()
    with (folder / "huge.mp4").open("wb") as file:
        file.truncate(501 * 1024 * 1024)
    await desk.library.watch(folder)
    await desk.until(lambda: desk.states().get("a.mp4") is FAILED)
    await desk.until(lambda: desk.states().get("huge.mp4") is not SETTLING)
    assert desk.named("a.mp4").retry_at is None
    assert desk.states()["empty.mp4"] is SETTLING
    assert desk.named("empty.mp4").reason == "empty so far"
    await desk.until(lambda: desk.states()["notes.txt"] is SKIPPED)
    (folder / "a.mp4").write_bytes(b"now it is one")
    await arrives(desk, "a.mp4")
    assert len(server.files) == 1


async def test_a_folder_that_goes_and_comes_back_forgets_nothing(
    desk: Bench, server: Cloud, folder: Path
) -> None:
    (folder / "a.mp4").write_bytes(b"a")
    await desk.library.watch(folder)
    await arrives(desk, "a.mp4")
    desk.library.pause()
    (folder / "b.mp4").write_bytes(b"b")
    await desk.until(lambda: desk.states().get("b.mp4") is AssetState.QUEUED)
    away = folder.with_name("elsewhere")
    os.rename(folder, away)
    await desk.until(
        lambda: any(isinstance(e, Noticed) and "paused" in e.problem.title for e in desk.events), 15
    )
    assert desk.states() == {"a.mp4": DONE, "b.mp4": AssetState.QUEUED}
    os.rename(away, folder)
    desk.library.resume()
    await arrives(desk, "b.mp4")
    (folder / "c.mp4").write_bytes(b"c")
    await arrives(desk, "c.mp4")
    assert len(server.uploads) == 3


async def test_strange_names_and_links(
    desk: Bench, server: Cloud, folder: Path, tmp_path: Path
) -> None:
    names = [b"bad\xff.mp4", b"new\nline.mp4", "🎬 é.mp4".encode(), b"y" * 251 + b".mp4"]
    for number, name in enumerate(names):
        (folder / os.fsdecode(name)).write_bytes(b"%d" % number)
    (tmp_path / "outside.mp4").write_bytes(b"outside")
    (folder / ".store").mkdir()
    (folder / ".store" / "blob").write_bytes(b"linked")
    (folder / "inside.mp4").symlink_to(folder / ".store" / "blob")
    (folder / "twice.mp4").symlink_to("🎬 é.mp4")
    (folder / "out.mp4").symlink_to(tmp_path / "outside.mp4")
    (folder / "loop").symlink_to(folder)
    (folder / "broken.mp4").symlink_to(folder / "nowhere")
    await desk.library.watch(folder)
    await arrives(desk, "inside.mp4", "bad�.mp4", "new line.mp4", "🎬 é.mp4")
    await desk.idle()
    assert len(server.files) == 5
    assert desk.named("out.mp4").reason == "a link that leads out of the folder"
    assert "twice.mp4" not in desk.states()


async def test_own_videos_and_done_are_no_input(desk: Bench, server: Cloud, folder: Path) -> None:
    await desk.library.watch(folder)
    own = folder / "promo.mp4"
    await desk.journal.run(
        lambda connection: connection.execute(
            "INSERT INTO renders (id, session_id, draft_version, options, state, position,"
            " created_at, destination) VALUES ('r', 's1', 1, '{}', 'downloading', 1, 0, ?)",
            [os.fsencode(own)],
        )
    )
    (folder / "done").mkdir()
    (folder / "done" / "a.mp4").write_bytes(b"finished")
    (folder / ".promo.render_1.part").write_bytes(b"video")
    (folder / ".promo.render_1.part").rename(folder / "promo (2).mp4")
    (folder / "input.mp4").write_bytes(b"input")
    await arrives(desk, "input.mp4")
    await desk.idle()
    assert [one.name for one in server.files] == ["input.mp4"]
    assert list(desk.states()) == ["input.mp4"]


async def test_forget_and_skip_hold_until_the_file_changes(
    desk: Bench, server: Cloud, folder: Path
) -> None:
    desk.library.pause()
    (folder / "a.mp4").write_bytes(b"a")
    (folder / "b.mp4").write_bytes(b"b")
    await desk.library.watch(folder)
    await desk.until(lambda: set(desk.states().values()) == {AssetState.QUEUED})
    await desk.library.forget(desk.named("a.mp4").id)
    await desk.library.skip(desk.named("b.mp4").id)
    desk.library.resume()
    await desk.library.load()
    await desk.library.watch(folder)
    await desk.idle()
    assert desk.states() == {"b.mp4": SKIPPED}
    (folder / "a.mp4").write_bytes(b"a new")
    await arrives(desk, "a.mp4")
    assert len(server.uploads) == 1


async def test_force_takes_a_file_as_it_is(desk: Bench, server: Cloud, folder: Path) -> None:
    path = folder / "clip.mp4"
    path.write_bytes(media.clip(seconds=1).read_bytes()[:-100])
    await desk.library.watch(folder)
    await desk.until(
        lambda: "clip.mp4" in desk.states() and desk.named("clip.mp4").reason == "incomplete mp4"
    )
    await desk.library.force(desk.named("clip.mp4").id)
    await arrives(desk, "clip.mp4")


async def test_cp_mv_and_friends(desk: Bench, server: Cloud, folder: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for number in range(40):
        (source / f"{number}.mp4").write_bytes(os.urandom(200_000))
    wanted = Counter(digest(path) for path in source.iterdir())
    await desk.library.watch(folder)

    def copy() -> None:
        subprocess.run(["cp", "-r", str(source), str(folder / "cp")], check=True)
        subprocess.run(["sh", "-c", f"mv {source}/1*.mp4 {folder}"], check=True)

    await asyncio.to_thread(copy)
    await desk.until(lambda: len(server.files) == 40, 30)
    await desk.idle(30)
    assert sent(server) == wanted
