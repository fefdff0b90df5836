"""What vbtui answers itself: the agent is not asked, and the answer stays in the conversation."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.agent import Talk, scripted_cloud, titled
from tests.cloud import DRAFT, Cloud
from tests.server import Exchange, ok
from vbtui.journal import assets, sessions
from vbtui.journal.records import Asset, AssetState, ExportOptions, TurnState
from vbtui.session.events import Link
from vbtui.wire.client import Client


@pytest.fixture
async def agent() -> AsyncIterator[Cloud]:
    made = scripted_cloud()
    async with made:
        yield made


def asset(name: str, state: AssetState = AssetState.DONE) -> assets.AssetRow:
    return assets.AssetRow(Asset(0, "S1", None, name, "video", "picked", state))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("export", ("high", "promo 20")),
        ("please export it in 720p", ("medium", "promo 20")),
        ("/export low", ("low", "promo 20")),
        ("export to {folder}/promo.mp4", ("high", "promo.mp4")),
        ("导出高清视频", ("high", "promo 20")),
    ],
)
async def test_an_export_is_started_with_what_was_said(
    agent: Cloud, tmp_path: Path, text: str, expected: tuple[str, str]
) -> None:
    agent.draft = titled("Urban Dreams")
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said(text.format(folder=tmp_path))
    (render,) = talk.exports.renders
    assert render.options.quality == expected[0]
    assert render.options.destination is not None
    assert render.options.destination.parent == tmp_path
    assert expected[1] in render.options.destination.name
    assert turn.state is TurnState.DONE
    assert ("导出" in turn.reply) == ("导出" in text)
    assert not agent.said


async def test_an_export_for_a_platform_says_whether_the_timeline_is_fit_for_it(
    agent: Cloud, tmp_path: Path
) -> None:
    """All that were asked for are begun, or none."""
    agent.draft = titled("Urban Dreams")
    async with Talk(agent, tmp_path) as talk:
        refused = await talk.said("export for youtube and reels")
        assert not talk.exports.renders
        fit = await talk.said("export for youtube in low quality")
        chinese = await talk.said("导出油管版")
        asked = await talk.said("is it ok for youtube and tiktok?")
        renders = talk.exports.renders
    assert refused.state is TurnState.FAILED
    assert refused.problem is not None
    assert "the timeline's own size" in refused.problem.message
    assert "Fit for YouTube: 3 s of 12:00:00, 16:9." in fit.reply
    assert "适合 YouTube：时长 3 秒" in chinese.reply
    assert "Fit for YouTube" in asked.reply
    assert "Not fit for TikTok. The timeline is 16:9, not 9:16" in asked.reply
    made = [(one.options.preset, one.options.quality) for one in renders]
    assert made == [("youtube", "low"), ("youtube", "high")]


async def test_the_promise_is_replaced_by_own_history(agent: Cloud, tmp_path: Path) -> None:
    agent.draft = titled("Urban Dreams")
    async with Talk(agent, tmp_path) as talk:
        promised = await talk.said("export")
        await talk.exports.remove(talk.exports.renders[0].id)
        past = {"high": [[3.0, 12.4]]}
        await talk.context.journal.run(lambda c: sessions.put(c, "render_times:b", past))
        await talk.exports.load()
        known = [await talk.said("export")]
        await talk.exports.remove(talk.exports.renders[0].id)
        known.append(await talk.said("导出"))
    assert "usually 30-90 seconds" in promised.reply
    assert ["about 9-19 s" in known[0].reply, "大约 9-19 秒" in known[1].reply] == [True, True]


async def test_what_nothing_is_exported_as_is_told_and_nothing_is(
    agent: Cloud, tmp_path: Path
) -> None:
    agent.draft = titled("Urban Dreams")
    async with Talk(agent, tmp_path) as talk:
        replies = [
            (await talk.said(text)).reply
            for text in ("export as avi", "导出为mkv", "export as png")
        ]
        assert not talk.exports.renders
    starts = ("AVI is not available", "不支持 MKV", "Of which moment?")
    assert [told.startswith(start) for told, start in zip(replies, starts, strict=True)] == [
        True
    ] * 3, replies


async def test_another_format_of_a_cloud_project_is_made_on_this_machine(
    agent: Cloud, tmp_path: Path
) -> None:
    agent.draft = titled("Urban Dreams")
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said("give me a ProRes master")
        (render,) = talk.exports.renders
    assert turn.reply.startswith("The cloud makes MP4 alone: this machine makes it")
    assert "MOV, ProRes" in turn.reply
    assert (render.options.format, bool(render.options.here)) == ("prores", True)
    agent.draft = DRAFT
    async with Talk(agent, tmp_path / "other") as talk:
        turn = await talk.said("导出为gif")
        assert not talk.exports.renders
    assert turn.reply.startswith("云端只能制作 MP4，而这台电脑缺少")


async def test_credits_of_the_cloud_and_of_the_studio(agent: Cloud, tmp_path: Path) -> None:
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said("how many credits are left?")
        chinese = await talk.said("还剩多少积分")
    async with Talk(agent, tmp_path, is_local=True) as local:
        free = await local.said("credits")
    assert turn.reply == "100 credits available."
    assert chinese.reply == "可用积分：100。"
    assert "needs no credits" in free.reply


async def test_the_status_names_timeline_media_and_exports(agent: Cloud, tmp_path: Path) -> None:
    agent.draft = titled("Urban Dreams")
    async with Talk(agent, tmp_path) as talk:
        await talk.context.journal.run(
            lambda c: assets.intern(c, [asset("beach.mp4"), asset("bad.mp4", AssetState.FAILED)])
        )
        await talk.library.load()
        await talk.exports.start(ExportOptions())
        turn = await talk.said("show tracks")
        chinese = await talk.said("状态")
    assert turn.reply.split("\n\n") == [
        'Timeline (1 track): 1. Title: "Urban Dreams" (0-3s)',
        "Media: 1 (beach.mp4).",
        "Export “promo”: waiting, 0%.",
    ]
    assert chinese.reply.split("\n\n") == [
        '时间线（1 条轨道）：1. 文字："Urban Dreams" (0-3s)',
        "素材：1 个（beach.mp4）。",
        "导出“promo”：等待中，0%。",
    ]


async def test_uploads_take_the_paths_or_tell_how(agent: Cloud, tmp_path: Path) -> None:
    first, second = tmp_path / "a b.mp4", tmp_path / "c.mov"
    for path in (first, second):
        path.write_bytes(path.name.encode())
    async with Talk(agent, tmp_path) as talk:
        how = await talk.said("upload")
        turn = await talk.said(f"Upload '{first}' and {second}, then make it vertical")
        assert [one.path for one in talk.library.assets] == [first, second]
        link = await talk.said("upload https://x.example/sea.mp4, please")
        assert talk.library.assets[-1].url == "https://x.example/sea.mp4"
    assert "ctrl+o" in how.reply
    assert turn.reply == (
        "Uploading a b.mp4, c.mov. F3 shows the progress.\n\nAfterwards, say: “make it vertical”"
    )
    assert "Uploading sea.mp4" in link.reply
    assert not agent.said


async def test_help_and_unknown_commands(agent: Cloud, tmp_path: Path) -> None:
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said("/help")
        unknown = await talk.said("/frobnicate")
        new = await talk.said("/new Holiday")
    assert "/upload PATH" in turn.reply
    assert "no command /frobnicate" in unknown.reply
    assert "/new" in new.reply
    assert not agent.said


PLANNED = {
    "say": "mute clip 2",
    "mood": "request",
    "operations": [{"op": "mute", "clips": [2], "at_ms": 1500}],
    "question": None,
    "refused": None,
    "reply": "Clip 2 is *beach*.\nIt has sound.",
    "changed": True,
    "changes": [
        {"kind": "volume", "subject": "Video a_b_.mp4", "before": "100%", "after": "0%"},
    ],
}


@pytest.mark.parametrize("mark", ["? ", "?", "？"])
async def test_a_question_mark_shows_what_a_sentence_would_do(
    agent: Cloud, tmp_path: Path, mark: str
) -> None:
    agent.on("GET", "/studio/capabilities", ok({"plan": True}))
    agent.on("POST", "/studio/plan", ok({"after": [], "plans": [PLANNED]}))
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said(f"{mark}mute clip 2")
        chinese = await talk.said(f"{mark}静音片段 2")
    assert (turn.state, turn.route, turn.receipt) == (TurnState.DONE, "plan", None)
    assert turn.reply == (
        "Plan: mute (clips 2, at 1.5 s)\n\nNothing has been done. This would change:\n\n"
        "- Video a_b\\_.mp4 volume: 100% → 0%\n\n"
        "The answer would be:\n\n> Clip 2 is *beach*.\n> It has sound."
    )
    assert chinese.reply.startswith("方案：静音（片段 2，位置 1.5 秒）\n\n尚未执行任何操作")
    bodies = [json.loads(one.body) for one in agent.requests if one.path == "/studio/plan"]
    assert [one["say"] for one in bodies] == [[["mute clip 2"]], [["静音片段 2"]]]
    assert not agent.said


async def test_what_would_change_nothing_is_told_so(agent: Cloud, tmp_path: Path) -> None:
    agent.on("GET", "/studio/capabilities", ok({"plan": True}))
    plan = {**PLANNED, "changed": False, "changes": [], "operations": [], "reply": "Which clip?"}
    agent.on("POST", "/studio/plan", ok({"after": [], "plans": [plan]}))
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said("? export the clip")
        empty = await talk.said("?")
    assert turn.reply == (
        "Nothing has been done, and nothing would change.\n\nThe answer would be:\n\n> Which clip?"
    )
    assert "`? mute clip 2`" in empty.reply
    assert not talk.exports.renders


async def test_an_older_version_comes_back_exactly_in_the_local_studio(
    agent: Cloud, tmp_path: Path
) -> None:
    async def restore(exchange: Exchange) -> None:
        agent.draft = exchange.request.json()["draft"]
        await ok({"version": 1})(exchange)

    agent.on("POST", "/studio/restore/S1", restore)
    async with Talk(agent, tmp_path, is_local=True) as talk:
        for words in ("One", "Two", "Three"):
            agent.draft = titled(words)
            await talk.drafts.reconcile()
        turn = await talk.said("please go back to version 1")
        assert agent.draft == titled("One")
        assert talk.drafts.version == 4
        assert turn.reply.startswith("Version 1 is back.")
        assert turn.receipt is not None
        assert [change.after for change in turn.receipt.changes] == ['"One"']
        now = await talk.said("回到版本4")
        unknown = await talk.said("go back to version 9")
    assert now.reply == "现在的时间线就是版本 4。"
    assert unknown.reply.startswith("There is no version 9 of this timeline; the newest is 4.")
    assert not agent.said


async def test_the_cloud_is_asked_for_an_older_version_in_a_sentence(
    agent: Cloud, tmp_path: Path
) -> None:
    async with Talk(agent, tmp_path) as talk:
        for words in ("One", "Two"):
            agent.draft = titled(words)
            await talk.drafts.reconcile()
        turn = await talk.said("go back to version 1")
    assert 'change the text "Two" at 0:00.000 to "One"' in turn.reply
    assert not agent.said, "only the user sends what costs credits"


@pytest.mark.parametrize("capabilities", [None, {"frames": True}])
async def test_an_agent_that_cannot_be_asked_is_not_asked(
    agent: Cloud, tmp_path: Path, capabilities: dict[str, bool] | None
) -> None:
    if capabilities is not None:
        agent.on("GET", "/studio/capabilities", ok(capabilities))
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said("? mute clip 2")
    assert turn.state is TurnState.DONE
    assert "cannot be asked what it would do" in turn.reply
    assert not agent.said


OPERATIONS = [
    {
        "op": "mute",
        "help": {"en": "makes clips silent", "zh": "静音"},
        "examples": ["mute clip 2", "mute the first 30 seconds", "片段2静音"],
        "built": True,
    },
    {"op": "look", "help": {"en": "filters", "zh": "滤镜"}, "examples": [], "built": False},
]


async def test_help_in_a_local_project_lists_what_can_be_said(agent: Cloud, tmp_path: Path) -> None:
    agent.on("GET", "/studio/capabilities", ok({"operations": OPERATIONS}))
    async with Talk(agent, tmp_path, is_local=True) as talk:
        english = await talk.said("/help")
        await talk.said("还剩多少积分？")
        chinese = await talk.said("/help")
    assert "| makes clips silent | mute clip 2 · mute the first 30 seconds |" in english.reply
    assert "not built yet: filters." in english.reply
    assert "| 静音 | 片段2静音 |" in chinese.reply
    assert "还没有实现：滤镜。" in chinese.reply
    async with Talk(agent, tmp_path / "cloud") as talk:
        cloud = await talk.said("/help")
    assert "/upload PATH" in cloud.reply
    assert "mute" not in cloud.reply


async def test_answers_survive_a_restart_and_offline_is_said(agent: Cloud, tmp_path: Path) -> None:
    async with Talk(agent, tmp_path) as talk:
        first = await talk.said("credits")
    async with Talk(agent, tmp_path) as talk:
        assert list(talk.conversation.turns) == [first]
        dead = Client("http://127.0.0.1:1", token="x", timing=talk.context.settings.timing)
        talk.context.use_client(dead)
        turn = await talk.said("credits")
        assert talk.context.overview.link is Link.OFFLINE
        await dead.close()
    assert turn.reply == "The balance is not known right now."


async def test_notes_are_kept(agent: Cloud, tmp_path: Path) -> None:
    async with Talk(agent, tmp_path) as talk:
        note = await talk.conversation.note("Connected and ready.", offers=("claim",))
    async with Talk(agent, tmp_path) as again:
        assert list(again.conversation.turns) == [note]
        assert note.route == "note"
