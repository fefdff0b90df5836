"""The command line: reads the arguments, starts one thing, turns its end into an exit code.

Exit codes: 0 done, 1 failed, 2 usage, 3 sign-in refused, 4 timed out, 5 no credits or plan,
6 done in part, 130 interrupted. Results go to stdout, everything else to stderr.

Each command is a module beside this one: `run(arguments)` does it and returns its exit code. It is
imported when it is asked for: `vbtui --version` loads nothing but this file.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from vbtui import __version__
from vbtui.base.errors import VbtuiError, places, said

DESCRIPTION = "Turn clips into a finished video: drop files, say what you want, export an MP4."
EPILOG = (
    "Without a command the full-screen app starts. Without --local the NemoVideo cloud is the "
    "backend; --local edits and renders on this machine, with no account and no network."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run vbtui with `argv` (default: the process's arguments) and return its exit code."""
    parser = _parser()
    arguments, rest = parser.parse_known_args(argv)
    if arguments.command == "plan" and not any(
        text.startswith("-") and text != "-" for text in rest
    ):
        arguments.files += map(Path, rest)  # those behind an option
    elif rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    for option, commands in _ONLY_FOR.items():
        if getattr(arguments, option) and arguments.command not in commands:
            parser.error(f"--{option} says nothing to vbtui {arguments.command}")
    if isinstance(sys.stdout, io.TextIOWrapper):  # a path is printed as the bytes that it has
        sys.stdout.reconfigure(errors="surrogateescape")
    try:
        command = import_module(f"vbtui.cli.{arguments.command}")
        return int(command.run(arguments))
    except VbtuiError as error:
        print(f"vbtui: {sentence(error)}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("vbtui: interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        print(f"vbtui: {_internal(error)}", file=sys.stderr)
        return 1


def sentence(error: VbtuiError) -> str:
    """What happened and what to do next, for those who have no screen before them."""
    from vbtui.base.catalogue import headless_hint

    return said(error.message, headless_hint(error.code, error.values, error.hint))


_ONLY_FOR = {"project": ("app", "export", "status", "watch"), "watch": ("app",)}
"""The commands that go by an option which may stand before every command."""


def _internal(error: Exception) -> str:
    """The sentence for an error in vbtui itself; its details go to the crash log."""
    from vbtui.base import settings

    kind = type(error).__name__
    try:
        folder = settings.private_directory(settings.find_directories().state)
        log = os.open(folder / "crash.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(log, "a", encoding="utf-8") as file:
            file.write("\n".join(places(error)) + "\n")
    except OSError:
        return f"an internal error ({kind})."
    return f"an internal error ({kind}); the details are in {folder / 'crash.log'}."


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Quotes what was typed: a script may have put a name of others there."""
        from vbtui.base.text import clean_line

        super().error(clean_line(message))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser("vbtui", description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"vbtui {__version__}")
    _backend_options(parser, first=True)
    parser.add_argument(
        "--watch", type=Path, metavar="DIR", help="upload what lands in DIR; made if missing"
    )
    _project_option(parser, "open or make this project", default="")
    parser.add_argument("--no-pictures", action="store_true", help="show no pictures of clips")
    parser.set_defaults(command="app")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    make = commands.add_parser("make", help="files and sentences in, a video out; no screen")
    make.add_argument("files", nargs="+", type=Path, metavar="FILE")
    make.add_argument(
        "--say", action="append", required=True, metavar="TEXT", help="an edit, in words"
    )
    make.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.mp4")
    make.add_argument("--quality", choices=("low", "medium", "high"), help="default: high")
    make.add_argument("--timeout", type=_seconds, metavar="S", help="give up after S seconds")
    make.add_argument("--json", action="store_true", help="one JSON object on stdout")
    make.add_argument(
        "--plan", action="store_true", help="tell what the sentences would do, and do nothing"
    )
    _backend_options(make)
    make.set_defaults(command="make")

    demo = commands.add_parser(
        "demo", help="a sample project: footage drawn here, a video within a minute"
    )
    demo.add_argument(
        "-o", "--output", type=Path, metavar="OUT.mp4", help="make its video, without a screen"
    )
    demo.add_argument("--timeout", type=_seconds, metavar="S", help="give up after S seconds")
    demo.add_argument("--json", action="store_true", help="as -o: one JSON object on stdout")
    demo.add_argument("--local", action="store_true", default=argparse.SUPPRESS, help="as always")
    demo.set_defaults(command="demo", files=[], quality=None)

    plan = commands.add_parser("plan", help="what sentences would do to files; nothing is done")
    plan.add_argument("files", nargs="+", type=Path, metavar="FILE")
    plan.add_argument(
        "--after", action="append", default=[], metavar="TEXT", help="an edit that comes first"
    )
    plan.add_argument(
        "--say", action="append", default=[], metavar="TEXT", help="what is planned; - reads lines"
    )
    plan.add_argument("--json", action="store_true", help="a JSON object a line, on stdout")
    plan.add_argument("--local", action="store_true", default=argparse.SUPPRESS, help="as always")
    plan.set_defaults(command="plan")

    export = commands.add_parser("export", help="the last project's timeline as a video; waits")
    _project_option(export, "default: the one that was open last")
    export.add_argument("--version", type=_version, default=0, metavar="N", help="default: newest")
    export.add_argument("-o", "--output", type=Path, metavar="OUT.mp4")
    export.add_argument("--quality", choices=("low", "medium", "high"), help="default: high")
    export.add_argument(
        "--preset", action="append", default=[], metavar="NAME", help="reels, youtube, square, …"
    )
    export.add_argument("--here", action="store_true", help="render on this machine in any case")
    export.add_argument("--json", action="store_true", help="one JSON object on stdout")
    _backend_options(export)
    export.set_defaults(command="export")

    renders = commands.add_parser("renders", help="the exports, from all projects")
    renders.add_argument("--follow", action="store_true", help="until all are over")
    renders.add_argument(
        "--json", action="store_true", help="a list; following, one object a change"
    )
    renders.set_defaults(command="renders")

    status = commands.add_parser("status", help="the last project: timeline, media, renders")
    _project_option(status, "default: the one that was open last")
    status.add_argument("--json", action="store_true")
    status.set_defaults(command="status")

    watch = commands.add_parser("watch", help="upload what lands in a folder; no screen")
    watch.add_argument("directory", type=Path, metavar="DIR")
    watch.add_argument("--then", default="", metavar="TEXT", help="say this for each new file")
    _project_option(watch, "put the files into this project, open or make it")
    watch.add_argument("--once", action="store_true", help="handle what is there and end")
    watch.add_argument("--json", action="store_true", help="one JSON object an event")
    _backend_options(watch)
    watch.set_defaults(command="watch")

    studio = commands.add_parser("studio", help="the local backend alone, for other clients")
    studio.add_argument("--host", default="127.0.0.1", metavar="H")
    studio.add_argument("--port", type=_port, default=0, metavar="P", help="default: a free one")
    studio.add_argument("--data", type=Path, metavar="DIR", help="where projects are kept")
    studio.add_argument(
        "--open", action="store_true", help="give whoever reaches it a token of their own"
    )
    studio.add_argument(
        "--allow-private-urls",
        action="store_true",
        help="fetch uploads by URL from this machine and private networks too",
    )
    studio.set_defaults(command="studio")

    doctor = commands.add_parser("doctor", help="what this machine has and what is missing")
    doctor.add_argument("--json", action="store_true")
    doctor.set_defaults(command="doctor")
    return parser


def _project_option(
    parser: argparse.ArgumentParser, what: str, *, default: str = argparse.SUPPRESS
) -> None:
    parser.add_argument("--project", default=default, metavar="NAME", help=what)


def _backend_options(parser: argparse.ArgumentParser, *, first: bool = False) -> None:
    """--local and --server; a command's own default must not undo what stood before it."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--local",
        action="store_true",
        default=False if first else argparse.SUPPRESS,
        help="edit and render on this machine",
    )
    group.add_argument(
        "--server",
        type=_server,
        default="" if first else argparse.SUPPRESS,
        metavar="URL",
        help="another backend that speaks the same wire",
    )


def _server(text: str) -> str:
    from vbtui.base.settings import web_address

    try:
        return web_address(text, "it") if text else ""
    except VbtuiError as error:
        raise argparse.ArgumentTypeError(error.sentence) from None


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("must be a number of seconds above 0")
    return value


def _version(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text[:12]) < 10**9:
        raise argparse.ArgumentTypeError("must be the number of a version, 1 or more")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError("must be a port number, 0 to 65535")
    return int(text)
