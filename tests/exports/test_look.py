"""What a finished video is told to be: black, still, silent – and whether that is news."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests import clips as media
from tests.cloud import Cloud
from tests.fallback.test_render_here import row_of
from tests.sessions_bench import Bench, settings
from vbtui.exports import look as export_look
from vbtui.journal import assets
from vbtui.journal.records import Render, RenderState


def look(*paths: Path) -> list[dict[str, bool]]:
    done = subprocess.run(
        [sys.executable, "-m", "vbtui.exports.video_look", *map(str, paths)],
        capture_output=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def quiet(color: str) -> Path:
    """A clip with a sound track in which nothing is heard."""
    path = media.folder() / f"quiet-{color}.mp4"
    picture = f"color=c={color}:s=320x180:r=30:d=2"
    media.ffmpeg(
        *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "anullsrc=r=48000:d=2"),
        *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest", path),
    )
    return path


def test_what_is_seen_and_heard(tmp_path: Path) -> None:
    moving, plain, black, text = look(
        media.clip(seconds=2),
        media.clip("red", sound=False),
        quiet("black"),
        media.not_media(),
    )
    assert moving == {
        "has_video": True,
        "has_audio": True,
        "black": False,
        "frozen": False,
        "silent": False,
        "damaged": False,
    }
    assert (plain["black"], plain["frozen"], plain["silent"]) == (False, True, True)
    assert (black["black"], black["has_audio"], black["silent"]) == (True, True, True)
    assert text == {}


def test_a_change_in_the_last_tenth_is_no_standstill(tmp_path: Path) -> None:
    path = tmp_path / "late.mp4"
    graph = "color=c=gray:s=320x180:r=30:d=5,drawbox=color=white:t=fill:enable='gte(t,4.5)'"
    media.ffmpeg("-f", "lavfi", "-i", graph, "-c:v", "libx264", "-pix_fmt", "yuv420p", path)
    assert look(path)[0]["frozen"] is False


def zeroed(path: Path) -> bytes:
    """A whole MP4 whose content is lost but for its beginning."""
    content = path.read_bytes()
    index = content.find(b"moov") - 4
    kept = content.find(b"mdat") + 20_000
    return content[:kept].ljust(index, b"\0") + content[index:]


def test_damage_and_photos(tmp_path: Path) -> None:
    (damaged := tmp_path / "damaged.mp4").write_bytes(zeroed(media.clip(seconds=2)))
    no_picture = tmp_path / "sound.mp4"
    media.ffmpeg("-f", "lavfi", "-i", "sine=d=2", no_picture)
    media.ffmpeg("-f", "lavfi", "-i", "color=black:s=64x64", "-frames:v", "1", tmp_path / "b.png")
    found = look(damaged, no_picture, tmp_path / "b.png")
    assert [(one["has_video"], one["damaged"], one["black"]) for one in found] == [
        (True, True, False),
        (False, False, False),
        (True, False, True),
    ]


CLIP = {"d": 2000, "m": {"filename": "beach.mp4"}}
SONG = {"tt": 1, "sg": [{"d": 2000, "m": {"filename": "song.mp3", "volume": 35}}]}


def draft(*more: dict[str, Any], clip: dict[str, Any] = CLIP) -> dict[str, Any]:
    return {"t": [{"tt": 0, "sg": [clip]}, *more], "d": 2000, "m": {"title": "Promo"}}


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    async with Cloud() as cloud:
        yield cloud


async def exported(
    cloud: Cloud, tmp_path: Path, original: Path | None = None, remote: str = "beach.mp4"
) -> Render:
    async with Bench(settings(cloud.url), tmp_path) as it:
        if original is not None:
            row = row_of(original, it.context.session.id, remote_name=remote)
            await it.journal.run(lambda c: assets.intern(c, [row]))
        render = await it.over(await it.export())
    assert render.state is RenderState.DONE
    return render


def said(render: Render) -> tuple[str, str]:
    return (render.problem.code, render.problem.message) if render.problem else ("", "")


async def test_a_video_as_promised_is_not_talked_about(cloud: Cloud, tmp_path: Path) -> None:
    cloud.draft, cloud.video = draft(SONG), media.clip(seconds=2).read_bytes()
    assert said(await exported(cloud, tmp_path)) == ("", "")


async def test_a_black_and_silent_video_is_a_warning_and_there_all_the_same(
    cloud: Cloud, tmp_path: Path
) -> None:
    cloud.draft, cloud.video = draft(SONG), quiet("black").read_bytes()
    render = await exported(cloud, tmp_path, media.clip("red", seconds=2))
    words = "The picture is black throughout. Nothing is heard in the video."
    assert said(render) == (export_look.DOUBTFUL, words)
    assert render.path is not None


async def test_black_clips_make_a_black_video(cloud: Cloud, tmp_path: Path) -> None:
    cloud.draft, cloud.video = draft(), quiet("black").read_bytes()
    words = "The picture is black throughout: so are the clips that it is made from."
    assert said(await exported(cloud, tmp_path, quiet("black"))) == (export_look.REMARK, words)


async def test_what_the_maker_remarks_is_kept_and_stands_beside_a_warning(
    cloud: Cloud, tmp_path: Path
) -> None:
    damaged = "“beach.mp4” is damaged in places."
    cloud.script = [{"status": "completed", "progress": 100, "remark": damaged}]
    cloud.draft, cloud.video = draft(), media.clip(seconds=2).read_bytes()
    assert said(await exported(cloud, tmp_path / "a")) == (export_look.REMARK, damaged)
    cloud.video = quiet("black").read_bytes()
    assert said(await exported(cloud, tmp_path / "b")) == (
        export_look.DOUBTFUL,
        f"The picture is black throughout. {damaged}",
    )


async def test_clips_with_sound_and_a_video_without(cloud: Cloud, tmp_path: Path) -> None:
    cloud.draft, cloud.video = draft(), media.clip(seconds=2, sound=False).read_bytes()
    words = "Nothing is heard in the video, though the clips have sound."
    loud = media.clip(seconds=2)
    assert said(await exported(cloud, tmp_path, loud)) == (export_look.DOUBTFUL, words)
    assert said(await exported(cloud, tmp_path / "b")) == (export_look.DOUBTFUL, words)


@pytest.mark.parametrize(
    "clip",
    [{"d": 2000, "m": {"filename": "photo.JPG"}}, {"d": 2000, "m": {"title": "x", "src": "a.png"}}],
)
async def test_a_photo_may_stand_still(cloud: Cloud, tmp_path: Path, clip: dict[str, Any]) -> None:
    cloud.draft = draft(clip=clip)
    cloud.video = media.clip("red", seconds=2, sound=False).read_bytes()
    assert said(await exported(cloud, tmp_path)) == ("", "")


async def test_a_still_picture_of_a_moving_clip_is_a_warning(cloud: Cloud, tmp_path: Path) -> None:
    cloud.draft, cloud.video = draft(), media.clip("red", seconds=2, sound=False).read_bytes()
    render = await exported(cloud, tmp_path, media.clip(seconds=2, sound=False))
    assert said(render) == (export_look.DOUBTFUL, "The picture never moves.")


async def test_a_damaged_video_is_a_warning(cloud: Cloud, tmp_path: Path) -> None:
    cloud.draft, cloud.video = draft(), zeroed(media.clip(seconds=2))
    render = await exported(cloud, tmp_path)
    assert said(render) == (export_look.DOUBTFUL, "Parts of it cannot be decoded.")


async def test_sound_alone_is_no_video(cloud: Cloud, tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    media.ffmpeg("-f", "lavfi", "-i", "sine=d=2", path)
    cloud.draft, cloud.video = draft(), path.read_bytes()
    render = await exported(cloud, tmp_path)
    assert said(render) == (export_look.DOUBTFUL, "There is no picture in it.")


async def test_a_black_photo_makes_a_black_video(cloud: Cloud, tmp_path: Path) -> None:
    photo = tmp_path / "night.png"
    media.ffmpeg("-f", "lavfi", "-i", "color=black:s=320x180", "-frames:v", "1", photo)
    clip = {"d": 2000, "m": {"filename": "night.png"}}
    cloud.draft, cloud.video = draft(clip=clip), quiet("black").read_bytes()
    render = await exported(cloud, tmp_path, photo, "night.png")
    assert render.problem is not None
    assert render.problem.code == export_look.REMARK
