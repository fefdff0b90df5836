"""`vbtui plan` as a script uses it: a real process, the real studio, nothing rendered and nothing kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import clips as media
from tests.cli.test_cli import assert_sentence, vbtui
from tests.waiting import PATIENCE_S

KEYS = {"say", "mood", "operations", "question", "refused", "reply", "changed", "timeline"}
SEGMENT = {
    "name", "start_ms", "duration_ms", "in_ms", "speed", "volume", "text", "transition",
}  # fmt: skip


def clips() -> list[Path]:
    return [media.clip(seconds=3), media.picture()]


def lines(stdout: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stdout.splitlines()]


def test_each_line_is_planned_for_itself_on_one_state(tmp_path: Path) -> None:
    said = "mute clip 1\n\nmute clip 1 || no, clip 2\r\n删除片段2\nremove clip 9\nshould I remove clip 1?\nexport 1080p MP4"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "vbtui", "plan", *map(str, clips())),
            *("--after", "combine these clips", "--say", 'add a title "Hi"'),
            *("--say", "flibber the gronk", "-", "--json", "--local"),
        ],
        input=said.encode(),
        capture_output=True,
        timeout=PATIENCE_S,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = lines(done.stdout.decode())
    assert [one["say"] for one in told] == [
        'add a title "Hi"', "flibber the gronk", "mute clip 1", "", "mute clip 1 || no, clip 2",
        "删除片段2", "remove clip 9", "should I remove clip 1?", "export 1080p MP4",
    ]  # fmt: skip
    assert all(set(one) >= KEYS for one in told)
    unknown, mute, empty, corrected, removed, refused, asked, saved = told[1:]
    assert mute["operations"][0]["op"] == "mute"
    assert mute["changes"] == [f"Video {media.clip(seconds=3).name} volume: 100% → 0%"]
    (track,) = mute["timeline"]["tracks"]
    assert track["type"] == "video"
    assert all(set(segment) >= SEGMENT for segment in track["segments"])
    assert [segment["volume"] for segment in track["segments"]] == [0, 1]
    assert [one["volume"] for one in corrected["timeline"]["tracks"][0]["segments"]] == [1, 0]
    assert removed["timeline"]["duration_ms"] == 3000
    assert refused["refused"]["op"] == "remove"
    assert asked["mood"] == "question"
    assert saved["operations"] == [{"op": "export"}]
    for one in (unknown, empty, refused, asked, saved):
        assert not one["changed"]
        assert one["timeline"]["duration_ms"] == 7000
    assert list(tmp_path.iterdir()) == []


def test_a_line_is_answered_before_the_next_one_comes_and_a_stop_leaves_nothing(
    tmp_path: Path,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "vbtui", "plan", *map(str, clips()), "-", "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for said in ("combine these clips", "mute clip 1"):
            process.stdin.write(f"{said}\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["say"] == said
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 130
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_planned_where_what_comes_first_is_not_done(tmp_path: Path) -> None:
    done = vbtui(
        "plan", *clips(), "--after", "flibber the gronk", "--say", "mute clip 1", "--json",
        TMPDIR=str(tmp_path),
    )  # fmt: skip
    assert_sentence(done, 1, "flibber the gronk", "is not done")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_used_is_told() -> None:
    assert_sentence(vbtui("plan", "no.mp4", "--say", "mute clip 1"), 2, "no.mp4")


def test_words_for_humans_and_for_make(tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    done = vbtui(
        "make", *clips(), "--say", "combine these clips", "--say", "mute the first clip",
        "-o", out, "--plan", "--local",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, second = media.clip(seconds=3).name, media.picture().name
    assert done.stdout.splitlines() == [
        "combine these clips",
        f"  add (files {first} {second})",
        f"  2 clips added: {first}, {second}",
        "mute the first clip",
        "  mute (clips 1, volume 0)",
        f"  clip 1 ({first}): volume 100% → 0%",
    ]
    assert not out.exists()


def test_a_chinese_sentence_is_planned_in_chinese() -> None:
    first = media.clip(seconds=3).name
    done = vbtui(
        "plan", *clips(), "--after", "combine these clips", "--say", "第一段静音，第二段删掉"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:4] == [
        "第一段静音，第二段删掉",
        "  静音（片段 1，音量 0）",
        "  删除（片段 2）",
        f"  删除了片段 2（{media.picture().name}） · 3-7s",
    ]
    assert f"  片段 1（{first}）：音量 100% → 0%" in done.stdout.splitlines()


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan",),
        ("plan", "a.mp4"),
        ("plan", "-"),
        ("plan", "a.mp4", "--say", "x", "--render"),
        ("plan", "a.mp4", "--say", "x", "--server", "http://127.0.0.1:1"),
        ("--server", "http://127.0.0.1:1", "plan", "a.mp4", "--say", "x"),
        ("make", "a.mp4", "--say", "x", "-o", "b.mp4", "c.mp4"),
    ],
    ids=" ".join,
)
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert_sentence(vbtui(*arguments), 2)
