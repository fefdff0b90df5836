"""What screens ask of the app."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from vbtui.journal.records import Turn
    from vbtui.session.events import Event


class Reported(Message):
    """The engine has reported these, the newest of each thing."""

    def __init__(self, events: tuple[Event, ...]) -> None:
        super().__init__()
        self.events = events


class TextSent(Message):
    """The user said something to the agent."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class CommandGiven(Message):
    """A slash command: its name with the slash, and what follows it."""

    def __init__(self, name: str, argument: str) -> None:
        super().__init__()
        self.name = name
        self.argument = argument


class UploadWanted(Message):
    """These files are to be uploaded."""

    def __init__(self, paths: tuple[Path, ...] = (), urls: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.paths = paths
        self.urls = urls


class OfferTaken(Message):
    """An offer below a turn was chosen."""

    def __init__(self, turn: Turn, offer: str) -> None:
        super().__init__()
        self.turn = turn
        self.offer = offer


class BackendWanted(Message):
    """Start again, with the local studio or with the same backend."""

    def __init__(self, *, is_local: bool) -> None:
        super().__init__()
        self.is_local = is_local
