"""Random words of the lexicon, said to the director: no exception, sound drafts, never silent.

    python -m tests.studio.random_words [TEXTS] [SEED]

Names, numbers and quotes are strewn among them; some follow on what was said before. What an operation changes
outside its footprint is not kept by the director itself, and is told as a promise without a change here.
"""

from __future__ import annotations

import random
import sys
import traceback

from tests.studio.stated import STATES, crooked, findings
from vbtui.language.lexicon import meanings
from vbtui.studio.director import Memory, Project, direct

_BETWEEN = (
    *("5 seconds", "clip 2", "1", "the last", "2x", "20%", "0:10", '"Hi"', "beach.mp4", "town"),
    *("song.mp3", "3", "first", "-6 dB", "12 to 20", "half"),
)
_STATES = ("T", "TX", "V", "E")
_MOST_WORDS = 9


def main(argv: list[str]) -> int:
    """Prints each find; 1 when there is one."""
    texts, seed = (
        int(argv[place]) if len(argv) > place else (20_000, 1)[place] for place in (0, 1)
    )
    chance = random.Random(seed)
    words = {language: list(meanings(language)) for language in ("en", "zh")}
    memory = {name: Memory() for name in _STATES}
    finds = changed = 0
    for _ in range(texts):
        name, language = chance.choice(_STATES), chance.choice(("en", "en", "zh"))
        picked = [
            chance.choice(words[language] if chance.random() < 0.75 else _BETWEEN)
            for _ in range(chance.randint(1, _MOST_WORDS))
        ]
        text = (" " if language == "en" else "").join(picked)
        state = STATES[name]
        project = Project(
            "p", state.draft, state.media, tuple(state.previous), (), findings(state.media)
        )
        try:
            outcome = direct(text, project, memory[name] if chance.random() < 0.3 else None)
        except Exception:
            finds += 1
            print(f"{name}\t{text}\n{traceback.format_exc()}")
            continue
        memory[name] = outcome.memory
        changed += outcome.draft is not None
        is_silent = outcome.draft is None and not outcome.reply.strip()
        if is_silent or (outcome.draft is not None and crooked(outcome.draft)):
            finds += 1
            print(f"{name}\t{text}\t{'nothing is said' if is_silent else 'a crooked draft'}")
    print(f"{texts} texts, {changed} of them changed something, {finds} finds")
    return 1 if finds else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
