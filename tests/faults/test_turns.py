"""A message, whatever happens to it: said once, its fate told, never sent again by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cloud import (
    CREDITS,
    DRAFT,
    STATE,
    TURN,
    Fault,
    Play,
    broken_json,
    cut,
    heartbeats,
    ignored,
    page,
    plain,
    refuses,
    says,
    talk,
    unanswered,
    unread,
)
from tests.faults.rows import TOKEN, Row, play
from tests.server import event, reply, text_event

ASKS = ("watch", "send_again", "drop")
RETRY = ("send_again", "local")
HELLO = text_event("I am adding the title", partial=True)
CHANGED = r'Title added: "Urban Dreams"'
NO_CHANGE = r"timeline has not changed.*was not sent again.*Watch for it, send it again, or drop"


def turn(
    name: str, how: Play, state: str, *saw: str, carried: int = 1, asked: int = 1, **more: Any
) -> Row:
    wrong = (Fault("POST", TURN, how),)
    return Row(name, wrong, "say", state, saw, carried, asked, **more)


def failing(code: str, message: str, text: str = "") -> bytes:
    parts = {"content": {"parts": [{"text": text}]}} if text else {}
    return event({"errorCode": code, "errorMessage": message, **parts})


BROKEN = (
    turn("reset before it is read", unread(), "unknown", NO_CHANGE, carried=0, offers=ASKS),
    turn("reset after it is read", ignored, "unknown", NO_CHANGE, carried=0, offers=ASKS),
    turn("reset before headers", unanswered, "done", "connection broke, but the edit", CHANGED),
    turn("reset after headers", talk(end="reset"), "unknown", NO_CHANGE, offers=ASKS),
    turn("done, reset after headers", talk(edits=True, end="reset"), "done", CHANGED),
    turn(
        "reset after one piece",
        talk(HELLO, end="reset"),
        "unknown",
        "I am adding the title",
        NO_CHANGE,
    ),
    turn(
        "done, reset after one piece",
        talk(HELLO, edits=True, end="reset"),
        "done",
        r"I am adding the title\s+\*\(the answer breaks off here\)",
        CHANGED,
    ),
    turn(
        "reset within an event",
        talk(HELLO, text_event("more")[:40], end="reset"),
        "unknown",
        "I am adding the title",
        never=("more",),
    ),
    turn("closed within an event", talk(HELLO, b'data: {"cont'), "unknown", NO_CHANGE),
    turn("reset after the last event", talk(text_event("Added."), end="reset"), "unknown", "Added"),
    turn(
        "done, closed without the last chunk",
        talk(text_event("Added."), edits=True, end="close"),
        "done",
        "Added",
        CHANGED,
    ),
    turn("only heartbeats", heartbeats(), "unknown", "no answer in time", carried=0, hangs=True),
    turn("silence within", talk(HELLO, end="hang"), "unknown", "no answer in time", hangs=True),
    turn("error page, maybe done", page(502), "unknown", NO_CHANGE, carried=0),
)
ENDED = (
    turn("silent, done", talk(edits=True), "done", CHANGED),
    turn("silent, nothing done", talk(), "done", "without a word, and the timeline is unchanged"),
    turn(
        "claims an edit",
        talk(text_event("I added the title.")),
        "done",
        "I added the title",
        "the timeline shows no change",
    ),
    turn(
        "trailing temporary issue",
        talk(text_event("Added."), text_event("I encountered a temporary issue."), edits=True),
        "done",
        "Added",
        CHANGED,
        never=("temporary issue",),
    ),
    turn(
        "error event",
        talk(failing("RESOURCE_EXHAUSTED", "The model is overloaded.")),
        "failed",
        r"The agent failed \| The model is overloaded",
        offers=RETRY,
    ),
    turn(
        "error with text",
        talk(failing("MAX_TOKENS", "The answer was cut.", "Here is half of")),
        "failed",
        "Here is half of",
        "The answer was cut",
    ),
    turn(
        "error frame at the end",
        talk(HELLO, b'data: {"error": "The "model" fell over\nhard"}\n\n'),
        "failed",
        "I am adding the title",
        "fell over",
    ),
    turn(
        "error that is a traceback",
        talk(failing("500", 'Traceback (most recent call last):\n File "x.py", line 1')),
        "failed",
        "The agent failed",
    ),
    turn(
        "escapes and markup",
        talk(text_event("A\x1b[31mred\x1b]0;x\x07 [bold]b[/bold] \u202e\x9b2J")),
        "done",
        r"Ared",
    ),
    turn(
        "an envelope in place of a stream",
        plain(reply({"code": 0})),
        "failed",
        "without saying",
        carried=0,
    ),
    turn(
        "an empty answer",
        plain(reply(body=b"")),
        "failed",
        "empty answer|without saying",
        carried=0,
    ),
    turn("half an answer", broken_json(), "failed", "broke off in the middle", carried=0),
    turn(
        "a web page that says OK",
        page(200),
        "failed",
        "web page where data was expected",
        carried=0,
    ),
)
REFUSED = (
    turn("1001, anonymous", says(1001, "expired"), "done", "Done: I added your clip", asked=2),
    turn(
        "1001, own token",
        says(1001, f"bad token {TOKEN}"),
        "failed",
        "Sign-in refused",
        "NEMO_TOKEN",
        carried=0,
        token=TOKEN,
    ),
    turn("HTTP 401", refuses(401, detail="no"), "done", "I added", asked=2),
    turn(
        "1002",
        says(1002, "session not found"),
        "failed",
        "no longer knows this project, so a new one was made",
        carried=0,
        offers=("upload_again", "send_again"),
    ),
    turn(
        "HTTP 404 of ADK",
        refuses(404, detail="Session not found"),
        "failed",
        "no longer knows this project",
        carried=0,
    ),
    turn(
        "HTTP 422 of ADK",
        refuses(422, detail=[{"loc": ["body", "x"], "msg": "Field required"}]),
        "failed",
        "body.x: Field required",
        carried=0,
        offers=RETRY,
    ),
    turn(
        "2001, anonymous",
        says(2001, "insufficient"),
        "failed",
        r"No credits left.*/register\?bind=usr_7",
        carried=0,
        offers=(*RETRY, "claim"),
    ),
    turn(
        "2001, registered",
        says(2001, "insufficient"),
        "failed",
        "Top up credits in your account",
        carried=0,
        token=TOKEN,
        never=("bind=",),
    ),
    turn("429, once", says(429, "slow down", status=429), "done", "I added", asked=2),
    turn(
        "429 with Retry-After, once",
        says(429, "", status=429, Retry_After="1"),
        "done",
        "I added",
        asked=2,
    ),
    Row(
        "429 and again",
        (Fault("POST", TURN, says(429, "slow down", status=429), 2),),
        "say",
        "failed",
        ("Too many requests.*slow down.*Try again in a minute",),
        0,
        2,
        RETRY,
    ),
    turn(
        "429 with a long Retry-After",
        says(429, "", status=429, Retry_After="630"),
        "failed",
        r"Too many requests.*Try again in 11 min",
        carried=0,
    ),
    turn("4001", says(4001, "no such codec"), "failed", "Accepted: mp4 mov avi", carried=0),
)
AROUND = (
    Row(
        "state unreadable before",
        (Fault("GET", STATE, page(503), 3),),
        "say",
        "done",
        ("Done: I added your clip",),
    ),
    Row(
        "credits unreadable",
        (Fault("GET", CREDITS, broken_json()),),
        "say",
        "done",
        ("Done: I added your clip", CHANGED),
    ),
    Row(
        "state cut in the middle",
        (Fault("GET", STATE, cut(0.5)),),
        "say",
        "done",
        ("Done: I added your clip", CHANGED),
    ),
)


@pytest.mark.parametrize("row", [*BROKEN, *ENDED, *REFUSED, *AROUND], ids=lambda row: row.name)
async def test_a_turn(row: Row, tmp_path: Path) -> None:
    await play(row, tmp_path)


async def test_a_change_of_a_built_timeline_settles_a_broken_turn(tmp_path: Path) -> None:
    before = {**DRAFT, "t": DRAFT["t"][:1]}
    row = turn("built before", talk(HELLO, edits=True, end="reset"), "done", CHANGED, draft=before)
    await play(row, tmp_path)


async def test_an_anonymous_user_who_asks_for_credits_can_take_the_project_over(
    tmp_path: Path,
) -> None:
    row = Row("credits", (), "ask", "done", ("88 credits", r"\[claim\]"), 0, offers=("claim",))
    await play(row, tmp_path)
