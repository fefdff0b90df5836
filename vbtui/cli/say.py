"""`vbtui say`, `answer`, `undo`, `redo`: a sentence to a project, and what came of it.

What was changed goes to stdout, or one JSON object a sentence; the answer goes to stderr as it is given.
"""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from vbtui.base.problem import Problem
from vbtui.base.settings import Settings, load
from vbtui.base.text import FORM, clean_line, to_json
from vbtui.base.translation import Translation
from vbtui.cli import forms, is_local, plan, where
from vbtui.cli.door import SERVICES, Door, Said, engine_of, find_project, no_project
from vbtui.cli.progress import Progress
from vbtui.cli.shell import DONE_IN_PART, Outcome, Shell, finish, show_notice, show_render
from vbtui.cli.stdin import sentences
from vbtui.conversation import receipts
from vbtui.engine import Engine
from vbtui.session.events import AssetChanged, Event, Noticed, RenderChanged, TurnChanged

_T = Translation
_RESUMED = _T(
    "“{sentence}” was said before, by a vbtui that was ended: this is what came of it.",
    "“{sentence}”之前已经说过，当时的 vbtui 被中止；这是它的结果。",
)
_UNCHANGED = _T("Nothing was changed.", "没有改动任何内容。")
_ANSWER_IT = _T("Answer with: vbtui answer NUMBER", "请回答：vbtui answer 编号")
QUESTION = 7
"""The exit code where a question waits for its answer."""
_EXITS = {"in_part": DONE_IN_PART, "unchanged": DONE_IN_PART, "unseen": 1, "refused": 1, "failed": 1,
          "question": QUESTION, "stopped": 130}  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Do what is asked to a project, and wait for its end."""
    return finish(_done(load(), arguments), as_json=False)


async def _done(settings: Settings, arguments: argparse.Namespace) -> Outcome:
    """Stops at the first sentence that is not done. Raises `VbtuiError`."""
    author = arguments.command
    makes = bool(arguments.command == "say" and arguments.project)
    async with opened(settings, arguments, author=author, makes=makes) as door:
        if arguments.command == "say" and arguments.plan:
            return await _planned(door, arguments)
        code = 0
        async for ask in _asked(door, arguments):
            one = await ask()
            _print(door, one, as_json=arguments.json)
            code = exit_code(one)
            if code:
                break
        await door.is_told()
        return Outcome("", None, code)


@asynccontextmanager
async def opened(
    settings: Settings, arguments: argparse.Namespace, *, author: str, makes: bool = False
) -> AsyncIterator[Door]:
    """The project that the arguments name, at work. Raises `UsageError` where there is none.

    Args:
        makes: it is made where there is none of that name.
    """
    found = await find_project(settings, arguments.project, **where(arguments))
    folder = Path.cwd()
    if found is not None:
        engine = engine_of(settings, found, author, folder)
    elif makes:
        engine = Engine(
            settings,
            local=is_local(settings, arguments),
            server=arguments.server,
            project=arguments.project,
            folder=folder,
            author=author,
        )
    else:
        raise no_project(arguments.project)
    shown = _Shown()
    shell = Shell(engine, shown.heard, SERVICES)
    door = Door(shell)
    shown.door = door
    async with shell.at_work():
        yield door


class _Shown:
    """What is heard while a door is open, on stderr."""

    door: Door

    def heard(self, event: Event) -> None:
        progress = self.door.shell.progress
        match event:
            case AssetChanged(asset):
                self.door.heard(asset)
            case TurnChanged(turn) if turn.id == self.door.waits_for:
                if turn.activity:
                    progress.update(turn.activity, None)
                if turn.reply and not turn.state.is_over:
                    progress.reply(turn.reply)
            case RenderChanged(render) if render.id in {one.id for one in self.door.shell.renders}:
                show_render(progress, render)
            case Noticed():
                show_notice(progress, event)
            case _:
                pass


async def _asked(
    door: Door, arguments: argparse.Namespace
) -> AsyncIterator[Callable[[], Awaitable[Said]]]:
    """What is to be done, one after the other."""
    match arguments.command:
        case "answer":
            yield partial(door.answer, " ".join(arguments.choice))
        case "undo":
            yield partial(door.undo, arguments.count)
        case "redo":
            yield door.redo
        case _ if arguments.text == ["-"]:
            async for line in sentences():
                yield partial(door.say, line)
        case _:
            yield partial(door.say, " ".join(arguments.text))


async def _planned(door: Door, arguments: argparse.Namespace) -> Outcome:
    """What each sentence would do to the project as it is, in lines as those of `vbtui plan`."""
    show = plan.shown_as(arguments.json)
    if arguments.text == ["-"]:
        said = [line async for line in sentences()]
    else:
        said = [" ".join(arguments.text)]
    lines = [plan.Line(text, (text,)) for text in said]
    for line, found in zip(lines, (await door.plan([one.turns for one in lines])), strict=True):
        print(show(line, found), flush=True)
    return Outcome("", None)


def exit_code(one: Said) -> int:
    """0, or what did not go as asked."""
    if one.outcome in ("failed", "unseen") and one.problem is not None:
        return one.problem.error().exit_code
    return _EXITS.get(one.outcome, 0)


def _print(door: Door, one: Said, *, as_json: bool) -> None:
    turn, progress = one.turn, door.shell.progress
    if one.is_resumed:
        progress.stage(_RESUMED.of(sentence=clean_line(turn.text)))
    progress.reply(turn.reply, is_whole=True)
    if as_json:
        session = door.engine.sessions.current
        print(to_json({"version": FORM, **forms.project(session), **forms.said(one)}), flush=True)
    else:
        lines = [f"{line.mark} {line.text}".strip() for line in receipts.lines(turn)]
        lines += filter(None, [receipts.state_line(turn)])
        lines += [str(render.path) for render in one.renders if render.path]
        if turn.question is not None:
            lines += [f"{number}. {text}" for number, text in enumerate(turn.question.options, 1)]
        if lines:
            print("\n".join(lines), flush=True)
    if one.outcome == "unchanged":
        progress.stage(_UNCHANGED.of())
    if one.outcome == "question":
        progress.stage(_ANSWER_IT.of())
    if one.problem is not None:
        tell_problem(progress, one.problem)


def tell_problem(progress: Progress, problem: Problem) -> None:
    """Why something failed, where the command goes on to its end."""
    from vbtui.base.errors import said

    progress.stage(f"vbtui: {said(problem.message, problem.headless_hint)}")
