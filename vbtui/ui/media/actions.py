"""What the keys of the media screen do to the files that are marked, else to the one at the cursor."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence

from textual.content import Content

from vbtui.base import programs
from vbtui.base.errors import UsageError
from vbtui.base.keys import key_name
from vbtui.base.text import clean_line
from vbtui.engine import Engine
from vbtui.journal.records import Asset, AssetState
from vbtui.media.library import Library
from vbtui.timeline.edits import Edit, File, add_files, replace_file
from vbtui.timeline.model import Timeline
from vbtui.ui.kit import words
from vbtui.ui.kit.edit_line import EditLine, SayingScreen
from vbtui.ui.kit.grid import Grid
from vbtui.ui.kit.host import timeline_of
from vbtui.ui.media.words import Uses, uses_of

_REST_S = 0.3
"""Changes that come so soon after each other are looked at together."""
_AGAIN = (AssetState.FAILED, AssetState.SKIPPED, AssetState.GONE)
_WAITING = (AssetState.SEEN, AssetState.SETTLING)

_POSSIBLE: dict[str, Callable[[Asset], bool]] = {
    "retry": lambda asset: asset.state in _AGAIN,
    "skip": lambda asset: not asset.state.is_over or asset.state is AssetState.FAILED,
    "force": lambda asset: asset.state in _WAITING,
    "use": lambda asset: asset.state is AssetState.DONE,
}
"""What can be done to a file."""

Verb = Callable[[Library, int], Awaitable[object]]


class MediaKeys(SayingScreen):
    """A screen with a grid of files."""

    def __init__(self) -> None:
        super().__init__()
        self.marked: set[int] = set()
        """Ids of files."""
        self.uses: Uses = {}
        self._is_learning = False
        self._later: list[Edit] = []
        """Edits that are shown when the one before them is sent."""
        self._possible: dict[str, bool] = {}
        """By the names of actions; asked at every key, and so found out only when it may change."""

    @property
    def grid(self) -> Grid[Asset]:
        return self.query_one("#assets", Grid)

    @property
    def assets(self) -> Sequence[Asset]:
        return self.engine.library.assets if self.engine else ()

    @property
    def timeline(self) -> Timeline | None:
        return timeline_of(self.engine)

    @property
    def targets(self) -> list[Asset]:
        """What a key acts on."""
        if self.marked:
            return [asset for asset in self.assets if asset.id in self.marked]
        return [self.grid.current] if self.grid.current else []

    # -- where files are used -----------------------------------------------------------------

    def learn_uses(self) -> None:
        """Find out where on the timeline each file is, in a thread; `uses_learned` follows."""
        if self._is_learning or not (self.timeline or self.uses):
            return
        self._is_learning = True

        async def learn() -> None:
            try:
                await asyncio.sleep(_REST_S)
                self._is_learning = False
                self.uses = await asyncio.to_thread(uses_of, self.timeline, self.assets)
            finally:
                self._is_learning = False
            if self.is_attached:
                self.uses_learned()

        self.host.work(learn, name="uses", group="uses", exclusive=False)

    def uses_learned(self) -> None:
        """Show where files are used."""

    # -- which keys work ----------------------------------------------------------------------

    def bindings_may_have_changed(self) -> None:
        """Find out which keys work now, and draw the footer anew where that is another one."""
        targets = self.targets
        possible = {name: any(map(can, targets)) for name, can in _POSSIBLE.items()}
        possible |= {"clear": self.can_clear, "filter": bool(self.assets)}
        possible["forget"] = self.grid.current is not None
        if possible != self._possible:
            self._possible = possible
            self.refresh_bindings()

    @property
    def can_clear(self) -> bool:
        """Whether there is a filter or a mark."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("copy_path", "mark", "play", "label", "replace"):
            action = "forget"
        elif action in ("pause", "order", "turn_order", "mark_all"):
            action = "filter"
        return self._possible.get(action, True)

    # -- uploads ------------------------------------------------------------------------------

    def action_retry(self) -> None:
        self._do("retry", lambda library, asset_id: library.retry(asset_id))

    def action_skip(self) -> None:
        self._do("skip", lambda library, asset_id: library.skip(asset_id))

    def action_force(self) -> None:
        self._do("force", lambda library, asset_id: library.force(asset_id))

    def _do(self, name: str, verb: Verb) -> None:
        """Do it to each target that it can be done to; the marks stay."""
        ids = [asset.id for asset in self.targets if _POSSIBLE[name](asset)]

        async def do(engine: Engine) -> None:
            for asset_id in ids:
                await verb(engine.library, asset_id)

        self.host.do(name, do)

    def action_forget(self) -> None:
        """Asks first where several go, or one that is on the timeline or on its way."""
        targets = self.targets
        is_small = len(targets) == 1 and targets[0].state.is_over
        if is_small and targets[0].id not in self.uses:
            self._forget(targets)
            return
        used = sum(asset.id in self.uses for asset in targets)
        names = targets[0].shown if len(targets) == 1 else words.plural(len(targets), "file")
        also = f" {used} of them on the timeline, which stays as it is." if used else ""
        question = f"{names[:200]} will be off this list; on the disk nothing changes.{also}"
        self.host.confirm(
            "Remove from the list?", question, "Remove", lambda: self._forget(targets)
        )

    def _forget(self, targets: Sequence[Asset]) -> None:
        self.marked -= {asset.id for asset in targets}

        async def forget(engine: Engine) -> None:
            for asset in targets:
                await engine.library.forget(asset.id)

        self.host.do("remove", forget)

    def action_pause(self) -> None:
        if self.engine:
            library = self.engine.library
            if library.paused:
                library.resume()
            else:
                library.pause()
            self.host.call_next(self.host.resync)

    # -- the timeline -------------------------------------------------------------------------

    def action_use(self) -> None:
        """The sentence that puts the files on the timeline."""
        ready = [asset for asset in self.targets if asset.state is AssetState.DONE]
        clips = [_file(asset) for asset in ready if asset.kind != "audio"]
        sounds = [_file(asset) for asset in ready if asset.kind == "audio"]
        self._propose(add_files(clips, sounds))

    def action_replace(self) -> None:
        """Choose another file; the sentence follows."""
        from vbtui.ui.dialogs.picker import ChooseAssetScreen

        asset = self.grid.current
        if asset is None:
            return
        others = [one for one in ChooseAssetScreen.assets_of(self.engine) if one.id != asset.id]
        others = [one for one in others if (one.kind == "audio") is (asset.kind == "audio")]
        if self.timeline is None or (self.uses and asset.id not in self.uses):
            self.edit_line.refuse(
                UsageError(
                    "This file is not on the timeline.",
                    hint=f"Press {key_name('media.use')} to add it.",
                )
            )
        elif not others:
            self.edit_line.refuse(
                UsageError(
                    "There is no other file of its kind.",
                    hint=f"Upload one first with {key_name('media.add')}.",
                )
            )
        else:
            self.app.push_screen(
                ChooseAssetScreen(f"Replace {asset.shown} by", others),
                lambda by: self._replace(asset, by),
            )

    def _replace(self, asset: Asset, by: Asset | None) -> None:
        if by is None:
            return
        try:
            self._propose([replace_file(_file(asset), _file(by))])
        except UsageError as error:
            self.edit_line.refuse(error)

    def _propose(self, edits: Sequence[Edit]) -> None:
        """Show the first sentence; each that is sent is followed by the next."""
        self._later = list(edits[1:])
        if edits:
            self.edit_line.propose(edits[0].sentence())

    def on_edit_line_sent(self, event: EditLine.Sent) -> None:
        """Textual calls this beside the handler of the class below, which sends."""
        if self._later:
            self._propose(self._later)

    def on_edit_line_closed(self) -> None:
        self.grid.focus()

    # -- one file -----------------------------------------------------------------------------

    def action_label(self) -> None:
        """Say what the file is called here."""
        from vbtui.ui.dialogs.dialog import LabelScreen

        if asset := self.grid.current:
            self.app.push_screen(LabelScreen(asset), lambda label: self._label(asset, label))

    def _label(self, asset: Asset, label: str | None) -> None:
        if label is not None:
            self.host.do("label", lambda engine: engine.library.rename(asset.id, label))

    def action_play(self) -> None:
        """In the desktop's own program; where there is none, say where the file is."""
        asset = self.grid.current
        if asset is None:
            return
        if asset.path is None:
            self.edit_line.refuse(UsageError("This file is not on this machine."))
        elif not asset.path.is_file():
            self.edit_line.refuse(UsageError("The file is not there any more."))
        elif not programs.has_desktop(os.environ) or not programs.open_on_desktop(asset.path):
            self.host.copy_to_clipboard(str(asset.path))
            place = clean_line(str(asset.path))
            self.host.say(f"{place}\n(copied)", title="There is no program here that can play it")
        else:
            self.edit_line.say(Content.styled("▸ opened in another program", "$foreground-muted"))

    async def on_grid_opened(self) -> None:
        self.action_play()

    def action_copy_path(self) -> None:
        places = [str(asset.path or asset.url) for asset in self.targets]
        self.host.copy("\n".join(places), "The path is" if len(places) == 1 else "The paths are")


def _file(asset: Asset) -> File:
    return File.called(asset.name, asset.label)
