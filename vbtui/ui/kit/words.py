"""States, times and sizes in words and symbols: what every screen writes the same way.

Each state has a symbol and a word, so that no meaning hangs on colour alone. Symbols are one cell
wide in every terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from vbtui.base.keys import written
from vbtui.base.text import clean_line, format_bytes
from vbtui.base.times import TimeLeft, format_left, format_seconds
from vbtui.base.translation import Counted, Translation
from vbtui.journal.records import Asset, AssetState, Render, RenderState
from vbtui.session.events import Account, Link, Overview

if TYPE_CHECKING:
    from vbtui.timeline.model import Track
    from vbtui.wire.replies import CreditBalance

_T = Translation


class Badge(NamedTuple):
    """How a state is shown."""

    symbol: str
    told: Translation
    style: str
    """A theme token."""

    @property
    def word(self) -> str:
        """The state in a word or two."""
        return self.told.of()


LINKS = {
    Link.STARTING: Badge("○", _T("setting up", "准备中"), "$foreground-muted"),
    Link.READY: Badge("●", _T("ready", "已就绪"), "$text-success"),
    Link.OFFLINE: Badge("✕", _T("offline", "离线"), "$text-error"),
    Link.REFUSED: Badge("!", _T("sign-in refused", "登录被拒绝"), "$text-error"),
}

ASSETS = {
    AssetState.SEEN: Badge("·", _T("seen", "已发现"), "$foreground-muted"),
    AssetState.SETTLING: Badge("~", _T("growing", "写入中"), "$foreground-muted"),
    AssetState.HASHING: Badge("~", _T("reading", "读取中"), "$foreground-muted"),
    AssetState.QUEUED: Badge("○", _T("queued", "排队中"), "$foreground-muted"),
    AssetState.UPLOADING: Badge("↑", _T("uploading", "上传中"), "$text-primary"),
    AssetState.DONE: Badge("✓", _T("ready", "就绪"), "$text-success"),
    AssetState.FAILED: Badge("✕", _T("failed", "失败"), "$text-error"),
    AssetState.SKIPPED: Badge("-", _T("skipped", "已跳过"), "$foreground-muted"),
    AssetState.REPLACED: Badge("-", _T("replaced", "已替换"), "$foreground-muted"),
    AssetState.GONE: Badge("?", _T("gone", "已消失"), "$text-warning"),
}

RENDERS = {
    RenderState.WAITING: Badge("○", _T("waiting", "等待中"), "$foreground-muted"),
    RenderState.SUBMITTING: Badge("○", _T("starting", "启动中"), "$foreground-muted"),
    RenderState.PENDING: Badge("○", _T("queued", "排队中"), "$foreground-muted"),
    RenderState.PROCESSING: Badge("▸", _T("rendering", "渲染中"), "$text-primary"),
    RenderState.DOWNLOADING: Badge("↓", _T("fetching", "下载中"), "$text-primary"),
    RenderState.DONE: Badge("✓", _T("done", "已完成"), "$text-success"),
    RenderState.FAILED: Badge("✕", _T("failed", "失败"), "$text-error"),
    RenderState.CANCELLED: Badge("-", _T("cancelled", "已取消"), "$foreground-muted"),
    RenderState.UNKNOWN: Badge("?", _T("not known", "未知"), "$text-warning"),
}

_SOURCES = {
    "picked": _T("picked", "手选"),
    "watch": _T("hot folder", "监视文件夹"),
    "url": _T("URL", "网址"),
    "generated": _T("generated", "生成"),
    "other": _T("elsewhere", "其他"),
}
_KINDS = {
    "video": _T("video", "视频"),
    "image": _T("image", "图片"),
    "audio": _T("audio", "音频"),
    "text": _T("text", "文字"),
    "subtitles": _T("subtitles", "字幕"),
    "lut": _T("LUT", "LUT"),
    "folder": _T("folder", "文件夹"),
}
_TRACKS = {
    "Video": _T("Video", "视频"),
    "Overlay": _T("Overlay", "叠加"),
    "Audio": _T("Audio", "音频"),
    "Music": _T("Music", "音乐"),
    "Text": _T("Text", "文字"),
    "Titles": _T("Titles", "标题"),
    "Captions": _T("Captions", "字幕"),
}
"""The kinds of tracks, and what the local studio calls its own."""
_STUDIO = _T("Local studio", "本地工作室")
_QUALITIES = {
    "high": _T("high", "高"),
    "medium": _T("medium", "中"),
    "low": _T("low", "低"),
}


def backend_text(overview: Overview) -> str:
    """What the backend is called."""
    return _STUDIO.of() if overview.is_local else overview.backend


def source_text(source: str) -> str:
    """Where a file came from."""
    return _SOURCES[source].of() if source in _SOURCES else source


def kind_text(kind: str) -> str:
    """What a file or a track is: `video`."""
    return _KINDS[kind].of() if kind in _KINDS else kind


def track_text(track: Track) -> str:
    """What a track is called, else what kind it is: `Video`."""
    name = clean_line(track.name) or track.kind
    return _TRACKS[name].of() if name in _TRACKS else name


def quality_text(quality: str) -> str:
    """How well an export is encoded: `high`."""
    return _QUALITIES[quality].of() if quality in _QUALITIES else quality


ACCEPTED = _T(
    "mp4 mov avi webm mkv · jpg png gif webp · mp3 wav m4a aac; srt vtt cube in the local studio\n"
    "Up to 500 MB each; MP4, MOV, JPG and PNG work best.",
    "mp4 mov avi webm mkv · jpg png gif webp · mp3 wav m4a aac；本地工作室还可用 srt vtt cube\n"
    "单个文件最大 500 MB；推荐 MP4、MOV、JPG 和 PNG。",
)
"""What can be uploaded."""
VIDEO_ITSELF = _T("video", "视频")
"""What an export is called that has no name."""
PATH, PATHS, LINK, ANSWER = (
    _T("The path", "路径"),
    _T("The paths", "路径"),
    _T("The link", "链接"),
    _T("The answer", "回答"),
)
"""What is copied."""

FILES = Counted("{count} file", "{count} files", "{count} 个文件")
EXPORTS = Counted("{count} export", "{count} exports", "{count} 个导出")
TRACKS = Counted("{count} track", "{count} tracks", "{count} 条轨道")
MORE = _T("and {count} more", "另有 {count} 项")


def credits_text(credits: CreditBalance) -> str:
    """`87 credits`, with what is held back: `87 credits (5 held)`."""
    available, frozen = f"{credits.available:,.10g}", f"{credits.frozen:,.10g}"
    if credits.frozen:
        return _HELD.of(available=available, frozen=frozen)
    return _CREDITS.of(available=available)


_CREDITS = _T("{available} credits", "{available} 积分")
_HELD = _T("{available} credits ({frozen} held)", "{available} 积分（冻结 {frozen}）")
_OWN_TOKEN, _ANONYMOUS = _T("own token", "自有令牌"), _T("anonymous", "匿名")
_EXPIRED = _T("expired", "已过期")
_DAYS_LEFT = _T("{days} d {hours} h left", "剩余 {days} 天 {hours} 小时")
_HOURS_LEFT = _T("{hours} h {minutes} min left", "剩余 {hours} 小时 {minutes} 分钟")
_MINUTES_LEFT = _T("{minutes} min left", "剩余 {minutes} 分钟")
_LEFT = _T("{time} left", "剩余 {time}")
_AGAIN_IN = _T("again in {time}", "{time}后重试")
_BECAUSE = _T("{word}: {why}", "{word}：{why}")
_EXPORT_AT = _T("Export {share}%", "导出 {share}%")
_EXPORT_IS = _T("Export {word}", "导出{word}")


def account_text(account: Account, now: float) -> str:
    """`anonymous · 6 d 3 h left`; empty for the local studio, which has no account."""
    if account.kind == "local":
        return ""
    life = f" · {life_text(account.expires_at - now)}" if account.expires_at else ""
    kinds = {"token": _OWN_TOKEN, "anonymous": _ANONYMOUS}
    kind = kinds[account.kind].of() if account.kind in kinds else account.kind
    return f"{kind}{life}"


def life_text(seconds: float) -> str:
    """`6 d 3 h left`, `3 h 12 min left`, `12 min left`, `expired`."""
    if seconds <= 0:
        return _EXPIRED.of()
    minutes = int(seconds // 60)
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return _DAYS_LEFT.of(days=days, hours=hours)
    if hours:
        return _HOURS_LEFT.of(hours=hours, minutes=rest)
    return _MINUTES_LEFT.of(minutes=rest)


def bar(percent: float, cells: int) -> str:
    """A progress bar of text, `━━━━╸───`: readable without colour."""
    halves = round(max(0.0, min(percent, 100.0)) / 100 * cells * 2)
    full, half = divmod(halves, 2)
    return ("━" * full + ("╸" if half else "")).ljust(cells, "─")


def asset_progress(asset: Asset) -> float:
    """0-100."""
    return 100 * asset.sent / asset.size if asset.size else 0.0


def asset_state(asset: Asset, now: float) -> str:
    """`uploading 42% · 3.1 MB/s`, `failed: larger than 500 MB`: the state with what explains it."""
    word = ASSETS[asset.state].word
    if asset.state is AssetState.UPLOADING:
        rate = f" · {format_bytes(asset.rate)}/s" if asset.rate else ""
        left = (asset.size - asset.sent) / asset.rate if asset.rate else 0
        eta = f" · {_LEFT.of(time=format_seconds(left))}" if left >= 1 else ""
        return f"{word} {asset_progress(asset):.0f}%{rate}{eta}"
    retry = ""
    if asset.state is AssetState.FAILED and asset.retry_at and asset.retry_at > now:
        retry = f" · {_AGAIN_IN.of(time=format_seconds(asset.retry_at - now))}"
    return (_BECAUSE.of(word=word, why=asset.reason) if asset.reason else word) + retry


def render_elapsed(render: Render, now: float) -> str:
    """How long it has taken so far, or took in all."""
    began = render.submitted_at or render.created_at
    ended = render.ended_at or now
    return format_seconds(max(ended - began, 0)) if began else ""


def render_line(render: Render, left: TimeLeft | None = None) -> str:
    """`Export 42% · 12 s left`, for the strip that all screens have.

    Args:
        left: until the file is there; None: nobody can tell.
    """
    badge = RENDERS[render.state]
    if render.state is RenderState.PROCESSING:
        told = _EXPORT_AT.of(share=f"{render.progress:.0f}")
        return told + (f" · {left_text(left)}" if left else "")
    return _EXPORT_IS.of(word=badge.word)


def left_text(left: TimeLeft) -> str:
    """`12 s left`, `40-90 s left`."""
    return _LEFT.of(time=format_left(left))


def date_text(at: float, form: str) -> str:
    """That time (seconds since 1970) here, as `strftime` writes it; empty for one that no calendar has."""
    try:
        return datetime.fromtimestamp(at).strftime(form)
    except (OverflowError, ValueError, OSError):
        return ""


Piece = str | tuple[str, str] | Content
"""A text, with its style or without."""


KEY_STYLE = "$text-accent bold"
"""Of the name of a key in a sentence."""


def assembled(text: Translation, style: str = "", **pieces: Piece) -> Content:
    """`text` in that style, with these in the places that it has, and keys as keys."""
    found: list[Piece] = []
    for at, part in enumerate(re.split(r"\{(\^?[\w.]+)\}", text.open())):
        if at % 2:
            found.append((written(part), KEY_STYLE) if "." in part else pieces[part])
        else:
            found.append((part, style))
    return Content.assemble(*found)


def common_start(names: Iterable[str]) -> str:
    """The longest text with which all of `names` begin."""
    first, *rest = list(names) or [""]
    while not all(name.startswith(first) for name in rest):
        first = first[:-1]
    return first


def shorten(text: str, cells: int) -> str:
    """`text` in at most `cells` cells, with … where something was cut."""
    return Content(text).truncate(max(cells, 0), ellipsis=True).plain if cells > 0 else ""


def cut_middle(cell: Content, size: int) -> Content:
    """`cell` in at most `size` cells: its beginning, … and a good half from its end."""
    if cell.cell_length <= size or size < 5:
        return cell.truncate(size, ellipsis=True)
    room, count = size // 2 + 1, 0
    while cell[len(cell) - count - 1 :].cell_length <= room:
        count += 1
    tail = cell[len(cell) - count :]
    return Content.assemble(cell.truncate(size - 1 - tail.cell_length), "…", tail)


def shorten_middle(text: str, cells: int) -> str:
    """`text` in at most `cells` cells, with … in its middle where something was cut."""
    if cells <= 0:
        return ""
    most = 8 * cells + 64
    if len(text) > most:  # what is far from both ends is not even measured
        text = text[: most // 2] + text[-(most // 2) :]
    return cut_middle(Content(text), cells).plain
