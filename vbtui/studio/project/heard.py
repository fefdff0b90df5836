"""What is known of what is heard in files, and what has to be found out first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from vbtui.base.translation import Translation
from vbtui.studio.project.levels import Levels
from vbtui.studio.project.media import Media
from vbtui.studio.project.words import Transcript

NO_SPEECH = Translation(
    'Speech is not understood here: captions need your words: add caption "…" from 0:05 to 0:08.',
    "这里不能识别语音：字幕需要你给出文字：加字幕“……”，从 0:05 到 0:08。",
)


class Wanted(NamedTuple):
    """Something that has to be found out about a file."""

    kind: Literal["levels", "words"]
    media: Media


@dataclass(frozen=True, slots=True)
class Heard:
    """By the ids of files."""

    levels: Mapping[str, Levels] = field(default_factory=dict)
    words: Mapping[str, Transcript] = field(default_factory=dict)
    no_speech: Translation | None = NO_SPEECH
    """Why speech is not understood here; None where it is."""

    def beside(self, other: Heard) -> Heard:
        """With what the other knows."""
        return Heard({**self.levels, **other.levels}, {**self.words, **other.words}, self.no_speech)
