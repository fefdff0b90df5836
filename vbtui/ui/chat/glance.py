"""The project at a glance, beside the conversation where there is room; below it a line for a folder that is watched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.cells import cell_len
from textual.content import Content
from textual.style import Style

from vbtui.base.problem import Problem
from vbtui.base.text import clean_line
from vbtui.base.times import time_code
from vbtui.base.translation import Translation
from vbtui.engine import Engine
from vbtui.journal.records import Asset, AssetState, Render, RenderState
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Timeline
from vbtui.ui.kit import words
from vbtui.ui.kit.host import host_of, timeline_of, unread_of
from vbtui.ui.kit.widgets import Drawn
from vbtui.ui.kit.words import shorten
from vbtui.ui.timeline.layout import Lane, View, blocks, lanes_of, symbol_of, type_of

_T = Translation
_EXPORTS, _MEDIA, _TIMELINE = _T("Exports", "导出"), _T("Media", "素材"), _T("Timeline", "时间线")
_LAST_SEEN = _T("Timeline as last seen", "时间线（上次所见）")
_EMPTY, _UNREAD = _T("empty", "空"), _T("could not be read", "无法读取")
_NOT_READ_HERE = _T("in a form that is not read here", "格式无法在此读取")
_MORE_LANES = _T("+{count} more", "+{count} 条")
_IN, _ON_THE_WAY = (
    _T("{count} in", "已收 {count} 个"),
    _T("{count} on the way", "{count} 个正在路上"),
)
_WAITS, _WAITS_FOR = (
    _T("1 waits: {name}", "1 个等待：{name}"),
    _T("1 waits: {name}: {why}", "1 个等待：{name}：{why}"),
)
_WAIT, _WAIT_FOR = (
    _T("{count} wait", "{count} 个等待"),
    _T("{count} wait: {why}", "{count} 个等待：{why}"),
)
_REFUSED = _T("{count} refused: {name}: {why}", "{count} 个未采用：{name}：{why}")
_NOTHING_CAME = _T("watched · nothing came yet", "正在监视 · 还没有文件")
_MOST_LANES = 6
_MOST_RENDERS = 4
_MUTED = "$foreground-muted"
_STYLES = {VIDEO: "$text-primary", AUDIO: "$text-success", TEXT: "$text-accent"}


class Glance(Drawn):
    """Timeline in small, files, exports; a click opens their screen."""

    def draw(self) -> Content:
        host = host_of(self)
        if host.engine is None:
            return Content("")
        return glance(host.engine, self.size.width, self.size.height, host.now())


def glance(engine: Engine, width: int, height: int, now: float) -> Content:
    """Three sections in `width` cells; as many files as fit in `height` lines."""
    top = _section("timeline", _timeline_lines(timeline_of(engine), width, unread_of(engine)))
    renders = sorted(engine.exports.renders, key=lambda one: one.created_at, reverse=True)
    lines = [_render_line(render, width, now) for render in renders[:_MOST_RENDERS]]
    exports = _section("renders", [_head(_EXPORTS.of(), str(len(renders) or ""), width), *lines])
    room = max(height - len(top) - len(exports) - 4, 1)
    assets = list(engine.library.assets)
    shown = _most_telling(assets, room)
    files = [_head(_MEDIA.of(), words.FILES.of(len(assets)) if assets else "", width)]
    files += [_asset_line(asset, width) for asset in shown]
    parts = [*top, Content(""), *_section("media", files), Content(""), *exports]
    return Content("\n").join(parts)


class FolderLine(Drawn):
    """What came of the folder that is watched; takes no room while none is."""

    def __init__(self) -> None:
        super().__init__(id="folder")
        self.display = False

    def show(self) -> None:
        """Bring it up to date."""
        engine = host_of(self).engine
        is_watched = engine is not None and engine.library.watched_here is not None
        has_come = engine is not None and any(
            one.source == "watch" for one in engine.library.assets
        )
        has_turns = engine is not None and bool(engine.conversation.turns)
        self.display = is_watched and (has_come or has_turns)  # else the greeting tells of it
        if self.display:
            self.redraw()

    def draw(self) -> Content:
        engine = host_of(self).engine
        watched = engine.library.watched_here if engine else None
        if engine is None or watched is None:
            return Content("")
        return folder_line(watched, engine.library.assets, self.size.width)


_UNDER_WAY = (AssetState.HASHING, AssetState.QUEUED, AssetState.UPLOADING)
_WAITING = (AssetState.SEEN, AssetState.SETTLING)


def folder_line(folder: Path, assets: Sequence[Asset], width: int) -> Content:
    """`clips/  7 in · 1 waits: growing, quiet 3 of 5 s · 1 refused: broken.mp4: its end is missing`."""
    came = [one for one in assets if one.source == "watch"]
    here = [one for one in came if one.path is not None and folder in one.path.parents]
    done = [one for one in here if one.state is AssetState.DONE]
    sent = [one for one in here if one.state in _UNDER_WAY]
    waiting = [one for one in here if one.state in _WAITING]
    failed = [one for one in here if one.state is AssetState.FAILED]
    parts = [(_IN.of(count=len(done)), _MUTED)] if done else []
    if sent:
        parts.append((_ON_THE_WAY.of(count=len(sent)), "$text-primary"))
    if waiting:
        first, is_one = waiting[0], len(waiting) == 1
        bare, with_why = (_WAITS, _WAITS_FOR) if is_one else (_WAIT, _WAIT_FOR)
        told = (with_why if first.reason else bare).of(
            count=len(waiting), name=first.name, why=first.reason
        )
        parts.append((told, _MUTED))
    if failed:
        last = failed[-1]
        told = _REFUSED.of(count=len(failed), name=last.name, why=last.reason)
        parts.append((told, "$text-warning"))
    if not parts:
        parts = [(_NOTHING_CAME.of(), _MUTED)]
    name = clean_line(folder.name) or str(folder)
    text = Content.assemble((f"{shorten(name, width // 3)}/  ", "$text-accent"))
    for number, (words_, style) in enumerate(parts):
        gap = " · " if number else ""
        text = Content.assemble(text, (gap, _MUTED), (words_, style))
    return text.truncate(max(width, 1), ellipsis=True).stylize(Style.from_meta({"go": "media"}))


def _section(name: str, lines: list[Content]) -> list[Content]:
    style = Style.from_meta({"go": name})
    return [line.stylize(style) for line in lines]


def _head(title: str, right: str, width: int) -> Content:
    gap = " " * max(width - cell_len(title) - cell_len(right), 1)
    return Content.assemble((title, "$text-primary bold"), gap, (right, "$foreground-muted"))


def _timeline_lines(timeline: Timeline | None, width: int, unread: Problem | None) -> list[Content]:
    """Args: unread: why `timeline` may be older than what there is now."""
    if timeline is None or not timeline.tracks:
        known = _NOT_READ_HERE if timeline and timeline.unreadable else _EMPTY
        text, style = (_UNREAD, "$text-warning") if unread else (known, _MUTED)
        return [_head(_TIMELINE.of(), "", width), Content.styled(text.of(), style)]
    title = (_LAST_SEEN if unread else _TIMELINE).of()
    head = _head(title, time_code(timeline.duration_ms), width)
    return [head, *lane_lines(timeline, width, _MOST_LANES)]


def lane_lines(timeline: Timeline, width: int, most: int) -> list[Content]:
    """The tracks in small: a bar for each segment, `╱` where one leads into the next by a transition."""
    lanes = lanes_of(timeline)
    view = View.whole(timeline.duration_ms, width - 2)
    lines = [_lane_line(lane, view) for lane in lanes[:most]]
    if len(lanes) > most:
        lines.append(Content.styled(_MORE_LANES.of(count=len(lanes) - most), "$foreground-muted"))
    return lines


def _lane_line(lane: Lane, view: View) -> Content:
    text = ""
    for block in blocks(lane, view):
        if block.is_gap:
            continue
        joined = block.is_joined and len(text) >= block.start > 0
        text = (text[: block.start - 1] + "╱" if joined else text).ljust(block.start)
        size = block.end - len(text)
        text += "━" * (size - 1) + "╸" if size > 0 else ""
    style = _STYLES.get(type_of(lane), "$foreground-muted")
    return Content.assemble((f"{symbol_of(lane)} ", "$foreground-muted"), (text, style))


def _most_telling(assets: list[Asset], room: int) -> list[Asset]:
    """What is not done yet first, then the newest."""
    waiting = [asset for asset in assets if asset.state is not AssetState.DONE]
    done = [asset for asset in assets if asset.state is AssetState.DONE]
    return [*waiting, *reversed(done)][:room]


def _asset_line(asset: Asset, width: int) -> Content:
    badge = words.ASSETS[asset.state]
    right = {
        AssetState.UPLOADING: f"{words.asset_progress(asset):.0f}%",
        AssetState.DONE: "",
    }.get(asset.state, badge.word)
    if not right and asset.duration_s:
        right = time_code(round(asset.duration_s * 1000))
    return _two_sided(badge, asset.name, right, width)


def _render_line(render: Render, width: int, now: float) -> Content:
    badge = words.RENDERS[render.state]
    name = (render.path.name if render.path else render.title) or words.VIDEO_ITSELF.of()
    right = badge.word
    if render.state is RenderState.PROCESSING:
        right = f"{words.bar(render.progress, 8)} {render.progress:.0f}%"
    elif render.state is RenderState.DONE:
        right = words.render_elapsed(render, now)
    return _two_sided(badge, name, right, width)


def _two_sided(badge: words.Badge, name: str, right: str, width: int) -> Content:
    left = shorten(name, width - 3 - cell_len(right))
    gap = " " * max(width - 2 - cell_len(left) - cell_len(right), 1)
    return Content.assemble(
        (f"{badge.symbol} ", badge.style), left, gap, (right, "$foreground-muted")
    )
