"""What lies in a watched folder: names and quick identities, never content; and whether file events
can come from there (network and FUSE file systems send none). Blocks: for a thread.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from vbtui.base.files import Identity

TEMPORARY_SUFFIXES = (
    ".part",
    ".partial",
    ".crdownload",
    ".opdownload",
    ".download",
    ".tmp",
    ".temp",
    ".filepart",
    ".!qb",
    ".!ut",
    ".aria2",
    ".swp",
    "~",
)
"""Ends of the names that programs write under before a file is whole."""
_CLUTTER = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db"})
FINISHED = "done"
"""Where a watched folder's own videos go: never an input."""

Number = tuple[int, int]
"""Device and inode: the same file under any name."""


@dataclass(slots=True)
class Scan:
    """One look at a folder."""

    files: dict[str, Identity] = field(default_factory=dict)
    """By path; regular files, and links to files within the folder."""
    outside: dict[str, Identity] = field(default_factory=dict)
    """Links that lead out of the folder; they are not followed."""
    temporary: dict[Number, Identity] = field(default_factory=dict)
    """Files that carry a temporary name now."""
    folders: set[str] = field(default_factory=set)
    unreadable: list[str] = field(default_factory=list)
    """Sub-folders whose content is not known this time, each with a separator at its end."""


def is_temporary(name: str) -> bool:
    """Whether a file of that name is not finished, or is no business of anybody's.

    Dot files take in rsync's `.name.XXXXXX`, `._name` of macOS, and editors' and syncers' files.
    """
    lower = name.lower()
    return name.startswith(".") or lower.endswith(TEMPORARY_SUFFIXES) or lower in _CLUTTER


def scan(root: str, excluded: Iterable[str] = ()) -> Scan:
    """Everything below `root` but hidden folders, `excluded` ones and `root/done`.

    Raises `OSError` when `root` itself cannot be listed.
    """
    result = Scan()
    walker = _Walker(root, result, {*excluded, os.path.join(root, FINISHED)})
    walker.walk(root)
    walker.follow_links()
    return result


class _Walker:
    def __init__(self, root: str, result: Scan, excluded: set[str]) -> None:
        self._root = root
        self._inside = os.path.realpath(root) + os.sep
        self._result = result
        self._excluded = excluded
        self._visited: set[Number] = set()
        self._links: list[str] = []

    def walk(self, top: str) -> None:
        folders = [top]
        while folders:
            folder = folders.pop()
            try:
                folders += self._list(folder)
            except OSError:
                if folder == self._root:
                    raise
                self._result.unreadable.append(folder + os.sep)

    def _list(self, folder: str) -> list[str]:
        """Note the files of one folder; returns its sub-folders."""
        found = os.stat(folder)
        number = (found.st_dev, found.st_ino)
        if number in self._visited:
            return []
        self._visited.add(number)
        self._result.folders.add(folder)
        below: list[str] = []
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_symlink():
                    if not is_temporary(entry.name):
                        self._links.append(entry.path)
                elif entry.is_dir(follow_symlinks=False):
                    if not entry.name.startswith(".") and entry.path not in self._excluded:
                        below.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    self._note(entry)
        return below

    def _note(self, entry: os.DirEntry[str]) -> None:
        try:
            found = entry.stat(follow_symlinks=False)
        except OSError:
            return
        if is_temporary(entry.name):
            self._result.temporary[found.st_dev, found.st_ino] = Identity.of(found)
        else:
            self._result.files[entry.path] = Identity.of(found)

    def follow_links(self) -> None:
        """Links last: a file that also lies in the folder under its own name counts once."""
        numbers = {(one.device, one.inode) for one in self._result.files.values()}
        for path in sorted(self._links):
            try:
                target, found = os.path.realpath(path, strict=True), os.stat(path)
            except OSError:
                continue
            is_inside = target.startswith(self._inside)
            if stat.S_ISDIR(found.st_mode):
                if is_inside and (found.st_dev, found.st_ino) not in self._visited:
                    self.walk(path)
            elif stat.S_ISREG(found.st_mode) and (found.st_dev, found.st_ino) not in numbers:
                numbers.add((found.st_dev, found.st_ino))
                kept = self._result.files if is_inside else self._result.outside
                kept[path] = Identity.of(found)


def look(
    paths: Iterable[str], root: str, excluded: Iterable[str] = ()
) -> tuple[dict[str, Identity | None], dict[Number, Identity], bool]:
    """A look at single paths below `root`.

    Returns identities (None: not there), temporary files by their number, and whether something was
    seen that only a scan can judge: a folder, a link.
    """
    away = (*excluded, os.path.join(root, FINISHED))
    found: dict[str, Identity | None] = {}
    temporary: dict[Number, Identity] = {}
    needs_scan = False
    for path in paths:
        if any(path == one or path.startswith(one + os.sep) for one in away):
            continue
        folder, name = os.path.split(os.path.relpath(path, root))
        if any(part.startswith(".") for part in folder.split(os.sep)):
            continue
        try:
            status = os.lstat(path)
        except OSError:
            found[path] = None
            continue
        if stat.S_ISREG(status.st_mode):
            if is_temporary(name):
                temporary[status.st_dev, status.st_ino] = Identity.of(status)
            else:
                found[path] = Identity.of(status)
        else:
            needs_scan = needs_scan or path != root
    return found, temporary, needs_scan


Known = Callable[[str, Identity], bool]
"""Whether this very file was dealt with already."""


_SILENT = frozenset(
    {
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "9p", "afs", "ceph", "coda", "glusterfs",
        "gfs2", "lustre", "ocfs2", "beegfs", "orangefs", "vboxsf", "vmhgfs", "prl_fs", "virtiofs",
        "davfs", "sshfs", "drvfs",
    }
)  # fmt: skip
"""File systems whose files are changed by others than this kernel."""


def silent_mount(directory: Path, mountinfo: Path = Path("/proc/self/mountinfo")) -> str:
    """The type of the first file system at or below `directory` that sends no events; or empty."""
    try:
        lines = mountinfo.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return ""
    here = os.path.realpath(directory)
    at, below = "", ""
    deepest = -1
    for line in lines:
        point, kind = _point_and_kind(line)
        if not point:
            continue
        if (here == point or here.startswith(point.rstrip("/") + "/")) and len(point) >= deepest:
            deepest, at = len(point), kind
        elif point.startswith(here.rstrip("/") + "/") and _is_silent(kind):
            below = kind
    return at if _is_silent(at) else below


def _is_silent(kind: str) -> bool:
    return kind in _SILENT or (kind.startswith("fuse") and kind not in ("fusectl", "fuseblk"))


def _point_and_kind(line: str) -> tuple[str, str]:
    """Mount point and type of a line of mountinfo (proc(5)); spaces are written `\\040`."""
    left, separator, right = line.partition(" - ")
    fields = left.split(" ")
    if not separator or len(fields) < 5:
        return "", ""
    point = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), fields[4])
    return point, right.split(" ")[0]
