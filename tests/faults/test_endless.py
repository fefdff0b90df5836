"""A backend that says the same no for ever: it is asked a few times, with growing pauses, and the
user reads why. Every call × every answer, for a minute of the engine's own time.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests import clips as media
from tests.clock import LeapingClock
from tests.cloud import (
    CREDITS,
    DOWNLOAD,
    DRAFT,
    FILE,
    POLL,
    RENDER,
    SESSION,
    SIGN_IN,
    STATE,
    TURN,
    UPLOAD,
    Cloud,
    Fault,
    Play,
    ignored,
    page,
    plain,
    refuses,
    says,
)
from tests.server import ok, reply
from tests.serving import serving
from tests.waiting import PATIENCE_S
from vbtui.base.errors import VbtuiError
from vbtui.base.settings import Directories, Timing, load
from vbtui.engine import Engine
from vbtui.journal.records import ExportOptions
from vbtui.session.events import Event, Noticed

ALWAYS = 1_000_000
MINUTE_S = 60.0
TIMING = Timing(reply=PATIENCE_S, stall=PATIENCE_S)

ANSWERS: dict[str, Play] = {
    "401": refuses(401, detail="no"),
    "1001": says(1001, "token expired"),
    "1002": says(1002, "session not found"),
    "2001": says(2001, "no credits"),
    "403": refuses(403, detail="Forbidden"),
    "404": refuses(404, detail="Not Found"),
    "429": says(429, "slow down", status=429, Retry_After="0"),
    "500": refuses(500, detail="boom"),
    "page": page(200),
    "null": plain(ok(None)),
    "list": plain(reply([])),
    "empty": plain(reply(body=b"")),
    "reset": ignored,
}
CALLS = {
    "token": ("POST", SIGN_IN),
    "session": ("POST", SESSION),
    "credits": ("GET", CREDITS),
    "state": ("GET", STATE),
    "upload": ("POST", UPLOAD),
    "turn": ("POST", TURN),
    "render": ("POST", RENDER),
    "poll": ("GET", POLL),
    "file": ("GET", FILE),
}
MOST = {"POST": 14, "GET": 45}
"""Requests of a minute, in which a call is tried six or seven times: after a 429 that asks for no wait twice each, a
GET three times each, and the state by several who want it."""


async def played(call: str, answer: str, folder: Path) -> tuple[int, list[str]]:
    """How often the call was made within a minute, and what the user read of it."""
    method, path = CALLS[call]
    async with Cloud() as cloud:
        cloud.video = media.clip(seconds=1).read_bytes()
        cloud.draft = DRAFT
        paths = (FILE, DOWNLOAD) if path == FILE else (path,)
        cloud.goes_wrong(*(Fault(method, one, ANSWERS[answer], ALWAYS) for one in paths))
        settings = replace(
            load(),
            api_url=cloud.url,
            timing=TIMING,
            directories=Directories(*(folder / name for name in "abcd")),
        )
        clock = LeapingClock(lambda: len(cloud.requests))
        engine = Engine(settings, folder=folder, clock=clock)
        words: list[str] = []

        def heard(event: Event) -> None:
            if isinstance(event, Noticed):
                words.append(event.problem.message)

        def told() -> list[str]:
            problems = [engine.overview.problem]
            problems += [turn.problem for turn in engine.conversation.turns]
            problems += [render.problem for render in engine.exports.renders]
            reasons = [asset.reason for asset in engine.library.assets]
            reasons += [turn.receipt.unseen for turn in engine.conversation.turns if turn.receipt]
            return [*words, *reasons, *(problem.message for problem in problems if problem)]

        engine.bus.subscribe(heard)

        def asked() -> int:
            return sum(cloud.count(method, one) for one in paths)

        async def a_minute() -> tuple[int, list[str]]:
            """Also as long as it takes until something is told: a balance that is not known hinders nobody. A reason
            is gone again while the next try is under way."""
            while not asked():
                await clock.run(1)
            await clock.run(MINUTE_S)
            in_time = asked()
            while not (read := list(filter(None, told()))) and call != "credits":
                await clock.run(1)
            return in_time, read

        passing = asyncio.create_task(a_minute(), name="time")
        async with serving(engine):
            with suppress(VbtuiError):
                await engine.library.add([media.clip(seconds=1)])
            with suppress(VbtuiError):
                await engine.conversation.say("make it nice")
            with suppress(VbtuiError):
                await engine.exports.start(ExportOptions(destination=folder / "out.mp4"))
            async with asyncio.timeout(PATIENCE_S):
                return await passing


@pytest.mark.parametrize("call", CALLS)
async def test_a_lasting_no_is_not_asked_for_over_and_over(call: str, tmp_path: Path) -> None:
    media.clip(seconds=1)
    folders = {answer: tmp_path / answer for answer in ANSWERS}
    for folder in folders.values():
        folder.mkdir()
    found = await asyncio.gather(*(played(call, answer, folders[answer]) for answer in ANSWERS))
    ends = dict(zip(ANSWERS, found, strict=True))
    most = MOST[CALLS[call][0]]
    print({answer: count for answer, (count, _) in ends.items()})
    assert {answer: count for answer, (count, _) in ends.items() if not 1 <= count <= most} == {}
    silent = {answer for answer, (_, words) in ends.items() if not words}
    assert silent == set() or call == "credits"
