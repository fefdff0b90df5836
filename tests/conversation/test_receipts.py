"""Does the agent say that it edited? And what it does, in words."""

from __future__ import annotations

import pytest

from vbtui.conversation.receipts import change_list, claims_edit
from vbtui.conversation.stream import activity
from vbtui.timeline.changes import Change


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


def test_changes_in_words_are_inert_markdown() -> None:
    change = Change("added", "Video", "", "my_clip_1 *x* [a](b) `c` 0-3s")
    assert change_list([change], False) == (r"- Video added: my_clip_1 \*x\* \[a](b) \`c\` 0-3s")
    many = [change] * 20
    assert change_list(many, False).splitlines()[-1] == "- and 8 more"
    assert change_list(many, True).splitlines()[-1] == "- 另有 8 处"
