"""A sentence as a row of items: quoted words, file names, quantities, known words, the rest.

A word may have several senses (`cut` is a verb and a transition); which one counts is decided by
what stands around it. A Latin word that nobody knows and that is one slip away from known ones counts as these
when they all mean the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any, NamedTuple

from vbtui.base.patterns import regex
from vbtui.base.settings import KNOWN_SUFFIXES
from vbtui.language import quantities
from vbtui.language.lexicon import meanings
from vbtui.language.quotes import OPENING, Quotes, is_latin

MAX_TEXT = 2500
"""Characters outside quotation marks that are read; more is a script, not an instruction."""

_LEFT_OPEN = OPENING.replace("【", "").replace("‹", "")
"""Marks that mean something even when they are never closed; the others adorn."""
_SEPARATORS = {",": "comma", "，": "comma", "、": "and", "+": "and", "&": "and"}
_STOPS = ".;!?。；！？\n…"
_COLONS = ":："
_SUFFIXES = "|".join(sorted(suffix[1:] for suffix in KNOWN_SUFFIXES))
_FILE_SUFFIX = regex(rf"\.(?:{_SUFFIXES})(?![a-z0-9])", re.IGNORECASE)
_LONGEST_NAME = 200
_URL = regex(r"https?://\S{1,2000}", re.IGNORECASE)
_HAN_WORD = regex(r"[\u3400-\u9fff]")
_WORD = regex(r"[^\W_\u3400-\u9fff]+(?:['’][^\W_\u3400-\u9fff]+)*")
_PLAIN_WORD = regex(r"[^\W_\u3400-\u9fff]+")
_GAP = regex(r"[ \t\-/]{1,3}")
_IDENTITY = regex(r"#(s\d{1,9})(?![a-z0-9])", re.IGNORECASE)
_PATTERN = regex(r"\{{1,9}(?:name|n)\}{1,9}(?:[ .:,)#_–-]{0,3}\{{1,9}(?:name|n)\}{1,9})*")
"""What stands for a clip's name and number in a text, without quotation marks."""
_COUNTDOWN = regex(r"count(?:ing)?[ -]?down|倒计时|倒数", re.IGNORECASE)
_COUNT = regex(r"\d{1,2}(?:[ ,.、，…\-–]{1,4}\d{1,2}){1,9}(?!\d)")
"""`3-2-1`, where it is about a countdown."""
_HEX = regex(r"#[0-9a-f]{6}(?![0-9a-z])", re.IGNORECASE)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
for _sign in "，；：？！（）":
    _FULL_WIDTH.pop(ord(_sign), None)
_BARE_UNIT = regex(r"(minute|second)(?![a-z])( and a half)?")
_ONE = regex(r"ones?(?![a-z])")
_TITLE_WORDS = regex(r"[A-Z][a-z]+")

_LAST_UNIT = regex(r"最后一(?:秒|分|个小时)")
"""The last one of seconds, not of clips."""
_THERE = ("处", "那里", "那儿", "的时候", "时", "期间")
"""5秒处: a moment, not a length; 采访的时候: as long as it is shown."""
_WHILE = regex(r"话(?:的?时候?|那会儿)$")
"""采访说话的时候: as long as it is shown."""
_COMES = regex(r"(?:的时候)?[就才再]?(?:开始|出现|出来|进来|响起|登场|出场)")
"""3秒就出来, 10秒再开始: when, not how long."""
_WIDE = {("noun", noun) for noun in ("video", "videos", "everything", "clip", "photo")}
"""What no slip is taken for: 骗子 (a cheat) is no 片子, and all of it would go."""
_SHOWN_NOUNS = ("clip", "photo", "video", "videos")
_COMPARED = regex(r"\b(?:longer|shorter|more|less|over|under|above|below) than|超过|以上|以下")
_THE = regex(r"\b(?:the|that|this|which|what)(?: \w+)? $", re.IGNORECASE)
_NUMBERED = regex(r"静音(?:片段|部分|段) ?[\d一二三四五六七八九十]")
"""静音|片段2: no silences."""
_TELL_WHICH = ("rank", "ord", "edge", "superlative", "number", "other")
_SOME_ONE = ("一个", "一段", "一条", "一张")
_NOTHING_MORE = regex(r"(?:就行|就好|就够了?|吧|了|即可|就可以了?)?\s*(?:[,，。;；!！?？]|$)")

Sense = tuple[str, Any]
_Read = tuple[tuple[Sense, ...], int]
"""Senses and length of a phrase."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was read. `value` depends on `kind`: the lexicon's value, ms, ids…"""

    kind: str
    value: Any
    start: int
    """Where it stands in the text."""
    end: int
    others: tuple[Sense, ...] = ()
    """What the same words can mean besides."""
    corrected: str = ""
    """The word that was taken for the one that was written."""

    def get(self, kind: str) -> Any:
        """The value of its sense of this kind; None without one."""
        if self.kind == kind:
            return self.value
        return next((value for name, value in self.others if name == kind), None)

    def is_(self, kind: str, *values: object) -> bool:
        """Whether it has a sense of this kind (and one of these values)."""
        if self.kind == kind and (not values or self.value in values):
            return True
        return bool(self.others) and any(
            name == kind and (not values or value in values) for name, value in self.others
        )


class FileName(NamedTuple):
    """A file of the project, which a text may name."""

    id: str
    name: str
    is_sound: bool


_TRADITIONAL = str.maketrans(
    "請幫靜謝開頭後結顯畫長時間標題輯視頻張圖個這裡們給將對動順轉場聲樂進換調節關閉縮處從兩邊幾點鐘複製併還來過運鏡導擋說話雜"
    "訊語穩濾飽滿寬豎橫檔夾刪採訪應該讓與並為壓變選擇續總連遠黃紅綠藍顏頁樣單雙號條輕發現錄減響護麼沒無問嗎預覽歲夠係當須鋪質"
    "網實際歡飛優氣車門東廣師學習親愛買賣貓馬鳥魚龍風雲電燈記錯誤確認願戲劇獨兒園陽熱鬧見觀蓋達適徵貼紙詞論討會議員簡報價錢塊"
    "餘圍繞嚴別務夢鄉戶"
    "丟乾亂佈佔侷倆側備傚傢傳僅儀內冊凍則剋剛創劃勞勵區參唸啣嘍噹嚮囉圓妳媽寫專層屬帶幀幹庫廚廢強彆彈徑復態慮憶懶懷拚掛揚揹搆擊據攝數斷於昇暈暢暫"
    "書朮業榦構橋機檢檯欄殼決況淨測湊準溫滾漸灘煩牠狀獲環畢疊瘉癒盤眾瞭碼禪禮種稱積穫箇範簽籤紀約級細終組絕統絲經維綵緊線編緩繙繫繼纔罵聯聽脩脫腦"
    "腳膠臉臟臨臺舉舊艷華萬藝虛蠻術補覺觸計託設許訴註詢詩詳誌誰談講識譟譯讀豔貝負費資賬購賽趕蹤軌軸較載輸辦迴週遲遺鄰針釦鈕銜銳銷鋼錦錶鍵鍾鎮鏈閃"
    "閤閨闆隨隱隻離難頂項頓領額顛類颱駕驗髒體髮鬆鬚鮮麴麵齣裏爲綫説麽匯儲螢",
    "请帮静谢开头后结显画长时间标题辑视频张图个这里们给将对动顺转场声乐进换调节关闭缩处从两边几点钟复制并还来过运镜导挡说话杂"
    "讯语稳滤饱满宽竖横档夹删采访应该让与并为压变选择续总连远黄红绿蓝颜页样单双号条轻发现录减响护么没无问吗预览岁够系当须铺质"
    "网实际欢飞优气车门东广师学习亲爱买卖猫马鸟鱼龙风云电灯记错误确认愿戏剧独儿园阳热闹见观盖达适征贴纸词论讨会议员简报价钱块"
    "余围绕严别务梦乡户"
    "丢干乱布占局俩侧备效家传仅仪内册冻则克刚创划劳励区参念衔喽当向啰圆你妈写专层属带帧干库厨废强别弹径复态虑忆懒怀拼挂扬背构击据摄数断于升晕畅暂"
    "书术业干构桥机检台栏壳决况净测凑准温滚渐滩烦它状获环毕叠愈愈盘众了码禅礼种称积获个范签签纪约级细终组绝统丝经维彩紧线编缓翻系继才骂联听修脱脑"
    "脚胶脸脏临台举旧艳华万艺虚蛮术补觉触计托设许诉注询诗详志谁谈讲识噪译读艳贝负费资账购赛赶踪轨轴较载输办回周迟遗邻针扣钮衔锐销钢锦表键钟镇链闪"
    "合闺板随隐只离难顶项顿领额颠类台驾验脏体发松须鲜曲面出里为线说么汇储萤",
)
"""What is written otherwise in traditional Chinese, of the characters that messages to an editor are made of."""


_TRADITIONAL |= {ord("俩"): ord("两"), ord("倆"): ord("两")}


def simplified(text: str) -> str:
    """`text` in simplified characters, character by character, as far as the lexicon needs it."""
    return text.translate(_TRADITIONAL)


def narrow(text: str) -> str:
    """`text` with full-width letters and digits as ASCII, character by character."""
    return text.translate(_FULL_WIDTH)


def read(text: str, files: Sequence[FileName], known: Sequence[Item] = ()) -> list[Item]:
    """The items of a clean text, fillers left out, in order; `known` ones as they are.

    A file's name is an item `name` whose value is the ids of the files that can be meant; the name of a file
    that is not there is `missing`.
    """
    return _Lexer(narrow(text), _names(tuple(files)), known).items()


class _Lexer:
    def __init__(self, text: str, names: _Names, known: Sequence[Item]) -> None:
        self._text = text
        self._known_items = {item.start: item for item in known}
        folded = text.casefold()
        self._folded = folded if len(folded) == len(text) else text.lower()
        if len(self._folded) != len(text):
            self._folded = text
        self._names = names
        self._file_names = _file_names(text)
        self._quotes = Quotes(text)
        self._counts_down = _COUNTDOWN.search(text) is not None
        self._items: list[Item] = []
        self._read = 0

    def items(self) -> list[Item]:
        position = 0
        while position < len(self._text):
            if self._text[position] in " \t":
                position += 1
                continue
            item = self._known_items.get(position) or self._quote(position)
            if item is None:
                if self._read > MAX_TEXT:
                    self._items.append(Item("too_long", None, position, len(self._text)))
                    break
                item = self._item(position)
                self._read += item.end - item.start
            speaks = item.is_("topic", "duck") and _WHILE.search(self._text, item.start, item.end)
            if speaks and self._items and self._items[-1].is_("name"):
                self._items.append(Item("prep", "in", item.start, item.end))
            elif item.kind != "filler":
                self._items += [item] if not self._points_at_length(item) else []
            elif self._text[item.start : item.end] in _THERE and self._items:
                last = self._items[-1]
                if last.kind == "duration" and last.end == item.start:
                    self._items[-1] = Item("time", last.value, last.start, item.end)
                elif last.is_("name") or last.is_("clf") or last.is_("noun", *_SHOWN_NOUNS):
                    self._items.append(Item("prep", "in", item.start, item.end))
            elif self._text[item.start : item.end] in _SOME_ONE and self._lasts_each(item.end):
                self._items.append(Item("q", "each", position, item.end))
            elif (
                self._text[item.start : item.end] in _SOME_ONE and self._chooses_one(item.end)
            ) or self._counts_anew(item):
                self._items.append(
                    Item("word", self._text[item.start : item.end], position, item.end)
                )
            position = item.end
        return self._partial()

    def _partial(self) -> list[Item]:
        """With `partly` for what takes some clips, nobody knows which: `some of the clips`, `half the photos`, 有些片段.
        Beside anything else those words mean what they mean besides, or nothing."""
        items: list[Item] = []
        for place, item in enumerate(self._items):
            kind = self._takes_some(place)
            if kind:
                value = self._text[item.start : item.end]
                items.append(Item(kind, value, item.start, item.end))
            elif not item.is_("partly"):
                items.append(item)
            else:
                senses = [
                    one for one in ((item.kind, item.value), *item.others) if one[0] != "partly"
                ]
                kind, value = senses[0] if senses else ("word", self._text[item.start : item.end])
                if kind != "filler":
                    items.append(replace(item, kind=kind, value=value, others=tuple(senses[1:])))
        return items

    def _takes_some(self, place: int) -> str:
        """`partly` where the item takes some of the clips, `word` where it takes some of anything else: what that would
        be done to is not understood. Empty where it does neither."""
        item, before = self._items[place], self._items[place - 1] if place else None
        following = self._items[place + 1 : place + 3]
        of = bool(following) and following[0].is_("prep", "of")
        one = item.kind == "number" and item.value == 1 and of
        if item.is_("partly", "alone"):
            return "partly"
        if item.is_("partly"):
            apart = any(
                one.kind == "neg" or one.is_("q", "except") or one.is_("prep", "without")
                for one in self._items[:place]
            )
            if item.is_("q", "all") and (apart or _COMPARED.search(self._text, item.end)):
                return ""
        elif item.is_("noun", "part") and of and not _THE.search(self._text, 0, item.start):
            pass  # part of the interview
        elif not (item.is_("noun", "half") or item.is_("frac") or one):
            return ""
        elif before is not None and before.kind in _TELL_WHICH:
            return ""  # the first half of the clips, the last one of them
        them = following[1] if of and len(following) > 1 else following[0] if following else None
        if them is None:
            return ""
        words = self._text[them.start : them.end]
        is_plural = words.endswith("s") or words[-1:] > "z"
        if them.is_("noun", *_SHOWN_NOUNS) or (of and them.is_("pron", "them")):
            return "partly" if item.is_("partly") or them.is_("pron") or is_plural else ""
        takes = before is not None and before.is_("verb", "remove", "cut", "keep", "mute", "off")
        if item.is_("noun", "part") and of and (them.is_("noun") or them.is_("name")):
            return "word"
        is_some = item.is_("partly") and not item.is_("q", "all")
        return "word" if is_some and them.is_("noun") and (of or (takes and is_plural)) else ""

    def _points_at_length(self, item: Item) -> bool:
        """最后|那|10秒."""
        last = self._items[-1] if self._items else None
        ends = last is not None and (last.is_("edge") or last.is_("rank") or last.is_("prep"))
        if self._text[item.start : item.end] not in ("那", "这") or not ends:
            return False
        length = quantities.read(self._text, item.end)
        return length is not None and length.kind == "duration"

    def _counts_anew(self, item: Item) -> bool:
        """`the new first one`: which it is once something was moved, and no phrase says that."""
        gap = _GAP.match(self._folded, item.end)
        behind = (
            self._phrase(gap.end())
            if gap and self._folded[item.start : item.end] == "new"
            else None
        )
        return behind is not None and behind.kind in ("ord", "rank")

    def _lasts_each(self, end: int) -> bool:
        """一张3秒: each of them. 放一张3秒的 is something else."""
        last = self._items[-1] if self._items else None
        length = quantities.read(self._text, end) if self._text[end : end + 1] else None
        return (
            (last is None or last.kind in ("sep", "polite") or last.is_("noun", *_SHOWN_NOUNS))
            and length is not None
            and length.kind == "duration"
            and bool(_NOTHING_MORE.match(self._text, length.end))
        )

    def _chooses_one(self, end: int) -> bool:
        """照片删一张: one of several, nobody knows which. 删一张照片 has its noun behind it."""
        verb = self._items[-1] if self._items else None
        if verb is None or not verb.is_("verb", "remove", "keep", "mute", "cut", "off"):
            return False
        named = any(item.is_("noun") or item.is_("name") for item in self._items[:-1])
        return named and bool(_NOTHING_MORE.match(self._text, end))

    def _item(self, at: int) -> Item:
        return (
            self._file(at)
            or self._capitals(at)
            or self._special(at)
            or self._longer(self._quantity(at), self._phrase(at))
            or self._part_of_name(at)
            or self._slip(at)
            or self._rest(at)
        )

    def _longer(self, quantity: Item | None, phrase: Item | None) -> Item | None:
        if quantity is None or phrase is None:
            return quantity or phrase
        return phrase if phrase.end > quantity.end else quantity

    def _quote(self, at: int) -> Item | None:
        end = self._quotes.end(at)
        if end < 0:
            return None
        words = self._text[at + 1 : end - 1]
        ids = self._names.exactly(words.strip())
        if ids and not self._announces_words():
            return Item("name", ids, at, end)
        return Item("quote", words, at, end)

    def _announces_words(self) -> bool:
        last = next(
            (one for one in reversed(self._items) if one.kind not in ("quote", "sep")), None
        )
        return last is not None and (
            last.is_("verb", "say") or last.is_("noun", "title", "caption", "text", "end_title")
        )

    def _file(self, at: int) -> Item | None:
        if at and is_latin(self._text[at - 1]) and is_latin(self._text[at]):
            return None
        found = self._names.at(self._folded, at) or self._names.numbered(self._folded, at)
        if (
            found
            and _is_style(self._folded[at : found[1]])
            and _MUSIC.match(self._folded, found[1])
        ):
            return None
        return Item("name", found[0], at, found[1]) if found else None

    def _capitals(self, at: int) -> Item | None:
        """`VID` for `VID_2026.mp4`: written as in the name, it is no `vid`."""
        word = _CAPITALS.match(self._text, at)
        if word is None or (at and is_latin(self._text[at - 1])):
            return None
        ids = self._names.begun_by(word[0].casefold())
        return Item("name", ids, at, word.end(), (("part", True),)) if len(ids) == 1 else None

    def _part_of_name(self, at: int) -> Item | None:
        """A word of a file's name that means nothing else: `the interview` for `interview_2.mp4`."""
        word = _PLAIN_WORD.match(self._folded, at)
        ids = self._names.by_word(word[0]) if word else ()
        return Item("name", ids, at, word.end(), (("part", True),)) if word and ids else None

    def _special(self, at: int) -> Item | None:
        sign = self._text[at]
        if sign in "'’" and self._text[at + 1 : at + 2] in ("s", "S") and at:
            return Item("filler", "", at, at + 2)
        if sign == "{" and (match := _PATTERN.match(self._text, at)):
            return Item("quote", match[0], at, match.end())
        if self._counts_down and sign.isdecimal() and (match := _COUNT.match(self._text, at)):
            numbers = [int(one) for one in re.findall(r"\d+", match[0])]
            if numbers == list(range(numbers[0], numbers[-1] - 1, -1)) and numbers[-1] <= 1:
                return Item("countfrom", numbers[0], at, match.end())
        if sign == "#" and (match := _HEX.match(self._text, at)):
            return Item("colour", match[0].upper(), at, match.end())
        if sign == "#" and (match := _IDENTITY.match(self._text, at)):
            return Item("segment_id", match[1].lower(), at, match.end())
        if sign in "hH" and (match := _URL.match(self._text, at)):
            return Item("url", match[0], at, match.end())
        if is_latin(sign) or sign in "~/.":
            end = self._file_names.get(at)
            if end is not None:
                ids = () if self._comes_in() else self._names.slipped(self._folded[at:end])
                if ids:
                    return Item("name", ids, at, end)
                return Item("missing", self._text[at:end], at, end)
        last = self._items[-1] if self._items else None
        counts = last is not None and last.end == at and last.kind in ("duration", "time")
        counts |= self._text[at - 1 : at].isdecimal()
        if sign in "-–—~～" and counts and self._text[at + 1 : at + 2].isdecimal():
            return Item("prep", "to", at, at + 1)
        if sign in _COLONS:
            return Item("colon", None, at, at + 1)
        leads = not self._items or self._items[-1].kind == "sep"
        if leads and sign in "-−–" and self._text[at + 1 : at + 2].isdecimal():
            less = quantities.read(self._text, at + 1)
            if less is not None and less.kind == "duration":
                return Item("verb", "remove", at, at + 1)  # -10 s at the start
        if sign in _SEPARATORS:
            return Item("sep", _SEPARATORS[sign], at, at + 1)
        if sign in "?？":
            return Item("sep", "question", at, at + 1)
        if sign in _STOPS:
            return Item("sep", "stop", at, at + 1)
        return None

    def _comes_in(self) -> bool:
        """Whether something is added: that may be a file that is not there yet."""
        return any(one.is_("verb", "add", "upload", "combine", "use") for one in self._items)

    def _quantity(self, at: int) -> Item | None:
        if not quantities.may_begin(self._folded[at]):
            return None
        last = self._items[-1] if self._items else None
        if last is not None and last.is_("ord") and (one := _ONE.match(self._folded, at)):
            return Item("number", 1.0, at, one.end())
        ranked = last is not None and (last.is_("ord", "1") or last.is_("rank", "last"))
        if ranked and (unit := _BARE_UNIT.match(self._folded, at)):
            ms = 60_000 if unit[1] == "minute" else 1000
            return Item("duration", ms * 3 // 2 if unit[2] else ms, at, unit.end())
        counted = last is not None and last.is_("noun", "clip", "photo", "video")
        quantity = quantities.read(self._text, at, counted=counted)
        if quantity is None:
            return None
        if quantity.kind == "more":  # 5 more seconds
            return Item("duration", quantity.value, at, quantity.end, (("onemore", ""),))
        begins = last is None or last.kind in ("sep", "noun", "quote", "polite", "name")
        comes = quantity.kind == "duration" and _COMES.match(self._text, quantity.end)
        kind = "time" if begins and comes else quantity.kind
        return Item(kind, quantity.value, at, quantity.end)

    def _phrase(self, at: int) -> Item | None:
        if _HAN_WORD.match(self._text, at):
            if (parted := self._parted(at)) is not None:
                return parted
            found = _han(self._folded, at)
            last = self._items[-1] if self._items else None
            if found and (heard := self._longer_heard(at, found[1])) is not None:
                return heard
            if (
                found
                and found[1] > 2
                and found[0][0][0] == "sep"
                and self._folded.startswith("最后", at)
                and last is not None
                and last.is_("prep", "at", "to", "ba")
            ):
                found = _CHINESE["最后"], 2
            if found and _LAST_UNIT.match(self._folded, at):
                found = _CHINESE["最后"], 2
            if found and found[0][0][0] == "silences" and _NUMBERED.match(self._folded, at):
                found = _CHINESE["静音"], 2
            if found and found[0][0][0] == "topic":
                found = self._shorter(at, found)
            return self._known(found[0], at, at + found[1]) if found else None
        words: list[str] = []
        best: Item | None = None
        place = at
        is_counted = bool(self._items) and self._items[-1].kind in ("ord", "rank")
        while len(words) < _MOST_WORDS:
            word = _WORD.match(self._folded, place)
            if not word:
                break
            words.append(word[0].replace("’", "'"))
            senses = _ENGLISH.get(" ".join(words))
            if is_counted and senses and senses[0][0] == "rank" and words[0] in _COUNTED:
                senses = None  # the second clip | before the first, not the second | clip before
            if senses:
                best = self._known(senses, at, word.end())
            elif words[-1].endswith("'s"):
                owner = _ENGLISH.get(" ".join(words).removesuffix("'s"))
                best = self._known(owner, at, word.end() - 2) if owner else best
            gap = _GAP.match(self._folded, word.end())
            if not gap:
                break
            place = gap.end()
        if best is None:
            mixed = _han(self._folded, at)
            best = self._known(mixed[0], at, at + mixed[1]) if mixed else None
        return best

    def _shorter(self, at: int, found: _Read) -> _Read:
        """去掉|背景音乐, not 去掉背景|音乐: no topic ends inside another word that begins in it."""
        for size in range(1, found[1]):
            senses = _CHINESE.get(self._folded[at : at + size])
            behind = _han(self._folded, at + size) if senses else None
            if senses and behind and at + size + behind[1] > at + found[1]:
                return senses, size
        return found

    def _known(self, senses: tuple[Sense, ...], start: int, end: int, corrected: str = "") -> Item:
        kind, value = senses[0]
        if kind == "alias":
            ids = self._names.by_word(str(value)) or self._names.exactly(str(value))
            if not ids and len(senses) > 1:
                return self._known(senses[1:], start, end, corrected)
            if not ids:
                last = self._items[-1] if self._items else None
                if last and last.end == start and last.is_("part"):  # 孩子|生日
                    whole = self._text[last.start : last.end]
                    self._items[-1] = Item("word", whole, last.start, last.end)
                heard = None if corrected else self._sounds_like(start)
                return heard or Item("word", self._text[start:end], start, end)
            return Item("name", ids, start, end, (("part", True),))
        if kind in ("style", "purpose") or (kind, value) == ("noun", "genre"):
            return Item(kind, value, start, end, (*senses[1:], ("said", self._text[start:end])))
        return Item(kind, value, start, end, senses[1:], corrected)

    def _slip(self, at: int) -> Item | None:
        """A word that is one slip away from words that all mean one thing."""
        if _HAN_WORD.match(self._text, at):
            return self._sounds_like(at)
        word = _WORD.match(self._folded, at)
        if not word or (_TITLE_WORDS.match(self._text, at) and self._items):
            return None
        meant = _corrections(word[0])
        ids = {self._names.by_word(name) for name in self._names.near(word[0])}
        if len(ids) == 1 and not meant:
            return Item("name", ids.pop(), at, word.end(), (("part", True),))
        if ids or not meant:
            return None
        whole = {_longest_from(candidate, self._folded, word.end()) for candidate in meant}
        senses = {found[0] for found in whole if found}
        if len(senses) != 1 or None in whole:
            return None
        found = max((one for one in whole if one), key=lambda one: one[1])
        return self._known(found[0], at, found[1], corrected=sorted(meant)[0])

    def _parted(self, at: int) -> Item | None:
        """静个音, 调个色: a word of two signs with a counter between them."""
        if self._text[at + 1 : at + 2] != "个" or _han(self._folded, at + 2, least=2):
            return None
        senses = _CHINESE.get(self._folded[at : at + 1] + self._folded[at + 2 : at + 3])
        does = senses is not None and senses[0][0] in ("verb", "topic")
        return self._known(senses, at, at + 3) if senses and does else None

    def _sounds_like(self, at: int) -> Item | None:
        """静因 for 静音, 第三断 for 第三段: another sign of the same sound."""
        last = self._items[-1] if self._items else None
        counts = last is not None and (last.is_("ord") or last.kind == "number")
        counts |= self._folded[at + 1 : at + 2].isdigit()
        for size in range(_MOST_SIGNS, 0 if counts else 1, -1):
            said = self._folded[at : at + size].translate(_SOUND)
            senses = _HEARD_AS.get(said) if len(said) == size else None
            wide = any(sense in _WIDE for sense in senses or ())
            leads = self._folded[at + 1 : at + 2].isdigit() and ("rank", "first_n") in (
                senses or ()
            )
            if senses and not wide and (size > 1 or senses[0][0] == "clf" or leads):
                return self._known(senses, at, at + size, corrected=said)
        return None

    def _longer_heard(self, at: int, size: int) -> Item | None:
        """背景音月: a sign that nothing begins with ends a longer phrase, as it sounds."""
        end = at + size
        sign = self._folded[end : end + 1]
        if not sign or not _HAN_WORD.match(sign) or sign not in _MISHEARD:
            return None
        if _han(self._folded, end) is not None or quantities.may_begin(sign):
            return None
        longer = self._folded[at : end + 1].translate(_SOUND)
        senses = _HEARD_AS.get(longer)
        return self._known(senses, at, end + 1, corrected=longer) if senses else None

    def _rest(self, at: int) -> Item:
        word = _WORD.match(self._text, at)
        if word:
            return Item("word", word[0], at, word.end())
        if _HAN_WORD.match(self._text, at):
            return Item("word", self._text[at], at, at + 1)
        if self._text[at] in _LEFT_OPEN:
            return Item("open_quote", self._text[at], at, at + 1)
        return Item("filler", "", at, at + 1)


# -- names of files ---------------------------------------------------------------------------------


class _Names:
    """The files' names, found by their first two characters (the longest first), and the words in them."""

    def __init__(self, files: Sequence[FileName]) -> None:
        by_name: dict[str, list[str]] = {}
        self._words: dict[str, list[str]] = {}
        for file in files:
            name = file.name.casefold()
            by_name.setdefault(name, []).append(file.id)
            stem = name.rpartition(".")[0]
            if (
                len(stem) >= 3
                and not stem.isdecimal()
                and (not _knows(stem) or (file.is_sound and _is_style(stem)))
            ):
                by_name.setdefault(stem, []).append(file.id)
            for word in _words_of(file.name.rpartition(".")[0] or file.name):
                self._words.setdefault(word, []).append(file.id)
        for name, ids in list(by_name.items()):
            plain = _ZEROS.sub("", name)
            if plain not in by_name and not plain.isdecimal():
                by_name[plain] = ids  # shot1 for shot01.mp4
        self._by_start: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        for name, ids in by_name.items():
            if len(name) >= 2:
                self._by_start.setdefault(name[:2], []).append((name, tuple(dict.fromkeys(ids))))
        for names in self._by_start.values():
            names.sort(key=lambda entry: -len(entry[0]))

    def at(self, text: str, position: int) -> tuple[tuple[str, ...], int] | None:
        """The files' ids and the end of the name that stands at `position` of the casefolded text."""
        for name, ids in self._by_start.get(text[position : position + 2], ()):
            end = position + len(name)
            if text.startswith(name, position) and not _word_goes_on(text, end):
                return ids, end
        return None

    def numbered(self, text: str, position: int) -> tuple[tuple[str, ...], int] | None:
        """05, the number of one file's name, written as it is there."""
        number = _LED_NUMBER.match(text, position)
        if number is None:
            return None
        names = [one for some in self._by_start.values() for one in some]
        ids = {
            file
            for name, held in names
            if name.rpartition(".")[0].endswith(number[0])
            for file in held
        }
        return ((ids.pop(),), number.end()) if len(ids) == 1 else None

    def exactly(self, name: str) -> tuple[str, ...]:
        """The ids of the files with this name."""
        name = name.casefold()
        return next((ids for n, ids in self._by_start.get(name[:2], ()) if n == name), ())

    def by_word(self, word: str) -> tuple[str, ...]:
        """The files in whose names this word stands."""
        return tuple(self._words.get(word, ()))

    def begun_by(self, word: str) -> tuple[str, ...]:
        """The files whose names begin with these letters, and go on with none."""
        found = [
            one
            for name, ids in self._by_start.get(word[:2], ())
            if name.startswith(word) and not name[len(word) : len(word) + 1].isalpha()
            for one in ids
        ]
        return tuple(dict.fromkeys(found))

    def slipped(self, name: str) -> tuple[str, ...]:
        """The ids of the one file whose name is one slip of letters away: `interveiw.mp4`."""
        stem, _, suffix = name.rpartition(".")
        found = {
            ids
            for names in self._by_start.values()
            for held, ids in names
            if held.endswith(f".{suffix}") and _one_slip(stem, held.removesuffix(f".{suffix}"))
            if re.sub(r"\D", "", held) == re.sub(r"\D", "", name) and len(stem) >= _LEAST_SLIP
        }
        return found.pop() if len(found) == 1 else ()

    def near(self, word: str) -> list[str]:
        """The words of names that are one slip away."""
        if len(word) < _LEAST_SLIP:
            return []
        return [name for name in self._words if len(name) >= _LEAST_SLIP and _one_slip(word, name)]


@lru_cache(maxsize=8)
def _names(files: tuple[FileName, ...]) -> _Names:
    return _Names(files)


def _words_of(stem: str) -> Iterable[str]:
    """The words of a file's name that mean nothing else."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", stem)
    for word in re.findall(r"[^\W\d_]{3,}", spaced):
        folded = word.casefold()
        if not _knows(folded) and not _HAN_WORD.match(folded) and folded not in _CAMERAS:
            yield folded


_CAMERAS = frozenset(
    [
        "img",
        "vid",
        "dsc",
        "dscn",
        "dscf",
        "dji",
        "gopr",
        "pxl",
        "mvi",
        "mov",
        "pano",
        "copy",
        "clip",
        "final",
        "edit",
        "rec",
        "new",
    ]
)


_COUNTED = ("clip", "one")


def _word_goes_on(text: str, at: int) -> bool:
    if at >= len(text) or not is_latin(text[at]):
        return False
    return is_latin(text[at - 1])


def _file_names(text: str) -> dict[int, int]:
    """Start and end of everything that looks like the name of a media file."""
    found: dict[int, int] = {}
    for suffix in _FILE_SUFFIX.finditer(text):
        start = suffix.start()
        least = max(0, start - _LONGEST_NAME)
        while start > least and (is_latin(text[start - 1]) or text[start - 1] in "-.()~/"):
            start -= 1
        if start < suffix.start():
            found.setdefault(start, suffix.end())
    return found


# -- the studio's words ------------------------------------------------------------------------------


_LED_NUMBER = regex(r"(?<![\d:.])0\d{1,3}(?![\d:.%a-z]|\s*(?:秒|分|s\b|sec|min|到))")
"""Written with a zero in front, and no time."""
_ZEROS = regex(r"(?<!\d)0+(?=\d)")
_CAPITALS = regex(r"[A-Z]{3,}(?![A-Za-z0-9_.])")
_MUSIC = regex(r"\s+(?:background )?(?:music|song|track|tune)")
_ENGLISH, _CHINESE = dict(meanings("en")), dict(meanings("zh"))
_MOST_WORDS = max(phrase.count(" ") + phrase.count("-") for phrase in _ENGLISH) + 1
_ENGLISH |= {re.sub(r"[-/]", " ", phrase): senses for phrase, senses in _ENGLISH.items()}
for _phrase in [one for one in _ENGLISH if "n't" in one]:  # do not, dont; can't, cannot
    for _other in (_phrase.replace("can't", "cannot"), _phrase.replace("n't", " not")):
        if "n't" not in _other:
            _ENGLISH.setdefault(_other, _ENGLISH[_phrase])
    _ENGLISH.setdefault(_phrase.replace("n't", "nt"), _ENGLISH[_phrase])
_MOST_SIGNS = max(map(len, _CHINESE))


_ALIKE = (
    "段断锻端缎 静净境竟敬镜 音因英阴 转专砖 场厂 频屏品评瓶 乐月 标表 题提 照找召 片偏骗 剪减简 辑集 幕目木慕墓 叠蝶跌 化画 速素诉 倍备贝 景井 字自 视是 "
    "竖树 淡单谈 配陪 撤彻 销消 张章 图涂 采彩 加家 快块 慢漫 删山册 改该盖 声生 量亮 访仿坊防 前钱 滩摊 头投 尾伟委 秒妙渺 封风 复覆负 末未 裁栽 湖胡"
)
"""Signs that sound alike, the one of most words first."""
_SOUND = str.maketrans({sign: group[0] for group in _ALIKE.split() for sign in group})


_MISHEARD = frozenset(sign for group in _ALIKE.split() for sign in group[1:])


def _heard() -> dict[str, tuple[Sense, ...]]:
    """The Chinese phrases as they sound, where that is one meaning only."""
    found: dict[str, set[tuple[Sense, ...]]] = {}
    for phrase, senses in _CHINESE.items():
        found.setdefault(phrase.translate(_SOUND), set()).add(senses)
    return {phrase: some.pop() for phrase, some in found.items() if len(some) == 1}


_HEARD_AS = _heard()


def _han(text: str, at: int, least: int = 1) -> _Read | None:
    """Senses and length of the longest Chinese phrase at `at`, of `least` signs or more."""
    for size in range(min(_MOST_SIGNS, len(text) - at), least - 1, -1):
        senses = _CHINESE.get(text[at : at + size].casefold())
        if senses:
            return senses, size
    return None


def _is_style(word: str) -> bool:
    """Whether it is a kind of music, and nothing else: `piano`."""
    senses = meanings("en").get(word, ())
    return bool(senses) and all(kind == "style" for kind, _ in senses)


def _knows(word: str) -> bool:
    """Whether the word means something, so that a file of that name needs its suffix."""
    return word.casefold() in _ENGLISH or word.casefold() in _CHINESE


# -- slips -------------------------------------------------------------------------------------------

_LEAST_SLIP = 4
"""Shorter words are never taken for others."""


@cache
def _slips() -> dict[str, frozenset[str]]:
    """Words of the English phrases by what is left of them when one letter is taken away."""
    found: dict[str, set[str]] = {}
    told = (phrase for phrase, senses in _ENGLISH.items() if senses[0][0] != "word")
    for word in {word for phrase in told for word in phrase.split()}:
        if len(word) >= _LEAST_SLIP and word.isalpha():
            for rest in _rests(word):
                found.setdefault(rest, set()).add(word)
    return {rest: frozenset(words) for rest, words in found.items()}


def _rests(word: str) -> list[str]:
    return [word, *(word[:place] + word[place + 1 :] for place in range(len(word)))]


def _corrections(word: str) -> set[str]:
    """The known words that `word` is one slip away from."""
    if len(word) < _LEAST_SLIP or not word.isascii() or not word.isalpha():
        return set()
    near = {one for rest in _rests(word) for one in _slips().get(rest, ())}
    return {one for one in near if _one_slip(word, one)}


def _one_slip(word: str, meant: str) -> bool:
    """One letter too many, missing, wrong, or two changed over; the first letter is right, or among the two."""
    if word == meant or abs(len(word) - len(meant)) > 1:
        return False
    start = 0
    while start < min(len(word), len(meant)) and word[start] == meant[start]:
        start += 1
    if len(word) == len(meant):
        swapped = meant[start : start + 2][::-1] == word[start : start + 2]
        if swapped and word[start + 2 :] == meant[start + 2 :]:
            return True
        return start > 0 and len(word) > _LEAST_SLIP and word[start + 1 :] == meant[start + 1 :]
    longer, shorter = (word, meant) if len(word) > len(meant) else (meant, word)
    return start > 0 and longer[start + 1 :] == shorter[start:]


def _longest_from(word: str, text: str, end: int) -> tuple[tuple[Sense, ...], int] | None:
    """Senses and end of the longest phrase that begins with `word` and goes on in `text` at `end`."""
    words, found = [word], None
    place = end
    while True:
        senses = _ENGLISH.get(" ".join(words))
        if senses:
            found = senses, place
        gap = _GAP.match(text, place)
        following = _WORD.match(text, gap.end()) if gap else None
        if not following or len(words) >= _MOST_WORDS:
            return found
        words.append(following[0])
        place = following.end()
