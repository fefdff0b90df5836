"""Which font draws which character.

A bold sans font travels with vbtui, so that texts work on a machine without fonts. Characters
that it lacks are looked for in the fonts of the system, found by walking the usual directories;
what each font covers is read once and kept in the cache directory. Emoji are drawn by a font with
colours where there is one, whatever other font has them, too.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import features

from vbtui.base.errors import DiskProblem
from vbtui.base.files import write_json
from vbtui.base.settings import find_directories
from vbtui.base.translation import Translation
from vbtui.studio.render.bidi import is_shaped

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

BUNDLED = Path(__file__).parent / "fonts" / "DejaVuSans-Bold.ttf"
_SUFFIXES = {".ttf", ".otf", ".ttc", ".otc"}
_FOLDERS = (
    "~/.fonts",
    "~/.local/share/fonts",
    "~/Library/Fonts",
    "/usr/local/share/fonts",
    "/usr/share/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
)
_MOST_FILES = 5000
_GOOD = ("sans", "bold", "noto", "dejavu")
_BAD = (
    "serif", "mono", "italic", "oblique", "thin", "light", "condensed", "black", "medium",
    "math", "lastresort", "display", "script", "ui",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Face:
    """One face of a font file."""

    path: Path
    index: int = 0
    """Position in a collection."""
    bitmap: int = 0
    """Pixels of the one size in which a font with colours is drawn; 0: one without, in any size."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The characters of a font file, as sorted, disjoint ranges."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    bitmap: int = 0

    def has(self, char: str) -> bool:
        place = bisect_right(self.starts, ord(char)) - 1
        return place >= 0 and ord(char) <= self.ends[place]


def ranges_of(codepoints: Iterable[int]) -> Coverage:
    """The coverage of a set of code points."""
    starts, ends = [], []
    numbered = enumerate(sorted(set(codepoints)))
    for _, group in groupby(numbered, key=lambda pair: pair[1] - pair[0]):
        run = [code for _, code in group]
        starts.append(run[0])
        ends.append(run[-1])
    return Coverage(tuple(starts), tuple(ends))


def _read_coverage(path: Path) -> Coverage:
    """What the font's table of characters says; nothing for a file that is not a usable font."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(path, fontNumber=0, lazy=True) as font:
            bitmap = _color_size(font)
            if not bitmap and "glyf" not in font and "CFF " not in font and "CFF2" not in font:
                return Coverage((), ())
            found = ranges_of(font.getBestCmap() or ())
            return Coverage(found.starts, found.ends, bitmap)
    except (TTLibError, OSError, ValueError, KeyError, AssertionError, EOFError):
        return Coverage((), ())


def _color_size(font: TTFont) -> int:
    """The size of a font's colour pictures, which FreeType draws; 0 for a font without any."""
    try:
        if "CBDT" in font:
            return int(font.reader["CBLC"][8 + 45]) or 109  # ppemY of the first strike
        if "sbix" in font:
            data = font.reader["sbix"]
            count = int.from_bytes(data[4:8])
            places = (int.from_bytes(data[8 + 4 * n : 12 + 4 * n]) for n in range(min(count, 64)))
            return max((int.from_bytes(data[at : at + 2]) for at in places), default=0) or 160
        # Version 1 holds gradients, which FreeType leaves to others: its plain glyphs are empty.
        is_layered = "COLR" in font and font.reader["COLR"][:2] == b"\0\0"
        return _LAYERED if is_layered and "CPAL" in font else 0
    except IndexError:
        return 0


_LAYERED = 128
"""The size in which glyphs of coloured layers are drawn."""


class FontIndex:
    """The fonts of this machine; their coverage is read when a character asks for it."""

    def __init__(self, folders: Sequence[Path], cache_file: Path | None) -> None:
        self._files = sorted(_font_files(folders), key=_rank)
        self._cache_file = cache_file
        self._known: dict[str, list[Any]] = _load(cache_file)
        self._covers: dict[Path, Coverage] = {}

    def find(self, char: str, *, colored: bool = False) -> Path | None:
        """The best font file with `char`, one with colours if that is asked for; None without any."""
        before = len(self._known)
        covers = ((path, self.coverage(path)) for path in self._files)
        fitting = (
            path for path, cover in covers if cover.has(char) and (cover.bitmap or not colored)
        )
        found = next(fitting, None)
        if len(self._known) != before:
            self._save()
        return found

    def named(self, name: str) -> Path | None:
        """The font file whose name is `name`, spaces, dashes and case aside."""
        wanted = _plain(name)
        matches = [path for path in self._files if _plain(path.stem).startswith(wanted)]
        return min(matches, key=lambda path: len(path.stem), default=None) if wanted else None

    def coverage(self, path: Path) -> Coverage:
        """The characters of the font file `path`."""
        if path not in self._covers:
            try:
                stat = path.stat()
            except OSError:
                return Coverage((), ())
            stamp = [stat.st_mtime_ns, stat.st_size]
            entry = self._known.get(str(path))
            if entry is None or entry[:2] != stamp:
                read = _read_coverage(path)
                entry = [*stamp, read.bitmap, list(read.starts), list(read.ends)]
                self._known[str(path)] = entry
            self._covers[path] = Coverage(tuple(entry[3]), tuple(entry[4]), entry[2])
        return self._covers[path]

    def _save(self) -> None:
        if self._cache_file is None:
            return
        with contextlib.suppress(OSError, DiskProblem):
            self._cache_file.parent.mkdir(parents=True, exist_ok=True)
            write_json(self._cache_file, self._known, durable=False)


def _load(path: Path | None) -> dict[str, list[Any]]:
    try:
        known = json.loads(path.read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError):
        return {}
    if not isinstance(known, dict):
        return {}
    return {
        name: entry
        for name, entry in known.items()
        if isinstance(entry, list) and len(entry) == 5 and isinstance(entry[3], list)
    }


def _font_files(folders: Sequence[Path]) -> Iterable[Path]:
    found = 0
    for folder in folders:
        for root, directories, files in os.walk(folder):
            directories.sort()
            for name in sorted(files):
                if Path(name).suffix.lower() in _SUFFIXES:
                    found += 1
                    if found > _MOST_FILES:
                        return
                    yield Path(root) / name


def _plain(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum())


def _rank(path: Path) -> tuple[int, str]:
    name = path.stem.lower()
    points = sum(word in name for word in _GOOD) - 2 * sum(word in name for word in _BAD)
    return (-points, str(path))


@cache
def system_fonts() -> FontIndex:
    """The index of this machine's fonts."""
    folders = [Path(folder).expanduser() for folder in _FOLDERS]
    return FontIndex(folders, find_directories().cache / "typefaces.json")


@cache
def _bundled_coverage() -> Coverage:
    return _read_coverage(BUNDLED)


_COLLECTION_LANGUAGES = {"ja": 0, "ko": 1, "zh": 2}
"""Faces of the Noto CJK collections, which draw the same character differently by language."""


@lru_cache(maxsize=20_000)
def face_for(char: str, language: str = "", font: str = "") -> Face | None:
    """The face that draws `char`; None when this machine has none.

    Args:
        language: ja, ko or zh, to choose among the forms of a Han character.
        font: a font's name that goes first where it has the character.
    """
    if font:
        named = system_fonts().named(font)
        if named is not None and system_fonts().coverage(named).has(char):
            return Face(named)
    if _bundled_coverage().has(char):
        return Face(BUNDLED)
    path = system_fonts().find(char)
    if path is None:
        return None
    index = 0
    if path.suffix.lower() in (".ttc", ".otc") and "cjk" in path.stem.lower():
        index = _COLLECTION_LANGUAGES.get(language, 2)
    return Face(path, index, system_fonts().coverage(path).bitmap)


@lru_cache(maxsize=5_000)
def color_face(char: str) -> Face | None:
    """The face that draws `char` in colours; None when this machine has none."""
    path = system_fonts().find(char, colored=True)
    return Face(path, 0, system_fonts().coverage(path).bitmap) if path is not None else None


_COLORED = (
    "\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa"
    "\u26ab\u26bd\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b"
    "\u2728\u274c\u274e\u2753-\u2755\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55"
    "\U0001f004\U0001f0cf\U0001f18e\U0001f191-\U0001f19a\U0001f1e6-\U0001f1ff\U0001f201\U0001f21a"
    "\U0001f22f\U0001f232-\U0001f236\U0001f238-\U0001f23a\U0001f250\U0001f251\U0001f300-\U0001f6ff"
    "\U0001f7e0-\U0001f7eb\U0001f7f0\U0001f900-\U0001f9ff\U0001fa70-\U0001faff"
)
"""Characters that are shown in colours by themselves (Emoji_Presentation of Unicode's emoji-data)."""
_PART = (
    rf"(?:[{_COLORED}]\ufe0f?|[^\W\d_]\ufe0f|[\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff]\ufe0f)"
    r"[\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*"
)
_SEQUENCES = re.compile(
    rf"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_PART}(?:\u200d(?:{_PART}|[\u2190-\u2bff]\ufe0f?))*"
)


def clusters(text: str) -> list[tuple[str, bool]]:
    """`text` in order: each emoji with all that belongs to it – flags, keycaps, skin tones, joined
    ones – and the characters between, one by one; with each whether it is an emoji."""
    found: list[tuple[str, bool]] = []
    place = 0
    for match in _SEQUENCES.finditer(text):
        if text[match.end() : match.end() + 1] == "\ufe0e":  # shown as text by the writer's wish
            continue
        found += [(char, False) for char in text[place : match.start()]]
        found.append((match[0], True))
        place = match.end()
    return [*found, *((char, False) for char in text[place:])]


def language_of(text: str) -> str:
    """ja for a text with kana, ko with Hangul, else zh."""
    for char in text:
        if "\u3040" <= char <= "\u30ff":
            return "ja"
        if "\uac00" <= char <= "\ud7af":
            return "ko"
    return "zh"


def is_invisible(char: str) -> bool:
    """Whether nothing is drawn for `char`: white space, joiners, variation selectors."""
    return (
        char.isspace() or unicodedata.category(char) in ("Cf", "Cc") or "\ufe00" <= char <= "\ufe0f"
    )


_CJK = "fonts-noto-cjk (Debian/Ubuntu), google-noto-sans-cjk-fonts (Fedora), noto-fonts-cjk (Arch)"
_CORE = "fonts-noto-core (Debian/Ubuntu), google-noto-sans-fonts (Fedora), noto-fonts (Arch)"
_EMOJI = (
    "fonts-noto-color-emoji (Debian/Ubuntu), google-noto-emoji-color-fonts (Fedora), "
    "noto-fonts-emoji (Arch)"
)


_NEEDED = Translation(
    "{script} need a font: install {package}.", "{script}需要字体：请安装 {package}。"
)
_EMOJIS, _JAPANESE = Translation("Emoji", "表情符号"), Translation("Japanese characters", "日文")
_KOREAN, _CHINESE = (
    Translation("Korean characters", "韩文"),
    Translation("Chinese characters", "中文"),
)
_OTHERS = Translation("{name} characters", "{name} 字符")


UNSHAPED = Translation(
    "letters that join or run from right to left need Pillow with libraqm and FriBiDi, which this one has not. "
    "Install FriBiDi (libfribidi0).",
    "连写或从右到左的文字需要带 libraqm 和 FriBiDi 的 Pillow，这里没有。请安装 FriBiDi（libfribidi0）。",
)


def cannot_draw(text: str, chinese: bool | None = None) -> str:
    """Why `text` would be drawn wrong here, in that language: letters that join, and no program that joins them; signs
    that no font has. "" where it is drawn right, and for Chinese, Japanese and Korean, which `missing_fonts` names."""
    if is_shaped(text) and not features.check("raqm"):
        return UNSHAPED.of(chinese)
    lacking = [
        part
        for part, emoji in clusters(text)
        if not is_invisible(part[0])
        and face_for(part[0]) is None
        and not (emoji and color_face(part[0]) is not None)
        and (emoji or _is_foreign(part[0]))
    ]
    return missing_fonts("".join(lacking), chinese) if lacking else ""


def _is_foreign(char: str) -> bool:
    """Whether it is a letter of another script than those that are written in squares."""
    return unicodedata.category(char)[0] in "LM" and _SQUARE.match(char) is None


_SQUARE = re.compile(
    "[\u2e80-\u9fff\ua000-\ua4cf\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00016fe0-\U0003ffff]"
)


def missing_fonts(text: str, chinese: bool | None = None) -> str:
    """One sentence for each script of `text` that no font here can draw; "" when all can be.

    Args:
        chinese: the language of the sentence; None: the one that this process speaks.
    """
    missing: dict[tuple[str, str], str] = {}
    for part, emoji in dict.fromkeys(clusters(text)):
        if emoji and color_face(part[0]) is None:
            missing.setdefault((_EMOJIS.of(chinese), _EMOJI), part)
        elif not emoji and not is_invisible(part) and face_for(part) is None:
            missing.setdefault(_script(part, chinese), part)
    return " ".join(
        _NEEDED.of(chinese, script=script, package=package) for script, package in missing
    )


def _script(char: str, chinese: bool | None) -> tuple[str, str]:
    """What characters like `char` are called, and the packages that have them."""
    code = ord(char)
    name = unicodedata.name(char, "")
    if code >= 0x1F000 and code < 0x20000:
        return _EMOJIS.of(chinese), _EMOJI
    if name.startswith(("HIRAGANA", "KATAKANA")):
        return _JAPANESE.of(chinese), _CJK
    if name.startswith("HANGUL"):
        return _KOREAN.of(chinese), _CJK
    if name.startswith(("CJK", "FULLWIDTH", "HALFWIDTH", "IDEOGRAPHIC", "BOPOMOFO")):
        return _CHINESE.of(chinese), _CJK
    word = name.split(" ")[0].capitalize() if name else "Some"
    return _OTHERS.of(chinese, name=word), _CORE
