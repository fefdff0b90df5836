"""Turns over real HTTP: ADK's shape, kept before they are told, carried out without a listener."""

from __future__ import annotations

import concurrent.futures
import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests import clips as media
from tests.studio.running import RunningStudio, events, message, studio, until
from vbtui.studio.director import Call, Outcome
from vbtui.studio.server.turns import Invocation

CAPTURES = Path(__file__).parents[1] / "data" / "captures"
TITLE = 'add a title "Urban Dreams"'


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    with studio(tmp_path_factory.mktemp("studio")) as it:
        yield it


@pytest.fixture
def session_id(running: RunningStudio) -> str:
    session_id = running.new_session()
    running.add(session_id, media.clip(seconds=3), media.picture())
    return session_id


def captured(name: str) -> list[dict[str, Any]]:
    text = (CAPTURES / f"{name}.http").read_text(encoding="utf-8")
    return events(text.split("\n\n", 1)[1])


def kind(event: Mapping[str, Any]) -> str:
    parts = event["content"]["parts"]
    names = {name for part in parts for name in part if name != "thought"}
    return f"{'+'.join(sorted(names))} partial={event.get('partial')}"


def shapes(stream: Sequence[Mapping[str, Any]]) -> dict[str, set[str]]:
    """Kind of event → its keys, those of what it holds included."""
    found: dict[str, set[str]] = {}
    for event in stream:
        keys = set(event) | {f"actions.{key}" for key in event["actions"]}
        for part in event["content"]["parts"]:
            for name, value in part.items():
                if isinstance(value, dict):
                    keys |= {f"{name}.{key}" for key in value}
        found.setdefault(kind(event), set()).update(keys)
    return found


OUTCOME = Outcome(
    reply="I added the title “Urban Dreams”, 0-3s.\n\n- one\n- 两个",
    draft={"t": []},
    calls=(Call("add_bgm", {"volume": 0.35}), Call("add_title", {"text": "Urban Dreams"})),
)
OPTIONAL = {"usageMetadata"}


@pytest.mark.parametrize(
    ("streaming", "names"),
    [
        (True, ["tools-stream", "edit-title-stream", "edit-quiet-stream"]),
        (False, ["tools-nostream", "edit-title-nostream", "edit-quiet-nostream"]),
    ],
)
def test_events_have_the_captures_shape(streaming: bool, names: list[str]) -> None:
    real = shapes([event for name in names for event in captured(name)])
    ours = shapes(list(Invocation(streaming=streaming).events(OUTCOME, {"draft": {}})))
    for name, keys in ours.items():
        if name in real:
            assert keys <= real[name], name
            assert real[name] - keys <= OPTIONAL, name
    assert set(ours) <= set(real)
    assert len(ours) == (5 if streaming else 3)


def test_error_event_has_the_captures_shape() -> None:
    real = captured("error-stream")[-1]
    assert set(Invocation(streaming=True).error("FAILED", "It failed.")) == set(real)


def test_pieces_make_the_whole() -> None:
    stream = list(Invocation(streaming=True).events(OUTCOME, {}))
    texts = [
        part["text"] for event in stream for part in event["content"]["parts"] if "text" in part
    ]
    assert "".join(texts[:-1]) == texts[-1] == OUTCOME.reply
    assert len(texts) > 4
    calls = [event for event in stream if kind(event).startswith("functionCall")]
    assert [event["partial"] for event in calls] == [True, False]
    ids = [part["functionCall"]["id"] for part in calls[1]["content"]["parts"]]
    (answer,) = [event for event in stream if kind(event).startswith("functionResponse")]
    assert [part["functionResponse"]["id"] for part in answer["content"]["parts"]] == ids
    assert len({event["invocationId"] for event in stream}) == 1


@pytest.mark.parametrize("reply", ["一" * 500, "x" * 500, "a\n\n b  ", " ", "\u2028 \u0085x"])
def test_pieces_of_odd_texts(reply: str) -> None:
    stream = list(Invocation(streaming=True).events(Outcome(reply, None), {}))
    texts = [event["content"]["parts"][0]["text"] for event in stream]
    assert "".join(texts[:-1]) == texts[-1] == reply


def test_silent_edit_has_no_text() -> None:
    stream = list(Invocation(streaming=True).events(Outcome("", {}, (Call("undo"),)), {"draft": 1}))
    assert [kind(event) for event in stream][-1] == "functionResponse partial=None"
    assert stream[-1]["actions"]["stateDelta"] == {"draft": 1}
    assert list(Invocation(streaming=True).events(Outcome("", None), {})) == []


def test_a_question_is_said_and_asked_and_nothing_answers_the_call() -> None:
    asked = Outcome(
        "Which clip?\n\n1. one\n2. two", None, question="Which clip?", choices=("one", "two")
    )
    stream = list(Invocation(streaming=True).events(asked, {}))
    assert [kind(event) for event in stream][-2:] == [
        "functionCall partial=True",
        "functionCall partial=False",
    ]
    assert kind(stream[-3]) == "text partial=False"
    (call,) = (part["functionCall"] for part in stream[-1]["content"]["parts"])
    assert stream[-1]["longRunningToolIds"] == [call["id"]]
    assert call["name"] == "ask_question"
    (question,) = call["args"]["questions"]
    assert question["prompt"] == "Which clip?"
    assert [one["label"] for one in question["options"]] == ["one", "two"]
    (whole,) = Invocation(streaming=False).events(
        Outcome("", None, question="How long?", choices=()), {}
    )
    assert whole["content"]["parts"][0]["functionCall"]["args"]["questions"][0]["options"] == []


def volumes(running: RunningStudio, session_id: str) -> list[float]:
    draft = running.state(session_id)["draft"]
    return [segment["m"].get("volume", 1.0) for segment in draft["t"][0]["sg"]]


def test_a_correction_is_one_undo_with_what_it_corrects(
    running: RunningStudio, session_id: str
) -> None:
    running.say(session_id, "combine these clips")
    before = running.state(session_id)["draft"]
    running.say(session_id, "mute clip 1")
    assert volumes(running, session_id) == [0, 1]
    running.say(session_id, "no, clip 2")
    assert volumes(running, session_id) == [1, 0]
    running.say(session_id, "undo")
    assert running.state(session_id)["draft"]["t"] == before["t"]
    running.say(session_id, "redo")
    assert volumes(running, session_id) == [1, 0]


def test_an_answer_is_taken_for_the_question_that_is_open(
    running: RunningStudio, session_id: str
) -> None:
    running.say(session_id, "combine these clips")
    asked = running.say(session_id, "mute the clip")
    assert "ask_question" in str(asked[-1])
    assert volumes(running, session_id) == [1, 1]
    running.say(session_id, "2")
    assert volumes(running, session_id) == [1, 0]


def test_what_is_taken_back_is_done_to_another_clip(
    running: RunningStudio, session_id: str
) -> None:
    running.say(session_id, "combine these clips")
    running.say(session_id, "mute clip 1")
    running.say(session_id, "undo")
    assert volumes(running, session_id) == [1, 1]
    running.say(session_id, "no, clip 2")
    assert volumes(running, session_id) == [1, 0]


def test_a_restart_forgets_what_was_said(tmp_path: Path) -> None:
    with studio(tmp_path) as first:
        session_id = first.new_session()
        first.add(session_id, media.clip(seconds=3), media.picture())
        first.say(session_id, "combine these clips")
        first.say(session_id, "mute clip 1")
    with studio(tmp_path) as second:
        second.say(session_id, "no, clip 2")
        assert volumes(second, session_id) == [0, 1]


def test_turn_is_in_the_state_when_it_is_told(running: RunningStudio, session_id: str) -> None:
    reply = running.http.post("/run_sse", json=message(session_id, TITLE))
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    stream = events(reply.text)
    draft = running.state(session_id)["draft"]
    told = [event["actions"]["stateDelta"] for event in stream if event["actions"]["stateDelta"]]
    assert told == [{"draft": draft}]
    words = [
        segment["m"]["text"] for track in draft["t"] if track["tt"] == 7 for segment in track["sg"]
    ]
    assert "Urban Dreams" in words
    canvas = running.state(session_id)["canvas_config"]
    assert canvas["width"] == draft["m"]["width"]


def test_without_streaming_there_are_wholes_alone(running: RunningStudio, session_id: str) -> None:
    for streaming in (False, None):
        body = message(session_id, TITLE, streaming=streaming)
        stream = events(running.http.post("/run_sse", json=body).text)
        assert stream
        assert all("partial" not in event for event in stream)


def test_chinese_is_answered_in_chinese(running: RunningStudio, session_id: str) -> None:
    stream = running.say(session_id, "添加标题“城市之梦”")
    text = stream[-1]["content"]["parts"][0]["text"]
    assert any("\u4e00" <= character <= "\u9fff" for character in text)


def test_undo_and_redo(running: RunningStudio, session_id: str) -> None:
    running.say(session_id, TITLE)
    first = running.state(session_id)["draft"]
    running.say(session_id, 'add a title "The end" at the end')
    second = running.state(session_id)["draft"]
    assert first["t"] != second["t"]
    running.say(session_id, "undo")
    assert running.state(session_id)["draft"]["t"] == first["t"]
    running.say(session_id, "redo")
    assert running.state(session_id)["draft"]["t"] == second["t"]
    running.say(session_id, "undo")
    running.say(session_id, "undo")
    left = running.state(session_id)["draft"]
    assert left is None or not any(track["sg"] for track in left["t"])
    running.say(session_id, "redo")
    assert running.state(session_id)["draft"]["t"] == first["t"]


def test_turns_of_a_session_wait_for_each_other(running: RunningStudio, session_id: str) -> None:
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        texts = [f'add a title "number {number}" at {number} s' for number in range(6)]
        streams = list(pool.map(lambda text: running.say(session_id, text), texts))
    assert all(streams)
    draft = running.state(session_id)["draft"]
    told = [
        event["actions"]["stateDelta"]["draft"]
        for stream in streams
        for event in stream
        if event["actions"]["stateDelta"]
    ]
    assert len(told) == 6
    assert draft in told
    written = {segment["m"].get("text") for track in draft["t"] for segment in track["sg"]}
    assert {f"number {number}" for number in range(6)} <= written


def test_turn_is_done_when_nobody_listens(running: RunningStudio, session_id: str) -> None:
    host, port = running.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port))
    headers = {"Authorization": f"Bearer {running.token}", "Content-Type": "application/json"}
    connection.request("POST", "/run_sse", json.dumps(message(session_id, TITLE)), headers)
    connection.close()
    until(lambda: running.state(session_id)["draft"], bool)


def test_turn_survives_kill_9(tmp_path: Path) -> None:
    with studio(tmp_path) as first:
        session_id = first.new_session()
        first.add(session_id, media.clip())
        first.say(session_id, TITLE)
        draft = first.state(session_id)["draft"]
        first.kill()
    with studio(tmp_path) as second:
        assert second.state(session_id)["draft"] == draft
        second.say(session_id, "undo")
        assert second.state(session_id)["draft"] != draft


def test_frame_of_the_timeline(running: RunningStudio, session_id: str) -> None:
    running.say(session_id, "combine these clips")
    reply = running.http.get(f"/studio/frames/{session_id}?at=500&width=160&height=90")
    assert reply.headers["content-type"] == "image/png"
    assert reply.content.startswith(b"\x89PNG")
    version = running.state(session_id)["draft"]["m"]["version"]
    path = f"/studio/frames/{session_id}?at=0&width=160&height=90&version="
    assert running.http.get(f"{path}{version}").is_success
    assert running.http.get(f"{path}{version + 99}").json()["code"] == 404


def test_unknown_session_is_404_as_adk_says_it(running: RunningStudio) -> None:
    reply = running.http.post("/run_sse", json=message("nowhere", "hi"))
    assert reply.status_code == 404
    assert set(reply.json()) == {"detail"}
    assert "Session not found" in reply.json()["detail"]


@pytest.mark.parametrize(
    "change",
    [
        {"app_name": None},
        {"app_name": "other"},
        {"user_id": 1},
        {"session_id": None},
        {"new_message": None},
        {"new_message": "hi"},
        {"new_message": {"role": "user", "parts": []}},
        {"new_message": {"role": "user", "parts": ["hi"]}},
        {"new_message": {"role": "user", "parts": [{"text": " \x00\u202e"}]}},
        {"new_message": {"role": "user", "parts": [{"text": "x" * 200_000}]}},
        {"streaming": "yes"},
    ],
)
def test_bad_bodies_are_422(running: RunningStudio, change: dict[str, Any]) -> None:
    reply = running.http.post("/run_sse", json={**message("x", "hi"), **change})
    assert reply.status_code == 422
    (problem,) = reply.json()["detail"]
    assert {"type", "loc", "msg"} == set(problem)


@pytest.mark.parametrize("body", ["", "[]", "{", "null", "[" * 100_000, '{"app_name": NaN}'])
def test_no_json_is_422(running: RunningStudio, body: str) -> None:
    assert running.http.post("/run_sse", content=body).status_code == 422
