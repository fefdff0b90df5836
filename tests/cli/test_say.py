"""`vbtui say`, `answer`, `undo`, `redo`, `projects`, `media`, `timeline` from outside: what is said is done once, also
when it is killed, and beside an open vbtui."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests import clips as media
from tests.agent import titled
from tests.cli.test_export import ends_what_it_started, said, vbtui
from tests.cloud import TURN, Cloud
from tests.server import hang, stream, text_event
from tests.test_engine import engine, idle
from tests.waiting import PATIENCE_S, until
from vbtui.base.settings import load
from vbtui.conversation import queue
from vbtui.journal import sessions
from vbtui.journal.journal import Journal
from vbtui.journal.records import Session, Turn, TurnState
from vbtui.session.events import DraftChanged, Event, TurnChanged

assert ends_what_it_started  # a fixture
TIMING = "recover_first=0.05,recover_next=0.05,recover_tries=2,connect=60,reply=60"


def answered(text: str) -> Any:
    return stream(text_event(text))


async def told(*arguments: str | Path, folder: Path, code: int = 0, **environ: str) -> Any:
    """The one object that the command printed."""
    out, _ = await said(*arguments, "--json", folder=folder, code=code, **environ)
    return json.loads(out)


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    async with Cloud() as cloud:
        cloud.good_tokens.add("tok_of_mine")
        cloud.sessions.append("sess-1")
        cloud.draft = titled("Sea")
        yield cloud


@pytest.fixture
async def there(cloud: Cloud, tmp_path: Path) -> Any:
    """The environment of a user who has a project “Trip” at the cloud."""
    async with opened() as journal:
        trip = Session("sess-1", cloud.url, "Trip", used_at=1)
        await journal.run(lambda c: sessions.save(c, trip))
    return {"NEMO_API_URL": cloud.url, "NEMO_TOKEN": "tok_of_mine", "VBTUI_TIMING": TIMING}


class opened:
    async def __aenter__(self) -> Journal:
        self.journal = Journal(load().directories.journal)
        await self.journal.open()
        return self.journal

    async def __aexit__(self, *_: object) -> None:
        await self.journal.close()


async def turns_of(session_id: str) -> list[Turn]:
    async with opened() as journal:
        return await journal.run(lambda c: queue.of_session(c, session_id))


# -- on the local studio ----------------------------------------------------------------------------


async def test_from_files_to_an_edit_and_back(tmp_path: Path) -> None:
    shutil.copy(media.clip(seconds=2), tmp_path / "beach.mp4")
    shutil.copy(media.picture(), tmp_path / "town.jpg")
    assert (await told("projects", folder=tmp_path))["projects"] == []
    added = await told(
        "media", "add", "beach.mp4", "town.jpg", "--project", "Trip", "--local", folder=tmp_path
    )
    assert [one["state"] for one in added["media"]] == ["done", "done"]
    assert await told("media", folder=tmp_path) == added
    out, err = await said("say", "combine", "these", "clips", folder=tmp_path)
    assert "2 clips added" in out
    assert "Uploaded" not in err
    done = await told("say", "mute clip 1", "--project", "Trip", folder=tmp_path)
    assert (done["outcome"], done["author"], done["timeline_version"]) == ("done", "say", 2)
    line = await told("timeline", folder=tmp_path)
    assert [one["volume"] for one in line["tracks"][0]["segments"]] == [0, 1]
    taken = await told("undo", folder=tmp_path)
    assert (taken["outcome"], taken["author"]) == ("done", "undo")
    again = await told("redo", folder=tmp_path)
    assert again["changes"] == done["changes"]
    back = await told("undo", "2", folder=tmp_path)
    assert back["outcome"] == "done"
    assert (await told("timeline", folder=tmp_path))["duration_ms"] == 0
    line = await told("timeline", "--version", "2", folder=tmp_path)
    assert line["timeline_version"] == 2
    missing = await told("timeline", "--version", "99", folder=tmp_path, code=2)
    assert missing["error"]["code"] == "usage.no_version"
    removed = await told("media", "remove", "town.jpg", folder=tmp_path)
    assert [one["name"] for one in removed["media"]] == ["town.jpg"]
    assert [one["name"] for one in (await told("media", folder=tmp_path))["media"]] == ["beach.mp4"]
    renamed = await told("projects", "--rename", "Trip", "Sea", folder=tmp_path)
    assert [one["project"] for one in renamed["projects"]] == ["Sea"]
    assert (await told("projects", "--forget", "Trip", folder=tmp_path, code=2))["error"]
    assert (await told("projects", "--forget", "Sea", folder=tmp_path))["projects"] == []


async def test_a_question_has_its_exit_code_and_is_answered_once(tmp_path: Path) -> None:
    shutil.copy(media.clip(seconds=2), tmp_path / "beach.mp4")
    await said("media", "add", "beach.mp4", "--project", "Trip", "--local", folder=tmp_path)
    await said("say", "add beach.mp4", folder=tmp_path)
    refused = await told("answer", "1", folder=tmp_path, code=2)
    assert "Nothing is asked" in refused["error"]["message"]
    asked = await told("say", "make it shorter", folder=tmp_path, code=7)
    assert asked["question"] is not None
    given = await told("answer", "1 second", folder=tmp_path)
    assert given["outcome"] == "done"
    assert given["duration_ms"] == 1000


async def test_sentences_come_from_standard_input_and_end_at_the_first_that_is_not_done(
    tmp_path: Path,
) -> None:
    shutil.copy(media.clip(seconds=2), tmp_path / "beach.mp4")
    await said("media", "add", "beach.mp4", "--project", "Trip", "--local", folder=tmp_path)
    (tmp_path / "lines").write_text("add beach.mp4\n\nremove clip 9\nmute clip 1\n")
    with (tmp_path / "lines").open() as lines:
        process = await vbtui("say", "-", "--json", folder=tmp_path, stdin=lines)
        out, err = await process.communicate()
    told = [json.loads(line) for line in out.decode().splitlines()]
    assert [(one["say"], one["outcome"]) for one in told] == [
        ("add beach.mp4", "done"),
        ("remove clip 9", "refused"),
    ]
    assert process.returncode == 1, err


async def test_paths_come_from_standard_input(tmp_path: Path) -> None:
    """Up to a NUL each: a name may hold a line end."""
    shutil.copy(media.clip(seconds=2), tmp_path / "be\nach.mp4")
    shutil.copy(media.picture(), tmp_path / "town.jpg")
    (tmp_path / "paths").write_bytes(b"be\nach.mp4\0town.jpg\0")
    with (tmp_path / "paths").open() as paths:
        process = await vbtui(
            *("media", "add", "-", "-0", "--project", "Trip", "--local", "--json"),
            folder=tmp_path, stdin=paths,
        )  # fmt: skip
        out, err = await process.communicate()
    assert process.returncode == 0, err
    added = [one["path"] for one in json.loads(out)["media"]]
    assert added == [str(tmp_path / name) for name in ("be\nach.mp4", "town.jpg")]


async def test_what_the_studio_never_did_is_said_again_by_the_next_run(tmp_path: Path) -> None:
    """It was written down as sent, and the request never went out."""
    shutil.copy(media.clip(seconds=2), tmp_path / "beach.mp4")
    added = await told("media", "add", "beach.mp4", "--project", "T", "--local", folder=tmp_path)
    await said("say", "add beach.mp4", folder=tmp_path)
    dead = "1:gone:1"
    async with opened() as journal:
        lost = Turn(
            id=0, session_id=added["session"], text="mute clip 1", route="edit",
            state=TurnState.SENDING, position=50, created_at=1, sent_at=1, draft_before=1,
            owner=dead, author="say", awaited_by=dead,
        )  # fmt: skip
        await journal.run(lambda c: queue.LAYOUT.insert(c, lost))
    done = await told("say", "mute clip 1", folder=tmp_path)
    assert (done["outcome"], done["resumed"]) == ("done", False)
    assert [one.state for one in await turns_of(added["session"])][-2:] == [
        TurnState.DROPPED,
        TurnState.DONE,
    ]


# -- killed -----------------------------------------------------------------------------------------


async def arrived(cloud: Cloud) -> None:
    """A message is there, whole."""
    await until(lambda: any(one.complete for one in cloud.of("POST", TURN)))


async def killed(process: asyncio.subprocess.Process) -> None:
    process.send_signal(signal.SIGKILL)
    await process.wait()


async def test_killed_in_mid_turn_and_run_again_it_is_said_once_and_told(
    cloud: Cloud, there: Any, tmp_path: Path
) -> None:
    cloud.then(hang())
    process = await vbtui("say", "trim it", "--project", "Trip", folder=tmp_path, **there)
    await arrived(cloud)
    await killed(process)
    cloud.draft = titled("Sea", length=1000)
    done = await told("say", "trim it", "--project", "Trip", folder=tmp_path, **there)
    assert (done["outcome"], done["resumed"], len(done["changes"])) == ("done", True, 1)
    assert cloud.said == ["trim it"]
    cloud.then(answered("Trimmed."), first=titled("Sea", length=500))
    done = await told("say", "trim it", "--project", "Trip", folder=tmp_path, **there)
    assert (done["outcome"], done["resumed"]) == ("done", False)
    assert cloud.said == ["trim it"] * 2


async def test_what_nobody_saw_is_not_said_again_by_the_next_run(
    cloud: Cloud, there: Any, tmp_path: Path
) -> None:
    cloud.then(hang())
    process = await vbtui("say", "trim it", folder=tmp_path, **there)
    await arrived(cloud)
    await killed(process)
    unseen = await told("say", "trim it", folder=tmp_path, code=1, **there)
    assert (unseen["outcome"], unseen["error"]["code"]) == ("unseen", "turn_unseen")
    assert cloud.said == ["trim it"]


async def test_killed_while_it_waits_it_is_said_once(
    cloud: Cloud, there: Any, tmp_path: Path
) -> None:
    cloud.then(cloud.holding(after=[text_event("Done.")]), last=titled("Lake"))
    cloud.then(answered("Trimmed."), first=titled("Lake", length=500))
    first = await vbtui("say", "first", folder=tmp_path, **there)
    await arrived(cloud)
    second = await vbtui("say", "second", folder=tmp_path, **there)
    await _until_turns("sess-1", 2)
    await killed(second)
    second = await vbtui("say", "second", "--json", folder=tmp_path, **there)
    cloud.release.set()
    out, _ = await second.communicate()
    assert json.loads(out)["outcome"] == "done"
    assert await first.wait() == 0
    assert cloud.said == ["first", "second"]


async def test_interrupted_while_it_waits_it_is_never_said(
    cloud: Cloud, there: Any, tmp_path: Path
) -> None:
    cloud.then(cloud.holding(after=[text_event("Done.")]), last=titled("Lake"))
    first = await vbtui("say", "first", folder=tmp_path, **there)
    await arrived(cloud)
    second = await vbtui("say", "second", folder=tmp_path, **there)
    await _until_turns("sess-1", 2)
    second.send_signal(signal.SIGINT)
    assert await second.wait() == 130
    cloud.release.set()
    assert await first.wait() == 0
    assert [one.text for one in await turns_of("sess-1")] == ["first"]


async def _until_turns(session_id: str, count: int) -> None:
    async with opened() as journal, asyncio.timeout(PATIENCE_S):
        while len(await journal.run(lambda c: queue.of_session(c, session_id))) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # it is another process that writes


# -- beside an open vbtui ---------------------------------------------------------------------------


async def test_an_open_vbtui_shows_what_is_said_and_by_whom(
    cloud: Cloud, there: Any, tmp_path: Path
) -> None:
    events: list[Event] = []
    cloud.then(answered("Trimmed."), first=titled("Sea", length=500))
    async with engine(tmp_path, cloud.url, settings={"token": "tok_of_mine"}) as app:
        app.bus.subscribe(events.append)
        await said("say", "trim it", folder=tmp_path, **there)

        def is_shown() -> bool:
            turns = [one.turn for one in events if isinstance(one, TurnChanged)]
            drafts = [one for one in events if isinstance(one, DraftChanged)]
            return any(
                one.state is TurnState.DONE and one.author == "say" for one in turns
            ) and any(one.version.version == 2 for one in drafts)

        await until(is_shown)
        assert app.drafts.version == 2
    assert cloud.said == ["trim it"]


async def test_it_waits_for_what_an_open_vbtui_has_under_way(
    cloud: Cloud, there: Any, tmp_path: Path
) -> None:
    cloud.then(cloud.holding(after=[text_event("Done.")]), last=titled("Lake"))
    cloud.then(answered("Trimmed."), first=titled("Lake", length=500))
    async with engine(tmp_path, cloud.url, settings={"token": "tok_of_mine"}) as app:
        await app.conversation.say("make it calm", route="edit")
        await arrived(cloud)
        process = await vbtui("say", "trim it", "--json", folder=tmp_path, **there)
        await _until_turns("sess-1", 2)
        assert cloud.said == ["make it calm"]
        cloud.release.set()
        out, err = await process.communicate()
        assert json.loads(out)["outcome"] == "done", err
        await idle(app)
    assert cloud.said == ["make it calm", "trim it"]


async def test_messages_that_wait_for_the_user_are_not_let_go(
    cloud: Cloud, there: Any, tmp_path: Path
) -> None:
    async with opened() as journal:
        for number, state in enumerate((TurnState.FAILED, TurnState.QUEUED), 1):
            left = Turn(
                id=0, session_id="sess-1", text=f"message {number}", route="edit", state=state,
                position=number, created_at=1, sent_at=1 if number == 1 else None,
            )  # fmt: skip
            await journal.run(partial(queue.LAYOUT.insert, record=left))
    refused = await told("say", "trim it", folder=tmp_path, code=1, **there)
    assert refused["error"]["code"] == "messages_wait"
    assert cloud.said == []
    assert len(await turns_of("sess-1")) == 2


async def test_what_stands_behind_its_own_is_left_to_others(
    cloud: Cloud, there: Any, tmp_path: Path
) -> None:
    cloud.then(cloud.holding(after=[text_event("Done.")]), last=titled("Lake"))
    process = await vbtui("say", "trim it", folder=tmp_path, **there)
    await arrived(cloud)
    async with opened() as journal:
        later = Turn(
            id=0, session_id="sess-1", text="later", route="edit", state=TurnState.QUEUED,
            position=9, created_at=1,
        )  # fmt: skip
        await journal.run(lambda c: queue.LAYOUT.insert(c, later))
    cloud.release.set()
    assert await process.wait() == 0
    assert cloud.said == ["trim it"]
    assert [one.state for one in await turns_of("sess-1")][-1] is TurnState.QUEUED
