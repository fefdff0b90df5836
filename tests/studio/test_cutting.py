"""What a cut leaves: every clip with its place in the file, and the title above it."""

from __future__ import annotations

import pytest

from tests.studio.directed import Talk

A, B, C, D = ("a1", 0, 12_000), ("a2", 0, 7000), ("a3", 0, 4000), ("a5", 0, 9000)
"""The whole clips: file, its first ms that is shown, length."""


@pytest.mark.parametrize(
    ("sentence", "clips", "title"),
    [
        ("cut out 0:10-0:15", [("a1", 0, 10_000), ("a2", 3000, 4000), C, D], (10_000, 14_000)),
        ("trim to 10–30s", [("a1", 10_000, 2000), B, C, ("a5", 0, 7000)], (3000, 7000)),
        ("trim the first 3 seconds", [("a1", 3000, 9000), B, C, D], (10_000, 14_000)),
        ("trim the last 3 seconds", [A, B, C, ("a5", 0, 6000)], (13_000, 17_000)),
        ("trim 3 seconds off the start", [("a1", 3000, 9000), B, C, D], (10_000, 14_000)),
        ("trim 3 seconds off the end", [A, B, C, ("a5", 0, 6000)], (13_000, 17_000)),
        ("cut to 0:14", [A, ("a2", 0, 2000)], (13_000, 14_000)),
        ("keep the last 12 seconds", [("a3", 1000, 3000), D], (0, 4000)),
        ("trim 1 second off the start of clip 2", [A, ("a2", 1000, 6000), C, D], (13_000, 17_000)),
        ("trim the last 2 seconds of clip 1", [("a1", 0, 10_000), B, C, D], (13_000, 17_000)),
        ("trim clip 2 to 3 s", [A, ("a2", 0, 3000), C, D], (13_000, 17_000)),
        ("keep 2-4 seconds of clip 1", [("a1", 2000, 2000), B, C, D], (13_000, 17_000)),
        (
            "remove 0:02-0:05 from clip 1",
            [("a1", 0, 2000), ("a1", 5000, 7000), B, C, D],
            (13_000, 17_000),
        ),
        ("remove clip 1", [B, C, D], (1000, 5000)),
        ("remove clip 2", [A, C, D], (12_000, 16_000)),
        ("remove clip 4", [A, B, C], (13_000, 17_000)),
        ("keep clips 1 and 3", [A, C], (12_000, 16_000)),
        (
            "split clip 1 in half",
            [("a1", 0, 6000), ("a1", 6000, 6000), B, C, D],
            (13_000, 17_000),
        ),
        ("split at 0:14", [A, ("a2", 0, 2000), ("a2", 2000, 5000), C, D], (13_000, 17_000)),
        (
            "split clip 2 at 1 second",
            [A, ("a2", 0, 1000), ("a2", 1000, 6000), C, D],
            (13_000, 17_000),
        ),
        ("split in half", [A, ("a2", 0, 4000), ("a2", 4000, 3000), C, D], (13_000, 17_000)),
    ],
)
def test_a_cut_leaves_the_rest_where_it_belongs(
    sentence: str, clips: list[tuple[str, int, int]], title: tuple[int, int]
) -> None:
    talk = Talk().say("combine all clips", 'add the title "Hi" at 0:13 for 4 seconds', sentence)
    found = [(clip["m"]["asset"], clip["m"]["in"], clip["d"]) for clip in talk.clips]
    assert found == clips
    starts = [clip["s"] for clip in talk.clips]
    assert starts == [sum(length for *_, length in clips[:place]) for place in range(len(clips))]
    assert talk.texts == [("Hi", *title)]
    assert talk.total == sum(length for *_, length in clips)


def test_of_two_pieces_the_first_keeps_the_transition_into_the_clip() -> None:
    talk = Talk().say(
        "combine all clips", "add crossfades of 1 second", "remove 0:02-0:05 from clip 2"
    )
    assert talk.transitions[:3] == [("crossfade", 1000), ("cut", 0), ("crossfade", 1000)]
    assert [clip["m"]["asset"] for clip in talk.clips][:3] == ["a1", "a2", "a2"]
