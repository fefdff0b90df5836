"""`? mute clip 2`: what a sentence would do, told in words; nothing is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vbtui.base.text import clean_line
from vbtui.base.translation import Translation
from vbtui.conversation.receipts import DETAILS_CHANGED, inert
from vbtui.timeline.digest import digest, transition_name

if TYPE_CHECKING:
    from vbtui.wire.extras import Plan

MARKS = ("?", "？")
"""A message that begins with one is not said to the agent."""
NO_PLAN = Translation(
    "This agent cannot be asked what it would do: whatever it is told it does. "
    "The local studio can be asked: vbtui --local.",
    "无法预先询问这个智能体：说了什么它就会做什么。本地工作室可以：vbtui --local。",
)
PLAN_WHAT = Translation(
    "Write a sentence after the question mark: `? {example}` shows what it would do, and does nothing.",
    "请在问号后写一句话：`? {example}` 只显示会做什么，不会执行。",
)
_PLAN = Translation("Plan: {operations}", "方案：{operations}")
_CHANGES = Translation("Nothing has been done. This would change:", "尚未执行任何操作。将会改动：")
_UNCHANGED = Translation(
    "Nothing has been done, and nothing would change.", "尚未执行任何操作，也不会有任何改动。"
)
_SAYS = Translation("The answer would be:", "回答会是：")
_NAMES = {
    "remove": "删除", "length": "时长", "title": "标题", "mute": "静音", "cut": "剪掉", "reorder": "调整顺序",
    "speed": "变速", "transition": "转场", "volume": "音量", "add": "添加", "aspect": "画面比例", "music": "音乐",
    "fade": "淡入淡出", "keep": "保留", "undo": "撤销", "redo": "重做", "split": "分割", "caption": "字幕",
    "duplicate": "复制", "replace": "替换", "reset": "重置", "export": "导出", "extract": "提取",
    "look": "风格", "colour": "调色", "sharpen": "锐化", "degrain": "画面降噪", "hide": "遮挡", "lut": "色彩表", "stabilise": "防抖", "crop": "裁切", "straighten": "校正", "blur": "模糊", "rotate": "旋转", "flip": "镜像",
    "zoom": "缩放", "kenburns": "运镜", "loudness": "响度", "silence": "停顿", "fillers": "口头禅", "find": "查找", "scenes": "场景",
    "overlay": "叠加",
    "countdown": "倒计时", "splitscreen": "分屏", "chromakey": "抠像", "progressbar": "进度条",
    "duck": "闪避", "denoise": "降噪", "voice": "旁白", "subtitles": "字幕文件",
    "reverse": "倒放", "pip": "画中画", "freeze": "定格", "flaws": "黑屏和模糊", "highlights": "精彩集锦", "beat": "卡点", "dub": "替换声音",
}  # fmt: skip
"""The operations in Chinese; in English they are called as they are."""
_SLOTS = {
    "clips": "片段", "between": "片段之间", "length": "时长", "width": "宽", "height": "高", "fit": "适配",
    "ratio": "比例", "what": "对象", "count": "数量", "ranges": "范围", "start": "起点", "end": "终点", "way": "方式",
    "type": "类型", "ways": "方向", "files": "文件", "file": "文件", "to": "到第", "parts": "份数", "at": "位置",
    "every": "每隔", "times": "次数", "text": "文字", "role": "作用", "duration": "持续", "colour": "颜色",
    "size": "大小", "position": "位置", "fade_out": "淡出", "fade_in": "淡入", "fps": "帧率", "each": "每段",
    "lasts": "持续", "music": "音乐", "volume": "音量", "speed": "速度", "from_speed": "起始速度", "to_speed": "结束速度",
    "how": "方法", "left": "左侧", "top": "上方", "right": "右侧", "bottom": "下方",
    "looks": "风格", "remove": "去掉", "brightness": "亮度", "contrast": "对比度", "saturation": "饱和度",
    "temperature": "色温", "gamma": "伽马", "amount": "强度", "degrees": "角度", "axes": "轴", "loudness": "响度", "even": "各片段一致", "duck": "压低", "sound": "只有声音",
    "put_back": "放回", "of": "属于", "subtitles": "字幕文件", "from": "来源", "format": "格式",
    "pauses": "停顿", "black_parts": "黑屏", "bpm": "每分钟拍数", "cuts": "剪切点", "blur_parts": "模糊", "removed": "去掉", "least": "最短", "own_sound": "原声",
    "place": "位置", "opacity": "不透明度",
    "forwards": "正放", "over": "叠在片段", "columns": "列", "rows": "行",
}  # fmt: skip
_VALUES = {
    "cover": "裁切填满", "contain": "黑边", "blur": "模糊背景", "text": "文字", "music": "音乐", "move": "移动",
    "swap": "交换", "start": "开头", "end": "结尾", "first": "最前", "last": "最后", "next": "接在后面",
    "reverse": "倒序", "stop": "停止", "silent": "静音段", "shuffle": "随机", "sort": "按名称", "another": "换一首","range": "一段时间", "in": "淡入", "out": "淡出",
    "title": "标题", "caption": "字幕", "top": "上方", "bottom": "下方", "center": "中间", "bw": "黑白", "sepia": "棕褐色",
    "warm": "暖色", "cool": "冷色", "vivid": "鲜艳", "film": "电影感", "vintage": "复古", "faded": "褪色", "vignette": "暗角",
    "pixelate": "马赛克", "horizontal": "水平", "vertical": "垂直", "speech": "语音",
    "left": "左侧", "right": "右侧", "top left": "左上角", "top right": "右上角", "bottom left": "左下角", "bottom right": "右下角",
}  # fmt: skip
"""Words that an operation may be told, in Chinese; what a user wrote is left as it is."""
_FREE = ("text", "file", "files", "clips", "words", "of", "subtitles")
"""Slots that hold what a user wrote."""
_SECONDS = Translation("{name} {seconds} s", "{name} {seconds} 秒")
_YES, _NO = Translation("yes", "是"), Translation("no", "否")


def asked_for(text: str) -> str | None:
    """The sentence that is to be planned; None where the message is to be done. It may be empty."""
    text = text.strip()
    return text[1:].strip() if text.startswith(MARKS) else None


def told(plan: Plan, chinese: bool) -> str:
    """The plan as Markdown: operations, what they would change, and what would be said."""
    paragraphs = []
    if plan.operations:
        operations = ("；" if chinese else "; ").join(
            inert(operation(one, chinese)) for one in plan.operations
        )
        paragraphs.append(_PLAN.of(chinese, operations=operations))
    if plan.is_changed:
        changes = "\n".join(f"- {inert(line)}" for line in digest(plan.changes, chinese))
        paragraphs += [_CHANGES.of(chinese), changes or DETAILS_CHANGED.of(chinese)]
    else:
        paragraphs.append(_UNCHANGED.of(chinese))
    if plan.reply:
        quoted = "\n".join(f"> {line}".rstrip() for line in plan.reply.splitlines())
        paragraphs += [_SAYS.of(chinese), quoted]
    return "\n\n".join(paragraphs)


def operation(one: Mapping[str, Any], chinese: bool) -> str:
    """`mute (clips 2, volume 0)`, `静音（片段 2，音量 0）`: its name, and its slots in their order."""
    slots = [
        _slot(key, value, chinese)
        for key, value in one.items()
        if key != "op" and value is not None
    ]
    name = _called(str(one.get("op", "")), _NAMES, chinese)
    if chinese:
        return f"{name}（{'，'.join(slots)}）" if slots else name
    return f"{name} ({', '.join(slots)})" if slots else name


def _called(word: str, words: Mapping[str, str], chinese: bool) -> str:
    return (words.get(word) if chinese else None) or clean_line(word)


def _slot(key: str, value: object, chinese: bool) -> str:
    name = key.removesuffix("_ms")
    called = _called(name, _SLOTS, chinese)
    if name != key and isinstance(value, int | float):
        return _SECONDS.of(chinese, name=called, seconds=f"{value / 1000:g}")
    if key == "type" and isinstance(value, str):
        return f"{called} {clean_line(transition_name(value, chinese))}"
    words = {} if key in _FREE else _VALUES
    return f"{called} {_value(value, words, chinese)}"


def _value(value: object, words: Mapping[str, str], chinese: bool) -> str:
    if isinstance(value, bool):
        return (_YES if value else _NO).of(chinese)
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return " ".join(_value(one, words, chinese) for one in value)
    if isinstance(value, dict):
        return " ".join(_slot(key, one, chinese) for key, one in value.items())
    return _called(str(value), words, chinese)
