"""What the commands print as JSON: the objects of which `vbtui schema` tells the form."""

from __future__ import annotations

from typing import Any

from vbtui.base.problem import Problem
from vbtui.cli.door import Said
from vbtui.conversation import receipts
from vbtui.journal.records import Asset, Question, Session, Turn
from vbtui.timeline.model import TEXT, Segment, Timeline, Track

Form = dict[str, Any]


def project(session: Session | None) -> Form:
    """Which project it is about."""
    return {
        "project": session.name if session else None,
        "session": session.id if session else None,
        "backend": session.backend if session else None,
    }


def error(problem: Problem) -> Form:
    """`{"code", "title", "message", "hint"}`."""
    return {
        "code": problem.code,
        "title": problem.title,
        "message": problem.message,
        "hint": problem.headless_hint,
    }


def said(one: Said) -> Form:
    """What came of a sentence."""
    turn, slip, problem = one.turn, one.turn.receipt, one.problem
    return {
        **turn_of(turn),
        "outcome": one.outcome,
        "changes": [change.sentence for change in slip.changes] if slip else [],
        "undone": [*slip.undone, *slip.unshown] if slip else [],
        "question": question(turn.question) if turn.question else None,
        "timeline_version": slip.version if slip else 0,
        "duration_ms": slip.length_ms if slip else 0,
        "unread": slip.unseen if slip else "",
        "seconds": round(slip.seconds, 3) if slip else 0,
        "credits": _spent(turn),
        "videos": [str(render.path) for render in one.renders if render.path],
        "media": [asset(file) for file in one.media],
        "resumed": one.is_resumed,
        **({"error": error(problem)} if problem is not None else {}),
    }


def _spent(turn: Turn) -> float | None:
    slip = turn.receipt
    if slip is None or slip.credits_before is None or slip.credits_after is None:
        return None
    return round(slip.credits_before - slip.credits_after, 3)


def turn_of(turn: Turn) -> Form:
    """A sentence, who said it, and what was answered."""
    return {
        "id": turn.id,
        "say": turn.text,
        "author": turn.author or None,
        "route": turn.route,
        "state": turn.state.value,
        "reply": receipts.told(turn),
    }


def question(asked: Question) -> Form:
    """The choices are numbered through all parts, the first is 1."""
    return {
        "title": asked.title,
        "parts": [
            {"prompt": part.prompt, "options": [*part.options], "takes_several": part.takes_several}
            for part in asked.parts
        ],
        "choices": [*asked.options],
    }


def asset(one: Asset) -> Form:
    """A file of a project."""
    return {
        "id": one.id,
        "name": one.name,
        "label": one.label,
        "kind": one.kind,
        "source": one.source,
        "state": one.state.value,
        "reason": one.reason,
        "path": str(one.path) if one.path else None,
        "size": one.size,
        "duration_s": one.duration_s,
        "width": one.width,
        "height": one.height,
        "fps": one.fps,
    }


def timeline(line: Timeline | None) -> Form:
    """What is seen and heard when, in the shape that `vbtui plan` has: times in ms of the timeline, `in_ms` of the
    file."""
    return {
        "duration_ms": line.duration_ms if line else 0,
        "width": line.width if line else None,
        "height": line.height if line else None,
        "fps": line.fps if line else None,
        "tracks": [
            {
                "type": track.kind.lower(),
                "name": track.name,
                "segments": [segment(track, one) for one in track.segments],
            }
            for track in (line.tracks if line else ())
        ],
    }


def segment(track: Track, one: Segment) -> Form:
    volume = 1.0 if one.volume is None else one.volume
    return {
        "name": one.name,
        "start_ms": one.start_ms,
        "duration_ms": one.duration_ms,
        "in_ms": one.source_start_ms,
        "speed": one.speed,
        "volume": None if track.type == TEXT else volume,
        "text": one.text,
        "transition": one.transition,
        "transition_ms": one.transition_ms,
        "m": one.raw.get("m"),
    }
