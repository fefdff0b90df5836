"""Bytes to events: lines, cuts, comments, broken errors, size and speed."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.growth import growth
from vbtui.base.errors import BadReply
from vbtui.wire import sse
from vbtui.wire.sse import Frame, SseReader


def frames(*chunks: bytes) -> list[Frame]:
    reader = SseReader()
    return [frame for chunk in chunks for frame in reader.feed(chunk)] + reader.close()


def test_only_lf_crlf_and_cr_end_a_line() -> None:
    odd = "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg"
    assert frames(f"data: {odd}\n\n".encode()) == [Frame("message", odd)]
    for end in ("\n", "\r\n", "\r"):
        assert frames(f"data: 1{end}{end}data: 2{end}{end}".encode()) == [
            Frame("message", "1"),
            Frame("message", "2"),
        ]


def test_an_event_is_there_as_soon_as_its_blank_line() -> None:
    for end in (b"\n\n", b"\r\n\r\n", b"\r\r", b"\r\n\r"):
        reader = SseReader()
        assert reader.feed(b"data: 1" + end) == [Frame("message", "1")]
        assert reader.feed(b"\n" if end.endswith(b"\r") else b"") == []
        assert reader.close() == []


def test_several_data_lines_are_one_event() -> None:
    assert frames(b'data: {"a":\ndata: 1}\n\n') == [Frame("message", '{"a":\n1}')]
    assert frames(b"data:1\nid: 7\nretry: 9\ndata:  2\n\n") == [Frame("message", "1\n 2")]


def test_signs_of_life_are_kept() -> None:
    found = frames(
        b": ping\n\ndata:\n\ndata: \n\nevent: heartbeat\ndata: {}\n\nevent: heartbeat\n\n"
    )
    assert found[0] == Frame("comment", "")
    assert found[1:3] == [Frame("message", ""), Frame("message", "")]
    assert [frame.name for frame in found[3:]] == ["heartbeat", "heartbeat"]


def test_the_last_event_counts_without_its_blank_line() -> None:
    assert frames(b"data: 1\n\ndata: 2") == [Frame("message", "1"), Frame("message", "2")]
    assert frames(b"event: x\ndata: 2\n") == [Frame("x", "2")]


def test_a_byte_order_mark_is_no_text() -> None:
    assert frames(b"\xef\xbb", b"\xbfdata: 1\n\n") == [Frame("message", "1")]


def test_invalid_utf8_spoils_no_more_than_itself() -> None:
    assert frames(b"data: a\xff\xc3b\n\ndata: c\n\n")[1] == Frame("message", "c")


def test_a_broken_error_takes_all_its_lines() -> None:
    body = b'data: 1\n\ndata: {"error": "it "broke"\n\n  File "a.py", line 3\nevent: no\n"}\n\n'
    assert frames(body) == [
        Frame("message", "1"),
        Frame("broken error", 'it "broke"\n\n  File "a.py", line 3\nevent: no\n'),
    ]


def test_a_broken_error_ends_where_a_new_event_begins() -> None:
    body = b'data: {"error": "a "b""}\n\ndata: {"x": 1}\n\n'
    assert frames(body) == [Frame("broken error", 'a "b"'), Frame("message", '{"x": 1}')]


def test_an_error_that_is_json_is_none_of_that() -> None:
    whole = b'data: {"error": "fine"}\n\n'
    assert frames(whole) == [Frame("message", '{"error": "fine"}')]
    lines = b'data: {"error": "fine",\ndata: "more": 1}\n\ndata: 2\n\n'
    assert frames(lines) == [
        Frame("message", '{"error": "fine",\n"more": 1}'),
        Frame("message", "2"),
    ]


def test_a_bare_object_on_a_line_is_an_event() -> None:
    assert frames(b'{"code": 1002}\n') == [Frame("message", '{"code": 1002}')]


_LINES = st.sampled_from(
    [
        "data: é漢💥",
        'data: {"a": "\u2028"}',
        "data:",
        ": c",
        "",
        "",
        "event: x",
        "id: 1",
        'data: {"error": "x',
        'junk "}',
    ]
)


@given(
    st.lists(_LINES, max_size=12),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.lists(st.integers(0, 200), max_size=6),
)
@settings(max_examples=150, deadline=None)
def test_cuts_change_nothing(lines: list[str], end: str, cuts: list[int]) -> None:
    body = end.join(lines).encode()
    places = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    pieces = [body[a:b] for a, b in pairwise(places)]
    assert frames(*pieces) == frames(body)


def test_a_large_event_in_small_chunks_takes_linear_time() -> None:
    def read(size: int) -> None:
        data = json.dumps({"draft": "x" * size})
        body = f"data: {data}\n\n".encode()
        found = frames(*(body[at : at + 1024] for at in range(0, len(body), 1024)))
        assert found == [Frame("message", data)]

    assert growth(read, 8_000_000) < 8


def test_an_endless_line_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_EVENT_CHARS", 10_000)
    with pytest.raises(BadReply, match="does not end"):
        frames(*[b"data: " + b"x" * 1000] * 20)
