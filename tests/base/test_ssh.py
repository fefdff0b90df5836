"""Lines that bring files over SSH, run by a shell at the other end."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from vbtui.base.programs import fetch_command, is_remote, send_command


def test_the_line_that_fetches_a_video() -> None:
    path = Path("/home/me/it's $(here) 片.mp4")
    environ = {"SSH_CONNECTION": "10.0.0.9 50000 10.0.0.1 22"}
    program, source, place = shlex.split(fetch_command(path, environ))
    assert (program, place) == ("scp", ".")
    assert source.endswith(f"@10.0.0.1:{path}")
    other = fetch_command(path, {"SSH_CONNECTION": "::1 50000 fe80::1%eth0 2222"})
    words = shlex.split(other)
    assert words[:3] == ["scp", "-P", "2222"]
    assert "@[fe80::1]:" in words[3]
    assert is_remote(environ)
    assert not is_remote({})


def test_the_line_that_sends_files_here() -> None:
    there = ("/Users/me/My Clip's.mov", "~/b.mp4")
    environ = {"SSH_CONNECTION": "10.0.0.7 50111 10.0.0.9 2222", "USER": "ann"}
    line = send_command(there, Path("/srv/in box"), environ)
    words = shlex.split(line)
    assert words[:3] == ["scp", "-P", "2222"]
    assert words[3] == there[0]
    assert words[-1] == "ann@10.0.0.9:'/srv/in box'/"
    assert send_command(there, Path("/srv"), {"USER": "ann"}) == ""
    assert send_command((), Path("/srv"), environ) == ""
    ipv6 = send_command(["/a.mp4"], Path("/srv"), {**environ, "SSH_CONNECTION": "::1 5 fe80::1 22"})
    assert ipv6 == "scp /a.mp4 'ann@[fe80::1]:/srv/'"
    assert subprocess.run(["sh", "-n", "-c", line], check=False).returncode == 0
