"""What the agent does right now, in words: the names of its tools as human activity."""

from __future__ import annotations

import re

_KNOWN: dict[str, tuple[str, str]] = {
    "add_bgm": ("Adding music", "正在添加音乐"),
    "add_music": ("Adding music", "正在添加音乐"),
    "add_audio": ("Adding sound", "正在添加声音"),
    "add_voiceover": ("Adding a voice-over", "正在添加配音"),
    "add_title": ("Adding a title", "正在添加标题"),
    "add_text": ("Adding text", "正在添加文字"),
    "add_caption": ("Adding captions", "正在添加字幕"),
    "add_captions": ("Adding captions", "正在添加字幕"),
    "add_subtitle": ("Adding subtitles", "正在添加字幕"),
    "add_subtitles": ("Adding subtitles", "正在添加字幕"),
    "add_transition": ("Adding a transition", "正在添加转场"),
    "add_transitions": ("Adding transitions", "正在添加转场"),
    "add_effect": ("Adding an effect", "正在添加特效"),
    "add_filter": ("Adding a filter", "正在添加滤镜"),
    "add_clip": ("Adding a clip", "正在添加片段"),
    "add_video": ("Adding a clip", "正在添加片段"),
    "add_image": ("Adding a picture", "正在添加图片"),
    "analyze_video": ("Looking at the video", "正在分析视频"),
    "combine_clips": ("Combining the clips", "正在拼接片段"),
    "merge_clips": ("Combining the clips", "正在拼接片段"),
    "crop": ("Cropping", "正在裁切"),
    "cut": ("Cutting", "正在剪切"),
    "generate_image": ("Generating a picture", "正在生成图片"),
    "generate_music": ("Generating music", "正在生成音乐"),
    "generate_video": ("Generating a video", "正在生成视频"),
    "generate_voice": ("Generating a voice", "正在生成语音"),
    "get_state": ("Looking at the timeline", "正在查看时间线"),
    "read_timeline": ("Looking at the timeline", "正在查看时间线"),
    "set_volume": ("Setting the volume", "正在调整音量"),
    "set_speed": ("Setting the speed", "正在调整速度"),
    "set_aspect": ("Changing the frame", "正在调整画面比例"),
    "set_aspect_ratio": ("Changing the frame", "正在调整画面比例"),
    "split": ("Splitting", "正在分割"),
    "tts": ("Generating a voice", "正在生成语音"),
    "undo": ("Undoing", "正在撤销"),
}
_VERBS: dict[str, tuple[str, str]] = {
    "add": ("Adding", "添加"),
    "adjust": ("Adjusting", "调整"),
    "analyse": ("Looking at", "分析"),
    "analyze": ("Looking at", "分析"),
    "apply": ("Applying", "应用"),
    "change": ("Changing", "修改"),
    "check": ("Checking", "检查"),
    "clear": ("Clearing", "清除"),
    "combine": ("Combining", "拼接"),
    "create": ("Making", "制作"),
    "crop": ("Cropping", "裁切"),
    "cut": ("Cutting", "剪切"),
    "delete": ("Removing", "删除"),
    "detect": ("Detecting", "检测"),
    "download": ("Fetching", "获取"),
    "edit": ("Editing", "编辑"),
    "fetch": ("Fetching", "获取"),
    "find": ("Finding", "查找"),
    "fit": ("Fitting", "适配"),
    "generate": ("Generating", "生成"),
    "get": ("Reading", "读取"),
    "insert": ("Inserting", "插入"),
    "list": ("Reading", "读取"),
    "load": ("Loading", "加载"),
    "make": ("Making", "制作"),
    "merge": ("Combining", "合并"),
    "move": ("Moving", "移动"),
    "mute": ("Muting", "静音"),
    "plan": ("Planning", "规划"),
    "read": ("Reading", "读取"),
    "remove": ("Removing", "删除"),
    "render": ("Rendering", "渲染"),
    "replace": ("Replacing", "替换"),
    "resize": ("Resizing", "缩放"),
    "reverse": ("Reversing", "倒放"),
    "rotate": ("Rotating", "旋转"),
    "save": ("Saving", "保存"),
    "search": ("Searching", "搜索"),
    "set": ("Setting", "设置"),
    "split": ("Splitting", "分割"),
    "stabilize": ("Stabilising", "稳定"),
    "transcribe": ("Transcribing", "转写"),
    "trim": ("Trimming", "修剪"),
    "update": ("Updating", "更新"),
    "upload": ("Uploading", "上传"),
    "write": ("Writing", "编写"),
}
_ABBREVIATIONS = {"bgm": "music", "vid": "video", "img": "picture", "txt": "text", "sfx": "sounds"}
_BORDERS = re.compile(r"[^0-9A-Za-z]+|(?<=[a-z0-9])(?=[A-Z])")
_LONGEST = 60


def activity(name: str, chinese: bool) -> str:
    """`add_title` → `Adding a title`; an unknown name is taken apart: `warpFrames` → `Warp frames`."""
    words = [word.lower() for word in _BORDERS.split(name[:200]) if word]
    if words and words[-1] in ("tool", "fn", "function"):
        words.pop()
    if not words:
        return "正在处理" if chinese else "Working"
    known = _KNOWN.get("_".join(words))
    if known:
        return known[chinese]
    words = [_ABBREVIATIONS.get(word, word) for word in words]
    verb = _VERBS.get(words[0])
    rest = " ".join(words[1:])
    if verb and chinese:
        return f"正在{verb[1]} {rest}".strip()[:_LONGEST]
    text = f"{verb[0]} {rest}".strip() if verb else " ".join(words).capitalize()
    return (f"正在处理：{text}" if chinese else text)[:_LONGEST]
