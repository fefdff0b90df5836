"""Where a text is worked through: what the director gets and gives back, the draft as it becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from vbtui.base.keys import key_name
from vbtui.base.text import clean_line
from vbtui.base.times import time_code
from vbtui.studio.director import sequence
from vbtui.studio.director.clauses import Clause
from vbtui.studio.director.phrases import Ref
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media


class Refusal(Exception):
    """An instruction that was understood and cannot be followed; the text is the sentence."""


class Desk:
    """The work on one text. Handlers change `draft` and tell with `did`, `note`, and raise a `refusal`."""

    def __init__(self, project: Project, chinese: bool) -> None:
        self.project = project
        self.chinese = chinese
        self.draft: d.Json | None = dict(project.draft) if project.draft else None
        self.media: dict[str, Media] = {asset.id: asset for asset in project.media}
        self.done: list[str] = []
        self.notes: list[str] = []
        self.calls: list[Call] = []
        self.step = "edit"
        self.purpose = ""
        """What the video is for, as the text says it: `birthday party`."""
        self.genre = ""
        """The word for its kind: `promo`."""
        self.composed = False
        """The text made a new video of the files."""
        self.text_shown: list[str] = []
        """Words that were put on the screen, for the check of fonts."""

    # Words

    def say(self, english: str, chinese: str) -> str:
        """The one in the language of the text."""
        return chinese if self.chinese else english

    def did(self, english: str, chinese: str, call: str, **args: Any) -> None:
        """An operation that was done, for the reply and for the event stream."""
        self.done.append(self.say(english, chinese))
        self.calls.append(Call(call, args, {"status": "ok", "message": self.done[-1]}))

    def changed_length(self, english: str, chinese: str, call: str, **args: Any) -> None:
        """As `did`, and how long the video now lasts; the sentences come without their full stops."""
        now = seconds(self.total())
        english, chinese = (
            f"{english}; the video now lasts {now}.",
            f"{chinese}，视频现在长 {now}。",
        )
        self.did(english, chinese, call, **args)

    def note(self, english: str, chinese: str) -> None:
        """Something the user should know besides."""
        text = self.say(english, chinese)
        if text not in self.notes:
            self.notes.append(text)

    def refusal(self, english: str, chinese: str) -> Refusal:
        """To be raised: what was asked for is understood, but cannot be done."""
        return Refusal(self.say(english, chinese))

    # Media

    @property
    def pictures(self) -> list[Media]:
        """Videos and photos in upload order."""
        return [asset for asset in self.project.media if asset.kind != "audio"]

    @property
    def audio_files(self) -> list[Media]:
        return [asset for asset in self.project.media if asset.kind == "audio"]

    def need_pictures(self) -> None:
        if not self.pictures:
            raise self.refusal(
                "There is nothing to edit yet: upload a video or a photo first "
                f"({key_name('app.upload')}, or drop files here).",
                f"还没有素材：请先上传视频或照片（{key_name('app.upload')}，或把文件拖到这里）。",
            )

    # The timeline

    def timeline(self) -> d.Json:
        """The draft with a sequence; built from all files in upload order when there is none."""
        if self.draft is not None and d.clips(self.draft):
            return self.draft
        self.need_pictures()
        self.draft = sequence.build(
            self.draft, self.project.title or "project", self.pictures, self.media
        )
        if not d.clips(self.draft):
            raise self.refusal(
                "None of the uploaded files can be shown: they have no picture or no length.",
                "上传的文件都无法显示：没有画面或没有时长。",
            )
        count = len(d.clips(self.draft))
        self.done.append(
            self.say(
                f"Put the {count} uploaded files on the timeline in upload order first."
                if count > 1
                else f"Put {clean_line(self.pictures[0].filename)} on the timeline first.",
                f"先按上传顺序把 {count} 个文件放上了时间线。",
            )
        )
        self.calls.append(Call("build_timeline", {"clips": count}))
        return self.draft

    @property
    def clips(self) -> list[d.Json]:
        return d.clips(self.timeline())

    def total(self) -> int:
        return d.whole(self.timeline().get("d"))

    def arrange(self, clips: Sequence[d.Json], **layout: Any) -> None:
        """This sequence from now on; a length that was asked for before no longer holds."""
        self.draft = d.lay_out(
            d.with_meta(d.with_clips(self.timeline(), clips), target=None), **layout
        )

    def fit_to(self, target_ms: int) -> sequence.Fit:
        """The sequence at exactly this length; refuses where that cannot be."""
        result = sequence.fit(self.timeline(), self.media, target_ms)
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

    def name(self, clip: d.Json) -> str:
        return clean_line(str(d.meta(clip).get("title") or clip.get("id") or "clip"))

    # References

    def targets(self, ref: Ref) -> list[int]:
        """Positions in the sequence that `ref` means, in its order; refuses when there are none."""
        clips = self.clips
        found: list[int] = []
        if ref.every:
            found += self._of_kind(ref.only)
        for number, of in ref.numbers:
            counted = self._of_kind(of)
            position = number - 1 if number > 0 else len(counted) + number
            if not 0 <= position < len(counted):
                self._no_such_clip(number, of, len(counted))
            found.append(counted[position])
        for asset in ref.assets:
            here = [i for i, clip in enumerate(clips) if d.meta(clip).get("asset") == asset]
            if not here:
                self._not_on_timeline(asset)
            found += here
        for identity in ref.segments:
            here = [i for i, clip in enumerate(clips) if clip.get("id") == identity]
            if not here:
                raise self.refusal(
                    f"There is no clip #{identity} on the timeline.",
                    f"时间线上没有片段 #{identity}。",
                )
            found += here
        if not found:
            raise self.refusal("There is no such clip on the timeline.", "时间线上没有这样的片段。")
        return list(dict.fromkeys(found))

    def _of_kind(self, kind: str) -> list[int]:
        """Positions of the photos, the videos, or (for an empty kind) all clips."""
        return [i for i, clip in enumerate(self.clips) if kind in ("", self._kind(clip))]

    def _kind(self, clip: d.Json) -> str:
        return "image" if d.is_still(clip, self.media) else "video"

    def _no_such_clip(self, number: int, only: str, count: int) -> NoReturn:
        noun = {"image": "photo", "video": "video"}.get(only, "clip")
        noun_zh = {"image": "照片", "video": "视频"}.get(only, "片段")
        raise self.refusal(
            f"There is no {noun} {abs(number)}: the timeline has {count}.",
            f"没有第 {abs(number)} 个{noun_zh}：时间线上有 {count} 个。",
        )

    def _not_on_timeline(self, asset: str) -> NoReturn:
        found = self.media.get(asset)
        name = found.filename if found else asset
        raise self.refusal(
            f'{name} is not on the timeline yet. Say: "add {name} at the end".',
            f"{name} 还不在时间线上。可以说：“把 {name} 添加到结尾”。",
        )

    def take_targets(self, clause: Clause) -> list[int] | None:
        """What the clause's references mean; None when it has none."""
        ref = clause.ref()
        return self.targets(ref) if ref is not None else None

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


@dataclass(frozen=True, slots=True)
class Call:
    """One operation as the event stream shows it: `functionCall` and `functionResponse`."""

    name: str
    """snake_case: `combine_clips`, `add_title`."""
    args: Mapping[str, Any] = field(default_factory=dict)
    """JSON."""
    result: Mapping[str, Any] = field(default_factory=lambda: {"status": "ok"})
    """JSON: `{"status": "ok"}`, or `{"status": "error", "message": …}`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a sentence."""

    reply: str
    """Short Markdown in the language of the text."""
    draft: Mapping[str, Any] | None
    """The new draft; None: unchanged."""
    calls: Sequence[Call] = ()
    """What was done, in order."""
    understood: bool = True
    """False when no part of the text was understood."""
    step: str = "edit"
    """`edit`: `draft` follows the current one. `undo` / `redo`: `draft` is the newest of
    `Project.previous` / `Project.undone`, which the server moves across."""
