"""The words that vbtui knows, each once with all its senses: `en.tsv` and `zh.tsv`, a line a phrase.

A phrase, a tab, its senses. English phrases are in lower case with single spaces; Chinese ones may
hold Latin pieces that occur in Chinese messages. Two kinds of senses stand side by side:

    verb:add  place:start  colour:#FFFFFF    what the phrase is to the studio, as `kind:value`; one at most
    media  exporting  state-filler           classes by which a message is routed; any number

A phrase of kind `unsupported` names something that the studio refuses, by its topic.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def _read(language: str) -> Mapping[str, frozenset[str]]:
    phrases: dict[str, list[str]] = {}
    table = Path(__file__).with_name(f"{language}.tsv").read_text(encoding="utf-8")
    for line in table.splitlines():
        phrase, tab, senses = line.partition("\t")
        for sense in senses.split(" ") if tab else ():
            phrases.setdefault(sense, []).append(phrase)
    return {sense: frozenset(some) for sense, some in phrases.items()}


ENGLISH, CHINESE = _read("en"), _read("zh")
"""Each sense with its phrases."""
