"""Which file a segment means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from vbtui.timeline.model import Segment, read
from vbtui.timeline.sources import KnownFile, KnownFiles, last_part, named_by

HASH = "f" * 64
KNOWN = (
    KnownFile("newest", name="a.mp4", sent_name="a (2).mp4", url="https://cdn/x/a.mp4"),
    KnownFile("older", name="b.mp4", sent_name="a.mp4", sha256=HASH),
    KnownFile("third", name="b.mp4", id="m7"),
)


def segment_of(meta: object, **raw: object) -> Segment:
    timeline = read({"t": [{"tt": 0, "sg": [{"d": 1, "m": meta, **raw}]}]})
    assert timeline is not None
    return timeline.tracks[0].segments[0]


@pytest.mark.parametrize(
    ("meta", "meant"),
    [
        ({"url": "https://cdn/x/a.mp4", "hash": HASH, "asset": "m7"}, "newest"),
        ({"digest": HASH, "asset": "m7", "title": "a (2).mp4"}, "older"),
        ({"asset": HASH}, "older"),
        ({"asset": "m7", "title": "a.mp4"}, "third"),
        ({"title": "a.mp4"}, "older"),  # the name it was sent by, not one that the user gave
        ({"title": "a (2).mp4"}, "newest"),
        ({"filename": "b.mp4", "title": "holiday"}, "older"),
        ({"src": "http://elsewhere/files/b.mp4?sig=1"}, "older"),
        ({"src": "/tmp/b%2Emp4"}, "older"),
        ({"title": "nobody's"}, None),
        ("no object", None),
        (None, None),
        ({"url": 7, "hash": ["x"], "title": ""}, None),
    ],
)
def test_the_most_trusted_name_decides(meta: object, meant: str | None) -> None:
    assert KnownFiles(KNOWN).find(segment_of(meta)) == meant


def test_what_stands_beside_the_metadata_counts_too() -> None:
    assert KnownFiles(KNOWN).find(segment_of({}, src="m7")) == "third"
    assert KnownFiles(KNOWN).find(segment_of({"src": "nothing"}, src="m7")) == "third"


def test_all_candidates_come_likely_ones_first() -> None:
    meta: Mapping[str, Any] = {"asset": "m7", "title": "a.mp4", "filename": "b.mp4"}
    files = KnownFiles(KNOWN)
    assert list(files.candidates(segment_of(meta))) == [
        "third", "older", "older", "third", "newest",
    ]  # fmt: skip
    assert list(files.identified(segment_of(meta))) == [["third"]]
    assert list(files.called(segment_of(meta))) == [["older"], ["older", "third"], ["newest"]]


def test_nothing_is_known_by_an_empty_name() -> None:
    assert KnownFiles([KnownFile("nameless")]).find(segment_of({"url": " ", "title": ""})) is None


def test_addresses_that_are_none_are_borne() -> None:
    assert last_part("http://[::1/a.mp4") == ""
    assert last_part("https://cdn/a/b%20c.mp4/?x=1/2") == "b%20c.mp4"
    named = named_by(segment_of({"src": "http://[::1/a.mp4", "url": "https://cdn/b%20c.mp4"}))
    assert named.names == ("b c.mp4",)
    assert named.web_url == "https://cdn/b%20c.mp4"
