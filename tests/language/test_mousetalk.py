"""Mouse talk becomes keys; everything else stays as it was."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.growth import growth
from vbtui.language.mousetalk import LiveTranslator, translate

GUI = (
    "Your video is ready! To save it, click the **Export** button in the top right corner, choose "
    "1080p, then click Download. You can also open the Media panel and drag the clip onto the "
    "timeline, or preview it in the timeline."
)
GUI_CN = "视频已经完成！请点击右上角的「导出」按钮，选择 1080p 后下载。也可以打开素材面板，把片段拖拽到时间线上。"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            GUI,
            "Your video is ready! To save it, press **ctrl+s**, choose 1080p. You can also open "
            "media (**F3**) and say “add the clip to the timeline”, or look at the timeline (**F4**).",
        ),
        (
            GUI_CN,
            "视频已经完成！请按 **ctrl+s** 导出，选择 1080p 后下载。也可以打开素材（**F3**），"
            "说“把片段加到时间线上”。",
        ),
        ("Click Export to download your video.", "Press **ctrl+s** to download your video."),
        ("Once ready, tap on “Export”.", "Once ready, press **ctrl+s** to export."),
        ('Click the "Add Title" button.', "Say “Add Title”."),
        ("Go to the Export tab.", "Open renders (**F5**)."),
        ("Drag and drop your files here.", "Upload your files (**ctrl+o**)."),
        ("点击“生成字幕”按钮即可。", "说“生成字幕”即可。"),
        ("在时间线中预览效果。", "查看时间线（**F4**）。"),
        (
            "You are low on credits: check your account dashboard for the balance.",
            "You are low on credits: type **/credits** for the balance.",
        ),
        ("Visit the billing page to see your plan.", "Type **/credits** to see your plan."),
        (
            "See how many credits are left by checking your **Account** page.",
            "See how many credits are left by typing **/credits**.",
        ),
        ("积分不足，请查看您的账户页面了解余额。", "积分不足，请输入 **/credits**了解余额。"),
        ("I added “check your account for credits”.", "I added “check your account for credits”."),
        ("The last line says: visit your account today.",) * 2,
        ("Viewers check their account balance.",) * 2,
        ("Click on the clip, then press Delete.", "Select the clip (**F4**), then press Delete."),
    ],
)
def test_what_the_backend_says_and_what_is_shown(said: str, shown: str) -> None:
    assert translate(said).text == shown


@pytest.mark.parametrize(
    ("said", "exports"),
    [
        (GUI, True),
        (GUI_CN, True),
        ("The Export button is in the top right corner.", True),
        ("Go to the Media tab and drag the clip onto the timeline.", False),
        ('I added the title "Click the Export button".', False),
        ("All done.", False),
    ],
)
def test_a_button_that_exports_is_noticed(said: str, exports: bool) -> None:
    assert translate(said).exports is exports


@pytest.mark.parametrize(
    "text",
    [
        'I added the title "Click the Export button" at 0-3s.',
        "我添加了“点击导出按钮”的字幕。",
        "Run `click Export` in your script.",
        "```\nclick the Export button\n```",
        "See [how to click Export](https://example.com/click-the-Export-button).",
        "Viewers click the Download button at 0:10.",
        "She drags the box onto the beach and opens the door.",
        "# Plan\n\n1. **bold** _it_ ~~x~~\n\n| a | b |\n|---|:-:|\n| 1 | 2 |\n\n> quote",
        "I added a click sound and a whoosh.",
        "用户点击按钮的画面已经放慢。",
        "I will export the mood of the beach.",
    ],
)
def test_content_stays_word_for_word(text: str) -> None:
    assert translate(text).text == text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Added it. I encountered a temporary issue. Please try again later.", "Added it."),
        ("已添加标题。抱歉，我遇到了一个临时问题，请稍后再试。", "已添加标题。"),
        ("Done!\n\nSorry, but I've encountered a temporary issue.", "Done!"),
        ("I encountered a temporary issue.", "I encountered a temporary issue."),
        (
            "I encountered a temporary issue.\n\nBut then it worked: the title is there.",
            "I encountered a temporary issue.\n\nBut then it worked: the title is there.",
        ),
    ],
)
def test_a_trailing_temporary_issue_is_dropped(said: str, shown: str) -> None:
    assert translate(said).text == shown


def test_nothing_is_shown_and_taken_back_while_it_streams() -> None:
    text = f"{GUI}\n\n{GUI_CN}\n\nPlain end."
    live, before = LiveTranslator(), ""
    for end in range(1, len(text) + 1):
        now = live.so_far(text[:end])
        assert now.startswith(before.rstrip()), (before[-60:], now[-60:])
        assert "click" not in now.lower()
        before = now
    assert before == translate(text).text


def test_plain_words_are_shown_at_once() -> None:
    live = LiveTranslator()
    assert live.so_far("I will generate the clip first, and") == "I will generate"
    assert live.so_far("I will generate a sunny beach with waves") == (
        "I will generate a sunny beach with waves"
    )
    late = "I will put waves on the long sandy beach of the island that we"
    assert live.so_far(late).startswith("I will put waves on the long sandy beach")


def test_a_text_that_is_replaced_while_it_streams() -> None:
    live = LiveTranslator()
    live.so_far("First.\n\nSecond.\n\nThird")
    assert live.so_far("Other.\n\nBeach") == "Other.\n\nBeach"


@pytest.mark.parametrize(
    "piece", ["click the ", "drag the ", "点击", "把片段", "“", "`", "a ", "打开", "** ", "in the "]
)
def test_long_texts_take_linear_work(piece: str) -> None:
    text = piece * 2_000
    assert growth(lambda length: translate(text[:length]), 400) < 6


_PIECES = [
    "click ",
    "the ",
    "**Export** ",
    "button",
    ".",
    "\n\n",
    "```",
    "点击",
    "「导出」",
    "按钮",
    "，",
    "drag it ",
    "onto the timeline",
    "“",
    "”",
    "open the Media panel ",
    " ",
    "word ",
    "in the ",
    "|",
    "`",
]


def test_a_quotation_mark_does_not_end_the_message_that_it_is_in() -> None:
    once = translate("drag it ”drag it onto the timeline").text
    assert once == "say “add it 'drag it to the timeline”"
    assert translate(once).text == once


@given(st.lists(st.sampled_from(_PIECES), max_size=40))
@example(["点击", "click ", "按钮", "open the Media panel "])
def test_any_text_is_translated_and_then_stays(pieces: list[str]) -> None:
    text = "".join(pieces)
    once = translate(text).text
    assert translate(once).text == once
    live = LiveTranslator()
    for end in range(len(text) + 1):
        live.so_far(text[:end])


@given(st.text(alphabet="abc de.\n|*_#日本。", max_size=200))
def test_text_without_a_mouse_is_left_alone(text: str) -> None:
    assert translate(text).text == text
