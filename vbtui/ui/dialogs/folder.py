"""One folder, as the file picker shows it. Blocking: to be called in a thread."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from vbtui.base.settings import (
    ACCEPTED_SUFFIXES,
    AUDIO_SUFFIXES,
    IMAGE_SUFFIXES,
    MAX_UPLOAD_BYTES,
    VIDEO_SUFFIXES,
)
from vbtui.base.text import clean_line


@dataclass(frozen=True, slots=True)
class Entry:
    """A folder, or a file that vbtui may upload."""

    path: Path
    name: str
    """One clean line."""
    is_folder: bool
    size: int = 0
    """Bytes; 0 for a folder."""
    changed_at: float = 0

    @property
    def kind(self) -> str:
        """`folder`, `video`, `image`, `audio`."""
        return "folder" if self.is_folder else kind_of(self.path)

    @property
    def problem(self) -> str:
        """Why it cannot be uploaded; empty when it can."""
        if self.is_folder:
            return ""
        if self.size > MAX_UPLOAD_BYTES:
            return "larger than 500 MB: compress or trim it"
        return "" if self.size else "empty"


def kind_of(path: Path) -> str:
    """`video`, `image`, `audio`, or empty for what is not accepted."""
    suffix = path.suffix.lower()
    for kind, suffixes in (
        ("video", VIDEO_SUFFIXES),
        ("image", IMAGE_SUFFIXES),
        ("audio", AUDIO_SUFFIXES),
    ):
        if suffix in suffixes:
            return kind
    return ""


def list_folder(folder: Path) -> tuple[list[Entry], str]:
    """The folders and accepted files in `folder`, folders first, and why it cannot be read."""
    found: list[Entry] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                listed = _entry(entry)
                if listed is not None:
                    found.append(listed)
    except OSError as error:
        return [], f"{clean_line(str(folder))} cannot be read: {error.strerror}."
    found.sort(key=lambda one: (not one.is_folder, one.name.casefold()))
    return found, ""


def _entry(entry: os.DirEntry[str]) -> Entry | None:
    if entry.name.startswith("."):
        return None
    path = Path(entry.path)
    try:
        if entry.is_dir():
            return Entry(path, clean_line(entry.name), True)
        if path.suffix.lower() not in ACCEPTED_SUFFIXES:
            return None
        status = entry.stat()
    except OSError:
        return None
    return Entry(path, clean_line(entry.name), False, status.st_size, status.st_mtime)
