"""A file, whatever happens to it on its way: at the backend once, or a reason beside its name."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.cloud import (
    STATE,
    UPLOAD,
    Fault,
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

upload = partial(posted, UPLOAD, "upload")


RETRIED = r"failed: retry in \d+ s"
ROWS = (
    upload("reset at 0 %", unread(), RETRIED),
    upload("reset at 50 %", unread(0.5), RETRIED),
    upload("reset at 100 %, not kept", ignored, RETRIED),
    upload("kept, reset before the reply", unanswered, RETRIED, asked=1),
    upload("kept, reset within the reply", cut(0.5), RETRIED, asked=1),
    upload("kept, half a reply", cut(0.5, resets=False), RETRIED, asked=1),
    Row(
        "kept, reset before the reply, state away",
        (Fault("POST", UPLOAD, unanswered), Fault("GET", STATE, page(503), 3)),
        "upload",
        "done",
        (RETRIED,),
    ),
    upload("reply that is no JSON", broken_json(), RETRIED),
    upload("error page", page(502), RETRIED),
    upload("429", says(429, "slow down", status=429), r"retry in .*slow down"),
    upload("429 with Retry-After", says(429, "", status=429, Retry_After="20"), r"retry in 20 s"),
    upload(
        "4001",
        says(4001, "codec av2"),
        r"failed: codec av2; accepted: mp4",
        state="failed",
        carried=0,
        asked=1,
    ),
    upload(
        "4002",
        says(4002, "too large"),
        r"failed: refused as too large \(“too large”\), though it has \d+ kB, less than the limit of 500 MB.*"
        r"compress or trim it",
        state="failed",
        carried=0,
        asked=1,
    ),
    upload(
        "HTTP 413 page",
        page(413),
        r"failed: refused as too large, though it has \d+ kB, less than the limit of 500 MB.*compress or trim",
        state="failed",
        carried=0,
        asked=1,
    ),
    upload("1001, anonymous", says(1001, "expired")),
    upload("HTTP 401", plain(reply(status=401, body=b""))),
    upload("1002", says(1002, "gone"), "no longer knows this project"),
    upload(
        "2001, anonymous",
        says(2001, "no credits"),
        r"retry in \d+ s: no credits",
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_an_upload(row: Row, tmp_path: Path) -> None:
    await play(row, tmp_path)


async def test_a_refused_token_of_the_user_keeps_the_file_for_the_next_start(
    tmp_path: Path,
) -> None:
    row = upload(
        "own token",
        says(1001, "bad token"),
        "link refused Sign-in refused",
        state="queued",
        carried=0,
        asked=1,
        after="done",
        later=1,
        token=TOKEN,
    )
    await play(row, tmp_path)
