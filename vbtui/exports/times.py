"""How long exports take: the brief's expectation until the own history knows better."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from vbtui.journal import Journal, facts
from vbtui.journal.records import ExportOptions, Render

CLOUD_S = 60.0
"""The middle of the 30-90 seconds that the cloud promises."""
_LOCAL_RATIO = 0.8
"""Seconds of work for a second of video, before anything is known of this machine."""
_KEPT = 20
_LENGTH_FACTOR = (0.25, 4.0)
"""How far a time is scaled from one length of video to another."""


class ExportTimes:
    """Past durations of one backend, by quality and size: pairs of video seconds and seconds taken."""

    def __init__(self, journal: Journal, backend: str, *, is_local: bool) -> None:
        self._journal = journal
        self._key = f"render_times:{backend}"
        self._is_local = is_local
        self._times: dict[str, list[tuple[float, float]]] = {}

    async def load(self) -> None:
        """Read what earlier starts learned."""
        stored = await self._journal.run(lambda c: facts.get(c, self._key))
        self._times = _read(stored)

    @property
    def is_known(self) -> bool:
        """Whether the own history says anything: before that there is the brief's expectation."""
        return self._is_local or bool(self._times)

    async def learn(self, options: ExportOptions, video_s: float, took_s: float) -> None:
        """Keep how long a render took."""
        if took_s <= 0:
            return
        kind = _kind(options)
        self._times[kind] = [*self._times.get(kind, ()), (video_s, took_s)][-_KEPT:]
        stored = {name: [list(pair) for pair in pairs] for name, pairs in self._times.items()}
        await self._journal.run(lambda c: facts.put(c, self._key, stored))

    def whole_s(self, options: ExportOptions, video_s: float) -> float:
        """The expected seconds for a whole render of a video of that length."""
        past = self._times.get(_kind(options)) or [
            pair for all_of in self._times.values() for pair in all_of
        ]
        if past:
            low, high = _LENGTH_FACTOR
            return median(
                took * min(max(video_s / max(length, 1.0), low), high) for length, took in past
            )
        return max(2.0, video_s * _LOCAL_RATIO) if self._is_local else CLOUD_S

    def left_s(self, render: Render, video_s: float, now: float) -> float:
        """The expected seconds that are left of a render that waits or is being made."""
        whole = self.whole_s(render.options, video_s)
        if render.submitted_at is None:
            return whole
        elapsed = max(now - render.submitted_at, 0.0)
        by_history = max(whole - elapsed, 1.0)
        if render.progress < 5:
            return by_history
        share = min(render.progress, 99.0) / 100
        by_progress = elapsed * (1 - share) / share
        return by_history * (1 - share) + by_progress * share


def _kind(options: ExportOptions) -> str:
    size = f" {options.width}x{options.height}" if options.width and options.height else ""
    return f"{options.quality}{size}"


def _read(stored: Any) -> dict[str, list[tuple[float, float]]]:
    times: dict[str, list[tuple[float, float]]] = {}
    for quality, pairs in (stored if isinstance(stored, dict) else {}).items():
        times[quality] = [pair for pair in map(_pair, pairs) if pair is not None]
    return times


def _pair(value: Any) -> tuple[float, float] | None:
    if isinstance(value, Sequence) and len(value) == 2:
        length, took = value
        if isinstance(length, int | float) and isinstance(took, int | float):
            return float(length), float(took)
    return None
