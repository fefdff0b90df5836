"""The lists of `tests/data/right`: what is right of them stays right, what is wrong is known by name.

`tests/data/right/known.txt` names each case that is not right yet, wrong edits first. A case that gets wrong fails,
and so does one that gets right and is still named. `python -m tests.studio.test_phrases` writes the file anew.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.studio.phrases_runner import LISTS, Talk, Verdict, verdicts
from tests.studio.right import cases
from tests.studio.stated import STATES
from vbtui.language import intents

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
def test_what_is_right_stays_right(name: str) -> None:
    found = {line(one): one.why for one in failures(name)}
    expected = known(name)
    wrong = [f"{one}\n    {why}" for one, why in found.items() if one not in expected]
    edits = [one for one in wrong if one.startswith("wrong edit")]
    assert not edits, "wrong edits:\n" + "\n".join(edits)
    assert not wrong, "not right any more:\n" + "\n".join(wrong)
    mended = sorted(expected - found.keys())
    assert not mended, "right now, so named no more:\n" + "\n".join(mended)


@pytest.mark.parametrize("name", NAMES)
def test_the_client_sends_on_what_the_studio_edits_by(name: str) -> None:
    apart = []
    for case in cases(LISTS / name):
        state = STATES[case.state]
        names = [media.filename for media in state.media]
        talk = Talk(state)
        for text in case.turns:
            turn, kind = talk.say(text), intents.route(text, names).kind
            exports = turn.operations == ("export",)
            several = any(comma in text for comma in ",，")
            told = exports and several and kind == "edit"  # the studio says how to export
            if kind != ("edit" if turn.changed else "export" if exports and not told else kind):
                apart.append(f"{text}: {kind}, and the studio: {', '.join(turn.operations)}")
    assert not apart, "\n".join(apart)


def _write() -> None:
    found = [line(one) for name in NAMES for one in failures(name)]
    found.sort(key=lambda one: not one.startswith("wrong edit"))
    KNOWN.write_text("".join(f"{one}\n" for one in found), encoding="utf-8")


if __name__ == "__main__":
    _write()
