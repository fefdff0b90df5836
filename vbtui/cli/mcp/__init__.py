"""`vbtui mcp`: a server of the Model Context Protocol on standard input and output, for agents.

It edits nothing itself: its tools are the doors that the commands have (`vbtui.cli.door`), onto the same journal.
"""

from __future__ import annotations

import argparse
from importlib.util import find_spec

from vbtui.base.errors import VbtuiError
from vbtui.base.settings import load
from vbtui.cli.shell import finish


def run(arguments: argparse.Namespace) -> int:
    """Serve until standard input ends. Raises `VbtuiError` where the extra `mcp` is not installed."""
    if find_spec("mcp") is None:
        raise VbtuiError(code="mcp_missing")
    from vbtui.cli.mcp.server import served

    return finish(served(load(), arguments), as_json=False)
