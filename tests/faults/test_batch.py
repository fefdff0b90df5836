"""A batch whose client, studio or both are killed in the middle, or that is interrupted: each row is made exactly once."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import av
import pytest

from tests import clips as media
from tests.waiting import PATIENCE_S

ROWS = 8
COLORS = ("red", "lime", "blue", "white")
SAY = ("combine these clips", "make it 320x180", "add a title “{id}” for 0.5 seconds")


@pytest.mark.parametrize("seed", [3, 8])
def test_each_row_is_made_once_however_often_all_is_killed(
    seed: int, tmp_path: Path, own_home: Path
) -> None:
    chance = random.Random(seed)
    table = tmp_path / "rows.jsonl"
    clips = [media.clip(one, seconds=1, width=160, height=90) for one in COLORS]
    rows = [
        {"id": f"row {number}", "files": [str(clips[number % len(clips)])]}
        for number in range(ROWS)
    ]
    table.write_text("\n".join(map(json.dumps, rows)))
    out = tmp_path / "{id}.mp4"
    command = [sys.executable, "-m", "vbtui", "make", "--from", str(table), "-o", str(out)]
    command += [part for one in SAY for part in ("--say", one)]
    command += ["--quality", "low", "--jobs", "3", "--local", "--json"]
    state, studio = own_home / ".local/state/vbtui", own_home / ".local/share/vbtui/studio"
    victims = ["client", "studio", "both", "asked"]
    chance.shuffle(victims)
    batch: subprocess.Popen[bytes] | None = None
    for number, victim in enumerate(victims):
        batch = batch or subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=_interruptible
        )
        until(batch, state, chance.randrange(1, 6) + 5 * number)
        time.sleep(chance.random() * 0.3)
        assert batch.poll() is None, batch.communicate()
        if victim in ("studio", "both"):
            with suppress(OSError, ValueError):
                os.kill(json.loads((studio / "running.json").read_text())["pid"], signal.SIGKILL)
        if victim == "studio":  # the same command goes on, with another studio
            continue
        batch.send_signal(signal.SIGINT if victim == "asked" else signal.SIGKILL)
        told = batch.communicate(timeout=PATIENCE_S)[1].decode()
        if victim == "asked":
            assert batch.returncode == 130, told
            assert "Run the same command again" in told
        batch = None
    if batch is not None:
        batch.communicate(timeout=PATIENCE_S)
    last = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert last.returncode == 0, last.stdout + last.stderr
    total = json.loads(last.stdout.splitlines()[-1])
    assert total["made"] + total["before"] == ROWS

    for number, color in enumerate(COLORS * 2):
        with av.open(str(tmp_path / f"row {number}.mp4")) as video:
            pictures = [frame.to_image() for frame in video.decode(video=0)]  # type: ignore[no-untyped-call]
        assert len(pictures) == 30
        assert shade(pictures[-1].getpixel((20, 20))) == color
    with closing(sqlite3.connect(state / "journal.db")) as journal:
        sessions = {
            key: json.loads(value)
            for key, value in journal.execute(
                "SELECT key, value FROM facts WHERE key LIKE 'made_for:%'"
            )
        }
        assert len(sessions) == len(set(sessions.values())) == ROWS
        said_in = Counter(
            session
            for session, state_ in journal.execute(
                "SELECT session_id, state FROM turns WHERE route = 'edit'"
            )
            if state_ == "done"
        )
        assert said_in == dict.fromkeys(sessions.values(), len(SAY))
        given_up = {
            one for (one,) in journal.execute("SELECT id FROM renders WHERE state = 'cancelled'")
        }
    rendered = Counter[str]()
    for job in (studio / "renders").glob("*/job.json"):
        value = json.loads(job.read_text())
        if value["id"] not in given_up:  # by the interruption, at its last moment
            rendered[value["session_id"]] += value["status"] == "completed"
        draft = json.loads((job.parent / "draft.json").read_text())
        kinds = Counter(track["tt"] for track in draft["t"] for _ in track["sg"])
        assert kinds == {0: 1, 7: 1}, "a sentence was done twice"
    assert rendered == dict.fromkeys(sessions.values(), 1)


def _interruptible() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def said(state: Path) -> int:
    """How many sentences the journal has."""
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"file:{state / 'journal.db'}?mode=ro", uri=True)) as journal,
    ):
        return int(journal.execute("SELECT count(*) FROM turns").fetchone()[0])
    return 0


def until(batch: subprocess.Popen[bytes], state: Path, count: int) -> None:
    """So many sentences were said."""
    end = time.monotonic() + PATIENCE_S
    while batch.poll() is None and said(state) < count:
        assert time.monotonic() < end
        time.sleep(0.02)


def shade(pixel: Any) -> str:
    """The colour that it is nearest to."""
    known = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}
    far = {
        name: sum(abs(int(a) - b) for a, b in zip(pixel, color, strict=True))
        for name, color in known.items()
    }
    return min(far, key=lambda name: far[name])
