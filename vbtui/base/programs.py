"""Other programs: where they are, how they are started, and what a user who sits at the other end of SSH
runs there to get a file across.

Everything that vbtui starts is started here, with an environment made of an allow-list: a token or
another secret of the user's reaches no program that has no need of it. What a program needs is said by its kind:

    tool      PATH, the language, the temporary folder, where libraries and drivers are: ffmpeg, ps
    desktop   as a tool, and the display, the session bus, XDG: xdg-open, notify-send, the user's own commands
    terminal  as on the desktop, and what the terminal is and the user's shell: $VISUAL, $EDITOR, own commands that
              are given it
    worker    as a tool, and where Python finds its packages and ffmpeg: the reader of media files
    vbtui     as a worker, and the user's folders, vbtui's and Dask's own settings, proxies: the studio. Where the settings
              name a model, the variable with its key comes beside these (session/studio)
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import fnmatch
import getpass
import importlib.resources
import importlib.util
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Literal

import vbtui
from vbtui.base.errors import StudioMissing, UsageError
from vbtui.base.text import clean_line

Kind = Literal["tool", "desktop", "terminal", "worker", "vbtui"]

_TOOL = (
    "PATH", "LANG", "LANGUAGE", "LC_*", "TZ", "TMPDIR", "TMP", "TEMP", "LD_LIBRARY_PATH", "DYLD_*",
    "LIBVA_*", "VDPAU_DRIVER", "CUDA_*", "SYSTEMROOT",
)  # fmt: skip
_WORKER = (
    *_TOOL, "HOME", "USER", "LOGNAME", "PYTHON*", "VIRTUAL_ENV", "VBTUI_FFMPEG", "IMAGEIO_FFMPEG_EXE",
)  # fmt: skip
_DESKTOP = (
    *_TOOL, "HOME", "USER", "LOGNAME", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_*",
    "DBUS_SESSION_BUS_ADDRESS", "DESKTOP_SESSION", "KDE_*", "GNOME_*", "BROWSER",
)  # fmt: skip
_NEEDED: Mapping[Kind, tuple[str, ...]] = {
    "tool": _TOOL,
    "desktop": _DESKTOP,
    "terminal": (
        *_DESKTOP, "SHELL", "TERM", "TERM_PROGRAM", "COLORTERM", "TERMINFO*", "NO_COLOR", "TMUX", "STY", "VISUAL",
        "EDITOR", "VIM*", "MYVIMRC", "NVIM_*", "EMACS*", "PAGER", "LESS",
    ),
    "worker": _WORKER,
    "vbtui": (
        *_WORKER, "XDG_*", "VBTUI_*", "DASK_*",
        "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
        "http_proxy", "https_proxy", "all_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
    ),
}  # fmt: skip
"""Names of variables, `*` for any ending."""


def environment(kind: Kind, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a program of that kind is started with.

    Args:
        environ: where it is taken from; None: this process's own.
    """
    given = os.environ if environ is None else environ
    child = {
        name: value
        for name, value in given.items()
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in _NEEDED[kind])
    }
    if kind in ("worker", "vbtui"):  # this very vbtui, also where it runs from a checkout
        root = str(Path(vbtui.__file__).parent.parent)
        child["PYTHONPATH"] = os.pathsep.join(filter(None, (root, child.get("PYTHONPATH"))))
    if kind == "vbtui":
        child["MALLOC_ARENA_MAX"] = given.get("MALLOC_ARENA_MAX", "1")  # as `share_memory`
    return child


def share_memory() -> None:
    """Let the threads of this process take memory from one place, where the C library allows it: glibc
    keeps for each thread what it has freed, which is 9 MB after a start and more in a long day."""
    if "MALLOC_ARENA_MAX" in os.environ or sys.platform != "linux":
        return
    from ctypes import CDLL

    with contextlib.suppress(OSError, AttributeError):  # musl has neither
        CDLL(None).mallopt(_M_ARENA_MAX, 1)


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs a module of vbtui's; start it as kind `worker` or `vbtui`.

    -P: what lies in the folder where vbtui was started is no part of it.
    """
    return [sys.executable, "-P", "-m", module, *arguments]


_M_ARENA_MAX = -8
"""malloc.h"""
_STUDIO_LIBRARIES = ("starlette", "uvicorn", "python_multipart", "av", "imageio_ffmpeg", "PIL")


def require_studio() -> None:
    """Raises `StudioMissing` naming the first package of the `studio` extra that is not there."""
    for name in _STUDIO_LIBRARIES:
        if importlib.util.find_spec(name) is None:
            raise StudioMissing(package=name)


def run(command: Sequence[str], *, timeout_s: float) -> subprocess.CompletedProcess[str]:
    """Run a tool to its end; blocks. Its words are read as text, whatever they are.

    Raises `OSError` and `subprocess.TimeoutExpired`.
    """
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout_s,
        env=environment("tool"),
        check=False,
    )


async def start(
    command: Sequence[str],
    kind: Kind,
    *,
    reads: bool = False,
    source: int | None = None,
    sink: int = asyncio.subprocess.PIPE,
    stderr: int | IO[bytes] = asyncio.subprocess.DEVNULL,
    line_limit: int = 65536,
    new_session: bool = False,
    preexec: Callable[[], None] | None = None,
    folder: Path | None = None,
) -> asyncio.subprocess.Process:
    """Start a program whose output is read as it comes.

    Args:
        reads: whether it gets a standard input to be written to.
        source: the file descriptor that it reads instead.
        sink: where its output goes when nobody here reads it.
        stderr: `PIPE`, a file, or nowhere.
        line_limit: bytes of the longest line of its output.
        new_session: ctrl+c in the terminal does not reach it.
        preexec: runs in the child before the program does.
        folder: where it runs; None: where this process does.

    Raises `OSError`.
    """
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=source if source is not None else pipe if reads else asyncio.subprocess.DEVNULL,
        stdout=sink,
        stderr=stderr,
        env=environment(kind),
        limit=line_limit,
        start_new_session=new_session,
        preexec_fn=preexec,
        cwd=folder,
    )


async def in_terminal(command: Sequence[str]) -> asyncio.subprocess.Process:
    """Start a program in this process's own terminal, which it has to itself. Raises `OSError`."""
    return await asyncio.create_subprocess_exec(*command, env=environment("terminal"))


def launch(
    command: Sequence[str],
    kind: Kind,
    *,
    pipes: bool = False,
    reads: bool = False,
    stdout: int | IO[bytes] = subprocess.DEVNULL,
    stderr: int | IO[bytes] = subprocess.DEVNULL,
    extra: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own that may outlive the caller's interest in it.

    Args:
        pipes: whether its standard input and output are pipes; otherwise they are nowhere.
        reads: whether its standard input alone is a pipe.
        stdout: where its output goes that is no pipe.
        extra: variables beside those of its kind.

    Raises `OSError`.
    """
    pipe = subprocess.PIPE if pipes else subprocess.DEVNULL
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE if reads else pipe,
        stdout=pipe if pipes else stdout,
        stderr=stderr,
        env={**environment(kind), **(extra or {})},
        start_new_session=True,
        bufsize=0,
    )


def ffmpegs() -> list[str]:
    """Paths of the ffmpegs of this machine, the one to try first in front; nothing is run.

    `$VBTUI_FFMPEG` alone where it is set, else the one that came with pip before the system's.
    """
    chosen = os.environ.get("VBTUI_FFMPEG", "")
    if chosen:
        return [chosen]
    found = (
        [path] if (path := os.environ.get("IMAGEIO_FFMPEG_EXE", "") or _packaged_ffmpeg()) else []
    )
    system = shutil.which("ffmpeg")
    return [*found, system] if system else found


def _packaged_ffmpeg() -> str:
    """The ffmpeg in the package imageio-ffmpeg, "" without one. The package itself would run it to see whether
    it works, with all of this process's environment."""
    try:
        folder = importlib.resources.files("imageio_ffmpeg.binaries")
    except ImportError:
        return ""
    names = (str(file) for file in folder.iterdir() if file.name.startswith("ffmpeg"))
    return next((name for name in sorted(names) if os.access(name, os.X_OK)), "")


def has_desktop(environ: Mapping[str, str]) -> bool:
    """Whether a program opened here shows up in front of the user."""
    if is_remote(environ):
        return False
    if sys.platform == "darwin":
        return True
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def open_on_desktop(what: Path | str) -> bool:
    """Open a file or a web page with the desktop's program for it; False when there is no such program."""
    program = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
    return program is not None and launch_on_desktop((program, str(what)))


def launch_on_desktop(command: Sequence[str]) -> bool:
    """Start a program and let it be; False when there is none."""
    if not command:
        return False
    try:
        launch(command, "desktop")
    except OSError:
        return False
    return True


_EDITORS = ("sensible-editor", "nano", "vi")
"""Where the user has named none."""


def editor(environ: Mapping[str, str]) -> list[str]:
    """The command of the user's own editor: `$VISUAL`, `$EDITOR`, else one that is there; empty where none is."""
    named = environ.get("VISUAL") or environ.get("EDITOR") or ""
    try:
        command = shlex.split(named)
    except ValueError:
        command = []
    return command or [path for name in _EDITORS if (path := shutil.which(name))][:1]


def edited(text: str, suffix: str, environ: Mapping[str, str]) -> str | None:
    """`text` as the user left it in his own editor, which has the terminal meanwhile; None where he left it with an
    error. Blocks.

    Args:
        suffix: of the file, from which editors tell its kind.

    Raises `UsageError` where there is no editor, or it cannot be started.
    """
    command = editor(environ)
    if not command:
        raise UsageError(code="usage.no_editor")
    with tempfile.TemporaryDirectory(prefix="vbtui-") as folder:  # for this user alone
        path = Path(folder) / f"text{suffix}"
        path.write_text(text, encoding="utf-8")
        try:
            done = subprocess.run(
                [*command, str(path)], env=environment("terminal", environ), check=False
            )
            return (
                path.read_text(encoding="utf-8", errors="replace") if not done.returncode else None
            )
        except OSError as error:
            name = clean_line(command[0])
            raise UsageError(code="usage.not_started", name=name, why=error.strerror) from error


# -- files between this machine and the user's own, over SSH ---------------------------------------


def is_remote(environ: Mapping[str, str]) -> bool:
    """Whether the user sits at another machine, connected by SSH."""
    return bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))


def clipboard_outside(text: str, environ: Mapping[str, str]) -> str:
    """What tmux or screen hands on to the terminal around it so that `text` is on its clipboard (OSC 52);
    empty outside of them. tmux does so where `allow-passthrough` is on."""
    sequence = f"\x1b]52;c;{base64.b64encode(text.encode(errors='replace')).decode()}\a"
    if environ.get("TMUX"):
        return in_tmux(sequence)
    if environ.get("STY") or environ.get("TERM", "").startswith("screen"):
        pieces = range(0, len(sequence), _SCREEN_PIECE)
        return "".join(f"\x1bP{sequence[at : at + _SCREEN_PIECE]}\x1b\\" for at in pieces)
    return ""


def in_tmux(sequence: str) -> str:
    """`sequence` as tmux hands it on to the terminal around it."""
    return f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}\x1b\\"


_SCREEN_PIECE = 252
"""Characters: screen drops a longer one."""


def fetch_command(path: Path, environ: Mapping[str, str]) -> str:
    """The line that brings `path` to the user's own machine: `scp me@host:'/a b.mp4' .`, quoted."""
    here, port = _here(environ)
    return shlex.join(["scp", *port, f"{here}:{path}", "."])


def send_command(paths: Sequence[str], folder: Path, environ: Mapping[str, str]) -> str:
    """The line that brings files of the user's own machine to `folder` here; empty without SSH.

    To be run on that machine, in a POSIX shell; `~/` in a path is left to it.
    """
    if len(environ.get("SSH_CONNECTION", "").split()) != 4 or not paths:
        return ""
    here, port = _here(environ)
    sources = [path if path.startswith("~/") else shlex.quote(path) for path in paths]
    target = shlex.quote(f"{here}:{shlex.quote(str(folder))}/")
    return " ".join(["scp", *port, *sources, target])


def _here(environ: Mapping[str, str]) -> tuple[str, list[str]]:
    """`user@host` of this machine and scp's port option, as `$SSH_CONNECTION` (client, its port,
    server, its port) names them."""
    connection = environ.get("SSH_CONNECTION", "").split()
    host, port = connection[2:] if len(connection) == 4 else (socket.gethostname(), "22")
    host = host.partition("%")[0]
    host = f"[{host}]" if ":" in host else host
    return f"{_user(environ)}@{host}", ["-P", port] if port != "22" else []


def _user(environ: Mapping[str, str]) -> str:
    try:
        return environ.get("USER") or environ.get("LOGNAME") or getpass.getuser()
    except (KeyError, OSError):
        return "user"
