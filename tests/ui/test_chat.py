"""The chat screen: the conversation, its offers, the cards."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from textual.widgets import Markdown

from tests.agent import called
from tests.cloud import TURN
from tests.ui.conftest import OpenApp, prompt_of, screen_text, settled, shown, until
from tests.ui.sample import DRAFT, turn
from tests.ui.world import World
from vbtui.base import programs
from vbtui.base.problem import Problem
from vbtui.journal.records import FinishedVideo, Receipt, Turn, TurnState
from vbtui.timeline.changes import Change
from vbtui.ui.chat.transcript import STEP, Transcript, TurnView, Window


async def test_streamed_answer_is_text_until_a_block_ends(open_app: OpenApp, world: World) -> None:
    async with open_app() as (app, pilot):
        running = turn(state=TurnState.RUNNING, reply="I **ma")
        await world.show(running)
        await settled(app, pilot)
        assert "I **ma" in screen_text(app)
        assert not app.screen.query(Markdown)
        running = replace(running, reply="I **made** it.\n\nAnd **th")
        await world.show(running)
        await settled(app, pilot)
        assert "I made it." in screen_text(app)
        assert "And **th" in screen_text(app)
        await world.show(
            replace(running, state=TurnState.DONE, reply="I **made** it.\n\nAnd **this**.")
        )
        await settled(app, pilot)
        assert "And this." in screen_text(app)


async def test_activity_shows_the_time_while_it_runs(open_app: OpenApp, world: World) -> None:
    world.cloud.on("POST", TURN, world.cloud.holding(called("add_title", "c1")))
    async with open_app() as (app, pilot):
        await pilot.press(*"title", "enter")
        await shown(app, pilot, "Adding a title")
        world.clock.time += 65
        await shown(app, pilot, "Adding a title · 1:05")
        world.cloud.release.set()
        await world.engine.wait_idle()
        await settled(app, pilot)
        assert "Adding a title" not in screen_text(app)


async def test_receipt_says_what_was_done_what_was_not_and_what_it_took(
    open_app: OpenApp, world: World
) -> None:
    receipt = Receipt(
        (Change("added", "Title", "", '"Sea" 0-3s', 7, '"Sea"', now=(0, 3000)),),
        seconds=12,
        credits_before=100,
        credits_after=95,
        undone=("There is no clip 9, and these words are so many that they need a second line.",),
        version=1,
        length_ms=60_000,
        clips=5,
        tracks=3,
    )
    world.build(DRAFT)
    world.add(turn(receipt=receipt))
    async with open_app() as (app, _):
        lines = [line.strip(" │▌").rstrip() for line in screen_text(app).splitlines()]
        at = lines.index('✓ text "Sea" added · 0-3s')
        assert lines[at + 1].startswith("! There is no clip 9")
        assert lines[at + 2] == "line."
        assert [line[:2] for line in lines[at + 4 : at + 7]] == ["▶ ", "♪ ", "T "]
        assert "╱" in lines[at + 4]
        state = "1:00 · 5 clips · 3 tracks · took 12 s · 5 credits (100 → 95)"
        assert state in lines
        assert lines[lines.index(state) + 1].startswith("F4 timeline   ^s export   ^u undo")


async def test_receipt_speaks_the_language_of_the_message(open_app: OpenApp, world: World) -> None:
    change = Change("added", "Title", "", '"夏天" 0-3s', 7, '"夏天"', now=(0, 3000))
    receipt = Receipt((change,), 12, 100, 95, claim_unproven=True)
    world.add(turn(text="加一个标题", receipt=receipt))
    async with open_app() as (app, _):
        text = screen_text(app)
        for part in ('✓ 添加了文字 "夏天" · 0-3s', "时间线没有变化", "用时 12 秒"):
            assert part in text
        assert "5 积分（100 → 95）" in text


async def test_what_an_earlier_answer_lists_is_not_said_twice(
    open_app: OpenApp, world: World
) -> None:
    changes = (Change("text", 'Title "a_b*"', '"x"', '"a_b*"'),)
    reply = 'Done. This changed:\n\n- Title "a b" text: "x" → "a_b\\*"'
    stopped = turn(reply=reply, state=TurnState.STOPPED, offers=("send_again",))
    world.add(stopped)
    async with open_app() as (app, pilot):
        await world.show(replace(stopped, receipt=Receipt(changes, seconds=12, is_told=True)))
        await settled(app, pilot)
        text = screen_text(app)
        assert text.count('"x" → "a_b*"') == 1
        assert text.index("took 12 s") < text.index("Send again")


def made(number: int, **values: Any) -> Turn:
    """A turn that changed the timeline of `DRAFT`."""
    change = Change("volume", "BGM a", "100%", "35%", 1, f"{number}.mp3")
    receipt = Receipt((change,), version=1, length_ms=60_000, clips=5, tracks=3)
    return turn(number, receipt=receipt, **values)


@pytest.mark.parametrize("is_local", [True, False])
async def test_the_words_of_the_cloud_come_first_and_notes_of_the_local_studio_after_what_was_done(
    open_app: OpenApp, is_local: bool
) -> None:
    world = World(is_local=is_local)
    world.add(made(1, reply="It plays twice."))
    async with open_app(world=world) as (app, pilot):
        await settled(app, pilot)
        text = screen_text(app)
        assert (text.index("1.mp3: volume") < text.index("It plays twice")) is is_local
        assert text.index("It plays twice") < text.index("1:00 · 5 clips")


async def test_what_can_be_done_next_stands_below_the_newest_result_alone(
    open_app: OpenApp, world: World
) -> None:
    world.build(DRAFT)
    world.add(made(1), made(2))
    async with open_app() as (app, pilot):
        assert screen_text(app).count("F4 timeline") == 1
        assert screen_text(app).count("1:00 · 5 clips · 3 tracks") == 2
        await pilot.press("ctrl+u")
        assert await world.sent() == ["undo"]


async def test_what_comes_next_is_taken_from_the_list_too(open_app: OpenApp, world: World) -> None:
    world.build(DRAFT)
    world.add(made(1))
    async with open_app() as (app, pilot):
        await pilot.press("tab", "right", "enter")
        await settled(app, pilot)
        assert len(world.engine.exports.renders) == 1
        await pilot.press("tab", "left", "enter")
        await settled(app, pilot)
        assert app.current_mode == "timeline"


async def test_in_the_cloud_undo_is_a_sentence_that_the_user_sends(open_app: OpenApp) -> None:
    world = World(is_local=False)
    world.build({**DRAFT, "m": {**DRAFT["m"], "title": "Before"}})
    world.build(DRAFT)
    first = made(1)
    assert first.receipt is not None
    world.add(replace(first, receipt=replace(first.receipt, version=2)))
    async with open_app(world=world) as (app, pilot):
        await pilot.press("ctrl+u")
        await settled(app, pilot)
        assert prompt_of(app).text.startswith("Take the last change back")
        assert len(world.engine.conversation.turns) == 1


async def test_a_long_answer_is_shown_from_its_start(open_app: OpenApp, world: World) -> None:
    world.add(*(turn(number) for number in range(1, 9)))
    async with open_app() as (app, pilot):
        running = turn(9, text="the long one", state=TurnState.RUNNING, reply="x\n\n" * 30)
        await world.show(running)
        await settled(app, pilot)
        assert "the long one" not in screen_text(app)
        await world.show(replace(running, state=TurnState.DONE))
        await settled(app, pilot)
        top = screen_text(app).splitlines()[2:4]
        assert any("the long one" in line for line in top)


async def test_in_a_low_terminal_the_answer_stands_there_and_not_the_message(
    open_app: OpenApp, world: World
) -> None:
    world.add(turn(1))
    async with open_app(40, 12) as (app, pilot):
        running = turn(2, text="many words " * 12, state=TurnState.RUNNING)
        await world.show(running)
        await settled(app, pilot)
        await world.show(replace(running, state=TurnState.DONE, reply="first\n\n" + "x\n\n" * 9))
        await settled(app, pilot)
        assert "first" in "".join(screen_text(app).splitlines()[2:5])


async def test_who_has_scrolled_away_stays_there(open_app: OpenApp, world: World) -> None:
    world.add(*(turn(number) for number in range(1, 9)))
    async with open_app() as (app, pilot):
        running = turn(9, text="the long one", state=TurnState.RUNNING, reply="x\n\n" * 30)
        await world.show(running)
        await settled(app, pilot)
        await pilot.press("pageup")
        await settled(app, pilot)
        at = app.screen.query_one(Transcript).scroll_y
        await world.show(replace(running, state=TurnState.DONE))
        await settled(app, pilot)
        assert app.screen.query_one(Transcript).scroll_y == at


async def test_unproven_claim_is_said(open_app: OpenApp, world: World) -> None:
    world.add(turn(receipt=Receipt(claim_unproven=True)))
    async with open_app() as (app, _):
        assert "the timeline is unchanged" in screen_text(app)


async def test_problem_is_a_card_with_its_offers(open_app: OpenApp, world: World) -> None:
    problem = Problem("The connection broke", "Nobody saw how it ended.", "Look again.")
    world.add(
        turn(state=TurnState.UNKNOWN, problem=problem, offers=("watch", "send_again", "drop"))
    )
    async with open_app() as (app, pilot):
        text = screen_text(app)
        for part in ("The connection broke", "Nobody saw", "Look again.", "^w Keep watching"):
            assert part in text
        await pilot.press("tab", "r")
        assert await world.sent() == ["message 1"]


ASKS = ("watch", "send_again", "drop")


@pytest.mark.parametrize(
    ("key", "offer"), [("ctrl+w", "watch"), ("alt+r", "send_again"), ("ctrl+d", "drop")]
)
async def test_one_key_takes_an_offer_from_the_empty_prompt(
    open_app: OpenApp, world: World, key: str, offer: str
) -> None:
    world.add(
        turn(1, state=TurnState.UNKNOWN, offers=ASKS),
        turn(2, route="credits", reply="88 credits available."),
    )
    async with open_app() as (app, pilot):
        assert "^w Watch  Alt-r Again  ^d Drop" in screen_text(app)
        await pilot.press(key)
        if offer == "watch":
            await shown(app, pilot, "The timeline has still not changed")
        elif offer == "send_again":
            assert await world.sent() == ["message 1"]
        else:
            await shown(app, pilot, "Dropped.")
            assert not world.cloud.said


async def test_keys_of_offers_edit_what_is_typed(open_app: OpenApp, world: World) -> None:
    world.add(turn(offers=("export", *ASKS, "upload_again")))
    async with open_app() as (app, pilot):
        assert "^e Export the video" in screen_text(app)
        await pilot.press(*"export two", "ctrl+w", "ctrl+a", "ctrl+e", "!", "alt+r")
        await settled(app, pilot)
        assert prompt_of(app).text == "export !"
        assert "[e] Export the video" in screen_text(app)
        assert "^e Export it" not in screen_text(app)
        await pilot.press("ctrl+u")
        assert prompt_of(app).text == ""
        assert "^e Export the video" in screen_text(app)
        (one,) = world.engine.conversation.turns
        assert one.offers == ("export", *ASKS, "upload_again")
        assert not world.engine.exports.renders


async def test_offers_of_an_overtaken_turn_have_no_key(open_app: OpenApp, world: World) -> None:
    world.add(turn(1, state=TurnState.FAILED, offers=("send_again",)), turn(2))
    async with open_app() as (app, pilot):
        assert "[r] Send again" in screen_text(app)
        await pilot.press("alt+r")
        await settled(app, pilot)
        assert len(world.engine.conversation.turns) == 2


async def test_held_messages_say_why_and_go_on_by_a_key(open_app: OpenApp, world: World) -> None:
    world.add(
        turn(1, text="trim 整段视频 " * 30, state=TurnState.UNKNOWN, offers=ASKS),
        replace(turn(2, state=TurnState.QUEUED), sent_at=None),
    )
    async with open_app() as (app, pilot):
        text = screen_text(app)
        assert "held back: “trim 整段视频" in text
        assert "…” may still run · ^g sends them" in text
        assert "sends those that wait, then this one" in text
        await pilot.press("x", "ctrl+g")
        assert await world.sent() == ["message 2"]


@pytest.mark.parametrize(
    ("state", "title"),
    [
        (TurnState.RUNNING, "waits until the agent is done"),
        (TurnState.RECOVERING, "waits until it is known how the last one ended"),
        (TurnState.UNKNOWN, ""),
        (TurnState.DONE, ""),
        (TurnState.FAILED, ""),
    ],
)
async def test_prompt_says_what_becomes_of_a_message(
    open_app: OpenApp, world: World, state: TurnState, title: str
) -> None:
    world.add(turn(state=state))
    async with open_app() as (app, _):
        assert prompt_of(app).border_title == (f"Message · {title}" if title else "Message")


async def test_export_offer_is_taken_once_and_by_the_conversation(
    open_app: OpenApp, world: World
) -> None:
    world.add(turn(offers=("export",)))
    world.build(DRAFT)
    async with open_app() as (app, pilot):
        await pilot.press("tab", "e", "e")
        await settled(app, pilot)
        assert len(world.engine.exports.renders) == 1


async def test_escape_asks_once_and_then_stops(open_app: OpenApp, world: World) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("escape", "escape", *"go", "enter")
        await shown(app, pilot, "Esc Stop")
        await world.sent()
        await pilot.press("escape")
        assert "Press Esc again to stop the agent" in screen_text(app)
        (running,) = world.engine.conversation.turns
        assert not running.state.is_over
        await pilot.press("escape")
        await shown(app, pilot, "(stopped)")


async def test_long_conversation_mounts_few_turns_and_loads_older(
    open_app: OpenApp, world: World
) -> None:
    world.add(*(turn(number, reply=f"reply {number}") for number in range(1, 101)))
    async with open_app() as (app, pilot):
        assert "reply 100" in screen_text(app)
        assert len(app.screen.query(TurnView)) == STEP
        transcript = app.screen.query_one("#transcript")

        def is_at_the_first() -> bool:
            transcript.scroll_home(animate=False)
            assert len(app.screen.query(TurnView)) <= Window().most
            return "reply 1\n" in screen_text(app)

        await until(pilot, is_at_the_first)


async def test_higher_terminal_shows_more_turns(open_app: OpenApp, world: World) -> None:
    world.add(*(turn(number, reply=f"reply {number}") for number in range(1, 101)))
    async with open_app(80, 100) as (app, pilot):
        assert screen_text(app).count("reply ") > 20
    async with open_app(80, 24) as (app, pilot):
        await pilot.resize_terminal(80, 100)
        await settled(app, pilot)
        assert "reply 85" in screen_text(app)


async def test_turn_that_changes_while_it_is_mounted_shows_the_change(
    open_app: OpenApp, world: World
) -> None:
    first = turn(1, reply="first words")
    changed = replace(first, reply="other words")
    async with open_app() as (app, pilot):
        transcript = app.screen.query_one(Transcript)
        await asyncio.gather(
            transcript.show([first]), transcript.show([changed]), transcript.update_turn(changed)
        )
        await settled(app, pilot)
        view = transcript.view_of(changed)
        assert view is not None
        assert view.turn == changed


async def test_view_stays_at_the_end_unless_scrolled_away(open_app: OpenApp, world: World) -> None:
    world.add(*(turn(number, reply="x\n" * 5) for number in range(1, 15)))
    async with open_app() as (app, pilot):
        transcript = app.screen.query_one("#transcript")
        await world.show(turn(15, reply="newest"))
        await settled(app, pilot)
        assert "newest" in screen_text(app)
        transcript.scroll_relative(y=-30, animate=False)
        await settled(app, pilot)
        before = transcript.scroll_y
        await world.show(turn(16, reply="even newer"))
        await settled(app, pilot)
        assert transcript.scroll_y == before


async def test_offline_card_offers_the_local_studio(open_app: OpenApp) -> None:
    world = World(is_away=True)
    async with open_app(80, 24, world) as (app, pilot):
        assert "The backend cannot be reached" in screen_text(app)
        assert "✕ offline" in screen_text(app)
        first = world.engine
        await pilot.press("tab", "l")
        await shown(app, pilot, "Local studio")
        assert world.asked == [False, True]
        assert not first.is_open


async def test_what_is_far_away_is_not_mounted(open_app: OpenApp) -> None:
    """A key and a switch of screens cost what is mounted costs."""
    mounted = []
    for turns in (30, 300):
        world = World()
        world.add(*(turn(number, reply="Done.") for number in range(1, turns + 1)))
        async with open_app(80, 24, world) as (app, pilot):
            mounted.append(len(list(app.screen.walk_children())))
            app.screen.query_one(Transcript).focus()
            for _ in range(6):
                await pilot.press("home")
                await settled(app, pilot)
            views = len(app.screen.query(TurnView))
            assert STEP < views <= Window().most
    assert mounted[0] == mounted[1]


async def test_a_finished_video_opens_by_enter_and_its_path_is_copied(
    open_app: OpenApp, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []

    def opens(path: object) -> bool:
        opened.append(path)
        return True

    monkeypatch.setattr(programs, "has_desktop", lambda _: True)
    monkeypatch.setattr(programs, "open_on_desktop", opens)
    path = "/videos/Urban Dreams.mp4"
    video = FinishedVideo(path, 60_000, 1920, 1080, 38_000_000, 62)
    world.add(turn(route="note", text="", receipt=Receipt(video=video)))
    async with open_app() as (app, pilot):
        text = screen_text(app)
        assert "✓ Urban Dreams.mp4   1:00 · 1920x1080 · 38.0 MB   62 % copied bit for bit" in text
        assert "Enter open   ^y copy path" in text
        await pilot.press("enter", "ctrl+y")
        await settled(app, pilot)
        assert [*map(str, opened)] == [path]
        assert app.clipboard == path
        assert "The path: sent to the terminal's" in screen_text(app)
        await pilot.press("ctrl+l")
        await settled(app, pilot)
        assert "· The path: sent to the terminal" in screen_text(app)


async def test_an_enter_behind_a_message_opens_nothing(
    open_app: OpenApp, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "has_desktop", lambda _: True)
    monkeypatch.setattr(programs, "open_on_desktop", lambda path: pytest.fail("opened"))
    video = FinishedVideo("/a.mp4", 1000)
    world.add(turn(route="note", text="", receipt=Receipt(video=video)))
    async with open_app() as (_, pilot):
        await pilot.press("g", "o", "enter", "enter")
        assert await world.sent() == ["go"]


async def test_over_ssh_the_line_that_fetches_the_video_stands_there(
    open_app: OpenApp, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "has_desktop", lambda _: False)
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 5000 10.0.0.2 2222")
    video = FinishedVideo("/videos/a b.mp4", 1000)
    world.add(turn(route="note", text="", receipt=Receipt(video=video)))
    async with open_app() as (app, pilot):
        text = screen_text(app)
        assert "scp -P 2222 " in text
        assert "Enter fetch it" in text
        await pilot.press("enter")
        await settled(app, pilot)
        assert app.clipboard.startswith("scp -P 2222 ")
