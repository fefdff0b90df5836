"""What the code says about its documents is true."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
WIRE = ROOT / "vbtui" / "wire" / "README.md"


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
