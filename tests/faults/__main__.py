"""Random faults on real processes, and an audit: `python -m tests.faults --minutes 20 [--seed N]`.

Each trial has its own home and its own backend: one on loopback that plays the cloud, or the local studio. Files
land in a watched folder, messages are said and typed and videos exported, by vbtui processes with and without a
screen. They are killed, hung up, stopped where they stand, for good or for a while; their terminal stops reading
and goes away or comes back; the studio and its encoders are killed and stopped; the line is cut, slow, late, or
says things by halves and twice; disks are full and journals damaged. Then one vbtui runs undisturbed to its end.
Audited is what the backend, the journal and the machine have then: lost 0, twice 0, stuck 0, leaked 0.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import sys
import time
from collections.abc import Iterator, Sequence

from tests.faults.audit import Audit
from tests.faults.trial import LocalTrial, Trial


async def play(
    seeds: Sequence[int], until: float = float("inf"), *, at_once: int = 1, shows: bool = False
) -> Audit:
    """Trials, some at once, until all were played or the time is over. Every third has the local studio."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # children of a nohup would not hear theirs
    audit, left = Audit(), iter(seeds)
    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(_play_on(left, audit, until, shows=shows))
    return audit


async def _play_on(seeds: Iterator[int], audit: Audit, until: float, *, shows: bool) -> None:
    for seed in seeds:
        if time.monotonic() > until:
            return
        before = audit.details
        await (Trial if seed % 3 else LocalTrial)(seed, audit).run()
        if shows:
            print(
                *(one for one in audit.details if one not in before), sep="\n", end="", flush=True
            )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=None, help="of the first trial")
    parser.add_argument("--trials", type=int, default=100_000, help="at most")
    parser.add_argument(
        "--at-once", type=int, default=2, metavar="N", help="trials beside each other"
    )
    options = parser.parse_args()
    first = random.randrange(10**6) if options.seed is None else options.seed
    until = time.monotonic() + options.minutes * 60
    seeds = range(first, first + options.trials)
    audit = asyncio.run(play(seeds, until, at_once=options.at_once, shows=True))
    print(f"from seed {first} on, {audit}")
    return 0 if audit.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
