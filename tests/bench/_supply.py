"""Real, small media files, each with a content of its own, and the programs that carry them."""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import random
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests import clips as media

_PIECE = 16 * 1024


def masters() -> list[Path]:
    """Twenty files to vary."""
    colors = ("red", "green", "blue", "yellow", "cyan", "magenta", "white")
    clips = [media.clip(one, seconds=0.4, width=160, height=90, hz=300) for one in colors]
    pictures = [media.picture(one, suffix=".jpg", width=160, height=90) for one in colors]
    sounds = [media.sound(hz=200 + 50 * number, seconds=0.5) for number in range(6)]
    return [*clips, *pictures, *sounds]


def supply(folder: Path, count: int, most: int = 200_000, seed: int = 1) -> list[Path]:
    """`count` files in `folder`, none like another, each up to `most` bytes longer than tiny."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    kinds = masters()
    files = []
    for number in range(count):
        master = kinds[number % len(kinds)]
        path = folder / f"{folder.name} {number:04}{master.suffix}"
        path.write_bytes(varied(master, os.urandom(chance.randint(100, most))))
        files.append(path)
    return files


def varied(master: Path, filling: bytes) -> bytes:
    """The file with `filling` where its kind has a place for it; it is valid as it was."""
    content = master.read_bytes()
    match master.suffix:
        case ".mp4":  # a box that players skip, behind the others
            return content + (8 + len(filling)).to_bytes(4, "big") + b"free" + filling
        case ".jpg":  # comments behind the start mark
            parts = [filling[at : at + 60_000] for at in range(0, len(filling), 60_000)]
            marks = b"".join(b"\xff\xfe" + (2 + len(p)).to_bytes(2, "big") + p for p in parts)
            return content[:2] + marks + content[2:]
        case _:  # an ID3v2 tag in front, with one private frame
            frame = b"PRIV" + len(filling).to_bytes(4, "big") + b"\0\0" + filling
            return b"ID3\3\0\0" + _synchsafe(len(frame)) + frame + content


def _synchsafe(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def missing(*programs: str) -> str:
    """The first of `programs` that this machine lacks; empty when it has them all."""
    return next((one for one in programs if shutil.which(one, path=_search_path()) is None), "")


def _search_path() -> str:
    return os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"


def run(*command: str | Path, ok: tuple[int, ...] = (0,)) -> None:
    done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode in ok, (command[0], done.returncode, done.stderr[-500:])


class SlowFiles(http.server.SimpleHTTPRequestHandler):
    """Gives out a folder slowly; every fiftieth file with one long pause in the middle."""

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        content = path.read_bytes()
        digits = "".join(char for char in path.stem if char.isdigit())
        number = int(digits or 0)
        pause = (5.0, 12.0, 20.0)[number // 50 % 3] if number % 50 == 7 else 0.0
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        half = len(content) // 2
        for at in range(0, len(content), _PIECE):
            if pause and at >= half:
                self.wfile.flush()
                time.sleep(pause)
                pause = 0.0
            self.wfile.write(content[at : at + _PIECE])
            time.sleep(0.005)


@contextlib.contextmanager
def web_server(folder: Path) -> Iterator[str]:
    """The address of a slow server of the files in `folder`."""
    handler = functools.partial(SlowFiles, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


@contextlib.contextmanager
def ssh_server(folder: Path) -> Iterator[list[str]]:
    """A server of its own on loopback; gives the options for `ssh`, `scp` and `rsync -e`."""
    folder.mkdir(exist_ok=True)
    for name in ("host", "user"):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\n"
        f"AuthorizedKeysFile {folder}/user.pub\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n"
        "PasswordAuthentication no\nSubsystem sftp internal-sftp\n"
    )
    privileged = Path("/run/sshd")
    is_made = os.geteuid() == 0 and not privileged.exists()
    if is_made:
        privileged.mkdir(mode=0o755)
    program = shutil.which("sshd", path=_search_path()) or "/usr/sbin/sshd"
    server = subprocess.Popen(
        [program, "-D", "-e", "-f", str(config)], stderr=subprocess.DEVNULL, close_fds=True
    )
    options = [
        *("-F", "/dev/null", "-i", f"{folder}/user", "-o", f"Port={port}"),
        *("-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no"),
        *("-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"),
    ]
    try:
        _wait_for_port(port)
        yield options
    finally:
        server.terminate()
        server.wait()
        if is_made:
            privileged.rmdir()


def _wait_for_port(port: int) -> None:
    end = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < end, "sshd does not answer"
            time.sleep(0.05)
