"""The one table of keys: bindings, footer, command palette and help are made from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class Key:
    """One key of vbtui."""

    id: str
    """`<scope>.<name>`; the scope is the screen or widget that owns the key."""
    keys: str
    """Textual's key names, separated by commas; the first is shown."""
    action: str
    """The action that it runs, without `action_`."""
    label: str
    """One or two words for the footer."""
    tooltip: str
    """One sentence for help, palette and mouse."""
    group: str
    """The heading in the help."""
    footer: int = 0
    """Place in the footer: 1 stays longest when space is short; 0: never there."""
    shown: str = ""
    """How the key is written; empty: made from `keys`."""
    priority: bool = False
    """Whether it wins over the focused widget's own keys."""
    palette: bool = True
    """Whether the palette offers it."""

    @property
    def scope(self) -> str:
        return self.id.partition(".")[0]

    @property
    def display(self) -> str:
        """`^s`, `F2`, `Enter`: the key as people write it."""
        return self.shown or display_of(self.keys.split(",")[0])


_SPECIAL = {
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "backspace": "⌫",
    "delete": "Del",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "tab": "Tab",
    "plus": "+",
    "minus": "-",
    "slash": "/",
    "comma": ",",
    "full_stop": ".",
    "question_mark": "?",
    "left_square_bracket": "[",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "right_square_bracket": "]",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
}


def display_of(key: str) -> str:
    """`ctrl+s` as `^s`, `f2` as `F2`, `shift+up` as `⇧↑`."""
    *modifiers, name = key.split("+")
    text = _SPECIAL.get(name, name.upper() if len(name) > 1 and name[0] == "f" else name)
    for modifier in reversed(modifiers):
        text = {"ctrl": "^", "shift": "⇧", "alt": "Alt-"}.get(modifier, modifier + "-") + text
    return text


GO, MAKE, PROMPT, CHAT, LIST = "Go to", "Make a video", "Prompt", "Conversation", "List"
MEDIA, TIMELINE, RENDERS, APP = "Media", "Timeline", "Renders", "vbtui"
EDITS = "Edits by hand"

TABLE: tuple[Key, ...] = (
    Key("app.chat", "f2", "go('chat')", "Chat", "Talk to the agent.", GO),
    Key("app.media", "f3", "go('media')", "Media", "The files of this project.", GO),
    Key("app.timeline", "f4", "go('timeline')", "Timeline", "What the video is made of.", GO),
    Key("app.renders", "f5", "go('renders')", "Renders", "Exports and finished videos.", GO),
    Key("app.1", "1", "go('chat')", "Chat", "As F2, outside text fields.", GO, palette=False),
    Key("app.2", "2", "go('media')", "Media", "As F3, outside text fields.", GO, palette=False),
    Key(
        "app.3", "3", "go('timeline')", "Timeline", "As F4, outside text fields.", GO, palette=False
    ),
    Key("app.4", "4", "go('renders')", "Renders", "As F5, outside text fields.", GO, palette=False),
    Key(
        "app.stop",
        "escape,alt+escape",
        "stop",
        "Stop",
        "Stop what is running; asks by the first press.",
        MAKE,
        footer=2,
        shown="Esc",
    ),
    Key(
        "app.export",
        "ctrl+s",
        "export",
        "Export",
        "Export the timeline: saves the video as an MP4.",
        MAKE,
        footer=3,
        priority=True,
    ),
    Key(
        "app.upload",
        "ctrl+o",
        "upload",
        "Upload",
        "Pick files, or give a path or a URL.",
        MAKE,
        footer=4,
        priority=True,
    ),
    Key(
        "app.sessions",
        "f6",
        "sessions",
        "Projects",
        "Open, make, rename, forget projects.",
        APP,
        priority=True,
    ),
    Key(
        "app.link",
        "f7",
        "open_link",
        "Open in browser",
        "Open this project in the web app, and copy the link.",
        APP,
        priority=True,
    ),
    Key(
        "app.pictures",
        "V",
        "pictures",
        "Pictures",
        "Step through the ways of showing pictures: half blocks, the terminal's own, off.",
        APP,
    ),
    Key(
        "app.palette",
        "ctrl+p",
        "command_palette",
        "Commands",
        "Find a command by its name.",
        APP,
        footer=5,
        priority=True,
        palette=False,
    ),
    Key(
        "app.help",
        "f1",
        "help",
        "Help",
        "The keys that work here.",
        APP,
        footer=1,
    ),
    Key("app.quit", "ctrl+q", "quit", "Quit", "Leave vbtui.", APP, footer=6, priority=True),
    # -- prompt
    Key(
        "prompt.send",
        "enter",
        "send",
        "Send",
        "Send the message.",
        PROMPT,
        footer=10,
        palette=False,
    ),
    Key(
        "prompt.newline",
        "ctrl+n,shift+enter",
        "newline",
        "New line",
        "Begin a new line (also shift+enter where the terminal can tell).",
        PROMPT,
        footer=21,
        palette=False,
    ),
    Key(
        "prompt.complete",
        "tab",
        "complete",
        "Complete",
        "Complete the command or the file name; else go to what is offered.",
        PROMPT,
        footer=11,
        palette=False,
    ),
    Key(
        "prompt.history",
        "up,down",
        "",
        "History",
        "At the first and last line: earlier and later messages.",
        PROMPT,
        shown="↑ ↓",
        palette=False,
    ),
    Key(
        "prompt.edit",
        "ctrl+a,ctrl+e,ctrl+u,ctrl+k,ctrl+w",
        "",
        "Edit",
        "Line start, line end, delete to the start, to the end, a word.",
        PROMPT,
        shown="^a ^e ^u ^k ^w",
        palette=False,
    ),
    # -- conversation
    Key(
        "chat.leave",
        "escape",
        "leave",
        "Back",
        "Leave what the prompt offers, or go back to it.",
        CHAT,
        2,
        palette=False,
    ),
    Key("chat.older", "pageup", "page_up", "Older", "Scroll up.", CHAT, palette=False),
    Key("chat.newer", "pagedown", "page_down", "Newer", "Scroll down.", CHAT, palette=False),
    Key("chat.copy", "ctrl+y", "copy_reply", "Copy", "Copy the agent's last answer.", CHAT),
    Key("queue.edit", "e", "edit", "Edit", "Edit the waiting message.", CHAT, 11, palette=False),
    Key(
        "queue.now",
        "s",
        "now",
        "Send now",
        "Interrupt the agent and send it.",
        CHAT,
        12,
        palette=False,
    ),
    Key(
        "queue.delete",
        "x,delete",
        "delete",
        "Delete",
        "Delete the message.",
        CHAT,
        13,
        palette=False,
    ),
    Key(
        "queue.earlier",
        "shift+up,K",
        "move(-1)",
        "Earlier",
        "Send it earlier.",
        CHAT,
        14,
        palette=False,
    ),
    Key(
        "queue.later",
        "shift+down,J",
        "move(1)",
        "Later",
        "Send it later.",
        CHAT,
        15,
        palette=False,
    ),
    # -- media
    Key("media.add", "u", "app.upload", "Upload", "Pick files to upload.", MEDIA, 10),
    Key("media.retry", "r", "retry", "Retry", "Upload it again, now.", MEDIA, 11),
    Key("media.skip", "s", "skip", "Skip", "Do not upload it.", MEDIA, 12),
    Key("media.force", "f", "force", "Take now", "Take it as it is, without waiting.", MEDIA, 13),
    Key("media.forget", "x,delete", "forget", "Forget", "Take it off this list.", MEDIA, 14),
    Key("media.copy", "c", "copy_path", "Copy path", "Copy where it lies.", MEDIA, 16),
    Key("media.pause", "p", "pause", "Pause", "Pause or resume the uploads.", MEDIA, 15),
    Key(
        "media.filter", "slash", "filter", "Filter", "Show the names with these letters.", MEDIA, 9
    ),
    # -- timeline
    Key(
        "timeline.in", "plus,equals_sign", "zoom(1)", "Zoom in", "Show less, larger.", TIMELINE, 10
    ),
    Key("timeline.out", "minus", "zoom(-1)", "Zoom out", "Show more, smaller.", TIMELINE, 11),
    Key("timeline.fit", "0", "fit", "Fit", "Show the whole timeline.", TIMELINE, 12),
    Key(
        "timeline.step",
        "left,right",
        "",
        "Playhead",
        "Move the playhead by a second (by a cell where that is more); with shift by ten.",
        TIMELINE,
        13,
        shown="← →",
        palette=False,
    ),
    Key("timeline.previous", "p", "select(-1)", "Previous", "Select the segment before.", TIMELINE),
    Key(
        "timeline.next",
        "n,tab",
        "select(1)",
        "Next clip",
        "Select the next segment.",
        TIMELINE,
        14,
    ),
    Key(
        "timeline.track",
        "up,down",
        "",
        "Track",
        "Go to the track above or below.",
        TIMELINE,
        15,
        shown="↑ ↓",
        palette=False,
    ),
    Key(
        "timeline.play",
        "space",
        "screen.play",
        "Play",
        "Play from the playhead in the preview, without sound; again or Esc stops.",
        TIMELINE,
        9,
    ),
    Key(
        "timeline.stop",
        "escape",
        "screen.stop_playing",
        "Stop",
        "Stop playing.",
        TIMELINE,
        8,
        palette=False,
    ),
    Key(
        "timeline.frame",
        "comma,full_stop",
        "",
        "Frame",
        "Move the playhead by one frame.",
        TIMELINE,
        shown=", .",
        palette=False,
    ),
    Key(
        "timeline.flag",
        "b",
        "flag",
        "Flag",
        "Set a flag at the playhead, or take it away.",
        TIMELINE,
    ),
    Key(
        "timeline.flags",
        "left_curly_bracket,right_curly_bracket",
        "",
        "Flags",
        "Go to the flag before or behind.",
        TIMELINE,
        shown="{ }",
        palette=False,
    ),
    Key(
        "timeline.pan",
        "pageup,pagedown",
        "",
        "Pan",
        "Show what is before or behind; the mouse wheel zooms, with shift it pans.",
        TIMELINE,
        shown="PgUp PgDn",
        palette=False,
    ),
    Key("timeline.start", "home", "seek_start", "Start", "Playhead to the start.", TIMELINE),
    Key("timeline.end", "end", "seek_end", "End", "Playhead to the end.", TIMELINE),
    # -- edits by hand
    Key(
        "edits.mark",
        "m",
        "mark",
        "Mark",
        "Mark the segment under the playhead; edits and “this” mean all that are marked.",
        EDITS,
        16,
    ),
    Key(
        "edits.clear",
        "escape",
        "clear_selection",
        "Unmark",
        "Take all marks off.",
        EDITS,
        3,
        palette=False,
    ),
    Key(
        "edits.split",
        "s",
        "edit('split')",
        "Split",
        "Split the segment at the playhead.",
        EDITS,
        17,
    ),
    Key(
        "edits.delete",
        "x,delete",
        "edit('delete')",
        "Delete",
        "Remove what is marked, else the segment under the playhead.",
        EDITS,
        18,
    ),
    Key(
        "edits.trim_start",
        "left_square_bracket",
        "edit('trim_start')",
        "Trim start",
        "Cut away what is before the playhead.",
        EDITS,
        22,
    ),
    Key(
        "edits.trim_end",
        "right_square_bracket",
        "edit('trim_end')",
        "Trim end",
        "Cut away what is behind the playhead.",
        EDITS,
        23,
    ),
    Key(
        "edits.earlier",
        "less_than_sign",
        "edit('earlier')",
        "Move left",
        "Swap the clip with the one before; text and sound go back by a second.",
        EDITS,
        26,
    ),
    Key(
        "edits.later",
        "greater_than_sign",
        "edit('later')",
        "Move right",
        "Swap the clip with the next one; text and sound go on by a second.",
        EDITS,
        27,
    ),
    Key("edits.volume", "v", "edit('volume')", "Volume", "Set how loud it is.", EDITS, 20),
    Key("edits.text", "t", "edit('text')", "Text", "Change the words of a text.", EDITS, 21),
    Key(
        "edits.transition",
        "c",
        "edit('transition')",
        "Transition",
        "How the clip before leads into this one.",
        EDITS,
        24,
    ),
    Key("edits.speed", "r", "edit('speed')", "Speed", "Set how fast it plays.", EDITS, 25),
    Key("edits.add", "a", "add", "Add", "Add a file at the playhead.", EDITS, 19),
    Key(
        "edits.undo",
        "u",
        "undo",
        "Undo",
        "Take the last edit back: exactly in the local studio, elsewhere by a sentence.",
        EDITS,
        28,
    ),
    Key(
        "edits.versions",
        "h",
        "versions",
        "Versions",
        "Every version of the timeline: compare them, export an older one.",
        EDITS,
        29,
    ),
    Key(
        "edits.way_out",
        "O",
        "way_out",
        "Way out",
        "Write the timeline for other programs.",
        EDITS,
        30,
    ),
    # -- edit line
    Key(
        "edit.enter",
        "enter",
        "enter",
        "Go on",
        "Go on, then send the sentence.",
        EDITS,
        1,
        palette=False,
    ),
    Key("edit.drop", "escape", "drop", "Drop", "Drop the edit.", EDITS, 2, palette=False),
    # -- renders
    Key("renders.export", "e", "app.export", "Export", "Export the timeline now.", RENDERS, 9),
    Key("renders.open", "enter,o", "open", "Open", "Open the video or its folder.", RENDERS, 10),
    Key(
        "renders.here",
        "h",
        "here",
        "Render here",
        "Make it on this machine in the backend's place, free.",
        RENDERS,
        8,
    ),
    Key(
        "renders.fetch",
        "s",
        "fetch",
        "Fetch",
        "Over SSH: copy the scp line that brings the video to your own machine.",
        RENDERS,
        11,
    ),
    Key("renders.copy", "c", "copy_path", "Copy path", "Copy where the video lies.", RENDERS, 12),
    Key(
        "renders.reveal",
        "f",
        "reveal",
        "Folder",
        "Open the folder; over SSH: how to fetch it.",
        RENDERS,
        14,
    ),
    Key("renders.cancel", "x", "cancel", "Cancel", "Cancel this export.", RENDERS, 11),
    Key("renders.retry", "r", "retry", "Retry", "Export it once more.", RENDERS, 11),
    Key(
        "renders.pause",
        "p",
        "pause",
        "Pause",
        "Pause the queue, or resume it: what is under way goes on.",
        RENDERS,
        13,
    ),
    Key(
        "renders.duplicate",
        "m",
        "duplicate",
        "More formats",
        "Export the same version once more, in one or several other formats.",
        RENDERS,
        15,
    ),
    Key(
        "renders.formats",
        "a",
        "formats",
        "Export as",
        "Export the timeline in one or several formats.",
        RENDERS,
        16,
    ),
    Key(
        "renders.earlier",
        "shift+up,less_than_sign,K",
        "move(-1)",
        "Earlier",
        "Export it earlier than the one above.",
        RENDERS,
        12,
        palette=False,
    ),
    Key(
        "renders.later",
        "shift+down,greater_than_sign,J",
        "move(1)",
        "Later",
        "Export it later than the one below.",
        RENDERS,
        13,
        palette=False,
    ),
    Key(
        "renders.remove",
        "delete,d",
        "remove",
        "Remove",
        "Take it off the list; the file stays.",
        RENDERS,
        14,
        shown="d",
    ),
    # -- formats of an export
    Key(
        "formats.mark",
        "space",
        "mark",
        "Mark",
        "Mark the format, or take the mark off.",
        LIST,
        10,
        palette=False,
    ),
    Key(
        "formats.accept",
        "enter",
        "accept",
        "Export",
        "Export in the marked formats, or in the one under the cursor.",
        LIST,
        9,
        palette=False,
    ),
    # -- picker
    Key(
        "picker.mark",
        "space",
        "mark",
        "Mark",
        "Mark the file, or take the mark off.",
        LIST,
        10,
        palette=False,
    ),
    Key(
        "picker.all",
        "a",
        "mark_all",
        "All",
        "Mark all files of this folder.",
        LIST,
        12,
        palette=False,
    ),
    Key(
        "picker.enter",
        "enter,right",
        "enter",
        "Open",
        "Open the folder, or upload what is marked.",
        LIST,
        9,
        palette=False,
    ),
    Key(
        "picker.upload",
        "ctrl+s,ctrl+o",
        "accept",
        "Upload",
        "Upload what is marked.",
        LIST,
        8,
        priority=True,
        palette=False,
    ),
    Key(
        "picker.up",
        "backspace,left",
        "parent",
        "Up",
        "Go to the folder above.",
        LIST,
        11,
        palette=False,
    ),
    Key(
        "picker.path",
        "slash,tab",
        "path",
        "Path or URL",
        "Type or paste a path or a URL.",
        LIST,
        13,
        shown="/",
        palette=False,
    ),
    # -- dialogs
    Key(
        "dialog.close",
        "escape",
        "close",
        "Close",
        "Close without doing anything.",
        LIST,
        1,
        palette=False,
    ),
    # -- projects
    Key("sessions.open", "enter", "open", "Open", "Open the project.", LIST, 9, palette=False),
    Key("sessions.new", "n", "new", "New", "Begin a new project.", LIST, 10, palette=False),
    Key(
        "sessions.rename", "r", "rename", "Rename", "Give it another name.", LIST, 11, palette=False
    ),
    Key(
        "sessions.forget",
        "x,delete",
        "forget",
        "Forget",
        "Take it off this list.",
        LIST,
        12,
        palette=False,
    ),
    # -- versions
    Key(
        "versions.mark",
        "space",
        "mark",
        "Compare",
        "Compare with this one.",
        LIST,
        9,
        palette=False,
    ),
    Key(
        "versions.export", "e", "export", "Export", "Export this version.", LIST, 10, palette=False
    ),
    # -- way out
    Key("wayout.mark", "space", "mark", "Mark", "Mark the format.", LIST, 9, palette=False),
    Key(
        "wayout.write", "enter", "write", "Write", "Write what is marked.", LIST, 10, palette=False
    ),
    Key("wayout.folder", "tab", "folder", "Folder", "Say where to.", LIST, 11, palette=False),
    # -- a file to choose
    Key("choose.choose", "enter", "choose", "Choose", "Take this file.", LIST, 9, palette=False),
    Key("choose.up", "up", "cursor(-1)", "Up", "Go up.", LIST, palette=False),
    Key("choose.down", "down", "cursor(1)", "Down", "Go down.", LIST, palette=False),
)

BY_ID = {key.id: key for key in TABLE}


def of_scope(scope: str) -> tuple[Key, ...]:
    """The keys of one screen or widget, in the table's order."""
    return tuple(key for key in TABLE if key.scope == scope)


def bindings(scope: str) -> list[Binding]:
    """Textual's bindings of one scope; keys without an action are documentation only."""
    return [
        Binding(
            key.keys,
            key.action,
            key.label,
            show=bool(key.footer),
            key_display=key.display,
            priority=key.priority,
            tooltip=key.tooltip,
            id=key.id,
            group=None,
        )
        for key in of_scope(scope)
        if key.action
    ]


def fit_footer(keys: Iterable[Key], width: int) -> list[Key]:
    """The keys that fit in `width` cells, the least important left out, in order of the footer."""
    kept = sorted((key for key in keys if key.footer), key=lambda key: key.footer)
    kept = _screen_first(kept)
    while kept and footer_width(kept) > width:
        kept.remove(max(kept, key=_dispensable))
    return kept


def _screen_first(kept: list[Key]) -> list[Key]:
    """The screen's own keys on the left, those that work everywhere on the right."""
    return [key for key in kept if key.scope != "app"] + [key for key in kept if key.scope == "app"]


def _dispensable(key: Key) -> int:
    """Higher goes first: of the screen's own keys and of the others, those with a high place."""
    return key.footer if key.scope != "app" else 3 * key.footer + 3


def footer_width(keys: Iterable[Key]) -> int:
    """Cells that the keys take, two blanks between them and one at each end."""
    from rich.cells import cell_len

    widths = [cell_len(key.display) + 1 + cell_len(key.label) for key in keys]
    return sum(widths) + 2 * max(len(widths) - 1, 0) + 2
