"""`vbtui skill`: a file that tells an agent how to use the commands. What it says of them is taken from the parser."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator

from vbtui.base import spoken
from vbtui.cli import parser
from vbtui.cli.say import QUESTION

_HEAD = """\
---
name: vbtui
description: Edit and export videos from the command line with vbtui. Bring clips into a project, say in plain English or \
Chinese what to change, look at frames, undo, export an MP4. Use it when the user wants a video cut, joined, titled, \
resized or exported.
---

# Editing videos with vbtui

Each command does one thing to a project, waits for its end and exits. Results go to stdout, progress to stderr; with
`--json` stdout is one JSON object, errors too: `{"error": {"code", "title", "message", "hint"}}`. The user may have the
project open in vbtui: your edits show there at once, and the user can stop and undo them.

## The way

1. `vbtui projects --json` lists what there is. Name the project in each command with `--project NAME`.
2. `vbtui media add FILE… --project NAME --local` makes a project on this machine, where nothing costs anything. Without
   `--local` a new project is made in the cloud, where sentences spend the user's credits: ask first.
3. `vbtui say "TEXT" --json` edits: one wish a sentence, as a user would say it (“cut the first 2 seconds of clip 1”, “add
   a title ‘Lake’ at the start”, “make it 9:16”). `outcome` says what came of it, `undone` what was not done. Look at it:
   only `done` means all of it. `vbtui say "TEXT" --plan` tells what it would do, and does nothing.
4. Exit code EXIT_QUESTION: a question is open. Its choices are in `question`; `vbtui answer 2` takes the second one.
5. `vbtui timeline --json` shows what is seen and heard when.FRAME
6. `vbtui undo` takes the last edit back, `vbtui redo` makes it again.
7. `vbtui export -o FILE.mp4 --json` makes the video and waits; `vbtui renders --json` lists exports.

Where a command was killed, run it again as it was: what was said is not done twice.
"""
_FRAME = " `vbtui frame 0:05 -o x.png` draws a moment."
_COMMANDS = ("projects", "media", "say", "answer", "undo", "redo", "timeline", "versions", "frame", "export", "renders",
             "make", "status")  # fmt: skip
"""Those that an agent needs, as far as there are such."""


def run(arguments: argparse.Namespace) -> int:
    """The file goes to stdout, in English."""
    spoken.use_language("en", os.environ)
    print(text(), end="")
    return 0


def text() -> str:
    """Markdown with its front matter."""
    known = {one.name: one for one in parser.COMMANDS}
    head = _HEAD.replace("EXIT_QUESTION", str(QUESTION))
    parts = [head.replace("FRAME", _FRAME if "frame" in known else ""), "## Commands\n"]
    parts += [_of(known[name]) for name in _COMMANDS if name in known]
    parts += [
        "## Exit codes\n",
        *(f"- {code}: {what.english}" for code, what in parser.EXIT_CODES.items()),
    ]
    return "\n".join(parts) + "\n"


def _of(command: parser.Command) -> str:
    whole = parser.Parser(prog=f"vbtui {command.name}", command=command, add_help=False)
    whole.fill()
    lines = [f"### vbtui {command.name}\n", f"{command.help.english}\n"]
    lines += _options(whole)
    lines += ["", "```sh", *(one.english for one in command.examples), "```", ""]
    return "\n".join(lines)


def _options(whole: parser.Parser) -> Iterator[str]:
    for one in whole.given:
        shown = ", ".join(one.option_strings) or str(one.metavar or one.dest).upper()
        yield f"- `{shown}`: {one.help or ''}".rstrip(": ")
