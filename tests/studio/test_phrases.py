"""The lists of `tests/data/right`: what is right of them stays right, what is wrong is known by name.

`tests/data/right/known.txt` names each case that is not right yet, wrong edits first. A case that gets wrong fails,
and so does one that gets right and is still named. `python -m tests.studio.test_phrases` writes the file anew.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.studio.phrases_runner import LISTS, Verdict, verdicts
from tests.studio.stated import STATES
from vbtui.language import intents
from vbtui.timeline.changes import compare, details
from vbtui.timeline.model import read

KNOWN = LISTS / "known.txt"
NAMES = [path.name for path in sorted(LISTS.glob("*.tsv"))]


def line(verdict: Verdict) -> str:
    case = verdict.case
    name = case.place.partition(":")[0]
    return "\t".join((verdict.kind, name, case.state, " || ".join(case.turns)))


def failures(name: str) -> Iterator[Verdict]:
    return (one for one in verdicts(LISTS / name) if one.kind != "right")


def known(name: str) -> set[str]:
    lines = KNOWN.read_text(encoding="utf-8").splitlines()
    return {one for one in lines if one.split("\t")[1] == name}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_right_stays_right_and_goes_to_the_studio(name: str) -> None:
    """Each sentence is said once: what became of it, whether the client would have sent it there, and whether the
    receipt has words for what changed."""
    found: dict[str, str] = {}
    apart: list[str] = []
    unsaid: list[str] = []
    for verdict in verdicts(LISTS / name):
        if verdict.kind != "right":
            found[line(verdict)] = verdict.why
        apart += _sent_elsewhere(verdict)
        unsaid += _without_words(verdict)
    expected = known(name)
    wrong = [f"{one}\n    {why}" for one, why in found.items() if one not in expected]
    edits = [one for one in wrong if one.startswith("wrong edit")]
    assert not edits, "wrong edits:\n" + "\n".join(edits)
    assert not wrong, "not right any more:\n" + "\n".join(wrong)
    mended = sorted(expected - found.keys())
    assert not mended, "right now, so named no more:\n" + "\n".join(mended)
    assert not apart, "\n".join(apart)
    assert not unsaid, "\n".join(unsaid)


def _without_words(verdict: Verdict) -> Iterator[str]:
    """The turns of a case that changed what the receipt cannot tell."""
    before = STATES[verdict.case.state].draft
    for text, turn in zip(verdict.case.turns, verdict.turns, strict=True):
        if turn.changed and not compare(read(before), read(turn.draft)):
            yield f"{verdict.case.state} {text}: {details(before, turn.draft)}"
        before = turn.draft


def _sent_elsewhere(verdict: Verdict) -> Iterator[str]:
    """The turns of a case that the studio edits by, or exports, and the client sends elsewhere."""
    names = [media.filename for media in STATES[verdict.case.state].media]
    for text, turn in zip(verdict.case.turns, verdict.turns, strict=True):
        kind = intents.route(text, names).kind
        exports = turn.operations == ("export",)
        told = exports and kind == "edit" and any(joint in text for joint in (",", "，", " and "))
        # an export in a sentence with more clauses: the studio says how
        if kind != ("edit" if turn.changed else "export" if exports and not told else kind):
            yield f"{text}: {kind}, and the studio: {', '.join(turn.operations)}"


def _write() -> None:
    found = [line(one) for name in NAMES for one in failures(name)]
    found.sort(key=lambda one: not one.startswith("wrong edit"))
    KNOWN.write_text("".join(f"{one}\n" for one in found), encoding="utf-8")


if __name__ == "__main__":
    _write()
