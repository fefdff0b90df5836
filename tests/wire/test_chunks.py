"""Small HTTP chunks become one for each read, and nothing else becomes of an answer."""

from __future__ import annotations

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.server import STREAM_HEAD, Exchange, FaultServer
from vbtui.wire.chunks import ChunkJoiner
from vbtui.wire.client import Client
from vbtui.wire.model import TextPiece

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nX: y\r\n\r\n"
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n"

pieces = st.lists(st.binary(min_size=1, max_size=40), max_size=30)
cuts = st.lists(st.integers(0, 1500), max_size=30)


def framed(parts: list[bytes], more: bytes = b"") -> bytes:
    return b"".join(b"%x%b\r\n%b\r\n" % (len(part), more, part) for part in parts)


def joined(answer: bytes, cuts: list[int]) -> list[bytes]:
    """What comes out when `answer` arrives cut at these places."""
    joiner, out, places = ChunkJoiner(), [], sorted({cut for cut in cuts if cut < len(answer)})
    for begin, end in zip([0, *places], [*places, len(answer)], strict=True):
        out.append(joiner.feed(answer[begin:end]))
    return [*out, joiner.close()]


def body_of(answer: bytes) -> tuple[bytes, int]:
    """The body as h11 reads it, and how many events that took. Raises what h11 raises."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(answer)
    body, count = b"", 0
    while not isinstance(event := connection.next_event(), h11.EndOfMessage):
        if event is h11.NEED_DATA:
            connection.receive_data(b"")
        elif isinstance(event, h11.Data):
            body, count = body + event.data, count + 1
    return body, count


@given(pieces, cuts, st.sampled_from([b"", b" ", b";name=value"]))
def test_body_stays_however_it_is_cut(parts: list[bytes], cuts: list[int], more: bytes) -> None:
    answer = HEAD + framed(parts, more) + b"0\r\nTrailer: z\r\n\r\n"
    assert body_of(b"".join(joined(answer, cuts)))[0] == b"".join(parts)


def test_chunks_of_one_read_are_one() -> None:
    parts = [b"word"] * 500
    answer = HEAD + framed(parts) + b"0\r\n\r\n"
    assert body_of(answer)[1] == 500
    assert body_of(b"".join(joined(answer, [])))[1] == 1


@given(cuts)
def test_words_go_on_as_soon_as_they_come(cuts: list[int]) -> None:
    answer = HEAD + framed([b"q" * 300, b"w" * 300])
    got = b"".join(joined(answer, cuts)[:-1])
    assert got.count(b"q") == got.count(b"w") == 300


@given(cuts)
def test_answer_with_a_length_is_not_touched(cuts: list[int]) -> None:
    answer = PLAIN + b"5\r\nhello\r\n"
    assert b"".join(joined(answer, cuts)) == answer


def test_interim_answer_goes_first() -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    out = b"".join(joined(interim + HEAD + framed([b"a", b"b"]) + b"0\r\n\r\n", [10, 40, 90]))
    assert out.startswith(interim)
    assert out.count(b"Early") == 1


@pytest.mark.parametrize(
    "broken",
    [b"zz\r\nhello\r\n", b"5\r\nhelloXX5\r\n", b"5 5\r\nhello\r\n", b"-1\r\n", b"g" * 9000],
)
def test_what_is_no_framing_is_for_h11_to_refuse(broken: bytes) -> None:
    with pytest.raises(h11.RemoteProtocolError):
        body_of(b"".join(joined(HEAD + framed([b"ok"]) + broken, [])))


def test_end_in_the_middle_stays_one() -> None:
    with pytest.raises(h11.RemoteProtocolError):
        body_of(b"".join(joined(HEAD + framed([b"ok"]) + b"5\r\nhel", [])))


async def test_client_joins_what_a_turn_brings(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way into httpx's insides still exists."""
    words: list[int] = []
    feed = ChunkJoiner.feed

    def counted(self: ChunkJoiner, data: bytes) -> bytes:
        out = feed(self, data)
        words.append(out.count(b"data: "))
        return out

    monkeypatch.setattr(ChunkJoiner, "feed", counted)
    piece = b'data: {"content":{"parts":[{"text":"word "}]},"partial":true}\n\n'

    async def play(exchange: Exchange) -> None:
        await exchange.read_body()
        await exchange.send(STREAM_HEAD + framed([piece] * 200) + b"0\r\n\r\n")

    server.on("POST", "/run_sse", play)
    client = Client(server.url, token="t")
    events = [event async for event in client.run("s", "hi")]
    await client.close()
    assert sum(isinstance(event, TextPiece) for event in events) == sum(words) == 200
