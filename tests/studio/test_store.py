"""The studio's disk: what is kept, and that a cut leaves nothing half done."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vbtui.base import files as disk
from vbtui.base.errors import DiskProblem
from vbtui.studio.project.media import AudioStream, Media
from vbtui.studio.project.store import Arrived, Session, Store, record_from_json, record_to_json


def draft(number: int) -> dict[str, Any]:
    return {"t": [{"tt": 7, "sg": [{"m": {"text": f"n{number} \ud83d\ude00 “…”"}}]}], "x": [number]}


def arrive(store: Store, content: bytes, name: str = "clip.mp4") -> Arrived:
    path = store.incoming / hashlib.sha256(content + name.encode()).hexdigest()
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    audio = AudioStream("aac", 48000, 2, 1000)
    facts = Media(
        "", name, "video", path, len(content), digest, 1000, 320, 180, fps=30, audio=audio
    )
    return Arrived(path, ".mp4", facts)


async def reopened(store: Store, session: Session) -> Session:
    found = await Store(store.data).find(session.id)
    assert found is not None
    return found


async def test_session_is_found_again(tmp_path: Path) -> None:
    store = Store(tmp_path)
    session = await store.create("My  film\x1b[31m", "en")
    assert await store.find(session.id) is session
    again = await reopened(store, session)
    assert again.record == session.record
    assert again.record.title == "My film"
    assert await again.draft() is None


@pytest.mark.parametrize("name", ["", "../../etc", "x", "0" * 36, "a/b"])
async def test_no_other_session_is_found(tmp_path: Path, name: str) -> None:
    store = Store(tmp_path)
    await store.create("a", "en")
    assert await store.find(name) is None


async def test_media_keeps_its_order_ids_and_facts(tmp_path: Path) -> None:
    store = Store(tmp_path)
    session = await store.create("a", "en")
    first = await session.add_media([arrive(store, b"one"), arrive(store, b"two", "b.mp4")])
    again = await session.add_media([arrive(store, b"two", "c.mp4"), arrive(store, b"three")])
    assert [media.id for media in session.media] == ["a1", "a2", "a3"]
    assert again[0] == first[1]
    assert (await reopened(store, session)).media == session.media
    assert [media.path.read_bytes() for media in session.media] == [b"one", b"two", b"three"]


async def test_same_content_in_two_sessions_is_kept_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for _ in range(2):
        session = await store.create("a", "en")
        (media,) = await session.add_media([arrive(store, b"one")])
        assert media.id == "a1"
        assert media.path.read_bytes() == b"one"
    assert len(list(store.media.iterdir())) == 1


async def test_undo_and_redo_survive_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path)
    session = await store.create("a", "en")
    for number in (1, 2):
        await session.keep_draft(draft(number))
    session = await reopened(store, session)
    assert await session.draft() == draft(2)
    assert list(session.previous) == [None, draft(1)]
    await session.keep_draft(draft(1), "undo")
    await session.keep_draft(None, "undo")
    session = await reopened(store, session)
    assert await session.draft() is None
    assert list(session.undone) == [draft(2), draft(1)]
    await session.keep_draft(draft(1), "redo")
    assert await session.draft() == draft(1)
    assert list(session.previous) == [None]
    await session.keep_draft(draft(3))
    session = await reopened(store, session)
    assert list(session.undone) == []
    assert list(session.previous) == [None, draft(1)]


async def test_nothing_to_undo_changes_nothing(tmp_path: Path) -> None:
    session = await Store(tmp_path).create("a", "en")
    await session.keep_draft(None, "undo")
    assert session.record.history == (0,)


async def test_drafts_out_of_reach_are_removed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    session = await store.create("a", "en")
    for number in range(60):
        await session.keep_draft(draft(number))
    assert len(list((tmp_path / "sessions" / session.id / "drafts").iterdir())) == 50
    assert len(session.previous) == 49


async def test_full_disk_leaves_the_state_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    session = await store.create("a", "en")
    await session.keep_draft(draft(1))

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskProblem, match="disk is full"):
        await session.keep_draft(draft(2))
    with pytest.raises(DiskProblem, match="disk is full"):
        await session.add_media([arrive(store, b"one")])
    monkeypatch.undo()
    assert await session.draft() == draft(1)
    assert session.media == ()
    again = await reopened(store, session)
    assert await again.draft() == draft(1)
    left = [name for _, _, names in os.walk(tmp_path) for name in names if name[0] == "."]
    assert left == []


async def test_a_kill_before_the_last_write_leaves_the_state_before(tmp_path: Path) -> None:
    """What stands on disk between two writes is read as what was before them."""
    store = Store(tmp_path)
    session = await store.create("a", "en")
    await session.keep_draft(draft(1))
    folder = tmp_path / "sessions" / session.id
    before = (folder / "session.json").read_bytes()
    await session.keep_draft(draft(2))
    (folder / "session.json").write_bytes(before)
    (folder / ".session.json.ab12").write_bytes(b'{"id": ')
    again = await reopened(store, session)
    assert await again.draft() == draft(1)
    await again.keep_draft(draft(3))
    assert await (await reopened(store, again)).draft() == draft(3)


async def test_start_clears_partial_uploads(tmp_path: Path) -> None:
    store = Store(tmp_path)
    (store.incoming / "ab").mkdir()
    (store.incoming / "ab" / "0").write_bytes(b"half")
    Store(tmp_path)
    assert list(store.incoming.iterdir()) == []


def test_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("a file where a folder belongs")
    with pytest.raises(DiskProblem):
        Store(tmp_path)


async def test_unknown_keys_of_a_later_version_are_left(tmp_path: Path) -> None:
    session = await Store(tmp_path).create("a", "en")
    value = json.loads(json.dumps(record_to_json(session.record)))
    assert record_from_json({**value, "later": 1}, tmp_path) == session.record
    assert record_from_json({**value, "media": [{}]}, tmp_path) is None
    assert record_from_json([], tmp_path) is None


def test_media_paths_cannot_leave_their_folder(tmp_path: Path) -> None:
    media = Media("a1", "x", "video", Path("/etc/passwd"), 1, "ab", 1)
    from vbtui.studio.project.store import Record

    value = record_to_json(replace(Record("i", "t", "x", "en", 0.0), media=(media,)))
    value["media"][0]["path"] = "../../etc/passwd"
    read = record_from_json(value, tmp_path)
    assert read is not None
    assert read.media[0].path == tmp_path / "passwd"


def test_json_is_whole_or_absent(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    disk.write_json(path, {"a": 1})
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(TypeError):
        disk.write_json(path, {"a": object()})
    assert disk.read_json(path) == {"a": 1}
    path.write_text('{"a"')
    assert disk.read_json(path) is None


async def test_a_draft_that_cannot_be_read_is_no_empty_timeline(tmp_path: Path) -> None:
    store = Store(tmp_path)
    session = await store.create("a", "en")
    await session.keep_draft(draft(1))
    (tmp_path / "sessions" / session.id / "drafts" / "1.json").write_text('{"t": [')
    again = await reopened(store, session)
    with pytest.raises(DiskProblem, match="cannot be read"):
        await again.draft()


async def _history(session: Session) -> tuple[Any, list[Any], list[Any]]:
    return await session.draft(), list(session.previous), list(session.undone)


async def test_an_amended_draft_takes_the_place_of_the_one_that_it_corrects(tmp_path: Path) -> None:
    store = Store(tmp_path)
    session = await store.create("a", "en")
    await session.keep_draft(draft(1))
    await session.keep_draft(draft(2))
    await session.keep_draft(draft(3), "amend")
    assert await _history(session) == (draft(3), [None, draft(1)], [])
    again = await reopened(store, session)
    assert await _history(again) == (draft(3), [None, draft(1)], [])
    await again.keep_draft(draft(1), "undo")
    assert await _history(again) == (draft(1), [None], [draft(3)])
    await again.keep_draft(draft(4), "amend")
    assert await _history(again) == (draft(4), [None], [])


async def test_what_amends_the_empty_timeline_follows_it(tmp_path: Path) -> None:
    session = await Store(tmp_path).create("a", "en")
    await session.keep_draft(draft(1), "amend")
    assert await _history(session) == (draft(1), [None], [])


async def test_several_steps_back_and_forth_are_one(tmp_path: Path) -> None:
    session = await Store(tmp_path).create("a", "en")
    for number in (1, 2, 3):
        await session.keep_draft(draft(number))
    await session.keep_draft(draft(1), "undo", 2)
    assert await _history(session) == (draft(1), [None], [draft(3), draft(2)])
    await session.keep_draft(draft(2), "redo")
    assert await _history(session) == (draft(2), [None, draft(1)], [draft(3)])
    await session.keep_draft(draft(1), "undo")
    await session.keep_draft(draft(3), "redo", 2)
    assert await _history(session) == (draft(3), [None, draft(1), draft(2)], [])
    emptied: dict[str, Any] = {"t": []}
    await session.keep_draft(emptied, "undo", 3)
    assert await _history(session) == (emptied, [], [draft(3), draft(2), draft(1)])


@pytest.mark.parametrize(("step", "steps"), [("undo", 3), ("undo", 0), ("redo", 1)])
async def test_steps_that_are_not_there_lose_nothing(tmp_path: Path, step: str, steps: int) -> None:
    session = await Store(tmp_path).create("a", "en")
    await session.keep_draft(draft(1))
    await session.keep_draft(draft(2))
    await session.keep_draft(draft(9), step, steps)
    assert await _history(session) == (draft(9), [None, draft(1), draft(2)], [])


async def test_what_is_remembered_holds_for_the_draft_that_it_was_kept_with(tmp_path: Path) -> None:
    store = Store(tmp_path)
    session = await store.create("a", "en")
    assert session.memory is None
    await session.keep_draft(draft(1))
    session.remember("one")
    assert session.memory == "one"
    await session.keep_draft(draft(2))
    assert session.memory is None
    await session.keep_draft(draft(1), "undo")
    session.remember("two")
    await session.add_media([arrive(store, b"a file changes no draft")])
    assert session.memory == "two"
    assert (await reopened(store, session)).memory is None


async def test_a_draft_that_cannot_be_kept_leaves_what_was_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await Store(tmp_path).create("a", "en")
    await session.keep_draft(draft(1))
    session.remember("one")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(DiskProblem):
        await session.keep_draft(draft(2), "amend")
    assert session.memory == "one"
    assert await session.draft() == draft(1)
