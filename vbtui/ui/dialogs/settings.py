"""All settings, made from their model: what each means, its value, default and origin; changed in place.

A change goes to the configuration file. Some hold at once, the others are marked until the next start.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from vbtui.base import settings
from vbtui.base.catalogue import KEYS_ARE_WRITTEN
from vbtui.base.errors import VbtuiError
from vbtui.base.own_keys import OwnCommand
from vbtui.base.settings import FILE, Facts, Setting, Settings
from vbtui.base.text import bounded
from vbtui.base.translation import Translation
from vbtui.ui.kit import keys
from vbtui.ui.kit.edit_line import Choosing, EditField
from vbtui.ui.kit.grid import Column, Grid, plain
from vbtui.ui.kit.keys import KeyFooter
from vbtui.ui.kit.screen import Box, Dialog

_T = Translation
_TITLE = _T("Settings", "设置")
_SETTING, _VALUE = _T("Setting", "设置项"), _T("Value", "值")
_DEFAULT, _FROM = _T("Default", "默认值"), _T("From", "来源")
_BY_DEFAULT, _BY_FILE = _T("default", "默认"), _T("file", "文件")
_EMPTY = _T("(empty)", "（空）")
_NONE = _T("No setting has these letters.", "没有含有这些字母的设置。")
_KNOWN = _T("One of: {known}.", "可选：{known}。")
_BETWEEN = _T("From {least} to {most}.", "{least} 到 {most}。")
_KEYS = _T("Several keys with commas between them.", "多个按键之间用逗号。")
_RESTART = _T("It holds from the next start on.", "下次启动后生效。")
_LIVE = _T("It holds at once.", "立即生效。")
_WINS = _T("{variable} is set, and wins over the file.", "已设置 {variable}，它优先于文件。")
_REFUSED = _T("Not taken: {why}", "未采用：{why}")
_COMMAND = _T(
    "A command of your own, on {on}. It is changed in the file itself.",
    "您自己的命令，作用于 {on}。请直接在文件中修改。",
)
_IN_FILE = _T("It is changed in the file itself: {file}", "请直接在文件中修改：{file}")
_ABOUT = _T(
    "Every setting and every key, with what it means. {find.open} searches, {settings.edit} changes.",
    "所有设置和按键及其含义。{find.open} 搜索，{settings.edit} 修改。",
)
_WRITTEN = _T("Written to the file.", "已写入文件。")
_CHANGED = _T(
    "The file cannot be used as it is: {why}", "文件目前无法使用：{why}"
)  # someone has changed it meanwhile


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list."""

    name: str
    value: str
    default: str
    origin: str
    """`FILE`, a variable's name, or "" for the default."""
    meaning: str
    setting: Setting | None
    """None where it is changed in the file alone."""
    needs_start: bool = False
    """The value holds from the next start on."""
    refused: str = ""
    """Why what the file says of it is not taken."""

    def text(self) -> str:
        """What letters are looked for in."""
        return f"{self.name} {self.value} {self.meaning} {self.refused}"


def rows_of(now: Settings, held: Settings) -> list[Row]:
    """Every setting, key and command.

    Args:
        now: what file and environment say.
        held: what this vbtui goes by.
    """
    known = (*settings.all_settings(), *settings.key_settings())
    names = {one.name for one in known}
    rows = [_row(one, now, held) for one in known]
    rows += [_command(f"commands.{number}", one) for number, one in _numbered(now)]
    rows += [
        Row(name, "", "", FILE, "", _removable(name), refused=error.sentence)
        for name, error in now.refused.items()
        if name not in names
    ]
    return rows


def _row(one: Setting, now: Settings, held: Settings) -> Row:
    refused = now.refused.get(one.name)
    return Row(
        one.name,
        text_of(one.of(now)),
        text_of(one.default),
        FILE if refused else now.origins.get(one.name, ""),
        one.facts.meaning.of(),
        one,
        needs_start=not one.facts.is_live and one.of(now) != one.of(held),
        refused=refused.sentence if refused else "",
    )


def _numbered(now: Settings) -> list[tuple[int, OwnCommand]]:
    """The commands that were taken, with their places in the file."""
    refused = {name for name in now.refused if name.startswith("commands.")}
    places = [
        number
        for number in range(1, len(now.commands) + len(refused) + 1)
        if f"commands.{number}" not in refused
    ]
    return list(zip(places, now.commands, strict=False))


def _command(name: str, command: OwnCommand) -> Row:
    value = f"{command.key}: {command.title} – {' '.join(command.run)}"
    return Row(name, value, "", FILE, _COMMAND.of(on=command.on), None)


def _removable(name: str) -> Setting | None:
    """What can be taken out of the file, though it is no setting."""
    is_key = name.startswith("keys.") and len(name) > len("keys.")
    return Setting(name, "", Facts(_T("", ""))) if is_key else None


def text_of(value: str | bool | int | float) -> str:
    """A value as it is typed."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)


class SettingsScreen(Dialog[None]):
    """Lists all settings; Enter changes the one under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("settings"))
    AUTO_FOCUS = "#settings"
    ABOUT = _ABOUT
    SHARES: ClassVar = {"Grid": 0.45}

    def __init__(self) -> None:
        super().__init__()
        self._now: Settings | None = None
        self._rows: list[Row] = []
        self._choosing = Choosing()
        self._edited: Row | None = None

    def compose(self) -> ComposeResult:
        with Box("-large"):
            yield Static(id="settings-title")
            yield Grid[Row](self._columns(), lambda row: row.name, text_of=Row.text, id="settings")
            with Horizontal(id="settings-row"):
                yield Static(id="settings-label")
                yield EditField(id="settings-field", compact=True, select_on_focus=False)
            with Vertical(id="settings-words"):
                yield Static(id="settings-said")
                yield Static(id="settings-detail")
            yield KeyFooter()

    def _columns(self) -> list[Column[Row]]:
        return [
            Column("", 1, _mark),
            Column(_SETTING.of(), 20, lambda row: plain(row.name), elastic=3),
            Column(_VALUE.of(), 12, _value, elastic=3),
            Column(_DEFAULT.of(), 10, _default, rank=2, elastic=1),
            Column(_FROM.of(), 9, _origin, rank=1),
        ]

    @property
    def grid(self) -> Grid[Row]:
        return self.query_one("#settings", Grid)

    @property
    def field(self) -> EditField:
        return self.query_one("#settings-field", EditField)

    @property
    def current(self) -> Row | None:
        """The setting under the cursor."""
        return self.grid.current

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#settings-row").display = False
        title = Content.styled(_TITLE.of(), "$text-primary bold")
        file = Content.styled(f"   {self.host.settings.file}", "$foreground-muted")
        self.query_one("#settings-title", Static).update(Content.assemble(title, file))
        self._say(None)
        self.host.clear_notifications()  # they lie over it, and what they say of the settings stands here
        self._load()

    def _load(self) -> None:
        """Read everything anew."""
        try:
            now = settings.read(os.environ)
        except VbtuiError as error:
            self._refuse(_CHANGED.of(why=error.sentence))
            return
        self._now = replace(now, refused={**now.refused, **self.host.look_refused})
        self._rows = rows_of(self._now, self.host.settings)
        self.grid.show(self._rows)

    def on_grid_moved(self) -> None:
        row = self.current
        self._tell(self._detail(row) if row is not None else Content(_NONE.of()))
        self.refresh_bindings()

    def on_grid_opened(self) -> None:
        self.action_edit()

    def _detail(self, row: Row) -> Content:
        lines = [Content(row.meaning)] if row.meaning else []
        muted: list[str] = []
        if row.setting is not None and row.meaning:
            muted = [self._allowed(row.setting)]
            muted.append((_LIVE if row.setting.facts.is_live else _RESTART).of())
        elif row.setting is None:
            muted = [_IN_FILE.of(file=self.host.settings.file)]
        if (words := " ".join(filter(None, muted))) != "":
            lines.append(Content.styled(words, "$foreground-muted"))
        if row.setting is not None and row.origin not in ("", FILE):
            wins = _WINS.of(variable=row.origin)
            lines.append(Content.assemble(("! ", "$text-warning bold"), (wins, "$text-warning")))
        if row.refused:
            why = _REFUSED.of(why=row.refused)
            lines.append(Content.assemble(("✕ ", "$text-error bold"), (why, "$text-error")))
        return Content("\n").join(lines)

    def _allowed(self, setting: Setting) -> str:
        if setting.name.startswith("keys."):
            return f"{KEYS_ARE_WRITTEN.of()} {_KEYS.of()}"
        if known := self._choices(setting):
            return _KNOWN.of(known=", ".join(known))
        if isinstance(setting.default, int | float):
            return _BETWEEN.of(least=setting.facts.least, most=setting.facts.most)
        return ""

    def _choices(self, setting: Setting) -> tuple[str, ...]:
        if setting.name == "display.theme":
            return tuple(sorted(self.host.available_themes))
        return ("true", "false") if isinstance(setting.default, bool) else setting.facts.choices

    # -- changes ------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action not in ("edit", "step", "reset"):
            return True
        if isinstance(self.focused, Input):
            return False
        row = self.current if self.is_mounted else None
        setting = row.setting if row else None
        match action:
            case "edit":
                return None if setting is None or not row or not row.meaning else True
            case "step":
                return True if setting and self._choices(setting) else None
            case "reset":
                return True if setting and row and row.origin == FILE else None
        return True

    def action_edit(self) -> None:
        row = self.current
        if row is None or row.setting is None or not row.meaning:
            return
        self._edited = row
        self._say(None)
        self._choosing = Choosing(self._choices(row.setting))
        label = Content.assemble((row.name, "$text-accent bold"), (" ▸", "$text-accent"))
        self.query_one("#settings-label", Static).update(label)
        self.query_one("#settings-row").display = True
        self.field.value = row.value
        self.field.focus()
        self.field.select_all()

    def on_edit_field_choice_wanted(self, event: EditField.ChoiceWanted) -> None:
        event.stop()
        if self._choosing:
            field = self.field
            field.value = self._choosing.stepped(field.value, event.by, completes=event.completes)
            field.cursor_position = len(field.value)

    @on(Input.Changed, "#settings-field")
    def _typed(self, event: Input.Changed) -> None:
        """What is wrong with it is said while it is typed."""
        if self._edited is not None:
            self._checked(self._edited, event.value)

    def on_edit_field_entered(self, event: EditField.Entered) -> None:
        event.stop()
        row = self._edited
        if row is not None and (found := self._checked(row, self.field.value)) is not None:
            self._close_field()
            self._write(row, found)

    def on_edit_field_left(self, event: EditField.Left) -> None:
        event.stop()
        self._say(None)
        self._close_field()

    def on_descendant_blur(self) -> None:
        """Another part of the dialog was clicked."""
        focused = self.focused
        if self._edited is not None and focused is not None and focused is not self.field:
            self._close_field()

    def _close_field(self) -> None:
        self._edited = None
        self.query_one("#settings-row").display = False
        self.grid.focus()

    def _checked(self, row: Row, typed: str) -> str | bool | int | float | None:
        """The value that was typed; None where it cannot be, which is said."""
        assert row.setting is not None
        assert self._now is not None
        try:
            if row.name == "display.theme":
                return self.host.theme_named(typed.strip())
            value = row.setting.read(typed, self._now)
        except VbtuiError as error:
            known = self._choices(row.setting)  # they stand below
            self._refuse(error.message if known else error.sentence)
            return None
        self._say(None)
        return value

    def action_step(self) -> None:
        row = self.current
        if row is None or row.setting is None or not (known := self._choices(row.setting)):
            return
        place = known.index(row.value) + 1 if row.value in known else 0
        value = self._checked(row, known[place % len(known)])
        if value is not None:
            self._write(row, value)

    def action_reset(self) -> None:
        if (row := self.current) is not None and row.setting is not None and row.origin == FILE:
            self._write(row, None)

    def _write(self, row: Row, value: str | bool | int | float | None) -> None:
        setting = row.setting
        assert setting is not None

        async def write() -> None:
            try:
                await asyncio.to_thread(settings.write, setting, value, self.host.settings.file)
            except VbtuiError as error:
                if self.is_mounted:
                    self._refuse(error.sentence)
                return
            now = settings.read(os.environ)
            self.host.use_settings(settings.with_live(self.host.settings, now))
            if self.is_mounted:
                self._load()
                said = Content.assemble(("✓ ", "$text-success bold"), _WRITTEN.of())
                self._say(said)

        self.host.work(write, name="settings", group="settings", exclusive=False)

    # -- words --------------------------------------------------------------------------------

    def _tell(self, content: Content) -> None:
        self.query_one("#settings-detail", Static).update(content)

    def _refuse(self, why: str) -> None:
        self._say(Content.assemble(("✕ ", "$text-error bold"), (bounded(why), "$text-error")))

    def _say(self, content: Content | None) -> None:
        said = self.query_one("#settings-said", Static)
        said.display = content is not None
        if content is not None:
            said.update(content)


def _mark(row: Row) -> Content:
    if row.refused:
        return Content.styled("✕", "$text-error bold")
    return Content.styled("↻" if row.needs_start else " ", "$text-warning")


def _value(row: Row) -> Content:
    if row.value:
        return plain(row.value, "" if row.value == row.default else "$text-accent")
    return plain(_EMPTY.of() if row.meaning else "", "$foreground-muted")


def _default(row: Row) -> Content:
    empty = _EMPTY.of() if row.setting and row.meaning else ""
    return plain(row.default or empty, "$foreground-muted")


def _origin(row: Row) -> Content:
    named = {"": _BY_DEFAULT.of(), FILE: _BY_FILE.of()}
    return plain(named.get(row.origin, row.origin), "$foreground-muted")
