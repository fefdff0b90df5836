"""The drafts of one session on disk: one file each, numbered, never changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, overload

from vbtui.base.disk import disk_errors, read_json, write_json
from vbtui.base.errors import DiskProblem

Draft = Mapping[str, Any]


class Drafts:
    """The folder of a session's drafts. 0 is the empty timeline and has no file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, version: int) -> Draft | None:
        """The draft of that number; None for 0. Raises `DiskProblem` when it cannot be read."""
        if version == 0:
            return None
        draft = read_json(self._path(version))
        if not isinstance(draft, dict):
            raise DiskProblem("The timeline of this session cannot be read from the disk.")
        return draft

    def write(self, version: int, draft: Draft) -> None:
        """Keep `draft` under that number. Raises `DiskProblem`."""
        with disk_errors(self._folder.parent):
            self._folder.mkdir(mode=0o700, exist_ok=True)
        write_json(self._path(version), draft)

    def keep_only(self, versions: Collection[int]) -> None:
        """Remove all others."""
        for path in self._folder.glob("*.json"):
            if path.stem.isdecimal() and int(path.stem) not in versions:
                with suppress(OSError):
                    path.unlink()

    def _path(self, version: int) -> Path:
        return self._folder / f"{version}.json"


class Versions(Sequence[Draft | None]):
    """Some drafts, each read when it is looked at."""

    def __init__(self, drafts: Drafts, versions: Sequence[int]) -> None:
        self._drafts = drafts
        self._versions = versions

    def __len__(self) -> int:
        return len(self._versions)

    @overload
    def __getitem__(self, index: int) -> Draft | None: ...

    @overload
    def __getitem__(self, index: slice) -> Versions: ...

    def __getitem__(self, index: int | slice) -> Draft | Versions | None:
        if isinstance(index, slice):
            return Versions(self._drafts, self._versions[index])
        return self._drafts.read(self._versions[index])
