"""Patterns that are compiled late are those of `re`, and each can be compiled."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

import vbtui
from vbtui.base.patterns import regex


def test_it_does_what_a_compiled_pattern_does() -> None:
    late, early = regex(r"(?P<n>\d+)x", re.IGNORECASE), re.compile(r"(?P<n>\d+)x", re.IGNORECASE)
    assert late.pattern == early.pattern
    assert [each["n"] for each in late.finditer("1x 22X")] == ["1", "22"]
    assert late.sub("-", "1x 22X") == "- -"
    assert (late.flags, late.groupindex) == (early.flags, early.groupindex)
    assert regex(rb"\d").search(b"a1")


def test_a_wrong_pattern_fails_where_it_is_used() -> None:
    wrong = regex("(")
    with pytest.raises(re.error):
        wrong.search("")


def test_every_pattern_can_be_compiled() -> None:
    late = type(regex(""))
    found = 0
    for package in (
        "base",
        "language",
        "timeline",
        "wire",
        "journal",
        "session",
        "media",
        "exports",
        "conversation",
    ):
        path = [f"{vbtui.__path__[0]}/{package}"]
        for module in pkgutil.walk_packages(path, f"vbtui.{package}."):
            for value in vars(importlib.import_module(module.name)).values():
                if type(value) is late:
                    assert value.groups >= 0
                    found += 1
    assert found > 100
