"""Where a text is worked through: what the director gets and gives back, the draft as it becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

from vbtui.base.keys import key_name
from vbtui.base.text import clean_line
from vbtui.base.times import time_code
from vbtui.language.timed import Shown
from vbtui.studio.director import sequence
from vbtui.studio.director.values import Pick
from vbtui.studio.project import beds, cards
from vbtui.studio.project import draft as d
from vbtui.studio.project.beats import Beats
from vbtui.studio.project.findings import Changes, Findings, Wanted
from vbtui.studio.project.media import Media
from vbtui.studio.project.shakes import Shakes
from vbtui.studio.project.sight import Sight
from vbtui.studio.project.subtitles import Subtitles
from vbtui.studio.project.voices import Hearing
from vbtui.studio.project.words import Transcript


@dataclass(frozen=True, slots=True)
class Project:
    """All that a sentence can be about."""

    title: str
    """The project's name; the client's default is `project`."""
    draft: Mapping[str, Any] | None
    """The draft as it is now; None when nothing is built yet."""
    media: Sequence[Media]
    """Every uploaded file, in upload order."""
    previous: Sequence[Mapping[str, Any] | None] = ()
    """Earlier drafts, newest last, for undo; None is the empty timeline before the first draft."""
    undone: Sequence[Mapping[str, Any] | None] = ()
    """Drafts that an undo took back, newest last, for redo; empty where the server keeps none."""
    findings: Findings = field(default_factory=Findings)
    """What was found out about the sound of files."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An operation that was understood and cannot be done."""

    op: str | None
    """Its name; None where no operation was recognised."""
    message: str


@dataclass
class Mind:
    """What was spoken of, in this sentence and before it."""

    seen: list[d.Json] = field(default_factory=list)
    """The clips as the user saw them."""
    spoken: tuple[str, ...] = ()
    """Ids of what was spoken of last: clips, a text, a sound."""
    of_kind: str = ""
    """`clips`, `text`, `music`, `overlay` or `whole`; empty: nothing was."""
    clips: tuple[str, ...] = ()
    """Ids of the clips that were spoken of last, whatever was spoken of since."""
    pieces: tuple[str, ...] = ()
    """Ids of the clips that the last split made."""
    copies: tuple[str, ...] = ()
    """Ids of the clip that was shown once more, each time that it is shown."""
    mentioned: tuple[str, ...] = ()
    """Ids of all clips that this sentence spoke of: the rest is not among them."""
    ones: str = ""
    """What `the last one` is counted among, where no clips are: `transition`."""
    joined: tuple[int, ...] = ()
    """The joins that were spoken of last, from 0 on: `the others` are not among them."""
    placed: int = 0
    """How many clips `start with …, then …` has put in order."""

    def speak(self, kind: str, ids: Sequence[str]) -> None:
        self.of_kind, self.spoken, self.ones = kind, tuple(ids), ""
        if kind == "clips":
            self.clips = tuple(ids)
            self.mentioned = tuple(dict.fromkeys((*self.mentioned, *ids)))


class Refusal(Exception):
    """An instruction that was understood and cannot be followed; the text is the sentence."""


class Question(Exception):
    """What has to be known first; the text is the question.

    Args:
        slot: the slot of the operation that the answer fills; empty: the whole is confirmed.
        choices: what can be answered, each with what it fills the slot with.
    """

    def __init__(self, text: str, slot: str = "", choices: Sequence[tuple[str, Any]] = ()) -> None:
        super().__init__(text)
        self.slot = slot
        self.choices = tuple(choices)


LINES = "\ue000"
"""Stands in a text for lines that are to be shown."""


class Unknown(Exception):
    """Files have to be listened to before it is known what comes of a text."""

    def __init__(self, wanted: Sequence[Wanted]) -> None:
        super().__init__()
        self.wanted = tuple(wanted)


class Step(Exception):
    """The draft goes back or forth along the history; `direct` does it."""

    def __init__(self, way: str, count: int) -> None:
        super().__init__(way)
        self.way = way
        self.count = count


class Work:
    """The work on one text. Operations change `draft`, tell with `note`, and raise a `refusal` or a `question`."""

    def __init__(self, project: Project, chinese: bool) -> None:
        self.project = project
        self.chinese = chinese
        self.draft: d.Json | None = dict(project.draft) if project.draft else None
        self._read: tuple[d.Json | None, list[d.Json]] = None, []
        self.media: dict[str, Media] = (
            beds.media() | cards.media() | {asset.id: asset for asset in project.media}
        )
        self.notes: list[str] = []
        self.mind = Mind()
        self.named: set[str] = set()
        """Ids of the segments that the operation under way was told to change."""
        self.locked: set[str] = set()
        """Ids of the clips that the text forbids to change."""
        self.lines: tuple[Shown, ...] = ()
        """What is to be shown, as the text has it with its times; `LINES` stands there in its place."""
        self.written = ""
        """The text as it was written, where it is read in other characters: what is shown is taken from it."""
        self.built = False
        self.topic: tuple[str, ...] = ()
        """Clips that the text speaks of before it asks for something."""
        self.several = False
        """More than one thing is asked for: what one of them lacks does not hold up the others."""
        self.kept = False
        """Only what was named is still there: the rest is gone already."""
        """The text put files on an empty timeline."""
        self.genre = ""
        """The word for the video's kind: `promo`."""
        self.sources: list[Media] = []
        """The files that the text names, where nothing is on the timeline yet: the video is made of these."""
        self.laid: frozenset[str] = frozenset()
        """Ids of the files that the text lays over the picture: no clips are made of them."""
        self.excluded: tuple[Pick, ...] = ()
        """Files that the text leaves out."""
        self.no_music = False
        self.still = False
        """Photos shall not be moved over."""
        self.confirmed = False
        """What would be asked was answered with yes."""

    def copy(self) -> Work:
        """To try something on: what is done to it does not touch this one."""
        other = copy(self)
        other.mind, other.notes = replace(self.mind), list(self.notes)
        other.named, other.locked = set(self.named), set(self.locked)
        return other

    # Words

    def say(self, english: str, chinese: str) -> str:
        """The one in the language of the text."""
        return chinese if self.chinese else english

    def note(self, english: str, chinese: str) -> None:
        """How something open was understood, or what was not done."""
        text = self.say(english, chinese)
        if text not in self.notes:
            self.notes.append(text)

    def refusal(self, english: str, chinese: str) -> Refusal:
        """To be raised: what was asked for is understood, but cannot be done."""
        return Refusal(self.say(english, chinese))

    def question(
        self, english: str, chinese: str, slot: str = "", choices: Sequence[tuple[str, Any]] = ()
    ) -> Question:
        """To be raised: what was asked for leaves one thing open."""
        return Question(self.say(english, chinese), slot, choices)

    # Media

    @property
    def pictures(self) -> list[Media]:
        """Videos and photos in upload order, without those that lie over others."""
        over = {str(d.meta(one).get("asset")) for one in d.overlays(self.draft or {})}
        over = (over | self.laid) - {str(d.meta(one).get("asset")) for one in self._sequence}
        return [one for one in self.project.media if one.is_seen and one.id not in over]

    @property
    def audio_files(self) -> list[Media]:
        return [asset for asset in self.project.media if asset.kind == "audio"]

    def need_pictures(self) -> None:
        """Refuses where no video or photo was uploaded."""
        if not self.pictures:
            raise self.refusal(
                "There is nothing to edit yet: upload a video or a photo first "
                f"({key_name('app.upload')}, or drop files here).",
                f"还没有素材：请先上传视频或照片（{key_name('app.upload')}，拖放或粘贴文件也可以）。",
            )

    def heard(self, files: Sequence[Media]) -> dict[str, Hearing]:
        """What is heard in these files, by their ids: how loud each is when, and where somebody speaks if that is told
        from noise here. Raises `Unknown` for those that nobody has listened to."""
        known = self.project.findings
        unheard = [Wanted("levels", one) for one in files if one.id not in known.levels]
        if known.tells_voices:
            unheard += [Wanted("voices", one) for one in files if one.id not in known.voices]
        if unheard:
            raise Unknown(unheard)
        return {one.id: Hearing(known.levels[one.id], known.voices.get(one.id)) for one in files}

    def changes(self, files: Sequence[Media]) -> list[Changes]:
        """Where the picture of each of these files changes. Raises `Unknown` for those that nobody has watched."""
        known = self.project.findings.changes
        if unseen := [Wanted("changes", one) for one in files if one.id not in known]:
            raise Unknown(unseen)
        return [known[one.id] for one in files]

    def beats(self, files: Sequence[Media]) -> list[Beats]:
        """Where the beats of each of these sounds are. Raises `Unknown` for those that nobody has listened to."""
        known = self.project.findings.beats
        if unheard := [Wanted("beats", one) for one in files if one.id not in known]:
            raise Unknown(unheard)
        return [known[one.id] for one in files]

    def sights(self, files: Sequence[Media]) -> list[Sight]:
        """What the pictures of each of these files are like. Raises `Unknown` for those that nobody has watched."""
        known = self.project.findings.sight
        if unseen := [Wanted("sight", one) for one in files if one.id not in known]:
            raise Unknown(unseen)
        return [known[one.id] for one in files]

    def shakes(self, files: Sequence[Media]) -> list[Shakes]:
        """How the camera shook in each of these files. Raises `Unknown` for those that nobody has watched."""
        known = self.project.findings.shakes
        if unseen := [Wanted("shakes", one) for one in files if one.id not in known]:
            raise Unknown(unseen)
        return [known[one.id] for one in files]

    def transcripts(self, files: Sequence[Media]) -> list[Transcript]:
        """What is said in each of these files. Refuses where speech is not understood here; raises `Unknown` for files
        that nobody has listened to."""
        heard = self.project.findings
        if heard.no_speech is not None:
            raise self.refusal(heard.no_speech.of(False), heard.no_speech.of(True))
        if unheard := [Wanted("words", one) for one in files if one.id not in heard.words]:
            raise Unknown(unheard)
        return [heard.words[one.id] for one in files]

    def subtitles(self, file: Media) -> Subtitles:
        """What a file of subtitles says. Raises `Unknown` where nobody has read it."""
        known = self.project.findings.subtitles
        if file.id not in known:
            raise Unknown([Wanted("subtitles", file)])
        return known[file.id]

    # The timeline

    @property
    def is_empty(self) -> bool:
        return not self._sequence

    def timeline(self) -> d.Json:
        """The draft with a sequence; built from all files in their order when there is none."""
        if self.draft is not None and not self.is_empty:
            return self.draft
        self.build(self.sources or self.pictures)
        count = len(self.clips)
        if count > 1 and not self.sources:
            self.note(
                f"The {count} uploaded files were put on the timeline first, in upload order.",
                f"先按上传顺序把 {count} 个文件放上了时间线。",
            )
        assert self.draft is not None
        return self.draft

    def build(self, files: Sequence[Media]) -> None:
        """These files as the sequence, in place of the one that is there."""
        self.need_pictures()
        title = self.project.title or "project"
        draft = sequence.build(self.draft, title, files, self.media)
        if not d.clips(draft):
            raise self.refusal(
                "None of these files can be shown: they have no picture or no length.",
                "这些文件都无法显示：没有画面或没有时长。",
            )
        self.draft = draft
        self.built = True
        self._tell_order(files)

    def _tell_order(self, files: Sequence[Media]) -> None:
        """By what files of a watched folder come one after the other: nobody has put them in order."""
        files = [one for one in files if one.is_watched]
        silent = [one for one in files if not one.recorded_at]
        if len(files) < 2:
            return
        if not silent:
            self.note("In the order in which they were recorded.", "按拍摄时间排列。")
        elif len(silent) == len(files):
            self.note(
                "In the order of their names: the files do not say when they were recorded.",
                "按文件名排列：文件里没有拍摄时间。",
            )
        else:
            names = ", ".join(clean_line(one.filename) for one in silent[:3])
            more = "…" if len(silent) > 3 else ""
            self.note(
                f"In the order in which they were recorded; behind those, by name, what does not say when: {names}{more}",
                f"按拍摄时间排列；没有拍摄时间的按文件名排在后面：{names}{more}",
            )

    @property
    def clips(self) -> list[d.Json]:
        self.timeline()
        return list(self._sequence)

    @property
    def _sequence(self) -> list[d.Json]:
        """The clips of the draft, read once for each: a draft is never changed in place."""
        if self._read[0] is not self.draft:
            self._read = self.draft, d.clips(self.draft or {})
        return self._read[1]

    def total(self) -> int:
        return d.whole(self.timeline().get("d"))

    def arrange(self, clips: Sequence[d.Json], **layout: Any) -> None:
        """This sequence from now on; a length that was asked for before no longer holds."""
        self.draft = d.lay_out(
            d.with_meta(d.with_clips(self.timeline(), clips), target=None), **layout
        )

    def fit_to(self, target_ms: int, *, may_repeat: bool = False) -> sequence.Fit:
        """The sequence at this length, or as near as its material lasts; refuses where it cannot be so short.

        Args:
            may_repeat: the sequence plays again where the material is short.
        """
        result = sequence.fit(
            self.timeline(), self.media, target_ms, self.locked, may_repeat=may_repeat
        )
        kept = sum(d.length(clip) for clip in self.clips if clip.get("id") in self.locked)
        if not result.exact and kept:
            raise self.refusal(
                f"{seconds(target_ms)} cannot be reached: what shall stay as it is lasts {seconds(kept)}, and each "
                f"other clip needs at least {seconds(d.MIN_CLIP_MS)}.",
                f"无法剪成 {seconds(target_ms)}：要保持不变的部分长 {seconds(kept)}，其余每个片段至少需要 {seconds(d.MIN_CLIP_MS)}。",
            )
        if not result.exact:
            raise self.refusal(
                f"{seconds(target_ms)} cannot be reached with {len(self.clips)} clips: "
                f"each needs at least {seconds(d.MIN_CLIP_MS)}, and there may be {sequence.MAX_CLIPS} at most.",
                f"{len(self.clips)} 个片段无法剪成 {seconds(target_ms)}：每个片段至少需要 "
                f"{seconds(d.MIN_CLIP_MS)}，最多 {sequence.MAX_CLIPS} 个片段。",
            )
        self.draft = result.draft
        return result

    def keep_target(self, target: int) -> None:
        """Back to the length that was asked for before, when an operation changed it."""
        if target and self.total() != target:
            self.fit_to(target)

    @property
    def target(self) -> int:
        """The length in ms that was asked for; 0 when none was or it no longer holds."""
        wanted = d.whole(d.meta(self.draft or {}).get("target"))
        return wanted if wanted and d.whole((self.draft or {}).get("d")) == wanted else 0

    def kind(self, clip: d.Json) -> str:
        """`image` or `video`, `card` for one that is no file."""
        if d.meta(clip).get("asset") == cards.BLACK:
            return "card"
        return "image" if d.is_still(clip, self.media) else "video"

    def name(self, clip: d.Json) -> str:
        return clean_line(str(d.meta(clip).get("title") or clip.get("id") or "clip"))

    def label(self, positions: Sequence[int]) -> str:
        """`clip 2 (beach.mp4)`, `clips 1, 3`, `all 5 clips`, in the language of the text."""
        clips = self.clips
        if len(positions) == 1:
            number, name = positions[0] + 1, self.name(clips[positions[0]])
            return self.say(f"clip {number} ({name})", f"片段 {number}（{name}）")
        if len(positions) == len(clips):
            all_clips = "both clips" if len(clips) == 2 else f"all {len(clips)} clips"
            return self.say(all_clips, f"全部 {len(clips)} 个片段")
        numbers = ", ".join(str(position + 1) for position in positions[:12])
        more = "…" if len(positions) > 12 else ""
        return self.say(f"clips {numbers}{more}", f"片段 {numbers}{more}")

    def set_clips(self, clips: Sequence[d.Json]) -> None:
        """These clips, none of them longer or elsewhere than before: a length that was asked for still holds."""
        target = self.target
        self.arrange(clips)
        self.draft = d.with_meta(self.timeline(), target=target or None)


def with_choices(question: str, choices: Sequence[str]) -> str:
    """A question as Markdown, its choices under their numbers."""
    lines = "\n".join(f"{number}. {one}" for number, one in enumerate(choices, 1))
    return f"{question}\n\n{lines}" if lines else question


def between(begin: int, end: int) -> str:
    """`0–3 s`, `0:30–1:05`."""
    if end < 60_000:
        return f"{seconds(begin).removesuffix(' s')}–{seconds(end)}"
    return f"{_clock(begin)}–{_clock(end)}"


def seconds(ms: int) -> str:
    """`2 s`, `0.5 s`, `1:30`, `1:00:05.25`: no more digits than it needs."""
    if ms < 60_000:
        return f"{ms / 1000:.3f}".rstrip("0").rstrip(".") + " s"
    return _clock(ms)


def _clock(ms: int) -> str:
    return time_code(ms, fraction=True).rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class Call:
    """One operation as the event stream shows it: `functionCall` and `functionResponse`."""

    name: str
    """snake_case."""
    args: Mapping[str, Any] = field(default_factory=dict)
    """JSON."""
    result: Mapping[str, Any] = field(default_factory=lambda: {"status": "ok"})
    """JSON: `{"status": "ok"}`, or `{"status": "error", "message": …}`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a sentence."""

    reply: str
    """Short Markdown in the language of the text: a question, a refusal, how something open was understood.
    What changed is not in it: the client tells that from the drafts. May be empty."""
    draft: Mapping[str, Any] | None
    """The new draft; None: unchanged."""
    calls: Sequence[Call] = ()
    """What was done, in order."""
    understood: bool = True
    """False when no part of the text was understood."""
    step: str = "edit"
    """`edit`: `draft` follows the current one. `amend`: it takes the place of the current one. `undo` / `redo`:
    `draft` is `steps` back in `Project.previous` / forth in `Project.undone`, which the server moves across."""
    steps: int = 1
    mood: str = "request"
    """request, question, negation, condition or correction."""
    operations: Sequence[Mapping[str, Any]] = ()
    """What was done as JSON: `op`, and its slots by their names."""
    question: str | None = None
    choices: Sequence[str] = ()
    """What can be answered to the question; empty: anything."""
    refused: Refused | None = None
    memory: Any = None
    """To be given back with the next sentence on the same project."""
    wanted: Sequence[Wanted] = ()
    """What has to be found out first: nothing was done, the text is to be given again with it."""
