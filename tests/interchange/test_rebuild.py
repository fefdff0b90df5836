"""The rebuild folder: made by a real studio, moved away, run there, compared frame by frame."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import opentimelineio as otio
import pytest

from tests import clips as media
from tests.interchange.otio_reader import read_back
from tests.studio.running import RunningStudio, studio
from tests.studio.test_render_parts import phone
from tests.test_engine import engine as engine_at_work
from vbtui.base.errors import BadReply, StudioProblem, UsageError, VbtuiError
from vbtui.base.settings import load
from vbtui.engine import Engine
from vbtui.interchange.rebuild import _unpack, write_folder
from vbtui.interchange.service import CLOUD_HAS_NO_SCRIPT
from vbtui.journal.records import Asset, AssetState
from vbtui.wire.client import Client

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


EVIL = (
    "$(touch pwned)", "`touch pwned`", "$work$(touch pwned)", "$work`touch pwned`", "$work", "$workshop clip",
    "${work}", "$work\"; touch pwned; \"", "';touch pwned;'", "\";touch pwned;\"", "; touch pwned", "| touch pwned",
    "&& touch pwned", "& touch pwned &", "> pwned", "$HOME", "~", "*", "?", "[a-z]", "{a,b}", "!!", "#", "a\\b",
    "-i", "--", "-y", "%03d", "%n", "file:x", "concat:a|b", "'''", "\"\"\"", "\\N{BULLET}",
    "'] + [__import__('os').system('touch pwned')] + ['", "{__import__('os').system('touch pwned')}",
    "# -*- coding: utf-7 -*-", "\u2028touch pwned", "\rtouch pwned", "\x1b]0;x\x07", "\u202egnp.4pm", "日本 é̀ 👩‍👩‍👧",
)  # fmt: skip
"""Names of clips that a shell, Python or ffmpeg could take for something else."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    with studio(tmp_path_factory.mktemp("studio")) as it:
        yield it


@pytest.fixture
async def client(running: RunningStudio) -> AsyncIterator[Client]:
    client = Client(running.url, token=running.token)
    yield client
    await client.close()


def film(running: RunningStudio, *, plain: bool = False) -> tuple[str, dict[str, Any]]:
    """A session and a draft with everything that a render can do; `plain`: clips as they are."""
    session_id = running.new_session()
    paths = [
        media.clip(seconds=3),
        media.clip("red", seconds=2),
        media.picture("blue"),
        media.changing_sound(),
    ]
    a, red, photo, song = (item["id"] for item in running.add(session_id, *paths))
    clips = [{"s": 0, "d": 2500, "m": {"asset": a, "in": 200, "speed": 1.25}},
             {"s": 2000, "d": 1000, "m": {"asset": red, "transition": {"type": "crossfade", "d": 500}}},
             {"s": 3000, "d": 700, "m": {"asset": photo, "fit": "blur"}}]  # fmt: skip
    tracks: list[dict[str, Any]] = [
        {"tt": 0, "sg": clips},
        {
            "tt": 1,
            "sg": [{"s": 0, "d": 3700, "m": {"asset": song, "volume": 0.4, "fade_out": 300}}],
        },
        {"tt": 7, "sg": [{"s": 300, "d": 1500, "m": {"text": "It's “$(x)” `y`", "anim": "fade"}}]},
    ]
    if plain:
        tracks = [{"tt": 0, "sg": [{"s": 0, "d": 3000, "m": {"asset": a}}]}]
    settings = {"title": "A $(film) `x` '", "width": 320, "height": 180, "fps": 30}
    return session_id, {"t": tracks, "d": 3000 if plain else 3700, "m": settings}


def exported(
    running: RunningStudio, session_id: str, draft: Any, path: Path, quality: str = "low"
) -> Path:
    """vbtui's own export."""
    name = f"render_{session_id[:8]}"
    assert running.start_render(name, session_id, draft, quality=quality).is_success
    assert running.wait_render(name, "completed", "failed")["status"] == "completed"
    path.write_bytes(running.http.get(f"/api/render/proxy/{name}/download").content)
    return path


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def frames(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def similarity(first: Path, second: Path) -> list[float]:
    """SSIM of each frame."""
    command = [FFMPEG, "-hide_banner", "-i", str(first), "-i", str(second), "-lavfi"]
    filters = "[0:v]setpts=N[a];[1:v]setpts=N[b];[a][b]ssim=stats_file=-"
    done = subprocess.run([*command, filters, "-f", "null", "-"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [float(value) for value in re.findall(r"All:([\d.]+)", done.stdout)]


def rebuilt(folder: Path, name: str = "again.mp4", ffmpeg: str = FFMPEG) -> Path:
    """Runs the script from elsewhere."""
    done = subprocess.run(
        [sys.executable, "-I", str(folder / "rebuild.py"), name],
        cwd=folder.parent,
        env={**os.environ, "FFMPEG": ffmpeg},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return folder.parent / name


@pytest.mark.parametrize("kind", ["edited", "clips as they are", "parts as they are"])
async def test_the_script_makes_the_same_video_in_another_folder(
    running: RunningStudio, client: Client, tmp_path: Path, kind: str
) -> None:
    plain = kind != "edited"
    session_id, draft = film(running, plain=plain)
    if kind == "parts as they are":
        (clip,) = running.add(session_id, phone())
        draft["t"][0]["sg"][0]["m"]["asset"] = clip["id"]
        draft["t"].append({"tt": 7, "sg": [{"s": 0, "d": 900, "m": {"text": "Hi"}}]})
    quality = "high" if plain else "low"
    own = exported(running, session_id, draft, tmp_path / "own.mp4", quality)
    folder = await write_folder(
        client, session_id, draft, [], tmp_path / "film-rebuild", quality=quality
    )
    assert names_in(tmp_path) == ["film-rebuild", "own.mp4"]
    moved = tmp_path / "else where"
    folder.rename(moved)
    before = sorted(moved.rglob("*"))
    video = rebuilt(moved)
    assert sorted(moved.rglob("*")) == before
    values = similarity(own, video)
    assert len(values) == frames(own) == frames(video) == (90 if plain else 111)
    assert min(values) >= 0.98
    script = (moved / "rebuild.py").read_text()
    assert str(tmp_path) not in script
    assert str(running.url) not in script
    assert "ffmpeg version" in script
    assert ("nothing is encoded" in script) == (kind == "clips as they are")
    assert ("Frames 30-89: 1 s to 3 s, as they are." in script) == (kind == "parts as they are")
    with av.open(str(own)) as one, av.open(str(video)) as other:
        assert one.streams.audio[0].duration == other.streams.audio[0].duration


async def test_names_are_data_to_the_script(
    running: RunningStudio, client: Client, tmp_path: Path
) -> None:
    session_id = running.new_session()
    plain = media.clip(seconds=1).read_bytes()
    files = [
        (f"{name}.mp4", plain + struct.pack(">I4sI", 12, b"free", number))
        for number, name in enumerate(EVIL)
    ]
    upload = f"/api/upload-video/nemo_agent/me/{session_id}"
    reply = running.http.post(upload, files=[("files", file) for file in files]).json()
    ids = [entry["id"] for entry in reply["data"]["files"]]
    assert len(set(ids)) == len(EVIL) >= 40
    segments = [
        {"s": 100 * number, "d": 100, "m": {"asset": asset}} for number, asset in enumerate(ids)
    ]
    title = "# -*- coding: utf-7 -*- ''' \"\"\" $(touch pwned)"
    canvas = {"title": title, "width": 64, "height": 36, "fps": 30}
    draft = {"t": [{"tt": 0, "sg": segments}], "d": 100 * len(ids), "m": canvas}
    folder = await write_folder(client, session_id, draft, [], tmp_path / "evil", quality="low")
    assert len(names_in(folder / "originals")) == len(EVIL)
    assert frames(await asyncio.to_thread(rebuilt, folder)) == 3 * len(EVIL)
    assert names_in(tmp_path) == ["again.mp4", "evil"]
    assert names_in(folder) == ["README.txt", "graphs", "originals", "parts.txt", "rebuild.py"]


async def test_originals_of_this_machine_are_taken_from_here(
    running: RunningStudio, client: Client, tmp_path: Path
) -> None:
    session_id, draft = film(running, plain=True)
    path = tmp_path / "mine.mp4"
    shutil.copyfile(media.clip(seconds=3), path)
    changed = tmp_path / "changed.mp4"
    changed.write_bytes(b"other")
    digest = running.state(session_id)["video_infos"][0]["hash"]
    assets = [
        Asset(1, session_id, changed, "x", "video", "picked", AssetState.DONE, sha256=digest),
        Asset(2, session_id, path, "x", "video", "picked", AssetState.DONE, sha256=digest),
    ]
    folder = await write_folder(
        client, session_id, draft, assets, tmp_path / "a-rebuild", quality="low"
    )
    (kept,) = (folder / "originals").iterdir()
    assert kept.read_bytes() == path.read_bytes()
    again = await write_folder(
        client, session_id, draft, assets, tmp_path / "a-rebuild", quality="low"
    )
    assert again.name == "a-rebuild (2)"


async def test_what_cannot_be_rendered_leaves_nothing(
    running: RunningStudio, client: Client, tmp_path: Path
) -> None:
    session_id, draft = film(running)
    draft["t"][0]["sg"][0]["m"]["asset"] = "nowhere"
    with pytest.raises(VbtuiError, match="this session does not have"):
        await write_folder(client, session_id, draft, [], tmp_path / "r", quality="low")
    nonsense: list[Any] = [{"t": []}, None, 5]
    for bad in nonsense:
        with pytest.raises(VbtuiError):
            await write_folder(client, session_id, bad, [], tmp_path / "r", quality="low")
    assert names_in(tmp_path) == []


def test_an_archive_that_reaches_out_of_its_folder_is_refused(tmp_path: Path) -> None:
    for name in ("originals/../../x", "/etc/x", "originals/", "originals/.x", "graphs/x"):
        archive = tmp_path / "x.zip"
        with zipfile.ZipFile(archive, "w") as made:
            made.writestr("../../evil.sh", "x")
            made.writestr("rebuild.py", "x")
            entry = {"name": name, "hash": "", "size": 1, "url": "http://127.0.0.1:9/"}
            made.writestr("originals.json", json.dumps([entry]))
        with pytest.raises(BadReply):
            _unpack(archive, tmp_path)
    assert names_in(tmp_path) == ["rebuild.py", "x.zip"]
    assert not (tmp_path.parent.parent / "evil.sh").exists()


async def test_a_backend_without_a_studio_says_so(running: RunningStudio, tmp_path: Path) -> None:
    client = Client(f"{running.url}/cloud", token=running.token)
    with pytest.raises(StudioProblem, match="no rebuild script"):
        await client.script("x", {}, tmp_path / "x.zip")
    await client.close()


async def test_the_engine_writes_every_format(
    running: RunningStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEMO_TOKEN", running.token)
    engine = Engine(load(), server=running.url, project="Film", folder=tmp_path / "out")
    await engine.start()
    try:
        with pytest.raises(UsageError, match="nothing to export"):
            await engine.way_out.write(["srt"])
        session = engine.sessions.current
        assert session is not None
        running.add(session.id, media.clip(seconds=2))
        running.say(session.id, "combine everything in 320x180 and add the title “Hello”")
        await engine.drafts.reconcile()
        done = await engine.way_out.write(["otio", "edl", "xml", "srt", "rebuild"])
        assert [path.suffix for path in done.files] == [".otio", ".edl", ".xml", ".srt"]
        assert CLOUD_HAS_NO_SCRIPT.english in done.not_carried
        assert {offer.format for offer in engine.way_out.offers if offer.reason} == {"rebuild"}
        with pytest.raises(UsageError, match="no version 99"):
            await engine.way_out.write(["srt"], version=99)
    finally:
        await engine.close()


async def test_the_local_studio_offers_all_and_files_are_found(tmp_path: Path) -> None:
    source = tmp_path / "my clip.mp4"
    shutil.copyfile(media.clip(seconds=2), source)
    out = tmp_path / "out"
    async with engine_at_work(tmp_path, local=True) as engine:
        await engine.library.add([source])
        await engine.wait_idle()
        await engine.conversation.say("combine everything in 320x180 and add the title “Hello”")
        await engine.wait_idle()
        assert not any(offer.reason for offer in engine.way_out.offers)
        done = await engine.way_out.write(["otio", "rebuild"], out, quality="low")
        current = engine.drafts.current
        assert current is not None
    written, folder = done.files
    assert read_back(written) == current.draft
    opened = otio.adapters.read_from_file(str(written))
    urls = {getattr(item.media_reference, "target_url", "") for item in opened.find_clips()}
    assert "../my%20clip.mp4" in urls
    assert names_in(folder / "originals") == ["my clip.mp4"]
    assert frames(await asyncio.to_thread(rebuilt, folder)) == 60
