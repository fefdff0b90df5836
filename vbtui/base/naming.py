"""Names of finished videos, and putting them in place without overwriting anything."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from datetime import datetime
from pathlib import Path

from vbtui.base.errors import DiskProblem
from vbtui.base.text import format_bytes, safe_filename

_PART_STEM_BYTES = 80
_LEAST_FREE_BYTES = 32 * 1024 * 1024
"""With less free space no export is begun."""


def destination_for(
    folder: Path, title: str, now: float, suffix: str = ".mp4", *, label: str = ""
) -> Path:
    """`<folder>/<title> 2026-05-01.mp4`: title and date, made safe; it may exist already.

    With a label: `<title> 2026-05-01 reels.mp4`.
    """
    date = datetime.fromtimestamp(now).strftime("%Y-%m-%d")
    end = f" {safe_filename(label)}" if label else ""
    return folder / f"{safe_filename(title)} {date}{end}{suffix}"


def part_path(destination: Path, render_id: str) -> Path:
    """The hidden file beside `destination` that a download grows in; one for each render."""
    stem = safe_filename(destination.name, max_bytes=_PART_STEM_BYTES)
    return destination.parent / f".{stem}.{safe_filename(render_id, max_bytes=60)}.part"


def remove_part(destination: Path, render_id: str) -> None:
    """Remove what a download left under its temporary name."""
    with contextlib.suppress(OSError):
        part_path(destination, render_id).unlink()


def check_folder(folder: Path) -> None:
    """Make `folder` where it is missing. Raises `DiskProblem` when nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(prefix=".vbtui-", dir=folder) as probe:
            probe.write(b"\0")
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        raise disk_problem(folder, error) from error
    check_space(folder, 0)


def check_space(folder: Path, needed: int) -> None:
    """Raises `DiskProblem` when `needed` bytes and a reserve do not fit into `folder`'s disk."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return
    if free < needed + _LEAST_FREE_BYTES:
        raise DiskProblem(
            f"The disk of {folder} is full: {format_bytes(free)} are free.",
            hint="Free some space, then retry the export.",
        )


def disk_problem(path: Path, error: OSError) -> DiskProblem:
    """`error` at `path` in words."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskProblem(
            f"The disk of {path} is full.", hint="Free some space, then retry the export."
        )
    return DiskProblem(
        f"{path} cannot be written: {error.strerror or error}.",
        hint="Choose another folder, or mend its permissions, then retry the export.",
    )


def put_in_place(part: Path, wanted: Path, *, overwrite: bool) -> Path:
    """Give the finished `part` its name and return that; `part` may stay as a second name of it.

    Without `overwrite` an existing file stays: `promo (2).mp4`, `promo (3).mp4` … are tried. The
    name never stands for half a video, and a second call for the same `part` finds the name that
    the first one gave. Raises `DiskProblem`.
    """
    try:
        _flush(part)
        if overwrite:
            os.replace(part, wanted)
            return wanted
        number = 1
        while True:
            name = wanted if number == 1 else wanted.with_name(_numbered(wanted, number))
            if _link(part, name):
                return name
            number += 1
    except OSError as error:
        raise disk_problem(wanted, error) from error


def _flush(path: Path) -> None:
    """What `path` holds is on disk before its name says that it is whole."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _numbered(path: Path, number: int) -> str:
    return f"{path.stem} ({number}){path.suffix}"


def _link(part: Path, name: Path) -> bool:
    """Whether `part` is called `name` now; False when that name is taken."""
    try:
        os.link(part, name)
    except FileExistsError:
        return os.path.samefile(part, name)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
            raise
        return _claim(part, name)
    return True


def _claim(part: Path, name: Path) -> bool:
    """As `_link`, where the file system has no hard links: an empty file claims the name first."""
    try:
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
    except FileExistsError:
        return False
    os.replace(part, name)
    return True
