"""Names of clips, countdowns, bars, split screens, keys: in the draft, and on pixels."""

from __future__ import annotations

from pathlib import Path

from PIL import ImageChops

from tests import clips as make
from tests.rendered import Json, draft, library, rendered, segment
from vbtui.studio.project import draft as d
from vbtui.studio.render import Output
from vbtui.timeline.model import TEXT

# Names of clips


def _clip(identity: str, title: str, length: int, begin: int = 0) -> Json:
    meta = {"asset": "a", "title": title, "in": begin, "speed": 1}
    return {"id": identity, "s": 0, "d": length, "m": meta}


def _named(pattern: str = "{n}. {name}", **place: int) -> Json:
    """Three clips of which each shows its number and name."""
    sequence = [_clip("s1", "a.mp4", 2000), _clip("s2", "b.mp4", 3000), _clip("s3", "c.mp4", 1000)]
    made = d.lay_out(d.with_clips(d.empty(), sequence))
    for clip in sequence:
        meta: Json = {"text": pattern, "pattern": pattern, "position": "top left"}
        meta["place"] = {"at": "clips", "clips": [clip["id"]], **place}
        made = d.lay_out(d.add_segment(made, TEXT, {"s": 0, "d": 1, "m": meta}, name="Titles"))
    return made


def _said(draft: Json) -> list[tuple[str, int, int]]:
    said = [(d.meta(one)["text"], d.start(one), d.length(one)) for one in d.texts(draft)]
    return sorted(said, key=lambda one: one[1])


def test_a_name_goes_with_its_clip_and_a_number_counts_anew() -> None:
    made = _named()
    assert _said(made) == [
        ("1. a.mp4", 0, 2000),
        ("2. b.mp4", 2000, 3000),
        ("3. c.mp4", 5000, 1000),
    ]
    one, two, three = d.clips(made)
    turned = d.lay_out(d.with_clips(made, [three, one, two]))
    assert _said(turned) == [
        ("1. c.mp4", 0, 1000), ("2. a.mp4", 1000, 2000), ("3. b.mp4", 3000, 3000),
    ]  # fmt: skip
    assert _said(d.lay_out(d.with_clips(made, [two]))) == [("1. b.mp4", 0, 3000)]


def test_a_name_is_on_the_pieces_of_its_clip_also_where_something_was_cut_out() -> None:
    one, two, three = d.clips(_named())
    first, rest = d.split_clip(two, 1000)
    later = {**d.cut_to(rest, 500, 2000)}
    cut = d.lay_out(d.with_clips(_named(), [one, first, later, three]))
    assert _said(cut)[1] == ("2. b.mp4", 2000, 2500)
    assert _said(cut)[2] == ("4. c.mp4", 4500, 1000)


def test_a_name_waits_until_its_clip_has_come_in_and_lasts_as_long_as_it_shall() -> None:
    one, two, three = d.clips(_named(d=800))
    mixed = d.with_meta(two, transition={"type": "crossfade", "d": 400})
    made = d.lay_out(d.with_clips(_named(d=800), [one, mixed, three]))
    assert _said(made)[1] == ("2. b.mp4", 2000, 800)


async def test_each_name_is_seen_on_its_own_clip(tmp_path: Path) -> None:
    """Two clips alike but for their names: in the corner of the text they differ, and elsewhere not."""
    meta = {"title": "III.mp4"}, {"title": "WWWW.mp4"}
    clips = [segment("a", 300 * at, 300, **one) for at, one in enumerate(meta)]
    texts = []
    for at, clip in enumerate(clips):
        clip["id"] = f"s{at + 1}"
        words: Json = {"text": "", "pattern": "{name}", "position": "top left", "size": 0.1}
        words["place"] = {"at": "clips", "clips": [clip["id"]]}
        texts.append({"id": f"w{at}", "s": 300 * at, "d": 300, "m": words})
    files = library(a=make.clip("navy", seconds=1, width=320, height=180))
    made = d.lay_out(draft(clips, texts=texts))
    video = await rendered(tmp_path, made, files, options=Output("high"))
    changed = ImageChops.difference(video.pictures[4], video.pictures[13]).convert("L")
    box = changed.point(lambda value: 255 if value > 60 else 0).getbbox()
    assert box is not None
    assert box[3] < 60
    assert box[2] < 220
