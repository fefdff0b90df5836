"""How the exports look: every state at three sizes, without colour, hostile names, the dialogs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.sample import DRAFT, assets, turns
from tests.ui.snapshots import Compare, every_size, looks_the_same
from tests.ui.test_evil import EVIL
from tests.ui.test_render_words import render
from tests.ui.world import NOW, World
from vbtui.base.errors import PlanBlocked
from vbtui.base.problem import Problem
from vbtui.exports.check import REMARK
from vbtui.journal.records import ExportOptions, Render, RenderState


def put(world: World, *exports: Render) -> None:
    world.add(*turns(), *assets(), *exports)
    world.build(DRAFT)


def named(name: str, preset: str = "") -> dict[str, object]:
    return {"options": ExportOptions(destination=Path(f"/v/{name}"), preset=preset)}


def of_every_state() -> list[Render]:
    refused = Problem("Your plan does not include exports", "The plan allows none.", "Upgrade it.")
    silent = Problem.coded(
        REMARK, message="Nothing is heard: the sounds are silent that it is made from."
    )
    black = Problem("Check the video", "The picture is black throughout.")
    over = {"submitted_at": NOW - 500, "size": 48_000_000}
    return [
        render(1, RenderState.PROCESSING, progress=42, submitted_at=NOW - 20),
        render(2, RenderState.DOWNLOADING, received=3_000_000, size=9_000_000, submitted_at=NOW),
        render(3, RenderState.UNKNOWN, seen_at=NOW - 40, submitted_at=NOW - 90),
        render(4, RenderState.WAITING, **named("春天的城市延时摄影 2026-05-01 reels.mp4", "reels")),
        render(5, RenderState.WAITING, **named("a very long name of a film 2026-05-01 (12).mp4")),
        render(6, RenderState.DONE, ended_at=NOW - 60, **over),
        render(7, RenderState.DONE, ended_at=NOW - 70, problem=silent, **over),
        render(8, RenderState.DONE, ended_at=NOW - 80, problem=black, **over),
        render(9, RenderState.FAILED, ended_at=NOW - 90, problem=refused),
        render(10, RenderState.CANCELLED, ended_at=NOW - 95),
    ]


@every_size
def test_every_state(snap_compare: Compare, world: World, size: tuple[int, int]) -> None:
    put(world, *of_every_state())
    assert looks_the_same(snap_compare, world, size, ["f5", "down", "down", "down"])


def test_without_colour(
    snap_compare: Compare, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    put(world, *of_every_state())
    assert looks_the_same(snap_compare, world, (120, 35), ["f5"])


def test_hostile_names(snap_compare: Compare, world: World) -> None:
    texts = [text.replace("\0", "").replace("/", "") or "x" for text in EVIL.values()]
    put(
        world,
        *(
            render(
                number,
                RenderState.FAILED,
                title=text,
                problem=Problem(text, text, text),
                **named(text[:200]),
            )
            for number, text in enumerate(texts, 1)
        ),
    )
    assert looks_the_same(snap_compare, world, (80, 24), ["f5"])


def test_no_exports_yet(snap_compare: Compare, world: World) -> None:
    assert looks_the_same(snap_compare, world, (80, 24), ["f5"])


def test_the_choice_of_formats(snap_compare: Compare, world: World) -> None:
    put(world)
    world.takes_sizes = False
    assert looks_the_same(snap_compare, world, (80, 24), ["f5", "a", "space", "down", "down"])


def test_what_cannot_be_made_here(snap_compare: Compare) -> None:
    world = World(is_away=True)
    refused = Problem.of(PlanBlocked("The plan allows none."))
    world.add(render(9, RenderState.FAILED, ended_at=NOW - 90, problem=refused))
    words = {"s": 0, "d": 3_000, "m": {"text": "Title"}}
    clips = [
        {"s": number * 3_000, "d": 3_000, "m": {"title": text}}
        for number, text in enumerate(
            (
                "海滩.mp4",
                "bad [/foo] tag",
                "[/",
                "[bold red]x[/] [@click=app.quit]y[/] [$primary]z",
                "[INFO] a",
            )
        )
    ]
    world.build(
        {"t": [{"tt": 0, "sg": clips}, {"tt": 7, "sg": [words]}], "m": {"title": "film [/x]"}}
    )
    assert looks_the_same(snap_compare, world, (80, 24), ["f5", "h"])
