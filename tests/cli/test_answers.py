"""Every command without a screen × every answer that lasts × every call: it ends, in time and never in silence, with
the exit code that is promised and a sentence that a script's owner understands.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import shutil
import sys
from argparse import Namespace
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

import pytest

from tests import clips as media
from tests.clock import LeapingLoop, LoopClock
from tests.cloud import (
    CREDITS,
    DOWNLOAD,
    FILE,
    POLL,
    RENDER,
    SESSION,
    SIGN_IN,
    STATE,
    TURN,
    UPLOAD,
    Cloud,
    Fault,
    Play,
    cut,
    page,
    plain,
    refuses,
    says,
)
from tests.faults.rows import unfit
from tests.server import hang, reply
from vbtui.base.errors import VbtuiError
from vbtui.base.settings import Directories, load
from vbtui.cli import sentence
from vbtui.cli.export import exported
from vbtui.cli.make import made
from vbtui.cli.watch import in_words, watched

ALWAYS = 1_000_000
LONGEST_S = 1500.0
"""As long as the longest turn, and what comes before and after it."""
LONGEST_SILENCE_S = 260.0

ANSWERS: dict[str, Play] = {
    "401": refuses(401, detail="no"),
    "2001": says(2001, "no credits left"),
    "402": refuses(402, detail="not in your plan"),
    "1002": says(1002, "session not found"),
    "429": says(429, "slow down", status=429),
    "429 for days": says(429, "slow down", status=429, Retry_After="999999"),
    "502": page(502),
    "page": page(200),
    "204": plain(reply(status=204, body=b"")),
    "list": plain(reply([])),
    "half": cut(0.5, resets=False),
    "hang": plain(hang()),
}
CALLS = {
    "token": ("POST", SIGN_IN),
    "session": ("POST", SESSION),
    "credits": ("GET", CREDITS),
    "state": ("GET", STATE),
    "upload": ("POST", UPLOAD),
    "turn": ("POST", TURN),
    "render": ("POST", RENDER),
    "poll": ("GET", POLL),
    "file": ("GET", FILE),
}
_WORDS_OF_THE_APP = re.compile(
    r"screen|\bpress\b|ctrl|\bF\d\b|\^[a-z]\b|(?:^|\s)/[a-z]+\b(?!/)", re.I
)


@dataclass
class Told(list[tuple[float, str]]):
    """What one run wrote to stdout and stderr, each with its time."""

    began: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    def write(self, text: str) -> None:
        if text.strip():
            self.append((asyncio.get_running_loop().time() - self.began, text.strip()))

    def silence(self, end: float) -> float:
        """The longest time without a word."""
        times = [0.0, *(at for at, _ in self), end]
        return max(later - earlier for earlier, later in itertools.pairwise(times))


_told: ContextVar[Told] = ContextVar("told")


class _Stream:
    """Takes what a run writes to stderr to that run's own words."""

    def write(self, text: str) -> int:
        _told.get().write(text)
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False


@dataclass
class End:
    code: int
    told: Told
    took_s: float
    error: str = ""
    """The sentence that it ended with."""

    def __str__(self) -> str:
        lines = "\n".join(f"  {at:7.1f}  {text}" for at, text in self.told)
        return f"exit {self.code} after {self.took_s:.0f} s\n{lines}\n  → {self.error}"


async def run(command: str, call: str, play: Play, folder: Path) -> End:
    """The whole life of one command, against a cloud that gives that answer for ever."""
    clip = folder / "in" / "a.mp4"
    clip.parent.mkdir(parents=True)
    shutil.copy(media.clip(seconds=1), clip)
    method, path = CALLS[call]
    paths = (FILE, DOWNLOAD) if path == FILE else (path,)
    loop = asyncio.get_running_loop()
    async with Cloud() as cloud:
        cloud.video = clip.read_bytes()
        directories = Directories(*(folder / name for name in "abcd"))
        settings = replace(load(), api_url=cloud.url, directories=directories)
        if command == "export":
            _told.set(Told())
            await made(settings, _arguments("make", folder))
        cloud.goes_wrong(*(Fault(method, one, play, ALWAYS) for one in paths))
        told, code, error = Told(), 0, ""
        _told.set(told)
        arguments = _arguments(command, folder)
        try:
            async with asyncio.timeout(2 * LONGEST_S):
                if command == "make":
                    code = (await made(settings, arguments)).exit_code
                elif command == "export":
                    code = (await exported(settings, arguments)).exit_code
                else:
                    then = "make it nice" if command == "then" else ""
                    code = await watched(
                        settings, arguments, then, lambda one: told.write(in_words(one))
                    )
        except TimeoutError:
            code, error = -1, "it did not end"
        except VbtuiError as wrong:
            code, error = wrong.exit_code, sentence(wrong)
        return End(code, told, loop.time() - told.began, error)


def _arguments(command: str, folder: Path) -> Namespace:
    its = Namespace(local=False, cloud=False, server="", quality=None, json=False, project="")
    its.output, its.timeout = folder / "out.mp4", None
    if command == "make":
        its.files, its.say = [folder / "in" / "a.mp4"], ["make it nice"]
    elif command == "export":
        its.version, its.preset, its.here = 0, [], False
        its.format, its.at = None, 0
    else:
        its.directory, its.once = folder / "in", True
    return its


def table(
    command: str, call: str, answers: Sequence[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, End]:
    """How the command ends for each of `answers`, all at the same time."""
    monkeypatch.setattr("vbtui.engine.SystemClock", LoopClock)
    monkeypatch.setattr("vbtui.cli.watch._QUIET_S", 10.0)
    stream: TextIO = _Stream()  # type: ignore[assignment]  # all of it that progress needs
    monkeypatch.setattr(sys, "stderr", stream)

    async def every() -> dict[str, End]:
        runs = (
            run(command, call, ANSWERS[name], folder / chr(ord("a") + place))
            for place, name in enumerate(answers)
        )
        return dict(zip(answers, await asyncio.gather(*runs), strict=True))

    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        return runner.run(every())


def promised(command: str, call: str, answer: str) -> int:
    """The exit code (`vbtui --help`, `vbtui.cli`)."""
    if answer == "401" or (call == "token" and answer.startswith("429")):
        return 3
    if call == "credits":
        return 0  # a balance that is not known hinders nobody
    if answer == "half" and call in ("upload", "turn", "render"):
        return 0  # it was done, and is looked for
    if answer in ("2001", "402"):
        return 5
    if command in ("watch", "then") and call not in ("token", "session", "state"):
        return 6
    return 4 if answer == "hang" else 1


SHORT = ("401", "2001", "1002", "429 for days", "502", "204", "hang")
CASES = [
    *(("make", call) for call in CALLS),
    *(("then", call) for call in ("session", "upload", "turn", "render", "poll")),
    ("watch", "upload"),
    ("export", "render"),
    ("export", "poll"),
]


@pytest.mark.parametrize(("command", "call"), CASES, ids=lambda name: name)
def test_it_ends_as_promised(
    command: str, call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [*ANSWERS] if command == "make" else SHORT
    for answer, end in table(command, call, answers, tmp_path, monkeypatch).items():
        what = f"{command} × {call} × {answer}: {end}"
        assert end.code == promised(command, call, answer), what
        assert end.took_s <= LONGEST_S, what
        assert end.told.silence(end.took_s) <= LONGEST_SILENCE_S, what
        assert end.error or not end.code or end.told[-1][1].startswith("vbtui: "), what
        for _, text in (*end.told, (0, end.error)):
            assert not unfit(text), what
            assert not _WORDS_OF_THE_APP.search(text), what
