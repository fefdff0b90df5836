"""No decision goes by a text that a human reads: all of them stay when every text is nonsense."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from string import Formatter
from types import SimpleNamespace
from typing import Any, cast

import pytest

import vbtui
from tests.agent import Talk, reply, scripted_cloud
from tests.cloud import Cloud
from vbtui.base import catalogue
from vbtui.base.catalogue import ENTRIES, Entry
from vbtui.base.errors import (
    BackendError,
    NoCredits,
    OtioMissing,
    SessionNotFound,
    SignInRefused,
    TimedOut,
    VbtuiError,
)
from vbtui.base.problem import Problem
from vbtui.base.translation import Translation
from vbtui.cli.watch import news_of
from vbtui.exports.notify import notice_of
from vbtui.journal import assets as asset_rows
from vbtui.journal import renders as render_rows
from vbtui.journal.assets import AssetRow, waits_for_twin
from vbtui.journal.records import (
    GROWING,
    LOST,
    TWIN,
    Asset,
    AssetState,
    ExportOptions,
    Reason,
    Render,
    RenderState,
    Turn,
    TurnState,
)
from vbtui.ui.kit.host import Host
from vbtui.ui.renders.words import Around, problem_lines, state_cell, state_text
from vbtui.wire.errors import agent_error

NONSENSE = "⸮ No credits left: Stopped, on its way. Not found, growing"
DONE, FAILED = RenderState.DONE, RenderState.FAILED
VALUES: dict[str, Any] = {
    name: "x"
    for entry in ENTRIES.values()
    for text in (entry.title, entry.message, entry.hint)
    if text
    for language in (text.english, text.chinese)
    for _, name, _, _ in Formatter().parse(language)
    if name and "." not in name
}
"""What every text of the catalogue names."""


def kinds(kind: type[VbtuiError] = VbtuiError) -> Iterator[type[VbtuiError]]:
    """Each class with a code of its own; one without is told as the one that it is a kind of."""
    if "code" in vars(kind):
        yield kind
    for one in kind.__subclasses__():
        yield from kinds(one)


KINDS: list[type[VbtuiError]] = sorted({*kinds(), OtioMissing}, key=lambda kind: kind.code)


@pytest.fixture
async def agent() -> AsyncIterator[Cloud]:
    made = scripted_cloud()
    async with made:
        yield made


@contextmanager
def nonsense_catalogue() -> Iterator[None]:
    """Every text of the catalogue is another one, the same for all codes."""
    text = Translation(NONSENSE, NONSENSE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "ENTRIES", dict.fromkeys(ENTRIES, Entry(text, text, text)))
        yield


def versions_of(code: str) -> list[Problem]:
    """The problem in both languages, as the journal gives it back, and with nonsense for its texts."""
    plain = Problem.coded(code, **VALUES)
    with nonsense_catalogue():
        other = Problem.coded(code, **VALUES)
    assert {other.title, other.message, other.hint} == {NONSENSE}
    return [
        plain,
        Problem.coded(code, chinese=True, **VALUES),
        Problem.from_json(plain.as_json()),
        other,
        Problem.from_json(other.as_json()),
        replace(plain, title=NONSENSE, message=NONSENSE, hint=NONSENSE),
    ]


def is_shown(problem: Problem) -> bool:
    told: list[str] = []
    app = SimpleNamespace(notify=lambda text, **_: told.append(text))
    Host.show_problem(cast(Any, app), problem)
    return bool(told)


def decisions(problem: Problem, talk: Talk) -> list[object]:
    """All that is decided about a turn or an export with this problem."""
    error = problem.error()
    failed = Render("r", "S1", FAILED, ExportOptions(), problem=problem)
    done = replace(failed, state=DONE, path=Path("/v.mp4"))
    notices = [notice_of(failed), notice_of(done)]
    return [
        type(error),
        error.exit_code,
        talk.exports.offers(failed),
        [notice.severity if notice else None for notice in notices],
        state_cell(done, Around(0)).plain[0],
        state_text(done, Around(0)).partition(":")[0],
        problem_lines(problem)[0].plain[0],
        is_shown(problem),
    ]


async def test_problems(agent: Cloud, tmp_path: Path) -> None:
    found = []
    async with Talk(agent, tmp_path, is_local=False, serves=False) as talk:
        for code in ENTRIES:
            decided = [decisions(problem, talk) for problem in versions_of(code)]
            assert all(one == decided[0] for one in decided), code
            found.append(decided[0])
    for place in range(len(found[0])):  # no column that is always the same
        assert len({repr(one[place]) for one in found}) > 1


async def test_exports_that_are_tried_again(agent: Cloud, tmp_path: Path) -> None:
    """A video that is bad is made again, one that only did not arrive is fetched."""
    numbers = count(1, 1000)
    async with Talk(agent, tmp_path, serves=False) as talk:

        async def again(problem: Problem) -> RenderState:
            number = f"render_{next(numbers)}"
            failed = Render(number, "S1", FAILED, ExportOptions(), 1, problem=problem, progress=100)
            kept = await talk.context.journal.run(lambda c: render_rows.insert(c, failed))
            await talk.exports.load()
            return (await talk.exports.retry(kept.id)).state

        ends: dict[str, RenderState] = {}
        for kind in KINDS:
            states = {await again(problem) for problem in versions_of(kind.code)}
            assert len(states) == 1, kind
            ends[kind.code] = states.pop()
    made_again = {code for code, state in ends.items() if state is RenderState.WAITING}
    assert made_again == {"render_failed", "bad_reply"}


async def test_files(agent: Cloud, tmp_path: Path) -> None:
    """What was lost is uploaded again, who waits for a twin waits, growing is no news."""

    def rows(text: str) -> list[AssetRow]:
        codes = [LOST, "unsupported_file", "unreachable.refused", ""]
        assets = [
            Asset(
                0, "S1", None, code, "video", "url", AssetState.FAILED, url=f"https://x/{code}",
                why=Reason(code, text or "Not in the project any more: the backend lost it."),
            )
            for code in codes
        ]  # fmt: skip
        return [AssetRow(asset) for asset in assets]

    for text in ("", NONSENSE):
        async with Talk(agent, tmp_path / repr(bool(text)), serves=False) as talk:
            given = rows(text)
            await talk.context.journal.run(partial(asset_rows.intern, rows=given))
            await talk.library.load()
            assert [asset.name for asset in await talk.library.upload_again()] == [LOST]
    twin = Asset(1, "S1", None, "a", "video", "url", AssetState.QUEUED, why=Reason(TWIN, "x"))
    assert waits_for_twin(AssetRow(twin))
    other = replace(twin, why=Reason("", "same content as b.mp4, on its way"))
    assert not waits_for_twin(AssetRow(other))
    growing = replace(twin, state=AssetState.SETTLING, why=Reason(GROWING, "x"))
    assert news_of(growing) is None
    held = replace(growing, why=Reason("open", "growing"))
    assert news_of(held) == news_of(replace(held, why=Reason("open", "x"))) is not None


@pytest.mark.parametrize("text", ["How many credits are left?", "还有多少积分？"])
async def test_every_class_gives_its_exit_code_in_both_languages(
    agent: Cloud, tmp_path: Path, text: str
) -> None:
    async with Talk(agent, tmp_path, serves=False) as talk:
        raised = iter(KINDS)

        async def answer(turn: Turn) -> Turn:
            raise next(raised)(NONSENSE)

        service = asyncio.create_task(talk.conversation.run(answer))
        ended = []
        for kind in KINDS:
            turn = await talk.conversation.say(text, route="credits")
            await talk.until_state(turn.id, TurnState.FAILED)
            ended.append((kind, talk.turn(turn.id).problem))
        service.cancel()
        with suppress(asyncio.CancelledError):
            await service
    for kind, problem in ended:
        assert problem is not None
        assert type(problem.error()) is kind
        assert problem.error().exit_code == kind.exit_code


@pytest.mark.parametrize(
    ("body", "status", "kind", "code"),
    [
        ({"code": 2001, "message": NONSENSE}, 200, NoCredits, 5),
        ({"code": 1001, "message": NONSENSE}, 200, SignInRefused, 3),
        ({}, 401, SignInRefused, 3),
    ],
)
@pytest.mark.parametrize("text", ["make it vertical", "改成竖屏"])
async def test_what_a_backend_refuses_gives_its_exit_code_in_both_languages(
    agent: Cloud,
    tmp_path: Path,
    text: str,
    body: dict[str, object],
    status: int,
    kind: type[VbtuiError],
    code: int,
) -> None:
    agent.then(reply(body, status=status))
    async with Talk(agent, tmp_path, is_local=False) as talk:
        turn = await talk.said(text)
    assert turn.problem is not None
    error = turn.problem.error()
    assert (type(error), error.exit_code) == (kind, code)


@pytest.mark.parametrize(
    ("code", "kind", "known_as"),
    [
        ("2001", NoCredits, "no_credits"),
        ("1001", SignInRefused, "sign_in_refused"),
        ("1002", SessionNotFound, "session_not_found"),
        ("RESOURCE_EXHAUSTED", BackendError, "backend.agent"),
        ("9" * 30, BackendError, "backend.agent"),
        ("", BackendError, "backend.agent"),
    ],
)
def test_an_error_in_a_stream_is_known_by_its_code(
    code: str, kind: type[VbtuiError], known_as: str
) -> None:
    error = agent_error(code, NONSENSE)
    assert (type(error), error.code, error.message) == (kind, known_as, NONSENSE)


def test_a_time_limit_has_its_exit_code_under_every_code() -> None:
    for code in ENTRIES:
        if code.partition(".")[0] == TimedOut.code:
            for problem in versions_of(code):
                assert problem.error().exit_code == 4


TEXTS = ("title", "message", "hint", "reason", "sentence")
NAMES_OF_COLUMNS = {"ui/kit/grid.py", "ui/media/screen.py", "timeline/changes.py"}
"""Where a title is the name of a column, or of the project."""


def test_nothing_is_compared_with_a_text_that_users_read() -> None:
    top = Path(vbtui.__file__).parent
    found = []
    for path in sorted(top.rglob("*.py")):
        name = path.relative_to(top).as_posix()
        if name in NAMES_OF_COLUMNS:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            compared: list[ast.expr] = []
            if isinstance(node, ast.Compare):
                compared = [node.left, *node.comparators]
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("startswith", "endswith", "partition", "find", "search")
            ):
                compared = [node.func.value, *node.args]
            if any(isinstance(one, ast.Attribute) and one.attr in TEXTS for one in compared):
                found.append(f"{name}: {ast.unparse(node)}")
    assert found == []
