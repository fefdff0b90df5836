"""Plans: what sentences would do to a session, told without doing any of it – `POST /studio/plan`; and which
sentences could be said – `GET /studio/suggestions/<sid>`.

    state ── after ──► state ──┬── one of `say` ──► plan
                               └── another one  ──► plan

The state is the session's, with what the director remembers of it. What is said `after` it comes first; then each of
`say`, a text or several turns, is planned on that state, each for itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from vbtui.base.text import clean
from vbtui.studio.project.draft import Draft
from vbtui.studio.project.findings import Wanted as Unknown
from vbtui.studio.server.replies import Refusal, ok, read_object
from vbtui.studio.server.studio import session_of, studio_of
from vbtui.studio.server.turns import situation
from vbtui.timeline import changes
from vbtui.timeline.model import TEXT, Segment, Timeline, Track, read

if TYPE_CHECKING:
    from vbtui.studio.director import Memory, Outcome, Project

MOST_TURNS = 500
MOST_CHARACTERS = 100_000
"""Of all texts of a request."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be planned."""

    session_id: str
    after: tuple[str, ...]
    """Turns that come before each of `say`."""
    say: tuple[tuple[str, ...], ...]
    """Each has one turn or more."""


async def plan(request: Request) -> Response:
    """`POST /studio/plan`. A turn of the session that is under way is waited for."""
    wanted = _wanted(await read_object(request))
    session = await session_of(request, wanted.session_id)
    async with session.turn:
        draft = await session.draft()
        analyses = studio_of(request).analyses
        found = analyses.nothing
        while True:
            state = State(*situation(session, draft, found))
            try:
                return ok(await asyncio.to_thread(_planned, wanted, state))
            except _Unknown as error:
                wanted_first = error.wanted
            found = found.beside(await analyses.find(wanted_first, lambda media, share: None))


async def suggested(request: Request) -> Response:
    """`GET /studio/suggestions/<sid>?language=en`: at most three sentences that are done as the session is now."""
    from vbtui.studio.director import suggestions

    session = await session_of(request)
    language = request.query_params.get("language", session.record.language)
    async with session.turn:
        project, _ = situation(session, await session.draft())
        found = await asyncio.to_thread(suggestions, project, language.startswith("zh"))
    return ok({"suggestions": found})


def _wanted(body: dict[str, Any]) -> Wanted:
    """Raises `Refusal` (400)."""
    session_id, say = body.get("session_id"), body.get("say", [])
    after = _texts(body.get("after", []))
    if not isinstance(session_id, str) or not isinstance(say, list) or after is None:
        raise Refusal("“session_id”, “say” and “after” must be a text and two lists.", code=400)
    turns = [_texts([one] if isinstance(one, str) else one) for one in say]
    found = tuple(one for one in turns if one)
    if len(found) != len(say):
        raise Refusal("Each of “say” must be a text or a list of texts.", code=400)
    every = [*after, *(text for one in found for text in one)]
    if len(every) > MOST_TURNS or sum(map(len, every)) > MOST_CHARACTERS:
        raise Refusal(
            f"At most {MOST_TURNS} texts and {MOST_CHARACTERS} characters are planned at once.",
            code=400,
        )
    return Wanted(session_id, after, found)


def _texts(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        return None
    return tuple(clean(text).strip() for text in value)


@dataclass(frozen=True, slots=True)
class State:
    """A project, and what is remembered of it, between two turns."""

    project: Project
    memory: Memory | None

    def after(self, outcome: Outcome) -> State:
        """As `Session.keep_draft` and `remember` would leave it."""
        now, steps = self.project, outcome.steps
        draft, before, undone = outcome.draft, list(now.previous), list(now.undone)
        if outcome.step == "undo" and 0 < steps <= len(before):
            undone = [*undone, now.draft, *reversed(before[len(before) - steps + 1 :])]
            before = before[: len(before) - steps]
        elif outcome.step == "redo" and 0 < steps <= len(undone):
            before = [*before, now.draft, *reversed(undone[len(undone) - steps + 1 :])]
            undone = undone[: len(undone) - steps]
        elif draft is not None:
            before, undone = before if outcome.step == "amend" else [*before, now.draft], []
        else:
            draft = now.draft
        return State(replace(now, draft=draft, previous=before, undone=undone), outcome.memory)


class _Unknown(Exception):
    """A plan needs to know what is found in files."""

    def __init__(self, wanted: Sequence[Unknown]) -> None:
        super().__init__()
        self.wanted = wanted


def _planned(wanted: Wanted, state: State) -> dict[str, Any]:
    after, state = _turns(wanted.after, state)
    plans = []
    for texts in wanted.say:
        told, end = _turns(texts, state)
        last = {**told[-1], "timeline": _timeline(read(end.project.draft))}
        plans.append({**last, "turns": told} if len(told) > 1 else last)
    return {"after": after, "plans": plans}


def _turns(texts: Sequence[str], state: State) -> tuple[list[dict[str, Any]], State]:
    """What each of these turns would do, one after the other, and the state behind them."""
    from vbtui.studio.director import direct
    from vbtui.studio.director.nets import differs

    told = []
    for text in texts:
        outcome = direct(text, state.project, state.memory)
        if outcome.wanted:
            raise _Unknown(outcome.wanted)
        next_ = state.after(outcome)
        before, after = state.project.draft, next_.project.draft
        is_changed = differs(after, before)
        told.append(
            {
                "say": text,
                "mood": outcome.mood,
                "operations": [dict(one) for one in outcome.operations],
                "question": outcome.question,
                "choices": list(outcome.choices),
                "refused": None if outcome.refused is None else asdict(outcome.refused),
                "reply": outcome.reply,
                "changed": is_changed,
                "changes": _changes(before, after) if is_changed else [],
            }
        )
        state = next_
    return told, state


def _changes(before: Draft | None, after: Draft | None) -> list[dict[str, str]]:
    """As the client would tell them of the same two drafts."""
    found = changes.compare(read(before), read(after)) or changes.details(before, after)
    return [asdict(one) for one in found]


def _timeline(line: Timeline | None) -> dict[str, Any]:
    """What is seen and heard when; times in ms of the timeline, `in_ms` of the file."""
    return {
        "duration_ms": line.duration_ms if line else 0,
        "width": line.width if line else None,
        "height": line.height if line else None,
        "fps": line.fps if line else None,
        "tracks": [
            {
                "type": track.kind.lower(),
                "segments": [_segment(track, one) for one in track.segments],
            }
            for track in (line.tracks if line else ())
        ],
    }


def _segment(track: Track, segment: Segment) -> dict[str, Any]:
    volume = 1.0 if segment.volume is None else segment.volume
    return {
        "name": segment.name,
        "start_ms": segment.start_ms,
        "duration_ms": segment.duration_ms,
        "in_ms": segment.source_start_ms,
        "speed": segment.speed,
        "volume": None if track.type == TEXT else volume,
        "text": segment.text,
        "transition": segment.transition,
        "transition_ms": segment.transition_ms,
        "m": segment.raw.get("m"),
    }
