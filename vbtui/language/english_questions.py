"""English clauses that ask about something: the credits, the state of the project."""

from __future__ import annotations

from vbtui.language import english_words as words
from vbtui.language.clauses import Meaning
from vbtui.language.english_words import all_in as _closed


def credits(tokens: list[str], asks: bool, led: bool) -> Meaning | None:
    """`my balance`, `how many credits are left?`; not credits that roll on the screen."""
    if asks and "cost" in tokens and tokens[:2] == ["how", "much"]:
        return Meaning.CREDITS
    if asks and tokens[:2] == ["how", "much"] and "account" in tokens and "left" in tokens:
        return Meaning.CREDITS
    if not any(token in words.CREDIT_CORES for token in tokens):
        return None
    if _closed(tokens, words.CREDIT_CORES, words.CREDIT_FILLERS):
        return Meaning.CREDITS
    if tokens[0] in ("buy", "top", "purchase", "refill", "recharge", "get") and _closed(
        tokens, words.CREDIT_CORES, words.CREDIT_FILLERS, words.CREDIT_VERBS
    ):
        return Meaning.CREDITS
    about_account = any(token in words.ACCOUNT for token in tokens)
    on_screen = any(token in words.ON_SCREEN for token in tokens)
    is_question = asks or tokens[0] in words.WH | words.AUXILIARIES
    return Meaning.CREDITS if is_question and about_account and not on_screen else None


def status(tokens: list[str], asks: bool, led: bool) -> Meaning | None:
    """`status`, `list my tracks`, `is it ready?`, `how long is the video?`."""
    cores = any(token in words.STATE_CORES for token in tokens)
    if cores and _closed(tokens, words.STATE_CORES, words.STATE_FILLERS):
        return Meaning.STATUS
    if tokens[0] in words.LISTING and _lists(tokens[1:]):
        return Meaning.STATUS
    if _is_told(tokens):
        return Meaning.STATUS
    asks_at_all = asks or (not led and tokens[0] != "do")
    if tokens[0] in words.WH | words.AUXILIARIES and asks_at_all and _asks_state(tokens):
        return Meaning.STATUS
    return None


def _lists(rest: list[str]) -> bool:
    """`my tracks`, `all clips`, `me what is on the timeline`, `my Holiday projects`."""
    cores = [token for token in rest if token in words.LISTED]
    if not cores:
        return (
            bool(rest)
            and _closed(rest, words.ORDINALS, words.DESCRIBED, words.LIST_FILLERS)
            and (any(token in words.ORDINALS for token in rest) and rest[-1] in words.DESCRIBED)
        )
    unknown = [
        token for token in rest if token not in words.LISTED and token not in words.LIST_FILLERS
    ]
    return not unknown or (len(unknown) == 1 and rest[-1] in words.LISTED and "my" in rest)


def _is_told(tokens: list[str]) -> bool:
    """`send me a summary of what you did`."""
    return (
        tokens[0] in ("send", "give", "show", "tell", "write")
        and tokens[1:2] == ["me"]
        and any(
            token in ("summary", "overview", "recap", "report", "list") for token in tokens[2:4]
        )
        and any(
            token in ("did", "done", "changed", "changes", "project", "timeline")
            for token in tokens
        )
    ) or tokens[:4] == ["tell", "me", "what", "you"]


def _asks_state(tokens: list[str]) -> bool:
    if "should" in tokens or "would" in tokens:
        return False
    if tokens[:2] == ["how", "long"] and any(
        token in ("until", "till", "before", "left", "take", "takes", "taking", "remaining")
        for token in tokens
    ):
        return True
    if tokens[0] == "what" and tokens[1:2] == ["do"] and tokens[3:4] == ["have"]:
        return _closed(tokens[2:], words.STATE_SUBJECTS, words.STATE_GLUE)
    if tokens[0] == "what" and _closed(tokens[1:], words.STATE_SUBJECTS, words.STATE_GLUE):
        return any(
            token in words.STATE_SUBJECTS - {"it", "this", "that", "i", "you", "we"}
            for token in tokens
        ) and (
            "in" in tokens
            or "on" in tokens
            or "have" in tokens
            or "files" in tokens
            or any(token in words.LISTED for token in tokens)
        )
    known = (
        words.STATE_SUBJECTS,
        words.STATE_GLUE,
        words.STATE_WORDS,
        words.ORDINALS,
        words.SHAPES if tokens[0] in ("is", "are", "was") else words.STATE_WORDS,
        words.SIZES if tokens[0] == "how" else words.STATE_WORDS,
    )
    if not _closed(tokens, *known):
        return False
    if tokens[0] in ("is", "are", "was") and any(token in words.SHAPES for token in tokens):
        return True
    if tokens[0] == "where":
        return any(token in words.STATE_SUBJECTS for token in tokens[1:])
    if tokens[0] == "how" and tokens[1] in words.SIZES:
        return True
    return any(token in words.STATE_WORDS for token in tokens[1:])
