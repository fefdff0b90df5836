"""Style sheets that are parsed once.

Textual's own parses all of them anew when a screen brings one, when the app starts and after a
change of the theme, whether or not the colours are other ones: four times before the first frame.
It also forgets what it parsed beyond 64 sources, and vbtui's screens have more.
"""

from __future__ import annotations

from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet

_KEPT = 1024
"""Sources; one a sheet and one a kind of widget."""


class ParsedStyles(Stylesheet):
    """A `Stylesheet` that keeps its rules as long as the variables that they were made with."""

    def __init__(self, *, variables: dict[str, str]) -> None:
        super().__init__(variables=variables)
        self._parse_cache = LRUCache(_KEPT)

    def set_variables(self, variables: dict[str, str]) -> None:
        if variables != self._variables:
            super().set_variables(variables)

    def reparse(self) -> None:
        self.parse()  # what was made with other variables is no longer kept
