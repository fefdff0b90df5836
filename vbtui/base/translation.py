"""Texts in English and Chinese."""

from __future__ import annotations

from dataclasses import dataclass

from vbtui.base.keys import fill
from vbtui.base.spoken import speaks_chinese


@dataclass(frozen=True, slots=True)
class Translation:
    """One text in both languages, with `{places}` to fill; `{app.export}` is the name of a key."""

    english: str
    chinese: str

    def of(self, chinese: bool | None = None, **values: object) -> str:
        """The text in that language (None: the one that this process speaks); values are put in as they are, and
        without any it stays so."""
        text = fill(
            self.chinese if (speaks_chinese() if chinese is None else chinese) else self.english
        )
        return text.format(**values) if values else text
