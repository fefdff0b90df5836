"""The write-ahead log beside the journal, as a process left it (sqlite.org/walformat.html).

SQLite reads it up to the first place that is not as it was written, and tells nobody of what stands behind.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_ORDERS = {b"\x37\x7f\x06\x82": "<", b"\x37\x7f\x06\x83": ">"}
"""In which order the bytes stand that the sums are made of, by how the log begins."""


def lacks_commits(path: Path) -> bool:
    """Whether what was written last is not all there: the index of the log tells of transactions that the
    log has not, or transactions stand behind a damaged place."""
    index, log = _content(beside(path, "-shm")), content(path)
    written, carried_over, page, salt = _of_index(index)
    is_same_log = len(log) < 32 or log[16:24] == salt
    if is_same_log and written > carried_over and len(log) < 32 + written * (24 + page):
        return True
    return is_damaged(log)


def content(path: Path) -> bytes:
    """The journal's log."""
    return _content(beside(path, "-wal"))


def _content(path: Path) -> bytes:
    with suppress(FileNotFoundError):
        return path.read_bytes()
    return b""


def _of_index(index: bytes) -> tuple[int, int, int, bytes]:
    """How many frames the log has, how many of them were carried over, bytes of a page, and which log it is
    (sqlite.org/walformat.html#the_wal_index_header)."""
    if len(index) < 100 or not index[12] or index[:48] != index[48:96]:
        return 0, 0, 0, b""
    page, written = struct.unpack_from("=HI", index, 14)
    (carried_over,) = struct.unpack_from("=I", index, 96)
    return written, carried_over, page if page > 1 else 65536, index[32:40]


def is_damaged(log: bytes) -> bool:
    """Whether transactions stand behind a damaged place (sqlite.org/fileformat2.html#walformat)."""
    if len(log) < 32:
        return False
    order = _ORDERS.get(log[:4])
    page = int.from_bytes(log[8:12], "big")
    if order is None or page < 512:
        return True
    sums = _sums(order, log[:24], (0, 0))
    if sums != struct.unpack(">2I", log[24:32]):
        return True
    frames = range(32, len(log) - page - 23, 24 + page)
    salt = log[16:24]
    for at in frames:
        sums = _sums(order, log[at : at + 8] + log[at + 24 : at + 24 + page], sums)
        if log[at + 8 : at + 16] != salt or sums != struct.unpack(">2I", log[at + 16 : at + 24]):
            rest = (log[one : one + 16] for one in frames if one >= at)
            return any(head[8:] == salt and any(head[4:8]) for head in rest)
    return False


def pages(log: bytes) -> Iterator[tuple[int, bytes]]:
    """Where they belong and what they are, the oldest first, of those that are as they were written and were committed.

    A frame's sum goes on from the sum that stands in the frame before it: one that is damaged spoils itself and,
    where it is the sum that is damaged, the next.
    """
    order = _ORDERS.get(log[:4])
    size = int.from_bytes(log[8:12], "big")
    if order is None or size < 512:
        return
    waiting: list[tuple[int, bytes]] = []
    sums, salt = log[24:32], log[16:24]
    for at in range(32, len(log) - size - 23, 24 + size):
        head, page = log[at : at + 24], log[at + 24 : at + 24 + size]
        found = _sums(order, head[:8] + page, struct.unpack(">2I", sums))
        sums = head[16:]
        number, is_commit = int.from_bytes(head[:4], "big"), any(head[4:8])
        if head[8:16] == salt and found == struct.unpack(">2I", sums) and number:
            waiting.append(((number - 1) * size, page))
            if is_commit:
                yield from waiting
                waiting.clear()


def _sums(order: str, data: bytes, sums: tuple[int, int]) -> tuple[int, int]:
    first, second = sums
    words = iter(struct.unpack(f"{order}{len(data) // 4}I", data))
    for even, odd in zip(words, words, strict=True):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return first, second


def beside(path: Path, end: str) -> Path:
    """The file of the same name with something behind it."""
    return path.with_name(path.name + end)
