"""Edits by hand: the engine's sentence, followed by the director, gives exactly the wanted draft."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.studio.directed import Talk, check_invariants, photo, song, video
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media
from vbtui.timeline import edits
from vbtui.timeline.edits import Edit, File
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Placed, Timeline, read
from vbtui.timeline.references import Reference, expand_this

NAMES = (
    "beach.mp4",
    "a (1).mp4",
    "b) at 0:01.000 (c.mp4",
    "[/red] \"quoted\" 'x'.mp4",
    "城市 夜景.mp4",
    "remove clip 1 and export.mp4",
    f"{'long ' * 60}.mp4",
    "clip 2 (beach.mp4).mp4",
    'the text "A" at 0:00.000.mp4',
)
WORDS = (
    'Urban "Dreams"',
    "50% “off” \\ now",
    "two\nlines",
    "标题「一」",
    "to",
    "(x) at 0:01.000",
    "A",
)


@st.composite
def talks(draw: st.DrawFn) -> Talk:
    """A timeline of clips (some of one file), transitions, texts and music."""
    media: list[Media] = [
        video(f"v{n}", name, draw(st.integers(1500, 9000)))
        for n, name in enumerate(draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4)))
    ]
    media += [photo("p1", "still.jpg"), song("m1", 'the "song" at 0:00.000.mp3', 20_000)]
    talk = Talk(media).say("combine all clips")
    if draw(st.booleans()):
        talk.say("duplicate clip 1")
    if draw(st.booleans()):
        talk.say("add transitions")
    total = talk.total
    for words in draw(st.lists(st.sampled_from(WORDS), max_size=3)):
        begin = draw(st.integers(0, total - 700))
        place = {"at": "time", "ms": begin, "d": draw(st.integers(600, 3000))}
        text = {"s": 0, "d": 1, "m": {"text": words, "role": "title", "place": place}}
        talk.draft = d.lay_out(d.add_segment(talk.draft or {}, TEXT, text, name="Titles"))
    return talk


def timeline(talk: Talk) -> Timeline:
    found = read(talk.draft)
    assert found is not None
    return found


def at(talk: Talk, kind: int, position: int) -> Placed:
    found = [item for item in timeline(talk).segments if item[0].type == kind]
    return found[position % len(found)]


def facts(talk: Talk) -> list[Any]:
    return [
        (t.type, s.key, s.start_ms, s.duration_ms, s.volume) for t, s in timeline(talk).segments
    ]


def follow(talk: Talk, edit: Edit) -> None:
    """Does the edit by its English sentence; the Chinese one makes the same timeline."""
    sentence, han = edit.sentence(False), edit.sentence(True)
    assert Edit.read(sentence) == Edit.read(han) == edit
    other = copy.deepcopy(talk).say(han)
    talk.say(sentence)
    assert talk.changed, (sentence, talk.reply)
    assert other.draft == talk.draft, (han, other.reply)
    assert talk.draft is not None
    check_invariants(talk.draft, talk.media)


def segment(talk: Talk, key: str) -> Any:
    return next((s for _, s in timeline(talk).segments if s.key == key), None)


@settings(max_examples=60, deadline=None)
@given(talks(), st.integers(0, 9), st.floats(0.15, 0.85), st.data())
def test_clips(talk: Talk, position: int, part: float, data: st.DataObject) -> None:
    track, clip = at(talk, VIDEO, position)
    head = clip.start_ms + round(clip.duration_ms * part)
    line, before = timeline(talk), facts(talk)
    others = {fact[1]: fact for fact in before}
    what = data.draw(st.sampled_from(["start", "end", "delete", "volume", "speed"]))
    if what == "start":
        follow(talk, edits.trim_start(line, track, clip, head))
        now = segment(talk, clip.key)
        assert now.duration_ms == clip.end_ms - head
        assert now.source_start_ms == clip.source_start_ms + (head - clip.start_ms)
    elif what == "end":
        follow(talk, edits.trim_end(line, track, clip, head))
        now = segment(talk, clip.key)
        assert (now.duration_ms, now.source_start_ms) == (
            head - clip.start_ms,
            clip.source_start_ms,
        )
    elif what == "delete":
        follow(talk, edits.delete(line, [(track, clip)]))
        assert segment(talk, clip.key) is None
        left = [s.key for s in track.segments if s.key != clip.key]
        assert [c["id"] for c in talk.clips] == left
    elif what == "volume":
        follow(talk, edits.volume(line, [(track, clip)], 37))
        for key, fact in others.items():
            assert segment(talk, key).volume == (0.37 if key == clip.key else fact[4])
    elif what == "speed" and not clip.source.startswith("p"):
        follow(talk, edits.speed(line, [(track, clip)], 1.5))
        now = segment(talk, clip.key)
        assert (now.speed, now.duration_ms) == (1.5, int(clip.duration_ms / 1.5))
        assert [s.speed for s in timeline(talk).tracks[0].segments].count(1.5) == 1


@settings(max_examples=40, deadline=None)
@given(talks(), st.integers(0, 9), st.floats(0.3, 0.7))
def test_splitting_a_clip(talk: Talk, position: int, part: float) -> None:
    track, clip = at(talk, VIDEO, position)
    head = clip.start_ms + round(clip.duration_ms * part)
    edit = edits.split(timeline(talk), track, clip, head)
    total = talk.total
    other = copy.deepcopy(talk).say(edit.sentence(True))
    talk.say(edit.sentence(False))
    assert other.draft == talk.draft, other.reply
    if not talk.changed:
        assert "inside a transition" in talk.reply or "正在转场中" in talk.reply
        return
    check_invariants(talk.draft or {}, talk.media)
    assert talk.total == total
    now = segment(talk, clip.key)
    assert (now.start_ms, now.end_ms) == (clip.start_ms, head)
    assert head in [c["s"] for c in talk.clips]


@settings(max_examples=40, deadline=None)
@given(talks(), st.integers(0, 9), st.sampled_from([-1, 1]), st.integers(40, 700))
def test_neighbours(talk: Talk, position: int, way: int, length: int) -> None:
    track, clip = at(talk, VIDEO, position)
    order = [s.key for s in track.segments]
    place = order.index(clip.key)
    if 0 <= place + way < len(order):
        follow(talk, edits.move(timeline(talk), track, clip, way))
        order[place], order[place + way] = order[place + way], order[place]
        assert [c["id"] for c in talk.clips] == order
    track, clip = at(talk, VIDEO, 1)
    for kind in ("slide", "cut"):
        edit = edits.transition(timeline(talk), track, clip, kind, length)
        other = copy.deepcopy(talk).say(edit.sentence(True))
        talk.say(edit.sentence(False))
        assert other.draft == talk.draft, other.reply
        join = talk.transitions[0]
        limit = min(talk.lengths[:2]) // 2
        assert join == (("slide", min(length, limit)) if kind == "slide" else ("cut", 0)), (
            talk.reply
        )


@settings(max_examples=60, deadline=None)
@given(talks(), st.integers(0, 3), st.floats(0.35, 0.65), st.sampled_from(WORDS), st.data())
def test_texts_and_sounds(
    talk: Talk, position: int, part: float, words: str, data: st.DataObject
) -> None:
    kinds = [TEXT, AUDIO] if d.texts(talk.draft or {}) else [AUDIO]
    kind = data.draw(st.sampled_from(kinds))
    track, item = at(talk, kind, position)
    head = item.start_ms + round(item.duration_ms * part)
    line, other = timeline(talk), [f for f in facts(talk) if f[1] != item.key]
    what = str(
        data.draw(st.sampled_from(["start", "end", "split", "delete", "move", "words", "loud"]))
    )
    want: tuple[int, int] | None = (item.start_ms, item.end_ms)
    if what == "start":
        follow(talk, edits.trim_start(line, track, item, head))
        want = (head, item.end_ms)
    elif what == "end":
        follow(talk, edits.trim_end(line, track, item, head))
        want = (item.start_ms, head)
    elif what == "split":
        follow(talk, edits.split(line, track, item, head))
        want = (item.start_ms, head)
        assert any(
            s.start_ms == head and s.end_ms == item.end_ms for _, s in timeline(talk).segments
        )
        other = []
    elif what == "delete":
        follow(talk, edits.delete(line, [(track, item)]))
        want = None
    elif what == "move" and talk.total - item.end_ms > 400:
        follow(talk, edits.move(line, track, item, 400))
        want = (item.start_ms + 400, item.end_ms + 400)
    elif what == "words" and kind == TEXT and words != item.text:
        follow(talk, edits.change_text(line, track, item, words))
        assert segment(talk, item.key).text == words
    elif what == "loud" and kind == AUDIO:
        follow(talk, edits.volume(line, [(track, item)], 12))
        assert segment(talk, item.key).volume == 0.12
    now = segment(talk, item.key)
    assert (now and (now.start_ms, now.end_ms)) == want
    if other:
        assert [f for f in facts(talk) if f[1] != item.key] == other


@settings(max_examples=40, deadline=None)
@given(talks(), st.integers(0, 9), st.integers(0, 9), st.floats(0, 1))
def test_files(talk: Talk, position: int, file: int, part: float) -> None:
    asset = [a for a in talk.media if a.kind != "audio"][file % (len(talk.media) - 1)]
    track, clip = at(talk, VIDEO, position)
    newest = [a for a in talk.media if a.filename == asset.filename][-1]
    named = Reference.to(timeline(talk), track, clip)
    replacing = edits.Replace(named, File.called(asset.filename))
    other = copy.deepcopy(talk).say(replacing.sentence(True))
    talk.say(replacing.sentence(False))
    assert other.draft == talk.draft, other.reply
    assert segment(talk, clip.key).source == newest.id, talk.reply
    sound = next(a for a in talk.media if a.kind == "audio")
    moment = round((talk.total - 500) * part)
    follow(talk, edits.add_file(timeline(talk), File.called(sound.filename), "audio", moment))
    assert [s[:3] for s in talk.music][-1] == (
        sound.filename,
        moment,
        min(talk.total, moment + 20_000),
    )
    count = len(talk.clips)
    follow(
        talk, edits.add_file(timeline(talk), File.called(asset.filename), asset.kind, talk.total)
    )
    assert len(talk.clips) == count + 1
    assert d.meta(talk.clips[-1])["asset"] == newest.id


def test_a_file_at_the_playhead_splits_the_clip_there() -> None:
    talk = Talk().say("combine all clips")
    follow(talk, edits.add_file(timeline(talk), File.called("IMG_2.jpg"), "image", 5250))
    assert [c["s"] for c in talk.clips][:3] == [0, 5250, 9250]
    fresh = Talk().say(edits.add_file(None, File.called("city walk.mp4"), "video", 0).sentence())
    assert fresh.names == ["city walk.mp4"]


@pytest.mark.parametrize("words", WORDS)
def test_a_new_text_at_the_playhead(words: str) -> None:
    talk = Talk().say("combine all clips")
    follow(talk, edits.add_text(timeline(talk), words, 5250))
    _, made = at(talk, TEXT, 0)
    assert (made.text, made.start_ms) == (words, 5250)
    assert 3000 <= made.duration_ms <= 8000


def test_the_volume_of_music_by_its_file_name() -> None:
    talk = Talk().say("combine all clips", "add music from 0:02 to 0:09")
    talk.say("set the volume of the music song.mp3 to 20%")
    assert talk.music == [("song.mp3", 2000, 9000, 0.2)]


def test_several_at_once() -> None:
    talk = Talk().say("combine all clips", 'add title "A, B and C"')
    line = timeline(talk)
    chosen = [at(talk, VIDEO, 0), at(talk, VIDEO, 2), at(talk, TEXT, 0)]
    follow(talk, edits.delete(line, chosen))
    assert talk.names == ["city walk.mp4", "VID_2026.mp4"]
    assert talk.texts == []


def test_a_sentence_from_an_older_timeline_finds_its_clip_or_refuses() -> None:
    talk = Talk().say("combine all clips")
    line = timeline(talk)
    first, second = (edits.delete(line, [at(talk, VIDEO, n)]) for n in (0, 1))
    follow(talk, first)
    follow(talk, second)
    assert talk.names == ["IMG_2.jpg", "VID_2026.mp4"]
    talk.say(second.sentence())
    assert not talk.changed
    assert "There is no clip 2 (city walk.mp4)" in talk.reply


@pytest.mark.parametrize(
    ("sentence", "kind", "check"),
    [
        ("mute this", VIDEO, lambda t: [t.meta_of(n)["volume"] for n in (1, 2, 3)] == [1, 0, 1]),
        ("make this 2x faster", VIDEO, lambda t: t.meta_of(2)["speed"] == 2),
        ("remove this clip", VIDEO, lambda t: len(t.names) == 4),
        ("把这个静音", VIDEO, lambda t: t.meta_of(2)["volume"] == 0),
        ("删除这段", VIDEO, lambda t: len(t.names) == 4),
        ("fade between this and clip 3", VIDEO, lambda t: t.transitions[1][1] == 500),
        ("make this bigger", TEXT, lambda t: d.meta(d.texts(t.draft)[0])["size"] == 0.1215),
        ("make this red", TEXT, lambda t: d.meta(d.texts(t.draft)[0])["color"] == "#FF3B30"),
        ("remove this", TEXT, lambda t: [w for w, _, _ in t.texts] == ["B"]),
        ('change this to "C"', TEXT, lambda t: [w for w, _, _ in t.texts] == ["C", "B"]),
        ("move this to the end", TEXT, lambda t: t.texts[1][0] == 'A "x" (y)'),
        ("mute this", AUDIO, lambda t: t.music[0][3] == 0),
        ("set this to 20%", AUDIO, lambda t: t.music[0][3] == 0.2),
        ("remove this", AUDIO, lambda t: t.music == []),
    ],
)
def test_this_is_the_selection(sentence: str, kind: int, check: Any) -> None:
    talk = Talk().say("combine all clips", "duplicate clip 1")
    talk.say('add title “A "x" (y)”', 'add caption "B" from 0:08 to 0:10')
    selected = [at(talk, kind, 1 if kind == VIDEO else 0)]
    if kind == TEXT:
        selected = [i for i in timeline(talk).segments if i[1].text.startswith("A")]
    said = expand_this(sentence, timeline(talk), selected)
    assert said != sentence
    talk.say(said)
    assert check(talk), (said, talk.reply)
    assert "did not understand" not in talk.reply


def test_a_logo_is_taken_away_by_hand_and_no_clip_for_it() -> None:
    talk = Talk([video("v1", "beach.mp4", 4000), photo("p1", "logo.png")])
    talk.say("add my logo logo.png")
    timeline = read(talk.draft)
    assert timeline is not None
    logo = next(one for one in timeline.segments if one[1].lies_over)
    for edit in (edits.trim_end(timeline, *logo, 2000), edits.split(timeline, *logo, 2000)):
        talk.say(edit.sentence())
        assert not talk.changed
        assert "in words" in talk.reply
    talk.say(edits.delete(timeline, [logo]).sentence())
    assert talk.names == ["beach.mp4"]
    assert not d.overlays(talk.draft or {})
