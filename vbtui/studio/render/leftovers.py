"""Names for things under way, and the removal of those whose maker is gone.

A name is `<prefix><process id>-<random>`: a process that was killed cannot clean up after itself,
the next one does it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path


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
    try:
        os.kill(number, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
