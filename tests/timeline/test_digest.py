"""Changes in few lines: sorted, grouped, what merely moved along as one."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from vbtui.timeline.changes import compare
from vbtui.timeline.digest import digest, effect_names, overlay_words
from vbtui.timeline.model import read

Clip = tuple[str, int, int]
"""Id, start and length in ms."""


def draft(*clips: Clip, texts: tuple[Clip, ...] = (), **more: Any) -> dict[str, Any]:
    """Each clip is called `<id>.mp4`; `more` are values of the clips by their ids."""
    return {
        "t": [
            {
                "tt": 0,
                "sg": [
                    {"id": name, "s": start, "d": length, "m": {"title": f"{name}.mp4"}}
                    | more.get(name, {})
                    for name, start, length in clips
                ],
            },
            {
                "tt": 7,
                "sg": [
                    {"id": name, "s": start, "d": length, "m": {"text": name}}
                    for name, start, length in texts
                ],
            },
        ]
    }


def row(names: str, length: int = 1000) -> list[Clip]:
    """Clips of one letter, one behind the other."""
    return [(name, place * length, length) for place, name in enumerate(names)]


def told(before: Any, after: Any, *, chinese: bool = False) -> list[str]:
    return digest(compare(read(before), read(after)), chinese)


def test_what_was_added_is_one_line_a_kind() -> None:
    after = draft(*row("abcdef"), texts=(("Sea", 0, 3000),))
    assert told(None, after) == [
        "6 clips added: a.mp4, b.mp4, c.mp4 and 3 more",
        'text "Sea" added · 0-3s',
    ]
    assert told(None, after, chinese=True) == [
        "添加了6 个片段：a.mp4、b.mp4、c.mp4 等 6 项",
        '添加了文字 "Sea" · 0-3s',
    ]


def styled(**meta: Any) -> dict[str, Any]:
    return draft(*row("ab"), a={"m": {"title": "a.mp4", **meta}})


def test_fades_framing_and_what_a_text_looks_like_are_told() -> None:
    plain = styled(fit="cover", fade_in=0)
    assert told(plain, styled(fit="contain", fade_in=1500)) == [
        "clip 1 (a.mp4): fade in none → 1.5 s, framing fills the frame → black bars"
    ]
    assert told(plain, styled(fit="contain", fade_in=1500), chinese=True) == [
        "片段 1（a.mp4）：淡入 无 → 1.5 秒、填充方式 铺满画面 → 黑边"
    ]
    text = {"id": "t", "s": 0, "d": 3000, "m": {"text": "Sea", "color": "#FFFFFF", "size": 0.09}}
    red = {**text, "m": {"text": "Sea", "color": "#ff3b30", "size": 130, "position": "top"}}
    one, other = ({"t": [{"tt": 7, "sg": [item]}]} for item in (text, red))
    assert told(one, other) == [
        'text "Sea": position plain → top, colour white → red, size 9% → 12%'
    ]


def test_what_a_picture_goes_through_is_told_and_named() -> None:
    through = [
        {"type": "look", "name": "bw"},
        {"type": "rotate", "degrees": 90},
        {"type": "colour", "brightness": 0.2},
        {"type": "zoom", "start": 1, "end": 1.3},
    ]
    plain, changed = styled(), styled(effects=through)
    english = "black and white + turned 90° + brightness +20% + zoom 1x to 1.3x"
    assert told(plain, changed) == [f"clip 1 (a.mp4): effects none → {english}"]
    chinese = "黑白 + 旋转 90° + 亮度 +20% + 缩放 1x 到 1.3x"
    assert told(plain, changed, chinese=True) == [f"片段 1（a.mp4）：效果 无 → {chinese}"]
    timelines = [read(plain), read(changed)]
    clips = [one.tracks[0].segments[0] for one in timelines if one is not None]
    assert [effect_names(clip, False) for clip in clips] == ["", english]


def test_what_a_sound_goes_through_and_how_loud_all_is_are_told() -> None:
    through = {"sound_fade_in": 1500, "denoise": True}
    plain, changed = styled(), styled(**through)
    changed["m"] = {"loudness": -14, "even": True}
    assert told(plain, changed) == [
        "clip 1 (a.mp4): sound fades in none → 1.5 s, noise as it is → reduced",
        "Loudness: as it is → -14 LUFS",
        "Clips' loudness: as it is → equal",
    ]
    assert told(plain, changed, chinese=True) == [
        "片段 1（a.mp4）：声音淡入 无 → 1.5 秒、噪音 原样 → 减弱",
        "响度：原样 → -14 LUFS",
        "各片段响度：原样 → 一致",
    ]
    timeline = read(changed)
    assert timeline is not None
    clip = timeline.tracks[0].segments[0]
    assert effect_names(clip, False) == "sound fades in 1.5 s + noise reduced"


def test_what_some_of_the_new_clips_have_is_a_line_of_its_own() -> None:
    into = {"transition": {"type": "crossfade", "d": 500}}
    after = draft(
        *row("abc"),
        a={"m": {"title": "a.mp4", "volume": 0}},
        b={"m": {"title": "b.mp4", **into}},
        c={"m": {"title": "c.mp4", **into, "speed": 2, "fade_out": 1000}},
    )
    assert told(None, after) == [
        "3 clips added: a.mp4, b.mp4, c.mp4 · crossfade 0.5 s",
        "clip 1 (a.mp4): muted",
        "clip 3 (c.mp4): speed 2x, fade out 1 s",
    ]
    assert told(None, after, chinese=True)[1:] == [
        "片段 1（a.mp4）：静音",
        "片段 3（c.mp4）：速度 2x、淡出 1 秒",
    ]


def test_what_a_draft_holds_of_any_kind_is_told_or_left_out() -> None:
    strange: list[object] = [None, True, -1, 1e30, float("nan"), "x" * 500, [], {"a": 1}]
    for value in strange:
        told(styled(), styled(fade_in=value, fit=value, color=value, size=value, position=value))


def test_what_moved_along_is_one_line() -> None:
    texts = (("Sea", 4000, 1000),)
    moved = [(name, start - 580, 1000) for name, start, _ in row("abcdefgh")[1:]]
    after = draft(("a", 0, 420), *moved, texts=(("Sea", 3420, 1000),))
    assert told(draft(*row("abcdefgh"), texts=texts), after) == [
        "clip 1 (a.mp4): 1 s → 0.42 s",
        '7 clips and text "Sea" moved along by 0.58 s',
    ]


def test_removed_clips_come_before_what_moved_along_by_more_or_less() -> None:
    before = draft(*row("abcdef"))
    after = draft(("b", 0, 1000), ("d", 1000, 1000), ("f", 2000, 1000))
    assert told(before, after) == [
        "3 clips removed: a.mp4, c.mp4, e.mp4",
        "3 clips moved along by 1 s to 3 s",
    ]


def test_a_clip_that_changed_places_is_told_and_those_it_passed_moved_along() -> None:
    assert told(draft(*row("abcde")), draft(*row("eabcd"))) == [
        "e.mp4 moved: clip 5 → clip 1",
        "4 clips moved along by 1 s",
    ]
    assert told(draft(*row("abcde")), draft(*row("bcdea")))[0] == "a.mp4 moved: clip 1 → clip 5"
    assert told(draft(*row("abc")), draft(*row("cba"))) == [
        "c.mp4 moved: clip 3 → clip 1",
        "clip 3 (a.mp4) moved along by 2 s",
    ]


def test_a_transition_that_stays_where_it_was_is_no_change() -> None:
    into_second = {"m": {"title": "x", "transition": {"type": "crossfade", "d": 500}}}
    before = draft(*row("ab"), b=into_second)
    before["t"][0]["sg"][1]["m"]["title"] = "b.mp4"
    after = draft(*row("ba"))
    after["t"][0]["sg"][1]["m"]["transition"] = {"type": "crossfade", "d": 500}
    lines = told(before, after)
    assert not any("transition" in line for line in lines)
    assert told(after, draft(*row("ba"))) == ["clip 2 (a.mp4): transition crossfade 0.5 s → cut"]


def test_things_that_did_the_same_are_one_line() -> None:
    quiet = {"m": {"title": "x.mp4", "volume": 0}}
    before = draft(*row("abcdefghij"))
    for ids, who in (("bcd", "clips 2-4"), ("bd", "clips 2 and 4"), ("acegi", "5 clips")):
        after = draft(*row("abcdefghij"))
        for one in after["t"][0]["sg"]:
            if one["id"] in ids:
                one["m"]["volume"] = quiet["m"]["volume"]
        assert told(before, after) == [f"{who}: volume 100% → 0%"]


def test_lengths_are_told_each_or_in_all() -> None:
    before = draft(*row("abc", 4000))
    assert told(before, draft(*row("abc", 2000))) == [
        "clips 1-3: 2 s each (4 s before)",
    ]
    after = draft(("a", 0, 1000), ("b", 1000, 2000), ("c", 3000, 3000))
    assert told(before, after) == ["clips 1-3: 12 s → 6 s in all"]


def test_a_replaced_file_is_named_twice_and_not_three_times() -> None:
    before, after = draft(*row("ab")), draft(*row("ab"))
    after["t"][0]["sg"][1]["m"]["title"] = "c.mp4"
    assert told(before, after) == ["clip 2: b.mp4 → c.mp4"]


def with_logo(**overlay: Any) -> dict[str, Any]:
    logo = {"id": "z", "s": 0, "d": 2000, "m": {"title": "logo.png", "overlay": overlay}}
    plain = draft(*row("ab"))
    return {**plain, "t": [*plain["t"], {"tt": 0, "sg": [logo]}]}


def test_what_lies_over_the_picture_is_no_clip() -> None:
    plain, laid = draft(*row("ab")), with_logo(place="top left", size=0.2)
    assert told(plain, laid) == ["logo.png added · over the picture top left + size 20% · 0-2s"]
    assert told(plain, laid, chinese=True) == ["添加了logo.png · 叠加 左上角 + 大小 20% · 0-2s"]
    assert told(None, laid)[0] == "2 clips added: a.mp4, b.mp4"
    assert told(laid, with_logo(place="right", size=0.2, opacity=0.5)) == [
        "logo.png: over the picture top left + size 20% → right + size 20% + opacity 50%"
    ]
    assert told(laid, plain, chinese=True) == ["删除了logo.png · 0-2s"]
    segment = read(laid).tracks[2].segments[0]  # type: ignore[union-attr]  # there is one
    assert overlay_words(segment, True) == "左上角 + 大小 20%"


def test_many_different_changes_are_told_by_their_kinds() -> None:
    before, after = draft(*row("abcdefgh")), draft(*row("abcdefgh"))
    for number, one in enumerate(after["t"][0]["sg"]):
        one["m"]["volume"] = number / 10
    assert told(before, after) == ["clips 1-8: volume"]


def test_words_and_the_whole_draft() -> None:
    before = {**draft(texts=(("Sea", 0, 3000),)), "m": {"title": "x"}}
    after = {**draft(texts=(("Sea", 0, 3000),)), "m": {"title": "y"}}
    after["t"][1]["sg"][0]["m"]["text"] = "City"
    assert told(before, after) == ['text "Sea" → "City"', "Project title: x → y"]
    assert told(before, after, chinese=True) == ['文字 "Sea" → "City"', "项目名称：x → y"]
    assert told(before, before) == []


@given(st.permutations("abcdefg"), st.sets(st.sampled_from("abcdefg")))
def test_every_change_of_order_is_told_by_the_fewest_moves(
    order: list[str], gone: set[str]
) -> None:
    kept = "".join(one for one in order if one not in gone)
    lines = told(draft(*row("abcdefg")), draft(*row(kept)))
    moved = sum(" moved: " in line for line in lines)
    stays = max(
        (len(rise) for start in range(len(kept)) for rise in [_rise(kept[start:])]),
        default=0,
    )
    assert moved <= len(kept) - stays
    assert gone or bool(moved) is (kept != "abcdefg")
    assert not moved or kept != "".join(sorted(kept))


def _rise(names: str) -> str:
    """A rising row that begins with the first."""
    row = names[:1]
    for one in names[1:]:
        row += one if one > row[-1] else ""
    return row
