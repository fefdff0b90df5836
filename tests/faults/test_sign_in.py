"""The start of vbtui, whatever the backend says to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cloud import (
    CREDITS,
    SESSION,
    SIGN_IN,
    Fault,
    Play,
    broken_json,
    ignored,
    page,
    plain,
    refuses,
    says,
    unread,
)
from tests.faults.rows import TOKEN, Row, play
from tests.server import reply


def start(name: str, path: str, how: Play, *saw: str, state: str = "ready", **more: Any) -> Row:
    times = more.pop("times", 1)
    method = "GET" if path == CREDITS else "POST"
    wrong = (Fault(method, path, how, times),)
    return Row(name, wrong, "start", state, saw, 0, **more)


ROWS = (
    start("429", SIGN_IN, says(429, "one a week", status=429)),
    start("429 with Retry-After", SIGN_IN, says(429, "", status=429, Retry_After="1")),
    start(
        "429 and again",
        SIGN_IN,
        says(429, "one a week", status=429),
        "Sign-in refused.*There is no free token right now.*NEMO_TOKEN.*vbtui --local",
        state="refused",
        times=2,
        after="ready",
    ),
    start(
        "429 for days",
        SIGN_IN,
        says(429, "", status=429, Retry_After="172800"),
        r"There is no free token right now: a new one can be had from \d{4}-\d\d-\d\d \d\d:\d\d",
        state="refused",
        after="ready",
    ),
    start("400 without client id", SIGN_IN, says(400, "X-Client-Id missing", status=400)),
    start("error page for the token", SIGN_IN, page(503), "link offline"),
    start("web page for the token", SIGN_IN, page(200), "web page where data was expected"),
    start("reset at the token", SIGN_IN, unread(), "link offline"),
    start("half a token", SIGN_IN, broken_json(), "broke off in the middle"),
    start("1001, anonymous", CREDITS, says(1001, "expired")),
    start("HTTP 401, anonymous", CREDITS, refuses(401, detail="no")),
    start(
        "1001, own token",
        CREDITS,
        says(1001, f"unknown token {TOKEN}"),
        r"link refused Sign-in refused .*refused the token in NEMO_TOKEN.*valid token, or unset",
        state="refused",
        after="ready",
        token=TOKEN,
    ),
    start("credits reset", CREDITS, ignored, times=3),
    start("credits that make no sense", CREDITS, plain(reply({"code": 0, "data": [1]}))),
    start("session reset", SESSION, ignored, "link offline"),
    start("error page for the session", SESSION, page(500), "link offline"),
    start("session without an id", SESSION, plain(reply({"code": 0, "data": {}})), "session_id"),
    start("429 for the session", SESSION, says(429, "slow down", status=429)),
    Row(
        "no server",
        (),
        "start",
        "offline",
        ("The backend cannot be reached.*vbtui --local",),
        0,
        url="http://127.0.0.1:9",
    ),
    Row(
        "no such name",
        (),
        "start",
        "offline",
        ("The backend cannot be reached",),
        0,
        url="http://no-such-host.invalid",
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_a_start(row: Row, tmp_path: Path) -> None:
    await play(row, tmp_path)
