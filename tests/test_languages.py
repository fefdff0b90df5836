"""What people read comes in both languages: texts stand in a `Translation`, and nowhere else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from vbtui.base.keys import fill, table, use
from vbtui.base.spoken import use_language
from vbtui.ui.dialogs.dialog import help_content
from vbtui.ui.kit.keys import fit_footer

ROOT = Path(__file__).parents[1]
ROOMS = (
    "vbtui/base/",
    "vbtui/cli/",
    "vbtui/conversation/",
    "vbtui/exports/",
    "vbtui/fallback/",
    "vbtui/interchange/",
    "vbtui/media/",
    "vbtui/session/",
    "vbtui/ui/",
)
"""Where texts for people are made."""
_MAKES = ("_T", "Translation", "Counted", "_setting")
_UNSEEN = ("Binding", "exception")
"""Calls whose words nobody is shown: keys that stand in no list, what goes to a log."""
_NAMES = ("Check", "do", "work", "set_timer", "create_task", "OutOfBounds")
"""Calls whose first argument, or `name` and `group`, is a name: of a finding, of a worker, of what programmers
read."""
_NO_WORDS = re.compile(
    r"\$[\w-]+|\b(SELECT|WHERE|GROUP BY|pip install)\b|^cut off$|^(bold underline|not bold)$|\{ align: |^/watch "
    r"|^go back to version |^ to position $|\(\?:|\|titles\?|^sudo sysctl |^display notification | with title "
    r"|^(limit reached|too many open files|unable to decode)$|^said where files go:$|^mp4 mov |^Local studio$"
)
"""A style, a question to the journal, a command to type, a value, a sentence that is said to the agent, a pattern,
what another program is told or says, a name in what programs read."""
_IN_ENGLISH = {
    ("vbtui/cli/doctor.py", "bundle"),
    ("vbtui/cli/doctor.py", "redacted"),
    ("vbtui/cli/doctor.py", "_own"),
    ("vbtui/cli/completion.py", "_bash"),
    ("vbtui/cli/completion.py", "_zsh"),
    ("vbtui/cli/completion.py", "_fish"),
    ("vbtui/cli/completion.py", "_man"),
}
"""The report goes to those who mend vbtui; shells read scripts; the man page is made in English."""
_WORDS = re.compile(r"[A-Za-z’']{2,}[,:;.]? [a-z’']{2,}")
"""Two words beside each other: a name, a key of a table or an option has one."""


_FOR_AGENTS = ("vbtui/cli/mcp/table.py", "vbtui/cli/skill.py")
"""What they read, and no user does, is in English."""


def sources() -> list[str]:
    found = sorted(path.relative_to(ROOT) for path in (ROOT / "vbtui").rglob("*.py"))
    rooms = [str(path) for path in found if str(path).startswith(ROOMS)]
    return [path for path in rooms if path not in _FOR_AGENTS]


def untranslated(path: str, source: str) -> list[str]:
    """Texts in `source` that look like words for people and are in no `Translation`."""
    tree = ast.parse(source)
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        f"{path}:{node.lineno} {node.value[:70]}"
        for node in _outside(tree, path)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in told
        and _WORDS.search(node.value)
        and not _NO_WORDS.search(node.value)
    ]


def _outside(node: ast.AST, path: str) -> Iterator[ast.AST]:
    """Every node but those in the making of a `Translation`, names, and what only programmers read."""
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func).split(".")[-1]
        if called in (*_MAKES, *_UNSEEN):
            return
        if called in _NAMES:
            keywords = [one for one in node.keywords if one.arg not in ("name", "group")]
            node = ast.Call(node.func, node.args[1:], keywords)
    if isinstance(node, ast.Assert) or (isinstance(node, ast.Raise) and _is_inner(node)):
        return
    if isinstance(node, ast.FunctionDef) and (path, node.name) in _IN_ENGLISH:
        return
    yield node
    children = node.values if isinstance(node, ast.Dict) else ast.iter_child_nodes(node)
    for child in children:
        yield from _outside(child, path)


def _is_inner(node: ast.Raise) -> bool:
    """An error of the program itself: nobody is shown its words."""
    made = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    inner = (ValueError, TypeError, KeyError, RuntimeError, NotImplementedError, FileNotFoundError)
    return made is not None and ast.unparse(made) in {kind.__name__ for kind in inner}


def _texts_of(path: str) -> list[str]:
    return untranslated(path, (ROOT / path).read_text(encoding="utf-8"))


def test_every_text_is_in_both_languages() -> None:
    found = sources()
    assert len(found) > 100
    assert [text for path in found for text in _texts_of(path)] == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('x = "Nothing is there."', 1),
        ('x = f"{name} is not there."', 1),
        ('host.say("It is done.", title="So it is")', 2),
        ('host.do("open project", lambda: say("It went well"))', 1),
        ('"""A docstring of words."""\nx = _T("Nothing is there.", "没有。").of()', 0),
        ('x = {"some name": _T("a b", "c")}\ny = "$text-error bold"\nz = "app.go"', 0),
        ('raise ValueError("nobody reads this")', 0),
        ('raise UsageError("Somebody reads this.")', 1),
        ('x = Counted("one file is", "{count} files are", "{count} 个文件").of(2)', 0),
    ],
)
def test_texts_for_people_are_found(source: str, count: int) -> None:
    assert len(untranslated("x.py", source)) == count


def places_of(text: str) -> set[str]:
    """What is filled in: "a and {rest} more" are "a 等 {total} 个", so how many there are is one of them."""
    return set(re.findall(r"\{\^?[\w.]+\}", re.sub(r"\{(rest|total)\}", "{count}", text)))


def test_both_languages_have_the_same_places() -> None:
    """Whatever is filled in, in one language as in the other, and no key that is not there."""
    seen = 0
    for path in sorted((ROOT / "vbtui").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or len(node.args) < 2:
                continue
            if ast.unparse(node.func) not in ("_T", "Translation", "Counted"):
                continue
            texts = [one.value for one in node.args if isinstance(one, ast.Constant)]
            if len(texts) == len(node.args) and all(isinstance(text, str) for text in texts):
                seen += 1
                *one, other = (places_of(str(text)) for text in texts)
                assert one[-1] == other, f"{path}:{node.lineno}"
                keys = [name[1:-1].removeprefix("^") for name in other if "." in name]
                assert [name for name in keys if name not in table()] == []
    assert seen > 700


def test_the_screen_speaks_chinese() -> None:
    """Keys, footer and help are in the language of the process, and columns stay columns."""
    use_language("zh", {})
    use({})
    try:
        assert fit_footer([table()["app.quit"]], 80)[0].label == "退出"
        help_ = help_content(("media", "app"), 60).plain.splitlines()
        assert "素材" in help_[0]
        assert all(cell_len(line) <= 60 for line in help_)
        assert fill("{app.export}") == "ctrl+s"
    finally:
        use_language("en", {})
        use({})


if __name__ == "__main__":
    for found in sources():
        print(*_texts_of(found), sep="\n")
