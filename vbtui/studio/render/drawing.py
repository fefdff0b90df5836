"""The picture's part of a filter graph: shots, transitions, texts, for any run of frames.

A frame comes out the same whatever run it is drawn in: every shot counts time from its own frame
0, and a file is sought to a whole second before the first frame that is needed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

from vbtui.studio.project.media import Media, shown
from vbtui.studio.project.picture import MOST_ASPECT, Picture
from vbtui.studio.render.colors import BT709, TO_BT709, Colors, colors_of
from vbtui.studio.render.effects import (
    Hide,
    Key,
    Lut,
    Stabilise,
    before,
    changes_picture,
    moves_of,
    together,
    turns_of,
)
from vbtui.studio.render.graph import Graph, decimal, ratio
from vbtui.studio.render.insets import Box, box_of
from vbtui.studio.render.model import NUDGE, WHOLE, Bar, Canvas, Inset, Plan, Shot, Span, Words
from vbtui.studio.render.overlays import Overlays, still_of, still_of_inset
from vbtui.studio.render.steadying import holding
from vbtui.studio.render.views import View, area_of

SEEK_MARGIN_S = Fraction(1, 2)
BLUR_SCALE = 10
"""The blurred background is drawn this many times smaller."""


class Run(NamedTuple):
    """Frames of a shot, as its file plays them."""

    first: int
    frames: int


def draw(graph: Graph, plan: Plan, overlays: Overlays, start: int, end: int) -> str:
    """Adds the frames `start`..`end` of the picture to `graph`; the label of the result."""
    spans = plan.part(start, end)
    parts = _Parts(graph, plan.canvas, overlays, spans)
    drawn = graph.join([_draw_span(graph, plan.canvas, parts, span) for span in spans])
    for inset in plan.insets_in(start, end):
        drawn = _lay(graph, plan.canvas, overlays, inset, drawn, start, end)
    for bar in plan.bars:
        if bar.start < end and bar.end > start:
            drawn = _grow(graph, plan.canvas, bar, drawn, start, end)
    for words in plan.words:
        if words.start < end and words.end > start:
            drawn = _write(graph, plan.canvas, overlays, words, drawn, start, end)
    return drawn


def _draw_span(graph: Graph, canvas: Canvas, parts: _Parts, span: Span) -> str:
    if not span.transition:
        return parts.take(span.shot, span)
    before, after = (
        graph.chain([parts.take(shot, span)], "format=yuv444p") for shot in (span.shot, span.into)
    )
    if span.fade > span.done:
        black = graph.chain([_black(graph, canvas, span.count)], "format=yuv444p")
        after = graph.chain([black, after], _mix(canvas, "fade", span.done, span.fade))
    mix = _mix(canvas, span.transition, span.done, span.length)
    return graph.chain([before, after], f"{mix},format=yuv420p,{BT709}")


def _mix(canvas: Canvas, transition: str, done: int, length: int) -> str:
    """The filter for a transition of `length` frames of which `done` have passed."""
    seconds, passed = decimal(length / canvas.fps), decimal(-done / canvas.fps)
    return f"xfade=transition={transition}:duration={seconds}:offset={passed}"


@dataclass(slots=True)
class _Range:
    first: int
    last: int


class _Parts:
    """Opens every shot once and hands out its runs of frames."""

    def __init__(
        self, graph: Graph, canvas: Canvas, overlays: Overlays, spans: Sequence[Span]
    ) -> None:
        self._graph = graph
        self._canvas = canvas
        ranges: dict[Shot, list[_Range]] = defaultdict(list)
        for span in spans:
            for shot in _shots(span):
                first = span.start - shot.start
                ranges[shot].append(_Range(first, first + span.count))
        self._ready: dict[tuple[Shot, int], str] = {}
        for shot, wanted in ranges.items():
            self._open(shot, wanted, overlays)

    def _open(self, shot: Shot, wanted: list[_Range], overlays: Overlays) -> None:
        first = min(item.first for item in wanted)
        last = max(item.last for item in wanted)
        if shot.media.kind == "image":
            stream = _show_still(self._graph, self._canvas, overlays, shot, first, last - first)
        else:
            stream = _show_video(self._graph, self._canvas, overlays, shot, first, last - first)
        if len(wanted) == 1:
            self._ready[shot, first] = stream
            return
        copies = self._graph.fan([stream], f"split={len(wanted)}", len(wanted))
        for item, copy in zip(wanted, copies, strict=True):
            cut = f"trim=start_frame={item.first - first}:end_frame={item.last - first}"
            self._ready[shot, item.first] = self._graph.chain([copy], f"{cut},setpts=PTS-STARTPTS")

    def take(self, shot: Shot | None, span: Span) -> str:
        """The label of the frames of `shot` that `span` shows."""
        if shot is None:
            return _black(self._graph, self._canvas, span.count)
        return self._ready.pop((shot, span.start - shot.start))


def _shots(span: Span) -> list[Shot]:
    shots = [span.shot, span.into] if span.transition else [span.shot]
    return [shot for shot in shots if shot is not None]


def _black(graph: Graph, canvas: Canvas, count: int) -> str:
    size = f"s={canvas.width}x{canvas.height}:r={ratio(canvas.fps)}"
    return graph.chain([], f"color=c=black:{size},trim=end_frame={count},format=yuv420p,{BT709}")


def _repeat(canvas: Canvas, count: int) -> str:
    """Filters that make `count` frames, numbered from 0, of one frame."""
    rate = ratio(canvas.fps)
    times = f"settb=1/({rate}),setpts=N,fps={rate}"
    return f"loop=loop=-1:size=1:start=0,{times},trim=end_frame={count}"


def _show_still(
    graph: Graph, canvas: Canvas, overlays: Overlays, shot: Shot, first: int, count: int
) -> str:
    path = overlays.stills[still_of(shot, canvas)]
    number = graph.open(path, shot.media.filename, ("-f", "image2", "-pattern_type", "none"))
    drawn_on = shot.drawn_on(canvas)
    looks = changes_picture(shot.effects)
    form = f"scale={TO_BT709},format={'yuva420p' if looks else 'yuv420p'},{BT709}"
    picture = graph.chain([f"[{number}:v:0]"], form)
    if looks:
        size = (drawn_on.width, drawn_on.height)
        seen = size if shot.fit == "cover" else contained(shot.form, drawn_on)
        picture = _changed(graph, picture, overlays, shot, drawn_on, _middle(size, seen))
        picture = _over_black(graph, drawn_on, picture, 1)
    steps = (_repeat(canvas, count), *_moved(shot, first), *_in_cell(canvas, shot))
    return graph.chain([picture], ",".join(steps))


def _show_video(
    graph: Graph, canvas: Canvas, overlays: Overlays, shot: Shot, first: int, count: int
) -> str:
    begin = shot.count - first - count if shot.reverse else first
    begin, drawn = (0, 1) if shot.freeze else (begin, count)
    earlier = before(shot.effects)
    stream = _decoded(graph, canvas, shot, begin - earlier, drawn + earlier)
    drawn_on, colors = shot.drawn_on(canvas), colors_of(shot.media)
    run = Run(begin - earlier, drawn + earlier)
    fitted = _fit(graph, drawn_on, overlays, shot, colors, stream, run)
    moved = [f"trim=start_frame={earlier},setpts=PTS-STARTPTS"] if earlier else []
    moved += [_repeat(canvas, count)] if shot.freeze else ["reverse"] * shot.reverse
    moved += [*_moved(shot, first), *_in_cell(canvas, shot)]
    return graph.chain([fitted], ",".join(moved)) if moved else fitted


def _decoded(graph: Graph, canvas: Canvas, shot: Shot, first: int, count: int) -> str:
    """The pictures of a video as they are stored, one for each of `count` frames from the shot's frame `first` on."""
    media = shot.media
    begin = Fraction(shot.in_ms, 1000) + shot.played(first, canvas.fps)
    seek = max(0, _seek(media, shot, begin) - graph.earlier_s)
    options = _reading(media)
    if seek:
        options += ["-noaccurate_seek", "-ss", str(seek)]
    if shot.loop:
        webp = media.path.suffix.lower() == ".webp"
        options += ["-ignore_loop", "0"] if webp else ["-stream_loop", "-1"]
    number = graph.open(media.path, media.filename, options)
    late = Fraction(media.late_ms).limit_denominator(1000) / 1000
    timing = _timing(canvas, shot, first, late - seek, count)
    colors, picture = colors_of(media), shown(media)
    whole = f"{colors.before}{_whole(picture)}{timing}"
    return graph.chain([f"[{number}:{picture.index}]"], whole)


def draw_small(graph: Graph, media: Media, size: tuple[int, int]) -> str:
    """Adds all pictures of a video without an alpha channel, upright and each at its own time; the label of the
    result. The first one begins with the file: it is seen until the second one also where it begins later."""
    number = graph.open(media.path, media.filename, _reading(media))
    colors, picture = colors_of(media), shown(media)
    begun = "setpts='if(eq(N,0),0,PTS)'"
    whole = f"{colors.before}{_whole(picture)}{begun},{_upright(media, size, colors.in_scale)}"
    flat = f"{colors.after}format=yuv420p,{BT709}"
    return graph.chain([f"[{number}:{picture.index}]"], f"{whole},{flat}")


def _reading(media: Media) -> list[str]:
    """Options for an input of which the picture alone is read, as it is stored."""
    return ["-an", "-sn", "-dn", "-noautorotate", "-reinit_filter", "0", *_decoder(media)]


def _whole(picture: Picture) -> str:
    """Filters that make one picture of two fields; `scale` keeps the size for them."""
    if not picture.fields:
        return ""
    if picture.fields == "marked":
        return "scale=interl=-1,bwdif=mode=send_frame:deint=interlaced,"
    return f"scale=interl=1,setfield={picture.fields},bwdif=mode=send_frame:deint=all,"


def _seek(media: Media, shot: Shot, begin: Fraction) -> int:
    """A whole second at or before `begin`; where the file has ended by then, shortly before its end."""
    if shot.loop or media.is_animation:
        return 0
    latest = Fraction(media.duration_ms, 1000) - 2
    key_gap = Fraction(media.key_gap_ms, 1000)
    return max(0, math.floor(min(begin - SEEK_MARGIN_S, latest) - key_gap))


def _decoder(media: Media) -> list[str]:
    """ffmpeg's own VP8 and VP9 decoders drop the alpha channel."""
    if media.has_alpha and media.video_codec in ("vp8", "vp9"):
        return ["-c:v", "libvpx-vp9" if media.video_codec == "vp9" else "libvpx"]
    return []


def _timing(canvas: Canvas, shot: Shot, first: int, aside: Fraction, count: int) -> str:
    """Filters from the file's own times, `aside` s later, to `count` frames of the canvas, from the shot's frame `first` on.

    The last picture stays also where all of them lie before `begin`: only the second `fps` drops
    what does.
    """
    rate = ratio(canvas.fps)
    nudge = decimal(NUDGE / canvas.fps * 1_000_000)
    return (
        f"settb=1/1000000,setpts='{_times(canvas, shot, first, aside)}+{nudge}',fps={rate},tpad=stop=-1:stop_mode=clone,"
        f"fps={rate}:start_time=0,trim=end_frame={count},setpts=PTS-STARTPTS"
    )


def _times(canvas: Canvas, shot: Shot, first: int, aside: Fraction) -> str:
    """The expression for the time at which a picture of the file comes, counted from the shot's frame `first`; in
    microseconds, both. That of a ramp is `Pace.reached`."""
    plays, begin = shot.pace, Fraction(shot.in_ms, 1000) + aside
    if not plays.is_ramp:
        begin += shot.played(first, canvas.fps)
        return f"(PTS-({decimal(begin * 1_000_000)}))/{decimal(plays.first, 9)}"
    whole, lasts = (decimal(one * 1000) for one in (plays.played(plays.lasts), plays.lasts))
    gain = 2 * (plays.last - plays.first) / plays.lasts / 1000
    slow, fast = decimal(plays.first, 9), decimal(plays.last, 9)
    inside = f"2*ld(0)/({slow}+sqrt({decimal(plays.first**2, 15)}+ld(0)*({decimal(gain, 18)})))"
    behind = f"{lasts}+(ld(0)-{whole})/{fast}"
    played = f"if(lte(ld(0),0),ld(0)/{slow},if(gte(ld(0),{whole}),{behind},{inside}))"
    earlier = decimal(first * 1_000_000 / canvas.fps)
    return f"st(0,PTS-({decimal(begin * 1_000_000)}));{played}-({earlier})"


def _fit(
    graph: Graph,
    canvas: Canvas,
    overlays: Overlays,
    shot: Shot,
    colors: Colors,
    stream: str,
    run: Run,
) -> str:
    """The stream on the canvas: filling it, or whole over black or over its blurred self."""
    whole, frame = contained(shot.form, canvas), (canvas.width, canvas.height)
    if shot.media.has_alpha:
        size = filled(shot.form, canvas) if shot.fit == "cover" else whole
        picture = graph.chain([stream], _shown(shot, size, colors, "yuva420p"))
        if changes_picture(shot.effects):
            seen = frame if shot.fit == "cover" else whole
            middle = _middle(size, seen)
            picture = _changed(graph, picture, overlays, shot, canvas, middle, run)
        return _over_black(graph, canvas, picture, run.frames)
    if shot.fit == "cover" or whole == frame:
        crop = f"crop={canvas.width}:{canvas.height}"
        covering = _shown(shot, filled(shot.form, canvas), colors, "yuv420p", crop)
        return _looked(graph, stream, covering, overlays, shot, canvas, _middle(frame, frame), run)
    inside = _shown(shot, whole, colors, "yuv420p")
    picture = _looked(graph, stream, inside, overlays, shot, canvas, _middle(whole, whole), run)
    if shot.fit == "contain":
        pad = f"pad={canvas.width}:{canvas.height}:(ow-iw)/2:(oh-ih)/2:black"
        return graph.chain([picture], pad)
    front, back = graph.fan([picture], "split=2", 2)
    return _overlay_middle(graph, _blur(graph, canvas, shot.form, back), front)


def _shown(shot: Shot, size: tuple[int, int], colors: Colors, pixels: str, crop: str = "") -> str:
    """Filters from pictures as they are stored to what is seen of them, of that size and in BT.709."""
    flat = f"{colors.after}format={pixels},{BT709}"
    view = shot.view
    if view is None:
        return ",".join(filter(None, (_upright(shot.media, size, colors.in_scale), crop, flat)))
    scale = min(1.0, size[0] / view.width)
    wide, high = (max(2, round(one * scale / 2) * 2) for one in view.of)
    x_scale, y_scale = wide / view.of[0], high / view.of[1]
    left, top, right, bottom = view.around
    x, y = _even(left * x_scale), _even(top * y_scale)
    part = (
        min(wide - x, max(2, round(right * x_scale / 2) * 2 - x)),
        min(high - y, max(2, round(bottom * y_scale / 2) * 2 - y)),
    )
    steps = [
        _upright(shot.media, (wide, high), colors.in_scale),
        f"crop={_colon(part)}:{x}:{y}",
        flat,
    ]
    if view.degrees:
        places = (
            f"x{number}={one * x_scale - x:.3f}:y{number}={other * y_scale - y:.3f}"
            for number, (one, other) in enumerate(view.corners)
        )
        steps.append(f"perspective={':'.join(places)}:interpolation=cubic")
    if part != size:
        steps.append(f"scale={_colon(size)},setsar=1")
    return ",".join([*steps, *[crop] * bool(crop)])


def _even(length: float) -> int:
    return int(length) // 2 * 2


def _moved(shot: Shot, first: int) -> list[str]:
    """Filters that turn the fitted picture and show a part of it, from the frame `first` of the shot on."""
    steps = (turns_of(shot.effects), moves_of(shot.effects, first, shot.count))
    return [*filter(None, steps)]


def _in_cell(canvas: Canvas, shot: Shot) -> list[str]:
    """The filter that puts what fills a part of the frame there, over black."""
    if shot.cell == WHOLE:
        return []
    x, y, _, _ = canvas.cell(shot.cell)
    return [f"pad={canvas.width}:{canvas.height}:{x}:{y}:black"]


def _changed(
    graph: Graph,
    stream: str,
    overlays: Overlays,
    shot: Shot,
    canvas: Canvas,
    box: Box,
    run: Run | None = None,
) -> str:
    """A stream with an alpha channel after its looks, which take no part in what is transparent."""
    seen, shape = graph.fan([stream], "split=2", 2)
    alpha = graph.chain([shape], "alphaextract")
    looked = _looked(graph, seen, "format=yuv420p", overlays, shot, canvas, box, run)
    return graph.chain([looked, alpha], "alphamerge")


def _middle(size: tuple[int, int], inside: tuple[int, int]) -> Box:
    """Where a picture lies that stands in the middle of a larger one, or of which the middle is seen."""
    x, y = ((one - other) // 2 for one, other in zip(size, inside, strict=True))
    return Box(x, y, *inside)


def _looked(
    graph: Graph,
    stream: str,
    filters: str,
    overlays: Overlays,
    shot: Shot,
    canvas: Canvas,
    box: Box,
    run: Run | None = None,
) -> str:
    """A stream after `filters` and what changes the picture itself, one after the other.

    Args:
        canvas: what the picture is fitted into before it is turned.
        box: where in the stream lies what is seen of the picture.
        run: of a video, which frames of the shot these are.
    """
    steps = [filters]
    fills = shot.fit == "cover"
    picture, frame = (shot.media.width, shot.media.height), (canvas.width, canvas.height)
    for place, one in enumerate(shot.effects):
        if isinstance(one, Stabilise):
            if run is not None and (hold := holding(one, shot, canvas, *run)):
                steps.append(hold)
            continue
        if isinstance(one, Lut):
            steps.append(overlays.luts[one])
            continue
        if not isinstance(one, Hide):
            steps += filter(None, [one.filters(canvas.width) if not one.is_turn else ""])
            continue
        area = area_of(shot.effects, place, picture, frame, fills=fills)
        if area is None:
            continue
        x, y = _even(box.x + area[0] * box.width), _even(box.y + area[1] * box.height)
        x_end, y_end = box.x + area[2] * box.width + 1, box.y + area[3] * box.height + 1
        width = max(2, min(_even(x_end), box.x + box.width) - x)
        height = max(2, min(_even(y_end), box.y + box.height) - y)
        clear, part = graph.fan([stream], together([*steps, "split=2"]), 2)
        hiding = one.hiding(frame, width, height)
        hidden = graph.chain([part], f"crop={width}:{height}:{x}:{y},{hiding}")
        stream = graph.chain([clear, hidden], f"overlay=x={x}:y={y}:format=yuv420:shortest=1")
        steps = [BT709]
    return graph.chain([stream], together(steps))


def _over_black(graph: Graph, canvas: Canvas, picture: str, count: int) -> str:
    return _overlay_middle(graph, _black(graph, canvas, count), picture)


def _upright(media: Media, size: tuple[int, int], in_scale: str) -> str:
    """Filters from pictures as they are stored to upright ones of that size with square pixels.

    A file may change its size on the way: what has the usual shape fills the size, other shapes stand
    in the middle of it, as on a player's screen.
    """
    picture = shown(media)
    lies = picture.turn % 180 != 0
    width, height = reversed(size) if lies else size
    wide, high = (media.height, media.width) if lies else (media.width, media.height)
    pixel = f"if(between(sar,{1 / MOST_ASPECT},{MOST_ASPECT}),sar,1)"
    shape = f"(iw*{pixel}/ih)"
    usual = f"lt(abs({shape}*{high}/{wide}-1),{_SAME_FORM})"
    w = f"if({usual},{width},max(2,min({width},trunc({height}*{shape}/2)*2)))"
    h = f"if({usual},{height},max(2,min({height},trunc({width}/{shape}/2)*2)))"
    filters = [
        f"scale=w='{w}':h='{h}':eval=frame{in_scale}",
        f"pad={width}:{height}:(ow-iw)/2:(oh-ih)/2:black:eval=frame",
        *_TURNS[picture.turn],
        *(["hflip"] if picture.mirrored else []),
        "setsar=1",
    ]
    return ",".join(filters)


_SAME_FORM = 0.04
"""By so much a frame's shape may differ from the file's and fill what the file's fills."""
_TURNS = {0: (), 90: ("transpose=clock",), 180: ("hflip", "vflip"), 270: ("transpose=cclock",)}


def _blur(graph: Graph, canvas: Canvas, form: Media | View, stream: str) -> str:
    """A dark, blurred copy of the upright stream that fills the canvas."""
    small = Canvas(
        max(16, canvas.width // BLUR_SCALE // 2 * 2),
        max(16, canvas.height // BLUR_SCALE // 2 * 2),
        canvas.fps,
    )
    shrink = f"scale={_colon(filled(form, small))},crop={small.width}:{small.height}"
    chroma = "'128+(val-128)*0.6'"
    soften = f"gblur=sigma=3,lutyuv=y='16+(val-16)*0.6':u={chroma}:v={chroma}"
    grow = f"scale={canvas.width}:{canvas.height}"
    return graph.chain([stream], f"{shrink},setsar=1,{soften},{grow},setsar=1,{BT709}")


def _overlay_middle(graph: Graph, back: str, front: str) -> str:
    place = "overlay=x=(W-w)/2:y=(H-h)/2:format=yuv420:shortest=1"
    return graph.chain([back, front], f"{place},{BT709}")


def _colon(size: tuple[int, int]) -> str:
    return f"{size[0]}:{size[1]}"


def filled(form: Media | View, canvas: Canvas) -> tuple[int, int]:
    """The size, even, at which the whole canvas is covered by the picture."""
    width, height, scale = _shape(form, canvas, fill=True)
    return (
        max(canvas.width, math.ceil(width * scale / 2 - Fraction(1, 100)) * 2),
        max(canvas.height, math.ceil(height * scale / 2 - Fraction(1, 100)) * 2),
    )


def contained(form: Media | View, canvas: Canvas) -> tuple[int, int]:
    """The size, even, at which the whole picture fits on the canvas."""
    width, height, scale = _shape(form, canvas, fill=False)
    return (
        min(canvas.width, max(2, round(width * scale / 2) * 2)),
        min(canvas.height, max(2, round(height * scale / 2) * 2)),
    )


def _shape(
    form: Media | View, canvas: Canvas, *, fill: bool
) -> tuple[Fraction, Fraction, Fraction]:
    width, height = Fraction(form.width or canvas.width), Fraction(form.height or canvas.height)
    scales = canvas.width / width, canvas.height / height
    return width, height, max(scales) if fill else min(scales)


def _lay(
    graph: Graph,
    canvas: Canvas,
    overlays: Overlays,
    inset: Inset,
    picture: str,
    start: int,
    end: int,
) -> str:
    """`picture`, which shows the frames `start`..`end`, with a smaller one over it."""
    first, last = max(start, inset.start), min(end, inset.end)
    shot, box = inset.shot, box_of(inset, canvas)
    if shot.cell != WHOLE:
        part, alone = replace(canvas, width=box.width, height=box.height), replace(shot, cell=WHOLE)
        if shot.media.kind == "image":
            stream = _show_still(graph, part, overlays, alone, first - shot.start, last - first)
        else:
            stream = _show_video(graph, part, overlays, alone, first - shot.start, last - first)
        form = "format=yuva420p"
    elif shot.media.kind == "image":
        path = overlays.stills[still_of_inset(inset, canvas)]
        number = graph.open(path, shot.media.filename, ("-f", "image2", "-pattern_type", "none"))
        stream, form = f"[{number}:v:0]", f"scale={TO_BT709},format=yuva420p,{BT709}"
        form += f",{_repeat(canvas, last - first)}"
    else:
        stream = _decoded(graph, canvas, shot, first - shot.start, last - first)
        colors = colors_of(shot.media)
        form = f"{_upright(shot.media, (box.width, box.height), colors.in_scale)},{colors.after}"
        form += f"{'' if shot.media.has_alpha else 'format=yuv420p,'}format=yuva420p,{BT709}"
    keyed = "".join(f",{one.alpha}" for one in shot.effects if isinstance(one, Key))
    through = f",lutyuv=a=val*{inset.opacity:.4f}" if inset.opacity < 1 else ""
    place = f"setpts=PTS-STARTPTS+{first - start}"
    small = graph.chain([stream], f"{form}{keyed}{through},{place}")
    shown = f"enable='between(n,{first - start},{last - start - 1})'"
    return graph.chain(
        [picture, small],
        f"overlay=x={box.x}:y={box.y}:format=yuv420:eof_action=pass:{shown},{BT709}",
    )


def _grow(graph: Graph, canvas: Canvas, bar: Bar, picture: str, start: int, end: int) -> str:
    """`picture`, which shows the frames `start`..`end`, with a bar that comes in from the left by as much in each frame."""
    first, last = max(start, bar.start), min(end, bar.end)
    height = max(2, round(bar.size * canvas.height / 2) * 2)
    size = f"s={canvas.width}x{height}:r={ratio(canvas.fps)}"
    color = f"color=c=0x{bar.color[1:]}:{size},trim=end_frame={last - first}"
    strip = graph.chain(
        [], f"{color},scale={TO_BT709},format=yuv420p,{BT709},setpts=PTS-STARTPTS+{first - start}"
    )
    y = 0 if bar.place == "top" else canvas.height - height
    x = f"-W+W*(n-{first - start}+{first - bar.start})/{bar.count}"  # ffmpeg counts from 1
    shown = f"enable='between(n,{first - start},{last - start - 1})'"
    return graph.chain(
        [picture, strip],
        f"overlay=x='{x}':y={y}:format=yuv420:eof_action=pass:{shown},{BT709}",
    )


def _write(
    graph: Graph,
    canvas: Canvas,
    overlays: Overlays,
    words: Words,
    picture: str,
    start: int,
    end: int,
) -> str:
    """`picture`, which shows the frames `start`..`end`, with a text over it."""
    overlay = overlays.words[words]
    first, last = max(start, words.start), min(end, words.end)
    number = graph.open(overlay.path, "a text", ("-f", "image2", "-pattern_type", "none"))
    flat = f"scale={TO_BT709},format=yuva420p,{BT709}"
    fades = ""
    if words.fade:
        gone = words.count - words.fade
        fades = f"fade=t=in:s=0:n={words.fade}:alpha=1,fade=t=out:s={gone}:n={words.fade}:alpha=1,"
    cut = f"trim=start_frame={first - words.start}:end_frame={last - words.start}"
    place = f"setpts=PTS-STARTPTS+{first - start}"
    text = graph.chain(
        [f"[{number}:v:0]"], f"{flat},{_repeat(canvas, words.count)},{fades}{cut},{place}"
    )
    shown = f"enable='between(n,{first - start},{last - start - 1})'"
    x, y = str(overlay.x), str(overlay.y)
    if words.enter and words.fade:
        passed = (
            f"min(1,(n-{first - start}+{first - words.start})/{words.fade})"  # ffmpeg counts from 1
        )
        left = f"pow(1-{passed},2)"
        away = {"left": "(-w-{x})", "right": "(W-{x})", "top": "(-h-{y})", "bottom": "(H-{y})"}
        moved = f"{away[words.enter].format(x=x, y=y)}*{left}"
        x, y = (f"'{x}+{moved}'", y) if words.enter in ("left", "right") else (x, f"'{y}+{moved}'")
    return graph.chain(
        [picture, text],
        f"overlay=x={x}:y={y}:format=yuv420:eof_action=pass:{shown},{BT709}",
    )
