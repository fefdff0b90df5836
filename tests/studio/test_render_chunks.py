"""Chunks: cut everywhere exactly, keyed by their content, kept in a bounded cache."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import fields, replace
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rendered import Json, draft, segment, words
from vbtui.studio.project.media import Media
from vbtui.studio.project.picture import Picture
from vbtui.studio.render import Output
from vbtui.studio.render.chunks import SHORTEST_S, Chunk, FileCache, cut_into_chunks
from vbtui.studio.render.effects import Flip
from vbtui.studio.render.job import list_of_parts
from vbtui.studio.render.model import Plan, Shot, Span, Words
from vbtui.studio.render.plan import exact_fps, make_plan
from vbtui.studio.render.soundtrack import sound_key
from vbtui.timeline.pace import Pace

FILES = {
    asset: Media(asset, f"{asset}.mp4", "video", Path(f"/m/{asset}"), 10, asset, 60_000, 1280, 720)
    for asset in "abcd"
}


def plan(wanted: Json, options: Output | None = None) -> Plan:
    return make_plan(wanted, FILES, options or Output())


def chunks(made: Plan, encoder: tuple[str, ...] = ("x264",), fonts: str = "font") -> list[Chunk]:
    return cut_into_chunks(made, dict.fromkeys(made.words, fonts), encoder)


def promo(title: str = "Hello", **changes: int) -> Json:
    """Four clips of 5 s with crossfades of 0.5 s and a title in the first 3 s."""
    video = [
        segment(
            asset, place * 4500, 5000, transition={"type": "crossfade", "d": 500 if place else 0}
        )
        for place, asset in enumerate("abcd")
    ]
    for asset, start in changes.items():
        video[ord(asset) - ord("a")]["m"]["in"] = start
    return draft(video, texts=[words(title, 0, 3000)])


def test_chunks_lie_at_texts_and_transitions() -> None:
    edges = [chunk.start for chunk in chunks(plan(promo()))]
    assert edges == [0, 45, 90, 150, 285, 420]


def test_other_words_change_only_the_chunks_below_them() -> None:
    before, after = chunks(plan(promo("Hello"))), chunks(plan(promo("Goodbye")))
    assert [chunk.start for chunk in before] == [chunk.start for chunk in after]
    changed = [one.start for one, two in zip(before, after, strict=True) if one.key != two.key]
    assert changed == [chunk.start for chunk in before if chunk.start < 90]


def test_another_cut_changes_only_the_chunks_that_show_the_clip() -> None:
    before, after = chunks(plan(promo())), chunks(plan(promo(c=700)))
    for one, two in zip(before, after, strict=True):
        assert (one.key != two.key) == (one.end > 270 and one.start < 420)


def test_a_chunk_that_only_moved_keeps_its_key() -> None:
    later = draft([segment("b", 0, 6000), segment("a", 6000, 6000)])
    alone = draft([segment("a", 0, 6000)])
    keys = [chunk.key for chunk in chunks(plan(later))]
    assert [chunk.key for chunk in chunks(plan(alone))] == keys[-1:]


def test_everything_that_is_seen_is_in_the_key() -> None:
    made = plan(promo())
    (first, *_) = chunks(made)
    variants = [
        chunks(made, encoder=("x265",)),
        chunks(made, fonts="other font"),
        chunks(plan(promo(), Output(width=640, height=360))),
        chunks(plan(promo(), Output(fps=25))),
        *(
            chunks(replace(made, words=(replace(made.words[0], **change),)))
            for change in (
                {"text": "x"}, {"size": 0.2}, {"color": "#000000"}, {"position": "top"},
                {"fade": 3}, {"box": True}, {"start": 2},
            )
        ),
    ]  # fmt: skip
    shot = made.shots[0]
    for other in (
        replace(shot, fit="contain"),
        replace(shot, pace=Pace(Fraction(2), Fraction(2), 0)),
        replace(shot, pace=Pace(Fraction(1), Fraction(3), 2000)),
        replace(shot, pace=Pace(Fraction(1), Fraction(2), 2000)),
        replace(shot, pace=Pace(Fraction(1), Fraction(3), 2500)),
        replace(shot, loop=True),
        replace(shot, in_ms=1),
    ):
        spans = (replace(made.spans[0], shot=other), *made.spans[1:])
        variants.append(chunks(replace(made, spans=spans)))
    keys = [variant[0].key for variant in variants]
    assert first.key not in keys
    assert len(set(keys)) == len(keys)


UNSEEN = {
    Shot: {"name"},
    Span: {"into", "done", "length"},  # of a transition: below
    Words: {"font"},  # a font's own identity is in the key
    Media: {"id", "filename", "path", "size", "duration_ms", "fps", "variable_fps", "video_codec",
            "pixel_format", "audio", "position", "rotation", "notes", "key_gap_ms", "group_ms", "recorded_at",
            "is_watched"},
}  # fmt: skip
"""Fields that change no pixel, or only with the file's content, whose hash is in the key."""


def other(value: Any) -> Any:
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if value is None:
        return Picture(turn=90)
    if isinstance(value, tuple):
        return tuple(map(other, value)) if value else (Flip(),)
    if isinstance(value, str):
        return f"{value}x"
    if isinstance(value, Pace):
        return Pace(value.first + 1, value.last + 1, value.lasts)
    return value + 1


def changed(item: Any) -> dict[str, Any]:
    """For each field that is seen, a copy in which that alone differs."""
    names = [field.name for field in fields(item) if field.name not in UNSEEN[type(item)]]
    return {
        name: replace(item, **{name: other(getattr(item, name))})
        for name in names
        if name not in ("shot", "media")
    }


def test_every_field_is_in_the_key_or_known_to_be_unseen() -> None:
    made = plan(promo())
    whole = replace(made, spans=(replace(made.spans[0], count=made.frames),), frames=90)
    span, (words_,) = whole.spans[0], whole.words
    shot = span.shot
    assert shot is not None
    variants = {
        f"words {name}": replace(whole, words=(one,)) for name, one in changed(words_).items()
    }
    shots = {f"shot {name}": one for name, one in changed(shot).items()}
    shots |= {
        f"media {name}": replace(shot, media=one) for name, one in changed(shot.media).items()
    }
    spans = {name: replace(span, shot=one) for name, one in shots.items()}
    spans |= {"fade": replace(span, fade=3)}
    mixed = replace(span, into=shot, transition="fade", length=20)
    spans |= {"mix": mixed, "kind": replace(mixed, transition="wipeleft")}
    spans |= {"done": replace(mixed, done=2), "length": replace(mixed, length=30)}
    spans |= {"into": replace(mixed, into=replace(shot, in_ms=7))}
    variants |= {name: replace(whole, spans=(one,)) for name, one in spans.items()}
    keys = {name: chunks(one)[0].key for name, one in variants.items()}
    keys["as it was"] = chunks(whole)[0].key
    same = [(a, b) for a, b in combinations(keys, 2) if keys[a] == keys[b]]
    assert same == []
    assert len(keys) > 20


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 5000), st.integers(0, 900)), min_size=1, max_size=9),
    st.lists(st.tuples(st.integers(0, 9000), st.integers(1, 4000)), max_size=5),
    st.sampled_from([12, 25, 29.97, 60]),
)  # fmt: skip
def test_chunks_fill_the_plan_and_none_is_tiny(
    clips: list[tuple[int, int, int]], texts: list[tuple[int, int]], fps: float
) -> None:
    video = [
        segment("abcd"[number % 4], start, length, transition={"type": "wipe", "d": mix})
        for number, (start, length, mix) in enumerate(clips)
    ]
    made = plan(draft(video, texts=[words("x", *item) for item in texts], fps=fps))
    cut = chunks(made)
    assert [chunk.end for chunk in cut[:-1]] == [chunk.start for chunk in cut[1:]]
    assert (cut[0].start, cut[-1].end) == (0, made.frames)
    shortest = min(made.frames, int(SHORTEST_S * made.canvas.fps))
    assert all(shortest <= chunk.count <= 7.6 * made.canvas.fps for chunk in cut)


def test_lengths_of_parts_add_up_to_the_microsecond() -> None:
    counts = [7, 61, 2] * 400
    fps = exact_fps(29.97)
    text = list_of_parts([f"part{number}" for number in range(1200)], counts, fps)
    lengths = [line.split()[1] for line in text.splitlines() if line.startswith("duration")]
    micros = sum(int(length.replace(".", "")) for length in lengths)
    assert micros == round(sum(counts) / fps * 1_000_000)


def test_the_sound_has_a_key_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = {
        "m": Media("m", "m.mp3", "audio", Path("/m/m"), 1, "m", 9000, audio=None),
    } | FILES
    before = make_plan(promo("Hello"), heard, Output())
    assert sound_key(before) == sound_key(make_plan(promo("Goodbye"), heard, Output()))
    longer = replace(before, samples=before.samples + 1)
    assert sound_key(longer) != sound_key(before)
    key = sound_key(before)
    monkeypatch.setattr("vbtui.studio.render.soundtrack.ffmpeg_version", lambda: "another ffmpeg")
    assert sound_key(before) != key


def put(cache: FileCache, key: str, size: int, age_s: float) -> Path:
    with cache.unfinished() as path:
        path.write_bytes(bytes(size))
        cache.keep(path, key)
    kept = cache.path(key)
    os.utime(kept, (time.time() - age_s, time.time() - age_s))
    return kept


def test_the_oldest_go_first(tmp_path: Path) -> None:
    cache = FileCache(tmp_path / "chunks", limit_bytes=250)
    paths = [put(cache, f"{number}abc", 100, 1000 - number) for number in range(4)]
    assert cache.take("0abc", tmp_path / "link")
    cache.evict()
    assert [path.exists() for path in paths] == [True, False, False, True]
    assert (tmp_path / "link").read_bytes() == bytes(100)


def test_a_remark_stays_as_long_as_its_file(tmp_path: Path) -> None:
    cache = FileCache(tmp_path / "chunks", limit_bytes=200)
    with cache.unfinished() as path:
        path.write_bytes(bytes(100))
        cache.keep(path, "oldest", "It is damaged.")
    for kept in cache.folder.glob("*/oldest*"):
        os.utime(kept, (1000, 1000))
    put(cache, "older", 100, 500)
    put(cache, "new", 50, 100)
    assert cache.take("oldest", tmp_path / "link")
    cache.evict()
    assert not cache.path("older").exists()
    assert cache.remark("oldest") == "It is damaged."


def test_what_is_linked_outlives_its_eviction(tmp_path: Path) -> None:
    cache = FileCache(tmp_path / "chunks", limit_bytes=0)
    put(cache, "abc", 10, 0)
    assert cache.take("abc", tmp_path / "link")
    cache.evict()
    assert not cache.path("abc").exists()
    assert (tmp_path / "link").stat().st_size == 10
    assert not cache.take("abc", tmp_path / "other")


def test_an_unfinished_file_is_never_taken_and_goes_with_its_maker(tmp_path: Path) -> None:
    cache = FileCache(tmp_path / "chunks", limit_bytes=1000)
    with cache.unfinished() as path:
        path.write_bytes(b"half")
    assert list(cache.folder.iterdir()) == []
    dead = cache.folder / "unfinished-999999999-ab"
    mine = cache.folder / f"unfinished-{os.getpid()}-ab"
    dead.write_bytes(b"x")
    mine.write_bytes(b"x")
    with subprocess.Popen(["true"]) as ended:
        os.waitid(
            os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT
        )  # dead, and nobody has asked how it ended
        (cache.folder / f"unfinished-{ended.pid}-ab").write_bytes(b"x")
        cache.evict()
        assert [path.name for path in cache.folder.iterdir()] == [mine.name]


def test_a_cache_that_cannot_be_made_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    cache = FileCache.of_user("chunks", tmp_path / "work", 1000)
    assert cache.folder == tmp_path / "work" / "chunks"
