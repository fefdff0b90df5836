"""What a message asks for: is it for the agent, or something that vbtui does itself?

wire/README.md, Words that are not for the backend. A keyword counts when it is what the sentence asks
for: the head of an imperative, the subject of a question, a noun that stands alone. It does not
count in quotes, as part of what is edited, or after a "don't". A message that also asks for an
edit goes to the agent, and the export is offered afterwards.

    message ── quotes and paths out ── sentences ── clauses ── each judged ── weighed together
                                                       `english`, `chinese`
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from types import MappingProxyType

from vbtui.base.formats import USUAL, format_of_file
from vbtui.base.patterns import regex
from vbtui.base.text import clean
from vbtui.language import chinese, deliveries, english
from vbtui.language.clauses import Clause, Meaning
from vbtui.language.locations import is_location, take_locations
from vbtui.language.quantities import COUNT, HAN_COUNT, clock_ms, number
from vbtui.language.quotes import is_chinese, put_back, take_quotes, unwrapped
from vbtui.language.timed import timed_lines

EXPORT, CREDITS, STATUS, UPLOAD, EDIT = "export", "credits", "status", "upload", "edit"
VERSION = "version"
_NOTHING: Mapping[str, str] = MappingProxyType({})
_LONGEST = 4000
"""Characters looked at from each end of a long message; its middle is content."""
_LONGEST_VERSION = 120
"""Characters of a sentence that asks for an older version and nothing else."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a message goes."""

    kind: str
    """`export`, `credits`, `status`, `upload`, `version` or `edit`."""
    options: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """For exports, what was said: `quality` (high, medium, low), `format` (names of `vbtui.base.formats` and of what
    nothing is exported as, parted by commas), `preset` (names of `vbtui.exports.presets`, parted by commas), `at_ms` of a picture, `destination`."""
    offers_export: bool = False
    """An edit that also asks for an export: to be offered when the agent is done."""
    command: str = ""
    """`check` (whether the video is fit for a platform), `new`, `sessions`, `claim`, `help`, or the name of a slash command that does not exist; its kind is
    `status`, for nothing of it is for the agent."""
    argument: str = ""
    """Paths and URLs of an upload, quoted for a shell where needed; the name after `/new`; the number of the version
    that the timeline is to be again."""
    rest: str = ""
    """What an upload is followed by: "make it vertical"."""


_SAYS_UPLOAD = regex(r"\b(?:re)?upload|\bimport|上传|导入|[传发]上", re.IGNORECASE)
_SAYS_SUBTITLES = regex(r"\bsubtitles?\b|\bcaptions?\b|字幕", re.IGNORECASE)
"""Of a file that is there already, to import them is an edit."""
_CORRECTS = regex(r"(?:no|nope|not|sorry|i mean)\b|不对?[，,\s]|不是|错了", re.IGNORECASE)
_GLUED = regex(r"[^/\\:]*[加插换删放移配挪接留剪切调改][^/\\:]*[\u4e00-\u9fff](?=[\w-]*\.\w+\Z)")
"""A request right before a name: 第三段换成town.jpg."""


_SHOWN = "add captions"


def route(text: str, known: Collection[str] = ()) -> Route:
    """The route of a message; takes time in proportion to its length.

    Args:
        known: names of files that are in the project. What only names these asks for an edit with them, and is
            an upload where it says so.
    """
    if (shown := timed_lines(clean(text))) is not None:  # none of their words is a request
        text = clean(text)[: shown.start].rstrip(" \t\n:：-") or _SHOWN
    found = _route(text)
    says = _SAYS_UPLOAD.search(text) and not _SAYS_SUBTITLES.search(text)
    if found.kind != UPLOAD or not found.argument or says:
        return found
    places = take_locations(text)[1]
    bare = [place for place in places if not is_location(place)]
    if bare and len(bare) == len(places):
        corrects = _CORRECTS.match(text.strip())
        if corrects or any(_GLUED.match(one) for one in bare):
            return Route(EDIT)
        names = {one.casefold() for one in known}
        if all(_tail(one.casefold(), names) for one in bare):
            return Route(EDIT)
    return found


def _tail(place: str, names: Collection[str]) -> bool:
    """Whether `place` is one of `names`, or Chinese words and one of them."""
    return place in names or any(
        place.endswith(name) and is_chinese(place[-len(name) - 1]) for name in names
    )


def _route(text: str) -> Route:
    stripped = clean(text).strip()  # control characters stand for quotes and places from here on
    if stripped.startswith("/") and (slash := _slash(stripped)) is not None:
        return slash
    if is_location(stripped):
        return Route(UPLOAD, argument=stripped)
    plain = unwrapped(_normal(stripped))
    if len(plain) > 2 * _LONGEST:
        plain = f"{plain[:_LONGEST]} {plain[-_LONGEST:]}"
    if wanted := _version(plain):
        return Route(VERSION, argument=str(wanted))
    located, locations = take_locations(plain)
    if deliveries.asks_check(bare := plain.lower().strip(" .!?。！？")):
        names = deliveries.platforms(bare, bare=True)
        return Route(EXPORT, {"preset": ",".join(names)}, command="check")
    quoted, quotes = take_quotes(located)
    judge = chinese if is_chinese(quoted) else english
    clauses = [
        replace(one, meaning=Meaning.BOTH)
        if one.meaning is Meaning.EXPORT and deliveries.reshapes(one.text)
        else one
        for one in judge.clauses_of(quoted)
    ]
    return _weigh(clauses, locations, quotes)


_RANKS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
]
_RANK = rf"(?:{'|'.join(_RANKS)}|\d{{1,5}}(?:st|nd|rd|th))"
_POLITE = (
    r"(?:(?:please|ok|okay|now|no|actually|(?:can|could|would) you|let'?s|let us|i(?:'d| would)? (?:want|like) to|i want),?"
    r"(?: please)? )*"
)
_WAYS_BACK = (
    r"(?:(?:go|switch|change|revert|return|roll|rollback|jump|move|come|get|take|bring|put|set|reset|undo|turn)"
    r"(?: (?:me|us|it|this|everything|things|(?:the )?(?:timeline|video|project|edit)))?(?: all the way)?"
    r"(?: ?back)?(?: again)? (?:to|into)|(?:back|again) to|(?:restore|recover|reload|load|bring back|get back|revive|want|use))"
)
_VERSION_ENGLISH = regex(
    rf"{_POLITE}{_WAYS_BACK}(?: the)?(?: (?:old|older|earlier|previous))?"
    rf" (?:(?:version|revision|v\.?)(?: (?:number|no\.?))? ?#? ?(?P<n>{COUNT})"
    rf"|(?P<o>{_RANK}) (?:version|revision))"
    r"(?: of (?:it|this|the (?:timeline|video|project|edit)))?(?:,? (?:again|back|please|now|thanks))*[.!?]*",
    re.IGNORECASE,
)
_VERSION_CHINESE = regex(
    r"(?:请|麻烦|帮我|给我|我想|我要|能不能|可以|现在|把|时间线|视频|项目)*"
    r"(?:回到|回|退回到?|退到|回退到?|回滚到?|恢复到?|恢复成|还原到?|还原成|还原为|切换到|切换成|切回|换回|变回|改回|返回到?|撤回到|撤销到)"
    rf"(?:之前的?|以前的?|原来的?)?(?:第?(?P<n>{HAN_COUNT})(?:个)?(?:版本|版)|版本 ?(?P<m>{HAN_COUNT}))"
    r"(?:的?(?:时间线|视频))?(?:吧|去|来|好吗|吗|了)?[。！!.]*"
)


def _rank(text: str) -> int:
    return _RANKS.index(text) + 1 if text in _RANKS else int(re.sub(r"\D", "", text))


def _version(plain: str) -> int:
    """The number of the version that is asked for again; 0 for anything else."""
    if len(plain) > _LONGEST_VERSION:
        return 0
    if found := _VERSION_ENGLISH.fullmatch(plain):
        return round(number(found["n"])) if found["n"] else _rank(found["o"].lower())
    if found := _VERSION_CHINESE.fullmatch(plain):
        return round(number(found["n"] or found["m"]))
    return 0


def _normal(text: str) -> str:
    """`text` in one form: full-width letters and signs as ASCII, white space as one space."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _weigh(clauses: list[Clause], locations: list[str], quotes: list[str]) -> Route:
    """The clauses of a message together: an edit outweighs all, but for files that come first."""
    weighty = [clause for clause in clauses if clause.meaning is not Meaning.NEUTRAL]
    meanings = [clause.meaning for clause in weighty]
    asked = [
        meaning for meaning in meanings if meaning not in (Meaning.EDIT, Meaning.NOT, Meaning.BOTH)
    ]
    if not asked or (Meaning.BOTH in meanings and Meaning.UPLOAD not in asked):
        return Route(EDIT, offers_export=Meaning.BOTH in meanings)
    if Meaning.EDIT in meanings:
        if meanings[0] is not Meaning.UPLOAD:
            exports = [clause.text for clause in weighty if clause.meaning is Meaning.EXPORT]
            options = options_of(exports, []) if exports else _NOTHING
            return Route(EDIT, options=options, offers_export=bool(exports))
        rest = clauses[clauses.index(weighty[0]) + 1 :]
        later = put_back(", ".join(clause.text for clause in rest), quotes)
        later = re.sub(r"^(?:and |then |also |,)+", "", later, flags=re.IGNORECASE)
        return Route(UPLOAD, argument=_arguments(locations), rest=later)
    if Meaning.UPLOAD in asked and locations:
        return Route(UPLOAD, argument=_arguments(locations))
    first = asked[0]
    if first is Meaning.UPLOAD:
        return Route(UPLOAD)
    if Meaning.EXPORT in asked:
        said = [clause.text for clause in weighty]
        return Route(EXPORT, options=options_of(said, locations))
    return Route(CREDITS if first is Meaning.CREDITS else STATUS)


def _arguments(locations: list[str]) -> str:
    return " ".join(_shell_quoted(place) for place in locations)


def _shell_quoted(place: str) -> str:
    if re.fullmatch(r"[\w@%+=:,./~?&#-]+", place):
        return place
    return "'" + place.replace("'", "'\\''") + "'"


# -- slash commands ---------------------------------------------------------------------------

_SLASH = regex(r"/([A-Za-z]{1,20})(?:\s+(.*))?\Z", re.DOTALL)


def _slash(text: str) -> Route | None:
    """`/export low`, `/upload PATH`…; None for a path such as `/home/me/a.mp4`."""
    match = _SLASH.match(text)
    if match is None:
        return None
    name, rest = match[1].lower(), (match[2] or "").strip()
    if name == EXPORT:
        located, locations = take_locations(rest)
        options = dict(options_of([located], locations))
        if "sheet" in located.lower().split():
            options["format"] = "sheet"
        if moment := _MOMENT.search(located):
            options["at_ms"] = str(clock_ms(moment[0]))
        if presets := deliveries.platforms(located, bare=True):
            options["preset"] = ",".join(presets)
        return Route(EXPORT, options=options)
    if name == UPLOAD:
        return Route(UPLOAD, argument=rest)
    if name in (CREDITS, STATUS):
        return Route(name)
    return Route(STATUS, command=name, argument=rest)


# -- options of an export ---------------------------------------------------------------------


def _words(alternatives: str, others: str = "") -> re.Pattern[str]:
    """Latin words that stand alone, also between Chinese ones; and Chinese words."""
    alone = rf"(?<![a-z0-9])(?:{alternatives})(?![a-z0-9])"
    return regex(f"{alone}|{others}" if others else alone)


_QUALITIES = (
    (
        "low",
        _words(
            "low(?:er|est)?|(?:480|360|240)p?|small(?:er|est)?|draft quality",
            "低(?:画质|质量|清)|标清|流畅|最低",
        ),
    ),
    ("medium", _words("medium|mid(?:dle)?|normal quality|720p?", "中(?:画质|质量)|中等")),
    (
        "high",
        _words(
            "high(?:er|est)?|best|max(?:imum)?|(?:full )?hd|(?:1080|1440|2160)p?|[248]k",
            "高(?:画质|质量|清)|超清|蓝光|原画|最高",
        ),
    ),
)
_PARTS = ("png", "sheet", "mp3", "wav", "m4a", "srt", "vtt", "ass")
"""Formats that are not all of the video."""
_MOMENT = regex(r"(?<![\d:])\d{1,2}(?::[0-5]\d){1,2}(?:\.\d{1,3})?(?![\d:])")


def options_of(clauses: Sequence[str], locations: Sequence[str]) -> Mapping[str, str]:
    """What clauses that ask for an export say about it (`Route.options`)."""
    text = " ".join(clauses).lower()
    found = {name: name for name, pattern in _QUALITIES if pattern.search(text)}
    options = {"quality": next(iter(found))} if found else {}
    formats = list(deliveries.named(text))
    judge = chinese if is_chinese(text) else english
    found_all = [judge.delivery(one) for one in clauses]
    for wanted in filter(None, found_all):
        if wanted.at_ms is not None:
            options["at_ms"] = str(wanted.at_ms)
        if wanted.format == "sheet":
            formats = ["sheet"]
        elif not formats and wanted.format != USUAL:
            formats = [wanted.format]
        if wanted.format in _PARTS and len(found_all) > 1 and None in found_all:  # and the video
            formats += [USUAL] if USUAL not in formats else []
    paths = [place for place in locations if "://" not in place]
    if paths:
        options["destination"] = paths[-1]
        if not formats and (told := format_of_file(PurePath(paths[-1]).suffix or "none")):
            formats = [told.name] if told.name != USUAL else []
    if formats:
        options["format"] = ",".join(formats)
    if wanted_for := dict.fromkeys(name for one in clauses for name in deliveries.platforms(one)):
        options["preset"] = ",".join(wanted_for)
    return MappingProxyType(options)


# -- vague requests ---------------------------------------------------------------------------

_VAGUE = regex(
    r"(?:please |can you |could you |just )?(?:make|edit|improve|fix|polish|enhance|do|clean up|change)"
    r"(?: (?:it|this|that|my|the|video|clip|clips|look|looks|better|nicer|good|great|cool|nice|best|"
    r"professional|more|something|with|please|a|bit|little|amazing|awesome|pop|up|for|me)){0,10}",
    re.IGNORECASE,
)
_VAGUE_CHINESE = regex(
    r"(?:你好|请|麻烦|帮我|帮忙|给我|把|，){0,4}(?:这个|我的|一下|视频|它|片子){0,4}"
    r"(?:剪辑|剪|编辑|弄|做|改|优化|美化|处理|改进|弄得|做得|变得)"
    r"(?:一下|得|的|更|再|好看|好|点|一点|一些|高级|专业|酷|这个|我的|视频|片子|吧|漂亮){0,8}"
)


def is_vague(text: str) -> bool:
    """Whether a request says nothing to hold on to: "make it look better"."""
    plain = _normal(text).strip(" .!?。！？~")
    if len(plain) > 80:
        return False
    return bool(_VAGUE.fullmatch(plain) or _VAGUE_CHINESE.fullmatch(plain))
