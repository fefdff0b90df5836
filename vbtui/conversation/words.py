"""What vbtui itself says, English and Chinese: the greeting, notes, answers, receipts in words.

An answer is in the language of the message that it answers (`text.is_chinese`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vbtui.base.catalogue import Translation
from vbtui.timeline import changes as timeline_changes
from vbtui.timeline import model as timeline
from vbtui.timeline.changes import Change
from vbtui.timeline.model import Timeline, Track

GREETING_TITLE = "Getting Started"
GREETING = (
    "Share your video clips or images and I'll get started on AI video creation."
    " Or just tell me what you're thinking."
)
EXAMPLES_TITLE = "Try saying:"
EXAMPLES = (
    "create my video clips or images",
    "export 1080p MP4",
    "combine these clips into a 60-second",
)
SETTING_UP = "Setting things up..."
READY = "Connected and ready."
CONCRETE = (
    "combine these clips into a 60-second promo video with transitions and text overlays",
    "add a title “Urban Dreams” at the start and music at 35%",
)
"""Concrete requests, to show beside a vague one."""
VAGUE_HINT = (
    "The backend processes faster when you're specific. Instead of “{said}”, try “{example}”."
)
UPLOAD_ADVICE = (
    "Max file size is 500MB. Stick to MP4, MOV, JPG, PNG for the smoothest experience."
    " Shorter clips with clear cuts give cleaner results than long unedited recordings."
)
EXPORT_ADVICE = "Export as MP4 for widest compatibility across platforms and devices."
RENDER_EXPECTATION = "usually 30-90 seconds"

HELP = """\
Say what you want in your own words, for example “{example}”.

| type | to |
|---|---|
| `/export [low, medium or high]` | save the video as an MP4 |
| `/upload PATH…` | add files, folders or URLs |
| `/credits` | see the balance |
| `/status` | see the timeline, media and exports |
| `/new [NAME]` | start another project |
| `/sessions` | go to another project |
| `/claim` | get the link that takes this project into the web app |
| `/help` | see this |

Keys: F2 chat, F3 media, F4 timeline, F5 renders, ctrl+s export, ctrl+o upload, F1 all keys."""


HELP_TEXT = Translation(
    HELP,
    """\
用自己的话说出想要的效果，例如“{example}”。

| 输入 | 作用 |
|---|---|
| `/export [low、medium 或 high]` | 把视频保存为 MP4 |
| `/upload 路径…` | 添加文件、文件夹或网址 |
| `/credits` | 查看积分 |
| `/status` | 查看时间线、素材和导出 |
| `/new [名称]` | 新建项目 |
| `/sessions` | 切换项目 |
| `/claim` | 获取在网页版中接管本项目的链接 |
| `/help` | 显示本说明 |

按键：F2 对话，F3 素材，F4 时间线，F5 导出，ctrl+s 导出，ctrl+o 上传，F1 全部按键。""",
)

STILL_WORKING = Translation("⏳ Still working… ({elapsed})", "⏳ 仍在处理…（{elapsed}）")
THINKING = Translation("Thinking", "正在思考")
SENDING = Translation("Sending", "正在发送")
SENT_LATER = Translation(
    "The backend has too much to do; sending again after {wait}", "后端繁忙；{wait}后重新发送"
)
BROKEN = Translation("The connection broke", "连接中断")
LATE = Translation("There was no answer in time", "等待回复超时")
UNSEEN = Translation("Nobody saw how this ended", "不清楚这条消息的结果")
LOOKING = Translation(
    "{cause}; looking at the timeline in {wait} ({number} of {total})",
    "{cause}；{wait}后查看时间线（第 {number} 次，共 {total} 次）",
)
STOPPING = Translation("Stopping", "正在停止")

SILENT_CHANGED = Translation(
    "Done. The agent said nothing; this changed:", "已完成。智能体没有说明，改动如下："
)
SILENT_DETAILS = Translation(
    "Done. The agent said nothing; details of the draft changed that the timeline does not show.",
    "已完成。智能体没有说明；草稿有改动，但时间线上看不出来。",
)
SILENT_UNCHANGED = Translation(
    "The agent ended without a word, and the timeline is unchanged.",
    "智能体没有回复就结束了，时间线没有变化。",
)
SILENT_UNSEEN = Translation(
    "The agent ended without a word, and the timeline could not be read: {reason}",
    "智能体没有回复就结束了，时间线也无法读取：{reason}",
)
BROKE_HERE = Translation("*(the answer breaks off here)*", "*（回答在此中断）*")
STOPPED_HERE = Translation("*(stopped here)*", "*（在此停止）*")
ERROR_HERE = Translation("*(an error ended the answer here)*", "*（回答在此因错误中断）*")
STOPPED = Translation(
    "Stopped. The backend may still finish what it began.", "已停止。后台可能仍会完成已开始的操作。"
)
RECOVERED = Translation("{cause}, but the edit was made:", "{cause}，但修改已经完成：")
AWAY = Translation("This finished while vbtui was away:", "vbtui 关闭期间已完成：")
AWAY_UNKNOWN = Translation(
    "vbtui ended while this was under way (sent at {time}), and the timeline has not changed since."
    " It may still run.",
    "vbtui 在处理这条消息时退出了（发送于 {time}），时间线此后没有变化。它可能仍在运行。",
)
AWAY_UNSEEN = Translation(
    "vbtui ended while this was under way (sent at {time}), and the backend cannot be asked now.",
    "vbtui 在处理这条消息时退出了（发送于 {time}），现在无法询问后台。",
)
NOT_RECOVERED = Translation(
    "{cause}, and the timeline has not changed in {elapsed}. The message was not sent again.",
    "{cause}，{elapsed}内时间线没有变化。消息没有重新发送。",
)
NOT_SEEN = Translation(
    "{cause}, and the backend could not be asked what became of it."
    " The message was not sent again.",
    "{cause}，也无法向后台查询结果。消息没有重新发送。",
)
STILL_NOT = Translation(
    "The timeline has still not changed. The message was not sent again.",
    "时间线仍然没有变化。消息没有重新发送。",
)
STILL_NOT_SEEN = Translation(
    "The backend could not be asked what became of it. The message was not sent again.",
    "无法向后台查询结果。消息没有重新发送。",
)
DETAILS_CHANGED = Translation(
    "Details of the draft changed that the timeline does not show.",
    "草稿的细节有改动，时间线上看不出来。",
)
MORE_CHANGES = Translation("and {count}", "另有 {number} 处改动")
UNPROVEN = Translation(
    "The agent says that it edited; the timeline is unchanged.",
    "智能体说已经修改，但时间线没有变化。",
)
TOOK = Translation("took {time}", "用时 {time}")
SPENT = Translation("{spent} credits ({before} → {after})", "{spent} 积分（{before} → {after}）")
SENT_AGAIN = Translation(
    "Given up; the message was sent again below.", "已放弃；消息已在下方重新发送。"
)
DROPPED = Translation("Dropped.", "已放弃。")

EXPORT_STARTED = Translation(
    "Export started ({quality} quality, {expectation}). F5 shows its progress.",
    "已开始导出（{quality}质量，{expectation}）。按 F5 查看进度。",
)
EXPORT_MP4_ONLY = Translation(
    "Exports are MP4; {format} is not available.", "导出格式为 MP4，不支持 {format}。"
)
QUALITY = {
    "high": Translation("high", "高"),
    "medium": Translation("medium", "中等"),
    "low": Translation("low", "低"),
}
EXPECTATION = Translation(RENDER_EXPECTATION, "通常需要 30-90 秒")
ESTIMATE = Translation("about {time}", "大约 {time}")
CREDITS = Translation("{available} credits available.", "可用积分：{available}。")
CREDITS_FROZEN = Translation(
    "{available} credits available, {frozen} on hold, {total} in total.",
    "可用积分：{available}，冻结 {frozen}，共 {total}。",
)
CREDITS_NONE = Translation(
    "The local studio needs no credits: edits and exports are free.",
    "本地工作室不需要积分：编辑和导出都是免费的。",
)
CREDITS_UNKNOWN = Translation("The balance is not known right now.", "暂时无法得知余额。")
UPLOADING = Translation(
    "Uploading {names}. F3 shows the progress.", "正在上传 {names}。按 F3 查看进度。"
)
UPLOAD_HOW = Translation(
    "Press ctrl+o to pick files, or type `/upload PATH`. " + UPLOAD_ADVICE,
    "按 ctrl+o 选择文件，或输入 `/upload 路径`。单个文件最大 500MB，建议使用 MP4、MOV、JPG、PNG。",
)
UPLOAD_NEXT = Translation("Afterwards, say: “{rest}”", "上传后请说：“{rest}”")
MEDIA = Translation("Media: {count} ({names}).", "素材：{count} 个（{names}）。")
MEDIA_NONE = Translation("Media: none yet.", "素材：还没有。")
AT_WORK = Translation(
    "The agent is at work on “{text}” ({elapsed}).", "智能体正在处理“{text}”（{elapsed}）。"
)
RENDER_NOW = Translation(
    "Export “{title}”: {state}, {progress}%.", "导出“{title}”：{state}，{progress}%。"
)
RENDER_DONE = Translation("Export “{title}”: saved to {path}", "导出“{title}”：已保存到 {path}")
COMMAND_ELSEWHERE = Translation(
    "{name} works in the prompt of the app.", "{name} 可在应用的输入框中使用。"
)
UNKNOWN_COMMAND = Translation(
    "There is no command {name}. Known: /export, /upload, /credits, /status, /new, /sessions, /claim, /help.",
    "没有命令 {name}。可用：/export、/upload、/credits、/status、/new、/sessions、/claim、/help。",
)
REFUSED_RENDER_HERE = Translation(
    "The export was refused: {reason} This machine can make the video instead, from the files that "
    "you uploaded; it costs nothing.",
    "导出被拒绝：{reason} 可以改用这台电脑上的原始文件在本地免费生成视频。",
)
AWAY_RENDER_HERE = Translation(
    "The backend cannot be reached, so the export waits. This machine can make the video instead, "
    "from the files that you uploaded; it costs nothing.",
    "现在连不上后端，导出在等待。可以改用这台电脑上的原始文件在本地免费生成视频。",
)
NOT_IN_THE_VIDEO = Translation(
    "This machine cannot rebuild all of it. Not in the video:",
    "这台电脑无法重建全部内容。视频里不会有：",
)
AND_MORE = Translation("and {count} more", "另外还有 {count} 个")
RENDERING_HERE = Translation(
    "Rendering “{title}” on this machine; the exports screen (F5) shows how far it is.",
    "正在这台电脑上生成“{title}”，进度见导出页（F5）。",
)
RENDER_STATES = {
    "waiting": "等待中",
    "submitting": "提交中",
    "pending": "排队中",
    "processing": "渲染中",
    "downloading": "下载中",
    "done": "已完成",
    "failed": "失败",
    "cancelled": "已取消",
    "unknown": "未知",
}

_MARKUP = re.compile(r"[\\`*\[<]|~(?=~)|(?<![^\W_])_|_(?![^\W_])")

_CHINESE_LABELS = {
    "Video": "视频",
    "BGM": "背景音乐",
    "Title": "文字",
    "Frame size": "画面尺寸",
    "Project title": "项目名称",
    "Track": "轨道",
}
_CHINESE_KINDS = {
    "added": "已添加",
    "removed": "已删除",
    "moved": "移动",
    "retimed": "时间调整",
    "text": "文字",
    "volume": "音量",
    "transition": "转场",
    "source": "素材",
    "speed": "速度",
    "trim": "入点",
    "settings": "设置",
}


def change_sentence(change: Change, chinese: bool) -> str:
    """One change in words: `Title added: "Urban Dreams" 0-3s`."""
    if not chinese:
        return change.sentence
    label = next((name for name in _CHINESE_LABELS if change.subject.startswith(name)), "")
    subject = _CHINESE_LABELS.get(label, "") + change.subject[len(label) :]
    kind = _CHINESE_KINDS.get(change.kind, change.kind)
    if change.kind in ("added", "removed"):
        return f"{kind}{subject}：{change.after or change.before}"
    return f"{subject} {kind}：{change.before} → {change.after}"


def change_list(changes: Sequence[Change], chinese: bool, *, most: int = 12) -> str:
    """The changes as a Markdown list; empty for none."""
    lines = [f"- {_inert(change_sentence(change, chinese))}" for change in changes[:most]]
    rest = len(changes) - most
    if rest > 0:
        lines.append(f"- 另有 {rest} 处" if chinese else f"- and {rest} more")
    return "\n".join(lines)


def summary(line: Timeline | None, chinese: bool) -> str:
    """The summary line of the timeline, in that language."""
    if not chinese:
        return timeline_changes.summary(line)
    if line is None or not line.tracks:
        return "时间线是空的。"
    parts = [
        f"{number}. {_chinese_label(track)}：{_chinese_segments(track)}"
        for number, track in enumerate(line.tracks, 1)
    ]
    return f"时间线（{len(line.tracks)} 条轨道）：{' '.join(parts)}"


def _chinese_label(track: Track) -> str:
    labels = {timeline.VIDEO: "视频", timeline.AUDIO: "背景音乐", timeline.TEXT: "文字"}
    return labels.get(track.type if track.type is not None else -1, track.kind)


def _chinese_segments(track: Track) -> str:
    if not track.segments:
        return "（空）"
    shown = [timeline_changes.describe(track, segment) for segment in track.segments[:4]]
    rest = len(track.segments) - len(shown)
    return "，".join(shown) + (f"，另有 {rest} 段" if rest else "")


def _inert(text: str) -> str:
    """Foreign names inside our Markdown: what would format them is escaped."""
    return _MARKUP.sub(r"\\\g<0>", text)
