"""The tables of words: each phrase once, and what the two sides know of each other's words."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from vbtui.language import lexicon
from vbtui.language.lexer import FileName, Item, read
from vbtui.language.lexicon import CHINESE, ENGLISH, meanings

TABLES = {"en": ENGLISH, "zh": CHINESE}


def lines(language: str) -> list[str]:
    table = Path(lexicon.__file__).with_name(f"{language}.tsv").read_text(encoding="utf-8")
    return [line for line in table.splitlines() if not line.startswith("# ")]


@pytest.mark.parametrize("language", TABLES)
def test_a_line_is_a_phrase_and_its_senses(language: str) -> None:
    for line in lines(language):
        phrase, senses = line.split("\t")
        assert phrase == " ".join(phrase.split()).lower() != ""
        assert senses.split(" ") == list(dict.fromkeys(senses.split())) != []


@pytest.mark.parametrize("language", TABLES)
def test_each_phrase_stands_once(language: str) -> None:
    counted = Counter(line.split("\t")[0] for line in lines(language))
    assert [phrase for phrase, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("language", TABLES)
def test_the_senses_of_a_phrase_are_in_the_order_of_the_line(language: str) -> None:
    for line in lines(language):
        phrase, senses = line.split("\t")
        of_studio = [sense for sense in senses.split(" ") if ":" in sense]
        found = [f"{kind}:{value}" for kind, value in meanings(language).get(phrase, ())]
        assert found == of_studio
    assert len(meanings(language)) > 1500


@pytest.mark.parametrize("language", TABLES)
def test_every_sense_holds_what_its_lines_say(language: str) -> None:
    for line in lines(language):
        phrase, senses = line.split("\t")
        assert all(phrase in TABLES[language][sense] for sense in senses.split())


def test_the_longest_phrase_wins() -> None:
    assert [item.value for item in read("fade in and out", ())] == ["both"]
    assert [item.value for item in read("交叉淡化", ())] == ["crossfade"]


def test_a_file_whose_name_is_a_word_needs_its_suffix() -> None:
    files = [FileName("f1", "music.mp3", True), FileName("f2", "harbour.mp4", False)]
    assert [(item.kind, item.value) for item in read("music harbour music.mp3", files)] == [
        ("noun", "music"),
        ("name", ("f2",)),
        ("name", ("f1",)),
    ]


def test_known_things_are_taken_as_they_are() -> None:
    thing = Item("segment_id", "s1", 7, 13)
    assert read("remove clip 1", (), [thing])[-1] == thing


# Verbs for what no clip can be made to do, or too vague: one sense for both sides.
@pytest.mark.parametrize(
    ("word", "sense"),
    [
        ("brighten", "topic:colour"),
        ("animate", "topic:kenburns"),
        ("enhance", "vague:"),
        ("append", "verb:add"),
        ("加", "verb:add"),
    ],
)
def test_words_that_both_sides_know(word: str, sense: str) -> None:
    assert any(word in table.get(sense, ()) for table in TABLES.values())
