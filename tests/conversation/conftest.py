"""A scripted agent on a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.agent import scripted_cloud
from tests.cloud import Cloud


@pytest.fixture
async def agent() -> AsyncIterator[Cloud]:
    made = scripted_cloud()
    async with made:
        yield made
