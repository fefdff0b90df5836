"""What the operations declare of themselves: help, examples, what a client is told of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.studio.stated import STATES, findings
from vbtui.conversation.plan import operation as told
from vbtui.language.quotes import is_chinese
from vbtui.studio.director import Project, direct
from vbtui.studio.director.operation import Operation
from vbtui.studio.director.operations import OPERATIONS, described

_TX = STATES["TX"]
MISSING = [one for one in OPERATIONS if one.effect is None]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.name}: {one.help[0]}")
def test_each_has_help_and_examples_in_both_languages(operation: Operation) -> None:
    english, chinese = operation.help
    assert english
    assert not is_chinese(english)
    assert is_chinese(chinese)
    assert any(not is_chinese(one) for one in operation.examples)
    assert any(map(is_chinese, operation.examples)) or operation in MISSING
    assert all(operation.missing) or operation not in MISSING


def test_plans_are_told_in_chinese() -> None:
    """Each operation that is built has a Chinese name, and so has whatever its examples tell it."""
    done: list[Mapping[str, Any]] = [
        {"op": one.name} for one in OPERATIONS if one.effect is not None
    ]
    for state in (STATES["TX"], STATES["B"], STATES["S"]):
        for text in (text for one in OPERATIONS for text in one.examples):
            project = Project(
                "project", state.draft, state.media, state.previous, findings=findings(state.media)
            )
            done += direct(text, project).operations
    own = {
        "text": "“”",
        "file": "1.2",
        "files": ["1.2"],
        "of": "1.2",
        "subtitles": ["1.2"],
        "colour": "#0",
        "format": "1",
    }
    lines = {told({key: own.get(key, value) for key, value in one.items()}, True) for one in done}
    assert len(lines) > 60
    assert {line for line in lines if re.search("[A-Za-z]{2,}", line)} == set()


@pytest.mark.parametrize(
    ("operation", "example"),
    [(one, text) for one in MISSING for text in one.examples],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
@pytest.mark.parametrize(
    "frame", [("{}", "{}"), ("please {}", "请{}"), ("could you {}?", "能不能{}？")]
)
def test_what_is_not_built_is_refused_by_its_name(
    operation: Operation, example: str, frame: tuple[str, str]
) -> None:
    said = frame[is_chinese(example)].format(example)
    outcome = direct(said, Project("project", _TX.draft, _TX.media, _TX.previous))
    assert outcome.draft is None
    assert outcome.refused is not None
    assert outcome.refused.op == operation.name


def test_a_client_is_told_all_of_them() -> None:
    told = described()
    assert [one["op"] for one in told] == [one.name for one in OPERATIONS]
    speed = next(one for one in told if one["op"] == "speed")
    assert speed["help"] == {"en": "sets how fast clips play", "zh": "设置播放速度"}
    assert "speed up clip 1 to 2x" in speed["examples"]
    assert speed["built"] is True
    assert [one["built"] for one in told if one["op"] == "caption"] == [True, True, True, False]
