"""How the cost of something grows with its size: counted, so that no machine is too slow or too busy.

Counted are the lines and calls of Python that it takes. Of work in C, which no tracer sees into: the
steps of a backtracking search for each regular expression (`backtracking.py`), and the bytes and
characters of what the methods go through that always take the whole of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any
from unittest import mock

from tests.backtracking import STEPS, counted

_WHOLE = {"casefold", "decode", "encode", "lower", "partition", "replace", "rpartition", "split"}
_WHOLE |= {"splitlines", "translate", "upper"}
_TEXTS = (str, bytes, bytearray)
_BYTES_TOO = _WHOLE | {"count", "find", "index", "rfind"}


def growth(work: Callable[[int], object], size: int) -> float:
    """How many times the cost of `work(size)` is that of `work(size // 4)`.

    Four where the cost is linear, sixteen where it is quadratic.
    """
    with _counted_patterns():
        work(size // 16)  # what is made once a process is made here
        return _cost(work, size) / _cost(work, size // 4)


def _cost(work: Callable[[int], object], size: int) -> int:
    STEPS[0] = 0

    def line(frame: FrameType, event: str, argument: object) -> Any:
        STEPS[0] += 1
        return line

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        return None if _compiles(frame) else line(frame, event, argument)

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        if event != "c_call" or not isinstance(it := argument.__self__, _TEXTS):
            return
        if not _compiles(frame):
            is_whole = argument.__name__ in (_WHOLE if isinstance(it, str) else _BYTES_TOO)
            STEPS[0] += len(it) if is_whole else 0

    before = sys.gettrace()
    sys.settrace(trace)
    sys.setprofile(profile)
    try:
        work(size)
    finally:
        sys.setprofile(None)
        sys.settrace(before)
    return STEPS[0]


def _compiles(frame: FrameType) -> bool:
    """A pattern is compiled once a process, by whom it happens to meet first: that is no growth."""
    return str(frame.f_globals.get("__name__")).startswith("re.")


@contextmanager
def _counted_patterns() -> Iterator[None]:
    """Every pattern that a loaded module of the program keeps is counted meanwhile."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(200_000)
    patches = []
    for name, module in list(sys.modules.items()):
        if name.startswith("vbtui."):
            for key, value in list(vars(module).items()):
                if not key.startswith("__") and (new := counted(value)) is not value:
                    patches.append(mock.patch.object(module, key, new))
    try:
        for patch in patches:
            patch.start()
        yield
    finally:
        for patch in patches:
            patch.stop()
        sys.setrecursionlimit(limit)
