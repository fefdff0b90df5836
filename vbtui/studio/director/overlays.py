"""Words for "text overlays" that nobody typed: from the project's name and the files' names."""

from __future__ import annotations

import re

from vbtui.base.text import clean_line
from vbtui.studio.director import texts
from vbtui.studio.director.desk import Desk
from vbtui.studio.project import draft as d
from vbtui.timeline.model import TEXT

DEFAULT_TITLES = ("", "project", "untitled", "new project")
_CAMERA = re.compile(
    r"(?:img|vid|dsc[fn]?|dscn|dji|gopr|gx|gh|pxl|mvi|mov|pano|burst|photo|video|image|clip|movie|"
    r"screenshot|screen|recording|screenrecording|whatsapp|signal|telegram|snapchat|fb|wx|mmexport|"
    r"rec|scan|untitled|output|out|final|export|render|edit|copy|new|test|tmp|temp|file|download|"
    r"media|picture|pic|img|capture|frame|still|track|p|a|b|c|v|s)",
    re.IGNORECASE,
)
_HASH = re.compile(r"[0-9a-f]{8,}", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LONGEST = 40
_READABLE_MS = 700
"""A caption that would stand for less is left out."""
_PLAIN_NAME = re.compile(r"[a-z0-9]+(?:[ _-][a-z0-9]+)*")
_JUNK = re.compile(
    r"\b(?:\d{3,4}x\d{3,4}|\d{3,4}p|4k|hd|uhd|final|copy|edit|v\d+)\b", re.IGNORECASE
)


def caption(filename: str) -> str:
    """`beach_sunset.mp4` → `Beach sunset`; "" for names that cameras, phones and programs make."""
    stem = clean_line(filename).rpartition(".")[0] or clean_line(filename)
    words = " ".join(_JUNK.sub(" ", re.sub(r"[_\-.+]+", " ", stem)).split())
    words = re.sub(r"^\d{1,3}\s+|\s+\d{1,3}$|\s*\(\d+\)$", "", words).strip()
    words = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", words)
    if not words or len(words) > _LONGEST:
        return ""
    found = _WORDS.findall(words)
    if _CJK.search(words):
        return words
    meaning = [word for word in found if not _CAMERA.fullmatch(word)]
    if not meaning or not any(len(word) >= 3 and _is_speakable(word) for word in meaning):
        return ""
    digits = sum(character.isdigit() for character in words)
    if digits > sum(map(len, found)) or any(map(_HASH.fullmatch, words.split())):
        return ""
    return words[0].upper() + (words[1:].lower() if words.isupper() else words[1:])


def _is_speakable(word: str) -> bool:
    """Has a vowel and no run of consonants that no word has."""
    if not word.isascii():
        return True
    lower = word.lower()
    return bool(re.search("[aeiouy]", lower)) and not re.search("[^aeiouy]{6,}", lower)


def project_title(title: str) -> str:
    """The project's title as an opening title (`my_trip` → `My trip`); "" for the default one."""
    title = clean_line(title)
    if _PLAIN_NAME.fullmatch(title):
        title = re.sub(r"[_-]", " ", title).capitalize()
    return "" if title.casefold() in DEFAULT_TITLES or len(title) > 60 else title


def purpose_title(purpose: str) -> str:
    """`birthday party` → `Birthday party`; "" for nothing."""
    purpose = clean_line(purpose)
    return purpose[0].upper() + purpose[1:] if 2 <= len(purpose) <= _LONGEST else ""


def add(desk: Desk) -> bool:
    """Words that are there already: the project's name and what the files are called."""
    desk.timeline()
    _forget_generated(desk)
    clips = desk.clips
    opening = project_title(desk.project.title)
    source = desk.say("the project's name", "项目名称")
    if not opening:
        opening = purpose_title(desk.purpose)
        source = desk.say("your sentence", "你的句子")
    captions: list[tuple[d.Json, str]] = []
    named: set[str] = set()
    for clip in clips:
        name = caption(str(d.meta(clip).get("title") or ""))
        if name and name.casefold() not in named:
            named.add(name.casefold())
            captions.append((clip, name))
    if not opening and not captions:
        opening = purpose_title(desk.genre)
        source = desk.say("your sentence", "你的句子")
    if any(d.meta(text).get("role") == "title" for text in texts.every(desk)):
        opening = ""
    if not opening and not captions:
        raise desk.refusal(
            "No text overlays: you gave no words, and the file names hold none. "
            'Say for example: add title "Morning Brew" at the beginning.',
            "没有加文字：你没有给出文字，文件名里也没有可用的文字。可以说：在开头加标题“清晨咖啡”。",
        )
    if opening:
        place = {"at": "start", "ms": 0, "d": texts.reading_ms(opening)}
        texts.put(desk, opening, "title", place, texts.plain_style("title"), source=source)
    _add_captions(desk, captions)
    desk.note(
        'Other words: change "OLD" to "NEW", or remove the captions.',
        "要改文字可以说：把“旧文字”改成“新文字”，或者：删除字幕。",
    )
    return True


def _add_captions(desk: Desk, captions: list[tuple[d.Json, str]]) -> None:
    """One on each clip, behind the opening title; none where no time is left to read it."""
    words = []
    title_ends = d.opening_ends(desk.timeline())
    for clip, name in captions:
        seen = d.start(clip) + d.whole((d.joins([clip, clip])[0] or {}).get("d"))
        lead = max(0, title_ends - seen)
        if d.start(clip) + d.length(clip) - seen - lead < _READABLE_MS:
            continue
        place = {"at": "clip", "clip": clip["id"], "ms": lead, "d": texts.TITLE_MS}
        style = texts.plain_style("caption")
        texts.insert(desk, name, "caption", place, {**style, "from": "file name"})
        words.append(f"“{name}”")
    if not words:
        return
    shown = ", ".join(words[:5]) + ("…" if len(words) > 5 else "")
    count = len(words)
    desk.did(
        f"Added {count} caption{'' if count == 1 else 's'} from the file names: {shown}.",
        f"按文件名加了 {count} 条字幕：{shown}。",
        "add_captions",
        captions=[word.strip("“”") for word in words],
        source="file names",
    )


def _forget_generated(desk: Desk) -> None:
    draft = desk.timeline()
    desk.draft = d.replace(
        draft,
        lambda kind, item: None if kind == TEXT and d.meta(item).get("from") else item,
    )
