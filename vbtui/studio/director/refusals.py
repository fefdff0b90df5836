"""What cannot be done here, said plainly; and what needs no doing."""

from __future__ import annotations

from vbtui.base.keys import key_name
from vbtui.studio.director.clauses import Clause
from vbtui.studio.director.desk import Desk
from vbtui.studio.project import draft as d

_TOPICS: dict[str, tuple[str, str]] = {
    "grade": (
        "Colour grading and filters are not available in the local studio.",
        "本地工作室没有调色和滤镜。",
    ),
    "stabilise": ("Stabilising is not available in the local studio.", "本地工作室没有防抖。"),
    "sound_repair": (
        "Cleaning up sound is not available in the local studio; volumes are: set clip 1 to 80%.",
        "本地工作室不能降噪或修复声音；可以调音量：把片段1音量调到80%。",
    ),
    "loudness": (
        "Loudness normalisation is not available in the local studio; volumes are: set the volume to 80%.",
        "本地工作室没有响度标准化；可以调音量：把音量调到80%。",
    ),
    "silence": (
        "Finding silences in the sound is not available in the local studio; a part that you name can be "
        "cut: remove from 0:10 to 0:12.",
        "本地工作室不能自动检测静音；可以剪掉你指定的部分：删除 0:10 到 0:12。",
    ),
    "speech": (
        "Speech recognition is not available in the local studio, so captions need your words: "
        'add caption "…" from 0:05 to 0:08.',
        "本地工作室不能识别语音，字幕需要你给出文字：加字幕“……”，从 0:05 到 0:08。",
    ),
    "broll": (
        "B-roll is not found by itself here; upload a clip and say: add broll.mp4 after clip 1.",
        "这里不能自动找空镜；可以上传素材后说：把 xx.mp4 添加到片段1后面。",
    ),
    "highlight": (
        "Finding the best moments is not available in the local studio: it does not see what the clips show. "
        "Name them: keep from 0:10 to 0:20.",
        "本地工作室看不懂画面，不能自动找精彩片段。可以指定：保留 0:10 到 0:20。",
    ),
    "scenes": (
        "Finding scenes is not available in the local studio; a moment that you name can be cut: split at 0:30.",
        "本地工作室不能检测场景；可以在指定时间分割：在 0:30 处分割。",
    ),
    "beat": (
        "Cutting on the beat is not available in the local studio.",
        "本地工作室不能按节拍剪辑。",
    ),
    "voice": (
        "A voice-over cannot be made here; record one, upload it and say: add voice.mp3 as music.",
        "这里不能生成配音；可以自己录好上传，然后说：用 voice.mp3 作为背景音乐。",
    ),
    "translate": (
        "Translating and dubbing are not available in the local studio.",
        "本地工作室没有翻译和译制。",
    ),
    "zoom": (
        "Zooms and camera moves are not available in the local studio.",
        "本地工作室没有镜头推拉。",
    ),
    "reverse": (
        "Playing backwards is not available in the local studio; the order of clips is: reverse the order.",
        "本地工作室不能倒放；可以反转片段顺序：倒序排列。",
    ),
    "rotate": (
        "Rotating and flipping are not available in the local studio (phone clips are turned upright by themselves).",
        "本地工作室不能旋转或翻转（手机视频会自动转正）。",
    ),
    "crop": (
        "Cropping to a part of the picture is not available; the frame can change: make it 9:16, fill the frame.",
        "不能裁切到画面的某一部分；可以改变画幅：改成9:16，铺满画面。",
    ),
    "blur": (
        "Blurring a part of the picture is not available in the local studio.",
        "本地工作室不能给局部打码。",
    ),
    "picture": (
        "Pictures over the video (logos, watermarks, split screens) are not available in the local studio; words "
        'are: add text "© Me" at the bottom for the whole video.',
        "本地工作室不能叠加图片（标志、水印、分屏）；可以加文字：全程在底部加文字“© 我”。",
    ),
    "sticker": (
        'Stickers and animations are not available in the local studio; words are: add title "…" at the beginning.',
        "本地工作室没有贴纸和动画；可以加文字：在开头加标题“……”。",
    ),
    "progress": (
        "Progress bars and timers are not available in the local studio.",
        "本地工作室没有进度条和倒计时。",
    ),
    "sfx": (
        "Sound effects are not available in the local studio; an uploaded sound is: add whoosh.mp3 at 0:10.",
        "本地工作室没有音效库；可以用上传的声音：在 0:10 加 whoosh.mp3。",
    ),
    "duck": (
        "Music that follows the voice is not available in the local studio; a fixed level is: set the music to 20%.",
        "本地工作室不能自动压低音乐；可以固定音量：把音乐音量调到20%。",
    ),
    "generate": (
        "Footage cannot be generated here: the local studio edits the files that you upload.",
        "这里不能生成画面：本地工作室只剪辑你上传的文件。",
    ),
    "extract": (
        "Taking sound or single pictures out of a video is not available here; exports are MP4.",
        "这里不能单独提取音频或画面；导出的是 MP4。",
    ),
    "formats": ("The local studio exports MP4 only.", "本地工作室只导出 MP4。"),
    "remove_object": (
        "Following faces and replacing backgrounds are not available in the local studio.",
        "本地工作室没有人脸跟踪和抠像。",
    ),
    "playhead": (
        'The director does not see the playhead. Name the time: "remove from 0:10 to 0:30".',
        "这里看不到播放头。请说出时间：“删除 0:10 到 0:30”。",
    ),
}


def unsupported(clause: Clause, desk: Desk) -> bool:
    """Something that people ask of editors and that this one does not have."""
    topic = clause.take("unsupported")
    if topic is None:
        return False
    english, chinese = _TOPICS[topic]
    raise desk.refusal(english, chinese)


def vague(clause: Clause, desk: Desk) -> bool:
    """`make it look better`: there is nothing to hold on to, so an example is given."""
    if not clause.has("vague") or any(i.kind in ("word", "quote") for i in clause.left()):
        return False
    if any(clause.has(kind) for kind in ("duration", "range", "aspect", "unsupported")):
        return False
    if d.clips(desk.draft or {}):
        raise desk.refusal(
            'That leaves too much open. Say what should change, for example: "add transitions", '
            '"make it exactly 30 seconds" or "add music at 35%".',
            "这个说法太笼统。请说具体要改什么，例如：“加转场”、“总时长改成30秒”或“加音乐，音量35%”。",
        )
    raise desk.refusal(
        'That leaves too much open. For example: "combine these clips into a 60-second promo video with '
        'transitions and text overlays".',
        "这个说法太笼统。例如可以说：“把这些片段合并成60秒的宣传片，加转场和文字”。",
    )


def export(clause: Clause, desk: Desk) -> bool:
    """An export inside of an edit: the client does it, by its own word."""
    if not clause.has("export"):
        return False
    clause.take_all("export")
    clause.take_all("noun", "video", "everything")
    for kind in ("resolution", "fps", "unsupported"):
        clause.take_all(kind)
    if clause.has("word", "don't", "not", "dont"):
        clause.take_all("word")
        raise desk.refusal(
            "Nothing is rendered until you ask for an export.", "在你要求导出之前不会渲染。"
        )
    desk.note(
        f"To save the video say “export” (or press {key_name('app.export')}).",
        f"要保存视频请说“导出”（或按 {key_name('app.export')}）。",
    )
    return True


def playhead(clause: Clause, desk: Desk) -> bool:
    """`the next 20 seconds`: there is no playhead in a sentence."""
    if not clause.has("select", "next"):
        return False
    english, chinese = _TOPICS["playhead"]
    raise desk.refusal(english, chinese)


def missing(clause: Clause, desk: Desk) -> bool:
    """A file that was not uploaded."""
    name = clause.take("missing")
    if name is None:
        return False
    names = ", ".join(asset.filename for asset in list(desk.project.media)[:6])
    if not names:
        raise desk.refusal(
            f"There is no {name}: nothing is uploaded yet.", f"没有 {name}：还没有上传任何文件。"
        )
    more = "…" if len(desk.project.media) > 6 else ""
    raise desk.refusal(
        f"There is no {name} among the uploaded files ({names}{more}).",
        f"上传的文件里没有 {name}（有：{names}{more}）。",
    )
