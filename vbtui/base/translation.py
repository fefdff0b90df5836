"""Texts in English and Chinese."""

from __future__ import annotations

from dataclasses import dataclass

from vbtui.base.keys import fill
from vbtui.base.spoken import speaks_chinese


@dataclass(frozen=True, slots=True)
class Translation:
    """One text in both languages, with `{places}` to fill; `{app.export}` is the name of a key, `{^app.export}` the
    key as the footer writes it."""

    english: str
    chinese: str

    def open(self, chinese: bool | None = None) -> str:
        """The text in that language (None: the one that this process speaks), nothing filled in yet."""
        return self.chinese if (speaks_chinese() if chinese is None else chinese) else self.english

    def of(self, chinese: bool | None = None, **values: object) -> str:
        """The text in that language; values are put in as they are, and without any it stays so."""
        text = fill(self.open(chinese))
        return text.format(**values) if values else text


@dataclass(frozen=True, slots=True)
class Counted:
    """A text about `{count}` things in both languages; in English it is another one about a single thing."""

    one: str
    many: str
    chinese: str

    def of(self, count: int, chinese: bool | None = None, **values: object) -> str:
        """The text about so many, as a `Translation` is told."""
        english = self.one if count == 1 else self.many
        return Translation(english, self.chinese).of(chinese, count=count, **values)
