"""A project as people have it, for layouts and pictures of the screens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.ui.world import NOW, World
from vbtui.base.problem import Problem
from vbtui.journal.records import (
    Asset,
    AssetState,
    ExportOptions,
    Reason,
    Receipt,
    Render,
    RenderState,
    Turn,
    TurnState,
)
from vbtui.timeline.changes import Change

CLIPS = Path("/home/mia/clips")

DRAFT: dict[str, Any] = {
    "t": [
        {
            "tt": 0,
            "id": "v1",
            "m": {"name": "Video"},
            "sg": [
                {"id": "s1", "s": 0, "d": 12_000, "m": {"title": "beach.mp4", "in": 3_000}},
                {
                    "id": "s2",
                    "s": 11_500,
                    "d": 14_000,
                    "m": {
                        "title": "城市延时摄影.mov",
                        "transition": {"type": "crossfade", "d": 500},
                    },
                },
                {"id": "s3", "s": 25_500, "d": 6_000, "m": {"title": "portrait.jpg"}},
                {
                    "id": "s4",
                    "s": 33_000,
                    "d": 16_000,
                    "m": {"title": "drone over the harbour at sunset.mp4", "speed": 2},
                },
                {
                    "id": "s5",
                    "s": 48_000,
                    "d": 12_000,
                    "m": {"title": "logo.png", "transition": {"type": "fade", "d": 1_000}},
                },
            ],
        },
        {
            "tt": 1,
            "id": "a1",
            "m": {"name": "Music"},
            "sg": [{"id": "s7", "s": 0, "d": 60_000, "m": {"title": "lo-fi.mp3", "volume": 0.35}}],
        },
        {
            "tt": 7,
            "id": "x1",
            "m": {"name": "Text"},
            "sg": [
                {"id": "s8", "s": 0, "d": 3_000, "m": {"text": "Urban Dreams"}},
                {
                    "id": "s9",
                    "s": 20_000,
                    "d": 5_000,
                    "m": {"text": "Where the city meets the sea"},
                },
                {"id": "s10", "s": 54_000, "d": 6_000, "m": {"text": "example.com"}},
            ],
        },
        {"tt": 4, "sg": [{"s": 30_000, "d": 10_000, "m": {"name": "glow"}}]},
    ],
    "d": 60_000,
    "m": {"title": "Urban Dreams", "width": 1920, "height": 1080, "fps": 30},
}

REPLY = """I cut the clips to the beat and built a **60-second promo**:

- beach and city first, the drone shot as the highlight
- half-second crossfades between the clips
- the title *Urban Dreams* over the first three seconds

Say `make it vertical` for a 9:16 version."""


def fill(world: World) -> None:
    """Put the sample project into `world`."""
    world.add(*turns(), *assets(), *renders())
    world.build(DRAFT)


def turns() -> Iterator[Turn]:
    """What was said."""
    yield (
        Turn(
            1,
            "s1",
            "combine these clips into a 60-second promo video with transitions and text overlays",
            "edit",
            TurnState.DONE,
            reply=REPLY,
            receipt=Receipt(
                (
                    Change("added", "Video", "", "beach.mp4 0-12s"),
                    Change("added", "BGM", "", "lo-fi.mp3 0-60s"),
                    Change("added", "Title", "", '"Urban Dreams" 0-3s'),
                ),
                seconds=4.2,
            ),
            offers=("export",),
            created_at=NOW - 300,
            sent_at=NOW - 300,
            ended_at=NOW - 296,
            position=1,
        )
    )
    yield (
        Turn(
            2,
            "s1",
            "turn the music down to 35% and fade it out at the end",
            "edit",
            TurnState.RUNNING,
            reply="The music now plays at 35 %",
            activity="Setting the volume",
            activity_since=NOW - 12,
            created_at=NOW - 12,
            sent_at=NOW - 12,
            position=2,
        )
    )
    yield (Turn(3, "s1", "add “example.com” at the end", "edit", TurnState.QUEUED, position=3))
    yield (Turn(4, "s1", "export it", "export", TurnState.QUEUED, position=4))


def assets() -> Iterator[Asset]:
    """Files in every state that has words of its own."""
    done = AssetState.DONE
    rows: list[dict[str, Any]] = [
        {"name": "beach.mp4", "state": done, "size": 48_200_000, "duration_s": 31.4},
        {"name": "城市延时摄影.mov", "state": done, "size": 122_000_000, "duration_s": 18.0},
        {
            "name": "drone over the harbour at sunset.mp4",
            "state": AssetState.UPLOADING,
            "size": 312_000_000,
            "sent": 131_000_000,
            "rate": 11_400_000,
            "duration_s": 44.2,
        },
        {"name": "portrait.jpg", "kind": "image", "state": done, "size": 3_400_000},
        {"name": "logo.png", "kind": "image", "state": done, "size": 84_000},
        {"name": "lo-fi.mp3", "kind": "audio", "state": done, "size": 2_900_000, "duration_s": 72},
        {
            "name": "GX010042.MP4",
            "state": AssetState.SETTLING,
            "size": 210_000_000,
            "why": Reason("growing", "quiet 3.1 s of 5"),
        },
        {
            "name": "interview-raw.mov",
            "state": AssetState.FAILED,
            "size": 1_900_000_000,
            "why": Reason("file_too_large", "larger than 500 MB: compress or trim it"),
        },
    ]
    for number, row in enumerate(rows, 1):
        values: dict[str, Any] = {"kind": "video", "source": "watch", **row}
        if values["kind"] == "video":
            values.update(width=1920, height=1080, fps=29.97)
        if values["kind"] == "audio":
            values["source"] = "picked"
        yield (
            Asset(id=number, session_id="s1", path=CLIPS / row["name"], created_at=NOW, **values)
        )


def renders() -> Iterator[Render]:
    """One that is done, one that failed, one under way."""
    yield (
        Render(
            "render_1",
            "s1",
            RenderState.DONE,
            ExportOptions(),
            draft_version=1,
            title="Urban Dreams",
            progress=100,
            path=Path("/home/mia/videos/Urban Dreams 2026-09-21.mp4"),
            created_at=NOW - 900,
            submitted_at=NOW - 900,
            ended_at=NOW - 858,
            size=38_000_000,
            position=1,
        )
    )
    yield (
        Render(
            "render_2",
            "s1",
            RenderState.FAILED,
            ExportOptions(quality="medium"),
            draft_version=2,
            title="Urban Dreams",
            problem=Problem(
                "The export failed", "The disk is full.", "Free some space, then retry."
            ),
            created_at=NOW - 400,
            submitted_at=NOW - 400,
            ended_at=NOW - 380,
            position=2,
        )
    )
    yield (
        Render(
            "render_3",
            "s1",
            RenderState.PROCESSING,
            ExportOptions(),
            draft_version=3,
            title="Urban Dreams",
            progress=42,
            created_at=NOW - 20,
            submitted_at=NOW - 20,
            position=3,
        )
    )


def turn(number: int = 1, **changes: object) -> Turn:
    """A turn that is over."""
    plain = Turn(number, "s1", f"message {number}", "edit", TurnState.DONE, position=number)
    return replace(plain, created_at=NOW, sent_at=NOW, **changes)  # type: ignore[arg-type]  # by name
