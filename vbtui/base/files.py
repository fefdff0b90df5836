"""Files that are whole or absent.

What is written lies beside its place under another name until it is whole, then it is moved in.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vbtui.base.errors import DiskProblem
from vbtui.base.text import format_bytes, safe_filename
from vbtui.base.translation import Translation

_REASONS = {
    errno.ENOSPC: "disk.full",
    errno.EDQUOT: "disk.quota",
    errno.EROFS: "disk.read_only",
    errno.EACCES: "disk.permission",
    errno.EPERM: "disk.permission",
}
TRY_AGAIN = Translation("try again", "重试")
RETRY_THE_EXPORT = Translation("retry the export", "重试导出")
"""How the hint of a `disk_problem` ends where a video was to be written."""


def disk_problem(error: OSError, place: Path, then: Translation = TRY_AGAIN) -> DiskProblem:
    """`error` as a sentence that names the place; the hint says what helps.

    Args:
        then: what is to be done when that is mended, as the end of the hint.
    """
    code = _REASONS.get(error.errno or 0, "disk.folder")
    return DiskProblem(code=code, place=place, why=error.strerror or error, then=then)


@contextmanager
def disk_errors(place: Path) -> Iterator[None]:
    """Inside, an `OSError` becomes the `DiskProblem` that names `place`."""
    try:
        yield
    except OSError as error:
        raise disk_problem(error, place) from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name beside `path` for what is to stand there: moved in after the block, removed when the
    block raises."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        yield partial
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise


def write_bytes(path: Path, data: bytes, *, durable: bool = True, mode: int = 0o600) -> None:
    """Put `data` at `path`, readable by the owner alone: all of it or nothing.

    Args:
        durable: also after a power cut; False for what can be made again.
        mode: who may do what with it, where it is not for the owner alone.

    Raises `DiskProblem`.
    """
    with disk_errors(path.parent), replacing(path) as partial:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
    if durable:
        with disk_errors(path.parent):
            sync_directory(path.parent)


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    """`value` as JSON at `path`, as `write_bytes` does it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    write_bytes(path, text.encode("utf-8", "surrogatepass"), durable=durable)


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


@contextmanager
def file_lock(path: Path) -> Iterator[bool]:
    """One at a time among all processes: whether the lock was free; it is held inside the block then.

    Raises `DiskProblem`.
    """
    import fcntl

    with disk_errors(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        is_ours = True
        with disk_errors(path):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                is_ours = False
        yield is_ours
    finally:
        os.close(descriptor)


_PART_STEM_BYTES = 80
_LEAST_FREE_BYTES = 32 * 1024 * 1024
"""With less free space no export is begun."""


def part_path(destination: Path, maker: str) -> Path:
    """The hidden file beside `destination` that it grows in; one for each `maker`."""
    stem = safe_filename(destination.name, max_bytes=_PART_STEM_BYTES)
    return destination.parent / f".{stem}.{safe_filename(maker, max_bytes=60)}.part"


def remove_part(destination: Path, maker: str) -> None:
    """Remove what `maker` left under its temporary name."""
    with contextlib.suppress(OSError):
        part_path(destination, maker).unlink()


def check_folder(folder: Path) -> None:
    """Make `folder` where it is missing. Raises `DiskProblem` when nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(prefix=".vbtui-", dir=folder) as probe:
            probe.write(b"\0")
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        raise disk_problem(error, folder, RETRY_THE_EXPORT) from error
    check_space(folder, 0)


def check_space(folder: Path, needed: int) -> None:
    """Raises `DiskProblem` when `needed` bytes and a reserve do not fit into `folder`'s disk."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return
    if free < needed + _LEAST_FREE_BYTES:
        raise DiskProblem(
            code="disk.low", place=folder, free=format_bytes(free), then=RETRY_THE_EXPORT
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
        raise disk_problem(error, wanted, RETRY_THE_EXPORT) from error


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


@dataclass(frozen=True, slots=True)
class Identity:
    """The quick identity of a file's content: as long as none of it changes, nothing did."""

    device: int
    inode: int
    size: int
    """Bytes."""
    mtime_ns: int

    @classmethod
    def of(cls, stat: os.stat_result) -> Identity:
        return cls(stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)


def fresh_name(prefix: str) -> str:
    """A name that nobody else uses, with this process's number in it."""
    return f"{prefix}{os.getpid()}-{os.urandom(6).hex()}"


def remove_leftovers(folder: Path, prefix: str) -> None:
    """Removes what processes that no longer run left in `folder` under such names."""
    for path in folder.glob(f"{prefix}*"):
        number = path.name.removeprefix(prefix).split("-")[0]
        if number.isdigit() and not _runs(int(number)):
            with contextlib.suppress(OSError):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _runs(number: int) -> bool:
    """Whether there is such a process; one that is dead and that nobody asked about works on nothing."""
    with contextlib.suppress(OSError):
        stat = Path(f"/proc/{number}/stat").read_text(errors="replace")
        return stat.rpartition(")")[2].split()[0] not in "ZX"
    try:
        os.kill(number, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def passing_folder(prefix: str) -> Iterator[Path]:
    """A folder for what is tried and thrown away; what a process that was killed left of such folders goes first."""
    place = Path(tempfile.gettempdir())
    remove_leftovers(place, prefix)
    folder = place / fresh_name(prefix)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
