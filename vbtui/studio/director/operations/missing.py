"""What is known and cannot be done here: each operation with the words for it and the sentence that says so."""

from __future__ import annotations

from vbtui.base.formats import FORMATS
from vbtui.studio.director.operation import Operation, form

_PLAIN = {
    "freeze": (
        "All of the picture stands still, with its sound, and what is behind it comes later: freeze the frame at 0:05 for "
        "2 seconds. More than that is not available in the local studio.",
        "定格的是整个画面，声音一起停，后面的内容顺延：在0:05处定格2秒。本地工作室做不到更多。",
    ),
    "loudness": (
        "Loudness is that of the whole video, or the same for all clips: normalize to -14 LUFS, make all clips "
        "equally loud. What gets louder and quieter inside of a clip cannot be evened out here.",
        "响度是整个视频的，或各片段一致的：响度标准化到-14，各片段音量统一。片段内部的忽大忽小这里无法拉平。",
    ),
    "crop": (
        "The local studio does not see what the picture shows. A side can be cut off: crop 10% off the top; or a half "
        "stays: crop to the left half. The frame changes by: make it 9:16, fill the frame.",
        "本地工作室看不懂画面内容。可以从边上裁掉：裁掉上面10%；或只留一半：裁切到左半边。改变画幅：改成9:16，铺满画面。",
    ),
    "zoom": (
        "Following what is in the picture is not available in the local studio: it does not see it. The middle can be "
        "shown larger: zoom in on clip 2.",
        "本地工作室看不懂画面，不能追着某个东西放大；可以放大中间：片段2放大画面。",
    ),
    "look": (
        "That look is not available in the local studio. There are: black and white, sepia, warm, cool, vivid, "
        "film, vintage, faded, vignette; and a LUT that you upload: apply film.cube.",
        "本地工作室没有这种风格。可以用：黑白、棕褐色、暖色、冷色、鲜艳、电影感、复古、褪色、暗角；也可以上传LUT：套用film.cube。",
    ),
    "colour": (
        "That correction is not available in the local studio. Brightness, contrast, saturation, temperature and gamma "
        "are: increase the contrast by 20%, make it warmer, set the gamma to 1.2.",
        "本地工作室不能这样校色。可以调亮度、对比度、饱和度、色温和伽马：对比度提高20%，调暖一点，伽马调到1.2。",
    ),
    "sharpen": (
        "Detail that is not in the file cannot be made here; edges can be sharpened: sharpen clip 1.",
        "文件里没有的细节无法补出；可以锐化：片段1锐化。",
    ),
    "blur": (
        "The local studio does not see faces, plates or things, and follows none. What can be blurred is a place of the "
        "picture, or all of it: blur the bottom right corner of clip 2, blur clip 2.",
        "本地工作室认不出人脸、车牌和物体，也不会跟踪。可以遮挡画面的某个位置，或模糊整个画面：片段2右下角打码，片段2整个画面模糊。",
    ),
    "denoise": (
        "Steady noise can be taken out of the sound: remove the background noise from clip 1; and out of the picture: "
        "denoise the picture. Wind, echo and crackle cannot be cleaned in the local studio.",
        "本地工作室可以去掉声音里的持续噪音：去除背景噪音；也可以画面降噪。风声、回声、爆音不能处理。",
    ),
    "overlay": (
        "There are no stickers, emoji or animations here; a picture that you upload can lie over the video: add logo.png "
        'as a watermark. Words can, too: add text "© Me" at the bottom for the whole video.',
        "这里没有贴纸、表情和动画；可以叠加自己上传的图片：把 logo.png 加为水印。也可以加文字：全程在底部加文字“© 我”。",
    ),
    "pip": (
        "That cannot be shown in a window here. One clip can lie small over another: show clip 2 small in the corner of clip 1.",
        "这样的小窗做不了；可以把一个片段缩小叠在另一个上：把片段2以画中画放到片段1右下角。",
    ),
    "highlights": (
        "What is funny or matters is not known here: what the clips show is not understood. The liveliest parts can be kept: "
        "make a 30 second highlight reel. Or name them: keep from 0:10 to 0:20.",
        "这里看不懂画面，不知道哪里好笑或重要。可以保留最活跃的部分：剪成30秒的精彩集锦；或者指定：保留 0:10 到 0:20。",
    ),
    "beat": (
        "Cuts can lie on the beats of the music: cut to the beat, or: change clips every 4 beats. More than that is not "
        "available in the local studio: sound and picture are not moved against each other.",
        "剪切点可以对齐音乐节拍：按节拍卡点，或每4拍换一个片段。本地工作室做不到更多：不能让画面和声音错开。",
    ),
    "duck": (
        "Music can be lowered while the clips are heard: lower the music when I speak; or have a fixed level: set the "
        "music to 20%. More than that is not available in the local studio.",
        "音乐可以在片段有声音时自动压低：说话时压低音乐；也可以固定音量：把音乐音量调到20%。本地工作室做不到更多。",
    ),
    "chromakey": (
        "A background of one colour can be keyed out of a clip that lies over another one: key out the green of clip 2 "
        "and put it over clip 1. Other backgrounds cannot be taken away here.",
        "单色背景可以抠掉，片段要叠在另一段上：抠掉片段2的绿幕，放到片段1上。其他背景这里去不掉。",
    ),
    "find": (
        "What is in the picture is not seen here. What is said can be found: find where I say “budget”. Or name the clip "
        "or the time.",
        "这里看不懂画面。可以查找说的话：找到说“预算”的地方。也可以说出片段或时间。",
    ),
    "extract": (
        "What can be taken out is the sound of all of it, or the picture of a moment: extract the audio, save the "
        "frame at 0:05.",
        "可以单独导出的是整条时间线的声音或某一时刻的画面：提取音频、导出0:05的画面。",
    ),
}
_PARTS = {
    "chapters": (
        "scenes",
        (
            "Chapters of what is talked about are not told apart here. Changes of scene are: split it by scenes.",
            "这里不能按内容划分章节。可以按场景变化分割：按场景分割。",
        ),
    ),
    "translate": (
        "caption",
        (
            "Translating and dubbing are not available in the local studio.",
            "本地工作室没有翻译和译制。",
        ),
    ),
    "voice": (
        "music",
        (
            "Voices cannot be made, cloned or changed here; record one, upload it and say: put voice.mp3 at 0:10 as "
            "voice-over.",
            "这里不能生成、克隆或改变人声；可以自己录好上传，然后说：把 voice.mp3 放在 0:10 作为旁白。",
        ),
    ),
    "sfx": (
        "music",
        (
            "There are no sound effects here; an uploaded sound is put under the video by: use whoosh.mp3 as music.",
            "这里没有音效库；可以用上传的声音：用 whoosh.mp3 作为音乐。",
        ),
    ),
    "generate": (
        "add",
        (
            "Footage cannot be generated here: the local studio edits the files that you upload.",
            "这里不能生成画面：本地工作室只剪辑你上传的文件。",
        ),
    ),
    "formats": (
        "export",
        (
            f"That format is not available. There are: {', '.join(FORMATS)}.",
            f"不支持这种格式。可用的格式：{', '.join(FORMATS)}。",
        ),
    ),
    "publish": (
        "export",
        (
            "Nothing is published from here: export the video, then upload the file yourself.",
            "这里不能直接发布或发送：先导出视频，再自己上传。",
        ),
    ),
    "timer": (
        "countdown",
        (
            "Clocks and timers that count up are not available here. A countdown is: add a 10 second countdown at the start.",
            "这里没有正计时的时钟。可以加倒计时：开头加10秒倒计时。",
        ),
    ),
    "logo": (
        "overlay",
        (
            "That is not available for a picture over the video. Its place, size, opacity and time are: add logo.png as a "
            "watermark, move the logo to the top left, make it smaller, show it only on clip 2.",
            "叠加的图片不能这样改。可以改位置、大小、不透明度和时间：把 logo.png 加为水印，把logo移到左上角，logo小一点，logo只在片段2显示。",
        ),
    ),
    "people": (
        "look",
        (
            "Changing faces, people or things in the picture is not available here; a part where they are seen "
            "can be cut: remove from 0:10 to 0:12.",
            "这里不能改变画面里的人脸、人物或物体；可以剪掉有他们的部分：删除 0:10 到 0:12。",
        ),
    ),
    "moving_text": (
        "title",
        (
            "Text in 3D or in such motion is not available here. Its colour, size, place, outline and shadow are, and it "
            "can slide in: make the title yellow with a black outline, let the title slide in from the left.",
            "这里没有立体或这样会动的文字。可以改颜色、大小、位置、描边和阴影，也可以滑入：标题加红色描边，标题从左边滑入。",
        ),
    ),
    "shorts": (
        "highlights",
        (
            "Cutting shorts out of a video by itself is not available here.",
            "这里不能自动剪出短视频。",
        ),
    ),
}

_HELP = {
    "freeze": (
        "freezes a part of the picture",
        "局部定格",
        "freeze the background and keep her moving",
        "只定格背景",
    ),
    "loudness": (
        "evens out a sound inside of a clip",
        "拉平片段内的音量",
        "level out the loudness of both speakers",
        "声音忽大忽小，拉平一下",
    ),
    "crop": (
        "crops to what is in the picture",
        "按画面内容裁切",
        "crop the black bars off",
        "裁切画面中的人物",
    ),
    "zoom": (
        "follows something in the picture",
        "追着画面里的东西放大",
        "zoom in on the face",
        "镜头推近追着他",
    ),
    "look": ("looks of other names", "其他风格", "give it a moody look", "加个美颜滤镜"),
    "colour": ("corrects colours by themselves", "自动校色", "fix the white balance", "校正白平衡"),
    "sharpen": ("makes detail that is not there", "提升画质", "upscale the video", "提升画质"),
    "blur": ("blurs what is in the picture", "按内容打码", "blur the faces", "给人脸打码"),
    "denoise": (
        "cleans wind, echo and crackle out of sound",
        "去除风声、回声和爆音",
        "remove the wind noise",
        "去掉回声",
    ),
    "overlay": ("stickers and animations over the video", "贴纸和动画", "add a sticker", "加贴纸"),
    "pip": (
        "other windows in the picture",
        "其他小窗",
        "add a facecam that follows me",
        "加一个跟着人走的小窗",
    ),
    "highlights": (
        "finds what is funny or matters",
        "找好笑或重要的地方",
        "find the funniest moments",
        "去掉无聊的部分",
    ),
    "beat": (
        "moves sound against the picture, or other things with the beat",
        "声音和画面对齐等",
        "sync the audio",
        "让字幕跟着节拍跳",
    ),
    "duck": (
        "lets music follow the voice in other ways",
        "音乐随人声变化",
        "swell the music when I speak",
        "说话时音乐变大",
    ),
    "chromakey": (
        "takes other backgrounds away",
        "去除其他背景",
        "change the background to mountains",
        "换背景成雪山",
    ),
    "find": (
        "finds what is seen",
        "查找画面内容",
        "find the part where I laugh",
        "找出有人脸的部分",
    ),
    "extract": (
        "takes other things out",
        "提取其他内容",
        "extract the thumbnail",
        "分离音频",
    ),
    "chapters": ("tells chapters apart", "划分章节", "split the video into chapters", "划分章节"),
    "translate": ("translates and dubs", "翻译和译制", "translate the captions", "翻译字幕"),
    "voice": ("speaks a text", "配音", "add a voice-over", "加配音"),
    "sfx": ("sound effects", "音效", "add sound effects", "加音效"),
    "generate": ("generates footage", "生成画面", "generate a video of a cat", "生成一段猫的视频"),
    "formats": (
        "exports formats of other names",
        "导出其他格式",
        "export as AVI",
        "导出为AVI",
    ),
    "publish": (
        "publishes or sends the video",
        "发布或发送视频",
        "post it on TikTok",
        "发布到抖音",
    ),
    "timer": ("shows a running clock", "计时器", "add a stopwatch", "加计时器"),
    "logo": ("moves a logo about", "会动的logo", "make the logo spin", "让logo转起来"),
    "people": (
        "changes faces and people",
        "改变人脸和人物",
        "swap my face",
        "给主持人换脸",
    ),
    "moving_text": (
        "text in 3D or in motion",
        "立体或会动的文字",
        "make the title 3d",
        "标题做成立体字",
    ),
    "shorts": (
        "cuts shorts out of a long video",
        "从长视频剪出短视频",
        "cut this into shorts",
    ),
}
"""By topic: the help line, English and Chinese, and an example of each."""


def _refused(name: str, topic: str, said: tuple[str, str]) -> Operation:
    english, chinese, *examples = _HELP[topic]
    heads = {"loudness": "topic:loudness|even:clips", "duck": "topic:duck|swell"}
    head = heads.get(topic, f"topic:{topic}")
    forms = (form(head, rest=True),)
    return Operation(name, forms, (english, chinese), tuple(examples), missing=said)


OPERATIONS = (
    *(_refused(name, name, said) for name, said in _PLAIN.items()),
    *(_refused(name, topic, said) for topic, (name, said) in _PARTS.items()),
)
"""The refused ones; a topic that is a part of an operation (speech of captions) has its name."""
GENERATED = _PARTS["generate"]
"""The name of the operation and what is said where footage is asked for that nobody uploaded."""
