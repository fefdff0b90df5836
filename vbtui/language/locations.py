r"""Paths and URLs: within a message, as people paste and drop them, and while they are typed.

A terminal turns a drop into text, each in its own way: `'/a/my clip.mp4'`, `/a/my\ clip.mp4`,
`"/a/b.mp4" "/a/c.mp4"`, `file:///a/my%20clip.mp4`, one a line. Text counts as paths only when all
of it does: a sentence that mentions a path stays a sentence.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from vbtui.base.patterns import regex
from vbtui.base.settings import KNOWN_SUFFIXES
from vbtui.language.quotes import MARKS, Quotes

LOCATION = "\x02"
"""Stands for a path or a file name."""
WEB = "\x03"
"""Stands for a URL."""

_SUFFIXES = "|".join(sorted(suffix[1:] for suffix in KNOWN_SUFFIXES))
_STOP = r"\s，。！？；、()（）<>" + "".join(sorted(set(MARKS) - set("`【】")))
"""What ends a path or URL in a sentence; names of files do hold ticks and 【】."""
_URL = r"(?:https?|ftp)://[^" + _STOP + r"]{1,2000}"
_FILE_URI = r"file://[^" + _STOP + r"]{1,2000}"
_PATH = (
    r"(?<![\w/.~])(?:~|\.{1,2})?/[^" + _STOP + r"]{1,1000}(?:\\ [^" + _STOP + r"]{1,1000}){0,20}"
)
_WINDOWS = r"(?<!\w)[A-Za-z]:\\[^" + _STOP + r"]{1,1000}"
_NAME = rf"(?<![\w/.-])[\w-][\w.-]{{0,200}}\.(?:{_SUFFIXES})(?![\w])"
_ANY = regex(
    rf"(?P<web>{_URL})|(?P<uri>{_FILE_URI})|(?P<windows>{_WINDOWS})|(?P<path>{_PATH})|(?P<name>{_NAME})",
    re.IGNORECASE,
)
_TRAILING = ".,:;!?"
_WHOLE = regex(
    rf"(?:['\"])?(?:file://|~/|\.{{1,2}}/|/|[A-Za-z]:\\)[^\n]{{0,2000}}\.(?:{_SUFFIXES})(?:['\"])?",
    re.IGNORECASE,
)
_ONE_WORD = regex(r"(?:file://|~/|\.{1,2}/|/)\S{1,2000}|(?:https?|ftp)://\S{1,2000}", re.I)


def is_location(text: str) -> bool:
    """Whether the whole message is a path (spaces allowed, quoted or not) or a URL, or several."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return bool(lines) and len(lines) <= 1000 and all(_is_one(line) for line in lines)


def _is_one(line: str) -> bool:
    if _ONE_WORD.fullmatch(line):
        return True
    return bool(_WHOLE.fullmatch(line)) and not re.search(r"[,;，；] |\. [A-Z]", line)


def take_locations(text: str) -> tuple[str, list[str]]:
    """`text` with `LOCATION` or `WEB` in place of each path and URL, and these in order.

    A quoted text counts when it is a path: `'/home/me/a b.mov'`.
    """
    found: list[str] = []

    def take(place: str) -> str:
        sign = WEB if "://" in place and not place.startswith("file:") else LOCATION
        bare = place.rstrip(_TRAILING)
        if bare.endswith("/"):
            bare = place
        found.append(bare)
        return f" {sign} {place[len(bare) :]}"

    def scan(part: str) -> str:
        return _ANY.sub(lambda match: take(match.group()), part)

    outside, place = list[str](), 0
    for start, end in Quotes(text).runs():
        if _is_one(inner := text[start + 1 : end - 1]):
            outside += [scan(text[place:start]), take(inner)]
            place = end
    return "".join([*outside, scan(text[place:])]), found


# -- paths as pasted and dropped ------------------------------------------------------------------

_LONGEST = 64 * 1024
_WINDOWS_PATH = regex(r"[A-Za-z]:[\\/]|\\\\[^\\]+\\")
_STRAIGHT = str.maketrans("“”", '""')


@dataclass(frozen=True, slots=True)
class Pasted:
    """What a pasted or dropped text names."""

    here: tuple[Path, ...] = ()
    """Files and folders that exist on this machine, absolute; one that is named twice stands twice."""
    elsewhere: tuple[str, ...] = ()
    """Paths that do not: dropped from another machine, or gone."""

    def __bool__(self) -> bool:
        return bool(self.here or self.elsewhere)


def read_paths(
    text: str, *, folder: Path | None = None, exists: Callable[[Path], bool] = os.path.lexists
) -> Pasted:
    """The paths that `text` consists of; empty when it is anything else.

    Args:
        folder: what relative names are relative to; the working directory if None.
        exists: asks the disk; replaced where the disk must not be touched.
    """
    folder = folder or Path.cwd()
    text = text.strip().strip("\0")
    if not text or len(text) > _LONGEST:
        return Pasted()
    whole = _to_path(text, folder) if "\n" not in text else None
    if whole is not None and _is_written_as_a_path(text) and exists(whole):
        return Pasted(here=(whole,))
    splits = [_by_word(text), _by_space(text)]
    splits.insert(0 if "\n" in text else 2, _by_line(text))
    if "\n" in text:
        splits.append(text.splitlines())
    readings = [_sort(split, folder, exists) for split in splits]
    fitting = [reading for reading in readings if reading]
    complete = [reading for reading in fitting if not reading.elsewhere]
    return max(complete, key=lambda reading: len(reading.here), default=(fitting or [Pasted()])[0])


def _sort(words: Sequence[str], folder: Path, exists: Callable[[Path], bool]) -> Pasted:
    """Every word as a path here or elsewhere; empty as soon as one is neither."""
    here: list[Path] = []
    elsewhere: list[str] = []
    for word in words:
        path = _to_path(word, folder)
        if path is not None and _is_written_as_a_path(word) and exists(path):
            here.append(path)
        elif _looks_like_a_file(word):
            elsewhere.append(_without_scheme(word))
        else:
            return Pasted()
    return Pasted(tuple(here), tuple(dict.fromkeys(elsewhere)))


def _by_line(text: str) -> list[str]:
    """One path a line, each perhaps quoted as a whole; `#` lines of a URI list are left out."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    words = [_by_word(line) for line in lines]
    return [word[0] if len(word) == 1 else line for word, line in zip(words, lines, strict=True)]


def _by_word(text: str) -> list[str]:
    """Words as a POSIX shell sees them: quotes, backslashes, `'it'\\''s.mp4'`."""
    try:
        return shlex.split(text.translate(_STRAIGHT))
    except ValueError:  # an apostrophe within a name
        return []


def _by_space(text: str) -> list[str]:
    """Words between white space, taken as they are but for quotes around them."""
    return [_unquoted(word) for word in text.split()]


def _unquoted(word: str) -> str:
    return word[1:-1] if len(word) > 2 and word[0] == word[-1] and word[0] in "'\"" else word


def _to_path(word: str, folder: Path) -> Path | None:
    """`word` as a path of this machine, absolute; None when it cannot be one."""
    if "\0" in word:
        return None
    if word.startswith("file:"):
        return _from_uri(word)
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", word):
        return None
    try:
        path = Path(word).expanduser() if word.startswith("~") else Path(word)
        return Path(os.path.normpath(folder / path)) if word not in ("", ".", "..") else None
    except (RuntimeError, ValueError):
        return None


def _from_uri(uri: str) -> Path | None:
    """`file:///a%20b` and `file://localhost/a` as a path, byte by byte."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if not parts.path.startswith("/"):
        return None
    raw = uri.split(":", 1)[1]
    raw = raw[2 + len(parts.netloc) :] if raw.startswith("//") else raw
    path = unquote_to_bytes(raw)
    return Path(os.fsdecode(path)) if b"\0" not in path else None


def _without_scheme(word: str) -> str:
    path = _from_uri(word) if word.startswith("file:") else None
    return os.fsdecode(path) if path else word


def _is_written_as_a_path(word: str) -> bool:
    """A bare word such as `export` stays a word, even where a folder has that name."""
    return "/" in word or os.path.splitext(word)[1].lower() in KNOWN_SUFFIXES


def _looks_like_a_file(word: str) -> bool:
    """An absolute path of some machine that ends as an accepted file does."""
    word = _without_scheme(word)
    absolute = word.startswith(("/", "~/")) or bool(_WINDOWS_PATH.match(word))
    return absolute and os.path.splitext(word)[1].lower() in KNOWN_SUFFIXES


# -- a path that is being typed ---------------------------------------------------------------------

_COMPLETED = 50


def complete(beginning: str, folder: Path) -> list[str]:
    """Files and folders whose path begins with `beginning`, for `@` in the prompt.

    Folders end with `/`; files are those of an accepted kind; hidden ones appear only when asked
    for by their dot. `beginning` may start with `~/`; what comes back starts the same way.
    """
    head, slash, stem = beginning.rpartition("/")
    prefix = head + slash
    try:
        base = Path(prefix).expanduser() if prefix.startswith("~") else folder / prefix
        with os.scandir(base) as entries:
            names = sorted(
                (not entry.is_dir(), entry.name + ("/" if entry.is_dir() else ""))
                for entry in entries
                if _completes(entry, stem)
            )
    except (OSError, RuntimeError, ValueError):
        return []
    return [prefix + name for _, name in names[:_COMPLETED]]


def _completes(entry: os.DirEntry[str], stem: str) -> bool:
    name = entry.name
    if not name.lower().startswith(stem.lower()) or (name.startswith(".") and not stem):
        return False
    if any("\ud800" <= char <= "\udfff" or char in "\n\r" for char in name):
        return False
    return entry.is_dir() or os.path.splitext(name)[1].lower() in KNOWN_SUFFIXES
