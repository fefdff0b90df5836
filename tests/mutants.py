"""Would the tests notice? `python -m tests.mutants [PART…]` breaks the program in 40 ways, one by one.

Each is a small mistake – swapped ends, one off, a condition turned round – in the director's
operations, the exports, the journal or the wire, put into a copy of the tree, where the tests of
that package run. PART picks those whose file has it in its path. Exit code 1: more than a tenth
survived.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
CUTTING = "vbtui/studio/director/cutting.py"
SEQUENCE = "vbtui/studio/director/sequence.py"
DIRECTOR = "tests/studio/test_director.py tests/studio/test_cutting.py"
TABLE, TABLES = "vbtui/journal/table.py", "tests/journal"
QUEUE, EXPORTS = "vbtui/exports/queue.py", "tests/exports"
CHECK = "vbtui/exports/check.py"
SSE, STREAM = "vbtui/wire/turn.py", "tests/wire/test_sse.py tests/wire/test_captures.py"
TRANSFER, TRANSFERS = (
    "vbtui/wire/transfer.py",
    "tests/wire/test_download.py tests/wire/test_upload.py",
)


class Mutant(NamedTuple):
    file: str
    old: str
    """Text that stands there; its first place is changed."""
    new: str
    tests: str


MUTANTS = (
    # What a cut leaves.
    Mutant(CUTTING, "ranges.keep(desk, begin, end)", "ranges.keep(desk, begin, total)", DIRECTOR),
    Mutant(CUTTING, "ranges.remove(desk, begin, end)", "ranges.remove(desk, 0, end - begin)", DIRECTOR),
    Mutant(CUTTING, "by_words(d.cut_to(clip, begin, end))", "by_words(d.cut_to(clip, 0, end - begin))", DIRECTOR),
    Mutant(CUTTING, "d.cut_to(clip, end, d.length(clip))]", "d.cut_to(clip, begin, d.length(clip) - end + begin)]", DIRECTOR),
    Mutant(CUTTING, "pieces[1] = d.with_meta(pieces[1], transition=None)", "pieces[0] = d.with_meta(pieces[0], transition=None)", DIRECTOR),
    Mutant(CUTTING, 'if edge != "end" else', 'if edge == "end" else', DIRECTOR),
    Mutant(CUTTING, '(0, length) if edge == "start"', '(0, length) if edge != "start"', DIRECTOR),
    Mutant(CUTTING, 'elif edge == "start":', 'elif edge != "start":', DIRECTOR),
    Mutant(CUTTING, "d.cut_to(clip, 0, left)", "d.cut_to(clip, d.length(clip) - left, d.length(clip))", DIRECTOR),
    Mutant(CUTTING, '(offset, d.length(clip)) if edge == "start"', '(offset, d.length(clip)) if edge != "start"', DIRECTOR),
    Mutant(CUTTING, "if (p in targets) != keep]", "if (p in targets) == keep]", DIRECTOR),
    Mutant(CUTTING, "min(ms, end) - begin for begin, end in spans if begin < ms", "end - begin for begin, end in spans if begin > ms", DIRECTOR),
    Mutant(CUTTING, "d.start(clip) + d.length(clip) // 2", "d.start(clip) + d.length(clip) // 3", DIRECTOR),
    Mutant(CUTTING, "moment if inside else d.start(clip) + moment", "d.start(clip) + moment if inside else moment", DIRECTOR),
    Mutant(SEQUENCE, "portrait * 2 > len(videos)", "portrait * 2 < len(videos)", DIRECTOR),
    Mutant(SEQUENCE, "if d.sequence_length(sequence) > target_ms:", "if d.sequence_length(sequence) > target_ms + 1000:", DIRECTOR),
    # The exports' queue and check.
    Mutant(QUEUE, "key=lambda render: (render.position, render.id)", "key=lambda render: (-render.position, render.id)", EXPORTS),
    Mutant(QUEUE, "while render_id in self._successors:", "if render_id in self._successors:", EXPORTS),
    Mutant(QUEUE, "mine.id in self.runs and found.state is not", "mine.id in self.runs and found.state is", EXPORTS),
    Mutant(QUEUE, "if row != before:", "if row == before:", EXPORTS),
    Mutant(QUEUE, "and not stored.is_session_busy(connection, now)", "and stored.is_session_busy(connection, now)", EXPORTS),
    Mutant(QUEUE, "if now.state.is_over\n", "if not now.state.is_over\n", EXPORTS),
    Mutant(QUEUE, "zip(waiting, places, strict=True)", "zip(waiting, reversed(places), strict=True)", EXPORTS),
    Mutant(CHECK, "expected_ms <= 0 or abs(found", "expected_ms < 0 or abs(found", EXPORTS),
    Mutant(CHECK, "<= TOLERANCE_S:", "> TOLERANCE_S:", EXPORTS),
    # The journal.
    Mutant(TABLE, "if name not in kept}", "if name in kept}", TABLES),
    Mutant(TABLE, "return cursor.rowcount == 1", "return cursor.rowcount != 1", TABLES),
    Mutant(TABLE, 'row.owner not in ("", self.owner) and owner_is_alive', 'row.owner not in ("", self.owner) or owner_is_alive', TABLES),
    Mutant(TABLE, "self._changed_at.get(key, 0) > began", "self._changed_at.get(key, 0) < began", TABLES),
    Mutant(TABLE, "if now.owner in free else None", "if now.owner not in free else None", TABLES),
    Mutant(TABLE, "or not may(now) or self.is_foreign(now)", "or not may(now) or not self.is_foreign(now)", TABLES),
    Mutant(TABLE, "row.owner != self.owner and not owner_is_alive", "row.owner == self.owner and not owner_is_alive", TABLES),
    # The wire.
    Mutant(SSE, 'data.removeprefix(b"\\n")', 'data.removesuffix(b"\\n")', STREAM),
    Mutant(SSE, 'self._after_cr = data.endswith(b"\\r")', 'self._after_cr = data.startswith(b"\\r")', STREAM),
    Mutant(SSE, "if not (self._in_event or self._error):", "if self._in_event or self._error:", STREAM),
    Mutant(SSE, "self.ended_inside = bool(rest) or self._in_event", "self.ended_inside = bool(rest) and self._in_event", STREAM),
    Mutant(SSE, "not _is_json(line[5:])", "_is_json(line[5:])", STREAM),
    Mutant(TRANSFER, "tries = 0 if", "tries = 1 + tries if", TRANSFERS),
    Mutant(TRANSFER, "if tries >= _TRIES_WITHOUT_PROGRESS", "if tries > _TRIES_WITHOUT_PROGRESS", TRANSFERS),
    Mutant(TRANSFER, "int(match[1]) != have", "int(match[1]) == have", TRANSFERS),
)  # fmt: skip


def main(parts: list[str]) -> int:
    wanted = [m for m in MUTANTS if not parts or any(part in m.file for part in parts)]
    survived = 0
    with tempfile.TemporaryDirectory() as home:
        tree = Path(home) / "tree"
        left_out = shutil.ignore_patterns(".*", "__pycache__")
        shutil.copytree(ROOT, tree, ignore=left_out)
        for mutant in wanted:
            is_killed = _is_killed(tree, mutant)
            survived += not is_killed
            print("killed  " if is_killed else "SURVIVED", mutant.file, "|", mutant.new, flush=True)
    print(f"{len(wanted) - survived} of {len(wanted)} killed")
    return 1 if survived * 10 > len(wanted) else 0


def _is_killed(tree: Path, mutant: Mutant) -> bool:
    path = tree / mutant.file
    text = path.read_text()
    assert mutant.old in text, f"{mutant.file} has no longer: {mutant.old}"
    path.write_text(text.replace(mutant.old, mutant.new, 1))
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(
            [*command, *mutant.tests.split()],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree)},
            capture_output=True,
            timeout=600,
        )
    except subprocess.TimeoutExpired:
        return True  # it hangs
    finally:
        path.write_text(text)
    assert done.returncode in (0, 1), done.stdout[-2000:]
    return done.returncode == 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
