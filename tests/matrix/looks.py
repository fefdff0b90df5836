"""Files that show which way up they are, in which colours, and their frames' numbers.

Each picture has four coloured corners and its own number in black and white squares between them. However it
is stored – turned, mirrored, cropped, in other pixels, in other colours –, a player shows the same;
two of them, one after the other, become a video in which every frame must be upright, of the right colours, and
the one that the plan has there.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path
from statistics import median

import av

from tests.clips import ffmpeg, output
from tests.matrix.codecs import CONTAINERS, VIDEO
from tests.rendered import Rendered, draft, look, segment
from vbtui.base.errors import VbtuiError
from vbtui.studio.project.media import Media, shown
from vbtui.studio.project.probe import probe
from vbtui.studio.render import Output, render

WIDTH, HEIGHT, FPS = 192, 108, 30
"""Of the canvas, and of the picture as it is shown."""
MS = 600
FRAMES = MS * FPS // 1000
_BITS = 7
_SECOND = 64
"""The number of the second file's first frame."""
PATCHES = ((200, 100, 50), (60, 150, 90), (70, 80, 190), (180, 170, 60))
"""Colours that are inside every gamut here, row by row."""
PLACES = ((0.125, 0.18), (0.875, 0.18), (0.125, 0.82), (0.875, 0.82))
CLOSE, ALIKE = 5, 30
"""By so much of 255 a colour may differ from the one that is due: over all frames, and in each, where coding
costs more."""


def tagged(primaries: str, curve: str, matrix: str, extent: str = "tv") -> list[str]:
    """Options that name a file's colours."""
    return [
        "-color_primaries", primaries, "-color_trc", curve, "-colorspace", matrix, "-color_range", extent,
    ]  # fmt: skip


COLORS: dict[str, tuple[str, list[str]]] = {
    "bt709": ("null", tagged("bt709", "bt709", "bt709")),
    "bt2020": ("zscale=p=bt2020:m=bt2020nc:t=2020_10", tagged("bt2020", "bt2020-10", "bt2020nc")),
    "bt2020 by its matrix": ("zscale=p=bt2020:m=bt2020nc", tagged("unknown", "unknown", "bt2020nc")),
    "p3": ("zscale=p=smpte432", tagged("smpte432", "bt709", "bt709")),
    "p3 srgb": ("zscale=p=smpte432:t=iec61966-2-1", tagged("smpte432", "iec61966-2-1", "bt709")),
    "smpte170m": ("zscale=p=smpte170m:m=smpte170m", tagged("smpte170m", "smpte170m", "smpte170m")),
    "bt470bg": ("zscale=p=bt470bg:m=bt470bg", tagged("bt470bg", "smpte170m", "bt470bg")),
    "bt2020c": ("zscale=p=bt2020:m=bt2020c:t=2020_10", tagged("bt2020", "bt2020-10", "bt2020c")),
    "smpte240m": ("zscale=m=smpte240m", tagged("bt709", "bt709", "smpte240m")),
    "bt601 unnamed": ("zscale=m=smpte170m", tagged("unknown", "unknown", "unknown")),
    "full range": ("zscale=r=pc:m=bt470bg", tagged("bt709", "bt709", "bt470bg", "pc")),
}  # fmt: skip
"""From BT.709: how other colours are made, and named."""
HDR: dict[str, tuple[str, list[str]]] = {
    curve: (f"zscale=p=bt2020:m=bt2020nc:t={curve}:npl=203", tagged("bt2020", curve, "bt2020nc"))
    for curve in ("arib-std-b67", "smpte2084")
}
_TONE_MAP = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=mobius:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv,format=yuv444p"
)
DEEP = {
    "mp4": "h264 hevc av1 vp9",
    "mov": "prores hevc",
    "mkv": "ffv1 hevc av1",
    "webm": "vp9 av1",
}
"""Which have ten bits a sample."""
UNNAMED = {("prores", "full range"), ("vp9", "bt2020c")}
"""Colours for which a codec has no name."""
GOOD = {
    "libx264": "-crf 12", "libx265": "-crf 12", "libsvtav1": "-preset 8 -crf 12", "libvpx": "-b:v 4M",
    "libvpx-vp9": "-b:v 0 -crf 4",
}  # fmt: skip
"""Options with which encoders keep colours."""


@dataclass(frozen=True)
class Form:
    """A way to store the picture."""

    name: str
    stored: str = "null"
    """Filters from what is shown to what is stored."""
    shown: tuple[str, ...] = ()
    """What is said of it to the container, as options before its input."""
    after: tuple[str, ...] = ()
    """What is said of it in the stream or to the container, as options of the output."""
    clap: bool = False
    then: str = ""
    """How the second half is stored, where it differs."""
    codecs: str = ""
    """In which it can be said; empty: all."""
    containers: str = "mp4 mov mkv webm avi"


_BACK = {0: "null", 90: "transpose=clock", 180: "hflip,vflip", 270: "transpose=cclock"}
FORMS = (
    Form("plain"),
    *(
        Form(
            f"turned-{turn}{flip and '-flipped'}", f"{flip}{back}", options,
            containers="mp4 mov" if flip else "mp4 mov mkv",
        )
        for turn, back in _BACK.items()
        for flip, options in (
            ("", ("-display_rotation", str(turn))),
            ("hflip,", ("-display_rotation", str(turn), "-display_hflip")),
        )
    ),
    *(
        Form(
            f"stream-turned-{turn}", back, after=("-bsf:v", f"h264_metadata=display_orientation=insert:rotate={turn}"),
            codecs="h264 h264b", containers="mp4 mov mkv",
        )
        for turn, back in _BACK.items()
    ),
    Form(
        "stream-flipped", "hflip", after=("-bsf:v", "h264_metadata=display_orientation=insert:flip=horizontal"),
        codecs="h264 h264b", containers="mp4 mov mkv",
    ),
    Form("clap", "pad=192:128:0:10:white", clap=True, containers="mp4 mov mkv",
         codecs="h264 h264b h264open hevc av1 vp9 mpeg2 mpeg4 mpeg4b mjpeg prores ffv1"),
    Form("pixels-2", "scale=96:108,setsar=2"),
    Form("pixels-half", "scale=384:108,setsar=1/2"),
    Form("pixels-4-3", "scale=144:108,setsar=4/3"),
    Form("pixels-3-4-turned", "transpose=clock,scale=144:192,setsar=3/4",
         ("-display_rotation", "90"), containers="mp4 mov"),
    Form("pixels-of-the-container", "scale=96:108,setsar=1", after=("-aspect", "16:9"),
         containers="mp4 mov mkv webm"),
    *(
        Form(f"absurd-{name}", after=("-aspect", shape), containers="mp4 mov mkv webm")
        for name, shape in (("wide", "250:1"), ("high", "1:250"))
    ),
    Form("odd", "scale=191:107,setsar=1"),
    Form("odd-small", "scale=97:55,setsar=1"),
    Form("size-changes", then="scale=96:54,setsar=1", codecs="h264 vp8 vp9 mjpeg",
         containers="mkv webm"),
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    """One file of the matrix."""

    name: str
    """With its suffix."""
    codec: str
    form: Form = FORMS[0]
    color: str = "bt601 unnamed"
    fps: int = FPS
    late_s: float = 0
    """When its clock begins."""
    is_interlaced: bool = False

    def make(self, folder: Path, first: int) -> Path:
        """Its first frame has the number `first`."""
        path = folder / self.name
        halves = [(self.form.stored, first, MS)]
        if self.form.then:
            half = first + self.fps * MS // 2000
            halves = [(self.form.stored, first, MS // 2), (self.form.then, half, MS // 2)]
        stream = "h264" if self.codec == "h264" and self.form.then else ""
        suffix = ".mp4" if self.form.clap and path.suffix == ".mkv" else path.suffix
        parts = [path.with_name(f"{path.stem}-{number}.{stream or suffix[1:]}")
                 for number in range(len(halves))]  # fmt: skip
        for part, (stored, number, ms) in zip(parts, halves, strict=True):
            self._encode(part, stored, number, ms)
        (whole, *rest), options = parts, list(self.form.shown)
        if rest and stream:
            whole.write_bytes(b"".join(part.read_bytes() for part in parts))
            options = ["-fflags", "+genpts", "-r", str(self.fps)]
        elif rest:
            whole = path.with_name(f"{path.stem}.txt")
            whole.write_text("".join(f"file '{part}'\n" for part in parts))
            options = ["-f", "concat", "-safe", "0"]
        elif self.form.clap:
            whole = with_clap(whole, WIDTH, HEIGHT)
        late = ["-output_ts_offset", str(self.late_s)] if self.late_s else []
        ffmpeg(*options, "-i", whole, "-c", "copy", *self.form.after, *late, path)
        return path

    def _encode(self, path: Path, stored: str, first: int, ms: int) -> None:
        change, tags = {**COLORS, **HDR}[self.color]
        samples = {"mjpeg": "yuvj420p", "prores": "yuv422p10le"}.get(self.codec, "yuv420p")
        if self.form.name.startswith("odd") and self.codec.startswith(("h264", "hevc")):
            samples = "yuv444p" if self.color == "bt601 unnamed" else "yuv444p10le"
        elif self.color in HDR or (self.color != "bt601 unnamed" and samples == "yuv420p"):
            samples = "yuv422p10le" if self.codec == "prores" else "yuv420p10le"
        names = dict(
            zip(("color_primaries", "color_trc", "colorspace", "range"), tags[1::2], strict=True)
        )
        if self.codec == "mjpeg":
            names["range"] = "pc"
        named = "setparams=" + ":".join(f"{key}={value}" for key, value in names.items())
        graph = f"{_shown(first, self.fps, ms)},{change},{stored},format={samples},{named}"
        tags = [
            part
            for key, value in zip(tags[::2], names.values(), strict=True)
            for part in (key, value)
        ]
        encoder = VIDEO[self.codec]
        if self.is_interlaced:
            graph += ",setfield=tff"
            tags += ["-flags", "+ildct+ilme", "-x264-params", "tff=1"]
        ffmpeg(
            "-f", "lavfi", "-i", graph, "-c:v", *encoder, *GOOD.get(encoder[0], "").split(),
            "-pix_fmt", samples, *tags, path,
        )  # fmt: skip


def _shown(first: int, fps: int, ms: int) -> str:
    """A source for ffmpeg's lavfi, in BT.709."""
    boxes = [
        f"drawbox=x=iw*{x}:y=ih*{y}:w=iw/4:h=ih*3/8:color=0x{bytes(color).hex()}:t=fill"
        for color, (x, y) in zip(
            PATCHES, ((0, 0), (0.75, 0), (0, 0.625), (0.75, 0.625)), strict=True
        )
    ]
    squares = [
        f"drawbox=x=iw*{bit}/{_BITS}:y=ih*3/8:w=iw/{_BITS}+1:h=ih/4:color=white:t=fill"
        f":enable='mod(floor((n+{first})/{2**bit}),2)'"
        for bit in range(_BITS)
    ]
    return (
        f"color=c=black:s={WIDTH}x{HEIGHT}:r={fps}:d={ms / 1000},format=gbrp,"
        f"{','.join([*boxes, *squares])},"
        "setparams=range=pc:color_primaries=bt709:color_trc=bt709:colorspace=gbr,"
        "scale=out_color_matrix=bt709:out_range=tv,format=yuv444p10"
    )


def with_clap(path: Path, width: int, height: int) -> Path:
    """The MP4, whose index is at its end, with a clean aperture in the entry of its first stream."""
    data = path.read_bytes()
    aperture = b"".join(value.to_bytes(4) for value in (width, 1, height, 1, 0, 1, 0, 1))
    clap = (len(aperture) + 8).to_bytes(4) + b"clap" + aperture
    table = data.index(b"stsd", data.index(b"moov")) - 4
    entry = table + 16
    place = entry + int.from_bytes(data[entry : entry + 4])
    kinds = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
    grown = bytearray(data)
    for parent in [*(data.rindex(kind, 0, table) - 4 for kind in kinds), table, entry]:
        size = int.from_bytes(data[parent : parent + 4]) + len(clap)
        grown[parent : parent + 4] = size.to_bytes(4)
    result = path.with_stem(f"{path.stem}-clap-{width}x{height}")
    result.write_bytes(bytes(grown[:place]) + clap + bytes(grown[place:]))
    return result


def files() -> Iterator[Look]:
    """All of them: every codec of a container at three rates and in every form, and all colours in those of
    ten bits."""
    for container, (videos, _) in CONTAINERS.items():
        codecs = videos.split()
        for codec in codecs:
            for fps in (30, 25, 60):
                yield Look(f"look-{container}-{codec}-{fps}.{container}", codec, fps=fps)
        for form in FORMS[1:]:
            for codec in codecs if container in form.containers.split() else ():
                if not form.codecs or codec in form.codecs.split():
                    yield Look(f"look-{container}-{form.name}-{codec}.{container}", codec, form)
        for codec in DEEP.get(container, "").split():
            for color in (*COLORS, *HDR):
                if (codec, color) not in UNNAMED:
                    name = f"look-{container}-{color.replace(' ', '-')}-{codec}.{container}"
                    yield Look(name, codec, color=color)
    yield from _mixed()


def _mixed() -> Iterator[Look]:
    """Every form in every colour, with rates, clocks and fields in turn."""
    makers = [
        ("mp4", "h264"),
        ("mkv", "hevc"),
        ("mov", "h264b"),
        ("mkv", "h264"),
        ("mp4", "hevc"),
        ("webm", "vp9"),
    ]
    for place, (form, color) in enumerate(product(FORMS, (*COLORS, *HDR))):
        if color == "bt2020c" and "scale" in form.stored + form.then:  # which `scale` does not know
            continue
        fitting = [
            (container, codec)
            for container, codec in makers
            if container in form.containers.split()
            and (not form.codecs or codec in form.codecs.split())
            and (codec, color) not in UNNAMED
        ]
        container, codec = fitting[place % len(fitting)]
        interlaced = codec.startswith("h264") and not form.then and place % 4 == 0
        name = f"look-mixed-{form.name}-{color.replace(' ', '-')}-{codec}.{container}"
        yield Look(
            name, codec, form, color, fps=_RATES[place % len(_RATES)], late_s=_CLOCKS[place % len(_CLOCKS)],
            is_interlaced=interlaced and not form.name.startswith(("odd", "turned")),
        )  # fmt: skip


_RATES = (30, 25, 50, 24, 60)
_CLOCKS = (0, 0.5, 1000)


def check(pair: Sequence[Look], folder: Path) -> list[str]:
    """What is wrong with the video that is made of `pair`; the files are made in `folder`."""
    folder.mkdir()
    path = folder / "out.mp4"
    remarks: list[str] = []
    try:
        media: dict[str, Media] = {}
        for number, one in enumerate(pair):
            made = one.make(folder, number * _SECOND)
            media[f"v{number}"] = replace(probe(made, f"{number}-{made.name}"), id=f"v{number}")
        clips = [segment(asset, place * MS, MS, fit="contain") for place, asset in enumerate(media)]
        asyncio.run(
            render(
                draft(clips, fps=FPS, width=WIDTH, height=HEIGHT), media, Output("high"), path,
                workdir=folder / "work", on_progress=lambda percent: None, on_remark=remarks.append,
            )
        )  # fmt: skip
    except (VbtuiError, AssertionError):
        return [traceback.format_exc(limit=-2)]
    return [*remarks, *_problems(look(path), pair)]


def _problems(video: Rendered, pair: Sequence[Look]) -> Iterator[str]:
    with av.open(str(video.path)) as container:
        aspect = container.streams.video[0].sample_aspect_ratio or 1
    picture = shown(probe(video.path, video.path.name))
    if (video.width, video.height, aspect, picture.turn, picture.mirrored) != (
        WIDTH,
        HEIGHT,
        1,
        0,
        False,
    ):
        yield f"{video.width}x{video.height}, pixels {aspect}, {picture}"
    if video.frames != len(pair) * FRAMES:
        yield f"{video.frames} frames where {len(pair) * FRAMES} are due"
        return
    for place, one in enumerate(pair):
        own = range(place * FRAMES, (place + 1) * FRAMES)
        numbers = [_number(video, frame) for frame in own]
        due = [place * _SECOND + step * one.fps // FPS for step in range(FRAMES)]
        slack = 0 if one.fps == FPS else 1
        if any(abs(found - wanted) > slack for found, wanted in zip(numbers, due, strict=True)):
            yield f"{one.name}: the frames {numbers} where {due} are due"
        colors = _mapped(one.color) if one.color in HDR else PATCHES
        seen = [[video.pixel(frame, *spot) for spot in PLACES] for frame in own]
        usual = [tuple(map(median, zip(*patch, strict=True))) for patch in zip(*seen, strict=True)]
        if _off(usual, colors) > CLOSE:
            yield f"{one.name}: the corners {usual} where {list(colors)} are due"
        for frame, found in zip(own, seen, strict=True):
            if _off(found, colors) > ALIKE:
                yield f"{one.name}: frame {frame} has the corners {found}"
                break


def _off(found: Sequence[Sequence[float]], due: Sequence[Sequence[int]]) -> float:
    """How far the channel lies that lies farthest from its value."""
    return max(
        abs(a - b)
        for one, other in zip(found, due, strict=True)
        for a, b in zip(one, other, strict=True)
    )


def _number(video: Rendered, frame: int) -> int:
    bits = (video.pixel(frame, (bit + 0.5) / _BITS)[1] > 127 for bit in range(_BITS))
    return sum(is_set << bit for bit, is_set in enumerate(bits))


@cache
def _mapped(curve: str) -> tuple[tuple[int, ...], ...]:
    """The corners' colours after the tone map."""
    graph = f"{_shown(0, FPS, 100)},{HDR[curve][0]},{_TONE_MAP},scale=in_color_matrix=bt709,format=rgb24"
    data = output("-f", "lavfi", "-i", graph, "-frames:v", "1", "-f", "rawvideo", "-")
    starts = [(int(y * HEIGHT) * WIDTH + int(x * WIDTH)) * 3 for x, y in PLACES]
    return tuple(tuple(data[start : start + 3]) for start in starts)
