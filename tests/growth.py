"""How the cost of something grows with its size: a ratio within one run, so that no machine is too slow."""

from __future__ import annotations

import time
from collections.abc import Callable

_ROUNDS = 5
_NOISE_S = 0.0005
"""What the clock and the caches may add; without it a cost of nothing could not be compared."""


def growth(work: Callable[[int], object], size: int) -> float:
    """How many times the CPU time of `work(size)` is that of `work(size // 4)`, each at its best.

    Four where the cost is linear, sixteen where it is quadratic.
    """
    small, large = [], []
    for _ in range(_ROUNDS):
        small.append(_cost_s(work, size // 4))
        large.append(_cost_s(work, size))
    return (min(large) + _NOISE_S) / (min(small) + _NOISE_S)


def _cost_s(work: Callable[[int], object], size: int) -> float:
    began = time.process_time()
    work(size)
    return time.process_time() - began
