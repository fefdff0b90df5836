"""One file: the cells of its row, all that is known about it, its pane, what can be done to it; which files a list
shows in which order, and where on the timeline each of them is used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from vbtui.base.text import bounded, clean_line, format_bytes
from vbtui.base.times import time_code
from vbtui.base.translation import Counted, Translation
from vbtui.journal.records import Asset, AssetState, files_of
from vbtui.timeline.model import TEXT, Placed, Timeline
from vbtui.ui.kit import words
from vbtui.ui.kit.grid import plain
from vbtui.ui.kit.host import host_of
from vbtui.ui.kit.widgets import Fact, Facts
from vbtui.ui.pictures.raster import FRAMES, Drawn, NoPicture
from vbtui.ui.pictures.view import PictureView

_T = Translation
_NOT_USED = _T("not on the timeline", "不在时间线上")
_USES = Counted("on the timeline once", "on the timeline {count} times", "在时间线上 {count} 次")
_MORE_USES = _T("and {count} times more", "另有 {count} 次")
_UNKNOWN = _T("not known", "未知")
_A_SECOND = _T("{count} a second", "每秒 {count} 帧")
_FILE, _KIND, _LENGTH, _PICTURE = (
    _T("File", "文件"),
    _T("Kind", "类型"),
    _T("Length", "时长"),
    _T("Picture", "画面"),
)
_SIZE, _SOURCE, _PATH = _T("Size", "大小"), _T("Source", "来源"), _T("Path", "路径")
_URL, _USED = _T("URL", "网址"), _T("Used", "使用")
_MOST_USES = 5


def name_cell(asset: Asset) -> Content:
    """What the user calls it, and its own name behind that."""
    if not asset.label:
        return plain(asset.name)
    return Content.assemble((asset.label, ""), (f"  {asset.name}", "$foreground-muted"))


def kind_cell(asset: Asset) -> Content:
    return plain(words.kind_text(asset.kind) or "?", "$foreground-muted")


def length_cell(asset: Asset) -> Content:
    if not asset.duration_s:
        return Content("")
    return plain(time_code(round(asset.duration_s * 1000)))


def size_cell(asset: Asset) -> Content:
    return plain(format_bytes(asset.size)) if asset.size else Content("")


def picture_cell(asset: Asset) -> Content:
    if not (asset.width and asset.height):
        return Content("")
    return plain(f"{asset.width}x{asset.height}", "$foreground-muted")


def source_cell(asset: Asset) -> Content:
    return plain(words.source_text(asset.source), "$foreground-muted")


def state_cell(asset: Asset, now: float) -> Content:
    """Symbol, word, and while it is uploading a bar."""
    badge = words.ASSETS[asset.state]
    text = words.asset_state(asset, now)
    if asset.state is AssetState.UPLOADING:
        text = f"{words.bar(words.asset_progress(asset), 8)} {text.removeprefix(badge.word + ' ')}"
    return Content.styled(f"{badge.symbol} {text}", badge.style)


def state_in_full(asset: Asset, now: float, uses: Sequence[Placed] | None) -> Content:
    """One file's state, use and place in words, for narrow screens.

    Args:
        uses: where it is on the timeline; None: not known yet, or there is no timeline.
    """
    badge = words.ASSETS[asset.state]
    place = bounded(clean_line(str(asset.path)) if asset.path else asset.url)
    used = f" · {_times(uses)}" if uses is not None else ""
    return Content.assemble(
        (f"{badge.symbol} {words.asset_state(asset, now)}", badge.style),
        (f"{used}\n{place}", "$foreground-muted"),
    )


def _times(uses: Sequence[Placed]) -> str:
    if not uses:
        return _NOT_USED.of()
    return _USES.of(len(uses))


def facts_of(asset: Asset, now: float, uses: Sequence[Placed] | None) -> list[Content | Fact]:
    """All that is known about one file, for the detail pane; `uses` as above."""
    badge = words.ASSETS[asset.state]
    facts = [
        (_FILE, asset.name if asset.label else ""),
        (_KIND, words.kind_text(asset.kind) or _UNKNOWN.of()),
        (_LENGTH, _exact(asset.duration_s)),
        (_PICTURE, f"{asset.width} x {asset.height}" if asset.width else ""),
        (FRAMES, _A_SECOND.of(count=f"{asset.fps:g}") if asset.fps else ""),
        (_SIZE, format_bytes(asset.size) if asset.size else ""),
        (_SOURCE, words.source_text(asset.source)),
        (_PATH, clean_line(str(asset.path)) if asset.path else ""),
        (_URL, asset.url if asset.url and not asset.path else ""),
    ]
    lines: list[Content | Fact] = [
        Content.styled(bounded(asset.shown), "bold"),
        Content.styled(f"{badge.symbol} {words.asset_state(asset, now)}", badge.style),
        Content(""),
    ]
    lines += [Fact(label.of(), text) for label, text in facts if text]
    return [*lines, *_used(uses)] if uses is not None else lines


def _exact(seconds: float | None) -> str:
    return time_code(round(seconds * 1000), fraction=True) if seconds is not None else ""


def _used(uses: Sequence[Placed]) -> list[Fact]:
    """Where it is on the timeline, a line each."""
    if not uses:
        return [Fact(_USED.of(), _NOT_USED.of())]
    lines = []
    for number, (track, segment) in enumerate(uses[:_MOST_USES]):
        span = f"{time_code(segment.start_ms)}-{time_code(segment.end_ms)}"
        head = "" if number else _USED.of()
        lines.append(Fact(head, f"{span} {words.track_text(track)}"))
    if len(uses) > _MOST_USES:
        lines.append(Fact("", _MORE_USES.of(count=len(uses) - _MOST_USES)))
    return lines


Key = Callable[[Asset], str | float]

ORDERS: tuple[str, ...] = (
    "",
    "Name",
    "Kind",
    "Length",
    "Size",
    "Picture",
    "Source",
    "Used",
    "State",
)
"""Names of columns, as a key steps through them; empty: as they came."""


def names_of(asset: Asset) -> str:
    """What a file is found by."""
    return f"{asset.label} {asset.name}"


def ordered(
    assets: Sequence[Asset], name: str, *, is_falling: bool, used: Mapping[int, int]
) -> Sequence[Asset]:
    """In the order of a column; what is equal stays as it came.

    Args:
        used: how often each file, by its id, is on the timeline.
    """
    key = _KEYS.get(name)
    if name == "Used":
        return sorted(assets, key=lambda asset: used.get(asset.id, 0), reverse=is_falling)
    if key is None:
        return assets[::-1] if is_falling else assets
    return sorted(assets, key=key, reverse=is_falling)


_STATES = {state: place for place, state in enumerate(words.ASSETS)}
_KEYS: dict[str, Key] = {
    "Name": lambda asset: asset.shown.casefold(),
    "Kind": lambda asset: asset.kind,
    "Length": lambda asset: asset.duration_s or 0.0,
    "Size": lambda asset: asset.size,
    "Picture": lambda asset: (asset.width or 0) * (asset.height or 0),
    "Source": lambda asset: asset.source,
    "State": lambda asset: _STATES[asset.state],
}


Uses = Mapping[int, Sequence[Placed]]
"""By the asset's id, in the timeline's order; assets that are not used are not there."""


def uses_of(timeline: Timeline | None, assets: Sequence[Asset]) -> dict[int, list[Placed]]:
    """Which of the project's files each segment is made from, as `timeline.sources` says.

    Ten thousand segments take a fifth of a second: for a thread.
    """
    files = files_of(assets)
    found: dict[int, list[Placed]] = {}
    for track, segment in timeline.segments if timeline else ():
        asset = files.find(segment) if track.type != TEXT else None
        if asset is not None:
            found.setdefault(asset.id, []).append((track, segment))
    return found


_AGAIN = (AssetState.FAILED, AssetState.SKIPPED, AssetState.GONE)
_WAITING = (AssetState.SEEN, AssetState.SETTLING)

POSSIBLE: dict[str, Callable[[Asset], bool]] = {
    "retry": lambda asset: asset.state in _AGAIN,
    "skip": lambda asset: not asset.state.is_over or asset.state is AssetState.FAILED,
    "force": lambda asset: asset.state in _WAITING,
    "use": lambda asset: asset.state is AssetState.DONE,
}
"""What can be done to a file."""


_REST_S = 0.12
"""The cursor rests on a file for so long before its picture is asked for."""
_ELSEWHERE = NoPicture(_T("this file is not on this machine", "这个文件不在这台电脑上"))


class AssetPane(VerticalScroll, can_focus=False):
    """Shows one asset; picture and streams follow when they are known."""

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._asset: Asset | None = None
        self._wanted: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        yield PictureView(id="asset-picture")
        yield Facts(id="asset-facts")
        yield Facts(id="asset-streams")

    @property
    def view(self) -> PictureView:
        return self.query_one(PictureView)

    def show(self, asset: Asset | None, facts: Sequence[Content | Fact]) -> None:
        """Show another asset, or the same with other facts."""
        self._asset = asset
        self.query_one("#asset-facts", Facts).put(facts)
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
            self.query_one("#asset-streams", Facts).put(())
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
        if asset.path is None or asset.kind in ("image", "subtitles", "lut"):
            return
        facts = await pictures.gallery.facts(asset.path)
        if self._wanted == wanted and self.is_attached:
            shown = [
                Fact(label.of(), text) for label, text in facts if label != FRAMES or not asset.fps
            ]
            self.query_one("#asset-streams", Facts).put(shown)

    async def _drawn(self, asset: Asset) -> Drawn:
        if asset.path is None:
            return _ELSEWHERE
        return await host_of(self).pictures.gallery.picture(asset.path, asset.kind, self.view.box)
