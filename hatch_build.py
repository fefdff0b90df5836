"""Puts the completions of shells and the man page, which are made of the command line's parser, into the wheel."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Hook(BuildHookInterface[Any]):
    """Files below the prefix of an installation, where shells and man look for them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        sys.path.insert(0, self.root)
        try:
            from vbtui.base.spoken import use_language
            from vbtui.cli.completion import SHARED, script
        finally:
            sys.path.remove(self.root)
        use_language("en", {})
        os.environ["COLUMNS"] = "80"
        self._made = tempfile.TemporaryDirectory(prefix="vbtui-build-")
        for number, (place, what) in enumerate(SHARED.items()):
            file = Path(self._made.name) / str(number)
            file.write_text(script(what), encoding="utf-8")
            build_data["shared_data"][str(file)] = place

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        self._made.cleanup()
