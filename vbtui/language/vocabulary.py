"""The words that the director knows, English and Chinese, each with what it stands for.

A phrase maps to `kind:value`. The longest phrase at a place of the text wins. English phrases are
matched by word (a hyphen counts as a space), Chinese ones by character.
"""

from __future__ import annotations

import re

_CJK = re.compile(r"[\u3400-\u9fff]")

_TABLE: dict[str, str] = {
    # What to do
    "verb:add": "add|insert|include|append|overlay|drop in|throw in|apply|use|give it|give|"
    "set up|show|write|display|显示|展示|加|添加|加上|加入|加个|加一个|加段|加一段|插入|配|配上|来点|来个|来段|用|"
    "叠加|附上|补上",
    "verb:put": "put|place|放|放在|放上|放一个",
    "verb:remove": "turn off|switch off|remove|delete|drop|take out|take away|take off|get rid of|erase|strip|cut out|"
    "kill|lose|discard|throw away|without|no|删除|删掉|删去|去掉|去除|移除|剪掉|裁掉|切掉|删|不要|取消",
    "verb:trim": "trim|裁剪|修剪",
    "verb:shorten": "shorten|shorter|make shorter|剪短|裁短|缩短|短一点|变短",
    "verb:cut": "cut|chop|剪切|剪",
    "verb:open_with": "start with|begin with|open with",
    "verb:end_with": "end with|finish with|close with|conclude with",
    "verb:keep": "keep only|only keep|just keep|keep just|keep|retain|保留|只保留|只留|截取|留下|只要",
    "verb:split": "split|divide|break|slice|分割|切开|拆分|切成|分成|切分|拆成",
    "verb:move": "move|shift|bring|reorder|drag|移动|移到|移至|移|挪到|挪|放到|调到最|拖到",
    "verb:swap": "swap|switch|exchange|swap around|switch around|交换|对调|互换|调换",
    "verb:combine": "combine|merge|join|stitch|stitch together|concatenate|concat|put together|"
    "assemble|string together|glue|sequence|edit together|cut together|bring together|splice|"
    "合并|拼接|组合|合成|拼成|连接|串起来|拼在一起|合在一起|拼起来|合起来|剪在一起|整合|串联|剪辑成",
    "verb:make": "make|create|build|produce|turn|convert|make me|get|剪成|制作|做|做成|做一个|做个|"
    "生成|创建|变成|弄成|转成|转为|制作成|变为",
    "verb:set": "should say|should read|should be|set|change|adjust|update|modify|turn to|rename|reword|rewrite|设置|设置为|设为|设成|"
    "改成|改为|改|调到|调成|调整|调整为|调为|修改|修改为|换成|换为|更改|更改为|换",
    "verb:mute": "mute|静音|消音|关掉声音|去掉声音|去掉原声|关闭声音",
    "verb:unmute": "unmute|turn on|取消静音|恢复声音",
    "verb:fit": "fit|squeeze|fit it|压缩到|压缩成|控制在|缩短到|缩短为|缩短成|控制到|延长到|延长为",
    "verb:faster": "speed up|faster|accelerate|quicker|speed|加速|加快|快放|快进|快一点|快点|更快",
    "verb:slower": "slow down|slow|slower|slow motion|slow mo|慢放|减速|慢动作|放慢|变慢|慢一点|慢点|更慢",
    "verb:louder": "louder|turn up|increase|raise|boost|more volume|too quiet|太小声|太轻|调大|大声|增大|提高|大声一点|大一点声|响一点|调高",
    "verb:quieter": "quieter|turn down|lower|decrease|reduce|softer|less loud|too loud|太大声|太响|太吵|调小|小声|降低|减小|"
    "小声一点|轻一点|调低",
    "verb:bigger": "bigger|larger|enlarge|大一点|放大|更大|变大|大一些|大点",
    "verb:smaller": "smaller|shrink|小一点|缩小|更小|变小|小一些|小点",
    "verb:extend": "extend|lengthen|longer|prolong|延长|加长",
    "verb:undo": "undo|revert|go back|take that back|undo that|undo it|roll back|撤销|撤回|撤消|上一步|"
    "返回上一步|恢复上一步|回退",
    "verb:redo": "redo|redo that|redo it|重做|恢复撤销",
    "verb:duplicate": "duplicate|repeat|copy|loop|循环|复制|重复",
    "verb:replace": "replace|exchange for|替换|替换成|替换为",
    "verb:shuffle": "shuffle|randomise|randomize|random order|打乱|随机排序|随机排列",
    "verb:reverse_order": "reverse the order|reverse order|backwards order|倒序排列|反转顺序|顺序反过来|倒序",
    "verb:sort": "sort by name|sort by filename|sort by file name|sort alphabetically|sort|"
    "order by name|alphabetical order|按名称排序|按文件名排序|排序",
    "verb:clear": "delete everything|clear everything|remove everything|start over|"
    "start from scratch|clear the timeline|empty the timeline|清空|全部删除|重新开始|删除全部|清空时间线",
    "verb:say": "says|saying|that says|that reads|reading|called|that say|"
    "内容是|内容为|写着|写上|叫|写",
    "out:": "out|out to black",
    # What it is about
    "noun:music": "music|song|soundtrack|bgm|background music|background track|music track|"
    "audio track|tune|background song|backing track|音乐|背景音乐|配乐|歌|歌曲|背景乐|背景音|配音乐|配背景音乐",
    "noun:sound": "audio|sound|original sound|original audio|sounds|clip audio|voice|声音|原声|音频|音轨|"
    "原音",
    "noun:volume": "volume|loudness|volume level|音量|声音大小",
    "noun:title": "title|title card|titles|opening title|headline|heading|intro title|title text|"
    "opening title card|opening card|intro card|name card|标题|片头标题|片名|主标题|大标题|片头字幕",
    "noun:title_end": "closing title|end card|closing title card|end title|outro title|closing card|"
    "ending title|end title card|片尾标题|片尾字幕|结束语",
    "noun:caption": "caption|captions|subtitle|subtitles|lower third|lower thirds|label|labels|字幕|说明|说明文字|"
    "文字说明",
    "noun:text": "text|texts|text overlay|text overlays|overlay text|on screen text|words|text layer|"
    "overlays|wording|文字|文本|文案|文字叠加|文字特效|文字层",
    "noun:transition": "transition|transitions|transition effect|transition effects|转场|过渡|转场效果|过渡效果|"
    "转场特效",
    "transition:crossfade": "crossfade|crossfades|cross fade|cross fades|dissolve|dissolves|"
    "cross dissolve|fade between|fades between|smooth transition|smooth transitions|交叉淡化|叠化|淡入淡出转场|"
    "交叉溶解|溶解|淡化",
    "transition:fade": "fade through black|fades through black|dip to black|dips to black|fade to black between|"
    "黑场过渡|闪黑|黑场转场",
    "transition:wipe": "wipe|wipes|擦除|划像",
    "transition:circle": "circle|circles|iris|圆形",
    "transition:fadewhite": "fade through white|dip to white|flash|闪白",
    "transition:slide": "slide|slides|slide transition|push transition|滑动|推移|滑入",
    "transition:cut": "hard cut|hard cuts|straight cut|straight cuts|plain cuts|硬切|直切",
    "fade:in": "fade in|fade ins|fades in|fade in from black|fade from black|fade up|淡入|渐入|渐显",
    "fade:out": "fade out|fade outs|fades out|fade out to black|fade to black|淡出|渐出|渐隐",
    "fade:both": "fade in and out|fade in and fade out|fade in from black and out to black|fade|fades|fading|"
    "淡入淡出|渐入渐出|淡入和淡出",
    "noun:clip": "clip|clips|segment|segments|shot|shots|footage|material|video clip|video clips|scene|"
    "files|file|素材|片段|镜头|视频片段|段视频|个视频|分镜|剪辑片段|文件|视频素材",
    "noun:photo": "photo|photos|image|images|picture|pictures|still|stills|pic|pics|照片|图片|相片|图像|张图|图",
    "noun:video": "video|movie|film|the cut|timeline|short video|mp4|短片|视频|影片|片子|影像|时间线|成片|整个视频|全片",
    "noun:videos": "videos|movies|video files|mp4s|mp4 clips|这些视频|所有视频|全部视频|几个视频|视频文件",
    "pronoun:many": "them|they|它们",
    "pronoun:one": "it|它",
    "noun:everything": "everything|the whole thing|this|that|it all|全部|一切|这个",
    "noun:speed": "speed|playback speed|速度|倍速|播放速度",
    "noun:duration": "duration|length|total length|running time|runtime|total duration|时长|长度|总时长|总长度",
    "noun:order": "order|sequence order|顺序|次序",
    "noun:size": "size|font|font size|text size|字号|字体|大小|字体大小|文字大小",
    "noun:colour": "color|colour|颜色",
    "noun:opening": "intro|opening section|opening|the opening|片头|开场",
    "noun:closing": "outro|ending section|片尾",
    "noun:middle": "middle|middle part|middle section|中间部分|中段",
    "select:all": "all|every|each|both|these|those|all of|all the|all my|each of|all of the|"
    "所有|全部的|每个|每一个|这些|所有的|每张|各个|这几个|这几段",
    "select:new": "new clips|new files|new photos|new videos|new ones|新素材|新视频|新照片|新文件|新片段",
    "select:rest": "the others|the other clips|other clips|其他片段|其余片段",
    "select:last": "last|final|最后|最后一",
    "select:first": "first|前|最前|首",
    "select:next": "next|上一个|下一个",
    # Where
    "place:start": "start|beginning|very beginning|very start|front|opening of|开头|开始|最前面|起始|"
    "最开始|开始处|开头处|首位|最前",
    "place:end": "end|very end|ending|close|结尾|末尾|最后面|尾部|结束|结束处|末端|最末",
    "place:centre": "center|centre|middle of the screen|center of the screen|居中|中央|画面中间|正中",
    "place:mid": "中间",
    "place:top": "top|upper|at the top|top of the screen|顶部|上方|上面|顶端",
    "place:bottom": "bottom|bottom of the screen|lower part|底部|下方|下面|底端",
    "place:up": "up|往上|向上|上移",
    "place:down": "down|往下|向下|下移",
    "place:left": "left|earlier|往前|向前|前移|左移",
    "place:right": "right|later|往后|向后|后移|右移",
    "speed:2": "twice as fast|double speed|at double speed|double the speed|two times faster|twice the speed|两倍速",
    "speed:3": "three times as fast|triple speed",
    "speed:0.5": "half speed|at half speed|half as fast|twice as slow|half the speed|半速",
    "except_music:": "except the music|except music|but not the music|but the music|除了音乐",
    "half:": "half|halves|in half|into two|一半|半|两半",
    "twice:2": "twice|double|两次|加倍|翻倍",
    "twice:3": "triple|three times",
    "span:whole": "throughout|the whole time|whole time|the whole video|whole video|the entire video|entire video|"
    "full video|the full video|for the whole video|全程|整段|始终",
    "span:clips": "between|between clips|between them|between the clips|between each clip|between all clips|"
    "between each|between shots|between scenes|between every clip|between all|片段之间|之间|每个片段之间|镜头之间",
    # How it looks
    "aspect:9:16": "vertical|instagram reel|ig reel|youtube short|portrait|reels|reel format|instagram reels|ig reels|tiktok|tik tok|shorts|"
    "youtube shorts|story|stories|instagram story|instagram stories|snapchat|vertically|douyin|竖屏|竖版|竖|"
    "竖向|抖音|快手|视频号|竖着",
    "aspect:16:9": "horizontal|landscape|widescreen|wide screen|wide|youtube|横屏|横版|宽屏|横向|b站",
    "aspect:1:1": "square|方形|正方形|方屏|方版",
    "aspect:4:5": "instagram feed|instagram post|ig feed|ig post|朋友圈竖图",
    "fit:blur": "blur fit|blurred background|blur background|blurry background|blurred bars|background blur|blurred sides|模糊背景|背景模糊|"
    "虚化背景",
    "fit:contain": "black bars|letterbox|letterboxed|pillarbox|contain|no cropping|without cropping|黑边|加黑边|留黑边|不裁切",
    "fit:cover": "fill the frame|fill frame|fill the screen|crop to fill|cover|fill|full frame|铺满|填满|充满画面|"
    "铺满画面|铺满屏幕|填充画面",
    "colour:#FFFFFF": "white|白色|白",
    "colour:#000000": "black|黑色",
    "colour:#FFD400": "yellow|黄色",
    "colour:#FF3B30": "red|红色",
    "colour:#34C759": "green|绿色",
    "colour:#0A84FF": "blue|蓝色",
    "colour:#FF9500": "orange|橙色|橘色",
    "colour:#FF2D92": "pink|粉色|粉红色",
    "colour:#AF52DE": "purple|紫色",
    "colour:#FFD700": "gold|golden|金色",
    "colour:#8E8E93": "gray|grey|灰色",
    "colour:#32D7FF": "cyan|turquoise|青色",
    # What for: a word of the genre names nothing that could be shown
    "genre:": "promo|promotional|promotion|slideshow|slide show|montage|teaser|trailer|ad|advert|commercial|"
    "recap|compilation|reel|invitation|social media|presentation|promo video|宣传片|宣传视频|宣传|促销|促销视频|广告|"
    "幻灯片|相册|混剪|推广|推广视频|预告片|集合|邀请",
    "purpose:": "for|lasting|to last|should last|lasts|为了|持续|时长为",
    # Little words
    "prep:at": "at|starting at|beginning at|在|于",
    "prep:from": "from|off|starting from|从|自",
    "prep:to": "to|until|till|up to|down to|through|到|至|成|为",
    "prep:with": "with|using|by using|featuring|having",
    "prep:by": "by",
    "prep:of": "of|out of|的",
    "prep:in": "in|inside|within|里|里面|中",
    "prep:into": "into",
    "prep:on": "on|onto|over|on top of|上",
    "prep:as": "as|作为|当|当作",
    "prep:after": "after|behind|following|后|之后|后面|以后",
    "prep:before": "before|in front of|ahead of|之前|前面|以前",
    "prep:again": "again|再次|重新",
    "sep:and": "and|plus|as well as|along with|和|与|及|以及|并|并且|、|同时",
    "sep:then": "then|and then|after that|afterwards|finally|next up|followed by|lastly|so that|so they|so it|so|because|然后|接着|再|随后|之后再|"
    "最后再|接下来|另外",
    "sep:but": "but|但|但是|不过",
    "filler:": "instead of cuts|instead of hard cuts|as well|play|please|pls|can you|could you|would you|will you|i want|i want to|i'd like|i'd like to|i would like|"
    "i would like to|we need|i need|let's|lets|let us|help me|just|now|also|too|the|a|an|my|our|your|some|any|there|"
    "here|be|is|are|should|nice|nicely|smooth|smoothly|simple|short|whole|entire|exactly|exact|precisely|"
    "about|around|roughly|approximately|total|in total|overall|together|automatically|quick|quickly|want|to be|go|"
    "have|hey|hi|hello|ok|okay|thanks|thank you|uploaded|upload order|in order|in upload order|in this order|"
    "separate|various|different|little|bit|a bit|a little|slightly|me|us|we|you|i|track|effect|effects|file named|"
    "second long|long|finished|new|good|only|full|one|ones|level|part|section|mine|card|time|screen|on screen|much|even|more|"
    "你好|您好|请|请你|帮我|帮忙|帮|我|我要|我想|想要|想|你|能|能不能|可以|一下|一个|一段|一首|一些|个|段|吧|了|呢|啊|把|将|给|对|"
    "这|那|这段|这个视频|一条|条|并将|左右|大约|正好|刚好|精确|准确|是|为止|有|让|使|使得|要|也|都|就|只|共|总共|处|时|位置|"
    "成为|首|张|字样|一点|一点点|些|太|以内|之内|内|一遍|的时候|整个|时候|部分|效果",
}


_UNSUPPORTED: dict[str, str] = {
    "grade": "cinematic|cinematic look|cinematic grade|color grade|colour grade|color grading|colour grading|grading|"
    "grade|lut|luts|vignette|warmer|warm|cooler|black and white|b&w|grayscale|greyscale|sepia|filter|filters|vintage|"
    "retro|saturation|contrast|brightness|brighter|darker|colder|tint|hdr|color correct|color correction|film grain|grain|"
    "skin tones|look natural|lighting|sharpen|sharper|电影感|电影色调|色调|滤镜|调色|黑白|暖色调|冷色调|复古|饱和度|"
    "对比度|亮度|调亮|调暗|美颜|锐化|胶片感|电影感暖色调",
    "stabilise": "stabilize|stabilise|stabilization|stabilisation|stabilizing|deshake|shaky|防抖|稳定|增稳|去抖",
    "sound_repair": "denoise|noise|background noise|clean up|audio levels|noise reduction|hum|echo|降噪|去噪|噪音|杂音",
    "loudness": "normalise|normalize|lufs|loudness normalisation|loudness normalization|响度",
    "silence": "silence|silences|silent parts|silent part|dead air|filler words|ums|pauses|the silence|the silence out|silence out|out silence|"
    "not speaking|filler word|停顿|静音片段|空白片段|口头禅|气口|废话",
    "speech": "transcribe|transcript|auto captions|auto subtitles|automatic captions|automatic subtitles|karaoke|"
    "karaoke captions|speech|word by word|words popping|spoken|tiktok style captions|识别字幕|自动字幕|语音识别|"
    "转写|识别语音|自动生成字幕|听写",
    "broll": "b roll|broll|stock footage|空镜",
    "highlight": "highlights|highlight|best moments|good bits|best parts|good parts|interesting parts|"
    "important lines|important parts|best bits|集锦|精彩片段|精彩部分|高光|高光时刻",
    "scenes": "chapters|scene changes|scene change|scene detection|scenes|章节|场景检测",
    "beat": "beat|on the beat|to the beat|on beat|beats|beat sync|rhythm|卡点|节拍|踩点",
    "voice": "voiceover|voice over|narration|narrate|narrator|text to speech|tts|配音|旁白|朗读|解说",
    "translate": "translate|translation|dub|dubbing|翻译|译制",
    "zoom": "zoom|zoom in|zoom out|zooms|ken burns|punch in|slow push|push in|pan|镜头推进|推镜头|运镜|变焦",
    "reverse": "reverse|reversed|backwards|play backwards|rewind|倒放|反转",
    "rotate": "rotate|rotated|rotation|flip|mirror|degrees|旋转|翻转|镜像|转90度",
    "crop": "crop|cropped|reframe on|裁切画面|裁切",
    "blur": "blur|pixelate|pixelated|mosaic|censor|马赛克|打码|模糊|虚化",
    "picture": "logo|watermark|picture in picture|pip|overlay image|split screen|splitscreen|side by side|水印|画中画|"
    "标志|分屏|台标",
    "sticker": "emoji|emojis|sticker|stickers|gif sticker|animation|animations|animated|表情|贴纸|特效|动画",
    "progress": "progress bar|进度条|countdown|timer|倒计时",
    "sfx": "whoosh|sound effect|sound effects|sfx|swoosh|音效",
    "duck": "duck|ducks|ducking|duck under|swells|swell|under my voice|闪避|自动压低",
    "generate": "timelapse|time lapse|ai video|text to video|script|storyboard|generate|延时摄影|脚本|文生视频",
    "extract": "extract|pull the audio|audio out of|as mp3|save as mp3|提取|导出音频|分离音频|截取一帧|封面|thumbnail",
    "formats": "gif|prores|webm|to gif|as gif|动图",
    "remove_object": "remove background|green screen|greenscreen|chroma key|background removal|keep my face|face|faces|"
    "face tracking|抠像|绿幕|去背景|人脸|换脸",
    "playhead": "playhead|current position|current playhead|cursor|播放头|光标",
}


def unsupported_topics() -> tuple[str, ...]:
    """Every topic that is named and refused."""
    return tuple(_UNSUPPORTED)


_VAGUE = (
    "better|look better|nicer|prettier|more professional|professional|awesome|cool|amazing|engaging|"
    "more interesting|more dynamic|improve|improve it|polish|polish it|fix it|epic|beautiful|viral|do your magic|"
    "edit|process|clean|好看|好看一点|更好|专业一点|高级|高级感|美化|优化|炫酷|剪辑|剪辑视频|剪一下|处理|剪辑一下"
)
_EXPORT = (
    "export|export it|download|render|export as mp4|export mp4|save as mp4|send me the video|"
    "export a clean video|as mp4|导出|下载|导出视频|保存视频|渲染"
)


_ORDINALS = (
    "first 1st|second 2nd|third 3rd|fourth 4th|fifth 5th|sixth 6th|seventh 7th|eighth 8th|"
    "ninth 9th|tenth 10th|eleventh 11th|twelfth 12th"
)


def _entries() -> dict[str, tuple[str, str]]:
    result: dict[str, tuple[str, str]] = {}

    def enter(kind: str, value: str, phrases: str) -> None:
        for phrase in phrases.split("|"):
            result.setdefault(phrase.casefold().replace("-", " "), (kind, value))

    for key, phrases in _TABLE.items():
        kind, _, value = key.partition(":")
        enter(kind, value, phrases)
    for topic, phrases in _UNSUPPORTED.items():
        enter("unsupported", topic, phrases)
    enter("vague", "", _VAGUE)
    enter("export", "", _EXPORT)
    for position, words in enumerate(_ORDINALS.split("|"), 1):
        for word in words.split():
            result[word] = ("ordinal", str(position))
    return result


_ENTRIES = _entries()
_HAN_ENTRIES = {phrase: entry for phrase, entry in _ENTRIES.items() if _CJK.search(phrase)}
_LATIN_ENTRIES = {p: entry for p, entry in _ENTRIES.items() if p not in _HAN_ENTRIES}
MAX_WORDS = max(phrase.count(" ") for phrase in _LATIN_ENTRIES) + 1
MAX_HAN = max(map(len, _HAN_ENTRIES))


def latin(phrase: str) -> tuple[str, str] | None:
    """Kind and value of an English phrase in lower case with single spaces."""
    return _LATIN_ENTRIES.get(phrase)


def han(text: str, at: int) -> tuple[str, str, int] | None:
    """Kind, value and length of the longest Chinese phrase at `at`."""
    for size in range(min(MAX_HAN, len(text) - at), 0, -1):
        entry = _HAN_ENTRIES.get(text[at : at + size].casefold())
        if entry:
            return (*entry, size)
    return None


def knows(word: str) -> bool:
    """Whether the word means something here, so that a file of that name needs its suffix."""
    return word.casefold() in _ENTRIES
