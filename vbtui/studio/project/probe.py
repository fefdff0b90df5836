"""What an uploaded file really is: measured with PyAV and Pillow, or refused with a sentence.

`probe` trusts the content alone. The file's name only says what it claims to be – a video, a
picture or sound – and a file that is something else is refused. Only plain containers are opened:
playlists and scripts, which could name other files, are not.

Run as a program it is the worker of `prober`: paths in, answers out, one line of JSON each.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from vbtui.base.errors import UnsupportedFile
from vbtui.base.settings import (
    AUDIO_SUFFIXES,
    IMAGE_SUFFIXES,
    LUT_SUFFIXES,
    SUBTITLE_SUFFIXES,
    VIDEO_SUFFIXES,
)
from vbtui.studio.project import luts, subtitles
from vbtui.studio.project.media import FAILS, Media, refusal

KINDS: Mapping[str, str] = {
    **dict.fromkeys(VIDEO_SUFFIXES, "video"),
    **dict.fromkeys(IMAGE_SUFFIXES, "image"),
    **dict.fromkeys(AUDIO_SUFFIXES, "audio"),
    **dict.fromkeys(SUBTITLE_SUFFIXES, "subtitles"),
    **dict.fromkeys(LUT_SUFFIXES, "lut"),
}
"""What a file with that suffix claims to be."""
_CALLED = {"video": "a video", "image": "a picture", "audio": "a sound file"}
_PICTURE_HEADS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")


def claimed_kind(name: str) -> str:
    """`video`, `image`, `audio`, `subtitles` or `lut` by the suffix of `name`. Raises `UnsupportedFile`."""
    suffix = Path(name).suffix.lower()
    if suffix in KINDS:
        return KINDS[suffix]
    reason = f"is a {suffix} file" if suffix else "has no suffix that says what it is"
    raise refusal(name, reason)


def probe(path: Path, name: str, sha256: str = "") -> Media:
    """The facts of the file at `path`, which its user calls `name`; its id is left empty.

    A container for video that holds sound alone is a sound.

    Raises `UnsupportedFile` with the reason when the content is not what the name claims, is
    damaged, incomplete or empty.
    """
    kind = claimed_kind(name)
    size = path.stat().st_size
    if size == 0:
        raise refusal(name, "is empty")
    facts: Mapping[str, Any]
    if kind == "subtitles":
        facts, found = _facts_of_subtitles(path, name, size), kind
    elif kind == "lut":
        facts, found = _facts_of_lut(path, name, size), kind
    elif is_picture(path):
        from vbtui.studio.project.stills import picture_facts

        facts = picture_facts(path, name)
        found = "image"
    else:
        from vbtui.studio.project.measure import container_facts

        facts = container_facts(path, name)
        found = str(facts["kind"])
    if found != kind and (kind, found) != ("video", "audio"):
        raise refusal(name, f"is not {_CALLED[kind]}: its content is {_CALLED[found]}")
    digest = sha256 or _digest(path)
    return Media(id="", filename=name, path=path, size=size, sha256=digest, **facts)


def _facts_of_subtitles(path: Path, name: str, size: int) -> Mapping[str, Any]:
    if size > subtitles.MOST_BYTES:
        raise refusal(name, subtitles.TOO_LARGE)
    try:
        return {"kind": "subtitles", "duration_ms": subtitles.read(path.read_bytes()).ms}
    except ValueError as error:
        raise refusal(name, str(error)) from None


def _facts_of_lut(path: Path, name: str, size: int) -> Mapping[str, Any]:
    try:
        luts.read(path.read_bytes() if size <= luts.MOST_BYTES else b"#" * (luts.MOST_BYTES + 1))
    except ValueError as error:
        raise refusal(name, str(error)) from None
    return {"kind": "lut", "duration_ms": 0}


def is_picture(path: Path) -> bool:
    """Whether the content begins as JPEG, PNG, GIF or WebP does."""
    with path.open("rb") as file:
        head = file.read(16)
    return head.startswith(_PICTURE_HEADS) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _answer(line: str) -> dict[str, Any]:
    request = json.loads(line)
    name = request["name"]
    try:
        media = probe(Path(request["path"]), name, request["sha256"])
    except UnsupportedFile as error:
        return {"refused": error.message}
    except MemoryError:
        return {"refused": refusal(name, "needs too much memory to be looked at").message}
    except (OSError, ValueError, ArithmeticError):
        return {"refused": refusal(name, "is damaged and cannot be read").message}
    except Exception:  # an error of the probe's: the next file is another one
        return {"refused": refusal(name, FAILS).message}
    facts = asdict(media)
    facts["path"] = str(media.path)
    return {"media": facts}


_MOST_MEMORY = 3 * 1024**3
"""Bytes; 8K video with a thread for each core of a large machine fits."""


def _limit_memory() -> None:
    """What a file makes a library take is not taken from the machine."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (_MOST_MEMORY, _MOST_MEMORY))
    except (ImportError, OSError, ValueError):
        return  # another system, or one that allows less anyway


def main() -> None:
    """The worker: says whether it can work, then answers each line of standard input until it ends."""
    _limit_memory()
    try:
        import_module("vbtui.studio.project.measure")
    except ImportError as error:
        print(json.dumps({"broken": f"{error.name}: {error}"}), flush=True)
        return
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(_answer(line)), flush=True)


if __name__ == "__main__":
    main()
