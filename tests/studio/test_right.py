"""The notation of what is right leads to the timelines that it says, and no other timeline passes for one."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.studio import phrases_runner
from tests.studio.phrases_runner import LISTS, judged
from tests.studio.right import Case, alternatives, cases
from tests.studio.stated import STATES, Timeline, crooked, differences, seen


def right(text: str, state: str = "T") -> Timeline:
    (one,) = alternatives(text, STATES[state])
    assert one.timeline is not None
    return one.timeline


@pytest.mark.parametrize("path", sorted(LISTS.glob("*.tsv")), ids=lambda path: path.stem)
def test_every_case_can_be_read(path: Path) -> None:
    found = cases(path)
    assert len(found) >= 60
    assert len({(case.state, case.turns) for case in found}) == len(found)
    for case in found:
        assert any(case.rights()), case.place


@pytest.mark.parametrize("name", [name for name, state in STATES.items() if state.draft])
def test_a_state_is_in_its_place_and_as_it_says(name: str) -> None:
    state = STATES[name]
    assert not crooked(state.draft)
    assert not differences(right("start", name), seen(state.draft, state.media), state.media)


@pytest.mark.parametrize(
    ("primitive", "clips"),
    [
        ("del 1,3-4", [("interview.mp4", 0, 20_000), ("VID_2026.mp4", 0, 7_000)]),
        ("only 5,1", [("VID_2026.mp4", 0, 7_000), ("beach.mp4", 0, 12_000)]),
        ("only 2; keep 1:5-9", [("interview.mp4", 5_000, 4_000)]),
        ("only 1; split 1@5", [("beach.mp4", 0, 5_000), ("beach.mp4", 5_000, 7_000)]),
        ("cut 3-45", [("beach.mp4", 0, 3_000), ("VID_2026.mp4", 5_000, 2_000)]),
        ("cut 0-2,4-46", [("beach.mp4", 2_000, 2_000), ("VID_2026.mp4", 6_000, 1_000)]),
        ("within 10-13", [("beach.mp4", 10_000, 2_000), ("interview.mp4", 0, 1_000)]),
        ("only 1; speed 1=2; cut 0-1", [("beach.mp4", 2_000, 5_000)]),
        ("seq VID:1-3 town=2", [("VID_2026.mp4", 1_000, 2_000), ("town.jpg", None, 2_000)]),
        ("only 5; add IMG_2@1", [("IMG_2.jpg", 0, 4_000), ("VID_2026.mp4", 0, 7_000)]),
    ],
)
def test_primitives_lead_to_these_clips(
    primitive: str, clips: list[tuple[str, int | None, int]]
) -> None:
    assert [(clip.name, clip.in_ms, clip.ms) for clip in right(primitive).clips] == clips


def test_a_cut_takes_the_texts_along() -> None:
    _, caption = right("cut 3.5-4.5", "TX").texts
    assert caption.start is not None
    assert caption.end is not None
    assert (caption.words, caption.start.ms, caption.end.ms) == ("Hello", 4_000, 8_000)


def test_music_under_all_of_it_stays_under_all_of_it() -> None:
    state = STATES["T"]
    draft: Any = copy.deepcopy(state.draft)
    draft["t"][0]["sg"][4]["d"] = 2_000
    draft["t"][1]["sg"][0]["d"] = draft["d"] = 42_000
    assert not differences(right("len 5=2"), seen(draft, state.media), state.media)
    draft["t"][1]["sg"][0]["d"] = 30_000
    assert differences(right("len 5=2"), seen(draft, state.media), state.media)


_CLIP, _PORTRAIT, _SONG, _TITLE = (
    ("t", 0, "sg", 1),
    ("t", 0, "sg", 2),
    ("t", 1, "sg", 0),
    ("t", 2, "sg", 0),
)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ((*_CLIP, "d"), 19_900),
        ((*_CLIP, "m", "asset"), "beach.mp4"),
        ((*_CLIP, "m", "in"), 100),
        ((*_CLIP, "m", "speed"), 1.1),
        ((*_CLIP, "m", "volume"), 0.9),
        ((*_CLIP, "m", "transition", "type"), "wipe"),
        ((*_CLIP, "m", "transition", "d"), 600),
        ((*_CLIP, "m", "transition"), None),
        ((*_CLIP, "m", "fade_in"), 500),
        ((*_CLIP, "m", "fade_out"), 500),
        ((*_PORTRAIT, "m", "fit"), "cover"),
        ((*_SONG, "s"), 100),
        ((*_SONG, "d"), 44_900),
        ((*_SONG, "m", "asset"), "town.jpg"),
        ((*_SONG, "m", "volume"), 0.3),
        ((*_SONG, "m", "fade_in"), 500),
        ((*_SONG, "m", "fade_out"), 500),
        ((*_TITLE, "s"), 100),
        ((*_TITLE, "d"), 3_100),
        ((*_TITLE, "m", "text"), "summer"),
        ((*_TITLE, "m", "position"), "top"),
        ((*_TITLE, "m", "color"), "#FFFF00"),
        ((*_TITLE, "m", "size"), 0.1),
        (("m", "width"), 1080),
        (("m", "fps"), 25),
        (("t", 0, "sg"), []),
        (("t", 1, "sg"), []),
        (("t", 2, "sg"), []),
    ],
)
def test_one_changed_field_is_another_timeline(
    place: tuple[str | int, ...], value: str | float | list[Any] | None
) -> None:
    state = STATES["TX"]
    draft: Any = copy.deepcopy(state.draft)
    item = draft
    for key in place[:-1]:
        item = item[key]
    item[place[-1]] = value
    assert differences(right("start", "TX"), seen(draft, state.media), state.media)


@pytest.mark.parametrize(("start", "total"), [(100, 47_000), (0, 46_900)])
def test_a_gap_and_a_wrong_length_are_seen(start: int, total: int) -> None:
    draft: Any = copy.deepcopy(STATES["T"].draft)
    draft["t"][0]["sg"][0]["s"], draft["d"] = start, total
    assert crooked(draft)


def test_what_nobody_said_is_free_within_reason() -> None:
    state = STATES["TX"]
    now = seen(state.draft, state.media)
    assert not differences(right("join all=any", "TX"), now, state.media)
    assert differences(right("join all=any 0.8", "TX"), now, state.media)
    assert not differences(right("vol music=0.3~0.4", "TX"), now, state.media)
    assert differences(right("vol music=0.1~0.3", "TX"), now, state.media)
    assert not differences(right("loose 1; total 45", "TX"), now, state.media)
    assert differences(right("loose 1; total 44", "TX"), now, state.media)


@pytest.mark.parametrize("text", ["dell 2", "del 9", "len 2", 'text "Hi" 0-3 mauve', "order 1,2"])
def test_what_is_no_notation_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=text.split()[0]):
        alternatives(text, STATES["T"])


@dataclass(frozen=True)
class Refused:
    op: str | None
    message: str = "Not built yet."


@dataclass(frozen=True)
class Said:
    """An outcome, made up."""

    draft: Mapping[str, Any] | None = None
    reply: str = "So."
    question: str | None = None
    refused: Refused | None = None
    mood: str = "request"
    operations: tuple[Mapping[str, Any], ...] = ()
    memory: None = None
    step: str = "edit"


_N = STATES["N"].draft
"""As T, without its music."""


@pytest.mark.parametrize(
    ("right", "said", "kind"),
    [
        ("nomusic", Said(_N), "right"),
        ("nomusic & refuse crop", Said(_N), "not done"),
        ("nomusic & refuse crop", Said(_N, refused=Refused("crop")), "right"),
        ("nomusic", Said(_N, refused=Refused("crop")), "not done"),
        ("nomusic", Said(), "not done"),
        ("nomusic", Said(operations=({"op": "music"},)), "false promise"),
        ("nomusic", Said(operations=({"op": "music"},), question="Which?"), "not done"),
        ("vol 1=0", Said(_N), "wrong edit"),
        ("ask", Said(question="Which?"), "right"),
        ("ask", Said(_N, question="Which?"), "wrong edit"),
        ("ask", Said(), "not done"),
        ("ask | nomusic", Said(_N), "right"),
        ("same", Said(mood="negation"), "right"),
        ("same", Said(question="Which?"), "not done"),
        ("same", Said(reply=""), "not done"),
        ("answer", Said(mood="question"), "right"),
        ("answer", Said(), "not done"),
        ("refuse crop/zoom", Said(refused=Refused("zoom")), "right"),
        ("refuse crop/zoom", Said(refused=Refused("look")), "not done"),
        ("refuse", Said(refused=Refused(None)), "right"),
        ("nothing", Said(operations=({"op": "export"},)), "right"),
        ("nothing", Said(operations=({"op": "cut"},)), "false promise"),
    ],
)
def test_an_outcome_is_judged(
    right: str, said: Said, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phrases_runner, "direct", lambda text, project, memory: said)
    assert judged(Case("T", ("…",), (right,))).kind == kind
