"""A problem: an error as it is kept, passed on and shown."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Literal

from vbtui.base.errors import VbtuiError, kind_of

Severity = Literal["information", "warning", "error"]
"""How loudly something is told."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as it is kept and shown: its texts in one language, and its code."""

    title: str
    message: str
    hint: str = ""
    code: str = ""
    """What it is (`vbtui.base.errors`); empty for what is told without being an error."""
    values: tuple[tuple[str, object], ...] | None = field(default=None, compare=False, repr=False)
    """What its texts were made with, so that they can be made in the other language; None where they are Chinese
    by request, or nobody knows. Not kept in the journal."""

    @classmethod
    def of(cls, error: VbtuiError, *, chinese: bool | None = None) -> Problem:
        """`error` in that language; None: the one that this process speaks."""
        return cls.coded(error.code, chinese=chinese, **error.values)

    @classmethod
    def coded(cls, code: str, *, chinese: bool | None = None, **values: object) -> Problem:
        """What the catalogue says under `code`, in that language."""
        from vbtui.base import catalogue

        title, message, hint = catalogue.texts(code, values, chinese=chinese)
        return cls(title, message, hint, code, None if chinese else tuple(values.items()))

    @property
    def headless_hint(self) -> str:
        """The hint for those who have no screen before them."""
        from vbtui.base import catalogue

        values = None if self.values is None else dict(self.values)
        return catalogue.headless_hint(self.code, values, self.hint)

    def is_a(self, *kinds: type[VbtuiError]) -> bool:
        """Whether it was made of an error of one of these classes."""
        return bool(self.code) and issubclass(kind_of(self.code), kinds)

    def error(self, otherwise: type[VbtuiError] = VbtuiError, more: str = "") -> VbtuiError:
        """The error again, to be raised.

        Args:
            otherwise: its class where the problem has none.
            more: what else can be done, said after the hint.
        """
        kind = kind_of(self.code) if self.code else otherwise
        hint = {"hint": f"{self.hint} {more}".strip()} if more else {}
        return kind(code=self.code, **self._made_with | hint)  # type: ignore[arg-type]  # as it was made

    def as_a(self, kind: type[VbtuiError], more: str = "") -> VbtuiError:
        """The same as an error of that class, whatever it was; else as `error`."""
        if self.is_a(kind):
            return self.error(more=more)
        from vbtui.base import catalogue
        from vbtui.base.translation import Translation

        english = catalogue.texts(self.code, self._made_with, chinese=False)
        chinese = catalogue.texts(self.code, self._made_with, chinese=True)
        _, message, hint = map(Translation, english, chinese)
        return kind(message, hint=f"{self.hint} {more}".strip() if more else hint)

    @property
    def _made_with(self) -> dict[str, object]:
        if self.values is None:
            return {"message": self.message, "hint": self.hint}
        return dict(self.values)

    def as_json(self) -> str:
        """As the journal keeps it."""
        return json.dumps([self.title, self.message, self.hint, self.code])

    @classmethod
    def from_json(cls, text: str) -> Problem:
        """What `as_json` made."""
        return cls(*json.loads(text))
