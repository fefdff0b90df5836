"""ffmpeg's language: inputs, a filter graph, the arguments of a run.

No shell is involved and no foreign word enters the filter graph: file names go into arguments as
`file:/absolute/path`, texts are pictures by then. The graph itself is read from a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mp3,wav,aac,flv,mpegts,nut,"
    "gif,apng,webp_anim,webp_pipe,png_pipe,jpeg_pipe,image2"
)
"""Demuxers that may open a file: none that follows references to other files."""
READ_SAFELY = ("-protocol_whitelist", "file", "-format_whitelist", FORMATS)


@dataclass(slots=True)
class Graph:
    """A filter graph that grows chain by chain."""

    threads: int = 0
    """For each decoder; 0: as many as ffmpeg likes."""
    earlier_s: int = 0
    """Videos are read from so much earlier on than they need to be."""
    inputs: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    """What the user calls each input, in ffmpeg's numbering."""
    chains: list[str] = field(default_factory=list)
    _labels: int = 0

    def open(self, path: Path, name: str, options: Iterable[str] = ()) -> int:
        """Adds an input; its number. `options` go before it."""
        self.inputs += [*self._decoder(), *options, *READ_SAFELY, "-i", f"file:{path.absolute()}"]
        self.names.append(name)
        return len(self.names) - 1

    def _decoder(self) -> tuple[str, ...]:
        return ("-threads", str(self.threads)) if self.threads else ()

    def chain(self, sources: Sequence[str], filters: str) -> str:
        """Adds `[a][b]filters[new]`; the new label, brackets included."""
        (label,) = self.fan(sources, filters, 1)
        return label

    def fan(self, sources: Sequence[str], filters: str, outputs: int) -> list[str]:
        """As `chain`, with several outputs."""
        labels = [f"[n{self._labels + number}]" for number in range(outputs)]
        self._labels += outputs
        self.chains.append("".join(sources) + filters + "".join(labels))
        return labels

    def join(self, parts: Sequence[str], *, sound: bool = False) -> str:
        """The parts one after the other."""
        if len(parts) == 1:
            return parts[0]
        streams = "v=0:a=1" if sound else "v=1:a=0"
        return self.chain(parts, f"concat=n={len(parts)}:{streams}")

    @property
    def script(self) -> str:
        """The text of the filter graph file."""
        return ";\n".join(self.chains) + "\n"


def decimal(value: Fraction | float, digits: int = 6) -> str:
    """A number as ffmpeg reads it."""
    return f"{float(value):.{digits}f}"


def ratio(value: Fraction) -> str:
    """`30` or `30000/1001`."""
    return str(value.numerator) if value.denominator == 1 else str(value)
