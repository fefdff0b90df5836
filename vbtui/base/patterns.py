"""Regular expressions that are compiled when they are first used.

Most commands read no sentence, and a sentence in one language needs few of the patterns of the other: to compile all of
them took a quarter of the time in which a command starts.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


def regex(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What `re.compile(source, flags)` gives; an error in the pattern is raised where it is first used."""
    return cast("re.Pattern[AnyStr]", _Pattern(source, flags))


class _Pattern:
    def __init__(self, source: str | bytes, flags: int) -> None:
        self.pattern = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """Asked only for what is not there: from the first use on all of the compiled pattern is."""
        if name.startswith("__"):
            raise AttributeError(name)
        compiled = re.compile(self.pattern, self._flags)
        own = {each: getattr(compiled, each) for each in dir(compiled) if each[0] != "_"}
        self.__dict__.update(own)
        return own[name]
