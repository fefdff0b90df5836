"""`vbtui make` against a cloud that says no in the middle: it ends, soon, and says why."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import clips as media
from tests.cloud import POLL, RENDER, TURN, UPLOAD, Cloud, Fault, Play, says
from tests.waiting import PATIENCE_S

TIMING = "render_poll=0.1,recover_first=0.1,recover_next=0.1,recover_tries=1,connect=60,reply=60"
ALWAYS = 1_000_000


@dataclass
class Made:
    """How a `make` ended."""

    code: int
    out: str
    err: str


async def make(cloud: Cloud, folder: Path, *sentences: str) -> Made:
    said = [word for sentence in sentences or ("add a title",) for word in ("--say", sentence)]
    return await command(cloud, folder, "make", folder / "a.mp4", "-o", folder / "out.mp4", *said)


async def command(cloud: Cloud, folder: Path, *arguments: str | Path) -> Made:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "vbtui", *arguments),
        cwd=Path(__file__).parents[2],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={
            **{name: text for name, text in os.environ.items() if not name.startswith("XDG_")},
            "HOME": str(folder),
            "NEMO_API_URL": cloud.url,
            "NEMO_TOKEN": "tok_of_mine",
            "VBTUI_TIMING": TIMING,
        },
    )
    async with asyncio.timeout(PATIENCE_S):
        out, err = (part.decode() for part in await process.communicate())
    assert process.returncode is not None
    assert "Traceback" not in err
    return Made(process.returncode, out, err)


async def made_against(folder: Path, method: str, path: str, play: Play) -> tuple[Made, Cloud]:
    clip = media.clip(seconds=1)
    await asyncio.to_thread(_put, clip, folder)
    async with Cloud() as cloud:
        cloud.good_tokens.add("tok_of_mine")
        cloud.video = clip.read_bytes()
        cloud.goes_wrong(Fault(method, path, play, ALWAYS))
        return await make(cloud, folder), cloud


def _put(clip: Path, folder: Path) -> None:
    folder.mkdir()
    (folder / "a.mp4").write_bytes(clip.read_bytes())


REFUSED = says(1001, "the token has expired")
BROKE = says(2001, "no credits left")


@pytest.mark.parametrize(
    ("play", "code", "said", "where"),
    [
        (
            REFUSED,
            3,
            "the token has expired",
            (("POST", UPLOAD), ("POST", TURN), ("POST", RENDER), ("GET", POLL)),
        ),
        (BROKE, 5, "no credits left", (("POST", UPLOAD), ("POST", TURN), ("POST", RENDER))),
    ],
    ids=["token", "credits"],
)
async def test_a_refusal_in_the_middle_ends_it_with_its_own_code(
    play: Play, code: int, said: str, where: tuple[tuple[str, str], ...], tmp_path: Path
) -> None:
    ends = await asyncio.gather(
        *(
            made_against(tmp_path / str(number), method, path, play)
            for number, (method, path) in enumerate(where)
        )
    )
    for (method, path), (made, cloud) in zip(where, ends, strict=True):
        assert (made.code, path) == (code, path), made
        assert said in made.err.splitlines()[-1]
        assert cloud.count(method, path) <= 3
        is_uploaded = path != UPLOAD
        assert ("Kept in the project" in made.err and "a.mp4" in made.err) or not is_uploaded


async def test_a_hot_folder_that_is_to_end_does_so_where_the_account_is_empty(
    tmp_path: Path,
) -> None:
    """Later too: what an earlier run was told is asked for anew, and paid for by then."""
    watched = tmp_path / "in"
    await asyncio.to_thread(_put, media.clip(seconds=1), watched)
    async with Cloud() as cloud:
        cloud.good_tokens.add("tok_of_mine")
        cloud.goes_wrong(Fault("POST", UPLOAD, BROKE))
        first = await command(cloud, tmp_path, "watch", watched, "--once")
        assert first.code == 5, first
        assert "no credits left" in first.err.splitlines()[-1]
        again = await command(cloud, tmp_path, "watch", watched, "--once")
    assert again.code == 0, again
    assert [one.name for one in cloud.files] == ["a.mp4"]
