"""A random search for what breaks the properties: `python -m tests.fuzz --minutes N [TESTS…]`.

The suite tries the same examples every time. This runs the hypothesis tests in turn, with more
examples and a new seed each time, until the time is over, and prints what failed, with the
`@example` that keeps it: above the test the suite tries it for ever. Exit code 1 says that it found any.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
_FOUND, _NONE = 1, (0, 5)
"""pytest's codes: a test failed; none did, or there was none."""
_CASE = re.compile(
    r"^E +(?:Failing test case|Falsifying example): (\w+)\(\n(.*?)^E +\)$", re.M | re.S
)


def property_tests() -> list[str]:
    """The files that have any, as paths from the root."""
    found = (path for path in ROOT.glob("tests/**/test_*.py") if "@given(" in path.read_text())
    return sorted(str(path.relative_to(ROOT)) for path in found)


def search(tests: list[str], minutes: float) -> int:
    """How many runs, of one file with one seed each, found something; the last one ends by itself."""
    end, runs, finds = time.monotonic() + minutes * 60, 0, 0
    while time.monotonic() < end:
        test, seed = tests[runs % len(tests)], random.randrange(2**32)
        command = [sys.executable, "-m", "pytest", "-n", "0", "-m", "hypothesis", "--tb=short"]
        command += ["--hypothesis-profile=fuzz", f"--hypothesis-seed={seed}", test]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        runs += 1
        if done.returncode == _FOUND:
            finds += 1
            print(f"== {test}, seed {seed}\n{done.stdout}\n{kept(done.stdout)}", flush=True)
        elif done.returncode not in _NONE:
            raise SystemExit(f"{test} cannot be run:\n{done.stdout}{done.stderr}")
    print(f"{runs} runs, {finds} of them with a find")
    return finds


def kept(output: str) -> str:
    """The examples in what pytest printed, as they are written into the tests."""
    found = []
    for test, values in _CASE.findall(output):
        lines = [re.sub(r"^E +", "    ", line) for line in values.splitlines()]
        found.append("\n".join([f"To keep it, above {test}:", "@example(", *lines, ")"]))
    return "\n".join(found)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("tests", nargs="*", help="files or tests; all property tests otherwise")
    wanted = parser.parse_args()
    return 1 if search(wanted.tests or property_tests(), wanted.minutes) else 0


if __name__ == "__main__":
    sys.exit(main())
