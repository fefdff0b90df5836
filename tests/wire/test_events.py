"""Events of every dialect to `TurnEvent`s."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.wire import captures
from vbtui.base.errors import BackendError, ConnectionBroken, NoCredits, SessionNotFound
from vbtui.wire.events import (
    ErrorReported,
    Heartbeat,
    OtherPart,
    StateHinted,
    TextPiece,
    ToolCalled,
    ToolReturned,
    TurnEvent,
    TurnText,
)


def read(*events: Any, token: str = "") -> list[TurnEvent]:
    texts = [event if isinstance(event, str) else json.dumps(event) for event in events]
    return captures.read(*(f"data: {text}\n\n".encode() for text in texts), token=token)


def adk(*parts: Any, **more: Any) -> dict[str, Any]:
    return {"content": {"parts": list(parts), "role": "model"}, "author": "a", **more}


def shown(events: list[TurnEvent]) -> str:
    text = TurnText()
    for event in events:
        if isinstance(event, TextPiece):
            text.feed(event)
    text.close()
    return text.text


def test_snake_case_says_the_same() -> None:
    camel = read(
        adk({"functionCall": {"id": "1", "name": "cut", "args": {"a": 1}}}),
        adk({"functionResponse": {"id": "1", "name": "cut", "response": {"ok": True}}}),
        adk({"inlineData": {}}, {"executableCode": {}}, actions={"stateDelta": {"x": 1}}),
        adk(errorCode="E", errorMessage="It failed."),
    )
    snake = read(
        adk({"function_call": {"id": "1", "name": "cut", "args": {"a": 1}}}),
        adk({"function_response": {"id": "1", "name": "cut", "response": {"ok": True}}}),
        adk({"inline_data": {}}, {"executable_code": {}}, actions={"state_delta": {"x": 1}}),
        adk(error_code="E", error_message="It failed."),
    )
    assert (
        camel
        == snake
        == [
            ToolCalled("1", "cut", {"a": 1}),
            ToolReturned("1", "cut", {"ok": True}),
            OtherPart("inlineData"),
            OtherPart("executableCode"),
            StateHinted(),
            ErrorReported("E", "It failed."),
        ]
    )


def test_thoughts_are_not_for_the_user() -> None:
    assert read(adk({"text": "hm", "thought": True}, partial=True)) == []
    assert shown(read(adk({"text": "hm", "thought": True}, {"text": "Yes."}))) == "Yes."


def test_text_stands_nowhere_else() -> None:
    events = read(
        adk({"functionCall": {"id": "1", "name": "t", "args": {"text": "no"}}}, text="no"),
        adk(actions={"stateDelta": {"draft": {"text": "no"}}}),
    )
    assert shown(events) == ""


def test_a_call_counts_once_and_not_in_partial_events() -> None:
    call = {"functionCall": {"id": "1", "name": "cut"}}
    assert read(adk(call, partial=True)) == []
    assert read(adk(call, partial=True), adk(call), adk(call)) == [ToolCalled("1", "cut", {})]


def test_calls_without_an_id_are_paired_by_name() -> None:
    call, result = {"functionCall": {"name": "cut"}}, {"functionResponse": {"name": "cut"}}
    found = read(adk(call, call), adk(result), adk(result))
    assert [getattr(event, "id", "") for event in found] == ["cut#1", "cut#2", "cut#1", "cut#2"]


def test_typed_events() -> None:
    assert read(
        {"type": "heartbeat"},
        {"type": "tool_call", "name": "cut", "args": {"at": 3}},
        {"type": "tool_result", "name": "cut", "result": "ok"},
        {"type": "text", "content": "Hello "},
        {"type": "text", "content": "there."},
        {"text": " Again"},
        {"type": "novelty"},
        {"type": "error", "message": "It failed."},
    ) == [
        Heartbeat(),
        ToolCalled("cut#1", "cut", {"at": 3}),
        ToolReturned("cut#1", "cut", {"result": "ok"}),
        TextPiece("Hello ", True),
        TextPiece("there.", True),
        TextPiece(" Again", True),
        OtherPart("novelty"),
        ErrorReported("", "It failed."),
    ]


def test_typed_sentences_are_paragraphs_and_typed_pieces_are_not() -> None:
    def typed(*texts: str) -> str:
        return shown(read(*({"type": "text", "content": text} for text in texts)))

    assert typed("Step 1 done.", "Step 2 done.") == "Step 1 done.\n\nStep 2 done."
    assert typed("I ad", "ded", " it", ".", " Any", "thing else?") == "I added it. Anything else?"
    assert typed("标题", "已添加") == "标题已添加"


def test_text_that_is_not_closed_survives_the_next_model_turn() -> None:
    call = {"functionCall": {"id": "1", "name": "cut"}}
    pieces = read(
        adk({"text": "I will cut. "}, partial=True),
        adk(call),
        adk({"text": "Done"}, partial=True),
        adk({"text": "Done."}),
    )
    assert shown(pieces) == "I will cut.\n\nDone."
    all_of_it = read(
        adk({"text": "I will cut. "}, partial=True),
        adk(call),
        adk({"text": "Done"}, partial=True),
        adk({"text": "I will cut. Done."}),
    )
    assert shown(all_of_it) == "I will cut.\n\nDone."
    replaced = read(adk({"text": "I wi"}, partial=True), adk(call), adk({"text": "I will cut."}))
    assert shown(replaced) == "I will cut."


def test_an_error_with_text_shows_the_text_first() -> None:
    found = read(adk({"text": "Half."}, errorCode="MAX", errorMessage="Too long."))
    assert found == [TextPiece("Half.", False), ErrorReported("MAX", "Too long.")]


def test_a_cut_is_told() -> None:
    found = read(adk({"text": "Half"}, finishReason="MAX_TOKENS"))
    assert found[-1] == ErrorReported(
        "MAX_TOKENS", "The answer was cut off because it became too long."
    )
    assert read(adk({"text": "All."}, finishReason="STOP")) == [TextPiece("All.", False)]


@pytest.mark.parametrize(
    "event",
    [
        {"error": "It broke."},
        {"error": {"message": "It broke.", "code": ""}},
        {"detail": "It broke."},
        adk(errorMessage="It broke."),
        {"errorMessage": "It broke."},
    ],
)
def test_errors_in_mid_stream(event: Any) -> None:
    assert read(event) == [ErrorReported("", "It broke.")]


def test_an_error_named_by_its_event_field() -> None:
    found = captures.read(b'event: error\ndata: {"message": "It broke."}\n\n')
    assert found == [ErrorReported("", "It broke.")]


@pytest.mark.parametrize(
    "words", ["", '{"raw": "json"}', "<html>", "500", "Traceback (most recent call last): x"]
)
def test_no_raw_words_reach_the_user(words: str) -> None:
    (error,) = read({"error": words})
    assert error == ErrorReported("", "")


def test_a_token_in_an_error_is_left_out() -> None:
    (error,) = read({"error": "bad token tok_12345 and Bearer abc.def"}, token="tok_12345")
    assert error == ErrorReported("", "bad token … and …")


def test_an_envelope_in_the_place_of_a_stream_is_its_error() -> None:
    with pytest.raises(NoCredits):
        read({"type": "heartbeat"}, {"code": 2001, "message": "no credits"})
    with pytest.raises(SessionNotFound):
        captures.read(b'{"code": 1002, "msg": "gone"}\n')
    with pytest.raises(BackendError):
        read({"success": False, "error": "no"})


def test_an_envelope_after_the_first_word_is_an_error_in_the_stream() -> None:
    found = read(adk({"text": "a"}), {"code": 2001, "message": "No credits."})
    assert found == [TextPiece("a", False), ErrorReported("2001", "No credits.")]


def test_an_agent_without_words_is_no_error() -> None:
    call = {"functionCall": {"id": "1", "name": "cut"}}
    end = adk(errorCode="MODEL_RETURNED_NO_CONTENT", errorMessage="The model returned no content.")
    assert read(adk(call), end) == [ToolCalled("1", "cut", {})]


@pytest.mark.parametrize("data", ["", "{}", "null", "ping", "[DONE]", "  "])
def test_nothing_is_said_by(data: str) -> None:
    assert [event for event in read(data) if not isinstance(event, Heartbeat)] == []


@pytest.mark.parametrize(
    "data",
    [
        "plain words",
        "[1]",
        "7",
        "[" * 100_000,
        '{"content": {"parts": 3}}',
        '{"content": {"parts": [null, 3, {"text": 5}, {"functionCall": 3}]}}',
        '{"content": {"parts": [{"functionCall": {"id": {}, "name": [], "args": 3}}]}}',
        '{"content": [], "actions": 3, "partial": "x"}',
        '{"type": 3}',
        '{"type": "text", "content": {"a": 1}}',
    ],
)
def test_nonsense_is_survived(data: str) -> None:
    assert shown(read(data)) == ""


def test_a_stream_that_stops_inside_an_event_is_broken() -> None:
    chunks = [b'data: {"text": "a"}\n\nda', b'ta: {"content": {"pa']
    with pytest.raises(ConnectionBroken):
        captures.read(*chunks)
    assert captures.read(chunks[0]) == [TextPiece("a", True)]


def test_words_of_tools_are_clean() -> None:
    (call,) = read(
        adk({"functionCall": {"id": "1", "name": "a\x1b]0;x\x07b", "args": {"k\n": ["\x1b[2Jz"]}}})
    )
    assert call == ToolCalled("1", "ab", {"k": ["z"]})


def test_huge_tool_answers_are_bounded() -> None:
    (result,) = read(adk({"functionResponse": {"id": "1", "response": {"a": [0] * 100_000}}}))
    assert isinstance(result, ToolReturned)
    assert len(result.response["a"]) < 6000
