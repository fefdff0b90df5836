"""What a player shows of a file is what the video shows: which way up, how much of it, in which colours."""

from __future__ import annotations

import subprocess
import sys
import zlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest
from PIL import Image

from tests import clips as make
from tests.matrix.looks import COLORS, tagged, with_clap
from tests.rendered import Rendered, draft, rendered, segment, words
from vbtui.studio.project.media import Media
from vbtui.studio.project.probe import probe
from vbtui.studio.render import Output
from vbtui.studio.render.copying import find_copies
from vbtui.studio.render.ffmpeg import Undrawable
from vbtui.studio.render.overlays import Still, make_still
from vbtui.studio.render.plan import make_plan

HIGH = Output("high")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-pix_fmt", "yuv420p")
CORNERS = (
    "drawbox=w=iw/2:h=ih/2:color=red:t=fill,drawbox=x=iw/2:w=iw/2:h=ih/2:color=lime:t=fill,"
    "drawbox=y=ih/2:w=iw/2:h=ih/2:color=blue:t=fill"
)
"""Red, green, blue and the source's own colour, row by row."""
QUARTERS = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)]


def source(name: str, graph: str, *options: str | Path) -> Path:
    path = make.folder() / f"shown-{name}"
    if not path.exists():
        unfinished = make.unfinished(path)
        make.ffmpeg("-f", "lavfi", "-i", graph, *(options or H264), unfinished)
        unfinished.replace(path)
    return path


def changed(name: str, path: Path, *options: str, after: Sequence[str] = ()) -> Path:
    """`path` in another container or with other facts in its index."""
    result = make.folder() / f"shown-{name}"
    make.ffmpeg(*options, "-i", path, "-c", "copy", *after, result)
    return result


def corners(width: int = 320, height: int = 180, seconds: float = 1) -> Path:
    graph = f"color=c=white:s={width}x{height}:r=30:d={seconds},{CORNERS}"
    return source(f"corners-{width}x{height}-{seconds}.mp4", graph)


def probed(**paths: Path) -> dict[str, Media]:
    return {asset: replace(probe(path, path.name), id=asset) for asset, path in paths.items()}


def quarters(video: Rendered, number: int) -> list[str]:
    return [video.color(number, *place) for place in QUARTERS]


async def one_by_one(folder: Path, *paths: Path, ms: int = 200, fit: str = "cover") -> Rendered:
    """The first part of each file, on a square canvas."""
    files = probed(**{f"a{number}": path for number, path in enumerate(paths)})
    clips = [segment(asset, place * ms, ms, fit=fit) for place, asset in enumerate(files)]
    wanted = draft(clips, width=180, height=180)
    return await rendered(folder, wanted, files, options=HIGH)


async def test_every_turn_and_flip(tmp_path: Path) -> None:
    """Compared with what ffmpeg's own display of the file is."""
    paths = [
        changed(f"turned{turn}{flip}.{kind}", corners(), "-display_rotation", str(turn), *flip)
        for turn in (0, 90, 180, 270)
        for flip, kind in (((), "mp4"), (("-display_hflip",), "mov"))
    ]
    due: list[list[str]] = []
    for path in paths:
        still = path.with_suffix(".png")
        make.ffmpeg("-i", path, "-frames:v", "1", "-update", "1", still)
        with Image.open(still) as picture:
            video = Rendered(
                still, 1, *picture.size, 0, "", "", "", 0, 0, 0, 0, [picture.convert("RGB")], []
            )
        due.append(quarters(video, 0))
    assert len({tuple(colors) for colors in due}) == 8
    squares = await one_by_one(tmp_path, *paths)
    assert [quarters(squares, number * 6 + 3) for number in range(8)] == due


async def test_what_the_container_cuts_off_is_not_shown(tmp_path: Path) -> None:
    """A white frame around the corners is cut off in both containers; nothing is copied."""
    graph = f"color=c=white:s=320x136:r=30:d=1,{CORNERS},pad=320:180:0:22:white"
    clap = with_clap(source("framed.mp4", graph, *H264, "-g", "5"), 320, 136)
    crop = changed("cropped.mkv", clap)
    files = probed(a=clap, b=crop)
    assert [(one.width, one.height) for one in files.values()] == [(320, 136)] * 2
    wanted = draft(
        [segment("a", 0, 1000, fit="contain"), segment("b", 1000, 1000, fit="contain")],
        texts=[words("x", 0, 300)],
    )
    assert find_copies(make_plan(wanted, files, HIGH)) == []
    video = await rendered(tmp_path, wanted, files, options=HIGH)
    for number in (3, 20, 40):
        assert (video.color(number, 0.25, 0.06), video.color(number, 0.25, 0.94)) == (
            "black",
            "black",
        )
        assert (video.color(number, 0.25, 0.16), video.color(number, 0.25, 0.84)) == ("red", "blue")


@pytest.mark.parametrize("codec", ["vp8", "h264", "vp9"])
async def test_a_size_that_changes_on_the_way(codec: str, tmp_path: Path) -> None:
    """320x180, then 160x90, then upright: all is one video, each shape in its own form."""
    sizes = ((320, 180), (160, 90), (90, 160))
    encoder = {"vp8": "libvpx", "vp9": "libvpx-vp9", "h264": "libx264"}[codec]
    options = ["-c:v", encoder, "-b:v", "1M", "-deadline", "realtime"]
    suffix = "webm"
    if codec == "h264":
        options, suffix = [*H264, "-bsf:v", "h264_mp4toannexb"], "h264"
    parts = [
        source(f"{codec}-{w}.{suffix}", f"color=c=white:s={w}x{h}:r=30:d=0.5,{CORNERS}", *options)
        for w, h in sizes
    ]
    if codec == "h264":
        raw = make.folder() / "shown-all.h264"
        raw.write_bytes(b"".join(part.read_bytes() for part in parts))
        path = changed("all.mkv", raw, "-fflags", "+genpts", "-r", "30")
    else:
        listed = make.folder() / f"shown-{codec}.txt"
        listed.write_text("".join(f"file '{part}'\n" for part in parts))
        path = changed(f"{codec}-all.webm", listed, "-f", "concat", "-safe", "0")
    files = probed(a=path)
    video = await rendered(tmp_path, draft([segment("a", 0, 1400)]), files, options=HIGH)
    assert video.frames == 42
    for number in (3, 12, 18, 27):
        assert quarters(video, number) == ["red", "green", "blue", "white"]
    last = [video.color(36, x, y) for x, y in ((0.1, 0.5), (0.4, 0.25), (0.6, 0.25), (0.4, 0.75))]
    assert last == ["black", "red", "green", "blue"]


def with_pixels(across: int, down: int) -> Path:
    """Square ones, that the container says to be of another shape."""
    shape = f"{16 * across}:{9 * down}"
    return changed(f"pixels-{across}-{down}.mp4", corners(), after=["-aspect", shape])


def test_pixels_are_taken_as_square_where_their_shape_is_absurd() -> None:
    shapes = ((4, 3), (100, 1), (1, 100), (1, 2))
    files = probed(**{f"a{n}": with_pixels(*shape) for n, shape in enumerate(shapes)})
    sizes = [(one.width, one.height) for one in files.values()]
    assert sizes == [(427, 180), (320, 180), (320, 180), (160, 180)]


async def test_absurd_pixels_are_drawn_as_square_ones(tmp_path: Path) -> None:
    files = probed(a=with_pixels(100, 1))
    video = await rendered(tmp_path, draft([segment("a", 0, 200)]), files, options=HIGH)
    assert quarters(video, 3) == ["red", "green", "blue", "white"]


async def test_a_single_picture_before_the_film_is_no_film(tmp_path: Path) -> None:
    path = make.folder() / "shown-behind.mp4"
    make.ffmpeg(
        "-i", make.picture("red", suffix=".jpg"), "-i", corners(), "-map", "0", "-map", "1",
        "-c", "copy", path,
    )  # fmt: skip
    files = probed(a=path)
    assert files["a"].picture is not None
    assert (files["a"].picture.index, files["a"].video_codec) == (1, "h264")
    video = await rendered(tmp_path, draft([segment("a", 0, 200)]), files, options=HIGH)
    assert quarters(video, 3) == ["red", "green", "blue", "white"]


FIELDS = (
    "nullsrc=s=320x180:r=60:d=1,geq=lum='16+200*lt(mod(X+N*4\\,160)\\,80)':cb=128:cr=128,"
    "interlace=scan={order}:lowpass=0,fieldorder={order}"
)
"""Stripes that move by four pixels each field."""


@pytest.mark.parametrize(
    ("name", "order", "options"),
    [
        ("h264.mp4", "tff", ("-c:v", "libx264", "-flags", "+ildct+ilme", "-crf", "10", "-g", "10")),
        ("mpeg2.mkv", "tff", ("-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-q:v", "2")),
        ("prores.mov", "bff", ("-c:v", "prores_ks", "-flags", "+ildct+ilme")),
        ("only-the-file-says-it.mkv", "bff", ("-c:v", "huffyuv", "-field_order", "bb")),
    ],
)  # fmt: skip
async def test_fields_become_whole_pictures(
    name: str, order: str, options: Sequence[str], tmp_path: Path
) -> None:
    """As `bwdif` makes them, in the canvas's own size, too; never copied."""
    graph = FIELDS.format(order=order)
    path = source(
        name,
        graph,
        *options,
        "-pix_fmt",
        "yuv422p10le" if "prores" in name else "yuv422p" if "only" in name else "yuv420p",
    )
    files = probed(a=path)
    wanted = draft([segment("a", 0, 1000)])
    assert find_copies(make_plan(wanted, files, HIGH)) == []
    video = await rendered(tmp_path, wanted, files, options=HIGH)
    found = luma(video.path)
    whole = luma(path, f"setfield={order},bwdif=mode=send_frame:deint=all,")
    assert difference(found, whole) < 2 < 4 < difference(found, luma(path))


def luma(path: Path, filters: str = "") -> bytes:
    """The sixteenth frame's."""
    chosen = f"{filters}select=eq(n\\,15)"
    return make.output(
        "-i", path, "-vf", chosen, "-frames:v", "1", "-pix_fmt", "gray", "-f", "rawvideo", "-"
    )


def difference(one: bytes, other: bytes) -> float:
    """Of two pictures, on average, of 255."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


PATCHES = [
    (200, 100, 50),
    (60, 150, 90),
    (70, 80, 190),
    (180, 170, 60),
    (90, 160, 170),
    (235, 235, 235),
]
"""Colours that are inside every gamut here."""
PLACES = [((number + 0.5) / 6, 0.5) for number in range(6)]
_BOXES = ",".join(
    f"drawbox=x={round(320 * number / 6)}:w=54:color=0x{r:02x}{g:02x}{b:02x}:t=fill"
    for number, (r, g, b) in enumerate(PATCHES)
)
BARS = (
    f"color=c=black:s=320x180:r=30:d=0.4,format=gbrp,{_BOXES},"
    "setparams=range=pc:color_primaries=bt709:color_trc=bt709:colorspace=gbr,"
    "scale=out_color_matrix=bt709:out_range=tv,format=yuv444p10"
)
LOSSLESS = ("-c:v", "ffv1", "-pix_fmt", "yuv420p10le")


async def test_every_sdr_is_shown_in_the_same_colors(tmp_path: Path) -> None:
    paths = {
        name.replace(" ", "-"): source(
            f"bars-{name.replace(' ', '-')}.mkv", f"{BARS},{change},format=yuv420p10",
            *LOSSLESS, *tags,
        )
        for name, (change, tags) in COLORS.items()
    }  # fmt: skip
    files = probed(**paths)
    wanted = draft([segment(asset, place * 200, 200) for place, asset in enumerate(files)])
    video = await rendered(tmp_path, wanted, files, options=HIGH)
    for number, name in enumerate(files):
        for place, color in zip(PLACES, PATCHES, strict=True):
            assert video.pixel(number * 6 + 3, *place) == pytest.approx(color, abs=5), name


@pytest.mark.parametrize("curve", ["arib-std-b67", "smpte2084"])
async def test_hdr_that_names_its_curve_alone_is_as_the_one_that_names_all(
    curve: str, tmp_path: Path
) -> None:
    change = f"zscale=p=bt2020:m=bt2020nc:t={curve}:npl=203,format=yuv420p10"
    named = source(
        f"{curve}.mkv", f"{BARS},{change}", *LOSSLESS, *tagged("bt2020", curve, "bt2020nc")
    )
    bare = source(f"{curve}-bare.mkv", f"{BARS},{change},setparams=colorspace=unknown:color_primaries=unknown",
                  *LOSSLESS, *tagged("unknown", curve, "unknown"))  # fmt: skip
    files = probed(a=named, b=bare)
    wanted = draft([segment("a", 0, 200), segment("b", 200, 200)])
    video = await rendered(tmp_path, wanted, files, options=HIGH)
    for place in PLACES:
        assert video.pixel(3, *place) == pytest.approx(video.pixel(9, *place), abs=2)
    red, _, blue = video.pixel(9, *PLACES[0])
    assert red > 3 * blue


@pytest.mark.parametrize("suffix", [".gif", ".png", ".webp"])
async def test_an_animation_keeps_its_own_times(suffix: str, tmp_path: Path) -> None:
    """0.2 s red, 0.3 s green, 1 s blue, again and again, at any rate of the video."""
    path = make.folder() / f"shown-times{suffix}"
    pictures = [Image.new("RGB", (64, 36), color) for color in ("red", "lime", "blue")]
    pictures[0].save(
        path, save_all=True, append_images=pictures[1:], duration=[200, 300, 1000], loop=0
    )
    files = probed(a=path)
    assert (files["a"].kind, files["a"].duration_ms) == ("video", 1500)
    wanted = draft([segment("a", 0, 4000)], width=64, height=36)
    video = await rendered(tmp_path, wanted, files, options=HIGH)
    shown = [(color, len(list(group))) for color, group in groupby(map(video.color, range(120)))]
    loop = [("red", 6), ("green", 9), ("blue", 30)]
    assert shown == [*loop, *loop, *loop[:2], ("blue", 15)]


P3_PLACES = (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
P3_CHUNK = b"".join(round(value * 100_000).to_bytes(4) for value in P3_PLACES)


@pytest.mark.parametrize(
    ("chunks", "shown"),
    [
        ({}, (128, 64, 200)),
        ({b"gAMA": (45455).to_bytes(4)}, (128, 64, 200)),
        ({b"gAMA": (100_000).to_bytes(4)}, (188, 137, 229)),
        ({b"sRGB": b"\0", b"gAMA": (100_000).to_bytes(4)}, (128, 64, 200)),
        ({b"gAMA": (45455).to_bytes(4), b"cHRM": P3_CHUNK}, (138, 59, 207)),
        ({b"cICP": bytes([12, 13, 0, 1])}, (138, 59, 207)),
        ({b"cICP": bytes([1, 13, 0, 1])}, (128, 64, 200)),
        ({b"cHRM": bytes(32)}, (128, 64, 200)),
        ({b"gAMA": bytes(4)}, (128, 64, 200)),
    ],
)
def test_a_png_is_shown_in_the_colors_that_it_names(
    chunks: dict[bytes, bytes], shown: tuple[int, int, int], tmp_path: Path
) -> None:
    path = tmp_path / "named.png"
    Image.new("RGB", (16, 16), (128, 64, 200)).save(path)
    data = path.read_bytes()
    named = b"".join(
        len(content).to_bytes(4) + name + content + zlib.crc32(name + content).to_bytes(4)
        for name, content in chunks.items()
    )
    path.write_bytes(data[:33] + named + data[33:])
    (picture,) = probed(a=path).values()
    make_still(picture, Still("a", "cover", (16, 16), False), tmp_path / "still.png")
    with Image.open(tmp_path / "still.png") as still:
        assert still.getpixel((8, 8)) == pytest.approx(shown, abs=2)


def test_a_picture_for_those_that_play_no_animated_png_is_no_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "hidden.png"
    pictures = [Image.new("RGB", (64, 36), color) for color in ("white", "red", "blue")]
    pictures[0].save(
        path, save_all=True, append_images=pictures[1:], default_image=True, duration=[200, 300]
    )
    (found,) = probed(a=path).values()
    assert (found.kind, found.duration_ms) == ("video", 500)


async def test_what_no_filter_takes_is_no_damage(tmp_path: Path) -> None:
    """A render fails with the reason; it does not go on in black."""
    files = probed(a=corners())
    shown = files["a"].picture
    assert shown is not None
    files["a"] = replace(files["a"], picture=replace(shown, fields="unheard-of"))
    with pytest.raises(Undrawable, match="cannot draw this"):
        await rendered(tmp_path, draft([segment("a", 0, 200)]), files, options=HIGH)


def test_colors_that_no_filter_here_knows_are_said() -> None:
    plain = source(
        "dolby.mp4",
        BARS,
        "-c:v",
        "libx265",
        "-preset",
        "ultrafast",
        "-x265-params",
        "log-level=none",
    )
    path = changed("dolby-5.mp4", plain, after=["-strict", "unofficial", "-tag:v", "dvh1"])
    (named,) = probed(a=path).values()
    assert named.notes == ()
    bare = source(
        "bare.mp4", f"{BARS},setparams=colorspace=unknown:color_primaries=unknown:color_trc=unknown",
        "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none",
    )  # fmt: skip
    path = changed("dolby-5-bare.mp4", bare, after=["-strict", "unofficial", "-tag:v", "dvh1"])
    (unnamed,) = probed(a=path).values()
    assert any("Dolby Vision" in note for note in unnamed.notes)


_MAKE_STILL = """
import sys
from dataclasses import replace
from pathlib import Path
from vbtui.studio.project.probe import probe
from vbtui.studio.render.overlays import Still, make_still
def most():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
source, still, fit = Path(sys.argv[1]), Path(sys.argv[2]), "cover"
small = probe(source.with_name("small.png"), "small.png")
make_still(small, Still("a", fit, (96, 54), False), still)
before = most()
make_still(replace(small, path=source), Still("a", fit, (3840, 2160), False), still)
print(most() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells the most memory")
def test_a_large_picture_is_in_memory_once_and_has_no_seams(tmp_path: Path) -> None:
    side = 4600
    ramp = Image.linear_gradient("L").rotate(90).resize((side, side))
    alpha = Image.new("L", (side, side), 255)
    large, still = tmp_path / "large.png", tmp_path / "still.png"
    Image.merge("RGBA", [ramp, ramp, ramp, alpha]).save(large, compress_level=1)
    Image.new("RGB", (64, 36)).save(tmp_path / "small.png")
    command = [sys.executable, "-c", _MAKE_STILL, str(large), str(still)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) * 1024 < side * side * 4 * 1.25 + 3840 * 2160 * 4 * 2
    with Image.open(still) as picture:
        row = [picture.getpixel((x, 1080))[0] for x in range(3840)]  # type: ignore[index]  # RGB
    due = [255 * (x + 0.5) / len(row) for x in range(len(row))]
    if row[0] > row[-1]:
        due.reverse()
    assert row == pytest.approx(due, abs=2)
