"""The backend's bytes to the standard's, and what the standard's reader makes of them."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator
from itertools import pairwise

import httpx
import pytest
from httpx_sse import EventSource
from hypothesis import given
from hypothesis import strategies as st

from vbtui.base.errors import BadReply
from vbtui.wire import turn as sse
from vbtui.wire.turn import StreamFilter


def passed(*chunks: bytes) -> bytes:
    """What goes on of a stream that comes in these pieces."""
    stream = StreamFilter()
    return b"".join([*map(stream.feed, chunks), stream.close()])


def events(*chunks: bytes) -> list[tuple[str, str]]:
    """Name and data of each event that httpx-sse sees."""

    async def filtered() -> AsyncIterator[bytes]:
        yield passed(*chunks)

    async def read() -> list[tuple[str, str]]:
        headers = {"Content-Type": "text/event-stream"}
        source = EventSource(httpx.Response(200, headers=headers, content=filtered()))
        return [(event.event, event.data) async for event in source.aiter_sse()]

    return asyncio.run(read())


def messages(*data: str) -> list[tuple[str, str]]:
    return [("message", text) for text in data]


def error(words: str) -> tuple[str, str]:
    return "message", json.dumps({"error": words})


def test_only_lf_crlf_and_cr_end_a_line() -> None:
    odd = "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg"
    assert events(f"data: {odd}\n\n".encode()) == messages(odd)
    for end in ("\n", "\r\n", "\r"):
        assert events(f"data: 1{end}{end}data: 2{end}{end}".encode()) == messages("1", "2")


def test_an_event_is_there_as_soon_as_its_blank_line() -> None:
    for end in (b"\n\n", b"\r\n\r\n", b"\r\r", b"\r\n\r"):
        stream = StreamFilter()
        assert stream.feed(b"data: 1" + end) == b"data: 1\n\n"
        assert stream.feed(b"\n" if end.endswith(b"\r") else b"") == b""
        assert stream.close() == b""
        assert not stream.ended_inside


def test_several_data_lines_are_one_event() -> None:
    assert events(b'data: {"a":\ndata: 1}\n\n') == messages('{"a":\n1}')
    assert events(b"data:1\nid: 7\n: c\nretry: 9\ndata:  2\n\n\n\n") == messages("1\n 2")


def test_signs_of_life_are_kept() -> None:
    found = events(
        b": ping\n\ndata:\n\ndata: \n\nevent: heartbeat\ndata: {}\n\nevent: heartbeat\n\n"
    )
    assert found[1:3] == messages("", "")
    assert [name for name, _ in found] == ["heartbeat", *["message"] * 2, *["heartbeat"] * 2]


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_last_event_counts_without_its_blank_line(end: str) -> None:
    assert events(f"data: 1\n\ndata: 2{end}".encode()) == messages("1", "2")
    assert events(f"event: x\ndata: 2{end}".encode()) == [("x", "2")]
    stream = StreamFilter()
    stream.feed(f"data: 1\n\ndata: 2{end}".encode())
    stream.close()
    assert stream.ended_inside


def test_a_byte_order_mark_is_no_text() -> None:
    assert events(b"\xef\xbb", b"\xbfdata: 1\n\n") == messages("1")


def test_invalid_utf8_spoils_no_more_than_itself() -> None:
    assert events(b"data: a\xff\xc3b\n\ndata: c\n\n")[1] == ("message", "c")


def test_a_broken_error_takes_all_its_lines() -> None:
    body = b'data: 1\n\ndata: {"error": "it "broke"\n\n  File "a.py", line 3\nevent: no\n"}\n\n'
    words = 'it "broke"\n\n  File "a.py", line 3\nevent: no\n'
    assert events(body) == [*messages("1"), error(words)]
    assert events(body.replace(b"\n", b"\r\n")) == [*messages("1"), error(words)]


def test_a_broken_error_ends_where_a_new_event_begins() -> None:
    body = b'data: {"error": "a "b""}\n\ndata: {"x": 1}\n\n'
    assert events(body) == [error('a "b"'), *messages('{"x": 1}')]


def test_an_error_that_is_json_is_none_of_that() -> None:
    assert events(b'data: {"error": "fine"}\n\n') == messages('{"error": "fine"}')
    lines = b'data: {"error": "fine",\ndata: "more": 1}\n\ndata: 2\n\n'
    assert events(lines) == messages('{"error": "fine",\n"more": 1}', "2")


def test_a_bare_object_on_a_line_is_an_event() -> None:
    assert events(b'{"code": 1002}\n') == messages('{"code": 1002}')
    assert events(b'data: 1\n\n{"code": 1002}') == messages("1", '{"code": 1002}')


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
def test_cuts_change_nothing(lines: list[str], end: str, cuts: list[int]) -> None:
    body = end.join(lines).encode()
    places = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    pieces = [body[a:b] for a, b in pairwise(places)]
    assert passed(*pieces) == passed(body)


def test_a_large_event_in_small_chunks_is_joined_once() -> None:
    """Nothing is looked at or copied again while it grows."""
    body = b'data: {"draft": "' + b"x" * 8_000_000 + b'"}\n\n'
    stream = StreamFilter()
    pieces = [body[at : at + 1024] for at in range(0, len(body), 1024)]
    tracemalloc.start()
    for piece in pieces[:-1]:
        stream.feed(piece)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()
    assert stream.feed(pieces[-1]) == body


@pytest.mark.parametrize("piece", [b"x" * 1000, b"x" * 1000 + b"\ndata: "])
def test_an_endless_event_is_refused(monkeypatch: pytest.MonkeyPatch, piece: bytes) -> None:
    monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 10_000)
    with pytest.raises(BadReply, match="does not end"):
        passed(*[b"data: " + piece] * 20)


def test_many_events_are_no_endless_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 1000)
    body = b"data: 1\n\n" * 1000
    assert passed(*(body[at : at + 5] for at in range(0, len(body), 5))) == body
