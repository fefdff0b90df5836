"""Sign-in against a real server: which token, which client id, what is kept, what is never kept."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cloud import CREDITS, SIGN_IN, Cloud, Fault, refuses
from tests.sessions_bench import Bench, settings
from vbtui.base.clock import SystemClock
from vbtui.base.errors import RateLimited, SignInRefused
from vbtui.base.settings import Settings
from vbtui.session.events import Account, Link, Noticed
from vbtui.session.remote import CredentialsFile, Kept, RemoteBackend

WEEK = 7 * 24 * 3600


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    async with Cloud() as cloud:
        yield cloud


async def signed_in(its: Settings) -> Account:
    backend = RemoteBackend(its, SystemClock(), its.api_url)
    client, account = await backend.connect()
    await client.credits()
    await backend.close()
    return account


def kept_file(its: Settings) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(its.directories.credentials.read_text())
    return data


def used_tokens(cloud: Cloud) -> list[str]:
    return [one.headers["authorization"] for one in cloud.of("GET", CREDITS)]


def used_client_ids(cloud: Cloud) -> list[str]:
    return [one.headers.get("x-client-id", "") for one in cloud.of("POST", SIGN_IN)]


async def test_a_free_token_is_got_once_and_kept_privately(cloud: Cloud) -> None:
    its = settings(cloud.url)
    account = await signed_in(its)
    await signed_in(its)
    assert cloud.count("POST", SIGN_IN) == 1
    assert used_tokens(cloud) == ["Bearer nmv_usr_free1"] * 2
    path = its.directories.credentials
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert kept_file(its)["backends"][cloud.url]["token"] == "nmv_usr_free1"
    assert account.kind == "anonymous"
    assert account.expires_at == pytest.approx(time.time() + WEEK, abs=60)
    assert [item.name for item in path.parent.iterdir() if "credentials.json." in item.name] == []


async def test_the_users_token_is_used_and_never_kept(cloud: Cloud) -> None:
    cloud.good_tokens.add("own-token-123")
    its = settings(cloud.url, token="own-token-123")
    account = await signed_in(its)
    assert account.kind == "token"
    assert cloud.count("POST", SIGN_IN) == 0
    assert not its.directories.credentials.exists()


async def test_a_refused_own_token_is_never_replaced(cloud: Cloud, tmp_path: Path) -> None:
    async with Bench(settings(cloud.url, token="bad-token"), tmp_path) as it:
        assert isinstance(it.error, SignInRefused)
        assert it.context.overview.link is Link.REFUSED
        problem = it.context.overview.problem
        assert problem is not None
        assert "NEMO_TOKEN" in problem.message
        assert "bad-token" not in repr(it.context.overview)
    assert cloud.count("POST", SIGN_IN) == 0


async def test_an_expired_token_is_renewed_with_the_same_client_id(cloud: Cloud) -> None:
    its = settings(cloud.url)
    await signed_in(its)
    file = CredentialsFile(its.directories.credentials)
    kept = file.kept(cloud.url)
    assert kept is not None
    file.keep(cloud.url, replace(kept, expires_at=time.time() + 5))
    await signed_in(its)
    assert len(set(used_client_ids(cloud))) == 1
    assert used_tokens(cloud) == ["Bearer nmv_usr_free1", "Bearer nmv_usr_free2"]


async def test_a_refused_free_token_is_renewed_once(cloud: Cloud, tmp_path: Path) -> None:
    its = settings(cloud.url)
    await signed_in(its)
    cloud.good_tokens.clear()
    cloud.good_tokens.add("so that the next one has another name")
    async with Bench(its, tmp_path) as it:
        assert it.error is None
        assert it.context.overview.link is Link.READY
    assert len(used_client_ids(cloud)) == 2
    assert len(set(used_client_ids(cloud))) == 1
    assert kept_file(its)["backends"][cloud.url]["token"] == "nmv_usr_free2"


async def test_the_weekly_limit_is_explained_with_its_end(cloud: Cloud, tmp_path: Path) -> None:
    its = settings(cloud.url)
    file = CredentialsFile(its.directories.credentials)
    now = time.time()
    file.keep(cloud.url, Kept("gone-token", "client-1", now - 3 * 86400, now - 10))
    cloud.goes_wrong(Fault("POST", SIGN_IN, refuses(429, message="slow down"), times=9))
    async with Bench(its, tmp_path) as it:
        assert it.context.overview.link is Link.REFUSED
        problem = it.context.overview.problem
        assert problem is not None
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(now + 4 * 86400))
        assert when in problem.message
        assert "--local" in problem.hint
    assert used_client_ids(cloud) == ["client-1"] * 2


async def test_the_end_of_the_free_token_is_foreseen(cloud: Cloud, tmp_path: Path) -> None:
    its = settings(cloud.url)
    cloud.good_tokens.add("old-token")
    now = time.time()
    CredentialsFile(its.directories.credentials).keep(
        cloud.url, Kept("old-token", "client-1", now - WEEK + 5 * 3600, now + 5 * 3600)
    )
    async with Bench(its, tmp_path) as it:
        told = [event.problem for event in it.events if isinstance(event, Noticed)]
        assert len(told) == 1
        assert told[0].message.startswith("The free token ends in 5 h; a new one can be had from")
        account = it.context.overview.account
        assert account is not None
        assert account.expires_at == pytest.approx(now + 5 * 3600)


async def test_a_token_that_ends_while_vbtui_runs_is_renewed(cloud: Cloud, tmp_path: Path) -> None:
    cloud.token_life_s = 1.5
    async with Bench(settings(cloud.url), tmp_path) as it:
        cloud.token_life_s = WEEK
        await it.poll(lambda: cloud.count("POST", SIGN_IN) == 2)
        await it.poll(lambda: used_tokens(cloud)[-1] == "Bearer nmv_usr_free2")
        assert it.context.overview.link is Link.READY
    assert len(set(used_client_ids(cloud))) == 1


async def test_a_missing_client_id_is_made_and_the_call_repeated(cloud: Cloud) -> None:
    cloud.goes_wrong(Fault("POST", SIGN_IN, refuses(400, message="X-Client-Id missing")))
    its = settings(cloud.url, client_id="not-liked")
    await signed_in(its)
    first, second = used_client_ids(cloud)
    assert first == "not-liked"
    assert second == kept_file(its)["client_id"]
    assert second != first


@pytest.mark.parametrize("source", ["variable", "vendor", "own"])
async def test_where_the_client_id_comes_from(cloud: Cloud, own_home: Path, source: str) -> None:
    its = settings(cloud.url, client_id="from-env" if source == "variable" else "")
    CredentialsFile(its.directories.credentials).keep_client_id("from-own-state")
    if source != "own":
        vendor = own_home / ".config" / "nemovideo" / "client_id"
        vendor.parent.mkdir(parents=True)
        vendor.write_text("from-vendor\n")
    await signed_in(its)
    expected = {"variable": "from-env", "vendor": "from-vendor", "own": "from-own-state"}
    assert used_client_ids(cloud) == [expected[source]]


async def test_two_starts_at_once_ask_for_one_token(cloud: Cloud) -> None:
    its = settings(cloud.url)
    await asyncio.gather(*(signed_in(its) for _ in range(5)))
    assert cloud.count("POST", SIGN_IN) == 1


async def test_each_base_url_has_its_own_token(cloud: Cloud) -> None:
    async with Cloud() as other:
        await signed_in(settings(cloud.url))
        await signed_in(settings(other.url))
        assert other.count("POST", SIGN_IN) == 1
        assert used_client_ids(other) == used_client_ids(cloud)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"backends": {"x": 3}}', "\x00\xff"])
async def test_a_damaged_file_is_a_fresh_start(cloud: Cloud, content: str) -> None:
    its = settings(cloud.url)
    its.directories.credentials.parent.mkdir(parents=True)
    its.directories.credentials.write_bytes(content.encode("latin-1"))
    await signed_in(its)
    assert kept_file(its)["backends"][cloud.url]["token"] == "nmv_usr_free1"


def test_no_repr_shows_a_token() -> None:
    assert "secret" not in repr(Kept("secret", "client", 0, 0))
    assert isinstance(RateLimited("x"), Exception)
