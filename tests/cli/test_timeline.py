"""`vbtui timeline`: what a line tells of a clip."""

from __future__ import annotations

from tests.studio.directed import MEDIA, Talk
from vbtui.cli.timeline import as_text
from vbtui.timeline.model import read


def test_a_line_tells_what_is_done_to_a_clip() -> None:
    talk = Talk(MEDIA).say(
        "combine all clips", "reverse clip 1 and make it sepia", "ramp clip 2 from 1x to 3x"
    )
    _, first, second, *rest = as_text(read(talk.draft)).splitlines()
    assert first.endswith("backwards + sepia")
    assert second.endswith("1x to 3x")
    assert not any("sepia" in one or "1x" in one for one in rest)
