"""Names of clips, countdowns, bars, split screens, keys: in the draft, and on pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

from tests import clips as make
from tests.rendered import Json, draft, library, rendered, segment, words
from tests.studio.test_render_effects import corners
from vbtui.base.errors import RenderFailed
from vbtui.interchange.otio import extras
from vbtui.studio.director import Project, direct
from vbtui.studio.project import draft as d
from vbtui.studio.render import Output
from vbtui.studio.render.chunks import cut_into_chunks
from vbtui.studio.render.copying import find_copies
from vbtui.studio.render.drawing import draw
from vbtui.studio.render.graph import Graph
from vbtui.studio.render.model import Plan
from vbtui.studio.render.overlays import OverlayFolder
from vbtui.studio.render.plan import make_plan
from vbtui.timeline.model import TEXT, read

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


# Bars


def _bar(start: int = 0, duration: int = 1000, **look: Any) -> Json:
    overlay = {"type": "bar", "place": "bottom", "color": "#FF0000", "size": 0.1, **look}
    return {"id": "bar", "s": start, "d": duration, "m": {"title": "bar", "overlay": overlay}}


def _with_bar(clips: list[Json], *bars: Json) -> Json:
    wanted = draft(clips)
    track = {"tt": 0, "id": "v2", "m": {"name": "Overlay"}, "sg": list(bars)}
    return {**wanted, "t": [*wanted["t"], track]}


@pytest.mark.parametrize("place", ["top", "bottom"])
async def test_a_bar_grows_by_as_much_in_each_frame(place: str, tmp_path: Path) -> None:
    files = library(a=make.clip("blue", seconds=2, width=320, height=180))
    wanted = _with_bar([segment("a", 0, 1200)], _bar(200, 800, place=place))
    video = await rendered(tmp_path, wanted, files, options=Output("high"))
    row = 8 if place == "top" else 171
    lengths = [
        sum(picture.getpixel((x, row))[0] > 127 for x in range(320))  # type: ignore[index]  # RGB
        for picture in video.pictures
    ]
    assert lengths[:6] == [0] * 6
    assert lengths[6:30] == [pytest.approx(320 * n / 24, abs=2) for n in range(1, 25)]
    assert lengths[30:] == [0] * 6
    others = {video.color(number, 0.5, 0.5) for number in range(36)}
    assert others == {"blue"}


def test_a_bar_is_in_the_key_and_nothing_below_it_is_copied() -> None:
    files = library(a=make.clip(seconds=2))
    clips = [segment("a", 2000 * place, 2000) for place in range(3)]

    def plan(*bars: Json) -> Plan:
        return make_plan(_with_bar(clips, *bars), files, Output())

    def keys(*bars: Json) -> list[str]:
        return [chunk.key for chunk in cut_into_chunks(plan(*bars), {}, [])]

    looks: list[Json] = [{}, {"place": "top"}, {"color": "#00FF00"}, {"size": 0.2}]
    variants = [keys(_bar(2000, 2000, **one)) for one in looks]
    assert all((one[0], one[2]) == (keys()[0], keys()[2]) for one in variants)
    assert len({one[1] for one in [*variants, keys()]}) == 5
    longer = keys(_bar(2000, 3000))
    assert longer[1] not in [one[1] for one in variants]  # the same frames of a longer bar
    assert [one.start for one in find_copies(plan())] == [0, 60, 120]
    assert find_copies(plan(_bar(0, 6000))) == []


async def test_a_bar_and_a_countdown_are_the_same_in_whatever_run_they_are_drawn(
    tmp_path: Path,
) -> None:
    files = library(a=make.clip())
    count = words("2 1", 0, 1400, style="countdown", size=0.2)
    wanted = _with_bar([segment("a", 0, 1400)], _bar(100, 1200))
    wanted["t"].append({"tt": 7, "id": "x", "sg": [count]})
    plan = make_plan(wanted, files, Output())

    async def drawn(first: int, last: int) -> bytes:
        overlays = await OverlayFolder(plan, tmp_path).prepare(first, last)
        graph = Graph()
        picture = draw(graph, plan, overlays, first, last)
        script = tmp_path / "graph"
        script.write_text(graph.script)
        arguments = ("-/filter_complex", script, "-map", picture, "-f", "rawvideo", "-")
        return make.output(*graph.inputs, *arguments)

    assert await drawn(0, 17) + await drawn(17, 42) == await drawn(0, 42)


@pytest.mark.parametrize(
    ("look", "said"),
    [
        ({"place": "left"}, "place"),
        ({"color": "red"}, "color"),
        ({"size": 0}, "size"),
        ({"opacity": 1}, "opacity"),
    ],
)
def test_a_bar_that_is_not_known_is_refused(look: Json, said: str) -> None:
    files = library(a=make.clip())
    with pytest.raises(RenderFailed, match=f"over the picture with an unknown {said}"):
        make_plan(_with_bar([segment("a", 0, 300)], _bar(0, 300, **look)), files, Output())


# Countdowns, and the black card


async def test_a_countdown_shows_a_number_a_second_on_black_and_then_the_video(
    tmp_path: Path,
) -> None:
    files = library(a=make.clip("blue", seconds=2, width=320, height=180))
    card = segment("card:black", 0, 2400, title="black")
    count = words("3 2 1", 0, 2400, style="countdown", size=0.4)
    wanted = draft([card, segment("a", 2400, 300)], texts=[count])
    video = await rendered(tmp_path, wanted, files, options=Output("high"))
    assert video.color(20, 0.1, 0.1) == "black"
    assert video.color(75, 0.5, 0.5) == "blue"
    boxes = [
        video.pictures[at].convert("L").point(lambda v: 255 * (v > 127)).getbbox()
        for at in (5, 25, 60)
    ]
    assert all(boxes)
    assert len(set(boxes)) == 3  # 3 for what is over two seconds, then 2, then 1
    for begin, end in ((0, 12), (12, 42), (42, 72)):
        changed = ImageChops.difference(video.pictures[begin + 1], video.pictures[end - 1])
        assert changed.convert("L").point(lambda value: 255 * (value > 60)).getbbox() is None


def test_a_countdown_has_a_number_for_each_second_that_it_lasts() -> None:
    item = {"m": {"text": "", "style": "countdown", "place": {"at": "start", "ms": 0, "d": 4500}}}
    made = d.lay_out(d.with_clips(d.empty(), [_clip("s1", "a.mp4", 9000)]))
    made = d.lay_out(d.add_segment(made, TEXT, {"s": 0, "d": 1, **item}))
    assert _said(made) == [("5 4 3 2 1", 0, 4500)]
    short = d.lay_out(d.with_clips(made, [_clip("s1", "a.mp4", 2000)]))
    assert _said(short) == [("2 1", 0, 2000)]


async def test_a_card_comes_and_goes_by_a_transition(tmp_path: Path) -> None:
    files = library(a=make.clip("white", seconds=2, width=320, height=180))
    mixed = {"transition": {"type": "crossfade", "d": 400}}
    clips = [
        segment("a", 0, 1000),
        segment("card:black", 600, 800, **mixed),
        segment("a", 1000, 600, **mixed),
    ]
    video = await rendered(tmp_path, draft(clips), files, options=Output("high"))
    seen = [video.pixel(at)[0] for at in (10, 24, 30, 36, 47)]
    assert seen[0] > 240
    assert 80 < seen[1] < 180
    assert seen[2] < 40
    assert 80 < seen[3] < 180
    assert seen[4] > 240


# Split screens


def _beside(base: Json, *others: Json, columns: int, rows: int) -> Json:
    cell = {"columns": columns, "rows": rows}
    base["m"]["cell"] = {**cell, "at": 0}
    for at, one in enumerate(others, 1):
        one["m"]["overlay"] = {"type": "cell", **cell, "at": at}
    return _with_bar([base], *others)


async def test_two_clips_fill_a_half_each(tmp_path: Path) -> None:
    """Of a wide picture of which each half has its colour, the middle is seen."""
    files = library(
        a=corners(),
        b=make.clip("blue", seconds=2, width=320, height=180),
    )
    wanted = _beside(segment("a", 0, 400), segment("b", 0, 400), columns=2, rows=1)
    video = await rendered(tmp_path, wanted, files, options=Output("high"))
    seen = [video.color(6, x, 0.2) for x in (0.02, 0.23, 0.27, 0.48, 0.52, 0.98)]
    assert seen == ["red", "red", "green", "green", "blue", "blue"]


@pytest.mark.parametrize(("columns", "rows"), [(2, 2), (1, 4), (4, 1)])
async def test_four_fill_their_parts_photos_and_clips(
    columns: int, rows: int, tmp_path: Path
) -> None:
    files = library(
        a=make.clip("red", seconds=2, width=320, height=180),
        b=make.picture("lime", width=320, height=180),
        c=make.clip("blue", seconds=2, width=320, height=180),
        d=make.picture("white", width=60, height=180),
    )
    base, *others = (segment(name, 0, 400) for name in "abcd")
    wanted = _beside(base, *others, columns=columns, rows=rows)
    video = await rendered(tmp_path, wanted, files, options=Output("high"))
    places = [((at % columns + 0.5) / columns, (at // columns + 0.5) / rows) for at in range(4)]
    assert [video.color(6, *place) for place in places] == ["red", "green", "blue", "white"]
    assert (
        sum(
            picture.getpixel((x, y)) == (0, 0, 0)
            for picture in video.pictures[6:7]
            for x in range(320)
            for y in range(180)
        )
        == 0
    )


async def test_effects_stay_in_the_part_that_has_them(tmp_path: Path) -> None:
    turned = {"effects": [{"type": "flip", "axis": "horizontal"}]}
    files = library(a=corners())
    wanted = _beside(segment("a", 0, 400), segment("a", 0, 400, **turned), columns=2, rows=1)
    video = await rendered(tmp_path, wanted, files, options=Output("high"))
    seen = [video.color(6, x, 0.2) for x in (0.1, 0.4, 0.6, 0.9)]
    assert seen == ["red", "green", "green", "red"]


def test_a_part_is_in_the_key_and_is_not_copied() -> None:
    files = library(a=make.clip(seconds=2))

    def keys(base: Json, *others: Json, columns: int = 2) -> list[str]:
        wanted = _beside(base, *others, columns=columns, rows=1) if others else draft([base])
        plan = make_plan(wanted, files, Output())
        assert bool(find_copies(plan)) == (not others)
        return [chunk.key for chunk in cut_into_chunks(plan, {}, [])]

    plain = keys(segment("a", 0, 2000))
    two = keys(segment("a", 0, 2000), segment("a", 0, 2000))
    three = keys(segment("a", 0, 2000), segment("a", 0, 2000), columns=3)
    assert len({plain[0], two[0], three[0]}) == 3


@pytest.mark.parametrize(
    "cell", [{"columns": 2, "rows": 1, "at": 2}, {"columns": 0}, {"columns": 5, "rows": 1, "at": 0}]
)
def test_a_part_that_is_none_is_refused(cell: Json) -> None:
    files = library(a=make.clip())
    with pytest.raises(RenderFailed, match="a part of the frame that is not known"):
        make_plan(draft([segment("a", 0, 300, cell=cell)]), files, Output())
    over = segment("a", 0, 300, overlay={"type": "cell", **cell})
    with pytest.raises(RenderFailed, match="over the picture with an unknown cell"):
        make_plan(_with_bar([segment("a", 0, 300)], over), files, Output())


def _pair() -> Json:
    base, behind = _clip("s1", "a.mp4", 4000), _clip("s2", "c.mp4", 1000)
    base["m"]["cell"] = {"columns": 2, "rows": 1, "at": 0}
    made = d.with_clips(d.empty(), [base, behind])
    meta = {
        "asset": "b",
        "title": "b.mp4",
        "in": 500,
        "speed": 2.0,
        "overlay": {"type": "cell", "columns": 2, "rows": 1, "at": 1},
    }
    meta["place"] = {"at": "clips", "clips": ["s1"], "beside": 0, "d": 4000}
    return d.lay_out(d.add_segment(made, 0, {"s": 0, "d": 4000, "m": meta}, name="Overlay"))


def test_what_is_beside_a_clip_stays_in_step_where_its_begin_is_cut_off() -> None:
    made = _pair()
    base, behind = d.clips(made)
    cut = d.lay_out(d.with_clips(made, [d.cut_to(base, 1000, 4000), behind]))
    (other,) = d.overlays(cut)
    assert (d.source_in(other), d.start(other), d.length(other)) == (2500, 0, 3000)
    one, two = d.split_clip(base, 1500)
    parted = d.lay_out(d.with_clips(made, [one, two, behind]))
    assert d.length(d.overlays(parted)[0]) == 4000
    assert all("cell" in d.meta(clip) for clip in d.clips(parted)[:2])
    later = d.lay_out(d.with_clips(parted, d.clips(parted)[1:]))
    assert d.source_in(d.overlays(later)[0]) == 3500


def test_ways_out_name_a_split_screen_among_what_they_leave_out() -> None:
    timeline = read(_pair())
    assert timeline is not None
    assert "split screens" in extras(timeline)


def test_a_clip_that_is_alone_fills_the_frame_again() -> None:
    made = _pair()
    alone = d.lay_out(d.replace(made, lambda _, item: None if d.lies_over(item) else item))
    assert "cell" not in d.meta(d.clips(alone)[0])
    assert "cell" in d.meta(d.clips(made)[0])


# Keys


def _screen(color: str, *, still: bool = False) -> Path:
    """A red square in the middle of a background of that colour, as a camera gives it: in BT.709."""
    name = f"screen-{color}.{'png' if still else 'mp4'}"
    path = make.folder() / name
    if not path.exists():
        unfinished = make.unfinished(path)
        box = "drawbox=x=110:y=40:w=100:h=100:color=red:t=fill"
        graph = f"color=c=0x{color}:s=320x180:r=30:d=1,format=gbrp,{box}"
        video = [
            "-vf",
            "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
            "-colorspace",
            "bt709",
            "-crf",
            "8",
        ]
        make.ffmpeg(
            "-f", "lavfi", "-i", graph, *(["-frames:v", "1"] if still else video), unfinished
        )
        unfinished.replace(path)
    return path


async def _keyed(folder: Path, source: Path, **key: Any) -> list[str]:
    """A corner of the frame, what is beside the square, and the square."""
    files = library(a=make.clip("blue", seconds=2, width=320, height=180), b=source)
    effects = [{"type": "key", **key}] if key else []
    over = segment("b", 0, 400, overlay={"place": "center", "size": 1}, effects=effects)
    wanted = _with_bar([segment("a", 0, 400)], over)
    video = await rendered(folder, wanted, files, options=Output("high"))
    return [video.color(6, 0.03, 0.05), video.color(6, 0.3, 0.5), video.color(6)]


@pytest.mark.parametrize("still", [False, True], ids=["clip", "photo"])
@pytest.mark.parametrize(
    ("screen", "key"),
    [
        ("00B140", {"color": "#00D61E"}),
        ("00FF00", {"color": "#00D61E"}),
        ("00C850", {"color": "#00D61E"}),
        ("FF00FF", {"color": "#FF00FF", "similarity": 0.12}),
    ],
)
async def test_the_colour_goes_and_what_stands_before_it_stays(
    screen: str, key: Json, still: bool, tmp_path: Path
) -> None:
    source = _screen(screen, still=still)
    assert await _keyed(tmp_path, source, **key) == ["blue", "blue", "red"]


async def test_without_the_key_and_with_another_one_the_colour_stays(tmp_path: Path) -> None:
    assert await _keyed(tmp_path, _screen("00B140")) == ["green", "green", "red"]
    assert await _keyed(tmp_path, _screen("00B140"), color="#0024DD") == ["green", "green", "red"]


async def test_what_is_no_background_is_not_seen_through(tmp_path: Path) -> None:
    """Skin, white, grey and black over blue keep their light and colour."""
    for color in ("E0AC69", "FFFFFF", "808080", "101010"):
        files = library(
            a=make.clip("blue", seconds=2, width=320, height=180),
            b=make.picture(f"#{color}", width=320, height=180),
        )
        over = segment(
            "b", 0, 300, overlay={"place": "center", "size": 1}, effects=[{"type": "key"}]
        )
        wanted = _with_bar([segment("a", 0, 300)], over)
        video = await rendered(tmp_path, wanted, files, options=Output("high"))
        wanted_pixel = tuple(int(color[at : at + 2], 16) for at in (0, 2, 4))
        assert video.pixel(4) == pytest.approx(wanted_pixel, abs=8)


def test_a_key_is_in_the_key_of_the_chunk_and_refused_where_nothing_lies_below() -> None:
    files = library(a=make.clip(), b=make.picture("lime"))

    def plan(*effects: Json) -> Plan:
        over = segment("b", 0, 600, overlay={}, effects=list(effects))
        return make_plan(_with_bar([segment("a", 0, 600)], over), files, Output())

    looks: list[list[Json]] = [
        [],
        [{"type": "key"}],
        [{"type": "key", "color": "#0000FF"}],
        [{"type": "key", "similarity": 0.2}],
    ]
    keys = {cut_into_chunks(plan(*one), {}, [])[0].key for one in looks}
    assert len(keys) == 4
    with pytest.raises(RenderFailed, match="with an unknown effects"):
        plan({"type": "flip"})
    for odd in ({"color": "green"}, {"similarity": 0}):
        with pytest.raises(RenderFailed, match=f"the effect key with an unknown {next(iter(odd))}"):
            plan({"type": "key", **odd})
    with pytest.raises(RenderFailed, match="lies over nothing"):
        make_plan(draft([segment("a", 0, 600, effects=[{"type": "key"}])]), files, Output())


# Slideshows


async def test_the_photos_of_a_slideshow_come_nearer_and_go_away_in_turn(tmp_path: Path) -> None:
    path = make.folder() / "slideshow-square.png"
    if not path.exists():
        picture = Image.new("RGB", (320, 180), "white")
        picture.paste("black", (120, 50, 200, 130))
        unfinished = make.unfinished(path)
        picture.save(unfinished)
        unfinished.replace(path)
    other = path.with_stem("slideshow-other")
    other.write_bytes(path.read_bytes())
    files = library(a=path, b=other)

    async def dark(sentence: str) -> list[int]:
        made = direct(sentence, Project("p", None, tuple(files.values()))).draft
        assert made is not None
        size = Output("high", width=320, height=180, fps=20)
        video = await rendered(tmp_path, made, files, options=size)
        return [sum(v < 128 for v in one.convert("L").tobytes()) for one in video.pictures]

    moving = await dark("make a slideshow, 0.5 seconds each")
    first, second = moving[:10], moving[10:]
    assert first == sorted(first)
    assert second == sorted(second, reverse=True)
    assert first[-1] > 1.2 * first[0]
    assert second[0] > 1.2 * second[-1]
    still = await dark("make a slideshow without motion, 0.5 seconds each")
    assert max(still) - min(still) < 40
