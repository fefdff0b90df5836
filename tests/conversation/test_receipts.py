"""Does the agent say that it edited? And what it does, in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from vbtui.conversation import queue
from vbtui.conversation.receipts import (
    DONE,
    NOT,
    Line,
    claims_edit,
    cost_line,
    lines,
    receipt,
    state_line,
    told,
    unshown_claims,
)
from vbtui.conversation.stream import activity
from vbtui.journal.journal import Journal
from vbtui.journal.records import Receipt, Turn, TurnState
from vbtui.session.drafts import Difference
from vbtui.timeline.changes import Change
from vbtui.timeline.model import AUDIO, read


@pytest.mark.parametrize(
    "reply",
    [
        "I added the title “Paradise Found” (white, top-center, 3s fade-in).",
        "Sure! I've removed the silent parts.",
        "The title has been added.",
        "Step 2: music added.",
        "All done! Your 8-second video has music.",
        "**Trimmed** the first three seconds.",
        "OK.\n\n- Moved clip 2 to the start\n- Muted the music",
        "好的！我已经为您的视频添加了标题。",
        "已删除第二个片段。",
        "字幕添加成功！",
    ],
)
def test_claims(reply: str) -> None:
    assert claims_edit(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "Hello! I can generate a clip, add music, titles and subtitles.",
        "I could not add the title.",
        "I did not understand “x”. Nothing was changed.",
        "I haven't added anything yet.",
        "Would you like the title added at the start?",
        "Once you have added a clip, I can trim it.",
        'The title "I added this" is too long.',
        "The video has a duration of 8 seconds.",
        "I will add a title.",
        "Which clip should be moved?",
        "我无法添加标题。",
        "您想添加什么标题？",
        "尚未添加任何内容。",
        "可以添加字幕。",
    ],
)
def test_no_claims(reply: str) -> None:
    assert not claims_edit(reply)


@pytest.mark.parametrize(
    ("name", "english", "chinese"),
    [
        ("add_title", "Adding a title", "正在添加标题"),
        ("addBgm", "Adding music", "正在添加音乐"),
        ("trim", "Trimming", "正在修剪"),
        ("generate_video_tool", "Generating a video", "正在生成视频"),
        ("remove_bgm", "Removing music", "正在删除背景音乐"),
        ("fetchWebImages", "Fetching web images", "正在获取网络图片"),
        ("apply_lut", "Applying lut", "正在应用"),
        ("warpFrames", "Warp frames", "正在处理"),
        ("", "Working", "正在处理"),
        ("__", "Working", "正在处理"),
    ],
)
def test_tools_in_words(name: str, english: str, chinese: str) -> None:
    assert activity(name, False) == english
    assert activity(name, True) == chinese


def test_long_tool_names_are_cut() -> None:
    assert len(activity("x" * 10_000, False)) <= 60


MUSIC = {"t": [{"tt": 0, "sg": [{"s": 0, "d": 1000, "m": {"title": "a.mp4"}}]}]}


def test_what_the_agent_claims_and_the_state_does_not_show_is_quoted() -> None:
    reply = 'I trimmed the clip. I\'ve added background music at 35%.\n\n- Added the title "Sea"'
    after = read(MUSIC)
    assert unshown_claims(reply, after) == (
        "I've added background music at 35%",
        'Added the title "Sea"',
    )
    sounding = read({"t": [*MUSIC["t"], {"tt": 1, "sg": [{"s": 0, "d": 500}]}]})
    assert unshown_claims(reply, sounding) == ('Added the title "Sea"',)
    assert not unshown_claims("I could not add the music. Shall I add a title?", after)
    assert not unshown_claims("I added a clip to the timeline.", after)
    assert unshown_claims("已为您添加了字幕。", after) == ("已为您添加了字幕",)


def test_a_receipt_says_what_was_done_what_was_not_and_what_there_is() -> None:
    difference = Difference(
        2, True, (Change("volume", "BGM a", "100%", "35%", AUDIO, "a.mp3"),), read(MUSIC)
    )
    slip = receipt(
        reply="I added a title.",
        difference=difference,
        unseen="",
        undone=["No file is called x.mp4."],
        seconds=2,
        credits_before=9,
        credits_after=7,
    )
    turn = Turn(1, "s", "do it", "edit", TurnState.DONE, "", receipt=slip)
    assert lines(turn) == [
        Line("a.mp3: volume 100% → 35%", DONE),
        Line("No file is called x.mp4.", NOT),
        Line("“I added a title”: the timeline does not show it.", NOT),
    ]
    assert state_line(turn) == "0:01 · 1 clip · 1 track"
    assert cost_line(turn) == "took 2 s · 2 credits (9 → 7)"
    assert told(turn) == "No file is called x.mp4."
    chinese = replace(turn, text="加标题")
    assert state_line(chinese) == "0:01 · 1 个片段 · 1 条轨道"
    many = replace(slip, changes=tuple(Change("odd", f"S{n}", "a", "b") for n in range(20)))
    texts = [line.text for line in lines(replace(turn, receipt=many))]
    assert texts[7:9] == ["S7 odd: a → b", "and 12 more"]


async def test_a_receipt_is_kept_whole_and_an_earlier_one_is_read(tmp_path: Path) -> None:
    change = Change("moved", "Video a", "0-1s", "1-2s", 0, "a", 2, 1, (0, 1000), (1000, 2000))
    slip = Receipt((change,), 1.5, undone=("x",), unshown=("y",), version=3, clips=2, tracks=1)
    turn = Turn(0, "s", "t", "edit", TurnState.DONE, receipt=slip)
    journal = Journal(tmp_path / "journal.db")
    await journal.open()
    try:
        made = await journal.run(lambda c: queue.insert_before_waiting(c, turn))
        (kept,) = await journal.run(lambda c: queue.of_session(c, "s"))
        assert kept == made
        early = '{"changes": [["added", "Video", "", "a 0-1s"]], "seconds": 2}'
        await journal.run(lambda c: c.execute("UPDATE turns SET receipt = ?", [early]))
        (kept,) = await journal.run(lambda c: queue.of_session(c, "s"))
        assert kept.receipt == Receipt((Change("added", "Video", "", "a 0-1s"),), 2)
        assert [line.text for line in lines(kept)] == ["a 0-1s added"]
    finally:
        await journal.close()
