"""Where somebody speaks on the timeline, and how lines of text lie under it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from vbtui.base.text import cells
from vbtui.studio.director import ranges
from vbtui.studio.director.operations import silence
from vbtui.studio.director.work import Work
from vbtui.studio.project import draft as d


def speech(work: Work, where: Sequence[int]) -> list[ranges.Stretch]:
    """Where somebody speaks in these clips, ms of the timeline; empty where that cannot be told. Raises `Unknown`."""
    clips = work.clips
    files = {
        place: media
        for place in where
        if (media := work.media.get(str(d.meta(clips[place]).get("asset")))) is not None
        and silence.sounds(work, clips[place], media)
    }
    each = list({one.id: one for one in files.values()}.values())
    hearing = work.heard(each)
    found: list[ranges.Stretch] = []
    for place, media in files.items():
        clip, known = clips[place], hearing[media.id].levels
        pauses = hearing[media.id].pauses() if known.values else None
        if pauses is None:
            continue
        at = 0
        quiet = [*silence.of_clip(clip, known, pauses), (d.length(clip), d.length(clip))]
        for begin, end in sorted(quiet):
            if min(begin, d.length(clip)) - at >= d.MIN_TEXT_MS:
                found.append((d.start(clip) + at, d.start(clip) + min(begin, d.length(clip))))
            at = max(at, end)
    merged: list[ranges.Stretch] = []
    for begin, end in sorted(found):
        if merged and begin < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def shared(heard: Sequence[ranges.Stretch], words: Sequence[str]) -> list[ranges.Stretch] | None:
    """A span for each line: pauses part them, the longest first; where there are fewer, a stretch is shared by its lines.
    None where one would be too short to be seen."""
    stretches = list(heard)
    while len(stretches) > len(words):
        gaps = [after[0] - before[1] for before, after in pairwise(stretches)]
        at = gaps.index(min(gaps))
        stretches[at : at + 2] = [(stretches[at][0], stretches[at + 1][1])]
    counts = [1] * len(stretches)
    for _ in range(len(words) - len(stretches)):
        at = max(
            range(len(stretches)), key=lambda n: (stretches[n][1] - stretches[n][0]) / counts[n]
        )
        counts[at] += 1
    found: list[ranges.Stretch] = []
    left = list(words)
    for (begin, end), count in zip(stretches, counts, strict=True):
        mine, left = left[:count], left[count:]
        weights = [max(1, cells(one)) for one in mine]
        edges = [begin + (end - begin) * sum(weights[:n]) // sum(weights) for n in range(count + 1)]
        found += pairwise(edges)
    return found if all(end - begin >= d.MIN_TEXT_MS for begin, end in found) else None


def hung(work: Work, span: ranges.Stretch) -> d.Json:
    """At the moment of the file that is heard there; across clips, or where it is heard elsewhere, too, at the time."""
    begin, end = span
    here = {"at": "time", "ms": begin, "d": end - begin}
    for clip in work.clips:
        if d.start(clip) <= begin and end <= d.start(clip) + d.length(clip):
            first, last = (
                d.source_in(clip) + round(d.pace_of(clip).played(at - d.start(clip))) for at in span
            )
            asset = d.meta(clip).get("asset")
            place = {"at": "source", "asset": asset, "ms": first, "d": last - first}
            item = {"s": 0, "d": end - begin, "m": {"place": place}}
            laid = d.place_text(item, work.total(), {str(one["id"]): one for one in work.clips})
            if laid is not None and abs(d.start(laid) - begin) <= 2 >= abs(
                d.length(laid) - end + begin
            ):
                return place
    return here
