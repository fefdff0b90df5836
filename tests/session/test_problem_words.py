"""Error cards in the language of the message: every known sentence is one that vbtui says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import vbtui
from vbtui.base.errors import ConnectionBroken, Unreachable, VbtuiError
from vbtui.base.problem import Problem
from vbtui.session.problem_words import SENTENCES, problem_in

ROOMS = (
    "base",
    "wire",
    "journal",
    "session",
    "conversation",
    "media",
    "exports",
    "fallback",
    "interchange",
    "commands.py",
    "engine.py",
    "timeline",
    "language",
)


def said(path: Path) -> Iterator[str]:
    """Every text in a file, with {} for what is put in."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            parts = node.values
            yield "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_every_sentence_is_one_that_vbtui_says() -> None:
    top = Path(vbtui.__file__).parent
    files = [one for room in ROOMS for one in [top / room, *(top / room).rglob("*.py")]]
    texts = {
        text
        for file in files
        if file.is_file() and file.name != "problem_words.py"
        for text in said(file)
    }
    made_in_parts = {
        "Register or upgrade your plan to unlock export: {}",
        "Register to get more credits: {}",
        "The backend has a problem of its own right now: {}",
        "Try again in {}.",
        "Try again in a minute.",
        "Choose another folder, or mend its permissions, then retry the export.",
        "Free some space, then retry the export.",
    }
    assert set(SENTENCES) - texts <= made_in_parts


def errors(kind: type[VbtuiError]) -> Iterator[type[VbtuiError]]:
    yield kind
    for one in kind.__subclasses__():
        yield from errors(one)


def test_every_title_of_a_turn_is_known() -> None:
    not_of_turns = (
        "The local studio does not run",
        "The local studio is not installed",
        "Stopped",
        "OpenTimelineIO is not installed",
    )
    titles = {kind.title for kind in errors(VbtuiError)}
    assert titles - set(SENTENCES) == set(not_of_turns) & titles


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            Unreachable("api.example.com:443 refuses connections."),
            Problem(
                "无法连接后台",
                "api.example.com:443 拒绝连接。",
                "请检查网络，或离线使用：vbtui --local。",
            ),
        ),
        (
            ConnectionBroken(
                "The backend has a problem of its own right now: {x} %s", hint="Try again in 5 h."
            ),
            Problem("连接中断", "后台目前出现了问题：{x} %s", "请在 5 h 后再试。"),
        ),
        (VbtuiError("model overloaded"), Problem("出错了", "model overloaded", "")),
    ],
)
def test_problems_in_chinese(error: VbtuiError, expected: Problem) -> None:
    assert problem_in(Problem.of(error), True) == expected
    assert problem_in(Problem.of(error), False) == Problem.of(error)


def test_a_long_text_takes_no_time() -> None:
    text = "The disk of " * 2_000
    assert problem_in(Problem("x", text), True).message == text
