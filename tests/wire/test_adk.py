"""Talks to a real `google-adk` server (extra `adk-test`)."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.waiting import PATIENCE_S
from tests.wire.captures import Conversation, conversation
from vbtui.base.errors import SessionNotFound
from vbtui.wire.client import Client

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("google") is None or importlib.util.find_spec("google.adk") is None,
    reason="needs google-adk: pip install 'vbtui[adk-test]'",
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    script = Path(__file__).with_name("adk_server.py")
    process = subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    url = f"http://127.0.0.1:{int(process.stdout.readline())}"
    request = urllib.request.Request(
        f"{url}/apps/nemo_agent/users/me/sessions",
        data=json.dumps({"session_id": "s1"}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert json.load(answer)["id"] == "s1"
    yield url
    process.stdin.close()
    process.wait(PATIENCE_S)


@pytest.fixture
async def client(server: str) -> AsyncIterator[Client]:
    made = Client(server, token="t")
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("hello", Conversation("Hello, 漢💥!")),
        ("tools", Conversation("Title added.", ["add_title"], ["add_title"], 1)),
        ("silent", Conversation("", ["add_title"], ["add_title"], 1)),
        ("error", Conversation("Let me see", errors=[["EXHAUSTED", "Try later."]])),
        ("nothing", Conversation()),
    ],
)
async def test_a_turn(client: Client, words: str, wanted: Conversation) -> None:
    assert conversation([event async for event in client.run("s1", words)]) == wanted


async def test_an_agent_that_crashes(client: Client) -> None:
    told = conversation([event async for event in client.run("s1", "crash")])
    assert told.text == "About to"
    ((_, message),) = told.errors
    assert 'model "x" crashed second line' in message


async def test_a_session_that_is_none(client: Client) -> None:
    with pytest.raises(SessionNotFound):
        [event async for event in client.run("s2", "hello")]
