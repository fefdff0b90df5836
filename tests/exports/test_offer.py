"""The conversation offers the way out of a refused export, and takes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import clips as media
from tests.cloud import DRAFT, RENDER, Cloud, Fault, refuses
from tests.fallback.test_render_here import row_of
from tests.test_engine import engine, idle
from tests.waiting import PATIENCE_S
from vbtui.base.errors import UsageError
from vbtui.base.settings import load
from vbtui.conversation.receipts import lines
from vbtui.engine import Engine
from vbtui.journal import assets
from vbtui.journal.journal import Journal
from vbtui.journal.records import FinishedVideo, RenderState, Turn
from vbtui.session.events import Link


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    async with Cloud() as cloud:
        cloud.draft, cloud.video = DRAFT, media.clip(seconds=1).read_bytes()
        yield cloud


async def has_original(it: Engine) -> None:
    """The clip of the draft lies on this machine."""
    session = it.sessions.current
    assert session is not None
    row = row_of(media.clip("red", seconds=1), session.id, remote_name="beach")
    journal = Journal(load().directories.journal)
    await journal.open()
    await journal.run(lambda c: assets.intern(c, [row]))
    await journal.close()


async def offering(it: Engine, offer: str) -> Turn:
    """The turn that offers it, once there is one."""
    changed = asyncio.Event()
    unsubscribe = it.bus.subscribe(lambda _: changed.set())
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                changed.clear()
                found = [turn for turn in it.conversation.turns if offer in turn.offers]
                if found:
                    return found[0]
                await changed.wait()
    finally:
        unsubscribe()


async def test_a_refusal_leads_to_a_video_made_here(cloud: Cloud, tmp_path: Path) -> None:
    cloud.goes_wrong(Fault("POST", RENDER, refuses(402, message="No plan for that")))
    async with engine(tmp_path, cloud.url) as it:
        await has_original(it)
        await it.conversation.say("export")
        await idle(it)
        note = await offering(it, "render_here")
        assert "refused: No plan for that. This machine can" in note.reply
        assert "costs nothing" in note.reply
        await it.commands.take(note.id, "render_here")
        await idle(it)
        with pytest.raises(UsageError, match="not offered any more"):
            await it.commands.take(note.id, "render_here")
        refused, made = it.exports.renders
        assert refused.state is RenderState.FAILED
        assert made.state is RenderState.DONE, made.problem
        assert made.path is not None
        assert any("on this machine" in turn.reply for turn in it.conversation.turns)


async def test_what_is_missing_is_named_in_the_conversation_first(
    cloud: Cloud, tmp_path: Path
) -> None:
    cloud.goes_wrong(Fault("POST", RENDER, refuses(200, code=2001, message="no credits")))
    async with engine(tmp_path, cloud.url) as it:
        await it.conversation.say("导出视频")
        await idle(it)
        await it.commands.take((await offering(it, "render_here")).id, "render_here")
        assert len(it.exports.renders) == 1
        listed = await offering(it, "render_here_anyway")
        assert "视频里不会有" in listed.reply
        assert "- beach (0-1s): " in listed.reply
        await it.commands.take(listed.id, "render_here_anyway")
        await idle(it)
        assert it.exports.renders[-1].state is RenderState.DONE


async def test_without_a_network_the_waiting_export_moves_here(
    cloud: Cloud, tmp_path: Path
) -> None:
    async with engine(tmp_path, cloud.url) as it:
        await has_original(it)
    await cloud.down()
    async with engine(tmp_path, cloud.url) as it:
        assert it.overview.link is Link.OFFLINE
        await it.conversation.say("export")
        note = await offering(it, "render_here")
        assert "waits" in note.reply
        await it.commands.take(note.id, "render_here")
        await idle(it)
        waited, made = it.exports.renders
        assert waited.state is RenderState.CANCELLED
        assert made.state is RenderState.DONE, made.problem


async def told(it: Engine) -> Turn:
    """The turn of the export that has ended, once it is there."""
    changed = asyncio.Event()
    unsubscribe = it.bus.subscribe(lambda _: changed.set())
    try:
        async with asyncio.timeout(PATIENCE_S):
            while it.conversation.turns[-1].route != "note":
                changed.clear()
                await changed.wait()
    finally:
        unsubscribe()
    return it.conversation.turns[-1]


async def test_a_finished_export_is_a_turn_that_stays(cloud: Cloud, tmp_path: Path) -> None:
    cloud.script = [{"status": "completed", "copied": 62.4}]
    async with engine(tmp_path, cloud.url) as it:
        await it.conversation.say("export")
        await idle(it)
        note = await told(it)
        (made,) = it.exports.renders
        assert note.receipt is not None
        assert note.receipt.video == FinishedVideo(
            str(made.path), 1000, 320, 180, len(cloud.video), 62.4
        )
        line, place = lines(note)
        assert made.path is not None
        assert line.text.startswith(f"{made.path.name}   0:01 · 320x180 · ")
        assert line.text.endswith("   62 % copied bit for bit")
        assert place.text == str(made.path)
    async with engine(tmp_path, cloud.url) as again:
        assert again.conversation.turns[-1] == note


async def test_a_failed_export_is_a_turn_that_offers_another_try(
    cloud: Cloud, tmp_path: Path
) -> None:
    cloud.script = [{"status": "failed", "error": "Out of colours."}]
    async with engine(tmp_path, cloud.url) as it:
        await it.conversation.say("导出视频")
        await idle(it)
        note = await told(it)
        assert "未能导出" in note.reply
        assert note.problem is not None
        assert "Out of colours" in note.problem.message
        cloud.script = [{"status": "completed"}]
        await it.commands.take(note.id, "retry")
        await idle(it)
        assert it.exports.renders[-1].state is RenderState.DONE
