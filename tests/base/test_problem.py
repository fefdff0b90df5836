"""Errors and problems: what each says in both languages, what it is, and that it comes back."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import vbtui
from vbtui.base import catalogue, errors
from vbtui.base.catalogue import ENTRIES
from vbtui.base.errors import (
    BackendError,
    ConnectionBroken,
    NoCredits,
    RateLimited,
    SignInRefused,
    TimedOut,
    Unreachable,
    VbtuiError,
    kind_of,
)
from vbtui.base.problem import Problem
from vbtui.base.times import both, format_wait
from vbtui.base.translation import Translation

EXIT_CODES = {
    "error": 1,
    "usage": 2,
    "bad_file": 1,
    "unsupported_file": 1,
    "file_too_large": 1,
    "backend": 1,
    "sign_in_refused": 3,
    "session_not_found": 1,
    "no_credits": 5,
    "plan_blocked": 5,
    "rate_limited": 1,
    "bad_reply": 1,
    "network": 1,
    "unreachable": 1,
    "connection_broken": 1,
    "timed_out": 4,
    "render_failed": 1,
    "disk": 1,
    "studio": 1,
    "studio_missing": 1,
    "stopped": 130,
    "otio_missing": 1,
}


def kinds(kind: type[VbtuiError] = VbtuiError) -> Iterator[type[VbtuiError]]:
    yield kind
    for one in kind.__subclasses__():
        yield from kinds(one)


KINDS = sorted(
    {kind for kind in kinds() if kind.__module__.startswith("vbtui.base.")},
    key=lambda kind: kind.code,
)
"""Whatever else was imported before."""


def test_every_class_has_a_code_of_its_own_and_a_promised_exit_code() -> None:
    assert {kind.code: kind.exit_code for kind in KINDS} == EXIT_CODES
    assert len(KINDS) == len(EXIT_CODES)


@pytest.mark.parametrize("chinese", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_class_is_itself_again_in_both_languages(kind: type[VbtuiError], chinese: bool) -> None:
    problem = Problem.of(kind("It broke."), chinese=chinese)
    for known in (problem, Problem.from_json(problem.as_json())):
        again = known.error()
        assert type(again) is kind
        assert again.exit_code == EXIT_CODES[kind.code]
        assert again.message == "It broke."
        assert known.is_a(kind)
    title = ENTRIES[kind.code].title
    assert title is not None
    assert problem.title == title.of(chinese)


def test_a_code_of_its_own_belongs_to_its_class() -> None:
    assert kind_of("unreachable.name") is Unreachable
    assert kind_of("no_credits.register") is NoCredits
    assert kind_of("never_heard_of") is VbtuiError
    problem = Problem.of(TimedOut(code="timed_out.silent", host="a:1"))
    assert problem.is_a(TimedOut)
    assert problem.is_a(NoCredits, errors.NetworkError)
    assert not problem.is_a(Unreachable, BackendError)
    assert not Problem("Stopped", "by nobody").is_a(VbtuiError)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            Unreachable(code="unreachable.refused", host="api.example.com:443"),
            Problem(
                "无法连接后台",
                "api.example.com:443 拒绝连接。",
                "请检查网络，或离线使用：vbtui --local。",
                "unreachable.refused",
            ),
        ),
        (
            ConnectionBroken(code="connection_broken.backend_says", words="{x} %s"),
            Problem(
                "连接中断",
                "后台目前出现了问题：{x} %s",
                "请稍后再试。",
                "connection_broken.backend_says",
            ),
        ),
        (
            RateLimited("慢一点", code="rate_limited.until", wait=both(format_wait, 18_000)),
            Problem("请求过于频繁", "慢一点", "请在 5 小时后再试。", "rate_limited.until"),
        ),
        (VbtuiError("model overloaded"), Problem("出错了", "model overloaded", "", "error")),
    ],
)
def test_problems_in_chinese(error: VbtuiError, expected: Problem) -> None:
    assert Problem.of(error, chinese=True) == expected
    assert Problem.of(Problem.of(error).error(), chinese=True) == expected


def test_an_error_is_another_one_in_both_languages() -> None:
    """Who needs the backend while it is away gets `Unreachable`, and still reads why."""
    away = Problem.of(TimedOut(code="timed_out.silent", host="{a}:1"))
    error = away.as_a(Unreachable)
    assert type(error) is Unreachable
    assert error.message == "{a}:1 stopped answering."
    assert Problem.of(error, chinese=True).message == "{a}:1 停止了回复。"
    assert Problem.of(error, chinese=True).hint == "请稍后再试。"
    told = Problem.of(Problem.of(SignInRefused()).error(), chinese=True)
    assert told.message == "令牌无效或已过期。"
    assert told.error().message == told.message
    refused = Problem.of(SignInRefused()).as_a(SignInRefused, "Or go home.")
    assert refused.hint.endswith("vbtui --local. Or go home.")


def _places(text: Translation) -> tuple[set[str], set[str]]:
    english, chinese = (
        {name for _, name, _, _ in string.Formatter().parse(one) if name}
        for one in (text.english, text.chinese)
    )
    return english, chinese


@pytest.mark.parametrize("code", ENTRIES)
def test_both_languages_say_the_same_things(code: str) -> None:
    entry = ENTRIES[code]
    said = [one for one in (entry.title, entry.message, entry.hint) if one is not None]
    assert said
    for text in said:
        english, chinese = _places(text)
        assert english == chinese
        assert bool(text.english) == bool(text.chinese)
    assert code.partition(".")[0] in ENTRIES


def _codes_made() -> Iterator[tuple[str, set[str], str]]:
    """Every code that is written in the program, with the names of the values beside it."""
    for path in Path(vbtui.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            named = {one.arg: one.value for one in node.keywords if one.arg}
            code = named.pop("code", None)
            called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            if called == "coded" and node.args:
                code = node.args[0]
            if isinstance(code, ast.Constant) and isinstance(code.value, str) and code.value:
                yield code.value, set(named), f"{path.name}:{node.lineno}"


def test_every_code_that_is_made_has_its_texts_and_their_values() -> None:
    made = list(_codes_made())
    assert len(made) > 30
    for code, values, where in made:
        assert code in ENTRIES, where
        if "**" in values:
            continue
        message = "message" in values
        for text in (ENTRIES[code].title, ENTRIES[code].message, ENTRIES[code].hint):
            if text is not None and not (message and text is ENTRIES[code].message):
                assert _places(text)[0] <= values, where


def test_a_message_in_place_of_the_catalogues() -> None:
    assert catalogue.texts("no_credits", {"message": "{nothing}"}) == (
        "No credits left",
        "{nothing}",
        "Top up credits in your account, or use the local studio: vbtui --local.",
    )
    assert catalogue.texts("no_credits", {"hint": ""})[2] == ""
    assert catalogue.texts("of_no_one", {}) == ("", "", "")
