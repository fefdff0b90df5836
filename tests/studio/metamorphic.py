"""Every declared example of an operation in frames that keep, forbid or ask it, in both languages.

    python -m tests.studio.metamorphic     every violation, and how many sentences were tried

What a frame makes of a sentence is known without knowing the sentence: `please X` does what X does,
`don't X` and `should I X?` change nothing.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, permutations, product
from typing import Any, NamedTuple

from tests.studio.stated import STATES, State, findings, seen
from vbtui.studio.director import Outcome, Project, direct, nets
from vbtui.studio.director.operations import OPERATIONS
from vbtui.studio.project import draft as d
from vbtui.timeline.model import VIDEO

KEEPS_EN = (
    "please {x}", "{x} please", "{x}, please", "could you {x}?", "can you please {x}", "would you {x}?", "I'd like you to {x}",
    "i want you to {x}", "{x}, thanks", "{x} thank you", "hey, {x}", "ok, {x}", "hi, can you {x} for me?", "go ahead and {x}",
    "kindly {x}", "now {x}", "let's {x}", "just {x}", "{x}!", "{X}", "  {x}  ", "if the video is longer than 1 second, {x}",
    "if there are clips, {x}", "{x} if it is longer than one second", "please could you {x}, thanks a lot",
    "sorry, {x}", "{x}, will you?", "great, now {x}", "don't forget to {x}", "would you be able to {x}?", "u can {x}", "first of all, {x}",
    "make sure to {x}", "we need to {x}", "{x} asap", "one more thing: {x}",
)  # fmt: skip
CHANGES_NOTHING_EN = (
    "don't {x}", "do not {x}", "please don't {x}", "never {x}", "I don't want you to {x}", "you must not {x}", "please do not {x} yet",
    "should I {x}?", "shall we {x}?", "do I need to {x}?", "would it help to {x}?", "is it a good idea to {x}?", "how do I {x}?",
    "what happens if I {x}?", "what if I {x}?", "why should I {x}?", "suppose I {x}", "imagine you {x}", "my boss told me to {x}",
    "she said: {x}", "he wants me to {x}", "I was thinking about whether to {x}", "not sure if I should {x}", '"{x}"',
    "if the video is longer than 10 hours, {x}", "{x} only if it is shorter than one second", "unless the video is longer than 1 second, {x}",
    "could you not {x}?", "please avoid to {x}", "did you {x}?", "will you {x} or not?", "don't you dare {x}", "there is no need to {x}",
    "I could {x}", "I'll {x} tomorrow", "I forgot to {x}", "remember that you wanted to {x}", "let me know if I should {x}", "he keeps saying: {x}",
    "in the tutorial they {x}", "whether to {x} is still open", "under no circumstances {x}", "I wish somebody would {x}",
    "what does it mean to {x}?", "nobody told you to {x}", "is it possible to {x}?", "I'd rather not {x}", "who said to {x}?",
)  # fmt: skip
KEEPS_ZH = (
    "请{x}", "麻烦{x}", "麻烦你{x}", "{x}，谢谢", "{x}吧", "帮我{x}", "请帮我{x}", "能不能{x}？", "可以{x}吗？", "{x}好吗？", "你好，{x}", "现在{x}",
    "我想{x}", "{x}。", "如果视频超过1秒，就{x}", "请{x}，谢谢你", "直接{x}",
    "劳驾{x}", "{x}，拜托了", "{x}，行吗？", "那就{x}", "嗯，{x}", "您能不能{x}？", "好的，{x}", "麻烦您{x}，非常感谢", "先{x}", "{x}，辛苦了",
    "要是视频超过1秒，就{x}", "如果有片段，就{x}", "能否{x}？", "{x}可以吗", "你可以{x}吗", "我需要{x}", "{x}！",
)  # fmt: skip
CHANGES_NOTHING_ZH = (
    "不要{x}", "别{x}", "请不要{x}", "先别{x}", "不用{x}", "我不想{x}", "千万别{x}", "要不要{x}？", "该不该{x}？", "是不是应该{x}？", "怎么{x}？",
    "为什么要{x}？", "如果{x}会怎样？", "老板说{x}", "他让我{x}", "我在想要不要{x}", "如果视频超过10小时，就{x}", "“{x}”", "没必要{x}",
    "不知道要不要{x}", "假如我{x}会怎么样", "是否需要{x}？",
    "暂时不要{x}", "无需{x}", "不必{x}", "我没说要{x}", "客户想{x}", "听说可以{x}", "明天再{x}", "要是{x}会怎样？", "{x}会不会更好？",
    "能不能不{x}？", "为啥要{x}", "有必要{x}吗？", "需不需要{x}？", "如果总长不到1秒，就{x}", "我朋友建议{x}", "你刚才是不是{x}了？",
    "我还没决定要不要{x}", "{x}的话会怎么样？", "不是让你{x}", "用不着{x}", "等会儿再{x}", "昨天我同事{x}", "别再{x}了", "请勿{x}",
    "为什么不能{x}", "谁让你{x}的？", "应不应该{x}？", "什么时候{x}比较好？",
)  # fmt: skip
JOINED_EN = (
    '{x} and add a caption "Zz" at 1 second', '{x}, then add a caption "Zz" at 1 second', '{x}. add a caption "Zz" at 1 second',
    '{x}; then add a caption "Zz" at 1 second', '{x}, after that add a caption "Zz" at 1 second',
)  # fmt: skip
SECOND_EN = 'add a caption "Zz" at 1 second'
PAIRS_ZH = (
    "采访剪到10秒", "照片每张放3秒", "海滩加速到1.5倍", "VID静音", "把音乐音量调到三成", "结尾淡出2秒", "删掉IMG_2", "剪掉前5秒",
    "把VID移到最前面", "采访从第5秒起静音", "改成竖屏", "每段之间加叠化", "标题“Xx”", "开头写上“Zz”，3秒后消失", "加字幕“Zz”",
    "海滩只放前5秒", "海滩和小镇换位置", "采访声音小一点", "去掉音乐",
)  # fmt: skip
"""Sentences of one request: with any other, each does what it does alone."""
JOINTS_ZH = ("{a}，{b}", "{a}，然后{b}", "{a}。{b}", "先{a}，再{b}")
NAMED_EN = {"clip 1": ("the beach", "beach.mp4", "the first clip"), "clip 2": ("the interview", "interview.mp4", "clip number 2", "the second clip"),
            "the last clip": ("VID_2026.mp4", "clip 5", "the final clip")}  # fmt: skip
"""Other words for the clips of TX."""
NOT_JOINED = ("undo", "redo", "reset", "export", "extract", "title", "caption")
EXAMPLES_ZH = (
    ("remove", "删掉第二段"), ("remove", "把两张照片都删掉"), ("remove", "第三段后面的都删了"), ("mute", "把beach和interview都静音"),
    ("mute", "把第二段静音"), ("cut", "剪掉前5秒"), ("cut", "把10秒到15秒剪掉"), ("keep", "只留前三段"), ("length", "第二段剪到10秒"),
    ("length", "照片每张放3秒"), ("length", "把总时长压到30秒"), ("speed", "第一段加速到1.5倍"), ("speed", "最后一段慢放"),
    ("volume", "把音乐音量调到三成"), ("volume", "第二段声音小一点"), ("fade", "结尾淡出2秒"), ("reorder", "把最后一段移到最前面"),
    ("reorder", "第一段和第二段换位置"), ("split", "第二段从第8秒切开"), ("duplicate", "复制第一段"), ("replace", "把第三段换成town.jpg"),
    ("title", "标题改成“秋天”"), ("title", "把字幕移到上面"), ("remove", "把标题删了"), ("remove", "去掉音乐"), ("aspect", "改成竖屏"),
    ("transition", "每段之间加叠化"), ("add", "在最后加一张town.jpg"),
)  # fmt: skip
"""Sentences as people write them, beside the examples that the operations declare."""
WIDE_EN = (
    "mute all clips", "make everything black and white", "speed up all clips", "make all clips brighter", "make every clip louder",
    "reverse all the clips", "blur everything", "fade in every clip", "make all of them warmer", "flip all clips", "turn all clips around",
    "make all clips 3 seconds long", "zoom in on all clips", "make all the clips quieter", "sharpen all clips", "slow everything down",
)  # fmt: skip
SPARED_EN = (
    "{x} but {c}", "{x} except {c}", "{x}, except for {c}", "{x}, but not {c}", "{x}, just not {c}", "{x}, {c} stays as it is", "{x}, {c} stays",
    "{x} but leave {c} alone", "{x}, don't touch {c}", "{x}, keep {c}", "{x} and keep {c} as it is", "{x}, leave {c} as it is",
    "{x}, {c} should stay as it is", "{x} apart from {c}", "{x} with the exception of {c}", "{x}, but {c} stays the same",
    "{x} but keep {c}", "{x}; {c} remains unchanged", "{x} without changing {c}", "except {c}, {x}", "don't touch {c} but {x}",
    "leave {c} as it is and {x}", "{x}. Don't change {c}.", "{x}. Leave {c} alone.", "{x}, not {c}", "{x}, {c} must not change",
    "apart from {c}, {x}", "{x} other than {c}", "{x}, do nothing to {c}", "{x}, ignore {c}", "{x}, skip {c}", "{x}, excluding {c}",
)  # fmt: skip
WIDE_ZH = (
    "所有片段静音", "全部变黑白", "全部加速", "全部调亮", "把所有片段倒放", "每段都淡入", "所有片段都调大声", "全部模糊", "所有片段放大", "每段剪到3秒",
    "全部调暖一点", "所有片段左右翻转",
)  # fmt: skip
SPARED_ZH = (
    "{x}，除了{c}", "{x}，{c}除外", "{x}，{c}不变", "{x}，别动{c}", "{x}，但{c}不要动", "{x}，{c}保持不变", "{x}，{c}保留", "{x}，{c}不用",
    "除了{c}，{x}", "{x}，不包括{c}", "{x}，{c}不动", "{x}，{c}别动", "{x}，{c}保持原样", "{c}不要动，{x}", "{x}，不要改{c}", "{x}，但是{c}不要",
    "{x}，{c}就算了", "{x}，跳过{c}",
)  # fmt: skip
BOTH_EN = (
    "mute the interview", "remove the photos", "drop the town photo", "trim the beach to 6 seconds", "speed up the interview 1.5x",
    "the photos should be 2 seconds each", "the beach goes last", "the interview comes first", "VID_2026 should come first",
    "mute the beach", "the music needs to be quieter", "fade the music out", "no music", "fade out at the end",
    "add a fade in at the start", "add crossfades between all clips", "make it vertical", "make the beach black and white",
    "split the interview in the middle", "mute all clips", "the interview needs to be louder", "the beach gets half speed",
    "no sound for the beach", "brighten the beach", "zoom in on the town", "get rid of IMG_2", "reverse VID_2026", "turn the interview up",
    "sharpen the photos", "rotate the town photo", 'add a title "Hi" at the start', "chop off the last 2 seconds of the interview",
    "the town photo should be 6 seconds", "the music should stop at 30 seconds",
)  # fmt: skip
TOGETHER_EN = (
    "{a}, {b}",
    "{a} and {b}",
    "{a}, and {b}",
    "{a}, then {b}",
    "{a}. {b}.",
    "first {a}, then {b}",
    "{a}, also {b}",
    "{a}; {b}",
    "{a} plus {b}",
)
"""Two wishes in one sentence are the one, then the other."""
STATES_OF = {"add": "T", "transition": "T", "music": "N", "redo": "", "subtitles": "S"}
"""Where the examples of an operation are tried; TX where nothing is said, and nowhere at all."""


class Violation(NamedTuple):
    sentence: str
    why: str


def examples() -> Iterator[tuple[str, str]]:
    """The name of each operation that is built with each of its examples."""
    for operation in OPERATIONS:
        if operation.effect is not None:
            for example in operation.examples:
                yield operation.name, example
    yield from EXAMPLES_ZH


def violations() -> Iterator[Violation]:
    for name, example in examples():
        place = STATES_OF.get(name, "TX")
        if not place:
            continue
        state = STATES[place]
        plain = _said(example, state)
        refused = plain.refused is not None and plain.refused.op == name
        if (
            name not in ("export", "extract", "add")
            and plain.draft is None
            and not plain.question
            and not refused
        ):
            yield Violation(example, f"does nothing: {plain.reply[:80]}")
            continue
        han = bool(re.search(r"[\u3400-\u9fff]", example))
        for frame in KEEPS_ZH if han else KEEPS_EN:
            sentence = frame.format(x=example, X=_upper(example))
            found = _said(sentence, state)
            if _timeline(found) != _timeline(plain) or bool(found.question) != bool(plain.question):
                yield Violation(sentence, f"is not what “{example}” does: {found.reply[:80]}")
        for frame in CHANGES_NOTHING_ZH if han else CHANGES_NOTHING_EN:
            sentence = frame.format(x=example, X=example)
            found = _said(sentence, state)
            if found.draft is not None:
                yield Violation(
                    sentence, f"changes something: {[one['op'] for one in found.operations]}"
                )


def spared(every: int = 1) -> Iterator[Violation]:
    """What is done to all clips, in frames that leave one out: that one is as it was, and none is gone. `every`: one of so
    many is tried."""
    state = STATES["T"]
    places = (
        {"clip 2": 1, "the last clip": 4, "the beach": 0, "the photos": 2},
        {"第二段": 1, "最后一段": 4, "采访": 1, "照片": 2},
    )
    for wide, frames, named in zip((WIDE_EN, WIDE_ZH), (SPARED_EN, SPARED_ZH), places, strict=True):
        for example, frame, (name, place) in islice(
            product(wide, frames, named.items()), 0, None, every
        ):
            sentence = frame.format(x=example, c=name)
            found = _said(sentence, state)
            before, after = (d.clips(one or {}) for one in (state.draft, found.draft))
            if found.draft is None:
                continue
            if len(after) != len(before):
                yield Violation(sentence, "clips are gone")
            elif nets.with_own(after[place], before[place], VIDEO) != after[place]:
                yield Violation(sentence, "what was left out is changed")
            elif before[place]["d"] != after[place]["d"]:
                yield Violation(sentence, "what was left out lasts another time")


def together(every: int = 1) -> Iterator[Violation]:
    """Two requests in one sentence: what it does, if it does anything, is the one and then the other. `every`: one of
    so many is tried."""
    state = STATES["T"]
    pairs = product(permutations(BOTH_EN, 2), TOGETHER_EN)
    for (one, other), frame in islice(pairs, 0, None, every):
        sentence = frame.format(a=one, b=other)
        found, first = _said(sentence, state), _said(one, state)
        if found.draft is None or first.draft is None or found.question is not None:
            continue
        then = replace(state, draft=first.draft, previous=(*state.previous, state.draft))
        second = _said(other, then)
        alone = second.draft if second.draft is not None else first.draft
        if seen(found.draft, state.media) != seen(alone, state.media):
            yield Violation(sentence, f"is not both: {[one['op'] for one in found.operations]}")


def other_words() -> Iterator[Violation]:
    """English examples with a second request, with other words for their clips, and with a slip."""
    for name, example in examples():
        state = STATES.get(STATES_OF.get(name, "TX"))
        if state is None or re.search(r"[\u3400-\u9fff]", example):
            continue
        plain = _said(example, state)
        if plain.question is not None or plain.draft is None:
            continue
        then = replace(state, draft=plain.draft, previous=(*state.previous, state.draft))
        both = _timeline(_said(SECOND_EN, then)) if name not in NOT_JOINED else None
        for frame in JOINED_EN if both is not None else ():
            found = _said(frame.format(x=example), state)
            if _timeline(found) != both and found.question is None:
                yield Violation(frame.format(x=example), f"is not both: {found.reply[:80]}")
        for number, words in NAMED_EN.items():
            for word in words if re.search(rf"\b{number}\b", example) else ():
                sentence = re.sub(rf"\b{number}\b", word, example)
                found = _said(sentence, state)
                if _timeline(found) != _timeline(plain):
                    yield Violation(sentence, f"is not what “{example}” does: {found.reply[:80]}")
        for sentence in _slips(example):
            found = _said(sentence, state)
            if found.draft is not None and _timeline(found) != _timeline(plain):
                yield Violation(sentence, f"is another edit than “{example}”")


def pairs(every: int = 1) -> Iterator[Violation]:
    """Two Chinese requests in a sentence: what the one does, and then the other. `every`: one of so many is tried."""
    state = STATES["T"]
    both: dict[tuple[str, str], Any] = {}
    for first, second, frame in islice(product(PAIRS_ZH, PAIRS_ZH, JOINTS_ZH), 0, None, every):
        if first == second:
            continue
        if (first, second) not in both:
            one = _said(first, state)
            then = replace(state, draft=one.draft, previous=(*state.previous, state.draft))
            other = _said(second, then)
            both[first, second] = _timeline(other) if other.draft is not None else None
        found = _said(frame.format(a=first, b=second), state)
        is_done = found.draft is not None and found.question is None and found.refused is None
        if both[first, second] is not None and is_done and _timeline(found) != both[first, second]:
            yield Violation(frame.format(a=first, b=second), "is not the one and then the other")


def _slips(example: str) -> Iterator[str]:
    """The example with two letters of one word changed over, with one missing, and with one twice."""
    for word in re.finditer(r"(?<![\w\".])[a-z]{5,}(?![\w\".])", example):
        letters = word[0]
        for place in range(1, len(letters) - 1):
            swapped = letters[:place] + letters[place + 1] + letters[place] + letters[place + 2 :]
            for slip in (
                swapped,
                letters[:place] + letters[place + 1 :],
                letters[: place + 1] + letters[place:],
            ):
                if slip != letters:
                    yield example[: word.start()] + slip + example[word.end() :]


def _upper(example: str) -> str:
    parts = re.split(r'("[^"]*")', example)
    return "".join(part if part.startswith('"') else part.upper() for part in parts)


def _said(sentence: str, state: State) -> Outcome:
    project = Project(
        "project", state.draft, state.media, tuple(state.previous), (), findings(state.media)
    )
    return direct(sentence, project)


def _timeline(outcome: Outcome) -> Any:
    if outcome.draft is None:
        return None
    return [
        (
            track.get("tt"),
            [{k: v for k, v in one.items() if k != "id"} for one in track.get("sg", [])],
        )
        for track in outcome.draft["t"]
    ]


def count() -> int:
    """How many sentences are tried."""
    total = 0
    for _, example in examples():
        han = bool(re.search(r"[\u3400-\u9fff]", example))
        frames = (KEEPS_ZH, CHANGES_NOTHING_ZH) if han else (KEEPS_EN, CHANGES_NOTHING_EN)
        total += sum(map(len, frames))
    total += len(BOTH_EN) * (len(BOTH_EN) - 1) * len(TOGETHER_EN) // 3
    return total + 4 * (len(WIDE_EN) * len(SPARED_EN) + len(WIDE_ZH) * len(SPARED_ZH))


def main() -> int:
    found = [*violations(), *other_words(), *spared(), *together(3), *pairs()]
    for one in found:
        print(f"{one.sentence}\n    {one.why}")
    print(f"{count()} sentences, {len(found)} violations")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
