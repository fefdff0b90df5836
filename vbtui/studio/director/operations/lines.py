"""caption: several lines at once – each at the time that was typed with it, or one after the other under the speech."""

from __future__ import annotations

from collections.abc import Sequence

from vbtui.base.text import clean_line
from vbtui.language.quotes import without_signs
from vbtui.language.timed import Shown
from vbtui.studio.director import heard, texts
from vbtui.studio.director.operation import Json, Operation, Slots, form, value
from vbtui.studio.director.operations import cut, title
from vbtui.studio.director.resolving import identity
from vbtui.studio.director.work import Work, seconds
from vbtui.studio.project import draft as d
from vbtui.timeline.model import TEXT

_LEAST_MS = 1000
"""A line whose end nobody said stands for so long at least, where the next one leaves the room."""


def _noun(slots: Slots) -> str:
    things = [one.thing for one in (*slots.get("head", []), *slots.get("what", []))]
    return next((one for one in things if one in ("title", "end_title")), "caption")


def _lay(work: Work, slots: Slots, places: Sequence[tuple[str, d.Json]]) -> list[d.Json]:
    """Each text at its place, on a track of their own."""
    noun = _noun(slots)
    role = "caption" if noun == "caption" else "title"
    plain = texts.plain_style(noun)
    style = {**plain, "anim": "none", **title.style_of(work, slots, plain)}
    items: list[d.Json] = [
        {"s": 0, "d": place["d"], "m": {"text": words, "role": role, **style, "place": place}}
        for words, place in places
    ]
    clips, total = {str(one.get("id")): one for one in work.clips}, work.total()
    placed = [one for item in items if (one := d.place_text(item, total, clips)) is not None]
    name = "Captions" if role == "caption" else "Titles"
    before = {identity(one) for one in texts.every(work)}
    work.draft = d.lay_out(d.add_track(work.timeline(), TEXT, placed, name=name))
    made = [one for one in texts.every(work) if identity(one) not in before]
    work.mind.speak("text", [identity(one) for one in made])
    return made


# Times that were typed


def _timed(work: Work, slots: Slots) -> Json:
    lines: tuple[Shown, ...] = value(slots, "lines")
    shown = [line._replace(words=without_signs(line.words)) for line in lines]
    total = work.total()
    spans = _spans(work, shown)
    for (begin, end), line in zip(spans, shown, strict=True):
        if begin + d.MIN_TEXT_MS > total:
            raise work.refusal(
                f"The video ends at {seconds(total)}: “{clean_line(line.words)[:40]}” cannot begin at {seconds(begin)}.",
                f"视频在 {seconds(total)} 结束：“{clean_line(line.words)[:40]}”不能从 {seconds(begin)} 开始。",
            )
        if end <= begin:
            raise work.refusal(
                f"“{clean_line(line.words)[:40]}” would end before it begins.",
                f"“{clean_line(line.words)[:40]}”的结束时间早于开始时间。",
            )
    made = _lay(
        work,
        slots,
        [
            (line.words, {"at": "time", "ms": begin, "d": min(end, total) - begin})
            for (begin, end), line in zip(spans, shown, strict=True)
        ],
    )
    role = str(d.meta(made[0]).get("role"))
    return {"role": role, "count": len(made), "text": [line.words for line in shown]}


def _spans(work: Work, shown: Sequence[Shown]) -> list[tuple[int, int]]:
    """Begin and end of each: an end that nobody said is that of reading, or where the next one begins."""
    begins = sorted(line.begin_ms for line in shown)
    found = []
    for line in shown:
        end = line.end_ms
        if end is None:
            later = next((one for one in begins if one > line.begin_ms), work.total())
            end = min(
                max(line.begin_ms + texts.reading_ms(line.words), line.begin_ms + _LEAST_MS), later
            )
        found.append((line.begin_ms, end))
    return found


# Under the speech


def _spoken(work: Work, slots: Slots) -> Json:
    """Lines without times, in their order, where somebody speaks."""
    words = [str(one.value) for one in slots.get("quote", [])]
    words = [without_signs(line) for one in words for line in one.split("\n") if clean_line(line)]
    if not words:
        raise work.question(
            "Which lines? For example: put these lines under the speech: “Hello” “Welcome”.",
            "哪些台词？例如：把这些字幕配到语音上：“你好”“欢迎”。",
            "quote",
        )
    stretches = heard.speech(work, cut.clips_meant(work, slots))
    if not stretches:
        raise work.refusal(
            "No speech can be told from the rest of the sound here. Lines with their times can be added: "
            "add these captions: 0:00-0:03 Hello; 0:03-0:06 Welcome.",
            "这里的声音听不出哪里在说话。可以带时间加字幕：加字幕：0:00-0:03 你好；0:03-0:06 欢迎。",
        )
    spans = heard.shared(stretches, words)
    if spans is None:
        raise work.refusal(
            f"{len(words)} lines are too many for {seconds(sum(b - a for a, b in stretches))} of speech.",
            f"{len(words)} 条字幕对 {seconds(sum(b - a for a, b in stretches))} 的语音来说太多了。",
        )
    made = _lay(
        work,
        slots,
        [(text, heard.hung(work, span)) for text, span in zip(words, spans, strict=True)],
    )
    work.note(
        f"{len(made)} lines over {len(stretches)} stretches of speech, by the pauses between them.",
        f"{len(made)} 条字幕按停顿分配到 {len(stretches)} 段语音上。",
    )
    return {"role": "caption", "count": len(made), "text": words}


_VERBS = "verb:add|put|show|make|create|set|use|lay|play"
_KINDS = "what*=thing:caption|thing:text|thing:title"
_CLIPS = "clips=clips|files@of|in|from|on|for|under|over|ba"

OPERATION = Operation(
    "caption",
    (
        form(f"{_VERBS}?, thing:caption|text|title|end_title?", "lines!!=lines", "whole*=whole@+into", "at2*=word", *title.LOOK, weight=3),
        form("", "lines!!=lines", weight=1),
        form(
            f"topic:speech|duck, {_VERBS}?, thing:caption|text?",
            "quote!!*=quote",
            _KINDS,
            _CLIPS,
            "whole*=whole",
            *title.LOOK,
            way="speech",
            weight=2,
        ),
    ),
    (
        "shows several lines, under the speech or at times: 0:00-0:03 Hello; 0:03-0:06 Bye",
        "按语音或按时间显示多条字幕：0:00-0:03 你好；0:03-0:06 再见",
    ),
    ('add subtitles under the speech: "Hello" "Welcome back"', "按语音加字幕：“你好”“欢迎”"),
    lambda work, slots: _spoken(work, slots) if value(slots, "way") == "speech" else _timed(work, slots),
    frozenset({"texts"}),
)  # fmt: skip
