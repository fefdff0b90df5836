"""A terminal that understands what vbtui writes: places, styles, links, text, moving lines within margins."""

from __future__ import annotations

import re

from rich.cells import split_graphemes

_TOKEN = re.compile(
    r"\x1b\[([?>]?)([\d;:]*)([ $]?[@-~])|\x1b(\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_].*?\x1b\\|[^\[\]])|([\r\n])|([^\x00-\x1f]+)",
    re.DOTALL,
)
_BEGUN = re.compile(r"\x1b(\[[?>]?[\d;:]*[ $]?|[\]P_^X][^\x07\x1b]*\x1b?)?$")

Cell = tuple[str, str]
"""What stands there ("" in the second half of a wide character), and its style."""


class Emulator:
    """Shows what is written to it.

    Args:
        width: of the terminal, in cells.
        height: in lines.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.cells: list[list[Cell]] = [self._blank() for _ in range(height)]
        self._x = self._y = 0
        self._top, self._bottom = 0, height - 1
        self._style = self._link = self._begun = ""

    def _blank(self) -> list[Cell]:
        return [(" ", "")] * self.width

    @property
    def lines(self) -> list[str]:
        """The text of each line."""
        return ["".join(char for char, _ in line).rstrip() for line in self.cells]

    def write(self, output: str) -> None:
        output, self._begun = self._begun + output, ""
        if begun := _BEGUN.search(output):
            output, self._begun = output[: begun.start()], begun[0]
        for match in _TOKEN.finditer(output):
            private, arguments, final, other, control, text = match.groups()
            if text:
                self._put(text)
            elif control == "\n":
                self._down()
            elif control == "\r":
                self._x = 0
            elif final and not private:
                self._command(final, arguments)
            elif final == "h" and arguments == "1049":
                self.cells = [self._blank() for _ in range(self.height)]
            elif other == "M":
                self._up()
            elif other and other.startswith("]8;"):
                self._link = other[3:].rstrip("\x07\x1b\\").strip(";")

    def _command(self, name: str, arguments: str) -> None:
        numbers = [int(one or 0) for one in re.split("[;:]", arguments)]
        match name:
            case "H":
                y, x = [*numbers, 1, 1][:2] if arguments else (1, 1)
                self._x, self._y = min(x, self.width) - 1, min(y, self.height) - 1
            case "C":
                self._x = min(self._x + max(numbers[0], 1), self.width - 1)
            case "r":
                top, bottom = numbers if len(numbers) == 2 else (1, self.height)
                self._top, self._bottom = top - 1, bottom - 1
                self._x = self._y = 0
            case "m":
                self._turn(arguments)

    def _turn(self, codes: str) -> None:
        parts: dict[str, str] = dict(part.split("=") for part in self._style.split() if part)
        left = (codes or "0").split(";")
        while left:
            code = left.pop(0)
            if code in ("", "0"):
                parts = {}
            elif code in ("38", "48"):
                count = 4 if left[0] == "2" else 2
                parts["back" if code == "48" else "fore"] = ";".join([code, *left[:count]])
                del left[:count]
            elif re.fullmatch("[39][0-7]|4[0-7]|10[0-7]", code):
                parts["fore" if code[0] in "39" else "back"] = code
            else:
                parts[f"is{code}"] = "1"
        self._style = " ".join(f"{key}={value}" for key, value in sorted(parts.items()))

    def _down(self) -> None:
        if self._y == self._bottom:
            del self.cells[self._top]
            self.cells.insert(self._bottom, self._blank())
        else:
            self._y = min(self._y + 1, self.height - 1)

    def _up(self) -> None:
        if self._y == self._top:
            del self.cells[self._bottom]
            self.cells.insert(self._top, self._blank())
        else:
            self._y = max(self._y - 1, 0)

    def _put(self, text: str) -> None:
        line, style = self.cells[self._y], f"{self._style} {self._link}".strip()
        for start, end, size in split_graphemes(text)[0]:
            if self._x + size > self.width:
                return
            if not size:
                continue
            self._erase(self._x)
            self._erase(self._x + size)
            line[self._x] = (text[start:end], style)
            for x in range(self._x + 1, self._x + size):
                line[x] = ("", style)
            self._x += size

    def _erase(self, x: int) -> None:
        """The wide character that has its second half at `x` is to lose one of its cells: nothing of it is left."""
        line = self.cells[self._y]
        if x >= self.width or line[x][0]:
            return
        first = end = x
        while not line[first][0]:
            first -= 1
        while end < self.width and not line[end][0]:
            end += 1
        line[first:end] = [(" ", style) for _, style in line[first:end]]
