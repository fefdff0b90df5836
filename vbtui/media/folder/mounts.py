"""Where file events cannot come: network and FUSE file systems, by Linux's table of mounts."""

from __future__ import annotations

import os
import re
from pathlib import Path

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
