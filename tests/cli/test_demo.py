"""`vbtui demo` where there is no terminal: the sample's video, from nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import av

from tests.waiting import PATIENCE_S


def test_without_a_terminal_it_makes_the_video(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "vbtui", "demo", "--json"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        cwd=tmp_path,
        timeout=3 * PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    video = Path(told["video"])
    assert video == tmp_path / "One day in May.mp4"
    (turn,) = told["turns"]
    assert sum(change.startswith("Video added") for change in turn["changes"]) == 9
    assert 'Title added: "One day in May"' in " ".join(turn["changes"])
    assert "Drawing the sample footage" in done.stderr
    with av.open(str(video)) as container:
        (picture,), (sound,) = container.streams.video, container.streams.audio
        assert (picture.width, picture.height) == (1280, 720)
        assert 37 < float((picture.duration or 0) * (picture.time_base or 0)) < 39
        assert sound.codec_context.name == "aac"
