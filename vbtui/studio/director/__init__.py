"""The director: plain words become operations on the draft, without any AI model.

    text ─ lexer ─ phrases (typed values) ─ reading (mood, parts, slots) ─ operations ─ nets ─ draft, reply

`language/lexer` knows quotation marks, file names, quantities and the lexicon (English and Chinese). `phrases` makes a
closed set of typed values of them; `reading` cuts a text into parts, finds what kind of saying each is, and which
declared operation it asks for; `operations` has a declaration for each – grammar, slots, footprint, effect; `nets`
compares what changed with what may change; `memory` knows the last request and the open question.
"""

from __future__ import annotations

from vbtui.studio.director.director import direct, suggestions
from vbtui.studio.director.memory import Memory
from vbtui.studio.director.work import Call, Outcome, Project, Refused

__all__ = ["Call", "Memory", "Outcome", "Project", "Refused", "direct", "suggestions"]
