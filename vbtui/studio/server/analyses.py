"""What the director has to know of files before it can do what it was told: found out once for each file's content.

<cache>/analyses/<2 digits>/<key>    how loud a file is from moment to moment, by its content; those not used for
                                     longest go first
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path

from vbtui.base.errors import DiskProblem, VbtuiError
from vbtui.studio.project import subtitles
from vbtui.studio.project.beats import Beats
from vbtui.studio.project.findings import Changes, Findings, Wanted
from vbtui.studio.project.levels import Levels
from vbtui.studio.project.media import Media
from vbtui.studio.project.shakes import Shakes
from vbtui.studio.project.sight import Sight
from vbtui.studio.project.subtitles import Subtitles
from vbtui.studio.project.voices import Voices
from vbtui.studio.project.words import Transcript
from vbtui.studio.render.chunks import FileCache

VERSION = 2
"""Raised whenever the same file would be heard as something else."""
_LIMIT_BYTES = 200_000_000
"""Of the folder: about 500 hours."""
_HELD = 64
"""So many findings stay in memory: about 20 MB of hour-long files."""

Progress = Callable[[Media, float], None]
Heard = Levels | Voices | Transcript | Changes | Sight | Beats
"""Found out once for each content; captions in a file are read instead."""
Finding = Heard | Subtitles | Shakes
_NOTHING: Mapping[str, Finding] = {
    "levels": Levels(b""),
    "voices": Voices(b""),
    "words": Transcript(failed=True),
    "changes": Changes(failed=True),
    "subtitles": Subtitles(failed=True),
    "sight": Sight(b"", failed=True),
    "beats": Beats(failed=True),
    "shakes": Shakes(failed=True),
}
"""Of a file that cannot be read."""
_FROM_JSON: Mapping[str, Callable[[object], Heard]] = {
    "words": Transcript.from_json,
    "changes": Changes.from_json,
    "beats": Beats.from_json,
}


class Analyses:
    """What was found out about files.

    Args:
        otherwise: where it is kept when the user's cache cannot be written.
        model: the folder of the speech model; empty: there is none.
        report: takes a line for the studio's log.
    """

    def __init__(self, otherwise: Path, model: str, report: Callable[[str], None]) -> None:
        self._cache = FileCache.of_user("analyses", otherwise, _LIMIT_BYTES)
        self._model = str(Path(model).expanduser()) if model else ""
        self._report = report
        self._found: OrderedDict[str, Finding] = OrderedDict()
        """By key."""
        self._one = asyncio.Lock()
        """One file at a time: the machine has other things to do."""

    @property
    def nothing(self) -> Findings:
        """What is known before anything is listened to."""
        from vbtui.studio.render.transcribing import missing
        from vbtui.studio.render.voices import detector

        return Findings(no_speech=missing(self._model), tells_voices=bool(detector()))

    async def find(self, wanted: Sequence[Wanted], on_progress: Progress) -> Findings:
        """All of it, found out where it is not known yet; of a file that cannot be read nothing is. A cancelled one
        leaves nothing that goes on. Raises `DiskProblem`."""
        found: dict[Wanted, Finding] = {}
        for one in wanted:
            parts = [other for other in wanted if other.media.id == one.media.id]
            at, count = parts.index(one), len(parts)

            def moved(media: Media, share: float, at: int = at, count: int = count) -> None:
                on_progress(media, (at + share) / count)

            async with self._one:
                found[one] = await self._find(one, moved)
        return Findings(
            {one.media.id: what for one, what in found.items() if isinstance(what, Levels)},
            {one.media.id: what for one, what in found.items() if isinstance(what, Voices)},
            {one.media.id: what for one, what in found.items() if isinstance(what, Transcript)},
            {one.media.id: what for one, what in found.items() if isinstance(what, Changes)},
            {one.media.id: what for one, what in found.items() if isinstance(what, Subtitles)},
            {one.media.id: what for one, what in found.items() if isinstance(what, Sight)},
            {one.media.id: what for one, what in found.items() if isinstance(what, Beats)},
            {one.media.id: what for one, what in found.items() if isinstance(what, Shakes)},
        )

    async def _find(self, wanted: Wanted, on_progress: Progress) -> Finding:
        if wanted.kind == "subtitles":  # read as fast as it would be found
            return await asyncio.to_thread(self._read, wanted.media)
        key = self._key(wanted)
        found = self._found.get(key) or await asyncio.to_thread(self._kept, wanted.kind, key)
        if found is None:
            on_progress(wanted.media, 0.0)
            try:
                found = await self._listen(wanted, on_progress)
            except DiskProblem:
                raise  # which says more than that the file could not be read
            except VbtuiError as error:
                self._report(f"{wanted.media.id} could not be listened to: {error}")
                return _NOTHING[wanted.kind]
            on_progress(wanted.media, 1.0)
            if not isinstance(found, Shakes):  # which the renderer keeps, too
                await asyncio.to_thread(self._keep, key, found)
        self._found[key] = found
        self._found.move_to_end(key)
        while len(self._found) > _HELD:
            self._found.popitem(last=False)
        return found

    def _read(self, media: Media) -> Finding:
        try:
            return subtitles.read(media.path.read_bytes())
        except (OSError, ValueError) as error:
            self._report(f"{media.id} could not be read: {error}")
            return _NOTHING["subtitles"]

    async def _listen(self, wanted: Wanted, on_progress: Progress) -> Heard | Shakes:
        from vbtui.studio.render.listening import listen, listen_for_beats
        from vbtui.studio.render.steadying import shakes_of
        from vbtui.studio.render.transcribing import transcribe
        from vbtui.studio.render.voices import listen_for_voices
        from vbtui.studio.render.watching import look, watch

        def moved(share: float) -> None:
            on_progress(wanted.media, share)

        if wanted.kind == "levels":
            return await listen(wanted.media, moved)
        if wanted.kind == "voices":
            return await listen_for_voices(wanted.media, moved)
        if wanted.kind == "changes":
            return await watch(wanted.media, moved)
        if wanted.kind == "beats":
            return await listen_for_beats(wanted.media, moved)
        if wanted.kind == "sight":
            return await look(wanted.media, moved)
        if wanted.kind == "shakes":
            return await shakes_of(wanted.media, self._cache, moved)
        return await transcribe(wanted.media, self._model, moved)

    def _kept(self, kind: str, key: str) -> Heard | None:
        path = self._cache.path(key)
        try:
            os.utime(path)
            content = path.read_bytes()
            if kind == "shakes":
                return None
            if kind == "levels":
                return Levels(content)
            if kind == "voices":
                return Voices(content)
            if kind == "sight":
                return Sight(content)
            kept = json.loads(content)
            return _FROM_JSON[kind](kept)
        except (OSError, ValueError, TypeError):
            return None

    def _keep(self, key: str, found: Heard) -> None:
        content = (
            found.values
            if isinstance(found, Levels | Voices | Sight)
            else json.dumps(found.to_json()).encode()
        )
        with contextlib.suppress(OSError), self._cache.unfinished() as unfinished:
            unfinished.write_bytes(content)
            self._cache.keep(unfinished, key)
            self._cache.evict()

    def _key(self, wanted: Wanted) -> str:
        from vbtui.studio.render.voices import detector

        media = wanted.media
        track = media.audio.track if media.audio is not None else -1
        content = media.sha256 or f"{media.path} {media.size}"
        by = {"words": self._model, "voices": detector()}.get(wanted.kind, "")
        said = f"{wanted.kind} {VERSION} {content} {track} {by}"
        return hashlib.sha256(said.encode()).hexdigest()


_STEP_PERCENT = 5


class Listening:
    """What is found out for a turn: `findings` are there when `told` is over, unless nobody waited for it."""

    def __init__(self, analyses: Analyses, wanted: Sequence[Wanted]) -> None:
        self.findings = Findings()
        self._analyses, self._wanted = analyses, wanted

    async def told(self, gone: asyncio.Event) -> AsyncIterator[tuple[str, int]]:
        """The name of the file under way and how many percent of it were heard, now and then, until all were or `gone`
        is set. Raises what the listening raises."""
        steps: asyncio.Queue[tuple[str, int] | None] = asyncio.Queue()
        last = ("", -_STEP_PERCENT)

        def moved(media: Media, share: float) -> None:
            nonlocal last
            now = (media.filename, int(share * 100))
            is_over = now[1] == 100 != last[1]
            if now[0] != last[0] or now[1] >= last[1] + _STEP_PERCENT or is_over:
                last = now
                steps.put_nowait(now)

        listening = asyncio.create_task(self._analyses.find(self._wanted, moved), name="listening")
        leaving = asyncio.create_task(gone.wait())
        for task in (listening, leaving):
            task.add_done_callback(lambda _: steps.put_nowait(None))
        try:
            while (step := await steps.get()) is not None:
                yield step
            if listening.done():
                self.findings = listening.result()
        finally:
            for task in (listening, leaving):
                task.cancel()
            await asyncio.wait((listening, leaving))
