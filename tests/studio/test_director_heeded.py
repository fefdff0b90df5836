"""What a sentence says of which, when, where and how much is heeded, or asked about: never dropped."""

from __future__ import annotations

import pytest

from tests.studio.phrases_runner import Talk
from tests.studio.stated import STATES, seen
from vbtui.studio.director.operations import OPERATIONS

DROPPED = """
mute before
mute the rest after
delete everything before
mute everything after
between mute
speed up after
之后静音它
中间淡出
在前面静音
把后面的慢放
mute under clip 2
mute like clip 2
delete from clip 2
remove as clip 2
mute by clip 2
delete into clip 2
60 fps on the left
remove clip 2 on the left
remove clip 2 slowly
mute clip 2 louder
make it 9:16 on the left
transition from clip 2
add a crossfade from clip 2
in the middle add crossfades
add crossfades from 3 to 5 seconds
fade in at the end
fade out at the start
fade out the music in the middle
fade in and out at the start
fade out the music over the last 4 seconds on clip 2
add title "Summer" at the beginning of each clip
add caption "Hello" from 0:05 to 0:08 after clip 2
add caption "Hello" from 0:05 to 0:08 every other clip
加字幕“你好”，从0:05到0:08，在第2段之后
start the music after clip 1 for 3 seconds
总时长改成30秒，在开头
总时长改成30秒，50%
片段2慢放，在第2段下面
删除片段2，在左边
把片段2移到开头，每段
between clips 1 and 2 make clip 2 louder
在开头音乐小声一点
中间音乐小声一点
split clip 2 in a quarter
""".strip().splitlines()


@pytest.mark.parametrize("sentence", DROPPED)
def test_what_an_operation_has_no_use_for_is_asked_about(sentence: str) -> None:
    told = Talk(STATES["T"]).say(sentence)
    assert not told.changed
    assert told.question or told.is_refused


HEEDED = {
    "fade out over the last 2 seconds of clip 2": "fade out clip 2 over 2 seconds",
    "fade in over the first 2 seconds of the interview": "fade in clip 2 over 2 seconds",
    "afterwards delete clip 2": "delete clip 2",
    "之后把片段2移到开头": "把片段2移到开头",
    "每段之间加叠化": "add crossfades",
    "中间叠化": "add crossfades",
    "中间0.5秒叠化": "add 0.5 second crossfades",
    "dissolve into clip 3": "add a crossfade between clips 2 and 3",
    "take the sound off clip 2": "mute clip 2",
    "fade out the music slowly": "fade out the music",
}


@pytest.mark.parametrize("sentence", HEEDED)
def test_said_another_way_it_is_the_same(sentence: str) -> None:
    found = []
    for text in (sentence, HEEDED[sentence]):
        told = Talk(STATES["T"]).say(text)
        assert told.changed, text
        found.append(seen(told.draft, STATES["T"].media))
    assert found[0] == found[1]


AGAINST = ("under clip 3", "on the left", "at 0:01", "like clip 3", "from clip 3", "after")
"""What most operations have no use for."""


@pytest.mark.parametrize(
    "example",
    [
        example
        for operation in OPERATIONS
        if operation.effect is not None and operation.name not in ("undo", "redo", "reset")
        for example in operation.examples
        if example.isascii()
    ],
)
def test_what_is_added_to_an_example_makes_a_difference(example: str) -> None:
    state = STATES["T"]
    alone = Talk(state).say(example)
    if not alone.changed:
        pytest.skip("needs another timeline")
    for words in AGAINST:
        told = Talk(state).say(f"{example} {words}")
        same = seen(told.draft, state.media) == seen(alone.draft, state.media)
        assert not (told.changed and same), words
