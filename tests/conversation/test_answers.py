"""What vbtui answers itself: the agent is not asked, and the answer stays in the conversation."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.agent import Agent, Talk, titled
from vbtui.base.problem import Problem
from vbtui.journal.records import Asset, AssetState, ExportOptions, Render, RenderState, TurnState
from vbtui.wire.client import Client


def asset(name: str, state: AssetState = AssetState.DONE) -> Asset:
    return Asset(1, "S1", None, name, "video", "picked", state)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("export", ExportOptions()),
        ("please export it in 720p", ExportOptions(quality="medium")),
        ("/export low", ExportOptions(quality="low")),
        ("export to /x/promo.mp4", ExportOptions(destination=Path("/x/promo.mp4"))),
        ("导出高清视频", ExportOptions(quality="high")),
    ],
)
async def test_an_export_is_started_with_what_was_said(
    agent: Agent, tmp_path: Path, text: str, expected: ExportOptions
) -> None:
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said(text)
    assert talk.exports == [expected]
    assert turn.state is TurnState.DONE
    assert ("导出" in turn.reply) == ("导出" in text)
    assert not agent.said


async def test_the_promise_is_replaced_by_own_history(agent: Agent, tmp_path: Path) -> None:
    async with Talk(agent, tmp_path) as talk:
        promised = await talk.said("export")
        talk.estimate_s = 12.4
        known = [await talk.said(text) for text in ("export", "导出")]
    assert "usually 30-90 seconds" in promised.reply
    assert ["about 12 s" in known[0].reply, "大约 12 s" in known[1].reply] == [True, True]


async def test_another_format_than_mp4_is_told(agent: Agent, tmp_path: Path) -> None:
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said("give me a ProRes master")
    assert turn.reply.startswith("Exports are MP4; PRORES is not available.")


async def test_credits_of_the_cloud_and_of_the_studio(agent: Agent, tmp_path: Path) -> None:
    async with Talk(agent, tmp_path, is_local=False) as talk:
        turn = await talk.said("how many credits are left?")
        chinese = await talk.said("还剩多少积分")
    async with Talk(agent, tmp_path) as local:
        free = await local.said("credits")
    assert turn.reply == "100 credits available."
    assert chinese.reply == "可用积分：100。"
    assert "needs no credits" in free.reply


async def test_the_status_names_timeline_media_and_exports(agent: Agent, tmp_path: Path) -> None:
    agent.draft = titled("Urban Dreams")
    async with Talk(agent, tmp_path) as talk:
        talk.assets = [asset("beach.mp4"), asset("bad.mp4", AssetState.FAILED)]
        talk.renders = [
            Render("r1", "S1", RenderState.PROCESSING, ExportOptions(), title="promo", progress=40)
        ]
        turn = await talk.said("show tracks")
        chinese = await talk.said("状态")
    assert turn.reply.split("\n\n") == [
        'Timeline (1 track): 1. Title: "Urban Dreams" (0-3s)',
        "Media: 1 (beach.mp4).",
        "Export “promo”: processing, 40%.",
    ]
    assert chinese.reply.split("\n\n") == [
        '时间线（1 条轨道）：1. 文字："Urban Dreams" (0-3s)',
        "素材：1 个（beach.mp4）。",
        "导出“promo”：渲染中，40%。",
    ]


async def test_uploads_take_the_paths_or_tell_how(agent: Agent, tmp_path: Path) -> None:
    async with Talk(agent, tmp_path) as talk:
        how = await talk.said("upload")
        talk.assets = [asset("beach.mp4", AssetState.QUEUED)]
        turn = await talk.said("Upload '/tmp/a b.mp4' and ~/c.mov, then make it vertical")
    assert "ctrl+o" in how.reply
    assert talk.uploads == ["'/tmp/a b.mp4' ~/c.mov"]
    assert turn.reply == (
        "Uploading beach.mp4. F3 shows the progress.\n\nAfterwards, say: “make it vertical”"
    )
    assert not agent.said


async def test_help_and_unknown_commands(agent: Agent, tmp_path: Path) -> None:
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said("/help")
        unknown = await talk.said("/frobnicate")
        new = await talk.said("/new Holiday")
    assert "/upload PATH" in turn.reply
    assert "no command /frobnicate" in unknown.reply
    assert "/new" in new.reply
    assert not agent.said


async def test_answers_survive_a_restart_and_offline_is_a_problem(
    agent: Agent, tmp_path: Path
) -> None:
    async with Talk(agent, tmp_path, is_local=False) as talk:
        first = await talk.said("credits")
    async with Talk(agent, tmp_path, is_local=False) as talk:
        assert list(talk.conversation.turns) == [first]
        dead = Client("http://127.0.0.1:1", token="x", timing=talk.context.settings.timing)
        talk.client, old = dead, talk.client
        await old.close()
        turn = await talk.said("credits")
    assert turn.state is TurnState.FAILED
    assert isinstance(turn.problem, Problem)


async def test_notes_are_kept(agent: Agent, tmp_path: Path) -> None:
    async with Talk(agent, tmp_path) as talk:
        note = await talk.conversation.note("Connected and ready.", offers=("claim",))
    async with Talk(agent, tmp_path) as again:
        assert list(again.conversation.turns) == [note]
        assert note.route == "note"
