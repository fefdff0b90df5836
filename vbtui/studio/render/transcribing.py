"""Speech to words: a Whisper model of the user's, run by faster-whisper in a process of its own.

    python -m vbtui.studio.render.transcribing MODEL SOUND      SOUND: mono, 16 kHz, 16 bits a sample

It writes a line of JSON for each stretch that it has heard (`{"share": 0.4, "words": [[begin, end, text, sure]…],
"language": "en"}`) and ends. Nothing is ever fetched: the model is a folder on this machine.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from vbtui.base import programs
from vbtui.base.errors import RenderFailed
from vbtui.base.files import passing_folder
from vbtui.base.translation import Translation
from vbtui.studio.project.media import Media
from vbtui.studio.project.words import Transcript
from vbtui.studio.render.ffmpeg import ChildLimits, run
from vbtui.studio.render.graph import READ_SAFELY
from vbtui.studio.render.listening import heard_in
from vbtui.studio.render.mixing import heard_steps

_RATE = 16_000
_NICENESS = "10"
_LINE_LIMIT = 16 * 1024 * 1024
_NEEDED = ("config.json", "model.bin", "tokenizer.json")
"""Without the last one it would be fetched."""

NO_PACKAGE = Translation(
    "Captions of what is said need one more package: pip install 'vbtui[captions]'. Until then they need your words: "
    'add caption "…" from 0:05 to 0:08.',
    "识别语音需要再装一个包：pip install 'vbtui[captions]'。在此之前字幕需要你给出文字：加字幕“……”，从 0:05 到 0:08。",
)
NO_MODEL = Translation(
    "Captions of what is said need a speech model: set [captions] model in the configuration to the folder of a "
    "Whisper model for faster-whisper; vbtui doctor says how to get one. Until then they need your words: "
    'add caption "…" from 0:05 to 0:08.',
    "识别语音需要语音模型：在配置的 [captions] model 中填写 faster-whisper 的 Whisper 模型文件夹；vbtui doctor 会说明如何获取。"
    "在此之前字幕需要你给出文字：加字幕“……”，从 0:05 到 0:08。",
)
BAD_MODEL = Translation(
    "The folder in [captions] model holds no Whisper model for faster-whisper (a config.json, a model.bin and a tokenizer.json): {folder}",
    "[captions] model 的文件夹里没有 faster-whisper 的 Whisper 模型（config.json、model.bin 和 tokenizer.json）：{folder}",
)


def missing(model: str) -> Translation | None:
    """Why speech cannot be understood here; None where it can. `model` is the folder of the settings."""
    if find_spec("faster_whisper") is None:
        return NO_PACKAGE
    if not model:
        return NO_MODEL
    folder = Path(model)
    if not all((folder / name).is_file() for name in _NEEDED):
        return Translation(
            BAD_MODEL.english.format(folder=folder), BAD_MODEL.chinese.format(folder=folder)
        )
    return None


def examine(model: str) -> tuple[str, str, str, str]:
    """What doctor says of it: its name, `ok`, `note` or `problem`, what is there, and what to do."""
    reason = missing(str(Path(model).expanduser()) if model else "")
    if reason is None:
        return "speech", "ok", model, ""
    wrong = bool(model) and reason not in (NO_PACKAGE, NO_MODEL)
    return "speech", "problem" if wrong else "note", reason.of(), _FETCH.of()


_FETCH = Translation(
    "pip install 'vbtui[captions]' && hf download Systran/faster-whisper-small --local-dir ~/whisper-small, then "
    '[captions] model = "~/whisper-small"',
    "pip install 'vbtui[captions]' && hf download Systran/faster-whisper-small --local-dir ~/whisper-small，然后设置 "
    '[captions] model = "~/whisper-small"',
)


async def transcribe(media: Media, model: str, on_progress: Callable[[float], None]) -> Transcript:
    """What is said in the file.

    Args:
        model: a folder for which nothing is `missing`.
        on_progress: told the share that was heard.

    Raises as `run` does, and `RenderFailed` where the model fails. When it is cancelled, its process is gone.
    """
    if media.audio is None:
        return Transcript()
    with passing_folder("vbtui-speech-") as folder:
        sound = folder / "sound"
        path, track = await heard_in(media, folder)
        await run(
            [
                "-threads", "1", "-vn", "-sn", "-dn", *READ_SAFELY, "-i", f"file:{path.absolute()}",
                "-map", f"0:a:{track}", "-af", f"{','.join(heard_steps())},aresample={_RATE}",
                "-ac", "1", "-c:a", "pcm_s16le", "-f", "s16le", f"file:{sound}",
            ],
            names=[media.filename],
        )  # fmt: skip
        return await _heard(sound, model, on_progress)


async def _heard(sound: Path, model: str, on_progress: Callable[[float], None]) -> Transcript:
    nice = [shutil.which("nice") or "", "-n", _NICENESS] if shutil.which("nice") else []
    command = [*nice, *programs.python("vbtui.studio.render.transcribing"), model, str(sound)]
    process = await programs.start(
        command, "worker", line_limit=_LINE_LIMIT, new_session=True, preexec=ChildLimits()
    )
    assert process.stdout is not None
    words: list[Any] = []
    language = ""
    try:
        async for line in process.stdout:
            value = json.loads(line)
            words += value["words"]
            language = value["language"]
            on_progress(min(1.0, float(value["share"])))
        if await process.wait() != 0:
            raise RenderFailed("The speech model failed: vbtui doctor says whether it is whole.")
        return Transcript.from_json({"language": language, "words": words})
    except (ValueError, KeyError, TypeError) as error:
        raise RenderFailed("The speech model gave an answer that cannot be read.") from error
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def main(model: str, sound: str) -> None:
    """The process: see above."""
    import numpy
    from faster_whisper import WhisperModel

    samples = numpy.fromfile(sound, dtype=numpy.int16).astype(numpy.float32) / 32768
    seconds = max(len(samples) / _RATE, 0.001)
    if len(samples) < _RATE // 10:
        return
    whisper = WhisperModel(
        model,
        device="cpu",
        compute_type="int8",
        cpu_threads=max(1, os.cpu_count() or 1),
        local_files_only=True,
    )
    stretches, info = whisper.transcribe(
        samples, word_timestamps=True, vad_filter=True, condition_on_previous_text=False
    )
    for stretch in stretches:
        words = [
            [round(word.start * 1000), round(word.end * 1000), word.word, float(word.probability)]
            for word in stretch.words or ()
        ]
        line = {"share": stretch.end / seconds, "words": words, "language": info.language}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
