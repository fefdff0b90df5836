"""`vbtui schema`: the form of what the commands print as JSON, as JSON Schemas (draft 2020-12)."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from vbtui.base.errors import UsageError
from vbtui.base.text import FORM, clean_line, to_json
from vbtui.base.translation import Translation

Schema = dict[str, Any]
_NONE = Translation(
    "vbtui {command} prints no JSON. These have a schema: {known}.",
    "vbtui {command} 不输出 JSON。有模式的是：{known}。",
)
_TEXT: Schema = {"type": "string"}
_MAYBE_TEXT: Schema = {"type": ["string", "null"]}
_NUMBER: Schema = {"type": "number"}
_MAYBE_NUMBER: Schema = {"type": ["number", "null"]}
_WHOLE: Schema = {"type": "integer"}
_MAYBE_WHOLE: Schema = {"type": ["integer", "null"]}
_YES: Schema = {"type": "boolean"}
_ANY: Schema = {}
_OPEN: Schema = {"type": "object"}
_VERSION: Schema = {"const": FORM}


def _object(*optional: str, **properties: Schema) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _one_of(*values: str) -> Schema:
    return {"enum": [*values]}


def _counts(**more: Schema) -> Schema:
    return {"type": "object", "additionalProperties": _WHOLE, **more}


_PROBLEM = _object(code=_TEXT, title=_TEXT, message=_TEXT, hint=_TEXT)
ERROR = _object(version=_VERSION, error=_PROBLEM)
_PROJECT = {"project": _MAYBE_TEXT, "session": _MAYBE_TEXT, "backend": _MAYBE_TEXT}
_ASSET = _object(
    id=_WHOLE,
    name=_TEXT,
    label=_TEXT,
    kind=_TEXT,
    source=_TEXT,
    state=_TEXT,
    reason=_TEXT,
    path=_MAYBE_TEXT,
    size=_WHOLE,
    duration_s=_MAYBE_NUMBER,
    width=_MAYBE_WHOLE,
    height=_MAYBE_WHOLE,
    fps=_MAYBE_NUMBER,
)
_QUESTION = _object(
    title=_TEXT,
    parts=_list(_object(prompt=_TEXT, options=_list(_TEXT), takes_several=_YES)),
    choices=_list(_TEXT),
)
_OUTCOMES = (
    "done",
    "in_part",
    "refused",
    "answered",
    "unchanged",
    "question",
    "unseen",
    "stopped",
    "failed",
)
_SAID = _object(
    "error",
    version=_VERSION,
    **_PROJECT,
    id=_WHOLE,
    say=_TEXT,
    author=_MAYBE_TEXT,
    route=_TEXT,
    state=_TEXT,
    reply=_TEXT,
    outcome=_one_of(*_OUTCOMES),
    changes=_list(_TEXT),
    undone=_list(_TEXT),
    question={"anyOf": [{"type": "null"}, _QUESTION]},
    timeline_version=_WHOLE,
    duration_ms=_WHOLE,
    unread=_TEXT,
    seconds=_NUMBER,
    credits=_MAYBE_NUMBER,
    videos=_list(_TEXT),
    media=_list(_ASSET),
    resumed=_YES,
    error=_PROBLEM,
)
_SEGMENT = _object(
    name=_TEXT,
    start_ms=_WHOLE,
    duration_ms=_WHOLE,
    in_ms=_WHOLE,
    speed=_NUMBER,
    volume=_MAYBE_NUMBER,
    text=_TEXT,
    transition=_TEXT,
    transition_ms=_WHOLE,
    m=_ANY,
)
_TIMELINE = {
    "duration_ms": _WHOLE,
    "width": _MAYBE_WHOLE,
    "height": _MAYBE_WHOLE,
    "fps": _MAYBE_NUMBER,
}
_TRACK = _object("name", type=_TEXT, name=_TEXT, segments=_list(_SEGMENT))
_PLAN = _object(
    "turns",
    version=_VERSION,
    say=_TEXT,
    mood=_one_of("request", "question", "negation", "condition", "correction"),
    operations=_list(_OPEN),
    question=_MAYBE_TEXT,
    choices=_list(_TEXT),
    refused={"anyOf": [{"type": "null"}, _object(op=_TEXT, message=_TEXT)]},
    reply=_TEXT,
    changed=_YES,
    changes=_list(_TEXT),
    timeline=_object(**_TIMELINE, tracks=_list(_TRACK)),
    turns=_list(_OPEN),
)
_RENDER = {
    "id": _TEXT,
    "state": _TEXT,
    "progress": _NUMBER,
    "title": _TEXT,
    "project": _TEXT,
    "session": _TEXT,
    "backend": _TEXT,
    "here": _YES,
    "version": _WHOLE,
    "quality": _TEXT,
    "format": _TEXT,
    "at_ms": _WHOLE,
    "preset": _TEXT,
    "width": _MAYBE_WHOLE,
    "height": _MAYBE_WHOLE,
    "path": _MAYBE_TEXT,
    "destination": _MAYBE_TEXT,
    "problem": {"anyOf": [{"type": "null"}, _object(title=_TEXT, message=_TEXT, hint=_TEXT)]},
    "created_at": _NUMBER,
    "seen_at": _MAYBE_NUMBER,
    "ended_at": _MAYBE_NUMBER,
}
_MADE = _object(
    version=_VERSION,
    video=_TEXT,
    session=_TEXT,
    backend=_TEXT,
    turns=_list(_object(say=_TEXT, reply=_TEXT, changes=_list(_TEXT))),
    timings={"type": "object", "additionalProperties": _NUMBER},
    remarks=_list(_TEXT),
)
_MAYBE_PROBLEM: Schema = {"anyOf": [{"type": "null"}, _PROBLEM]}
_ROW = _object(
    version=_VERSION,
    row=_WHOLE,
    name=_TEXT,
    state=_one_of("done", "in_part", "failed", "waiting"),
    before=_YES,
    video=_MAYBE_TEXT,
    missing=_list(_TEXT),
    remarks=_list(_TEXT),
    error=_MAYBE_PROBLEM,
    session=_MAYBE_TEXT,
    open=_MAYBE_TEXT,
)
_ROWS = _object(
    version=_VERSION,
    rows=_WHOLE,
    made=_WHOLE,
    before=_WHOLE,
    in_part=_WHOLE,
    failed=_WHOLE,
    waiting=_WHOLE,
    report=_MAYBE_TEXT,
)
_EVENT = {"version": _VERSION, "at": _TEXT}
_HAPPENED = {**_EVENT, **_PROJECT}
_SAYING = {"turn": _WHOLE, "say": _TEXT, "author": _MAYBE_TEXT}
SCHEMAS: dict[str, Sequence[Schema]] = {
    "make": (_MADE, _PLAN, _ROW, _ROWS),
    "demo": (_MADE,),
    "projects": (
        _object(
            version=_VERSION,
            projects=_list(
                _object(
                    project=_TEXT,
                    session=_TEXT,
                    backend=_TEXT,
                    last=_YES,
                    created_at=_NUMBER,
                    used_at=_NUMBER,
                    timeline_version=_WHOLE,
                    duration_ms=_WHOLE,
                    media=_WHOLE,
                )
            ),
        ),
    ),
    "media": (_object(version=_VERSION, **_PROJECT, media=_list(_ASSET)),),
    "say": (_SAID, _PLAN),
    "answer": (_SAID,),
    "undo": (_SAID,),
    "redo": (_SAID,),
    "timeline": (
        _object(
            version=_VERSION,
            **_PROJECT,
            timeline_version=_WHOLE,
            seen_at=_MAYBE_NUMBER,
            unread=_TEXT,
            **_TIMELINE,
            tracks=_list(_TRACK),
        ),
    ),
    "versions": (
        _object(
            version=_VERSION,
            **_PROJECT,
            versions=_list(
                _object(
                    number=_WHOLE,
                    seen_at=_NUMBER,
                    say=_MAYBE_TEXT,
                    author=_MAYBE_TEXT,
                    duration_ms=_WHOLE,
                    tracks=_WHOLE,
                    segments=_WHOLE,
                )
            ),
        ),
    ),
    "frame": (
        _object(version=_VERSION, **_PROJECT, picture=_TEXT, at_ms=_WHOLE, missing=_list(_TEXT)),
    ),
    "open": (_object(version=_VERSION, **_PROJECT, video=_TEXT),),
    "plan": (_PLAN,),
    "export": (
        _object(
            format_version=_VERSION,
            video=_MAYBE_TEXT,
            videos=_list(_TEXT),
            session=_TEXT,
            backend=_TEXT,
            version=_WHOLE,
            missing=_list(_TEXT),
            remarks=_list(_TEXT),
            checks=_list(_object(preset=_TEXT, passed=_YES)),
        ),
    ),
    "renders": (
        _object(version=_VERSION, renders=_list(_object(**_RENDER))),
        _object(format_version=_VERSION, **_RENDER),
    ),
    "status": (
        _object(
            format_version=_VERSION,
            **_PROJECT,
            timeline=_MAYBE_TEXT,
            unread=_TEXT,
            version=_WHOLE,
            duration_ms=_WHOLE,
            media=_counts(),
            turns=_counts(),
            renders=_list(_object(id=_TEXT, state=_TEXT, progress=_NUMBER, path=_MAYBE_TEXT)),
        ),
    ),
    "watch": (
        _object(
            **_EVENT,
            event=_one_of("file"),
            name=_TEXT,
            path=_MAYBE_TEXT,
            state=_TEXT,
            reason=_TEXT,
            size=_WHOLE,
        ),
        _object(
            **_EVENT,
            event=_one_of("step"),
            name=_TEXT,
            path=_MAYBE_TEXT,
            step=_TEXT,
            detail=_TEXT,
            video=_MAYBE_TEXT,
        ),
        _object(
            **_EVENT,
            event=_one_of("notice"),
            severity=_TEXT,
            title=_TEXT,
            message=_TEXT,
            hint=_TEXT,
        ),
    ),
    "doctor": (_object(format_version=_VERSION, version=_TEXT, ok=_YES, checks=_list(_OPEN)),),
    "events": (
        _object(
            **_HAPPENED,
            event=_one_of("finished", "failed"),
            render=_TEXT,
            video=_MAYBE_TEXT,
            format=_TEXT,
            timeline_version=_WHOLE,
            problem=_MAYBE_PROBLEM,
        ),
        _object(**_HAPPENED, **_SAYING, event=_one_of("failed"), problem=_MAYBE_PROBLEM),
        _object(**_HAPPENED, **_SAYING, event=_one_of("question"), question=_QUESTION),
    ),
    "progress": (
        _object(
            "share",
            version=_VERSION,
            event=_one_of("stage", "progress", "waiting", "reply", "error"),
            text=_TEXT,
            share=_MAYBE_NUMBER,
        ),
    ),
}
"""By command, what an object of its output is one of. `progress` is a line of stderr with `--progress json`, `events`
what a command of `[events]` gets on its standard input."""


def of(command: str) -> Schema:
    """The schema of each object that a command prints. Raises `UsageError` for one that prints none."""
    forms = SCHEMAS.get(command)
    if forms is None:
        raise UsageError(_NONE.of(command=clean_line(command), known=", ".join(SCHEMAS)))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"vbtui {command}",
        "anyOf": [*forms, ERROR],
    }


def run(arguments: argparse.Namespace) -> int:
    """The schema of a command, or an object of all, goes to stdout."""
    if arguments.of:
        print(to_json(of(arguments.of), 1))
    else:
        print(to_json({"version": FORM, "schemas": {name: of(name) for name in SCHEMAS}}, 1))
    return 0
