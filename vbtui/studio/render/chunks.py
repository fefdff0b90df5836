"""Where a plan is cut into chunks, the key that says what is in one, and the cache that keeps them.

A cut is exact anywhere, because a frame is drawn the same in whatever run it is drawn. Cuts lie
where the content changes – at clips, transitions and the edges of texts – and in even parts
between, so that a change in one place leaves the chunks of other places as they are. A key counts
frames from the chunk's own start: a chunk that only moved keeps its key. What is taken over without
encoding lies between chunks.

The cache is bounded and safe against crashes. What is under way has a name `<prefix><process
id>-<random>`: a process that was killed cannot clean up after itself, the next one does it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from vbtui.base.files import fresh_name, remove_leftovers
from vbtui.base.settings import find_directories, private_directory
from vbtui.studio.project.media import shown
from vbtui.studio.render.model import WHOLE, Inset, Plan, Shot, Span, Words

VERSION = 12
"""Raised whenever the same plan would be drawn or encoded differently."""
CHUNK_S = 5
"""A chunk's usual length in seconds: short enough to share out, long enough to encode well."""
TEXT_CHUNK_S = 2
"""The same under a text: words are what people change last, and shorter parts are ready sooner."""
REVERSE_CHUNK_S = 1
"""The same of what is played backwards: all its pictures are in memory at once."""
SHORTEST_S = 0.7


@dataclass(frozen=True, slots=True)
class Chunk:
    """The frames `start`..`end` of a plan."""

    start: int
    end: int
    key: str
    """Names everything that its encoded picture depends on."""

    @property
    def count(self) -> int:
        return self.end - self.start


def cut_into_chunks(
    plan: Plan,
    fonts: dict[Words, str],
    encoder: Sequence[str],
    taken: Sequence[tuple[int, int]] = (),
) -> list[Chunk]:
    """The chunks of `plan`, in order; together with `taken` they fill it.

    Args:
        fonts: for each text of the plan, what identifies the fonts that draw it.
        encoder: the encoder's name and options, and which ffmpeg and Pillow draw for it.
        taken: first frame and end of what needs no encoding, in order.
    """
    return [
        Chunk(start, end, _key(plan, start, end, fonts, encoder))
        for begin, stop in _gaps(plan.frames, taken)
        for start, end in pairwise(_edges(plan, begin, stop))
    ]


def single_frames(
    plan: Plan, frames: Sequence[int], fonts: dict[Words, str], encoder: Sequence[str]
) -> list[Chunk]:
    """Chunks of one frame each; see `cut_into_chunks`."""
    return [
        Chunk(frame, frame + 1, _key(plan, frame, frame + 1, fonts, encoder)) for frame in frames
    ]


def _gaps(frames: int, taken: Sequence[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    ends = [0, *(end for _, end in taken)]
    starts = [*(start for start, _ in taken), frames]
    return ((end, start) for end, start in zip(ends, starts, strict=True) if end < start)


def _edges(plan: Plan, begin: int, stop: int) -> list[int]:
    shortest = max(1, round(SHORTEST_S * plan.canvas.fps))
    places = {span.start for span in plan.spans} - set(_leading_on(plan))
    inside = sorted(place for place in places if begin < place < stop)
    chosen = _spaced([begin, *inside], shortest, stop)
    texts = {edge for one in plan.over() for edge in (one.start, one.end)}
    for edge in sorted(edge for edge in texts if begin < edge < stop):
        if all(abs(edge - other) >= shortest for other in (*chosen, stop)):
            chosen.append(edge)
    return _divided(sorted(chosen), plan, stop)


def _leading_on(plan: Plan) -> Iterable[int]:
    """Where a transition begins that leads on from the shot before it.

    It stays in that shot's chunk: the shot is being decoded there already, while the one that
    comes in is only at its start.
    """
    for before, span in pairwise(plan.spans):
        if span.transition and span.shot is not None and span.shot == before.shot:
            yield span.start


def _spaced(places: Sequence[int], shortest: int, end: int) -> list[int]:
    """`places` without those too close to the one before or to the end."""
    chosen = [places[0]]
    for place in places[1:]:
        if place - chosen[-1] >= shortest and end - place >= shortest:
            chosen.append(place)
    return chosen


def _divided(edges: Sequence[int], plan: Plan, stop: int) -> list[int]:
    """`edges` with long stretches divided evenly, and the end."""
    result: list[int] = []
    for start, end in pairwise([*edges, stop]):
        written = any(words.start < end and words.end > start for words in plan.words)
        usual = (TEXT_CHUNK_S if written else CHUNK_S) * plan.canvas.fps
        shots = (shot for span in plan.part(start, end) for shot in (span.shot, span.into))
        if any(shot is not None and shot.reverse for shot in shots):
            usual = REVERSE_CHUNK_S * plan.canvas.fps
        parts = max(1, round((end - start) / usual))
        result += [start + (end - start) * part // parts for part in range(parts)]
    return [*result, stop]


def _key(plan: Plan, start: int, end: int, fonts: dict[Words, str], encoder: Sequence[str]) -> str:
    canvas = plan.canvas
    content: dict[str, Any] = {
        "version": VERSION,
        "canvas": [canvas.width, canvas.height, str(canvas.fps)],
        "encoder": list(encoder),
        "count": end - start,
        "spans": [_span_key(span, start) for span in plan.part(start, end)],
        "words": [
            _words_key(words, start, fonts[words])
            for words in plan.words
            if words.start < end and words.end > start
        ],
    }
    if insets := [_inset_key(one, start, end) for one in plan.insets_in(start, end)]:
        content["insets"] = insets
    bars = (one for one in plan.bars if one.start < end and one.end > start)
    if shown := [[*astuple(replace(one, start=one.start - start))] for one in bars]:
        content["bars"] = shown
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _span_key(span: Span, start: int) -> list[Any]:
    mix = [span.transition, span.done, span.length] if span.transition else []
    mix += [span.fade] if span.fade else []
    shots = (span.shot, span.into) if span.transition else (span.shot,)
    return [span.start - start, span.count, mix, [_shot_key(shot, span.start) for shot in shots]]


def _inset_key(inset: Inset, start: int, end: int) -> list[Any]:
    first, last = max(inset.start, start), min(inset.end, end)
    seen = [first - start, last - start, inset.place, inset.size, inset.opacity]
    return [*seen, _shot_key(inset.shot, first)]


def _shot_key(shot: Shot | None, first: int) -> list[Any]:
    """Args: first: the frame of the timeline from which on it is seen."""
    if shot is None:
        return []
    media = shot.media
    return [
        media.sha256 or [str(media.path), media.size],
        media.kind,
        [media.width, media.height, media.has_alpha, media.late_ms],
        astuple(shown(media)) if media.kind == "video" else [],
        [shot.in_ms, str(shot.pace.first), shot.fit, shot.loop],
        *([str(shot.pace.last), shot.pace.lasts],) * shot.pace.is_ramp,
        *([one.key for one in shot.effects],) * bool(shot.effects),
        *(shot.count,) * bool(shot.count),
        *("reverse",) * shot.reverse,
        *("freeze",) * shot.freeze,
        *(shot.cell,) * (shot.cell != WHOLE),
        first - shot.start if shot.count or not (media.kind == "image" or shot.freeze) else 0,
    ]


def _words_key(words: Words, start: int, fonts: str) -> list[Any]:
    return [
        words.text,
        [words.start - start, words.count, words.fade],
        [words.position, words.role, words.size, words.color, words.box, words.style, words.lit],
        [words.outline, words.edge, words.shadow, words.enter],
        fonts,
    ]


_UNFINISHED = "unfinished-"
_REMARK = ".remark"


class FileCache:
    """Files by key. A file appears under its key only when it is whole."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        """
        Args:
            limit_bytes: what `evict` leaves at most.
        """
        self.folder = folder
        self._limit = limit_bytes

    @classmethod
    def of_user(cls, name: str, otherwise: Path, limit_bytes: int) -> FileCache:
        """The user's cache of that name; one in `otherwise` when that cannot be written."""
        folder = find_directories().cache / name
        try:
            private_directory(folder)
            if os.access(folder, os.W_OK):
                remove_leftovers(folder, _UNFINISHED)
                return cls(folder, limit_bytes)
        except OSError:
            pass
        return cls(otherwise / name, limit_bytes)

    def path(self, key: str) -> Path:
        """Where the file with `key` is or would be."""
        return self.folder / key[:2] / key

    def take(self, key: str, link: Path) -> bool:
        """Makes the file with `key` appear at `link` as well; False when there is none."""
        path = self.path(key)
        try:
            os.utime(path)
            _link(path, link)
        except FileNotFoundError:
            return False
        with contextlib.suppress(FileNotFoundError):
            os.utime(path.with_suffix(_REMARK))
        return True

    @contextlib.contextmanager
    def unfinished(self) -> Iterator[Path]:
        """A name for a file that is being made; what lies there afterwards is removed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / fresh_name(_UNFINISHED)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def keep(self, unfinished: Path, key: str, remark: str = "") -> None:
        """Puts a whole file under its key, with what is to be said whenever it is used."""
        path = self.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        if remark:
            path.with_suffix(_REMARK).write_text(remark, encoding="utf-8")
        unfinished.replace(path)

    def remark(self, key: str) -> str:
        """What was remarked when the file with `key` was made; usually nothing."""
        try:
            return self.path(key).with_suffix(_REMARK).read_text(encoding="utf-8")
        except OSError:
            return ""

    def drop(self, key: str) -> None:
        """Forgets the file with `key`."""
        self.path(key).unlink(missing_ok=True)
        self.path(key).with_suffix(_REMARK).unlink(missing_ok=True)

    def evict(self) -> None:
        """Removes what crashes left and, from the oldest on, what is over the limit."""
        files: list[tuple[float, int, Path]] = []
        for path in self.folder.glob("*/*"):
            with contextlib.suppress(OSError):
                stat = path.stat()
                files.append((stat.st_mtime, stat.st_size, path))
        remove_leftovers(self.folder, _UNFINISHED)
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self._limit:
                break
            with contextlib.suppress(OSError):
                path.unlink()
            total -= size


def _link(path: Path, link: Path) -> None:
    link.unlink(missing_ok=True)
    try:
        link.hardlink_to(path)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(path, link)
