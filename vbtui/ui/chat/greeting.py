"""The first screen of a project in which nothing was said yet.

The cloud's agent greets, with three examples. The local studio shows what can be said of the files that are
there – sentences that it has tried – and, while there are none, how they get here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from vbtui.base.keys import fill, table
from vbtui.base.text import clean_line
from vbtui.journal.records import Asset, AssetState
from vbtui.session.events import Link, Overview
from vbtui.ui.kit import words
from vbtui.ui.kit.host import BUSY_ASSETS
from vbtui.ui.kit.widgets import Choice, Choices, Steady

EXAMPLES = (
    "create my video clips or images",
    "export 1080p MP4",
    "combine these clips into a 60-second promo video with transitions and text overlays",
)
GETTING_STARTED = (
    "Share your video clips or images and I'll get started on AI video creation. "
    "Or just tell me what you're thinking."
)
ADVICE = "Files of up to 500 MB each; MP4, MOV, JPG and PNG work best."
LOCAL_STARTED = (
    "Your clips, photos and music become a video on this machine: no account, no network."
)
_WAYS_IN = (
    ("app.upload", "Add files: pick them, or drop or paste them here"),
    ("/watch", "Watch a folder: what lands there is taken"),
    ("app.sample", "Make a sample project: footage drawn here, a video within a minute"),
)
"""What brings files here, by its key or command."""


@dataclass(frozen=True, slots=True)
class Files:
    """What is there to make a video of."""

    ready: int = 0
    coming: int = 0
    pictures: int = 0
    """Clips and photos among those that are ready."""
    watched: Path | None = None
    """The folder that is watched for this project."""

    @classmethod
    def of(cls, assets: Sequence[Asset], watched: Path | None) -> Files:
        ready = [one for one in assets if one.state is AssetState.DONE]
        coming = [one for one in assets if one.state in BUSY_ASSETS]
        pictures = sum(one.kind != "audio" for one in ready)
        return cls(len(ready), len(coming), pictures, watched)


class Greeting(Vertical):
    """The greeting with its examples; the one that is chosen fills the prompt, or does what its key does."""

    def __init__(self) -> None:
        super().__init__(id="greeting")
        self._text = Steady()
        self._choices = Choices([Choice(text, f"“{text}”") for text in EXAMPLES], column=True)
        self._more = Steady(classes="gap")
        self._status = Steady(id="greeting-status")

    def compose(self) -> ComposeResult:
        yield self._text
        yield self._choices
        yield self._more
        yield self._status

    def show(
        self, overview: Overview, files: Files, suggestions: Sequence[str], *, is_local: bool
    ) -> None:
        """Say what to do first, and how far the setup is.

        Args:
            suggestions: what the local studio has tried on these files.
            is_local: whether the local studio is the backend, or is to be.
        """
        if is_local:
            self._show_local(files, suggestions)
        else:
            self._say(GETTING_STARTED, "Try saying")
            self._offer(EXAMPLES)
            self._more.put(
                Content.assemble(
                    (table()["app.upload"].display, "$text-accent bold"),
                    " picks files; dropping or pasting them here works too. ",
                    (ADVICE, "$foreground-muted"),
                )
            )
        self._status.put(status_text(overview, is_local=is_local))

    def _show_local(self, files: Files, suggestions: Sequence[str]) -> None:
        if files.pictures:
            there = words.plural(files.ready, "file")
            self._say(
                f"{there} {'is' if files.ready == 1 else 'are'} here{_coming(files)}.",
                fill("Try saying ({prompt.complete}, {choices.take})") if suggestions else "",
            )
            self._offer(suggestions)
            self._more.put(_keys(_WAYS_IN[:2], ("adds files", "watches a folder")))
            return
        if files.ready:
            self._say("There is music, and no clip or photo to go with it yet.", _first(files))
        else:
            self._say(LOCAL_STARTED, _first(files))
        width = max(len(_shown(way)) for way, _ in _WAYS_IN)
        self._choices.offer(
            [Choice(way, f"{_shown(way).ljust(width)}  {text}") for way, text in _WAYS_IN]
        )
        self._more.put(Content.styled(ADVICE, "$foreground-muted"))

    def _say(self, what: str, then: str) -> None:
        self._text.put(
            Content.assemble(
                ("Getting Started\n", "$text-primary bold"),
                what,
                (f"\n\n{then}" if then else "", "$foreground-muted"),
            )
        )

    def _offer(self, sentences: Sequence[str]) -> None:
        self._choices.offer([Choice(text, f"“{text}”") for text in sentences])


def _first(files: Files) -> str:
    """What is waited for, or what to do first."""
    if files.coming:
        return f"{words.plural(files.coming, 'file')} on the way …"
    if files.watched is not None:
        return f"Watching {clean_line(str(files.watched))}: copy files there, or"
    return "Begin with"


def _coming(files: Files) -> str:
    return f", {files.coming} more on the way" if files.coming else ""


def _shown(way: str) -> str:
    """`^o`, `/watch`."""
    return table()[way].display if way in table() else way


def _keys(ways: Sequence[tuple[str, str]], does: Sequence[str]) -> Content:
    parts: list[tuple[str, str]] = []
    for (way, _), text in zip(ways, does, strict=True):
        parts += [(_shown(way), "$text-accent bold"), (f" {text}   ", "")]
    return Content.assemble(*parts)


def status_text(overview: Overview, *, is_local: bool) -> Content:
    """`Setting things up…`, `Connected and ready`, or what is wrong."""
    badge = words.LINKS[overview.link]
    if overview.link is Link.STARTING:
        text = overview.problem.message if overview.problem else "Setting things up…"
    elif overview.link is Link.READY:
        text = f"Connected and ready: {overview.backend}."
        if overview.credits is not None and not is_local:
            text += f" {words.credits_text(overview.credits)}."
    else:
        text = badge.word
    return Content.assemble((f"{badge.symbol} ", badge.style), (text, "$foreground-muted"))
