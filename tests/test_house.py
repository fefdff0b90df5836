"""The rules of the house that a machine can check, over the source of the program."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TypeGuard

from textual.dom import DOMNode
from textual.message_pump import MessagePump

ROOT = Path(__file__).parents[1]
FOREIGN = {"textual", "httpx", "httpcore", "httpx_sse", "watchfiles", "textual_image"}
GAPS = "vbtui/ui/kit/textual_gaps.py"
"""The one place for what cannot be had from a library by its public face."""

HUMAN = {"title", "reason", "message", "explanation", "sentence", "detail", "hint", "help"}
"""Attributes that hold texts for people."""
_FOREIGN_WORDS = {"vbtui/studio/project/stills.py", "vbtui/ui/pictures/stills.py"}
"""Pillow has no class of its own for a picture that is cut short: "truncated" alone tells it."""
_ASKS = {"startswith", "endswith", "find", "index", "removeprefix", "partition", "split"}

SWITCHES = {
    ("gc", "disable"),
    ("gc", "freeze"),
    ("gc", "set_threshold"),
    ("sys", "setswitchinterval"),
    ("sys", "setrecursionlimit"),
    ("locale", "setlocale"),
    ("os", "umask"),
    ("os", "putenv"),
    ("socket", "setdefaulttimeout"),
    ("warnings", "simplefilter"),
    ("warnings", "filterwarnings"),
}
_PUBLIC_SWITCHES = {
    ("vbtui/ui/app.py", "gc.freeze"),  # documented; one place, its reason beside it
    # Pillow's documented way to open large pictures: what is too large is told by its size.
    ("vbtui/studio/project/stills.py", "warnings.simplefilter"),
    ("vbtui/studio/render/overlays.py", "warnings.simplefilter"),
    ("vbtui/ui/pictures/stills.py", "warnings.simplefilter"),
    # OpenMP's documented way, in a process of its own and before it is loaded.
    ("vbtui/studio/render/voices.py", "os.environ"),
}

_PUBLIC = {"_replace", "_asdict", "_fields", "_exit"}
"""Documented names of the standard library that begin with `_`."""

_MUTATES = {"append", "add", "pop", "popitem", "setdefault", "clear", "extend"}
_MUTATES |= {"remove", "discard", "appendleft", "popleft"}


@cache
def trees() -> dict[str, ast.Module]:
    """Every module of the program by its path from the root."""
    paths = sorted((ROOT / "vbtui").rglob("*.py"))
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in paths}


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def test_nothing_is_decided_by_a_text_that_people_read() -> None:
    found = [
        f"{path}:{node.lineno} {ast.unparse(node)[:80]}"
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if _decides_by_words(node)
        and not (path in _FOREIGN_WORDS and "runcated" in ast.unparse(node))
    ]
    assert found == []


def _decides_by_words(node: ast.AST) -> TypeGuard[ast.expr]:
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        asked = any(map(_is_for_people, sides))
        return asked and any(map(_is_words, sides))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in _ASKS and _is_for_people(node.func.value):
            return node.func.attr in ("startswith", "endswith") or any(map(_is_words, node.args))
        subjects = (
            node.args if node.func.attr in ("match", "search", "fullmatch", "findall") else []
        )
        return any(map(_is_for_people, subjects))
    return False


def _is_for_people(node: ast.expr) -> bool:
    """`x.title`, `str(error)`, also lower-cased."""
    if isinstance(node, ast.Attribute):
        return node.attr in HUMAN
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in (
            "lower",
            "casefold",
            "strip",
        ):
            return _is_for_people(node.func.value)
        if isinstance(node.func, ast.Name) and node.func.id == "str" and node.args:
            return ast.unparse(node.args[0]) in ("error", "exc", "problem")
    return False


def _is_words(node: ast.expr) -> bool:
    """A text that is not empty, a collection of them, or a constant of some name."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and bool(node.value)
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(map(_is_words, node.elts))
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return isinstance(node, ast.JoinedStr) or (len(name) > 1 and name.isupper())


def test_the_insides_of_libraries_are_left_alone() -> None:
    found = [
        f"{path}:{line} {what}"
        for path, tree in trees().items()
        if path != GAPS
        for line, what in [*_private_imports(tree), *_others_privates(path, tree)]
    ]
    assert found == []


def _private_imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            head, *rest = name.split(".")
            if head in FOREIGN and any(part.startswith("_") for part in rest):
                yield node.lineno, name


def _others_privates(path: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Names with `_` that are asked of anything but what this module itself defines."""
    own = _defined(tree)
    libraries = _privates_of_bases(_module(path)) if path.startswith("vbtui/ui/") else set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or not _is_private(node.attr):
            continue
        is_self = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        if node.attr in libraries or (not is_self and node.attr not in own):
            yield node.lineno, ast.unparse(node)
    for kind in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        for node in kind.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in libraries:
                yield node.lineno, f"def {node.name}"


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in {"_", *_PUBLIC}


def _defined(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(node.attr)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def _privates_of_bases(module: str) -> set[str]:
    """Private names that Textual's classes above this module's own have or set."""
    names: set[str] = set()
    for _, kind in inspect.getmembers(importlib.import_module(module), inspect.isclass):
        if kind.__module__ == module and issubclass(kind, MessagePump | DOMNode):
            for base in kind.__mro__:
                if base.__module__.split(".")[0] in FOREIGN:
                    names |= _privates_of(base)
    return names


@cache
def _privates_of(kind: type) -> frozenset[str]:
    given = set(re.findall(r"\bself\.(_[a-z]\w*)(?:: [^=\n]+)? = ", inspect.getsource(kind)))
    return frozenset(
        name
        for name in given | set(vars(kind))
        if _is_private(name) and not name.startswith("_on_")
    )


def test_nothing_is_switched_for_the_whole_process() -> None:
    found = []
    for path, tree in trees().items():
        for node in ast.walk(tree):
            what = ""
            if not isinstance(node, ast.expr):
                continue
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                what = ast.unparse(node) if (node.value.id, node.attr) in SWITCHES else ""
            elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
                what = ast.unparse(node.value)
                what = what if what in ("sys.modules", "os.environ") else ""
            if what and (path, what) not in _PUBLIC_SWITCHES and path != GAPS:
                found.append(f"{path}:{node.lineno} {what}")
    assert found == []


def test_state_of_a_module_says_why_it_is_there() -> None:
    found = []
    for path, tree in trees().items():
        lines = (ROOT / path).read_text().splitlines()
        changed = _changed_names(tree)
        for place, node in enumerate(tree.body):
            if not isinstance(node, ast.Assign | ast.AnnAssign):
                continue
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            if not names & changed:
                continue
            behind = tree.body[place + 1] if place + 1 < len(tree.body) else None
            is_said = isinstance(behind, ast.Expr) and isinstance(behind.value, ast.Constant)
            above, last = lines[node.lineno - 2].strip(), lines[(node.end_lineno or 1) - 1]
            if not (is_said or above.startswith("#") or "  # " in last):
                found.append(f"{path}:{node.lineno} {names}")
    assert found == []


def _changed_names(tree: ast.Module) -> set[str]:
    """Names of the module that its functions change."""
    changed: set[str] = set()
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        local = {
            node.id
            for node in ast.walk(function)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        local |= {arg.arg for arg in ast.walk(function) if isinstance(arg, ast.arg)}
        for node in ast.walk(function):
            if isinstance(node, ast.Global):
                changed |= set(node.names)
                continue
            target: ast.AST | None = None
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                target = node.func.value if node.func.attr in _MUTATES else None
            elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
                target = node.value
            if isinstance(target, ast.Name) and target.id not in local:
                changed.add(target.id)
    return changed


def test_every_document_that_is_named_is_in_the_repository() -> None:
    there = {path.name for path in [*ROOT.glob("*.md"), *ROOT.glob(".github/**/*.md")]}
    there |= {path.name for path in (ROOT / "vbtui").rglob("*.md")}
    found = []
    kinds = ("*.py", "*.tcss", "*.md", "*.toml")
    for path in (
        p for top in ("vbtui", "styles", "tests") for k in kinds for p in (ROOT / top).rglob(k)
    ):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for name in re.findall(r"(?<![\w/.*-])([\w-]+\.md)\b", line):
                if name not in there:
                    found.append(f"{path.relative_to(ROOT)}:{number} {name}")
    assert found == []


def test_no_module_needs_one_that_needs_it() -> None:
    """Imports within functions count; those for types alone do not."""
    modules = {_module(path): path for path in trees()}
    needs = {
        name: set(_imports(trees()[path], name, modules)) - {name} for name, path in modules.items()
    }
    try:
        tuple(TopologicalSorter(needs).static_order())
        circle = []
    except CycleError as error:
        circle = error.args[1]
    assert circle == []


def _imports(tree: ast.Module, name: str, modules: dict[str, str]) -> Iterator[str]:
    typing_only = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in modules:
                    yield whole
                elif node.module in modules:
                    yield node.module
