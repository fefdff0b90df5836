"""The rules of the hot folder one by one: settling, names, links, mounts, limits, polling."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import watchfiles

from tests import clips as media
from tests import waiting
from tests.cloud import Cloud
from tests.library_bench import bench
from tests.waiting import PATIENCE_S
from vbtui.base.clock import SystemClock
from vbtui.base.files import Identity
from vbtui.base.mp4 import Wholeness
from vbtui.base.settings import MAX_UPLOAD_BYTES
from vbtui.journal.records import AssetState, Reason
from vbtui.media.files import refused_by, size_problem
from vbtui.media.folder import hotfolder
from vbtui.media.folder.events import NAMES_HINT, EventSource, NoEvents
from vbtui.media.folder.hotfolder import Condition, Found, HotFolder
from vbtui.media.folder.scan import is_temporary, look, scan, silent_mount
from vbtui.media.folder.settle import Tracker, is_closed, is_open_for_writing, wholeness
from vbtui.session.events import Noticed
from vbtui.session.projects import LOOK_ELSEWHERE_S

MOUNTS = r"""
21 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 21 0:26 / /mnt/nas rw,relatime shared:2 - nfs4 nas:/export rw
31 21 0:27 / /mnt/my\040share rw - cifs //nas/share rw
32 21 0:28 / /home/me/drive rw - fuse.rclone remote: rw
33 21 8:1 / /mnt/usb rw - fuseblk /dev/sda1 rw
34 21 0:29 / /tmp rw - tmpfs tmpfs rw
35 30 0:30 / /mnt/nas/local rw - ext4 /dev/vdb rw
"""


def identity(size: int, mtime: int = 1, inode: int = 1) -> Identity:
    return Identity(1, inode, size, mtime)


def test_a_file_is_due_when_it_was_the_same_twice_and_quiet_long_enough() -> None:
    tracker = Tracker(2)
    tracker.see("a", identity(1), 0)
    assert tracker.due(5) == [], "one look is not enough"
    tracker.see("a", identity(1), 1)
    assert tracker.due(1.9) == []
    assert tracker.due(2) == ["a"]
    tracker.see("a", identity(1, mtime=2), 2)
    assert tracker.due(3.9) == []


def test_the_settle_time_adapts_to_the_pauses_of_the_writer() -> None:
    tracker = Tracker(2)
    now = 0.0
    for size, pause in enumerate((1.0, 5.0, 0.1), 1):
        tracker.see("a", identity(size), now)
        now += pause
    tracker.see("a", identity(9), now)
    tracker.see("a", identity(9), now)
    assert tracker.due(now + 9.9) == []
    assert tracker.due(now + 10) == ["a"]
    tracker.see("a", identity(9, inode=2), now)
    tracker.see("a", identity(9, inode=2), now)
    assert tracker.due(now + 2) == ["a"], "another file of that name starts anew"


def test_a_writer_that_opens_the_file_again_is_given_more_time() -> None:
    tracker = Tracker(2)
    tracker.see("a", identity(1), 0).was_closed = True
    tracker.see("a", identity(1, mtime=2), 0.5)
    assert not tracker.files["a"].came_back, "only its time changed"
    tracker.files["a"].was_closed = True
    tracker.see("a", identity(2), 1)
    assert tracker.files["a"].came_back
    for before, after in ((identity(0), identity(5)), (identity(1), identity(5, inode=2))):
        other = Tracker(2)
        other.see("a", before, 0).was_closed = True
        other.see("a", after, 1)
        assert not other.files["a"].came_back, "a reserved name that is filled, or another file"


def test_out_of_a_temporary_name_it_is_due_at_once() -> None:
    tracker = Tracker(5)
    tracker.see("a", identity(1), 7, released=True)
    assert tracker.due(7) == ["a"]


def test_a_delay_ends_when_the_file_changes() -> None:
    tracker = Tracker(1)
    tracker.see("a", identity(1), 0)
    tracker.see("a", identity(1), 1)
    tracker.delay("a", Reason("incomplete", "incomplete mp4"), None)
    assert tracker.due(1000) == []
    assert tracker.next_due() == float("inf")
    tracker.see("a", identity(2), 1001)
    assert not tracker.files["a"].delay


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("clip.mp4", False),
        ("clip.part.mp4", False),
        ("a b.tmp.mov", False),
        ("clip.mp4.part", True),
        ("clip.mp4.CRDOWNLOAD", True),
        ("clip.mp4.!qB", True),
        (".clip.mp4.aB3xY9", True),
        ("._clip.mp4", True),
        ("clip.mp4~", True),
        ("Thumbs.db", True),
    ],
)
def test_temporary_names(name: str, expected: bool) -> None:
    assert is_temporary(name) is expected


@pytest.mark.parametrize(
    ("directory", "kind"),
    [
        ("/home/me", "fuse.rclone"),
        ("/home/me/drive/in", "fuse.rclone"),
        ("/mnt/nas", "nfs4"),
        ("/mnt/nas/local/in", ""),
        ("/mnt/my share/x", "cifs"),
        ("/mnt/usb", ""),
        ("/tmp/x", ""),
        ("/srv", ""),
    ],
)
def test_where_no_events_come(tmp_path: Path, directory: str, kind: str) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(MOUNTS)
    assert silent_mount(Path(directory), table) == kind
    assert silent_mount(Path(directory), tmp_path / "none") == ""


def test_a_scan_and_a_look_agree(tmp_path: Path) -> None:
    root = tmp_path / "in"
    (root / "sub" / ".hidden").mkdir(parents=True)
    (root / "exports").mkdir()
    for name in ("a.mp4", "sub/b.mp4", "sub/.hidden/c.mp4", "d.mp4.part", "exports/e.mp4"):
        (root / name).write_bytes(b"x")
    every = [str(path) for path in root.rglob("*") if path.is_file()]
    result = scan(str(root), [str(root / "exports")])
    found, temporary, needs_scan = look(every, str(root), [str(root / "exports")])
    assert result.files == found
    assert set(result.files) == {str(root / "a.mp4"), str(root / "sub" / "b.mp4")}
    assert result.temporary == temporary
    assert len(temporary) == 1
    assert not needs_scan
    assert look([str(root / "sub")], str(root))[2]
    with pytest.raises(OSError, match="No such file"):
        scan(str(tmp_path / "none"))


def test_an_unreadable_sub_folder_hides_no_other(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    (tmp_path / "locked").mkdir(mode=0)
    (tmp_path / "a.mp4").write_bytes(b"x")
    result = scan(str(tmp_path))
    assert result.unreadable == [str(tmp_path / "locked") + os.sep]
    assert list(result.files) == [str(tmp_path / "a.mp4")]


def test_open_for_writing(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with path.open("wb"):
        assert is_open_for_writing(path) is sys.platform.startswith("linux")
    with path.open("rb"):
        assert not is_open_for_writing(path)
    assert not is_open_for_writing(tmp_path / "none")


@pytest.mark.parametrize(
    "suffix", [".jpg", ".png", ".gif", ".webp", ".wav", ".avi", ".mkv", ".webm"]
)
def test_the_end_of_each_kind(tmp_path: Path, suffix: str) -> None:
    whole = tmp_path / f"whole{suffix}"
    if suffix in (".jpg", ".png", ".gif", ".webp"):
        media.ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:d=0.1", "-frames:v", "1", whole)
    elif suffix == ".wav":
        media.ffmpeg("-f", "lavfi", "-i", "sine=d=0.2", whole)
    else:
        media.ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:d=0.2", whole)
    assert wholeness(whole) is Wholeness.WHOLE
    cut = tmp_path / f"cut{suffix}"
    cut.write_bytes(whole.read_bytes()[:-60])
    assert wholeness(cut) is Wholeness.CUT_OFF
    cut.write_bytes(b"this only has the name")
    assert wholeness(cut) is Wholeness.FOREIGN


def test_a_picture_within_a_picture_has_an_end_of_its_own(tmp_path: Path) -> None:
    picture = media.picture("red", suffix=".jpg").read_bytes()
    inner = b"\xff\xe1" + (2 + len(picture)).to_bytes(2, "big") + picture
    path = tmp_path / "a.jpg"
    path.write_bytes(picture[:2] + inner + picture[2:])
    assert wholeness(path) is Wholeness.WHOLE
    for end in (2, 10, 2 + len(inner), 10 + len(inner), -60):
        path.write_bytes((picture[:2] + inner + picture[2:])[:end])
        assert wholeness(path) is (Wholeness.FOREIGN if end == 2 else Wholeness.CUT_OFF)


def test_closed_means_that_who_adds_to_it_opens_it_again(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(b"one")
    before = Identity.of(path.stat())
    assert is_closed(path, before)
    with path.open("ab"):
        assert is_closed(path, before) is not sys.platform.startswith("linux")
    path.write_bytes(b"another")
    assert not is_closed(path, before)


def test_sizes_and_errors_in_words() -> None:
    assert size_problem(MAX_UPLOAD_BYTES) == ""
    assert size_problem(501 * 1024 * 1024) == "501 MB, larger than 500 MB: compress or trim"
    denied = refused_by(PermissionError(13, "Permission denied"))
    assert (denied.reason, denied.is_final) == ("cannot be read: permission denied", False)
    assert refused_by(FileNotFoundError(2, "No such file")).is_gone


LIMITED = """
import asyncio, sys
from pathlib import Path
from vbtui.media.folder.events import EventSource, NoEvents
Path("/proc/sys/user/" + sys.argv[2]).write_text(sys.argv[3])
async def main():
    try:
        await EventSource(Path(sys.argv[1]), print, print).start()
    except NoEvents as error:
        print(error.reason, "|", error.hint)
asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("limit", "name"),
    [("max_inotify_watches", "max_user_watches"), ("max_inotify_instances", "max_user_instances")],
)
def test_the_inotify_limits_have_their_right_names(tmp_path: Path, limit: str, name: str) -> None:
    """In a user namespace of its own, which has limits of its own."""
    for number in range(5):
        (tmp_path / str(number)).mkdir()
    command = ["unshare", "-Ur", sys.executable, "-c", LIMITED, str(tmp_path), limit, "0"]
    if "watches" in limit:
        command[-1] = "2"
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            cwd=Path(__file__).parents[2],
        )
    except FileNotFoundError:
        pytest.skip("unshare is not here")
    if "unshare" in done.stderr or "PermissionError" in done.stderr:
        pytest.skip("no user namespaces here")
    assert (
        f"the limit fs.inotify.{name} is reached | Raise it: sudo sysctl fs.inotify.{name}="
        in done.stdout
    )


async def test_without_events_it_polls_and_says_so(
    server: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hotfolder, "silent_mount", lambda path: "nfs4")
    monkeypatch.setattr(hotfolder, "_POLL_S", 0.1)
    folder = tmp_path / "in"
    folder.mkdir()
    async with bench(server) as desk:
        await desk.library.watch(folder)
        await desk.until(lambda: any(isinstance(event, Noticed) for event in desk.events))
        notice = next(event for event in desk.events if isinstance(event, Noticed))
        assert notice.problem.message == "No file events come from nfs4."
        (folder / "sub").mkdir()
        (folder / "sub" / "a.mp4").write_bytes(b"content")
        await desk.until(lambda: desk.states().get("a.mp4") is AssetState.DONE)


async def test_out_of_inotify_watches_it_still_knows_who_has_a_file_open(
    server: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def start(source: EventSource) -> None:
        raise NoEvents("the limit fs.inotify.max_user_watches is reached")

    monkeypatch.setattr(EventSource, "start", start)
    monkeypatch.setattr(hotfolder, "_POLL_S", 0.1)
    folder = tmp_path / "in"
    folder.mkdir()
    async with bench(server) as desk:
        await desk.library.watch(folder)
        with (folder / "a.mp3").open("wb") as file:
            file.write(b"first half")
            file.flush()
            await desk.until(
                lambda: (
                    "a.mp3" in desk.states()
                    and "open in another program" in desk.named("a.mp3").reason
                )
            )
            file.write(b", second half")
        await desk.until(lambda: desk.states().get("a.mp3") is AssetState.DONE)
        assert len(server.uploads) == 1


@pytest.mark.parametrize("is_there_before", [True, False])
async def test_a_name_that_is_not_utf8_ends_the_events_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_there_before: bool
) -> None:
    monkeypatch.setattr(hotfolder, "_POLL_S", 0.1)
    monkeypatch.setattr(hotfolder, "_LISTEN_AGAIN_S", 0.5)
    folder = tmp_path / "in"
    odd = Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9"))
    (odd if is_there_before else folder).mkdir(parents=True)
    conditions: list[Condition] = []
    taken: set[str] = set()
    news = asyncio.Event()

    def report(condition: Condition) -> None:
        conditions.append(condition)
        news.set()

    async def apply(found: Found) -> None:
        taken.update(path.name for path, _ in found.ready)
        news.set()

    async def until(holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                await news.wait()
                news.clear()

    hot = HotFolder(
        folder,
        clock=SystemClock(),
        settle_s=0.1,
        is_known=lambda path, identity: Path(path).name in taken,
        is_own=lambda path: False,
        apply=apply,
        report=report,
    )
    watching = asyncio.create_task(hot.run())
    if not is_there_before:
        await until(lambda: len(conditions) == 1)
        os.mkdir(odd)
    await until(
        lambda: (
            conditions[-1:]
            == [Condition("polling", "a name in it is not UTF-8", NAMES_HINT.english)]
        )
    )
    (odd / "a.mp3").write_bytes(b"one")
    (folder / os.fsdecode(b"b\xff.mp3")).write_bytes(b"two")
    await until(lambda: taken == {"a.mp3", os.fsdecode(b"b\xff.mp3")})
    for entry in folder.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    await until(lambda: conditions[-1].state == "events")
    (folder / "c.mp3").write_bytes(b"three")
    await until(lambda: "c.mp3" in taken)
    told = [condition.state for condition in conditions]
    assert told == ["events"] * (not is_there_before) + ["polling", "events"]
    watching.cancel()
    await asyncio.wait([watching])


class Panic(BaseException):
    """As what the Rust half of watchfiles raises when it gives up."""


@pytest.mark.parametrize("ending", [Panic(), OSError("gone"), ValueError("odd"), None])
async def test_whatever_ends_the_events_files_are_found_and_events_are_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: BaseException | None
) -> None:
    monkeypatch.setattr(hotfolder, "_POLL_S", 0.1)
    monkeypatch.setattr(hotfolder, "_LISTEN_AGAIN_S", 0.5)
    real, calls = watchfiles.watch, []

    def watch(*places: Path, stop_event: EventSource, **options: Any) -> Iterator[Any]:
        calls.append(places)
        if len(calls) > 1:
            yield from real(*places, stop_event=stop_event, **options)
            return
        stop_event.is_set()
        if ending is not None:
            raise ending

    monkeypatch.setattr(watchfiles, "watch", watch)
    conditions: list[str] = []
    taken: list[str] = []

    async def apply(found: Found) -> None:
        taken.extend(path.name for path, _ in found.ready)

    hot = HotFolder(
        tmp_path,
        clock=SystemClock(),
        settle_s=0.1,
        is_known=lambda path, identity: Path(path).name in taken,
        is_own=lambda path: False,
        apply=apply,
        report=lambda condition: conditions.append(condition.state),
    )
    watching = asyncio.create_task(hot.run())
    await waiting.until(lambda: "polling" in conditions)
    (tmp_path / "a.mp3").write_bytes(b"one")
    await waiting.until(lambda: taken == ["a.mp3"])
    await waiting.until(lambda: conditions[-1] == "events")
    (tmp_path / "b.mp3").write_bytes(b"two")
    await waiting.until(lambda: taken == ["a.mp3", "b.mp3"])
    watching.cancel()
    await asyncio.wait([watching])


async def test_polling_sees_new_files_while_another_one_grows(
    server: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hotfolder, "silent_mount", lambda path: "nfs4")
    folder = tmp_path / "in"
    folder.mkdir()
    async with bench(server, settle_s=600) as desk:
        await desk.library.watch(folder)
        (folder / "slow.mp3").write_bytes(b"content")
        await desk.until(lambda: "slow.mp3" in desk.states())
        (folder / "new.mp3").write_bytes(b"other content")
        await desk.until(lambda: "new.mp3" in desk.states())


async def test_it_costs_nothing_when_nothing_happens(
    server: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeps: list[float] = []
    sleep = SystemClock.sleep

    async def counted(clock: SystemClock, seconds: float) -> None:
        if seconds != LOOK_ELSEWHERE_S:  # the one beat of a vbtui at rest
            sleeps.append(seconds)
        await sleep(clock, seconds)

    monkeypatch.setattr(SystemClock, "sleep", counted)
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(50):
        (folder / f"{number}.mp4").write_bytes(b"%d" % number)
    async with bench(server) as desk:
        await desk.library.watch(folder)
        await desk.until(lambda: len(server.files) == 50)
        await desk.idle()
        assert sleeps, "one after each look"
        async with asyncio.timeout(PATIENCE_S):  # the last of its own work may take a moment
            before, heard = -9, -1
            while len(sleeps) > before + 1 or len(desk.events) > heard:  # a pulse every ten seconds
                before, heard = len(sleeps), len(desk.events)
                await asyncio.sleep(1)


def test_a_mount_that_goes_and_comes_back_forgets_nothing(tmp_path: Path) -> None:
    """Its empty mount point stays; the disk that comes back has other numbers."""
    command = ["unshare", "-Urm", sys.executable, "-m", "tests.media.mount_child", str(tmp_path)]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            cwd=Path(__file__).parents[2],
        )
    except FileNotFoundError:
        pytest.skip("unshare is not here")
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip("no user namespaces here")
    assert done.stdout == "well\n", done.stderr


async def test_new_sub_folders_are_watched_anew(
    server: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Path] = []

    class Counted(EventSource):
        async def start(self) -> None:
            started.append(tmp_path)
            await super().start()

    monkeypatch.setattr(hotfolder, "EventSource", Counted)
    monkeypatch.setattr(hotfolder, "_NEW_FOLDER_S", (0.1, 0.2, 0.3))
    folder = tmp_path / "in"
    folder.mkdir()
    async with bench(server) as desk:
        await desk.library.watch(folder)
        await desk.idle()
        assert len(started) == 1
        (folder / "sub").mkdir()
        await desk.until(lambda: len(started) == 2)
        (folder / "sub" / "a.mp4").write_bytes(b"content")
        await desk.until(lambda: desk.states().get("a.mp4") is AssetState.DONE)
