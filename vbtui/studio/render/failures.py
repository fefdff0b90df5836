"""From ffmpeg's complaints to a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from vbtui.base.errors import BadFile, DiskProblem, RenderFailed, VbtuiError
from vbtui.base.text import clean_line

_INPUT = re.compile(r"(?:\[in#|\[[vas]?ist#|\[dec:\w+#|Input #)(\d+)")
_ENDS_EARLY = (
    "partial file",
    "File ended prematurely",
    "Truncat",
    "Error during demuxing",
    "invalid as first byte of an EBML",
)
_SCRATCHES = ("error while decoding MB", "corrupted macroblock", "error while decoding frame")
_SPACE = "No space left on device"
_MAX_DAMAGED = 10
"""Pictures or pieces of sound that may fail to decode in one run: a scratch, not a broken file."""


@dataclass(slots=True)
class DecodeErrors:
    """What could not be read or decoded while ffmpeg went on."""

    damaged: int = 0
    scratched: bool = False
    """A picture was decoded in part; the decoder guessed the rest."""
    ended_early: bool = False
    inputs: list[int] = field(default_factory=list)
    """Numbers of the inputs that complained, in order."""

    def note(self, line: str) -> None:
        """Takes one line of ffmpeg's."""
        found = _INPUT.search(line)
        number = int(found.group(1)) if found else None
        if any(words in line for words in _ENDS_EARLY):
            self.ended_early = True
        elif "Error submitting packet to decoder" in line or "Decoding error" in line:
            self.damaged += 1
        elif any(words in line for words in _SCRATCHES):
            self.scratched = True
            return
        else:
            return
        if number is not None:
            self.inputs.append(number)

    @property
    def fatal(self) -> bool:
        """Whether the picture or sound is not what the files should have given."""
        return self.ended_early or self.damaged > _MAX_DAMAGED

    def remark(self, names: Sequence[str]) -> str:
        """A sentence for a run that went well enough; "" when nothing was damaged."""
        if not self.damaged and not self.scratched:
            return ""
        blamed = [names[number] for number in self.inputs if number < len(names)]
        listed = list(dict.fromkeys(blamed or names))
        who = " or ".join(f"“{name}”" for name in listed[:3])
        return f"{who} is damaged in places: the video shows what could be read of it."


def explain(
    lines: Sequence[str], code: int, names: Sequence[str], errors: DecodeErrors
) -> VbtuiError:
    """The error for a run that ended with `code` after saying `lines`."""
    text = "\n".join(lines)
    if _SPACE in text:
        return DiskProblem(
            "The disk is full; the video could not be written.", hint="Free some space."
        )
    if "Disk quota exceeded" in text:
        return DiskProblem("Your disk quota is used up.", hint="Free some space.")
    name = _blamed(lines, names, errors)
    if "No such file or directory" in text and name:
        return BadFile(f"“{name}” is no longer there.", hint="Upload it again.")
    if "Permission denied" in text and name:
        return BadFile(f"“{name}” cannot be read: permission denied.")
    if "Cannot allocate memory" in text:
        return RenderFailed(
            "The encoder ran out of memory.",
            hint="Close other programs or export at a smaller size.",
        )
    if name and (errors.fatal or "Invalid data found" in text or "[in#" in text):
        how = "ends too early" if errors.ended_early else "is damaged and cannot be read"
        return BadFile(f"“{name}” {how}.", hint="Upload a whole copy of it.")
    said = next((line for line in lines if "[fatal]" in line or "[error]" in line), "")
    said = clean_line(re.sub(r"\[[^\]]*\]\s*", "", said))[:200].rstrip(".")
    return RenderFailed(f"The encoder stopped: {said or f'it ended with {code}'}.")


def _blamed(lines: Sequence[str], names: Sequence[str], errors: DecodeErrors) -> str:
    numbers = list(errors.inputs)
    numbers += [int(found.group(1)) for line in lines if (found := _INPUT.search(line))]
    return next((names[number] for number in numbers if number < len(names)), "")
