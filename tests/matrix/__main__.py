"""Every kind of file that this ffmpeg can make, in pairs: `python -m tests.matrix [PART…] [--every N]`.

`times` checks when things are shown and heard, `looks` what is shown. PART picks the files whose name has it in
it, `--every` one of so many. Exit code 1: a video was wrong.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from tests.matrix import looks, times


def main(argv: Sequence[str]) -> int:
    """Renders the matrix; prints what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--every", type=int, default=1, metavar="N")
    options = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp(prefix="vbtui-matrix-"))
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")

    videos = [
        *(([one.name for one in pair], partial(times.check, pair))
          for pair in _pairs(list(times.files()), options.parts, options.every)),
        *(([one.name for one in pair], partial(looks.check, pair))
          for pair in _pairs(list(looks.files()), options.parts, options.every)),
    ]  # fmt: skip
    wrong = 0
    try:
        for number, (names, check) in enumerate(videos):
            problems = check(folder / str(number))
            wrong += bool(problems)
            if problems:
                print(" + ".join(names), *problems, sep="\n    ", flush=True)
            shutil.rmtree(folder / str(number), ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(videos) * 2} files in {len(videos)} videos, {wrong} wrong")
    return 1 if wrong else 0


_File = TypeVar("_File", bound=times.File | looks.Look)


def _pairs(files: list[_File], parts: Sequence[str], every: int) -> Iterator[list[_File]]:
    wanted = [one for one in files if any(part in one.name for part in parts or [""])][::every]
    for number in range(0, len(wanted), 2):
        yield [*wanted[number : number + 2], *wanted[:1]][:2]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
