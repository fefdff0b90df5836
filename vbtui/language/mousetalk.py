"""Mouse talk made into keys: the backend thinks that it talks to someone with a mouse.

wire.md, Words that are not for the backend: what it says about buttons, panels and dragging
becomes what works here. Only the mouse talk goes: content, quoted words, code, links and Markdown
stay as they are, and so do buttons that are part of the picture ("viewers click the button").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vbtui.language import mousetalk_rules as rules

EXPORT, STATE, DRAG, SAY, UPLOAD = "export", "state", "drag", "say", "upload"


@dataclass(frozen=True, slots=True)
class Action:
    """Something that the backend wanted done by mouse."""

    kind: str
    """`export`, `state` (a panel was to be opened), `drag`, `say` (another button), `upload`."""
    say: str = ""
    """For `drag` and `say`: the message that asks the agent for it."""


@dataclass(frozen=True, slots=True)
class Translation:
    """What to show, and what the mouse talk asked for, in order and without repeats."""

    text: str
    actions: tuple[Action, ...] = ()

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(action.kind for action in self.actions)


def translate(text: str, chinese: bool) -> Translation:
    """The agent's Markdown with keys in place of mouse talk.

    Both languages are looked for in any text; `chinese` says in which one vbtui puts its own
    words where the surrounding text is neither. Takes time in proportion to the length; in a thread
    it holds up the others for no longer than a line takes.
    """
    actions: list[Action] = []
    text = "".join(_lines(_without_temporary_issue(text), actions, chinese))
    return Translation(text, tuple(dict.fromkeys(actions)))


def _lines(text: str, actions: list[Action], chinese: bool) -> Iterator[str]:
    """The text line by line: no turn of phrase spans two, and most lines hold none."""
    fence = ""
    for line in _NEWLINE.findall(text):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence and rules.MAY_BE.search(line):
            for rule in rules.RULES:
                line = _apply(rule, line, actions, chinese)
        yield line


def _apply(rule: rules.Rule, text: str, actions: list[Action], chinese: bool) -> str:
    if not rule.pattern.search(text):
        return text
    safe = _protected(text)

    def replace(match: re.Match[str]) -> str:
        if safe(match.start()) or rules.is_of_others(text, match.start()):
            return match.group()
        made = rule.make(match, text, chinese)
        if made is None:
            return match.group()
        words, kind, say = made
        if kind:
            actions.append(Action(kind, say))
        if match.group()[:1].isupper() and words[:1].islower():
            words = words[0].upper() + words[1:]
        return words

    return rule.pattern.sub(replace, text)


_NEWLINE = re.compile(r"[^\n]*\n|[^\n]+")
_FENCE = re.compile(r"\s{0,3}(?:[-*>]\s)?(`{3,}|~{3,})")
_CODE = re.compile(r"`[^`\n]{1,200}`")
_LINK = re.compile(r"https?://[^\s)>\]]{1,2000}|\[[^\]\n]{1,200}\]\([^)\n]{1,2000}\)")
_QUOTED = re.compile(
    r"“[^”\n]{1,400}”|「[^」\n]{1,400}」|『[^』\n]{1,400}』|《[^》\n]{1,400}》|‘[^’\n]{1,400}’"
    r'|(?<![\w"])"[^"\n]{1,400}"'
)


def _protected(text: str) -> Callable[[int], bool]:
    """Whether a place in `text` lies within code, a link or quoted words."""
    inside = bytearray(len(text) + 1)
    for pattern in (_CODE, _LINK, _QUOTED):
        for match in pattern.finditer(text):
            start, end = match.span()
            inside[start:end] = b"\1" * (end - start)
    return lambda position: bool(inside[position])


_TEMPORARY = re.compile(
    r"(?:\s|^|[.!?。！？])[*_>\s-]{0,6}(?:⚠️?\s?)?"
    r"(?:(?:I'm |I am |we're )?sorry[,.!]? (?:but )?|unfortunately,? |however,? |oops[,!.]? )?"
    r"(?:I|we)(?:'ve|’ve| have)?(?: just)? (?:encountered|ran into|hit) (?:a|some) temporary "
    r"(?:issue|problem|error)[^\n]{0,300}\s*\Z"
    r"|(?:抱歉|对不起|很遗憾)?[，,]?(?:但)?(?:我|系统)?(?:刚才)?遇到了?(?:一个|一些)?(?:临时|暂时)(?:性)?的?"
    r"(?:问题|错误|故障)[^\n]{0,200}\s*\Z",
    re.IGNORECASE,
)
_TAIL = 600


def _without_temporary_issue(text: str) -> str:
    """A trailing "I encountered a temporary issue" after a normal answer is dropped (wire.md)."""
    start = max(len(text) - _TAIL, 0)
    match = _TEMPORARY.search(text, start)
    if match is None:
        return text
    first = match.group()[:1]
    kept = text[: match.start() + (1 if first in ".!?。！？" else 0)].rstrip()
    return kept if kept else text


class LiveTranslator:
    """Translates a reply while it grows: closed paragraphs once, the open one each time.

    A sentence that has begun with mouse talk is held back until it ends, so that nothing is shown
    and then taken back.
    """

    def __init__(self, chinese: bool) -> None:
        self._chinese = chinese
        self._raw = ""
        self._done = ""

    def so_far(self, text: str) -> str:
        """What to show of `text`; each call usually gets a longer one."""
        if not text.startswith(self._raw):
            self._raw = self._done = ""
        border = text.rfind("\n\n", len(self._raw))
        if border > 0 and text.count("```", len(self._raw), border) % 2 == 0:
            closed = text[len(self._raw) : border + 2]
            self._done += _lenient(closed, self._chinese)
            self._raw += closed
        rest = text[len(self._raw) :]
        if len(rest) > 4000:
            return self._done + rest
        shown, _ = rules.split_open(rest)
        return self._done + _lenient(shown, self._chinese)


def _lenient(text: str, chinese: bool) -> str:
    """Translated, but without judging an end that is still to come."""
    return translate(text + "\0", chinese).text.removesuffix("\0")
