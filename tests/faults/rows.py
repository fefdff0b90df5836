"""One row of the table of faults, played from the start of vbtui to its next start."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests import clips as media
from tests.clock import FakeClock
from tests.cloud import DRAFT, Cloud, Fault, Play, kind_of
from tests.serving import serving
from tests.waiting import PATIENCE_S, until
from vbtui.base.problem import Problem
from vbtui.base.settings import Settings, Timing, load
from vbtui.engine import Engine
from vbtui.journal.records import ExportOptions, Receipt
from vbtui.media.files import reason_now
from vbtui.session.events import (
    AssetChanged,
    Event,
    Noticed,
    OverviewChanged,
    RenderChanged,
    TurnChanged,
)

TOKEN = "nmv_usr_Zx9Distinctive7Qp"
SPEED = 40.0
"""How much faster the engine's clock runs than the wall's: its pauses are meant for people."""
TIMING = Timing(
    render_poll=2,
    still_working=4800,
    recover_first=1,
    recover_next=1,
    recover_tries=3,
    sse_total=PATIENCE_S,
    heartbeat_only=PATIENCE_S,
    rate_limit_wait=1,
    stall=PATIENCE_S,
    connect=PATIENCE_S,
    reply=PATIENCE_S,
)
_QUIET_S = 0.15
"""How long a restarted vbtui is watched for things that it must not send."""


@dataclass(frozen=True)
class Row:
    """A fault and all that must come of it."""

    name: str
    wrong: tuple[Fault, ...]
    does: str
    """`say`, `ask` (for credits), `upload`, `export` or `start`."""
    state: str
    """How the turn, asset, render or link ends."""
    saw: tuple[str, ...]
    """Regular expressions, each found in what the user saw at some time."""
    carried: int = 1
    """How often the backend really did it; never more than once."""
    asked: int | None = None
    """How often it was asked to; None: as often as it was carried out."""
    offers: tuple[str, ...] | None = None
    after: str = ""
    """The state in the journal after a restart; empty: the same."""
    later: int = 0
    """How often it is sent after the restart, because nothing had come of it before."""
    never: tuple[str, ...] = ()
    """Regular expressions that must not be found."""
    token: str = ""
    """NEMO_TOKEN; empty: an anonymous one."""
    url: str = ""
    """The backend's address in place of the cloud's; `{port}` is filled in."""
    draft: Any = None
    """The timeline before."""
    hangs: bool = False
    """The stream falls silent: what gives it up does so soon."""


def posted(
    path: str,
    does: str,
    name: str,
    how: Play,
    *saw: str,
    state: str = "done",
    carried: int = 1,
    asked: int = 2,
    **more: Any,
) -> Row:
    """What goes wrong with the first such POST is made good by the second."""
    return Row(name, (Fault("POST", path, how),), does, state, saw, carried, asked, **more)


@dataclass
class Seen:
    """All that was shown, in order."""

    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(filter(None, self.words))


def _words(event: Event, now: float) -> str:
    match event:
        case TurnChanged(turn):
            offers = " ".join(f"[{offer}]" for offer in turn.offers)
            parts = [turn.reply, turn.activity, _problem(turn.problem), _receipt(turn.receipt)]
            return "\n".join((*parts, offers))
        case AssetChanged(asset):
            return f"{asset.name} {asset.state}: {reason_now(asset, now)}"
        case RenderChanged(render):
            return f"export {render.state} {_problem(render.problem)}"
        case OverviewChanged(overview):
            return f"link {overview.link} {_problem(overview.problem)}"
        case Noticed(problem):
            return _problem(problem)
    return ""


def _problem(problem: Problem | None) -> str:
    return f"{problem.title} | {problem.message} | {problem.hint}" if problem else ""


def _receipt(receipt: Receipt | None) -> str:
    if receipt is None:
        return ""
    parts = [change.sentence for change in receipt.changes]
    if receipt.claim_unproven:
        parts.append("the timeline shows no change")
    return "; ".join(parts)


@asynccontextmanager
async def vbtui(settings: Settings, folder: Path, seen: Seen) -> AsyncIterator[Engine]:
    """A started engine with its services; leaving it is the end of vbtui."""
    clock = FakeClock(time.time(), speed=SPEED)
    engine = Engine(settings, folder=folder, clock=clock)
    engine.bus.subscribe(lambda event: seen.words.append(_words(event, clock.now())))
    async with serving(engine):
        yield engine


async def play(row: Row, folder: Path) -> None:
    """Everything that a row says, asserted."""
    async with Cloud() as cloud:
        seen = await _played(row, cloud, folder)
        _check_seen(row, seen)
        _check_sent(row, cloud)
        sent = _sent(cloud)
        cloud.faults.clear()
        state = await _restarted(row, cloud, folder)
        assert state == (row.after or row.state), "after a restart"
        again = sum(_sent(cloud).values()) - sum(sent.values())
        assert again == row.later, "a restart sent something again"


def settings_for(row: Row, cloud: Cloud) -> Settings:
    url = row.url.format(port=cloud.port) if row.url else cloud.url
    timing = replace(TIMING, sse_total=0.6, heartbeat_only=0.3) if row.hangs else TIMING
    return replace(load({"NEMO_TOKEN": row.token}), api_url=url, timing=timing)


async def _played(row: Row, cloud: Cloud, folder: Path) -> Seen:
    seen = Seen()
    cloud.video = media.clip(seconds=1).read_bytes()
    cloud.draft = DRAFT if row.does == "export" else row.draft
    if row.token and row.does != "start":
        cloud.good_tokens.add(row.token)
    if row.does == "start":
        cloud.goes_wrong(*row.wrong)
    async with vbtui(settings_for(row, cloud), folder, seen) as engine:
        if row.does != "start":
            await until(lambda: engine.overview.link == "ready")
            cloud.goes_wrong(*row.wrong)
        await _DOES[row.does](engine)
        await until(lambda: _state(row, engine) == row.state and _rests(engine))
        if row.offers is not None:
            assert engine.conversation.turns[-1].offers == row.offers
        return seen


def _rests(engine: Engine) -> bool:
    return engine.is_idle or engine.overview.link == "refused"


async def _say(engine: Engine) -> None:
    await engine.conversation.say("add a title Urban Dreams")


async def _ask(engine: Engine) -> None:
    await engine.conversation.say("how many credits are left?")


async def _upload(engine: Engine) -> None:
    await engine.library.add([media.clip(seconds=1)])


async def _export(engine: Engine) -> None:
    await engine.exports.start(ExportOptions())


async def _start(_engine: Engine) -> None:
    return


_DOES = {"say": _say, "ask": _ask, "upload": _upload, "export": _export, "start": _start}


def _state(row: Row, engine: Engine) -> str:
    """Where that stands which the row is about."""
    match row.does:
        case "say" | "ask":
            said = [turn for turn in engine.conversation.turns if turn.text]
            return str(said[-1].state) if said else ""
        case "upload":
            mine = [asset for asset in engine.library.assets if asset.path]
            return ",".join(str(asset.state) for asset in mine)
        case "export":
            return ",".join(str(render.state) for render in engine.exports.renders)
        case _:
            return str(engine.overview.link)


async def _restarted(row: Row, cloud: Cloud, folder: Path) -> str:
    """What the journal holds for the next vbtui, once that has settled."""
    cloud.good_tokens.update({row.token} - {""})
    settings = replace(settings_for(row, cloud), api_url=cloud.url)
    if row.url:
        settings = settings_for(row, cloud)  # another address has other sessions
    wanted = row.after or row.state
    async with vbtui(settings, folder, Seen()) as engine:
        await until(lambda: _state(row, engine) == wanted)
        await asyncio.sleep(_QUIET_S)
        return _state(row, engine)


def _check_seen(row: Row, seen: Seen) -> None:
    text = seen.text
    assert not unfit(text), unfit(text)
    for wanted in row.saw:
        assert re.search(wanted, text, re.S), f"{wanted!r} was not seen in:\n{text}"
    for unwanted in row.never:
        assert not re.search(unwanted, text), f"{unwanted!r} was seen in:\n{text}"


def _check_sent(row: Row, cloud: Cloud) -> None:
    kind = {"say": "message", "upload": "upload", "export": "render"}.get(row.does, "")
    assert not cloud.unattributed
    assert not cloud.faults, "a fault was not met"
    carried = {name: count for name, count in cloud.carried.items() if count}
    assert carried == ({kind: row.carried} if row.carried and kind else {})
    asked = row.carried if row.asked is None else row.asked
    assert _sent(cloud).get(kind, 0) == asked, cloud.requests
    if row.token:
        assert not cloud.count("POST", "/api/auth/anonymous-token")
    for request in cloud.requests:
        assert row.token not in request.target or not row.token


def _sent(cloud: Cloud) -> dict[str, int]:
    kinds = [kind_of(request) for request in cloud.requests]
    return {kind: kinds.count(kind) for kind in set(kinds) - {""}}


_UNFIT = re.compile(
    r"Traceback|File \"|\{\s*[\"']|[\"']\s*:\s*[\"'{\[\d]|<html|<h1|<pre|nmv_usr_|clm_|Bearer"
    r"|(?<![\w/-])(?:1001|1002|2001|4001|4002|402|422|429|50\d)(?![\w/-]| MB)|HTTP \d|\bNone\b|object at 0x|Error\b"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]"
)


def unfit(text: str) -> list[str]:
    """Pieces of `text` that no user should see: tokens, JSON, bare codes, tracebacks, escapes."""
    return [text[max(0, m.start() - 30) : m.end() + 30] for m in _UNFIT.finditer(text)]
