"""The versions of a timeline: each once, each exactly as it came."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.agent import Talk, titled
from tests.cloud import Cloud
from tests.server import raw, reply
from vbtui.base.errors import VbtuiError
from vbtui.session.drafts import seen_draft
from vbtui.session.events import DraftChanged


async def test_a_version_is_kept_when_it_differs(agent: Cloud, tmp_path: Path) -> None:
    async with Talk(agent, tmp_path, serves=False) as talk:
        await talk.drafts.reconcile()
        assert talk.drafts.current is None
        agent.draft = titled("Sea")
        await talk.drafts.reconcile()
        agent.draft = dict(reversed(list(titled("Sea").items())))
        await talk.drafts.reconcile()
        agent.draft = titled("Lake")
        await talk.drafts.look("S1", 7)
        agent.draft = None
        await talk.drafts.reconcile()
        versions = await talk.drafts.versions()
    assert [one.version for one in versions] == [1, 2, 3]
    assert [one.turn_id for one in versions] == [None, 7, None]
    assert versions[2].draft is None
    assert versions[2].timeline is None
    reports = [event for event in talk.events if isinstance(event, DraftChanged)]
    assert [event.version.version for event in reports] == [1, 2, 3]
    assert [change.sentence for change in reports[0].changes] == ['Title added: "Sea" 0-3s']
    assert [change.kind for change in reports[1].changes] == ["text"]


async def test_the_json_stays_as_it_came(agent: Cloud, tmp_path: Path) -> None:
    draft: dict[str, Any] = {
        "z": 1.0,
        "t": [
            {
                "sg": [{"d": "3000", "m": {"text": "日本\ud800\x00 <b>"}, "odd": [None, True]}],
                "tt": 7,
            }
        ],
        "a": {"deep": [[[[{"k": 10**30}]]]]},
    }
    agent.draft = draft
    async with Talk(agent, tmp_path, serves=False) as talk:
        await talk.drafts.reconcile()
    async with Talk(agent, tmp_path, serves=False) as again:
        current = again.drafts.current
        assert current is not None
        assert current.draft == draft
        assert json.dumps(current.draft) == json.dumps(draft)


async def test_not_a_number_is_one_version(agent: Cloud, tmp_path: Path) -> None:
    body = b'{"code":0,"data":{"state":{"draft":{"t":[{"sg":[{"d":NaN}]}],"d":Infinity}}}}'
    agent.on("GET", "/api/state/*", reply(body=body))
    async with Talk(agent, tmp_path, serves=False) as talk:
        await talk.drafts.reconcile()
        await talk.drafts.reconcile()
        versions = await talk.drafts.versions()
    assert len(versions) == 1
    assert math.isnan(versions[0].draft["t"][0]["sg"][0]["d"])


async def test_a_failed_look_keeps_what_is_known(agent: Cloud, tmp_path: Path) -> None:
    agent.draft = titled("Sea")
    async with Talk(agent, tmp_path, serves=False) as talk:
        await talk.drafts.reconcile()
        agent.on("GET", "/api/state/*", raw(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n<htm"))
        with pytest.raises(VbtuiError):
            await talk.drafts.reconcile()
        with pytest.raises(VbtuiError):
            await talk.drafts.reconcile()
        assert await talk.drafts.newest() == talk.drafts.current
        assert talk.drafts.version == 1


async def test_differences_between_versions(agent: Cloud, tmp_path: Path) -> None:
    async with Talk(agent, tmp_path, serves=False) as talk:
        nothing = await talk.drafts.since("S1", 0)
        assert (nothing.version, nothing.changed) == (0, False)
        agent.draft = titled("Sea")
        await talk.drafts.reconcile()
        agent.draft = {**titled("Sea"), "unknown": 2}
        await talk.drafts.reconcile()
        hidden = await talk.drafts.since("S1", 1)
        assert (hidden.version, hidden.changed) == (2, True)
        assert [one.sentence for one in hidden.changes] == ["Details of the draft changed: unknown"]
        assert (await talk.drafts.since("S1", 2)).changed is False
        assert len((await talk.drafts.since("S1", 0)).changes) == 1
        found = await talk.drafts.find(1)
        assert found is not None
        assert found.draft == titled("Sea")


def test_the_digest_ignores_the_order_of_keys_alone() -> None:
    def digest(draft: object) -> str:
        return seen_draft("a", draft, None, 0).digest

    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1})
    assert digest({"a": [1, 2]}) != digest({"a": [2, 1]})
