"""What the platforms take: length, shape, texts where their own buttons lie, loudness."""

from __future__ import annotations

from typing import Any

import pytest

from vbtui.exports.platforms import PLATFORMS, judge
from vbtui.exports.presets import PRESETS, options_for
from vbtui.timeline.model import Timeline, read


def timeline(seconds: float = 60, size: tuple[int, int] = (1080, 1920), **texts: str) -> Timeline:
    """One clip of that length, and texts by their places (`_` for a space)."""
    length = round(seconds * 1000)
    words = [
        {"s": 0, "d": 1000, "m": {"text": words, "position": place.replace("_", " ")}}
        for place, words in texts.items()
    ]
    draft: dict[str, Any] = {
        "t": [
            {"tt": 0, "sg": [{"s": 0, "d": length, "m": {"title": "a"}}]},
            {"tt": 7, "sg": words},
        ],
        "d": length,
        "m": {"width": size[0], "height": size[1]},
    }
    made = read(draft)
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("preset", "of", "lufs", "says"),
    [
        ("reels", timeline(), -14.3, []),
        ("reels", timeline(181), -14, ["3:01", "takes 3:00"]),
        ("shorts", timeline(200), None, ["YouTube Shorts takes 3:00"]),
        ("tiktok", timeline(599), None, []),
        ("tiktok", timeline(601), None, ["TikTok takes 10:00"]),
        ("youtube", timeline(3600, (1920, 1080)), None, []),
        ("youtube", timeline(60), None, ["9:16, not 16:9", "make it horizontal"]),
        ("reels", timeline(60, (1920, 1080)), None, ["16:9, not 9:16", "make it vertical"]),
        ("reels", timeline(60, (720, 1280)), None, []),
        ("square", timeline(60, (720, 720)), None, []),
        ("portrait", timeline(60, (720, 720)), None, ["1:1, not 4:5"]),
        ("reels", timeline(center="Hello"), None, []),
        ("reels", timeline(bottom="Hello"), None, ["“Hello” stands where Instagram Reels"]),
        ("reels", timeline(top="Hello", bottom="x"), None, ["“Hello” and 1 more texts stand"]),
        ("tiktok", timeline(right="Hello"), None, ["“Hello” stands"]),
        ("reels", timeline(left="Hello"), None, []),
        ("youtube", timeline(9, (1920, 1080), bottom_left="Hello"), None, []),
        ("tiktok", timeline(), -23.1, ["-23.1 LUFS", "set the loudness to -14 LUFS"]),
        ("tiktok", timeline(), -11.9, ["-11.9 LUFS"]),
        ("tiktok", timeline(), -12.1, []),
        ("tiktok", timeline(700, (1920, 1080), bottom="x"), -30, ["11:40", "16:9", "“x”", "-30.0"]),
    ],
)  # fmt: skip
def test_what_a_platform_takes(
    preset: str, of: Timeline, lufs: float | None, says: list[str]
) -> None:
    verdict = judge(options_for(preset), of, lufs)
    assert verdict is not None
    assert bool(verdict.failures) == bool(says), verdict
    assert all(one in verdict.told for one in says), verdict.told
    assert PLATFORMS[preset].name in verdict.told
    chinese = judge(options_for(preset), of, lufs, chinese=True)
    assert chinese is not None
    assert len(chinese.failures) == len(verdict.failures)


@pytest.mark.parametrize(("asked", "fits"), [(-14, True), (-23, False)])
def test_the_loudness_that_is_asked_for_is_judged_before_the_export(asked: int, fits: bool) -> None:
    raw = dict(timeline().raw)
    of = read({**raw, "m": {**raw["m"], "loudness": asked}})
    assert of is not None
    verdict = judge(options_for("reels"), of)
    assert verdict is not None
    assert bool(verdict.failures) != fits
    assert f"{asked}.0 LUFS" in verdict.told


def test_a_file_is_no_larger_than_the_upload_takes() -> None:
    reel, film = timeline(), timeline(3600, (1920, 1080))
    for preset, of, gb, fits in (
        ("reels", reel, 3.9, True), ("reels", reel, 4.1, False), ("youtube", film, 200, True),
    ):  # fmt: skip
        verdict = judge(options_for(preset), of, size=round(gb * 1e9))
        assert verdict is not None
        assert bool(verdict.failures) != fits
        assert fits or "4.1 GB, Instagram Reels takes 4" in verdict.told


def test_other_exports_are_for_no_platform() -> None:
    others = [name for name in PRESETS if name not in PLATFORMS]
    assert [judge(options_for(name), timeline()) for name in others] == [None] * len(others)
    assert set(PLATFORMS) <= set(PRESETS)
    sizes = {name: PRESETS[name].size for name in PLATFORMS}
    shapes = {name: one.shape for name, one in PLATFORMS.items()}
    assert all(w * shapes[n][1] == h * shapes[n][0] for n, (w, h) in sizes.items() if w)  # type: ignore[misc]
