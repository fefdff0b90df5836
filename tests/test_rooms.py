"""Who may load what, seen in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys

import pytest

STUDIO_LIBRARIES = (
    "av",
    "starlette",
    "uvicorn",
    "imageio_ffmpeg",
    "PIL",
    "fontTools",
    "vbtui.studio",
)


def loaded_after(code: str) -> set[str]:
    """The names in `sys.modules` after `code` ran in a new interpreter."""
    program = f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import vbtui.cli", ("textual", "httpx", "sqlite3", "asyncio", *STUDIO_LIBRARIES)),
        ("import vbtui.cli.watch", ("textual", "httpx", *STUDIO_LIBRARIES)),
        ("import vbtui.cli.make", ("textual", "httpx", *STUDIO_LIBRARIES)),
        ("import vbtui.wire.client", ("textual", "httpx", *STUDIO_LIBRARIES)),
        (
            "import vbtui.ui.app",
            ("httpx", "markdown_it", "textual.widgets._markdown", "numpy", *STUDIO_LIBRARIES),
        ),
        (
            "import vbtui.studio.server.serve",
            ("textual", "httpx", "av", "PIL", "vbtui.engine", "vbtui.wire"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_imports_stay_lazy(code: str, absent: tuple[str, ...]) -> None:
    loaded = loaded_after(code)
    assert not loaded & set(absent)
    assert code.split()[1] in loaded
