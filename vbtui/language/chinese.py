"""Chinese messages, clause by clause.

A clause counts as a request to vbtui only when all of it is made of a closed set of parts around
the keyword: 导出视频 does, 导出按钮动画 does not. The parts are matched possessively, longest first,
so that no text takes more than linear time.
"""

from __future__ import annotations

import re

from vbtui.base.patterns import regex
from vbtui.language import deliveries
from vbtui.language.clauses import Clause, Meaning
from vbtui.language.deliveries import Delivery
from vbtui.language.lexicon import CHINESE
from vbtui.language.locations import LOCATION, WEB
from vbtui.language.quotes import QUOTE

_SENTENCE = regex(r"([^。！？!?;；\n…]*)([。！？!?;；\n…]*)")
_JOINT = regex(
    r"[，,、]|然后|接着|随后|之后再?|最后|并且|并(?=导出|下载|渲染|保存|输出|发给|发我|上传)|"
    r"(?<=.)再(?=导出|下载|渲染|保存|输出|发给|发我)|(?<=.)后(?=导出|下载|渲染|保存|输出)"
)
_TRANSLATED = (
    "exporting=导出 export=导出 download=下载 upload=上传 credits=积分 balance=余额 status=状态 render=渲染 "
    "preview=预览 timeline=时间线 video=视频"
)
"""English words that stand in Chinese messages."""
_TRANSLATIONS = dict(pair.split("=") for pair in _TRANSLATED.split())
_ENGLISH = regex(f"(?<![a-z])(?:{'|'.join(_TRANSLATIONS)})(?![a-z])")


def _any_of(sense: str) -> str:
    """A pattern for one of the words that have this sense, the longest first."""
    words = sorted(CHINESE[sense], key=lambda word: (-len(word), word))
    return f"(?:{'|'.join(map(re.escape, words))})"


_MADE = "(?:剪|弄|做|改|调|搞|处理|编辑)(?:好|完)了?"
"""The work is done: says when, not what."""
_LEAD = regex(
    rf"(?:{_MADE}(?:就|之?后)|请问|请你?|麻烦你?|帮我|帮忙|能不能|可不可以|可以|能否|能|我想要?(?=[^\s])|我要|我需要|给我(?=导出|下载|渲染|保存|输出)|想要?|现在|"
    r"直接|赶快|赶紧|快点?|那么?|就|好了|好的|行了?|ok|嗯|你好|您好|也|都|一起|立刻|马上|开始|去|你|您|"
    r"重新|再次|继续|再|先|来|那|嗨|哈喽|首先|最终|顺便|然后|，|\s)++",
    re.IGNORECASE,
)
_TRAIL = regex(
    r"(?:吧|呢|啊|呀|哦|哈|了|吗|嘛|么|谢谢你?|多谢|好吗|可以吗|行吗|好不好|行不行|\s|~)++\Z"
)
_PLACE = f"[{LOCATION}{WEB}]"

_WHAT = _any_of("export-object")
_HOW = _any_of("export-manner")
_EXPORTS = "(?:生成(?=最终|成片|mp4)|导出|下载|渲染|输出|保存|另存为?|出片|生成成片|导成|导出来|存)"
_HOW_RUN = rf"(?:{_HOW}|{_PLACE}|{QUOTE}|\s)*+"
_WHAT_RUN = rf"(?:{_WHAT}|\s)*+"
_HOW_TO = "(?:怎么|如何|怎样|在?哪里?|在?哪儿)?(?:才能|可以|能)?"
_EXPORT = regex(
    "(?:"
    rf"{_HOW_TO}{_EXPORTS}{_WHAT_RUN}"
    rf"|(?:{_WHAT}|\s)++(?:(?:可以|能够?){_EXPORTS}|发给我|发我|给我|导出|下载|在哪里?下载)"
    rf"|(?:把|将){_WHAT_RUN}(?:{_EXPORTS}|发给我|发我|传给我|给我|导出来)"
    rf"|(?:发给我|发我|给我|传给我|发送给我)(?:看看)?(?:{_WHAT})(?:{_WHAT}|\s)*+"
    rf"){_HOW_RUN}"
    r"|(?:发给我|发我|传给我|发送给我)(?:看看)?"
    r"|(?:预览|播放)(?:一下)?(?:视频|成片|效果|影片|结果|作品|它|这个|最终|的|整个)*+"
    r"|(?:让我)?(?:给我)?(?:看看|看一下|看下|看一看|看)(?:一下)?(?:最终|整体|成品|现在)?(?:的)?"
    r"(?:效果|成片|结果|成品|视频|样子|预览)(?:如何|怎么样|怎样)?",
    re.IGNORECASE,
)

_CREDITS_CORE = regex(_any_of("credit"))
_CREDITS = regex("(?:" + _any_of("credit-filler") + r"|\s)++")

_STATE_CORE = regex(_any_of("state"))
_STATE = regex("(?:" + _any_of("state-filler") + r"|\s)++")
_STATE_VERB = regex(_any_of("state-asked"))
_READY = regex(
    r"(?:视频|它|成片|影片|导出|渲染|上传|下载|片子|项目|剪辑|处理|生成|都|已经|是不是|现在|的|素材|文件|我的|任务)*+"
    r"(?:好|完|完成|做好|弄好|剪好|做完|剪完|准备好|渲染完|导出完|上传完|处理完|传完|成功|结束|搞定|弄完|导好|传好)?"
    r"(?:了)?(?:吗|没有|没|么|嘛)"
)
_WAIT = regex(
    r"(?:导出|渲染|视频|处理|上传|大概|大约|还|要|需要|得|到底|再|等|它|成片|生成)*+(?:多久|多长时间|几分钟|什么时候(?:能|会|才能)?(?:好|完成|做好|结束|导出|弄好|搞定))"
    r"(?:才)?(?:能|会)?(?:好|完成|做好|结束|弄好)?"
)
_ATTRIBUTE = regex(
    r"(?:这个|当前|那个|第[一二三四五六七八九十\d]{1,3}(?:个|段|条|张)|我的|整个|现在的?|每个|最后一?个|目前)?+"
    r"(?:视频|片段|素材|文件|它|项目|时间线|成片|图片|照片|影片|画面)(?:现在|目前|当前)?(?:的)?(?:是|有|总)?"
    r"(?:多长|时长|总时长|长度|分辨率|尺寸|大小|格式|帧率|比例|描述|信息|画质|几秒|多少秒|多大|属性|参数|内容|详情|清晰度)"
    r"(?:是|有)?(?:多少|什么|多大|多长|几)?|(?:总|视频)?(?:时长|长度)(?:是|有)?多少|(?:是|有)(?:不是)?(?:4k|高清|1080p|竖屏|横屏)(?:的)?(?:吗)?",
    re.IGNORECASE,
)
_DID = regex(
    r"(?:你)?(?:刚才|都|刚刚|到目前为止)?(?:做|改|修改|加|动|剪)(?:了)?(?:些)?(?:什么|哪些)(?:改动|修改|地方)?"
)

_MEDIA = _any_of("media")
_UPLOADS = _any_of("uploading")
_UPLOAD = regex(
    rf"(?:怎么|如何|怎样|[在从]?哪里?|[在从]?哪儿)?(?:可以|能)?{_UPLOADS}(?:{_MEDIA}|{_PLACE}|{QUOTE}|\s)*+"
    rf"|(?:把|将)(?:{_MEDIA}|{_PLACE}|\s)*+{_UPLOADS}(?:{_MEDIA}|{_PLACE}|\s)*+",
    re.IGNORECASE,
)
_HOW_TO_UPLOAD = regex(r"(?:怎么|如何|怎样|在?哪里?|在?哪儿)(?:才能|可以|能)?(?:上传|导入|添加)")
_TAKES_PLACE = regex(
    rf"(?:下载|添加|加入|导入|上传|用|使用|打开|获取|处理|加|这是|这里是|看看|看|分析|有)?(?:{_MEDIA}|\s)*+{_PLACE}(?:{_MEDIA}|{_PLACE}|\s)*+"
    rf"|(?:把|将)(?:{_MEDIA}|{_PLACE}|\s)*+(?:加|放|添加|导)(?:进来|进去|到项目里?|进项目里?|上)"
)

_NOT = regex(
    r"(?:请)?(?:先|暂时|现在|还)?(?:不要|别|不用|不必|不需要|不|暂不|禁止|取消|停止|无需|没有?)"
)
_NEUTRAL = regex(
    "(?:" + _any_of("approval") + rf"|\s)++|{_MADE}",
    re.IGNORECASE,
)
_IS_IT_DONE = regex(r"了(?:吗|么|没有?)\Z|过吗?\Z")
_CONDITION = regex(
    r"(?:等|如果|当(?!前)|一旦|导出(?:之)?前|在?导出(?:之)?前|做?完成?(?:之)?后|弄好(?:之)?后|好了(?:之)?后)"
)


def clauses_of(text: str) -> list[Clause]:
    """The clauses of a message without quotes and locations, each with what it means."""
    text = _ENGLISH.sub(lambda match: _TRANSLATIONS[match[0]], text.lower())
    found: list[Clause] = []
    for match in _SENTENCE.finditer(text):
        sentence, end = match[1].strip(), match[2]
        asks = "?" in end or "？" in end
        for part in _parts(sentence):
            part = part.strip()
            if part:
                found.append(Clause(part, _judge(part, asks=asks)))
    return found


def delivery(clause: str) -> Delivery | None:
    """What a clause asks to come out in place of the video as it is."""
    return deliveries.read_chinese(_core(clause.lower())) or deliveries.read_chinese(clause.lower())


def _parts(sentence: str) -> list[str]:
    return [part for part in _JOINT.split(sentence) if part and part.strip()]


def _judge(clause: str, *, asks: bool) -> Meaning:
    if len(clause) > 200:
        return Meaning.EDIT
    if _NOT.match(clause) and not _CREDITS_CORE.search(clause):
        return Meaning.NOT
    if _HOW_TO_UPLOAD.match(clause) and _UPLOAD.fullmatch(_core(clause)):
        return Meaning.UPLOAD
    if _is_state(clause):
        return Meaning.STATUS
    if _CONDITION.match(clause) or _NEUTRAL.fullmatch(clause):
        return Meaning.NEUTRAL
    if _CREDITS_CORE.search(clause) and _CREDITS.fullmatch(clause):
        return Meaning.CREDITS
    core = _core(clause)
    if not core:
        return Meaning.NEUTRAL
    if _IS_IT_DONE.search(clause) and deliveries.read_chinese(core):
        return Meaning.EDIT
    for form in (core, clause):
        meaning = _read(form)
        if meaning is not None:
            return meaning
    return Meaning.EDIT


def _core(clause: str) -> str:
    """The clause without politeness."""
    lead = _LEAD.match(clause)
    core = clause[lead.end() :] if lead else clause
    trail = _TRAIL.search(core)
    core = core[: trail.start()] if trail else core
    return core.strip()


def _read(core: str) -> Meaning | None:
    if _UPLOAD.fullmatch(core) or (
        (LOCATION in core or WEB in core) and _TAKES_PLACE.fullmatch(core)
    ):
        return Meaning.UPLOAD
    if _CREDITS_CORE.search(core) and _CREDITS.fullmatch(core):
        return Meaning.CREDITS
    if _is_state(core):
        return Meaning.STATUS
    if _EXPORT.fullmatch(core) or deliveries.read_chinese(core):
        return Meaning.EXPORT
    return None


def _is_state(clause: str) -> bool:
    asks_leave = re.match(r"(?:可以|能|能不能|可不可以|现在可以)", clause)
    if _READY.fullmatch(clause) and not asks_leave:
        return True
    if _WAIT.fullmatch(clause) or _ATTRIBUTE.fullmatch(clause) or _DID.fullmatch(clause):
        return True
    if not _STATE_CORE.search(clause) or not _STATE.fullmatch(clause):
        return False
    return bool(_STATE_VERB.search(clause))
