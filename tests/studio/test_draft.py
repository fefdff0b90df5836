"""Operations on the draft: exact, pure, and kind to keys that they do not know."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.studio.directed import MEDIA, check_invariants, photo, video
from vbtui.studio.director import sequence
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media

_BY_ID = {asset.id: asset for asset in MEDIA}
_PICTURES = [asset for asset in MEDIA if asset.kind != "audio"]


def _built(files: Sequence[Media] = _PICTURES, *, crossfade: int = 0) -> d.Json:
    draft = sequence.build(None, "project", files, _BY_ID)
    if crossfade:
        joins: list[d.Json | None] = [{"type": "crossfade", "d": crossfade}] * 3
        draft = d.lay_out(d.with_clips(draft, d.with_joins(d.clips(draft), joins)))
    return draft


def test_build_takes_videos_whole_and_pictures_for_four_seconds() -> None:
    draft = _built()
    assert [clip["d"] for clip in d.clips(draft)] == [12_000, 7_000, 4_000, 9_000]
    assert [clip["s"] for clip in d.clips(draft)] == [0, 12_000, 19_000, 23_000]
    assert draft["d"] == 32_000
    assert [d.meta(clip)["fit"] for clip in d.clips(draft)] == ["cover", "cover", "blur", "blur"]


def test_most_portrait_clips_make_a_portrait_canvas() -> None:
    media = [video("b1", "a.mp4", 1000, portrait=True), photo("b2", "b.jpg")]
    draft = sequence.build(None, "project", media, {asset.id: asset for asset in media})
    assert sequence.canvas(draft) == (1080, 1920)


def test_a_crossfade_overlaps_and_takes_at_most_half_of_the_shorter_neighbour() -> None:
    draft = _built(crossfade=3000)
    overlaps = [d.whole((join or {}).get("d")) for join in d.joins(d.clips(draft))]
    assert overlaps == [3000, 2000, 2000]
    assert draft["d"] == 32_000 - 7000
    check_invariants(draft)


@given(st.integers(400, 400_000), st.integers(0, 4000))
def test_fit_is_exact_and_keeps_every_clip(target: int, crossfade: int) -> None:
    draft = _built(crossfade=crossfade)
    short = sequence.fit(draft, _BY_ID, target)
    assert short.exact
    assert short.draft["d"] == target - short.missing_ms
    assert len(d.clips(short.draft)) == len(d.clips(draft))
    result = sequence.fit(draft, _BY_ID, target, may_repeat=True)
    assert result.exact
    assert result.draft["d"] == target
    assert len(d.clips(result.draft)) >= len(d.clips(draft))
    assets = [d.meta(clip)["asset"] for clip in d.clips(result.draft)]
    assert assets[:4] == ["a1", "a2", "a3", "a5"]
    check_invariants(result.draft)


def test_fit_refuses_what_cannot_be() -> None:
    draft = _built()
    assert not sequence.fit(draft, _BY_ID, 399).exact
    assert not sequence.fit(_built(MEDIA[:2]), _BY_ID, 10**9, may_repeat=True).exact
    assert not sequence.fit(d.empty(), _BY_ID, 5000).exact


def test_fit_extends_pictures_and_shows_no_clip_twice_unless_told() -> None:
    draft = _built()
    assert d.clips(sequence.fit(draft, _BY_ID, 35_000).draft)[2]["d"] == 7000
    longer = sequence.fit(draft, _BY_ID, 60_000)
    assert (longer.extended, longer.repeats, longer.missing_ms) == (1, 0, 0)
    assert [d.length(clip) for clip in d.clips(longer.draft)] == [12_000, 7000, 32_000, 9000]
    short = sequence.fit(draft, _BY_ID, 90_000)
    assert (short.extended, short.repeats, short.missing_ms) == (1, 0, 54_000)
    assert [d.length(clip) for clip in d.clips(short.draft)] == [12_000, 7000, 8000, 9000]
    videos = sequence.fit(_built(MEDIA[:2]), _BY_ID, 60_000)
    assert (videos.missing_ms, videos.draft["d"]) == (41_000, 19_000)
    looped = sequence.fit(_built(MEDIA[:2]), _BY_ID, 60_000, may_repeat=True)
    assert (looped.extended, looped.trimmed, looped.missing_ms) == (0, 0, 0)
    assert [d.length(clip) for clip in d.clips(looped.draft)] == [12_000, 7000] * 3 + [3000]
    photos = [photo(f"b{number}", f"{number}.jpg") for number in range(3)]
    by_id = {one.id: one for one in photos}
    slides = sequence.fit(sequence.build(None, "project", photos, by_id), by_id, 60_000)
    assert [clip["d"] for clip in d.clips(slides.draft)] == [20_000] * 3


def test_fit_takes_back_what_it_trimmed_itself() -> None:
    draft = _built()
    short = sequence.fit(draft, _BY_ID, 10_000).draft
    again = sequence.fit(short, _BY_ID, 32_000)
    assert again.repeats == 0
    assert [d.length(clip) for clip in d.clips(again.draft)][:2] == [12_000, 7_000]


def test_one_picture_alone_stands_as_long_as_wanted() -> None:
    only = [photo("b1", "b.jpg")]
    by_id = {"b1": only[0]}
    result = sequence.fit(sequence.build(None, "project", only, by_id), by_id, 45_000)
    assert [clip["d"] for clip in d.clips(result.draft)] == [45_000]


@given(st.integers(1, 11_999), st.sampled_from([0.25, 0.333, 1.0, 1.5, 2.0, 3.7]))
def test_the_halves_of_a_split_play_like_the_whole(at: int, speed: float) -> None:
    clip = d.with_speed(d.clips(_built())[0], speed, _BY_ID)
    at = min(at, clip["d"] - 1)
    first, second = d.split_clip(clip, at)
    assert first["d"] + second["d"] == clip["d"]
    assert d.meta(second)["in"] <= at * d.speed_of(clip) < d.meta(second)["in"] + 1
    assert d.meta(second)["in"] + second["d"] * d.speed_of(clip) <= 12_000
    assert "id" not in second


@given(st.integers(100, 30_000), st.integers(100, 30_000))
def test_a_length_never_reaches_beyond_the_source(first: int, second: int) -> None:
    clip = d.with_length(d.with_length(d.clips(_built())[1], first, _BY_ID), second, _BY_ID)
    assert clip["d"] == min(second, 7000)
    assert 0 <= d.meta(clip)["in"] <= 7000 - clip["d"]


def test_unknown_keys_survive_every_operation() -> None:
    draft = _built(crossfade=500)
    draft["colour_space"] = {"deep": [1, 2]}
    draft["m"]["author"] = "me"
    draft["t"][0]["locked"] = True
    draft["t"][0]["sg"][1]["m"]["grade"] = "warm"
    draft["t"].append({"tt": 4, "sg": [{"odd": 1}]})
    original = copy.deepcopy(draft)
    for result in (
        d.lay_out(draft),
        sequence.fit(draft, _BY_ID, 20_000).draft,
        sequence.with_canvas(draft, _BY_ID, 1080, 1920),
        d.add_segment(draft, 7, {"s": 0, "d": 1000, "m": {"text": "x"}}, name="Titles"),
    ):
        assert result["colour_space"] == {"deep": [1, 2]}
        assert result["m"]["author"] == "me"
        assert result["t"][0]["locked"] is True
        assert d.clips(result)[1]["m"]["grade"] == "warm"
        assert {"tt": 4, "sg": [{"odd": 1}]} in result["t"]
    assert draft == original, "operations leave their input alone"


def test_ids_are_never_used_twice() -> None:
    draft = _built()
    fewer = d.lay_out(d.with_clips(draft, d.clips(draft)[:2]))
    more = d.with_clips(fewer, [*d.clips(fewer), d.new_clip(_BY_ID["a3"], fit="cover")])
    assert d.clips(more)[-1]["id"] == "s5"


def test_texts_find_their_place_when_the_length_changes() -> None:
    draft = _built()
    clip = d.clips(draft)[1]["id"]
    for place in (
        {"at": "start", "ms": 0, "d": 3000},
        {"at": "end", "ms": 0, "d": 2000},
        {"at": "clip", "clip": clip, "ms": 500, "d": 60_000},
        {"at": "whole"},
    ):
        segment: d.Json = {"s": 0, "d": 1, "m": {"text": place["at"], "place": place}}
        draft = d.add_segment(draft, 7, segment)
    draft = sequence.fit(d.lay_out(draft), _BY_ID, 16_000).draft
    placed = {item["m"]["text"]: (item["s"], item["s"] + item["d"]) for item in d.texts(draft)}
    second = d.clips(draft)[1]
    assert placed["start"] == (0, 3000)
    assert placed["end"] == (14_000, 16_000)
    assert placed["clip"] == (second["s"] + 500, second["s"] + second["d"])
    assert placed["whole"] == (0, 16_000)


def test_a_caption_goes_with_its_clip() -> None:
    draft = _built()
    place = {"at": "clip", "clip": d.clips(draft)[1]["id"], "ms": 0, "d": 3000}
    draft = d.lay_out(d.add_segment(draft, 7, {"s": 0, "d": 1, "m": {"text": "x", "place": place}}))
    assert d.texts(draft)[0]["s"] == 12_000
    assert d.texts(d.lay_out(d.with_clips(draft, d.clips(draft)[:1]))) == []


def test_a_track_takes_only_what_does_not_overlap() -> None:
    draft = _built()
    for begin in (0, 1000, 5000):
        draft = d.add_segment(draft, 7, {"s": begin, "d": 3000, "m": {"text": str(begin)}})
    tracks = [track for track in draft["t"] if track["tt"] == 7]
    assert [[item["m"]["text"] for item in track["sg"]] for track in tracks] == [
        ["0", "5000"],
        ["1000"],
    ]


@pytest.mark.parametrize("value", [None, "x", float("nan"), float("inf"), -5, True, [], 1e300])
def test_nonsense_numbers_are_no_time(value: object) -> None:
    assert d.whole(value) == 0


def test_joins_move_nothing_else() -> None:
    draft = _built(crossfade=500)
    for before, after in itertools.pairwise(d.clips(draft)):
        assert after["s"] == before["s"] + before["d"] - 500


def test_a_zoom_goes_on_in_the_parts_of_a_split_clip() -> None:
    """The size at the cut is the same on both sides of it, and the ends are as they were."""
    zoom = {"type": "zoom", "start": 1.0, "end": 4.0, "x": 0.0, "to_x": 1.0}
    clip = {"s": 0, "d": 4000, "m": {"effects": [{"type": "flip"}, zoom], "in": 0}}
    one, two = (d.meta(part)["effects"] for part in d.split_clip(clip, 2000))
    assert one[0] == two[0] == {"type": "flip"}
    assert one[1] == {"type": "zoom", "start": 1.0, "end": 2.0, "x": 0.0, "to_x": 0.5}
    assert two[1] == {"type": "zoom", "start": 2.0, "end": 4.0, "x": 0.5, "to_x": 1.0}
    assert d.cut_to(clip, 0, 4000) == clip
