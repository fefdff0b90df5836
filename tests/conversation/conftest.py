"""A scripted agent on a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.agent import Agent


@pytest.fixture
async def agent() -> AsyncIterator[Agent]:
    made = Agent()
    async with made.server:
        yield made
