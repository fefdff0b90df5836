"""How fast a turn's events are read, against bare httpx-sse with `json.loads`.

    python -m tests.bench.stream [events] [rounds]

A server process on loopback sends small events, one chunk each; both readers run against it in
turns, and the medians count.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

import httpx
import httpx_sse

from vbtui.wire.client import Client

_EVENT = b'data: {"content":{"parts":[{"text":"word "}],"role":"model"},"partial":true,"a":1}\n\n'

_SERVER = r"""
import socket, sys
event, count = bytes.fromhex(sys.argv[1]), int(sys.argv[2])
piece = (b"%x\r\n" % len(event)) + event + b"\r\n"
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    connection, _ = listener.accept()
    data = b""
    while b'"streaming"' not in data:
        data += connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
    for start in range(0, count, 500):
        connection.sendall(piece * min(500, count - start))
    connection.sendall(b"0\r\n\r\n")
    connection.close()
"""


async def bare(url: str) -> int:
    """Events that httpx-sse gives, each parsed."""
    count = 0
    async with (
        httpx.AsyncClient(timeout=60) as client,
        httpx_sse.aconnect_sse(
            client, "POST", f"{url}/run_sse", json={"streaming": True}
        ) as source,
    ):
        async for event in source.aiter_sse():
            json.loads(event.data)
            count += 1
    return count


async def ours(url: str) -> int:
    """Events that `Client.run` gives."""
    count = 0
    client = Client(url, token="t")
    async for _ in client.run("s", "hi"):
        count += 1
    await client.close()
    return count


async def _rate(read: Callable[[str], Awaitable[int]], url: str, expected: int) -> float:
    started = time.perf_counter()
    count = await read(url)
    assert count == expected, f"{count} events of {expected}"
    return count / (time.perf_counter() - started)


def main(argv: list[str]) -> int:
    """Prints both rates and their ratio; 1 when it is below 0.8 (issue: at least 80 %)."""
    count = int(argv[0]) if argv else 50_000
    rounds = int(argv[1]) if len(argv) > 1 else 5
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER, _EVENT.hex(), str(count)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        rates: dict[str, list[float]] = {"bare": [], "ours": []}
        for _ in range(rounds):
            rates["bare"].append(asyncio.run(_rate(bare, url, count)))
            rates["ours"].append(asyncio.run(_rate(ours, url, count)))
    finally:
        server.kill()
        server.wait()
    base, mine = statistics.median(rates["bare"]), statistics.median(rates["ours"])
    print(f"{count} events of {len(_EVENT)} bytes, one chunk each, median of {rounds}")
    print(f"httpx-sse + json.loads  {base:9,.0f} events/s")
    print(f"vbtui Client.run        {mine:9,.0f} events/s   x {mine / base:.2f}")
    return 0 if mine >= 0.8 * base else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
