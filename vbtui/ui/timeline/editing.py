"""Edits by hand on the timeline screen: keys make sentences, and sentences go to the agent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from vbtui.base.errors import UsageError
from vbtui.base.keys import table
from vbtui.engine import Engine
from vbtui.journal.records import Asset
from vbtui.session.events import DraftChanged, Event, SessionOpened
from vbtui.timeline import changes as timeline_changes
from vbtui.timeline.edits import File, add_file
from vbtui.ui.kit import keys
from vbtui.ui.kit.saying import SayingScreen
from vbtui.ui.timeline.canvas import Canvas
from vbtui.ui.timeline.edits import Question, Situation, begin

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
        from vbtui.ui.dialogs.choose_asset import ChooseAssetScreen

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
        account = self.host.overview.account
        if account is not None and account.kind == "local":
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
