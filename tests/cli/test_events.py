"""`[events]`: the user's commands are told what happened, once, and hold nothing up."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import clips as media
from tests.cli.test_export import ends_what_it_started, said
from tests.cli.test_schema import check
from tests.waiting import until
from vbtui.base.errors import UsageError
from vbtui.base.settings import load, read

assert ends_what_it_started  # a fixture
HOOK = """
import os, sys
text = sys.stdin.read()
with open(sys.argv[1], "a") as file:
    file.write(text)
with open(sys.argv[1] + ".environment", "w") as file:
    file.write("\\n".join(os.environ))
sys.exit(int(sys.argv[2]))
"""


def configured(folder: Path, **events: object) -> dict[str, Any]:
    lines = [f"{name} = {json.dumps(value)}" for name, value in events.items()]
    (folder / "config.toml").write_text("[events]\n" + "\n".join(lines))
    return {"VBTUI_CONFIG": str(folder / "config.toml")}


async def test_a_command_gets_what_happened_and_no_token(tmp_path: Path) -> None:
    (tmp_path / "hook.py").write_text(HOOK)
    shutil.copy(media.clip(seconds=2), tmp_path / "beach.mp4")
    told, failing = tmp_path / "told", tmp_path / "failing"
    hook = [sys.executable, str(tmp_path / "hook.py"), str(told), "0"]
    environ = configured(
        tmp_path,
        question=" ".join(hook),
        finished=[*hook[:2], str(failing), "3"],
        failed=["no-such-program", "x"],
    )
    environ |= {"NEMO_TOKEN": "tok_of_mine", "VBTUI_TIMING": "local_render_poll=0.05"}
    await said(
        "media", "add", "beach.mp4", "--project", "Trip", "--local", folder=tmp_path, **environ
    )
    await said("say", "add beach.mp4", folder=tmp_path, **environ)
    assert not told.exists()
    await said("say", "make it shorter", folder=tmp_path, code=7, **environ)
    await until(told.exists)
    (line,) = told.read_text().splitlines()
    asked = json.loads(line)
    check("events", asked)
    assert (asked["event"], asked["say"], asked["author"]) == ("question", "make it shorter", "say")
    assert (asked["project"], asked["backend"]) == ("Trip", "local")
    names = (tmp_path / "told.environment").read_text().split()
    assert not [one for one in names if one.startswith(("NEMO_", "VBTUI_"))]
    _, err = await said("export", "--quality", "low", "-o", "x.mp4", folder=tmp_path, **environ)
    done = json.loads(failing.read_text())
    check("events", done)
    assert (done["event"], done["video"]) == ("finished", str(tmp_path / "x.mp4"))
    assert "“finished” ended with 3" in err
    assert "events.log" in err


async def test_one_that_cannot_be_started_is_named_and_one_that_goes_on_holds_nothing_up(
    tmp_path: Path,
) -> None:
    shutil.copy(media.clip(seconds=2), tmp_path / "beach.mp4")
    environ = configured(tmp_path, question=["no-such-program", "x"])
    await said(
        "media", "add", "beach.mp4", "--project", "Trip", "--local", folder=tmp_path, **environ
    )
    await said("say", "add beach.mp4", folder=tmp_path, **environ)
    _, err = await said("say", "make it shorter", folder=tmp_path, code=7, **environ)
    assert "“question” could not be started: no-such-program" in err


def test_a_command_is_a_list_or_a_line(tmp_path: Path) -> None:
    environ = configured(tmp_path, finished=["say", "it is ready"], failed="mail -s 'no video' me")
    events = read(environ).events
    assert events.argv("finished") == ["say", "it is ready"]
    assert events.argv("failed") == ["mail", "-s", "no video", "me"]
    assert events.argv("question") == []
    with pytest.raises(UsageError, match=r"events\.failed"):
        read(configured(tmp_path, failed="mail 'x"))
    with pytest.raises(UsageError):
        read(configured(tmp_path, failed=[1]))
    assert load().events.argv("finished") == []
