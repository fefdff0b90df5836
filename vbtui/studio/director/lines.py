"""Lines that are to be shown, in a message: taken out of it before it is read, so that no word of theirs is a request."""

from __future__ import annotations

import re

from vbtui.language.quotes import is_chinese
from vbtui.language.timed import timed_lines
from vbtui.studio.director.work import LINES, Work

_POINTS = re.compile(r"\bthe following\b|\bas follows\b|以下的?|如下的?|下面的?", re.IGNORECASE)
_MARKS = " \t\n:：-"


def taken(text: str, work: Work) -> str:
    """The text with `LINES` in the place of such lines, which the work has then; otherwise the text."""
    found = timed_lines(text)
    if found is None or LINES in text:
        return text
    written, lead = work.written or text, text[: found.start]
    if re.search(r"[a-z\u3400-\u9fff]", lead, re.IGNORECASE):
        work.chinese = is_chinese(lead)
    work.lines = tuple(
        one if one.words.count("\n") or one.words != text[one.start : one.end]
        else one._replace(words=written[one.start : one.end])
        for one in found.lines
    )  # fmt: skip
    work.written = _led(written[: found.start]) if work.written else ""
    return _led(lead)


def _led(lead: str) -> str:
    return f"{_POINTS.sub(' ', lead).rstrip(_MARKS)} {LINES}".lstrip()
