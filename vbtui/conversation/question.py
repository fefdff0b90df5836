"""What the agent asks (wire/README.md, The agent may ask): read, shown, and what an answer by numbers means.

The options of all parts are numbered through, so that one number says what is meant. The answer is the
next message, in the option's own words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from vbtui.base.patterns import regex
from vbtui.base.text import clean_line
from vbtui.conversation.receipts import inert
from vbtui.journal.records import Question, QuestionPart

TOOL = "ask_question"
"""The one tool call that the user sees."""
_MOST = 10
"""Questions, and options of each."""
_LONGEST = 500
_NUMBERS = regex(r"\s*\d{1,3}(?:[\s,;+&、，；和]+\d{1,3})*\s*[.。)]?\s*")


def read(args: Mapping[str, Any]) -> Question | None:
    """The question in the arguments of the tool's call; None where nothing is asked. Raises nothing:
    what has another form is left out."""
    asked = args.get("questions")
    parts = [_part(one) for one in (asked[:_MOST] if isinstance(asked, list) else [args])]
    found = tuple(part for part in parts if part is not None)
    return Question(_line(args.get("title")), found) if found else None


def _part(value: object) -> QuestionPart | None:
    if not isinstance(value, Mapping) or not (prompt := _line(value.get("prompt"))):
        return None
    options = value.get("options")
    labels = (
        _line(option.get("label") if isinstance(option, Mapping) else option)
        for option in (options[:_MOST] if isinstance(options, list) else ())
    )
    takes_several = value.get("allow_multiple", value.get("allowMultiple")) is True
    return QuestionPart(prompt, tuple(filter(None, labels)), takes_several)


def _line(value: object) -> str:
    return clean_line(value)[:_LONGEST] if isinstance(value, str) else ""


def as_markdown(question: Question) -> str:
    """Title, prompts, and the options under their numbers."""
    blocks = [f"**{inert(question.title)}**"] if question.title else []
    number = 0
    for part in question.parts:
        blocks.append(inert(part.prompt))
        if part.options:
            lines = [f"{number + at}. {inert(label)}" for at, label in enumerate(part.options, 1)]
            blocks.append("\n".join(lines))
            number += len(part.options)
    return "\n\n".join(blocks)


def meant_by(question: Question, text: str) -> str:
    """The answer that `text`, the number of an option or several, stands for; empty where it is none:
    words, a number that no option has, two options of which one can be taken."""
    if not _NUMBERS.fullmatch(text):
        return ""
    chosen = list(dict.fromkeys(int(number) for number in re.findall(r"\d+", text)))
    if not all(1 <= number <= len(question.options) for number in chosen):
        return ""
    answers: list[tuple[str, Sequence[str]]] = []
    first = 1
    for part in question.parts:
        own = range(first, first + len(part.options))
        first += len(part.options)
        labels = [part.options[number - own.start] for number in chosen if number in own]
        if len(labels) > 1 and not part.takes_several:
            return ""
        if labels:
            answers.append((part.prompt, labels))
    if len(question.parts) == 1:
        return ", ".join(answers[0][1])
    return "\n".join(f"{_asked(prompt)} {', '.join(labels)}" for prompt, labels in answers)


def _asked(prompt: str) -> str:
    """A prompt as the head of its answer: `Format:`, `Which format?`."""
    return prompt if prompt[-1] in ":：?？" else f"{prompt}:"
