"""What is under way, for Escape, for leaving and for the strip."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vbtui.journal.records import Asset, AssetState, Render, Turn, TurnState
from vbtui.ui.kit import words

if TYPE_CHECKING:
    from vbtui.engine import Engine

BUSY_TURNS = (TurnState.SENDING, TurnState.RUNNING, TurnState.RECOVERING)
BUSY_ASSETS = (AssetState.HASHING, AssetState.QUEUED, AssetState.UPLOADING)


class Running(NamedTuple):
    """All that would go on, or be interrupted."""

    turn: Turn | None
    """The turn that the agent works on."""
    uploads: tuple[Asset, ...]
    renders: tuple[Render, ...]

    def __bool__(self) -> bool:
        return bool(self.turn or self.uploads or self.renders)

    @property
    def sentence(self) -> str:
        """`The agent is at work and 2 renders are under way.`"""
        parts = ["the agent is at work"] if self.turn else []
        for things, noun in ((self.uploads, "upload"), (self.renders, "render")):
            if things:
                verb = "is" if len(things) == 1 else "are"
                parts.append(f"{words.plural(len(things), noun)} {verb} under way")
        text = " and ".join(", ".join(parts).rsplit(", ", 1))
        return text[:1].upper() + text[1:] + "." if text else ""


def what_runs(engine: Engine | None) -> Running:
    """What is under way right now."""
    if engine is None:
        return Running(None, (), ())
    turns = [turn for turn in engine.conversation.turns if turn.state in BUSY_TURNS]
    return Running(
        turns[-1] if turns else None,
        tuple(asset for asset in engine.library.assets if asset.state in BUSY_ASSETS),
        tuple(render for render in engine.exports.renders if not render.state.is_over),
    )


def can_stop(engine: Engine | None) -> bool:
    """Whether Escape would stop something; asked at every key, so it looks at no file."""
    return engine is not None and (
        any(turn.state in BUSY_TURNS for turn in engine.conversation.turns)
        or any(not render.state.is_over for render in engine.exports.renders)
    )
