"""What argparse says itself, in Chinese: it asks gettext for its words, under names of its own, and reads a compiled
catalogue alone otherwise."""

from __future__ import annotations

import argparse

from vbtui.base import spoken

_ARGPARSE = {
    "usage: ": "用法：",
    "positional arguments": "位置参数",
    "options": "选项",
    "show this help message and exit": "显示此帮助并退出",
    "%(prog)s: error: %(message)s\n": "%(prog)s：错误：%(message)s\n",
    "the following arguments are required: %s": "缺少参数：%s",
    "argument %(argument_name)s: %(message)s": "参数 %(argument_name)s：%(message)s",
    "invalid choice: %(value)r (choose from %(choices)s)": "没有 %(value)r（可选：%(choices)s）",
    "invalid %(type)s value: %(value)r": "无效的值：%(value)r",
    "expected one argument": "需要一个值",
    "expected at most one argument": "最多一个值",
    "expected at least one argument": "至少需要一个值",
    "expected %s argument": "需要 %s 个值",
    "not allowed with argument %s": "不能与参数 %s 一起使用",
    "one of the arguments %s is required": "需要以下参数之一：%s",
    "ignored explicit argument %r": "不需要值 %r",
    "ambiguous option: %(option)s could match %(matches)s": "%(option)s 不明确，可能是 %(matches)s",
}
"""What argparse says itself, and what that is in Chinese."""


def says(text: str) -> str:
    """A text of argparse's, in the process's language."""
    return _ARGPARSE.get(text, text) if spoken.speaks_chinese() else text


def _counts(one: str, many: str, count: int) -> str:
    return says(one) if spoken.speaks_chinese() else one if count == 1 else many


def install() -> None:
    """Have argparse say its words in the process's language, whichever that is when it says them."""
    argparse._ = says  # type: ignore[attr-defined]
    argparse.ngettext = _counts  # type: ignore[attr-defined]
