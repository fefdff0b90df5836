"""How fast a large file is uploaded, against `curl -F`, and what memory that takes.

    python -m tests.bench.upload [megabytes] [rounds]

Both send the same file to a server process on loopback that throws the bytes away. Memory is the
peak of a fresh process that uploads the file, over that of one that uploads a small file.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from vbtui.wire.client import Client

_SERVER = r"""
import re, socket, threading
def serve(connection):
    buffer = bytearray(1 << 20)
    while True:
        head = b""
        while b"\r\n\r\n" not in head:
            data = connection.recv(65536)
            if not data:
                return
            head += data
        if b"100-continue" in head.lower():
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        first, _, rest = head.partition(b"\r\n\r\n")
        left = int(re.search(rb"(?i)content-length: (\d+)", first)[1]) - len(rest)
        while left > 0:
            count = connection.recv_into(buffer)
            if not count:
                return
            left -= count
        body = b'{"code": 0, "data": {"files": [{"filename": "a.mp4"}]}}'
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""

_MEMORY = r"""
import asyncio, pathlib, re, sys
from vbtui.wire.client import Client
async def main():
    client = Client(sys.argv[1], token="t")
    await client.upload("s", pathlib.Path(sys.argv[2]), on_progress=lambda sent: None)
    await client.close()
asyncio.run(main())
print(re.search(r"VmHWM:\s+(\d+)", pathlib.Path("/proc/self/status").read_text())[1])
"""


async def _upload(url: str, file: Path) -> tuple[float, float]:
    """Seconds that the upload took, and the longest that the event loop was held up."""
    worst = 0.0

    async def watch() -> None:
        nonlocal worst
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.002)
            worst = max(worst, time.perf_counter() - before - 0.002)

    client = Client(url, token="t")
    watcher = asyncio.create_task(watch())
    started = time.perf_counter()
    await client.upload("s", file, on_progress=lambda sent: None)
    took = time.perf_counter() - started
    watcher.cancel()
    await client.close()
    return took, worst


def _curl(url: str, file: Path) -> float:
    started = time.perf_counter()
    subprocess.run(
        ["curl", "-sS", "-H", "Expect:", "-o", "/dev/null", "-F", f"files=@{file}", f"{url}/x"],
        check=True,
    )
    return time.perf_counter() - started


def _memory(url: str, file: Path) -> float:
    """Peak of a process that uploads `file`, MiB."""
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY, url, str(file)], capture_output=True, text=True, check=True
    )
    return int(done.stdout) / 1024


def main(argv: list[str]) -> int:
    """Prints rates, ratio and memory; 1 when below 80 % of curl or more than 40 MiB."""
    megabytes = int(argv[0]) if argv else 500
    rounds = int(argv[1]) if len(argv) > 1 else 5
    if not shutil.which("curl"):
        print("needs curl to compare with")
        return 1
    server = subprocess.Popen([sys.executable, "-c", _SERVER], stdout=subprocess.PIPE, text=True)
    with tempfile.TemporaryDirectory() as folder:
        try:
            assert server.stdout is not None
            url = f"http://127.0.0.1:{int(server.stdout.readline())}"
            file, small = Path(folder, "a.mp4"), Path(folder, "b.mp4")
            with file.open("wb") as out:
                for _ in range(megabytes):
                    out.write(bytes(range(256)) * 4096)
            small.write_bytes(b"x")
            ours, curl, worst = [], [], 0.0
            asyncio.run(_upload(url, small))  # the import of httpx is no part of it
            for _ in range(rounds):
                curl.append(_curl(url, file))
                took, lag = asyncio.run(_upload(url, file))
                ours.append(took)
                worst = max(worst, lag)
            memory = _memory(url, file) - _memory(url, small)
        finally:
            server.kill()
            server.wait()
    base, mine = statistics.median(curl), statistics.median(ours)
    print(f"{megabytes} MiB, median of {rounds}")
    print(f"curl -F       {megabytes / base:7,.0f} MiB/s")
    print(f"vbtui upload  {megabytes / mine:7,.0f} MiB/s   x {base / mine:.2f}")
    print(
        f"memory over a small upload  {memory:.1f} MiB; longest hold of the loop {worst * 1000:.1f} ms"
    )
    return 0 if base / mine >= 0.8 and memory <= 40 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
