"""What can be said to the local studio, for the README: made from the declarations of the operations.

python -m tests.sayings      # write it anew
"""

from __future__ import annotations

from tests.keysheet import README
from vbtui.language.quotes import is_chinese
from vbtui.studio.director.operation import Operation
from vbtui.studio.director.operations import OPERATIONS

BEGIN = "<!-- sayings: python -m tests.sayings writes them -->\n"
END = "<!-- end of sayings -->\n"


def table() -> str:
    """Every operation that is built, with an example in each language; the others by what they would do."""
    lines = ["| operation | does | for example | 例如 |", "|---|---|---|---|"]
    lines += [_row(one) for one in OPERATIONS if one.effect is not None]
    missing = "; ".join(one.help[0] for one in OPERATIONS if one.effect is None)
    return "\n".join(
        [*lines, "", f"Understood, and refused by name because it is not built: {missing}.", ""]
    )


def _row(one: Operation) -> str:
    english = next(text for text in one.examples if not is_chinese(text))
    chinese = next(text for text in one.examples if is_chinese(text))
    return f"| `{one.name}` | {one.help[0]} | {english} | {chinese} |"


def written(text: str) -> str:
    """`text` of the README with the table of now."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError("the README has no place for the table")
    return f"{before}{BEGIN}{table()}{END}{after}"


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
