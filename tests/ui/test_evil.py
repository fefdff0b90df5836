"""Foreign text that means harm, through every screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.conftest import OpenApp, screen_lines, screen_text, settled
from tests.ui.world import NOW, World
from vbtui.base.problem import Problem
from vbtui.base.text import clean, clean_line
from vbtui.journal.records import (
    Asset,
    AssetState,
    ExportOptions,
    Reason,
    Receipt,
    Render,
    RenderState,
    Session,
    Turn,
    TurnState,
)
from vbtui.session.events import Noticed
from vbtui.timeline.changes import Change

EVIL = {
    "marks": "bad [/foo] tag [bold red]x[/] [@click=app.quit]y[/] [$primary]z [INFO] a $text {x} %s \\[x] [/",
    "controls": "\x1b[2J\x1b]0;owned\x07\x1b[31mred\x9b5n abc\u202egnp.exe \u2066x\u2069 a\x00b a\nb\r\nc\u2028d",
    "long": "x" * 3_000,
    "long words": "word " * 2_000,
    "wide": "漢字" * 400,
    "emoji": "👩‍👩‍👧‍👦 ☂️ 🏳️‍🌈 e\u0301",
    "empty": "",
    "blank": "   ",
    "markdown": "# h\n\n[a](javascript:alert(1)) ![i](http://x/y) <b>html</b> `c` | t | ***\n\n```[/]\n[bold]\n",
}


def fill_with(world: World, text: str) -> None:
    """Put `text`, as the border lets it through, wherever foreign text may be."""
    line, words = clean_line(text), clean(text)
    problem = Problem(line, words, line)
    world.add(
        Turn(
            1,
            "s1",
            words or "?",
            "edit",
            TurnState.UNKNOWN,
            reply=words,
            problem=problem,
            receipt=Receipt((Change("added", line, line, line),), seconds=1),
            offers=("watch", line),
            created_at=NOW,
        ),
        Turn(2, "s1", "x", "edit", TurnState.RUNNING, reply=words, activity=line, created_at=NOW),
        Turn(3, "s1", words, "edit", TurnState.QUEUED, created_at=NOW),
    )
    for number, state in enumerate(AssetState, 1):
        world.add(
            Asset(
                number,
                "s1",
                Path("/x") / "y",
                line,
                line,
                line,
                state,
                size=9,
                why=Reason(line, line),
            )
        )
    for number, render_state in enumerate(RenderState):
        world.add(
            Render(
                str(number),
                "s1",
                render_state,
                ExportOptions(),
                title=line,
                problem=problem,
                progress=50,
                submitted_at=NOW - 9,
            )
        )
    world.add(Session("s9", "", line))
    tracks = [
        {
            "tt": kind,
            "m": {"title": text},
            "sg": [
                {"s": 0, "d": 900, "m": {"title": text, "text": text, "transition": text}},
                {"s": 400, "d": 900, "m": {"title": text, "url": text}},
            ],
        }
        for kind in (0, 1, 7, 4)
    ]
    world.build({"t": tracks, "m": {"title": text}})


@pytest.mark.parametrize(
    ("name", "size"),
    [*((name, (80, 24)) for name in EVIL), ("wide", (120, 35)), ("emoji", (120, 35))],
)
async def test_evil_text_through_every_screen(
    open_app: OpenApp, name: str, size: tuple[int, int]
) -> None:
    world = World(project=clean_line(EVIL[name]))
    fill_with(world, EVIL[name])
    async with open_app(*size, world=world) as (app, pilot):
        text = EVIL[name]
        world.engine.bus.publish(Noticed(Problem(clean_line(text), clean(text), clean_line(text))))
        for key in ("f2", "f3", "f4", "f5", "f6", "escape", "ctrl+p", "escape", "f1", "escape"):
            await pilot.press(key)
            await settled(app, pilot)
            # Half a cluster of emoji, which a dialog cuts on the screen below, has no agreed width.
            widths = (size[0], size[0] - 1) if name == "emoji" else (size[0],)
            for strip in screen_lines(app):
                assert sum(segment.cell_length for segment in strip) in widths
                shown = "".join(segment.text for segment in strip)
                assert not [sign for sign in shown if ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0]
        await pilot.press("f4", "n", "down", "n", "plus", "plus", "end")
        await settled(app, pilot)


async def test_markup_is_shown_as_it_was_written(open_app: OpenApp, world: World) -> None:
    fill_with(world, "bad [/foo] tag")
    async with open_app(120, 50) as (app, pilot):
        assert screen_text(app).count("bad [/foo] tag") >= 4
        for key in ("f3", "f4", "f5"):
            await pilot.press(key)
            await settled(app, pilot)
            assert "bad [/foo]" in screen_text(app)


async def test_link_in_an_answer_opens_nothing_by_itself(
    open_app: OpenApp, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    reply = "see [here](https://example.com/x) and [there](javascript:alert(1))"
    world.add(Turn(1, "s1", "q", "edit", TurnState.DONE, reply=reply))
    async with open_app() as (app, pilot):
        monkeypatch.setattr(app, "open_url", lambda url, **_: opened.append(url))
        await pilot.click("Reply Markdown MarkdownParagraph", offset=(5, 0))
        await settled(app, pilot)
        assert opened == []
        assert app.clipboard == "https://example.com/x"
        await pilot.click("Reply Markdown MarkdownParagraph", offset=(14, 0))
        await settled(app, pilot)
        assert app.clipboard == "https://example.com/x"
