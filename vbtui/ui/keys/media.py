"""Keys of the media screen and of the dialogs that pick files."""

from __future__ import annotations

from vbtui.ui.keys.key import LIST, MEDIA, Key

TABLE: tuple[Key, ...] = (
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
    Key("choose.choose", "enter", "choose", "Choose", "Take this file.", LIST, 9, palette=False),
    Key("choose.up", "up", "cursor(-1)", "Up", "Go up.", LIST, palette=False),
    Key("choose.down", "down", "cursor(1)", "Down", "Go down.", LIST, palette=False),
)
