"""The border for foreign text: what the backend says, file names, metadata.

Everything that vbtui did not write itself passes through `clean` (or, when it arrives in pieces,
through a `Cleaner`) once, where it enters. What comes out cannot move the cursor, set a title,
reverse the reading direction or ring the bell.
"""

from __future__ import annotations

import re
import unicodedata

# Patterns are compiled, and remembered, by `re` where they are used: the first frame uses none.
_ESCAPES = (
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI … final byte
    r"|\x9b[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)"  # OSC, DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]"  # two-byte escapes
)
_OPEN_ESCAPE = (
    r"(?:\x1b|\x1b\[[0-?]*[ -/]*|\x9b[0-?]*[ -/]*"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*\x1b?|\x1b[ -/]+)\Z"
)
_CONTROLS = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069"  # bidi marks, embeddings, overrides, isolates
    "\u2028\u2029\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_OPEN_LIMIT = 4096
"""Characters of an unfinished escape sequence that a `Cleaner` holds back at most."""


def clean(text: str) -> str:
    """`text` without escape sequences, control characters and bidi controls; \\n and \\t stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\x1b" in text or re.search(_CONTROLS, text):
        text = re.sub(_CONTROLS, "", re.sub(_ESCAPES, "", text))
    return text


def clean_line(text: str) -> str:
    """`text` cleaned and on one line: runs of white space become one space."""
    return " ".join(clean(text).split())


_LONGEST = 1200


def bounded(text: str) -> str:
    """A text for a screen that shows all of it: what fits no screen is cut out of its middle.

    Lines are broken over the whole text, shown or not, each time that it is drawn: 40,000 characters
    take a second.
    """
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]} … {text[-half:]}"


def to_json(value: object, indent: int | None = None) -> str:
    r"""`value` as JSON for a program, which a terminal may show too.

    What `clean` would take out stands as its escape. So does a byte of a path that is no UTF-8, as
    `\udc80`-`\udcff` (`os.fsdecode`): `os.fsencode` of what a reader of JSON gives is the path.
    """
    import json

    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return re.sub(_CONTROLS, lambda match: f"\\u{ord(match[0]):04x}", text)


class Cleaner:
    """Cleans text that arrives in pieces: an escape sequence cut by a border is still removed."""

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, piece: str) -> str:
        """The clean text that is certain after `piece`; the rest is held back."""
        text = self._rest + piece
        self._rest = ""
        if text.endswith("\r"):
            text, self._rest = text[:-1], "\r"
        match = re.search(_OPEN_ESCAPE, text)
        if match and len(text) - match.start() <= _OPEN_LIMIT:
            text, self._rest = text[: match.start()], text[match.start() :] + self._rest
        return clean(text)

    def close(self) -> str:
        """What was held back, cleaned; the cleaner is empty afterwards."""
        text, self._rest = self._rest, ""
        return clean(text)


_RESERVED = r'[<>:"/\\|?*\x00-\x1f]+'


def safe_filename(title: str, *, fallback: str = "video", max_bytes: int = 120) -> str:
    """`title` as a file name without its suffix: no separators, no leading dots, bounded length."""
    name = unicodedata.normalize("NFC", clean_line(title))
    name = re.sub(_RESERVED, " ", name)
    name = " ".join(name.split()).strip(". ")
    while len(name.encode()) > max_bytes:
        name = name[:-1].rstrip(". ")
    return name or fallback


def format_bytes(size: int | float) -> str:
    """`12.3 MB`: decimal units, as disks and networks count."""
    value = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("unreachable")
