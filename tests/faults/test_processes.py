"""Trials of `python -m tests.faults`: real processes, random faults, an audit – and that the audit sees."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

from tests.cloud import TURN, Cloud
from tests.faults.__main__ import play
from tests.faults.audit import Audit, Home
from tests.faults.trial import Trial


async def test_nothing_is_lost_sent_twice_stuck_or_left_behind() -> None:
    audit = await play(range(100, 101))
    assert audit.is_clean, str(audit)
    assert audit.faults, "nothing happened to them"


async def test_what_goes_wrong_is_seen() -> None:
    """Each fault is planted at the end of a trial in which there was none."""
    audit, left = Audit(), list[subprocess.Popen[bytes]]()

    def plant(home: Home, cloud: Cloud) -> None:
        lost, twice = cloud.files[0], cloud.files[1]
        cloud.uploads = [one for one in cloud.uploads if one is not lost] + [replace(twice)]
        first, second = cloud.of("POST", TURN)[:2]
        cloud.requests.remove(first)
        cloud.requests.append(second)
        with closing(sqlite3.connect(home.journal)) as journal, journal:
            journal.execute("DELETE FROM turns WHERE id = (SELECT min(id) FROM turns)")
            journal.execute("UPDATE assets SET state = 'uploading' WHERE id = 1")
        (home.folder / "tmp" / "forgotten").touch()
        (home.folder / "open").write_text("socket:[1]\n")
        environment = {**os.environ, "HOME": str(home.folder)}
        command = [sys.executable, "-c", "input()"]
        left.append(subprocess.Popen(command, env=environment, stdin=subprocess.PIPE))

    class Undisturbed(Trial):
        async def _disturb(self, cloud: Cloud) -> None:
            for _ in range(3):
                self._work()

    await Undisturbed(1, audit).run(plant)
    for one in left:
        assert one.stdin is not None
        one.stdin.close()
        one.wait()
    found = {kind: len(wrong) for kind, wrong in audit.wrong.items()}
    assert found == {"lost": 2, "twice": 2, "stuck": 1, "leaked": 3}, str(audit)
