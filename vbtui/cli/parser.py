"""What the command line takes: each command with its options, examples and exit codes. The parser, its help, the
man page and the completions of shells are made of this. It loads nothing but the standard library and `base`.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from vbtui import __version__
from vbtui.base.errors import VbtuiError
from vbtui.base.formats import FORMATS
from vbtui.base.patterns import regex
from vbtui.base.spoken import speaks_chinese
from vbtui.base.translation import Translation
from vbtui.cli.argparse_words import says

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
_EXAMPLES, _EXITS = _T("Examples:", "示例："), _T("Exit codes:", "退出码：")
_SAYS_NOTHING = _T(
    "--{option} says nothing to vbtui {command}", "--{option} 对 vbtui {command} 没有意义"
)
_TOGETHER = _T(
    "argument --{one}: not allowed with argument --{other}",
    "参数 --{one}：不能与参数 --{other} 一起使用",
)
_FAR = _T(
    "One of --local, --cloud and --server says where the project is.",
    "--local、--cloud 或 --server 说明项目在哪里。",
)

EXIT_CODES = {
    0: _T("done", "完成"),
    1: _T("failed, or refused", "失败或被拒绝"),
    2: _T(
        "wrong usage: an option, a name, a file that is not there",
        "用法错误：选项、名称或文件不存在",
    ),
    3: _T("the sign-in was refused", "登录被拒绝"),
    4: _T("timed out", "超时"),
    5: _T("no credits left, or not in the plan", "积分用完或套餐不包含"),
    6: _T("done in part, or nothing was changed", "部分完成，或没有改动任何内容"),
    7: _T("a question waits for its answer: vbtui answer", "有问题等待回答：vbtui answer"),
    130: _T("interrupted, or stopped in the app", "被中断，或在应用中被停止"),
}
_OF_ALL = (0, 1, 2)
_OF_BACKEND = (0, 1, 2, 3, 4, 5)
OPTIONS = ("project", "local", "cloud", "server", "json", "quiet", "progress")
"""What means the same wherever it is taken, before the command and behind it."""
_BACKEND = ("local", "cloud", "server")
_SHOWN = ("json", "quiet", "progress")

_LAST = _T("default: the one that was open last", "默认：上次打开的项目")
_OBJECT = _T("one JSON object on stdout", "在标准输出写一个 JSON 对象")


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the command line."""

    name: str
    help: Translation
    add: Callable[[argparse.ArgumentParser], object]
    """Adds what it alone takes."""
    takes: tuple[str, ...]
    """Which of `OPTIONS`."""
    examples: tuple[Translation, ...]
    exits: tuple[int, ...]
    module: str = ""
    """The module of `vbtui.cli` whose `run` does it; empty: that of its name."""
    project: Translation = _LAST
    """What --project says here."""
    json: Translation = _OBJECT


class Parser(argparse.ArgumentParser):
    """A command's options are added when they are needed.

    Args:
        command: the one that it reads; None: the whole command line.
    """

    def __init__(self, *args: Any, command: Command | None = None, **options: Any) -> None:
        self.given: list[argparse.Action] = []
        """What it takes and shows, in order."""
        self.commands: dict[str, Parser] = {}
        super().__init__(*args, **{"formatter_class": _Formatter, **options})
        self.command = command
        self._is_filled = False

    def add_argument(self, *names: str, **options: Any) -> argparse.Action:
        action = super().add_argument(*names, **options)
        self.given.append(action)
        return action

    def fill(self) -> None:
        """Know all options."""
        command = self.command
        if command is None or self._is_filled:
            return
        self._is_filled = True
        command.add(self)
        _add_options(self, command.takes, command)
        self.epilog = _epilog(command)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """A command's words may stand before its options, behind and between them."""
        self.fill()
        if self.command is None or self.usage is not None:
            return super().parse_known_args(args, namespace)
        prefix = says("usage: ")  # which argparse would cut off, as long as it is in English
        self.usage = self.format_usage().removeprefix(prefix).strip().replace("%", "%%")
        return super().parse_known_intermixed_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Quotes what was typed: a script may have put a name of others there."""
        from vbtui.base.text import clean_line

        raise Misused(clean_line(message), self)


class Misused(Exception):
    """The command line cannot be read."""

    def __init__(self, message: str, parser: argparse.ArgumentParser) -> None:
        super().__init__(message)
        self.message, self.parser = message, parser


class _Formatter(argparse.HelpFormatter):
    """Breaks lines by the cells that they take: Chinese has no spaces, and its characters are two cells wide."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if speaks_chinese():
            self._width -= len("用法：")  # which is counted as if it were as wide as long

    def _split_lines(self, text: str, width: int) -> list[str]:
        return super()._split_lines(text, width) if text.isascii() else _wrapped(text, width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text:  # it has its lines
            return text
        if text.isascii():
            return super()._fill_text(text, width, indent)
        return "\n".join(indent + line for line in _wrapped(text, width - len(indent)))


_PIECE = regex(r"[\u2e80-\uffef][、。，；：！？）]*\s*|[^\s\u2e80-\uffef]+[、。，；：！？）]*\s*")
"""What stays in one line: a Chinese character or a word, with the mark behind it."""


def _wrapped(text: str, width: int) -> list[str]:
    from vbtui.base.text import cells

    lines = [""]
    for piece in _PIECE.findall(" ".join(text.split())):
        if lines[-1] and cells(lines[-1] + piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def _epilog(command: Command) -> str:
    lines = [_EXAMPLES.of(), *(f"  {one.of()}" for one in command.examples), "", _EXITS.of()]
    return "\n".join([*lines, *(f"  {code:<4}{EXIT_CODES[code].of()}" for code in command.exits)])


def parser() -> Parser:
    """The whole command line."""
    made = Parser("vbtui", description=DESCRIPTION.of(), epilog=EPILOG.of())
    made.add_argument(
        "--version",
        action="version",
        version=f"vbtui {__version__}",
        help=_T("show program's version number and exit", "显示版本号并退出").of(),
    )
    _add_options(made, OPTIONS, APP)
    _app(made)
    made.set_defaults(command=APP.name)
    commands = made.add_subparsers(title=_COMMANDS.of(), metavar="COMMAND")
    for one in COMMANDS:
        own = made.commands[one.name] = commands.add_parser(
            one.name, help=one.help.of(), command=one
        )
        own.set_defaults(command=one.name)
    return made


def check(found: argparse.Namespace) -> Command:
    """The command that was asked for; what was not said of `OPTIONS` gets its default.

    Raises `Misused` for an option that says nothing to it, which stood before it, and for two of one kind.
    """
    command = next(one for one in (APP, *COMMANDS) if one.name == found.command)
    whole = argparse.ArgumentParser("vbtui", add_help=False, usage=argparse.SUPPRESS)
    before = [*OPTIONS, *(("watch", "no_pictures") if command not in (APP, DEMO) else ())]
    if command is DEMO:
        before.append("watch")
    for option in before:
        if getattr(found, option, None) is not None and option not in command.takes:
            shown = option.replace("_", "-")
            raise Misused(
                _SAYS_NOTHING.of(option=shown, command=command.name).replace(" app", ""), whole
            )
    said = [one for one in _BACKEND if getattr(found, one, None)]
    if len(said) > 1:
        raise Misused(_TOGETHER.of(one=said[1], other=said[0]), whole)
    for option, default in (("project", ""), ("server", ""), ("progress", "text")):
        setattr(found, option, getattr(found, option, None) or default)
    for option in ("local", "cloud", "json", "quiet", "no_pictures"):
        setattr(found, option, bool(getattr(found, option, None)))
    if found.quiet:
        found.progress = "none"
    return command


def _add_options(to: Parser, takes: Sequence[str], command: Command) -> None:
    """Those of `OPTIONS`, without a value where they are not said: what stood before a command stays.

    The whole command line takes them all, and shows those of the app.
    """
    is_whole = command is APP
    default: Any = None if is_whole else argparse.SUPPRESS
    several = "cloud" in takes
    group = to.add_mutually_exclusive_group() if several else to

    def add(name: str, told: Translation, at: Any = to, **more: Any) -> None:
        if name not in takes:
            return
        is_shown = not is_whole or name in APP.takes
        more["help"] = told.of() if is_shown else argparse.SUPPRESS
        adds = at.add_argument if at is not to else super(Parser, to).add_argument
        action = adds(f"--{name}", default=default, **more)
        if is_shown:
            to.given.append(action)

    flag = {"action": "store_const", "const": True}
    here = _T("edit and render on this machine", "在这台电脑上剪辑和渲染")
    add("project", command.project, metavar="NAME")
    add("local", here if several else _T("as always", "始终如此"), group, **flag)
    add(
        "cloud",
        _T("the cloud, where the settings say local", "设置为 local 时改用云端"),
        group,
        **flag,
    )
    server = _T("another backend that speaks the same wire", "使用相同协议的其他后台")
    add("server", server, group, type=_server, metavar="URL")
    add("json", command.json, **flag)
    add("quiet", _T("say nothing on stderr but errors", "标准错误只输出错误"), **flag)
    progress = _T(
        "how stderr tells of the work; json: an object a line",
        "标准错误如何显示进度；json：每行一个对象",
    )
    add("progress", progress, choices=("text", "json"))


# -- values ---------------------------------------------------------------------------------------


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


def _steps(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text[:4]) < 100:
        raise argparse.ArgumentTypeError(
            _T("must be a number of edits, 1 to 99", "必须是修改的次数，1 到 99").of()
        )
    return int(text)


def _jobs(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text[:4]) <= 64:
        raise argparse.ArgumentTypeError(
            _T("must be a number of rows, 1 to 64", "必须是行数，1 到 64").of()
        )
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(
            _T("must be a port number, 0 to 65535", "必须是 0 到 65535 的端口号").of()
        )
    return int(text)


# -- the commands ---------------------------------------------------------------------------------


_TIMEOUT = _T("give up after S seconds", "S 秒后放弃")
_QUALITY = _T("default: high", "默认：high")


def _app(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--watch",
        type=Path,
        metavar="DIR",
        help=_T(
            "upload what lands in DIR; made if missing", "上传放入 DIR 的文件；没有时新建"
        ).of(),
    )
    to.add_argument(
        "--no-pictures",
        action="store_const",
        const=True,
        help=_T("show no pictures of clips", "不显示片段的图片").of(),
    )


_READS_PATHS = _T("- reads paths from standard input", "- 从标准输入读取路径")


def _null(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "-0",
        "--null",
        action="store_true",
        help=_T(
            "the paths of - end with NUL, not with the line", "- 的路径以 NUL 而不是换行结束"
        ).of(),
    )


def _make(to: argparse.ArgumentParser) -> None:
    to.add_argument("files", nargs="*", type=Path, metavar="FILE", help=_READS_PATHS.of())
    _null(to)
    rows = to.add_mutually_exclusive_group()
    rows.add_argument(
        "--each",
        type=Path,
        metavar="DIR",
        help=_T(
            "a video of each video file of DIR, and of each folder in it, of all its files; {name}, {file}, "
            "{path} and {number} stand for it in TEXT, OUT and FILE",
            "为 DIR 中的每个视频文件各做一个视频，其中的每个文件夹也用其全部文件做一个；TEXT、OUT 和 FILE 中可用 "
            "{name}、{file}、{path}、{number}",
        ).of(),
    )
    rows.add_argument(
        "--from",
        dest="rows",
        type=Path,
        metavar="ROWS.csv",
        help=_T(
            "a video of each row of a CSV or JSON Lines file, or of -; {column} stands for its value in TEXT, OUT and "
            "FILE, {{ for a brace; the column files names its clips, with ; between",
            "为 CSV 或 JSON Lines 文件（或 -）的每一行各做一个视频；TEXT、OUT 和 FILE 中的 {column} 代表该行的值，{{ 代表花括号；"
            "files 列写出素材，用 ; 分隔",
        ).of(),
    )
    to.add_argument(
        "--jobs",
        type=_jobs,
        default=0,
        metavar="N",
        help=_T(
            "so many rows at the same time; default: by the cores, 2 elsewhere than here",
            "同时处理的行数；默认由处理器核心决定，非本机后台为 2",
        ).of(),
    )
    to.add_argument(
        "--say",
        action="append",
        required=True,
        metavar="TEXT",
        help=_T("an edit, in words; - reads lines", "用文字描述的剪辑；- 逐行读取").of(),
    )
    to.add_argument(
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
    to.add_argument("--quality", choices=("low", "medium", "high"), help=_QUALITY.of())
    to.add_argument("--timeout", type=_seconds, metavar="S", help=_TIMEOUT.of())
    to.add_argument(
        "--plan",
        action="store_true",
        help=_T(
            "tell what the sentences would do, and do nothing", "说明这些句子会做什么，但不执行"
        ).of(),
    )


def _demo(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="OUT.mp4",
        help=_T("make its video, without a screen", "制作它的视频，无界面").of(),
    )
    to.add_argument("--timeout", type=_seconds, metavar="S", help=_TIMEOUT.of())
    to.set_defaults(files=[], quality=None)


def _plan(to: argparse.ArgumentParser) -> None:
    to.add_argument("files", nargs="+", type=Path, metavar="FILE")
    to.add_argument(
        "--after",
        action="append",
        default=[],
        metavar="TEXT",
        help=_T("an edit that comes first", "先做的剪辑").of(),
    )
    to.add_argument(
        "--say",
        action="append",
        default=[],
        metavar="TEXT",
        help=_T("what is planned; - reads lines", "要计划的内容；- 逐行读取").of(),
    )


def _export(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--version",
        type=_version,
        default=0,
        metavar="N",
        help=_T("default: newest", "默认：最新").of(),
    )
    to.add_argument("-o", "--output", type=Path, metavar="OUT.mp4")
    to.add_argument(
        "--format",
        choices=tuple(FORMATS),
        metavar="NAME",
        help=_T(
            f"{', '.join(FORMATS)}; default: by OUT's ending, else mp4",
            f"{', '.join(FORMATS)}；默认按 OUT 的扩展名，否则为 mp4",
        ).of(),
    )
    to.add_argument(
        "--at",
        type=_moment,
        default=0,
        metavar="TIME",
        help=_T("the moment of a png: 0:05; default: 0:00", "png 的时刻，如 0:05；默认 0:00").of(),
    )
    to.add_argument("--quality", choices=("low", "medium", "high"), help=_QUALITY.of())
    to.add_argument(
        "--preset",
        action="append",
        default=[],
        metavar="NAME",
        help=_T("reels, youtube, square, …", "reels、youtube、square……").of(),
    )
    to.add_argument(
        "--here",
        action="store_true",
        help=_T("render on this machine in any case", "无论如何都在这台电脑上渲染").of(),
    )


def _renders(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--follow", action="store_true", help=_T("until all are over", "直到全部结束").of()
    )


def _watch(to: argparse.ArgumentParser) -> None:
    to.add_argument("directory", type=Path, metavar="DIR")
    to.add_argument(
        "--then",
        default="",
        metavar="TEXT",
        help=_T("say this for each new file", "对每个新文件说这句话").of(),
    )
    to.add_argument(
        "--once",
        action="store_true",
        help=_T("handle what is there and end", "处理现有的文件后结束").of(),
    )


def _studio(to: argparse.ArgumentParser) -> None:
    to.add_argument("--host", default="127.0.0.1", metavar="H")
    to.add_argument(
        "--port",
        type=_port,
        default=0,
        metavar="P",
        help=_T("default: a free one", "默认：空闲端口").of(),
    )
    to.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help=_T("where projects are kept", "项目存放的位置").of(),
    )
    to.add_argument(
        "--open",
        action="store_true",
        help=_T(
            "give whoever reaches it a token of their own", "给每个能连接的人一个自己的令牌"
        ).of(),
    )
    to.add_argument(
        "--allow-private-urls",
        action="store_true",
        help=_T(
            "fetch uploads by URL from this machine and private networks too",
            "也从本机和专用网络按网址获取上传",
        ).of(),
    )
    to.add_argument(
        "--scheduler",
        default="",
        metavar="ADDRESS",
        help=_T(
            "encode on the workers of this Dask scheduler: tcp://HOST:8786 (default: as the settings say)",
            "在这个 Dask 调度器的工作节点上编码：tcp://主机:8786（默认按设置）",
        ).of(),
    )


def _doctor(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--offline",
        action="store_true",
        help=_T("send nothing, not even a greeting", "不发送任何内容，连问候也不发").of(),
    )
    to.add_argument(
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
    to.add_argument(
        "--scheduler",
        default="",
        metavar="ADDRESS",
        help=_T(
            "try each worker of this Dask scheduler, too (default: as the settings say)",
            "并检查这个 Dask 调度器的每个工作节点（默认按设置）",
        ).of(),
    )


def _say(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "text",
        nargs="+",
        metavar="TEXT",
        help=_T(
            "the words of one sentence; - reads sentences, a line each",
            "一句话的文字；- 从标准输入逐行读取句子",
        ).of(),
    )
    to.add_argument(
        "--plan",
        action="store_true",
        help=_T("tell what it would do, and do nothing", "说明会做什么，但不执行").of(),
    )


def _answer(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "choice",
        nargs="+",
        metavar="CHOICE",
        help=_T(
            "the number of a choice, its words, or words of your own",
            "选项的编号、选项的文字，或自己的话",
        ).of(),
    )


def _undo(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "count",
        nargs="?",
        type=_steps,
        default=1,
        metavar="N",
        help=_T("how many edits; default: 1", "撤销几次修改；默认 1").of(),
    )


def _projects(to: argparse.ArgumentParser) -> None:
    group = to.add_mutually_exclusive_group()
    group.add_argument(
        "--rename",
        nargs=2,
        metavar=("NAME", "NEW"),
        help=_T("call a project otherwise", "给项目改名").of(),
    )
    group.add_argument(
        "--forget",
        metavar="NAME",
        help=_T(
            "take a project off the list; nothing of it is deleted",
            "从列表中移除项目；不删除任何内容",
        ).of(),
    )


def _media(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "what",
        nargs="?",
        choices=("list", "add", "remove"),
        default="list",
        metavar="list|add|remove",
        help=_T("default: list", "默认：list").of(),
    )
    to.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help=_T(
            "files to add, - reads paths; names, to remove",
            "要添加的文件，- 读取路径；移除时为名称",
        ).of(),
    )
    _null(to)


def _timeline(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--version",
        type=_version,
        default=0,
        metavar="N",
        help=_T("default: newest", "默认：最新").of(),
    )


def _frame(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "at",
        type=_moment,
        metavar="TIME",
        help=_T("0:05, or seconds", "0:05，或秒数").of(),
    )
    to.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="OUT.png",
        help=_T("the file to write", "要写入的文件").of(),
    )


def _completion(to: argparse.ArgumentParser) -> None:
    to.add_argument("shell", choices=("bash", "zsh", "fish"), metavar="bash|zsh|fish")


def _of(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "of", nargs="?", default="", metavar="COMMAND", help=_T("default: all", "默认：全部").of()
    )


def _nothing(to: argparse.ArgumentParser) -> None:
    """It takes nothing of its own."""


_MAKES = _T("open or make this project", "打开或新建这个项目")
APP = Command("app", _T("the app", "应用"), _app, ("project", *_BACKEND), (), (), project=_MAKES)
DEMO = Command(
    "demo",
    _T(
        "a sample project: footage drawn here, a video within a minute",
        "示例项目：素材在本机绘制，一分钟内得到视频",
    ),
    _demo,
    ("local", *_SHOWN),
    (
        _T("vbtui demo", "vbtui demo"),
        _T("vbtui demo -o day.mp4 --json", "vbtui demo -o 五月.mp4 --json"),
    ),
    (*_OF_ALL, 4, 130),
    json=_T("as -o: one JSON object on stdout", "同 -o：在标准输出写一个 JSON 对象"),
)
COMMANDS = (
    Command(
        "make",
        _T("files and sentences in, a video out; no screen", "输入文件和句子，输出视频；无界面"),
        _make,
        (*_BACKEND, *_SHOWN),
        (
            _T(
                'vbtui make *.mp4 --say "combine these clips" -o out.mp4 --local',
                'vbtui make *.mp4 --say "合并这些片段" -o 成品.mp4 --local',
            ),
            _T(
                'vbtui make a.mp4 --say "make it 20 s" -o a.gif --json',
                'vbtui make 海滩.mp4 --say "做成20秒" -o 海滩.gif --json',
            ),
            _T(
                'vbtui make --each clips --say "add a title “{name}”" -o "out/{name}.mp4" --local',
                'vbtui make --each 素材 --say "添加标题“{name}”" -o "成品/{name}.mp4" --local',
            ),
            _T(
                'vbtui make --from rows.csv music.mp3 --say "add a title “{title}”" -o "out/{id}.mp4"',
                'vbtui make --from 行.csv 音乐.mp3 --say "添加标题“{title}”" -o "成品/{id}.mp4"',
            ),
        ),
        (*_OF_BACKEND, 6, 130),
    ),
    DEMO,
    Command(
        "projects",
        _T("all projects; renames and forgets them", "全部项目；可改名、移除"),
        _projects,
        (*_BACKEND, "json", "quiet"),
        (
            _T("vbtui projects --json", "vbtui projects --json"),
            _T(
                'vbtui projects --rename project "Urban Dreams"',
                "vbtui projects --rename 项目 城市之梦",
            ),
        ),
        _OF_ALL,
    ),
    Command(
        "media",
        _T("a project's files; adds and removes them", "项目的素材；可添加、移除"),
        _media,
        ("project", *_BACKEND, *_SHOWN),
        (
            _T(
                "vbtui media add *.mp4 --project Trip --local",
                "vbtui media add *.mp4 --project 旅行 --local",
            ),
            _T("vbtui media --project Trip --json", "vbtui media --project 旅行 --json"),
        ),
        (*_OF_BACKEND, 6, 130),
        project=_T(
            "default: the one that was open last; `add` makes it",
            "默认：上次打开的项目；add 会新建它",
        ),
    ),
    Command(
        "say",
        _T("a sentence to a project; waits for what comes of it", "对项目说一句话；等待结果"),
        _say,
        ("project", *_BACKEND, *_SHOWN),
        (
            _T("vbtui say mute clip 2 --project Trip", "vbtui say 静音片段2 --project 旅行"),
            _T("vbtui say - --json < sentences.txt", "vbtui say - --json < 句子.txt"),
        ),
        (*_OF_BACKEND, 6, 7, 130),
        project=_T(
            "default: the one that was open last; made if missing",
            "默认：上次打开的项目；没有时新建",
        ),
    ),
    Command(
        "answer",
        _T("answers what a project asks", "回答项目里的问题"),
        _answer,
        ("project", *_BACKEND, *_SHOWN),
        (
            _T("vbtui answer 2", "vbtui answer 2"),
            _T("vbtui answer the second clip --json", "vbtui answer 第二段 --json"),
        ),
        (*_OF_BACKEND, 6, 7, 130),
        module="say",
    ),
    Command(
        "undo",
        _T("takes the last edit back, or the last N", "撤销最后一次或最后 N 次修改"),
        _undo,
        ("project", *_BACKEND, *_SHOWN),
        (
            _T("vbtui undo", "vbtui undo"),
            _T("vbtui undo 3 --project Trip", "vbtui undo 3 --project 旅行"),
        ),
        (*_OF_BACKEND, 6, 7, 130),
        module="say",
    ),
    Command(
        "redo",
        _T("makes again what was taken back", "重做撤销的修改"),
        _nothing,
        ("project", *_BACKEND, *_SHOWN),
        (_T("vbtui redo", "vbtui redo"), _T("vbtui redo --json", "vbtui redo --json")),
        (*_OF_BACKEND, 6, 7, 130),
        module="say",
    ),
    Command(
        "timeline",
        _T("what a project's video consists of", "项目的视频由什么组成"),
        _timeline,
        ("project", *_BACKEND, "json", "quiet"),
        (
            _T("vbtui timeline", "vbtui timeline"),
            _T("vbtui timeline --version 3 --json", "vbtui timeline --version 3 --json"),
        ),
        _OF_ALL,
    ),
    Command(
        "versions",
        _T(
            "the versions of a project's timeline, and who made them",
            "项目时间线的各个版本，以及由谁修改",
        ),
        _nothing,
        ("project", *_BACKEND, "json", "quiet"),
        (
            _T("vbtui versions --json", "vbtui versions --json"),
            _T("vbtui say go back to version 2", "vbtui say 恢复到版本 2"),
        ),
        _OF_ALL,
        module="timeline",
    ),
    Command(
        "frame",
        _T("a picture of a project's video, without an export", "项目视频的一个画面，无需导出"),
        _frame,
        ("project", *_BACKEND, *_SHOWN),
        (
            _T("vbtui frame 0:05 -o x.png", "vbtui frame 0:05 -o 画面.png"),
            _T(
                "vbtui frame 12.5 -o x.png --project Trip",
                "vbtui frame 12.5 -o 画面.png --project 旅行",
            ),
        ),
        (*_OF_BACKEND, 6, 130),
    ),
    Command(
        "open",
        _T(
            "plays the newest video of a project with the desktop's program",
            "用桌面程序播放项目最新的视频",
        ),
        _nothing,
        ("project", *_BACKEND, "json", "quiet"),
        (
            _T("vbtui open", "vbtui open"),
            _T("vbtui open --project Trip", "vbtui open --project 旅行"),
        ),
        _OF_ALL,
    ),
    Command(
        "plan",
        _T("what sentences would do to files; nothing is done", "句子会对文件做什么；不执行"),
        _plan,
        ("local", "json", "quiet"),
        (
            _T('vbtui plan *.mp4 --say "make it 30 s"', 'vbtui plan *.mp4 --say "做成30秒"'),
            _T("vbtui plan *.mp4 - --json < sentences.txt", "vbtui plan *.mp4 - --json < 句子.txt"),
        ),
        (*_OF_ALL, 130),
        json=_T("a JSON object a line, on stdout", "在标准输出每行写一个 JSON 对象"),
    ),
    Command(
        "export",
        _T(
            "the last project's timeline as a video; waits",
            "把上一个项目的时间线导出为视频；等待完成",
        ),
        _export,
        ("project", *_BACKEND, *_SHOWN),
        (
            _T(
                "vbtui export --preset reels --preset square",
                "vbtui export --preset reels --preset square",
            ),
            _T(
                "vbtui export --project Trip -o trip.mp4", "vbtui export --project 旅行 -o 旅行.mp4"
            ),
        ),
        (*_OF_BACKEND, 6, 130),
    ),
    Command(
        "renders",
        _T("the exports, from all projects", "所有项目的导出"),
        _renders,
        ("project", *_BACKEND, "json", "quiet"),
        (
            _T("vbtui renders --json", "vbtui renders --json"),
            _T("vbtui renders --follow", "vbtui renders --follow"),
        ),
        (*_OF_ALL, 6),
        project=_T("default: of all", "默认：全部"),
        json=_T(
            "one JSON object on stdout; following, one a change",
            "在标准输出写一个 JSON 对象；跟随时每次变化一个",
        ),
    ),
    Command(
        "status",
        _T("the last project: timeline, media, renders", "上一个项目：时间线、素材、导出"),
        _nothing,
        ("project", *_BACKEND, "json", "quiet"),
        (
            _T("vbtui status", "vbtui status"),
            _T("vbtui status --project Trip --json", "vbtui status --project 旅行 --json"),
        ),
        _OF_ALL,
    ),
    Command(
        "watch",
        _T("upload what lands in a folder; no screen", "上传放入文件夹的文件；无界面"),
        _watch,
        ("project", *_BACKEND, "json", "quiet"),
        (
            _T("vbtui watch clips/ --local", "vbtui watch 素材/ --local"),
            _T(
                'vbtui watch clips/ --then "make it 9:16, export" --once',
                'vbtui watch 素材/ --then "改成9:16，导出" --once',
            ),
        ),
        (*_OF_BACKEND, 6),
        project=_T(
            "put the files into this project, open or make it", "把文件放入这个项目，打开或新建它"
        ),
        json=_T("one JSON object an event", "每个事件一个 JSON 对象"),
    ),
    Command(
        "studio",
        _T("the local backend alone, for other clients", "单独的本地后台，供其他客户端使用"),
        _studio,
        (),
        (
            _T("vbtui studio --port 8080", "vbtui studio --port 8080"),
            _T("vbtui studio --host 0.0.0.0 --open", "vbtui studio --host 0.0.0.0 --open"),
        ),
        _OF_ALL,
    ),
    Command(
        "mcp",
        _T(
            "a server for agents, on standard input and output",
            "供智能体使用的服务器，走标准输入输出",
        ),
        _nothing,
        ("project", *_BACKEND),
        (
            _T("vbtui mcp --local", "vbtui mcp --local"),
            _T("vbtui mcp --project Trip", "vbtui mcp --project 旅行"),
        ),
        _OF_ALL,
    ),
    Command(
        "skill",
        _T("how to use the commands, as a file for agents", "命令的用法，写成供智能体读取的文件"),
        _nothing,
        (),
        (
            _T("vbtui skill", "vbtui skill"),
            _T("vbtui skill > vbtui/SKILL.md", "vbtui skill > vbtui/SKILL.md"),
        ),
        _OF_ALL,
    ),
    Command(
        "doctor",
        _T("what this machine has and what is missing", "这台电脑有什么、缺什么"),
        _doctor,
        ("json",),
        (_T("vbtui doctor", "vbtui doctor"), _T("vbtui doctor --bundle", "vbtui doctor --bundle")),
        _OF_ALL,
    ),
    Command(
        "schema",
        _T(
            "the form of what commands print as JSON, as JSON Schema",
            "命令输出的 JSON 的格式（JSON Schema）",
        ),
        _of,
        ("json",),
        (
            _T("vbtui schema say", "vbtui schema say"),
            _T("vbtui schema > vbtui.json", "vbtui schema > 模式.json"),
        ),
        _OF_ALL,
        json=_T("as always", "始终如此"),
    ),
    Command(
        "completion",
        _T("the completions of a shell, to be read by it", "供 shell 读取的补全脚本"),
        _completion,
        (),
        (
            _T('eval "$(vbtui completion bash)"', 'eval "$(vbtui completion bash)"'),
            _T("vbtui completion fish | source", "vbtui completion fish | source"),
        ),
        _OF_ALL,
    ),
    Command(
        "help",
        _T("the help of vbtui, or of a command", "vbtui 或某个命令的帮助"),
        _of,
        (),
        (_T("vbtui help", "vbtui help"), _T("vbtui help say", "vbtui help say")),
        _OF_ALL,
        module="completion",
    ),
)
