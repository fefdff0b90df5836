"""A journal that an earlier vbtui wrote opens, and what it says of errors is understood."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from vbtui.base.errors import NoCredits, PlanBlocked, SignInRefused, TimedOut
from vbtui.conversation import queue as turns
from vbtui.journal import assets, renders
from vbtui.journal.journal import Journal
from vbtui.journal.records import GROWING, LOST, TWIN, AssetState, RenderState, TurnState
from vbtui.journal.schema import MIGRATIONS

BEFORE_CODES = 2


def _old(path: Path) -> sqlite3.Connection:
    """A journal as it was when errors were told apart by their titles."""
    connection = sqlite3.connect(path)
    for script in MIGRATIONS[:BEFORE_CODES]:
        connection.executescript(script)
    connection.execute(f"PRAGMA user_version = {BEFORE_CODES}")
    connection.execute(
        "INSERT INTO sessions (id, backend, name, created_at, used_at) VALUES ('s', 'b', 'n', 1, 1)"
    )
    return connection


async def test_titles_become_codes(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    titles = ["积分已用完", "Sign-in refused", "等待回复超时", "of nobody", None]
    with _old(path) as old:
        for number, title in enumerate(titles):
            problem = json.dumps([title, "No. 'quoted'; \"twice\"", "Wait."]) if title else None
            old.execute(
                "INSERT INTO turns (session_id, text, route, state, problem, position, created_at)"
                " VALUES ('s', 't', 'edit', 'failed', ?, ?, 1)",
                [problem, number],
            )
        refused = json.dumps(["Your plan does not include exports", "No.", ""])
        old.execute(
            "INSERT INTO renders (id, session_id, draft_version, options, state, problem, position,"
            " created_at) VALUES ('r', 's', 1, ?, 'failed', ?, 1, 1)",
            ['{"quality": "high", "format": "mp4", "overwrite": false}', refused],
        )
    old.close()
    journal = Journal(path)
    await journal.open()
    kept = await journal.run(lambda c: turns.of_session(c, "s"))
    render = (await journal.run(lambda c: renders.every(c, limit=9)))[0].render
    await journal.close()
    assert {turn.state for turn in kept} == {TurnState.FAILED}
    problems = [turn.problem for turn in kept]
    assert problems[4] is None
    told = [one for one in problems if one is not None]
    assert [one.code for one in told] == ["no_credits", "sign_in_refused", "timed_out", ""]
    assert [type(one.error()) for one in told[:3]] == [NoCredits, SignInRefused, TimedOut]
    assert {(one.message, one.hint) for one in told} == {("No. 'quoted'; \"twice\"", "Wait.")}
    assert told[0].title == "积分已用完"
    assert render.state is RenderState.FAILED
    assert render.problem is not None
    assert render.problem.is_a(PlanBlocked)


async def test_it_is_known_which_answers_list_the_changes(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    replies = {
        "Done. The agent said nothing; this changed:\n\n- x": True,
        "a\n\n连接中断，但修改已经完成：\n\n- x": True,
        "I added a title.": False,
    }
    receipt = {"changes": [], "seconds": 1, "credits_before": None, "credits_after": None}
    kept_receipt = json.dumps(receipt | {"claim_unproven": False})
    with _old(path) as old:
        for number, reply in enumerate(replies):
            old.execute(
                "INSERT INTO turns (session_id, text, route, state, reply, receipt, position,"
                " created_at) VALUES ('s', 't', 'edit', 'done', ?, ?, ?, 1)",
                [reply, kept_receipt, number],
            )
    old.close()
    journal = Journal(path)
    await journal.open()
    kept = await journal.run(lambda c: turns.of_session(c, "s"))
    await journal.close()
    assert [one.receipt is not None and one.receipt.is_told for one in kept] == [*replies.values()]


async def test_reasons_become_codes(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    lost = "Not in the project any more: the backend lost it. Upload it again."
    rows = [
        ("failed", lost, LOST, lost),
        ("failed", "retry in 40 s: a: b", "", "a: b"),
        ("queued", "same content as a.mp4, on its way", TWIN, None),
        ("settling", "growing, quiet 3.1 s of 5", GROWING, None),
        ("skipped", "by you", "by_user", None),
        ("done", "", "", None),
    ]
    with _old(path) as old:
        for state, reason, _, _ in rows:
            old.execute(
                "INSERT INTO assets (session_id, name, source, state, reason, created_at)"
                " VALUES ('s', 'n', 'picked', ?, ?, 1)",
                [state, reason],
            )
    old.close()
    journal = Journal(path)
    await journal.open()
    kept = [row.asset for row in await journal.run(lambda c: assets.of_session(c, "s"))]
    await journal.close()
    assert [asset.why.code for asset in kept] == [code for _, _, code, _ in rows]
    assert [asset.reason for asset in kept] == [new or old for _, old, _, new in rows]
    assert kept[0].state is AssetState.FAILED
