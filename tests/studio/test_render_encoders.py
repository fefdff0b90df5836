"""Encoders in hardware: used where a test picture proves them, never where it does not.

No hardware is at hand: a wrapper around ffmpeg plays h264_nvenc, with libx264 behind it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import clips as make
from tests.rendered import draft, library, rendered, segment
from vbtui.base.settings import find_directories
from vbtui.studio.render import Output
from vbtui.studio.render.codec import (
    AUTO,
    BROKEN,
    HARDWARE,
    QUALITY,
    SOFTWARE,
    examine,
    find_encoder,
    proofs,
)
from vbtui.studio.render.ffmpeg import ffmpeg_version, find_ffmpeg

WRAPPER = """#!{python}
import os, sys
words = sys.argv[1:]
if "h264_nvenc" in words:
    with open("{log}", "a") as log:
        log.write(" ".join(words) + "\\n")
    if {fails}:
        sys.exit("[error] No capable devices found")
    at = words.index("h264_nvenc")
    words[at] = "libx264"
    end = words.index("-b:v") + 2
    words[at + 1:end] = {options}
elif "-encoders" in words:
    print(" V....D h264_nvenc  NVIDIA")
    print(" V....D libx264  x264")
    sys.exit()
os.execv("{ffmpeg}", ["ffmpeg", *words])
"""

Make = Callable[..., Path]


@pytest.fixture
def nvenc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Puts a wrapper in ffmpeg's place; its log has a line for each run of h264_nvenc."""
    real = find_ffmpeg()
    log = tmp_path / "log"
    log.touch()
    cached = (find_ffmpeg, ffmpeg_version)

    def put(fails: str = "False", options: str = '["-crf", words[at + 2]]') -> Path:
        path = tmp_path / "ffmpeg"
        words = {"python": sys.executable, "log": log, "ffmpeg": real}
        path.write_text(WRAPPER.format(**words, fails=fails, options=options))
        path.chmod(0o755)
        monkeypatch.setenv("VBTUI_FFMPEG", str(path))
        monkeypatch.setattr("vbtui.studio.render.ffmpeg.unfit", lambda binary: "")
        for item in cached:
            item.cache_clear()
        return log

    yield put
    for item in cached:
        item.cache_clear()


def test_what_is_compiled_in_without_the_hardware_is_refused() -> None:
    found = proofs(["low", "high"], anew=True)
    assert {"h264_nvenc", "h264_vaapi"} <= set(found)
    assert found["h264_nvenc"] == {"low": BROKEN, "high": BROKEN}
    assert find_encoder("software", "high") is SOFTWARE


def test_a_proved_encoder_is_used_and_remembered(nvenc: Make) -> None:
    log = nvenc()
    assert [find_encoder(AUTO, "low").name for _ in range(3)] == ["h264_nvenc"] * 3
    assert len(log.read_text().splitlines()) == 1
    assert find_encoder("software", "low") is SOFTWARE
    assert ("encoder", "ok", "h264_nvenc proved as good as libx264", "") in examine()
    assert len(log.read_text().splitlines()) == 4
    nvenc(fails="True")  # another ffmpeg
    assert find_encoder(AUTO, "low") is SOFTWARE


@pytest.mark.parametrize(
    ("options", "reason"),
    [('["-crf", "40"]', "its picture is worse"), ('["-crf", "15", "-frames:v", "15"]', BROKEN)],
)
def test_a_worse_picture_or_a_lost_frame_is_refused(options: str, reason: str, nvenc: Make) -> None:
    nvenc(options=options)
    assert find_encoder(AUTO, "low") is SOFTWARE
    assert proofs(["low"])["h264_nvenc"]["low"].startswith(reason)


async def test_a_render_by_hardware(nvenc: Make, tmp_path: Path) -> None:
    log = nvenc()
    folder = tmp_path / "video"
    folder.mkdir()
    wanted = draft([segment("a", 0, 700)])
    files = library(a=make.clip())
    video = await rendered(folder, wanted, files, options=Output("low", encoder=AUTO))
    assert (video.frames, video.video_codec) == (21, "h264")
    used = [line for line in log.read_text().splitlines() if "unfinished-" in line]
    assert len(used) == 1
    assert "-cq 25" in used[0]
    kept = set((find_directories().cache / "chunks").glob("*/*"))
    await rendered(folder, wanted, files, options=Output("low"))
    assert len(set((find_directories().cache / "chunks").glob("*/*")) - kept) == 1


async def test_hardware_that_fails_later_is_done_without(nvenc: Make, tmp_path: Path) -> None:
    nvenc(fails='any("unfinished-" in word for word in words)')
    folder = tmp_path / "video"
    folder.mkdir()
    options = Output("low", encoder=AUTO)
    video = await rendered(
        folder, draft([segment("a", 0, 700)]), library(a=make.clip()), options=options
    )
    assert video.frames == 21


def test_every_encoder_has_options_for_every_quality() -> None:
    for encoder in (SOFTWARE, *HARDWARE):
        found = [encoder.options(quality) for quality in QUALITY]
        assert len({tuple(options) for options in found}) == len(QUALITY), encoder.name
