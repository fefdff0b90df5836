"""What was found out by listening to files and watching them, and what has to be found out first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from vbtui.base.translation import Translation
from vbtui.studio.project.beats import Beats
from vbtui.studio.project.levels import Levels
from vbtui.studio.project.media import Media
from vbtui.studio.project.shakes import Shakes
from vbtui.studio.project.sight import Sight
from vbtui.studio.project.subtitles import Subtitles
from vbtui.studio.project.voices import Voices
from vbtui.studio.project.words import Transcript

NO_SPEECH = Translation(
    'Speech is not understood here: captions need your words: add caption "…" from 0:05 to 0:08.',
    "这里不能识别语音：字幕需要你给出文字：加字幕“……”，从 0:05 到 0:08。",
)


_SCENE = 0.3
"""So much of a picture is another one where a scene changes."""
_ALONE = 2.0
"""By so much a change is above those of the pictures around it: what moves fast is no change of scene."""
_AROUND_MS = 500


@dataclass(frozen=True, slots=True)
class Changes:
    """Pictures of a video that differ from the one before them: when they are seen, ms, and by how much, 0-1."""

    seen: tuple[tuple[int, float], ...] = ()
    failed: bool = False
    """The file could not be watched."""

    def scenes(self) -> tuple[int, ...]:
        """Where another scene begins."""
        found = []
        for at, (ms, score) in enumerate(self.seen):
            near = [
                other
                for time, other in self.seen[max(0, at - 20) : at + 21]
                if time != ms and abs(time - ms) <= _AROUND_MS
            ]
            if score >= _SCENE and score >= _ALONE * max(near, default=0):
                found.append(ms)
        return tuple(found)

    def to_json(self) -> list[list[float]]:
        return [list(one) for one in self.seen]

    @staticmethod
    def from_json(value: object) -> Changes:
        """Raises `ValueError` or `TypeError` for what is none."""
        if not isinstance(value, list):
            raise ValueError("no changes")
        return Changes(tuple((int(ms), float(score)) for ms, score in value))


class Wanted(NamedTuple):
    """Something that has to be found out about a file."""

    kind: Literal["levels", "voices", "words", "changes", "subtitles", "sight", "beats", "shakes"]
    media: Media


@dataclass(frozen=True, slots=True)
class Findings:
    """By the ids of files."""

    levels: Mapping[str, Levels] = field(default_factory=dict)
    voices: Mapping[str, Voices] = field(default_factory=dict)
    words: Mapping[str, Transcript] = field(default_factory=dict)
    changes: Mapping[str, Changes] = field(default_factory=dict)
    subtitles: Mapping[str, Subtitles] = field(default_factory=dict)
    sight: Mapping[str, Sight] = field(default_factory=dict)
    beats: Mapping[str, Beats] = field(default_factory=dict)
    shakes: Mapping[str, Shakes] = field(default_factory=dict)
    no_speech: Translation | None = NO_SPEECH
    """Why speech is not understood here; None where it is."""
    tells_voices: bool = False
    """Speech is told from noise here."""

    def beside(self, other: Findings) -> Findings:
        """With what the other knows."""
        return replace(
            self,
            levels={**self.levels, **other.levels},
            voices={**self.voices, **other.voices},
            words={**self.words, **other.words},
            changes={**self.changes, **other.changes},
            subtitles={**self.subtitles, **other.subtitles},
            sight={**self.sight, **other.sight},
            beats={**self.beats, **other.beats},
            shakes={**self.shakes, **other.shakes},
        )
