"""Sentences for edits by hand: readable, exact, unambiguous whatever the names are."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vbtui.base.errors import UsageError
from vbtui.base.text import clean
from vbtui.language.quotes import inline, quoted
from vbtui.timeline import edits
from vbtui.timeline.changes import compare, inverse
from vbtui.timeline.edits import File
from vbtui.timeline.model import Placed, Timeline, read
from vbtui.timeline.references import Reference, expand_this, moment, this_reference


def clip(start: int, length: int, name: str, **more: Any) -> dict[str, Any]:
    return {"s": start, "d": length, "m": {"title": name, **more}}


def draft(*clips: dict[str, Any]) -> dict[str, Any]:
    words = {"text": "Urban Dreams"}
    return {
        "t": [
            {"tt": 0, "sg": list(clips) or [clip(0, 5000, "a.mp4"), clip(5000, 9250, "beach.mp4")]},
            {"tt": 1, "sg": [clip(0, 14_250, "song.mp3", volume=0.35)]},
            {"tt": 7, "sg": [{"s": 0, "d": 3000, "m": words}]},
        ],
        "m": {"width": 1920, "height": 1080},
    }


def line(raw: dict[str, Any] | None = None) -> Timeline:
    found = read(raw or draft())
    assert found is not None
    return found


def at(timeline: Timeline, track: int, position: int = 0) -> Placed:
    return timeline.tracks[track], timeline.tracks[track].segments[position]


def test_every_edit_is_a_sentence() -> None:
    t = line()
    beach, song, title = at(t, 0, 1), at(t, 1), at(t, 2)
    assert edits.split(t, *beach, 12_400).sentence() == "split clip 2 (beach.mp4) at 0:12.400"
    assert (
        edits.trim_end(t, *beach, 14_000).sentence()
        == "trim the end of clip 2 (beach.mp4) to 0:14.000"
    )
    assert (
        edits.trim_start(t, *beach, 5100).sentence()
        == "trim the start of clip 2 (beach.mp4) to 0:05.100"
    )
    assert edits.delete(t, [beach]).sentence() == "remove clip 2 (beach.mp4)"
    assert edits.move(t, *beach, -1).sentence() == "swap clip 1 (a.mp4) and clip 2 (beach.mp4)"
    assert (
        edits.move(t, *title, 2500).sentence()
        == 'move the text "Urban Dreams" at 0:00.000 to 0:02.500'
    )
    assert (
        edits.volume(t, [song], 20).sentence()
        == 'set the volume of the music "song.mp3" at 0:00.000 to 20%'
    )
    assert (
        edits.change_text(t, *title, "City Nights").sentence()
        == 'change the text "Urban Dreams" at 0:00.000 to "City Nights"'
    )
    assert (
        edits.transition(t, *beach, "crossfade", 500).sentence()
        == "put a crossfade of 500 ms between clip 1 (a.mp4) and clip 2 (beach.mp4)"
    )
    assert (
        edits.transition(t, *beach, "cut")
        .sentence()
        .startswith("remove the transition between clip 1")
    )
    assert edits.speed(t, [beach], 1.5).sentence() == "set the speed of clip 2 (beach.mp4) to 1.5x"
    assert (
        edits.add_file(t, File("x.mp4"), "video", 61_005).sentence()
        == 'add the file "x.mp4" at the end'
    )
    assert (
        edits.add_file(t, File("x.mp3"), "audio", 5).sentence()
        == 'add the sound "x.mp3" at 0:00.005'
    )
    assert (
        edits.Replace(Reference.to(t, *beach), File('b "c".mp4')).sentence()
        == 'replace clip 2 (beach.mp4) with the file “b "c".mp4”'
    )
    assert moment(3_723_004) == "1:02:03.004"


def test_every_edit_is_a_chinese_sentence_too() -> None:
    t = line()
    beach, song, title = at(t, 0, 1), at(t, 1), at(t, 2)
    said = [
        (edits.split(t, *beach, 12_400), "在 0:12.400 处分割片段 2 (beach.mp4)"),
        (edits.split(t, *title, 400), '在 0:00.400 处把文字 "Urban Dreams" (0:00.000) 分成两段'),
        (edits.trim_end(t, *beach, 14_000), "把片段 2 (beach.mp4) 的结尾剪到 0:14.000"),
        (edits.trim_start(t, *beach, 5100), "把片段 2 (beach.mp4) 的开头剪到 0:05.100"),
        (
            edits.delete(t, [beach, title]),
            '删除片段 2 (beach.mp4) 和文字 "Urban Dreams" (0:00.000)',
        ),
        (edits.move(t, *beach, -1), "交换片段 1 (a.mp4) 和片段 2 (beach.mp4) 的位置"),
        (edits.move(t, *title, 2500), '把文字 "Urban Dreams" (0:00.000) 移到 0:02.500'),
        (edits.volume(t, [song], 20), '把音乐 "song.mp3" (0:00.000) 的音量设为 20%'),
        (edits.speed(t, [beach], 1.5), "把片段 2 (beach.mp4) 的速度设为 1.5x"),
        (
            edits.change_text(t, *title, "City Nights"),
            '把文字 "Urban Dreams" (0:00.000) 改为 "City Nights"',
        ),
        (edits.add_text(t, "City Nights", 1200), '在 0:01.200 处添加文字 "City Nights"'),
        (
            edits.transition(t, *beach, "crossfade", 500),
            "在片段 1 (a.mp4) 和片段 2 (beach.mp4) 之间加 500 ms 的叠化",
        ),
        (
            edits.transition(t, *beach, "cut"),
            "去掉片段 1 (a.mp4) 和片段 2 (beach.mp4) 之间的转场",
        ),
        (edits.add_file(t, File("x.mp4"), "video", 61_005), '在结尾添加文件 "x.mp4"'),
        (edits.add_file(t, File("x.mp3"), "audio", 5), '在 0:00.005 处添加声音 "x.mp3"'),
        (
            edits.add_files([File("a.mp4"), File("b.mp4"), File("c.mp4")], [])[0],
            '在结尾添加以下文件 "a.mp4"、"b.mp4" 和 "c.mp4"',
        ),
        (
            edits.Replace(Reference.to(t, *beach), File("b.mp4")),
            '把片段 2 (beach.mp4) 替换为文件 "b.mp4"',
        ),
        (
            edits.replace_file(File("a.mp4"), File("b.mp4")),
            '把文件 "a.mp4" 全部替换为文件 "b.mp4"',
        ),
    ]
    assert [edit.sentence(True) for edit, _ in said] == [text for _, text in said]
    kinds = {kind.__name__ for kind in edits.Edit.__subclasses__()}
    assert {type(edit).__name__ for edit, _ in said} == kinds


@pytest.mark.parametrize(
    "edit",
    [
        lambda t: edits.split(t, *at(t, 0, 1), 100),
        lambda t: edits.trim_end(t, *at(t, 0, 0), 5000),
        lambda t: edits.move(t, *at(t, 0, 0), -1),
        lambda t: edits.move(t, *at(t, 0, 1), 1),
        lambda t: edits.move(t, *at(t, 2), -1),
        lambda t: edits.transition(t, *at(t, 0, 0), "crossfade"),
        lambda t: edits.transition(t, *at(t, 0, 1), "explosion"),
        lambda t: edits.speed(t, [at(t, 1)], 2),
        lambda t: edits.volume(t, [at(t, 2)], 20),
        lambda t: edits.volume(t, [at(t, 1)], 300),
        lambda t: edits.change_text(t, *at(t, 2), " \n"),
        lambda t: edits.change_text(t, *at(t, 1), "x"),
        lambda t: edits.add_file(t, File("x.mp3"), "audio", 14_250),
        lambda t: edits.delete(t, []),
        lambda t: edits.delete(t, [(at(t, 0)[0], at(t, 1)[1])]),
    ],
)
def test_what_makes_no_sense_is_said(edit: Any) -> None:
    with pytest.raises(UsageError):
        edit(line())


@given(st.lists(st.text(max_size=120), min_size=1, max_size=6))
def test_no_two_things_have_one_name(names: list[str]) -> None:
    raw = draft(*(clip(1000 * n, 1000, name) for n, name in enumerate(names)))
    raw["t"].append({"tt": 0, "sg": raw["t"][0]["sg"]})
    raw["t"].append(raw["t"][2])
    raw["t"][1]["sg"] *= 2
    timeline = line(raw)
    found = [str(Reference.to(timeline, *placed)) for placed in timeline.segments]
    assert len(set(found)) == len(found)
    assert all("\n" not in name and len(name) < 110 for name in found)


@given(st.text(max_size=300))
def test_a_name_inside_marks_closes_none(name: str) -> None:
    short = inline(name)
    assert 1 <= len(short) <= 40
    assert not set(short) & set('"“”「」«»『』')
    depth = 0
    for sign in short:
        depth += (sign == "(") - (sign == ")")
        assert 0 <= depth <= 1
    assert depth == 0


@given(st.text(max_size=60).filter(lambda words: bool(clean(words).strip())))
def test_words_are_quoted_as_they_are(words: str) -> None:
    assert quoted(words)[1:-1] == clean(words)


ONE = "clip 2 (beach.mp4)"


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("mute this", f"mute {ONE}"),
        ("Make THIS 2x faster", f"Make {ONE} 2x faster"),
        ("make this clip 2x faster", f"make {ONE} 2x faster"),
        ("it is too loud", f"{ONE} is too loud"),
        ("make it 9:16", "make it 9:16"),
        ("把这个静音", "把片段 2 (beach.mp4)静音"),
        ("删除这段视频片段", "删除片段 2 (beach.mp4)"),
        ("这个视频改成竖屏", "这个视频改成竖屏"),
        ("export this video", "export this video"),
        ("combine these clips", "combine these clips"),
        ('add title "this is it"', 'add title "this is it"'),
        ("add title 'this' to this", f"add title 'this' to {ONE}"),
        ("a thistle, isn't this's", "a thistle, isn't this's"),
        ("something like this: blue", "something like this: blue"),
        ("no such word", "no such word"),
    ],
)
def test_this_is_the_selection(text: str, expanded: str) -> None:
    t = line()
    assert expand_this(text, t, [at(t, 0, 1)]) == expanded
    assert expand_this(text, t, []) == text
    assert expand_this(text, None, []) == text


def test_these_are_several() -> None:
    t = line()
    chosen = [at(t, 0, 0), at(t, 2)]
    both = 'clip 1 (a.mp4) and the text "Urban Dreams" at 0:00.000'
    assert expand_this("remove these", t, chosen) == f"remove {both}"
    han = '片段 1 (a.mp4) 和文字 "Urban Dreams" (0:00.000)'
    assert expand_this("删除这些", t, chosen) == f"删除{han}"
    assert this_reference(t, chosen) == ("2 selected", both)
    assert this_reference(t, chosen, True) == ("已选 2 项", han)
    assert this_reference(t, chosen[1:], True).chip == "文字 “Urban Dreams”"
    assert this_reference(t, chosen[:1]).chip == "clip 1 a.mp4"
    assert this_reference(t, chosen[1:]).chip == "text “Urban Dreams”"
    assert this_reference(t, []) == ("", "")


def changed(change: Any, chinese: bool = False) -> str:
    after = copy.deepcopy(draft())
    change(after["t"])
    before, now = line(), read(after)
    return inverse(compare(before, now), before, now, chinese)


def test_the_inverse_of_each_change() -> None:
    assert 'change the text "B" at 0:00.000 to "Urban Dreams"' in changed(
        lambda t: t[2]["sg"][0]["m"].update(text="B")
    )
    assert 'put "beach.mp4" back as clip 2, from 0:05.000 to 0:14.250' in changed(
        lambda t: t[0]["sg"].pop()
    )
    assert "remove clip 3 (new.mp4)" in changed(
        lambda t: t[0]["sg"].append(clip(14_250, 9, "new.mp4"))
    )
    assert 'set the volume of the music "song.mp3" at 0:00.000 to 35%' in changed(
        lambda t: t[1]["sg"][0]["m"].update(volume=0.1)
    )
    assert "let clip 2 (beach.mp4) last 9.250 s again" in changed(
        lambda t: t[0]["sg"][1].update(d=4000)
    )
    assert 'put the text "Urban Dreams" at 0:01.000 from 0:00.000 to 0:03.000' in changed(
        lambda t: t[2]["sg"][0].update(s=1000)
    )
    assert "set the speed of clip 1 (a.mp4) to 1x" in changed(
        lambda t: t[0]["sg"][0]["m"].update(speed=2)
    )
    assert "remove the transition into clip 2" in changed(
        lambda t: t[0]["sg"][1]["m"].update(transition={"type": "wipe", "d": 200})
    )
    assert 'add the text "Urban Dreams" from 0:00.000 to 0:03.000' in changed(lambda t: t.pop())
    assert changed(lambda t: None) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda t: t[2]["sg"][0]["m"].update(text="B"),
            '把文字 "B" (0:00.000) 改为 "Urban Dreams"',
        ),
        (
            lambda t: t[0]["sg"].pop(),
            '把 "beach.mp4" 放回为片段 2，从 0:05.000 到 0:14.250，从文件的 0:00.000 处开始',
        ),
        (lambda t: t[0]["sg"].append(clip(14_250, 9, "new.mp4")), "删除片段 3 (new.mp4)"),
        (
            lambda t: t[1]["sg"][0]["m"].update(volume=0.1),
            '把音乐 "song.mp3" (0:00.000) 的音量设为 35%',
        ),
        (
            lambda t: t[0]["sg"][1].update(d=4000),
            "让片段 2 (beach.mp4) 重新持续 9.250 秒，从文件的 0:00.000 处开始",
        ),
        (
            lambda t: t[0]["sg"][1]["m"].update(transition={"type": "wipe", "d": 200}),
            "去掉进入片段 2 (beach.mp4) 的转场",
        ),
        (lambda t: t.pop(), '添加文字 "Urban Dreams"，从 0:00.000 到 0:03.000'),
    ],
)
def test_the_inverse_in_chinese(change: Any, said: str) -> None:
    whole = changed(change, chinese=True)
    assert whole == f"撤回上一次改动，让时间线和之前完全一样：{said}。"


def test_the_inverse_of_a_swap_moves_and_of_a_canvas_names_the_size() -> None:
    before, after = draft(), draft(clip(0, 9250, "beach.mp4"), clip(9250, 5000, "a.mp4"))
    after["m"]["width"] = 1080
    old, new = line(before), line(after)
    said = inverse(compare(old, new), old, new)
    assert "move clip 2 (a.mp4) to position 1" in said
    assert "set the frame size to 1920x1080" in said
    assert inverse(compare(None, new), None, new) == ""
    assert said.startswith(inverse(compare(old, new), old, new)[:20])
    assert "back as clip 1" in inverse(compare(old, None), old, None)
