"""Clips that already are what the video asks for: taken over as they are, without encoding.

What is taken over are closed groups of pictures (see `h264`) over which nothing lies: no
text, no transition, no effect, in the clip's own speed, size and frame rate. Either the whole
picture of the video is made of such groups, all encoded alike; or some of it is, and the rest –
crossfades, texts, what lies between a cut and the next key frame – is encoded beside it, with
parameter sets of another number (see `h264`). That must be what `parameters.Form` lists as well, or a
decoder may drop pictures at the seams: our encoder holds back as many pictures as the clip does.

A clip is what it is, whatever quality is asked for: that says how the rest is encoded. Only one
that takes far more bits than the quality usually does is encoded as well, so that the file does not
get many times as large as it should.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from vbtui.studio.project.media import Media, shown
from vbtui.studio.project.picture import Picture
from vbtui.studio.render.codec import BITS_A_PIXEL
from vbtui.studio.render.colors import HD_LINES
from vbtui.studio.render.h264 import OWN_ID, Group, Reading, Settings, read_groups
from vbtui.studio.render.model import WHOLE, Canvas, Plan, Shot, Span
from vbtui.studio.render.parameters import Form
from vbtui.timeline.pace import EVEN

SHORTEST_S = 0.5
"""Shorter runs stay in the chunks around them: two more beginnings cost what they save."""
MOST_BITS = 4
"""So many times the bits that a quality usually takes are still taken over: 35 Mbit/s at the
highest for 1080p of 30 frames a second, where phones write 10 to 20."""
_BT709, _UNNAMED = 1, 2
"""Numbers of ITU-T H.273."""


@dataclass(frozen=True, slots=True)
class Copy:
    """Frames of one file that can be taken over."""

    path: Path
    filename: str
    index: int
    """Of its stream."""
    settings: Settings
    form: Form
    start: int
    """Frame of the video at which it begins."""
    start_s: Fraction
    """Time of its first frame in the file."""
    seek: int
    """When that is decoded, in ticks of the file."""
    packets: tuple[tuple[int, int], ...]
    """For each packet the time that it has in the file, in ticks, and its bytes."""
    order: tuple[int, ...]
    """For each packet, which of the frames it shows."""
    first: int
    """`idr_pic_id` of its first picture."""
    last: int
    """The same of its last one; -1 when that is no IDR picture."""
    is_drawn_alike: bool
    """A player shows its colours as it shows what this renderer draws of the file."""

    @property
    def count(self) -> int:
        return len(self.packets)

    @property
    def end(self) -> int:
        return self.start + self.count

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(size for _, size in self.packets)


def find_copies(plan: Plan, damaged: Collection[int] = ()) -> list[Copy]:
    """What to take over, in order: all of the video if that goes, otherwise parts of it.

    Args:
        damaged: the starts of copies that must be encoded after all.
    """
    copies = [
        copy
        for copy in _all_copies(plan)
        if copy.start not in damaged and not _is_too_large(copy, plan)
    ]
    alike = len({copy.settings for copy in copies}) == 1
    if is_whole(plan, copies) and alike and _told_apart(copies) == copies:
        return copies
    shortest = SHORTEST_S * plan.canvas.fps
    parts = [
        copy
        for copy in copies
        if copy.count >= shortest
        and not copy.settings.ids & {OWN_ID, -1}
        and _can_be_matched(copy.form, plan.canvas)
        and copy.is_drawn_alike
    ]
    frames = Counter[Settings]()
    for copy in parts:
        frames[copy.settings] += copy.count
    best = [settings for settings, _ in frames.most_common(1)]
    return _told_apart([copy for copy in parts if copy.settings in best])


def _told_apart(copies: Sequence[Copy]) -> list[Copy]:
    """Those of which a decoder sees where they begin: two IDR pictures in a row differ in a number."""
    found: list[Copy] = []
    for copy in copies:
        before = found[-1] if found else None
        if before is None or before.end != copy.start or before.last != copy.first:
            found.append(copy)
    return found


def _can_be_matched(form: Form, canvas: Canvas) -> bool:
    """Whether our encoder makes pictures of that form for the canvas."""
    across, down = -(-canvas.width // 16), -(-canvas.height // 16)
    crop = (0, (across * 16 - canvas.width) // 2, 0, (down * 16 - canvas.height) // 2)
    ordered = form.order_type == 2 or (form.order_type == 0 and form.references > 1)
    return (
        (form.width_mbs, form.height_mbs, form.crop) == (across, down, crop)
        and form.references <= form.held
        and ordered
        and (form.order_type == 2 or not form.is_baseline)
    )


def is_whole(plan: Plan, copies: Sequence[Copy]) -> bool:
    """Whether nothing is left to encode."""
    return sum(copy.count for copy in copies) == plan.frames


def _all_copies(plan: Plan) -> list[Copy]:
    of_file: dict[Path, list[tuple[Span, Shot]]] = defaultdict(list)
    for span in plan.spans:
        shot = span.shot
        if shot is not None and _is_plain(span, shot, plan.canvas):
            of_file[shot.media.path].append((span, shot))
    copies: list[Copy] = []
    for spans in of_file.values():
        media = spans[0][1].media
        reading = read_groups(media, spans, plan.canvas)
        if reading is not None:
            for span, groups in reading.groups.items():
                for run in _runs(plan, span, groups):
                    copies.append(_copy(media, reading, run))
    return sorted(copies, key=lambda copy: copy.start)


def _is_plain(span: Span, shot: Shot, canvas: Canvas) -> bool:
    """Whether a span shows its shot as it is."""
    media = shot.media
    return (
        not (span.transition or shot.pace != EVEN or shot.loop or shot.effects)
        and not (shot.reverse or shot.freeze)
        and shot.cell == WHOLE
        and media.kind == "video"
        and media.video_codec == "h264"
        and media.pixel_format == "yuv420p"
        and (media.width, media.height) == (canvas.width, canvas.height)
        and _is_shown_as_stored(shown(media))
        and _are_usual(media)
        and not media.variable_fps
        and abs(media.fps - float(canvas.fps)) < 0.01
        and media.path.suffix.lower() in (".mp4", ".mov", ".mkv")
    )


def _is_shown_as_stored(picture: Picture) -> bool:
    return not (picture.turn or picture.mirrored or picture.cropped or picture.fields)


def _runs(plan: Plan, span: Span, groups: Sequence[Group]) -> Iterator[list[Group]]:
    """Groups that follow each other, as far as no text and no picture lies over them."""
    run: list[Group] = []
    for group in groups:
        if run and run[-1].end != group.first:
            yield run
            run = []
        if group.end <= span.end and not _is_covered(plan, group):
            run.append(group)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _is_covered(plan: Plan, group: Group) -> bool:
    return any(one.start < group.end and one.end > group.first for one in plan.over())


def _copy(media: Media, reading: Reading, run: Sequence[Group]) -> Copy:
    first, last = run[0], run[-1]
    return Copy(
        path=media.path,
        filename=media.filename,
        index=shown(media).index,
        settings=reading.settings,
        form=reading.form,
        start=first.first,
        start_s=first.start_s,
        seek=first.seek,
        packets=tuple(packet for group in run for packet in group.packets),
        order=tuple(group.first - first.first + number for group in run for number in group.order),
        first=first.beginning.number,
        last=last.beginning.number if len(last.packets) == 1 else -1,
        is_drawn_alike=_are_drawn_alike(media),
    )


def _is_too_large(copy: Copy, plan: Plan) -> bool:
    pixels = plan.canvas.width * plan.canvas.height * copy.count
    return copy.size * 8 > MOST_BITS * BITS_A_PIXEL[plan.quality] * pixels


def _are_usual(media: Media) -> bool:
    """Whether its colours are what this renderer makes, or are not named."""
    picture = shown(media)
    named = (picture.matrix, picture.curve, picture.primaries)
    return not picture.full_range and all(one in (_BT709, _UNNAMED) for one in named)


def _are_drawn_alike(media: Media) -> bool:
    """Whether a player shows its colours as it shows what this renderer draws of the file."""
    return min(media.width, media.height) >= HD_LINES or shown(media).matrix == _BT709
