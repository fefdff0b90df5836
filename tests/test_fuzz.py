"""The random search finds what a property gets wrong, and says how to keep it."""

from __future__ import annotations

import pathlib

import pytest

from tests import fuzz

PLANTED = """
from hypothesis import given, strategies as st

@given(number=st.integers(), words=st.text())
def test_planted(number, words):
    assert number < 5000
"""


def test_a_planted_fault_is_found(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    planted = tmp_path / "test_planted.py"
    planted.write_text(PLANTED)
    (tmp_path / "conftest.py").write_text("import tests.conftest")  # the profiles
    assert fuzz.search([str(planted)], minutes=0.0001) == 1
    said = capsys.readouterr().out
    assert f"== {planted}, seed " in said
    assert "To keep it, above test_planted:\n@example(\n    number=5000,\n    words=''," in said
    assert said.endswith("1 runs, 1 of them with a find\n")


def test_it_runs_the_files_with_properties() -> None:
    assert "tests/base/test_text.py" in fuzz.property_tests()
