"""`POST /studio/plan` over real HTTP: what sentences would do, and nothing of it is done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests import clips as media
from tests.studio.running import RunningStudio, studio
from vbtui.studio.server.plans import MOST_CHARACTERS, MOST_TURNS


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    with studio(tmp_path_factory.mktemp("studio")) as it:
        yield it


@pytest.fixture(scope="module")
def session_id(running: RunningStudio) -> str:
    """Two clips on the timeline, the first of them muted by the last turn."""
    session_id = running.new_session()
    running.add(session_id, media.clip(seconds=3), media.picture())
    running.say(session_id, "combine these clips")
    running.say(session_id, "mute clip 1")
    return session_id


def plan(running: RunningStudio, session_id: str, *say: Any, **more: Any) -> dict[str, Any]:
    body = {"session_id": session_id, "say": list(say), **more}
    reply = running.http.post("/studio/plan", json=body).json()
    assert reply["code"] == 0, reply
    return dict(reply["data"])


def volumes(told: dict[str, Any]) -> list[float]:
    return [segment["volume"] for segment in told["timeline"]["tracks"][0]["segments"]]


def test_it_is_a_capability(running: RunningStudio) -> None:
    assert running.http.get("/studio/capabilities").json()["data"]["plan"] is True


def test_each_is_planned_for_itself_and_nothing_is_done(
    running: RunningStudio, session_id: str
) -> None:
    before = running.state(session_id)["draft"]
    first, second, third = plan(
        running, session_id, "mute clip 2", "remove clip 1", "do not remove clip 1"
    )["plans"]
    assert (first["say"], first["mood"], first["changed"]) == ("mute clip 2", "request", True)
    assert first["operations"][0]["op"] == "mute"
    assert first["question"] is first["refused"] is None
    assert volumes(first) == [0, 0]
    (change,) = first["changes"]
    assert (change["kind"], change["before"], change["after"]) == ("volume", "100%", "0%")
    (clip,) = second["timeline"]["tracks"][0]["segments"]
    assert clip["name"].endswith(".png")
    assert (clip["start_ms"], clip["duration_ms"], clip["in_ms"], clip["speed"]) == (0, 4000, 0, 1)
    assert second["timeline"]["duration_ms"] == 4000
    assert (third["mood"], third["changed"], third["operations"]) == ("negation", False, [])
    assert third["reply"]
    assert volumes(third) == [0, 1]
    assert running.state(session_id)["draft"] == before


def test_what_is_remembered_of_the_session_counts_and_stays(
    running: RunningStudio, session_id: str
) -> None:
    for _ in range(2):
        (told,) = plan(running, session_id, "no, clip 2")["plans"]
        assert (told["mood"], volumes(told)) == ("correction", [1, 0])
    (told,) = plan(running, session_id, "undo")["plans"]
    assert volumes(told) == [1, 1]


def test_turns_of_one_row_go_on_from_each_other(running: RunningStudio, session_id: str) -> None:
    rows = [
        ["mute clip 2", "no, unmute clip 1", "undo"],
        ["remove clip 1", "undo", "redo"],
        ["undo", "undo", "redo"],
        ["undo", "undo", "combine these clips", "mute the clip", "2"],
    ]
    corrected, redone, twice, answered = plan(running, session_id, *rows)["plans"]
    assert [turn["changed"] for turn in corrected["turns"]] == [True, True, True]
    assert volumes(corrected) == [0, 1]
    assert [turn["say"] for turn in redone["turns"]] == rows[1]
    assert redone["say"] == "redo"
    assert volumes(redone) == [1]
    assert volumes(twice) == [1, 1]
    asked = answered["turns"][3]
    assert asked["question"]
    assert len(asked["choices"]) == 2
    assert not asked["changed"]
    assert volumes(answered) == [1, 0]


def test_what_comes_first_is_told_and_lies_below_all(
    running: RunningStudio, session_id: str
) -> None:
    told = plan(running, session_id, "unmute clip 1", after=["remove clip 2", "remove clip 7"])
    done, refused = told["after"]
    assert (done["changed"], refused["changed"]) == (True, False)
    assert refused["refused"]["op"] == "remove"
    assert refused["refused"]["message"] in refused["reply"]
    assert volumes(told["plans"][0]) == [1]
    assert plan(running, session_id) == {"after": [], "plans": []}


def test_an_empty_project_has_an_empty_timeline(running: RunningStudio) -> None:
    (told,) = plan(running, running.new_session(), "mute clip 1")["plans"]
    assert told["timeline"]["tracks"] == []
    assert told["timeline"]["duration_ms"] == 0
    assert not told["changed"]


@pytest.mark.parametrize(
    "change",
    [
        {"session_id": None},
        {"say": "mute clip 1"},
        {"say": [1]},
        {"say": [[]]},
        {"say": [["mute clip 1", 2]]},
        {"after": "mute clip 1"},
        {"after": [["mute clip 1"]]},
        {"say": ["x"] * (MOST_TURNS + 1)},
        {"say": ["x"], "after": ["x"] * MOST_TURNS},
        {"say": ["x" * (MOST_CHARACTERS + 1)]},
    ],
)
def test_bad_bodies_are_refused(
    running: RunningStudio, session_id: str, change: dict[str, Any]
) -> None:
    body = {"session_id": session_id, "say": ["mute clip 1"], **change}
    reply = running.http.post("/studio/plan", json=body)
    assert (reply.status_code, reply.json()["code"]) == (400, 400)


def test_only_whose_session_it_is_may_ask(running: RunningStudio, session_id: str) -> None:
    body = {"session_id": session_id, "say": ["mute clip 1"]}
    no_token = {"Authorization": "Bearer nobody"}
    assert running.http.post("/studio/plan", json=body, headers=no_token).status_code == 401
    unknown = running.http.post("/studio/plan", json={**body, "session_id": "x"}).json()
    assert unknown["code"] == 1002


def test_an_older_timeline_comes_back_and_undo_takes_that_back(running: RunningStudio) -> None:
    session_id = running.new_session()
    running.add(session_id, media.clip(seconds=3), media.picture())
    running.say(session_id, "combine these clips")
    older = running.state(session_id)["draft"]
    running.say(session_id, "remove clip 2")
    newer = running.state(session_id)["draft"]
    assert restore(running, session_id, older)["code"] == 0
    back = running.state(session_id)["draft"]
    assert back["t"] == older["t"]
    assert back["m"]["version"] == newer["m"]["version"] + 1
    running.say(session_id, "undo")
    assert running.state(session_id)["draft"] == newer


def test_a_timeline_of_files_that_are_not_there_does_not_come_back(running: RunningStudio) -> None:
    first, other = running.new_session(), running.new_session()
    running.add(first, media.clip(seconds=3))
    running.say(first, "combine these clips")
    told = restore(running, other, running.state(first)["draft"])
    assert told["code"] == 400
    assert "which this session does not have" in told["message"]
    assert restore(running, first, "no timeline")["code"] == 400
    empty = {"t": [], "d": 0, "m": {"version": 9}}
    assert restore(running, first, empty)["code"] == 0
    assert running.state(first)["draft"]["t"] == []


def restore(running: RunningStudio, session_id: str, draft: Any) -> dict[str, Any]:
    reply = running.http.post(f"/studio/restore/{session_id}", json={"draft": draft})
    return dict(reply.json())
