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
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from vbtui import __version__
from vbtui.base import spoken
from vbtui.base.errors import VbtuiError, places, said
from vbtui.base.formats import FORMATS
from vbtui.base.translation import Translation
from vbtui.cli import argparse_words

if TYPE_CHECKING:
    from vbtui.base.settings import Settings

_T = Translation
DESCRIPTION = _T(
    "Turn clips into a finished video: drop files, say what you want, export an MP4.",
    "把片段变成成品视频：放入文件，说出想要的，导出 MP4。",
)
EPILOG = _T(
    "Without a command the full-screen app starts. Without --local the NemoVideo cloud is the "
    "backend; --local edits and renders on this machine, with no account and no network.",
    "不带命令时启动全屏应用。不带 --local 时后台是 NemoVideo 云端；--local 在这台电脑上剪辑和渲染，不需要账户和网络。",
)
_COMMANDS = _T("commands", "命令")
_UNKNOWN = _T("unrecognized arguments: {rest}", "无法识别的参数：{rest}")
_SAYS_NOTHING = _T(
    "--{option} says nothing to vbtui {command}", "--{option} 对 vbtui {command} 没有意义"
)
_INTERRUPTED = _T("interrupted.", "已中断。")
_INTERNAL = _T("an internal error ({kind}).", "内部错误（{kind}）。")
_INTERNAL_LOGGED = _T(
    "an internal error ({kind}); the details are in {file}.", "内部错误（{kind}）；详情见 {file}。"
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run vbtui with `argv` (default: the process's arguments) and return its exit code."""
    _speak(sys.argv[1:] if argv is None else argv)
    parser = _parser()
    arguments, rest = parser.parse_known_args(argv)
    if arguments.command == "plan" and not any(
        text.startswith("-") and text != "-" for text in rest
    ):
        arguments.files += map(Path, rest)  # those behind an option
    elif rest:
        parser.error(_UNKNOWN.of(rest=" ".join(rest)))
    for option, commands in _ONLY_FOR.items():
        if getattr(arguments, option) and arguments.command not in commands:
            parser.error(_SAYS_NOTHING.of(option=option, command=arguments.command))
    if isinstance(sys.stdout, io.TextIOWrapper):  # a path is printed as the bytes that it has
        sys.stdout.reconfigure(errors="surrogateescape")
    try:
        command = import_module(f"vbtui.cli.{arguments.command}")
        return int(command.run(arguments))
    except VbtuiError as error:
        print(f"vbtui: {sentence(error)}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"vbtui: {_INTERRUPTED.of()}", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        print(f"vbtui: {_internal(error)}", file=sys.stderr)
        return 1


def _speak(argv: Sequence[str]) -> None:
    """The locale's language, which every command replaces by that of the settings; help has no other chance."""
    spoken.use_language("auto", os.environ)
    argparse_words.install()
    if {"-h", "--help"} & set(argv):
        from vbtui.base import settings

        with suppress(VbtuiError):
            settings.load()


class _Formatter(argparse.HelpFormatter):
    """Breaks lines by the cells that they take: Chinese has no spaces, and its characters are two cells wide."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return super()._split_lines(text, width) if text.isascii() else _wrapped(text, width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.isascii():
            return super()._fill_text(text, width, indent)
        return "\n".join(indent + line for line in _wrapped(text, width - len(indent)))


_PIECE = re.compile(
    r"[\u2e80-\uffef][、。，；：！？）]*\s*|[^\s\u2e80-\uffef]+[、。，；：！？）]*\s*"
)
"""What stays in one line: a Chinese character or a word, with the mark behind it."""


def _wrapped(text: str, width: int) -> list[str]:
    from vbtui.base.text import cells

    lines = [""]
    for piece in _PIECE.findall(" ".join(text.split())):
        if lines[-1] and cells(lines[-1] + piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


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
        return _INTERNAL.of(kind=kind)
    return _INTERNAL_LOGGED.of(kind=kind, file=folder / "crash.log")


class _Parser(argparse.ArgumentParser):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"formatter_class": _Formatter, **options})

    def error(self, message: str) -> NoReturn:
        """Quotes what was typed: a script may have put a name of others there."""
        from vbtui.base.text import clean_line

        super().error(clean_line(message))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser("vbtui", description=DESCRIPTION.of(), epilog=EPILOG.of())
    parser.add_argument(
        "--version",
        action="version",
        version=f"vbtui {__version__}",
        help=_T("show program's version number and exit", "显示版本号并退出").of(),
    )
    _backend_options(parser, first=True)
    parser.add_argument(
        "--watch",
        type=Path,
        metavar="DIR",
        help=_T(
            "upload what lands in DIR; made if missing", "上传放入 DIR 的文件；没有时新建"
        ).of(),
    )
    _project_option(parser, _T("open or make this project", "打开或新建这个项目").of(), default="")
    parser.add_argument(
        "--no-pictures",
        action="store_true",
        help=_T("show no pictures of clips", "不显示片段的图片").of(),
    )
    parser.set_defaults(command="app")
    commands = parser.add_subparsers(title=_COMMANDS.of(), metavar="COMMAND")

    make = commands.add_parser(
        "make",
        help=_T(
            "files and sentences in, a video out; no screen", "输入文件和句子，输出视频；无界面"
        ).of(),
    )
    make.add_argument("files", nargs="+", type=Path, metavar="FILE")
    make.add_argument(
        "--say",
        action="append",
        required=True,
        metavar="TEXT",
        help=_T("an edit, in words", "用文字描述的剪辑").of(),
    )
    make.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="OUT.mp4",
        help=_T(
            "its ending says the format: .mp4, .mov (ProRes), .webm, .gif, .mp3, .wav, .m4a, .png",
            "扩展名决定格式：.mp4、.mov（ProRes）、.webm、.gif、.mp3、.wav、.m4a、.png",
        ).of(),
    )
    make.add_argument(
        "--quality", choices=("low", "medium", "high"), help=_T("default: high", "默认：high").of()
    )
    make.add_argument(
        "--timeout",
        type=_seconds,
        metavar="S",
        help=_T("give up after S seconds", "S 秒后放弃").of(),
    )
    make.add_argument(
        "--json",
        action="store_true",
        help=_T("one JSON object on stdout", "在标准输出写一个 JSON 对象").of(),
    )
    make.add_argument(
        "--plan",
        action="store_true",
        help=_T(
            "tell what the sentences would do, and do nothing", "说明这些句子会做什么，但不执行"
        ).of(),
    )
    _backend_options(make)
    make.set_defaults(command="make")

    demo = commands.add_parser(
        "demo",
        help=_T(
            "a sample project: footage drawn here, a video within a minute",
            "示例项目：素材在本机绘制，一分钟内得到视频",
        ).of(),
    )
    demo.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="OUT.mp4",
        help=_T("make its video, without a screen", "制作它的视频，无界面").of(),
    )
    demo.add_argument(
        "--timeout",
        type=_seconds,
        metavar="S",
        help=_T("give up after S seconds", "S 秒后放弃").of(),
    )
    demo.add_argument(
        "--json",
        action="store_true",
        help=_T("as -o: one JSON object on stdout", "同 -o：在标准输出写一个 JSON 对象").of(),
    )
    demo.add_argument(
        "--local",
        action="store_true",
        default=argparse.SUPPRESS,
        help=_T("as always", "始终如此").of(),
    )
    demo.set_defaults(command="demo", files=[], quality=None)

    plan = commands.add_parser(
        "plan",
        help=_T(
            "what sentences would do to files; nothing is done", "句子会对文件做什么；不执行"
        ).of(),
    )
    plan.add_argument("files", nargs="+", type=Path, metavar="FILE")
    plan.add_argument(
        "--after",
        action="append",
        default=[],
        metavar="TEXT",
        help=_T("an edit that comes first", "先做的剪辑").of(),
    )
    plan.add_argument(
        "--say",
        action="append",
        default=[],
        metavar="TEXT",
        help=_T("what is planned; - reads lines", "要计划的内容；- 逐行读取").of(),
    )
    plan.add_argument(
        "--json",
        action="store_true",
        help=_T("a JSON object a line, on stdout", "在标准输出每行写一个 JSON 对象").of(),
    )
    plan.add_argument(
        "--local",
        action="store_true",
        default=argparse.SUPPRESS,
        help=_T("as always", "始终如此").of(),
    )
    plan.set_defaults(command="plan")

    export = commands.add_parser(
        "export",
        help=_T(
            "the last project's timeline as a video; waits",
            "把上一个项目的时间线导出为视频；等待完成",
        ).of(),
    )
    _project_option(export, _T("default: the one that was open last", "默认：上次打开的项目").of())
    export.add_argument(
        "--version",
        type=_version,
        default=0,
        metavar="N",
        help=_T("default: newest", "默认：最新").of(),
    )
    export.add_argument("-o", "--output", type=Path, metavar="OUT.mp4")
    export.add_argument(
        "--format",
        choices=tuple(FORMATS),
        metavar="NAME",
        help=_T(
            f"{', '.join(FORMATS)}; default: by OUT's ending, else mp4",
            f"{', '.join(FORMATS)}；默认按 OUT 的扩展名，否则为 mp4",
        ).of(),
    )
    export.add_argument(
        "--at",
        type=_moment,
        default=0,
        metavar="TIME",
        help=_T("the moment of a png: 0:05; default: 0:00", "png 的时刻，如 0:05；默认 0:00").of(),
    )
    export.add_argument(
        "--quality", choices=("low", "medium", "high"), help=_T("default: high", "默认：high").of()
    )
    export.add_argument(
        "--preset",
        action="append",
        default=[],
        metavar="NAME",
        help=_T("reels, youtube, square, …", "reels、youtube、square……").of(),
    )
    export.add_argument(
        "--here",
        action="store_true",
        help=_T("render on this machine in any case", "无论如何都在这台电脑上渲染").of(),
    )
    export.add_argument(
        "--json",
        action="store_true",
        help=_T("one JSON object on stdout", "在标准输出写一个 JSON 对象").of(),
    )
    _backend_options(export)
    export.set_defaults(command="export")

    renders = commands.add_parser(
        "renders", help=_T("the exports, from all projects", "所有项目的导出").of()
    )
    renders.add_argument(
        "--follow", action="store_true", help=_T("until all are over", "直到全部结束").of()
    )
    renders.add_argument(
        "--json",
        action="store_true",
        help=_T("a list; following, one object a change", "一个列表；跟随时每次变化一个对象").of(),
    )
    renders.set_defaults(command="renders")

    status = commands.add_parser(
        "status",
        help=_T(
            "the last project: timeline, media, renders", "上一个项目：时间线、素材、导出"
        ).of(),
    )
    _project_option(status, _T("default: the one that was open last", "默认：上次打开的项目").of())
    status.add_argument("--json", action="store_true")
    status.set_defaults(command="status")

    watch = commands.add_parser(
        "watch",
        help=_T("upload what lands in a folder; no screen", "上传放入文件夹的文件；无界面").of(),
    )
    watch.add_argument("directory", type=Path, metavar="DIR")
    watch.add_argument(
        "--then",
        default="",
        metavar="TEXT",
        help=_T("say this for each new file", "对每个新文件说这句话").of(),
    )
    _project_option(
        watch,
        _T(
            "put the files into this project, open or make it", "把文件放入这个项目，打开或新建它"
        ).of(),
    )
    watch.add_argument(
        "--once",
        action="store_true",
        help=_T("handle what is there and end", "处理现有的文件后结束").of(),
    )
    watch.add_argument(
        "--json",
        action="store_true",
        help=_T("one JSON object an event", "每个事件一个 JSON 对象").of(),
    )
    _backend_options(watch)
    watch.set_defaults(command="watch")

    studio = commands.add_parser(
        "studio",
        help=_T(
            "the local backend alone, for other clients", "单独的本地后台，供其他客户端使用"
        ).of(),
    )
    studio.add_argument("--host", default="127.0.0.1", metavar="H")
    studio.add_argument(
        "--port",
        type=_port,
        default=0,
        metavar="P",
        help=_T("default: a free one", "默认：空闲端口").of(),
    )
    studio.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help=_T("where projects are kept", "项目存放的位置").of(),
    )
    studio.add_argument(
        "--open",
        action="store_true",
        help=_T(
            "give whoever reaches it a token of their own", "给每个能连接的人一个自己的令牌"
        ).of(),
    )
    studio.add_argument(
        "--allow-private-urls",
        action="store_true",
        help=_T(
            "fetch uploads by URL from this machine and private networks too",
            "也从本机和专用网络按网址获取上传",
        ).of(),
    )
    studio.set_defaults(command="studio")

    doctor = commands.add_parser(
        "doctor",
        help=_T("what this machine has and what is missing", "这台电脑有什么、缺什么").of(),
    )
    doctor.add_argument("--json", action="store_true")
    doctor.add_argument(
        "--offline",
        action="store_true",
        help=_T("send nothing, not even a greeting", "不发送任何内容，连问候也不发").of(),
    )
    doctor.add_argument(
        "--bundle",
        type=Path,
        nargs="?",
        const=Path("vbtui-report.txt"),
        metavar="FILE",
        help=_T(
            "write a report to hand on: no tokens, no names of files (default: vbtui-report.txt)",
            "写一份可转交的报告：不含令牌和文件名（默认：vbtui-report.txt）",
        ).of(),
    )
    doctor.set_defaults(command="doctor")
    return parser


def _project_option(
    parser: argparse.ArgumentParser, what: str, *, default: str = argparse.SUPPRESS
) -> None:
    parser.add_argument("--project", default=default, metavar="NAME", help=what)


def _backend_options(parser: argparse.ArgumentParser, *, first: bool = False) -> None:
    """--local, --cloud and --server; a command's own default must not undo what stood before it."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--local",
        action="store_true",
        default=False if first else argparse.SUPPRESS,
        help=_T("edit and render on this machine", "在这台电脑上剪辑和渲染").of(),
    )
    group.add_argument(
        "--cloud",
        action="store_true",
        default=False if first else argparse.SUPPRESS,
        help=_T("the cloud, where the settings say local", "设置为 local 时改用云端").of(),
    )
    group.add_argument(
        "--server",
        type=_server,
        default="" if first else argparse.SUPPRESS,
        metavar="URL",
        help=_T("another backend that speaks the same wire", "使用相同协议的其他后台").of(),
    )


def is_local(settings: Settings, arguments: argparse.Namespace) -> bool:
    """Whether the local studio is to work: --local, or `[backend] default` where nothing else is said."""
    is_default = settings.backend.default == "local"
    return bool(arguments.local or (is_default and not (arguments.cloud or arguments.server)))


def _server(text: str) -> str:
    from vbtui.base.settings import web_address

    try:
        return web_address(text, "--server") if text else ""
    except VbtuiError as error:
        raise argparse.ArgumentTypeError(error.sentence) from None


def _moment(text: str) -> int:
    """Milliseconds of `0:05`, `1:02:03.5` or of seconds."""
    if not re.fullmatch(r"(?:\d{1,2}(?::[0-5]\d){1,2}|\d{1,6})(?:\.\d{1,3})?", text):
        raise argparse.ArgumentTypeError(
            _T("must be a time such as 0:05, or seconds", "必须是时间（如 0:05）或秒数").of()
        )
    seconds = 0.0
    for part in text.split(":"):
        seconds = seconds * 60 + float(part)
    return round(seconds * 1000)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(
            _T("must be a number of seconds above 0", "必须是大于 0 的秒数").of()
        )
    return value


def _version(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text[:12]) < 10**9:
        raise argparse.ArgumentTypeError(
            _T("must be the number of a version, 1 or more", "必须是版本号，1 或更大").of()
        )
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(
            _T("must be a port number, 0 to 65535", "必须是 0 到 65535 的端口号").of()
        )
    return int(text)
