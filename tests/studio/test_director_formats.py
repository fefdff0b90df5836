"""Formats out in words: which export is meant, how it is told, and that what is a part of the timeline is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.studio.directed import Talk
from vbtui.language import intents

GIF: dict[str, Any] = {"op": "export", "format": "gif"}
SOUND: dict[str, Any] = {"op": "extract", "format": "mp3"}
STILL: dict[str, Any] = {"op": "extract", "format": "png", "at_ms": 5000}


def talk() -> Talk:
    return Talk().say("combine beach.mp4, city walk.mp4 and IMG_2.jpg")


@pytest.mark.parametrize(
    ("sentence", "operation"),
    [
        ("export as gif", GIF),
        ("turn it into a gif", GIF),
        ("导出为GIF", GIF),
        ("做成动图", GIF),
        ("give me a ProRes master", {"op": "export", "format": "prores"}),
        ("make it HEVC and export", {"op": "export", "format": "hevc"}),
        ("用H.265导出", {"op": "export", "format": "hevc"}),
        ("extract the audio", SOUND),
        ("extract the audio as wav", {"op": "extract", "format": "wav"}),
        ("提取音频", SOUND),
        ("save the frame at 0:05 as a picture", STILL),
        ("take a screenshot at 0:05", STILL),
        ("导出0:05的画面", STILL),
        ("make a contact sheet", {"op": "extract", "format": "sheet"}),
        ("导出联系表", {"op": "extract", "format": "sheet"}),
    ],
)
def test_an_export_is_understood_and_told_in_words_that_make_it(
    sentence: str, operation: dict[str, Any]
) -> None:
    last = talk().say(sentence)
    assert list(last.last.operations) == [operation]
    assert not last.changed
    told = last.reply.split("“")[1].split("”")[0]
    found = intents.route(told)
    assert found.kind == "export"
    assert found.options["format"] == operation["format"]
    assert found.options.get("at_ms", "0") == str(operation.get("at_ms", 0))


@pytest.mark.parametrize(
    ("sentence", "operation"),
    [
        ("export clip 2 as gif", "export"),
        ("export the first 10 seconds as gif", "export"),
        ("片段2导出为gif", "export"),
        ("export as avi", "export"),
        ("导出为mkv", "export"),
        ("extract the audio of clip 2", "extract"),
        ("提取片段2的音频", "extract"),
        ("take a screenshot", "extract"),
        ("save the frame at 9:00", "extract"),
        ("截图", "extract"),
    ],
)
def test_what_cannot_be_exported_is_refused_with_its_reason(sentence: str, operation: str) -> None:
    last = talk().say(sentence)
    assert last.last.refused is not None
    assert last.last.refused.op == operation
    assert not last.changed


def test_an_edit_beside_an_export_is_made_and_the_export_offered() -> None:
    last = talk().say("mute clip 2 and export as webm")
    assert [one["op"] for one in last.last.operations] == ["mute", "export"]
    assert last.changed
    assert "“export as webm”" in last.reply
    route = intents.route("mute clip 2 and export as webm")
    assert (route.kind, route.offers_export, route.options["format"]) == ("edit", True, "webm")
