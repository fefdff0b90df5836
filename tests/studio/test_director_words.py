"""Words on the screen: exactly the characters that were typed, where and when they were wanted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.studio.directed import MEDIA, Talk, check_invariants
from vbtui.base.text import clean
from vbtui.language.quotes import literal
from vbtui.studio.project import draft as d
from vbtui.studio.render import cannot_draw

COMBINE = "combine all clips"
START = (0, 3000)


@pytest.mark.parametrize(
    ("sentence", "words", "when"),
    [
        ("add title 'Morning Brew' at the beginning", "Morning Brew", START),
        ('add a title "Morning Brew" at the end', "Morning Brew", (29_000, 32_000)),
        ("add title “It’s 5 o'clock: 50% \\o/” at the start", "It’s 5 o'clock: 50% \\o/", START),
        ("add title 'Don't stop' at the start", "Don't stop", START),
        ("add title ‘Don’t stop’", "Don’t stop", START),
        ("add title «Bonjour»", "Bonjour", START),
        ("在开头加标题「你好」", "你好", START),
        ("在开头加标题《夏天》", "夏天", START),
        ("在结尾加标题“再见”", "再见", (29_000, 32_000)),
        ("add title `code`", "code", START),
        ('add title "two\nlines"', "two\nlines", START),
        ('add title "  spaces  "', "  spaces  ", START),
        ('add title "add music and remove clip 2"', "add music and remove clip 2", START),
        ('add title "beach.mp4"', "beach.mp4", START),
        ('add title "Hi" from 0:05 for 3 s', "Hi", (5000, 8000)),
        ('add title "Hi" from 0:05 to 0:10', "Hi", (5000, 10_000)),
        ('add title "Hi" at 0:05', "Hi", (5000, 8000)),
        ('add "Hi" at 0:03 for 2 seconds', "Hi", (3000, 5000)),
        ('add title "Hi" for 5 seconds', "Hi", (0, 5000)),
        ('at the end, add title "Hi"', "Hi", (29_000, 32_000)),
        ('add a closing title "Bye"', "Bye", (29_000, 32_000)),
        ('Put a "Subscribe" title card at the end', "Subscribe", (29_000, 32_000)),
        ('add text "A" on clip 2', "A", (12_000, 19_000)),
        ('add caption "Hi" from 0:02 to 0:04', "Hi", (2000, 4000)),
        ('add caption "Hi"', "Hi", (0, 32_000)),
        ('add title "Hi" throughout', "Hi", (0, 32_000)),
        ('add title "Hi" in the middle', "Hi", (14_500, 17_500)),
        ("Add a title card that says Hello", "Hello", START),
        ("add a title that says Hello World at the end", "Hello World", (29_000, 32_000)),
        ("add title: Hello, World", "Hello, World", START),
        ("加上字幕：你好世界", "你好世界", (0, 32_000)),
        ("在视频中添加文字：欢迎观看", "欢迎观看", START),
        ("给视频加上标题新品上市", "新品上市", START),
        ("添加一个标题“你好”，放在结尾", "你好", (29_000, 32_000)),
        ("在第5秒添加字幕“欢迎”，持续3秒", "欢迎", (5000, 8000)),
        ("片尾加“谢谢观看”", "谢谢观看", (29_000, 32_000)),
        ('write "Hello" at the bottom in yellow for 4 seconds', "Hello", (0, 4000)),
    ],
)
def test_words_and_times(sentence: str, words: str, when: tuple[int, int]) -> None:
    talk = Talk().say(COMBINE, sentence)
    assert talk.texts == [(words, *when)], talk.reply
    check_invariants(talk.draft or {})


@settings(deadline=None, max_examples=60)
@given(st.text(min_size=1).filter(lambda text: bool(clean(text).strip())))
def test_any_words_between_quotation_marks_are_shown_as_typed(words: str) -> None:
    opening, closing = next(
        ((o, c) for o, c in ("“”", "「」", "«»", '""') if o not in words and c not in words),
        ("", ""),
    )
    if not opening:
        return
    talk = Talk().say(f"add title {opening}{literal(words)}{closing}")
    shown = [] if cannot_draw(clean(words)) else [clean(words)]
    assert [text for text, _, _ in talk.texts] == shown


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ('add title "{n}: {{name}}" on clip 2', "2: {name}"),
        ('add title "{{{name}}}" on clip 2', "{{name}}"),
        ('add title "{{n}}" at the end', "{n}"),
        ("add these captions: 0:00-0:03 {{name}} {x}", "{name} {x}"),
        ('add an end card "{{name}}"', "{name}"),
        ('add title "Hi", then change the title to "{{name}}"', "{name}"),
        ("给第2段加标题“{{name}}”", "{name}"),
        ("add title {{name}} on clip 2", "{name}"),
        ("put {n}: {{name}} on clip 2", "2: {name}"),
    ],
)
def test_a_name_in_double_braces_is_a_word(sentence: str, shown: str) -> None:
    talk = Talk().say(COMBINE, sentence)
    assert [words for words, _, _ in talk.texts] == [shown], talk.reply
    assert shown in talk.reply or "{{" not in talk.reply


def test_two_titles_at_the_start_follow_each_other() -> None:
    talk = Talk().say(COMBINE, 'add title "One" at the start', 'add title "Two" at the start')
    assert talk.texts == [("One", 0, 3000), ("Two", 3000, 6000)]


def test_several_captions_go_one_to_a_clip() -> None:
    """As many as there are clips; others lie under the speech (tests/data/right/lines.tsv)."""
    talk = Talk().say(COMBINE, 'add captions "a", "b", "c" and "d"')
    assert talk.texts == [
        ("a", 0, 12_000),
        ("b", 12_000, 19_000),
        ("c", 19_000, 23_000),
        ("d", 23_000, 32_000),
    ]


def test_two_titles_in_one_sentence() -> None:
    talk = Talk().say('combine all clips, add title "A" at the start and "B" at the end')
    assert talk.texts == [("A", 0, 3000), ("B", 29_000, 32_000)]


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ('change the title to "Winter"', "Winter"),
        ('change "Summer" to "Winter"', "Winter"),
        ("把标题改成“冬天”", "冬天"),
        ("把“Summer”改成“冬天”", "冬天"),
        ('replace "Summer" with "Winter"', "Winter"),
        ('the title should say "Winter"', "Winter"),
        ('change the text to "Winter"', "Winter"),
    ],
)
def test_changing_words(sentence: str, words: str) -> None:
    talk = Talk().say(COMBINE, 'add title "Summer"')
    identity = (talk.draft or {})["t"][1]["sg"][0]["id"]
    talk.say(sentence)
    assert talk.texts == [(words, *START)], talk.reply
    assert (talk.draft or {})["t"][1]["sg"][0]["id"] == identity


@pytest.mark.parametrize(
    ("sentence", "key", "value"),
    [
        ("make the title bigger", "size", 0.1215),
        ("make the font smaller", "size", 0.0667),
        ("把标题放大", "size", 0.1215),
        ("make the title yellow", "color", "#FFD400"),
        ("title in red", "color", "#FF3B30"),
        ("move the title to the bottom", "position", "bottom"),
        ("把标题移到顶部", "position", "top"),
    ],
)
def test_style(sentence: str, key: str, value: object) -> None:
    talk = Talk().say(COMBINE, 'add title "Summer"', sentence)
    assert d.meta(d.texts(talk.draft or {})[0])[key] == value, talk.reply


def test_style_when_added() -> None:
    talk = Talk().say(COMBINE, 'add caption "B" from 0:02 to 0:04 at the top in red')
    style = d.meta(d.texts(talk.draft or {})[0])
    assert (style["position"], style["color"], style["role"]) == ("top", "#FF3B30", "caption")


@pytest.mark.parametrize(
    ("sentence", "when"),
    [
        ("move the title to the end", (29_000, 32_000)),
        ("move the title to 0:05", (5000, 8000)),
        ("make the title 5 seconds long", (0, 5000)),
    ],
)
def test_moving_in_time(sentence: str, when: tuple[int, int]) -> None:
    talk = Talk().say(COMBINE, 'add title "Summer"', sentence)
    assert talk.texts == [("Summer", *when)], talk.reply


@pytest.mark.parametrize(
    "sentence",
    ["remove the title", 'remove "Summer"', "删除标题", "remove all text", "delete the titles"],
)
def test_removing(sentence: str) -> None:
    assert Talk().say(COMBINE, 'add title "Summer"', sentence).texts == []


def test_it_and_them_mean_what_was_spoken_of() -> None:
    talk = Talk().say(COMBINE, 'add caption "B"')
    talk.say("make the captions smaller and move them up")
    style = d.meta(d.texts(talk.draft or {})[0])
    assert (style["position"], style["size"]) == ("top", 0.037)
    assert talk.names[0] == "beach.mp4"


def test_what_is_too_much_for_a_text_leaves_it_out() -> None:
    talk = Talk().say(COMBINE, 'add title "Hi" in comic sans')
    assert talk.texts == []
    assert "comic sans" in talk.reply


def test_a_text_beyond_the_end_is_refused() -> None:
    talk = Talk().say(COMBINE, 'add title "Hi" at 5:00')
    assert not talk.changed
    assert talk.last.refused is not None
    assert talk.last.refused.op == "title"


@pytest.mark.parametrize("sentence", ["add text overlays", "add captions", "加字幕"])
def test_words_that_nobody_said_are_asked_for(sentence: str) -> None:
    talk = Talk(title="Summer 2026").say(COMBINE, sentence)
    assert not talk.changed
    assert talk.last.question
    talk.say("Beach day")
    assert [words for words, _, _ in talk.texts] == ["Beach day"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Add a title card with the project name.",
        "show the project name at the end",
        "片头加上项目名称",
        'add the title "Hi" || change the title to the project name',
    ],
)
def test_the_projects_name_is_shown(sentence: str) -> None:
    talk = Talk(title="Summer 2026").say(COMBINE, *sentence.split(" || "))
    assert [words for words, _, _ in talk.texts] == ["Summer 2026"]


def test_a_project_without_a_name_has_none_to_show() -> None:
    talk = Talk(title="project").say(COMBINE, "add a title with the project name")
    assert talk.texts == []
    assert talk.last.refused is not None
    assert talk.last.refused.op == "title"


def test_missing_fonts_are_named_when_they_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vbtui.studio.render.check_text", lambda text, _: f"No font for {text!r}.")
    assert "No font for '夏天'." in Talk().say("add title “夏天”").reply
    assert "No font" not in Talk(MEDIA).say('add title "Summer"').reply


@pytest.mark.parametrize(
    "head",
    ["add a title that says Hello World", "title: Hello World", "add a caption: Hello World"],
)
@pytest.mark.parametrize(
    "tail",
    [
        *(
            "at the start",
            "at the very end",
            "at 0:10",
            "for the first 3 seconds",
            "in big letters",
        ),
        *("in red letters", "on clip 1", "for the whole video", "throughout the video"),
        *("in the middle", "from 0:02 to 0:05", "in yellow at the top", "please"),
    ],
)
def test_what_says_where_words_are_shown_is_not_shown(head: str, tail: str) -> None:
    talk = Talk().say(COMBINE, f"{head} {tail}")
    assert [text for text, *_ in talk.texts] == ["Hello World"]


@pytest.mark.parametrize("words", ["Day at the beach", "Summer in Rome", "The best of 2024"])
def test_words_that_name_a_place_are_shown(words: str) -> None:
    talk = Talk().say(COMBINE, f"add a title that says {words}")
    assert [text for text, *_ in talk.texts] == [words]
