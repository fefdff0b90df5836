"""An export, whatever happens to it: rendered once, brought home whole, or refused in words."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests import clips as media
from tests.cloud import (
    FILE,
    POLL,
    RENDER,
    Fault,
    Play,
    broken_json,
    cut,
    ignored,
    page,
    plain,
    says,
    unanswered,
    unread,
)
from tests.faults.rows import TOKEN, Row, play, posted
from tests.server import reply

start = partial(posted, RENDER, "export")


def later(name: str, path: str, how: Play, *saw: str, times: int = 1) -> Row:
    return Row(name, (Fault("GET", path, how, times),), "export", "done", saw)


REFUSED: dict[str, Any] = {"state": "failed", "carried": 0, "asked": 1}
STARTS = (
    start("reset before it is read", unread(), "export unknown"),
    start("reset after it is read", ignored, "export unknown"),
    start("accepted, reset before the reply", unanswered, "export unknown", asked=1),
    start("accepted, reset within the reply", cut(0.5), "export unknown", asked=1),
    start("accepted, half a reply", cut(0.5, resets=False), asked=1),
    start("reply that is no JSON", broken_json(), "export unknown"),
    start("error page", page(502), "export unknown"),
    start("a web page that says OK", page(200), "export unknown"),
    start("1001, anonymous", says(1001, "expired")),
    start("429", says(429, "slow down", status=429)),
    start("429 with Retry-After", says(429, "", status=429, Retry_After="3")),
    start(
        "402",
        plain(reply(status=402, body=b"")),
        r"Your plan does not include exports.*Register or upgrade your plan to unlock export: "
        r"\S+/register\?bind=usr_7",
        **REFUSED,
    ),
    start(
        "402 in an envelope, own token",
        says(402, "plan too small"),
        "Your plan does not include exports.*Register or upgrade your plan to unlock export",
        token=TOKEN,
        **REFUSED,
    ),
    start("2001, anonymous", says(2001, "empty"), r"No credits left.*register\?bind=", **REFUSED),
    start("2001, registered", says(2001, "empty"), "Top up credits", token=TOKEN, **REFUSED),
    start("1002", says(1002, "gone"), "Session not found", **REFUSED),
    start(
        "refused with success false",
        plain(reply({"success": False, "error": "draft is empty"})),
        "draft is empty",
        **REFUSED,
    ),
)
AFTER = (
    later("reset at a poll", POLL, ignored),
    later("four resets at polls", POLL, ignored, "export unknown", times=4),
    later("error page at a poll", POLL, page(500)),
    later("half a reply at a poll", POLL, broken_json()),
    later("429 at a poll", POLL, says(429, "slow down", status=429)),
    later("1001 at a poll", POLL, says(1001, "expired")),
    later("reset at 50 % of the download", FILE, cut(0.5), "export downloading"),
    later("closed at 50 % of the download", FILE, cut(0.5, resets=False)),
    later("reset before the download", FILE, ignored),
    later("error page for the download", FILE, page(503)),
    later("web page in place of the video", FILE, page(200)),
)


@pytest.mark.parametrize("row", [*STARTS, *AFTER], ids=lambda row: row.name)
async def test_an_export(row: Row, tmp_path: Path) -> None:
    await play(row, tmp_path)
    files = list(tmp_path.iterdir())  # noqa: ASYNC240 - a handful
    if row.state == "done":
        assert [file.read_bytes() for file in files] == [media.clip(seconds=1).read_bytes()]
    else:
        assert not files


async def test_a_render_that_fails_is_made_once_more(tmp_path: Path) -> None:
    failed = plain(reply({"success": True, "data": {"status": "failed", "error": "node died"}}))
    row = Row("failed", (Fault("GET", POLL, failed),), "export", "done", (), carried=2)
    await play(row, tmp_path)
