"""Numbers, lengths, moments, shares: `60-second`, `1 min 30`, `0:05`, `35 %`, `一分半`, `两倍`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from vbtui.base.patterns import regex

_UNDER_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_MANY = "twenty thirty forty fifty sixty seventy eighty ninety"
_ONES = {word: number for number, word in enumerate(_UNDER_TWENTY.split())}
_TENS = {word: number * 10 for number, word in enumerate(_MANY.split(), 2)}
_HAN = {han: number for number, han in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}

_WORD = rf"(?:(?:{'|'.join(_TENS)})(?:[ -](?:{'|'.join(list(_ONES)[1:10])}))?|{'|'.join(_ONES)})"
_DIGITS = r"\d{1,9}(?:[.,]\d{1,4})?[½¼¾]?"
COUNT = rf"(?:\d{{1,5}}|{_WORD})"
HAN_COUNT = r"(?:\d{1,5}|[零〇一二两三四五六七八九十百]{1,6})"
"""Patterns of a whole number, as `number` reads it."""
_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75}
_EN = rf"(?:{_DIGITS}|(?<![a-z]){_WORD})"
_ZH = rf"(?:{_DIGITS}|(?:两百[零〇一二三四五六七八九十]{{0,3}}|两|[零〇一二三四五六七八九十百]{{1,6}})(?:点[零〇一二三四五六七八九]{{1,3}})?)"


def _slips_of(word: str) -> str:
    """The word with a letter missing, doubled or changed over with the next, as alternatives of a pattern."""
    places = range(1, len(word))
    less = {word[:i] + word[i + 1 :] for i in places}
    more = {word[:i] + word[i] + word[i:] for i in places}
    turned = {word[:i] + word[i : i + 2][::-1] + word[i + 2 :] for i in places[:-1]}
    return "|".join(sorted(less | more | turned, key=len, reverse=True))


_UNIT = (
    r"(?:milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h"
    rf"|{_slips_of('seconds')}|{_slips_of('minutes')})"
    r"(?![a-z0-9])"
)
_UNIT_OPEN = _UNIT.removesuffix("0-9])") + "])"
_ZH_UNIT = r"(?:毫秒|秒钟|秒|分钟|分(?![贝之割屏])|小时|个小时)"
_NUMERALS = "一二两三四五六七八九十"
_DASH = r"\s?(?:-|–|—|~|～|to|until|到|至)\s?"
_CLOCK = r"\d{1,2}:[0-5]\d(?::[0-5]\d)?(?:[.,]\d{1,3})?(?![\d:])"


@dataclass(frozen=True, slots=True)
class Quantity:
    """What was read at a place of the text."""

    kind: str
    """duration, more (a duration beside what there is), time, range (of ms), percent, factor, decibel, lufs, angle (degrees), pixels, number, ord (a place in a row), size, resolution,
    fps, aspect."""
    value: Any
    end: int
    """Where the text goes on."""


def number(text: str) -> float:
    """`12`, `1,5`, `2½`, `twenty-five`, `二十五`, `零点五`; 0 for nothing."""
    text = text.strip().lower()
    if re.fullmatch(_DIGITS, text):
        part = _FRACTIONS.get(text[-1], 0)
        return float((text[:-1] if part else text).replace(",", ".")) + part
    if text in _FRACTIONS:
        return _FRACTIONS[text]
    if text in _ONES:
        return _ONES[text]
    first, _, rest = text.replace("-", " ").partition(" ")
    if first in _TENS:
        return _TENS[first] + _ONES.get(rest, 0)
    return _han_number(text)


def _han_number(text: str) -> float:
    text, _, decimals = text.partition("点")
    total, current = 0, 0
    for sign in text:
        if sign == "百":
            total, current = total + (current or 1) * 100, 0
        elif sign == "十":
            total, current = total + (current or 1) * 10, 0
        else:
            current = current * 10 + _HAN.get(sign, 0)
    digits = "".join(str(_HAN.get(sign, 0)) for sign in decimals)
    return total + current + (float(f"0.{digits}") if digits else 0)


def _unit_ms(unit: str) -> int:
    unit = unit.lower()
    if unit.startswith(("ms", "milli", "毫")):
        return 1
    if unit.startswith(("s", "秒")):
        return 1000
    if unit.startswith(("m", "分")):
        return 60_000
    return 3_600_000


def clock_ms(text: str) -> int:
    """`0:05`, `1:02:03.5` → ms."""
    seconds = 0.0
    for part in text.replace(",", ".").split(":"):
        seconds = seconds * 60 + float(part)
    return round(seconds * 1000)


def _compile(pattern: str) -> re.Pattern[str]:
    return regex(pattern, re.IGNORECASE)


_START = r"(?<![A-Za-z0-9_.])"
_FIRST = rf"{_START}(?<!\d-)(?<!\d to )"
"""Not `5 to 3 s` in `clips 1-5 to 3 s`."""
_PATTERNS: list[tuple[str, re.Pattern[str]]] = [
    ("clock_range", _compile(rf"{_START}({_CLOCK}){_DASH}({_CLOCK})")),
    ("prime", _compile(rf"{_START}(\d{{1,3}})['’′](\d{{1,2}})(?:[\"”″]|'')?(?![A-Za-z0-9_])")),
    ("size", _compile(rf"{_START}(\d{{3,4}})\s?[x×*]\s?(\d{{3,4}})(?:\s?px)?(?![\da-z])")),
    (
        "aspect",
        _compile(rf"{_START}(16|9|4|3|1|5|21|2)\s?[:：/比]\s?(9|16|5|4|3|1|2)(?![\d:]|\.\d)"),
    ),
    ("clock", _compile(rf"{_START}({_CLOCK})")),
    ("number", _compile(rf"{_START}(\d{{1,3}})(?=(?:,\d{{1,3}}){{2,}}(?![\w.:%]))")),  # 1,3,5
    ("number", _compile(r"(?<=\d,)(\d{1,3})(?=,\d{1,3}(?![\w.:%]))")),
    ("percent", _compile(rf"百分之({_ZH})")),
    ("tenths", _compile(r"([一二两三四五六七八九1-9])成(?![一二三四五六七八九十\d个段两])")),
    ("number_range", _compile(rf"{_FIRST}({_DIGITS}){_DASH}({_DIGITS})\s?-?({_UNIT})")),
    ("number_range", _compile(rf"{_FIRST}({_EN}) to ({_EN})\s?-?({_UNIT})")),
    ("number_range", _compile(rf"({_ZH}){_DASH}({_ZH})({_ZH_UNIT})")),
    (
        "unit_range",
        _compile(
            rf"{_START}(seconds|minutes) (\d{{1,4}}) ?(?:to|-|–|until|through|and) ?(\d{{1,4}})(?![\w:]|\.\d)"
        ),
    ),
    (
        "unit_first",
        _compile(
            rf"{_START}(?:(?<!the )|(?<=from the )|(?<=until the )|(?<=to the )|(?<=at the )|(?<=since the ))(second|minute) "
            r"(?:number )?(\d{1,4})(?![\w:]|\.\d| (?:s\b|sec|min|clip|phot|vid|pic|shot|one))"
        ),
    ),
    (
        "nth_unit",
        _compile(rf"{_START}(\d{{1,4}})(?:st|nd|rd|th) (seconds?|minutes?)(?![a-z])"),
    ),
    ("ordinal", _compile(rf"{_START}(\d{{1,4}})(?:st|nd|rd|th)(?![a-z])")),
    ("half_unit", _compile(rf"{_START}half[ -](?:an? )?({_UNIT})")),
    ("and_half", _compile(rf"{_START}({_EN}|an?) and a half ({_UNIT})")),
    ("bare_and_half", _compile(rf"{_START}({_EN}) and a half(?=\s*[.!]*$)")),
    ("unit_and_half", _compile(rf"{_START}({_EN}|an?) ({_UNIT}) and a half")),
    (
        "mixed",
        _compile(rf"{_START}({_EN})\s?-?({_UNIT_OPEN})(?:\s|-|,\s|\sand\s)?({_EN})\s?-?({_UNIT})"),
    ),
    ("mixed_bare", _compile(rf"{_START}({_EN})\s?(minutes?|mins?|m|h)\s?([0-5]\d)(?![\w%:]|\.\d)")),
    (
        "mixed_bare",
        _compile(rf"{_START}({_WORD}) (minutes?) ({_WORD})(?! ?{_UNIT})(?![\w%:]|\.\d)"),
    ),
    ("duration", _compile(rf"{_START}({_EN})[\s-]?({_UNIT})(?:[\s-]long(?![a-z]))?")),
    ("more", _compile(rf"{_START}({_EN}) (?:more|extra|additional) ({_UNIT})")),
    ("duration", _compile(rf"{_START}(an?) (?:full |whole |single )?({_UNIT})(?<!s)")),
    ("quarter_unit", _compile(rf"{_START}(a|three) quarters? of an? ({_UNIT})")),
    ("few", _compile(rf"{_START}a (couple of|few) ({_UNIT})")),
    ("pair", _compile(rf"{_START}a (couple)(?: of)?(?![a-z])")),
    ("zh_half", _compile(rf"({_ZH})({_ZH_UNIT})半")),
    ("zh_half_unit", _compile(rf"半({_ZH_UNIT})|半个小时")),
    ("zh_mixed", _compile(rf"({_ZH})(分钟|分)({_ZH})(秒钟|秒)?")),
    ("zh_moment", _compile(rf"第\s?({_ZH})({_ZH_UNIT})(?:处|的时候|的位置)?")),
    ("zh_ordinal", _compile(rf"第\s?({_ZH})")),
    ("zh_number_of", _compile(rf"({_ZH})号")),
    (
        "zh_count",
        _compile(rf"(?!一\s?(?:个|段|张|条|幅))({_ZH})(?=\s?(?:个|段|张|条|幅|步|次|遍)(?!小时))"),
    ),
    ("zh_duration", _compile(rf"({_ZH})\s?({_ZH_UNIT})")),
    ("percent", _compile(rf"{_START}(-?{_EN})\s?(?:%|％|per ?cent(?![a-z])|pct(?![a-z]))")),
    (
        "decibel",
        _compile(rf"((?:minus |plus |负|减|[+\-−])?{_ZH})\s?(?:db|decibels?|分贝)(?![a-z])"),
    ),
    (
        "lufs",
        _compile(rf"((?:minus |plus |负|[+\-−])?{_ZH})\s?l[uk]fs(?![a-z])"),
    ),
    ("pixels", _compile(rf"({_ZH})\s?(?:px|pixels?|像素)(?![a-z])")),
    ("angle", _compile(rf"((?:minus |负|[\-−])?{_ZH})\s?(?:degrees?|deg|°|度)(?![a-z])")),
    ("factor", _compile(rf"{_START}({_DIGITS})\s?(?:x|×|times|fold)(?![a-z0-9])")),
    ("factor", _compile(rf"{_START}[x×]\s?({_DIGITS})(?![\dx])")),
    ("speed", _compile(rf"({_ZH})\s?倍速")),
    ("factor", _compile(rf"(?!一倍)({_ZH})\s?倍")),
    (
        "fps",
        _compile(
            rf"{_START}(?:frame[ -]?rate|fps|帧率)\s?(?:to|of|at|is|=|:|设为|改为|改成|为)?\s?"
            r"(\d{2,3}(?:[.,]\d{1,3})?)(?:\s?(?:fps|frames (?:per|a) second|帧))?(?![\w%:])"
        ),
    ),
    (
        "fps",
        _compile(
            rf"{_START}(\d{{2,3}}(?:[.,]\d{{1,3}})?)\s?(?:fps|frames (?:per|a) second|帧)(?![a-z])"
        ),
    ),
    ("resolution", _compile(rf"{_START}(480|720|1080|1440|2160)p(?![a-z0-9])")),
    ("4k", _compile(rf"{_START}4k(?![a-z0-9])")),
    ("zh_bare", _compile(rf"([{_NUMERALS}]{{1,3}})(?=[和跟与到至、][{_NUMERALS}])")),
    ("zh_bare", _compile(rf"(?<=[和跟与到至、])([{_NUMERALS}]{{1,3}})(?=之间|的|[，,。]|$)")),
    (
        "zh_bare",
        _compile(
            rf"(?<=片段)([{_NUMERALS}]{{1,3}})(?=[的和到、，。静删去移放挪剪切改加不变调复换与跟至之前后]|$)"
        ),
    ),
    ("number", _compile(rf"{_START}([+-]?{_EN})(?![\w%]|:\d|[.,]\d)")),
    (
        "number",
        _compile(
            r"(\d{1,9}(?:\.\d{1,4})?)(?![\w%:]|\.\d)|(\d{1,9}(?:\.\d{1,4})?)(?=[\u3400-\u9fff])"
        ),
    ),
]


_COUNT = _compile(r"(\d{1,3})(?![\d.:%])(?=\s?(?:-|–|to|until|到|至|,|and|，|、|和))")


_INITIALS = frozenset("0123456789+-−x×第半百帧负减½¼¾abefhmnopstz") | frozenset(_HAN) | {"十"}


def may_begin(character: str) -> bool:
    """Whether a quantity can begin with this (lower-case) character."""
    return character in _INITIALS or character.isdigit()


def read(text: str, at: int, *, counted: bool = False) -> Quantity | None:
    """The quantity that begins at `at`; None where none does.

    `counted`: the word before was a clip, so that `2 to 3 s` begins with a number of its own.
    """
    count = _COUNT.match(text, at) if counted else None
    if count:
        return Quantity("number", float(count[1]), count.end())
    for name, pattern in _PATTERNS:
        match = pattern.match(text, at)
        if match:
            found = _value(name, match)
            if found:
                return Quantity(found[0], found[1], match.end())
    return None


_ASPECTS = {"16:9", "9:16", "1:1", "4:5", "4:3", "3:4", "21:9", "2:3", "3:2"}


def _value(name: str, match: re.Match[str]) -> tuple[str, Any] | None:
    groups = [group or "" for group in match.groups()]
    if name == "clock":
        return "time", clock_ms(groups[0])
    if name == "clock_range":
        return "range", (clock_ms(groups[0]), clock_ms(groups[1]))
    if name == "aspect":
        ratio = f"{groups[0]}:{groups[1]}"
        return ("aspect", ratio) if ratio in _ASPECTS else None
    if name == "size":
        return "size", (int(groups[0]), int(groups[1]))
    if name == "4k":
        return "resolution", 2160
    if name == "resolution":
        return name, int(groups[0])
    if name == "fps":
        rate = float(groups[0].replace(",", "."))
        return name, int(rate) if rate.is_integer() else rate
    if name == "zh_count":
        return "number", number(groups[0])
    if name == "zh_bare":
        return "number", number(groups[0])
    if name == "tenths":
        return "percent", number(groups[0]) * 10
    if name == "bare_and_half":
        return "number", number(groups[0]) + 0.5
    if name == "pair":
        return "number", 2.0
    if name in ("zh_ordinal", "zh_number_of", "ordinal"):
        return "ord", int(number(groups[0]))
    if name == "prime":
        return "duration", (int(groups[0]) * 60 + int(groups[1])) * 1000
    if name == "unit_first":
        return "time", round(number(groups[1]) * _unit_ms(groups[0]))
    if name == "nth_unit":
        return "time", round(number(groups[0]) * _unit_ms(groups[1]))
    if name in ("percent", "factor", "speed", "number", "decibel", "lufs", "angle", "pixels"):
        return name, _signed(groups[0] or groups[-1])
    return _length(name, groups)


def _signed(text: str) -> float:
    text = text.lower()
    negative = text.startswith(("-", "−", "minus", "负", "减"))
    value = number(re.sub(r"^(?:minus |plus |[负减+\-−])", "", text))
    return -value if negative else value


def _length(name: str, groups: list[str]) -> tuple[str, Any] | None:
    def amount(text: str) -> float:
        return 1.0 if text.lower() in ("a", "an") else number(text)

    if name == "unit_range":
        unit = _unit_ms(groups[0])
        return "range", (round(float(groups[1]) * unit), round(float(groups[2]) * unit))
    if name == "number_range":
        unit = _unit_ms(groups[2])
        return "range", (round(amount(groups[0]) * unit), round(amount(groups[1]) * unit))
    if name == "half_unit":
        return "duration", _unit_ms(groups[0]) // 2
    if name == "quarter_unit":
        return "duration", _unit_ms(groups[1]) * (3 if groups[0].lower() == "three" else 1) // 4
    if name == "zh_half_unit":
        return "duration", _unit_ms(groups[0] or "小时") // 2
    if name in ("and_half", "unit_and_half", "zh_half"):
        return "duration", round((amount(groups[0]) + 0.5) * _unit_ms(groups[1]))
    if name == "few":
        return "duration", (2 if groups[0].startswith("couple") else 3) * _unit_ms(groups[1])
    if name in ("mixed", "mixed_bare", "zh_mixed"):
        unit = _unit_ms(groups[1])
        smaller = _unit_ms(groups[3]) if groups[3:] and groups[3] else max(1, unit // 60)
        if smaller >= unit:
            return None
        return "duration", round(amount(groups[0]) * unit + amount(groups[2]) * smaller)
    if name == "zh_moment":
        return "time", round(number(groups[0]) * _unit_ms(groups[1]))
    kind = name if name == "more" else "duration"
    return kind, round(amount(groups[0]) * _unit_ms(groups[1]))
