"""Files of the project in sentences: added to the timeline, replaced wherever they are.

A file is named as the backend knows it, and where the user calls it otherwise by both names:
`"Sunset" (beach.mp4)`.
"""

from __future__ import annotations

from collections.abc import Sequence

from vbtui.base.errors import UsageError
from vbtui.base.text import clean_line
from vbtui.journal.records import Asset
from vbtui.timeline.edits import file_called


def called(asset: Asset) -> str:
    """The file in a sentence."""
    return file_called(asset.name, asset.label)


def add_files(assets: Sequence[Asset]) -> list[str]:
    """One sentence for the clips, which go to the end, and one for the sounds, at the start."""
    sounds = [asset for asset in assets if asset.kind == "audio"]
    clips = [asset for asset in assets if asset.kind != "audio"]
    ways = ((clips, "file", "at the end"), (sounds, "sound", "at the start"))
    return [f"add the {_these(some, noun)} {where}" for some, noun, where in ways if some]


def _these(assets: Sequence[Asset], noun: str) -> str:
    names = [called(asset) for asset in assets]
    if len(names) == 1:
        return f"{noun} {names[0]}"
    return f"{noun}s {', '.join(names[:-1])} and {names[-1]}"


def replace_file(asset: Asset, by: Asset) -> str:
    """Another file wherever this one is on the timeline. Raises `UsageError`."""
    if clean_line(asset.name) == clean_line(by.name):
        raise UsageError(
            "Both files have the same name: the agent could not tell them apart.",
            hint="Upload the other one under another name.",
        )
    return f"replace the file {called(asset)} with the file {called(by)} everywhere"
