"""Versions: every draft that was seen, what each changed, any two compared side by side in the regions where
they look different, an older one exported.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from vbtui.base.spoken import speaks_chinese
from vbtui.base.text import clean_line
from vbtui.base.times import time_code
from vbtui.base.translation import Counted, Translation
from vbtui.journal.records import DraftVersion, ExportOptions, Turn
from vbtui.timeline import changes as timeline_changes
from vbtui.timeline.changes import Change, describe, match
from vbtui.timeline.digest import digest
from vbtui.timeline.model import AUDIO, TEXT, Placed, Segment, Timeline
from vbtui.ui.dialogs.dialog import ScrollingDialog
from vbtui.ui.kit import keys, words
from vbtui.ui.kit.grid import Column, Grid, plain
from vbtui.ui.kit.host import host_of
from vbtui.ui.kit.keys import KeyFooter
from vbtui.ui.kit.screen import Box
from vbtui.ui.kit.words import shorten
from vbtui.ui.pictures.raster import NoPicture
from vbtui.ui.pictures.view import PictureView
from vbtui.ui.timeline.preview import pictures_at

_T = Translation
_TITLE, _SEEN, _YOU_SAID = _T("Versions", "版本"), _T("Seen", "时间"), _T("You said", "您说的")
_WHAT_CHANGED, _READING = _T("What changed", "改动"), _T("Reading…", "正在读取……")
_DETAILS, _AND_MORE = (
    _T("details", "细节"),
    _T("{first} and {count} more", "{first}，另有 {count} 处"),
)
_NOTHING_YET = _T("Nothing is built yet.", "还没有任何内容。")
_AFTER_ONE = _T("Version {number} after the one before", "版本 {number} 与前一版本相比")
_AFTER_NONE = _T("Version {number} after nothing", "版本 {number}（第一版）")
_FROM_TO = _T("From version {old} to version {new}", "从版本 {old} 到版本 {new}")
_EXPORTED = _T(
    "Version {number} is being exported ({app.renders}).",
    "正在导出版本 {number}（{app.renders}）。",
)
_MORE_CHANGES = Counted(
    "and {count} more change", "and {count} more changes", "另有 {count} 处改动"
)
_NO_WORDS = _T("nothing that has words", "没有可以用文字说明的改动")
_ELSEWHERE = _T("(made elsewhere)", "（在别处制作）")
_MOMENT = _T("%d %b %H:%M:%S", "%m-%d %H:%M:%S")
_PLACE, _AT = (
    _T("{number} of {count}", "{number} / {count}"),
    _T("version {number} at {time}", "版本 {number}，{time}"),
)
_IS_CHANGED, _FRAME_SIZE = (
    _T("changed: {what}", "改动：{what}"),
    _T("changed: the frame size", "改动：画面尺寸"),
)
_IS_REMOVED, _IS_ADDED = _T("removed: {what}", "删除：{what}"), _T("added: {what}", "添加：{what}")
_MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """A version, and what it changed of the one before."""

    version: DraftVersion
    said: str
    """The words that led to it; empty when it was made elsewhere."""
    changes: tuple[Change, ...]

    @property
    def summary(self) -> str:
        """`Title added: "Urban Dreams" 0-3s and 2 more`."""
        if not self.changes:
            return _DETAILS.of() if self.version.version > 1 else ""
        first, *others = told(self.changes)
        return _AND_MORE.of(first=first, count=len(others)) if others else first


def told(changes: Sequence[Change]) -> list[str]:
    """The changes in sentences: in English one each, in Chinese those of one kind together."""
    return digest(changes, True) if speaks_chinese() else [one.sentence for one in changes]


def entries(versions: Sequence[DraftVersion], turns: Sequence[Turn]) -> list[Entry]:
    """The newest first. Reads every version: not for the event loop."""
    said = {turn.id: clean_line(turn.text) for turn in turns}
    found = []
    before: DraftVersion | None = None
    for version in versions:
        changes = timeline_changes.compare(before.timeline if before else None, version.timeline)
        found.append(Entry(version, said.get(version.turn_id or 0, ""), changes))
        before = version
    return found[::-1]


class VersionsScreen(ScrollingDialog[DraftVersion | None]):
    """A list of versions above what the chosen one changed. Answers the one to go back to."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("versions"))
    AUTO_FOCUS = "#versions"
    PANE = "#versions-detail"
    SHARES: ClassVar[Mapping[str, float]] = {"#versions": 0.3, PANE: 0.3}
    ABOUT = _T(
        "Every state of the timeline that was seen. {versions.back} goes back to one, digits find it. Mark one with "
        "{versions.mark} to compare it with another.",
        "见过的每个时间线状态。{versions.back} 恢复到某个版本，数字键查找。用 {versions.mark} 标记一个，与另一个比较。",
    )

    def __init__(self) -> None:
        super().__init__()
        self._marked: Entry | None = None
        self._versions: Sequence[DraftVersion] = ()
        """The oldest first."""
        self._is_read = False
        self._typed = ""
        """Digits of the number of a version."""
        self._is_to_go_back = False
        """It was asked for before the versions were read."""

    def compose(self) -> ComposeResult:
        with Box("-large"):
            yield Static(Content.styled(_TITLE.of(), "$text-primary bold"))
            yield Grid[Entry](
                [
                    Column("#", 4, lambda one: plain(str(one.version.version)), is_number=True),
                    Column(_SEEN.of(), 15, _when, rank=2),
                    Column(_YOU_SAID.of(), 16, _said, elastic=1, rank=1),
                    Column(_WHAT_CHANGED.of(), 16, lambda one: plain(one.summary), elastic=1),
                ],
                lambda one: one.version.version,
                is_marked=self._is_marked,
                id="versions",
            )
            with VerticalScroll(id="versions-detail", can_focus=False):
                yield Static(id="versions-changes")
            yield Comparison()
            yield KeyFooter()

    @property
    def grid(self) -> Grid[Entry]:
        return self.query_one("#versions", Grid)

    def on_mount(self) -> None:
        self._tell(Content.styled(_READING.of(), "$foreground-muted"))
        self.host.work(self._load, name="versions", group="versions")

    async def _load(self) -> None:
        engine = await self.host.started_engine()
        versions = await engine.drafts.versions()
        found = await asyncio.to_thread(entries, versions, tuple(engine.conversation.turns))
        if self.is_attached:
            self._is_read, self._versions = True, versions
            self.grid.show(found)
            self._go_to_typed()
            if self._is_to_go_back and self.check_action("back", ()):
                self.action_back()
                return
            self._show_changes()
            self.refresh_bindings()

    def _is_marked(self, entry: Entry) -> bool:
        return self._marked is not None and self._marked.version == entry.version

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("mark", "export"):
            return self.is_mounted and self.grid.current is not None
        if action == "back":
            current = self.grid.current if self.is_mounted else None
            is_older = current is not None and current.version.version != self._newest
            return is_older or not self._is_read
        if action == "region":
            return self.is_mounted and self.query_one(Comparison).count > 1
        return action != "more" or self.has_more()

    @property
    def _newest(self) -> int:
        """The number of the version that the backend has now; 0 while none is known."""
        return self._versions[-1].version if self._versions else 0

    def on_key(self, event: events.Key) -> None:
        """Digits go to the version with that number."""
        if event.character is None or not event.character.isdecimal() or not self.grid.has_focus:
            self._typed = ""
            return
        event.stop()
        numbers = {one.version for one in self._versions}
        tried = (self._typed + event.character, event.character)
        known = (one for one in tried if int(one) in numbers or not self._is_read)
        self._typed = next(known, "")
        self._go_to_typed()

    def _go_to_typed(self) -> None:
        if self._typed:
            self.grid.move_to(int(self._typed[:9]))

    def action_back(self) -> None:
        """The timeline is to be again what it was in this version."""
        self._is_to_go_back = not self._is_read
        if self.grid.current is not None:
            self.dismiss(self.grid.current.version)

    def on_grid_opened(self) -> None:
        if self.check_action("back", ()):
            self.action_back()

    def action_region(self, by: int) -> None:
        self.query_one(Comparison).step(by)

    def action_mark(self) -> None:
        """Compare with this one, or (again) with the one before."""
        here = self.grid.current
        self._marked = None if self._marked == here else here
        self.grid.refresh()
        self._show_changes()

    def on_grid_moved(self) -> None:
        self._show_changes()

    def _show_changes(self) -> None:
        entry = self.grid.current
        if entry is None:
            text = (_NOTHING_YET if self._is_read else _READING).of()
            self._tell(Content.styled(text, "$foreground-muted"))
            return
        before = self._before(entry)
        if self._marked is None or self._marked == entry:
            title = (_AFTER_ONE if before else _AFTER_NONE).of(number=entry.version.version)
            self._tell(difference(title, entry.changes))
        self.host.work(self._compare, name="compare", group="versions-compare")

    def _before(self, entry: Entry) -> DraftVersion | None:
        """What a version is compared with: the marked one, else the one before it."""
        if self._marked is not None and self._marked != entry:
            return self._marked.version
        earlier = [one for one in self._versions if one.version < entry.version.version]
        return earlier[-1] if earlier else None

    async def _compare(self) -> None:
        entry = self.grid.current
        before = self._before(entry) if entry is not None else None
        if entry is None or before is None:
            self.query_one(Comparison).display = False
            return
        old, new = sorted((before, entry.version), key=lambda one: one.version)
        changes, places = await asyncio.to_thread(_compared, old, new)
        if not self.is_attached or self.grid.current is not entry:
            return
        if self._marked is not None and self._marked != entry:
            title = _FROM_TO.of(old=old.version, new=new.version)
            self._tell(difference(title, changes))
        if self.host.has_room_for_pictures:
            self.query_one(Comparison).show(old, new, places, newest=self._newest)
            self.refresh_bindings()

    def _tell(self, content: Content) -> None:
        self.tell(self.query_one("#versions-changes", Static), content)

    def action_export(self) -> None:
        entry = self.grid.current
        if entry is None:
            return
        number = entry.version.version
        options = ExportOptions(quality=self.host.settings.exports.quality)
        self.host.do("export", lambda engine: engine.exports.start(options, version=number))
        self.host.say(_EXPORTED.of(number=number))
        self.dismiss(None)


def _compared(
    old: DraftVersion, new: DraftVersion
) -> tuple[tuple[Change, ...], list[ChangedRegion]]:
    """What differs in words, and where to look."""
    changes = timeline_changes.compare(old.timeline, new.timeline)
    if old.timeline is None or new.timeline is None:
        return changes, []
    return changes, changed_regions(old.timeline, new.timeline)


def difference(title: str, changes: Sequence[Change]) -> Content:
    """A heading, then one line for each change."""
    lines = [Content.styled(title, "$text-primary bold")]
    sentences = told(changes)
    lines += [Content(f"  {sentence}") for sentence in sentences[:_MOST_LINES]]
    rest = len(sentences) - _MOST_LINES
    if rest > 0:
        lines.append(Content(f"  {_MORE_CHANGES.of(rest)}"))
    if not changes:
        lines.append(Content.styled(f"  {_NO_WORDS.of()}", "$foreground-muted"))
    return Content("\n").join(lines)


def _said(entry: Entry) -> Content:
    return plain(entry.said or _ELSEWHERE.of(), "" if entry.said else "$foreground-muted")


def _when(entry: Entry) -> Content:
    return plain(words.date_text(entry.version.seen_at, _MOMENT.of()), "$foreground-muted")


_BEYOND = NoPicture(_T("this version ends before", "这个版本到此之前已结束"))


class Side(Vertical):
    """One version: its name and time, the picture, what kind of picture it is."""

    def compose(self) -> ComposeResult:
        yield Static(classes="side-title")
        yield PictureView()
        yield Static(classes="side-line")

    @property
    def view(self) -> PictureView:
        return self.query_one(PictureView)

    def say(self, title: str, line: str) -> None:
        self.query_one(".side-title", Static).update(Content.styled(title, "bold"), layout=False)
        text = Content.styled(line, "$foreground-muted")
        self.query_one(".side-line", Static).update(text, layout=False)


class Comparison(Vertical):
    """Shows one changed region after the other; hidden while there is none."""

    def __init__(self) -> None:
        super().__init__(id="comparison")
        self._versions: tuple[DraftVersion, DraftVersion] | None = None
        self._newest = 0
        self._regions: Sequence[ChangedRegion] = ()
        self._place = 0
        self.display = False

    def compose(self) -> ComposeResult:
        yield Static(id="region-words")
        with Horizontal():
            yield Side(id="side-before")
            yield Side(id="side-after")

    @property
    def count(self) -> int:
        """How many changed regions there are."""
        return len(self._regions)

    def show(
        self,
        before: DraftVersion,
        after: DraftVersion,
        regions: Sequence[ChangedRegion],
        *,
        newest: int,
    ) -> None:
        """Compare these two.

        Args:
            newest: the number of the version that the backend has now.
        """
        self._versions, self._newest = (before, after), newest
        self._regions, self._place = regions, 0
        self.display = bool(regions)
        self._look()

    def step(self, by: int) -> None:
        """The next region, or the one before; around the ends."""
        if self._regions:
            self._place = (self._place + by) % len(self._regions)
            self._look()

    def _look(self) -> None:
        if not self._regions:
            return
        region = self._regions[self._place]
        number = _PLACE.of(number=self._place + 1, count=len(self._regions))
        name = shorten(region.words, max(self.app.size.width - 30, 10))
        text = Content.assemble((f"{number}  ", "$text-accent bold"), name)
        self.query_one("#region-words", Static).update(text, layout=False)
        work = partial(host_of(self).work, self._fetch, name="comparison", group="comparison")
        self.call_after_refresh(work)

    async def _fetch(self) -> None:
        if self._versions is None or not self._regions:
            return
        region = self._regions[self._place]
        before, after = self._versions
        await asyncio.gather(
            self._fill("#side-before", before, region.before_ms),
            self._fill("#side-after", after, region.after_ms),
        )

    async def _fill(self, name: str, version: DraftVersion, at_ms: int) -> None:
        side = self.query_one(name, Side)
        title = _AT.of(number=version.version, time=time_code(at_ms, fraction=True))
        timeline = version.timeline
        if timeline is None or at_ms >= timeline.duration_ms:
            side.view.show(_BEYOND)
            side.say(title, "")
            return
        side.say(title, "…")
        host, box, is_newest = host_of(self), side.view.box, version.version == self._newest
        async for drawn, line in pictures_at(host, version, at_ms, box, is_newest=is_newest):
            if self.is_attached:
                side.view.show(drawn)
                side.say(title, line)


_NEAR_MS = 300
"""Two regions so close to each other are one."""
_MOST = 99


@dataclass(frozen=True, slots=True)
class ChangedRegion:
    """One place to look at in both versions."""

    before_ms: int
    after_ms: int
    words: str
    """What is there: `changed: "Urban Dreams" (0-3s)`."""


def changed_regions(before: Timeline, after: Timeline) -> list[ChangedRegion]:
    """In the order of the later version. Sounds have none, and clips that only moved look the same."""
    pairs, removed, added = match(before, after)
    found = [
        ChangedRegion(_middle(old[1]), _middle(new[1]), _IS_CHANGED.of(what=describe(*new)))
        for old, new in pairs
        if _looks_different(old, new)
    ]
    found += [_region_of(item, _IS_REMOVED) for item in removed if item[0].type != AUDIO]
    found += [_region_of(item, _IS_ADDED) for item in added if item[0].type != AUDIO]
    if (before.width, before.height) != (after.width, after.height):
        found.append(ChangedRegion(0, 0, _FRAME_SIZE.of()))
    found.sort(key=lambda region: (region.after_ms, region.before_ms))
    kept: list[ChangedRegion] = []
    for region in found:
        if not any(_is_near(region, other) for other in kept[-3:]):
            kept.append(region)
    return kept[:_MOST]


def _middle(segment: Segment) -> int:
    return segment.start_ms + segment.duration_ms // 2


def _region_of(item: Placed, told: Translation) -> ChangedRegion:
    middle = _middle(item[1])
    return ChangedRegion(middle, middle, told.of(what=describe(*item)))


def _is_near(one: ChangedRegion, other: ChangedRegion) -> bool:
    ways = abs(one.before_ms - other.before_ms), abs(one.after_ms - other.after_ms)
    return max(ways) < _NEAR_MS


def _looks_different(old: Placed, new: Placed) -> bool:
    (track, was), (_, now) = old, new
    if track.type == AUDIO:
        return False
    if track.type == TEXT and was.start_ms != now.start_ms:
        return True
    kept = ("name", "text", "duration_ms", "source_start_ms", "pace", "transition")
    return any(getattr(was, one) != getattr(now, one) for one in kept)
