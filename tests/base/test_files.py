"""Folders that pass, and what killed processes left of them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from vbtui.base.files import passing_folder


def test_what_a_killed_process_left_of_passing_folders_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    left = tmp_path / f"trial-{process.pid}-aa"
    left.mkdir()
    (left / "picture").write_text("x")
    (tmp_path / f"trial-{os.getpid()}-bb").mkdir()
    with passing_folder("trial-") as folder:
        (folder / "file").write_text("x")
    assert [path.name for path in tmp_path.iterdir()] == [f"trial-{os.getpid()}-bb"]
