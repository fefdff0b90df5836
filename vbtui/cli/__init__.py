"""The command line: reads the arguments, starts one thing, turns its end into an exit code.

Exit codes: 0 done, 1 failed, 2 usage, 3 sign-in refused, 4 timed out, 5 no credits or plan,
6 done in part, 7 a question is open, 130 interrupted; the same in every language. Results go to stdout, everything
else to stderr.

Each command is a module beside this one: `run(arguments)` does it and returns its exit code. It is
imported when it is asked for: `vbtui --version` loads nothing but this file and the parser.
"""

from __future__ import annotations

import argparse
import io
import os
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from vbtui.base import spoken
from vbtui.base.errors import VbtuiError, places, said
from vbtui.base.translation import Translation
from vbtui.cli import argparse_words, parser

if TYPE_CHECKING:
    from vbtui.base.settings import Settings

_T = Translation
_UNKNOWN = _T("unrecognized arguments: {rest}", "无法识别的参数：{rest}")
_FILE = _T(
    "{file} is a file, not a command. A video of it: vbtui make {file} --say '…' – or into a project: vbtui media add {file}",
    "{file} 是文件，不是命令。用它制作视频：vbtui make {file} --say '…'；加入项目：vbtui media add {file}",
)
_INTERRUPTED = _T("interrupted.", "已中断。")
_INTERNAL = _T("an internal error ({kind}).", "内部错误（{kind}）。")
_INTERNAL_LOGGED = _T(
    "an internal error ({kind}); the details are in {file}.", "内部错误（{kind}）；详情见 {file}。"
)
_ERROR = _T("error", "错误")
_USAGE = _T("That does not work this way", "不能这样做")


def main(argv: Sequence[str] | None = None) -> int:
    """Run vbtui with `argv` (default: the process's arguments) and return its exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    _speak(given)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a path is printed as the bytes that it has
        sys.stdout.reconfigure(errors="surrogateescape")
    end = _End("--json" in given, "text")
    try:
        arguments, command = _read(given)
        end = _End(arguments.json, arguments.progress)
        if end.progress != "text":
            from vbtui.cli.progress import Progress

            Progress.form = end.progress
        module = import_module(f"vbtui.cli.{command.module or command.name}")
        return int(module.run(arguments))
    except parser.Misused as misused:
        return end.misused(misused)
    except VbtuiError as error:
        return end.failed(error)
    except KeyboardInterrupt:
        return end.say("stopped", _INTERRUPTED.of(), 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        return end.say("internal", _internal(error), 1)


def _read(argv: Sequence[str]) -> tuple[argparse.Namespace, parser.Command]:
    """Raises `Misused`."""
    whole = parser.parser()
    try:
        arguments, rest = whole.parse_known_args(argv)
    except parser.Misused as misused:
        file = next((one for one in argv if os.path.isfile(one)), "")
        if misused.parser is whole and file and not whole.commands.keys() & set(argv):
            whole.error(_FILE.of(file=shlex.quote(file)))
        raise
    if rest:
        whole.error(_UNKNOWN.of(rest=" ".join(rest)))
    return arguments, parser.check(arguments)


class _End:
    """How a command ends that does not end well: a sentence on stderr; with --json an object on stdout, too."""

    def __init__(self, as_json: bool, progress: str) -> None:
        self.as_json, self.progress = as_json, progress

    def misused(self, misused: parser.Misused) -> int:
        if not self.as_json:
            misused.parser.print_usage(sys.stderr)
        prog = misused.parser.prog
        if not self.as_json:
            mark = "：" if spoken.speaks_chinese() else ": "
            print(f"{prog}{mark}{_ERROR.of()}{mark}{misused.message}", file=sys.stderr)
            return 2
        return self.say("usage", misused.message, 2, title=_USAGE.of())

    def failed(self, error: VbtuiError) -> int:
        from vbtui.base.catalogue import headless_hint

        hint = headless_hint(error.code, error.values, error.hint)
        return self.say(error.code, error.message, error.exit_code, title=error.title, hint=hint)

    def say(
        self, code: str, message: str, exit_code: int, *, title: str = "", hint: str = ""
    ) -> int:
        line = f"vbtui: {said(message, hint)}"
        if self.as_json or self.progress == "json":
            from vbtui.base.text import FORM, to_json

            told = {"code": code, "title": title or message, "message": message, "hint": hint}
            if self.as_json:
                print(to_json({"version": FORM, "error": told}), flush=True)
            if self.progress == "json":
                line = to_json({"version": FORM, "event": "error", "text": said(message, hint)})
        print(line, file=sys.stderr)
        return exit_code


def _speak(argv: Sequence[str]) -> None:
    """The locale's language, which every command replaces by that of the settings; help has no other chance."""
    spoken.use_language("auto", os.environ)
    argparse_words.install()
    if {"-h", "--help"} & set(argv):
        from vbtui.base import settings

        with suppress(VbtuiError):
            settings.load()


def sentence(error: VbtuiError) -> str:
    """What happened and what to do next, for those who have no screen before them."""
    from vbtui.base.catalogue import headless_hint

    return said(error.message, headless_hint(error.code, error.values, error.hint))


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
        return _INTERNAL.of(kind=kind)
    return _INTERNAL_LOGGED.of(kind=kind, file=folder / "crash.log")


def is_local(settings: Settings, arguments: argparse.Namespace) -> bool:
    """Whether the local studio is to work: --local, or `[backend] default` where nothing else is said."""
    is_default = settings.backend.default == "local"
    return bool(arguments.local or (is_default and not (arguments.cloud or arguments.server)))


def where(arguments: argparse.Namespace) -> dict[str, Any]:
    """At which backend a project is meant, as `door.find_project` takes it."""
    return {"local": arguments.local, "cloud": arguments.cloud, "server": arguments.server}
