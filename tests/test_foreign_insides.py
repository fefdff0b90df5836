"""Other people's packages are used by their public faces, and the process is left as it was."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "vbtui"
GAPS = (ROOT / "ui" / "kit" / "textual_gaps.py", ROOT / "cli" / "argparse_words.py")
"""What has no public face, one function each."""
SWITCHES = {
    "gc.disable",
    "gc.set_threshold",
    "sys.setswitchinterval",
    "sys.setrecursionlimit",
    "sys.modules",
    "asyncio.set_event_loop_policy",
}
FILES = sorted(path for path in ROOT.rglob("*.py") if path not in GAPS)


def is_private(name: str) -> bool:
    return any(part.startswith("_") and not part.startswith("__") for part in name.split("."))


def imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Local name and full name of whatever is imported from outside the project."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0], alias.name
        elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def touched(code: str) -> list[str]:
    """What `code` uses that is private to another package, and which of the process's switches."""
    tree = ast.parse(code)
    foreign = {
        local: name for local, name in imports(tree) if name.partition(".")[0] not in ("vbtui",)
    }
    found = [name for name in foreign.values() if is_private(name)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = f"{foreign.get(node.value.id, '')}.{node.attr}"
            if (
                node.value.id in foreign
                and (is_private(node.attr) or name in SWITCHES)
                and name != "os._exit"
            ):
                found.append(name)
    return found


def test_no_foreign_insides() -> None:
    found = {path.relative_to(ROOT): touched(path.read_text(encoding="utf-8")) for path in FILES}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "code",
    [
        "from watchfiles._rust_notify import RustNotify",
        "import httpx\nhttpx.AsyncClient\nhttpx._client",
        "from textual_image.widget import sixel as s\nclass A(s._Impl): pass",
        "import sys\nsys.modules['sniffio'] = None",
        "import gc\ngc.disable()",
    ],
)
def test_insides_are_found(code: str) -> None:
    assert len(touched(code)) == 1


@pytest.mark.parametrize("word", ["gc.freeze", "TEXTUAL_FPS"])
def test_public_switches_stand_in_one_place(word: str) -> None:
    texts = [path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py")]
    assert sum(text.count(word) for text in texts) <= 1
