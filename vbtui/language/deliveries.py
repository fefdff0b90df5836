"""What is to come out in place of the video as it is: another format, the sound or the captions alone, one picture, a contact sheet.

A request is read whole or not at all: every word of it belongs to a closed set around what is to come out. So "extract
the audio" is the client's business, and "extract the audio of clip 2" an edit that the agent answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vbtui.base.formats import USUAL
from vbtui.base.patterns import regex
from vbtui.language.quantities import clock_ms, number

_NAMES = {
    "gif": "gif|animated gif",
    "prores": r"pro ?res(?: ?4(?:22|444))?(?: ?hq)?|apple prores|mov|quicktime",
    "hevc": r"hevc|[hx]\.? ?265",
    "av1": "av1",
    "webm": r"webm|vp ?9",
    "mp3": "mp3",
    "wav": "wave?",
    "m4a": "m4a|aac",
    "png": "png",
    "srt": "srt|subrip",
    "vtt": "(?:web ?)?vtt",
    "ass": "ass|ssa",
    "mp4": r"mp4|[hx]\.? ?264|avc",
}
_CHINESE_NAMES = {"gif": "动图|动态图"}
_UNKNOWN = r"avi|mkv|flv|wmv|mpe?g|ogg|opus|flac|aiff|jpe?g|webp|bmp|tiff?|apng|psd|svg|dnxhd|dnxhr|cineform|txt|ttml|sbv"
"""Formats that people ask for and nothing is exported as."""
_ANY = "|".join(_NAMES.values())
_FORMAT = rf"(?:{_ANY}|{_UNKNOWN})"
_HAN_FORMAT = rf"(?:{_ANY}|{_UNKNOWN}|{'|'.join(_CHINESE_NAMES.values())})"
_LISTED = rf"{_FORMAT}(?:(?: and | & |, ?| plus |/){_FORMAT})*"
_HAN_LISTED = rf"{_HAN_FORMAT}(?: ?(?:和|与|跟|及|、|加|还有) ?{_HAN_FORMAT})*"
_SOUNDS = ("mp3", "wav", "m4a")
_WORDS = ("srt", "vtt", "ass")
_ALONE = r"(?<![a-z0-9])(?:{})(?![a-z0-9])"
_NAMED = {
    name: regex(
        _ALONE.format(words) + (f"|{_CHINESE_NAMES[name]}" if name in _CHINESE_NAMES else "")
    )
    for name, words in _NAMES.items()
}
_NAMED_UNKNOWN = regex(_ALONE.format(_UNKNOWN))


def named(text: str) -> tuple[str, ...]:
    """The formats that a text names, in its order: by `vbtui.base.formats` or, where nothing is exported as such, as
    they stand there. MP4 is none beside what it holds."""
    text = text.lower()
    found = [(at.start(), name) for name, words in _NAMED.items() for at in words.finditer(text)]
    found += [(at.start(), at[0]) for at in _NAMED_UNKNOWN.finditer(text)]
    names = dict.fromkeys(name for _, name in sorted(found))
    if not names.keys().isdisjoint(("hevc", "av1")):
        names.pop("mp4", None)
    if "m4a" in names and not names.keys().isdisjoint(("mp4", "hevc", "av1", "prores", "webm")):
        del names["m4a"]
    return tuple(names)


_PLATFORMS = {
    "reels": r"(?:(?:instagram|insta|ig|facebook|fb) )?reels?|instagram|insta|ig",
    "tiktok": r"tik ?toks?|douyin",
    "shorts": r"(?:youtube|yt) shorts?|shorts",
    "youtube": "youtube|yt",
    "square": r"square(?: format)?|1:1",
    "portrait": "4:5",
}
_CHINESE_PLATFORMS = {"tiktok": "抖音", "youtube": "油管", "square": "正?方形"}
_PLATFORM = "|".join(_PLATFORMS.values())
_VERSION = r"(?:version|cut|format|export|size|preset)s?"
_LIST_OF_PLATFORMS = (
    rf"(?:{_PLATFORM})(?:(?: and | & |, ?| plus |/)(?:(?:for|to|on) )?(?:{_PLATFORM}))*"
)
_FOR_PLATFORMS = regex(
    rf"(?<!not )\b(?:for|to|as|in|on) (?:(?:my|an?|the|our|some) )?({_LIST_OF_PLATFORMS})(?![a-z0-9])"
    rf"|\b({_LIST_OF_PLATFORMS}) {_VERSION}\b"
)
_EACH_PLATFORM = regex(
    "|".join(
        rf"(?P<{name}>(?<![a-z0-9])(?:{words})(?![a-z0-9])"
        + (f"|{_CHINESE_PLATFORMS[name]})" if name in _CHINESE_PLATFORMS else ")")
        for name, words in _PLATFORMS.items()
    )
)


def platforms(clause: str, *, bare: bool = False) -> tuple[str, ...]:
    """The presets of `vbtui.exports.presets` that a clause which asks for an export names, in its order: of
    `export for reels and youtube` both, of `export the reel` none.

    Args:
        bare: a name alone is one, as behind a command: `reels`.
    """
    clause = clause.lower()
    parts = [clause]
    if not bare and not re.search("[\u3400-\u9fff]", clause):
        parts = [found[1] or found[2] for found in _FOR_PLATFORMS.finditer(clause)]
    named = [found.lastgroup for part in parts for found in _EACH_PLATFORM.finditer(part)]
    return tuple(dict.fromkeys(name for name in named if name))


_SHAPE = regex(
    r"\b(?:portrait|vertical(?:ly)?|upright|landscape|horizontal(?:ly)?|widescreen)\b"
    r"|(?<![\d:])(?:9:16|16:9|4:3|3:4|21:9|2:3|3:2)(?![\d:])|[横竖直](?:屏|版|向|着|式|的)|宽屏|竖构图"
)


def reshapes(clause: str) -> bool:
    """Whether an export that is asked for needs another frame first, which no preset has: `export in portrait`, 竖屏输出."""
    return bool(_SHAPE.search(clause.lower())) and not platforms(clause)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a clause asks for that is more than the video."""

    format: str
    """The format where none is named."""
    at_ms: int | None = None
    """The moment of a picture."""


# English: a clause in lower case, its words parted by single spaces, without politeness

_THE = r"(?:(?:the|this|that|my|our|its|an?|one|single|whole|entire|full|complete|finished|final|high quality) )*"
_VIDEO = (
    rf"(?:it|this|that|everything|all of it|{_THE}"
    r"(?:video|film|movie|timeline|project|cut|edit|thing|result|reel|footage))"
)
_OUT = r"(?:export|save|render|download|output|write|give me|send me|get me|get|make me|make|create|produce|generate)"
_FILE = r"(?: (?:file|files|version|copy|format|video|master|codec|clip|animation|loop))*"
_AS = rf"(?:(?:as|to|into|in|using|with|for) {_THE})"
_AS_FORMAT = rf" {_AS}{_FORMAT}{_FILE}"
_CONVERTS = r"(?:make|turn|convert|transcode|encode|re-?encode|change|transform|export|save|render|output|deliver)"
_WHOLE_IN_FORMAT = regex(
    rf"(?:{_OUT} (?:{_VIDEO} )?(?:{_AS})?{_THE}{_LISTED}{_FILE}"
    rf"|{_CONVERTS} {_VIDEO} (?:{_AS})?{_THE}{_LISTED}{_FILE}"
    rf"|{_THE}{_FORMAT} (?:master|export))"
)
_SOUND_WORD = r"(?:audio|sound|soundtrack|sounds)"
_OF_IT = rf"(?: (?:of|from|out of|in) {_VIDEO})?"
_PULL = r"(?:export|save|render|download|output|extract|pull|rip|grab|give me|send me)"
_SOUND = regex(
    rf"(?:{_PULL}(?: out)? (?:(?:only|just) )?{_THE}{_SOUND_WORD}(?: (?:track|file|alone|only|part|itself))*"
    rf"(?: out)?{_OF_IT}(?: (?:alone|only|separately))?(?:{_AS_FORMAT})?"
    rf"|{_PULL}(?: {_VIDEO})? as {_SOUND_WORD}(?: only)?(?:{_AS_FORMAT})?"
    rf"|(?:(?:only|just) )?{_THE}{_SOUND_WORD}{_AS_FORMAT}"
    rf"|{_PULL}(?: {_VIDEO})? audio only)"
)
_CAPTION_WORD = r"(?:(?:closed )?captions?|subtitles?|subs)"
_CAPTIONS = regex(
    rf"(?:{_PULL}|write)(?: out)? (?:(?:only|just) )?{_THE}{_CAPTION_WORD}(?: (?:track|file|alone|only|part|itself))*"
    rf"(?: out)?{_OF_IT}(?: (?:alone|only|separately))?(?: (?:{_AS}|as )(?:{_LISTED}{_FILE}|(?:separate |text )?file))?"
    rf"|{_PULL}(?: {_VIDEO})? as {_CAPTION_WORD}(?: only)?(?:{_AS_FORMAT})?"
    rf"|(?:(?:only|just) )?{_THE}{_CAPTION_WORD}{_AS_FORMAT}"
    rf"|{_OUT} {_THE}(?:{_LISTED} )?{_CAPTION_WORD} file"
    rf"|{_OUT} {_THE}{_LISTED}{_FILE} (?:of|with|for|from) {_THE}{_CAPTION_WORD}"
)
_FRAME_WORD = (
    r"(?:frame|still|still frame|still image|picture|image|photo|screenshot|screen shot|snapshot|thumbnail|"
    r"thumb|poster|poster frame|cover|cover image)"
)
_TIME = (
    r"(?:\d{1,2}(?::[0-5]\d){1,2}(?:\.\d{1,3})?"
    r"|(?:second |the )?\d{1,5}(?:\.\d{1,3})? ?(?:seconds?|secs?|s)(?: mark)?(?: in)?|second \d{1,5}"
    r"|(?:the )?(?:very )?(?:beginning|start))"
)
_FRAME = regex(
    rf"(?:{_PULL}|take|get me|capture|snap|screenshot)(?: out)? {_THE}"
    rf"(?:(?:{_FRAME_WORD}(?: {_FRAME_WORD})?(?: (?:of|from|in) {_VIDEO})?(?: (?:at|from|of|for))? {_TIME})"
    rf"|(?P<first>first|opening) {_FRAME_WORD}(?: (?:of|from|in) {_VIDEO})?"
    rf"|{_TIME} (?:{_FRAME_WORD}))"
    rf"(?: (?:of|from|in) {_VIDEO})?(?: as {_THE}(?:{_FRAME_WORD}|{_FORMAT}|file)(?: (?:file|image|picture))?)?"
)
_SHEET = regex(
    rf"(?:{_OUT}|build|show me|i want|i need|want|need) {_THE}(?:contact sheet|thumbnail sheet|proof sheet|sheet of thumbnails)"
    rf"(?: (?:of|from|for) {_VIDEO})?(?: as (?:an? )?(?:png|picture|image))?"
)


_TO_PLATFORMS = regex(
    rf"{_PULL}(?: {_VIDEO})? (?:(?:for|to|as|in|on) {_THE}{_LIST_OF_PLATFORMS}(?: {_VERSION})?"
    rf"|{_THE}{_LIST_OF_PLATFORMS} {_VERSION}(?: of {_VIDEO})?)"
)
_SPEC = r"(?:'s| specs?| specifications?| requirements?| rules?| limits?| guidelines?| format| check| version| now)"
_CHECK = regex(
    r"(?:(?:please|can you|could you) )*(?:(?:"
    rf"(?:check|verify|make sure|see|tell me)(?: if| whether| that)? (?:{_VIDEO}|they) (?:is|are|will be|would be|meets?|fits?|passes|works?|complies with)"
    rf"|(?:is|will|does|would|can) {_VIDEO} (?:be )?(?:meet|fit|pass|work|comply with|ok|okay|fine|ready|good|suitable|right)"
    rf"|check {_VIDEO} (?:against|for)|check (?:against|for))"
    r"(?: (?:ok|okay|fine|ready|good|suitable|right|for|as|on|with|against|the|a|an|all))*"
    rf" (?:{_LIST_OF_PLATFORMS}){_SPEC}*"
    rf"|check(?: (?:the|all))* (?:{_LIST_OF_PLATFORMS}){_SPEC}+)"
)


def asks_check(clause: str) -> bool:
    """Whether it asks if the video is fit for a platform, and for no export: `check it meets the Reels spec`."""
    return bool(_CHECK.fullmatch(clause) or _HAN_CHECK.fullmatch(clause))


_MORE = rf"(?:(?:and|also|then|for|to|as|in|on|an?) )*(?:{_LIST_OF_PLATFORMS}|{_LISTED})(?: {_VERSION}| file| too| as well)*"
_IS_MORE = regex(_MORE)


def is_more(words: str) -> bool:
    """Whether it goes on with what an export is asked as: `tiktok and shorts` of `export for reels, tiktok and shorts`."""
    return bool(_IS_MORE.fullmatch(" ".join(words.lower().split())))


def read_english(clause: str) -> Delivery | None:
    """What a clause asks for that asks for such a thing and nothing else."""
    if _TO_PLATFORMS.fullmatch(clause):
        return Delivery(USUAL)
    if _SHEET.fullmatch(clause):
        return Delivery("sheet")
    if found := _FRAME.fullmatch(clause):
        return Delivery("png", 0 if found["first"] else _english_ms(clause))
    if _CAPTIONS.fullmatch(clause):
        return _captions(clause)
    return _sound_or_whole(clause, _SOUND, _WHOLE_IN_FORMAT)


def _captions(clause: str) -> Delivery | None:
    """None where they shall be in what is no file of captions, which nothing here is."""
    names = named(clause)
    fits = all(name in _WORDS or name not in _NAMES for name in names)
    return Delivery(names[0] if names else _WORDS[0]) if fits else None


def _english_ms(clause: str) -> int:
    found = re.search(r"\d{1,2}(?::[0-5]\d){1,2}(?:\.\d{1,3})?|\d{1,5}(?:\.\d{1,3})?", clause)
    if found is None:
        return 0
    return clock_ms(found[0]) if ":" in found[0] else round(float(found[0]) * 1000)


def _sound_or_whole(clause: str, sound: re.Pattern[str], whole: re.Pattern[str]) -> Delivery | None:
    names = named(clause)
    if sound.fullmatch(clause):
        has_sound = all(name in _SOUNDS or name not in _NAMES for name in names)
        return Delivery(_SOUNDS[0]) if has_sound else None
    return Delivery(names[0]) if whole.fullmatch(clause) else None


# Chinese: a clause in lower case without politeness

_HAN_VIDEO = r"(?:它|这个|整个|全部|成片|(?:这个|这段|整个|我的|最终的?|完整的?)?(?:视频|影片|片子|短片|时间线|项目|作品))"
_HAN_OUT = (
    r"(?:导出|输出|保存|另存|存|下载|渲染|生成|制作|做|导|转码?|转换|转存|压制|编码|变|弄|改|搞)"
)
_INTO = r"(?:成为?|为|到|换成|作为|来)?"
_A = r"(?:一个|一份|一张|一段|个|份|张)?"
_FINE = r"(?:(?:无损|高清|高质量|原画质|高画质)的?)?"
_HAN_FILE = r"(?: ?(?:格式|文件|视频|版本|版|母版|动图|动画|编码|的))*"
_HAN_WHOLE = regex(
    rf"(?:{_HAN_OUT}(?:{_HAN_VIDEO})? ?{_INTO} ?{_A} ?{_FINE}{_HAN_LISTED}{_HAN_FILE}"
    rf"|(?:把|将)?{_HAN_VIDEO}{_HAN_OUT}{_INTO} ?{_A} ?{_FINE}{_HAN_LISTED}{_HAN_FILE}"
    rf"|(?:用|以|按|按照) ?{_HAN_FORMAT}{_HAN_FILE} ?(?:来)?{_HAN_OUT}(?:{_HAN_VIDEO})?"
    rf"|(?:给我|发我|我?要|来){_A} ?{_HAN_FORMAT}{_HAN_FILE}|{_HAN_FORMAT} ?母版)"
)
_HAN_SOUND_WORD = r"(?:音频|声音|音轨|原声|伴音)"
_HAN_TAKE = r"(?:导出|输出|提取|抽取|抽出|提出|保存|另存|存|下载|导)"
_OF_VIDEO = rf"(?:{_HAN_VIDEO}(?:里面?|中|当中)?的?)?"
_HAN_SOUND = regex(
    rf"(?:(?:只|仅|单独|就|光)*{_HAN_TAKE}(?:一下|出来?|单独的?)?{_OF_VIDEO}{_HAN_SOUND_WORD}(?:文件|部分)?"
    rf"(?:就行|即可|出来|一下)?"
    rf"|(?:把|将|从)?{_OF_VIDEO}{_HAN_SOUND_WORD}(?:单独)?(?:{_HAN_TAKE}|转)(?:下来|出来|一下)?"
    rf"|从{_HAN_VIDEO}(?:里面?|中|当中)?{_HAN_TAKE}(?:出)?{_HAN_SOUND_WORD})"
    rf"(?: ?(?:保存|存|导出|转)?(?:成为?|为|到|用)? ?{_A} ?{_HAN_FORMAT}{_HAN_FILE})?"
)
_HAN_CAPTION_WORD = rf"(?:{_HAN_LISTED} ?(?:格式)?的?)?字幕(?:文件|轨道?|部分)?"
_HAN_SAVE = r"(?:导出|输出|保存|另存|存|下载|导)"
_HAN_CAPTIONS = regex(
    rf"(?:(?:只|仅|单独|就|光)*{_HAN_SAVE}(?:一下|出来?|单独的?|一份)?{_OF_VIDEO}{_HAN_CAPTION_WORD}(?:就行|即可|出来|一下)?"
    rf"|(?:把|将|从)?{_OF_VIDEO}{_HAN_CAPTION_WORD}(?:单独)?(?:{_HAN_SAVE}|转)(?:下来|出来|一下)?)"
    rf"(?: ?(?:保存|存|导出|转)?(?:成为?|为|到|用)? ?{_A} ?{_HAN_LISTED}{_HAN_FILE})?"
)
_HAN_DIGITS = r"(?:\d{1,5}(?:\.\d{1,3})?|[零一二两三四五六七八九十百]{1,6})"
_HAN_TIME = (
    rf"第?{_HAN_DIGITS}分钟?(?:{_HAN_DIGITS}秒)?|第?{_HAN_DIGITS}秒钟?"
    r"|\d{1,2}(?::[0-5]\d){1,2}(?:\.\d{1,3})?|开头|片头|最开始|一开始"
)
_AT = r"(?:处|时候?|那一?刻|那里|这里|那|的)*"
_HAN_FRAME_WORD = r"(?:画面|截图|截屏|图片|图像|图|帧|一帧|静帧|静态图|照片|封面图?|缩略图)"
_HAN_SNAP = r"(?:导出|输出|保存|另存|存|截取|截下|截|抓取|抓|提取|抽取|取|给我|下载|生成)"
_HAN_AS = rf"(?:,? ?(?:保存|存|导出|输出|另存|作|做)?(?:成为?|为|下来|出来)(?:{_A} ?(?:{_FORMAT}|{_HAN_FRAME_WORD})(?:格式|文件|图)*)?)?"
_HAN_FRAME = regex(
    rf"(?:(?:截图|截屏|截帧)(?:在|到)?(?P<at2>{_HAN_TIME})处?|{_HAN_SNAP}(?:一下|一张|一帧|个|张|出)?(?:{_HAN_VIDEO}(?:的|在)?)?(?P<at0>{_HAN_TIME}){_AT}{_HAN_FRAME_WORD}{_HAN_AS}"
    rf"|(?:把|将|在)?(?:{_HAN_VIDEO}(?:的|在)?)?(?P<at1>{_HAN_TIME}){_AT}(?:(?:{_HAN_FRAME_WORD})?{_HAN_SNAP}"
    rf"(?:(?:一下|一张|一帧|个|张)?{_HAN_FRAME_WORD})?{_HAN_AS}|截图|截屏|截个图|截一?张图))"
)
_HAN_SHEET = regex(
    rf"(?:{_HAN_TAKE}|做|制作|生成|来){_INTO}{_A}(?:{_HAN_VIDEO}的?)?(?:缩略图总览|缩略图表|缩略图墙|联系表|联络表|小样图?表|预览拼图|截图拼图|总览图)"
)


_HAN_PLATFORM = rf"(?:{_PLATFORM}|{'|'.join(_CHINESE_PLATFORMS.values())})"
_HAN_FIT = rf"(?:符合|满足|适合|达到|能发|可以发|发|上传到?)+(?:{_HAN_PLATFORM})(?:的?(?:要求|规格|规范|标准|尺寸|格式|限制))*"
_HAN_IF = "(?:是否|是不是|能不能|可不可以|有没有)"
_HAN_CHECK = regex(
    rf"(?:帮我|请)*(?:(?:检查|看看|看一下|查一下|检测)(?:一下)?(?:{_HAN_VIDEO})?{_HAN_IF}?|(?:{_HAN_VIDEO})?{_HAN_IF}){_HAN_FIT}(?:吗|么)?"
    rf"|(?:{_HAN_VIDEO})?(?:能|可以)?{_HAN_FIT}(?:吗|么)"
)
_HAN_USED = r"(?:用|版本?|格式|尺寸|平台|的|视频|上)*"
_HAN_TO_PLATFORMS = regex(
    rf"(?:导出|输出|渲染|生成|保存|下载|压制|给我)(?:{_HAN_VIDEO})?(?:成为?|为|给|到|用于|发|用)?{_A} ?{_HAN_PLATFORM}{_HAN_USED}"
    rf"(?:(?:和|与|跟|及|、|,|加|还有) ?{_A}{_HAN_PLATFORM}{_HAN_USED})*"
)


def read_chinese(clause: str) -> Delivery | None:
    """As `read_english`."""
    if _HAN_TO_PLATFORMS.fullmatch(clause):
        return Delivery(USUAL)
    if _HAN_SHEET.fullmatch(clause):
        return Delivery("sheet")
    if found := _HAN_FRAME.fullmatch(clause):
        return Delivery("png", _chinese_ms(found["at0"] or found["at1"] or found["at2"]))
    if _HAN_CAPTIONS.fullmatch(clause):
        return _captions(clause)
    return _sound_or_whole(clause, _HAN_SOUND, _HAN_WHOLE)


def _chinese_ms(time: str) -> int:
    if ":" in time:
        return clock_ms(time)
    found = re.findall(rf"({_HAN_DIGITS})(分|秒)", time)
    return round(sum(number(count) * (60_000 if unit == "分" else 1000) for count, unit in found))
