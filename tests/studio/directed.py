"""A project for the director's tests: media, sentences in turn, and the facts of the draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from vbtui.studio.director import Memory, Outcome, Project, direct
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import AudioStream, Media
from vbtui.timeline.model import AUDIO, TEXT, VIDEO

_AUDIO = AudioStream("aac", 48000, 2, 1000)


def video(identity: str, name: str, ms: int, *, portrait: bool = False) -> Media:
    size = (1080, 1920) if portrait else (1920, 1080)
    return Media(identity, name, "video", Path("/nowhere"), 1, "", ms, *size, audio=_AUDIO)


def photo(identity: str, name: str, *, portrait: bool = False) -> Media:
    size = (1080, 1920) if portrait else (1920, 1080)
    return Media(identity, name, "image", Path("/nowhere"), 1, "", 0, *size)


def song(identity: str, name: str, ms: int) -> Media:
    return Media(identity, name, "audio", Path("/nowhere"), 1, "", ms, audio=_AUDIO)


MEDIA = (
    video("a1", "beach.mp4", 12_000),
    video("a2", "city walk.mp4", 7_000),
    photo("a3", "IMG_2.jpg", portrait=True),
    song("a4", "song.mp3", 30_000),
    video("a5", "VID_2026.mp4", 9_000, portrait=True),
)
"""32 s of pictures in four files, and a song."""


class Talk:
    """Sentences in turn on one project, as the server keeps it."""

    def __init__(self, media: Sequence[Media] = MEDIA, title: str = "project") -> None:
        self.media, self.title = media, title
        self.draft: Mapping[str, Any] | None = None
        self.history: list[Mapping[str, Any] | None] = []
        self.undone: list[Mapping[str, Any] | None] = []
        self.memory: Memory | None = None
        self.last = Outcome("", None)

    def say(self, *sentences: str) -> Talk:
        for sentence in sentences:
            project = Project(self.title, self.draft, self.media, self.history, self.undone)
            self.last = direct(sentence, project, self.memory)
            self.memory = self.last.memory
            if self.last.draft is not None:
                self._keep(self.last)
        return self

    def _keep(self, outcome: Outcome) -> None:
        if outcome.step == "undo":
            for _ in range(outcome.steps):
                self.undone.append(self.draft)
                self.draft = self.history.pop()
        elif outcome.step == "redo":
            for _ in range(outcome.steps):
                self.history.append(self.draft)
                self.draft = self.undone.pop()
        elif outcome.step == "amend":
            self.undone.clear()
        else:
            self.history.append(self.draft)
            self.undone.clear()
        self.draft = outcome.draft

    @property
    def reply(self) -> str:
        return self.last.reply

    @property
    def changed(self) -> bool:
        return self.last.draft is not None

    @property
    def calls(self) -> list[str]:
        return [call.name for call in self.last.calls]

    @property
    def operations(self) -> list[str]:
        """Names of what was done last."""
        return [str(one["op"]) for one in self.last.operations]

    @property
    def clips(self) -> list[dict[str, Any]]:
        return d.clips(self.draft or {})

    @property
    def names(self) -> list[str]:
        return [str(d.meta(clip)["title"]) for clip in self.clips]

    @property
    def lengths(self) -> list[int]:
        return [d.length(clip) for clip in self.clips]

    @property
    def total(self) -> int:
        return d.whole((self.draft or {}).get("d"))

    @property
    def canvas(self) -> tuple[int, int]:
        meta = d.meta(self.draft or {})
        return int(meta["width"]), int(meta["height"])

    @property
    def transitions(self) -> list[tuple[str, int]]:
        return [(join["type"], join["d"]) if join else ("cut", 0) for join in d.joins(self.clips)]

    @property
    def texts(self) -> list[tuple[str, int, int]]:
        """Words, start and end in ms, by start."""
        found = [
            (str(d.meta(item)["text"]), d.start(item), d.start(item) + d.length(item))
            for item in d.texts(self.draft or {})
        ]
        return sorted(found, key=lambda text: text[1:])

    @property
    def music(self) -> list[tuple[str, int, int, float]]:
        """Name, start and end in ms, volume."""
        return [
            (
                str(d.meta(item)["title"]),
                d.start(item),
                d.start(item) + d.length(item),
                d.meta(item)["volume"],
            )
            for item in d.sounds(self.draft or {})
        ]

    def meta_of(self, number: int) -> Mapping[str, Any]:
        return d.meta(self.clips[number - 1])


def check_invariants(draft: Mapping[str, Any], media: Sequence[Media] = MEDIA) -> None:
    """What holds for every draft that the director makes."""
    by_id = {asset.id: asset for asset in media}
    identities = [item["id"] for track in draft["t"] for item in track["sg"]]
    assert len(identities) == len(set(identities)), "segment ids are unique"
    clips = d.clips(draft)
    cursor = 0
    for position, clip in enumerate(clips):
        join = d.meta(clip).get("transition")
        overlap = join["d"] if join else 0
        assert clip["d"] > 0
        assert isinstance(clip["s"], int)
        assert isinstance(clip["d"], int)
        assert clip["s"] == cursor - overlap, (
            "clips follow each other, overlapping by the transition"
        )
        if position:
            assert 2 * overlap <= min(clip["d"], clips[position - 1]["d"])
        else:
            assert not join
        cursor = clip["s"] + clip["d"]
        asset = by_id[d.meta(clip)["asset"]]
        if asset.kind == "video":
            played = 0 if d.is_freeze(clip) else clip["d"]
            used = played * Fraction(str(d.meta(clip)["speed"]))
            assert d.meta(clip)["in"] + used <= asset.duration_ms
        assert d.meta(clip)["in"] >= 0
        assert 0 <= d.meta(clip)["volume"] <= d.MAX_VOLUME
    if clips:
        assert draft["d"] == cursor
    for track in draft["t"]:
        if track["tt"] == VIDEO:
            continue
        end = 0
        for item in sorted(track["sg"], key=lambda item: int(item["s"])):
            assert item["s"] >= 0
            assert item["d"] > 0
            if clips:
                assert item["s"] + item["d"] <= draft["d"]
            if track["tt"] == AUDIO:
                assert item["s"] >= end
                end = item["s"] + item["d"]
        assert track["tt"] in (AUDIO, TEXT)
