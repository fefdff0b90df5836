"""Uploads: from a path to `done`, with a real client and a real server."""

from __future__ import annotations

import asyncio
import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import clips
from tests.cloud import SESSION as CREATE
from tests.cloud import STATE, UPLOAD, Cloud, Fault, refuses, says, unanswered
from tests.library_bench import SESSION, Bench, bench
from tests.server import Exchange, ok
from vbtui.base.errors import DiskProblem, UsageError
from vbtui.base.settings import ACCEPTED_SUFFIXES, MAX_UPLOAD_BYTES
from vbtui.journal import sessions as session_rows
from vbtui.journal.records import AssetState
from vbtui.media.content import HEAD, is_unwritten, other_kind
from vbtui.media.files import reason_now
from vbtui.session.events import AssetChanged, AssetRemoved, Noticed


def put(folder: Path, name: str, content: bytes = b"content") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def whole(size: int) -> bytes:
    """So many bytes that begin as an MP4 does."""
    return b"\0\0\0\x18ftypmp42" + bytes(size - 12)


async def test_files_arrive_whole_and_done_comes_after_the_answer(
    desk: Bench, server: Cloud, tmp_path: Path
) -> None:
    paths = [put(tmp_path, f"clip {number}.mp4", os.urandom(3000 * number)) for number in (1, 2, 3)]
    server.gate.clear()
    assets = await desk.library.add(paths, "picked")
    assert [asset.path for asset in assets] == paths
    await desk.until(lambda: server.at_once == 2)
    assert AssetState.DONE not in desk.states().values()
    server.gate.set()
    await desk.idle()
    assert set(desk.states().values()) == {AssetState.DONE}
    assert sorted(one.sha256 for one in server.files) == sorted(
        hashlib.sha256(path.read_bytes()).hexdigest() for path in paths
    )
    assert desk.history(assets[0]) == [
        AssetState.HASHING,
        AssetState.QUEUED,
        AssetState.UPLOADING,
        AssetState.DONE,
    ]
    assert desk.now(assets[0]).url.startswith(f"{server.url}/files/")
    assert server.most_at_once == 2


async def test_where_files_go_is_said_once_before_the_first_is_sent(
    server: Cloud, tmp_path: Path
) -> None:
    paths = [put(tmp_path, f"clip {number}.mp4", whole(5000 + number)) for number in (1, 2, 3)]
    for run, files in enumerate((paths[:2], paths[2:])):
        async with bench(server) as desk:
            server.gate.clear()
            await desk.library.add(files, "picked")
            await desk.until(lambda: server.at_once > 0)
            said = [event.problem for event in desk.events if isinstance(event, Noticed)]
            assert [one.code for one in said] == ["files_leave"] * (run == 0)
            assert all("are sent to" in one.message for one in said)
            server.gate.set()
            await desk.idle()


async def test_progress_has_a_rate_and_is_not_told_too_often(
    desk: Bench, server: Cloud, tmp_path: Path
) -> None:
    path = put(tmp_path, "big.mp4", whole(80_000_000))
    loop = asyncio.get_running_loop()
    began = loop.time()
    (asset,) = await desk.library.add([path], "picked")
    await desk.idle()
    took = loop.time() - began
    told = [event.asset for event in desk.events if isinstance(event, AssetChanged)]
    under_way = [one for one in told if one.state is AssetState.UPLOADING and one.sent]
    assert len(under_way) <= took * 10 + 1
    assert all(one.rate > 0 and one.sent <= asset.size for one in under_way)
    assert desk.now(asset).sent == asset.size


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.mp4", b"", "empty"),
        ("notes.txt", b"x", "accepted: mp4 mov avi webm mkv, jpg png gif webp, mp3 wav m4a aac"),
        ("nothing", b"x", "no suffix"),
        ("notes.mp4", b"just words\n" * 1000, "text, whatever its name says"),
        ("words.mov", "Wörter, 词\r\n".encode() * 60, "text, whatever"),
        ("latin.mp3", "Grüße\n".encode("latin-1") * 60, "text, whatever"),
        ("wide.wav", "plain words\r\n".encode("utf-16") * 60, "text, whatever"),
        ("error.jpg", b"\n<!DOCTYPE html><p>404</p>" + b" " * 300, "a web page, whatever"),
        ("paper.png", b"%PDF-1.7\n\x00", "a PDF, whatever"),
        ("clips.mp4", b"PK\x03\x04\x14\x00", "a ZIP archive or a document, whatever"),
    ],
)
async def test_a_file_that_cannot_be_used_says_why(
    desk: Bench, server: Cloud, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (asset,) = await desk.library.add([put(tmp_path, name, content)], "picked")
    assert asset.state is AssetState.FAILED
    assert words in asset.reason
    assert asset.retry_at is None
    assert not server.uploads


async def test_subtitles_are_for_the_local_studio_and_never_sent(
    desk: Bench, server: Cloud, tmp_path: Path
) -> None:
    words = b"1\n00:00:01,000 --> 00:00:03,000\nHello\n" * 20
    (asset,) = await desk.library.add([put(tmp_path, "movie.srt", words)], "picked")
    assert (asset.kind, asset.state) == ("subtitles", AssetState.FAILED)
    assert "not sent to the cloud" in asset.reason
    await desk.idle()
    assert not server.uploads


def test_every_kind_that_is_accepted_is_none_of_another() -> None:
    """As ffmpeg writes them; a sound that begins with silence too."""
    made = [clips.clip(suffix=suffix) for suffix in (".mp4", ".mov", ".avi", ".mkv")]
    made += [
        clips.alpha(),
        *(clips.picture(suffix=one) for one in (".jpg", ".png", ".gif", ".webp")),
    ]
    made += [clips.sound(suffix=suffix) for suffix in (".mp3", ".wav", ".m4a", ".aac")]
    assert {path.suffix for path in made} == ACCEPTED_SUFFIXES - {".jpeg"}
    heads = {path.name: path.read_bytes()[:HEAD] for path in made}
    assert [name for name, head in heads.items() if other_kind(head, 10**8)] == []
    assert [name for name, head in heads.items() if is_unwritten(head)] == []


def test_kinds_that_are_not_promised_are_none_of_another(tmp_path: Path) -> None:
    """What people have under the names that are accepted, and ffmpeg reads."""
    clip = ["-f", "lavfi", "-i", "testsrc2=size=64x48:duration=1"]
    sound = ["-f", "lavfi", "-i", "sine=frequency=440:duration=2"]
    kinds = (
        ["ts", "mpg", "flv", "ogv", "wmv", "mxf", "y4m"],
        ["mp2", "flac", "ogg", "aiff", "ac3", "wma", "au", "caf"],
    )
    for source, suffixes in zip((clip, sound), kinds, strict=True):
        for suffix in suffixes:
            path = tmp_path / f"made.{suffix}"
            clips.ffmpeg(*source, "-ar", "44100", path)
            assert other_kind(path.read_bytes()[:HEAD], 10**8) is None, suffix
    bare = tmp_path / "bare.mp3"
    clips.ffmpeg(*sound, "-id3v2_version", "0", "-write_xing", "0", bare)
    assert other_kind(bytes(1500) + bare.read_bytes()[100:HEAD], 10**8) is None


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mp3", "a.png", "a.wav", "a.aac"])
@pytest.mark.parametrize("fill", [b"\xff", b"U", b""])
async def test_what_begins_like_no_medium_is_not_sent(
    desk: Bench, server: Cloud, tmp_path: Path, name: str, fill: bytes
) -> None:
    content = fill * 1_100_000 or os.urandom(1_100_000)
    (asset,) = await desk.library.add([put(tmp_path, name, content)], "picked")
    assert asset.state is AssetState.FAILED
    assert asset.retry_at is None
    assert asset.reason.endswith(", whatever its name says")
    assert not server.uploads


async def test_a_file_that_has_its_length_and_no_content_yet_is_sent_when_it_has(
    desk: Bench, server: Cloud, tmp_path: Path
) -> None:
    path = put(tmp_path, "a.mp4", bytes(500_000))
    (asset,) = await desk.library.add([path], "picked")
    assert asset.state is AssetState.FAILED
    assert asset.retry_at is not None
    assert asset.reason.startswith("nothing but zeros so far: it is still being written")
    path.write_bytes(whole(500_000))
    await desk.library.retry(asset.id)
    await desk.idle()
    assert desk.now(asset).state is AssetState.DONE
    assert len(server.uploads) == 1


async def test_missing_directory_pipe_and_too_large(
    desk: Bench, server: Cloud, tmp_path: Path
) -> None:
    big = tmp_path / "big.mp4"
    with big.open("wb") as file:
        file.truncate(MAX_UPLOAD_BYTES + 1)
    folder = tmp_path / "folder.mp4"
    folder.mkdir()
    os.mkfifo(tmp_path / "pipe.mp4")
    paths = [tmp_path / "none.mp4", folder, tmp_path / "pipe.mp4", big]
    missing, directory, pipe, large = await desk.library.add(paths, "picked")
    assert missing.reason == "there is no such file"
    assert "folder" in directory.reason
    assert pipe.reason == "not a regular file"
    assert large.reason == "500.1 MB, larger than 500 MB: compress or trim"
    assert not server.uploads


async def test_an_unreadable_file(desk: Bench, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    path = put(tmp_path, "secret.mp4")
    path.chmod(0)
    (asset,) = await desk.library.add([path], "picked")
    assert asset.reason == "cannot be read: permission denied"


async def test_a_file_that_is_named_twice_is_sent_twice_and_a_copy_is_a_file(
    desk: Bench, server: Cloud, tmp_path: Path
) -> None:
    a, b, copy = put(tmp_path, "a.mp4"), put(tmp_path, "b.mp4", b"b"), put(tmp_path, "copy.mp4")
    added = await desk.library.add([a, b, a, copy], "picked")
    await desk.idle()
    assert [asset.path for asset in desk.library.assets] == [a, b, a, copy]
    assert len({asset.id for asset in added}) == 4
    assert {asset.state for asset in desk.library.assets} == {AssetState.DONE}
    assert sorted(one.name for one in server.files) == ["a.mp4", "a.mp4", "b.mp4", "copy.mp4"]
    await desk.library.reconcile()
    await desk.library.add([a, a, b], "picked")
    await desk.idle()
    assert len(desk.library.assets) == len(server.uploads) == 4


async def test_of_a_file_that_is_named_twice_each_answer_that_was_lost_is_asked_for(
    desk: Bench, server: Cloud, tmp_path: Path
) -> None:
    """The first arrived unheard. What the backend has by then is not taken for the second."""
    server.goes_wrong(Fault("POST", UPLOAD, unanswered))
    path = put(tmp_path, "a.mp4")
    await desk.library.add([path, path], "picked")
    await desk.until(
        lambda: [one.state for one in desk.library.assets] == [AssetState.DONE] * 2, 15
    )
    assert len(server.uploads) == len(server.files) == 2


async def test_a_copy_in_a_watched_folder_is_not_sent_again(
    desk: Bench, server: Cloud, tmp_path: Path
) -> None:
    first, second, third = (put(tmp_path, f"{name}.mp4") for name in "abc")
    server.gate.clear()
    a, b = await desk.library.add([first, second], "watch")
    await desk.until(lambda: "on its way" in desk.now(b).reason)
    server.gate.set()
    await desk.idle()
    (c,) = await desk.library.add([third], "watch")
    await desk.idle()
    for copy in (b, c):
        assert desk.now(copy).state is AssetState.SKIPPED
        assert desk.now(copy).reason == f"already uploaded as {a.name}"
    assert len(server.uploads) == 1
    await desk.library.retry(c.id)
    await desk.idle()
    assert desk.now(c).state is AssetState.DONE
    assert len(server.files) == 2
    await desk.library.load()
    assert desk.now(c).source == "picked"


async def test_the_copy_goes_out_when_the_first_one_is_refused(
    desk: Bench, server: Cloud, tmp_path: Path
) -> None:
    server.goes_wrong(Fault("POST", UPLOAD, says(4001, "no such luck")))
    a, b = await desk.library.add([put(tmp_path, "a.mp4"), put(tmp_path, "b.mp4")], "picked")
    await desk.idle()
    assert desk.now(a).state is AssetState.FAILED
    assert "accepted" in desk.now(a).reason.lower()
    assert desk.now(b).state is AssetState.DONE


async def test_the_same_file_again_is_nothing_new(
    desk: Bench, server: Cloud, tmp_path: Path
) -> None:
    path = put(tmp_path, "a.mp4")
    (first,) = await desk.library.add([path], "picked")
    await desk.idle()
    (again,) = await desk.library.add([path], "picked")
    assert again.id == first.id
    assert again.state is AssetState.DONE
    os.utime(path, ns=(1, 1))
    await desk.library.add([path], "picked")
    await desk.idle()
    assert [asset.id for asset in desk.library.assets] == [first.id]
    assert len(server.uploads) == 1


async def test_new_content_under_the_name_replaces_the_old_version(
    desk: Bench, server: Cloud, tmp_path: Path
) -> None:
    path = put(tmp_path, "a.mp4", b"one")
    (first,) = await desk.library.add([path], "picked")
    await desk.idle()
    path.write_bytes(b"two, longer")
    (second,) = await desk.library.add([path], "picked")
    assert second.id != first.id
    await desk.idle()
    assert desk.now(first).state is AssetState.REPLACED
    assert desk.now(second).state is AssetState.DONE
    assert len(server.files) == 2


async def test_names_are_shown_clean_and_opened_by_their_bytes(
    desk: Bench, server: Cloud, tmp_path: Path
) -> None:
    names = [
        b"bad\xff\xfe.mp4",
        b"new\nline.mp4",
        b"esc\x1b[31m.mp4",
        "émoji 🎬.mp4".encode(),
        b"x" * 251 + b".mp4",
    ]
    paths = [Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)) for name in names]
    for number, path in enumerate(paths):
        path.write_bytes(b"%d" % number)
    assets = await desk.library.add(paths, "picked")
    await desk.idle()
    assert {desk.now(asset).state for asset in assets} == {AssetState.DONE}
    assert [asset.name for asset in assets][:4] == [
        "bad��.mp4",
        "new line.mp4",
        "esc.mp4",
        "émoji 🎬.mp4",
    ]
    assert {one.sha256 for one in server.files} == {
        hashlib.sha256(b"%d" % number).hexdigest() for number in range(5)
    }


async def test_a_failure_backs_off_says_when_and_is_tried_again(
    desk: Bench, server: Cloud, tmp_path: Path
) -> None:
    server.goes_wrong(Fault("POST", UPLOAD, refuses(500, message="try later")))
    (asset,) = await desk.library.add([put(tmp_path, "a.mp4")], "picked")
    await desk.until(lambda: desk.now(asset).state is AssetState.FAILED)
    failed = desk.now(asset)
    assert failed.retry_at is not None
    words = reason_now(failed, desk.context.clock.now())
    assert words.startswith("retry in ")
    assert words.endswith(f" s: {failed.reason}")
    await desk.until(lambda: desk.now(asset).state is AssetState.DONE)
    assert len(server.files) == 1


async def test_an_answer_that_was_lost_is_asked_for_not_sent_again(
    desk: Bench, server: Cloud, tmp_path: Path
) -> None:
    server.goes_wrong(Fault("POST", UPLOAD, unanswered))
    (asset,) = await desk.library.add([put(tmp_path, "a.mp4")], "picked")
    await desk.until(lambda: desk.now(asset).state is AssetState.FAILED)
    await desk.library.retry(asset.id)
    await desk.until(lambda: desk.now(asset).state is AssetState.DONE)
    assert len(server.uploads) == 1
    assert server.count("GET", STATE) == 1


async def test_a_backend_that_is_away_is_waited_for(
    desk: Bench, server: Cloud, tmp_path: Path
) -> None:
    await server.down()
    (asset,) = await desk.library.add([put(tmp_path, "a.mp4")], "picked")
    await desk.until(lambda: desk.now(asset).state is AssetState.FAILED)
    assert "refuses connections" in desk.now(asset).reason
    await server.up()
    await desk.until(lambda: desk.now(asset).state is AssetState.DONE)


async def test_a_file_that_changes_while_it_is_sent_is_sent_whole_later(
    desk: Bench, server: Cloud, tmp_path: Path
) -> None:
    path = put(tmp_path, "a.mp4", whole(30_000_000))
    (asset,) = await desk.library.add([path], "picked")
    await desk.until(lambda: desk.now(asset).state is AssetState.UPLOADING)
    with path.open("ab") as file:
        file.write(b"more")
    await desk.until(lambda: desk.now(asset).state is AssetState.DONE)
    assert {one.sha256 for one in server.files} == {hashlib.sha256(path.read_bytes()).hexdigest()}


async def test_pause_resume_skip_retry_forget(desk: Bench, server: Cloud, tmp_path: Path) -> None:
    desk.library.pause()
    assert desk.library.paused
    a, b = await desk.library.add(
        [put(tmp_path, "a.mp4", b"a"), put(tmp_path, "b.mp4", b"b")], "picked"
    )
    await desk.idle()
    assert set(desk.states().values()) == {AssetState.QUEUED}
    await desk.library.skip(a.id)
    desk.library.resume()
    await desk.idle()
    assert desk.states() == {"a.mp4": AssetState.SKIPPED, "b.mp4": AssetState.DONE}
    await desk.library.retry(a.id)
    await desk.idle()
    assert desk.now(a).state is AssetState.DONE
    await desk.library.forget(a.id)
    assert [asset.id for asset in desk.library.assets] == [b.id]
    assert AssetRemoved(a.id) in desk.events
    with pytest.raises(UsageError):
        await desk.library.retry(a.id)


async def test_skip_stops_an_upload(desk: Bench, server: Cloud, tmp_path: Path) -> None:
    server.gate.clear()
    (asset,) = await desk.library.add([put(tmp_path, "a.mp4")], "picked")
    await desk.until(lambda: server.at_once == 1)
    await desk.library.skip(asset.id)
    await desk.until(lambda: desk.now(asset).state is AssetState.SKIPPED)
    server.gate.set()
    await desk.idle()
    assert desk.now(asset).reason == "by you"


async def test_a_disk_that_is_full_when_the_answer_comes_leaves_no_file_between(
    desk: Bench, server: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vbtui.media.upload._DISK_PAUSE_S", 0.05)
    run, refusals = desk.journal.run, 0

    async def full(work: Any) -> Any:
        nonlocal refusals
        if server.files and refusals < 5:
            refusals += 1
            raise DiskProblem(code="disk.full", place=tmp_path, then="")
        return await run(work)

    monkeypatch.setattr(desk.journal, "run", full)
    (asset,) = await desk.library.add([put(tmp_path, "a.mp4")], "picked")
    await desk.until(lambda: desk.now(asset).state is AssetState.DONE)
    assert len(server.files) == 1
    assert refusals == 5
    assert "disk.full" in [one.problem.code for one in desk.events if isinstance(one, Noticed)]


async def test_urls(desk: Bench, server: Cloud) -> None:
    asset = await desk.library.add_url(" https://example.com/path/my%20clip.mp4?x=1 ")
    assert asset.name == "my clip.mp4"
    await desk.idle()
    assert desk.now(asset).state is AssetState.DONE
    for bad in ("", "ftp://x/y.mp4", "https://", "http://[", "javascript:x", "https://a/\x1bb"):
        with pytest.raises(UsageError):
            await desk.library.add_url(bad)
    assert len(server.uploads) == 1


async def test_what_others_put_there_and_what_was_generated_is_shown_once(
    desk: Bench, server: Cloud, tmp_path: Path
) -> None:
    await desk.client.upload("s1", put(tmp_path, "theirs.mp4"))
    server.generated.append({"filename": "voice.mp3", "file_type": "audio", "duration": 2.5})
    for _ in range(2):
        await desk.library.reconcile()
    found = {asset.name: asset for asset in desk.library.assets}
    assert len(desk.library.assets) == 2
    assert found["theirs.mp4"].source == "other"
    assert found["voice.mp3"].source == "generated"
    assert found["voice.mp3"].duration_s == 2.5
    (mine,) = await desk.library.add([put(tmp_path, "mine.mp4")], "picked")
    (watched,) = await desk.library.add([put(tmp_path, "watched.mp4")], "watch")
    await desk.idle()
    assert desk.now(mine).state is AssetState.DONE
    assert desk.now(watched).reason == "already uploaded as mine.mp4"
    (tmp_path / "in").mkdir()
    (same,) = await desk.library.add([put(tmp_path / "in", "theirs.mp4")], "picked")
    await desk.idle()
    assert desk.now(same).url == found["theirs.mp4"].url
    assert AssetRemoved(found["theirs.mp4"].id) in desk.events
    await desk.library.reconcile()
    names = sorted(asset.name for asset in desk.library.assets)
    assert names == ["mine.mp4", "theirs.mp4", "voice.mp3", "watched.mp4"]
    assert len(server.uploads) == 2


async def test_a_restart_shows_the_same_and_sends_nothing_twice(
    server: Cloud, tmp_path: Path
) -> None:
    async with bench(server) as desk:
        await desk.library.add([put(tmp_path, "a.mp4", b"a")], "picked")
        await desk.idle()
        desk.library.pause()
        await desk.library.add([put(tmp_path, "b.mp4", b"b")], "picked")
        await desk.idle()
        before = desk.library.assets
    async with bench(server) as desk:
        assert [asset.id for asset in desk.library.assets] == [asset.id for asset in before]
        await desk.library.reconcile()
        await desk.idle()
        assert set(desk.states().values()) == {AssetState.DONE}
    assert [one.name for one in server.uploads] == ["a.mp4", "b.mp4"]


async def test_uploads_go_on_to_their_own_session_while_another_is_open(
    desk: Bench, server: Cloud, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    await desk.library.watch(folder)
    server.gate.clear()
    (first,) = await desk.library.add([put(tmp_path, "a.mp4")], "picked")
    await desk.until(lambda: server.at_gate == 1)
    other = replace(SESSION, id="s9", name="other")
    await desk.journal.run(lambda connection: session_rows.save(connection, other))
    desk.context.update(session=other)
    await desk.library.load()
    assert desk.library.assets == ()
    put(folder, "watched.mp4", b"watched")
    server.gate.set()
    await desk.until(lambda: len(server.files) == 2)
    await desk.library.add([put(tmp_path, "b.mp4")], "picked")
    await desk.idle()
    assert list(desk.states()) == ["b.mp4"], "the same content is another matter here"
    sessions = {one.name: one.session for one in server.files}
    assert sessions == {"a.mp4": "s1", "watched.mp4": "s1", "b.mp4": "s9"}
    desk.context.update(session=SESSION)
    await desk.library.load()
    assert desk.now(first).state is AssetState.DONE
    assert set(desk.states()) == {"a.mp4", "watched.mp4"}


async def test_a_lost_session_is_replaced_and_the_file_goes_there(
    desk: Bench, server: Cloud, tmp_path: Path
) -> None:
    (kept,) = await desk.library.add([put(tmp_path, "kept.mp4", b"kept")], "picked")
    await desk.idle()
    server.goes_wrong(Fault("POST", UPLOAD, says(1002, "no such luck")))
    (asset,) = await desk.library.add([put(tmp_path, "a.mp4")], "picked")
    await desk.until(lambda: desk.states().get("a.mp4") is AssetState.DONE)
    assert [one.session for one in server.files] == ["s1", "s2"]
    assert desk.now(kept).state is AssetState.FAILED
    assert "Upload it again" in desk.now(kept).reason
    await desk.library.upload_again()
    await desk.idle()
    assert set(desk.states().values()) == {AssetState.DONE}
    assert [one.name for one in server.files] == ["kept.mp4", "a.mp4", "kept.mp4"]
    assert desk.now(asset).session_id == "s2"


@pytest.mark.parametrize("gives_an_id_again", [False, True])
async def test_a_session_that_is_lost_again_at_once_is_a_failure_like_any_other(
    desk: Bench, server: Cloud, tmp_path: Path, gives_an_id_again: bool
) -> None:
    if gives_an_id_again:
        server.on("POST", CREATE, ok({"session_id": "s1"}))
    server.goes_wrong(Fault("POST", UPLOAD, says(1002, "no such luck"), times=1000))
    (asset,) = await desk.library.add([put(tmp_path, "a.mp4")], "picked")
    await desk.until(lambda: desk.states().get("a.mp4") is AssetState.FAILED)
    assert "made a moment ago" in desk.now(asset).reason
    assert desk.now(asset).retry_at is not None
    assert (server.count("POST", CREATE), server.count("POST", UPLOAD)) == (
        1,
        1 if gives_an_id_again else 2,
    )


@pytest.mark.parametrize(
    "answer",
    [{"files": []}, {}, None, {"files": [{"filename": "x"}], "session_state_applied": False}],
)
async def test_an_answer_that_names_no_file_is_no_upload_until_the_state_shows_it(
    desk: Bench, server: Cloud, tmp_path: Path, answer: dict[str, Any] | None
) -> None:
    taken: list[dict[str, Any]] = []

    async def vague(cloud: Cloud, exchange: Exchange) -> None:
        cloud.right(exchange.request)
        taken.extend(cloud.media.pop("s1"))
        await ok(answer)(exchange)

    server.goes_wrong(Fault("POST", UPLOAD, vague))
    (asset,) = await desk.library.add([put(tmp_path, "a.mp4")], "picked")
    await server.wait_for("GET", STATE)
    assert desk.now(asset).state is AssetState.UPLOADING
    server.media["s1"] = taken
    await desk.until(lambda: desk.now(asset).state is AssetState.DONE)
    assert desk.now(asset).url.endswith("a.mp4")
    assert server.count("POST", UPLOAD) == 1


async def test_label_stays_with_its_file(desk: Bench, server: Cloud, tmp_path: Path) -> None:
    path = put(tmp_path, "clip.mp4")
    server.gate.clear()
    (asset,) = await desk.library.add([path], "picked")
    await desk.until(lambda: desk.now(asset).state is AssetState.UPLOADING)
    await desk.library.rename(asset.id, " Sun\x1b[2Jset\n")  # while it is being sent
    assert desk.now(asset).label == "Sunset"
    server.gate.set()
    await desk.idle()
    assert (desk.now(asset).state, desk.now(asset).label) == (AssetState.DONE, "Sunset")
    await desk.library.load()
    assert desk.now(asset).label == "Sunset"
    path.write_bytes(b"another version")
    (again,) = await desk.library.add([path], "picked")
    await desk.idle()
    assert again.id != asset.id
    assert (desk.now(again).label, desk.now(again).name) == ("Sunset", "clip.mp4")
    assert (await desk.library.rename(again.id, "clip.mp4")).label == ""
