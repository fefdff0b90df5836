"""`vbtui make --each` and `--from`: what a row is, and a video of each, once."""

from __future__ import annotations

import asyncio
import json
import shutil
from argparse import Namespace
from pathlib import Path
from typing import Any

import av
import pytest

from tests import clips as media
from tests.cli.test_cli import vbtui
from tests.cli.test_schema import check
from tests.cloud import SESSION, SIGN_IN, Cloud
from vbtui.base.errors import UsageError
from vbtui.base.settings import load
from vbtui.cli import main
from vbtui.cli.rows import Row, rows_of
from vbtui.cli.shell import DONE_IN_PART
from vbtui.session.studio import LOCAL


def rows(
    tmp_path: Path,
    text: str = "",
    *,
    say: tuple[str, ...] = ("mute all",),
    output: str = "out/{name}.mp4",
    files: tuple[str, ...] = (),
    each: Path | None = None,
    backend: str = LOCAL,
) -> list[Row]:
    source = tmp_path / "rows"
    source.write_text(text)
    arguments = Namespace(
        each=each,
        rows=None if each else source,
        say=list(say),
        output=tmp_path / output,
        files=[Path(one) for one in files],
        quality=None,
    )
    return rows_of(load(), arguments, backend)


def refused(*arguments: Any, **options: Any) -> str:
    with pytest.raises(UsageError) as error:
        rows(*arguments, **options)
    return error.value.sentence


def test_a_column_stands_for_its_value_and_a_value_is_content(tmp_path: Path) -> None:
    text = 'name,files,words\n"a ""b""\x1b[31m {name}",x.mp4; y.mp4,10 s\n'
    say = ('add a title "{name}!" for {words}', "say {{name}} {number}", "{ words }", "export")
    (row,) = rows(tmp_path, text, say=say, files=("/music/{words}.mp3",))
    assert row.say == ('add a title “a "b" {{name}}!” for 10 s', "say {name} 1", "10 s")
    assert row.files == (tmp_path / "x.mp4", tmp_path / "y.mp4", Path("/music/10 s.mp3"))
    assert row.output == tmp_path / "out" / "a b {name}.mp4"
    (there,) = rows(tmp_path, text, say=say, backend="https://cloud.example")
    assert there.say[0] == 'add a title “a "b" {name}!” for 10 s', "only the studio fills in names"


def test_rows_are_a_table_or_lines_of_json(tmp_path: Path) -> None:
    made = rows(tmp_path, '{"files": ["x.mp4"], "n": 2.5, "t": null}\n\n{"files": "y.mp4", "n": "z"}\n',
                say=("make it {n} s", "{number}"), output="{name}-{n}.mp4")  # fmt: skip
    assert [row.say for row in made] == [("make it 2.5 s", "1"), ("make it z s", "2")]
    assert [row.output.name for row in made] == ["x-2.5.mp4", "y-z.mp4"]
    (row,) = rows(tmp_path, '﻿files;t\r\n\r\n"x.mp4";"a\r\nb"\r\n', say=("add “{t}”",))
    assert row.say == ("add “a b”",)
    (tmp_path / "a; b.mp4").touch()
    (row,) = rows(tmp_path, "files\na; b.mp4\n")
    assert row.files == (tmp_path / "a; b.mp4",)


def test_a_row_is_known_by_what_is_made_of_it(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(b"x")
    header, one, two = "files,name,note\n", "x.mp4,one,a\n", "x.mp4,two,\n"
    before = {row.name: row.key for row in rows(tmp_path, header + one)}
    known = rows(tmp_path, header + two + one.replace(",a", ",another note"))
    assert known[1].key in before.values()
    assert known[0].key not in before.values()
    (other,) = rows(tmp_path, header + one, say=("mute clip 1",))
    assert other.key not in before.values()
    (tmp_path / "x.mp4").write_bytes(b"another")
    (other,) = rows(tmp_path, header + one)
    assert other.key not in before.values()


def test_a_folder_gives_its_videos_and_its_folders(tmp_path: Path) -> None:
    each = tmp_path / "in"
    (each / "day 2" / "deeper").mkdir(parents=True)
    for name in (
        "b10.mp4",
        "b2.MOV",
        "notes.txt",
        "song.mp3",
        ".hidden.mp4",
        "day 2/z.jpg",
        "day 2/y.mp3",
    ):
        (each / name).touch()
    (each / "empty").mkdir()
    made = rows(tmp_path, each=each, say=("{name} of {file}",), files=("/{name}.wav",))
    assert [row.say[0] for row in made] == ["b2 of b2.MOV", "b10 of b10.mp4", "day 2 of day 2"]
    assert [[path.name for path in row.files] for row in made] == [
        ["b2.MOV", "b2.wav"], ["b10.mp4", "b10.wav"], ["y.mp3", "z.jpg", "day 2.wav"]
    ]  # fmt: skip
    assert "be its files the next time" in refused(tmp_path, each=each, output="in/out/{name}.mp4")
    shutil.rmtree(each)
    each.mkdir()
    assert "no video file" in refused(tmp_path, each=each)


def test_what_no_row_can_be_is_refused_with_its_line(tmp_path: Path) -> None:
    two = "files,name\nx.mp4,a\ny.mp4,A\n"
    for text, options, words in (
        (two, {}, "line 2 and line 3 would make the same file"),
        (two, {"say": ("{nam}",)}, "line 2: there is no column {nam}; there are {number}, {files}, {name}"),
        (two, {"say": ("a } b",)}, "written twice"),
        (two, {"say": ("export", "{{")}, ""),
        (two, {"output": "{name}.gif", "say": ("mute all", "export as mp4")}, "another format than .gif"),
        (two, {"say": ("export as mp4",)}, "line 2: nothing is said"),
        ("name\na\n", {}, "line 2: no file is named"),
        ("files,name\nx.mp4,../..\n", {}, "line 2: {name} gives no file name"),
        ("files,name\nx.mp4," + "é" * 60 + "\n", {"output": "{name}{name}{name}.mp4"}, "too long"),
        ("files,name\nx.mp4,\"\"\"“”«»「」『』\"\n", {"say": ('add "{name}"',)}, "every kind of quotation mark"),
        ("files,name\nx.mp4\n", {}, "line 2: 1 cells for 2 columns"),
        ("files,files\nx,y\n", {}, "two have the same"),
        ("files\n\"x\n", {}, "line 2: not readable"),
        ("files\n", {}, "no row in"),
        ('{"files": "x.mp4"}\n[1]\n', {}, "line 2: not a JSON object"),
        ('{"files": "x.mp4", "n": {}}\n', {}, "line 1: n is neither"),
        ('{"files": "\\ud800"}\n', {}, "no file has such a name"),
        ("files,name\nout/a.mp4,a\n", {}, "replace its own clip"),
    ):  # fmt: skip
        if words:
            assert words in refused(tmp_path, text, **options), text
    (row,) = rows(tmp_path, "files,name\nx.mp4,../a/..b\n")
    assert row.output == tmp_path / "out" / "a ..b.mp4"


def test_the_command_refuses_before_anything_is_begun(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "rows.csv"
    table.write_text("files,name\nx.mp4,a\n")
    out = ["-o", str(tmp_path / "{name}.mp4")]
    for arguments in (
        ["make", "--say", "x", *out],
        ["make", "x.mp4", "--jobs", "2", "--say", "x", *out],
        ["make", "--from", str(table), "--plan", "--say", "x", *out],
        ["make", "--from", "-", "--say", "-", *out],
        ["make", "--from", str(tmp_path / "none.csv"), "--say", "x", *out],
        ["make", "--each", str(tmp_path / "none"), "--say", "x", *out],
        ["make", "--from", str(table), "--each", str(tmp_path), "--say", "x", *out],
        ["make", "--from", str(table), "--say", "{no}", *out],
        ["make", "--from", str(table), "--jobs", "0", "--say", "x", *out],
    ):
        assert main([*arguments, "--local"]) == 2, arguments
        said = capsys.readouterr()
        assert not said.out, arguments
    assert {one.name for one in tmp_path.iterdir()} == {"rows.csv"}


def lines(text: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in text.splitlines()]
    for one in found:
        check("make", one)
    return found


def test_each_row_is_made_once_and_told(tmp_path: Path) -> None:
    for number, color in enumerate(("red", "green", "blue")):
        shutil.copy(media.clip(color, seconds=1, width=160, height=90), tmp_path / f"{number}.mp4")
    (tmp_path / "fake.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + b"no video" * 100)
    table = tmp_path / "rows.jsonl"
    every = [
        {"id": "red", "files": ["0.mp4"], "ask": "add a title “Red” for 1 second"},
        {"id": "asks", "files": "1.mp4", "ask": "make it shorter"},
        {"id": "fake", "files": "fake.mp4", "ask": "combine these clips"},
        {"id": "gone", "files": "gone.mp4", "ask": "combine these clips"},
        {"id": "part", "files": "2.mp4;fake.mp4", "ask": "combine these clips"},
    ]
    table.write_text("\n".join(map(json.dumps, every)))
    out = tmp_path / "out" / "{id}.mp4"
    command: list[str | Path] = ["make", "--from", table, "--say", "combine these clips", "--say", "make it 320x180", "--say", "{ask}", "-o", out,
               "--quality", "low", "--local"]  # fmt: skip
    first = vbtui(*command, "--json")
    assert first.returncode == 6, first.stderr
    *told, total = lines(first.stdout)
    by = {one["row"]: one for one in told}
    assert [by[number]["state"] for number in range(1, 6)] == [
        "done", "failed", "failed", "failed", "in_part"
    ]  # fmt: skip
    assert by[2]["error"]["code"] == "question"
    assert by[4]["error"]["code"] == "usage"
    assert "fake.mp4" in by[5]["missing"][0]
    assert total == {
        "version": 1, "rows": 5, "made": 2, "before": 0, "in_part": 1, "failed": 3, "waiting": 0,
        "report": str(out.parent / "vbtui-report.jsonl"),
    }  # fmt: skip
    assert "Traceback" not in first.stderr
    reported = lines(Path(total["report"]).read_text())
    assert sorted(told, key=lambda one: int(one["row"])) == reported
    projects = json.loads(vbtui("projects", "--json").stdout)["projects"]
    assert projects == []
    asked = by[2]["open"].split()
    assert asked[:3] == ["vbtui", "--local", "--project"]
    answered = vbtui("answer", "0.5 seconds", "--project", asked[3], "--json")
    assert answered.returncode == 0, answered.stderr
    red = Path(by[1]["video"])
    with av.open(str(red)) as video:
        assert video.streams.video[0].frames == 30
    stamp = red.stat().st_mtime_ns
    every.insert(0, {"id": "new", "files": ["1.mp4"], "ask": "fade in for 3 seconds"})
    table.write_text("\n".join(map(json.dumps, every)))
    again = vbtui(*command)
    assert again.returncode == 6, again.stderr
    assert {Path(one).name for one in again.stdout.splitlines()} == {
        "new.mp4", "red.mp4", "asks.mp4", "part.mp4"
    }  # fmt: skip
    assert (
        "6 rows: 2 made now, 2 before, 1 of these in part, 2 failed, 0 not made yet."
        in again.stderr
    )
    assert again.stderr.count("A fade takes at most half of its clip.") == 1
    assert red.stat().st_mtime_ns == stamp
    red.unlink()
    *known, third = lines(vbtui(*command, "--json").stdout)
    assert ["A fade takes at most half of its clip."] in [one["remarks"] for one in known]
    assert (third["made"], third["before"]) == (1, 3)
    with av.open(str(red)) as video:
        assert video.streams.video[0].frames == 30
    assert json.loads(vbtui("renders", "--json").stdout)["renders"] == []


async def test_rows_of_the_cloud(tmp_path: Path) -> None:
    """Each gets a session, its files, its sentence and its export there; run again, nothing is asked for twice."""
    folder = tmp_path / "in"
    folder.mkdir()
    for color in ("red", "green", "blue"):
        shutil.copy(media.clip(color, seconds=1, width=160, height=90), folder / f"{color}.mp4")
    out = tmp_path / "{name}.mp4"
    async with Cloud() as cloud:
        cloud.video = media.clip("white", seconds=1, width=160, height=90).read_bytes()

        async def command() -> Any:
            return await asyncio.to_thread(
                vbtui, "make", "--each", folder, "--say", "a film of {name}", "-o", out, "--json",
                NEMO_API_URL=cloud.url, VBTUI_TIMING="render_poll=0.1",
            )  # fmt: skip

        done = await command()
        *told, total = lines(done.stdout)
        assert total["made"] == 3, done.stderr
        for one in told:  # this cloud has one timeline for all: two sentences change nothing
            assert done.returncode == (DONE_IN_PART if total["in_part"] else 0)
            assert one["video"] == str(tmp_path / f"{Path(one['name']).stem}.mp4")
        carried = dict(cloud.carried)
        assert len(cloud.of("POST", SIGN_IN)) == 1, "several accounts for one run"
        assert len(cloud.of("POST", SESSION)) == carried["message"] == carried["render"] == 3
        again = await command()
        assert lines(again.stdout)[-1]["before"] == 3
        assert cloud.carried == carried
