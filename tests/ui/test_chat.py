"""The chat screen: prompt, conversation, queue, offers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Markdown

from tests.ui.conftest import OpenApp, screen_text, settled
from tests.ui.fakes import NOW, FakeEngine, FrozenClock
from vbtui.engine.model import ExportOptions, Link, Problem, Receipt, Turn, TurnState
from vbtui.engine.words import change_list
from vbtui.errors import DiskProblem
from vbtui.timeline import Change
from vbtui.ui.app import VbtuiApp
from vbtui.ui.widgets.greeting import EXAMPLES
from vbtui.ui.widgets.prompt import Prompt
from vbtui.ui.widgets.turn import TurnView


def prompt_of(app: VbtuiApp) -> Prompt:
    return app.screen.query_one(Prompt)


def turn(number: int = 1, **changes: object) -> Turn:
    plain = Turn(number, "s1", f"message {number}", "edit", TurnState.DONE, position=number)
    return replace(plain, created_at=NOW, sent_at=NOW, **changes)  # type: ignore[arg-type]  # by name


async def type_at_once(app: VbtuiApp, *keys: str) -> None:
    """Keys as a fast terminal sends them: all before the first one is handled."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


async def test_enter_sends_and_empties_the_prompt(open_app: OpenApp, engine: FakeEngine) -> None:
    async with open_app() as (app, pilot):
        await pilot.press(*"make it short", "enter")
        await settled(app, pilot)
        assert engine.conversation.said == ["make it short"]
        assert prompt_of(app).text == ""
        assert "make it short" in screen_text(app)


async def test_enter_comes_after_the_letters_before_it(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    async with open_app() as (app, pilot):
        await type_at_once(app, *"abcdefghij", "enter", *"klm")
        await settled(app, pilot)
        assert engine.conversation.said == ["abcdefghij"]
        assert prompt_of(app).text == "klm"


@pytest.mark.parametrize("key", ["ctrl+n", "shift+enter"])
async def test_new_line_keys(open_app: OpenApp, engine: FakeEngine, key: str) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("a", key, "b")
        assert prompt_of(app).text == "a\nb"
        assert prompt_of(app).size.height == 2
        await pilot.press("enter")
        await settled(app, pilot)
        assert engine.conversation.said == ["a\nb"]


async def test_prompt_grows_to_six_lines(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        for _ in range(9):
            await pilot.press("x", "ctrl+n")
        assert prompt_of(app).size.height == 6


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (("ctrl+a", "X"), "Xone two"),
        (("ctrl+a", "ctrl+e", "X"), "one twoX"),
        (("ctrl+u",), ""),
        (("ctrl+w",), "one "),
        (("ctrl+a", "ctrl+k"), ""),
    ],
)
async def test_prompt_keeps_its_editing_keys(
    open_app: OpenApp, keys: tuple[str, ...], text: str
) -> None:
    async with open_app() as (app, pilot):
        await pilot.press(*"one two", *keys)
        assert prompt_of(app).text == text


async def test_history_at_the_edges(open_app: OpenApp, engine: FakeEngine) -> None:
    engine.conversation.turns += [turn(1, text="first"), turn(2, text="second")]
    async with open_app() as (app, pilot):
        await pilot.press(*"now", "up")
        assert prompt_of(app).text == "second"
        await pilot.press("up", "up")
        assert prompt_of(app).text == "first"
        await pilot.press("down", "down")
        assert prompt_of(app).text == "now"


async def test_digits_are_text_in_the_prompt(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("2")
        assert prompt_of(app).text == "2"
        assert app.current_mode == "chat"


async def test_digits_change_the_screen_elsewhere(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("f3", "4")
        assert app.current_mode == "renders"


async def test_example_fills_the_prompt(open_app: OpenApp, engine: FakeEngine) -> None:
    async with open_app() as (app, pilot):
        for example in EXAMPLES:
            assert example[:30] in screen_text(app)
        await pilot.press("tab", "down", "enter")
        assert prompt_of(app).text == EXAMPLES[1]
        assert prompt_of(app).has_focus
        assert engine.conversation.said == []


async def test_example_can_be_clicked(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        await pilot.click("#greeting Choices", offset=(5, 2))
        assert prompt_of(app).text == EXAMPLES[2]


async def test_streamed_answer_is_text_until_a_block_ends(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    async with open_app() as (app, pilot):
        running = turn(state=TurnState.RUNNING, reply="I **ma")
        engine.conversation.put(running)
        await settled(app, pilot)
        assert "I **ma" in screen_text(app)
        assert not app.screen.query(Markdown)
        running = replace(running, reply="I **made** it.\n\nAnd **th")
        engine.conversation.put(running)
        await settled(app, pilot)
        assert "I made it." in screen_text(app)
        assert "And **th" in screen_text(app)
        engine.conversation.put(
            replace(running, state=TurnState.DONE, reply="I **made** it.\n\nAnd **this**.")
        )
        await settled(app, pilot)
        assert "And this." in screen_text(app)


async def test_activity_shows_the_time_while_it_runs(
    open_app: OpenApp, engine: FakeEngine, clock: FrozenClock
) -> None:
    async with open_app() as (app, pilot):
        running = engine.conversation.put(turn(state=TurnState.RUNNING, activity="Adding a title"))
        clock.time += 65
        await settled(app, pilot)
        assert "Adding a title · 1:05" in screen_text(app)
        engine.conversation.put(replace(running, state=TurnState.DONE))
        await settled(app, pilot)
        assert "Adding a title" not in screen_text(app)


async def test_receipt_says_what_changed_and_what_it_took(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    receipt = Receipt(
        (Change("added", "Title", "", '"Urban Dreams" 0-3s'),),
        seconds=12,
        credits_before=100,
        credits_after=95,
    )
    engine.conversation.turns.append(turn(receipt=receipt))
    async with open_app() as (app, _):
        text = screen_text(app)
        assert '✓ Title added: "Urban Dreams" 0-3s' in text
        assert "took 12 s · 5 credits (100 → 95)" in text


async def test_receipt_speaks_the_language_of_the_message(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    changes = (Change("added", "Title", "", '"夏天" 0-3s'),) * 8
    receipt = Receipt(changes, 12, 100, 95, claim_unproven=True)
    engine.conversation.turns.append(turn(text="加一个标题", receipt=receipt))
    async with open_app() as (app, _):
        text = screen_text(app)
        for part in ('✓ 已添加文字："夏天" 0-3s', "另有 2 处改动", "时间线没有变化", "用时 12 s"):
            assert part in text
        assert "5 积分（100 → 95）" in text


async def test_what_the_answer_lists_is_not_said_twice(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    changes = (Change("text", 'Title "a_b*"', '"x"', '"a_b*"'),)
    reply = f"Done. The agent said nothing; this changed:\n\n{change_list(changes, False)}"
    stopped = turn(reply=reply, state=TurnState.STOPPED, offers=("send_again",))
    engine.conversation.turns.append(stopped)
    async with open_app() as (app, pilot):
        engine.conversation.put(replace(stopped, receipt=Receipt(changes, seconds=12)))
        await settled(app, pilot)
        text = screen_text(app)
        assert text.count('"x" → "a_b*"') == 1
        assert text.index("took 12 s") < text.index("Send again")


async def test_unproven_claim_is_said(open_app: OpenApp, engine: FakeEngine) -> None:
    engine.conversation.turns.append(turn(receipt=Receipt(claim_unproven=True)))
    async with open_app() as (app, _):
        assert "the timeline is unchanged" in screen_text(app)


async def test_problem_is_a_card_with_its_offers(open_app: OpenApp, engine: FakeEngine) -> None:
    problem = Problem("The connection broke", "Nobody saw how it ended.", "Look again.")
    engine.conversation.turns.append(
        turn(state=TurnState.UNKNOWN, problem=problem, offers=("watch", "send_again", "drop"))
    )
    async with open_app() as (app, pilot):
        text = screen_text(app)
        for part in ("The connection broke", "Nobody saw", "Look again.", "^w Keep watching"):
            assert part in text
        await pilot.press("tab", "r")
        await settled(app, pilot)
        assert engine.conversation.calls == [("send_again", 1)]


ASKS = ("watch", "send_again", "drop")


@pytest.mark.parametrize(
    ("key", "offer"), [("ctrl+w", "watch"), ("ctrl+r", "send_again"), ("ctrl+d", "drop")]
)
async def test_one_key_takes_an_offer_from_the_empty_prompt(
    open_app: OpenApp, engine: FakeEngine, key: str, offer: str
) -> None:
    engine.conversation.turns += [
        turn(1, state=TurnState.UNKNOWN, offers=ASKS),
        turn(2, route="credits", reply="88 credits available."),
    ]
    async with open_app() as (app, pilot):
        assert "^w Watch  ^r Again  ^d Drop" in screen_text(app)
        await pilot.press(key)
        await settled(app, pilot)
        assert engine.conversation.calls == [(offer, 1)]


async def test_keys_of_offers_edit_what_is_typed(open_app: OpenApp, engine: FakeEngine) -> None:
    engine.conversation.turns.append(turn(offers=("export", *ASKS, "upload_again")))
    async with open_app() as (app, pilot):
        assert "^e Export the video" in screen_text(app)
        await pilot.press(*"export two", "ctrl+w", "ctrl+a", "ctrl+e", "!", "ctrl+r")
        await settled(app, pilot)
        assert prompt_of(app).text == "export !"
        assert "[e] Export the video" in screen_text(app)
        assert "^e Export it" not in screen_text(app)
        await pilot.press("ctrl+u")
        assert prompt_of(app).text == ""
        assert "^e Export the video" in screen_text(app)
        assert engine.conversation.calls == []


async def test_offers_of_an_overtaken_turn_have_no_key(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    engine.conversation.turns += [turn(1, state=TurnState.FAILED, offers=("send_again",)), turn(2)]
    async with open_app() as (app, pilot):
        assert "[r] Send again" in screen_text(app)
        await pilot.press("ctrl+r")
        await settled(app, pilot)
        assert engine.conversation.calls == []


async def test_held_messages_say_why_and_go_on_by_a_key(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    talk = engine.conversation
    talk.held_by = turn(1, text="trim 整段视频 " * 30, state=TurnState.UNKNOWN, offers=ASKS)
    talk.turns += [talk.held_by, turn(2, state=TurnState.QUEUED)]
    talk.held = True
    async with open_app() as (app, pilot):
        text = screen_text(app)
        assert "held back: “trim 整段视频" in text
        assert "…” may still run · ^g sends them" in text
        assert "sends those that wait, then this one" in text
        await pilot.press("x", "ctrl+g")
        await settled(app, pilot)
        assert talk.calls == [("release",)]


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
    open_app: OpenApp, engine: FakeEngine, state: TurnState, title: str
) -> None:
    engine.conversation.turns.append(turn(state=state))
    async with open_app() as (app, _):
        assert prompt_of(app).border_title == (f"Message · {title}" if title else "Message")


async def test_export_offer_is_taken_once_and_by_the_conversation(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    engine.conversation.turns.append(turn(offers=("export",)))
    async with open_app() as (app, pilot):
        await pilot.press("tab", "e")
        await settled(app, pilot)
        assert engine.conversation.calls == [("export", 1)]


async def test_escape_asks_once_and_then_stops(open_app: OpenApp, engine: FakeEngine) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("escape", "escape")
        assert engine.conversation.calls == []
        engine.conversation.put(turn(state=TurnState.RUNNING))
        await settled(app, pilot)
        assert "Esc Stop" in screen_text(app)
        await pilot.press("escape")
        assert "Press Esc again to stop the agent" in screen_text(app)
        assert engine.conversation.calls == []
        await pilot.press("escape")
        await settled(app, pilot)
        assert engine.conversation.calls == [("stop",)]
        assert "(stopped)" in screen_text(app)


async def test_waiting_messages_can_be_edited_moved_sent_and_deleted(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    engine.conversation.turns.append(turn(1, state=TurnState.RUNNING))
    async with open_app() as (app, pilot):
        await pilot.press(*"one", "enter", *"two", "enter")
        await settled(app, pilot)
        assert "waiting 1  one" in screen_text(app)
        assert "waiting 2  two" in screen_text(app)
        app.screen.query_one("#queue").focus()
        await pilot.press("e")
        assert prompt_of(app).text == "one"
        await pilot.press("!", "enter")
        await settled(app, pilot)
        assert "waiting 1  one!" in screen_text(app)
        app.screen.query_one("#queue").focus()
        await pilot.press("down", "K")
        await pilot.press("down", "s")
        await pilot.press("x")
        await settled(app, pilot)
        assert engine.conversation.calls == [("move", 3, -1), ("now", 3)]
        assert [one.text for one in engine.conversation.turns[1:]] == ["one!"]
        await pilot.press("x")
        await settled(app, pilot)
        assert prompt_of(app).has_focus


async def test_pasted_paths_are_offered_for_upload(
    open_app: OpenApp, engine: FakeEngine, tmp_path: Path
) -> None:
    paths = tuple(tmp_path / name for name in ("a.mp4", "b.mp4", "c.jpg"))
    for path in paths:
        path.write_bytes(b"x" * 1_000)
    async with open_app() as (app, pilot):
        app.post_message(events.Paste(" ".join(map(str, paths))))
        await settled(app, pilot)
        assert "Upload 3 files (3.0 kB)?" in screen_text(app)
        assert prompt_of(app).text == ""
        await pilot.press("enter")
        await settled(app, pilot)
        assert engine.library.calls == [("add", paths, "picked")]
        assert "Upload 3 files" not in screen_text(app)


async def test_escape_inserts_the_pasted_paths(open_app: OpenApp, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"x")
    async with open_app() as (app, pilot):
        app.post_message(events.Paste(str(path)))
        await settled(app, pilot)
        await pilot.press("escape")
        assert prompt_of(app).text == str(path)


async def test_pasted_text_is_text(open_app: OpenApp, engine: FakeEngine) -> None:
    async with open_app() as (app, pilot):
        app.post_message(events.Paste("two\nlines\x1b[31m"))
        app.post_message(events.Key("enter", None))
        await settled(app, pilot)
        assert engine.conversation.said == ["two\nlines"]


async def test_typed_path_is_offered_too(
    open_app: OpenApp, engine: FakeEngine, tmp_path: Path
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"x")
    async with open_app() as (app, pilot):
        prompt_of(app).fill(str(path))
        await pilot.press("enter")
        await settled(app, pilot)
        assert "Upload 1 file" in screen_text(app)
        assert engine.conversation.said == []


@pytest.mark.parametrize(("command", "said"), [("/credits", ["credits"]), ("/status", ["status"])])
async def test_commands_that_are_words(
    open_app: OpenApp, engine: FakeEngine, command: str, said: list[str]
) -> None:
    async with open_app() as (app, pilot):
        await pilot.press(*command, "enter")
        await settled(app, pilot)
        assert engine.conversation.said == said


async def test_commands_that_do_something(open_app: OpenApp, engine: FakeEngine) -> None:
    async with open_app() as (app, pilot):
        for command in ("/export", "/upload https://example.com/a.mp4", "/new Second film"):
            prompt_of(app).fill(command)
            await pilot.press("enter")
            await settled(app, pilot)
        assert engine.exports.calls == [("start", ExportOptions())]
        assert engine.library.calls == [("add_url", "https://example.com/a.mp4")]
        assert "Second film" in screen_text(app)


async def test_unknown_command_is_not_sent(open_app: OpenApp, engine: FakeEngine) -> None:
    async with open_app() as (app, pilot):
        await pilot.press(*"/exprt", "enter")
        await settled(app, pilot)
        assert engine.conversation.said == []
        assert prompt_of(app).text == "/exprt"
        assert "There is no such command" in screen_text(app)


async def test_commands_are_completed(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        await pilot.press(*"/s")
        assert "/status" in screen_text(app)
        assert "/sessions" in screen_text(app)
        await pilot.press("t", "tab")
        assert prompt_of(app).text == "/status"
        await pilot.press("ctrl+u", *"/up", "tab")
        assert prompt_of(app).text == "/upload "


async def test_long_conversation_mounts_few_turns_and_loads_older(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    engine.conversation.turns += [turn(number, reply=f"reply {number}") for number in range(1, 201)]
    async with open_app() as (app, pilot):
        assert "reply 200" in screen_text(app)
        assert len(app.screen.query(TurnView)) == 20
        transcript = app.screen.query_one("#transcript")
        for _ in range(15):
            transcript.scroll_home(animate=False)
            await settled(app, pilot)
            assert len(app.screen.query(TurnView)) <= 60
        transcript.scroll_home(animate=False)
        await settled(app, pilot)
        assert "message 1 " in screen_text(app)


async def test_view_stays_at_the_end_unless_scrolled_away(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    engine.conversation.turns += [turn(number, reply="x\n" * 5) for number in range(1, 15)]
    async with open_app() as (app, pilot):
        transcript = app.screen.query_one("#transcript")
        engine.conversation.put(turn(15, reply="newest"))
        await settled(app, pilot)
        assert "newest" in screen_text(app)
        transcript.scroll_relative(y=-30, animate=False)
        await settled(app, pilot)
        before = transcript.scroll_y
        engine.conversation.put(turn(16, reply="even newer"))
        await settled(app, pilot)
        assert transcript.scroll_y == before


async def test_what_is_typed_before_the_start_is_sent_after_it(
    engine: FakeEngine, clock: FrozenClock
) -> None:
    import asyncio

    gate = asyncio.Event()

    async def make(_is_local: bool) -> FakeEngine:
        await gate.wait()
        return engine

    app = VbtuiApp(make, engine.settings, clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"early", "enter")
        await pilot.pause()
        assert "Setting things up…" in screen_text(app)
        assert "waiting 1  early" in screen_text(app)
        gate.set()
        await settled(app, pilot)
        assert engine.conversation.said == ["early"]


async def test_what_is_sent_without_a_project_waits_for_one(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    session = engine.overview.session
    engine.change(session=None, link=Link.OFFLINE)
    async with open_app() as (app, pilot):
        assert prompt_of(app).border_title == "Message · waits until the backend answers"
        await pilot.press(*"one", "enter", *"two", "enter")
        await settled(app, pilot)
        assert engine.conversation.said == []
        assert "waiting 2  two" in screen_text(app)
        engine.change(session=session, link=Link.READY)
        await settled(app, pilot)
        assert engine.conversation.said == ["one", "two"]
        assert not app.held


async def test_what_waits_for_the_first_project_can_be_edited_moved_and_deleted(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    session = engine.overview.session
    engine.change(session=None, link=Link.OFFLINE)
    async with open_app() as (app, pilot):
        for word in ("one", "two", "three"):
            await pilot.press(*word, "enter")
        await settled(app, pilot)
        queue = app.screen.query_one("#queue")
        queue.focus()
        await pilot.pause()
        assert "Send now" not in screen_text(app), "there is no agent to interrupt"
        await pilot.press("down", "K", "end", "x")
        await settled(app, pilot)
        assert "waiting 1  one" in screen_text(app)
        assert "waiting 2  three" in screen_text(app)
        queue.focus()
        await pilot.press("e", "!")
        engine.change(session=session, link=Link.READY)
        await settled(app, pilot)
        assert engine.conversation.said == [], "none goes past the one that is being edited"
        await pilot.press("enter")
        await settled(app, pilot)
        assert engine.conversation.said == ["one!", "three"]
        assert not app.held


async def test_what_the_journal_does_not_take_is_not_lost(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    say = engine.conversation.say

    async def fails(_text: str, /) -> Turn:
        raise DiskProblem("The disk is full.")

    engine.conversation.say = fails  # type: ignore[method-assign]  # the disk
    async with open_app() as (app, pilot):
        await pilot.press(*"one", "enter")
        await settled(app, pilot)
        assert "The disk is full." in screen_text(app)
        assert "waiting 1  one" in screen_text(app)
        engine.conversation.say = say  # type: ignore[method-assign]  # there is room again
        await pilot.press(*"two", "enter")
        await settled(app, pilot)
        assert engine.conversation.said == ["one", "two"]


async def test_offline_card_offers_the_local_studio(engine: FakeEngine, clock: FrozenClock) -> None:
    engine.overview = replace(
        engine.overview,
        backend="mega-api-prod.nemovideo.ai",
        link=Link.OFFLINE,
        problem=Problem("The backend cannot be reached", "No route to the host.", "Check it."),
    )
    made: list[bool] = []

    async def make(is_local: bool) -> FakeEngine:
        made.append(is_local)
        return engine

    app = VbtuiApp(make, engine.settings, clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        assert "No route to the host." in screen_text(app)
        assert "✕ offline" in screen_text(app)
        await pilot.press("tab", "l")
        await wait_for(pilot, lambda: len(made) == 2)
        assert made == [False, True]
        assert engine.is_closed


async def wait_for(pilot: Pilot[int], condition: object) -> None:
    for _ in range(200):
        await pilot.pause()
        if callable(condition) and condition():
            return
    raise AssertionError("it did not happen")
