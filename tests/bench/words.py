"""How long the director takes for a sentence: every one of `tests/data/right`, on the timeline that it is about,
and on one of 1,000 clips.

    python -m tests.bench words [clips]

Times are of the processor, so that others on the machine count less. The reference is that long timeline written
as JSON and read again, which is the least that keeping a turn costs.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from tests.studio.right import cases
from tests.studio.stated import STATES, photo, song, video
from vbtui.studio.director import Memory, Project, direct
from vbtui.studio.director.sequence import build

LISTS = sorted((Path(__file__).parents[1] / "data" / "right").glob("*.tsv"))
READ_MS, LONG_MS = 20.0, 50.0
"""At the 95th percentile."""
_SLOWEST = 5
_EVERY = 8
"""Of the turns on the long timeline every eighth is said."""
_WARM = "Mute clip 1 and add a title"
"""Said first, and not counted."""


def main(argv: list[str]) -> int:
    """Prints the figures; 1 when a limit is missed."""
    count = int(argv[0]) if argv else 1000
    known = [case for path in LISTS for case in cases(path)]
    long = _long(count)
    text = json.dumps(long.draft)
    reference = statistics.median(_ms(lambda: json.loads(json.dumps(long.draft))) for _ in range(9))
    print(f"reference: {reference:.1f} ms for {len(text) / 1024:.0f} kB of JSON out and in")
    projects = {
        name: Project("project", state.draft, state.media, state.previous)
        for name, state in STATES.items()
    }
    own = [(projects[case.state], case.turns) for case in known]
    is_quick = _tell("its own timeline", _times(own), READ_MS, reference)
    same = [(long, (turn,)) for case in known for turn in case.turns][::_EVERY]
    return 0 if _tell(f"{count} clips", _times(same), LONG_MS, reference) and is_quick else 1


def _long(count: int) -> Project:
    """A song and so many clips, every fifth a photo, one after the other."""
    clips = [
        photo(f"photo {number:04}.jpg") if number % 5 == 0 else video(f"shot {number:04}.mp4", 6)
        for number in range(1, count + 1)
    ]
    media = [*clips, song("song.mp3", 30)]
    draft = build(None, "project", clips, {one.id: one for one in media})
    return Project("project", draft, media, [None])


def _times(talks: Sequence[tuple[Project, tuple[str, ...]]]) -> list[tuple[float, str]]:
    """ms of every turn, with its words, the longest first."""
    found: list[tuple[float, str]] = []
    direct(_WARM, talks[0][0])
    for project, turns in talks:
        memory: Memory | None = None
        for turn in turns:
            began = time.process_time()
            outcome = direct(turn, project, memory)
            found.append(((time.process_time() - began) * 1000, turn))
            memory = outcome.memory
            if outcome.draft is not None:
                previous = [*project.previous, project.draft]
                project = replace(project, draft=outcome.draft, previous=previous)
    return sorted(found, reverse=True)


def _ms(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def _tell(what: str, times: list[tuple[float, str]], limit_ms: float, reference_ms: float) -> bool:
    p50, p95 = times[len(times) // 2][0], times[len(times) // 20][0]
    print(
        f"{what}: {len(times)} turns, p50 {p50:.1f} ms, p95 {p95:.1f} ms (limit {limit_ms:g}), "
        f"{p95 / reference_ms:.1f} x the reference"
    )
    for ms, turn in times[:_SLOWEST]:
        print(f"    {ms:6.1f} ms  {turn[:100]}")
    return p95 <= limit_ms
