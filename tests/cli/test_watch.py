"""`vbtui watch` as people run it: a process, the local studio, real clips."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import clips as media
from tests.waiting import PATIENCE_S
from vbtui.base import settings
from vbtui.base.problem import Problem
from vbtui.cli.recipes import export_of, sentences_of
from vbtui.cli.watch import as_line, configured
from vbtui.session.events import Noticed
from vbtui.session.studio import running

TITLE = 'combine everything in 320x180 and add the title "Hello"'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "in"
    path.mkdir()
    return path


class Watch:
    """A running `vbtui watch`."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "vbtui", "watch", str(folder), "--local", "--json"]
        config = Path(os.environ["HOME"]) / "config.toml"
        config.write_text("[uploads]\nsettle_s = 0.3\n")
        self.process = subprocess.Popen(
            [*command, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "VBTUI_CONFIG": str(config)},
            cwd=Path(__file__).parents[2],
        )

    def events(self) -> Iterator[dict[str, Any]]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            yield json.loads(line)

    def until(self, **wanted: str) -> dict[str, Any]:
        for event in self.events():
            if wanted.items() <= event.items():
                return event
        raise AssertionError(f"it ended: {self.process.stderr and self.process.stderr.read()}")

    def end(self) -> tuple[int, list[dict[str, Any]]]:
        events = list(self.events())
        return self.process.wait(PATIENCE_S), events


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ("make it vertical, add a title, export", ("make it vertical, add a title",)),
        ("add a title and then export it!", ("add a title",)),
        ("export", ()),
        ("one\n\n two \nexport in 1080p", ("one", "two")),
        ('add a title "export"', ('add a title "export"',)),
        ("加一个标题，导出", ("加一个标题",)),
        ("make an intro about exporting coffee", ("make an intro about exporting coffee",)),
    ],
)
def test_sentences(then: str, said: tuple[str, ...]) -> None:
    assert sentences_of(then) == said


@pytest.mark.parametrize(
    ("then", "said", "format", "at_ms"),
    [
        ("make it vertical, export", ("make it vertical",), "mp4", 0),
        ("mute it, export as gif", ("mute it",), "gif", 0),
        ("one\nexport as prores", ("one",), "prores", 0),
        ("静音，导出为gif", ("静音",), "gif", 0),
        ("extract the audio", (), "mp3", 0),
        ("one\nsave the frame at 0:05", ("one",), "png", 5000),
        ('add a title "export as gif"', ('add a title "export as gif"',), "mp4", 0),
    ],
)
def test_the_sentence_says_the_format(
    then: str, said: tuple[str, ...], format: str, at_ms: int
) -> None:
    assert sentences_of(then) == said
    options = export_of(then)
    assert (options.format, options.at_ms) == (format, at_ms)


def test_the_sentence_says_the_platform() -> None:
    options = export_of("make it vertical, export for reels")
    assert (options.preset, options.width, options.height) == ("reels", 1080, 1920)
    assert export_of("make it vertical, export").preset == ""


def test_a_format_that_is_none_ends_the_watch_at_once(folder: Path) -> None:
    shutil.copy(media.clip("red", seconds=1), folder / "red.mp4")
    code, events = Watch(folder, "--then", "make it vertical\nexport as avi", "--once").end()
    assert code == 2
    assert not [event for event in events if event.get("step")]


def test_each_file_becomes_what_was_said(folder: Path) -> None:
    shutil.copy(media.clip("red", seconds=1), folder / "red.mp4")
    code, events = Watch(folder, "--then", f"{TITLE}, export as gif", "--once").end()
    assert code == 0
    assert [path.name for path in (folder / "done").iterdir()] == ["red.gif"]
    assert (folder / "done" / "red.gif").read_bytes()[:6] == b"GIF89a"
    assert {"step": "done", "video": str(folder / "done" / "red.gif")}.items() <= events[-1].items()


def test_the_configuration_has_a_sentence_for_a_folder(folder: Path) -> None:
    loaded = settings.load()
    assert configured(loaded, folder) == ""
    for directory, said in ((str(folder), TITLE), ("", TITLE), ("/elsewhere", "")):
        watch = settings.Watch(directory, TITLE)
        assert configured(replace(loaded, watch=watch), folder) == said
    link = folder.with_name("link")
    link.symlink_to(folder)
    watch = settings.Watch(f"{link}/../in", TITLE)
    assert configured(replace(loaded, watch=watch), link) == TITLE


def test_a_notice_says_what_it_means_for_the_watch() -> None:
    polling = Problem("Watching in by looking at it", "No file events come from nfs4.")
    line = as_line(Noticed(polling, "information"))
    assert line.endswith(
        "  information Watching in by looking at it: No file events come from nfs4."
    )
    again = as_line(Noticed(Problem.coded("connected"), "information"))
    assert again.endswith("  information Connected again.")


def test_once_uploads_what_is_there_and_ends(folder: Path) -> None:
    shutil.copy(media.clip(seconds=1), folder / "a.mp4")
    (folder / "fake.mp4").write_bytes(b"this is no video")
    code, events = Watch(folder, "--once").end()
    assert code == 6
    states = {(event["name"], event["state"]) for event in events if event["event"] == "file"}
    assert {("a.mp4", "done"), ("fake.mp4", "failed")} <= states
    code, events = Watch(folder, "--once").end()
    assert code == 6
    assert events == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_cleanly(folder: Path, number: int) -> None:
    watch = Watch(folder)
    shutil.copy(media.clip(seconds=1), folder / "a.mp4")
    watch.until(name="a.mp4", state="done")
    watch.process.send_signal(number)
    code, _ = watch.end()
    assert code == 0
    assert watch.process.stderr is not None
    assert watch.process.stderr.read() == ""


def test_each_file_becomes_a_video_once_though_it_is_killed(folder: Path) -> None:
    for color in ("red", "blue"):
        shutil.copy(media.clip(color, seconds=1), folder / f"{color}.mp4")
    os.link(folder / "red.mp4", folder / "again.mp4")
    (folder / "fake.mp4").write_bytes(b"this is no video")
    for step in ("said", "exporting"):
        watch = Watch(folder, "--then", TITLE)
        watch.until(step=step)
        watch.process.kill()
        watch.process.wait()
    code, events = Watch(folder, "--then", TITLE, "--once").end()
    assert code == 6
    assert {event["name"] for event in events if event.get("step") == "done"} >= {"red.mp4"}
    done = folder / "done"
    videos = ["again.mp4", "blue.mp4", "red.mp4"]
    assert sorted(path.name for path in done.iterdir()) == [*videos, "report.txt"]
    assert "fake.mp4: " in (done / "report.txt").read_text()
    with sqlite3.connect(settings.load().directories.journal) as journal:
        turns = journal.execute(
            "SELECT session_id, count(*) FROM turns WHERE text != '' GROUP BY 1"
        )
        assert [count for _, count in turns] == [1, 1, 1]
        renders = journal.execute("SELECT state, attempt FROM renders").fetchall()
    assert renders == [("done", 1)] * 3


def test_a_file_whose_project_was_lost_and_came_back_gets_its_video(folder: Path) -> None:
    """Another disk lay where the studio keeps its data, for one run."""
    shutil.copy(media.clip(seconds=1), folder / "a.mp4")
    studio = settings.load().directories.studio
    for number in range(2):
        watch = Watch(folder, "--then", TITLE)
        watch.until(step="exporting" if number == 0 else "begun")
        child = running(studio)
        assert child is not None
        for pid in (watch.process.pid, child.pid):
            os.kill(pid, signal.SIGKILL)
        watch.process.wait()
        shutil.move(studio, folder.with_name(f"studio-{number}"))
    shutil.move(folder.with_name("studio-0"), studio)
    then = f"{TITLE}, export for youtube"
    code, events = Watch(folder, "--then", then, "--once").end()
    assert (code, [one["name"] for one in events if one.get("step") == "done"]) == (0, ["a.mp4"])
    assert sorted(path.name for path in (folder / "done").iterdir()) == ["a.mp4", "report.txt"]
    assert "YouTube" in (folder / "done" / "report.txt").read_text()
