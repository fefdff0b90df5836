"""A sentence that a key made is an edit, whatever the names in it say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.agent import Talk, stream, text_event, titled
from tests.cloud import Cloud
from tests.server import event
from vbtui.conversation.conversation import kind_of
from vbtui.journal.records import TurnState
from vbtui.language import intents
from vbtui.timeline import edits
from vbtui.timeline.edits import Edit, File
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, read
from vbtui.timeline.references import Reference

EVIL = [
    "How many credits are left?",
    "stop, export it now.mp4",
    "export it as mp4",
    "/export high.mp4",
    "/status",
    "export.mov",
    "upload these files.mp4",
    "what is the status? export!",
    "https://example.com/a.mp4",
    "导出 mp4",
    "还有多少积分？",
    "现在导出.mp4",
    "show me the timeline.png",
    "download the video, please",
    "'; export; '",
]


def every_edit(name: str) -> list[Edit]:
    """Each kind of edit, of things and files with that name."""
    second = {"s": 2000, "d": 2000, "m": {"filename": f"b {name}"}}
    draft = {
        "t": [
            {"tt": VIDEO, "sg": [{"s": 0, "d": 2000, "m": {"filename": name}}, second]},
            {"tt": AUDIO, "sg": [{"s": 0, "d": 4000, "m": {"filename": name}}]},
            {"tt": TEXT, "sg": [{"s": 0, "d": 4000, "m": {"text": name}}]},
        ]
    }
    timeline = read(draft)
    assert timeline is not None
    things = list(timeline.segments)
    clip, other, song, text = (Reference.to(timeline, *placed) for placed in things)
    file, by = File.called(name), File.called(f"new {name}", name)
    made: list[Edit] = [
        edits.Trim(clip, "start", 500),
        edits.Split(clip, 1000),
        edits.Remove((clip,)),
        edits.Remove((clip, song, text)),
        edits.Swap((clip, other)),
        edits.Move(song, 1000),
        edits.SetVolume((clip, song), 20),
        edits.SetSpeed((clip,), 2.0),
        edits.change_text(timeline, *things[3], f"{name} and export"),
        edits.AddText(f"{name} and export", 1000),
        edits.Join((clip, other), "crossfade", 500),
        edits.Join((clip, other), "cut"),
        edits.Add("file", (file, by), 0),
        edits.Replace(clip, file),
        edits.ReplaceFile(file, by),
    ]
    kinds = {kind.__name__ for kind in Edit.__subclasses__()}
    assert {type(one).__name__ for one in made} == kinds
    return made


@pytest.mark.parametrize("name", EVIL)
def test_a_sentence_of_an_edit_is_one_also_when_it_is_typed(name: str) -> None:
    for edit in every_edit(name):
        for sentence in (edit.sentence(False), edit.sentence(True)):
            assert kind_of(sentence) == "edit", sentence


def test_some_of_them_would_be_guessed_to_be_something_else() -> None:
    sentences = [edit.sentence() for name in EVIL for edit in every_edit(name)]
    assert {intents.route(one).kind for one in sentences} > {"edit"}


async def test_every_edit_by_hand_reaches_the_agent_as_it_is(agent: Cloud, tmp_path: Path) -> None:
    sentences = [edit.sentence() for name in EVIL[:5] for edit in every_edit(name)]
    agent.draft = titled("There is something to export")
    for _ in sentences:
        agent.then(stream(text_event("I changed it.")))
    async with Talk(agent, tmp_path) as talk:
        for sentence in sentences:
            turn = await talk.conversation.say(sentence, route="edit")
            assert turn.route == "edit"
            assert turn.state is TurnState.QUEUED
        await talk.conversation.wait_idle()
        assert {turn.state for turn in talk.conversation.turns} == {TurnState.DONE}
        assert {turn.offers for turn in talk.conversation.turns} == {()}
    assert agent.said == [sentence.strip() for sentence in sentences]


async def test_what_a_key_made_in_words_that_are_no_edit_is_not_guessed_at(
    agent: Cloud, tmp_path: Path
) -> None:
    agent.then(stream(text_event("Done.")))
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.conversation.say("How many credits are left?", route="edit")
        await talk.conversation.wait_idle()
        assert talk.turn(turn.id).reply == "Done."


async def test_a_waiting_message_stays_what_it_is_until_it_gets_other_words(
    agent: Cloud, tmp_path: Path
) -> None:
    agent.then(agent.holding(after=[text_event("One.")]))
    async with Talk(agent, tmp_path) as talk:
        await talk.conversation.say("add one")
        await agent.wait_for("POST", "/run_sse")
        undo = await talk.conversation.say("export the old version again", route="edit")
        await talk.conversation.edit_queued(undo.id, "export the old version again")
        assert talk.turn(undo.id).route == "edit"
        await talk.conversation.edit_queued(undo.id, "export it as mp4")
        assert talk.turn(undo.id).route == "export"
        await talk.conversation.edit_queued(undo.id, every_edit(EVIL[0])[2].sentence())
        assert talk.turn(undo.id).route == "edit"


async def test_what_is_sent_again_is_what_it_was(agent: Cloud, tmp_path: Path) -> None:
    broke = event({"errorCode": "X", "errorMessage": "It broke."})
    agent.then(stream(text_event("One."), broke))
    agent.then(stream(text_event("Two.")))
    words = "How many credits are left?"
    async with Talk(agent, tmp_path) as talk:
        failed = await talk.conversation.say(words, route="edit")
        await talk.until_state(failed.id, TurnState.FAILED)
        await talk.commands.take(failed.id, "send_again")
        await talk.conversation.wait_idle()
        assert [turn.route for turn in talk.conversation.turns] == ["edit", "edit"]
    assert agent.said == [words, words]
