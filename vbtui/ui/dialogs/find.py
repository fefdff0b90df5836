"""Finding one of many by letters: a file of the project, what was said before, a turn of the conversation."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Input, Static

from vbtui.base.text import clean_line
from vbtui.base.translation import Translation
from vbtui.engine import Engine
from vbtui.journal.records import Asset, AssetState, Turn
from vbtui.ui.kit import keys, words
from vbtui.ui.kit.grid import Column, Grid, plain
from vbtui.ui.kit.keys import KeyFooter
from vbtui.ui.kit.screen import Box, Dialog
from vbtui.ui.kit.widgets import Field
from vbtui.ui.kit.words import shorten
from vbtui.ui.media.asset import name_cell, names_of

Record = TypeVar("Record")
_T = Translation
_LETTERS = _T("Letters of it", "其中的字母")
_FILE, _KIND = _T("File", "文件"), _T("Kind", "类型")
_SAID_BEFORE = _T("Said before, in every project", "在所有项目中说过的话")
_SAY_AGAIN = _T("Say again", "再说一次")
_AT, _SAID, _ANSWER = _T("At", "时间"), _T("Said", "消息"), _T("Answer", "回答")
_FIND_TURN = _T("Find in the conversation", "在对话中查找")
_DAY = _T("%d %b %H:%M", "%m-%d %H:%M")


class FindScreen(Dialog[Record | None], Generic[Record]):
    """Answers the chosen one; letters are typed at once, arrows go through what has them.

    Args:
        title: what it is chosen for.
        among: those to choose from, the likeliest first.
        columns: of the list.
        key_of: what one is known by.
        text_of: in what of one letters are looked for.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("choose"))
    AUTO_FOCUS = "#choose-letters"
    SHARES: ClassVar[Mapping[str, float]] = {"Grid": 0.6}

    def __init__(
        self,
        title: str,
        among: Sequence[Record],
        columns: Sequence[Column[Record]],
        key_of: Callable[[Record], Hashable],
        text_of: Callable[[Record], str],
    ) -> None:
        super().__init__()
        self._title = title
        self._among = among
        self._columns = columns
        self._key_of = key_of
        self._text_of = text_of

    def compose(self) -> ComposeResult:
        with Box("-large"):
            yield Static(Content.styled(shorten(self._title, 66), "$text-primary bold"))
            yield Field(id="choose-letters", placeholder=_LETTERS.of(), compact=True)
            yield Grid[Record](
                self._columns, self._key_of, text_of=self._text_of, finds=False, id="choose-among"
            )
            yield KeyFooter()

    @property
    def grid(self) -> Grid[Record]:
        return self.query_one("#choose-among", Grid)

    def on_mount(self) -> None:
        self.grid.show(self._among)

    @on(Input.Changed, "#choose-letters")
    def _typed(self, event: Input.Changed) -> None:
        self.grid.find(event.value)
        self.grid.action_first()

    def action_cursor(self, by: int) -> None:
        self.grid.action_cursor(by)

    def action_choose(self) -> None:
        if self.grid.current is not None:
            self.dismiss(self.grid.current)

    def on_grid_opened(self) -> None:
        self.action_choose()


def usable_assets(engine: Engine | None) -> Sequence[Asset]:
    """What the backend has and a timeline can take."""
    known = engine.library.assets if engine else ()
    return [asset for asset in known if asset.state is AssetState.DONE]


def choose_asset(title: str, among: Sequence[Asset]) -> FindScreen[Asset]:
    """Choosing one of the project's files."""
    columns: list[Column[Asset]] = [
        Column(_FILE.of(), 20, name_cell, elastic=1, keeps_end=True),
        Column(_KIND.of(), 6, _kind, rank=1),
    ]
    return FindScreen(title, among, columns, lambda asset: asset.id, names_of)


def _kind(asset: Asset) -> Content:
    return plain(words.kind_text(asset.kind), "$foreground-muted")


def choose_said(said: Sequence[str]) -> FindScreen[str]:
    """Choosing what was said before, the newest first."""
    columns: list[Column[str]] = [
        Column(_SAID_BEFORE.of(), 20, lambda one: plain(clean_line(one)), elastic=1)
    ]
    return FindScreen(_SAY_AGAIN.of(), said, columns, lambda one: one, lambda one: one)


def choose_turn(turns: Sequence[Turn]) -> FindScreen[Turn]:
    """Choosing a turn of the conversation by what was said or answered in it, the newest first."""
    columns: list[Column[Turn]] = [
        Column(_AT.of(), 12, _when, rank=1),
        Column(_SAID.of(), 20, lambda turn: plain(clean_line(turn.text)), elastic=1),
        Column(_ANSWER.of(), 20, _reply, elastic=1, rank=2),
    ]
    return FindScreen(_FIND_TURN.of(), turns, columns, lambda turn: turn.id, _words_of)


def _words_of(turn: Turn) -> str:
    changes = " ".join(change.sentence for change in turn.receipt.changes) if turn.receipt else ""
    return f"{turn.text} {turn.reply} {changes}"


def _when(turn: Turn) -> Content:
    return plain(words.date_text(turn.created_at, _DAY.of()), "$foreground-muted")


def _reply(turn: Turn) -> Content:
    return plain(clean_line(turn.reply[:400]), "$foreground-muted")
