"""What the documents say of the code is true, and what the code says of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import sayings, settingsheet
from vbtui.base.settings import read

ROOT = Path(__file__).parents[1]
WIRE = ROOT / "vbtui" / "wire" / "README.md"
DOCUMENTS = [
    ROOT / "README.md",
    *sorted((ROOT / "vbtui").rglob("*.md")),
    *sorted((ROOT / ".github").glob("*.md")),
]
OF_USERS = {
    "config.toml",
    "NAME.toml",
    "credentials.json",
    "journal.db",
    "done",
    "clips",
    "report.txt",
    "rebuild.py",
}
"""Names of files and folders that users have, not this repository."""


def test_every_citation_of_the_wire_names_one_of_its_headings() -> None:
    headings = re.findall(r"^##+ (.+)$", WIRE.read_text(encoding="utf-8"), re.MULTILINE)
    cited, wrong = 0, []
    for path in [*(ROOT / "vbtui").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]:
        text = " ".join(path.read_text(encoding="utf-8").replace("# ", " ").split())
        for found in re.finditer(r"wire/README\.md(.{0,60})", text):
            cited += 1
            if not found[1].removeprefix(", ").startswith(tuple(headings)):
                wrong.append(f"{path.relative_to(ROOT)}: {found[0]}")
    assert cited > 50
    assert wrong == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_names_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", text)
    assert [link for link in links if not (document.parent / link).exists()] == []
    quoted = re.findall(r"`([\w./-]+)`", text)
    named = [name for name in quoted if re.search(r"\w/$|\.(py|md|toml|json|db|txt)$", name)]
    packages = ("", "ui", "media", "studio")
    places = [document.parent, ROOT, *(ROOT / "vbtui" / package for package in packages)]
    assert [
        name
        for name in named
        if Path(name).name not in OF_USERS and not any((place / name).exists() for place in places)
    ] == []
    modules = re.findall(r"python -m (tests[.\w]*)", text)
    paths = [ROOT.joinpath(*module.split(".")) for module in modules]
    assert [path for path in paths if not (path.is_dir() or path.with_suffix(".py").exists())] == []


def test_the_settings_of_the_readme_are_those_of_the_model() -> None:
    text = DOCUMENTS[0].read_text(encoding="utf-8")
    assert text == settingsheet.written(text), "run: python -m tests.settingsheet"


def test_the_settings_file_of_the_readme_is_one_that_can_be_used(tmp_path: Path) -> None:
    text = DOCUMENTS[0].read_text(encoding="utf-8")
    (shown,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "config.toml").write_text(shown, encoding="utf-8")
    found = read({"VBTUI_CONFIG": str(tmp_path / "config.toml")})
    assert found.refused == {}
    assert found.keys
    assert len(found.commands) == 2


def test_the_sayings_of_the_readme_are_those_that_are_declared() -> None:
    text = DOCUMENTS[0].read_text(encoding="utf-8")
    assert text == sayings.written(text), "run: python -m tests.sayings"


def test_the_house_shows_every_room() -> None:
    text = (ROOT / "vbtui" / "README.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"^\| `(\w+)(?:/|\.py)` \|", text, re.MULTILINE))
    rooms = {path.parent.name for path in (ROOT / "vbtui").glob("*/__init__.py")}
    assert shown == rooms | {"engine", "commands"}
