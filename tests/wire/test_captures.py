"""Every capture of a real server gives the right conversation, however its bytes are cut."""

from __future__ import annotations

import pytest

from tests.server import Server, chunk, raw
from tests.wire.captures import (
    EXPECTED,
    FOLDER,
    NAMES,
    Conversation,
    conversation,
    head_and_body,
    read,
)
from vbtui.wire.client import Client
from vbtui.wire.turn import StreamFilter

_SHORT = 4500
"""Longer bodies are cut event by event: what is done with one starts anew after its blank line."""


def expected(name: str) -> Conversation:
    return Conversation(**EXPECTED[name])


def passed(*pieces: bytes) -> bytes:
    """What goes on to the standard's reader."""
    stream = StreamFilter()
    return b"".join([*map(stream.feed, pieces), stream.close()])


def test_every_capture_has_its_expectation() -> None:
    found = {
        str(path.relative_to(FOLDER)).removesuffix(".gz").removesuffix(".http")
        for path in FOLDER.rglob("*.http*")
    }
    assert found == set(NAMES)
    assert len(found) == 46


@pytest.mark.parametrize("name", NAMES)
def test_whole(name: str) -> None:
    _, body = head_and_body(name)
    assert conversation(read(body)) == expected(name)


@pytest.mark.parametrize("name", NAMES)
def test_byte_by_byte(name: str) -> None:
    _, body = head_and_body(name)
    assert passed(*(body[i : i + 1] for i in range(len(body)))) == passed(body)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "long-stream"])
def test_cut_in_two(name: str) -> None:
    _, body = head_and_body(name)
    parts = [body] if len(body) <= _SHORT else [part + b"\n\n" for part in body.split(b"\n\n")]
    assert b"".join(map(passed, parts)) == passed(body)
    for part in parts:
        whole = passed(part)
        for at in range(len(part)):
            assert passed(part[:at], part[at:]) == whole, part[:at]


@pytest.mark.parametrize("name", NAMES)
def test_without_its_last_blank_line(name: str) -> None:
    _, body = head_and_body(name)
    assert conversation(read(body.rstrip(b"\n"))) == expected(name)


@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
@pytest.mark.parametrize("name", ["tools-stream", "cjk-stream", "v1.18/crash-stream"])
def test_with_other_line_ends(name: str, end: bytes) -> None:
    _, body = head_and_body(name)
    body = b"\xef\xbb\xbf" + body.replace(b"\n", end)
    assert conversation(read(body)) == expected(name)
    assert passed(*(body[i : i + 1] for i in range(len(body)))) == passed(body)


@pytest.mark.parametrize("name", NAMES)
async def test_over_a_socket(name: str) -> None:
    head, body = head_and_body(name)
    if "chunks-" in name:
        answer = raw((FOLDER / f"{name}.http").read_bytes(), close=False)
    else:
        pieces = [chunk(body[i : i + 700]) for i in range(0, len(body), 700)]
        answer = raw(head + b"\r\n\r\n", *pieces, b"0\r\n\r\n", close=False)
    async with Server() as server:
        server.on("POST", "/run_sse", answer)
        client = Client(server.url, token="t")
        events = [event async for event in client.run("s", "hello")]
        await client.close()
    assert conversation(events) == expected(name)
