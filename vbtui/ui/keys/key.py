"""What a key is, and the headings under which the help shows it."""

from __future__ import annotations

from typing import NamedTuple

GO, MAKE, PROMPT, CHAT, LIST = "Go to", "Make a video", "Prompt", "Conversation", "List"
MEDIA, TIMELINE, RENDERS, APP = "Media", "Timeline", "Renders", "vbtui"
EDITS = "Edits by hand"
OFFERS = "What is offered in the conversation, while the prompt is empty"


class Key(NamedTuple):
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
