"""What the terminal can do, for `vbtui doctor`: what its environment says, and what it answers itself.

Questions are asked only where stdin and stdout are a terminal, and what they draw is wiped away again.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import time
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vbtui.base import programs
from vbtui.base.text import clean_line
from vbtui.base.translation import Translation

_T = Translation
_WIDTHS = (("a", 1), ("中", 2), ("é", 1), ("e\u0301", 1), ("▁", 1), ("…", 1), ("●", 1), ("🎬", 2))
"""Characters that vbtui's columns count with, and the cells of each."""
_PATIENCE_S = 1.0
_TMUX_LINE = "set -g {option} on"
_PLACE = re.compile(rb"\x1b\[(\d+);(\d+)R")
_ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]*)c")

NO_TERMINAL = _T("stdout is not a terminal", "标准输出不是终端")
NEEDS_ONE = _T("The app needs one.", "应用需要终端。")
NO_UTF_8 = _T("the locale is not UTF-8", "系统语言环境不是 UTF-8")
SET_LANG = _T("Set LANG=C.UTF-8 or another one.", "请设置 LANG=C.UTF-8 或其他 UTF-8 语言环境。")
SMALL = _T("80x24 or more looks best.", "80x24 或更大效果最好。")
NOT_SET = _T("not set", "未设置")
NO_COLOR = _T("NO_COLOR is set: none are shown", "已设置 NO_COLOR：不显示颜色")
MILLIONS = _T("16 million", "1600 万色")
FEW = _T("{count}: the terminal does not say that it has more", "{count} 色：终端没有表示支持更多")
SAY_TRUE_COLOR = _T(
    "If it has 16 million, say so: COLORTERM=truecolor",
    "若支持 1600 万色，请设置 COLORTERM=truecolor",
)
TMUX_TRUE_COLOR = _T(
    "In ~/.tmux.conf: set -as terminal-features ',*:RGB'",
    "在 ~/.tmux.conf 中写入：set -as terminal-features ',*:RGB'",
)
BLOCKS = _T("half blocks: works everywhere", "半格字符：处处可用")
GRAPHICS = _T("{kind}, as the terminal answers", "{kind}，由终端的回答得知")
INSIDE = _T(
    "half blocks: tmux and screen show no others of their own accord",
    "半格字符：tmux 和 screen 本身不显示其他方式",
)
CLIPBOARD = _T("the terminal says that it takes copies", "终端表示接受复制")
CLIPBOARD_UNKNOWN = _T(
    "copies are sent to the terminal (OSC 52); it does not say whether it takes them",
    "复制内容会发送给终端（OSC 52）；终端没有说明是否接受",
)
CLIPBOARD_HINT = _T(
    "Try it: copy something in vbtui, and paste. Some terminals ask for it to be allowed in their settings.",
    "请试一试：在 vbtui 中复制，然后粘贴。有些终端需要在其设置中允许。",
)
CLIPBOARD_TMUX = _T("tmux passes copies on", "tmux 会转发复制内容")
CLIPBOARD_TMUX_OFF = _T("tmux keeps copies to itself", "tmux 不转发复制内容")
IN_TMUX_CONF = _T("In ~/.tmux.conf: {line}", "在 ~/.tmux.conf 中写入：{line}")
PASSES = _T("allowed", "已允许")
PASSES_NOT = _T(
    "off: terminal notifications of finished videos do not get through",
    "关闭：视频完成的终端通知无法通过",
)
WIDTHS_FIT = _T("as expected ({count} characters tried)", "符合预期（试了 {count} 个字符）")
WIDTHS_DIFFER = _T("other than expected: {chars}", "与预期不同：{chars}")
WIDTHS_HINT = _T(
    "Columns may be shifted where these stand: choose another font, or the terminal's setting for “ambiguous width”.",
    "含有这些字符的列可能错位：请换字体，或修改终端的“模糊宽度”设置。",
)
MUTE = _T("the terminal did not answer", "终端没有回答")


@dataclass(frozen=True, slots=True)
class Check:
    """One finding."""

    name: str
    """What it is about, in English: programs go by it."""
    level: str
    """`ok`; `note`: works, with a limit; `problem`: something cannot work."""
    detail: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a terminal said."""

    widths: tuple[int | None, ...] = ()
    """Cells of each of `_WIDTHS`; None: no answer. Empty: it was not asked."""
    attributes: frozenset[int] = frozenset()
    """Of DA1: 4 is sixel, 52 the clipboard."""


def terminal_checks(environ: Mapping[str, str]) -> list[Check]:
    """All of them; outside a terminal the one that says so."""
    if not sys.stdout.isatty():
        return [Check("terminal", "note", NO_TERMINAL.of(), NEEDS_ONE.of())]
    answers = ask_terminal() if sys.stdin.isatty() else Answers()
    return [
        _terminal(environ),
        colors(environ),
        _graphics(environ),
        clipboard(environ, answers),
        *tmux_passthrough(environ),
        *widths(answers),
    ]


def _terminal(environ: Mapping[str, str]) -> Check:
    columns, lines = shutil.get_terminal_size()
    term = clean_line(environ.get("TERM", "")) or NOT_SET.of()
    facts = [f"{columns}x{lines}", f"TERM={term}"]
    facts += [
        name for name, variable in (("tmux", "TMUX"), ("screen", "STY")) if environ.get(variable)
    ]
    if environ.get("SSH_CONNECTION"):
        facts.append("SSH")
    if "utf" not in (sys.stdout.encoding or "").lower():
        return Check("terminal", "problem", NO_UTF_8.of(), SET_LANG.of())
    small = columns < 80 or lines < 24
    return Check(
        "terminal", "note" if small else "ok", ", ".join(facts), SMALL.of() if small else ""
    )


def colors(environ: Mapping[str, str]) -> Check:
    """How many colours are shown: what Textual goes by."""
    if "NO_COLOR" in environ:
        return Check("colours", "ok", NO_COLOR.of())
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return Check("colours", "ok", MILLIONS.of())
    count = 256 if "256color" in environ.get("TERM", "") else 16
    hint = TMUX_TRUE_COLOR if environ.get("TMUX") else SAY_TRUE_COLOR
    return Check("colours", "note", FEW.of(count=count), hint.of())


def _graphics(environ: Mapping[str, str]) -> Check:
    from vbtui.ui.pictures.host import graphics_of_terminal

    if environ.get("TMUX") or environ.get("STY"):
        return Check("graphics", "ok", INSIDE.of())
    mode = graphics_of_terminal(environ, "auto")
    return Check("graphics", "ok", GRAPHICS.of(kind=mode.value) if mode else BLOCKS.of())


def clipboard(environ: Mapping[str, str], answers: Answers) -> Check:
    """Whether what is copied gets to the user's clipboard, as far as that can be told."""
    if environ.get("TMUX"):
        if tmux_option(environ, "set-clipboard") in ("on", "external"):
            return Check("clipboard", "ok", CLIPBOARD_TMUX.of())
        line = _TMUX_LINE.format(option="set-clipboard")
        return Check("clipboard", "note", CLIPBOARD_TMUX_OFF.of(), IN_TMUX_CONF.of(line=line))
    if 52 in answers.attributes:
        return Check("clipboard", "ok", CLIPBOARD.of())
    return Check("clipboard", "note", CLIPBOARD_UNKNOWN.of(), CLIPBOARD_HINT.of())


def tmux_passthrough(environ: Mapping[str, str]) -> list[Check]:
    """Whether tmux lets through what is for the terminal around it."""
    if not environ.get("TMUX"):
        return []
    if tmux_option(environ, "allow-passthrough") in ("on", "all"):
        return [Check("tmux passthrough", "ok", PASSES.of())]
    line = _TMUX_LINE.format(option="allow-passthrough")
    return [Check("tmux passthrough", "note", PASSES_NOT.of(), IN_TMUX_CONF.of(line=line))]


def tmux_option(environ: Mapping[str, str], name: str) -> str:
    """The value of an option of the tmux around; "" where it does not say."""
    socket = environ.get("TMUX", "").split(",")[0]
    pane = ["-t", environ["TMUX_PANE"]] if environ.get("TMUX_PANE") else []
    scope = "-sv" if name == "set-clipboard" else "-Apv"
    try:
        done = programs.run(
            ["tmux", "-S", socket, "show-options", scope, *(pane if scope != "-sv" else []), name],
            timeout_s=5,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def widths(answers: Answers) -> list[Check]:
    """Whether the terminal's idea of wide characters is the one that columns are made with."""
    if not answers.widths:
        return []
    if None in answers.widths:
        return [Check("character widths", "note", MUTE.of())]
    wrong = [
        f"{unicodedata.normalize('NFC', char)} {found}"
        for (char, expected), found in zip(_WIDTHS, answers.widths, strict=True)
        if found != expected
    ]
    if wrong:
        detail = WIDTHS_DIFFER.of(chars=", ".join(wrong))
        return [Check("character widths", "note", detail, WIDTHS_HINT.of())]
    return [Check("character widths", "ok", WIDTHS_FIT.of(count=len(_WIDTHS)))]


def ask_terminal() -> Answers:
    """What the terminal at stdin and stdout answers about itself. What is typed meanwhile is lost."""
    import termios
    import tty

    try:
        terminal = os.open(os.ctermid(), os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return Answers()
    try:
        before = termios.tcgetattr(terminal)
    except termios.error:
        os.close(terminal)
        return Answers()
    try:
        tty.setcbreak(terminal, termios.TCSANOW)
        return read_answers(terminal)
    except OSError:
        return Answers()
    finally:
        termios.tcsetattr(terminal, termios.TCSANOW, before)
        os.close(terminal)


def read_answers(terminal: int) -> Answers:
    """Ask and read; each character is drawn at the start of a line and wiped away. Raises `OSError`."""
    question = b"".join(b"\r" + char.encode() + b"\x1b[6n" for char, _ in _WIDTHS)
    os.write(terminal, question + b"\r\x1b[K\x1b[c")
    answer, until = b"", time.monotonic() + _PATIENCE_S
    while not _ATTRIBUTES.search(answer):
        left = until - time.monotonic()
        if left <= 0 or not select.select([terminal], [], [], left)[0]:
            break
        answer += os.read(terminal, 1024)
    found: Sequence[int | None] = [int(column) - 1 for _, column in _PLACE.findall(answer)]
    places = (*found, *[None] * len(_WIDTHS))[: len(_WIDTHS)]
    attributes = _ATTRIBUTES.search(answer)
    numbers = attributes[1].split(b";")[1:] if attributes else []
    return Answers(tuple(places), frozenset(int(one) for one in numbers if one))
