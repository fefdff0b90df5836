"""Runs the lists of tests/data/right through the director and tells what is right of it.

    python -m tests.studio.phrases_runner [FILE…] [--failures] [--check]

`wrong edit`: the timeline changed and is not as the case says. `not done`: it did not change, or what
was said with it is of another kind. `false promise`: it did not change, and an operation is reported as
done. `--check` reads the notation alone.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.studio.right import Case, Right, cases
from tests.studio.stated import STATES, State, Timeline, crooked, differences, findings, seen
from vbtui.studio.director import Memory, Outcome, Project, direct

LISTS = Path(__file__).parents[1] / "data" / "right"
_LEAVES_THE_DRAFT = frozenset({"export", "find", "extract"})


@dataclass(frozen=True, slots=True)
class Turn:
    """What became of one sentence."""

    draft: Mapping[str, Any] | None
    """As it is afterwards."""
    changed: bool
    reply: str
    question: str | None
    is_refused: bool
    refused: str | None
    """The operation."""
    mood: str
    operations: tuple[str, ...]

    def promises(self) -> bool:
        """Whether it reports something as done though nothing changed."""
        if self.changed or self.question is not None or self.is_refused:
            return False
        asked_for = self.mood in ("request", "correction")
        return asked_for and bool(set(self.operations) - _LEAVES_THE_DRAFT)


@dataclass(frozen=True, slots=True)
class Verdict:
    case: Case
    kind: str
    """`right`, `wrong edit`, `not done` or `false promise`."""
    turns: tuple[Turn, ...]
    why: str = ""
    asked_for_refusal: bool = False


class Talk:
    """Turns on one project, as the server keeps it."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._draft = state.draft
        self._previous = list(state.previous)
        self._undone: list[Mapping[str, Any] | None] = []
        self._memory: Memory | None = None

    def say(self, text: str) -> Turn:
        previous, undone = tuple(self._previous), tuple(self._undone)
        project = Project(
            "project", self._draft, self._state.media, previous, undone, findings(self._state.media)
        )
        outcome = direct(text, project, self._memory)
        self._memory = outcome.memory
        before = seen(self._draft, self._state.media)
        if outcome.draft is not None:
            self._keep(outcome)
        return Turn(
            self._draft,
            outcome.draft is not None and seen(self._draft, self._state.media) != before,
            outcome.reply,
            outcome.question,
            outcome.refused is not None,
            outcome.refused.op if outcome.refused is not None else None,
            outcome.mood,
            tuple(str(one["op"]) for one in outcome.operations),
        )

    def _keep(self, outcome: Outcome) -> None:
        if outcome.step == "undo":
            for _ in range(outcome.steps):
                self._undone.append(self._draft)
                self._draft = self._previous.pop()
        elif outcome.step == "redo":
            for _ in range(outcome.steps):
                self._previous.append(self._draft)
                self._draft = self._undone.pop()
        elif outcome.step == "amend":
            self._undone.clear()
        else:
            self._previous.append(self._draft)
            self._undone.clear()
        self._draft = outcome.draft


def judged(case: Case) -> Verdict:
    """The case, done; the first turn that is not right decides."""
    state = STATES[case.state]
    talk = Talk(state)
    turns = tuple(talk.say(said) for said in case.turns)
    rights = case.rights()
    refusal = any(one.refused is not None for one in rights[-1] or [])
    for said, last, right in zip(case.turns, turns, rights, strict=True):
        if right is None:
            continue
        whys = [_why_not(one, last, state) for one in right]
        if "" in whys:
            continue
        why = min(whys, key=len)
        got = f"{why} – on “{said}”: {_told(last)}"
        if last.changed and not any(_is_there(one, last, state) for one in right):
            return Verdict(case, "wrong edit", turns, got, refusal)
        kind = "false promise" if last.promises() else "not done"
        return Verdict(case, kind, turns, got, refusal)
    return Verdict(case, "right", turns, "", refusal)


def _why_not(right: Right, turn: Turn, state: State) -> str:
    """Why this alternative is not what happened; empty when it is."""
    if right.timeline is not None:
        found = _wrong(right.timeline, turn, state)
        if right.refused is None and turn.is_refused:
            found.append(f"{turn.refused or 'something'} was refused beside it")
        if right.refused is not None and not _is_refused(right, turn):
            found.append(f"nothing was refused by the name {'/'.join(sorted(right.refused))}")
        return "; ".join(found)
    if turn.changed:
        return f"the timeline changed ({right.outcome} was right)"
    if not turn.reply.strip() and turn.question is None and not turn.is_refused:
        return "nothing was said"
    fits = {
        "nothing": not turn.promises(),
        "ask": turn.question is not None,
        "answer": turn.mood == "question" and not turn.is_refused,
        "same": turn.question is None and not turn.is_refused,
        "refuse": _is_refused(right, turn),
    }
    named = f" {'/'.join(sorted(right.refused))}" if right.refused else ""
    return "" if fits[right.outcome] else f"not: {right.outcome}{named}"


def _wrong(right: Timeline, turn: Turn, state: State) -> list[str]:
    bent = crooked(turn.draft)
    found = differences(right, seen(turn.draft, state.media), state.media)
    return [*found, bent] if bent else found


def _is_there(right: Right, turn: Turn, state: State) -> bool:
    """Whether the timeline is right, whatever was said with it."""
    return right.timeline is not None and not _wrong(right.timeline, turn, state)


def _is_refused(right: Right, turn: Turn) -> bool:
    return turn.is_refused and (not right.refused or turn.refused in right.refused)


def _told(turn: Turn) -> str:
    how = f"[{turn.mood}" + (f", refused {turn.refused}" if turn.is_refused else "")
    how += (", asked" if turn.question is not None else "") + f"] {' '.join(turn.operations)}"
    return f"{how.strip()}: {turn.question or turn.reply}".replace("\n", " ")[:240]


def verdicts(path: Path) -> Iterator[Verdict]:
    for case in cases(path):
        try:
            yield judged(case)
        except Exception as error:
            raise RuntimeError(f"{case.place}: {' || '.join(case.turns)}") from error


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.studio.phrases_runner")
    parser.add_argument("files", nargs="*", type=Path, default=sorted(LISTS.glob("*.tsv")))
    parser.add_argument("--failures", action="store_true", help="each failure on a line")
    parser.add_argument("--check", action="store_true", help="read the notation, run nothing")
    chosen = parser.parse_args(arguments)
    wrong = False
    for path in chosen.files:
        if chosen.check:
            wrong |= not _is_readable(path)
            continue
        begin = time.perf_counter()
        found = list(verdicts(path))
        counts = Counter(one.kind for one in found)
        refusals = [one for one in found if one.asked_for_refusal]
        named = sum(one.kind == "right" for one in refusals)
        print(
            f"{path.name}: {len(found)} cases, {counts['right']} right"
            f" ({counts['right'] / len(found):.1%}), {counts['wrong edit']} wrong edits,"
            f" {counts['not done']} not done, {counts['false promise']} false promises;"
            f" refusals {named}/{len(refusals)}; {time.perf_counter() - begin:.1f} s"
        )
        if chosen.failures:
            for one in found:
                if one.kind != "right":
                    case = one.case
                    said, right = " || ".join(case.turns), " || ".join(case.right)
                    print(f"  {one.kind}: {case.place} {case.state} {said}")
                    print(f"      right: {right}\n      {one.why}")
        wrong |= counts["right"] < len(found)
    return int(wrong)


def _is_readable(path: Path) -> bool:
    seen_before: set[Case] = set()
    fine = True
    for case in cases(path):
        try:
            case.rights()
        except (ValueError, KeyError, IndexError) as error:
            print(f"{case.place}: {error}")
            fine = False
        if case in seen_before:
            print(f"{case.place}: twice: {case.turns}")
            fine = False
        seen_before.add(case)
    print(f"{path.name}: {len(seen_before)} cases")
    return fine


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
