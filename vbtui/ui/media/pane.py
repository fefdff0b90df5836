"""The details of one file: its picture, what it is, where it stands, what its streams are."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from vbtui.journal.records import Asset
from vbtui.ui.kit.drawn import Steady
from vbtui.ui.kit.host import host_of
from vbtui.ui.pictures.raster import Drawn, NoPicture
from vbtui.ui.pictures.view import PictureView

_REST_S = 0.12
"""The cursor rests on a file for so long before its picture is asked for."""
_ELSEWHERE = NoPicture("this file is not on this machine")


class AssetPane(VerticalScroll, can_focus=False):
    """Shows one asset; picture and streams follow when they are known."""

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._asset: Asset | None = None
        self._wanted: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        yield PictureView(id="asset-picture")
        yield Steady(id="asset-facts")
        yield Steady(id="asset-streams")

    @property
    def view(self) -> PictureView:
        return self.query_one(PictureView)

    def show(self, asset: Asset | None, facts: Content) -> None:
        """Show another asset, or the same with other facts."""
        self._asset = asset
        self.query_one("#asset-facts", Steady).put(facts)
        self.fetch()

    def fetch(self) -> None:
        """Ask for what is not shown yet; call it again when the way of showing has changed."""
        asset = self._asset
        wanted = self._wish()
        if wanted == self._wanted or (wanted and not self.size.width):
            return
        is_other = wanted[:1] != self._wanted[:1]
        self._wanted = wanted
        is_on = host_of(self).pictures.are_on
        self.view.display = is_on and asset is not None
        if is_other or not is_on:
            self.view.show(None)
            self.query_one("#asset-streams", Steady).put(Content(""))
        if asset is not None:
            host_of(self).work(partial(self._fetch, asset, wanted), name="picture", group="picture")

    def on_resize(self) -> None:
        self.fetch()

    def _wish(self) -> tuple[object, ...]:
        """What picture and streams depend on; empty without a file."""
        asset = self._asset
        if asset is None:
            return ()
        mode = host_of(self).pictures.modes.mode
        return (asset.id, asset.path, asset.size, asset.state.is_over, mode, self.size.width)

    async def _fetch(self, asset: Asset, wanted: tuple[object, ...]) -> None:
        await asyncio.sleep(_REST_S)
        pictures = host_of(self).pictures
        if pictures.are_on:
            drawn = await self._drawn(asset)
            if self._wanted == wanted and self.is_attached:
                self.view.show(drawn)
        if asset.path is None or asset.kind == "image":
            return
        facts = await pictures.gallery.facts(asset.path)
        if self._wanted == wanted and self.is_attached:
            known = {"Frames"} if asset.fps else set[str]()
            shown = [(label, text) for label, text in facts if label not in known]
            self.query_one("#asset-streams", Steady).put(streams_content(shown))

    async def _drawn(self, asset: Asset) -> Drawn:
        if asset.path is None:
            return _ELSEWHERE
        return await host_of(self).pictures.gallery.picture(asset.path, asset.kind, self.view.box)


def streams_content(facts: Sequence[tuple[str, str]]) -> Content:
    """Label and value, line by line."""
    return Content("\n").join(
        Content.assemble((label.ljust(9), "$foreground-muted"), text) for label, text in facts
    )
