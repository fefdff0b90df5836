"""Files that are whole or absent: JSON written beside its place, synced, then moved in."""

from __future__ import annotations

import errno
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vbtui.base.errors import DiskProblem

_SENTENCES = {
    errno.ENOSPC: "The disk is full.",
    errno.EDQUOT: "The disk quota is used up.",
    errno.EROFS: "The disk is read-only.",
    errno.EACCES: "There is no permission to write there.",
    errno.EPERM: "There is no permission to write there.",
}


def disk_problem(error: OSError, place: Path) -> DiskProblem:
    """`error` as a sentence that names the place; the hint says what helps."""
    reason = _SENTENCES.get(error.errno or 0, f"{error.strerror or error}.")
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    hint = "Free some space and try again." if full else "Check the folder and its owner."
    return DiskProblem(f"{place} cannot be written: {reason[0].lower()}{reason[1:]}", hint=hint)


@contextmanager
def disk_errors(place: Path) -> Iterator[None]:
    """Inside, an `OSError` becomes the `DiskProblem` that names `place`."""
    try:
        yield
    except OSError as error:
        raise disk_problem(error, place) from error


def write_bytes(path: Path, data: bytes) -> None:
    """Put `data` at `path`, readable by the owner alone: all of it, also after a crash, or nothing.

    Raises `DiskProblem`.
    """
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with disk_errors(path.parent):
            with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, path)
            sync_directory(path.parent)
    except DiskProblem:
        partial.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """`value` as JSON at `path`, as `write_bytes` does it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    write_bytes(path, text.encode("utf-8", "surrogatepass"))


def read_json(path: Path) -> Any:
    """What `write_json` put there; None where there is no file or no JSON in it."""
    try:
        return json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
    except (OSError, ValueError):
        return None


def sync_directory(path: Path) -> None:
    """Make the names in a directory survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
