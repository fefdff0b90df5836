"""What the commands print as JSON has the form that `vbtui schema` tells, keys that it does not name included."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests import clips as media
from tests.cli.test_cli import vbtui
from tests.waiting import PATIENCE_S
from vbtui.base import mp4
from vbtui.cli import parser, schema

SCRIPT = Path(__file__).parent / "make-a-video.sh"
README = Path(__file__).parents[2] / "README.md"
SHIM = """#!{python}
import json, subprocess, sys
done = subprocess.run([{python!r}, "-m", "vbtui", *sys.argv[1:], "--json"], stdout=subprocess.PIPE, text=True)
with open({log!r}, "a") as log:
    log.write(json.dumps([sys.argv[1], done.returncode, done.stdout]) + "\\n")
sys.exit(done.returncode)
"""


def strict(one: Any) -> Any:
    """No key that a schema does not name."""
    if isinstance(one, list):
        return [strict(part) for part in one]
    if not isinstance(one, dict):
        return one
    told = {key: strict(value) for key, value in one.items()}
    if isinstance(told.get("properties"), dict) and told.get("type") == "object":
        told.setdefault("additionalProperties", False)
    return told


def check(command: str, found: Any) -> None:
    jsonschema.Draft202012Validator(strict(copy.deepcopy(schema.of(command)))).validate(found)


def test_a_schema_is_one_and_every_command_that_takes_json_has_one() -> None:
    for name in schema.SCHEMAS:
        jsonschema.Draft202012Validator.check_schema(schema.of(name))
    told = {one.name for one in parser.COMMANDS if "json" in one.takes} - {"schema"}
    assert told == schema.SCHEMAS.keys() - {"progress", "events"}
    assert json.loads(vbtui("schema", "say").stdout) == schema.of("say")
    assert json.loads(vbtui("schema").stdout)["schemas"].keys() == schema.SCHEMAS.keys()


def test_what_is_wrong_is_an_object_on_stdout_too() -> None:
    for arguments, code, name in (
        (("say", "mute clip 1", "--json"), 2, "usage"),
        (("--json", "timeline"), 2, "usage"),
        (("say", "--json"), 2, "usage"),
        (("--project", "x", "doctor", "--json"), 2, "usage"),
        (("make", "no.mp4", "--say", "x", "-o", "o.mp4", "--json"), 2, "usage"),
        (("make", "-", "--say", "-", "-o", "o.mp4", "--json"), 2, "usage"),
        (("frame", "0:05", "-o", "missing/x.png", "--json"), 2, "usage"),
    ):
        done = vbtui(*arguments)
        assert done.returncode == code, done
        found = json.loads(done.stdout)
        assert found["error"]["code"] == name
        check("say", found)
        assert "Traceback" not in done.stderr
        assert "usage:" not in done.stderr


def test_the_commands_that_ask_nobody() -> None:
    for arguments in (("projects",), ("renders",), ("status",), ("doctor", "--offline")):
        check(arguments[0], json.loads(vbtui(*arguments, "--json").stdout))


def test_a_script_makes_a_video_from_nothing(tmp_path: Path) -> None:
    """The one of the README; what each command printed has its form, and the progress too."""
    shutil.copy(media.clip(seconds=2), tmp_path / "beach.mp4")
    shutil.copy(media.picture(), tmp_path / "town.jpg")
    (tmp_path / "bin").mkdir()
    shim, log = tmp_path / "bin" / "vbtui", tmp_path / "log"
    shim.write_text(SHIM.format(python=sys.executable, log=str(log)))
    shim.chmod(0o755)
    done = subprocess.run(
        ["sh", SCRIPT],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE_S,
        env={
            **os.environ,
            "PATH": f"{shim.parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(Path(__file__).parents[2]),
        },
    )
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in log.read_text().splitlines()]
    for command, _, out in told:
        check(command, json.loads(out))
    assert [(command, code) for command, code, _ in told] == [
        ("projects", 0), ("media", 0), ("say", 0), ("say", 0), ("say", 7), ("answer", 0), ("undo", 0),
        ("timeline", 0), ("export", 0),
    ]  # fmt: skip
    assert mp4.duration_s(tmp_path / "dreams.mp4") == pytest.approx(6, abs=0.2)
    for arguments in (
        ("versions",), ("renders",), ("renders", "--follow"), ("status",), ("projects",), ("media",),
        ("timeline", "--version", "1"), ("frame", "1", "-o", str(tmp_path / "x.png")),
        ("say", "mute clip 1", "--plan"), ("say", "/status"), ("open",),
    ):  # fmt: skip
        check(arguments[0], json.loads(vbtui(*arguments, "--json", DISPLAY="").stdout))
    shown = vbtui("say", "mute clip 1", "--json", "--progress", "json")
    for line in shown.stderr.splitlines():
        check("progress", json.loads(line))
    assert "reply" in shown.stderr or "stage" in shown.stderr or "progress" in shown.stderr
    quiet = vbtui("undo", "--quiet")
    assert (quiet.returncode, quiet.stderr) == (0, "")


def test_the_script_of_the_readme_is_the_one_that_was_tried() -> None:
    body = SCRIPT.read_text().split("set -eu\n")[1]
    shown = README.read_text().replace("\n    ", "\n")
    assert body in shown
