"""A turn while its stream runs: events in, at most thirty reports a second out.

What the agent does right now, in words: the names of its tools as human activity.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from vbtui.base.patterns import regex
from vbtui.base.text import clean_line
from vbtui.base.times import format_seconds
from vbtui.base.translation import Translation
from vbtui.conversation import question
from vbtui.conversation.queue import Turns
from vbtui.journal.records import Turn, TurnState
from vbtui.language.mousetalk import LiveTranslator
from vbtui.session.context import Context
from vbtui.wire.events import (
    ErrorReported,
    Heartbeat,
    OtherPart,
    StateHinted,
    TextPiece,
    ToolCalled,
    ToolReturned,
    TurnEvent,
    TurnText,
)

STILL_WORKING = Translation("⏳ Still working… ({elapsed})", "⏳ 仍在处理…（{elapsed}）")
THINKING = Translation("Thinking", "正在思考")
SENDING = Translation("Sending", "正在发送")
LEFT_OUT = Translation(
    "The answer is longer than vbtui keeps: {count} more characters were left out.",
    "回答过长，vbtui 未保留其余 {count} 个字符。",
)
CANNOT = "cannot_do"
"""What the local studio calls in place of something that it was asked for and cannot do: the answer to the
call is an error, whose message says it (wire/README.md, The event stream)."""
SENT_LATER = Translation(
    "The backend has too much to do; sending again after {wait}", "后端繁忙；{wait}后重新发送"
)

_LONGEST_UNDONE = 600
_FRAME_S = 1 / 30
_FLOOD = 40
"""So many pieces within a frame are more than anyone reads: the next frame comes after `_FLOOD_S`,
and the time goes to the stream and to keys."""
_FLOOD_S = 1.0
_TRANSLATED = 500
"""Pieces after which a flood's text is translated, so that no frame has to wait for all of it."""
_SLICE_S = 0.002
"""Events that are there already are taken in for so long before keys get their chance."""
_TURNS = 32
"""So many turns of the event loop they get then: a key takes some thirty to reach the screen."""
_KEEP_EVERY_S = 2.0
"""The reply so far goes to the journal no more often than this."""


@dataclass(frozen=True, slots=True)
class _Tool:
    label: str
    since: float


class LiveTurn:
    """What has come of one turn so far. `close` before looking at the result."""

    def __init__(self, context: Context, turns: Turns, turn: Turn, *, chinese: bool) -> None:
        self._context, self._turns, self._chinese = context, turns, chinese
        self.turn = replace(turn, activity=SENDING.of(chinese), activity_since=context.clock.now())
        self.error: ErrorReported | None = None
        self.has_generated = False
        """The agent had something made, which it may go on with when the turn is over."""
        self.state_hinted = False
        self.undone: list[str] = []
        """What the agent reports that it could not do, a sentence each."""
        self._text = TurnText()
        self._translator = LiveTranslator()
        self._tools: dict[str, _Tool] = {}
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._shown_at = -1.0
        self._frame_s = _FRAME_S
        self._unseen = 0
        """Pieces of text since `_shown_at`."""
        self._slice_began = self._loop.time()
        self._has_waited = False
        """Others had their turn since the last event."""
        self._last_sign = context.clock.monotonic()
        self._ticker = asyncio.create_task(self._tick(), name="still-working")
        self._said = asyncio.Event()
        """There are words that the journal does not have."""
        self._keeper = asyncio.create_task(self._keep_words(), name="keep-words")
        turns.show(self.turn)

    @property
    def text(self) -> str:
        """The agent's words so far: cleaned, not yet translated."""
        return self._text.text

    def waits(self, seconds: float) -> None:
        """The backend refused the message for now; it goes out after `seconds`."""
        self._set(
            activity=SENT_LATER.of(self._chinese, wait=format_seconds(seconds, self._chinese))
        )
        self._turns.show(self.turn)

    async def take(self, event: TurnEvent) -> None:
        """One event of the stream. Raises what the journal raised over the words so far."""
        if self._keeper.done():
            self._keeper.result()
        if self._has_waited:
            self._slice_began = self._loop.time()
        elif self._loop.time() - self._slice_began >= _SLICE_S:
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            self._slice_began = self._loop.time()
        self._has_waited = False
        self._loop.call_soon(self._others_had_their_turn)
        if self.turn.state is TurnState.SENDING:
            self._set(state=TurnState.RUNNING, activity=THINKING.of(self._chinese))
            await self._turns.keep(self.turn)
        match event:
            case TextPiece():
                self._text.feed(event)
                self._unseen += 1
                if self._unseen % _TRANSLATED == 0:
                    self._translator.so_far(self.text)
                self._said.set()
                self._sign()
                self._show_soon()
            case ToolCalled(tool_id, name, args):
                self.has_generated = self.has_generated or generates(name)
                if name == question.TOOL and (asked := question.read(args)):
                    self.turn = replace(self.turn, question=asked)
                label = how_far(args, self._chinese) or activity(name, self._chinese)
                self._tools[tool_id] = _Tool(label, self._context.clock.now())
                self._sign()
                self._show_tool()
            case ToolReturned(tool_id, name, response):
                message = response.get("message")
                if name == CANNOT and isinstance(message, str) and (said := clean_line(message)):
                    self.undone.append(said[:_LONGEST_UNDONE])
                self._tools.pop(tool_id, None)
                self._sign()
                self._show_tool()
            case StateHinted():
                self.state_hinted = True
            case ErrorReported():
                self.error = self.error or event
            case Heartbeat() | OtherPart():
                pass

    def close(self) -> None:
        """The stream is over; no report comes any more by itself."""
        self._ticker.cancel()
        self._keeper.cancel()
        self._keeper.add_done_callback(_seen)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._text.close()
        reply = self.text
        if count := self._text.left_out:
            reply += f"\n\n{LEFT_OUT.of(self._chinese, count=f'{count:,}')}"
        self.turn = replace(self.turn, reply=reply, activity="", activity_since=0)

    def _others_had_their_turn(self) -> None:
        self._has_waited = True

    def _set(self, *, state: TurnState | None = None, activity: str) -> None:
        self.turn = replace(
            self.turn,
            state=state or self.turn.state,
            activity=activity,
            activity_since=self._context.clock.now(),
        )

    def _sign(self) -> None:
        """The backend did something: the wait for "Still working…" starts anew."""
        self._last_sign = self._context.clock.monotonic()

    def _show_tool(self) -> None:
        if self._tools:
            tool = next(reversed(self._tools.values()))
            self._set(activity=tool.label)
            self.turn = replace(self.turn, activity_since=tool.since)
        else:
            self._set(activity=THINKING.of(self._chinese))
        self._show_soon()

    def _show_soon(self) -> None:
        if self._timer is not None:
            return
        wait = self._shown_at + self._frame_s - self._loop.time()
        if wait <= 0:
            self._show()
        else:
            self._timer = self._loop.call_later(wait, self._show)

    def _show(self) -> None:
        self._timer = None
        now = self._loop.time()
        is_flood = self._unseen > _FLOOD * max((now - self._shown_at) / _FRAME_S, 1)
        self._frame_s = _FLOOD_S if is_flood else _FRAME_S
        self._shown_at, self._unseen = now, 0
        self.turn = replace(self.turn, reply=self._translator.so_far(self.text))
        self._turns.show(self.turn)

    async def _keep_words(self) -> None:
        while True:
            await self._said.wait()
            self._said.clear()
            await self._turns.keep(replace(self.turn, reply=self.text), quietly=True)
            await asyncio.sleep(_KEEP_EVERY_S)

    async def _tick(self) -> None:
        """ "⏳ Still working…" after every `still_working` without a sign of the backend's."""
        clock, period = self._context.clock, self._context.settings.timing.still_working
        began, wait = clock.monotonic(), period
        while True:
            await clock.sleep(max(wait, 0.01))
            now = clock.monotonic()
            wait = self._last_sign + period - now
            if wait <= 0:
                wait = period
                elapsed = format_seconds(now - began, self._chinese)
                self._set(activity=STILL_WORKING.of(self._chinese, elapsed=elapsed))
                self._turns.show(self.turn)


def _seen(task: asyncio.Task[None]) -> None:
    """An error of the journal's shows again with the next thing that it is to keep."""
    if not task.cancelled():
        task.exception()


_KNOWN: dict[str, Translation] = {
    CANNOT: Translation("Thinking", "正在思考"),
    question.TOOL: Translation("Asking", "正在提问"),
    "add": Translation("Adding clips", "正在添加片段"),
    "add_bgm": Translation("Adding music", "正在添加音乐"),
    "add_music": Translation("Adding music", "正在添加音乐"),
    "add_audio": Translation("Adding sound", "正在添加声音"),
    "add_voiceover": Translation("Adding a voice-over", "正在添加配音"),
    "add_title": Translation("Adding a title", "正在添加标题"),
    "add_text": Translation("Adding text", "正在添加文字"),
    "add_caption": Translation("Adding captions", "正在添加字幕"),
    "add_captions": Translation("Adding captions", "正在添加字幕"),
    "add_subtitle": Translation("Adding subtitles", "正在添加字幕"),
    "add_subtitles": Translation("Adding subtitles", "正在添加字幕"),
    "add_transition": Translation("Adding a transition", "正在添加转场"),
    "add_transitions": Translation("Adding transitions", "正在添加转场"),
    "add_effect": Translation("Adding an effect", "正在添加特效"),
    "add_filter": Translation("Adding a filter", "正在添加滤镜"),
    "add_clip": Translation("Adding a clip", "正在添加片段"),
    "add_video": Translation("Adding a clip", "正在添加片段"),
    "add_image": Translation("Adding a picture", "正在添加图片"),
    "aspect": Translation("Changing the frame", "正在调整画面比例"),
    "blur": Translation("Blurring", "正在模糊画面"),
    "colour": Translation("Changing light and colour", "正在调整光线和颜色"),
    "fillers": Translation("Cutting filler words", "正在去掉口头禅"),
    "find": Translation("Searching", "正在查找"),
    "flip": Translation("Mirroring", "正在镜像画面"),
    "look": Translation("Adding a look", "正在添加风格"),
    "rotate": Translation("Turning the picture", "正在旋转画面"),
    "scenes": Translation("Cutting at scenes", "正在按场景分割"),
    "sharpen": Translation("Sharpening", "正在锐化"),
    "silence": Translation("Cutting pauses", "正在剪停顿"),
    "zoom": Translation("Moving the camera", "正在推拉镜头"),
    "kenburns": Translation("Moving over the photos", "正在给照片加运镜"),
    "pip": Translation("Laying a clip over another", "正在做画中画"),
    "chromakey": Translation("Keying a colour out", "正在抠像"),
    "splitscreen": Translation("Putting clips side by side", "正在做分屏"),
    "countdown": Translation("Adding a countdown", "正在添加倒计时"),
    "progressbar": Translation("Adding a progress bar", "正在添加进度条"),
    "reverse": Translation("Turning the direction", "正在改变播放方向"),
    "dub": Translation("Replacing the sound", "正在替换声音"),
    "beat": Translation("Cutting to the beat", "正在按节拍卡点"),
    "highlights": Translation("Choosing the best moments", "正在挑选精彩片段"),
    "flaws": Translation("Cutting out black and blurred parts", "正在剪掉黑屏和模糊的部分"),
    "freeze": Translation("Freezing the picture", "正在定格画面"),
    "overlay": Translation("Laying a picture over the video", "正在叠加图片"),
    "analyze_video": Translation("Looking at the video", "正在分析视频"),
    "combine_clips": Translation("Combining the clips", "正在拼接片段"),
    "merge_clips": Translation("Combining the clips", "正在拼接片段"),
    "crop": Translation("Cropping", "正在裁切"),
    "cut": Translation("Cutting", "正在剪切"),
    "generate_image": Translation("Generating a picture", "正在生成图片"),
    "generate_music": Translation("Generating music", "正在生成音乐"),
    "generate_video": Translation("Generating a video", "正在生成视频"),
    "generate_voice": Translation("Generating a voice", "正在生成语音"),
    "get_state": Translation("Looking at the timeline", "正在查看时间线"),
    "read_timeline": Translation("Looking at the timeline", "正在查看时间线"),
    "caption": Translation("Adding captions", "正在添加字幕"),
    "loudness": Translation("Evening out the loudness", "正在统一响度"),
    "lut": Translation("Applying a LUT", "正在套用LUT"),
    "hide": Translation("Hiding a part of the picture", "正在遮挡画面的一部分"),
    "stabilise": Translation("Holding it steady", "正在防抖"),
    "straighten": Translation("Straightening", "正在校正画面"),
    "degrain": Translation("Taking noise out of the picture", "正在给画面降噪"),
    "denoise": Translation("Taking noise out of the sound", "正在降噪"),
    "voice": Translation("Adding a voice-over", "正在添加旁白"),
    "subtitles": Translation("Adding subtitles", "正在添加字幕"),
    "duck": Translation("Lowering the music under speech", "正在让音乐避让人声"),
    "length": Translation("Setting the length", "正在调整时长"),
    "music": Translation("Adding music", "正在添加音乐"),
    "speed": Translation("Setting the speed", "正在调整速度"),
    "title": Translation("Adding a title", "正在添加标题"),
    "transition": Translation("Adding transitions", "正在添加转场"),
    "volume": Translation("Setting the volume", "正在调整音量"),
    "set_volume": Translation("Setting the volume", "正在调整音量"),
    "set_speed": Translation("Setting the speed", "正在调整速度"),
    "set_aspect": Translation("Changing the frame", "正在调整画面比例"),
    "set_aspect_ratio": Translation("Changing the frame", "正在调整画面比例"),
    "split": Translation("Splitting", "正在分割"),
    "tts": Translation("Generating a voice", "正在生成语音"),
    "undo": Translation("Undoing", "正在撤销"),
}
_VERBS: dict[str, Translation] = {
    "add": Translation("Adding", "添加"),
    "adjust": Translation("Adjusting", "调整"),
    "analyse": Translation("Looking at", "分析"),
    "analyze": Translation("Looking at", "分析"),
    "apply": Translation("Applying", "应用"),
    "change": Translation("Changing", "修改"),
    "check": Translation("Checking", "检查"),
    "clear": Translation("Clearing", "清除"),
    "combine": Translation("Combining", "拼接"),
    "create": Translation("Making", "制作"),
    "crop": Translation("Cropping", "裁切"),
    "cut": Translation("Cutting", "剪切"),
    "delete": Translation("Removing", "删除"),
    "detect": Translation("Detecting", "检测"),
    "download": Translation("Fetching", "获取"),
    "edit": Translation("Editing", "编辑"),
    "fetch": Translation("Fetching", "获取"),
    "find": Translation("Finding", "查找"),
    "fit": Translation("Fitting", "适配"),
    "generate": Translation("Generating", "生成"),
    "get": Translation("Reading", "读取"),
    "insert": Translation("Inserting", "插入"),
    "list": Translation("Reading", "读取"),
    "load": Translation("Loading", "加载"),
    "make": Translation("Making", "制作"),
    "merge": Translation("Combining", "合并"),
    "move": Translation("Moving", "移动"),
    "mute": Translation("Muting", "静音"),
    "plan": Translation("Planning", "规划"),
    "read": Translation("Reading", "读取"),
    "remove": Translation("Removing", "删除"),
    "render": Translation("Rendering", "渲染"),
    "replace": Translation("Replacing", "替换"),
    "resize": Translation("Resizing", "缩放"),
    "reverse": Translation("Reversing", "倒放"),
    "rotate": Translation("Rotating", "旋转"),
    "save": Translation("Saving", "保存"),
    "search": Translation("Searching", "搜索"),
    "set": Translation("Setting", "设置"),
    "split": Translation("Splitting", "分割"),
    "stabilize": Translation("Stabilising", "稳定"),
    "transcribe": Translation("Transcribing", "转写"),
    "trim": Translation("Trimming", "修剪"),
    "update": Translation("Updating", "更新"),
    "upload": Translation("Uploading", "上传"),
    "write": Translation("Writing", "编写"),
}
_NOUNS = {
    "animation": "动画",
    "aspect": "画面比例",
    "audio": "音频",
    "background": "背景",
    "bgm": "背景音乐",
    "brightness": "亮度",
    "caption": "字幕",
    "captions": "字幕",
    "clip": "片段",
    "clips": "片段",
    "color": "颜色",
    "colors": "颜色",
    "colour": "颜色",
    "cover": "封面",
    "draft": "草稿",
    "duration": "时长",
    "effect": "特效",
    "effects": "特效",
    "fade": "淡入淡出",
    "file": "文件",
    "files": "文件",
    "filter": "滤镜",
    "filters": "滤镜",
    "font": "字体",
    "frame": "画面",
    "frames": "画面",
    "image": "图片",
    "images": "图片",
    "img": "图片",
    "intro": "片头",
    "logo": "标志",
    "media": "素材",
    "music": "音乐",
    "order": "顺序",
    "outro": "片尾",
    "overlay": "叠加层",
    "photo": "照片",
    "photos": "照片",
    "picture": "图片",
    "pictures": "图片",
    "plan": "方案",
    "project": "项目",
    "ratio": "比例",
    "scene": "场景",
    "scenes": "场景",
    "script": "脚本",
    "segment": "片段",
    "segments": "片段",
    "sfx": "音效",
    "size": "尺寸",
    "sound": "声音",
    "sounds": "声音",
    "speech": "语音",
    "speed": "速度",
    "state": "状态",
    "sticker": "贴纸",
    "stickers": "贴纸",
    "storyboard": "分镜",
    "style": "风格",
    "subtitle": "字幕",
    "subtitles": "字幕",
    "text": "文字",
    "timeline": "时间线",
    "title": "标题",
    "titles": "标题",
    "track": "轨道",
    "tracks": "轨道",
    "transition": "转场",
    "transitions": "转场",
    "txt": "文字",
    "vid": "视频",
    "video": "视频",
    "videos": "视频",
    "voice": "语音",
    "voiceover": "配音",
    "volume": "音量",
    "watermark": "水印",
    "web": "网络",
}
_WORKING = Translation("Working", "正在处理")
_ABBREVIATIONS = {"bgm": "music", "vid": "video", "img": "picture", "txt": "text", "sfx": "sounds"}
_BORDERS = regex(r"[^0-9A-Za-z]+|(?<=[a-z0-9])(?=[A-Z])")
_LONGEST = 60


_GENERATES = frozenset(
    [
        "gen",
        "generate",
        "generated",
        "generates",
        "generating",
        "generation",
        "generator",
        "text2video",
        "image2video",
        "t2v",
        "i2v",
    ]
)
_FROM = frozenset({("text", "to"), ("image", "to")})


def generates(name: str) -> bool:
    """Whether a tool of that name makes footage, pictures or sound: `generate_video`, `text_to_video`."""
    words = [word.lower() for word in _BORDERS.split(name[:200]) if word]
    return not _GENERATES.isdisjoint(words) or not _FROM.isdisjoint(pairwise(words))


_LISTENING = Translation("Listening to {file}, {percent} %", "正在聆听 {file}，{percent}%")
_WATCHING = Translation("Watching {file}, {percent} %", "正在观看 {file}，{percent}%")
_LONGEST_NAME = 40


def how_far(args: Mapping[str, Any], chinese: bool) -> str:
    """What the local studio tells of a file that it listens to (wire/README.md, The event stream); "" for other calls."""
    file, percent = args.get("file"), args.get("percent")
    if not isinstance(file, str) or not isinstance(percent, int):
        return ""
    name = clean_line(file)
    name = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    told = _WATCHING if args.get("seen") is True else _LISTENING
    return told.of(chinese, file=name, percent=min(100, max(0, percent)))


def activity(name: str, chinese: bool) -> str:
    """`add_title` → `Adding a title`; an unknown name is taken apart: `warpFrames` → `Warp frames`.

    In Chinese what has no word there is left out: the tools' names are English.
    """
    words = [word.lower() for word in _BORDERS.split(name[:200]) if word]
    if words and words[-1] in ("tool", "fn", "function"):
        words.pop()
    if not words:
        return _WORKING.of(chinese)
    known = _KNOWN.get("_".join(words))
    if known:
        return known.of(chinese)
    verb = _VERBS.get(words[0])
    if chinese:
        nouns = [_NOUNS.get(word, "") for word in words[1:]]
        what = "".join(nouns) if all(nouns) else ""
        return f"正在{verb.chinese}{what}"[:_LONGEST] if verb else _WORKING.chinese
    rest = " ".join(_ABBREVIATIONS.get(word, word) for word in (words[1:] if verb else words))
    return (f"{verb.english} {rest}".strip() if verb else rest.capitalize())[:_LONGEST]
