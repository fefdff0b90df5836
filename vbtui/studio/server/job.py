"""One render: what was asked for and how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

OPEN = ("pending", "processing")
COMPLETED = "completed"


@dataclass(slots=True)
class Job:
    """A render as `job.json` keeps it."""

    id: str
    session_id: str
    quality: str
    """high, medium or low."""
    title: str
    """What the file is called when it is downloaded."""
    created_at: float
    """Seconds since 1970."""
    width: int | None = None
    """Pixels; None: as the draft says, or by its shape where only the other side is given."""
    height: int | None = None
    fps: float | None = None
    """Frames a second; None: as the draft says."""
    status: str = "pending"
    """pending, processing, completed, failed or cancelled."""
    progress: float = 0.0
    """0-100."""
    error: str = ""
    """Why it failed, as a sentence."""
    remarks: list[str] = field(default_factory=list)
    """What the user should know of a video that came out all the same, in sentences."""

    def advance(self, progress: float) -> None:
        """Take the renderer's report; 100 is for the finished file alone."""
        self.progress = max(self.progress, min(round(progress, 1), 99.9))

    def remark(self, sentence: str) -> None:
        """Take a remark of the renderer's; the same one counts once."""
        if sentence not in self.remarks:
            self.remarks.append(sentence)


def job_to_json(job: Job) -> dict[str, Any]:
    """The JSON of `job.json`."""
    return asdict(job)


def job_from_json(value: object) -> Job | None:
    """The job that `job_to_json` wrote; None when `value` is none. Unknown keys are left."""
    if not isinstance(value, Mapping):
        return None
    names = {item.name for item in fields(Job)}
    try:
        return Job(**{key: item for key, item in value.items() if key in names})
    except TypeError:
        return None
