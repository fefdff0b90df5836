"""The border for foreign text: what the backend says, file names, metadata.

Everything that vbtui did not write itself passes through `clean` (or, when it arrives in pieces,
through a `Cleaner`) once, where it enters. What comes out cannot move the cursor, set a title,
reverse the reading direction or ring the bell.
"""

from __future__ import annotations

import re
import unicodedata

from vbtui.base.patterns import regex

_ESCAPES = regex(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI … final byte
    r"|\x9b[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)"  # OSC, DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]"  # two-byte escapes
)
_OPEN_ESCAPE = regex(
    r"(?:\x1b|\x1b\[[0-?]*[ -/]*|\x9b[0-?]*[ -/]*"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*\x1b?|\x1b[ -/]+)\Z"
)
_CONTROLS = regex(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069"  # bidi marks, embeddings, overrides, isolates
    "\u2028\u2029\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_OPEN_LIMIT = 4096
"""Characters of an unfinished escape sequence that a `Cleaner` holds back at most."""


def clean(text: str) -> str:
    """`text` without escape sequences, control characters and bidi controls; \\n and \\t stay."""
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\x1b" in text or _CONTROLS.search(text):
        text = _CONTROLS.sub("", _ESCAPES.sub("", text))
    return text


def clean_line(text: str) -> str:
    """`text` cleaned and on one line: runs of white space become one space."""
    return " ".join(clean(text).split())


def cells(text: str) -> int:
    """How wide a terminal shows it."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def padded(text: str, width: int) -> str:
    """`text` with spaces behind it, in so many cells at least."""
    return text + " " * (width - cells(text))


_LONGEST = 1200


def bounded(text: str) -> str:
    """A text for a screen that shows all of it: what fits no screen is cut out of its middle.

    Lines are broken over the whole text, shown or not, each time that it is drawn: 40,000 characters
    take a second.
    """
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]} … {text[-half:]}"


def natural(name: str) -> list[tuple[bool, int, str]]:
    """What names are sorted by so that `clip 9` comes before `clip 10`."""
    parts = re.split(r"([0-9]{1,18})", name.casefold())
    return [
        (not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts if part
    ]


def is_made_up(name: str) -> bool:
    """Whether a camera or a program made up the name of a file, without its suffix: `IMG_2041`, `微信图片_2026`, a
    UUID, a date. It says nothing to anyone, so it is no title."""
    name = unicodedata.normalize("NFKC", name).casefold().strip()
    parts = [part for part in re.split(r"[\W_]+", _UUID.sub("0", name)) if part]
    return bool(parts) and all(map(_says_nothing, parts))


_UUID = regex(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MADE_UP = frozenset(
    [
        "img",
        "image",
        "imag",
        "cimg",
        "dsc",
        "dscn",
        "dscf",
        "dsci",
        "vid",
        "video",
        "mov",
        "mvi",
        "movie",
        "gopr",
        "gh",
        "gx",
        "gp",
        "gl",
        "gs",
        "pxl",
        "dji",
        "sam",
        "pic",
        "pict",
        "picture",
        "photo",
        "e",
        "p",
        "pano",
        "wp",
        "wa",
        "fb",
        "rec",
        "record",
        "recording",
        "capture",
        "cap",
        "clip",
        "file",
        "scan",
        "screenshot",
        "screen",
        "shot",
        "screenrecording",
        "rpreplay",
        "final",
        "signal",
        "telegram",
        "whatsapp",
        "snapchat",
        "received",
        "inshot",
        "mmexport",
        "wx",
        "camera",
        "download",
        "tmp",
        "temp",
        "untitled",
        "trim",
        "burst",
        "cover",
        "portrait",
        "night",
        "edited",
        "edit",
        "copy",
        "copie",
        "kopie",
        "at",
        "am",
        "pm",
        "mp",
        "lv",
        "hdr",
        "微信图片",
        "微信视频",
        "微信",
        "图片",
        "视频",
        "照片",
        "拍摄",
        "截屏",
        "截图",
        "屏幕截图",
        "屏幕录制",
        "录屏",
        "副本",
        "相机",
        "未命名",
    ]
)
"""What such names are put together of, beside numbers."""


def _says_nothing(part: str) -> bool:
    words = re.split(r"\d+", part)
    is_hash = len(part) >= 12 and re.fullmatch(r"[0-9a-f]*\d[0-9a-f]*", part) is not None
    return is_hash or all(word in _MADE_UP for word in words if word not in ("", "t", "z"))


FORM = 1
"""The version of the JSON that is given to programs: its keys stay, and more may come."""


def to_json(value: object, indent: int | None = None) -> str:
    r"""`value` as JSON for a program, which a terminal may show too.

    What `clean` would take out stands as its escape. So does a byte of a path that is no UTF-8, as
    `\udc80`-`\udcff` (`os.fsdecode`): `os.fsencode` of what a reader of JSON gives is the path.
    """
    import json

    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


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
        match = _OPEN_ESCAPE.search(text)
        if match and len(text) - match.start() <= _OPEN_LIMIT:
            text, self._rest = text[: match.start()], text[match.start() :] + self._rest
        return clean(text)

    def close(self) -> str:
        """What was held back, cleaned; the cleaner is empty afterwards."""
        text, self._rest = self._rest, ""
        return clean(text)


_RESERVED = regex(r'[<>:"/\\|?*\x00-\x1f]+')


def safe_filename(title: str, *, fallback: str = "video", max_bytes: int = 120) -> str:
    """`title` as a file name without its suffix: no separators, no leading dots, bounded length."""
    name = unicodedata.normalize("NFC", clean_line(title))
    name = _RESERVED.sub(" ", name)
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
