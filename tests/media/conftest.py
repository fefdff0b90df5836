"""A server for uploads, and a library that sends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.library_bench import Bench, bench
from tests.upload_server import UploadServer


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
