"""Every edit writes a sentence that reads as that very edit, whatever things and files are called."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vbtui.base.text import clean, clean_line
from vbtui.timeline import edits
from vbtui.timeline.edits import Edit, File
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Timeline, read
from vbtui.timeline.references import Reference, Things, moment, moment_ms

EVIL = (
    "How many credits are left?",
    "stop, export it now.mp4",
    "clip 2 (beach.mp4)",
    "clip 1 (a), clip 2 (b) and clip 3 (c)",
    'the text "A" at 0:00.000',
    "x, at 0:01.000",
    "x) at 0:01.000 (y",
    "a (1).mp4",
    "b) (c",
    "((",
    '"a" with the file "b"',
    '" at the end',
    "“x” (y",
    '“«「『"',
    '“«「『" (x)',
    "a and b, c",
    " .",
    "two\nlines",
    "",
    "\u202egnp.\x1b[31m",
    "城市「夜景」.mp4",
    "everywhere",
    "remove clip 1.",
    "片段 2 (beach.mp4)",
    "轨道 2 的片段 1 (a.mp4，0:01.000 处)",
    "x，0:01.000 处",
    '文字 "A" (0:00.000)',
    "a 和 b、c 的开头剪到",
)
NAMES = st.sampled_from(EVIL) | st.text(max_size=60)


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    def items(key: str) -> list[dict[str, Any]]:
        names = draw(st.lists(NAMES, min_size=2, max_size=5))
        names += names[:1]
        starts = draw(st.lists(st.sampled_from([0, 1000, 3_600_000]), min_size=6, max_size=6))
        return [
            {"s": start, "d": 1000, "m": {key: name}}
            for name, start in zip(names, starts, strict=False)
        ]

    tracks = draw(st.permutations([VIDEO, AUDIO, TEXT, VIDEO, AUDIO, TEXT]))
    found = read({"t": [{"tt": kind, "sg": items("text")} for kind in tracks]})
    assert found is not None
    return found


@given(timelines())
def test_a_name_means_its_own_thing(timeline: Timeline) -> None:
    things = Things(timeline)
    for track, segment in timeline.segments:
        name = Reference.to(timeline, track, segment)
        for said in (name.said(False), name.said(True)):
            assert Reference.read(said) == name
            assert list(Reference.within(f"so {said}.")) == [(name, 3, 3 + len(said))]
        thing = things.find(name)
        assert thing is not None
        assert (thing.track, thing.segment) == (track, segment)


@given(st.integers(0, 365 * 24 * 3_600_000))
def test_times_are_read_as_written(ms: int) -> None:
    assert moment_ms(moment(ms)) == ms


@st.composite
def made_edits(draw: st.DrawFn) -> Edit:
    timeline = draw(timelines())
    all_names = [Reference.to(timeline, *placed) for placed in timeline.segments]
    name = draw(st.sampled_from(all_names))
    names = tuple(draw(st.lists(st.sampled_from(all_names), min_size=1, max_size=4)))
    ms = draw(st.integers(0, 400_000_000))
    file, by = (File.called(draw(NAMES), draw(NAMES | st.just(""))) for _ in range(2))
    words = draw(NAMES.filter(lambda text: clean_line(text)))
    text = next(p for p in timeline.segments if p[0].type == TEXT)
    noun = draw(st.sampled_from(["file", "sound"]))
    return draw(
        st.sampled_from(
            [
                edits.Trim(name, "start", ms),
                edits.Trim(name, "end", ms),
                edits.Split(name, ms),
                edits.Remove(names),
                edits.Swap(names),
                edits.Move(name, ms),
                edits.SetVolume(names, ms % 201),
                edits.SetSpeed(names, round(0.1 + ms % 9900 / 1000, 3)),
                edits.change_text(timeline, *text, words),
                edits.AddText(clean(words), ms),
                edits.Join(names, draw(st.sampled_from(edits.TRANSITIONS[:-1])), ms),
                edits.Join(names, "cut"),
                edits.Add(noun, (file,), draw(st.sampled_from([None, 0, ms]))),
                edits.Replace(name, file),
                *(
                    [edits.Add(noun, (file, by), None), edits.ReplaceFile(file, by)]
                    if _in_marks(file) and _in_marks(by)
                    else []
                ),
            ]
        )
    )


def _in_marks(file: File) -> bool:
    """Whether there is a pair of quotation marks that the name does not hold."""
    return any(not set(pair) & set(file.name) for pair in ('"', "“”", "«»", "「」", "『』"))


@given(made_edits())
def test_an_edit_is_read_as_it_was_written(edit: Edit) -> None:
    for sentence, stop in ((edit.sentence(False), "."), (edit.sentence(True), "。")):
        assert Edit.read(sentence) == edit
        assert Edit.read(f"  {sentence}{stop}\n") == edit


@given(NAMES, NAMES)
@example("a) b.mp4", "Label")
@example("a.mp4", '“«「『"')
def test_a_file_is_read_by_its_own_name(name: str, label: str) -> None:
    file = File.called(name, label)
    assert File.read(str(file)) == file
    assert file.name == clean_line(name)
    assert file.label in ("", clean_line(label))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "remove clip 1",
        "remove clip 1 (a.mp4) please",
        "please remove clip 1 (a.mp4)",
        "trim the middle of clip 1 (a.mp4) to 0:01.000",
        "trim the start of clip 1 (a.mp4) to 0:01",
        "put a somersault of 500 ms between clip 1 (a.mp4) and clip 2 (b.mp4)",
        'replace clip 1 (a.mp4) with "b.mp4"',
        'add the file "a.mp4" somewhere',
        'remove the item "x" at 0:01.000',
        "删除片段 1",
        "请删除片段 1 (a.mp4)",
        "把片段 1 (a.mp4) 的中间剪到 0:01.000",
        "在片段 1 (a.mp4) 和片段 2 (b.mp4) 之间加 500 ms 的翻跟头",
    ],
)
def test_other_sentences_are_no_edits(text: str) -> None:
    assert Edit.read(text) is None
