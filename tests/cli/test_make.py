"""`vbtui make` as a script uses it: a real process, the real studio, a real video."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import av

from tests import clips as media
from tests.cli.test_cli import vbtui
from tests.studio.running import until
from tests.waiting import PATIENCE_S


def test_from_files_to_a_video(tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    out.write_bytes(b"an older video")
    done = vbtui(
        "make", media.clip(), media.picture(), media.sound(),
        "--say", "combine these into a 3 second video with crossfades",
        "--say", 'add a title "50% \\ \'done\'" at the start',
        "-o", out, "--local", "--quality", "low", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["video"] == str(out)
    assert found["backend"] == "Local studio"
    assert found["session"]
    assert [turn["say"] for turn in found["turns"]][1].startswith("add a title")
    assert any("50% \\ 'done'" in change for change in found["turns"][1]["changes"])
    assert set(found["timings"]) == {"upload_s", "turns_s", "render_s", "download_s"}
    assert found["timings"]["render_s"] > 0
    assert found["remarks"] == []
    with av.open(str(out)) as video:
        picture = video.streams.video[0]
        assert picture.frames == 90
        assert (picture.width, picture.height) == (1920, 1080)
        assert video.streams.audio[0].codec_context.name == "aac"
    assert list(tmp_path.iterdir()) == [out]


def test_a_file_that_is_not_what_it_claims_fails_and_one_of_two_is_part(tmp_path: Path) -> None:
    fake = tmp_path / "fake.mp4"
    fake.write_bytes(b"\0\0\0\x18ftypmp42" + b"these are words, not a video" * 100)
    out = tmp_path / "out.mp4"
    alone = vbtui("make", fake, "--say", "combine", "-o", out, "--local")
    assert alone.returncode == 1
    assert "fake.mp4" in alone.stderr.splitlines()[-1]
    assert not out.exists()
    two = tmp_path / "two tracks.mp4"
    media.ffmpeg("-i", media.clip(), "-map", "0", "-map", "0:a", "-c", "copy", two)
    both = vbtui(
        "make", fake, two, "--say", "make a 1 s video, 320x180", "-o", out, "--local",
        "--quality", "low",
    )  # fmt: skip
    assert both.returncode == 6, both.stderr
    assert both.stdout == f"{out}\n"
    assert "fake.mp4" in both.stderr
    assert "· “two tracks.mp4” has 2 sound tracks: number 1 is heard." in both.stderr


def test_what_is_not_understood_makes_it_a_part(tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    done = vbtui(
        "make", media.clip(), "--say", "make a 1 s video, 320x180", "--say", "flibber the gronk",
        "-o", out, "--local", "--quality", "low",
    )  # fmt: skip
    assert done.returncode == 6, done.stderr
    assert "changed nothing" in done.stderr


def test_a_sentence_that_is_done_in_part_makes_it_a_part(tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    done = vbtui(
        "make", media.clip(), "--say", "make a 1 s video, 320x180 and replace the faces in clip 1",
        "--say", "export for youtube in low quality", "-o", out, "--local",
    )  # fmt: skip
    assert done.returncode == 6, done.stderr
    assert os.listdir(tmp_path) == ["out.mp4"]  # what comes at the end anyway is not done twice
    assert "Not fit for YouTube. It is heard at" in done.stderr
    assert "\n! " in done.stderr


def test_a_time_limit_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    done = vbtui(
        "make", media.clip(), "--say", "make a video", "--say", "loop the clips to 10 minutes",
        "-o", out, "--local", "--timeout", "4",
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    assert "--timeout" in done.stderr
    assert not out.exists()


def test_an_interrupt_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    command = [
        sys.executable, "-m", "vbtui", "make", str(media.clip()), "--say", "make a video",
        "--say", "loop the clips to 10 minutes", "-o", str(out), "--local",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("Rendering"):
            break
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, rest
    assert "Traceback" not in rest
    assert list(tmp_path.iterdir()) == []
    until(_encoders_of_the_studio, lambda found: not found)


def _encoders_of_the_studio() -> list[str]:
    """Command lines of living encoders that write below this test's HOME."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if "ffmpeg" in line and str(Path.home()) in line:
            found.append(line)
    return found


def test_a_file_that_is_given_twice_is_two_clips_and_a_rate_that_fits_is_kept(
    tmp_path: Path,
) -> None:
    """The video's name is no UTF-8: JSON has it so that a script finds it."""
    out = tmp_path / os.fsdecode(b"o\xffut  \x1b[31m.mp4")
    clip, other = media.clip(fps="25", seconds=1), tmp_path / "b.mp4"
    other.write_bytes(clip.read_bytes())
    done = vbtui(
        "make", clip, other, media.picture(), clip, "--say", "combine these", "--say", "320x180",
        "--say", "25 fps", "--say", f"add {clip.name} at the end",
        "-o", out, "--local", "--quality", "low", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["video"] == str(out)
    listed, seen = (vbtui(command, "--json").stdout for command in ("renders", "status"))
    assert (
        json.loads(listed)["renders"][0]["path"]
        == json.loads(seen)["renders"][0]["path"]
        == str(out)
    )
    assert not any("\x1b" in text for text in (done.stdout, listed, seen))
    first = found["turns"][0]["changes"]
    names = [change.partition(": ")[2].rpartition(" ")[0] for change in first]
    assert names == [clip.name, "b.mp4", media.picture().name, clip.name]
    with av.open(out.open("rb")) as video:
        picture = video.streams.video[0]
        assert (str(picture.average_rate), picture.frames % 100) == ("25", 0)
