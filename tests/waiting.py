"""How long a test waits for an event: it always comes, so only a test that hangs takes so long."""

from __future__ import annotations

PATIENCE_S = 120.0
"""A busy machine may take its time; nothing is measured by it."""
