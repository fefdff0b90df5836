"""The records that the journal keeps and everyone else reads: immutable, replaced when they change.

Times are seconds since 1970 (wall clock) unless the name says `_ms` or `_s`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vbtui.base.formats import USUAL
from vbtui.base.problem import Problem
from vbtui.base.translation import Translation

if TYPE_CHECKING:
    from vbtui.timeline.changes import Change
    from vbtui.timeline.model import Timeline
    from vbtui.timeline.sources import KnownFiles


@dataclass(frozen=True, slots=True)
class Session:
    """One project at one backend."""

    id: str
    """The backend's session id."""
    backend: str
    """`local`, or the API's base URL."""
    name: str
    """The project's name, one clean line."""
    task_id: str = ""
    user_id: str = ""
    created_at: float = 0
    used_at: float = 0
    """When it was last opened."""


class TurnState(StrEnum):
    """Where a turn stands. The journal has the new state before the action that it names."""

    QUEUED = "queued"
    """Typed while another turn runs; editable."""
    SENDING = "sending"
    """Written before the request goes out: from here on it is never sent again by itself."""
    RUNNING = "running"
    """The backend answered with a stream."""
    RECOVERING = "recovering"
    """The connection broke; the state is being looked at."""
    DONE = "done"
    FAILED = "failed"
    """The backend refused, or nothing was ever sent."""
    STOPPED = "stopped"
    """The user stopped it; the backend may still have carried it out."""
    UNKNOWN = "unknown"
    """It was sent, and nobody saw how it ended: watch, send again or drop."""
    DROPPED = "dropped"
    """The user gave it up."""

    @property
    def is_over(self) -> bool:
        return self in (TurnState.DONE, TurnState.FAILED, TurnState.STOPPED, TurnState.DROPPED)


@dataclass(frozen=True, slots=True)
class FinishedVideo:
    """What an export made, as it was when it was done."""

    path: str
    """As `os.fsdecode` gives it."""
    length_ms: int = 0
    """0 where it is not known, as of the others."""
    width: int = 0
    height: int = 0
    size: int = 0
    """Bytes."""
    copied: float | None = None
    """Per cent of its pictures that are those of the originals, bit for bit; None: not known."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a turn did, said by the timeline and not by the agent."""

    changes: tuple[Change, ...] = ()
    seconds: float = 0
    credits_before: float | None = None
    credits_after: float | None = None
    unseen: str = ""
    """Why it cannot be told what changed, a phrase; empty where `changes` are all that did."""
    with_next: bool = False
    """The state could not be read before the next message went out: that one's receipt has both."""
    claim_unproven: bool = False
    """The agent says that it edited, and the state shows no change."""
    unshown: tuple[str, ...] = ()
    """Sentences in which the agent says that it added something of which the state shows nothing."""
    undone: tuple[str, ...] = ()
    """What the agent reports that it could not do, a sentence each."""
    version: int = 0
    """Of the draft that the turn left; 0 where it did not change."""
    length_ms: int = 0
    """Of that draft."""
    clips: int = 0
    tracks: int = 0
    """Those that hold something."""
    video: FinishedVideo | None = None
    """What an export of the project made."""
    chinese: bool = False
    """The language where no message has one."""
    is_told: bool = False
    """The answer, kept by an earlier vbtui, lists the changes itself."""


@dataclass(frozen=True, slots=True)
class QuestionPart:
    """One thing that the agent asks."""

    prompt: str
    options: tuple[str, ...] = ()
    takes_several: bool = False
    """Whether more than one option may be chosen."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the agent asked in place of going on; the next message answers it."""

    title: str
    parts: tuple[QuestionPart, ...]

    @property
    def options(self) -> tuple[str, ...]:
        """Of all parts: the first has number 1."""
        return tuple(option for part in self.parts for option in part.options)

    @property
    def is_one_choice(self) -> bool:
        """Whether one option is the whole answer."""
        return len(self.parts) == 1 and not self.parts[0].takes_several


class Offer(StrEnum):
    """What can be done about a turn, or about an export that does not get on."""

    EXPORT = "export"
    """Save the video."""
    LOOK = "look"
    """Go to the timeline."""
    OPEN = "open"
    """Open the video that was made."""
    COPY_PATH = "copy_path"
    """Copy where that lies."""
    UNDO = "undo"
    """Take back what the turn changed."""
    WATCH = "watch"
    """Look once more for the end that nobody saw."""
    SEND_AGAIN = "send_again"
    DROP = "drop"
    """Give it up."""
    UPLOAD_AGAIN = "upload_again"
    """The files that the backend lost."""
    RENDER_HERE = "render_here"
    """Make on this machine what the backend does not make."""
    RENDER_HERE_ANYWAY = "render_here_anyway"
    """The same, without the parts that were named as missing."""
    LOCAL = "local"
    """Start again with the local studio."""
    CLAIM = "claim"
    """The link that takes the project into an account."""
    RETRY = "retry"
    """Make an export again."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One entry of the conversation: what the user said and all that came of it."""

    id: int
    session_id: str
    text: str
    """The user's words; empty for a note of vbtui's own."""
    route: str
    """`edit` went to the agent; `export`, `credits`, `status`, `upload`, `plan`, `version` were done by vbtui;
    `note` is something that vbtui says by itself."""
    state: TurnState
    reply: str = ""
    """Markdown, cleaned and translated from mouse talk; what arrived so far while it runs."""
    activity: str = ""
    """What the agent does right now, in words: "Adding a title"; not kept in the journal."""
    activity_since: float = 0
    receipt: Receipt | None = None
    problem: Problem | None = None
    offers: tuple[str, ...] = ()
    """What is offered below the turn (`Offer`)."""
    question: Question | None = None
    """What the agent asked in it; its words are in the reply, too."""
    position: float = 0
    """Order in the conversation and in the queue."""
    created_at: float = 0
    sent_at: float | None = None
    ended_at: float | None = None
    draft_before: int | None = field(default=None, repr=False, compare=False)
    """The draft's version before the message was sent; 0: nothing was built; None: not known."""
    credits_before: float | None = field(default=None, repr=False, compare=False)
    owner: str = field(default="", repr=False, compare=False)
    """The engine that works on it (`vbtui.journal.owners`); empty when none does."""
    author: str = ""
    """Who said it in the user's place: a command, an agent; empty: the user, at the screen."""
    awaited_by: str = field(default="", repr=False, compare=False)
    """The engine that has yet to tell its author what came of it; empty when all is told."""


def asking(turns: Sequence[Turn]) -> Turn | None:
    """The turn in which the agent asked what no message, sent or waiting, has answered."""
    last = next((turn for turn in reversed(turns) if turn.route == "edit"), None)
    is_open = last is not None and last.state is TurnState.DONE and last.question is not None
    return last if is_open else None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a file waits, failed or was skipped. True where there is one."""

    code: str = ""
    """What the program goes by: the code of an error (`vbtui.base.errors`), `GROWING`, `UNWRITTEN`, `TWIN`,
    `LOST`, or another word for what is only told."""
    text: str = ""
    """What users read, a phrase."""

    def __bool__(self) -> bool:
        return bool(self.text)


NO_REASON = Reason()
PICKED = "picked"
"""The source of a file that the user named himself."""
GROWING = "growing"
"""It has not been quiet for long enough."""
UNWRITTEN = "unwritten"
"""It has its length and no content yet: whoever writes it reserved the room first."""
TWIN = "twin"
"""A file with the same content is on its way."""
COPY = "copy"
"""The project has a file with the same content."""
LOST = "lost"
"""The backend lost it together with its session."""
_BY_YOU = Translation("by you", "由您跳过")
_VANISHED = Translation("vanished before it was uploaded", "上传之前消失了")


def by_user() -> Reason:
    """The user wants it so."""
    return Reason("by_user", _BY_YOU.of())


def vanished() -> Reason:
    """It was there and is not any more."""
    return Reason("vanished", _VANISHED.of())


class AssetState(StrEnum):
    """Where a file stands on its way into the project."""

    SEEN = "seen"
    SETTLING = "settling"
    """Still growing, or not quiet for long enough."""
    HASHING = "hashing"
    QUEUED = "queued"
    UPLOADING = "uploading"
    """Written before the first byte goes out."""
    DONE = "done"
    """Only after the server's answer."""
    FAILED = "failed"
    """With `reason`; tried again at `retry_at` where that is set."""
    SKIPPED = "skipped"
    """By the user, or a copy of something that is there already."""
    REPLACED = "replaced"
    """An older version of a file that was uploaded again."""
    GONE = "gone"
    """It vanished before it was uploaded."""

    @property
    def is_over(self) -> bool:
        return self not in (
            AssetState.SEEN,
            AssetState.SETTLING,
            AssetState.HASHING,
            AssetState.QUEUED,
            AssetState.UPLOADING,
        )


@dataclass(frozen=True, slots=True)
class Asset:
    """One file (or URL) of a project."""

    id: int
    session_id: str
    path: Path | None
    """Where it lies on this machine; None for a URL or something that the backend made."""
    name: str
    """One clean line to show."""
    kind: str
    """`video`, `image`, `audio`; empty when not known."""
    source: str
    """`picked`, `watch`, `url`, `generated` or `other` (uploaded by another program)."""
    state: AssetState
    size: int = 0
    """Bytes."""
    sent: int = 0
    """Bytes sent so far, while it is uploading; not kept in the journal."""
    rate: float = 0
    """Bytes a second right now; not kept in the journal."""
    why: Reason = NO_REASON
    retry_at: float | None = None
    sha256: str = ""
    url: str = ""
    """Where the backend keeps it (`cdn_url`), or the URL that it is fetched from."""
    duration_s: float | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    created_at: float = 0
    done_at: float | None = None
    label: str = ""
    """What the user calls it; empty: by its name."""

    @property
    def reason(self) -> str:
        """Why it waits, failed or was skipped, as a phrase."""
        return self.why.text

    @property
    def shown(self) -> str:
        """What it is called on the screen."""
        return self.label or self.name


def files_of(assets: Iterable[Asset]) -> KnownFiles[Asset]:
    """What a draft may mean: first what was uploaded whole, and of that the newest.

    Made from ten thousand assets it takes some ms: for a thread.
    """
    from vbtui.timeline.sources import KnownFile, KnownFiles, last_part

    newest_first = [*assets][::-1]
    ordered = sorted(newest_first, key=lambda asset: asset.state is not AssetState.DONE)
    return KnownFiles(
        KnownFile(
            asset,
            name=asset.name,
            url=asset.url,
            sha256=asset.sha256,
            id=last_part(asset.url),
        )
        for asset in ordered
    )


class RenderState(StrEnum):
    """Where an export stands."""

    WAITING = "waiting"
    """In vbtui's own queue."""
    SUBMITTING = "submitting"
    """Written, with its id, before the request goes out."""
    PENDING = "pending"
    """The backend has it and has not begun."""
    PROCESSING = "processing"
    DOWNLOADING = "downloading"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    """The backend cannot be asked right now; last seen at `seen_at`."""

    @property
    def is_over(self) -> bool:
        return self in (RenderState.DONE, RenderState.FAILED, RenderState.CANCELLED)


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What an export is asked for."""

    quality: str = "high"
    """high, medium or low."""
    destination: Path | None = None
    """The file to write; None: named from the title and the date, in the exports folder."""
    format: str = USUAL
    """A name of `vbtui.base.formats`."""
    at_ms: int = 0
    """Which moment a single picture is of."""
    overwrite: bool = False
    """Whether a file at `destination` is replaced (when the new one is whole); otherwise the new
    one gets another name: `promo (2).mp4`."""
    preset: str = ""
    """The name of the preset (`vbtui.exports.presets`) that it was asked for by."""
    width: int | None = None
    """Pixels of the video; None: as the timeline says. Only where the backend can (wire/README.md, Endpoints, knows no
    sizes)."""
    height: int | None = None
    here: str = ""
    """Set when it is made on this machine in the backend's place: the key of its plan in the
    journal (`vbtui.fallback.plan`)."""


@dataclass(frozen=True, slots=True)
class Render:
    """One export, from the key press to the file."""

    id: str
    """`render_<ts>`, unique, made here (wire/README.md, Endpoints)."""
    session_id: str
    state: RenderState
    options: ExportOptions
    draft_version: int = 0
    title: str = ""
    progress: float = 0
    """0-100, never goes backwards within one render."""
    path: Path | None = None
    """The finished video."""
    problem: Problem | None = None
    attempt: int = 1
    """2 for the one automatic retry."""
    position: float = 0
    """Order in the queue."""
    created_at: float = 0
    submitted_at: float | None = None
    seen_at: float | None = None
    """The last answer of the backend about it."""
    ended_at: float | None = None
    received: int = 0
    """Bytes downloaded so far; not kept in the journal."""
    size: int | None = None
    """Bytes to download, where known."""
    copied: float | None = None
    """Per cent of its pictures that are those of the originals, bit for bit; not kept in the journal."""
    owner: str = field(default="", repr=False, compare=False)
    """Which engine works on it (`vbtui.journal.owners`)."""


@dataclass(frozen=True, slots=True)
class DraftVersion:
    """One state of the timeline that was seen."""

    version: int
    """Counts from 1 within its session."""
    session_id: str
    seen_at: float
    turn_id: int | None
    timeline: Timeline | None
    draft: Any = field(repr=False, default=None)
    """The JSON as it came."""
