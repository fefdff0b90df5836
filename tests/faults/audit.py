"""What must hold at the end of a trial, looked for in what the backend saw, in the journal and on the machine."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from vbtui.journal.records import AssetState, RenderState, TurnState

KINDS = ("lost", "twice", "stuck", "leaked")
_OVER: dict[str, set[str]] = {
    "turns": {state.value for state in TurnState if state.is_over} | {TurnState.UNKNOWN.value},
    "assets": {state.value for state in AssetState if state.is_over},
    "renders": {state.value for state in RenderState if state.is_over},
}
"""A turn whose end nobody saw waits for the user's word."""


@dataclass(slots=True)
class Audit:
    """What went wrong, by kind, with the trial that shows it."""

    trials: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    """What was done to the processes, the line and the disk."""
    looked_at: Counter[str] = field(default_factory=Counter)
    """How many things of each sort were there to be lost, sent twice or left behind."""
    wrong: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    @property
    def is_clean(self) -> bool:
        return not any(self.wrong.values())

    @property
    def details(self) -> list[str]:
        return [f"{kind}: {one}" for kind, found in self.wrong.items() for one in found]

    def __str__(self) -> str:
        kinds = ", ".join(f"{kind} {len(found)}" for kind, found in self.wrong.items())
        details = [f"  {one}" for one in self.details]
        lines = [f"{self.trials} trials: {kinds}", f"  done: {_counts(self.faults)}"]
        return "\n".join([*lines, f"  looked at: {_counts(self.looked_at)}", *details])


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counter.items()))


class Home:
    """The folder of a trial, which is the home of its processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = folder / "state" / "vbtui" / "journal.db"

    # -- what the journal has -----------------------------------------------------------------

    def turns(self) -> list[tuple[str, str]]:
        """Text and state."""
        return [
            (str(text), str(state)) for text, state in self._rows("SELECT text, state FROM turns")
        ]

    def typed(self) -> str:
        """What is typed and not sent."""
        rows = self._rows("SELECT value FROM facts WHERE key LIKE 'typed:%' AND value != '\"\"'")
        return " ".join(str(json.loads(str(value))) for (value,) in rows)

    def knows(self, text: str) -> bool:
        """Whether the text would be there for a user who starts vbtui now."""
        return text in self.typed() or any(text in known for known, _ in self.turns())

    def under_way(self) -> list[str]:
        """The rows that are not over."""
        return [
            f"{table}: {state}"
            for table, over in _OVER.items()
            for (state,) in self._rows(f"SELECT state FROM {table}")
            if state not in over
        ]

    def exports(self) -> list[tuple[str, Path]]:
        """Of each render its state and the file that it became."""
        rows = self._rows("SELECT state, path FROM renders")
        return [(str(state), Path(os.fsdecode(path or b""))) for state, path in rows]  # type: ignore[arg-type]  # a BLOB

    def _rows(self, query: str) -> list[tuple[object, ...]]:
        """None from a journal that is not there or cannot be read at this moment."""
        with suppress(sqlite3.Error):
            place = f"file:{self.journal}?mode=ro"
            with closing(sqlite3.connect(place, uri=True, timeout=1)) as connection:
                return connection.execute(query).fetchall()
        return []

    # -- what is left behind ------------------------------------------------------------------

    def processes(self) -> dict[int, str]:
        """Living processes that were started with this home, or name it."""
        name, found = str(self.folder).encode(), {}
        for place in Path("/proc").glob("[0-9]*"):
            if int(place.name) == os.getpid():
                continue
            with suppress(OSError):
                line = (place / "cmdline").read_bytes()
                if line and (name in line or name in (place / "environ").read_bytes()):
                    found[int(place.name)] = line.replace(b"\0", b" ").decode(errors="replace")
        return found

    def ends(self, pids: Iterable[int]) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def forgets(self, pid: int) -> None:
        """Take away the sign of life of a process that was ended when nobody was there to do it."""
        for path in self._below("state", f"vbtui/alive/{pid}:*"):
            path.unlink()

    def litter(self) -> list[str]:
        """Files that nobody wants any more, and what the last process had not closed at its end."""
        left = [
            f"videos/{path.name}"
            for path in (self.folder / "videos").iterdir()
            if path.suffix != ".mp4"
        ]
        left += [f"tmp/{path.name}" for path in (self.folder / "tmp").iterdir()]
        left += [f"alive/{path.name}" for path in self._below("state", "vbtui/alive/*")]
        left += [path.name for path in self._below("cache", "vbtui/chunks/unfinished-*")]
        left += [path.name for path in self._below("data", "vbtui/studio/**/work-*")]
        left += [path.name for path in self._below("data", "vbtui/studio/incoming/*")]
        opened = self.folder / "open"
        return left + (opened.read_text().splitlines() if opened.exists() else [])

    def _below(self, place: str, pattern: str) -> list[Path]:
        return list((self.folder / place).glob(pattern))

    # -- what the studio has ------------------------------------------------------------------

    def studio_sessions(self) -> list[tuple[Counter[str], str]]:
        """Of each session how often it has which content, and its timeline as JSON."""
        found = []
        for place in (self.folder / "data/vbtui/studio/sessions").glob("*/session.json"):
            record = json.loads(place.read_text())
            version = record["history"][-1]
            draft = place.parent / "drafts" / f"{version}.json"
            media = Counter(str(one["sha256"]) for one in record["media"])
            found.append((media, draft.read_text() if draft.exists() else ""))
        return found

    def chunks(self) -> dict[str, int]:
        """The finished parts of videos, with what tells one making from another."""
        found = {}
        for path in (self.folder / "cache/vbtui/chunks").glob("*/*"):
            with suppress(FileNotFoundError):
                found[path.name] = path.stat().st_ino
        return found
