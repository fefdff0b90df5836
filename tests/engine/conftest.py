"""Servers for uploads and turns, and a library that sends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine.agent import Agent
from tests.engine.library_bench import Bench, bench
from tests.engine.upload_server import UploadServer


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[UploadServer]:
    folder = tmp_path / "server"
    folder.mkdir()
    async with UploadServer(folder) as running:
        yield running


@pytest.fixture
async def desk(server: UploadServer) -> AsyncIterator[Bench]:
    async with bench(server) as running:
        yield running


@pytest.fixture
async def agent() -> AsyncIterator[Agent]:
    made = Agent()
    async with made.server:
        yield made
