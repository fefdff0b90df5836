"""The third screen: what the video is made of, and edits by hand: their sentences go to the agent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from vbtui.base.errors import UsageError
from vbtui.base.problem import Problem
from vbtui.base.spoken import speaks_chinese
from vbtui.base.text import format_bytes
from vbtui.base.times import time_code
from vbtui.base.translation import Translation
from vbtui.conversation.receipts import summary
from vbtui.journal.records import Asset, AssetState, DraftVersion
from vbtui.session.events import (
    AssetChanged,
    AssetRemoved,
    DraftChanged,
    DraftRead,
    Event,
    OverviewChanged,
    SessionOpened,
)
from vbtui.timeline import changes as timeline_changes
from vbtui.timeline.digest import effect_names, overlay_words, speed_words, transition_name
from vbtui.timeline.edits import File, add_file
from vbtui.timeline.model import TEXT, Segment, Timeline
from vbtui.ui.kit import words
from vbtui.ui.kit.edit_line import EditLine, Question, SayingScreen
from vbtui.ui.kit.host import unread_of
from vbtui.ui.kit.widgets import Steady
from vbtui.ui.kit.words import shorten_middle
from vbtui.ui.timeline.canvas import Canvas
from vbtui.ui.timeline.editing import Situation, begin, dragged, find, go_to
from vbtui.ui.timeline.lane_pictures import LanePictures
from vbtui.ui.timeline.layout import Lane, lanes_of, number_of
from vbtui.ui.timeline.preview import Preview

_OF_THE_DRAFT = (DraftChanged, DraftRead, SessionOpened)
_UNDO, _REDO = Translation("undo", "撤销"), Translation("redo", "重做")
_GO_BACK = Translation("go back to version {number}", "恢复到版本 {number}")
"""What the local studio understands exactly."""

_AROUND = 3
"""Lines of the title and between lanes and picture."""
_LEAST_PICTURE, _LEAST_LANES = 14, 6
"""Lines that each of them has at least, where there is room for pictures."""
_SMALL_PICTURE, _LEAST_WIDE = 10, 16
"""Lines of the picture that is there while it plays alone, and the cells of the narrowest one."""
_LEAST_TO_PLAY = 8
_MOST_WIDE = 0.62
"""Of the width: the rest is for words."""
_SHAPE = 16 / 9

_T = Translation
_NOTHING = _T("Nothing on the timeline yet.", "时间线上还没有内容。")
_HOW = _T(
    "{nothing}Upload clips ({^app.upload}), then say what the video should be ({app.chat}):\n{example}",
    "{nothing}先上传片段（{^app.upload}），再说出视频要怎样（{app.chat}）：\n{example}",
)
_HOW_WITH_FILES = _T(
    "{nothing}Say what the video should be ({app.chat}), or put a file there ({edits.add}).\n{example}",
    "{nothing}说出视频要怎样（{app.chat}），或把一个文件放上来（{edits.add}）。\n{example}",
)
_EXAMPLE = _T(
    "“combine these clips into a 60-second promo video with transitions and text overlays”",
    "“把这些片段合成一个60秒的宣传视频，加转场和文字”",
)
_UNREAD_TITLE = _T("The timeline could not be read.", "无法读取时间线。")
_UNREAD = _T(
    "{title}{why}\n{^edits.reread} tries again. Nothing is lost: what is there shows up as soon as it can be read.",
    "{title}{why}\n按 {^edits.reread} 重试。内容没有丢失：一旦能读取就会显示。",
)
_NOT_READ_HERE = _T(
    "{summary}\n\nAn export ({^app.export}) sends it as it came.",
    "{summary}\n\n导出（{^app.export}）会按原样发送。",
)
_EMPTIED = _T("The timeline is empty now.", "时间线现在是空的。")
_HOW_BACK = _T(
    "{emptied}Say “redo” ({app.chat}) to bring the last edit back, or look at the versions before it "
    "({edits.versions}).",
    "{emptied}说“重做”（{app.chat}）可恢复上一次剪辑，或查看之前的版本（{edits.versions}）。",
)
_NOTHING_HERE = _T("nothing here", "这里没有内容")
_OFF, _TURN_ON = (
    _T("Pictures are off.", "图片已关闭。"),
    _T("{app.pictures} turns them on.", "按 {app.pictures} 打开。"),
)
_TOO_LOW = _T("The window is too low for a picture.", "窗口太矮，放不下图片。")
_NOTHING_YET = _T("There is nothing on the timeline yet.", "时间线上还没有内容。")
_NO_FILE = _T("There is no file to add.", "没有可添加的文件。")
_UPLOAD_FIRST = _T("Upload one first with {^app.upload}.", "请先按 {^app.upload} 上传一个。")
_ADD_HERE = _T("Add at the playhead", "在播放头处添加")
_NO_CLIP = _T("There is no clip on the timeline.", "时间线上没有片段。")
_REDO_SAID, _UNDO_SAID = (
    _T("Redo, as a sentence", "重做（句子）"),
    _T("Undo, as a sentence", "撤销（句子）"),
)
_NO_EARLIER = _T("There is no earlier version to go back to.", "没有可以恢复的更早版本。")
_BACK_SAID = _T("Version {number}, as a sentence", "版本 {number}（句子）")
_SAME_WORDS = _T("There is nothing that differs in words.", "没有可以用文字说明的差别。")
_STALE = _T(
    "! as last seen, {^edits.reread} reads again  ", "! 上次所见，按 {^edits.reread} 重新读取  "
)
_TITLE, _VERSION = _T("Timeline", "时间线"), _T("version {number}", "版本 {number}")
_VOLUME, _SPEED = _T("volume {share}", "音量 {share}"), _T("speed {speed}", "速度 {speed}")
_FROM = _T("from {time} of its source", "从源文件 {time} 处开始")
_LASTS, _LASTS_OF = (
    _T("{length} s", "{length} 秒"),
    _T("{length} s of {whole}", "{length} 秒，共 {whole} 秒"),
)
_CLIP = _T("clip {number} of {count}", "片段 {number} / {count}")


class TimelineScreen(SayingScreen, tab="timeline", scope="edits"):
    """The canvas between a line about the whole and lines about what is selected; an edit line below."""

    AUTO_FOCUS = "#canvas"
    ABOUT = _T(
        "All tracks to scale. A key makes the sentence of an edit; {edit.enter} sends it to the agent. “this” in a "
        "message ({app.chat}) means what is marked.",
        "所有轨道按比例显示。按键会写出剪辑的句子；{edit.enter} 发给智能体。消息（{app.chat}）中的“这个”指已标记的内容。",
    )

    def body(self) -> Iterable[Widget]:
        with Vertical():
            yield Steady(_nothing(has_files=False), id="no-timeline", classes="empty")
            with Vertical(id="timeline-full"):
                yield Steady(id="timeline-title")
                yield Canvas(id="canvas")
                with Horizontal(id="timeline-foot"):
                    yield Preview(id="preview")
                    with Vertical():
                        yield Static(id="timeline-detail")
                        yield Static(id="timeline-summary")
                yield EditLine()

    _shown: DraftVersion | None = None
    """What canvas, title and summary are about."""
    _lane_pictures: LanePictures | None = None
    _picture_width: int = 0

    @property
    def canvas(self) -> Canvas:
        return self.query_one(Canvas)

    def on_mount(self) -> None:
        self.canvas.selection = self.host.selection
        self._lane_pictures = LanePictures(self.host, self._pictures_arrived)
        self._choose_pictures()

    async def sync(self) -> None:
        version = self.engine.drafts.current if self.engine else None
        timeline = version.timeline if version else None
        is_empty = timeline is None or not timeline.tracks
        self.query_one("#timeline-full").display = not is_empty
        self._say_how_known(version)
        if timeline is not self.canvas.timeline:
            self.preview.stop()
            lanes = await asyncio.to_thread(lanes_of, timeline) if timeline else []
            self.canvas.show(timeline, lanes)
            self._share_room()
        else:
            self.canvas.show_selection()
        before, self._shown = self._shown, version
        if version is not None and version is not before:
            told = summary(timeline, speaks_chinese())
            text = Content.styled(told, "$foreground-muted")
            self.query_one("#timeline-summary", Static).update(text)
        self._know_files()
        self._look()
        if not is_empty and self.focused is None:
            self.canvas.focus()

    def _say_how_known(self, version: DraftVersion | None) -> None:
        """The title, or why there is no track; and whether it is what there is now."""
        from vbtui.ui.dialogs.find import usable_assets

        timeline, unread = version.timeline if version else None, unread_of(self.engine)
        empty = self.query_one("#no-timeline", Steady)
        empty.put(_why_empty(timeline, unread, has_files=bool(usable_assets(self.engine))))
        empty.display = timeline is None or not timeline.tracks
        if version is not None:
            title = Content.assemble(stale(unread), title_of(version))
            self.query_one("#timeline-title", Steady).put(title)

    async def take(self, events: Sequence[Event]) -> None:
        await super().take(events)
        if any(isinstance(event, SessionOpened) for event in events):
            self.canvas.unmark()
        if any(isinstance(event, _OF_THE_DRAFT) for event in events):
            self.refresh_bindings()
            await self.sync()
        elif any(isinstance(event, OverviewChanged) for event in events):
            self._say_how_known(self._shown)
        if any(_brings_file(event) for event in events):
            self._know_files()

    def on_canvas_moved(self) -> None:
        self._show_detail()
        self.preview.stop()
        self._look()

    def _show_detail(self) -> None:
        canvas, preview = self.canvas, self.preview
        selected = canvas.selected
        at = Content.assemble(
            ("▼ ", "$text-accent"),
            (time_code(canvas.playhead_ms, fraction=True), "bold"),
        )
        detail = Content.styled(_NOTHING_HERE.of(), "$foreground-muted")
        if selected:
            known = self._lane_pictures
            asset = known.file_of(selected[1]) if known and selected[0].track.type != TEXT else None
            room = self.app.size.width - (self._picture_width if preview.display else 0)
            detail = detail_of(*selected, width=room, asset=asset)
        line = self.query_one("#timeline-detail", Static)
        line.update(Content.assemble(at, "   ", detail), layout=False)

    # -- pictures -----------------------------------------------------------------------------

    @property
    def preview(self) -> Preview:
        return self.query_one(Preview)

    def _look(self) -> None:
        """Show the picture at the playhead where there is room for it."""
        self.preview.look(self._shown, self.canvas.playhead_ms)

    def _pictures_arrived(self) -> None:
        """A clip's file is known now, or something of it is drawn."""
        self.canvas.repaint()
        self._show_detail()

    def _choose_pictures(self) -> None:
        """Pictures are shown where they are on; the preview where the screen is large enough that
        it takes no room from tracks; frames on the lanes where there are colours."""
        is_on = self.host.pictures.are_on
        self.canvas.show_pictures(self._lane_pictures if is_on and not self.app.no_color else None)
        self._share_room()

    def _share_room(self) -> None:
        """Lanes get the lines that they can use, the picture all others, as wide as they make it. In a smaller
        window lanes have all, but while it plays."""
        room = self.query_one("#timeline-full").size
        preview, canvas, foot = self.preview, self.canvas, self.query_one("#timeline-foot")
        is_large = self.host.has_room_for_pictures
        preview.display = is_large or preview.is_playing
        if is_large:
            left = room.height - _AROUND
            lanes = min(canvas.most_height, max(left - _LEAST_PICTURE, _LEAST_LANES))
            canvas.styles.height, foot.styles.height = max(lanes, 1), "1fr"
            high = left - lanes
        else:
            canvas.styles.height, foot.styles.height = "1fr", "auto"
            high = min(room.height // 2, _SMALL_PICTURE)
        timeline = canvas.timeline
        shape = (
            timeline.width / timeline.height
            if timeline and timeline.width and timeline.height
            else _SHAPE
        )
        wide = min(round(2 * (high - 1) * shape), round(room.width * _MOST_WIDE))
        preview.styles.height = "1fr" if is_large else high
        self._picture_width = max(wide, _LEAST_WIDE)
        preview.styles.width = self._picture_width
        self._show_detail()

    def _know_files(self) -> None:
        """The media list is what pictures of clips are made from."""
        if self._lane_pictures is not None and self.engine is not None:
            self._lane_pictures.know(self.engine.library.assets)

    def on_picture_mode_changed(self) -> None:
        self.preview.stop()
        self._choose_pictures()
        self._look()

    def on_resize(self) -> None:
        super().on_resize()
        self._choose_pictures()
        self._look()

    def action_play(self) -> None:
        """Play, or stop; where no picture can be shown, say why."""
        if self.preview.is_playing:
            self.preview.stop()
        elif not self.host.pictures.are_on:
            self.edit_line.refuse(UsageError(_OFF, hint=_TURN_ON))
        elif self.query_one("#timeline-full").size.height < _LEAST_TO_PLAY:
            self.edit_line.refuse(UsageError(_TOO_LOW))
        elif self._shown is not None:
            self.edit_line.say(None)
            self.preview.display = True
            self.preview.play(self._shown, self.canvas.playhead_ms)
            self._share_room()
        self.refresh_bindings()

    def action_stop_playing(self) -> None:
        self.preview.stop()

    def on_preview_played(self, message: Preview.Played) -> None:
        if self.preview.is_playing:
            self.canvas.follow(message.at_ms)

    def on_preview_ended(self, message: Preview.Ended) -> None:
        at_ms = self.canvas.playhead_ms if message.at_ms is None else message.at_ms
        self._share_room()
        self.canvas.seek(at_ms)
        self.refresh_bindings()

    def on_screen_suspend(self) -> None:
        self.preview.stop()

    # -- edits --------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        timeline = self.canvas.timeline if self.is_mounted else None
        match action:
            case "reread":
                return unread_of(self.engine) is not None
            case "versions" | "redo":
                return timeline is not None
            case "edit" | "add" | "undo" | "way_out" | "mark" | "go_to" | "find":
                return timeline is not None and bool(timeline.tracks)
            case "clear_selection":
                return self.is_mounted and bool(self.canvas.selection)
            case "play":
                return bool(timeline and timeline.duration_ms)
            case "stop_playing":
                return self.is_mounted and self.preview.is_playing
        return True

    async def files_here(self) -> list[Path]:
        canvas, engine = self.canvas, self.engine
        if canvas.timeline is None or engine is None:
            return []
        marked = [segment for _, segment in canvas.selection.chosen(canvas.timeline)]
        here = [canvas.selected[1]] if canvas.selected else []
        known = await asyncio.to_thread(self.host.pictures.originals, engine.library.assets)
        found = [known.find(segment) for segment in marked or here]
        return list(dict.fromkeys(one.path for one in found if one and one.path is not None))

    def situation(self) -> Situation:
        """What an edit would be about. Raises `UsageError` when nothing is built yet."""
        canvas = self.canvas
        if canvas.timeline is None:
            raise UsageError(_NOTHING_YET)
        selected = canvas.selected
        here = (selected[0].track, selected[1]) if selected else None
        marked = canvas.selection.chosen(canvas.timeline)
        return Situation(canvas.timeline, here, marked, canvas.playhead_ms)

    def action_reread(self) -> None:
        """Ask for the timeline once more; what goes wrong again is shown."""
        self.host.do("read again", lambda engine: engine.drafts.reconcile(), exclusive=True)

    def action_mark(self) -> None:
        self.canvas.mark_here()
        self.refresh_bindings()

    def action_clear_selection(self) -> None:
        self.canvas.unmark()
        self.refresh_bindings()

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
        from vbtui.ui.dialogs.find import choose_asset, usable_assets

        files = usable_assets(self.engine)
        if not files:
            self.edit_line.refuse(UsageError(_NO_FILE, hint=_UPLOAD_FIRST))
            return
        self.app.push_screen(choose_asset(_ADD_HERE.of(), files), self._add)

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

    def action_go_to(self) -> None:
        """Ask for the number of a clip, or a time, and go there."""
        canvas = self.canvas
        lane = canvas.numbered
        if canvas.timeline is None or lane is None:
            self.edit_line.refuse(UsageError(_NO_CLIP))
        else:
            self.edit_line.ask(go_to(canvas.timeline, lane.track))

    def action_find(self) -> None:
        """Ask for letters of a name, and go to what has them."""
        if self.canvas.timeline is not None:
            self.edit_line.ask(find(self.canvas.timeline))

    def on_edit_line_looked(self, event: EditLine.Looked) -> None:
        self.canvas.foresee(event.meant)

    def on_canvas_dragged(self, event: Canvas.Dragged) -> None:
        """Show what letting go would do; let go, its sentence is there to be sent."""
        timeline = self.canvas.timeline
        if timeline is None:
            return
        try:
            meant, sentence = dragged(timeline, event.drag)
        except UsageError as error:
            self.canvas.foresee(None)
            if event.is_over:
                self.edit_line.refuse(error)
            return
        self.canvas.foresee(meant)
        if event.is_over:
            self.edit_line.propose(sentence)
            self.canvas.foresee(meant)

    def on_edit_line_found(self, event: EditLine.Found) -> None:
        self.canvas.go_to(event.place)

    def action_redo(self) -> None:
        """The local studio makes the last edit that was taken back again; another backend is asked to."""
        if self.host.overview.is_local:
            self.send(_REDO.of())
        else:
            self.edit_line.propose(_REDO.of(), _REDO_SAID.of())

    async def action_undo(self) -> None:
        """The local studio takes the last edit back; another backend is asked in a sentence."""
        if self.host.overview.is_local:
            self.send(_UNDO.of())
            return
        engine = self.engine
        if engine is None:
            return
        sentence = await engine.drafts.taking_back()
        if sentence:
            self.edit_line.propose(sentence, _UNDO_SAID.of())
        else:
            self.edit_line.refuse(UsageError(_NO_EARLIER))

    def on_edit_line_closed(self) -> None:
        self.canvas.focus()

    def action_versions(self) -> None:
        from vbtui.ui.timeline.versions import VersionsScreen

        self.app.push_screen(VersionsScreen(), self._go_back)

    def _go_back(self, version: DraftVersion | None) -> None:
        """The local studio brings a version back exactly; another backend is asked in a sentence."""
        if version is None:
            return
        if self.host.overview.is_local:
            self.send(_GO_BACK.of(number=version.version), route="version")
            return
        sentence = timeline_changes.inverse(
            timeline_changes.compare(version.timeline, self.canvas.timeline),
            version.timeline,
            self.canvas.timeline,
        )
        if sentence:
            self.edit_line.propose(sentence, _BACK_SAID.of(number=version.version))
        else:
            self.edit_line.refuse(UsageError(_SAME_WORDS))

    def action_way_out(self) -> None:
        from vbtui.ui.timeline.way_out import WayOutScreen

        self.app.push_screen(WayOutScreen())


def _why_empty(timeline: Timeline | None, unread: Problem | None, *, has_files: bool) -> Content:
    """Why no track is shown."""
    if unread is not None:
        return words.assembled(
            _UNREAD,
            title=(f"{_UNREAD_TITLE.of()}\n\n", "$text-warning bold"),
            why=unread.message or unread.title,
        )
    if timeline is None:
        return _nothing(has_files=has_files)
    if timeline.unreadable:
        return words.assembled(_NOT_READ_HERE, summary=summary(timeline, speaks_chinese()))
    return words.assembled(_HOW_BACK, emptied=(f"{_EMPTIED.of()}\n\n", "bold"))


def _nothing(*, has_files: bool) -> Content:
    return words.assembled(
        _HOW_WITH_FILES if has_files else _HOW,
        nothing=(f"{_NOTHING.of()}\n\n", "bold"),
        example=(_EXAMPLE.of(), "$foreground-muted"),
    )


def stale(unread: Problem | None) -> Content:
    """Before the title of a timeline that may be older than what there is now."""
    if unread is None:
        return Content("")
    return words.assembled(_STALE, "$text-warning")


def title_of(version: DraftVersion) -> Content:
    """`Urban Dreams · 1920x1080 · 30 fps · 1:00 · version 3`."""
    timeline = version.timeline
    if timeline is None:
        return Content("")
    parts = [time_code(timeline.duration_ms)]
    if timeline.width and timeline.height:
        parts.append(f"{timeline.width}x{timeline.height}")
    if timeline.fps:
        parts.append(f"{timeline.fps:g} fps")
    parts.append(words.TRACKS.of(len(timeline.tracks)))
    parts.append(_VERSION.of(number=version.version))
    return Content.assemble(
        (timeline.title or _TITLE.of(), "$text-primary bold"),
        ("  " + " · ".join(parts), "$foreground-muted"),
    )


def _brings_file(event: Event) -> bool:
    """Whether another file of this machine may be known now."""
    if isinstance(event, AssetChanged):
        return event.asset.state is AssetState.DONE
    return isinstance(event, AssetRemoved)


def detail_of(
    lane: Lane, segment: Segment, *, width: int = 120, asset: Asset | None = None
) -> Content:
    """One segment in words, in up to four lines: what, where and how long, how, from what.

    Args:
        width: cells of the screen.
        asset: the file that it is made from.
    """
    start, end = segment.start_ms, segment.end_ms
    length = f"{segment.duration_ms / 1000:g}"
    lasts = _LASTS.of(length=length)
    if asset is not None and asset.duration_s:
        lasts = _LASTS_OF.of(length=length, whole=f"{asset.duration_s:g}")
    where = [f"{time_code(start, fraction=True)} – {time_code(end, fraction=True)}", lasts]
    if segment.transition:
        length = _LASTS.of(length=f"{segment.transition_ms / 1000:g}")
        name = transition_name(segment.transition, speaks_chinese())
        where.append(f"{name} {length}")
    how = [words.track_text(lane.track)]
    if segment.volume is not None:
        how.append(_VOLUME.of(share=f"{segment.volume:.0%}"))
    if speed := speed_words(segment, speaks_chinese()):
        how.append(_SPEED.of(speed=speed))
    for names in (effect_names, overlay_words):
        if named := names(segment, speaks_chinese()):
            how.append(named)
    if segment.source_start_ms:
        how.append(_FROM.of(time=time_code(segment.source_start_ms, fraction=True)))
    name = f"“{segment.text}”" if segment.text else segment.name
    title: list[tuple[str, str]] = [(shorten_middle(name, max(width - 34, 10)), "bold")]
    number = number_of(lane, lane.segments.index(segment))
    if number is not None:
        place = _CLIP.of(number=number, count=len(lane.track.segments))
        title.insert(0, (f"{place}   ", "$text-accent"))
    lines = [" · ".join(where), " · ".join(how)]
    if asset is not None:
        lines.append(" · ".join(_source(asset)))
    return Content.assemble(*title, *((f"\n{line}", "$foreground-muted") for line in lines))


def _source(asset: Asset) -> Sequence[str]:
    """What the file of a clip is: `video 1280x720 · 30 fps · hot folder · 873 kB`."""
    size = f" {asset.width}x{asset.height}" if asset.width and asset.height else ""
    parts = [
        f"{words.kind_text(asset.kind)}{size}",
        f"{asset.fps:g} fps" if asset.fps else "",
        words.source_text(asset.source),
        format_bytes(asset.size) if asset.size else "",
    ]
    return [part for part in parts if part]
