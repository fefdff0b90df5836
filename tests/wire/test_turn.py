"""A turn over a real socket: what is sent, what comes back, and every way in which it can end."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator

import pytest

from tests.server import (
    STREAM_HEAD,
    Answer,
    Exchange,
    Server,
    chunk,
    early,
    event,
    hang,
    ok,
    raw,
    redirect,
    reply,
    reset,
    stalling,
    stream,
    stream_pieces,
    text_event,
)
from tests.waiting import PATIENCE_S
from tests.wire.conftest import TOKEN, patient
from vbtui.base.errors import (
    BackendError,
    BadReply,
    ConnectionBroken,
    NetworkError,
    NoCredits,
    SessionNotFound,
    SignInRefused,
    TimedOut,
    VbtuiError,
)
from vbtui.base.settings import Timing
from vbtui.wire.client import Client
from vbtui.wire.events import ErrorReported, Heartbeat, TextPiece, TurnEvent

RUN = "/run_sse"


async def run(client: Client, text: str = "hi") -> tuple[list[TurnEvent], VbtuiError | None]:
    events: list[TurnEvent] = []
    try:
        async for item in client.run("s1", text):
            events.append(item)
    except VbtuiError as error:
        return events, error
    return events, None


async def test_what_is_sent(server: Server, client: Client) -> None:
    words = 'Título "é" 漢💥\u2028\n'
    server.on("POST", RUN, stream(text_event("Hello.")))
    assert await run(client, words) == ([TextPiece("Hello.", False)], None)
    (request,) = server.requests
    assert request.headers["accept"] == "text/event-stream"
    assert request.headers["content-type"] == "application/json"
    assert request.json() == {
        "app_name": "nemo_agent",
        "user_id": "me",
        "session_id": "s1",
        "new_message": {"role": "user", "parts": [{"text": words}]},
        "streaming": True,
    }


_PART = text_event("Half", partial=True)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reset(), ConnectionBroken),
        (early(reset()), ConnectionBroken),
        (raw(b""), ConnectionBroken),
        (reset(b"HTTP/1.1 200 OK\r\ncontent-ty"), ConnectionBroken),
        (raw(b"HTTP/1.1 200 OK\r\ncontent-ty"), ConnectionBroken),
        (reset(STREAM_HEAD), ConnectionBroken),
        (raw(STREAM_HEAD), ConnectionBroken),
        pytest.param(hang(), TimedOut, marks=pytest.mark.hangs),
        pytest.param(hang(b"HTTP/1.1 200 OK\r\n"), TimedOut, marks=pytest.mark.hangs),
        pytest.param(hang(STREAM_HEAD), TimedOut, marks=pytest.mark.hangs),
        (reply(status=500, body=b"Internal Server Error"), ConnectionBroken),
        (reply(status=502, body=b"<html>502</html>", content_type="text/html"), ConnectionBroken),
        (reply({"detail": "Session not found"}, status=404), SessionNotFound),
        (reply({"code": 1002, "message": "gone"}), SessionNotFound),
        (reply({"code": 2001, "message": "no credits"}), NoCredits),
        (reply({"code": 1001, "message": "expired"}), SignInRefused),
        (reply({"detail": [{"loc": ["body"], "msg": "bad"}]}, status=422), BackendError),
        (reply({"success": False, "error": "no"}), BackendError),
        (ok({}), BadReply),
        (reply(body=b""), BadReply),
        (reply(body=b"<html>login</html>", content_type="text/html"), BadReply),
        (reply(body=b'{"code": 1002', content_type="application/json"), BadReply),
        (reply(body=b'{"code": 2001}', content_type="text/event-stream"), NoCredits),
        (redirect("/other"), BadReply),
        (raw(b"nonsense\r\n\r\n"), ConnectionBroken),
    ],
)
async def test_it_fails_before_a_word(
    server: Server, client: Client, answer: Answer, kind: type[VbtuiError]
) -> None:
    server.on("POST", RUN, answer)
    events, error = await run(client)
    assert (events, type(error)) == ([], kind)
    assert server.count("POST", RUN) == 1
    assert TOKEN not in f"{error}"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reset(*stream_pieces([_PART])), ConnectionBroken),
        (raw(*stream_pieces([_PART])), ConnectionBroken),
        (reset(*stream_pieces([_PART, b"data: {"])), ConnectionBroken),
        (raw(*stream_pieces([_PART]), b"ff\r\ndata: "), ConnectionBroken),
        (raw(*stream_pieces([_PART]), b"zz\r\n"), ConnectionBroken),
        (stream(_PART, b'data: {"content": {"pa'), ConnectionBroken),
        pytest.param(hang(*stream_pieces([_PART])), TimedOut, marks=pytest.mark.hangs),
    ],
)
async def test_it_breaks_in_the_middle(
    server: Server, client: Client, answer: Answer, kind: type[NetworkError]
) -> None:
    server.on("POST", RUN, answer)
    events, error = await run(client)
    assert events[0] == TextPiece("Half", True)
    assert type(error) is kind
    assert server.count("POST", RUN) == 1


async def test_the_last_words_of_a_connection_that_breaks(server: Server, client: Client) -> None:
    dying = b'data: {"error": "model "x" died\nsecond line'
    server.on("POST", RUN, reset(*stream_pieces([_PART, dying])))
    events, error = await run(client)
    assert events == [
        TextPiece("Half", True),
        ErrorReported("", 'model "x" died second line'),
    ]
    assert type(error) is ConnectionBroken


async def test_a_stream_without_chunks_ends_with_its_connection(
    server: Server, client: Client
) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
    server.on("POST", RUN, raw(head, text_event("All.")[:-2]))
    assert await run(client) == ([TextPiece("All.", False)], None)


async def test_a_compressed_stream(server: Server, client: Client) -> None:
    import zlib

    packer = zlib.compressobj(wbits=31)
    body = packer.compress(text_event("All.") * 50) + packer.flush()
    head = STREAM_HEAD.replace(b"transfer", b"content-encoding: gzip\r\ntransfer")
    server.on(
        "POST",
        RUN,
        raw(head, *(chunk(body[i : i + 7]) for i in range(0, len(body), 7)), b"0\r\n\r\n"),
    )
    events, error = await run(client)
    assert (len(events), error) == (50, None)


async def beat(exchange: Exchange, *, content_every: int = 0) -> None:
    await exchange.send(STREAM_HEAD)
    number = 0
    while True:
        number += 1
        await exchange.send(chunk(b": still here\n\ndata:\n\nevent: heartbeat\n\n"))
        if content_every and number % content_every == 0:
            await exchange.send(chunk(event({"type": "tool_call", "name": "n"})))
        await asyncio.sleep(0.02)


@pytest.mark.hangs
async def test_nothing_but_heartbeats_is_a_time_out(server: Server, client: Client) -> None:
    server.on("POST", RUN, beat)
    events, error = await run(client)
    assert set(events) == {Heartbeat()}
    assert isinstance(error, TimedOut)
    assert "signs of life" in error.message


async def test_content_keeps_a_turn_alive_until_its_limit(server: Server) -> None:
    async def play(exchange: Exchange) -> None:
        await beat(exchange, content_every=4)

    server.on("POST", RUN, play)
    client = Client(server.url, token="t", timing=Timing(sse_total=2, heartbeat_only=1))
    started = asyncio.get_running_loop().time()
    events, error = await run(client)
    took = asyncio.get_running_loop().time() - started
    assert isinstance(error, TimedOut)
    assert "the longest a turn may take" in error.message
    assert took > 1.9
    assert {type(one) for one in events} > {Heartbeat}
    await client.close()


@pytest.fixture
async def brief(server: Server) -> AsyncIterator[Client]:
    """It takes a second without content for silence."""
    made = patient(server.url, timing=Timing(connect=PATIENCE_S, heartbeat_only=1))
    yield made
    await made.close()


async def test_a_line_that_stalls_again_and_again(server: Server, brief: Client) -> None:
    events = [text_event(f"{number} ", partial=True) for number in range(40)]
    whole = b"".join([*stream_pieces(events), b"0\r\n\r\n"])
    server.on("POST", RUN, stalling(whole, every=len(whole) // 25, pause_s=0.05))
    found, error = await run(brief)
    assert error is None
    assert len(found) == 40


async def test_an_event_that_takes_long_to_arrive_is_no_silence(
    server: Server, brief: Client
) -> None:
    body = text_event("x" * 400_000)

    async def slowly(exchange: Exchange) -> None:
        await exchange.send(STREAM_HEAD)
        for start in range(0, len(body), 16_000):
            await exchange.send(chunk(body[start : start + 16_000]))
            await asyncio.sleep(0.05)
        await exchange.send(b"0\r\n\r\n")

    server.on("POST", RUN, slowly)
    events, error = await run(brief)
    assert error is None
    assert len(events) == 1


async def test_a_slow_reader_is_not_taken_for_a_silent_server(
    server: Server, brief: Client
) -> None:
    gate = asyncio.Event()

    async def play(exchange: Exchange) -> None:
        await exchange.send(STREAM_HEAD + chunk(text_event("a", partial=True)))
        await gate.wait()
        await exchange.send(chunk(text_event("ab")) + b"0\r\n\r\n")

    server.on("POST", RUN, play)
    events = []
    async for item in brief.run("s", "hi"):
        events.append(item)
        if len(events) == 1:
            await asyncio.sleep(1.2)
            asyncio.get_running_loop().call_later(0.05, gate.set)
    assert len(events) == 2


async def test_stopping_closes_the_connection(server: Server, client: Client) -> None:
    gone = asyncio.Event()

    async def play(exchange: Exchange) -> None:
        for piece in stream_pieces([_PART]):
            await exchange.send(piece)
        await exchange.reader.read()
        gone.set()

    server.on("POST", RUN, play)

    async def consume() -> None:
        async for _ in client.run("s", "hi"):
            heard.set()

    heard = asyncio.Event()
    task = asyncio.create_task(consume())
    await heard.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    await asyncio.wait_for(gone.wait(), PATIENCE_S)


async def test_a_refused_token_is_renewed_before_the_stream(server: Server, client: Client) -> None:
    async def renew() -> str:
        return "tok_new"

    client.on_token_refused = renew
    server.on("POST", RUN, reply({"code": 1001}), stream(text_event("Hello.")))
    assert await run(client) == ([TextPiece("Hello.", False)], None)
    assert server.requests[1].headers["authorization"] == "Bearer tok_new"


async def test_a_refusal_inside_the_stream_repeats_nothing(server: Server, client: Client) -> None:
    async def renew() -> str:
        return "tok_new"

    client.on_token_refused = renew
    server.on("POST", RUN, stream(_PART, event({"code": 1001, "message": "expired"})))
    events, error = await run(client)
    assert events == [TextPiece("Half", True), ErrorReported("1001", "expired")]
    assert error is None
    server.on("POST", RUN, stream(event({"code": 1001, "message": "expired"})))
    _, error = await run(client)
    assert isinstance(error, SignInRefused)
    assert server.count("POST", RUN) == 2


async def test_each_turn_has_a_connection_of_its_own(server: Server, client: Client) -> None:
    server.on("POST", RUN, stream(text_event("Hello.")))
    server.on("GET", "/*", ok({"available": 1}))
    for _ in range(2):
        await client.credits()
        await run(client)
    assert server.connections == 3


@pytest.mark.hangs
async def test_no_token_in_the_traceback_of_a_broken_turn(server: Server, client: Client) -> None:
    for answer in (reset(*stream_pieces([_PART])), hang(), reply({"code": 7, "message": TOKEN})):
        server.on("POST", RUN, answer)
        _, error = await run(client)
        assert error is not None
        lines = traceback.TracebackException.from_exception(error, capture_locals=True).format()
        text = "".join(line for line in lines if "tests/wire" not in line)
        assert "in run_turn" in text or "in _opened" in text
        assert TOKEN not in text
