"""A fault server, and a client of it whose pauses cost no time.

It waits as long as a busy machine may need. A test marked `hangs` is about silence: there it gives up soon.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from tests.clock import FakeClock
from tests.server import Server
from tests.waiting import PATIENCE_S
from vbtui.base.settings import Timing
from vbtui.wire.client import Client

PATIENT = Timing(connect=PATIENCE_S, reply=PATIENCE_S, stall=PATIENCE_S)
SOON = Timing(connect=0.4, reply=0.4, stall=0.4, sse_total=2.0, heartbeat_only=0.3)
TOKEN = "nmv_usr_0123456789abcdef"


def patient(url: str, token: str = "t", timing: Timing = PATIENT) -> Client:
    return Client(url, token=token, timing=timing, clock=FakeClock(time.time()))


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server() as running:
        yield running


@pytest.fixture
def timing(request: pytest.FixtureRequest) -> Timing:
    """The client's."""
    return SOON if request.node.get_closest_marker("hangs") else PATIENT


@pytest.fixture
async def client(server: Server, timing: Timing) -> AsyncIterator[Client]:
    made = patient(server.url, TOKEN, timing)
    yield made
    await made.close()
