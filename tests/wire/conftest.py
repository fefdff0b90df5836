"""A fault server, and a client of it that waits for nothing long."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.server import Server
from vbtui.base.settings import Timing
from vbtui.wire.client import Client

FAST = Timing(connect=0.4, reply=0.4, stall=0.4, rate_limit_wait=0.02)
TOKEN = "nmv_usr_0123456789abcdef"


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server() as running:
        yield running


@pytest.fixture
def timing() -> Timing:
    """The client's; a file of tests may have its own."""
    return FAST


@pytest.fixture
async def client(server: Server, timing: Timing) -> AsyncIterator[Client]:
    made = Client(server.url, token=TOKEN, timing=timing)
    yield made
    await made.close()
