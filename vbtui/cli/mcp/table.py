"""The tools that an agent is offered: what each takes, what it costs, and which of `vbtui.cli.mcp.tools` does it.

These words are for agents, who read English; what comes back is in the user's language.
"""

from __future__ import annotations

from collections.abc import Mapping

from vbtui.base.errors import UsageError
from vbtui.base.formats import FORMATS
from vbtui.base.settings import QUALITIES
from vbtui.base.text import clean_line
from vbtui.base.translation import Translation
from vbtui.cli.mcp import tools
from vbtui.cli.mcp.tools import LONGEST_TEXT, Json, Tool
from vbtui.exports.presets import PRESETS

_T = Translation
_NO_TOOL = _T("There is no tool “{tool}”: {known}.", "没有工具“{tool}”：{known}。")
INSTRUCTIONS = (
    "vbtui edits videos by plain sentences. Begin with projects; add_media brings files in and makes a project; say"
    " edits, one wish a sentence; look at the result with timeline, frame and contact_sheet; undo takes an edit back;"
    " export makes the file and wait waits for it. An answer with a question wants the tool answer. Trust what a tool"
    " reports: `outcome` says whether an edit was made, `undone` what of it was not. The user may watch, edit and undo at"
    " the same time in vbtui, and may stop you: then ask before you go on."
)
TIMELINE = "What is seen and heard when, as it was seen last; times in ms."
TRANSCRIPT = "What was said in the project, by whom, and what came of it."
"""Of the resources."""
_LONGEST_WAIT_S = 3600

_PROJECT: Json = {
    "type": "string",
    "maxLength": 200,
    "description": "Name or id of the project. Default: the one used last.",
}
_SPEND: Json = {
    "type": "boolean",
    "description": "Cloud projects, where your client cannot ask the user: true says that the user agreed to spend credits.",
}
_FREE = "Costs nothing."
_COSTS = (
    "In a local project it costs nothing. In a cloud project it spends the user's credits: the user is asked first, or,"
    " where your client cannot ask, you ask and set spend."
)


def _text(description: str, longest: int = LONGEST_TEXT) -> Json:
    return {"type": "string", "maxLength": longest, "description": description}


def _every(*tools: Tool) -> Mapping[str, Tool]:
    return {one.name: one for one in tools}


TOOLS = _every(
    Tool(
        "projects",
        f"Every video project of this user, last used first: name, length, number of files. {_FREE}",
        tools.projects,
        reads_only=True,
    ),
    Tool(
        "add_media",
        "Bring files of this machine into a project: videos, pictures, music; the local studio also takes subtitles and"
        f" LUTs. Makes the project where there is none of that name. {_FREE}",
        tools.add_media,
        {
            "files": {
                "type": "array",
                "maxItems": 200,
                "items": _text(
                    "A path; relative ones begin in the folder where this server was started.", 4096
                ),
                "description": "Paths of files.",
            },
            "project": _PROJECT,
        },
        ("files",),
        repeats=True,
    ),
    Tool(
        "media",
        f"The files of a project and their names, as sentences call them. {_FREE}",
        tools.media,
        {"project": _PROJECT},
        reads_only=True,
    ),
    Tool(
        "say",
        "Tell the editor in plain English or Chinese what to change, and wait for the end: “add beach.mp4 and town.jpg”,"
        " “cut the first 2 seconds of clip 1”, “add a title ‘Lake’”, “make it 9:16”. One wish a sentence is surest. Gives"
        " back what was changed, what was not, or a question. The user sees it at once in an open vbtui, with your name on"
        f" it, and can stop or undo it. {_COSTS}",
        tools.say,
        {"text": _text("The sentence."), "project": _PROJECT, "spend": _SPEND},
        ("text",),
        destroys=True,
    ),
    Tool(
        "answer",
        f"Answer the question that say came back with. {_COSTS}",
        tools.answer,
        {
            "choice": _text("The number of a choice, the first is 1, or words."),
            "project": _PROJECT,
            "spend": _SPEND,
        },
        ("choice",),
        destroys=True,
    ),
    Tool(
        "plan",
        f"What a sentence would change, without doing it. Local projects only. {_FREE}",
        tools.plan,
        {"text": _text("The sentence."), "project": _PROJECT},
        ("text",),
        reads_only=True,
    ),
    Tool(
        "timeline",
        f"What is seen and heard when, track by track, as it is now. Times are milliseconds. {_FREE}",
        tools.timeline,
        {"project": _PROJECT},
        reads_only=True,
    ),
    Tool(
        "frame",
        f"The picture of the video at one moment, without an export. Look at it after an edit that changes the picture. {_FREE}",
        tools.frame,
        {
            "at": {
                "type": "number",
                "minimum": 0,
                "maximum": 86_400,
                "description": "Seconds from the start.",
            },
            "project": _PROJECT,
        },
        ("at",),
        reads_only=True,
    ),
    Tool(
        "contact_sheet",
        f"One picture with moments of the whole video side by side. {_FREE}",
        tools.contact_sheet,
        {"project": _PROJECT},
        reads_only=True,
    ),
    Tool(
        "undo",
        f"Take the last edits back, whoever made them. {_COSTS}",
        tools.undo,
        {
            "count": {
                "type": "integer",
                "minimum": 1,
                "maximum": 100,
                "description": "How many. Default: 1.",
            },
            "project": _PROJECT,
            "spend": _SPEND,
        },
        destroys=True,
    ),
    Tool(
        "redo",
        f"Make the last edit that was taken back again. {_COSTS}",
        tools.redo,
        {"project": _PROJECT, "spend": _SPEND},
        destroys=True,
    ),
    Tool(
        "versions",
        f"Every version of the timeline: when, by which sentence, whose. {_FREE}",
        tools.versions,
        {"project": _PROJECT},
        reads_only=True,
    ),
    Tool(
        "export",
        "Begin to make the video file, and come back at once; wait says when it is done and where it is. A file that is"
        " there is never replaced: the new one gets another name. Exports cost no credits; a cloud plan may not include"
        " them.",
        tools.export,
        {
            "output": _text(
                "The file to write, by its path. Default: named after the project, in the user's folder.",
                4096,
            ),
            "format": {
                "type": "string",
                "enum": [*FORMATS],
                "description": "Default: by the name of output, else mp4.",
            },
            "quality": {
                "type": "string",
                "enum": [*QUALITIES],
                "description": "Default: as the user configured.",
            },
            "presets": {
                "type": "array",
                "maxItems": len(PRESETS),
                "items": {"type": "string", "enum": [*PRESETS], "description": "A preset."},
                "description": "One video for each.",
            },
            "project": _PROJECT,
        },
    ),
    Tool(
        "renders",
        f"The exports of a project: state, progress, path. {_FREE}",
        tools.renders,
        {"project": _PROJECT},
        reads_only=True,
    ),
    Tool(
        "wait",
        f"Wait until nothing is under way in the project, and say what became of its exports. {_FREE}",
        tools.wait,
        {
            "seconds": {
                "type": "integer",
                "minimum": 1,
                "maximum": _LONGEST_WAIT_S,
                "description": f"At most so long. Default: {tools.USUAL_WAIT_S}.",
            },
            "project": _PROJECT,
        },
        reads_only=True,
        repeats=True,
    ),
)


def find(name: str) -> Tool:
    """Raises `UsageError`."""
    if name not in TOOLS:
        raise UsageError(_NO_TOOL.of(tool=clean_line(name)[:40], known=", ".join(TOOLS)))
    return TOOLS[name]
