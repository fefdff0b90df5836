"""Every capture of a real server gives the right conversation, however its bytes are cut."""

from __future__ import annotations

import pytest

from tests.wire.captures import EXPECTED, FOLDER, NAMES, Conversation, conversation, head_and_body
from tests.wire.server import FaultServer, chunk, raw
from vbtui.wire.client import Client
from vbtui.wire.model import TurnEvent
from vbtui.wire.turn import TurnReader

_SHORT = 3000
"""Bodies up to this length are cut at every byte, longer ones at every 61st; all of them are fed
byte by byte as well."""


def expected(name: str) -> Conversation:
    return Conversation(**EXPECTED[name])


def read(*chunks: bytes) -> list[TurnEvent]:
    reader = TurnReader()
    events = [event for piece in chunks for event in reader.feed(piece)]
    return events + reader.close()


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
    assert read(*(body[i : i + 1] for i in range(len(body)))) == read(body)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "long-stream"])
def test_cut_in_two(name: str) -> None:
    _, body = head_and_body(name)
    events = read(body)
    for at in range(0, len(body), 1 if len(body) <= _SHORT else 61):
        assert read(body[:at], body[at:]) == events, at


@pytest.mark.parametrize("at", [1, 100_003, 366_000, 699_999])
def test_a_long_stream_cut_in_two(at: int) -> None:
    _, body = head_and_body("long-stream")
    assert conversation(read(body[:at], body[at:])) == expected("long-stream")


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
    assert conversation(read(*(body[i : i + 1] for i in range(len(body))))) == expected(name)


@pytest.mark.parametrize("name", NAMES)
async def test_over_a_socket(name: str) -> None:
    head, body = head_and_body(name)
    if "chunks-" in name:
        answer = raw((FOLDER / f"{name}.http").read_bytes(), close=False)
    else:
        pieces = [chunk(body[i : i + 700]) for i in range(0, len(body), 700)]
        answer = raw(head + b"\r\n\r\n", *pieces, b"0\r\n\r\n", close=False)
    async with FaultServer() as server:
        server.on("POST", "/run_sse", answer)
        client = Client(server.url, token="t")
        events = [event async for event in client.run("s", "hello")]
        await client.close()
    assert conversation(events) == expected(name)
