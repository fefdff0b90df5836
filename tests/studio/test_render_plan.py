"""The plan: exact frames and samples, refusals that name what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rendered import Json, draft, segment, words
from vbtui.base.errors import RenderFailed
from vbtui.studio.project.media import AudioStream, Media
from vbtui.studio.render import Output
from vbtui.studio.render.mixing import lanes_of
from vbtui.studio.render.model import Plan
from vbtui.studio.render.plan import exact_fps, make_plan, xfade_name


def clip(asset: str, width: int = 1920, height: int = 1080) -> Media:
    heard = AudioStream("aac", 48000, 2, 60_000)
    path = Path(f"/media/{asset}.mp4")
    return Media(
        asset, f"{asset}.mp4", "video", path, 10, asset, 60_000, width, height, audio=heard
    )


FILES = {asset: clip(asset) for asset in "abcd"} | {
    "p": Media("p", "photo.jpg", "image", Path("/media/p.jpg"), 10, "p", 0, 900, 1600),
    "m": Media("m", "song.mp3", "audio", Path("/media/m.mp3"), 10, "m", 60_000),
}


def plan(wanted: Json, options: Output | None = None) -> Plan:
    return make_plan(wanted, FILES, options or Output())


def shown(result: Plan) -> list[tuple[int, int, str, str, str]]:
    """(start, count, shot, shot coming in, transition) of every span."""
    return [
        (
            span.start,
            span.count,
            span.shot.media.id if span.shot else "",
            span.into.media.id if span.into else "",
            span.transition,
        )
        for span in result.spans
    ]


def crossfade(ms: int, kind: str = "crossfade") -> Json:
    return {"type": kind, "d": ms}


def test_clips_without_transition_follow_each_other() -> None:
    result = plan(draft([segment("a", 0, 1000), segment("b", 1000, 2000)]))
    assert shown(result) == [(0, 30, "a", "", ""), (30, 60, "b", "", "")]
    assert (result.frames, result.samples) == (90, 144_000)


def test_a_transition_lies_where_the_clips_overlap() -> None:
    later = segment("b", 800, 1000, transition=crossfade(200))
    result = plan(draft([segment("a", 0, 1000), later]))
    assert shown(result) == [(0, 24, "a", "", ""), (24, 6, "a", "b", "fade"), (30, 24, "b", "", "")]


def test_clips_that_only_touch_still_cross() -> None:
    later = segment("b", 1000, 1000, transition=crossfade(500, "wipe"))
    spans = plan(draft([segment("a", 0, 1000), later])).spans
    assert [(span.start, span.count, span.transition) for span in spans] == [
        (0, 30, ""), (30, 15, "wipeleft"), (45, 15, ""),
    ]  # fmt: skip
    assert spans[1].shot is not None
    assert spans[1].shot.start == 0


def test_an_overlap_without_transition_is_a_cut() -> None:
    result = plan(draft([segment("a", 0, 1000), segment("b", 800, 1000)]))
    assert shown(result) == [(0, 24, "a", "", ""), (24, 30, "b", "", "")]


def test_gaps_are_black_and_the_length_is_the_drafts() -> None:
    result = plan(draft([segment("a", 500, 500)], length=2000))
    assert shown(result) == [(0, 15, "", "", ""), (15, 15, "a", "", ""), (30, 30, "", "", "")]


def test_fades_of_the_picture_come_from_black_and_go_to_it() -> None:
    result = plan(draft([segment("a", 0, 2000, fade_in=500, fade_out=500)]))
    assert shown(result) == [
        (0, 15, "", "a", "fade"), (15, 30, "a", "", ""), (45, 15, "a", "", "fade"),
    ]  # fmt: skip


def test_a_later_video_track_lies_over_an_earlier_one() -> None:
    wanted = draft([segment("a", 0, 3000)])
    wanted["t"].append({"tt": 0, "sg": [segment("b", 1000, 1000)]})
    assert shown(plan(wanted)) == [
        (0, 30, "a", "", ""), (30, 30, "b", "", ""), (60, 30, "a", "", ""),
    ]  # fmt: skip


def test_a_cut_span_keeps_its_place_in_the_transition() -> None:
    later = segment("b", 500, 1000, transition=crossfade(500))
    (part,) = plan(draft([segment("a", 0, 1000), later])).part(20, 25)
    assert (part.start, part.count, part.done, part.length) == (20, 5, 5, 15)


clips = st.lists(
    st.tuples(
        st.sampled_from("abcdp"),
        st.integers(0, 4000),
        st.integers(0, 3000),
        st.sampled_from([0, 1, 40, 500, 5000]),
        st.sampled_from([0, 300, 9000]),
    ),
    min_size=1,
    max_size=8,
)


@settings(deadline=None)
@given(clips, st.sampled_from([24, 25, 29.97, 30, 60]), st.integers(1, 9000))
def test_every_frame_is_made_by_exactly_one_span(
    items: list[tuple[str, int, int, int, int]], fps: float, length: int
) -> None:
    wanted = draft(
        [
            segment(asset, start, ms, transition=crossfade(mix), fade_out=fade)
            for asset, start, ms, mix, fade in items
        ],
        fps=fps,
        length=length,
    )
    result = plan(wanted)
    position = 0
    for span in result.spans:
        assert span.start == position
        assert span.count > 0
        assert span.done + span.count <= span.length or not span.transition
        assert all(span.start >= shot.start for shot in (span.shot, span.into) if shot)
        position = span.end
    assert position == result.frames == max(1, int(length * exact_fps(fps) / 1000 + Fraction(1, 2)))
    for lane in lanes_of(result.sounds):
        assert all(one.end <= two.start for one, two in pairwise(lane))
    assert all(sound.end <= result.samples for sound in result.sounds)


@pytest.mark.parametrize(
    ("fps", "exact"),
    [(29.97, Fraction(30000, 1001)), (23.976, Fraction(24000, 1001)), (59.94, Fraction(60000, 1001)),
     (25, Fraction(25)), (12.5, Fraction(25, 2)), (0.1, Fraction(1)), (1000, Fraction(120))],
)  # fmt: skip
def test_frame_rates_are_exact(fps: float, exact: Fraction) -> None:
    assert exact_fps(fps) == exact


def test_frames_of_a_long_ntsc_draft_do_not_drift() -> None:
    result = plan(draft([segment("a", 0, 3_600_000)], fps=29.97))
    assert result.frames == 107892
    assert result.samples == round(107892 * 48000 * 1001 / 30000)


@pytest.mark.parametrize(
    ("options", "size"),
    [
        (Output(), (1920, 1080)),
        (Output(width=1080, height=1920), (1080, 1920)),
        (Output(height=480), (852, 480)),
        (Output(width=321), (320, 180)),
        (Output(width=9000), (4096, 2304)),
    ],
)
def test_sizes_are_even_and_keep_their_shape(options: Output, size: tuple[int, int]) -> None:
    canvas = plan(draft([segment("a", 0, 1000)], width=1920, height=1080), options).canvas
    assert (canvas.width, canvas.height) == size


def test_a_picture_of_another_shape_is_shown_whole() -> None:
    fits = [
        shot.fit for shot in plan(draft([segment("p", 0, 1000), segment("a", 1000, 1000)])).shots
    ]
    assert fits == ["blur", "cover"]


def test_what_is_missing_is_named() -> None:
    wanted = draft([segment("a", 0, 1000), segment("gone", 1000, 1000, title="beach.mp4")])
    wanted["t"].append({"tt": 4, "sg": [{"s": 0, "d": 100, "m": {"name": "Sticker"}}]})
    with pytest.raises(RenderFailed) as caught:
        plan(wanted)
    assert "“beach.mp4” has no file here" in caught.value.message
    assert "Sticker" in caught.value.message
    assert "a.mp4" not in caught.value.message


def test_a_sound_on_the_video_track_is_refused_by_name() -> None:
    with pytest.raises(RenderFailed, match=r"“song\.mp3” is not video or image"):
        plan(draft([segment("m", 0, 1000)]))


@pytest.mark.parametrize("wanted", [{}, {"t": []}, {"t": [{"tt": 0, "sg": []}]}])
def test_an_empty_timeline_is_refused(wanted: Json) -> None:
    with pytest.raises(RenderFailed, match="nothing to export"):
        plan(wanted)


def test_a_file_is_found_by_its_name_too() -> None:
    assert plan(draft([segment("https://cdn/x/b.mp4", 0, 1000)])).spans[0].shot


def test_sounds_cross_where_pictures_do_and_do_not_click_at_cuts() -> None:
    mixed = segment("b", 800, 1000, transition=crossfade(200))
    sounds = plan(draft([segment("a", 0, 1000), mixed, segment("c", 1800, 1000)])).sounds
    assert [(item.start, item.count) for item in sounds] == [
        (0, 48000), (38400, 48000), (86400, 48000),
    ]  # fmt: skip
    assert [(item.fade_in, item.fade_out) for item in sounds] == [
        (192, 9600), (9600, 192), (192, 192),
    ]  # fmt: skip


def test_a_clip_cut_in_two_sounds_as_one() -> None:
    halves = [segment("a", 0, 1000), segment("a", 1000, 1000, **{"in": 1000})]
    sounds = plan(draft(halves)).sounds
    assert [(item.fade_in, item.fade_out) for item in sounds] == [(192, 0), (0, 192)]


def test_muted_clips_and_pictures_are_silent() -> None:
    items = [
        segment("a", 0, 500, volume=0),
        segment("b", 500, 500, muted=True),
        segment("p", 1000, 500),
    ]
    assert plan(draft(items)).sounds == ()


def test_texts_know_their_place_and_size() -> None:
    texts = [
        words("Title", 0, 1000, anim="fade", color="#f00"),
        words("Below", 500, 9000, role="caption", size=54),
        words("  ", 0, 1000),
    ]
    title, caption = plan(draft([segment("a", 0, 2000)], texts=texts, length=2000)).words
    assert (title.position, title.size, title.color, title.fade) == ("center", 0.09, "#FF0000", 15)
    assert (caption.position, caption.start, caption.end, caption.size) == ("bottom", 15, 60, 0.05)


@pytest.mark.parametrize(
    ("name", "xfade"),
    [("crossfade", "fade"), ("Cross Dissolve", "fade"), ("fade", "fadeblack"), ("wipe_up", "wipeup"),
     ("slide-right", "slideright"), ("sparkle", "fade"), ("'; rm -rf", "fade")],
)  # fmt: skip
def test_transition_names(name: str, xfade: str) -> None:
    assert xfade_name(name) == xfade


NONSENSE: tuple[Any, ...] = (10**4000, -(10**4000), 1e308, -1, "9" * 4000, None, [], {}, True)


def places(value: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every value in a draft."""
    if at:
        yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()  # fmt: skip
    for key, one in inner:
        yield from places(one, (*at, key))


def test_nonsense_at_any_place_is_read_as_unknown_or_refused() -> None:
    """A number of 4,000 digits is one that Python's JSON reads and no float holds."""
    sensible = segment("a", 0, 2000, speed=1.5, volume=1.0, transition=crossfade(300))
    song = segment("m", 0, 3000, volume=0.4, fade_in=10, fade_out=300)
    title = words("Hi", 300, 1000, size=54, color="#fff", anim="fade", font="x", place={"at": 1})
    good = draft([sensible, segment("b", 1700, 2000)], texts=[title], length=3700)
    good["t"].append({"tt": 1, "sg": [song]})
    size = next(at for at in places(good) if at[-1] == "size")
    for at in places(good):
        for nonsense in NONSENSE:
            bad = deepcopy(good)
            place: Any = bad
            for key in at[:-1]:
                place = place[key]
            place[at[-1]] = nonsense
            try:
                made = plan(bad)
            except RenderFailed:
                continue
            assert made.frames < 10**7
            if at == size and nonsense == 10**4000:
                assert made.words[0].size == plan(draft([sensible], texts=[words("Hi", 0, 1000)])).words[0].size  # fmt: skip
