"""The words that vbtui knows, each once with all its senses: `en.tsv` and `zh.tsv`, a line a phrase.

A phrase, a tab, its senses. English phrases are in lower case with single spaces; Chinese ones may
hold Latin pieces that occur in Chinese messages. Two kinds of senses stand side by side:

    verb:add  edge:start  colour:#FFFFFF     what the phrase can be to the studio, as `kind:value`, the likeliest first
    media  exporting  state-filler           classes by which a message is routed; any number

A phrase of kind `topic` names something that the studio may not be able to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path


def _read(language: str) -> Mapping[str, frozenset[str]]:
    phrases: dict[str, list[str]] = {}
    table = Path(__file__).with_name(f"{language}.tsv").read_text(encoding="utf-8")
    for line in table.splitlines():
        phrase, tab, senses = line.partition("\t")
        for sense in senses.split(" ") if tab else ():
            phrases.setdefault(sense, []).append(phrase)
    return {sense: frozenset(some) for sense, some in phrases.items()}


def _meanings(language: str) -> Mapping[str, tuple[tuple[str, str], ...]]:
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    table = Path(__file__).with_name(f"{language}.tsv").read_text(encoding="utf-8")
    for line in table.splitlines():
        phrase, tab, senses = line.partition("\t")
        parts = [sense.partition(":") for sense in senses.split(" ") if ":" in sense] if tab else []
        if parts:
            found[phrase] = tuple((kind, value) for kind, _, value in parts)
    return found


ENGLISH, CHINESE = _read("en"), _read("zh")
"""Each sense with its phrases."""


@cache
def meanings(language: str) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Each phrase that means something to the studio, with kind and value of its senses. `language`: en or zh."""
    return _meanings(language)
