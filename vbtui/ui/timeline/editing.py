"""Edits by hand on the timeline screen: a key is an edit at once, or a question whose answer makes it one;
its sentence goes to the agent.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType

from vbtui.base.errors import UsageError
from vbtui.base.keys import key_name, table
from vbtui.engine import Engine
from vbtui.journal.records import Asset
from vbtui.session.events import DraftChanged, Event, SessionOpened
from vbtui.timeline import changes as timeline_changes
from vbtui.timeline import edits
from vbtui.timeline.edits import Edit, File, add_file
from vbtui.timeline.model import Placed, Timeline
from vbtui.ui.kit import keys
from vbtui.ui.kit.edit_line import Question, SayingScreen, many_lines, one_line
from vbtui.ui.timeline.canvas import Canvas

UNDO = "undo"
"""What the local studio understands exactly."""


class EditingScreen(SayingScreen):
    """A screen with a canvas and an edit line."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("edits"))

    @property
    def canvas(self) -> Canvas:
        return self.query_one(Canvas)

    def situation(self) -> Situation:
        """What an edit would be about. Raises `UsageError` when nothing is built yet."""
        canvas = self.canvas
        if canvas.timeline is None:
            raise UsageError("There is nothing on the timeline yet.")
        selected = canvas.selected
        here = (selected[0].track, selected[1]) if selected else None
        marked = canvas.selection.chosen(canvas.timeline)
        return Situation(canvas.timeline, here, marked, canvas.playhead_ms)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("edit", "add", "undo", "versions", "way_out", "mark"):
            timeline = self.canvas.timeline if self.is_mounted else None
            is_there = timeline is not None and bool(timeline.tracks)
            return is_there or (action == "versions" and timeline is not None)
        if action == "clear_selection":
            return self.is_mounted and bool(self.canvas.selection)
        return True

    # -- selection ----------------------------------------------------------------------------

    def action_mark(self) -> None:
        self.canvas.mark_here()
        self.refresh_bindings()

    def action_clear_selection(self) -> None:
        self.canvas.unmark()
        self.refresh_bindings()

    # -- sentences ----------------------------------------------------------------------------

    def action_edit(self, name: str) -> None:
        """Ask what the edit needs, or show its sentence; else say why not."""
        try:
            made = begin(name, self.situation())
        except UsageError as error:
            self.edit_line.refuse(error)
            return
        if isinstance(made, Question):
            self.edit_line.ask(made)
        else:
            self.edit_line.propose(made.sentence())

    def action_add(self) -> None:
        """Choose a file; its sentence follows."""
        from vbtui.ui.dialogs.picker import ChooseAssetScreen

        if not ChooseAssetScreen.assets_of(self.engine):
            self.edit_line.refuse(
                UsageError(
                    "There is no file to add.",
                    hint=f"Upload one first with {table()['app.upload'].display}.",
                )
            )
            return
        self.app.push_screen(ChooseAssetScreen(), self._add)

    def _add(self, asset: Asset | None) -> None:
        if asset is None:
            return
        canvas = self.canvas
        file = File.called(asset.name, asset.label)
        try:
            edit = add_file(canvas.timeline, file, asset.kind, canvas.playhead_ms)
        except UsageError as error:
            self.edit_line.refuse(error)
            return
        self.edit_line.propose(edit.sentence())

    async def action_undo(self) -> None:
        """The local studio takes the last edit back; another backend is asked in a sentence."""
        if self.host.overview.is_local:
            self.send(UNDO)
            return
        engine = self.engine
        if engine is None:
            return
        sentence = await _inverse(engine)
        if sentence:
            self.edit_line.propose(sentence, "Undo, as a sentence")
        else:
            self.edit_line.refuse(UsageError("There is no earlier version to go back to."))

    def on_edit_line_closed(self) -> None:
        self.canvas.focus()

    async def take(self, events: Sequence[Event]) -> None:
        await super().take(events)
        for event in events:
            if isinstance(event, SessionOpened):
                self.canvas.unmark()
            elif isinstance(event, DraftChanged):
                self.refresh_bindings()

    # -- dialogs ------------------------------------------------------------------------------

    def action_versions(self) -> None:
        from vbtui.ui.timeline.versions import VersionsScreen

        self.app.push_screen(VersionsScreen())

    def action_way_out(self) -> None:
        from vbtui.ui.timeline.way_out import WayOutScreen

        self.app.push_screen(WayOutScreen())


async def _inverse(engine: Engine) -> str:
    """The sentence that takes the newest version back; empty when there is none before it."""
    versions = await engine.drafts.versions()
    if len(versions) < 2:
        return ""
    before, after = versions[-2].timeline, versions[-1].timeline

    def sentence() -> str:
        return timeline_changes.inverse(timeline_changes.compare(before, after), before, after)

    return await asyncio.to_thread(sentence)


MOVE_MS = 1000
"""How far a key moves text and sound."""


@dataclass(frozen=True, slots=True)
class Situation:
    """The timeline as it is shown and what the user points at."""

    timeline: Timeline
    here: Placed | None
    """Under the playhead in the chosen lane."""
    marked: Sequence[Placed]
    playhead_ms: int

    @property
    def one(self) -> Placed:
        """The one marked segment, else the one under the playhead.

        Raises `UsageError` where several are marked, too: which of them is meant is not known.
        """
        if len(self.marked) > 1:
            raise UsageError(
                f"{len(self.marked)} segments are marked, and this is done to one at a time.",
                hint=f"{key_name('edits.clear')} takes the marks off; then press the key again.",
            )
        return self.marked[0] if self.marked else self.under

    @property
    def join(self) -> Placed:
        """The clip that a transition leads into: the later one of two marked neighbours, else `one`."""
        if len(self.marked) == 2:
            (track, first), (other, second) = self.marked
            clips = list(track.segments)
            if track is other and clips.index(second) - clips.index(first) == 1:
                return (track, second)
        return self.one

    @property
    def under(self) -> Placed:
        """The segment under the playhead. Raises `UsageError`."""
        if self.here is None:
            raise UsageError(
                "There is nothing at the playhead on this track.",
                hint=f"Press {key_name('timeline.next')} for the next clip, or choose another track.",
            )
        return self.here

    @property
    def all(self) -> Sequence[Placed]:
        """The marked segments, else the one under the playhead. Raises `UsageError`."""
        return self.marked or [self.under]


def begin(name: str, at: Situation) -> Edit | Question:
    """The edit of a key, or what must be asked first.

    Args:
        name: trim_start, trim_end, split, delete, earlier, later, volume, text, transition, speed.

    Raises `UsageError` with the reason why it cannot be done here.
    """
    return _EDITS[name](at)


def _volume(at: Situation) -> Question:
    segments = at.all
    known = segments[0][1].volume
    value = 100 if known is None else round(known * 100)
    edits.volume(at.timeline, segments, 100)

    def make(answer: str) -> Edit:
        percent = number_of(answer.replace("%", ""), "A volume is a number from 0 to 200.")
        return edits.volume(at.timeline, segments, round(percent))

    return Question("Volume in %", str(value), make)


def _text(at: Situation) -> Question:
    track, segment = at.one
    edits.change_text(at.timeline, track, segment, "words")

    def make(answer: str) -> Edit:
        return edits.change_text(at.timeline, track, segment, many_lines(answer))

    return Question("Words", one_line(segment.text), make)


def _transition(at: Situation) -> Question:
    track, segment = at.join
    edits.transition(at.timeline, track, segment, "cut")
    kind = segment.transition if segment.transition in edits.TRANSITIONS else "crossfade"
    value = f"{kind} {segment.transition_ms or 500} ms"

    def make(answer: str) -> Edit:
        name, duration_ms = transition_of(answer)
        return edits.transition(at.timeline, track, segment, name, duration_ms)

    return Question(f"Transition ({', '.join(edits.TRANSITIONS)})", value, make)


def _speed(at: Situation) -> Question:
    segments = at.all
    edits.speed(at.timeline, segments, 1)

    def make(answer: str) -> Edit:
        wanted = number_of(answer.rstrip("x× "), "A speed is a number from 0.1 to 10.")
        return edits.speed(at.timeline, segments, wanted)

    return Question("Speed (1 is normal)", f"{segments[0][1].speed:g}", make)


_EDITS: dict[str, Callable[[Situation], Edit | Question]] = {
    "trim_start": lambda at: edits.trim_start(at.timeline, *at.one, at.playhead_ms),
    "trim_end": lambda at: edits.trim_end(at.timeline, *at.one, at.playhead_ms),
    "split": lambda at: edits.split(at.timeline, *at.one, at.playhead_ms),
    "delete": lambda at: edits.delete(at.timeline, at.all),
    "earlier": lambda at: edits.move(at.timeline, *at.one, -MOVE_MS),
    "later": lambda at: edits.move(at.timeline, *at.one, MOVE_MS),
    "volume": _volume,
    "text": _text,
    "transition": _transition,
    "speed": _speed,
}


def number_of(text: str, what: str) -> float:
    """The number that was typed, with a point or a comma. Raises `UsageError` with `what`."""
    match = re.fullmatch(r"\s*([0-9]{1,6}(?:[.,][0-9]{1,6})?)\s*", text)
    if match is None:
        raise UsageError(what)
    return float(match[1].replace(",", "."))


def transition_of(text: str) -> tuple[str, int]:
    """`wipe`, `crossfade 500 ms`, `fade 0.5 s`: kind and ms. Raises `UsageError`."""
    match = re.fullmatch(r"\s*([a-z]+)(?:\s+([0-9.,]+)\s*(ms|s)?)?\s*", text.lower())
    if match is None:
        raise UsageError("Say a kind and how long, as in “crossfade 500 ms”.")
    if not match[2]:
        return match[1], 500
    length = number_of(match[2], "Say how long, as in “crossfade 500 ms”.")
    is_seconds = match[3] == "s" or (match[3] is None and length < 20)
    return match[1], round(length * 1000 if is_seconds else length)
