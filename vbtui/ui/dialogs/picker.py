"""Choosing files of this machine (ctrl+o), or a path or a URL."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Input, Static

from vbtui.base.text import clean_line, format_bytes
from vbtui.base.translation import Counted, Translation
from vbtui.media.files import kind_of, size_problem
from vbtui.ui.kit import keys, words
from vbtui.ui.kit.grid import Column, Grid, plain
from vbtui.ui.kit.host import is_url
from vbtui.ui.kit.keys import KeyFooter
from vbtui.ui.kit.screen import Box, Dialog
from vbtui.ui.kit.widgets import Field

_T = Translation
_PATH = _T("Path or URL, or letters of a name", "路径、网址，或名称中的字母")
_UPLOAD_FROM = _T("Upload from {folder}", "上传自 {folder}")
_NAME, _KIND, _SIZE = _T("Name", "名称"), _T("Kind", "类型"), _T("Size", "大小")
_NOTHING = _T("Nothing here that can be uploaded.", "这里没有可以上传的文件。")
_MARKED = Counted(
    "{count} file marked · {size}",
    "{count} files marked · {size}",
    "已标记 {count} 个文件 · {size}",
)
_KEYS = _T(
    "{picker.mark} marks, {picker.enter} uploads.", "{picker.mark} 标记，{picker.enter} 上传。"
)
_NOT_TAKEN = _T("{name}: {why}.", "{name}：{why}。")
_NO_FILE = _T("There is no such file.", "没有这个文件。")
_UNREAD = _T("{folder} cannot be read: {why}.", "无法读取 {folder}：{why}。")


class PickerScreen(Dialog[None]):
    """Lists one folder at a time; marks stay while the user walks on.

    Args:
        folder: where to begin.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("picker"))
    AUTO_FOCUS = "#files"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._entries: list[Entry] = []
        self._marked: dict[Path, Entry] = {}

    def compose(self) -> ComposeResult:
        with Box("-large"):
            yield Static(id="picker-title")
            yield Field(placeholder=_PATH.of(), id="picker-path", compact=True)
            yield Grid[Entry](
                self._columns(),
                lambda entry: entry.path,
                is_marked=lambda entry: entry.path in self._marked,
                finds=False,
                id="files",
            )
            yield Static(id="picker-note")
            yield Static(Content.styled(words.ACCEPTED.of(), "$foreground-muted"))
            yield KeyFooter()

    def _columns(self) -> list[Column[Entry]]:
        return [
            Column(_NAME.of(), 20, _name, elastic=1),
            Column(_KIND.of(), 6, _kind, rank=2),
            Column(_SIZE.of(), 8, _size, rank=1, is_number=True),
        ]

    @property
    def grid(self) -> Grid[Entry]:
        return self.query_one("#files", Grid)

    def on_mount(self) -> None:
        self._walk(self._folder)

    def _walk(self, folder: Path, came_from: Path | None = None) -> None:
        """Show another folder."""

        async def walk() -> None:
            entries, problem = await asyncio.to_thread(list_folder, folder)
            if not self.is_attached:
                return
            if problem:
                self._note(problem, "$text-error")
                return
            self._folder, self._entries = folder, entries
            self.query_one("#picker-path", Input).value = ""
            place = clean_line(str(folder))
            title = words.assembled(_UPLOAD_FROM, "$text-primary bold", folder=place)
            self.query_one("#picker-title", Static).update(title)
            self._show()
            if came_from is not None:
                self.grid.move_to(came_from)

        self.host.work(walk, name="folder", group="folder")

    def _show(self, letters: str = "") -> None:
        found = [one for one in self._entries if letters.casefold() in one.name.casefold()]
        self.grid.show(found)
        if not found:
            self._note(_NOTHING.of(), "$foreground-muted")
        else:
            self._note_marked()

    def _note_marked(self) -> None:
        marked = self._marked.values()
        size = sum(entry.size for entry in marked)
        text = _MARKED.of(len(marked), size=format_bytes(size)) if marked else _KEYS.of()
        self._note(text, "")

    def _note(self, text: str, style: str) -> None:
        self.query_one("#picker-note", Static).update(Content.styled(text, style))

    # -- keys ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("mark", "mark_all", "parent", "enter"):
            return not isinstance(self.focused, Input)
        if action == "accept":
            return bool(self._marked)
        return True

    def action_mark(self) -> None:
        entry = self.grid.current
        if entry is None or entry.is_folder:
            return
        if entry.problem:
            self._note(_NOT_TAKEN.of(name=entry.name, why=entry.problem), "$text-error")
            return
        if self._marked.pop(entry.path, None) is None:
            self._marked[entry.path] = entry
        self.grid.update_row(entry)
        self.grid.action_cursor(1)
        self._note_marked()
        self.refresh_bindings()

    def action_mark_all(self) -> None:
        files = [entry for entry in self._entries if not entry.is_folder and not entry.problem]
        if all(entry.path in self._marked for entry in files):
            for entry in files:
                self._marked.pop(entry.path, None)
        else:
            self._marked.update({entry.path: entry for entry in files})
        self.grid.refresh()
        self._note_marked()
        self.refresh_bindings()

    def action_enter(self) -> None:
        entry = self.grid.current
        if entry is None:
            return
        if entry.is_folder:
            self._walk(entry.path)
            return
        if not self._marked:
            if entry.problem:
                self._note(_NOT_TAKEN.of(name=entry.name, why=entry.problem), "$text-error")
                return
            self._marked[entry.path] = entry
        self.action_accept()

    def on_grid_opened(self) -> None:
        self.action_enter()

    def action_parent(self) -> None:
        if self._folder.parent != self._folder:
            self._walk(self._folder.parent, came_from=self._folder)

    def action_accept(self) -> None:
        self._upload(tuple(self._marked))

    def action_path(self) -> None:
        field = self.query_one("#picker-path", Input)
        if field.has_focus:
            self.grid.focus()
        else:
            field.focus()

    def action_close(self) -> None:
        if isinstance(self.focused, Input):
            self.focused.value = ""
            self.grid.focus()
            return
        self.dismiss(None)

    # -- the line for a path or a URL ---------------------------------------------------------

    @on(Input.Changed, "#picker-path")
    def _path_changed(self, event: Input.Changed) -> None:
        text = event.value.strip()
        if "/" not in text:
            self._show(text)

    @on(Input.Submitted, "#picker-path")
    def _path_given(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        if is_url(text):
            self.host.upload(urls=[text])
            self.dismiss(None)
            return
        paths = self._paths_in(text)
        if len(paths) == 1 and paths[0].is_dir():
            self._walk(paths[0])
            self.grid.focus()
        elif paths and all(path.exists() for path in paths):
            self._upload(tuple(paths))
        elif text and "/" in text:
            self._note(_NO_FILE.of(), "$text-error")
        else:
            self.grid.focus()

    def _paths_in(self, text: str) -> Sequence[Path]:
        engine = self.host.engine
        found = engine.library.accepts_text(text) if engine and text else ()
        if found or not text:
            return list(found)
        path = Path(text.strip("'\"")).expanduser()
        return [path if path.is_absolute() else self._folder / path]

    def _upload(self, paths: tuple[Path, ...]) -> None:
        if paths:
            self.host.upload(paths)
        self.dismiss(None)


def _name(entry: Entry) -> Content:
    if entry.is_folder:
        return Content.assemble((entry.name, "$text-primary bold"), ("/", "$foreground-muted"))
    return plain(entry.name, "$foreground-muted" if entry.problem else "")


def _kind(entry: Entry) -> Content:
    return plain(words.kind_text(entry.kind), "$foreground-muted")


def _size(entry: Entry) -> Content:
    if entry.is_folder:
        return Content("")
    return plain(format_bytes(entry.size), "$text-error" if entry.problem else "")


@dataclass(frozen=True, slots=True)
class Entry:
    """A folder, or a file that vbtui may upload."""

    path: Path
    name: str
    """One clean line."""
    is_folder: bool
    size: int = 0
    """Bytes; 0 for a folder."""

    @property
    def kind(self) -> str:
        """`folder`, `video`, `image`, `audio`."""
        return "folder" if self.is_folder else kind_of(self.path.name)

    @property
    def problem(self) -> str:
        """Why it cannot be uploaded; empty when it can."""
        return "" if self.is_folder else size_problem(self.size)


def list_folder(folder: Path) -> tuple[list[Entry], str]:
    """The folders and accepted files in `folder`, folders first, and why it cannot be read."""
    found: list[Entry] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                listed = _entry(entry)
                if listed is not None:
                    found.append(listed)
    except OSError as error:
        return [], _UNREAD.of(folder=clean_line(str(folder)), why=error.strerror)
    found.sort(key=lambda one: (not one.is_folder, one.name.casefold()))
    return found, ""


def _entry(entry: os.DirEntry[str]) -> Entry | None:
    if entry.name.startswith("."):
        return None
    path = Path(entry.path)
    try:
        if entry.is_dir():
            return Entry(path, clean_line(entry.name), True)
        if not kind_of(entry.name):
            return None
        status = entry.stat()
    except OSError:
        return None
    return Entry(path, clean_line(entry.name), False, status.st_size)
