"""The director: plain words become operations on the draft, without any AI model.

    text ──lexer──► items ──phrases──► groups ──clauses──► clauses ──handlers──► draft, reply

`language/lexer` knows quotation marks, file names, quantities and the lexicon (English and Chinese);
`phrases` makes ranges, references to clips and places of them; `clauses` one instruction each.
A handler takes the items that it uses. A clause of which something is left over is not done at
all: nothing is half understood in silence.
"""

from __future__ import annotations

from vbtui.studio.director.desk import Call, Outcome, Project
from vbtui.studio.director.director import direct

__all__ = ["Call", "Outcome", "Project", "direct"]
