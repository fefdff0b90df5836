"""Tokens: renewed once, waited for, never shown."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Iterator

import pytest

from tests.server import (
    Exchange,
    Server,
    attributed,
    ok,
    reply,
    reset,
)
from tests.wire.conftest import TOKEN, patient
from vbtui.base.errors import PlanBlocked, RateLimited, SignInRefused, VbtuiError
from vbtui.wire.client import Client

CREDITS = "/api/credits/balance/simple"
RENDER = "/api/render/proxy/lambda"


async def test_a_refused_token_is_renewed_once(server: Server, client: Client) -> None:
    asked = []

    async def renew() -> str:
        asked.append(1)
        return "tok_new"

    client.on_token_refused = renew
    server.on("GET", CREDITS, reply({"code": 1001}), ok({"available": 1}))
    assert (await client.credits()).available == 1
    server.on("POST", "/*", reply({"detail": "expired"}, status=401))
    with pytest.raises(SignInRefused):
        await client.create_session("project", "en")
    signed = [request.headers["authorization"] for request in server.requests]
    assert signed == [f"Bearer {TOKEN}"] + ["Bearer tok_new"] * 2
    assert len(asked) == 2


async def test_a_token_of_the_users_is_not_replaced(server: Server, client: Client) -> None:
    async def none() -> None:
        return None

    server.on("GET", CREDITS, reply({"code": 1001}))
    for ask in (None, none):
        client.on_token_refused = ask
        with pytest.raises(SignInRefused):
            await client.credits()
    assert server.count("GET", CREDITS) == 2


async def test_many_refusals_ask_for_one_token(server: Server, client: Client) -> None:
    asked = []

    async def renew() -> str:
        asked.append(1)
        await asyncio.sleep(0.01)
        return "tok_new"

    async def play(exchange: Exchange) -> None:
        fresh = exchange.request.headers["authorization"] == "Bearer tok_new"
        await (ok({"available": 1}) if fresh else reply(status=401, body=b""))(exchange)

    client.on_token_refused = renew
    server.on("GET", CREDITS, play)
    await asyncio.gather(*(client.credits() for _ in range(5)))
    assert len(asked) == 1


@pytest.mark.parametrize("token", ["", "a b", "a\r\nX-Evil: 1", "é", "x" * 5000])
async def test_a_token_that_cannot_be_one_is_not_sent(server: Server, token: str) -> None:
    client = patient(server.url, token)
    with pytest.raises(SignInRefused) as caught:
        await client.credits()
    assert not token or token not in str(caught.value)
    assert server.requests == []
    await client.close()


def with_locals(error: BaseException) -> Iterator[str]:
    """The traceback with all variables, without the frame of the test: that holds the server."""
    frames = error.__traceback__.tb_next if error.__traceback__ else None
    return traceback.TracebackException(type(error), error, frames, capture_locals=True).format()


async def test_the_token_shows_nowhere(
    server: Server, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.on("GET", "/*", reply({"code": 7, "message": f"bad {TOKEN}"}))
    server.on("POST", "/*", reset())
    seen = [repr(client), repr(client.__dict__)]
    for call in (
        client.credits(),
        client.create_session("p", "en"),
        client.frames("s", 0, width=1, height=1),
    ):
        try:
            await call
        except VbtuiError as error:
            seen += [str(error), error.sentence, repr(error)]
            seen += with_locals(error)
    assert len(seen) > 20
    assert TOKEN not in "".join(seen)
    assert TOKEN not in caplog.text
    assert "http://" not in caplog.text


async def test_a_rate_limit_is_waited_for_once(server: Server, client: Client) -> None:
    path = "/api/auth/anonymous-token"
    limit = reply({"detail": "slow down"}, status=429, headers={"Retry-After": "0.01"})
    server.on("POST", path, limit, ok({"token": "t"}))
    waits: list[float] = []
    assert (await client.anonymous_token("id", waiting=waits.append)).token == "t"
    assert waits == [0.01]
    server.on("POST", path, reply({"code": 429}))
    with pytest.raises(RateLimited):
        await client.anonymous_token("id")
    assert server.count("POST", path) == 4
    server.on("POST", path, reply({}, status=429, headers={"Retry-After": "432000"}))
    with pytest.raises(RateLimited, match="one free token a week") as caught:
        await client.anonymous_token("id")
    assert server.count("POST", path) == 5
    assert caught.value.retry_after_s == 432000
    assert "5 d" in caught.value.hint


async def test_an_export_carries_what_exports_need(server: Server, client: Client) -> None:
    server.on("POST", RENDER, attributed(reply({"success": True, "status": "pending"})))
    assert (await client.start_render("r", "s", {})).status == "pending"


async def test_an_export_without_a_plan_is_no_matter_of_credits(
    server: Server, client: Client
) -> None:
    server.on("POST", RENDER, reply(status=402, body=b""))
    with pytest.raises(PlanBlocked, match="refuses exports"):
        await client.start_render("r", "s", {})
