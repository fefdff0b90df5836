"""A server for uploads, and a library that sends."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.cloud import Cloud
from tests.library_bench import Bench, bench, cloud


@pytest.fixture
async def server() -> AsyncIterator[Cloud]:
    async with cloud() as running:
        yield running


@pytest.fixture
async def desk(server: Cloud) -> AsyncIterator[Bench]:
    async with bench(server) as running:
        yield running
